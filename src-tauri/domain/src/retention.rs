//! When records have been kept long enough (NF-5): which encounters may lose all that says who their patient was, and when
//! the clock is not to be believed about it.
//!
//! An encounter's time runs from the last thing that happened in it, or that elsewhere had to do with it. What is
//! unfinished is never over. Events are dated by the latest time that the record had reached when they were written, so a
//! clock that was set back makes nothing old before its time.

use chrono::{DateTime, Months, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::calendar::local_date;
use crate::id::EncounterId;

/// For how many years records are kept: eight, where the organisation does not say otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct YearsKept(u8);

/// A number of years that records cannot be kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("records are kept for 1 to 100 years, not for {0}")]
pub struct NotYearsKept(u8);

impl YearsKept {
    /// A number of years.
    ///
    /// # Errors
    /// [`NotYearsKept`] outside 1 to 100.
    pub const fn new(years: u8) -> Result<Self, NotYearsKept> {
        if years >= 1 && years <= 100 { Ok(Self(years)) } else { Err(NotYearsKept(years)) }
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// What happened before this instant (UTC) has been kept long enough.
    #[must_use]
    pub fn before(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now.checked_sub_months(Months::new(u32::from(self.0) * 12)).unwrap_or(DateTime::<Utc>::MIN_UTC)
    }
}

impl Default for YearsKept {
    fn default() -> Self {
        Self(8)
    }
}

impl TryFrom<u8> for YearsKept {
    type Error = NotYearsKept;
    fn try_from(years: u8) -> Result<Self, NotYearsKept> {
        Self::new(years)
    }
}

impl From<YearsKept> for u8 {
    fn from(years: YearsKept) -> Self {
        years.0
    }
}

/// What the record holds of an encounter, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Holdings {
    /// Assessment outcomes.
    pub outcomes: u64,
    /// Orders: of bookings, cancellations and deliveries of referrals.
    pub orders: u64,
    /// Bookings.
    pub bookings: u64,
    /// Notes on bookings.
    pub notes: u64,
    /// Steps of rebookings.
    pub rebook_steps: u64,
    /// Referrals.
    pub referrals: u64,
    /// Personal parts of audit events.
    pub personal_parts: u64,
}

impl std::iter::Sum for Holdings {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            outcomes: sum.outcomes + one.outcomes,
            orders: sum.orders + one.orders,
            bookings: sum.bookings + one.bookings,
            notes: sum.notes + one.notes,
            rebook_steps: sum.rebook_steps + one.rebook_steps,
            referrals: sum.referrals + one.referrals,
            personal_parts: sum.personal_parts + one.personal_parts,
        })
    }
}

/// An encounter as far as its time to be kept goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// The encounter.
    pub encounter: EncounterId,
    /// Number of its last audit event.
    pub through: u64,
    /// When the last thing happened in it or had to do with it: a cancellation, a rebooking, a note, a reassessment in
    /// another encounter (UTC; the time that the record had reached by then).
    pub last: DateTime<Utc>,
    /// Whether anything of it, or of what had to do with it, is unfinished.
    pub unfinished: bool,
    /// What it holds.
    pub holdings: Holdings,
}

impl Kept {
    /// Whether it has been kept long enough: the last of it was before an instant, and nothing of it is unfinished.
    #[must_use]
    pub fn is_over(&self, before: DateTime<Utc>) -> bool {
        !self.unfinished && self.last < before
    }
}

/// So long a stretch without an event is not how a desk at work looks: its clock may have been set.
pub const LONGEST_PAUSE: TimeDelta = TimeDelta::days(400);

/// What the record itself says of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecordTimes {
    /// The latest time that any event was at (UTC); none in an empty record.
    pub latest: Option<DateTime<Utc>>,
    /// The last stretch longer than [`LONGEST_PAUSE`] within the record: from the event before it to the one after (UTC).
    pub pause: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// Why the clock is not simply believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClockDoubt {
    /// It is behind the record.
    #[error("the clock is behind the record, which has an event of {}", local_date(*.latest))]
    Behind {
        /// The latest event (UTC).
        latest: DateTime<Utc>,
    },
    /// It jumped, or nobody worked here for more than a year.
    #[error("the record has nothing between {} and {}", local_date(*.from), local_date(*.until))]
    Paused {
        /// The last event before (UTC).
        from: DateTime<Utc>,
        /// The first event after, or now (UTC).
        until: DateTime<Utc>,
    },
}

