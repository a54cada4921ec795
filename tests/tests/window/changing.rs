//! What is done in the window when circumstances change, by mouse and by keyboard; and what the providers hold then.

use desk_tests::window::Window;
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::steps::{Keyboard, OwnNhs, assert_accessible, deskctl, picture, sign_in};

pub(crate) const HANDLER: (&str, &str) = ("handler", "demo call handler");
pub(crate) const CLINICIAN: (&str, &str) = ("clinician", "demo clinician desk");
pub(crate) const ADMIN: (&str, &str) = ("admin", "demo practice admin");

/// A service that takes bookings.
pub(crate) const UTC: &str = "111001";
/// A service that sees nobody without a booking.
pub(crate) const HUB: &str = "111003";

/// Looks at a page as its users do, with and without eyes.
pub(crate) async fn look(window: &Window, name: &str) {
    picture(window, name).await;
    assert_accessible(window, name).await;
}

/// The bookings that the providers hold and that stand.
pub(crate) async fn standing(nhs: &OwnNhs) -> Vec<Value> {
    let text = reqwest::get(nhs.control("/held")).await.expect("asked").text().await.expect("answered");
    let held: Value = serde_json::from_str(&text).expect("json");
    let all = held.as_object().expect("by provider").values();
    let all = all.flat_map(|of| of.as_array().cloned().unwrap_or_default());
    all.filter(|held| held["status"] != "cancelled").collect()
}

/// Where a booking starts, as its provider holds it now (UTC, RFC 3339).
pub(crate) fn start_of(held: &Value) -> String {
    let newest = held["versions"].as_array().and_then(|versions| versions.last()).expect("a version");
    newest["body"]["start"].as_str().expect("a start").to_owned()
}

/// A booking of a ready patient (from 1) that a call handler made earlier, at the earliest time of a service.
pub(crate) async fn booked_before(nhs: &OwnNhs, patient: usize, service: &str) -> Value {
    let patient = patient.to_string();
    let case =
        ["book", "--ready-patient", &patient, "--outcome", "Dx06", "--reason", "Sore throat", "--service", service];
    let booked = deskctl(&nhs.config, HANDLER, &[case.as_slice(), &["--reject-reason", "32"]].concat()).await;
    booked["booking"].clone()
}

/// What the provider calls a booking that this desk made.
pub(crate) fn at_provider(booking: &Value) -> &str {
    booking["providerReference"].as_str().expect("the provider's own id")
}

/// Ticks the three identifiers, says why, and leaves the button to be pressed.
pub(crate) async fn read_back(window: &Window, why: &str) {
    window.says("Read back to the patient, and tick what fits").await;
    for field in ["nameReadBack", "birthDateReadBack", "numberReadBack"] {
        window.field(field).await.click().await.expect("it can be ticked");
    }
    window.fill("reason", why).await;
}

/// Opens the page of the newest booking of a patient, from the desk.
pub(crate) async fn open_booking(window: &Window, patient: &str) {
    window.press("Desk").await;
    window.page("Desk").await;
    window.press(&format!("Open the booking of {patient}")).await;
    window.page("Booking").await;
}

/// From the desk to what is confirmed before a patient's booking is cancelled.
pub(crate) async fn to_read_back(window: &Window, patient: &str) {
    open_booking(window, patient).await;
    window.press("Cancel this booking").await;
    window.page("Cancel a booking").await;
    read_back(window, "Cannot come").await;
}

/// Somebody else takes the desk over.
pub(crate) async fn taken_over_by(window: &Window, (username, passphrase): (&str, &str)) {
    window.press("Sign out").await;
    sign_in(window, username, passphrase).await;
}

/// Chooses the slot of a service whose button begins with a time of day on a day.
pub(crate) async fn choose_slot(window: &Window, day: &str, time: &str) {
    window.page("Choose a slot").await;
    window.says("Main building").await;
    let script = "const day = [...document.querySelectorAll('section.app-day')].filter(s => s.getAttribute('aria-label').includes(arguments[0])); \
        const slot = day.flatMap(s => [...s.querySelectorAll('button')]).find(b => b.textContent.trim().startsWith(arguments[1])); \
        if (slot) slot.click(); return slot ? true : day.map(s => s.textContent).join('\\n') || document.querySelector('main').textContent;";
    let chosen = window.driver.execute(script, vec![json!(day), json!(time)]).await.expect("a page").json().clone();
    assert_eq!(chosen, json!(true), "{time} on {day} is free");
    window.page("Check before booking").await;
}

