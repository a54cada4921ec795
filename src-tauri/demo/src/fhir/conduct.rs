//! What every exchange with a provider has in common: latency, situations on cue, ids, the form of the answer, no caching.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::control::Cue;
use crate::fhir::format::Format;
use crate::fhir::outcome::{answer, refuse, resource};
use crate::fhir::{Provider, order};
use crate::world::{PROVIDERS, lock};

/// Largest body that is looked into on cue.
const LARGEST: usize = 4 * 1024 * 1024;

pub(crate) async fn conduct(State(provider): State<Provider>, request: Request, next: Next) -> Response {
    let request_id = note(&provider, &request);
    tokio::time::sleep(provider.world.options.latency).await;
    let format = Format::wanted(request.uri().query().unwrap_or_default(), request.headers());
    let mut response = match format {
        // Told before anything is done.
        Err(refusal) => refusal.into_response(),
        Ok(format) => {
            let answer = situation(&provider, request, next).await;
            format.of(in_the_standards_words(answer)).await
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(id) = request_id {
        headers.insert("X-Correlation-ID", id);
    }
    if let Ok(own) = HeaderValue::from_str(&crate::new_id().to_string()) {
        headers.insert("X-Request-ID", own);
    }
    response
}

/// Answers, under the cue that stands for such a request.
async fn situation(provider: &Provider, request: Request, next: Next) -> Response {
    let (is_post, is_change) = (request.method() == Method::POST, request.method() != Method::GET);
    let cue = provider.world.cue(provider.name(), |cue| match cue {
        Cue::LoseAnswer | Cue::LateAnswer(_) => is_change,
        Cue::TakeSlot | Cue::OkWithOutcome => is_post,
        Cue::Delay(_) | Cue::Refuse(..) | Cue::Offline | Cue::Garbage | Cue::Fault(_) => true,
    });
    match cue {
        Some(Cue::Offline) => broken(),
        Some(Cue::Refuse(status, code, pause)) => {
            let mut refused = refuse(status, &code, "Refused on cue").into_response();
            pause.map(|seconds| refused.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds)));
            refused
        }
        Some(Cue::Garbage) => (StatusCode::OK, "{\"resourceType\":\"Bundle\",\"entry\":[{").into_response(),
        Some(Cue::OkWithOutcome) => answer(200, &resource("INTERNAL_SERVER_ERROR", "Not done, on cue")),
        Some(Cue::LoseAnswer) => {
            drop(next.run(request).await);
            broken()
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
    }
}

/// What the framework refused in its own words (a method, a path, a length), refused in the standard's.
fn in_the_standards_words(response: Response) -> Response {
    let status = response.status().as_u16();
    let is_fhir = |kind: &HeaderValue| kind.as_bytes().starts_with(b"application/fhir");
    if status < 400 || response.headers().get(header::CONTENT_TYPE).is_some_and(is_fhir) {
        return response;
    }
    let mut refused = match status {
        404 => refuse(404, "NO_RECORD_FOUND", "There is nothing here"),
        405 => refuse(405, "INVALID_PARAMETER", "This method is not offered here"),
        413 => refuse(413, "INVALID_RESOURCE", "The body is too large"),
        500.. => refuse(status, "INTERNAL_SERVER_ERROR", "The provider failed"),
        _ => refuse(status, "INVALID_PARAMETER", "The request cannot be understood"),
    }
    .into_response();
    if let Some(methods) = response.headers().get(header::ALLOW) {
        refused.headers_mut().insert(header::ALLOW, methods.clone());
    }
    refused
}

/// Notes what was asked, and gives its request id.
fn note(provider: &Provider, request: &Request) -> Option<HeaderValue> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let path = request.uri().path();
    let asked = json!({
        "method": request.method().as_str(),
        "path": path.strip_prefix(PROVIDERS[provider.index].path).unwrap_or(path),
        "query": request.uri().query(),
        "request": header("X-Request-ID"),
        "accept": header("Accept"),
    });
    provider.world.note_asked(provider.name(), asked);
    request.headers().get("X-Request-ID").cloned()
}

impl Provider {
    /// Takes the slot that a booking names, as another desk would, just before it is booked.
    async fn take_slot_of(&self, request: Request, next: Next) -> Response {
        let (parts, body) = request.into_parts();
        let content = to_bytes(body, LARGEST).await.unwrap_or_default();
        let named = serde_json::from_slice::<Value>(&content).ok().and_then(|body| order::slot_id(&body));
        if let Some(id) = named {
            let mut diary = lock(&self.world.diaries[self.index]);
            if let Some(slot) = diary.slots.get_mut(&id) {
                slot.free = false;
            }
        }
        next.run(Request::from_parts(parts, Body::from(content))).await
    }
}

/// An answer that breaks off: the connection ends in the middle of the body.
pub(crate) fn broken() -> Response {
    let pieces = futures::stream::iter([
        Ok::<_, std::io::Error>(Bytes::from_static(b"{")),
        Err(std::io::Error::other("on cue")),
    ]);
    Response::new(Body::from_stream(pieces))
}
