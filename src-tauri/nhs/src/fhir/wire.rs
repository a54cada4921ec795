//! FHIR JSON as it comes: whatever stands in a field is taken as far as it makes sense, and is missing where it does not.
//! A text that is a number, a list that is one thing, an object that is null: nothing of that fails the resource.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use chrono::{DateTime, Utc};
use serde::Deserialize as DeriveDeserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A text, where one is given.
#[derive(Debug, Default, Clone)]
pub(crate) struct Text<'a>(Option<Cow<'a, str>>);

impl Text<'_> {
    /// The text without white space around it; none where nothing else is left.
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }

    /// The same, of its own.
    pub(crate) fn owned(&self) -> Option<String> {
        self.get().map(str::to_owned)
    }

    /// An instant (UTC), where the text names one with its zone.
    pub(crate) fn instant(&self) -> Option<DateTime<Utc>> {
        instant(self.get()?)
    }
}

/// An instant with its zone; without one it says nothing that could be relied on.
pub(crate) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let read = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%#z"))
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%#z"));
    read.ok().map(|at| at.to_utc())
}

/// One thing, where it is there and is an object.
#[derive(Debug, Clone)]
pub(crate) struct One<T>(pub(crate) Option<T>);

/// Things, where there are any: a list of objects, or an object alone.
#[derive(Debug, Clone)]
pub(crate) struct Many<T>(pub(crate) Vec<T>);

impl<T> Default for One<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

macro_rules! anything_else_is_missing {
    ($missing:expr) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok($missing)
        }

        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok($missing)
        }

        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok($missing)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok($missing)
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($missing)
        }
    };
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            anything_else_is_missing!(Text(None));

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Some(Cow::Borrowed(text))))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Some(Cow::Owned(text.to_owned()))))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                IgnoredAny.visit_seq(seq).map(|_| Text(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                IgnoredAny.visit_map(map).map(|_| Text(None))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for One<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = One<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            anything_else_is_missing!(One(None));

            fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
                Ok(One(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                IgnoredAny.visit_seq(seq).map(|_| One(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|thing| One(Some(thing)))
            }
        }
        deserializer.deserialize_any(Reader(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Many<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of objects")
            }

            anything_else_is_missing!(Many(Vec::new()));

            fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
                Ok(Many(Vec::new()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut things = Vec::new();
                while let Some(thing) = seq.next_element::<One<T>>()? {
                    things.extend(thing.0);
                }
                Ok(Many(things))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|thing| Many(vec![thing]))
            }
        }
        deserializer.deserialize_any(Reader(PhantomData))
    }
}

/// An entry of a Bundle, its resource read as a slot until it turns out to be something else.
#[derive(DeriveDeserialize)]
pub(crate) struct Entry<'a> {
    #[serde(rename = "fullUrl", borrow, default)]
    pub(crate) full_url: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) resource: One<Slot<'a>>,
}

/// A Slot, as much of it as the desk needs.
#[derive(DeriveDeserialize)]
pub(crate) struct Slot<'a> {
    #[serde(rename = "resourceType", borrow, default)]
    pub(crate) kind: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) id: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) status: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) start: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) end: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) identifier: Many<Identifier<'a>>,
    #[serde(borrow, default)]
    pub(crate) schedule: Many<Reference<'a>>,
    #[serde(borrow, default)]
    pub(crate) extension: Many<Extension<'a>>,
    #[serde(borrow, default)]
    pub(crate) contained: Option<&'a RawValue>,
}

/// A business identifier.
#[derive(DeriveDeserialize)]
pub(crate) struct Identifier<'a> {
    #[serde(borrow, default)]
    pub(crate) system: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) value: Text<'a>,
}

/// A reference.
#[derive(DeriveDeserialize)]
pub(crate) struct Reference<'a> {
    #[serde(borrow, default)]
    pub(crate) reference: Text<'a>,
}

/// An extension whose value is a code in one of the forms it is met in.
#[derive(DeriveDeserialize)]
pub(crate) struct Extension<'a> {
    #[serde(borrow, default)]
    pub(crate) url: Text<'a>,
    #[serde(rename = "valueCode", borrow, default)]
    pub(crate) code: Text<'a>,
    #[serde(rename = "valueString", borrow, default)]
    pub(crate) string: Text<'a>,
    #[serde(rename = "valueCodeableConcept", borrow, default)]
    pub(crate) concept: One<Concept<'a>>,
}

/// A CodeableConcept.
#[derive(DeriveDeserialize)]
pub(crate) struct Concept<'a> {
    #[serde(borrow, default)]
    pub(crate) coding: Many<Coding<'a>>,
}

/// A Coding.
#[derive(DeriveDeserialize)]
pub(crate) struct Coding<'a> {
    #[serde(borrow, default)]
    pub(crate) code: Text<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sl_4_a_field_of_the_wrong_kind_is_missing_and_fails_nothing() {
        let odd = ["7", "null", "true", "1.5", "-3", "[]", "[[{\"reference\":\"x\"}]]", "{\"a\":{}}", "\"\"", "\"  \""];
        for odd in odd {
            let json = format!(
                r#"{{"resourceType":"Slot","id":{odd},"start":{odd},"identifier":{odd},"schedule":{odd},"extension":{odd}}}"#
            );
            let slot: Slot<'_> = serde_json::from_str(&json).expect("read as far as it goes");
            assert_eq!(slot.kind.get(), Some("Slot"), "{odd}");
            assert_eq!((slot.id.get(), slot.start.instant()), (None, None), "{odd}");
            assert!(slot.schedule.0.iter().all(|one| one.reference.get().is_none()), "{odd}");
        }
    }

    #[test]
    fn sl_4_a_list_may_be_one_thing_and_a_text_may_be_escaped() {
        let slot: Slot<'_> =
            serde_json::from_str(r#"{"id":" a\u00e9 ","schedule":{"reference":"Schedule/1"}}"#).expect("a slot");
        assert_eq!(slot.id.get(), Some("aé"), "trimmed and unescaped");
        assert_eq!(slot.schedule.0.first().and_then(|one| one.reference.get()), Some("Schedule/1"), "one thing");
    }

    #[test]
    fn sl_7_an_instant_may_be_written_in_several_ways_but_never_without_its_zone() {
        let same = [
            "2026-11-20T13:00:00.000Z",
            "2026-11-20T13:00:00Z",
            "2026-11-20T13:00Z",
            "2026-11-20T14:00:00+01:00",
            "2026-11-20T14:00:00+0100",
            "2026-11-20T13:00:00.000000000+00:00",
            "2026-11-20t13:00:00z",
        ];
        for text in same {
            assert_eq!(instant(text).map(|at| at.to_rfc3339()).as_deref(), Some("2026-11-20T13:00:00+00:00"), "{text}");
        }
        for text in ["2026-11-20T13:00:00", "2026-11-20", "13:00Z", "2026-11-31T13:00:00Z", "soon", ""] {
            assert_eq!(instant(text), None, "{text}");
        }
    }
}
