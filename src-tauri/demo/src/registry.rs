//! The appointment registry: what a patient holds anywhere, as pointers to the providers that hold it, and nothing more
//! about the patient than the NHS number. The seed of a future national service.
//!
//! Providers register what they confirm and expire what is cancelled, over HTTP under the token rules of a provider. The
//! demonstration's own providers tell it within the same step as they answer, so that the two never disagree; what
//! others register is kept as long as it runs.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::DateTime;
use serde_json::{Value, json};

use crate::control::Cue;
use crate::diary::Version;
use crate::fhir::broken;
use crate::fhir::outcome::{Refused, answer, refuse};
use crate::fhir::token::{self, Scope};
use crate::world::{PROVIDERS, World, lock};

pub(crate) const ROOT: &str = "/registry/STU3/1";
const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";
const ABSOLUTE_URL: &str = "urn:ietf:rfc:3986";
/// All that an entry may hold: a pointer, when, and for whom.
const FIELDS: [&str; 9] =
    ["resourceType", "id", "meta", "language", "identifier", "status", "start", "end", "participant"];

/// The registry of the demonstration.
pub(crate) struct Registry {
    /// Its root: the audience of tokens for it.
    root: String,
    entries: Mutex<BTreeMap<String, Entry>>,
}

/// A pointer to one booking.
#[derive(Debug, Clone)]
struct Entry {
    version: u32,
    /// The ODS code of the organisation that registered it: nobody else expires it.
    owner: String,
    nhs_number: String,
    body: Value,
}

impl Registry {
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self { root: format!("http://{address}{ROOT}"), entries: Mutex::default() }
    }

    /// As at the start.
    pub(crate) fn forget_all(&self) {
        lock(&self.entries).clear();
    }

    /// Takes what a provider of the demonstration says about one of its bookings. A patient without an NHS number is
    /// not registered.
    pub(crate) fn told_by(&self, organisation: &str, provider_root: &str, booking: &Version) {
        let Some(number) = &booking.nhs_number else { return };
        let body = json!({
            "resourceType": "Appointment",
            "identifier": [{ "system": ABSOLUTE_URL, "value": format!("{provider_root}/Appointment/{}", booking.id) }],
            "status": booking.body["status"],
            "start": booking.body["start"],
            "end": booking.body["end"],
            "participant": [{ "actor": { "identifier": { "system": NHS_NUMBER, "value": number } }, "status": "accepted" }],
        });
        let mut entries = lock(&self.entries);
        let version = entries.get(&booking.id).map_or(1, |entry| entry.version + 1);
        let entry = Entry { version, owner: organisation.to_owned(), nhs_number: number.clone(), body };
        entries.insert(booking.id.clone(), entry);
    }
}

impl World {
    /// A provider confirmed a booking, changed it or cancelled it: it is registered as it is now, its end included.
    pub(crate) fn registered(&self, provider: usize, booking: &Version) {
        self.registry.told_by(PROVIDERS[provider].ods_code, &self.called[provider], booking);
    }
}

pub(crate) fn router(world: Arc<World>) -> Router {
    let elsewhere = async || refuse(404, "NO_RECORD_FOUND", "There is nothing at this address").into_response();
    let method = async || refuse(405, "INVALID_PARAMETER", "This method is not offered here").into_response();
    Router::new()
        .route(&format!("{ROOT}/Appointment"), get(search).post(register))
        .route(&format!("{ROOT}/Appointment/{{id}}"), get(read).put(expire))
        .fallback(elsewhere)
        .method_not_allowed_fallback(method)
        .layer(middleware::from_fn_with_state(Arc::clone(&world), conduct))
        .with_state(world)
}

/// What every exchange has in common: it is noted, it can be under a cue, and nobody caches it.
async fn conduct(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    world.note_asked("registry", json!({ "method": request.method().as_str(), "path": request.uri().path() }));
    match world.cue("registry", |_| true) {
        Some(Cue::Delay(length)) => tokio::time::sleep(length).await,
        Some(_) => return broken(),
        None => {}
    }
    let mut response = next.run(request).await;
    response.headers_mut().insert("Cache-Control", HeaderValue::from_static("no-store"));
    response
}

