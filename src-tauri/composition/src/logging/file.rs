//! A line of JSON for each event: when, how grave, who logs, and the event's own fields.

use std::fmt::Debug;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

use chrono::NaiveDate;

use desk_journeys::ports::Clock;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::fmt::MakeWriter as _;
use tracing_subscriber::layer::{Context, Layer};

use super::Logger;
use super::find::day_of;
use crate::clock::SystemClock;

/// Names of the files: `booking-desk.2026-11-25.jsonl`, by the day in UTC.
pub(super) const PREFIX: &str = "booking-desk";
pub(super) const SUFFIX: &str = "jsonl";

struct Open {
    appender: RollingFileAppender,
    logger: Logger,
    folder: PathBuf,
    /// How many files are kept.
    days: u16,
    /// Of which day the newest file is (UTC).
    day: Mutex<NaiveDate>,
}

static OPEN: RwLock<Option<Open>> = RwLock::new(None);
/// Whether it was said that lines are lost.
static TOLD: AtomicBool = AtomicBool::new(false);

pub(super) fn begin(folder: &Path, days: u16, logger: Logger) {
    let day = Mutex::new(SystemClock.now().date_naive());
    let appender = only_for_owner(folder).map_err(|error| error.to_string()).and_then(|()| {
        // How many are kept is not left to it: it counts the file of today as one that is still to come.
        RollingFileAppender::builder()
            .rotation(Rotation::DAILY)
            .filename_prefix(PREFIX)
            .filename_suffix(SUFFIX)
            .build(folder)
            .map_err(|error| error.to_string())
    });
    let mut open = OPEN.write().unwrap_or_else(PoisonError::into_inner);
    match appender {
        Ok(appender) => {
            let begun = Open { appender, logger, folder: folder.to_owned(), days, day };
            begun.tidy();
            *open = Some(begun);
        }
        Err(why) => {
            *open = None;
            lost(&format!("{}: {why}", folder.display()));
        }
    }
}

impl Open {
    fn write(&self, line: &str, day: NaiveDate) {
        // One call a line, so that lines of two programs do not mix.
        if let Err(error) = self.appender.make_writer().write_all(line.as_bytes()) {
            lost(&error.to_string());
        }
        let mut newest = self.day.lock().unwrap_or_else(PoisonError::into_inner);
        if *newest != day {
            *newest = day;
            drop(newest);
            self.tidy();
        }
    }

    fn tidy(&self) {
        if let Err(error) = keep_newest(&self.folder, self.days) {
            lost(&format!("its older files: {error}"));
        }
    }
}

/// Keeps so many files, those of the newest days, and closes each to everybody but its owner.
fn keep_newest(folder: &Path, most: u16) -> std::io::Result<()> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        // What is no file of its own, such as a link, is nobody's to remove.
        if let (Some(day), true) = (day_of(&entry.path()), entry.file_type()?.is_file()) {
            files.push((day, entry.path()));
        }
    }
    files.sort_by(|one, other| other.cmp(one));
    for (place, (_, file)) in files.iter().enumerate() {
        let done = if place < usize::from(most) { close_to_others(file) } else { std::fs::remove_file(file) };
        match done {
            // Another program keeps the same files.
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

#[cfg(unix)]
fn close_to_others(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
const fn close_to_others(_file: &Path) -> std::io::Result<()> {
    // The user's own profile folder is closed to others already.
    Ok(())
}

/// The folder, closed to everybody else, also in the moment in which a new file is not yet.
fn only_for_owner(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Says once that lines do not reach the files. Nowhere but on standard error: the log is what fails.
fn lost(why: &str) {
    if !TOLD.swap(true, Ordering::Relaxed) {
        let said = writeln!(std::io::stderr(), "The log cannot be written ({why}). The desk works on without it.");
        drop(said);
    }
}

/// Writes each event as a line.
pub(super) struct Lines;

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let open = OPEN.read().unwrap_or_else(PoisonError::into_inner);
        let Some(file) = open.as_ref() else { return };
        let (logger, about, now) = (&file.logger, event.metadata(), SystemClock.now());
        let mut fields = Fields(Map::new());
        fields.text("at", now.to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
        fields.text("level", about.level().to_string().to_ascii_lowercase());
        fields.text("program", logger.program.clone());
        fields.text("version", logger.version.clone());
        fields.text("device", logger.device.clone());
        fields.text("target", about.target().to_owned());
        event.record(&mut fields);
        let mut line = Value::Object(fields.0).to_string();
        line.push('\n');
        file.write(&line, now.date_naive());
    }
}

struct Fields(Map<String, Value>);

impl Fields {
    fn text(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), Value::String(value));
    }
}

impl Visit for Fields {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.text(field.name(), format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nf_5_files_of_the_newest_days_are_kept_and_nothing_else_is_touched() {
        let folder = tempfile::tempdir().expect("a folder");
        let name = |day: &str| format!("{PREFIX}.{day}.{SUFFIX}");
        let days = ["2026-11-20", "2026-11-25", "2026-11-24", "2036-01-01"].map(name);
        for file in days.iter().map(String::as_str).chain(["booking-desk.notes.jsonl", "another.2026-11-20.jsonl"]) {
            std::fs::write(folder.path().join(file), "a line\n").expect("written");
        }
        for _ in 0..2 {
            keep_newest(folder.path(), 3).expect("tidied");
        }
        let mut left: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").flatten().collect();
        left.sort_by_key(std::fs::DirEntry::file_name);
        let names: Vec<_> = left.iter().map(|entry| entry.file_name().into_string().expect("text")).collect();
        let [_, today, before, ahead] = days;
        let others = ["another.2026-11-20.jsonl", "booking-desk.notes.jsonl"];
        assert_eq!(names, [others[0], &before, &today, &ahead, others[1]], "three days, however often it is looked");
    }

    #[cfg(unix)]
    #[test]
    fn nf_5_log_files_are_their_owners_alone_and_a_link_is_left_as_it_is() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().expect("a folder");
        let (elsewhere, file) = (folder.path().join("elsewhere"), folder.path().join("booking-desk.2026-11-25.jsonl"));
        let open = std::fs::Permissions::from_mode(0o644);
        for file in [&elsewhere, &file] {
            std::fs::write(file, "a line\n").expect("written");
            std::fs::set_permissions(file, open.clone()).expect("set");
        }
        symlink(&elsewhere, folder.path().join("booking-desk.2026-11-24.jsonl")).expect("linked");
        keep_newest(folder.path(), 1).expect("tidied");
        let mode = |file: &Path| std::fs::metadata(file).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&file), mode(&elsewhere)), (0o600, 0o644), "the file, and not what a link leads to");
    }
}
