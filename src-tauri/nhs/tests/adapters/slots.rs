//! Slot searches against providers that answer in every way the standard allows, and in some that it does not (SL-4).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use desk_domain::failure::{ProviderFailure, Refusal};
use desk_domain::slot::{FreeSlots, SlotNote};
use desk_journeys::ports::{Asking, Clock};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::support::answering::{ClockAhead, Server, answer, desk, desk_ahead, fhir, until, window};
use crate::support::desk::{asking, at, service_id, settings};

type Headers = &'static [(&'static str, &'static str)];

/// The same times in every answer of this run.
static BEGAN: LazyLock<DateTime<Utc>> = LazyLock::new(|| ClockAhead(TimeDelta::zero()).now());

fn soon(minutes: i64) -> String {
    (*BEGAN + TimeDelta::minutes(minutes)).to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn slot(id: &str) -> Value {
    json!({ "resource": {
        "resourceType": "Slot", "id": id, "status": "free", "schedule": { "reference": "Schedule/s" },
        "start": soon(60), "end": soon(75),
    } })
}

fn bundle(entries: &[Value], next: Option<&str>) -> String {
    let link = next.map(|url| json!([{ "relation": "self", "url": "x" }, { "relation": "next", "url": url }]));
    json!({ "resourceType": "Bundle", "type": "searchset", "link": link, "entry": entries }).to_string()
}

fn ids(free: &FreeSlots) -> Vec<&str> {
    free.slots.iter().map(|slot| slot.id.as_str()).collect()
}

/// Searches at a server that answers every search alike.
async fn search(status: u16, headers: Headers, body: Vec<u8>) -> Result<FreeSlots, ProviderFailure> {
    let server = Server::start(move |_| {
        let body = body.clone();
        async move { answer(status, headers, body) }
    })
    .await;
    desk(settings()).0.provider.free_slots(&asking(), &service_id(), &at(&server.url), window()).await
}

#[tokio::test]
async fn sl_4_what_a_body_looks_like_from_outside_does_not_matter() {
    let body = bundle(&[slot("1")], None);
    let table: [(Headers, Vec<u8>); 5] = [
        (&[("Content-Type", "application/fhir+json;charset=utf-8")], body.clone().into_bytes()),
        (&[("Content-Type", "application/json")], body.clone().into_bytes()),
        (&[("Content-Type", "text/plain")], body.clone().into_bytes()),
        (&[], body.clone().into_bytes()),
        (&[("Content-Type", "application/json")], format!("\u{feff}{body}").into_bytes()),
    ];
    for (headers, body) in table {
        let free = search(200, headers, body).await.expect("slots");
        assert_eq!((ids(&free), free.notes.as_slice()), (vec!["1"], [].as_slice()), "{headers:?}");
    }
}

#[tokio::test]
async fn sl_4_an_operation_outcome_beside_slots_is_the_providers_remark_and_no_failure() {
    let outcome = json!({ "resource": { "resourceType": "OperationOutcome", "issue": [{ "diagnostics": "Only one diary is open" }] } });
    let free = search(200, &[], bundle(&[outcome, slot("1")], None).into_bytes()).await.expect("slots");
    assert_eq!(ids(&free), ["1"], "the slot");
    assert_eq!(free.notes, [SlotNote::ProviderSaid("Only one diary is open".to_owned())], "and the remark");
}

#[tokio::test]
async fn er_3_what_is_no_answer_is_the_providers_fault_with_the_service_named() {
    let whole = bundle(&[slot("1")], None);
    for body in [whole[..whole.len() / 2].to_owned(), "<html>".to_owned(), String::new(), "\u{feff}".to_owned()] {
        let server = Server::start({
            let body = body.clone();
            move |_| {
                let body = body.clone();
                async move { fhir(200, body) }
            }
        })
        .await;
        let (adapters, recorded) = desk(settings());
        let failed = adapters.provider.free_slots(&asking(), &service_id(), &at(&server.url), window()).await;
        assert_eq!(failed, Err(ProviderFailure::Malformed), "{body:?}");
        let exchange = recorded.all().pop().expect("recorded");
        assert_eq!(exchange.service, Some(service_id()), "with the service");
        assert_eq!(exchange.failure, Some(ProviderFailure::Malformed.to_string()), "and whose fault it is");
    }
}

#[tokio::test]
async fn sl_4_pages_are_followed_absolute_or_relative_each_under_a_request_id_of_its_own() {
    let server = Server::start(|heard| async move {
        let host = heard.header("host").to_owned();
        match heard.target.as_str() {
            "/STU3/1/Slot?page=2" => fhir(200, bundle(&[slot("2")], Some("Slot?page=3"))),
            "/STU3/1/Slot?page=3" => fhir(200, bundle(&[slot("3"), slot("2")], Some("/STU3/1/Slot?page=4"))),
            "/STU3/1/Slot?page=4" => fhir(200, bundle(&[slot("4")], None)),
            _ => fhir(200, bundle(&[slot("1")], Some(&format!("http://{host}/STU3/1/Slot?page=2")))),
        }
    })
    .await;
    let root = format!("{}/STU3/1", server.url);
    let (adapters, recorded) = desk(settings());
    let free = adapters.provider.free_slots(&asking(), &service_id(), &at(&root), window()).await.expect("slots");
    assert_eq!(
        (ids(&free), free.notes.as_slice()),
        (vec!["1", "2", "3", "4"], [].as_slice()),
        "every page, each slot once"
    );
    let requests: std::collections::HashSet<_> =
        server.heard().iter().map(|heard| heard.header("x-request-id").to_owned()).collect();
    assert_eq!(requests.len(), 4, "BK-4: a page is a request of its own");
    assert!(recorded.all().iter().all(|exchange| exchange.encounter == Some(asking().encounter)), "of one encounter");
}

#[tokio::test]
async fn sl_4_paging_has_an_end_whatever_the_links_say_and_what_is_not_read_is_said() {
    // Back to itself; on and on; to somebody else's server; out of the provider's root; to a page that fails.
    let table = [
        ("/p/Slot?page=again", 2),
        ("/p/Slot?page=more", 20),
        ("https://elsewhere.example/p/Slot", 1),
        ("/other/Slot", 1),
        ("/p/Slot?page=broken", 2),
    ];
    for (link, requests) in table {
        let count = Arc::new(AtomicUsize::new(0));
        let server = Server::start(move |heard| {
            let number = count.fetch_add(1, Ordering::SeqCst);
            async move {
                if heard.target.ends_with("broken") {
                    return fhir(500, "");
                }
                let next = if link.ends_with("more") { format!("{link}{number}") } else { link.to_owned() };
                fhir(200, bundle(&[slot(&format!("s{number:02}"))], Some(&next)))
            }
        })
        .await;
        let (adapters, _) = desk(settings());
        let root = format!("{}/p", server.url);
        let free = adapters
            .provider
            .free_slots(&asking(), &service_id(), &at(&root), window())
            .await
            .expect("what came is good");
        assert_eq!(server.heard().len(), requests, "{link}");
        assert!(!free.slots.is_empty(), "{link}: the slots that came");
        assert_eq!(free.notes, [SlotNote::MorePages], "{link}: that there may be more");
    }
}

#[tokio::test]
async fn sl_4_ten_thousand_slots_in_one_bundle_are_all_there() {
    let many: Vec<Value> = (0..10_000).map(|number| slot(&format!("s{number:05}"))).collect();
    let free = search(200, &[], bundle(&many, None).into_bytes()).await.expect("slots");
    assert_eq!((free.slots.len(), free.notes.len()), (10_000, 0), "every one");
}

#[tokio::test]
async fn au_1_clocks_that_are_apart_are_told_beside_the_slots_and_blamed_for_a_refused_token() {
    for (ahead, told) in
        [(TimeDelta::minutes(10), true), (TimeDelta::minutes(-10), true), (TimeDelta::seconds(20), false)]
    {
        let body = bundle(&[slot("1")], None);
        let server = Server::start(move |heard| {
            let body = body.clone();
            async move { if heard.target.starts_with("/refuses") { fhir(401, "") } else { fhir(200, body) } }
        })
        .await;
        let (adapters, recorded) = desk_ahead(settings(), ahead);
        let free =
            adapters.provider.free_slots(&asking(), &service_id(), &at(&server.url), window()).await.expect("slots");
        let apart = free.notes.iter().find_map(|note| match note {
            SlotNote::ClocksApart(seconds) => Some(*seconds),
            SlotNote::LeftOut(_) | SlotNote::MorePages | SlotNote::ProviderSaid(_) => None,
        });
        let near = |seconds: i64| (seconds - ahead.num_seconds()).abs() <= 5;
        assert_eq!(apart.map(near), told.then_some(true), "{ahead}: {apart:?}");
        let refused = adapters
            .provider
            .free_slots(&asking(), &service_id(), &at(&format!("{}/refuses", server.url)), window())
            .await;
        let refused = refused.expect_err("refused");
        if let ProviderFailure::Refused(Refusal::ClockApart(seconds)) = refused {
            assert!(told && near(seconds), "{ahead}: {seconds}");
        } else {
            assert!(!told && refused == ProviderFailure::Refused(Refusal::Forbidden), "{ahead}: {refused:?}");
        }
        let kept = recorded.all().iter().all(|exchange| exchange.clock_ahead.is_some() == told);
        assert!(kept, "{ahead}: and recorded: {:?}", recorded.all());
    }
}

#[tokio::test]
async fn bk_4_the_ids_of_both_sides_are_recorded_and_an_answer_to_another_request_is_noticed() {
    let ours = asking().request.to_string();
    for (correlation, noticed) in [(ours.to_uppercase(), false), ("another".to_owned(), true)] {
        let body = bundle(&[slot("1")], None);
        let sent = correlation.clone();
        let server = Server::start(move |_| {
            let (body, correlation) = (body.clone(), sent.clone());
            async move { answer(200, &[("X-Correlation-ID", &correlation), ("X-Request-ID", "theirs")], body) }
        })
        .await;
        let (adapters, recorded) = desk(settings());
        drop(adapters.provider.free_slots(&asking(), &service_id(), &at(&server.url), window()).await);
        let exchange = recorded.all().pop().expect("recorded");
        assert_eq!(exchange.request.map(|id| id.to_string()), Some(ours.clone()), "our request");
        assert_eq!(exchange.correlation, Some(correlation), "what it was answered to");
        assert_eq!(exchange.their_request.as_deref(), Some("theirs"), "their own id");
        assert_eq!(exchange.failure.is_some(), noticed, "{:?}", exchange.failure);
    }
}

#[tokio::test]
async fn di_9_a_host_gets_a_few_searches_at_a_time_and_somebody_who_waits_is_not_kept_waiting() {
    let (busy, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let gate = Arc::new(Semaphore::new(0));
    let server = Server::start({
        let (busy, most, gate) = (Arc::clone(&busy), Arc::clone(&most), Arc::clone(&gate));
        move |heard| {
            let (busy, most, gate) = (Arc::clone(&busy), Arc::clone(&most), Arc::clone(&gate));
            async move {
                if heard.target.contains("222222") {
                    return fhir(200, bundle(&[slot("now")], None));
                }
                most.fetch_max(busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                gate.acquire().await.expect("open").forget();
                busy.fetch_sub(1, Ordering::SeqCst);
                fhir(200, bundle(&[slot("1")], None))
            }
        }
    })
    .await;
    let mut settings = settings();
    settings.fhir.at_once_per_host = std::num::NonZeroU16::new(3).expect("not 0");
    let (adapters, _) = desk(settings);
    let provider = Arc::clone(&adapters.provider);
    let root = at(&server.url);
    let mut searches = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let (provider, root) = (Arc::clone(&provider), root.clone());
        let asking = Asking { background: true, ..asking() };
        searches.spawn(async move { provider.free_slots(&asking, &service_id(), &root, window()).await.map(drop) });
    }
    until(|| busy.load(Ordering::SeqCst) == 3).await;
    let other = desk_domain::id::DosServiceId::new("222222").expect("an id");
    let answered =
        tokio::time::timeout(Duration::from_secs(10), provider.free_slots(&asking(), &other, &root, window())).await;
    assert!(answered.is_ok_and(|free| free.is_ok()), "the user's own search is not behind the others");
    assert_eq!(server.heard().len(), 4, "the others wait their turn here, not there");
    // One that is given up leaves its turn to the next.
    gate.add_permits(10);
    while let Some(done) = searches.join_next().await {
        assert_eq!(done.expect("no panic"), Ok(()), "every one comes to its turn");
    }
    assert_eq!(most.load(Ordering::SeqCst), 3, "never more than three");
}

#[tokio::test]
async fn di_9_a_search_that_is_given_up_leaves_its_turn_to_the_next() {
    let server = Server::start(|heard| async move {
        if heard.target.contains("222222") {
            return fhir(200, bundle(&[slot("next")], None));
        }
        std::future::pending().await
    })
    .await;
    let mut settings = settings();
    settings.fhir.at_once_per_host = std::num::NonZeroU16::new(1).expect("not 0");
    let (adapters, _) = desk(settings);
    let (provider, root) = (Arc::clone(&adapters.provider), at(&server.url));
    let hangs = {
        let (provider, root) = (Arc::clone(&provider), root.clone());
        let asking = Asking { background: true, ..asking() };
        tokio::spawn(async move { provider.free_slots(&asking, &service_id(), &root, window()).await.map(drop) })
    };
    until(|| server.heard().len() == 1).await;
    hangs.abort();
    let service = desk_domain::id::DosServiceId::new("222222").expect("an id");
    let next = Asking { background: true, ..asking() };
    let answered =
        tokio::time::timeout(Duration::from_secs(10), provider.free_slots(&next, &service, &root, window())).await;
    assert!(answered.is_ok_and(|free| free.is_ok()), "the turn was given back");
}
