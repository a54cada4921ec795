//! Starting, signing in, signing out.

use desk_composition::demonstration::ready_user_views;
use desk_contract::problem::{NextStep, Problem};
use desk_contract::session::{ChangeUserInput, ModeView, NewUserInput, SignInInput, SignedInView, StartView, UserView};
use desk_journeys::SignedIn;
use tauri::State;

use super::told;
use crate::desk_state::{DeskState, Wired};

#[tauri::command]
pub(crate) async fn desk_start(state: State<'_, DeskState>) -> Result<StartView, Problem> {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let wired = match state.wired().await {
        Ok(wired) => wired,
        Err(problem) => {
            let problem = Problem { next_steps: vec![NextStep::TryAgain], ..problem };
            return Ok(StartView {
                mode: ModeView::Live,
                organisation: String::new(),
                version,
                needs_first_user: false,
                ready_users: Vec::new(),
                situations: false,
                lock_after_seconds: u32::MAX,
                ready_patients: Vec::new(),
                signed_in: None,
                problems: vec![problem],
            });
        }
    };
    let composed = &wired.composed;
    let (mode, ready_users) = if composed.demonstration {
        (ModeView::Demonstration, ready_user_views())
    } else {
        (ModeView::Live, Vec::new())
    };
    let present = state.signed_in().clone();
    let signed_in = match present {
        Some(who) => Some(seen(&wired, &who).await?),
        None => None,
    };
    Ok(StartView {
        mode,
        signed_in,
        organisation: composed.organisation.clone(),
        version,
        needs_first_user: composed.desk.needs_first_user().await.map_err(|error| told(&error))?,
        ready_users,
        situations: wired.control().is_some(),
        lock_after_seconds: u32::try_from(composed.lock_after.as_secs()).unwrap_or(u32::MAX),
        ready_patients: composed.ready_patients.iter().map(|ready| ready.view()).collect(),
        problems: Vec::new(),
    })
}

/// Tries once more to open a desk that could not be opened.
#[tauri::command]
pub(crate) async fn desk_start_again(state: State<'_, DeskState>) -> Result<StartView, Problem> {
    state.start_again();
    desk_start(state).await
}

#[tauri::command]
pub(crate) async fn create_first_user(
    state: State<'_, DeskState>,
    input: NewUserInput,
) -> Result<SignedInView, Problem> {
    let wired = state.wired().await?;
    let new = input.read()?;
    let who = wired.composed.desk.add_first_user(new, &input.passphrase).await.map_err(|error| told(&error))?;
    at_the_desk(&state, &wired, who).await
}

#[tauri::command]
pub(crate) async fn sign_in(state: State<'_, DeskState>, input: SignInInput) -> Result<SignedInView, Problem> {
    let wired = state.wired().await?;
    let who = wired.composed.desk.sign_in(&input.username, &input.passphrase).await.map_err(|error| told(&error))?;
    at_the_desk(&state, &wired, who).await
}

async fn at_the_desk(state: &DeskState, wired: &Wired, who: SignedIn) -> Result<SignedInView, Problem> {
    let view = seen(wired, &who).await?;
    state.somebody_is_here();
    *state.signed_in() = Some(who);
    Ok(view)
}

async fn seen(wired: &Wired, who: &SignedIn) -> Result<SignedInView, Problem> {
    let unfinished = wired.composed.desk.unfinished(who).await.map_err(|error| told(&error))?;
    let unfinished = u32::try_from(unfinished.len()).unwrap_or(u32::MAX);
    Ok(SignedInView { user: UserView::from(who.user()), unfinished })
}

#[tauri::command]
pub(crate) async fn users(state: State<'_, DeskState>) -> Result<Vec<UserView>, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let users = wired.composed.desk.users(&who).await.map_err(|error| told(&error))?;
    Ok(users.iter().map(UserView::from).collect())
}

#[tauri::command]
pub(crate) async fn add_user(state: State<'_, DeskState>, input: NewUserInput) -> Result<UserView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let user = wired.composed.desk.add_user(&who, input.read()?, &input.passphrase).await;
    Ok(UserView::from(&user.map_err(|error| told(&error))?))
}

#[tauri::command]
pub(crate) async fn change_user(state: State<'_, DeskState>, input: ChangeUserInput) -> Result<UserView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let (username, change) = input.read()?;
    let user = wired.composed.desk.change_user(&who, &username, change).await;
    Ok(UserView::from(&user.map_err(|error| told(&error))?))
}

/// The window's word that somebody is at it.
#[tauri::command]
pub(crate) fn still_here(state: State<'_, DeskState>) {
    state.somebody_is_here();
}

/// Nobody is at the window.
#[tauri::command]
pub(crate) async fn lock(state: State<'_, DeskState>) -> Result<(), Problem> {
    let wired = state.wired().await?;
    state.lock(&wired).await
}

#[tauri::command]
pub(crate) async fn sign_out(state: State<'_, DeskState>) -> Result<(), Problem> {
    let wired = state.wired().await?;
    state.stop_all_watches();
    let leaving = state.signed_in().take();
    match leaving {
        Some(who) => wired.composed.desk.sign_out(who).await.map_err(|error| told(&error)),
        None => Ok(()),
    }
}
