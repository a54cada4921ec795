//! Keeping the record: its copy of each day, its recovery copy, its key.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use desk_domain::audit::Workplace;
use desk_domain::keeping::RecordKeyId;
use desk_journeys::ports::BackupOrder;
use desk_journeys::{Desk, JourneyError, SignedIn};
use desk_store::{Found, RecordKey, Store, StoreError};

use crate::config::Config;
use crate::record_key::{KeyPlace, KeyProblem, recovery};
use crate::{ComposeError, Composed};

/// After so long the first copy of the day is looked for: a program that is there for one order alone makes none.
const FIRST_LOOK: Duration = Duration::from_secs(60);
/// How often is looked whether a day has begun whose copy is not there yet.
const LOOK_EVERY: Duration = Duration::from_secs(3600);

/// What the copies of a desk's record are to be, but for where they go.
#[derive(Debug, Clone)]
pub(crate) struct Copies {
    desk: Workplace,
    demonstration: bool,
    version: String,
}

impl Copies {
    pub(crate) fn of(config: &Config, desk: Workplace, version: &str) -> Self {
        Self { desk, demonstration: config.demonstration, version: version.to_owned() }
    }

    fn order(&self, folder: &Path, automatic: bool) -> BackupOrder {
        let Self { desk, demonstration, version } = self.clone();
        BackupOrder { folder: folder.to_owned(), desk, demonstration, automatic, version }
    }
}

/// Makes the copy of each day, for as long as there is the desk. One that fails is recorded and logged, and supervisors see
/// it; the next try is an hour later.
pub(crate) async fn back_up_each_day(desk: Weak<Desk>, copies: Copies, folder: PathBuf, keep_days: u16) {
    let order = copies.order(&folder, true);
    let mut wait = FIRST_LOOK;
    loop {
        tokio::time::sleep(wait).await;
        wait = LOOK_EVERY;
        let Some(desk) = desk.upgrade() else { return };
        match desk.back_up_the_day(&order, keep_days).await {
            Ok(Some(backup)) if backup.manifest.fault.is_some() => {
                tracing::warn!("the backup of the day was made, and the audit record in it does not hold");
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the backup of the day could not be made"),
        }
    }
}

/// Which key took another's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyChanged {
    /// The key of before: backups that were made until now are under it, and it is kept.
    pub from: RecordKeyId,
    /// The key of now.
    pub to: RecordKeyId,
}

