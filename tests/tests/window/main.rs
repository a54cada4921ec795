//! The real window: by mouse and by keyboard alone, with the provider failing, and after the application was killed.
//! Needs `webkit2gtk-driver` and a display; without a display each test says that it is skipped.

#![expect(clippy::expect_used, clippy::print_stderr, reason = "a test says at once what is not as it needs it")]

mod answers;
mod audit;
mod changing;
mod larger;
mod paper;
mod referral;
mod reports;
mod starting;
mod steps;
mod stories;

use std::time::{Duration, Instant};

use desk_tests::received::Received;
use desk_tests::window::Window;
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::steps::{
    Keyboard, NOBODY, OwnNhs, assert_accessible, id_in_the_address, invoke, kill_application, picture, sign_in,
    skipped, to_check, to_services,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_is_booked_in_the_window_and_every_page_is_accessible() {
    if skipped() {
        return;
    }
    let window = Window::open(&["--demonstration"]).await;
    window.page("Sign in").await;
    assert_accessible(&window, "Sign in").await;
    sign_in(&window, "handler", "demo call handler").await;
    assert_accessible(&window, "Desk").await;
    to_services(&window, "PATIENT, John", "Dx06").await;
    window.says("All providers asked").await;
    assert_accessible(&window, "Choose a service").await;
    to_check(&window, "Northdale Urgent Treatment Centre").await;
    assert_accessible(&window, "Check before booking").await;
    window.press("Book this slot").await;
    window.page("Booked").await;
    window.says("Booking reference").await;
    assert_accessible(&window, "Booked").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_1_a_slot_is_booked_by_keyboard_alone() {
    if skipped() {
        return;
    }
    let window = Window::open(&["--demonstration"]).await;
    let keyboard = Keyboard(&window);
    keyboard.to_services("clinician", "demo clinician desk").await;
    keyboard.enter("Choose Northdale Urgent").await;
    window.page("Choose a slot").await;
    window.says("Main building").await;
    keyboard.first_slot().await;
    keyboard.enter("Book this slot").await;
    window.page("Booked").await;
    keyboard.enter("Send the referral").await;
    window.page("Referral").await;
    window.says("would read").await;
    assert_accessible(&window, "Referral, before it is sent").await;
    keyboard.enter("send-referral").await;
    window.says("The service has the referral").await;
    assert_accessible(&window, "Referral, sent").await;
    keyboard.enter("Finish encounter").await;
    window.page("Finish encounter").await;
    assert_accessible(&window, "Finish encounter").await;
    keyboard.space("how-").await;
    keyboard.enter("End the encounter").await;
    window.page("Desk").await;
    window.close().await;
}

/// "Booking only, full", by keyboard alone: the referral is blocked in words, another service is chosen, and gets it.
#[tokio::test(flavor = "multi_thread")]
async fn bo_2_booking_only_full_by_keyboard_no_referral_is_offered_and_another_service_gets_it_linked_with_its_booking()
{
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    let window = Window::open(&["--config", &nhs.config]).await;
    let keyboard = Keyboard(&window);
    keyboard.to_services("handler", "demo call handler").await;
    // Before its provider has answered nobody knows that it is full, and it is chosen like others.
    window.says("All providers asked").await;
    keyboard.enter(&format!("Choose {BOOKING_ONLY_FULL}")).await;
    window.says("and not the service ranked first").await;
    keyboard.space("rejectReason-").await;
    keyboard.types("rejectComment", "the patient asks for it").await;
    keyboard.enter("Record reason and go on").await;
    window.says("This service requires a booking").await;
    window.says("sees nobody without a booking").await;
    assert_accessible(&window, "The warning of a booking-only service").await;
    picture(&window, "booking-only-full").await;
    let offered = "const row = [...document.querySelectorAll('li')].find(li => li.innerText.includes('This service requires a booking')); \
        return !row || [...row.querySelectorAll('button')].some(b => /refer without|send the referral/i.test(b.innerText));";
    let offered = window.driver.execute(offered, vec![]).await.expect("a page").json().as_bool();
    assert_eq!(offered, Some(false), "BO-2: no way of referring is offered");
    keyboard.enter("Choose another service").await;
    window.page("Choose a service").await;
    keyboard.enter("Choose Northdale Urgent").await;
    window.page("Choose a slot").await;
    window.says("Main building").await;
    keyboard.first_slot().await;
    keyboard.enter("Book this slot").await;
    window.page("Booked").await;
    keyboard.enter("Send the referral").await;
    window.says("would read").await;
    keyboard.enter("send-referral").await;
    window.says("The service has the referral").await;
    let documents = nhs.told("/documents").await;
    let arrived: Vec<_> = documents.as_array().expect("documents").iter().map(|one| &one["service"]).collect();
    assert_eq!(arrived, ["111001"], "BO-2: the chosen service got it, and the booking-only one got nothing");
    let sent: Vec<_> = nhs.messages.texts().iter().map(|text| Received::read(text)).collect();
    assert_eq!(sent.len(), 1, "one message");
    let held = nhs.told("/held").await;
    let booked = held.as_object().expect("by provider").values().flat_map(|of| of.as_array().into_iter().flatten());
    assert_eq!(booked.count(), 1, "one booking, at the chosen service's provider");
    sent[0].assert_linked(&held["utc"][0], &nhs.root("utc"), true);
    window.close().await;
}

/// No command of the window passes a gate, whatever is sent to it (BO-2, TF-2); the core refuses, and says so.
#[tokio::test(flavor = "multi_thread")]
async fn bo_2_and_tf_2_no_command_of_the_window_passes_a_gate() {
    if skipped() {
        return;
    }
    let window = Window::open(&["--demonstration"]).await;
    window.page("Sign in").await;
    let nobody = [
        ("refer", json!({ "input": { "encounterId": NOBODY, "searchId": null, "serviceId": null } })),
        ("book", json!({ "input": order(NOBODY, NOBODY, "111001", "x") })),
        ("cancel_booking", json!({ "input": cancellation("https://p.example/Appointment/1") })),
        ("end_encounter", json!({ "input": { "encounterId": NOBODY, "how": "completed", "why": "" } })),
        (
            "begin_rebook",
            json!({ "encounterId": NOBODY, "bookingId": NOBODY, "url": null, "withoutReassessment": "x" }),
        ),
        ("send_again", json!({ "id": NOBODY })),
        ("settle_unfinished", json!({ "input": { "id": NOBODY, "providerHolds": "booked", "reason": "somebody" } })),
    ];
    for (command, arguments) in nobody {
        assert_eq!(
            invoke(&window, command, arguments).await["code"],
            "notSignedIn",
            "{command} without anybody signed in"
        );
    }
    sign_in(&window, "handler", "demo call handler").await;
    to_services(&window, "PATIENT, John", "Dx05").await;
    let encounter = id_in_the_address(&window).await;
    let found = invoke(&window, "find_services", json!({ "encounterId": encounter, "withinMiles": null })).await;
    let search = found["searchId"].as_str().expect("a search").to_owned();
    let of = |name: &str| {
        let services = found["services"].as_array().expect("services");
        services.iter().find(|one| one["name"] == name).expect("a service")["id"].as_str().expect("an id").to_owned()
    };
    let (full, late) = (of(BOOKING_ONLY_FULL), of(LATE_ONLY));
    let to = json!({ "encounterId": encounter, "searchId": search, "serviceId": full });
    assert_eq!(invoke(&window, "refer", json!({ "input": to })).await["code"], "referralBlocked", "BO-2");
    let review = invoke(&window, "review_referral", json!({ "input": to })).await;
    assert_eq!(review["gate"]["blocked"]["code"], "referralBlocked", "BO-2: {review}");
    let ended = json!({ "input": { "encounterId": encounter, "how": "completed", "why": "" } });
    assert_eq!(invoke(&window, "end_encounter", ended).await["code"], "notCompleted", "it is not");
    let slots =
        invoke(&window, "find_slots", json!({ "encounterId": encounter, "searchId": search, "serviceId": late })).await;
    let slot = slots["outOfTime"][0]["slots"][0]["key"].as_str().expect("a late slot").to_owned();
    let confirmed = json!({ "input": order(&encounter, &search, &late, &slot) });
    assert_eq!(invoke(&window, "book", confirmed).await["code"], "lateNeedsApproval", "TF-2: whatever is confirmed");
    let mut made_up = order(&encounter, &search, &late, &slot);
    made_up["approvalId"] = json!(NOBODY);
    assert_eq!(invoke(&window, "book", json!({ "input": made_up })).await["code"], "shownTooLongAgo", "TF-2: made up");
    let mut elsewhere = order(&encounter, &search, &late, &slot);
    elsewhere["rebookId"] = json!(NOBODY);
    let refused = invoke(&window, "book", json!({ "input": elsewhere })).await;
    assert!(refused["code"].is_string() && refused["result"].is_null(), "RB: a made-up rebooking: {refused}");
    let unknown = json!({ "input": cancellation("https://p.example/Appointment/1") });
    assert_eq!(invoke(&window, "cancel_booking", unknown).await["code"], "shownTooLongAgo", "CA-2: it was never shown");
    window.close().await;
}

const BOOKING_ONLY_FULL: &str = "Wexcombe GP Hub";
const LATE_ONLY: &str = "Ashbridge GP Hub";

fn order(encounter: &str, search: &str, service: &str, slot: &str) -> Value {
    json!({
        "encounterId": encounter, "searchId": search, "serviceId": service, "slotKey": slot,
        "lateConfirmed": true, "lateGround": "because", "approvalId": null, "rebookId": null,
    })
}

fn cancellation(url: &str) -> Value {
    json!({
        "url": url, "version": "1", "nameReadBack": true, "birthDateReadBack": true, "numberReadBack": true,
        "reason": "because", "rebookId": null,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_input_is_told_beside_its_field_and_nothing_typed_is_lost() {
    if skipped() {
        return;
    }
    let window = Window::open(&["--demonstration"]).await;
    sign_in(&window, "handler", "demo call handler").await;
    window.press("New patient").await;
    window.page("Patient").await;
    window.fill("nhsNumber", "9990000019").await;
    window.says("This is not a valid NHS number").await;
    window.fill("familyName", "Kept-as-typed").await;
    window.fill("birthDay", "31").await;
    window.fill("birthMonth", "2").await;
    window.fill("birthYear", "1974").await;
    window.press("Save patient").await;
    window.says("Date of birth must be a real date").await;
    window.says("Enter at least one telephone number").await;
    let focus = window.driver.execute("return document.activeElement.innerText;", vec![]).await.expect("a page");
    assert!(focus.json().as_str().is_some_and(|text| text.contains("There is a problem")), "the summary has the focus");
    let kept = window.field("familyName").await.prop("value").await.expect("a value");
    assert_eq!(kept.as_deref(), Some("Kept-as-typed"), "nothing typed is lost");
    assert_accessible(&window, "Patient, with errors").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slot_taken_is_told_and_fresh_slots_are_offered() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, "handler", "demo call handler").await;
    to_services(&window, "PATIENT, John", "Dx06").await;
    to_check(&window, "Northdale Urgent Treatment Centre").await;
    nhs.cue(json!({ "provider": "utc", "do": "take_slot", "times": 1 })).await;
    window.press("Book this slot").await;
    window.page("Not booked").await;
    window.says("This slot has gone").await;
    assert_eq!(nhs.held("utc").await, 0, "the provider holds none");
    assert_accessible(&window, "Not booked").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bk_4_killed_between_book_and_answer_the_booking_is_found_in_unfinished_work() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, "handler", "demo call handler").await;
    to_services(&window, "PATIENT, John", "Dx06").await;
    to_check(&window, "Northdale Urgent Treatment Centre").await;
    // The provider does the work while its answer is on its way for a long time.
    nhs.cue(json!({ "provider": "utc", "do": "late_answer", "ms": 15000, "times": 1 })).await;
    window.press("Book this slot").await;
    let began = Instant::now();
    while nhs.held("utc").await == 0 {
        assert!(began.elapsed() < Duration::from_secs(10), "the request arrives");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    kill_application(&nhs.config);
    window.kill().await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, "clinician", "demo clinician desk").await;
    window.says("unfinished").await;
    window.press("Unfinished work").await;
    window.page("Unfinished work").await;
    window.says("PATIENT, John").await;
    window.says("We do not know whether the provider booked this").await;
    assert_accessible(&window, "Unfinished work").await;
    window.press("Ask the provider").await;
    window.says("Booked").await;
    assert_eq!(nhs.held("utc").await, 1, "one booking, and it is found");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_answer_for_a_patient_without_nhs_number_is_a_page_of_its_own() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, "handler", "demo call handler").await;
    to_services(&window, "VISITOR, Tomas", "Dx06").await;
    to_check(&window, "Northdale Urgent Treatment Centre").await;
    nhs.cue(json!({ "provider": "utc", "do": "lose_answer", "times": 1 })).await;
    window.press("Book this slot").await;
    window.page("We do not know whether this was booked").await;
    window.says("Do not tell the patient that it is booked").await;
    assert_accessible(&window, "Unknown").await;
    assert_eq!(nhs.held("utc").await, 1, "the provider has it; the desk does not claim it");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_down_is_told_in_its_row_and_the_others_answer() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    nhs.cue(json!({ "provider": "hub", "do": "offline" })).await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, "clinician", "demo clinician desk").await;
    to_services(&window, "PATIENT, John", "Dx06").await;
    window.says("did not answer").await;
    window.says("free in time").await;
    assert_accessible(&window, "Choose a service, one provider down").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn er_2_a_pause_is_seen_and_stopped_by_keyboard_alone() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, "handler", "demo call handler").await;
    to_services(&window, "PATIENT, John", "Dx06").await;
    to_check(&window, "Northdale Urgent Treatment Centre").await;
    nhs.cue(json!({ "provider": "utc", "do": "refuse", "status": 503, "retry_after": 9 })).await;
    window.tab_to("Book this slot").await;
    window.keys(&char::from(Key::Enter).to_string()).await;
    window.says("is busy. Trying again in 9 seconds (attempt 2 of 4)").await;
    assert_accessible(&window, "Check before booking, waiting to send again").await;
    window.tab_to("Stop trying").await;
    window.keys(&char::from(Key::Enter).to_string()).await;
    window.page("Not booked").await;
    window.says("Nothing was booked").await;
    assert_eq!(nhs.held("utc").await, 0, "the provider holds none");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_desk_without_users_makes_its_first_supervisor() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    let (file, _) = nhs.live();
    let window = Window::open(&["--config", &file]).await;
    window.field("username").await;
    window.fill("username", "first").await;
    window.fill("givenName", "Susan").await;
    window.fill("familyName", "Hill").await;
    window.fill("passphrase", "three good words").await;
    window.fill("passphraseAgain", "three good words").await;
    assert_accessible(&window, "First user").await;
    window.keys(&char::from(Key::Enter).to_string()).await;
    window.says("HILL, Susan").await;
    // Whoever looks after the record is told that nothing copies it yet.
    window.says("No backup").await;
    assert_accessible(&window, "Desk of a supervisor").await;
    picture(&window, "desk-live-supervisor").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_answer_is_set_up_by_a_trainer_in_the_panel_and_the_trainee_finds_the_one_booking() {
    if skipped() {
        return;
    }
    let window = Window::open(&["--demonstration"]).await;
    window.page("Sign in").await;
    window.press("Situations for training").await;
    window.page("Situations for training").await;
    window.says("Behind the counter").await;
    assert_eq!(window.accessibility().await, Vec::<String>::new(), "the panel");
    window.press("Set up Lost answer").await;
    window.says("Set up: Lost answer.").await;
    window.says("does the work, and the answer is lost, once").await;
    window.press("Back to the desk").await;
    sign_in(&window, "handler", "demo call handler").await;
    to_services(&window, "PATIENT, John", "Dx06").await;
    to_check(&window, "Northdale Urgent Treatment Centre").await;
    window.press("Book this slot").await;
    window.page("Booked").await;
    window.press("Situations for training").await;
    window.says("Bookings that the providers hold (1)").await;
    window.says("Nothing: every system answers as it should.").await;
    let arrived = "[...document.querySelectorAll('button')].find(b => b.innerText === 'Arrived').click()";
    window.driver.execute(arrived, vec![]).await.expect("a booking");
    window.says("2 versions").await;
    assert_eq!(window.accessibility().await, Vec::<String>::new(), "the panel with a booking");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_late_by_keyboard_a_call_handler_books_with_a_clinicians_approval_while_they_stay_signed_in() {
    if skipped() {
        return;
    }
    let window = Window::open(&["--demonstration"]).await;
    let keyboard = Keyboard(&window);
    window.page("Sign in").await;
    keyboard.enter("Situations for training").await;
    keyboard.enter("Set up Too late").await;
    window.says("Set up: Too late.").await;
    keyboard.enter("Back to the desk").await;
    keyboard.to_services("handler", "demo call handler").await;
    keyboard.enter("Choose Northdale Urgent").await;
    window.page("Choose a slot").await;
    window.says("Outside the timeframe").await;
    keyboard.first_slot().await;
    window.says("How does the clinician approve it?").await;
    assert_eq!(window.accessibility().await, Vec::<String>::new(), "the check with the gate");
    keyboard.types("approverUsername", "handler").await;
    keyboard.types("approverPassphrase", "demo call handler").await;
    keyboard.types("ground", "Stable, knows when to call back").await;
    keyboard.space("patientAccepts").await;
    keyboard.enter("Approve this slot").await;
    window.says("You cannot approve it for yourself").await;
    picture(&window, "approval").await;
    keyboard.types("approverUsername", "clinician").await;
    keyboard.types("approverPassphrase", "demo clinician desk").await;
    keyboard.enter("Approve this slot").await;
    window.says("for this slot alone, until").await;
    window.says("Call handler").await;
    keyboard.enter("Book this slot").await;
    window.page("Booked").await;
    window.says("outside the timeframe, approved by").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_3_a_window_that_nobody_is_at_locks_itself_and_somebody_else_goes_on_where_it_was_left() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    let config = std::fs::read_to_string(&nhs.config).expect("a configuration");
    let first_patient = config.find("[[demonstration_patient]]").expect("ready patients");
    let (head, patients) = config.split_at(first_patient);
    std::fs::write(&nhs.config, format!("{head}[desk]\nlock_after_seconds = 4\n\n{patients}")).expect("written");
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, "handler", "demo call handler").await;
    window.press("New patient").await;
    window.page("Patient").await;
    window.fill("familyName", "Halfway").await;
    window.page("Sign in").await;
    window.says("The desk was locked because nobody was at it").await;
    window.fill("username", "clinician").await;
    window.fill("passphrase", "demo clinician desk").await;
    window.press("Sign in").await;
    window.page("Patient").await;
    let kept = window.field("familyName").await.prop("value").await.expect("a field");
    assert_eq!(kept.as_deref(), Some("Halfway"), "nothing typed is lost");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_3_a_supervisor_locks_a_user_in_the_window_and_unlocks_them_again() {
    if skipped() {
        return;
    }
    let window = Window::open(&["--demonstration"]).await;
    sign_in(&window, "supervisor", "demo supervisor desk").await;
    window.press("Users").await;
    window.page("Users").await;
    window.says("Add a user").await;
    assert_eq!(window.accessibility().await, Vec::<String>::new(), "the users");
    window.press("Lock CARTER, Priya (Ms)").await;
    window.says("CARTER, Priya (Ms) may sign in no more.").await;
    picture(&window, "users").await;
    window.press("Sign out").await;
    window.page("Sign in").await;
    window.fill("username", "handler").await;
    window.fill("passphrase", "demo call handler").await;
    window.press("Sign in").await;
    window.says("A supervisor locked this user").await;
    sign_in(&window, "supervisor", "demo supervisor desk").await;
    window.press("Users").await;
    window.press("Unlock CARTER, Priya (Ms)").await;
    window.says("CARTER, Priya (Ms) may sign in again.").await;
    window.close().await;
}
