//! A patient's whole story, as it is played from a terminal, with words that stand nowhere else.

use serde_json::{Value, json};

use crate::House;

/// Of the first ready patient, and what is said of and by them.
pub(crate) const SAID: [&str; 9] = [
    "9990000018",
    "Orchard Close",
    "1974-11-12",
    "07700900123",
    "given: John",
    "Zebrafinch on the windpipe",
    "Cockatoo ate the ticket",
    "Budgerigar answered the telephone",
    "Nightjar kept him awake",
];

impl House {
    /// Booked, referred, cancelled, and the patient told of it: nothing is left to do.
    pub(crate) async fn story(&self, desk: &str) {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let case = ["services", "--ready-patient", "1", "--outcome", "Dx06", "--reason", SAID[5]];
        let encounter = text(&self.expect(desk, "handler", 0, &case).await.0["encounter"]);
        let responses = json!({ "presentingComplaint": SAID[8], "summary": SAID[8], "responses": [], "history": "",
            "medicines": "", "allergies": "", "safeguarding": "", "consent": "patient", "version": 0 });
        std::fs::write(self.path("responses.json"), responses.to_string()).expect("written");
        let file = self.text("responses.json");
        let record = ["encounter", "responses", "--encounter", &encounter, "--file", &file];
        self.expect(desk, "handler", 0, &record).await;
        std::fs::remove_file(&file).expect("removed");
        let book = ["book", "--encounter", &encounter, "--service", "111001"];
        let booking = text(&self.expect(desk, "handler", 0, &book).await.0["booking"]["id"]);
        self.expect(desk, "handler", 0, &["refer", "--encounter", &encounter]).await;
        let end = ["encounter", "end", "--encounter", &encounter, "--how", "completed"];
        self.expect(desk, "handler", 0, &end).await;
        let shown = self.expect(desk, "handler", 0, &["cancel", "--booking", &booking]).await.0;
        let version = text(&shown["version"]);
        let cancel = ["cancel", "--booking", &booking, "--confirm", &version, "--reason", SAID[6]];
        let read_back = ["--read-back", "name,birthDate,number"];
        let gone = self.expect(desk, "handler", 0, &[cancel.as_slice(), &read_back].concat()).await.0;
        let url = text(&gone["url"]);
        let inform = ["inform", "--encounter", &encounter, "--url", &url, "--how", "telephone", "--note", SAID[7]];
        self.expect(desk, "handler", 0, &inform).await;
    }
}
