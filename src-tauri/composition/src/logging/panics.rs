//! A panic is a defect, and belongs into the log: where it was, with a reference to quote, and nothing of what it says, which
//! may be a patient's.

use std::panic::PanicHookInfo;

use desk_domain::id::short_reference;
use desk_journeys::ports::Clock as _;

use crate::clock::SystemClock;

pub(super) fn are_logged() {
    std::panic::set_hook(Box::new(log));
}

fn log(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    let thread = std::thread::current();
    let reference = short_reference(SystemClock.new_id());
    tracing::error!(reference, place, thread = thread.name(), "a defect: a part of the program broke off");
}
