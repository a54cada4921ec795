//! Copies of the record, made while it is in use: a folder with the record under its own key, the seals, and a manifest. A copy
//! is written under another name, read again and verified, and only then takes its own name; nothing is written over.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use desk_domain::chain::{Hash, Seal};
use desk_domain::failure::RecordFailure;
use desk_journeys::ports::{Backup, BackupManifest, BackupOrder, ExportedFile, LongWalk, RecordKeeper};
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use crate::audit::head;
use crate::chain::{hash_of, verify};
use crate::convert::{counts, verified};
use crate::error::StoreError;
use crate::key::RecordKey;
use crate::open::{FILE, Store, only_for_owner};
use crate::rekey::copied;
use crate::swap::on_disk;

/// The format of manifests that this version writes, and the newest that it reads.
const MANIFEST_FORMAT: u32 = 1;
/// The manifest of a copy.
const MANIFEST: &str = "manifest.json";
/// The manifest's own hash, as `sha256sum --check` reads it.
const MANIFEST_HASH: &str = "manifest.json.sha256";
/// The seals of a copy.
pub(crate) const SEALS: &str = "audit-seals.txt";
/// With what the name of every copy begins.
const NAME: &str = "booking-desk-";
/// With what the name of a folder ends that is no copy yet, or none any more.
const PART: &str = ".part";
/// At one time one copy is made of a record.
const LOCK: &str = "desk.backup-lock";

#[async_trait]
impl RecordKeeper for Store {
    async fn back_up(&self, order: &BackupOrder) -> Result<Backup, RecordFailure> {
        let (order, made) = (order.clone(), self.inner.clock.now());
        let (folder, key) = (self.folder().to_owned(), self.inner.key.clone());
        let made = self.alone(move |record| {
            let _turn = turn(&folder)?;
            back_up(record, &folder, &key, &order, made)
        });
        Ok(made.await?)
    }

    async fn backups(&self, order: &BackupOrder) -> Result<Vec<Backup>, RecordFailure> {
        let (order, key) = (order.clone(), self.inner.key.id());
        let record = self.read(root).await?;
        let of_this = move |manifest: &BackupManifest| match manifest.record {
            Some(of) => of == record,
            None => manifest.key == key,
        };
        off_the_threads(move || backups(&order, of_this)).await
    }

    async fn remove_backup(&self, backup: &Backup) -> Result<(), RecordFailure> {
        let folder = backup.folder.clone();
        off_the_threads(move || {
            // Under this name it is no backup any more, and where the removal is broken off the next backup goes on with it.
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            let part = folder.with_file_name(format!(".{name}{PART}"));
            fs::rename(&folder, &part).map_err(|error| told(&error))?;
            removed_or_left(&part);
            Ok(())
        })
        .await
    }
}

/// A folder on another machine may take its time.
async fn off_the_threads<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, RecordFailure> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.unwrap_or(Err(StoreError::BrokenOff))?)
}

/// What tells a record from others: the hash of its first event.
fn root(record: &Connection) -> Result<Hash, StoreError> {
    let first = record
        .query_row("SELECT hash FROM audit_event ORDER BY number LIMIT 1", [], |row| hash_of(row, 0))
        .optional()?;
    Ok(first.unwrap_or(Hash::BEFORE_THE_FIRST))
}

