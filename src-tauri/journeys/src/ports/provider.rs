//! Providers: their slots, and the bookings that are made, read, listed and cancelled there; and the registry of all providers.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use desk_domain::booking::{AppointmentStatus, Held, HeldBooking, Posted};
use desk_domain::cancel::{Put, WholeAppointment};
use desk_domain::failure::ProviderFailure;
use desk_domain::gate::BookingPermit;
use desk_domain::id::{
    BookingId, DispositionCode, DocumentId, DosServiceId, EncounterId, NhsNumber, OutcomeId, RebookId, RequestId,
};
use desk_domain::patient::Patient;
use desk_domain::personal::Personal;
use desk_domain::service::Service;
use desk_domain::slot::{FreeSlots, Slot, SlotWindow};
use desk_domain::user::User;
use serde::{Deserialize, Serialize};

use super::ProviderAddress;

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
