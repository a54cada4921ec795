//! Putting another file in the record's place: an encrypted one for a plain one, one under another key, one from a backup.
//! The new file is whole and on disk before a mark says that it takes the place; from then on whoever comes next finishes what
//! was begun. Wherever it is broken off, one whole record is there or the mark leads to it.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::backup::SEALS;
use crate::error::StoreError;
use crate::key::Kind;
use crate::open::{FILE, only_for_owner};

/// The file that is to take the record's place.
pub(crate) const NEW: &str = "desk.sqlite3.new";
/// The seals that come with it, where they change too.
pub(crate) const NEW_SEALS: &str = "desk.seals.new";
/// Where the files of former records are kept.
pub(crate) const SET_ASIDE: &str = "set-aside";
const MARK: &str = "desk.sqlite3.swap";
const OLD: &str = "desk.sqlite3.old";
/// The key's id once more, beside the record.
const KEY_NOTE: &str = "desk.key-id";
/// The log of a database and its index stand beside it.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// What becomes of the file that was in the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Former {
    /// It is overwritten and removed.
    Wiped,
    /// It is kept in a folder of this name, among those set aside.
    Kept(String),
}

/// Where a new file is to be written; what an earlier try left there is removed.
pub(crate) fn prepare(folder: &Path) -> Result<PathBuf, StoreError> {
    let new = folder.join(NEW);
    for name in [new.clone(), folder.join(NEW_SEALS)].into_iter().chain(beside(&new)) {
        gone(&name)?;
    }
    Ok(new)
}

/// Says that the new file, which is whole, takes the place, and lets it. The record is held alone.
pub(crate) fn put_in_place(folder: &Path, former: &Former) -> Result<(), StoreError> {
    File::open(folder.join(NEW))?.sync_all()?;
    let text = match former {
        Former::Wiped => "wipe\n".to_owned(),
        Former::Kept(name) => format!("keep {name}\n"),
    };
    if let Err(error) = write_whole(folder, MARK, &text) {
        // The mark may be there all the same, where bringing it to disk failed.
        return Err(if unfinished(folder) { StoreError::Begun(Box::new(error)) } else { error });
    }
    finish(folder).map_err(|error| StoreError::Begun(Box::new(error)))
}

/// Removes a new file that will not take the place, unless there is a mark that it does: a full disk gets its room back.
pub(crate) fn give_up(folder: &Path) {
    if !folder.join(MARK).exists()
        && let Err(error) = prepare(folder)
    {
        tracing::warn!(%error, "what was not put in the record's place could not be removed");
    }
}

/// Finishes what was begun, where anything was. The record is held alone.
pub(crate) fn finish(folder: &Path) -> Result<(), StoreError> {
    let Some(former) = marked(folder)? else { return remove_former(folder) };
    let (record, new) = (folder.join(FILE), folder.join(NEW));
    if new.exists() {
        // What stands beside the record goes first: where it is broken off, the record itself says that it is not all yet.
        let former_files = beside(&record).into_iter().chain([record.clone()]);
        match &former {
            Former::Wiped => {
                let old = folder.join(OLD);
                for (from, to) in former_files.zip(beside(&old).into_iter().chain([old.clone()])) {
                    moved(&from, &to)?;
                }
            }
            Former::Kept(name) => set_aside(folder, name, former_files)?,
        }
        fs::rename(&new, &record)?;
        on_disk(folder)?;
    }
    let seals = folder.join(NEW_SEALS);
    if seals.exists() {
        let place = crate::seals::file(folder);
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
            only_for_owner(parent, 0o700)?;
            fs::rename(&seals, &place)?;
            on_disk(parent)?;
        }
    }
    note_key(folder)?;
    gone(&folder.join(MARK))?;
    on_disk(folder)?;
    remove_former(folder)
}

