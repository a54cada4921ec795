//! The record comes under another key: a copy under the new key is written beside it, verified, given the event that says so,
//! and put in its place. Both keys are kept before this begins, so that wherever it is broken off the record opens.

use std::path::Path;
use std::time::Duration;

use desk_domain::audit::AuditEvent;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::audit::append;
use crate::convert::{alone, same, verified, whole};
use crate::error::StoreError;
use crate::key::{RecordKey, keyed};
use crate::lock;
use crate::open::{FILE, only_for_owner};
use crate::swap::{self, Former};

/// How long the rest of this program has to let the record go.
const WAIT_FOR_OURSELVES: Duration = Duration::from_secs(5);
/// How long another program's write is waited for while a copy is made, and how often is looked.
const WAIT_FOR_WRITERS: (Duration, u32) = (Duration::from_millis(50), 200);

/// Brings the record from one key under another, with the event that says so. No program may have it open.
///
/// # Errors
/// [`StoreError::InUse`] and others; then it is as it was. [`StoreError::Begun`]: whoever opens it next finishes the change.
pub fn change_key(folder: &Path, from: &RecordKey, to: &RecordKey, event: &AuditEvent) -> Result<(), StoreError> {
    let _held = lock::alone_within(folder, WAIT_FOR_OURSELVES)?;
    swap::finish(folder)?;
    let record = keyed(&folder.join(FILE), from, OpenFlags::default())?;
    alone(&record)?;
    whole(&record)?;
    written_anew(folder, (record, to), event).inspect_err(|_| swap::give_up(folder))
}

fn written_anew(folder: &Path, (record, to): (Connection, &RecordKey), event: &AuditEvent) -> Result<(), StoreError> {
    let new = swap::prepare(folder)?;
    let mut copy = copied(&record, &new, to)?;
    same(&record, &copy)?;
    let transaction = copy.transaction_with_behavior(TransactionBehavior::Immediate)?;
    append(&transaction, event)?;
    transaction.commit()?;
    drop(copy);
    drop(verified(&new, to)?);
    drop(record);
    swap::put_in_place(folder, &Former::Wiped)
}

/// Copies the record, as it is at one moment, page by page into a new file under a key; others may read and write it
/// meanwhile. The file is not flushed yet.
pub(crate) fn copied(record: &Connection, file: &Path, key: &RecordKey) -> Result<Connection, StoreError> {
    let mut copy = keyed(file, key, OpenFlags::default())?;
    only_for_owner(file, 0o600)?;
    // Until it is whole it is nothing.
    copy.pragma_update(None, "synchronous", "OFF")?;
    let backup = Backup::new(record, &mut copy)?;
    let (pause, most) = WAIT_FOR_WRITERS;
    let mut tries = 0;
    // All pages in one step, so that they are of one moment.
    while backup.step(-1)? != StepResult::Done {
        tries += 1;
        if tries > most {
            return Err(StoreError::Locked);
        }
        std::thread::sleep(pause);
    }
    drop(backup);
    // The copy is one file, which can be read from where nothing can be written.
    copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    Ok(copy)
}
