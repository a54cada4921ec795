//! A copy takes the record's place. It is taken into a folder of its own within the record's, opened there as any record is,
//! verified, and put in place; the record of before is kept. All the while nobody else has the record open.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use desk_domain::chain::Seal;
use desk_domain::failure::RecordFailure;
use desk_domain::keeping::RecordKeyId;
use desk_journeys::ports::{BackupManifest, Clock};
use rusqlite::OpenFlags;

use crate::backup::{SEALS, hashed};
use crate::convert::{alone, verified};
use crate::error::StoreError;
use crate::key::{Kind, RecordKey, keyed};
use crate::lock::{self, Held};
use crate::open::{FILE, Store, only_for_owner};
use crate::swap::{self, Former, NEW, NEW_SEALS, SET_ASIDE, TAKEN_IN};

const WAIT: Duration = Duration::from_secs(2);

/// A restoration that goes on; the record is held alone for as long as this is there.
pub struct Restoring {
    folder: PathBuf,
    _held: Held,
}

/// An intent, as far as it is compared between records.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IntentLine {
    /// When it was ordered (UTC, RFC 3339).
    pub ordered: String,
    /// Its id.
    pub id: String,
    /// Its request's id.
    pub request: String,
    /// `booking`, `cancellation`, `delivery`.
    pub kind: String,
    /// Whether it has come to a result.
    pub settled: bool,
}

impl Restoring {
    /// Begins, once nobody else has the record open.
    ///
    /// # Errors
    /// [`StoreError::InUse`] and others.
    pub fn begin(folder: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(folder)?;
        only_for_owner(folder, 0o700)?;
        let held = lock::alone_within(folder, WAIT)?;
        swap::finish(folder)?;
        let restoring = Self { folder: folder.to_owned(), _held: held };
        restoring.discard()?;
        Ok(restoring)
    }

    /// Takes a copy in, each file against its hash, and opens it as any record is opened: one of an earlier version is brought
    /// to the shape of this one. Nothing but the working folder is touched.
    ///
    /// # Errors
    /// [`StoreError`] in words.
    pub fn take_in(
        &self,
        backup: &Path,
        manifest: &BackupManifest,
        key: &RecordKey,
        clock: Arc<dyn Clock>,
    ) -> Result<Store, StoreError> {
        let taken = self.taken();
        let seals = crate::seals::file(&taken);
        for folder in [Some(taken.as_path()), seals.parent()].into_iter().flatten() {
            fs::create_dir_all(folder)?;
            only_for_owner(folder, 0o700)?;
        }
        for (name, to) in [(FILE, taken.join(FILE)), (SEALS, seals)] {
            fs::copy(backup.join(name), &to)?;
            only_for_owner(&to, 0o600)?;
            File::open(&to)?.sync_all()?;
            let parent = to.parent().unwrap_or(&taken);
            let file_name = to.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let found = hashed(parent, &file_name)?;
            let same = |file: &&desk_journeys::ports::ExportedFile| {
                file.name == name && (file.bytes, file.sha256) == (found.bytes, found.sha256)
            };
            if manifest.files.iter().find(same).is_none() {
                return Err(StoreError::BackupDamaged(name.to_owned()));
            }
        }
        drop(verified(&taken.join(FILE), key)?);
        Store::open(&taken, key, clock)
    }

