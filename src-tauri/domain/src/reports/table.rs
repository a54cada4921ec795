//! From facts to a table, and from a number of it to the events behind it.

use std::collections::HashMap;

use super::count::{Counted, Particular, count};
use super::definition::{Grouping, StandardReport};
use super::facts::{BookingFault, Facts, OnWhoseWord, Word};
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
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
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

    fn spelt_out(self, facts: &Facts) -> RowKey {
        let spelt =
            |word, key: fn(String) -> RowKey| facts.text(word).map_or(RowKey::NotKnown, |text| key(text.to_owned()));
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

/// Draws a report. `facts` hold the whole record of every encounter with an event in the period, and of the encounters of
/// the bookings that those are about; what else they hold changes nothing.
#[must_use]
pub fn draw(report: StandardReport, facts: &Facts, period: Period, grouping: Grouping) -> Table {
    let width = report.columns().len();
    let mut rows: HashMap<Short, Vec<u64>> = HashMap::new();
    let (begins, ends) = (period.begins(), period.ends());
    for counted in count(report, facts).iter().filter(|one| begins <= one.at && one.at < ends && one.amount > 0) {
        let numbers = rows.entry(Short::of(counted, grouping, facts)).or_insert_with(|| vec![0; width]);
        for (_, number) in numbers.iter_mut().enumerate().filter(|(column, _)| counts_in(counted, *column)) {
            *number += u64::from(counted.amount);
        }
    }
    let mut total = vec![0; width];
    for numbers in rows.values() {
        total.iter_mut().zip(numbers).for_each(|(total, number)| *total += number);
    }
    let spelt_out = rows.into_iter().map(|(key, numbers)| Row { key: key.spelt_out(facts), numbers });
    let mut rows: Vec<Row> = spelt_out.collect();
    rows.sort_unstable_by(|one, other| one.key.cmp(&other.key));
    Table { report, period, grouping, rows, total }
}

/// The events behind a number of a table, in the order of the record: of one row, or of the total where none is named.
#[must_use]
pub fn behind(
    report: StandardReport,
    facts: &Facts,
    period: Period,
    (grouping, row): (Grouping, Option<&RowKey>),
    column: usize,
) -> Vec<Behind> {
    let is_of_row =
        |counted: &Counted| row.is_none_or(|row| Short::of(counted, grouping, facts).spelt_out(facts) == *row);
    let mut behind: Vec<Behind> = count(report, facts)
        .iter()
        .filter(|one| period.contains(one.at) && one.amount > 0 && counts_in(one, column) && is_of_row(one))
        .map(|one| Behind { event: one.event, because: one.because, amount: one.amount })
        .collect();
    behind.sort_unstable();
    behind
}
