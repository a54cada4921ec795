//! A panic is a defect, and belongs into the log: where it was, and nothing of what it says, which may be a patient's.

use std::panic::PanicHookInfo;

pub(super) fn are_logged() {
    std::panic::set_hook(Box::new(log));
}

fn log(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    let thread = std::thread::current();
    tracing::error!(place, thread = thread.name(), "a defect: a part of the program broke off");
}
