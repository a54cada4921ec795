//! `deskctl` as a script would use it: JSON on standard output, words on standard error, exit codes as documented.

#![expect(clippy::expect_used, reason = "a test says at once what is not as it needs it")]

use std::process::{Command, Output};

use demo_nhs::{DemoNhs, DemoOptions};
use desk_tests::programs::program;
use serde_json::{Value, json};

struct Terminal {
    nhs: DemoNhs,
    folder: tempfile::TempDir,
}

impl Terminal {
    async fn start() -> Self {
        let nhs = demo_nhs::start(DemoOptions::default()).await.expect("the demonstration starts");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("desk.toml"), nhs.config_toml(&folder.path().join("data"))).expect("written");
        let users = [
            ("handler", "demo call handler"),
            ("supervisor", "demo supervisor desk"),
            ("clinician", "demo clinician desk"),
            ("admin", "demo practice admin"),
        ];
        for (user, passphrase) in users {
            std::fs::write(folder.path().join(user), format!("{passphrase}\n")).expect("written");
        }
        Self { nhs, folder }
    }

    async fn run(&self, user: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(program("deskctl"));
        command.arg("--config").arg(self.folder.path().join("desk.toml")).args(["--as", user]);
        command.arg("--passphrase-file").arg(self.folder.path().join(user)).args(arguments);
        tokio::task::spawn_blocking(move || command.output().expect("deskctl was built")).await.expect("it ran")
    }
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {} {}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    })
}

