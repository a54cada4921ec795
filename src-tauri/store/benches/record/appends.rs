//! Durable appends, one after the other and eight at once, against bare inserts of the same rows: with the same journal, as
//! durable, under the same key, into a table of the same columns without index or trigger. What is derived behind the appends
//! (facts of reports, events by user …) is a part of what is measured.

use std::path::Path;
use std::time::Duration;

use criterion::{BatchSize, Criterion};
use desk_domain::audit::{AuditEvent, AuditKind};
use desk_domain::canonical::whole;
use desk_journeys::ports::AuditTrail;
use desk_store::RecordKey;
use futures::future::join_all;
use rusqlite::{Connection, params};
use tokio::runtime::Runtime;

use crate::encounters::encounter;
use crate::filled::{KEY, open};

const AT_ONCE: usize = 8;

/// An event as bare columns.
struct BareRow {
    at: String,
    kind: &'static str,
    username: Option<String>,
    encounter: Option<String>,
    event: String,
}

impl From<&AuditEvent> for BareRow {
    fn from(event: &AuditEvent) -> Self {
        Self {
            at: event.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            kind: AuditKind::from(&event.what).into(),
            username: event.who.as_ref().map(|who| who.username.to_string()),
            encounter: event.encounter.map(|id| id.to_string()),
            event: whole(event).expect("JSON"),
        }
    }
}

fn bare(folder: &Path) -> Connection {
    let connection = Connection::open(folder.join("bare.sqlite3")).expect("a database");
    // The same key, spelt as the record's is.
    let key = RecordKey::from(KEY);
    connection.pragma_update(None, "key", format!("x'{}{}'", "07".repeat(32), key.id())).expect("its key");
    connection.pragma_update(None, "journal_mode", "WAL").expect("switched");
    connection.pragma_update(None, "synchronous", "FULL").expect("switched");
    let table = "CREATE TABLE bare (
            number INTEGER PRIMARY KEY, at TEXT NOT NULL, reached TEXT NOT NULL, kind TEXT NOT NULL, username TEXT,
            encounter TEXT, patient TEXT, service TEXT, request TEXT, format INTEGER NOT NULL, event TEXT NOT NULL,
            commitment BLOB, previous BLOB NOT NULL, hash BLOB NOT NULL
        ) STRICT";
    connection.execute_batch(table).expect("made");
    connection
}

fn insert(connection: &Connection, row: &BareRow) {
    let BareRow { at, kind, username, encounter, event } = row;
    let hash = [7_u8; 32];
    connection
        .prepare_cached(
            "INSERT INTO bare (at, reached, kind, username, encounter, patient, service, request, format, event, commitment,
                               previous, hash)
             VALUES (?1, ?1, ?2, ?3, ?4, NULL, NULL, NULL, 2, ?5, NULL, ?6, ?6)",
        )
        .expect("a statement")
        .execute(params![at, kind, username, encounter, event, hash])
        .expect("inserted");
}

pub(crate) fn appends(criterion: &mut Criterion, runtime: &Runtime) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = &open(&folder.path().join("record"));
    let bare = bare(folder.path());
    let mut group = criterion.benchmark_group("durable appends");
    group.sample_size(50).measurement_time(Duration::from_secs(8));
    let mut events = (0..).flat_map(encounter);
    let mut next = |count| -> Vec<AuditEvent> { events.by_ref().take(count).collect() };
    for (ours, theirs, at_once) in [("an event", "a bare insert", 1), ("8 events at once", "8 bare inserts", AT_ONCE)] {
        group.bench_function(ours, |bencher| {
            bencher.to_async(runtime).iter_batched(
                || next(at_once),
                |events| async move {
                    for appended in join_all(events.iter().map(|event| AuditTrail::append(store, event))).await {
                        appended.expect("appended");
                    }
                },
                BatchSize::SmallInput,
            );
        });
        group.bench_function(theirs, |bencher| {
            bencher.iter_batched(
                || next(at_once).iter().map(BareRow::from).collect::<Vec<_>>(),
                |rows| rows.iter().for_each(|row| insert(&bare, row)),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}
