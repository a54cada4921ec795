//! Every field of an event with its value, as the record has it, for whoever wants to see all of it.

use chrono::{DateTime, Utc};
use desk_domain::audit::AuditAction;
use serde::Serialize;
use serde_json::Value;
use ts_rs::TS;

use crate::display;

/// A field of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditFieldView {
    /// What it is.
    pub name: String,
    /// Its value in words.
    pub value: String,
}

/// Fields whose value is one of the record's own words, and not what somebody typed or an id.
const WORDS: [&str; 12] =
    ["role", "action", "result", "fault", "status", "whose", "step", "route", "ending", "group", "kind", "by"];

/// The fields of what happened; those that say nothing are left out.
pub(crate) fn fields(what: &AuditAction) -> Vec<AuditFieldView> {
    let mut all = Vec::new();
    if let Ok(Value::Object(fields)) = serde_json::to_value(what) {
        for (name, value) in fields.iter().filter(|(name, _)| *name != "kind") {
            flatten(&display::spaced(name), name, value, &mut all);
        }
    }
    all
}

fn flatten(path: &str, name: &str, value: &Value, all: &mut Vec<AuditFieldView>) {
    let mut say = |value: String| all.push(AuditFieldView { name: path.to_owned(), value });
    match value {
        Value::Null => {}
        Value::Bool(yes) => say(if *yes { "Yes" } else { "No" }.to_owned()),
        Value::Number(number) => say(if name.ends_with("Ms") { format!("{number} ms") } else { number.to_string() }),
        Value::String(text) => say(words(name, text)),
        Value::Array(items) if items.is_empty() => say("None".to_owned()),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let texts: Vec<_> = items.iter().filter_map(Value::as_str).collect();
            say(texts.join(", "));
        }
        Value::Array(items) => {
            for (place, item) in (1..).zip(items) {
                flatten(&format!("{path} {place}"), name, item, all);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                flatten(&format!("{path}, {}", display::spaced(name).to_lowercase()), name, value, all);
            }
        }
    }
}

fn words(name: &str, text: &str) -> String {
    if let Ok(at) = text.parse::<DateTime<Utc>>() {
        return format!("{} {}", display::to_the_second(at), display::zone(at));
    }
    if WORDS.contains(&name) { display::spaced(text) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use desk_domain::audit::AuditFilter;
    use desk_domain::id::{IntentId, RequestId};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn every_field_that_says_something_is_told_in_words() {
        let settled = AuditAction::BookingSettled {
            intent: IntentId(Uuid::nil()),
            request: RequestId(Uuid::nil()),
            result: desk_domain::booking::BookingResultKind::NotBooked,
            booking: None,
            failure: Some("the slot has gone".to_owned()),
            fault: None,
            tries: 2,
        };
        let told: Vec<_> = fields(&settled).into_iter().map(|field| (field.name, field.value)).collect();
        let nil = Uuid::nil().to_string();
        let expected = [
            ("Failure", "the slot has gone"),
            ("Intent", &nil),
            ("Request", &nil),
            ("Result", "Not booked"),
            ("Tries", "2"),
        ];
        let mut sorted = told.clone();
        sorted.sort();
        assert_eq!(sorted, expected.map(|(name, value)| (name.to_owned(), value.to_owned())), "{told:?}");
    }

    #[test]
    fn what_lies_within_is_told_with_where_it_lies_and_instants_in_uk_time() {
        let from = "2026-07-01T12:00:00Z".parse().ok();
        let filter = AuditFilter { from, ..AuditFilter::default() };
        let read = fields(&AuditAction::AuditRead { filter: Box::new(filter), before: None });
        let expected = AuditFieldView { name: "Filter, from".to_owned(), value: "01-Jul-2026 13:00:00 BST".to_owned() };
        assert_eq!(read, [expected], "one");
    }
}
