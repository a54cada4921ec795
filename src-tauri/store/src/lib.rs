//! The desk's record in SQLite: the adapter behind the ports `Ledger`, `EncounterRecord`, `UserRecord`, `AuditTrail`,
//! `ExchangeLog`, `ReportRecord`, `RetentionRecord`, `ReferenceRecord` and `RecordKeeper`.
//!
//! | Module | What is kept |
//! |---|---|
//! | `open` | Opening the file, its protection and durability |
//! | `key` | The key that it is under |
//! | `lock` | Who has it open |
//! | `convert` | A plain record of earlier versions becomes an encrypted one |
//! | `swap` | Another file takes its place, whole or not at all |
//! | `rekey` | It comes under another key |
//! | `backup` | Copies of it, made while it is in use |
//! | `restore` | A copy takes its place |
//! | `migrate` | The shape of the record, with checksums |
//! | `ledger` | Intents, their results, bookings |
//! | `encounters` | Encounters and outcomes |
//! | `users` | Users and Argon2id hashes |
//! | `audit` | The audit record: appending, reading, removing personal parts |
//! | `behind` | What is derived from its events behind the appends |
//! | `chain` | Verifying its chain |
//! | `sought` | What a filter of them leaves in |
//! | `seals` | The file of seals |
//! | `export` | Writing it to files |
//! | `exchanges` | Exchanges with other systems |
//! | `reports` | What the reports are drawn from |
//! | `retention` | Taking out what is personal when its time to be kept is over |
//! | `references` | Everything on a reference that a user quotes |
//! | `worker` | A thread with its own connection, and its end |
//! | `writer` | The thread that writes, several writes in one transaction |
//!
//! An acknowledged write has reached the disk (`synchronous = FULL`). No rule stands here: what may be written is decided
//! before.

mod audit;
mod backup;
mod behind;
mod chain;
mod convert;
mod encounters;
mod error;
mod exchanges;
mod export;
mod key;
mod ledger;
mod lock;
mod migrate;
mod open;
mod references;
mod rekey;
mod reports;
mod restore;
mod retention;
mod seals;
mod sought;
mod swap;
mod users;
mod worker;
mod writer;

pub use backup::read_manifest;
pub use error::StoreError;
pub use key::RecordKey;
pub use open::{Found, Store};
pub use rekey::change_key;
pub use restore::{IntentLine, Restoring};

/// The format of the JSON columns that this version writes.
const FORMAT: i64 = 1;

/// An instant as it stands in the record: UTC, RFC 3339, milliseconds, so that text order is time order.
fn instant(at: chrono::DateTime<chrono::Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
