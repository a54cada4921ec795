//! The audit record: its windows, one encounter, how it is kept.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use desk_contract::audit::{
    AuditCheckView, AuditCountView, AuditExportInput, AuditExportedView, AuditFilterInput, AuditPageView,
    AuditReadInput, AuditStartView, AuditStoryView, LongWalkView, WINDOW,
};
use desk_contract::problem::Problem;
use desk_journeys::ports::{AuditQuery, LongWalk};
use tauri::ipc::Channel;
use tauri::path::BaseDirectory;
use tauri::{AppHandle, Manager, State};

use super::{id, told};
use crate::desk_state::DeskState;

/// How often it is told how far a walk along the record is.
const TOLD_EVERY: Duration = Duration::from_millis(200);

#[tauri::command]
pub(crate) async fn audit_start(state: State<'_, DeskState>) -> Result<AuditStartView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let desk = &wired.composed.desk;
    let kept = desk.audit_state(&who).await.map_err(|error| told(&error))?;
    Ok(AuditStartView::of(&kept, desk.now()))
}

#[tauri::command]
pub(crate) async fn read_audit(state: State<'_, DeskState>, input: AuditReadInput) -> Result<AuditPageView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let query = AuditQuery { filter: input.filter.read()?, before: input.before, most: WINDOW };
    let reading = wired.composed.desk.look_at_audit(&who, &query).await.map_err(|error| told(&error))?;
    Ok(AuditPageView::of(&reading, &query.filter))
}

#[tauri::command]
pub(crate) async fn count_audit(
    state: State<'_, DeskState>,
    filter: AuditFilterInput,
) -> Result<AuditCountView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let count = wired.composed.desk.count_audit(&who, &filter.read()?).await;
    Ok(AuditCountView::from(count.map_err(|error| told(&error))?))
}

#[tauri::command]
pub(crate) async fn newer_in_audit(
    state: State<'_, DeskState>,
    filter: AuditFilterInput,
    after: u64,
) -> Result<AuditCountView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let count = wired.composed.desk.newer_in_audit(&who, &filter.read()?, after).await;
    Ok(AuditCountView::from(count.map_err(|error| told(&error))?))
}

#[tauri::command]
pub(crate) async fn audit_story(state: State<'_, DeskState>, encounter_id: String) -> Result<AuditStoryView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let desk = &wired.composed.desk;
    let story = desk.audit_story(&who, id(&encounter_id)?).await.map_err(|error| told(&error))?;
    Ok(AuditStoryView::of(&encounter_id, &story, desk.now()))
}

/// Verifies the whole record; none where it was stopped.
#[tauri::command]
pub(crate) async fn verify_audit(
    state: State<'_, DeskState>,
    on_progress: Channel<LongWalkView>,
) -> Result<Option<AuditCheckView>, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let (desk, walk) = (&wired.composed.desk, state.begin_walk());
    let found = telling(&walk, &on_progress, desk.verify_audit(&who, None, &walk)).await;
    let found = found.map_err(|error| told(&error))?;
    Ok(found.map(|found| AuditCheckView::of(&found, &who.user().name.displayed(), desk.now())))
}

#[tauri::command]
pub(crate) async fn seal_audit(state: State<'_, DeskState>) -> Result<(), Problem> {
    let (wired, who) = state.at_the_desk().await?;
    wired.composed.desk.seal_audit(&who).await.map_err(|error| told(&error))?;
    Ok(())
}

/// Writes a part of the record to a new folder where the user finds it; none where it was stopped.
#[tauri::command]
pub(crate) async fn export_audit(
    app: AppHandle,
    state: State<'_, DeskState>,
    input: AuditExportInput,
    on_progress: Channel<LongWalkView>,
) -> Result<Option<AuditExportedView>, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    // Before anything else is said: whoever may not is told so, and recorded.
    wired.composed.desk.may_read_audit(&who).await.map_err(|error| told(&error))?;
    let (filter, name) = input.read()?;
    let folder = among_downloads(&app, &name)?;
    let walk = state.begin_walk();
    let export = wired.composed.desk.export_audit(&who, &filter, &folder, &walk);
    let written = telling(&walk, &on_progress, export).await.map_err(|error| told(&error))?;
    Ok(written.map(|written| AuditExportedView::of(&written, &folder)))
}

/// Stops the verification or the export that is under way.
#[tauri::command]
pub(crate) fn stop_audit(state: State<'_, DeskState>) {
    state.stop_walk();
}

fn among_downloads(app: &AppHandle, name: &str) -> Result<PathBuf, Problem> {
    let place = |folder| app.path().resolve(Path::new(name), folder);
    let place = place(BaseDirectory::Download).or_else(|_| place(BaseDirectory::Document));
    place.map_err(|_| Problem::misconfigured("This computer has no folder for downloads or documents to save in."))
}

/// Says how far a walk is, until it is over.
async fn telling<T>(walk: &Arc<LongWalk>, on_progress: &Channel<LongWalkView>, work: impl Future<Output = T>) -> T {
    let mut ticks = tokio::time::interval(TOLD_EVERY);
    tokio::pin!(work);
    loop {
        tokio::select! {
            over = &mut work => return over,
            // A window that is gone needs no word.
            _ = ticks.tick() => drop(on_progress.send(LongWalkView::from(walk.as_ref()))),
        }
    }
}
