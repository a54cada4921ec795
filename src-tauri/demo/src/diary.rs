//! A provider's diary: slots and bookings, under one lock, so that nothing is ever booked twice. Every version of every
//! booking is kept; where a file is named, it is on disk before the answer.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
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
    pub(crate) body: Value,
}

/// The diary of a provider.
pub(crate) struct Diary {
    pub(crate) slots: BTreeMap<String, Slot>,
    pub(crate) schedules: HashMap<String, Schedule>,
    pub(crate) bookings: BTreeMap<String, Vec<Version>>,
    pub(crate) requests: HashSet<String>,
    file: Option<File>,
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
        let earliest = if service.peculiarity == Peculiarity::LateOnly { 185 } else { 20 };
        // Half of the slots in the next six hours, a quarter in the day, the rest within three days.
        let spans = [(0.5, 360), (0.25, 1440), (0.25, 4320)];
        let mut count = 0;
        for (share, minutes) in spans {
            let wanted = (options.slots_per_service as f64 * share).ceil() as usize;
            for _ in 0..wanted.min(options.slots_per_service - count.min(options.slots_per_service)) {
                let after = random.random_range(earliest / 5..minutes.max(earliest + 60) / 5) * 5;
                let start = first + Duration::minutes(i64::from(after));
                let schedule = diaries[random.random_range(0..diaries.len())].clone();
                let bits: u128 = random.random();
                let id = uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid().to_string();
                let taken = self.slots.values().any(|slot| slot.schedule == schedule && slot.start == start);
                if !taken {
                    let slot = Slot { id: id.clone(), schedule, start, end: start + Duration::minutes(15), free: true };
                    self.slots.insert(id, slot);
                    count += 1;
                }
            }
        }
    }

    /// Reads the bookings of earlier runs and goes on with their file.
    fn remember(&mut self, path: &PathBuf) -> Result<(), DemoError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        if let Ok(file) = File::open(path) {
            for line in BufReader::new(file).lines() {
                // A last line that was cut short was never acknowledged.
                let Ok(version) = serde_json::from_str::<Version>(&line?) else { continue };
                self.take_in(version);
            }
        }
        self.file = Some(File::options().create(true).append(true).open(path)?);
        Ok(())
    }

    fn take_in(&mut self, version: Version) {
        let cancelled = version.body["status"] == "cancelled";
        if let Some(slot) = self.slots.get_mut(&version.slot) {
            slot.free = cancelled;
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
