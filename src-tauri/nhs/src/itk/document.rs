//! The document of a referral: an Integrated Urgent Care Report, or an NHS 111 report of version 2 where a receiver takes
//! nothing newer (BK-6). The same content gives the same document: ids within it are made from its own.

use chrono::{DateTime, Utc};
use desk_domain::calendar::local;
use desk_domain::id::{OdsCode, short_reference};
use desk_domain::report::{BookedSlot, Report};
use desk_journeys::ports::ReferralContent;
use uuid::Uuid;

use super::body;
use super::markup::{Tag, tag};
use super::people::{author, call_back, code, custodian, informants, recipient, record_target};
use crate::settings::{ItkSettings, Organisation};
use crate::xml::Element;

pub(super) const SNOMED: &str = "2.16.840.1.113883.2.1.3.2.4.15";
const TEMPLATE: &str = "2.16.840.1.113883.2.1.3.2.4.18.2";
const CONTENT: &str = "2.16.840.1.113883.2.1.3.2.4.18.16";
const ORGANISATION: &str = "2.16.840.1.113883.2.1.3.2.4.19.1";

/// Which document a receiver takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The Integrated Urgent Care Report (version 3).
    UrgentCare,
    /// The NHS 111 report (version 2), to the letter: a booking stands in a section alone.
    Nhs111,
}

impl Form {
    /// Which one a document is that was written before, perhaps under other settings.
    pub(super) fn of(document: &Element) -> Option<Self> {
        let title = document.child("title").filter(|_| document.name == "ClinicalDocument")?.text();
        [Self::UrgentCare, Self::Nhs111].into_iter().find(|form| form.title() == title)
    }

    /// The profile that the envelope names.
    pub(super) const fn profile(self) -> &'static str {
        match self {
            Self::UrgentCare => "urn:nhs-en:profile:IntegratedUrgentCareCDADocument-v3-1",
            Self::Nhs111 => "urn:nhs-en:profile:nhs111CDADocument-v2-0",
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Self::UrgentCare => "1066271000000101",
            Self::Nhs111 => "819551000000100",
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::UrgentCare => "Integrated Urgent Care Report",
            Self::Nhs111 => "NHS 111 Report",
        }
    }
}

/// Who sends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sender<'a> {
    pub(super) organisation: &'a Organisation,
    pub(super) settings: &'a ItkSettings,
}