/// Moves what was in the place into a folder of its own; where nothing was, none is made.
fn set_aside(folder: &Path, name: &str, former_files: impl Iterator<Item = PathBuf>) -> Result<(), StoreError> {
    let (all, kept) = (folder.join(SET_ASIDE), folder.join(SET_ASIDE).join(name));
    let mut files: Vec<(PathBuf, PathBuf)> = Vec::new();
    for file in former_files {
        let to = file.file_name().map(|name| kept.join(name)).ok_or(StoreError::Unreadable)?;
        files.push((file, to));
    }
    if folder.join(NEW_SEALS).exists() {
        files.push((crate::seals::file(folder), kept.join(SEALS)));
    }
    files.retain(|(from, _)| from.exists());
    if files.is_empty() {
        return Ok(());
    }
    fs::create_dir_all(&kept)?;
    for folder in [&all, &kept] {
        only_for_owner(folder, 0o700)?;
    }
    for (from, to) in &files {
        moved(from, to)?;
    }
    on_disk(&kept)?;
    on_disk(&all)
}

/// Whether something was begun that is to be finished.
pub(crate) fn unfinished(folder: &Path) -> bool {
    folder.join(MARK).exists() || folder.join(OLD).exists()
}

/// Notes the id of the key once more beside the record: where the record's own first bytes are damaged, or the record is gone,
/// that is told for what it is.
pub(crate) fn note_key(folder: &Path) -> Result<(), StoreError> {
    let Kind::Under(id) = Kind::of(&folder.join(FILE))? else { return Ok(()) };
    if noted_key(folder).as_deref() == Some(id.to_string().as_str()) {
        return Ok(());
    }
    write_whole(folder, KEY_NOTE, &format!("{id}\n"))
}

/// The id that was noted, where one is.
pub(crate) fn noted_key(folder: &Path) -> Option<String> {
    fs::read_to_string(folder.join(KEY_NOTE)).ok().map(|text| text.trim().to_owned())
}

fn marked(folder: &Path) -> Result<Option<Former>, StoreError> {
    let text = match fs::read_to_string(folder.join(MARK)) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    match text.trim().split_once(' ') {
        None if text.trim() == "wipe" => Ok(Some(Former::Wiped)),
        Some(("keep", name)) => Ok(Some(Former::Kept(name.to_owned()))),
        None | Some(_) => Err(StoreError::Unreadable),
    }
}

/// What was there before is overwritten, so that nothing of it stays on the disk where the disk writes in place.
fn remove_former(folder: &Path) -> Result<(), StoreError> {
    let old = folder.join(OLD);
    for file in beside(&old).into_iter().chain([old.clone()]) {
        match OpenOptions::new().write(true).open(&file) {
            Ok(opened) => overwrite(opened)?,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error.into()),
        }
        gone(&file)?;
    }
    on_disk(folder)
}

fn overwrite(mut file: File) -> Result<(), StoreError> {
    let blank = vec![0; 64 * 1024];
    let mut left = file.metadata()?.len();
    file.seek(SeekFrom::Start(0))?;
    while left > 0 {
        let now = usize::try_from(left).unwrap_or(blank.len()).min(blank.len());
        file.write_all(blank.get(..now).unwrap_or_default())?;
        left -= now as u64;
    }
    Ok(file.sync_all()?)
}

fn beside(file: &Path) -> [PathBuf; 3] {
    BESIDE.map(|end| {
        let mut name = file.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    })
}

/// Moves a file, where it is there.
fn moved(from: &Path, to: &Path) -> Result<(), StoreError> {
    match fs::rename(from, to) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Removes a file, where it is there.
pub(crate) fn gone(file: &Path) -> Result<(), StoreError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes a small file whole or not at all.
fn write_whole(folder: &Path, name: &str, text: &str) -> Result<(), StoreError> {
    let part = folder.join(format!("{name}.part"));
    let mut file = File::create(&part)?;
    only_for_owner(&part, 0o600)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&part, folder.join(name))?;
    on_disk(folder)
}

/// What was renamed in a folder stays so after a power cut.
#[cfg(unix)]
pub(crate) fn on_disk(folder: &Path) -> Result<(), StoreError> {
    Ok(File::open(folder)?.sync_all()?)
}

#[cfg(not(unix))]
pub(crate) fn on_disk(_folder: &Path) -> Result<(), StoreError> {
    // The file system's own log does that.
    Ok(())
}
