//! The directory's faults, the whole way through the proxy, situations on cue, and what lasts between runs (PV), asked by
//! plain clients that are not ours.

use std::collections::BTreeSet;
use std::path::Path;

use demo_nhs::DemoOptions;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::consumer::{
    BOOKING_READ, BOOKING_WRITE, Consumer, OF_PATIENT, SLOT_READ, json_of, numbered, resources, signed,
};

const ALL_SLOTS: &str = "Slot?schedule.actor%3Ahealthcareservice=111001&start=le2099-12-30T00%3A00%3A00Z&status=free";

impl Consumer {
    fn booking(&self, request: &str, body: &Value) -> RequestBuilder {
        self.writing(Method::POST, "Appointment", request, body)
    }

    async fn of_patient(&self) -> Vec<Value> {
        let bundle = json_of(self.get(OF_PATIENT, BOOKING_READ).await).await;
        resources(&bundle, "Appointment").into_iter().cloned().collect()
    }

    /// Asks the directory: a template with `{…}` replaced in the right request.
    async fn directory(&self, change: (&str, &str)) -> (u16, String) {
        let dos = &self.nhs.description().dos;
        let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
        let right = format!(
            "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
             xmlns:w=\"https://nww.pathwaysdos.nhs.uk/app/api/webservices\"><s:Header><w:serviceVersion>1.5\
             </w:serviceVersion></s:Header><s:Body><w:CheckCapacitySummary><w:userInfo><w:username>{}</w:username>\
             <w:password>{}</w:password></w:userInfo><w:c><w:postcode>ND1 4TY</w:postcode><w:age>52</w:age>\
             <w:ageFormat>Years</w:ageFormat><w:disposition>6</w:disposition><w:symptomGroup>1011</w:symptomGroup>\
             <w:symptomDiscriminatorList><w:int>4003</w:int></w:symptomDiscriminatorList>\
             <w:forceSearchDistance>false</w:forceSearchDistance><w:gender>M</w:gender></w:c>\
             </w:CheckCapacitySummary></s:Body></s:Envelope>",
            escaped(&dos.username),
            escaped(&dos.password)
        );
        assert!(change.0.is_empty() || right.contains(change.0), "nothing to change: {}", change.0);
        let body = if change.0.is_empty() { right } else { right.replace(change.0, change.1) };
        let request = self.client.post(&dos.url).header("Content-Type", "application/soap+xml").body(body);
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    }
}

fn kept_in(folder: &Path) -> DemoOptions {
    DemoOptions { data: Some(folder.to_owned()), ..DemoOptions::default() }
}

#[tokio::test]
async fn di_1_the_directory_ranks_the_services_and_tells_each_fault_apart() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let (status, found) = consumer.directory(("", "")).await;
    assert_eq!(status, 200, "{found}");
    let ids: Vec<&str> = found.split("<id>1110").skip(1).map(|rest| &rest[..2]).collect();
    assert_eq!((ids.len(), ids[0]), (12, "01"), "all twelve, an ordinary bookable centre first");
    for expected in
        ["requirebooking", "openTimeSpecifiedSessions", "rotaSessions", "<transport>itk<", "<transport>telno<"]
    {
        assert!(found.contains(expected), "{expected}");
    }
    let table = [
        ("ND1 4TY", "SW1A 1AA", "101"),
        ("ND1 4TY", "ND", "101"),
        ("dem0", "wrong", "302"),
        ("<w:gender>M", "<w:gender>X", "106"),
        ("<w:age>52", "<w:age>old", "114"),
        ("<w:age>52", "<w:age>200", "114"),
        ("<w:symptomGroup>1011", "<w:symptomGroup>", "120"),
        ("<w:disposition>6", "<w:disposition>Dx06", "121"),
        ("<w:int>4003", "<w:int>sore", "104"),
        ("<w:forceSearchDistance>false", "<w:forceSearchDistance>true", "113"),
        ("<w:forceSearchDistance>", "<w:searchDistance>100</w:searchDistance><w:forceSearchDistance>", "105"),
        ("<w:gender>", "<w:searchDateTime>2001-01-01T00:00:00Z</w:searchDateTime><w:gender>", "110"),
        ("</s:Body>", "", "108"),
    ];
    for (from, to, code) in table {
        let (_, fault) = consumer.directory((from, to)).await;
        assert!(fault.contains(&format!("<soap:Value>{code}<")), "{from} as {to}: {fault}");
    }
}

