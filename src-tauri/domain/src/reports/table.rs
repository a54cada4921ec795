//! From facts to a table, and from a number of it to the events behind it.

use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use super::count::{Counted, Particular, count};
use super::definition::{Grouping, StandardReport};
use super::facts::{BookingFault, Facts, OnWhoseWord, Word, Words};
use super::period::Period;

/// A report over a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Which.
    pub report: StandardReport,
    /// Over which days.
    pub period: Period,
    /// By what.
    pub grouping: Grouping,
    /// Its rows, by key, those of which it is not known last. None is all zero.
    pub rows: Vec<Row>,
    /// A number for each column: the sum of the rows.
    pub total: Vec<u64>,
    /// How many events of the period are of a kind that it goes by and cannot be read. None of them is counted.
    pub unreadable: u64,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is about.
    pub key: RowKey,
    /// A number for each column.
    pub numbers: Vec<u64>,
}

/// What a row is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RowKey {
    /// A service by its DoS id, a practice by its ODS code, an outcome by its code, a user by their username.
    Of(String),
    /// A message.
    Message(BookingFault),
    /// A reason for passing over the first service, by the directory's number.
    Reason(String),
    /// The user confirmed it for themselves.
    OwnWord(String),
    /// A clinician approved it at the desk.
    AtTheDesk(String),
    /// A clinician approved it by telephone, by the registration number that they told.
    ByTelephone(String),
    /// The record does not say.
    NotKnown,
}

impl RowKey {
    /// A stable name of it, unique in its table, for `deskctl` and for asking what is behind a number.
    #[must_use]
    pub fn code(&self) -> String {
        match self {
            Self::Of(text) | Self::Reason(text) => text.clone(),
            Self::Message(fault) => fault.code().to_owned(),
            Self::OwnWord(user) => format!("own:{user}"),
            Self::AtTheDesk(user) => format!("desk:{user}"),
            Self::ByTelephone(registration) => format!("telephone:{registration}"),
            Self::NotKnown => String::new(),
        }
    }
}

/// What is behind one unit of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Behind {
    /// Number of the counted event in the audit record.
    pub event: u64,
    /// Number of the event that tells why it counts as it does, where it is another one: the answer of the service, the
    /// booking that was cancelled, the result in the end.
    pub because: Option<u64>,
    /// How many it counts: slots come several in one answer.
    pub amount: u32,
}

/// A row's key before it is spelt out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Short {
    Of(Word),
    Message(BookingFault),
    Reason(Word),
    OwnWord(Word),
    AtTheDesk(Word),
    ByTelephone(Word),
    NotKnown,
}

impl Short {
    fn of(counted: &Counted, grouping: Grouping, facts: &Facts) -> Self {
        let word = match grouping {
            Grouping::Service => counted.service,
            Grouping::Practice => facts.practice(counted.encounter),
            Grouping::Disposition => counted.disposition,
            Grouping::User => counted.user,
            Grouping::Message | Grouping::Reason | Grouping::Approver => return Self::particular(counted),
        };
        word.map_or(Self::NotKnown, Self::Of)
    }

    fn particular(counted: &Counted) -> Self {
        match counted.particular {
            Particular::None => Self::NotKnown,
            Particular::Message(fault) => fault.map_or(Self::NotKnown, Self::Message),
            Particular::Reason(reason) => reason.map_or(Self::NotKnown, Self::Reason),
            Particular::Approver(OnWhoseWord::Own) => counted.user.map_or(Self::NotKnown, Self::OwnWord),
            Particular::Approver(OnWhoseWord::AtTheDesk(user)) => Self::AtTheDesk(user),
            Particular::Approver(OnWhoseWord::ByTelephone(registration)) => Self::ByTelephone(registration),
        }
    }

    fn spelt_out(self, words: &Words) -> RowKey {
        let spelt =
            |word, key: fn(String) -> RowKey| words.text(word).map_or(RowKey::NotKnown, |text| key(text.to_owned()));
        match self {
            Self::Of(word) => spelt(word, RowKey::Of),
            Self::Message(fault) => RowKey::Message(fault),
            Self::Reason(word) => spelt(word, RowKey::Reason),
            Self::OwnWord(word) => spelt(word, RowKey::OwnWord),
            Self::AtTheDesk(word) => spelt(word, RowKey::AtTheDesk),
            Self::ByTelephone(word) => spelt(word, RowKey::ByTelephone),
            Self::NotKnown => RowKey::NotKnown,
        }
    }
}

