import type {
  DeliveryView,
  EncounterView,
  Problem,
  ProblemCode,
  ReferInput,
  ReferralGateView,
  ReferralPaperView,
  ReferralSectionView,
  ReferralView,
  ResponsesInput,
  SecureMailView,
  ServiceView,
} from "../contract/contract";
import type { Desk } from "../platform/desk";

/** What comes of a referral of the fake desk. */
export type FakeReferral =
  "received" | "copyNotReceived" | "notReceived" | "unknown" | "byHand" | "decoupled";

/** What the fake referrals need of the fake desk. */
type FakeRecord = {
  referral: FakeReferral;
  after: <T>(answer: () => T) => Promise<T>;
  held: (encounterId: string) => EncounterView;
  keep: (view: EncounterView) => EncounterView;
  all: () => EncounterView[];
  service: (id: string) => ServiceView;
  slotsShown: (serviceId: string) => string;
  problem: (code: ProblemCode, part: Partial<Problem>) => Problem;
};

type Members = Pick<
  Desk,
  | "recordResponses"
  | "reassess"
  | "endEncounter"
  | "referralGate"
  | "reviewReferral"
  | "refer"
  | "referralSent"
  | "saveReferral"
  | "referralSentByHand"
  | "providerTold"
>;

export const noResponses: ResponsesInput = {
  presentingComplaint: "",
  summary: "",
  answers: [],
  advice: "",
  consent: "",
};

/** What keeps an encounter from being completed, in the core's words. */
export function undoneWords({ bookings, referrals }: EncounterView): string {
  if (bookings.length === 0 && referrals.length === 0)
    return "Nothing was booked, and the patient was not referred.";
  if (bookings.length > 0 && referrals.length === 0)
    return "The booking has no referral: the service does not know why the patient comes.";
  return "";
}