#[tokio::test]
async fn au_2_slots_are_searched_through_the_proxy_with_all_that_was_asked_for() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let description = consumer.nhs.description();
    for includes in [
        "_include=Slot:schedule&_include=Schedule:actor:Practitioner&_include=HealthcareService.location",
        "_include=Slot%3Aschedule&_include%3Aiterate=Schedule%3Aactor%3APractitioner&_include%3Aiterate=HealthcareService%3Alocation",
    ] {
        let url = format!("{}/{}/{ALL_SLOTS}&{includes}", description.ssp.url, consumer.root());
        let request = consumer.authorised(consumer.client.get(url), SLOT_READ);
        let request = request
            .header("Ssp-TraceID", "0c3d9a52-5f6e-4f7b-8b55-0f3a4f0a9d11")
            .header("Ssp-From", &description.organisation.asid);
        let request = request.header("Ssp-To", &description.providers[0].asid);
        let interaction = "urn:nhs:names:services:careconnect:fhir:rest:search:slot";
        let answer = request.header("Ssp-InteractionID", interaction).send().await.expect("an answer");
        assert_eq!((answer.status().as_u16(), answer.headers()["cache-control"].as_bytes()), (200, &b"no-store"[..]));
        let bundle = json_of(answer).await;
        let counts = ["Schedule", "Location"].map(|kind| resources(&bundle, kind).len());
        assert_eq!(counts, [3, 3], "several diaries, each with its own place: {includes}");
        let with_channel =
            resources(&bundle, "Slot").into_iter().filter(|slot| slot["extension"][0]["valueCode"].is_string());
        assert!(with_channel.count() > 0, "channels are told on the slot");
    }
}

#[tokio::test]
async fn pv_nothing_that_a_client_sends_goes_unanswered_or_without_an_outcome() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let url = |path: &str| format!("{}/{path}", consumer.root());
    let client = &consumer.client;
    let made_up = signed(&json!({ "alg": "made-up" }), &consumer.claims(SLOT_READ), "");
    let read = |path: &str| consumer.authorised(client.get(url(path)), BOOKING_READ);
    let put = client.put(url("Appointment/x")).header("Content-Type", "application/fhir+json").body("{}");
    let foreign = client.post(url("Appointment")).header("Content-Type", "text/plain").body("{}");
    let table = [
        (consumer.authorised(client.delete(url("Appointment/x")), BOOKING_WRITE), 405, "another method"),
        (read("Appointment/x/_history/abc"), 400, "a version that is no number"),
        (read("Appointment/x"), 404, "an unknown booking"),
        (read("Nothing"), 404, "an unknown resource"),
        (client.get(url(ALL_SLOTS)).header("Authorization", made_up), 400, "an unknown algorithm"),
        (consumer.booking("a", &json!({ "pad": "x".repeat(3_000_000) })), 413, "a body too large"),
        (consumer.authorised(foreign, BOOKING_WRITE), 415, "a foreign media type"),
        (consumer.authorised(put, BOOKING_WRITE), 400, "no X-Request-ID"),
        (client.get(consumer.root().replace("/utc/", "/other/")), 404, "another root"),
    ];
    for (request, status, what) in table {
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status, "{what}");
        let outcome = json_of(answer).await;
        assert!(outcome["issue"][0]["details"]["coding"][0]["code"].is_string(), "{what}: {outcome}");
    }
    let far = consumer.get(&format!("{ALL_SLOTS}&_page={}", u64::MAX), SLOT_READ).await;
    assert_eq!(far.status(), 200, "a page beyond counting is empty");
    let nobody = consumer.get("Appointment?patient.identifier=https%3A%2F%2Fother%7C9990000018", BOOKING_READ).await;
    assert_eq!(json_of(nobody).await["total"], 0, "a number of another system is nobody's");
}

#[tokio::test]
async fn bk_4_an_answer_that_was_lost_leaves_one_booking_that_can_be_found() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let order = numbered(&consumer.free("111001").await[0]);
    consumer.nhs.control().cue(json!({ "provider": "utc", "do": "lose_answer", "times": 1 })).expect("a cue");
    let lost = match consumer.booking("lost", &order).send().await {
        Ok(begun) => begun.text().await.is_err(),
        Err(_) => true,
    };
    assert!(lost, "the connection breaks");
    let found = consumer.of_patient().await;
    assert_eq!(found.len(), 1, "and the booking is there");
    let again = consumer.book("lost", &order).await;
    assert_eq!(again.status(), 409, "the same request is not done twice");
    let said = json_of(again).await["issue"][0]["diagnostics"].to_string();
    assert!(said.contains("X-Request-ID"), "and told so: {said}");
    let other = json_of(consumer.book("other", &order).await).await["issue"][0]["diagnostics"].to_string();
    assert!(other.contains("slot"), "a taken slot is told in its own words: {other}");
}

