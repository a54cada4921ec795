//! Reading a form: every field that is wrong is named at once, beside where it belongs, in words that say what to do.

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
