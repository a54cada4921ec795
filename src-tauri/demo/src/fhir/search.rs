//! Searches: free slots with what hangs on them, and a patient's bookings.

use std::collections::{BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::diary::{Diary, Schedule, Slot, instant};
use crate::fhir::outcome::{Refused, refuse, resource};
use crate::fhir::{Provider, body};
use crate::world::{PROVIDERS, Service, lock};

const PAGE: usize = 50;
const PROFILES: &str = "https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-";
/// How a delivery channel is told: on the slot; the hub has the other form, on its schedules.
const CHANNEL: &str = "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-DeliveryChannel-1";
const GP_CONNECT_CHANNEL: &str = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-GPConnect-DeliveryChannel-2";

/// A query, decoded.
#[derive(Debug, Default)]
pub(crate) struct Query {
    pub(crate) service: Option<String>,
    from: Vec<String>,
    until: Vec<String>,
    odd_start: bool,
    statuses: Vec<String>,
    includes: BTreeSet<String>,
    patient: Option<String>,
    page: usize,
    raw: String,
}

impl Query {
    pub(crate) fn read(raw: &str) -> Self {
        let mut query = Self { raw: raw.to_owned(), ..Self::default() };
        let decode =
            |text: &str| percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name), decode(value));
            match name.as_str() {
                "schedule.actor:healthcareservice" => {
                    query.service = Some(value.rsplit('/').next().unwrap_or_default().to_owned())
                }
                "start" => match (value.strip_prefix("ge"), value.strip_prefix("le")) {
                    (Some(from), _) => query.from.push(from.to_owned()),
                    (_, Some(until)) => query.until.push(until.to_owned()),
                    _ => query.odd_start = true,
                },
                "status" => query.statuses.extend(value.split(',').map(str::to_owned)),
                "_include" | "_include:iterate" | "_include:recurse" => {
                    query.includes.insert(value.replace('.', ":"));
                }
                "patient.identifier" => query.patient = Some(value),
                "_page" => query.page = value.parse().unwrap_or(0),
                _ => {}
            }
        }
        query
    }

    fn window(&self, until_needed: bool) -> Result<(DateTime<Utc>, DateTime<Utc>), Refused> {
        let bad = |said: &str| refuse(400, "INVALID_PARAMETER", said);
        if self.odd_start || self.from.len() > 1 || self.until.len() > 1 || (until_needed && self.until.is_empty()) {
            return Err(bad("start takes one ge and one le"));
        }
        let read = |text: Option<&String>, otherwise: DateTime<Utc>| match text {
            Some(text) => DateTime::parse_from_rfc3339(text)
                .map(|at| at.to_utc())
                .map_err(|_| bad("start is not an instant with its zone")),
            None => Ok(otherwise),
        };
        let now = crate::now();
        Ok((
            read(self.from.first(), if until_needed { now } else { DateTime::UNIX_EPOCH })?,
            read(self.until.first(), DateTime::<Utc>::MAX_UTC)?,
        ))
    }
}

pub(crate) fn slots(provider: &Provider, query: &Query) -> Result<Value, Refused> {
    let bad = |said: &str| refuse(400, "INVALID_PARAMETER", said);
    let id = query.service.as_ref().ok_or_else(|| bad("schedule.actor:healthcareservice is missing"))?;
    if query.statuses.is_empty() || !query.statuses.iter().all(|status| ["free", "busy"].contains(&status.as_str())) {
        return Err(bad("status must be free, busy, or both"));
    }
    let (from, until) = query.window(true)?;
    let now = crate::now();
    if until < now || until < from {
        return Err(bad("the window lies in the past, or ends before it begins"));
    }
    let own = |service: &&Service| service.provider == provider.index && service.id == *id;
    let Some(service) = provider.world.all_services().find(own) else {
        return Err(refuse(404, "NO_RECORD_FOUND", "The healthcare service is not known here"));
    };
    let diary = lock(&provider.world.diaries[provider.index]);
    let of_service = diary.schedules.values().filter(|schedule| schedule.service == *id);
    let own: HashSet<&str> = of_service.map(|schedule| schedule.id.as_str()).collect();
    let mut found: Vec<&Slot> = diary
        .slots
        .values()
        .filter(|slot| own.contains(slot.schedule.as_str()))
        .filter(|slot| query.statuses.iter().any(|status| (status == "free") == slot.free))
        .filter(|slot| slot.start >= from && slot.start <= until && slot.start > now)
        .collect();
    found.sort_by_key(|slot| (slot.start, slot.id.clone()));
    let shown: Vec<&Slot> = found.iter().skip(query.page.saturating_mul(PAGE)).take(PAGE).copied().collect();
    let mut entries: Vec<Value> =
        shown.iter().map(|slot| entry(provider, slot_resource(provider, &diary, slot))).collect();
    entries.extend(
        included(provider, &diary, service, &shown, query).into_iter().map(|resource| entry(provider, resource)),
    );
    if found.is_empty() {
        entries.push(json!({ "resource": resource("NO_RECORD_FOUND", "No slots are free in this window") }));
    }
    let mut bundle = json!({ "resourceType": "Bundle", "type": "searchset", "total": found.len() });
    bundle["entry"] = Value::Array(entries);
    if found.len() > query.page.saturating_add(1).saturating_mul(PAGE) {
        let bare: Vec<&str> = query.raw.split('&').filter(|pair| !pair.starts_with("_page=")).collect();
        let next = format!("{}/Slot?{}&_page={}", provider.called(), bare.join("&"), query.page.saturating_add(1));
        bundle["link"] = json!([{ "relation": "next", "url": next }]);
    }
    Ok(bundle)
}

