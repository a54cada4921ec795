//! Referring in the real window: by hand where no system takes it, and with a receiver that fails.

use std::time::{Duration, Instant};

use desk_tests::received::Received;
use desk_tests::window::Window;
use serde_json::{Value, json};

use crate::changing::{CLINICIAN, HANDLER, taken_over_by};
use crate::steps::{
    OwnNhs, assert_accessible, assert_nothing_covered, kill_application, picture, sign_in, skipped, to_check,
    to_services,
};

/// Takes a ready patient down with a whole assessment and an outcome of six hours.
async fn assessed(window: &Window, symptom_group: &str) {
    window.press("New patient").await;
    window.page("Patient").await;
    choose_john(window).await;
    window.press("Save patient").await;
    window.page("Assessment").await;
    window.fill("presentingComplaint", "A cut finger").await;
    window.fill("summary", "Clean wound, bleeding stopped").await;
    window.field("consent-patient").await.click().await.expect("a consent");
    window.press("Save assessment").await;
    record_outcome(window, symptom_group, "Dx06").await;
}

/// Puts the first ready patient into the form.
async fn choose_john(window: &Window) {
    let choose = "const select = [...document.querySelectorAll('select')].find(s => [...s.options].some(o => o.text.includes('PATIENT, John')));\
         const option = [...select.options].find(o => o.text.includes('PATIENT, John'));\
         const set = Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value').set;\
         set.call(select, option.value); select.dispatchEvent(new Event('change', { bubbles: true }));";
    window.driver.execute(choose, vec![]).await.expect("a ready patient");
}

