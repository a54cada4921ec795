//! Removing patients' details nine years after (NF-5), by the program that does it, under a clock that says so.

use std::path::Path;
use std::process::Command;

use chrono::{DateTime, TimeDelta, Utc};
use desk_composition::clock::SystemClock;
use desk_contract::outcome::OutcomeInput;
use desk_domain::calendar::local_date;
use desk_domain::encounter::Ending;
use desk_journeys::ports::Clock;
use desk_tests::desk::HANDLER;
use desk_tests::pages::pages;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::House;
use crate::kill::{Seen, acknowledged, killed, run_whole};
use crate::machine::Machine;
use crate::story::SAID;

/// Nine years, and some days of leap years.
const DAYS: i64 = 9 * 366;
/// More than are removed in one transaction.
const ENCOUNTERS: usize = 25;
/// How often a removal is killed at random, where `DESK_KILLS` does not say so: it is stopped at each step, too.
const TIMES: usize = 8;
fn then() -> DateTime<Utc> {
    SystemClock.now() + TimeDelta::days(DAYS)
}

impl House {
    /// Many encounters of the second patient, each with an outcome, ended.
    async fn many_encounters(&self, desk: &str) {
        let composed = self.open(desk).await;
        let who = composed.desk.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
        for _ in 0..ENCOUNTERS {
            let desk = composed.desk.as_ref();
            let patient = composed.ready_patients[1].input().read(desk.now()).expect("a ready patient");
            let encounter = desk.start_encounter(&who, patient).await.expect("may begin").id;
            let outcome = OutcomeInput {
                code: "Dx06".to_owned(),
                reached_at: String::new(),
                symptom_group: "1011".to_owned(),
                symptom_discriminators: "4003".to_owned(),
                reason: "Sore throat".to_owned(),
            };
            let outcome = outcome.read(desk.dispositions(), desk.now()).expect("a right outcome");
            desk.record_outcome(&who, encounter, outcome).await.expect("may record");
            desk.end_encounter(&who, encounter, Ending::LeftUndone { why: "He rang off".into() })
                .await
                .expect("may end");
        }
        composed.close();
    }

