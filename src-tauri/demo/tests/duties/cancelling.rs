//! Cancelling: under the version that was read, the status alone, by whoever may.

use demo_nhs::DemoOptions;
use reqwest::Method;
use serde_json::{Value, json};

use crate::consumer::{BOOKING_READ, Consumer, json_of, order, resources, told};

fn cancelled(held: &Value) -> Value {
    let mut cancelled = held.clone();
    cancelled["status"] = json!("cancelled");
    cancelled
}

#[tokio::test]
async fn ca_3_a_booking_is_cancelled_under_its_version_alone_and_every_version_is_kept() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let held = json_of(consumer.book("a1", &consumer.order(0).await).await).await;
    let path = format!("Appointment/{}", held["id"].as_str().expect("an id"));
    let read = json_of(consumer.get(&path, BOOKING_READ).await).await;
    assert_eq!(read, held, "as it was answered");
    let right = cancelled(&read);
    let changed = |pointer: &str, value: Value| {
        let mut changed = right.clone();
        *changed.pointer_mut(pointer).expect("there") = value;
        changed
    };
    let mut more = right.clone();
    more["comment"] = json!("more");
    let mut unidentified = right.clone();
    unidentified["contained"][1].as_object_mut().expect("a patient").remove("identifier");
    let first = Some("W/\"1\"");
    let table = [
        (None, right.clone(), 412, "http.If-Match"),
        (Some("*"), right.clone(), 412, "http.If-Match"),
        (Some("1"), right.clone(), 412, "http.If-Match"),
        (Some("W/\"7\""), right.clone(), 409, "http.If-Match"),
        (first, json!({ "resourceType": "Patient" }), 400, "Appointment"),
        (first, read.clone(), 422, "Appointment.status"),
        (first, changed("/status", json!("noshow")), 422, "Appointment.status"),
        (first, changed("/description", json!("other")), 422, "Appointment.description"),
        (first, changed("/contained/1/name/0/given/0", json!("Jon")), 422, "Appointment.contained[1].name[0].given[0]"),
        (first, changed("/meta/versionId", json!("2")), 422, "Appointment.meta.versionId"),
        (first, more, 422, "Appointment"),
        (first, unidentified, 422, "Appointment.contained[1].identifier"),
    ];
    for (number, (tag, body, status, place)) in table.into_iter().enumerate() {
        let answer = consumer.put(&path, &format!("c{number}"), tag, &body).await;
        assert_eq!(answer.status().as_u16(), status, "{place}");
        assert_eq!(told(&json_of(answer).await).1, place, "where");
    }
    assert_eq!(consumer.put(&path, "a1", first, &right).await.status(), 409, "the id of the booking's own request");
    let done = consumer.put(&path, "d1", first, &right).await;
    assert_eq!(done.status(), 200, "cancelled");
    assert_eq!(done.headers()["etag"], "W/\"2\"", "a new version");
    assert_eq!(done.headers()["x-correlation-id"], "d1", "of that request");
    let newest = json_of(done).await;
    let again = consumer.put(&path, "d2", Some("W/\"2\""), &newest).await;
    assert_eq!(again.status(), 422, "already cancelled");
    assert!(told(&json_of(again).await).0.contains("cancelled already"), "and told so");
    let version = |number: u32| format!("{path}/_history/{number}");
    assert_eq!(json_of(consumer.get(&version(1), BOOKING_READ).await).await, held, "every version is kept");
    assert_eq!(json_of(consumer.get(&version(2), BOOKING_READ).await).await["status"], "cancelled", "the newest");
    assert_eq!(consumer.get(&version(3), BOOKING_READ).await.status(), 404, "no other");
    let history = json_of(consumer.get(&format!("{path}/_history"), BOOKING_READ).await).await;
    let versions: Vec<&Value> =
        resources(&history, "Appointment").into_iter().map(|one| &one["meta"]["versionId"]).collect();
    assert_eq!((&history["total"], versions), (&json!(2), vec![&json!("2"), &json!("1")]), "the newest first");
    let freed = order(&held["contained"][2]);
    assert_eq!(consumer.book("e1", &freed).await.status(), 201, "the slot is free again");
}

