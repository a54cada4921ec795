//! The named stories of changed circumstances, whole, in the real window: what the user reads at each step, and what the
//! providers hold at the end.

use chrono::Utc;
use desk_contract::display;
use desk_tests::window::Window;
use serde_json::json;
use thirtyfour::Key;

use crate::changing::*;
use crate::steps::{Keyboard, OwnNhs, deskctl, sign_in, skipped, to_check, to_services};

/// By keyboard alone. RB-2, RB-3, RB-4, RB-5, CA-2, CA-4, CA-5, CA-6.
#[tokio::test(flavor = "multi_thread")]
async fn friday_afternoon_by_keyboard_a_worse_patient_gets_an_earlier_time_and_the_first_booking_goes() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    let window = Window::open(&["--config", &nhs.config]).await;
    let keyboard = Keyboard(&window);
    keyboard.signs_in(HANDLER).await;
    keyboard.takes_down_mr_patient().await;
    keyboard.assesses("Sore throat since this morning", "Fever, drinks well", "Dx06").await;
    keyboard.enter("Choose Northdale Urgent").await;
    keyboard.slot_after(12).await;
    keyboard.enter("Book this slot").await;
    window.page("Booked").await;
    let first = standing(&nhs).await;
    keyboard.refers().await;
    keyboard.finishes().await;
    // An hour later he calls back, worse.
    keyboard.enter("Find bookings").await;
    window.page("Find bookings").await;
    keyboard.types("nhsNumber", "999 000 0018").await;
    window.keys(&char::from(Key::Enter).to_string()).await;
    window.says("1 found.").await;
    look(&window, "friday-1-found").await;
    keyboard.enter("Open the booking of PATIENT, John").await;
    window.page("Booking").await;
    window.says("The consultation in which this was booked is over").await;
    look(&window, "friday-2-booking").await;
    let page = window.text("main").await.unwrap_or_default();
    assert!(!page.contains("No referral was sent yet"), "what was sent is not denied: {page}");
    keyboard.enter("Assess again").await;
    window.page("Assessment").await;
    window.says("To be rebooked").await;
    window.says("This patient holds an appointment already").await;
    look(&window, "friday-3-assessed-again").await;
    keyboard.assesses("Sore throat, worse since the first call", "Cannot drink, drooling", "Dx05").await;
    window.says("Rebooking. Original").await;
    window.says("All providers asked").await;
    look(&window, "friday-4-services").await;
    keyboard.enter("Choose Northdale Urgent").await;
    keyboard.slot_after(0).await;
    look(&window, "friday-5-check").await;
    keyboard.enter("Book this slot").await;
    window.page("Booked").await;
    window.says("Two bookings: the original and the new one").await;
    window.says("The original: the one to be replaced").await;
    assert_eq!(standing(&nhs).await.len(), 2, "RB-3: the first stands until the new one is confirmed, and yet");
    look(&window, "friday-6-booked").await;
    keyboard.enter("Confirm with the patient which").await;
    window.page("Confirm with the patient which booking goes").await;
    look(&window, "friday-7-which-goes").await;
    keyboard.enter("This one goes").await;
    window.page("Cancel a booking").await;
    window.says("As its provider has it now").await;
    look(&window, "friday-8-read-back").await;
    // CA-2: all three, or nothing is sent.
    keyboard.types("reason", "Worse, seen earlier").await;
    keyboard.enter("Cancel this booking").await;
    window.says("Read this back to the patient, and confirm that it fits").await;
    look(&window, "friday-9-not-read-back").await;
    assert_eq!(standing(&nhs).await.len(), 2, "nothing was sent");
    keyboard.cancels("Worse, seen earlier").await;
    window.page("Cancelled").await;
    window.says("Rebooked").await;
    window.says("The referral that went with it no longer counts").await;
    look(&window, "friday-10-rebooked").await;
    let left = standing(&nhs).await;
    assert_eq!(left.len(), 1, "he holds one booking");
    assert_ne!(left[0]["id"], first[0]["id"], "the new one");
    assert!(start_of(&left[0]) < start_of(&first[0]), "which is earlier");
    keyboard.space("how").await;
    keyboard.enter("Record that the patient was told").await;
    window.says("PATIENT, John (Mr) was told").await;
    keyboard.enter("What the patient holds").await;
    window.page("What the patient holds").await;
    look(&window, "friday-11-holds").await;
    keyboard.enter("Back to the encounter").await;
    window.page("Booked").await;
    look(&window, "friday-12-booked").await;
    keyboard.enter("Send the referral").await;
    window.page("Referral").await;
    window.says("would read").await;
    look(&window, "friday-13-referral").await;
    keyboard.enter("send-referral").await;
    window.says("The service has the referral").await;
    look(&window, "friday-14-referred").await;
    keyboard.finishes().await;
    window.says("Unfinished work (0)").await;
    look(&window, "friday-15-desk").await;
    let documents = reqwest::get(nhs.control("/documents")).await.expect("asked").text().await.expect("answered");
    let documents: serde_json::Value = serde_json::from_str(&documents).expect("json");
    let standing_in = |document: &&serde_json::Value| document["decoupled"] == false;
    let documents = documents.as_array().expect("documents");
    assert_eq!(documents.len(), 2, "one for each booking");
    assert_eq!(
        documents.iter().filter(standing_in).count(),
        1,
        "CA-5: the first is decoupled, as the receiver sees it"
    );
    window.close().await;
}

