//! The clinical document of a referral: its header and its body. Rules that no schema catches; a schema's own rules only
//! where the receiver relies on them.

use chrono::NaiveDateTime;

use super::answer::{Refusal, wrong};
use super::appointment;
use super::upper_uuid;
use super::xml::Element;

pub(super) const HL7: &str = "urn:hl7-org:v3";
pub(super) const NPFIT: &str = "NPFIT:HL7:Localisation";
const SNOMED: &str = "2.16.840.1.113883.2.1.3.2.4.15";
const NHS_NUMBER: &str = "2.16.840.1.113883.2.1.4.1";
const LOCAL_ID: &str = "2.16.840.1.113883.2.1.3.2.4.18.24";
const JOURNEY: &str = "2.16.840.1.113883.2.1.3.2.4.18.49";

/// The header's elements in their order.
const HEADER: [&str; 28] = [
    "realmCode",
    "typeId",
    "templateId",
    "contentId",
    "messageType",
    "id",
    "code",
    "title",
    "effectiveTime",
    "confidentialityCode",
    "languageCode",
    "setId",
    "versionNumber",
    "copyTime",
    "recordTarget",
    "author",
    "dataEnterer",
    "informant",
    "custodian",
    "informationRecipient",
    "legalAuthenticator",
    "authenticator",
    "participant",
    "inFulfillmentOf",
    "documentationOf",
    "relatedDocument",
    "authorization",
    "componentOf",
];

/// What a profile asks of a document.
#[derive(Debug)]
pub(super) struct Kind {
    profile: &'static str,
    message: &'static str,
    code: &'static str,
    title: &'static str,
    sort: Sort,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// A report of version 2: has no entry for an appointment.
    Report,
    /// A report of version 3.
    UrgentCare,
    Nullification,
}

const KINDS: [Kind; 4] = [
    report("nhs111CDADocument-v2-0"),
    report("nhs111CDADocument-v3-1"),
    Kind {
        profile: "IntegratedUrgentCareCDADocument-v3-1",
        message: "POCD_MT200001GB02",
        code: "1066271000000101",
        title: "Integrated Urgent Care Report",
        sort: Sort::UrgentCare,
    },
    Kind {
        profile: "nullificationDocument-v5-0",
        message: "POCD_MT130001UK05",
        code: "285091000000108",
        title: "Nullification Document",
        sort: Sort::Nullification,
    },
];

const fn report(profile: &'static str) -> Kind {
    let (message, code, title) = ("POCD_MT200001GB02", "819551000000100", "NHS 111 Report");
    Kind { profile, message, code, title, sort: Sort::Report }
}

impl Kind {
    pub(super) fn of(profile: &str) -> Option<&'static Self> {
        let name = profile.strip_prefix("urn:nhs-en:profile:")?;
        KINDS.iter().find(|kind| kind.profile == name)
    }

    pub(super) fn nullifies(&self) -> bool {
        self.sort == Sort::Nullification
    }
}

/// A document that is in order.
pub(super) struct Document {
    pub(super) id: String,
    pub(super) set: String,
    pub(super) title: &'static str,
    /// The booking that it refers to.
    pub(super) booking: Option<String>,
    /// Id of the document that it replaces.
    pub(super) replaces: Option<String>,
    pub(super) root: Element,
    pub(super) text: String,
}

