//! Encounters, and the outcomes of their assessments.

use async_trait::async_trait;
use desk_domain::audit::AuditEvent;
use desk_domain::encounter::Encounter;
use desk_domain::failure::RecordFailure;
use desk_domain::id::EncounterId;
use desk_journeys::ports::EncounterRecord;
use rusqlite::{Connection, Transaction, params};

use crate::audit::append;
use crate::error::StoreError;
use crate::open::Store;
use crate::retention::removal;
use crate::{FORMAT, instant};

#[async_trait]
impl EncounterRecord for Store {
    async fn save(&self, encounter: &Encounter, event: &AuditEvent) -> Result<(), RecordFailure> {
        let (encounter, event) = (encounter.clone(), event.clone());
        self.write(move |transaction| {
            save(transaction, &encounter)?;
            append(transaction, &event)
        })
        .await
    }

    async fn load(&self, id: EncounterId) -> Result<Encounter, RecordFailure> {
        self.read(move |connection| {
            let (text, version, removed): (String, u32, _) = connection
                .prepare_cached("SELECT encounter, version, removed, removed_after FROM encounter WHERE id = ?1")?
                .query_row([id.to_string()], |row| Ok((row.get(0)?, row.get(1)?, removal(row, 2, 3)?)))?;
            removed.map_or_else(|| whole(connection, &text, version), Err)
        })
        .await
    }

    async fn open(&self, most: u32) -> Result<Vec<Encounter>, RecordFailure> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT encounter, version FROM encounter WHERE ended IS NULL ORDER BY started DESC LIMIT ?1",
            )?;
            let rows = statement.query_map([most], |row| Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?)))?;
            rows.map(|row| {
                let (text, version) = row?;
                whole(connection, &text, version)
            })
            .collect()
        })
        .await
    }
}

fn save(transaction: &Transaction<'_>, encounter: &Encounter) -> Result<(), StoreError> {
    let patient = &encounter.patient;
    let without_outcomes = Encounter { outcomes: Vec::new(), ..encounter.clone() };
    let written = transaction
        .prepare_cached(
            "INSERT INTO encounter (id, started, ended, nhs_number, family_name, birth_date, format, encounter, version)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (id) DO UPDATE SET ended = excluded.ended, nhs_number = excluded.nhs_number,
                 family_name = excluded.family_name, birth_date = excluded.birth_date, format = excluded.format,
                 encounter = excluded.encounter, version = excluded.version
             WHERE encounter.ended IS NULL AND encounter.version = excluded.version - 1",
        )?
        .execute(params![
            encounter.id.to_string(),
            instant(encounter.started),
            encounter.ended.map(instant),
            patient.nhs_number.as_ref().map(desk_domain::id::NhsNumber::digits),
            patient.name.family.reveal().to_uppercase(),
            patient.birth_date.reveal().to_string(),
            FORMAT,
            serde_json::to_string(&without_outcomes)?,
            encounter.version + 1,
        ])?;
    if written == 0 {
        // Another desk ended or changed it meanwhile: what was read before must not open it again, or undo what they did.
        return Err(StoreError::AlreadySettled);
    }
    for (position, outcome) in encounter.outcomes.iter().enumerate() {
        // An outcome once recorded stays as it is.
        transaction
            .prepare_cached(
                "INSERT INTO assessment_outcome (id, encounter, position, code, reached, format, outcome)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO NOTHING",
            )?
            .execute(params![
                outcome.id.to_string(),
                encounter.id.to_string(),
                i64::try_from(position).unwrap_or(i64::MAX),
                outcome.disposition.code.as_str(),
                instant(outcome.reached),
                FORMAT,
                serde_json::to_string(outcome)?,
            ])?;
    }
    Ok(())
}

fn whole(connection: &Connection, text: &str, version: u32) -> Result<Encounter, StoreError> {
    let mut encounter: Encounter = serde_json::from_str(text)?;
    encounter.version = version;
    let mut statement =
        connection.prepare_cached("SELECT outcome FROM assessment_outcome WHERE encounter = ?1 ORDER BY position")?;
    let rows = statement.query_map([encounter.id.to_string()], |row| row.get::<_, String>(0))?;
    for outcome in rows {
        encounter.outcomes.push(serde_json::from_str(&outcome?)?);
    }
    Ok(encounter)
}
