//! The Directory of Services: SOAP 1.2, version 1.5, as the demonstration understands it.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chrono::Datelike;
use quick_xml::events::{BytesText, Event};
use quick_xml::{Reader, Writer};
use serde_json::json;

use crate::control::Cue;
use crate::world::{ASSURANCE_POSTCODE, DOS_PASSWORD, DOS_USERNAME, Peculiarity, Service, World};

pub(crate) const PATH: &str = "/app/api/webservices";
const NAMESPACE: &str = "https://nww.pathwaysdos.nhs.uk/app/api/webservices";
const ENVELOPE: &str = "http://www.w3.org/2003/05/soap-envelope";

pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new().route(PATH, post(call)).with_state(world)
}

/// The leaves of a request: local name and text.
struct Asked(Vec<(String, String)>);

impl Asked {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::from_str(std::str::from_utf8(bytes).ok()?);
        let (mut names, mut leaves): (Vec<String>, Vec<(String, String)>) = (Vec::new(), Vec::new());
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) => {
                    let name = start.local_name().as_ref().to_owned();
                    leaves.push((name.clone(), String::new()));
                    names.push(name);
                }
                Event::Empty(start) => leaves.push((start.local_name().as_ref().to_owned(), String::new())),
                Event::End(_) => drop(names.pop()?),
                Event::Text(text) => append(&names, &mut leaves, &text.xml10_content()),
                Event::CData(text) => append(&names, &mut leaves, &text.xml10_content()),
                Event::GeneralRef(entity) => {
                    let resolved = match entity.resolve_char_ref().ok()? {
                        Some(character) => character.to_string(),
                        None => quick_xml::escape::resolve_predefined_entity(&entity.xml10_content())?.to_owned(),
                    };
                    append(&names, &mut leaves, &resolved);
                }
                Event::DocType(_) => return None,
                Event::Eof => break,
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            }
        }
        names.is_empty().then_some(Self(leaves))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(leaf, _)| leaf == name).map(|(_, text)| text.trim()).filter(|text| !text.is_empty())
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(leaf, _)| leaf == name).map(|(_, text)| text.trim())
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(leaf, _)| leaf == name)
    }
}

fn append(names: &[String], leaves: &mut [(String, String)], text: &str) {
    if let Some((_, leaf)) = names.last().and_then(|name| leaves.iter_mut().rev().find(|(leaf, _)| leaf == name)) {
        leaf.push_str(text);
    }
}

async fn call(State(world): State<Arc<World>>, body: Bytes) -> Response {
    let asked = Asked::read(&body);
    note(&world, asked.as_ref());
    match world.cue("dos", |_| true) {
        Some(Cue::Delay(length)) => tokio::time::sleep(length).await,
        Some(Cue::Fault(code)) => return fault(code, "A fault on cue"),
        Some(Cue::Garbage) => return (StatusCode::OK, "<html><body>Maintenance").into_response(),
        Some(Cue::Refuse(status, ..)) => {
            return StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response();
        }
        Some(Cue::Offline) => return crate::fhir::broken(),
        Some(Cue::LateAnswer(_) | Cue::LoseAnswer | Cue::TakeSlot | Cue::OkWithOutcome) | None => {}
    }
    let Some(asked) = asked else { return fault(108, "The request is not well-formed") };
    if asked.text("serviceVersion") != Some("1.5") {
        return fault(107, "The service version is not supported");
    }
    let (Some(username), Some(password)) = (asked.text("username"), asked.text("password")) else {
        return fault(1001, "No credentials were given");
    };
    if (username, password) != (DOS_USERNAME, DOS_PASSWORD) {
        return fault(302, "The credentials are wrong, or the account is locked");
    }
    if asked.has("CheckCapacitySummary") {
        summary(&world, &asked)
    } else if asked.has("ServiceDetailsById") {
        details(&world, &asked)
    } else {
        fault(108, "The operation is not known")
    }
}

