//! Reading a form: every field that is wrong is named at once, beside where it belongs, in words that say what to do.

use chrono::NaiveDate;
use desk_domain::reports::Period;

use crate::problem::{FieldProblem, Problem};

/// A form being read.
#[derive(Debug, Default)]
pub(crate) struct Form {
    wrong: Vec<FieldProblem>,
}

impl Form {
    /// Notes a field that is wrong.
    pub(crate) fn wrong(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.wrong.push(FieldProblem { field: field.into(), message: message.into() });
    }

    /// Notes the field unless the condition holds.
    pub(crate) fn check(&mut self, holds: bool, field: &str, message: &str) {
        if !holds {
            self.wrong(field, message);
        }
    }

    /// The value, or a note on the field.
    pub(crate) fn needed<T, E>(&mut self, field: &str, read: Result<T, E>, message: &str) -> Option<T> {
        read.map_err(|_| self.wrong(field, message)).ok()
    }

    /// The value where something was typed, or a note on the field.
    pub(crate) fn optional<T, E>(
        &mut self,
        field: &str,
        typed: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
        message: &str,
    ) -> Option<T> {
        if typed.trim().is_empty() { None } else { self.needed(field, read(typed), message) }
    }

    /// Whether a field whose name begins so is wrong.
    pub(crate) fn has_wrong(&self, begins: &str) -> bool {
        self.wrong.iter().any(|wrong| wrong.field.starts_with(begins))
    }

    /// The problem, where any field is wrong.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        if self.wrong.is_empty() { Ok(()) } else { Err(Problem::form(self.wrong)) }
    }
}

/// The forms in which a day is typed. None begins with the month: 03/04 is in April.
const DAYS: [&str; 6] = ["%Y-%m-%d", "%d-%b-%Y", "%d %b %Y", "%d/%m/%Y", "%d-%m-%Y", "%d %m %Y"];

/// A day as it is typed, in UK local time; an error where it is none, or none of a year that a record may be of.
pub(crate) fn day(text: &str) -> Result<NaiveDate, ()> {
    let read = DAYS.iter().find_map(|form| NaiveDate::parse_from_str(text.trim(), form).ok());
    read.filter(|day| Period::new(*day, *day).is_ok()).ok_or(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_people_here_write_it() {
        let expected = NaiveDate::from_ymd_opt(2026, 4, 3).ok_or(());
        for typed in ["03-Apr-2026", " 3 apr 2026", "03/04/2026", "3-4-2026", "2026-04-03"] {
            assert_eq!(day(typed), expected, "{typed}");
        }
        for none in ["", "soon", "2026-02-30", "31/04/2026", "3/4/26", "04/2026"] {
            assert_eq!(day(none), Err(()), "{none}");
        }
    }
}
