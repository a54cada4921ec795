//! Everything under a reference: first what carries it, then what belongs to the same requests and searches.

use std::collections::BTreeSet;
use std::str::FromStr;

use async_trait::async_trait;
use desk_domain::failure::RecordFailure;
use desk_domain::id::Username;
use desk_domain::reference::Reference;
use desk_journeys::ports::Exchange;
use desk_journeys::references::{OrderUnder, PlainEvent, ReferenceRecord, UnderReference};
use rusqlite::{Connection, Params, Row, params};

use crate::chain::number_of;
use crate::error::StoreError;
use crate::open::Store;

/// At most so many of each are shown: one request has some dozens.
const MOST: u32 = 1000;

#[async_trait]
impl ReferenceRecord for Store {
    async fn under(&self, reference: &Reference) -> Result<UnderReference, RecordFailure> {
        self.up_to_date().await?;
        let reference = reference.clone();
        self.read_apart(move |connection| under(connection, &reference)).await
    }
}

fn under(connection: &Connection, reference: &Reference) -> Result<UnderReference, StoreError> {
    let ids = ids(connection, reference)?;
    let mut found = UnderReference::default();
    for id in &ids {
        found.exchanges.extend(exchanges(connection, id)?);
        found.events.extend(events(connection, id)?);
        found.orders.extend(orders(connection, id)?);
    }
    if let Reference::Other(theirs) = reference {
        found.exchanges.extend(exchanges_called(connection, theirs)?);
    }
    found.exchanges.sort_by_key(|exchange| exchange.at);
    found.exchanges.dedup();
    found.events.sort_by_key(|event| event.number);
    found.events.dedup_by_key(|event| event.number);
    found.orders.sort_by_key(|order| order.ordered);
    found.orders.dedup_by_key(|order| order.id);
    found.ids = ids.iter().filter_map(|id| id.parse().ok()).collect();
    Ok(found)
}

/// The ids that a reference leads to: those that begin with it, and the requests and searches of their exchanges and orders.
fn ids(connection: &Connection, reference: &Reference) -> Result<BTreeSet<String>, StoreError> {
    let mut ids = BTreeSet::new();
    if let Some(begins) = reference.id_begins() {
        let until = format!("{begins}~");
        for sql in [
            "SELECT DISTINCT request FROM exchange WHERE request >= ?1 AND request < ?2 LIMIT ?3",
            "SELECT DISTINCT trace FROM exchange WHERE trace >= ?1 AND trace < ?2 LIMIT ?3",
            "SELECT DISTINCT exchange ->> '$.search' FROM exchange
             WHERE exchange ->> '$.search' >= ?1 AND exchange ->> '$.search' < ?2 LIMIT ?3",
            "SELECT id FROM intent WHERE id >= ?1 AND id < ?2 LIMIT ?3",
            "SELECT request FROM intent WHERE request >= ?1 AND request < ?2 LIMIT ?3",
            "SELECT DISTINCT id FROM audit_reference WHERE id >= ?1 AND id < ?2 LIMIT ?3",
        ] {
            ids.extend(texts(connection, sql, params![begins, until, MOST])?);
        }
    }
    let theirs = match reference {
        Reference::Short(_) => None,
        Reference::Id(id) => Some(id.to_string()),
        Reference::Other(text) => Some(text.clone()),
    };
    // A correlation id may be written in either letter case.
    for theirs in theirs.iter().flat_map(|text| [text.clone(), text.to_uppercase()]) {
        for exchange in exchanges_called(connection, &theirs)? {
            ids.extend(exchange.request.map(|id| id.to_string()));
            ids.extend(exchange.search.map(|id| id.to_string()));
        }
    }
    for id in ids.clone() {
        ids.extend(texts(connection, "SELECT request FROM exchange WHERE trace = ?1 AND request IS NOT NULL", [&id])?);
        ids.extend(texts(connection, "SELECT request FROM intent WHERE id = ?1", [&id])?);
    }
    Ok(ids)
}

fn texts(connection: &Connection, sql: &str, wanted: impl Params) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(wanted, |row| row.get(0))?;
    rows.map(|text| Ok(text?)).collect()
}

fn exchanges(connection: &Connection, id: &str) -> Result<Vec<Exchange>, StoreError> {
    let mut found = Vec::new();
    for sql in [
        "SELECT exchange FROM exchange WHERE request = ?1 ORDER BY number LIMIT ?2",
        "SELECT exchange FROM exchange WHERE trace = ?1 ORDER BY number LIMIT ?2",
        "SELECT exchange FROM exchange WHERE exchange ->> '$.search' = ?1 ORDER BY number LIMIT ?2",
    ] {
        found.extend(crate::exchanges::read(connection, sql, params![id, MOST])?);
    }
    Ok(found)
}

/// Exchanges that the other side calls so.
fn exchanges_called(connection: &Connection, theirs: &str) -> Result<Vec<Exchange>, StoreError> {
    let mut found = Vec::new();
    for sql in [
        "SELECT exchange FROM exchange WHERE exchange ->> '$.correlation' = ?1 ORDER BY number LIMIT ?2",
        "SELECT exchange FROM exchange WHERE exchange ->> '$.theirRequest' = ?1 ORDER BY number LIMIT ?2",
    ] {
        found.extend(crate::exchanges::read(connection, sql, params![theirs, MOST])?);
    }
    Ok(found)
}

fn events(connection: &Connection, id: &str) -> Result<Vec<PlainEvent>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT audit_event.number, at, kind, username, encounter, event
         FROM audit_reference JOIN audit_event USING (number) WHERE id = ?1 ORDER BY number LIMIT ?2",
    )?;
    let mut rows = statement.query(params![id, MOST])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let username: Option<String> = row.get(3)?;
        let encounter: Option<String> = row.get(4)?;
        found.push(PlainEvent {
            number: number_of(row, 0)?,
            at: row.get::<_, String>(1)?.parse().ok(),
            kind: row.get(2)?,
            username: username.and_then(|name| Username::new(&name).ok()),
            encounter: encounter.and_then(|id| id.parse().ok()),
            event: serde_json::from_str(&row.get::<_, String>(5)?).unwrap_or_default(),
        });
    }
    Ok(found)
}

fn orders(connection: &Connection, id: &str) -> Result<Vec<OrderUnder>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT intent.id, kind, request, intent.encounter, ordered, encounter.removed IS NOT NULL
         FROM intent JOIN encounter ON encounter.id = intent.encounter WHERE intent.id = ?1 OR request = ?1",
    )?;
    let mut rows = statement.query([id])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        let mut results =
            connection.prepare_cached("SELECT at, settled FROM intent_result WHERE intent = ?1 ORDER BY number")?;
        let results = results.query_map([&id], |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?)))?;
        let result = |row: rusqlite::Result<(String, bool)>| -> Result<_, StoreError> {
            let (at, settled) = row?;
            Ok((at.parse().map_err(|_| StoreError::Unreadable)?, settled))
        };
        found.push(OrderUnder {
            id: read(row, 0)?,
            kind: row.get(1)?,
            request: read(row, 2)?,
            encounter: read(row, 3)?,
            ordered: read(row, 4)?,
            results: results.map(result).collect::<Result<_, _>>()?,
            removed: row.get(5)?,
        });
    }
    Ok(found)
}

/// What stands in a column as text.
fn read<T: FromStr>(row: &Row<'_>, column: usize) -> Result<T, StoreError> {
    row.get::<_, String>(column)?.parse().map_err(|_| StoreError::Unreadable)
}
