//! The measured budgets: reported, never asserted.

use crate::display::Display;
use crate::packages::Purpose;
use crate::setup::set_up;
use crate::steps::{Failed, command, run};

/// Measures.
pub(crate) fn bench() -> Result<(), Failed> {
    set_up(Purpose::Tests)?;
    run(command("cargo", &["bench", "--package", "desk-tests", "--benches"]))?;
    // The window as the demonstration runs it, against an empty one of the same build.
    run(command("cargo", &["build", "--package", "booking-desk", "--bins", "--examples"]))?;
    run(command("cargo", &["build", "--package", "desk-tests", "--bins"]))?;
    let display = Display::start()?;
    let mut window = command("cargo", &["run", "--quiet", "--package", "desk-tests", "--bin", "window-start"]);
    window.env("DISPLAY", &display.name);
    run(window)
}
