//! What is recorded of every action and access (NF-3, SL-8, BK-7). Append-only; personal data only where the event is
//! about it, and then by reference to the encounter.

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use serde::{Deserialize, Serialize};

use crate::approval::Approval;
use crate::booking::{AppointmentStatus, BookingResultKind};
use crate::cancel::{CancelResultKind, Whose};
use crate::chain::{Fault, Head, Seal};
use crate::encounter::Ending;
use crate::gate::LatePermit;
use crate::id::{
    BookingId, DispositionCode, DocumentId, DosServiceId, EncounterId, IntentId, NhsNumber, OdsCode, RebookId,
    RequestId, SearchId, UserId, Username,
};
use crate::keeping::RecordKeyId;
use crate::personal::Personal;
use crate::referral::ReferralRefusal;
use crate::reports::{BookingFault, Grouping, StandardReport};
use crate::retention::YearsKept;
use crate::service::SearchDistance;
use crate::slot::{SlotCount, SlotWindow};
use crate::user::{Action, Role};

/// One event of the audit record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEvent {
    /// When (UTC, to the millisecond).
    pub at: DateTime<Utc>,
    /// Who; none where nobody was signed in.
    pub who: Option<Actor>,
    /// At which desk; none in events that were recorded before this was.
    #[serde(default)]
    pub desk: Option<Workplace>,
    /// The encounter it belongs to.
    pub encounter: Option<EncounterId>,
    /// How it ended.
    #[serde(default)]
    pub outcome: EventOutcome,
    /// What happened, with the ids of its exchanges.
    pub what: AuditAction,
}

impl AuditEvent {
    /// An event at a desk.
    #[must_use]
    pub fn new(
        at: DateTime<Utc>,
        who: Option<Actor>,
        desk: Workplace,
        encounter: Option<EncounterId>,
        what: AuditAction,
    ) -> Self {
        let outcome = what.outcome();
        Self { at: at.trunc_subsecs(3), who, desk: Some(desk), encounter, outcome, what }
    }
}

/// A desk, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Workplace {
    /// The organisation, by its ODS code.
    pub organisation: OdsCode,
    /// The computer, by the name that the organisation gave it.
    pub device: String,
}

/// How what an event tells of ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "camelCase")]
#[strum(serialize_all = "camelCase")]
pub enum EventOutcome {
    /// It was done.
    #[default]
    Done,
    /// A rule, a role or the other side did not let it be done.
    Refused,
    /// It failed.
    Failed,
    /// It is not known whether it was done.
    Unknown,
}

/// A patient as the audit record refers to them: a random reference that leads to a patient only through the record's own
/// list of references, and to nobody once their line of that list is removed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PatientReference(String);

