//! Reviewing a slot, booking it, looking at bookings.

use desk_contract::approval::{ApprovalInput, ApprovalRefusedInput, ApprovalView};
use desk_contract::booking::{BookInput, BookingResultView, BookingReviewView, BookingStageView, BookingView};
use desk_contract::problem::Problem;
use desk_journeys::book::Waiting;
use tauri::ipc::Channel;
use tauri::{State, WebviewWindow};

use super::{id, told};
use crate::desk_state::DeskState;

#[tauri::command]
pub(crate) async fn review_slot(
    state: State<'_, DeskState>,
    encounter_id: String,
    search_id: String,
    service_id: String,
    slot_key: String,
) -> Result<BookingReviewView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let desk = &wired.composed.desk;
    let service = super::service_id(&service_id)?;
    let review = desk.review_slot(&who, id(&encounter_id)?, id(&search_id)?, &service, &slot_key).await;
    Ok(BookingReviewView::of(&review.map_err(|error| told(&error))?, desk.now()))
}

#[tauri::command]
pub(crate) async fn book(
    state: State<'_, DeskState>,
    input: BookInput,
    on_stage: Channel<BookingStageView>,
) -> Result<BookingResultView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let encounter_id = input.encounter_id.clone();
    let order = input.read()?;
    let desk = std::sync::Arc::clone(&wired.composed.desk);
    let (waiting, stop) = Waiting::with(move |stage| {
        // A window that is gone needs no answer.
        drop(on_stage.send(BookingStageView::from(&stage)));
    });
    let order_in_hand = state.order_in_hand(&encounter_id, stop);
    // On a task of its own: a window that goes away does not leave a booking half done.
    let booked = tauri::async_runtime::spawn(async move { desk.book_attended(&who, order, &waiting).await }).await;
    drop(order_in_hand);
    let outcome = booked.map_err(|_| Problem::unexpected(""))?.map_err(|error| told(&error))?;
    Ok(BookingResultView::from(&outcome))
}

/// A clinician approves a slot outside the timeframe; whoever is signed in stays so.
#[tauri::command]
pub(crate) async fn approve_late_slot(
    state: State<'_, DeskState>,
    input: ApprovalInput,
) -> Result<ApprovalView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let desk = &wired.composed.desk;
    let (late, asked, grounds) = input.read(desk.now())?;
    let approval = desk.approve_late_slot(&who, &late, asked, grounds).await;
    Ok(ApprovalView::from(&approval.map_err(|error| told(&error))?))
}

/// A clinician was asked and does not approve.
#[tauri::command]
pub(crate) async fn refuse_late_slot(state: State<'_, DeskState>, input: ApprovalRefusedInput) -> Result<(), Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let (late, clinician, reason) = input.read()?;
    let refused = wired.composed.desk.refuse_late_slot(&who, &late, &clinician, &reason).await;
    refused.map_err(|error| told(&error))
}

/// Keeps the order of an encounter from being sent again; what was sent is followed to its end.
#[tauri::command]
pub(crate) fn stop_sending(state: State<'_, DeskState>, encounter_id: &str) {
    state.stop_sending(encounter_id);
}

#[tauri::command]
pub(crate) async fn booking(state: State<'_, DeskState>, booking_id: String) -> Result<BookingView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let desk = &wired.composed.desk;
    let record = desk.booking(&who, id(&booking_id)?).await.map_err(|error| told(&error))?;
    let referrals = desk.referrals_in(&who, record.order.encounter).await.map_err(|error| told(&error))?;
    Ok(BookingView::among(&record, &referrals))
}

#[tauri::command]
pub(crate) async fn bookings(state: State<'_, DeskState>) -> Result<Vec<BookingView>, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let records = wired.composed.desk.recent_bookings(&who).await.map_err(|error| told(&error))?;
    Ok(records.iter().map(BookingView::from).collect())
}

#[tauri::command]
pub(crate) fn print_page(window: WebviewWindow) -> Result<(), Problem> {
    window.print().map_err(|_| Problem::unexpected("print"))
}
