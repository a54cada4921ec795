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

use crate::booking::{AppointmentStatus, Doubt, HeldBooking, SettledByHand, doubt_after, pause_before_retry};
use crate::failure::ProviderFailure;
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
    /// Somebody else cancelled it before; as the provider holds it now.
    ByOthers(HeldBooking),
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

    /// What it leaves of the booking, whoever ended it.
    #[must_use]
    pub const fn leaves(&self) -> Leaves {
        match self {
            Self::Cancelled(_)
            | Self::NotCancelled(NotCancelled::ByOthers(_) | NotCancelled::Refused(CancelRefusal::AlreadyCancelled)) => {
                Leaves::Nothing
            }
            Self::SettledByHand(by_hand) if !by_hand.held => Leaves::Nothing,
            Self::NotCancelled(_) | Self::SettledByHand(_) => Leaves::Standing,
            Self::Unknown(_) => Leaves::NotKnown,
        }
    }
}

/// What the result of a cancellation leaves of the booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaves {
    /// It does not stand any more.
    Nothing,
    /// It stands as it was.
    Standing,
    /// That is not known.
    NotKnown,
}

/// How often a cancellation was sent, and what may have come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelProgress {
    /// How many times it was sent.
    pub tries: u32,
    /// Whether a sending may still be carried out, or was carried out without our knowing.
    pub doubt: Doubt,
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
    let progress = CancelProgress { tries: 1, doubt: Doubt::InFlight, unattended: false };
    (CancelState::Reading(progress, Doubted::Failure(ProviderFailure::Lost)), CancelEffect::ReadBooking)
}

/// An unfinished cancellation that a user orders to be sent again, unchanged.
#[must_use]
pub const fn send_again() -> (CancelState, CancelEffect) {
    let progress = CancelProgress { tries: 1, doubt: Doubt::InFlight, unattended: false };
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
            let progress = CancelProgress { tries: 1, doubt: Doubt::None, unattended: true };
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
        CancelRefusal::InThePast | CancelRefusal::NotThisPatient | CancelRefusal::Differs
            if progress.doubt != Doubt::None =>
        {
            read(progress, Doubted::Refused(refusal))
        }
        CancelRefusal::InThePast | CancelRefusal::NotThisPatient | CancelRefusal::Differs => {
            settle(CancelResult::NotCancelled(NotCancelled::Refused(refusal)))
        }
    }
}

fn after_failure(progress: CancelProgress, failure: ProviderFailure) -> Next {
    let progress = CancelProgress { doubt: progress.doubt.max(doubt_after(&failure)), ..progress };
    match pause_before_retry(&failure, progress.tries).filter(|_| progress.unattended) {
        Some(pause) => (CancelState::Pausing(progress, failure), Some(CancelEffect::Pause(pause))),
        None => no_more_sending(progress, failure),
    }
}

fn no_more_sending(progress: CancelProgress, failure: ProviderFailure) -> Next {
    match progress.doubt {
        Doubt::None => settle(CancelResult::NotCancelled(NotCancelled::Failure(failure))),
        Doubt::Answered | Doubt::InFlight => read(progress, Doubted::Failure(failure)),
    }
}

