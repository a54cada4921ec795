//! What a filter leaves in of the audit record, as SQL that indexes answer: the events of encounters by the index of these, those
//! of a user, a service or a kind by what is derived behind the appends, by the one of them with the fewest.

use desk_domain::audit::{AuditFilter, PatientSought};
use desk_domain::failure::RecordFailure;
use rusqlite::types::Value;
use rusqlite::{Connection, params};

use crate::audit::{first_at, last_until};
use crate::chain::{COLUMNS, EVENTS};
use crate::error::StoreError;
use crate::instant;
use crate::open::Store;

/// How far is looked how many there are, to begin with the fewest.
const COMPARED: i64 = 10_000;

impl Store {
    /// Brings up to date what a filter is answered by, where that is derived.
    pub(crate) async fn ready_for(&self, filter: &AuditFilter) -> Result<(), RecordFailure> {
        if of_derived(filter).is_empty() { Ok(()) } else { self.up_to_date().await }
    }
}

/// What is looked up in `audit_sought`: its code there, the column of the event, the value.
type Derived = (i64, &'static str, String);

fn of_derived(filter: &AuditFilter) -> Vec<Derived> {
    let user = filter.user.as_ref().map(|user| (1, "username = ?", user.to_string()));
    let service = filter.service.as_ref().map(|service| (2, "service = ?", service.to_string()));
    let kind = filter.kind.map(|kind| (3, "kind = ?", <&str>::from(kind).to_owned()));
    [user, service, kind].into_iter().flatten().collect()
}

/// What a filter leaves in: conditions, each with its value.
pub(crate) struct Sought {
    /// Whether `audit_sought` leads to the events.
    derived: bool,
    conditions: Vec<String>,
    values: Vec<Value>,
    /// Whether a condition asks for more than numbers.
    of_events: bool,
}

impl Sought {
    pub(crate) fn of(connection: &Connection, filter: &AuditFilter) -> Result<Self, StoreError> {
        let mut all = Self { derived: false, conditions: Vec::new(), values: Vec::new(), of_events: false };
        let mut derived = of_derived(filter);
        if filter.patient.is_none() && filter.encounter.is_none() && !derived.is_empty() {
            let (what, _, value) = derived.swap_remove(fewest(connection, &derived)?);
            all.derived = true;
            all.conditions.push("audit_sought.what = ? AND audit_sought.value = ?".to_owned());
            all.values.extend([what.into(), value.into()]);
        }
        for (_, condition, value) in derived {
            all.and(condition, value);
        }
        match &filter.patient {
            Some(PatientSought::NhsNumber { number }) => {
                all.and("encounter IN (SELECT id FROM encounter WHERE nhs_number = ?)", number.reveal().clone());
            }
            Some(PatientSought::Name { family, born: None }) => {
                all.and("encounter IN (SELECT id FROM encounter WHERE family_name = ?)", family.reveal().clone());
            }
            Some(PatientSought::Name { family, born: Some(born) }) => {
                all.and(
                    "encounter IN (SELECT id FROM encounter WHERE family_name = ? AND birth_date = ?)",
                    family.reveal().clone(),
                );
                all.values.push(born.reveal().clone().into());
            }
            None => {}
        }
        if let Some(encounter) = filter.encounter {
            all.and("encounter = ?", encounter.to_string());
        }
        if let Some(from) = filter.from.map(instant) {
            all.number(">=", first_at(connection, &from)?);
            all.and("at >= ?", from);
        }
        if let Some(until) = filter.until.map(instant) {
            all.number("<=", last_until(connection, &until)?);
            all.and("at <= ?", until);
        }
        Ok(all)
    }

    /// A condition on the event itself.
    pub(crate) fn and(&mut self, condition: &str, value: impl Into<Value>) {
        self.of_events = true;
        self.conditions.push(condition.to_owned());
        self.values.push(value.into());
    }

    /// A condition on its number.
    pub(crate) fn number(&mut self, compared: &str, with: i64) {
        self.conditions.push(format!("{} {compared} ?", self.column()));
        self.values.push(with.into());
    }

    /// Every event as [`crate::chain::stored`] reads it, by number; `DESC` or `LIMIT` may follow.
    pub(crate) fn events(&self) -> String {
        // What leads to the events is gone through on the outside, in its order.
        let led_to = if self.derived { "audit_sought CROSS JOIN" } else { "" };
        format!("{COLUMNS} {led_to} {EVENTS} {} ORDER BY {}", self.conditions(), self.column())
    }

    /// The numbers of the events, in any order; `LIMIT` may follow.
    pub(crate) fn numbers(&self) -> String {
        let from = match (self.derived, self.of_events) {
            (false, _) => "audit_event",
            (true, false) => return format!("SELECT number FROM audit_sought WHERE {}", self.conditions.join(" AND ")),
            (true, true) => "audit_sought CROSS JOIN audit_event",
        };
        format!("SELECT {} FROM {from} {}", self.column(), self.conditions())
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Value> {
        self.values.iter()
    }

    const fn column(&self) -> &'static str {
        if self.derived { "audit_sought.number" } else { "audit_event.number" }
    }

    /// `WHERE …`, or nothing.
    fn conditions(&self) -> String {
        let joined = self.derived.then_some("audit_event.number = audit_sought.number");
        let all: Vec<&str> = joined.into_iter().chain(self.conditions.iter().map(String::as_str)).collect();
        if all.is_empty() { String::new() } else { format!("WHERE {}", all.join(" AND ")) }
    }
}

/// Which of these has the fewest events, as far as that is worth finding out.
fn fewest(connection: &Connection, derived: &[Derived]) -> Result<usize, StoreError> {
    let mut fewest = (0, i64::MAX);
    if derived.len() > 1 {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM audit_sought WHERE what = ?1 AND value = ?2 LIMIT ?3)";
        let mut statement = connection.prepare_cached(sql)?;
        for (place, (what, _, value)) in derived.iter().enumerate() {
            let count = statement.query_row(params![what, value, COMPARED], |row| row.get(0))?;
            if count < fewest.1 {
                fewest = (place, count);
            }
        }
    }
    Ok(fewest.0)
}
