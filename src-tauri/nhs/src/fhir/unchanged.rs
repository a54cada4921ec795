//! The appointment as it is written back (CA-3): the text that came, byte for byte, but for the value of its status. The
//! value is found where a JSON reader finds it, never by looking for words.

use std::fmt;

use desk_domain::cancel::WholeAppointment;
use desk_journeys::ports::InvalidOrder;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

const CANCELLED: &str = "\"cancelled\"";

/// The content of a cancellation.
///
/// # Errors
/// Why the appointment cannot be written back with its status alone changed.
pub(crate) fn cancelled(appointment: &WholeAppointment) -> Result<String, InvalidOrder> {
    let content = appointment.content.reveal();
    let whose = Fields::read(content)?.word("id")?;
    if whose.trim() != appointment.held.appointment_id {
        return Err(wrong("it is another appointment than the one that was shown"));
    }
    with_status_cancelled(content)
}

/// An appointment's text with its status `cancelled`.
pub(crate) fn with_status_cancelled(content: &str) -> Result<String, InvalidOrder> {
    let fields = Fields::read(content)?;
    if fields.word("resourceType")? != "Appointment" {
        return Err(wrong("it is no appointment"));
    }
    fields.word("status")?;
    let status = fields.only("status")?.get();
    // What the reader borrows lies within what it reads.
    let at = status.as_ptr().addr().wrapping_sub(content.as_ptr().addr());
    let parts = content.get(..at).zip(content.get(at.saturating_add(status.len())..));
    let (before, after) = parts.ok_or_else(|| wrong("its status cannot be found"))?;
    let changed = format!("{before}{CANCELLED}{after}");
    if fields.differ_in_the_status_alone(&Fields::read(&changed)?) {
        Ok(changed)
    } else {
        Err(wrong("more than its status would change"))
    }
}

fn wrong(what: &str) -> InvalidOrder {
    InvalidOrder(format!("the appointment cannot be written back: {what}"))
}

