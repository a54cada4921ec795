//! The thread that writes. What waits at the same time is written in one transaction, so that many desks' work of one
//! moment costs one flush of the disk; what fails of it is undone alone. Nobody is told "written" before it is on disk.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::behind;
use crate::error::StoreError;
use crate::worker::Worker;

/// How much is written in one transaction at the most, so that nobody waits long for others.
const AT_ONCE: usize = 64;

/// How long the thread stays awake for the next write. What belongs together is often written one right after the other, and
/// to be woken takes as long as a good part of a write.
const AWAKE: Duration = Duration::from_micros(100);

/// After so many writes what is derived from them follows.
const SOME: usize = 512;

/// A write that waits: its work, and the word to whoever asked for it.
pub(crate) trait Job: Send {
    /// Writes. What this gives is kept for [`Job::tell`].
    fn write(&mut self, transaction: &Transaction<'_>) -> Result<(), StoreError>;
    /// Says how it ended.
    fn tell(self: Box<Self>, ended: Result<(), StoreError>);
}

/// The thread that writes.
pub(crate) type Writer = Worker<Sender<Box<dyn Job>>>;

pub(crate) fn start(connection: Connection) -> Result<Writer, StoreError> {
    let (sender, receiver) = channel();
    Worker::start("record", sender, move || run(connection, &receiver))
}

impl Writer {
    /// Hands over a write; one that cannot be taken is dropped, and with it whatever tells how it ended.
    pub(crate) fn hand_over(&self, job: Box<dyn Job>) {
        let taken = self.with(|sender| sender.is_some_and(|sender| sender.send(job).is_ok()));
        if !taken {
            tracing::warn!("the record is closed; a write was not taken");
        }
    }
}

fn run(mut connection: Connection, receiver: &Receiver<Box<dyn Job>>) {
    let mut behind = 0;
    while let Some(first) = next(receiver) {
        let jobs: VecDeque<_> = std::iter::once(first).chain(receiver.try_iter().take(AT_ONCE - 1)).collect();
        behind += jobs.len();
        write_together(&mut connection, jobs);
        if behind >= SOME {
            behind::up_to_date(&mut connection);
            behind = 0;
        }
    }
}

/// The next write; none once nobody can hand one over.
fn next(receiver: &Receiver<Box<dyn Job>>) -> Option<Box<dyn Job>> {
    let began = Instant::now();
    loop {
        match receiver.try_recv() {
            Ok(job) => return Some(job),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) if began.elapsed() < AWAKE => std::thread::yield_now(),
            Err(TryRecvError::Empty) => return receiver.recv().ok(),
        }
    }
}

/// Writes these in one transaction, and tells each how it ended.
fn write_together(connection: &mut Connection, mut jobs: VecDeque<Box<dyn Job>>) {
    let mut ended = Vec::new();
    let whole = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => {
            let alone = jobs.len() == 1;
            while let Some(mut job) = jobs.pop_front() {
                let written = if alone { write(&transaction, job.as_mut()) } else { apart(&transaction, job.as_mut()) };
                ended.push((job, written));
                if transaction.is_autocommit() {
                    // The disk failed, and the database gave up all of it.
                    break;
                }
            }
            let gave_up = transaction.is_autocommit();
            let failed = ended.iter().rev().find_map(|(_, written)| written.clone().err());
            match failed {
                Some(error) if gave_up || alone => Err(error),
                Some(_) | None => transaction.commit().map_err(StoreError::from),
            }
        }
        Err(error) => Err(StoreError::from(error)),
    };
    for (job, written) in ended {
        // What was not on disk in the end was not written, whatever it looked like, and nothing else had been either.
        job.tell(whole.clone().and(written));
    }
    for job in jobs {
        job.tell(whole.clone().and(Err(StoreError::BrokenOff)));
    }
}

/// A defect in one write ends that one, and not the record.
fn write(transaction: &Transaction<'_>, job: &mut dyn Job) -> Result<(), StoreError> {
    let written = std::panic::catch_unwind(AssertUnwindSafe(|| job.write(transaction)));
    written.unwrap_or(Err(StoreError::BrokenOff))
}

