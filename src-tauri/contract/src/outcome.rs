//! Encounters and their assessment outcomes.

use chrono::{DateTime, Days, NaiveTime, Utc};
use desk_domain::calendar::{instant_of_local, local_date};
use desk_domain::encounter::Encounter;
use desk_domain::outcome::{AssessmentOutcome, Disposition};
use desk_domain::personal::Personal;
use desk_journeys::encounter::{EncounterParts, NewOutcome};
use desk_journeys::ports::BookingRecord;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::booking::BookingView;
use crate::cancel::RebookView;
use crate::display;
use crate::form::Form;
use crate::patient::{PatientInput, PatientView};
use crate::problem::Problem;
use crate::referral::ReferralView;
use crate::responses::{ResponsesInput, ending_words, undone_words};

/// One assessment outcome that can be recorded.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OutcomeChoiceView {
    /// NHS Pathways code, for example `Dx06`.
    pub code: String,
    /// What it asks for.
    pub description: String,
    /// `Within 6 hours`, `Next working day`, `No timeframe`.
    pub timeframe: String,
}

/// The outcome form as typed.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct OutcomeInput {
    /// Code of the chosen outcome; empty where nothing was chosen.
    pub code: String,
    /// UK local time `HH:MM` at which the outcome was reached, today or (where that would lie ahead) yesterday; empty means now.
    pub reached_at: String,
    /// Symptom group number of the assessment.
    pub symptom_group: String,
    /// Symptom discriminator numbers, comma separated; may be empty.
    pub symptom_discriminators: String,
    /// The reason for the appointment in a few words; goes to the provider as description.
    pub reason: String,
}

/// The outcome as shown beside the running clock.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OutcomeView {
    /// Code.
    pub code: String,
    /// What it asks for.
    pub description: String,
    /// `Within 6 hours`.
    pub timeframe: String,
    /// When it was reached: `20-Nov-2026 18:02`.
    pub reached: String,
    /// Until when, in words: `21-Nov-2026 00:02`; empty where the outcome has no timeframe.
    pub due: String,
    /// When it was reached, as an instant (RFC 3339, UTC): for the running clock.
    pub reached_at: String,
    /// Until when, as an instant (RFC 3339, UTC); none where the outcome has no timeframe.
    pub due_at: Option<String>,
    /// The reason for the appointment.
    pub reason: String,
    /// Symptom group searched with.
    pub symptom_group: String,
    /// Discriminators searched with.
    pub symptom_discriminators: String,
}

/// An encounter as the window holds it.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EncounterView {
    /// Id of the encounter.
    pub id: String,
    /// When it began: `20-Nov-2026 18:00`.
    pub started: String,
    /// Who began it.
    pub started_by: String,
    /// The patient.
    pub patient: PatientView,
    /// The patient form, to change it.
    pub patient_input: PatientInput,
    /// The current outcome, once recorded.
    pub outcome: Option<OutcomeView>,
    /// Bookings made in this encounter, newest first.
    pub bookings: Vec<BookingView>,
    /// How often it was written: goes back with every change.
    pub version: u32,
    /// What was said and found in the assessment.
    pub responses: ResponsesInput,
    /// Rebookings of this encounter, newest first.
    pub rebooks: Vec<RebookView>,
    /// Referrals of this encounter, newest first.
    pub referrals: Vec<ReferralView>,
    /// What keeps it from being completed, in words; empty where nothing does.
    pub undone: String,
    /// True where it reassesses an earlier encounter of the patient (RB-2).
    pub reassessment: bool,
    /// Earlier outcomes of this encounter, oldest first; they are kept, and no longer count.
    pub earlier_outcomes: Vec<OutcomeView>,
    /// True once it was ended.
    pub ended: bool,
    /// How it ended, in words; empty while it goes on.
    pub ending: String,
}

/// A line in the list of encounters to go on with.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EncounterRow {
    /// Id of the encounter.
    pub id: String,
    /// `SMITH, John (Mr)`.
    pub patient: String,
    /// `12-Nov-1974`.
    pub born: String,
    /// NHS number or `Not known`.
    pub nhs_number: String,
    /// When it began.
    pub started: String,
    /// Who began it.
    pub started_by: String,
    /// How far it is: `Patient taken down`, `Outcome recorded: Dx06`, `Booked`.
    pub progress: String,
}

impl OutcomeChoiceView {
    /// Every outcome that can be recorded.
    #[must_use]
    pub fn all(known: &[Disposition]) -> Vec<Self> {
        known
            .iter()
            .map(|known| Self {
                code: known.code.to_string(),
                description: known.description.clone(),
                timeframe: known.timeframe.words(),
            })
            .collect()
    }
}

impl OutcomeInput {
    /// The outcome to be recorded, or every field that is wrong.
    ///
    /// # Errors
    /// A [`Problem`] with every field to put right.
    pub fn read(&self, known: &[Disposition], now: DateTime<Utc>) -> Result<NewOutcome, Problem> {
        let mut form = Form::default();
        let disposition = known.iter().find(|it| it.code.as_str().eq_ignore_ascii_case(self.code.trim())).cloned();
        let disposition = form.needed("code", disposition.ok_or(()), "Choose the assessment outcome");
        let message = "Enter the time as hours and minutes, for example 18:05";
        let reached = form.optional("reachedAt", &self.reached_at, |typed| reached(typed, now).ok_or(()), message);
        let message = "Enter the symptom group of the assessment: a number of up to 5 digits, for example 1011";
        let symptom_group = form.needed("symptomGroup", small_number(&self.symptom_group), message);
        let parts = self.symptom_discriminators.split([',', ' ']).filter(|part| !part.is_empty());
        let read: Result<Vec<u32>, ()> = parts.map(small_number).collect();
        let message = "Enter discriminators as numbers with commas between them, for example 4003, 4023";
        let symptom_discriminators = form.needed("symptomDiscriminators", read, message);
        let reason = self.reason.trim();
        form.check(!reason.is_empty(), "reason", "Enter the reason for the appointment in a few words");
        form.check(reason.chars().count() <= 600, "reason", "Shorten the reason to 600 characters");
        form.finish()?;
        let (Some(disposition), Some(symptom_group), Some(symptom_discriminators)) =
            (disposition, symptom_group, symptom_discriminators)
        else {
            return Err(Problem::form(Vec::new()));
        };
        let reason = Personal::from(reason);
        Ok(NewOutcome { disposition, reached, symptom_group, symptom_discriminators, reason })
    }
}