/// Notes what was asked, also where it is not answered.
fn note(world: &World, asked: Option<&Asked>) {
    let Some(asked) = asked else { return world.note_asked("dos", json!({ "operation": null })) };
    let operation = ["CheckCapacitySummary", "ServiceDetailsById"].into_iter().find(|name| asked.has(name));
    world.note_asked(
        "dos",
        json!({
            "operation": operation,
            "case": asked.text("caseRef"),
            "disposition": asked.text("disposition"),
            "service": asked.text("serviceId"),
            "leaves": asked.0.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        }),
    );
}

fn summary(world: &World, asked: &Asked) -> Response {
    let number = |name: &str| asked.text(name).and_then(|text| text.parse::<u32>().ok());
    let postcode = asked.text("postcode").unwrap_or_default().to_ascii_uppercase();
    if !in_the_area(&postcode) {
        return fault(101, "The postcode was not found");
    }
    if !matches!(asked.text("gender"), Some("M" | "F" | "I")) {
        return fault(106, "The gender is not valid");
    }
    let ages = match asked.text("ageFormat") {
        Some("Days") => 0..=31,
        Some("Months") => 1..=23,
        Some("Years") => 2..=129,
        Some("AgeGroup") => 1..=4,
        Some(_) | None => return fault(114, "The age has no format that is known"),
    };
    if number("age").is_none_or(|age| !ages.contains(&age)) {
        return fault(114, "The age is not valid");
    }
    if number("symptomGroup").is_none_or(|group| group == 0) {
        return fault(120, "The symptom group is not valid");
    }
    if number("disposition").is_none() {
        return fault(121, "The disposition is not valid");
    }
    if asked.all("int").any(|discriminator| discriminator.parse::<u32>().is_err()) {
        return fault(104, "A symptom discriminator is not valid");
    }
    let distance = asked.text("searchDistance");
    if distance.is_some() && number("searchDistance").is_none_or(|distance| !(1..=99).contains(&distance)) {
        return fault(105, "The search distance is not valid");
    }
    match asked.text("forceSearchDistance") {
        Some("true") if distance.is_none() => return fault(113, "The distance is forced, and there is none"),
        Some("true" | "false") => {}
        Some(_) | None => return fault(108, "forceSearchDistance is missing or malformed"),
    }
    match asked.text("searchDateTime").map(chrono::DateTime::parse_from_rfc3339) {
        Some(Err(_)) => return fault(108, "searchDateTime is malformed"),
        Some(Ok(at)) if at < crate::now() => return fault(110, "searchDateTime lies in the past"),
        Some(Ok(_)) | None => {}
    }
    let reach = number("searchDistance").map_or(60.0, f64::from) / 1.609;
    let listed = if postcode.replace(' ', "") == ASSURANCE_POSTCODE.replace(' ', "") {
        &world.assurance
    } else {
        &world.services
    };
    let services: Vec<&Service> =
        listed.iter().filter(|service| service.miles <= reach && !world.is_closed(&service.id)).collect();
    if services.is_empty() {
        return fault(102, "No services were found");
    }
    let written = envelope("CheckCapacitySummaryResponse", |xml| {
        leaf(xml, "TransactionId", &crate::new_id().to_string())?;
        leaf(xml, "RequestedAtDateTime", &crate::now().to_rfc3339())?;
        leaf(xml, "SearchDateTime", &crate::now().to_rfc3339())?;
        leaf(xml, "SearchDistance", &number("searchDistance").unwrap_or(60).to_string())?;
        leaf(xml, "SearchDistanceUsedSource", if distance.is_some() { "Override" } else { "National" })?;
        nested(xml, "CheckCapacitySummaryResult", |xml| {
            services.iter().try_for_each(|service| {
                nested(xml, "ServiceCareSummaryDestination", |xml| destination(xml, world, service))
            })
        })
    });
    answer(written)
}

