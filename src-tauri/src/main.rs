//! Booking Desk: the window. It starts the core, holds who is signed in, and passes what the window asks to the
//! journeys. No rules, no SQL, no HTTP here.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod arguments;
mod commands;
mod desk_state;

use std::process::ExitCode;

use clap::Parser;
use tauri::Manager;

use crate::arguments::Arguments;
use crate::desk_state::DeskState;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    desk_composition::logging::start();
    let single = arguments.is_the_one_desk();
    let mut builder = tauri::Builder::default();
    if single {
        // Two windows of one live desk would confuse whose patient is on which: the first one comes to the front.
        builder = builder.plugin(tauri_plugin_single_instance::init(|app, _, _| {
            if let Some(window) = app.get_webview_window("desk") {
                drop(window.unminimize());
                drop(window.set_focus());
            }
        }));
    }
    let built = builder
        .setup(move |app| {
            app.manage(DeskState::starting(arguments));
            Ok(())
        })
        .invoke_handler(commands::all())
        .build(tauri::generate_context!());
    match built {
        Ok(app) => {
            app.run(|app, event| {
                if let tauri::RunEvent::Exit = event {
                    app.state::<DeskState>().close();
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "the window could not be opened");
            ExitCode::FAILURE
        }
    }
}
