//! Referring a patient to a service: the booking-only gate (BO-1 to BO-5), which endpoint a referral goes to, and the state
//! machine of one delivery.
//!
//! ```text
//! Sending ──Sent(accepted)──────────────▶ Settled(Accepted)
//!  ▲  │ ├──Sent(refused)────────────────▶ Settled(NotAccepted)
//!  │  │ └──Sent(busy, lost), tries left──▶ Pausing, else Settled(NotAccepted | Unknown)
//!  │PauseOver                              │
//!  └───────────────────────────────────────┴──StopAsked──▶ Settled(NotAccepted | Unknown)
//! ```
//!
//! The intent of every delivery is written in the transaction that makes the referral, before the first one is sent.
//!
//! A receiver knows a delivery by its tracking id and its document's id: sending the same again after an answer was lost is
//! safe, and is what the specification asks for.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::booking::{AppointmentStatus, LONGEST_PAUSE_SECONDS, MAX_RETRIES};
use crate::failure::CertificateFault;
use crate::id::{BookingId, DosServiceId, EncounterId, IntentId};
use crate::personal::Personal;
use crate::service::{Service, ServiceEndpoint};

/// The encounter's booking at the service that the patient is to be referred to, as far as the desk knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookedThere {
    /// None was made.
    None,
    /// An order is out of which it is not known whether it was booked.
    NotKnown(IntentId),
    /// One was made; its status as the provider last said.
    Made(BookingId, AppointmentStatus),
    /// A person settled by hand that the provider holds one: without the provider's URL there is nothing to link.
    ByHand(IntentId),
}

/// Leave to refer one encounter's patient to one service, which only [`referral_permit`] gives (BO-2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReferralPermit {
    encounter: EncounterId,
    service: DosServiceId,
    booking: Option<BookingId>,
    booking_required: bool,
}

impl ReferralPermit {
    /// Whether it is for this.
    #[must_use]
    pub fn is_for(&self, encounter: EncounterId, service: &DosServiceId) -> bool {
        self.encounter == encounter && self.service == *service
    }

    /// The booking that the referral is linked with; none where it goes without one.
    #[must_use]
    pub const fn booking(&self) -> Option<BookingId> {
        self.booking
    }

    /// Whether the service sees nobody without a booking.
    #[must_use]
    pub const fn booking_required(&self) -> bool {
        self.booking_required
    }
}

/// Why there is no leave to refer.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    thiserror::Error,
    strum::VariantNames,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "camelCase")]
pub enum ReferralRefusal {
    /// The service sees nobody without a booking, and there is none (BO-1).
    #[error("the service requires a booking, and there is none")]
    BookingRequired,
    /// The service sees nobody without a booking, and that booking does not stand any more (BO-3).
    #[error("the service requires a booking, and the one that was made does not stand any more")]
    BookingGone,
    /// It is not known whether the slot was booked; a referral would be linked with something that may not be there.
    #[error("it is not known whether the slot was booked")]
    BookingNotKnown,
}

/// The booking-only gate. Present and true alone blocks; an absent or false attribute lets a referral go without a booking.
///
/// # Errors
/// [`ReferralRefusal`].
pub fn referral_permit(
    encounter: EncounterId,
    service: &Service,
    booked: &BookedThere,
) -> Result<ReferralPermit, ReferralRefusal> {
    let booking_required = service.requires_booking();
    let permit = |booking| ReferralPermit { encounter, service: service.id.clone(), booking, booking_required };
    match booked {
        BookedThere::Made(booking, status) if status.stands() => Ok(permit(Some(*booking))),
        BookedThere::NotKnown(_) => Err(ReferralRefusal::BookingNotKnown),
        BookedThere::ByHand(_) => Ok(permit(None)),
        BookedThere::Made(..) if booking_required => Err(ReferralRefusal::BookingGone),
        BookedThere::None if booking_required => Err(ReferralRefusal::BookingRequired),
        BookedThere::Made(..) | BookedThere::None => Ok(permit(None)),
    }
}

/// Where a referral goes, as the service's endpoints say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Route {
    /// Over ITK: to the first primary endpoint, and then to every copy.
    Itk {
        /// To act on.
        primary: ServiceEndpoint,
        /// For information, in the directory's order.
        copies: Vec<ServiceEndpoint>,
    },
    /// By secure mail, by hand.
    Email(ServiceEndpoint),
    /// By telephone.
    Telephone(ServiceEndpoint),
    /// The directory names no way.
    None,
}

