//! English bank holidays, working days, and UK local time (SL-7).

use chrono::{
    DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc, Weekday,
};
use chrono_tz::Europe::London;
use chrono_tz::OffsetName;

/// Bank holidays in England as published, (year, month, day). [`BANK_HOLIDAYS_KNOWN_UNTIL`] says how far they reach.
pub const BANK_HOLIDAYS: &[(i32, u32, u32)] = &[
    (2026, 1, 1),
    (2026, 4, 3),
    (2026, 4, 6),
    (2026, 5, 4),
    (2026, 5, 25),
    (2026, 8, 31),
    (2026, 12, 25),
    (2026, 12, 28),
    (2027, 1, 1),
    (2027, 3, 26),
    (2027, 3, 29),
    (2027, 5, 3),
    (2027, 5, 31),
    (2027, 8, 30),
    (2027, 12, 27),
    (2027, 12, 28),
    (2028, 1, 3),
    (2028, 4, 14),
    (2028, 4, 17),
    (2028, 5, 1),
    (2028, 5, 29),
    (2028, 8, 28),
    (2028, 12, 25),
    (2028, 12, 26),
];

/// The last year that [`BANK_HOLIDAYS`] covers.
pub const BANK_HOLIDAYS_KNOWN_UNTIL: i32 = 2028;

/// Whether GP practices and offices work on this day.
#[must_use]
pub fn is_working_day(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !is_bank_holiday(day)
}

/// Whether this day is a bank holiday in England.
#[must_use]
pub fn is_bank_holiday(day: NaiveDate) -> bool {
    BANK_HOLIDAYS.contains(&(day.year(), day.month(), day.day()))
}

/// The `count`th working day after a day; the day itself is not counted.
#[must_use]
pub fn working_day_after(day: NaiveDate, count: u8) -> NaiveDate {
    let mut found = day;
    for _ in 0..count {
        found = found + Days::new(1);
        while !is_working_day(found) {
            found = found + Days::new(1);
        }
    }
    found
}

/// The local day in the United Kingdom at an instant.
#[must_use]
pub fn local_date(at: DateTime<Utc>) -> NaiveDate {
    local(at).date()
}

/// The local date and time in the United Kingdom at an instant.
#[must_use]
pub fn local(at: DateTime<Utc>) -> NaiveDateTime {
    at.with_timezone(&London).naive_local()
}

/// `GMT` or `BST`, as it is at an instant.
#[must_use]
pub fn zone_name(at: DateTime<Utc>) -> &'static str {
    match at.with_timezone(&London).offset().fix().local_minus_utc() {
        0 => "GMT",
        _ => "BST",
    }
}

/// The zone's own abbreviation from the time zone data; the same as [`zone_name`] unless the data changes.
#[must_use]
pub fn zone_abbreviation(at: DateTime<Utc>) -> Option<String> {
    at.with_timezone(&London).offset().abbreviation().map(str::to_owned)
}

/// The instant at which a local day begins in the United Kingdom.
#[must_use]
pub fn start_of_local_day(day: NaiveDate) -> DateTime<Utc> {
    instant_of_local(day.and_time(NaiveTime::MIN))
}

/// The last millisecond of a local day in the United Kingdom, to which the audit record is kept. A day has 23 or 25 hours
/// where the clocks change.
#[must_use]
pub fn end_of_local_day(day: NaiveDate) -> DateTime<Utc> {
    day.checked_add_days(Days::new(1))
        .map_or(DateTime::<Utc>::MAX_UTC, |next| start_of_local_day(next) - TimeDelta::milliseconds(1))
}

/// The instant of a local date and time. A time that occurs twice is the earlier one; one that the clocks skip is moved
/// on by the hour that they skip, so that a timeframe is never made longer by a clock change.
#[must_use]
pub fn instant_of_local(time: NaiveDateTime) -> DateTime<Utc> {
    match London.from_local_datetime(&time) {
        chrono::LocalResult::Single(one) => one.to_utc(),
        chrono::LocalResult::Ambiguous(earlier, _) => earlier.to_utc(),
        chrono::LocalResult::None => time.and_utc(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).expect("a real day")
    }

    #[test]
    fn the_next_working_day_passes_over_weekends_and_bank_holidays() {
        assert_eq!(working_day_after(day(2026, 11, 20), 1), day(2026, 11, 23), "Friday to Monday");
        assert_eq!(working_day_after(day(2026, 12, 24), 1), day(2026, 12, 29), "Christmas Eve to Tuesday");
        assert_eq!(working_day_after(day(2026, 12, 24), 3), day(2026, 12, 31), "three working days");
    }

    #[test]
    fn a_day_ends_where_the_next_one_begins_in_uk_time_also_where_the_clocks_change() {
        let end = |day| end_of_local_day(day).to_rfc3339();
        assert_eq!(end(day(2026, 11, 20)), "2026-11-20T23:59:59.999+00:00", "in winter");
        assert_eq!(end(day(2026, 7, 1)), "2026-07-01T22:59:59.999+00:00", "in summer");
        for (changes, hours) in [(day(2026, 3, 29), 23), (day(2026, 10, 25), 25)] {
            let length = end_of_local_day(changes) - start_of_local_day(changes);
            assert_eq!(length.num_milliseconds(), hours * 3_600_000 - 1, "{changes}");
        }
    }

    #[test]
    fn bank_holidays_fall_on_weekdays_and_every_covered_year_has_eight() {
        for year in 2026..=BANK_HOLIDAYS_KNOWN_UNTIL {
            let of_year: Vec<_> = BANK_HOLIDAYS.iter().filter(|(y, _, _)| *y == year).collect();
            assert_eq!(of_year.len(), 8, "England has eight in {year}");
            for (y, m, d) in of_year {
                assert!(
                    !matches!(day(*y, *m, *d).weekday(), Weekday::Sat | Weekday::Sun),
                    "{y}-{m}-{d} is a substitute"
                );
            }
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "this test is about the calendar of the day on which it runs")]
    fn bank_holidays_are_known_for_at_least_a_year_ahead() {
        let today = chrono::Local::now().year();
        assert!(
            BANK_HOLIDAYS_KNOWN_UNTIL > today,
            "bank holidays run out at the end of {BANK_HOLIDAYS_KNOWN_UNTIL}: add the next published years"
        );
    }

    #[test]
    fn sl_7_local_time_is_right_on_both_sides_of_both_clock_changes() {
        let table = [
            ("2026-03-29T00:59:00Z", "2026-03-29 00:59:00", "GMT"),
            ("2026-03-29T01:00:00Z", "2026-03-29 02:00:00", "BST"),
            ("2026-10-25T00:59:00Z", "2026-10-25 01:59:00", "BST"),
            ("2026-10-25T01:00:00Z", "2026-10-25 01:00:00", "GMT"),
        ];
        for (instant, expected, zone) in table {
            let at: DateTime<Utc> = instant.parse().expect("an instant");
            assert_eq!(local(at).to_string(), expected, "{instant}");
            assert_eq!(zone_name(at), zone, "{instant}");
            assert_eq!(zone_abbreviation(at).as_deref(), Some(zone), "{instant}");
        }
    }
}
