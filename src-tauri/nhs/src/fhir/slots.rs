//! From a searchset to slots (SL-1 to SL-7). Nothing is defaulted, nothing is guessed: what the provider did not give, or
//! gave in a way that does not say which, is missing.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use desk_domain::slot::{DeliveryChannel, FreeSlots, Place, Practitioner, Slot, SlotNote};
use serde_json::Value;

use crate::fhir::bundle::{Resources, SlotAsGiven, channel_of, contained, references, text};
use crate::fhir::refusal::OperationOutcome;

/// The free slots of an answer: earliest first, each once, none in the past.
pub(crate) fn free_slots(mut resources: Resources, now: DateTime<Utc>) -> FreeSlots {
    let mut left_out = resources.not_understood;
    let given = std::mem::take(&mut resources.slots);
    let mut diaries = Diaries { resources: &resources, known: HashMap::new() };
    let mut slots = Vec::with_capacity(given.len());
    for slot in given {
        match slot.status.as_deref() {
            Some("free") => match diaries.slot(slot) {
                Some(slot) if slot.start <= now => {}
                Some(slot) => slots.push(slot),
                None => left_out += 1,
            },
            // Taken; it was not asked for.
            Some("busy" | "busy-unavailable" | "busy-tentative" | "entered-in-error") => {}
            // Whether it may be booked cannot be told.
            Some(_) | None => left_out += 1,
        }
    }
    left_out += keep_each_once(&mut slots);
    slots.sort_by(|one, other| (one.start, &one.id).cmp(&(other.start, &other.id)));
    let mut notes = Vec::new();
    if left_out > 0 {
        notes.push(SlotNote::LeftOut(left_out));
    }
    let outcomes = resources.of_type("OperationOutcome").filter_map(|outcome| OperationOutcome::of(outcome).remark());
    notes.extend(outcomes.map(SlotNote::ProviderSaid));
    FreeSlots { slots, notes }
}

/// Keeps each slot once. Slots of one id at different times cannot be told apart in a booking: none of them stays, and how
/// many that are is returned.
fn keep_each_once(slots: &mut Vec<Slot>) -> u32 {
    slots.sort_by(|one, other| (&one.id, one.start, one.end).cmp(&(&other.id, other.start, other.end)));
    slots.dedup_by(|again, kept| again.id == kept.id && again.start == kept.start && again.end == kept.end);
    let told_apart: Vec<bool> = (0..slots.len())
        .map(|at| {
            let same = |other: Option<&Slot>| other.zip(slots.get(at)).is_some_and(|(one, other)| one.id == other.id);
            !same(at.checked_sub(1).and_then(|before| slots.get(before))) && !same(slots.get(at + 1))
        })
        .collect();
    let before = slots.len();
    let mut stays = told_apart.into_iter();
    slots.retain(|_| stays.next().unwrap_or(true));
    u32::try_from(before - slots.len()).unwrap_or(u32::MAX)
}

/// What a diary says of each of its slots.
#[derive(Debug, Clone, Default)]
struct Diary {
    channel: Option<DeliveryChannel>,
    place: Option<Place>,
    healthcare_service: Option<String>,
    practitioner: Option<Practitioner>,
}

/// The diaries of an answer, each worked out once.
struct Diaries<'a> {
    resources: &'a Resources,
    known: HashMap<String, Diary>,
}

impl Diaries<'_> {
    fn slot(&mut self, given: SlotAsGiven) -> Option<Slot> {
        let (id, start) = (given.id?, given.start?);
        let diary = match &given.schedule {
            None => Diary::default(),
            // Where parts stand within the slot, its diary may be its own.
            Some(reference) if !given.contained.is_empty() => diary(self.resources, &given.contained, reference),
            Some(reference) => match self.known.get(reference) {
                Some(known) => known.clone(),
                None => {
                    let diary = diary(self.resources, &[], reference);
                    self.known.insert(reference.clone(), diary.clone());
                    diary
                }
            },
        };
        Some(Slot {
            id,
            identifier: given.identifier,
            schedule: given.schedule,
            start,
            end: given.end.filter(|end| *end > start),
            delivery_channel: given.channel.or(diary.channel),
            place: diary.place,
            healthcare_service: diary.healthcare_service,
            practitioner: diary.practitioner,
        })
    }
}

