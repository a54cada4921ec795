//! The state machine of one booking attempt (BK-3, BK-4), and what a booking is.
//!
//! ```text
//! Prepared ──IntentStored──▶ Sending ──Posted(created)────────────────▶ Settled(Confirmed)
//!    │                        ▲  │ ├──Posted(refused, no doubt)───────▶ Settled(NotBooked)
//!    │IntentNotStored         │  │ └──Posted(lost / 5xx / conflict)─▶ Asking
//!    ▼                PauseOver  │Posted(busy, not relayed, not sent)    │Held(yes) ─▶ Settled(Confirmed)
//! Settled(NotBooked)          │  ▼                                       │Held(no)  ─▶ Sending, once, after a lost answer
//!                            Pausing ──StopAsked──▶ Settled(NotBooked),  │             Settled(NotBooked | Unknown)
//!                                                   or Asking in doubt   └Held(cannot tell) ─▶ the same, never NotBooked
//! ```
//!
//! What is sent again on its own (ER-2): after no connection, 429, 502, 503, 504 at most [`MAX_RETRIES`] times, after 0.5,
//! 1 and 2 seconds, or after as long as the provider asks for, up to [`LONGEST_PAUSE_SECONDS`]; after a lost answer once,
//! and only when the provider was asked what it holds; after nothing else. The user sees each pause and may stop it.
//!
//! The request id and the body never change between tries. "Not booked" is said only where it is certain; in doubt the
//! result is "unknown" and stays on the list of unfinished work until the provider, or a person who asked it, settles it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::failure::{ProviderFailure, Refusal};
use crate::personal::Personal;

/// How often a request may be sent again on its own (INTERFACES: at most 3 retries).
pub const MAX_RETRIES: u32 = 3;
/// A provider that asks for a longer pause is not asked again on its own: the user is told, and goes on meanwhile.
pub const LONGEST_PAUSE_SECONDS: u32 = 10;
/// How often a request whose answer was lost is sent again on its own, after asking what is held.
const RETRIES_AFTER_LOST: u32 = 1;

/// A booking as its provider holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldBooking {
    /// The provider's id of the appointment.
    pub appointment_id: String,
    /// Version of it.
    pub version: String,
    /// Absolute URL without a version (BK-6).
    pub url: String,
    /// Status as the provider says.
    pub status: AppointmentStatus,
}

/// Status of an appointment at its provider. Unknown words are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AppointmentStatus {
    /// Proposed.
    Proposed,
    /// Pending.
    Pending,
    /// Booked.
    Booked,
    /// The patient has arrived.
    Arrived,
    /// It took place.
    Fulfilled,
    /// Cancelled.
    Cancelled,
    /// The patient did not come.
    NoShow,
    /// Entered in error.
    EnteredInError,
    /// Another word.
    Other(String),
}

impl AppointmentStatus {
    /// Reads the provider's word.
    #[must_use]
    pub fn read(word: &str) -> Self {
        match word.trim().to_ascii_lowercase().as_str() {
            "proposed" => Self::Proposed,
            "pending" => Self::Pending,
            "booked" => Self::Booked,
            "arrived" => Self::Arrived,
            "fulfilled" => Self::Fulfilled,
            "cancelled" => Self::Cancelled,
            "noshow" => Self::NoShow,
            "entered-in-error" | "entered in error" => Self::EnteredInError,
            _ => Self::Other(word.to_owned()),
        }
    }

    /// Whether the patient is expected, or has come.
    #[must_use]
    pub fn stands(&self) -> bool {
        match self {
            Self::Proposed | Self::Pending | Self::Booked | Self::Arrived | Self::Fulfilled => true,
            Self::Cancelled | Self::NoShow | Self::EnteredInError | Self::Other(_) => false,
        }
    }

