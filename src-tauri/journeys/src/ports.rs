//! The ports: what the journeys need of the world, in the field's words. Adapters implement them; nothing here says how.

mod audit;
mod directories;
mod exchanges;
mod keeping;
mod ledger;
mod people;
mod provider;
mod referrals;

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use audit::{
    AuditCount, AuditExport, AuditPage, AuditQuery, AuditTrail, ChainCheck, ExchangesSought, ExportFailure,
    ExportedFile, LongWalk, RecordedEvent, UnreadableEvent,
};
pub use directories::{ClinicalCase, EndpointDirectory, ProviderAddress, ServiceAnswer, ServiceDirectory};
pub use exchanges::{Exchange, ExchangeLog};
pub use keeping::{Backup, BackupManifest, BackupOrder, RecordKeeper};
pub use ledger::{
    Alongside, BookingIntent, BookingNote, BookingRecord, BookingsAt, CancelIntent, DeliveryIntent, Intent, IntentOf,
    KnownBooking, Ledger, Noted, RebookRecord, ReferralMark, ReferralMarked, ReferralRecord, Settlement,
};
pub use people::{EncounterRecord, FirstUser, PatientSearch, UserRecord};
pub use provider::{
    AppointmentRegistry, Asking, BookingOrder, BookingProvider, CancelOrder, FoundBookings, InvalidOrder,
    LookUpFailure, RegistryEntry,
};
pub use referrals::{IncompleteReferral, LinkedBooking, ReferralContent, ReferralOrder, ReferralSender};

/// The time, and new ids: the only source of either in the journeys.
pub trait Clock: Send + Sync {
    /// Now (UTC).
    fn now(&self) -> DateTime<Utc>;
    /// A new random id.
    fn new_id(&self) -> Uuid;
}
