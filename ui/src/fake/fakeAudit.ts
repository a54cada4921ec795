import type {
  AuditCheckView,
  AuditFilterInput,
  AuditRowView,
  AuditStartView,
  AuditStoryView,
} from "../contract/contract";
import type { Desk } from "../platform/desk";
import { fakeProblem } from "./fakeDesk";

type After = <T>(answer: () => T) => Promise<T>;

export type FakeAudit = {
  /** How many events there are. */
  events?: number;
  /** How many came since. */
  newer?: number;
  /** Whether a verification finds an event that does not hold. */
  broken?: boolean;
};

const encounter = "148f2c90-0000-4000-8000-000000000001";
const page = 100;

const start: AuditStartView = {
  kinds: [
    {
      title: "Booking",
      kinds: [
        { code: "bookingIntended", title: "Booking requested" },
        { code: "bookingSettled", title: "Booking: what came of it" },
      ],
    },
    { title: "Signing in and users", kinds: [{ code: "signedIn", title: "Signed in" }] },
  ],
  verified: null,
  seal: {
    words: "Sealed 20-Nov-2026 00:00:03 GMT at event 12; 4 seals are kept.",
    file: "/desk/seals/audit-seals.txt",
  },
  exportFolder: "audit-record-2026-11-20-1804",
};

const holds: AuditCheckView = {
  holds: true,
  title: "All 5,000 events hold, 4 seals met",
  meaning: "No event was changed.",
  whatToDo: "",
  when: "Verified 20-Nov-2026 18:04:12 GMT by supervisor",
};

const broken: AuditCheckView = {
  holds: false,
  title: "The record does not hold: event 7 does not hold, it was changed after it was recorded",
  meaning:
    "Something other than Booking Desk wrote to the record’s file. The 6 events before it hold.",
  whatToDo: "Export the record now and keep the files.",
  when: "Verified 20-Nov-2026 18:04:12 GMT by supervisor",
};

const kinds = [
  { kind: "Signed in", what: "Signed in", outcome: "done", outcomeWords: "Done" },
  {
    kind: "Booking requested",
    what: "Booking requested at Northdale Urgent Treatment Centre for 20-Nov-2026 19:20 GMT",
    outcome: "done",
    outcomeWords: "Done",
  },
  {
    kind: "Booking: what came of it",
    what: "Not booked: the slot has gone",
    outcome: "failed",
    outcomeWords: "Failed",
  },
  {
    kind: "Booking: what came of it",
    what: "Not known whether it was booked",
    outcome: "unknown",
    outcomeWords: "Not known",
  },
] as const;

function row(number: number): AuditRowView {
  const of = kinds[number % kinds.length] ?? kinds[0];
  const about = of.kind !== "Signed in";
  return {
    ...of,
    number,
    at: "20-Nov-2026 18:04:12",
    zone: "GMT",
    readable: true,
    who: number % 3 === 0 ? "" : "pcarter",
    name: number % 3 === 0 ? "" : "CARTER, Priya (Ms)",
    role: number % 3 === 0 ? "" : "Call handler",
    device: "desk-1",
    organisation: "R1A",
    service: of.kind === "Booking requested" ? "Northdale Urgent Treatment Centre" : "",
    encounter: about ? encounter : "",
    patient: about ? "5f0c11d2a1b04c8d9e7f6a5b4c3d2e1f" : "",
    personal: "Nothing of it was removed",
    fields: about ? [{ name: "Tries", value: "1" }] : [],
    exchanges: about
      ? [
          {
            at: "18:04:12.301",
            what: "provider: book",
            went: "answered in 120 ms",
            failed: false,
            request: "6a1f7f0e-0000-4000-8000-000000000002",
            trace: "6a1f7f0e-0000-4000-8000-000000000003",
            correlation: "",
            theirRequest: "",
          },
        ]
      : [],
    hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  };
}

