//! Bookings as they are held: one, one version, all versions, those of a patient.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::diary::{Version, instant};
use crate::fhir::order::{NHS_NUMBER, is_nhs_number};
use crate::fhir::outcome::{Refused, answer, refuse};
use crate::fhir::query::Query;
use crate::fhir::search::{bundle, entry};
use crate::fhir::token::{self, Scope};
use crate::fhir::{Provider, shape};
use crate::world::{PROVIDERS, lock};

pub(crate) async fn read(State(provider): State<Provider>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    answered(
        versions(&provider, &headers, &id)
            .and_then(|versions| versions.last().map(|newest| versioned(200, &provider, newest)).ok_or_else(unknown)),
    )
}

pub(crate) async fn read_version(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Path((id, version)): Path<(String, u32)>,
) -> Response {
    answered(versions(&provider, &headers, &id).and_then(|versions| {
        let found = versions.iter().find(|held| held.version == version);
        found.map(|found| versioned(200, &provider, found)).ok_or_else(unknown)
    }))
}

/// Every version, the newest first.
pub(crate) async fn history(State(provider): State<Provider>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    answered(versions(&provider, &headers, &id).map(|versions| {
        let newest_first = versions.iter().rev().map(|version| {
            let (method, url) = match version.version {
                1 => ("POST", "Appointment".to_owned()),
                _ => ("PUT", format!("Appointment/{id}")),
            };
            let mut entry = entry(&provider, body(version));
            entry["request"] = json!({ "method": method, "url": url });
            entry
        });
        let own = format!("{}/Appointment/{id}/_history", provider.called());
        answer(200, &bundle("history", versions.len(), None, &own, newest_first.collect()))
    }))
}

/// A patient's bookings, by NHS number or by the provider's own number, the earliest first.
pub(crate) async fn search(
    State(provider): State<Provider>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    answered(of_patient(&provider, &headers, &query.unwrap_or_default()).map(|found| answer(200, &found)))
}

fn of_patient(provider: &Provider, headers: &HeaderMap, query: &str) -> Result<Value, Refused> {
    token::check(headers, provider.root(), Scope::Read)?;
    let query = Query::read(query)?;
    let (system, number) = query.patient()?;
    let system = if system.is_empty() { NHS_NUMBER } else { system };
    if system == NHS_NUMBER && !is_nhs_number(number) {
        let said = "The NHS number is not valid";
        return Err(refuse(400, "INVALID_NHS_NUMBER", said).at("http.patient.identifier"));
    }
    let (from, until) = query.window(false)?;
    let diary = lock(&provider.world.diaries[provider.index]);
    let newest = diary.bookings.values().filter_map(|versions| versions.last());
    let start = |version: &Version| version.body["start"].as_str().and_then(shape::instant);
    let mut found: Vec<&Version> = newest
        .filter(|newest| is_of(newest, system, number))
        .filter(|newest| start(newest).is_some_and(|start| start >= from && start <= until))
        .collect();
    found.sort_by_key(|newest| (start(newest), newest.id.clone()));
    let entries = found.iter().map(|newest| {
        let mut entry = entry(provider, body(newest));
        entry["search"] = json!({ "mode": "match" });
        entry
    });
    let own = format!("{}/Appointment?{}", provider.called(), query.bare);
    Ok(bundle("searchset", found.len(), None, &own, entries.collect()))
}

fn is_of(booking: &Version, system: &str, number: &str) -> bool {
    let contained = booking.body["contained"].as_array().into_iter().flatten();
    let patients = contained.filter(|resource| resource["resourceType"] == "Patient");
    let mut identifiers = patients.filter_map(|patient| patient["identifier"].as_array()).flatten();
    identifiers.any(|identifier| identifier["system"] == system && identifier["value"] == number)
}

fn answered(result: Result<Response, Refused>) -> Response {
    result.unwrap_or_else(IntoResponse::into_response)
}

pub(crate) fn unknown() -> Refused {
    refuse(404, "NO_RECORD_FOUND", "There is no such booking")
}

fn versions(provider: &Provider, headers: &HeaderMap, id: &str) -> Result<Vec<Version>, Refused> {
    token::check(headers, provider.root(), Scope::Read)?;
    let diary = lock(&provider.world.diaries[provider.index]);
    diary.bookings.get(id).cloned().ok_or_else(unknown)
}

/// The resource as it is held, with id and version.
pub(crate) fn body(version: &Version) -> Value {
    let mut body = version.body.clone();
    body["id"] = json!(version.id);
    body["meta"]["versionId"] = json!(version.version.to_string());
    body["meta"]["lastUpdated"] = json!(instant(version.at));
    body
}

/// An answer with a version of a booking. Where it is new, its address is said as well, and some providers say it relative
/// to their root.
pub(crate) fn versioned(status: u16, provider: &Provider, version: &Version) -> Response {
    let mut response = answer(status, &body(version));
    let below = format!("Appointment/{}/_history/{}", version.id, version.version);
    let is_relative = PROVIDERS[provider.index].relative_location;
    let location = if is_relative { below } else { format!("{}/{below}", provider.called()) };
    let pairs = [
        ("ETag", format!("W/\"{}\"", version.version)),
        ("Last-Modified", version.at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()),
        (if status == 201 { "Location" } else { "Content-Location" }, location),
    ];
    for (name, value) in pairs {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
