//! `deskctl` as a script would use it: JSON on standard output, words on standard error, exit codes as documented.

#![expect(clippy::expect_used, reason = "a test says at once what is not as it needs it")]

use std::process::{Command, Stdio};

use desk_tests::desk::tamper;
use desk_tests::terminal::{Terminal, json_of, words};
use serde_json::{Value, json};

/// Programs that start at once on a new demonstration: each starts, and finds every user. `DESK_STARTS` says how many times.
#[tokio::test(flavor = "multi_thread")]
async fn programs_that_start_at_once_on_a_new_demonstration_all_start_and_find_every_user() {
    let times = std::env::var("DESK_STARTS").ok().and_then(|text| text.parse().ok()).unwrap_or(2);
    for time in 0..times {
        let terminal = Terminal::start().await;
        let users = ["handler", "supervisor", "clinician", "admin", "handler", "supervisor", "clinician", "admin"];
        let outputs = futures::future::join_all(users.map(|user| terminal.run(user, &["bookings"]))).await;
        for (user, output) in users.iter().zip(&outputs) {
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{user}, time {time}: {said}");
        }
        let added = json_of(&terminal.run("supervisor", &["audit", "--kind", "userAdded"]).await);
        assert_eq!(added.as_array().map(Vec::len), Some(4), "each user was added once, time {time}");
        let verified = terminal.run("supervisor", &["audit", "verify"]).await;
        assert_eq!(verified.status.code(), Some(0), "time {time}: {}", String::from_utf8_lossy(&verified.stderr));
    }
}

const CASE: [&str; 6] = ["--ready-patient", "1", "--outcome", "Dx06", "--reason", "Sore throat"];

/// Whoever reads the result may have read enough, or have nowhere to put it: what was done stays done, and the code says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_booking_is_told_by_the_exit_code_also_where_nobody_takes_the_result() {
    let terminal = Terminal::start().await;
    let book = |patient: &'static str| {
        let case = ["book", "--ready-patient", patient, "--outcome", "Dx06", "--reason", "x", "--service", "111001"];
        terminal.command("desk.toml", "handler", &case)
    };
    let ended = async |mut command: Command| {
        let mut running = command.stderr(Stdio::piped()).spawn().expect("deskctl was built");
        // Nobody reads, where there would be somebody.
        drop(running.stdout.take());
        let ended = tokio::task::spawn_blocking(move || running.wait_with_output().expect("it ran"));
        let ended = ended.await.expect("it ran");
        assert_eq!(ended.status.code(), Some(0), "{}", words(&ended));
        words(&ended)
    };
    let mut read_enough = book("1");
    read_enough.stdout(Stdio::piped());
    let said = ended(read_enough).await;
    assert!(!said.contains("panicked") && !said.contains("could not be written"), "{said}");
    if let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") {
        let mut nowhere = book("4");
        nowhere.stdout(full);
        let said = ended(nowhere).await;
        assert!(said.contains("could not be written to standard output"), "{said}");
        assert_eq!(standing(&terminal).len(), 2, "both are booked");
    }
}

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
    std::fs::write(terminal.at("handler"), "wrong\n").expect("written");
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
    let file = |user: &str| terminal.text(user);
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

/// The service of the demonstration of which that is peculiar.
fn service_with(terminal: &Terminal, note: &str) -> String {
    let services = &terminal.nhs.description().services;
    services.iter().find(|service| service.note == note).expect("a service of that kind").id.clone()
}

/// A ready patient with an outcome and what a referral needs: the encounter.
async fn assessed(terminal: &Terminal, outcome: &str) -> String {
    let encounter = case(terminal, "1", outcome).await;
    std::fs::write(terminal.at("responses.json"), RESPONSES).expect("written");
    let file = terminal.text("responses.json");
    terminal.expect("handler", 0, &["encounter", "responses", "--encounter", &encounter, "--file", &file]).await;
    encounter
}

/// A ready patient with an outcome: the encounter.
async fn case(terminal: &Terminal, patient: &str, outcome: &str) -> String {
    let case = ["services", "--ready-patient", patient, "--outcome", outcome, "--reason", "Sore throat"];
    terminal.expect("handler", 0, &case).await.0["encounter"].as_str().expect("an id").to_owned()
}