fn diary(resources: &Resources, within_slot: &[Value], reference: &str) -> Diary {
    let Some(schedule) = resources.find(within_slot, reference) else { return Diary::default() };
    let own = contained(schedule);
    let within = if own.is_empty() { within_slot } else { own };
    let actors: Vec<&Value> =
        references(schedule.get("actor")).filter_map(|reference| resources.find(within, reference)).collect();
    let actor = |kind: &str| actors.iter().copied().find(|actor| text(actor, "resourceType").as_deref() == Some(kind));
    let service = actor("HealthcareService");
    Diary {
        channel: channel_of(schedule),
        place: place(resources, within, actor("Location"), service),
        healthcare_service: service.and_then(|service| text(service, "name")),
        practitioner: practitioner(resources, within, actor("Practitioner"), actor("PractitionerRole")),
    }
}

/// The diary's own location; else the service's, where it has exactly one. Never the head office (SL-1).
fn place<'a>(
    resources: &'a Resources,
    within: &'a [Value],
    location: Option<&'a Value>,
    service: Option<&'a Value>,
) -> Option<Place> {
    let of_service = || {
        let service = service?;
        let all: Vec<&str> = references(service.get("location")).collect();
        match all.as_slice() {
            [one] => resources.find(around(service, within), one),
            _ => None,
        }
    };
    let location = location.or_else(of_service)?;
    let place = Place { name: text(location, "name"), address: location.get("address").and_then(address) };
    (place != Place::default()).then_some(place)
}

/// An address as it is shown.
pub(crate) fn address(address: &Value) -> Option<String> {
    let lines = address.get("line").and_then(Value::as_array).into_iter().flatten();
    let lines = lines.filter_map(Value::as_str).map(|line| line.trim().to_owned());
    let rest = ["city", "district", "postalCode"].into_iter().filter_map(|part| text(address, part));
    let whole = lines.chain(rest).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    if whole.is_empty() { text(address, "text") } else { Some(whole) }
}

/// Among what a reference within a resource is looked for: what that contains, or what it is itself contained with.
fn around<'a>(resource: &'a Value, within: &'a [Value]) -> &'a [Value] {
    let own = contained(resource);
    if own.is_empty() { within } else { own }
}