/// Whether the clock may be wrong in a way that matters for what was before an instant.
///
/// A stretch without events that ended before that instant does not: whatever the clock was before it, all that was
/// written then was written before its end, and is old enough.
#[must_use]
pub fn doubt(times: &RecordTimes, now: DateTime<Utc>, before: DateTime<Utc>) -> Option<ClockDoubt> {
    let latest = times.latest?;
    if latest > now {
        return Some(ClockDoubt::Behind { latest });
    }
    let to_now = (now - latest > LONGEST_PAUSE).then_some((latest, now));
    let (from, until) = to_now.or(times.pause)?;
    (until > before).then_some(ClockDoubt::Paused { from, until })
}

/// What a person confirmed before details are removed for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmed {
    /// How many encounters, as they were shown.
    pub encounters: u64,
    /// Today's date (UK), typed where the clock is not simply believed.
    pub today: Option<NaiveDate>,
}

/// Why nothing is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, strum::VariantNames, strum::IntoStaticStr)]
pub enum RetentionRefusal {
    /// Somebody has to say which day it is.
    #[error("{0}: today's date has to be given")]
    ClockDoubted(ClockDoubt),
    /// The date that was given is not the clock's.
    #[error("the clock says that today is {0}")]
    NotToday(NaiveDate),
    /// It is not what was shown any more.
    #[error("{shown} encounters were confirmed, and {now} have been kept long enough")]
    NotAsShown {
        /// As confirmed.
        shown: u64,
        /// As it is.
        now: u64,
    },
}

