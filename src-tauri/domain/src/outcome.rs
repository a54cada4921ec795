//! Assessment outcomes (dispositions) and the timeframes within which they ask for care (TF).

use chrono::{DateTime, Duration, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::calendar::{local_date, start_of_local_day, working_day_after};
use crate::id::{DispositionCode, OutcomeId};
use crate::personal::Personal;

/// One outcome that an assessment can reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disposition {
    /// NHS Pathways code.
    pub code: DispositionCode,
    /// What it asks for.
    pub description: String,
    /// Within what time.
    pub timeframe: Timeframe,
    /// Of a local outcome, the NHS Pathways code that directories and receivers know it by.
    #[serde(default)]
    pub known_as: Option<DispositionCode>,
}

impl Disposition {
    /// The code that directories and receivers know: the outcome's own, or the one that stands for a local outcome.
    #[must_use]
    pub fn national_code(&self) -> &DispositionCode {
        self.known_as.as_ref().unwrap_or(&self.code)
    }

    /// An outcome of this organisation's own (TF), beside those of NHS Pathways.
    ///
    /// # Errors
    /// [`LocalOutcomeError`].
    pub fn local(
        code: &str,
        description: &str,
        timeframe: Timeframe,
        known_as: &str,
    ) -> Result<Self, LocalOutcomeError> {
        let code = DispositionCode::new(code).map_err(|_| LocalOutcomeError::Code)?;
        if disposition(code.as_str()).is_some() {
            return Err(LocalOutcomeError::Taken);
        }
        let known_as = disposition(known_as).ok_or(LocalOutcomeError::KnownAs)?.code;
        let description = description.trim();
        if description.is_empty() {
            return Err(LocalOutcomeError::Description);
        }
        if matches!(timeframe, Timeframe::Hours(0) | Timeframe::WorkingDays(0)) {
            return Err(LocalOutcomeError::Timeframe);
        }
        Ok(Self { code, description: description.to_owned(), timeframe, known_as: Some(known_as) })
    }
}

/// Why a local outcome cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LocalOutcomeError {
    /// Its code is none.
    #[error("its code is not one of 1 to 12 letters, digits and hyphens")]
    Code,
    /// NHS Pathways has an outcome of that code.
    #[error("its code is one of NHS Pathways")]
    Taken,
    /// The code that it is known by is not one of NHS Pathways.
    #[error("the code that others know it by is not one of NHS Pathways")]
    KnownAs,
    /// It has no description.
    #[error("it has no description")]
    Description,
    /// Its timeframe is none.
    #[error("its timeframe is none")]
    Timeframe,
}

/// Within what time an outcome asks for care, counted from when the outcome was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Timeframe {
    /// So many hours.
    Hours(u16),
    /// By the end of the so-many-th working day after.
    WorkingDays(u8),
    /// No timeframe.
    None,
}

impl Timeframe {
    /// The last instant (UTC) that is in time; none where there is no timeframe.
    #[must_use]
    pub fn due(self, reached: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Hours(hours) => Some(reached + Duration::hours(i64::from(hours))),
            Self::WorkingDays(days) => {
                let last = working_day_after(local_date(reached), days);
                Some(start_of_local_day(last + chrono::Days::new(1)) - TimeDelta::milliseconds(1))
            }
            Self::None => None,
        }
    }

    /// In words: `Within 6 hours`.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Hours(1) => "Within 1 hour".to_owned(),
            Self::Hours(hours) => format!("Within {hours} hours"),
            Self::WorkingDays(1) => "By the end of the next working day".to_owned(),
            Self::WorkingDays(days) => format!("Within {days} working days"),
            Self::None => "No timeframe".to_owned(),
        }
    }
}

/// The outcome of one assessment in an encounter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssessmentOutcome {
    /// Id; a reassessment makes a new outcome.
    pub id: OutcomeId,
    /// Which outcome.
    pub disposition: Disposition,
    /// When it was reached (UTC): the clock of the timeframe runs from here.
    pub reached: DateTime<Utc>,
    /// Symptom group, as the directory numbers them.
    pub symptom_group: u32,
    /// Symptom discriminators, as the directory numbers them.
    pub symptom_discriminators: Vec<u32>,
    /// The reason for the appointment in a few words.
    pub reason: Personal<String>,
}

impl AssessmentOutcome {
    /// The last instant (UTC) that is in time; none where there is no timeframe.
    #[must_use]
    pub fn due(&self) -> Option<DateTime<Utc>> {
        self.disposition.timeframe.due(self.reached)
    }

    /// By how much a time misses the timeframe; none where it is in time.
    #[must_use]
    pub fn late_by(&self, start: DateTime<Utc>) -> Option<TimeDelta> {
        self.due().map(|due| start - due).filter(|late| *late > TimeDelta::zero())
    }
}

