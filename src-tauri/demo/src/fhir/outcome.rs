//! OperationOutcomes with Spine codes, on every refusal.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A refusal: status, Spine code, what was wrong.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    status: u16,
    code: String,
    said: String,
}

pub(crate) fn refuse(status: u16, code: &str, said: &str) -> Refused {
    Refused { status, code: code.to_owned(), said: said.to_owned() }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        answer(self.status, &resource(&self.code, &self.said))
    }
}

pub(crate) fn resource(code: &str, said: &str) -> Value {
    json!({
        "resourceType": "OperationOutcome",
        "meta": { "profile": ["https://fhir.nhs.uk/STU3/StructureDefinition/Spine-OperationOutcome-1"] },
        "issue": [{
            "severity": "error",
            "code": "processing",
            "details": { "coding": [{
                "system": "https://fhir.nhs.uk/STU3/CodeSystem/Spine-ErrorOrWarningCode-1",
                "code": code,
                "display": code,
            }] },
            "diagnostics": said,
        }],
    })
}

/// A refusal of the proxy itself: without coding.
pub(crate) fn proxy_refuses(status: u16, said: &str) -> Response {
    answer(
        status,
        &json!({
            "resourceType": "OperationOutcome",
            "issue": [{ "severity": "error", "code": "processing", "diagnostics": said }],
        }),
    )
}

pub(crate) fn answer(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, body.to_string()).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/fhir+json; charset=utf-8"));
    response
}
