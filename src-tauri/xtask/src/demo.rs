//! The demonstration: the window, or the walk-through where there is no display.

use std::env::consts::EXE_SUFFIX;

use crate::display::Display;
use crate::packages::Purpose;
use crate::setup::set_up;
use crate::steps::{Failed, build_programs, cargo, command, programs, root, run, run_silent_for_long};

/// Opens the window with the demonstration, or walks through it.
pub(crate) fn demo(tour: bool) -> Result<(), Failed> {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if tour {
        return walk_through();
    }
    if !has_display(cfg!(target_os = "linux"), is_set) {
        println!("There is no display here, so this is the walk-through: the same window on a virtual display.");
        return walk_through();
    }
    set_up(Purpose::Window)?;
    println!("\n== the application: some minutes the first time, seconds after that");
    run_silent_for_long(cargo(&["build", "--package", "booking-desk"]))?;
    println!("\nOpening the window. The sign-in page says how to sign in. Close the window to end.");
    run(command(&program("booking-desk")?, &["--demonstration"]))
}

fn walk_through() -> Result<(), Failed> {
    if !Display::DRIVES_THE_WINDOW {
        return Err(Failed("the walk-through needs Linux; `cargo xtask demo` opens the window here".to_owned()));
    }
    set_up(Purpose::Tour)?;
    println!("\n== the application and the walk-through: some minutes the first time, seconds after that");
    run_silent_for_long(build_programs())?;
    println!("\n== the walk-through");
    let display = Display::start()?;
    let out = root().join("target").join("tour");
    run(display.show(command(&program("tour")?, &["--out", &out.to_string_lossy()])))?;
    println!("The screenshots are in target/tour.");
    Ok(())
}

/// Only Linux can be without a display while somebody types.
fn has_display(is_linux: bool, is_set: impl Fn(&str) -> bool) -> bool {
    !is_linux || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

fn program(name: &str) -> Result<String, Failed> {
    Ok(programs()?.join(format!("{name}{EXE_SUFFIX}")).to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_kind_of_display_is_a_display() {
        assert!(has_display(true, |name| name == "WAYLAND_DISPLAY"), "Wayland");
        assert!(has_display(true, |name| name == "DISPLAY"), "X11");
        assert!(!has_display(true, |_| false), "none");
        assert!(has_display(false, |_| false), "Windows and macOS have one always");
    }
}
