//! The reports in the real window: each of them, over what the desk itself did, with the numbers that `deskctl` tells.

use desk_tests::window::Window;
use serde_json::{Value, json};

use crate::audit::changed;
use crate::steps::{OwnNhs, assert_accessible, deskctl, picture, sign_in, skipped};

const SUPERVISOR: (&str, &str) = ("supervisor", "demo supervisor desk");

const RESPONSES: &str =
    r#"{"presentingComplaint":"Sore throat","answers":[],"summary":"Fever","advice":"","consent":"patient"}"#;

/// A booking with its referral, and one that is cancelled.
async fn some_work(nhs: &OwnNhs) {
    let config = nhs.config.as_str();
    let handler = async |arguments: &[&str]| deskctl(config, ("handler", "demo call handler"), arguments).await;
    let case = ["--ready-patient", "1", "--outcome", "Dx06", "--reason", "Sore throat", "--service", "111001"];
    let book = [["book"].as_slice(), &case].concat();
    let first = handler(&book).await;
    let encounter = first["booking"]["encounterId"].as_str().expect("an encounter").to_owned();
    let responses = format!("{config}.responses");
    std::fs::write(&responses, RESPONSES).expect("written");
    handler(&["encounter", "responses", "--encounter", &encounter, "--file", &responses]).await;
    handler(&["refer", "--encounter", &encounter]).await;
    let second = handler(&book).await;
    let (booking, within) = (second["booking"]["id"].clone(), second["booking"]["encounterId"].clone());
    let (booking, within) = (booking.as_str().expect("an id"), within.as_str().expect("an id"));
    let shown = handler(&["cancel", "--booking", booking]).await;
    let version = shown["version"].as_str().expect("a version");
    let confirmed = ["--confirm", version, "--reason", "cannot come", "--read-back", "name,birthDate,number"];
    handler(&[["cancel", "--booking", booking, "--encounter", within].as_slice(), &confirmed].concat()).await;
}

/// The numbers of the table: a list for each row, and the total last.
async fn numbers(window: &Window) -> Value {
    let script = "return [...document.querySelectorAll('.app-report__table tbody tr, .app-report__table tfoot tr')]\
        .filter(row => row.querySelector('th')).map(row => [...row.querySelectorAll('td')].map(cell => \
        Number(cell.innerText.replace(/,/g, '').trim())));";
    window.driver.execute(script, vec![]).await.expect("a page").json().clone()
}

fn told(table: &Value) -> Value {
    let now = |numbers: &Value| -> Vec<Value> {
        numbers.as_array().into_iter().flatten().map(|number| number["now"].clone()).collect()
    };
    let rows = table["rows"].as_array().into_iter().flatten().map(|row| now(&row["numbers"]));
    json!(rows.chain([now(&table["total"])]).collect::<Vec<_>>())
}

#[tokio::test(flavor = "multi_thread")]
async fn rp_01_to_rp_14_in_the_window_have_the_numbers_of_a_terminal_and_lead_to_their_events() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    some_work(&nhs).await;
    let downloads = tempfile::tempdir().expect("a folder");
    let window = Window::open_saving_to(downloads.path(), &["--config", &nhs.config]).await;
    sign_in(&window, SUPERVISOR.0, SUPERVISOR.1).await;
    window.press("Reports").await;
    window.page("Reports").await;
    assert_accessible(&window, "Reports").await;
    let all = deskctl(&nhs.config, SUPERVISOR, &["report"]).await;
    let today = all["presets"].as_array().expect("presets").last().expect("today")["to"].clone();
    let today = today.as_str().expect("a day");
    let mut followed = 0;
    for report in all["reports"].as_array().expect("reports") {
        let (id, title) = (report["id"].as_str().expect("an id"), report["title"].as_str().expect("a title"));
        window.press(&format!("{id} ")).await;
        window.page(&format!("{id} {title}")).await;
        window.press("Today").await;
        window.says("Drawn ").await;
        let asked = ["report", id, "--from", today, "--to", today];
        let expected = deskctl(&nhs.config, SUPERVISOR, &asked).await;
        assert_eq!(numbers(&window).await, told(&expected), "{id}");
        assert_accessible(&window, id).await;
        picture(&window, id).await;
        followed += i32::from(followed_a_number(&window).await);
        window.press("All reports").await;
        window.page("Reports").await;
    }
    assert!(followed >= 4, "bookings, referrals, cancellations and slots lead to their events: {followed}");
    window.press("RP-01 ").await;
    compared_and_saved(&window, downloads.path()).await;
    window.close().await;
}

