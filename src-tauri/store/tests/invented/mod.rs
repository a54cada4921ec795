//! What every record of the store's tests has: a clock that stands, a key, an invented patient; and its file for whoever changes
//! it behind its back.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use desk_domain::id::{NhsNumber, OdsCode, Postcode};
use desk_domain::patient::{Address, Contact, ContactKind, ContactParty, Contacts, Gender, Patient, PersonName};
use desk_domain::personal::Personal;
use desk_journeys::ports::Clock;
use desk_store::{RecordKey, Store};
use rusqlite::Connection;
use uuid::Uuid;

/// It is always noon.
pub(crate) struct Noon;

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        noon()
    }

    fn new_id(&self) -> Uuid {
        Uuid::nil()
    }
}

pub(crate) fn noon() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().expect("an instant")
}

/// One key for every record of these tests.
pub(crate) fn key() -> RecordKey {
    RecordKey::from([7; 32])
}

pub(crate) fn open(folder: &Path) -> Store {
    Store::open(folder, &key(), Arc::new(Noon)).expect("the record opens")
}

/// The same file, by somebody who has its key and knows SQL.
pub(crate) fn raw(folder: &Path) -> Connection {
    let raw = Connection::open(folder.join("desk.sqlite3")).expect("the same file");
    raw.pragma_update(None, "key", format!("x'{}{}'", "07".repeat(32), key().id())).expect("its key");
    raw
}

/// Mr John, of this family, whose NHS number and GP practice may be known.
pub(crate) fn patient(family: &str, nhs_number: Option<&str>, practice: Option<&str>) -> Patient {
    let contact = Contact { whose: ContactParty::Patient, kind: ContactKind::Mobile, value: "07700 900123".into() };
    let postcode = Postcode::new("ND1 4TY").expect("a postcode");
    Patient {
        nhs_number: nhs_number.map(|digits| NhsNumber::new(digits).expect("valid")),
        name: PersonName { title: "Mr".into(), given: "John".into(), family: family.into() },
        birth_date: Personal::new("1974-11-12".parse().expect("a day")),
        gender: Gender::Male,
        address: Address {
            lines: vec!["14 Orchard Close".into()],
            town: "Northdale".into(),
            postcode: postcode.clone(),
        },
        current_postcode: postcode,
        gp_practice: practice.map(|code| OdsCode::new(code).expect("a code")),
        contacts: Contacts::new(vec![contact]).expect("a phone"),
    }
}
