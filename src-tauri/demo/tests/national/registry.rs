//! The registry: pointers to bookings, registered and expired by who holds them.

use demo_nhs::{DemoNhs, DemoOptions};
use proptest::prelude::*;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::consumer::{
    BOOKING_READ, BOOKING_WRITE, SLOT_READ, bearer, claims, client, free_slot, json_of, order, start, token,
};

const NUMBER: &str = "9990000018";

fn pointer(number: &str, url: &str) -> Value {
    json!({
        "resourceType": "Appointment",
        "identifier": [{ "system": "urn:ietf:rfc:3986", "value": url }],
        "status": "booked", "start": "2099-01-01T10:00:00Z", "end": "2099-01-01T10:15:00Z",
        "participant": [{
            "actor": { "identifier": { "system": "https://fhir.nhs.uk/Id/nhs-number", "value": number } },
            "status": "accepted",
        }],
    })
}

struct Registry<'a>(&'a str);

impl Registry<'_> {
    async fn send(&self, method: Method, path: &str, token: &str, tag: &str, body: Option<String>) -> Response {
        let mut request = client().request(method, format!("{}/{path}", self.0));
        if !token.is_empty() {
            request = request.header("Authorization", token);
        }
        if !tag.is_empty() {
            request = request.header("If-Match", tag);
        }
        if let Some(body) = body {
            request = request.header("Content-Type", "application/fhir+json").body(body);
        }
        request.send().await.expect("an answer")
    }

    async fn find(&self, value: &str, token: &str) -> Response {
        let value = value.replace(':', "%3A").replace('/', "%2F").replace('|', "%7C");
        self.send(Method::GET, &format!("Appointment?patient.identifier={value}"), token, "", None).await
    }

    async fn of(&self, number: &str) -> Vec<Value> {
        let value = format!("https://fhir.nhs.uk/Id/nhs-number|{number}");
        let bundle = json_of(self.find(&value, &token(self.0, BOOKING_READ)).await).await;
        let entries = bundle["entry"].as_array().expect("entries");
        entries.iter().map(|entry| entry["resource"].clone()).collect()
    }

    async fn post(&self, body: &Value) -> Response {
        self.send(Method::POST, "Appointment", &token(self.0, BOOKING_WRITE), "", Some(body.to_string())).await
    }

    async fn put(&self, id: &str, tag: &str, body: &Value) -> Response {
        let path = format!("Appointment/{id}");
        self.send(Method::PUT, &path, &token(self.0, BOOKING_WRITE), tag, Some(body.to_string())).await
    }
}

/// Status and what was said.
async fn refusal(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body = json_of(response).await;
    (status, body["issue"][0]["diagnostics"].as_str().unwrap_or_default().to_owned())
}

async fn at_the_provider(nhs: &DemoNhs, method: Method, path: &str, id: &str, body: &Value) -> Value {
    let root = &nhs.description().providers[0].root;
    let request = client().request(method, format!("{root}/{path}")).header("X-Request-ID", id);
    let request = request.header("Authorization", token(root, BOOKING_WRITE)).header("If-Match", "W/\"1\"");
    let request = request.header("Content-Type", "application/fhir+json").body(body.to_string());
    let answer = request.send().await.expect("an answer");
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
    json_of(answer).await
}

