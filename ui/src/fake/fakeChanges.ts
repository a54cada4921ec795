import type {
  BookingShownView,
  BookingView,
  CancelResultView,
  EncounterView,
  FieldProblem,
  RebookView,
  ReferralGateView,
  ReferralView,
} from "../contract/contract";
import type { Desk } from "../platform/desk";
import { fakeProblem } from "./fakeDesk";
import type { FakeOptions } from "./fakeDesk";

type Parts = {
  after: <T>(answer: () => T) => Promise<T>;
  held: (id: string) => EncounterView;
  keep: (view: EncounterView) => EncounterView;
  checked: (fields: (FieldProblem | false)[]) => void;
  need: (value: string, field: string, message: string) => FieldProblem | false;
  bookings: BookingView[];
  options: FakeOptions;
  newId: () => string;
};

type Changes = Pick<
  Desk,
  | "recordResponses"
  | "reassess"
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
  | "referralGate"
  | "reviewReferral"
  | "refer"
  | "referralSent"
  | "saveReferral"
  | "referralSentByHand"
  | "providerTold"
>;

/** A rebooking once its new booking is confirmed. */
export function newBooked(rebook: RebookView, bookingId: string): RebookView {
  return {
    ...rebook,
    newBookingId: bookingId,
    holds: "Two bookings: the original and the new one.",
    next: "Confirm with the patient that the original goes, and cancel it.",
    mayBook: false,
    mayCancelOriginal: true,
  };
}

