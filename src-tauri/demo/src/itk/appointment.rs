//! The booking that a clinical document refers to (BK-6), in both of its places: an entry, and a link that people read.

use reqwest::Url;

use super::answer::{Code, Refusal, refuse, wrong};
use super::document::{HL7, NPFIT, dig, has, one};
use super::xml::Element;

const TEMPLATE: &str = "2.16.840.1.113883.2.1.3.2.4.18.2";
const CONTENT: &str = "2.16.840.1.113883.2.1.3.2.4.18.16";
const APPOINTMENT: &str = "COCD_TP146093GB01#AppointmentReference";
const APPOINTMENT_ID: &str = "2.16.840.1.113883.2.1.3.2.4.17.541";
const APPOINTMENT_SECTION: &str = "749001000000101";

/// The booking that a document refers to: in an entry and, the same, as a link in a section; without the entry, in the
/// section alone.
pub(super) fn booking(body: &Element, may_have_entry: bool) -> Result<Option<String>, Refusal> {
    let at = "structuredBody//entry (appointment)";
    let mut entries = body.below().filter(|element| element.is(HL7, "entry") && refers(element));
    let entry = entries.next();
    if entries.next().is_some() {
        return Err(wrong(at, "a document refers to one appointment"));
    }
    let sections: Vec<&Element> = body.below().filter(|element| element.is(HL7, "section")).collect();
    let Some(entry) = entry else {
        let mut link = None;
        for href in sections.into_iter().filter(|section| is_of_appointment(section)).flat_map(links) {
            absolute(href, "structuredBody//linkHtml/@href")?;
            if link.is_some_and(|other| other != href) {
                return Err(wrong("structuredBody//linkHtml/@href", "the sections link to different appointments"));
            }
            link = Some(href);
        }
        return Ok(link.map(str::to_owned));
    };
    if !may_have_entry {
        return Err(wrong(at, "the document's profile has no such entry"));
    }
    let url = url_of(entry, at)?;
    absolute(url, "structuredBody//encounter/id/@extension")?;
    // Receivers in the field read the first `content` of a section with this code, and fail where there is none.
    let unread = |section: &Element| has_code(section) && !section.all(HL7, "text").any(has_content);
    if sections.iter().any(|section| unread(section)) {
        let said = "a section with the appointment's code must have a content in its text, before the link";
        return Err(refuse(Code::Never, "structuredBody//section", said));
    }
    let of_appointment = sections.iter().filter(|section| is_of_appointment(section));
    if of_appointment.flat_map(|section| links(section)).any(|href| href != url) {
        return Err(wrong("structuredBody//linkHtml/@href", "it is not the appointment's URL of the entry"));
    }
    if !sections.iter().flat_map(|section| links(section)).any(|href| href == url) {
        return Err(wrong("structuredBody", "no section links to the appointment of the entry"));
    }
    Ok(Some(url.to_owned()))
}

/// Whether an entry is that of an appointment, by any of its marks.
fn refers(entry: &Element) -> bool {
    let content = entry.all(NPFIT, "contentId").any(|id| id.attribute("extension") == Some(APPOINTMENT));
    let booked = |encounter: &Element| {
        let mut ids = encounter.all(HL7, "id");
        encounter.attribute("moodCode") == Some("APT") || ids.any(|id| id.attribute("root") == Some(APPOINTMENT_ID))
    };
    content || entry.all(HL7, "encounter").any(booked)
}

/// The URL in an entry whose shape is right.
fn url_of<'a>(entry: &'a Element, at: &str) -> Result<&'a str, Refusal> {
    let content = entry.only(NPFIT, "contentId");
    if !content.is_some_and(|content| has(content, CONTENT, APPOINTMENT)) {
        return Err(wrong(at, format!("its contentId must be {APPOINTMENT}")));
    }
    let encounter = one(entry, "encounter", at)?;
    if (encounter.attribute("classCode"), encounter.attribute("moodCode")) != (Some("ENC"), Some("APT")) {
        return Err(wrong(at, "the encounter must be of class ENC and mood APT"));
    }
    let template = encounter.children().next().filter(|first| first.is(HL7, "templateId"));
    if !template.is_some_and(|template| has(template, TEMPLATE, APPOINTMENT)) {
        return Err(wrong(at, "the encounter must begin with its templateId"));
    }
    if one(encounter, "effectiveTime", at)?.attribute("value").is_none_or(|value| value.len() <= 8) {
        return Err(wrong(at, "its effectiveTime must be the time of the appointment"));
    }
    let place = one(encounter, "participant", at)?;
    if place.attribute("typeCode") != Some("LOC") {
        return Err(wrong(at, "its participant must be the place, LOC"));
    }
    dig(place, &["participantRole", "id"], at)?;
    let id = one(encounter, "id", at)?;
    if id.attribute("root") != Some(APPOINTMENT_ID) {
        return Err(wrong(at, format!("the root of the encounter's id must be {APPOINTMENT_ID}")));
    }
    Ok(id.attribute("extension").unwrap_or_default())
}

/// A booking's URL: absolute, https (or http to this machine itself), of an Appointment, of no version.
fn absolute(text: &str, at: &str) -> Result<(), Refusal> {
    let url = Url::parse(text).map_err(|_| wrong(at, "it must be an absolute URL"))?;
    let here = match url.host_str() {
        Some("localhost" | "[::1]") => true,
        Some(host) => host.parse::<std::net::Ipv4Addr>().is_ok_and(|host| host.is_loopback()),
        None => false,
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && here) {
        return Err(wrong(at, "it must be https"));
    }
    let parts: Vec<&str> = url.path().split('/').collect();
    if parts.contains(&"_history") {
        return Err(wrong(at, "it must not name a version (`_history`)"));
    }
    let of_appointment = matches!(parts.as_slice(), [.., "Appointment", id] if !id.is_empty());
    if !of_appointment || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong(at, "it must end with Appointment and its id"));
    }
    Ok(())
}

/// Whether a section is about an appointment, by its code or title.
fn is_of_appointment(section: &Element) -> bool {
    let mut titles = section.all(HL7, "title");
    has_code(section) || titles.any(|title| title.text().to_lowercase().contains("appointment"))
}

fn has_code(section: &Element) -> bool {
    section.all(HL7, "code").any(|code| code.attribute("code") == Some(APPOINTMENT_SECTION))
}

fn has_content(text: &Element) -> bool {
    text.all(HL7, "content").next().is_some()
}

/// What a section's own text links to.
fn links(section: &Element) -> impl Iterator<Item = &str> {
    let texts = section.all(HL7, "text").flat_map(Element::below);
    texts.filter(|element| element.is(HL7, "linkHtml")).filter_map(|link| link.attribute("href"))
}
