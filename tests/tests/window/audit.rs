//! The audit record in the real window: read, followed, verified and exported by keyboard alone, and by supervisors alone.

use std::path::Path;

use desk_tests::desk::tamper;
use desk_tests::window::Window;
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::steps::{Keyboard, NOBODY, OwnNhs, assert_accessible, deskctl, invoke, picture, sign_in, skipped};

const SUPERVISOR: (&str, &str) = ("supervisor", "demo supervisor desk");
const HANDLER: (&str, &str) = ("handler", "demo call handler");

/// Books from a terminal, and gives the encounter.
async fn booked(config: &str) -> String {
    let case = ["book", "--ready-patient", "1", "--outcome", "Dx06", "--reason", "Sore throat", "--service", "111001"];
    let booked = deskctl(config, HANDLER, &case).await;
    booked["booking"]["encounterId"].as_str().expect("an encounter").to_owned()
}

async fn to_audit(keyboard: &Keyboard<'_>) {
    let window = keyboard.0;
    window.page("Sign in").await;
    keyboard.types("username", SUPERVISOR.0).await;
    keyboard.types("passphrase", SUPERVISOR.1).await;
    keyboard.enter("Sign in").await;
    window.page("Desk").await;
    keyboard.enter("Audit record").await;
    window.page("Audit record").await;
    window.says("Booked: the provider confirmed it").await;
}

/// The texts of the rows in sight, cell by cell.
async fn rows(window: &Window) -> Vec<Vec<String>> {
    let script = "return [...document.querySelectorAll('.app-audit__rows [role=row]')].map(row => \
        [...row.children].map(cell => cell.innerText.trim()));";
    let found = window.driver.execute(script, vec![]).await.expect("a page").json().clone();
    serde_json::from_value(found).expect("texts")
}

async fn press(window: &Window, keys: &[Key]) {
    for key in keys {
        window.keys(&char::from(key.clone()).to_string()).await;
    }
}

async fn active_row(window: &Window) -> i64 {
    let script = "const list = document.getElementById('audit-events'); const row = document.getElementById(\
        list.getAttribute('aria-activedescendant')); return document.activeElement === list && row \
        ? Number(row.getAttribute('aria-rowindex')) : -1;";
    window.driver.execute(script, vec![]).await.expect("a page").json().as_i64().expect("a number")
}

