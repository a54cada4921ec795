//! What the demonstration's providers, proxy and directories owe (PV), asked by plain clients that are not ours.

#![expect(clippy::expect_used, reason = "a test says at once what is not as it needs it")]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use demo_nhs::{DemoNhs, DemoOptions};
use ldap3::{LdapConnAsync, Scope, SearchEntry};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

const SLOT_READ: &str = "organization/slot.read";
const BOOKING_READ: &str = "patient/appointment.read";
const BOOKING_WRITE: &str = "patient/appointment.write";

struct Consumer {
    nhs: DemoNhs,
    client: Client,
}

#[expect(clippy::disallowed_methods, reason = "a test against a server that reads the clock")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

fn token_of(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("Bearer {}.{}.", part(&json!({ "alg": "none", "typ": "JWT" })), part(claims))
}

async fn json_of(response: Response) -> Value {
    serde_json::from_str(&response.text().await.expect("a body")).expect("json")
}

impl Consumer {
    async fn start(options: DemoOptions) -> Self {
        let nhs = demo_nhs::start(options).await.expect("started");
        Self { nhs, client: Client::builder().no_proxy().build().expect("a client") }
    }

    fn root(&self) -> &str {
        &self.nhs.description().providers[0].root
    }

    fn claims(&self, scope: &str) -> Value {
        let issued = now().timestamp();
        json!({
            "iss": "https://x.example", "sub": "u1", "aud": self.root(), "iat": issued, "exp": issued + 300,
            "reason_for_request": "directcare", "requested_scope": scope, "requesting_device": {},
            "requesting_organization": {}, "requesting_practitioner": { "id": "u1", "identifier": [{}, {}, {}] },
        })
    }

    async fn get(&self, path: &str, scope: &str) -> Response {
        let request = self.client.get(format!("{}/{path}", self.root()));
        request.header("Authorization", token_of(&self.claims(scope))).send().await.expect("an answer")
    }

    async fn write(&self, method: Method, path: &str, request: &str, tag: Option<&str>, body: &Value) -> Response {
        let mut sent = self.client.request(method, format!("{}/{path}", self.root()));
        sent = sent.header("Authorization", token_of(&self.claims(BOOKING_WRITE))).header("X-Request-ID", request);
        if let Some(tag) = tag {
            sent = sent.header("If-Match", tag);
        }
        let sent = sent.header("Content-Type", "application/fhir+json").body(body.to_string());
        sent.send().await.expect("an answer")
    }

    async fn book(&self, request: &str, body: &Value) -> Response {
        self.write(Method::POST, "Appointment", request, None, body).await
    }

    /// An order for the so-many-th free slot of the first service.
    async fn order(&self, number: usize) -> Value {
        let path = "Slot?schedule.actor%3Ahealthcareservice=111001&start=le2099-12-30T00:00:00Z&status=free";
        let bundle = json_of(self.get(path, SLOT_READ).await).await;
        order(&bundle["entry"][number]["resource"])
    }
}

fn order(slot: &Value) -> Value {
    let profile = |name: &str| json!({ "profile": [format!("https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-{name}-1")] });
    let (start, end, id) = (&slot["start"], &slot["end"], slot["id"].as_str().expect("an id"));
    json!({
        "resourceType": "Appointment", "meta": profile("Appointment"), "language": "en-GB", "status": "booked",
        "description": "Sore throat", "created": start, "start": start, "end": end,
        "supportingInformation": [{ "reference": "#doc" }],
        "slot": [{ "reference": format!("#{id}") }],
        "participant": [{ "actor": { "reference": "#pat", "display": "John Patient" }, "status": "accepted" }],
        "contained": [
            {
                "resourceType": "DocumentReference", "id": "doc", "status": "current", "indexed": start,
                "identifier": [{ "value": "0c3d9a52-5f6e-4f7b-8b55-0f3a4f0a9d11" }],
            },
            {
                "resourceType": "Patient", "id": "pat", "meta": profile("Patient"), "gender": "male",
                "birthDate": "1974-11-12",
                "name": [{ "use": "official", "family": "Patient", "given": ["John"] }],
                "address": [{ "use": "home", "line": ["1 Mill Lane"], "postalCode": "ND1 4TY" }],
                "telecom": [{ "system": "phone", "value": "07700 900123", "rank": 1 }],
            },
            {
                "resourceType": "Slot", "id": id, "meta": profile("Slot"), "status": "busy", "start": start, "end": end,
            },
        ],
    })
}

