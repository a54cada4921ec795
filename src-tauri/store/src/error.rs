//! What can fail in the record, told apart in words that help; none repeats what was to be written.

use std::io::ErrorKind;

use chrono::{DateTime, Utc};
use desk_domain::canonical::NotCanonical;
use desk_domain::failure::RecordFailure;
use desk_domain::keeping::RecordKeyId;
use desk_domain::retention::YearsKept;
use rusqlite::ErrorCode;
use rusqlite::ffi::{
    SQLITE_CONSTRAINT_FOREIGNKEY, SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_TRIGGER, SQLITE_CONSTRAINT_UNIQUE,
    SQLITE_IOERR_SHMSIZE,
};

/// What can fail in the record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The folder or file cannot be prepared.
    #[error("the folder for the record cannot be prepared: {0}")]
    Folder(String),
    /// It was written by a newer version.
    #[error("the record was written by a newer version of Booking Desk (step {0}): update this desk")]
    Newer(i64),
    /// An applied migration is not the one that this version knows.
    #[error("the record was not made by this product: step {0} is not the one that this version knows")]
    Changed(i64),
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// The file cannot be written.
    #[error("the record may only be read: its folder or disk does not allow writing")]
    ReadOnly,
    /// The file cannot be opened.
    #[error("the record's file cannot be opened")]
    CannotOpen,
    /// The disk fails.
    #[error("the disk failed while the record was read or written")]
    DiskFailed,
    /// The file is damaged, or is no database.
    #[error("the record is damaged, or is not a record of Booking Desk")]
    Damaged,
    /// Another program holds it for too long.
    #[error("another program holds the record; it could not be written within 5 seconds")]
    Locked,
    /// Removed, as its time to be kept was over.
    #[error("details were removed after {} years", .years.number())]
    DetailsRemoved {
        /// When (UTC).
        at: DateTime<Utc>,
        /// After how many years.
        years: YearsKept,
    },
    /// Programs have it open that would have to be closed first, or one works on it alone.
    #[error(
        "another program has the record open: close every window of Booking Desk and every deskctl on it, then try again"
    )]
    InUse,
    /// It is under another key.
    #[error("the record is under another key: it needs key {}, and was given key {}", .needed.short(), .given.short())]
    WrongKey {
        /// The key that it is under.
        needed: RecordKeyId,
        /// The key that was given.
        given: RecordKeyId,
    },
    /// There was a record, and its file is gone.
    #[error(
        "the record’s file is gone from its folder, where it was before: put it back, or restore a backup (deskctl restore)"
    )]
    Gone,
    /// Another file was to take its place, and that was broken off where only one way is left.
    #[error("it has begun, and whoever opens the record next finishes it: {0}")]
    Begun(Box<StoreError>),
    /// A folder that is to hold a copy of the record does not.
    #[error("this is no backup of Booking Desk: {0}")]
    NotABackup(String),
    /// A copy of the record is not as it was written.
    #[error("the backup is damaged: its file {0} is not as it was written")]
    BackupDamaged(String),
    /// A copy of the record is of a newer version.
    #[error("the backup was made by a newer version of Booking Desk: update this desk")]
    BackupNewer,
    /// The record is one of a version before there were keys.
    #[error("the record is not encrypted yet: run any other deskctl once, which encrypts it")]
    Plain,
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes for a key")]
    NoRandomness,
    /// Not there.
    #[error("it is not in the record")]
    NotFound,
    /// Settled, or taken, already.
    #[error("it is settled or taken already")]
    AlreadySettled,
    /// What was read makes no sense.
    #[error("an entry of the record cannot be understood")]
    Unreadable,
    /// The file of seals beside it is none.
    #[error(
        "a line of the record’s file of seals (seals/audit-seals.txt) is no seal: put the line right, or move the file away"
    )]
    NoSeals,
    /// A folder holds a copy of it already.
    #[error("the folder holds files of an export already")]
    ExportedAlready,
    /// Files with a copy of it cannot be written.
    #[error("the files cannot be written: {0}")]
    Export(String),
    /// A defect of this program, or the record was closed before.
    #[error("the record's work was broken off")]
    BrokenOff,
    /// Anything else of the database; its text names no content.
    #[error("the record failed: {0}")]
    Database(String),
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == ErrorKind::StorageFull {
            Self::Full
        } else if matches!(error.kind(), ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied) {
            Self::ReadOnly
        } else {
            Self::Folder(error.to_string())
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "foreign enums that grow; every other error is told as what it is"
    )]
    fn from(error: rusqlite::Error) -> Self {
        match &error {
            rusqlite::Error::QueryReturnedNoRows => return Self::NotFound,
            rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::DiskFull => return Self::Full,
                ErrorCode::ReadOnly | ErrorCode::PermissionDenied => return Self::ReadOnly,
                ErrorCode::CannotOpen => return Self::CannotOpen,
                // The index of the log cannot grow: nobody else has it, so that it is the disk that has no room.
                ErrorCode::SystemIoFailure if failure.extended_code == SQLITE_IOERR_SHMSIZE => return Self::Full,
                ErrorCode::SystemIoFailure => return Self::DiskFailed,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => return Self::Damaged,
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => return Self::Locked,
                _ => match failure.extended_code {
                    SQLITE_CONSTRAINT_FOREIGNKEY => return Self::NotFound,
                    // The triggers keep what is there already.
                    SQLITE_CONSTRAINT_PRIMARYKEY | SQLITE_CONSTRAINT_UNIQUE | SQLITE_CONSTRAINT_TRIGGER => {
                        return Self::AlreadySettled;
                    }
                    _ => {}
                },
            },
            _ => {}
        }
        match error.sqlite_error_code() {
            Some(code) => Self::Database(format!("{code:?}")),
            None => Self::Unreadable,
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(_: serde_json::Error) -> Self {
        Self::Unreadable
    }
}

