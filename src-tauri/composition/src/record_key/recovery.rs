//! The recovery copy of the record's key: a text to be printed, or kept on another medium, and put back or typed.

use std::path::Path;

use chrono::NaiveDate;
use desk_domain::id::OdsCode;
use desk_domain::keeping::recovery::{NoRecoveryCopy, lines, read};
use desk_store::RecordKey;
use zeroize::Zeroizing;

use super::file::write_for_owner;

/// Why a recovery copy cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryProblem {
    /// The file cannot be read.
    #[error("the file cannot be read: {0}")]
    Unreadable(std::io::Error),
    /// It is no recovery copy, or one with a slip.
    #[error(transparent)]
    Text(#[from] NoRecoveryCopy),
}

/// Writes a recovery copy into a new file that its owner alone may read.
///
/// # Errors
/// It cannot be written, or is there already.
pub fn write_copy(file: &Path, key: &RecordKey, organisation: &OdsCode, made: NaiveDate) -> std::io::Result<()> {
    let id = key.id().short();
    let lines = Zeroizing::new(lines(key.bytes()).join("\n"));
    let text = Zeroizing::new(format!(
        "Booking Desk: recovery copy of a record key\n\n\
         Organisation  {organisation}\nKey           {id}\nMade          {made}\n\n{}\n\n\
         Whoever has this can read the record. Keep it in a safe place, apart from the computer and from the backups:\n\
         without it nobody can read a backup on another computer, nor the record once this computer has lost the key.\n\
         To put it back: deskctl key import FILE. It may be typed: letter case, spaces and dashes do not count.\n",
        *lines
    ));
    write_for_owner(file, &text)
}

/// Reads a recovery copy.
///
/// # Errors
/// [`RecoveryProblem`] names the line with a slip.
pub fn read_copy(file: &Path) -> Result<RecordKey, RecoveryProblem> {
    let text = Zeroizing::new(std::fs::read_to_string(file).map_err(RecoveryProblem::Unreadable)?);
    Ok(RecordKey::from(read(&text)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nf_5_a_recovery_copy_is_read_back_and_writes_over_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, key) = (folder.path().join("copy.txt"), RecordKey::from([7; 32]));
        let organisation = OdsCode::new("R1A").expect("a code");
        let day = "2026-11-25".parse().expect("a day");
        write_copy(&file, &key, &organisation, day).expect("written");
        assert_eq!(read_copy(&file).expect("read").id(), key.id(), "the same key");
        let text = std::fs::read_to_string(&file).expect("text");
        assert!(text.contains(&key.id().short()) && !text.contains("0707"), "it says which: {text}");
        assert!(write_copy(&file, &key, &organisation, day).is_err(), "one that is there stays");
    }
}
