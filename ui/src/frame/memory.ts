import type {
  ApprovalView,
  BookingResultView,
  OutcomeInput,
  PatientInput,
  ResponsesInput,
  ServiceView,
} from "../contract/contract";
import type { WhichBooking } from "../platform/desk";
import type { Step } from "./route";

/** What was typed or chosen in an encounter and is not in the core's record. */
export type EncounterMemory = {
  patientDraft?: PatientInput | undefined;
  /** What the patient form began from, to see whether another desk changed it meanwhile. */
  patientBegun?: Begun<PatientInput> | undefined;
  responsesDraft?: ResponsesInput | undefined;
  responsesBegun?: Begun<ResponsesInput> | undefined;
  outcomeDraft?: OutcomeInput | undefined;
  /** How far to search for services, in miles; none: as far as the directory itself looks. */
  withinMiles?: number | undefined;
  /** Search and service whose slots are being looked at. */
  chosen?: { searchId: string; service: ServiceView } | undefined;
  slotKey?: string | undefined;
  late?: { confirmed: boolean; ground: string } | undefined;
  /** A clinician's approval, with the slot that it is for. */
  approval?: { slotKey: string; view: ApprovalView } | undefined;
  result?: BookingResultView | undefined;
  /** What was typed into a form that belongs to a booking or a piece of work; see `useTyped`. */
  typed?: object | undefined;
  /** The booking that is to be replaced as soon as the patient was assessed again. */
  rebookOf?: { which: WhichBooking; words: string } | undefined;
  /** The listed service that the patient is to be referred to; none: that of the encounter's booking. */
  referTo?: { searchId: string; service: ServiceView } | undefined;
  /** The step that asked for something to be put right, to go back to. */
  returnTo?: Step | undefined;
  /** Notes on referrals, by the document and what the note is on. */
  referralNotes?: Record<string, string> | undefined;
  endingDraft?: { how: string; why: string } | undefined;
};

/** What was recorded when typing began, and the encounter's version then. */
export type Begun<T> = { version: number; recorded: T };

/** Whether another desk has recorded something else since. */
export function isOvertaken<T>(begun: Begun<T>, recorded: T): boolean {
  return JSON.stringify(begun.recorded) !== JSON.stringify(recorded);
}

/**
 * The version to send a change with: the newest while what the form began from still stands, otherwise the one it began
 * with, which the core refuses.
 */
export function versionSeen<T>(begun: Begun<T> | undefined, version: number, recorded: T): number {
  return begun && isOvertaken(begun, recorded) ? begun.version : version;
}

/** Key of the memory of a patient form that has no encounter yet. */
export const newEncounter = "new";
