//! Free slots as a provider gave them. Missing is missing: nothing is defaulted (SL-2, SL-4).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::outcome::AssessmentOutcome;

/// A free slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// The provider's id of the slot.
    pub id: String,
    /// The provider's identifier of the slot, where given: (system, value).
    pub identifier: Option<(String, String)>,
    /// The provider's reference to the schedule, as given.
    pub schedule: Option<String>,
    /// Start (UTC).
    pub start: DateTime<Utc>,
    /// End (UTC), where given.
    pub end: Option<DateTime<Utc>>,
    /// How the appointment takes place, where given.
    pub delivery_channel: Option<DeliveryChannel>,
    /// Where the appointment takes place, where given.
    pub place: Option<Place>,
    /// The provider's name for the service.
    pub healthcare_service: Option<String>,
    /// Who is seen.
    pub practitioner: Option<Practitioner>,
}

/// Why a slot that is free cannot be booked from here: a booking has to say what the provider left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unbookable {
    /// No end, or one that is not after the start.
    NoEnd,
    /// No reference to a diary that a booking could name.
    NoDiary,
}

impl Slot {
    /// Why it cannot be booked from here, where it cannot (BK-1).
    #[must_use]
    pub fn unbookable(&self) -> Option<Unbookable> {
        if self.end.is_none() {
            return Some(Unbookable::NoEnd);
        }
        let names_a_diary = self.schedule.as_deref().is_some_and(|schedule| !schedule.starts_with('#'));
        (!names_a_diary).then_some(Unbookable::NoDiary)
    }
}

/// How an appointment takes place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeliveryChannel {
    /// In person.
    InPerson,
    /// By telephone.
    Telephone,
    /// By video.
    Video,
    /// Something else, as the provider calls it.
    Other(String),
}

/// Where an appointment takes place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Name, where given.
    pub name: Option<String>,
    /// Address on one line, where given.
    pub address: Option<String>,
}

/// Who is seen at an appointment. Every part may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Practitioner {
    /// Name.
    pub name: Option<String>,
    /// Role.
    pub role: Option<String>,
    /// Gender.
    pub gender: Option<String>,
}

/// Between which instants (UTC, both included) slots are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotWindow {
    /// Not before.
    pub from: DateTime<Utc>,
    /// Not after.
    pub until: DateTime<Utc>,
}

/// How long past the end of the timeframe slots are asked for, so that a late slot can be offered with approval.
const BEYOND_TIMEFRAME_HOURS: i64 = 48;
/// How far ahead slots are asked for where the outcome has no timeframe.
const WITHOUT_TIMEFRAME_DAYS: i64 = 14;

impl SlotWindow {
    /// The window for an outcome: from now to well past its end, so that "none in time" can name the earliest late one.
    #[must_use]
    pub fn for_outcome(outcome: &AssessmentOutcome, now: DateTime<Utc>) -> Self {
        let until = match outcome.due() {
            Some(due) => due.max(now) + chrono::Duration::hours(BEYOND_TIMEFRAME_HOURS),
            None => now + chrono::Duration::days(WITHOUT_TIMEFRAME_DAYS),
        };
        Self { from: now, until }
    }
}

/// What a provider answered to a slot search.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreeSlots {
    /// The slots, earliest first, each once, none in the past.
    pub slots: Vec<Slot>,
    /// What there is to know about the answer.
    pub notes: Vec<SlotNote>,
}

/// What there is to know about an answer to a slot search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SlotNote {
    /// So many entries could not be understood and are left out.
    LeftOut(u32),
    /// There were more pages than are read.
    MorePages,
    /// This computer's clock is ahead of the provider's by so many seconds (behind, where negative): what is in time, and
    /// what is past, may be told wrongly.
    ClocksApart(i64),
    /// What the provider said beside the slots.
    ProviderSaid(String),
}

/// Slots that can be booked, told apart by the outcome's timeframe.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotCount {
    /// Inside.
    pub in_time: u32,
    /// Outside.
    pub out_of_time: u32,
    /// Start of the earliest of all (UTC).
    pub earliest: Option<DateTime<Utc>>,
}

impl SlotCount {
    /// Counts.
    #[must_use]
    pub fn of(slots: &[Slot], outcome: &AssessmentOutcome) -> Self {
        let mut count = Self::default();
        for slot in slots.iter().filter(|slot| slot.unbookable().is_none()) {
            let late = outcome.late_by(slot.start).is_some();
            *(if late { &mut count.out_of_time } else { &mut count.in_time }) += 1;
            count.earliest = Some(count.earliest.map_or(slot.start, |earliest| earliest.min(slot.start)));
        }
        count
    }
}
