//! A provider's diary: slots and bookings, under one lock, so that nothing is ever booked twice. Every version of every
//! booking is kept; where a file is named, it is on disk before the answer.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;

use chrono::{DateTime, Duration, DurationRound, SecondsFormat, Utc};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::world::{Peculiarity, Service};
use crate::{DemoError, DemoOptions};

/// A slot of a diary.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    pub(crate) id: String,
    pub(crate) schedule: String,
    pub(crate) start: DateTime<Utc>,
    pub(crate) end: DateTime<Utc>,
    pub(crate) free: bool,
}

/// A schedule: one clinician's diary at one place.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    pub(crate) id: String,
    pub(crate) service: String,
    pub(crate) channel: Option<&'static str>,
    pub(crate) clinician: Option<&'static Clinician>,
    pub(crate) room: &'static str,
}

/// A clinician: title, given, family, gender, code and display of the role.
#[derive(Debug)]
pub(crate) struct Clinician {
    pub(crate) name: (&'static str, &'static str, &'static str),
    pub(crate) gender: Option<&'static str>,
    pub(crate) role: (&'static str, &'static str),
}

const fn clinician(
    name: (&'static str, &'static str, &'static str),
    gender: Option<&'static str>,
    role: (&'static str, &'static str),
) -> Clinician {
    Clinician { name, gender, role }
}

const GP: (&str, &str) = ("R0260", "General Medical Practitioner");
const NURSE: (&str, &str) = ("R0600", "Specialist Nurse Practitioner");
const CLINICIANS: [Clinician; 5] = [
    clinician(("Dr", "Helen", "Marsh"), Some("female"), GP),
    clinician(("Dr", "Imran", "Qadir"), Some("male"), GP),
    clinician(("Ms", "Joan", "Bell"), Some("female"), NURSE),
    clinician(("Mr", "Peter", "Lowe"), Some("male"), ("R1070", "Paramedic")),
    clinician(("Dr", "Alex", "Winter"), None, GP),
];

/// One version of a booking.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) id: String,
    pub(crate) version: u32,
    pub(crate) at: DateTime<Utc>,
    pub(crate) slot: String,
    pub(crate) nhs_number: Option<String>,
    pub(crate) request: String,
    /// The ODS code of the organisation that booked; none in a file that was written before it was kept.
    #[serde(default)]
    pub(crate) organisation: Option<String>,
    pub(crate) body: Value,
}

impl Version {
    /// The slot as the booking itself tells it, where an earlier run had laid it and this one has not.
    fn own_slot(&self, free: bool) -> Option<Slot> {
        let at = |field: &str| DateTime::parse_from_rfc3339(self.body[field].as_str()?).ok().map(|at| at.to_utc());
        let mut contained = self.body["contained"].as_array()?.iter();
        let slot = contained.find(|resource| resource["resourceType"] == "Slot")?;
        let schedule = slot["schedule"]["reference"].as_str()?.rsplit('/').next()?.to_owned();
        Some(Slot { id: self.slot.clone(), schedule, start: at("start")?, end: at("end")?, free })
    }
}

/// When every service has a slot, in minutes from the start of the demonstration (where its peculiarity allows it).
const FIXED: [u32; 10] = [15, 60, 120, 190, 240, 360, 720, 1440, 2880, 4320];

/// The diary of a provider.
pub(crate) struct Diary {
    pub(crate) slots: BTreeMap<String, Slot>,
    pub(crate) schedules: HashMap<String, Schedule>,
    pub(crate) bookings: BTreeMap<String, Vec<Version>>,
    pub(crate) requests: HashSet<String>,
    /// Bookings that nobody but the service itself may cancel.
    pub(crate) restricted: HashSet<String>,
    pub(crate) file: Option<File>,
}

impl Diary {
    pub(crate) fn new(
        services: &[&Service],
        options: &DemoOptions,
        now: DateTime<Utc>,
        file: Option<PathBuf>,
    ) -> Result<Self, DemoError> {
        let mut diary = Self {
            slots: BTreeMap::new(),
            schedules: HashMap::new(),
            bookings: BTreeMap::new(),
            requests: HashSet::new(),
            restricted: HashSet::new(),
            file: None,
        };
        for service in services {
            diary.lay(service, options, now);
        }
        if let Some(path) = file {
            diary.remember(&path)?;
        }
        Ok(diary)
    }

