//! Who has the record open: many programs at once, or one alone that puts another file in its place. A lock of the operating
//! system on a file beside the record; it ends with the program, however that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::StoreError;

const FILE: &str = "desk.lock";
/// How long to leave another program alone before the next try.
const NEXT_TRY: Duration = Duration::from_millis(10);

/// A hold on the record, for as long as this is there.
#[derive(Debug)]
pub(crate) struct Held(#[expect(dead_code, reason = "closing it lets go")] File);

/// Holds the record beside others, unless somebody has it alone.
pub(crate) fn shared(folder: &Path) -> Result<Option<Held>, StoreError> {
    let file = open(folder)?;
    held(file.try_lock_shared(), file)
}

/// Holds the record alone, unless anybody has it.
pub(crate) fn alone(folder: &Path) -> Result<Option<Held>, StoreError> {
    let file = open(folder)?;
    held(file.try_lock(), file)
}

/// Holds the record alone, and waits for that so long at the most.
pub(crate) fn alone_within(folder: &Path, patience: Duration) -> Result<Held, StoreError> {
    let began = Instant::now();
    loop {
        if let Some(held) = alone(folder)? {
            return Ok(held);
        }
        if began.elapsed() > patience {
            return Err(StoreError::InUse);
        }
        std::thread::sleep(NEXT_TRY);
    }
}

fn open(folder: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(options.open(folder.join(FILE))?)
}

fn held(locked: Result<(), TryLockError>, file: File) -> Result<Option<Held>, StoreError> {
    match locked {
        Ok(()) => Ok(Some(Held(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_hold_the_record_together_or_one_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let [one, two] = [(); 2].map(|()| shared(folder.path()).expect("locked"));
        assert!(one.is_some() && two.is_some(), "two at once");
        assert!(alone(folder.path()).expect("asked").is_none(), "nobody alone beside them");
        drop((one, two));
        let alone = alone(folder.path()).expect("asked").expect("nobody else is there");
        assert!(shared(folder.path()).expect("asked").is_none(), "nobody beside it");
        assert_eq!(alone_within(folder.path(), NEXT_TRY).err(), Some(StoreError::InUse), "told after a while");
        drop(alone);
        assert!(shared(folder.path()).expect("asked").is_some(), "and it goes on");
    }
}
