// Generated from desk-contract by `cargo xtask bindings`. Do not edit: a test compares.

export type ProblemCode = "checkForm" | "notSignedIn" | "wrongPassphrase" | "signInThrottled" | "notPermitted" | "shownTooLongAgo" | "recordFailed" | "outcomeMissing" | "encounterEnded" | "misconfigured" | "directoryUnreachable" | "directoryNotSafe" | "directoryTimedOut" | "directoryAccountRefused" | "postcodeNotFound" | "noServicesFound" | "serviceNotInDirectory" | "directorySearchRefused" | "directoryFailed" | "directoryMalformed" | "serviceTakesNoBookings" | "severalBookingConnections" | "spineDirectoryUnreachable" | "spineDirectoryNotSafe" | "spineDirectoryTimedOut" | "spineDirectoryFailed" | "bookingSystemNotRegistered" | "bookingSystemNotEnabled" | "bookingSystemAmbiguous" | "bookingSystemSeveralAddresses" | "bookingSystemWithoutAddress" | "providerUnreachable" | "providerConnectionNotSafe" | "providerTimedOut" | "providerBusy" | "providerForbids" | "clocksApart" | "providerServiceUnknown" | "providerRefused" | "providerCannotExchange" | "providerFailed" | "providerMalformed" | "slotGone" | "nhsNumberRefused" | "alreadyBooked" | "alreadySettled" | "lateNotConfirmed" | "lateNeedsApproval" | "slotInThePast" | "rejectReasonNeeded" | "bookingUnknown" | "bookingNotHeld" | "changedMeanwhile" | "notCompleted" | "reasonNeeded" | "anotherPatients" | "notReadBack" | "bookingChanged" | "alreadyCancelled" | "bookingInThePast" | "bookingNotFound" | "cancelNotPermitted" | "cancelUnknown" | "reassessmentNeeded" | "rebookElsewhere" | "referralBlocked" | "referralIncomplete" | "alreadyReferred" | "referralNotReceived" | "referralUnknown" | "lookUpNotOffered" | "noNhsNumber" | "detailsRemoved" | "notExported" | "unexpected";

export type NextStep = "tryAgain" | "freshSlots" | "anotherService" | "changePatient" | "changeOutcome" | "openUnfinished" | "findBookings" | "recordResponses" | "signIn";

export type FieldProblem = { 
/**
 * Name of the field in the input type, for example `birthDay` or `contacts.0.value`.
 */
field: string, 
/**
 * What to do about it, for example `Date of birth must include a day`.
 */
message: string, };

export type Problem = { 
/**
 * What failed; grows only when a screen or a script uses a code.
 */
code: ProblemCode, 
/**
 * A heading of a few words.
 */
title: string, 
/**
 * What happened, in plain words.
 */
whatHappened: string, 
/**
 * What to do next, in plain words.
 */
whatToDo: string, 
/**
 * Short reference to quote to the help desk; empty where nothing was recorded.
 */
reference: string, 
/**
 * What is wrong with which field of a form; empty where it is not about a form.
 */
fields: Array<FieldProblem>, 
/**
 * What a screen offers as buttons, most helpful first.
 */
nextSteps: Array<NextStep>, };

export type ModeView = "live" | "demonstration";

export type RoleView = "clinician" | "callHandler" | "practiceAdmin" | "supervisor";

export type StartView = { 
/**
 * Live or demonstration; shown on every page.
 */
mode: ModeView, 
/**
 * The organisation this desk belongs to, for example `Northdale NHS 111`.
 */
organisation: string, 
/**
 * Version of the application, for the help desk.
 */
version: string, 
/**
 * True where the desk has no user yet and the first supervisor has to be made.
 */
needsFirstUser: boolean, 
/**
 * In demonstration mode, how to sign in as each ready user; empty otherwise.
 */
readyUsers: Array<ReadyUserView>, 
/**
 * True where the demonstration NHS is inside this window, so that a trainer can set situations up.
 */
situations: boolean, 
/**
 * Invented patients that the demonstration has ready; empty otherwise.
 */
readyPatients: Array<ReadyPatientView>, 
/**
 * After so many seconds without anybody at it the desk is locked.
 */
lockAfterSeconds: number, 
/**
 * Who is signed in already, as after a reload of the page.
 */
signedIn: SignedInView | null, 
/**
 * What kept the desk from starting, in words; then nobody can sign in. Empty otherwise.
 */
problems: Array<Problem>, };

export type ReadyUserView = { 
/**
 * What to type as username.
 */
username: string, 
/**
 * What to type as passphrase.
 */
passphrase: string, 
/**
 * Name as shown, for example `CARTER, Priya (Ms)`.
 */
name: string, 
/**
 * The role in words, for example `Call handler`.
 */
roleWords: string, };

export type ReadyPatientView = { 
/**
 * What a trainer picks from, for example `PATIENT, John (Mr), with NHS number`.
 */
label: string, 
/**
 * The form's content.
 */
patient: PatientInput, };

export type UserView = { 
/**
 * The username.
 */
username: string, 
/**
 * Name as shown.
 */
name: string, 
/**
 * The role.
 */
role: RoleView, 
/**
 * The role in words.
 */
roleWords: string, 
/**
 * May book slots.
 */
mayBook: boolean, 
/**
 * May confirm for themselves that a slot outside the timeframe is clinically acceptable.
 */
mayConfirmLate: boolean, 
/**
 * May add, change and lock users.
 */
mayManageUsers: boolean, 
/**
 * May read the audit record, and the reports that are drawn from it.
 */
mayReadAudit: boolean, 
/**
 * May see to the record: its backups, its key.
 */
mayKeepRecord: boolean, 
/**
 * May sign in no more.
 */
locked: boolean, };

export type SignedInView = { 
/**
 * Who is signed in.
 */
user: UserView, 
/**
 * How many pieces of unfinished work the desk has; shown at once.
 */
unfinished: number, };

export type SignInInput = { 
/**
 * Username as typed.
 */
username: string, 
/**
 * Passphrase as typed; never logged.
 */
passphrase: string, };

export type NewUserInput = { 
/**
 * Username as typed: letters, digits, dot and dash.
 */
username: string, 
/**
 * Title, for example `Dr`; may be empty.
 */
title: string, 
/**
 * Given name.
 */
givenName: string, 
/**
 * Family name.
 */
familyName: string, 
/**
 * Role; ignored for the first user, who is a supervisor.
 */
role: RoleView, 
/**
 * SDS user id, 12 digits, or empty where the person has none.
 */
sdsUserId: string, 
/**
 * SDS role profile id, 12 digits, or empty where the person has none.
 */
sdsRoleProfileId: string, 
/**
 * Passphrase as typed; never logged.
 */
passphrase: string, 
/**
 * Passphrase typed again.
 */
passphraseAgain: string, };

export type ChangeUserInput = { 
/**
 * Username.
 */
username: string, 
/**
 * The role from now on.
 */
role: RoleView | null, 
/**
 * Whether they may sign in no more.
 */
locked: boolean | null, 
/**
 * A new passphrase; never logged.
 */
passphrase: string | null, };

