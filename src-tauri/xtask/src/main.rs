//! `cargo xtask`: set-up, demonstration, tests and benchmarks of Booking Desk, from a fresh clone on.
//!
//! | Module | What it does |
//! |---|---|
//! | `packages` | What the system needs, and why |
//! | `setup` | Installs what is missing; installs and builds the UI |
//! | `demo` | Opens the window with the demonstration, or walks through it |
//! | `test` | Every check, with a summary |
//! | `bench` | The measured budgets |
//! | `steps` | Running commands with visible progress |
//! | `display` | A virtual display |

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a terminal program")]

mod bench;
mod demo;
mod display;
mod packages;
mod setup;
mod steps;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::packages::Purpose;
use crate::steps::Failed;

/// Set-up, demonstration, tests and benchmarks of Booking Desk.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Install what the system lacks (saying what and why), install and build the UI.
    Setup,
    /// Open the window with the embedded demonstration NHS; nothing leaves this machine.
    Demo {
        /// Walk through the "Friday afternoon" booking on a virtual display instead, with screenshots in target/tour.
        #[arg(long)]
        tour: bool,
    },
    /// Run every check: formatting, lints, Rust tests, UI tests, and the tests of the real window.
    Test {
        /// Stop at the first step that fails.
        #[arg(long)]
        fail_fast: bool,
    },
    /// Measure the budgets; nothing is asserted.
    Bench,
    /// Write the TypeScript of the contract.
    Bindings,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().verb {
        Verb::Setup => setup::set_up(Purpose::Tests),
        Verb::Demo { tour } => demo::demo(tour),
        Verb::Test { fail_fast } => test::test(fail_fast),
        Verb::Bench => bench::bench(),
        Verb::Bindings => bindings(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(why)) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Only this needs the contract crate, so it is a program of that crate rather than a dependency of this one.
fn bindings() -> Result<(), Failed> {
    steps::run(steps::command("cargo", &["run", "--quiet", "--package", "desk-contract", "--example", "typescript"]))
}