/** Assessments, referrals and endings of the fake desk. */
export function fakeReferral(record: FakeRecord): Members {
  const { after, held, keep, service, problem } = record;
  const overtaken = () =>
    problem("changedMeanwhile", {
      title: "Somebody else changed this meanwhile",
      whatHappened: "Another desk has changed what is on this page since it was opened.",
      whatToDo: "Open the page again, and put it in where it is still right.",
    });
  const target = ({ encounterId, serviceId }: ReferInput) => {
    const view = held(encounterId);
    const booked = view.bookings[0];
    if (serviceId === null) {
      if (!booked) throw problem("shownTooLongAgo", { title: "Please search again" });
      return { view, booked: true, name: booked.service, required: false, id: "S1" };
    }
    const { name, booking } = service(serviceId);
    const required = booking === "bookingOnly" || booking === "bookingOnlyUnreachable";
    return { view, booked: booked?.service === name, name, required, id: serviceId };
  };
  const gate = (input: ReferInput): ReferralGateView => {
    const { booked, name, required, id } = target(input);
    const byHand = record.referral === "byHand";
    return {
      serviceId: id,
      service: name,
      bookingRequired: required,
      booked,
      blocked:
        required && !booked
          ? problem("referralBlocked", {
              title: "This service requires a booking",
              whatHappened:
                "This service sees nobody without a booking, and none was made. No referral can be sent to it.",
              whatToDo:
                "Book one of its slots, or choose another service. Where its slots are only too late, a clinician can approve one.",
              nextSteps: ["freshSlots", "anotherService"],
            })
          : null,
      slots: record.slotsShown(id),
      route: byHand
        ? "By secure mail to utc@example.test: you save the document, and send it yourself"
        : "Electronically to the service, with 1 copy for information",
      byHand,
    };
  };
  const missing = ({ responses }: EncounterView) =>
    [
      responses.presentingComplaint === "" && "what the patient presents with",
      responses.summary === "" && "a clinical summary",
      responses.consent === "" && "on what the sharing of information rests (consent)",
    ].filter((gap) => gap !== false);
  const sections = ({ patient, outcome, responses }: EncounterView): ReferralSectionView[] => [
    {
      title: "Patient",
      paragraphs: [],
      rows: [
        ["Name", patient.name],
        ["NHS number", patient.nhsNumber],
      ],
    },
    {
      title: "Presenting complaint",
      paragraphs: responses.presentingComplaint ? [responses.presentingComplaint] : [],
      rows: responses.answers.map(({ question, answer }) => [question, answer]),
    },
    {
      title: "Clinical summary",
      paragraphs: responses.summary ? [responses.summary] : [],
      rows: [],
    },
    { title: "Outcome", paragraphs: outcome ? [outcome.description] : [], rows: [] },
  ];
  const paper = (view: EncounterView, service: string): ReferralPaperView => ({
    title: "Integrated Urgent Care Report",
    toAndFrom: `To ${service}, from Northdale NHS 111`,
    identifiers: `${view.patient.name}, born ${view.patient.born}, NHS number ${view.patient.nhsNumber}`,
    reference: "0A70-9A44",
    invented: true,
    sections: sections(view),
  });
  const noted = (documentId: string, change: (view: ReferralView) => ReferralView) => {
    const view = record
      .all()
      .find((one) => one.referrals.some((referral) => referral.documentId === documentId));
    if (!view) throw problem("unexpected", { title: "No such referral" });
    keep({
      ...view,
      referrals: view.referrals.map((one) => (one.documentId === documentId ? change(one) : one)),
    });
  };
  const needNote = (note: string) => {
    if (note.trim() === "")
      throw problem("reasonNeeded", {
        title: "A reason is needed",
        whatHappened: "Nothing was done.",
        whatToDo: "Say in a few words why, or who told you.",
      });
  };

  return {
    recordResponses: (id, version, responses) =>
      after(() => {
        const view = held(id);
        if (view.version !== version) throw overtaken();
        const half = responses.answers.findIndex(
          ({ question, answer }) => question === "" && answer !== "",
        );
        if (half >= 0)
          throw problem("checkForm", {
            fields: [
              { field: `answers.${half}.question`, message: "Enter the question that was asked" },
            ],
          });
        const answers = responses.answers.filter(({ question }) => question !== "");
        return keep({ ...view, responses: { ...responses, answers } });
      }),
    reassess: (id) =>
      after(() => {
        const { patient, patientInput, started, startedBy } = held(id);
        const blank = { bookings: [], rebooks: [], referrals: [], earlierOutcomes: [] };
        return keep({
          ...blank,
          id: `e${record.all().length + 1}`,
          started,
          startedBy,
          patient,
          patientInput,
          outcome: null,
          version: 0,
          responses: noResponses,
          undone: "",
          reassessment: true,
          ended: false,
          ending: "",
        });
      }),
    endEncounter: ({ encounterId, how, why }) =>
      after(() => {
        const view = held(encounterId);
        if (how === "") {
          const message = "Choose how this encounter ends";
          throw problem("checkForm", { fields: [{ field: "how", message }] });
        }
        if (how === "leftUndone" && why.trim().length < 5) {
          const message = "Say in a few words what is left undone, and why";
          throw problem("checkForm", { fields: [{ field: "why", message }] });
        }
        if (how === "completed" && view.undone !== "")
          throw problem("notCompleted", {
            title: "This encounter is not complete",
            whatHappened: view.undone,
          });
        if (how === "noReferralRequired" && view.bookings.length > 0)
          throw problem("alreadyBooked", {
            title: "The patient still holds a booking from this encounter",
            whatHappened: "An encounter that needs no service cannot end while its booking stands.",
            whatToDo: "Cancel the booking first, or end the encounter as completed.",
          });
        const words = {
          completed: "Completed",
          noReferralRequired: "No service referral required",
        };
        keep({
          ...view,
          ended: true,
          ending:
            words[how as keyof typeof words] ?? `Ended with something left undone: ${why.trim()}`,
        });
      }),
    referralGate: (input) => after(() => gate(input)),
    reviewReferral: (input) =>
      after(() => {
        const view = held(input.encounterId);
        const asked = gate(input);
        return { gate: asked, missing: missing(view), paper: paper(view, asked.service) };
      }),
    refer: (input, onStage) =>
      after(() => {
        onStage({ words: "Sending the referral", mayStop: false });
        const { view, name } = target(input);
        const { blocked, route } = gate(input);
        if (blocked) throw blocked;
        if (missing(view).length > 0)
          throw problem("referralIncomplete", {
            title: "The referral is not complete",
            whatHappened: `Nothing was sent. Missing: ${missing(view).join("; ")}.`,
            nextSteps: ["recordResponses"],
          });
        const made = referralOf(record, view, name, route);
        keep({ ...view, referrals: [made, ...view.referrals] });
        return made;
      }),
    referralSent: (documentId) =>
      after(() => {
        for (const view of record.all()) {
          const referral = view.referrals.find((one) => one.documentId === documentId);
          if (referral) return paper(view, referral.service);
        }
        throw problem("unexpected", { title: "No such referral" });
      }),
    saveReferral: (documentId) =>
      after(() => ({
        page: `Downloads/${documentId}.html`,
        document: `Downloads/${documentId}.xml`,
      })),
    referralSentByHand: ({ documentId, note }) =>
      after(() => {
        needNote(note);
        noted(documentId, (one) => ({
          ...one,
          state: "Sent by hand",
          toDo: "",
          toSendByHand: false,
          byMail: null,
          marks: [...one.marks, `20-Nov-2026 18:20:00 CARTER, Priya (Ms): Sent by hand: ${note}`],
        }));
      }),
    providerTold: ({ documentId, note }) =>
      after(() => {
        needNote(note);
        noted(documentId, (one) => ({
          ...one,
          toDo: "",
          toTellProvider: false,
          marks: [
            ...one.marks,
            `20-Nov-2026 18:25:00 CARTER, Priya (Ms): The service was told: ${note}`,
          ],
        }));
      }),
  };
}