/// The fields of an object in their order, each value to the letter.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Fields<'a> {
    fn read(content: &'a str) -> Result<Self, InvalidOrder> {
        serde_json::from_str(content).map_err(|_| wrong("it is no JSON object"))
    }

    /// The value of a field that stands once.
    fn only(&self, name: &str) -> Result<&'a RawValue, InvalidOrder> {
        let mut named = self.0.iter().filter(|(given, _)| given == name);
        match (named.next(), named.next()) {
            (Some((_, value)), None) => Ok(value),
            (None, _) => Err(wrong(&format!("it has no {name}"))),
            (Some(_), Some(_)) => Err(wrong(&format!("its {name} stands twice"))),
        }
    }

    /// The same, which is a text.
    fn word(&self, name: &str) -> Result<String, InvalidOrder> {
        serde_json::from_str(self.only(name)?.get()).map_err(|_| wrong(&format!("its {name} is no text")))
    }

    fn differ_in_the_status_alone(&self, changed: &Self) -> bool {
        let same = |((name, value), (new_name, new)): (&(String, &RawValue), &(String, &RawValue))| {
            name == new_name && (if name == "status" { new.get() == CANCELLED } else { new.get() == value.get() })
        };
        self.0.len() == changed.0.len() && self.0.iter().zip(&changed.0).all(same)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An odd but honest appointment, around a status.
    fn odd(status: &str) -> String {
        let narrative = "<p>\\u0141\u{142} &amp; \\\"status\\\":\\\"booked\\\"</p>".repeat(4_000);
        [
            "\r\n{ \"z\" : [1.0, 1e3, -0, 1E+2, 123456789012345678901234567890, 1e400],\t\"_status\":{\"extension\":[{\"url\":\"x\",\"valueCode\":\"booked\"}]},",
            " \"resourceType\":\"Appointment\",\"contained\":[{\"resourceType\":\"Slot\",\"status\":\"busy\"},{\"status\":\"booked\"}],\n",
            "  \"text\":{\"status\":\"generated\",\"div\":\"",
            &narrative,
            "\"},\"id\":\"a1\",\"Status\":\"booked\",\"description\":\"\\ud83d\\ude00 \\/ \u{1f600} \\\"status\\\": \\\"booked\\\"\",\n   \"status\"  :   ",
            status,
            "  ,\"participant\":[{\"status\":\"accepted\",\"actor\":{\"status\":[]}}],\"a\":null,\"extension\":[{\"valueDecimal\":0.10}] }\n\n",
        ]
        .concat()
    }

    #[test]
    fn ca_3_the_status_changes_and_not_a_byte_beside_it() {
        for status in ["\"booked\"", "\"\"", "\"cancelled\"", "\"b\\u006foked\"", "\"arrived or not \u{1f600}\""] {
            assert_eq!(with_status_cancelled(&odd(status)), Ok(odd(CANCELLED)), "{status}");
        }
        let escaped = r#"{"resourceType":"Appointment","st\u0061tus":"booked"}"#;
        let expected = r#"{"resourceType":"Appointment","st\u0061tus":"cancelled"}"#;
        assert_eq!(with_status_cancelled(escaped).as_deref(), Ok(expected), "the key as it was written");
    }

    #[test]
    fn ca_3_what_cannot_be_written_back_with_the_status_alone_changed_is_not_written_back() {
        let table = [
            (r#"{"resourceType":"Appointment"}"#, "has no status"),
            (r#"{"resourceType":"Appointment","Status":"booked"}"#, "has no status"),
            (r#"{"resourceType":"Appointment","status":"booked","status":"booked"}"#, "stands twice"),
            (r#"{"resourceType":"Appointment","status":"booked","st\u0061tus":"booked"}"#, "stands twice"),
            (r#"{"resourceType":"Appointment","status":null}"#, "is no text"),
            (r#"{"resourceType":"Appointment","status":["booked"]}"#, "is no text"),
            (r#"{"resourceType":"Appointment","status":"\ud800"}"#, "is no text"),
            (r#"{"resourceType":"Slot","status":"booked"}"#, "no appointment"),
            (r#"{"status":"booked"}"#, "has no resourceType"),
            (r#"[{"resourceType":"Appointment","status":"booked"}]"#, "no JSON object"),
            (r#"{"resourceType":"Appointment","status":"booked"} {}"#, "no JSON object"),
            (r#"{"resourceType":"Appointment","status":"booked""#, "no JSON object"),
            ("\u{feff}{\"resourceType\":\"Appointment\",\"status\":\"booked\"}", "no JSON object"),
            ("", "no JSON object"),
        ];
        for (content, why) in table {
            let refused = with_status_cancelled(content).expect_err(content).0;
            assert!(refused.contains(why), "{content}: {refused}");
        }
    }

    /// Any JSON text: numbers beyond what a reader holds, escapes, white space, keys that stand twice.
    fn json_text() -> impl Strategy<Value = String> {
        let number = r"-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,9})?([eE][+-]?[0-9]{1,4})?";
        let leaf = prop_oneof![Just("null".to_owned()), Just("true".to_owned()), number, quoted()];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let list = prop::collection::vec(inner.clone(), 0..5);
            let fields = prop::collection::vec((key(), space(), inner), 0..5);
            prop_oneof![
                (list, space()).prop_map(|(all, space)| format!("[{space}{}{space}]", all.join(&format!("{space},")))),
                fields.prop_map(|all| object(&all)),
            ]
        })
    }

    fn quoted() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            r#"[^"\\\x00-\x1f]{0,6}"#,
            prop::sample::select(vec![r"\\", r"\/", r"\u00e9", r"\ud83d\ude00", r"\n", r#"\"status\":\"booked\""#])
                .prop_map(str::to_owned),
        ];
        prop::collection::vec(part, 0..4).prop_map(|parts| format!("\"{}\"", parts.concat()))
    }

    fn key() -> impl Strategy<Value = String> {
        prop_oneof![quoted(), prop::sample::select(vec!["\"status\"", "\"_status\"", "\"id\""]).prop_map(str::to_owned)]
    }

    fn space() -> impl Strategy<Value = String> {
        "[ \t\r\n]{0,3}"
    }

    fn object(fields: &[(String, String, String)]) -> String {
        let written: Vec<_> = fields.iter().map(|(key, space, value)| format!("{space}{key}{space}:{value}")).collect();
        format!("{{{}}}", written.join(","))
    }

    proptest! {
        #[test]
        fn ca_3_any_appointment_changes_in_its_status_and_nowhere_else(
            before in prop::collection::vec((quoted(), space(), json_text()), 0..5),
            after in prop::collection::vec((quoted(), space(), json_text()), 0..5),
            status in quoted(),
            around in space(),
        ) {
            let with = |status: &str| {
                let own = ["\"resourceType\"", "\"status\""].map(str::to_owned);
                let values = ["\"Appointment\"".to_owned(), format!("{around}{status}{around}")];
                let own = own.into_iter().zip(values).map(|(key, value)| (key, around.clone(), value));
                let all: Vec<_> = before.iter().cloned().chain(own).chain(after.iter().cloned()).collect();
                format!("{around}{}{around}", object(&all))
            };
            prop_assert_eq!(with_status_cancelled(&with(&status)), Ok(with(CANCELLED)));
        }

        #[test]
        fn no_text_makes_the_writer_panic(text in "\\PC{0,60}", cut in 0usize..60) {
            let _ = with_status_cancelled(&text);
            let whole = odd("\"booked\"");
            let end = whole.char_indices().nth(cut * 20).map_or(whole.len(), |(at, _)| at);
            let _ = with_status_cancelled(&whole[..end]);
        }
    }
}
