//! A report over a month of 250,000 and of 1,000,000 events: less than a second, and not worse than linear (budgets, not
//! assertions). Each encounter shows a list of twelve services with their slots, chooses, books or refers, and ends.

#![expect(clippy::expect_used, clippy::print_stderr, reason = "a benchmark")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use desk_domain::audit::AuditEvent;
use desk_domain::reports::{Period, StandardReport, draw};
use desk_journeys::ports::{AuditTrail, Clock};
use desk_journeys::reports::ReportRecord;
use desk_store::{RecordKey, Store};
use futures::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

struct Noon;

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn new_id(&self) -> Uuid {
        Uuid::nil()
    }
}

const EVENTS_OF_AN_ENCOUNTER: u32 = 25;

/// What is recorded of an encounter, five seconds apart. Every third books; every tenth of those loses its slot first.
fn encounter(number: u32) -> Vec<AuditEvent> {
    let id = |kind: u128| Uuid::from_u128(kind << 64 | u128::from(number));
    let service = |place: u32| format!("11{:04}", (number * 7 + place * 13) % 900);
    let found: Vec<String> = (0..12).map(service).collect();
    let code = ["Dx05", "Dx06", "Dx07", "Dx11"][number as usize % 4];
    let reached = "2026-11-01T00:00:00Z";
    let slots = |place: u32| {
        let count =
            json!({ "in_time": (number + place) % 5, "out_of_time": (number * 3 + place) % 7, "earliest": null });
        let window = json!({ "from": reached, "until": reached });
        json!({ "kind": "slotsSearched", "service": found[place as usize], "window": window, "count": count,
            "failure": null, "tookMs": 300, "background": true, "request": id(5) })
    };
    let settled = |result: &str, fault: Option<&str>| {
        json!({ "kind": "bookingSettled", "intent": id(1), "request": id(5), "result": result, "failure": fault,
            "booking": (result == "confirmed").then(|| id(2)), "fault": fault, "tries": 1 })
    };
    let books = number.is_multiple_of(3);
    let result =
        if number.is_multiple_of(30) { settled("notBooked", Some("slotGone")) } else { settled("confirmed", None) };
    let mut what = vec![
        json!({ "kind": "outcomeRecorded", "code": code, "reached": reached, "due": null }),
        json!({ "kind": "servicesSearched", "search": id(3), "services": found, "failure": null, "tookMs": 250 }),
    ];
    what.extend((0..12).map(slots));
    what.extend([
        json!({ "kind": "serviceChosen", "search": id(3), "service": found[number as usize % 3], "rank": number % 3 + 1,
            "rejectReason": 42, "rejectComment": null }),
        slots(number % 3),
    ]);
    if books {
        what.push(
            json!({ "kind": "bookingIntended", "intent": id(1), "request": id(5), "late": null, "start": reached,
            "service": found[number as usize % 3] }),
        );
        what.push(result);
    }
    what.push(json!({ "kind": "referralMade", "document": id(4), "service": found[number as usize % 3], "slots": null,
        "booking": (books && !number.is_multiple_of(30)).then(|| id(2)), "route": "itk" }));
    let opened = EVENTS_OF_AN_ENCOUNTER as usize - what.len() - 1;
    what.extend(std::iter::repeat_n(json!({ "kind": "encounterOpened" }), opened));
    what.push(json!({ "kind": "encounterEnded" }));
    let begins = i64::from(number) * 64 + 1_793_491_200;
    let at = |place: usize| DateTime::from_timestamp(begins + 5 * i64::try_from(place).unwrap_or(0), 0);
    let who = json!({ "user": Uuid::nil(), "username": format!("user{}", number % 60), "role": "callHandler" });
    let event = |(place, what): (usize, Value)| {
        let event = json!({ "at": at(place), "who": who, "encounter": id(6), "what": what });
        serde_json::from_value(event).expect("an event")
    };
    what.into_iter().enumerate().map(event).collect()
}

fn reports(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), &RecordKey::from([7; 32]), Arc::new(Noon)).expect("the record opens");
    let mut group = criterion.benchmark_group("a report over a month");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    let day = |text: &str| text.parse().expect("a day");
    let month = Period::new(day("2026-11-01"), day("2026-12-01")).expect("a period");
    let mut encounters = 0;
    for (size, events) in [("250,000", 250_000), ("1,000,000", 1_000_000)] {
        let began = Instant::now();
        runtime.block_on(async {
            while encounters * EVENTS_OF_AN_ENCOUNTER < events {
                // Several at once, as many desks would: the record writes them in one transaction.
                let events: Vec<AuditEvent> = (encounters..encounters + 4).flat_map(encounter).collect();
                for appended in join_all(events.iter().map(|event| AuditTrail::append(&store, event))).await {
                    appended.expect("appended");
                }
                encounters += 4;
            }
        });
        eprintln!("a record of {size} events was filled in {:.0?}", began.elapsed());
        for report in [
            StandardReport::BookingsAgainstReferrals,
            StandardReport::ReferredWithoutSlots,
            StandardReport::SlotsInside,
            StandardReport::Blocked,
        ] {
            group.bench_function(format!("{} of {size} events", report.id()), |bencher| {
                bencher.to_async(&runtime).iter(|| async {
                    let facts = store.facts(report, month).await.expect("facts");
                    draw(report, &facts, month, report.groupings()[0])
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, reports);
criterion_main!(benches);
