//! The ports: what the journeys need of the world, in the field's words. Adapters implement them; nothing here says how.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use desk_domain::audit::{AuditEvent, AuditFilter, PatientReference, Workplace};
use desk_domain::booking::{AppointmentStatus, BookingResult, Held, HeldBooking, Posted, ProviderWord};
use desk_domain::cancel::{Attendance, CancelResult, InformedHow, Put, WholeAppointment};
use desk_domain::chain::{Fault, Hash, Head, Seal};
use desk_domain::encounter::Encounter;
use desk_domain::failure::{DirectoryFailure, EndpointFailure, ProviderFailure, RecordFailure};
use desk_domain::gate::BookingPermit;
use desk_domain::id::{
    Asid, BookingId, DispositionCode, DocumentId, DosServiceId, EncounterId, IntentId, NhsNumber, OdsCode, OutcomeId,
    Postcode, RebookId, RequestId, SearchId, TraceId, UserId, Username,
};
use desk_domain::keeping::RecordKeyId;
use desk_domain::outcome::AssessmentOutcome;
use desk_domain::paper::Paper;
use desk_domain::patient::{Age, Gender, Patient};
use desk_domain::personal::Personal;
use desk_domain::rebook::RebookState;
use desk_domain::referral::{DeliveryResult, ReferralGap, ReferralPermit, Sent};
use desk_domain::route::Route;
use desk_domain::service::{BookingConnection, Service, ServiceEndpoint};
use desk_domain::slot::{FreeSlots, Place, Slot, SlotWindow};
use desk_domain::user::User;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The time, and new ids: the only source of either in the journeys.
pub trait Clock: Send + Sync {
    /// Now (UTC).
    fn now(&self) -> DateTime<Utc>;
    /// A new random id.
    fn new_id(&self) -> Uuid;
}

/// What the directory is asked with: the patient's needs, and nothing that identifies the patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClinicalCase {
    /// A reference for the case that leads back to the encounter, and to nothing else.
    pub case_reference: String,
    /// Where the patient is now.
    pub postcode: Postcode,
    /// GP practice, where known.
    pub gp_practice: Option<OdsCode>,
    /// Age.
    pub age: Age,
    /// Gender.
    pub gender: Gender,
    /// The outcome's code.
    pub disposition: DispositionCode,
    /// Symptom group.
    pub symptom_group: u32,
    /// Symptom discriminators.
    pub symptom_discriminators: Vec<u32>,
    /// How far to search, in kilometres, from 1 to 99; the directory's own choice where none.
    pub search_distance_km: Option<u8>,
    /// For when to search (UTC), where that is not now. A live search leaves it out.
    pub search_at: Option<DateTime<Utc>>,
}

/// What the directory answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAnswer {
    /// The services, ranked as the directory ranked them (DI-1).
    pub services: Vec<Service>,
    /// How far it searched, in kilometres, where it says so.
    pub search_distance_km: Option<u32>,
    /// The directory's own id of the search, which its help desk asks for, where it gives one.
    pub transaction: Option<String>,
}

/// The Directory of Services (DoS). Encounter and search are for the desk's own record of exchanges; they are not sent.
#[async_trait]
pub trait ServiceDirectory: Send + Sync {
    /// CheckCapacitySummary: the ranked services for a case (DI-1). Never cached.
    async fn services_for(
        &self,
        encounter: EncounterId,
        search: SearchId,
        case: &ClinicalCase,
    ) -> Result<ServiceAnswer, DirectoryFailure>;
    /// ServiceDetailsById: endpoints and attributes of one service (DI-2), laid over what the search already said of it.
    async fn details(
        &self,
        encounter: EncounterId,
        search: SearchId,
        service: &Service,
    ) -> Result<Service, DirectoryFailure>;
}

/// Where a provider's booking system is, as the Spine directory says (DI-6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderAddress {
    /// Its ASID.
    pub asid: Asid,
    /// Its service root, exactly as the Spine directory gave it.
    pub root: String,
    /// The interaction id registered for slot searches, where it differs from the standard's.
    pub slot_interaction: Option<String>,
}

/// The Spine Directory Service (SDS). Encounter, and the request that the address is for, are for the desk's own record of
/// exchanges; they are not sent.
#[async_trait]
pub trait EndpointDirectory: Send + Sync {
    /// The system behind a service root, for a booking that is known by its URL alone (RG-2). Two queries, the other way
    /// round: nhsMhs by the root, nhsAs by its party key.
    async fn system_at(
        &self,
        encounter: EncounterId,
        request: RequestId,
        root: &str,
    ) -> Result<ProviderAddress, EndpointFailure>;
    /// Resolves a booking connection in two queries (DI-6). A connection that is none is [`EndpointFailure::NoUsableAddress`].
    async fn resolve(
        &self,
        encounter: EncounterId,
        request: RequestId,
        connection: &BookingConnection,
    ) -> Result<ProviderAddress, EndpointFailure>;
}

