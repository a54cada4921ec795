//! Measures the audit screen in the real window over a record of 1,000,000 events: from the click to painted rows, and each
//! step of scrolling.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a terminal program that says at once what went wrong")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use desk_composition::clock::SystemClock;
use desk_composition::record_key::{DEMONSTRATION_KEY, KeyPlace};
use desk_domain::audit::AuditEvent;
use desk_journeys::ports::AuditTrail;
use desk_store::Store;
use desk_tests::desk::record_key;
use desk_tests::window::Window;
use futures::future::join_all;
use serde_json::json;

/// Opens the audit screen on a large record.
#[derive(Parser)]
struct Arguments {
    /// How many events.
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Where the record is, and stays: one that is long enough already is used as it is. A folder that goes, where left out.
    #[arg(long)]
    record: Option<PathBuf>,
}

/// How many steps of scrolling.
const STEPS: u32 = 60;

#[tokio::main]
async fn main() {
    let Arguments { events, record } = Arguments::parse();
    let gone_after = tempfile::tempdir().expect("a folder");
    let data = record.unwrap_or_else(|| gone_after.path().to_owned());
    fill(&data.join("desk"), events).await;
    let data = data.to_str().expect("a path that is text");
    let window = Window::open(&["--demonstration", "--data", data]).await;
    window.page("Sign in").await;
    window.fill("username", "supervisor").await;
    window.fill("passphrase", "demo supervisor desk").await;
    window.press("Sign in").await;
    window.page("Desk").await;
    println!("click to painted rows: {:.0} ms", opened(&window).await);
    let began = Instant::now();
    window.says("More than 10,000 events").await;
    println!("the count, after the rows: {:?}", began.elapsed());
    let mut steps = scrolled(&window).await;
    steps.sort_by(f64::total_cmp);
    let (median, worst) = (steps[steps.len() / 2], steps[steps.len() - 1]);
    println!("a step of scrolling, to painted rows: median {median:.0} ms, worst {worst:.0} ms, of {}", steps.len());
    window.close().await;
}

/// From the click on until rows were painted, in milliseconds.
async fn opened(window: &Window) -> f64 {
    let script = "const done = arguments[arguments.length - 1]; \
        const link = [...document.querySelectorAll('header button')].find(b => b.innerText === 'Audit record'); \
        const began = performance.now(); link.click(); \
        const look = () => document.querySelectorAll('.app-audit__rows [role=row]').length > 5 \
            ? requestAnimationFrame(() => done(performance.now() - began)) : requestAnimationFrame(look); look();";
    window.driver.execute_async(script, vec![]).await.expect("rows").json().as_f64().expect("a time")
}

/// Scrolls by a sight at a time, each until the rows that then are in sight were painted; in milliseconds.
async fn scrolled(window: &Window) -> Vec<f64> {
    let script = "const done = arguments[arguments.length - 1]; const [steps] = arguments; const times = []; \
        const list = document.getElementById('audit-events'); \
        const covers = () => { const box = list.getBoundingClientRect(); \
            return [...list.querySelectorAll('.app-audit__rows [role=row]')].some(row => { \
                const at = row.getBoundingClientRect(); return at.top < box.bottom - 60 && at.bottom > box.bottom - 110; }); }; \
        const step = () => { if (times.length >= steps) return done(times); \
            const began = performance.now(); list.scrollTop += list.clientHeight - 60; \
            const look = () => covers() ? requestAnimationFrame(() => { times.push(performance.now() - began); step(); }) \
                : requestAnimationFrame(look); requestAnimationFrame(look); }; step();";
    let times = window.driver.execute_async(script, vec![json!(STEPS)]).await.expect("rows").json().clone();
    serde_json::from_value(times).expect("times")
}

/// Appends as many desks would, several at once, through the store's own ports.
async fn fill(folder: &Path, events: u64) {
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(folder.join("demonstration"), "Invented patients only.\n").expect("written");
    if !folder.join("desk.sqlite3").exists() {
        KeyPlace::Demonstration(folder.join(DEMONSTRATION_KEY)).keep(&record_key()).expect("the key is kept");
    }
    let store = Store::open(folder, &record_key(), Arc::new(SystemClock)).expect("the record opens");
    let newest = AuditTrail::read(&store, &desk_journeys::ports::AuditQuery { most: 1, ..Default::default() }).await;
    let there = newest.expect("read").events.first().map_or(0, |event| event.number);
    let began = Instant::now();
    let mut number = there;
    while number < events {
        let batch: Vec<AuditEvent> = (number..(number + 256).min(events)).map(event).collect();
        for appended in join_all(batch.iter().map(|event| AuditTrail::append(&store, event))).await {
            appended.expect("appended");
        }
        number += 256;
    }
    store.close();
    let added = events.saturating_sub(there);
    let each_second = added as f64 / began.elapsed().max(Duration::from_millis(1)).as_secs_f64();
    println!("a record of {events} events: {added} appended, {each_second:.0} a second");
}

fn event(number: u64) -> AuditEvent {
    let id = |kind: u64| uuid::Uuid::from_u64_pair(kind, number / 20);
    let service = format!("11{:04}", number % 900);
    let at = chrono::DateTime::from_timestamp(1_750_000_000 + i64::try_from(number).unwrap_or_default(), 0);
    let what = match number % 5 {
        0 => json!({ "kind": "encounterOpened" }),
        1 => json!({ "kind": "serviceChosen", "search": id(3), "service": service, "rank": 1, "rejectReason": null,
            "rejectComment": null }),
        2 => json!({ "kind": "bookingIntended", "intent": id(1), "request": id(5), "late": null, "start": at,
            "service": service }),
        3 => json!({ "kind": "bookingSettled", "intent": id(1), "request": id(5), "result": "confirmed",
            "failure": null, "booking": id(2), "fault": null, "tries": 1 }),
        _ => json!({ "kind": "signedIn" }),
    };
    let username = format!("user{}", number % 60);
    let who = json!({ "user": uuid::Uuid::nil(), "username": username, "role": "callHandler" });
    let event = json!({ "at": at, "who": who, "encounter": id(6), "what": what });
    serde_json::from_value(event).expect("an event")
}
