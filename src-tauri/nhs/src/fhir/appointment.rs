//! The Appointment as it is sent (BK-1, BK-2, BK-5, BK-6): strict, checked before it leaves, the same for the same order.

use desk_domain::id::{DocumentId, NhsNumber};
use desk_domain::patient::{Contact, ContactKind, ContactParty, Gender, Patient, Relationship};
use desk_journeys::ports::{BookingOrder, InvalidOrder};
use serde_json::{Map, Value, json};

use crate::fhir::{NHS_NUMBER, instant};

const PROFILES: &str = "https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-";

/// The content of a booking request.
///
/// # Errors
/// What is missing or does not fit, in words; nothing may be sent then.
pub(crate) fn content(order: &BookingOrder) -> Result<String, InvalidOrder> {
    let slot = &order.slot;
    let Some(end) = slot.end else {
        return Err(InvalidOrder("the provider gave no end of the slot, which a booking has to name".to_owned()));
    };
    if !order.permit.is_for(slot) {
        return Err(InvalidOrder("the leave to book is for another slot".to_owned()));
    }
    if slot.schedule.as_deref().is_none_or(|schedule| schedule.starts_with('#')) {
        return Err(InvalidOrder("the provider did not say which diary the slot is in".to_owned()));
    }
    // Ids of our own parts, which no provider's slot may bear.
    let (document, patient, slot_id) = ("booking-desk-document", "booking-desk-patient", slot.id.as_str());
    let mut actor = Map::new();
    actor.insert("reference".to_owned(), json!(format!("#{patient}")));
    if let Some(number) = &order.patient.nhs_number {
        actor.insert(
            "identifier".to_owned(),
            json!({ "use": "official", "system": NHS_NUMBER, "value": number.digits() }),
        );
    }
    actor.insert("display".to_owned(), json!(order.patient.name.spoken()));
    let appointment = json!({
        "resourceType": "Appointment",
        "meta": { "profile": [format!("{PROFILES}Appointment-1")] },
        "language": "en-GB",
        "contained": [
            document_reference(document, order.document, &instant(order.ordered)),
            patient_resource(patient, &order.patient),
            slot_resource(order, &instant(end)),
        ],
        "status": "booked",
        "description": order.reason.reveal(),
        "supportingInformation": [{ "reference": format!("#{document}") }],
        "start": instant(slot.start),
        "end": instant(end),
        "slot": [{ "reference": format!("#{slot_id}") }],
        "created": instant(order.ordered),
        "participant": [{ "actor": actor, "status": "accepted" }],
    });
    check(&appointment)?;
    serde_json::to_string(&appointment).map_err(|_| InvalidOrder("it cannot be written".to_owned()))
}

fn document_reference(id: &str, document: DocumentId, indexed: &str) -> Value {
    json!({
        "resourceType": "DocumentReference",
        "id": id,
        "identifier": [{ "system": "https://tools.ietf.org/html/rfc4122", "value": document.to_string() }],
        "status": "current",
        "type": {
            "coding": [{
                "system": "urn:oid:2.16.840.1.113883.2.1.3.2.4.18.17",
                "code": "POCD_MT200001GB02",
                "display": "Integrated Urgent Care Report",
            }],
        },
        "indexed": indexed,
        "content": [{ "attachment": { "contentType": "application/hl7-v3+xml", "language": "en" } }],
    })
}

fn slot_resource(order: &BookingOrder, end: &str) -> Value {
    let slot = &order.slot;
    let mut resource = json!({
        "resourceType": "Slot",
        "id": slot.id,
        "meta": { "profile": [format!("{PROFILES}Slot-1")] },
        "status": "busy",
        "start": instant(slot.start),
        "end": end,
    });
    // The profile wants exactly one identifier. A provider that gave none knows the slot by its id.
    resource["identifier"] = match &slot.identifier {
        Some((system, value)) if !system.is_empty() => json!([{ "system": system, "value": value }]),
        Some((_, value)) => json!([{ "value": value }]),
        None => json!([{ "value": slot.id }]),
    };
    if let Some(schedule) = &slot.schedule {
        resource["schedule"] = json!({ "reference": schedule });
    }
    resource
}

fn patient_resource(id: &str, patient: &Patient) -> Value {
    let mut name = json!({
        "use": "official",
        "family": patient.name.family.reveal(),
        "given": [patient.name.given.reveal()],
    });
    if !patient.name.title.reveal().is_empty() {
        name["prefix"] = json!([patient.name.title.reveal()]);
    }
    let mut address = json!({
        "use": "home",
        "line": patient.address.lines.iter().map(|line| line.reveal()).collect::<Vec<_>>(),
        "postalCode": patient.address.postcode.as_str(),
    });
    if !patient.address.town.reveal().is_empty() {
        address["city"] = json!(patient.address.town.reveal());
    }
    let mut resource = json!({
        "resourceType": "Patient",
        "id": id,
        "meta": { "profile": [format!("{PROFILES}Patient-1")] },
        "name": [name],
        "gender": match patient.gender {
            Gender::Female => "female",
            Gender::Male => "male",
            Gender::Other => "other",
            Gender::Unknown => "unknown",
        },
        "birthDate": patient.birth_date.reveal().to_string(),
        "address": [address],
    });
    if let Some(number) = &patient.nhs_number {
        resource["identifier"] = json!([identifier(number)]);
    }
    let (own, third_parties) = contacts(patient);
    if !own.is_empty() {
        resource["telecom"] = Value::Array(own);
    }
    if !third_parties.is_empty() {
        resource["contact"] = Value::Array(third_parties);
    }
    resource
}