const CASE: [&str; 6] = ["--ready-patient", "1", "--outcome", "Dx06", "--reason", "Sore throat"];

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_is_booked_from_a_terminal_and_found_again() {
    let terminal = Terminal::start().await;
    let services = terminal.run("handler", &[&["services"], CASE.as_slice()].concat()).await;
    assert_eq!(services.status.code(), Some(0), "{}", String::from_utf8_lossy(&services.stderr));
    let services = json_of(&services);
    let encounter = services["encounter"].as_str().expect("an id");
    assert_eq!(services["search"]["services"].as_array().map(Vec::len), Some(12), "DI-1");
    let slots = json_of(&terminal.run("handler", &["slots", "--encounter", encounter, "--service", "111001"]).await);
    assert!(slots["slots"]["inTimeCount"].as_u64().is_some_and(|count| count > 0), "slots in time");
    let booked = terminal.run("handler", &["book", "--encounter", encounter, "--service", "111001"]).await;
    assert_eq!(booked.status.code(), Some(0), "confirmed");
    assert_eq!(json_of(&booked)["result"], "confirmed", "and said so");
    let bookings = json_of(&terminal.run("handler", &["bookings"]).await);
    assert_eq!(bookings.as_array().map(Vec::len), Some(1), "found again by another process");
    assert_eq!(json_of(&terminal.run("handler", &["unfinished"]).await), json!([]), "nothing is unfinished");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_has_its_exit_code_and_its_words() {
    let terminal = Terminal::start().await;
    let book = |service: &'static str, outcome: &'static str| {
        let case = ["book", "--ready-patient", "4", "--outcome", outcome, "--reason", "x", "--service", service];
        case.iter()
            .map(|text| (*text).to_owned())
            .chain(["--reject-reason".to_owned(), "32".to_owned()])
            .collect::<Vec<_>>()
    };
    let table = [
        (book("111010", "Dx06"), 6, "cannot be booked"),
        (book("111008", "Dx06"), 5, "no free slot"),
        (book("111007", "Dx05"), 7, "clinician"),
        (vec!["audit".to_owned()], 4, "role"),
        (vec!["bookings".to_owned(), "--encounter".to_owned(), "x".to_owned()], 5, "not an id"),
    ];
    for (arguments, code, words) in table {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = terminal.run("handler", &arguments).await;
        let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?} says: {said}");
    }
    std::fs::write(terminal.folder.path().join("handler"), "wrong\n").expect("written");
    assert_eq!(terminal.run("handler", &["bookings"]).await.status.code(), Some(4), "a wrong passphrase");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_ends_with_its_own_exit_code_and_is_settled_by_asking() {
    let terminal = Terminal::start().await;
    let cue = |order: Value| terminal.nhs.control().cue(order).expect("a cue");
    // The answer is lost, and then the provider cannot be asked either.
    cue(json!({ "provider": "utc", "do": "lose_answer", "times": 1 }));
    let case = ["book", "--ready-patient", "4", "--outcome", "Dx06", "--reason", "x", "--service", "111001"];
    let unknown = terminal.run("handler", &case).await;
    assert_eq!(unknown.status.code(), Some(8), "{}", String::from_utf8_lossy(&unknown.stderr));
    let unfinished = json_of(&terminal.run("handler", &["unfinished"]).await);
    let id = unfinished[0]["id"].as_str().expect("on the list").to_owned();
    let settle = ["unfinished", "--settle", &id, "--provider-holds", "booked", "--reason", "Reception, by telephone"];
    assert_eq!(terminal.run("handler", &settle).await.status.code(), Some(0), "settled by hand");
    assert_eq!(terminal.run("handler", &settle).await.status.code(), Some(7), "and only once");
    let audit = json_of(&terminal.run("supervisor", &["audit"]).await);
    let by_hand =
        audit.as_array().expect("events").iter().any(|e| e["event"]["what"]["kind"] == "unfinishedSettledByHand");
    assert!(by_hand, "recorded");
}

#[tokio::test(flavor = "multi_thread")]
async fn tf_2_a_late_slot_is_approved_from_a_terminal_by_a_clinician_alone_with_the_same_refusals() {
    let terminal = Terminal::start().await;
    let file = |user: &str| terminal.folder.path().join(user).to_string_lossy().into_owned();
    let case = ["book", "--ready-patient", "1", "--outcome", "Dx05", "--reason", "x", "--service", "111007"];
    let case = [case.as_slice(), &["--reject-reason", "32"]].concat();
    let ground = ["--late-ground", "stable, knows when to call back"];
    let by = |user: &str, more: &[&str]| -> Vec<String> {
        let passphrase = file(user);
        let approver = ["--approver", user, "--approver-passphrase-file", &passphrase];
        [case.as_slice(), &ground, &approver, more].concat().into_iter().map(str::to_owned).collect()
    };
    let telephone = |called: &str| -> Vec<String> {
        let approved = ["--approved-by", "Dr Amara Okafor", "--registration", "7654321", "--called-at", called];
        [case.as_slice(), &ground, &approved, &["--patient-accepts"]].concat().into_iter().map(str::to_owned).collect()
    };
    let plain: Vec<String> = [case.as_slice(), &ground].concat().into_iter().map(str::to_owned).collect();
    let table = [
        (plain, 7, "needs a clinician"),
        (by("handler", &["--patient-accepts"]), 5, "approve it for yourself"),
        (by("supervisor", &["--patient-accepts"]), 5, "not a clinician"),
        (by("clinician", &[]), 5, "Ask the patient"),
        (telephone("soon"), 5, "Enter when the clinician was called"),
    ];
    for (arguments, code, says) in table {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let refused = terminal.run("handler", &arguments).await;
        let words = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(code), "{says}: {words}");
        assert!(words.contains(says), "{says}: {words}");
    }
    assert_eq!(terminal.nhs.control().held()["hub"], json!([]), "nothing was sent");
    let approved = by("clinician", &["--patient-accepts"]);
    let booked = terminal.run("handler", &approved.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let words = String::from_utf8_lossy(&booked.stderr).into_owned();
    assert_eq!(booked.status.code(), Some(0), "{words}");
    assert!(words.contains("Approved by"), "{words}");
    let timeframe = json_of(&booked)["booking"]["timeframe"].clone();
    assert!(timeframe.as_str().is_some_and(|told| told.contains("approved by")), "TF-3: {timeframe}");
}

const RESPONSES: &str = r#"{
    "presentingComplaint": "Sore throat for three days",
    "summary": "Fever, drinks well, no rash",
    "answers": [{ "question": "Any rash?", "answer": "No" }],
    "advice": "Drink enough, call back when worse",
    "consent": "patient"
}"#;

