//! Cancelling: with the version just read, and nothing changed but the status.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::diary::{Diary, Version};
use crate::fhir::book::{appointment, check_unused, request_id};
use crate::fhir::format::check_content_type;
use crate::fhir::held::{body, unknown, versioned};
use crate::fhir::outcome::{Refused, refuse};
use crate::fhir::token::{self, Caller, Scope};
use crate::fhir::{Provider, shape};
use crate::world::lock;

/// The one service whose bookings only the organisation that made them may cancel. Everywhere else any may, as where a
/// patient calls another 111 than the one that booked.
const FOR_THE_MAKER_ALONE: &str = "111012";

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
    check_content_type(headers)?;
    let caller = token::check(headers, provider.root(), Scope::Write)?;
    let request = request_id(headers)?;
    let sent = appointment(content)?;
    let wanted = version_wanted(headers)?;
    let mut diary = lock(&provider.world.diaries[provider.index]);
    check_unused(&diary, &request)?;
    let newest = diary.bookings.get(id).and_then(|versions| versions.last()).cloned().ok_or_else(unknown)?;
    check_permitted(&diary, &newest, &caller)?;
    check_change(&newest, &wanted, &sent)?;
    let mut kept = newest.body.clone();
    kept["status"] = json!("cancelled");
    let version = Version { version: newest.version + 1, at: crate::now(), request, body: kept, ..newest };
    diary.keep(version.clone()).map_err(|_| refuse(500, "INTERNAL_SERVER_ERROR", "The change could not be kept"))?;
    provider.world.registered(provider.index, &version);
    Ok(version)
}

/// The version that `If-Match` names.
fn version_wanted(headers: &HeaderMap) -> Result<String, Refused> {
    let missing = |said: &str| refuse(412, "INVALID_PARAMETER", said).at("http.If-Match");
    let tag = headers.get(header::IF_MATCH).ok_or_else(|| missing("If-Match is missing"))?;
    let tag = tag.to_str().unwrap_or_default().trim();
    let quoted = tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let version = quoted.filter(|version| !version.is_empty() && !version.contains('"'));
    version.map(str::to_owned).ok_or_else(|| missing("If-Match names no version, such as W/\"1\""))
}

fn check_permitted(diary: &Diary, booking: &Version, caller: &Caller) -> Result<(), Refused> {
    if diary.restricted.contains(&booking.id) {
        let said = "Nobody but the service itself may cancel this booking";
        return Err(refuse(403, "ACCESS_DENIED", said).at("http.Authorization"));
    }
    let is_own = booking.organisation.as_ref().is_none_or(|made_by| *made_by == caller.organisation);
    let schedule = diary.slots.get(&booking.slot).and_then(|slot| diary.schedules.get(&slot.schedule));
    if is_own || schedule.is_none_or(|schedule| schedule.service != FOR_THE_MAKER_ALONE) {
        return Ok(());
    }
    let said = "Only the organisation that made this booking may cancel it (claim requesting_organization)";
    Err(refuse(403, "ACCESS_DENIED", said).at("http.Authorization"))
}

fn check_change(newest: &Version, wanted: &str, sent: &Value) -> Result<(), Refused> {
    let wrong = |status, place: &str, said: &str| refuse(status, "INVALID_RESOURCE", said).at(place);
    if newest.body["status"] == "cancelled" {
        return Err(wrong(422, "Appointment.status", "The booking is cancelled already"));
    }
    // Whoever and whenever it is for goes before the version: what is the matter then is told, and not only that something is.
    if let (Some(one), Some(other)) = (patient_known_as(sent), patient_known_as(&newest.body))
        && one != other
    {
        return Err(wrong(422, "Appointment.participant", "The booking is another patient's"));
    }
    let start = newest.body["start"].as_str().and_then(shape::instant);
    if start.is_some_and(|start| start <= crate::now()) {
        return Err(wrong(422, "Appointment.start", "The booking lies in the past"));
    }
    if wanted != newest.version.to_string() {
        return Err(wrong(409, "http.If-Match", "The booking was changed meanwhile"));
    }
    if sent["status"] != "cancelled" {
        return Err(wrong(422, "Appointment.status", "The status may change to cancelled, and to nothing else"));
    }
    let mut expected = body(newest);
    expected["status"] = json!("cancelled");
    if let Some(place) = difference(&expected, sent, "Appointment") {
        return Err(wrong(422, &place, "Nothing but the status may change"));
    }
    Ok(())
}

/// By which number the patient of an appointment is known, of the NHS or of the provider's own: its system and the number.
fn patient_known_as(appointment: &Value) -> Option<(&str, &str)> {
    let mut contained = appointment["contained"].as_array()?.iter();
    let patient = contained.find(|resource| resource["resourceType"] == "Patient")?;
    let number = patient["identifier"].as_array()?.first()?;
    Some((number["system"].as_str()?, number["value"].as_str()?))
}

/// Where two values first differ.
fn difference(one: &Value, other: &Value, place: &str) -> Option<String> {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let missing = other.keys().any(|key| !one.contains_key(key)).then(|| place.to_owned());
            one.iter()
                .find_map(|(key, value)| {
                    let inner = other.get(key).unwrap_or(&Value::Null);
                    difference(value, inner, &format!("{place}.{key}"))
                })
                .or(missing)
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let mut pairs = one.iter().zip(other).enumerate();
            pairs.find_map(|(number, (one, other))| difference(one, other, &format!("{place}[{number}]")))
        }
        _ => (one != other).then(|| place.to_owned()),
    }
}
