//! The invented world: one organisation that books, three providers, a dozen services each with its peculiarity, and
//! patients. Places and people do not exist.

mod opening;
mod places;
mod services;

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::control::Cues;
use crate::diary::Diary;
use crate::itk::Receiver;
use crate::registry::Registry;
use crate::tls::Tls;
pub(crate) use crate::world::opening::{Opening, Session, after_working_days};
pub(crate) use crate::world::places::{Point, find as find_place};
pub(crate) use crate::world::services::{
    Audience, Capacity, EMERGENCY_DEPARTMENT, MIXED, NO_URL, Peculiarity, RANKING, Referrals, SEVERAL_MHS, Service,
    WITHOUT_BOOKING, WITHOUT_ENDPOINT, WITHOUT_SLOTS,
};
use crate::{DemoError, DemoOptions, OrganisationDescription, ProviderDescription, ServiceDescription, quoted};

pub(crate) const DOS_USERNAME: &str = "northdale.desk";
pub(crate) const DOS_PASSWORD: &str = "dem0 & <demo>";
pub(crate) const OUR_ASID: &str = "200000000205";

/// A provider: short name, path of its root as the Spine directory has it and as it stands in a request, ASID, party key,
/// whether its Locations are relative.
pub(crate) struct ProviderSeed {
    pub(crate) name: &'static str,
    pub(crate) registered: &'static str,
    pub(crate) path: &'static str,
    pub(crate) asid: &'static str,
    pub(crate) party_key: &'static str,
    pub(crate) ods_code: &'static str,
    pub(crate) relative_location: bool,
}

const fn provider(
    name: &'static str,
    path: &'static str,
    asid: &'static str,
    party_key: &'static str,
    ods_code: &'static str,
    relative_location: bool,
) -> ProviderSeed {
    ProviderSeed { name, registered: path, path, asid, party_key, ods_code, relative_location }
}

pub(crate) const PROVIDERS: [ProviderSeed; 4] = [
    provider("utc", "/utc/STU3/1", "200000000301", "NDU01-9000301", "NDU01", false),
    provider("hub", "/hub/STU3/1", "200000000302", "NDH02-9000302", "NDH02", true),
    provider("community", "/care/STU3/1", "200000000303", "NDC03-9000303", "NDC03", false),
    // For the assurance scenarios: its root is registered with characters that no request may hold as they are.
    ProviderSeed {
        registered: "/assured desk/é/100%/STU3/1/",
        ..provider("assured", "/assured%20desk/%C3%A9/100%25/STU3/1", "200000000304", "NDZ04-9000304", "NDZ04", false)
    },
];
/// An ASID that the Spine directory does not know.
const UNREGISTERED_ASID: &str = "200000000399";

/// How many of the requests to each system are remembered.
const ASKED: usize = 500;

/// An invented patient.
#[derive(Debug, Clone, Serialize)]
pub struct Patient {
    /// NHS number; none where not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nhs_number: Option<String>,
    /// Title.
    pub title: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Date of birth, YYYY-MM-DD.
    pub birth_date: String,
    /// `female`, `male`, `other` or `unknown`.
    pub gender: String,
    /// Lines of the address.
    pub address_lines: Vec<String>,
    /// Town.
    pub town: String,
    /// Postcode.
    pub postcode: String,
    /// GP practice, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gp_practice: Option<String>,
    /// Ways to reach them, most preferred first.
    pub contacts: Vec<Contact>,
}

/// A way to reach a patient.
#[derive(Debug, Clone, Serialize)]
pub struct Contact {
    /// `patient`, or what the person is to the patient.
    pub whose: String,
    /// The person's name; none for the patient's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `phone`, `mobile` or `email`.
    pub kind: String,
    /// The number or address.
    pub value: String,
}

