//! The record's protection at rest (NF-5): nothing plain on the disk, another key, copies.

#![expect(clippy::expect_used, reason = "a test says at once what is not as it needs it")]

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use desk_domain::audit::{AuditAction, AuditEvent, Workplace};
use desk_domain::id::{DocumentId, OdsCode};
use desk_journeys::ports::{AuditTrail, BackupOrder, Clock, RecordKeeper};
use desk_store::{RecordKey, Store, StoreError, change_key, read_manifest};
use rusqlite::Connection;
use uuid::Uuid;

struct Noon;

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().expect("an instant")
    }

    fn new_id(&self) -> Uuid {
        Uuid::nil()
    }
}

const SECRET: &str = "Rang the ward about PATIENT, John";

fn key() -> RecordKey {
    RecordKey::from([7; 32])
}

fn other_key() -> RecordKey {
    RecordKey::from([9; 32])
}

fn open(folder: &Path, key: &RecordKey) -> Store {
    Store::open(folder, key, Arc::new(Noon)).expect("the record opens")
}

fn desk() -> Workplace {
    Workplace { organisation: OdsCode::new("R1A").expect("a code"), device: "Desk 1".to_owned() }
}

fn event(what: AuditAction) -> AuditEvent {
    AuditEvent::new(Noon.now(), None, desk(), None, what)
}

async fn filled(folder: &Path) -> Store {
    let store = open(folder, &key());
    for _ in 0..40 {
        let told = AuditAction::ProviderTold { document: DocumentId(Uuid::from_u128(7)), note: SECRET.into() };
        store.append(&event(told)).await.expect("appended");
    }
    store
}

async fn holds(store: &Store, events: u64) {
    let check = store.verify(vec![], &Arc::default()).await.expect("it can be walked along").expect("to its end");
    assert_eq!((check.fault, check.head.number), (None, events), "whole");
}

fn nothing_plain(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() {
            nothing_plain(&entry.path());
            continue;
        }
        let bytes = std::fs::read(entry.path()).expect("a file");
        for plain in ["Rang the ward", "SQLite format", "providerTold"] {
            let found = bytes.windows(plain.len()).any(|window| window == plain.as_bytes());
            assert!(!found, "{plain:?} stands in {}", entry.path().display());
        }
    }
}

#[tokio::test]
async fn nf_5_nothing_of_the_record_stands_plain_in_its_folder_and_without_the_key_it_does_not_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = filled(folder.path()).await;
    nothing_plain(folder.path());
    drop(store);
    nothing_plain(folder.path());
    let plain = Connection::open(folder.path().join("desk.sqlite3")).expect("a file");
    assert!(plain.query_row("SELECT count(*) FROM audit_event", [], |_| Ok(())).is_err(), "no plain opening");
    let wrong = Store::open(folder.path(), &other_key(), Arc::new(Noon)).err().expect("refused");
    assert_eq!(wrong, StoreError::WrongKey { needed: key().id(), given: other_key().id() }, "another key");
    std::fs::remove_file(folder.path().join("desk.sqlite3")).expect("removed");
    let gone = Store::open(folder.path(), &key(), Arc::new(Noon)).err().expect("refused");
    assert_eq!(gone, StoreError::Gone, "never an empty record in its place");
}

#[tokio::test]
async fn nf_5_a_plain_record_of_an_earlier_version_is_encrypted_when_it_is_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(filled(&folder.path().join("made")).await);
    let record = folder.path().join("record");
    std::fs::create_dir(&record).expect("a folder");
    let raw = Connection::open(folder.path().join("made/desk.sqlite3")).expect("the file");
    raw.pragma_update(None, "key", format!("x'{}{}'", "07".repeat(32), key().id())).expect("its key");
    let plain = record.join("desk.sqlite3");
    raw.execute("ATTACH ?1 AS plain KEY ''", [plain.to_string_lossy()]).expect("attached");
    raw.query_row("SELECT sqlcipher_export('plain')", [], |_| Ok(())).expect("written plain");
    drop(raw);
    let used = Connection::open(&plain).expect("plain");
    used.pragma_update(None, "journal_mode", "WAL").expect("a log");
    assert_eq!(used.query_row("SELECT count(*) FROM audit_event", [], |row| row.get(0)), Ok(40), "it is plain");
    let refused = Store::open(&record, &key(), Arc::new(Noon)).err();
    assert_eq!(refused, Some(StoreError::InUse), "not under the hands of somebody who has it open");
    drop(used);
    let store = open(&record, &key());
    holds(&store, 40).await;
    nothing_plain(&record);
}

#[tokio::test]
async fn nf_5_the_record_comes_under_another_key_with_its_event_and_not_while_it_is_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = filled(folder.path()).await;
    let what = event(AuditAction::RecordKeyChanged { from: key().id(), to: other_key().id() });
    let change = || change_key(folder.path(), &key(), &other_key(), &what);
    assert_eq!(change(), Err(StoreError::InUse), "it is open");
    store.close();
    change().expect("changed");
    holds(&open(folder.path(), &other_key()), 41).await;
    assert!(Store::open(folder.path(), &key(), Arc::new(Noon)).is_err(), "the key of before opens it no more");
    nothing_plain(folder.path());
}

#[tokio::test]
async fn nf_5_a_copy_is_made_while_the_record_is_in_use_and_says_what_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = filled(&folder.path().join("record")).await;
    let out = folder.path().join("out");
    let order =
        BackupOrder { folder: out, desk: desk(), demonstration: false, automatic: false, version: "1".to_owned() };
    let backup = store.back_up(&order).await.expect("made");
    assert_eq!((backup.manifest.head.number, backup.manifest.fault), (40, None), "all of it");
    assert_eq!(read_manifest(&backup.folder).as_ref(), Ok(&backup.manifest), "each file as it was written");
    assert!(store.back_up(&order).await.is_err(), "nothing is written over");
    assert_eq!(store.backups(&order).await.map(|all| all.len()), Ok(1), "and no part stays");
    let copy = backup.folder.join("desk.sqlite3");
    let mut bytes = std::fs::read(&copy).expect("the copy");
    bytes[9000] ^= 1;
    std::fs::write(&copy, bytes).expect("damaged");
    let told = read_manifest(&backup.folder).expect_err("refused");
    assert_eq!(told, StoreError::BackupDamaged("desk.sqlite3".to_owned()), "told");
}