/// Chooses the so-manieth slot of those in time, from 0, and gives its time of day.
pub(crate) async fn choose_nth_slot(window: &Window, nth: usize) -> String {
    window.page("Choose a slot").await;
    window.says("Main building").await;
    let script = "const slot = [...document.querySelectorAll('section.app-slots button.app-slot')][arguments[0]]; \
        const told = slot.textContent.trim().slice(0, 5); slot.click(); return told;";
    let told = window.driver.execute(script, vec![json!(nth)]).await.expect("a slot").json().clone();
    window.page("Check before booking").await;
    told.as_str().expect("a time").to_owned()
}

impl Keyboard<'_> {
    /// Signs in.
    pub(crate) async fn signs_in(&self, (username, passphrase): (&str, &str)) {
        self.0.page("Sign in").await;
        self.types("username", username).await;
        self.types("passphrase", passphrase).await;
        self.enter("Sign in").await;
        self.0.page("Desk").await;
    }

    /// Takes down the first ready patient, as they tell it.
    pub(crate) async fn takes_down_mr_patient(&self) {
        let window = self.0;
        self.enter("New patient").await;
        window.page("Patient").await;
        let own = [
            ("nhsNumber", "9990000018"),
            ("title", "Mr"),
            ("givenName", "John"),
            ("familyName", "Patient"),
            ("birthDay", "12"),
            ("birthMonth", "11"),
            ("birthYear", "1974"),
        ];
        for (field, text) in own {
            self.types(field, text).await;
        }
        self.space("gender-").await;
        for (field, text) in
            [("addressLines.0", "14 Orchard Close"), ("postcode", "ND1 4TY"), ("contacts.0.value", "07700 900123")]
        {
            self.types(field, text).await;
        }
        self.enter("Save patient").await;
        window.page("Assessment").await;
    }

    /// Records an assessment and its outcome.
    pub(crate) async fn assesses(&self, complaint: &str, summary: &str, outcome: &str) {
        let window = self.0;
        window.page("Assessment").await;
        self.types("presentingComplaint", complaint).await;
        self.types("summary", summary).await;
        self.space("consent-").await;
        self.enter("Save assessment").await;
        window.page("Assessment outcome").await;
        self.outcome(outcome, complaint).await;
    }

    /// Records an outcome, found by its code.
    pub(crate) async fn outcome(&self, code: &str, reason: &str) {
        self.types("outcomeFilter", code).await;
        self.0.keys(&char::from(Key::Enter).to_string()).await;
        self.types("symptomGroup", "1011").await;
        self.types("reason", reason).await;
        self.enter("Record outcome").await;
        self.0.page("Choose a service").await;
    }

    /// Passes slots over and chooses the next one.
    pub(crate) async fn slot_after(&self, passed_over: usize) {
        self.0.page("Choose a slot").await;
        self.0.says("Main building").await;
        let slot = "const e = document.activeElement; return e.classList.contains('app-slot');";
        let mut seen = 0;
        for step in 0.. {
            if self.0.driver.execute(slot, vec![]).await.expect("a page").json().as_bool() == Some(true) {
                if seen == passed_over {
                    break;
                }
                seen += 1;
            }
            assert!(step < 150, "the keyboard comes to a slot");
            self.0.keys(&char::from(Key::Tab).to_string()).await;
        }
        self.0.keys(&char::from(Key::Enter).to_string()).await;
        self.0.page("Check before booking").await;
    }

    /// Sends the referral of the booking that was just confirmed.
    pub(crate) async fn refers(&self) {
        self.enter("Send the referral").await;
        self.0.page("Referral").await;
        self.0.says("would read").await;
        self.enter("send-referral").await;
        self.0.says("The service has the referral").await;
    }

    /// Ends the encounter with everything done.
    pub(crate) async fn finishes(&self) {
        self.enter("Finish encounter").await;
        self.0.page("Finish encounter").await;
        self.space("how-completed").await;
        self.enter("End the encounter").await;
        self.0.page("Desk").await;
    }

    /// Reads the three identifiers back, says why, and cancels.
    pub(crate) async fn cancels(&self, why: &str) {
        self.0.says("Read back to the patient, and tick what fits").await;
        for field in ["nameReadBack", "birthDateReadBack", "numberReadBack"] {
            self.space(field).await;
        }
        self.types("reason", why).await;
        self.enter("Cancel this booking").await;
    }
}
