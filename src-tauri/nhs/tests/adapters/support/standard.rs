//! The folder of the standard, where this machine has it.

use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder of the standard: as named by BOOKING_STANDARD, or beside the project.
pub(crate) fn standard() -> Option<PathBuf> {
    let named = std::env::var_os("BOOKING_STANDARD").map(PathBuf::from);
    let beside = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/standard")).to_owned();
    Some(named.unwrap_or(beside)).filter(|folder| folder.is_dir())
}

/// Says on the terminal that a test did not look at anything. Not by a macro: what those print is held back unless the
/// test fails.
pub(crate) fn skipped(why: &str) {
    drop(writeln!(std::io::stderr(), "skipped: {why}"));
}
