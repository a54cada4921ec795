//! What happens in the world on its own: named scenarios, each set up from a fresh start, and single events at a
//! provider (a booking is changed, a diary fills, a service closes).

use std::collections::HashSet;

use chrono::{DateTime, Duration, NaiveTime, TimeZone, Utc};
use chrono_tz::Europe::London;
use serde::Serialize;
use serde_json::{Value, json};

use crate::DemoError;
use crate::control::Cue;
use crate::diary::{Diary, Slot, Version, instant};
use crate::fhir::order::NHS_NUMBER;
use crate::world::{PROVIDERS, Patient, Service, World, lock, patients};

/// A situation that a trainer sets up with one choice.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Scenario {
    /// Its name in cues.
    pub name: &'static str,
    /// Its title on screen.
    pub title: &'static str,
    /// What is so once it is set up.
    pub happens: &'static str,
    /// What the trainee does.
    pub play: &'static str,
}

const fn scenario(name: &'static str, title: &'static str, happens: &'static str, play: &'static str) -> Scenario {
    Scenario { name, title, happens, play }
}

/// Every named situation.
pub const SCENARIOS: [Scenario; 10] = [
    scenario(
        "friday_afternoon",
        "Friday afternoon",
        "Mr John Patient holds a booking at Northdale Urgent Treatment Centre in about five hours, made an hour ago.",
        "He calls back, worse. Reassess him to two hours, book an earlier time, then deal with the first booking.",
    ),
    scenario(
        "wrong_morning",
        "Wrong morning",
        "Northdale Urgent Treatment Centre has free times tomorrow at 09:30 and 10:30.",
        "Book Ms Leila Patient at 09:30 for an outcome that allows it. While you read it back she cannot make it: 10:30.",
    ),
    scenario(
        "another_111",
        "Another 111, without a registry",
        "Another 111 booked Mrs Edith Patient at Ashbridge Urgent Treatment Centre. The registry does not answer.",
        "Take her call as a new one and book her. Nobody here can know of the other booking; say so.",
    ),
    scenario(
        "another_111_registry",
        "Another 111, with a registry",
        "Another 111 booked Mrs Edith Patient at Ashbridge Urgent Treatment Centre. The registry knows of it.",
        "Take her call, book her, then deal with the booking that is flagged.",
    ),
    scenario(
        "booking_only_full",
        "Booking only, full",
        "Both GP hubs that need a booking for a referral have no free time.",
        "Choose one of them for any patient. Another service has to be found.",
    ),
    scenario(
        "too_late",
        "Too late",
        "No service has a free time within the next three hours.",
        "Assess a patient to two hours. A call handler needs a clinician's approval; a clinician confirms alone.",
    ),
    scenario(
        "service_closes",
        "Service closes",
        "Northdale GP Hub holds three bookings for tomorrow and cannot run. It is out of the directory.",
        "As a practice admin, retrieve its bookings, reach the patients, and rebook or cancel each. These three were made at \
         another desk, so that this one finds them through the registry: take each patient as a new one. For a list of \
         this desk’s own, book a few times at a hub first, then close it under “Diary of a service”.",
    ),
    scenario(
        "slot_taken",
        "Slot taken",
        "The next time that is chosen at Northdale Urgent Treatment Centre's provider goes to another desk first.",
        "Book any of its times. The desk says so at once and shows fresh times.",
    ),
    scenario(
        "lost_answer",
        "Lost answer",
        "The next booking at Northdale Urgent Treatment Centre's provider is made, and its answer is lost.",
        "Book any of its times. The desk asks what is held and finds the one booking.",
    ),
    scenario(
        "by_hand",
        "Referred by hand",
        "Symptom group 1290 finds four services that take no referral electronically: two take secure mail (of one, a copy goes out electronically all the same), one the telephone, and of one the directory says nothing.",
        "Assess any patient to 6 hours with symptom group 1290, and refer to each of the four.",
    ),
];

const URGENT_TREATMENT: &str = "111001";
const ASHBRIDGE: &str = "111002";
const GP_HUB: &str = "111003";
/// Another organisation that books: not the desk's own.
const ANOTHER_111: &str = "NDA02";

/// What a booking's status can become at its provider.
const STATUSES: [&str; 4] = ["arrived", "fulfilled", "noshow", "cancelled"];
/// What else can happen to a booking at its provider: it gets a later time; its time is over; it turns out to be another
/// patient's; nobody but the service may cancel it; the provider has lost it.
const EVENTS: [&str; 5] = ["move", "past", "hand_over", "restrict", "forget"];

