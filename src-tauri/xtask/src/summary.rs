//! What became of each check, and how long it took.

use std::time::{Duration, Instant};

use crate::steps::{Failed, seconds};

enum Outcome {
    Passed,
    Failed(String),
    Skipped(String),
}

struct Check {
    name: &'static str,
    took: Duration,
    outcome: Outcome,
}

/// The checks so far.
pub(crate) struct Summary {
    fail_fast: bool,
    checks: Vec<Check>,
}

impl Summary {
    /// Nothing checked yet.
    pub(crate) fn new(fail_fast: bool) -> Self {
        Self { fail_fast, checks: Vec::new() }
    }

    /// Runs a check, unless one has failed and that was to be the end.
    pub(crate) fn check(&mut self, name: &'static str, work: impl FnOnce() -> Result<(), Failed>) {
        if self.fail_fast && !self.failed().is_empty() {
            return self.skip(name, "after a failure");
        }
        println!("\n== {name}");
        let began = Instant::now();
        let outcome = match work() {
            Ok(()) => Outcome::Passed,
            Err(Failed(why)) => {
                println!("{name}: {why}");
                Outcome::Failed(why)
            }
        };
        self.checks.push(Check { name, took: began.elapsed(), outcome });
    }

    /// Notes that a check is not made.
    pub(crate) fn skip(&mut self, name: &'static str, why: &str) {
        self.checks.push(Check { name, took: Duration::ZERO, outcome: Outcome::Skipped(why.to_owned()) });
    }

    /// Shows all, and fails where one failed.
    pub(crate) fn finish(&self) -> Result<(), Failed> {
        println!("\n== summary");
        print!("{}", self.table());
        let failed = self.failed();
        if failed.is_empty() { Ok(()) } else { Err(Failed(format!("failed: {}", failed.join(", ")))) }
    }

    fn failed(&self) -> Vec<&'static str> {
        self.checks.iter().filter(|check| matches!(check.outcome, Outcome::Failed(_))).map(|check| check.name).collect()
    }

    fn table(&self) -> String {
        let line = |check: &Check| match &check.outcome {
            Outcome::Passed => format!("  {:18} {:>12}  passed\n", check.name, seconds(check.took)),
            Outcome::Failed(why) => format!("  {:18} {:>12}  FAILED: {why}\n", check.name, seconds(check.took)),
            Outcome::Skipped(why) => format!("  {:18} {:>12}  skipped: {why}\n", check.name, ""),
        };
        let whole = self.checks.iter().map(|check| check.took).sum();
        let lines: String = self.checks.iter().map(line).collect();
        format!("{lines}  {:18} {:>12}\n", "all", seconds(whole))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure() -> Result<(), Failed> {
        Err(Failed("it broke".to_owned()))
    }

    #[test]
    fn one_failed_check_fails_the_whole_and_the_others_are_made_all_the_same() {
        let mut summary = Summary::new(false);
        summary.check("lints", failure);
        summary.check("tests", || Ok(()));
        let why = summary.finish().err().map(|Failed(why)| why);
        assert_eq!(why.as_deref(), Some("failed: lints"), "what failed is named");
        assert!(summary.table().contains("FAILED: it broke"), "{}", summary.table());
        assert!(summary.table().contains("passed"), "{}", summary.table());
    }

    #[test]
    fn fail_fast_makes_no_check_after_a_failure() {
        let mut summary = Summary::new(true);
        summary.check("lints", failure);
        let mut made = false;
        summary.check("tests", || {
            made = true;
            Ok(())
        });
        assert!(!made, "not made");
        assert!(summary.table().contains("skipped: after a failure"), "{}", summary.table());
    }

    #[test]
    fn a_skipped_check_is_neither_passed_nor_failed() {
        let mut summary = Summary::new(true);
        summary.skip("advisories", "no database here");
        assert!(summary.finish().is_ok(), "no failure");
        assert!(summary.table().contains("skipped: no database here"), "{}", summary.table());
        assert!(!summary.table().contains("passed"), "{}", summary.table());
    }
}
