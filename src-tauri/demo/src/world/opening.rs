//! When a service is open: a specified date goes before being open at all hours, that before a bank holiday, that before
//! the week. No session crosses midnight. Times are UK time.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta, Utc, Weekday};
use chrono_tz::Europe::London;

/// A session: minutes of its day at which it begins and ends.
pub(crate) type Session = (u32, u32);

/// The opening times of a service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opening {
    pub(crate) all_hours: bool,
    /// Monday first; the bank holidays last.
    pub(crate) week: &'static [&'static [Session]; 8],
    /// Dates of every year (month, day) with their session; one without length says that it is closed.
    pub(crate) dated: &'static [(u32, u32, Session)],
}

const DAY: &[Session] = &[(480, 1320)];
const OFFICE: &[Session] = &[(540, 720), (780, 1020)];
const NIGHT: &[Session] = &[(0, 480), (1080, 1440)];
const MORNING: &[Session] = &[(600, 720)];
const CLOSED: &[Session] = &[];

impl Opening {
    pub(crate) const ALL_HOURS: Self = Self { all_hours: true, week: &[CLOSED; 8], dated: &[] };
    /// At all hours, but for New Year's Day.
    pub(crate) const NOT_AT_NEW_YEAR: Self = Self { dated: &[(1, 1, (0, 0))], ..Self::ALL_HOURS };
    /// From eight to ten in the evening on every day, shorter on Christmas Day.
    pub(crate) const DAYTIME: Self = Self { all_hours: false, week: &[DAY; 8], dated: &[(12, 25, (600, 840))] };
    /// In office hours, and on the morning of a bank holiday.
    pub(crate) const OFFICE_HOURS: Self =
        Self { week: &[OFFICE, OFFICE, OFFICE, OFFICE, OFFICE, CLOSED, CLOSED, MORNING], dated: &[], ..Self::DAYTIME };
    /// From six in the evening to eight in the morning: two sessions on each day.
    pub(crate) const NIGHTS: Self = Self { week: &[NIGHT; 8], dated: &[], ..Self::DAYTIME };

    /// The sessions of one date.
    fn on(&self, date: NaiveDate) -> Vec<Session> {
        let dated = self.dated.iter().filter(|(month, day, _)| (*month, *day) == (date.month(), date.day()));
        let dated: Vec<Session> = dated.map(|(.., session)| *session).collect();
        if !dated.is_empty() {
            return dated;
        }
        if self.all_hours {
            return vec![(0, 1440)];
        }
        let index = if is_bank_holiday(date) { 7 } else { date.weekday().num_days_from_monday() as usize };
        self.week[index].to_vec()
    }

