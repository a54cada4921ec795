//! A plain consumer, and what a correct one sends.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use demo_nhs::{DemoNhs, DemoOptions};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

pub(crate) const SLOT_READ: &str = "organization/slot.read";
pub(crate) const BOOKING_READ: &str = "patient/appointment.read";
pub(crate) const BOOKING_WRITE: &str = "patient/appointment.write";
/// An NHS number, and how it stands in a query.
pub(crate) const NUMBER: &str = "9990000018";
pub(crate) const OF_PATIENT: &str =
    "Appointment?patient.identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C9990000018";
/// Everything that can be included, in the one style and the other.
pub(crate) const INCLUDES: [&str; 2] = [
    "_include=Slot%3Aschedule&_include%3Aiterate=Schedule%3Aactor%3APractitioner\
     &_include%3Aiterate=Schedule%3Aactor%3APractitionerRole&_include%3Aiterate=Schedule%3Aactor%3AHealthcareService\
     &_include%3Aiterate=HealthcareService%3Alocation&_include%3Aiterate=HealthcareService%3AprovidedBy",
    "_include=Slot:schedule&_include=Schedule:actor:Practitioner&_include=Schedule:actor:PractitionerRole\
     &_include=Schedule:actor:HealthcareService&_include=HealthcareService.location&_include=HealthcareService.providedBy",
];

#[expect(clippy::disallowed_methods, reason = "a test against a server that reads the clock")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

pub(crate) fn signed(head: &Value, claims: &Value, signature: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("Bearer {}.{}.{signature}", part(head), part(claims))
}

pub(crate) fn token_of(claims: &Value) -> String {
    signed(&json!({ "alg": "none", "typ": "JWT" }), claims, "")
}

pub(crate) async fn json_of(response: Response) -> Value {
    serde_json::from_str(&response.text().await.expect("a body")).expect("json")
}

/// What was said of a refusal, and where.
pub(crate) fn told(outcome: &Value) -> (String, String) {
    let issue = &outcome["issue"][0];
    let place = issue["expression"][0].as_str().or_else(|| issue["location"][0].as_str()).unwrap_or_default();
    (issue["diagnostics"].as_str().unwrap_or_default().to_owned(), place.to_owned())
}

pub(crate) fn resources<'a>(bundle: &'a Value, kind: &'a str) -> Vec<&'a Value> {
    let entries = bundle["entry"].as_array().into_iter().flatten().map(|entry| &entry["resource"]);
    entries.filter(|resource| resource["resourceType"] == kind).collect()
}

/// A query for the free slots of a service, however late.
pub(crate) fn free_of(service: &str) -> String {
    format!("Slot?schedule.actor%3Ahealthcareservice={service}&start=le2099-12-30T00%3A00%3A00Z&status=free")
}

/// One that talks to one provider.
pub(crate) struct Consumer {
    pub(crate) nhs: DemoNhs,
    pub(crate) client: Client,
    provider: usize,
    organisation: &'static str,
}

impl Consumer {
    pub(crate) async fn start(options: DemoOptions) -> Self {
        let nhs = demo_nhs::start(options).await.expect("started");
        Self {
            nhs,
            client: Client::builder().no_proxy().no_gzip().build().expect("a client"),
            provider: 0,
            organisation: "X01",
        }
    }

    pub(crate) fn at(self, provider: &str) -> Self {
        let position = self.nhs.description().providers.iter().position(|one| one.name == provider);
        Self { provider: position.expect("a provider"), ..self }
    }

    pub(crate) fn of(self, organisation: &'static str) -> Self {
        Self { organisation, ..self }
    }

    pub(crate) fn root(&self) -> &str {
        &self.nhs.description().providers[self.provider].root
    }

    pub(crate) fn url(&self, path: &str) -> String {
        if path.starts_with("http") { path.to_owned() } else { format!("{}/{path}", self.root()) }
    }

