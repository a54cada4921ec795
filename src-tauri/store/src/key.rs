//! The key of the record, and connections under it: SQLCipher's raw key, so that opening takes no time. In the place of
//! SQLCipher's salt stands the key's id, so that a file itself says which key it needs.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use desk_domain::keeping::RecordKeyId;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use zeroize::Zeroizing;

use crate::error::StoreError;

/// The bytes with which a database that is not encrypted begins.
const PLAIN: &[u8; 16] = b"SQLite format 3\0";

/// The key of a record: 32 random bytes, silent in `Debug`, overwritten when it is no longer needed.
#[derive(Clone)]
pub struct RecordKey(Zeroizing<[u8; 32]>);

impl RecordKey {
    /// A new key, from the operating system's source of randomness.
    ///
    /// # Errors
    /// [`StoreError::NoRandomness`].
    pub fn generate() -> Result<Self, StoreError> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice()).map_err(|_| StoreError::NoRandomness)?;
        Ok(Self(bytes))
    }

    /// The bytes, for whoever keeps the key.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> RecordKeyId {
        RecordKeyId::of(&self.0)
    }

    /// As SQLCipher takes it: the key, and the id as salt.
    pub(crate) fn spelled(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(99));
        text.push_str("x'");
        for byte in self.0.iter().chain(self.id().bytes()) {
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
            }
        }
        text.push('\'');
        text
    }
}

impl From<[u8; 32]> for RecordKey {
    fn from(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordKey({})", self.id().short())
    }
}

/// What a file of the record is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Not there, or nothing in it.
    Nothing,
    /// Not encrypted, as versions before there were keys made it.
    Plain,
    /// Under a key.
    Under(RecordKeyId),
}

impl Kind {
    pub(crate) fn of(file: &Path) -> Result<Self, StoreError> {
        let opened = match File::open(file) {
            Ok(opened) => opened,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::Nothing),
            Err(error) => return Err(error.into()),
        };
        let mut first = Vec::with_capacity(16);
        opened.take(16).read_to_end(&mut first)?;
        match <[u8; 16]>::try_from(first.as_slice()) {
            Ok(first) if first == *PLAIN => Ok(Self::Plain),
            Ok(first) => Ok(Self::Under(RecordKeyId::from(first))),
            Err(_) if first.is_empty() => Ok(Self::Nothing),
            // No database is so short.
            Err(_) => Err(StoreError::Damaged),
        }
    }
}

/// A connection under a key that has read the file's first page; nothing of it is ever written to a temporary file.
pub(crate) fn keyed(file: &Path, key: &RecordKey, flags: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(file, flags)?;
    // What does not open stays as it is, its write-ahead log too: nothing of that is brought into a damaged file.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // What does not open is told by the errors here, and not on standard error by the library.
    connection.pragma_update(None, "cipher_log_level", "NONE")?;
    connection.pragma_update(None, "key", key.spelled().as_str())?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    match connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())) {
        Ok(()) => {
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
            Ok(connection)
        }
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => Err(does_not_open(file, key)),
        Err(error) => Err(error.into()),
    }
}

/// Why a file does not open under a key.
fn does_not_open(file: &Path, key: &RecordKey) -> StoreError {
    match Kind::of(file) {
        Ok(Kind::Under(needed)) if needed != key.id() => StoreError::WrongKey { needed, given: key.id() },
        Ok(Kind::Under(_) | Kind::Nothing | Kind::Plain) => StoreError::Damaged,
        Err(error) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nf_5_a_key_says_nothing_of_itself() {
        let key = RecordKey::from([7; 32]);
        assert!(!format!("{key:?}").contains("07070"), "{key:?}");
        assert_ne!(
            RecordKey::generate().map(|key| *key.bytes()),
            RecordKey::generate().map(|key| *key.bytes()),
            "random"
        );
        assert_eq!(key.spelled().len(), 99, "64 digits of the key, 32 of its id");
    }
}
