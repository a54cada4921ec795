//! Booking a slot: the check before, the answer after.

use chrono::{DateTime, TimeDelta, Utc};
use desk_domain::booking::{BookingResult, MAX_RETRIES};
use desk_domain::gate::{LateConfirmation, TimeframeGate};
use desk_domain::id::DosServiceId;
use desk_domain::outcome::duration_words;
use desk_domain::personal::Personal;
use desk_journeys::book::{BookingOutcome, BookingStage, LateSaid, SlotOrder};
use desk_journeys::ports::{BookingRecord, BookingsAt};
use desk_journeys::refer::ReferralOutcome;
use desk_journeys::slots::SlotReview;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::approval::approver_words;
use crate::display;
use crate::patient::first_phone;
use crate::problem::Problem;
use crate::referral::ReferralView;
use crate::service::ServiceView;
use crate::slot::SlotView;

/// What is shown before a slot is booked.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BookingReviewView {
    /// The slot.
    pub slot: SlotView,
    /// The service.
    pub service: ServiceView,
    /// What the timeframe gate asks for (TF-2).
    pub gate: TimeframeGateView,
    /// What the gate says, in words; empty where it asks for nothing.
    pub gate_words: String,
}

/// What the timeframe gate asks for before this slot can be booked by this user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum TimeframeGateView {
    /// Nothing: the slot is in time.
    Open,
    /// The user is told and confirms (outcomes of more than 6 hours).
    Confirm,
    /// A clinician confirms for themselves.
    ClinicianConfirms,
    /// A named clinician's approval is needed; this user cannot give it.
    NeedsApproval,
}

/// The order to book.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BookInput {
    /// The encounter.
    pub encounter_id: String,
    /// The search that listed the service.
    pub search_id: String,
    /// DoS service id.
    pub service_id: String,
    /// Key of the slot within the slots last shown.
    pub slot_key: String,
    /// The user confirms that the slot is outside the timeframe and the patient accepts it.
    pub late_confirmed: bool,
    /// On what ground it is acceptable; may be empty where the slot is in time.
    pub late_ground: String,
    /// The clinician's approval, where this user cannot confirm alone.
    pub approval_id: Option<String>,
    /// The rebooking that it is a part of.
    pub rebook_id: Option<String>,
}

impl BookInput {
    /// The order; or that it names what the core did not give.
    ///
    /// # Errors
    /// [`Problem`] with the code `unexpected`.
    pub fn read(self) -> Result<SlotOrder, Problem> {
        let unknown = || Problem::unexpected("id");
        let approval = self.approval_id.map(|id| id.parse().map(LateSaid::Approved)).transpose();
        let confirmed = || LateSaid::Confirmed(LateConfirmation { ground: Personal::new(self.late_ground) });
        let late = match approval.map_err(|_| unknown())? {
            Some(approved) => Some(approved),
            None => self.late_confirmed.then(confirmed),
        };
        Ok(SlotOrder {
            encounter: self.encounter_id.parse().map_err(|_| unknown())?,
            search: self.search_id.parse().map_err(|_| unknown())?,
            service: DosServiceId::new(&self.service_id).map_err(|_| unknown())?,
            slot_id: self.slot_key,
            late,
            rebook: self.rebook_id.map(|id| id.parse().map_err(|_| unknown())).transpose()?,
        })
    }
}

/// What came of an order to book. Three results, three screens.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "result")]
pub enum BookingResultView {
    /// The provider confirmed (BK-3).
    Confirmed {
        /// The booking.
        booking: Box<BookingView>,
    },
    /// It was not booked, and that is certain.
    NotBooked {
        /// Why, and what to do next.
        problem: Problem,
    },
    /// It is not known whether the provider booked it. Kept in unfinished work.
    Unknown {
        /// What happened, and what to do next.
        problem: Problem,
        /// The piece of unfinished work.
        unfinished_id: String,
    },
}

/// How far an order is, for whoever waits for it (ER-2).
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BookingStageView {
    /// What is happening, in words.
    pub words: String,
    /// True while the request waits to be sent again, which the user may stop.
    pub may_stop: bool,
}

impl From<&BookingStage> for BookingStageView {
    fn from(stage: &BookingStage) -> Self {
        Self::of("Booking with the provider", stage)
    }
}

impl BookingStageView {
    /// How far a cancellation is.
    #[must_use]
    pub fn of_cancellation(stage: &BookingStage) -> Self {
        Self::of("Cancelling with the provider", stage)
    }

    /// How far a referral is.
    #[must_use]
    pub fn of_referral(stage: &BookingStage) -> Self {
        Self::of("Sending the referral", stage)
    }