export type RecordKeptView = { 
/**
 * How it stands.
 */
state: RecordKeptState, 
/**
 * In a sentence or two, times in UK local time.
 */
words: string, 
/**
 * What to do; empty where all is well.
 */
whatToDo: string, };

export type RecordKeptState = "none" | "ok" | "old" | "failed";

export type PatientInput = { 
/**
 * NHS number with or without spaces; empty where it is not known.
 */
nhsNumber: string, 
/**
 * Title, for example `Mr`; may be empty.
 */
title: string, 
/**
 * Given name.
 */
givenName: string, 
/**
 * Family name.
 */
familyName: string, 
/**
 * Day of birth.
 */
birthDay: string, 
/**
 * Month of birth, number or English name.
 */
birthMonth: string, 
/**
 * Year of birth, four digits.
 */
birthYear: string, 
/**
 * `female`, `male`, `other` or `unknown`; empty where nothing was chosen.
 */
gender: string, 
/**
 * Lines of the home address.
 */
addressLines: Array<string>, 
/**
 * Town of the home address.
 */
town: string, 
/**
 * Postcode of the home address.
 */
postcode: string, 
/**
 * Where the patient is now, if elsewhere: used for the service search; empty means at home.
 */
currentPostcode: string, 
/**
 * ODS code of the GP practice; empty where not known.
 */
gpPractice: string, 
/**
 * Ways to reach the patient or somebody for them, most preferred first. At least one (BK-5).
 */
contacts: Array<ContactInput>, };

export type ContactInput = { 
/**
 * `patient` for the patient's own; otherwise `parent`, `partner`, `carer`, `nextOfKin`, `friend` or `other`.
 */
whose: string, 
/**
 * Name of the third party; empty for the patient's own.
 */
name: string, 
/**
 * `phone`, `mobile` or `email`.
 */
kind: string, 
/**
 * The number or address.
 */
value: string, };

export type NhsNumberState = "empty" | "incomplete" | "invalid" | "valid";

export type NhsNumberCheckView = { 
/**
 * How far it is.
 */
state: NhsNumberState, 
/**
 * The digits so far in groups of 3, 3 and 4.
 */
formatted: string, 
/**
 * What to tell the user; empty while there is nothing to say.
 */
message: string, };

export type PatientView = { 
/**
 * `SMITH, John (Mr)`.
 */
name: string, 
/**
 * `12-Nov-1974`.
 */
born: string, 
/**
 * `52y`, `14m`, `9d`.
 */
age: string, 
/**
 * `Male`, `Female`, `Other`, `Not known`.
 */
gender: string, 
/**
 * `943 476 5919`, or `Not known`.
 */
nhsNumber: string, 
/**
 * Home address on one line.
 */
address: string, 
/**
 * Postcode where the patient is now.
 */
locationPostcode: string, 
/**
 * Ways to reach them, most preferred first.
 */
contacts: Array<ContactView>, };

export type ContactView = { 
/**
 * `Patient`, or `Parent: SMITH, Mary`.
 */
whose: string, 
/**
 * `Mobile`, `Phone`, `Email`.
 */
kind: string, 
/**
 * The number or address.
 */
value: string, };

export type OutcomeChoiceView = { 
/**
 * NHS Pathways code, for example `Dx06`.
 */
code: string, 
/**
 * What it asks for.
 */
description: string, 
/**
 * `Within 6 hours`, `Next working day`, `No timeframe`.
 */
timeframe: string, };

export type OutcomeInput = { 
/**
 * Code of the chosen outcome; empty where nothing was chosen.
 */
code: string, 
/**
 * UK local time `HH:MM` at which the outcome was reached, today or (where that would lie ahead) yesterday; empty means now.
 */
reachedAt: string, 
/**
 * Symptom group number of the assessment.
 */
symptomGroup: string, 
/**
 * Symptom discriminator numbers, comma separated; may be empty.
 */
symptomDiscriminators: string, 
/**
 * The reason for the appointment in a few words; goes to the provider as description.
 */
reason: string, };

export type OutcomeView = { 
/**
 * Code.
 */
code: string, 
/**
 * What it asks for.
 */
description: string, 
/**
 * `Within 6 hours`.
 */
timeframe: string, 
/**
 * When it was reached: `20-Nov-2026 18:02`.
 */
reached: string, 
/**
 * Until when, in words: `21-Nov-2026 00:02`; empty where the outcome has no timeframe.
 */
due: string, 
/**
 * When it was reached, as an instant (RFC 3339, UTC): for the running clock.
 */
reachedAt: string, 
/**
 * Until when, as an instant (RFC 3339, UTC); none where the outcome has no timeframe.
 */
dueAt: string | null, 
/**
 * The reason for the appointment.
 */
reason: string, 
/**
 * Symptom group searched with.
 */
symptomGroup: string, 
/**
 * Discriminators searched with.
 */
symptomDiscriminators: string, };

export type EncounterView = { 
/**
 * Id of the encounter.
 */
id: string, 
/**
 * When it began: `20-Nov-2026 18:00`.
 */
started: string, 
/**
 * Who began it.
 */
startedBy: string, 
/**
 * The patient.
 */
patient: PatientView, 
/**
 * The patient form, to change it.
 */
patientInput: PatientInput, 
/**
 * The current outcome, once recorded.
 */
outcome: OutcomeView | null, 
/**
 * Bookings made in this encounter, newest first.
 */
bookings: Array<BookingView>, 
/**
 * How often it was written: goes back with every change.
 */
version: number, 
/**
 * What was said and found in the assessment.
 */
responses: ResponsesInput, 
/**
 * Rebookings of this encounter, newest first.
 */
rebooks: Array<RebookView>, 
/**
 * Referrals of this encounter, newest first.
 */
referrals: Array<ReferralView>, 
/**
 * What keeps it from being completed, in words; empty where nothing does.
 */
undone: string, 
/**
 * True where it reassesses an earlier encounter of the patient (RB-2).
 */
reassessment: boolean, 
/**
 * Earlier outcomes of this encounter, oldest first; they are kept, and no longer count.
 */
earlierOutcomes: Array<OutcomeView>, 
/**
 * True once it was ended.
 */
ended: boolean, 
/**
 * How it ended, in words; empty while it goes on.
 */
ending: string, };

export type EncounterRow = { 
/**
 * Id of the encounter.
 */
id: string, 
/**
 * `SMITH, John (Mr)`.
 */
patient: string, 
/**
 * `12-Nov-1974`.
 */
born: string, 
/**
 * NHS number or `Not known`.
 */
nhsNumber: string, 
/**
 * When it began.
 */
started: string, 
/**
 * Who began it.
 */
startedBy: string, 
/**
 * How far it is: `Patient taken down`, `Outcome recorded: Dx06`, `Booked`.
 */
progress: string, };

