//! Where the programs under test are: beside the running test, in the same target folder.

use std::path::PathBuf;

/// A program of the workspace.
///
/// # Panics
/// Where the running program has no folder.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let here = std::env::current_exe().expect("this program has a path");
    let folder = here.ancestors().find(|folder| folder.ends_with("debug") || folder.ends_with("release"));
    folder.expect("it stands in a target folder").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}
