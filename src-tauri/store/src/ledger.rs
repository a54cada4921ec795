//! The ledger: intents before anything leaves, results after; bookings, and what their providers last said.

use async_trait::async_trait;
use desk_domain::audit::AuditEvent;
use desk_domain::booking::{BookingResult, ProviderWord};
use desk_domain::failure::RecordFailure;
use desk_domain::id::{BookingId, EncounterId, IntentId};
use desk_journeys::ports::{BookingIntent, BookingOrder, BookingRecord, Ledger};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::audit::append;
use crate::error::StoreError;
use crate::open::Store;
use crate::{FORMAT, instant};

const BOOKINGS: &str = "SELECT booking.id, booking.intent, intent.booking_order,
        (SELECT word FROM booking_word WHERE booking_word.booking = booking.id ORDER BY number DESC LIMIT 1)
     FROM booking JOIN intent ON intent.id = booking.intent";

/// Each intent with its last result.
const INTENTS: &str = "SELECT intent.id, intent.booking_order, intent.content, last.result, last.at, last.settled
     FROM intent LEFT JOIN intent_result AS last
       ON last.number = (SELECT max(number) FROM intent_result WHERE intent_result.intent = intent.id)";

#[async_trait]
impl Ledger for Store {
    async fn begin(&self, intent: &BookingIntent, event: &AuditEvent) -> Result<(), RecordFailure> {
        let (intent, event) = (intent.clone(), event.clone());
        self.write(move |transaction| {
            let order = &intent.order;
            transaction.execute(
                "INSERT INTO intent (id, request, encounter, service, starts, ordered, format, booking_order, content)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                params![
                    intent.id.to_string(),
                    order.request.to_string(),
                    order.encounter.to_string(),
                    order.service.id.as_str(),
                    instant(order.slot.start),
                    instant(order.ordered),
                    FORMAT,
                    serde_json::to_string(order)?,
                    intent.content,
                ],
            )?;
            append(transaction, &event)
        })
        .await
    }

    async fn finish(
        &self,
        intent: IntentId,
        result: &BookingResult,
        booking: Option<&BookingRecord>,
        event: &AuditEvent,
    ) -> Result<(), RecordFailure> {
        let (result, booking, event) = (result.clone(), booking.cloned(), event.clone());
        self.write(move |transaction| {
            let settled = is_settled(transaction, intent)?;
            if settled {
                return Err(StoreError::AlreadySettled);
            }
            transaction.execute(
                "INSERT INTO intent_result (intent, at, settled, format, result) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    intent.to_string(),
                    instant(event.at),
                    settles(&result),
                    FORMAT,
                    serde_json::to_string(&result)?
                ],
            )?;
            if let Some(booking) = &booking {
                insert_booking(transaction, booking)?;
            }
            append(transaction, &event)
        })
        .await
    }

    async fn intent(&self, id: IntentId) -> Result<BookingIntent, RecordFailure> {
        self.read(move |connection| {
            let sql = format!("{INTENTS} WHERE intent.id = ?1");
            connection.prepare_cached(&sql)?.query_row([id.to_string()], IntentRow::of)?.read()
        })
        .await
    }

    async fn unfinished(&self) -> Result<Vec<BookingIntent>, RecordFailure> {
        self.read(move |connection| {
            let sql = format!("{INTENTS} WHERE coalesce(last.settled, 0) = 0 ORDER BY intent.ordered");
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map([], IntentRow::of)?;
            rows.map(|row| row?.read()).collect()
        })
        .await
    }

    async fn intents_in(&self, encounter: EncounterId) -> Result<Vec<BookingIntent>, RecordFailure> {
        self.read(move |connection| {
            let sql = format!("{INTENTS} WHERE intent.encounter = ?1 ORDER BY intent.ordered DESC");
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map([encounter.to_string()], IntentRow::of)?;
            rows.map(|row| row?.read()).collect()
        })
        .await
    }

    async fn booking(&self, id: BookingId) -> Result<BookingRecord, RecordFailure> {
        self.one_booking("WHERE booking.id = ?1", id.to_string()).await
    }

    async fn booking_of(&self, intent: IntentId) -> Result<BookingRecord, RecordFailure> {
        self.one_booking("WHERE booking.intent = ?1", intent.to_string()).await
    }

    async fn bookings_in(&self, encounter: EncounterId) -> Result<Vec<BookingRecord>, RecordFailure> {
        self.read(move |connection| {
            let sql = format!("{BOOKINGS} WHERE booking.encounter = ?1 ORDER BY booking.booked DESC");
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map([encounter.to_string()], BookingRow::of)?;
            rows.map(|row| row?.read()).collect()
        })
        .await
    }

    async fn recent_bookings(&self, most: u32) -> Result<Vec<BookingRecord>, RecordFailure> {
        self.read(move |connection| {
            let sql = format!("{BOOKINGS} ORDER BY booking.booked DESC LIMIT ?1");
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map([most], BookingRow::of)?;
            rows.map(|row| row?.read()).collect()
        })
        .await
    }

    async fn note_word(&self, booking: BookingId, word: &ProviderWord) -> Result<(), RecordFailure> {
        let word = word.clone();
        self.write(move |transaction| insert_word(transaction, booking, &word)).await
    }
}

