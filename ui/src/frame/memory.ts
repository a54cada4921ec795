import type {
  ApprovalView,
  BookingResultView,
  ResponsesInput,
  OutcomeInput,
  PatientInput,
  ServiceView,
} from "../contract/contract";

/** What was typed or chosen in an encounter and is not in the core's record. */
export type EncounterMemory = {
  patientDraft?: PatientInput | undefined;
  outcomeDraft?: OutcomeInput | undefined;
  responsesDraft?: ResponsesInput | undefined;
  /** A listed service that the patient is to be referred to without a booking. */
  referTo?: { searchId: string; service: ServiceView } | undefined;
  /** How far to search for services, in miles; none: as far as the directory itself looks. */
  withinMiles?: number | undefined;
  /** Search and service whose slots are being looked at. */
  chosen?: { searchId: string; service: ServiceView } | undefined;
  slotKey?: string | undefined;
  late?: { confirmed: boolean; ground: string } | undefined;
  /** A clinician's approval, with the slot that it is for. */
  approval?: { slotKey: string; view: ApprovalView } | undefined;
  result?: BookingResultView | undefined;
};

/** Key of the memory of a patient form that has no encounter yet. */
export const newEncounter = "new";
