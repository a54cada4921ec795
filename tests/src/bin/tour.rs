//! The walk-through: the real window on a display, driven through "Friday afternoon" from the first call to the second, with
//! a numbered screenshot of each page.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a terminal program that says at once what went wrong")]

use std::path::PathBuf;

use clap::Parser;
use desk_tests::programs::program;
use desk_tests::window::Window;

/// Walks through the story and leaves numbered screenshots.
#[derive(Parser)]
struct Arguments {
    /// Where the screenshots go.
    #[arg(long)]
    out: PathBuf,
}

struct Tour {
    window: Window,
    out: PathBuf,
    number: u32,
}

impl Tour {
    async fn picture(&mut self, name: &str) {
        self.number += 1;
        let file = self.out.join(format!("{:02}-{name}.png", self.number));
        self.window.screenshot(&file).await;
        println!("  {}", file.display());
    }
}

#[tokio::main]
async fn main() {
    let out = Arguments::parse().out;
    std::fs::create_dir_all(&out).expect("the folder for screenshots can be made");
    for old in std::fs::read_dir(&out).expect("the folder can be read").flatten() {
        if old.path().extension().is_some_and(|kind| kind == "png") {
            std::fs::remove_file(old.path()).expect("an old screenshot can be removed");
        }
    }
    println!("Friday afternoon: Mr Patient is booked within 6 hours, calls back worse, and is booked within 2.");
    let window = Window::open_program(&program("booking-desk"), &["--demonstration"]).await;
    let mut tour = Tour { window, out, number: 0 };
    walk(&mut tour).await;
    tour.window.close().await;
    println!("The walk-through is done: {} screenshots.", tour.number);
}

async fn walk(tour: &mut Tour) {
    tour.window.page("Sign in").await;
    tour.picture("sign-in").await;
    tour.window.fill("username", "handler").await;
    tour.window.fill("passphrase", "demo call handler").await;
    tour.window.press("Sign in").await;
    tour.window.page("Desk").await;
    tour.picture("desk").await;
    tour.window.press("New patient").await;
    tour.window.page("Patient").await;
    tour.window.fill("nhsNumber", "9990000019").await;
    tour.window.says("not a valid NHS number").await;
    tour.window.press("Save patient").await;
    tour.window.says("There is a problem").await;
    tour.picture("patient-with-errors").await;
    fill_patient(&tour.window).await;
    tour.picture("patient").await;
    tour.window.press("Save patient").await;
    tour.window.page("Assessment").await;
    for (field, text) in [
        ("presentingComplaint", "Sore throat and fever since this morning"),
        ("answers.0.question", "Is there a rash?"),
        ("answers.0.answer", "No"),
        ("summary", "Temperature 38.4, drinks well, no rash, no neck stiffness"),
        ("advice", "Drink enough; call back when worse"),
    ] {
        tour.window.fill(field, text).await;
    }
    tour.window.field("consent-patient").await.click().await.expect("a consent can be chosen");
    tour.picture("assessment").await;
    tour.window.press("Save assessment").await;
    tour.window.page("Assessment outcome").await;
    tour.window.field("code-Dx06").await.click().await.expect("an outcome can be chosen");
    tour.window.fill("symptomGroup", "1011").await;
    tour.window.fill("symptomDiscriminators", "4003").await;
    tour.window.fill("reason", "Sore throat and fever since this morning").await;
    tour.picture("outcome").await;
    tour.window.press("Record outcome").await;
    tour.window.page("Choose a service").await;
    tour.picture("services-filling-in").await;
    tour.window.says("All providers asked").await;
    tour.picture("services").await;
    tour.window.press("Choose Northdale Urgent Treatment Centre").await;
    tour.window.page("Choose a slot").await;
    tour.window.says("Main building").await;
    tour.picture("slots").await;
    choose_slot(tour, 12).await;
    tour.picture("check").await;
    tour.window.press("Book this slot").await;
    tour.window.page("Booked").await;
    tour.picture("booked").await;
    tour.window.press("Send the referral").await;
    tour.window.says("would read").await;
    tour.picture("referral").await;
    tour.window.press("Send the referral").await;
    tour.window.says("The service has the referral").await;
    tour.picture("referral-sent").await;
    finish(tour, "ending").await;
    tour.picture("desk-afterwards").await;
    called_back(tour).await;
    finish(tour, "ending-again").await;
    tour.picture("desk-at-the-end").await;
    tour.window.press("Unfinished work").await;
    tour.window.page("Unfinished work").await;
    tour.picture("unfinished").await;
    tour.window.press("Situations for training").await;
    tour.window.says("Behind the counter").await;
    tour.picture("situations").await;
    tour.window
        .driver
        .execute("document.getElementById('bookings-held').scrollIntoView()", vec![])
        .await
        .expect("there");
    tour.picture("behind-the-counter").await;
    supervised(tour).await;
}