async fn clear(window: &Window) {
    let all = window.driver.action_chain().key_down(Key::Alt).send_keys("c").key_up(Key::Alt);
    all.perform().await.expect("keys can be pressed");
    let script = "return !document.querySelector('.app-audit__state')?.innerText.includes('In force');";
    let began = std::time::Instant::now();
    while window.driver.execute(script, vec![]).await.expect("a page").json() != &json!(true) {
        assert!(began.elapsed().as_secs() < 20, "one key clears the filter");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_3_a_supervisor_reads_follows_verifies_and_exports_the_record_by_keyboard_alone() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    let encounter = booked(&nhs.config).await;
    let downloads = tempfile::tempdir().expect("a folder");
    let window = Window::open_saving_to(downloads.path(), &["--config", &nhs.config]).await;
    let keyboard = Keyboard(&window);
    to_audit(&keyboard).await;
    window.says(" events").await;
    assert_accessible(&window, "Audit record").await;
    picture(&window, "audit").await;

    window.tab_to("audit-events").await;
    assert_eq!(active_row(&window).await, 2, "the newest");
    press(&window, &[Key::Down, Key::Down]).await;
    assert_eq!(active_row(&window).await, 4, "two further");
    press(&window, &[Key::End]).await;
    let last = active_row(&window).await;
    assert!(last > 8, "the oldest: {last}");
    press(&window, &[Key::Home, Key::Enter]).await;
    window.says("In the chain").await;
    assert_accessible(&window, "Audit record, an event opened").await;
    picture(&window, "audit-event").await;
    press(&window, &[Key::Escape]).await;
    assert_eq!(active_row(&window).await, 2, "the focus is back in the list");

    each_filter(&keyboard, &encounter).await;
    one_encounter(&keyboard).await;

    keyboard.enter("Verify the record").await;
    window.says("events hold").await;
    window.says("by HILL, Susan (Mrs)").await;
    keyboard.enter("Export what is shown").await;
    keyboard.types("folder", "proof").await;
    keyboard.enter("Write the files").await;
    window.says("written to").await;
    assert_accessible(&window, "Audit record, exported").await;
    picture(&window, "audit-exported").await;
    for file in ["audit.jsonl", "audit.csv", "manifest.json"] {
        assert!(downloads.path().join("proof").join(file).is_file(), "{file} is there");
    }
    keyboard.enter("Write the files").await;
    window.says("holds an export already").await;
    window.close().await;
}

/// Each kind of filter leaves in what it names, is said to be in force, and goes by one key.
async fn each_filter(keyboard: &Keyboard<'_>, encounter: &str) {
    let window = keyboard.0;
    let today = "const day = new Date(); return day.toLocaleDateString('en-GB');";
    let today = window.driver.execute(today, vec![]).await.expect("a page").json().as_str().unwrap_or("").to_owned();
    let filters: [(&[(&str, &str)], &str); 6] = [
        (&[("nhsNumber", "9990000018")], "NHS number 999 000 0018"),
        (
            &[("familyName", "Patient"), ("birthDay", "12"), ("birthMonth", "11"), ("birthYear", "1974")],
            "patient PATIENT, born 12-Nov-1974",
        ),
        (&[("user", "handler")], "user handler"),
        (&[("service", "111001")], "In force"),
        (&[("encounter", encounter)], encounter),
        (&[("from", &today), ("until", &today)], "In force: from "),
    ];
    for (fields, in_force) in filters {
        for (field, text) in fields {
            keyboard.types(field, text).await;
        }
        keyboard.enter("Show these").await;
        window.says(in_force).await;
        let shown = rows(window).await;
        assert!(!shown.is_empty(), "{fields:?} leaves something in");
        if fields[0].0 == "user" {
            assert!(shown.iter().all(|row| row[2].starts_with("CARTER, Priya")), "theirs alone: {shown:?}");
        }
        if fields[0].0 == "encounter" {
            assert!(shown.iter().all(|row| encounter.starts_with(&row[6])), "its own alone: {shown:?}");
        }
        clear(window).await;
    }
    keyboard.types("nhsNumber", "9990000019").await;
    keyboard.enter("Show these").await;
    window.says("There is a problem").await;
    assert_accessible(window, "Audit record, a wrong filter").await;
    let kept = window.field("nhsNumber").await.prop("value").await.expect("a field");
    assert_eq!(kept.as_deref(), Some("9990000019"), "nothing typed is lost");
    clear(window).await;
    keyboard.types("kind", "requested").await;
    press(window, &[Key::Down, Key::Enter]).await;
    keyboard.enter("Show these").await;
    window.says("In force: Booking requested").await;
    let shown = rows(window).await;
    assert!(shown.iter().all(|row| row[1].starts_with("Booking requested at")), "of that kind alone: {shown:?}");
}

/// From a row to its encounter, and back to the filter as it was.
async fn one_encounter(keyboard: &Keyboard<'_>) {
    let window = keyboard.0;
    window.tab_to("audit-events").await;
    press(window, &[Key::Enter]).await;
    window.says("In the chain").await;
    keyboard.enter("Show the whole encounter").await;
    window.page("The encounter, step by step").await;
    window.says("PATIENT, John").await;
    window.says("Booked: the provider confirmed it").await;
    keyboard.space("wire").await;
    window.says("Trace id").await;
    assert_accessible(window, "The encounter, step by step").await;
    picture(window, "audit-encounter").await;
    keyboard.enter("Back").await;
    window.page("Audit record").await;
    window.says("In force: Booking requested").await;
    clear(window).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_3_a_record_that_was_tampered_with_is_shown_as_such() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    booked(&nhs.config).await;
    let window = Window::open(&["--config", &nhs.config]).await;
    let keyboard = Keyboard(&window);
    to_audit(&keyboard).await;
    let change = "DROP TRIGGER audit_event_stays; UPDATE audit_event SET username = 'nobody' WHERE number = 2";
    changed(&nhs.config, change);
    keyboard.enter("Verify the record").await;
    window.says("event 2 does not hold").await;
    window.says("What to do").await;
    assert_accessible(&window, "Audit record, tampered with").await;
    picture(&window, "audit-tampered").await;
    window.close().await;
}

/// An event that was changed into garbage is a row that says so, in the list and in its encounter; the others can be read.
#[tokio::test(flavor = "multi_thread")]
async fn nf_3_an_event_that_cannot_be_read_is_a_row_that_says_so_among_the_others() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    let encounter = booked(&nhs.config).await;
    let change =
        "DROP TRIGGER audit_event_stays; UPDATE audit_event SET event = 'garbage {' WHERE kind = 'servicesSearched'";
    changed(&nhs.config, change);
    let window = Window::open(&["--config", &nhs.config]).await;
    to_audit(&Keyboard(&window)).await;
    let open = "const row = [...document.querySelectorAll('.app-audit__rows [role=row]')] \
        .find(row => row.innerText.includes('This event cannot be read')); row?.click(); return Boolean(row);";
    let found = window.driver.execute(open, vec![]).await.expect("a page").json().as_bool();
    assert_eq!(found, Some(true), "{:?}", rows(&window).await);
    window.says("Kind, as it stands beside the event").await;
    assert_accessible(&window, "An event that cannot be read").await;
    picture(&window, "audit-unreadable").await;
    let story = format!("location.hash = '#/auditTimeline/{encounter}';");
    window.driver.execute(&story, vec![]).await.expect("a page");
    window.page("The encounter, step by step").await;
    window.says("This event cannot be read").await;
    window.says("Booked: the provider confirmed it").await;
    picture(&window, "audit-unreadable-encounter").await;
    window.close().await;
}

