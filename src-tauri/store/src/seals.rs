//! The file of seals, beside the record and to be copied elsewhere: one line a seal. It is always whole: it is written under
//! another name and then takes the place of the one before, by one program at a time.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use desk_domain::chain::{Seal, seals};

use crate::error::StoreError;
use crate::open::only_for_owner;
use crate::swap::on_disk;

/// The file of seals of a record in a folder.
pub(crate) fn file(folder: &Path) -> PathBuf {
    folder.join("seals").join("audit-seals.txt")
}

/// The seals that are kept, oldest first.
pub(crate) fn read(folder: &Path) -> Result<Vec<Seal>, StoreError> {
    match std::fs::read_to_string(file(folder)) {
        Ok(text) => seals(&text).map_err(|_| StoreError::NoSeals),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// Adds a seal, unless it is there already.
pub(crate) fn add(folder: &Path, seal: Seal) -> Result<(), StoreError> {
    let (file, new, of) = (file(folder), file(folder).with_extension("new"), folder);
    let folder = folder.join("seals");
    std::fs::create_dir_all(&folder)?;
    only_for_owner(&folder, 0o700)?;
    let turn = File::options().write(true).create(true).truncate(false).open(folder.join("audit-seals.lock"))?;
    turn.lock()?;
    let mut all = read(of)?;
    if all.last() == Some(&seal) {
        return Ok(());
    }
    all.push(seal);
    let mut written = File::create(&new)?;
    for seal in all {
        writeln!(written, "{seal}")?;
    }
    written.sync_all()?;
    std::fs::rename(new, file)?;
    // Whoever is told that it is sealed finds the seal after a power cut, too.
    on_disk(&folder)?;
    drop(turn);
    Ok(())
}
