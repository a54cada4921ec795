//! Kills, full and read-only disks, damaged pages, two programs at once.

#![expect(clippy::print_stderr, reason = "how much was tried is said")]

use std::collections::BTreeSet;
use std::hash::BuildHasher;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use desk_domain::audit::AuditAction;
use desk_journeys::ports::{AuditTrail, LongWalk};
use desk_store::Store;

use crate::{all, eight, event, key, noon, open, raw, told, verify};

const FOLDER: &str = "DESK_AUDIT_CHILD_FOLDER";
const COUNT: &str = "DESK_AUDIT_CHILD_COUNT";
const NAME: &str = "DESK_AUDIT_CHILD_NAME";

/// Not a test by itself: what the other process does in those below. Eight tasks append at once, so that several events
/// share a transaction; each says on standard output what was acknowledged, or why it was not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_in_another_process() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let count: usize = std::env::var(COUNT).expect("a count").parse().expect("a number");
    let name = std::env::var(NAME).expect("a name");
    let store = open(Path::new(&folder));
    let tasks = (0..8).map(|task| {
        let (store, name) = (store.clone(), name.clone());
        tokio::spawn(async move {
            for number in 0..count {
                let tag = format!("tag-{name}-{task}-{number}-{}", "x".repeat(400));
                match store.append(&event(None, told(&tag))).await {
                    Ok(()) => say(&format!("acknowledged {tag}")),
                    Err(failure) => return say(&format!("refused {failure}")),
                }
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no panic");
    }
}

/// At once and past the test harness, which keeps what is printed.
fn say(line: &str) {
    let mut out = std::io::stderr().lock();
    out.write_all(format!("{line}\n").as_bytes()).expect("told");
}

pub(crate) fn child(folder: &Path, name: &str, count: usize) -> Command {
    let mut child = Command::new(std::env::current_exe().expect("a path"));
    arguments(&mut child, folder, name, count);
    child
}

pub(crate) fn arguments(command: &mut Command, folder: &Path, name: &str, count: usize) {
    command
        .args(["--exact", "faults::appends_in_another_process", "--nocapture"])
        .env(FOLDER, folder)
        .env(COUNT, count.to_string())
        .env(NAME, name)
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
}

/// What the child said of its events, until its end.
fn heard(child: &mut Child) -> (BTreeSet<String>, Vec<String>) {
    let said = BufReader::new(child.stderr.take().expect("its output"));
    let (mut acknowledged, mut refused) = (BTreeSet::new(), Vec::new());
    for line in said.lines() {
        let line = line.expect("text");
        if let Some(tag) = line.strip_prefix("acknowledged ") {
            acknowledged.insert(tag.to_owned());
        } else if let Some(why) = line.strip_prefix("refused ") {
            refused.push(why.to_owned());
        }
    }
    (acknowledged, refused)
}

/// The notes of the record.
pub(crate) async fn notes(store: &Store) -> BTreeSet<String> {
    let notes = all(store).await.into_iter().filter_map(|recorded| {
        let AuditAction::ProviderTold { note, .. } = recorded.event.expect("it can be read").what else { return None };
        Some(note.reveal().clone())
    });
    notes.collect()
}

/// `DESK_KILLS` says how many; twenty share a record, so that it stays small.
#[tokio::test]
async fn bk_7_nothing_acknowledged_is_lost_in_kills_and_the_chain_holds_after_each() {
    let kills = std::env::var("DESK_KILLS").map_or(20, |count| count.parse().expect("a number"));
    let mut folder = tempfile::tempdir().expect("a folder");
    let (mut acknowledged, mut all) = (BTreeSet::new(), 0);
    for round in 0..kills {
        if round % 20 == 0 {
            folder = tempfile::tempdir().expect("a folder");
            drop(open(folder.path()));
            all += acknowledged.len();
            acknowledged.clear();
        }
        let mut child = child(folder.path(), &round.to_string(), usize::MAX).spawn().expect("it runs");
        let delay = std::collections::hash_map::RandomState::new().hash_one(round) % 60;
        let mut said = BufReader::new(child.stderr.take().expect("its output"));
        let mut text = String::new();
        while !text.contains("acknowledged ") {
            assert!(said.read_line(&mut text).expect("text") > 0, "it ended by itself: {text}");
        }
        let killed = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(delay));
            child.kill().expect("killed");
            child.wait().expect("ended")
        });
        // A line that the kill cut off was not said.
        said.read_to_string(&mut text).expect("text");
        assert!(!killed.join().expect("no panic").success(), "it died in the middle");
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        acknowledged.extend(whole.lines().filter_map(|line| line.strip_prefix("acknowledged ").map(str::to_owned)));
        let store = open(folder.path());
        assert_eq!(verify(&store).await.fault, None, "round {round}");
        let there = notes(&store).await;
        let lost: Vec<_> = acknowledged.difference(&there).collect();
        assert!(lost.is_empty(), "round {round}: {lost:?}");
    }
    all += acknowledged.len();
    assert!(all > kills, "it was at work when it was killed: {all}");
    eprintln!("{kills} kills, {all} acknowledged events: all there");
}

