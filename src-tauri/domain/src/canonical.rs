//! The canonical form: one value, one sequence of bytes. It is JSON by RFC 8785 for what events hold: no fractions, and
//! whole numbers within ±(2⁵³ − 1). What stands in `Personal<…>` is taken out into a list of its own, so that it can be
//! removed later without changing a byte of the rest; in its place stands `{"$personal":n}`, its position in that list.

use std::fmt::{self, Write as _};

use serde::Serialize;
use serde::ser::{self, Serializer};
use serde_json::Value;

use crate::personal::PERSONAL;

/// The greatest whole number that every reader of JSON reads exactly.
const GREATEST: u64 = (1 << 53) - 1;
/// The key of the object that stands for a personal value. No field of ours begins with `$`.
const PLACE: &str = "$personal";
/// What is read where a personal value was removed.
pub const REMOVED: &str = "[removed]";

/// A value in its canonical form, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// Everything but the personal values.
    pub plain: String,
    /// The personal values, a list in the order of their places; none where there are none.
    pub personal: Option<String>,
}

/// Why a value has no canonical form: it holds a fraction, a number out of range, bytes, or a key that is no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it has no canonical form: {0}")]
pub struct NotCanonical(String);

/// The canonical form of a value, what is personal kept apart.
///
/// # Errors
/// [`NotCanonical`].
pub fn parts<T: Serialize + ?Sized>(value: &T) -> Result<Parts, NotCanonical> {
    let (mut plain, mut places) = (String::new(), Vec::new());
    value.serialize(Tree)?.write(&mut plain, &mut Some(&mut places));
    let personal = (!places.is_empty()).then(|| format!("[{}]", places.join(",")));
    Ok(Parts { plain, personal })
}

/// The canonical form of a whole value, what is personal in its place: plain JSON.
///
/// # Errors
/// [`NotCanonical`].
pub fn whole<T: Serialize + ?Sized>(value: &T) -> Result<String, NotCanonical> {
    let mut text = String::new();
    value.serialize(Tree)?.write(&mut text, &mut None);
    Ok(text)
}

/// Puts the parts together again; where the personal part was removed, [`REMOVED`] stands in its places.
///
/// # Errors
/// The parts are no JSON, or do not belong together.
pub fn together(plain: &str, personal: Option<&str>) -> Result<Value, NotCanonical> {
    let read = |text: &str| serde_json::from_str::<Value>(text).map_err(|_| NotCanonical("it is no JSON".to_owned()));
    let mut value = read(plain)?;
    let personal = personal.map(read).transpose()?;
    put_back(&mut value, personal.as_ref())?;
    Ok(value)
}