/// On whose behalf a provider is asked, and how the exchange leads back to the case.
#[derive(Debug, Clone)]
pub struct Asking {
    /// The person signed in (AU-1).
    pub user: User,
    /// The encounter.
    pub encounter: EncounterId,
    /// The service, for the record (ER-3); none where nobody knows of which service the booking is.
    pub service: Option<DosServiceId>,
    /// The key of the request; the same for every retry of it (BK-4).
    pub request: RequestId,
    /// Whether nobody waits for the answer: it may then wait its turn among others that ask the same host.
    pub background: bool,
}

/// Everything that a booking request is made of. Kept whole, so that it can be asked about or sent again unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BookingOrder {
    /// The key of the request.
    pub request: RequestId,
    /// The clinical document that goes with it (BK-6).
    pub document: DocumentId,
    /// When it was ordered (UTC).
    pub ordered: DateTime<Utc>,
    /// Who ordered it.
    pub user: User,
    /// The encounter.
    pub encounter: EncounterId,
    /// The outcome it is for.
    pub outcome: OutcomeId,
    /// Code of the outcome.
    pub disposition: DispositionCode,
    /// The patient, as they were taken down then.
    pub patient: Patient,
    /// The reason for the appointment.
    pub reason: Personal<String>,
    /// The service.
    pub service: Service,
    /// Its provider.
    pub provider: ProviderAddress,
    /// The slot.
    pub slot: Slot,
    /// Leave to book it.
    pub permit: BookingPermit,
    /// The rebooking that it is a part of.
    #[serde(default)]
    pub rebook: Option<RebookId>,
}

/// What is wrong with an order, so that no valid request can be made of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no valid booking request can be made: {0}")]
pub struct InvalidOrder(pub String);

/// A provider's booking system.
#[async_trait]
pub trait BookingProvider: Send + Sync {
    /// The free slots of a service within a window (SL). All diaries, every page, earliest first, none in the past.
    async fn free_slots(
        &self,
        asking: &Asking,
        service: &DosServiceId,
        provider: &ProviderAddress,
        window: SlotWindow,
    ) -> Result<FreeSlots, ProviderFailure>;

    /// The request's content as it goes on the wire, checked (BK-1). The same order gives the same content.
    ///
    /// # Errors
    /// Says what is missing; nothing may be sent then.
    fn wire_content(&self, order: &BookingOrder) -> Result<String, InvalidOrder>;

    /// Sends the request once, with this content and the order's request id. No retry in here.
    async fn book(&self, order: &BookingOrder, content: &str) -> Posted;

    /// Asks the provider what it holds for an order.
    async fn held(&self, order: &BookingOrder, asking: &Asking) -> Held;

    /// Reads one booking as the provider has it now.
    async fn read(
        &self,
        asking: &Asking,
        provider: &ProviderAddress,
        appointment_id: &str,
    ) -> Result<HeldBooking, ProviderFailure>;

    /// Reads one booking whole, to be shown and to be written back (CA-2, CA-3).
    async fn read_whole(
        &self,
        asking: &Asking,
        provider: &ProviderAddress,
        appointment_id: &str,
    ) -> Result<WholeAppointment, ProviderFailure>;

    /// The appointment as it came, with its status `cancelled` and nothing else changed (CA-3).
    ///
    /// # Errors
    /// What came cannot be written back without changing more than the status; nothing may be sent then.
    fn cancelled_content(&self, appointment: &WholeAppointment) -> Result<String, InvalidOrder>;

    /// Sends a cancellation once, with this content, the order's request id and the version that was shown. No retry in here.
    async fn cancel(&self, asking: &Asking, order: &CancelOrder, content: &str) -> Put;

    /// The bookings that a provider holds of a patient within a window, past ones included (RG-1).
    async fn bookings_of(
        &self,
        asking: &Asking,
        provider: &ProviderAddress,
        patient: &NhsNumber,
        window: SlotWindow,
    ) -> Result<FoundBookings, LookUpFailure>;
}

/// The bookings that were found, and how many entries could not be understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundBookings {
    /// The bookings, earliest first.
    pub bookings: Vec<WholeAppointment>,
    /// How many entries could not be understood.
    pub not_understood: usize,
}

/// Why bookings could not be looked up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookUpFailure {
    /// The provider does not let bookings be looked up.
    #[error("the provider does not let bookings be looked up")]
    NotOffered,
    /// Anything else.
    #[error(transparent)]
    Provider(#[from] ProviderFailure),
}

