//! A referral on paper: printed from the window, and the page that is saved for secure mail.

use std::path::{Path, PathBuf};

use desk_tests::printed::Printed;
use desk_tests::window::Window;
use serde_json::json;

use crate::changing::{CLINICIAN, HANDLER, HUB, booked_before, deskctl};
use crate::steps::{OwnNhs, assert_accessible, picture, sign_in, skipped};

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
    deskctl(nhs, HANDLER, &["encounter", "responses", "--encounter", &encounter, "--file", &file]).await;
    deskctl(nhs, CLINICIAN, &["refer", "--encounter", &encounter]).await;
    (encounter, booking)
}

/// Goes to the referral of an encounter and has it printed.
async fn printed(window: &Window, encounter: &str) {
    let go = format!("location.hash = '#/encounter/{encounter}/referral';");
    window.driver.execute(go, vec![]).await.expect("a page");
    window.page("Referral").await;
    window.press("Print").await;
    window.field("root").await;
    let laid_out = "const done = arguments[arguments.length - 1]; const look = () => \
        [...document.querySelectorAll('.app-paper__foot')].some(foot => /Page 1 of \\d/.test(foot.innerText || foot.textContent)) \
            && document.querySelectorAll('.app-paper__heading').length > 5 ? done(true) : setTimeout(look, 50); look();";
    window.driver.execute_async(laid_out, vec![]).await.expect("it is laid out");
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
    printed(&window, &encounter).await;
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
    printed(&window, &encounter).await;
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
