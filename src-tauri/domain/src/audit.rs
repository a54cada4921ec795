//! What is recorded of every action and access (NF-3, SL-8, BK-7). Append-only; personal data only where the event is
//! about it, and then by reference to the encounter.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::approval::Approval;
use crate::booking::{AppointmentStatus, BookingResultKind};
use crate::cancel::{CancelResultKind, Whose};
use crate::encounter::Ending;
use crate::gate::LatePermit;
use crate::id::{
    BookingId, DispositionCode, DocumentId, DosServiceId, EncounterId, IntentId, RebookId, RequestId, SearchId, UserId,
    Username,
};
use crate::personal::Personal;
use crate::referral::ReferralRefusal;
use crate::reports::{Fault, Grouping, Report};
use crate::service::SearchDistance;
use crate::slot::{SlotCount, SlotWindow};
use crate::user::{Action, Role};

/// One event of the audit record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEvent {
    /// When (UTC).
    pub at: DateTime<Utc>,
    /// Who; none where nobody was signed in.
    pub who: Option<Actor>,
    /// The encounter it belongs to.
    pub encounter: Option<EncounterId>,
    /// What happened.
    pub what: AuditAction,
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Actor {
    /// The user.
    pub user: UserId,
    /// Their username, as it was then.
    pub username: Username,
    /// Their role, as it was then.
    pub role: Role,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", rename_all_fields = "camelCase")]
pub enum AuditAction {
    /// The application started.
    Started {
        /// Its version.
        version: String,
    },
    /// A user was added.
    UserAdded {
        /// The new user.
        username: Username,
        /// Their role.
        role: Role,
    },
    /// A user was changed.
    UserChanged {
        /// Who.
        username: Username,
        /// Their role from now on.
        role: Role,
        /// Whether they may sign in no more.
        locked: bool,
        /// Whether they have a new passphrase.
        passphrase: bool,
    },
    /// Somebody signed in.
    SignedIn,
    /// A sign-in was refused.
    SignInRefused {
        /// The username as typed, where it is one.
        username: Option<Username>,
    },
    /// Somebody signed out.
    SignedOut,
    /// The window was locked, because nobody was at it.
    Locked,
    /// Something was refused because of the role.
    ActionRefused {
        /// What was to be done.
        action: Action,
    },
    /// An encounter began.
    EncounterStarted,
    /// The patient's details were changed.
    PatientChanged,
    /// An encounter was opened: the patient's details were seen.
    EncounterOpened,
    /// What was said and found in the assessment was recorded.
    ResponsesRecorded,
    /// An encounter ended.
    EncounterEnded {
        /// How.
        #[serde(default)]
        ending: Option<Ending>,
    },
    /// An outcome was recorded.
    OutcomeRecorded {
        /// Its code.
        code: DispositionCode,
        /// When it was reached (UTC).
        reached: DateTime<Utc>,
        /// Until when it asks for care (UTC).
        due: Option<DateTime<Utc>>,
    },
    /// Services were searched (DI-1).
    ServicesSearched {
        /// The search.
        search: SearchId,
        /// How far was to be searched, where that was said.
        #[serde(default)]
        within: Option<SearchDistance>,
        /// What it found, ranked; none where it failed.
        services: Vec<DosServiceId>,
        /// Why it failed.
        failure: Option<String>,
        /// How long it took.
        took_ms: u64,
    },
    /// A service was chosen, perhaps passing over the first (DI-10).
    ServiceChosen {
        /// The search.
        search: SearchId,
        /// The service.
        service: DosServiceId,
        /// Its name, as the directory gave it; reports show it beside the id.
        #[serde(default)]
        name: Option<String>,
        /// Its rank.
        rank: u32,
        /// Id of the reject reason, where the first was passed over.
        reject_reason: Option<u32>,
        /// Comment to it.
        reject_comment: Option<String>,
    },
    /// Slots were asked for (SL-8).
    SlotsSearched {
        /// The service.
        service: DosServiceId,
        /// The window.
        window: SlotWindow,
        /// What came back; none where it failed.
        count: Option<SlotCount>,
        /// Why it failed.
        failure: Option<String>,
        /// How long it took.
        took_ms: u64,
        /// Whether the user asked for it, or the list did in the background (DI-9).
        background: bool,
        /// The request's id.
        request: Option<RequestId>,
    },
    /// The timeframe gate refused a booking (TF).
    BookingRefusedByGate {
        /// The service.
        service: DosServiceId,
        /// The slot's start (UTC).
        start: DateTime<Utc>,
        /// Why.
        refusal: String,
    },
    /// A clinician approved a slot outside the timeframe (TF-3).
    LateSlotApproved {
        /// The service.
        service: DosServiceId,
        /// The slot's start (UTC).
        start: DateTime<Utc>,
        /// Who, on what ground, for how late a slot.
        approval: Box<Approval>,
    },
    /// No approval of a slot outside the timeframe was given.
    LateSlotNotApproved {
        /// The service.
        service: DosServiceId,
        /// The slot's start (UTC).
        start: DateTime<Utc>,
        /// Who was asked, as far as is known: a username, or a name and registration number as told.
        asked: Personal<String>,
        /// Why not, in the clinician's words or the rule's.
        why: Personal<String>,
    },
    /// A booking was about to be requested; the intent is on disk.
    BookingIntended {
        /// The intent.
        intent: IntentId,
        /// The request's id.
        request: RequestId,
        /// The service.
        service: DosServiceId,
        /// The slot's start (UTC).
        start: DateTime<Utc>,
        /// How a late slot was allowed (TF-3).
        late: Option<LatePermit>,
    },
    /// A booking attempt came to a result.
    BookingSettled {
        /// The intent.
        intent: IntentId,
        /// The request's id.
        request: RequestId,
        /// The result.
        result: BookingResultKind,
        /// The booking, where there is one.
        booking: Option<BookingId>,
        /// Why, where it was not confirmed.
        failure: Option<String>,
        /// The same as one of a few, by which reports tell it apart (RP-04, RP-06).
        #[serde(default)]
        fault: Option<Fault>,
        /// How many times the request was sent.
        tries: u32,
    },
    /// The provider was asked what it holds for an unfinished booking.
    UnfinishedChecked {
        /// The intent.
        intent: IntentId,
    },
    /// An unfinished booking was settled by hand.
    UnfinishedSettledByHand {
        /// The intent.
        intent: IntentId,
        /// What the provider holds, as the user was told.
        held: bool,
        /// Who said so and how.
        reason: String,
    },
    /// The desk's bookings were listed.
    BookingsListed,
    /// A provider was asked how a booking stands.
    BookingAsked {
        /// The booking.
        booking: BookingId,
        /// The request.
        request: RequestId,
        /// What it said of its status; none where it could not be asked.
        status: Option<AppointmentStatus>,
        /// Why it could not be asked.
        failure: Option<String>,
    },
    /// The booking-only gate stopped a referral (BO-5).
    ReferralBlocked {
        /// The service.
        service: DosServiceId,
        /// Why.
        refusal: ReferralRefusal,
        /// How many free slots were shown of it, where any were asked for.
        slots: Option<SlotCount>,
    },
    /// The booking-only gate let a referral pass that it had stopped, or would have without a booking (BO-5).
    ReferralReleased {
        /// The service.
        service: DosServiceId,
        /// The booking that opened it.
        booking: BookingId,
    },
    /// The patient is referred to a service; the document is on disk, and so is the intent of each delivery.
    ReferralMade {
        /// The document.
        document: DocumentId,
        /// The service.
        service: DosServiceId,
        /// The booking that it is linked with.
        booking: Option<BookingId>,
        /// How it goes: `itk`, `email`, `telephone`, `none`.
        route: String,
        /// How many free slots were shown of the service, where any were asked for.
        slots: Option<SlotCount>,
    },
    /// A delivery of a referral was about to be sent; its intent is on disk.
    ReferralIntended {
        /// The intent.
        intent: IntentId,
        /// The tracking id.
        request: RequestId,
        /// The document.
        document: DocumentId,
        /// The service.
        service: DosServiceId,
        /// Whether it is a copy for information.
        copy: bool,
    },
    /// A delivery of a referral came to a result.
    ReferralSettled {
        /// The intent.
        intent: IntentId,
        /// The tracking id.
        request: RequestId,
        /// The result: `accepted`, `notAccepted`, `nothingSent`, `unknown`, `settledByHand`.
        result: String,
        /// Why, where it was not accepted.
        failure: Option<String>,
        /// How many times it was sent.
        tries: u32,
    },
    /// A referral's document was seen.
    ReferralSeen {
        /// The document.
        document: DocumentId,
    },
    /// A referral's document was written to a file, to be sent another way.
    ReferralSaved {
        /// The document.
        document: DocumentId,
    },
    /// A referral was sent another way, by hand.
    ReferralSentByHand {
        /// The document.
        document: DocumentId,
        /// How, to whom, and what was said.
        note: Personal<String>,
    },
    /// The booking that a referral was linked with was cancelled: it is no referral any more (CA-5).
    ReferralDecoupled {
        /// The document.
        document: DocumentId,
        /// The booking.
        booking: BookingId,
        /// The version in which the provider holds the booking now.
        version: String,
    },
    /// A provider was told by telephone that a referral is none any more (CA-5).
    ProviderTold {
        /// The document.
        document: DocumentId,
        /// Who was told, and what was said.
        note: Personal<String>,
    },
    /// Bookings of a patient were looked for at a provider (RG-1).
    BookingsLookedUp {
        /// The service whose provider was asked.
        service: DosServiceId,
        /// The window.
        window: SlotWindow,
        /// How many were found; none where it failed.
        found: Option<u32>,
        /// Why it failed.
        failure: Option<String>,
    },
    /// Bookings were looked for in this desk's record.
    BookingsSearchedHere {
        /// How many were found.
        found: u32,
    },
    /// The appointment registry was asked (RG-2).
    RegistryAsked {
        /// How many appointments it knows; none where it failed.
        found: Option<u32>,
        /// Why it failed.
        failure: Option<String>,
    },
    /// A booking was read from its provider, to be shown before it is cancelled (CA-2).
    BookingRead {
        /// Its absolute URL.
        url: String,
        /// The booking in this desk's record, where it is there.
        booking: Option<BookingId>,
        /// The request.
        request: RequestId,
        /// The version; none where it could not be read.
        version: Option<String>,
        /// Its status.
        status: Option<AppointmentStatus>,
        /// Whether it is the patient's.
        whose: Option<Whose>,
        /// Why it could not be read.
        failure: Option<String>,
    },
    /// A cancellation was refused before anything was sent.
    CancelRefusedHere {
        /// The booking's absolute URL.
        url: String,
        /// Why.
        refusal: String,
    },
    /// A cancellation was about to be sent; the intent is on disk.
    CancelIntended {
        /// The intent.
        intent: IntentId,
        /// The request's id.
        request: RequestId,
        /// The booking's absolute URL.
        url: String,
        /// The version that was shown.
        version: String,
        /// The booking in this desk's record, where it is there.
        booking: Option<BookingId>,
        /// The rebooking that it is a part of.
        rebook: Option<RebookId>,
        /// Why, in the user's words.
        reason: Personal<String>,
    },
    /// A cancellation came to a result.
    CancelSettled {
        /// The intent.
        intent: IntentId,
        /// The request's id.
        request: RequestId,
        /// The booking's absolute URL.
        url: String,
        /// The booking in this desk's record, where it is there.
        booking: Option<BookingId>,
        /// The result.
        result: CancelResultKind,
        /// Why, where it was not cancelled.
        failure: Option<String>,
        /// How many times it was sent.
        tries: u32,
    },
    /// A rebooking began: the original stands until the new booking is confirmed (RB-3).
    RebookBegan {
        /// The rebooking.
        rebook: RebookId,
        /// The original's absolute URL.
        original: String,
        /// The original in this desk's record, where it is there.
        booking: Option<BookingId>,
        /// Why it goes on without a reassessment, where it does after the consultation (RB-2).
        without_reassessment: Option<Personal<String>>,
    },
    /// A rebooking came to another step.
    RebookMoved {
        /// The rebooking.
        rebook: RebookId,
        /// Which.
        step: String,
    },
    /// The patient was told of a change to a booking (CA-6).
    PatientInformed {
        /// The booking's absolute URL.
        url: String,
        /// How: `telephone`, `text`, `letter`, `in person` …
        how: String,
        /// When (UTC).
        informed: DateTime<Utc>,
        /// What was said, or why they could not be reached.
        note: Personal<String>,
    },
    /// Whether the patient came, as the desk was told.
    AttendanceRecorded {
        /// The booking.
        booking: BookingId,
        /// `attended`, `didNotAttend`, `wasNotBrought`.
        attendance: String,
        /// Who said so.
        note: Personal<String>,
    },
    /// A booking was opened.
    BookingOpened {
        /// The booking.
        booking: BookingId,
    },
    /// The audit record was read.
    AuditRead,
    /// A report was read.
    ReportRead {
        /// Which.
        report: Report,
        /// From this day (UK local days).
        from: NaiveDate,
        /// To this day, included.
        to: NaiveDate,
        /// By what its numbers are told apart.
        group: Grouping,
        /// The number behind which the events were looked up, as `row/column`; none where the report itself was read.
        #[serde(default)]
        cell: Option<String>,
    },
}