fn entry(provider: &Provider, resource: Value) -> Value {
    let (kind, id) =
        (resource["resourceType"].as_str().unwrap_or_default(), resource["id"].as_str().unwrap_or_default());
    let mut entry = json!({ "fullUrl": format!("{}/{kind}/{id}", provider.called()) });
    entry["resource"] = resource;
    entry
}

fn slot_resource(provider: &Provider, diary: &Diary, slot: &Slot) -> Value {
    let mut resource = json!({
        "resourceType": "Slot",
        "id": slot.id,
        "meta": { "profile": [format!("{PROFILES}Slot-1")], "versionId": "1" },
        "identifier": [{ "system": "https://tools.ietf.org/html/rfc4122", "value": slot.id }],
        "schedule": { "reference": format!("Schedule/{}", slot.schedule) },
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

/// What was asked to be included, of the schedules on this page.
fn included(provider: &Provider, diary: &Diary, service: &Service, slots: &[&Slot], query: &Query) -> Vec<Value> {
    let wants = |include: &str| query.includes.contains(include);
    if !wants("Slot:schedule") {
        return Vec::new();
    }
    let ids: BTreeSet<&String> = slots.iter().map(|slot| &slot.schedule).collect();
    let schedules: Vec<&Schedule> = ids.into_iter().filter_map(|id| diary.schedules.get(id)).collect();
    let mut resources: Vec<Value> =
        schedules.iter().map(|schedule| schedule_resource(schedule, provider.gp_connect())).collect();
    for schedule in &schedules {
        let Some(clinician) = schedule.clinician else { continue };
        let (title, given, family) = clinician.name;
        if wants("Schedule:actor:Practitioner") {
            let mut person = json!({
                "resourceType": "Practitioner",
                "id": format!("p-{}", schedule.id),
                "name": [{ "family": family, "given": [given], "prefix": [title] }],
            });
            if let Some(gender) = clinician.gender {
                person["gender"] = json!(gender);
            }
            resources.push(person);
        }
        if wants("Schedule:actor:PractitionerRole") {
            resources.push(json!({
                "resourceType": "PractitionerRole",
                "id": format!("r-{}", schedule.id),
                "practitioner": { "reference": format!("Practitioner/p-{}", schedule.id) },
                "code": [{ "coding": [{
                    "system": "https://fhir.hl7.org.uk/STU3/CodeSystem/CareConnect-SDSJobRoleName-1",
                    "code": clinician.role.0,
                    "display": clinician.role.1,
                }] }],
            }));
        }
    }
    if wants("Schedule:actor:HealthcareService") && !schedules.is_empty() {
        resources.push(json!({
            "resourceType": "HealthcareService",
            "id": service.id,
            "identifier": [{ "system": "https://system.supplier.example/services", "value": service.id }],
            "name": service.name,
            "providedBy": { "reference": format!("Organization/{}", PROVIDERS[provider.index].ods_code) },
            "location": schedules.iter().map(|s| json!({ "reference": format!("Location/l-{}", s.id) })).collect::<Vec<_>>(),
        }));
        if wants("HealthcareService:providedBy") {
            resources.push(json!({
                "resourceType": "Organization",
                "id": PROVIDERS[provider.index].ods_code,
                "name": format!("Northdale {} services", provider.name()),
            }));
        }
    }
    if wants("HealthcareService:location") {
        resources.extend(schedules.iter().map(|schedule| {
            json!({
                "resourceType": "Location",
                "id": format!("l-{}", schedule.id),
                "name": format!("{}, {}", service.name, schedule.room),
                "address": { "line": [service.address], "city": service.place, "postalCode": service.postcode },
            })
        }));
    }
    resources
}

fn schedule_resource(schedule: &Schedule, gp_connect: bool) -> Value {
    let reference = |kind: &str, id: String| json!({ "reference": format!("{kind}/{id}") });
    let mut actors = vec![
        reference("HealthcareService", schedule.service.clone()),
        reference("Location", format!("l-{}", schedule.id)),
    ];
    if schedule.clinician.is_some() {
        actors.push(reference("Practitioner", format!("p-{}", schedule.id)));
        actors.push(reference("PractitionerRole", format!("r-{}", schedule.id)));
    }
    let mut resource = json!({
        "resourceType": "Schedule",
        "id": schedule.id,
        "identifier": [{ "system": "https://system.supplier.example/schedules", "value": schedule.id }],
        "actor": actors,
    });
    if let Some(channel) = schedule.channel.filter(|_| gp_connect) {
        resource["extension"] = json!([{ "url": GP_CONNECT_CHANNEL, "valueCode": channel }]);
    }
    resource
}

pub(crate) fn bookings(provider: &Provider, query: &Query) -> Result<Value, Refused> {
    let number =
        query.patient.as_ref().ok_or_else(|| refuse(400, "INVALID_PARAMETER", "patient.identifier is missing"))?;
    // A number of any other system is nobody's here.
    let number = match number.split_once('|') {
        Some(("" | "https://fhir.nhs.uk/Id/nhs-number", number)) => number,
        Some(_) => "",
        None => number,
    };
    let (from, until) = query.window(false)?;
    let diary = lock(&provider.world.diaries[provider.index]);
    let entries: Vec<Value> = diary
        .bookings
        .values()
        .filter_map(|versions| versions.last())
        .filter(|newest| newest.nhs_number.as_deref() == Some(number))
        .filter(|newest| {
            let start = newest.body["start"].as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
            start.is_some_and(|start| start >= from && start <= until)
        })
        .map(|newest| entry(provider, body(newest)))
        .collect();
    Ok(json!({ "resourceType": "Bundle", "type": "searchset", "total": entries.len(), "entry": entries }))
}
