//! Answers and faults, as XML.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::Datelike;
use quick_xml::Writer;
use quick_xml::events::BytesText;

use crate::dos::asked::Fault;
use crate::dos::choice::Found;
use crate::world::{Opening, PROVIDERS, Peculiarity, Referrals, Service, Session, World};

const NAMESPACE: &str = "https://nww.pathwaysdos.nhs.uk/app/api/webservices";
const ENVELOPE: &str = "http://www.w3.org/2003/05/soap-envelope";

pub(super) type Xml = Writer<Vec<u8>>;
pub(super) type Written = std::io::Result<()>;

pub(super) fn destination(xml: &mut Xml, world: &World, found: &Found<'_>) -> Written {
    let service = found.service;
    leaf(xml, "id", &service.id)?;
    leaf(xml, "capacity", service.capacity.word())?;
    let mark = if found.catch_all { " (Catch-all)" } else { "" };
    leaf(xml, "name", &format!("{}: {}{mark}", service.kind.1, service.name))?;
    leaf(xml, "publicName", &format!("{}{mark}", service.name))?;
    leaf(xml, "contactDetails", &service.phone)?;
    leaf(xml, "address", &format!("{}${}", service.address, service.place))?;
    leaf(xml, "postcode", service.postcode)?;
    let (eastings, northings) = service.at.on_the_grid();
    leaf(xml, "northings", &northings.to_string())?;
    leaf(xml, "eastings", &eastings.to_string())?;
    nested(xml, "serviceType", |xml| {
        leaf(xml, "id", &service.kind.0.to_string())?;
        leaf(xml, "name", service.kind.1)
    })?;
    leaf(xml, "odsCode", PROVIDERS[service.provider].ods_code)?;
    leaf(xml, "nonPublicTelephoneNo", &service.phone.replacen("9601", "9605", 1))?;
    leaf(xml, "publicFacingInformation", "Please bring a list of your medicines.")?;
    leaf(xml, "distance", &format!("{:.1}", found.miles))?;
    leaf(
        xml,
        "referralInformation",
        if service.booking_only() {
            "Patients are seen by appointment alone: book before you refer."
        } else {
            "Walk-in patients are seen as well."
        },
    )?;
    leaf(xml, "openAllHours", if service.opening.all_hours { "true" } else { "false" })?;
    nested(xml, "serviceEndpoints", |xml| endpoints(xml, world, service))?;
    opening(xml, &service.opening)?;
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
            leaf(xml, "daysFrom", &service.serves.ages.0.to_string())?;
            leaf(xml, "daysTo", &service.serves.ages.1.to_string())
        })
    })
}

const DAYS: [&str; 8] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "Bankholiday"];

fn opening(xml: &mut Xml, opening: &Opening) -> Written {
    let sessions = DAYS.iter().zip(opening.week).flat_map(|(day, sessions)| sessions.iter().map(move |at| (day, at)));
    let sessions: Vec<_> = sessions.collect();
    if !sessions.is_empty() {
        nested(xml, "rotaSessions", |xml| sessions.iter().try_for_each(|(day, at)| session(xml, day, **at)))?;
    }
    if opening.dated.is_empty() {
        return Ok(());
    }
    let year = crate::now().year();
    nested(xml, "openTimeSpecifiedSessions", |xml| {
        for (year, (month, day, (from, until))) in
            [year, year + 1].iter().flat_map(|y| opening.dated.iter().map(move |d| (y, d)))
        {
            let clock = |minutes: &u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
            leaf(xml, "string", &format!("{day:02}-{month:02}-{year}-{}-{}", clock(from), clock(until)))?;
        }
        Ok(())
    })
}

fn session(xml: &mut Xml, day: &str, (from, until): Session) -> Written {
    let time = |xml: &mut Xml, name: &str, minutes: u32| {
        nested(xml, name, |xml| {
            leaf(xml, "hours", &(minutes / 60).to_string())?;
            leaf(xml, "minutes", &(minutes % 60).to_string())
        })
    };
    nested(xml, "ServiceCareItemRotaSession", |xml| {
        leaf(xml, "startDayOfWeek", day)?;
        time(xml, "startTime", from)?;
        leaf(xml, "endDayOfWeek", day)?;
        time(xml, "endTime", until)?;
        leaf(xml, "status", "Open")
    })
}

pub(super) fn endpoints(xml: &mut Xml, world: &World, service: &Service) -> Written {
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
    match service.referrals {
        Referrals::Electronically => {
            endpoint(xml, 1, ["itk", "CDA", interaction, "Primary", &world.itk.url])?;
            endpoint(xml, 2, ["telno", "CDA", "", "Primary", &service.phone])
        }
        Referrals::ByMail(address) => {
            endpoint(xml, 1, ["email", "HTML", "", "Primary", address])?;
            endpoint(xml, 2, ["telno", "CDA", "", "Primary", &service.phone])
        }
        Referrals::ByMailAndCopied(address) => {
            let copy = "urn:nhs-itk:interaction:copyRecipientNHS111CDADocument-v2-0";
            endpoint(xml, 1, ["itk", "CDA", copy, "Copy", &world.itk.url])?;
            endpoint(xml, 2, ["email", "HTML", "", "Primary", address])?;
            endpoint(xml, 3, ["itk", "CDA", copy, "Copy", "http://records.castlestreet.example/itk"])
        }
        Referrals::ByTelephone => endpoint(xml, 1, ["telno", "CDA", "", "Primary", &service.phone]),
        Referrals::NoWay => Ok(()),
    }
}

pub(super) fn envelope(response: &str, content: impl FnOnce(&mut Xml) -> Written) -> std::io::Result<Vec<u8>> {
    let mut xml = Writer::new(Vec::new());
    xml.create_element("soap:Envelope")
        .with_attributes([("xmlns:soap", ENVELOPE), ("xmlns", NAMESPACE)])
        .write_inner_content(|xml| nested(xml, "soap:Body", |xml| nested(xml, response, content)))?;
    Ok(xml.into_inner())
}

pub(super) fn nested(xml: &mut Xml, name: &str, content: impl FnOnce(&mut Xml) -> Written) -> Written {
    xml.create_element(name).write_inner_content(content).map(drop)
}

pub(super) fn leaf(xml: &mut Xml, name: &str, text: &str) -> Written {
    xml.create_element(name).write_text_content(BytesText::new(text)).map(drop)
}

pub(super) fn answer(body: Vec<u8>) -> Response {
    soap(StatusCode::OK, body)
}

pub(super) fn refusal(status: StatusCode, Fault(code, said): &Fault) -> Response {
    let mut xml = Writer::new(Vec::new());
    let written =
        xml.create_element("soap:Envelope").with_attribute(("xmlns:soap", ENVELOPE)).write_inner_content(|xml| {
            nested(xml, "soap:Body", |xml| {
                nested(xml, "soap:Fault", |xml| {
                    nested(xml, "soap:Code", |xml| leaf(xml, "soap:Value", &code.to_string()))?;
                    nested(xml, "soap:Reason", |xml| leaf(xml, "soap:Text", said))
                })
            })
        });
    match written {
        Ok(_) => soap(status, xml.into_inner()),
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
