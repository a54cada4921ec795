//! Backups, and restoring them.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use crate::{House, content, copy};

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_a_backup_is_restored_and_what_was_lost_is_told_before_and_kept() {
    let house = House::start().await;
    house.book("desk", "4", 0).await;
    // One whose desk ends before the answer comes, and another that comes after the backup.
    let cue = json!({ "provider": "utc", "do": "late_answer", "ms": 60_000, "times": 1 });
    house.nhs.control().cue(cue).expect("a cue");
    let case = ["book", "--ready-patient", "1", "--outcome", "Dx06", "--reason", "x", "--service", "111001"];
    let mut child =
        house.command("desk", "handler", &case).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("run");
    while house.nhs.control().held()["utc"].as_array().map_or(0, Vec::len) < 2 {
        assert!(child.try_wait().expect("asked").is_none(), "it waits for the answer");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    let (backup, head) = house.back_up("desk").await;
    let open = house.unfinished("desk").await;
    assert_eq!(open.len(), 1, "the one whose answer was lost");
    house.expect("desk", "handler", 0, &["unfinished", "--check", &open[0]]).await;
    house.book("desk", "2", 0).await;
    assert_eq!(house.bookings("desk").await, 3, "all three");

    let (shown, words) = house.expect("desk", "supervisor", 0, &["restore", "--from", &backup]).await;
    assert_eq!((&shown["restored"], &shown["lost"]["record"]), (&json!(false), &json!("readable")), "{shown}");
    assert_eq!(shown["lost"]["continuesBackup"], true, "an earlier state of this record");
    let lost = shown["lost"]["orders"].as_array().expect("orders");
    assert_eq!(lost.iter().map(|it| &it["kind"]).collect::<Vec<_>>(), ["booking"], "the third alone: {shown}");
    assert_eq!(shown["openInBackup"].as_array().map(Vec::len), Some(1), "the second: {shown}");
    assert!(words.contains("1 booking") && words.contains(&format!("--confirm {head}")), "what, and how: {words}");
    assert_eq!(house.bookings("desk").await, 3, "nothing was changed");

    let order = ["restore", "--from", &backup, "--confirm"];
    let confirmed = |number: &'static str| [order.as_slice(), &[number]].concat();
    let before = content(&house.path("desk"));
    let (_, words) = house.expect("desk", "supervisor", 5, &confirmed("1")).await;
    assert!(words.contains(&format!("event {head}")), "another backup's number: {words}");
    assert_eq!(content(&house.path("desk")).len(), before.len(), "and nothing is left of it");
    house.expect("desk", "handler", 4, &confirmed("1")).await;
    house.expect("desk", "mistaken", 4, &confirmed("1")).await;
    assert_eq!(house.events("desk", "actionRefused").await, 1, "who may not is on the record that stays");
    assert_eq!(house.events("desk", "signInRefused").await, 1, "and who was not known");

    let (done, words) = house.expect("desk", "supervisor", 0, &[order.as_slice(), &[&head]].concat()).await;
    assert_eq!(done["restored"], true, "{words}");
    assert_eq!(house.bookings("desk").await, 1, "the bookings are those of the backup");
    assert_eq!(house.unfinished("desk").await, open, "its unfinished work is unfinished again");
    house.expect("desk", "handler", 0, &["unfinished", "--check", &open[0]]).await;
    assert_eq!(house.bookings("desk").await, 2, "and the provider says that it holds it");
    house.chain_holds("desk").await;
    assert_eq!(house.events("desk", "recordRestored").await, 1, "it is on the record");

    let aside = done["setAside"].as_str().expect("a folder");
    assert!(words.contains(aside), "said where: {words}");
    copy(Path::new(aside), &house.path("former"));
    for beside in ["demonstration", "demonstration-key"] {
        std::fs::copy(house.path("desk").join(beside), house.path("former").join(beside)).expect("copied");
    }
    assert_eq!(house.bookings("former").await, 3, "the record of before is whole");
    assert_eq!(house.events("former", "recordSetAside").await, 1, "and says what became of it");
    house.chain_holds("former").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_a_backup_with_one_byte_changed_in_any_of_its_files_is_refused_and_nothing_changes() {
    let house = House::start().await;
    house.book("desk", "1", 0).await;
    let (backup, head) = house.back_up("desk").await;
    let before = content(&house.path("desk"));
    let files = content(Path::new(&backup));
    let names: Vec<_> = files.iter().filter_map(|(path, _)| path.file_name()?.to_str()).collect();
    assert_eq!(names, ["audit-seals.txt", "desk.sqlite3", "manifest.json", "manifest.json.sha256"], "all of it");
    for (file, bytes) in &files {
        for place in [0, bytes.len() / 3, bytes.len() - 1] {
            let mut damaged = bytes.clone();
            damaged[place] ^= 4;
            std::fs::write(file, damaged).expect("damaged");
            let order = ["restore", "--from", &backup, "--confirm", &head];
            let (_, words) = house.expect("desk", "supervisor", 5, &order).await;
            assert!(words.contains("the backup is damaged"), "{} at {place}: {words}", file.display());
        }
        std::fs::write(file, bytes).expect("mended");
    }
    assert!(content(&house.path("desk")) == before, "the record and what stands beside it are as they were");
    let (_, words) = house.expect("desk", "supervisor", 5, &["restore", "--from", &house.text("desk")]).await;
    assert!(words.contains("no backup"), "a folder of another kind: {words}");
    house.expect("desk", "supervisor", 0, &["restore", "--from", &backup, "--confirm", &head]).await;
    assert_eq!(house.bookings("desk").await, 1, "mended, it is restored");
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_nothing_is_restored_and_no_key_is_changed_while_another_program_has_the_record_open() {
    let house = House::start().await;
    house.book("desk", "1", 0).await;
    let (backup, head) = house.back_up("desk").await;
    let keys = || std::fs::read_to_string(house.path("desk").join("demonstration-key")).expect("its key");
    let before = keys();
    let at_work = house.open("desk").await;
    let orders: [&[&str]; 3] =
        [&["restore", "--from", &backup], &["restore", "--from", &backup, "--confirm", &head], &["key", "change"]];
    for order in orders {
        let (_, words) = house.expect("desk", "supervisor", 3, order).await;
        assert!(words.contains("close every window"), "{order:?}: {words}");
    }
    assert_eq!(keys(), before, "no key that nothing is under is left over");
    at_work.close();
    assert_eq!(house.bookings("desk").await, 1, "the record is as it was");
    assert_eq!(house.events("desk", "recordRestored").await, 0, "nothing was restored");
    house.expect("desk", "supervisor", 0, &["restore", "--from", &backup, "--confirm", &head]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_on_a_new_computer_the_key_is_put_back_and_the_backup_restored() {
    let house = House::start().await;
    house.book("desk", "1", 0).await;
    house.expect("desk", "supervisor", 0, &["key", "export", "--out", &house.text("copy.txt")]).await;
    let (backup, head) = house.back_up("desk").await;
    let order = ["restore", "--from", &backup, "--confirm", &head];
    let (_, words) = house.expect("new", "supervisor", 3, &order).await;
    assert!(words.contains("deskctl key import"), "the key comes first: {words}");
    let import = ["key", "import", &house.text("copy.txt"), "--backup", &backup];
    let (told, words) = house.expect("new", "", 0, &import).await;
    assert!(told["recordOpens"] == json!(false) && words.contains("deskctl restore"), "what comes next: {words}");
    let (shown, words) = house.expect("new", "supervisor", 0, &["restore", "--from", &backup]).await;
    assert!(shown["lost"] == Value::Null && words.contains("nothing is lost"), "{words}");
    let (done, _) = house.expect("new", "supervisor", 0, &order).await;
    assert_eq!((&done["restored"], &done["setAside"]), (&json!(true), &Value::Null), "{done}");
    assert_eq!(house.bookings("new").await, 1, "the same desk");
    house.chain_holds("new").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_demonstration_and_live_records_are_not_mixed_by_restoring() {
    let house = House::start().await;
    house.book("desk", "1", 0).await;
    let (backup, head) = house.back_up("desk").await;
    let order = ["restore", "--from", &backup, "--confirm", &head];
    let text = house.nhs.config_toml(&house.path("live")).replace("demonstration = true", "demonstration = false");
    let key_file = format!("\n[record]\nkey_file = {}\n", json!(house.text("live-key")));
    std::fs::write(house.path("live.toml"), format!("{text}{key_file}")).expect("written");
    let (_, words) = house.expect("live", "supervisor", 5, &order).await;
    assert!(words.contains("never mixed"), "a demonstration's backup at a live desk: {words}");
    // A live record begins; nobody is known there yet.
    house.expect("live", "supervisor", 4, &["bookings"]).await;
    let before = content(&house.path("live"));
    std::fs::write(house.path("mistake.toml"), house.nhs.config_toml(&house.path("live"))).expect("written");
    let (_, words) = house.expect("mistake", "supervisor", 3, &order).await;
    assert!(words.contains("never mixed"), "a demonstration's backup over a live record: {words}");
    assert!(content(&house.path("live")) == before, "which is as it was");
}