#[tokio::test]
async fn rg_2_providers_register_what_they_confirm_and_expire_what_is_cancelled() {
    let nhs = start(DemoOptions::default()).await;
    let registry = Registry(&nhs.description().registry.url);
    assert!(registry.of(NUMBER).await.is_empty(), "nothing yet");
    let first = "a3f1c9c0-0000-4000-8000-000000000001";
    let booked = order(&free_slot(&nhs).await, Some(NUMBER));
    let held = at_the_provider(&nhs, Method::POST, "Appointment", first, &booked).await;
    let entry = registry.of(NUMBER).await.remove(0);
    let url = entry["identifier"][0]["value"].as_str().expect("a pointer").to_owned();
    let root = &nhs.description().providers[0].root;
    assert_eq!(url, format!("{root}/Appointment/{}", held["id"].as_str().expect("an id")), "the real one");
    assert_eq!([&entry["status"], &entry["start"]], [&json!("booked"), &held["start"]], "as it is held");
    let text = entry.to_string();
    for detail in ["Patient", "Mill Lane", "07700", "Sore throat", "1974"] {
        assert!(!text.contains(detail), "a pointer holds nothing more about the patient: {text}");
    }
    let read = client().get(&url).header("Authorization", token(root, BOOKING_READ)).send().await.expect("an answer");
    assert_eq!(read.status(), 200, "it leads to the booking");
    let mut cancelled = held.clone();
    cancelled["status"] = json!("cancelled");
    let path = format!("Appointment/{}", held["id"].as_str().expect("an id"));
    let second = "a3f1c9c0-0000-4000-8000-000000000002";
    at_the_provider(&nhs, Method::PUT, &path, second, &cancelled).await;
    let entries = registry.of(NUMBER).await;
    assert_eq!((entries.len(), &entries[0]["status"]), (1, &json!("cancelled")), "expired");
    let nobody = order(&free_slot(&nhs).await, None);
    let third = "a3f1c9c0-0000-4000-8000-000000000003";
    at_the_provider(&nhs, Method::POST, "Appointment", third, &nobody).await;
    assert_eq!(registry.of(NUMBER).await.len(), 1, "a patient without a number is not registered");
}

#[tokio::test]
async fn rg_2_what_earlier_runs_booked_is_registered_still() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = || DemoOptions { data: Some(folder.path().to_owned()), ..DemoOptions::default() };
    let nhs = start(options()).await;
    let booked = order(&free_slot(&nhs).await, Some(NUMBER));
    at_the_provider(&nhs, Method::POST, "Appointment", "a3f1c9c0-0000-4000-8000-000000000001", &booked).await;
    nhs.stop().await;
    let again = start(options()).await;
    assert_eq!(Registry(&again.description().registry.url).of(NUMBER).await.len(), 1, "after a restart");
}

#[tokio::test]
async fn rg_2_what_happens_on_the_providers_side_shows_in_the_registry() {
    let nhs = start(DemoOptions::default()).await;
    let registry = Registry(&nhs.description().registry.url);
    let edith = "9990000034";
    nhs.control().cue(json!({ "scenario": "another_111_registry" })).expect("a scenario");
    let entry = registry.of(edith).await.remove(0);
    let id = entry["identifier"][0]["value"].as_str().and_then(|url| url.rsplit('/').next()).expect("an id").to_owned();
    nhs.control().cue(json!({ "booking": id, "do": "move" })).expect("moved");
    let moved = registry.of(edith).await.remove(0);
    assert_ne!(moved["start"], entry["start"], "at its new time");
    nhs.control().cue(json!({ "booking": id, "do": "cancelled" })).expect("cancelled");
    assert_eq!(registry.of(edith).await[0]["status"], "cancelled", "expired");
    nhs.control().cue(json!({ "do": "start_again" })).expect("a fresh start");
    assert!(registry.of(edith).await.is_empty(), "nothing is left");
    nhs.control().cue(json!({ "system": "registry", "do": "offline" })).expect("a cue");
    let number = format!("https://fhir.nhs.uk/Id/nhs-number%7C{edith}");
    let url = format!("{}/Appointment?patient.identifier={number}", registry.0);
    let silent = client().get(url).header("Authorization", token(registry.0, BOOKING_READ)).send().await;
    assert!(
        match silent {
            Ok(begun) => begun.text().await.is_err(),
            Err(_) => true,
        },
        "it breaks off"
    );
}

#[tokio::test]
async fn rg_2_entries_are_found_by_their_own_patients_number_alone() {
    let nhs = start(DemoOptions::default()).await;
    let registry = Registry(&nhs.description().registry.url);
    let made = registry.post(&pointer(NUMBER, "https://another111.example/STU3/1/Appointment/7")).await;
    assert_eq!(made.status(), 201, "registered");
    assert_eq!(made.headers()["etag"], "W/\"1\"", "with its version");
    let location = made.headers()["location"].to_str().expect("text").to_owned();
    let read = client().get(location).header("Authorization", token(registry.0, BOOKING_READ)).send().await;
    assert_eq!(read.expect("an answer").status(), 200, "and can be read");
    assert_eq!((registry.of(NUMBER).await.len(), registry.of("9990000026").await.len()), (1, 0), "nobody else's");
    let system = "https://fhir.nhs.uk/Id/nhs-number";
    let asked = [
        String::new(),
        NUMBER.to_owned(),
        format!("|{NUMBER}"),
        format!("https://other.example|{NUMBER}"),
        format!("{system}|9990000019"),
        format!("{system}|999000001"),
        format!("{system}|99900000181"),
        format!("{system}|999 000 0018"),
        format!("{system}|٩٩٩٠٠٠٠٠١٨"),
    ];
    for value in asked {
        let (status, said) = refusal(registry.find(&value, &token(registry.0, BOOKING_READ)).await).await;
        assert_eq!(status, 400, "{value:?}: {said}");
        assert!(said.contains("patient.identifier"), "{value:?}: {said}");
    }
}

