//! How long things take where the record is large. Not a part of an ordinary run: `cargo test -p desk-store --test audit --
//! --ignored --nocapture`. It prints times and asserts nothing of them.

#![expect(clippy::print_stderr, reason = "times are for whoever ran it")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use desk_domain::audit::{AuditAction, AuditFilter, AuditKind, PatientSought};
use desk_domain::chain::Link;
use desk_domain::id::{DosServiceId, NhsNumber, Username};
use desk_journeys::ports::{AuditQuery, AuditTrail, EncounterRecord};

use crate::{encounter, encounter_id, event, event_at, export, noon, open, raw, searched, seconds, told, verify};

fn events() -> u64 {
    std::env::var("DESK_AUDIT_EVENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes"]
async fn times_of_a_large_record() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    for number in 1..=50 {
        let one = encounter(number, (number == 1).then_some("9990000018"), "Patient");
        store.save(&one, &event(Some(one.id), AuditAction::EncounterStarted)).await.expect("saved");
    }
    let began = Instant::now();
    let each = events() / 64;
    // One clock for all, whose events reach the record in nearly its order.
    let clock = Arc::new(AtomicI64::new(0));
    let tasks = (0..64_u64).map(|task| {
        let (store, clock) = (store.clone(), Arc::clone(&clock));
        tokio::spawn(async move {
            for number in 0..each {
                let what = match number % 10 {
                    0 => told("Rang the ward, who said that they had a bed"),
                    1 => AuditAction::SignedIn,
                    _ => searched(&format!("{}", 111_000 + number % 500)),
                };
                let encounter = Some(encounter_id(u128::from(2 + (number + task) % 20_000)));
                let at = noon() + seconds(clock.fetch_add(1, Ordering::Relaxed));
                let user = format!("user.{}", (number + task) % 40);
                store.append(&event_at(at, &user, encounter, what)).await.expect("appended");
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no panic");
    }
    let took = began.elapsed();
    eprintln!("{} appends: {took:?}, {:.0} a second", each * 64, (each * 64) as f64 / took.as_secs_f64());

    let none = AuditFilter::default;
    let number = NhsNumber::new("9990000018").expect("valid");
    let middle = noon() + seconds(clock.load(Ordering::Relaxed) / 2);
    let filters = [
        ("all", none()),
        ("an encounter", AuditFilter { encounter: Some(encounter_id(17)), ..none() }),
        ("an NHS number", AuditFilter { patient: Some(PatientSought::by_nhs_number(&number)), ..none() }),
        ("a name", AuditFilter { patient: Some(PatientSought::by_name("patient", None)), ..none() }),
        ("a user", AuditFilter { user: Username::new("user.7").ok(), ..none() }),
        ("a service", AuditFilter { service: DosServiceId::new("111007").ok(), ..none() }),
        ("a rare kind", AuditFilter { kind: Some(AuditKind::EncounterStarted), ..none() }),
        ("a frequent kind", AuditFilter { kind: Some(AuditKind::ServiceChosen), ..none() }),
        ("an earlier minute", AuditFilter { from: Some(middle), until: Some(middle + seconds(60)), ..none() }),
        ("up to the middle", AuditFilter { until: Some(middle), ..none() }),
    ];
    for (what, filter) in filters {
        let query = AuditQuery { filter: filter.clone(), most: 100, before: None };
        let began = Instant::now();
        let page = AuditTrail::read(&store, &query).await.expect("read");
        let read = began.elapsed();
        let began = Instant::now();
        let count = AuditTrail::how_many(&store, &filter).await.expect("counted");
        eprintln!("{what}: {read:?}, {} shown; {count:?} counted in {:?}", page.events.len(), began.elapsed());
    }
    let began = Instant::now();
    let check = verify(&store).await;
    eprintln!("verified {} events: {:?}", check.head.number, began.elapsed());
    assert_eq!(check.fault, None, "it holds");
    let began = Instant::now();
    let text = "x".repeat(500);
    for number in 0..check.head.number {
        let link = Link {
            number,
            previous: check.head.hash,
            at: "",
            kind: "",
            username: None,
            encounter: None,
            patient: None,
            service: None,
            request: None,
            format: 2,
            plain: &text,
            commitment: None,
        };
        std::hint::black_box(link.hash());
    }
    eprintln!("hashes alone: {:?}", began.elapsed());
    let began = Instant::now();
    let export = export(&store, &none(), &folder.path().join("out")).await.expect("written");
    let bytes: u64 = export.files.iter().map(|file| file.bytes).sum();
    eprintln!("exported {} events, {bytes} bytes: {:?}", export.events, began.elapsed());
}

#[tokio::test]
#[ignore = "takes a minute"]
async fn durable_appends_against_bare_inserts() {
    const COUNT: u32 = 1000;
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    let began = Instant::now();
    for _ in 0..COUNT {
        store.append(&event(None, AuditAction::SignedIn)).await.expect("appended");
    }
    let ours = began.elapsed();
    let bare = raw(folder.path());
    let table = "PRAGMA synchronous = FULL; CREATE TABLE bare (number INTEGER PRIMARY KEY, event TEXT NOT NULL)";
    bare.execute_batch(table).expect("made");
    let text = "x".repeat(400);
    let began = Instant::now();
    for _ in 0..COUNT {
        bare.execute("INSERT INTO bare (event) VALUES (?1)", [&text]).expect("inserted");
    }
    let theirs = began.elapsed();
    eprintln!("one after the other: ours {:?} each, bare {:?} each", ours / COUNT, theirs / COUNT);
}