export type DemonstrationView = { 
/**
 * `18:04:09`.
 */
at: string, 
/**
 * Situations with a name, each set up with one choice.
 */
scenarios: Array<ScenarioView>, 
/**
 * Systems, with what can happen to each.
 */
systems: Array<DemoSystemView>, 
/**
 * What stands on cue.
 */
cues: Array<CueView>, 
/**
 * Services with their diaries, as the directory ranks them.
 */
services: Array<ServiceDiaryView>, 
/**
 * Bookings that the providers hold, the newest change first.
 */
bookings: Array<BookingHistoryView>, 
/**
 * Documents that arrived with referrals, the newest first.
 */
documents: Array<ArrivedDocumentView>, 
/**
 * What the systems were asked, the newest first.
 */
asked: Array<AskedView>, };

export type ScenarioView = { 
/**
 * Its name in orders.
 */
name: string, 
/**
 * `Friday afternoon`.
 */
title: string, 
/**
 * What is so once it is set up.
 */
happens: string, 
/**
 * What the trainee does.
 */
play: string, };

export type DemoSystemView = { 
/**
 * Its name in orders.
 */
name: string, 
/**
 * `Directory of Services`.
 */
title: string, 
/**
 * What can happen to it: the word in orders, and what it means.
 */
events: Array<DemoEventView>, };

export type DemoEventView = { 
/**
 * Its word in orders.
 */
word: string, 
/**
 * `Answers 3 seconds later`.
 */
title: string, };

export type CueView = { 
/**
 * Title of the system.
 */
system: string, 
/**
 * What happens.
 */
what: string, 
/**
 * `once`, `3 times`, `until reset`.
 */
times: string, };

export type ServiceDiaryView = { 
/**
 * DoS service id.
 */
id: string, 
/**
 * Name.
 */
name: string, 
/**
 * Title of its provider's system.
 */
provider: string, 
/**
 * What is peculiar to it.
 */
note: string, 
/**
 * Whether it is out of the directory.
 */
closed: boolean, 
/**
 * How many of its times are free.
 */
free: number, 
/**
 * Its times from now on.
 */
times: Array<DiaryTimeView>, };

export type DiaryTimeView = { 
/**
 * `Today 18:30`.
 */
when: string, 
/**
 * Where and how: `Annexe, In-person`.
 */
place: string, 
/**
 * `free`, `taken`, or who has it.
 */
holder: string, 
/**
 * Whether it is free.
 */
free: boolean, };

export type BookingHistoryView = { 
/**
 * Its id at the provider.
 */
id: string, 
/**
 * Title of the provider's system.
 */
provider: string, 
/**
 * Name of the service.
 */
service: string, 
/**
 * Patient as the booking names them.
 */
patient: string, 
/**
 * `999 000 0018`; empty without one.
 */
nhsNumber: string, 
/**
 * Status of the newest version.
 */
status: string, 
/**
 * `21-Nov-2026 18:30`.
 */
when: string, 
/**
 * The document that it announces.
 */
document: string, 
/**
 * Versions in words, the newest first: `2: arrived, for 21-Nov-2026 18:30, since 18:04:09`.
 */
versions: Array<string>, 
/**
 * Whether it can still be changed.
 */
open: boolean, };

export type ArrivedDocumentView = { 
/**
 * Its own id.
 */
document: string, 
/**
 * `NHS 111 Report`.
 */
title: string, 
/**
 * Name of the service that it was sent to.
 */
service: string, 
/**
 * `18:04:09`.
 */
at: string, 
/**
 * Whether it and its booking name each other, in words.
 */
link: string, 
/**
 * The document itself.
 */
text: string, };

export type AskedView = { 
/**
 * `18:04:09`.
 */
at: string, 
/**
 * Title of the system.
 */
system: string, 
/**
 * What, on one line.
 */
what: string, };

export type DemonstrationOrder = { "order": "setUp", 
/**
 * Its name.
 */
scenario: string, } | { "order": "startAgain" } | { "order": "cuesOff" } | { "order": "cue", 
/**
 * Its name.
 */
system: string, 
/**
 * The event's word.
 */
event: string, 
/**
 * For so many requests; until reset where none.
 */
times: number | null, } | { "order": "service", 
/**
 * DoS service id.
 */
service: string, 
/**
 * What.
 */
event: string, } | { "order": "booking", 
/**
 * Its id at the provider.
 */
booking: string, 
/**
 * What.
 */
event: string, };

export type ServiceListView = { 
/**
 * Id of this search; availability and choices refer to it.
 */
searchId: string, 
/**
 * `18:04`.
 */
searchedAt: string, 
/**
 * Where was searched: `Within 20 miles of LS1 4AP`.
 */
searched: string, 
/**
 * The services, ranked.
 */
services: Array<ServiceView>, };

export type ServiceView = { 
/**
 * DoS service id.
 */
id: string, 
/**
 * Rank in the directory's answer, from 1.
 */
rank: number, 
/**
 * Name for the public.
 */
name: string, 
/**
 * Kind of service: `Urgent Treatment Centre`.
 */
kind: string, 
/**
 * Address where care is given, on one line; empty where the directory gives none.
 */
address: string, 
/**
 * `1.2 miles`; empty where the directory gives none.
 */
distance: string, 
/**
 * Phone number for the public; empty where none is given.
 */
phone: string, 
/**
 * Phone number for professionals, never to be given to the public; empty where none is given.
 */
professionalPhone: string, 
/**
 * How much room the directory says it has: `Low capacity`, `No capacity`; empty where there is enough, or nothing is said.
 */
capacity: string, 
/**
 * `Open until 22:00`, `Closed, opens tomorrow 08:00`, `Open 24 hours`, `Opening times not given`.
 */
opening: string, 
/**
 * Whether it is open now; none where not known.
 */
openNow: boolean | null, 
/**
 * Whether and how it takes bookings, as the directory says.
 */
booking: BookingOfferView, 
/**
 * `Takes bookings`, `Booking required`, `Does not take bookings from this desk`.
 */
bookingWords: string, 
/**
 * True where the directory offers this only as a catch-all.
 */
catchAll: boolean, 
/**
 * What professionals are told about referring; may be empty.
 */
referralInformation: string, 
/**
 * What the public is told; may be empty.
 */
publicInformation: string, };

export type BookingOfferView = "bookable" | "bookingOnly" | "bookingOnlyUnreachable" | "notBookable" | "misconfigured";

export type AvailabilityView = { 
/**
 * The search it belongs to.
 */
searchId: string, 
/**
 * DoS service id.
 */
serviceId: string, 
/**
 * How far the asking is.
 */
state: AvailabilityState, 
/**
 * Free slots inside the outcome timeframe.
 */
inTime: number, 
/**
 * Free slots outside the outcome timeframe.
 */
outOfTime: number, 
/**
 * The earliest free slot, to be said after a word: `today 19:20`; empty where there is none.
 */
earliest: string, 
/**
 * `4 free in time`, `None in time, earliest 1 h 20 min late`, `No free slots`, `Could not ask`.
 */
words: string, 
/**
 * `asked 18:04`; empty while asking.
 */
asked: string, 
/**
 * What went wrong, where it did.
 */
problem: Problem | null, };

export type AvailabilityState = "asking" | "freeInTime" | "freeOutOfTime" | "noneFree" | "failed" | "notAsked";

export type RejectReasonView = { 
/**
 * The directory's id of the reason.
 */
id: number, 
/**
 * In words.
 */
text: string, 
/**
 * A comment has to be given.
 */
needsComment: boolean, };

