//! Referring a patient to a service: the booking-only gate (BO-1 to BO-5), and the state machine of one delivery.
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
use crate::service::Service;

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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::service::tests::service;

    fn encounter() -> EncounterId {
        EncounterId(Uuid::from_u128(1))
    }

    #[test]
    fn bo_1_the_gate_is_closed_by_the_attribute_present_and_true_alone_and_opened_by_a_booking_that_stands() {
        // Absent, false, empty, another word, another attribute: none of them asks for a booking.
        let open: [&[(&str, &str)]; 9] = [
            &[],
            &[("requirebooking", "false")],
            &[("requirebooking", "FALSE")],
            &[("requirebooking", "")],
            &[("requirebooking", "no")],
            &[("requirebooking", "unknown")],
            &[("REQUIRESAPPOINTMENT", "N")],
            &[("requirebookings", "true")],
            &[("somethingelse", "true")],
        ];
        let closed: [&[(&str, &str)]; 6] = [
            &[("requirebooking", "true")],
            &[("RequireBooking", "TRUE")],
            &[(" requirebooking ", " True ")],
            &[("REQUIREBOOKING", "tRuE")],
            &[("requiresappointment", "y")],
            &[("requirebooking", "false"), ("REQUIRESAPPOINTMENT", "Y")],
        ];
        let (booking, intent) = (BookingId(Uuid::from_u128(2)), IntentId(Uuid::from_u128(3)));
        let statuses = [
            (AppointmentStatus::Proposed, true),
            (AppointmentStatus::Pending, true),
            (AppointmentStatus::Booked, true),
            (AppointmentStatus::Arrived, true),
            (AppointmentStatus::Fulfilled, true),
            (AppointmentStatus::Cancelled, false),
            (AppointmentStatus::NoShow, false),
            (AppointmentStatus::EnteredInError, false),
            (AppointmentStatus::Other("waitlist".to_owned()), false),
        ];
        let attributes = open.map(|of| (of, false)).into_iter().chain(closed.map(|of| (of, true)));
        for (attributes, required) in attributes {
            let service = service(attributes, &[]);
            let leave = |booked| {
                let permit = referral_permit(encounter(), &service, &booked)?;
                assert!(permit.is_for(encounter(), &service.id), "{attributes:?}: for this encounter and service");
                assert!(!permit.is_for(EncounterId(Uuid::from_u128(9)), &service.id), "{attributes:?}: no other");
                assert_eq!(permit.booking_required(), required, "{attributes:?}: BO-2, what the service requires");
                Ok(permit.booking())
            };
            let without = |refusal| if required { Err(refusal) } else { Ok(None) };
            assert_eq!(leave(BookedThere::None), without(ReferralRefusal::BookingRequired), "{attributes:?}: none");
            for (status, stands) in &statuses {
                let expected = if *stands { Ok(Some(booking)) } else { without(ReferralRefusal::BookingGone) };
                let leave = leave(BookedThere::Made(booking, status.clone()));
                assert_eq!(leave, expected, "BO-3, {attributes:?}: {status:?}");
            }
            // In doubt nobody is referred, whatever the service requires: there may be a booking to link with.
            let doubt = leave(BookedThere::NotKnown(intent));
            assert_eq!(doubt, Err(ReferralRefusal::BookingNotKnown), "{attributes:?}: not known");
            assert_eq!(leave(BookedThere::ByHand(intent)), Ok(None), "{attributes:?}: held, and nothing to link");
        }
    }

    /// A receiver, and what became of the messages.
    #[derive(Debug, Clone, Copy)]
    struct Receiver {
        has_it: bool,
        /// Whether one was given up that may arrive still.
        on_the_way: bool,
        sent: u32,
    }

    impl Receiver {
        /// Every way in which one sending can go; the same message again is seen once.
        fn sendings(self) -> Vec<(Self, Sent)> {
            let sent = Self { sent: self.sent + 1, ..self };
            let has_it = Self { has_it: true, ..sent };
            let failed = |failure| Sent::Failed(failure);
            vec![
                (sent, failed(DeliveryFailure::NotSent)),
                (sent, failed(DeliveryFailure::NotSafe(CertificateFault::Ours))),
                (sent, failed(DeliveryFailure::Busy)),
                (sent, failed(DeliveryFailure::BusyFor(3))),
                (sent, failed(DeliveryFailure::BusyFor(LONGEST_PAUSE_SECONDS + 1))),
                (sent, failed(DeliveryFailure::Forbidden)),
                (sent, failed(DeliveryFailure::Invalid)),
                (sent, failed(DeliveryFailure::Failed)),
                (sent, failed(DeliveryFailure::Malformed)),
                (Self { on_the_way: true, ..sent }, failed(DeliveryFailure::Lost)),
                (has_it, failed(DeliveryFailure::Lost)),
                (has_it, failed(DeliveryFailure::Malformed)),
                (has_it, Sent::Accepted("taken".to_owned())),
            ]
        }
    }

    fn every_way(
        state: &DeliveryState,
        effect: &DeliveryEffect,
        receiver: Receiver,
        check: &mut impl FnMut(&DeliveryResult, Receiver),
    ) {
        let mut next = |receiver, event| {
            let (state, effect) = step(state.clone(), event).expect("the machine itself asked for it");
            match effect {
                Some(DeliveryEffect::StoreResult(result)) => check(&result, receiver),
                Some(effect) => every_way(&state, &effect, receiver, check),
                None => panic!("{state:?} has nothing to do and no result"),
            }
        };
        match effect {
            DeliveryEffect::Send => {
                receiver.sendings().into_iter().for_each(|(receiver, sent)| next(receiver, DeliveryEvent::Sent(sent)))
            }
            DeliveryEffect::Pause(_) => {
                next(receiver, DeliveryEvent::PauseOver);
                next(receiver, DeliveryEvent::StopAsked);
            }
            DeliveryEffect::StoreResult(_) => panic!("a result is an end"),
        }
    }

    fn check_claim(result: &DeliveryResult, receiver: Receiver) {
        match result {
            DeliveryResult::Accepted(_) => assert!(receiver.has_it, "accepted by nobody: {receiver:?}"),
            DeliveryResult::NotAccepted(why) => {
                assert!(
                    !receiver.has_it && !receiver.on_the_way,
                    "{why:?}, and the receiver has it, or may: {receiver:?}"
                );
            }
            DeliveryResult::Unknown(_) => {}
            DeliveryResult::SettledByHand { .. } => panic!("no person was asked"),
        }
        assert!(receiver.sent <= 1 + MAX_RETRIES, "ER-2: sent {} times", receiver.sent);
    }

    #[test]
    fn a_delivery_is_accepted_on_the_receivers_word_alone_and_a_lost_answer_is_never_a_refusal() {
        let mut ends = [0u32; 3];
        let (state, effect) = begun();
        every_way(&state, &effect, Receiver { has_it: false, on_the_way: false, sent: 0 }, &mut |result, receiver| {
            check_claim(result, receiver);
            match result {
                DeliveryResult::Accepted(_) => ends[0] += 1,
                DeliveryResult::NotAccepted(_) => ends[1] += 1,
                DeliveryResult::Unknown(_) | DeliveryResult::SettledByHand { .. } => ends[2] += 1,
            }
        });
        assert!(ends.iter().all(|count| *count > 20), "each end is reached: {ends:?}");
        // A message that may have left before a restart, or whose answer was lost.
        let (state, effect) = send_again();
        for has_it in [false, true] {
            let receiver = Receiver { has_it, on_the_way: true, sent: 0 };
            every_way(&state, &effect, receiver, &mut check_claim);
        }
    }

    #[test]
    fn er_2_what_does_not_get_better_by_itself_is_sent_once_and_the_rest_after_a_pause_that_grows() {
        let (state, _) = begun();
        let after = |state: &DeliveryState, failure| {
            step(state.clone(), DeliveryEvent::Sent(Sent::Failed(failure))).expect("possible")
        };
        for failure in [DeliveryFailure::Forbidden, DeliveryFailure::Invalid, DeliveryFailure::Failed] {
            let told = DeliveryResult::NotAccepted(failure.clone());
            assert_eq!(after(&state, failure).1, Some(DeliveryEffect::StoreResult(told)), "once");
        }
        let mut pauses = Vec::new();
        let mut now = state;
        while let (paused @ DeliveryState::Pausing { .. }, Some(DeliveryEffect::Pause(length))) =
            after(&now, DeliveryFailure::Busy)
        {
            pauses.push(length.as_millis());
            now = step(paused, DeliveryEvent::PauseOver).expect("possible").0;
        }
        assert_eq!(pauses, [500, 1000, 2000], "three times again, no more");
        let (state, effect) = after(&begun().0, DeliveryFailure::BusyFor(7));
        assert_eq!(effect, Some(DeliveryEffect::Pause(Duration::from_secs(7))), "as long as the receiver asks for");
        let (_, effect) = step(state, DeliveryEvent::StopAsked).expect("possible");
        let told = DeliveryResult::NotAccepted(DeliveryFailure::BusyFor(7));
        assert_eq!(effect, Some(DeliveryEffect::StoreResult(told)), "nothing was taken, and that is certain");
    }

    #[test]
    fn an_event_that_cannot_happen_is_an_error_and_changes_nothing() {
        let settled = DeliveryState::Settled(DeliveryResult::Accepted(String::new()));
        for event in [DeliveryEvent::PauseOver, DeliveryEvent::StopAsked] {
            assert!(step(settled.clone(), event.clone()).is_err(), "a settled delivery stays settled");
            assert!(step(begun().0, event).is_err(), "it is out");
        }
    }
}
