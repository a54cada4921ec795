//! The configuration file, and the one function that wires the desk together. The window and `deskctl` both call it, so
//! that neither can be wired differently.
//!
//! | Module | What is in it |
//! |---|---|
//! | [`config`] | The configuration file (TOML) |
//! | [`clock`] | The clock of the machine, and random ids |
//! | [`logging`] | Logs for IT, and finding their lines again |
//! | [`demonstration`] | The ready users and patients of a demonstration |
//! | [`record_key`] | Where the record's key lives |
//! | [`keeping`] | Its copy of each day, its recovery copy, its key |
//! | [`restore`] | Restoring it from a copy |
//! | `starting` | What keeps a desk from opening, for a person |
//!
//! In demonstration mode the desk differs by its configuration alone: the same adapters speak to real sockets.

pub mod clock;
pub mod config;
pub mod demonstration;
pub mod keeping;
pub mod logging;
pub mod record_key;
pub mod restore;
mod starting;

use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;

use desk_domain::audit::Workplace;
use desk_domain::retention::YearsKept;
use desk_journeys::ports::Clock;
use desk_journeys::{Desk, JourneyError, Ports};
pub use desk_nhs::observe;
use desk_nhs::observe::Observer;
use desk_store::Store;
pub use desk_store::StoreError;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::demonstration::ReadyPatient;
use crate::keeping::Copies;
use crate::logging::Logger;
use crate::record_key::{KeyPlace, KeyProblem, OpenProblem};

/// How often is looked whether a day has begun whose seal is not there yet.
const SEAL_EVERY: Duration = Duration::from_secs(3600);

/// The desk, wired.
pub struct Composed {
    /// The journeys.
    pub desk: Arc<Desk>,
    /// Name of the organisation.
    pub organisation: String,
    /// Whether the other side is a demonstration.
    pub demonstration: bool,
    /// Invented patients that a demonstration has ready.
    pub ready_patients: Vec<ReadyPatient>,
    /// After so long without anybody at it the window is locked.
    pub lock_after: Duration,
    /// Where the record is.
    pub data_folder: PathBuf,
    /// For how long records are kept (NF-5).
    pub years_kept: YearsKept,
    store: Arc<Store>,
    place: KeyPlace,
    copies: Copies,
}

impl Composed {
    /// Writes what still waits to be written: for an end of the process that drops nothing.
    pub fn close(&self) {
        self.store.close();
    }
}