fn senseless(said: impl Into<String>) -> DemoError {
    DemoError::Cue(said.into())
}

impl World {
    /// Carries out an order that is about the world rather than about a system's answers; none where it is no such order.
    pub(crate) fn happen(&self, order: &Value) -> Option<Result<(), DemoError>> {
        let word = order["do"].as_str().unwrap_or_default();
        if let Some(name) = order["scenario"].as_str() {
            return Some(self.set_up(name));
        }
        if word == "start_again" {
            return Some(self.start_again());
        }
        if let Some(service) = order["service"].as_str() {
            return Some(self.of_service(service, word));
        }
        order["booking"].as_str().map(|booking| self.of_booking(booking, word))
    }

    /// Everything as at the start, laid around now; what was booked is gone, also from the file that keeps it.
    pub(crate) fn start_again(&self) -> Result<(), DemoError> {
        let now = crate::now();
        lock(&self.cues).clear();
        lock(&self.closed).clear();
        self.itk.clear();
        self.registry.forget_all();
        self.tls.iter().for_each(crate::tls::Tls::reset);
        *lock(&self.asked) = crate::world::Asked::default();
        for (index, diary) in self.diaries.iter().enumerate() {
            let own: Vec<&Service> = self.all_services().filter(|service| service.provider == index).collect();
            lock(diary).start_again(&own, &self.options, now)?;
        }
        Ok(())
    }

    /// Sets up a named scenario, from a fresh start.
    fn set_up(&self, name: &str) -> Result<(), DemoError> {
        if !SCENARIOS.iter().any(|scenario| scenario.name == name) {
            let names: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
            return Err(senseless(format!("there is no scenario {name:?}; there are {}", names.join(", "))));
        }
        self.start_again()?;
        let now = crate::now();
        let ours = crate::world::organisation().ods_code;
        match name {
            "friday_afternoon" => {
                self.book_for(URGENT_TREATMENT, 0, now + Duration::hours(5), now - Duration::hours(1), &ours)
            }
            "wrong_morning" => [(9, 30), (10, 30)]
                .into_iter()
                .try_for_each(|(hour, minute)| self.lay_tomorrow(URGENT_TREATMENT, hour, minute)),
            "another_111" | "another_111_registry" => {
                if name == "another_111" {
                    lock(&self.cues).add("registry", Cue::Offline, None);
                }
                self.book_for(ASHBRIDGE, 2, now + Duration::hours(4), now - Duration::hours(2), ANOTHER_111)
            }
            "booking_only_full" => {
                let booking_only = self.services.iter().filter(|service| service.booking_only());
                booking_only.map(|service| service.id.clone()).try_for_each(|id| self.of_service(&id, "fill"))
            }
            "too_late" => {
                for diary in &self.diaries {
                    lock(diary).take_until(now + Duration::hours(3));
                }
                Ok(())
            }
            "service_closes" => {
                for (patient, hour) in [(0, 9), (1, 11), (4, 14)] {
                    self.lay_tomorrow(GP_HUB, hour, 0)?;
                    self.book_for(GP_HUB, patient, tomorrow(hour, 0)?, now - Duration::hours(3), &ours)?;
                }
                self.of_service(GP_HUB, "close")
            }
            // They are in the directory at all times.
            "by_hand" => Ok(()),
            "slot_taken" => {
                lock(&self.cues).add(self.provider_of(URGENT_TREATMENT)?, Cue::TakeSlot, Some(1));
                Ok(())
            }
            _ => {
                lock(&self.cues).add(self.provider_of(URGENT_TREATMENT)?, Cue::LoseAnswer, Some(1));
                Ok(())
            }
        }
    }

    fn service(&self, id: &str) -> Result<&Service, DemoError> {
        self.all_services().find(|s| s.id == id).ok_or_else(|| senseless(format!("there is no service {id:?}")))
    }

