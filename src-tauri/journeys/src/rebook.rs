//! Rebooking (RB): the new booking first, the end of the original second. The state machine is in
//! [`desk_domain::rebook`]; each step is written in the same transaction as what brought it about.

use desk_domain::audit::AuditAction;
use desk_domain::cancel::{AppointmentPatient, CancelRefusal, Whose};
use desk_domain::failure::RecordFailure;
use desk_domain::id::{BookingId, EncounterId, RebookId};
use desk_domain::patient::Patient;
use desk_domain::personal::Personal;
use desk_domain::rebook::{RebookEvent, RebookState, step};
use desk_domain::user::Action;

use crate::desk::{Desk, SignedIn};
use crate::error::JourneyError;
use crate::ports::{Alongside, KnownBooking, RebookRecord};

impl Desk {
    /// Begins a rebooking in an encounter: from now on a new slot may be booked beside the original, which stands until
    /// the new one is confirmed (RB-3). After the consultation a reassessment comes first, or a reason for going on
    /// without one (RB-2).
    ///
    /// # Errors
    /// [`JourneyError::ReassessmentNeeded`], [`JourneyError::AnotherPatients`]; [`JourneyError::CannotCancel`] where it is
    /// cancelled already; [`JourneyError::RebookElsewhere`] where a
    /// rebooking of it is under way in another encounter; [`JourneyError::NotPermitted`], [`JourneyError::EncounterEnded`],
    /// [`JourneyError::Record`].
    pub async fn begin_rebook(
        &self,
        who: &SignedIn,
        encounter: EncounterId,
        original: KnownBooking,
        without_reassessment: Option<Personal<String>>,
    ) -> Result<RebookRecord, JourneyError> {
        self.require(who, Action::Book).await?;
        let encounter = self.going_on(encounter).await?;
        let open = self.ports.ledger.open_rebooks().await?;
        for open in open.into_iter().filter(|open| open.original.url == original.url) {
            match open.state {
                _ if open.encounter == encounter.id => return Ok(open),
                // Begun elsewhere and left there: nothing was ordered in it.
                RebookState::Began => drop(self.take_step(who, open.id, RebookEvent::Left).await?),
                RebookState::Booking(_)
                | RebookState::NewBooked(_)
                | RebookState::Cancelling { .. }
                | RebookState::HoldsTwo(_)
                | RebookState::CancellingNew { .. }
                | RebookState::Settled(_) => return Err(JourneyError::RebookElsewhere),
            }
        }
        let without_reassessment = without_reassessment.filter(|why| !why.reveal().trim().is_empty());
        let made_here = match original.booking {
            Some(booking) => {
                let booking = self.ports.ledger.booking(booking).await?;
                if booking.word.held.status.is_called_off() {
                    return Err(CancelRefusal::AlreadyCancelled.into());
                }
                booking.order.encounter == encounter.id
            }
            None => false,
        };
        if !made_here && !is_same_person(&original.patient, &encounter.patient) {
            return Err(JourneyError::AnotherPatients);
        }
        if !made_here && encounter.outcome().is_none() && without_reassessment.is_none() {
            return Err(JourneyError::ReassessmentNeeded);
        }
        let rebook = RebookRecord {
            id: RebookId(self.ports.clock.new_id()),
            encounter: encounter.id,
            original,
            state: RebookState::Began,
            since: self.now(),
            step: 1,
        };
        let what = AuditAction::RebookBegan {
            rebook: rebook.id,
            original: rebook.original.url.clone(),
            booking: rebook.original.booking,
            without_reassessment,
        };
        let events = vec![self.event(Some(who), Some(encounter.id), what)];
        let alongside = Alongside { rebook: Some(rebook.clone()), events, ..Alongside::default() };
        self.ports.ledger.note(alongside).await.map_err(elsewhere)?;
        Ok(rebook)
    }

