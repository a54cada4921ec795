//! What the receiver of referrals got, held to the published schemas and to rules that no writer of ours wrote: every
//! message that a test has sent, whatever the test is about.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The Pythons to be tried: the one that stands first in the path, and the system's own, for which the package of lxml is.
const PYTHONS: [&str; 2] = ["python3", "/usr/bin/python3"];

/// A folder into which a demonstration leaves every message as it came. What is in it is looked at when it goes.
#[derive(Debug)]
pub struct Messages {
    folder: tempfile::TempDir,
}

impl Messages {
    /// An empty folder.
    ///
    /// # Panics
    /// Where none can be made.
    #[must_use]
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    /// Where the messages are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Each message as it came, in no order.
    ///
    /// # Panics
    /// Where they cannot be read.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder()).expect("a folder").map(|file| file.expect("a file").path());
        files.map(|file| std::fs::read_to_string(file).expect("a message")).collect()
    }
}

impl Default for Messages {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Messages {
    /// # Panics
    /// Where a message breaks a rule, unless the test has failed already.
    fn drop(&mut self) {
        if std::thread::panicking() || std::fs::read_dir(self.folder()).is_ok_and(|mut files| files.next().is_none()) {
            return;
        }
        if let Err(breaches) = held_to_the_rules(&[self.folder()]) {
            panic!("a referral breaks the rules of its message:\n{breaches}");
        }
    }
}

/// Holds messages and documents to the rules and, where this machine has them, to the schemas: what was looked at, nothing
/// where no Python here can look, or every breach on a line.
///
/// # Errors
/// The breaches.
///
/// # Panics
/// Where the rules cannot be run, and it is CI that runs them.
pub fn held_to_the_rules(places: &[&Path]) -> Result<Option<String>, String> {
    let Some(python) = python() else {
        skipped(
            "no referral was held to the rules: no Python here has lxml (python3-lxml; `cargo xtask test` installs it)",
        );
        return Ok(None);
    };
    let mut check = Command::new(python);
    check.arg(rules().join("check.py"));
    if let Some(schemas) = schemas() {
        check.arg("--schemas").arg(schemas);
    }
    let output = check.args(places).output().expect("it ran a moment ago");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(Some(text(&output.stdout))) } else { Err(text(&output.stderr)) }
}

/// The first Python that knows lxml.
fn python() -> Option<&'static str> {
    static FOUND: OnceLock<Option<&'static str>> = OnceLock::new();
    let knows = |python: &&str| {
        let tried = Command::new(python).args(["-c", "from lxml import isoschematron"]).output();
        tried.is_ok_and(|tried| tried.status.success())
    };
    *FOUND.get_or_init(|| PYTHONS.into_iter().find(knows))
}

/// Says on the terminal that nothing was looked at, and fails where it is CI that has to. Not by a macro: what those print
/// is held back unless the test fails.
fn skipped(why: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
    drop(writeln!(std::io::stderr(), "skipped: {why}"));
}

fn rules() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("referral-rules")
}

/// The published schemas, where this machine has them: as `BOOKING_STANDARD` names them, or beside the project.
#[must_use]
pub fn schemas() -> Option<PathBuf> {
    let named = std::env::var_os("BOOKING_STANDARD").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/standard");
    Some(named.unwrap_or(beside).join("referral").join("Schemas")).filter(|folder| folder.is_dir())
}
