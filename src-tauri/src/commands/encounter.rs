//! Patients, outcomes, encounters.

use desk_contract::outcome::{EncounterRow, EncounterView, OutcomeChoiceView, OutcomeInput};
use desk_contract::patient::{NhsNumberCheckView, PatientInput};
use desk_contract::problem::Problem;
use desk_contract::responses::{EndingInput, ResponsesInput};
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
pub(crate) async fn outcome_choices(state: State<'_, DeskState>) -> Result<Vec<OutcomeChoiceView>, Problem> {
    let (wired, _) = state.at_the_desk().await?;
    Ok(OutcomeChoiceView::all(wired.composed.desk.dispositions()))
}

async fn view(wired: &Wired, who: &SignedIn, encounter: &Encounter) -> Result<EncounterView, Problem> {
    let desk = &wired.composed.desk;
    let parts = desk.encounter_parts(who, encounter.id).await.map_err(|error| told(&error))?;
    Ok(EncounterView::of(encounter, &parts, desk.now()))
}

#[tauri::command]
pub(crate) async fn open_encounters(state: State<'_, DeskState>) -> Result<Vec<EncounterRow>, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let going_on = wired.composed.desk.encounters_going_on(&who).await.map_err(|error| told(&error))?;
    Ok(going_on.iter().map(|one| EncounterRow::of(&one.encounter, one.booked)).collect())
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
    version: u32,
    patient: PatientInput,
) -> Result<EncounterView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let desk = &wired.composed.desk;
    let patient = patient.read(desk.now())?;
    let seen = (id(&encounter_id)?, version);
    let encounter = desk.change_patient(&who, seen, patient).await.map_err(|error| told(&error))?;
    view(&wired, &who, &encounter).await
}

#[tauri::command]
pub(crate) async fn record_responses(
    state: State<'_, DeskState>,
    encounter_id: String,
    version: u32,
    responses: ResponsesInput,
) -> Result<EncounterView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let (seen, responses) = ((id(&encounter_id)?, version), responses.read()?);
    let encounter = wired.composed.desk.record_responses(&who, seen, responses).await.map_err(|error| told(&error))?;
    view(&wired, &who, &encounter).await
}

/// Begins a reassessment of the patient of an earlier encounter (RB-2).
#[tauri::command]
pub(crate) async fn reassess(state: State<'_, DeskState>, encounter_id: String) -> Result<EncounterView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let encounter = wired.composed.desk.reassess(&who, id(&encounter_id)?).await.map_err(|error| told(&error))?;
    view(&wired, &who, &encounter).await
}

#[tauri::command]
pub(crate) async fn encounter(state: State<'_, DeskState>, encounter_id: String) -> Result<EncounterView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let encounter = wired.composed.desk.open_encounter(&who, id(&encounter_id)?).await.map_err(|error| told(&error))?;
    view(&wired, &who, &encounter).await
}

#[tauri::command]
pub(crate) async fn end_encounter(state: State<'_, DeskState>, input: EndingInput) -> Result<(), Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let ending = input.read()?;
    wired.composed.desk.end_encounter(&who, id(&input.encounter_id)?, ending).await.map_err(|error| told(&error))?;
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
    let outcome = outcome.read(desk.dispositions(), desk.now())?;
    let encounter = desk.record_outcome(&who, id(&encounter_id)?, outcome).await.map_err(|error| told(&error))?;
    view(&wired, &who, &encounter).await
}