impl Service {
    /// How a referral reaches the service: the first primary endpoint over ITK or by mail, in the directory's order.
    #[must_use]
    pub fn referral_route(&self) -> Route {
        let is = |text: &str, word: &str| text.trim().eq_ignore_ascii_case(word);
        let mut endpoints: Vec<&ServiceEndpoint> = self.endpoints.iter().collect();
        endpoints.sort_by_key(|endpoint| endpoint.order);
        let primary = |transport: &str| {
            endpoints.iter().find(|e| is(&e.transport, transport) && is(&e.business_scenario, "Primary")).copied()
        };
        let chosen = endpoints
            .iter()
            .find(|e| is(&e.business_scenario, "Primary") && (is(&e.transport, "itk") || is(&e.transport, "email")));
        match chosen {
            Some(endpoint) if is(&endpoint.transport, "itk") => {
                let copies = endpoints.iter().filter(|e| is(&e.transport, "itk") && is(&e.business_scenario, "Copy"));
                Route::Itk { primary: (*endpoint).clone(), copies: copies.map(|e| (*e).clone()).collect() }
            }
            Some(endpoint) => Route::Email((*endpoint).clone()),
            None => primary("telno").map_or(Route::None, |endpoint| Route::Telephone(endpoint.clone())),
        }
    }
}

/// What keeps a referral's document from being written; nothing may be sent then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, strum::EnumIter, strum::IntoStaticStr)]
pub enum ReferralGap {
    /// What the patient presents with was not taken down.
    #[error("what the patient presents with is not recorded")]
    PresentingComplaint,
    /// There is no clinical summary.
    #[error("there is no clinical summary")]
    ClinicalSummary,
    /// Nobody recorded that the service may be told.
    #[error("the consent to sharing is not recorded")]
    Consent,
    /// The patient has no name.
    #[error("the patient's name is not recorded")]
    PatientName,
    /// Whoever signs it has no name.
    #[error("the name of the person signed in is not recorded")]
    AuthorName,
    /// The outcome has a local code, which no receiver knows.
    #[error("the outcome has no code of NHS Pathways")]
    OutcomeCode,
    /// The directory does not say which organisation the service is of.
    #[error("the directory names no organisation for the service")]
    Organisation,
    /// The directory's address of the receiver is none, or not a safe one.
    #[error("the directory names no safe address for referrals to the service")]
    Address,
    /// The directory does not say for what the receiver is to take it.
    #[error("the directory does not say which interaction the service takes")]
    Interaction,
    /// The booking's URL is relative, or none of an appointment.
    #[error("the provider gave no address of the booking that others can find")]
    BookingAddress,
    /// The booking's URL is not encrypted.
    #[error("the address of the booking is not a safe one")]
    BookingNotEncrypted,
    /// The booking's URL names one version of it.
    #[error("the address of the booking names one version of it alone")]
    BookingVersion,
    /// The document cannot be written, whatever is added.
    #[error("the document cannot be written")]
    Unwritable,
}

/// Why a delivery was not accepted, or is not known to be.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error, strum::VariantNames, strum::IntoStaticStr,
)]
#[serde(rename_all = "camelCase")]
pub enum DeliveryFailure {
    /// It never left: no connection could be made.
    #[error("the receiver cannot be reached")]
    NotSent,
    /// It never left: the connection is not safe.
    #[error("the connection to the receiver is not safe: {0}")]
    NotSafe(CertificateFault),
    /// It left, and no whole answer came.
    #[error("no answer came from the receiver in time")]
    Lost,
    /// The receiver is too busy, or failed in a way that it says may pass (2100).
    #[error("the receiver cannot take the referral now")]
    Busy,
    /// The receiver is too busy, and asks to come back after so many seconds.
    #[error("the receiver cannot take the referral for {0} seconds")]
    BusyFor(u32),
    /// The receiver does not let this organisation in (3000, 401, 403).
    #[error("the receiver does not permit it")]
    Forbidden,
    /// The receiver says that the message is not valid (1000).
    #[error("the receiver says that the message is not valid")]
    Invalid,
    /// The receiver failed, and says that sending it again does not help (2200).
    #[error("the receiver failed")]
    Failed,
    /// The answer could not be understood. Unknown what was done.
    #[error("the receiver's answer could not be understood")]
    Malformed,
}

/// What came of one sending of a referral.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The receiver took it; the text of its answer, for the record.
    Accepted(String),
    /// Anything else.
    Failed(DeliveryFailure),
}

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "result", content = "detail")]
pub enum DeliveryResult {
    /// The receiver took it. What it said, for the record.
    Accepted(String),
    /// It certainly did not.
    NotAccepted(DeliveryFailure),
    /// Not known: unfinished work.
    Unknown(DeliveryFailure),
    /// A person asked the receiver, or sent it another way, and settled it.
    SettledByHand {
        /// Whether the receiver has it.
        received: bool,
        /// Who said so and how, in the user's words.
        reason: Personal<String>,
    },
}

impl DeliveryResult {
    /// Whether nothing is left to do or to find out. A referral that was not accepted is unfinished work as well: the
    /// receiving clinician does not have it.
    #[must_use]
    pub const fn settles(&self) -> bool {
        match self {
            Self::Accepted(_) | Self::SettledByHand { .. } => true,
            Self::NotAccepted(_) | Self::Unknown(_) => false,
        }
    }

