//! The audit record: appended to, never changed, each event chained to the one before.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::NaiveDate;
use desk_domain::audit::{AuditEvent, AuditFilter, AuditKind, PatientReference};
use desk_domain::canonical::{parts, together};
use desk_domain::chain::{Hash, Head, Link, Seal, Stored, commitment};
use desk_domain::failure::RecordFailure;
use desk_domain::id::{EncounterId, Username};
use desk_journeys::ports::{
    AuditCount, AuditExport, AuditPage, AuditQuery, AuditTrail, ChainCheck, Exchange, ExchangesSought, ExportFailure,
    LongWalk, RecordedEvent, UnreadableEvent,
};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params, params_from_iter};

use crate::chain::{hash_of, number_of, personal, stored, verify};
use crate::error::StoreError;
use crate::instant;
use crate::open::Store;
use crate::sought::Sought;

/// The format of events: the parts apart, in canonical form.
const FORMAT: i64 = 2;
/// How far events are counted.
const COUNTED: u64 = 10_000;

/// Appends within a transaction, so that an act and its event are on disk together or not at all. The transaction has been
/// for writing from its beginning: no other program appends between the look at the head and the new event.
pub(crate) fn append(transaction: &Transaction<'_>, event: &AuditEvent) -> Result<(), StoreError> {
    let parts = parts(event)?;
    let what = serde_json::to_value(&event.what)?;
    let about = |name: &str| what.get(name).and_then(serde_json::Value::as_str);
    let (last, reached) = newest(transaction)?;
    let at = instant(event.at);
    let encounter = event.encounter.map(|id| id.to_string());
    let patient = match &encounter {
        Some(encounter) => patient_of(transaction, encounter)?,
        None => None,
    };
    let personal = match &parts.personal {
        Some(personal) => {
            let salt: Vec<u8> = transaction.prepare_cached("SELECT randomblob(32)")?.query_row([], |row| row.get(0))?;
            Some((commitment(&salt, personal), salt, personal))
        }
        None => None,
    };
    let link = Link {
        number: last.number + 1,
        previous: last.hash,
        at: &at,
        kind: AuditKind::from(&event.what).into(),
        username: event.who.as_ref().map(|who| who.username.as_str()),
        encounter: encounter.as_deref(),
        patient: patient.as_deref(),
        service: about("service"),
        request: about("request"),
        format: FORMAT,
        plain: &parts.plain,
        commitment: personal.as_ref().map(|(commitment, ..)| *commitment),
    };
    transaction
        .prepare_cached(
            "INSERT INTO audit_event (number, at, reached, kind, username, encounter, patient, service, request, format,
                                      event, commitment, previous, hash)
             VALUES (?1, ?2, max(?2, ?3), ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute(params![
            number(link.number),
            link.at,
            reached,
            link.kind,
            link.username,
            link.encounter,
            link.patient,
            link.service,
            link.request,
            link.format,
            link.plain,
            link.commitment.as_ref().map(Hash::bytes),
            link.previous.bytes(),
            link.hash().bytes(),
        ])?;
    if let Some((_, salt, personal)) = personal {
        transaction
            .prepare_cached("INSERT INTO audit_personal (number, salt, personal) VALUES (?1, ?2, ?3)")?
            .execute(params![number(link.number), salt, personal])?;
    }
    Ok(())
}

/// The head of the chain, and the latest time that any event was at.
fn newest(connection: &Connection) -> Result<(Head, String), StoreError> {
    let newest = connection
        .prepare_cached("SELECT number, hash, reached FROM audit_event ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| Ok((Head { number: number_of(row, 0)?, hash: hash_of(row, 1)? }, row.get(2)?)))
        .optional()?;
    Ok(newest.unwrap_or((Head::NONE, String::new())))
}

pub(crate) fn head(connection: &Connection) -> Result<Head, StoreError> {
    Ok(newest(connection)?.0)
}

/// The reference of an encounter's patient; a new one where they have none.
fn patient_of(transaction: &Transaction<'_>, encounter: &str) -> Result<Option<String>, StoreError> {
    let found: Option<(String, Option<String>)> = transaction
        .prepare_cached(
            "SELECT coalesce(nhs_number, id), (SELECT reference FROM patient_reference WHERE patient = coalesce(nhs_number, id))
             FROM encounter WHERE id = ?1",
        )?
        .query_row([encounter], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((patient, None)) = found else { return Ok(found.and_then(|(_, reference)| reference)) };
    let reference = transaction
        .prepare_cached(
            "INSERT INTO patient_reference (patient, reference) VALUES (?1, lower(hex(randomblob(16)))) RETURNING reference",
        )?
        .query_row([patient], |row| row.get(0))?;
    Ok(Some(reference))
}

/// Takes what was recorded before there was a chain over into it, in its order.
pub(crate) fn chain_what_was_before(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let mut statement = transaction.prepare("SELECT event FROM audit_event_before_the_chain ORDER BY number")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        append(transaction, &serde_json::from_str(row.get_ref(0)?.as_str().map_err(|_| StoreError::Unreadable)?)?)?;
    }
    drop(rows);
    drop(statement);
    Ok(transaction.execute_batch("DROP TABLE audit_event_before_the_chain")?)
}

pub(crate) fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Reads an event of [`EVENTS`](crate::chain::EVENTS), with its personal part where it is there still. One that cannot be read
/// keeps nobody from the others.
pub(crate) fn recorded(row: &Row<'_>) -> Result<RecordedEvent, StoreError> {
    let Stored { link, hash } = stored(row)?;
    let personal = personal(row)?.map(|(_, personal)| personal);
    let event = event_of(&link, personal).ok_or_else(|| UnreadableEvent {
        at: link.at.parse().ok(),
        kind: link.kind.to_owned(),
        username: link.username.map(str::to_owned),
        encounter: link.encounter.and_then(|id| id.parse().ok()),
    });
    let patient = link.patient.map(|reference| PatientReference::new(reference.to_owned()));
    let personal_removed = link.commitment.is_some() && personal.is_none();
    Ok(RecordedEvent { number: link.number, event, patient, personal_removed, hash })
}

fn event_of(link: &Link<'_>, personal: Option<&str>) -> Option<AuditEvent> {
    match link.commitment {
        Some(_) => serde_json::from_value(together(link.plain, personal).ok()?).ok(),
        None => serde_json::from_str(link.plain).ok(),
    }
}

/// The number of the first event that is not before an instant; one after the last where there is none. The first that
/// reached it is the first that was at it or later.
pub(crate) fn first_at(connection: &Connection, from: &str) -> Result<i64, StoreError> {
    Ok(first_that_reached(connection, |reached| reached >= from)?.map_or(i64::MAX, |(number, _)| number))
}

/// The first event at which the time that the record had reached is far enough, and that time. It grows with the number: it is
/// found by halving, and no append has an index of it to keep.
pub(crate) fn first_that_reached(
    connection: &Connection,
    far_enough: impl Fn(&str) -> bool,
) -> Result<Option<(i64, String)>, StoreError> {
    let mut from = connection
        .prepare_cached("SELECT number, reached FROM audit_event WHERE number >= ?1 ORDER BY number LIMIT 1")?;
    let mut first_from = |number: i64| -> rusqlite::Result<Option<(i64, String)>> {
        from.query_row([number], |row| Ok((row.get(0)?, row.get(1)?))).optional()
    };
    let (mut low, mut high) = (1, number(head(connection)?.number) + 1);
    let mut found = None;
    while low < high {
        let middle = low + (high - low) / 2;
        match first_from(middle)? {
            Some((at, reached)) if !far_enough(&reached) => low = at + 1,
            further => {
                high = middle;
                found = further.or(found);
            }
        }
    }
    Ok(found)
}

/// A number that no event at or before an instant is beyond. An event whose clock was in the hour that the record had
/// reached is not beyond the last of that hour; the few others are looked up. `;` stands behind `:`, so that an hour with it
/// is after all times in that hour.
pub(crate) fn last_until(connection: &Connection, until: &str) -> Result<i64, StoreError> {
    let after_the_hour = format!("{};", until.get(..13).unwrap_or(until));
    let beyond = first_that_reached(connection, |reached| reached >= after_the_hour.as_str())?;
    let set_back: i64 = connection
        .prepare_cached(
            "SELECT coalesce(max(number), 0) FROM audit_event INDEXED BY audit_event_set_back
             WHERE substr(at, 1, 13) < substr(reached, 1, 13) AND at <= ?1",
        )?
        .query_row([until], |row| row.get(0))?;
    Ok(beyond.map_or(i64::MAX, |(number, _)| number - 1).max(set_back))
}

fn page(connection: &Connection, query: &AuditQuery) -> Result<AuditPage, StoreError> {
    let mut sought = Sought::of(connection, &query.filter)?;
    if let Some(before) = query.before {
        sought.number("<", number(before));
    }
    let sql = format!("{} DESC LIMIT ?", sought.events());
    let one_more = Value::from(i64::from(query.most) + 1);
    let mut events = events(connection, &sql, sought.values().chain([&one_more]))?;
    let most = usize::try_from(query.most).unwrap_or(usize::MAX);
    let more = events.len() > most;
    events.truncate(most);
    let older = events.last().filter(|_| more).map(|event| event.number);
    Ok(AuditPage { events, older })
}

fn count(connection: &Connection, sought: &Sought) -> Result<AuditCount, StoreError> {
    let sql = format!("SELECT count(*) FROM ({} LIMIT {})", sought.numbers(), COUNTED + 1);
    let counted = params_from_iter(sought.values());
    let count = connection.prepare_cached(&sql)?.query_row(counted, |row| number_of(row, 0))?;
    Ok(if count > COUNTED { AuditCount::MoreThan(COUNTED) } else { AuditCount::Exactly(count) })
}

fn events<'v>(
    connection: &Connection,
    sql: &str,
    values: impl Iterator<Item = &'v Value>,
) -> Result<Vec<RecordedEvent>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(recorded(row)?);
    }
    Ok(events)
}

