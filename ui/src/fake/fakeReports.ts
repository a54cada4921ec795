import type { ReportInput, ReportsView, ReportTableView, ReportView } from "../contract/contract";
import type { Desk } from "../platform/desk";
import { fakeProblem } from "./fakeDesk";

type After = <T>(answer: () => T) => Promise<T>;

const report = (id: string, title: string, charted: string[]): ReportView => ({
  id,
  title,
  definition: "A booking counts on the day on which the provider confirmed it.",
  columns: [
    { code: "bookings", title: "Bookings made", words: "Confirmed by the provider." },
    { code: "referrals", title: "Referrals made", words: "All of them." },
  ],
  charted,
  groupings: [
    { code: "service", title: "Service" },
    { code: "user", title: "User" },
  ],
});

const all: ReportsView = {
  reports: [
    report("RP-01", "Bookings made against referrals made", ["bookings", "referrals"]),
    report("RP-04", "Booking attempts that failed because the slot had gone", ["bookings"]),
  ],
  presets: [
    { label: "This month so far", from: "01-Nov-2026", to: "20-Nov-2026" },
    { label: "Last month", from: "01-Oct-2026", to: "31-Oct-2026" },
    { label: "Today", from: "20-Nov-2026", to: "20-Nov-2026" },
  ],
};

const rows = {
  service: [
    { key: "111001", label: "Northdale Urgent Treatment Centre", now: [12, 9], before: [15, 9] },
    { key: "111002", label: "Northdale GP Out of Hours", now: [31, 40], before: [2, 3] },
    { key: "", label: "Not known", now: [0, 1], before: [0, 0] },
  ],
  user: [{ key: "pcarter", label: "pcarter", now: [43, 50], before: [17, 12] }],
};

const day = (typed: string) => Date.parse(typed);

function drawn(input: ReportInput): ReportTableView {
  const of = all.reports.find((one) => one.id === input.report);
  if (!of || day(input.to) < day(input.from)) {
    throw fakeProblem("checkForm", {
      fields: [{ field: "to", message: "The last day must be the first day or one after it" }],
    });
  }
  const found =
    day(input.from) > day("20-Nov-2026") ? [] : rows[input.group === "user" ? "user" : "service"];
  const numbers = (now: number[], before: number[]) =>
    now.map((number, at) => ({ now: number, before: input.against ? (before[at] ?? 0) : null }));
  const sum = (which: "now" | "before") =>
    of.columns.map((_, at) => found.reduce((sum, row) => sum + (row[which][at] ?? 0), 0));
  const grouping = of.groupings.find((one) => one.code === input.group);
  return {
    report: of,
    from: input.from,
    to: input.to,
    days: `${input.from} to ${input.to}`,
    daysBefore: input.against ? "01-Oct-2026 to 20-Oct-2026" : null,
    drawn: "20-Nov-2026 18:04:12",
    grouping: grouping ?? { code: "service", title: "Service" },
    rows: found.map(({ key, label, now, before }) => ({
      key,
      label,
      detail: input.group === "service" ? key : "",
      numbers: numbers(now, before),
    })),
    total: numbers(sum("now"), sum("before")),
    unreadable: "",
  };
}

/** Two invented reports. */
export function fakeReports(
  after: After,
): Pick<Desk, "reports" | "report" | "behindNumber" | "saveReport"> {
  return {
    reports: () => after(() => all),
    report: (input) => after(() => drawn(input)),
    behindNumber: () =>
      after(() => ({
        number: 12,
        leftOut: "The first 1 of 12 events",
        events: [
          {
            number: 812,
            at: "20-Nov-2026 18:04:12",
            readable: true,
            what: "Booking settled",
            user: "pcarter",
            encounter: "148f2c90-0000-4000-8000-000000000001",
            amount: 1,
            because: "",
          },
        ],
      })),
    saveReport: (input) => after(() => `Downloads/${input.report}.csv`),
  };
}
