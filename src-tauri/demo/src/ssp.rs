//! The Spine proxy: checks its headers, forwards to providers that it knows, and changes nothing on the way.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use serde_json::json;

use crate::DemoError;
use crate::fhir::outcome::proxy_refuses;
use crate::world::{OUR_ASID, PROVIDERS, World};

/// How long the proxy waits for a provider.
const PATIENCE: Duration = Duration::from_secs(25);
const LARGEST: usize = 16 * 1024 * 1024;

#[derive(Clone)]
struct Proxy {
    world: Arc<World>,
    client: reqwest::Client,
}

pub(crate) fn router(world: Arc<World>) -> Result<Router, DemoError> {
    let client = reqwest::Client::builder()
        .no_gzip()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .build()?;
    Ok(Router::new().fallback(forward).with_state(Proxy { world, client }))
}

async fn forward(State(proxy): State<Proxy>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let target =
        parts.uri.path_and_query().map(|whole| whole.as_str().trim_start_matches('/').to_owned()).unwrap_or_default();
    let header =
        |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    proxy.world.note_asked(
        "ssp",
        json!({
            "method": parts.method.as_str(),
            "target": target.split('?').next(),
            "trace": header("Ssp-TraceID"),
            "from": header("Ssp-From"),
            "to": header("Ssp-To"),
            "interaction": header("Ssp-InteractionID"),
            "request": header("X-Request-ID"),
        }),
    );
    if ![Method::GET, Method::POST, Method::PUT].contains(&parts.method) {
        return proxy_refuses(405, "the proxy does not forward this method");
    }
    if header("Ssp-TraceID").is_empty() || header("Ssp-From") != OUR_ASID {
        return proxy_refuses(403, "Ssp-TraceID and Ssp-From must be those of a registered system");
    }
    let below = |root: &str| target.strip_prefix(root).is_some_and(|rest| rest.starts_with(['/', '?']));
    let known = proxy.world.called.iter().zip(&PROVIDERS).find(|(root, _)| below(root));
    let Some((_, seed)) = known.filter(|(_, seed)| seed.asid == header("Ssp-To")) else {
        return proxy_refuses(403, "Ssp-To and the address must be those of one registered provider");
    };
    if !fits(&parts.method, &target, &header("Ssp-InteractionID")) {
        return proxy_refuses(403, "Ssp-InteractionID does not fit the request");
    }
    let Ok(content) = axum::body::to_bytes(body, LARGEST).await else {
        return proxy_refuses(415, "the content cannot be read");
    };
    let relayed =
        tokio::time::timeout(PATIENCE, relay(&proxy.client, parts.method, &target, &parts.headers, content)).await;
    match relayed {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => {
            tracing::debug!(provider = seed.name, %error, "a provider did not answer the proxy");
            proxy_refuses(502, "the provider cannot be reached")
        }
        Err(_) => proxy_refuses(504, "the provider did not answer in time"),
    }
}

fn fits(method: &Method, target: &str, interaction: &str) -> bool {
    let path = target.split('?').next().unwrap_or_default();
    let allowed: &[&str] = match (method.as_str(), path) {
        ("GET", path) if path.ends_with("/Slot") => &["search:slot", "read:slot"],
        ("GET", path) if path.ends_with("/metadata") => &["read:metadata"],
        ("GET", path) if path.ends_with("/Appointment") => &["search:appointment"],
        ("GET", _) => &["read:appointment"],
        ("POST", _) => &["create:appointment"],
        _ => &["update:appointment"],
    };
    interaction
        .strip_prefix("urn:nhs:names:services:careconnect:fhir:rest:")
        .is_some_and(|rest| allowed.contains(&rest))
}

async fn relay(
    client: &reqwest::Client,
    method: Method,
    target: &str,
    headers: &HeaderMap,
    content: Bytes,
) -> reqwest::Result<Response> {
    let mut request = client.request(method, target).body(content);
    for (name, value) in
        headers.iter().filter(|(name, _)| !["host", "connection", "content-length"].contains(&name.as_str()))
    {
        request = request.header(name, value);
    }
    let answer = request.send().await?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = answer.bytes().await?;
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    for (name, value) in headers
        .iter()
        .filter(|(name, _)| !["transfer-encoding", "connection", "content-length"].contains(&name.as_str()))
    {
        response.headers_mut().append(name, value.clone());
    }
    Ok(response)
}