/// RB-1 within the consultation.
#[tokio::test(flavor = "multi_thread")]
async fn wrong_morning_while_it_is_read_back_she_cannot_come_and_half_past_ten_is_booked_instead() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    nhs.cue(json!({ "scenario": "wrong_morning" })).await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, HANDLER.0, HANDLER.1).await;
    to_services(&window, "PATIENT, Leila", "Dx75").await;
    window.press("Choose Northdale Urgent Treatment Centre").await;
    choose_slot(&window, "Tomorrow", "09:30").await;
    window.press("Book this slot").await;
    window.page("Booked").await;
    window.says("Read back to the patient").await;
    look(&window, "morning-1-booked").await;
    window.press("Change or cancel this booking").await;
    window.page("Booking").await;
    look(&window, "morning-2-booking").await;
    window.press("Rebook in this consultation").await;
    window.page("Choose a service").await;
    window.says("Rebooking. Original").await;
    window.press("Choose Northdale Urgent Treatment Centre").await;
    choose_slot(&window, "Tomorrow", "10:30").await;
    look(&window, "morning-3-check").await;
    window.press("Book this slot").await;
    window.page("Booked").await;
    look(&window, "morning-4-two-bookings").await;
    window.press("Confirm with the patient which").await;
    window.page("Confirm with the patient which booking goes").await;
    window.press("This one goes").await;
    window.page("Cancel a booking").await;
    read_back(&window, "Cannot come at half past nine").await;
    window.press("Cancel this booking").await;
    window.says("Rebooked").await;
    look(&window, "morning-5-rebooked").await;
    let left = standing(&nhs).await;
    assert_eq!(left.len(), 1, "she holds one booking");
    let at = start_of(&left[0]).parse::<chrono::DateTime<Utc>>().expect("an instant");
    assert_eq!(display::time(at), "10:30", "half past ten");
    // It is not finished before the service has the referral for the one that stands.
    window.press("What the patient holds").await;
    window.press("Back to the encounter").await;
    window.page("Booked").await;
    window.says("10:30").await;
    window.press("Send the referral").await;
    window.page("Referral").await;
    look(&window, "morning-6-referral").await;
    window.close().await;
}

/// RG-2: flagged at once, interrupts nobody, cancelled after the new booking.
#[tokio::test(flavor = "multi_thread")]
async fn another_111_with_a_registry_the_flag_cannot_be_missed_and_the_other_booking_goes_after_the_new_one() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    nhs.cue(json!({ "scenario": "another_111_registry" })).await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, HANDLER.0, HANDLER.1).await;
    let others = standing(&nhs).await;
    to_services(&window, "PATIENT, Edith", "Dx06").await;
    window.says("This patient holds an appointment already").await;
    let focus = "const e = document.activeElement; return !e.closest('.app-registry') && !document.querySelector('dialog[open]');";
    let free = window.driver.execute(focus, vec![]).await.expect("a page").json().as_bool();
    assert_eq!(free, Some(true), "RG-2: it interrupts nobody");
    window.press("Show what it knows").await;
    look(&window, "another-1-flagged").await;
    window.press("Read it").await;
    window.page("Booking, as its provider has it").await;
    window.says("Another organisation, or another desk").await;
    look(&window, "another-2-read").await;
    window.press("Rebook: book another").await;
    window.page("Choose a service").await;
    window.says("Rebooking. Original").await;
    to_check(&window, "Northdale Urgent Treatment Centre").await;
    // It was on every page up to here.
    window.says("This patient holds an appointment already").await;
    window.press("Book this slot").await;
    window.page("Booked").await;
    assert_eq!(standing(&nhs).await.len(), 2, "the other one stands until this one is confirmed");
    window.press("Confirm with the patient which").await;
    window.page("Confirm with the patient which booking goes").await;
    window.says("Made by another organisation").await;
    look(&window, "another-3-which-goes").await;
    window.press("This one goes").await;
    window.page("Cancel a booking").await;
    read_back(&window, "Booked with us, earlier").await;
    look(&window, "another-4-read-back").await;
    window.press("Cancel this booking").await;
    window.page("Cancelled").await;
    window.says("Rebooked").await;
    look(&window, "another-5-cancelled").await;
    let left = standing(&nhs).await;
    assert_eq!(left.len(), 1, "she holds one booking");
    assert_ne!(left[0]["id"], others[0]["id"], "ours");
    window.field("how-duringTheCall").await.click().await.expect("it can be chosen");
    window.press("Record that the patient was told").await;
    window.says("PATIENT, Edith").await;
    // The registry is asked again: what it knows now was booked here, and nobody is warned of that.
    window.says("knew no appointment ahead of this patient but what was booked here").await;
    window.close().await;
}

