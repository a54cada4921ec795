//! What the reports (RP) are drawn from: the facts that the record keeps of each audit event that counts somewhere.
//!
//! A report reads the kinds of facts that it needs, a part of its period after the other. Encounters that reach beyond a part
//! are then read whole, and so are those beyond it of the bookings that are cancelled or rebooked in it: few, whatever the
//! record's size.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use desk_domain::failure::RecordFailure;
use desk_domain::reports::{
    EncounterKey, Fact, FactKind, Facts, Gathering, Key, Late, OnWhoseWord, Period, RebookStep, Settled,
    StandardReport, Word, Words,
};
use desk_journeys::reports::{AsRecorded, Recorded, ReportRecord};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};
use uuid::Uuid;

use crate::audit::{number, recorded};
use crate::chain::{self, EVENTS, number_of};
use crate::error::StoreError;
use crate::open::Store;

/// A kind of fact, by its code in `report_kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ended = 1,
    Outcome = 2,
    Searched = 3,
    Chosen = 4,
    Slots = 5,
    Intended = 6,
    Settled = 7,
    ByHand = 8,
    Blocked = 9,
    Referred = 10,
    CancelIntended = 11,
    CancelSettled = 12,
    RebookBegan = 13,
    RebookMoved = 14,
}

impl Kind {
    const ALL: [Self; 14] = [
        Self::Ended,
        Self::Outcome,
        Self::Searched,
        Self::Chosen,
        Self::Slots,
        Self::Intended,
        Self::Settled,
        Self::ByHand,
        Self::Blocked,
        Self::Referred,
        Self::CancelIntended,
        Self::CancelSettled,
        Self::RebookBegan,
        Self::RebookMoved,
    ];

    const fn code(self) -> i64 {
        self as i64
    }

    fn of(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// What a report counts, and what tells how.
const fn kinds(report: StandardReport) -> &'static [Kind] {
    use Kind as K;
    match report {
        StandardReport::BookingsAgainstReferrals => &[K::Outcome, K::Intended, K::Settled, K::ByHand, K::Referred],
        StandardReport::ReferredWithoutSlots
        | StandardReport::ReferredAlthoughSlots
        | StandardReport::ReferredOnlyLateSlots => {
            &[K::Outcome, K::Slots, K::Intended, K::Settled, K::ByHand, K::Referred]
        }
        StandardReport::SlotsGone | StandardReport::Errors | StandardReport::BookedOutside => {
            &[K::Outcome, K::Intended, K::Settled, K::ByHand]
        }
        StandardReport::TopServicePassedOver => &[K::Outcome, K::Searched, K::Chosen, K::Slots],
        StandardReport::CancelledWithin | StandardReport::CancelledAfter => {
            &[K::Ended, K::Outcome, K::Intended, K::Settled, K::ByHand, K::CancelIntended, K::CancelSettled]
        }
        StandardReport::Rebooked => {
            &[K::Ended, K::Outcome, K::Intended, K::Settled, K::ByHand, K::RebookBegan, K::RebookMoved]
        }
        StandardReport::SlotsInside | StandardReport::SlotsOutside => {
            &[K::Outcome, K::Slots, K::Intended, K::Settled, K::ByHand]
        }
        StandardReport::Blocked => &[K::Ended, K::Outcome, K::Blocked, K::Referred],
    }
}

#[async_trait]
impl ReportRecord for Store {
    async fn facts(
        &self,
        report: StandardReport,
        period: Period,
        parts: SyncSender<Facts>,
    ) -> Result<(), RecordFailure> {
        self.facts_in_parts(report, period, EVENTS_OF_A_PART, parts).await
    }

    async fn service_names(&self, services: Vec<String>) -> Result<HashMap<String, String>, RecordFailure> {
        self.read(move |connection| {
            let mut statement = connection
                .prepare_cached("SELECT name FROM report_service JOIN report_word ON id = service WHERE word = ?1")?;
            let mut names = HashMap::new();
            for service in services {
                if let Some(name) = statement.query_row([&service], |row| row.get(0)).optional()? {
                    names.insert(service, name);
                }
            }
            Ok(names)
        })
        .await
    }

