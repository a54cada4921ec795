//! Exchanges with other systems, written behind the journeys' backs: recording one never holds up a user. An orderly end
//! writes all that were taken in.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use desk_domain::id::short_reference;
use desk_journeys::ports::{Exchange, ExchangeLog, ExchangesSought};
use rusqlite::{Connection, Params, params};

use crate::error::StoreError;
use crate::open::Store;
use crate::worker::Worker;
use crate::{FORMAT, instant};

/// How many exchanges wait to be written at the most.
const WAITING: usize = 4096;
/// How many are written in one transaction at the most.
const AT_ONCE: usize = 256;

/// The thread that writes exchanges.
pub(crate) type ExchangeWriter = Worker<SyncSender<Exchange>>;

pub(crate) fn start(connection: Connection) -> Result<ExchangeWriter, StoreError> {
    let (sender, receiver) = sync_channel(WAITING);
    Worker::start("exchanges", sender, move || write_all(connection, &receiver))
}

impl ExchangeLog for Store {
    fn record(&self, exchange: Exchange) {
        log(&exchange);
        self.inner.exchanges.with(|sender| {
            let Some(sender) = sender else { return };
            match sender.try_send(exchange) {
                Ok(()) => {}
                Err(TrySendError::Full(_)) => {
                    tracing::warn!("too many exchanges wait to be written; one is not recorded");
                }
                Err(TrySendError::Disconnected(_)) => tracing::warn!("exchanges are no longer written"),
            }
        });
    }
}

/// A line of the log, with the reference that a screen shows.
fn log(exchange: &Exchange) {
    let shown = exchange.request.map(|request| request.reference());
    let reference = shown.or_else(|| exchange.search.map(|search| short_reference(search.0)));
    tracing::info!(
        reference,
        encounter = exchange.encounter.map(tracing::field::display),
        system = exchange.system,
        operation = exchange.operation,
        service = exchange.service.as_ref().map(tracing::field::display),
        request = exchange.request.map(tracing::field::display),
        search = exchange.search.map(tracing::field::display),
        trace = exchange.trace.map(tracing::field::display),
        correlation = exchange.correlation,
        their_request = exchange.their_request,
        status = exchange.status,
        failure = exchange.failure,
        took_ms = u64::try_from(exchange.took.as_millis()).unwrap_or(u64::MAX),
        "an exchange"
    );
}

/// How many exchanges are given at the most; an encounter has some hundreds.
const MOST: i64 = 5_000;

/// The exchanges of an encounter or of some requests, in the order in which they were recorded.
pub(crate) fn sought(connection: &Connection, sought: &ExchangesSought) -> Result<Vec<Exchange>, StoreError> {
    match sought {
        ExchangesSought::Encounter(encounter) => {
            let sql = "SELECT exchange FROM exchange WHERE encounter = ?1 ORDER BY number LIMIT ?2";
            read(connection, sql, params![encounter.to_string(), MOST])
        }
        ExchangesSought::Requests(requests) => {
            let sql = "SELECT exchange FROM exchange WHERE request = ?1 ORDER BY number LIMIT ?2";
            // Several events are about one request.
            let requests: std::collections::BTreeSet<String> = requests.iter().map(ToString::to_string).collect();
            let mut found = Vec::new();
            for request in requests {
                found.extend(read(connection, sql, params![request, MOST])?);
            }
            Ok(found)
        }
    }
}

/// The exchanges of a statement's first column. One that somebody changed into something else keeps nobody from the others,
/// nor from the events that they stand beside.
pub(crate) fn read(connection: &Connection, sql: &str, wanted: impl Params) -> Result<Vec<Exchange>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(wanted)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        match row.get_ref(0)?.as_str().ok().and_then(|text| serde_json::from_str(text).ok()) {
            Some(exchange) => found.push(exchange),
            None => tracing::warn!("an exchange of the record cannot be read, and is left out"),
        }
    }
    Ok(found)
}

fn write_all(mut connection: Connection, receiver: &Receiver<Exchange>) {
    while let Ok(first) = receiver.recv() {
        let batch: Vec<Exchange> = std::iter::once(first).chain(receiver.try_iter().take(AT_ONCE)).collect();
        if let Err(error) = write_batch(&mut connection, &batch) {
            tracing::warn!(%error, count = batch.len(), "exchanges could not be recorded");
        }
    }
}

fn write_batch(connection: &mut Connection, batch: &[Exchange]) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for exchange in batch {
        transaction
            .prepare_cached(
                "INSERT INTO exchange (at, system, operation, encounter, request, trace, format, exchange)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                instant(exchange.at),
                exchange.system,
                exchange.operation,
                exchange.encounter.map(|id| id.to_string()),
                exchange.request.map(|id| id.to_string()),
                exchange.trace.map(|id| id.to_string()),
                FORMAT,
                serde_json::to_string(exchange)?,
            ])?;
    }
    Ok(transaction.commit()?)
}