    /// Whether it is open at any time of a window.
    pub(crate) fn open_between(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> bool {
        let local = |at: DateTime<Utc>| at.with_timezone(&London).naive_local();
        let (from, until) = (local(from), local(until));
        let at = |date: NaiveDate, minutes: u32| -> NaiveDateTime {
            date.and_time(chrono::NaiveTime::MIN) + TimeDelta::minutes(i64::from(minutes))
        };
        let dates = from.date().iter_days().take_while(|date| *date <= until.date()).take(31);
        dates.into_iter().any(|date| {
            let sessions = self.on(date);
            sessions
                .into_iter()
                .any(|(opens, closes)| opens < closes && at(date, opens) <= until && at(date, closes) > from)
        })
    }
}

/// The next time that ends so many working days.
pub(crate) fn after_working_days(from: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    let first = from.with_timezone(&London).date_naive();
    let working = |date: &NaiveDate| !matches!(date.weekday(), Weekday::Sat | Weekday::Sun) && !is_bank_holiday(*date);
    let last = first.iter_days().skip(1).filter(working).nth(days.saturating_sub(1) as usize).unwrap_or(first);
    let end = last.and_time(chrono::NaiveTime::MIN) + TimeDelta::days(1);
    end.and_local_timezone(London).earliest().map_or(from, |end| end.to_utc())
}

/// The bank holidays of England, as the rules make them.
pub(crate) fn is_bank_holiday(date: NaiveDate) -> bool {
    let year = date.year();
    let on = |month: u32, day: u32| NaiveDate::from_ymd_opt(year, month, day);
    let monday_from = |first: Option<NaiveDate>| {
        first.and_then(|first| first.iter_days().find(|date| date.weekday() == Weekday::Mon))
    };
    // A holiday at a weekend is kept on the next day that is none; Boxing Day after Christmas Day.
    let weekend = |date: NaiveDate| matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
    let kept = |date: Option<NaiveDate>, taken: Option<NaiveDate>| {
        date.and_then(|date| date.iter_days().find(|date| !weekend(*date) && Some(*date) != taken))
    };
    let christmas = on(12, 25);
    let boxing = on(12, 26);
    let (christmas_kept, boxing_kept) = match (christmas.map(weekend), boxing.map(weekend)) {
        // Sunday: Boxing Day stays on its Monday, Christmas Day is kept on the Tuesday.
        (Some(true), Some(false)) => (kept(christmas, boxing), boxing),
        _ => {
            let first = kept(christmas, None);
            (first, kept(boxing, first))
        }
    };
    let easter = easter(year);
    let around_easter = |days: i64| easter.and_then(|easter| easter.checked_add_signed(TimeDelta::days(days)));
    [
        kept(on(1, 1), None),
        around_easter(-2),
        around_easter(1),
        monday_from(on(5, 1)),
        monday_from(on(5, 25)),
        monday_from(on(8, 25)),
        christmas_kept,
        boxing_kept,
    ]
    .contains(&Some(date))
}

/// Easter Sunday (the anonymous Gregorian rule).
fn easter(year: i32) -> Option<NaiveDate> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let days = h + l - 7 * m + 114;
    let first = NaiveDate::from_ymd_opt(year, u32::try_from(days / 31).ok()?, 1)?;
    first.checked_add_days(Days::new(u64::try_from(days % 31).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn di_1_bank_holidays_are_those_of_the_calendar() {
        let kept = [
            "2026-01-01",
            "2026-04-03",
            "2026-04-06",
            "2026-05-04",
            "2026-05-25",
            "2026-08-31",
            "2026-12-25",
            "2026-12-28",
            "2027-03-26",
            "2027-12-27",
            "2027-12-28",
            "2022-12-26",
            "2022-12-27",
            "2028-01-03",
        ];
        for day in kept {
            assert!(is_bank_holiday(date(day)), "{day}");
        }
        for day in ["2026-12-26", "2026-01-02", "2026-11-21", "2022-12-25"] {
            assert!(!is_bank_holiday(date(day)), "{day}");
        }
    }

    #[test]
    fn di_1_a_specified_date_goes_before_all_hours_before_a_bank_holiday_before_the_week() {
        let open = |opening: Opening, at: &str, minutes: i64| {
            let from: DateTime<Utc> = at.parse().expect("an instant");
            opening.open_between(from, from + TimeDelta::minutes(minutes))
        };
        let table = [
            (Opening::NOT_AT_NEW_YEAR, "2027-01-01T10:00:00Z", 600, false, "a specified date before all hours"),
            (Opening::NOT_AT_NEW_YEAR, "2027-01-02T03:00:00Z", 10, true, "all hours"),
            (Opening::DAYTIME, "2026-12-25T15:00:00Z", 120, false, "a specified date before a bank holiday"),
            (Opening::OFFICE_HOURS, "2026-12-28T14:00:00Z", 60, false, "a bank holiday before the week"),
            (Opening::OFFICE_HOURS, "2026-12-28T11:00:00Z", 10, true, "the morning of a bank holiday"),
            (Opening::OFFICE_HOURS, "2026-11-23T12:10:00Z", 30, false, "a Monday at noon"),
            (Opening::OFFICE_HOURS, "2026-11-23T12:10:00Z", 60, true, "and until after it"),
            (Opening::OFFICE_HOURS, "2026-11-21T10:00:00Z", 60, false, "a Saturday"),
            (Opening::NIGHTS, "2026-11-21T23:50:00Z", 20, true, "over midnight: two sessions"),
            (Opening::NIGHTS, "2026-11-21T09:00:00Z", 120, false, "by day"),
            (Opening::DAYTIME, "2026-07-01T20:30:00Z", 29, true, "UK time, in summer too"),
            (Opening::DAYTIME, "2026-07-01T21:00:00Z", 60, false, "closed at ten in the evening there"),
        ];
        for (opening, at, minutes, expected, what) in table {
            assert_eq!(open(opening, at, minutes), expected, "{what}");
        }
    }

    #[test]
    fn working_days_leave_out_weekends_and_bank_holidays() {
        let friday = "2026-12-24T12:00:00Z".parse().expect("an instant");
        let end: DateTime<Utc> = "2026-12-30T00:00:00Z".parse().expect("an instant");
        assert_eq!(after_working_days(friday, 1), end, "after Christmas, a weekend and the day kept for Boxing Day");
    }
}