/** The journeys of changed circumstances, in memory. */
export function fakeChanges(parts: Parts): Changes {
  const { after, held, keep, checked, need, bookings, options } = parts;
  const encounters = new Set<string>();
  const rebooked = (id: string, change: (one: RebookView) => RebookView) => {
    for (const encounterId of encounters) {
      const view = held(encounterId);
      const found = view.rebooks.find((one) => one.id === id);
      if (!found) continue;
      const after = change(found);
      keep({ ...view, rebooks: view.rebooks.map((one) => (one.id === id ? after : one)) });
      return after;
    }
    throw fakeProblem("rebookElsewhere", { title: "No such rebooking" });
  };
  const bookedAt = (url: string) => bookings.find((one) => url.endsWith(one.id));
  const shown = (booking: BookingView | undefined, url: string): BookingShownView => ({
    url,
    encounterId: booking?.encounterId ?? "e1",
    bookingId: booking?.id ?? null,
    version: booking?.version ?? "1",
    patient: booking?.patient ?? "PATIENT, John (Mr)",
    born: booking?.born ?? "12-Nov-1974",
    nhsNumber: booking?.nhsNumber ?? "943 476 5919",
    when: booking ? `${booking.date} ${booking.start}` : "Friday 20-Nov-2026 21:00",
    service: booking?.service ?? "",
    place: booking?.place ?? "",
    description: "Sore throat",
    status: booking?.status ?? "Booked",
    asOf: "20-Nov-2026 18:10:00",
    madeBy: booking ? "This organisation" : "Another organisation, or another desk",
    theirs: !options.somebodyElses,
    warning: options.somebodyElses
      ? "This booking is another patient’s. Nothing can be done with it from here."
      : "",
    canCancel: !options.somebodyElses && booking?.status !== "Cancelled",
    notes: [],
  });
  const gate = (serviceId: string, booked: boolean): ReferralGateView => ({
    serviceId,
    service: "Northdale Urgent Treatment Centre",
    bookingRequired: options.bookingOnly ?? false,
    booked,
    blocked:
      options.bookingOnly && !booked
        ? fakeProblem("referralBlocked", {
            title: "This service requires a booking",
            whatHappened: "This service sees nobody without a booking, and none was made.",
            whatToDo: "Book one of its slots, or choose another service.",
            nextSteps: ["freshSlots", "anotherService"],
          })
        : null,
    slots: "None in time, 3 too late",
    route: options.route === "email" ? "By secure mail" : "Sent electronically to the service",
    byHand: options.route === "email",
  });
  const missingOf = (view: EncounterView) =>
    [
      view.responses.presentingComplaint === "" && "what the patient presents with",
      view.responses.summary === "" && "a clinical summary",
      view.responses.consent === "" && "on what the sharing of information rests (consent)",
    ].filter((one) => one !== false);
  const stands = (view: EncounterView) => view.bookings.some((one) => one.status === "Booked");

  return {
    recordResponses: (id, _version, responses) =>
      after(() => {
        checked(
          responses.answers.flatMap((row, index) => [
            row.answer.trim() !== "" &&
              need(row.question, `answers.${index}.question`, "Enter the question that was asked"),
            row.question.trim() !== "" &&
              need(row.answer, `answers.${index}.answer`, "Enter what the patient answered"),
          ]),
        );
        const view = held(id);
        return keep({ ...view, version: view.version + 1, responses });
      }),
    reassess: (id) =>
      after(() => {
        const view = held(id);
        const again = parts.newId();
        encounters.add(again);
        return keep({
          ...view,
          id: again,
          outcome: null,
          bookings: [],
          rebooks: [],
          referrals: [],
          reassessment: true,
          ended: false,
          ending: "",
        });
      }),
    findBookings: (input) =>
      after(() => {
        checked([
          input.nhsNumber.trim() === "" &&
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
          need(day, "day", "Choose a day"),
        ]);
        return [...bookings];
      }),
    heldByPatient: () => after(() => bookings.filter((one) => one.status === "Booked")),
    registryCheck: () =>
      after(() =>
        options.registry === "flag"
          ? {
              words: "This patient holds an appointment already, as the registry says.",
              flag: true,
              entries: [
                {
                  url: "https://elsewhere/Appointment/9",
                  when: "Friday 20-Nov-2026 21:00",
                  status: "Booked",
                  stands: true,
                },
              ],
            }
          : {
              words:
                "Bookings made by other organisations cannot be seen: no appointment registry is connected.",
              flag: false,
              entries: [],
            },
      ),
    lookUpBookings: () =>
      after(() => ({
        bookings: bookings.map((one) => shown(one, `https://p/${one.id}`)),
        notUnderstood: 0,
      })),
    readBooking: (which) =>
      after(() => {
        const booking = bookings.find((one) => one.id === which.bookingId);
        return shown(booking, which.url ?? `https://p/${which.bookingId ?? ""}`);
      }),
    cancelBooking: (input, onStage) =>
      after((): CancelResultView => {
        onStage({ words: "Cancelling with the provider. Stay on this page.", mayStop: false });
        const readBack = "Read this back to the patient, and confirm that it fits";
        checked([
          !input.nameReadBack && { field: "nameReadBack", message: readBack },
          !input.birthDateReadBack && { field: "birthDateReadBack", message: readBack },
          !input.numberReadBack && { field: "numberReadBack", message: readBack },
          need(input.reason, "reason", "Say in a few words why it is cancelled"),
        ]);
        const status = options.cancel ?? "cancelled";
        const booking = bookedAt(input.url);
        if (status === "cancelled" && booking) {
          booking.status = "Cancelled";
          if (encounters.has(booking.encounterId)) {
            const view = held(booking.encounterId);
            keep({
              ...view,
              bookings: view.bookings.map((one) => (one.id === booking.id ? booking : one)),
            });
          }
        }
        if (input.rebookId && status === "cancelled") {
          rebooked(input.rebookId, (one) => ({
            ...one,
            holds: "The new booking. The original is cancelled.",
            next: "",
            mayCancelOriginal: false,
            settled: true,
          }));
        }
        const titles = {
          cancelled: "Cancelled",
          notPermitted: "Not cancelled: the provider does not permit it",
          notKnown: "We do not know whether this was cancelled",
        };
        return {
          status,
          title: titles[status],
          problem:
            status === "cancelled"
              ? null
              : fakeProblem(status === "notKnown" ? "cancelUnknown" : "cancelNotPermitted", {
                  title: titles[status],
                  whatHappened: "The booking stands as it was.",
                  whatToDo: "Telephone the service.",
                  nextSteps: status === "notKnown" ? ["openUnfinished"] : [],
                }),
          url: input.url,
          encounterId: booking?.encounterId ?? "e1",
          version: status === "cancelled" ? "2" : "",
          unfinishedId: status === "notKnown" ? "c1" : null,
          decoupled: null,
          informPatient: status === "cancelled",
          recorded: true,
        };
      }),
    beginRebook: (encounterId, which, withoutReassessment) =>
      after(() => {
        const view = held(encounterId);
        encounters.add(encounterId);
        const here = view.bookings.some((one) => one.id === which.bookingId);
        if (!here && !view.outcome && withoutReassessment.trim() === "") {
          throw fakeProblem("reassessmentNeeded", {
            title: "Assess the patient again first",
            nextSteps: ["changeOutcome"],
          });
        }
        const booking = bookings.find((one) => one.id === which.bookingId);
        const rebook: RebookView = {
          id: `r${view.rebooks.length + 1}`,
          encounterId,
          originalUrl: which.url ?? `https://p/${which.bookingId ?? ""}`,
          originalBookingId: which.bookingId,
          original: booking
            ? `${booking.date} ${booking.start}, ${booking.service}`
            : "Friday 20-Nov-2026 21:00",
          newBookingId: null,
          holds: "The original booking. Nothing new.",
          next: "Choose and book a new slot. The original stands until the new one is confirmed.",
          mayBook: true,
          mayCancelOriginal: false,
          settled: false,
        };
        keep({ ...view, rebooks: [rebook, ...view.rebooks] });
        return rebook;
      }),
    leaveRebook: (id) =>
      after(() => rebooked(id, (one) => ({ ...one, mayBook: false, settled: true, next: "" }))),
    keepBoth: (id, reason) =>
      after(() => {
        if (reason.trim() === "")
          throw fakeProblem("reasonNeeded", { title: "A reason is needed" });
        return rebooked(id, (one) => ({
          ...one,
          mayCancelOriginal: false,
          settled: true,
          next: "",
        }));
      }),
    recordInformed: (input) =>
      after(() => checked([need(input.how, "how", "Choose how the patient was told")])),
    recordAttendance: (input) =>
      after(() =>
        checked([
          need(input.attendance, "attendance", "Choose whether the patient came"),
          need(input.note, "note", "Enter who told you"),
        ]),
      ),
    referralGate: (input) =>
      after(() => gate(input.serviceId ?? "111001", stands(held(input.encounterId)))),
    reviewReferral: (input) =>
      after(() => {
        const view = held(input.encounterId);
        const { responses } = view;
        return {
          gate: gate(input.serviceId ?? "111001", stands(view)),
          missing: missingOf(view),
          sections: [
            {
              title: "Presenting complaint",
              paragraphs: [responses.presentingComplaint],
              rows: [],
            },
            {
              title: "Questions and answers",
              paragraphs: [],
              rows: responses.answers.map((row): [string, string] => [row.question, row.answer]),
            },
          ],
        };
      }),
    refer: (input, onStage) =>
      after(() => {
        onStage({ words: "Sending the referral. Stay on this page.", mayStop: false });
        const view = held(input.encounterId);
        const byHand = options.route === "email";
        const referral: ReferralView = {
          documentId: `d${view.referrals.length + 1}`,
          encounterId: view.id,
          patient: view.patient.name,
          service: "Northdale Urgent Treatment Centre",
          servicePhone: "0113 496 0100",
          made: "20-Nov-2026 18:08:00 by CARTER, Priya (Ms)",
          route: byHand ? "By secure mail" : "Sent electronically to the service",
          state: byHand ? "To be sent by hand" : "The service has the referral",
          toDo: byHand ? "By secure mail: save the document and send it by hand" : "",
          toSendByHand: byHand,
          toTellProvider: false,
          decoupled: false,
          deliveries: byHand
            ? []
            : [
                {
                  unfinishedId: null,
                  to: "To act on",
                  state: "Received",
                  received: true,
                  problem: null,
                },
              ],
          marks: [],
        };
        keep({ ...view, undone: "", referrals: [referral, ...view.referrals] });
        return referral;
      }),
    referralSent: () =>
      after(() => [
        { title: "Presenting complaint", paragraphs: ["Sore throat for three days"], rows: [] },
      ]),
    saveReferral: () => after(() => "Downloads/referral.xml"),
    referralSentByHand: (input) =>
      after(() => checked([need(input.note, "note", "Say how it was sent")])),
    providerTold: (input) => after(() => checked([need(input.note, "note", "Say who was told")])),
  };
}
