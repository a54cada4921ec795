//! From a searchset to slots (SL-1 to SL-7). Nothing is defaulted, nothing is guessed: what the provider did not give, or
//! gave in a way that does not say which, is missing.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use desk_domain::slot::{DeliveryChannel, FreeSlots, Place, Practitioner, Slot, SlotNote};
use serde_json::Value;

use crate::fhir::bundle::{Resources, references, text};
use crate::fhir::refusal::OperationOutcome;

const CHANNEL: &str = "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-DeliveryChannel-1";
const GP_CONNECT_CHANNEL: &str = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-GPConnect-DeliveryChannel-2";

/// The free slots of an answer: earliest first, each once, none in the past.
pub(crate) fn free_slots(resources: &Resources, now: DateTime<Utc>) -> FreeSlots {
    let mut left_out = resources.not_understood;
    let mut seen = HashSet::new();
    let mut slots = Vec::new();
    for resource in resources.of_type("Slot") {
        if text(resource, "status").as_deref() != Some("free") {
            continue;
        }
        match slot(resources, resource) {
            Some(slot) if slot.start <= now => {}
            Some(slot) if seen.contains(&slot.id) => {}
            Some(slot) => {
                seen.insert(slot.id.clone());
                slots.push(slot);
            }
            None => left_out += 1,
        }
    }
    slots.sort_by(|one, other| (one.start, &one.id).cmp(&(other.start, &other.id)));
    let mut notes = Vec::new();
    if left_out > 0 {
        notes.push(SlotNote::LeftOut(left_out));
    }
    let outcomes = resources.of_type("OperationOutcome").filter_map(|outcome| {
        serde_json::from_value::<OperationOutcome>(outcome.clone()).ok().and_then(|outcome| outcome.remark())
    });
    notes.extend(outcomes.map(SlotNote::ProviderSaid));
    FreeSlots { slots, notes }
}

fn slot(resources: &Resources, resource: &Value) -> Option<Slot> {
    let start = instant(resource, "start")?;
    let end = instant(resource, "end").filter(|end| *end > start);
    let identifier = resource.get("identifier").and_then(Value::as_array).and_then(|all| {
        all.iter().find_map(|one| Some((text(one, "system").unwrap_or_default(), text(one, "value")?)))
    });
    let schedule_reference = references(resource.get("schedule")).next().map(str::to_owned);
    let schedule = schedule_reference.as_deref().and_then(|reference| resources.find(resource, reference));
    let actors: Vec<&Value> = schedule
        .map(|schedule| {
            let within = |reference: &&str| reference.starts_with('#') && schedule.get("contained").is_none();
            let find =
                |reference: &str| resources.find(if within(&reference) { resource } else { schedule }, reference);
            references(schedule.get("actor")).filter_map(find).collect()
        })
        .unwrap_or_default();
    let actor = |kind: &str| actors.iter().copied().find(|actor| text(actor, "resourceType").as_deref() == Some(kind));
    let service = actor("HealthcareService");
    Some(Slot {
        id: text(resource, "id")?,
        identifier,
        schedule: schedule_reference,
        start,
        end,
        delivery_channel: channel(resource).or_else(|| schedule.and_then(channel)),
        place: place(resources, actor("Location"), service),
        healthcare_service: service.and_then(|service| text(service, "name")),
        practitioner: practitioner(resources, actor("Practitioner"), actor("PractitionerRole")),
    })
}

/// An instant with its zone; without one it says nothing that could be relied on.
fn instant(resource: &Value, field: &str) -> Option<DateTime<Utc>> {
    let text = text(resource, field)?;
    DateTime::parse_from_rfc3339(&text).ok().map(|at| at.to_utc())
}

fn channel(resource: &Value) -> Option<DeliveryChannel> {
    let extensions = resource.get("extension").and_then(Value::as_array)?;
    let ours = |extension: &&Value| {
        let url = text(extension, "url");
        url.as_deref() == Some(CHANNEL) || url.as_deref() == Some(GP_CONNECT_CHANNEL)
    };
    let extension = extensions.iter().find(ours)?;
    let word = text(extension, "valueCode").or_else(|| text(extension, "valueString")).or_else(|| {
        let concept = extension.get("valueCodeableConcept")?;
        concept.get("coding").and_then(Value::as_array)?.iter().find_map(|coding| text(coding, "code"))
    })?;
    Some(match word.to_ascii_lowercase().as_str() {
        "in-person" | "in person" => DeliveryChannel::InPerson,
        "telephone" => DeliveryChannel::Telephone,
        "video" => DeliveryChannel::Video,
        _ => DeliveryChannel::Other(word),
    })
}

/// The diary's own location; else the service's, where it has exactly one. Never the head office (SL-1).
fn place(resources: &Resources, location: Option<&Value>, service: Option<&Value>) -> Option<Place> {
    let of_service = || {
        let service = service?;
        let all: Vec<&str> = references(service.get("location")).collect();
        match all.as_slice() {
            [one] => resources.find(service, one),
            _ => None,
        }
    };
    let location = location.or_else(of_service)?;
    let place = Place { name: text(location, "name"), address: location.get("address").and_then(address) };
    (place != Place::default()).then_some(place)
}

fn address(address: &Value) -> Option<String> {
    let lines = address.get("line").and_then(Value::as_array).into_iter().flatten();
    let lines = lines.filter_map(Value::as_str).map(|line| line.trim().to_owned());
    let rest = ["city", "district", "postalCode"].into_iter().filter_map(|part| text(address, part));
    let whole = lines.chain(rest).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    if whole.is_empty() { text(address, "text") } else { Some(whole) }
}

