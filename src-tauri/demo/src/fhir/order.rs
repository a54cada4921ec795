//! What a booking must say: the Appointment with its document, its patient and its slot, held to the profiles and to what the
//! standard adds to them. Whether the slot can be had is the diary's business.

use serde_json::Value;

use crate::fhir::outcome::{Refused, refuse};
use crate::fhir::shape::instant;

pub(crate) const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";
const VERIFICATION: &str =
    "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-NHSNumberVerificationStatus-1";
const PROFILES: &str = "https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-";
const UUIDS: &str = "https://tools.ietf.org/html/rfc4122";
const DOCUMENT_TYPES: &str = "urn:oid:2.16.840.1.113883.2.1.3.2.4.18.17";

/// What an order asks for.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) slot: String,
    /// The diary that it says the slot is in.
    pub(crate) schedule: String,
    /// Where the slot stands in the body.
    pub(crate) slot_place: String,
    /// Where the patient stands among what the body contains.
    pub(crate) patient: usize,
    /// None for a patient without one.
    pub(crate) nhs_number: Option<String>,
}

/// A contained resource, and where it stands.
struct Part<'a> {
    value: &'a Value,
    number: usize,
    place: String,
}

fn wrong(place: &str, said: &str) -> Refused {
    refuse(422, "FHIR_CONSTRAINT_VIOLATION", said).at(place)
}

fn filled(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

impl Order {
    /// Reads an order whose shape has been checked.
    pub(crate) fn read(body: &Value) -> Result<Self, Refused> {
        let patient = contained(body, "Patient")?;
        check_ranks(&patient)?;
        check_head(body)?;
        let (document, slot) = (contained(body, "DocumentReference")?, contained(body, "Slot")?);
        check_document(&document)?;
        check_slot(&slot, body)?;
        let nhs_number = check_patient(&patient)?;
        check_participant(body, &patient, nhs_number.as_deref())?;
        refers(&body["supportingInformation"], "Appointment.supportingInformation", &document)?;
        refers(&body["slot"], "Appointment.slot", &slot)?;
        Ok(Self {
            slot: slot.value["id"].as_str().unwrap_or_default().to_owned(),
            schedule: schedule_of(slot.value),
            slot_place: slot.place,
            patient: patient.number,
            nhs_number,
        })
    }
}

/// The id of the slot that a body names, however wrong it is otherwise.
pub(crate) fn slot_id(body: &Value) -> Option<String> {
    contained(body, "Slot").ok()?.value["id"].as_str().map(str::to_owned)
}

fn schedule_of(slot: &Value) -> String {
    let reference = slot["schedule"]["reference"].as_str().unwrap_or_default();
    reference.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The one contained resource of a type.
fn contained<'a>(body: &'a Value, kind: &str) -> Result<Part<'a>, Refused> {
    let mut all = list(&body["contained"]).iter().enumerate().filter(|(_, resource)| resource["resourceType"] == kind);
    match (all.next(), all.next()) {
        (Some((number, value)), None) => Ok(Part { value, number, place: format!("Appointment.contained[{number}]") }),
        (None, _) => Err(wrong("Appointment.contained", &format!("There is no contained {kind}"))),
        (Some(_), Some(_)) => Err(wrong("Appointment.contained", &format!("There is more than one contained {kind}"))),
    }
}

fn check_profile(resource: &Value, place: &str, name: &str) -> Result<(), Refused> {
    let profile = format!("{PROFILES}{name}-1");
    if list(&resource["meta"]["profile"]).iter().any(|given| *given == profile) {
        return Ok(());
    }
    Err(wrong(&format!("{place}.meta.profile"), &format!("It does not name its profile, {profile}")))
}

/// Holds a list of references to being one, to this contained resource.
fn refers(references: &Value, place: &str, to: &Part<'_>) -> Result<(), Refused> {
    let Some(id) = to.value["id"].as_str() else {
        return Err(wrong(&format!("{}.id", to.place), "A contained resource needs an id"));
    };
    match list(references) {
        [one] if one["reference"] == format!("#{id}") => Ok(()),
        _ => Err(wrong(place, &format!("There must be one reference, to {}", to.place))),
    }
}

fn check_head(body: &Value) -> Result<(), Refused> {
    check_profile(body, "Appointment", "Appointment")?;
    if body["language"] != "en-GB" {
        return Err(wrong("Appointment.language", "The language must be en-GB"));
    }
    if body["status"] != "booked" {
        return Err(wrong("Appointment.status", "The status must be booked"));
    }
    for field in ["start", "end", "created", "description"] {
        if !filled(&body[field]) {
            return Err(wrong(&format!("Appointment.{field}"), &format!("{field} is missing")));
        }
    }
    let ids: Vec<&Value> = list(&body["contained"]).iter().map(|resource| &resource["id"]).collect();
    for (number, id) in ids.iter().enumerate() {
        if ids[..number].contains(id) {
            let place = format!("Appointment.contained[{number}].id");
            return Err(wrong(&place, "Two contained resources have one id"));
        }
    }
    Ok(())
}

