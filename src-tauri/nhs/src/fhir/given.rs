//! An appointment as it was given: its text to the letter, and what can be read of it. What is missing, or does not say
//! whose or where it is, stays missing; nothing is guessed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use desk_domain::booking::{AppointmentStatus, HeldBooking};
use desk_domain::cancel::{AppointmentPatient, WholeAppointment};
use desk_domain::id::{DocumentId, NhsNumber};
use desk_domain::patient::PersonName;
use desk_domain::personal::Personal;
use desk_journeys::ports::BookingOrder;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::address::{Root, encode};
use crate::fhir::bundle::{contained, last_two, references, text};
use crate::fhir::wire::instant;
use crate::fhir::{NHS_NUMBER, slots};

/// How deep an entry or a resource is taken apart where it cannot be read as one piece.
const LEVELS: u8 = 4;

/// An appointment as it was given.
pub(crate) struct AsGiven {
    text: String,
    read: Value,
}

impl AsGiven {
    /// Reads one; none where it is no Appointment.
    pub(crate) fn read(given: &str) -> Option<Self> {
        let read = readable(given)?;
        let is_one = text(&read, "resourceType").as_deref() == Some("Appointment");
        is_one.then(|| Self { text: given.to_owned(), read })
    }

    /// The provider's id of it.
    pub(crate) fn id(&self) -> Option<String> {
        text(&self.read, "id")
    }

    /// Its version, as it says itself.
    pub(crate) fn version(&self) -> Option<String> {
        text(self.read.get("meta")?, "versionId")
    }

    pub(crate) fn status(&self) -> Option<AppointmentStatus> {
        text(&self.read, "status").map(|word| AppointmentStatus::read(&word))
    }

    pub(crate) fn start(&self) -> Option<DateTime<Utc>> {
        instant(&text(&self.read, "start")?)
    }

    pub(crate) fn end(&self) -> Option<DateTime<Utc>> {
        instant(&text(&self.read, "end")?)
    }

    /// The business identifiers: system and value.
    pub(crate) fn identifiers(&self) -> impl Iterator<Item = (String, String)> {
        each(self.read.get("identifier")).iter().filter_map(|one| Some((text(one, "system")?, text(one, "value")?)))
    }

    /// What is held of it, in this version or the one that it names itself; none where that is not known, or id or status
    /// are not.
    pub(crate) fn held(&self, version: Option<String>, root: &Root) -> Option<HeldBooking> {
        let (appointment_id, version) = (self.id()?, version.or_else(|| self.version())?);
        let url = root.at(&format!("Appointment/{}", encode(&appointment_id)), &[]);
        Some(HeldBooking { appointment_id, version, url, status: self.status()? })
    }

    /// The appointment whole.
    pub(crate) fn whole(self, held: HeldBooking) -> WholeAppointment {
        let document = self.documents().find_map(|id| id.parse::<DocumentId>().ok());
        let last_changed = self.read.get("meta").and_then(|meta| text(meta, "lastUpdated"));
        WholeAppointment {
            held,
            patient: self.patient(),
            start: self.start(),
            end: self.end(),
            description: text(&self.read, "description").map(Personal::new),
            place: self.place(),
            document,
            last_changed: last_changed.and_then(|at| instant(&at)),
            content: Personal::new(self.text),
        }
    }

    /// Whether it is the booking that an order made: by the clinical document's id, which is the order's alone; or by the
    /// slot, where the provider gives no document.
    pub(crate) fn is_of(&self, order: &BookingOrder) -> bool {
        let mut documents = self.documents().peekable();
        if documents.peek().is_some() {
            return documents.any(|id| id.eq_ignore_ascii_case(&order.document.to_string()));
        }
        let stands = self.status().is_some_and(|status| status.stands());
        let slot = references(self.read.get("slot"))
            .any(|reference| reference.trim_start_matches('#').rsplit('/').next() == Some(order.slot.id.as_str()));
        stands && slot && self.start() == Some(order.slot.start)
    }

    /// The ids of clinical documents that go with it (BK-6).
    fn documents(&self) -> impl Iterator<Item = String> {
        let documents = self.contained_of("DocumentReference");
        let ids = documents
            .flat_map(|document| each(document.get("masterIdentifier")).iter().chain(each(document.get("identifier"))));
        ids.filter_map(|identifier| text(identifier, "value"))
            .map(|value| value.trim_start_matches("urn:uuid:").to_owned())
    }

