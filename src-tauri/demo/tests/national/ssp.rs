//! The proxy: what it lets through, what it refuses itself, and that it changes nothing on the way.

use std::time::Duration;

use demo_nhs::{DemoNhs, DemoOptions};
use proptest::prelude::*;
use reqwest::header::HeaderValue;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::consumer::{BOOKING_WRITE, SLOT_READ, TRACE, client, free_slot, json_of, order, start, token};

const INTERACTIONS: &str = "urn:nhs:names:services:careconnect:fhir:rest:";
const SLOTS: &str = "Slot?schedule.actor%3Ahealthcareservice=111001&start=le2099-12-30T00%3A00%3A00Z&status=free";

/// A request through the proxy with the right headers, of which single ones are replaced; an empty one is left out.
fn through(nhs: &DemoNhs, method: Method, path: &str, name: &str, changes: &[(&str, &str)]) -> RequestBuilder {
    let description = nhs.description();
    let provider = &description.providers[0];
    let path = if path.starts_with("http") { path.to_owned() } else { format!("{}/{path}", provider.root) };
    let mut request = client().request(method, format!("{}/{path}", description.ssp.url));
    let interaction = format!("{INTERACTIONS}{name}");
    let right = [
        ("Ssp-TraceID", TRACE),
        ("Ssp-From", description.organisation.asid.as_str()),
        ("Ssp-To", provider.asid.as_str()),
        ("Ssp-InteractionID", interaction.as_str()),
    ];
    for (header, value) in right {
        let value = changes.iter().find(|(changed, _)| *changed == header).map_or(value, |(_, to)| *to);
        if !value.is_empty() {
            request = request.header(header, value);
        }
    }
    request
}

/// Status, and whether it is the proxy's own outcome: one without coding.
async fn outcome(request: RequestBuilder) -> (u16, bool, Value) {
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    let body = json_of(answer).await;
    let own = body["resourceType"] == "OperationOutcome" && body["issue"][0]["details"].is_null();
    (status, own, body)
}

#[tokio::test]
async fn au_2_each_header_is_checked_on_its_own_account() {
    let nhs = start(DemoOptions::default()).await;
    let upper = TRACE.to_uppercase();
    let interaction = |name: &str| format!("{INTERACTIONS}{name}");
    let (create, read_slot) = (interaction("create:appointment"), interaction("read:slot"));
    let table = [
        (("Ssp-TraceID", ""), 403, "no trace"),
        (("Ssp-TraceID", "t"), 403, "a trace that is no UUID"),
        (("Ssp-TraceID", upper.as_str()), 403, "a trace in upper case"),
        (("Ssp-TraceID", "0c3d9a525f6e4f7b8b550f3a4f0a9d11"), 403, "a trace without hyphens"),
        (("Ssp-From", ""), 403, "from nobody"),
        (("Ssp-From", "200000000999"), 403, "from a system that is not registered"),
        (("Ssp-To", ""), 403, "to nobody"),
        (("Ssp-To", "200000000999"), 403, "to a system that is not registered"),
        (("Ssp-To", "200000000302"), 403, "to another than the address's"),
        (("Ssp-InteractionID", ""), 403, "no interaction"),
        (("Ssp-InteractionID", "search:slot"), 403, "an interaction cut short"),
        (("Ssp-InteractionID", create.as_str()), 403, "another interaction"),
        (("Ssp-InteractionID", read_slot.as_str()), 200, "as the Spine directory has it"),
        (("X", ""), 200, "all right"),
    ];
    let root = &nhs.description().providers[0].root;
    for (change, status, what) in table {
        let request = through(&nhs, Method::GET, SLOTS, "search:slot", &[change]);
        let (got, own, body) = outcome(request.header("Authorization", token(root, SLOT_READ))).await;
        assert_eq!((got, own), (status, status != 200), "{what}: {body}");
        if status != 200 {
            let said = body["issue"][0]["diagnostics"].as_str().unwrap_or_default();
            assert!(said.contains(change.0) || said.contains("Ssp-To"), "{what}: {said}");
        }
    }
    let twice = through(&nhs, Method::GET, SLOTS, "search:slot", &[]).header("Ssp-To", "200000000301");
    assert_eq!(outcome(twice).await.0, 403, "a header that stands there twice");
}

