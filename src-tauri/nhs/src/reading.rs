//! The readers of what others send, without the sending: for benchmarks and fuzzing. No bytes make any of them panic, and
//! what they give is what the ports give.

use chrono::{DateTime, Utc};
use desk_domain::cancel::WholeAppointment;
use desk_domain::failure::{DirectoryFailure, EndpointFailure, ProviderFailure};
use desk_domain::id::Asid;
use desk_domain::referral::Sent;
use desk_domain::service::BookingConnection;
use desk_domain::slot::FreeSlots;
use desk_journeys::ports::{InvalidOrder, ServiceAnswer};
use http::header::HeaderMap;

use crate::address::Root;
use crate::fhir::{bundle, held, refusal, slots, unchanged};
use crate::transport::Answer;
use crate::{dos, itk, sds};

/// The free slots of a one-page answer (SL-4).
///
/// # Errors
/// [`ProviderFailure::Malformed`] where it is no Bundle.
pub fn free_slots(body: &[u8], now: DateTime<Utc>) -> Result<FreeSlots, ProviderFailure> {
    let mut resources = bundle::Resources::default();
    resources.add(bundle::Page::read(body)?);
    Ok(slots::free_slots(resources, now))
}

/// The services of a DoS answer (DI-1).
///
/// # Errors
/// What its fault says, or [`DirectoryFailure::Malformed`].
pub fn services(status: u16, body: &[u8]) -> Result<ServiceAnswer, DirectoryFailure> {
    dos::answer::body(status, body).and_then(|element| dos::answer::services(&element))
}

/// What a provider's answer means that is no success (ER-1).
#[must_use]
pub fn failure(status: u16, body: &[u8]) -> ProviderFailure {
    refusal::classify(&Answer { status, headers: HeaderMap::new(), body: body.to_vec(), clock_ahead: 0 })
}

/// What a receiver's answer makes of a referral (BK-6).
#[must_use]
pub fn delivery(status: u16, body: &[u8]) -> Sent {
    itk::answer::read(&Answer { status, headers: HeaderMap::new(), body: body.to_vec(), clock_ahead: 0 }).sent
}

/// The absolute URL without a version, and the version, that a `Location` names (BK-3).
#[must_use]
pub fn location(root: &str, location: &str) -> Option<(String, Option<String>)> {
    held::split_location(&Root::new(root).absolute(location))
}

/// A booking whole, as a provider at a root answers a read of it (CA-2).
///
/// # Errors
/// [`ProviderFailure::Malformed`] where it is not that booking.
pub fn booking(root: &str, appointment_id: &str, body: &[u8]) -> Result<WholeAppointment, ProviderFailure> {
    let answer = Answer { status: 200, headers: HeaderMap::new(), body: body.to_vec(), clock_ahead: 0 };
    held::read(&answer, &Root::new(root), appointment_id)
}

/// An appointment's text with its status `cancelled` and not a byte changed beside it (CA-3).
///
/// # Errors
/// Why it cannot be written back so.
pub fn cancelled(content: &str) -> Result<String, InvalidOrder> {
    unchanged::with_status_cancelled(content)
}

/// What two directory queries make of messages that answer both at once (BER, RFC 4511): party key and address (DI-6).
///
/// # Errors
/// Which of DI-7's failures it is.
pub fn directory(messages: &[u8], asid: &Asid) -> Result<(String, String), EndpointFailure> {
    sds::read_messages(messages, &BookingConnection::System(asid.clone()))
}