/// A booking that is to be cancelled, as the user confirmed it. Kept whole, like a [`BookingOrder`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelOrder {
    /// The key of the request.
    pub request: RequestId,
    /// When it was ordered (UTC).
    pub ordered: DateTime<Utc>,
    /// Who ordered it.
    pub user: User,
    /// The encounter in which it is cancelled.
    pub encounter: EncounterId,
    /// The booking in this desk's record; none where another organisation made it.
    pub booking: Option<BookingId>,
    /// The rebooking that it is a part of.
    pub rebook: Option<RebookId>,
    /// The patient, as they were taken down.
    pub patient: Patient,
    /// The service, where it is known.
    pub service: Option<Service>,
    /// Its provider.
    pub provider: ProviderAddress,
    /// The appointment as it was shown to the user.
    pub shown: HeldBooking,
    /// Its start (UTC), as it was shown.
    pub start: Option<DateTime<Utc>>,
    /// Why it is cancelled, in the user's words.
    pub reason: Personal<String>,
}

/// An entry of the appointment registry: a pointer to a booking at its provider (RG-2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryEntry {
    /// Absolute URL of the booking at its provider.
    pub url: String,
    /// The service root of that provider: what stands before `/Appointment/`.
    pub provider_root: String,
    /// The provider's id of it.
    pub appointment_id: String,
    /// Status as the registry has it.
    pub status: AppointmentStatus,
    /// Start (UTC).
    pub start: Option<DateTime<Utc>>,
    /// End (UTC).
    pub end: Option<DateTime<Utc>>,
}

/// The appointment registry, where one is configured (RG-2).
#[async_trait]
pub trait AppointmentRegistry: Send + Sync {
    /// The patient's appointments that it knows, at whichever provider.
    async fn appointments_of(
        &self,
        asking: &Asking,
        patient: &NhsNumber,
    ) -> Result<Vec<RegistryEntry>, ProviderFailure>;
}

/// Everything that a referral's document is made of. The same content gives the same document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReferralContent {
    /// The document's id; where there is a booking, the one that it carries (BK-6).
    pub document: DocumentId,
    /// The id of the set that the document is the only version of.
    pub set: DocumentId,
    /// When the document was made (UTC).
    pub made: DateTime<Utc>,
    /// Who wrote it: the person signed in.
    pub author: User,
    /// The encounter: patient, responses, outcomes.
    pub encounter: Encounter,
    /// The outcome that it refers for.
    pub outcome: AssessmentOutcome,
    /// The service that it goes to.
    pub service: Service,
    /// The booking that it is linked with.
    pub booking: Option<LinkedBooking>,
}

/// The booking that a referral is linked with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkedBooking {
    /// The booking in this desk's record.
    pub booking: BookingId,
    /// Its absolute URL at the provider, without a version.
    pub url: String,
    /// The slot that was booked.
    pub slot: Slot,
    /// Whether it was the first slot that was offered.
    pub first_offered: bool,
}

/// One delivery of a referral to one endpoint. Kept whole, like a [`BookingOrder`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReferralOrder {
    /// The tracking id: the same for every sending.
    pub request: RequestId,
    /// When it was ordered (UTC).
    pub ordered: DateTime<Utc>,
    /// Leave to refer (BO-2).
    pub permit: ReferralPermit,
    /// What the document is made of.
    pub content: ReferralContent,
    /// Where it goes.
    pub endpoint: ServiceEndpoint,
}

/// What keeps a document from being made: each thing that is missing, at least one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the referral cannot be written: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct IncompleteReferral(pub Vec<ReferralGap>);

/// Whoever carries referrals to the services.
#[async_trait]
pub trait ReferralSender: Send + Sync {
    /// The document as it goes to an endpoint, or to be sent by hand, checked. The same content gives the same document, to the letter.
    ///
    /// # Errors
    /// [`IncompleteReferral`] names what is missing; nothing may be sent then.
    fn document(&self, content: &ReferralContent, to: Option<&ServiceEndpoint>) -> Result<String, IncompleteReferral>;

    /// The same as people read it, also of what is not complete yet.
    fn paper(&self, content: &ReferralContent, to: Option<&ServiceEndpoint>) -> Paper;

    /// The same as a page for people (HTML in UTF-8, whole in one file), for whoever has no system that reads documents.
    ///
    /// # Errors
    /// As [`ReferralSender::document`].
    fn page(&self, content: &ReferralContent, to: Option<&ServiceEndpoint>) -> Result<String, IncompleteReferral>;

    /// Sends a document once to the order's endpoint. No retry in here.
    async fn send(&self, order: &ReferralOrder, document: &str) -> Sent;
}

/// An order on disk, with its result once there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntentOf<O, R> {
    /// Id.
    pub id: IntentId,
    /// The order.
    pub order: O,
    /// The content that was or is to be sent.
    pub content: String,
    /// The last result; none where the desk stopped before there was one.
    pub result: Option<R>,
    /// When the result was recorded (UTC).
    pub result_at: Option<DateTime<Utc>>,
}

