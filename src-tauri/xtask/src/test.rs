//! Every check, cheap ones first, with a summary at the end. The runners' own closing lines stay in view.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::display::Display;
use crate::packages::Purpose;
use crate::setup::set_up;
use crate::steps::{Failed, command, npm, output, run, seconds};

struct Step {
    name: &'static str,
    took: Duration,
    failed: Option<String>,
}

/// Runs every check.
pub(crate) fn test(fail_fast: bool) -> Result<(), Failed> {
    let began = Instant::now();
    set_up(Purpose::Tests)?;
    let display = Display::start()?;
    let rust = |arguments: &[&str]| -> Command {
        let mut command = command("cargo", arguments);
        command.env("DISPLAY", &display.name);
        command
    };
    let all: Vec<(&'static str, Command)> = vec![
        ("formatting", rust(&["fmt", "--all", "--check"])),
        ("UI lint", npm(&["run", "--silent", "lint"])),
        ("UI tests", npm(&["run", "--silent", "test"])),
        ("programs", rust(&["build", "--workspace", "--bins"])),
        ("Rust tests", rust(&["test", "--workspace", "--no-fail-fast"])),
        ("Rust lints", rust(&["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"])),
    ];
    let mut steps = Vec::new();
    for (name, command) in all {
        println!("\n== {name}");
        let step_began = Instant::now();
        let failed = run(command).err().map(|Failed(why)| why);
        let stop = fail_fast && failed.is_some();
        steps.push(Step { name, took: step_began.elapsed(), failed });
        if stop {
            break;
        }
    }
    advisories();
    summary(&steps, began.elapsed())
}

/// Advisories and licences, where the tool and its database are at hand.
fn advisories() {
    println!("\n== advisories and licences");
    if output(command("cargo", &["deny", "--version"])).is_none() {
        println!("skipped: cargo-deny is not installed here");
        return;
    }
    if let Err(Failed(why)) = run(command("cargo", &["deny", "--offline", "check", "--config", ".cargo/deny.toml"])) {
        println!("not checked: {why}");
    }
}

fn summary(steps: &[Step], whole: Duration) -> Result<(), Failed> {
    println!("\n== summary, after {}", seconds(whole));
    for step in steps {
        let how = step.failed.as_deref().unwrap_or("passed");
        println!("  {:14} {:>12}  {how}", step.name, seconds(step.took));
    }
    let failed: Vec<&str> = steps.iter().filter(|step| step.failed.is_some()).map(|step| step.name).collect();
    if failed.is_empty() { Ok(()) } else { Err(Failed(format!("failed: {}", failed.join(", ")))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failed_step_fails_the_whole() {
        let step = |failed: Option<&str>| Step { name: "x", took: Duration::ZERO, failed: failed.map(str::to_owned) };
        assert!(summary(&[step(None)], Duration::ZERO).is_ok(), "all passed");
        assert!(summary(&[step(None), step(Some("why"))], Duration::ZERO).is_err(), "one failed");
    }
}