/// RG-3: nobody can see it, and it is said so; and a registry that does not answer is not one that knows of nothing.
#[tokio::test(flavor = "multi_thread")]
async fn another_111_without_a_registry_it_is_said_plainly_and_the_other_booking_stays() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    nhs.cue(json!({ "scenario": "another_111" })).await;
    let config = std::fs::read_to_string(&nhs.config).expect("the configuration");
    let (before, registry) = config.split_once("[registry]").expect("a registry");
    let after = registry.find("\n[").map_or("", |at| &registry[at..]);
    let file = nhs.config.replace("desk.toml", "without.toml");
    std::fs::write(&file, format!("{before}{after}")).expect("written");
    let window = Window::open(&["--config", &file]).await;
    sign_in(&window, HANDLER.0, HANDLER.1).await;
    to_services(&window, "PATIENT, Edith", "Dx06").await;
    window.says("Bookings made by other organisations cannot be seen: no appointment registry is connected.").await;
    look(&window, "alone-1-no-registry").await;
    to_check(&window, "Northdale Urgent Treatment Centre").await;
    window.press("Book this slot").await;
    window.page("Booked").await;
    window.says("Bookings made by other organisations cannot be seen").await;
    assert_eq!(standing(&nhs).await.len(), 2, "the other one stays: nobody here can know of it");
    window.close().await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, HANDLER.0, HANDLER.1).await;
    window.press("Go on with PATIENT, Edith").await;
    window.says("Whether the patient holds other appointments is not known").await;
    window.says("Ask the registry again").await;
    look(&window, "alone-2-registry-silent").await;
    window.close().await;
}

