//! Programs that are killed while they work on the record as a whole: wherever that is, the record opens under one of its
//! keys, the chain holds, and nothing that was acknowledged is lost.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use desk_composition::clock::SystemClock;
use desk_composition::config::Config;
use desk_composition::record_key::KeyPlace;
use desk_journeys::ports::{AuditTrail, Clock};
use desk_store::{Found, Store};
use rusqlite::Connection;

use crate::{House, copy};

/// How often each is killed, where `DESK_KILLS` does not say so.
const TIMES: usize = 20;

/// What is acknowledged in a record: the ids of its intents.
pub(crate) type Acknowledged = BTreeSet<String>;

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_killed_while_its_key_is_changed_the_record_opens_under_one_of_both_with_all_of_it() {
    let house = House::start().await;
    house.book("desk", "1", 0).await;
    house.book("desk", "4", 0).await;
    let (all, before) = (acknowledged(&house, "desk").await, key_noted(&house, "desk"));
    let began = |desk: &Path| desk.join("desk.sqlite3.new").exists();
    let mut seen = Seen::default();
    let whole = run_whole(&house, &|desk| house.command(desk, "supervisor", &["key", "change"]), &began).await;
    for time in 0..Seen::times() {
        let desk = house.fresh("desk", &format!("desk-{time}"));
        let command = house.command(&desk, "supervisor", &["key", "change"]);
        seen.killed += usize::from(killed(command, house.path(&desk), &began, whole, time).await);
        assert_eq!(acknowledged(&house, &desk).await, all, "time {time}: nothing is lost");
        seen.done += usize::from(key_noted(&house, &desk) != before);
    }
    seen.tell("changes of the key");
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_killed_while_a_backup_is_restored_the_record_is_the_one_or_the_other_and_the_one_of_before_is_kept() {
    let house = House::start().await;
    house.book("desk", "1", 0).await;
    let (backup, head) = house.back_up("desk").await;
    let then = acknowledged(&house, "desk").await;
    house.book("desk", "4", 0).await;
    let all = acknowledged(&house, "desk").await;
    assert!(then.is_subset(&all) && then.len() < all.len(), "one came after the backup");
    let order = ["restore", "--from", &backup, "--confirm", &head];
    let began = |desk: &Path| desk.join("restoring").exists();
    let mut seen = Seen::default();
    let whole = run_whole(&house, &|desk| house.command(desk, "supervisor", &order), &began).await;
    for time in 0..Seen::times() {
        let desk = house.fresh("desk", &format!("desk-{time}"));
        let command = house.command(&desk, "supervisor", &order);
        seen.killed += usize::from(killed(command, house.path(&desk), &began, whole, time).await);
        let found = acknowledged(&house, &desk).await;
        if found == all {
            continue;
        }
        assert_eq!(found, then, "time {time}: the backup, all of it");
        seen.done += 1;
        let set_aside = house.path(&desk).join("set-aside");
        let kept: Vec<_> = std::fs::read_dir(set_aside).expect("a folder").flatten().collect();
        assert_eq!(kept.len(), 1, "time {time}: one record of before");
        let former = house.fresh("desk", &format!("former-{time}"));
        std::fs::remove_file(house.path(&former).join("desk.sqlite3")).expect("removed");
        copy(&kept[0].path(), &house.path(&former));
        assert_eq!(acknowledged(&house, &former).await, all, "time {time}: and it is whole");
    }
    seen.tell("restorations");
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_killed_while_a_plain_record_is_encrypted_it_opens_with_all_of_it_and_nothing_plain_is_left() {
    let house = House::start().await;
    house.book("made", "1", 0).await;
    house.book("made", "4", 0).await;
    let all = acknowledged(&house, "made").await;
    make_plain(&house.path("made"), &house.path("desk"));
    let began = |desk: &Path| desk.join("desk.sqlite3.new").exists();
    let mut seen = Seen::default();
    let whole = run_whole(&house, &|desk| house.command(desk, "supervisor", &["users"]), &began).await;
    for time in 0..Seen::times() {
        let desk = house.fresh("desk", &format!("desk-{time}"));
        let command = house.command(&desk, "supervisor", &["users"]);
        seen.killed += usize::from(killed(command, house.path(&desk), &began, whole, time).await);
        seen.done += usize::from(!begins_plain(&house.path(&desk).join("desk.sqlite3")));
        assert_eq!(acknowledged(&house, &desk).await, all, "time {time}: nothing is lost");
        for entry in std::fs::read_dir(house.path(&desk)).expect("a folder").flatten() {
            assert!(!begins_plain(&entry.path()), "time {time}: {} is plain", entry.path().display());
        }
    }
    seen.tell("encryptions");
}

/// What the kills met.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) killed: usize,
    pub(crate) done: usize,
}

impl Seen {
    pub(crate) fn times() -> usize {
        std::env::var("DESK_KILLS").map_or(TIMES, |count| count.parse().expect("a number"))
    }

    #[expect(
        clippy::print_stdout,
        reason = "how much was met is different each time, and whoever reads the log may know it"
    )]
    pub(crate) fn tell(&self, what: &str) {
        let (Self { killed, done }, times) = (self, Self::times());
        println!("{what}: {killed} of {times} were killed before their end; {done} had taken effect");
        assert!(*killed > 0, "none was killed: the test shows nothing");
    }
}