    fn provider_of(&self, id: &str) -> Result<&'static str, DemoError> {
        Ok(PROVIDERS[self.service(id)?.provider].name)
    }

    fn of_service(&self, id: &str, word: &str) -> Result<(), DemoError> {
        let service = self.service(id)?;
        match word {
            "fill" | "close" => {
                lock(&self.diaries[service.provider]).take_all_of(id);
                if word == "close" {
                    lock(&self.closed).insert(id.to_owned());
                }
            }
            "reopen" => drop(lock(&self.closed).remove(id)),
            other => {
                return Err(senseless(format!("a service knows nothing of {other:?}; it knows fill, close, reopen")));
            }
        }
        Ok(())
    }

    /// Whether the directory has taken a service off its list.
    pub(crate) fn is_closed(&self, service: &str) -> bool {
        lock(&self.closed).contains(service)
    }

    fn of_booking(&self, id: &str, word: &str) -> Result<(), DemoError> {
        for (index, diary) in self.diaries.iter().enumerate() {
            let mut diary = lock(diary);
            let Some(newest) = diary.bookings.get(id).and_then(|versions| versions.last()).cloned() else { continue };
            if newest.body["status"] == "cancelled" {
                return Err(senseless("this booking is cancelled already"));
            }
            match word {
                // It comes back with the file that keeps it, where there is one, at the next start.
                "forget" => {
                    diary.bookings.remove(id);
                    return Ok(());
                }
                "restrict" => {
                    diary.restricted.insert(id.to_owned());
                    return Ok(());
                }
                _ => {}
            }
            let mut next = Version {
                version: newest.version + 1,
                at: crate::now(),
                request: crate::new_id().to_string(),
                ..newest.clone()
            };
            if word == "move" {
                let to = diary.next_free(&newest.slot).ok_or_else(|| senseless("no later time is free there"))?;
                if let Some(left) = diary.slots.get_mut(&newest.slot) {
                    left.free = true;
                }
                next.move_to(&to);
            } else if word == "past" {
                let start = crate::now() - Duration::hours(1);
                next.take_place(start, start + Duration::minutes(15));
            } else if word == "hand_over" {
                next.hand_over_to(&somebody_else(&newest)?);
            } else if STATUSES.contains(&word) {
                next.body["status"] = json!(word);
            } else {
                let known = [STATUSES.as_slice(), &EVENTS].concat().join(", ");
                return Err(senseless(format!("a booking knows nothing of {word:?}; it knows {known}")));
            }
            diary.keep(next.clone())?;
            self.registered(index, &next);
            return Ok(());
        }
        Err(senseless(format!("no provider holds a booking {id:?}")))
    }

    /// Makes sure that a service has a free time tomorrow (UK time).
    fn lay_tomorrow(&self, service: &str, hour: u32, minute: u32) -> Result<(), DemoError> {
        let start = tomorrow(hour, minute)?;
        let provider = self.service(service)?.provider;
        lock(&self.diaries[provider]).have(service, start, self.options.seed);
        Ok(())
    }

    /// A booking as another desk would have made it, at the first free time of a service from an instant on.
    fn book_for(
        &self,
        service: &str,
        patient: usize,
        from: DateTime<Utc>,
        made: DateTime<Utc>,
        by: &str,
    ) -> Result<(), DemoError> {
        let service = self.service(service)?;
        let people = patients();
        let patient = people.get(patient).ok_or_else(|| senseless("there is no such patient"))?;
        let mut diary = lock(&self.diaries[service.provider]);
        let slot = diary.first_free(&service.id, from).ok_or_else(|| senseless("no time is free there"))?;
        let version = Version {
            id: crate::new_id().to_string(),
            version: 1,
            at: made,
            slot: slot.id.clone(),
            nhs_number: patient.nhs_number.clone(),
            request: crate::new_id().to_string(),
            organisation: Some(by.to_owned()),
            body: appointment(patient, &slot, made, by),
        };
        diary.keep(version.clone())?;
        self.registered(service.provider, &version);
        Ok(())
    }
}

fn tomorrow(hour: u32, minute: u32) -> Result<DateTime<Utc>, DemoError> {
    let day = crate::now().with_timezone(&London).date_naive() + Duration::days(1);
    let time = NaiveTime::from_hms_opt(hour, minute, 0).map(|time| day.and_time(time));
    let at = time.and_then(|time| London.from_local_datetime(&time).earliest());
    at.map(|at| at.to_utc()).ok_or_else(|| senseless("there is no such time tomorrow"))
}