impl Patient {
    pub(crate) fn toml(&self) -> String {
        let contact = |contact: &Contact| {
            let name = contact.name.as_ref().map(|name| format!(", name = {}", quoted(name))).unwrap_or_default();
            let (whose, kind, value) = (quoted(&contact.whose), quoted(&contact.kind), quoted(&contact.value));
            format!("{{ whose = {whose}{name}, kind = {kind}, value = {value} }}")
        };
        let optional = |key: &str, value: &Option<String>| {
            value.as_ref().map(|value| format!("{key} = {}\n", quoted(value))).unwrap_or_default()
        };
        format!(
            "\n[[demonstration_patient]]\n{}title = {}\ngiven_name = {}\nfamily_name = {}\nbirth_date = {}\ngender = {}\n\
             address_lines = [{}]\ntown = {}\npostcode = {}\n{}contacts = [{}]\n",
            optional("nhs_number", &self.nhs_number),
            quoted(&self.title),
            quoted(&self.given_name),
            quoted(&self.family_name),
            quoted(&self.birth_date),
            quoted(&self.gender),
            self.address_lines.iter().map(|line| quoted(line)).collect::<Vec<_>>().join(", "),
            quoted(&self.town),
            quoted(&self.postcode),
            optional("gp_practice", &self.gp_practice),
            self.contacts.iter().map(contact).collect::<Vec<_>>().join(", "),
        )
    }
}

/// What the systems were asked, the latest of each.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    so_far: u64,
    by_system: HashMap<String, VecDeque<(u64, Value)>>,
}

impl Asked {
    fn note(&mut self, system: &str, entry: Value) {
        self.so_far += 1;
        let of_system = self.by_system.entry(system.to_owned()).or_default();
        if of_system.len() >= ASKED {
            of_system.pop_front();
        }
        of_system.push_back((self.so_far, entry));
    }

    /// Oldest first.
    pub(crate) fn all(&self) -> Vec<Value> {
        let mut all: Vec<&(u64, Value)> = self.by_system.values().flatten().collect();
        all.sort_unstable_by_key(|(number, _)| *number);
        all.into_iter().map(|(_, entry)| entry.clone()).collect()
    }
}

/// The whole demonstration's state.
pub(crate) struct World {
    pub(crate) services: Vec<Service>,
    /// Services for the assurance scenarios, found from their own postcode alone.
    pub(crate) assurance: Vec<Service>,
    /// Services for needs that are not the ordinary ones.
    pub(crate) particular: Vec<Service>,
    /// Service roots as the Spine directory has them.
    pub(crate) roots: Vec<String>,
    /// The same as they stand in a request.
    pub(crate) called: Vec<String>,
    pub(crate) diaries: Vec<Mutex<Diary>>,
    pub(crate) registry: Registry,
    /// Present where DoS, proxy and Spine directory are on TLS.
    pub(crate) tls: Option<Tls>,
    pub(crate) cues: Mutex<Cues>,
    pub(crate) asked: Mutex<Asked>,
    /// Services that are out of the directory.
    pub(crate) closed: Mutex<HashSet<String>>,
    pub(crate) options: DemoOptions,
    pub(crate) itk: Receiver,
}

impl World {
    pub(crate) fn new(
        options: &DemoOptions,
        now: DateTime<Utc>,
        addresses: &[SocketAddr],
        (registry, itk): (SocketAddr, Receiver),
    ) -> Result<Self, DemoError> {
        let (services, assurance) = (services::services(options.services), services::assurance_services());
        let particular = services::particular_services();
        let at = |path: fn(&ProviderSeed) -> &'static str| {
            addresses.iter().zip(&PROVIDERS).map(|(address, seed)| format!("http://{address}{}", path(seed))).collect()
        };
        let (roots, called) = (at(|seed| seed.registered), at(|seed| seed.path));
        let mut diaries = Vec::new();
        for (index, seed) in PROVIDERS.iter().enumerate() {
            let all = services.iter().chain(&assurance).chain(&particular);
            let own: Vec<&Service> = all.filter(|service| service.provider == index).collect();
            let file = options.data.as_ref().map(|folder| folder.join(format!("{}.jsonl", seed.name)));
            diaries.push(Mutex::new(Diary::new(&own, options, now, file)?));
        }
        let world = Self {
            services,
            assurance,
            particular,
            roots,
            called,
            diaries,
            registry: Registry::at(registry),
            tls: options.tls.then(|| Tls::new(options, crate::now())).transpose()?,
            cues: Mutex::default(),
            asked: Mutex::default(),
            itk,
            closed: Mutex::default(),
            options: options.clone(),
        };
        // What earlier runs booked is registered still.
        for (index, diary) in world.diaries.iter().enumerate() {
            let diary = lock(diary);
            diary.bookings.values().flatten().for_each(|version| world.registered(index, version));
        }
        Ok(world)
    }

    /// Every service, those of the assurance scenarios among them.
    pub(crate) fn all_services(&self) -> impl Iterator<Item = &Service> {
        self.services.iter().chain(&self.assurance).chain(&self.particular)
    }

    /// Notes what a system was asked.
    pub(crate) fn note_asked(&self, system: &str, what: Value) {
        let mut entry = serde_json::json!({ "at": crate::now(), "system": system });
        entry["asked"] = what;
        lock(&self.asked).note(system, entry);
    }

    pub(crate) fn provider_descriptions(&self) -> Vec<ProviderDescription> {
        let describe = |(seed, root): (&ProviderSeed, &String)| ProviderDescription {
            name: seed.name.to_owned(),
            root: root.clone(),
            asid: seed.asid.to_owned(),
            party_key: seed.party_key.to_owned(),
        };
        PROVIDERS.iter().zip(&self.roots).map(describe).collect()
    }

    pub(crate) fn service_descriptions(&self) -> Vec<ServiceDescription> {
        let describe = |service: &Service| ServiceDescription {
            id: service.id.clone(),
            name: service.name.clone(),
            asid: service.asids().first().map(|asid| (*asid).to_owned()),
            provider: (service.peculiarity != Peculiarity::NoBookings)
                .then(|| PROVIDERS[service.provider].name.to_owned()),
            booking_only: service.booking_only(),
            bookable: !matches!(
                service.peculiarity,
                Peculiarity::NoBookings | Peculiarity::TwoEndpoints | Peculiarity::Unregistered
            ),
            note: service.note().to_owned(),
        };
        self.services.iter().map(describe).collect()
    }
}

