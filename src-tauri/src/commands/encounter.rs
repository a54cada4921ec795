//! Patients, outcomes, encounters.

use desk_contract::outcome::{EncounterRow, EncounterView, OutcomeChoiceView, OutcomeInput};
use desk_contract::patient::{NhsNumberCheckView, PatientInput};
use desk_contract::problem::Problem;
use desk_domain::encounter::Encounter;
use desk_journeys::SignedIn;
use tauri::State;

use super::{id, told};
use crate::desk_state::{DeskState, Wired};

#[tauri::command]
pub(crate) fn check_nhs_number(text: &str) -> NhsNumberCheckView {
    desk_contract::patient::check_nhs_number(text)
}

#[tauri::command]
pub(crate) fn outcome_choices() -> Vec<OutcomeChoiceView> {
    OutcomeChoiceView::all()
}

async fn view(wired: &Wired, who: &SignedIn, encounter: &Encounter) -> Result<EncounterView, Problem> {
    let desk = &wired.composed.desk;
    let bookings = desk.bookings_in(who, encounter.id).await.map_err(|error| told(&error))?;
    Ok(EncounterView::of(encounter, &bookings, desk.now()))
}

#[tauri::command]
pub(crate) async fn open_encounters(state: State<'_, DeskState>) -> Result<Vec<EncounterRow>, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let desk = &wired.composed.desk;
    let mut rows = Vec::new();
    for encounter in desk.encounters_going_on(&who).await.map_err(|error| told(&error))? {
        let bookings = desk.bookings_in(&who, encounter.id).await.map_err(|error| told(&error))?;
        rows.push(EncounterRow::of(&encounter, !bookings.is_empty()));
    }
    Ok(rows)
}

#[tauri::command]
pub(crate) async fn start_encounter(
    state: State<'_, DeskState>,
    patient: PatientInput,
) -> Result<EncounterView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let desk = &wired.composed.desk;
    let patient = patient.read(desk.now())?;
    let encounter = desk.start_encounter(&who, patient).await.map_err(|error| told(&error))?;
    view(&wired, &who, &encounter).await
}

#[tauri::command]
pub(crate) async fn change_patient(
    state: State<'_, DeskState>,
    encounter_id: String,
    patient: PatientInput,
) -> Result<EncounterView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let desk = &wired.composed.desk;
    let patient = patient.read(desk.now())?;
    let encounter = desk.change_patient(&who, id(&encounter_id)?, patient).await.map_err(|error| told(&error))?;
    view(&wired, &who, &encounter).await
}

#[tauri::command]
pub(crate) async fn encounter(state: State<'_, DeskState>, encounter_id: String) -> Result<EncounterView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let encounter = wired.composed.desk.open_encounter(&who, id(&encounter_id)?).await.map_err(|error| told(&error))?;
    view(&wired, &who, &encounter).await
}

#[tauri::command]
pub(crate) async fn end_encounter(state: State<'_, DeskState>, encounter_id: String) -> Result<(), Problem> {
    let (wired, who) = state.at_the_desk().await?;
    wired.composed.desk.end_encounter(&who, id(&encounter_id)?).await.map_err(|error| told(&error))?;
    Ok(())
}

#[tauri::command]
pub(crate) async fn record_outcome(
    state: State<'_, DeskState>,
    encounter_id: String,
    outcome: OutcomeInput,
) -> Result<EncounterView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let desk = &wired.composed.desk;
    let outcome = outcome.read(desk.now())?;
    let encounter = desk.record_outcome(&who, id(&encounter_id)?, outcome).await.map_err(|error| told(&error))?;
    view(&wired, &who, &encounter).await
}