#[tokio::test]
async fn au_2_an_interaction_fits_method_and_path_and_is_registered_for_the_system() {
    let nhs = start(DemoOptions::default()).await;
    let elsewhere = "https://assured.northdale.example/STU3/1";
    let at = |path: &str| format!("{elsewhere}/{path}");
    let (slots, bookings) = (at("Slot?x=1"), at("Appointment"));
    let table = [
        (Method::GET, slots.as_str(), "search:slot", "200000000402", 502, "registered for slots, but nobody is there"),
        (Method::POST, bookings.as_str(), "create:appointment", "200000000402", 403, "not registered for bookings"),
        (Method::GET, slots.as_str(), "search:slot", "200000000401", 403, "not registered for slots"),
        (Method::POST, bookings.as_str(), "create:appointment", "200000000401", 502, "registered for bookings"),
        (Method::GET, slots.as_str(), "search:slot", "200000000405", 403, "a system without an address"),
        (Method::GET, "Patient/1", "read:appointment", "200000000301", 403, "a path of no interaction"),
        (Method::GET, "Appointment/1", "search:appointment", "200000000301", 403, "reading is not searching"),
        (Method::POST, "Appointment/1", "create:appointment", "200000000301", 403, "creating has no id"),
        (Method::PUT, "Appointment/1", "create:appointment", "200000000301", 403, "changing is not creating"),
        (Method::DELETE, "Appointment/1", "update:appointment", "200000000301", 405, "a method that is not forwarded"),
        (Method::PATCH, "Appointment/1", "update:appointment", "200000000301", 405, "nor this one"),
    ];
    for (method, path, name, to, status, what) in table {
        let request = through(&nhs, method, path, name, &[("Ssp-To", to)]);
        let (got, own, body) = outcome(request.header("Content-Type", "application/fhir+json").body("{}")).await;
        assert_eq!((got, own), (status, true), "{what}: {body}");
    }
    let prefix = format!("{}x/Slot", nhs.description().providers[0].root);
    let (status, ..) = outcome(through(&nhs, Method::GET, &prefix, "search:slot", &[])).await;
    assert_eq!(status, 403, "an address that only begins like the registered one");
}

#[tokio::test]
async fn au_2_bodies_and_statuses_pass_unchanged() {
    let nhs = start(DemoOptions::default()).await;
    let root = &nhs.description().providers[0].root;
    let slot = free_slot(&nhs).await;
    let booked = order(&slot, None).to_string();
    let table = [
        (Method::GET, "metadata", "read:metadata", "", SLOT_READ, 200),
        (Method::GET, SLOTS, "search:slot", "", SLOT_READ, 200),
        (Method::GET, SLOTS, "search:slot", "", BOOKING_WRITE, 403),
        (Method::GET, "Slot?status=free", "search:slot", "", SLOT_READ, 400),
        (Method::POST, "Appointment", "create:appointment", "{\"resourceType\"", BOOKING_WRITE, 400),
        (Method::PUT, "Appointment/x", "update:appointment", "{}", BOOKING_WRITE, 400),
    ];
    for (number, (method, path, name, body, scope, status)) in table.into_iter().enumerate() {
        let dress = |request: RequestBuilder| {
            let request = request.header("Authorization", token(root, scope)).header("Accept-Encoding", "gzip");
            let request = request.header("X-Request-ID", format!("{TRACE}-{number}"));
            let request = request.header("Accept", "application/fhir+json");
            if body.is_empty() {
                request
            } else {
                request.header("Content-Type", "application/fhir+json").body(body.to_owned())
            }
        };
        let direct = dress(client().request(method.clone(), format!("{root}/{path}"))).send().await.expect("direct");
        let proxied = dress(through(&nhs, method, path, name, &[])).send().await.expect("through the proxy");
        assert_eq!((direct.status().as_u16(), proxied.status().as_u16()), (status, status), "{path}");
        for header in ["content-type", "content-encoding", "cache-control", "x-correlation-id", "etag"] {
            assert_eq!(direct.headers().get(header), proxied.headers().get(header), "{path}: {header}");
        }
        assert!(!proxied.headers().contains_key("keep-alive"), "{path}: of one connection alone");
        let (one, other) = (direct.bytes().await.expect("a body"), proxied.bytes().await.expect("a body"));
        assert!(one == other, "{path}: byte for byte");
    }
    let request = through(&nhs, Method::POST, "Appointment", "create:appointment", &[]);
    let request = request.header("Authorization", token(root, BOOKING_WRITE)).header("X-Request-ID", TRACE);
    let made = request.header("Content-Type", "application/fhir+json").body(booked).send().await.expect("an answer");
    assert_eq!((made.status().as_u16(), made.headers().contains_key("location")), (201, true), "a booking passes");
}