async fn search(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Response {
    let found = token::check(&headers, &world.registry.root, Scope::Read).and_then(|_| {
        let Query(query) = query.map_err(|_| refuse(400, "INVALID_PARAMETER", "The query cannot be read"))?;
        number_asked_for(&query)
    });
    let number = match found {
        Ok(number) => number,
        Err(refusal) => return refusal.into_response(),
    };
    let registry = &world.registry;
    let entries: Vec<Value> = lock(&registry.entries)
        .iter()
        .filter(|(_, entry)| entry.nhs_number == number)
        .map(|(id, entry)| {
            json!({ "fullUrl": format!("{}/Appointment/{id}", registry.root), "resource": shown(id, entry) })
        })
        .collect();
    answer(200, &json!({ "resourceType": "Bundle", "type": "searchset", "total": entries.len(), "entry": entries }))
}

fn number_asked_for(query: &[(String, String)]) -> Result<String, Refused> {
    let bad = |said: &str| refuse(400, "INVALID_PARAMETER", said);
    let mut asked = query.iter().filter(|(name, _)| name == "patient.identifier");
    let (Some((_, told)), None) = (asked.next(), asked.next()) else {
        return Err(bad("patient.identifier must be there once"));
    };
    let number = told.strip_prefix(NHS_NUMBER).and_then(|rest| rest.strip_prefix('|'));
    let number = number.ok_or_else(|| bad("patient.identifier must be https://fhir.nhs.uk/Id/nhs-number|[number]"))?;
    if !is_nhs_number(number) {
        return Err(refuse(400, "INVALID_NHS_NUMBER", "patient.identifier: this is no NHS number"));
    }
    Ok(number.to_owned())
}

async fn read(State(world): State<Arc<World>>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if let Err(refusal) = token::check(&headers, &world.registry.root, Scope::Read) {
        return refusal.into_response();
    }
    let entry = lock(&world.registry.entries).get(&id).cloned();
    entry.map_or_else(|| missing().into_response(), |entry| versioned(200, &world.registry.root, &id, &entry))
}

async fn register(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    content: Result<Bytes, BytesRejection>,
) -> Response {
    let registry = &world.registry;
    let done = written(registry, &headers, content).and_then(|(owner, body)| {
        let wrong = |said: &str| refuse(422, "INVALID_RESOURCE", said);
        if !body["id"].is_null() {
            return Err(refuse(400, "INVALID_RESOURCE", "id: a new entry has none yet"));
        }
        let nhs_number = check(&body)?;
        if body["status"] != "booked" {
            return Err(wrong("status must be booked"));
        }
        let mut entries = lock(&registry.entries);
        if entries.values().any(|entry| pointer(&entry.body) == pointer(&body)) {
            return Err(refuse(409, "DUPLICATE_REJECTED", "identifier: this booking is registered already"));
        }
        let body = without_the_servers_part(body);
        let (id, entry) = (crate::new_id().to_string(), Entry { version: 1, owner, nhs_number, body });
        entries.insert(id.clone(), entry.clone());
        Ok(versioned(201, &registry.root, &id, &entry))
    });
    done.unwrap_or_else(IntoResponse::into_response)
}

async fn expire(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    content: Result<Bytes, BytesRejection>,
) -> Response {
    let registry = &world.registry;
    let done = written(registry, &headers, content).and_then(|(owner, sent)| {
        let tag = headers.get("If-Match").and_then(|value| value.to_str().ok());
        let tag = tag.ok_or_else(|| refuse(412, "INVALID_PARAMETER", "If-Match is missing"))?;
        let mut entries = lock(&registry.entries);
        let entry = entries.get_mut(&id).ok_or_else(missing)?;
        if entry.owner != owner {
            return Err(refuse(403, "ACCESS_DENIED", "Only who registered an entry expires it"));
        }
        if tag.trim_start_matches("W/").trim_matches('"') != entry.version.to_string() {
            return Err(refuse(409, "INVALID_RESOURCE", "If-Match: the entry was changed meanwhile"));
        }
        if entry.body["status"] == "cancelled" {
            return Err(refuse(422, "INVALID_RESOURCE", "status: the entry has expired already"));
        }
        let mut expected = entry.body.clone();
        expected["status"] = json!("cancelled");
        if sent["id"].as_str().is_some_and(|own| own != id) {
            return Err(refuse(422, "INVALID_RESOURCE", "id is not that of the address"));
        }
        if without_the_servers_part(sent) != expected {
            return Err(refuse(422, "INVALID_RESOURCE", "Nothing but the status may change, and to cancelled"));
        }
        entry.body = expected;
        entry.version += 1;
        Ok(versioned(200, &registry.root, &id, entry))
    });
    done.unwrap_or_else(IntoResponse::into_response)
}

/// What is common to every change: a token, the media type, JSON. Gives who sends it, and what.
fn written(
    registry: &Registry,
    headers: &HeaderMap,
    content: Result<Bytes, BytesRejection>,
) -> Result<(String, Value), Refused> {
    let caller = token::check(headers, &registry.root, Scope::Write)?;
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = header("Content-Type").split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/fhir+json") {
        return Err(refuse(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/fhir+json"));
    }
    let content = content.map_err(|_| refuse(413, "INVALID_RESOURCE", "The body is too large, or cut short"))?;
    let body: Value = serde_json::from_slice(&content)
        .map_err(|error| refuse(400, "INVALID_RESOURCE", &format!("The body is not JSON: {error}")))?;
    if body["resourceType"] != "Appointment" {
        return Err(refuse(400, "INVALID_RESOURCE", "resourceType must be Appointment"));
    }
    Ok((caller.organisation, body))
}

/// Checks an entry, and gives the NHS number in it.
fn check(body: &Value) -> Result<String, Refused> {
    let wrong = |said: &str| refuse(422, "INVALID_RESOURCE", said);
    let fields = body.as_object().ok_or_else(|| wrong("An entry is an object"))?;
    if let Some(more) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(wrong(&format!("{more}: an entry is a pointer, and holds nothing more about the patient")));
    }
    let identifiers = body["identifier"].as_array().map_or(0, Vec::len);
    let url = pointer(body).and_then(|url| reqwest::Url::parse(url).ok());
    let is_url = url.is_some_and(|url| ["http", "https"].contains(&url.scheme()));
    if identifiers != 1 || body["identifier"][0]["system"] != ABSOLUTE_URL || !is_url {
        return Err(wrong("identifier must be one absolute URL, that of the booking, with system urn:ietf:rfc:3986"));
    }
    let at = |field: &str| body[field].as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    match (at("start"), at("end")) {
        (Some(start), Some(end)) if start < end => {}
        _ => return Err(wrong("start and end must be instants with their zone, start before end")),
    }
    let participants = body["participant"].as_array().map_or(0, Vec::len);
    let participant = &body["participant"][0];
    let only = |value: &Value, known: &[&str]| {
        value.as_object().is_some_and(|fields| fields.keys().all(|name| known.contains(&name.as_str())))
    };
    let bare = only(participant, &["actor", "status"])
        && only(&participant["actor"], &["identifier"])
        && only(&participant["actor"]["identifier"], &["system", "value"]);
    if participants != 1 || !bare || participant["actor"]["identifier"]["system"] != NHS_NUMBER {
        return Err(wrong("participant must be one, with an NHS number as actor.identifier and no display"));
    }
    let number = participant["actor"]["identifier"]["value"].as_str().unwrap_or_default();
    if !is_nhs_number(number) {
        return Err(refuse(422, "INVALID_NHS_NUMBER", "participant.actor.identifier: this is no NHS number"));
    }
    Ok(number.to_owned())
}

/// Without what the registry itself says of an entry.
fn without_the_servers_part(mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.remove("id");
        fields.remove("meta");
    }
    body
}

/// The URL of the booking itself.
fn pointer(body: &Value) -> Option<&str> {
    body["identifier"][0]["value"].as_str()
}

fn missing() -> Refused {
    refuse(404, "NO_RECORD_FOUND", "There is no such entry")
}

/// The entry as it is told, with id and version.
fn shown(id: &str, entry: &Entry) -> Value {
    let mut body = entry.body.clone();
    body["id"] = json!(id);
    body["meta"]["versionId"] = json!(entry.version.to_string());
    body
}

fn versioned(status: u16, root: &str, id: &str, entry: &Entry) -> Response {
    let mut response = answer(status, &shown(id, entry));
    let location = (status == 201).then(|| ("Location", format!("{root}/Appointment/{id}")));
    for (name, value) in [("ETag", format!("W/\"{}\"", entry.version))].into_iter().chain(location) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Ten digits, the last of which checks the others (modulus 11).
fn is_nhs_number(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().map_while(|c| c.to_digit(10)).collect();
    let [others @ .., check] = digits.as_slice() else { return false };
    let sum: u32 = others.iter().zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum();
    text.len() == 10 && digits.len() == 10 && (11 - sum % 11) % 11 == *check
}
