//! Taking what is personal out of the record when its time to be kept is over (NF-5): in the tables, in the personal parts of
//! audit events, in the files. What may go is decided before; the database lets go only what an event of the chain names.

use std::time::Instant;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use desk_domain::audit::{AuditAction, AuditEvent};
use desk_domain::failure::RecordFailure;
use desk_domain::id::EncounterId;
use desk_domain::retention::{Holdings, Kept, LONGEST_PAUSE, RecordTimes, YearsKept};
use desk_journeys::retention::{LooseParts, RetentionRecord};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use crate::audit::{append, first_at, first_that_reached, head, number};
use crate::behind::up_to_date_in;
use crate::chain::number_of;
use crate::error::StoreError;
use crate::instant;
use crate::open::{NEXT_TRY, Store, WAIT_FOR_OTHERS};

/// That somebody read the audit record, or removed from it, is nothing that happened in an encounter.
const NO_LOOKING_BACK: &str = "AND kind NOT IN ('auditRead', 'personalPartsRemoved')";

#[async_trait]
impl RetentionRecord for Store {
    async fn times(&self) -> Result<RecordTimes, RecordFailure> {
        self.read_apart(times).await
    }

    async fn quiet_since(&self, before: DateTime<Utc>) -> Result<Vec<Kept>, RecordFailure> {
        self.up_to_date().await?;
        self.read_apart(move |connection| quiet_since(connection, before)).await
    }

    async fn loose_parts(&self, before: DateTime<Utc>) -> Result<LooseParts, RecordFailure> {
        self.read_apart(move |connection| loose_parts(connection, before)).await
    }

    async fn remove(&self, over: Vec<(Kept, AuditEvent)>) -> Result<u64, RecordFailure> {
        self.write(move |transaction| {
            let mut removed = 0;
            for (kept, event) in &over {
                removed += u64::from(remove_encounter(transaction, kept, event)?);
            }
            Ok(removed)
        })
        .await
    }

    async fn remove_parts(&self, event: &AuditEvent) -> Result<u64, RecordFailure> {
        let event = event.clone();
        self.write(move |transaction| remove_parts(transaction, &event)).await
    }

    async fn clear_traces(&self) -> Result<(), RecordFailure> {
        Ok(self.alone(clear_traces).await?)
    }
}

/// What the record says of time. From one pause to the next it takes steps of the longest one: as many as the record has
/// years, however many events.
fn times(connection: &Connection) -> Result<RecordTimes, StoreError> {
    let read = |text: String| text.parse::<DateTime<Utc>>().map_err(|_| StoreError::Unreadable);
    let first_after = |at: &str| -> Result<Option<DateTime<Utc>>, StoreError> {
        let found = first_that_reached(connection, |reached| reached > at)?;
        found.map(|(_, reached)| read(reached)).transpose()
    };
    let last_until = |at: &str| -> Result<Option<DateTime<Utc>>, StoreError> {
        let beyond = first_that_reached(connection, |reached| reached > at)?.map_or(i64::MAX, |(number, _)| number);
        let last = connection
            .prepare_cached("SELECT reached FROM audit_event WHERE number < ?1 ORDER BY number DESC LIMIT 1")?
            .query_row([beyond], |row| row.get(0))
            .optional()?;
        last.map(read).transpose()
    };
    let latest = last_until("~")?;
    let mut pause = None;
    let mut at = first_after("")?;
    while let Some(here) = at.filter(|here| Some(*here) < latest) {
        let furthest = last_until(&instant(here + LONGEST_PAUSE))?;
        at = if furthest > Some(here) { furthest } else { first_after(&instant(here))? };
        if let Some(next) = at.filter(|next| *next - here > LONGEST_PAUSE) {
            pause = Some((here, next));
        }
    }
    Ok(RecordTimes { latest, pause })
}

fn quiet_since(connection: &Connection, before: DateTime<Utc>) -> Result<Vec<Kept>, StoreError> {
    let last = number(all_older_than(connection, before)?);
    let mut statement = connection.prepare(&format!(
        "SELECT id FROM encounter WHERE removed IS NULL
             AND (SELECT max(number) FROM audit_event_in AS its JOIN audit_event USING (number)
                  WHERE its.encounter = encounter.id {NO_LOOKING_BACK}) <= ?1
         ORDER BY started"
    ))?;
    let ids = statement.query_map([last], |row| row.get::<_, String>(0))?;
    ids.map(|id| kept(connection, &id?)).collect()
}

/// The number up to which every event is older than an instant, whatever the clocks did since.
fn all_older_than(connection: &Connection, before: DateTime<Utc>) -> Result<u64, StoreError> {
    let first = u64::try_from(first_at(connection, &instant(before))?).unwrap_or_default();
    Ok(first.saturating_sub(1).min(head(connection)?.number))
}

