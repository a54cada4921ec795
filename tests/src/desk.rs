//! A desk over the demonstration NHS, wired by the same composition as the application.

use std::path::Path;

use demo_nhs::{DemoNhs, DemoOptions};
use desk_composition::config::Config;
use desk_composition::record_key::{DEMONSTRATION_KEY, KeyPlace};
use desk_composition::{Composed, compose};
use desk_contract::outcome::OutcomeInput;
use desk_domain::encounter::Encounter;
use desk_domain::id::DosServiceId;
use desk_journeys::book::SlotOrder;
use desk_journeys::slots::SlotsFound;
use desk_journeys::{Desk, JourneyError, Search, SignedIn};
use desk_store::{Found, RecordKey, Store};

use crate::messages::Messages;

/// A desk with its demonstration and its record.
pub struct DeskUnderTest {
    /// The demonstration.
    pub nhs: DemoNhs,
    /// The desk.
    pub composed: Composed,
    folder: tempfile::TempDir,
    /// Every message of a referral that the demonstration got; looked at in the end.
    pub messages: Messages,
}

/// Ready users of the demonstration: username and passphrase.
pub const HANDLER: (&str, &str) = ("handler", "demo call handler");
/// The ready clinician.
pub const CLINICIAN: (&str, &str) = ("clinician", "demo clinician desk");
/// The ready practice admin.
pub const ADMIN: (&str, &str) = ("admin", "demo practice admin");
/// The ready supervisor.
pub const SUPERVISOR: (&str, &str) = ("supervisor", "demo supervisor desk");

impl DeskUnderTest {
    /// Starts both.
    ///
    /// # Panics
    /// Where either does not start.
    pub async fn start(options: DemoOptions) -> Self {
        let messages = Messages::new();
        let options = DemoOptions { messages: Some(messages.folder().to_owned()), ..options };
        let nhs = demo_nhs::start(options).await.expect("the demonstration starts");
        let folder = tempfile::tempdir().expect("a folder");
        let composed = open(&nhs, folder.path()).await;
        Self { nhs, composed, folder, messages }
    }

    /// The desk as it is after a restart: the same record, nothing in memory.
    ///
    /// # Panics
    /// Where it does not start.
    pub async fn restart(&mut self) {
        self.composed = open(&self.nhs, self.folder.path()).await;
    }

    /// The journeys.
    #[must_use]
    pub fn desk(&self) -> &Desk {
        &self.composed.desk
    }

    /// Where the record is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Signs in.
    ///
    /// # Panics
    /// Where it is refused.
    pub async fn sign_in(&self, (username, passphrase): (&str, &str)) -> SignedIn {
        self.desk().sign_in(username, passphrase).await.expect("a ready user")
    }

    /// Takes down a ready patient (from 1) with an outcome.
    ///
    /// # Panics
    /// Where it is refused.
    pub async fn encounter(&self, who: &SignedIn, patient: usize, outcome: &str) -> Encounter {
        let desk = self.desk();
        let patient = self.composed.ready_patients[patient - 1].input().read(desk.now()).expect("a ready patient");
        let encounter = desk.start_encounter(who, patient).await.expect("may begin");
        self.reassess(who, &encounter, outcome).await
    }

    /// Records an outcome in an encounter.
    ///
    /// # Panics
    /// Where it is not accepted.
    pub async fn reassess(&self, who: &SignedIn, encounter: &Encounter, outcome: &str) -> Encounter {
        let desk = self.desk();
        let outcome = OutcomeInput {
            code: outcome.to_owned(),
            reached_at: String::new(),
            symptom_group: "1011".to_owned(),
            symptom_discriminators: "4003".to_owned(),
            reason: "Sore throat and fever".to_owned(),
        };
        let outcome = outcome.read(desk.dispositions(), desk.now()).expect("a right outcome");
        desk.record_outcome(who, encounter.id, outcome).await.expect("may record")
    }

    /// Searches, and looks at the slots of a service.
    ///
    /// # Errors
    /// What kept the service from being asked.
    ///
    /// # Panics
    /// Where the search fails.
    pub async fn slots(
        &self,
        who: &SignedIn,
        encounter: &Encounter,
        service: &str,
    ) -> Result<(Search, SlotsFound), JourneyError> {
        let (search, _) = self.desk().find_services(who, encounter.id, None).await.expect("the directory answers");
        let found = self.desk().find_slots(who, encounter.id, search.id, &service_id(service)).await?;
        Ok((search, found))
    }

    /// The first ready patient, booked into the earliest slot of the first service.
    ///
    /// # Panics
    /// Where it is not sent.
    pub async fn booked(&self, who: &SignedIn) -> Encounter {
        let encounter = self.encounter(who, 1, "Dx06").await;
        let order = self.earliest(who, &encounter, "111001").await;
        self.desk().book(who, order).await.expect("it is sent");
        encounter
    }

    /// An order for the earliest slot of a service.
    ///
    /// # Panics
    /// Where there is none.
    pub async fn earliest(&self, who: &SignedIn, encounter: &Encounter, service: &str) -> SlotOrder {
        let (search, found) = self.slots(who, encounter, service).await.expect("slots");
        let slot_id = found.free.slots.first().expect("a free slot").id.clone();
        SlotOrder {
            encounter: encounter.id,
            search: search.id,
            service: service_id(service),
            slot_id,
            late: None,
            rebook: None,
        }
    }

    /// What a provider of the demonstration holds, newest versions.
    #[must_use]
    pub fn held(&self, provider: &str) -> Vec<serde_json::Value> {
        self.nhs.control().held()[provider].as_array().cloned().unwrap_or_default()
    }
}

/// A DoS service id.
///
/// # Panics
/// Where it is none.
#[must_use]
pub fn service_id(text: &str) -> DosServiceId {
    DosServiceId::new(text).expect("a service id")
}

/// One key for every record of these tests.
#[must_use]
pub fn record_key() -> RecordKey {
    RecordKey::from([7; 32])
}

/// Unlocks a record of these tests, opened by somebody who knows SQL.
///
/// # Panics
/// Where it does not take the key.
pub fn unlock(raw: &rusqlite::Connection) {
    unlock_with(raw, &record_key());
}

/// Changes the record of a demonstration's desk behind its back, as somebody can who has the file, its key, and knows SQL.
///
/// # Panics
/// Where there is no such record, or it cannot be changed so.
pub fn tamper(data_folder: &Path, change: &str) {
    let Found::Under { key, .. } = Store::found(data_folder).expect("a record") else { panic!("it is under a key") };
    let place = KeyPlace::Demonstration(data_folder.join(DEMONSTRATION_KEY));
    let key = place.find(key).expect("a key file").expect("its key");
    let file = rusqlite::Connection::open(data_folder.join("desk.sqlite3")).expect("the same file");
    unlock_with(&file, &key);
    file.execute_batch(change).expect("changed behind the desk's back");
}

/// Unlocks a record under another key.
///
/// # Panics
/// Where it does not take the key.
pub fn unlock_with(raw: &rusqlite::Connection, key: &RecordKey) {
    let bytes: String = key.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    raw.pragma_update(None, "key", format!("x'{bytes}{}'", key.id())).expect("its key");
}

async fn open(nhs: &DemoNhs, folder: &Path) -> Composed {
    let config = Config::parse(&nhs.config_toml(folder)).expect("the demonstration's own configuration");
    KeyPlace::of(&config, folder).keep(&record_key()).expect("kept");
    compose(config, "test").await.expect("the desk is wired")
}
