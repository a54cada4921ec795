//! Walking along the chain of the audit record, in one pass and with one event in memory.

use std::collections::HashMap;

use desk_domain::audit::{AuditAction, AuditEvent};
use desk_domain::chain::{Around, Broken, Fault, Hash, Link, Seal, Stored, Walk, commitment, diagnosed};
use desk_domain::id::EncounterId;
use desk_journeys::ports::{ChainCheck, LongWalk};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::audit::number;
use crate::error::StoreError;

/// What [`stored`] and [`personal`] read of an event.
pub(crate) const COLUMNS: &str =
    "SELECT audit_event.number, previous, at, kind, username, encounter, patient, service, request, format,
        event, commitment, hash, reached, salt, personal FROM";
/// Events as they stand in the record, each with its personal part where it is there still.
pub(crate) const EVENTS: &str = "audit_event LEFT JOIN audit_personal ON audit_personal.number = audit_event.number";

/// A hash in a column. One of another length fits nothing.
pub(crate) fn hash_of(row: &Row<'_>, column: usize) -> rusqlite::Result<Hash> {
    let bytes = row.get_ref(column)?.as_blob().ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    Ok(Hash::from(bytes.unwrap_or_default()))
}

/// A text in a column; what is none, or no text, is none, and does not fit the hash where there was one.
fn text<'r>(row: &'r Row<'_>, column: usize) -> rusqlite::Result<Option<&'r str>> {
    Ok(row.get_ref(column)?.as_str().ok())
}

/// A number in a column. One below zero is none that the record gave.
pub(crate) fn number_of(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or_default())
}

/// Reads an event of [`EVENTS`] without its personal part.
pub(crate) fn stored<'r>(row: &'r Row<'_>) -> rusqlite::Result<Stored<'r>> {
    let link = Link {
        number: number_of(row, 0)?,
        previous: hash_of(row, 1)?,
        at: text(row, 2)?.unwrap_or_default(),
        kind: text(row, 3)?.unwrap_or_default(),
        username: text(row, 4)?,
        encounter: text(row, 5)?,
        patient: text(row, 6)?,
        service: text(row, 7)?,
        request: text(row, 8)?,
        format: row.get(9)?,
        plain: text(row, 10)?.unwrap_or_default(),
        commitment: match row.get_ref(11)?.as_blob() {
            Ok(_) => Some(hash_of(row, 11)?),
            Err(_) => None,
        },
    };
    Ok(Stored { link, hash: hash_of(row, 12)? })
}

/// Reads the personal part of an event of [`EVENTS`], with its salt.
pub(crate) fn personal<'r>(row: &'r Row<'_>) -> rusqlite::Result<Option<(&'r [u8], &'r str)>> {
    Ok(row.get_ref(14)?.as_blob().ok().zip(text(row, 15)?))
}

/// Which personal parts were removed, as events say: up to which number, of all, of those of no encounter, of each encounter.
#[derive(Default)]
struct Removals {
    of_all: u64,
    of_no_encounter: u64,
    of: HashMap<EncounterId, u64>,
}

impl Removals {
    fn recorded(connection: &Connection) -> Result<Self, StoreError> {
        let mut statement = connection.prepare(
            "SELECT event FROM audit_event INDEXED BY audit_event_removes WHERE kind = 'personalPartsRemoved'",
        )?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        let mut removals = Self::default();
        for text in rows {
            // One that cannot be read says nothing, and the walk comes to it.
            let event = serde_json::from_str::<AuditEvent>(&text?);
            if let Ok(AuditEvent {
                what: AuditAction::PersonalPartsRemoved { through, only, of_no_encounter, .. },
                ..
            }) = event
            {
                let upto = match only {
                    Some(encounter) => removals.of.entry(encounter).or_default(),
                    None if of_no_encounter => &mut removals.of_no_encounter,
                    None => &mut removals.of_all,
                };
                *upto = through.max(*upto);
            }
        }
        Ok(removals)
    }

    fn cover(&self, link: &Link<'_>) -> bool {
        let of_this = match link.encounter {
            Some(text) => text.parse().ok().and_then(|encounter| self.of.get(&encounter).copied()).unwrap_or_default(),
            None => self.of_no_encounter,
        };
        link.number <= self.of_all.max(of_this)
    }
}

/// Verifies the whole chain: every event, its personal part, the seals, the end. None where it was stopped.
pub(crate) fn verify(
    connection: &Connection,
    seals: Vec<Seal>,
    long: &LongWalk,
) -> Result<Option<ChainCheck>, StoreError> {
    long.begin(crate::audit::head(connection)?.number);
    let removals = Removals::recorded(connection)?;
    let mut walk = Walk::new(seals);
    let mut personal_removed = 0;
    let mut latest = String::new();
    let mut statement = connection.prepare(&format!("{COLUMNS} {EVENTS} ORDER BY audit_event.number"))?;
    let mut rows = statement.query([])?;
    let mut fault = None;
    while let Some(row) = rows.next()? {
        let this = stored(row)?;
        match walk.step(&this) {
            Ok(true) => {}
            Ok(false) => fault = Some(around(connection, &walk, this)?),
            Err(not_as_sealed) => fault = Some(not_as_sealed),
        }
        if latest.as_str() < this.link.at {
            latest.clear();
            latest.push_str(this.link.at);
        }
        let here = |how| Fault { number: this.link.number, how };
        if fault.is_none() && text(row, 13)? != Some(&latest) {
            fault = Some(here(Broken::Changed));
        }
        let fits = match (this.link.commitment, personal(row)?) {
            (Some(committed), Some((salt, personal))) => {
                (commitment(salt, personal) != committed).then_some(Broken::PersonalPartChanged)
            }
            (Some(_), None) if removals.cover(&this.link) => {
                personal_removed += 1;
                None
            }
            (Some(_), None) => Some(Broken::PersonalPartGone),
            (None, Some(_)) => Some(Broken::PersonalPartChanged),
            (None, None) => None,
        };
        fault = fault.or(fits.map(here));
        if fault.is_some() {
            break;
        }
        if !long.step() {
            return Ok(None);
        }
    }
    if fault.is_none() {
        fault = walk.end(greatest_known(connection)?).err();
    }
    Ok(Some(ChainCheck { head: walk.last(), seals: walk.seals_met(), personal_removed, fault }))
}

/// Looks around an event that does not follow.
fn around(connection: &Connection, walk: &Walk, this: Stored<'_>) -> Result<Fault, StoreError> {
    let next = format!("{COLUMNS} {EVENTS} WHERE audit_event.number > ?1 ORDER BY audit_event.number LIMIT 1");
    let mut statement = connection.prepare(&next)?;
    let mut after = statement.query([number(this.link.number)])?;
    let next = after.next()?.map(stored).transpose()?;
    let last = walk.last();
    let successor_later = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM audit_event WHERE number > ?1 AND previous = ?2)",
        params![number(this.link.number), last.hash.bytes()],
        |row| row.get(0),
    )?;
    let newest = connection.query_row("SELECT max(number) FROM audit_event", [], |row| number_of(row, 0))?;
    Ok(diagnosed(&Around { last, this, next, successor_later, newest }))
}

/// The greatest number that the database itself ever gave out.
fn greatest_known(connection: &Connection) -> Result<u64, StoreError> {
    let known = connection
        .query_row("SELECT seq FROM sqlite_sequence WHERE name = 'audit_event'", [], |row| number_of(row, 0))
        .optional()?;
    Ok(known.unwrap_or_default())
}