#[tokio::test]
async fn ca_4_what_is_not_there_or_over_cannot_be_cancelled() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = DemoOptions { data: Some(folder.path().to_owned()), ..DemoOptions::default() };
    let consumer = Consumer::start(kept.clone()).await;
    let held = json_of(consumer.book("a1", &consumer.order(0).await).await).await;
    let path = format!("Appointment/{}", held["id"].as_str().expect("an id"));
    let nobody = consumer.put("Appointment/x", "b1", Some("W/\"1\""), &cancelled(&held)).await;
    assert_eq!(nobody.status(), 404, "not there");
    consumer.nhs.stop().await;
    let file = folder.path().join("utc.jsonl");
    let text = std::fs::read_to_string(&file).expect("kept");
    std::fs::write(&file, text.replace(held["start"].as_str().expect("a start"), "2020-01-01T00:00:00.000Z"))
        .expect("written");
    let later = Consumer::start(kept).await;
    let past = json_of(later.get(&path, BOOKING_READ).await).await;
    let answer = later.put(&path, "b2", Some("W/\"1\""), &cancelled(&past)).await;
    assert_eq!(answer.status(), 422, "over");
    assert_eq!(told(&json_of(answer).await).1, "Appointment.start", "and told so");
}

#[tokio::test]
async fn ca_4_a_booking_is_over_somebody_elses_kept_or_lost_on_cue_and_its_cancellation_refused_for_that() {
    let table = [
        ("past", 422, "Appointment.start", "in the past"),
        ("hand_over", 422, "Appointment.participant", "another patient"),
        ("restrict", 403, "http.Authorization", "service itself"),
        ("forget", 404, "", ""),
        ("move", 409, "http.If-Match", "changed meanwhile"),
    ];
    for (event, status, place, says) in table {
        let consumer = Consumer::start(DemoOptions::default()).await;
        let held = json_of(consumer.book("a1", &consumer.order(0).await).await).await;
        let id = held["id"].as_str().expect("an id");
        let path = format!("Appointment/{id}");
        let order = json!({ "booking": id, "do": event });
        consumer.nhs.control().cue(&order).expect("it happens");
        // As it was read before: what has happened goes before the version.
        let answer = consumer.put(&path, "b1", Some("W/\"1\""), &cancelled(&held)).await;
        assert_eq!(answer.status().as_u16(), status, "{event}");
        let (said, at) = told(&json_of(answer).await);
        assert!(said.contains(says) && at.contains(place), "{event}: {said} at {at}");
        let now = consumer.get(&path, BOOKING_READ).await;
        assert_eq!(now.status() == 404, event == "forget", "{event}: what is read");
        if event == "hand_over" {
            let now = json_of(now).await;
            let number = |one: &Value| one["contained"][1]["identifier"][0]["value"].clone();
            assert_ne!(number(&now), number(&held), "another number");
            assert_ne!(now["contained"][1]["name"], held["contained"][1]["name"], "another name");
            assert_eq!(now["meta"]["versionId"], "2", "a version of its own");
        }
    }
}

#[tokio::test]
async fn ca_1_a_booking_is_cancelled_by_whoever_made_it_and_by_others_where_the_service_lets_them() {
    for (provider, service, status) in [("utc", "111001", 200), ("community", "111012", 403)] {
        let consumer = Consumer::start(DemoOptions::default()).await.at(provider);
        let held = json_of(consumer.book("a1", &order(&consumer.free(service).await[0])).await).await;
        let path = format!("Appointment/{}", held["id"].as_str().expect("an id"));
        let other = consumer.of("Y02");
        let read = json_of(other.get(&path, BOOKING_READ).await).await;
        let answer = other.put(&path, "b1", Some("W/\"1\""), &cancelled(&read)).await;
        assert_eq!(answer.status().as_u16(), status, "{service}, by another organisation");
        if status == 403 {
            let outcome = json_of(answer).await;
            assert_eq!(outcome["issue"][0]["details"]["coding"][0]["code"], "ACCESS_DENIED", "{outcome}");
            let own = other.of("X01").put(&path, "b2", Some("W/\"1\""), &cancelled(&read)).await;
            assert_eq!(own.status(), 200, "by whoever made it");
        }
    }
}

#[tokio::test]
async fn ca_3_of_desks_that_cancel_at_once_one_does_it() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let held = json_of(consumer.book("a1", &consumer.order(0).await).await).await;
    let path = format!("Appointment/{}", held["id"].as_str().expect("an id"));
    let (path, body) = (&path, &cancelled(&held));
    let consumer = &consumer;
    let all = (0..20).map(|desk| async move {
        let sent = consumer.writing(Method::PUT, path, &format!("desk-{desk}"), body).header("If-Match", "W/\"1\"");
        sent.send().await.expect("an answer").status().as_u16()
    });
    let all = futures::future::join_all(all).await;
    let count = |status: u16| all.iter().filter(|one| **one == status).count();
    assert_eq!((count(200), count(422)), (1, 19), "one, and the others are told that it is done");
}
