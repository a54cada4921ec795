//! Finding bookings, cancelling, rebooking; telling the patient.

use chrono::NaiveDate;
use desk_contract::booking::{BookingStageView, BookingView, BookingsOfDayView};
use desk_contract::cancel::{
    AttendanceInput, BookingShownView, CancelInput, CancelResultView, FindBookingsInput, InformedInput, LookUpInput,
    LookedUpView, RebookView, RegistryView,
};
use desk_contract::problem::Problem;
use desk_domain::id::EncounterId;
use desk_domain::personal::Personal;
use desk_journeys::SignedIn;
use desk_journeys::book::Waiting;
use desk_journeys::cancel::BookingShown;
use desk_journeys::ports::KnownBooking;
use tauri::State;
use tauri::ipc::Channel;

use super::{id, told};
use crate::desk_state::{DeskState, Wired};

#[tauri::command]
pub(crate) async fn find_bookings(
    state: State<'_, DeskState>,
    input: FindBookingsInput,
) -> Result<Vec<BookingView>, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let found = wired.composed.desk.bookings_for(&who, &input.read()?).await.map_err(|error| told(&error))?;
    Ok(found.iter().map(BookingView::from).collect())
}

/// Bookings of a service on a day (`YYYY-MM-DD`, UK local), as this desk made them.
#[tauri::command]
pub(crate) async fn bookings_on(
    state: State<'_, DeskState>,
    service_id: String,
    day: String,
) -> Result<BookingsOfDayView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let day: NaiveDate = day.parse().map_err(|_| Problem::field("day", "Choose a day"))?;
    let service = desk_domain::id::DosServiceId::new(&service_id)
        .map_err(|_| Problem::field("serviceId", "Enter the service’s number in the directory, for example 111001"))?;
    let found = wired.composed.desk.bookings_on(&who, &service, day).await.map_err(|error| told(&error))?;
    Ok(BookingsOfDayView::from(&found))
}

#[tauri::command]
pub(crate) async fn held_by_patient(
    state: State<'_, DeskState>,
    encounter_id: String,
) -> Result<Vec<BookingView>, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let held = wired.composed.desk.held_by_patient(&who, id(&encounter_id)?).await.map_err(|error| told(&error))?;
    Ok(held.iter().map(BookingView::from).collect())
}

#[tauri::command]
pub(crate) async fn registry_check(state: State<'_, DeskState>, encounter_id: String) -> Result<RegistryView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let desk = &wired.composed.desk;
    let word = desk.registry_check(&who, id(&encounter_id)?).await.map_err(|error| told(&error))?;
    Ok(RegistryView::of(&word, desk.now()))
}

async fn shown(wired: &Wired, who: &SignedIn, shown: &BookingShown) -> Result<BookingShownView, Problem> {
    let desk = &wired.composed.desk;
    let notes = desk.notes_on(who, &shown.known.url).await.map_err(|error| told(&error))?;
    Ok(BookingShownView::of(shown, &notes, desk.now()))
}

#[tauri::command]
pub(crate) async fn look_up_bookings(state: State<'_, DeskState>, input: LookUpInput) -> Result<LookedUpView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let desk = &wired.composed.desk;
    let (at, window) = input.read(desk.now())?;
    let found = desk.look_up(&who, id(&input.encounter_id)?, (&at, window)).await;
    let (found, not_understood) = found.map_err(|error| told(&error))?;
    let mut bookings = Vec::new();
    for one in &found {
        bookings.push(shown(&wired, &who, one).await?);
    }
    Ok(LookedUpView { bookings, not_understood: u32::try_from(not_understood).unwrap_or(u32::MAX) })
}

