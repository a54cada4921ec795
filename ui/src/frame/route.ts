/** The steps of an encounter, in their order. */
export const steps = [
  "patient",
  "responses",
  "outcome",
  "services",
  "slots",
  "check",
  "confirmation",
  "referral",
] as const;
export type Step = (typeof steps)[number];

export type Route =
  | { page: "home" }
  | { page: "unfinished" }
  | { page: "users" }
  | { page: "demonstration" }
  | { page: "bookings" }
  | { page: "newPatient" }
  | { page: "reports"; reportId: string | null }
  | { page: "booking"; bookingId: string }
  | { page: "encounter"; encounterId: string; step: Step };

export function routeToHash(route: Route): string {
  switch (route.page) {
    case "reports":
      return route.reportId === null
        ? "#/reports"
        : `#/reports/${encodeURIComponent(route.reportId)}`;
    case "booking":
      return `#/booking/${encodeURIComponent(route.bookingId)}`;
    case "encounter":
      return `#/encounter/${encodeURIComponent(route.encounterId)}/${route.step}`;
    default:
      return `#/${route.page}`;
  }
}

/** What the hash stands for; home for anything that is no page. */
export function hashToRoute(hash: string): Route {
  const [page, id, step] = hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  if (
    page === "users" ||
    page === "unfinished" ||
    page === "newPatient" ||
    page === "bookings" ||
    page === "demonstration"
  )
    return { page };
  if (page === "reports") return { page, reportId: id || null };
  if (page === "booking" && id) return { page, bookingId: id };
  if (page === "encounter" && id) {
    return { page, encounterId: id, step: steps.find((known) => known === step) ?? "patient" };
  }
  return { page: "home" };
}
