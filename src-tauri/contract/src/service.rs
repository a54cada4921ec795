//! Services from the directory, and their availability.

use chrono::{DateTime, Utc};
use desk_domain::outcome::AssessmentOutcome;
use desk_domain::reject::reject_reasons;
use desk_domain::service::{BookingConnection, Capacity, Opening, SearchDistance, Service};
use desk_domain::slot::SlotCount;
use desk_domain::user::Role;
use desk_journeys::Search;
use desk_journeys::discover::{self as journey, Availability};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::display;
use crate::problem::{FieldProblem, Problem};

/// The answer of a service search, in the order in which the directory ranked it (DI-1).
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ServiceListView {
    /// Id of this search; availability and choices refer to it.
    pub search_id: String,
    /// `18:04`.
    pub searched_at: String,
    /// Where was searched: `Within 20 miles of LS1 4AP`.
    pub searched: String,
    /// The services, ranked.
    pub services: Vec<ServiceView>,
}

/// One service as the list and the slot page show it.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ServiceView {
    /// DoS service id.
    pub id: String,
    /// Rank in the directory's answer, from 1.
    pub rank: u32,
    /// Name for the public.
    pub name: String,
    /// Kind of service: `Urgent Treatment Centre`.
    pub kind: String,
    /// Address where care is given, on one line; empty where the directory gives none.
    pub address: String,
    /// `1.2 miles`; empty where the directory gives none.
    pub distance: String,
    /// Phone number for the public; empty where none is given.
    pub phone: String,
    /// Phone number for professionals, never to be given to the public; empty where none is given.
    pub professional_phone: String,
    /// How much room the directory says it has: `Low capacity`, `No capacity`; empty where there is enough, or nothing is said.
    pub capacity: String,
    /// `Open until 22:00`, `Closed, opens tomorrow 08:00`, `Open 24 hours`, `Opening times not given`.
    pub opening: String,
    /// Whether it is open now; none where not known.
    pub open_now: Option<bool>,
    /// Whether and how it takes bookings, as the directory says.
    pub booking: BookingOfferView,
    /// `Takes bookings`, `Booking required`, `Does not take bookings from this desk`.
    pub booking_words: String,
    /// True where the directory offers this only as a catch-all.
    pub catch_all: bool,
    /// What professionals are told about referring; may be empty.
    pub referral_information: String,
    /// What the public is told; may be empty.
    pub public_information: String,
}

/// Reads how far to search, in whole miles.
///
/// # Errors
/// A [`Problem`] that says which distances there are.
pub fn search_distance(miles: Option<u8>) -> Result<Option<SearchDistance>, Problem> {
    let Some(miles) = miles else { return Ok(None) };
    let most = SearchDistance::MOST_MILES;
    SearchDistance::from_miles(miles).map(Some).ok_or_else(|| {
        let message = format!("Enter a distance from 1 to {most} miles");
        Problem::form(vec![FieldProblem { field: "withinMiles".to_owned(), message }])
    })
}

/// Whether a service takes bookings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum BookingOfferView {
    /// It has a scheduling endpoint; a booking is optional.
    Bookable,
    /// A referral needs a booking first (BO-1), and it has a scheduling endpoint.
    BookingOnly,
    /// A referral needs a booking first, and no booking can be made from here.
    BookingOnlyUnreachable,
    /// It has no scheduling endpoint.
    NotBookable,
    /// The directory's entry cannot be used (several scheduling endpoints, DI-5).
    Misconfigured,
}

/// Availability of one listed service; sent as answers arrive (DI-9).
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AvailabilityView {
    /// The search it belongs to.
    pub search_id: String,
    /// DoS service id.
    pub service_id: String,
    /// How far the asking is.
    pub state: AvailabilityState,
    /// Free slots inside the outcome timeframe.
    pub in_time: u32,
    /// Free slots outside the outcome timeframe.
    pub out_of_time: u32,
    /// The earliest free slot, to be said after a word: `today 19:20`; empty where there is none.
    pub earliest: String,
    /// `4 free in time`, `None in time, earliest 1 h 20 min late`, `No free slots`, `Could not ask`.
    pub words: String,
    /// `asked 18:04`; empty while asking.
    pub asked: String,
    /// What went wrong, where it did.
    pub problem: Option<Problem>,
}