/// What is known of a booking: one of this desk's record, or one that the registry named for an encounter.
async fn known(
    wired: &Wired,
    who: &SignedIn,
    (booking_id, encounter_id, url): (Option<&str>, Option<&str>, Option<&str>),
) -> Result<(EncounterId, KnownBooking), Problem> {
    let desk = &wired.composed.desk;
    match (booking_id, encounter_id, url) {
        (Some(booking), within, _) => {
            let (made_in, known) = desk.known_booking(who, id(booking)?).await.map_err(|error| told(&error))?;
            Ok((within.map(id).transpose()?.unwrap_or(made_in), known))
        }
        (None, Some(encounter), Some(url)) => {
            let encounter = id(encounter)?;
            let known = desk.known_from_registry(who, encounter, url).await.map_err(|error| told(&error))?;
            Ok((encounter, known))
        }
        (None, None, _) | (None, Some(_), None) => Err(Problem::unexpected("booking")),
    }
}

/// Reads a booking from its provider, to be shown and confirmed (CA-2).
#[tauri::command]
pub(crate) async fn read_booking(
    state: State<'_, DeskState>,
    booking_id: Option<String>,
    encounter_id: Option<String>,
    url: Option<String>,
) -> Result<BookingShownView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let named = (booking_id.as_deref(), encounter_id.as_deref(), url.as_deref());
    let (encounter, known) = known(&wired, &who, named).await?;
    let read = wired.composed.desk.read_booking(&who, encounter, known).await.map_err(|error| told(&error))?;
    shown(&wired, &who, &read).await
}

#[tauri::command]
pub(crate) async fn cancel_booking(
    state: State<'_, DeskState>,
    input: CancelInput,
    on_stage: Channel<BookingStageView>,
) -> Result<CancelResultView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let desk = std::sync::Arc::clone(&wired.composed.desk);
    let key = input.url.clone();
    let confirmed = input.read()?;
    let (waiting, stop) = Waiting::with(move |stage| drop(on_stage.send(BookingStageView::of_cancellation(&stage))));
    let order_in_hand = state.order_in_hand(&key, stop);
    // On a task of its own: a window that goes away does not leave a cancellation half done.
    let cancelled = tauri::async_runtime::spawn(async move { desk.cancel(&who, confirmed, &waiting).await }).await;
    drop(order_in_hand);
    let outcome = cancelled.map_err(|_| Problem::unexpected(""))?.map_err(|error| told(&error))?;
    Ok(CancelResultView::from(&outcome))
}

#[tauri::command]
pub(crate) async fn begin_rebook(
    state: State<'_, DeskState>,
    encounter_id: String,
    booking_id: Option<String>,
    url: Option<String>,
    without_reassessment: String,
) -> Result<RebookView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let named = (booking_id.as_deref(), Some(encounter_id.as_str()), url.as_deref());
    let (_, original) = known(&wired, &who, named).await?;
    let why = Some(Personal::from(without_reassessment.trim()));
    let rebook = wired.composed.desk.begin_rebook(&who, id(&encounter_id)?, original, why).await;
    Ok(RebookView::from(&rebook.map_err(|error| told(&error))?))
}

#[tauri::command]
pub(crate) async fn leave_rebook(state: State<'_, DeskState>, rebook_id: String) -> Result<RebookView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let rebook = wired.composed.desk.leave_rebook(&who, id(&rebook_id)?).await.map_err(|error| told(&error))?;
    Ok(RebookView::from(&rebook))
}

#[tauri::command]
pub(crate) async fn keep_both(
    state: State<'_, DeskState>,
    rebook_id: String,
    reason: String,
) -> Result<RebookView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let why = Personal::from(reason.trim());
    let rebook = wired.composed.desk.keep_both(&who, id(&rebook_id)?, &why).await.map_err(|error| told(&error))?;
    Ok(RebookView::from(&rebook))
}

#[tauri::command]
pub(crate) async fn record_informed(state: State<'_, DeskState>, input: InformedInput) -> Result<(), Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let desk = &wired.composed.desk;
    let (how, when, note) = input.read(desk.now())?;
    let done = desk.record_informed(&who, id(&input.encounter_id)?, &input.url, (how, when), note).await;
    done.map_err(|error| told(&error))
}

#[tauri::command]
pub(crate) async fn record_attendance(state: State<'_, DeskState>, input: AttendanceInput) -> Result<(), Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let (attendance, note) = input.read()?;
    let done = wired.composed.desk.record_attendance(&who, id(&input.booking_id)?, attendance, note).await;
    done.map_err(|error| told(&error))
}
