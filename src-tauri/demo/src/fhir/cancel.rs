//! Cancelling: with the version just read, and nothing changed but the status.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use chrono::DateTime;
use serde_json::{Value, json};

use crate::diary::Version;
use crate::fhir::outcome::{Refused, refuse};
use crate::fhir::token::{self, Scope};
use crate::fhir::{Provider, body, media_type, versioned};
use crate::world::lock;

pub(crate) async fn cancel(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Path(id): Path<String>,
    content: Bytes,
) -> Response {
    match checked_and_done(&provider, &headers, &id, &content) {
        Ok(version) => versioned(200, &provider, &version),
        Err(refusal) => refusal.into_response(),
    }
}

fn checked_and_done(provider: &Provider, headers: &HeaderMap, id: &str, content: &[u8]) -> Result<Version, Refused> {
    media_type(headers)?;
    token::check(headers, provider.root(), Scope::Write)?;
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let request = header("X-Request-ID").map(str::to_ascii_lowercase);
    let request = request.ok_or_else(|| refuse(400, "INVALID_PARAMETER", "X-Request-ID is missing"))?;
    let sent: Value =
        serde_json::from_slice(content).map_err(|_| refuse(400, "INVALID_RESOURCE", "The body is not JSON"))?;
    let tag = header("If-Match").ok_or_else(|| refuse(412, "INVALID_PARAMETER", "If-Match is missing"))?;
    let mut diary = lock(&provider.world.diaries[provider.index]);
    if diary.requests.contains(&request) {
        return Err(refuse(409, "DUPLICATE_REJECTED", "This X-Request-ID was used before"));
    }
    let newest = diary.bookings.get(id).and_then(|versions| versions.last()).cloned();
    let newest = newest.ok_or_else(|| refuse(404, "NO_RECORD_FOUND", "There is no such booking"))?;
    if newest.body["status"] == "cancelled" {
        return Err(refuse(422, "INVALID_RESOURCE", "The booking is cancelled already"));
    }
    if tag.trim_start_matches("W/").trim_matches('"') != newest.version.to_string() {
        return Err(refuse(409, "INVALID_RESOURCE", "The booking was changed meanwhile"));
    }
    let mut expected = body(&newest);
    expected["status"] = json!("cancelled");
    if sent != expected {
        return Err(refuse(422, "INVALID_RESOURCE", "Nothing but the status may change, and to cancelled"));
    }
    let start = newest.body["start"].as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    if start.is_some_and(|start| start <= crate::now()) {
        return Err(refuse(422, "INVALID_RESOURCE", "The booking lies in the past"));
    }
    let mut kept = newest.body.clone();
    kept["status"] = json!("cancelled");
    let version = Version { version: newest.version + 1, at: crate::now(), request, body: kept, ..newest };
    diary.keep(version.clone()).map_err(|_| refuse(500, "INTERNAL_SERVER_ERROR", "The change could not be kept"))?;
    provider.world.expired(provider.index, &version);
    Ok(version)
}
