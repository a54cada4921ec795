//! Referring a patient: the gate, the review, the sending, what was sent.

use std::path::PathBuf;

use desk_contract::booking::BookingStageView;
use desk_contract::problem::Problem;
use desk_contract::referral::{
    ReferInput, ReferralGateView, ReferralNoteInput, ReferralPaperView, ReferralReviewView, ReferralView,
    SavedReferralView, file_name,
};
use desk_domain::personal::Personal;
use desk_journeys::book::Waiting;
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager, State};

use super::{id, told};
use crate::desk_state::DeskState;

#[tauri::command]
pub(crate) async fn referral_gate(state: State<'_, DeskState>, input: ReferInput) -> Result<ReferralGateView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let gate = wired.composed.desk.referral_gate(&who, id(&input.encounter_id)?, &input.read()?).await;
    Ok(ReferralGateView::from(&gate.map_err(|error| told(&error))?))
}

#[tauri::command]
pub(crate) async fn review_referral(
    state: State<'_, DeskState>,
    input: ReferInput,
) -> Result<ReferralReviewView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let review = wired.composed.desk.review_referral(&who, id(&input.encounter_id)?, &input.read()?).await;
    Ok(ReferralReviewView::of(&review.map_err(|error| told(&error))?))
}

#[tauri::command]
pub(crate) async fn refer(
    state: State<'_, DeskState>,
    input: ReferInput,
    on_stage: Channel<BookingStageView>,
) -> Result<ReferralView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let (encounter, to) = (id(&input.encounter_id)?, input.read()?);
    let desk = std::sync::Arc::clone(&wired.composed.desk);
    let (waiting, stop) = Waiting::with(move |stage| drop(on_stage.send(BookingStageView::of_referral(&stage))));
    let order_in_hand = state.order_in_hand(&input.encounter_id, stop);
    // On a task of its own: a window that goes away does not leave a referral half sent.
    let sent = tauri::async_runtime::spawn(async move { desk.refer(&who, encounter, &to, &waiting).await }).await;
    drop(order_in_hand);
    let outcome = sent.map_err(|_| Problem::unexpected(""))?.map_err(|error| told(&error))?;
    Ok(ReferralView::from(&outcome))
}

#[tauri::command]
pub(crate) async fn referral_sent(
    state: State<'_, DeskState>,
    document_id: String,
) -> Result<ReferralPaperView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let read = wired.composed.desk.referral_document(&who, id(&document_id)?, false).await;
    Ok(ReferralPaperView::of(&read.map_err(|error| told(&error))?.paper))
}

/// Saves the document of a referral where the user finds it, as a page to be attached and as it is. Says where.
#[tauri::command]
pub(crate) async fn save_referral(
    app: AppHandle,
    state: State<'_, DeskState>,
    document_id: String,
) -> Result<SavedReferralView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let read = wired.composed.desk.referral_document(&who, id(&document_id)?, true).await;
    let papers = read.map_err(|error| told(&error))?;
    let folder = app.path().download_dir().or_else(|_| app.path().document_dir()).map_err(|_| not_saved())?;
    let file = |ending| folder.join(file_name(papers.referral.content.document, ending));
    let page = written(file("html"), papers.page).await?;
    let document = written(file("xml"), papers.document).await?;
    Ok(SavedReferralView { page: page.display().to_string(), document: document.display().to_string() })
}

async fn written(file: PathBuf, text: String) -> Result<PathBuf, Problem> {
    let saved = tauri::async_runtime::spawn_blocking(move || {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&file, text).map(|()| file)
    });
    let saved = saved.await.map_err(|_| Problem::unexpected("save"))?;
    saved.map_err(|error| {
        tracing::error!(%error, "a referral's document could not be saved");
        not_saved()
    })
}

fn not_saved() -> Problem {
    Problem::misconfigured(
        "The document could not be saved on this computer: there is no folder for it, or the disk is full.",
    )
}

#[tauri::command]
pub(crate) async fn referral_sent_by_hand(
    state: State<'_, DeskState>,
    input: ReferralNoteInput,
) -> Result<(), Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let (document, note) = (id(&input.document_id)?, Personal::from(input.note.trim()));
    wired.composed.desk.referral_sent_by_hand(&who, document, note).await.map_err(|error| told(&error))
}

#[tauri::command]
pub(crate) async fn provider_told(state: State<'_, DeskState>, input: ReferralNoteInput) -> Result<(), Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let (document, note) = (id(&input.document_id)?, Personal::from(input.note.trim()));
    wired.composed.desk.provider_told(&who, document, note).await.map_err(|error| told(&error))
}