/// Looking at the desk's page is one event for its encounters and one for its bookings, however many encounters are open.
#[tokio::test(flavor = "multi_thread")]
async fn nf_3_each_look_at_the_desk_page_is_recorded_once() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    for _ in 0..3 {
        booked(&nhs.config).await;
    }
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, SUPERVISOR.0, SUPERVISOR.1).await;
    window.says("Booked").await;
    let looks = async |kind: &str| {
        let empty = json!("");
        let fields = ["nhsNumber", "familyName", "birthDay", "birthMonth", "birthYear", "encounter", "service", "from"];
        let mut filter: Value = fields.into_iter().map(|name| (name.to_owned(), empty.clone())).collect();
        (filter["until"], filter["user"], filter["kind"]) = (empty, json!(SUPERVISOR.0), json!(kind));
        let page = invoke(&window, "read_audit", json!({ "input": { "filter": filter, "before": null } })).await;
        page["rows"].as_array().unwrap_or_else(|| panic!("rows: {page}")).len()
    };
    assert_eq!((looks("bookingsListed").await, looks("encountersListed").await), (1, 1), "one look");
    window.press("Find a patient’s bookings").await;
    window.page("Find bookings").await;
    window.press("Desk").await;
    window.page("Desk").await;
    window.says("Booked").await;
    assert_eq!((looks("bookingsListed").await, looks("encountersListed").await), (2, 2), "another");
    window.close().await;
}

/// Changes the record of a desk behind its back.
pub(crate) fn changed(config: &str, change: &str) {
    let config = std::fs::read_to_string(config).expect("a configuration");
    let folder = config.lines().find_map(|line| line.strip_prefix("data_folder = ")).expect("a data folder");
    tamper(Path::new(folder.trim_matches(['"', '\''])), change);
}

/// Whoever is no supervisor is offered no way to the record, and the core refuses each of its commands.
#[tokio::test(flavor = "multi_thread")]
async fn nf_3_no_command_of_the_window_opens_the_record_to_a_call_handler() {
    if skipped() {
        return;
    }
    let window = Window::open(&["--demonstration"]).await;
    window.page("Sign in").await;
    for (command, arguments) in commands() {
        let refused = invoke(&window, command, arguments).await;
        assert_eq!(refused["code"], "notSignedIn", "{command} without anybody signed in: {refused}");
    }
    sign_in(&window, HANDLER.0, HANDLER.1).await;
    let offered = "return document.querySelector('header').innerText.includes('Audit record');";
    assert_eq!(window.driver.execute(offered, vec![]).await.expect("a page").json(), &json!(false), "no way to it");
    for (command, arguments) in commands() {
        let refused = invoke(&window, command, arguments).await;
        assert_eq!(refused["code"], "notPermitted", "{command} by a call handler: {refused}");
    }
    window.driver.execute("location.hash = '#/audit';", vec![]).await.expect("a page");
    window.says("Your role may not read the audit record").await;
    window.close().await;
}

fn commands() -> Vec<(&'static str, Value)> {
    vec![
        ("audit_start", json!({})),
        ("read_audit", json!({ "input": { "filter": {}, "before": null } })),
        ("count_audit", json!({ "filter": {} })),
        ("newer_in_audit", json!({ "filter": {}, "after": 1 })),
        ("audit_story", json!({ "encounterId": NOBODY })),
        ("verify_audit", json!({})),
        ("seal_audit", json!({})),
        ("export_audit", json!({ "input": { "filter": {}, "folder": "mine" } })),
    ]
}
