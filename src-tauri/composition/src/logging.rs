//! Logs for IT, without patient details: to standard error, and as lines of JSON to a file a day beside the record.
//!
//! Only lines of our own crates are taken. What libraries log may name URLs, and those hold NHS numbers. `BOOKING_DESK_LOG`
//! sets the level of both, `[logs] level` that of the files alone.

mod file;
mod find;
mod panics;

use std::path::Path;
use std::sync::OnceLock;

use serde::Deserialize;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Registry, reload};

pub use find::{Found, Line, lines_on};

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What failed here.
    Error,
    /// And what could not be done.
    Warn,
    /// And each exchange with another system.
    Info,
    /// And details.
    Debug,
    /// And everything.
    Trace,
}

impl LogLevel {
    const ALL: [(&'static str, Self); 5] = [
        ("error", Self::Error),
        ("warn", Self::Warn),
        ("info", Self::Info),
        ("debug", Self::Debug),
        ("trace", Self::Trace),
    ];

    fn of_environment() -> Option<Self> {
        let named = std::env::var("BOOKING_DESK_LOG").ok()?.trim().to_ascii_lowercase();
        Self::ALL.into_iter().find_map(|(name, level)| (name == named).then_some(level))
    }

    const fn filter(self) -> LevelFilter {
        match self {
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        }
    }
}

/// How the desk logs to files.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSettings {
    /// How much.
    pub level: LogLevel,
    /// Files of so many days are kept.
    pub days: DaysKept,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { level: LogLevel::Info, days: DaysKept(30) }
    }
}

/// For how many days logs are kept: 1 to 3,650.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u16")]
pub struct DaysKept(u16);

impl TryFrom<u16> for DaysKept {
    type Error = String;
    fn try_from(days: u16) -> Result<Self, String> {
        if (1..=3650).contains(&days) { Ok(Self(days)) } else { Err("logs are kept for 1 to 3650 days".to_owned()) }
    }
}

/// Who logs: the same on every line.
#[derive(Debug, Clone)]
pub struct Logger {
    /// `booking-desk` or `deskctl`.
    pub program: String,
    /// Its version.
    pub version: String,
    /// The computer, by the name that the organisation gave it.
    pub device: String,
}

type FileLevel = reload::Handle<Targets, Registry>;

/// There once logging was started; until then, and in programs that never start it, nothing goes to files.
static FILE_LEVEL: OnceLock<FileLevel> = OnceLock::new();

fn ours(level: LogLevel) -> Targets {
    ["desk_", "booking_desk", "deskctl"]
        .into_iter()
        .fold(Targets::new(), |all, ours| all.with_target(ours, level.filter()))
}

/// Starts logging to standard error; files begin once the record is open. A panic is logged, too. Calling it again changes nothing.
pub fn start() {
    let of_environment = LogLevel::of_environment();
    let to_stderr = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_filter(ours(of_environment.unwrap_or(LogLevel::Warn)));
    let (level, handle) = reload::Layer::new(ours(of_environment.unwrap_or(LogSettings::default().level)));
    let started =
        tracing_subscriber::registry().with(file::Lines.with_filter(level)).with(to_stderr).try_init().is_ok();
    if started && FILE_LEVEL.set(handle).is_ok() {
        panics::are_logged();
    }
}

/// Logs to files in `logs` of a data folder from now on. Where that cannot be, the desk works on without, and says so once.
pub(crate) fn to_files(settings: LogSettings, data_folder: &Path, logger: Logger) {
    let Some(level) = FILE_LEVEL.get() else { return };
    if LogLevel::of_environment().is_none()
        && let Err(error) = level.reload(ours(settings.level))
    {
        tracing::warn!(%error, "the level of the log cannot be set");
    }
    file::begin(&folder(data_folder), settings.days.0, logger);
}

fn folder(data_folder: &Path) -> std::path::PathBuf {
    data_folder.join("logs")
}
