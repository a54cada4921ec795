import type {
  AuditCheckView,
  AuditCountView,
  AuditExportedView,
  AuditExportInput,
  AuditFilterInput,
  AuditPageView,
  AuditReadInput,
  AuditStartView,
  AuditStoryView,
  LongWalkView,
  AvailabilityView,
  BookInput,
  ApprovalInput,
  ApprovalRefusedInput,
  ApprovalView,
  AttendanceInput,
  BookingResultView,
  BookingShownView,
  CancelInput,
  CancelResultView,
  EndingInput,
  FindBookingsInput,
  InformedInput,
  LookedUpView,
  LookUpInput,
  RebookView,
  ReferInput,
  ReferralGateView,
  ReferralNoteInput,
  ReferralReviewView,
  ReferralPaperView,
  ReferralView,
  RecordKeptView,
  RegistryView,
  BehindInput,
  BehindView,
  ReportInput,
  ReportsView,
  ReportTableView,
  ResponsesInput,
  TakenView,
  BookingReviewView,
  BookingStageView,
  BookingView,
  BookingsOfDayView,
  ChooseServiceInput,
  EncounterRow,
  DemonstrationOrder,
  DemonstrationView,
  ChangeUserInput,
  UserView,
  EncounterView,
  NewUserInput,
  NhsNumberCheckView,
  OutcomeChoiceView,
  OutcomeInput,
  PatientInput,
  RejectReasonView,
  ServiceListView,
  ServiceView,
  SettleInput,
  SavedReferralView,
  SignedInView,
  SignInInput,
  SlotsView,
  StartView,
  UnfinishedView,
} from "../contract/contract";

/** A booking of this desk's record by its id, or one that the registry named for an encounter by its URL. */
export type WhichBooking = {
  bookingId: string | null;
  encounterId: string | null;
  url: string | null;
};