async fn record_outcome(window: &Window, symptom_group: &str, code: &str) {
    window.page("Assessment outcome").await;
    window.field(&format!("code-{code}")).await.click().await.expect("an outcome");
    window.fill("symptomGroup", symptom_group).await;
    window.fill("reason", "A cut finger").await;
    window.press("Record outcome").await;
    window.page("Choose a service").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bk_6_a_service_that_takes_mail_alone_gets_its_referral_by_hand_step_by_step() {
    if skipped() {
        return;
    }
    let window = Window::open(&["--demonstration"]).await;
    sign_in(&window, "clinician", "demo clinician desk").await;
    assessed(&window, "1290").await;
    window.says("Northdale Minor Injuries Unit").await;
    picture(&window, "by-hand-services").await;
    window.press("Refer without a booking: Northdale Minor Injuries Unit").await;
    window.page("Referral").await;
    window.says("By secure mail to referrals@minorinjuries.example").await;
    picture(&window, "by-hand-before").await;
    window.press("Make the referral").await;
    window.says("To be sent by hand").await;
    window.says("Use the subject below as it is").await;
    assert_accessible(&window, "Referral, to be sent by hand").await;
    picture(&window, "by-hand-steps").await;
    assert_nothing_covered(&window, "Referral, to be sent by hand").await;
    picture(&window, "by-hand-end").await;
    // By mouse: a button that something else lies over cannot be pressed.
    for (button, says) in [
        ("Read what is to be sent", "Clean wound, bleeding stopped"),
        ("Record that it was sent", "Say in a few words"),
    ] {
        window.press(button).await;
        window.says(says).await;
    }
    assert_nothing_covered(&window, "Referral, its document open").await;
    window.close().await;
}

/// Each service, how a referral goes to it, and what a person is told to do.
const OTHERWISE: [(&str, &str, &str); 3] = [
    ("Ashbridge Minor Injuries Clinic", "By telephone on 01632 960132", "read the referral to them"),
    ("Wexcombe First Aid Post", "The directory names no way", "ask how it takes referrals"),
    ("Castle Street Walk-in Centre", "1 copy for information goes electronically", "Send it by secure mail"),
];

#[tokio::test(flavor = "multi_thread")]
async fn bk_6_by_telephone_by_no_named_way_and_by_mail_with_a_copy_each_is_told_what_to_do_and_recorded() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, HANDLER.0, HANDLER.1).await;
    for (number, (service, way, to_do)) in OTHERWISE.into_iter().enumerate() {
        assessed(&window, "1290").await;
        window.press(&format!("Refer without a booking: {service}")).await;
        window.says("and not the service ranked first").await;
        // The reasons come a moment after the form.
        window.choose("input[name=rejectReason]").await;
        let more = "return !!document.getElementById('rejectComment');";
        if window.driver.execute(more, vec![]).await.expect("a page").json() == &json!(true) {
            window.fill("rejectComment", "nearer to the patient").await;
        }
        window.press("Record reason and go on").await;
        window.page("Referral").await;
        window.says(way).await;
        picture(&window, &format!("otherwise-{number}-before")).await;
        window.press("Make the referral").await;
        window.says("To be sent by hand").await;
        window.says(to_do).await;
        if number < 2 {
            // What is told by telephone is there to be read.
            window.says("Clean wound, bleeding stopped").await;
        } else {
            window.says("Copy for information: Received").await;
        }
        assert_accessible(&window, service).await;
        picture(&window, &format!("otherwise-{number}-made")).await;
        let note = "const e = document.querySelector('textarea'); return e ? e.id : null;";
        let note = window.driver.execute(note, vec![]).await.expect("a page").json().clone();
        window.fill(note.as_str().expect("a note"), "Nurse Hill, by telephone").await;
        window.press("Record that it was sent").await;
        window.says("Sent by hand: Nurse Hill, by telephone").await;
        window.says("Unfinished work (0)").await;
        window.press("Desk").await;
        window.page("Desk").await;
    }
    let documents = nhs.told("/documents").await;
    assert_eq!(documents.as_array().map(Vec::len), Some(1), "the copy, and nothing else, went over ITK: {documents}");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_1_no_bar_lies_over_what_has_the_focus_where_one_stays_at_the_foot_of_the_window() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    nhs.cue(json!({ "scenario": "too_late" })).await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, HANDLER.0, HANDLER.1).await;
    window.press("New patient").await;
    window.page("Patient").await;
    assert_nothing_covered(&window, "Patient").await;
    choose_john(&window).await;
    window.press("Save patient").await;
    window.page("Assessment").await;
    picture(&window, "assessment").await;
    assert_nothing_covered(&window, "Assessment").await;
    window.press("Pass over for now").await;
    record_outcome(&window, "1011", "Dx05").await;
    to_check(&window, "Northdale Urgent Treatment Centre").await;
    // With the form of a clinician's approval: the longest that this page becomes.
    window.says("How does the clinician approve it?").await;
    picture(&window, "check-too-late").await;
    assert_nothing_covered(&window, "Check before booking, outside the timeframe").await;
    window.press("Desk").await;
    nhs.cue(json!({ "do": "reset" })).await;
    to_services(&window, "PATIENT, Leila", "Dx75").await;
    to_check(&window, "Northdale Urgent Treatment Centre").await;
    picture(&window, "check").await;
    assert_nothing_covered(&window, "Check before booking").await;
    window.close().await;
}

const NOT_RECEIVED: &str = "To act on: Not received";
const NOT_KNOWN: &str = "To act on: Not known whether it was received";

/// From the desk to a booking whose referral is ready to be sent.
async fn ready_to_send(window: &Window) {
    assessed(window, "1011").await;
    to_check(window, "Northdale Urgent Treatment Centre").await;
    window.press("Book this slot").await;
    window.page("Booked").await;
    window.press("Send the referral").await;
    window.page("Referral").await;
}

/// Books and refers while the receiver is under a cue: what the window says, how many documents the receiver keeps then,
/// and that whoever signs in next finds it to be done and sends it again.
async fn referred_under(cue: Value, (state, says): (&str, &str), kept: usize) {
    let nhs = OwnNhs::start().await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, CLINICIAN.0, CLINICIAN.1).await;
    ready_to_send(&window).await;
    nhs.cue(cue).await;
    window.press("Send the referral").await;
    window.says(state).await;
    window.says(says).await;
    assert_accessible(&window, "Referral, not received").await;
    picture(&window, "referral-fault").await;
    let documents = nhs.told("/documents").await;
    assert_eq!(documents.as_array().map(Vec::len), Some(kept), "what the receiver has: {documents}");
    nhs.cue(json!({ "do": "reset" })).await;
    taken_over_by(&window, HANDLER).await;
    sent_again(&window, &nhs, says).await;
    window.close().await;
}

