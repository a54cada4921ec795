//! The reports over records in SQLite: a month counted by hand, a recount by other code from the exported lines, and what
//! holds for every record.

#![expect(clippy::expect_used, reason = "a test says at once what is not as it needs it")]

mod any_record;
mod changed;
#[path = "../invented/mod.rs"]
mod invented;
mod month;
mod record;
mod recount;
