//! How the audit record is kept: verified, sealed, written to files; each with what it means and what to do.

use std::path::Path;

use chrono::{DateTime, Utc};
use desk_domain::audit::{AuditAction, AuditEvent, AuditFilter};
use desk_domain::calendar::local;
use desk_domain::chain::{Broken, Fault};
use desk_journeys::audit::AuditState;
use desk_journeys::ports::{AuditExport, ChainCheck, LongWalk};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::filter::AuditFilterInput;
use super::kinds::{AuditKindGroupView, groups};
use super::sentence::broken;
use crate::display;
use crate::problem::Problem;

/// What the page of the audit record begins with.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditStartView {
    /// Every kind of event, in groups.
    pub kinds: Vec<AuditKindGroupView>,
    /// The last verification; none where there was none yet.
    pub verified: Option<AuditCheckView>,
    /// How it is sealed.
    pub seal: AuditSealView,
    /// What a folder for an export is called where nobody says otherwise: `audit-record-2026-11-20-1804`.
    pub export_folder: String,
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditCheckView {
    /// Whether all of it holds.
    pub holds: bool,
    /// `All 1,234,567 events hold, 12 seals met`; or which event is the first that does not.
    pub title: String,
    /// What that means.
    pub meaning: String,
    /// What to do; empty where there is nothing to do.
    pub what_to_do: String,
    /// `Verified 20-Nov-2026 18:04:12 GMT by HILL, Susan (Mrs)`.
    pub when: String,
}

/// How the record is sealed.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditSealView {
    /// `Sealed 20-Nov-2026 18:04:12 at event 1,204; 12 seals are kept`; or that it never was.
    pub words: String,
    /// The file of seals.
    pub file: String,
}

/// How far a walk along the record is.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LongWalkView {
    /// How many events lie behind.
    #[ts(type = "number")]
    pub done: u64,
    /// Of how many; 0 while that is not known.
    #[ts(type = "number")]
    pub of: u64,
    /// `1,234 of 20,000 events`.
    pub words: String,
}

/// What of the record is to be written to files, and where.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditExportInput {
    /// Which part of the record.
    pub filter: AuditFilterInput,
    /// Name of a new folder among the user's downloads.
    pub folder: String,
}

/// What was written to files.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditExportedView {
    /// `1,204 events written`; of how many the files say that they cannot be read, where there are any.
    pub title: String,
    /// The folder.
    pub folder: String,
    /// The files, without the manifest.
    pub files: Vec<AuditExportedFileView>,
    /// Where the chain stood: `event 1,210, 9f86…`.
    pub head: String,
}

/// A file that was written.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditExportedFileView {
    /// Its name.
    pub name: String,
    /// `12.4 MB`.
    pub size: String,
    /// SHA-256 of its content, 64 hexadecimal digits.
    pub sha256: String,
}

impl AuditStartView {
    /// What the page begins with, as of now.
    #[must_use]
    pub fn of(state: &AuditState, now: DateTime<Utc>) -> Self {
        let AuditState { verified, verified_by, sealed, seals, seals_file } = state;
        let kept = display::count(*seals, "seal is kept", "seals are kept");
        let words = match sealed {
            Some(AuditEvent { at, what: AuditAction::AuditSealed { seal }, .. }) => {
                let number = display::thousands(seal.head.number);
                format!("Sealed {} {} at event {number}; {kept}.", display::to_the_second(*at), display::zone(*at))
            }
            Some(_) | None => "Not sealed yet.".to_owned(),
        };
        Self {
            kinds: groups(),
            verified: verified.as_ref().and_then(|event| AuditCheckView::recorded(event, verified_by.as_deref())),
            seal: AuditSealView { words, file: seals_file.display().to_string() },
            export_folder: local(now).format("audit-record-%Y-%m-%d-%H%M").to_string(),
        }
    }
}

impl AuditCheckView {
    /// What was found just now by somebody of that name.
    #[must_use]
    pub fn of(check: &ChainCheck, name: &str, now: DateTime<Utc>) -> Self {
        let who = format!("by {name}");
        Self::told(check.head.number, check.seals, check.fault, &who, now)
    }

    /// An earlier verification, as recorded; none where the event is about something else.
    fn recorded(event: &AuditEvent, by: Option<&str>) -> Option<Self> {
        let AuditAction::AuditVerified { events, seals, fault } = &event.what else { return None };
        let who =
            event.who.as_ref().map(|who| format!("by {}", by.unwrap_or(who.username.as_str()))).unwrap_or_default();
        Some(Self::told(*events, *seals, *fault, &who, event.at))
    }

    fn told(events: u64, seals: u64, fault: Option<Fault>, who: &str, at: DateTime<Utc>) -> Self {
        let when = format!("Verified {} {} {who}", display::to_the_second(at), display::zone(at)).trim_end().to_owned();
        let Some(fault) = fault else {
            let seals_met = display::count(usize::try_from(seals).unwrap_or(usize::MAX), "seal", "seals");
            return Self {
                holds: true,
                title: format!("All {} events hold, {seals_met} met", display::thousands(events)),
                meaning: "No event was changed, removed, put in or moved since it was recorded, as far as the seals on this computer can tell.".to_owned(),
                what_to_do: String::new(),
                when,
            };
        };
        let first = broken(fault);
        Self {
            holds: false,
            title: format!("The record does not hold: {first}"),
            meaning: format!(
                "{} What was recorded up to event {} holds.",
                meaning(fault.how),
                display::thousands(events)
            ),
            what_to_do: WHAT_TO_DO.to_owned(),
            when,
        }
    }
}

