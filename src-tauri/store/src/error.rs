//! What can fail in the record, told apart in words that help; none repeats what was to be written.

use desk_domain::failure::RecordFailure;
use rusqlite::ErrorCode;

/// What can fail in the record.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or file cannot be prepared.
    #[error("the folder for the record cannot be prepared: {0}")]
    Folder(#[from] std::io::Error),
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
    /// The file is damaged, or is no database.
    #[error("the record is damaged, or is not a record of Booking Desk")]
    Damaged,
    /// Another program holds it for too long.
    #[error("another program holds the record; it could not be written within 5 seconds")]
    Locked,
    /// Not there.
    #[error("it is not in the record")]
    NotFound,
    /// Settled, or taken, already.
    #[error("it is settled or taken already")]
    AlreadySettled,
    /// What was read makes no sense.
    #[error("an entry of the record cannot be understood")]
    Unreadable,
    /// Anything else of the database; its text names no content.
    #[error("the record failed: {0}")]
    Database(String),
}

impl From<rusqlite::Error> for StoreError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "foreign enums that grow; every other error is told as what it is")]
    fn from(error: rusqlite::Error) -> Self {
        match &error {
            rusqlite::Error::QueryReturnedNoRows => return Self::NotFound,
            rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::DiskFull => return Self::Full,
                ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => return Self::ReadOnly,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => return Self::Damaged,
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => return Self::Locked,
                _ => {}
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

impl From<StoreError> for RecordFailure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::AlreadySettled => Self::AlreadySettled,
            other @ (StoreError::Folder(_)
            | StoreError::Newer(_)
            | StoreError::Changed(_)
            | StoreError::Full
            | StoreError::ReadOnly
            | StoreError::Damaged
            | StoreError::Locked
            | StoreError::Unreadable
            | StoreError::Database(_)) => Self::Failed(other.to_string()),
        }
    }
}