impl PatientReference {
    /// As the record holds it.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, strum::EnumDiscriminants)]
#[serde(rename_all = "camelCase", tag = "kind", rename_all_fields = "camelCase")]
#[strum_discriminants(
    name(AuditKind),
    doc = "The kind of an event, named as in the record.",
    derive(Hash, Serialize, Deserialize, strum::EnumString, strum::IntoStaticStr, strum::VariantNames),
    serde(rename_all = "camelCase"),
    strum(serialize_all = "camelCase")
)]
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
        reject_comment: Option<Personal<String>>,
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
        fault: Option<BookingFault>,
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
        reason: Personal<String>,
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
        /// The result: `accepted`, `notAccepted`, `unknown`, `settledByHand`.
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
    /// Encounters that go on were listed: their patients' names were seen.
    EncountersListed,
    /// The audit record was read.
    AuditRead {
        /// What of it.
        #[serde(default)]
        filter: Box<AuditFilter>,
        /// Only what stands before this number, where an earlier page was read on from.
        #[serde(default)]
        before: Option<u64>,
    },
    /// A report was read.
    ReportRead {
        /// Which.
        report: StandardReport,
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
    /// The audit record, or a part of it, was written to files.
    AuditExported {
        /// What of it.
        filter: Box<AuditFilter>,
    },
    /// The chain of the audit record was verified.
    AuditVerified {
        /// How many events hold.
        events: u64,
        /// How many seals it was held against.
        seals: u64,
        /// The first event that does not hold, and how.
        fault: Option<Fault>,
    },
    /// The chain's head was sealed.
    AuditSealed {
        /// The seal.
        seal: Seal,
    },
    /// What is personal was removed, as its time to be kept was over: from events and, where an encounter and the years are
    /// named, from all else that the record kept of that encounter (NF-5).
    PersonalPartsRemoved {
        /// Of events up to this number.
        through: u64,
        /// Of this encounter alone, where one is named.
        only: Option<EncounterId>,
        /// Of events that belong to no encounter alone.
        #[serde(default)]
        of_no_encounter: bool,
        /// After so many years.
        #[serde(default)]
        years: Option<YearsKept>,
    },
    /// Everything that logs, exchanges and this record hold under a reference was looked up.
    ReferenceLookedUp {
        /// The reference, as typed.
        reference: Personal<String>,
    },
    /// A copy of the record was made and verified (NF-5).
    RecordBackedUp {
        /// Its name.
        name: String,
        /// The head of the chain in it.
        head: Head,
        /// The key that it is under.
        key: RecordKeyId,
        /// Whether the desk made it by itself.
        automatic: bool,
    },
    /// No copy of the record could be made, or it could not be verified.
    RecordNotBackedUp {
        /// Why.
        why: String,
        /// Whether the desk was to make it by itself.
        automatic: bool,
    },
    /// Copies that the desk made by itself were removed, as newer ones are there.
    BackupsRemoved {
        /// Their names.
        names: Vec<String>,
    },
    /// This record takes the place of another: it was restored from a copy.
    RecordRestored {
        /// The copy's name.
        name: String,
        /// When it was made (UTC).
        made: DateTime<Utc>,
        /// The head of the chain in it.
        head: Head,
        /// The head of the record in whose place it stands, where there was one that could be read.
        replaced: Option<Head>,
    },
    /// This record is set aside: one restored from a copy takes its place.
    RecordSetAside {
        /// The copy's name.
        name: String,
        /// The head of the chain in it.
        head: Head,
    },
    /// The record is under another key from here on.
    RecordKeyChanged {
        /// The key before.
        from: RecordKeyId,
        /// The key now.
        to: RecordKeyId,
    },
    /// A recovery copy of the record's key was written.
    RecordKeyExported {
        /// Which key.
        key: RecordKeyId,
    },
    /// The record's key was put back from its recovery copy.
    RecordKeyImported {
        /// Which key.
        key: RecordKeyId,
    },
}