#[tokio::test]
async fn pv_a_booking_is_made_kept_by_version_and_cancelled_under_its_version_alone() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let made = consumer.book("a1", &consumer.order(0).await).await;
    assert_eq!(made.status(), 201, "PV: a patient without a national identifier is accepted");
    let header = |name: &str| made.headers()[name].to_str().expect("text").to_owned();
    assert!(header("location").ends_with("/_history/1"), "a versioned Location");
    let headers = [header("etag"), header("x-correlation-id"), header("cache-control")];
    assert_eq!(headers, ["W/\"1\"", "a1", "no-store"], "version, the request's own id, never cached");
    let held = json_of(made).await;
    let path = format!("Appointment/{}", held["id"].as_str().expect("an id"));
    let mut cancelled = held.clone();
    cancelled["status"] = json!("cancelled");
    let mut changed = cancelled.clone();
    changed["description"] = json!("something else");
    let table = [
        (None, &cancelled, 412, "If-Match is missing"),
        (Some("W/\"7\""), &cancelled, 409, "stale"),
        (Some("W/\"1\""), &changed, 422, "nothing but the status may change"),
        (Some("W/\"1\""), &cancelled, 200, "cancelled"),
        (Some("W/\"2\""), &cancelled, 422, "already cancelled"),
    ];
    for (number, (tag, body, status, what)) in table.into_iter().enumerate() {
        let answer = consumer.write(Method::PUT, &path, &format!("c{number}"), tag, body).await;
        assert_eq!(answer.status().as_u16(), status, "{what}");
    }
    let first = consumer.get(&format!("{path}/_history/1"), BOOKING_READ).await;
    assert_eq!(json_of(first).await["status"], "booked", "every version is kept");
    assert_eq!(json_of(consumer.get(&path, BOOKING_READ).await).await["status"], "cancelled", "the newest");
    let again = order(&held["contained"][2]);
    assert_eq!(consumer.book("a2", &again).await.status(), 201, "the slot is free again");
}

#[tokio::test]
async fn pv_sixty_desks_never_double_book_one_slot() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let order = consumer.order(0).await;
    let requests: Vec<String> = (0..60).map(|number| format!("desk-{number}")).collect();
    let all = futures::future::join_all(requests.iter().map(|request| consumer.book(request, &order))).await;
    let count = |status: u16| all.iter().filter(|answer| answer.status().as_u16() == status).count();
    assert_eq!((count(201), count(409)), (1, 59), "one wins, the others are told");
}

#[tokio::test]
async fn pv_a_request_id_is_taken_once_and_broken_requests_are_refused_each_in_its_way() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    assert_eq!(consumer.book("same", &consumer.order(0).await).await.status(), 201, "first");
    let other = consumer.order(1).await;
    assert_eq!(consumer.book("same", &other).await.status(), 409, "reused");
    let broken = |pointer: &str, value: Value| {
        let mut body = other.clone();
        *body.pointer_mut(pointer).expect("there") = value;
        body
    };
    let number = json!([{ "system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000019" }]);
    let mut with_number = other.clone();
    with_number["contained"][1]["identifier"] = number;
    let table = [
        (broken("/contained/1/telecom/0/rank", json!(2)), 400, "no rank 1"),
        (broken("/language", json!("fr")), 422, "another language"),
        (broken("/start", json!("2020-01-01T00:00:00Z")), 422, "another start"),
        (with_number, 422, "an NHS number whose check digit does not fit"),
        (json!({ "resourceType": "Patient" }), 400, "another resource"),
    ];
    for (index, (body, status, what)) in table.iter().enumerate() {
        let refused = consumer.book(&format!("broken-{index}"), body).await;
        assert_eq!(refused.status().as_u16(), *status, "{what}");
        let outcome = json_of(refused).await;
        assert!(outcome["issue"][0]["details"]["coding"][0]["code"].is_string(), "{what}: with a Spine code");
    }
}

#[tokio::test]
async fn au_4_expired_malformed_and_foreign_tokens_are_refused() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let with = |claim: &str, value: Value| {
        let mut claims = consumer.claims(SLOT_READ);
        claims[claim] = value;
        token_of(&claims)
    };
    let old = now().timestamp() - 1000;
    let mut expired = consumer.claims(SLOT_READ);
    (expired["iat"], expired["exp"]) = (json!(old), json!(old + 300));
    let table = [
        (String::new(), 403, "none"),
        ("Bearer x.y".to_owned(), 400, "two parts"),
        (token_of(&expired), 403, "expired"),
        (with("aud", json!("https://other.example")), 403, "another audience"),
        (with("requested_scope", json!(BOOKING_READ)), 403, "another scope"),
        (with("sub", json!("u2")), 400, "another subject"),
        (with("requesting_device", Value::Null), 400, "a claim is missing"),
    ];
    let query = "Slot?schedule.actor%3Ahealthcareservice=111001&status=free&start=le2099-01-01T00:00:00Z";
    for (token, status, what) in table {
        let mut request = consumer.client.get(format!("{}/{query}", consumer.root()));
        if !token.is_empty() {
            request = request.header("Authorization", token);
        }
        assert_eq!(request.send().await.expect("an answer").status().as_u16(), status, "{what}");
    }
}