    fn of(what: &str, stage: &BookingStage) -> Self {
        let most = MAX_RETRIES + 1;
        match stage {
            BookingStage::Sending { attempt: 1 } => {
                Self { words: format!("{what}. Stay on this page."), may_stop: false }
            }
            BookingStage::Sending { attempt } => {
                let words = format!("{what}, attempt {attempt} of {most}. Stay on this page.");
                Self { words, may_stop: false }
            }
            BookingStage::Pausing { failure, length, next_attempt } => {
                let happened = Problem::from(failure).title;
                let seconds = length.as_secs_f64().ceil();
                let unit = if seconds > 1.0 { "seconds" } else { "second" };
                let words = format!("{happened}. Trying again in {seconds} {unit} (attempt {next_attempt} of {most}).");
                Self { words, may_stop: true }
            }
            BookingStage::AskingWhatIsHeld => Self {
                words: "No clear answer came. Asking the provider what it holds. Stay on this page.".to_owned(),
                may_stop: false,
            },
        }
    }
}

/// A booking as it is read back to the patient, copied and printed.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BookingView {
    /// Id in this desk's record.
    pub id: String,
    /// The encounter.
    pub encounter_id: String,
    /// `SMITH, John (Mr)`.
    pub patient: String,
    /// Date of birth of the patient.
    pub born: String,
    /// NHS number or `Not known`.
    pub nhs_number: String,
    /// The number to call the patient back on first, and whose it is.
    pub contact: String,
    /// `Friday 20-Nov-2026`.
    pub date: String,
    /// `19:20`.
    pub start: String,
    /// `19:35`; empty where not given.
    pub end: String,
    /// `GMT` or `BST`.
    pub zone: String,
    /// Name of the service.
    pub service: String,
    /// Phone number of the service; empty where none is given.
    pub service_phone: String,
    /// Name and address of where the appointment is; empty where the provider gave none.
    pub place: String,
    /// Delivery channel, or that it was not given.
    pub delivery_channel: String,
    /// Practitioner with role; empty where not given.
    pub practitioner: String,
    /// `Booked`, `Cancelled`, `Arrived` …: as the provider last said.
    pub status: String,
    /// When the provider said so: `20-Nov-2026 18:06:12`.
    pub status_as_of: String,
    /// The provider's id of the appointment: the reference to quote to the service.
    pub provider_reference: String,
    /// Version the provider gave.
    pub version: String,
    /// Who booked it.
    pub booked_by: String,
    /// When it was booked.
    pub booked_at: String,
    /// `In time`, or `1 h 20 min outside the timeframe, confirmed by …`.
    pub timeframe: String,
    /// What is true of the clinical referral for this booking, in words; empty in lists, which do not look it up.
    pub referral: String,
    /// The lines to read back to the patient, in order.
    pub read_back: Vec<String>,
    /// The whole as text to copy.
    pub copy_text: String,
}

impl BookingReviewView {
    /// A slot to be booked, as shown.
    #[must_use]
    pub fn of(review: &SlotReview, now: DateTime<Utc>) -> Self {
        let about = |late, rest: &str| {
            let timeframe = review.outcome.disposition.timeframe.words().to_lowercase();
            format!(
                "This slot is {} than the outcome asks for ({timeframe}). {rest}",
                display::late(late).replace(" late", " later")
            )
        };
        let (gate, gate_words) = match review.gate {
            TimeframeGate::Open => (TimeframeGateView::Open, String::new()),
            TimeframeGate::Confirm(late) => (
                TimeframeGateView::Confirm,
                about(late, "Confirm that the patient accepts it, and say why it is acceptable."),
            ),
            TimeframeGate::ClinicianConfirms(late) => (
                TimeframeGateView::ClinicianConfirms,
                about(
                    late,
                    "As a clinician you confirm that it is clinically acceptable, and that the patient accepts it.",
                ),
            ),
            TimeframeGate::NeedsApproval(late) => (
                TimeframeGateView::NeedsApproval,
                about(late, "A clinician has to approve it by name. Or choose a slot in time, or another service."),
            ),
        };
        Self {
            slot: SlotView::of(&review.slot, &review.outcome),
            service: ServiceView::of(review.rank, &review.service, now),
            gate,
            gate_words,
        }
    }
}

impl From<&BookingOutcome> for BookingResultView {
    fn from(outcome: &BookingOutcome) -> Self {
        match (&outcome.result, &outcome.booking) {
            (BookingResult::Confirmed(_), Some(record)) => {
                let mut booking = BookingView::with_referral(record, None);
                if !outcome.recorded {
                    let note = "The provider confirmed it, but this desk could not write that down: note the reference by hand.";
                    booking.read_back.insert(0, note.to_owned());
                }
                Self::Confirmed { booking: Box::new(booking) }
            }
            (BookingResult::NotBooked(why), _) => {
                Self::NotBooked { problem: Problem::not_booked(why).with_reference(outcome.order.request.reference()) }
            }
            (BookingResult::Unknown(_) | BookingResult::Confirmed(_) | BookingResult::SettledByHand(_), _) => {
                let order = &outcome.order;
                let phone = order.service.phone.as_deref();
                let problem = Problem::booking_unknown(phone, order.patient.nhs_number.is_some());
                let problem = problem.with_reference(order.request.reference());
                Self::Unknown { problem, unfinished_id: outcome.intent.to_string() }
            }
        }
    }
}