pub(crate) fn organisation() -> OrganisationDescription {
    OrganisationDescription {
        ods_code: "NDA01".to_owned(),
        name: "Northdale NHS 111".to_owned(),
        asid: OUR_ASID.to_owned(),
        issuer_url: "https://desk.northdale111.example".to_owned(),
    }
}

/// Locks; a lock that a panic poisoned still holds what it guards.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Ready-made, invented patients.
pub(crate) fn patients() -> Vec<Patient> {
    let own = |kind: &str, value: &str| Contact {
        whose: "patient".to_owned(),
        name: None,
        kind: kind.to_owned(),
        value: value.to_owned(),
    };
    let patient =
        |number: Option<&str>, name: (&str, &str, &str), born: &str, gender: &str, street: &str, contacts| Patient {
            nhs_number: number.map(str::to_owned),
            title: name.0.to_owned(),
            given_name: name.1.to_owned(),
            family_name: name.2.to_owned(),
            birth_date: born.to_owned(),
            gender: gender.to_owned(),
            address_lines: vec![street.to_owned()],
            town: "Northdale".to_owned(),
            postcode: "ND1 4TY".to_owned(),
            gp_practice: Some("N81001".to_owned()),
            contacts,
        };
    let parent = Contact {
        whose: "parent".to_owned(),
        name: Some("Grace Childers".to_owned()),
        kind: "mobile".to_owned(),
        value: "07700 900456".to_owned(),
    };
    vec![
        patient(
            Some("9990000018"),
            ("Mr", "John", "Patient"),
            "1974-11-12",
            "male",
            "14 Orchard Close",
            vec![own("mobile", "07700 900123"), own("email", "john.patient@example.org")],
        ),
        patient(
            Some("9990000026"),
            ("Ms", "Leila", "Patient"),
            "1991-03-02",
            "female",
            "3 Weaver Street",
            vec![own("mobile", "07700 900124")],
        ),
        patient(
            Some("9990000034"),
            ("Mrs", "Edith", "Patient"),
            "1942-06-30",
            "female",
            "21 Chapel Row",
            vec![own("phone", "01632 960771")],
        ),
        patient(
            None,
            ("Mr", "Tomas", "Visitor"),
            "1988-01-15",
            "male",
            "Flat 2, 9 Canal Street",
            vec![own("mobile", "07700 900321")],
        ),
        patient(Some("9990000042"), ("", "Oliver", "Childers"), "2024-02-29", "male", "8 Meadow Way", vec![parent]),
        patient(
            Some("9990000050"),
            ("Dr", "Sam", "O’Neill-Brown"),
            "1966-12-01",
            "other",
            "1 The Green",
            vec![own("mobile", "07700 900555")],
        ),
    ]
}