/// BO-2: no verb sends a referral that the gate stops.
#[tokio::test(flavor = "multi_thread")]
async fn bo_2_no_verb_refers_to_a_booking_only_service_without_a_booking_and_a_booking_opens_it() {
    let terminal = Terminal::start().await;
    let encounter = assessed(&terminal, "Dx06").await;
    let (booking_only, full) =
        (service_with(&terminal, "booking only, with slots"), service_with(&terminal, "booking only, without slots"));
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
    let encounter = assessed(&terminal, "Dx06").await;
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

fn cue(terminal: &Terminal, cue: &Value) {
    terminal.nhs.control().cue(cue).unwrap_or_else(|error| panic!("{cue}: {error}"));
}

/// The bookings that the providers hold and that stand.
fn standing(terminal: &Terminal) -> Vec<Value> {
    let held = terminal.nhs.control().held();
    let all = held.as_object().expect("by provider").values();
    let all = all.flat_map(|of| of.as_array().cloned().unwrap_or_default());
    all.filter(|held| held["status"] != "cancelled").collect()
}

/// Reads a booking, and cancels it in the version that was read; what came of it, with the code expected.
async fn cancel(terminal: &Terminal, user: &str, code: i32, which: &[&str]) -> (Value, String) {
    let shown = terminal.expect(user, 0, &[&["cancel"], which].concat()).await.0;
    let version = shown["version"].as_str().expect("a version");
    let confirmed = ["--confirm", version, "--reason", "Cannot come", "--read-back", "name,birthDate,number"];
    terminal.expect(user, code, &[&["cancel"], which, &confirmed].concat()).await
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key}: {value}"))
}

/// The key of the slot at a time of day (UK) tomorrow, among those in time.
fn tomorrow(slots: &Value, time: &str) -> String {
    let days = slots["slots"]["inTime"].as_array().expect("days");
    let day = days.iter().find(|day| text(day, "day").starts_with("Tomorrow")).expect("slots tomorrow");
    let slot = day["slots"].as_array().expect("slots").iter().find(|slot| slot["start"] == time);
    text(slot.unwrap_or_else(|| panic!("{time}: {day}")), "key").to_owned()
}

/// RB-1 to RB-5 within the consultation, from a terminal.
#[tokio::test(flavor = "multi_thread")]
async fn wrong_morning_is_rebooked_from_a_terminal_within_the_consultation() {
    let terminal = Terminal::start().await;
    cue(&terminal, &json!({ "scenario": "wrong_morning" }));
    let encounter = case(&terminal, "2", "Dx75").await;
    let at = ["--encounter", &encounter, "--service", "111001"];
    let slots = terminal.expect("handler", 0, &[&["slots"], at.as_slice()].concat()).await.0;
    let (early, late) = (tomorrow(&slots, "09:30"), tomorrow(&slots, "10:30"));
    let book = |slot: &str, more: &[&str]| -> Vec<String> {
        let all = [["book"].as_slice(), &at, &["--slot", slot], more].concat();
        all.into_iter().map(str::to_owned).collect()
    };
    let run = async |code, arguments: Vec<String>| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        terminal.expect("handler", code, &arguments).await
    };
    let original = text(&run(0, book(&early, &[])).await.0["booking"], "id").to_owned();
    let (_, words) = run(7, book(&late, &[])).await;
    assert!(words.contains("has a booking from this encounter"), "never two by the way: {words}");
    let begin = ["rebook", "begin", "--booking", &original, "--within", &encounter];
    let rebook = text(&terminal.expect("handler", 0, &begin).await.0, "id").to_owned();
    let new = run(0, book(&late, &["--rebook", &rebook])).await.0;
    assert_eq!(standing(&terminal).len(), 2, "RB-3: the first stands yet");
    let held = terminal.expect("handler", 0, &["bookings", "--held", &encounter]).await.0;
    assert_eq!(held.as_array().map(Vec::len), Some(2), "RB-4: both are listed");
    // The provider fails in the middle: two are held, and it is on the list with both.
    cue(&terminal, &json!({ "provider": "utc", "do": "refuse", "status": 500, "times": 2 }));
    let which = ["--booking", &original, "--encounter", &encounter, "--rebook", &rebook];
    terminal.expect("handler", 6, &[&["cancel"], which.as_slice()].concat()).await;
    cue(&terminal, &json!({ "do": "reset" }));
    let piece = terminal.expect("clinician", 0, &["unfinished"]).await.0[0].clone();
    assert_eq!(piece["kind"], "twoBookings", "RB-5: any user sees it: {piece}");
    assert!(text(&piece, "slot").contains("09:30") && text(&piece, "newBooking").contains("10:30"), "{piece}");
    let (gone, _) = cancel(&terminal, "clinician", 0, &which).await;
    assert_eq!(gone["status"], "cancelled");
    let left = standing(&terminal);
    assert_eq!((left.len(), &left[0]["id"]), (1, &new["booking"]["providerReference"]), "half past ten");
    let inform = ["inform", "--encounter", &encounter, "--url", text(&gone, "url"), "--how", "duringTheCall"];
    terminal.expect("handler", 0, &inform).await;
    assert_eq!(terminal.expect("handler", 0, &["unfinished"]).await.0, json!([]), "nothing is left");
    terminal.expect("handler", 5, &["rebook", "leave", "--rebook", &rebook]).await;
}