/// An encounter as far as its time to be kept goes.
fn kept(connection: &Connection, id: &str) -> Result<Kept, StoreError> {
    let encounter: EncounterId = id.parse().map_err(|_| StoreError::Unreadable)?;
    let through = last_event(connection, id, "")?;
    let mut touched = connection.prepare_cached(
        "SELECT DISTINCT by FROM encounter_touched JOIN encounter AS other ON other.id = by
         WHERE encounter_touched.encounter = ?1 AND other.removed IS NULL",
    )?;
    let (mut last, mut unfinished) = (0, false);
    for by in touched.query_map([id], |row| row.get::<_, String>(0))? {
        let by = by?;
        last = last.max(last_event(connection, &by, NO_LOOKING_BACK)?);
        unfinished |= connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM encounter_unfinished WHERE encounter = ?1)")?
            .query_row([&by], |row| row.get::<_, bool>(0))?;
    }
    // The time that the record had reached grows with the number.
    let last: String = connection
        .prepare_cached("SELECT reached FROM audit_event WHERE number = ?1")?
        .query_row([number(last)], |row| row.get(0))?;
    let last = last.parse().map_err(|_| StoreError::Unreadable)?;
    Ok(Kept { encounter, through, last, unfinished, holdings: holdings(connection, id)? })
}

fn last_event(connection: &Connection, encounter: &str, and: &str) -> Result<u64, StoreError> {
    let sql = format!(
        "SELECT coalesce(max(number), 0) FROM audit_event_in AS its JOIN audit_event USING (number)
         WHERE its.encounter = ?1 {and}"
    );
    Ok(connection.prepare_cached(&sql)?.query_row([encounter], |row| number_of(row, 0))?)
}

fn holdings(connection: &Connection, encounter: &str) -> Result<Holdings, StoreError> {
    let counted = connection
        .prepare_cached(
            "SELECT (SELECT count(*) FROM assessment_outcome WHERE encounter = ?1),
                    (SELECT count(*) FROM intent WHERE encounter = ?1),
                    (SELECT count(*) FROM booking WHERE encounter = ?1),
                    (SELECT count(*) FROM booking_note WHERE encounter = ?1),
                    (SELECT count(*) FROM rebook_step WHERE encounter = ?1),
                    (SELECT count(*) FROM referral WHERE encounter = ?1),
                    (SELECT count(*) FROM audit_event_in JOIN audit_personal USING (number) WHERE encounter = ?1)",
        )?
        .query_row([encounter], |row| {
            Ok(Holdings {
                outcomes: number_of(row, 0)?,
                orders: number_of(row, 1)?,
                bookings: number_of(row, 2)?,
                notes: number_of(row, 3)?,
                rebook_steps: number_of(row, 4)?,
                referrals: number_of(row, 5)?,
                personal_parts: number_of(row, 6)?,
            })
        })?;
    Ok(counted)
}

