//! Cancelling a booking (CA): the appointment as its provider holds it, and the state machine of one cancellation.
//!
//! ```text
//! Prepared ──IntentStored──▶ Sending ──Put(cancelled)────────────────▶ Settled(Cancelled)
//!    │                        ▲  │ ├──Put(refused, no doubt)─────────▶ Settled(NotCancelled)
//!    │IntentNotStored         │  │ └──Put(lost / 5xx / conflict)─▶ Reading
//!    ▼                PauseOver  │Put(busy, not relayed, not sent)    │Read(cancelled)  ─▶ Settled(Cancelled, or NotCancelled:
//! Settled(NotCancelled)       │  ▼                                    │                    already cancelled)
//!                            Pausing ──StopAsked──▶ Settled, or       │Read(changed)    ─▶ Settled(NotCancelled: changed)
//!                                                   Reading in doubt  │Read(unchanged)  ─▶ Sending, once, after a lost answer
//!                                                                     │                    Settled(NotCancelled | Unknown)
//!                                                                     └Read(cannot tell)─▶ Settled(Unknown)
//! ```
//!
//! "Cancelled" is said only on the provider's word: the answer to the request, or a read that follows it (CA-4). Sending the
//! same request again is safe: its If-Match names the version that was shown, which a carried-out cancellation has left.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::booking::{AppointmentStatus, HeldBooking, LONGEST_PAUSE_SECONDS, MAX_RETRIES, SettledByHand};
use crate::failure::{ProviderFailure, Refusal};
use crate::id::{DocumentId, NhsNumber};
use crate::patient::Patient;
use crate::personal::Personal;

/// How often a request whose answer was lost is sent again on its own, after reading what is held.
const RETRIES_AFTER_LOST: u32 = 1;

/// An appointment as its provider holds it, whole: to be shown (CA-2), and to be written back unchanged (CA-3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WholeAppointment {
    /// Id, version, URL, status.
    pub held: HeldBooking,
    /// The resource as it came, to the letter: number literals, order and unknown elements included.
    pub content: Personal<String>,
    /// Whom it is for, as far as it says.
    pub patient: AppointmentPatient,
    /// Start (UTC), where it says so.
    pub start: Option<DateTime<Utc>>,
    /// End (UTC), where it says so.
    pub end: Option<DateTime<Utc>>,
    /// What it is for.
    pub description: Option<Personal<String>>,
    /// Where, as far as it says.
    pub place: Option<String>,
    /// The clinical document that goes with it (BK-6), where it names one.
    pub document: Option<DocumentId>,
    /// When the provider last changed it (UTC), where it says so.
    pub last_changed: Option<DateTime<Utc>>,
}

/// Whom an appointment is for, as far as it says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppointmentPatient {
    /// NHS number.
    pub nhs_number: Option<NhsNumber>,
    /// Name as it may be shown.
    pub name: Option<Personal<String>>,
    /// Family name.
    pub family: Option<Personal<String>>,
    /// Date of birth.
    pub birth_date: Option<Personal<NaiveDate>>,
}

/// Whether an appointment is a patient's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Whose {
    /// By NHS number, or by family name and date of birth where either has none.
    Theirs,
    /// It says that it is somebody else's.
    SomebodyElses,
    /// It does not say enough.
    NotSaid,
}

impl AppointmentPatient {
    /// Whether it is this patient's. Where both have an NHS number, it alone decides.
    #[must_use]
    pub fn is(&self, patient: &Patient) -> Whose {
        if let (Some(theirs), Some(ours)) = (&self.nhs_number, &patient.nhs_number) {
            return if theirs == ours { Whose::Theirs } else { Whose::SomebodyElses };
        }
        let same = |a: &str, b: &str| a.trim().to_lowercase() == b.trim().to_lowercase();
        let family = self.family.as_ref().map(|family| same(family.reveal(), patient.name.family.reveal()));
        let born = self.birth_date.as_ref().map(|born| born.reveal() == patient.birth_date.reveal());
        match (family, born) {
            (Some(true), Some(true)) => Whose::Theirs,
            (Some(false), _) | (_, Some(false)) => Whose::SomebodyElses,
            (None, _) | (_, None) => Whose::NotSaid,
        }
    }
}

/// How a patient was told of a change (CA-6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum InformedHow {
    /// While they were on the line.
    DuringTheCall,
    /// By telephone.
    Telephone,
    /// By text message.
    Text,
    /// By letter.
    Letter,
    /// By somebody who looks after them.
    ThroughSomebody,
    /// They could not be reached, and that is on the record.
    NotReached,
}

impl InformedHow {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::DuringTheCall, Self::Telephone, Self::Text, Self::Letter, Self::ThroughSomebody, Self::NotReached];

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::DuringTheCall => "During this call",
            Self::Telephone => "By telephone",
            Self::Text => "By text message",
            Self::Letter => "By letter",
            Self::ThroughSomebody => "Through somebody who looks after them",
            Self::NotReached => "Could not be reached",
        }
    }
}