/** How a document is sent by secure mail. */
export function mailOf(documentId: string): SecureMailView {
  const attachment = `${documentId}.html`;
  return {
    address: "utc@example.test",
    subject: "[SECURE] Patient referral, document 0A70-9A44",
    attachment,
    steps: [
      `Save the document. The file to attach is ${attachment}.`,
      "In your secure mail, write a new message to utc@example.test.",
      `Attach ${attachment}, and send the message.`,
      "Record below that it was sent. Then delete the saved files.",
    ],
  };
}

function referralOf(
  { referral, problem }: FakeRecord,
  view: EncounterView,
  service: string,
  route: string,
): ReferralView {
  const known = referral !== "unknown";
  const act = "To act on";
  const copy = "Copy for information";
  const failed = (unfinishedId: string, to: string): DeliveryView => ({
    unfinishedId,
    to,
    copy: to === copy,
    state: known ? "Not received" : "Not known whether it was received",
    received: false,
    problem: problem(known ? "referralNotReceived" : "referralUnknown", {
      title: known
        ? "The referral was not received"
        : "We do not know whether the referral was received",
      whatHappened: "The receiver did not answer in time.",
      whatToDo:
        "Send it again from unfinished work. If it stays, telephone the service and send it by secure mail.",
      reference: "R5T-8WQ",
      nextSteps: ["openUnfinished"],
    }),
  });
  const got = (to: string): DeliveryView => ({
    unfinishedId: null,
    to,
    copy: to === copy,
    state: "Received",
    received: true,
    problem: null,
  });
  const byHand = referral === "byHand";
  const decoupled = referral === "decoupled";
  const lost = referral === "notReceived" || referral === "unknown";
  const primary = lost ? failed("r1", act) : got(act);
  const second = referral === "copyNotReceived" ? failed("r2", copy) : got(copy);
  const telephone =
    "Telephone the service on 0113 496 0100: the booking was cancelled, and what was sent is no referral any more.";
  const cancelled = "Its booking was cancelled: the service must not treat it as a referral";
  return {
    documentId: `d${view.referrals.length + 1}`,
    encounterId: view.id,
    bookingId: view.bookings[0]?.id ?? null,
    patient: view.patient.name,
    service,
    servicePhone: "0113 496 0100",
    made: "20-Nov-2026 18:10:00 by CARTER, Priya (Ms)",
    route,
    state: decoupled
      ? cancelled
      : byHand
        ? "To be sent by hand"
        : lost
          ? primary.state
          : "The service has the referral",
    toDo: decoupled
      ? telephone
      : byHand
        ? "Send it by secure mail, as told below, and record that it was sent."
        : "",
    toSendByHand: byHand,
    byMail: byHand ? mailOf(`d${view.referrals.length + 1}`) : null,
    toTellProvider: decoupled,
    decoupled,
    deliveries: byHand ? [] : [primary, second],
    marks: decoupled
      ? [
          "20-Nov-2026 18:15:00 CARTER, Priya (Ms): Decoupled: its booking was cancelled (version 2)",
        ]
      : [],
  };
}