impl House {
    /// A desk with a copy of another's record.
    pub(crate) fn fresh(&self, from: &str, name: &str) -> String {
        copy(&self.path(from), &self.path(name));
        name.to_owned()
    }
}

/// Lets it run to its end once: how long it takes from when the record's files begin to change.
pub(crate) async fn run_whole(
    house: &House,
    order: &dyn Fn(&str) -> Command,
    began: &impl Fn(&Path) -> bool,
) -> Duration {
    let desk = house.fresh("desk", "desk-whole");
    let mut child = started(order(&desk));
    let folder = house.path(&desk);
    wait_for(&mut child, || began(&folder));
    let from = Instant::now();
    let status = child.wait().expect("it ends");
    assert!(status.success(), "it comes to its end: {status}");
    from.elapsed()
}

/// Starts it, and kills it at a moment within its work: at once at the first time, else at random. Whether it was killed
/// before it ended.
pub(crate) async fn killed(
    command: Command,
    desk: PathBuf,
    began: &impl Fn(&Path) -> bool,
    whole: Duration,
    time: usize,
) -> bool {
    let mut child = started(command);
    wait_for(&mut child, || began(&desk));
    let span = u64::try_from(whole.as_micros()).expect("not for ever").max(1);
    let random = SystemClock.new_id().as_u64_pair().1 % span;
    if time > 0 {
        std::thread::sleep(Duration::from_micros(random));
    }
    child.kill().expect("it can be killed");
    child.wait().expect("it ended").code().is_none()
}

fn started(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("deskctl was built")
}

fn wait_for(child: &mut Child, began: impl Fn() -> bool) {
    while !began() && child.try_wait().expect("asked").is_none() {
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// Starts the desk as a person does next, and reads what its record has, whose chain holds.
pub(crate) async fn acknowledged(house: &House, desk: &str) -> Acknowledged {
    let composed = house.open(desk).await;
    let key = composed.key();
    composed.close();
    let config = Config::read(&house.config(desk)).expect("a configuration");
    let folder = house.path(desk);
    let found = Store::found(&folder).expect("a record");
    assert_eq!(found, Found::Under { key, noted: None }, "under that key, and noted so");
    let key = KeyPlace::of(&config, &folder).find(key).expect("a place").expect("its key");
    let store = Store::open(&folder, &key, Arc::new(SystemClock)).expect("it opens");
    let seals = store.seals().await.expect("its seals");
    let check = store.verify(seals, &Arc::default()).await.expect("walked along").expect("to its end");
    assert_eq!(check.fault, None, "the chain holds");
    let lines = store.intent_lines().await.expect("intents");
    store.close();
    lines.into_iter().map(|line| line.id).collect()
}

pub(crate) fn key_noted(house: &House, desk: &str) -> String {
    std::fs::read_to_string(house.path(desk).join("desk.key-id")).expect("a note")
}

pub(crate) fn make_plain(from: &Path, to: &Path) {
    copy(from, to);
    for name in ["desk.sqlite3", "desk.key-id", "demonstration-key"] {
        std::fs::remove_file(to.join(name)).expect("removed");
    }
    let keys = std::fs::read_to_string(from.join("demonstration-key")).expect("its key");
    let key = keys.lines().find(|line| !line.starts_with('#')).expect("a key");
    let id = std::fs::read_to_string(from.join("desk.key-id")).expect("its id");
    let record = Connection::open(from.join("desk.sqlite3")).expect("the record");
    record.pragma_update(None, "key", format!("x'{key}{}'", id.trim())).expect("its key");
    record.execute("ATTACH ?1 AS plain KEY ''", [to.join("desk.sqlite3").to_string_lossy()]).expect("attached");
    record.query_row("SELECT sqlcipher_export('plain')", [], |_| Ok(())).expect("written plain");
    assert!(begins_plain(&to.join("desk.sqlite3")), "as versions before there were keys made it");
}

pub(crate) fn begins_plain(file: &Path) -> bool {
    file.is_file() && std::fs::read(file).expect("a file").starts_with(b"SQLite format 3")
}
