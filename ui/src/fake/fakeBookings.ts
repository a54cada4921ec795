import type {
  BookingShownView,
  BookingView,
  CancelInput,
  CancelResultView,
  CancelStatusView,
  EncounterView,
  FieldProblem,
  Problem,
  ProblemCode,
  RebookView,
  TakenView,
  UnfinishedKind,
  UnfinishedView,
} from "../contract/contract";
import type { Desk, WhichBooking } from "../platform/desk";
import { mailOf } from "./fakeReferral";

export type FakeBookingsOptions = {
  /** What comes of a cancellation. */
  cancel?: CancelStatusView;
  /** Ids of bookings whose cancellation fails at the provider. */
  cancelFails?: string[];
  /** Ids of bookings that their provider cannot be asked for. */
  readFails?: string[];
  /** The provider says that bookings are somebody else's. */
  somebodyElses?: boolean;
  /** Standing bookings of an encounter that ended earlier: `b-early-1` and so on, in `e-early`. */
  earlier?: number;
  /** A cancelled booking had a referral. */
  decoupled?: boolean;
  /** What the appointment registry says. */
  registry?: "flag" | "nothing" | "notConfigured" | "fails";
  /** A piece of unfinished work of each kind. */
  pieces?: UnfinishedKind[];
};

type Within = {
  options: FakeBookingsOptions;
  after: <T>(answer: () => T) => Promise<T>;
  held: (encounterId: string) => EncounterView;
  keep: (view: EncounterView) => EncounterView;
  encounters: () => EncounterView[];
  bookings: BookingView[];
  unfinished: UnfinishedView[];
  problem: (code: ProblemCode, part?: Partial<Problem>) => Problem;
  checked: (fields: (FieldProblem | false)[]) => void;
};

export type FakeBookings = Pick<
  Desk,
  | "findBookings"
  | "bookingsOn"
  | "heldByPatient"
  | "registryCheck"
  | "lookUpBookings"
  | "readBooking"
  | "cancelBooking"
  | "beginRebook"
  | "leaveRebook"
  | "keepBoth"
  | "recordInformed"
  | "recordAttendance"
>;

const urlOf = (id: string) => `https://provider.invalid/Appointment/${id}`;
export const registryUrl = "https://other.invalid/Appointment/r1";

const holds: Record<string, [string, string]> = {
  began: [
    "The original booking. Nothing new.",
    "Choose and book a new slot. The original stands until the new one is confirmed.",
  ],
  newBooked: [
    "Two bookings: the original and the new one.",
    "Confirm with the patient that the original goes, and cancel it.",
  ],
  holdsTwo: [
    "Two bookings: the original and the new one.",
    "The original could not be cancelled: try again, or keep both and say why.",
  ],
  rebooked: ["The new booking. The original is cancelled.", ""],
  nothingNew: ["The original booking. Nothing new.", ""],
  bothKept: ["Two bookings: the original and the new one.", ""],
};

