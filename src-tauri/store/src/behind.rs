//! What is derived from audit events behind their appends, many at a time: the facts of the reports, what references lead to,
//! and the events by user, service, kind and encounter. Whoever reads of it brings it up to date first. It could be written
//! with each event, were it not for the disk: each page that an append changes is encrypted and flushed with it.

use desk_domain::failure::RecordFailure;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::error::StoreError;
use crate::open::Store;

/// How many events one transaction goes through at the most, so that nobody who writes waits long for it.
const AT_ONCE: i64 = 1024;

/// A fact in words, of each event that has one, kept in memory while its words are looked up.
const EMPTY: [&str; 2] =
    ["CREATE TEMP TABLE IF NOT EXISTS told AS SELECT * FROM report_fact_in_words WHERE false", "DELETE FROM temp.told"];
/// What somebody changed into something that the desk does not write keeps nobody from the rest: an event that is no JSON is a
/// fact that says that it cannot be read, and one whose time is none belongs to no day.
const TOLD: [&str; 3] = [
    "INSERT INTO temp.told SELECT * FROM report_fact_in_words
         WHERE number > ?1 AND number <= ?2
             AND number IN (SELECT number FROM audit_event WHERE number > ?1 AND number <= ?2 AND json_valid(event))",
    "INSERT INTO temp.told (kind, at, number, encounter, user, one)
         SELECT code, unixepoch(at) * 1000 + CAST(substr(at, 21, 3) AS INTEGER), number, encounter, username, -1
         FROM audit_event JOIN report_kind USING (kind)
         WHERE number > ?1 AND number <= ?2 AND encounter IS NOT NULL AND number NOT IN (SELECT number FROM temp.told)",
    "DELETE FROM temp.told WHERE at IS NULL OR number IN (SELECT number FROM audit_event
         WHERE number > ?1 AND number <= ?2 AND at NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T*Z')",
];
/// So is one with something else where a number should be.
const OF_ANOTHER_TYPE: &str = "UPDATE temp.told SET one = -1, two = NULL
     WHERE typeof(one) NOT IN ('integer', 'null') OR typeof(two) NOT IN ('integer', 'null')";
const FACTS: [&str; 3] = [
    "INSERT INTO report_word (word)
         SELECT user FROM temp.told WHERE user IS NOT NULL
         UNION SELECT service FROM temp.told WHERE service IS NOT NULL
         UNION SELECT word FROM temp.told WHERE word IS NOT NULL
         ON CONFLICT (word) DO NOTHING",
    "INSERT INTO report_encounter (encounter, first, last)
         SELECT encounter, min(at), max(at) FROM temp.told WHERE true GROUP BY encounter ORDER BY min(number)
         ON CONFLICT (encounter) DO UPDATE SET
             first = min(coalesce(first, excluded.first), excluded.first),
             last = max(coalesce(last, excluded.last), excluded.last)",
    "INSERT INTO report_fact
         SELECT fact.kind, fact.at, fact.number, report_encounter.id, user.id, service.id, word.id, fact.id, fact.booking,
             fact.one, fact.two
         FROM temp.told AS fact
         JOIN report_encounter USING (encounter)
         LEFT JOIN report_word AS user ON user.word = fact.user
         LEFT JOIN report_word AS service ON service.word = fact.service
         LEFT JOIN report_word AS word ON word.word = fact.word",
];
const REFERENCES: &str = "INSERT INTO audit_reference (id, number)
     SELECT request, number FROM audit_event WHERE number > ?1 AND number <= ?2 AND request IS NOT NULL
     UNION SELECT event ->> '$.what.search', number FROM audit_event
         WHERE number > ?1 AND number <= ?2 AND kind IN ('servicesSearched', 'serviceChosen') AND json_valid(event)
             AND event ->> '$.what.search' IS NOT NULL";

const SOUGHT: &str = "INSERT INTO audit_sought (what, value, number)
     SELECT 1, username, number FROM audit_event WHERE number > ?1 AND number <= ?2 AND username IS NOT NULL
     UNION ALL SELECT 2, service, number FROM audit_event WHERE number > ?1 AND number <= ?2 AND service IS NOT NULL
     UNION ALL SELECT 3, kind, number FROM audit_event WHERE number > ?1 AND number <= ?2
     UNION ALL SELECT 4, encounter, number FROM audit_event WHERE number > ?1 AND number <= ?2 AND encounter IS NOT NULL";

/// Nothing is derived of any event. Words, and the practices of encounters, are of no event.
const ANEW: &str = "DELETE FROM report_fact; DELETE FROM audit_reference; DELETE FROM audit_sought;
     UPDATE report_encounter SET first = NULL, last = NULL; UPDATE audit_gone_through SET number = 0, hash = NULL";

impl Store {
    /// Goes through all events that were appended, by whichever program.
    pub(crate) async fn up_to_date(&self) -> Result<(), RecordFailure> {
        while self.write(go_on).await? {}
        Ok(())
    }
}

/// The same within a transaction that looks something up in it before it writes.
pub(crate) fn up_to_date_in(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    while go_on(transaction)? {}
    Ok(())
}

/// The same within the thread that writes, which tries again later where it cannot now.
pub(crate) fn up_to_date(connection: &mut Connection) {
    let mut one = || -> Result<bool, StoreError> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let more = go_on(&transaction)?;
        transaction.commit()?;
        Ok(more)
    };
    let gone_through = loop {
        match one() {
            Ok(true) => {}
            ended => break ended,
        }
    };
    if let Err(error) = gone_through {
        tracing::warn!(%error, "reports and references are not up to date");
    }
}

/// Goes through the next events; whether there are more.
fn go_on(transaction: &Transaction<'_>) -> Result<bool, StoreError> {
    let (through, as_it_was, newest): (i64, bool, i64) = transaction
        .prepare_cached(
            "SELECT number, hash IS (SELECT hash FROM audit_event WHERE audit_event.number = audit_gone_through.number),
                 (SELECT coalesce(max(number), 0) FROM audit_event)
             FROM audit_gone_through",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    if !as_it_was {
        tracing::warn!(through, "the audit record is not the one that was gone through: all of it is, once more");
        transaction.execute_batch(ANEW)?;
        return Ok(true);
    }
    let until = newest.min(through + AT_ONCE);
    if until <= through {
        return Ok(false);
    }
    for sql in EMPTY {
        transaction.prepare_cached(sql)?.execute([])?;
    }
    for sql in TOLD {
        transaction.prepare_cached(sql)?.execute([through, until])?;
    }
    transaction.prepare_cached(OF_ANOTHER_TYPE)?.execute([])?;
    for sql in FACTS {
        transaction.prepare_cached(sql)?.execute([])?;
    }
    transaction.prepare_cached(REFERENCES)?.execute([through, until])?;
    transaction.prepare_cached(SOUGHT)?.execute([through, until])?;
    transaction
        .prepare_cached(
            "UPDATE audit_gone_through SET number = ?1, hash = (SELECT hash FROM audit_event WHERE number = ?1)",
        )?
        .execute(params![until])?;
    Ok(until < newest)
}
