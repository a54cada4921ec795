//! A FHIR STU3 provider: slots, bookings, cancellations. Its own reading of the standard.

mod book;
mod cancel;
pub(crate) mod outcome;
mod search;
pub(crate) mod token;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

use crate::control::Cue;
use crate::diary::{Version, instant};
use crate::fhir::outcome::{Refused, answer, refuse};
use crate::fhir::token::Scope;
use crate::world::{PROVIDERS, Peculiarity, World, lock};

/// How much longer the slow service's provider takes to look for its slots.
const SLOW: std::time::Duration = std::time::Duration::from_millis(2500);

/// One provider of the world.
#[derive(Clone)]
pub(crate) struct Provider {
    pub(crate) world: Arc<World>,
    pub(crate) index: usize,
}

impl Provider {
    /// Its root as the Spine directory has it: the audience of tokens.
    pub(crate) fn root(&self) -> &str {
        &self.world.roots[self.index]
    }

    /// Its root as it stands in a request: what its own URLs begin with.
    pub(crate) fn called(&self) -> &str {
        &self.world.called[self.index]
    }

    pub(crate) fn name(&self) -> &'static str {
        PROVIDERS[self.index].name
    }

    /// Whether it tells delivery channels in the GP Connect form.
    fn gp_connect(&self) -> bool {
        self.name() == "hub"
    }
}

pub(crate) fn router(world: Arc<World>, index: usize) -> Router {
    let provider = Provider { world, index };
    let path = PROVIDERS[index].path;
    let routes = Router::new()
        .route("/Slot", get(slots))
        .route("/Appointment", post(book::book).get(bookings))
        .route("/Appointment/{id}", get(read).put(cancel::cancel))
        .route("/Appointment/{id}/_history", get(history))
        .route("/Appointment/{id}/_history/{version}", get(read_version))
        .route("/metadata", get(metadata))
        .fallback(async || refuse(404, "NO_RECORD_FOUND", "There is nothing here").into_response())
        .layer(middleware::from_fn_with_state(provider.clone(), conduct))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest));
    let elsewhere = async || refuse(404, "NO_RECORD_FOUND", "There is nothing here").into_response();
    Router::new().nest(path, routes).fallback(elsewhere).with_state(provider)
}

