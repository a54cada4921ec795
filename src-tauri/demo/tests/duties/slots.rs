//! The search for slots.

use std::collections::BTreeSet;

use chrono::Duration;
use demo_nhs::DemoOptions;
use serde_json::Value;

use crate::consumer::{Consumer, INCLUDES, SLOT_READ, free_of, json_of, link, now, order, resources, told};

#[tokio::test]
async fn pv_all_diaries_of_a_service_are_told_with_their_real_places_and_nothing_defaulted() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    for includes in INCLUDES {
        let bundle = json_of(consumer.get(&format!("{}&{includes}&_odd=1", free_of("111001")), SLOT_READ).await).await;
        let count = |kind: &str| resources(&bundle, kind).len();
        assert!(count("Slot") > 10, "slots");
        let kinds = ["Schedule", "Location", "HealthcareService", "Organization"].map(count);
        assert_eq!(kinds, [3, 3, 1, 1], "all diaries, each with its place: {includes}");
        assert_eq!(count("Practitioner"), count("PractitionerRole"), "a role each");
        let places: BTreeSet<String> =
            resources(&bundle, "Location").iter().map(|place| format!("Location/{}", text(&place["id"]))).collect();
        for schedule in resources(&bundle, "Schedule") {
            let mut actors = schedule["actor"].as_array().expect("actors").iter();
            assert!(actors.any(|actor| places.contains(text(&actor["reference"]))), "a diary has a place of its own");
        }
        for place in resources(&bundle, "Location") {
            assert!(place["address"]["line"][0].is_string() && place["address"]["postalCode"].is_string(), "{place}");
        }
        let channels: BTreeSet<&str> = resources(&bundle, "Slot")
            .iter()
            .map(|slot| slot["extension"][0]["valueCode"].as_str().unwrap_or("not given"))
            .collect();
        assert!(
            channels.iter().all(|one| ["In-person", "Telephone", "Video", "not given"].contains(one)),
            "{channels:?}"
        );
        let modes: BTreeSet<&str> =
            bundle["entry"].as_array().expect("entries").iter().map(|entry| text(&entry["search"]["mode"])).collect();
        assert_eq!(modes, BTreeSet::from(["include", "match"]), "matches and what was included are told apart");
    }
    let plain = json_of(consumer.get(&free_of("111001"), SLOT_READ).await).await;
    assert_eq!(resources(&plain, "Slot").len(), plain["entry"].as_array().map_or(0, Vec::len), "nothing unasked");
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[tokio::test]
async fn pv_pages_end_and_each_slot_stands_on_one_of_them() {
    let consumer = Consumer::start(DemoOptions { slots_per_service: 120, ..DemoOptions::default() }).await;
    let (mut next, mut ids, mut pages) = (Some(free_of("111001")), Vec::new(), 0);
    while let Some(page) = next {
        assert!(pages == 0 || page.starts_with("http://"), "an absolute address: {page}");
        let bundle = json_of(consumer.get(&page, SLOT_READ).await).await;
        ids.extend(resources(&bundle, "Slot").into_iter().map(|slot| text(&slot["id"]).to_owned()));
        assert_eq!(bundle["total"], 120, "of all pages");
        assert!(link(&bundle, "self").is_some_and(|own| own.starts_with("http://")), "a page says where it is");
        next = link(&bundle, "next");
        pages += 1;
        assert!(pages < 10, "they end");
    }
    assert_eq!((pages, ids.len(), ids.iter().collect::<BTreeSet<_>>().len()), (3, 120, 120), "each once");
}

#[tokio::test]
async fn pv_busy_slots_are_told_where_they_are_asked_for() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let slot = consumer.free("111001").await[0].clone();
    assert_eq!(consumer.book("a", &order(&slot)).await.status(), 201, "booked");
    let of = async |status: &str| {
        let query = free_of("111001").replace("status=free", &format!("status={status}"));
        let bundle = json_of(consumer.get(&query, SLOT_READ).await).await;
        let found = resources(&bundle, "Slot").into_iter().find(|found| found["id"] == slot["id"]);
        found.map(|found| text(&found["status"]).to_owned())
    };
    assert_eq!(of("free").await, None, "not free");
    assert_eq!(of("busy").await.as_deref(), Some("busy"), "busy");
    assert_eq!(of("free,busy").await.as_deref(), Some("busy"), "both, with a comma");
    assert_eq!(of("free%2Cbusy").await.as_deref(), Some("busy"), "both, with a comma that is escaped");
}