/// Why the record's key is as it was.
#[derive(Debug, thiserror::Error)]
pub enum KeyChangeProblem {
    /// Whoever is to do it may not, or it cannot be recorded.
    #[error(transparent)]
    Journey(#[from] JourneyError),
    /// The new key cannot be made or kept, or the record cannot come under it.
    #[error(transparent)]
    Compose(#[from] ComposeError),
}

impl From<StoreError> for KeyChangeProblem {
    fn from(error: StoreError) -> Self {
        Self::Compose(error.into())
    }
}

impl Composed {
    /// What a copy of the record is to be, made by a person into this folder.
    #[must_use]
    pub fn backup_order(&self, folder: &Path) -> BackupOrder {
        self.copies.order(folder, false)
    }

    /// Which key the record is under.
    #[must_use]
    pub fn key(&self) -> RecordKeyId {
        self.store.key().id()
    }

    /// Writes the recovery copy of the record's key into a new file.
    ///
    /// # Errors
    /// It cannot be written, or is there already.
    pub fn write_recovery_copy(&self, file: &Path) -> std::io::Result<()> {
        let made = self.desk.now().date_naive();
        recovery::write_copy(file, self.store.key(), &self.copies.desk.organisation, made)
    }

    /// Brings the record under a new key, which is kept beside the one of before, and ends the desk. Nobody else may have the
    /// record open.
    ///
    /// # Errors
    /// [`KeyChangeProblem`]; then the record is under the key of before.
    pub async fn change_key(self, who: SignedIn) -> Result<KeyChanged, KeyChangeProblem> {
        let from = self.store.key().clone();
        let to = RecordKey::generate()?;
        let changed = KeyChanged { from: from.id(), to: to.id() };
        let event = self.desk.change_key(&who, changed.from, changed.to).await?;
        // Both keys are kept before anything is under the new one.
        let (place, new) = (self.place.clone(), to.clone());
        let kept = off_the_threads(move || place.keep(&new).and_then(|()| place.find(new.id()))).await?;
        if kept.map_err(ComposeError::from)?.is_none() {
            return Err(ComposeError::from(KeyProblem::NoKeyStore("it did not keep a key".to_owned())).into());
        }
        self.desk.sign_out(who).await?;
        self.close();
        let (folder, place) = (self.data_folder, self.place);
        off_the_threads(move || {
            desk_store::change_key(&folder, &from, &to, &event).inspect_err(|_| forget_unused(&place, &folder, changed))
        })
        .await??;
        tracing::info!(from = changed.from.short(), to = changed.to.short(), "the record came under a new key");
        Ok(changed)
    }
}

/// A key under which nothing is does not stay. Where it cannot be told that nothing is, it does: a record may be under it.
fn forget_unused(place: &KeyPlace, folder: &Path, KeyChanged { from, to }: KeyChanged) {
    let as_before = matches!(Store::found(folder), Ok(Found::Under { key, noted: None }) if key == from);
    if !as_before {
        return tracing::warn!(key = to.short(), "a new key is kept, because the record may be under it");
    }
    if let Err(error) = place.forget(to) {
        tracing::warn!(%error, key = to.short(), "a key that was not used could not be removed");
    }
}

/// What came of putting a key back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyImported {
    /// Which key.
    pub key: RecordKeyId,
    /// Whether the record opens under it; where there is no record, a backup may.
    pub record: bool,
}

/// Why a key is not put back.
#[derive(Debug, thiserror::Error)]
pub enum ImportProblem {
    /// The recovery copy cannot be read.
    #[error(transparent)]
    Copy(#[from] recovery::RecoveryProblem),
    /// The backup that it is for is none, or is damaged.
    #[error(transparent)]
    Backup(StoreError),
    /// It is not the record's key, nor the backup's.
    #[error("this is the recovery copy of key {}, and key {} is needed", .given.short(), .needed.short())]
    AnotherKey {
        /// Whose copy it is.
        given: RecordKeyId,
        /// Which is needed.
        needed: RecordKeyId,
    },
    /// The desk cannot be set up.
    #[error(transparent)]
    Compose(#[from] ComposeError),
}

impl From<StoreError> for ImportProblem {
    fn from(error: StoreError) -> Self {
        Self::Compose(error.into())
    }
}

impl From<KeyProblem> for ImportProblem {
    fn from(problem: KeyProblem) -> Self {
        Self::Compose(problem.into())
    }
}

/// Puts a key back from its recovery copy, where it opens the record; where there is none yet, where it opens this backup, or
/// for a backup that is restored next. Nobody can sign in without the key: it is recorded as nobody's act. The log of this
/// version of the program says how it ended.
///
/// # Errors
/// [`ImportProblem`] in words; then nothing is kept.
pub async fn import_key(
    config: &Config,
    copy: &Path,
    backup: Option<&Path>,
    version: &str,
) -> Result<KeyImported, ImportProblem> {
    let folder = crate::data_folder(config)?;
    crate::mark_mode(&folder, config.demonstration)?;
    crate::log_to_files(config, &folder, version);
    let imported = put_back(config, folder, copy, backup).await;
    match &imported {
        Ok(KeyImported { key, record }) => tracing::info!(key = key.short(), opens = record, "a key was put back"),
        Err(error) => tracing::info!(%error, "no key was put back"),
    }
    imported
}

async fn put_back(
    config: &Config,
    folder: PathBuf,
    copy: &Path,
    backup: Option<&Path>,
) -> Result<KeyImported, ImportProblem> {
    let key = recovery::read_copy(copy)?;
    let given = key.id();
    let place = KeyPlace::of(config, &folder);
    let found = Store::found(&folder);
    let needed = match (&backup, &found) {
        (Some(backup), _) => Some(desk_store::read_manifest(backup).map_err(ImportProblem::Backup)?.key),
        (None, Ok(Found::Under { key, noted })) => Some(noted.unwrap_or(*key)),
        (None, Ok(Found::Nothing | Found::Plain) | Err(_)) => None,
    };
    if let Some(needed) = needed.filter(|needed| *needed != given) {
        return Err(ImportProblem::AnotherKey { given, needed });
    }
    let of_record = backup.is_none() && needed.is_some();
    if !of_record {
        off_the_threads(move || place.keep(&key)).await??;
        return Ok(KeyImported { key: given, record: false });
    }
    let clock = Arc::new(crate::clock::SystemClock);
    let store = Store::open(&folder, &key, clock.clone())?;
    off_the_threads(move || place.keep(&key)).await??;
    let store = Arc::new(store);
    let bare = crate::restore::bare(&store, clock, crate::workplace(config));
    let what = desk_domain::audit::AuditAction::RecordKeyImported { key: given };
    bare.record(None, what).await.map_err(ComposeError::from)?;
    store.close();
    Ok(KeyImported { key: given, record: true })
}

/// A key store may take its time, and works on threads of its own.
async fn off_the_threads<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::BrokenOff)
}
