//! The search for slots, with what hangs on them; and how every Bundle is put together.

use std::collections::{BTreeMap, HashSet};

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::diary::{Diary, Schedule, Slot};
use crate::fhir::outcome::{Refused, answer, refuse, remark};
use crate::fhir::query::Query;
use crate::fhir::token::{self, Scope};
use crate::fhir::{Provider, resources};
use crate::world::{Peculiarity, Service, lock};

/// How many slots are on a page.
const PAGE: usize = 50;
/// How much longer the slow service's provider takes to look for its slots.
const SLOW: std::time::Duration = std::time::Duration::from_millis(2500);

pub(crate) async fn search(
    State(provider): State<Provider>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    if let Err(refusal) = token::check(&headers, provider.root(), Scope::Slots) {
        return refusal.into_response();
    }
    let query = match Query::read(&query.unwrap_or_default()) {
        Ok(query) => query,
        Err(refusal) => return refusal.into_response(),
    };
    let is_slow = |service: &Service| service.peculiarity == Peculiarity::Slow;
    if query.service().is_ok_and(|id| provider.world.all_services().any(|service| service.id == id && is_slow(service)))
    {
        tokio::time::sleep(SLOW).await;
    }
    found(&provider, &query).map_or_else(IntoResponse::into_response, |found| answer(200, &found))
}

fn found(provider: &Provider, query: &Query) -> Result<Value, Refused> {
    let id = query.service()?;
    let (free, busy) = query.statuses()?;
    let (from, until) = query.window(true)?;
    let now = crate::now();
    let own = |service: &&Service| service.provider == provider.index && service.id == id;
    let Some(service) = provider.world.all_services().find(own) else {
        let place = "http.schedule.actor:healthcareservice";
        return Err(refuse(404, "NO_RECORD_FOUND", "The healthcare service is not known here").at(place));
    };
    let diary = lock(&provider.world.diaries[provider.index]);
    let of_service = diary.schedules.values().filter(|schedule| schedule.service == id);
    let own: HashSet<&str> = of_service.map(|schedule| schedule.id.as_str()).collect();
    let mut found: Vec<&Slot> = diary
        .slots
        .values()
        .filter(|slot| own.contains(slot.schedule.as_str()))
        .filter(|slot| if slot.free { free } else { busy })
        .filter(|slot| slot.start >= from && slot.start <= until && slot.start > now)
        .collect();
    found.sort_by_key(|slot| (slot.start, slot.id.clone()));
    let page: Vec<&Slot> = found.iter().skip(query.page.saturating_mul(PAGE)).take(PAGE).copied().collect();
    let slots = page.iter().map(|slot| matched(provider, resources::slot(provider, &diary, slot), "match"));
    let others = included(provider, &diary, service, &page, query).into_iter();
    let mut entries: Vec<Value> = slots.chain(others.map(|resource| matched(provider, resource, "include"))).collect();
    if found.is_empty() {
        let none = remark("NO_RECORD_FOUND", "There are no slots in this window");
        entries.push(json!({ "resource": none, "search": { "mode": "outcome" } }));
    }
    let url = |page: usize| match page {
        0 => format!("{}/Slot?{}", provider.called(), query.bare),
        page => format!("{}/Slot?{}&_page={page}", provider.called(), query.bare),
    };
    let after = query.page.saturating_add(1);
    let next = (found.len() > after.saturating_mul(PAGE)).then(|| url(after));
    Ok(bundle("searchset", found.len(), next, &url(query.page), entries))
}

/// What was asked to be included, of the schedules on this page.
fn included(provider: &Provider, diary: &Diary, service: &Service, slots: &[&Slot], query: &Query) -> Vec<Value> {
    if !query.wants("Slot:schedule", "Schedule") {
        return Vec::new();
    }
    let found = slots.iter().filter_map(|slot| diary.schedules.get(&slot.schedule));
    let schedules: Vec<&Schedule> =
        found.map(|schedule| (&schedule.id, schedule)).collect::<BTreeMap<_, _>>().into_values().collect();
    let is_hub = provider.gp_connect();
    let mut all: Vec<Value> = schedules.iter().map(|schedule| resources::schedule(schedule, is_hub)).collect();
    for schedule in &schedules {
        let Some(clinician) = schedule.clinician else { continue };
        if query.wants("Schedule:actor", "Practitioner") {
            all.push(resources::practitioner(schedule, clinician));
        }
        if query.wants("Schedule:actor", "PractitionerRole") {
            all.push(resources::practitioner_role(provider, schedule, clinician));
        }
    }
    if query.wants("Schedule:actor", "HealthcareService") && !schedules.is_empty() {
        all.push(resources::healthcare_service(provider, diary, service));
        if query.wants("HealthcareService:providedBy", "Organization") {
            all.push(resources::organisation(provider));
        }
    }
    let places: Vec<&Schedule> = if query.wants("HealthcareService:location", "Location") {
        resources::diaries(diary, service)
    } else if query.wants("Schedule:actor", "Location") {
        schedules
    } else {
        Vec::new()
    };
    all.extend(places.into_iter().map(|schedule| resources::location(provider, service, schedule)));
    all
}

fn matched(provider: &Provider, resource: Value, mode: &str) -> Value {
    let mut entry = entry(provider, resource);
    entry["search"] = json!({ "mode": mode });
    entry
}

/// An entry of a Bundle.
pub(crate) fn entry(provider: &Provider, resource: Value) -> Value {
    let (kind, id) =
        (resource["resourceType"].as_str().unwrap_or_default(), resource["id"].as_str().unwrap_or_default());
    let mut entry = json!({ "fullUrl": format!("{}/{kind}/{id}", provider.called()) });
    entry["resource"] = resource;
    entry
}

/// A Bundle; an empty one has no list of entries, for FHIR has no empty lists.
pub(crate) fn bundle(kind: &str, total: usize, next: Option<String>, own: &str, entries: Vec<Value>) -> Value {
    let next = next.map(|url| json!({ "relation": "next", "url": url }));
    let own = json!({ "relation": "self", "url": own });
    let links: Vec<Value> = next.into_iter().chain([own]).collect();
    let mut bundle = json!({ "resourceType": "Bundle", "type": kind, "total": total, "link": links });
    if !entries.is_empty() {
        bundle["entry"] = Value::Array(entries);
    }
    bundle
}
