//! The shape of a body that was sent: that its JSON is FHIR's (known elements, lists and objects where they belong, values
//! written as their types are). What a booking must say is another matter: `order`.

use chrono::{DateTime, NaiveDate, Utc};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::{Map, Value};

use crate::fhir::definition::{self, TAKEN};
use crate::fhir::outcome::{Refused, refuse};

fn wrong(place: &str, said: &str) -> Refused {
    refuse(400, "INVALID_RESOURCE", said).at(place)
}

/// Holds a resource to the definition of its type.
pub(crate) fn check(resource: &Value, place: &str) -> Result<(), Refused> {
    let kind = resource["resourceType"].as_str().unwrap_or_default();
    let Some(fields) = resource.as_object().filter(|_| TAKEN.contains(&kind)) else {
        return Err(wrong(place, "This is no resource that is taken here"));
    };
    fields_of(fields, kind, place)
}

fn fields_of(fields: &Map<String, Value>, kind: &str, place: &str) -> Result<(), Refused> {
    if fields.is_empty() {
        return Err(wrong(place, "An element is empty"));
    }
    let is_resource = TAKEN.contains(&kind);
    for (key, value) in fields.iter().filter(|(key, _)| !(is_resource && *key == "resourceType")) {
        let bare = key.strip_prefix('_').unwrap_or(key);
        let here = format!("{place}.{}", shown(bare));
        let Some((element, kind)) = definition::find(kind, bare) else {
            return Err(wrong(&here, "This element is not known"));
        };
        let kind = if bare == key { kind } else { "Element" };
        match (value, element.many) {
            (Value::Array(all), true) if !all.is_empty() => {
                for (number, one) in all.iter().enumerate() {
                    let filled_elsewhere = one.is_null() && definition::elements(element.kind).is_none();
                    if !filled_elsewhere || fields.get(&other(key)).is_none_or(|other| other[number].is_null()) {
                        self::one(one, kind, &format!("{here}[{number}]"))?;
                    }
                }
            }
            (_, true) => return Err(wrong(&here, "This must be a list with something in it")),
            (one, false) => self::one(one, kind, &here)?,
        }
    }
    Ok(())
}

/// The key under which a primitive value's own extensions stand, and the other way round.
fn other(key: &str) -> String {
    key.strip_prefix('_').map_or_else(|| format!("_{key}"), str::to_owned)
}

/// A key as it may be said: whatever a client sent.
fn shown(key: &str) -> String {
    key.chars().take(40).map(|c| if c.is_ascii_alphanumeric() { c } else { '?' }).collect()
}

fn one(value: &Value, kind: &str, place: &str) -> Result<(), Refused> {
    if kind == "Resource" {
        if !value["contained"].is_null() || !value["text"].is_null() {
            return Err(wrong(place, "A contained resource contains no others, and no narrative"));
        }
        return check(value, place);
    }
    match (value, definition::elements(kind)) {
        (Value::Object(fields), Some(_)) => fields_of(fields, kind, place),
        (_, Some(_)) => Err(wrong(place, "This must be an object")),
        (primitive, None) if fits(primitive, kind) => Ok(()),
        (_, None) => Err(wrong(place, &format!("This is not a value of type {kind}"))),
    }
}

fn fits(value: &Value, kind: &str) -> bool {
    let text = value.as_str().filter(|text| is_text(text));
    match kind {
        "boolean" => value.is_boolean(),
        "decimal" => value.is_number(),
        "integer" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        "unsignedInt" => value.as_u64().is_some_and(|number| number <= i32::MAX as u64),
        "positiveInt" => value.as_u64().is_some_and(|number| (1..=i32::MAX as u64).contains(&number)),
        "instant" => text.is_some_and(|text| instant(text).is_some()),
        "date" => text.is_some_and(date),
        "dateTime" => text.is_some_and(|text| date(text) || instant(text).is_some()),
        "code" => text.is_some_and(|text| text.split(' ').all(|word| !word.is_empty())),
        "uri" | "oid" | "base64Binary" => text.is_some_and(|text| !text.contains(char::is_whitespace)),
        "id" => text.is_some_and(|text| {
            text.len() <= 64 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.')
        }),
        "xhtml" => text.is_some_and(narrative),
        _ => text.is_some(),
    }
}

/// Something, and nothing that no text may hold.
fn is_text(text: &str) -> bool {
    let forbidden = |c: char| (c < ' ' && !"\t\n\r".contains(c)) || c == '\u{fffe}' || c == '\u{ffff}';
    !text.trim().is_empty() && !text.contains(forbidden)
}

/// A year, a month or a day.
fn date(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let whole = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        10 => text.to_owned(),
        _ => return false,
    };
    digits(text) && NaiveDate::parse_from_str(&whole, "%Y-%m-%d").is_ok()
}

/// An instant: to the second at least, with its zone, as FHIR writes it and in no other way.
pub(crate) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let allowed = |byte: u8| byte.is_ascii_digit() || b"-:.TZ+".contains(&byte);
    if !text.bytes().all(allowed) || text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc())
}

