//! Rebooking (RB): a new booking first, the end of the original second, whatever fails in between.
//!
//! ```text
//! Began ──BookingBegins──▶ Booking ──NewBooked──▶ NewBooked ──CancelBegins──▶ Cancelling ──OriginalGone──▶ Settled(Rebooked)
//!  ▲ │                       │ ▲ NewInDoubt           │ │  ▲                    │ ▲ OriginalInDoubt
//!  │ │Left                   │ └──┘                   │ │  │CancelBegins        │ └──┘
//!  │ ▼                       │NewNotBooked            │ │  └───── HoldsTwo ◀────┘OriginalNotCancelled
//!  │Settled(NothingNew)      │                        │ │            │
//!  └─────────────────────────┘                        │ └─OriginalGone──▶ Settled(Rebooked)
//!                                      BothKept ──────┴──────────────┴──▶ Settled(BothKept)
//!                                      NewGone  ────────(the same)──────▶ Settled(NothingNew)
//!                                      NewCancelBegins ─(the same)──────▶ CancellingNew ──NewGone─────────▶ Settled(NothingNew)
//!                                                                         │ ▲ NewCancelInDoubt
//!                                                                         │ └──┘ NewNotCancelled ─▶ HoldsTwo
//! ```
//!
//! The original is touched in no state before `NewBooked`, and of the two bookings only one is being cancelled at a time:
//! whoever cancels the other at another desk meanwhile would leave the patient with none. In every state it is known what the patient holds
//! ([`RebookState::holds`]); each step is on disk, in the same transaction as what brought it about.

use serde::{Deserialize, Serialize};

use crate::id::{BookingId, IntentId};
use crate::personal::Personal;

/// The new booking of a rebooking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewBooking {
    /// The intent that made it.
    pub intent: IntentId,
    /// The booking in the record; none where a person settled by hand that the provider holds it.
    pub booking: Option<BookingId>,
}

/// Where a rebooking stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "state", content = "detail")]
pub enum RebookState {
    /// The original stands; no new slot was ordered.
    Began,
    /// A new slot was ordered; the original stands.
    Booking(IntentId),
    /// The new booking is confirmed; the original stands until the user says that it goes.
    NewBooked(NewBooking),
    /// The original's cancellation is out.
    Cancelling {
        /// The new booking.
        new: NewBooking,
        /// The cancellation.
        cancel: IntentId,
    },
    /// The original was not cancelled: the patient holds two bookings (RB-5).
    HoldsTwo(NewBooking),
    /// The new booking's cancellation is out: the user leaves it at the original after all.
    CancellingNew {
        /// The new booking.
        new: NewBooking,
        /// The cancellation.
        cancel: IntentId,
    },
    /// Over.
    Settled(RebookEnd),
}

/// How a rebooking ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "end", content = "detail")]
pub enum RebookEnd {
    /// The new booking stands, and the original does not any more.
    Rebooked(NewBooking),
    /// Nothing new was booked, or it does not stand: the original is as it was.
    NothingNew,
    /// Both stand, on purpose.
    BothKept {
        /// The new booking.
        new: NewBooking,
        /// Why, in the user's words.
        why: Personal<String>,
    },
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RebookEvent {
    /// A new slot is ordered.
    BookingBegins(IntentId),
    /// The provider confirmed the new booking, or a person was told that it holds it.
    NewBooked(NewBooking),
    /// The new slot was certainly not booked.
    NewNotBooked,
    /// It is not known whether the new slot was booked.
    NewInDoubt,
    /// The original is to be cancelled.
    CancelBegins(IntentId),
    /// The original does not stand any more, as its provider says.
    OriginalGone,
    /// The original was not cancelled.
    OriginalNotCancelled,
    /// It is not known whether the original was cancelled.
    OriginalInDoubt,
    /// The user keeps both.
    BothKept(Personal<String>),
    /// The new booking is to be cancelled again.
    NewCancelBegins(IntentId),
    /// The new booking was cancelled again.
    NewGone,
    /// The new booking was not cancelled.
    NewNotCancelled,
    /// It is not known whether the new booking was cancelled.
    NewCancelInDoubt,
    /// The user leaves it at the original.
    Left,
}

/// What a patient holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holds {
    /// The original.
    Original,
    /// The original, and perhaps the new one.
    OriginalAndPerhapsNew,
    /// Both.
    Both,
    /// The new one, and perhaps the original.
    NewAndPerhapsOriginal,
    /// The new one.
    New,
}