fn check_document(document: &Part<'_>) -> Result<(), Refused> {
    let Part { value, place, .. } = document;
    let at = |below: &str| format!("{place}.{below}");
    let mut ids = list(&value["identifier"]).iter().filter(|identifier| identifier["system"] == UUIDS);
    let id = ids.next().and_then(|identifier| identifier["value"].as_str()).unwrap_or_default();
    if uuid::Uuid::parse_str(id).is_err() {
        return Err(wrong(&at("identifier"), &format!("There is no UUID of the document (system {UUIDS})")));
    }
    if value["status"] != "current" {
        return Err(wrong(&at("status"), "The document's status must be current"));
    }
    let coding = &value["type"]["coding"][0];
    if coding["system"] != DOCUMENT_TYPES || !filled(&coding["code"]) || !filled(&coding["display"]) {
        return Err(wrong(
            &at("type"),
            &format!("The document's type needs system ({DOCUMENT_TYPES}), code and display"),
        ));
    }
    if !filled(&value["indexed"]) {
        return Err(wrong(&at("indexed"), "indexed is missing"));
    }
    let attachment = &value["content"][0]["attachment"];
    if attachment["contentType"] != "application/hl7-v3+xml" {
        return Err(wrong(&at("content[0].attachment.contentType"), "The document is application/hl7-v3+xml"));
    }
    if !attachment["language"].as_str().is_some_and(|language| language == "en" || language.starts_with("en-")) {
        return Err(wrong(&at("content[0].attachment.language"), "The document's language must be en"));
    }
    Ok(())
}

fn check_slot(slot: &Part<'_>, body: &Value) -> Result<(), Refused> {
    let Part { value, place, .. } = slot;
    check_profile(value, place, "Slot")?;
    let at = |below: &str| format!("{place}.{below}");
    if value["status"] != "busy" {
        return Err(wrong(&at("status"), "The slot's status must be busy"));
    }
    if list(&value["identifier"]).len() != 1 {
        return Err(wrong(&at("identifier"), "The slot needs one identifier"));
    }
    if !filled(&value["schedule"]["reference"]) {
        return Err(wrong(&at("schedule.reference"), "The slot needs its schedule"));
    }
    for field in ["start", "end"] {
        let of = |resource: &Value| resource[field].as_str().and_then(instant);
        if of(value).is_none() || of(value) != of(body) {
            return Err(wrong(&at(field), &format!("{field} must be the Appointment's own")));
        }
    }
    Ok(())
}

fn check_patient(patient: &Part<'_>) -> Result<Option<String>, Refused> {
    let Part { value, place, .. } = patient;
    check_profile(value, place, "Patient")?;
    let at = |below: &str| format!("{place}.{below}");
    let mut official = list(&value["name"]).iter().enumerate().filter(|(_, name)| name["use"] == "official");
    let (Some((number, name)), None) = (official.next(), official.next()) else {
        return Err(wrong(&at("name"), "There must be one official name"));
    };
    if !filled(&name["family"]) {
        return Err(wrong(&at(&format!("name[{number}].family")), "The family name is missing"));
    }
    if !filled(&name["given"][0]) {
        return Err(wrong(&at(&format!("name[{number}].given")), "A given name is missing"));
    }
    if !["male", "female", "other", "unknown"].iter().any(|gender| value["gender"] == *gender) {
        return Err(wrong(&at("gender"), "The gender must be male, female, other or unknown"));
    }
    if !filled(&value["birthDate"]) {
        return Err(wrong(&at("birthDate"), "The date of birth is missing"));
    }
    let [address] = list(&value["address"]) else {
        return Err(wrong(&at("address"), "There must be one address"));
    };
    if address["use"] != "home" {
        return Err(wrong(&at("address[0].use"), "The address must be the patient's home"));
    }
    if !filled(&address["postalCode"]) {
        return Err(wrong(&at("address[0].postalCode"), "The postcode is missing"));
    }
    check_contacts(value, place)?;
    check_identifier(value, place)
}