/** What a fake desk does with bookings that are there. */
export function fakeBookings(within: Within) {
  const { options, after, held, keep, bookings, unfinished, problem, checked } = within;
  const notes = new Map<string, string[]>();
  /** What the provider changed meanwhile, and was not shown yet. */
  const changed: string[] = [];
  const need = (value: string, field: string, message: string) =>
    value.trim() === "" && { field, message };
  const note = (url: string, words: string) => notes.set(url, [...(notes.get(url) ?? []), words]);
  const drop = (which: (piece: UnfinishedView) => boolean) => {
    for (let at = unfinished.length - 1; at >= 0; at -= 1) {
      const piece = unfinished[at];
      if (piece && which(piece)) unfinished.splice(at, 1);
    }
  };
  for (const kind of options.pieces ?? []) unfinished.push(pieceOfKind(kind));
  if (options.earlier || options.pieces) seedEarlier();

  function seedEarlier() {
    const made = Array.from({ length: options.earlier ?? 1 }, (_, index) =>
      earlierBooking(`b-early-${index + 1}`, index),
    );
    bookings.push(...made);
    const outcome = {
      code: "Dx06",
      description: "Contact primary care service",
      timeframe: "Within 6 hours",
      reached: "20-Nov-2026 15:02",
      due: "20-Nov-2026 21:02",
      reachedAt: "2026-11-20T15:02:00Z",
      dueAt: "2026-11-20T21:02:00Z",
      reason: "Sore throat",
      symptomGroup: "1011",
      symptomDiscriminators: "",
    };
    keep({
      id: "e-early",
      started: "20-Nov-2026 15:00",
      startedBy: "CARTER, Priya (Ms)",
      patient: {
        name: "PATIENT, John (Mr)",
        born: "12-Nov-1974",
        age: "52y",
        gender: "Male",
        nhsNumber: "943 476 5919",
        address: "1 Test Street, Leeds, LS1 4AP",
        locationPostcode: "LS1 4AP",
        contacts: [],
      },
      patientInput: {
        nhsNumber: "943 476 5919",
        title: "Mr",
        givenName: "John",
        familyName: "Patient",
        birthDay: "12",
        birthMonth: "11",
        birthYear: "1974",
        gender: "male",
        addressLines: ["1 Test Street"],
        town: "Leeds",
        postcode: "LS1 4AP",
        currentPostcode: "",
        gpPractice: "",
        contacts: [{ whose: "patient", name: "", kind: "mobile", value: "07700 900123" }],
      },
      outcome,
      bookings: made,
      version: 0,
      responses: { presentingComplaint: "", summary: "", answers: [], advice: "", consent: "" },
      rebooks: [],
      referrals: [],
      undone: "",
      reassessment: false,
      earlierOutcomes: [],
      ended: true,
      ending: "Completed",
    });
  }

  function bookingAt(which: { bookingId: string | null; url: string | null }) {
    return bookings.find((one) => one.id === which.bookingId || urlOf(one.id) === which.url);
  }

  function shown(which: WhichBooking): BookingShownView {
    const booking = bookingAt(which);
    const url = booking ? urlOf(booking.id) : registryUrl;
    if (!booking && which.url !== registryUrl) throw problem("bookingNotHeld");
    const theirs = !options.somebodyElses;
    const cancelled = booking?.status === "Cancelled";
    return {
      url,
      encounterId: which.encounterId ?? booking?.encounterId ?? "",
      bookingId: booking?.id ?? null,
      version: booking?.version ?? "7",
      patient: theirs ? "PATIENT, John (Mr)" : "OTHER, Jane (Ms)",
      born: theirs ? "12-Nov-1974" : "01-Jan-1990",
      nhsNumber: theirs ? "943 476 5919" : "999 000 0026",
      when: booking ? `${booking.date} ${booking.start}` : "Saturday 21-Nov-2026 09:30",
      service: booking?.service ?? "",
      servicePhone: booking?.servicePhone ?? "",
      place: booking?.place ?? "Castle Street, Northdale",
      description: "Sore throat",
      status: booking?.status ?? "Booked",
      asOf: "20-Nov-2026 18:10:02",
      madeBy: booking ? "This organisation" : "Another organisation, or another desk",
      theirs,
      warning: theirs
        ? cancelled
          ? "This booking is cancelled already."
          : ""
        : "This booking is another patient’s. Nothing can be done with it from here.",
      changes: changed.splice(0),
      informPatient: theirs && cancelled && !notes.has(url),
      canCancel: theirs && !cancelled,
      asRecorded: theirs && !cancelled,
      notes: notes.get(url) ?? [],
    };
  }

  function rebookIn(id: string): { view: EncounterView; rebook: RebookView } {
    for (const view of within.encounters()) {
      const rebook = view.rebooks.find((one) => one.id === id);
      if (rebook) return { view, rebook };
    }
    throw problem("rebookElsewhere", { title: "This rebooking has gone on elsewhere" });
  }

  /** Takes a rebooking to another state. */
  function move(id: string, state: string, part: Partial<RebookView> = {}): RebookView {
    const { view, rebook } = rebookIn(id);
    const [what = "", next = ""] = holds[state] ?? [];
    const moved: RebookView = {
      ...rebook,
      holds: what,
      next,
      mayBook: state === "began",
      mayCancelOriginal: state === "newBooked" || state === "holdsTwo",
      settled: ["rebooked", "nothingNew", "bothKept"].includes(state),
      ...part,
    };
    keep({ ...view, rebooks: view.rebooks.map((one) => (one.id === id ? moved : one)) });
    return moved;
  }

  function cancel(input: CancelInput): CancelResultView {
    const readBack = "Read this back to the patient, and confirm that it fits";
    checked([
      !input.nameReadBack && { field: "nameReadBack", message: readBack },
      !input.birthDateReadBack && { field: "birthDateReadBack", message: readBack },
      !input.numberReadBack && { field: "numberReadBack", message: readBack },
      need(input.reason, "reason", "Say in a few words why it is cancelled"),
    ]);
    const booking = bookingAt({ bookingId: null, url: input.url });
    const fails = booking && options.cancelFails?.includes(booking.id);
    const status = fails ? "systemFailure" : (options.cancel ?? "cancelled");
    const gone = status === "cancelled" || status === "alreadyCancelled";
    if (status === "changedMeanwhile" && booking) {
      // Once: as it is read next, it can be cancelled.
      delete options.cancel;
      changed.push(`When: was ${booking.date} ${booking.start}, is now ${booking.date} 23:55`);
      bookings[bookings.indexOf(booking)] = { ...booking, start: "23:55", version: "2" };
    }
    const encounterId = booking?.encounterId ?? "e1";
    if (gone && booking) {
      const now = { ...booking, status: "Cancelled", version: "2" };
      bookings[bookings.indexOf(booking)] = now;
      const view = held(encounterId);
      keep({ ...view, bookings: view.bookings.map((one) => (one.id === now.id ? now : one)) });
    }
    if (input.rebookId) move(input.rebookId, gone ? "rebooked" : "holdsTwo");
    if (gone) unfinished.push({ ...pieceOfKind("informPatient"), url: input.url, encounterId });
    if (status === "notKnown") unfinished.push(pieceOfKind("cancellation"));
    return resultOf(status, input.url, encounterId);
  }

  function resultOf(status: CancelStatusView, url: string, encounterId: string): CancelResultView {
    const title = titles[status];
    const gone = status === "cancelled" || status === "alreadyCancelled";
    return {
      status,
      title,
      problem:
        status === "cancelled"
          ? null
          : problem(status === "notKnown" ? "cancelUnknown" : "bookingChanged", {
              title,
              whatHappened:
                status === "notKnown"
                  ? "The request was sent, and no answer came that settles it."
                  : "The booking stands as it was.",
              whatToDo: "Look at the booking again.",
              reference: "C7X-2PL",
              nextSteps: status === "notKnown" ? ["openUnfinished"] : ["tryAgain"],
            }),
      url,
      encounterId,
      version: status === "cancelled" ? "2" : "",
      unfinishedId: status === "notKnown" ? "u-cancellation" : null,
      decoupled:
        options.decoupled && gone
          ? {
              documentId: "d1",
              encounterId,
              bookingId: "b1",
              patient: "PATIENT, John (Mr)",
              service: "Northdale Urgent Treatment Centre",
              servicePhone: "0113 496 0100",
              made: "20-Nov-2026 15:10 by CARTER, Priya (Ms)",
              route: "By message",
              state: "Its booking was cancelled: it is no referral any more",
              toDo: "Telephone the service and tell them that the referral no longer counts.",
              toSendByHand: false,
              byMail: null,
              toTellProvider: true,
              decoupled: true,
              deliveries: [],
              marks: [],
            }
          : null,
      informPatient: gone,
      recorded: true,
    };
  }

  const desk: FakeBookings = {
    findBookings: (input) =>
      after(() => {
        checked([
          !input.nhsNumber.trim() &&
            need(
              input.familyName,
              "familyName",
              "Enter an NHS number, or the family name and the date of birth",
            ),
        ]);
        return [...bookings];
      }),
    bookingsOn: (serviceId, day) =>
      after(() => {
        checked([
          need(serviceId, "serviceId", "Enter the service’s number in the directory"),
          !/^\d{4}-\d{2}-\d{2}$/.test(day) && { field: "day", message: "Choose a day" },
        ]);
        return { bookings: [...bookings], removed: "" };
      }),
    heldByPatient: () => after(() => bookings.filter((one) => one.status === "Booked")),
    registryCheck: () =>
      after(() => {
        const entry = {
          url: registryUrl,
          when: "Saturday 21-Nov-2026 09:30",
          status: "Booked",
          stands: true,
          bookedHere: false,
        };
        switch (options.registry ?? "nothing") {
          case "flag":
            return {
              words: "This patient holds 2 appointments already, as the registry says.",
              flag: true,
              entries: [
                entry,
                {
                  url: urlOf("gone"),
                  when: "Friday 20-Nov-2026 20:00",
                  status: "Booked",
                  stands: true,
                  bookedHere: false,
                },
              ],
            };
          case "fails":
            throw problem("providerTimedOut", { title: "The registry did not answer in time" });
          case "notConfigured":
            return {
              words: "Bookings made by other organisations cannot be seen.",
              flag: false,
              entries: [],
            };
          case "nothing":
            return {
              words: "The appointment registry knows no appointment ahead of this patient.",
              flag: false,
              entries: [],
            };
        }
      }),
    lookUpBookings: () =>
      after(() => ({
        bookings: bookings.map((one) =>
          shown({ bookingId: one.id, encounterId: one.encounterId, url: null }),
        ),
        notUnderstood: 1,
      })),
    readBooking: (which) =>
      after(() => {
        const id = bookingAt(which)?.id;
        if (id && options.readFails?.includes(id)) {
          throw problem("providerUnreachable", {
            title: "The service’s booking system cannot be reached",
            whatHappened: "No connection could be made. Nothing was changed.",
            whatToDo: "Try again, or telephone the service.",
            nextSteps: ["tryAgain"],
          });
        }
        return shown(which);
      }),
    cancelBooking: (input, onStage) =>
      after(() => {
        onStage({ words: "Cancelling at the provider. Stay on this page.", mayStop: false });
        return cancel(input);
      }),
    beginRebook: (encounterId, which, why) =>
      after(() => {
        const view = held(encounterId);
        const booking = bookingAt(which);
        if (booking?.encounterId !== encounterId && view.outcome === null && !why.trim()) {
          throw problem("reassessmentNeeded", {
            title: "Assess the patient again first",
            nextSteps: ["changeOutcome"],
          });
        }
        const [what = "", next = ""] = holds["began"] ?? [];
        const rebook: RebookView = {
          id: `rb-${encounterId}-${view.rebooks.length + 1}`,
          encounterId,
          originalUrl: booking ? urlOf(booking.id) : (which.url ?? ""),
          originalBookingId: booking?.id ?? null,
          original: booking
            ? `${booking.date} ${booking.start}, ${booking.service}`
            : "Saturday 21-Nov-2026 09:30",
          newBookingId: null,
          holds: what,
          next,
          mayBook: true,
          mayCancelOriginal: false,
          settled: false,
        };
        keep({ ...view, rebooks: [rebook, ...view.rebooks] });
        return rebook;
      }),
    leaveRebook: (id) => after(() => move(id, "nothingNew")),
    keepBoth: (id, reason) =>
      after(() => {
        checked([need(reason, "reason", "Say why both are kept")]);
        drop((piece) => piece.id === id);
        return id.startsWith("rb-") ? move(id, "bothKept") : rebookPiece(id);
      }),
    recordInformed: (input) =>
      after(() => {
        checked([
          need(input.how, "how", "Choose how the patient was told"),
          input.how === "notReached" && need(input.note, "note", "Say why they were not reached"),
        ]);
        note(input.url, `20-Nov-2026 18:12:00 CARTER, Priya (Ms): Patient told. ${input.note}`);
        drop((piece) => piece.kind === "informPatient" && piece.url === input.url);
      }),
    recordAttendance: (input) =>
      after(() => {
        checked([
          need(input.attendance, "attendance", "Choose whether the patient came"),
          need(input.note, "note", "Enter who told you"),
        ]);
        note(
          urlOf(input.bookingId),
          `20-Nov-2026 18:12:00 CARTER, Priya (Ms): Attendance. ${input.note}`,
        );
      }),
  };

  return {
    desk,
    /** The new booking of a rebooking is there. */
    newBooked: (rebookId: string | null, booking: BookingView) => {
      if (rebookId) move(rebookId, "newBooked", { newBookingId: booking.id });
    },
    /** What comes of a piece that is no booking; none where it is one. */
    taken: (id: string): TakenView | null => {
      const piece = unfinished.find((one) => one.id === id);
      if (piece?.kind === "cancellation") {
        drop((one) => one.id === id);
        const result = resultOf("cancelled", piece.url, piece.encounterId);
        return { kind: "cancellation", result };
      }
      if (piece?.kind === "referral") {
        const delivery = {
          unfinishedId: null,
          to: "To act on",
          copy: false,
          state: "The service has it",
          received: true,
          problem: null,
        };
        drop((one) => one.id === id);
        return { kind: "referral", delivery };
      }
      return null;
    },
  };
}