const story: AuditStoryView = {
  encounter,
  patient: {
    name: "PATIENT, John (Mr)",
    born: "12-Nov-1974",
    age: "52y",
    gender: "Male",
    nhsNumber: "999 000 0018",
    address: "14 Orchard Close, Northdale, ND1 4TY",
    locationPostcode: "ND1 4TY",
    contacts: [],
  },
  course: "Begun 20-Nov-2026 18:00:02 GMT by CARTER, Priya (Ms), goes on",
  extent: "3 events in 4 min 10 s",
  days: [
    {
      day: "Friday 20-Nov-2026",
      phases: [
        {
          title: "Booking",
          looked: false,
          steps: [
            { row: row(1), time: "18:00:02", after: "" },
            { row: row(2), time: "18:00:03", after: "0.9 s later" },
          ],
        },
        {
          title: "Looking things up",
          looked: true,
          steps: [
            {
              row: { ...row(3), what: "Encounter opened: the patient’s details were seen" },
              time: "18:04:12",
              after: "4 min 9 s later",
            },
          ],
        },
      ],
    },
  ],
};

function inForce(filter: AuditFilterInput): string[] {
  const wrong = [
    filter.nhsNumber === "9990000019" && {
      field: "nhsNumber",
      message: "Check the NHS number: it has 10 digits, and its last digit does not fit the others",
    },
    filter.until !== "" &&
      filter.until < filter.from && {
        field: "until",
        message: "The last day must be the first day or one after it",
      },
    filter.kind !== "" &&
      !start.kinds.some((group) => group.kinds.some(({ code }) => code === filter.kind)) && {
        field: "kind",
        message: "There is no such kind of event: choose one from the list",
      },
  ].filter((field) => field !== false);
  if (wrong.length > 0) throw fakeProblem("checkForm", { fields: wrong });
  return Object.values(filter).filter((typed) => typed !== "");
}

/** An invented audit record, as long as is wanted. */
export function fakeAudit(
  after: After,
  { events = 40, newer = 0, broken: isBroken = false }: FakeAudit = {},
): Pick<
  Desk,
  | "auditStart"
  | "readAudit"
  | "countAudit"
  | "newerInAudit"
  | "auditStory"
  | "verifyAudit"
  | "sealAudit"
  | "exportAudit"
  | "stopAudit"
> {
  let verified: AuditCheckView | null = null;
  let top = events;
  const left = (filter: AuditFilterInput) => (filter.user === "nobody" ? 0 : top);
  return {
    auditStart: () => after(() => ({ ...start, verified })),
    readAudit: ({ filter, before }) =>
      after(() => {
        const words = inForce(filter);
        const from = Math.min((before ?? left(filter) + 1) - 1, left(filter));
        const length = Math.min(page, from);
        const rows = Array.from({ length }, (_, index) => row(from - index));
        const last = from - length;
        return { rows, older: last > 0 ? last + 1 : null, inForce: words };
      }),
    countAudit: (filter) =>
      after(() => {
        const all = left(filter);
        const words = `${all.toLocaleString("en-GB")} events`;
        return all > 10_000
          ? { atLeast: 10_000, exactly: false, words: "More than 10,000 events" }
          : { atLeast: all, exactly: true, words };
      }),
    newerInAudit: (_, than) =>
      after(() => {
        top = events + newer;
        return { atLeast: top - than, exactly: true, words: "" };
      }),
    auditStory: (id) => after(() => ({ ...story, encounter: id })),
    verifyAudit: (onProgress) =>
      after(() => {
        onProgress({ done: 1200, of: 5000, words: "1,200 of 5,000 events" });
        verified = isBroken ? broken : holds;
        return verified;
      }),
    sealAudit: () => after(() => undefined),
    exportAudit: ({ folder }, onProgress) =>
      after(() => {
        onProgress({ done: 10, of: 40, words: "10 of 40 events" });
        if (folder === "taken") {
          const field = {
            field: "folder",
            message: "A folder of this name holds an export already",
          };
          throw fakeProblem("checkForm", { fields: [field] });
        }
        return {
          title: `${events} events written`,
          folder: `/downloads/${folder}`,
          files: [{ name: "audit.jsonl", size: "12.4 kB", sha256: row(1).hash }],
          head: `event ${events}, ${row(1).hash}`,
        };
      }),
    stopAudit: () => after(() => undefined),
  };
}
