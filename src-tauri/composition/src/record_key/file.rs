//! Keys in a file that its owner alone may read: one a line, the newest first.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use desk_domain::keeping::RecordKeyId;
use desk_store::RecordKey;
use zeroize::Zeroizing;

use super::KeyProblem;

/// What stands at the head of a desk's key file.
pub(crate) const OF_A_DESK: &str = "\
# Booking Desk: the keys of its record, newest first. Whoever can read this file can read the record.
# Keep a recovery copy elsewhere: deskctl key export
";
/// What stands at the head of a demonstration's.
pub(crate) const OF_A_DEMONSTRATION: &str = "\
# Booking Desk: the key of a demonstration's record, beside that record. It protects nothing: all patients are invented.
";

/// The keys in a file, in their order; none where there is no file.
pub(super) fn read(file: &Path) -> Result<Vec<RecordKey>, KeyProblem> {
    let unreadable = |error| KeyProblem::File(file.to_owned(), error);
    match fs::metadata(file) {
        Ok(about) if open_to_others(&about) => return Err(KeyProblem::OpenToOthers(file.to_owned())),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    }
    let text = Zeroizing::new(fs::read_to_string(file).map_err(unreadable)?);
    let lines = text.lines().map(str::trim).zip(1..).filter(|(line, _)| !line.is_empty() && !line.starts_with('#'));
    lines.map(|(line, number)| key(line).ok_or_else(|| KeyProblem::NotAKey(file.to_owned(), number))).collect()
}

/// Adds a key, unless it is there; the file is whole at each moment.
pub(super) fn add(file: &Path, key: &RecordKey, heading: &str) -> Result<(), KeyProblem> {
    let mut keys = read(file)?;
    if keys.iter().any(|there| there.id() == key.id()) {
        return Ok(());
    }
    keys.insert(0, key.clone());
    write(file, &keys, heading)
}

/// Removes a key, where it is there; the others stay in their order.
pub(super) fn remove(file: &Path, id: RecordKeyId, heading: &str) -> Result<(), KeyProblem> {
    let mut keys = read(file)?;
    let before = keys.len();
    keys.retain(|there| there.id() != id);
    if keys.len() == before { Ok(()) } else { write(file, &keys, heading) }
}

fn write(file: &Path, keys: &[RecordKey], heading: &str) -> Result<(), KeyProblem> {
    let mut text = Zeroizing::new(heading.to_owned());
    for key in keys {
        for byte in key.bytes() {
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
            }
        }
        text.push('\n');
    }
    let failed = |error| KeyProblem::File(file.to_owned(), error);
    let new = file.with_extension("new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
        Ok(()) | Err(_) => {}
    }
    if let Err(error) = write_for_owner(&new, &text).and_then(|()| fs::rename(&new, file)) {
        // Half a key is none, and nobody's to find.
        drop(fs::remove_file(&new));
        return Err(failed(error));
    }
    on_disk(file.parent()).map_err(failed)
}

/// Writes a new file that its owner alone may read; all of it is on disk.
pub(crate) fn write_for_owner(file: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut written = options.open(file)?;
    written.write_all(text.as_bytes())?;
    written.sync_all()
}

#[cfg(unix)]
fn on_disk(folder: Option<&Path>) -> std::io::Result<()> {
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn on_disk(_folder: Option<&Path>) -> std::io::Result<()> {
    Ok(())
}

fn key(line: &str) -> Option<RecordKey> {
    if line.len() != 64 || !line.is_ascii() {
        return None;
    }
    let mut bytes = Zeroizing::new([0; 32]);
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(line.get(at..at + 2)?, 16).ok()?;
    }
    Some(RecordKey::from(*bytes))
}

#[cfg(unix)]
fn open_to_others(about: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o077 != 0
}

#[cfg(not(unix))]
const fn open_to_others(_about: &fs::Metadata) -> bool {
    // Who may read it is the folder's to say.
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nf_5_keys_in_a_file_stay_and_the_newest_is_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("keys");
        assert!(read(&file).expect("no file").is_empty(), "none");
        let [one, other] = [[7; 32], [9; 32]].map(RecordKey::from);
        for key in [&one, &other, &one] {
            add(&file, key, OF_A_DESK).expect("kept");
        }
        let ids: Vec<_> = read(&file).expect("read").iter().map(RecordKey::id).collect();
        assert_eq!(ids, [other.id(), one.id()], "each once");
        for _ in 0..2 {
            remove(&file, other.id(), OF_A_DESK).expect("removed, or not there any more");
            let ids: Vec<_> = read(&file).expect("read").iter().map(RecordKey::id).collect();
            assert_eq!(ids, [one.id()], "that one alone");
        }
    }

    #[cfg(unix)]
    #[test]
    fn nf_5_a_key_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("keys");
        add(&file, &RecordKey::from([7; 32]), OF_A_DESK).expect("kept");
        let mode = fs::metadata(&file).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "made for its owner alone");
        for mode in [0o640, 0o604, 0o660] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("set");
            assert!(matches!(read(&file), Err(KeyProblem::OpenToOthers(_))), "{mode:o}");
        }
    }

    #[test]
    fn nf_5_a_line_that_is_no_key_is_named_and_not_repeated() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("keys");
        write_for_owner(&file, "# keys\n\nnot-a-key-but-perhaps-a-secret\n").expect("written");
        let told = read(&file).expect_err("refused");
        assert!(matches!(told, KeyProblem::NotAKey(_, 3)) && !told.to_string().contains("secret"), "{told}");
    }
}