/// Whether a patient came to an appointment, as the desk was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Attendance {
    /// They came.
    Attended,
    /// They did not come.
    DidNotAttend,
    /// Somebody should have brought them, and did not.
    WasNotBrought,
}

impl Attendance {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Attended, Self::DidNotAttend, Self::WasNotBrought];

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Attended => "Attended",
            Self::DidNotAttend => "Did not attend",
            Self::WasNotBrought => "Was not brought",
        }
    }
}

/// What a provider refuses of a cancellation, as its status and OperationOutcome say (CA-4).
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
pub enum CancelRefusal {
    /// The version that was shown is not the present one any more, or none was named.
    #[error("the booking was changed meanwhile")]
    Changed,
    /// It is cancelled already.
    #[error("the booking is cancelled already")]
    AlreadyCancelled,
    /// It has started.
    #[error("the booking lies in the past")]
    InThePast,
    /// It is not this patient's.
    #[error("the booking is another patient's")]
    NotThisPatient,
    /// What was sent differs from what is held in more than the status.
    #[error("what was sent differs from what the provider holds")]
    Differs,
}

/// What came of one sending of a cancellation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// 200 with the appointment, its status cancelled.
    Cancelled(HeldBooking),
    /// Refused, in one of the ways of a cancellation.
    Refused(CancelRefusal),
    /// Anything else.
    Failed(ProviderFailure),
}

/// Why a booking is certainly not cancelled by this request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::VariantNames, strum::IntoStaticStr)]
#[serde(rename_all = "camelCase")]
pub enum NotCancelled {
    /// The intent could not be written, so nothing was sent.
    NothingSent,
    /// The provider refuses the cancellation.
    Refused(CancelRefusal),
    /// It was not done.
    Failure(ProviderFailure),
    /// After this failure the booking was read, and stands as it was.
    StillHeld(ProviderFailure),
}

/// How a cancellation ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "result", content = "detail")]
pub enum CancelResult {
    /// The provider said so; the version it holds now.
    Cancelled(HeldBooking),
    /// Certain.
    NotCancelled(NotCancelled),
    /// Not known: unfinished work.
    Unknown(ProviderFailure),
    /// A person asked the provider and settled it; `held` says whether the booking still stands.
    SettledByHand(SettledByHand),
}

/// The kind of a result, for the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CancelResultKind {
    /// Cancelled.
    Cancelled,
    /// Certainly not.
    NotCancelled,
    /// Not known.
    Unknown,
    /// Settled by a person.
    SettledByHand,
}

impl CancelResult {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> CancelResultKind {
        match self {
            Self::Cancelled(_) => CancelResultKind::Cancelled,
            Self::NotCancelled(_) => CancelResultKind::NotCancelled,
            Self::Unknown(_) => CancelResultKind::Unknown,
            Self::SettledByHand(_) => CancelResultKind::SettledByHand,
        }
    }

    /// Whether nothing is left to find out.
    #[must_use]
    pub const fn settles(&self) -> bool {
        !matches!(self, Self::Unknown(_))
    }
}

/// How often a cancellation was sent, and what may have come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelProgress {
    /// How many times it was sent.
    pub tries: u32,
    /// Whether a sending is unaccounted for.
    pub in_doubt: bool,
    /// Whether the machine may send again on its own: not after a restart.
    pub unattended: bool,
}

/// Where a cancellation stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CancelState {
    /// The intent is not on disk yet: nothing has left.
    Prepared,
    /// The request is out.
    Sending(CancelProgress),
    /// Waiting before it is sent again, because of this failure.
    Pausing(CancelProgress, ProviderFailure),
    /// Reading what the provider holds, because of this word.
    Reading(CancelProgress, Doubted),
    /// Over.
    Settled(CancelResult),
}

/// After what the booking is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Doubted {
    /// A failure that leaves open what was done.
    Failure(ProviderFailure),
    /// A refusal: what is held now is to be shown.
    Refused(CancelRefusal),
}