/// The document. The content has no gaps any more, and this is the service's organisation.
pub(super) fn document(content: &ReferralContent, to: &OdsCode, form: Form, sender: &Sender<'_>) -> Tag {
    let made = stamp(content.made);
    let service = &content.service;
    let booked = content.booking.as_ref().map(|booking| BookedSlot { url: &booking.url, slot: &booking.slot });
    let report = Report::of(&content.encounter, &content.outcome, service, booked);
    tag("ClinicalDocument")
        .with("xmlns", "urn:hl7-org:v3")
        .with("xmlns:npfitlc", "NPFIT:HL7:Localisation")
        .with("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
        .with("classCode", "DOCCLIN")
        .with("moodCode", "EVN")
        .holding(tag("typeId").with("root", "2.16.840.1.113883.1.3").with("extension", "POCD_HD000040"))
        .holding(
            tag("npfitlc:messageType")
                .with("root", "2.16.840.1.113883.2.1.3.2.4.18.17")
                .with("extension", "POCD_MT200001GB02"),
        )
        .holding(tag("id").with("root", upper(content.document.0)))
        .holding(tag("code").with("code", form.code()).with("codeSystem", SNOMED))
        .holding(tag("title").saying(form.title()))
        .holding(tag("effectiveTime").with("value", &made))
        .holding(code("confidentialityCode", "N", "2.16.840.1.113883.1.11.16926", "normal"))
        .holding(tag("setId").with("root", upper(content.set.0)))
        .holding(tag("versionNumber").with("value", "1"))
        .holding(record_target(content, sender))
        .holding(author(content, sender, &made))
        .holding_all(informants(&content.encounter.patient, form))
        .holding(custodian(sender))
        .holding(recipient(to, &service.name))
        .holding_all(call_back(sender, form))
        .holding(consent(content))
        .holding(component_of(content))
        .holding(body::component(content, to, &report, form))
}

fn consent(content: &ReferralContent) -> Tag {
    // The one code that receivers know; on what the sharing rests stands in the report's section.
    let given = code("code", "425691002", SNOMED, "Consent given for electronic record sharing");
    let consent = tag("consent")
        .with("classCode", "CONS")
        .with("moodCode", "EVN")
        .holding(template("COCD_TP146226GB02#Consent"))
        .holding(own_id(content, "consent"))
        .holding(given)
        .holding(tag("statusCode").with("code", "completed"));
    tag("authorization").with("typeCode", "AUTH").holding(content_id("COCD_TP146226GB02#Consent")).holding(consent)
}

fn component_of(content: &ReferralContent) -> Tag {
    let encounter = &content.encounter;
    let ended = encounter.ended.unwrap_or(content.made).max(encounter.started);
    let during = tag("effectiveTime")
        .holding(tag("low").with("value", stamp(encounter.started)))
        .holding(tag("high").with("value", stamp(ended)));
    let outcome = &content.outcome.disposition;
    let place = tag("location")
        .with("classCode", "PLC")
        .with("determinerCode", "INSTANCE")
        .holding(template("COCD_TP145222GB02#location"))
        .holding(tag("name").saying("Where the patient is"))
        .holding(
            tag("addr")
                .with("use", "PHYS")
                .holding(tag("postalCode").saying(encounter.patient.current_postcode.as_str())),
        );
    let facility = tag("healthCareFacility")
        .with("classCode", "ISDLOC")
        .holding(template("COCD_TP145222GB02#HealthCareFacility"))
        .holding(tag("id").with("nullFlavor", "NA"))
        .holding(place);
    let location = tag("location")
        .with("typeCode", "LOC")
        .holding(template("COCD_TP146232GB01#location"))
        .holding(content_id("COCD_TP145222GB02#HealthCareFacility"))
        .holding(facility);
    let encompassing = tag("encompassingEncounter")
        .with("classCode", "ENC")
        .with("moodCode", "EVN")
        .holding(template("COCD_TP146232GB01#EncompassingEncounter"))
        .holding(id("2.16.840.1.113883.2.1.3.2.4.18.49", &upper(encounter.id.0)))
        // As the Directory of Services was told it.
        .holding(id("2.16.840.1.113883.2.1.3.2.4.18.34", &short_reference(encounter.id.0)))
        .holding(code("code", "NHS111Encounter", "2.16.840.1.113883.2.1.3.2.4.17.326", "NHS111 Encounter"))
        .holding(during)
        .holding(code(
            "dischargeDispositionCode",
            outcome.national_code().as_str(),
            "2.16.840.1.113883.2.1.3.2.4.17.325",
            &outcome.description,
        ))
        .holding(location);
    tag("componentOf")
        .with("typeCode", "COMP")
        .holding(content_id("COCD_TP146232GB01#EncompassingEncounter"))
        .holding(encompassing)
}

/// The mark of the template that an element follows.
pub(super) fn template(extension: &str) -> Tag {
    id_of("templateId", TEMPLATE, extension)
}

/// The mark of the template that comes next.
pub(super) fn content_id(extension: &str) -> Tag {
    id_of("npfitlc:contentId", CONTENT, extension)
}

pub(super) fn id(root: &str, extension: &str) -> Tag {
    id_of("id", root, extension)
}

pub(super) fn organisation_id(ods_code: &OdsCode) -> Tag {
    id(ORGANISATION, ods_code.as_str())
}

fn id_of(name: &'static str, root: &str, extension: &str) -> Tag {
    tag(name).with("root", root).with("extension", extension)
}

/// The id of a part of the document, made from the document's.
pub(super) fn own_id(content: &ReferralContent, part: &str) -> Tag {
    tag("id").with("root", derived(content.document.0, part))
}

/// An id made from another: always the same.
pub(super) fn derived(from: Uuid, part: &str) -> String {
    upper(Uuid::new_v5(&from, part.as_bytes()))
}

/// As documents and envelopes write a UUID.
pub(super) fn upper(id: Uuid) -> String {
    id.hyphenated().to_string().to_ascii_uppercase()
}

/// UK local time to the second, with its distance from UTC.
pub(super) fn stamp(at: DateTime<Utc>) -> String {
    let local = local(at);
    let ahead = (local - at.naive_utc()).num_minutes();
    format!("{}+{:02}{:02}", local.format("%Y%m%d%H%M%S"), ahead / 60, ahead % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_uk_local_with_its_zone_also_where_the_clocks_change() {
        let table = [
            ("2026-01-20T08:44:00.9Z", "20260120084400+0000"),
            ("2026-07-20T23:30:05Z", "20260721003005+0100"),
            ("2026-10-25T00:30:00Z", "20261025013000+0100"),
            ("2026-10-25T01:30:00Z", "20261025013000+0000"),
            ("2026-03-29T01:00:00Z", "20260329020000+0100"),
        ];
        for (at, expected) in table {
            assert_eq!(stamp(at.parse().expect("an instant")), expected, "{at}");
        }
    }
}