/// Checks a document; `text` is its own.
pub(super) fn check(root: Element, text: String, kind: &Kind) -> Result<Document, Refusal> {
    let at = "ClinicalDocument";
    if !root.is(HL7, at) || root.attribute("classCode") != Some("DOCCLIN") || root.attribute("moodCode") != Some("EVN")
    {
        return Err(wrong("payload", "it must be a ClinicalDocument of HL7, class DOCCLIN and mood EVN"));
    }
    in_order(&root)?;
    let id = about(&root, kind)?;
    let set = one(&root, "setId", at)?.attribute("root").unwrap_or_default();
    let version = one(&root, "versionNumber", at)?.attribute("value").unwrap_or_default();
    if !upper_uuid(set) || version.parse::<u32>().is_err() {
        return Err(wrong(at, "setId must be a UUID in upper case, and versionNumber a number"));
    }
    zoned(&root)?;
    patient(&root)?;
    people(&root)?;
    let replaces = replaces(&root)?;
    if kind.nullifies() && replaces.is_none() {
        return Err(wrong("ClinicalDocument/relatedDocument", "a nullification must name what it replaces"));
    }
    let body = dig(&root, &["component", "structuredBody", "component", "section"], at)?;
    if body.all(HL7, "component").next().is_none() {
        return Err(wrong("ClinicalDocument/component/structuredBody", "there must be a section in it"));
    }
    if !kind.nullifies() {
        consent(&root)?;
        encounter(&root)?;
    }
    let booking = appointment::booking(body, kind.sort == Sort::UrgentCare)?;
    Ok(Document { id, set: set.to_owned(), title: kind.title, booking, replaces, root, text })
}

/// The one element of a name.
pub(super) fn one<'a>(parent: &'a Element, name: &'a str, at: &str) -> Result<&'a Element, Refusal> {
    parent.only(HL7, name).ok_or_else(|| wrong(at, format!("there must be exactly one {name} in it")))
}

