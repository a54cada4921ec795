//! Reports RP-01 to RP-14: what each counts, in words and as pure functions over the facts of the audit record.
//!
//! | Module | What is there |
//! |---|---|
//! | [`definition`] | The reports: titles, definitions in words, columns, groupings |
//! | [`period`] | The days that a report is about (UK local days), and the days to compare them with |
//! | [`facts`] | What the reports need of each event of the audit record, and nothing personal |
//! | [`table`] | From facts to a table, and from a number of it to the events behind it |
//!
//! Three rules hold for every report:
//!
//! 1. Each thing that is counted is dated by one event, the counted event, and counts on the UK local day of that event. So
//!    the numbers of neighbouring periods add up to those of the whole.
//! 2. How it is counted follows from the whole record of its encounter (and of the encounter of its booking), never from
//!    where the period begins or ends. So a long period is gone through in parts, and no part needs to know of another.
//! 3. "Before" and "after" go by the order in the record, not by the clock, which may have been set back.

mod count;
mod course;
pub mod definition;
pub mod facts;
pub mod period;
pub mod table;

pub use definition::{Column, Grouping, StandardReport};
pub use facts::{
    BookingFault, EncounterKey, Fact, FactKind, Facts, Gathering, Key, Late, OnWhoseWord, RebookStep, Settled, Word,
    Words,
};
pub use period::{Period, PeriodRefusal};
pub use table::{Behind, Drawing, Row, RowKey, Table, Trace, Traced};
