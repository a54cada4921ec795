//! Finding lines of the log again, by what stands in their fields.

use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};

use super::file::{PREFIX, SUFFIX};
use super::folder;

/// A line of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// When (UTC).
    pub at: DateTime<Utc>,
    /// Its fields.
    pub fields: Map<String, Value>,
}

/// What was found, and over which days was looked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// The lines, oldest first.
    pub lines: Vec<Line>,
    /// The first day of the logs (UTC); none where there are none.
    pub from: Option<NaiveDate>,
    /// Their last day.
    pub to: Option<NaiveDate>,
    /// How many files could not be read.
    pub not_read: usize,
}

/// The lines of a data folder's logs of which a field is one of these texts, in any letter case.
#[must_use]
pub fn lines_on(data_folder: &Path, wanted: &[String]) -> Found {
    let mut found = Found::default();
    let entries = std::fs::read_dir(folder(data_folder)).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries.filter_map(|entry| Some((day_of(entry.path().as_path())?, entry.path()))).collect();
    files.sort();
    found.from = files.first().map(|(day, _)| *day);
    found.to = files.last().map(|(day, _)| *day);
    for (_, file) in files {
        match std::fs::read(&file) {
            Ok(bytes) => {
                // A line that was cut off by the end of its program is none.
                let lines = bytes.split(|byte| *byte == b'\n').filter_map(read);
                found.lines.extend(lines.filter(|line| line.is_on(wanted)));
            }
            Err(_) => found.not_read += 1,
        }
    }
    found.lines.sort_by_key(|line| line.at);
    found
}

pub(super) fn day_of(file: &Path) -> Option<NaiveDate> {
    let name = file.file_name()?.to_str()?;
    name.strip_prefix(PREFIX)?.strip_prefix('.')?.strip_suffix(SUFFIX)?.strip_suffix('.')?.parse().ok()
}

fn read(line: &[u8]) -> Option<Line> {
    let fields: Map<String, Value> = serde_json::from_slice(line).ok()?;
    let at = fields.get("at")?.as_str()?.parse().ok()?;
    Some(Line { at, fields })
}

impl Line {
    fn is_on(&self, wanted: &[String]) -> bool {
        let is_wanted = |text: &str| wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(text));
        self.fields.values().filter_map(Value::as_str).any(is_wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_by_what_stands_in_a_field_and_by_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let logs = folder.path().join("logs");
        assert_eq!(lines_on(folder.path(), &["A1B2-C3D4".to_owned()]), Found::default(), "there are no logs");
        std::fs::create_dir(&logs).expect("made");
        let (one, other) = ("2026-11-24T10:00:00.000Z", "2026-11-25T10:00:00.000Z");
        let line = |at: &str, reference: &str| format!("{{\"at\":\"{at}\",\"reference\":\"{reference}\",\"n\":1}}\n");
        std::fs::write(logs.join("booking-desk.2026-11-25.jsonl"), line(other, "a1b2-c3d4") + "{\"at\":\"2026")
            .expect("written");
        std::fs::write(logs.join("booking-desk.2026-11-24.jsonl"), line(one, "A1B2-C3D4") + &line(one, "FFFF-0000"))
            .expect("written");
        std::fs::write(logs.join("another.txt"), line(one, "A1B2-C3D4")).expect("written");
        let found = lines_on(folder.path(), &["A1B2-C3D4".to_owned()]);
        let at: Vec<String> = found.lines.iter().map(|line| line.at.to_rfc3339()).collect();
        assert_eq!(at, ["2026-11-24T10:00:00+00:00", "2026-11-25T10:00:00+00:00"], "both, oldest first");
        let day = |text: &str| text.parse().ok();
        assert_eq!((found.from, found.to), (day("2026-11-24"), day("2026-11-25")), "and over which days was looked");
        assert_eq!(lines_on(folder.path(), &["A1B2".to_owned()]).lines, [], "a part is something else");
    }
}