/// How far asking a service for its availability is. "None free" and "could not ask" are different states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum AvailabilityState {
    /// Not answered yet.
    Asking,
    /// There are free slots inside the timeframe.
    FreeInTime,
    /// There are free slots, all outside the timeframe.
    FreeOutOfTime,
    /// Asked and answered: none free.
    NoneFree,
    /// Could not ask.
    Failed,
    /// The service takes no bookings from this desk; not asked.
    NotAsked,
}

/// Why the first ranked service was passed over (DI-10).
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RejectReasonView {
    /// The directory's id of the reason.
    pub id: u32,
    /// In words.
    pub text: String,
    /// A comment has to be given.
    pub needs_comment: bool,
}

/// A service chosen by the user.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ChooseServiceInput {
    /// The search that listed it.
    pub search_id: String,
    /// DoS service id.
    pub service_id: String,
    /// Id of the reject reason, where a service other than the first ranked was chosen.
    pub reject_reason: Option<u32>,
    /// Comment to the reject reason; may be empty.
    pub reject_comment: String,
}

impl ServiceListView {
    /// A search as shown.
    #[must_use]
    pub fn of(search: &Search, postcode: &str, now: DateTime<Utc>) -> Self {
        // The directory speaks of kilometres in distances to search, and of miles in distances found.
        let searched = match search.distance_km {
            Some(km) => format!("Within {} of {postcode}", display::miles(km)),
            None => format!("Around {postcode}"),
        };
        Self {
            search_id: search.id.to_string(),
            searched_at: display::time(search.at),
            searched,
            services: (1..).zip(&search.services).map(|(rank, service)| ServiceView::of(rank, service, now)).collect(),
        }
    }
}

impl ServiceView {
    /// A service as shown.
    #[must_use]
    pub fn of(rank: u32, service: &Service, now: DateTime<Utc>) -> Self {
        let booking = BookingOfferView::of(service);
        let address = match (&service.address, &service.postcode) {
            (Some(address), Some(postcode)) if !address.contains(postcode.as_str()) => format!("{address}, {postcode}"),
            (Some(address), _) => address.clone(),
            (None, postcode) => postcode.clone().unwrap_or_default(),
        };
        let (opening, open_now) = opening_words(service, now);
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Self {
            id: service.id.to_string(),
            rank,
            name: service.name.clone(),
            kind: service.kind.clone(),
            address,
            distance: service.distance_miles.as_ref().map(|miles| format!("{miles} miles")).unwrap_or_default(),
            phone: text(&service.phone),
            professional_phone: text(&service.professional_phone),
            capacity: match service.capacity {
                Some(Capacity::Low) => "Low capacity".to_owned(),
                Some(Capacity::None) => "No capacity".to_owned(),
                Some(Capacity::High) | None => String::new(),
            },
            opening,
            open_now,
            booking,
            booking_words: booking.words().to_owned(),
            catch_all: service.catch_all,
            referral_information: text(&service.referral_information),
            public_information: text(&service.public_information),
        }
    }
}

fn opening_words(service: &Service, now: DateTime<Utc>) -> (String, Option<bool>) {
    match service.opening.at(now) {
        Opening::AllHours => ("Open 24 hours".to_owned(), Some(true)),
        Opening::OpenUntil(until) => (format!("Open until {}", until.format("%H:%M")), Some(true)),
        Opening::Closed(Some((day, from))) => {
            let at = desk_domain::calendar::instant_of_local(day.and_time(from));
            (format!("Closed, opens {}", within_sentence(&display::near_time(at, now))), Some(false))
        }
        Opening::Closed(None) => ("Closed".to_owned(), Some(false)),
        Opening::NotGiven => ("Opening times not given".to_owned(), None),
    }
}