    /// The seals of the desk itself, which a copy is held against where they overlap.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn seals(&self) -> Result<Vec<Seal>, StoreError> {
        crate::seals::read(&self.folder)
    }

    /// Whether there is a record, whatever its state.
    ///
    /// # Errors
    /// [`StoreError::Plain`] where it is one of a version before there were keys.
    pub fn is_there(&self) -> Result<bool, StoreError> {
        match Kind::of(&self.folder.join(FILE)) {
            Ok(Kind::Nothing) => Ok(false),
            Ok(Kind::Plain) => Err(StoreError::Plain),
            Ok(Kind::Under(_)) | Err(StoreError::Damaged) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// The keys that the record is under, as its first bytes say, and as was noted beside it.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and others.
    pub fn needed_key(&self) -> Result<(RecordKeyId, Option<RecordKeyId>), StoreError> {
        let noted = swap::noted_key(&self.folder).and_then(|text| text.parse().ok());
        match Kind::of(&self.folder.join(FILE))? {
            Kind::Under(key) => Ok((key, noted)),
            Kind::Nothing | Kind::Plain => Err(StoreError::Damaged),
        }
    }

    /// Opens the record that is there.
    ///
    /// # Errors
    /// [`StoreError`] in words.
    pub fn present(&self, key: &RecordKey, clock: Arc<dyn Clock>) -> Result<Store, StoreError> {
        Store::opened(&self.folder, key, clock, None)
    }

    /// Makes what was taken in, which is closed, one whole file that is verified once more: all that needs room.
    ///
    /// # Errors
    /// [`StoreError`] in words.
    pub fn make_ready(&self, key: &RecordKey) -> Result<(), StoreError> {
        let file = self.taken().join(FILE);
        let one_file = keyed(&file, key, OpenFlags::default())?;
        alone(&one_file)?;
        drop(one_file);
        drop(verified(&file, key)?);
        Ok(())
    }

    /// Puts what was taken in and made ready into the record's place; the record of before is kept in a folder of this name
    /// among those set aside. Both are closed. Gives that folder, where there was anything to keep.
    ///
    /// # Errors
    /// [`StoreError`]; then the record of before is in its place. [`StoreError::Begun`]: whoever opens it next finishes this.
    pub fn put_in_place(self, name: &str) -> Result<Option<PathBuf>, StoreError> {
        let put = self.put(name);
        // A full disk gets its room back, also where nothing came of it.
        let discarded = self.discard();
        if put.is_err() {
            swap::give_up(&self.folder);
        }
        put.and_then(|kept| discarded.map(|()| kept))
    }

    fn put(&self, name: &str) -> Result<Option<PathBuf>, StoreError> {
        let kept = self.folder.join(SET_ASIDE).join(name);
        let taken = self.taken();
        swap::prepare(&self.folder)?;
        fs::rename(crate::seals::file(&taken), self.folder.join(NEW_SEALS))?;
        fs::rename(taken.join(FILE), self.folder.join(NEW))?;
        swap::put_in_place(&self.folder, &Former::Kept(name.to_owned()))?;
        Ok(kept.exists().then_some(kept))
    }

    /// Removes what was taken in.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn discard(&self) -> Result<(), StoreError> {
        swap::discard_taken_in(&self.folder)
    }

    fn taken(&self) -> PathBuf {
        self.folder.join(TAKEN_IN)
    }
}

impl Store {
    /// Every intent, oldest first.
    ///
    /// # Errors
    /// [`RecordFailure`].
    pub async fn intent_lines(&self) -> Result<Vec<IntentLine>, RecordFailure> {
        Self::read(self, |connection| {
            let mut statement = connection.prepare(
                "SELECT ordered, id, request, kind,
                        EXISTS (SELECT 1 FROM intent_result WHERE intent = intent.id AND settled = 1)
                 FROM intent ORDER BY ordered, id",
            )?;
            let line = |row: &rusqlite::Row<'_>| {
                Ok(IntentLine {
                    ordered: row.get(0)?,
                    id: row.get(1)?,
                    request: row.get(2)?,
                    kind: row.get(3)?,
                    settled: row.get(4)?,
                })
            };
            Ok(statement.query_map([], line)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The head of the chain, and whether an event stands in it under a head's number with its hash.
    ///
    /// # Errors
    /// [`RecordFailure`].
    pub async fn head_with(
        &self,
        other: desk_domain::chain::Head,
    ) -> Result<(desk_domain::chain::Head, bool), RecordFailure> {
        Self::read(self, move |connection| {
            let number = crate::audit::number(other.number);
            let there: bool = connection.query_row(
                "SELECT ?1 = 0 OR EXISTS (SELECT 1 FROM audit_event WHERE number = ?1 AND hash = ?2)",
                rusqlite::params![number, other.hash.bytes()],
                |row| row.get(0),
            )?;
            Ok((crate::audit::head(connection)?, there))
        })
        .await
    }
}
