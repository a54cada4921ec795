//! Free slots of a chosen service.

use chrono::{DateTime, Utc};
use desk_domain::calendar::zone_name;
use desk_domain::outcome::{AssessmentOutcome, duration_words};
use desk_domain::slot::{Slot, SlotCount, SlotNote, Unbookable};
use desk_journeys::slots::SlotsFound;
use serde::Serialize;
use ts_rs::TS;

use crate::display;
use crate::service::ServiceView;

/// The free slots of one service, by day (SL-1, SL-2, SL-5, SL-6).
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SlotsView {
    /// The service.
    pub service: ServiceView,
    /// `asked 18:05`.
    pub asked: String,
    /// `20-Nov-2026 18:05 to 22-Nov-2026 18:05`.
    pub window: String,
    /// Free slots inside the outcome timeframe, by day.
    pub in_time: Vec<SlotDayView>,
    /// Free slots outside it, by day.
    pub out_of_time: Vec<SlotDayView>,
    /// How many inside can be booked.
    pub in_time_count: u32,
    /// How many outside can be booked.
    pub out_of_time_count: u32,
    /// What there is to know about the answer: pages left out, slots that made no sense, the provider's own remark.
    pub notes: Vec<String>,
    /// True where a referral to this service needs a booking first.
    pub booking_only: bool,
}

/// Slots of one local day.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SlotDayView {
    /// `Today, Friday 20-Nov-2026`.
    pub day: String,
    /// The slots, earliest first.
    pub slots: Vec<SlotView>,
}

/// One free slot.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SlotView {
    /// Key of the slot within this answer.
    pub key: String,
    /// `19:20`.
    pub start: String,
    /// `19:35`; empty where the provider gave no end.
    pub end: String,
    /// `Friday 20-Nov-2026`.
    pub date: String,
    /// `GMT` or `BST`: shown where the clocks change within the window.
    pub zone: String,
    /// Whether it starts within the outcome timeframe.
    pub in_time: bool,
    /// `1 h 20 min late`; empty where in time.
    pub late_by: String,
    /// Why it cannot be booked from here; empty where it can.
    pub unbookable: String,
    /// Name and address of where the appointment is; empty where the provider gave none.
    pub place: String,
    /// `In person`, `Telephone`, `Video`, or `Not given by the provider` (never defaulted).
    pub delivery_channel: String,
    /// The provider's name for the service; empty where not given.
    pub healthcare_service: String,
    /// Role of the practitioner; empty where not given.
    pub practitioner_role: String,
    /// Name of the practitioner; empty where not given.
    pub practitioner: String,
    /// Gender of the practitioner; empty where not given.
    pub practitioner_gender: String,
}

impl SlotsView {
    /// The free slots as shown.
    #[must_use]
    pub fn of(found: &SlotsFound, now: DateTime<Utc>) -> Self {
        let (late, in_time): (Vec<&Slot>, Vec<&Slot>) =
            found.free.slots.iter().partition(|slot| found.outcome.late_by(slot.start).is_some());
        let count = SlotCount::of(&found.free.slots, &found.outcome);
        let window = format!("{} to {}", display::date_time(found.window.from), display::date_time(found.window.until));
        Self {
            service: ServiceView::of(found.rank, &found.service, now),
            asked: format!("asked {}", display::time(found.asked)),
            window,
            in_time_count: count.in_time,
            out_of_time_count: count.out_of_time,
            in_time: by_day(&in_time, &found.outcome, now),
            out_of_time: by_day(&late, &found.outcome, now),
            notes: found.free.notes.iter().map(note_words).collect(),
            booking_only: found.service.requires_booking(),
        }
    }
}

fn by_day(slots: &[&Slot], outcome: &AssessmentOutcome, now: DateTime<Utc>) -> Vec<SlotDayView> {
    let mut days: Vec<SlotDayView> = Vec::new();
    for slot in slots {
        let day = display::day_heading(slot.start, now);
        let view = SlotView::of(slot, outcome);
        match days.last_mut().filter(|last| last.day == day) {
            Some(last) => last.slots.push(view),
            None => days.push(SlotDayView { day, slots: vec![view] }),
        }
    }
    days
}

fn note_words(note: &SlotNote) -> String {
    match note {
        SlotNote::LeftOut(1) => "1 entry of the provider’s answer could not be understood and is left out".to_owned(),
        SlotNote::LeftOut(count) => {
            format!("{count} entries of the provider’s answer could not be understood and are left out")
        }
        SlotNote::ClocksApart(ahead) => {
            let apart = duration_words(chrono::Duration::seconds(ahead.saturating_abs()));
            let which = if *ahead > 0 { "ahead of" } else { "behind" };
            format!(
                "This computer’s clock is {apart} {which} the provider’s: which slots are in time may be told wrongly here. Tell the help desk now."
            )
        }
        SlotNote::MorePages => "The provider has more slots than are shown here".to_owned(),
        SlotNote::ProviderSaid(text) => format!("The provider says: {text}"),
    }
}

const fn unbookable_words(why: Unbookable) -> &'static str {
    match why {
        Unbookable::NoEnd => "The provider gave no end for it, so it cannot be booked from here",
        Unbookable::NoDiary => "The provider did not say which diary it is in, so it cannot be booked from here",
    }
}

impl SlotView {
    /// A slot as shown.
    #[must_use]
    pub fn of(slot: &Slot, outcome: &AssessmentOutcome) -> Self {
        let late = outcome.late_by(slot.start);
        let practitioner = slot.practitioner.clone().unwrap_or_default();
        Self {
            key: slot.id.clone(),
            start: display::time(slot.start),
            end: slot.end.map(display::time).unwrap_or_default(),
            date: display::long_date(slot.start),
            zone: zone_name(slot.start).to_owned(),
            in_time: late.is_none(),
            late_by: late.map(display::late).unwrap_or_default(),
            unbookable: slot.unbookable().map(unbookable_words).unwrap_or_default().to_owned(),
            place: display::place(slot.place.as_ref()),
            delivery_channel: display::delivery_channel(slot.delivery_channel.as_ref()),
            healthcare_service: slot.healthcare_service.clone().unwrap_or_default(),
            practitioner_role: practitioner.role.unwrap_or_default(),
            practitioner: practitioner.name.unwrap_or_default(),
            practitioner_gender: practitioner.gender.unwrap_or_default(),
        }
    }
}
