//! The audit record.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use desk_domain::audit::{AuditEvent, AuditFilter, PatientReference};
use desk_domain::chain::{Fault, Hash, Head, Seal};
use desk_domain::failure::RecordFailure;
use desk_domain::id::{EncounterId, RequestId, Username};
use serde::{Deserialize, Serialize};

use super::Exchange;

/// Which part of the audit record to read, a window at a time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Which part.
    pub filter: AuditFilter,
    /// Only what stands before this number: the last of the window before.
    pub before: Option<u64>,
    /// At most so many, newest first.
    pub most: u32,
}

/// A window of the audit record.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditPage {
    /// The events, newest first.
    pub events: Vec<RecordedEvent>,
    /// What the next window's `before` is; none where there is nothing older.
    pub older: Option<u64>,
}

/// How many events a filter leaves in. Counting stops where nobody reads on by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditCount {
    /// So many.
    Exactly(u64),
    /// More than so many.
    MoreThan(u64),
}

/// An event as it stands in the record.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedEvent {
    /// Its number: the order of the record, whatever the clocks said.
    pub number: u64,
    /// The event, where it can be read.
    pub event: Result<AuditEvent, UnreadableEvent>,
    /// The encounter's patient at that time.
    pub patient: Option<PatientReference>,
    /// Whether it had a personal part that was removed.
    pub personal_removed: bool,
    /// Its hash.
    pub hash: Hash,
}

impl RecordedEvent {
    /// When it was (UTC), as far as that can be read.
    #[must_use]
    pub fn at(&self) -> Option<DateTime<Utc>> {
        match &self.event {
            Ok(event) => Some(event.at),
            Err(beside) => beside.at,
        }
    }
}

/// What stands beside an event that cannot be read, because something other than the desk wrote to the record's file, or a
/// later version did. Whoever changed the event may have changed this, too: verifying says where the chain breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableEvent {
    /// When (UTC).
    pub at: Option<DateTime<Utc>>,
    /// Its kind, as it stands there.
    pub kind: String,
    /// Who, by username.
    pub username: Option<String>,
    /// The encounter.
    pub encounter: Option<EncounterId>,
}

/// What a check of the chain found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainCheck {
    /// The last event that holds.
    pub head: Head,
    /// How many seals it was held against, each holding.
    pub seals: u64,
    /// Of how many events the personal part was removed, as recorded.
    pub personal_removed: u64,
    /// The first event that does not hold; none where all do.
    pub fault: Option<Fault>,
}

/// What was written to files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditExport {
    /// The filter.
    pub filter: AuditFilter,
    /// How many events.
    pub events: u64,
    /// How many of them cannot be read; the files have them as they stand in the record.
    pub unreadable: u64,
    /// The head of the chain at the moment that the files show.
    pub head: Head,
    /// The files.
    pub files: Vec<ExportedFile>,
}

/// A file of an export, or of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportedFile {
    /// Its name.
    pub name: String,
    /// How long it is.
    pub bytes: u64,
    /// SHA-256 of its content.
    pub sha256: Hash,
}

/// Why an export was not made. Nothing of it is left then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportFailure {
    /// The folder has such files already; they stay as they are.
    #[error("the folder holds an export already")]
    ThereAlready,
    /// There is no room for it.
    #[error("the disk is full")]
    DiskFull,
    /// The folder cannot be made, or not be written to.
    #[error("the folder cannot be written to")]
    NotWritable,
    /// The record failed.
    #[error(transparent)]
    Record(#[from] RecordFailure),
}

/// How far a walk along the whole record is, and the way to stop it. Shared by whoever walks and whoever waits.
#[derive(Debug, Default)]
pub struct LongWalk {
    done: AtomicU64,
    of: AtomicU64,
    stopped: AtomicBool,
}

impl LongWalk {
    /// Says how many events there are to walk along.
    pub fn begin(&self, of: u64) {
        self.of.store(of, Ordering::Relaxed);
    }

    /// Says that one more event lies behind; false where it is to be stopped.
    pub fn step(&self) -> bool {
        self.done.fetch_add(1, Ordering::Relaxed);
        !self.is_stopped()
    }

    /// How many events lie behind, of how many; of none while it is not known.
    #[must_use]
    pub fn so_far(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.of.load(Ordering::Relaxed))
    }

    /// Asks for it to be stopped; it stops at the next event.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether that was asked for.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

/// Whose exchanges with other systems are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExchangesSought {
    /// Of an encounter.
    Encounter(EncounterId),
    /// Of these requests.
    Requests(Vec<RequestId>),
}

/// The audit record: append-only, and a chain of hashes.
#[async_trait]
pub trait AuditTrail: Send + Sync {
    /// Appends an event; it is on disk when this returns.
    async fn append(&self, event: &AuditEvent) -> Result<(), RecordFailure>;
    /// Reads a window, newest first.
    async fn read(&self, query: &AuditQuery) -> Result<AuditPage, RecordFailure>;
    /// The events of an encounter, at most so many, oldest first.
    async fn timeline(&self, encounter: EncounterId, most: u32) -> Result<Vec<RecordedEvent>, RecordFailure>;
    /// How many events a filter leaves in, as far as anybody reads on by hand.
    async fn how_many(&self, filter: &AuditFilter) -> Result<AuditCount, RecordFailure>;
    /// How many events a filter leaves in that stand after a number, without the readings of this record by a user.
    async fn newer(
        &self,
        filter: &AuditFilter,
        after: u64,
        but_readings_by: &Username,
    ) -> Result<AuditCount, RecordFailure>;
    /// Exchanges with other systems, in the order in which they were recorded; at most some thousands.
    async fn exchanges(&self, sought: ExchangesSought) -> Result<Vec<Exchange>, RecordFailure>;
    /// Walks along the whole chain, and holds it against these seals; none where it was stopped.
    async fn verify(&self, seals: Vec<Seal>, walk: &Arc<LongWalk>) -> Result<Option<ChainCheck>, RecordFailure>;
    /// The seals that this desk keeps, oldest first.
    async fn seals(&self) -> Result<Vec<Seal>, RecordFailure>;
    /// The file that they are in.
    fn seals_file(&self) -> PathBuf;
    /// Seals the chain's head as it is now, in the file of seals.
    async fn seal(&self, day: NaiveDate) -> Result<Seal, RecordFailure>;
    /// Writes events, oldest first, to files in a folder that has none of them, with a manifest. Where it was stopped,
    /// nothing is left, and nothing is given.
    async fn export(
        &self,
        filter: &AuditFilter,
        folder: &Path,
        walk: &Arc<LongWalk>,
    ) -> Result<Option<AuditExport>, ExportFailure>;
}
