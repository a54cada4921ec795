//! What the provider says of itself: as much as it does, and no more.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::fhir::Provider;
use crate::fhir::outcome::answer;
use crate::fhir::token::{self, Scope};

pub(crate) async fn metadata(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    match token::check(&headers, provider.root(), Scope::Slots) {
        Ok(_) => answer(200, &statement(provider.called())),
        Err(refusal) => refusal.into_response(),
    }
}

/// What a search can be asked to include.
const INCLUDES: [&str; 7] = [
    "Slot:schedule",
    "Schedule:actor:HealthcareService",
    "Schedule:actor:Location",
    "Schedule:actor:Practitioner",
    "Schedule:actor:PractitionerRole",
    "HealthcareService:location",
    "HealthcareService:providedBy",
];

fn statement(root: &str) -> Value {
    let interactions = |codes: &[&str]| codes.iter().map(|code| json!({ "code": code })).collect::<Vec<_>>();
    let profile = |kind: &str| json!({ "reference": format!("https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-{kind}-1") });
    let parameter =
        |(name, kind, said): (&str, &str, &str)| json!({ "name": name, "type": kind, "documentation": said });
    let of_slots = [
        ("schedule.actor:healthcareservice", "reference", "The DoS id of the service. Needed."),
        ("start", "date", "One le with an instant, needed; one ge with an instant."),
        ("status", "token", "free, busy, or both with a comma between. Needed."),
    ];
    let of_bookings = [
        ("patient.identifier", "token", "An NHS number, or the number that this provider gave the patient. Needed."),
        ("start", "date", "One ge and one le, each with an instant."),
    ];
    let slot = json!({
        "type": "Slot",
        "profile": profile("Slot"),
        "interaction": interactions(&["search-type"]),
        "searchInclude": INCLUDES,
        "searchParam": of_slots.map(parameter),
    });
    let appointment = json!({
        "type": "Appointment",
        "profile": profile("Appointment"),
        "documentation": "An update cancels: it changes the status to cancelled, and nothing else.",
        "interaction": interactions(&["create", "read", "vread", "update", "history-instance", "search-type"]),
        "versioning": "versioned-update",
        "readHistory": true,
        "updateCreate": false,
        "searchParam": of_bookings.map(parameter),
    });
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "experimental": true,
        "date": "2026-11-21",
        "publisher": "Demonstration NHS",
        "kind": "instance",
        "software": { "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") },
        "implementation": { "description": "Demonstration provider", "url": root },
        "fhirVersion": "3.0.1",
        "acceptUnknown": "extensions",
        "format": ["application/fhir+json", "application/fhir+xml"],
        "rest": [{
            "mode": "server",
            "documentation": "Requests are read in application/fhir+json alone; answers are in either format.",
            "security": { "cors": false, "description": "Every request, this one too, carries a token of the standard." },
            "resource": [slot, appointment],
        }],
    })
}