#[tokio::test]
async fn pv_no_slots_is_an_answer_and_no_failure() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let soon = (now() + Duration::minutes(1)).format("%Y-%m-%dT%H:%M:%SZ");
    let path = format!("Slot?schedule.actor%3Ahealthcareservice=111001&start=le{soon}&status=free");
    let answer = consumer.get(&path, SLOT_READ).await;
    assert_eq!(answer.status(), 200, "an answer");
    let none = json_of(answer).await;
    assert_eq!(none["entry"][0]["resource"]["resourceType"], "OperationOutcome", "that says so");
    assert_eq!(
        (&none["entry"][0]["search"]["mode"], &none["total"]),
        (&Value::from("outcome"), &Value::from(0)),
        "none"
    );
}

#[tokio::test]
async fn pv_searches_that_make_no_sense_are_refused_and_told_where() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let service = "schedule.actor%3Ahealthcareservice=111001";
    let (late, status) = ("start=le2099-01-01T00%3A00%3A00Z", "status=free");
    let ok = [
        format!("{service}&{late}&{status}"),
        format!("schedule.actor:healthcareservice=HealthcareService/111001&{late}&{status}"),
        format!("{service}&{status}&start=le2099-01-01T00:00:00.000%2B01:00&start=ge2001-01-01T00:00:00Z"),
    ];
    for query in ok {
        assert_eq!(consumer.get(&format!("Slot?{query}"), SLOT_READ).await.status(), 200, "{query}");
    }
    let table = [
        (format!("{late}&{status}"), 400, "schedule.actor:healthcareservice"),
        (format!("{service}&{service}&{late}&{status}"), 400, "schedule.actor:healthcareservice"),
        (format!("schedule.actor%3Ahealthcareservice=999999&{late}&{status}"), 404, "schedule.actor:healthcareservice"),
        (format!("{service}&{status}"), 400, "start"),
        (format!("{service}&{status}&start=ge2099-01-01T00:00:00Z"), 400, "start"),
        (format!("{service}&{status}&{late}&{late}"), 400, "start"),
        (format!("{service}&{status}&{late}&start=ge2098-01-01T00:00:00Z&start=ge2098-01-01T00:00:00Z"), 400, "start"),
        (format!("{service}&{status}&{late}&start=gt2098-01-01T00:00:00Z"), 400, "start"),
        (format!("{service}&{status}&{late}&start=2098-01-01T00:00:00Z"), 400, "start"),
        (format!("{service}&{status}&start=le2099-01-01"), 400, "start"),
        (format!("{service}&{status}&start=le2099-01-01T00:00Z"), 400, "start"),
        (format!("{service}&{status}&start=le2099-01-01T00:00:00"), 400, "start"),
        (format!("{service}&{status}&start=le2099-01-01T00:00:00+01:00"), 400, "start"),
        (format!("{service}&{status}&start=le2001-01-01T00:00:00Z"), 400, "start"),
        (format!("{service}&{status}&{late}&start=ge2099-06-01T00:00:00Z"), 400, "start"),
        (format!("{service}&{late}"), 400, "status"),
        (format!("{service}&{late}&status=maybe"), 400, "status"),
        (format!("{service}&{late}&status=free,"), 400, "status"),
        (format!("{service}&{late}&{status}&{status}"), 400, "status"),
        (format!("{service}&{late}&{status}&_page=x"), 400, "_page"),
    ];
    for (query, status, parameter) in table {
        let answer = consumer.get(&format!("Slot?{query}"), SLOT_READ).await;
        assert_eq!(answer.status().as_u16(), status, "{query}");
        let (said, place) = told(&json_of(answer).await);
        assert_eq!(place, format!("http.{parameter}"), "{query}: {said}");
    }
    let odd = consumer.get(&format!("Slot?{service}&{late}&{status}&x=%FF"), SLOT_READ).await;
    assert_eq!(odd.status(), 400, "a query that is not UTF-8");
}

#[tokio::test]
async fn the_same_seed_and_time_give_the_same_slots() {
    let at = "2099-11-20T12:00:00Z".parse().expect("an instant");
    let mut seen = Vec::new();
    for seed in [1, 1, 2] {
        let consumer = Consumer::start(DemoOptions { seed, now: Some(at), ..DemoOptions::default() }).await;
        let path = "Slot?schedule.actor%3Ahealthcareservice=111001&start=le2099-12-20T12:00:00Z&status=free";
        let bundle = json_of(consumer.get(path, SLOT_READ).await).await;
        let entries = bundle["entry"].as_array().expect("entries").iter();
        seen.push(entries.map(|entry| entry["resource"]["start"].clone()).collect::<Vec<_>>());
    }
    assert_eq!(seen[0], seen[1], "the same seed");
    assert_ne!(seen[0], seen[2], "another seed");
}