fn after_reading(progress: CancelProgress, doubted: Doubted, read: ReadBack, shown: &str) -> Next {
    let held = match read {
        ReadBack::Held(held) => held,
        ReadBack::CannotTell(failure) => {
            return match doubted {
                Doubted::Refused(refusal) if progress.doubt == Doubt::None => {
                    settle(CancelResult::NotCancelled(NotCancelled::Refused(refusal)))
                }
                Doubted::Refused(_) => settle(CancelResult::Unknown(failure)),
                Doubted::Failure(failure) => settle(CancelResult::Unknown(failure)),
            };
        }
    };
    match held.status {
        AppointmentStatus::Cancelled if progress.doubt != Doubt::None => settle(CancelResult::Cancelled(held)),
        AppointmentStatus::Cancelled => settle(CancelResult::NotCancelled(NotCancelled::ByOthers(held))),
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
    let in_flight = progress.doubt == Doubt::InFlight;
    match doubted {
        Doubted::Failure(ProviderFailure::Lost) if progress.unattended && progress.tries <= RETRIES_AFTER_LOST => {
            send(progress)
        }
        // It stands, and a sending of ours may arrive still.
        Doubted::Failure(failure) if in_flight => settle(CancelResult::Unknown(failure)),
        Doubted::Failure(failure) => settle(CancelResult::NotCancelled(NotCancelled::StillHeld(failure))),
        // The provider says one thing and holds another, so that nobody can say what it does with a sending that arrives late.
        Doubted::Refused(CancelRefusal::Changed | CancelRefusal::AlreadyCancelled) if in_flight => {
            settle(CancelResult::Unknown(ProviderFailure::Lost))
        }
        // The same request is refused again, whenever it arrives.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::booking::{LONGEST_PAUSE_SECONDS, MAX_RETRIES};
    use crate::failure::Refusal;
    use crate::patient::tests::patient;

    const SHOWN: &str = "1";

    /// A booking at a provider that honours If-Match, and what became of the requests.
    #[derive(Debug, Clone)]
    struct Provider {
        version: u32,
        cancelled: bool,
        /// Whether it was a request of ours that cancelled it.
        by_us: bool,
        /// Requests that were given up and may arrive still.
        on_the_way: usize,
        /// Whether somebody else has had a hand in it; once is enough.
        others_came: bool,
        sent: u32,
    }

    impl Provider {
        fn held(&self) -> HeldBooking {
            let status = if self.cancelled { AppointmentStatus::Cancelled } else { AppointmentStatus::Booked };
            let url = "https://provider.example/STU3/1/Appointment/a1".to_owned();
            HeldBooking { appointment_id: "a1".to_owned(), version: self.version.to_string(), url, status }
        }

        /// Carries out a request that names the version that was shown.
        fn take(&mut self) -> Put {
            if self.by_us {
                return Put::Failed(ProviderFailure::Refused(Refusal::RequestIdUsed));
            }
            if self.cancelled {
                return Put::Refused(CancelRefusal::AlreadyCancelled);
            }
            if self.version.to_string() != SHOWN {
                return Put::Refused(CancelRefusal::Changed);
            }
            (self.cancelled, self.by_us, self.version) = (true, true, self.version + 1);
            Put::Cancelled(self.held())
        }

        /// As it may be after others were at it: untouched, changed, cancelled.
        fn with_others(&self) -> Vec<Self> {
            if self.others_came || self.cancelled {
                return vec![self.clone()];
            }
            let touched = Self { version: self.version + 1, others_came: true, ..self.clone() };
            vec![self.clone(), touched.clone(), Self { cancelled: true, ..touched }]
        }

        /// As it may be once a request that was given up has arrived after all, or not.
        fn with_late_arrivals(&self) -> Vec<Self> {
            let mut all = vec![self.clone()];
            if self.on_the_way > 0 {
                let mut arrived = Self { on_the_way: self.on_the_way - 1, ..self.clone() };
                arrived.take();
                all.push(arrived);
            }
            all
        }

        /// Every way in which one sending can go.
        fn sendings(&self) -> Vec<(Self, Put)> {
            let failed = |failure| Put::Failed(failure);
            let sent = Self { sent: self.sent + 1, ..self.clone() };
            let mut all: Vec<(Self, Put)> = [
                ProviderFailure::NotSent,
                ProviderFailure::NotSafe(crate::failure::CertificateFault::Theirs),
                ProviderFailure::Busy,
                ProviderFailure::BusyFor(LONGEST_PAUSE_SECONDS + 1),
                ProviderFailure::Refused(Refusal::Forbidden),
                ProviderFailure::Refused(Refusal::NotFound),
                // It answered, and did nothing.
                ProviderFailure::Failed,
                ProviderFailure::Malformed,
                ProviderFailure::Refused(Refusal::Conflict),
            ]
            .map(|failure| (sent.clone(), failed(failure)))
            .into();
            all.extend([CancelRefusal::InThePast, CancelRefusal::NotThisPatient, CancelRefusal::Differs].map(
                |refusal| {
                    // Whatever is on its way still is refused as well.
                    (Self { on_the_way: 0, ..sent.clone() }, Put::Refused(refusal))
                },
            ));
            let lost = [ProviderFailure::Lost, ProviderFailure::NotRelayed, ProviderFailure::GaveUp];
            // It never arrives, or it does later.
            all.extend(
                lost.iter()
                    .map(|failure| (Self { on_the_way: sent.on_the_way + 1, ..sent.clone() }, failed(failure.clone()))),
            );
            let mut done = sent;
            let answer = done.take();
            // It was carried out, or refused, and the answer was lost, garbled, or came.
            let garbled = [ProviderFailure::Failed, ProviderFailure::Malformed];
            all.extend(lost.into_iter().chain(garbled).map(|failure| (done.clone(), failed(failure))));
            all.push((done, answer));
            all
        }
    }

    /// Walks every way in which a cancellation can go, and gives what it said at each end to `check`, with the provider as
    /// it was when that was said.
    fn every_way((state, effect): (CancelState, CancelEffect), check: &mut impl FnMut(&CancelResult, &Provider)) {
        let at_first =
            Provider { version: 1, cancelled: false, by_us: false, on_the_way: 0, others_came: false, sent: 0 };
        let resumed = !matches!(state, CancelState::Prepared);
        // Found without a result, it was sent once, and nobody knows what became of that.
        let before = if resumed { Provider { on_the_way: 1, ..at_first }.with_late_arrivals() } else { vec![at_first] };
        before.iter().for_each(|provider| walk(&state, &effect, provider, check));
    }

    fn walk(
        state: &CancelState,
        effect: &CancelEffect,
        provider: &Provider,
        check: &mut impl FnMut(&CancelResult, &Provider),
    ) {
        let mut next = |provider: &Provider, event: CancelEvent| {
            let (state, effect) = step(state.clone(), event, SHOWN).expect("the machine itself asked for it");
            match (state, effect) {
                (_, Some(effect @ CancelEffect::StoreResult(_))) => {
                    let CancelEffect::StoreResult(result) = &effect else { return };
                    check(result, provider);
                }
                (CancelState::Settled(result), None) => check(&result, provider),
                (state, Some(effect)) => walk(&state, &effect, provider, check),
                (state, None) => panic!("{state:?} has nothing to do and no result"),
            }
        };
        let around = || provider.with_others().into_iter().flat_map(|provider| provider.with_late_arrivals());
        match effect {
            CancelEffect::StoreIntent => {
                next(provider, CancelEvent::IntentStored);
                next(provider, CancelEvent::IntentNotStored);
            }
            CancelEffect::PutCancelled => {
                for (provider, put) in around().flat_map(|provider| provider.sendings()) {
                    next(&provider, CancelEvent::Put(put));
                }
            }
            CancelEffect::Pause(_) => {
                next(provider, CancelEvent::PauseOver);
                next(provider, CancelEvent::StopAsked);
            }
            CancelEffect::ReadBooking => {
                for provider in around() {
                    next(&provider, CancelEvent::Read(ReadBack::Held(provider.held())));
                    next(&provider, CancelEvent::Read(ReadBack::CannotTell(ProviderFailure::NotSent)));
                }
            }
            CancelEffect::StoreResult(_) => panic!("a result is an end"),
        }
    }

    /// What a claim may be, by what the provider holds and may hold yet.
    fn check_claim(result: &CancelResult, provider: &Provider) {
        match result {
            CancelResult::Cancelled(held) => {
                assert!(provider.cancelled, "claimed a cancellation that is not: {provider:?}");
                assert_eq!(held.status, AppointmentStatus::Cancelled, "as held");
            }
            CancelResult::NotCancelled(why) => {
                for provider in provider.with_late_arrivals() {
                    assert!(!provider.by_us, "{why:?}, and this request did cancel it: {provider:?}");
                }
                if *why == NotCancelled::Refused(CancelRefusal::AlreadyCancelled) {
                    assert!(provider.cancelled, "{provider:?}");
                }
                if let NotCancelled::ByOthers(held) = why {
                    assert!(provider.cancelled && *held == provider.held(), "as it is held: {held:?}, {provider:?}");
                }
                if *why == NotCancelled::NothingSent {
                    assert_eq!(provider.sent, 0, "nothing was sent");
                }
            }
            CancelResult::Unknown(_) => {}
            CancelResult::SettledByHand(_) => panic!("no person was asked"),
        }
    }

    #[test]
    fn ca_4_what_is_claimed_of_a_cancellation_is_what_the_provider_did_in_every_way_it_can_go() {
        let mut ends = std::collections::HashMap::new();
        every_way(begin(), &mut |result, provider| {
            check_claim(result, provider);
            assert!(provider.sent <= 1 + MAX_RETRIES, "ER-2: sent {} times", provider.sent);
            *ends.entry(format!("{:?}", result.kind())).or_insert(0u64) += 1;
        });
        for kind in ["Cancelled", "NotCancelled", "Unknown"] {
            assert!(ends.get(kind).is_some_and(|count| *count > 100), "{kind} is among the ends: {ends:?}");
        }
    }

    #[test]
    fn bk_4_after_a_restart_a_cancellation_is_only_read_and_sent_once_where_a_user_orders_it() {
        let (mut settled, mut unknown) = (0, 0);
        every_way(resume(), &mut |result, provider| {
            check_claim(result, provider);
            assert_eq!(provider.sent, 0, "nothing is sent unasked");
            if result.settles() { settled += 1 } else { unknown += 1 }
        });
        assert!(settled > 0 && unknown > 0, "some can be told and some not: {settled}, {unknown}");
        every_way(send_again(), &mut |result, provider| {
            check_claim(result, provider);
            assert_eq!(provider.sent, 1, "once");
        });
    }

    #[test]
    fn er_2_the_pause_is_as_long_as_the_provider_asks_for_and_a_long_one_is_the_users_to_take() {
        let after = |failure| {
            let (state, _) = step(begin().0, CancelEvent::IntentStored, SHOWN).expect("possible");
            step(state, CancelEvent::Put(Put::Failed(failure)), SHOWN).expect("possible").1
        };
        assert_eq!(after(ProviderFailure::Busy), Some(CancelEffect::Pause(Duration::from_millis(500))), "our own");
        assert_eq!(after(ProviderFailure::BusyFor(7)), Some(CancelEffect::Pause(Duration::from_secs(7))), "theirs");
        let long = ProviderFailure::BusyFor(LONGEST_PAUSE_SECONDS + 1);
        let told = CancelResult::NotCancelled(NotCancelled::Failure(long.clone()));
        assert_eq!(after(long), Some(CancelEffect::StoreResult(told)), "told at once");
    }

    #[test]
    fn an_event_that_cannot_happen_is_an_error_and_changes_nothing() {
        let settled = CancelState::Settled(CancelResult::NotCancelled(NotCancelled::NothingSent));
        for event in [CancelEvent::PauseOver, CancelEvent::IntentStored, CancelEvent::StopAsked] {
            assert!(step(settled.clone(), event, SHOWN).is_err(), "a settled cancellation stays settled");
        }
        assert!(step(CancelState::Prepared, CancelEvent::PauseOver, SHOWN).is_err(), "nothing was sent yet");
    }

    #[test]
    fn ca_2_whose_an_appointment_is_is_told_by_the_nhs_number_or_else_by_name_and_birth_and_is_never_guessed() {
        let number = |text: &str| NhsNumber::new(text).expect("an NHS number");
        let (ours, other) = (number("9434765919"), number("9434765870"));
        let ours_is = |with: Option<&NhsNumber>| Patient { nhs_number: with.cloned(), ..patient() };
        let (family, birth) = (patient().name.family, patient().birth_date);
        let same_name = |way: fn(&str) -> String| Some(Personal::from(way(family.reveal()).as_str()));
        let (as_is, odd) = (same_name(str::to_owned), same_name(|text| format!("  {} ", text.to_uppercase())));
        let (another, born) = (Some(Personal::from("Somebody")), Some(birth.clone()));
        let not_born = birth.reveal().succ_opt().map(Personal::new);
        let appointment = |nhs_number: Option<&NhsNumber>, family: &Option<Personal<String>>, birth_date: &_| {
            let (nhs_number, family) = (nhs_number.cloned(), family.clone());
            AppointmentPatient { nhs_number, name: None, family, birth_date: Option::clone(birth_date) }
        };
        let table = [
            // Both have a number: it alone decides.
            (appointment(Some(&ours), &another, &not_born), Some(&ours), Whose::Theirs),
            (appointment(Some(&other), &as_is, &born), Some(&ours), Whose::SomebodyElses),
            // One of them has none: name and birth, both.
            (appointment(None, &as_is, &born), Some(&ours), Whose::Theirs),
            (appointment(Some(&other), &as_is, &born), None, Whose::Theirs),
            (appointment(None, &odd, &born), None, Whose::Theirs),
            (appointment(None, &another, &born), Some(&ours), Whose::SomebodyElses),
            (appointment(None, &as_is, &not_born), None, Whose::SomebodyElses),
            (appointment(None, &another, &None), None, Whose::SomebodyElses),
            (appointment(None, &None, &not_born), None, Whose::SomebodyElses),
            // Half of it is not enough.
            (appointment(None, &as_is, &None), Some(&ours), Whose::NotSaid),
            (appointment(None, &None, &born), None, Whose::NotSaid),
            (appointment(Some(&ours), &None, &None), None, Whose::NotSaid),
            (AppointmentPatient::default(), Some(&ours), Whose::NotSaid),
        ];
        for (index, (appointment, with, expected)) in table.into_iter().enumerate() {
            assert_eq!(appointment.is(&ours_is(with)), expected, "row {index}");
        }
    }
}