#[tokio::test]
async fn au_4_the_registry_has_the_token_rules_of_a_provider() {
    let nhs = start(DemoOptions::default()).await;
    let registry = Registry(&nhs.description().registry.url);
    let number = format!("https://fhir.nhs.uk/Id/nhs-number|{NUMBER}");
    let provider = &nhs.description().providers[0].root;
    let mut expired = claims(registry.0, BOOKING_READ);
    expired["iat"] = json!(expired["iat"].as_i64().expect("seconds") - 1000);
    expired["exp"] = json!(expired["exp"].as_i64().expect("seconds") - 1000);
    let table = [
        (String::new(), 403, "none"),
        ("Bearer x.y".to_owned(), 400, "malformed"),
        (bearer(&expired), 403, "expired"),
        (token(provider, BOOKING_READ), 403, "a provider's"),
        (token(registry.0, SLOT_READ), 403, "another scope"),
        (token(registry.0, BOOKING_WRITE), 403, "writing is not reading"),
        (token(registry.0, BOOKING_READ), 200, "the right one"),
    ];
    for (token, status, what) in table {
        assert_eq!(registry.find(&number, &token).await.status().as_u16(), status, "{what}");
    }
    let body = pointer(NUMBER, "https://x.example/Appointment/1").to_string();
    let reading = token(registry.0, BOOKING_READ);
    let denied = registry.send(Method::POST, "Appointment", &reading, "", Some(body)).await;
    assert_eq!(refusal(denied).await.0, 403, "reading is not writing");
}

#[tokio::test]
async fn rg_2_only_pointers_are_registered() {
    let nhs = start(DemoOptions::default()).await;
    let registry = Registry(&nhs.description().registry.url);
    let right = pointer(NUMBER, "https://x.example/STU3/1/Appointment/1");
    let with = |path: &str, value: Value| {
        let mut body = right.clone();
        match body.pointer_mut(path) {
            Some(there) => *there = value,
            None => body[path.trim_start_matches('/')] = value,
        }
        body
    };
    let number = "/participant/0/actor/identifier/value";
    let table = [
        (json!([]), 400, "resourceType"),
        (json!({ "resourceType": "Patient" }), 400, "resourceType"),
        (with("/id", json!("mine")), 400, "id"),
        (with("/status", json!("cancelled")), 422, "status"),
        (with("/identifier/0/value", json!("Appointment/1")), 422, "identifier"),
        (with("/identifier/0/value", json!("ftp://x.example/1")), 422, "identifier"),
        (with("/identifier/0/system", json!("urn:other")), 422, "identifier"),
        (with("/identifier", json!([])), 422, "identifier"),
        (with("/start", json!("2099-01-01T11:00:00Z")), 422, "start"),
        (with("/end", json!("2099-01-01T11:00:00")), 422, "end"),
        (with(number, json!("9990000019")), 422, "NHS number"),
        (with("/participant/0/actor/identifier/system", json!("x")), 422, "participant"),
        (with("/participant", json!([])), 422, "participant"),
        (with("/participant/0/actor", json!({ "display": "John Patient" })), 422, "participant"),
        (with("/description", json!("Sore throat")), 422, "description"),
        (with("/contained", json!([{ "resourceType": "Patient" }])), 422, "contained"),
    ];
    for (body, status, place) in table {
        let (got, said) = refusal(registry.post(&body).await).await;
        assert_eq!(got, status, "{body}: {said}");
        assert!(said.contains(place), "{body}: {said} names {place}");
    }
    let writing = token(registry.0, BOOKING_WRITE);
    let raw = async |path: &str, method: Method, body: Option<&str>| {
        refusal(registry.send(method, path, &writing, "", body.map(str::to_owned)).await).await.0
    };
    assert_eq!(raw("Appointment", Method::POST, Some("{\"resourceType\":")).await, 400, "cut short");
    assert_eq!(raw("Appointment", Method::POST, Some(&"[".repeat(100_000))).await, 400, "nested beyond sense");
    assert_eq!(raw("Appointment", Method::POST, Some(&" ".repeat(3_000_000))).await, 413, "too large");
    assert_eq!(raw("Appointment", Method::POST, None).await, 415, "no media type");
    assert_eq!(raw("Appointment", Method::DELETE, None).await, 405, "another method");
    assert_eq!(raw("Patient", Method::GET, None).await, 404, "another resource");
    assert!(registry.of(NUMBER).await.is_empty(), "nothing was kept of all this");
    assert_eq!(registry.post(&right).await.status(), 201, "registered");
    assert_eq!(refusal(registry.post(&right).await).await.0, 409, "once");
}

