//! A line of JSON for each event: when, how grave, who logs, and the event's own fields.

use std::fmt::Debug;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use desk_journeys::ports::Clock;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::fmt::MakeWriter as _;
use tracing_subscriber::layer::{Context, Layer};

use super::Logger;
use crate::clock::SystemClock;

/// Names of the files: `booking-desk.2026-11-25.jsonl`, by the day in UTC.
pub(super) const PREFIX: &str = "booking-desk";
pub(super) const SUFFIX: &str = "jsonl";

struct Open {
    appender: RollingFileAppender,
    logger: Logger,
}

static OPEN: RwLock<Option<Open>> = RwLock::new(None);
/// Whether it was said that lines are lost.
static TOLD: AtomicBool = AtomicBool::new(false);

pub(super) fn begin(folder: &Path, days: u16, logger: Logger) {
    let appender = only_for_owner(folder).map_err(|error| error.to_string()).and_then(|()| {
        RollingFileAppender::builder()
            .rotation(Rotation::DAILY)
            .filename_prefix(PREFIX)
            .filename_suffix(SUFFIX)
            .max_log_files(days.into())
            .build(folder)
            .map_err(|error| error.to_string())
    });
    let mut open = OPEN.write().unwrap_or_else(PoisonError::into_inner);
    match appender {
        Ok(appender) => *open = Some(Open { appender, logger }),
        Err(why) => {
            *open = None;
            lost(&format!("{}: {why}", folder.display()));
        }
    }
}

/// The folder, closed to everybody else: its files need no more.
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
        let Some(Open { appender, logger }) = open.as_ref() else { return };
        let about = event.metadata();
        let mut fields = Fields(Map::new());
        fields.text("at", SystemClock.now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
        fields.text("level", about.level().to_string().to_ascii_lowercase());
        fields.text("program", logger.program.clone());
        fields.text("version", logger.version.clone());
        fields.text("device", logger.device.clone());
        fields.text("target", about.target().to_owned());
        event.record(&mut fields);
        let mut line = Value::Object(fields.0).to_string();
        line.push('\n');
        // One call a line, so that lines of two programs do not mix.
        if let Err(error) = appender.make_writer().write_all(line.as_bytes()) {
            lost(&error.to_string());
        }
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
