//! What a provider says to a cancellation, each in words of its own (CA-4); and providers, desks and people that stop in the
//! middle.

use desk_tests::window::Window;
use serde_json::json;

use crate::changing::*;
use crate::steps::{OwnNhs, deskctl, kill_application, sign_in, skipped, to_check, to_services};

/// CA-4, and what is read of each booking afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn ca_4_each_refusal_of_a_provider_has_words_of_its_own_and_a_next_step() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    let of = |patient| booked_before(&nhs, patient, UTC);
    let (john, leila, edith) = (of(1).await, of(2).await, of(3).await);
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, HANDLER.0, HANDLER.1).await;
    let table = [
        (
            &john,
            "PATIENT, John",
            "past",
            "Not cancelled: the appointment lies in the past",
            "Telephone the service on 01632 960100 if",
        ),
        (
            &john,
            "PATIENT, John",
            "hand_over",
            "Not cancelled: the booking is another patient’s",
            "Look for the patient’s booking again",
        ),
        (
            &leila,
            "PATIENT, Leila",
            "restrict",
            "Not cancelled: the provider does not permit it",
            "Telephone the service on 01632 960100 and ask them to cancel it",
        ),
        (
            &leila,
            "PATIENT, Leila",
            "forget",
            "Not cancelled: the provider does not have this booking",
            "Telephone the service on 01632 960100 to learn what happened",
        ),
        (
            &edith,
            "PATIENT, Edith",
            "cancelled",
            "This booking is cancelled already",
            "Tell the patient that they do not",
        ),
    ];
    for (booking, patient, event, title, what_to_do) in table {
        // What has happened to it before is not in its way now.
        if event == "hand_over" {
            nhs.cue(json!({ "booking": at_provider(booking), "do": "move" })).await;
        }
        to_read_back(&window, patient).await;
        nhs.cue(json!({ "booking": at_provider(booking), "do": event })).await;
        window.press("Cancel this booking").await;
        window.page(title).await;
        window.says(what_to_do).await;
        look(&window, &format!("answer-{event}")).await;
    }
    // Somebody else cancelled it: whoever it was, the patient is to be told (CA-6).
    window.says("Tell the patient: PATIENT, Edith").await;
    window.says("Unfinished work (1)").await;
    window.field("how-telephone").await.click().await.expect("it can be chosen");
    window.press("Record that the patient was told").await;
    window.says("Unfinished work (0)").await;
    // As they are read afterwards.
    open_booking(&window, "PATIENT, John").await;
    window.press("Read from the provider").await;
    window.says("This booking is another patient’s. Nothing can be done with it from here.").await;
    window.says("Nothing to read back to the patient").await;
    look(&window, "read-another-patients").await;
    window.press("Desk").await;
    open_booking(&window, "PATIENT, Leila").await;
    window.press("Read from the provider").await;
    window.says("does not have this booking").await;
    window.says("Nothing to read back to the patient").await;
    look(&window, "read-not-there").await;
    window.close().await;
}

/// CA-3: read again, what has changed shown, asked again; nothing is cancelled unseen.
#[tokio::test(flavor = "multi_thread")]
async fn ca_3_a_booking_that_was_changed_meanwhile_is_read_again_says_what_changed_and_is_asked_again() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    let booking = booked_before(&nhs, 1, UTC).await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, HANDLER.0, HANDLER.1).await;
    to_read_back(&window, "PATIENT, John").await;
    nhs.cue(json!({ "booking": at_provider(&booking), "do": "move" })).await;
    window.press("Cancel this booking").await;
    window.says("Not cancelled: the booking was changed meanwhile").await;
    window.says("When: was ").await;
    window.says("The provider has changed it since it was shown here").await;
    look(&window, "changed-meanwhile").await;
    assert_eq!(standing(&nhs).await.len(), 1, "nothing was cancelled unseen");
    let ticked = window.field("nameReadBack").await.prop("checked").await.expect("a tick");
    assert_eq!(ticked.as_deref(), Some("false"), "what was ticked for the other time does not count for this one");
    let why = window.field("reason").await.prop("value").await.expect("a reason");
    assert_eq!(why.as_deref(), Some("Cannot come"), "nothing typed is lost");
    read_back(&window, "Cannot come").await;
    window.press("Cancel this booking").await;
    window.page("Cancelled").await;
    assert!(standing(&nhs).await.is_empty(), "confirmed again, and cancelled");
    window.close().await;
}