/// The one element along a path, each the only one of its name.
pub(super) fn dig<'a>(from: &'a Element, path: &[&'a str], at: &str) -> Result<&'a Element, Refusal> {
    let (mut element, mut reached) = (from, at.to_owned());
    for name in path {
        element = one(element, name, &reached)?;
        reached = format!("{reached}/{name}");
    }
    Ok(element)
}

fn in_order(root: &Element) -> Result<(), Refusal> {
    let mut reached = 0;
    for child in root.children() {
        let (at, name) = ("ClinicalDocument", child.name.as_str());
        let own = if ["contentId", "messageType"].contains(&name) { NPFIT } else { HL7 };
        let names = HEADER.iter().chain(["component"].iter());
        let place = names.clone().position(|known| *known == name).filter(|_| child.namespace == own);
        let place = place.ok_or_else(|| wrong(at, format!("{name} does not belong there")))?;
        if place < reached {
            return Err(wrong(at, format!("{name} stands after what must follow it")));
        }
        reached = place;
    }
    Ok(())
}

/// What the document says of itself: gives its id.
fn about(root: &Element, kind: &Kind) -> Result<String, Refusal> {
    let at = "ClinicalDocument";
    if !has(one(root, "typeId", at)?, "2.16.840.1.113883.1.3", "POCD_HD000040") {
        return Err(wrong("ClinicalDocument/typeId", "it must be that of a clinical document"));
    }
    let message = root.only(NPFIT, "messageType");
    if !message.is_some_and(|message| has(message, "2.16.840.1.113883.2.1.3.2.4.18.17", kind.message)) {
        return Err(wrong("ClinicalDocument/npfitlc:messageType", format!("it must be {}", kind.message)));
    }
    let id = one(root, "id", at)?.attribute("root").unwrap_or_default();
    if !upper_uuid(id) {
        return Err(wrong("ClinicalDocument/id", "its root must be a UUID in upper case"));
    }
    if !coded(one(root, "code", at)?, SNOMED, &[kind.code]) {
        return Err(wrong(
            "ClinicalDocument/code",
            format!("it must be {} of SNOMED, as its profile has it", kind.code),
        ));
    }
    if one(root, "title", at)?.text() != kind.title {
        return Err(wrong("ClinicalDocument/title", format!("it must be {:?}, as its profile has it", kind.title)));
    }
    let made = one(root, "effectiveTime", at)?.attribute("value").unwrap_or_default();
    if made.len() <= 8 || !is_time(made) {
        return Err(wrong("ClinicalDocument/effectiveTime", "it must be a time with its zone"));
    }
    let confidentiality = one(root, "confidentialityCode", at)?;
    if !coded(confidentiality, "2.16.840.1.113883.1.11.16926", &["N", "R", "V"]) {
        return Err(wrong("ClinicalDocument/confidentialityCode", "it must be N, R or V of HL7's code system"));
    }
    Ok(id.to_owned())
}

pub(super) fn has(id: &Element, root: &str, extension: &str) -> bool {
    (id.attribute("root"), id.attribute("extension")) == (Some(root), Some(extension))
}

fn coded(code: &Element, system: &str, codes: &[&str]) -> bool {
    code.attribute("codeSystem") == Some(system) && code.attribute("code").is_some_and(|code| codes.contains(&code))
}

/// Whether a value is a day, or a time of day with its zone.
fn is_time(value: &str) -> bool {
    let (time, zone) = value.find(['+', '-']).map_or((value, None), |at| (&value[..at], Some(&value[at + 1..])));
    if !time.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let whole = match time.len() {
        4 | 6 | 8 => {
            let padded = format!("{time}{}0000", &"0101"[time.len() - 4..]);
            return zone.is_none() && NaiveDateTime::parse_from_str(&padded, "%Y%m%d%H%M").is_ok();
        }
        12 => format!("{time}00"),
        14 => time.to_owned(),
        _ => return false,
    };
    let zone = zone.filter(|zone| matches!(zone.len(), 2 | 4) && zone.bytes().all(|byte| byte.is_ascii_digit()));
    let part = |range: std::ops::Range<usize>| zone.and_then(|zone| zone.get(range)?.parse::<u8>().ok());
    part(0..2).is_some_and(|hours| hours <= 14)
        && part(2..4).is_none_or(|minutes| minutes < 60)
        && NaiveDateTime::parse_from_str(&whole, "%Y%m%d%H%M%S").is_ok()
}

/// Every time in the document has its zone.
fn zoned(root: &Element) -> Result<(), Refusal> {
    let times = ["effectiveTime", "time", "low", "high", "center", "birthTime"];
    let mut times = root.below().filter(|element| element.namespace == HL7 && times.contains(&element.name.as_str()));
    match times.find(|time| time.attribute("value").is_some_and(|value| !is_time(value))) {
        Some(odd) => {
            Err(wrong(&format!("ClinicalDocument//{}", odd.name), "it must be a day, or a time with its zone"))
        }
        None => Ok(()),
    }
}

fn patient(root: &Element) -> Result<(), Refusal> {
    let at = "ClinicalDocument/recordTarget/patientRole";
    let role = dig(root, &["recordTarget", "patientRole"], "ClinicalDocument")?;
    if role.all(HL7, "id").next().is_none() {
        return Err(wrong(at, "there must be an id in it"));
    }
    for id in role.all(HL7, "id") {
        let extension = id.attribute("extension").unwrap_or_default();
        match id.attribute("root") {
            Some(NHS_NUMBER) if !valid_nhs_number(extension) => {
                return Err(wrong(&format!("{at}/id"), "the NHS number's check digit does not fit"));
            }
            Some(LOCAL_ID) if id.attribute("assigningAuthorityName").is_none_or(str::is_empty) => {
                return Err(wrong(&format!("{at}/id"), "a local id must name who assigned it"));
            }
            Some(_) | None => {}
        }
    }
    let person = one(role, "patient", at)?;
    let at = "ClinicalDocument/recordTarget/patientRole/patient";
    if person.all(HL7, "name").next().is_none() {
        return Err(wrong(at, "there must be a name in it"));
    }
    let gender = one(person, "administrativeGenderCode", at)?;
    if !coded(gender, "2.16.840.1.113883.2.1.3.2.4.16.25", &["0", "1", "2", "9"]) {
        return Err(wrong(
            &format!("{at}/administrativeGenderCode"),
            "it must be 0, 1, 2 or 9 of the NHS's code system",
        ));
    }
    if one(person, "birthTime", at)?.attribute("value").is_none() {
        return Err(wrong(&format!("{at}/birthTime"), "it must have a value"));
    }
    Ok(())
}

/// The tenth digit fits the nine before it, modulo 11.
fn valid_nhs_number(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().map_while(|character| character.to_digit(10)).collect();
    let Some((check, rest)) = digits.split_last().filter(|(_, rest)| rest.len() == 9 && text.len() == 10) else {
        return false;
    };
    let sum: u32 = rest.iter().zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum();
    (11 - sum % 11) % 11 == *check
}

/// Author, custodian and recipients.
fn people(root: &Element) -> Result<(), Refusal> {
    let at = "ClinicalDocument";
    if root.all(HL7, "author").next().is_none() {
        return Err(wrong(at, "there must be an author in it"));
    }
    dig(root, &["custodian", "assignedCustodian", "representedCustodianOrganization", "id"], at)?;
    let mut recipients = root.all(HL7, "informationRecipient");
    if !recipients.any(|recipient| recipient.attribute("typeCode") == Some("PRCP")) {
        return Err(wrong(at, "there must be an informationRecipient of type PRCP in it"));
    }
    for recipient in root.all(HL7, "informationRecipient") {
        one(recipient, "intendedRecipient", "ClinicalDocument/informationRecipient")?;
    }
    Ok(())
}

fn consent(root: &Element) -> Result<(), Refusal> {
    let at = "ClinicalDocument/authorization";
    if root.all(HL7, "authorization").next().is_none() {
        return Err(wrong("ClinicalDocument", "there must be an authorization, the patient's consent, in it"));
    }
    for authorization in root.all(HL7, "authorization") {
        let consent = one(authorization, "consent", at)?;
        let code = one(consent, "code", at)?.attribute("code").unwrap_or_default();
        let status = one(consent, "statusCode", at)?.attribute("code");
        if code.is_empty() || status != Some("completed") {
            return Err(wrong(at, "the consent must have a code, and be completed"));
        }
    }
    Ok(())
}

fn encounter(root: &Element) -> Result<(), Refusal> {
    let at = "ClinicalDocument/componentOf/encompassingEncounter";
    let encounter = dig(root, &["componentOf", "encompassingEncounter"], "ClinicalDocument")?;
    let journey = encounter.all(HL7, "id").next().filter(|id| id.attribute("root") == Some(JOURNEY));
    if journey.and_then(|id| id.attribute("extension")).is_none_or(str::is_empty) {
        return Err(wrong(at, "the first id must be that of the journey"));
    }
    if !coded(one(encounter, "code", at)?, "2.16.840.1.113883.2.1.3.2.4.17.326", &["NHS111Encounter"]) {
        return Err(wrong(at, "its code must be NHS111Encounter"));
    }
    let when = one(encounter, "effectiveTime", at)?;
    if ["low", "high"].iter().any(|end| when.only(HL7, end).is_none_or(|end| end.attribute("value").is_none())) {
        return Err(wrong(&format!("{at}/effectiveTime"), "there must be low and high in it"));
    }
    let outcome = one(encounter, "dischargeDispositionCode", at)?;
    let known = outcome.attribute("codeSystem") == Some("2.16.840.1.113883.2.1.3.2.4.17.325");
    if !known || outcome.attribute("code").is_none_or(str::is_empty) {
        return Err(wrong(&format!("{at}/dischargeDispositionCode"), "it must be a code of the dispositions"));
    }
    dig(encounter, &["location", "healthCareFacility"], at).map(drop)
}

/// The id of the document that this one replaces, where it replaces one.
fn replaces(root: &Element) -> Result<Option<String>, Refusal> {
    let at = "ClinicalDocument/relatedDocument";
    if root.all(HL7, "relatedDocument").next().is_none() {
        return Ok(None);
    }
    let related = one(root, "relatedDocument", "ClinicalDocument")?;
    let id = dig(related, &["parentDocument", "id"], at)?.attribute("root").unwrap_or_default();
    if related.attribute("typeCode") != Some("RPLC") || uuid::Uuid::try_parse(id).is_err() {
        return Err(wrong(at, "it must be of type RPLC and name the document that it replaces"));
    }
    Ok(Some(id.to_owned()))
}