fn practitioner(resources: &Resources, person: Option<&Value>, role: Option<&Value>) -> Option<Practitioner> {
    let of_role = || role.and_then(|role| resources.find(role, references(role.get("practitioner")).next()?));
    let person = person.or_else(of_role);
    let practitioner = Practitioner {
        name: person.and_then(|person| person.get("name")).and_then(name),
        role: role.and_then(|role| role.get("code")).and_then(role_words),
        gender: person.and_then(|person| text(person, "gender")).map(|gender| capitalised(&gender)),
    };
    (practitioner != Practitioner::default()).then_some(practitioner)
}

/// The first of a list, or the one thing where there is no list.
fn first_of(field: &Value) -> Option<&Value> {
    field.as_array().map_or(Some(field), |all| all.first())
}

fn name(names: &Value) -> Option<String> {
    let name = first_of(names)?;
    let words = |field: &str| -> Vec<String> {
        let field = name.get(field).map(|field| field.as_array().map_or(std::slice::from_ref(field), Vec::as_slice));
        field.unwrap_or_default().iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let whole = [words("prefix"), words("given"), words("family")].concat().join(" ");
    if whole.trim().is_empty() { text(name, "text") } else { Some(whole) }
}

fn role_words(codes: &Value) -> Option<String> {
    let concept = first_of(codes)?;
    let display = || concept.get("coding").and_then(Value::as_array)?.iter().find_map(|coding| text(coding, "display"));
    text(concept, "text").or_else(display)
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::fhir::bundle::Page;

    fn now() -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().expect("an instant")
    }

    fn read(entries: &[Value]) -> FreeSlots {
        let entries: Vec<_> = entries.iter().map(|resource| json!({ "resource": resource })).collect();
        let bundle = json!({ "resourceType": "Bundle", "entry": entries });
        let mut resources = Resources::default();
        resources.add(Page::read(bundle.to_string().as_bytes()).expect("a Bundle"));
        free_slots(&resources, now())
    }

    fn slot(id: &str, start: &str) -> Value {
        json!({ "resourceType": "Slot", "id": id, "status": "free", "start": start, "schedule": { "reference": "Schedule/s" } })
    }

    #[test]
    fn sl_4_slots_without_anything_included_are_shown_and_nothing_is_defaulted() {
        let free = read(&[slot("1", "2026-11-20T13:00:00.000Z")]);
        assert_eq!(free.slots.len(), 1, "the slot is there");
        let only = &free.slots[0];
        assert_eq!(
            (&only.delivery_channel, &only.place, &only.practitioner, &only.end),
            (&None, &None, &None, &None),
            "SL-2"
        );
    }

    #[test]
    fn sl_4_odd_slots_are_left_out_and_counted_or_passed_over() {
        let free = read(&[
            slot("late", "2026-11-20T15:00:00+01:00"),
            slot("early", "2026-11-20T12:30:00Z"),
            slot("early", "2026-11-20T12:30:00Z"),
            slot("past", "2026-11-20T11:00:00Z"),
            slot("nozone", "2026-11-20T13:00:00"),
            json!({ "resourceType": "Slot", "id": "busy", "status": "busy", "start": "2026-11-20T13:00:00Z" }),
            json!({ "resourceType": "Slot", "status": "free", "start": "2026-11-20T13:00:00Z" }),
            json!({ "resourceType": "Unheard", "x": [1, { "y": null }] }),
            json!({ "resourceType": "OperationOutcome", "issue": [{ "details": { "text": "Diary maintained nightly" } }] }),
        ]);
        let ids: Vec<_> = free.slots.iter().map(|slot| slot.id.as_str()).collect();
        assert_eq!(ids, ["early", "late"], "earliest first, each once");
        assert_eq!(
            free.notes,
            [SlotNote::LeftOut(2), SlotNote::ProviderSaid("Diary maintained nightly".to_owned())],
            "what was left out is said"
        );
    }

    #[test]
    fn sl_1_the_place_is_the_diarys_own_and_never_guessed_among_several() {
        let service = |locations: Value| json!({ "resourceType": "HealthcareService", "id": "h", "name": "UTC", "location": locations });
        let location = |id: &str| json!({ "resourceType": "Location", "id": id, "name": id, "address": { "line": ["1 Mill Lane"], "city": "Northdale", "postalCode": "ND1 2AB" } });
        let schedule = |actors: Value| json!({ "resourceType": "Schedule", "id": "s", "actor": actors });
        let h = json!({ "reference": "HealthcareService/h" });
        let (a, b) = (json!({ "reference": "Location/a" }), json!({ "reference": "Location/b" }));
        let place = |schedule: Value, service: Value| {
            let free = read(&[slot("1", "2026-11-20T13:00:00Z"), schedule, service, location("a"), location("b")]);
            free.slots[0].place.clone().and_then(|place| place.name)
        };
        assert_eq!(place(schedule(json!([h, b])), service(json!([a]))).as_deref(), Some("b"), "the diary's own");
        assert_eq!(place(schedule(json!([h])), service(json!([a]))).as_deref(), Some("a"), "the service's only one");
        assert_eq!(place(schedule(json!([h])), service(json!([a, b]))), None, "several: not guessed");
    }

    proptest! {
        #[test]
        fn sl_7_any_offset_gives_the_same_instant(minutes in -720i32..840, hour in 13u32..23) {
            let at: DateTime<Utc> = format!("2026-11-20T{hour:02}:00:00Z").parse().expect("an instant");
            let zone = chrono::FixedOffset::east_opt(minutes * 60).expect("an offset");
            let free = read(&[slot("1", &at.with_timezone(&zone).to_rfc3339())]);
            prop_assert_eq!(free.slots[0].start, at);
        }
    }
}