export type ChooseServiceInput = { 
/**
 * The search that listed it.
 */
searchId: string, 
/**
 * DoS service id.
 */
serviceId: string, 
/**
 * Id of the reject reason, where a service other than the first ranked was chosen.
 */
rejectReason: number | null, 
/**
 * Comment to the reject reason; may be empty.
 */
rejectComment: string, };

export type SlotsView = { 
/**
 * The service.
 */
service: ServiceView, 
/**
 * `asked 18:05`.
 */
asked: string, 
/**
 * `20-Nov-2026 18:05 to 22-Nov-2026 18:05`.
 */
window: string, 
/**
 * Free slots inside the outcome timeframe, by day.
 */
inTime: Array<SlotDayView>, 
/**
 * Free slots outside it, by day.
 */
outOfTime: Array<SlotDayView>, 
/**
 * How many inside can be booked.
 */
inTimeCount: number, 
/**
 * How many outside can be booked.
 */
outOfTimeCount: number, 
/**
 * What there is to know about the answer: pages left out, slots that made no sense, the provider's own remark.
 */
notes: Array<string>, 
/**
 * True where a referral to this service needs a booking first.
 */
bookingOnly: boolean, };

export type SlotDayView = { 
/**
 * `Today, Friday 20-Nov-2026`.
 */
day: string, 
/**
 * The slots, earliest first.
 */
slots: Array<SlotView>, };

export type SlotView = { 
/**
 * Key of the slot within this answer.
 */
key: string, 
/**
 * `19:20`.
 */
start: string, 
/**
 * `19:35`; empty where the provider gave no end.
 */
end: string, 
/**
 * `Friday 20-Nov-2026`.
 */
date: string, 
/**
 * `GMT` or `BST`: shown where the clocks change within the window.
 */
zone: string, 
/**
 * Whether it starts within the outcome timeframe.
 */
inTime: boolean, 
/**
 * `1 h 20 min late`; empty where in time.
 */
lateBy: string, 
/**
 * Why it cannot be booked from here; empty where it can.
 */
unbookable: string, 
/**
 * Name and address of where the appointment is; empty where the provider gave none.
 */
place: string, 
/**
 * `In person`, `Telephone`, `Video`, or `Not given by the provider` (never defaulted).
 */
deliveryChannel: string, 
/**
 * The provider's name for the service; empty where not given.
 */
healthcareService: string, 
/**
 * Role of the practitioner; empty where not given.
 */
practitionerRole: string, 
/**
 * Name of the practitioner; empty where not given.
 */
practitioner: string, 
/**
 * Gender of the practitioner; empty where not given.
 */
practitionerGender: string, };

export type BookingReviewView = { 
/**
 * The slot.
 */
slot: SlotView, 
/**
 * The service.
 */
service: ServiceView, 
/**
 * What the timeframe gate asks for (TF-2).
 */
gate: TimeframeGateView, 
/**
 * What the gate says, in words; empty where it asks for nothing.
 */
gateWords: string, };

export type TimeframeGateView = "open" | "confirm" | "clinicianConfirms" | "needsApproval";

export type BookInput = { 
/**
 * The encounter.
 */
encounterId: string, 
/**
 * The search that listed the service.
 */
searchId: string, 
/**
 * DoS service id.
 */
serviceId: string, 
/**
 * Key of the slot within the slots last shown.
 */
slotKey: string, 
/**
 * The user confirms that the slot is outside the timeframe and the patient accepts it.
 */
lateConfirmed: boolean, 
/**
 * On what ground it is acceptable; may be empty where the slot is in time.
 */
lateGround: string, 
/**
 * The clinician's approval, where this user cannot confirm alone.
 */
approvalId: string | null, 
/**
 * The rebooking that it is a part of.
 */
rebookId: string | null, };

export type ApprovalWay = "atTheDesk" | "byTelephone";

export type ApprovalInput = { 
/**
 * The encounter.
 */
encounterId: string, 
/**
 * The search that listed the service.
 */
searchId: string, 
/**
 * DoS service id.
 */
serviceId: string, 
/**
 * Key of the slot within the slots last shown.
 */
slotKey: string, 
/**
 * How.
 */
way: ApprovalWay, 
/**
 * At the desk: the clinician's username.
 */
approverUsername: string, 
/**
 * At the desk: the clinician's own passphrase.
 */
approverPassphrase: string, 
/**
 * By telephone: the clinician's name.
 */
clinician: string, 
/**
 * By telephone: the clinician's registration number.
 */
registration: string, 
/**
 * By telephone: when they were called, UK time, `18:04`.
 */
calledAt: string, 
/**
 * On what ground the slot is acceptable.
 */
ground: string, 
/**
 * Whether the patient accepts it.
 */
patientAccepts: boolean, };

export type ApprovalRefusedInput = { 
/**
 * The encounter.
 */
encounterId: string, 
/**
 * The search that listed the service.
 */
searchId: string, 
/**
 * DoS service id.
 */
serviceId: string, 
/**
 * Key of the slot within the slots last shown.
 */
slotKey: string, 
/**
 * The clinician's name.
 */
clinician: string, 
/**
 * Why not.
 */
ground: string, };

export type ApprovalView = { 
/**
 * Id, for the order.
 */
id: string, 
/**
 * `Approved by OKAFOR, Amara (Dr), until 18:19.`
 */
words: string, };

export type BookingStageView = { 
/**
 * What is happening, in words.
 */
words: string, 
/**
 * True while the request waits to be sent again, which the user may stop.
 */
mayStop: boolean, };

export type BookingResultView = { "result": "confirmed", 
/**
 * The booking.
 */
booking: BookingView, } | { "result": "notBooked", 
/**
 * Why, and what to do next.
 */
problem: Problem, } | { "result": "unknown", 
/**
 * What happened, and what to do next.
 */
problem: Problem, 
/**
 * The piece of unfinished work.
 */
unfinishedId: string, };

export type BookingView = { 
/**
 * Id in this desk's record.
 */
id: string, 
/**
 * The encounter.
 */
encounterId: string, 
/**
 * `SMITH, John (Mr)`.
 */
patient: string, 
/**
 * Date of birth of the patient.
 */
born: string, 
/**
 * NHS number or `Not known`.
 */
nhsNumber: string, 
/**
 * The number to call the patient back on first, and whose it is.
 */
contact: string, 
/**
 * `Friday 20-Nov-2026`.
 */
date: string, 
/**
 * `19:20`.
 */
start: string, 
/**
 * `19:35`; empty where not given.
 */
end: string, 
/**
 * `GMT` or `BST`.
 */
zone: string, 
/**
 * Name of the service.
 */
service: string, 
/**
 * Phone number of the service; empty where none is given.
 */
servicePhone: string, 
/**
 * Name and address of where the appointment is; empty where the provider gave none.
 */
place: string, 
/**
 * Delivery channel, or that it was not given.
 */
deliveryChannel: string, 
/**
 * Practitioner with role; empty where not given.
 */
practitioner: string, 
/**
 * `Booked`, `Cancelled`, `Arrived` …: as the provider last said.
 */
status: string, 
/**
 * When the provider said so: `20-Nov-2026 18:06:12`.
 */
statusAsOf: string, 
/**
 * The provider's id of the appointment: the reference to quote to the service.
 */
providerReference: string, 
/**
 * Version the provider gave.
 */
version: string, 
/**
 * Who booked it.
 */
bookedBy: string, 
/**
 * When it was booked.
 */
bookedAt: string, 
/**
 * `In time`, or `1 h 20 min outside the timeframe, confirmed by …`.
 */
timeframe: string, 
/**
 * What is true of the clinical referral for this booking, in words; empty in lists, which do not look it up.
 */
referral: string, 
/**
 * The lines to read back to the patient, in order.
 */
readBack: Array<string>, 
/**
 * The whole as text to copy.
 */
copyText: string, };

