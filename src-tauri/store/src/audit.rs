//! The audit record: appended to, never changed.

use async_trait::async_trait;
use desk_domain::audit::AuditEvent;
use desk_domain::failure::RecordFailure;
use desk_journeys::ports::{AuditQuery, AuditTrail};
use rusqlite::{Transaction, params};

use crate::error::StoreError;
use crate::open::Store;
use crate::{FORMAT, instant};

/// Appends within a transaction, so that an act and its event are on disk together or not at all.
pub(crate) fn append(transaction: &Transaction<'_>, event: &AuditEvent) -> Result<(), StoreError> {
    let body = serde_json::to_value(event)?;
    let kind = body.pointer("/what/kind").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    transaction
        .prepare_cached(
            "INSERT INTO audit_event (at, kind, username, encounter, format, event) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            instant(event.at),
            kind,
            event.who.as_ref().map(|who| who.username.to_string()),
            event.encounter.map(|id| id.to_string()),
            FORMAT,
            body.to_string(),
        ])?;
    Ok(())
}

#[async_trait]
impl AuditTrail for Store {
    async fn append(&self, event: &AuditEvent) -> Result<(), RecordFailure> {
        let event = event.clone();
        self.write(move |transaction| append(transaction, &event)).await
    }

    async fn read(&self, query: &AuditQuery) -> Result<Vec<(u64, AuditEvent)>, RecordFailure> {
        let query = query.clone();
        Self::read(self, move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT number, event FROM audit_event
                 WHERE (?1 IS NULL OR encounter = ?1) AND (?2 IS NULL OR at >= ?2) AND (?3 IS NULL OR at <= ?3)
                 ORDER BY number DESC LIMIT ?4",
            )?;
            let wanted = params![
                query.encounter.map(|id| id.to_string()),
                query.from.map(instant),
                query.until.map(instant),
                query.most,
            ];
            let rows = statement.query_map(wanted, |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
            rows.map(|row| {
                let (number, event) = row?;
                Ok((u64::try_from(number).unwrap_or_default(), serde_json::from_str(&event)?))
            })
            .collect()
        })
        .await
    }
}
