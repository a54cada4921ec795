//! The provider's side of the counter, as a trainer sees it: diaries, bookings with every version, what was asked, what
//! stands on cue.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use chrono::{DateTime, Utc};

use crate::control::Control;
use crate::diary::{Diary, Version};
use crate::world::{PROVIDERS, Service, lock};

/// Everything behind the counter.
#[derive(Debug, Clone, Serialize)]
pub struct Counter {
    /// Services with their diaries, as the directory numbers them.
    pub services: Vec<ServiceDiary>,
    /// Bookings, the newest change first.
    pub bookings: Vec<BookingHistory>,
    /// Documents that arrived with referrals, the newest first.
    pub documents: Vec<ArrivedDocument>,
    /// What the systems were asked, the newest first.
    pub asked: Vec<Asking>,
    /// What stands on cue.
    pub cues: Vec<StandingCue>,
}

/// A service and its times.
#[derive(Debug, Clone, Serialize)]
pub struct ServiceDiary {
    /// DoS service id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Short name of its provider.
    pub provider: String,
    /// What is peculiar to it.
    pub note: String,
    /// Whether it is out of the directory.
    pub closed: bool,
    /// Its times from now on, in their order.
    pub times: Vec<DiaryTime>,
}

/// A time of a diary.
#[derive(Debug, Clone, Serialize)]
pub struct DiaryTime {
    /// When (UTC).
    pub start: DateTime<Utc>,
    /// Until when (UTC).
    pub end: DateTime<Utc>,
    /// Where.
    pub room: String,
    /// How, where that is told.
    pub channel: Option<String>,
    /// Whether it is free.
    pub free: bool,
    /// The booking that has it.
    pub booking: Option<String>,
}

/// A booking with every version.
#[derive(Debug, Clone, Serialize)]
pub struct BookingHistory {
    /// Id.
    pub id: String,
    /// Short name of the provider that holds it.
    pub provider: String,
    /// Name of the service.
    pub service: String,
    /// Patient as the booking names them.
    pub patient: String,
    /// NHS number.
    pub nhs_number: Option<String>,
    /// The document that it announces.
    pub document: Option<String>,
    /// Versions, the newest first.
    pub versions: Vec<BookingVersion>,
}

/// A version of a booking.
#[derive(Debug, Clone, Serialize)]
pub struct BookingVersion {
    /// Number, from 1.
    pub version: u32,
    /// When it came to be (UTC).
    pub at: DateTime<Utc>,
    /// Status.
    pub status: String,
    /// For when (UTC, as the booking says).
    pub start: String,
}

/// A document that arrived with a referral.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct ArrivedDocument {
    /// Its own id.
    pub document: String,
    /// Title.
    pub title: Option<String>,
    /// DoS id of the service that it was sent to.
    pub service: Option<String>,
    /// When it came (UTC, RFC 3339).
    pub received_at: String,
    /// URL of the booking that it names.
    pub booking: Option<String>,
    /// Status of that booking at its provider.
    pub booking_status: Option<String>,
    /// Whether the booking names the document, too.
    pub linked_both_ways: bool,
    /// Whether its booking was cancelled, so that it is no referral any more.
    pub decoupled: bool,
    /// The document.
    pub text: String,
}

/// What a system was asked.
#[derive(Debug, Clone, Serialize)]
pub struct Asking {
    /// When (UTC, RFC 3339).
    pub at: String,
    /// Which system.
    pub system: String,
    /// What, on one line.
    pub what: String,
}

/// A cue that stands.
#[derive(Debug, Clone, Serialize)]
pub struct StandingCue {
    /// Which system.
    pub system: String,
    /// What happens there.
    pub what: String,
    /// How often still; until it is reset where none.
    pub times: Option<u32>,
}

/// How many of the latest requests are shown.
const SHOWN: usize = 100;

