//! Where the record's key lives: in the operating system's key store, or, on a machine without one, in a file that its owner
//! alone may read. A key is made where there is no record yet, and never for a record whose own is gone.

pub(crate) mod file;
mod key_store;
pub mod recovery;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use desk_domain::id::OdsCode;
use desk_domain::keeping::RecordKeyId;
use desk_journeys::ports::Clock;
use desk_store::{Found, RecordKey, Store, StoreError};

use crate::config::Config;

/// The file with a demonstration's key, in its own folder. It protects nothing, and says so.
pub const DEMONSTRATION_KEY: &str = "demonstration-key";

/// Where keys are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlace {
    /// The key store of the operating system, under the organisation's name.
    KeyStore(OdsCode),
    /// A file.
    File(PathBuf),
    /// A demonstration's file, beside its record.
    Demonstration(PathBuf),
}

/// Why a key cannot be had or kept.
#[derive(Debug, thiserror::Error)]
pub enum KeyProblem {
    /// The record is there, and its key is not.
    #[error(
        "the record needs key {}, and {place} does not have it. Put the key back from its recovery copy (deskctl key import \
         FILE); nobody can read the record without it", .needed.short()
    )]
    Gone {
        /// Which.
        needed: RecordKeyId,
        /// Where it was looked for, in words.
        place: String,
    },
    /// The key store is there, and does not let anybody in.
    #[error("the key store of this computer is locked, or did not let this program in: {0}")]
    KeyStoreLocked(String),
    /// There is no key store, or it does not work.
    #[error("the key store of this computer cannot be reached: {0}")]
    NoKeyStore(String),
    /// The key file cannot be read or written.
    #[error("the key file {0} cannot be read or written: {1}")]
    File(PathBuf, std::io::Error),
    /// Others may read the key file.
    #[error("the key file {0} can be read by others than its owner")]
    OpenToOthers(PathBuf),
    /// A line of the key file is no key.
    #[error("line {1} of the key file {0} is no key")]
    NotAKey(PathBuf, usize),
}

impl KeyPlace {
    /// The place that a configuration names for the record in a folder.
    #[must_use]
    pub fn of(config: &Config, data_folder: &Path) -> Self {
        match (&config.record.key_file, config.demonstration) {
            (Some(file), _) => Self::File(file.clone()),
            (None, true) => Self::Demonstration(data_folder.join(DEMONSTRATION_KEY)),
            (None, false) => Self::KeyStore(config.organisation.ods_code.clone()),
        }
    }

    /// In words, after "in".
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::KeyStore(_) => "the key store of this computer".to_owned(),
            Self::File(file) => format!("the key file {}", file.display()),
            Self::Demonstration(file) => format!("the demonstration’s key file {}", file.display()),
        }
    }

    /// A key that is kept here.
    ///
    /// # Errors
    /// [`KeyProblem`] where it cannot be told whether it is.
    pub fn find(&self, id: RecordKeyId) -> Result<Option<RecordKey>, KeyProblem> {
        match self {
            Self::KeyStore(organisation) => key_store::find(organisation, id),
            Self::File(file) => Ok(file::read(file)?.into_iter().find(|key| key.id() == id)),
            Self::Demonstration(file) => Ok(file::read(file)?.into_iter().find(|key| key.id() == id)),
        }
    }

    /// Keeps a key here, beside those of before: older backups are under them.
    ///
    /// # Errors
    /// [`KeyProblem`]; then it is not kept.
    pub fn keep(&self, key: &RecordKey) -> Result<(), KeyProblem> {
        match self {
            Self::KeyStore(organisation) => key_store::keep(organisation, key),
            Self::File(path) => file::add(path, key, file::OF_A_DESK),
            Self::Demonstration(path) => file::add(path, key, file::OF_A_DEMONSTRATION),
        }
    }

    /// Removes a key that nothing is under.
    ///
    /// # Errors
    /// [`KeyProblem`]; then it is kept still.
    pub(crate) fn forget(&self, id: RecordKeyId) -> Result<(), KeyProblem> {
        match self {
            Self::KeyStore(organisation) => key_store::forget(organisation, id),
            Self::File(path) => file::remove(path, id, file::OF_A_DESK),
            Self::Demonstration(path) => file::remove(path, id, file::OF_A_DEMONSTRATION),
        }
    }

    /// A key for a new record: one that was put into the key file before, or a new one, kept.
    fn new_key(&self) -> Result<RecordKey, OpenProblem> {
        let ready = match self {
            Self::KeyStore(_) => None,
            Self::File(file) | Self::Demonstration(file) => file::read(file)?.into_iter().next(),
        };
        if let Some(key) = ready {
            return Ok(key);
        }
        let key = RecordKey::generate()?;
        self.keep(&key)?;
        // What was kept is what will be found: a key store that forgets is told of now, and not at the next start.
        match self.find(key.id())? {
            Some(_) => Ok(key),
            None => Err(KeyProblem::NoKeyStore("it did not keep a key".to_owned()).into()),
        }
    }
}

/// Why a record does not open.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenProblem {
    #[error(transparent)]
    Key(#[from] KeyProblem),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Opens the record in a folder under its key, within the program's turn; makes both where there is neither. It may wait for a
/// person who unlocks the key store.
pub(crate) fn open(turn: Turn, folder: &Path, place: &KeyPlace, clock: Arc<dyn Clock>) -> Result<Store, OpenProblem> {
    let key = match Store::found(folder)? {
        Found::Nothing | Found::Plain => place.new_key()?,
        Found::Under { key, noted } => the_key(place, key, noted)?,
    };
    let store = Store::open(folder, &key, clock)?;
    drop(turn);
    Ok(store)
}

/// The key of a record that is there.
pub(crate) fn the_key(
    place: &KeyPlace,
    needed: RecordKeyId,
    noted: Option<RecordKeyId>,
) -> Result<RecordKey, KeyProblem> {
    if let Some(key) = place.find(needed)? {
        return Ok(key);
    }
    // Where the record's own first bytes are damaged, the note beside it leads to its key.
    let by_note = noted.map(|noted| place.find(noted)).transpose()?.flatten();
    by_note.ok_or_else(|| KeyProblem::Gone { needed: noted.unwrap_or(needed), place: place.words() })
}

/// A program's turn to begin or open the record in a folder, for as long as this is there: programs that start at once take
/// turns, so that no two make a key each, and none finds half of what another begins.
pub(crate) struct Turn(#[expect(dead_code, reason = "closing it ends the turn")] File);

/// Waits for the turn.
pub(crate) fn turn(folder: &Path) -> Result<Turn, StoreError> {
    std::fs::create_dir_all(folder)?;
    let file = File::options().read(true).write(true).create(true).truncate(false).open(folder.join("desk.start"))?;
    file.lock()?;
    Ok(Turn(file))
}