export type BookingsOfDayView = { 
/**
 * Those whose details are there, earliest first.
 */
bookings: Array<BookingView>, 
/**
 * That there were more whose details were removed, in a sentence; empty where there were none.
 */
removed: string, };

export type AnswerInput = { 
/**
 * The question.
 */
question: string, 
/**
 * The answer.
 */
answer: string, };

export type ResponsesInput = { 
/**
 * What the patient presents with, in their words.
 */
presentingComplaint: string, 
/**
 * The clinical summary.
 */
summary: string, 
/**
 * Questions with their answers, in order.
 */
answers: Array<AnswerInput>, 
/**
 * Information and advice given.
 */
advice: string, 
/**
 * `patient`, `representative`, `bestInterest`; empty where nobody has asked.
 */
consent: string, };

export type EndingInput = { 
/**
 * The encounter.
 */
encounterId: string, 
/**
 * `completed`, `noReferralRequired` or `leftUndone`; empty where nothing was chosen.
 */
how: string, 
/**
 * Why something is left undone.
 */
why: string, };

export type FindBookingsInput = { 
/**
 * NHS number as typed; empty to look by name.
 */
nhsNumber: string, 
/**
 * Family name.
 */
familyName: string, 
/**
 * Day of birth.
 */
birthDay: string, 
/**
 * Month of birth.
 */
birthMonth: string, 
/**
 * Year of birth.
 */
birthYear: string, };

export type BookingShownView = { 
/**
 * Absolute URL: the key of the booking.
 */
url: string, 
/**
 * The encounter in which it is looked at.
 */
encounterId: string, 
/**
 * The booking in this desk's record; none where another organisation made it.
 */
bookingId: string | null, 
/**
 * The version that was read.
 */
version: string, 
/**
 * Name of the patient, as the provider has it.
 */
patient: string, 
/**
 * Date of birth, as the provider has it; empty where it gives none.
 */
born: string, 
/**
 * NHS number, as the provider has it.
 */
nhsNumber: string, 
/**
 * `Friday 20-Nov-2026 19:20`; empty where not given.
 */
when: string, 
/**
 * Name of the service; empty where not known.
 */
service: string, 
/**
 * Phone number of the service; empty where none is known.
 */
servicePhone: string, 
/**
 * Where; what this desk's record knows, said as such, where the provider gives no place.
 */
place: string, 
/**
 * What for; empty where not given.
 */
description: string, 
/**
 * Status as the provider says.
 */
status: string, 
/**
 * When it was asked.
 */
asOf: string, 
/**
 * Who made it: this desk, or another organisation.
 */
madeBy: string, 
/**
 * True where it is this patient's.
 */
theirs: boolean, 
/**
 * A warning before it is cancelled; empty where there is none.
 */
warning: string, 
/**
 * What the provider has changed since it was shown here last, each in words; empty where it has changed nothing (CA-3).
 */
changes: Array<string>, 
/**
 * True where it was called off, and nobody has recorded that the patient was told (CA-6).
 */
informPatient: boolean, 
/**
 * True where it can be asked to be cancelled.
 */
canCancel: boolean, 
/**
 * True where what this desk's record has of it may still be read back to the patient: it is theirs, it stands, and at the
 * time that was booked.
 */
asRecorded: boolean, 
/**
 * What was noted of it, oldest first.
 */
notes: Array<string>, };

export type LookUpInput = { 
/**
 * The encounter of the patient.
 */
encounterId: string, 
/**
 * The search that listed the service; none where a booking is named.
 */
searchId: string | null, 
/**
 * DoS service id; none where a booking is named.
 */
serviceId: string | null, 
/**
 * A booking at the same service; none where a service is named.
 */
bookingId: string | null, 
/**
 * How many days back; up to 365.
 */
daysBack: number, 
/**
 * How many days ahead; up to 365.
 */
daysAhead: number, };

export type LookedUpView = { 
/**
 * The bookings, earliest first.
 */
bookings: Array<BookingShownView>, 
/**
 * How many entries of its answer could not be understood.
 */
notUnderstood: number, };

export type CancelInput = { 
/**
 * Absolute URL, among those shown.
 */
url: string, 
/**
 * The version that was shown.
 */
version: string, 
/**
 * The name was read back and fits.
 */
nameReadBack: boolean, 
/**
 * The date of birth was read back and fits.
 */
birthDateReadBack: boolean, 
/**
 * The NHS number, or the address, was read back and fits.
 */
numberReadBack: boolean, 
/**
 * Why it is cancelled.
 */
reason: string, 
/**
 * The rebooking that it is a part of.
 */
rebookId: string | null, };

export type CancelStatusView = "cancelled" | "systemFailure" | "notFound" | "notThisPatients" | "inThePast" | "alreadyCancelled" | "notPermitted" | "changedMeanwhile" | "notKnown";

export type CancelResultView = { 
/**
 * The one of the standard's words that it is.
 */
status: CancelStatusView, 
/**
 * In words: `Cancelled`, `Not cancelled: it lies in the past`.
 */
title: string, 
/**
 * Why, and what to do next; none where it was cancelled.
 */
problem: Problem | null, 
/**
 * Absolute URL of the booking.
 */
url: string, 
/**
 * The encounter that it is recorded in.
 */
encounterId: string, 
/**
 * The version that the provider holds now; empty where it did not say.
 */
version: string, 
/**
 * The piece of unfinished work, where it is not known.
 */
unfinishedId: string | null, 
/**
 * The referral that is none any more by it (CA-5).
 */
decoupled: ReferralView | null, 
/**
 * True where the patient is to be told now (CA-6).
 */
informPatient: boolean, 
/**
 * False where this desk could not write it down.
 */
recorded: boolean, };

export type RegistryEntryView = { 
/**
 * Absolute URL: the key of the booking.
 */
url: string, 
/**
 * When; empty where not given.
 */
when: string, 
/**
 * Status as the registry has it.
 */
status: string, 
/**
 * True where it stands and lies ahead.
 */
stands: boolean, 
/**
 * True where it was booked in this encounter.
 */
bookedHere: boolean, };

export type RegistryView = { 
/**
 * In words.
 */
words: string, 
/**
 * True where appointments stand that nobody may miss; those booked in this encounter are no news.
 */
flag: boolean, 
/**
 * The appointments.
 */
entries: Array<RegistryEntryView>, };