fn turn(folder: &Path) -> Result<File, StoreError> {
    let file = File::options().read(true).write(true).create(true).truncate(false).open(folder.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Export("another backup is being made".to_owned())),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

fn back_up(
    record: &Connection,
    data_folder: &Path,
    key: &RecordKey,
    order: &BackupOrder,
    made: DateTime<Utc>,
) -> Result<Backup, StoreError> {
    fs::create_dir_all(&order.folder).map_err(|error| told(&error))?;
    let begins = prefix(order, root(record)?);
    remove_parts(&order.folder, &begins)?;
    let name = format!("{begins}{}", made.format("%Y-%m-%dT%H%M%SZ"));
    let (folder, part) = (order.folder.join(&name), order.folder.join(format!(".{name}{PART}")));
    if folder.exists() {
        return Err(StoreError::Export(format!("there is a backup {name} already")));
    }
    let written = written(record, data_folder, key, order, made, &part);
    let moved = written.and_then(|manifest| {
        fs::rename(&part, &folder).map_err(|error| told(&error))?;
        on_disk(&order.folder)?;
        Ok(manifest)
    });
    match moved {
        Ok(manifest) => Ok(Backup { folder, manifest }),
        Err(error) => {
            // A part that looks like a whole is worse than nothing.
            drop(fs::remove_dir_all(&part));
            Err(error)
        }
    }
}

fn written(
    record: &Connection,
    data_folder: &Path,
    key: &RecordKey,
    order: &BackupOrder,
    made: DateTime<Utc>,
    part: &Path,
) -> Result<BackupManifest, StoreError> {
    fs::create_dir(part).map_err(|error| told(&error))?;
    only_for_owner(part, 0o700)?;
    let copy = part.join(FILE);
    drop(copied(record, &copy, key)?);
    let file = File::open(&copy).map_err(|error| told(&error))?;
    file.sync_all().map_err(|error| told(&error))?;
    // From here on everything is said of the copy as it was read again.
    let copy = verified(&copy, key)?;
    let head = head(&copy)?;
    let seals: Vec<Seal> =
        crate::seals::read(data_folder)?.into_iter().filter(|seal| seal.head.number <= head.number).collect();
    let text: String = seals.iter().map(|seal| format!("{seal}\n")).collect();
    write(&part.join(SEALS), &text)?;
    let check = verify(&copy, seals, &LongWalk::default())?.ok_or(StoreError::BrokenOff)?;
    let rows = counts(&copy)?.into_iter().map(|(table, rows)| (table, u64::try_from(rows).unwrap_or_default()));
    let manifest = BackupManifest {
        format: MANIFEST_FORMAT,
        made,
        version: order.version.clone(),
        desk: order.desk.clone(),
        demonstration: order.demonstration,
        automatic: order.automatic,
        key: key.id(),
        record: Some(root(&copy)?),
        head,
        fault: check.fault,
        rows: rows.collect::<BTreeMap<_, _>>(),
        files: vec![hashed(part, FILE)?, hashed(part, SEALS)?],
    };
    drop(copy);
    write(&part.join(MANIFEST), &serde_json::to_string_pretty(&manifest)?)?;
    write(&part.join(MANIFEST_HASH), &manifest_hash(part)?)?;
    on_disk(part)?;
    Ok(manifest)
}

/// What stands beside a manifest, so that one that was damaged is not believed.
fn manifest_hash(folder: &Path) -> Result<String, StoreError> {
    Ok(format!("{}  {MANIFEST}\n", hashed(folder, MANIFEST)?.sha256))
}

/// Reads a copy's manifest, which is held against its own hash, and each file that it names against the hash there.
///
/// # Errors
/// [`StoreError::NotABackup`], [`StoreError::BackupDamaged`], [`StoreError::BackupNewer`].
pub fn read_manifest(folder: &Path) -> Result<BackupManifest, StoreError> {
    let manifest = manifest(folder)?;
    for file in &manifest.files {
        if ![FILE, SEALS].contains(&file.name.as_str()) {
            return Err(StoreError::NotABackup(format!("its manifest names a file {}", file.name)));
        }
        let found = hashed(folder, &file.name).map_err(|_| StoreError::BackupDamaged(file.name.clone()))?;
        if found != *file {
            return Err(StoreError::BackupDamaged(file.name.clone()));
        }
    }
    match manifest.files.len() {
        2 => Ok(manifest),
        _ => Err(StoreError::NotABackup("its manifest does not name both of its files".to_owned())),
    }
}

fn manifest(folder: &Path) -> Result<BackupManifest, StoreError> {
    let text = fs::read_to_string(folder.join(MANIFEST))
        .map_err(|error| StoreError::NotABackup(format!("its {MANIFEST} cannot be read: {error}")))?;
    let format: Option<u64> =
        serde_json::from_str::<serde_json::Value>(&text).ok().and_then(|value| value["format"].as_u64());
    if format.is_some_and(|format| format > u64::from(MANIFEST_FORMAT)) {
        return Err(StoreError::BackupNewer);
    }
    // Bytes, not text: whatever a damaged file holds is only another hash.
    let noted = fs::read(folder.join(MANIFEST_HASH));
    let found = manifest_hash(folder).map_err(|_| StoreError::BackupDamaged(MANIFEST.to_owned()))?;
    if noted.ok().as_deref() != Some(found.as_bytes()) {
        return Err(StoreError::BackupDamaged(MANIFEST.to_owned()));
    }
    serde_json::from_str(&text).map_err(|error| {
        StoreError::NotABackup(format!("line {} of its {MANIFEST} cannot be understood", error.line()))
    })
}

/// The copies of a record in a folder, newest first. What cannot be read is none.
fn backups(order: &BackupOrder, of_this: impl Fn(&BackupManifest) -> bool) -> Result<Vec<Backup>, StoreError> {
    let entries = match fs::read_dir(&order.folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(told(&error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| told(&error))?;
        // Parts begin with a dot.
        if !entry.file_name().to_string_lossy().starts_with(NAME) {
            continue;
        }
        let Ok(manifest) = manifest(&entry.path()) else { continue };
        if (&manifest.desk, manifest.demonstration) == (&order.desk, order.demonstration) && of_this(&manifest) {
            found.push(Backup { folder: entry.path(), manifest });
        }
    }
    found.sort_by_key(|backup| std::cmp::Reverse(backup.manifest.made));
    Ok(found)
}

/// What was not finished before, of copies whose names begin so.
fn remove_parts(folder: &Path, begins: &str) -> Result<(), StoreError> {
    let begins = format!(".{begins}");
    for entry in fs::read_dir(folder).map_err(|error| told(&error))? {
        let entry = entry.map_err(|error| told(&error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(&begins) && name.ends_with(PART) {
            removed_or_left(&entry.path());
        }
    }
    Ok(())
}

/// Removes what is no copy. Where it cannot be, it takes room until the next time, and keeps nobody from making a copy.
fn removed_or_left(part: &Path) {
    if let Err(error) = fs::remove_dir_all(part) {
        tracing::warn!(%error, "what is left of a backup could not be removed");
    }
}

/// With what the names of a record's copies begin: two records never take each other's unfinished copy for their own.
fn prefix(order: &BackupOrder, record: Hash) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    let device: String = order.desk.device.chars().map(plain).collect();
    let kind = if order.demonstration { "demonstration-" } else { "" };
    let record = record.to_string();
    let record = record.get(..8).unwrap_or(&record);
    format!("{NAME}{kind}{}-{device}-{record}-", order.desk.organisation)
}

fn write(file: &PathBuf, text: &str) -> Result<(), StoreError> {
    fs::write(file, text).map_err(|error| told(&error))?;
    only_for_owner(file, 0o600)?;
    File::open(file).and_then(|file| file.sync_all()).map_err(|error| told(&error))
}

/// A file's length and hash, as it stands on the disk.
pub(crate) fn hashed(folder: &Path, name: &str) -> Result<ExportedFile, StoreError> {
    let mut file = File::open(folder.join(name)).map_err(|error| told(&error))?;
    let (mut digest, mut bytes, mut part) = (Sha256::new(), 0, vec![0; 256 * 1024]);
    loop {
        let read = file.read(&mut part).map_err(|error| told(&error))?;
        if read == 0 {
            break;
        }
        digest.update(part.get(..read).unwrap_or_default());
        bytes += read as u64;
    }
    Ok(ExportedFile { name: name.to_owned(), bytes, sha256: Hash::from(<[u8; 32]>::from(digest.finalize())) })
}

fn told(error: &std::io::Error) -> StoreError {
    let told = StoreError::from(std::io::Error::from(error.kind()));
    if told == StoreError::ReadOnly {
        return StoreError::Export("its folder does not allow writing".to_owned());
    }
    if matches!(told, StoreError::Folder(_)) { StoreError::Export(error.to_string()) } else { told }
}