const PATHWAYS: &[(&str, &str, Timeframe)] = &[
    ("Dx05", "To contact a Primary Care Service within 2 hours", Timeframe::Hours(2)),
    ("Dx06", "To contact a Primary Care Service within 6 hours", Timeframe::Hours(6)),
    ("Dx07", "To contact a Primary Care Service within 12 hours", Timeframe::Hours(12)),
    ("Dx08", "To contact a Primary Care Service within 24 hours", Timeframe::Hours(24)),
    ("Dx10", "Must contact own GP Practice for a non-urgent appointment", Timeframe::None),
    ("Dx11", "Speak to a Primary Care Service within 1 hour", Timeframe::Hours(1)),
    ("Dx12", "Speak to a Primary Care Service within 2 hours", Timeframe::Hours(2)),
    ("Dx13", "Speak to a Primary Care Service within 6 hours", Timeframe::Hours(6)),
    ("Dx14", "Speak to a Primary Care Service within 12 hours", Timeframe::Hours(12)),
    ("Dx15", "Speak to a Primary Care Service within 24 hours", Timeframe::Hours(24)),
    ("Dx75", "Must contact own GP Practice within 3 working days", Timeframe::WorkingDays(3)),
    ("Dx81", "Contact own GP Practice next working day for a repeat prescription", Timeframe::WorkingDays(1)),
    ("Dx110", "Community Nurse within 4 hours", Timeframe::Hours(4)),
    ("Dx111", "Community Nurse within 24 hours", Timeframe::Hours(24)),
    ("Dx112", "Community Nurse next working day", Timeframe::WorkingDays(1)),
    ("Dx113", "Health Visitor next working day", Timeframe::WorkingDays(1)),
    ("Dx114", "Community Midwife next working day", Timeframe::WorkingDays(1)),
    ("Dx115", "Contact own GP Practice next working day for an appointment", Timeframe::WorkingDays(1)),
    ("Dx117", "Speak to a Primary Care Service within 1 hour for Palliative Care", Timeframe::Hours(1)),
    ("Dx1112", "COVID risk Clinical Assessment Service 1 hour", Timeframe::Hours(1)),
    ("Dx1113", "COVID risk Clinical Assessment Service 2 hours", Timeframe::Hours(2)),
    ("Dx1114", "COVID risk Clinical Assessment Service 4 hours", Timeframe::Hours(4)),
    ("Dx1115", "COVID risk Clinical Assessment Service 6 hours", Timeframe::Hours(6)),
    ("Dx1116", "COVID risk Clinical Assessment Service 12 hours", Timeframe::Hours(12)),
    ("Dx1117", "COVID risk Clinical Assessment Service next working day", Timeframe::WorkingDays(1)),
];

/// The outcomes of NHS Pathways that lead to a booking.
#[must_use]
pub fn dispositions() -> Vec<Disposition> {
    PATHWAYS
        .iter()
        .filter_map(|(code, description, timeframe)| {
            let code = DispositionCode::new(code).ok()?;
            Some(Disposition { code, description: (*description).to_owned(), timeframe: *timeframe, known_as: None })
        })
        .collect()
}

/// The outcome of that code, in any letter case.
#[must_use]
pub fn disposition(code: &str) -> Option<Disposition> {
    dispositions().into_iter().find(|known| known.code.as_str().eq_ignore_ascii_case(code.trim()))
}

