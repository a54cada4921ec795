//! What a filter leaves in of the audit record, as SQL that is answered without going through all of it: the events of a
//! patient, an encounter, a user, a service or a kind by what is derived behind the appends, by the one of them with the fewest.

use desk_domain::audit::{AuditFilter, PatientSought};
use desk_domain::failure::RecordFailure;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

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

/// What `audit_sought` leads to.
struct Derived {
    /// Its code there.
    what: i64,
    /// The event's own column of it.
    column: &'static str,
    /// Which values of that.
    which: &'static str,
    values: Vec<Value>,
}

const THIS: &str = "= ?";
const OF_NHS_NUMBER: &str = "IN (SELECT id FROM encounter WHERE nhs_number = ?)";
const OF_NAME: &str = "IN (SELECT id FROM encounter WHERE family_name = ?)";
const OF_NAME_BORN: &str = "IN (SELECT id FROM encounter WHERE family_name = ? AND birth_date = ?)";

fn of_derived(filter: &AuditFilter) -> Vec<Derived> {
    let derived = |what, column, which, values: Vec<String>| Derived {
        what,
        column,
        which,
        values: values.into_iter().map(Value::from).collect(),
    };
    let encounter = filter.encounter.map(|id| derived(4, "encounter", THIS, vec![id.to_string()]));
    let patient = filter.patient.as_ref().map(|patient| match patient {
        PatientSought::NhsNumber { number } => derived(4, "encounter", OF_NHS_NUMBER, vec![number.reveal().clone()]),
        PatientSought::Name { family, born: None } => derived(4, "encounter", OF_NAME, vec![family.reveal().clone()]),
        PatientSought::Name { family, born: Some(born) } => {
            derived(4, "encounter", OF_NAME_BORN, vec![family.reveal().clone(), born.reveal().clone()])
        }
    });
    let user = filter.user.as_ref().map(|user| derived(1, "username", THIS, vec![user.to_string()]));
    let service = filter.service.as_ref().map(|service| derived(2, "service", THIS, vec![service.to_string()]));
    let kind = filter.kind.map(|kind| derived(3, "kind", THIS, vec![<&str>::from(kind).to_owned()]));
    [encounter, patient, user, service, kind].into_iter().flatten().collect()
}

/// How `audit_sought` leads to the events.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Led {
    /// It does not.
    Not,
    /// In the order of the record: it is gone through on the outside.
    InOrder,
    /// By the numbers of several values, which SQLite brings into the order of the record before it reads any event.
    Listed,
}

/// What a filter leaves in: conditions, each with its values.
pub(crate) struct Sought {
    led: Led,
    /// On what is read before the events.
    on_numbers: (Vec<String>, Vec<Value>),
    on_events: (Vec<String>, Vec<Value>),
}

impl Sought {
    pub(crate) fn of(connection: &Connection, filter: &AuditFilter) -> Result<Self, StoreError> {
        let mut all = Self { led: Led::Not, on_numbers: Default::default(), on_events: Default::default() };
        let mut derived = of_derived(filter);
        if !derived.is_empty() {
            let Derived { what, which, values, .. } = derived.swap_remove(fewest(connection, &derived)?);
            all.led = if which == THIS { Led::InOrder } else { Led::Listed };
            all.on_numbers.0.push(format!("audit_sought.what = {what} AND audit_sought.value {which}"));
            all.on_numbers.1.extend(values);
        }
        for Derived { column, which, values, .. } in derived {
            all.and(&format!("{column} {which}"), values);
        }
        if let Some(from) = filter.from.map(instant) {
            all.number(">=", first_at(connection, &from)?);
            all.and("at >= ?", [from.into()]);
        }
        if let Some(until) = filter.until.map(instant) {
            all.number("<=", last_until(connection, &until)?);
            all.and("at <= ?", [until.into()]);
        }
        Ok(all)
    }

    /// A condition on the event itself.
    pub(crate) fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.on_events.0.push(condition.to_owned());
        self.on_events.1.extend(values);
    }

    /// A condition on its number.
    pub(crate) fn number(&mut self, compared: &str, with: i64) {
        let column = if self.led == Led::Not { "audit_event.number" } else { "audit_sought.number" };
        self.on_numbers.0.push(format!("{column} {compared} ?"));
        self.on_numbers.1.push(with.into());
    }

    /// Every event as [`crate::chain::stored`] reads it, by number; `DESC` or `LIMIT` may follow.
    pub(crate) fn events(&self) -> String {
        let number = if self.led == Led::InOrder { "audit_sought.number" } else { "audit_event.number" };
        format!("{COLUMNS} {} ORDER BY {number}", self.within(EVENTS))
    }

    /// The numbers of the events, in any order; `LIMIT` may follow.
    pub(crate) fn numbers(&self) -> String {
        if self.led != Led::Not && self.on_events.0.is_empty() {
            return format!("SELECT number FROM audit_sought {}", conditions(&self.on_numbers.0));
        }
        format!("SELECT audit_event.number FROM {}", self.within("audit_event"))
    }

    /// In the order in which the statements ask for them.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Value> {
        self.on_numbers.1.iter().chain(&self.on_events.1)
    }

    /// From where, and under which conditions.
    fn within(&self, events: &str) -> String {
        let (on_numbers, on_events) = (&self.on_numbers.0, &self.on_events.0);
        match self.led {
            Led::Not => format!("{events} {}", conditions(on_numbers.iter().chain(on_events))),
            Led::InOrder => {
                let joined = "audit_event.number = audit_sought.number".to_owned();
                let all = conditions([&joined].into_iter().chain(on_numbers).chain(on_events));
                format!("audit_sought CROSS JOIN {events} {all}")
            }
            Led::Listed => {
                let listed = format!("SELECT audit_sought.number FROM audit_sought {}", conditions(on_numbers));
                let listed = format!("audit_event.number IN ({listed})");
                format!("{events} {}", conditions([&listed].into_iter().chain(on_events)))
            }
        }
    }
}

/// `WHERE …`, or nothing.
fn conditions<'c>(all: impl IntoIterator<Item = &'c String>) -> String {
    let all: Vec<&str> = all.into_iter().map(String::as_str).collect();
    if all.is_empty() { String::new() } else { format!("WHERE {}", all.join(" AND ")) }
}

/// Which of these has the fewest events, as far as that is worth finding out.
fn fewest(connection: &Connection, derived: &[Derived]) -> Result<usize, StoreError> {
    let mut fewest = (0, COMPARED);
    if derived.len() > 1 {
        for (place, Derived { what, which, values, .. }) in derived.iter().enumerate() {
            let at_most = Value::from(fewest.1);
            let sql = format!(
                "SELECT count(*) FROM (SELECT 1 FROM audit_sought WHERE what = {what} AND value {which} LIMIT ?)"
            );
            let counted = params_from_iter(values.iter().chain([&at_most]));
            let count = connection.prepare_cached(&sql)?.query_row(counted, |row| row.get(0))?;
            if count < fewest.1 {
                fewest = (place, count);
            }
        }
    }
    Ok(fewest.0)
}
