//! A power cut. After a kill the system still has what was written; after a power cut a disk has what was brought to it, and
//! whatever else it came to, in any order and torn. So a recorder (`power_cut.c`) notes all that a program does to the record's
//! files; the test then makes the files as a disk could hold them after a cut at any of these calls, and opens them.
//!
//! `DESK_POWER_CUTS` says how many cuts; a run in CI makes few of them.

#![expect(clippy::print_stderr, reason = "what is left out, and how much was tried, is said")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use desk_domain::audit::AuditAction;
use desk_journeys::ports::AuditTrail;
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use tempfile::TempDir;

use crate::faults::{arguments, notes};
use crate::{event, open, verify};

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;
/// After so many calls the first program is killed: behind its first checkpoint.
const CALLS: &str = "4000";

/// A call on the record's files, or a line that the program said.
#[derive(Debug)]
enum Entry {
    Written { name: String, at: usize, bytes: Vec<u8> },
    Length { name: String, to: usize },
    Synced { name: String },
    FolderSynced { names: BTreeSet<String> },
    Removed { name: String },
    Renamed { from: String, to: String },
    Said(String),
}

/// What two programs did, one after the other: the first makes the record and is killed, the other goes on and ends. None
/// where nothing can be recorded.
fn recorded(folder: &Path) -> Option<Vec<Entry>> {
    if !cfg!(target_os = "linux") {
        eprintln!("left out: the recorder of a program's calls is for Linux");
        return None;
    }
    let (recorder, log, record) = (folder.join("recorder.so"), folder.join("log"), folder.join("record"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audit/power_cut.c");
    let compiled =
        Command::new("cc").args(["-O1", "-shared", "-fPIC", "-pthread", "-o"]).args([&recorder, &source]).status();
    match compiled {
        Ok(status) => assert!(status.success(), "the recorder compiles"),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("left out: there is no C compiler (cc) here");
            return None;
        }
        Err(error) => panic!("{error}"),
    }
    std::fs::create_dir(&record).expect("a folder");
    for (name, count, ends, status) in [("one", usize::MAX, CALLS, Some(9)), ("other", 20, "0", Some(0))] {
        let mut program = Command::new(std::env::current_exe().expect("a path"));
        arguments(&mut program, &record, name, count);
        program
            .env("LD_PRELOAD", &recorder)
            .env("DESK_RECORDER_FOLDER", &record)
            .env("DESK_RECORDER_LOG", &log)
            .env("DESK_RECORDER_ENDS", ends)
            .stderr(Stdio::null());
        assert_eq!(program.status().expect("it runs").code(), status, "{name}");
    }
    Some(entries(&std::fs::read(log).expect("a log")))
}

fn entries(mut log: &[u8]) -> Vec<Entry> {
    fn number<const N: usize>(log: &mut &[u8]) -> [u8; N] {
        let (number, rest) = log.split_first_chunk().expect("a whole entry");
        *log = rest;
        *number
    }
    let mut entries = Vec::new();
    while !log.is_empty() {
        let [kind] = number(&mut log);
        let name_length = u32::from_ne_bytes(number(&mut log));
        let place = usize::try_from(u64::from_ne_bytes(number(&mut log))).expect("a place");
        let length = usize::try_from(u64::from_ne_bytes(number(&mut log))).expect("a length");
        let (name, rest) = log.split_at(name_length as usize);
        let (content, rest) = rest.split_at(length);
        log = rest;
        let name = String::from_utf8(name.to_vec()).expect("a name");
        let text = || String::from_utf8_lossy(content).into_owned();
        entries.push(match kind {
            b'w' => Entry::Written { name, at: place, bytes: content.to_vec() },
            b't' => Entry::Length { name, to: place },
            b's' => Entry::Synced { name },
            b'd' => Entry::FolderSynced { names: text().split_terminator('\0').map(str::to_owned).collect() },
            b'u' => Entry::Removed { name },
            b'r' => Entry::Renamed { from: name, to: text() },
            b'a' => Entry::Said(text()),
            _ => panic!("a call that the replay does not know, on {name:?}"),
        });
    }
    entries
}

/// What a call changes in a file.
enum Change {
    Sector { at: usize, bytes: Vec<u8> },
    Length(usize),
}

/// A file: what the disk surely holds, and what it was given since.
#[derive(Default)]
struct File {
    sure: Vec<u8>,
    since: Vec<Change>,
}

impl File {
    fn written(&mut self, mut at: usize, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (sector, rest) = bytes.split_at(bytes.len().min(SECTOR - at % SECTOR));
            self.since.push(Change::Sector { at, bytes: sector.to_vec() });
            (at, bytes) = (at + sector.len(), rest);
        }
    }

    fn synced(&mut self) {
        for change in self.since.drain(..) {
            make(&mut self.sure, &change);
        }
    }
}

fn make(content: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Sector { at, bytes } => {
            let end = at + bytes.len();
            content.resize(content.len().max(end), 0);
            content[*at..end].copy_from_slice(bytes);
        }
        Change::Length(length) => content.resize(*length, 0),
    }
}

/// A disk with the record's folder. Names reach it apart from what is in the files.
#[derive(Default)]
struct Disk {
    files: Vec<File>,
    names: BTreeMap<String, usize>,
    sure_names: BTreeMap<String, usize>,
}

impl Disk {
    fn file(&mut self, name: &str) -> &mut File {
        let next = self.files.len();
        let number = *self.names.entry(name.to_owned()).or_insert(next);
        if number == next {
            self.files.push(File::default());
        }
        &mut self.files[number]
    }