impl AuditAction {
    /// How it ended.
    #[must_use]
    pub const fn outcome(&self) -> EventOutcome {
        match self {
            Self::SignInRefused { .. }
            | Self::ActionRefused { .. }
            | Self::BookingRefusedByGate { .. }
            | Self::LateSlotNotApproved { .. }
            | Self::ReferralBlocked { .. }
            | Self::CancelRefusedHere { .. } => EventOutcome::Refused,
            Self::ServicesSearched { failure, .. }
            | Self::SlotsSearched { failure, .. }
            | Self::BookingAsked { failure, .. }
            | Self::BookingsLookedUp { failure, .. }
            | Self::RegistryAsked { failure, .. }
            | Self::BookingRead { failure, .. } => failed_or_done(failure.is_some()),
            Self::AuditVerified { fault, .. } => failed_or_done(fault.is_some()),
            Self::RecordNotBackedUp { .. } => EventOutcome::Failed,
            Self::BookingSettled { result, .. } => match result {
                BookingResultKind::Confirmed | BookingResultKind::SettledByHand => EventOutcome::Done,
                BookingResultKind::NotBooked => EventOutcome::Failed,
                BookingResultKind::Unknown => EventOutcome::Unknown,
            },
            Self::CancelSettled { result, .. } => match result {
                CancelResultKind::Cancelled | CancelResultKind::SettledByHand => EventOutcome::Done,
                CancelResultKind::NotCancelled => EventOutcome::Failed,
                CancelResultKind::Unknown => EventOutcome::Unknown,
            },
            Self::ReferralSettled { failure, .. } => failed_or_done(failure.is_some()),
            Self::Started { .. }
            | Self::UserAdded { .. }
            | Self::UserChanged { .. }
            | Self::SignedIn
            | Self::SignedOut
            | Self::Locked
            | Self::EncounterStarted
            | Self::PatientChanged
            | Self::EncounterOpened
            | Self::ResponsesRecorded
            | Self::EncounterEnded { .. }
            | Self::OutcomeRecorded { .. }
            | Self::ServiceChosen { .. }
            | Self::LateSlotApproved { .. }
            | Self::BookingIntended { .. }
            | Self::UnfinishedChecked { .. }
            | Self::UnfinishedSettledByHand { .. }
            | Self::BookingsListed
            | Self::ReferralReleased { .. }
            | Self::ReferralMade { .. }
            | Self::ReferralIntended { .. }
            | Self::ReferralSeen { .. }
            | Self::ReferralSaved { .. }
            | Self::ReferralSentByHand { .. }
            | Self::ReferralDecoupled { .. }
            | Self::ProviderTold { .. }
            | Self::BookingsSearchedHere { .. }
            | Self::CancelIntended { .. }
            | Self::RebookBegan { .. }
            | Self::RebookMoved { .. }
            | Self::PatientInformed { .. }
            | Self::AttendanceRecorded { .. }
            | Self::BookingOpened { .. }
            | Self::EncountersListed
            | Self::AuditRead { .. }
            | Self::ReportRead { .. }
            | Self::AuditExported { .. }
            | Self::AuditSealed { .. }
            | Self::PersonalPartsRemoved { .. }
            | Self::ReferenceLookedUp { .. }
            | Self::RecordBackedUp { .. }
            | Self::BackupsRemoved { .. }
            | Self::RecordRestored { .. }
            | Self::RecordSetAside { .. }
            | Self::RecordKeyChanged { .. }
            | Self::RecordKeyExported { .. }
            | Self::RecordKeyImported { .. } => EventOutcome::Done,
        }
    }

    /// The request that it is about, where it is about one.
    #[must_use]
    pub fn request(&self) -> Option<RequestId> {
        self.named().0
    }

    /// The services that it names.
    #[must_use]
    pub fn services(&self) -> &[DosServiceId] {
        self.named().1
    }

    fn named(&self) -> (Option<RequestId>, &[DosServiceId]) {
        use std::slice::from_ref;
        match self {
            Self::SlotsSearched { request, service, .. } => (*request, from_ref(service)),
            Self::BookingIntended { request, service, .. } | Self::ReferralIntended { request, service, .. } => {
                (Some(*request), from_ref(service))
            }
            Self::BookingSettled { request, .. }
            | Self::BookingAsked { request, .. }
            | Self::ReferralSettled { request, .. }
            | Self::BookingRead { request, .. }
            | Self::CancelIntended { request, .. }
            | Self::CancelSettled { request, .. } => (Some(*request), &[]),
            Self::ServicesSearched { services, .. } => (None, services),
            Self::ServiceChosen { service, .. }
            | Self::BookingRefusedByGate { service, .. }
            | Self::LateSlotApproved { service, .. }
            | Self::LateSlotNotApproved { service, .. }
            | Self::ReferralBlocked { service, .. }
            | Self::ReferralReleased { service, .. }
            | Self::ReferralMade { service, .. }
            | Self::BookingsLookedUp { service, .. } => (None, from_ref(service)),
            Self::Started { .. }
            | Self::UserAdded { .. }
            | Self::UserChanged { .. }
            | Self::SignedIn
            | Self::SignInRefused { .. }
            | Self::SignedOut
            | Self::Locked
            | Self::ActionRefused { .. }
            | Self::EncounterStarted
            | Self::PatientChanged
            | Self::EncounterOpened
            | Self::ResponsesRecorded
            | Self::EncounterEnded { .. }
            | Self::OutcomeRecorded { .. }
            | Self::UnfinishedChecked { .. }
            | Self::UnfinishedSettledByHand { .. }
            | Self::BookingsListed
            | Self::ReferralSeen { .. }
            | Self::ReferralSaved { .. }
            | Self::ReferralSentByHand { .. }
            | Self::ReferralDecoupled { .. }
            | Self::ProviderTold { .. }
            | Self::BookingsSearchedHere { .. }
            | Self::RegistryAsked { .. }
            | Self::CancelRefusedHere { .. }
            | Self::RebookBegan { .. }
            | Self::RebookMoved { .. }
            | Self::PatientInformed { .. }
            | Self::AttendanceRecorded { .. }
            | Self::BookingOpened { .. }
            | Self::EncountersListed
            | Self::AuditRead { .. }
            | Self::ReportRead { .. }
            | Self::AuditExported { .. }
            | Self::AuditVerified { .. }
            | Self::AuditSealed { .. }
            | Self::PersonalPartsRemoved { .. }
            | Self::ReferenceLookedUp { .. }
            | Self::RecordBackedUp { .. }
            | Self::BackupsRemoved { .. }
            | Self::RecordRestored { .. }
            | Self::RecordSetAside { .. }
            | Self::RecordKeyChanged { .. }
            | Self::RecordKeyExported { .. }
            | Self::RecordKeyImported { .. }
            | Self::RecordNotBackedUp { .. } => (None, &[]),
        }
    }
}

