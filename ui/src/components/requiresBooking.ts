import type { ServiceView } from "../contract/contract";

/** Whether the service sees nobody without a booking (BO-1), as the core read the directory. */
export function requiresBooking({ booking }: ServiceView): boolean {
  return booking === "bookingOnly" || booking === "bookingOnlyUnreachable";
}
