//! Backups that are no backup of this desk's record, and records that do not open: what is restored over what.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use desk_tests::desk::unlock_with;
use rusqlite::Connection;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{House, content};

const PAGE: u64 = 4096;

/// Turns every bit of some bytes in a page (from 1) of a record.
pub(crate) fn damage(desk: &Path, page: u64) {
    let mut file = fs::OpenOptions::new().write(true).open(desk.join("desk.sqlite3")).expect("the record");
    file.seek(SeekFrom::Start((page - 1) * PAGE + 1000)).expect("found");
    file.write_all(&[0x5a; 64]).expect("written");
}

/// The page in which a table begins.
fn root(raw: &Connection, table: &str) -> u64 {
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
    let page: u32 = raw.query_row(sql, [table], |row| row.get(0)).expect("a page");
    page.into()
}

impl House {
    /// By somebody who has the key and knows SQL: changes a backup's record, and makes its hashes anew.
    fn rewritten(&self, backup: &str, name: &str, (statements, sealed): (&str, bool)) -> String {
        let to = self.path(name);
        crate::copy(Path::new(backup), &to);
        let raw = Connection::open(to.join("desk.sqlite3")).expect("the backup's record");
        unlock_with(&raw, &self.key("desk"));
        raw.execute_batch(statements).expect("changed");
        drop(raw);
        if !sealed {
            fs::write(to.join("audit-seals.txt"), "").expect("written");
        }
        let hash = |name: &str| {
            let digest = Sha256::digest(fs::read(to.join(name)).expect("a file"));
            digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        let mut manifest: Value =
            serde_json::from_slice(&fs::read(to.join("manifest.json")).expect("a manifest")).expect("JSON");
        for file in manifest["files"].as_array_mut().expect("files") {
            let name = file["name"].as_str().expect("a name").to_owned();
            file["sha256"] = json!(hash(&name));
            file["bytes"] = json!(fs::metadata(to.join(&name)).expect("there").len());
        }
        fs::write(to.join("manifest.json"), manifest.to_string()).expect("written");
        fs::write(to.join("manifest.json.sha256"), format!("{}  manifest.json\n", hash("manifest.json")))
            .expect("written");
        to.to_string_lossy().into_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_a_backup_whose_hashes_were_made_anew_by_hand_is_refused_by_its_chain_and_nothing_changes() {
    let house = House::start().await;
    house.book("desk", "1", 0).await;
    let (backup, head) = house.back_up("desk").await;
    let before = content(&house.path("desk"));
    let free = "DROP TRIGGER audit_event_stays; DROP TRIGGER audit_event_kept; PRAGMA foreign_keys = OFF;";
    let last = head.parse::<u64>().expect("a number");
    let cases = [
        (
            "changed",
            "UPDATE audit_event SET username = 'somebody' WHERE number = 4".to_owned(),
            true,
            10,
            "from event 4 on",
        ),
        ("removed", "DELETE FROM audit_event WHERE number = 4".to_owned(), true, 10, "from event 4 on"),
        ("cut", format!("DELETE FROM audit_event WHERE number = {last}"), true, 10, "removed from the end"),
        // Without its seals and its count the chain that is left holds; it ends sooner than the manifest says.
        (
            "unsealed",
            format!(
                "DELETE FROM audit_event WHERE number = {last}; UPDATE sqlite_sequence SET seq = {last} - 1 WHERE name = 'audit_event'"
            ),
            false,
            5,
            "does not end where",
        ),
    ];
    for (name, statement, sealed, code, words) in cases {
        let rewritten = house.rewritten(&backup, name, (&format!("{free} {statement}"), sealed));
        let (_, told) =
            house.expect("desk", "supervisor", code, &["restore", "--from", &rewritten, "--confirm", &head]).await;
        assert!(told.contains(words) && told.contains("the record is as it was"), "{name}: {told}");
    }
    assert!(content(&house.path("desk")) == before, "the record and what stands beside it are as they were");
    // The same made anew without a change is what it was.
    let same = house.rewritten(&backup, "same", ("SELECT 1", true));
    house.expect("desk", "supervisor", 0, &["restore", "--from", &same, "--confirm", &head]).await;
    house.chain_holds("desk").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_a_backup_of_another_history_under_the_same_key_is_refused_by_this_desks_own_seals() {
    let house = House::start().await;
    house.book("desk", "1", 0).await;
    fs::create_dir(house.path("other")).expect("a folder");
    let key = |desk: &str| house.path(desk).join("demonstration-key");
    fs::copy(key("desk"), key("other")).expect("copied");
    house.book("other", "1", 0).await;
    let (backup, head) = house.back_up("other").await;
    let before = content(&house.path("desk"));
    let (_, words) = house.expect("desk", "supervisor", 10, &["restore", "--from", &backup, "--confirm", &head]).await;
    assert!(words.contains("is not as this desk sealed it, from event"), "{words}");
    assert!(content(&house.path("desk")) == before, "the record and what stands beside it are as they were");
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_another_organisations_backup_is_refused_in_words_that_name_both() {
    let house = House::start().await;
    house.book("desk", "1", 0).await;
    let (backup, head) = house.back_up("desk").await;
    let text = fs::read_to_string(house.config("desk")).expect("a configuration").replace("\"NDA01\"", "\"222CD\"");
    let text = text.replace(&house.text("desk"), &house.text("theirs"));
    fs::write(house.path("theirs.toml"), text).expect("written");
    house.expect("theirs", "handler", 0, &["bookings"]).await;
    let keys = |desk: &str| fs::read_to_string(house.path(desk).join("demonstration-key")).expect("its key");
    fs::write(house.path("theirs").join("demonstration-key"), keys("theirs") + keys("desk").as_str())
        .expect("both keys");
    let before = content(&house.path("theirs"));
    let (_, words) = house.expect("theirs", "supervisor", 5, &["restore", "--from", &backup, "--confirm", &head]).await;
    assert!(words.contains("a backup of the organisation NDA01, and this desk belongs to 222CD"), "{words}");
    assert!(content(&house.path("theirs")) == before, "nothing was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_3_a_damaged_page_is_told_wherever_it_is_met_with_what_to_do_and_a_backup_is_restored_over_it() {
    let house = House::start().await;
    house.book("desk", "1", 0).await;
    let (backup, head) = house.back_up("desk").await;
    let order = ["restore", "--from", &backup, "--confirm", &head];
    let (events, users) = (root(&house.raw("desk"), "audit_event"), root(&house.raw("desk"), "desk_user"));
    let pages = [("at its head", 1), ("in its users", users), ("in its audit record", events)];
    for (name, page) in pages {
        let desk = house.fresh("desk", name);
        damage(&house.path(&desk), page);
        let whole = fs::read(house.path(&desk).join("desk.sqlite3")).expect("the record");
        let (_, words) = house.expect(&desk, "supervisor", 3, &["audit", "verify"]).await;
        assert!(words.contains("damaged") && words.contains("deskctl restore"), "{name}: {words}");
        let (_, words) = house.expect(&desk, "supervisor", 0, &order[..3]).await;
        assert!(words.contains("Nothing was changed"), "{name}: {words}");
        let (done, words) = house.expect(&desk, "supervisor", 0, &order).await;
        assert_eq!(done["restored"], true, "{name}: {words}");
        assert_eq!(house.bookings(&desk).await, 1, "{name}: it works again");
        house.chain_holds(&desk).await;
        let aside = Path::new(done["setAside"].as_str().expect("a folder")).join("desk.sqlite3");
        assert_eq!(
            fs::read(aside).expect("kept").len(),
            whole.len(),
            "{name}: the damaged one is kept, to be looked into"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_over_a_record_that_is_cut_off_or_no_record_any_more_a_backup_is_restored_and_what_was_there_is_kept() {
    let house = House::start().await;
    house.book("desk", "1", 0).await;
    let (backup, head) = house.back_up("desk").await;
    let order = ["restore", "--from", &backup, "--confirm", &head];
    for (name, content) in [("short", vec![7; 10]), ("rubbish", vec![0x5a; 20_000])] {
        let desk = house.fresh("desk", name);
        fs::write(house.path(&desk).join("desk.sqlite3"), &content).expect("written");
        let (shown, words) = house.expect(&desk, "supervisor", 0, &order[..3]).await;
        assert_eq!(shown["lost"]["record"], "unreadable", "{name}: {words}");
        assert!(words.contains("does not open") && words.contains("cannot be told"), "{name}: {words}");
        house.expect(&desk, "mistaken", 4, &order).await;
        house.expect(&desk, "handler", 4, &order).await;
        let (done, words) = house.expect(&desk, "supervisor", 0, &order).await;
        assert_eq!(done["restored"], true, "{name}: {words}");
        let aside = Path::new(done["setAside"].as_str().expect("a folder")).join("desk.sqlite3");
        assert_eq!(fs::read(aside).expect("kept"), content, "{name}: as it was");
        assert_eq!(house.bookings(&desk).await, 1, "{name}: it works again");
        house.chain_holds(&desk).await;
    }
}
