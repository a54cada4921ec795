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
  "ending",
] as const;
export type Step = (typeof steps)[number];

export type Route =
  | { page: "home" }
  | { page: "unfinished" }
  | { page: "users" }
  | { page: "demonstration" }
  | { page: "newPatient" }
  | { page: "bookings" }
  | { page: "serviceCloses" }
  | { page: "reports"; reportId: string | null }
  | { page: "audit" }
  /** One encounter of the audit record, from its beginning. */
  | { page: "auditTimeline"; encounterId: string }
  | { page: "booking"; bookingId: string }
  /** A booking as its provider has it, that is not in this desk's record. */
  | { page: "elsewhere"; encounterId: string; url: string }
  | {
      page: "cancel";
      bookingId: string | null;
      encounterId: string | null;
      url: string | null;
      rebookId: string | null;
    }
  /** What the patient of an encounter holds: which booking stays, which goes. */
  | { page: "holds"; encounterId: string }
  | { page: "encounter"; encounterId: string; step: Step };

const path = (page: string, ...ids: (string | null)[]) =>
  `#/${page}/${ids.map((id) => encodeURIComponent(id ?? "-")).join("/")}`;

export function routeToHash(route: Route): string {
  switch (route.page) {
    case "reports":
      return route.reportId === null
        ? "#/reports"
        : `#/reports/${encodeURIComponent(route.reportId)}`;
    case "booking":
      return path("booking", route.bookingId);
    case "auditTimeline":
      return path("auditTimeline", route.encounterId);
    case "elsewhere":
      return path("elsewhere", route.encounterId, route.url);
    case "cancel":
      return path("cancel", route.bookingId, route.encounterId, route.url, route.rebookId);
    case "holds":
      return path("holds", route.encounterId);
    case "encounter":
      return `#/encounter/${encodeURIComponent(route.encounterId)}/${route.step}`;
    default:
      return `#/${route.page}`;
  }
}

/** What the hash stands for; home for anything that is no page. */
export function hashToRoute(hash: string): Route {
  const [page, id, step, ...more] = hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  const given = (part: string | undefined) => (part && part !== "-" ? part : null);
  if (
    page === "users" ||
    page === "unfinished" ||
    page === "newPatient" ||
    page === "bookings" ||
    page === "serviceCloses" ||
    page === "audit" ||
    page === "demonstration"
  )
    return { page };
  if (page === "reports") return { page, reportId: id || null };
  if (page === "booking" && id) return { page, bookingId: id };
  if (page === "auditTimeline" && id) return { page, encounterId: id };
  if (page === "elsewhere" && id && step) return { page, encounterId: id, url: step };
  if (page === "cancel" && id) {
    const [url, rebookId] = more.map(given);
    return {
      page,
      bookingId: given(id),
      encounterId: given(step),
      url: url ?? null,
      rebookId: rebookId ?? null,
    };
  }
  if (page === "holds" && id) return { page, encounterId: id };
  if (page === "encounter" && id) {
    return { page, encounterId: id, step: steps.find((known) => known === step) ?? "patient" };
  }
  return { page: "home" };
}
