//! The directory's faults, the whole way through the proxy, situations on cue, and what lasts between runs (PV), asked by
//! plain clients that are not ours.

#![expect(clippy::expect_used, reason = "a test says at once what is not as it needs it")]

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use demo_nhs::{DemoNhs, DemoOptions};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

const SLOT_READ: &str = "organization/slot.read";
const BOOKING_READ: &str = "patient/appointment.read";
const BOOKING_WRITE: &str = "patient/appointment.write";
const ALL_SLOTS: &str = "Slot?schedule.actor%3Ahealthcareservice=111001&start=le2099-12-30T00%3A00%3A00Z&status=free";

struct Consumer {
    nhs: DemoNhs,
    client: Client,
}

#[expect(clippy::disallowed_methods, reason = "a test against a server that reads the clock")]
fn seconds() -> i64 {
    chrono::Utc::now().timestamp()
}

async fn json_of(response: Response) -> Value {
    serde_json::from_str(&response.text().await.expect("a body")).expect("json")
}

fn resources<'a>(bundle: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    let entries = bundle["entry"].as_array().into_iter().flatten().map(|entry| &entry["resource"]);
    entries.filter(move |resource| resource["resourceType"] == kind)
}

impl Consumer {
    async fn start(options: DemoOptions) -> Self {
        let nhs = demo_nhs::start(options).await.expect("started");
        Self { nhs, client: Client::builder().no_proxy().build().expect("a client") }
    }

    fn root(&self) -> &str {
        &self.nhs.description().providers[0].root
    }