/// A booking that is to be made.
pub type BookingIntent = IntentOf<BookingOrder, BookingResult>;
/// A booking that is to be cancelled.
pub type CancelIntent = IntentOf<CancelOrder, CancelResult>;
/// A referral that is to be delivered.
pub type DeliveryIntent = IntentOf<ReferralOrder, DeliveryResult>;

/// Anything that is to change the outside world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// A booking.
    Booking(Box<BookingIntent>),
    /// A cancellation.
    Cancellation(Box<CancelIntent>),
    /// A delivery of a referral.
    Delivery(Box<DeliveryIntent>),
}

impl Intent {
    /// Id.
    #[must_use]
    pub const fn id(&self) -> IntentId {
        match self {
            Self::Booking(intent) => intent.id,
            Self::Cancellation(intent) => intent.id,
            Self::Delivery(intent) => intent.id,
        }
    }

    /// Whether it is not known what came of it.
    #[must_use]
    pub const fn is_in_doubt(&self) -> bool {
        match self {
            Self::Booking(intent) => matches!(intent.result, None | Some(BookingResult::Unknown(_))),
            Self::Cancellation(intent) => matches!(intent.result, None | Some(CancelResult::Unknown(_))),
            Self::Delivery(intent) => matches!(intent.result, None | Some(DeliveryResult::Unknown(_))),
        }
    }

    /// The encounter that it belongs to.
    #[must_use]
    pub const fn encounter(&self) -> EncounterId {
        match self {
            Self::Booking(intent) => intent.order.encounter,
            Self::Cancellation(intent) => intent.order.encounter,
            Self::Delivery(intent) => intent.order.content.encounter.id,
        }
    }
}

/// What came of an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// Of a booking.
    Booking(BookingResult),
    /// Of a cancellation.
    Cancellation(CancelResult),
    /// Of a delivery.
    Delivery(DeliveryResult),
}

/// What is written with an intent, or with its result, in the same transaction.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Alongside {
    /// A booking that was confirmed.
    pub booking: Option<BookingRecord>,
    /// What a provider said of a booking.
    pub word: Option<(BookingId, ProviderWord)>,
    /// A rebooking that came to another step.
    pub rebook: Option<RebookRecord>,
    /// A referral that was made.
    pub referral: Option<ReferralRecord>,
    /// Something that happened to a referral.
    pub mark: Option<(DocumentId, ReferralMark)>,
    /// Something that was noted of a booking.
    pub note: Option<BookingNote>,
    /// The audit events.
    pub events: Vec<AuditEvent>,
}

impl Alongside {
    /// Audit events alone.
    #[must_use]
    pub fn events(events: Vec<AuditEvent>) -> Self {
        Self { events, ..Self::default() }
    }
}

/// A rebooking in this desk's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RebookRecord {
    /// Id.
    pub id: RebookId,
    /// The encounter in which it is done.
    pub encounter: EncounterId,
    /// The booking that is to be replaced.
    pub original: KnownBooking,
    /// Where it stands.
    pub state: RebookState,
    /// Since when (UTC).
    pub since: DateTime<Utc>,
    /// How many steps it has come: two desks never take the same one.
    pub step: u32,
}

/// A booking that the desk knows where to find, whoever made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KnownBooking {
    /// Absolute URL at its provider, without a version.
    pub url: String,
    /// The provider's id of it.
    pub appointment_id: String,
    /// The provider.
    pub provider: ProviderAddress,
    /// The booking in this desk's record, where this desk made it.
    pub booking: Option<BookingId>,
    /// The service, where it is known.
    pub service: Option<Service>,
    /// Start (UTC), where it is known.
    pub start: Option<DateTime<Utc>>,
    /// Where it was booked to take place, as this desk's record has it.
    #[serde(default)]
    pub place: Option<Place>,
    /// The patient that it is looked at for.
    pub patient: Patient,
}

/// A referral in this desk's record: made once, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReferralRecord {
    /// What its document is made of.
    pub content: ReferralContent,
    /// Leave to refer.
    pub permit: ReferralPermit,
    /// How it goes.
    pub route: Route,
    /// What happened to it since, oldest first.
    #[serde(skip)]
    pub marks: Vec<ReferralMark>,
}

impl ReferralRecord {
    /// Whether its booking was cancelled: it is no referral any more (CA-5).
    #[must_use]
    pub fn is_decoupled(&self) -> bool {
        self.marks.iter().any(|mark| matches!(mark.what, ReferralMarked::Decoupled { .. }))
    }

    /// Whether a person sent it another way.
    #[must_use]
    pub fn is_sent_by_hand(&self) -> bool {
        self.marks.iter().any(|mark| matches!(mark.what, ReferralMarked::SentByHand { .. }))
    }

    /// Whether the provider was told that it is none any more.
    #[must_use]
    pub fn is_told(&self) -> bool {
        self.marks.iter().any(|mark| matches!(mark.what, ReferralMarked::ProviderTold { .. }))
    }
}