/// Whether a postcode is one of the invented places': `ND1 2AB`.
fn in_the_area(postcode: &str) -> bool {
    let bare: Vec<u8> = postcode.bytes().filter(|byte| *byte != b' ').collect();
    let Some(rest) = bare.strip_prefix(b"ND") else { return false };
    let Some((outward, [sector, unit @ ..])) = rest.split_at_checked(rest.len().saturating_sub(3)) else {
        return false;
    };
    matches!(outward.len(), 1 | 2)
        && outward.iter().all(u8::is_ascii_digit)
        && sector.is_ascii_digit()
        && unit.iter().all(u8::is_ascii_uppercase)
}

fn details(world: &World, asked: &Asked) -> Response {
    let id = asked.text("serviceId").unwrap_or_default();
    let Some(service) = world.all_services().find(|service| service.id == id) else {
        return fault(103, "The service was not found");
    };
    let written = envelope("ServiceDetailsByIdResponse", |xml| {
        nested(xml, "services", |xml| {
            nested(xml, "service", |xml| {
                leaf(xml, "id", &service.id)?;
                leaf(xml, "odsCode", crate::world::PROVIDERS[service.provider].ods_code)?;
                nested(xml, "endpoints", |xml| endpoints(xml, world, service))
            })
        })
    });
    answer(written)
}

type Xml = Writer<Vec<u8>>;
type Written = std::io::Result<()>;

fn destination(xml: &mut Xml, world: &World, service: &Service) -> Written {
    leaf(xml, "id", &service.id)?;
    leaf(xml, "capacity", if service.peculiarity == Peculiarity::Slow { "Low" } else { "High" })?;
    leaf(xml, "name", &format!("{}: {}", service.kind.1, service.name))?;
    leaf(xml, "publicName", &service.name)?;
    leaf(xml, "contactDetails", &service.phone)?;
    leaf(xml, "address", &format!("{}${}", service.address, service.place))?;
    leaf(xml, "postcode", service.postcode)?;
    nested(xml, "serviceType", |xml| {
        leaf(xml, "id", &service.kind.0.to_string())?;
        leaf(xml, "name", service.kind.1)
    })?;
    leaf(xml, "odsCode", crate::world::PROVIDERS[service.provider].ods_code)?;
    leaf(xml, "nonPublicTelephoneNo", &service.phone.replace("960", "960 9"))?;
    leaf(xml, "publicFacingInformation", "Please bring a list of your medicines.")?;
    leaf(xml, "distance", &format!("{:.1}", service.miles))?;
    leaf(
        xml,
        "referralInformation",
        if service.booking_only() {
            "Patients are seen by appointment alone: book before you refer."
        } else {
            "Walk-in patients are seen as well."
        },
    )?;
    leaf(xml, "openAllHours", if service.all_hours { "true" } else { "false" })?;
    nested(xml, "serviceEndpoints", |xml| endpoints(xml, world, service))?;
    if !service.all_hours {
        nested(xml, "rotaSessions", |xml| DAYS.iter().try_for_each(|day| session(xml, day)))?;
        let christmas = format!("25-12-{}-10:00-14:00", crate::now().year());
        nested(xml, "openTimeSpecifiedSessions", |xml| leaf(xml, "string", &christmas))?;
    }
    let not_booking_only = service.peculiarity == Peculiarity::NotBookingOnly;
    let says = if not_booking_only { Some("FALSE") } else { service.booking_only().then_some("TRUE") };
    if let Some(says) = says {
        nested(xml, "attributes", |xml| {
            nested(xml, "attribute", |xml| {
                leaf(xml, "dataType", "Boolean")?;
                leaf(xml, "name", "requirebooking")?;
                leaf(xml, "description", "A referral needs a booking")?;
                leaf(xml, "value", says)
            })
        })?;
    }
    nested(xml, "serviceAgeRange", |xml| {
        nested(xml, "ageRange", |xml| {
            leaf(xml, "daysFrom", &service.ages.0.to_string())?;
            leaf(xml, "daysTo", &service.ages.1.to_string())
        })
    })
}

