import type {
  AvailabilityView,
  BookingResultView,
  BookingView,
  EncounterView,
  FieldProblem,
  PatientInput,
  Problem,
  ProblemCode,
  SignedInView,
  SlotView,
  StartView,
  UnfinishedView,
} from "../contract/contract";
import type { Desk } from "../platform/desk";
import { fakeBookings } from "./fakeBookings";
import type { FakeBookingsOptions } from "./fakeBookings";
import { behindTheCounter, orderedOf } from "./fakeDemonstration";
import { fakeReferral, noResponses, undoneWords } from "./fakeReferral";
import type { FakeReferral } from "./fakeReferral";
import { fakeAudit } from "./fakeAudit";
import type { FakeAudit } from "./fakeAudit";
import { fakeRecordKept } from "./fakeRecordKept";
import type { FakeRecordKept } from "./fakeRecordKept";
import { fakeReports } from "./fakeReports";
import { outcomes, readyPatients, readyUsers, services, slotsOf } from "./fakeData";

export type FakeOptions = {
  /** How long every answer takes. */
  delayMs?: number;
  booking?: "confirmed" | "notBooked" | "unknown";
  needsFirstUser?: boolean;
  signedIn?: boolean;
  gate?: "confirm" | "clinicianConfirms" | "needsApproval";
  slots?: number;
  unfinished?: boolean;
  changes?: FakeBookingsOptions;
  /** Who is signed in: somebody who books, a practice admin, a supervisor. */
  role?: "callHandler" | "practiceAdmin" | "supervisor";
  referral?: FakeReferral;
  audit?: FakeAudit;
  /** How the backups of the record stand. */
  kept?: FakeRecordKept;
  /** What kept the desk from its record at the start. */
  startProblem?: Problem;
  live?: boolean;
};

/** The fake that a page's address asks for: `?fake&booking=unknown&delay=2000`. */
export function fakeDeskFor(wanted: URLSearchParams): Desk {
  return fakeDesk({
    delayMs: Number(wanted.get("delay") ?? 120),
    booking: (wanted.get("booking") ?? "confirmed") as "confirmed",
    gate: (wanted.get("gate") ?? "confirm") as "confirm",
    needsFirstUser: wanted.has("first"),
    signedIn: wanted.has("signedIn"),
    unfinished: wanted.has("unfinished"),
    slots: Number(wanted.get("slots") ?? 14),
    role: (wanted.get("role") ?? "callHandler") as "callHandler",
    changes: {
      cancel: (wanted.get("cancel") ?? "cancelled") as "cancelled",
      registry: (wanted.get("registry") ?? "nothing") as "nothing",
      earlier: Number(wanted.get("earlier") ?? 0),
      decoupled: wanted.has("decoupled"),
      ...(wanted.has("pieces")
        ? { pieces: ["cancellation", "twoBookings", "tellProvider", "informPatient"] }
        : {}),
    },
    referral: (wanted.get("referral") ?? "received") as "received",
    kept: (wanted.get("kept") ?? "ok") as "ok",
    live: wanted.has("live"),
    audit: { events: Number(wanted.get("events") ?? 5000), broken: wanted.has("broken") },
  });
}

export function fakeProblem(code: ProblemCode, part: Partial<Problem> = {}): Problem {
  return {
    code,
    title: "There is a problem",
    whatHappened: "Some of the form is missing.",
    whatToDo: "",
    reference: "",
    fields: [],
    nextSteps: [],
    ...part,
  };
}

function checked(fields: (FieldProblem | false)[]) {
  const wrong = fields.filter((field) => field !== false);
  if (wrong.length > 0) throw fakeProblem("checkForm", { fields: wrong });
}

const need = (value: string, field: string, message: string) =>
  value.trim() === "" && { field, message };