/// Something that happened to a referral.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReferralMark {
    /// When (UTC).
    pub at: DateTime<Utc>,
    /// Who did it.
    pub by: UserId,
    /// Their name as shown, as it was then.
    pub by_name: String,
    /// What.
    pub what: ReferralMarked,
}

/// What happened to a referral.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "what", rename_all_fields = "camelCase")]
pub enum ReferralMarked {
    /// It was sent another way, by hand.
    SentByHand {
        /// How, to whom, and what was said.
        note: Personal<String>,
    },
    /// Its booking was cancelled: it is no referral any more (CA-5).
    Decoupled {
        /// The booking.
        booking: BookingId,
        /// The version in which the provider holds the booking now.
        version: String,
    },
    /// The provider was told by telephone that it is none any more.
    ProviderTold {
        /// Who was told, and what was said.
        note: Personal<String>,
    },
}

/// Something that was noted of a booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BookingNote {
    /// The booking's absolute URL.
    pub url: String,
    /// When it was noted (UTC).
    pub at: DateTime<Utc>,
    /// Who noted it.
    pub by: UserId,
    /// Their name as shown, as it was then.
    pub by_name: String,
    /// What.
    pub what: Noted,
}

/// What was noted of a booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "what", rename_all_fields = "camelCase")]
pub enum Noted {
    /// The patient was told of a change (CA-6).
    PatientInformed {
        /// How.
        how: InformedHow,
        /// When (UTC).
        informed: DateTime<Utc>,
        /// What was said, or why they could not be reached.
        note: Personal<String>,
    },
    /// Whether the patient came.
    Attendance {
        /// Whether.
        attendance: Attendance,
        /// Who said so.
        note: Personal<String>,
    },
}

/// A booking in this desk's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingRecord {
    /// Id.
    pub id: BookingId,
    /// The intent that made it.
    pub intent: IntentId,
    /// The order.
    pub order: BookingOrder,
    /// What the provider last said.
    pub word: ProviderWord,
}

/// Bookings of a service within a window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookingsAt {
    /// Those whose details are there, earliest first.
    pub bookings: Vec<BookingRecord>,
    /// How many more there were whose details were removed, as their time to be kept was over.
    pub removed: usize,
}

/// The ledger of intents and what came of them: the one mechanism for everything that changes the outside world.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Writes intents, and what goes with them, in one transaction that is on disk when this returns.
    async fn begin(&self, intents: &[Intent], alongside: Alongside) -> Result<(), RecordFailure>;
    /// Writes the result of an intent, and what goes with it, in one transaction.
    /// [`RecordFailure::AlreadySettled`] where a result that settles it is there already.
    async fn finish(&self, intent: IntentId, result: &Settlement, alongside: Alongside) -> Result<(), RecordFailure>;
    /// Writes in one transaction what belongs to no intent.
    async fn note(&self, alongside: Alongside) -> Result<(), RecordFailure>;
    /// One intent.
    async fn intent(&self, id: IntentId) -> Result<Intent, RecordFailure>;
    /// Every intent without a result that settles it, oldest first.
    async fn unfinished(&self) -> Result<Vec<Intent>, RecordFailure>;
    /// Every intent of an encounter, newest first.
    async fn intents_in(&self, encounter: EncounterId) -> Result<Vec<Intent>, RecordFailure>;
    /// One rebooking.
    async fn rebook(&self, id: RebookId) -> Result<RebookRecord, RecordFailure>;
    /// Every rebooking that has not settled, oldest first.
    async fn open_rebooks(&self) -> Result<Vec<RebookRecord>, RecordFailure>;
    /// Rebookings of an encounter, newest first.
    async fn rebooks_in(&self, encounter: EncounterId) -> Result<Vec<RebookRecord>, RecordFailure>;
    /// One referral, with what happened to it.
    async fn referral(&self, document: DocumentId) -> Result<ReferralRecord, RecordFailure>;
    /// Referrals of an encounter, newest first.
    async fn referrals_in(&self, encounter: EncounterId) -> Result<Vec<ReferralRecord>, RecordFailure>;
    /// Referrals on which something is to be done by hand: to be sent, or the provider to be told; oldest first.
    async fn referrals_to_do(&self) -> Result<Vec<ReferralRecord>, RecordFailure>;
    /// The newest referral that is linked with a booking.
    async fn referral_of(&self, booking: BookingId) -> Result<Option<ReferralRecord>, RecordFailure>;
    /// What was noted of a booking, oldest first.
    async fn notes_on(&self, url: &str) -> Result<Vec<BookingNote>, RecordFailure>;
    /// Cancellations after which the booking does not stand, whoever ended it, and of which no patient was told yet,
    /// oldest first (CA-6).
    async fn patients_to_inform(&self) -> Result<Vec<CancelIntent>, RecordFailure>;
    /// Bookings that a provider was found to have called off before their time, that this desk did not cancel, and of
    /// which no patient was told since; earliest first (CA-6).
    async fn found_called_off(&self) -> Result<Vec<BookingRecord>, RecordFailure>;
    /// One booking.
    async fn booking(&self, id: BookingId) -> Result<BookingRecord, RecordFailure>;
    /// The booking that an intent made.
    async fn booking_of(&self, intent: IntentId) -> Result<BookingRecord, RecordFailure>;
    /// Bookings of an encounter, newest first.
    async fn bookings_in(&self, encounter: EncounterId) -> Result<Vec<BookingRecord>, RecordFailure>;
    /// Which of these encounters made a booking.
    async fn booked_among(&self, encounters: &[EncounterId]) -> Result<HashSet<EncounterId>, RecordFailure>;
    /// The newest bookings of the desk.
    async fn recent_bookings(&self, most: u32) -> Result<Vec<BookingRecord>, RecordFailure>;
    /// Bookings of a patient, newest slot first: by NHS number, or by family name and date of birth (RG-1).
    async fn bookings_for(&self, patient: &PatientSearch) -> Result<Vec<BookingRecord>, RecordFailure>;
    /// Bookings of a service whose slots start within a window (RB-7). [`RecordFailure::DetailsRemoved`] where the details
    /// of all of them were removed.
    async fn bookings_at(&self, service: &DosServiceId, window: SlotWindow) -> Result<BookingsAt, RecordFailure>;
    /// The booking with an absolute URL, where this desk made it.
    async fn booking_by_url(&self, url: &str) -> Result<Option<BookingRecord>, RecordFailure>;
}

