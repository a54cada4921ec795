//! A backup of a record of some size, made and put into another place while another program appends to it.
//! `DESK_RECORD_MB` makes it larger.

#![expect(clippy::print_stderr, reason = "how long it took is said")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use desk_domain::audit::{AuditAction, Workplace};
use desk_domain::id::OdsCode;
use desk_journeys::ports::{AuditTrail, BackupOrder, RecordKeeper};
use desk_store::{Restoring, Store, read_manifest};

use crate::faults::{child, notes};
use crate::{Noon, event, key, open, told, verify};

const MEGABYTE: u64 = 1_000_000;
/// How often it is backed up.
const TIMES: usize = 2;

fn length(folder: &Path) -> u64 {
    let of = |name: &str| std::fs::metadata(folder.join(name)).map_or(0, |about| about.len());
    of("desk.sqlite3") + of("desk.sqlite3-wal")
}

async fn filled(folder: &Path, megabytes: u64) {
    let store = open(folder);
    let tasks = (0..64).map(|task| {
        let (store, folder) = (store.clone(), folder.to_owned());
        tokio::spawn(async move {
            let mut number = 0;
            while length(&folder) < megabytes * MEGABYTE {
                let note = format!("note-{task}-{number}-{}", "y".repeat(4000));
                store.append(&event(None, told(&note))).await.expect("appended");
                number += 1;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no panic");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nf_5_a_record_of_some_size_is_backed_up_and_the_backup_put_in_place_while_another_program_appends() {
    let megabytes = std::env::var("DESK_RECORD_MB").map_or(8, |text| text.parse().expect("a number"));
    let folder = tempfile::tempdir().expect("a folder");
    let record = folder.path().join("record");
    let began = Instant::now();
    filled(&record, megabytes).await;
    eprintln!("a record of {} MB in {:.1?}", length(&record) / MEGABYTE, began.elapsed());
    let mut other = child(&record, "other", usize::MAX).spawn().expect("it runs");
    let said = BufReader::new(other.stderr.take().expect("its output"));
    let (count, heard) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(BTreeSet::new())));
    let listens = std::thread::spawn({
        let (count, heard) = (Arc::clone(&count), Arc::clone(&heard));
        move || {
            for line in said.lines().map_while(Result::ok) {
                if let Some(tag) = line.strip_prefix("acknowledged ") {
                    heard.lock().expect("no panic").insert(tag.to_owned());
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    });
    while count.load(Ordering::Relaxed) == 0 {
        assert!(other.try_wait().expect("asked").is_none(), "it appends");
        std::thread::yield_now();
    }
    let store = open(&record);
    let mut heads = Vec::new();
    for time in 0..TIMES {
        let desk = Workplace { organisation: OdsCode::new("R1A").expect("a code"), device: format!("desk-{time}") };
        let out = folder.path().join("backups");
        let order = BackupOrder { folder: out, desk, demonstration: false, automatic: false, version: "1".to_owned() };
        let (before, at) = (count.load(Ordering::Relaxed), Instant::now());
        let surely: BTreeSet<String> = heard.lock().expect("no panic").clone();
        let backup = store.back_up(&order).await.expect("made beside the other");
        let meanwhile = count.load(Ordering::Relaxed) - before;
        eprintln!("a backup in {:.1?}, {meanwhile} events meanwhile", at.elapsed());
        assert!(meanwhile > 0, "the other was not kept from its work");
        let at = Instant::now();
        let restored = put_in_place(&backup.folder, &folder.path().join(format!("restored-{time}"))).await;
        eprintln!("put into an empty place in {:.1?}", at.elapsed());
        let check = verify(&restored).await;
        assert_eq!((check.fault, check.head), (None, backup.manifest.head), "the record of that moment, whole");
        let there = notes(&restored).await;
        assert!(surely.is_subset(&there), "with all that was acknowledged before");
        heads.push(backup.manifest.head.number);
    }
    assert!(heads.is_sorted_by(|one, other| one < other), "each later: {heads:?}");
    other.kill().expect("killed");
    other.wait().expect("ended");
    listens.join().expect("no panic");
    let check = verify(&store).await;
    assert_eq!(check.fault, None, "and the record goes on");
    let acknowledged = heard.lock().expect("no panic").clone();
    assert!(acknowledged.is_subset(&notes(&store).await), "nothing acknowledged is lost");
    store.append(&event(None, AuditAction::SignedIn)).await.expect("appended");
}

async fn put_in_place(backup: &Path, to: &Path) -> Store {
    let manifest = read_manifest(backup).expect("as it was written");
    let (backup, to, at) = (backup.to_owned(), to.to_owned(), to.to_owned());
    let done = tokio::task::spawn_blocking(move || {
        let restoring = Restoring::begin(&to).expect("nobody has it");
        restoring.take_in(&backup, &manifest, &key(), Arc::new(Noon)).expect("taken in").close();
        restoring.make_ready(&key()).expect("made ready");
        restoring.put_in_place("before").expect("put in place")
    });
    assert_eq!(done.await.expect("no panic"), None, "nothing was there");
    open(&at)
}