const titles: Record<CancelStatusView, string> = {
  cancelled: "Cancelled",
  systemFailure: "Not cancelled: a system failed",
  notFound: "Not cancelled: the provider does not have this booking",
  notThisPatients: "Not cancelled: the booking is another patient’s",
  inThePast: "Not cancelled: the appointment lies in the past",
  alreadyCancelled: "This booking is cancelled already",
  notPermitted: "Not cancelled: the provider does not permit it",
  changedMeanwhile: "Not cancelled: the booking was changed meanwhile",
  notKnown: "We do not know whether this was cancelled",
};

function rebookPiece(id: string): RebookView {
  return {
    id,
    encounterId: "e-early",
    originalUrl: urlOf("b-early-1"),
    originalBookingId: "b-early-1",
    original: "Friday 20-Nov-2026 20:00, Northdale Urgent Treatment Centre",
    newBookingId: null,
    holds: "Two bookings: the original and the new one.",
    next: "",
    mayBook: false,
    mayCancelOriginal: false,
    settled: true,
  };
}

function earlierBooking(id: string, index: number): BookingView {
  const start = `${20 + index}:00`;
  return {
    id,
    encounterId: "e-early",
    patient: "PATIENT, John (Mr)",
    born: "12-Nov-1974",
    nhsNumber: "943 476 5919",
    contact: "07700 900123 (Patient)",
    date: "Friday 20-Nov-2026",
    start,
    end: "",
    zone: "GMT",
    service: "Eastmoor Walk-in Centre",
    servicePhone: "0113 496 0101",
    place: "4 Market Place, Northdale, LS2 2AB",
    deliveryChannel: "In person",
    practitioner: "",
    status: "Booked",
    statusAsOf: "20-Nov-2026 15:10:12",
    providerReference: `ref-${id}`,
    version: "1",
    bookedBy: "CARTER, Priya (Ms)",
    bookedAt: "20-Nov-2026 15:10",
    timeframe: "In time",
    referral: "No referral was sent.",
    readBack: [`Your appointment is on Friday 20-Nov-2026 at ${start}.`],
    copyText: "",
  };
}

