//! FHIR's XML form of what stands in JSON: elements in the order of their definitions, values in attributes.

use quick_xml::Writer;
use quick_xml::escape::escape;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use quick_xml::name::QName;
use serde_json::{Map, Value};

use crate::fhir::definition;

/// What cannot be told in XML: where it stands.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Untold {
    #[error("{0} is not an element that is known")]
    Unknown(String),
    #[error("it cannot be written: {0}")]
    Io(#[from] std::io::Error),
}

/// A resource in XML.
pub(crate) fn written(resource: &Value) -> Result<Vec<u8>, Untold> {
    let mut xml = Xml(Writer::new(Vec::new()));
    xml.0.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.resource(resource, true)?;
    Ok(xml.0.into_inner())
}

struct Xml(Writer<Vec<u8>>);

impl Xml {
    fn resource(&mut self, resource: &Value, is_root: bool) -> Result<(), Untold> {
        let kind = resource["resourceType"].as_str().unwrap_or_default();
        let Some(fields) = resource.as_object().filter(|_| definition::elements(kind).is_some()) else {
            return Err(Untold::Unknown(format!("resource {kind:?}")));
        };
        let mut tag = BytesStart::new(kind);
        if is_root {
            tag.push_attribute(("xmlns", "http://hl7.org/fhir"));
        }
        self.0.write_event(Event::Start(tag))?;
        self.children(fields, kind, &["resourceType"])?;
        self.close(kind)
    }

    /// What is in an element, but for what was told in its attributes.
    fn children(&mut self, fields: &Map<String, Value>, kind: &str, told: &[&str]) -> Result<(), Untold> {
        let untold = |key: &&String| !told.contains(&key.as_str());
        let bare = |key: &str| key.strip_prefix('_').unwrap_or(key).to_owned();
        if let Some(unknown) = fields.keys().filter(untold).find(|key| definition::find(kind, &bare(key)).is_none()) {
            return Err(Untold::Unknown(format!("{kind}.{unknown}")));
        }
        for element in definition::elements(kind).unwrap_or_default() {
            // A choice has one key at most, and its own extensions another.
            let mut keys: Vec<String> = fields.keys().filter(untold).map(|key| bare(key)).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let Some(kind) = element.kind_under(&key) else { continue };
                self.all(&key, kind, fields.get(&key), fields.get(&format!("_{key}")))?;
            }
        }
        Ok(())
    }

    /// Every value of an element, each with what stands beside it.
    fn all(&mut self, name: &str, kind: &str, values: Option<&Value>, beside: Option<&Value>) -> Result<(), Untold> {
        let many = |values: Option<&Value>| match values {
            Some(Value::Array(all)) => all.clone(),
            Some(one) => vec![one.clone()],
            None => Vec::new(),
        };
        let (values, beside) = (many(values), many(beside));
        for number in 0..values.len().max(beside.len()) {
            let of = |all: &[Value]| all.get(number).cloned().unwrap_or_default();
            self.one(name, kind, &of(&values), &of(&beside))?;
        }
        Ok(())
    }

    fn one(&mut self, name: &str, kind: &str, value: &Value, beside: &Value) -> Result<(), Untold> {
        if kind == "Resource" {
            self.0.write_event(Event::Start(BytesStart::new(name)))?;
            self.resource(value, false)?;
            return self.close(name);
        }
        if kind == "xhtml" {
            let narrative = value.as_str().unwrap_or_default();
            self.0.write_event(Event::Text(BytesText::from_escaped(narrative)))?;
            return Ok(());
        }
        let is_object = value.is_object();
        let (fields, kind) = if is_object { (value, kind) } else { (beside, "Element") };
        let mut tag = BytesStart::new(name);
        let attributes: &[&str] = if kind == "Extension" { &["id", "url"] } else { &["id"] };
        for attribute in attributes {
            if let Some(text) = fields[*attribute].as_str() {
                tag.push_attribute(attribute_of(attribute, text));
            }
        }
        match value {
            Value::String(text) => tag.push_attribute(attribute_of("value", text)),
            Value::Bool(_) | Value::Number(_) => tag.push_attribute(attribute_of("value", &value.to_string())),
            Value::Object(_) | Value::Array(_) | Value::Null => {}
        }
        let Some(fields) =
            fields.as_object().filter(|fields| fields.keys().any(|key| !attributes.contains(&key.as_str())))
        else {
            return Ok(self.0.write_event(Event::Empty(tag))?);
        };
        self.0.write_event(Event::Start(tag))?;
        self.children(fields, kind, attributes)?;
        self.close(name)
    }

    fn close(&mut self, name: &str) -> Result<(), Untold> {
        Ok(self.0.write_event(Event::End(BytesEnd::new(name)))?)
    }
}

/// An attribute whose lines and tabs a reader does not turn into spaces.
fn attribute_of<'a>(name: &'a str, text: &str) -> Attribute<'a> {
    let value = escape(text).replace('\n', "&#10;").replace('\t', "&#9;").replace('\r', "&#13;");
    Attribute { key: QName(name), value: value.into() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(resource: &Value) -> String {
        String::from_utf8(written(resource).expect("written")).expect("text")
    }

    #[test]
    fn elements_stand_in_the_order_of_their_definition_with_their_values_in_attributes() {
        let patient = json!({
            "gender": "male", "resourceType": "Patient", "id": "p1", "birthDate": "1974-11-12", "_birthDate": { "id": "b" },
            "name": [{ "given": ["Ann", null], "_given": [null, { "extension": [{ "url": "u", "valueCode": "x" }] }],
                "family": "O'Neill & \"Co\"\n<x>", "id": "n" }],
            "active": true, "telecom": [{ "rank": 1, "system": "phone" }], "deceasedBoolean": false,
            "text": { "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">a<br/></div>", "status": "generated" },
        });
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Patient xmlns=\"http://hl7.org/fhir\"><id value=\"p1\"/>\
            <text><status value=\"generated\"/><div xmlns=\"http://www.w3.org/1999/xhtml\">a<br/></div></text>\
            <active value=\"true\"/><name id=\"n\"><family value=\"O&apos;Neill &amp; &quot;Co&quot;&#10;&lt;x&gt;\"/>\
            <given value=\"Ann\"/><given><extension url=\"u\"><valueCode value=\"x\"/></extension></given></name>\
            <telecom><system value=\"phone\"/><rank value=\"1\"/></telecom><gender value=\"male\"/>\
            <birthDate id=\"b\" value=\"1974-11-12\"/><deceasedBoolean value=\"false\"/></Patient>";
        assert_eq!(text(&patient), expected, "by the definition");
    }

    #[test]
    fn resources_in_resources_stand_in_an_element_of_their_own_and_nothing_unknown_is_left_out() {
        let bundle = json!({ "resourceType": "Bundle", "type": "searchset", "entry": [{ "resource": { "resourceType": "Slot",
            "contained": [{ "resourceType": "Location", "name": "A" }], "status": "free" }, "fullUrl": "u" }] });
        assert!(
            text(&bundle).ends_with(
                "<entry><fullUrl value=\"u\"/><resource><Slot><contained><Location><name value=\"A\"/></Location></contained>\
                 <status value=\"free\"/></Slot></resource></entry></Bundle>"
            ),
            "{}",
            text(&bundle)
        );
        assert!(written(&json!({ "resourceType": "Slot", "odd": 1 })).is_err(), "an unknown element is no silent loss");
        assert!(written(&json!({ "resourceType": "Odd" })).is_err(), "an unknown resource");
    }
}
