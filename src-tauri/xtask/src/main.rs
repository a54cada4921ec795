//! `cargo xtask`: set-up, demonstration, tests and benchmarks of Booking Desk, from a fresh clone on.
//!
//! | Module | What it does |
//! |---|---|
//! | `packages` | What the system needs, and why: tables and no action |
//! | `system` | Finds what the system lacks; installs it, or says how |
//! | `ui` | Installs the UI's packages and builds the UI, unless that was done for the same content |
//! | `setup` | All of the above, in order |
//! | `demo` | Opens the window with the demonstration, or walks through it |
//! | `test` | Every check, cheap ones first |
//! | `summary` | Which check passed, failed or was skipped, and how long it took |
//! | `bench` | The measured budgets |
//! | `fuzz` | Fuzzing of the readers |
//! | `steps` | Running commands with visible progress |
//! | `display` | A virtual display |
//!
//! It knows no other crate of ours, so that it compiles in seconds on a machine that has nothing yet.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a terminal program")]

mod bench;
mod demo;
mod display;
mod fuzz;
mod packages;
mod setup;
mod steps;
mod summary;
mod system;
mod test;
mod ui;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::packages::Purpose;
use crate::steps::{Failed, cargo, run};

/// Set-up, demonstration, tests and benchmarks of Booking Desk.
///
/// Needs Rust and Node.js; each verb installs what else it needs, or says how. Ends with 0 where all went well, with 1
/// where something failed (the last line says what), and with 2 where it was not understood.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Install what the system lacks (saying what and why), install and build the UI.
    ///
    /// On Debian and Ubuntu by apt-get, as root or by sudo; without the right to, the command to have run is shown. On
    /// Windows and macOS it looks, and says what to install. What is there already is not done again.
    Setup,
    /// Open the window with the demonstration NHS inside; nothing leaves this machine.
    ///
    /// Sets up what the window needs, builds it, and opens it. Without a display it does the walk-through of --tour.
    Demo {
        /// Walk through the "Friday afternoon" booking on a virtual display, leaving screenshots in target/tour.
        #[arg(long)]
        tour: bool,
    },
    /// Run every check: formatting, lints, Rust tests, UI tests, and the tests of the real window.
    ///
    /// Cheap checks come first; all are run, and a summary stands at the end. The window's tests run on a virtual
    /// display of their own, so that they need no screen and disturb none.
    #[command(visible_alias = "ci")]
    Test {
        /// Stop at the first check that fails.
        #[arg(long)]
        fail_fast: bool,
    },
    /// Measure the budgets (availability, booking, start of the window); nothing is asserted.
    ///
    /// The core is built with optimisation, which takes long the first time.
    Bench,
    /// Fuzz every reader of what others send (DoS, Spine directory, providers); ends at the first finding.
    ///
    /// Needs a nightly compiler and cargo-fuzz, and installs what is missing of both.
    Fuzz {
        /// Only this one: dos, sds, bundle, outcome or location.
        target: Option<String>,
        /// How long each.
        #[arg(long, default_value_t = 10)]
        minutes: u32,
    },
    /// Write what is generated from the types: ui/src/contract/contract.ts, src-tauri/MESSAGES.md and src-tauri/AUDIT.md.
    Bindings {
        /// Write nothing; fail where a file is not what the contract says.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().verb {
        Verb::Setup => setup::set_up(Purpose::Tests),
        Verb::Demo { tour } => demo::demo(tour),
        Verb::Test { fail_fast } => test::test(fail_fast),
        Verb::Bench => bench::bench(),
        Verb::Fuzz { target, minutes } => fuzz::fuzz(target.as_deref(), minutes),
        Verb::Bindings { check } => bindings(check),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(why)) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

/// The packages' own programs and tests do this, so that they need not be compiled for every other verb.
fn bindings(check: bool) -> Result<(), Failed> {
    if check {
        let tests = "up_to_date";
        run(cargo(&["test", "--quiet", "--package", "desk-domain", "--test", "audit_document", tests]))?;
        return run(cargo(&["test", "--quiet", "--package", "desk-contract", "--lib", tests]));
    }
    run(cargo(&["run", "--quiet", "--package", "desk-domain", "--example", "audit_document"]))?;
    run(cargo(&["run", "--quiet", "--package", "desk-contract", "--example", "generate"]))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn ci_is_another_word_for_test() {
        let parsed = Arguments::try_parse_from(["cargo xtask", "ci", "--fail-fast"]).map(|parsed| parsed.verb);
        assert!(matches!(parsed, Ok(Verb::Test { fail_fast: true })), "one and the same verb");
    }
}