#[tokio::test]
async fn er_1_the_proxy_answers_itself_where_a_provider_does_not() {
    let options = DemoOptions { proxy_patience: Duration::from_millis(300), ..DemoOptions::default() };
    let nhs = start(options).await;
    let root = &nhs.description().providers[0].root;
    let slots =
        || through(&nhs, Method::GET, SLOTS, "search:slot", &[]).header("Authorization", token(root, SLOT_READ));
    let cue = |cue: Value| nhs.control().cue(cue).expect("a cue");
    cue(json!({ "provider": "utc", "do": "delay", "ms": 5000, "times": 1 }));
    let (status, own, _) = outcome(slots()).await;
    assert_eq!((status, own), (504, true), "it did not answer in time");
    cue(json!({ "provider": "utc", "do": "offline", "times": 1 }));
    let (status, own, _) = outcome(slots()).await;
    assert_eq!((status, own), (502, true), "its answer broke off");
    let book = || through(&nhs, Method::POST, "Appointment", "create:appointment", &[]);
    for kind in ["text/plain", "application/json"] {
        let (status, own, _) = outcome(book().header("Content-Type", kind).body("{}")).await;
        assert_eq!((status, own), (415, true), "{kind}");
    }
    let large = book().header("Content-Type", "application/fhir+json").body(vec![b' '; 17 * 1024 * 1024]);
    let status = large.send().await.map(|answer| answer.status().as_u16());
    assert!(matches!(status, Ok(413) | Err(_)), "too large: {status:?}");
    cue(json!({ "system": "ssp", "do": "refuse", "status": 429, "retry_after": 7, "times": 1 }));
    let busy = slots().send().await.expect("an answer");
    let told = ["x-rate-limit-remaining", "x-rate-limit-reset", "retry-after"].map(|name| busy.headers()[name].clone());
    assert_eq!(
        (busy.status().as_u16(), told),
        (429, ["0", "7", "7"].map(|v| v.parse().expect("a value"))),
        "asked too often"
    );
    assert_eq!(outcome(slots()).await.0, 200, "and then as before");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn pv_no_header_or_address_brings_the_proxy_down(
        requests in prop::collection::vec((0_usize..4, prop::collection::vec(32_u8..=255, 0..60), "[!-~]{0,60}"), 24),
    ) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let nhs = start(DemoOptions::default()).await;
            for (which, value, path) in requests {
                let header = ["Ssp-TraceID", "Ssp-From", "Ssp-To", "Ssp-InteractionID"][which];
                let path = format!("Slot?{}", path.replace(['#', '"'], ""));
                let request = through(&nhs, Method::GET, &path, "search:slot", &[(header, "")]);
                let Ok(value) = HeaderValue::from_bytes(&value) else { continue };
                let (status, own, body) = outcome(request.header(header, value)).await;
                assert_eq!((status, own), (403, true), "{header}: {body}");
            }
            let root = &nhs.description().providers[0].root;
            let right = through(&nhs, Method::GET, SLOTS, "search:slot", &[]).header("Authorization", token(root, SLOT_READ));
            assert_eq!(outcome(right).await.0, 200, "still there");
        });
    }
}