impl Terminal {
    /// Runs it, and expects its exit code.
    async fn expect(&self, user: &str, code: i32, arguments: &[&str]) -> (Value, String) {
        let output = self.run(user, arguments).await;
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {words}");
        let told = if output.stdout.is_empty() { Value::Null } else { json_of(&output) };
        (told, words)
    }

    /// The service of the demonstration of which that is peculiar.
    fn of(&self, note: &str) -> String {
        let services = &self.nhs.description().services;
        services.iter().find(|service| service.note == note).expect("a service of that kind").id.clone()
    }

    async fn encounter(&self, outcome: &str) -> String {
        let case = ["services", "--ready-patient", "1", "--outcome", outcome, "--reason", "Sore throat"];
        let encounter = self.expect("handler", 0, &case).await.0["encounter"].as_str().expect("an id").to_owned();
        let file = self.folder.path().join("responses.json");
        std::fs::write(&file, RESPONSES).expect("written");
        let file = file.to_string_lossy().into_owned();
        let record = ["encounter", "responses", "--encounter", &encounter, "--file", &file];
        self.expect("handler", 0, &record).await;
        encounter
    }
}

/// BO-2: no verb sends a referral that the gate stops.
#[tokio::test(flavor = "multi_thread")]
async fn bo_2_no_verb_refers_to_a_booking_only_service_without_a_booking_and_a_booking_opens_it() {
    let terminal = Terminal::start().await;
    let encounter = terminal.encounter("Dx06").await;
    let (booking_only, full) = (terminal.of("booking only, with slots"), terminal.of("booking only, without slots"));
    for service in [&booking_only, &full] {
        for more in [vec![], vec!["--gate"], vec!["--review"]] {
            let refer = [&["refer", "--encounter", &encounter, "--service", service], more.as_slice()].concat();
            let (_, words) = terminal.expect("handler", 7, &refer).await;
            assert!(words.contains("requires a booking"), "{refer:?}: {words}");
        }
    }
    terminal.expect("admin", 4, &["refer", "--encounter", &encounter, "--service", &full]).await;
    let nothing = ["refer", "--encounter", &encounter];
    terminal.expect("handler", 5, &nothing).await;
    assert_eq!(terminal.nhs.control().documents(), json!([]), "nothing arrived");
    let end = ["encounter", "end", "--encounter", &encounter, "--how"];
    terminal.expect("handler", 5, &[end.as_slice(), &["completed"]].concat()).await;
    let book = ["book", "--encounter", &encounter, "--service", &booking_only, "--reject-reason", "32"];
    let (booked, _) = terminal.expect("handler", 0, &book).await;
    assert_eq!(booked["result"], "confirmed");
    terminal.expect("handler", 5, &[end.as_slice(), &["completed"]].concat()).await;
    let (sent, _) = terminal.expect("handler", 0, &nothing).await;
    assert_eq!(sent["deliveries"][0]["received"], true, "the booking opened it: {sent}");
    assert_eq!(terminal.nhs.control().documents().as_array().map(Vec::len), Some(1), "and it arrived");
    terminal.expect("handler", 7, &nothing).await;
    terminal.expect("handler", 0, &[end.as_slice(), &["completed"]].concat()).await;
    let audit = terminal.expect("supervisor", 0, &["audit", "--encounter", &encounter]).await.0;
    let kinds: Vec<&str> =
        audit.as_array().expect("events").iter().filter_map(|it| it["event"]["what"]["kind"].as_str()).collect();
    for kind in ["referralBlocked", "referralReleased", "referralMade", "referralSettled", "encounterEnded"] {
        assert!(kinds.contains(&kind), "BO-5: {kind} is on the record: {kinds:?}");
    }
}

