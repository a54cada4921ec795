//! The demonstration: the window, or the walk-through where there is no display.

use crate::display::Display;
use crate::packages::Purpose;
use crate::setup::set_up;
use crate::steps::{Failed, command, root, run};

/// Opens the window with the demonstration, or walks through it.
pub(crate) fn demo(tour: bool) -> Result<(), Failed> {
    let has_display = !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    if !tour && !has_display {
        println!("There is no display here, so this is the walk-through: the same window on a virtual display.");
    }
    if tour || !has_display {
        return walk_through();
    }
    set_up(Purpose::Window)?;
    println!("Building the application: some minutes the first time, seconds after that.");
    run(command("cargo", &["build", "--package", "booking-desk"]))?;
    println!("Opening the window. The sign-in page says how to sign in.");
    let mut window = command(&application(), &["--demonstration"]);
    window.current_dir(root());
    run(window)
}

fn walk_through() -> Result<(), Failed> {
    set_up(Purpose::Tour)?;
    println!("Building the application and the walk-through: some minutes the first time, seconds after that.");
    run(command("cargo", &["build", "--package", "booking-desk", "--package", "desk-tests", "--bins"]))?;
    let display = Display::start()?;
    let mut tour = command(&program("tour"), &[]);
    tour.arg("--out").arg(root().join("target/tour")).env("DISPLAY", &display.name);
    run(tour)
}

fn program(name: &str) -> String {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), std::path::PathBuf::from);
    target.join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX)).to_string_lossy().into_owned()
}

fn application() -> String {
    program("booking-desk")
}