const fn failed_or_done(failed: bool) -> EventOutcome {
    if failed { EventOutcome::Failed } else { EventOutcome::Done }
}

/// Which part of the audit record is looked at; what is none leaves all in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AuditFilter {
    /// About a patient: of every encounter with them.
    pub patient: Option<PatientSought>,
    /// By a user.
    pub user: Option<Username>,
    /// Of one encounter.
    pub encounter: Option<EncounterId>,
    /// About a service.
    pub service: Option<DosServiceId>,
    /// Of one kind.
    pub kind: Option<AuditKind>,
    /// Not before (UTC).
    pub from: Option<DateTime<Utc>>,
    /// Not after (UTC).
    pub until: Option<DateTime<Utc>>,
}

/// A patient who is looked for, as their encounters say who they are now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "by")]
pub enum PatientSought {
    /// By NHS number.
    NhsNumber {
        /// Ten digits.
        number: Personal<String>,
    },
    /// By name.
    Name {
        /// Family name, in upper case.
        family: Personal<String>,
        /// Date of birth, `YYYY-MM-DD`.
        born: Option<Personal<String>>,
    },
}

impl PatientSought {
    /// By NHS number.
    #[must_use]
    pub fn by_nhs_number(number: &NhsNumber) -> Self {
        Self::NhsNumber { number: Personal::from(number.digits()) }
    }

    /// By family name, and date of birth where it is known.
    #[must_use]
    pub fn by_name(family: &str, born: Option<NaiveDate>) -> Self {
        let born = born.map(|born| Personal::new(born.to_string()));
        Self::Name { family: Personal::new(family.trim().to_uppercase()), born }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_named_as_in_the_record() {
        let what = AuditAction::SignedIn;
        let json = serde_json::to_value(&what).expect("JSON");
        let kind: &'static str = AuditKind::from(&what).into();
        assert_eq!(json["kind"], kind, "one name");
        assert_eq!("signedIn".parse(), Ok(AuditKind::SignedIn), "and back");
    }

    #[test]
    fn an_event_of_an_earlier_version_can_still_be_read() {
        let text = r#"{"at":"2026-11-20T12:00:00Z","who":null,"encounter":null,"what":{"kind":"auditRead"}}"#;
        let event: AuditEvent = serde_json::from_str(text).expect("read");
        let what = AuditAction::AuditRead { filter: Box::default(), before: None };
        assert_eq!(event.what, what, "with nothing where there was nothing");
    }

    #[test]
    fn an_event_is_recorded_to_the_millisecond() {
        let at = "2026-11-20T12:00:00.123456789Z".parse().expect("an instant");
        let desk = Workplace { organisation: OdsCode::new("R1A").expect("a code"), device: "desk-1".to_owned() };
        let event = AuditEvent::new(at, None, desk, None, AuditAction::SignedIn);
        assert_eq!(event.at.to_rfc3339(), "2026-11-20T12:00:00.123+00:00", "as the record's index has it");
    }
}