#[async_trait]
impl AuditTrail for Store {
    async fn append(&self, event: &AuditEvent) -> Result<(), RecordFailure> {
        let event = event.clone();
        self.write(move |transaction| append(transaction, &event)).await
    }

    async fn read(&self, query: &AuditQuery) -> Result<AuditPage, RecordFailure> {
        let query = query.clone();
        self.ready_for(&query.filter).await?;
        Self::read(self, move |connection| page(connection, &query)).await
    }

    async fn timeline(&self, encounter: EncounterId, most: u32) -> Result<Vec<RecordedEvent>, RecordFailure> {
        let filter = AuditFilter { encounter: Some(encounter), ..AuditFilter::default() };
        self.ready_for(&filter).await?;
        Self::read(self, move |connection| {
            let sought = Sought::of(connection, &filter)?;
            let most = Value::from(i64::from(most));
            events(connection, &format!("{} LIMIT ?", sought.events()), sought.values().chain([&most]))
        })
        .await
    }

    async fn how_many(&self, filter: &AuditFilter) -> Result<AuditCount, RecordFailure> {
        let filter = filter.clone();
        self.ready_for(&filter).await?;
        // What a rare filter leaves in can take a while to count: nobody else's reading waits for it.
        self.read_apart(move |connection| count(connection, &Sought::of(connection, &filter)?)).await
    }