/// Why the desk could not be wired.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// No folder for the record is named, and the system has none to offer.
    #[error("the configuration names no data folder, and this computer offers none")]
    NoDataFolder,
    /// The folder belongs to the other mode.
    #[error("the folder {0} holds {1} records: demonstration and live records are never mixed")]
    Mixed(PathBuf, &'static str),
    /// The record cannot be opened.
    #[error("the desk's record cannot be opened: {0}")]
    Store(#[from] StoreError),
    /// The record's key cannot be had.
    #[error("the desk's record cannot be opened: {0}")]
    Key(#[from] KeyProblem),
    /// The folder cannot be prepared.
    #[error("the folder {0} cannot be prepared: {1}")]
    Folder(PathBuf, std::io::Error),
    /// The settings do not fit.
    #[error("the settings do not fit: {0}")]
    Settings(#[from] desk_nhs::SettingsError),
    /// The configuration does not fit.
    #[error(transparent)]
    Config(#[from] config::ConfigError),
    /// The desk's record failed while starting.
    #[error("the desk's record failed while starting: {0}")]
    Journey(#[from] JourneyError),
}

impl From<OpenProblem> for ComposeError {
    fn from(problem: OpenProblem) -> Self {
        match problem {
            OpenProblem::Key(problem) => Self::Key(problem),
            OpenProblem::Store(problem) => Self::Store(problem),
        }
    }
}

/// Wires the desk: opens the record, connects the adapters, makes the ready users of a demonstration.
///
/// # Errors
/// [`ComposeError`] in words that a person who sets up the desk understands.
pub async fn compose(config: Config, version: &str) -> Result<Composed, ComposeError> {
    compose_observed(config, version, None).await
}

/// The same, with somebody who looks on at the wire: for `deskctl assure`, never for a desk at work.
///
/// # Errors
/// As [`compose`].
pub async fn compose_observed(
    config: Config,
    version: &str,
    observer: Option<Arc<dyn Observer>>,
) -> Result<Composed, ComposeError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let local_outcomes = config.local_outcomes()?;
    let data_folder = data_folder(&config)?;
    let (folder, demonstration) = (data_folder.clone(), config.demonstration);
    // Off the threads that run the journeys: another program that starts may wait for a person who unlocks the key store.
    let turn = tokio::task::spawn_blocking(move || {
        let turn = record_key::turn(&folder)?;
        mark_mode(&folder, demonstration)?;
        Ok::<_, ComposeError>(turn)
    });
    let turn = turn.await.unwrap_or(Err(StoreError::BrokenOff.into()))?;
    log_to_files(&config, &data_folder, version);
    let place = KeyPlace::of(&config, &data_folder);
    let (folder, at, time) = (data_folder.clone(), place.clone(), Arc::clone(&clock));
    let opened = tokio::task::spawn_blocking(move || record_key::open(turn, &folder, &at, time)).await;
    let store = Arc::new(opened.unwrap_or(Err(OpenProblem::Store(StoreError::BrokenOff)))?);
    let workplace = workplace(&config);
    let adapters = desk_nhs::connect(config.nhs(version), Arc::clone(&clock), store.clone(), observer)?;
    let ports = Ports {
        clock,
        directory: adapters.directory,
        endpoints: adapters.endpoints,
        provider: adapters.provider,
        registry: adapters.registry,
        referrals: adapters.referrals,
        ledger: store.clone(),
        encounters: store.clone(),
        users: store.clone(),
        audit: store.clone(),
        reports: store.clone(),
        retention: store.clone(),
        references: store.clone(),
        keeper: store.clone(),
        workplace: workplace.clone(),
    };
    let desk = Arc::new(Desk::new(ports, local_outcomes));
    desk.started(version).await?;
    seal_the_day(&desk).await;
    tokio::spawn(seal_each_day(Arc::downgrade(&desk)));
    let copies = Copies::of(&config, workplace, version);
    if let Some(backup) = &config.backup {
        let (folder, keep) = (backup.folder.clone(), backup.keep.get());
        tokio::spawn(keeping::back_up_each_day(Arc::downgrade(&desk), copies.clone(), folder, keep));
    }
    if config.demonstration {
        desk.add_ready_users(demonstration::ready_users()).await?;
    }
    Ok(Composed {
        desk,
        organisation: config.organisation.name.clone(),
        demonstration: config.demonstration,
        lock_after: Duration::from_secs(config.desk.lock_after_seconds.get().into()),
        ready_patients: config.demonstration_patient,
        data_folder,
        years_kept: config.retention.years,
        store,
        place,
        copies,
    })
}

/// Logs to the files of a desk from now on. The folder has its mark.
fn log_to_files(config: &Config, data_folder: &std::path::Path, version: &str) {
    let device = config.organisation.device_name.clone();
    logging::to_files(config.logs, data_folder, Logger { program: program(), version: version.to_owned(), device });
}

/// The name of the program that runs, for its lines in the log.
fn program() -> String {
    let file = std::env::current_exe().ok();
    let name = file.as_deref().and_then(std::path::Path::file_stem).map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_default()
}

/// Seals the audit record once a day for as long as there is the desk.
async fn seal_each_day(desk: Weak<Desk>) {
    loop {
        tokio::time::sleep(SEAL_EVERY).await;
        let Some(desk) = desk.upgrade() else { return };
        seal_the_day(&desk).await;
    }
}

/// A desk whose seals cannot be written still works: `deskctl audit verify` says what is not sealed.
async fn seal_the_day(desk: &Desk) {
    if let Err(error) = desk.seal_the_day().await {
        tracing::warn!(%error, "the audit record could not be sealed");
    }
}

/// Which desk a configuration is for.
pub(crate) fn workplace(config: &Config) -> Workplace {
    let organisation = &config.organisation;
    Workplace { organisation: organisation.ods_code.clone(), device: organisation.device_name.clone() }
}

/// Where a configuration keeps the record.
pub(crate) fn data_folder(config: &Config) -> Result<PathBuf, ComposeError> {
    config.data_folder.clone().or_else(default_data_folder).ok_or(ComposeError::NoDataFolder)
}

fn default_data_folder() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "booking-desk").map(|dirs| dirs.data_dir().to_owned())
}

/// Demonstration records carry a mark, so that they are never mixed with live ones.
pub(crate) fn mark_mode(folder: &std::path::Path, demonstration: bool) -> Result<(), ComposeError> {
    let prepared = |error| ComposeError::Folder(folder.to_owned(), error);
    std::fs::create_dir_all(folder).map_err(prepared)?;
    let mark = folder.join("demonstration");
    // In this order: whoever begins a record marks it before.
    let used = folder.join("desk.sqlite3").exists();
    match (demonstration, mark.exists(), used) {
        (false, true, _) => Err(ComposeError::Mixed(folder.to_owned(), "demonstration")),
        (true, false, true) => Err(ComposeError::Mixed(folder.to_owned(), "live")),
        (true, false, false) => std::fs::write(mark, "Invented patients only.\n").map_err(prepared),
        (true, true, _) | (false, false, _) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demonstration_and_live_records_are_never_mixed() {
        let folder = tempfile::tempdir().expect("a folder");
        mark_mode(folder.path(), true).expect("a fresh folder takes either");
        assert!(matches!(mark_mode(folder.path(), false), Err(ComposeError::Mixed(..))), "demonstration opened live");
        let live = tempfile::tempdir().expect("a folder");
        std::fs::write(live.path().join("desk.sqlite3"), "").expect("a record");
        assert!(matches!(mark_mode(live.path(), true), Err(ComposeError::Mixed(..))), "live opened as demonstration");
    }
}