/// Bodies are FHIR's JSON.
fn media_type(headers: &HeaderMap) -> Result<(), Refused> {
    let kind = headers.get("Content-Type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/fhir+json") {
        return Ok(());
    }
    Err(refuse(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/fhir+json"))
}

/// What the framework refused in its own words (a method, a path, a length), refused in the standard's.
fn in_the_standards_words(response: Response) -> Response {
    let status = response.status().as_u16();
    let fhir =
        response.headers().get("Content-Type").is_some_and(|kind| kind.as_bytes().starts_with(b"application/fhir"));
    if status < 400 || fhir {
        return response;
    }
    match status {
        404 => refuse(404, "NO_RECORD_FOUND", "There is nothing here"),
        405 => refuse(405, "INVALID_PARAMETER", "This method is not offered here"),
        413 => refuse(413, "INVALID_RESOURCE", "The body is too large"),
        500.. => refuse(status, "INTERNAL_SERVER_ERROR", "The provider failed"),
        _ => refuse(status, "INVALID_PARAMETER", "The request cannot be understood"),
    }
    .into_response()
}

/// What every exchange has in common: latency, cues, ids, no caching.
async fn conduct(State(provider): State<Provider>, request: Request, next: Next) -> Response {
    let request_id = note(&provider, &request);
    tokio::time::sleep(provider.world.latency).await;
    let is_post = request.method() == axum::http::Method::POST;
    let cue = provider.world.cue(provider.name(), |cue| match cue {
        Cue::LoseAnswer | Cue::LateAnswer(_) | Cue::TakeSlot | Cue::OkWithOutcome => is_post,
        Cue::Delay(_) | Cue::Refuse(..) | Cue::Offline | Cue::Garbage | Cue::Fault(_) => true,
    });
    let mut response = match cue {
        Some(Cue::Offline) => return broken(),
        Some(Cue::Refuse(status, code, pause)) => {
            let mut refused = refuse(status, &code, "Refused on cue").into_response();
            pause.map(|seconds| refused.headers_mut().insert("Retry-After", HeaderValue::from(seconds)));
            refused
        }
        Some(Cue::Garbage) => (axum::http::StatusCode::OK, "{\"resourceType\":\"Bundle\",\"entry\":[{").into_response(),
        Some(Cue::OkWithOutcome) => answer(200, &outcome::resource("INTERNAL_SERVER_ERROR", "Not done, on cue")),
        Some(Cue::LoseAnswer) => {
            drop(next.run(request).await);
            return broken();
        }
        Some(Cue::Delay(length)) => {
            tokio::time::sleep(length).await;
            next.run(request).await
        }
        Some(Cue::LateAnswer(length)) => {
            let answer = next.run(request).await;
            tokio::time::sleep(length).await;
            answer
        }
        Some(Cue::TakeSlot) => provider.take_slot_of(request, next).await,
        Some(Cue::Fault(_)) | None => next.run(request).await,
    };
    response = in_the_standards_words(response);
    let headers = response.headers_mut();
    headers.insert("Cache-Control", HeaderValue::from_static("no-store"));
    if let Some(id) = request_id.and_then(|id| HeaderValue::from_str(&id).ok()) {
        headers.insert("X-Correlation-ID", id);
    }
    if let Ok(own) = HeaderValue::from_str(&crate::new_id().to_string()) {
        headers.insert("X-Request-ID", own);
    }
    response
}

/// Notes what was asked, and gives its request id.
fn note(provider: &Provider, request: &Request) -> Option<String> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let request_id = header("X-Request-ID");
    let asked = json!({
        "method": request.method().as_str(),
        "path": request.uri().path(),
        "query": request.uri().query(),
        "request": request_id,
        "accept": header("Accept"),
    });
    provider.world.note_asked(provider.name(), asked);
    request_id
}

impl Provider {
    /// Takes the slot that a booking names, as another desk would, just before it is booked.
    async fn take_slot_of(&self, request: Request, next: Next) -> Response {
        let (parts, body) = request.into_parts();
        let content = axum::body::to_bytes(body, 4 * 1024 * 1024).await.unwrap_or_default();
        let named = serde_json::from_slice::<Value>(&content).ok().and_then(|body| book::slot_id(&body));
        if let Some(id) = named {
            let mut diary = lock(&self.world.diaries[self.index]);
            if let Some(slot) = diary.slots.get_mut(&id) {
                slot.free = false;
            }
        }
        next.run(Request::from_parts(parts, axum::body::Body::from(content))).await
    }
}

/// An answer that breaks off: the connection ends in the middle of the body.
pub(crate) fn broken() -> Response {
    let pieces = futures::stream::iter([
        Ok::<_, std::io::Error>(Bytes::from_static(b"{")),
        Err(std::io::Error::other("on cue")),
    ]);
    Response::new(axum::body::Body::from_stream(pieces))
}

async fn slots(State(provider): State<Provider>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    if let Err(refusal) = token::check(&headers, provider.root(), Scope::Slots) {
        return refusal.into_response();
    }
    let query = search::Query::read(query.as_deref().unwrap_or_default());
    let slow = query.service.as_ref().is_some_and(|id| {
        provider.world.all_services().any(|service| service.id == *id && service.peculiarity == Peculiarity::Slow)
    });
    if slow {
        tokio::time::sleep(SLOW).await;
    }
    match search::slots(&provider, &query) {
        Ok(bundle) => answer(200, &bundle),
        Err(refusal) => refusal.into_response(),
    }
}

async fn bookings(State(provider): State<Provider>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    if let Err(refusal) = token::check(&headers, provider.root(), Scope::Read) {
        return refusal.into_response();
    }
    match search::bookings(&provider, &search::Query::read(query.as_deref().unwrap_or_default())) {
        Ok(bundle) => answer(200, &bundle),
        Err(refusal) => refusal.into_response(),
    }
}

async fn read(State(provider): State<Provider>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    versions(&provider, &headers, &id).map_or_else(IntoResponse::into_response, |versions| {
        versions.last().map_or_else(missing, |newest| versioned(200, &provider, newest))
    })
}

async fn read_version(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Path((id, version)): Path<(String, u32)>,
) -> Response {
    versions(&provider, &headers, &id).map_or_else(IntoResponse::into_response, |versions| {
        versions.iter().find(|v| v.version == version).map_or_else(missing, |found| versioned(200, &provider, found))
    })
}

async fn history(State(provider): State<Provider>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    versions(&provider, &headers, &id).map_or_else(IntoResponse::into_response, |versions| {
        let entries: Vec<Value> = versions.iter().rev().map(|version| json!({ "resource": body(version) })).collect();
        answer(200, &json!({ "resourceType": "Bundle", "type": "history", "total": entries.len(), "entry": entries }))
    })
}

async fn metadata(State(provider): State<Provider>) -> Response {
    answer(
        200,
        &json!({
            "resourceType": "CapabilityStatement",
            "status": "active",
            "kind": "instance",
            "fhirVersion": "3.0.1",
            "format": ["application/fhir+json"],
            "implementation": { "description": "Demonstration provider", "url": provider.called() },
            "rest": [{ "mode": "server", "resource": [
                { "type": "Slot", "interaction": [{ "code": "search-type" }] },
                { "type": "Appointment", "versioning": "versioned-update", "interaction": [
                    { "code": "create" }, { "code": "read" }, { "code": "vread" }, { "code": "update" }, { "code": "search-type" },
                ] },
            ] }],
        }),
    )
}

fn missing() -> Response {
    refuse(404, "NO_RECORD_FOUND", "There is no such booking").into_response()
}

fn versions(provider: &Provider, headers: &HeaderMap, id: &str) -> Result<Vec<Version>, Refused> {
    token::check(headers, provider.root(), Scope::Read)?;
    let diary = lock(&provider.world.diaries[provider.index]);
    diary.bookings.get(id).cloned().ok_or_else(|| refuse(404, "NO_RECORD_FOUND", "There is no such booking"))
}

/// The resource as it is held, with id and version.
pub(crate) fn body(version: &Version) -> Value {
    let mut body = version.body.clone();
    body["id"] = json!(version.id);
    body["meta"]["versionId"] = json!(version.version.to_string());
    body["meta"]["lastUpdated"] = json!(instant(version.at));
    body
}

/// An answer with a version of a booking.
pub(crate) fn versioned(status: u16, provider: &Provider, version: &Version) -> Response {
    let mut response = answer(status, &body(version));
    let relative = PROVIDERS[provider.index].relative_location;
    let below = format!("Appointment/{}/_history/{}", version.id, version.version);
    let location = if relative { below } else { format!("{}/{below}", provider.called()) };
    let pairs = [
        ("ETag", format!("W/\"{}\"", version.version)),
        ("Last-Modified", version.at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()),
        ("Location", location),
    ];
    for (name, value) in pairs {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
