//! Unfinished work.

use desk_contract::problem::Problem;
use desk_contract::unfinished::{SettleInput, TakenView, UnfinishedView};
use tauri::State;

use super::{id as parse_id, told};
use crate::desk_state::DeskState;

#[tauri::command]
pub(crate) async fn unfinished(state: State<'_, DeskState>) -> Result<Vec<UnfinishedView>, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let desk = &wired.composed.desk;
    let unfinished = desk.unfinished(&who).await.map_err(|error| told(&error))?;
    Ok(UnfinishedView::all(&unfinished, desk.now()))
}

#[tauri::command]
pub(crate) async fn check_unfinished(state: State<'_, DeskState>, id: String) -> Result<TakenView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let taken = wired.composed.desk.check_unfinished(&who, parse_id(&id)?).await.map_err(|error| told(&error))?;
    Ok(TakenView::from(&taken))
}

#[tauri::command]
pub(crate) async fn send_again(state: State<'_, DeskState>, id: String) -> Result<TakenView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let (desk, id) = (std::sync::Arc::clone(&wired.composed.desk), parse_id(&id)?);
    let sent = tauri::async_runtime::spawn(async move { desk.send_again(&who, id).await }).await;
    let taken = sent.map_err(|_| Problem::unexpected(""))?.map_err(|error| told(&error))?;
    Ok(TakenView::from(&taken))
}

#[tauri::command]
pub(crate) async fn settle_unfinished(state: State<'_, DeskState>, input: SettleInput) -> Result<(), Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let (held, reason) = input.read()?;
    let settled = wired.composed.desk.settle_by_hand(&who, parse_id(&input.id)?, held, &reason).await;
    settled.map_err(|error| told(&error))
}