/// Writes one so that it can be undone without the others.
fn apart(transaction: &Transaction<'_>, job: &mut dyn Job) -> Result<(), StoreError> {
    transaction.execute_batch("SAVEPOINT one")?;
    let written = write(transaction, job);
    if transaction.is_autocommit() {
        return written;
    }
    let undo = if written.is_ok() { "RELEASE one" } else { "ROLLBACK TO one; RELEASE one" };
    written.and(transaction.execute_batch(undo).map_err(StoreError::from))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    type Told = Arc<Mutex<Vec<(i64, Result<(), StoreError>)>>>;

    /// Writes its number; panics at 13; fails the check of the table below 0.
    struct Number(i64, Told);

    impl Job for Number {
        fn write(&mut self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
            transaction.execute("INSERT INTO number VALUES (?1)", [self.0])?;
            assert!(self.0 != 13, "a defect");
            Ok(())
        }

        fn tell(self: Box<Self>, ended: Result<(), StoreError>) {
            self.1.lock().expect("no panic").push((self.0, ended));
        }
    }

    fn numbers(connection: &mut Connection, numbers: &[i64]) -> (Vec<(i64, bool)>, Vec<i64>) {
        let told = Told::default();
        let jobs = numbers.iter().map(|number| Box::new(Number(*number, Arc::clone(&told))) as Box<dyn Job>);
        write_together(connection, jobs.collect());
        let told = told.lock().expect("no panic").iter().map(|(number, ended)| (*number, ended.is_ok())).collect();
        let mut kept = connection.prepare("SELECT n FROM number ORDER BY rowid").expect("a statement");
        let kept = kept.query_map([], |row| row.get(0)).expect("rows").map(|n| n.expect("a number")).collect();
        (told, kept)
    }

    fn table() -> Connection {
        let connection = Connection::open_in_memory().expect("a database");
        connection.execute_batch("CREATE TABLE number (n INTEGER UNIQUE CHECK (n >= 0))").expect("a table");
        connection
    }

    #[test]
    fn what_fails_is_undone_alone_and_each_is_told_how_it_ended() {
        let (told, kept) = numbers(&mut table(), &[1, -1, 2, 13, 2, 3]);
        assert_eq!(told, [(1, true), (-1, false), (2, true), (13, false), (2, false), (3, true)], "each its own");
        assert_eq!(kept, [1, 2, 3], "what was told to be written is there, and nothing else");
    }

    #[test]
    fn one_alone_that_fails_leaves_nothing() {
        for number in [-1, 13] {
            assert_eq!(numbers(&mut table(), &[number]), (vec![(number, false)], vec![]), "{number}");
        }
    }

    #[test]
    fn where_the_whole_cannot_be_kept_nobody_is_told_that_anything_was() {
        let mut connection = table();
        // Checked at the end of the whole.
        let later = "CREATE TABLE of (n INTEGER REFERENCES number (n) DEFERRABLE INITIALLY DEFERRED);
                     CREATE TRIGGER late AFTER INSERT ON number WHEN NEW.n = 7 BEGIN INSERT INTO of VALUES (-7); END;
                     PRAGMA foreign_keys = ON;";
        connection.execute_batch(later).expect("a table");
        let (told, kept) = numbers(&mut connection, &[1, 7, 2, -1]);
        assert_eq!(told, [(1, false), (7, false), (2, false), (-1, false)], "none");
        assert_eq!(kept, [0; 0], "and none is there");
        let (told, kept) = numbers(&mut connection, &[1, 2]);
        assert_eq!((told, kept), (vec![(1, true), (2, true)], vec![1, 2]), "the next are written");
    }

    #[test]
    fn what_the_database_gives_up_as_a_whole_is_told_as_lost_to_all() {
        let mut connection = table();
        let gives_up = "CREATE TRIGGER gives_up BEFORE INSERT ON number WHEN NEW.n = 9
                        BEGIN SELECT RAISE(ROLLBACK, 'gave up'); END";
        connection.execute_batch(gives_up).expect("a trigger");
        let (told, kept) = numbers(&mut connection, &[1, 9, 2]);
        assert_eq!(told, [(1, false), (9, false), (2, false)], "also those that looked written, and those not begun");
        assert_eq!(kept, [0; 0], "nothing is there");
    }
}
