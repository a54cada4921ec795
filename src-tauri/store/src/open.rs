//! Opening the record: one file under its key that its owner alone may read, durable at each commit, shared by the window
//! and `deskctl`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use desk_domain::failure::RecordFailure;
use desk_domain::keeping::RecordKeyId;
use desk_journeys::ports::Clock;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction};
use tokio::sync::oneshot;

use crate::error::StoreError;
use crate::exchanges::{self, ExchangeWriter};
use crate::key::{Kind, RecordKey, keyed};
use crate::lock::{self, Held};
use crate::migrate::migrate;
use crate::writer::{self, Job, Writer};
use crate::{convert, swap};

/// How long a write waits for another program that writes.
pub(crate) const WAIT_FOR_OTHERS: Duration = Duration::from_secs(5);
/// How long to leave another program that is making the same record, before the next try.
pub(crate) const NEXT_TRY: Duration = Duration::from_millis(10);

/// The record's file.
pub(crate) const FILE: &str = "desk.sqlite3";
/// How long a program that works on the record alone is waited for: a large one takes its time to be encrypted.
const WAIT_FOR_ONE_ALONE: Duration = Duration::from_secs(120);

/// What a folder holds, before a record is opened there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// No record yet.
    Nothing,
    /// A record of a version before there were keys.
    Plain,
    /// A record under a key; where its own first bytes do not say so any more, as it was noted beside it.
    Under {
        /// As its first bytes say.
        key: RecordKeyId,
        /// As it was noted, where that is another.
        noted: Option<RecordKeyId>,
    },
}

/// The desk's record. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    folder: PathBuf,
    pub(crate) key: RecordKey,
    /// Reads, and never waits for a write; none once the record is closed.
    reading: Mutex<Option<Connection>>,
    writer: Writer,
    pub(crate) exchanges: ExchangeWriter,
    pub(crate) clock: Arc<dyn Clock>,
    /// Let go last of all.
    held: Mutex<Option<Arc<Option<Held>>>>,
}

impl Store {
    /// What a folder holds; what was broken off there is finished first.
    ///
    /// # Errors
    /// [`StoreError`] in words; [`StoreError::Gone`] where there was a record and its file is not there any more.
    pub fn found(folder: &Path) -> Result<Found, StoreError> {
        prepare(folder)?;
        let held = hold(folder, None)?;
        let found = match Kind::of(&folder.join(FILE))? {
            Kind::Nothing if swap::noted_key(folder).is_some() => return Err(StoreError::Gone),
            Kind::Nothing => Found::Nothing,
            Kind::Plain => Found::Plain,
            Kind::Under(key) => {
                let noted = swap::noted_key(folder).and_then(|text| text.parse().ok()).filter(|noted| *noted != key);
                Found::Under { key, noted }
            }
        };
        drop(held);
        Ok(found)
    }

    /// Opens the record in a folder, making both where they are not there. A plain record of an earlier version is encrypted
    /// first, whole or not at all.
    ///
    /// # Errors
    /// [`StoreError`] in words: [`StoreError::WrongKey`], [`StoreError::Damaged`], [`StoreError::Gone`],
    /// [`StoreError::InUse`] and others.
    pub fn open(folder: &Path, key: &RecordKey, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        prepare(folder)?;
        let held = hold(folder, Some(key))?;
        Self::opened(folder, key, clock, Some(held))
    }

    /// Opens a record that is there and ready, held by this or by somebody who has it alone.
    pub(crate) fn opened(
        folder: &Path,
        key: &RecordKey,
        clock: Arc<dyn Clock>,
        held: Option<Held>,
    ) -> Result<Self, StoreError> {
        let file = folder.join(FILE);
        let mut connection = connect(&file, key).map_err(|error| doubted(folder, key, error))?;
        only_for_owner(&file, 0o600)?;
        migrate(&mut connection)?;
        swap::note_key(folder)?;
        let exchanges = exchanges::start(connect(&file, key)?)?;
        let writer = writer::start(connection)?;
        let reading = Mutex::new(Some(connect(&file, key)?));
        let (folder, key, held) = (folder.to_owned(), key.clone(), Mutex::new(Some(Arc::new(held))));
        Ok(Self { inner: Arc::new(Inner { folder, key, reading, writer, exchanges, clock, held }) })
    }

    /// Writes all that was taken in, takes in no more, and lets the record go: for an end of the process that drops nothing.
    pub fn close(&self) {
        self.inner.writer.close();
        self.inner.exchanges.close();
        drop(self.inner.reading.lock().unwrap_or_else(PoisonError::into_inner).take());
        drop(self.inner.held.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// The key that the record is under.
    #[must_use]
    pub fn key(&self) -> &RecordKey {
        &self.inner.key
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
            read(connection.as_ref().ok_or(StoreError::BrokenOff)?)
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
        self.alone(|connection| read(&*connection.transaction()?)).await
    }

    /// Works over a connection of its own.
    pub(crate) async fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (file, key) = (self.inner.folder.join(FILE), self.inner.key.clone());
        // Held by itself: nobody works on the record's files as a whole while this does.
        let held = self.inner.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let done = tokio::task::spawn_blocking(move || {
            let _held = held.ok_or(StoreError::BrokenOff)?;
            work(&mut connect(&file, &key)?)
        });
        done.await.unwrap_or(Err(StoreError::BrokenOff))
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

/// Holds the record beside others, once it is ready: what was broken off is finished, what is not there is made, what is plain
/// is encrypted, each by one program alone while the others wait.
fn hold(folder: &Path, key: Option<&RecordKey>) -> Result<Held, StoreError> {
    if let Err(error) = swap::remove_left_over(folder) {
        tracing::warn!(%error, "what was left over beside the record could not be removed");
    }
    let began = Instant::now();
    loop {
        if let Some(held) = lock::shared(folder)? {
            let ready = key.is_none() || matches!(Kind::of(&folder.join(FILE))?, Kind::Under(_));
            if ready && !swap::unfinished(folder) {
                return Ok(held);
            }
            drop(held);
            if let Some(alone) = lock::alone(folder)? {
                make_ready(folder, key)?;
                drop(alone);
                continue;
            }
        }
        if began.elapsed() > WAIT_FOR_ONE_ALONE {
            return Err(StoreError::InUse);
        }
        std::thread::sleep(NEXT_TRY);
    }
}

fn make_ready(folder: &Path, key: Option<&RecordKey>) -> Result<(), StoreError> {
    swap::finish(folder)?;
    let Some(key) = key else { return Ok(()) };
    match Kind::of(&folder.join(FILE))? {
        Kind::Under(_) => Ok(()),
        Kind::Plain => convert::encrypt(folder, key),
        Kind::Nothing if swap::noted_key(folder).is_some() => Err(StoreError::Gone),
        Kind::Nothing => {
            migrate(&mut connect(&folder.join(FILE), key)?)?;
            swap::note_key(folder)
        }
    }
}

/// A key that was noted beside the record is right, and what does not open under it is damaged.
fn doubted(folder: &Path, key: &RecordKey, error: StoreError) -> StoreError {
    let noted = swap::noted_key(folder).as_deref() == Some(key.id().to_string().as_str());
    if noted && matches!(error, StoreError::WrongKey { .. }) { StoreError::Damaged } else { error }
}

pub(crate) fn connect(file: &Path, key: &RecordKey) -> Result<Connection, StoreError> {
    let connection = keyed(file, key, OpenFlags::default())?;
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