impl Store {
    async fn one_booking(&self, condition: &'static str, id: String) -> Result<BookingRecord, RecordFailure> {
        self.read(move |connection| {
            let sql = format!("{BOOKINGS} {condition}");
            connection.prepare_cached(&sql)?.query_row([id], BookingRow::of)?.read()
        })
        .await
    }
}

/// Whether nothing is left to find out after this result.
const fn settles(result: &BookingResult) -> bool {
    match result {
        BookingResult::Confirmed(_) | BookingResult::NotBooked(_) | BookingResult::SettledByHand(_) => true,
        BookingResult::Unknown(_) => false,
    }
}

fn is_settled(connection: &Connection, intent: IntentId) -> Result<bool, StoreError> {
    let settled: Option<bool> = connection
        .query_row(
            "SELECT EXISTS (SELECT 1 FROM intent_result WHERE intent_result.intent = intent.id AND settled = 1)
             FROM intent WHERE id = ?1",
            [intent.to_string()],
            |row| row.get(0),
        )
        .optional()?;
    settled.ok_or(StoreError::NotFound)
}

fn insert_booking(transaction: &Transaction<'_>, booking: &BookingRecord) -> Result<(), StoreError> {
    transaction.execute(
        "INSERT INTO booking (id, intent, encounter, booked) VALUES (?1, ?2, ?3, ?4)",
        params![
            booking.id.to_string(),
            booking.intent.to_string(),
            booking.order.encounter.to_string(),
            instant(booking.word.as_of)
        ],
    )?;
    insert_word(transaction, booking.id, &booking.word)
}

fn insert_word(transaction: &Transaction<'_>, booking: BookingId, word: &ProviderWord) -> Result<(), StoreError> {
    transaction.execute(
        "INSERT INTO booking_word (booking, as_of, format, word) VALUES (?1, ?2, ?3, ?4)",
        params![booking.to_string(), instant(word.as_of), FORMAT, serde_json::to_string(word)?],
    )?;
    Ok(())
}

struct IntentRow {
    id: String,
    order: String,
    content: String,
    result: Option<String>,
    at: Option<String>,
}

impl IntentRow {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { id: row.get(0)?, order: row.get(1)?, content: row.get(2)?, result: row.get(3)?, at: row.get(4)? })
    }

    fn read(self) -> Result<BookingIntent, StoreError> {
        let order: BookingOrder = serde_json::from_str(&self.order)?;
        Ok(BookingIntent {
            id: self.id.parse().map_err(|_| StoreError::Unreadable)?,
            order,
            content: self.content,
            result: self.result.map(|text| serde_json::from_str(&text)).transpose()?,
            result_at: self.at.map(|text| text.parse()).transpose().map_err(|_| StoreError::Unreadable)?,
        })
    }
}

struct BookingRow {
    id: String,
    intent: String,
    order: String,
    word: String,
}

impl BookingRow {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { id: row.get(0)?, intent: row.get(1)?, order: row.get(2)?, word: row.get(3)? })
    }

    fn read(self) -> Result<BookingRecord, StoreError> {
        Ok(BookingRecord {
            id: self.id.parse().map_err(|_| StoreError::Unreadable)?,
            intent: self.intent.parse().map_err(|_| StoreError::Unreadable)?,
            order: serde_json::from_str(&self.order)?,
            word: serde_json::from_str(&self.word)?,
        })
    }
}
