//! The outcomes of NHS Pathways held against the standard's own list, where this machine has it.

use std::io::Write;
use std::path::{Path, PathBuf};

use desk_domain::outcome::{Timeframe, dispositions};

/// The folder of the standard: as named by BOOKING_STANDARD, or beside the project.
fn standard() -> PathBuf {
    let beside = || Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/standard")).to_owned();
    std::env::var_os("BOOKING_STANDARD").map_or_else(beside, PathBuf::from)
}

#[test]
fn tf_every_disposition_of_the_standard_is_known_with_its_timeframe_and_no_other() {
    let Ok(list) = std::fs::read_to_string(standard().join("dispositions.csv")) else {
        drop(writeln!(std::io::stderr(), "skipped: the standard's list of dispositions is not on this machine"));
        return;
    };
    let mut expected: Vec<(String, String, Timeframe)> = list
        .lines()
        .skip(1)
        .map(|line| {
            let columns: Vec<&str> = line.split(',').map(str::trim).collect();
            let [code, description, unit, value] = columns.as_slice() else {
                panic!("a line of four columns: {line}");
            };
            let timeframe = match *unit {
                "hours" => Timeframe::Hours(value.parse().expect("hours")),
                "working_days" => Timeframe::WorkingDays(value.parse().expect("days")),
                _ => Timeframe::None,
            };
            ((*code).to_owned(), (*description).to_owned(), timeframe)
        })
        .collect();
    let mut known: Vec<_> =
        dispositions().into_iter().map(|it| (it.code.to_string(), it.description, it.timeframe)).collect();
    expected.sort_by(|one, two| one.0.cmp(&two.0));
    known.sort_by(|one, two| one.0.cmp(&two.0));
    assert_eq!(known, expected);
}