    fn authorised(&self, request: RequestBuilder, scope: &str, alg: &str) -> RequestBuilder {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let issued = seconds();
        let claims = json!({
            "iss": "https://x.example", "sub": "u1", "aud": self.root(), "iat": issued, "exp": issued + 300,
            "reason_for_request": "directcare", "requested_scope": scope,
            "requesting_device": {
                "resourceType": "Device", "model": "Plain", "version": "1",
                "identifier": [{ "system": "https://x.example/Id/device", "value": "d1" }],
            },
            "requesting_organization": {
                "resourceType": "Organization", "name": "X",
                "identifier": [{ "system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "X01" }],
            },
            "requesting_practitioner": {
                "resourceType": "Practitioner", "id": "u1", "name": [{ "family": "Ling", "given": ["Ada"] }],
                "identifier": [
                    { "system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "UNK" },
                    { "system": "https://fhir.nhs.uk/Id/sds-role-profile-id", "value": "UNK" },
                    { "system": "https://x.example/Id/user", "value": "ada" },
                ],
            },
        });
        request.header("Authorization", format!("Bearer {}.{}.", part(&json!({ "alg": alg })), part(&claims)))
    }

    async fn get(&self, path: &str, scope: &str) -> Response {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}/{path}", self.root()) };
        self.authorised(self.client.get(url), scope, "none").send().await.expect("an answer")
    }

    fn booking(&self, request: &str, body: &Value) -> RequestBuilder {
        let sent = self.client.post(format!("{}/Appointment", self.root())).header("X-Request-ID", request);
        let sent = sent.header("Content-Type", "application/fhir+json").body(body.to_string());
        self.authorised(sent, BOOKING_WRITE, "none")
    }

    async fn book(&self, request: &str, body: &Value) -> Response {
        self.booking(request, body).send().await.expect("an answer")
    }

    async fn free(&self) -> Vec<Value> {
        let (mut next, mut all) = (Some(ALL_SLOTS.to_owned()), Vec::new());
        while let Some(page) = next {
            let bundle = json_of(self.get(&page, SLOT_READ).await).await;
            all.extend(resources(&bundle, "Slot").cloned());
            let mut links = bundle["link"].as_array().into_iter().flatten();
            let after = links.find(|link| link["relation"] == "next");
            next = after.and_then(|link| link["url"].as_str()).map(str::to_owned);
        }
        all
    }

    async fn of_patient(&self) -> Vec<Value> {
        let path = "Appointment?patient.identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C9990000018";
        let bundle = json_of(self.get(path, BOOKING_READ).await).await;
        resources(&bundle, "Appointment").cloned().collect()
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

fn order(slot: &Value) -> Value {
    let profile = |name: &str| json!({ "profile": [format!("https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-{name}-1")] });
    let (start, end, id) = (&slot["start"], &slot["end"], slot["id"].as_str().expect("an id"));
    let number = json!({ "system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018" });
    let mut verified = number.clone();
    verified["extension"] = json!([{
        "url": "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-NHSNumberVerificationStatus-1",
        "valueCodeableConcept": { "coding": [{ "code": "01" }] },
    }]);
    json!({
        "resourceType": "Appointment", "meta": profile("Appointment"), "language": "en-GB", "status": "booked",
        "description": "Sore throat", "created": start, "start": start, "end": end,
        "supportingInformation": [{ "reference": "#doc" }], "slot": [{ "reference": format!("#{id}") }],
        "participant": [{
            "actor": { "reference": "#pat", "display": "John Patient", "identifier": number }, "status": "accepted",
        }],
        "contained": [
            {
                "resourceType": "DocumentReference", "id": "doc", "status": "current", "indexed": start,
                "identifier": [{
                    "system": "https://tools.ietf.org/html/rfc4122", "value": "0c3d9a52-5f6e-4f7b-8b55-0f3a4f0a9d11",
                }],
                "type": { "coding": [{
                    "system": "urn:oid:2.16.840.1.113883.2.1.3.2.4.18.17", "code": "POCD_MT200001GB02",
                    "display": "Integrated Urgent Care Report",
                }] },
                "content": [{ "attachment": { "contentType": "application/hl7-v3+xml", "language": "en" } }],
            },
            {
                "resourceType": "Patient", "id": "pat", "meta": profile("Patient"), "gender": "male",
                "identifier": [verified],
                "birthDate": "1974-11-12", "name": [{ "use": "official", "family": "Patient", "given": ["John"] }],
                "address": [{ "use": "home", "line": ["1 Mill Lane"], "postalCode": "ND1 4TY" }],
                "telecom": [{ "system": "phone", "value": "07700 900123", "rank": 1 }],
            },
            {
                "resourceType": "Slot", "id": id, "meta": profile("Slot"), "status": "busy", "start": start, "end": end,
                "schedule": slot["schedule"], "identifier": slot["identifier"],
            },
        ],
    })
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
        let request = consumer.authorised(consumer.client.get(url), SLOT_READ, "none");
        let request = request
            .header("Ssp-TraceID", "0c3d9a52-5f6e-4f7b-8b55-0f3a4f0a9d11")
            .header("Ssp-From", &description.organisation.asid);
        let request = request.header("Ssp-To", &description.providers[0].asid);
        let interaction = "urn:nhs:names:services:careconnect:fhir:rest:search:slot";
        let answer = request.header("Ssp-InteractionID", interaction).send().await.expect("an answer");
        assert_eq!((answer.status().as_u16(), answer.headers()["cache-control"].as_bytes()), (200, &b"no-store"[..]));
        let bundle = json_of(answer).await;
        let counts = ["Schedule", "Location"].map(|kind| resources(&bundle, kind).count());
        assert_eq!(counts, [3, 3], "several diaries, each with its own place: {includes}");
        let with_channel = resources(&bundle, "Slot").filter(|slot| slot["extension"][0]["valueCode"].is_string());
        assert!(with_channel.count() > 0, "channels are told on the slot");
    }
}

#[tokio::test]
async fn pv_nothing_that_a_client_sends_goes_unanswered_or_without_an_outcome() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let url = |path: &str| format!("{}/{path}", consumer.root());
    let client = &consumer.client;
    let read = |path: &str| consumer.authorised(client.get(url(path)), BOOKING_READ, "none");
    let put = client.put(url("Appointment/x")).header("Content-Type", "application/fhir+json").body("{}");
    let foreign = client.post(url("Appointment")).header("Content-Type", "text/plain").body("{}");
    let table = [
        (consumer.authorised(client.delete(url("Appointment/x")), BOOKING_WRITE, "none"), 405, "another method"),
        (read("Appointment/x/_history/abc"), 400, "a version that is no number"),
        (read("Appointment/x"), 404, "an unknown booking"),
        (read("Nothing"), 404, "an unknown resource"),
        (consumer.authorised(client.get(url(ALL_SLOTS)), SLOT_READ, "made-up"), 400, "an unknown algorithm"),
        (consumer.booking("a", &json!({ "pad": "x".repeat(3_000_000) })), 413, "a body too large"),
        (consumer.authorised(foreign, BOOKING_WRITE, "none"), 415, "a foreign media type"),
        (consumer.authorised(put, BOOKING_WRITE, "none"), 400, "no X-Request-ID"),
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
    let order = order(&consumer.free().await[0]);
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
    let slots = first.free().await;
    assert_eq!(first.book("one", &order(&slots[0])).await.status(), 201, "booked");
    first.nhs.stop().await;
    let file = folder.path().join("utc.jsonl");
    let mut kept = std::fs::read(&file).expect("kept");
    kept.extend_from_slice(b"{\"id\":\"cut");
    std::fs::write(&file, kept).expect("written");
    let second = Consumer::start(kept_in(folder.path())).await;
    assert_eq!(second.of_patient().await.len(), 1, "still held");
    let ids: Vec<Value> = second.free().await.iter().map(|slot| slot["id"].clone()).collect();
    assert!(!ids.contains(&slots[0]["id"]), "its slot is not free");
    assert_eq!(second.book("one", &order(&slots[1])).await.status(), 409, "its request id stays taken");
    let next = second.free().await[0].clone();
    assert_eq!(second.book("two", &order(&next)).await.status(), 201, "booked after the cut line");
    second.nhs.stop().await;
    let third = Consumer::start(kept_in(folder.path())).await;
    assert_eq!(third.of_patient().await.len(), 2, "both are held");
}

#[tokio::test]
async fn pv_a_booking_of_an_earlier_day_is_never_taken_for_a_slot_of_today() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |text: &str| DemoOptions { now: Some(text.parse().expect("an instant")), ..kept_in(folder.path()) };
    let first = Consumer::start(at("2098-11-20T12:00:00Z")).await;
    let slots = first.free().await;
    assert_eq!(first.book("one", &order(&slots[0])).await.status(), 201, "booked");
    first.nhs.stop().await;
    let second = Consumer::start(at("2098-12-20T12:00:00Z")).await;
    assert_eq!(second.free().await.len(), slots.len(), "all of the new day's slots are free");
    let held = second.of_patient().await[0].clone();
    let mut cancelled = held.clone();
    cancelled["status"] = json!("cancelled");
    let path = format!("{}/Appointment/{}", second.root(), held["id"].as_str().expect("an id"));
    let request = second.client.request(Method::PUT, path).header("X-Request-ID", "two").header("If-Match", "W/\"1\"");
    let request = request.header("Content-Type", "application/fhir+json").body(cancelled.to_string());
    let answer = second.authorised(request, BOOKING_WRITE, "none").send().await.expect("an answer");
    assert_eq!(answer.status(), 200, "it can be cancelled");
    assert!(second.free().await.iter().any(|slot| slot["id"] == slots[0]["id"]), "and its own slot is free again");
}

#[tokio::test]
async fn pv_sixty_desks_over_two_hundred_slots_never_double_book() {
    let consumer = Consumer::start(DemoOptions { slots_per_service: 200, ..DemoOptions::default() }).await;
    let slots = consumer.free().await;
    assert_eq!(slots.len(), 200, "the service has as many slots as asked for");
    let desk = async |desk: usize| {
        let mut won = Vec::new();
        for turn in 0..10 {
            let slot = &slots[(desk / 3 * 10 + turn) % slots.len()];
            let answer = consumer.book(&format!("{desk}-{turn}"), &order(slot)).await;
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
    assert!(consumer.free().await.is_empty(), "nothing is left");
}
