import { QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import type { BehindInput, ReportInput } from "../contract/contract";
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
  reports: ["reports"],
  report: (input: ReportInput) => ["report", input],
  behind: (input: BehindInput) => ["behind", input],
  registry: (id: string, version: number) => ["registry", id, version],
  held: (id: string) => ["held", id],
  shown: (which: string) => ["shown", which],
  referral: (id: string, service: string) => ["referral", id, service],
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

export function useUnfinished() {
  const { desk, signedIn } = useFrame();
  return useQuery({
    queryKey: keys.unfinished,
    queryFn: () => desk.unfinished(),
    enabled: signedIn !== null,
    refetchInterval: 30_000,
  });
}

/** Everything that an act on a booking or a referral may have changed. */
export function useRenew() {
  const queries = useQueryClient();
  return () => {
    for (const key of [
      "encounter",
      "encounters",
      "bookings",
      "booking",
      "unfinished",
      "held",
      "referral",
    ]) {
      void queries.invalidateQueries({ queryKey: [key] });
    }
  };
}

/** The error of a query or mutation as a problem; none where there is no error. */
export function problemOf(error: unknown) {
  return error ? toProblem(error) : null;
}
