//! Taking down a patient, recording the assessment outcome, ending the encounter.

use chrono::{DateTime, Utc};
use desk_domain::audit::AuditAction;
use desk_domain::encounter::{Encounter, Ending, Responses, Undone};
use desk_domain::failure::RecordFailure;
use desk_domain::id::{BookingId, EncounterId, OutcomeId};
use desk_domain::outcome::{AssessmentOutcome, Disposition};
use desk_domain::patient::Patient;
use desk_domain::personal::Personal;
use desk_domain::rebook::{RebookEvent, RebookState};
use desk_domain::user::Action;

use crate::desk::{Desk, SignedIn};
use crate::error::JourneyError;
use crate::ports::{Alongside, BookingRecord, Intent, RebookRecord};
use crate::refer::ReferralOutcome;

/// How many encounters the list to go on with shows.
const MOST_OPEN: u32 = 50;

/// An outcome to be recorded.
#[derive(Debug, Clone)]
pub struct NewOutcome {
    /// Which.
    pub disposition: Disposition,
    /// When it was reached (UTC); none means now.
    pub reached: Option<DateTime<Utc>>,
    /// Symptom group.
    pub symptom_group: u32,
    /// Symptom discriminators.
    pub symptom_discriminators: Vec<u32>,
    /// Reason for the appointment.
    pub reason: Personal<String>,
}

/// An encounter that goes on, as a list shows it.
#[derive(Debug, Clone)]
pub struct GoingOn {
    /// The encounter.
    pub encounter: Encounter,
    /// Whether a booking was made in it.
    pub booked: bool,
}

/// What an encounter is shown with, beside what was taken down in it.
#[derive(Debug, Clone, Default)]
pub struct EncounterParts {
    /// Its bookings, newest first.
    pub bookings: Vec<BookingRecord>,
    /// Its rebookings, newest first.
    pub rebooks: Vec<RebookRecord>,
    /// Its referrals, newest first.
    pub referrals: Vec<ReferralOutcome>,
    /// What keeps it from being completed.
    pub undone: Option<Undone>,
}

