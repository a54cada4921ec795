//! Keeping the record: how its backups stand.

use desk_contract::keeping::RecordKeptView;
use desk_contract::problem::Problem;
use tauri::State;

use super::told;
use crate::desk_state::DeskState;

#[tauri::command]
pub(crate) async fn record_kept(state: State<'_, DeskState>) -> Result<RecordKeptView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let desk = &wired.composed.desk;
    let kept = desk.record_kept(&who).await.map_err(|error| told(&error))?;
    Ok(RecordKeptView::of(&kept, desk.now()))
}