    /// Whether it was called off: there is nothing left to cancel, to replace or to refer with.
    #[must_use]
    pub const fn is_called_off(&self) -> bool {
        match self {
            Self::Cancelled | Self::EnteredInError => true,
            Self::Proposed
            | Self::Pending
            | Self::Booked
            | Self::Arrived
            | Self::Fulfilled
            | Self::NoShow
            | Self::Other(_) => false,
        }
    }

    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Proposed => "Proposed".to_owned(),
            Self::Pending => "Pending".to_owned(),
            Self::Booked => "Booked".to_owned(),
            Self::Arrived => "Arrived".to_owned(),
            Self::Fulfilled => "Attended".to_owned(),
            Self::Cancelled => "Cancelled".to_owned(),
            Self::NoShow => "Did not attend".to_owned(),
            Self::EnteredInError => "Entered in error".to_owned(),
            Self::Other(word) => format!("“{word}” (as the provider says)"),
        }
    }
}

/// What came of one sending of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posted {
    /// 201 with an Appointment and a Location: booked (BK-3).
    Created(HeldBooking),
    /// Anything else.
    Failed(ProviderFailure),
}

/// What the provider says it holds for this attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// The booking of this attempt.
    Yes(HeldBooking),
    /// It was asked, and holds none.
    No,
    /// It could not be asked, or does not let itself be asked.
    CannotTell(Option<ProviderFailure>),
}

/// Where an attempt stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum BookingState {
    /// The intent is not on disk yet: nothing has left.
    Prepared,
    /// The request is out.
    Sending(Progress),
    /// Waiting before the request is sent again, because of this failure.
    Pausing(Progress, ProviderFailure),
    /// Asking the provider what it holds, because of this failure.
    Asking(Progress, ProviderFailure),
    /// Over.
    Settled(BookingResult),
}

/// How often the request was sent, and what may have come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// How many times the request was sent.
    pub tries: u32,
    /// Whether a sending may still be carried out, or was carried out without our knowing.
    pub doubt: Doubt,
    /// Whether the machine may send again on its own: not after a restart, when the patient may be gone.
    pub unattended: bool,
}

/// Whether the provider may have booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Doubt {
    /// It cannot have.
    None,
    /// It answered, but not in a way that settles it: asking it does.
    Answered,
    /// A request is unaccounted for: only finding the booking settles it.
    InFlight,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "result", content = "detail")]
pub enum BookingResult {
    /// The provider said so.
    Confirmed(HeldBooking),
    /// Certain.
    NotBooked(NotBooked),
    /// Not known: unfinished work.
    Unknown(ProviderFailure),
    /// A person asked the provider and settled it.
    SettledByHand(SettledByHand),
}

/// Why it is certain that nothing was booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::VariantNames, strum::IntoStaticStr)]
#[serde(rename_all = "camelCase")]
pub enum NotBooked {
    /// The intent could not be written, so nothing was sent.
    NothingSent,
    /// The provider did not do it.
    Failure(ProviderFailure),
    /// After this failure the provider was asked, and holds no booking.
    NotHeld(ProviderFailure),
}

/// What a person was told by the provider about an attempt whose result could not be had otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SettledByHand {
    /// Whether the provider says that it holds the booking.
    pub held: bool,
    /// Who said so and how, in the user's words.
    pub reason: Personal<String>,
}

/// The kind of a result, for the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BookingResultKind {
    /// Confirmed.
    Confirmed,
    /// Certainly not booked.
    NotBooked,
    /// Not known.
    Unknown,
    /// Settled by a person.
    SettledByHand,
}