/** A desk in memory with invented answers, for tests and for looking at screens. */
export function fakeDesk(options: FakeOptions = {}): Desk {
  const { delayMs = 0, slots = 14 } = options;
  const encounters = new Map<string, EncounterView>();
  const bookings: BookingView[] = [];
  const unfinished: UnfinishedView[] = options.unfinished ? [pieceOf("u1", "e0")] : [];
  const carter: SignedInView = {
    user: {
      username: "pcarter",
      name: "CARTER, Priya (Ms)",
      role: options.role ?? "callHandler",
      roleWords: options.role === "practiceAdmin" ? "Practice admin" : "Call handler",
      mayBook: (options.role ?? "callHandler") === "callHandler",
      mayConfirmLate: false,
      locked: false,
      mayManageUsers: true,
      mayReadAudit: true,
      mayKeepRecord: options.role === "supervisor",
    },
    unfinished: unfinished.length,
  };
  const after = async <T>(answer: () => T): Promise<T> => {
    if (delayMs > 0) await new Promise((done) => setTimeout(done, delayMs));
    return answer();
  };
  const held = (id: string): EncounterView => {
    const view = encounters.get(id);
    if (!view) throw fakeProblem("unexpected", { title: "No such encounter" });
    return structuredClone(view);
  };
  const keep = (view: EncounterView) => {
    const kept = { ...view, version: view.version + 1, undone: undoneWords(view) };
    encounters.set(view.id, kept);
    return structuredClone(kept);
  };
  const slot = (serviceId: string, key: string): SlotView => {
    const found = slotsOf(serviceId, slots).find((one) => one.key === key);
    if (!found)
      throw fakeProblem("slotGone", {
        title: "This slot has gone",
        nextSteps: ["freshSlots", "anotherService"],
      });
    return found;
  };
  let demonstration = behindTheCounter;
  let users = [carter.user, { ...carter.user, username: "clinician", name: "OKAFOR, Amara (Dr)" }];
  const service = (id: string) => {
    const found = services.find((one) => one.id === id);
    if (!found) throw fakeProblem("serviceNotInDirectory");
    return found;
  };
  const changes = fakeBookings({
    options: options.changes ?? {},
    after,
    held,
    keep,
    encounters: () => [...encounters.values()],
    bookings,
    unfinished,
    problem: fakeProblem,
    checked,
  });
  carter.unfinished = unfinished.length;
  const confirm = (encounterId: string, of: SlotView, serviceId: string): BookingResultView => {
    const view = held(encounterId);
    const booking = bookingOf(view, of, service(serviceId).name, `b${bookings.length + 1}`);
    bookings.unshift(booking);
    keep({ ...view, bookings: [booking, ...view.bookings] });
    return { result: "confirmed", booking };
  };

  const started = (problems: Problem[]): Promise<StartView> =>
    after(() => ({
      mode: options.live ? "live" : "demonstration",
      organisation: "Northdale NHS 111",
      version: "0.1.0",
      needsFirstUser: options.needsFirstUser ?? false,
      readyUsers,
      situations: true,
      lockAfterSeconds: 600,
      readyPatients,
      signedIn: options.signedIn ? carter : null,
      problems,
    }));

  return {
    start: () => started(options.startProblem ? [options.startProblem] : []),
    startAgain: () => started([]),
    createFirstUser: (input) =>
      after(() => {
        checked([
          need(input.username, "username", "Enter a username"),
          need(input.familyName, "familyName", "Enter a family name"),
          need(input.passphrase, "passphrase", "Enter a passphrase"),
        ]);
        return carter;
      }),
    users: () => after(() => users),
    recordKept: () => after(() => fakeRecordKept(options.kept)),
    addUser: (input) =>
      after(() => {
        checked([need(input.username, "username", "Enter a username")]);
        const added = { ...carter.user, username: input.username, name: input.familyName };
        users = [...users, added];
        return added;
      }),
    changeUser: (input) =>
      after(() => {
        users = users.map((one) =>
          one.username === input.username ? { ...one, locked: input.locked ?? one.locked } : one,
        );
        return carter.user;
      }),
    stillHere: async () => undefined,
    lock: async () => undefined,
    signIn: (input) =>
      after(() => {
        checked([
          need(input.username, "username", "Enter your username"),
          need(input.passphrase, "passphrase", "Enter your passphrase"),
        ]);
        return carter;
      }),
    signOut: () => after(() => undefined),
    checkNhsNumber: async (text) => {
      const digits = text.replace(/\D/g, "");
      const formatted = [digits.slice(0, 3), digits.slice(3, 6), digits.slice(6, 10)]
        .filter(Boolean)
        .join(" ");
      if (digits === "") return { state: "empty", formatted, message: "" };
      if (digits.length < 10)
        return { state: "incomplete", formatted, message: `${10 - digits.length} digits to go` };
      return digits === "9434765919"
        ? { state: "valid", formatted, message: "Valid" }
        : { state: "invalid", formatted, message: "Not an NHS number: check the digits" };
    },
    openEncounters: () =>
      after(() =>
        [...encounters.values()]
          .filter((view) => !view.ended)
          .map((view) => ({
            id: view.id,
            patient: view.patient.name,
            born: view.patient.born,
            nhsNumber: view.patient.nhsNumber,
            started: view.started,
            startedBy: view.startedBy,
            progress: view.outcome
              ? `Outcome recorded: ${view.outcome.code}`
              : "Patient taken down",
          })),
      ),
    startEncounter: (patient) =>
      after(() => {
        checkPatient(patient);
        return keep({
          id: `e${encounters.size + 1}`,
          started: "20-Nov-2026 18:00",
          startedBy: "CARTER, Priya (Ms)",
          patient: shown(patient),
          patientInput: patient,
          outcome: null,
          bookings: [],
          version: 0,
          responses: noResponses,
          rebooks: [],
          referrals: [],
          undone: "",
          reassessment: false,
          earlierOutcomes: [],
          ended: false,
          ending: "",
        });
      }),
    changePatient: (id, version, patient) =>
      after(() => {
        checkPatient(patient);
        if (held(id).version !== version)
          throw fakeProblem("changedMeanwhile", { title: "Somebody else changed this meanwhile" });
        return keep({ ...held(id), patient: shown(patient), patientInput: patient });
      }),
    encounter: (id) => after(() => held(id)),
    outcomeChoices: () => after(() => outcomes),
    recordOutcome: (id, outcome) =>
      after(() => {
        checked([
          need(outcome.code, "code", "Choose an outcome"),
          need(outcome.symptomGroup, "symptomGroup", "Enter the symptom group"),
          need(outcome.reason, "reason", "Enter the reason for the appointment"),
        ]);
        const choice = outcomes.find((one) => one.code === outcome.code);
        const now = Date.now();
        const view = held(id);
        return keep({
          ...view,
          earlierOutcomes: [...view.earlierOutcomes, ...(view.outcome ? [view.outcome] : [])],
          outcome: {
            code: outcome.code,
            description: choice?.description ?? "",
            timeframe: choice?.timeframe ?? "",
            reached: "20-Nov-2026 18:02",
            due: "21-Nov-2026 00:02",
            reachedAt: new Date(now).toISOString(),
            dueAt: new Date(now + 5.21 * 3_600_000).toISOString(),
            reason: outcome.reason,
            symptomGroup: outcome.symptomGroup,
            symptomDiscriminators: outcome.symptomDiscriminators,
          },
        });
      }),
    demonstration: () => after(() => demonstration),
    demonstrate: (order) =>
      after(() => {
        demonstration = orderedOf(demonstration, order);
        return demonstration;
      }),
    findServices: (id, withinMiles) =>
      after(() => ({
        searchId: `s-${id}-${withinMiles ?? 20}`,
        searchedAt: "18:04",
        searched: `Within ${withinMiles ?? 20} miles of LS1 4AP`,
        services,
      })),
    watchAvailability: async (_id, searchId, tell) => {
      for (const one of services) tell(availabilityOf(one.id, searchId, "asking"));
      await Promise.all(
        services.map(async (one, index) => {
          if (delayMs > 0) await new Promise((done) => setTimeout(done, delayMs * (1 + index / 3)));
          tell(availabilityOf(one.id, searchId));
        }),
      );
    },
    stopAvailability: async () => undefined,
    rejectReasons: () =>
      after(() => [
        { id: 1, text: "Patient prefers another place", needsComment: false },
        { id: 2, text: "Too far to travel", needsComment: false },
        { id: 3, text: "No slot in time", needsComment: false },
        { id: 9, text: "Other", needsComment: true },
      ]),
    chooseService: (_id, input) =>
      after(() => {
        const chosen = service(input.serviceId);
        if (chosen.rank !== 1 && input.rejectReason === null) {
          throw fakeProblem("rejectReasonNeeded", {
            title: "A reason is needed",
            fields: [{ field: "rejectReason", message: "Choose why the first was passed over" }],
          });
        }
        return chosen;
      }),
    findSlots: (_id, _search, serviceId) =>
      after(() => {
        const chosen = service(serviceId);
        if (chosen.booking === "notBookable") {
          throw fakeProblem("serviceTakesNoBookings", {
            title: "This service takes no bookings from this desk",
            whatHappened: `${chosen.name} does not offer its slots to this desk.`,
            whatToDo: `Ring the service on ${chosen.phone}, or choose another service.`,
            reference: "K7F-2QD",
            nextSteps: ["anotherService"],
          });
        }
        const all = slotsOf(serviceId, slots);
        const byDay = (some: SlotView[]) =>
          [...new Set(some.map((one) => one.date))].map((date, index) => ({
            day: index === 0 && some[0]?.inTime ? `Today, ${date}` : date,
            slots: some.filter((one) => one.date === date),
          }));
        const inTime = all.filter((one) => one.inTime);
        const late = all.filter((one) => !one.inTime);
        return {
          service: chosen,
          asked: "asked 18:05",
          window: "20-Nov-2026 18:05 to 22-Nov-2026 18:05",
          inTime: byDay(inTime),
          outOfTime: byDay(late),
          inTimeCount: inTime.length,
          outOfTimeCount: late.length,
          notes: all.length > 0 ? ["2 slots were left out: they had no start."] : [],
          bookingOnly: chosen.booking === "bookingOnly",
        };
      }),
    reviewSlot: (_id, _search, serviceId, slotKey) =>
      after(() => {
        const of = slot(serviceId, slotKey);
        return {
          slot: of,
          service: service(serviceId),
          gate: of.inTime ? "open" : (options.gate ?? "confirm"),
          gateWords: of.inTime
            ? ""
            : "The slot starts after the time the outcome asks for. Confirm that this is acceptable.",
        };
      }),
    ...fakeReferral({
      referral: options.referral ?? "received",
      after,
      held,
      keep,
      all: () => [...encounters.values()],
      service,
      slotsShown: (id) => {
        const shown = slotsOf(id, slots);
        const free = shown.filter(({ inTime }) => inTime).length;
        return shown.length === 0
          ? "No free slots"
          : `${free} free in time, ${shown.length - free} too late`;
      },
      problem: fakeProblem,
    }),
    ...changes.desk,
    stopSending: async () => undefined,
    approveLateSlot: (input) =>
      after(() => {
        checked([
          need(input.approverUsername, "approverUsername", "Enter the clinician’s username"),
          need(input.ground, "ground", "Enter on what ground the slot is acceptable"),
        ]);
        return {
          id: "approval",
          words: "Approved by OKAFOR, Amara (Dr), for this slot alone, until 18:19.",
        };
      }),
    refuseLateSlot: (input) =>
      after(() => {
        checked([need(input.ground, "ground", "Enter why the clinician does not approve it")]);
      }),
    book: (input, onStage) =>
      after(() => {
        onStage({ words: "Booking with the provider. Stay on this page.", mayStop: false });
        const of = slot(input.serviceId, input.slotKey);
        if (!of.inTime && input.approvalId === null) {
          checked([
            !input.lateConfirmed && {
              field: "lateConfirmed",
              message: "Confirm that the slot is acceptable",
            },
            need(input.lateGround, "lateGround", "Enter on what ground it is acceptable"),
          ]);
        }
        if (options.booking === "notBooked") {
          return {
            result: "notBooked",
            problem: fakeProblem("slotGone", {
              title: "This slot has gone",
              whatHappened: "Somebody else booked the slot a moment ago. Nothing was booked.",
              whatToDo: "Choose another slot.",
              reference: "M4X-9TR",
              nextSteps: ["freshSlots", "anotherService"],
            }),
          };
        }
        if (options.booking === "unknown") {
          unfinished.push(pieceOf(`u${unfinished.length + 1}`, input.encounterId));
          return {
            result: "unknown",
            problem: fakeProblem("bookingUnknown", {
              title: "The provider did not answer",
              whatHappened: "The booking was sent, but no answer came within 30 seconds.",
              whatToDo: "Open unfinished work and ask the provider what it holds.",
              reference: "Q2B-7KM",
              nextSteps: ["openUnfinished"],
            }),
            unfinishedId: "u1",
          };
        }
        const result = confirm(input.encounterId, of, input.serviceId);
        if (result.result === "confirmed") changes.newBooked(input.rebookId, result.booking);
        return result;
      }),
    booking: (id) =>
      after(() => {
        const found = bookings.find((one) => one.id === id);
        if (!found) throw fakeProblem("bookingNotHeld", { title: "No such booking" });
        return found;
      }),
    bookings: () => after(() => [...bookings]),
    unfinished: () => after(() => [...unfinished]),
    checkUnfinished: (id) =>
      after(
        () =>
          changes.taken(id) ?? {
            kind: "booking",
            result: {
              result: "unknown",
              unfinishedId: "u1",
              problem: fakeProblem("providerTimedOut", {
                title: "The provider still does not answer",
                whatHappened: "The provider was asked and did not answer.",
                whatToDo: "Ask again in a minute, or ring the service and settle by hand.",
                reference: "W8C-3HN",
              }),
            },
          },
      ),
    sendAgain: (id) =>
      after(
        () =>
          changes.taken(id) ?? {
            kind: "booking",
            result: {
              result: "notBooked",
              problem: fakeProblem("slotGone", {
                title: "This slot has gone",
                whatHappened: "The provider refused: the slot is taken.",
                whatToDo: "Ring the patient and choose another slot.",
              }),
            },
          },
      ),
    ...fakeReports(after),
    ...fakeAudit(after, options.audit),
    settleUnfinished: (input) =>
      after(() => {
        checked([
          need(input.providerHolds, "providerHolds", "Choose what the provider holds"),
          need(input.reason, "reason", "Enter who said so and how"),
        ]);
        const at = unfinished.findIndex((one) => one.id === input.id);
        unfinished.splice(at, 1);
      }),
    printPage: async () => undefined,
  };
}

