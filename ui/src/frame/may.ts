import type { UserView } from "../contract/contract";

/** Whether the role may cancel bookings; the core refuses it for the others in any case. */
export function mayCancel(user: UserView | undefined): boolean {
  return user !== undefined && user.role !== "supervisor";
}