fn counts_in(counted: &Counted, column: usize) -> bool {
    counted.columns & (1 << column) != 0
}

/// What a report counts, to whoever takes it.
fn count_within(report: StandardReport, facts: &Facts, mut take: impl FnMut(Counted)) {
    let within = facts.within();
    count(report, facts, |counted| {
        if within.contains(&counted.at) && counted.amount > 0 {
            take(counted);
        }
    });
}

/// A report as it is drawn, from the facts of one part of its period after the other.
#[derive(Debug)]
pub struct Drawing {
    report: StandardReport,
    period: Period,
    grouping: Grouping,
    rows: HashMap<Short, Vec<u64>>,
    unreadable: u64,
    words: Arc<Words>,
}

impl Drawing {
    /// Nothing is counted yet.
    #[must_use]
    pub fn new(report: StandardReport, period: Period, grouping: Grouping) -> Self {
        Self { report, period, grouping, rows: HashMap::new(), unreadable: 0, words: Arc::default() }
    }

    /// Counts a part. They come in any order, none overlaps another, and all are of one state of the record.
    pub fn take(&mut self, part: &Facts) {
        let width = self.report.columns().len();
        count_within(self.report, part, |counted| {
            let short = Short::of(&counted, self.grouping, part);
            let numbers = self.rows.entry(short).or_insert_with(|| vec![0; width]);
            for (_, number) in numbers.iter_mut().enumerate().filter(|(column, _)| counts_in(&counted, *column)) {
                *number += u64::from(counted.amount);
            }
        });
        self.unreadable += part.unreadable();
        self.words = Arc::clone(part.words());
    }

    /// What was counted.
    #[must_use]
    pub fn done(self) -> Table {
        let Self { report, period, grouping, rows, unreadable, words } = self;
        let mut total = vec![0; report.columns().len()];
        for numbers in rows.values() {
            total.iter_mut().zip(numbers).for_each(|(total, number)| *total += number);
        }
        let spelt_out = rows.into_iter().map(|(key, numbers)| Row { key: key.spelt_out(&words), numbers });
        let mut rows: Vec<Row> = spelt_out.collect();
        rows.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        Table { report, period, grouping, rows, total, unreadable }
    }
}

/// What is behind a number of a report: of one row, or of the total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    /// The number.
    pub number: u64,
    /// How many events are behind it.
    pub events: usize,
    /// The first of them, in the order of the record.
    pub first: Vec<Behind>,
}

/// The way back from a number of a report to the events behind it, through the facts of one part of its period after the other.
#[derive(Debug)]
pub struct Trace {
    report: StandardReport,
    grouping: Grouping,
    /// By its code.
    row: Option<String>,
    column: usize,
    most: usize,
    is_of_row: HashMap<Short, bool>,
    number: u64,
    events: usize,
    first: BinaryHeap<Behind>,
}

impl Trace {
    /// Of a row by its code, or of the total where none is named; in a column by its place; and how many of the events are to
    /// be told at the most.
    #[must_use]
    pub fn new(
        report: StandardReport,
        (grouping, row): (Grouping, Option<String>),
        column: usize,
        most: usize,
    ) -> Self {
        let (is_of_row, first) = (HashMap::new(), BinaryHeap::new());
        Self { report, grouping, row, column, most, is_of_row, number: 0, events: 0, first }
    }

    /// Goes through a part. They come in any order, none overlaps another, and all are of one state of the record.
    pub fn take(&mut self, part: &Facts) {
        count_within(self.report, part, |counted| {
            let short = Short::of(&counted, self.grouping, part);
            let is_of_row = self
                .is_of_row
                .entry(short)
                .or_insert_with(|| self.row.as_ref().is_none_or(|row| short.spelt_out(part.words()).code() == *row));
            if !*is_of_row || !counts_in(&counted, self.column) {
                return;
            }
            self.number += u64::from(counted.amount);
            self.events += 1;
            self.first.push(Behind { event: counted.event, because: counted.because, amount: counted.amount });
            if self.first.len() > self.most {
                self.first.pop();
            }
        });
    }

    /// What was found; none where the report has no such row.
    #[must_use]
    pub fn done(self) -> Option<Traced> {
        let Self { row, is_of_row, number, events, first, .. } = self;
        let there_is = row.is_none() || is_of_row.into_values().any(|is_of_row| is_of_row);
        there_is.then(|| Traced { number, events, first: first.into_sorted_vec() })
    }
}