/// A patient of the demonstration that a booking is not of.
fn somebody_else(booking: &Version) -> Result<Patient, DemoError> {
    let others = patients().into_iter().filter(|patient| patient.nhs_number.is_some());
    let mut others = others.filter(|patient| patient.nhs_number != booking.nhs_number);
    others.next_back().ok_or_else(|| senseless("there is no other patient"))
}

impl Version {
    fn move_to(&mut self, slot: &Slot) {
        self.slot = slot.id.clone();
        for resource in self.contained("Slot") {
            resource["id"] = json!(slot.id);
            resource["schedule"] = json!({ "reference": format!("Schedule/{}", slot.schedule) });
        }
        self.body["slot"] = json!([{ "reference": format!("#{}", slot.id) }]);
        self.take_place(slot.start, slot.end);
    }

    fn contained<'a>(&'a mut self, kind: &'a str) -> impl Iterator<Item = &'a mut Value> {
        let all = self.body["contained"].as_array_mut().into_iter().flatten();
        all.filter(move |resource| resource["resourceType"] == kind)
    }

    fn take_place(&mut self, start: DateTime<Utc>, end: DateTime<Utc>) {
        let (start, end) = (json!(instant(start)), json!(instant(end)));
        for slot in self.contained("Slot") {
            (slot["start"], slot["end"]) = (start.clone(), end.clone());
        }
        (self.body["start"], self.body["end"]) = (start, end);
    }

    /// The provider has found that it had booked somebody else: name, date of birth and number are theirs from now on.
    fn hand_over_to(&mut self, patient: &Patient) {
        self.nhs_number = patient.nhs_number.clone();
        let number = json!(patient.nhs_number);
        for person in self.contained("Patient") {
            person["name"] =
                json!([{ "use": "official", "family": patient.family_name, "given": [patient.given_name] }]);
            person["birthDate"] = json!(patient.birth_date);
            (person["identifier"][0]["system"], person["identifier"][0]["value"]) = (json!(NHS_NUMBER), number.clone());
        }
        let actor = &mut self.body["participant"][0]["actor"];
        actor["display"] = json!(format!("{} {}", patient.given_name, patient.family_name));
        if actor["identifier"].is_object() {
            (actor["identifier"]["system"], actor["identifier"]["value"]) = (json!(NHS_NUMBER), number);
        }
    }
}

impl Diary {
    fn start_again(
        &mut self,
        own: &[&Service],
        options: &crate::DemoOptions,
        now: DateTime<Utc>,
    ) -> Result<(), DemoError> {
        let mut fresh = Self::new(own, options, now, None)?;
        if let Some(file) = self.file.take() {
            file.set_len(0)?;
            fresh.file = Some(file);
        }
        *self = fresh;
        Ok(())
    }

    fn schedules_of(&self, service: &str) -> HashSet<&str> {
        let own = self.schedules.values().filter(|schedule| schedule.service == service);
        own.map(|schedule| schedule.id.as_str()).collect()
    }

    fn first_free(&self, service: &str, from: DateTime<Utc>) -> Option<Slot> {
        let own = self.schedules_of(service);
        let fits = |slot: &&Slot| slot.free && slot.start >= from && own.contains(slot.schedule.as_str());
        self.slots.values().filter(fits).min_by_key(|slot| (slot.start, slot.id.as_str())).cloned()
    }

    /// The next free time of the same service after a slot, and after now.
    fn next_free(&self, slot: &str) -> Option<Slot> {
        let slot = self.slots.get(slot)?;
        let service = &self.schedules.get(&slot.schedule)?.service;
        self.first_free(service, (slot.start + Duration::minutes(1)).max(crate::now()))
    }

    fn take_until(&mut self, until: DateTime<Utc>) {
        self.slots.values_mut().filter(|slot| slot.start < until).for_each(|slot| slot.free = false);
    }

    fn take_all_of(&mut self, service: &str) {
        let own: HashSet<String> = self.schedules_of(service).into_iter().map(str::to_owned).collect();
        let theirs = self.slots.values_mut().filter(|slot| own.contains(&slot.schedule));
        theirs.for_each(|slot| slot.free = false);
    }

    /// Has a free time of a service at an instant.
    fn have(&mut self, service: &str, start: DateTime<Utc>, seed: u64) {
        let mut schedules: Vec<String> = self.schedules_of(service).into_iter().map(str::to_owned).collect();
        schedules.sort();
        let Some(schedule) = schedules.first() else { return };
        let at = |slot: &&mut Slot| slot.schedule == *schedule && slot.start == start;
        match self.slots.values_mut().find(at) {
            Some(slot) => slot.free = true,
            None => drop(self.lay_one(schedule, start, seed)),
        }
    }
}

