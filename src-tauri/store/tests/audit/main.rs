//! The audit record: its chain under tampering, kills, full disks and two programs at once; what is read of it; what is
//! removed and written out of it.

#![expect(clippy::expect_used, reason = "a test says at once what is not as it needs it")]

mod clocks;
mod faults;
#[path = "../invented/mod.rs"]
mod invented;
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
use desk_domain::id::{DocumentId, DosServiceId, EncounterId, OdsCode, SearchId, UserId, Username};
use desk_domain::user::Role;
use desk_journeys::ports::{
    AuditExport, AuditQuery, AuditTrail, ChainCheck, EncounterRecord, ExportFailure, LongWalk, RecordedEvent,
};
use desk_store::Store;
use uuid::Uuid;

use crate::invented::{Noon, key, noon, open, patient, raw};

fn seconds(count: i64) -> TimeDelta {
    TimeDelta::seconds(count)
}

fn encounter_id(number: u128) -> EncounterId {
    EncounterId(Uuid::from_u128(number))
}

fn encounter(number: u128, nhs_number: Option<&str>, family: &str) -> Encounter {
    Encounter {
        id: encounter_id(number),
        started: noon(),
        started_by: UserId(Uuid::from_u128(1)),
        started_by_name: "CARTER, Priya (Ms)".to_owned(),
        patient: patient(family, nhs_number, None),
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