#[tokio::test]
async fn cues_are_taken_over_http_and_those_that_make_no_sense_are_refused() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let url = format!("{}/control", consumer.nhs.description().control.url);
    let cue = async |order: Value| {
        let sent = consumer.client.post(&url).header("Content-Type", "application/json").body(order.to_string());
        sent.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(cue(json!({ "dos": { "do": "fault", "code": 500, "times": 1 } })).await, 200, "by key");
    assert!(consumer.directory(("", "")).await.1.contains("<soap:Value>500<"), "the fault on cue");
    assert_eq!(cue(json!({ "provider": "utc", "do": "refuse", "status": 403 })).await, 200, "a refusal");
    assert_eq!(consumer.get(ALL_SLOTS, SLOT_READ).await.status(), 403, "refused");
    assert_eq!(cue(json!({ "do": "reset" })).await, 200, "reset");
    assert_eq!(consumer.get(ALL_SLOTS, SLOT_READ).await.status(), 200, "as before");
    for order in [
        json!({ "do": "offline" }),
        json!({ "provider": "nobody", "do": "offline" }),
        json!({ "provider": "utc", "do": "fault" }),
        json!({ "dos": "take_slot" }),
        json!({ "provider": "utc" }),
    ] {
        assert_eq!(cue(order.clone()).await, 400, "{order}");
    }
    let asked = consumer.nhs.control().asked();
    let systems: BTreeSet<&str> =
        asked.as_array().expect("a list").iter().filter_map(|e| e["system"].as_str()).collect();
    assert_eq!(systems, BTreeSet::from(["dos", "utc"]), "each system's requests are remembered");
}

#[tokio::test]
async fn pv_bookings_last_between_runs_also_after_a_line_that_was_cut_short() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = Consumer::start(kept_in(folder.path())).await;
    let slots = first.free("111001").await;
    assert_eq!(first.book("one", &numbered(&slots[0])).await.status(), 201, "booked");
    first.nhs.stop().await;
    let file = folder.path().join("utc.jsonl");
    let mut kept = std::fs::read(&file).expect("kept");
    kept.extend_from_slice(b"{\"id\":\"cut");
    std::fs::write(&file, kept).expect("written");
    let second = Consumer::start(kept_in(folder.path())).await;
    assert_eq!(second.of_patient().await.len(), 1, "still held");
    let ids: Vec<Value> = second.free("111001").await.iter().map(|slot| slot["id"].clone()).collect();
    assert!(!ids.contains(&slots[0]["id"]), "its slot is not free");
    assert_eq!(second.book("one", &numbered(&slots[1])).await.status(), 409, "its request id stays taken");
    let next = second.free("111001").await[0].clone();
    assert_eq!(second.book("two", &numbered(&next)).await.status(), 201, "booked after the cut line");
    second.nhs.stop().await;
    let third = Consumer::start(kept_in(folder.path())).await;
    assert_eq!(third.of_patient().await.len(), 2, "both are held");
}

#[tokio::test]
async fn pv_a_booking_of_an_earlier_day_is_never_taken_for_a_slot_of_today() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |text: &str| DemoOptions { now: Some(text.parse().expect("an instant")), ..kept_in(folder.path()) };
    let first = Consumer::start(at("2098-11-20T12:00:00Z")).await;
    let slots = first.free("111001").await;
    assert_eq!(first.book("one", &numbered(&slots[0])).await.status(), 201, "booked");
    first.nhs.stop().await;
    let second = Consumer::start(at("2098-12-20T12:00:00Z")).await;
    assert_eq!(second.free("111001").await.len(), slots.len(), "all of the new day's slots are free");
    let held = second.of_patient().await[0].clone();
    let mut cancelled = held.clone();
    cancelled["status"] = json!("cancelled");
    let path = format!("{}/Appointment/{}", second.root(), held["id"].as_str().expect("an id"));
    let request = second.client.request(Method::PUT, path).header("X-Request-ID", "two").header("If-Match", "W/\"1\"");
    let request = request.header("Content-Type", "application/fhir+json").body(cancelled.to_string());
    let answer = second.authorised(request, BOOKING_WRITE).send().await.expect("an answer");
    assert_eq!(answer.status(), 200, "it can be cancelled");
    assert!(
        second.free("111001").await.iter().any(|slot| slot["id"] == slots[0]["id"]),
        "and its own slot is free again"
    );
}

#[tokio::test]
async fn pv_sixty_desks_over_two_hundred_slots_never_double_book() {
    let consumer = Consumer::start(DemoOptions { slots_per_service: 200, ..DemoOptions::default() }).await;
    let slots = consumer.free("111001").await;
    assert_eq!(slots.len(), 200, "the service has as many slots as asked for");
    let desk = async |desk: usize| {
        let mut won = Vec::new();
        for turn in 0..10 {
            let slot = &slots[(desk / 3 * 10 + turn) % slots.len()];
            let answer = consumer.book(&format!("{desk}-{turn}"), &numbered(slot)).await;
            match answer.status().as_u16() {
                201 => won.push(slot["id"].to_string()),
                status => assert_eq!(status, 409, "taken"),
            }
        }
        won
    };
    let won: Vec<String> = futures::future::join_all((0..60).map(desk)).await.concat();
    let distinct: BTreeSet<&String> = won.iter().collect();
    assert_eq!((won.len(), distinct.len()), (200, 200), "every slot once");
    assert_eq!(consumer.nhs.control().held()["utc"].as_array().map(Vec::len), Some(200), "as the provider holds it");
    assert!(consumer.free("111001").await.is_empty(), "nothing is left");
}
