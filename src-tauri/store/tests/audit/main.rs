//! The audit record: its chain under tampering, kills, full disks and two programs at once; what is read of it; what is
//! removed and written out of it.

#![expect(clippy::expect_used, reason = "a test says at once what is not as it needs it")]

mod clocks;
mod faults;
mod large;
mod power_cut;
mod query;
mod removal;
mod size;
mod tampering;

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use desk_domain::audit::{Actor, AuditAction, AuditEvent, AuditFilter, Workplace};
use desk_domain::chain::Seal;
use desk_domain::encounter::{Encounter, Responses};
use desk_domain::id::{
    DocumentId, DosServiceId, EncounterId, NhsNumber, OdsCode, Postcode, SearchId, UserId, Username,
};
use desk_domain::patient::{Address, Contact, ContactKind, ContactParty, Contacts, Gender, Patient, PersonName};
use desk_domain::personal::Personal;
use desk_domain::user::Role;
use desk_journeys::ports::{
    AuditExport, AuditQuery, AuditTrail, ChainCheck, Clock, EncounterRecord, ExportFailure, LongWalk, RecordedEvent,
};
use desk_store::{RecordKey, Store};
use rusqlite::Connection;
use uuid::Uuid;

struct Noon;

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        noon()
    }

    fn new_id(&self) -> Uuid {
        Uuid::nil()
    }
}

fn noon() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().expect("an instant")
}

fn seconds(count: i64) -> TimeDelta {
    TimeDelta::seconds(count)
}

fn open(folder: &Path) -> Store {
    Store::open(folder, &key(), Arc::new(Noon)).expect("the record opens")
}

/// One key for every record of these tests.
fn key() -> RecordKey {
    RecordKey::from([7; 32])
}

/// The same file, by somebody who has its key and knows SQL.
fn raw(folder: &Path) -> Connection {
    let raw = Connection::open(folder.join("desk.sqlite3")).expect("the same file");
    raw.pragma_update(None, "key", format!("x'{}{}'", "07".repeat(32), key().id())).expect("its key");
    raw
}

fn encounter_id(number: u128) -> EncounterId {
    EncounterId(Uuid::from_u128(number))
}

fn encounter(number: u128, nhs_number: Option<&str>, family: &str) -> Encounter {
    let contact = Contact { whose: ContactParty::Patient, kind: ContactKind::Mobile, value: "07700 900123".into() };
    let postcode = Postcode::new("ND1 4TY").expect("a postcode");
    let patient = Patient {
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
        gp_practice: None,
        contacts: Contacts::new(vec![contact]).expect("a phone"),
    };
    Encounter {
        id: encounter_id(number),
        started: noon(),
        started_by: UserId(Uuid::from_u128(1)),
        started_by_name: "CARTER, Priya (Ms)".to_owned(),
        patient,
        outcomes: vec![],
        responses: Responses::default(),
        reassesses: None,
        version: 0,
        ended: None,
        ending: None,
    }
}

fn event_at(at: DateTime<Utc>, user: &str, encounter: Option<EncounterId>, what: AuditAction) -> AuditEvent {
    let desk = Workplace { organisation: OdsCode::new("R1A").expect("a code"), device: "desk-1".to_owned() };
    let username = Username::new(user).expect("a username");
    let who = Actor { user: UserId(Uuid::from_u128(1)), username, role: Role::CallHandler };
    AuditEvent::new(at, Some(who), desk, encounter, what)
}

fn event(encounter: Option<EncounterId>, what: AuditAction) -> AuditEvent {
    event_at(noon(), "handler", encounter, what)
}

/// An event with a personal part.
fn told(note: &str) -> AuditAction {
    AuditAction::ProviderTold { document: DocumentId(Uuid::from_u128(7)), note: note.into() }
}

/// An event about a service.
fn searched(service: &str) -> AuditAction {
    let service = DosServiceId::new(service).expect("an id");
    AuditAction::ServiceChosen {
        search: SearchId(Uuid::from_u128(8)),
        service,
        name: None,
        rank: 1,
        reject_reason: None,
        reject_comment: None,
    }
}

/// Eight events: of two patients, with and without personal parts.
async fn eight(folder: &Path) -> Store {
    let store = open(folder);
    let (one, other) = (encounter(1, Some("9990000018"), "Patient"), encounter(2, None, "Another"));
    store.save(&one, &event(Some(one.id), AuditAction::EncounterStarted)).await.expect("saved");
    store.save(&other, &event(Some(other.id), AuditAction::EncounterStarted)).await.expect("saved");
    let rest = [
        (None, AuditAction::SignedIn),
        (Some(one.id), told("Rang the ward")),
        (Some(one.id), searched("111001")),
        (Some(other.id), told("Rang the mother")),
        (Some(one.id), AuditAction::EncounterOpened),
        (None, AuditAction::SignedOut),
    ];
    for (encounter, what) in rest {
        store.append(&event(encounter, what)).await.expect("appended");
    }
    store
}

async fn verify(store: &Store) -> ChainCheck {
    let seals = store.seals().await.expect("seals");
    walked(store, seals).await
}

async fn walked(store: &Store, seals: Vec<Seal>) -> ChainCheck {
    let found = store.verify(seals, &Arc::new(LongWalk::default())).await.expect("it can be walked along");
    found.expect("nobody stopped it")
}

async fn export(store: &Store, filter: &AuditFilter, folder: &Path) -> Result<AuditExport, ExportFailure> {
    let made = store.export(filter, folder, &Arc::new(LongWalk::default())).await?;
    Ok(made.expect("nobody stopped it"))
}

async fn all(store: &Store) -> Vec<RecordedEvent> {
    let query = AuditQuery { most: 1_000_000, ..AuditQuery::default() };
    AuditTrail::read(store, &query).await.expect("read").events
}
