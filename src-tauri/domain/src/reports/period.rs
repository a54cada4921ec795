//! The days that a report is about.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::calendar::start_of_local_day;

/// Days in the United Kingdom, both included. A day has 23 or 25 hours where the clocks change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    from: NaiveDate,
    to: NaiveDate,
}

/// Why there is no such period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeriodRefusal {
    /// The last day lies before the first.
    #[error("the last day lies before the first")]
    EndsBeforeItBegins,
    /// A day outside 1900 to 2999.
    #[error("a day is outside 1900 to 2999")]
    NoSuchYear,
}

impl Period {
    /// From a day to a day, both included.
    ///
    /// # Errors
    /// [`PeriodRefusal`].
    pub fn new(from: NaiveDate, to: NaiveDate) -> Result<Self, PeriodRefusal> {
        if ![from, to].iter().all(|day| (1900..3000).contains(&day.year())) {
            return Err(PeriodRefusal::NoSuchYear);
        }
        if to < from { Err(PeriodRefusal::EndsBeforeItBegins) } else { Ok(Self { from, to }) }
    }

    /// The first day.
    #[must_use]
    pub const fn from(self) -> NaiveDate {
        self.from
    }

    /// The last day.
    #[must_use]
    pub const fn to(self) -> NaiveDate {
        self.to
    }

    /// The instant (UTC) at which it begins.
    #[must_use]
    pub fn begins(self) -> DateTime<Utc> {
        start_of_local_day(self.from)
    }

    /// The instant (UTC) before which it ends.
    #[must_use]
    pub fn ends(self) -> DateTime<Utc> {
        start_of_local_day(self.to + Days::new(1))
    }

    /// Whether an instant lies in it.
    #[must_use]
    pub fn contains(self, at: DateTime<Utc>) -> bool {
        self.begins() <= at && at < self.ends()
    }

    /// What it is compared with: of whole months as many whole months before; of the beginning of a month the same days of
    /// the month before; of other days as many days before.
    #[must_use]
    pub fn before(self) -> Self {
        let Self { from, to } = self;
        let whole_months = to + Days::new(1);
        if from.day() == 1 && whole_months.day() == 1 {
            let months = months_since_year_0(whole_months) - months_since_year_0(from);
            return Self { from: from - Months::new(months), to: from - Days::new(1) };
        }
        if from.day() == 1 && (from.year(), from.month()) == (to.year(), to.month()) {
            // The last day is brought back where the month before is shorter.
            return Self { from: from - Months::new(1), to: to - Months::new(1) };
        }
        let days = Days::new((to - from).num_days().unsigned_abs() + 1);
        Self { from: from - days, to: from - Days::new(1) }
    }
}

fn months_since_year_0(day: NaiveDate) -> u32 {
    day.year().unsigned_abs() * 12 + day.month0()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn period(from: &str, to: &str) -> Period {
        Period::new(day(from), day(to)).expect("a period")
    }

    #[test]
    fn days_begin_at_local_midnight_on_both_sides_of_both_clock_changes() {
        let table = [
            // The day on which the clocks go forward has 23 hours, the one on which they go back 25.
            ("2026-03-29", "2026-03-29T00:00:00Z", "2026-03-29T23:00:00Z"),
            ("2026-03-30", "2026-03-29T23:00:00Z", "2026-03-30T23:00:00Z"),
            ("2026-10-25", "2026-10-24T23:00:00Z", "2026-10-26T00:00:00Z"),
            ("2026-10-26", "2026-10-26T00:00:00Z", "2026-10-27T00:00:00Z"),
        ];
        for (of, begins, ends) in table {
            let one = period(of, of);
            let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
            assert_eq!((one.begins(), one.ends()), (at(begins), at(ends)), "{of}");
            assert!(one.contains(at(begins)) && !one.contains(at(ends)), "{of}: the end belongs to the next day");
        }
    }

    #[test]
    fn this_month_is_compared_with_the_same_days_of_the_last() {
        let table = [
            (("2026-11-01", "2026-11-30"), ("2026-10-01", "2026-10-31"), "a whole month"),
            (("2026-01-01", "2026-01-31"), ("2025-12-01", "2025-12-31"), "over the new year"),
            (("2026-10-01", "2026-12-31"), ("2026-07-01", "2026-09-30"), "a quarter"),
            (("2026-11-01", "2026-11-20"), ("2026-10-01", "2026-10-20"), "a month so far"),
            (("2026-03-01", "2026-03-30"), ("2026-02-01", "2026-02-28"), "the month before is shorter"),
            (("2026-11-16", "2026-11-22"), ("2026-11-09", "2026-11-15"), "a week"),
            (("2026-11-01", "2026-12-02"), ("2026-09-30", "2026-10-31"), "32 days"),
        ];
        for ((from, to), (before, until), what) in table {
            assert_eq!(period(from, to).before(), period(before, until), "{what}");
        }
    }

    #[test]
    fn a_period_does_not_end_before_it_begins() {
        assert_eq!(Period::new(day("2026-11-02"), day("2026-11-01")), Err(PeriodRefusal::EndsBeforeItBegins), "order");
        assert_eq!(Period::new(day("0001-01-01"), day("2026-11-01")), Err(PeriodRefusal::NoSuchYear), "year");
    }

    proptest! {
        #[test]
        fn what_a_period_is_compared_with_ends_before_it(from in 0u64..20_000, days in 0u64..400) {
            let from = day("1990-01-01") + Days::new(from);
            let period = Period::new(from, from + Days::new(days)).expect("a period");
            prop_assert!(period.before().to() < from);
            prop_assert!(period.before().from() <= period.before().to());
        }

        #[test]
        fn neighbouring_periods_meet_and_do_not_overlap(from in 0u64..20_000, days in 1u64..400) {
            let from = day("1990-01-01") + Days::new(from);
            let middle = from + Days::new(days);
            let first = Period::new(from, middle - Days::new(1)).expect("a period");
            let second = Period::new(middle, middle + Days::new(days)).expect("a period");
            prop_assert_eq!(first.ends(), second.begins());
        }
    }
}