fn loose_parts(connection: &Connection, before: DateTime<Utc>) -> Result<LooseParts, StoreError> {
    let through = all_older_than(connection, before)?;
    let parts = connection.query_row(
        "SELECT count(*) FROM audit_personal JOIN audit_event USING (number)
         WHERE audit_personal.number <= ?1 AND encounter IS NULL",
        [number(through)],
        |row| number_of(row, 0),
    )?;
    let mut emptied = connection.prepare(
        "SELECT audit_event.encounter, count(*) FROM audit_personal JOIN audit_event USING (number)
             LEFT JOIN encounter AS whose ON whose.id = audit_event.encounter
         WHERE audit_personal.number <= ?1 AND audit_event.encounter IS NOT NULL
             AND (whose.id IS NULL OR whose.removed IS NOT NULL)
         GROUP BY audit_event.encounter ORDER BY min(audit_personal.number)",
    )?;
    let rows = emptied.query_map([number(through)], |row| Ok((row.get::<_, String>(0)?, number_of(row, 1)?)))?;
    let of_emptied = rows
        .map(|row| {
            let (encounter, parts) = row?;
            Ok((encounter.parse().map_err(|_| StoreError::Unreadable)?, parts))
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(LooseParts { through, parts, of_emptied })
}

/// Takes the details of one encounter out, unless anything happened with it since it was read; says whether it did.
fn remove_encounter(transaction: &Transaction<'_>, over: &Kept, event: &AuditEvent) -> Result<bool, StoreError> {
    let AuditAction::PersonalPartsRemoved { through, only: Some(only), years: Some(years), .. } = event.what else {
        return Err(StoreError::Unreadable);
    };
    if only != over.encounter || through != over.through {
        return Err(StoreError::Unreadable);
    }
    let id = only.to_string();
    if is_removed(transaction, &id)?.is_some() {
        return Ok(false);
    }
    up_to_date_in(transaction)?;
    let now = kept(transaction, &id)?;
    // What had to do with it may have been removed before it in the same run: then its last thing is earlier.
    if now.unfinished || now.through != over.through || now.last > over.last {
        return Ok(false);
    }
    let patient: Option<String> =
        transaction.query_row("SELECT nhs_number FROM encounter WHERE id = ?1", [&id], |row| row.get(0))?;
    append(transaction, event)?;
    transaction.execute(
        "UPDATE encounter SET nhs_number = NULL, family_name = '', birth_date = '', encounter = '{}', removed = ?2,
             removed_after = ?3
         WHERE id = ?1",
        params![id, instant(event.at), years.number()],
    )?;
    for taken_out in [
        "UPDATE assessment_outcome SET outcome = '{}' WHERE encounter = ?1",
        "UPDATE intent SET wanted = '{}', content = '' WHERE encounter = ?1",
        "UPDATE intent_result SET result = '{}' WHERE intent IN (SELECT id FROM intent WHERE encounter = ?1)",
        "UPDATE booking_word SET word = '{}' WHERE booking IN (SELECT id FROM booking WHERE encounter = ?1)",
        "UPDATE booking_note SET note = '{}' WHERE encounter = ?1",
        "UPDATE rebook_step SET record = '{}' WHERE encounter = ?1",
        "UPDATE referral_mark SET mark = '{}' WHERE document IN (SELECT document FROM referral WHERE encounter = ?1)",
        "UPDATE referral SET referral = '{}' WHERE encounter = ?1",
        "DELETE FROM patient_reference WHERE patient = ?1",
    ] {
        transaction.prepare_cached(taken_out)?.execute([&id])?;
    }
    transaction
        .prepare_cached(
            "DELETE FROM audit_personal
             WHERE number <= ?1 AND number IN (SELECT number FROM audit_event_in WHERE encounter = ?2)",
        )?
        .execute(params![number(through), id])?;
    // Other encounters of the patient may be there still, and refer to them.
    transaction
        .prepare_cached(
            "DELETE FROM patient_reference WHERE patient = ?1
                 AND NOT EXISTS (SELECT 1 FROM encounter WHERE nhs_number = ?1 AND removed IS NULL)",
        )?
        .execute([patient])?;
    Ok(true)
}

fn remove_parts(transaction: &Transaction<'_>, event: &AuditEvent) -> Result<u64, StoreError> {
    let AuditAction::PersonalPartsRemoved { through, only, of_no_encounter, .. } = event.what else {
        return Err(StoreError::Unreadable);
    };
    if through > head(transaction)?.number {
        return Err(StoreError::NotFound);
    }
    up_to_date_in(transaction)?;
    append(transaction, event)?;
    let removed = transaction.execute(
        "DELETE FROM audit_personal
         WHERE number <= ?1
             AND (?2 IS NULL OR number IN (SELECT number FROM audit_event_in WHERE encounter = ?2))
             AND (NOT ?3 OR (SELECT encounter FROM audit_event WHERE audit_event.number = audit_personal.number) IS NULL)",
        params![number(through), only.map(|id| id.to_string()), of_no_encounter],
    )?;
    Ok(u64::try_from(removed).unwrap_or_default())
}

/// What is overwritten on a page may stand on another that the row once was on, and in the log: only files that are written
/// anew hold none of it.
fn clear_traces(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute(
        "DELETE FROM patient_reference
         WHERE NOT EXISTS (SELECT 1 FROM encounter WHERE nhs_number = patient AND removed IS NULL)
             AND NOT EXISTS (SELECT 1 FROM encounter WHERE id = patient AND removed IS NULL)",
        [],
    )?;
    transaction.commit()?;
    connection.execute_batch("VACUUM")?;
    let began = Instant::now();
    loop {
        let busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if !busy {
            return Ok(());
        }
        if began.elapsed() > WAIT_FOR_OTHERS {
            return Err(StoreError::Locked);
        }
        std::thread::sleep(NEXT_TRY);
    }
}

/// When the details of an encounter were removed, in two columns of a row.
pub(crate) fn removal(row: &Row<'_>, at: usize, years: usize) -> rusqlite::Result<Option<StoreError>> {
    let (at, years): (Option<String>, Option<u8>) = (row.get(at)?, row.get(years)?);
    let at = at.and_then(|text| text.parse().ok());
    let years = years.and_then(|years| YearsKept::new(years).ok());
    Ok(at.zip(years).map(|(at, years)| StoreError::DetailsRemoved { at, years }))
}

/// When the details of an encounter were removed; none where they are there, or there is no such encounter.
pub(crate) fn is_removed(connection: &Connection, encounter: &str) -> Result<Option<StoreError>, StoreError> {
    let found = connection
        .prepare_cached("SELECT removed, removed_after FROM encounter WHERE id = ?1")?
        .query_row([encounter], |row| removal(row, 0, 1))
        .optional()?;
    Ok(found.flatten())
}

/// Refuses what belongs to an encounter whose details were removed. The statement names that encounter.
pub(crate) fn still_there(connection: &Connection, encounter_of: &str, wanted: &str) -> Result<(), StoreError> {
    let encounter: Option<String> =
        connection.prepare_cached(encounter_of)?.query_row([wanted], |row| row.get(0)).optional()?;
    match encounter {
        Some(encounter) => is_removed(connection, &encounter)?.map_or(Ok(()), Err),
        None => Ok(()),
    }
}