impl From<NotCanonical> for StoreError {
    fn from(_: NotCanonical) -> Self {
        Self::Unreadable
    }
}

impl From<StoreError> for RecordFailure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::AlreadySettled => Self::AlreadySettled,
            StoreError::DetailsRemoved { at, years } => Self::DetailsRemoved { at, years },
            other @ (StoreError::Folder(_)
            | StoreError::Newer(_)
            | StoreError::Changed(_)
            | StoreError::Full
            | StoreError::ReadOnly
            | StoreError::CannotOpen
            | StoreError::DiskFailed
            | StoreError::Damaged
            | StoreError::Locked
            | StoreError::InUse
            | StoreError::WrongKey { .. }
            | StoreError::Gone
            | StoreError::Begun(_)
            | StoreError::NotABackup(_)
            | StoreError::BackupDamaged(_)
            | StoreError::BackupNewer
            | StoreError::Plain
            | StoreError::NoRandomness
            | StoreError::Unreadable
            | StoreError::NoSeals
            | StoreError::ExportedAlready
            | StoreError::Export(_)
            | StoreError::BrokenOff
            | StoreError::Database(_)) => Self::Failed(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::StoreError;

    #[test]
    fn a_full_disk_and_one_that_may_only_be_read_have_words_of_their_own() {
        let connection = Connection::open_in_memory().expect("a database");
        connection.execute_batch("CREATE TABLE t (x); PRAGMA max_page_count = 2;").expect("made");
        let full = connection.execute("INSERT INTO t VALUES (zeroblob(100000))", []).expect_err("no room");
        assert!(matches!(StoreError::from(full), StoreError::Full), "full");
        connection.pragma_update(None, "query_only", true).expect("set");
        let read_only = connection.execute("INSERT INTO t VALUES (1)", []).expect_err("no leave");
        assert!(matches!(StoreError::from(read_only), StoreError::ReadOnly), "read-only");
    }

    #[test]
    fn words_of_a_failure_hold_nothing_of_what_was_to_be_written() {
        let connection = Connection::open_in_memory().expect("a database");
        connection.execute_batch("CREATE TABLE t (name TEXT CHECK (name <> 'Patient'))").expect("made");
        let refused = connection.execute("INSERT INTO t VALUES ('Patient')", []).expect_err("refused");
        let error = StoreError::from(refused);
        assert!(!format!("{error} {error:?}").contains("Patient"), "{error:?}");
    }
}
