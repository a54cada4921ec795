//! The receiver of referrals: one `SendNHS111Report` message over SOAP 1.1, a CDA document inside. It checks by its own
//! reading of the toolkit, keeps what it took, and sends no acknowledgements of its own.

mod answer;
mod appointment;
mod document;
mod envelope;
mod kept;
mod xml;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::json;

use self::answer::{Refusal, fault, refuse, taken, wrong};
use self::xml::Element;
use crate::control::Cue;
use crate::world::World;

pub(crate) use self::answer::Code;
pub(crate) use self::kept::Receiver;

pub(crate) const PATH: &str = "/itk";
/// The longest message that is read, in bytes.
const LARGEST: usize = 4 * 1024 * 1024;

const SERVICE: &str = "urn:nhs-itk:services:201005:SendNHS111Report-v2-0";
const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const WSA: &str = "http://www.w3.org/2005/08/addressing";
const ITK: &str = "urn:nhs-itk:ns:201005";

pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new().route(PATH, post(receive)).layer(DefaultBodyLimit::max(LARGEST)).with_state(world)
}

/// A message as it came: its text and what the text holds.
struct Arrived<'a> {
    text: &'a str,
    root: Element,
    action: &'a str,
}

impl<'a> Arrived<'a> {
    fn read(headers: &'a HeaderMap, body: &'a Result<Bytes, BytesRejection>) -> Result<Self, Refusal> {
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let kind =
            header(header::CONTENT_TYPE.as_str()).unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !["text/xml", "application/xml"].iter().any(|known| kind.eq_ignore_ascii_case(known)) {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(Refusal { status, ..wrong("Content-Type", "it must be text/xml or application/xml") });
        }
        let body = body.as_ref().map_err(|error| wrong("HTTP body", error.body_text()))?;
        let text = std::str::from_utf8(body).map_err(|_| wrong("HTTP body", "it is not UTF-8"))?;
        let text = text.trim_start_matches('\u{feff}');
        let root = Element::read(text).map_err(|why| wrong("HTTP body", format!("it is not well-formed: {why}")))?;
        let action = header("SOAPAction").ok_or_else(|| wrong("SOAPAction", "the header is missing"))?;
        Ok(Self { text, root, action: action.trim_matches('"') })
    }
}

async fn receive(State(world): State<Arc<World>>, headers: HeaderMap, body: Result<Bytes, BytesRejection>) -> Response {
    if let Some(Err(error)) = body.as_ref().ok().map(|body| world.itk.leave(body)) {
        return fault(&refuse(Code::Retry, "the receiver", format!("The message cannot be kept: {error}")), None);
    }
    let arrived = Arrived::read(&headers, &body);
    note(&world, arrived.as_ref().ok());
    let fits = |cue: &Cue| match cue {
        Cue::Delay(_) | Cue::LoseAnswer | Cue::Refuse(..) | Cue::Offline | Cue::Garbage => true,
        Cue::LateAnswer(_) | Cue::TakeSlot | Cue::OkWithOutcome | Cue::Fault(_) => false,
    };
    match world.cue("itk", fits) {
        Some(Cue::Delay(length)) => tokio::time::sleep(length).await,
        Some(Cue::LoseAnswer) => {
            drop(answer(&world, arrived));
            return crate::fhir::broken();
        }
        Some(Cue::Refuse(_, code, _)) => {
            let refusal = refuse(Code::of(&code).unwrap_or(Code::Retry), "the receiver", "Refused on cue");
            let id = arrived.as_ref().ok().and_then(|arrived| envelope::message_id(&arrived.root));
            return fault(&refusal, id.as_deref());
        }
        Some(Cue::Offline) => return crate::fhir::broken(),
        Some(Cue::Garbage) => return (StatusCode::OK, "<html><body>Maintenance").into_response(),
        Some(Cue::LateAnswer(_) | Cue::TakeSlot | Cue::OkWithOutcome | Cue::Fault(_)) | None => {}
    }
    answer(&world, arrived)
}

/// Checks a message and keeps it, or says why not.
fn answer(world: &World, arrived: Result<Arrived<'_>, Refusal>) -> Response {
    let arrived = match arrived {
        Ok(arrived) => arrived,
        Err(refusal) => return fault(&refusal, None),
    };
    let id = envelope::message_id(&arrived.root);
    let kept = envelope::check(world, &arrived).and_then(|message| kept::keep(world, message));
    match kept {
        Ok(()) => taken(SERVICE, id.as_deref().unwrap_or_default()),
        Err(refusal) => fault(&refusal, id.as_deref()),
    }
}

/// Notes what came, also where it is not taken: ids alone, nothing of the patient.
fn note(world: &World, arrived: Option<&Arrived<'_>>) {
    let asked = arrived.map_or_else(
        || json!({ "action": null }),
        |arrived| {
            let header = arrived.root.below().find(|element| element.is(ITK, "header"));
            json!({
                "action": arrived.action,
                "message": envelope::message_id(&arrived.root),
                "tracking": header.and_then(|header| header.attribute("trackingid")),
            })
        },
    );
    world.note_asked("itk", asked);
}

/// Whether a text is a UUID as the toolkit writes it: in upper case.
fn upper_uuid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok() && !text.bytes().any(|byte| byte.is_ascii_lowercase())
}
