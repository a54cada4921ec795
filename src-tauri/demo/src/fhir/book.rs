//! Bookings: checked by shape, by profile and by business, then made under the diary's one lock.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use chrono::DateTime;
use serde_json::Value;

use crate::diary::Version;
use crate::fhir::outcome::{Refused, refuse};
use crate::fhir::token::{self, Scope};
use crate::fhir::{Provider, media_type, versioned};
use crate::world::lock;

pub(crate) async fn book(State(provider): State<Provider>, headers: HeaderMap, content: Bytes) -> Response {
    match checked_and_made(&provider, &headers, &content) {
        Ok(version) => versioned(201, &provider, &version),
        Err(refusal) => refusal.into_response(),
    }
}

fn checked_and_made(provider: &Provider, headers: &HeaderMap, content: &[u8]) -> Result<Version, Refused> {
    media_type(headers)?;
    token::check(headers, provider.root(), Scope::Write)?;
    let request = headers.get("X-Request-ID").and_then(|value| value.to_str().ok()).map(str::to_ascii_lowercase);
    let request = request.ok_or_else(|| refuse(400, "INVALID_PARAMETER", "X-Request-ID is missing"))?;
    let body: Value =
        serde_json::from_slice(content).map_err(|_| refuse(400, "INVALID_RESOURCE", "The body is not JSON"))?;
    if body["resourceType"] != "Appointment" || !body["id"].is_null() {
        return Err(refuse(400, "INVALID_RESOURCE", "The body must be an Appointment without an id"));
    }
    let nhs_number = check_patient(&body)?;
    check_rest(&body)?;
    let named =
        slot_id(&body).ok_or_else(|| refuse(422, "INVALID_RESOURCE", "slot refers to no contained resource"))?;
    let mut diary = lock(&provider.world.diaries[provider.index]);
    if diary.requests.contains(&request) {
        return Err(refuse(409, "DUPLICATE_REJECTED", "This X-Request-ID was used before"));
    }
    let Some(slot) = diary.slots.get(&named).cloned() else {
        return Err(refuse(422, "REFERENCE_NOT_FOUND", "This diary has no such time"));
    };
    let at = |field: &str| body[field].as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    if at("start").is_none_or(|start| start != slot.start) || at("end").is_none_or(|end| end != slot.end) {
        return Err(refuse(422, "INVALID_RESOURCE", "start and end are not those of the time asked for"));
    }
    if slot.start <= crate::now() {
        return Err(refuse(422, "INVALID_RESOURCE", "The time asked for has passed"));
    }
    if !slot.free {
        return Err(refuse(409, "DUPLICATE_REJECTED", "The slot is no longer free"));
    }
    let id = crate::new_id().to_string();
    let version = Version { id, version: 1, at: crate::now(), slot: named, nhs_number, request, body };
    let failed = |_| refuse(500, "INTERNAL_SERVER_ERROR", "The booking could not be kept");
    diary.keep(version.clone()).map_err(failed)?;
    provider.world.registered(provider.index, &version);
    Ok(version)
}

/// The id of the slot that a booking names.
pub(crate) fn slot_id(body: &Value) -> Option<String> {
    let id = body["slot"][0]["reference"].as_str()?.strip_prefix('#')?;
    contained(body, "Slot").filter(|slot| slot["id"] == id).map(|_| id.to_owned())
}

fn contained<'a>(body: &'a Value, kind: &str) -> Option<&'a Value> {
    let mut all = body["contained"].as_array()?.iter().filter(|resource| resource["resourceType"] == kind);
    all.next().filter(|_| all.next().is_none())
}

fn has_profile(resource: &Value, name: &str) -> bool {
    resource["meta"]["profile"]
        .as_array()
        .is_some_and(|all| all.iter().any(|p| p.as_str().is_some_and(|p| p.ends_with(name))))
}

fn filled(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty())
}

