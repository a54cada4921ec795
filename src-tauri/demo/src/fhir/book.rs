//! Bookings: checked by shape, by profile and by business, then made under the diary's one lock.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::diary::{Diary, Slot, Version};
use crate::fhir::format::check_content_type;
use crate::fhir::held::versioned;
use crate::fhir::order::Order;
use crate::fhir::outcome::{Refused, refuse};
use crate::fhir::token::{self, Scope};
use crate::fhir::{Provider, shape};
use crate::world::lock;

pub(crate) async fn book(State(provider): State<Provider>, headers: HeaderMap, content: Bytes) -> Response {
    match checked_and_made(&provider, &headers, &content) {
        Ok(version) => versioned(201, &provider, &version),
        Err(refusal) => refusal.into_response(),
    }
}

fn checked_and_made(provider: &Provider, headers: &HeaderMap, content: &[u8]) -> Result<Version, Refused> {
    check_content_type(headers)?;
    let caller = token::check(headers, provider.root(), Scope::Write)?;
    let request = request_id(headers)?;
    let mut body = appointment(content)?;
    if !body["id"].is_null() {
        return Err(refuse(400, "INVALID_RESOURCE", "A new Appointment has no id").at("Appointment.id"));
    }
    shape::check(&body, "Appointment")?;
    let order = Order::read(&body)?;
    if order.nhs_number.is_none() {
        body["contained"][order.patient]["identifier"] = json!([local_identifier(provider)]);
    }
    let mut diary = lock(&provider.world.diaries[provider.index]);
    check_unused(&diary, &request)?;
    check_bookable(&diary, &order, &body)?;
    let version = Version {
        id: crate::new_id().to_string(),
        version: 1,
        at: crate::now(),
        slot: order.slot,
        nhs_number: order.nhs_number,
        request,
        organisation: Some(caller.organisation),
        body,
    };
    let failed = |_| refuse(500, "INTERNAL_SERVER_ERROR", "The booking could not be kept");
    diary.keep(version.clone()).map_err(failed)?;
    provider.world.registered(provider.index, &version);
    Ok(version)
}

/// The id of a request that changes something.
pub(crate) fn request_id(headers: &HeaderMap) -> Result<String, Refused> {
    let wrong = |said: &str| refuse(400, "INVALID_PARAMETER", said).at("http.X-Request-ID");
    let mut given = headers.get_all("X-Request-ID").iter();
    let (first, second) = (given.next(), given.next());
    let first = first.ok_or_else(|| wrong("X-Request-ID is missing"))?;
    if second.is_some() {
        return Err(wrong("X-Request-ID stands more than once"));
    }
    let id = first.to_str().unwrap_or_default().trim().to_ascii_lowercase();
    if id.is_empty() || id.len() > 128 { Err(wrong("X-Request-ID cannot be read")) } else { Ok(id) }
}

/// An Appointment, as the JSON that it came in.
pub(crate) fn appointment(content: &[u8]) -> Result<Value, Refused> {
    let wrong = |said: &str| refuse(400, "INVALID_RESOURCE", said).at("Appointment");
    let body: Value =
        serde_json::from_slice(content).map_err(|error| wrong(&format!("The body is not JSON: {error}")))?;
    if body["resourceType"] == "Appointment" { Ok(body) } else { Err(wrong("The body is not an Appointment")) }
}

/// A request is done once.
pub(crate) fn check_unused(diary: &Diary, request: &str) -> Result<(), Refused> {
    if diary.requests.contains(request) {
        return Err(refuse(409, "DUPLICATE_REJECTED", "This X-Request-ID was used before").at("http.X-Request-ID"));
    }
    Ok(())
}

fn check_bookable(diary: &Diary, order: &Order, body: &Value) -> Result<(), Refused> {
    let unknown = |below: &str, said: &str| {
        let place = format!("{}.{below}", order.slot_place);
        refuse(422, "REFERENCE_NOT_FOUND", said).at(&place)
    };
    let Some(Slot { schedule, start, end, free, .. }) = diary.slots.get(&order.slot) else {
        return Err(unknown("id", "This diary has no such time"));
    };
    if *schedule != order.schedule {
        return Err(unknown("schedule.reference", "The time asked for is in another diary"));
    }
    let wrong = |field: &str, said: &str| refuse(422, "INVALID_RESOURCE", said).at(&format!("Appointment.{field}"));
    for (field, expected) in [("start", start), ("end", end)] {
        if body[field].as_str().and_then(shape::instant) != Some(*expected) {
            return Err(wrong(field, &format!("{field} is not that of the time asked for")));
        }
    }
    if *start <= crate::now() {
        return Err(wrong("start", "The time asked for has passed"));
    }
    if !free {
        return Err(refuse(409, "DUPLICATE_REJECTED", "The slot is no longer free").at("Appointment.slot[0]"));
    }
    Ok(())
}

/// What the provider itself calls a patient who has no NHS number. Nobody is taken for somebody met before: likeness is no
/// proof.
fn local_identifier(provider: &Provider) -> Value {
    let value = crate::new_id().simple().to_string()[..12].to_ascii_uppercase();
    json!({ "use": "usual", "system": format!("https://{}.northdale.example/Id/patient", provider.name()), "value": value })
}