#[tokio::test]
async fn nf_3_two_programs_that_append_at_once_keep_one_chain() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(open(folder.path()));
    let mut both = ["one", "other"].map(|name| child(folder.path(), name, 25).spawn().expect("it runs"));
    let said = both.each_mut().map(heard);
    for child in &mut both {
        assert!(child.wait().expect("ended").success(), "it came to its end");
    }
    let acknowledged: BTreeSet<_> = said.into_iter().flat_map(|(acknowledged, _)| acknowledged).collect();
    assert_eq!(acknowledged.len(), 400, "every event of both");
    let store = open(folder.path());
    let check = verify(&store).await;
    assert_eq!((check.fault, check.head.number), (None, 400), "one chain without a gap");
    assert_eq!(notes(&store).await, acknowledged, "and nothing else");
}

/// A limit on the size of a file, instead of a full disk: the system refuses to write on.
#[cfg(unix)]
#[tokio::test]
async fn bk_7_where_the_disk_takes_no_more_nothing_is_acknowledged_and_the_record_goes_on_afterwards() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(open(folder.path()));
    let mut limited = Command::new("sh");
    // The signal is ignored, so that writing fails instead.
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 800; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().expect("a path"));
    arguments(&mut limited, folder.path(), "full", 2000);
    let mut child = limited.spawn().expect("it runs");
    let (acknowledged, refused) = heard(&mut child);
    child.wait().expect("ended");
    assert_eq!(refused.len(), 8, "each task was refused in the end");
    assert!(refused.iter().all(|why| why.contains("disk")), "in words: {refused:?}");
    assert!(!acknowledged.is_empty() && acknowledged.len() < 16_000, "it was at work: {}", acknowledged.len());
    let store = open(folder.path());
    assert_eq!(verify(&store).await.fault, None, "the chain holds");
    assert_eq!(notes(&store).await, acknowledged, "what was acknowledged is there, what was refused is not");
    store.append(&event(None, AuditAction::SignedIn)).await.expect("with room again, it goes on");
    assert_eq!(verify(&store).await.fault, None, "and so does the chain");
}

fn file(folder: &Path) -> PathBuf {
    folder.join("desk.sqlite3")
}

fn overwrite(file: &Path, at: u64, bytes: &[u8]) {
    let mut file = std::fs::OpenOptions::new().write(true).open(file).expect("the file");
    file.seek(SeekFrom::Start(at)).expect("found");
    file.write_all(bytes).expect("written");
}