    async fn recorded(&self, numbers: Vec<u64>) -> Result<HashMap<u64, AsRecorded>, RecordFailure> {
        self.read(move |connection| {
            let sql = format!("{} {EVENTS} WHERE audit_event.number = ?1", chain::COLUMNS);
            let mut statement = connection.prepare_cached(&sql)?;
            let mut as_recorded = HashMap::new();
            for wanted in numbers {
                if let Some(event) = statement.query_row([number(wanted)], |row| Ok(recorded(row))).optional()? {
                    as_recorded.insert(wanted, event?.event.map(Recorded::from));
                }
            }
            Ok(as_recorded)
        })
        .await
    }
}

impl Store {
    /// As [`ReportRecord::facts`], in parts of about so many events each.
    ///
    /// # Errors
    /// [`RecordFailure`].
    pub async fn facts_in_parts(
        &self,
        report: StandardReport,
        period: Period,
        events: u64,
        parts: SyncSender<Facts>,
    ) -> Result<(), RecordFailure> {
        self.up_to_date().await?;
        // Apart from what the screens read, and on one state of the record throughout, whatever is written meanwhile.
        self.read_apart(move |connection| {
            connection.pragma_update(None, "cache_size", CACHE)?;
            let reading = Reading::of(connection)?;
            for part in reading.parts(kinds(report), period, events)? {
                if parts.send(reading.part(report, part)?).is_err() {
                    // Nobody takes them any more.
                    break;
                }
            }
            Ok(())
        })
        .await
    }
}

const COLUMNS: &str = "SELECT kind, at, number, encounter, user, service, word, id, booking, one, two FROM report_fact";

/// About how many events a part of a report is about. Neither memory nor time per event grows with the period; and of the
/// encounters of a part, few reach beyond it.
const EVENTS_OF_A_PART: u64 = 131_072;
/// Far more than the years of a record have, whatever its numbers say.
const MOST_PARTS: i64 = 10_000;

/// What all parts of a report read.
struct Reading<'a> {
    connection: &'a Connection,
    words: Arc<Words>,
}

/// A part, as far as it was read.
struct PartRead<'a> {
    connection: &'a Connection,
    words: &'a Words,
    gathering: Gathering,
    /// The bookings that facts so far cancel or rebook, in the order of the index by which they are looked up.
    changed: BTreeSet<[u8; 16]>,
}

/// In KiB, as SQLite takes it (below zero): a page of a large record that is looked up again is not decrypted again.
const CACHE: i64 = -16_384;
/// Among so many encounters that stand side by side in the record one is looked for: then they are passed by rather than looked
/// up one by one.
const PASSED_BY: u32 = 8;

/// What the record has of an encounter.
struct ToldOf {
    key: EncounterKey,
    /// When its first fact was, milliseconds since 1970 UTC.
    first: i64,
    /// When its last fact was.
    last: i64,
    practice: Option<Word>,
}

impl<'a> Reading<'a> {
    fn of(connection: &'a Connection) -> Result<Self, StoreError> {
        let mut statement = connection.prepare_cached("SELECT id, word FROM report_word")?;
        let rows = statement.query_map([], |row| Ok((Word(row.get(0)?), row.get(1)?)))?;
        let words = rows.collect::<rusqlite::Result<_>>()?;
        Ok(Self { connection, words: Arc::new(words) })
    }

    /// A period in parts of about so many events, from its first fact to its last; each from and until a millisecond since
    /// 1970 UTC.
    fn parts(&self, kinds: &[Kind], period: Period, events: u64) -> Result<Vec<Range<i64>>, StoreError> {
        let (begins, ends) = (period.begins().timestamp_millis(), period.ends().timestamp_millis());
        let (mut times, mut numbers) = (Vec::new(), Vec::new());
        for order in ["ASC", "DESC"] {
            let mut outermost = self.connection.prepare_cached(&format!(
                "SELECT at, number FROM report_fact WHERE kind = ?1 AND at >= ?2 AND at < ?3
                 ORDER BY at {order}, number {order} LIMIT 1"
            ))?;
            for kind in kinds {
                let wanted = params![kind.code(), begins, ends];
                let found = outermost.query_row(wanted, |row| Ok((row.get(0)?, number_of(row, 1)?))).optional()?;
                if let Some((at, number)) = found {
                    times.push(at);
                    numbers.push(number);
                }
            }
        }
        let outer = |numbers: &[u64]| numbers.iter().max()?.checked_sub(*numbers.iter().min()?);
        let (Some(first), Some(last), Some(all)) = (times.iter().min(), times.iter().max(), outer(&numbers)) else {
            return Ok(Vec::new());
        };
        let (first, ends): (i64, i64) = (*first, last + 1);
        let parts = i64::try_from(all / events.max(1)).map_or(MOST_PARTS, |parts| MOST_PARTS.min(parts + 1));
        let long = ((ends - first) / parts).max(1);
        let mut begins: Vec<i64> = (0..parts).map(|part| first + part * long).take_while(|at| *at < ends).collect();
        begins.push(ends);
        Ok(begins.windows(2).filter_map(|pair| Some(*pair.first()?..*pair.last()?)).collect())
    }

