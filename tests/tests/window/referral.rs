//! Referring in the real window: by hand where no system takes it, and with a receiver that fails.

use serde_json::{Value, json};

use crate::steps::{OwnNhs, assert_accessible, picture, sign_in, skipped, to_check};
use desk_tests::window::Window;

/// Takes a ready patient down with a whole assessment and an outcome of six hours.
async fn assessed(window: &Window, symptom_group: &str) {
    window.press("New patient").await;
    window.page("Patient").await;
    let choose = "const select = [...document.querySelectorAll('select')].find(s => [...s.options].some(o => o.text.includes('PATIENT, John')));\
         const option = [...select.options].find(o => o.text.includes('PATIENT, John'));\
         const set = Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value').set;\
         set.call(select, option.value); select.dispatchEvent(new Event('change', { bubbles: true }));";
    window.driver.execute(choose, vec![]).await.expect("a ready patient");
    window.press("Save patient").await;
    window.page("Assessment").await;
    window.fill("presentingComplaint", "A cut finger").await;
    window.fill("summary", "Clean wound, bleeding stopped").await;
    window.field("consent-patient").await.click().await.expect("a consent");
    window.press("Save assessment").await;
    window.page("Assessment outcome").await;
    window.field("code-Dx06").await.click().await.expect("an outcome");
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
    window.press("Refer without a booking").await;
    window.page("Referral").await;
    window.says("By secure mail to referrals@minorinjuries.example").await;
    picture(&window, "by-hand-before").await;
    window.press("Make the referral").await;
    window.says("To be sent by hand").await;
    window.says("Use the subject below as it is").await;
    assert_accessible(&window, "Referral, to be sent by hand").await;
    picture(&window, "by-hand-steps").await;
    // By keyboard: what stands at the foot of the window lies over the buttons at the end of the card.
    for (button, says) in [
        ("Read what is to be sent", "Clean wound, bleeding stopped"),
        ("Record that it was sent", "Say in a few words"),
    ] {
        window.tab_to(button).await;
        window.keys(&char::from(thirtyfour::Key::Enter).to_string()).await;
        window.says(says).await;
    }
    window.close().await;
}

/// Books and refers while the receiver is under a cue; what the window says.
async fn referred_under(cue: Value, says: &str) {
    let nhs = OwnNhs::start().await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, "clinician", "demo clinician desk").await;
    assessed(&window, "1011").await;
    to_check(&window, "Northdale Urgent Treatment Centre").await;
    window.press("Book this slot").await;
    window.page("Booked").await;
    window.press("Send the referral").await;
    window.page("Referral").await;
    nhs.cue(cue).await;
    window.press("Send the referral").await;
    window.says(says).await;
    assert_accessible(&window, "Referral, not received").await;
    picture(&window, "referral-fault").await;
    nhs.cue(json!({ "do": "reset" })).await;
    window.press("Unfinished work").await;
    window.page("Unfinished work").await;
    window.press("Send again").await;
    window.says("Received: PATIENT, John").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bk_6_a_refused_referral_is_told_is_unfinished_work_and_is_sent_again_from_there() {
    if skipped() {
        return;
    }
    referred_under(json!({ "system": "itk", "do": "refuse", "code": "2200" }), "The receiver failed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bk_6_garbage_from_the_receiver_is_not_known_and_is_sent_again_from_unfinished_work() {
    if skipped() {
        return;
    }
    referred_under(json!({ "system": "itk", "do": "garbage" }), "could not be understood").await;
}