    /// Leaves it at the original: nothing new is wanted.
    ///
    /// # Errors
    /// [`JourneyError::RebookElsewhere`] where it has come further; [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn leave_rebook(&self, who: &SignedIn, id: RebookId) -> Result<RebookRecord, JourneyError> {
        self.require(who, Action::Book).await?;
        self.take_step(who, id, RebookEvent::Left).await
    }

    /// Keeps both bookings, on purpose and for a reason.
    ///
    /// # Errors
    /// [`JourneyError::ReasonNeeded`], [`JourneyError::RebookElsewhere`], [`JourneyError::NotPermitted`],
    /// [`JourneyError::Record`].
    pub async fn keep_both(
        &self,
        who: &SignedIn,
        id: RebookId,
        why: &Personal<String>,
    ) -> Result<RebookRecord, JourneyError> {
        self.require(who, Action::Cancel).await?;
        if why.reveal().trim().is_empty() {
            return Err(JourneyError::ReasonNeeded);
        }
        self.take_step(who, id, RebookEvent::BothKept(why.clone())).await
    }

    /// Rebookings of an encounter, newest first.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn rebooks_in(&self, who: &SignedIn, encounter: EncounterId) -> Result<Vec<RebookRecord>, JourneyError> {
        self.require(who, Action::SeeBookings).await?;
        Ok(self.ports.ledger.rebooks_in(encounter).await?)
    }

    async fn take_step(&self, who: &SignedIn, id: RebookId, event: RebookEvent) -> Result<RebookRecord, JourneyError> {
        let alongside = self.with_step(who, Some(id), event, Alongside::default()).await.map_err(elsewhere)?;
        let rebook = alongside.rebook.clone().ok_or(JourneyError::RebookElsewhere)?;
        self.ports.ledger.note(alongside).await.map_err(elsewhere)?;
        Ok(rebook)
    }

    pub(crate) async fn rebook_in(&self, encounter: EncounterId, id: RebookId) -> Result<RebookRecord, JourneyError> {
        let rebook = self.ports.ledger.rebook(id).await?;
        if rebook.encounter == encounter { Ok(rebook) } else { Err(JourneyError::ShownTooLongAgo) }
    }

    /// The same for what is to be written in any case: what a provider said is never lost for a step that does not lead on.
    /// A record that fails is another matter: a result without its step would leave the rebooking where nothing moves it.
    pub(crate) async fn with_step_if_it_can(
        &self,
        who: &SignedIn,
        rebook: Option<RebookId>,
        event: RebookEvent,
        alongside: Alongside,
    ) -> Result<Alongside, RecordFailure> {
        match self.with_step(who, rebook, event, alongside.clone()).await {
            Err(RecordFailure::AlreadySettled) => Ok(alongside),
            with_step => with_step,
        }
    }

    /// What is to be written, with the step that a rebooking takes by it. [`RecordFailure::AlreadySettled`] where the
    /// rebooking has come to a place from which this step does not lead on.
    pub(crate) async fn with_step(
        &self,
        who: &SignedIn,
        rebook: Option<RebookId>,
        event: RebookEvent,
        alongside: Alongside,
    ) -> Result<Alongside, RecordFailure> {
        let Some(id) = rebook else { return Ok(alongside) };
        let before = self.ports.ledger.rebook(id).await?;
        let state = step(before.state.clone(), event).map_err(|impossible| {
            tracing::warn!(rebook = %id, %impossible, "a rebooking was taken on elsewhere");
            RecordFailure::AlreadySettled
        })?;
        let what = AuditAction::RebookMoved { rebook: id, step: state.word().to_owned() };
        let mut events = alongside.events;
        events.push(self.event(Some(who), Some(before.encounter), what));
        let after = RebookRecord { state, since: self.now(), step: before.step + 1, ..before };
        Ok(Alongside { rebook: Some(after), events, ..alongside })
    }
}

impl RebookRecord {
    /// Whether a booking of the record is its new one.
    pub(crate) fn has_new(&self, booking: Option<BookingId>) -> bool {
        booking.is_some() && self.state.new_booking().is_some_and(|new| new.booking == booking)
    }
}

fn elsewhere(failure: RecordFailure) -> JourneyError {
    match failure {
        RecordFailure::AlreadySettled => JourneyError::RebookElsewhere,
        RecordFailure::Failed(_) | RecordFailure::NotFound | RecordFailure::DetailsRemoved { .. } => failure.into(),
    }
}

/// Whether two were taken down as the same person.
pub(crate) fn is_same_person(one: &Patient, other: &Patient) -> bool {
    let one = AppointmentPatient {
        nhs_number: one.nhs_number.clone(),
        name: None,
        family: Some(one.name.family.clone()),
        birth_date: Some(one.birth_date.clone()),
    };
    one.is(other) == Whose::Theirs
}