fn small_number(typed: &str) -> Result<u32, ()> {
    typed.trim().parse().map_err(|_| ()).and_then(|number| if number <= 99_999 { Ok(number) } else { Err(()) })
}

/// A typed local time, today or, where that would lie ahead, yesterday.
fn reached(typed: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let time = NaiveTime::parse_from_str(typed.trim(), "%H:%M").ok()?;
    let today = instant_of_local(local_date(now).and_time(time));
    if today <= now { Some(today) } else { Some(instant_of_local((local_date(now) - Days::new(1)).and_time(time))) }
}

impl From<&AssessmentOutcome> for OutcomeView {
    fn from(outcome: &AssessmentOutcome) -> Self {
        let due = outcome.due();
        let discriminators: Vec<_> = outcome.symptom_discriminators.iter().map(ToString::to_string).collect();
        Self {
            code: outcome.disposition.code.to_string(),
            description: outcome.disposition.description.clone(),
            timeframe: outcome.disposition.timeframe.words(),
            reached: display::date_time(outcome.reached),
            due: due.map(display::date_time).unwrap_or_default(),
            reached_at: display::instant(outcome.reached),
            due_at: due.map(display::instant),
            reason: outcome.reason.reveal().clone(),
            symptom_group: outcome.symptom_group.to_string(),
            symptom_discriminators: discriminators.join(", "),
        }
    }
}

impl EncounterView {
    /// The encounter as shown at an instant.
    #[must_use]
    pub fn of(encounter: &Encounter, parts: &EncounterParts, now: DateTime<Utc>) -> Self {
        let earlier = encounter.outcomes.len().saturating_sub(1);
        let booking = |booking: &BookingRecord| BookingView::among(booking, &parts.referrals);
        Self {
            id: encounter.id.to_string(),
            started: display::date_time(encounter.started),
            started_by: encounter.started_by_name.clone(),
            patient: PatientView::of(&encounter.patient, now),
            patient_input: PatientInput::from(&encounter.patient),
            outcome: encounter.outcome().map(OutcomeView::from),
            bookings: parts.bookings.iter().map(booking).collect(),
            version: encounter.version,
            responses: ResponsesInput::from(&encounter.responses),
            rebooks: parts.rebooks.iter().map(RebookView::from).collect(),
            referrals: parts.referrals.iter().map(ReferralView::from).collect(),
            undone: undone_words(parts.undone),
            reassessment: encounter.reassesses.is_some(),
            earlier_outcomes: encounter.outcomes.iter().take(earlier).map(OutcomeView::from).collect(),
            ended: encounter.ended.is_some(),
            ending: ending_words(encounter.ending.as_ref()),
        }
    }
}

impl EncounterRow {
    /// A line in the list of encounters to go on with.
    #[must_use]
    pub fn of(encounter: &Encounter, booked: bool) -> Self {
        let progress = match (booked, encounter.outcome()) {
            (true, _) => "Booked".to_owned(),
            (false, Some(outcome)) => format!("Outcome recorded: {}", outcome.disposition.code),
            (false, None) => "Patient taken down".to_owned(),
        };
        Self {
            id: encounter.id.to_string(),
            patient: encounter.patient.name.displayed(),
            born: display::date(*encounter.patient.birth_date.reveal()),
            nhs_number: display::nhs_number(encounter.patient.nhs_number.as_ref()),
            started: display::date_time(encounter.started),
            started_by: encounter.started_by_name.clone(),
            progress,
        }
    }
}

#[cfg(test)]
mod tests {
    use desk_domain::outcome::dispositions;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-20T00:10:00Z".parse().expect("an instant")
    }

    fn typed() -> OutcomeInput {
        OutcomeInput {
            code: "Dx06".to_owned(),
            reached_at: String::new(),
            symptom_group: "1011".to_owned(),
            symptom_discriminators: "4003, 4023".to_owned(),
            reason: "Sore throat".to_owned(),
        }
    }

    #[test]
    fn an_outcome_reached_before_midnight_is_dated_yesterday() {
        let read =
            OutcomeInput { reached_at: "23:50".to_owned(), ..typed() }.read(&dispositions(), now()).expect("right");
        assert_eq!(read.reached, "2026-11-19T23:50:00Z".parse().ok(), "a time that would lie ahead was yesterday's");
    }

    #[test]
    fn each_wrong_field_of_an_outcome_says_what_to_enter() {
        let input = OutcomeInput {
            code: String::new(),
            reached_at: "25:00".to_owned(),
            symptom_group: "a".to_owned(),
            symptom_discriminators: "x".to_owned(),
            reason: " ".to_owned(),
        };
        let problem = input.read(&dispositions(), now()).expect_err("all wrong");
        let fields: Vec<_> = problem.fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(fields, ["code", "reachedAt", "symptomGroup", "symptomDiscriminators", "reason"], "in order");
    }
}