impl BookingResult {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> BookingResultKind {
        match self {
            Self::Confirmed(_) => BookingResultKind::Confirmed,
            Self::NotBooked(_) => BookingResultKind::NotBooked,
            Self::Unknown(_) => BookingResultKind::Unknown,
            Self::SettledByHand(_) => BookingResultKind::SettledByHand,
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookingEvent {
    /// The intent is on disk.
    IntentStored,
    /// The intent could not be written.
    IntentNotStored,
    /// A sending came to something.
    Posted(Posted),
    /// The pause is over.
    PauseOver,
    /// The user does not want it sent again.
    StopAsked,
    /// The provider was asked what it holds.
    Held(Held),
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookingEffect {
    /// Write the intent to disk.
    StoreIntent,
    /// Send the request, under its own id.
    PostAppointment,
    /// Wait.
    Pause(Duration),
    /// Ask the provider what it holds.
    AskWhatIsHeld,
    /// Write the result to disk.
    StoreResult(BookingResult),
}

/// An event that cannot happen in a state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a booking cannot go from {state:?} by {event:?}")]
pub struct Impossible {
    /// The state.
    pub state: BookingState,
    /// The event.
    pub event: BookingEvent,
}

/// A new attempt, and what to do first.
#[must_use]
pub fn begin() -> (BookingState, BookingEffect) {
    (BookingState::Prepared, BookingEffect::StoreIntent)
}

/// An attempt found without a result: ask the provider, send nothing.
#[must_use]
pub fn resume() -> (BookingState, BookingEffect) {
    let progress = Progress { tries: 1, doubt: Doubt::InFlight, unattended: false };
    (BookingState::Asking(progress, ProviderFailure::Lost), BookingEffect::AskWhatIsHeld)
}

/// An unfinished attempt that a user orders to be sent again, under its own id.
#[must_use]
pub fn send_again() -> (BookingState, BookingEffect) {
    let progress = Progress { tries: 1, doubt: Doubt::InFlight, unattended: false };
    (BookingState::Sending(progress), BookingEffect::PostAppointment)
}

/// The transition.
///
/// # Errors
/// [`Impossible`] where the event cannot happen in the state; nothing is to be done then.
pub fn step(
    state: BookingState,
    event: BookingEvent,
) -> Result<(BookingState, Option<BookingEffect>), Box<Impossible>> {
    use BookingEvent as E;
    use BookingState as S;
    Ok(match (state, event) {
        (S::Prepared, E::IntentStored) => {
            let progress = Progress { tries: 1, doubt: Doubt::None, unattended: true };
            (S::Sending(progress), Some(BookingEffect::PostAppointment))
        }
        (S::Prepared, E::IntentNotStored) => (S::Settled(BookingResult::NotBooked(NotBooked::NothingSent)), None),
        (S::Sending(_), E::Posted(Posted::Created(held))) => settle(BookingResult::Confirmed(held)),
        (S::Sending(progress), E::Posted(Posted::Failed(failure))) => after_failure(progress, failure),
        (S::Pausing(progress, _), E::PauseOver) => send(progress),
        (S::Pausing(progress, failure), E::StopAsked) => no_more_sending(progress, failure),
        (S::Asking(progress, failure), E::Held(held)) => after_asking(progress, failure, held),
        (
            state @ (S::Prepared | S::Sending(_) | S::Pausing(..) | S::Asking(..) | S::Settled(_)),
            event @ (E::IntentStored | E::IntentNotStored | E::Posted(_) | E::PauseOver | E::StopAsked | E::Held(_)),
        ) => return Err(Box::new(Impossible { state, event })),
    })
}

type Next = (BookingState, Option<BookingEffect>);

fn after_failure(progress: Progress, failure: ProviderFailure) -> Next {
    let doubt = progress.doubt.max(doubt_after(&failure));
    let progress = Progress { doubt, ..progress };
    match pause_before_retry(&failure, progress.tries).filter(|_| progress.unattended) {
        Some(pause) => (BookingState::Pausing(progress, failure), Some(BookingEffect::Pause(pause))),
        None => no_more_sending(progress, failure),
    }
}

/// How long to wait before a sending that failed so is tried once more; none where it is not.
pub(crate) fn pause_before_retry(failure: &ProviderFailure, tries: u32) -> Option<Duration> {
    if tries > MAX_RETRIES {
        return None;
    }
    let pause = Duration::from_millis(500) * 2u32.pow(tries.saturating_sub(1));
    match failure {
        ProviderFailure::NotSent | ProviderFailure::Busy | ProviderFailure::NotRelayed => Some(pause),
        ProviderFailure::BusyFor(seconds) if *seconds <= LONGEST_PAUSE_SECONDS => {
            Some(pause.max(Duration::from_secs((*seconds).into())))
        }
        ProviderFailure::NotSafe(_)
        | ProviderFailure::BusyFor(_)
        | ProviderFailure::GaveUp
        | ProviderFailure::Lost
        | ProviderFailure::Refused(_)
        | ProviderFailure::Failed
        | ProviderFailure::Malformed => None,
    }
}

fn no_more_sending(progress: Progress, failure: ProviderFailure) -> Next {
    match progress.doubt {
        Doubt::None => settle(BookingResult::NotBooked(NotBooked::Failure(failure))),
        Doubt::Answered | Doubt::InFlight => {
            (BookingState::Asking(progress, failure), Some(BookingEffect::AskWhatIsHeld))
        }
    }
}

/// What a failure leaves open about the sending that it ended.
pub(crate) const fn doubt_after(failure: &ProviderFailure) -> Doubt {
    match failure {
        ProviderFailure::NotSent
        | ProviderFailure::NotSafe(_)
        | ProviderFailure::Busy
        | ProviderFailure::BusyFor(_) => Doubt::None,
        ProviderFailure::Lost | ProviderFailure::NotRelayed | ProviderFailure::GaveUp => Doubt::InFlight,
        ProviderFailure::Failed | ProviderFailure::Malformed => Doubt::Answered,
        ProviderFailure::Refused(refusal) => match refusal {
            Refusal::RequestIdUsed => Doubt::InFlight,
            Refusal::Conflict => Doubt::Answered,
            Refusal::SlotGone
            | Refusal::Forbidden
            | Refusal::ClockApart(_)
            | Refusal::NotFound
            | Refusal::NhsNumber
            | Refusal::CannotExchange
            | Refusal::Invalid => Doubt::None,
        },
    }
}

fn after_asking(progress: Progress, failure: ProviderFailure, held: Held) -> Next {
    let lost_answer = matches!(failure, ProviderFailure::Lost);
    let may_send = progress.unattended && lost_answer && progress.tries <= RETRIES_AFTER_LOST;
    match held {
        Held::Yes(booking) => settle(BookingResult::Confirmed(booking)),
        Held::No | Held::CannotTell(_) if may_send => send(progress),
        Held::No => match progress.doubt {
            Doubt::None | Doubt::Answered => settle(BookingResult::NotBooked(NotBooked::NotHeld(failure))),
            Doubt::InFlight => settle(BookingResult::Unknown(failure)),
        },
        Held::CannotTell(_) => settle(BookingResult::Unknown(failure)),
    }
}

fn send(progress: Progress) -> Next {
    let progress = Progress { tries: progress.tries + 1, ..progress };
    (BookingState::Sending(progress), Some(BookingEffect::PostAppointment))
}

fn settle(result: BookingResult) -> Next {
    (BookingState::Settled(result.clone()), Some(BookingEffect::StoreResult(result)))
}

/// When a booking was confirmed, and by what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderWord {
    /// What the provider holds.
    pub held: HeldBooking,
    /// When it said so (UTC); where it was asked, when it was asked.
    pub as_of: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn held() -> HeldBooking {
        HeldBooking {
            appointment_id: "a1".to_owned(),
            version: "1".to_owned(),
            url: "https://provider.example/STU3/1/Appointment/a1".to_owned(),
            status: AppointmentStatus::Booked,
        }
    }

    /// A provider as the machine sees it: what it does with each sending, and what it says when asked.
    #[derive(Debug, Clone)]
    struct Sending {
        booked: bool,
        answer: Option<ProviderFailure>,
    }

    struct Run {
        result: BookingResult,
        provider_holds: bool,
        sent: usize,
    }

    fn run(sendings: &[Sending], can_ask: bool, late_arrival: bool) -> Run {
        run_stopped(sendings, can_ask, late_arrival, usize::MAX)
    }

    /// The same, stopped by the user at the first pause after so many sendings.
    fn run_stopped(sendings: &[Sending], can_ask: bool, late_arrival: bool, stop_after: usize) -> Run {
        let (mut state, first) = begin();
        let mut effect = Some(first);
        let (mut sent, mut holds) = (0, false);
        for _ in 0..100 {
            let event = match effect {
                Some(BookingEffect::StoreIntent) => BookingEvent::IntentStored,
                Some(BookingEffect::PostAppointment) => {
                    let sending = sendings
                        .get(sent)
                        .cloned()
                        .unwrap_or(Sending { booked: false, answer: Some(ProviderFailure::Busy) });
                    sent += 1;
                    if holds {
                        BookingEvent::Posted(Posted::Failed(ProviderFailure::Refused(Refusal::RequestIdUsed)))
                    } else {
                        holds |= sending.booked;
                        BookingEvent::Posted(sending.answer.map_or(Posted::Created(held()), Posted::Failed))
                    }
                }
                Some(BookingEffect::Pause(_)) if sent >= stop_after => BookingEvent::StopAsked,
                Some(BookingEffect::Pause(_)) => BookingEvent::PauseOver,
                Some(BookingEffect::AskWhatIsHeld) if !can_ask => {
                    BookingEvent::Held(Held::CannotTell(Some(ProviderFailure::NotSent)))
                }
                Some(BookingEffect::AskWhatIsHeld) => {
                    BookingEvent::Held(if holds { Held::Yes(held()) } else { Held::No })
                }
                Some(BookingEffect::StoreResult(result)) => {
                    return Run { result, provider_holds: holds || late_arrival, sent };
                }
                None => panic!("{state:?} has nothing to do and no result"),
            };
            (state, effect) = step(state, event).expect("the machine itself asked for it");
        }
        panic!("the machine does not come to an end");
    }

    fn any_failure() -> impl Strategy<Value = (bool, ProviderFailure)> {
        prop_oneof![
            Just((false, ProviderFailure::NotSent)),
            Just((false, ProviderFailure::Busy)),
            (0u32..40).prop_map(|seconds| (false, ProviderFailure::BusyFor(seconds))),
            any::<bool>().prop_map(|booked| (booked, ProviderFailure::Lost)),
            any::<bool>().prop_map(|booked| (booked, ProviderFailure::NotRelayed)),
            any::<bool>().prop_map(|booked| (booked, ProviderFailure::Failed)),
            any::<bool>().prop_map(|booked| (booked, ProviderFailure::Malformed)),
            Just((false, ProviderFailure::Refused(Refusal::SlotGone))),
            Just((false, ProviderFailure::Refused(Refusal::Conflict))),
            Just((false, ProviderFailure::Refused(Refusal::Forbidden))),
        ]
    }

    fn any_sending() -> impl Strategy<Value = Sending> {
        prop_oneof![
            1 => Just(Sending { booked: true, answer: None }),
            4 => any_failure().prop_map(|(booked, failure)| Sending { booked, answer: Some(failure) }),
        ]
    }

    proptest! {
        #[test]
        fn bk_3_what_is_claimed_is_what_the_provider_holds(
            sendings in proptest::collection::vec(any_sending(), 0..6), can_ask in any::<bool>(), stop_after in 1usize..6
        ) {
            let run = run_stopped(&sendings, can_ask, false, stop_after);
            match run.result {
                BookingResult::Confirmed(_) => prop_assert!(run.provider_holds, "claimed a booking that is not there"),
                BookingResult::NotBooked(_) => prop_assert!(!run.provider_holds, "denied a booking that is there"),
                BookingResult::Unknown(_) => {}
                BookingResult::SettledByHand(_) => prop_assert!(false, "no person was asked"),
            }
        }

        #[test]
        fn er_2_a_request_is_never_sent_more_often_than_three_times_again(
            sendings in proptest::collection::vec(any_sending(), 0..10), can_ask in any::<bool>()
        ) {
            let sent = run(&sendings, can_ask, false).sent;
            prop_assert!(sent <= 1 + MAX_RETRIES as usize, "sent {} times", sent);
        }

        #[test]
        fn a_lost_answer_is_never_reported_as_a_failure(can_ask in any::<bool>(), again in any_sending()) {
            let lost = Sending { booked: false, answer: Some(ProviderFailure::Lost) };
            let run = run(&[lost, again], can_ask, true);
            prop_assert!(!matches!(run.result, BookingResult::NotBooked(_)), "{:?}", run.result);
        }
    }

    #[test]
    fn bk_4_nothing_is_sent_where_the_intent_cannot_be_written() {
        let (state, _) = begin();
        let (state, effect) = step(state, BookingEvent::IntentNotStored).expect("possible");
        assert_eq!(state, BookingState::Settled(BookingResult::NotBooked(NotBooked::NothingSent)), "settled");
        assert_eq!(effect, None, "nothing leaves");
    }

    fn pausing_after(failure: ProviderFailure) -> (BookingState, Duration) {
        let (state, _) = begin();
        let (state, _) = step(state, BookingEvent::IntentStored).expect("possible");
        let (state, effect) = step(state, BookingEvent::Posted(Posted::Failed(failure))).expect("possible");
        let Some(BookingEffect::Pause(pause)) = effect else { panic!("no pause: {effect:?}") };
        (state, pause)
    }

    #[test]
    fn er_2_the_pause_is_as_long_as_the_provider_asks_for_and_a_long_one_is_the_users_to_take() {
        assert_eq!(pausing_after(ProviderFailure::Busy).1, Duration::from_millis(500), "our own pause");
        assert_eq!(pausing_after(ProviderFailure::BusyFor(7)).1, Duration::from_secs(7), "the provider's");
        let (state, _) = begin();
        let (state, _) = step(state, BookingEvent::IntentStored).expect("possible");
        let failure = ProviderFailure::BusyFor(LONGEST_PAUSE_SECONDS + 1);
        let (state, _) = step(state, BookingEvent::Posted(Posted::Failed(failure.clone()))).expect("possible");
        assert_eq!(state, BookingState::Settled(BookingResult::NotBooked(NotBooked::Failure(failure))), "told at once");
    }

    #[test]
    fn er_2_a_pause_that_is_stopped_sends_nothing_more_and_still_asks_where_there_is_doubt() {
        let (state, _) = pausing_after(ProviderFailure::Busy);
        let (state, _) = step(state, BookingEvent::StopAsked).expect("possible");
        let not_booked = BookingResult::NotBooked(NotBooked::Failure(ProviderFailure::Busy));
        assert_eq!(state, BookingState::Settled(not_booked), "it was never taken: not booked, and that is certain");
        let (state, _) = pausing_after(ProviderFailure::NotRelayed);
        let (_, effect) = step(state, BookingEvent::StopAsked).expect("possible");
        assert_eq!(effect, Some(BookingEffect::AskWhatIsHeld), "the proxy may have passed it on");
    }

    #[test]
    fn bk_4_after_a_restart_the_provider_is_asked_and_nothing_is_sent() {
        let (state, effect) = resume();
        assert_eq!(effect, BookingEffect::AskWhatIsHeld, "ask first");
        for held in [Held::No, Held::CannotTell(Some(ProviderFailure::NotSent))] {
            let (_, effect) = step(state.clone(), BookingEvent::Held(held)).expect("possible");
            assert!(
                matches!(effect, Some(BookingEffect::StoreResult(BookingResult::Unknown(_)))),
                "stays unfinished: {effect:?}"
            );
        }
    }

    #[test]
    fn an_event_that_cannot_happen_is_an_error_and_changes_nothing() {
        let settled = BookingState::Settled(BookingResult::NotBooked(NotBooked::NothingSent));
        assert!(step(settled, BookingEvent::PauseOver).is_err(), "a settled attempt stays settled");
        assert!(step(BookingState::Prepared, BookingEvent::PauseOver).is_err(), "nothing was sent yet");
    }
}
