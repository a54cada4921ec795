//! The appointment registry: what a patient holds anywhere, as pointers to the providers that hold it.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;

use crate::control::Cue;
use crate::fhir::broken;
use crate::fhir::outcome::{answer, refuse};
use crate::world::{World, lock};

pub(crate) const ROOT: &str = "/registry/STU3/1";

#[derive(Deserialize)]
struct Search {
    #[serde(rename = "patient.identifier")]
    patient: Option<String>,
}

pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new().route(&format!("{ROOT}/Appointment"), get(search)).with_state(world)
}

async fn search(State(world): State<Arc<World>>, Query(search): Query<Search>) -> Response {
    world.note_asked("registry", json!({ "method": "GET", "path": format!("{ROOT}/Appointment") }));
    match world.cue("registry", |_| true) {
        Some(Cue::Delay(length)) => tokio::time::sleep(length).await,
        Some(_) => return broken(),
        None => {}
    }
    let number = search.patient.as_deref().and_then(|text| text.rsplit('|').next()).unwrap_or_default().to_owned();
    if number.len() != 10 {
        return refuse(400, "INVALID_PARAMETER", "patient.identifier must name an NHS number").into_response();
    }
    let mut entries = Vec::new();
    for (root, diary) in world.called.iter().zip(&world.diaries) {
        for versions in lock(diary).bookings.values() {
            let Some(newest) = versions.last().filter(|v| v.nhs_number.as_deref() == Some(&number)) else { continue };
            entries.push(json!({ "resource": {
                "resourceType": "Appointment",
                "identifier": [{ "system": "urn:ietf:rfc:3986", "value": format!("{root}/Appointment/{}", newest.id) }],
                "status": newest.body["status"],
                "start": newest.body["start"],
                "end": newest.body["end"],
                "participant": [{ "actor": { "identifier": { "system": "https://fhir.nhs.uk/Id/nhs-number", "value": number } } }],
            } }));
        }
    }
    answer(200, &json!({ "resourceType": "Bundle", "type": "searchset", "total": entries.len(), "entry": entries }))
}