impl Confirmed {
    /// Whether what was confirmed is what is to be done: so many encounters are over, at this time (UTC).
    ///
    /// # Errors
    /// [`RetentionRefusal`].
    pub fn fits(&self, over: u64, doubt: Option<ClockDoubt>, now: DateTime<Utc>) -> Result<(), RetentionRefusal> {
        let today = local_date(now);
        match (self.today, doubt) {
            (Some(given), _) if given != today => return Err(RetentionRefusal::NotToday(today)),
            (None, Some(doubt)) => return Err(RetentionRefusal::ClockDoubted(doubt)),
            (Some(_), _) | (None, None) => {}
        }
        if self.encounters == over {
            Ok(())
        } else {
            Err(RetentionRefusal::NotAsShown { shown: self.encounters, now: over })
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn day(number: i64) -> DateTime<Utc> {
        instant("2020-01-01T12:00:00Z") + TimeDelta::days(number)
    }

    fn kept(last: DateTime<Utc>, unfinished: bool) -> Kept {
        let encounter = EncounterId(uuid::Uuid::nil());
        Kept { encounter, through: 1, last, unfinished, holdings: Holdings::default() }
    }

    #[test]
    fn nf_5_records_are_kept_for_eight_years_or_as_long_as_the_organisation_says() {
        assert_eq!(YearsKept::default().number(), 8, "the default");
        for years in [0, 101] {
            assert_eq!(YearsKept::new(years), Err(NotYearsKept(years)), "{years}");
        }
        let before = |years: u8, now: &str| YearsKept::new(years).expect("years").before(instant(now)).to_rfc3339();
        assert_eq!(before(8, "2034-11-20T12:00:00Z"), "2026-11-20T12:00:00+00:00", "to the hour");
        assert_eq!(before(1, "2028-02-29T00:00:00Z"), "2027-02-28T00:00:00+00:00", "a day later in a leap year");
    }

    #[test]
    fn nf_5_a_record_whose_dates_make_no_sense_needs_somebody_who_says_which_day_it_is() {
        let now = instant("2034-03-07T12:00:00Z");
        let doubted = ClockDoubt::Behind { latest: now };
        let confirmed = |encounters, today: Option<&str>| Confirmed {
            encounters,
            today: today.map(|day| day.parse().expect("a day")),
        };
        let right = Some("2034-03-07");
        assert_eq!(confirmed(3, None).fits(3, None, now), Ok(()), "nothing is doubted");
        assert_eq!(
            confirmed(3, None).fits(3, Some(doubted), now),
            Err(RetentionRefusal::ClockDoubted(doubted)),
            "in doubt"
        );
        assert_eq!(confirmed(3, right).fits(3, Some(doubted), now), Ok(()), "somebody said so");
        let another = confirmed(3, Some("2026-03-07")).fits(3, None, now);
        assert_eq!(another, Err(RetentionRefusal::NotToday(now.date_naive())), "the clock says something else");
        let more = confirmed(3, right).fits(4, None, now);
        assert_eq!(more, Err(RetentionRefusal::NotAsShown { shown: 3, now: 4 }), "not what was shown");
    }

    #[test]
    fn nf_5_an_empty_record_has_nothing_to_doubt() {
        assert_eq!(doubt(&RecordTimes::default(), day(0), day(-1)), None, "and nothing to remove");
    }

    /// The last stretch longer than the longest pause, by looking at every pair of neighbours.
    fn times(days: &[i64]) -> RecordTimes {
        let mut reached: Vec<i64> = Vec::new();
        for at in days {
            reached.push((*at).max(reached.last().copied().unwrap_or(i64::MIN)));
        }
        let mut pauses = reached.windows(2).filter(|pair| pair[1] - pair[0] > LONGEST_PAUSE.num_days());
        RecordTimes {
            latest: reached.last().map(|at| day(*at)),
            pause: pauses.next_back().map(|pair| (day(pair[0]), day(pair[1]))),
        }
    }

    proptest! {
        #[test]
        fn nf_5_nothing_younger_than_its_time_and_nothing_unfinished_is_ever_over(
            years in 1_u8..=100, now in 0_i64..60_000, age in 0_i64..60_000, unfinished: bool,
        ) {
            let years = YearsKept::new(years).expect("years");
            let (now, last) = (day(now), day(now - age));
            let over = kept(last, unfinished).is_over(years.before(now));
            if over {
                prop_assert!(!unfinished);
                let until = last.checked_add_months(Months::new(u32::from(years.number()) * 12)).expect("in range");
                prop_assert!(until <= now, "kept until {until}");
            } else if !unfinished {
                // At the most a day longer than its years: 29 February.
                prop_assert!(years.before(now) <= last, "{last} is not before");
            }
        }

        #[test]
        fn nf_5_what_is_over_stays_over_and_more_years_never_remove_more(
            years in 1_u8..100, now in 0_i64..60_000, later in 0_i64..5_000, age in 0_i64..60_000,
        ) {
            let one = kept(day(now - age), false);
            let over = |years: u8, at: i64| one.is_over(YearsKept::new(years).expect("years").before(day(at)));
            prop_assert!(!over(years, now) || over(years, now + later));
            prop_assert!(!over(years + 1, now) || over(years, now));
        }

        /// A desk that works at least once a year, under a clock that jumps ahead at some moment and stays there: nothing
        /// that is really younger than its time goes, unless somebody says which day it is.
        #[test]
        fn nf_5_a_clock_that_jumped_ahead_destroys_nothing_by_itself(
            steps in prop::collection::vec(1_i64..300, 2..40), at in 0_usize..40, jump in 401_i64..20_000, years in 1_u8..20,
        ) {
            let years = YearsKept::new(years).expect("years");
            let jump_at = at % steps.len();
            let (mut truth, mut events) = (0, Vec::new());
            for (number, step) in steps.iter().enumerate() {
                truth += step;
                events.push((truth, truth + if number >= jump_at { jump } else { 0 }));
            }
            let shown: Vec<i64> = events.iter().map(|(_, shown)| *shown).collect();
            // The program that removes is the last that writes: it has started.
            let (real_now, now) = events.last().map(|(truth, shown)| (day(*truth), day(*shown))).expect("some");
            let before = years.before(now);
            if doubt(&times(&shown), now, before).is_none() {
                for (truth, shown) in events {
                    // Years of another place in the calendar may be a day longer.
                    let young = day(truth) > years.before(real_now) + TimeDelta::days(1);
                    prop_assert!(!(young && kept(day(shown), false).is_over(before)), "really of {}", day(truth));
                }
            }
        }

        #[test]
        fn nf_5_a_clock_behind_the_record_is_always_doubted(latest in 1_i64..20_000, behind in 1_i64..20_000, years in 1_u8..100) {
            let now = day(latest - behind);
            let times = RecordTimes { latest: Some(day(latest)), pause: None };
            let before = YearsKept::new(years).expect("years").before(now);
            prop_assert_eq!(doubt(&times, now, before), Some(ClockDoubt::Behind { latest: day(latest) }));
        }
    }
}