/// One `div` of XHTML, well-formed, without anything that would run or be fetched.
fn narrative(text: &str) -> bool {
    let mut reader = Reader::from_str(text);
    let (mut open, mut roots) = (0_usize, 0_usize);
    loop {
        let Ok(event) = reader.read_event() else { return false };
        match event {
            Event::Start(tag) => {
                roots += usize::from(open == 0);
                if !harmless(&tag, open == 0) {
                    return false;
                }
                open += 1;
            }
            Event::Empty(tag) => {
                roots += usize::from(open == 0);
                if !harmless(&tag, open == 0) {
                    return false;
                }
            }
            Event::End(_) => open = open.saturating_sub(1),
            Event::Text(inner) if open == 0 && !inner.trim().is_empty() => return false,
            Event::Text(_) | Event::Comment(_) => {}
            Event::GeneralRef(reference) => {
                let known = ["amp", "lt", "gt", "quot", "apos"].contains(&&*reference);
                if open == 0 || !(known || matches!(reference.resolve_char_ref(), Ok(Some(_)))) {
                    return false;
                }
            }
            Event::CData(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => return false,
            Event::Eof => return open == 0 && roots == 1,
        }
    }
}

fn harmless(tag: &BytesStart<'_>, is_root: bool) -> bool {
    const FORBIDDEN: [&str; 9] = ["script", "style", "form", "object", "iframe", "frame", "base", "link", "embed"];
    let name = tag.name();
    let mut in_namespace = false;
    for attribute in tag.attributes() {
        let Ok(attribute) = attribute else { return false };
        let key: &str = attribute.key.as_ref();
        let is_namespace = key == "xmlns";
        if key.starts_with("on") || key.contains(':') || attribute.value.contains('<') {
            return false;
        }
        if is_namespace && attribute.value != "http://www.w3.org/1999/xhtml" {
            return false;
        }
        in_namespace |= is_namespace;
    }
    let name: &str = name.as_ref();
    if is_root { name == "div" && in_namespace } else { !FORBIDDEN.contains(&name) && !name.contains(':') }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn instants_and_dates_are_those_of_the_standard_alone() {
        for right in ["2026-11-21T09:30:00Z", "2026-11-21T09:30:00.000+01:00", "2026-11-21T09:30:00.123456-00:30"] {
            assert!(instant(right).is_some(), "{right}");
        }
        let wrong = [
            "2026-11-21T09:30Z",
            "2026-11-21 09:30:00Z",
            "2026-11-21T09:30:00",
            "2026-11-21t09:30:00z",
            "2026-11-21T09:30:00 01:00",
            "2026-13-21T09:30:00Z",
            "2026-11-21",
            "",
            "9999999-01-01T00:00:00Z",
        ];
        for wrong in wrong {
            assert!(instant(wrong).is_none(), "{wrong}");
        }
        assert!(date("2026") && date("2026-02") && date("2024-02-29"), "dates");
        assert!(!date("2026-02-29") && !date("26-2-1") && !date("+026-01-01"), "no dates");
    }

    #[test]
    fn a_narrative_is_one_well_formed_div_that_does_nothing() {
        let div = |inner: &str| format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{inner}</div>");
        assert!(narrative(&div("a <b>b</b> &amp; &#233;<br/>")), "plain");
        let wrong = [
            div("<b>"),
            div("&nbsp;"),
            div("<script>x</script>"),
            div("<p onclick=\"x\">y</p>"),
            div("</div><div>"),
            "<div>x</div>".to_owned(),
            "x".to_owned(),
            div("a & b"),
            format!("<!DOCTYPE div>{}", div("x")),
            div("<a:b xmlns:a=\"x\"/>"),
            div("<p a=\"1\" a=\"2\">y</p>"),
        ];
        for wrong in wrong {
            assert!(!narrative(&wrong), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_fhir_is_refused_with_its_place() {
        let table = [
            (json!({ "resourceType": "Appointment", "reminder": true }), "Appointment.reminder"),
            (json!({ "resourceType": "Appointment", "slot": {} }), "Appointment.slot"),
            (json!({ "resourceType": "Appointment", "slot": [] }), "Appointment.slot"),
            (json!({ "resourceType": "Appointment", "slot": [{}] }), "Appointment.slot[0]"),
            (json!({ "resourceType": "Appointment", "start": 7 }), "Appointment.start"),
            (json!({ "resourceType": "Appointment", "comment": null }), "Appointment.comment"),
            (json!({ "resourceType": "Appointment", "comment": "a\u{1}" }), "Appointment.comment"),
            (
                json!({ "resourceType": "Appointment", "contained": [{ "resourceType": "Bundle" }] }),
                "Appointment.contained[0]",
            ),
            (json!({ "resourceType": "Appointment", "a\"b": 1 }), "Appointment.a?b"),
        ];
        for (body, place) in table {
            let refused = check(&body, "Appointment").expect_err("refused");
            assert_eq!(refused.place(), place, "{body}");
        }
        let extended = json!({ "resourceType": "Patient", "_birthDate": { "id": "b" },
            "name": [{ "given": [null, "Ann"], "_given": [{ "id": "x" }, null] }] });
        assert!(check(&extended, "Patient").is_ok(), "values that have parts of their own");
    }
}