/// What a supervisor reads: a report, the audit record, one encounter of it.
async fn supervised(tour: &mut Tour) {
    tour.window.press("Back to the desk").await;
    tour.window.press("Sign out").await;
    tour.window.page("Sign in").await;
    tour.window.fill("username", "supervisor").await;
    tour.window.fill("passphrase", "demo supervisor desk").await;
    tour.window.press("Sign in").await;
    tour.window.page("Desk").await;
    tour.window.press("Reports").await;
    tour.window.page("Reports").await;
    tour.picture("reports").await;
    tour.window.press("RP-01 ").await;
    tour.window.says("Drawn ").await;
    tour.picture("report").await;
    tour.window.press("Audit record").await;
    tour.window.page("Audit record").await;
    tour.window.fill("kind", "Booking: what came of it").await;
    tour.window.press("Show these").await;
    tour.window.says("Booked: the provider confirmed it").await;
    tour.window.press("Verify the record").await;
    tour.window.says("events hold").await;
    tour.picture("audit-record").await;
    let row = "[...document.querySelectorAll('.app-audit__rows [role=row]')].find(row => \
        row.innerText.includes('Booked: the provider confirmed it')).click();";
    tour.window.driver.execute(row, vec![]).await.expect("a row can be opened");
    tour.window.says("In the chain").await;
    tour.picture("audit-event").await;
    tour.window.press("Show the whole encounter").await;
    tour.window.page("The encounter, step by step").await;
    tour.window.says("PATIENT, John").await;
    tour.picture("audit-encounter").await;
}

/// Ends the encounter, with everything done.
async fn finish(tour: &mut Tour, picture: &str) {
    tour.window.press("Finish encounter").await;
    tour.window.page("Finish encounter").await;
    tour.window.field("how-completed").await.click().await.expect("an ending can be chosen");
    tour.picture(picture).await;
    tour.window.press("End the encounter").await;
    tour.window.page("Desk").await;
}

/// An hour later he calls back, worse: assessed again, booked earlier, and the first booking goes.
async fn called_back(tour: &mut Tour) {
    tour.window.press("Find bookings").await;
    tour.window.page("Find bookings").await;
    tour.window.fill("nhsNumber", "9990000018").await;
    let find = "document.querySelector('main form button[type=submit]').click()";
    tour.window.driver.execute(find, vec![]).await.expect("it can be pressed");
    tour.window.says("Ask now").await;
    tour.picture("find-bookings").await;
    tour.window.press("Open the booking of PATIENT, John").await;
    tour.window.page("Booking").await;
    tour.window.says("The consultation in which this was booked is over").await;
    tour.picture("booking").await;
    tour.window.press("Assess again").await;
    tour.window.page("Assessment").await;
    for (field, text) in [
        ("presentingComplaint", "Sore throat, worse since the first call"),
        ("summary", "Cannot drink any more, drooling, breathes well"),
    ] {
        tour.window.fill(field, text).await;
    }
    tour.window.field("consent-patient").await.click().await.expect("a consent can be chosen");
    tour.picture("assessment-again").await;
    tour.window.press("Save assessment").await;
    tour.window.page("Assessment outcome").await;
    tour.window.field("code-Dx05").await.click().await.expect("an outcome can be chosen");
    tour.window.fill("symptomGroup", "1011").await;
    tour.window.fill("reason", "Worse, cannot drink").await;
    tour.picture("outcome-again").await;
    tour.window.press("Record outcome").await;
    tour.window.page("Choose a service").await;
    tour.window.says("Rebooking. Original").await;
    tour.picture("rebooking").await;
    tour.window.press("Choose Northdale Urgent Treatment Centre").await;
    tour.window.page("Choose a slot").await;
    tour.window.says("Main building").await;
    choose_slot(tour, 0).await;
    tour.window.press("Book this slot").await;
    tour.window.page("Booked").await;
    tour.window.says("Two bookings").await;
    tour.picture("two-bookings").await;
    tour.window.press("Confirm with the patient").await;
    tour.window.page("Confirm with the patient which booking goes").await;
    tour.picture("which-goes").await;
    tour.window.press("This one goes").await;
    tour.window.page("Cancel a booking").await;
    tour.window.says("Read back to the patient").await;
    for field in ["nameReadBack", "birthDateReadBack", "numberReadBack"] {
        tour.window.field(field).await.click().await.expect("it can be ticked");
    }
    tour.window.fill("reason", "worse, seen earlier").await;
    tour.picture("read-back").await;
    tour.window.press("Cancel this booking").await;
    tour.window.page("Cancelled").await;
    tour.window.says("Rebooked").await;
    tour.picture("rebooked").await;
    tour.window.field("how-duringTheCall").await.click().await.expect("a way can be chosen");
    tour.window.press("Record that the patient was told").await;
    tour.window.says("Recorded: ").await;
    tour.window.press("Send the referral for the new booking").await;
    tour.window.says("would read").await;
    tour.picture("referral-again").await;
    tour.window.press("Send the referral").await;
    tour.window.says("The service has the referral").await;
}

/// Chooses a slot of those in time, from 0.
async fn choose_slot(tour: &mut Tour, nth: usize) {
    let slot = format!("document.querySelectorAll('section.app-slots button.app-slot')[{nth}].click();");
    tour.window.driver.execute(slot, vec![]).await.expect("a slot can be chosen");
    tour.window.page("Check before booking").await;
}

async fn fill_patient(window: &Window) {
    let fields = [
        ("nhsNumber", "9990000018"),
        ("title", "Mr"),
        ("givenName", "John"),
        ("familyName", "Patient"),
        ("birthDay", "12"),
        ("birthMonth", "11"),
        ("birthYear", "1974"),
        ("addressLines.0", "14 Orchard Close"),
        ("town", "Northdale"),
        ("postcode", "ND1 4TY"),
        ("contacts.0.value", "07700 900123"),
    ];
    for (field, text) in fields {
        window.fill(field, text).await;
    }
    window.field("gender-male").await.click().await.expect("a gender can be chosen");
}