impl Desk {
    /// Begins an encounter with a patient.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn start_encounter(&self, who: &SignedIn, patient: Patient) -> Result<Encounter, JourneyError> {
        self.started_for(who, patient, None).await
    }

    /// Begins an encounter that reassesses an earlier one, for the patient as they were taken down then: a patient who
    /// calls back after the consultation (RB-2).
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn reassess(&self, who: &SignedIn, earlier: EncounterId) -> Result<Encounter, JourneyError> {
        self.require(who, Action::RunEncounter).await?;
        let earlier = self.ports.encounters.load(earlier).await?;
        self.started_for(who, earlier.patient, Some(earlier.id)).await
    }

    async fn started_for(
        &self,
        who: &SignedIn,
        patient: Patient,
        reassesses: Option<EncounterId>,
    ) -> Result<Encounter, JourneyError> {
        self.require(who, Action::RunEncounter).await?;
        let encounter = Encounter {
            id: EncounterId(self.ports.clock.new_id()),
            started: self.now(),
            started_by: who.user.id,
            started_by_name: who.user.name.displayed(),
            patient,
            outcomes: Vec::new(),
            responses: Responses::default(),
            reassesses,
            version: 0,
            ended: None,
            ending: None,
        };
        self.save(who, encounter, AuditAction::EncounterStarted).await
    }

    /// Changes the patient's details, as somebody who saw this version of the encounter.
    ///
    /// # Errors
    /// [`JourneyError::ChangedMeanwhile`], [`JourneyError::NotPermitted`], [`JourneyError::EncounterEnded`],
    /// [`JourneyError::Record`].
    pub async fn change_patient(
        &self,
        who: &SignedIn,
        (id, seen): (EncounterId, u32),
        patient: Patient,
    ) -> Result<Encounter, JourneyError> {
        self.require(who, Action::RunEncounter).await?;
        let encounter = Encounter { patient, ..self.as_seen(id, seen).await? };
        let encounter = self.save(who, encounter, AuditAction::PatientChanged).await?;
        self.forget(id);
        Ok(encounter)
    }

    /// Records what was said and found in the assessment, as somebody who saw this version of the encounter.
    ///
    /// # Errors
    /// As [`Desk::change_patient`].
    pub async fn record_responses(
        &self,
        who: &SignedIn,
        (id, seen): (EncounterId, u32),
        responses: Responses,
    ) -> Result<Encounter, JourneyError> {
        self.require(who, Action::RunEncounter).await?;
        let encounter = Encounter { responses, ..self.as_seen(id, seen).await? };
        self.save(who, encounter, AuditAction::ResponsesRecorded).await
    }

    /// The encounter, where it goes on and is as it was seen: nobody undoes what another desk took down meanwhile.
    async fn as_seen(&self, id: EncounterId, seen: u32) -> Result<Encounter, JourneyError> {
        let encounter = self.going_on(id).await?;
        if encounter.version == seen { Ok(encounter) } else { Err(JourneyError::ChangedMeanwhile) }
    }

    /// Records an outcome; an earlier one is kept and no longer counts.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::EncounterEnded`], [`JourneyError::Record`].
    pub async fn record_outcome(
        &self,
        who: &SignedIn,
        id: EncounterId,
        new: NewOutcome,
    ) -> Result<Encounter, JourneyError> {
        self.require(who, Action::RunEncounter).await?;
        let mut encounter = self.going_on(id).await?;
        let outcome = AssessmentOutcome {
            id: OutcomeId(self.ports.clock.new_id()),
            disposition: new.disposition,
            reached: new.reached.unwrap_or_else(|| self.now()),
            symptom_group: new.symptom_group,
            symptom_discriminators: new.symptom_discriminators,
            reason: new.reason,
        };
        let what = AuditAction::OutcomeRecorded {
            code: outcome.disposition.code.clone(),
            reached: outcome.reached,
            due: outcome.due(),
        };
        encounter.outcomes.push(outcome);
        let encounter = self.save(who, encounter, what).await?;
        self.forget(id);
        Ok(encounter)
    }

    /// Ends an encounter. One that is completed has a booking with its referral, or a referral; where something is left
    /// undone, it says why. One that needs no service has no booking that stands.
    ///
    /// # Errors
    /// [`JourneyError::NotCompleted`], [`JourneyError::StillBooked`], [`JourneyError::ReasonNeeded`],
    /// [`JourneyError::NotPermitted`], [`JourneyError::EncounterEnded`], [`JourneyError::Record`].
    pub async fn end_encounter(
        &self,
        who: &SignedIn,
        id: EncounterId,
        ending: Ending,
    ) -> Result<Encounter, JourneyError> {
        self.require(who, Action::RunEncounter).await?;
        let encounter = self.going_on(id).await?;
        match &ending {
            Ending::Completed => self.undone(id).await?.map_or(Ok(()), |undone| Err(JourneyError::from(undone)))?,
            Ending::NoReferralRequired => {
                encounter.outcome().ok_or(JourneyError::OutcomeMissing)?;
                if self.standing_bookings(id).await?.next().is_some() {
                    return Err(JourneyError::StillBooked);
                }
                if let Some(undone @ (Undone::NotSettled | Undone::HoldsTwo)) = self.undone(id).await? {
                    return Err(undone.into());
                }
            }
            Ending::LeftUndone { why } if why.reveal().trim().is_empty() => return Err(JourneyError::ReasonNeeded),
            Ending::LeftUndone { .. } => {}
        }
        for rebook in self.ports.ledger.rebooks_in(id).await? {
            if rebook.state == RebookState::Began {
                let left = self.with_step(who, Some(rebook.id), RebookEvent::Left, Alongside::default()).await?;
                self.ports.ledger.note(left).await?;
            }
        }
        let encounter = Encounter { ended: Some(self.now()), ending: Some(ending.clone()), ..encounter };
        let encounter = self.save(who, encounter, AuditAction::EncounterEnded { ending: Some(ending) }).await?;
        self.forget(id);
        Ok(encounter)
    }

    /// What keeps an encounter from being completed; none where nothing does.
    ///
    /// # Errors
    /// [`JourneyError::Record`].
    pub async fn undone(&self, id: EncounterId) -> Result<Option<Undone>, JourneyError> {
        let rebooks = self.ports.ledger.rebooks_in(id).await?;
        if rebooks.iter().any(|rebook| rebook.state.waits_on_two()) {
            return Ok(Some(Undone::HoldsTwo));
        }
        let intents = self.ports.ledger.intents_in(id).await?;
        if intents.iter().any(Intent::is_in_doubt) {
            return Ok(Some(Undone::NotSettled));
        }
        let referrals = self.ports.ledger.referrals_in(id).await?;
        let of = |booking: BookingId| referrals.iter().any(|referral| referral.permit.booking() == Some(booking));
        if self.standing_bookings(id).await?.any(|booking| !of(booking.id)) {
            return Ok(Some(Undone::NotReferred));
        }
        let referred = referrals.iter().any(|referral| !referral.is_decoupled());
        let cancelled = intents.iter().any(|intent| matches!(intent, Intent::Cancellation(_)));
        Ok((!referred && !cancelled).then_some(Undone::NothingDone))
    }

    /// What an encounter is shown with; that its bookings were listed is recorded.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn encounter_parts(&self, who: &SignedIn, id: EncounterId) -> Result<EncounterParts, JourneyError> {
        Ok(EncounterParts {
            bookings: self.bookings_in(who, id).await?,
            rebooks: self.rebooks_in(who, id).await?,
            referrals: self.referrals_in(who, id).await?,
            undone: self.undone(id).await?,
        })
    }

    pub(crate) async fn standing_bookings(
        &self,
        id: EncounterId,
    ) -> Result<impl Iterator<Item = BookingRecord> + use<>, JourneyError> {
        let made = self.ports.ledger.bookings_in(id).await?;
        Ok(made.into_iter().filter(|booking| booking.word.held.status.stands()))
    }

    /// Opens an encounter; that its patient was seen is recorded.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn open_encounter(&self, who: &SignedIn, id: EncounterId) -> Result<Encounter, JourneyError> {
        self.require(who, Action::SeeBookings).await?;
        let encounter = self.ports.encounters.load(id).await?;
        self.record(who, Some(id), AuditAction::EncounterOpened).await?;
        Ok(encounter)
    }

    /// Encounters that go on, newest first; that they were listed is recorded.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn encounters_going_on(&self, who: &SignedIn) -> Result<Vec<GoingOn>, JourneyError> {
        self.require(who, Action::SeeBookings).await?;
        self.record(who, None, AuditAction::EncountersListed).await?;
        let encounters = self.ports.encounters.open(MOST_OPEN).await?;
        let ids: Vec<EncounterId> = encounters.iter().map(|encounter| encounter.id).collect();
        let booked = self.ports.ledger.booked_among(&ids).await?;
        let going_on = |encounter: Encounter| GoingOn { booked: booked.contains(&encounter.id), encounter };
        Ok(encounters.into_iter().map(going_on).collect())
    }

    async fn save(&self, who: &SignedIn, encounter: Encounter, what: AuditAction) -> Result<Encounter, JourneyError> {
        let event = self.event(Some(who), Some(encounter.id), what);
        self.ports.encounters.save(&encounter, &event).await.map_err(|failure| match failure {
            RecordFailure::AlreadySettled => JourneyError::ChangedMeanwhile,
            RecordFailure::Failed(_) | RecordFailure::NotFound | RecordFailure::DetailsRemoved { .. } => failure.into(),
        })?;
        Ok(Encounter { version: encounter.version + 1, ..encounter })
    }
}
