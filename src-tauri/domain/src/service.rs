//! Services as the Directory of Services lists them: their booking connection, their need for a booking, their hours.

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, Utc, Weekday};
use serde::{Deserialize, Serialize};

use crate::calendar::{is_bank_holiday, local};
use crate::id::{Asid, DosServiceId, OdsCode};

/// A service in the directory's answer. The order of the answer is the directory's ranking (DI-1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// The key of the service (DI-3).
    pub id: DosServiceId,
    /// Name for the public where there is one, else the directory's name.
    pub name: String,
    /// Kind of service.
    pub kind: String,
    /// Address where care is given; may be missing.
    pub address: Option<String>,
    /// Postcode of that address.
    pub postcode: Option<String>,
    /// Distance in miles as the directory says it.
    pub distance_miles: Option<String>,
    /// Phone number for the public.
    pub phone: Option<String>,
    /// Phone number for professionals only; never shown as something to give to the patient.
    pub professional_phone: Option<String>,
    /// ODS code of the organisation.
    pub ods_code: Option<OdsCode>,
    /// What professionals are told about referring.
    pub referral_information: Option<String>,
    /// What the public is told.
    pub public_information: Option<String>,
    /// How much room it has, where the directory says so.
    #[serde(default)]
    pub capacity: Option<Capacity>,
    /// When it is open.
    pub opening: OpeningTimes,
    /// What it says of itself.
    pub attributes: Vec<ServiceAttribute>,
    /// Where messages for it go.
    pub endpoints: Vec<ServiceEndpoint>,
    /// True where the directory offers it only because nothing fits.
    pub catch_all: bool,
}

/// How far from the patient is searched for services: whole kilometres, 1 to 99 (DI-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SearchDistance(u8);

impl SearchDistance {
    /// The farthest, in whole miles.
    pub const MOST_MILES: u8 = 61;

    /// A distance in whole miles, rounded up to what the directory counts in; none beyond its reach.
    #[must_use]
    pub fn from_miles(miles: u8) -> Option<Self> {
        // A mile is 1609.344 m.
        let km = (u64::from(miles) * 1_609_344).div_ceil(1_000_000);
        u8::try_from(km).ok().filter(|km| (1..=99).contains(km)).map(Self)
    }

    /// In kilometres.
    #[must_use]
    pub const fn km(self) -> u8 {
        self.0
    }
}

/// How much room a service has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Capacity {
    /// Enough.
    High,
    /// Little.
    Low,
    /// None.
    None,
}

/// A named attribute of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAttribute {
    /// Type of the value, as given: `Boolean` …; empty where the directory gives none.
    #[serde(default)]
    pub data_type: String,
    /// Name, as given.
    pub name: String,
    /// Value, as given.
    pub value: String,
}

/// An endpoint of a service, as given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceEndpoint {
    /// Order among its kind.
    pub order: u32,
    /// `itk`, `email`, `telno`, `http` …
    pub transport: String,
    /// `CDA`, `FHIR` …
    pub format: String,
    /// What it is for.
    pub interaction: String,
    /// `Primary` or `Copy`.
    pub business_scenario: String,
    /// Address.
    pub address: String,
    /// Whether the payload is compressed, as given.
    pub compression: String,
    /// Remark.
    pub comment: String,
}

impl ServiceEndpoint {
    /// Whether it is for information alone: whoever is there does not act on what comes.
    #[must_use]
    pub fn is_copy(&self) -> bool {
        self.business_scenario.trim().eq_ignore_ascii_case("Copy")
    }
}

/// How a service can be booked from here, as its endpoints say (DI-4, DI-5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BookingConnection {
    /// No scheduling endpoint: carry on without a booking.
    None,
    /// The accredited system that holds its slots.
    System(Asid),
    /// The GP Connect form: an organisation whose system is to be looked up.
    Organisation(OdsCode),
    /// More than one scheduling endpoint: no booking into this service.
    Several,
    /// A scheduling endpoint whose address makes no sense.
    Unusable,
}

impl Service {
    /// Reads the booking connection from the endpoints (DI-4).
    #[must_use]
    pub fn booking_connection(&self) -> BookingConnection {
        let scheduling: Vec<&ServiceEndpoint> = self.endpoints.iter().filter(|e| e.is_scheduling()).collect();
        match scheduling.as_slice() {
            [] => BookingConnection::None,
            [one] => one.connection(),
            _ => BookingConnection::Several,
        }
    }

    /// Whether a referral needs a booking first (BO-1): present and true, in the newer or the older name.
    #[must_use]
    pub fn requires_booking(&self) -> bool {
        self.attributes.iter().any(ServiceAttribute::requires_booking)
    }
}

impl ServiceAttribute {
    fn requires_booking(&self) -> bool {
        let value = self.value.trim();
        let is = |word: &str| value.eq_ignore_ascii_case(word);
        // A `1` is a truth only where the directory says that the value is one.
        let is_boolean = self.data_type.trim().to_ascii_lowercase().starts_with("bool");
        let is_true = is("true") || is("y") || is("yes") || (is_boolean && is("1"));
        let name = self.name.trim();
        is_true && (name.eq_ignore_ascii_case("requirebooking") || name.eq_ignore_ascii_case("requiresappointment"))
    }
}