#[tokio::test]
async fn pv_slot_searches_answer_what_was_asked_and_refuse_what_makes_no_sense() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let far = "start=le2099-01-01T00:00:00Z&status=free";
    let path = format!("Slot?schedule.actor%3Ahealthcareservice=111001&{far}&_include=Slot%3Aschedule&_include=Odd");
    let bundle = json_of(consumer.get(&path, SLOT_READ).await).await;
    let entries = bundle["entry"].as_array().expect("entries");
    let of = |kind: &str| entries.iter().filter(|entry| entry["resource"]["resourceType"] == kind).count();
    assert_eq!((of("Slot") > 10, of("Schedule"), of("Location")), (true, 3, 0), "all diaries, and what was asked for");
    let soon = (now() + Duration::minutes(1)).format("%Y-%m-%dT%H:%M:%SZ");
    let path = format!("Slot?schedule.actor%3Ahealthcareservice=111001&start=le{soon}&status=free");
    let none = json_of(consumer.get(&path, SLOT_READ).await).await;
    assert_eq!(none["entry"][0]["resource"]["resourceType"], "OperationOutcome", "a proper answer for no slots");
    let table = [
        (format!("schedule.actor%3Ahealthcareservice=999999&{far}"), 404),
        ("schedule.actor%3Ahealthcareservice=111001&start=le2001-01-01T00:00:00Z&status=free".to_owned(), 400),
        ("schedule.actor%3Ahealthcareservice=111001&start=le2099-01-01T00:00:00&status=free".to_owned(), 400),
        (far.to_owned(), 400),
    ];
    for (query, status) in table {
        let answer = consumer.get(&format!("Slot?{query}"), SLOT_READ).await;
        assert_eq!(answer.status().as_u16(), status, "{query}");
    }
}

#[tokio::test]
async fn di_6_the_spine_directory_resolves_an_asid_in_two_queries() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let description = consumer.nhs.description();
    let (connection, mut ldap) = LdapConnAsync::new(&description.sds.url).await.expect("connected");
    ldap3::drive!(connection);
    let mut search = async |filter: String| {
        let found = ldap.search(&description.sds.base, Scope::Subtree, &filter, vec!["*"]).await.expect("asked");
        found.success().expect("found").0.into_iter().map(SearchEntry::construct).collect::<Vec<_>>()
    };
    let provider = &description.providers[0];
    let system = search(format!("(&(objectClass=nhsAs)(uniqueIdentifier={}))", provider.asid)).await;
    let key = &system[0].attrs["nhsMHSPartyKey"][0];
    assert_eq!(*key, provider.party_key, "the party key");
    let create = "urn:nhs:names:services:careconnect:fhir:rest:create:appointment";
    let address = search(format!("(&(objectClass=nhsMhs)(nhsMHSPartyKey={key})(nhsMhsSvcIA={create}))")).await;
    assert_eq!(address[0].attrs["nhsMHSEndPoint"][0], provider.root, "and the address");
    let miss = search("(&(objectClass=nhsAs)(uniqueIdentifier=200000000399))".to_owned()).await;
    assert!(miss.is_empty(), "a miss is empty");
}

#[tokio::test]
async fn au_2_the_proxy_forwards_only_what_its_headers_allow() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let description = consumer.nhs.description();
    let url = format!("{}/{}/metadata", description.ssp.url, consumer.root());
    let (ours, theirs) = (&description.organisation.asid, &description.providers[0].asid);
    let interaction = |name: &str| format!("urn:nhs:names:services:careconnect:fhir:rest:{name}");
    let table = [
        (ours.as_str(), theirs.as_str(), "read:metadata", 200),
        ("200000000999", theirs.as_str(), "read:metadata", 403),
        (ours.as_str(), "200000000302", "read:metadata", 403),
        (ours.as_str(), theirs.as_str(), "create:appointment", 403),
    ];
    for (from, to, name, status) in table {
        let request = consumer
            .client
            .get(&url)
            .header("Ssp-TraceID", "0c3d9a52-5f6e-4f7b-8b55-0f3a4f0a9d11")
            .header("Ssp-From", from);
        let request = request.header("Ssp-To", to).header("Ssp-InteractionID", interaction(name));
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status, "from {from} to {to} for {name}");
    }
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
