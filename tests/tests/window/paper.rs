//! A referral on paper: printed from the window, and the page that is saved for secure mail.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use desk_tests::printed::Printed;
use desk_tests::window::Window;
use serde_json::json;

use crate::changing::{CLINICIAN, HANDLER, HUB, booked_before, open_booking};
use crate::steps::{OwnNhs, assert_accessible, deskctl, picture, sign_in, skipped};

/// The three identifiers, as they stand at the head of each sheet.
const IDENTIFIERS: &str = "PATIENT, John (Mr), born 12-Nov-1974, NHS number 999 000 0018";

/// Where the PDF of a test goes: beside the pictures, where somebody wants to look.
fn pdf(folder: &Path, name: &str) -> PathBuf {
    let pictures = std::env::var_os("BOOKING_PICTURES").map(PathBuf::from);
    pictures.unwrap_or_else(|| folder.to_owned()).join(format!("{name}.pdf"))
}

/// A booking with its referral, and this summary; gives the encounter and the booking.
async fn referred(nhs: &OwnNhs, summary: &str) -> (String, serde_json::Value) {
    let booking = booked_before(nhs, 1, HUB).await;
    let encounter = booking["encounterId"].as_str().expect("an id").to_owned();
    let file = Path::new(&nhs.config).with_file_name("responses.json");
    let told = json!({
        "presentingComplaint": "Cut to the left index finger, two hours ago",
        "summary": summary,
        "answers": [
            { "question": "Is the bleeding stopped?", "answer": "Yes, after ten minutes of pressure" },
            { "question": "Any allergy?", "answer": "Penicillin: rash" },
        ],
        "advice": "Keep it clean and dry; call back when it is red or hot",
        "consent": "patient",
    });
    std::fs::write(&file, told.to_string()).expect("written");
    let file = file.to_string_lossy().into_owned();
    deskctl(&nhs.config, HANDLER, &["encounter", "responses", "--encounter", &encounter, "--file", &file]).await;
    deskctl(&nhs.config, CLINICIAN, &["refer", "--encounter", &encounter]).await;
    (encounter, booking)
}

/// Goes to the referral of an encounter.
async fn to_referral(window: &Window, encounter: &str) {
    let go = format!("location.hash = '#/encounter/{encounter}/referral';");
    window.driver.execute(go, vec![]).await.expect("a page");
    window.page("Referral").await;
    // The page moves under the mouse until the registry has answered.
    window.says("The appointment registry knew").await;
}