/// RG-2, and the booking of another organisation cancelled after the new one.
#[tokio::test(flavor = "multi_thread")]
async fn another_111_is_flagged_by_the_registry_and_cancelled_from_a_terminal_after_the_new_booking() {
    let terminal = Terminal::start().await;
    cue(&terminal, &json!({ "scenario": "another_111_registry" }));
    let encounter = case(&terminal, "3", "Dx06").await;
    let known = terminal.expect("handler", 0, &["bookings", "--registry", &encounter]).await.0;
    assert_eq!((&known["flag"], known["entries"].as_array().map(Vec::len)), (&json!(true), Some(1)), "{known}");
    let url = text(&known["entries"][0], "url").to_owned();
    let which = ["--url", &url, "--encounter", &encounter];
    let shown = terminal.expect("handler", 0, &[&["cancel"], which.as_slice()].concat()).await.0;
    assert_eq!((&shown["theirs"], &shown["bookingId"]), (&json!(true), &Value::Null), "hers, and not ours: {shown}");
    let begin = [&["rebook", "begin"], which.as_slice(), &["--within", &encounter]].concat();
    let rebook = text(&terminal.expect("handler", 0, &begin).await.0, "id").to_owned();
    let book = ["book", "--encounter", &encounter, "--service", "111001", "--rebook", &rebook];
    let new = terminal.expect("handler", 0, &book).await.0;
    let which = [which.as_slice(), &["--rebook", &rebook]].concat();
    let (gone, _) = cancel(&terminal, "handler", 0, &which).await;
    assert_eq!(gone["status"], "cancelled", "{gone}");
    let left = standing(&terminal);
    assert_eq!((left.len(), &left[0]["id"]), (1, &new["booking"]["providerReference"]), "ours stands");
    let piece = terminal.expect("handler", 0, &["unfinished"]).await.0[0].clone();
    assert_eq!(piece["kind"], "informPatient", "CA-6: also of a booking that others made");
    let inform = ["inform", "--encounter", &encounter, "--url", &url, "--how", "notReached"];
    let (_, words) = terminal.expect("handler", 5, &inform).await;
    assert!(words.contains("tried to reach them"), "{words}");
    terminal.expect("handler", 0, &[inform.as_slice(), &["--note", "Rang twice, letter sent"]].concat()).await;
    assert_eq!(terminal.expect("handler", 0, &["unfinished"]).await.0, json!([]), "recorded");
}

/// RG-3; and a registry that does not answer is not one that knows nothing.
#[tokio::test(flavor = "multi_thread")]
async fn another_111_without_a_registry_is_said_to_be_out_of_sight_from_a_terminal() {
    let terminal = Terminal::start().await;
    cue(&terminal, &json!({ "scenario": "another_111" }));
    let encounter = case(&terminal, "3", "Dx06").await;
    let (none, words) = terminal.expect("handler", 6, &["bookings", "--registry", &encounter]).await;
    assert!(none.is_null() && !words.is_empty(), "not asked is not none: {none} {words}");
    let config = std::fs::read_to_string(terminal.at("desk.toml")).expect("the configuration");
    let (before, registry) = config.split_once("[registry]").expect("a registry");
    let after = registry.find("\n[").map_or("", |at| &registry[at..]);
    std::fs::write(terminal.at("without.toml"), format!("{before}{after}")).expect("written");
    let word = terminal.expect_with("without.toml", "handler", 0, &["bookings", "--registry", &encounter]).await.0;
    let said = "Bookings made by other organisations cannot be seen: no appointment registry is connected.";
    assert_eq!((&word["flag"], text(&word, "words")), (&json!(false), said), "RG-3");
    let book = ["book", "--encounter", &encounter, "--service", "111001"];
    terminal.expect_with("without.toml", "handler", 0, &book).await;
    assert_eq!(standing(&terminal).len(), 2, "the other one stays");
}