fn check_patient(body: &Value) -> Result<Option<String>, Refused> {
    let wrong = |said: &str| refuse(422, "FHIR_CONSTRAINT_VIOLATION", said);
    let patient = contained(body, "Patient").ok_or_else(|| wrong("There must be one contained Patient"))?;
    if !has_profile(patient, "CareConnect-Patient-1") {
        return Err(wrong("The Patient does not name its profile"));
    }
    let name = &patient["name"][0];
    if name["use"] != "official" || !filled(&name["family"]) || !filled(&name["given"][0]) {
        return Err(wrong("The Patient needs an official name with family and given"));
    }
    if !filled(&patient["gender"]) || !filled(&patient["birthDate"]) {
        return Err(wrong("The Patient needs gender and birthDate"));
    }
    let addresses = patient["address"].as_array().map_or(0, Vec::len);
    if addresses != 1 || patient["address"][0]["use"] != "home" || !filled(&patient["address"][0]["postalCode"]) {
        return Err(wrong("The Patient needs exactly one home address with a postcode"));
    }
    check_ranks(patient)?;
    match patient["identifier"].as_array().map(Vec::as_slice) {
        None | Some([]) => Ok(None),
        Some([one]) if one["system"] == "https://fhir.nhs.uk/Id/nhs-number" => {
            let number = one["value"].as_str().unwrap_or_default();
            if !valid_nhs_number(number) {
                return Err(refuse(422, "INVALID_NHS_NUMBER", "The NHS number is not valid"));
            }
            if one["extension"][0]["valueCodeableConcept"]["coding"][0]["code"].is_null() {
                return Err(wrong("The NHS number needs its verification status"));
            }
            Ok(Some(number.to_owned()))
        }
        Some(_) => Err(wrong("The Patient may have one identifier, an NHS number")),
    }
}

/// Rank 1 exactly once over the patient's own contacts and everybody else's.
fn check_ranks(patient: &Value) -> Result<(), Refused> {
    let wrong = |said: &str| refuse(400, "INVALID_RESOURCE", said);
    let own = patient["telecom"].as_array().into_iter().flatten();
    let others = patient["contact"].as_array().into_iter().flatten();
    let others = others.flat_map(|contact| contact["telecom"].as_array().into_iter().flatten());
    let points: Vec<&Value> = own.chain(others).collect();
    if !points.iter().any(|point| point["system"] == "phone" && filled(&point["value"])) {
        return Err(wrong("There must be a telephone number"));
    }
    if points.iter().any(|point| point["rank"].as_u64().is_none_or(|rank| rank == 0)) {
        return Err(wrong("Every contact needs a rank"));
    }
    if points.iter().filter(|point| point["rank"] == 1).count() != 1 {
        return Err(wrong("Rank 1 must stand exactly once"));
    }
    Ok(())
}

fn check_rest(body: &Value) -> Result<(), Refused> {
    let wrong = |said: &str| Err(refuse(422, "FHIR_CONSTRAINT_VIOLATION", said));
    if !has_profile(body, "CareConnect-Appointment-1") || body["language"] != "en-GB" || body["status"] != "booked" {
        return wrong("The Appointment needs its profile, language en-GB and status booked");
    }
    if ["start", "end", "created", "description"].iter().any(|field| !filled(&body[*field])) {
        return wrong("start, end, created and description must be there");
    }
    let Some(document) = contained(body, "DocumentReference") else {
        return wrong("There must be one contained DocumentReference");
    };
    let id = document["identifier"][0]["value"].as_str().unwrap_or_default();
    if uuid::Uuid::parse_str(id).is_err() || !filled(&document["indexed"]) || document["status"] != "current" {
        return wrong("The DocumentReference needs the document's UUID, indexed and status current");
    }
    let Some(slot) = contained(body, "Slot") else {
        return wrong("There must be one contained Slot");
    };
    if !has_profile(slot, "CareConnect-Slot-1") || slot["start"] != body["start"] || slot["end"] != body["end"] {
        return wrong("The contained Slot needs its profile and the Appointment's own start and end");
    }
    let participants = body["participant"].as_array().map_or(0, Vec::len);
    let participant = &body["participant"][0];
    if participants != 1 || participant["status"] != "accepted" || !filled(&participant["actor"]["display"]) {
        return wrong("There must be one accepted participant with a display");
    }
    let link = body["supportingInformation"][0]["reference"].as_str().and_then(|link| link.strip_prefix('#'));
    if link.is_none() || link != document["id"].as_str() {
        return wrong("supportingInformation must refer to the contained document");
    }
    Ok(())
}

fn valid_nhs_number(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    if digits.len() != 10 || text.len() != 10 {
        return false;
    }
    let sum: u32 = digits[..9].iter().enumerate().map(|(at, digit)| digit * (10 - at as u32)).sum();
    (11 - sum % 11) % 11 == digits[9]
}