/// Has it printed, up to where the page is ready for it.
async fn print(window: &Window) {
    window.press("Print").await;
    let laid_out = "return /^Page 1 of [0-9]+$/.test(document.querySelector('.app-paper__foot :last-child')?.textContent ?? '') \
        && document.querySelectorAll('.app-paper__heading').length > 5;";
    let began = Instant::now();
    while window.driver.execute(laid_out, vec![]).await.expect("a page").json() != &json!(true) {
        assert!(began.elapsed() < Duration::from_secs(20), "it is laid out");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bk_6_the_printed_referral_has_who_what_by_when_and_where_and_nothing_of_the_desk() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    let (encounter, booking) = referred(&nhs, "Clean wound, 2 cm, bleeding stopped").await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, CLINICIAN.0, CLINICIAN.1).await;
    to_referral(&window, &encounter).await;
    print(&window).await;
    assert_accessible(&window, "Referral, printed").await;
    picture(&window, "referral-printing").await;
    let folder = tempfile::tempdir().expect("a folder");
    let Some(paper) = Printed::of_window(&window, &pdf(folder.path(), "referral")).await else {
        eprintln!("skipped: nothing here reads a PDF (poppler-utils)");
        return;
    };
    window.close().await;
    assert_eq!(paper.sheets.len(), 2, "two sheets, and no empty one: {:?}", paper.sheets);
    assert_headed(&paper);
    let text = paper.text();
    let reference = booking["providerReference"].as_str().expect("a reference");
    let at = booking["start"].as_str().expect("a time");
    for told in [
        "To Northdale GP Hub, from Northdale NHS 111",
        "To contact a Primary Care Service within 6 hours",
        "Needed by",
        &format!("Booking reference {reference}"),
        at,
        "Cut to the left index finger",
        "Clean wound, 2 cm, bleeding stopped",
        "Penicillin: rash",
        "Keep it clean and dry",
        "07700 900123",
        "The patient agrees",
        "Dr Amira Jones, clinician",
    ] {
        assert!(text.contains(told), "{told:?} is on paper: {text}");
    }
    let order = ["Patient", "Outcome", "Care requested", "Booked appointment", "Presenting complaint", "Any allergy?"];
    let places: Vec<_> = order.iter().map(|heading| text.find(heading)).collect();
    assert!(places.is_sorted() && places[0].is_some(), "who, what, where, why, then the answers: {places:?}");
    for of_the_desk in [
        "Finish encounter",
        "Save the document",
        "Print",
        "Sign out",
        "Unfinished work",
        "Booking Desk",
        "Dx06 Within",
        "https://",
        "http://",
        "Situations",
    ] {
        assert!(!text.contains(of_the_desk), "nothing of the desk is on paper: {of_the_desk}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bk_6_a_very_long_referral_is_printed_whole_with_three_identifiers_on_every_sheet() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    // Words that can be counted, lines, and one word without an end.
    let words: String =
        (0..13_500).map(|number| format!("w{number:05}{}", if number % 90 == 89 { "\n" } else { " " })).collect();
    let summary = format!("{words}{}", "§".repeat(3_000));
    assert!(summary.len() > 97_000, "nearly as long as a summary may be: {}", summary.len());
    let (encounter, _) = referred(&nhs, &summary).await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, CLINICIAN.0, CLINICIAN.1).await;
    to_referral(&window, &encounter).await;
    window.press("Read what was sent").await;
    window.says("w13499").await;
    let wider = "return document.documentElement.scrollWidth - window.innerWidth;";
    let wider = window.driver.execute(wider, vec![]).await.expect("a page").json().as_i64();
    assert!(wider.is_some_and(|wider| wider <= 0), "nothing runs out of the window: {wider:?}");
    picture(&window, "referral-long-read").await;
    print(&window).await;
    let folder = tempfile::tempdir().expect("a folder");
    let Some(paper) = Printed::of_window(&window, &pdf(folder.path(), "referral-long")).await else {
        eprintln!("skipped: nothing here reads a PDF (poppler-utils)");
        return;
    };
    window.close().await;
    assert!(paper.sheets.len() > 15, "{} sheets", paper.sheets.len());
    assert_headed(&paper);
    let text = paper.text();
    let lost: Vec<_> = (0..13_500).map(|number| format!("w{number:05}")).filter(|word| !text.contains(word)).collect();
    assert!(lost.is_empty(), "nothing is lost where a sheet ends: {lost:?}");
    assert_eq!(text.matches('§').count(), 3_000, "also of what has no end");
}

/// Each sheet has its patient at its head and its number at its foot.
fn assert_headed(paper: &Printed) {
    let all = paper.sheets.len();
    for (number, sheet) in (1..).zip(&paper.sheets) {
        let lines: Vec<_> = sheet.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        assert_eq!(lines.first(), Some(&IDENTIFIERS), "the head of sheet {number} of {all}");
        let foot = lines.last().expect("a foot");
        assert!(
            foot.starts_with("Document ") && foot.ends_with(&format!("Page {number} of {all}")),
            "{number}: {foot}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_booking_has_what_is_read_back_and_nothing_of_the_desk() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    let booking = booked_before(&nhs, 1, HUB).await;
    let window = Window::open(&["--config", &nhs.config]).await;
    sign_in(&window, CLINICIAN.0, CLINICIAN.1).await;
    open_booking(&window, "PATIENT, John").await;
    window.says("Read back to the patient").await;
    let folder = tempfile::tempdir().expect("a folder");
    let Some(paper) = Printed::of_window(&window, &pdf(folder.path(), "booking")).await else {
        eprintln!("skipped: nothing here reads a PDF (poppler-utils)");
        return;
    };
    window.close().await;
    let whole = |sheet: &&String| sheet.contains("The booking") && sheet.contains("Booked by");
    assert_eq!(paper.sheets.iter().filter(whole).count(), 1, "no card is torn: {:?}", paper.sheets);
    let text = paper.text();
    let reference = booking["providerReference"].as_str().expect("a reference");
    for told in
        ["DEMONSTRATION", "Mr John Patient, born 12-Nov-1974", "NHS number 999 000 0018", "Northdale GP Hub", reference]
    {
        assert!(text.contains(told), "{told:?} is on paper: {text}");
    }
    for of_the_desk in [
        "Read from the provider",
        "Cancel this booking",
        "Sign out",
        "Unfinished work",
        "Rebook",
        "Record attendance",
        "Ask the provider",
    ] {
        assert!(!text.contains(of_the_desk), "nothing of the desk is on paper: {of_the_desk}: {text}");
    }
}