export type RebookView = { 
/**
 * Id.
 */
id: string, 
/**
 * The encounter in which it is done.
 */
encounterId: string, 
/**
 * Absolute URL of the original.
 */
originalUrl: string, 
/**
 * The original in this desk's record.
 */
originalBookingId: string | null, 
/**
 * The original in words: when and where.
 */
original: string, 
/**
 * The new booking in this desk's record, once there is one.
 */
newBookingId: string | null, 
/**
 * What the patient holds right now, in words.
 */
holds: string, 
/**
 * What to do next, in words; empty where it is over.
 */
next: string, 
/**
 * True where a new slot can be booked for it.
 */
mayBook: boolean, 
/**
 * True where the original is to be confirmed and cancelled now.
 */
mayCancelOriginal: boolean, 
/**
 * True where it is over.
 */
settled: boolean, };

export type InformedInput = { 
/**
 * The encounter.
 */
encounterId: string, 
/**
 * Absolute URL of the booking.
 */
url: string, 
/**
 * `duringTheCall`, `telephone`, `text`, `letter`, `throughSomebody`, `notReached`; empty where nothing was chosen.
 */
how: string, 
/**
 * UK local time `HH:MM`, today; empty means now.
 */
at: string, 
/**
 * What was said, or why they could not be reached.
 */
note: string, };

export type AttendanceInput = { 
/**
 * The booking.
 */
bookingId: string, 
/**
 * `attended`, `didNotAttend`, `wasNotBrought`; empty where nothing was chosen.
 */
attendance: string, 
/**
 * Who said so.
 */
note: string, };

export type ReferInput = { 
/**
 * The encounter.
 */
encounterId: string, 
/**
 * The search that listed the service; none for the service of the encounter's booking.
 */
searchId: string | null, 
/**
 * DoS service id; none for the service of the encounter's booking.
 */
serviceId: string | null, };

export type ReferralGateView = { 
/**
 * DoS service id.
 */
serviceId: string, 
/**
 * Name of the service.
 */
service: string, 
/**
 * True where the service sees nobody without a booking.
 */
bookingRequired: boolean, 
/**
 * True where a booking of this encounter is linked.
 */
booked: boolean, 
/**
 * The warning while it is blocked; none where the patient can be referred.
 */
blocked: Problem | null, 
/**
 * How many slots were shown of it, in words; empty where none were asked for.
 */
slots: string, 
/**
 * How a referral goes, in words.
 */
route: string, 
/**
 * True where a person has to send it.
 */
byHand: boolean, };

export type ReferralPaperView = { 
/**
 * What the document is called.
 */
title: string, 
/**
 * `To Northdale Urgent Treatment Centre, from Northdale NHS 111`.
 */
toAndFrom: string, 
/**
 * The three identifiers, for the head of every sheet: `SMITH, John (Mr), born 12-Nov-1974, NHS number 943 476 5919`.
 */
identifiers: string, 
/**
 * The document's short reference, for the foot of every sheet.
 */
reference: string, 
/**
 * True where patient and service are invented.
 */
invented: boolean, 
/**
 * The patient, then the report, then who sends it.
 */
sections: Array<ReferralSectionView>, };

export type ReferralSectionView = { 
/**
 * Heading.
 */
title: string, 
/**
 * Paragraphs.
 */
paragraphs: Array<string>, 
/**
 * Rows of two: question and answer, name and value.
 */
rows: Array<[string, string]>, };

export type ReferralReviewView = { 
/**
 * How the gate stands.
 */
gate: ReferralGateView, 
/**
 * What is missing, each in words; empty where it can be sent.
 */
missing: Array<string>, 
/**
 * What would be sent, as the receiver reads it.
 */
paper: ReferralPaperView, };

export type DeliveryView = { 
/**
 * The piece of unfinished work, where it is one.
 */
unfinishedId: string | null, 
/**
 * `To act on` or `Copy for information`.
 */
to: string, 
/**
 * True where it is for information alone.
 */
copy: boolean, 
/**
 * How it stands, in words.
 */
state: string, 
/**
 * True where the receiver has it.
 */
received: boolean, 
/**
 * Why not, and what to do; none where the receiver has it.
 */
problem: Problem | null, };

export type SecureMailView = { 
/**
 * To whom, as the directory has it.
 */
address: string, 
/**
 * The subject.
 */
subject: string, 
/**
 * Name of the file that is attached, as it is saved.
 */
attachment: string, 
/**
 * What to do, step by step.
 */
steps: Array<string>, };

export type SavedReferralView = { 
/**
 * The page for people, which is attached to a mail.
 */
page: string, 
/**
 * The document itself (XML), for systems that read it.
 */
document: string, };

export type ReferralView = { 
/**
 * Id of its document.
 */
documentId: string, 
/**
 * The encounter.
 */
encounterId: string, 
/**
 * The booking that it is linked with; none where it went without one.
 */
bookingId: string | null, 
/**
 * `SMITH, John (Mr)`.
 */
patient: string, 
/**
 * Name of the service.
 */
service: string, 
/**
 * Phone number of the service; empty where none is given.
 */
servicePhone: string, 
/**
 * When it was made, and by whom.
 */
made: string, 
/**
 * How it goes, in words.
 */
route: string, 
/**
 * How it stands, in words.
 */
state: string, 
/**
 * What is to be done, in words; empty where nothing is.
 */
toDo: string, 
/**
 * True where a person has to send it, and nobody has said that they did.
 */
toSendByHand: boolean, 
/**
 * How it is sent by secure mail, while that is to be done; none where it goes another way.
 */
byMail: SecureMailView | null, 
/**
 * True where the provider has to be told that it is none any more, and nobody has said that they did.
 */
toTellProvider: boolean, 
/**
 * True where its booking was cancelled: it is no referral any more (CA-5).
 */
decoupled: boolean, 
/**
 * Each delivery, the primary one first.
 */
deliveries: Array<DeliveryView>, 
/**
 * What happened to it since, oldest first.
 */
marks: Array<string>, };

export type ReferralNoteInput = { 
/**
 * Id of the document.
 */
documentId: string, 
/**
 * How, to whom, and what was said.
 */
note: string, };

export type UnfinishedKind = "booking" | "cancellation" | "referral" | "twoBookings" | "sendByHand" | "tellProvider" | "informPatient";

export type TakenView = { "kind": "booking", 
/**
 * The result.
 */
result: BookingResultView, } | { "kind": "cancellation", 
/**
 * The result.
 */
result: CancelResultView, } | { "kind": "referral", 
/**
 * How the delivery stands.
 */
delivery: DeliveryView, };

export type ReportsView = { 
/**
 * The reports, in the standard's order.
 */
reports: Array<ReportView>, 
/**
 * Days that are often asked for; the first is the one to begin with.
 */
presets: Array<PeriodPresetView>, };

export type ReportView = { 
/**
 * `RP-01`.
 */
id: string, 
/**
 * Its title.
 */
title: string, 
/**
 * What it counts, and on which day.
 */
definition: string, 
/**
 * Its columns.
 */
columns: Array<ReportColumnView>, 
/**
 * Codes of the one or two columns of which a picture is shown.
 */
charted: Array<string>, 
/**
 * By what it can be grouped; the first is the one to begin with.
 */
groupings: Array<ReportGroupingView>, };