/// RB-7, CA-5, CA-6, by keyboard alone: several at once, with progress and a result for each; one is refused, one cannot be
/// retrieved.
#[tokio::test(flavor = "multi_thread")]
async fn service_closes_by_keyboard_a_practice_admin_reads_confirms_and_cancels_and_each_patient_is_told() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    let of = |patient| booked_before(&nhs, patient, HUB);
    let (john, leila, edith) = (of(1).await, of(2).await, of(3).await);
    let refer = ["refer", "--encounter", john["encounterId"].as_str().expect("an id")];
    let responses = responses(&nhs, &john).await;
    assert!(responses["id"].is_string(), "the assessment is recorded: {responses}");
    deskctl(&nhs.config, HANDLER, &refer).await;
    nhs.cue(json!({ "service": HUB, "do": "close" })).await;
    nhs.cue(json!({ "booking": at_provider(&leila), "do": "restrict" })).await;
    nhs.cue(json!({ "booking": at_provider(&edith), "do": "forget" })).await;
    let window = Window::open(&["--config", &nhs.config]).await;
    let keyboard = Keyboard(&window);
    keyboard.signs_in(ADMIN).await;
    keyboard.enter("Find bookings").await;
    window.page("Find bookings").await;
    keyboard.enter("A service closes").await;
    window.page("A service closes").await;
    look(&window, "closes-1-which").await;
    keyboard.types("serviceId", HUB).await;
    keyboard.enter("Show the bookings").await;
    window.says("Bookings affected (3)").await;
    keyboard.enter("Tick all").await;
    look(&window, "closes-2-affected").await;
    keyboard.enter("Read 3 ticked bookings").await;
    window.says("The details of this booking cannot be retrieved").await;
    window.says("by a colleague who may book").await;
    look(&window, "closes-3-read").await;
    // Nothing goes before each was found on the service's own list.
    keyboard.enter("Cancel 2 bookings").await;
    window.says("Find it on the service’s list").await;
    for booking in [&john, &leila] {
        keyboard.space(&format!("fits-{}", booking["id"].as_str().expect("an id"))).await;
    }
    let body = window.text("body").await.unwrap_or_default();
    assert!(!body.contains("Find it on the service’s list"), "what was put right is asked for no more");
    keyboard.types("closure-reason", "The hub cannot open").await;
    keyboard.space("closure-told").await;
    look(&window, "closes-4-confirmed").await;
    keyboard.enter("Cancel 2 bookings").await;
    window.says("1 of 2 cancelled.").await;
    window.says("Not cancelled: the provider does not permit it").await;
    window.says("Telephone the service on 01632 960102 and ask them to cancel it").await;
    look(&window, "closes-5-results").await;
    let left = standing(&nhs).await;
    assert_eq!(left.len(), 1, "one stands: {left:?}");
    assert_eq!(left[0]["id"], leila["providerReference"], "that of whose cancellation it was not permitted");
    keyboard.space(&format!("{}-how", john["id"].as_str().expect("an id"))).await;
    keyboard.enter("Record that the patient was told").await;
    window.says("PATIENT, John (Mr) was told").await;
    // A service that sees nobody without a booking is to be told that the referral is none any more.
    keyboard.enter("Unfinished work").await;
    window.page("Unfinished work").await;
    window.says("Service to be told: PATIENT, John").await;
    look(&window, "closes-6-unfinished").await;
    let note = "const e = document.querySelector('[id$=-note]'); return e ? e.id : null;";
    let note = window.driver.execute(note, vec![]).await.expect("a page").json().clone();
    keyboard.types(note.as_str().expect("a note"), "Reception, by telephone").await;
    keyboard.enter("Record that the service was told").await;
    window.says("The service was told").await;
    window.says("Unfinished work (0)").await;
    window.close().await;
}

pub(crate) async fn responses(nhs: &OwnNhs, booking: &serde_json::Value) -> serde_json::Value {
    let file = std::path::Path::new(&nhs.config).with_file_name("responses.json");
    let told = json!({
        "presentingComplaint": "Sore throat", "summary": "Fever", "answers": [], "advice": "", "consent": "patient",
    });
    std::fs::write(&file, told.to_string()).expect("written");
    let file = file.to_string_lossy().into_owned();
    let encounter = booking["encounterId"].as_str().expect("an id");
    deskctl(&nhs.config, HANDLER, &["encounter", "responses", "--encounter", encounter, "--file", &file]).await
}

/// Two desks with a record of their own each, at one NHS.
#[tokio::test(flavor = "multi_thread")]
async fn slot_taken_two_windows_choose_one_slot_and_the_second_is_told_at_once_and_sees_fresh_slots() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    let config = std::fs::read_to_string(&nhs.config).expect("the configuration");
    let other = nhs.config.replace("desk.toml", "other.toml");
    let folder = config.lines().find(|line| line.starts_with("data_folder")).expect("a data folder");
    let own = folder.trim_end().trim_end_matches('"');
    std::fs::write(&other, config.replace(folder, &format!("{own}-other\""))).expect("written");
    let one = Window::open(&["--config", &nhs.config]).await;
    let two = Window::open(&["--config", &other]).await;
    let mut times = Vec::new();
    for (window, patient) in [(&one, "PATIENT, John"), (&two, "PATIENT, Leila")] {
        sign_in(window, HANDLER.0, HANDLER.1).await;
        to_services(window, patient, "Dx06").await;
        window.press("Choose Northdale Urgent Treatment Centre").await;
        times.push(choose_nth_slot(window, 2).await);
    }
    assert_eq!(times[0], times[1], "the same slot");
    one.press("Book this slot").await;
    one.page("Booked").await;
    two.press("Book this slot").await;
    two.page("Not booked").await;
    two.says("This slot has gone").await;
    look(&two, "taken-1-told").await;
    two.press("Show fresh slots").await;
    choose_nth_slot(&two, 2).await;
    two.press("Book this slot").await;
    two.page("Booked").await;
    let held = standing(&nhs).await;
    assert_eq!(held.len(), 2, "one each");
    assert_ne!(held[0]["slot"], held[1]["slot"], "and never the same time");
    one.close().await;
    two.close().await;
}