/// Friday afternoon, from a terminal: RB-2, RB-3, RB-4, CA-2, CA-5, CA-6.
#[tokio::test(flavor = "multi_thread")]
async fn friday_afternoon_is_rebooked_from_a_terminal_new_booking_first() {
    let terminal = Terminal::start().await;
    let encounter = terminal.encounter("Dx06").await;
    let book = ["book", "--encounter", &encounter, "--service", "111001"];
    let original = terminal.expect("handler", 0, &book).await.0["booking"]["id"].as_str().expect("an id").to_owned();
    terminal.expect("handler", 0, &["refer", "--encounter", &encounter]).await;
    let end = ["encounter", "end", "--encounter", &encounter, "--how", "completed"];
    terminal.expect("handler", 0, &end).await;
    // An hour later the patient calls back, worse.
    let again = ["encounter", "reassess", "--encounter", &encounter];
    let second = terminal.expect("handler", 0, &again).await.0["id"].as_str().expect("an id").to_owned();
    let begin = ["rebook", "begin", "--booking", &original, "--within", &second];
    let (_, words) = terminal.expect("handler", 5, &begin).await;
    assert!(words.contains("Assess the patient again"), "RB-2: {words}");
    let outcome = ["encounter", "outcome", "--encounter", &second, "--outcome", "Dx05", "--reason", "Worse"];
    terminal.expect("handler", 0, &outcome).await;
    let rebook = terminal.expect("handler", 0, &begin).await.0["id"].as_str().expect("an id").to_owned();
    let held = terminal.expect("handler", 0, &["bookings", "--held", &second]).await.0;
    assert_eq!(held.as_array().map(Vec::len), Some(1), "RB-4: what the patient holds");
    let shown = terminal.expect("handler", 0, &["cancel", "--booking", &original]).await.0;
    let version = shown["version"].as_str().expect("a version").to_owned();
    let (confirm, reason) = (["--confirm", &version], ["--reason", "rebooked, worse"]);
    let read_back = ["--read-back", "name,birthDate,number"];
    let cancel = ["cancel", "--booking", &original, "--encounter", &second, "--rebook", &rebook];
    let cancel = [cancel.as_slice(), &confirm, &reason, &read_back].concat();
    let (_, words) = terminal.expect("handler", 5, &cancel).await;
    assert!(words.contains("gone on elsewhere"), "RB-3: the new booking comes first: {words}");
    let new = ["book", "--encounter", &second, "--service", "111001", "--rebook", &rebook];
    let (booked, _) = terminal.expect("handler", 0, &new).await;
    assert_eq!(booked["result"], "confirmed");
    let unfinished = terminal.expect("handler", 0, &["unfinished"]).await.0;
    assert_eq!(unfinished[0]["kind"], "twoBookings", "RB-5: both are held until the original goes");
    let unread = [cancel[..cancel.len() - 2].to_vec(), vec!["--read-back", "name"]].concat();
    terminal.expect("handler", 5, &unread).await;
    let (gone, _) = terminal.expect("handler", 0, &cancel).await;
    assert_eq!(gone["status"], "cancelled", "CA-4: {gone}");
    assert_eq!(gone["decoupled"]["decoupled"], true, "CA-5: what was sent is no referral any more");
    let unfinished = terminal.expect("handler", 0, &["unfinished"]).await.0;
    assert_eq!(unfinished[0]["kind"], "informPatient", "CA-6");
    let url = gone["url"].as_str().expect("a URL");
    let inform = ["inform", "--encounter", &second, "--url", url, "--how", "duringTheCall"];
    terminal.expect("handler", 0, &inform).await;
    assert_eq!(terminal.expect("handler", 0, &["unfinished"]).await.0, json!([]), "nothing is left");
    terminal
        .expect(
            "handler",
            7,
            &[
                "cancel",
                "--booking",
                &original,
                "--confirm",
                "9",
                "--reason",
                "once more",
                "--read-back",
                "name,birthDate,number",
            ],
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_3_the_audit_record_is_verified_sealed_and_exported_from_a_terminal() {
    let terminal = Terminal::start().await;
    let sealed = json_of(&terminal.run("supervisor", &["audit", "seal"]).await);
    let seal = sealed["seal"].as_str().expect("a seal").to_owned();
    let (elsewhere, out) = (terminal.folder.path().join("seals.txt"), terminal.folder.path().join("out"));
    std::fs::write(&elsewhere, format!("{seal}\n")).expect("written");
    let verify = ["audit", "verify", "--seals", elsewhere.to_str().expect("text")];
    let holds = terminal.run("supervisor", &verify).await;
    assert_eq!(holds.status.code(), Some(0), "{}", String::from_utf8_lossy(&holds.stderr));
    assert_eq!((&json_of(&holds)["holds"], &json_of(&holds)["sealsMet"]), (&json!(true), &json!(1)), "with its seal");
    let export =
        ["audit", "export", "--out", out.to_str().expect("text"), "--from", "2020-01-01", "--to", "2020-01-02"];
    let none = json_of(&terminal.run("supervisor", &export).await);
    assert_eq!(none["events"], 0, "nothing was done in those days");
    assert_eq!(terminal.run("supervisor", &export).await.status.code(), Some(5), "nothing is overwritten");
    let refused = terminal.run("handler", &["audit", "verify"]).await;
    assert_eq!(refused.status.code(), Some(4), "supervisors only");
    // A seal of another record: what stands under its number is not what was sealed.
    let (before, _) = seal.rsplit_once(' ').expect("words");
    std::fs::write(&elsewhere, format!("{before} {}\n", "0".repeat(64))).expect("written");
    let other = terminal.run("supervisor", &verify).await;
    assert_eq!(other.status.code(), Some(10), "it does not hold");
    assert_eq!(json_of(&other)["fault"]["how"]["how"], "notAsSealed", "and says how");
    let words = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(words.contains("does not hold from event"), "and where: {words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rp_a_report_is_read_from_a_terminal_and_written_as_csv() {
    let terminal = Terminal::start().await;
    let booked = terminal.run("handler", &[&["book", "--service", "111001"], CASE.as_slice()].concat()).await;
    assert_eq!(booked.status.code(), Some(0), "confirmed");
    let list = json_of(&terminal.run("supervisor", &["report"]).await);
    assert_eq!(list["reports"].as_array().map(Vec::len), Some(14), "RP-01 to RP-14, each with its definition");
    let day = list["presets"][4]["to"].as_str().expect("today").to_owned();
    let file = terminal.folder.path().join("report.csv");
    let csv = file.to_str().expect("a path");
    let asked = ["report", "RP-01", "--from", &day, "--to", &day];
    let table = json_of(&terminal.run("supervisor", &[asked.as_slice(), &["--against", "--csv", csv]].concat()).await);
    let row = &table["table"]["rows"][0];
    assert_eq!(row["numbers"][0], json!({ "now": 1, "before": 0 }), "one booking, none the day before: {row}");
    let text = std::fs::read_to_string(&file).expect("the file");
    assert!(text.contains("RP-01 Bookings made against referrals made"), "with what it is: {text}");
    let again = terminal.run("supervisor", &[asked.as_slice(), &["--csv", csv]].concat()).await;
    assert_eq!(again.status.code(), Some(5), "a file that is there stays");
    let key = row["key"].as_str().expect("a key");
    let behind =
        terminal.run("supervisor", &[asked.as_slice(), &["--column", "bookings", "--row", key]].concat()).await;
    assert_eq!(json_of(&behind)["events"][0]["what"], "Booking: what came of it", "click through");
    let refused = terminal.run("handler", &asked).await;
    assert_ne!(refused.status.code(), Some(0), "supervisors only");
}