const DAYS: [&str; 8] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "Bankholiday"];

fn session(xml: &mut Xml, day: &str) -> Written {
    let time = |xml: &mut Xml, name: &str, hours: &str| {
        nested(xml, name, |xml| {
            leaf(xml, "hours", hours)?;
            leaf(xml, "minutes", "0")
        })
    };
    nested(xml, "ServiceCareItemRotaSession", |xml| {
        leaf(xml, "startDayOfWeek", day)?;
        time(xml, "startTime", "8")?;
        leaf(xml, "endDayOfWeek", day)?;
        time(xml, "endTime", "22")?;
        leaf(xml, "status", "Open")
    })
}

fn endpoints(xml: &mut Xml, world: &World, service: &Service) -> Written {
    let endpoint = |xml: &mut Xml, order: usize, parts: [&str; 5]| {
        let [transport, format, interaction, scenario, address] = parts;
        nested(xml, "endpoint", |xml| {
            leaf(xml, "endpointOrder", &order.to_string())?;
            leaf(xml, "transport", transport)?;
            leaf(xml, "format", format)?;
            leaf(xml, "interaction", interaction)?;
            leaf(xml, "businessScenario", scenario)?;
            leaf(xml, "address", address)?;
            leaf(xml, "compression", "uncompressed")?;
            leaf(xml, "comment", "")
        })
    };
    for (index, asid) in service.asids().iter().enumerate() {
        endpoint(xml, index + 1, ["http", "FHIR", "Scheduling", "Primary", &format!("ASID:{asid}")])?;
    }
    let interaction = "urn:nhs-itk:interaction:primaryOutofHourRecipientNHS111CDADocument-v2-0";
    endpoint(xml, 1, ["itk", "CDA", interaction, "Primary", &world.itk.url])?;
    endpoint(xml, 2, ["telno", "CDA", "", "Primary", &service.phone])
}

fn envelope(response: &str, content: impl FnOnce(&mut Xml) -> Written) -> std::io::Result<Vec<u8>> {
    let mut xml = Writer::new(Vec::new());
    xml.create_element("soap:Envelope")
        .with_attributes([("xmlns:soap", ENVELOPE), ("xmlns", NAMESPACE)])
        .write_inner_content(|xml| nested(xml, "soap:Body", |xml| nested(xml, response, content)))?;
    Ok(xml.into_inner())
}

fn nested(xml: &mut Xml, name: &str, content: impl FnOnce(&mut Xml) -> Written) -> Written {
    xml.create_element(name).write_inner_content(content).map(drop)
}

fn leaf(xml: &mut Xml, name: &str, text: &str) -> Written {
    xml.create_element(name).write_text_content(BytesText::new(text)).map(drop)
}

fn answer(written: std::io::Result<Vec<u8>>) -> Response {
    match written {
        Ok(body) => soap(StatusCode::OK, body),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn fault(code: u32, reason: &str) -> Response {
    let mut xml = Writer::new(Vec::new());
    let written =
        xml.create_element("soap:Envelope").with_attribute(("xmlns:soap", ENVELOPE)).write_inner_content(|xml| {
            nested(xml, "soap:Body", |xml| {
                nested(xml, "soap:Fault", |xml| {
                    nested(xml, "soap:Code", |xml| leaf(xml, "soap:Value", &code.to_string()))?;
                    nested(xml, "soap:Reason", |xml| leaf(xml, "soap:Text", reason))
                })
            })
        });
    match written {
        Ok(_) => soap(StatusCode::INTERNAL_SERVER_ERROR, xml.into_inner()),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn soap(status: StatusCode, body: Vec<u8>) -> Response {
    let mut response = (status, body).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/soap+xml; charset=utf-8"));
    response
}
