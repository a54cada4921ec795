//! The shape of the record. Applied steps are never edited: their checksums are verified at each opening.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use sha2::{Digest, Sha256};

use crate::audit::chain_what_was_before;
use crate::error::StoreError;

/// The step after which hashes are to be computed, which SQL cannot.
const AUDIT_CHAIN: i64 = 10;

const STEPS: &[(i64, &str)] = &[
    (1, include_str!("../migrations/0001_people.sql")),
    (2, include_str!("../migrations/0002_encounters.sql")),
    (3, include_str!("../migrations/0003_ledger.sql")),
    (4, include_str!("../migrations/0004_audit.sql")),
    (5, include_str!("../migrations/0005_never_replaced.sql")),
    (6, include_str!("../migrations/0006_intents_of_an_encounter.sql")),
    (7, include_str!("../migrations/0007_intents_of_every_kind.sql")),
    (8, include_str!("../migrations/0008_changed_circumstances.sql")),
    (9, include_str!("../migrations/0009_referrals.sql")),
    (AUDIT_CHAIN, include_str!("../migrations/0010_audit_chain.sql")),
    (20, include_str!("../migrations/0020_report_facts.sql")),
    (30, include_str!("../migrations/0030_retention.sql")),
    (31, include_str!("../migrations/0031_references.sql")),
    (50, include_str!("../migrations/0050_called_off.sql")),
    (60, include_str!("../migrations/0060_referred_once.sql")),
    (70, include_str!("../migrations/0070_behind_the_appends.sql")),
    (80, include_str!("../migrations/0080_events_of_an_encounter.sql")),
    (90, include_str!("../migrations/0090_gone_through_as_it_was.sql")),
];

/// Brings the record to the shape of this version.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS migration (
            step     INTEGER PRIMARY KEY,
            checksum TEXT NOT NULL -- SHA-256 of the step's text, hex
        ) STRICT;",
    )?;
    let newest: Option<i64> = transaction.query_row("SELECT max(step) FROM migration", [], |row| row.get(0))?;
    let known = STEPS.last().map_or(0, |(step, _)| *step);
    if let Some(newest) = newest.filter(|newest| *newest > known) {
        return Err(StoreError::Newer(newest));
    }
    for (step, text) in STEPS {
        let checksum = checksum(text);
        let applied: Option<String> = transaction
            .query_row("SELECT checksum FROM migration WHERE step = ?1", [step], |row| row.get(0))
            .optional()?;
        match applied {
            Some(applied) if applied == checksum => {}
            Some(_) => return Err(StoreError::Changed(*step)),
            None => {
                transaction.execute_batch(text)?;
                if *step == AUDIT_CHAIN {
                    chain_what_was_before(&transaction)?;
                }
                transaction
                    .execute("INSERT INTO migration (step, checksum) VALUES (?1, ?2)", params![step, checksum])?;
            }
        }
    }
    Ok(transaction.commit()?)
}

fn checksum(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