/// By what a patient's bookings are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatientSearch {
    /// NHS number.
    NhsNumber(NhsNumber),
    /// Family name, in any letter case, and date of birth.
    NameAndBirth(Personal<String>, Personal<NaiveDate>),
}

/// Encounters on disk.
#[async_trait]
pub trait EncounterRecord: Send + Sync {
    /// Writes an encounter as it is now, with its audit event, in one transaction, under its next version.
    /// [`RecordFailure::AlreadySettled`] where it was ended, or changed since it was read.
    async fn save(&self, encounter: &Encounter, event: &AuditEvent) -> Result<(), RecordFailure>;
    /// Reads one.
    async fn load(&self, id: EncounterId) -> Result<Encounter, RecordFailure>;
    /// Those that have not ended, newest first.
    async fn open(&self, most: u32) -> Result<Vec<Encounter>, RecordFailure>;
}

/// One of the users with whom a record begins.
#[derive(Debug, Clone)]
pub struct FirstUser {
    /// The user.
    pub user: User,
    /// Their passphrase.
    pub passphrase: Personal<String>,
    /// The event that says that they were added.
    pub event: AuditEvent,
}

/// Users on disk. Passphrases are kept as Argon2id hashes and never leave the store.
#[async_trait]
pub trait UserRecord: Send + Sync {
    /// How many users there are.
    async fn count(&self) -> Result<u32, RecordFailure>;
    /// Adds a user, with the audit event, in one transaction. [`RecordFailure::AlreadySettled`] where the username is taken.
    async fn add(&self, user: &User, passphrase: &str, event: &AuditEvent) -> Result<(), RecordFailure>;
    /// Adds the first users, with their audit events, in one transaction. [`RecordFailure::AlreadySettled`] where there is
    /// any user already, also one that another program added at the same moment.
    async fn add_first(&self, users: &[FirstUser]) -> Result<(), RecordFailure>;
    /// The user, where the passphrase is theirs. Takes the same time for an unknown user as for a wrong passphrase.
    async fn check(&self, username: &Username, passphrase: &str) -> Result<Option<User>, RecordFailure>;
    /// Every user, by username.
    async fn all(&self) -> Result<Vec<User>, RecordFailure>;
    /// Changes a user, with the audit event, in one transaction; the passphrase stays where none is given.
    /// [`RecordFailure::NotFound`] where there is no such user, [`RecordFailure::AlreadySettled`] where no supervisor who
    /// can sign in would be left.
    async fn change(&self, user: &User, passphrase: Option<&str>, event: &AuditEvent) -> Result<(), RecordFailure>;
    /// One user.
    async fn user(&self, id: UserId) -> Result<User, RecordFailure>;
}

/// Which part of the audit record to read, a window at a time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Which part.
    pub filter: AuditFilter,
    /// Only what stands before this number: the last of the window before.
    pub before: Option<u64>,
    /// At most so many, newest first.
    pub most: u32,
}

/// A window of the audit record.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditPage {
    /// The events, newest first.
    pub events: Vec<RecordedEvent>,
    /// What the next window's `before` is; none where there is nothing older.
    pub older: Option<u64>,
}

