//! The log in its files: nothing of a patient whatever happens, found again by a reference, kept for its days, its owner's
//! alone; and a desk that works on where it cannot be written.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::House;
use crate::story::SAID;

/// What else must never stand there.
const SECRETS: [&str; 4] = ["demo call handler", "demo supervisor desk", "eyJ", "passphrase"];

fn files(desk: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(desk.join("logs")).expect("logs").flatten().map(|file| file.path()).collect();
    files.sort();
    files
}

fn lines(desk: &Path) -> Vec<Value> {
    let texts = files(desk).into_iter().map(|file| fs::read_to_string(file).expect("text"));
    texts.flat_map(|text| text.lines().map(line).collect::<Vec<_>>()).collect()
}

fn line(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// What stands on standard error under "Reference for the help desk".
fn reference(words: &str) -> String {
    let line = words.lines().find_map(|line| line.trim().strip_prefix("Reference for the help desk: "));
    line.unwrap_or_else(|| panic!("a reference: {words}")).to_owned()
}

impl House {
    fn with_more(&self, desk: &str, more: &str) {
        let config = self.config(desk);
        let text = fs::read_to_string(&config).expect("a configuration");
        fs::write(config, format!("{text}\n{more}\n")).expect("written");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_no_log_file_holds_anything_of_a_patient_after_whole_journeys_and_failing_ones_and_a_reference_finds_its_lines()
 {
    let house = House::start().await;
    house.with_more("desk", "[logs]\nlevel = \"trace\"");
    house.story("desk").await;
    let case = ["book", "--ready-patient", "1", "--outcome", "Dx06", "--reason", SAID[5], "--service", "111001"];
    let mut references = Vec::new();
    for (cue, booked) in [("garbage", false), ("offline", false), ("take_slot", false), ("lose_answer", true)] {
        house.nhs.control().cue(json!({ "provider": "utc", "do": cue, "times": 9 })).expect("a cue");
        let output = house.run("desk", "handler", &case).await;
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.success(), booked, "{cue}: {words}");
        if !booked {
            references.push(reference(&words));
        }
        house.nhs.control().cue(json!({ "do": "reset" })).expect("a cue");
    }
    house.expect("desk", "mistaken", 4, &["bookings"]).await;
    house.expect("desk", "handler", 4, &["audit", "verify"]).await;
    house.expect("desk", "handler", 0, &["bookings", "--nhs-number", SAID[0]]).await;
    house.expect("desk", "supervisor", 3, &["backup", "--out", "/dev/null/none"]).await;

    let desk = house.path("desk");
    let all = lines(&desk);
    assert!(all.len() > 20, "the desk was at work: {}", all.len());
    for file in files(&desk) {
        let text = fs::read_to_string(&file).expect("text");
        let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
        for said in SAID.iter().chain(&SECRETS) {
            let said: String = said.chars().filter(char::is_ascii_alphanumeric).collect();
            assert!(!plain.to_uppercase().contains(&said.to_uppercase()), "{said:?} stands in {}", file.display());
        }
    }
    for reference in &references {
        let (found, _) = house.expect("desk", "supervisor", 0, &["logs", "--reference", reference]).await;
        let of = |source: &str| {
            let entries = found["entries"].as_array().expect("entries");
            entries.iter().filter(|entry| entry["source"] == source).count()
        };
        assert!(of("log") > 0 && of("exchange") > 0 && of("audit") > 0, "{reference}: {found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_what_is_on_a_reference_is_brought_together_for_supervisors_alone_and_nothing_is_told_as_nothing() {
    let house = House::start().await;
    house.book("desk", "1", 0).await;
    house.expect("desk", "handler", 4, &["logs", "--reference", "A1B2-C3D4"]).await;
    let (found, words) = house.expect("desk", "supervisor", 0, &["logs", "--reference", "A1B2-C3D4"]).await;
    assert_eq!(found["found"], 0, "{found}");
    assert!(words.contains("Nothing was found on A1B2-C3D4. Looked over the logs from"), "and over what: {words}");
    let list = house.expect("desk", "handler", 0, &["bookings"]).await.0;
    let raw: String =
        house.raw("desk").query_row("SELECT request FROM intent", [], |row| row.get(0)).expect("the one request");
    let (found, _) = house.expect("desk", "supervisor", 0, &["logs", "--reference", &raw]).await;
    let sources: Vec<&Value> = found["entries"].as_array().expect("entries").iter().map(|one| &one["source"]).collect();
    assert!(sources.contains(&&json!("order")) && sources.contains(&&json!("exchange")), "{list} {found}");
    house.expect("desk", "supervisor", 5, &["logs", "--reference", ""]).await;
    let text = house.run("desk", "supervisor", &["logs", "--text", "--reference", &raw]).await;
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains("booking of encounter") && text.contains("Looked over the logs"), "for people: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_restoring_and_putting_a_key_back_stand_in_the_log_whether_they_were_done_or_not() {
    let house = House::start().await;
    house.book("desk", "1", 0).await;
    let (backup, head) = house.back_up("desk").await;
    house.expect("desk", "supervisor", 0, &["key", "export", "--out", &house.text("copy.txt")]).await;
    house.expect("desk", "supervisor", 5, &["restore", "--from", &house.text("nothing")]).await;
    house.expect("desk", "supervisor", 0, &["restore", "--from", &backup, "--confirm", &head]).await;
    fs::write(house.path("slip.txt"), "nothing\n").expect("written");
    house.expect("desk", "", 5, &["key", "import", &house.text("slip.txt")]).await;
    house.expect("desk", "", 0, &["key", "import", &house.text("copy.txt")]).await;
    house.expect("desk", "supervisor", 0, &["key", "change"]).await;
    let lines = lines(&house.path("desk"));
    let said = |message: &str| lines.iter().filter(|line| line["message"] == message).count();
    for message in [
        "a backup was not restored",
        "a backup was restored",
        "no key was put back",
        "a key was put back",
        "the record came under a new key",
    ] {
        assert_eq!(said(message), 1, "{message:?} stands there once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_a_file_a_day_is_kept_for_its_days_however_often_the_desk_starts_and_is_its_owners_alone() {
    let house = House::start().await;
    let Some(machine) = house.machine() else { return };
    house.with_more("desk", "[logs]\ndays = 2");
    let names = |desk: &Path| -> Vec<String> {
        files(desk).iter().map(|file| file.file_name().expect("a name").to_string_lossy().into_owned()).collect()
    };
    let mut days = Vec::new();
    for day in 0..4 {
        for _ in 0..2 {
            let command = machine.days_ahead(house.command("desk", "mistaken", &["bookings"]), day);
            House::ends(command, 4).await;
        }
        days.push(names(&house.path("desk")).pop().expect("a file"));
        days.sort();
        let newest: Vec<String> = days.iter().rev().take(2).rev().cloned().collect();
        assert_eq!(names(&house.path("desk")), newest, "day {day}: those of two days, the one of before not sooner");
    }
    assert_eq!(days.len(), 4, "one a day: {days:?}");
    days.dedup();
    assert_eq!(days.len(), 4, "each its own: {days:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        let desk = house.path("desk");
        assert_eq!(mode(&desk.join("logs")), 0o700, "the folder");
        for file in files(&desk) {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_where_the_log_cannot_be_written_the_desk_says_so_once_and_works_on() {
    const WORKS_ON: &str = "The desk works on without it.";
    let house = House::start().await;
    // Something else stands where its folder is to be.
    fs::create_dir(house.path("blocked")).expect("a folder");
    fs::write(house.path("blocked").join("logs"), "").expect("written");
    let (_, words) = house.expect("blocked", "handler", 0, &["bookings"]).await;
    assert_eq!(words.matches(WORKS_ON).count(), 1, "{words}");
    let Some(machine) = house.machine() else { return };
    house.with_more("full", "[logs]\nlevel = \"trace\"");
    house.book("full", "1", 0).await;
    let logs = house.path("full").join("logs");
    let before = fs::read(&files(&house.path("full"))[0]).expect("a log");
    let case = ["services", "--ready-patient", "2", "--outcome", "Dx06", "--reason", "x"];
    for (command, why) in [
        (machine.full(house.command("full", "handler", &case), &logs, 0), "No space left"),
        (machine.read_only(house.command("full", "handler", &case), &logs), "Read-only"),
    ] {
        let (_, words) = House::ends(command, 0).await;
        assert!(words.contains(why) && words.matches(WORKS_ON).count() == 1, "{why}: {words}");
    }
    assert_eq!(fs::read(&files(&house.path("full"))[0]).expect("a log"), before, "as it was");
}

/// Not a test by itself: a program with a desk, that breaks off over a patient's details.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_breaks_off() {
    let Some(config) = std::env::var_os("DESK_BREAKS_OFF") else { return };
    desk_composition::logging::start();
    let config = desk_composition::config::Config::read(Path::new(&config)).expect("a configuration");
    let composed = desk_composition::compose(config, "1").await.expect("the desk opens");
    let broken = std::thread::Builder::new().name("a-defect".to_owned());
    let broken = broken.spawn(|| assert_eq!(SAID[0], "Orchard Close", "{SAID:?}")).expect("a thread");
    assert!(broken.join().is_err(), "it broke off");
    composed.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_a_defect_leaves_a_line_with_a_reference_and_its_place_and_nothing_of_what_it_was_about() {
    let house = House::start().await;
    let mut program = std::process::Command::new(std::env::current_exe().expect("a path"));
    program.args(["--exact", "logs::a_program_breaks_off", "--nocapture"]).env("DESK_BREAKS_OFF", house.config("desk"));
    let (_, words) = House::ends(program, 0).await;
    let lines = lines(&house.path("desk"));
    let line = lines.iter().find(|line| line["message"].as_str().is_some_and(|text| text.contains("a defect")));
    let line = line.unwrap_or_else(|| panic!("a line: {words}"));
    let place = line["place"].as_str().expect("a place");
    assert!(place.contains("logs.rs:") && line["thread"] == "a-defect", "where it was: {line}");
    let reference = line["reference"].as_str().expect("a reference");
    assert!(words.contains(reference), "which is said, too: {words}");
    for said in SAID {
        assert!(!line.to_string().contains(said) && !words.contains(said), "{said:?}: {line} {words}");
    }
    let (found, _) = house.expect("desk", "supervisor", 0, &["logs", "--reference", reference]).await;
    assert_eq!(found["entries"][0]["source"], "log", "and found by: {found}");
}
