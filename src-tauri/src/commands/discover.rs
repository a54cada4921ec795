//! Services, their availability, their slots.

use std::sync::Arc;

use desk_contract::problem::Problem;
use desk_contract::service::{
    AvailabilityView, ChooseServiceInput, RejectReasonView, ServiceListView, ServiceView, search_distance,
};
use desk_contract::slot::SlotsView;
use desk_domain::id::{EncounterId, SearchId};
use tauri::State;
use tauri::ipc::Channel;
use tokio::sync::oneshot;

use super::{id, service_id, told};
use crate::desk_state::DeskState;

#[tauri::command]
pub(crate) async fn find_services(
    state: State<'_, DeskState>,
    encounter_id: String,
    within_miles: Option<u8>,
) -> Result<ServiceListView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let desk = &wired.composed.desk;
    let within = search_distance(within_miles)?;
    let (search, postcode) =
        desk.find_services(&who, id(&encounter_id)?, within).await.map_err(|error| told(&error))?;
    Ok(ServiceListView::of(&search, postcode.as_str(), desk.now()))
}

/// Ends when every service has answered, or when the watch was stopped or superseded.
#[tauri::command]
pub(crate) async fn watch_availability(
    state: State<'_, DeskState>,
    encounter_id: String,
    search_id: String,
    on_availability: Channel<AvailabilityView>,
) -> Result<(), Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let (encounter, search): (EncounterId, SearchId) = (id(&encounter_id)?, id(&search_id)?);
    let (done, ended) = oneshot::channel();
    let desk = Arc::clone(&wired.composed.desk);
    let task = tauri::async_runtime::spawn(async move {
        let tell = |availability, outcome: &_| {
            // A window that is gone needs no answer.
            drop(on_availability.send(AvailabilityView::of(&availability, outcome, desk.now())));
        };
        let watched = desk.watch_availability(&who, encounter, search, tell).await;
        drop(done.send(watched));
    });
    state.watch(&encounter_id, &search_id, task);
    match ended.await {
        Ok(watched) => watched.map_err(|error| told(&error)),
        Err(_stopped) => Ok(()),
    }
}

#[tauri::command]
pub(crate) fn stop_availability(state: State<'_, DeskState>, search_id: &str) {
    state.stop_watching(search_id);
}

#[tauri::command]
pub(crate) async fn reject_reasons(state: State<'_, DeskState>) -> Result<Vec<RejectReasonView>, Problem> {
    let (_, who) = state.at_the_desk().await?;
    Ok(RejectReasonView::all(who.user().role))
}

#[tauri::command]
pub(crate) async fn choose_service(
    state: State<'_, DeskState>,
    encounter_id: String,
    input: ChooseServiceInput,
) -> Result<ServiceView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let desk = &wired.composed.desk;
    let reason = input.reject_reason.map(|reason| (reason, input.reject_comment.as_str()));
    let (search, service) = (id(&input.search_id)?, service_id(&input.service_id)?);
    let chosen = desk.choose_service(&who, id(&encounter_id)?, search, &service, reason).await;
    let (rank, chosen) = chosen.map_err(|error| told(&error))?;
    Ok(ServiceView::of(rank, &chosen, desk.now()))
}

#[tauri::command]
pub(crate) async fn find_slots(
    state: State<'_, DeskState>,
    encounter_id: String,
    search_id: String,
    service_id: String,
) -> Result<SlotsView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let desk = &wired.composed.desk;
    let service = super::service_id(&service_id)?;
    let found = desk.find_slots(&who, id(&encounter_id)?, id(&search_id)?, &service).await;
    Ok(SlotsView::of(&found.map_err(|error| told(&error))?, desk.now()))
}