    pub(crate) fn claims(&self, scope: &str) -> Value {
        let issued = now().timestamp();
        json!({
            "iss": "https://x.example", "sub": "u1", "aud": self.root(), "iat": issued, "exp": issued + 300,
            "reason_for_request": "directcare", "requested_scope": scope,
            "requesting_device": {
                "resourceType": "Device", "model": "Plain", "version": "1",
                "identifier": [{ "system": "https://x.example/Id/device", "value": "d1" }],
            },
            "requesting_organization": {
                "resourceType": "Organization", "name": "X",
                "identifier": [{
                    "system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": self.organisation,
                }],
            },
            "requesting_practitioner": {
                "resourceType": "Practitioner", "id": "u1", "name": [{ "family": "Ling", "given": ["Ada"] }],
                "identifier": [
                    { "system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "123456789012" },
                    { "system": "https://fhir.nhs.uk/Id/sds-role-profile-id", "value": "UNK" },
                    { "system": "https://x.example/Id/user", "value": "ada" },
                ],
            },
        })
    }

    pub(crate) fn authorised(&self, request: RequestBuilder, scope: &str) -> RequestBuilder {
        request.header("Authorization", token_of(&self.claims(scope)))
    }

    pub(crate) async fn get(&self, path: &str, scope: &str) -> Response {
        self.authorised(self.client.get(self.url(path)), scope).send().await.expect("an answer")
    }

    pub(crate) fn writing(&self, method: Method, path: &str, request: &str, body: &Value) -> RequestBuilder {
        let sent = self.authorised(self.client.request(method, self.url(path)), BOOKING_WRITE);
        let sent = sent.header("X-Request-ID", request).header("Content-Type", "application/fhir+json");
        sent.body(body.to_string())
    }

    pub(crate) async fn book(&self, request: &str, body: &Value) -> Response {
        self.writing(Method::POST, "Appointment", request, body).send().await.expect("an answer")
    }

    pub(crate) async fn put(&self, path: &str, request: &str, tag: Option<&str>, body: &Value) -> Response {
        let sent = self.writing(Method::PUT, path, request, body);
        let sent = if let Some(tag) = tag { sent.header("If-Match", tag) } else { sent };
        sent.send().await.expect("an answer")
    }

    /// The free slots of a service, over all pages.
    pub(crate) async fn free(&self, service: &str) -> Vec<Value> {
        let (mut next, mut all) = (Some(free_of(service)), Vec::new());
        while let Some(page) = next {
            let bundle = json_of(self.get(&page, SLOT_READ).await).await;
            all.extend(resources(&bundle, "Slot").into_iter().cloned());
            next = link(&bundle, "next");
        }
        all
    }

    /// As many free slots of a service, each at another time.
    pub(crate) async fn free_at_different_times(&self, service: &str, count: usize) -> Vec<Value> {
        let mut all = self.free(service).await;
        all.dedup_by(|later, earlier| later["start"] == earlier["start"]);
        all.truncate(count);
        all
    }

    /// An order for the so-many-th free slot of the first service.
    pub(crate) async fn order(&self, number: usize) -> Value {
        order(&self.free("111001").await[number])
    }
}

/// A link of a Bundle.
pub(crate) fn link(bundle: &Value, relation: &str) -> Option<String> {
    let mut links = bundle["link"].as_array().into_iter().flatten();
    links.find(|link| link["relation"] == relation).and_then(|link| link["url"].as_str()).map(str::to_owned)
}

/// Where each part stands among what an order contains.
pub(crate) const DOCUMENT_REFERENCE: usize = 0;
pub(crate) const PATIENT: usize = 1;

/// An order for a patient without an NHS number.
pub(crate) fn order(slot: &Value) -> Value {
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
                "birthDate": "1974-11-12",
                "name": [{ "use": "official", "family": "Patient", "given": ["John"] }],
                "address": [{ "use": "home", "line": ["1 Mill Lane"], "postalCode": "ND1 4TY" }],
                "telecom": [{ "system": "phone", "value": "07700 900123", "rank": 1 }],
                "contact": [{
                    "relationship": [{ "coding": [{ "system": "http://hl7.org/fhir/v2/0131", "code": "N" }] }],
                    "name": { "use": "official", "text": "Mary Patient" },
                    "telecom": [{ "system": "phone", "value": "01632 960001", "rank": 2 }],
                }],
            },
            {
                "resourceType": "Slot", "id": id, "meta": profile("Slot"), "status": "busy", "start": start, "end": end,
                "identifier": slot["identifier"], "schedule": slot["schedule"],
            },
        ],
    })
}

/// The same for a patient with one.
pub(crate) fn numbered(slot: &Value) -> Value {
    let mut order = order(slot);
    let number = json!({ "use": "official", "system": "https://fhir.nhs.uk/Id/nhs-number", "value": NUMBER });
    order["participant"][0]["actor"]["identifier"] = number.clone();
    let mut verified = number;
    verified["extension"] = json!([{
        "url": "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-NHSNumberVerificationStatus-1",
        "valueCodeableConcept": { "coding": [{
            "system": "https://fhir.hl7.org.uk/STU3/CodeSystem/CareConnect-NHSNumberVerificationStatus-1",
            "code": "01", "display": "Number present and verified",
        }] },
    }]);
    order["contained"][PATIENT]["identifier"] = json!([verified]);
    order
}