/// Typed at the desk and not traced: `02`.
fn identifier(number: &NhsNumber) -> Value {
    json!({
        "extension": [{
            "url": format!("{}NHSNumberVerificationStatus-1", "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-"),
            "valueCodeableConcept": {
                "coding": [{
                    "system": "https://fhir.hl7.org.uk/STU3/CodeSystem/CareConnect-NHSNumberVerificationStatus-1",
                    "code": "02",
                    "display": "Number present but not traced",
                }],
            },
        }],
        "use": "official",
        "system": NHS_NUMBER,
        "value": number.digits(),
    })
}

/// The patient's own contacts, and those of third parties grouped by person; ranks run over all of them (BK-5).
fn contacts(patient: &Patient) -> (Vec<Value>, Vec<Value>) {
    let (mut own, mut others): (Vec<Value>, Vec<(&ContactParty, Vec<Value>)>) = (Vec::new(), Vec::new());
    for (rank, contact) in patient.contacts.ranked() {
        let point = contact_point(rank, contact);
        match &contact.whose {
            ContactParty::Patient => own.push(point),
            party @ ContactParty::ThirdParty { .. } => match others.iter_mut().find(|(known, _)| *known == party) {
                Some((_, points)) => points.push(point),
                None => others.push((party, vec![point])),
            },
        }
    }
    let others = others.into_iter().filter_map(|(party, points)| third_party(party, &points)).collect();
    (own, others)
}

fn contact_point(rank: u32, contact: &Contact) -> Value {
    let (system, usage) = match contact.kind {
        ContactKind::Phone => ("phone", "home"),
        ContactKind::Mobile => ("phone", "mobile"),
        ContactKind::Email => ("email", "home"),
    };
    json!({ "system": system, "value": contact.value.reveal(), "use": usage, "rank": rank })
}

fn third_party(party: &ContactParty, points: &[Value]) -> Option<Value> {
    let ContactParty::ThirdParty { relationship, name } = party else { return None };
    let (code, display, words) = match relationship {
        Relationship::NextOfKin => ("N", "Next-of-Kin", "Next of kin"),
        Relationship::Parent => ("C", "Emergency Contact", "Parent"),
        Relationship::Partner => ("C", "Emergency Contact", "Partner"),
        Relationship::Carer => ("C", "Emergency Contact", "Carer"),
        Relationship::Friend => ("C", "Emergency Contact", "Friend"),
        Relationship::Other => ("U", "Unknown", "Other"),
    };
    Some(json!({
        "relationship": [{
            "coding": [{ "system": "http://hl7.org/fhir/v2/0131", "code": code, "display": display }],
            "text": words,
        }],
        "name": { "use": "official", "text": name.reveal() },
        "telecom": points,
    }))
}

/// What no profile validator finds, checked on every outgoing body.
fn check(appointment: &Value) -> Result<(), InvalidOrder> {
    let wrong = |what: &str| Err(InvalidOrder(what.to_owned()));
    let ids: Vec<&str> =
        appointment["contained"].as_array().into_iter().flatten().filter_map(|r| r["id"].as_str()).collect();
    let dangling = |reference: &Value| {
        reference.as_str().is_none_or(|text| text.strip_prefix('#').is_none_or(|id| !ids.contains(&id)))
    };
    let links = [
        &appointment["supportingInformation"][0]["reference"],
        &appointment["slot"][0]["reference"],
        &appointment["participant"][0]["actor"]["reference"],
    ];
    if links.into_iter().any(dangling) {
        return wrong("a part of the request refers to one that is not in it");
    }
    let patient = &appointment["contained"][1];
    let own = patient["telecom"].as_array().into_iter().flatten();
    let others =
        patient["contact"].as_array().into_iter().flatten().flat_map(|c| c["telecom"].as_array().into_iter().flatten());
    let mut ranks: Vec<u64> = own.chain(others).filter_map(|point| point["rank"].as_u64()).collect();
    ranks.sort_unstable();
    if !ranks.iter().copied().eq(1..=ranks.len() as u64) || ranks.is_empty() {
        return wrong("the ways to reach the patient are not ranked from one");
    }
    let filled = |value: &Value| value.as_str().is_some_and(|text| !text.trim().is_empty());
    if !filled(&patient["name"][0]["family"]) || !filled(&patient["name"][0]["given"][0]) {
        return wrong("the patient’s name is not complete");
    }
    if !filled(&patient["address"][0]["postalCode"]) || !filled(&patient["address"][0]["line"][0]) {
        return wrong("the patient’s address is not complete");
    }
    if !filled(&appointment["description"]) {
        return wrong("there is no reason for the appointment");
    }
    Ok(())
}