#[tokio::test]
async fn rg_2_an_entry_expires_under_its_version_and_by_who_registered_it() {
    let nhs = start(DemoOptions::default()).await;
    let registry = Registry(&nhs.description().registry.url);
    let entry = json_of(registry.post(&pointer(NUMBER, "https://x.example/STU3/1/Appointment/1")).await).await;
    let id = entry["id"].as_str().expect("an id").to_owned();
    let mut cancelled = entry.clone();
    cancelled["status"] = json!("cancelled");
    let mut moved = cancelled.clone();
    moved["start"] = json!("2099-01-01T09:00:00Z");
    let mut other = cancelled.clone();
    other["id"] = json!("other");
    let mut stranger = claims(registry.0, BOOKING_WRITE);
    stranger["requesting_organization"]["identifier"][0]["value"] = json!("NDX99");
    let path = format!("Appointment/{id}");
    let denied = registry.send(Method::PUT, &path, &bearer(&stranger), "W/\"1\"", Some(cancelled.to_string())).await;
    assert_eq!(refusal(denied).await.0, 403, "by somebody else");
    let table = [
        ("", &cancelled, 412, "If-Match"),
        ("W/\"2\"", &cancelled, 409, "If-Match"),
        ("W/\"1\"", &entry, 422, "status"),
        ("W/\"1\"", &moved, 422, "status"),
        ("W/\"1\"", &other, 422, "id"),
    ];
    for (tag, body, status, place) in table {
        let (got, said) = refusal(registry.put(&id, tag, body).await).await;
        assert_eq!(got, status, "{tag}: {said}");
        assert!(said.contains(place), "{said} names {place}");
    }
    assert_eq!(refusal(registry.put("none", "W/\"1\"", &cancelled).await).await.0, 404, "no such entry");
    let done = registry.put(&id, "W/\"1\"", &cancelled).await;
    assert_eq!((done.status().as_u16(), done.headers()["etag"].as_bytes()), (200, &b"W/\"2\""[..]), "expired");
    assert_eq!(refusal(registry.put(&id, "W/\"2\"", &cancelled).await).await.0, 422, "once");
    assert_eq!(registry.of(NUMBER).await[0]["status"], "cancelled", "as it is found");
}

/// A value of any kind.
fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        Just(json!([])),
        Just(json!([null])),
        Just(json!({})),
        Just(json!({ "value": [] })),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn pv_no_body_brings_the_registry_down_or_makes_it_lie(changes in prop::collection::vec((0_usize..13, anything()), 24)) {
        const PLACES: [&str; 13] = [
            "/resourceType", "/identifier", "/identifier/0", "/identifier/0/system", "/identifier/0/value", "/status",
            "/start", "/end", "/participant", "/participant/0", "/participant/0/actor", "/participant/0/actor/identifier",
            "/participant/0/actor/identifier/value",
        ];
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let nhs = start(DemoOptions::default()).await;
            let registry = Registry(&nhs.description().registry.url);
            for (place, value) in changes {
                let mut body = pointer(NUMBER, "https://x.example/STU3/1/Appointment/1");
                *body.pointer_mut(PLACES[place]).expect("there") = value.clone();
                let (status, said) = refusal(registry.post(&body).await).await;
                assert!(matches!(status, 400 | 422) && !said.is_empty(), "{} as {value}: {status} {said}", PLACES[place]);
            }
            assert!(registry.of(NUMBER).await.is_empty(), "nothing of it was kept");
        });
    }
}