/// One event was changed after it was counted, one before anybody looked.
#[tokio::test(flavor = "multi_thread")]
async fn rp_events_that_somebody_changed_are_told_beside_the_numbers_and_behind_them() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    some_work(&nhs).await;
    let today = deskctl(&nhs.config, SUPERVISOR, &["report"]).await["presets"][4]["to"].clone();
    let today = today.as_str().expect("a day");
    deskctl(&nhs.config, SUPERVISOR, &["report", "RP-01", "--from", today, "--to", today]).await;
    let newest = |to: &str| {
        format!(
            "DROP TRIGGER IF EXISTS audit_event_stays; UPDATE audit_event SET event = {to}
             WHERE number = (SELECT max(number) FROM audit_event WHERE kind = 'bookingSettled')"
        )
    };
    changed(&nhs.config, &newest("'garbage {'"));
    some_work(&nhs).await;
    changed(&nhs.config, &newest("json_remove(event, '$.what.intent')"));
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, SUPERVISOR.0, SUPERVISOR.1).await;
    window.press("Reports").await;
    window.page("Reports").await;
    window.press("RP-01 ").await;
    window.press("Today").await;
    window.says("1 event of these days cannot be read and is not counted").await;
    assert_eq!(numbers(&window).await[0][0], 3, "the others are");
    assert!(followed_a_number(&window).await, "and lead to their events");
    window.says("This event cannot be read; verify says where the chain breaks").await;
    assert_accessible(&window, "Report with changed events").await;
    picture(&window, "report-changed").await;
    window.close().await;
}

/// Opens the first number that is not nought, and counts the events behind it. False where all are nought.
async fn followed_a_number(window: &Window) -> bool {
    let script = "const number = document.querySelector('.app-report__table tbody td button'); \
        if (!number) return null; number.click(); return Number(number.innerText.replace(/,/g, ''));";
    let number = window.driver.execute(script, vec![]).await.expect("a page").json().as_u64();
    let Some(number) = number else { return false };
    window.says("Events behind").await;
    window.says("Because of").await;
    let counts = "return [...document.querySelectorAll('[aria-label=\"Events\"] tbody tr')]\
        .reduce((sum, row) => sum + Number(row.children[4].innerText), 0);";
    let counted = window.driver.execute(counts, vec![]).await.expect("a page").json().as_u64();
    assert_eq!(counted, Some(number), "what is behind the number adds up to it");
    assert_accessible(window, "events behind a number").await;
    true
}

/// This month against last, CSV, and what is left away on paper.
async fn compared_and_saved(window: &Window, downloads: &std::path::Path) {
    window.says("Drawn ").await;
    window.press("This month so far").await;
    window.choose(".app-report__choices input[type=checkbox]").await;
    window.says("against").await;
    window.says("before 0").await;
    let hidden = "return !!document.querySelector('figure.app-chart svg[aria-hidden=true]') && \
        document.querySelectorAll('.app-report__table table caption').length === 1;";
    let began = std::time::Instant::now();
    while window.driver.execute(hidden, vec![]).await.expect("a page").json() != &json!(true) {
        assert!(began.elapsed().as_secs() < 20, "the picture is hidden from readers, who have the table");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_accessible(window, "RP-01 against the days before").await;
    window.press("Save as CSV").await;
    window.says("Saved as").await;
    let saved = std::fs::read_dir(downloads).expect("the folder").flatten();
    let csv = saved.map(|entry| entry.path()).find(|path| path.extension().is_some_and(|kind| kind == "csv"));
    let text = std::fs::read_to_string(csv.expect("a file")).expect("text");
    assert!(text.contains("Bookings made against referrals made") && text.contains("Compared with"), "{text}");
    let print = "return [...document.styleSheets].flatMap(sheet => [...sheet.cssRules]).some(rule => \
        rule.media?.mediaText === 'print' && rule.cssText.includes('app-no-print'));";
    assert_eq!(window.driver.execute(print, vec![]).await.expect("a page").json(), &json!(true), "on paper");
}