export type ReportColumnView = { 
/**
 * A stable name.
 */
code: string, 
/**
 * The heading.
 */
title: string, 
/**
 * What it counts.
 */
words: string, };

export type ReportGroupingView = { 
/**
 * A stable name.
 */
code: string, 
/**
 * In words.
 */
title: string, };

export type PeriodPresetView = { 
/**
 * `This month so far`.
 */
label: string, 
/**
 * First day, `01-Nov-2026`.
 */
from: string, 
/**
 * Last day, included.
 */
to: string, };

export type ReportInput = { 
/**
 * `RP-01`.
 */
report: string, 
/**
 * First day as it is typed: `01-Nov-2026`, `1/11/2026`, `2026-11-01`; UK local time.
 */
from: string, 
/**
 * Last day, included.
 */
to: string, 
/**
 * By what, as [`ReportGroupingView::code`] says; empty for the one to begin with.
 */
group: string, 
/**
 * Whether beside the same over the days before.
 */
against: boolean, };

export type BehindInput = { 
/**
 * Of which report.
 */
order: ReportInput, 
/**
 * Key of the row; none for the total.
 */
row: string | null, 
/**
 * Code of the column.
 */
column: string, };

export type ReportTableView = { 
/**
 * The report in words.
 */
report: ReportView, 
/**
 * First day, `YYYY-MM-DD`.
 */
from: string, 
/**
 * Last day, included.
 */
to: string, 
/**
 * `01-Nov-2026 to 30-Nov-2026`.
 */
days: string, 
/**
 * The days that it is compared with; none where it is compared with nothing.
 */
daysBefore: string | null, 
/**
 * When it was drawn, UK local time.
 */
drawn: string, 
/**
 * By what the rows are told apart.
 */
grouping: ReportGroupingView, 
/**
 * The rows; none is all zero, now and before.
 */
rows: Array<ReportRowView>, 
/**
 * The sum of the rows, a number for each column.
 */
total: Array<ReportNumberView>, 
/**
 * `2 events of these days cannot be read and are not counted. …`; empty where all can.
 */
unreadable: string, };

export type ReportRowView = { 
/**
 * A stable name, unique in its table; empty where the record does not say what it is about.
 */
key: string, 
/**
 * What it is about.
 */
label: string, 
/**
 * What tells it from others of that label: an id, a code. May be empty.
 */
detail: string, 
/**
 * A number for each column.
 */
numbers: Array<ReportNumberView>, };

export type ReportNumberView = { 
/**
 * Over the days of the report.
 */
now: number, 
/**
 * Over the days before; none where nothing is compared.
 */
before: number | null, };

export type BehindView = { 
/**
 * The number.
 */
number: number, 
/**
 * `The first 200 of 1,204 events`; empty where all are told.
 */
leftOut: string, 
/**
 * The events, in the order of the record.
 */
events: Array<BehindEventView>, };

export type BehindEventView = { 
/**
 * Number of the event in the audit record.
 */
number: number, 
/**
 * When, UK local time; `Not known` where that cannot be read.
 */
at: string, 
/**
 * Whether the event can be read. Where it cannot, the rest is what stands beside it, and is not to be trusted.
 */
readable: boolean, 
/**
 * What happened: `Booking requested`.
 */
what: string, 
/**
 * Who, by username; empty where nobody was signed in; `Not known` where that cannot be read.
 */
user: string, 
/**
 * The encounter's id; empty where it belongs to none.
 */
encounter: string, 
/**
 * How many it counts.
 */
amount: number, 
/**
 * The event that tells why it counts as it does: `Slots searched, 20-Nov-2026 18:04:12 (event 812)`. May be empty.
 */
because: string, };

export type UnfinishedView = { 
/**
 * Id of the piece: of the intent, the rebooking or the document; for a patient to be told, of the cancellation, or of
 * the booking that somebody else called off.
 */
id: string, 
/**
 * What kind of work it is.
 */
kind: UnfinishedKind, 
/**
 * The encounter.
 */
encounterId: string, 
/**
 * `Booking`, `Cancellation`, `Referral`, `Two bookings` …
 */
what: string, 
/**
 * `SMITH, John (Mr)`.
 */
patient: string, 
/**
 * Date of birth.
 */
born: string, 
/**
 * NHS number or `Not known`.
 */
nhsNumber: string, 
/**
 * First phone number of the patient, to call them back.
 */
contact: string, 
/**
 * Name of the service; empty where it is not known.
 */
service: string, 
/**
 * Phone number of the service; empty where none is given.
 */
servicePhone: string, 
/**
 * `Friday 20-Nov-2026 19:20`; of two bookings, of the original; empty where there is no appointment.
 */
slot: string, 
/**
 * Of two bookings, the new one: `Friday 20-Nov-2026 18:20, Northdale Urgent Treatment Centre`; else empty.
 */
newBooking: string, 
/**
 * When it was started, and by whom.
 */
started: string, 
/**
 * What is known, in words: `We do not know whether the provider booked this.`
 */
known: string, 
/**
 * What to do next, in words.
 */
next: string, 
/**
 * The short reference for the help desk; empty where nothing was sent.
 */
reference: string, 
/**
 * Absolute URL of the booking that it is about; empty where it is about none.
 */
url: string, 
/**
 * How it is sent by secure mail; none where it is about something else, or goes another way.
 */
byMail: SecureMailView | null, 
/**
 * True where the provider can be asked what it holds.
 */
canCheck: boolean, 
/**
 * True where the request can be sent again under its own id.
 */
canSendAgain: boolean, 
/**
 * True where a person can settle it after asking by telephone.
 */
canSettle: boolean, };

export type SettleInput = { 
/**
 * The piece.
 */
id: string, 
/**
 * `booked` or `notBooked`: of a booking or a cancellation, whether the provider holds the booking; of a referral,
 * whether the service has it. Empty where nothing was chosen.
 */
providerHolds: string, 
/**
 * Who said so and how, at least a few words.
 */
reason: string, };

export type AuditKindView = { 
/**
 * Its code in the record, for the filter.
 */
code: string, 
/**
 * In words.
 */
title: string, };

export type AuditKindGroupView = { 
/**
 * What they belong to.
 */
title: string, 
/**
 * The kinds.
 */
kinds: Array<AuditKindView>, };

export type AuditCheckView = { 
/**
 * Whether all of it holds.
 */
holds: boolean, 
/**
 * `All 1,234,567 events hold, 12 seals met`; or which event is the first that does not.
 */
title: string, 
/**
 * What that means.
 */
meaning: string, 
/**
 * What to do; empty where there is nothing to do.
 */
whatToDo: string, 
/**
 * `Verified 20-Nov-2026 18:04:12 GMT by HILL, Susan (Mrs)`.
 */
when: string, };

export type AuditSealView = { 
/**
 * `Sealed 20-Nov-2026 18:04:12 at event 1,204; 12 seals are kept`; or that it never was.
 */
words: string, 
/**
 * The file of seals.
 */
file: string, };

