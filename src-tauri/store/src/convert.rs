//! A plain record of an earlier version becomes an encrypted one: written into a new file beside it, verified, put in its
//! place, and the plain file overwritten. Broken off anywhere, the plain record is there still, or the encrypted one is.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, params};

use crate::audit::head;
use crate::error::StoreError;
use crate::key::{RecordKey, keyed};
use crate::open::{FILE, only_for_owner};
use crate::swap::{self, Former};

/// Encrypts the record. It is held alone.
pub(crate) fn encrypt(folder: &Path, key: &RecordKey) -> Result<(), StoreError> {
    encrypted(folder, key).inspect_err(|_| swap::give_up(folder))
}

fn encrypted(folder: &Path, key: &RecordKey) -> Result<(), StoreError> {
    let new = swap::prepare(folder)?;
    let plain = Connection::open(folder.join(FILE))?;
    alone(&plain)?;
    whole(&plain)?;
    plain.execute("ATTACH ?1 AS new KEY ?2", params![new.to_string_lossy(), key.spelled().as_str()])?;
    // Until it is whole it is nothing: it is flushed once, at the end.
    plain.execute_batch("PRAGMA new.journal_mode = OFF; PRAGMA new.synchronous = OFF; PRAGMA temp_store = MEMORY;")?;
    plain
        .query_row("SELECT sqlcipher_export('new')", [], |_| Ok(()))
        .map_err(|error| no_room(folder, &new).unwrap_or_else(|| error.into()))?;
    plain.execute_batch("DETACH new")?;
    only_for_owner(&new, 0o600)?;
    same(&plain, &verified(&new, key)?)?;
    drop(plain);
    swap::put_in_place(folder, &Former::Wiped)
}

/// Writing a record anew does not say why it failed: whether the disk has no room for as much again is tried.
fn no_room(folder: &Path, new: &Path) -> Option<StoreError> {
    let length = std::fs::metadata(folder.join(FILE)).ok()?.len();
    let tried = new.with_extension("room");
    let written = std::fs::File::create(&tried)
        .and_then(|mut file| std::io::copy(&mut std::io::Read::take(std::io::repeat(0), length), &mut file));
    drop(std::fs::remove_file(&tried));
    written.err().map(StoreError::from).filter(|error| *error == StoreError::Full)
}

/// Makes sure that no other program has the database open, also one of a version that holds no lock, and that all of it is in
/// one file.
pub(crate) fn alone(connection: &Connection) -> Result<(), StoreError> {
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    let mode = connection.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get::<_, String>(0));
    match mode.map_err(StoreError::from) {
        Ok(mode) if mode == "delete" => Ok(()),
        Ok(_) | Err(StoreError::Locked) => Err(StoreError::InUse),
        Err(error) => Err(error),
    }
}

/// Opens a new file, having read all of it.
pub(crate) fn verified(file: &Path, key: &RecordKey) -> Result<Connection, StoreError> {
    let connection = keyed(file, key, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    let mut pages = connection.prepare("PRAGMA cipher_integrity_check")?;
    if pages.query([])?.next()?.is_some() {
        return Err(StoreError::Damaged);
    }
    drop(pages);
    whole(&connection)?;
    Ok(connection)
}

/// A database whose own check finds nothing.
pub(crate) fn whole(connection: &Connection) -> Result<(), StoreError> {
    let found = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0))?;
    if found == "ok" { Ok(()) } else { Err(StoreError::Damaged) }
}

/// Two records with the same tables, as many rows in each, and the same end of the chain.
pub(crate) fn same(one: &Connection, other: &Connection) -> Result<(), StoreError> {
    let same = counts(one)? == counts(other)? && ends(one)? == ends(other)?;
    if same { Ok(()) } else { Err(StoreError::Damaged) }
}

/// The head of the chain; none where the record is of a version before there was one.
fn ends(connection: &Connection) -> Result<Option<desk_domain::chain::Head>, StoreError> {
    let chained = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM pragma_table_info('audit_event') WHERE name = 'hash')",
        [],
        |row| row.get(0),
    )?;
    if chained { Ok(Some(head(connection)?)) } else { Ok(None) }
}

/// How many rows each table has, by name.
pub(crate) fn counts(connection: &Connection) -> Result<Vec<(String, i64)>, StoreError> {
    let mut tables = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'sqlite_stat1' ORDER BY name")?;
    let names = tables.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let count = |name: String| {
        let sql = format!("SELECT count(*) FROM \"{}\"", name.replace('"', "\"\""));
        let rows = connection.query_row(&sql, [], |row| row.get(0))?;
        Ok((name, rows))
    };
    names.into_iter().map(count).collect()
}
