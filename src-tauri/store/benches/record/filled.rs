//! A record of many events.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use desk_domain::audit::AuditEvent;
use desk_journeys::ports::{AuditQuery, AuditTrail, Clock};
use desk_store::{RecordKey, Store};
use futures::future::join_all;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::encounters::{EVENTS_OF_AN_ENCOUNTER, encounter};

struct Noon;

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn new_id(&self) -> Uuid {
        Uuid::nil()
    }
}

/// The key of these records.
pub(crate) const KEY: [u8; 32] = [7; 32];

pub(crate) fn open(folder: &Path) -> Store {
    Store::open(folder, &RecordKey::from(KEY), Arc::new(Noon)).expect("the record opens")
}

/// How many encounters are appended at once, as many desks would: the record writes them in few transactions.
const AT_ONCE: u32 = 4;

/// A record with so many events.
pub(crate) struct Filled {
    pub(crate) store: Store,
    pub(crate) events: u32,
    _for_now: Option<TempDir>,
}

impl Filled {
    pub(crate) fn with(runtime: &Runtime, events: u32) -> Self {
        let (folder, for_now): (PathBuf, _) = match std::env::var_os("DESK_BENCH_FOLDER") {
            Some(kept) => (Path::new(&kept).join(events.to_string()), None),
            None => {
                let folder = tempfile::tempdir().expect("a folder");
                (folder.path().to_owned(), Some(folder))
            }
        };
        let store = open(&folder);
        runtime.block_on(fill(&store, events));
        Self { store, events, _for_now: for_now }
    }

    /// How many events, as a budget names them: 1,000,000.
    pub(crate) fn size(&self) -> String {
        let digits = self.events.to_string();
        let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
        groups.collect::<Vec<_>>().join(",")
    }
}

/// Appends what is missing.
async fn fill(store: &Store, events: u32) {
    let began = Instant::now();
    let newest = AuditTrail::read(store, &AuditQuery { most: 1, ..AuditQuery::default() }).await.expect("read").events;
    let there = newest.first().map_or(0, |newest| u32::try_from(newest.number).expect("as many as were asked for"));
    for first in (there / EVENTS_OF_AN_ENCOUNTER..events / EVENTS_OF_AN_ENCOUNTER).step_by(AT_ONCE as usize) {
        let events: Vec<AuditEvent> = (first..first + AT_ONCE).flat_map(encounter).collect();
        for appended in join_all(events.iter().map(|event| AuditTrail::append(store, event))).await {
            appended.expect("appended");
        }
    }
    if there < events {
        eprintln!("a record of {events} events was filled from {there} on in {:.0?}", began.elapsed());
    }
}