    /// A word for the record.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Accepted(_) => "accepted",
            Self::NotAccepted(_) => "notAccepted",
            Self::Unknown(_) => "unknown",
            Self::SettledByHand { .. } => "settledByHand",
        }
    }
}

/// Where a delivery stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryState {
    /// The message is out, for the so-manieth time; whether one is unaccounted for.
    Sending {
        /// From 1.
        tries: u32,
        /// Whether an earlier sending is unaccounted for.
        in_doubt: bool,
    },
    /// Waiting before it is sent again, because of this failure.
    Pausing {
        /// How many times it was sent.
        tries: u32,
        /// Whether a sending is unaccounted for.
        in_doubt: bool,
        /// Why.
        failure: DeliveryFailure,
    },
    /// Over.
    Settled(DeliveryResult),
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryEvent {
    /// A sending came to something.
    Sent(Sent),
    /// The pause is over.
    PauseOver,
    /// The user does not want it sent again.
    StopAsked,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryEffect {
    /// Send the message.
    Send,
    /// Wait.
    Pause(Duration),
    /// Write the result to disk.
    StoreResult(DeliveryResult),
}

/// An event that cannot happen in a state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a delivery cannot go from {state:?} by {event:?}")]
pub struct ImpossibleDelivery {
    /// The state.
    pub state: DeliveryState,
    /// The event.
    pub event: DeliveryEvent,
}

/// A new delivery whose intent is on disk, and what to do first.
#[must_use]
pub const fn begun() -> (DeliveryState, DeliveryEffect) {
    (DeliveryState::Sending { tries: 1, in_doubt: false }, DeliveryEffect::Send)
}

/// A delivery without a good result that a user orders to be sent again, under its own tracking id.
#[must_use]
pub const fn send_again() -> (DeliveryState, DeliveryEffect) {
    (DeliveryState::Sending { tries: 1, in_doubt: true }, DeliveryEffect::Send)
}

/// The transition.
///
/// # Errors
/// [`ImpossibleDelivery`] where the event cannot happen in the state; nothing is to be done then.
pub fn step(
    state: DeliveryState,
    event: DeliveryEvent,
) -> Result<(DeliveryState, Option<DeliveryEffect>), Box<ImpossibleDelivery>> {
    use DeliveryEvent as E;
    use DeliveryState as S;
    Ok(match (state, event) {
        (S::Sending { .. }, E::Sent(Sent::Accepted(said))) => settle(DeliveryResult::Accepted(said)),
        (S::Sending { tries, in_doubt }, E::Sent(Sent::Failed(failure))) => after_failure(tries, in_doubt, failure),
        (S::Pausing { tries, in_doubt, .. }, E::PauseOver) => {
            (S::Sending { tries: tries + 1, in_doubt }, Some(DeliveryEffect::Send))
        }
        (S::Pausing { in_doubt, failure, .. }, E::StopAsked) => settle(ended(in_doubt, failure)),
        (
            state @ (S::Sending { .. } | S::Pausing { .. } | S::Settled(_)),
            event @ (E::Sent(_) | E::PauseOver | E::StopAsked),
        ) => return Err(Box::new(ImpossibleDelivery { state, event })),
    })
}

type Next = (DeliveryState, Option<DeliveryEffect>);

fn after_failure(tries: u32, in_doubt: bool, failure: DeliveryFailure) -> Next {
    let in_doubt = in_doubt || matches!(failure, DeliveryFailure::Lost | DeliveryFailure::Malformed);
    let own = Duration::from_millis(500) * 2u32.pow(tries.min(MAX_RETRIES).saturating_sub(1));
    let pause = match &failure {
        DeliveryFailure::NotSent | DeliveryFailure::Lost | DeliveryFailure::Busy => Some(own),
        DeliveryFailure::BusyFor(seconds) if *seconds <= LONGEST_PAUSE_SECONDS => {
            Some(own.max(Duration::from_secs((*seconds).into())))
        }
        DeliveryFailure::BusyFor(_)
        | DeliveryFailure::NotSafe(_)
        | DeliveryFailure::Forbidden
        | DeliveryFailure::Invalid
        | DeliveryFailure::Failed
        | DeliveryFailure::Malformed => None,
    };
    match pause {
        Some(pause) if tries <= MAX_RETRIES => {
            (DeliveryState::Pausing { tries, in_doubt, failure }, Some(DeliveryEffect::Pause(pause)))
        }
        Some(_) | None => settle(ended(in_doubt, failure)),
    }
}

fn ended(in_doubt: bool, failure: DeliveryFailure) -> DeliveryResult {
    if in_doubt { DeliveryResult::Unknown(failure) } else { DeliveryResult::NotAccepted(failure) }
}

fn settle(result: DeliveryResult) -> Next {
    (DeliveryState::Settled(result.clone()), Some(DeliveryEffect::StoreResult(result)))
}
