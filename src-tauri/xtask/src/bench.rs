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

/// What may take how long.
struct Budget {
    /// What it is about.
    about: &'static str,
    /// What is measured, each with what it is compared with; told is the worst of them.
    compared: Vec<(String, Against)>,
    /// How many times as long as that it may take.
    times: f64,
}

/// What a result is compared with.
enum Against {
    /// Another result.
    Result(String),
    /// A length of time.
    Length(Duration),
}

const SECOND: Duration = Duration::from_secs(1);

fn of_large(group: &str, report: &str) -> String {
    format!("{group}/{report} of 1,000,000 events")
}

fn budgets() -> Vec<Budget> {
    let one = |about, name: &str, against, times| Budget { about, compared: vec![(name.to_owned(), against)], times };
    let result = |name: &str| Against::Result(name.to_owned());
    let millis = |millis| Against::Length(Duration::from_millis(millis));
    let each = |about, times, compared: fn(&str) -> (String, Against)| {
        let reports = (1..=14).map(|number| compared(&format!("RP-{number:02}")));
        Budget { about, compared: reports.collect(), times }
    };
    let audit = |what: &str| format!("the audit record/{what} of 1,000,000 events");
    vec![
        one(
            "reading slots, against parsing alone",
            "a Bundle of 10,000 slots/what the screen needs",
            result("a Bundle of 10,000 slots/plain Value"),
            1.0,
        ),
        one(
            "availability of 12 services, against the providers' 200 ms",
            "availability, providers answering after 200 ms/12 services",
            millis(200),
            1.3,
        ),
        one(
            "availability of 60 services, against the providers' 200 ms",
            "availability, providers answering after 200 ms/60 services",
            millis(200),
            1.3,
        ),
        each("every report over 1,000,000 events, against a second", 1.0, |report| {
            (of_large("a report over a month", report), Against::Length(SECOND))
        }),
        each("its growth from 250,000 events, which are a quarter", 4.0, |report| {
            let smaller = format!("a report over a month/{report} of 250,000 events");
            (of_large("a report over a month", report), Against::Result(smaller))
        }),
        each("the events behind a number of every report, against a second", 1.0, |report| {
            (of_large("the events behind a number", report), Against::Length(SECOND))
        }),
        one(
            "a durable append, against a bare insert as durable under the same key",
            "durable appends/an event",
            result("durable appends/a bare insert"),
            2.0,
        ),
        one(
            "eight durable appends at once, against eight bare inserts",
            "durable appends/8 events at once",
            result("durable appends/8 bare inserts"),
            2.0,
        ),
        one(
            "verifying, against SHA-256 over the same bytes",
            "the audit record/verifying 1,000,000 events",
            result("the audit record/SHA-256 over what is hashed of 1,000,000 events"),
            20.0,
        ),
        one("the audit screen's first window, against 100 ms", &audit("the first window of all"), millis(100), 1.0),
        one("the same of a user, against 100 ms", &audit("the first window of a user"), millis(100), 1.0),
        one("how many there are of a user, against 100 ms", &audit("how many of a user"), millis(100), 1.0),
    ]
}

fn ratios(results: &[Measured]) -> String {
    let found = |wanted: &str| results.iter().find(|result| result.name == wanted).map(|result| result.median);
    let ratio = |(name, against): &(String, Against)| {
        let other = match against {
            Against::Result(other) => found(other),
            Against::Length(length) => Some(*length),
        };
        found(name).zip(other).map(|(median, other)| median.as_secs_f64() / other.as_secs_f64())
    };
    let line = |Budget { about, compared, times }: &Budget| {
        let mut worst: Option<(f64, &str)> = None;
        for one in compared {
            let Some(ratio) = ratio(one) else { return format!("  {about}: {} not measured\n", one.0) };
            if worst.is_none_or(|(so_far, _)| so_far < ratio) {
                worst = Some((ratio, &one.0));
            }
        }
        let name = |name: &str| if compared.len() > 1 { format!(", the worst of them {name}") } else { String::new() };
        let said = worst.map(|(ratio, of)| format!("{ratio:.2} × (budget {times:.1} ×){}", name(of)));
        format!("  {about}: {}\n", said.unwrap_or_default())
    };
    budgets().iter().map(line).collect()
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
        let mut results = vec![
            measured("a Bundle of 10,000 slots/plain Value", 60, None),
            measured("a Bundle of 10,000 slots/what the screen needs", 30, None),
            measured("availability, providers answering after 200 ms/60 services", 250, None),
        ];
        let told = ratios(&results);
        assert!(told.contains("parsing alone: 0.50 × (budget 1.0 ×)\n"), "one against another: {told}");
        assert!(told.contains("60 services, against the providers' 200 ms: 1.25 × (budget 1.3 ×)"), "a length: {told}");
        assert!(told.contains("ms/12 services not measured"), "and what is missing is said: {told}");
        for number in 1..=14 {
            let name = format!("a report over a month/RP-{number:02} of 1,000,000 events");
            results.push(measured(&name, 10 * if number == 9 { 90 } else { number }, None));
        }
        let told = ratios(&results);
        let worst = "a second: 0.90 × (budget 1.0 ×), the worst of them a report over a month/RP-09";
        assert!(told.contains(worst), "of all reports the worst, by name: {told}");
        assert_eq!(table(&[]), "  nothing was measured\n", "empty is said");
    }
}