/// CA-4: the provider did it, its answer is lost, and it cannot be asked. Another user settles it.
#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_whose_answer_is_lost_is_not_known_until_somebody_else_asks() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    booked_before(&nhs, 1, UTC).await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, HANDLER.0, HANDLER.1).await;
    to_read_back(&window, "PATIENT, John").await;
    nhs.cue(json!({ "provider": "utc", "do": "lose_answer", "times": 1 })).await;
    nhs.cue(json!({ "provider": "utc", "do": "offline" })).await;
    window.press("Cancel this booking").await;
    window.page("We do not know whether this was cancelled").await;
    window.says("Do not tell the patient that it is cancelled").await;
    look(&window, "cancel-not-known").await;
    taken_over_by(&window, CLINICIAN).await;
    window.says("We do not know whether the patient still holds this booking").await;
    look(&window, "cancel-not-known-at-sign-in").await;
    window.press("Open unfinished work").await;
    window.page("Unfinished work").await;
    // It is down still: that is told, and nothing is claimed.
    window.press("Ask the provider").await;
    window.says("We do not know whether this was cancelled").await;
    look(&window, "cancel-not-known-asked").await;
    nhs.cue(json!({ "do": "reset" })).await;
    window.press("Ask the provider").await;
    window.says("Tell the patient now, and record it below").await;
    look(&window, "cancel-settled").await;
    assert!(standing(&nhs).await.is_empty(), "it was cancelled, and so it is told");
    window.says("Patient to be told").await;
    window.close().await;
}

/// Two bookings in one encounter, up to the reading back of the original's identifiers.
async fn to_the_original(window: &Window) {
    to_services(window, "PATIENT, John", "Dx06").await;
    to_check(window, "Northdale Urgent Treatment Centre").await;
    window.press("Book this slot").await;
    window.page("Booked").await;
    window.press("Change or cancel this booking").await;
    window.page("Booking").await;
    window.press("Rebook in this consultation").await;
    window.page("Choose a service").await;
    window.press("Choose Northdale Urgent Treatment Centre").await;
    choose_nth_slot(window, 3).await;
    window.press("Book this slot").await;
    window.page("Booked").await;
    window.says("Two bookings").await;
}

/// RB-5: the original is not cancelled; the next user finds both, and settles it.
#[tokio::test(flavor = "multi_thread")]
async fn rb_5_a_rebooking_whose_cancellation_fails_shows_two_bookings_until_another_user_settles_it() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, HANDLER.0, HANDLER.1).await;
    to_the_original(&window).await;
    window.press("Confirm with the patient which").await;
    window.press("This one goes").await;
    window.page("Cancel a booking").await;
    read_back(&window, "Cannot come then").await;
    nhs.cue(json!({ "provider": "utc", "do": "refuse", "status": 500, "times": 1 })).await;
    window.press("Cancel this booking").await;
    window.page("Not cancelled: a system failed").await;
    window.says("The patient holds two bookings").await;
    window.says("Not cancelled, it stands").await;
    look(&window, "two-1-not-cancelled").await;
    assert_eq!(standing(&nhs).await.len(), 2, "so it is");
    taken_over_by(&window, CLINICIAN).await;
    window.says("Two bookings: the original and the new one").await;
    look(&window, "two-2-at-sign-in").await;
    window.press("Open unfinished work").await;
    window.page("Unfinished work").await;
    look(&window, "two-3-unfinished").await;
    window.press("Read the original and cancel it").await;
    window.page("Cancel a booking").await;
    read_back(&window, "Rang him: the earlier one goes").await;
    look(&window, "two-4-read-back").await;
    window.press("Cancel this booking").await;
    window.page("Cancelled").await;
    window.says("Rebooked").await;
    assert_eq!(standing(&nhs).await.len(), 1, "he holds one");
    window.field("how-telephone").await.click().await.expect("it can be chosen");
    window.press("Record that the patient was told").await;
    window.says("Unfinished work (0)").await;
    window.close().await;
}

