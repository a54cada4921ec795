//! The Spine proxy: checks its headers, forwards to providers that it knows, and changes nothing on the way.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::DemoError;
use crate::control::Cue;
use crate::fhir::outcome::proxy_refuses;
use crate::sds::Directory;
use crate::world::World;

const LARGEST: usize = 16 * 1024 * 1024;
const INTERACTIONS: &str = "urn:nhs:names:services:careconnect:fhir:rest:";
/// What concerns one connection alone (RFC 9110, 7.6.1), and is never passed on.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

struct Proxy {
    world: Arc<World>,
    directory: Directory,
    client: reqwest::Client,
    patience: Duration,
}

/// A refusal of the proxy itself.
type Refused = (u16, String);

fn refuse(status: u16, said: impl Into<String>) -> Refused {
    (status, said.into())
}

/// The proxy, which waits so long for a provider.
pub(crate) fn router(world: Arc<World>, patience: Duration) -> Result<Router, DemoError> {
    let client = reqwest::Client::builder()
        .no_gzip()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .build()?;
    let directory = Directory::of(&world);
    Ok(Router::new().fallback(answer).with_state(Arc::new(Proxy { world, directory, client, patience })))
}

async fn answer(State(proxy): State<Arc<Proxy>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let target = parts.uri.path_and_query().map_or("", |whole| whole.as_str());
    let target = target.strip_prefix('/').unwrap_or(target).to_owned();
    note(&proxy.world, &parts.method, &parts.headers, &target);
    match proxy.world.cue("ssp", |_| true) {
        Some(Cue::Delay(length)) => tokio::time::sleep(length).await,
        Some(Cue::Refuse(status, _, pause)) => return refused_on_cue(status, pause),
        Some(Cue::Garbage) => return (StatusCode::OK, "<html><body>Maintenance").into_response(),
        Some(Cue::Offline) => return crate::fhir::broken(),
        Some(Cue::LateAnswer(_) | Cue::LoseAnswer | Cue::TakeSlot | Cue::OkWithOutcome | Cue::Fault(_)) | None => {}
    }
    match forward(&proxy, parts.method, &target, &parts.headers, body).await {
        Ok(response) => response,
        Err((status, said)) => proxy_refuses(status, &said),
    }
}

fn note(world: &World, method: &Method, headers: &HeaderMap, target: &str) {
    world.note_asked(
        "ssp",
        json!({
            "method": method.as_str(),
            "target": target.split('?').next(),
            "trace": text(headers, "Ssp-TraceID"),
            "from": text(headers, "Ssp-From"),
            "to": text(headers, "Ssp-To"),
            "interaction": text(headers, "Ssp-InteractionID"),
            "request": text(headers, "X-Request-ID"),
        }),
    );
}

/// A header's text; empty where it is missing, stands there twice, or is no text.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let mut all = headers.get_all(name).iter();
    let first = all.next().filter(|_| all.next().is_none());
    first.and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// A refusal on cue; where it is one for asking too often, with what is left and when there is more.
fn refused_on_cue(status: u16, pause: Option<u64>) -> Response {
    let mut response = proxy_refuses(status, "refused on cue");
    let headers = response.headers_mut();
    if status == 429 {
        headers.insert("X-Rate-Limit-Remaining", HeaderValue::from(0));
        headers.insert("X-Rate-Limit-Reset", HeaderValue::from(pause.unwrap_or(1)));
    }
    pause.map(|seconds| headers.insert("Retry-After", HeaderValue::from(seconds)));
    response
}

async fn forward(
    proxy: &Proxy,
    method: Method,
    target: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    if ![Method::GET, Method::POST, Method::PUT].contains(&method) {
        return Err(refuse(405, format!("the proxy forwards GET, POST and PUT, not {method}")));
    }
    let reachable = allowed(proxy, &method, target, headers)?;
    if method != Method::GET && !is_fhir(headers) {
        return Err(refuse(415, "Content-Type must be application/fhir+json or application/fhir+xml"));
    }
    let content = axum::body::to_bytes(body, LARGEST).await;
    let content = content.map_err(|_| refuse(413, "the content is larger than 16 MB, or cut short"))?;
    if !reachable {
        return Err(refuse(502, "the registered address leads out of the demonstration, where nobody is"));
    }
    match tokio::time::timeout(proxy.patience, relay(&proxy.client, method, target, headers, content)).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a provider did not answer the proxy");
            Err(refuse(502, "the provider cannot be reached, or its answer broke off"))
        }
        Err(_) => Err(refuse(504, format!("the provider did not answer within {:?}", proxy.patience))),
    }
}

