//! How the record is kept, as a supervisor's desk page says it (NF-5).

use chrono::{DateTime, Utc};
use desk_journeys::keep::{KeptStanding, RecordKept};
use serde::Serialize;
use ts_rs::TS;

use crate::display::{count, date_time};

/// The backups of the record, for a supervisor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RecordKeptView {
    /// How it stands.
    pub state: RecordKeptState,
    /// In a sentence or two, times in UK local time.
    pub words: String,
    /// What to do; empty where all is well.
    pub what_to_do: String,
}

/// How the backups of the record stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum RecordKeptState {
    /// There never was one.
    None,
    /// The newest was verified, and is of these days.
    Ok,
    /// The newest was verified, and is too old.
    Old,
    /// The last one failed.
    Failed,
}

impl RecordKeptView {
    /// As it stands at a moment (UTC).
    #[must_use]
    pub fn of(kept: &RecordKept, now: DateTime<Utc>) -> Self {
        let last = kept.last.as_ref().map(|last| date_time(last.at));
        let (state, words, what_to_do) = match (kept.standing(now), last, &kept.failed) {
            (KeptStanding::Never, _, _) => (
                RecordKeptState::None,
                "There is no backup of this desk’s record yet. If this computer fails, everything in it is lost."
                    .to_owned(),
                "Ask your IT support to name a backup folder in the configuration: folder under [backup].",
            ),
            (KeptStanding::Failed, last, failed) => {
                let when = failed.as_ref().map(|failed| date_time(failed.at)).unwrap_or_default();
                let why = failed.as_ref().map(|failed| failed.why.trim_end_matches('.')).unwrap_or_default();
                let before = last.map_or_else(
                    || "There is none from before.".to_owned(),
                    |last| format!("The last good one is of {last}."),
                );
                (
                    RecordKeptState::Failed,
                    format!("The backup of {when} failed: {why}. {before}"),
                    "Give this message to your IT support today. Where the desk makes backups by itself, it tries again every hour; where the audit record does not hold, the next day.",
                )
            }
            (KeptStanding::Old(days), last, _) => (
                RecordKeptState::Old,
                format!(
                    "The last backup is of {}, {} ago. It was verified.",
                    last.unwrap_or_default(),
                    count(days, "day", "days")
                ),
                "Ask your IT support why there is none since: a folder under [backup] in the configuration makes one each day.",
            ),
            (KeptStanding::Held, last, _) => (
                RecordKeptState::Ok,
                format!("The last backup is of {}. It was verified.", last.unwrap_or_default()),
                "",
            ),
        };
        Self { state, words, what_to_do: what_to_do.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use desk_journeys::keep::{BackupFailed, LastBackup};

    use super::*;

    #[test]
    fn nf_5_a_supervisor_reads_whether_the_record_is_backed_up() {
        let now = DateTime::from_timestamp(1_795_611_600, 0).expect("an instant");
        let last = |hours| Some(LastBackup { at: now - TimeDelta::hours(hours), name: "one".to_owned() });
        let failed = Some(BackupFailed { at: now - TimeDelta::hours(1), why: "the disk is full".to_owned() });
        let told = |last, failed| RecordKeptView::of(&RecordKept { last, failed }, now);
        let table = [
            (told(None, None), RecordKeptState::None, "no backup"),
            (told(last(20), None), RecordKeptState::Ok, "It was verified."),
            (told(last(48), None), RecordKeptState::Ok, "It was verified."),
            (told(last(24 * 5), None), RecordKeptState::Old, "5 days ago"),
            (told(last(20), failed.clone()), RecordKeptState::Failed, "the disk is full. The last good one is of "),
            (told(None, failed), RecordKeptState::Failed, "There is none from before."),
        ];
        for (view, state, words) in table {
            assert_eq!(view.state, state, "{view:?}");
            assert!(view.words.contains(words), "{view:?}");
            assert_eq!(view.what_to_do.is_empty(), state == RecordKeptState::Ok, "{view:?}");
        }
    }
}