    async fn newer(
        &self,
        filter: &AuditFilter,
        after: u64,
        but_readings_by: &Username,
    ) -> Result<AuditCount, RecordFailure> {
        let (filter, reader) = (filter.clone(), but_readings_by.to_string());
        self.ready_for(&filter).await?;
        Self::read(self, move |connection| {
            let mut sought = Sought::of(connection, &filter)?;
            sought.number(">", number(after));
            sought.and("NOT (kind = 'auditRead' AND username IS ?)", [reader.into()]);
            count(connection, &sought)
        })
        .await
    }

    async fn exchanges(&self, sought: ExchangesSought) -> Result<Vec<Exchange>, RecordFailure> {
        Self::read(self, move |connection| crate::exchanges::sought(connection, &sought)).await
    }

    async fn verify(&self, seals: Vec<Seal>, walk: &Arc<LongWalk>) -> Result<Option<ChainCheck>, RecordFailure> {
        let walk = Arc::clone(walk);
        self.read_apart(move |connection| verify(connection, seals, &walk)).await
    }

    fn seals_file(&self) -> PathBuf {
        crate::seals::file(self.folder())
    }

    async fn seals(&self) -> Result<Vec<Seal>, RecordFailure> {
        let folder = self.folder().to_owned();
        Self::read(self, move |_| crate::seals::read(&folder)).await
    }

    async fn seal(&self, day: NaiveDate) -> Result<Seal, RecordFailure> {
        let folder = self.folder().to_owned();
        Self::read(self, move |connection| {
            let seal = Seal { day, head: head(connection)? };
            crate::seals::add(&folder, seal)?;
            Ok(seal)
        })
        .await
    }

    async fn export(
        &self,
        filter: &AuditFilter,
        folder: &Path,
        walk: &Arc<LongWalk>,
    ) -> Result<Option<AuditExport>, ExportFailure> {
        let (filter, folder, walk) = (filter.clone(), folder.to_owned(), Arc::clone(walk));
        self.ready_for(&filter).await?;
        let made = self.inner.clock.now();
        let made = self.apart(move |connection| crate::export::export(connection, filter, &folder, made, &walk)).await;
        made.map_err(crate::export::failure)
    }
}