    /// Lays the slots of a service: three diaries, each with its own clinician, place and channel.
    fn lay(&mut self, service: &Service, options: &DemoOptions, now: DateTime<Utc>) {
        if matches!(service.peculiarity, Peculiarity::Full | Peculiarity::BookingOnlyFull | Peculiarity::NoBookings) {
            return;
        }
        let number: u64 = service.id.parse().unwrap_or_default();
        let mut random = ChaCha8Rng::seed_from_u64(options.seed.wrapping_mul(1_000_003).wrapping_add(number));
        let channels = [Some("In-person"), Some("Telephone"), Some("Video"), None];
        let rooms = ["Main building", "North wing", "Annexe"];
        let diaries: Vec<String> = (0..3)
            .map(|index| {
                let id = format!("{}-{}", service.id, index + 1);
                let channel = if index == 0 { Some("In-person") } else { channels[random.random_range(0..4)] };
                let clinician = if index == 2 { None } else { CLINICIANS.choose(&mut random) };
                let schedule =
                    Schedule { id: id.clone(), service: service.id.clone(), channel, clinician, room: rooms[index] };
                self.schedules.insert(id.clone(), schedule);
                id
            })
            .collect();
        let first = now.duration_trunc(Duration::minutes(5)).unwrap_or(now);
        let earliest = if service.peculiarity == Peculiarity::LateOnly { 185 } else { 15 };
        // First a few that every service has; then half within six hours, a quarter in the day, the rest in three days.
        let fixed = FIXED.iter().copied().filter(|after| *after >= earliest).take(options.slots_per_service);
        for (index, after) in fixed.enumerate() {
            self.lay_one(&diaries[index % diaries.len()], first + Duration::minutes(i64::from(after)), options.seed);
        }
        let laid = FIXED.iter().filter(|after| **after >= earliest).count().min(options.slots_per_service);
        let rest = options.slots_per_service - laid;
        for (wanted, minutes) in [(rest / 2, 360), (rest / 4, 1440), (rest - rest / 2 - rest / 4, 4320)] {
            let mut count = 0;
            // A full stretch of a diary takes no more.
            for _ in 0..wanted.saturating_mul(4) {
                if count == wanted {
                    break;
                }
                let after = random.random_range(earliest / 5..minutes / 5) * 5;
                let schedule = &diaries[random.random_range(0..diaries.len())];
                if self.lay_one(schedule, first + Duration::minutes(i64::from(after)), options.seed) {
                    count += 1;
                }
            }
        }
    }

    /// Lays a slot, unless that diary has one that begins at that time. Its id is that of seed, diary and time, so that
    /// a later run knows it again and never takes it for another.
    pub(crate) fn lay_one(&mut self, schedule: &str, start: DateTime<Utc>, seed: u64) -> bool {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&start.timestamp().to_le_bytes());
        for (at, byte) in schedule.bytes().take(16).enumerate() {
            key[16 + at] = byte;
        }
        let bits: u128 = ChaCha8Rng::from_seed(key).random();
        let id = uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid().to_string();
        if self.slots.contains_key(&id) {
            return false;
        }
        let end = start + Duration::minutes(15);
        self.slots.insert(id.clone(), Slot { id, schedule: schedule.to_owned(), start, end, free: true });
        true
    }

    /// Reads the bookings of earlier runs and goes on with their file.
    fn remember(&mut self, path: &PathBuf) -> Result<(), DemoError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = File::options().create(true).read(true).append(true).open(path)?;
        let mut kept = Vec::new();
        file.read_to_end(&mut kept)?;
        for line in kept.split(|byte| *byte == b'\n') {
            // A last line that was cut short was never acknowledged.
            let Ok(version) = serde_json::from_slice::<Version>(line) else { continue };
            self.take_in(version);
        }
        // What comes next must not be written onto it.
        if kept.last().is_some_and(|byte| *byte != b'\n') {
            file.write_all(b"\n")?;
        }
        self.file = Some(file);
        Ok(())
    }

    fn take_in(&mut self, version: Version) {
        let cancelled = version.body["status"] == "cancelled";
        if let Some(slot) = self.slots.get_mut(&version.slot) {
            slot.free = cancelled;
        } else if let Some(slot) = version.own_slot(cancelled) {
            self.slots.insert(slot.id.clone(), slot);
        }
        self.requests.insert(version.request.clone());
        self.bookings.entry(version.id.clone()).or_default().push(version);
    }

    /// Keeps a version: on disk first, where there is a file.
    pub(crate) fn keep(&mut self, version: Version) -> std::io::Result<()> {
        if let Some(file) = &mut self.file {
            let mut line = serde_json::to_string(&version)?;
            line.push('\n');
            file.write_all(line.as_bytes())?;
            file.sync_data()?;
        }
        self.take_in(version);
        Ok(())
    }

    /// What is held, for whoever asks the fake.
    pub(crate) fn held(&self) -> Value {
        let all = self.bookings.values().map(|versions| {
            let newest = versions.last();
            serde_json::json!({
                "id": newest.map(|v| &v.id),
                "version": newest.map(|v| v.version),
                "status": newest.map(|v| &v.body["status"]),
                "slot": newest.map(|v| &v.slot),
                "nhs_number": newest.map(|v| &v.nhs_number),
                "versions": versions,
            })
        });
        Value::Array(all.collect())
    }
}

/// An instant as this side writes it.
pub(crate) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
