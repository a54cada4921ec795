//! Embeds the UI and declares the commands, so that each can be allowed to the one window by name.

const COMMANDS: &[&str] = &[
    "desk_start",
    "create_first_user",
    "sign_in",
    "sign_out",
    "users",
    "add_user",
    "change_user",
    "still_here",
    "lock",
    "check_nhs_number",
    "open_encounters",
    "start_encounter",
    "change_patient",
    "encounter",
    "end_encounter",
    "outcome_choices",
    "record_outcome",
    "find_services",
    "watch_availability",
    "stop_availability",
    "reject_reasons",
    "choose_service",
    "find_slots",
    "review_slot",
    "book",
    "stop_sending",
    "approve_late_slot",
    "refuse_late_slot",
    "booking",
    "bookings",
    "unfinished",
    "check_unfinished",
    "send_again",
    "settle_unfinished",
    "print_page",
    "demonstration",
    "demonstrate",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let commands = tauri_build::AppManifest::new().commands(COMMANDS);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))?;
    Ok(())
}