function checkPatient(patient: PatientInput) {
  checked([
    need(patient.familyName, "familyName", "Enter a family name"),
    need(patient.birthDay, "birthDay", "Date of birth must include a day"),
    need(patient.gender, "gender", "Choose a gender"),
    need(patient.addressLines[0] ?? "", "addressLines.0", "Enter the home address"),
    need(patient.contacts[0]?.value ?? "", "contacts.0.value", "Enter a way to reach the patient"),
  ]);
}

function shown(patient: PatientInput) {
  const title = patient.title ? ` (${patient.title})` : "";
  return {
    name: `${patient.familyName.toUpperCase()}, ${patient.givenName}${title}`,
    born: `${patient.birthDay}-Nov-${patient.birthYear}`,
    age: "52y",
    gender: "Male",
    nhsNumber: patient.nhsNumber || "Not known",
    address: [...patient.addressLines, patient.town, patient.postcode].filter(Boolean).join(", "),
    locationPostcode: patient.currentPostcode || patient.postcode,
    contacts: patient.contacts.map(({ value }) => ({ whose: "Patient", kind: "Mobile", value })),
  };
}

function availabilityOf(serviceId: string, searchId: string, asking?: "asking"): AvailabilityView {
  const base = { searchId, serviceId, inTime: 0, outOfTime: 0, earliest: "", problem: null };
  if (asking) return { ...base, state: asking, words: "Asking…", asked: "" };
  const asked = "asked 18:04";
  switch (Number(serviceId.slice(1)) % 5) {
    case 1:
      return {
        ...base,
        asked,
        state: "freeInTime",
        inTime: 4,
        outOfTime: 9,
        earliest: "Today 19:20",
        words: "4 free in time",
      };
    case 2:
      return {
        ...base,
        asked,
        state: "freeOutOfTime",
        outOfTime: 3,
        earliest: "Tomorrow 01:20",
        words: "None in time, earliest 1 h 20 min late",
      };
    case 3:
      return { ...base, asked, state: "noneFree", words: "No free slots" };
    case 4:
      return {
        ...base,
        asked,
        state: "failed",
        words: "Could not ask",
        problem: fakeProblem("providerTimedOut", { title: "The provider did not answer in time" }),
      };
    default:
      return { ...base, state: "notAsked", words: "Does not show its slots", asked: "" };
  }
}

