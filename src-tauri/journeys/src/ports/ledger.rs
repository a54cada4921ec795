//! The ledger: what is to change the outside world, on disk before it does, and what came of it.

use std::collections::HashSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use desk_domain::audit::AuditEvent;
use desk_domain::booking::{BookingResult, ProviderWord};
use desk_domain::cancel::{Attendance, CancelResult, InformedHow};
use desk_domain::failure::RecordFailure;
use desk_domain::id::{BookingId, DocumentId, DosServiceId, EncounterId, IntentId, RebookId, UserId};
use desk_domain::patient::Patient;
use desk_domain::personal::Personal;
use desk_domain::rebook::RebookState;
use desk_domain::referral::{DeliveryResult, ReferralPermit};
use desk_domain::route::Route;
use desk_domain::service::Service;
use desk_domain::slot::{Place, SlotWindow};
use serde::{Deserialize, Serialize};

use super::{BookingOrder, CancelOrder, PatientSearch, ProviderAddress, ReferralContent, ReferralOrder};

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
