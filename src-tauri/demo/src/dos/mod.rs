//! The Directory of Services: SOAP 1.2, version 1.5, as the demonstration understands it.
//!
//! 100, 300, 500 and 504 are the directory's own failures: no request brings them about, a cue does.

mod accounts;
mod asked;
mod choice;
mod element;
mod written;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::json;

use crate::control::Cue;
use crate::dos::accounts::Account;
pub(crate) use crate::dos::accounts::described;
use crate::dos::asked::{Fault, Search, fault};
use crate::dos::element::Element;
use crate::dos::written::{answer, destination, endpoints, envelope, leaf, nested, refusal};
use crate::world::{PROVIDERS, World};

pub(crate) const PATH: &str = "/app/api/webservices";
const OPERATIONS: [&str; 2] = ["CheckCapacitySummary", "ServiceDetailsById"];
const LARGEST: usize = 256 * 1024;

pub(crate) fn router(world: Arc<World>) -> Router {
    let elsewhere = async || refused(StatusCode::NOT_FOUND, &format!("the address of the directory is {PATH}"));
    Router::new().route(PATH, any(call)).fallback(elsewhere).with_state(world)
}

/// What cannot even be read as a request.
fn refused(status: StatusCode, said: &str) -> Response {
    refusal(status, &fault(108, said))
}

async fn call(State(world): State<Arc<World>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if parts.method != Method::POST {
        return refused(StatusCode::METHOD_NOT_ALLOWED, &format!("{} is not POST", parts.method));
    }
    let Ok(content) = axum::body::to_bytes(Body::new(body), LARGEST).await else {
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "the request is cut short, or larger than 256 kB");
    };
    let asked = Element::read(&content);
    note(&world, asked.as_ref().ok());
    match world.cue("dos", |_| true) {
        Some(Cue::Delay(length)) => tokio::time::sleep(length).await,
        Some(Cue::Fault(code)) => {
            return refusal(StatusCode::INTERNAL_SERVER_ERROR, &fault(code, "A fault on cue"));
        }
        Some(Cue::Garbage) => return (StatusCode::OK, "<html><body>Maintenance").into_response(),
        Some(Cue::Refuse(status, ..)) => {
            return StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response();
        }
        Some(Cue::Offline) => return crate::fhir::broken(),
        Some(Cue::LateAnswer(_) | Cue::LoseAnswer | Cue::TakeSlot | Cue::OkWithOutcome) | None => {}
    }
    if let Err(said) = media_type(&parts.headers) {
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, &said);
    }
    let done = asked
        .map_err(|what| fault(108, format!("The request is not well-formed: {what}")))
        .and_then(|envelope| operate(&world, &parts.headers, &envelope));
    match done {
        Ok(written) => answer(written),
        Err(fault) => refusal(StatusCode::INTERNAL_SERVER_ERROR, &fault),
    }
}

/// SOAP 1.2's own type, or that of SOAP 1.1, which is met as well.
fn media_type(headers: &HeaderMap) -> Result<(), String> {
    let told = headers.get("Content-Type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = told.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if ["application/soap+xml", "text/xml"].contains(&kind.as_str()) {
        return Ok(());
    }
    Err(format!("Content-Type must be application/soap+xml, not {kind:?}"))
}

/// Notes what was asked, also where it is not answered.
fn note(world: &World, asked: Option<&Element>) {
    let Some(asked) = asked else { return world.note_asked("dos", json!({ "operation": null })) };
    let text = |name: &str| asked.find(name).and_then(Element::said);
    world.note_asked(
        "dos",
        json!({
            "operation": OPERATIONS.into_iter().find(|name| asked.find(name).is_some()),
            "account": text("username"),
            "case": text("caseRef"),
            "disposition": text("disposition"),
            "service": text("serviceId"),
            "leaves": asked.names(),
        }),
    );
}

