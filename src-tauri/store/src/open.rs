//! Opening the record: one file that its owner alone may read, durable at each commit, shared by the window and
//! `deskctl`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use desk_domain::failure::RecordFailure;
use desk_journeys::ports::Clock;
use rusqlite::{Connection, ErrorCode, Transaction};
use tokio::sync::oneshot;

use crate::error::StoreError;
use crate::exchanges::{self, ExchangeWriter};
use crate::migrate::migrate;
use crate::writer::{self, Job, Writer};

/// How long a write waits for another program that writes.
pub(crate) const WAIT_FOR_OTHERS: Duration = Duration::from_secs(5);
/// How long to leave another program that is making the same record, before the next try.
pub(crate) const NEXT_TRY: Duration = Duration::from_millis(10);

/// The record's file.
const FILE: &str = "desk.sqlite3";

/// The desk's record. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    folder: PathBuf,
    /// Reads, and never waits for a write.
    reading: Mutex<Connection>,
    writer: Writer,
    pub(crate) exchanges: ExchangeWriter,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Store {
    /// Opens the record in a folder, making both where they are not there.
    ///
    /// # Errors
    /// [`StoreError`] in words.
    pub fn open(folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        prepare(folder)?;
        let file = folder.join(FILE);
        let mut connection = connect(&file)?;
        only_for_owner(&file, 0o600)?;
        migrate(&mut connection)?;
        let exchanges = exchanges::start(connect(&file)?)?;
        let writer = writer::start(connection)?;
        let reading = Mutex::new(connect(&file)?);
        let inner = Inner { folder: folder.to_owned(), reading, writer, exchanges, clock };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Writes all that was taken in, and takes in no more: for an end of the process that drops nothing.
    pub fn close(&self) {
        self.inner.writer.close();
        self.inner.exchanges.close();
    }

    /// Where the record is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.inner.folder
    }

    /// Reads, off the threads that run the journeys.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, RecordFailure> {
        let inner = Arc::clone(&self.inner);
        let done = tokio::task::spawn_blocking(move || {
            let connection = inner.reading.lock().unwrap_or_else(PoisonError::into_inner);
            read(&connection)
        });
        Ok(done.await.unwrap_or(Err(StoreError::BrokenOff))?)
    }

    /// Reads at length, as the record is at this moment, over a connection of its own: nobody else's reading waits for it.
    pub(crate) async fn read_apart<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, RecordFailure> {
        Ok(self.apart(read).await?)
    }

    /// The same, with what failed as the record itself has it.
    pub(crate) async fn apart<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let file = self.inner.folder.join(FILE);
        let done = tokio::task::spawn_blocking(move || {
            let mut connection = connect(&file)?;
            let moment = connection.transaction()?;
            read(&moment)
        });
        done.await.unwrap_or(Err(StoreError::BrokenOff))
    }

    /// Works on the files as a whole, over a connection of its own: whoever writes meanwhile waits.
    pub(crate) async fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, RecordFailure> {
        let file = self.inner.folder.join(FILE);
        let done = tokio::task::spawn_blocking(move || work(&mut connect(&file)?));
        Ok(done.await.unwrap_or(Err(StoreError::BrokenOff))?)
    }

    /// Writes as one whole that is on disk when this returns. It is written even where nobody waits for it any more.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, RecordFailure> {
        let (tells, told) = oneshot::channel();
        self.inner.writer.hand_over(Box::new(Write { write: Some(write), written: None, tells }));
        Ok(told.await.unwrap_or(Err(StoreError::BrokenOff))?)
    }
}

/// A write, what it gave, and where that is to be told.
struct Write<W, T> {
    write: Option<W>,
    written: Option<T>,
    tells: oneshot::Sender<Result<T, StoreError>>,
}

impl<W, T> Job for Write<W, T>
where
    W: FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send,
    T: Send,
{
    fn write(&mut self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        let write = self.write.take().ok_or(StoreError::BrokenOff)?;
        self.written = Some(write(transaction)?);
        Ok(())
    }

    fn tell(self: Box<Self>, ended: Result<(), StoreError>) {
        let Self { written, tells, .. } = *self;
        let result = ended.and_then(|()| written.ok_or(StoreError::BrokenOff));
        if tells.send(result).is_err() {
            tracing::debug!("nobody waits for a write any more");
        }
    }
}

fn connect(file: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(WAIT_FOR_OTHERS)?;
    keep_a_log(&connection)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is removed is overwritten.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Switches to the write-ahead log. SQLite does not wait where two programs make this switch on a new file at once.
fn keep_a_log(connection: &Connection) -> Result<(), StoreError> {
    let began = Instant::now();
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && began.elapsed() < WAIT_FOR_OTHERS =>
            {
                std::thread::sleep(NEXT_TRY);
            }
            switched => return Ok(switched?),
        }
    }
}

fn prepare(folder: &Path) -> Result<(), StoreError> {
    std::fs::create_dir_all(folder)?;
    only_for_owner(folder, 0o700)
}

#[cfg(unix)]
pub(crate) fn only_for_owner(path: &Path, mode: u32) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?)
}

#[cfg(not(unix))]
pub(crate) fn only_for_owner(_path: &Path, _mode: u32) -> Result<(), StoreError> {
    // The user's own profile folder is closed to others already.
    Ok(())
}