/// RB-7, CA-4, CA-5, CA-6 as a practice admin; and whoever does not come.
#[tokio::test(flavor = "multi_thread")]
async fn service_closes_a_practice_admin_works_through_its_bookings_from_a_terminal() {
    let terminal = Terminal::start().await;
    let hub = service_with(&terminal, "booking only, with slots");
    let mut bookings = Vec::new();
    for patient in ["1", "2", "3"] {
        let encounter = case(&terminal, patient, "Dx75").await;
        let at = ["--encounter", &encounter, "--service", &hub];
        let slots = terminal.expect("handler", 0, &[&["slots"], at.as_slice()].concat()).await.0;
        let days = slots["slots"]["inTime"].as_array().expect("days");
        let day = days.iter().find(|day| text(day, "day").starts_with("Tomorrow")).expect("slots tomorrow");
        let book = [["book"].as_slice(), &at, &["--slot", text(&day["slots"][0], "key"), "--reject-reason", "32"]];
        bookings.push(terminal.expect("handler", 0, &book.concat()).await.0["booking"].clone());
    }
    cue(&terminal, &json!({ "service": hub, "do": "close" }));
    let day = chrono::NaiveDate::parse_from_str(text(&bookings[0], "date"), "%A %d-%b-%Y").expect("a day").to_string();
    let found = terminal.expect("admin", 0, &["bookings", "--service", &hub, "--on", &day]).await.0;
    assert_eq!(found.as_array().map(Vec::len), Some(3), "its bookings of that day, out of the record: {found}");
    assert!(found.as_array().expect("bookings").iter().all(|one| !text(one, "contact").is_empty()), "to ring them");
    let [first, second, third] =
        [0, 1, 2].map(|at| (text(&bookings[at], "id"), text(&bookings[at], "providerReference")));
    let (gone, _) = cancel(&terminal, "admin", 0, &["--booking", first.0]).await;
    assert_eq!(gone["status"], "cancelled");
    cue(&terminal, &json!({ "booking": second.1, "do": "restrict" }));
    let (refused, words) = cancel(&terminal, "admin", 7, &["--booking", second.0]).await;
    assert_eq!(refused["status"], "notPermitted", "{refused}");
    assert!(words.contains("ask them to cancel it"), "with what to do: {words}");
    cue(&terminal, &json!({ "booking": third.1, "do": "forget" }));
    let (_, words) = terminal.expect("admin", 6, &["cancel", "--booking", third.0]).await;
    assert!(words.contains("does not have this booking"), "RB-7: its details cannot be had: {words}");
    let book = ["book", "--ready-patient", "3", "--outcome", "Dx06", "--reason", "Sore throat", "--service", &hub];
    terminal.expect("admin", 4, &book).await;
    let inform = ["inform", "--encounter", text(&gone, "encounterId"), "--url", text(&gone, "url"), "--how", "text"];
    terminal.expect("admin", 0, &inform).await;
    assert_eq!(terminal.expect("admin", 0, &["unfinished"]).await.0, json!([]), "told, and over");
    // The second one is closed by the service itself: found by asking, and its patient is to be told.
    cue(&terminal, &json!({ "booking": second.1, "do": "cancelled" }));
    let now = terminal.expect("admin", 0, &["bookings", "--ask", second.0]).await.0;
    assert_eq!(now["status"], "Cancelled", "as its provider has it");
    let piece = terminal.expect("admin", 0, &["unfinished"]).await.0[0].clone();
    assert_eq!(piece["kind"], "informPatient", "{piece}");
    assert!(text(&piece, "known").contains("Somebody else called this booking off"), "{piece}");
    let inform =
        ["inform", "--encounter", text(&piece, "encounterId"), "--url", text(&piece, "url"), "--how", "letter"];
    terminal.expect("admin", 0, &inform).await;
    assert_eq!(terminal.expect("admin", 0, &["unfinished"]).await.0, json!([]), "told, and over");
    let attendance = ["attendance", "--booking", second.0, "--attendance", "wasNotBrought", "--note"];
    terminal.expect("admin", 5, &[attendance.as_slice(), &["x"]].concat()).await;
    terminal.expect("admin", 0, &[attendance.as_slice(), &["Reception, by telephone"]].concat()).await;
    let shown = terminal.expect("admin", 0, &["cancel", "--booking", second.0]).await.0;
    let noted = shown["notes"]
        .as_array()
        .expect("notes")
        .iter()
        .any(|note| note.as_str().is_some_and(|note| note.contains("Was not brought. Reception, by telephone")));
    assert!(noted, "and shown with the booking: {shown}");
}