function bookingOf(view: EncounterView, of: SlotView, service: string, id: string): BookingView {
  const readBack = [
    `Your appointment is on ${of.date} at ${of.start}.`,
    `It is at ${service}.`,
    `Address: ${of.place}.`,
    `Quote the reference 148f2c90 if you ring the service on 0113 496 0100.`,
    "If you get worse before then, ring 111 again; in an emergency ring 999.",
  ];
  return {
    id,
    encounterId: view.id,
    patient: view.patient.name,
    born: view.patient.born,
    nhsNumber: view.patient.nhsNumber,
    contact: "07700 900123 (Patient)",
    date: of.date,
    start: of.start,
    end: of.end,
    zone: "GMT",
    service,
    servicePhone: "0113 496 0100",
    place: of.place,
    deliveryChannel: of.deliveryChannel,
    practitioner: [of.practitionerRole, of.practitioner].filter(Boolean).join(", "),
    status: "Booked",
    statusAsOf: "20-Nov-2026 18:06:12",
    providerReference: "148f2c90",
    version: "1",
    bookedBy: "CARTER, Priya (Ms)",
    bookedAt: "20-Nov-2026 18:06",
    timeframe: of.inTime
      ? "In time"
      : "1 h 20 min outside the timeframe, confirmed by CARTER, Priya (Ms)",
    referral: "No referral was sent yet: the service does not know why the patient comes.",
    readBack,
    copyText: readBack.join("\n"),
  };
}

function pieceOf(id: string, encounterId: string): UnfinishedView {
  return {
    id,
    kind: "booking",
    encounterId,
    what: "Booking",
    patient: "PATIENT, John (Mr)",
    born: "12-Nov-1974",
    nhsNumber: "943 476 5919",
    contact: "07700 900123",
    service: "Northdale Urgent Treatment Centre",
    servicePhone: "0113 496 0100",
    slot: "Friday 20-Nov-2026 19:20",
    newBooking: "",
    started: "20-Nov-2026 18:06 by CARTER, Priya (Ms)",
    known: "We do not know whether the provider booked this.",
    next: "Ask the provider what it holds.",
    reference: "Q2B-7KM",
    url: "",
    byMail: null,
    canCheck: true,
    canSendAgain: true,
    canSettle: true,
  };
}
