//! A full disk, and one that may only be read, for everything that works on the record as a whole: it is said in words, nothing is
//! lost, nothing half-made stays, and with room again it goes on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::kill::{acknowledged, begins_plain, key_noted, make_plain};
use crate::{House, content};

const FULL: &str = "the disk is full";

/// Names of what lies in a folder, without the logs.
fn names(folder: &Path) -> Vec<PathBuf> {
    content(folder).into_iter().map(|(file, _)| file).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_on_a_full_disk_the_desk_says_so_and_nothing_that_it_said_was_done_is_lost() {
    let house = House::start().await;
    let Some(machine) = house.machine() else { return };
    house.book("desk", "1", 0).await;
    let all = acknowledged(&house, "desk").await;
    let folder = house.path("desk");
    // From no room at all to almost enough: wherever it ends, it is said.
    let case = ["book", "--ready-patient", "4", "--outcome", "Dx06", "--reason", "x", "--service", "111001"];
    let mut booked = 0;
    let rooms = [0, 60_000, 200_000, 400_000, 480_000, 520_000, 560_000, 600_000, 640_000, 900_000];
    for (time, room) in rooms.into_iter().enumerate() {
        house.nhs.control().cue(serde_json::json!({ "do": "start_again" })).expect("a cue");
        let desk = house.fresh("desk", &format!("desk-{time}"));
        let mut command = machine.full(house.command(&desk, "handler", &case), &house.path(&desk), room);
        let held = || house.nhs.control().held()["utc"].as_array().map_or(0, Vec::len);
        let before = held();
        let output = command.output().expect("it runs");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        let found = acknowledged(&house, &desk).await;
        assert!(all.is_subset(&found), "room for {room}: nothing is lost");
        if held() > before {
            assert_eq!(found.len(), all.len() + 1, "room for {room}: what the provider holds is on the record");
            assert!(
                output.status.success() && !words.contains("Nothing was sent"),
                "room for {room}: and told: {words}"
            );
        }
        if output.status.success() {
            booked += 1;
            assert!(held() > before, "room for {room}: what was told to be booked is");
            continue;
        }
        assert!(words.to_lowercase().contains("full"), "room for {room}: {words}");
        assert!(output.status.code().is_some_and(|code| code != 1), "room for {room}: {:?} {words}", output.status);
        house.chain_holds(&desk).await;
    }
    assert!((1..rooms.len()).contains(&booked), "from full to empty, or the test shows nothing: {booked}");
    let mut nowhere = machine.full(house.command("new", "handler", &["bookings"]), &folder, 0);
    fs::create_dir(house.path("new")).expect("a folder");
    nowhere.env("DESK_DISK", house.path("new"));
    let (_, words) = House::ends(nowhere, 3).await;
    assert!(words.contains("full"), "none is begun: {words}");
    house.expect("new", "handler", 0, &["bookings"]).await;
}

/// Runs it on a disk that is full from when this holds: its exit code, its result, and what it said.
async fn full_once(mut command: Command, mark: &Path, holds: impl Fn() -> bool) -> (Option<i32>, String, String) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    while !holds() {
        assert!(child.try_wait().expect("asked").is_none(), "it waits for the answer");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    fs::write(mark, "").expect("written");
    let output = tokio::task::spawn_blocking(|| child.wait_with_output().expect("it ends")).await.expect("it ran");
    fs::remove_file(mark).expect("removed");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn bk_7_where_the_disk_fills_up_while_the_provider_works_what_it_did_is_told_and_kept_as_unfinished() {
    let house = House::start().await;
    let Some(machine) = house.machine() else { return };
    house.expect("desk", "handler", 0, &["bookings"]).await;
    let late = |times: u32| {
        let cue = serde_json::json!({ "provider": "utc", "do": "late_answer", "ms": 1000, "times": times });
        house.nhs.control().cue(cue).expect("a cue");
    };
    let full = house.path("desk").join("full-from-here");
    let standing = |status: &str| {
        let held = house.nhs.control().held();
        held["utc"].as_array().is_some_and(|held| held.iter().any(|booking| booking["status"] == status))
    };
    late(1);
    let case = ["book", "--ready-patient", "1", "--outcome", "Dx06", "--reason", "x", "--service", "111001"];
    let command = machine.full_from(house.command("desk", "handler", &case), &full);
    let (code, told, words) = full_once(command, &full, || standing("booked")).await;
    assert_eq!(code, Some(0), "the provider has said so: {words}");
    assert!(told.contains("could not write that down") && !words.contains("Nothing was sent"), "{told} {words}");
    let open = house.unfinished("desk").await;
    assert_eq!(open.len(), 1, "it is to be looked at");
    house.expect("desk", "handler", 0, &["unfinished", "--check", &open[0]]).await;
    let bookings = house.expect("desk", "handler", 0, &["bookings"]).await.0;
    let booking = bookings[0]["id"].as_str().expect("the provider says that it holds it").to_owned();

    let shown = house.expect("desk", "handler", 0, &["cancel", "--booking", &booking]).await.0;
    let version = shown["version"].as_str().expect("a version");
    let order = ["cancel", "--booking", &booking, "--confirm", version, "--reason", "Cannot come"];
    let order = [order.as_slice(), &["--read-back", "name,birthDate,number"]].concat();
    // It is read first.
    late(2);
    let command = machine.full_from(house.command("desk", "handler", &order), &full);
    let (code, told, words) = full_once(command, &full, || standing("cancelled")).await;
    assert_eq!(code, Some(0), "the provider has said so: {words}");
    assert!(told.contains("\"recorded\": false") && !words.contains("Nothing was sent"), "{told} {words}");
    let open = house.unfinished("desk").await;
    assert_eq!(open.len(), 1, "it is to be looked at");
    house.expect("desk", "handler", 0, &["unfinished", "--check", &open[0]]).await;
    house.chain_holds("desk").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_a_backup_for_which_there_is_no_room_leaves_nothing_and_is_on_the_record() {
    let house = House::start().await;
    let Some(machine) = house.machine() else { return };
    house.book("desk", "1", 0).await;
    fs::create_dir(house.path("out")).expect("a folder");
    let (out, order) = (house.path("out"), ["backup", "--out", &house.text("out")]);
    for room in [0, 10_000, 200_000] {
        let (_, words) = House::ends(machine.full(house.command("desk", "supervisor", &order), &out, room), 3).await;
        assert!(words.contains("no backup was made: ") && words.contains(FULL), "room for {room}: {words}");
        assert!(names(&out).is_empty(), "room for {room}: no part of it stays");
    }
    let (_, words) = House::ends(machine.read_only(house.command("desk", "supervisor", &order), &out), 3).await;
    assert!(words.contains("does not allow writing"), "{words}");
    assert_eq!(house.events("desk", "recordNotBackedUp").await, 4, "each is recorded");
    house.expect("desk", "supervisor", 0, &order).await;
    house.chain_holds("desk").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_a_restoration_and_a_change_of_key_for_which_there_is_no_room_change_nothing() {
    let house = House::start().await;
    let Some(machine) = house.machine() else { return };
    house.book("desk", "1", 0).await;
    let (backup, head) = house.back_up("desk").await;
    house.book("desk", "4", 0).await;
    let (all, key) = (acknowledged(&house, "desk").await, key_noted(&house, "desk"));
    let keys = |desk: &str| fs::read_to_string(house.path(desk).join("demonstration-key")).expect("keys");
    let before = keys("desk");
    let restore = ["restore", "--from", &backup, "--confirm", &head];
    let change = ["key", "change"];
    // Either writes the whole record once more.
    let whole = fs::metadata(house.path(&backup).join("desk.sqlite3")).expect("a backup").len();
    let orders: [(&str, &[&str], u64); 5] = [
        ("restore-0", &restore, 0),
        ("restore-1", &restore, whole / 4),
        ("restore-2", &restore, whole * 3 / 4),
        ("change-0", &change, whole / 4),
        ("change-1", &change, whole * 3 / 4),
    ];
    for (name, order, room) in orders {
        let desk = house.fresh("desk", name);
        let folder = house.path(&desk);
        let (_, words) = House::ends(machine.full(house.command(&desk, "supervisor", order), &folder, room), 3).await;
        assert!(words.contains(FULL), "{name}: {words}");
        assert_eq!(acknowledged(&house, &desk).await, all, "{name}: nothing is lost");
        assert_eq!(
            (key_noted(&house, &desk), keys(&desk)),
            (key.clone(), before.clone()),
            "{name}: and no key is left over"
        );
        assert!(!folder.join("restoring").exists() && !folder.join("set-aside").exists(), "{name}: nor anything else");
        // With room again it is done.
        house.expect(&desk, "supervisor", 0, order).await;
        house.chain_holds(&desk).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_no_record_says_that_it_was_set_aside_where_the_restoration_found_no_room() {
    let house = House::start().await;
    let Some(machine) = house.machine() else { return };
    let (backup, head) = house.back_up("desk").await;
    let restore = ["restore", "--from", &backup, "--confirm", &head];
    let whole = fs::metadata(house.path(&backup).join("desk.sqlite3")).expect("a backup").len();
    let mut failed = 0;
    for step in 0..40 {
        let desk = house.fresh("desk", &format!("restore-{step}"));
        let full = machine.full(house.command(&desk, "supervisor", &restore), &house.path(&desk), whole + step * 8_192);
        let output = tokio::task::spawn_blocking(move || { full }.output().expect("deskctl was built"));
        if output.await.expect("it ran").status.success() {
            break;
        }
        failed += 1;
        assert_eq!(house.events(&desk, "recordSetAside").await, 0, "room for {step} times 8 KiB more");
    }
    assert!((3..40).contains(&failed), "there was too little room, and then enough: {failed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_a_change_that_the_disk_has_no_room_to_end_is_told_as_begun_and_ended_by_whoever_opens_the_record_next() {
    let house = House::start().await;
    let Some(machine) = house.machine() else { return };
    house.book("desk", "1", 0).await;
    let (all, key) = (acknowledged(&house, "desk").await, key_noted(&house, "desk"));
    let full_from_the_mark = |desk: &str| {
        let mark = house.path(desk).join("desk.sqlite3.swap");
        machine.full_from(house.command(desk, "supervisor", &["key", "change"]), &mark)
    };
    let (_, words) = House::ends(full_from_the_mark("desk"), 3).await;
    assert!(words.contains("comes under its new key when it is opened next") && words.contains(FULL), "{words}");
    assert_eq!(acknowledged(&house, "desk").await, all, "nothing is lost");
    assert_ne!(key_noted(&house, "desk"), key, "and the change is done");
    assert_eq!(house.events("desk", "recordKeyChanged").await, 1, "on the record");
    house.chain_holds("desk").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_a_plain_record_that_there_is_no_room_to_encrypt_stays_as_it_is_until_there_is() {
    let house = House::start().await;
    let Some(machine) = house.machine() else { return };
    house.book("made", "1", 0).await;
    let all = acknowledged(&house, "made").await;
    make_plain(&house.path("made"), &house.path("desk"));
    let record = house.path("desk").join("desk.sqlite3");
    let before = fs::read(&record).expect("the record");
    for room in [0, 1_000, 200_000] {
        let command = machine.full(house.command("desk", "supervisor", &["users"]), &house.path("desk"), room);
        let (_, words) = House::ends(command, 3).await;
        assert!(words.contains("full"), "room for {room}: {words}");
        assert!(fs::read(&record).expect("the record") == before, "room for {room}: as it was");
    }
    assert_eq!(acknowledged(&house, "desk").await, all, "all of it");
    assert!(!begins_plain(&record), "encrypted");
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_a_record_whose_folder_may_only_be_read_is_told_as_that_and_is_not_touched() {
    let house = House::start().await;
    let Some(machine) = house.machine() else { return };
    house.book("desk", "1", 0).await;
    let (backup, head) = house.back_up("desk").await;
    let folder = house.path("desk");
    let before = content(&folder);
    let orders: [&[&str]; 5] = [
        &["bookings"],
        &["backup", "--out", &house.text("backups")],
        &["restore", "--from", &backup, "--confirm", &head],
        &["key", "change"],
        &["retain"],
    ];
    for order in orders {
        let (_, words) = House::ends(machine.read_only(house.command("desk", "supervisor", order), &folder), 3).await;
        assert!(words.contains("may only be read") || words.contains("does not allow writing"), "{order:?}: {words}");
        assert!(content(&folder) == before, "{order:?}: as it was");
    }
    house.expect("desk", "supervisor", 0, &["restore", "--from", &backup, "--confirm", &head]).await;
    // A backup on a disk that may only be read is read.
    let command = house.command("desk", "supervisor", &["restore", "--from", &backup, "--confirm", &head]);
    House::ends(machine.read_only(command, &house.path("backups")), 0).await;
    house.chain_holds("desk").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rp_a_report_for_which_there_is_no_room_leaves_no_part_of_it() {
    let house = House::start().await;
    let Some(machine) = house.machine() else { return };
    let out = house.path("reports");
    fs::create_dir(&out).expect("a folder");
    let file = out.join("report.csv");
    let csv = file.to_string_lossy();
    let order = ["report", "RP-01", "--from", "2026-11-01", "--to", "2026-11-30", "--csv", &csv];
    for room in [0, 100] {
        let (_, words) = House::ends(machine.full(house.command("desk", "supervisor", &order), &out, room), 5).await;
        assert!(words.contains("cannot be written"), "room for {room}: {words}");
        assert!(names(&out).is_empty(), "room for {room}: no part of it stays");
    }
    house.expect("desk", "supervisor", 0, &order).await;
    assert!(fs::read_to_string(&file).expect("the file").contains("Total"), "with room it is whole");
}