    fn part(
        &self,
        report: StandardReport,
        Range { start: begins, end: ends }: Range<i64>,
    ) -> Result<Facts, StoreError> {
        let kinds = kinds(report);
        let (connection, words) = (self.connection, &*self.words);
        let mut read = PartRead { connection, words, gathering: Gathering::default(), changed: BTreeSet::new() };
        let within = format!("{COLUMNS} WHERE kind = ?1 AND at >= ?2 AND at < ?3");
        for kind in kinds {
            read.take(&within, params![kind.code(), begins, ends])?;
        }
        // Those that lie within it were read whole by now, too.
        let mut whole = HashSet::new();
        for encounter in read.told_of(&read.encounters())? {
            if encounter.first < begins || encounter.last >= ends {
                read.take_whole(encounter.key, kinds)?;
            }
            read.take_practice(&encounter);
            whole.insert(encounter.key);
        }
        if report.looks_back_to_bookings() {
            let beyond: Vec<_> = read.of_changed_bookings()?.into_iter().filter(|one| !whole.contains(one)).collect();
            for encounter in read.told_of(&beyond)? {
                read.take_whole(encounter.key, kinds)?;
                read.take_practice(&encounter);
            }
        }
        let instant = |at| DateTime::<Utc>::from_timestamp_millis(at).ok_or(StoreError::Unreadable);
        Ok(read.gathering.done(instant(begins)?..instant(ends)?, Arc::clone(&self.words)))
    }
}