impl ServiceEndpoint {
    fn is_scheduling(&self) -> bool {
        let is = |text: &str, expected: &str| text.trim().eq_ignore_ascii_case(expected);
        is(&self.transport, "http") && is(&self.format, "FHIR") && is(&self.interaction, "scheduling")
    }

    fn connection(&self) -> BookingConnection {
        let address = self.address.trim();
        let after = |prefix: &str| {
            let head = address.get(..prefix.len())?;
            head.eq_ignore_ascii_case(prefix).then(|| address[prefix.len()..].trim())
        };
        if let Some(asid) = after("ASID:") {
            return Asid::new(asid).map_or(BookingConnection::Unusable, BookingConnection::System);
        }
        if let Some(ods) = after("ODS:") {
            return OdsCode::new(ods).map_or(BookingConnection::Unusable, BookingConnection::Organisation);
        }
        BookingConnection::Unusable
    }
}

/// When a service is open, in UK local time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningTimes {
    /// Open at all hours.
    pub all_hours: bool,
    /// The week, and bank holidays.
    pub week: Vec<WeeklySession>,
    /// Sessions on given days; they override the week on those days.
    pub dated: Vec<DatedSession>,
}

/// A session that recurs every week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeeklySession {
    /// On which day.
    pub day: SessionDay,
    /// From.
    pub from: NaiveTime,
    /// Until.
    pub until: NaiveTime,
}

/// The day of a weekly session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SessionDay {
    /// A day of the week.
    Weekday(Weekday),
    /// Any bank holiday.
    BankHoliday,
}

/// A session on one day. One without length says that the service is closed on that day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatedSession {
    /// On which day.
    pub date: NaiveDate,
    /// From.
    pub from: NaiveTime,
    /// Until.
    pub until: NaiveTime,
}

/// Whether a service is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// At all hours.
    AllHours,
    /// Open until then (UK local time, today).
    OpenUntil(NaiveTime),
    /// Closed; opens then, where that is within the coming week.
    Closed(Option<(NaiveDate, NaiveTime)>),
    /// The directory gives no times.
    NotGiven,
}

impl OpeningTimes {
    /// Whether it is open at an instant. A given day overrides all hours, all hours a bank holiday, that the week.
    #[must_use]
    pub fn at(&self, now: DateTime<Utc>) -> Opening {
        let now = local(now);
        let today = self.sessions_on(now.date());
        if self.all_hours && !self.dated.iter().any(|session| session.date == now.date()) {
            return Opening::AllHours;
        }
        if self.week.is_empty() && self.dated.is_empty() {
            return Opening::NotGiven;
        }
        if let Some((_, until)) = today.iter().find(|(from, until)| *from <= now.time() && now.time() < *until) {
            return Opening::OpenUntil(*until);
        }
        let next = (0..8).map(|ahead| now.date() + Duration::days(ahead)).find_map(|day| {
            let later = |from: NaiveTime| day > now.date() || from > now.time();
            let sessions = self.sessions_on(day).into_iter().filter(|(from, until)| from < until);
            sessions.map(|(from, _)| from).filter(|from| later(*from)).min().map(|from| (day, from))
        });
        Opening::Closed(next)
    }