impl Control {
    /// What is behind the counter.
    #[must_use]
    pub fn counter(&self) -> Counter {
        let world = self.world();
        let mut bookings: Vec<BookingHistory> = Vec::new();
        for (seed, diary) in PROVIDERS.iter().zip(&world.diaries) {
            let diary = lock(diary);
            let histories = diary.bookings.values().filter_map(|versions| history(seed.name, &diary, versions));
            bookings.extend(histories.map(|mut history| {
                let service = world.all_services().find(|service| service.id == history.service);
                history.service = service.map_or(history.service, |service| service.name.clone());
                history
            }));
        }
        bookings.sort_by_key(|history| std::cmp::Reverse(history.versions.first().map(|newest| newest.at)));
        let asked = lock(&world.asked).all();
        Counter {
            services: world.services.iter().map(|service| self.diary_of(service)).collect(),
            bookings,
            documents: arrived(self.documents()),
            asked: asked.iter().rev().take(SHOWN).map(asking).collect(),
            cues: [lock(&world.cues).standing(), world.tls.as_ref().map(crate::tls::Tls::standing).unwrap_or_default()]
                .concat(),
        }
    }

    fn diary_of(&self, service: &Service) -> ServiceDiary {
        let world = self.world();
        let now = crate::now();
        let diary = lock(&world.diaries[service.provider]);
        let holder = |slot: &str| {
            let newest = diary.bookings.values().filter_map(|versions| versions.last());
            let mut holding = newest.filter(|newest| newest.slot == slot && newest.body["status"] != "cancelled");
            holding.next().map(|newest| newest.id.clone())
        };
        let mut times: Vec<DiaryTime> = diary
            .slots
            .values()
            .filter(|slot| slot.end > now)
            .filter_map(|slot| diary.schedules.get(&slot.schedule).map(|schedule| (slot, schedule)))
            .filter(|(_, schedule)| schedule.service == service.id)
            .map(|(slot, schedule)| DiaryTime {
                start: slot.start,
                end: slot.end,
                room: schedule.room.to_owned(),
                channel: schedule.channel.map(str::to_owned),
                free: slot.free,
                booking: if slot.free { None } else { holder(&slot.id) },
            })
            .collect();
        times.sort_by_key(|time| time.start);
        ServiceDiary {
            id: service.id.clone(),
            name: service.name.clone(),
            provider: PROVIDERS[service.provider].name.to_owned(),
            note: service.note().to_owned(),
            closed: world.is_closed(&service.id),
            times,
        }
    }
}

/// The documents, the newest first.
fn arrived(documents: Value) -> Vec<ArrivedDocument> {
    let mut all: Vec<ArrivedDocument> = serde_json::from_value(documents).unwrap_or_default();
    all.reverse();
    all
}

/// A booking's history; its service by id.
fn history(provider: &str, diary: &Diary, versions: &[Version]) -> Option<BookingHistory> {
    let newest = versions.last()?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let schedule = diary.slots.get(&newest.slot).and_then(|slot| diary.schedules.get(&slot.schedule));
    let contained =
        |kind: &str| newest.body["contained"].as_array()?.iter().find(|resource| resource["resourceType"] == kind);
    Some(BookingHistory {
        id: newest.id.clone(),
        provider: provider.to_owned(),
        service: schedule.map(|schedule| schedule.service.clone()).unwrap_or_default(),
        patient: text(&newest.body["participant"][0]["actor"]["display"]),
        nhs_number: newest.nhs_number.clone(),
        document: contained("DocumentReference").and_then(|d| d["identifier"][0]["value"].as_str()).map(str::to_owned),
        versions: versions
            .iter()
            .rev()
            .map(|version| BookingVersion {
                version: version.version,
                at: version.at,
                status: text(&version.body["status"]),
                start: text(&version.body["start"]),
            })
            .collect(),
    })
}

/// What a system was asked, on one line: what is empty is left out.
fn asking(entry: &Value) -> Asking {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let part = |(name, value): (&String, &Value)| match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(format!("{name} {text}")),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => Some(format!("{name} {value}")),
    };
    let asked = &entry["asked"];
    let parts = asked.as_object().map(|parts| parts.iter().filter_map(part).collect::<Vec<_>>().join(" · "));
    let what = parts.unwrap_or_else(|| asked.to_string());
    Asking { at: text(&entry["at"]), system: text(&entry["system"]), what }
}