/// Sends the one piece of unfinished work again, a referral: the same document under the same tracking id, as a message of
/// its own, which the receiver keeps once.
async fn sent_again(window: &Window, nhs: &OwnNhs, says: &str) {
    window.says("Unfinished work (1)").await;
    window.press("Unfinished work").await;
    window.page("Unfinished work").await;
    window.says("Referral: PATIENT, John").await;
    window.says(says).await;
    assert_accessible(window, "Unfinished work, a referral").await;
    let before = nhs.messages.texts().len();
    window.press("Send again").await;
    window.says("Received: PATIENT, John").await;
    let sent: Vec<_> = nhs.messages.texts().iter().map(|text| Received::read(text)).collect();
    assert_eq!(sent.len(), before + 1, "sent once more");
    let differing = |of: fn(&Received) -> &String| {
        let mut all: Vec<_> = sent.iter().map(of).collect();
        all.sort();
        all.dedup();
        all.len()
    };
    assert_eq!(differing(|one| &one.document), 1, "the same document");
    assert_eq!(differing(|one| &one.tracking), 1, "the same tracking id");
    assert_eq!(differing(|one| &one.message), sent.len(), "each message with an id of its own");
    let documents = nhs.told("/documents").await;
    assert_eq!(documents.as_array().map(Vec::len), Some(1), "the receiver keeps it once: {documents}");
    assert_eq!(documents[0]["document"], sent[0].document.as_str(), "it is this one");
    sent[0].assert_linked(&nhs.told("/held").await["utc"][0], &nhs.root("utc"), true);
}

#[tokio::test(flavor = "multi_thread")]
async fn bk_6_a_referral_that_the_receiver_finds_invalid_is_unfinished_work_and_is_sent_again_from_there() {
    if skipped() {
        return;
    }
    let told = (NOT_RECEIVED, "The receiver says that the message is not valid");
    referred_under(json!({ "system": "itk", "do": "refuse", "code": "1000" }), told, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bk_6_a_receiver_too_busy_to_take_a_referral_is_told_and_it_is_sent_again_from_unfinished_work() {
    if skipped() {
        return;
    }
    let told = (NOT_RECEIVED, "The receiver is too busy to take it now");
    referred_under(json!({ "system": "itk", "do": "refuse", "code": "2100" }), told, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bk_6_a_refused_referral_is_told_is_unfinished_work_and_is_sent_again_from_there() {
    if skipped() {
        return;
    }
    let told = (NOT_RECEIVED, "The receiver failed");
    referred_under(json!({ "system": "itk", "do": "refuse", "code": "2200" }), told, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bk_6_a_receiver_that_does_not_let_this_organisation_in_is_told_and_it_is_sent_again_once_it_does() {
    if skipped() {
        return;
    }
    let told = (NOT_RECEIVED, "The receiver does not take referrals from this organisation");
    referred_under(json!({ "system": "itk", "do": "refuse", "code": "3000" }), told, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bk_6_garbage_from_the_receiver_is_not_known_and_is_sent_again_from_unfinished_work() {
    if skipped() {
        return;
    }
    let told = (NOT_KNOWN, "could not be understood");
    referred_under(json!({ "system": "itk", "do": "garbage" }), told, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bk_6_a_referral_that_was_taken_without_an_answer_is_not_known_and_sent_again_it_is_kept_once() {
    if skipped() {
        return;
    }
    let told = (NOT_KNOWN, "The receiver did not answer in time");
    referred_under(json!({ "system": "itk", "do": "lose_answer" }), told, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bk_6_killed_between_the_intent_and_the_answer_the_referral_is_unfinished_work_and_is_sent_again() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, CLINICIAN.0, CLINICIAN.1).await;
    ready_to_send(&window).await;
    nhs.cue(json!({ "system": "itk", "do": "delay", "ms": 15000, "times": 1 })).await;
    window.press("Send the referral").await;
    let began = Instant::now();
    while nhs.told("/asked").await.as_array().is_none_or(|all| all.iter().all(|one| one["system"] != "itk")) {
        assert!(began.elapsed() < Duration::from_secs(10), "the message arrives");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    kill_application(&nhs.config);
    window.kill().await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, HANDLER.0, HANDLER.1).await;
    sent_again(&window, &nhs, "The desk stopped before an answer came").await;
    window.close().await;
}