/// How many events a filter leaves in. Counting stops where nobody reads on by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditCount {
    /// So many.
    Exactly(u64),
    /// More than so many.
    MoreThan(u64),
}

/// An event as it stands in the record.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedEvent {
    /// Its number: the order of the record, whatever the clocks said.
    pub number: u64,
    /// The event, where it can be read.
    pub event: Result<AuditEvent, UnreadableEvent>,
    /// The encounter's patient at that time.
    pub patient: Option<PatientReference>,
    /// Whether it had a personal part that was removed.
    pub personal_removed: bool,
    /// Its hash.
    pub hash: Hash,
}

impl RecordedEvent {
    /// When it was (UTC), as far as that can be read.
    #[must_use]
    pub fn at(&self) -> Option<DateTime<Utc>> {
        match &self.event {
            Ok(event) => Some(event.at),
            Err(beside) => beside.at,
        }
    }
}

/// What stands beside an event that cannot be read, because something other than the desk wrote to the record's file, or a
/// later version did. Whoever changed the event may have changed this, too: verifying says where the chain breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableEvent {
    /// When (UTC).
    pub at: Option<DateTime<Utc>>,
    /// Its kind, as it stands there.
    pub kind: String,
    /// Who, by username.
    pub username: Option<String>,
    /// The encounter.
    pub encounter: Option<EncounterId>,
}

/// What a check of the chain found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainCheck {
    /// The last event that holds.
    pub head: Head,
    /// How many seals it was held against, each holding.
    pub seals: u64,
    /// Of how many events the personal part was removed, as recorded.
    pub personal_removed: u64,
    /// The first event that does not hold; none where all do.
    pub fault: Option<Fault>,
}

/// What was written to files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditExport {
    /// The filter.
    pub filter: AuditFilter,
    /// How many events.
    pub events: u64,
    /// How many of them cannot be read; the files have them as they stand in the record.
    pub unreadable: u64,
    /// The head of the chain at the moment that the files show.
    pub head: Head,
    /// The files.
    pub files: Vec<ExportedFile>,
}

/// A file of an export, or of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportedFile {
    /// Its name.
    pub name: String,
    /// How long it is.
    pub bytes: u64,
    /// SHA-256 of its content.
    pub sha256: Hash,
}

/// Why an export was not made. Nothing of it is left then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportFailure {
    /// The folder has such files already; they stay as they are.
    #[error("the folder holds an export already")]
    ThereAlready,
    /// There is no room for it.
    #[error("the disk is full")]
    DiskFull,
    /// The folder cannot be made, or not be written to.
    #[error("the folder cannot be written to")]
    NotWritable,
    /// The record failed.
    #[error(transparent)]
    Record(#[from] RecordFailure),
}

/// How far a walk along the whole record is, and the way to stop it. Shared by whoever walks and whoever waits.
#[derive(Debug, Default)]
pub struct LongWalk {
    done: AtomicU64,
    of: AtomicU64,
    stopped: AtomicBool,
}

impl LongWalk {
    /// Says how many events there are to walk along.
    pub fn begin(&self, of: u64) {
        self.of.store(of, Ordering::Relaxed);
    }

    /// Says that one more event lies behind; false where it is to be stopped.
    pub fn step(&self) -> bool {
        self.done.fetch_add(1, Ordering::Relaxed);
        !self.is_stopped()
    }

    /// How many events lie behind, of how many; of none while it is not known.
    #[must_use]
    pub fn so_far(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.of.load(Ordering::Relaxed))
    }

    /// Asks for it to be stopped; it stops at the next event.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether that was asked for.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

/// Whose exchanges with other systems are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExchangesSought {
    /// Of an encounter.
    Encounter(EncounterId),
    /// Of these requests.
    Requests(Vec<RequestId>),
}

/// The audit record: append-only, and a chain of hashes.
#[async_trait]
pub trait AuditTrail: Send + Sync {
    /// Appends an event; it is on disk when this returns.
    async fn append(&self, event: &AuditEvent) -> Result<(), RecordFailure>;
    /// Reads a window, newest first.
    async fn read(&self, query: &AuditQuery) -> Result<AuditPage, RecordFailure>;
    /// The events of an encounter, at most so many, oldest first.
    async fn timeline(&self, encounter: EncounterId, most: u32) -> Result<Vec<RecordedEvent>, RecordFailure>;
    /// How many events a filter leaves in, as far as anybody reads on by hand.
    async fn how_many(&self, filter: &AuditFilter) -> Result<AuditCount, RecordFailure>;
    /// How many events a filter leaves in that stand after a number, without the readings of this record by a user.
    async fn newer(
        &self,
        filter: &AuditFilter,
        after: u64,
        but_readings_by: &Username,
    ) -> Result<AuditCount, RecordFailure>;
    /// Exchanges with other systems, in the order in which they were recorded; at most some thousands.
    async fn exchanges(&self, sought: ExchangesSought) -> Result<Vec<Exchange>, RecordFailure>;
    /// Walks along the whole chain, and holds it against these seals; none where it was stopped.
    async fn verify(&self, seals: Vec<Seal>, walk: &Arc<LongWalk>) -> Result<Option<ChainCheck>, RecordFailure>;
    /// The seals that this desk keeps, oldest first.
    async fn seals(&self) -> Result<Vec<Seal>, RecordFailure>;
    /// The file that they are in.
    fn seals_file(&self) -> PathBuf;
    /// Seals the chain's head as it is now, in the file of seals.
    async fn seal(&self, day: NaiveDate) -> Result<Seal, RecordFailure>;
    /// Writes events, oldest first, to files in a folder that has none of them, with a manifest. Where it was stopped,
    /// nothing is left, and nothing is given.
    async fn export(
        &self,
        filter: &AuditFilter,
        folder: &Path,
        walk: &Arc<LongWalk>,
    ) -> Result<Option<AuditExport>, ExportFailure>;
}

