import type {
  AvailabilityView,
  BookInput,
  ApprovalInput,
  ApprovalRefusedInput,
  ApprovalView,
  BookingResultView,
  BookingReviewView,
  BookingStageView,
  BookingView,
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
  SignedInView,
  SignInInput,
  SlotsView,
  StartView,
  UnfinishedView,
} from "../contract/contract";

/** What the window asks of the core. Every promise rejects with a `Problem` and nothing else. */
export interface Desk {
  start(): Promise<StartView>;
  createFirstUser(input: NewUserInput): Promise<SignedInView>;
  signIn(input: SignInInput): Promise<SignedInView>;
  signOut(): Promise<void>;
  /** For supervisors. */
  users(): Promise<UserView[]>;
  addUser(input: NewUserInput): Promise<UserView>;
  changeUser(input: ChangeUserInput): Promise<UserView>;
  /** Says that somebody is at the window. */
  stillHere(): Promise<void>;
  /** Nobody is: whoever is signed in has to sign in again. */
  lock(): Promise<void>;
  checkNhsNumber(text: string): Promise<NhsNumberCheckView>;
  openEncounters(): Promise<EncounterRow[]>;
  startEncounter(patient: PatientInput): Promise<EncounterView>;
  changePatient(encounterId: string, patient: PatientInput): Promise<EncounterView>;
  encounter(encounterId: string): Promise<EncounterView>;
  endEncounter(encounterId: string): Promise<void>;
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
  unfinished(): Promise<UnfinishedView[]>;
  checkUnfinished(id: string): Promise<BookingResultView>;
  sendAgain(id: string): Promise<BookingResultView>;
  settleUnfinished(input: SettleInput): Promise<void>;
  printPage(): Promise<void>;
}