    fn take(&mut self, entry: &Entry) {
        match entry {
            Entry::Written { name, at, bytes } => self.file(name).written(*at, bytes),
            Entry::Length { name, to } => self.file(name).since.push(Change::Length(*to)),
            Entry::Synced { name } => self.file(name).synced(),
            Entry::FolderSynced { names } => {
                // Also files in which nothing is written yet.
                for name in names.iter().filter(|name| !name.starts_with('.') && !name.ends_with("-shm")) {
                    self.file(name);
                }
                self.sure_names.clone_from(&self.names);
            }
            Entry::Removed { name } => drop(self.names.remove(name)),
            Entry::Renamed { from, to } => {
                if let Some(number) = self.names.remove(from) {
                    self.names.insert(to.clone(), number);
                }
            }
            Entry::Said(_) => {}
        }
    }

    /// Makes the folder as the disk may hold it after a cut now.
    fn cut(&self, folder: &Path, chance: &mut ChaCha8Rng) {
        std::fs::create_dir(folder).expect("a folder");
        // None, some or all of what was not brought to it.
        let reached = *[0.0, 0.1, 0.5, 0.9, 1.0].choose(chance).expect("one");
        let names: BTreeSet<_> = self.names.keys().chain(self.sure_names.keys()).collect();
        for name in names {
            let of = if chance.random_bool(0.5) { &self.names } else { &self.sure_names };
            let Some(number) = of.get(name) else { continue };
            let file = &self.files[*number];
            let mut content = file.sure.clone();
            for change in &file.since {
                if chance.random_bool(reached) {
                    make(&mut content, change);
                }
            }
            std::fs::write(folder.join(name), content).expect("written");
        }
    }
}

/// Opens what a cut left. An error says what is not as it has to be.
async fn held(folder: PathBuf, acknowledged: BTreeSet<String>) -> Result<(), String> {
    let store = open(&folder);
    if let Some(fault) = verify(&store).await.fault {
        return Err(format!("the chain does not hold: {fault:?}"));
    }
    let there = notes(&store).await;
    let lost = acknowledged.difference(&there).count();
    if lost > 0 {
        return Err(format!("{lost} of {} acknowledged events are lost", acknowledged.len()));
    }
    store.append(&event(None, AuditAction::SignedIn)).await.map_err(|failure| failure.to_string())?;
    match verify(&store).await.fault {
        None => Ok(()),
        Some(fault) => Err(format!("the chain does not go on: {fault:?}")),
    }
}

/// A folder in memory where there is one: what is opened after a cut need not be brought to a disk again.
fn in_memory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder")
}

/// Cuts at so many calls, spread over all of them; what was not as it had to be.
async fn cuts(entries: &[Entry], count: usize, heeds: impl Fn(&Entry) -> bool) -> Vec<String> {
    let mut chance = ChaCha8Rng::seed_from_u64(8);
    let mut points: Vec<usize> = (0..count)
        .map(|cut| (cut * entries.len() / count)..=((cut + 1) * entries.len() / count))
        .map(|part| chance.random_range(part))
        .collect();
    points.sort_unstable();
    let (mut disk, mut taken) = (Disk::default(), 0);
    let (mut acknowledged, mut wrong) = (BTreeSet::new(), Vec::new());
    for (cut, point) in points.into_iter().enumerate() {
        for entry in &entries[taken..point] {
            if heeds(entry) {
                disk.take(entry);
            }
            if let Entry::Said(line) = entry {
                assert!(!line.starts_with("refused "), "{line}");
                acknowledged.extend(line.trim_end().strip_prefix("acknowledged ").map(str::to_owned));
            }
        }
        taken = point;
        let within = in_memory();
        let folder = within.path().join("record");
        disk.cut(&folder, &mut ChaCha8Rng::seed_from_u64(cut as u64));
        // Apart, because what does not open panics.
        let held = tokio::spawn(held(folder, acknowledged.clone())).await;
        let words = held.map_err(|broke| format!("it does not open: {broke}")).flatten();
        wrong.extend(words.err().map(|words| format!("cut {cut} after call {point}: {words}")));
    }
    wrong
}

#[tokio::test]
async fn bk_7_a_power_cut_at_any_moment_loses_nothing_acknowledged_and_the_chain_holds_afterwards() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(entries) = recorded(&folder.path().canonicalize().expect("a path")) else { return };
    let began_again = |entry: &&Entry| matches!(entry, Entry::Written { name, at: 0, .. } if name.ends_with("-wal"));
    assert!(entries.iter().filter(began_again).count() > 2, "checkpoints, after which the log begins again");
    let removed = |entry: &Entry| matches!(entry, Entry::Removed { name } if name.ends_with("-wal"));
    assert!(entries.iter().any(removed), "an end in order");
    let said =
        entries.iter().filter(|entry| matches!(entry, Entry::Said(line) if line.starts_with("acknowledged "))).count();
    assert!(said > 160, "both were at work: {said}");
    let count = std::env::var("DESK_POWER_CUTS").map_or(150, |count| count.parse().expect("a number"));
    let wrong = cuts(&entries, count, |_| true).await;
    assert!(wrong.is_empty(), "{} of {count} cuts: {wrong:#?}", wrong.len());
    eprintln!("{count} power cuts within {} calls and {said} acknowledged events: all there", entries.len());

    // The same on a disk that only says that it has brought anything to it: this test would notice.
    let lies = cuts(&entries, 20, |entry| !matches!(entry, Entry::Synced { .. })).await;
    assert!(!lies.is_empty(), "without what was brought to disk in time, something is missing");
    // And with the log alone not brought to it: the record opens and its chain holds, but acknowledged events are missing.
    let of_the_log = |entry: &Entry| matches!(entry, Entry::Synced { name } if name.ends_with("-wal"));
    let wrong = cuts(&entries, 20, |entry| !of_the_log(entry)).await;
    assert!(wrong.iter().any(|words| words.contains("acknowledged events are lost")), "{wrong:#?}");
}