    fn contained_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        contained(&self.read).iter().filter(move |one| text(one, "resourceType").as_deref() == Some(kind))
    }

    /// The one contained resource of a type that is meant: the one that is referred to, or the only one.
    fn contained_one<'a>(&'a self, kind: &'a str, referring: &[&Value]) -> Option<&'a Value> {
        let referred = |one: &&Value| {
            let id = text(one, "id").map(|id| format!("#{id}"));
            id.is_some_and(|id| referring.iter().any(|from| text(from, "reference").as_ref() == Some(&id)))
        };
        let mut all = self.contained_of(kind);
        self.contained_of(kind).find(referred).or_else(|| all.next().filter(|_| all.next().is_none()))
    }

    fn actors(&self) -> Vec<&Value> {
        each(self.read.get("participant")).iter().filter_map(|participant| participant.get("actor")).collect()
    }

    /// Whom it is for: the Patient in it, or the participant. Where it names several NHS numbers it says nothing of whose
    /// it is that could be relied on.
    pub(crate) fn patient(&self) -> AppointmentPatient {
        let actors = self.actors();
        let patient = self.contained_one("Patient", &actors);
        let id = patient.and_then(|patient| text(patient, "id")).map(|id| format!("#{id}"));
        let is_theirs = |actor: &&&Value| {
            let contained = id.is_some() && text(actor, "reference") == id;
            contained || refers_to("Patient", actor) || nhs_numbers(actor).next().is_some()
        };
        let actor = actors.iter().find(is_theirs).copied();
        let display = actor.and_then(|actor| text(actor, "display"));
        let name = patient.and_then(|patient| official(each(patient.get("name"))));
        let shown = name.and_then(displayed).or(display).map(Personal::new);
        let mut numbers: Vec<NhsNumber> = patient.into_iter().chain(actor).flat_map(nhs_numbers).collect();
        numbers.sort();
        numbers.dedup();
        if numbers.len() > 1 {
            return AppointmentPatient { name: shown, ..AppointmentPatient::default() };
        }
        let born = patient.and_then(|patient| text(patient, "birthDate")).and_then(|date| date.parse().ok());
        AppointmentPatient {
            nhs_number: numbers.pop(),
            name: shown,
            family: name.map(|name| words(name, "family")).filter(|family| !family.is_empty()).map(Personal::new),
            birth_date: born.map(Personal::new),
        }
    }

    /// Where it is: the Location in it, or the words beside a reference to one.
    fn place(&self) -> Option<String> {
        let extensions = each(self.read.get("extension")).iter().filter_map(|one| one.get("valueReference"));
        let referring: Vec<&Value> = self.actors().into_iter().chain(extensions).collect();
        let written = |location: &Value| {
            let parts = [text(location, "name"), location.get("address").and_then(slots::address)];
            Some(parts.into_iter().flatten().collect::<Vec<_>>().join(", ")).filter(|whole| !whole.is_empty())
        };
        let beside = || {
            let to_a_location = referring.iter().find(|from| refers_to("Location", from));
            to_a_location.and_then(|from| text(from, "display"))
        };
        self.contained_one("Location", &referring).and_then(written).or_else(beside)
    }
}

/// JSON as far as it can be read: of keys that stand twice the last one counts, and a part that cannot be held (a number
/// beyond any) is missing, and not the whole.
pub(crate) fn readable(json: &str) -> Option<Value> {
    readable_within(json, LEVELS)
}

fn readable_within(json: &str, levels: u8) -> Option<Value> {
    if let Ok(value) = serde_json::from_str(json) {
        return Some(value);
    }
    let levels = levels.checked_sub(1)?;
    if let Ok(fields) = serde_json::from_str::<BTreeMap<String, &RawValue>>(json) {
        let part = |(name, raw): (String, &RawValue)| Some((name, readable_within(raw.get(), levels)?));
        return Some(Value::Object(fields.into_iter().filter_map(part).collect::<Map<_, _>>()));
    }
    let list: Vec<&RawValue> = serde_json::from_str(json).ok()?;
    Some(Value::Array(list.into_iter().filter_map(|raw| readable_within(raw.get(), levels)).collect()))
}

/// A list, or the one thing where there is no list.
fn each(field: Option<&Value>) -> &[Value] {
    match field {
        Some(Value::Array(list)) => list,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
}

/// Whether a reference is to a resource of a type that stands elsewhere, in whichever version.
fn refers_to(kind: &str, from: &Value) -> bool {
    let reference = text(from, "reference").unwrap_or_default();
    let bare = reference.split("/_history/").next().and_then(last_two);
    bare.is_some_and(|end| end.split('/').next() == Some(kind))
}

/// The valid NHS numbers of a patient, or of a reference to one, that are in use.
fn nhs_numbers(of: &Value) -> impl Iterator<Item = NhsNumber> {
    each(of.get("identifier"))
        .iter()
        .filter(|identifier| text(identifier, "system").as_deref() == Some(NHS_NUMBER) && !is_old(identifier))
        .filter_map(|identifier| NhsNumber::new(&text(identifier, "value")?).ok())
}

fn is_old(thing: &Value) -> bool {
    text(thing, "use").as_deref() == Some("old")
}

/// The name that a person is called by here: the official one, or else the first that is in use.
fn official(names: &[Value]) -> Option<&Value> {
    let official = names.iter().find(|name| text(name, "use").as_deref() == Some("official"));
    official.or_else(|| names.iter().find(|name| !is_old(name)))
}

fn words(name: &Value, field: &str) -> String {
    let words = each(name.get(field)).iter().filter_map(Value::as_str).map(str::trim);
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A name as it is shown, by its parts or else as it is written.
fn displayed(name: &Value) -> Option<String> {
    let part = |field| words(name, field);
    let (title, given, family) = (part("prefix"), part("given"), part("family"));
    if family.is_empty() || given.is_empty() {
        return text(name, "text").or_else(|| Some([given, family].concat()).filter(|whole| !whole.is_empty()));
    }
    let name = PersonName { title: Personal::new(title), given: Personal::new(given), family: Personal::new(family) };
    Some(name.displayed())
}