/// `Today 08:00` becomes `today 08:00` within a sentence; days of the week keep their capital.
fn within_sentence(near_time: &str) -> String {
    match near_time.strip_prefix('T') {
        Some(rest) if rest.starts_with("oday") || rest.starts_with("omorrow") => format!("t{rest}"),
        Some(_) | None => near_time.to_owned(),
    }
}

impl BookingOfferView {
    fn of(service: &Service) -> Self {
        match (service.booking_connection(), service.requires_booking()) {
            (BookingConnection::System(_) | BookingConnection::Organisation(_), true) => Self::BookingOnly,
            (BookingConnection::System(_) | BookingConnection::Organisation(_), false) => Self::Bookable,
            (BookingConnection::None | BookingConnection::Several | BookingConnection::Unusable, true) => {
                Self::BookingOnlyUnreachable
            }
            (BookingConnection::None, false) => Self::NotBookable,
            (BookingConnection::Several | BookingConnection::Unusable, false) => Self::Misconfigured,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Bookable => "Takes bookings",
            Self::BookingOnly => "Booking required",
            Self::BookingOnlyUnreachable => "Booking required, cannot be booked from here",
            Self::NotBookable => "Not booked from here",
            Self::Misconfigured => "Cannot be booked: its directory entry is at fault",
        }
    }
}

impl AvailabilityView {
    /// One service's availability as shown.
    #[must_use]
    pub fn of(availability: &Availability, outcome: &AssessmentOutcome, now: DateTime<Utc>) -> Self {
        let blank = Self {
            search_id: availability.search.to_string(),
            service_id: availability.service.to_string(),
            state: AvailabilityState::Asking,
            in_time: 0,
            out_of_time: 0,
            earliest: String::new(),
            words: "Asking for free slots".to_owned(),
            asked: String::new(),
            problem: None,
        };
        match &availability.state {
            journey::AvailabilityState::Asking => blank,
            journey::AvailabilityState::NotAsked => {
                Self { state: AvailabilityState::NotAsked, words: "Takes no bookings from here".to_owned(), ..blank }
            }
            journey::AvailabilityState::Failed(error) => Self {
                state: AvailabilityState::Failed,
                words: "Could not ask".to_owned(),
                asked: format!("asked {}", display::time(now)),
                problem: Some(Problem::from(error)),
                ..blank
            },
            journey::AvailabilityState::Answered(count) => {
                let (state, words) = Self::count_words(count, outcome);
                let earliest =
                    count.earliest.map(|at| within_sentence(&display::near_time(at, now))).unwrap_or_default();
                let asked = format!("asked {}", display::time(now));
                Self { state, in_time: count.in_time, out_of_time: count.out_of_time, earliest, words, asked, ..blank }
            }
        }
    }

    fn count_words(count: &SlotCount, outcome: &AssessmentOutcome) -> (AvailabilityState, String) {
        let late = count.earliest.and_then(|at| outcome.late_by(at));
        match (count.in_time, late) {
            (0, Some(late)) => {
                (AvailabilityState::FreeOutOfTime, format!("None in time, earliest {}", display::late(late)))
            }
            (0, None) => (AvailabilityState::NoneFree, "No free slots".to_owned()),
            (free, _) if outcome.due().is_none() => (AvailabilityState::FreeInTime, format!("{free} free")),
            (free, _) => (AvailabilityState::FreeInTime, format!("{free} free in time")),
        }
    }
}

impl RejectReasonView {
    /// The reasons that a user of this role may give.
    #[must_use]
    pub fn all(role: Role) -> Vec<Self> {
        reject_reasons(role)
            .map(|reason| Self { id: reason.id, text: reason.text.to_owned(), needs_comment: reason.needs_comment })
            .collect()
    }
}