/** What the window asks of the core. Every promise rejects with a `Problem` and nothing else. */
export interface Desk {
  start(): Promise<StartView>;
  /** Tries once more to open a desk that could not be opened. */
  startAgain(): Promise<StartView>;
  createFirstUser(input: NewUserInput): Promise<SignedInView>;
  signIn(input: SignInInput): Promise<SignedInView>;
  signOut(): Promise<void>;
  /** For supervisors. */
  users(): Promise<UserView[]>;
  addUser(input: NewUserInput): Promise<UserView>;
  changeUser(input: ChangeUserInput): Promise<UserView>;
  /** How the backups of the record stand, for supervisors. */
  recordKept(): Promise<RecordKeptView>;
  /** Says that somebody is at the window. */
  stillHere(): Promise<void>;
  /** Nobody is: whoever is signed in has to sign in again. */
  lock(): Promise<void>;
  checkNhsNumber(text: string): Promise<NhsNumberCheckView>;
  openEncounters(): Promise<EncounterRow[]>;
  startEncounter(patient: PatientInput): Promise<EncounterView>;
  /** With the version that was shown: what another desk changed meanwhile is not undone. */
  changePatient(
    encounterId: string,
    version: number,
    patient: PatientInput,
  ): Promise<EncounterView>;
  recordResponses(
    encounterId: string,
    version: number,
    responses: ResponsesInput,
  ): Promise<EncounterView>;
  /** Begins a new encounter for the patient of an earlier one (RB-2). */
  reassess(encounterId: string): Promise<EncounterView>;
  encounter(encounterId: string): Promise<EncounterView>;
  endEncounter(input: EndingInput): Promise<void>;
  /** The demonstration NHS from behind; there only where `start` says so. */
  demonstration(): Promise<DemonstrationView>;
  demonstrate(order: DemonstrationOrder): Promise<DemonstrationView>;
  outcomeChoices(): Promise<OutcomeChoiceView[]>;
  recordOutcome(encounterId: string, outcome: OutcomeInput): Promise<EncounterView>;
  /** Without a distance, as far as the directory itself looks. */
  findServices(encounterId: string, withinMiles: number | null): Promise<ServiceListView>;
  /** Resolves when every service has answered, or when a later watch superseded this one. */
  watchAvailability(
    encounterId: string,
    searchId: string,
    onAvailability: (view: AvailabilityView) => void,
  ): Promise<void>;
  stopAvailability(searchId: string): Promise<void>;
  rejectReasons(): Promise<RejectReasonView[]>;
  chooseService(encounterId: string, input: ChooseServiceInput): Promise<ServiceView>;
  findSlots(encounterId: string, searchId: string, serviceId: string): Promise<SlotsView>;
  reviewSlot(
    encounterId: string,
    searchId: string,
    serviceId: string,
    slotKey: string,
  ): Promise<BookingReviewView>;
  /** Tells each stage as it comes: sent, waiting before it is sent again, asking what is held. */
  book(input: BookInput, onStage: (stage: BookingStageView) => void): Promise<BookingResultView>;
  /** Keeps the order of an encounter from being sent again; the promise of `book` still says what came of it. */
  /** A clinician approves a slot outside the timeframe; whoever is signed in stays so. */
  approveLateSlot(input: ApprovalInput): Promise<ApprovalView>;
  refuseLateSlot(input: ApprovalRefusedInput): Promise<void>;
  stopSending(encounterId: string): Promise<void>;
  booking(bookingId: string): Promise<BookingView>;
  bookings(): Promise<BookingView[]>;
  /** Of this desk's record. */
  findBookings(input: FindBookingsInput): Promise<BookingView[]>;
  /** Of a service on a day (`YYYY-MM-DD`). */
  bookingsOn(serviceId: string, day: string): Promise<BookingsOfDayView>;
  /** Bookings ahead of an encounter's patient, which a new one may replace. */
  heldByPatient(encounterId: string): Promise<BookingView[]>;
  registryCheck(encounterId: string): Promise<RegistryView>;
  lookUpBookings(input: LookUpInput): Promise<LookedUpView>;
  /** Reads a booking from its provider: one of this desk's record, or one that the registry named for an encounter. */
  readBooking(which: WhichBooking): Promise<BookingShownView>;
  cancelBooking(
    input: CancelInput,
    onStage: (stage: BookingStageView) => void,
  ): Promise<CancelResultView>;
  /** `withoutReassessment` says why it goes on without one; empty where there was one. */
  beginRebook(
    encounterId: string,
    which: WhichBooking,
    withoutReassessment: string,
  ): Promise<RebookView>;
  leaveRebook(rebookId: string): Promise<RebookView>;
  keepBoth(rebookId: string, reason: string): Promise<RebookView>;
  recordInformed(input: InformedInput): Promise<void>;
  recordAttendance(input: AttendanceInput): Promise<void>;
  referralGate(input: ReferInput): Promise<ReferralGateView>;
  reviewReferral(input: ReferInput): Promise<ReferralReviewView>;
  refer(input: ReferInput, onStage: (stage: BookingStageView) => void): Promise<ReferralView>;
  /** What was sent, section by section. */
  referralSent(documentId: string): Promise<ReferralPaperView>;
  /** Saves the document, as a page to be attached and as it is; resolves to where both are. */
  saveReferral(documentId: string): Promise<SavedReferralView>;
  referralSentByHand(input: ReferralNoteInput): Promise<void>;
  providerTold(input: ReferralNoteInput): Promise<void>;
  unfinished(): Promise<UnfinishedView[]>;
  checkUnfinished(id: string): Promise<TakenView>;
  sendAgain(id: string): Promise<TakenView>;
  settleUnfinished(input: SettleInput): Promise<void>;
  /** For supervisors, as are the next three; that each was read is recorded. */
  reports(): Promise<ReportsView>;
  report(input: ReportInput): Promise<ReportTableView>;
  /** The events of the audit record that a number counts. */
  behindNumber(input: BehindInput): Promise<BehindView>;
  /** Saves a report as CSV; resolves to where it is. */
  saveReport(input: ReportInput): Promise<string>;
  /** The audit record, for supervisors, as are the next eight; what is read of it is recorded. */
  auditStart(): Promise<AuditStartView>;
  readAudit(input: AuditReadInput): Promise<AuditPageView>;
  /** Of a filter whose events were read. */
  countAudit(filter: AuditFilterInput): Promise<AuditCountView>;
  /** How many came after an event, without one's own readings. */
  newerInAudit(filter: AuditFilterInput, after: number): Promise<AuditCountView>;
  /** One encounter from its beginning. */
  auditStory(encounterId: string): Promise<AuditStoryView>;
  /** Resolves to null where it was stopped. */
  verifyAudit(onProgress: (walk: LongWalkView) => void): Promise<AuditCheckView | null>;
  sealAudit(): Promise<void>;
  /** Into a new folder among the downloads; resolves to null where it was stopped. */
  exportAudit(
    input: AuditExportInput,
    onProgress: (walk: LongWalkView) => void,
  ): Promise<AuditExportedView | null>;
  /** Stops the verification or the export that is under way. */
  stopAudit(): Promise<void>;
  printPage(): Promise<void>;
}