impl RebookState {
    /// What the patient holds, as far as the providers have said.
    #[must_use]
    pub const fn holds(&self) -> Holds {
        match self {
            Self::Began | Self::Settled(RebookEnd::NothingNew) => Holds::Original,
            Self::Booking(_) | Self::CancellingNew { .. } => Holds::OriginalAndPerhapsNew,
            Self::NewBooked(_) | Self::HoldsTwo(_) | Self::Settled(RebookEnd::BothKept { .. }) => Holds::Both,
            Self::Cancelling { .. } => Holds::NewAndPerhapsOriginal,
            Self::Settled(RebookEnd::Rebooked(_)) => Holds::New,
        }
    }

    /// Whether the patient holds two bookings, and nobody has said yet which goes, or that both stay.
    #[must_use]
    pub const fn waits_on_two(&self) -> bool {
        matches!(self, Self::NewBooked(_) | Self::HoldsTwo(_))
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        matches!(self, Self::Settled(_))
    }

    /// A word for the record.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Began => "began",
            Self::Booking(_) => "booking",
            Self::NewBooked(_) => "newBooked",
            Self::Cancelling { .. } => "cancelling",
            Self::HoldsTwo(_) => "holdsTwo",
            Self::CancellingNew { .. } => "cancellingNew",
            Self::Settled(RebookEnd::Rebooked(_)) => "rebooked",
            Self::Settled(RebookEnd::NothingNew) => "nothingNew",
            Self::Settled(RebookEnd::BothKept { .. }) => "bothKept",
        }
    }

    /// The new booking, where there is one.
    #[must_use]
    pub const fn new_booking(&self) -> Option<NewBooking> {
        match self {
            Self::NewBooked(new)
            | Self::Cancelling { new, .. }
            | Self::HoldsTwo(new)
            | Self::CancellingNew { new, .. } => Some(*new),
            Self::Settled(RebookEnd::Rebooked(new) | RebookEnd::BothKept { new, .. }) => Some(*new),
            Self::Began | Self::Booking(_) | Self::Settled(RebookEnd::NothingNew) => None,
        }
    }
}

/// An event that cannot happen in a state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a rebooking cannot go from {state:?} by {event:?}")]
pub struct ImpossibleRebook {
    /// The state.
    pub state: RebookState,
    /// The event.
    pub event: RebookEvent,
}