export type AuditStartView = { 
/**
 * Every kind of event, in groups.
 */
kinds: Array<AuditKindGroupView>, 
/**
 * The last verification; none where there was none yet.
 */
verified: AuditCheckView | null, 
/**
 * How it is sealed.
 */
seal: AuditSealView, 
/**
 * What a folder for an export is called where nobody says otherwise: `audit-record-2026-11-20-1804`.
 */
exportFolder: string, };

export type AuditFilterInput = { 
/**
 * NHS number of the patient.
 */
nhsNumber: string, 
/**
 * Family name of the patient, with the date of birth.
 */
familyName: string, 
/**
 * Day of birth.
 */
birthDay: string, 
/**
 * Month of birth.
 */
birthMonth: string, 
/**
 * Year of birth.
 */
birthYear: string, 
/**
 * Username.
 */
user: string, 
/**
 * Id of an encounter.
 */
encounter: string, 
/**
 * DoS id of a service.
 */
service: string, 
/**
 * Code of a kind of event.
 */
kind: string, 
/**
 * From this day on (UK local day): `20-Nov-2026`, `20/11/2026`, `2026-11-20`.
 */
from: string, 
/**
 * Up to and with this day.
 */
until: string, };

export type AuditReadInput = { 
/**
 * Which part of the record.
 */
filter: AuditFilterInput, 
/**
 * Only what stands before this number: [`AuditPageView::older`] of the window before.
 */
before: number | null, };

export type AuditOutcomeView = "done" | "refused" | "failed" | "unknown";

export type AuditFieldView = { 
/**
 * What it is.
 */
name: string, 
/**
 * Its value in words.
 */
value: string, };

export type AuditExchangeView = { 
/**
 * When it began: `18:04:12.301`, UK local time.
 */
at: string, 
/**
 * With which system, and what was asked: `provider: book`.
 */
what: string, 
/**
 * How it went: `answered in 120 ms`.
 */
went: string, 
/**
 * Whether it failed.
 */
failed: boolean, 
/**
 * X-Request-ID; empty where there was none.
 */
request: string, 
/**
 * Ssp-TraceID; empty where there was none.
 */
trace: string, 
/**
 * X-Correlation-ID, or the directory's own id of the search; empty where there was none.
 */
correlation: string, 
/**
 * The other side's own id of the request; empty where it gave none.
 */
theirRequest: string, };

export type AuditRowView = { 
/**
 * Its number in the record.
 */
number: number, 
/**
 * `20-Nov-2026 18:04:12`, UK local time; `Not known` where neither the event can be read nor its time beside it.
 */
at: string, 
/**
 * `GMT` or `BST`; empty where the time is not known.
 */
zone: string, 
/**
 * Whether the event can be read. Where it cannot, the rest is what stands beside it, and is not to be trusted.
 */
readable: boolean, 
/**
 * The name of its kind.
 */
kind: string, 
/**
 * What happened, as a sentence.
 */
what: string, 
/**
 * Username; empty where nobody was signed in; `Not known` where that cannot be read.
 */
who: string, 
/**
 * The name of that user as it is taken down now: `CARTER, Priya (Ms)`; empty where there is no such user.
 */
name: string, 
/**
 * Their role then, in words; empty where nobody was signed in, or it cannot be read.
 */
role: string, 
/**
 * How it ended.
 */
outcome: AuditOutcomeView, 
/**
 * The same in a word.
 */
outcomeWords: string, 
/**
 * The computer; empty in events of before it was recorded.
 */
device: string, 
/**
 * ODS code of the organisation; empty in events of before it was recorded.
 */
organisation: string, 
/**
 * The one service that it or its request is about, by its name or id; empty where it is about none, or about several.
 */
service: string, 
/**
 * Id of the encounter; empty where it belongs to none.
 */
encounter: string, 
/**
 * Reference of the patient; empty where it is about none.
 */
patient: string, 
/**
 * Whether its personal part is there, in words.
 */
personal: string, 
/**
 * Every field that says something.
 */
fields: Array<AuditFieldView>, 
/**
 * The exchanges with other systems of its request.
 */
exchanges: Array<AuditExchangeView>, 
/**
 * Its hash, 64 hexadecimal digits.
 */
hash: string, };

export type AuditPageView = { 
/**
 * The events.
 */
rows: Array<AuditRowView>, 
/**
 * Where the next window begins; none where there is nothing older.
 */
older: number | null, 
/**
 * The filter that is in force, part by part, in words; empty where all is left in.
 */
inForce: Array<string>, };

export type AuditCountView = { 
/**
 * How many are certainly there.
 */
atLeast: number, 
/**
 * Whether there are no more than those.
 */
exactly: boolean, 
/**
 * `1,204 events`, `More than 10,000 events`.
 */
words: string, };

export type AuditStoryView = { 
/**
 * Id of the encounter.
 */
encounter: string, 
/**
 * The patient as they are taken down now; none where their details were removed.
 */
patient: PatientView | null, 
/**
 * `Begun 20-Nov-2026 18:00:02 GMT by CARTER, Priya (Ms), not ended yet`.
 */
course: string, 
/**
 * `34 events in 12 min 5 s`.
 */
extent: string, 
/**
 * The days, oldest first.
 */
days: Array<AuditDayView>, };

export type AuditDayView = { 
/**
 * `Friday 20-Nov-2026`.
 */
day: string, 
/**
 * What it was about, in its order.
 */
phases: Array<AuditPhaseView>, };

export type AuditPhaseView = { 
/**
 * `Finding a service`.
 */
title: string, 
/**
 * True where nothing was done but to look.
 */
looked: boolean, 
/**
 * The steps.
 */
steps: Array<AuditStepView>, };

export type AuditStepView = { 
/**
 * The event. Its exchanges are those that went over the wire for it, also those without its request's id.
 */
row: AuditRowView, 
/**
 * `18:04:12`, UK local time.
 */
time: string, 
/**
 * Time since the step before: `3 s later`, `at once`; empty for the first.
 */
after: string, };

export type LongWalkView = { 
/**
 * How many events lie behind.
 */
done: number, 
/**
 * Of how many; 0 while that is not known.
 */
of: number, 
/**
 * `1,234 of 20,000 events`.
 */
words: string, };

export type AuditExportInput = { 
/**
 * Which part of the record.
 */
filter: AuditFilterInput, 
/**
 * Name of a new folder among the user's downloads.
 */
folder: string, };

export type AuditExportedFileView = { 
/**
 * Its name.
 */
name: string, 
/**
 * `12.4 MB`.
 */
size: string, 
/**
 * SHA-256 of its content, 64 hexadecimal digits.
 */
sha256: string, };

export type AuditExportedView = { 
/**
 * `1,204 events written`; of how many the files say that they cannot be read, where there are any.
 */
title: string, 
/**
 * The folder.
 */
folder: string, 
/**
 * The files, without the manifest.
 */
files: Array<AuditExportedFileView>, 
/**
 * Where the chain stood: `event 1,210, 9f86…`.
 */
head: string, };