/// Two desks, each with its own record: the second is told at once, and books another time.
#[tokio::test(flavor = "multi_thread")]
async fn slot_taken_the_second_of_two_terminals_is_told_at_once_and_sees_fresh_slots() {
    let terminal = Terminal::start().await;
    let config = terminal.nhs.config_toml(&terminal.at("other"));
    std::fs::write(terminal.at("other.toml"), config).expect("written");
    let one = case(&terminal, "1", "Dx06").await;
    let case = ["services", "--ready-patient", "2", "--outcome", "Dx06", "--reason", "Sore throat"];
    let two = text(&terminal.expect_with("other.toml", "handler", 0, &case).await.0, "encounter").to_owned();
    let slots = ["slots", "--encounter", &two, "--service", "111001"];
    let seen = terminal.expect_with("other.toml", "handler", 0, &slots).await.0;
    let slot = text(&seen["slots"]["inTime"][0]["slots"][0], "key").to_owned();
    let at = ["--service", "111001", "--slot", &slot];
    terminal.expect("handler", 0, &[&["book", "--encounter", &one], at.as_slice()].concat()).await;
    let second = [&["book", "--encounter", &two], at.as_slice()].concat();
    let (_, words) = terminal.expect_with("other.toml", "handler", 7, &second).await;
    assert!(words.contains("This slot has gone"), "told at once: {words}");
    let fresh = terminal.expect_with("other.toml", "handler", 0, &slots).await.0;
    let taken = |day: &Value| day["slots"].as_array().expect("slots").iter().any(|free| free["key"] == slot.as_str());
    assert!(!fresh["slots"]["inTime"].as_array().expect("days").iter().any(taken), "it is not among the fresh ones");
    // It goes after it was seen to be free: the provider's word, with the same code.
    cue(&terminal, &json!({ "provider": "utc", "do": "take_slot", "times": 1 }));
    let book = ["book", "--encounter", &two, "--service", "111001"];
    let (result, words) = terminal.expect_with("other.toml", "handler", 7, &book).await;
    assert_eq!(result["result"], "notBooked", "{result}");
    assert!(words.contains("This slot has gone"), "{words}");
    terminal.expect_with("other.toml", "handler", 0, &book).await;
    assert_eq!(standing(&terminal).len(), 2, "one each");
}

