import { QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import type {
  AuditFilterInput,
  BehindInput,
  BookingShownView,
  FindBookingsInput,
  ReferInput,
  ReportInput,
} from "../contract/contract";
import type { Desk, WhichBooking } from "../platform/desk";
import { toProblem } from "../platform/problem";
import { useFrame } from "./frame";

/** Commands go to the core, not to a network the browser can judge: never paused, never repeated unasked. */
export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: false, networkMode: "always", refetchOnWindowFocus: false },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}

export const keys = {
  encounter: (id: string) => ["encounter", id],
  encounters: ["encounters"],
  bookings: ["bookings"],
  booking: (id: string) => ["booking", id],
  unfinished: ["unfinished"],
  outcomes: ["outcomes"],
  rejectReasons: ["rejectReasons"],
  demonstration: ["demonstration"],
  users: ["users"],
  recordKept: ["recordKept"],
  reports: ["reports"],
  auditStart: ["auditStart"],
  audit: (filter: AuditFilterInput) => ["audit", filter],
  auditCount: (filter: AuditFilterInput) => ["auditCount", filter],
  auditNewer: (filter: AuditFilterInput, after: number) => ["auditNewer", filter, after],
  auditStory: (encounterId: string) => ["auditStory", encounterId],
  report: (input: ReportInput) => ["report", input],
  behind: (input: BehindInput) => ["behind", input],
  found: (input: FindBookingsInput | null) => ["found", input],
  bookingsOn: (serviceId: string, day: string) => ["bookingsOn", serviceId, day],
  heldByPatient: (encounterId: string) => ["heldByPatient", encounterId],
  registry: (encounterId: string, nhsNumber: string) => ["registry", encounterId, nhsNumber],
  shown: ({ bookingId, encounterId, url }: WhichBooking) => ["shown", bookingId, encounterId, url],
  referral: (input: ReferInput) => ["referral", input],
  referralGate: (input: ReferInput) => ["referralGate", input],
  referralSent: (documentId: string) => ["referralSent", documentId],
  services: (encounterId: string) => ["services", encounterId],
  servicesWithin: (encounterId: string, miles: number | null) => ["services", encounterId, miles],
  slots: (searchId: string, serviceId: string) => ["slots", searchId, serviceId],
  review: (searchId: string, serviceId: string, slotKey: string) => [
    "review",
    searchId,
    serviceId,
    slotKey,
  ],
};

export function useEncounter(encounterId: string) {
  const { desk } = useFrame();
  return useQuery({
    queryKey: keys.encounter(encounterId),
    queryFn: () => desk.encounter(encounterId),
  });
}

/** A booking, read from its provider when the page comes up. */
export function useShownBooking(which: WhichBooking) {
  const { desk } = useFrame();
  return useQuery({
    queryKey: keys.shown(which),
    queryFn: () => readFromProvider(desk, which),
    gcTime: 0,
    staleTime: Infinity,
  });
}

/** What the registry named is held for a while only: after that it is asked once more. */
export async function readFromProvider(desk: Desk, which: WhichBooking): Promise<BookingShownView> {
  try {
    return await desk.readBooking(which);
  } catch (thrown) {
    const named = which.bookingId === null && which.encounterId !== null;
    if (!named || toProblem(thrown).code !== "shownTooLongAgo") throw thrown;
    await desk.registryCheck(which.encounterId ?? "");
    return desk.readBooking(which);
  }
}

export function useUnfinished() {
  const { desk, signedIn } = useFrame();
  return useQuery({
    queryKey: keys.unfinished,
    queryFn: () => desk.unfinished(),
    enabled: signedIn !== null,
    refetchInterval: 30_000,
  });
}

/** After a booking was made, changed or noted: whatever shows bookings is fetched again. */
export function useRenewBookings(): () => void {
  const queries = useQueryClient();
  return () => {
    const shown = ["encounter", "encounters", "bookings", "booking", "unfinished"];
    for (const key of [...shown, "found", "bookingsOn", "heldByPatient"]) {
      void queries.invalidateQueries({ queryKey: [key] });
    }
  };
}

/** The error of a query or mutation as a problem; none where there is no error. */
export function problemOf(error: unknown) {
  return error ? toProblem(error) : null;
}