fn operate(world: &World, headers: &HeaderMap, envelope: &Element) -> Result<Vec<u8>, Fault> {
    let body = envelope.child("Body").filter(|_| envelope.name == "Envelope");
    let operation = body.and_then(|body| body.children.first());
    let operation = operation.ok_or_else(|| fault(108, "There is no Envelope/Body with an operation in it"))?;
    match envelope.child("Header").and_then(|header| header.text("serviceVersion")) {
        Some("1.5") => {}
        Some(other) => return Err(fault(109, format!("Header/serviceVersion: {other:?} is not supported, 1.5 is"))),
        None => return Err(fault(107, "Header/serviceVersion is missing")),
    }
    if !OPERATIONS.contains(&operation.name.as_str()) {
        return Err(fault(108, format!("Body/{}: there is no such operation", operation.name)));
    }
    fits_its_action(headers, &operation.name)?;
    let account = Account::of(operation)?;
    if operation.name == "CheckCapacitySummary" {
        let asked = operation.child("c").ok_or_else(|| fault(108, "CheckCapacitySummary/c is missing"))?;
        summary(world, account, &Search::read(asked, crate::now())?)
    } else {
        details(world, operation)
    }
}

/// A SOAP action, where one is given, names the operation of the body.
fn fits_its_action(headers: &HeaderMap, operation: &str) -> Result<(), Fault> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let with_type = header("Content-Type").and_then(|kind| {
        kind.split(';').find_map(|part| part.trim().strip_prefix("action=").map(|action| action.trim_matches('"')))
    });
    let action = with_type.or_else(|| header("SOAPAction").map(|action| action.trim_matches('"')));
    match action.filter(|action| !action.is_empty()) {
        Some(action) if action.rsplit('/').next() != Some(operation) => {
            Err(fault(108, format!("The SOAP action {action:?} is not that of {operation}")))
        }
        Some(_) | None => Ok(()),
    }
}

fn summary(world: &World, account: &Account, search: &Search) -> Result<Vec<u8>, Fault> {
    let now = crate::now();
    let services = choice::found(world, search, account, now);
    if services.is_empty() {
        return Err(fault(102, "No services were found, not even a catch-all"));
    }
    let written = envelope("CheckCapacitySummaryResponse", |xml| {
        leaf(xml, "TransactionId", &crate::new_id().to_string())?;
        leaf(xml, "RequestedAtDateTime", &now.to_rfc3339())?;
        leaf(xml, "SearchDateTime", &search.at.unwrap_or(now).to_rfc3339())?;
        if let Some(days) = search.age_in_days {
            leaf(xml, "CalculatedAgeInDays", &days.to_string())?;
        }
        leaf(xml, "SearchDistance", &search.kilometres.to_string())?;
        leaf(xml, "SearchDistanceUsedSource", search.distance_source)?;
        nested(xml, "CheckCapacitySummaryResult", |xml| {
            services.iter().try_for_each(|found| {
                nested(xml, "ServiceCareSummaryDestination", |xml| destination(xml, world, found))
            })
        })
    });
    written.map_err(|_| fault(100, "The answer could not be written"))
}

fn details(world: &World, operation: &Element) -> Result<Vec<u8>, Fault> {
    let id = operation.text("serviceId").ok_or_else(|| fault(108, "ServiceDetailsById/serviceId is missing"))?;
    let service = world.all_services().find(|service| service.id == id);
    let service = service.ok_or_else(|| fault(103, format!("serviceId: there is no service {id:?}")))?;
    let written = envelope("ServiceDetailsByIdResponse", |xml| {
        nested(xml, "services", |xml| {
            nested(xml, "service", |xml| {
                leaf(xml, "id", &service.id)?;
                leaf(xml, "odsCode", PROVIDERS[service.provider].ods_code)?;
                nested(xml, "endpoints", |xml| endpoints(xml, world, service))
            })
        })
    });
    written.map_err(|_| fault(100, "The answer could not be written"))
}