/// The version of the format in which the file is to be written, which stands in its first page: reads it, and puts another
/// there, as SQLCipher would write that page.
fn write_version(file: &Path, version: u8) -> u8 {
    use openssl::{hash::MessageDigest, pkcs5::pbkdf2_hmac, pkey::PKey, sign::Signer, symm};
    const AT: usize = 18;
    let mut page = std::fs::read(file).expect("the file")[..4096].to_vec();
    let key = key();
    let salt = key.id().bytes().map(|byte| byte ^ 0x3a);
    let mut mac_key = [0; 32];
    pbkdf2_hmac(key.bytes(), &salt, 2, MessageDigest::sha512(), &mut mac_key).expect("derived");
    let run = |mode, input: &[u8], iv: &[u8]| {
        let mut crypter = symm::Crypter::new(symm::Cipher::aes_256_cbc(), mode, key.bytes(), Some(iv)).expect("made");
        crypter.pad(false);
        let mut output = vec![0; input.len() + 16];
        let written = crypter.update(input, &mut output).expect("run");
        output.truncate(written);
        output
    };
    let mut plain = run(symm::Mode::Decrypt, &page[16..4016], &page[4016..4032]);
    let before = std::mem::replace(&mut plain[AT - 16], version);
    let sealed = run(symm::Mode::Encrypt, &plain, &page[4016..4032]);
    page[16..4016].copy_from_slice(&sealed);
    let mac_key = PKey::hmac(&mac_key).expect("a key");
    let mut signer = Signer::new(MessageDigest::sha512(), &mac_key).expect("made");
    signer.update(&page[16..4032]).expect("taken in");
    signer.update(&1_u32.to_le_bytes()).expect("taken in");
    page[4032..].copy_from_slice(&signer.sign_to_vec().expect("signed"));
    overwrite(file, 0, &page);
    before
}

#[tokio::test]
async fn a_record_that_may_only_be_read_is_read_and_verified_and_takes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(eight(folder.path()).await);
    // A version of the format that this SQLite may read and not write: it holds whoever runs the test, root too.
    let before = write_version(&file(folder.path()), 3);
    let store = open(folder.path());
    assert_eq!(verify(&store).await.head.number, 8, "it can be verified");
    let refused = store.append(&event(None, AuditAction::SignedIn)).await;
    let words = refused.expect_err("not acknowledged").to_string();
    assert!(words.contains("may only be read"), "{words}");
    drop(store);
    write_version(&file(folder.path()), before);
    let check = verify(&open(folder.path())).await;
    assert_eq!((check.fault, check.head.number), (None, 8), "nothing happened to it");
}

#[tokio::test]
async fn nf_3_nf_5_one_changed_bit_of_a_page_is_told_as_damage() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = eight(folder.path()).await;
    for _ in 0..200 {
        store
            .append(&event(None, AuditAction::Started { version: "0.1.0-damaged".to_owned() }))
            .await
            .expect("appended");
    }
    drop(store);
    let whole = std::fs::read(file(folder.path())).expect("the file");
    let root: u32 = raw(folder.path())
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'audit_event'", [], |row| row.get(0))
        .expect("a page");
    let at = (root as usize - 1) * 4096 + 1000;
    overwrite(&file(folder.path()), at as u64, &[whole[at] ^ 1]);
    let words = match Store::open(folder.path(), &key(), Arc::new(crate::Noon)) {
        Ok(store) => store
            .verify(vec![], &Arc::new(LongWalk::default()))
            .await
            .expect_err("it cannot be walked along")
            .to_string(),
        Err(error) => error.to_string(),
    };
    assert!(words.contains("damaged"), "{words}");
    std::fs::write(file(folder.path()), &whole).expect("put back");
    assert_eq!(verify(&open(folder.path())).await.fault, None, "a copy of before holds");
}

#[tokio::test]
async fn seals_that_cannot_be_read_are_told_and_never_taken_for_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = eight(folder.path()).await;
    let (today, tomorrow) = (noon().date_naive(), noon().date_naive() + chrono::Days::new(1));
    let first = store.seal(today).await.expect("sealed");
    assert_eq!(store.seal(today).await.expect("sealed"), first, "the same head on the same day");
    let second = store.seal(tomorrow).await.expect("sealed");
    assert_eq!(store.seals().await.expect("read"), [first, second], "a line a day");
    std::fs::write(folder.path().join("seals/audit-seals.txt"), "rubbish\n").expect("written");
    let told = store.seals().await.expect_err("no seals is something else");
    assert!(told.to_string().contains("audit-seals.txt"), "whoever puts it right knows which file: {told}");
    assert_eq!(store.seal(tomorrow).await.err(), Some(told), "and none is lost by writing over it");
}