/// Third parties are named, and say what they are to the patient.
fn check_contacts(patient: &Value, place: &str) -> Result<(), Refused> {
    for (number, contact) in list(&patient["contact"]).iter().enumerate() {
        let place = format!("{place}.contact[{number}]");
        let name = &contact["name"];
        if !filled(&name["use"]) || !(filled(&name["text"]) || filled(&name["family"])) {
            return Err(wrong(&format!("{place}.name"), "A contact needs a name, with its use"));
        }
        if !filled(&contact["relationship"][0]["coding"][0]["code"]) {
            return Err(wrong(&format!("{place}.relationship"), "A contact needs a coded relationship to the patient"));
        }
    }
    Ok(())
}

fn check_identifier(patient: &Value, place: &str) -> Result<Option<String>, Refused> {
    let identifier = match list(&patient["identifier"]) {
        [] => return Ok(None),
        [one] if one["system"] == NHS_NUMBER => one,
        _ => return Err(wrong(&format!("{place}.identifier"), "There may be one identifier, an NHS number")),
    };
    let number = identifier["value"].as_str().unwrap_or_default();
    if !is_nhs_number(number) {
        let place = format!("{place}.identifier[0].value");
        return Err(refuse(422, "INVALID_NHS_NUMBER", "The NHS number is not valid").at(&place));
    }
    let mut extensions = list(&identifier["extension"]).iter();
    let verified = extensions.find(|extension| extension["url"] == VERIFICATION);
    let code = verified.and_then(|extension| extension["valueCodeableConcept"]["coding"][0]["code"].as_str());
    if !code.is_some_and(|code| ["01", "02", "03", "04", "05", "06", "07", "08"].contains(&code)) {
        let place = format!("{place}.identifier[0].extension");
        return Err(wrong(&place, "The NHS number needs its verification status, 01 to 08"));
    }
    Ok(Some(number.to_owned()))
}

/// Rank 1 exactly once over the patient's own contact details and everybody else's (BK-5).
fn check_ranks(patient: &Part<'_>) -> Result<(), Refused> {
    let Part { value, place, .. } = patient;
    let wrong = |place: &str, said: &str| refuse(400, "INVALID_RESOURCE", said).at(place);
    let points_of = |holder: &Value, place: &str| {
        let all = list(&holder["telecom"]).iter().cloned().enumerate();
        all.map(|(number, point)| (point, format!("{place}.telecom[{number}]"))).collect::<Vec<_>>()
    };
    let mut points = points_of(value, place);
    for (number, contact) in list(&value["contact"]).iter().enumerate() {
        points.extend(points_of(contact, &format!("{place}.contact[{number}]")));
    }
    if !points.iter().any(|(point, _)| point["system"] == "phone" && filled(&point["value"])) {
        return Err(wrong(
            &format!("{place}.telecom"),
            "There must be a telephone number, the patient's or a contact's",
        ));
    }
    let mut has_first = false;
    for (point, place) in &points {
        if !filled(&point["system"]) || !filled(&point["value"]) {
            return Err(wrong(place, "Contact details need system and value"));
        }
        match point["rank"].as_u64() {
            None => return Err(wrong(&format!("{place}.rank"), "Contact details need a rank")),
            Some(1) if has_first => return Err(wrong(&format!("{place}.rank"), "Rank 1 stands a second time")),
            Some(rank) => has_first |= rank == 1,
        }
    }
    match points.first() {
        Some((_, place)) if !has_first => Err(wrong(&format!("{place}.rank"), "Rank 1 stands nowhere")),
        Some(_) | None => Ok(()),
    }
}

fn check_participant(body: &Value, patient: &Part<'_>, nhs_number: Option<&str>) -> Result<(), Refused> {
    let [participant] = list(&body["participant"]) else {
        return Err(wrong("Appointment.participant", "There must be one participant, the patient"));
    };
    if participant["status"] != "accepted" {
        return Err(wrong("Appointment.participant[0].status", "The participant must have accepted"));
    }
    let actor = &participant["actor"];
    let expected = patient.value["id"].as_str().map(|id| format!("#{id}"));
    if expected.is_none_or(|expected| actor["reference"] != expected) {
        let said = format!("The participant must be {}", patient.place);
        return Err(wrong("Appointment.participant[0].actor.reference", &said));
    }
    if !filled(&actor["display"]) {
        return Err(wrong("Appointment.participant[0].actor.display", "The participant needs a readable name"));
    }
    if actor["identifier"]["value"].as_str() != nhs_number {
        let said = "The participant's identifier must be the patient's NHS number, and there only if they have one";
        return Err(wrong("Appointment.participant[0].actor.identifier", said));
    }
    Ok(())
}

/// Ten digits, the last of which checks the others (modulus 11).
pub(crate) fn is_nhs_number(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    if digits.len() != 10 || text.len() != 10 {
        return false;
    }
    let sum: u32 = digits[..9].iter().zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum();
    (11 - sum % 11) % 11 == digits[9]
}
