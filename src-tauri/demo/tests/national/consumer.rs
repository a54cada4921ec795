//! A plain consumer: tokens, orders, answers.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use demo_nhs::{DemoNhs, DemoOptions};
use reqwest::{Client, Response};
use serde_json::{Value, json};

pub(crate) const SLOT_READ: &str = "organization/slot.read";
pub(crate) const BOOKING_READ: &str = "patient/appointment.read";
pub(crate) const BOOKING_WRITE: &str = "patient/appointment.write";
/// A UUID in lower case.
pub(crate) const TRACE: &str = "0c3d9a52-5f6e-4f7b-8b55-0f3a4f0a9d11";

#[expect(clippy::disallowed_methods, reason = "a test against a server that reads the clock")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

pub(crate) async fn start(options: DemoOptions) -> DemoNhs {
    demo_nhs::start(options).await.expect("started")
}

pub(crate) fn client() -> Client {
    Client::builder().no_proxy().build().expect("a client")
}

pub(crate) fn claims(audience: &str, scope: &str) -> Value {
    let issued = now().timestamp();
    let system =
        |name: &str, value: &str| json!({ "system": format!("https://fhir.nhs.uk/Id/{name}"), "value": value });
    let identifiers = [
        system("sds-user-id", "UNK"),
        system("sds-role-profile-id", "UNK"),
        json!({ "system": "https://x.example/users", "value": "u1" }),
    ];
    json!({
        "iss": "https://x.example", "sub": "u1", "aud": audience, "iat": issued, "exp": issued + 300,
        "reason_for_request": "directcare", "requested_scope": scope,
        "requesting_device": {
            "resourceType": "Device", "identifier": [{ "system": "https://x.example/devices", "value": "d1" }],
            "model": "test", "version": "1",
        },
        "requesting_organization": {
            "resourceType": "Organization", "name": "Northdale NHS 111", "identifier": [system("ods-organization-code", "NDA01")],
        },
        "requesting_practitioner": {
            "resourceType": "Practitioner", "id": "u1", "identifier": identifiers,
            "name": [{ "family": "Handler", "given": ["Harriet"], "prefix": ["Ms"] }],
        },
    })
}

pub(crate) fn bearer(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("Bearer {}.{}.", part(&json!({ "alg": "none", "typ": "JWT" })), part(claims))
}

pub(crate) fn token(audience: &str, scope: &str) -> String {
    bearer(&claims(audience, scope))
}

pub(crate) async fn json_of(response: Response) -> Value {
    serde_json::from_str(&response.text().await.expect("a body")).expect("json")
}

/// The first free slot of the first service.
pub(crate) async fn free_slot(nhs: &DemoNhs) -> Value {
    let root = &nhs.description().providers[0].root;
    let query = "schedule.actor%3Ahealthcareservice=111001&start=le2099-12-30T00%3A00%3A00Z&status=free";
    let request = client().get(format!("{root}/Slot?{query}")).header("Authorization", token(root, SLOT_READ));
    let request = request.header("Accept", "application/fhir+json");
    json_of(request.send().await.expect("an answer")).await["entry"][0]["resource"].clone()
}

/// An order for a slot, for a patient with this NHS number or with none.
pub(crate) fn order(slot: &Value, nhs_number: Option<&str>) -> Value {
    let profile = |name: &str| json!({ "profile": [format!("https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-{name}-1")] });
    let (start, end, id) = (&slot["start"], &slot["end"], slot["id"].as_str().expect("an id"));
    let mut patient = json!({
        "resourceType": "Patient", "id": "pat", "meta": profile("Patient"), "gender": "male", "birthDate": "1974-11-12",
        "name": [{ "use": "official", "family": "Patient", "given": ["John"] }],
        "address": [{ "use": "home", "line": ["1 Mill Lane"], "postalCode": "ND1 4TY" }],
        "telecom": [{ "system": "phone", "value": "07700 900123", "rank": 1 }],
    });
    let mut actor = json!({ "reference": "#pat", "display": "John Patient" });
    if let Some(number) = nhs_number {
        let system = "https://fhir.nhs.uk/Id/nhs-number";
        let verified = "CareConnect-NHSNumberVerificationStatus-1";
        let coding = json!({ "system": format!("https://fhir.hl7.org.uk/STU3/CodeSystem/{verified}"), "code": "01" });
        patient["identifier"] = json!([{
            "extension": [{
                "url": format!("https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-{verified}"),
                "valueCodeableConcept": { "coding": [coding] },
            }],
            "use": "official", "system": system, "value": number,
        }]);
        actor["identifier"] = json!({ "system": system, "value": number });
    }
    json!({
        "resourceType": "Appointment", "meta": profile("Appointment"), "language": "en-GB", "status": "booked",
        "description": "Sore throat", "created": now().to_rfc3339(), "start": start, "end": end,
        "supportingInformation": [{ "reference": "#doc" }],
        "slot": [{ "reference": format!("#{id}") }],
        "participant": [{ "actor": actor, "status": "accepted" }],
        "contained": [
            {
                "resourceType": "DocumentReference", "id": "doc", "status": "current", "indexed": now().to_rfc3339(),
                "identifier": [{ "system": "https://tools.ietf.org/html/rfc4122", "value": TRACE }],
                "type": { "coding": [{
                    "system": "urn:oid:2.16.840.1.113883.2.1.3.2.4.18.17", "code": "POCD_MT200001GB02",
                    "display": "Integrated Urgent Care Report",
                }] },
                "content": [{ "attachment": { "contentType": "application/hl7-v3+xml", "language": "en" } }],
            },
            patient,
            {
                "resourceType": "Slot", "id": id, "meta": profile("Slot"), "status": "busy", "start": start, "end": end,
                "identifier": slot["identifier"], "schedule": slot["schedule"],
            },
        ],
    })
}
