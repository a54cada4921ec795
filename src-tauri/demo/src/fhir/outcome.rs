//! OperationOutcomes with Spine codes, on every refusal.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A refusal: status, Spine code, what was wrong, and where.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    status: u16,
    code: String,
    said: String,
    place: Option<String>,
}

pub(crate) fn refuse(status: u16, code: &str, said: &str) -> Refused {
    Refused { status, code: code.to_owned(), said: said.to_owned(), place: None }
}

impl Refused {
    /// Where it was: a path in the resource, or `http.` and the name of a header or parameter.
    pub(crate) fn at(self, place: &str) -> Self {
        Self { place: Some(place.to_owned()), ..self }
    }

    #[cfg(test)]
    pub(crate) fn place(&self) -> &str {
        self.place.as_deref().unwrap_or_default()
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut outcome = resource(&self.code, &self.said);
        if let Some(place) = self.place {
            let issue = &mut outcome["issue"][0];
            issue["diagnostics"] = json!(format!("{} ({place})", self.said));
            let element = if place.starts_with("http.") { "location" } else { "expression" };
            issue[element] = json!([place]);
        }
        answer(self.status, &outcome)
    }
}

pub(crate) fn resource(code: &str, said: &str) -> Value {
    json!({
        "resourceType": "OperationOutcome",
        "meta": { "profile": ["https://fhir.nhs.uk/STU3/StructureDefinition/Spine-OperationOutcome-1"] },
        "issue": [{
            "severity": "error",
            "code": issue_type(code),
            "details": { "coding": [{
                "system": "https://fhir.nhs.uk/STU3/CodeSystem/Spine-ErrorOrWarningCode-1",
                "code": code,
                "display": code,
            }] },
            "diagnostics": said,
        }],
    })
}

/// A remark in a Bundle that holds nothing else.
pub(crate) fn remark(code: &str, said: &str) -> Value {
    let mut outcome = resource(code, said);
    outcome["issue"][0]["severity"] = json!("information");
    outcome
}

/// FHIR's own word for what a Spine code says.
fn issue_type(code: &str) -> &'static str {
    match code {
        "INVALID_PARAMETER" | "INVALID_RESOURCE" => "invalid",
        "INVALID_NHS_NUMBER" => "value",
        "FHIR_CONSTRAINT_VIOLATION" => "invariant",
        "NO_RECORD_FOUND" | "REFERENCE_NOT_FOUND" => "not-found",
        "ACCESS_DENIED" => "forbidden",
        "DUPLICATE_REJECTED" => "duplicate",
        "UNSUPPORTED_MEDIA_TYPE" => "not-supported",
        "INTERNAL_SERVER_ERROR" => "exception",
        _ => "processing",
    }
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
