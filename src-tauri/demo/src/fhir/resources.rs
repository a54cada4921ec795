//! What a provider tells of its slots, diaries, places and people, by the CareConnect profiles. What is not known is left out.

use serde_json::{Value, json};

use crate::diary::{Clinician, Diary, Schedule, Slot, instant};
use crate::fhir::Provider;
use crate::world::{PROVIDERS, Service};

const PROFILES: &str = "https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-";
/// How a delivery channel is told: on the slot; the hub has the other form, on its schedules.
const CHANNEL: &str = "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-DeliveryChannel-1";
const GP_CONNECT_CHANNEL: &str = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-GPConnect-DeliveryChannel-2";
const JOB_ROLES: &str = "https://fhir.hl7.org.uk/STU3/CodeSystem/CareConnect-SDSJobRoleName-1";

fn meta(kind: &str) -> Value {
    json!({ "profile": [format!("{PROFILES}{kind}-1")] })
}

fn reference(kind: &str, id: &str) -> Value {
    json!({ "reference": format!("{kind}/{id}") })
}

fn location_id(schedule: &Schedule) -> String {
    format!("l-{}", schedule.id)
}

fn practitioner_id(schedule: &Schedule) -> String {
    format!("p-{}", schedule.id)
}

pub(crate) fn slot(provider: &Provider, diary: &Diary, slot: &Slot) -> Value {
    let mut resource = json!({
        "resourceType": "Slot",
        "id": slot.id,
        "meta": meta("Slot"),
        "identifier": [{ "system": "https://tools.ietf.org/html/rfc4122", "value": slot.id }],
        "schedule": reference("Schedule", &slot.schedule),
        "status": if slot.free { "free" } else { "busy" },
        "start": instant(slot.start),
        "end": instant(slot.end),
    });
    let channel = diary.schedules.get(&slot.schedule).and_then(|schedule| schedule.channel);
    if let Some(channel) = channel.filter(|_| !provider.gp_connect()) {
        resource["extension"] = json!([{ "url": CHANNEL, "valueCode": channel }]);
    }
    resource
}

pub(crate) fn schedule(schedule: &Schedule, gp_connect: bool) -> Value {
    let mut actors =
        vec![reference("HealthcareService", &schedule.service), reference("Location", &location_id(schedule))];
    if schedule.clinician.is_some() {
        actors.push(reference("Practitioner", &practitioner_id(schedule)));
        actors.push(reference("PractitionerRole", &format!("r-{}", schedule.id)));
    }
    let mut resource = json!({
        "resourceType": "Schedule",
        "id": schedule.id,
        "meta": meta("Schedule"),
        "identifier": [{ "system": "https://system.supplier.example/schedules", "value": schedule.id }],
        "active": true,
        "actor": actors,
    });
    if let Some(channel) = schedule.channel.filter(|_| gp_connect) {
        resource["extension"] = json!([{ "url": GP_CONNECT_CHANNEL, "valueCode": channel }]);
    }
    resource
}

pub(crate) fn practitioner(schedule: &Schedule, clinician: &Clinician) -> Value {
    let (title, given, family) = clinician.name;
    let mut resource = json!({
        "resourceType": "Practitioner",
        "id": practitioner_id(schedule),
        "meta": meta("Practitioner"),
        "name": [{ "use": "official", "family": family, "given": [given], "prefix": [title] }],
    });
    if let Some(gender) = clinician.gender {
        resource["gender"] = json!(gender);
    }
    resource
}

pub(crate) fn practitioner_role(provider: &Provider, schedule: &Schedule, clinician: &Clinician) -> Value {
    let (code, display) = clinician.role;
    json!({
        "resourceType": "PractitionerRole",
        "id": format!("r-{}", schedule.id),
        "meta": meta("PractitionerRole"),
        "practitioner": reference("Practitioner", &practitioner_id(schedule)),
        "organization": reference("Organization", PROVIDERS[provider.index].ods_code),
        "code": [{ "coding": [{ "system": JOB_ROLES, "code": code, "display": display }] }],
    })
}

/// The diaries of a service, in order.
pub(crate) fn diaries<'a>(diary: &'a Diary, service: &Service) -> Vec<&'a Schedule> {
    let mut all: Vec<&Schedule> = diary.schedules.values().filter(|schedule| schedule.service == service.id).collect();
    all.sort_by_key(|schedule| &schedule.id);
    all
}

/// The service, with every place at which it has a diary.
pub(crate) fn healthcare_service(provider: &Provider, diary: &Diary, service: &Service) -> Value {
    let places = diaries(diary, service).into_iter().map(|schedule| reference("Location", &location_id(schedule)));
    json!({
        "resourceType": "HealthcareService",
        "id": service.id,
        "meta": meta("HealthcareService"),
        "identifier": [{ "system": "https://system.supplier.example/services", "value": service.id }],
        "active": true,
        "name": service.name,
        "providedBy": reference("Organization", PROVIDERS[provider.index].ods_code),
        "location": places.collect::<Vec<_>>(),
    })
}

/// Where the diary's patients are seen, and not where the provider has its head office.
pub(crate) fn location(provider: &Provider, service: &Service, schedule: &Schedule) -> Value {
    json!({
        "resourceType": "Location",
        "id": location_id(schedule),
        "meta": meta("Location"),
        "status": "active",
        "name": format!("{}, {}", service.name, schedule.room),
        "address": { "use": "work", "line": [service.address], "city": service.place, "postalCode": service.postcode },
        "managingOrganization": reference("Organization", PROVIDERS[provider.index].ods_code),
    })
}

pub(crate) fn organisation(provider: &Provider) -> Value {
    let code = PROVIDERS[provider.index].ods_code;
    json!({
        "resourceType": "Organization",
        "id": code,
        "meta": meta("Organization"),
        "identifier": [{ "system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": code }],
        "active": true,
        "name": format!("Northdale {} services", provider.name()),
    })
}