    fn sessions_on(&self, day: NaiveDate) -> Vec<(NaiveTime, NaiveTime)> {
        let dated: Vec<_> = self.dated.iter().filter(|s| s.date == day).map(|s| (s.from, s.until)).collect();
        if !dated.is_empty() {
            return dated;
        }
        if self.all_hours {
            return NaiveTime::from_hms_opt(23, 59, 59).map(|end| (NaiveTime::MIN, end)).into_iter().collect();
        }
        let of = |wanted: SessionDay| -> Vec<_> {
            self.week.iter().filter(|s| s.day == wanted).map(|s| (s.from, s.until)).collect()
        };
        let holiday = if is_bank_holiday(day) { of(SessionDay::BankHoliday) } else { Vec::new() };
        if holiday.is_empty() { of(SessionDay::Weekday(day.weekday())) } else { holiday }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn service(attributes: &[(&str, &str)], endpoints: &[(&str, &str, &str, &str)]) -> Service {
        Service {
            id: DosServiceId::new("1001").expect("an id"),
            name: "Northdale Urgent Treatment Centre".to_owned(),
            kind: "Urgent Treatment Centre".to_owned(),
            address: None,
            postcode: None,
            distance_miles: None,
            phone: None,
            professional_phone: None,
            ods_code: None,
            referral_information: None,
            public_information: None,
            capacity: None,
            opening: OpeningTimes::default(),
            attributes: attributes
                .iter()
                .map(|(name, value)| ServiceAttribute {
                    data_type: String::new(),
                    name: (*name).to_owned(),
                    value: (*value).to_owned(),
                })
                .collect(),
            endpoints: endpoints
                .iter()
                .map(|(transport, format, interaction, address)| ServiceEndpoint {
                    order: 1,
                    transport: (*transport).to_owned(),
                    format: (*format).to_owned(),
                    interaction: (*interaction).to_owned(),
                    business_scenario: "Primary".to_owned(),
                    address: (*address).to_owned(),
                    compression: "uncompressed".to_owned(),
                    comment: String::new(),
                })
                .collect(),
            catch_all: false,
        }
    }

    #[test]
    fn di_1_a_search_distance_in_miles_reaches_at_least_as_far_in_kilometres() {
        for miles in 0..=u8::MAX {
            let fits = (1..=SearchDistance::MOST_MILES).contains(&miles);
            let distance = SearchDistance::from_miles(miles);
            assert_eq!(distance.is_some(), fits, "{miles}");
            if let Some(distance) = distance {
                let over = f64::from(distance.km()) - f64::from(miles) * 1.609_344;
                assert!((0.0..1.0).contains(&over), "{miles} miles are {} km", distance.km());
            }
        }
    }

    #[test]
    fn bo_1_only_present_and_true_requires_a_booking() {
        let table: &[(&[(&str, &str)], bool)] = &[
            (&[], false),
            (&[("requirebooking", "FALSE")], false),
            (&[("requirebooking", "")], false),
            (&[("requirebooking", "TRUE")], true),
            (&[("RequireBooking", " true ")], true),
            (&[("REQUIRESAPPOINTMENT", "Y")], true),
            (&[("REQUIRESAPPOINTMENT", "N")], false),
            (&[("somethingelse", "TRUE")], false),
        ];
        for (attributes, expected) in table {
            assert_eq!(service(attributes, &[]).requires_booking(), *expected, "{attributes:?}");
        }
    }

    #[test]
    fn di_4_the_asid_is_read_from_the_scheduling_endpoint_in_any_letter_case() {
        let asid = Asid::new("200000000111").expect("an ASID");
        type Endpoint = (&'static str, &'static str, &'static str, &'static str);
        let table: &[(&[Endpoint], BookingConnection)] = &[
            (&[("itk", "CDA", "primary", "https://x")], BookingConnection::None),
            (&[("http", "FHIR", "Scheduling", "ASID:200000000111")], BookingConnection::System(asid.clone())),
            (&[("HTTP", "fhir", "SCHEDULING", "asid: 200000000111")], BookingConnection::System(asid)),
            (&[("http", "FHIR", "Scheduling", "ASID:20000")], BookingConnection::Unusable),
            (&[("http", "FHIR", "Scheduling", "é")], BookingConnection::Unusable),
            (
                &[("http", "FHIR", "Scheduling", "ODS:A12345")],
                BookingConnection::Organisation(OdsCode::new("A12345").expect("a code")),
            ),
        ];
        for (endpoints, expected) in table {
            assert_eq!(service(&[], endpoints).booking_connection(), *expected, "{endpoints:?}");
        }
    }

    #[test]
    fn di_5_more_than_one_scheduling_endpoint_stops_booking_into_the_service() {
        let twice =
            [("http", "FHIR", "Scheduling", "ASID:200000000111"), ("http", "FHIR", "scheduling", "ASID:200000000112")];
        assert_eq!(service(&[], &twice).booking_connection(), BookingConnection::Several, "two ASIDs");
    }

    #[test]
    fn opening_times_follow_the_directorys_order_of_precedence() {
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).expect("a time");
        let friday: DateTime<Utc> = "2026-11-20T18:00:00Z".parse().expect("an instant");
        let mut times = OpeningTimes {
            all_hours: false,
            week: vec![WeeklySession { day: SessionDay::Weekday(Weekday::Fri), from: time(8), until: time(20) }],
            dated: Vec::new(),
        };
        assert_eq!(times.at(friday), Opening::OpenUntil(time(20)), "the week");
        assert_eq!(
            times.at(friday + Duration::hours(3)),
            Opening::Closed(Some((friday.date_naive() + Duration::days(7), time(8)))),
            "closed until next Friday"
        );
        times.dated = vec![DatedSession { date: friday.date_naive(), from: time(9), until: time(10) }];
        assert!(matches!(times.at(friday), Opening::Closed(_)), "a given day overrides the week");
        let closed = DatedSession { from: time(0), until: time(0), ..times.dated[0] };
        let week = times.week.clone();
        let shut = OpeningTimes { all_hours: false, week, dated: vec![closed] };
        let next_friday = friday.date_naive() + Duration::days(7);
        assert_eq!(
            shut.at(friday),
            Opening::Closed(Some((next_friday, time(8)))),
            "a day of no length is a day closed"
        );
        let shut = OpeningTimes { all_hours: true, ..shut };
        let next_midnight = (friday.date_naive() + Duration::days(1), time(0));
        assert_eq!(shut.at(friday), Opening::Closed(Some(next_midnight)), "and then all hours hold again");
        times.all_hours = true;
        assert!(matches!(times.at(friday), Opening::Closed(_)), "a given day overrides all hours");
        assert_eq!(OpeningTimes::default().at(friday), Opening::NotGiven, "no times are not 'closed'");
    }
}