/// What a copy of the record is to be, and where (NF-5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupOrder {
    /// The folder in which the copies are; each is a folder of its own within it.
    pub folder: PathBuf,
    /// The desk whose record it is.
    pub desk: Workplace,
    /// Whether the record is a demonstration's.
    pub demonstration: bool,
    /// Whether the desk makes it by itself.
    pub automatic: bool,
    /// The version of the application.
    pub version: String,
}

/// What a copy of the record is, as the manifest beside it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BackupManifest {
    /// The format of this manifest.
    pub format: u32,
    /// When it was made (UTC).
    pub made: DateTime<Utc>,
    /// By which version of the application.
    pub version: String,
    /// The desk whose record it is.
    pub desk: Workplace,
    /// Whether the record is a demonstration's.
    pub demonstration: bool,
    /// Whether the desk made it by itself.
    pub automatic: bool,
    /// The key that it is under.
    pub key: RecordKeyId,
    /// The head of the chain in it.
    pub head: Head,
    /// The first event in it that does not hold; none where all do.
    pub fault: Option<Fault>,
    /// How many rows each of its tables has.
    pub rows: BTreeMap<String, u64>,
    /// Its files.
    pub files: Vec<ExportedFile>,
}

/// A copy of the record: written, read again, and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Its folder.
    pub folder: PathBuf,
    /// What it is.
    pub manifest: BackupManifest,
}

impl Backup {
    /// Its name: that of its folder.
    #[must_use]
    pub fn name(&self) -> String {
        self.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

/// Copies of the record, made while it is in use.
#[async_trait]
pub trait RecordKeeper: Send + Sync {
    /// Makes a copy of the record as it is at this moment, under the record's own key, and verifies it. Nothing is written
    /// over, and what is not whole does not stay.
    async fn back_up(&self, order: &BackupOrder) -> Result<Backup, RecordFailure>;
    /// The copies in a folder that this desk made, as their manifests say, newest first. None where there is no such folder.
    async fn backups(&self, order: &BackupOrder) -> Result<Vec<Backup>, RecordFailure>;
    /// Removes a copy.
    async fn remove_backup(&self, backup: &Backup) -> Result<(), RecordFailure>;
}

/// One exchange with a national system, for the record: ids, codes and durations, no content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exchange {
    /// When it began (UTC).
    pub at: DateTime<Utc>,
    /// Which system: `DoS`, `SDS`, `provider`.
    pub system: String,
    /// Which operation: `CheckCapacitySummary`, `search slots`, `book`.
    pub operation: String,
    /// The encounter, where it belongs to one.
    pub encounter: Option<EncounterId>,
    /// The service, where it is about one.
    pub service: Option<DosServiceId>,
    /// X-Request-ID; of the Spine directory, that of the request which the address was for.
    pub request: Option<RequestId>,
    /// The search that it belongs to, of the directory of services.
    #[serde(default)]
    pub search: Option<SearchId>,
    /// Ssp-TraceID.
    pub trace: Option<TraceId>,
    /// X-Correlation-ID as it came back; of the directory of services, the id that it gave the search.
    pub correlation: Option<String>,
    /// The other side's own X-Request-ID, where it gave one.
    #[serde(default)]
    pub their_request: Option<String>,
    /// By how many seconds our clock is ahead of theirs (behind, where negative), where they are apart.
    #[serde(default)]
    pub clock_ahead: Option<i64>,
    /// Status of the answer; none where none came.
    pub status: Option<u16>,
    /// Why it failed, in the field's words; none where it did not.
    pub failure: Option<String>,
    /// How long it took.
    pub took: Duration,
}

/// Where exchanges are recorded. A failure to record one is logged and fails nothing.
pub trait ExchangeLog: Send + Sync {
    /// Records an exchange without waiting for the disk.
    fn record(&self, exchange: Exchange);
}
