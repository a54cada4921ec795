//! The commands: parse, call a journey, map. A few lines each; every one that does something for a user asks who is
//! signed in, here in the core and not in the window.

mod audit;
mod book;
mod cancel;
mod demonstration;
mod discover;
mod encounter;
mod keeping;
mod refer;
mod reports;
mod sign_in;
mod unfinished;

use std::str::FromStr;

use desk_contract::problem::Problem;
use desk_domain::id::DosServiceId;
use tauri::Wry;
use tauri::ipc::Invoke;

/// Every command of the window.
pub(crate) fn all() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        sign_in::desk_start,
        sign_in::desk_start_again,
        sign_in::create_first_user,
        sign_in::sign_in,
        sign_in::sign_out,
        sign_in::users,
        sign_in::add_user,
        sign_in::change_user,
        sign_in::still_here,
        sign_in::lock,
        encounter::check_nhs_number,
        encounter::open_encounters,
        encounter::start_encounter,
        encounter::change_patient,
        encounter::encounter,
        encounter::end_encounter,
        encounter::outcome_choices,
        encounter::record_outcome,
        encounter::record_responses,
        encounter::reassess,
        discover::find_services,
        discover::watch_availability,
        discover::stop_availability,
        discover::reject_reasons,
        discover::choose_service,
        discover::find_slots,
        book::review_slot,
        book::book,
        book::stop_sending,
        book::approve_late_slot,
        book::refuse_late_slot,
        book::booking,
        book::bookings,
        book::print_page,
        cancel::find_bookings,
        cancel::bookings_on,
        cancel::held_by_patient,
        cancel::registry_check,
        cancel::look_up_bookings,
        cancel::read_booking,
        cancel::cancel_booking,
        cancel::begin_rebook,
        cancel::leave_rebook,
        cancel::keep_both,
        cancel::record_informed,
        cancel::record_attendance,
        refer::referral_gate,
        refer::review_referral,
        refer::refer,
        refer::referral_sent,
        refer::save_referral,
        refer::referral_sent_by_hand,
        refer::provider_told,
        reports::reports,
        reports::report,
        reports::behind_number,
        reports::save_report,
        audit::audit_start,
        audit::read_audit,
        audit::count_audit,
        audit::newer_in_audit,
        audit::audit_story,
        audit::verify_audit,
        audit::seal_audit,
        audit::export_audit,
        audit::stop_audit,
        keeping::record_kept,
        demonstration::demonstration,
        demonstration::demonstrate,
        unfinished::unfinished,
        unfinished::check_unfinished,
        unfinished::send_again,
        unfinished::settle_unfinished,
    ]
}

/// An id that the window was given by the core before.
fn id<T: FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::unexpected("id"))
}

fn service_id(text: &str) -> Result<DosServiceId, Problem> {
    DosServiceId::new(text).map_err(|_| Problem::unexpected("id"))
}

/// A journey's error, as a person reads it; logged once, here, without personal data.
fn told(error: &desk_journeys::JourneyError) -> Problem {
    let problem = Problem::from(error);
    tracing::warn!(%error, reference = problem.reference, "a journey could not go on");
    problem
}
