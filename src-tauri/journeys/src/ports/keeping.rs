//! Copies of the record.

use std::collections::BTreeMap;
use std::path::PathBuf;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use desk_domain::audit::Workplace;
use desk_domain::chain::{Fault, Hash, Head};
use desk_domain::failure::RecordFailure;
use desk_domain::keeping::RecordKeyId;
use serde::{Deserialize, Serialize};

use super::ExportedFile;

/// What a copy of the record is to be, and where (NF-5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupOrder {
    /// The folder in which the copies are; each is a folder of its own within it.
    pub folder: PathBuf,
    /// The desk whose record it is.
    pub desk: Workplace,
    /// Whether the record is a demonstration's.
    pub demonstration: bool,
    /// Whether the desk makes it by itself.
    pub automatic: bool,
    /// The version of the application.
    pub version: String,
}

/// What a copy of the record is, as the manifest beside it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BackupManifest {
    /// The format of this manifest.
    pub format: u32,
    /// When it was made (UTC).
    pub made: DateTime<Utc>,
    /// By which version of the application.
    pub version: String,
    /// The desk whose record it is.
    pub desk: Workplace,
    /// Whether the record is a demonstration's.
    pub demonstration: bool,
    /// Whether the desk made it by itself.
    pub automatic: bool,
    /// The key that it is under.
    pub key: RecordKeyId,
    /// Which record it is of: the hash of its first event, which stays whatever the desk is called, whichever key the record
    /// comes under, and after a restoration. None where it was made before this was written down.
    #[serde(default)]
    pub record: Option<Hash>,
    /// The head of the chain in it.
    pub head: Head,
    /// The first event in it that does not hold; none where all do.
    pub fault: Option<Fault>,
    /// How many rows each of its tables has.
    pub rows: BTreeMap<String, u64>,
    /// Its files.
    pub files: Vec<ExportedFile>,
}

/// A copy of the record: written, read again, and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Its folder.
    pub folder: PathBuf,
    /// What it is.
    pub manifest: BackupManifest,
}

impl Backup {
    /// Its name: that of its folder.
    #[must_use]
    pub fn name(&self) -> String {
        self.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

/// Copies of the record, made while it is in use.
#[async_trait]
pub trait RecordKeeper: Send + Sync {
    /// Makes a copy of the record as it is at this moment, under the record's own key, and verifies it. Nothing is written
    /// over, and what is not whole does not stay.
    async fn back_up(&self, order: &BackupOrder) -> Result<Backup, RecordFailure>;
    /// The copies of this record in a folder, as their manifests say, newest first. None where there is no such folder. Other
    /// records may have theirs there: desks may be called alike.
    async fn backups(&self, order: &BackupOrder) -> Result<Vec<Backup>, RecordFailure>;
    /// Removes a copy.
    async fn remove_backup(&self, backup: &Backup) -> Result<(), RecordFailure>;
}
