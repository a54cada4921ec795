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
        for (user, passphrase) in [("handler", "demo call handler"), ("supervisor", "demo supervisor desk")] {
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
    std::fs::write(terminal.folder.path().join("clinician"), "demo clinician desk\n").expect("written");
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
    assert_eq!(terminal.run("supervisor", &export).await.status.code(), Some(3), "nothing is overwritten");
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
