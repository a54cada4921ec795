//! The body of a document: the booking as an entry, and the report as sections of text, tables and links.

use desk_domain::id::OdsCode;
use desk_domain::personal::Personal;
use desk_domain::report::{Block, Report, Section, Topic};
use desk_journeys::ports::{LinkedBooking, ReferralContent};

use super::document::{Form, SNOMED, content_id, id, organisation_id, own_id, stamp, template};
use super::markup::{Tag, tag, writable};
use super::people::code;

/// The document's `component`.
pub(super) fn component(content: &ReferralContent, to: &OdsCode, report: &Report, form: Form) -> Tag {
    let entry = content.booking.as_ref().filter(|_| form == Form::UrgentCare);
    let outer = tag("section")
        .with("classCode", "DOCSECT")
        .with("moodCode", "EVN")
        .holding(own_id(content, "body"))
        .holding_all(entry.map(|booking| appointment(content, booking, to)))
        .holding_all(report.sections.iter().map(|told| section(content, told, form)));
    let inner = part().holding(outer);
    part().holding(tag("structuredBody").with("classCode", "DOCBODY").with("moodCode", "EVN").holding(inner))
}

fn part() -> Tag {
    tag("component").with("typeCode", "COMP").with("contextConductionInd", "true")
}

/// The booking as an entry. Its id is its URL, the same as in the section's link.
fn appointment(content: &ReferralContent, booking: &LinkedBooking, to: &OdsCode) -> Tag {
    let chosen = (!booking.first_offered)
        .then(|| code("code", "01", "2.16.840.1.113883.2.1.3.2.4.17.542", "Patient convenience appointment"));
    let entity = tag("playingEntity")
        .with("classCode", "ORG")
        .with("determinerCode", "INSTANCE")
        .holding(template("COCD_TP146093GB01#assignedOrganization"))
        .holding(tag("name").saying(&content.service.name));
    let place = booking.slot.place.as_ref().and_then(|place| place.address.as_deref());
    let place = place.or(content.service.address.as_deref()).map(str::trim).filter(|place| !place.is_empty());
    let role = tag("participantRole")
        .with("classCode", "ASSIGNED")
        .holding(template("COCD_TP146093GB01#assignedEntity"))
        .holding(organisation_id(to))
        .holding_all(place.map(|place| tag("addr").with("use", "WP").holding(tag("streetAddressLine").saying(place))))
        .holding(entity);
    let location = tag("participant")
        .with("typeCode", "LOC")
        .with("contextControlCode", "OP")
        .holding(template("COCD_TP146093GB01#location"))
        .holding(role);
    let encounter = tag("encounter")
        .with("classCode", "ENC")
        .with("moodCode", "APT")
        .holding(template("COCD_TP146093GB01#AppointmentReference"))
        .holding(id("2.16.840.1.113883.2.1.3.2.4.17.541", &booking.url))
        .holding_all(chosen)
        .holding(tag("effectiveTime").with("value", stamp(booking.slot.start)))
        .holding(location);
    tag("entry")
        .with("typeCode", "COMP")
        .with("contextConductionInd", "true")
        .holding(content_id("COCD_TP146093GB01#AppointmentReference"))
        .holding(encounter)
}

fn section(content: &ReferralContent, told: &Section, form: Form) -> Tag {
    // Documents of version 2 in the field have titles alone.
    let coded = section_code(told.topic).filter(|_| form == Form::UrgentCare);
    let name: &str = told.topic.into();
    let section = tag("section")
        .with("classCode", "DOCSECT")
        .with("moodCode", "EVN")
        .holding(template("COCD_TP146246GB01#Section1"))
        .holding(own_id(content, &format!("section/{name}")))
        .holding_all(coded.map(|(number, words)| code("code", number, SNOMED, words)))
        .holding(tag("title").saying(&told.heading))
        .holding(narrative(&told.blocks));
    part().holding(content_id("COCD_TP146246GB01#Section1")).holding(section)
}

/// What SNOMED calls a section, where it has a name for it.
const fn section_code(topic: Topic) -> Option<(&'static str, &'static str)> {
    match topic {
        Topic::PresentingComplaint => Some(("886891000000102", "Presenting complaints or issues")),
        Topic::ClinicalSummary => Some(("887181000000106", "Clinical summary")),
        Topic::Assessment => Some(("4281000179108", "Triage form")),
        Topic::Outcome => Some(("913341000000104", "Disposition details")),
        Topic::AdviceGiven => Some(("1052951000000105", "Information and advice given")),
        Topic::Consent => Some(("887031000000108", "Consent for information sharing")),
        Topic::Appointment => Some(("749001000000101", "Appointment")),
        Topic::CareRequested | Topic::Reaching => None,
    }
}

/// Text stands in a `content` of its own: receivers read the first one of an appointment's section, and fail without.
fn narrative(blocks: &[Block]) -> Tag {
    let mut text = tag("text");
    for (number, block) in blocks.iter().enumerate() {
        if number > 0 {
            text = text.holding(tag("br"));
        }
        text = text.holding(match block {
            Block::Text(said) => lines(tag("content"), said),
            Block::Facts(facts) => table(
                None,
                facts
                    .iter()
                    .map(|(name, value)| tag("tr").holding(tag("th").saying(name)).holding(lines(tag("td"), value))),
            ),
            Block::Table { headings, rows } => {
                let cells = rows.iter().map(|row| row.iter().map(|cell| lines(tag("td"), cell)));
                table(Some(*headings), cells.map(|cells| tag("tr").holding_all(cells)))
            }
            Block::Link { words, url } => tag("linkHtml").with("href", url).saying(words),
        });
    }
    text
}

fn table(headings: Option<[&'static str; 2]>, rows: impl Iterator<Item = Tag>) -> Tag {
    let head = headings
        .map(|headings| tag("thead").holding(tag("tr").holding_all(headings.map(|heading| tag("th").saying(heading)))));
    tag("table").holding_all(head).holding(tag("tbody").holding_all(rows))
}

/// Text with its line breaks, which a renderer would not show otherwise.
fn lines(into: Tag, said: &Personal<String>) -> Tag {
    let said = writable(said.reveal());
    let mut lines = said.split('\n');
    let first = into.saying(lines.next().unwrap_or_default());
    lines.fold(first, |into, line| into.holding(tag("br")).saying(line))
}