/// RB-5 and the restart: the application is killed between the new booking and the end of the original, which had a
/// referral to a service that sees nobody without a booking (CA-5).
#[tokio::test(flavor = "multi_thread")]
async fn rb_5_killed_in_the_middle_of_a_rebooking_it_is_found_at_sign_in_and_finished_from_there() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    let original = booked_before(&nhs, 1, HUB).await;
    crate::stories::responses(&nhs, &original).await;
    let encounter = original["encounterId"].as_str().expect("an id");
    deskctl(&nhs.config, HANDLER, &["refer", "--encounter", encounter]).await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, HANDLER.0, HANDLER.1).await;
    open_booking(&window, "PATIENT, John").await;
    window.press("Rebook in this consultation").await;
    window.page("Choose a service").await;
    window.press("Choose Northdale Urgent Treatment Centre").await;
    choose_nth_slot(&window, 0).await;
    window.press("Book this slot").await;
    window.page("Booked").await;
    window.says("Two bookings").await;
    kill_application(&nhs.config);
    window.kill().await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, CLINICIAN.0, CLINICIAN.1).await;
    window.says("Two bookings: the original and the new one").await;
    window.press("Open unfinished work").await;
    window.page("Unfinished work").await;
    look(&window, "restart-1-unfinished").await;
    window.press("Read the original and cancel it").await;
    window.page("Cancel a booking").await;
    read_back(&window, "The new one suits").await;
    window.press("Cancel this booking").await;
    window.page("Cancelled").await;
    window.says("Rebooked").await;
    window.says("The referral that went with it no longer counts").await;
    look(&window, "restart-2-cancelled").await;
    let left = standing(&nhs).await;
    assert_eq!(left.len(), 1, "he holds one");
    assert_ne!(left[0]["id"], original["providerReference"], "the new one");
    let note = "const e = document.querySelector('[id^=told-]'); return e ? e.id : null;";
    let note = window.driver.execute(note, vec![]).await.expect("a page").json().clone();
    window.fill(note.as_str().expect("a note"), "Reception, by telephone").await;
    window.press("Record that the service was told").await;
    window.says("Recorded: Northdale GP Hub was told.").await;
    window.field("how-telephone").await.click().await.expect("it can be chosen");
    window.press("Record that the patient was told").await;
    window.says("Unfinished work (0)").await;
    window.close().await;
}

/// WORKFLOWS, step 17: the status as the provider has it, and what this desk was told.
#[tokio::test(flavor = "multi_thread")]
async fn step_17_attendance_is_shown_as_the_provider_has_it_and_who_did_not_come_is_recorded() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    let booking = booked_before(&nhs, 1, UTC).await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, ADMIN.0, ADMIN.1).await;
    open_booking(&window, "PATIENT, John").await;
    let table = [
        ("arrived", "Arrived", "The patient has come to this appointment"),
        ("fulfilled", "Attended", "The patient has come to this appointment"),
        ("noshow", "Did not attend", "The patient did not come to this appointment"),
    ];
    for (event, status, warning) in table {
        nhs.cue(json!({ "booking": at_provider(&booking), "do": event })).await;
        window.press("Read from the provider").await;
        window.says(&format!("{status}, asked ")).await;
        window.says(warning).await;
        // The provider of the demonstration does not repeat the place: what the record knows is told as such.
        window.says("Not given by the provider. When it was booked: Northdale Urgent Treatment Centre").await;
        look(&window, &format!("attendance-{event}")).await;
    }
    window.press("Record attendance").await;
    window.says("Choose whether the patient came").await;
    window.says("Enter who told you").await;
    look(&window, "attendance-errors").await;
    for (choice, words) in [("didNotAttend", "did not attend"), ("wasNotBrought", "was not brought")] {
        window.field(&format!("attendance-{choice}")).await.click().await.expect("it can be chosen");
        window.fill("note", "Reception, by telephone").await;
        window.press("Record attendance").await;
        window.says(&format!("Recorded: {words}.")).await;
        // Its note comes with the booking as it is read again; the page moves under the mouse until then.
        window.says(&format!("{words}. Reception, by telephone")).await;
    }
    window.says("Was not brought. Reception, by telephone").await;
    look(&window, "attendance-recorded").await;
    window.close().await;
}