/// The transition.
///
/// # Errors
/// [`ImpossibleRebook`] where the event cannot happen in the state; nothing is to be done then.
pub fn step(state: RebookState, event: RebookEvent) -> Result<RebookState, Box<ImpossibleRebook>> {
    use RebookEvent as E;
    use RebookState as S;
    Ok(match (state, event) {
        (S::Began, E::BookingBegins(intent)) => S::Booking(intent),
        (S::Began, E::Left) => S::Settled(RebookEnd::NothingNew),
        (S::Booking(_), E::NewBooked(new)) => S::NewBooked(new),
        (S::Booking(_), E::NewNotBooked) => S::Began,
        (S::Booking(intent), E::NewInDoubt) => S::Booking(intent),
        (S::NewBooked(new) | S::HoldsTwo(new), E::CancelBegins(cancel)) => S::Cancelling { new, cancel },
        (S::NewBooked(new) | S::HoldsTwo(new) | S::Cancelling { new, .. }, E::OriginalGone) => {
            S::Settled(RebookEnd::Rebooked(new))
        }
        (S::NewBooked(new) | S::HoldsTwo(new), E::BothKept(why)) => S::Settled(RebookEnd::BothKept { new, why }),
        (S::NewBooked(new) | S::HoldsTwo(new), E::NewCancelBegins(cancel)) => S::CancellingNew { new, cancel },
        (S::NewBooked(_) | S::HoldsTwo(_) | S::CancellingNew { .. }, E::NewGone) => S::Settled(RebookEnd::NothingNew),
        (S::CancellingNew { new, .. }, E::NewNotCancelled) => S::HoldsTwo(new),
        (S::CancellingNew { new, cancel }, E::NewCancelInDoubt) => S::CancellingNew { new, cancel },
        (S::Cancelling { new, .. }, E::OriginalNotCancelled) => S::HoldsTwo(new),
        (S::Cancelling { new, cancel }, E::OriginalInDoubt) => S::Cancelling { new, cancel },
        (
            state @ (S::Began
            | S::Booking(_)
            | S::NewBooked(_)
            | S::Cancelling { .. }
            | S::HoldsTwo(_)
            | S::CancellingNew { .. }
            | S::Settled(_)),
            event @ (E::BookingBegins(_)
            | E::NewBooked(_)
            | E::NewNotBooked
            | E::NewInDoubt
            | E::CancelBegins(_)
            | E::OriginalGone
            | E::OriginalNotCancelled
            | E::OriginalInDoubt
            | E::BothKept(_)
            | E::NewCancelBegins(_)
            | E::NewGone
            | E::NewNotCancelled
            | E::NewCancelInDoubt
            | E::Left),
        ) => return Err(Box::new(ImpossibleRebook { state, event })),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn new() -> NewBooking {
        NewBooking { intent: IntentId(Uuid::from_u128(1)), booking: Some(BookingId(Uuid::from_u128(2))) }
    }

    /// The world beside the machine: what the providers hold, as the events say it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct World {
        original: bool,
        new: bool,
    }

    fn any_event() -> impl Strategy<Value = RebookEvent> {
        prop_oneof![
            Just(RebookEvent::BookingBegins(IntentId(Uuid::from_u128(1)))),
            Just(RebookEvent::NewBooked(new())),
            Just(RebookEvent::NewNotBooked),
            Just(RebookEvent::NewInDoubt),
            Just(RebookEvent::CancelBegins(IntentId(Uuid::from_u128(3)))),
            Just(RebookEvent::OriginalGone),
            Just(RebookEvent::OriginalNotCancelled),
            Just(RebookEvent::OriginalInDoubt),
            Just(RebookEvent::BothKept("asked for both".into())),
            Just(RebookEvent::NewCancelBegins(IntentId(Uuid::from_u128(4)))),
            Just(RebookEvent::NewGone),
            Just(RebookEvent::NewNotCancelled),
            Just(RebookEvent::NewCancelInDoubt),
            Just(RebookEvent::Left),
        ]
    }

    proptest! {
        #[test]
        fn rb_3_no_cancellation_begins_before_the_new_booking_is_confirmed_and_what_is_held_is_what_is_said(
            events in proptest::collection::vec(any_event(), 0..40)
        ) {
            let mut state = RebookState::Began;
            let mut world = World { original: true, new: false };
            for event in events {
                let Ok(next) = step(state.clone(), event.clone()) else { continue };
                if matches!(event, RebookEvent::CancelBegins(_) | RebookEvent::NewCancelBegins(_)) {
                    prop_assert!(world.new, "a cancellation began while the patient held no new booking");
                    let other_is_out = matches!(state, RebookState::Cancelling { .. } | RebookState::CancellingNew { .. });
                    prop_assert!(!other_is_out, "both bookings were being cancelled at the same time");
                }
                match event {
                    RebookEvent::NewBooked(_) => world.new = true,
                    RebookEvent::NewGone => world.new = false,
                    RebookEvent::OriginalGone => world.original = false,
                    RebookEvent::BookingBegins(_) | RebookEvent::NewNotBooked | RebookEvent::NewInDoubt
                    | RebookEvent::CancelBegins(_) | RebookEvent::OriginalNotCancelled | RebookEvent::OriginalInDoubt
                    | RebookEvent::BothKept(_) | RebookEvent::NewCancelBegins(_) | RebookEvent::NewNotCancelled
                    | RebookEvent::NewCancelInDoubt | RebookEvent::Left => {}
                }
                prop_assert!(world.original || world.new, "the patient was left without a booking");
                let fits = match next.holds() {
                    Holds::Original => world == World { original: true, new: false },
                    Holds::OriginalAndPerhapsNew => world.original,
                    Holds::Both => world == World { original: true, new: true },
                    Holds::NewAndPerhapsOriginal => world.new,
                    Holds::New => world == World { original: false, new: true },
                };
                prop_assert!(fits, "{next:?} says {:?} of {world:?}", next.holds());
                state = next;
            }
        }

        #[test]
        fn rb_5_a_settled_rebooking_stays_settled(event in any_event()) {
            let settled = RebookState::Settled(RebookEnd::Rebooked(new()));
            prop_assert!(step(settled, event).is_err());
        }
    }
}