fn put_back(value: &mut Value, personal: Option<&Value>) -> Result<(), NotCanonical> {
    match value {
        Value::Object(fields) => {
            if let Some(place) = fields.get(PLACE).filter(|_| fields.len() == 1) {
                let Some(personal) = personal else {
                    *value = Value::String(REMOVED.to_owned());
                    return Ok(());
                };
                let place = place.as_u64().and_then(|place| usize::try_from(place).ok());
                let found = place.and_then(|place| personal.get(place)).cloned();
                *value = found.ok_or_else(|| NotCanonical("its parts do not belong together".to_owned()))?;
                return Ok(());
            }
            fields.values_mut().try_for_each(|field| put_back(field, personal))
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| put_back(item, personal)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

/// A value on its way to its canonical form.
enum Node {
    /// `null`, `true`, `false`, or a number.
    Literal(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
    Personal(Box<Node>),
}

impl Node {
    /// Writes it; personal values go to their places where there are any, and stay where they are otherwise.
    fn write(self, out: &mut String, places: &mut Option<&mut Vec<String>>) {
        match self {
            Self::Literal(literal) => out.push_str(&literal),
            Self::Text(text) => write_text(&text, out),
            Self::List(items) => {
                out.push('[');
                for (at, item) in items.into_iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    item.write(out, places);
                }
                out.push(']');
            }
            Self::Map(mut entries) => {
                entries.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
                out.push('{');
                for (at, (key, entry)) in entries.into_iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    write_text(&key, out);
                    out.push(':');
                    entry.write(out, places);
                }
                out.push('}');
            }
            Self::Personal(value) => {
                let Some(list) = places else { return value.write(out, places) };
                let mut personal = String::new();
                value.write(&mut personal, &mut None);
                let place = Self::Map(vec![(PLACE.to_owned(), Self::Literal(list.len().to_string()))]);
                list.push(personal);
                place.write(out, &mut None);
            }
        }
    }
}

/// A text with the escapes that RFC 8785 names, and no other.
fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            // Writing to a String does not fail.
            c if c < ' ' => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

impl ser::Error for NotCanonical {
    fn custom<T: fmt::Display>(what: T) -> Self {
        Self(what.to_string())
    }
}

/// Makes the tree of a value.
struct Tree;

/// A list that grows; of a variant, where it has a name.
struct List(Option<&'static str>, Vec<Node>);

/// A map that grows; of a variant, where it has a name. With the key whose value comes next.
struct Map(Option<&'static str>, Vec<(String, Node)>, String);

impl List {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotCanonical> {
        self.1.push(value.serialize(Tree)?);
        Ok(())
    }

    fn done(self) -> Node {
        of_variant(self.0, Node::List(self.1))
    }
}

impl Map {
    fn push<T: Serialize + ?Sized>(&mut self, key: String, value: &T) -> Result<(), NotCanonical> {
        if key == PLACE {
            return Err(NotCanonical("a key has a name that is not its own".to_owned()));
        }
        self.1.push((key, value.serialize(Tree)?));
        Ok(())
    }

    fn done(self) -> Node {
        of_variant(self.0, Node::Map(self.1))
    }
}

fn of_variant(variant: Option<&'static str>, content: Node) -> Node {
    match variant {
        Some(name) => Node::Map(vec![(name.to_owned(), content)]),
        None => content,
    }
}

fn whole_number(number: i128) -> Result<Node, NotCanonical> {
    if number.unsigned_abs() > u128::from(GREATEST) {
        return Err(NotCanonical("a number is out of range".to_owned()));
    }
    Ok(Node::Literal(number.to_string()))
}

impl Serializer for Tree {
    type Ok = Node;
    type Error = NotCanonical;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = List;
    type SerializeTupleVariant = List;
    type SerializeMap = Map;
    type SerializeStruct = Map;
    type SerializeStructVariant = Map;

    fn serialize_bool(self, value: bool) -> Result<Node, NotCanonical> {
        Ok(Node::Literal(value.to_string()))
    }

    fn serialize_i8(self, value: i8) -> Result<Node, NotCanonical> {
        whole_number(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<Node, NotCanonical> {
        whole_number(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<Node, NotCanonical> {
        whole_number(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<Node, NotCanonical> {
        whole_number(value.into())
    }

    fn serialize_u8(self, value: u8) -> Result<Node, NotCanonical> {
        whole_number(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<Node, NotCanonical> {
        whole_number(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<Node, NotCanonical> {
        whole_number(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<Node, NotCanonical> {
        whole_number(value.into())
    }

    fn serialize_f32(self, _: f32) -> Result<Node, NotCanonical> {
        Err(NotCanonical("a fraction".to_owned()))
    }

    fn serialize_f64(self, _: f64) -> Result<Node, NotCanonical> {
        Err(NotCanonical("a fraction".to_owned()))
    }

    fn serialize_char(self, value: char) -> Result<Node, NotCanonical> {
        Ok(Node::Text(value.to_string()))
    }

    fn serialize_str(self, value: &str) -> Result<Node, NotCanonical> {
        Ok(Node::Text(value.to_owned()))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Node, NotCanonical> {
        Err(NotCanonical("bytes".to_owned()))
    }

    fn serialize_none(self) -> Result<Node, NotCanonical> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Node, NotCanonical> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Node, NotCanonical> {
        Ok(Node::Literal("null".to_owned()))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Node, NotCanonical> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Node, NotCanonical> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Node, NotCanonical> {
        let value = value.serialize(self)?;
        Ok(if name == PERSONAL { Node::Personal(Box::new(value)) } else { value })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Node, NotCanonical> {
        Ok(of_variant(Some(variant), value.serialize(self)?))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List, NotCanonical> {
        Ok(List(None, Vec::new()))
    }

    fn serialize_tuple(self, _: usize) -> Result<List, NotCanonical> {
        Ok(List(None, Vec::new()))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List, NotCanonical> {
        Ok(List(None, Vec::new()))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List, NotCanonical> {
        Ok(List(Some(variant), Vec::new()))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Map, NotCanonical> {
        Ok(Map(None, Vec::new(), String::new()))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Map, NotCanonical> {
        Ok(Map(None, Vec::new(), String::new()))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Map, NotCanonical> {
        Ok(Map(Some(variant), Vec::new(), String::new()))
    }
}

/// The four kinds of list differ in nothing here.
macro_rules! grows_a_list {
    ($($of:ident $push:ident),+) => {$(
        impl ser::$of for List {
            type Ok = Node;
            type Error = NotCanonical;

            fn $push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotCanonical> {
                self.push(value)
            }

            fn end(self) -> Result<Node, NotCanonical> {
                Ok(self.done())
            }
        }
    )+};
}

grows_a_list!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);

/// Nor do the two kinds of named fields.
macro_rules! grows_a_map {
    ($($of:ident),+) => {$(
        impl ser::$of for Map {
            type Ok = Node;
            type Error = NotCanonical;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), NotCanonical> {
                self.push(key.to_owned(), value)
            }

            fn end(self) -> Result<Node, NotCanonical> {
                Ok(self.done())
            }
        }
    )+};
}

grows_a_map!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Map {
    type Ok = Node;
    type Error = NotCanonical;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NotCanonical> {
        let Node::Text(key) = key.serialize(Tree)? else {
            return Err(NotCanonical("a key that is no text".to_owned()));
        };
        self.2 = key;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotCanonical> {
        let key = std::mem::take(&mut self.2);
        self.push(key, value)
    }

    fn end(self) -> Result<Node, NotCanonical> {
        Ok(self.done())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::personal::Personal;

    #[test]
    fn the_form_is_that_of_rfc_8785() {
        // The RFC's own example of keys, ordered by UTF-16 code units, and of escapes.
        let keys = json!({ "\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7 });
        let expected = "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}";
        assert_eq!(whole(&keys).expect("canonical"), expected, "order of keys");
        let escapes = "\u{20ac}$\u{f}\nA'B\"\\\\\"/";
        assert_eq!(whole(escapes).expect("canonical"), "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"", "escapes");
    }

    #[test]
    fn what_other_readers_would_read_otherwise_is_refused() {
        assert!(whole(&0.5).is_err(), "a fraction");
        assert!(whole(&(GREATEST + 1)).is_err(), "a number that not every reader reads exactly");
        assert_eq!(whole(&-9_007_199_254_740_991_i64).expect("canonical"), "-9007199254740991", "the last that is");
        assert!(whole(&HashMap::from([(1, "key")])).is_err(), "a key that is no text");
        assert!(whole(&json!({ "$personal": 0 })).is_err(), "content that looks like a place");
    }

    #[test]
    fn what_is_personal_is_kept_apart_and_put_together_again() {
        let value = HashMap::from([
            ("b", Some(Personal::from("Patient"))),
            ("a", Some(Personal::from("07700 900123"))),
            ("c", None),
        ]);
        let parts = parts(&value).expect("canonical");
        assert_eq!(parts.plain, "{\"a\":{\"$personal\":0},\"b\":{\"$personal\":1},\"c\":null}", "places, in order");
        assert_eq!(parts.personal.as_deref(), Some("[\"07700 900123\",\"Patient\"]"), "the values");
        let together = |personal| together(&parts.plain, personal).expect("they belong together");
        let whole_again = json!({ "a": "07700 900123", "b": "Patient", "c": null });
        assert_eq!(together(parts.personal.as_deref()), whole_again, "whole again");
        assert_eq!(together(None), json!({ "a": REMOVED, "b": REMOVED, "c": null }), "after they were removed");
        assert!(super::together(&parts.plain, Some("[\"x\"]")).is_err(), "parts of two");
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "\\PC{0,6}|[\\x00-\\x1f\"\\\\]{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("[a-zéσ😀]{0,3}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn one_value_has_one_form_and_two_values_have_two(one in values(), other in values()) {
            let forms = (whole(&one).expect("canonical"), whole(&other).expect("canonical"));
            prop_assert_eq!(one == other, forms.0 == forms.1);
            // Whatever order the fields came in.
            let reversed: Value = match &one {
                Value::Object(map) => Value::Object(map.clone().into_iter().rev().collect()),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => one.clone(),
            };
            prop_assert_eq!(whole(&reversed).expect("canonical"), forms.0.clone());
            prop_assert_eq!(serde_json::from_str::<Value>(&forms.0).expect("JSON"), one);
        }

        #[test]
        fn personal_values_leave_nothing_behind_and_come_back(texts in proptest::collection::vec("[A-Z]{8}", 0..5)) {
            let wrapped: Vec<Personal<String>> = texts.iter().cloned().map(Personal::new).collect();
            let parts = parts(&wrapped).expect("canonical");
            prop_assert!(texts.iter().all(|text| !parts.plain.contains(text.as_str())), "{}", parts.plain);
            prop_assert_eq!(together(&parts.plain, parts.personal.as_deref()).expect("parts of one"), json!(texts));
        }
    }
}