impl PartRead<'_> {
    /// The encounters of the facts so far, in the order in which the record has them: their rows are read page by page, and
    /// each page once.
    fn encounters(&self) -> Vec<EncounterKey> {
        let mut encounters: Vec<_> = self.gathering.so_far().iter().map(|fact| fact.encounter).collect();
        encounters.sort();
        encounters.dedup();
        encounters
    }

    fn take_practice(&mut self, of: &ToldOf) {
        if let Some(practice) = of.practice {
            self.gathering.set_practice(of.key, practice);
        }
    }

    /// What the record has of these encounters, which are in its order. Those of a month stand side by side.
    fn told_of(&self, encounters: &[EncounterKey]) -> Result<Vec<ToldOf>, StoreError> {
        let (Some(first), Some(last)) = (encounters.first(), encounters.last()) else { return Ok(Vec::new()) };
        let side_by_side = usize::try_from((last.0 - first.0) / PASSED_BY).is_ok_and(|few| few <= encounters.len());
        let ranges =
            if side_by_side { vec![(*first, *last)] } else { encounters.iter().map(|one| (*one, *one)).collect() };
        let mut statement = self.connection.prepare_cached(
            "SELECT id, first, last, practice FROM report_encounter WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
        )?;
        let (mut told, mut wanted) = (Vec::with_capacity(encounters.len()), encounters.iter().peekable());
        for (from, to) in ranges {
            let mut rows = statement.query([from.0, to.0])?;
            while let Some(row) = rows.next()? {
                let key = EncounterKey(row.get(0)?);
                if wanted.next_if_eq(&&key).is_some() {
                    let practice = row.get::<_, Option<u32>>(3)?.map(Word);
                    told.push(ToldOf { key, first: row.get(1)?, last: row.get(2)?, practice });
                }
            }
        }
        if told.len() == encounters.len() { Ok(told) } else { Err(StoreError::Unreadable) }
    }

    fn take_whole(&mut self, encounter: EncounterKey, kinds: &[Kind]) -> Result<(), StoreError> {
        let of = format!("{COLUMNS} INDEXED BY report_fact_in WHERE encounter = ?1 AND kind = ?2");
        for kind in kinds {
            self.take(&of, params![encounter.0, kind.code()])?;
        }
        Ok(())
    }

    /// The encounters that have to do with the bookings that are cancelled or rebooked by the facts so far: in which they were
    /// made, and in which somebody else cancelled them.
    fn of_changed_bookings(&self) -> Result<BTreeSet<EncounterKey>, StoreError> {
        // Without statistics SQLite would rather walk along all facts of a kind, once for each booking.
        let of = "SELECT encounter FROM report_fact INDEXED BY report_fact_of WHERE booking = ?1";
        let mut statement = self.connection.prepare_cached(of)?;
        let mut found = BTreeSet::new();
        for booking in &self.changed {
            for key in statement.query_map([booking], |row| row.get(0))? {
                found.insert(EncounterKey(key?));
            }
        }
        Ok(found)
    }

    fn take(&mut self, sql: &str, wanted: impl Params) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(wanted)?;
        while let Some(row) = rows.next()? {
            let (Some(at), number) = (DateTime::from_timestamp_millis(row.get(1)?), number_of(row, 2)?) else {
                // Of no day.
                continue;
            };
            // A value of another type than its kind has is one that somebody changed, as is one that is missing.
            match self.fact(row, at, number).ok().flatten() {
                Some(fact) => self.gathering.add(fact),
                None => self.gathering.add_unreadable(number, at),
            }
        }
        Ok(())
    }

    /// A row as a fact; none where it lacks what its kind has to say.
    fn fact(&mut self, row: &Row<'_>, at: DateTime<Utc>, number: u64) -> rusqlite::Result<Option<Fact>> {
        let Some(kind) = Kind::of(row.get(0)?) else { return Ok(None) };
        let what = self.what(kind, row)?;
        let (encounter, user) = (EncounterKey(row.get(3)?), row.get::<_, Option<u32>>(4)?.map(Word));
        Ok(what.map(|what| Fact { number, at, encounter, user, what }))
    }

    fn what(&mut self, kind: Kind, row: &Row<'_>) -> rusqlite::Result<Option<FactKind>> {
        if matches!(kind, Kind::CancelIntended | Kind::RebookBegan) {
            self.changed.extend(row.get::<_, Option<[u8; 16]>>(8)?);
        }
        let service = row.get::<_, Option<u32>>(5)?.map(Word);
        let word = row.get::<_, Option<u32>>(6)?.map(Word);
        let (one, two): (Option<u32>, Option<u32>) = (row.get(9)?, row.get(10)?);
        let slots = one.zip(two);
        Ok(match kind {
            Kind::Ended => Some(FactKind::EncounterEnded),
            Kind::Outcome => word.map(|code| FactKind::OutcomeRecorded { code }),
            Kind::Searched => self.key(row, 7)?.map(|search| FactKind::ServicesSearched { search, top: service }),
            Kind::Chosen => {
                let (search, reason) = (self.key(row, 7)?, word);
                search.zip(service).map(|(search, service)| FactKind::ServiceChosen { search, service, reason })
            }
            Kind::Slots => service.map(|service| match slots {
                Some((in_time, out_of_time)) => FactKind::SlotsAnswered { service, in_time, out_of_time },
                None => FactKind::SlotsNotAnswered { service },
            }),
            Kind::Intended => {
                let late = one.map(|seconds| Late { seconds, word: on_whose_word(two, word) });
                let intent = self.key(row, 7)?;
                intent.zip(service).map(|(intent, service)| FactKind::BookingIntended { intent, service, late })
            }
            Kind::Settled => {
                let (intent, booking) = (self.key(row, 7)?, self.key(row, 8)?);
                let fault = word.and_then(|word| self.words.text(word)?.parse().ok());
                intent.zip(settled(one)).map(|(intent, result)| FactKind::BookingSettled {
                    intent,
                    result,
                    booking,
                    fault,
                })
            }
            Kind::ByHand => self.key(row, 7)?.map(|intent| FactKind::SettledByHand { intent, held: one == Some(1) }),
            Kind::Blocked => service.map(|service| FactKind::ReferralBlocked { service, by_rule: one == Some(1) }),
            Kind::Referred => {
                let booking = self.key(row, 8)?;
                service.map(|service| FactKind::ReferralMade { service, booking, slots })
            }
            Kind::CancelIntended => {
                let (intent, booking, rebooking) = (self.key(row, 7)?, self.key(row, 8)?, one == Some(1));
                intent.map(|intent| FactKind::CancelIntended { intent, booking, rebooking })
            }
            Kind::CancelSettled => {
                let intent = self.key(row, 7)?;
                intent.zip(settled(one)).map(|(intent, result)| FactKind::CancelSettled { intent, result })
            }
            Kind::RebookBegan => {
                let (rebook, booking) = (self.key(row, 7)?, self.key(row, 8)?);
                rebook.map(|rebook| FactKind::RebookBegan { rebook, booking })
            }
            Kind::RebookMoved => {
                let step = match one {
                    Some(1) => RebookStep::NewBooked,
                    Some(2) => RebookStep::Rebooked,
                    Some(_) | None => RebookStep::Other,
                };
                self.key(row, 7)?.map(|rebook| FactKind::RebookMoved { rebook, step })
            }
        })
    }

    fn key(&mut self, row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Key>> {
        let id: Option<[u8; 16]> = row.get(column)?;
        Ok(id.map(|id| self.gathering.key(Uuid::from_bytes(id))))
    }
}

const fn on_whose_word(how: Option<u32>, who: Option<Word>) -> OnWhoseWord {
    match (how, who) {
        (Some(1), Some(user)) => OnWhoseWord::AtTheDesk(user),
        (Some(2), Some(registration)) => OnWhoseWord::ByTelephone(registration),
        (Some(_) | None, _) => OnWhoseWord::Own,
    }
}

const fn settled(result: Option<u32>) -> Option<Settled> {
    match result {
        Some(1) => Some(Settled::Done),
        Some(2) => Some(Settled::NotDone),
        Some(3) => Some(Settled::Unknown),
        Some(4) => Some(Settled::ByHand),
        Some(_) | None => None,
    }
}
