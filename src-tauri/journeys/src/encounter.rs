//! Taking down a patient, recording the assessment outcome, ending the encounter.

use chrono::{DateTime, Utc};
use desk_domain::audit::AuditAction;
use desk_domain::encounter::{Encounter, Responses};
use desk_domain::id::{EncounterId, OutcomeId};
use desk_domain::outcome::{AssessmentOutcome, Disposition};
use desk_domain::patient::Patient;
use desk_domain::personal::Personal;
use desk_domain::user::Action;

use crate::desk::{Desk, SignedIn};
use crate::error::JourneyError;

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

impl Desk {
    /// Begins an encounter with a patient.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn start_encounter(&self, who: &SignedIn, patient: Patient) -> Result<Encounter, JourneyError> {
        self.require(who, Action::RunEncounter).await?;
        let encounter = Encounter {
            id: EncounterId(self.ports.clock.new_id()),
            started: self.now(),
            started_by: who.user.id,
            started_by_name: who.user.name.displayed(),
            patient,
            outcomes: Vec::new(),
            responses: Responses::default(),
            reassesses: None,
            ended: None,
            ending: None,
        };
        self.save(who, &encounter, AuditAction::EncounterStarted).await?;
        Ok(encounter)
    }

    /// Changes the patient's details.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::EncounterEnded`], [`JourneyError::Record`].
    pub async fn change_patient(
        &self,
        who: &SignedIn,
        id: EncounterId,
        patient: Patient,
    ) -> Result<Encounter, JourneyError> {
        self.require(who, Action::RunEncounter).await?;
        let encounter = Encounter { patient, ..self.going_on(id).await? };
        self.save(who, &encounter, AuditAction::PatientChanged).await?;
        self.forget(id);
        Ok(encounter)
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
        self.save(who, &encounter, what).await?;
        self.forget(id);
        Ok(encounter)
    }

    /// Ends an encounter.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::EncounterEnded`], [`JourneyError::Record`].
    pub async fn end_encounter(&self, who: &SignedIn, id: EncounterId) -> Result<Encounter, JourneyError> {
        self.require(who, Action::RunEncounter).await?;
        let encounter = Encounter { ended: Some(self.now()), ..self.going_on(id).await? };
        self.save(who, &encounter, AuditAction::EncounterEnded { ending: None }).await?;
        self.forget(id);
        Ok(encounter)
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
    pub async fn encounters_going_on(&self, who: &SignedIn) -> Result<Vec<Encounter>, JourneyError> {
        self.require(who, Action::SeeBookings).await?;
        self.record(who, None, AuditAction::EncountersListed).await?;
        Ok(self.ports.encounters.open(MOST_OPEN).await?)
    }

    async fn save(&self, who: &SignedIn, encounter: &Encounter, what: AuditAction) -> Result<(), JourneyError> {
        let event = self.event(Some(who), Some(encounter.id), what);
        Ok(self.ports.encounters.save(encounter, &event).await?)
    }
}
