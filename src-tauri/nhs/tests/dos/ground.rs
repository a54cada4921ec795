//! What the tests of adapters stand on: settings, a clock, and the folder of the standard where this machine has it.

use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use desk_domain::id::{Asid, OdsCode};
use desk_journeys::ports::Clock;
use desk_nhs::settings::{DosSettings, NhsSettings, Organisation, SdsSettings};
use serde_json::json;
use uuid::Uuid;

/// Settings of a desk whose directory is at this address, and that knows nobody else.
pub(crate) fn settings(directory: &str, password: &str) -> NhsSettings {
    NhsSettings {
        organisation: Organisation {
            ods_code: OdsCode::new("X26").expect("a code"),
            name: "A test".to_owned(),
            asid: Asid::new("200000000001").expect("an ASID"),
            issuer_url: "https://desk.example/".parse().expect("a URL"),
            device_name: "desk".to_owned(),
        },
        dos: DosSettings {
            url: directory.parse().expect("a URL"),
            username: "desk".to_owned(),
            password: password.to_owned(),
        },
        sds: SdsSettings { url: "ldap://127.0.0.1:1".parse().expect("a URL"), base: "ou=Services,o=nhs".to_owned() },
        ssp: None,
        tls: serde_json::from_value(json!({})).expect("settings"),
        token: serde_json::from_value(json!({})).expect("settings"),
        timeouts: serde_json::from_value(json!({ "first_byte_seconds": 2 })).expect("settings"),
        fhir: serde_json::from_value(json!({})).expect("settings"),
        version: "0".to_owned(),
    }
}

/// A clock that stands.
pub(crate) struct StandingClock;

impl Clock for StandingClock {
    fn now(&self) -> DateTime<Utc> {
        "2026-11-20T18:00:00Z".parse().expect("an instant")
    }

    fn new_id(&self) -> Uuid {
        Uuid::from_u128(1)
    }
}

/// The folder of the standard: as named by BOOKING_STANDARD, or beside the project.
pub(crate) fn standard() -> Option<PathBuf> {
    let named = std::env::var_os("BOOKING_STANDARD").map(PathBuf::from);
    let beside = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/standard")).to_owned();
    Some(named.unwrap_or(beside)).filter(|folder| folder.is_dir())
}

/// Says on the terminal that a test did not look at anything. Not by a macro: what those print is held back unless the
/// test fails.
pub(crate) fn skipped(why: &str) {
    drop(writeln!(std::io::stderr(), "skipped: {why}"));
}