/// A length of time in words, to the minute, never less than a minute: `1 h 20 min`, `2 days 3 h`.
#[must_use]
pub fn duration_words(length: TimeDelta) -> String {
    let minutes = (length.num_seconds().abs() + 59) / 60;
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours, minutes) {
        (0, 0, minutes) => format!("{} min", minutes.max(1)),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (1, 0, _) => "1 day".to_owned(),
        (1, hours, _) => format!("1 day {hours} h"),
        (days, 0, _) => format!("{days} days"),
        (days, hours, _) => format!("{days} days {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    #[test]
    fn every_listed_outcome_has_a_usable_code() {
        assert_eq!(dispositions().len(), PATHWAYS.len(), "a code that does not pass its own check would be lost");
        assert_eq!(disposition("dx06").map(|d| d.timeframe), Some(Timeframe::Hours(6)), "any letter case");
    }

    #[test]
    fn a_local_outcome_has_a_code_of_its_own_and_one_that_others_know() {
        let local = |code: &str, known_as: &str| Disposition::local(code, "Local hub", Timeframe::Hours(3), known_as);
        let right = local("LOC-1", "Dx06").expect("right");
        assert_eq!((right.code.as_str(), right.national_code().as_str()), ("LOC-1", "Dx06"));
        assert_eq!(local("Dx05", "Dx06"), Err(LocalOutcomeError::Taken));
        assert_eq!(local("LOC-1", "Dx99"), Err(LocalOutcomeError::KnownAs));
        assert_eq!(local("Ü", "Dx06"), Err(LocalOutcomeError::Code));
        let without = Disposition::local("LOC-1", " ", Timeframe::Hours(3), "Dx06");
        assert_eq!(without, Err(LocalOutcomeError::Description));
        let at_once = Disposition::local("LOC-1", "x", Timeframe::Hours(0), "Dx06");
        assert_eq!(at_once, Err(LocalOutcomeError::Timeframe));
    }

    #[test]
    fn hours_are_elapsed_hours_across_both_clock_changes() {
        assert_eq!(Timeframe::Hours(6).due(at("2026-03-28T22:00:00Z")), Some(at("2026-03-29T04:00:00Z")), "spring");
        assert_eq!(Timeframe::Hours(6).due(at("2026-10-24T22:00:00Z")), Some(at("2026-10-25T04:00:00Z")), "autumn");
    }

    #[test]
    fn a_working_day_ends_at_local_midnight() {
        let due = Timeframe::WorkingDays(1).due(at("2026-07-03T18:00:00Z"));
        assert_eq!(due, Some(at("2026-07-06T22:59:59.999Z")), "Friday evening to the end of Monday, BST");
    }

    #[test]
    fn lateness_is_told_in_words() {
        let table = [
            (30, "1 min"),
            (60, "1 min"),
            (4800, "1 h 20 min"),
            (7200, "2 h"),
            (93_600, "1 day 2 h"),
            (172_800, "2 days"),
        ];
        for (seconds, words) in table {
            assert_eq!(duration_words(TimeDelta::seconds(seconds)), words, "{seconds} s");
        }
    }

    /// Ends of UK local days around which clocks change or nobody works, in 2026 to 2028.
    fn near_the_difficult_days() -> impl Strategy<Value = DateTime<Utc>> {
        let days = [
            "2026-03-29T01:00:00Z",
            "2026-10-25T01:00:00Z",
            "2027-03-28T01:00:00Z",
            "2027-10-31T01:00:00Z",
            "2026-04-03T00:00:00Z",
            "2026-12-25T00:00:00Z",
            "2026-12-28T00:00:00Z",
            "2027-12-27T00:00:00Z",
            "2028-01-03T00:00:00Z",
        ];
        (proptest::sample::select(days.to_vec()), -4 * 86_400i64..4 * 86_400)
            .prop_map(|(day, seconds)| at(day) + TimeDelta::seconds(seconds))
    }

    proptest! {
        #[test]
        fn tf_2_hours_are_elapsed_hours_on_every_difficult_day(reached in near_the_difficult_days(), hours in 1u16..49) {
            let due = Timeframe::Hours(hours).due(reached).expect("a timeframe");
            prop_assert_eq!((due - reached).num_seconds(), i64::from(hours) * 3600, "the clock of the wall does not count");
        }

        #[test]
        fn tf_2_a_working_day_ends_with_its_last_millisecond_of_local_time_whatever_the_clocks_do(
            reached in near_the_difficult_days(), days in 1u8..6
        ) {
            let due = Timeframe::WorkingDays(days).due(reached).expect("a timeframe");
            let (last, after) = (local_date(due), local_date(due + TimeDelta::milliseconds(1)));
            prop_assert!(crate::calendar::is_working_day(last), "{last} is a working day");
            prop_assert_eq!(after, last + chrono::Days::new(1), "and the next millisecond is another day");
            let between = (1..).map(|ahead| local_date(reached) + chrono::Days::new(ahead)).take_while(|day| *day <= last);
            let worked = between.filter(|day| crate::calendar::is_working_day(*day)).count();
            prop_assert_eq!(worked, usize::from(days), "so many working days, the day itself not counted");
        }

        #[test]
        fn tf_2_no_later_outcome_is_due_earlier(
            reached in near_the_difficult_days(), later in 0i64..3 * 86_400, days in 1u8..6
        ) {
            let frame = Timeframe::WorkingDays(days);
            prop_assert!(frame.due(reached) <= frame.due(reached + TimeDelta::seconds(later)));
        }

        #[test]
        fn due_never_lies_before_the_outcome_was_reached(hours in 1u16..100, days in 1u8..10, seconds in 1_767_225_600i64..1_861_833_600) {
            let reached = DateTime::from_timestamp(seconds, 0).expect("in range");
            prop_assert!(Timeframe::Hours(hours).due(reached).is_some_and(|due| due > reached));
            prop_assert!(Timeframe::WorkingDays(days).due(reached).is_some_and(|due| due > reached));
        }
    }
}