/// A booking's content by the standard.
fn appointment(patient: &Patient, slot: &Slot, made: DateTime<Utc>, by: &str) -> Value {
    const PROFILES: &str = "https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-";
    const VERIFIED: &str = "https://fhir.hl7.org.uk/STU3/CodeSystem/CareConnect-NHSNumberVerificationStatus-1";
    const STATUS: &str =
        "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-NHSNumberVerificationStatus-1";
    let identifier = patient.nhs_number.as_ref().map(|number| {
        json!({
            "extension": [{ "url": STATUS, "valueCodeableConcept": { "coding": [
                { "system": VERIFIED, "code": "01", "display": "Number present and verified" },
            ] } }],
            "use": "official",
            "system": "https://fhir.nhs.uk/Id/nhs-number",
            "value": number,
        })
    });
    let telecom = |theirs: bool| -> Vec<Value> {
        let all = patient.contacts.iter().zip(1..).filter(|(contact, _)| (contact.whose == "patient") == theirs);
        all.map(|(contact, rank)| {
            let system = if contact.kind == "email" { "email" } else { "phone" };
            json!({ "system": system, "value": contact.value, "use": "home", "rank": rank })
        })
        .collect()
    };
    let mut person = json!({
        "resourceType": "Patient",
        "id": "patient",
        "meta": { "profile": [format!("{PROFILES}Patient-1")] },
        "name": [{ "use": "official", "family": patient.family_name, "given": [patient.given_name] }],
        "gender": patient.gender,
        "birthDate": patient.birth_date,
        "address": [{ "use": "home", "line": patient.address_lines, "city": patient.town, "postalCode": patient.postcode }],
    });
    if !patient.title.is_empty() {
        person["name"][0]["prefix"] = json!([patient.title]);
    }
    let (own, others) = (telecom(true), telecom(false));
    if !own.is_empty() {
        person["telecom"] = Value::Array(own);
    }
    if let Some(other) = patient.contacts.iter().find(|contact| contact.whose != "patient") {
        person["contact"] = json!([{
            "relationship": [{ "coding": [{ "system": "http://hl7.org/fhir/v2/0131", "code": "N", "display": "Next-of-Kin" }] }],
            "name": { "use": "official", "text": other.name },
            "telecom": others,
        }]);
    }
    let display = format!("{} {} {}", patient.title, patient.given_name, patient.family_name).trim().to_owned();
    let mut actor = json!({ "reference": "#patient", "display": display });
    if let Some(identifier) = &identifier {
        person["identifier"] = json!([identifier]);
        actor["identifier"] = identifier.clone();
    }
    json!({
        "resourceType": "Appointment",
        "meta": { "profile": [format!("{PROFILES}Appointment-1")] },
        "language": "en-GB",
        "contained": [
            {
                "resourceType": "DocumentReference",
                "id": "document",
                "identifier": [{ "system": "https://tools.ietf.org/html/rfc4122", "value": crate::new_id().to_string() }],
                "status": "current",
                "type": { "coding": [{
                    "system": "urn:oid:2.16.840.1.113883.2.1.3.2.4.18.17",
                    "code": "POCD_MT200001GB02",
                    "display": "Integrated Urgent Care Report",
                }] },
                "indexed": instant(made),
                "content": [{ "attachment": { "contentType": "application/hl7-v3+xml", "language": "en" } }],
            },
            person,
            {
                "resourceType": "Slot",
                "id": slot.id,
                "meta": { "profile": [format!("{PROFILES}Slot-1")] },
                "identifier": [{ "system": "https://tools.ietf.org/html/rfc4122", "value": slot.id }],
                "schedule": { "reference": format!("Schedule/{}", slot.schedule) },
                "status": "busy",
                "start": instant(slot.start),
                "end": instant(slot.end),
            },
        ],
        "status": "booked",
        "description": format!("Booked by {by}"),
        "supportingInformation": [{ "reference": "#document" }],
        "start": instant(slot.start),
        "end": instant(slot.end),
        "slot": [{ "reference": format!("#{}", slot.id) }],
        "created": instant(made),
        "participant": [{ "actor": actor, "status": "accepted" }],
    })
}
