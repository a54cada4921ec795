//! The measured budgets: reported, never asserted.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::display::Display;
use crate::packages::Purpose;
use crate::setup::set_up;
use crate::steps::{Failed, cargo, programs, run, run_silent_for_long};

/// Measures.
pub(crate) fn bench() -> Result<(), Failed> {
    set_up(Purpose::Tour)?;
    let began = Instant::now();
    println!("\n== the core: builds with optimisation, some minutes the first time");
    run(cargo(&["bench", "--package", "desk-tests", "--package", "desk-store", "--benches"]))?;
    let results = results(&criterion()?, |file| is_newer(file, began));
    println!("\n== the window as the demonstration runs it, against an empty one of the same build");
    if Display::DRIVES_THE_WINDOW {
        run_silent_for_long(cargo(&["build", "--package", "booking-desk", "--bins", "--examples"]))?;
        run_silent_for_long(cargo(&["build", "--package", "desk-tests", "--bins"]))?;
        let display = Display::start()?;
        for bin in ["window-start", "audit-screen"] {
            run_silent_for_long(display.show(cargo(&["run", "--quiet", "--package", "desk-tests", "--bin", bin])))?;
        }
    } else {
        println!("Not measured: the webview's driver is there on Linux only.");
    }
    println!("\n== results of the core (medians)");
    print!("{}", table(&results));
    println!("\n== against the budgets");
    print!("{}", ratios(&results));
    Ok(())
}

/// What a budget compares: what is measured, with what, and how many times as long it may take.
const BUDGETS: [(&str, Against, f64); 9] = [
    ("a Bundle of 10,000 slots/what the screen needs", Against::Result("a Bundle of 10,000 slots/plain Value"), 1.0),
    ("availability, providers answering after 200 ms/12 services", Against::Length(Duration::from_millis(200)), 1.3),
    ("availability, providers answering after 200 ms/60 services", Against::Length(Duration::from_millis(200)), 1.3),
    ("a report over a month/RP-10 of 1,000,000 events", Against::Length(Duration::from_secs(1)), 1.0),
    (
        "a report over a month/RP-10 of 1,000,000 events",
        Against::Result("a report over a month/RP-10 of 250,000 events"),
        4.0,
    ),
    ("durable appends/an event", Against::Result("durable appends/a bare insert"), 2.0),
    ("durable appends/8 events at once", Against::Result("durable appends/8 bare inserts"), 2.0),
    ("the audit record/the first window of all of 1,000,000 events", Against::Length(Duration::from_millis(100)), 1.0),
    (
        "the audit record/the first window of a user of 1,000,000 events",
        Against::Length(Duration::from_millis(100)),
        1.0,
    ),
];

/// What a result is compared with.
enum Against {
    /// Another result.
    Result(&'static str),
    /// A length of time.
    Length(Duration),
}

fn ratios(results: &[Measured]) -> String {
    let found = |wanted: &str| results.iter().find(|result| result.name == wanted).map(|result| result.median);
    let line = |(name, against, budget): &(&str, Against, f64)| {
        let other = match against {
            Against::Result(other) => found(other),
            Against::Length(length) => Some(*length),
        };
        let ratio = found(name).zip(other).map(|(median, other)| median.as_secs_f64() / other.as_secs_f64());
        let said =
            ratio.map_or_else(|| "not measured".to_owned(), |ratio| format!("{ratio:.2} × (budget {budget:.1} ×)"));
        format!("  {name}: {said}\n")
    };
    BUDGETS.iter().map(line).collect()
}

/// Where criterion leaves what it measured.
fn criterion() -> Result<PathBuf, Failed> {
    Ok(programs()?.with_file_name("criterion"))
}

/// Old results of measurements that are gone lie there, too.
fn is_newer(file: &Path, than: Instant) -> bool {
    let modified = fs::metadata(file).and_then(|about| about.modified()).ok();
    modified.and_then(|modified| modified.elapsed().ok()).is_some_and(|age| age <= than.elapsed())
}

/// A result.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Measured {
    name: String,
    median: Duration,
    /// How much was gone through in that time, where that was said.
    bytes: Option<u64>,
}

/// Results below a folder.
fn results(folder: &Path, counts: impl Fn(&Path) -> bool) -> Vec<Measured> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let estimates = folder.join("new").join("estimates.json");
        if counts(&estimates) {
            found.extend(read(&folder.join("new").join("benchmark.json"), &estimates));
        }
        let below = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
        folders.extend(below.filter(|path| path.is_dir()));
    }
    found.sort();
    found
}

fn read(about: &Path, estimates: &Path) -> Option<Measured> {
    let json = |file: &Path| serde_json::from_str::<Value>(&fs::read_to_string(file).ok()?).ok();
    let about = json(about)?;
    let name = about["full_id"].as_str()?.to_owned();
    let bytes = about["throughput"]["Bytes"].as_u64();
    let nanoseconds = json(estimates)?["median"]["point_estimate"].as_f64()?;
    Some(Measured { name, median: Duration::try_from_secs_f64(nanoseconds / 1e9).ok()?, bytes })
}

fn table(results: &[Measured]) -> String {
    let width = results.iter().map(|result| result.name.chars().count()).max().unwrap_or_default();
    let line = |Measured { name, median, bytes }: &Measured| {
        let a_second = bytes.map(|bytes| format!("  {:>6.0} MB/s", bytes as f64 / 1e6 / median.as_secs_f64()));
        format!("  {name:width$} {:>10.1} ms{}\n", median.as_secs_f64() * 1e3, a_second.unwrap_or_default())
    };
    if results.is_empty() { "  nothing was measured\n".to_owned() } else { results.iter().map(line).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_one_column() {
        let measured = |name: &str, millis, bytes| Measured {
            name: name.to_owned(),
            median: Duration::from_millis(millis),
            bytes,
        };
        let results = [measured("a booking", 9, None), measured("12 services", 250, Some(50_000_000))];
        let expected = "  a booking          9.0 ms\n  12 services      250.0 ms     200 MB/s\n";
        assert_eq!(table(&results), expected, "name, then time, then how much a second");
        let results = [
            measured("a Bundle of 10,000 slots/plain Value", 60, None),
            measured("a Bundle of 10,000 slots/what the screen needs", 30, None),
            measured("availability, providers answering after 200 ms/60 services", 250, None),
        ];
        let told = ratios(&results);
        assert!(told.contains("screen needs: 0.50 × (budget 1.0 ×)"), "one against another: {told}");
        assert!(told.contains("60 services: 1.25 × (budget 1.3 ×)"), "one against a length of time: {told}");
        assert!(told.contains("12 services: not measured"), "and what is missing is said: {told}");
        assert_eq!(table(&[]), "  nothing was measured\n", "empty is said");
    }
}