/// BK-4 and CA-4: what was done and not answered is found, once; what cannot be asked is not known, until it can.
#[tokio::test(flavor = "multi_thread")]
async fn lost_answer_of_a_booking_and_of_its_cancellation_are_found_from_a_terminal() {
    let terminal = Terminal::start().await;
    cue(&terminal, &json!({ "scenario": "lost_answer" }));
    let encounter = case(&terminal, "1", "Dx06").await;
    let book = ["book", "--encounter", &encounter, "--service", "111001"];
    let booked = terminal.expect("handler", 0, &book).await.0;
    assert_eq!((booked["result"].as_str(), standing(&terminal).len()), (Some("confirmed"), 1), "the one booking");
    let booking = text(&booked["booking"], "id").to_owned();
    cue(&terminal, &json!({ "provider": "utc", "do": "lose_answer", "times": 1 }));
    let shown = terminal.expect("handler", 0, &["cancel", "--booking", &booking]).await.0;
    let confirmed = ["cancel", "--booking", &booking, "--confirm", text(&shown, "version"), "--reason", "Cannot come"];
    let confirmed = [confirmed.as_slice(), &["--read-back", "name,birthDate,number"]].concat();
    let gone = terminal.expect("handler", 0, &confirmed).await.0;
    assert_eq!(gone["status"], "cancelled", "read, and found so: {gone}");
    assert!(standing(&terminal).is_empty(), "and so it is");
    // The other way round: nothing is heard of it, and nobody can ask.
    let booking = text(&terminal.expect("handler", 0, &book).await.0["booking"], "id").to_owned();
    cue(&terminal, &json!({ "provider": "utc", "do": "late_answer", "ms": 60_000, "times": 1 }));
    let impatient = terminal.nhs.config_toml(&terminal.at("data"));
    let waits = "\n[timeouts]\nconnect_seconds = 1\nfirst_byte_seconds = 2\nwhole_seconds = 3\n";
    std::fs::write(terminal.at("impatient.toml"), impatient + waits).expect("written");
    let shown = terminal.expect("handler", 0, &["cancel", "--booking", &booking]).await.0;
    let confirmed = ["cancel", "--booking", &booking, "--confirm", text(&shown, "version"), "--reason", "Cannot come"];
    let confirmed = [confirmed.as_slice(), &["--read-back", "name,birthDate,number"]].concat();
    let (found, _) = terminal.expect_with("impatient.toml", "handler", 0, &confirmed).await;
    assert_eq!(found["status"], "cancelled", "given up, read, and found so: {found}");
    let booking = text(&terminal.expect("handler", 0, &book).await.0["booking"], "id").to_owned();
    let shown = terminal.expect("handler", 0, &["cancel", "--booking", &booking]).await.0;
    cue(&terminal, &json!({ "booking": standing(&terminal)[0]["id"], "do": "move" }));
    let confirmed = ["cancel", "--booking", &booking, "--confirm", text(&shown, "version"), "--reason", "Cannot come"];
    let confirmed = [confirmed.as_slice(), &["--read-back", "name,birthDate,number"]].concat();
    let (_, words) = terminal.expect("handler", 7, &confirmed).await;
    assert!(words.contains("changed"), "CA-3: another version than was shown: {words}");
    assert_eq!(standing(&terminal).len(), 1, "nothing was cancelled unseen");
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_3_the_audit_record_is_verified_sealed_and_exported_from_a_terminal() {
    let terminal = Terminal::start().await;
    let sealed = json_of(&terminal.run("supervisor", &["audit", "seal"]).await);
    let seal = sealed["seal"].as_str().expect("a seal").to_owned();
    let (elsewhere, out) = (terminal.at("seals.txt"), terminal.at("out"));
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
    let file = terminal.at("report.csv");
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

#[tokio::test(flavor = "multi_thread")]
async fn rp_an_event_that_somebody_changed_is_told_as_such_behind_its_number_and_in_its_report() {
    let terminal = Terminal::start().await;
    let book = [&["book", "--service", "111001"], CASE.as_slice()].concat();
    terminal.expect("handler", 0, &book).await;
    let day = terminal.expect("supervisor", 0, &["report"]).await.0["presets"][4]["to"].clone();
    let day = day.as_str().expect("today");
    let report = ["report", "RP-01", "--from", day, "--to", day];
    assert_eq!(terminal.expect("supervisor", 0, &report).await.0["total"][0]["now"], 1, "one booking");
    let newest = |to: &str| {
        format!(
            "DROP TRIGGER IF EXISTS audit_event_stays; UPDATE audit_event SET {to}
             WHERE number = (SELECT max(number) FROM audit_event WHERE kind = 'bookingSettled')"
        )
    };
    tamper(&terminal.at("data"), &newest("event = 'garbage {', at = 'yesterday'"));
    let behind = [report.as_slice(), &["--column", "bookings"]].concat();
    let behind = terminal.expect("supervisor", 0, &behind).await.0;
    assert_eq!(behind["number"], 1, "it counts as it did when it was recorded");
    let event = &behind["events"][0];
    assert_eq!((&event["readable"], &event["at"]), (&json!(false), &json!("Not known")), "and cannot be read: {event}");
    assert!(event["what"].as_str().is_some_and(|what| what.contains("cannot be read")), "said in words: {event}");
    // One that was changed before anybody looked is not counted, which is told; the other still is.
    terminal.expect("handler", 0, &[&["book", "--service", "111001"], CASE.as_slice()].concat()).await;
    tamper(&terminal.at("data"), &newest("event = json_set(event, '$.what.intent', 5)"));
    let report = terminal.expect("supervisor", 0, &report).await.0;
    assert_eq!(report["total"][0]["now"], 1, "{report}");
    assert!(report["unreadable"].as_str().is_some_and(|words| words.starts_with("1 event")), "{report}");
    let found = terminal.expect("supervisor", 0, &["audit", "--user", "handler"]).await.0;
    assert!(found.as_array().is_some_and(|found| found.len() > 10), "the record can be searched");
}