/// The bookings of a service on a day, as this desk made them.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BookingsOfDayView {
    /// Those whose details are there, earliest first.
    pub bookings: Vec<BookingView>,
    /// That there were more whose details were removed, in a sentence; empty where there were none.
    pub removed: String,
}

impl From<&BookingsAt> for BookingsOfDayView {
    fn from(found: &BookingsAt) -> Self {
        let removed = match found.removed {
            0 => String::new(),
            1 => {
                "One more booking of that day was made here; its details were removed, because the time for which they \
                  are kept was over."
                    .to_owned()
            }
            more => format!(
                "{more} more bookings of that day were made here; their details were removed, because the time for which \
                 they are kept was over."
            ),
        };
        Self { bookings: found.bookings.iter().map(BookingView::from).collect(), removed }
    }
}

impl From<&BookingRecord> for BookingView {
    fn from(record: &BookingRecord) -> Self {
        let (order, held) = (&record.order, &record.word.held);
        let slot = &order.slot;
        let timeframe = match order.permit.late() {
            None => "In time".to_owned(),
            Some(late) => {
                let by = duration_words(TimeDelta::seconds(late.late_seconds));
                match &late.approval {
                    Some(approval) => {
                        format!("{by} outside the timeframe, approved by {}", approver_words(approval.by()))
                    }
                    None => format!("{by} outside the timeframe, confirmed by {}", order.user.name.displayed()),
                }
            }
        };
        let mut view = Self {
            id: record.id.to_string(),
            encounter_id: order.encounter.to_string(),
            patient: order.patient.name.displayed(),
            born: display::date(*order.patient.birth_date.reveal()),
            nhs_number: display::nhs_number(order.patient.nhs_number.as_ref()),
            contact: first_phone(&order.patient),
            date: display::long_date(slot.start),
            start: display::time(slot.start),
            end: slot.end.map(display::time).unwrap_or_default(),
            zone: display::zone(slot.start),
            service: order.service.name.clone(),
            service_phone: order.service.phone.clone().unwrap_or_default(),
            place: display::place(slot.place.as_ref()),
            delivery_channel: display::delivery_channel(slot.delivery_channel.as_ref()),
            practitioner: display::practitioner(slot.practitioner.as_ref()),
            status: held.status.words(),
            status_as_of: display::to_the_second(record.word.as_of),
            provider_reference: held.appointment_id.clone(),
            version: held.version.clone(),
            booked_by: order.user.name.displayed(),
            booked_at: display::date_time(order.ordered),
            timeframe,
            referral: String::new(),
            read_back: Vec::new(),
            copy_text: String::new(),
        };
        view.read_back = view.lines_to_read_back(order.patient.name.spoken());
        view.copy_text = view.text();
        view
    }
}

impl BookingView {
    /// A booking with what is true of its referral, among those of its encounter.
    #[must_use]
    pub fn among(record: &BookingRecord, referrals: &[ReferralOutcome]) -> Self {
        let of_it = |it: &&ReferralOutcome| it.referral.permit.booking() == Some(record.id);
        Self::with_referral(record, referrals.iter().find(of_it))
    }

    /// A booking with what is true of its referral; none where none was sent.
    #[must_use]
    pub fn with_referral(record: &BookingRecord, referral: Option<&ReferralOutcome>) -> Self {
        let view = Self::from(record);
        match referral.map(ReferralView::from) {
            Some(referral) if referral.to_do.is_empty() => Self { referral: format!("{}.", referral.state), ..view },
            Some(referral) => Self { referral: format!("{}. {}", referral.state, referral.to_do), ..view },
            None => {
                let none = "No referral was sent yet: the service does not know why the patient comes.";
                Self { referral: none.to_owned(), ..view }
            }
        }
    }

    fn lines_to_read_back(&self, patient: String) -> Vec<String> {
        let until = if self.end.is_empty() { String::new() } else { format!(" until {}", self.end) };
        let mut lines = vec![
            format!("{patient}, born {}", self.born),
            format!("{} at {}{until}", self.date, self.start),
            self.service.clone(),
        ];
        let given = |label: &str, value: &str| (!value.is_empty()).then(|| format!("{label}: {value}"));
        let channel = if self.delivery_channel == display::CHANNEL_NOT_GIVEN {
            Some("The provider did not say whether this is in person, by telephone or by video".to_owned())
        } else {
            given("How", &self.delivery_channel)
        };
        let where_to = given("Where", &self.place)
            .unwrap_or_else(|| "The provider gave no address for the appointment".to_owned());
        lines.push(where_to);
        lines.extend(channel);
        lines.extend(given("With", &self.practitioner));
        lines.extend(given("Telephone of the service", &self.service_phone));
        lines.extend(given("Booking reference", &self.provider_reference));
        lines
    }

    fn text(&self) -> String {
        let mut lines = vec![format!("{} NHS number {}", self.patient, self.nhs_number)];
        lines.extend(self.read_back.iter().skip(1).cloned());
        lines.push(format!("{} as of {}, version {}", self.status, self.status_as_of, self.version));
        lines.push(format!("Booked by {} on {}", self.booked_by, self.booked_at));
        lines.join("\n")
    }
}