/// What a read found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadBack {
    /// The booking as it is.
    Held(HeldBooking),
    /// It could not be read.
    CannotTell(ProviderFailure),
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelEvent {
    /// The intent is on disk.
    IntentStored,
    /// The intent could not be written.
    IntentNotStored,
    /// A sending came to something.
    Put(Put),
    /// The pause is over.
    PauseOver,
    /// The user does not want it sent again.
    StopAsked,
    /// The booking was read.
    Read(ReadBack),
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelEffect {
    /// Write the intent to disk.
    StoreIntent,
    /// Send the cancellation.
    PutCancelled,
    /// Wait.
    Pause(Duration),
    /// Read the booking.
    ReadBooking,
    /// Write the result to disk.
    StoreResult(CancelResult),
}

/// An event that cannot happen in a state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a cancellation cannot go from {state:?} by {event:?}")]
pub struct ImpossibleCancel {
    /// The state.
    pub state: CancelState,
    /// The event.
    pub event: CancelEvent,
}

/// A new cancellation, and what to do first.
#[must_use]
pub const fn begin() -> (CancelState, CancelEffect) {
    (CancelState::Prepared, CancelEffect::StoreIntent)
}

/// A cancellation found without a result: read the booking, send nothing.
#[must_use]
pub const fn resume() -> (CancelState, CancelEffect) {
    let progress = CancelProgress { tries: 1, in_doubt: true, unattended: false };
    (CancelState::Reading(progress, Doubted::Failure(ProviderFailure::Lost)), CancelEffect::ReadBooking)
}

/// An unfinished cancellation that a user orders to be sent again, unchanged.
#[must_use]
pub const fn send_again() -> (CancelState, CancelEffect) {
    let progress = CancelProgress { tries: 1, in_doubt: true, unattended: false };
    (CancelState::Sending(progress), CancelEffect::PutCancelled)
}

/// The transition. `shown` is the version that the request names.
///
/// # Errors
/// [`ImpossibleCancel`] where the event cannot happen in the state; nothing is to be done then.
pub fn step(
    state: CancelState,
    event: CancelEvent,
    shown: &str,
) -> Result<(CancelState, Option<CancelEffect>), Box<ImpossibleCancel>> {
    use CancelEvent as E;
    use CancelState as S;
    Ok(match (state, event) {
        (S::Prepared, E::IntentStored) => {
            let progress = CancelProgress { tries: 1, in_doubt: false, unattended: true };
            (S::Sending(progress), Some(CancelEffect::PutCancelled))
        }
        (S::Prepared, E::IntentNotStored) => (S::Settled(CancelResult::NotCancelled(NotCancelled::NothingSent)), None),
        (S::Sending(_), E::Put(Put::Cancelled(held))) => settle(CancelResult::Cancelled(held)),
        (S::Sending(progress), E::Put(Put::Refused(refusal))) => after_refusal(progress, refusal),
        (S::Sending(progress), E::Put(Put::Failed(failure))) => after_failure(progress, failure),
        (S::Pausing(progress, _), E::PauseOver) => send(progress),
        (S::Pausing(progress, failure), E::StopAsked) => no_more_sending(progress, failure),
        (S::Reading(progress, doubted), E::Read(read)) => after_reading(progress, doubted, read, shown),
        (
            state @ (S::Prepared | S::Sending(_) | S::Pausing(..) | S::Reading(..) | S::Settled(_)),
            event @ (E::IntentStored | E::IntentNotStored | E::Put(_) | E::PauseOver | E::StopAsked | E::Read(_)),
        ) => return Err(Box::new(ImpossibleCancel { state, event })),
    })
}

type Next = (CancelState, Option<CancelEffect>);

fn after_refusal(progress: CancelProgress, refusal: CancelRefusal) -> Next {
    match refusal {
        // What the provider holds now decides: an earlier sending of ours may have been carried out.
        CancelRefusal::Changed | CancelRefusal::AlreadyCancelled => read(progress, Doubted::Refused(refusal)),
        CancelRefusal::InThePast | CancelRefusal::NotThisPatient | CancelRefusal::Differs if progress.in_doubt => {
            read(progress, Doubted::Refused(refusal))
        }
        CancelRefusal::InThePast | CancelRefusal::NotThisPatient | CancelRefusal::Differs => {
            settle(CancelResult::NotCancelled(NotCancelled::Refused(refusal)))
        }
    }
}

fn after_failure(progress: CancelProgress, failure: ProviderFailure) -> Next {
    let progress = CancelProgress { in_doubt: progress.in_doubt || leaves_doubt(&failure), ..progress };
    let retries_left = progress.unattended && progress.tries <= MAX_RETRIES;
    let pause = Duration::from_millis(500) * 2u32.pow(progress.tries.min(MAX_RETRIES).saturating_sub(1));
    match &failure {
        ProviderFailure::NotSent | ProviderFailure::Busy | ProviderFailure::NotRelayed if retries_left => {
            (CancelState::Pausing(progress, failure), Some(CancelEffect::Pause(pause)))
        }
        ProviderFailure::BusyFor(seconds) if retries_left && *seconds <= LONGEST_PAUSE_SECONDS => {
            let pause = pause.max(Duration::from_secs((*seconds).into()));
            (CancelState::Pausing(progress, failure), Some(CancelEffect::Pause(pause)))
        }
        ProviderFailure::NotSent
        | ProviderFailure::NotSafe(_)
        | ProviderFailure::Busy
        | ProviderFailure::BusyFor(_)
        | ProviderFailure::NotRelayed
        | ProviderFailure::GaveUp
        | ProviderFailure::Lost
        | ProviderFailure::Refused(_)
        | ProviderFailure::Failed
        | ProviderFailure::Malformed => no_more_sending(progress, failure),
    }
}

fn no_more_sending(progress: CancelProgress, failure: ProviderFailure) -> Next {
    if progress.in_doubt {
        read(progress, Doubted::Failure(failure))
    } else {
        settle(CancelResult::NotCancelled(NotCancelled::Failure(failure)))
    }
}

/// Whether a failure leaves open what was done.
const fn leaves_doubt(failure: &ProviderFailure) -> bool {
    match failure {
        ProviderFailure::NotSent
        | ProviderFailure::NotSafe(_)
        | ProviderFailure::Busy
        | ProviderFailure::BusyFor(_) => false,
        ProviderFailure::Lost
        | ProviderFailure::NotRelayed
        | ProviderFailure::GaveUp
        | ProviderFailure::Failed
        | ProviderFailure::Malformed => true,
        ProviderFailure::Refused(refusal) => matches!(refusal, Refusal::RequestIdUsed | Refusal::Conflict),
    }
}

fn after_reading(progress: CancelProgress, doubted: Doubted, read: ReadBack, shown: &str) -> Next {
    let held = match read {
        ReadBack::Held(held) => held,
        ReadBack::CannotTell(failure) => {
            return match doubted {
                Doubted::Refused(refusal) if !progress.in_doubt => {
                    settle(CancelResult::NotCancelled(NotCancelled::Refused(refusal)))
                }
                Doubted::Refused(_) => settle(CancelResult::Unknown(failure)),
                Doubted::Failure(failure) => settle(CancelResult::Unknown(failure)),
            };
        }
    };
    match held.status {
        AppointmentStatus::Cancelled if progress.in_doubt => settle(CancelResult::Cancelled(held)),
        AppointmentStatus::Cancelled => {
            settle(CancelResult::NotCancelled(NotCancelled::Refused(CancelRefusal::AlreadyCancelled)))
        }
        AppointmentStatus::Proposed
        | AppointmentStatus::Pending
        | AppointmentStatus::Booked
        | AppointmentStatus::Arrived
        | AppointmentStatus::Fulfilled
        | AppointmentStatus::NoShow
        | AppointmentStatus::EnteredInError
        | AppointmentStatus::Other(_) => not_cancelled_as_read(progress, doubted, &held.version, shown),
    }
}

fn not_cancelled_as_read(progress: CancelProgress, doubted: Doubted, version: &str, shown: &str) -> Next {
    if version != shown {
        // Whatever of ours is still on its way names a version that is gone.
        return settle(CancelResult::NotCancelled(NotCancelled::Refused(CancelRefusal::Changed)));
    }
    match doubted {
        Doubted::Failure(ProviderFailure::Lost) if progress.unattended && progress.tries <= RETRIES_AFTER_LOST => {
            send(progress)
        }
        Doubted::Failure(failure @ (ProviderFailure::Lost | ProviderFailure::NotRelayed | ProviderFailure::GaveUp)) => {
            settle(CancelResult::Unknown(failure))
        }
        Doubted::Failure(
            failure @ (ProviderFailure::NotSent
            | ProviderFailure::NotSafe(_)
            | ProviderFailure::Busy
            | ProviderFailure::BusyFor(_)
            | ProviderFailure::Refused(_)
            | ProviderFailure::Failed
            | ProviderFailure::Malformed),
        ) if progress.tries > 1 => settle(CancelResult::Unknown(failure)),
        Doubted::Failure(
            failure @ (ProviderFailure::NotSent
            | ProviderFailure::NotSafe(_)
            | ProviderFailure::Busy
            | ProviderFailure::BusyFor(_)
            | ProviderFailure::Refused(_)
            | ProviderFailure::Failed
            | ProviderFailure::Malformed),
        ) => settle(CancelResult::NotCancelled(NotCancelled::StillHeld(failure))),
        // The provider says one thing and holds another: the user is told what it holds.
        Doubted::Refused(refusal) => settle(CancelResult::NotCancelled(NotCancelled::Refused(refusal))),
    }
}

fn read(progress: CancelProgress, doubted: Doubted) -> Next {
    (CancelState::Reading(progress, doubted), Some(CancelEffect::ReadBooking))
}

fn send(progress: CancelProgress) -> Next {
    let progress = CancelProgress { tries: progress.tries + 1, ..progress };
    (CancelState::Sending(progress), Some(CancelEffect::PutCancelled))
}

fn settle(result: CancelResult) -> Next {
    (CancelState::Settled(result.clone()), Some(CancelEffect::StoreResult(result)))
}