const pieces: Record<UnfinishedKind, [string, string, string]> = {
  booking: ["Booking", "We do not know whether the provider booked this.", "Ask the provider."],
  cancellation: [
    "Cancellation",
    "We do not know whether the patient still holds this booking.",
    "Ask the provider. If that does not settle it, telephone the service.",
  ],
  referral: [
    "Referral",
    "We do not know whether the service has the referral.",
    "Send it again: the service sees it once.",
  ],
  twoBookings: [
    "Two bookings",
    "Two bookings: the original and the new one.",
    "The original could not be cancelled: try again, or keep both and say why.",
  ],
  sendByHand: ["Referral to be sent by hand", "Not sent.", "Send it by secure mail."],
  tellProvider: [
    "Service to be told",
    "Its booking was cancelled.",
    "Telephone the service and tell them.",
  ],
  informPatient: [
    "Patient to be told",
    "The booking is cancelled. Nobody has recorded that the patient was told.",
    "Tell the patient, then record how and when.",
  ],
};

function pieceOfKind(kind: UnfinishedKind): UnfinishedView {
  const [what, known, next] = pieces[kind];
  const sent = kind === "booking" || kind === "cancellation" || kind === "referral";
  return {
    id: `u-${kind}`,
    kind,
    encounterId: "e-early",
    what,
    patient: "PATIENT, John (Mr)",
    born: "12-Nov-1974",
    nhsNumber: "943 476 5919",
    contact: "07700 900123 (Patient)",
    service: "Eastmoor Walk-in Centre",
    servicePhone: "0113 496 0101",
    slot: "Friday 20-Nov-2026 20:00",
    newBooking:
      kind === "twoBookings" ? "Friday 20-Nov-2026 18:40, Northdale Urgent Treatment Centre" : "",
    started: "20-Nov-2026 18:06 by CARTER, Priya (Ms)",
    known,
    next,
    reference: sent ? "Q2B-7KM" : "",
    url: urlOf("b-early-1"),
    byMail: kind === "sendByHand" ? mailOf("u-sendByHand") : null,
    canCheck: kind === "booking" || kind === "cancellation",
    canSendAgain: sent,
    canSettle: sent,
  };
}