const WHAT_TO_DO: &str = "Export the record now and keep the files. Tell whoever is responsible for information governance, with the number of the event. Hold the record against a backup, an earlier export, or seals that are kept elsewhere: they show what stood there. The desk can go on being used; what is recorded from now on is added behind.";

/// What it means that an event does not hold.
const fn meaning(how: Broken) -> &'static str {
    match how {
        Broken::Changed => "Something other than Booking Desk wrote to the record’s file, or the disk damaged it.",
        Broken::PersonalPartChanged => {
            "What happened stands as it was recorded; the words that somebody typed beside it do not."
        }
        Broken::PersonalPartGone => {
            "What happened stands as it was recorded; the words that somebody typed beside it were taken away without a record of it."
        }
        Broken::Removed { .. } => "Events were taken out of the record’s file by something other than Booking Desk.",
        Broken::Inserted => "An event was put into the record’s file by something other than Booking Desk.",
        Broken::Reordered { .. } => "Events were moved within the record’s file by something other than Booking Desk.",
        Broken::Truncated { .. } => {
            "The newest events are gone: they were taken away, or an older copy of the file was put in its place."
        }
        Broken::NotAsSealed { .. } => {
            "The record fits together in itself, but it is not the one that was sealed: somebody made it anew from some event on, or an older copy was put in its place and used."
        }
    }
}

impl From<&LongWalk> for LongWalkView {
    fn from(walk: &LongWalk) -> Self {
        let (done, of) = walk.so_far();
        let words = if of == 0 {
            "Looking how many events there are".to_owned()
        } else {
            format!("{} of {} events", display::thousands(done.min(of)), display::thousands(of))
        };
        Self { done: done.min(of), of, words }
    }
}

impl AuditExportInput {
    /// What is to be written, and the name of the folder.
    ///
    /// # Errors
    /// A [`Problem`] with every field to put right.
    pub fn read(&self) -> Result<(AuditFilter, String), Problem> {
        let folder = self.folder.trim();
        let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_' | '.');
        if folder.is_empty() || folder.starts_with('.') || folder.len() > 100 || !folder.chars().all(plain) {
            let message = "Enter a name for the new folder: letters, digits, spaces, dashes and dots";
            return Err(Problem::field("folder", message));
        }
        Ok((self.filter.read()?, folder.to_owned()))
    }
}

impl AuditExportedView {
    /// What was written, as shown.
    #[must_use]
    pub fn of(export: &AuditExport, folder: &Path) -> Self {
        let files = export.files.iter().map(|file| AuditExportedFileView {
            name: file.name.clone(),
            size: size(file.bytes),
            sha256: file.sha256.to_string(),
        });
        let events = super::AuditCountView::from(desk_journeys::ports::AuditCount::Exactly(export.events)).words;
        Self {
            title: match export.unreadable {
                0 => format!("{events} written"),
                some => {
                    format!("{events} written, {} of which cannot be read: verify the record", display::thousands(some))
                }
            },
            folder: folder.display().to_string(),
            files: files.collect(),
            head: format!("event {}, {}", display::thousands(export.head.number), export.head.hash),
        }
    }
}

/// `812 bytes`, `12.4 kB`, `1.2 GB`.
fn size(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", tenths(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
        1_000_000_000.. => format!("{} GB", tenths(1_000_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use desk_domain::chain::{Hash, Head};

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-20T18:04:12Z".parse().expect("an instant")
    }

    #[test]
    fn nf_3_a_verification_says_what_holds_and_otherwise_what_does_not_what_it_means_and_what_to_do() {
        let head = Head { number: 1_234_567, hash: Hash::BEFORE_THE_FIRST };
        let holds = ChainCheck { head, seals: 12, personal_removed: 0, fault: None };
        let told = AuditCheckView::of(&holds, "HILL, Susan (Mrs)", now());
        assert_eq!(told.title, "All 1,234,567 events hold, 12 seals met");
        assert_eq!(told.when, "Verified 20-Nov-2026 18:04:12 GMT by HILL, Susan (Mrs)");
        let day = now().date_naive();
        let ways = [
            Broken::Changed,
            Broken::PersonalPartChanged,
            Broken::PersonalPartGone,
            Broken::Removed { through: 9 },
            Broken::Inserted,
            Broken::Reordered { was: 12 },
            Broken::Truncated { through: 9 },
            Broken::NotAsSealed { day },
        ];
        for how in ways {
            let check = ChainCheck { fault: Some(Fault { number: 7, how }), ..holds };
            let told = AuditCheckView::of(&check, "supervisor", now());
            assert!(!told.holds && told.title.contains("event 7"), "which: {told:?}");
            assert!(!told.meaning.is_empty() && !told.what_to_do.is_empty(), "{told:?}");
        }
    }

    #[test]
    fn a_folder_of_an_export_stays_among_the_downloads() {
        let folder = |name: &str| {
            let input = AuditExportInput { filter: AuditFilterInput::default(), folder: name.to_owned() };
            input.read().map(|(_, folder)| folder).map_err(|problem| problem.fields.len())
        };
        assert_eq!(folder(" audit-record 1 "), Ok("audit-record 1".to_owned()), "a name");
        for outside in ["", "..", "../x", "/etc", "a\\b", ".hidden", "C:x"] {
            assert_eq!(folder(outside), Err(1), "{outside:?} is told beside the field");
        }
    }

    #[test]
    fn sizes_are_told_in_units_that_fit() {
        assert_eq!([812, 12_400, 3_000_000].map(size), ["812 bytes", "12.4 kB", "3.0 MB"]);
    }
}