    fn retain(&self, machine: &Machine, desk: &str, user: &str, arguments: &[&str]) -> Command {
        machine.days_ahead(self.command(desk, user, &[&["retain"], arguments].concat()), DAYS)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_from_a_terminal_what_is_over_is_shown_refused_without_its_number_and_date_and_removed_to_the_last_byte() {
    let house = House::start().await;
    let Some(machine) = house.machine() else { return };
    house.story("desk").await;
    house.book("desk", "2", 0).await;
    let (plan, words) = house.expect("desk", "supervisor", 0, &["retain"]).await;
    assert_eq!((&plan["encounters"], &plan["clockInDoubt"]), (&json!(0), &Value::Null), "today nothing: {words}");
    let (plan, words) = House::ends(house.retain(&machine, "desk", "supervisor", &[]), 0).await;
    assert_eq!((&plan["encounters"], &plan["asOldAndUnfinished"]), (&json!(1), &json!(1)), "{words}");
    assert!(words.contains("--confirm 1") && words.contains("--today"), "how: {words}");

    let today = local_date(then()).to_string();
    let refusals: [(&str, i32, &[&str], &str); 5] = [
        ("handler", 4, &[], "role"),
        ("handler", 4, &["--confirm", "1", "--today", &today], "role"),
        ("supervisor", 5, &["--confirm", "1"], "date"),
        ("supervisor", 5, &["--confirm", "1", "--today", "2026-11-25"], "clock"),
        ("supervisor", 5, &["--confirm", "2", "--today", &today], "1"),
    ];
    for (user, code, arguments, says) in refusals {
        let (_, words) = House::ends(house.retain(&machine, "desk", user, arguments), code).await;
        assert!(words.contains(says), "{user} {arguments:?}: {words}");
    }
    let folder = house.path("desk");
    let before = pages(&folder, &house.key("desk"));
    for said in SAID {
        assert!(holds(&before, said), "{said} is in the record, or this test proves nothing");
    }

    let order = ["--confirm", "1", "--today", &today];
    let (done, words) = House::ends(house.retain(&machine, "desk", "supervisor", &order), 0).await;
    assert_eq!((&done["encountersRemoved"], &done["filesWrittenAnew"]), (&json!(1), &json!(true)), "{done} {words}");
    let after = pages(&folder, &house.key("desk"));
    for said in SAID {
        assert!(!holds(&after, said), "{said} stands in a page still");
        for (file, bytes) in crate::content(&folder) {
            assert!(!holds(&bytes, said), "{said} stands in {}", file.display());
        }
    }
    let (left, _) = House::ends(house.retain(&machine, "desk", "supervisor", &[]), 0).await;
    assert_eq!(left["encounters"], 0, "once");
    house.chain_holds("desk").await;
    assert_eq!(house.events("desk", "personalPartsRemoved").await, 1, "on the record");
    assert_eq!(house.bookings("desk").await, 1, "the other patient's is there");
}

/// Whether a text stands there, in any letter case and whatever is between its words.
fn holds(bytes: &[u8], said: &str) -> bool {
    let plain = |bytes: &[u8]| -> Vec<u8> {
        bytes.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_uppercase).collect()
    };
    let (bytes, said) = (plain(bytes), plain(said.as_bytes()));
    bytes.windows(said.len()).any(|window| window == said)
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_a_removal_for_which_the_disk_has_no_room_says_what_is_left_to_do_and_is_done_again_with_room() {
    let house = House::start().await;
    let Some(machine) = house.machine() else { return };
    house.story("desk").await;
    let today = local_date(then()).to_string();
    let (order, again) = (["--confirm", "1", "--today", &today], ["--confirm", "0", "--today", &today]);
    let mut halfway = 0;
    for (time, room) in [60_000, 120_000, 200_000, 260_000, 320_000, 400_000].into_iter().enumerate() {
        let desk = house.fresh("desk", &format!("desk-{time}"));
        let folder = house.path(&desk);
        let mut command = machine.full(house.retain(&machine, &desk, "supervisor", &order), &folder, room);
        let output = command.output().expect("it runs");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        let done: Value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        if output.status.success() {
            continue;
        }
        assert_eq!(output.status.code(), Some(3), "room for {room}: {words}");
        assert!(words.contains("the disk is full"), "room for {room}: {words}");
        let removed = done["encountersRemoved"] == 1;
        if removed {
            halfway += 1;
            assert!(done["filesWrittenAnew"] == false && words.contains("--confirm 0"), "{words}");
        }
        let rest = if removed { &again } else { &order };
        let (done, words) = House::ends(house.retain(&machine, &desk, "supervisor", rest), 0).await;
        assert_eq!(done["filesWrittenAnew"], true, "room for {room}: {words}");
        let after = pages(&folder, &house.key(&desk));
        for said in SAID {
            assert!(!holds(&after, said), "room for {room}: {said} stands in a page still");
        }
        house.chain_holds(&desk).await;
    }
    assert!(halfway > 0, "none came to the middle: the test shows nothing");
}

/// What removes the details of every encounter.
fn all_of_them() -> [String; 4] {
    ["--confirm".to_owned(), ENCOUNTERS.to_string(), "--today".to_owned(), local_date(then()).to_string()]
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_killed_at_any_moment_of_a_removal_each_encounter_is_whole_or_gone_and_the_next_run_comes_to_the_end() {
    let house = House::start().await;
    let Some(machine) = house.machine() else { return };
    house.many_encounters("desk").await;
    let order = all_of_them();
    let order = order.each_ref().map(String::as_str);
    // The log of a record that nobody has open begins anew; past this length it is what the removal writes.
    let began = |desk: &Path| std::fs::metadata(desk.join("desk.sqlite3-wal")).is_ok_and(|log| log.len() > 80_000);
    let removal = |desk: &str| house.retain(&machine, desk, "supervisor", &order);
    let whole = run_whole(&house, &removal, &began).await;
    let mut seen = Seen::default();
    for time in 0..Seen::times(TIMES) {
        let desk = house.fresh("desk", &format!("desk-{time}"));
        seen.killed += usize::from(killed(removal(&desk), house.path(&desk), &began, whole, time).await);
        let left = wholly_there_or_gone(&house, &desk, &format!("time {time}"));
        seen.done += usize::from(left < ENCOUNTERS);
        comes_to_the_end(&house, &machine, &desk, left).await;
    }
    seen.tell("removals");
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_killed_before_any_of_its_calls_to_the_disk_a_removal_is_finished_by_the_next_run() {
    let house = House::start().await;
    let Some(machine) = house.machine() else { return };
    house.many_encounters("desk").await;
    let order = all_of_them();
    let order = order.each_ref().map(String::as_str);
    let stopped = |desk: &str, at: usize| {
        let (folder, steps) = (house.path(desk), house.path(&format!("{desk}.steps")));
        let log = folder.join("desk.sqlite3-wal");
        let command = house.retain(&machine, desk, "supervisor", &order);
        (machine.steps(command, &folder, (&log, &steps), at), steps)
    };
    let (command, steps) = stopped(&house.fresh("desk", "desk-whole"), 0);
    House::ends(command, 0).await;
    let count = std::fs::read(steps).expect("steps").len();
    assert!((8..200).contains(&count), "steps of a removal: {count}");
    for at in 1..=count {
        let desk = house.fresh("desk", &format!("desk-{at}"));
        let ended = stopped(&desk, at).0.output().expect("it runs");
        assert_eq!(ended.status.code(), None, "step {at} of {count}: killed");
        let left = wholly_there_or_gone(&house, &desk, &format!("step {at}"));
        comes_to_the_end(&house, &machine, &desk, left).await;
        std::fs::remove_dir_all(house.path(&desk)).expect("removed");
    }
}

/// Looks at each encounter in every table that has anything of it: how many are there still.
fn wholly_there_or_gone(house: &House, desk: &str, when: &str) -> usize {
    let raw: Connection = house.raw(desk);
    let sql = "SELECT removed IS NOT NULL,
            nhs_number IS NULL AND family_name = '' AND birth_date = '' AND encounter = '{}'
                AND NOT EXISTS (SELECT 1 FROM assessment_outcome AS of WHERE of.encounter = one.id AND outcome <> '{}'),
            nhs_number IS NOT NULL AND family_name <> '' AND birth_date <> '' AND encounter <> '{}'
                AND EXISTS (SELECT 1 FROM assessment_outcome AS of WHERE of.encounter = one.id AND outcome <> '{}'),
            EXISTS (SELECT 1 FROM audit_event AS of WHERE of.encounter = one.id AND kind = 'personalPartsRemoved')
         FROM encounter AS one";
    let mut statement = raw.prepare(sql).expect("a statement");
    let rows = statement.query_map([], |row| <(bool, bool, bool, bool)>::try_from(row)).expect("rows");
    let rows: Vec<_> = rows.map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), ENCOUNTERS, "{when}: each is there, with its details or without");
    for (removed, is_gone, is_there, told) in &rows {
        assert!((*removed, *is_gone, *is_there, *told) == (*removed, *removed, !removed, *removed), "{when}: {rows:?}");
    }
    rows.iter().filter(|(removed, ..)| !removed).count()
}

/// The next run removes what is left, and the chain holds when it is opened.
async fn comes_to_the_end(house: &House, machine: &Machine, desk: &str, left: usize) {
    // Another number than that of what is left would be refused.
    let (left, today) = (left.to_string(), local_date(then()).to_string());
    let order = ["--confirm", left.as_str(), "--today", &today];
    let done = House::ends(house.retain(machine, desk, "supervisor", &order), 0).await.0;
    assert_eq!((done["encountersRemoved"].to_string(), &done["filesWrittenAnew"]), (left, &json!(true)), "{desk}");
    assert_eq!(wholly_there_or_gone(house, desk, desk), 0, "{desk}: all");
    acknowledged(house, desk).await;
    assert!(!holds(&pages(&house.path(desk), &house.key(desk)), "9990000026"), "{desk}: no page has the number still");
}