/// Checks the four headers against the address and the Spine directory, and tells whether the address can be reached.
fn allowed(proxy: &Proxy, method: &Method, target: &str, headers: &HeaderMap) -> Result<bool, Refused> {
    let trace = text(headers, "Ssp-TraceID");
    if !uuid::Uuid::try_parse(trace).is_ok_and(|id| id.hyphenated().to_string() == trace) {
        return Err(refuse(403, "Ssp-TraceID must be there once, a UUID in lower case"));
    }
    if !proxy.directory.has_system(text(headers, "Ssp-From")) {
        return Err(refuse(403, "Ssp-From must be the ASID of a registered system"));
    }
    let to = text(headers, "Ssp-To");
    if !proxy.directory.has_system(to) {
        return Err(refuse(403, "Ssp-To must be the ASID of a registered system"));
    }
    let (rest, reachable) =
        below_an_address(proxy, to, target).ok_or_else(|| refuse(403, "the address is not one of Ssp-To's"))?;
    let interaction = text(headers, "Ssp-InteractionID");
    let name = interaction.strip_prefix(INTERACTIONS).unwrap_or_default();
    if !interactions_of(method, rest).contains(&name) {
        return Err(refuse(403, "Ssp-InteractionID does not fit the method and the address"));
    }
    // Slot searches are registered under one name and asked for under another.
    let registered = |name: &str| {
        proxy.directory.interactions(to).iter().any(|own| own.strip_prefix(INTERACTIONS).is_some_and(|own| own == name))
    };
    let under_another_name = name == "search:slot" && registered("read:slot");
    if !registered(name) && !under_another_name {
        return Err(refuse(403, "Ssp-To is not registered for this interaction"));
    }
    Ok(reachable)
}

/// What follows the registered address in the target, and whether it is one of the demonstration's own.
fn below_an_address<'a>(proxy: &Proxy, asid: &str, target: &'a str) -> Option<(&'a str, bool)> {
    let world = &proxy.world;
    proxy.directory.addresses(asid).into_iter().find_map(|address| {
        let own = world.roots.iter().zip(&world.called).find(|(root, _)| *root == address);
        let called = own.map_or(address, |(_, called)| called);
        let rest = target.strip_prefix(called).filter(|rest| rest.starts_with(['/', '?']))?;
        Some((rest, own.is_some()))
    })
}

/// The interactions that a request may be: by its method and by what follows the root.
fn interactions_of(method: &Method, rest: &str) -> &'static [&'static str] {
    let path = rest.split('?').next().unwrap_or_default();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match (method.as_str(), segments.as_slice()) {
        ("GET", ["Slot"]) => &["search:slot", "read:slot"],
        ("GET", ["metadata"]) => &["read:metadata"],
        ("GET", ["Appointment"]) => &["search:appointment"],
        ("GET", ["Appointment", _] | ["Appointment", _, "_history"] | ["Appointment", _, "_history", _]) => {
            &["read:appointment"]
        }
        ("POST", ["Appointment"]) => &["create:appointment"],
        ("PUT", ["Appointment", _]) => &["update:appointment"],
        _ => &[],
    }
}

fn is_fhir(headers: &HeaderMap) -> bool {
    let kind = text(headers, CONTENT_TYPE.as_str()).split(';').next().unwrap_or_default().trim();
    ["application/fhir+json", "application/fhir+xml"].iter().any(|fhir| kind.eq_ignore_ascii_case(fhir))
}

async fn relay(
    client: &reqwest::Client,
    method: Method,
    target: &str,
    headers: &HeaderMap,
    content: Bytes,
) -> reqwest::Result<Response> {
    let mut request = client.request(method, target).body(content);
    for (name, value) in end_to_end(headers) {
        request = request.header(name, value);
    }
    let answer = request.send().await?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut response = Response::new(Body::from(answer.bytes().await?));
    *response.status_mut() = status;
    for (name, value) in end_to_end(&headers) {
        response.headers_mut().append(name, value.clone());
    }
    Ok(response)
}

/// The headers that are for the other end: neither those of one connection, nor those that it names as such.
fn end_to_end(headers: &HeaderMap) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
    let named = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named: Vec<String> = named.flat_map(|all| all.split(',')).map(|name| name.trim().to_lowercase()).collect();
    headers.iter().filter(move |(name, _)| {
        **name != HOST
            && **name != CONTENT_LENGTH
            && !HOP_BY_HOP.contains(&name.as_str())
            && !named.iter().any(|other| other == name.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn au_2_headers_of_one_connection_are_not_passed_on_nor_those_that_it_names() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Mine"),
            ("x-mine", "1"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("keep-alive", "timeout=5"),
            ("host", "proxy"),
            ("content-length", "2"),
            ("content-type", "application/fhir+json"),
            ("authorization", "Bearer x"),
            ("ssp-to", "200000000301"),
            ("x-request-id", "a"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        let passed: Vec<&str> = end_to_end(&headers).map(|(name, _)| name.as_str()).collect();
        assert_eq!(passed.len(), 4, "{passed:?}");
        for name in ["content-type", "authorization", "ssp-to", "x-request-id"] {
            assert!(passed.contains(&name), "{name}");
        }
    }
}