fn practitioner<'a>(
    resources: &'a Resources,
    within: &'a [Value],
    person: Option<&'a Value>,
    role: Option<&'a Value>,
) -> Option<Practitioner> {
    let of_role = || {
        let role = role?;
        resources.find(around(role, within), references(role.get("practitioner")).next()?)
    };
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

    use desk_domain::slot::Unbookable;

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
        free_slots(resources, now())
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
    fn sl_4_a_status_that_does_not_say_free_is_never_offered() {
        let with = |status: Value| {
            let mut slot = slot("1", "2026-11-20T13:00:00Z");
            slot["status"] = status;
            let free = read(&[slot]);
            (free.slots.len(), free.notes)
        };
        let left_out = vec![SlotNote::LeftOut(1)];
        for taken in ["busy", "busy-unavailable", "busy-tentative", "entered-in-error"] {
            assert_eq!(with(json!(taken)), (0, vec![]), "{taken}: not asked for, passed over");
        }
        for unclear in [json!("open"), json!("FREE "), json!(null), json!(7), json!(["free"])] {
            assert_eq!(with(unclear.clone()), (0, left_out.clone()), "{unclear}: left out, and said so");
        }
        assert_eq!(with(json!("free")), (1, vec![]), "free");
    }

    #[test]
    fn sl_4_slots_that_overlap_stay_and_those_that_repeat_are_shown_once() {
        let overlapping = read(&[
            slot("a", "2026-11-20T13:00:00Z"),
            slot("b", "2026-11-20T13:00:00Z"),
            slot("a", "2026-11-20T13:00:00.000+00:00"),
        ]);
        let ids: Vec<_> = overlapping.slots.iter().map(|slot| slot.id.as_str()).collect();
        assert_eq!((ids, overlapping.notes), (vec!["a", "b"], vec![]), "two at one time, one given twice");
        let contradicting = read(&[
            slot("a", "2026-11-20T13:00:00Z"),
            slot("a", "2026-11-20T14:00:00Z"),
            slot("b", "2026-11-20T15:00:00Z"),
        ]);
        let ids: Vec<_> = contradicting.slots.iter().map(|slot| slot.id.as_str()).collect();
        assert_eq!(
            (ids, contradicting.notes),
            (vec!["b"], vec![SlotNote::LeftOut(2)]),
            "one id at two times: nobody can say which would be booked"
        );
    }

    #[test]
    fn sl_4_a_slot_without_its_end_or_diary_is_shown_and_cannot_be_booked() {
        let mut whole = slot("whole", "2026-11-20T13:00:00Z");
        whole["end"] = json!("2026-11-20T13:15:00Z");
        let mut backwards = slot("backwards", "2026-11-20T13:00:00Z");
        backwards["end"] = json!("2026-11-20T12:45:00Z");
        let mut homeless = whole.clone();
        homeless["id"] = json!("homeless");
        homeless["schedule"] = json!({ "reference": "#s" });
        let free = read(&[whole, slot("endless", "2026-11-20T13:00:00Z"), backwards, homeless]);
        let why = |id: &str| free.slots.iter().find(|slot| slot.id == id).expect("shown").unbookable();
        assert_eq!(why("whole"), None, "bookable");
        assert_eq!((why("endless"), why("backwards")), (Some(Unbookable::NoEnd), Some(Unbookable::NoEnd)), "no end");
        assert_eq!(why("homeless"), Some(Unbookable::NoDiary), "no diary that could be named");
    }

    #[test]
    fn sl_2_the_delivery_channel_is_read_in_every_form_and_never_made_up() {
        let url = "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-DeliveryChannel-1";
        let with = |extension: Value| {
            let mut slot = slot("1", "2026-11-20T13:00:00Z");
            slot["extension"] = extension;
            read(&[slot]).slots[0].delivery_channel.clone()
        };
        let table = [
            (json!([{ "url": url, "valueCode": "In-person" }]), Some(DeliveryChannel::InPerson)),
            (json!([{ "url": url, "valueString": "telephone" }]), Some(DeliveryChannel::Telephone)),
            (json!({ "url": url, "valueCode": "Video" }), Some(DeliveryChannel::Video)),
            (json!([{ "url": "https://other.example", "valueCode": "Video" }]), None),
            (json!([{ "url": url, "valueCode": "Pigeon" }]), Some(DeliveryChannel::Other("Pigeon".to_owned()))),
            (
                json!([{ "url": url, "valueCodeableConcept": { "coding": [{ "code": "Telephone" }] } }]),
                Some(DeliveryChannel::Telephone),
            ),
            (json!([{ "url": url, "valueCode": "" }]), None),
            (json!([{ "url": url }]), None),
            (json!([7, null]), None),
        ];
        for (extension, expected) in table {
            assert_eq!(with(extension.clone()), expected, "{extension}");
        }
    }

    #[test]
    fn sl_4_parts_that_are_contained_are_found_where_they_stand() {
        let location = json!({ "resourceType": "Location", "id": "l", "name": "Centre" });
        let person = json!({ "resourceType": "Practitioner", "id": "p", "name": [{ "text": "Dr Robin Example" }] });
        let actors = json!([{ "reference": "#l" }, { "reference": "#p" }]);
        let in_schedule =
            json!({ "resourceType": "Schedule", "id": "s", "contained": [location, person], "actor": actors });
        let mut in_slot = slot("1", "2026-11-20T13:00:00Z");
        in_slot["schedule"] = json!({ "reference": "#s" });
        in_slot["contained"] = json!([{ "resourceType": "Schedule", "id": "s", "actor": actors }, location, person]);
        for free in [read(&[slot("1", "2026-11-20T13:00:00Z"), in_schedule]), read(&[in_slot])] {
            let only = &free.slots[0];
            assert_eq!(only.place.as_ref().and_then(|place| place.name.as_deref()), Some("Centre"), "the place");
            let name = only.practitioner.as_ref().and_then(|someone| someone.name.as_deref());
            assert_eq!(name, Some("Dr Robin Example"), "the practitioner");
        }
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
