//! Reading searchset Bundles (SL-4): resources in any order, asked for or not, whole or not. What cannot be understood is
//! counted and left out; only a Bundle that is none fails.

use std::collections::HashMap;

use desk_domain::failure::ProviderFailure;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::fhir::refusal::without_bom;

/// One page of a search.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) next: Option<String>,
    entries: Vec<(Option<String>, Value)>,
    not_understood: u32,
}

#[derive(Deserialize)]
struct Bundle<'a> {
    #[serde(rename = "resourceType")]
    resource_type: String,
    #[serde(borrow)]
    entry: Option<Vec<&'a RawValue>>,
    link: Option<Value>,
}

/// The link to the next page, among links that may be anything.
fn next_link(links: Option<&Value>) -> Option<String> {
    let next = links?.as_array()?.iter().find(|link| link.get("relation").and_then(Value::as_str) == Some("next"))?;
    text(next, "url")
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "fullUrl")]
    full_url: Option<String>,
    resource: Option<Value>,
}

impl Page {
    /// Reads a page.
    pub(crate) fn read(body: &[u8]) -> Result<Self, ProviderFailure> {
        let body = without_bom(body);
        let malformed = |_| ProviderFailure::Malformed;
        if let Ok(bundle) = serde_json::from_slice::<Bundle<'_>>(body) {
            if bundle.resource_type == "OperationOutcome" {
                // Some providers answer so, instead of a Bundle with it, where they have nothing to give.
                let outcome = serde_json::from_slice(body).map_err(malformed)?;
                return Ok(Self { entries: vec![(None, outcome)], ..Self::default() });
            }
            return Self::of(&bundle);
        }
        // Keys that stand twice: the last one counts, as most readers have it.
        let value: Value = serde_json::from_slice(body).map_err(malformed)?;
        let text = value.to_string();
        Self::of(&serde_json::from_str(&text).map_err(malformed)?)
    }

    fn of(bundle: &Bundle<'_>) -> Result<Self, ProviderFailure> {
        if bundle.resource_type != "Bundle" {
            return Err(ProviderFailure::Malformed);
        }
        let mut page = Self { next: next_link(bundle.link.as_ref()), ..Self::default() };
        for raw in bundle.entry.iter().flatten() {
            let entry = serde_json::from_str::<Entry>(raw.get()).ok().and_then(|e| Some((e.full_url, e.resource?)));
            match entry {
                Some((full_url, resource)) if resource.get("resourceType").is_some() => {
                    page.entries.push((full_url, resource))
                }
                Some(_) | None => page.not_understood += 1,
            }
        }
        Ok(page)
    }

    /// Whether every entry was understood.
    pub(crate) const fn is_understood(&self) -> bool {
        self.not_understood == 0
    }

    /// The resources of a type.
    pub(crate) fn of_type<'a>(&'a self, wanted: &'a str) -> impl Iterator<Item = &'a Value> {
        self.entries.iter().map(|(_, resource)| resource).filter(move |resource| kind(resource) == Some(wanted))
    }
}

fn kind(resource: &Value) -> Option<&str> {
    resource.get("resourceType").and_then(Value::as_str)
}

/// The resources of all pages, to be found by reference.
#[derive(Debug, Default)]
pub(crate) struct Resources {
    all: Vec<Value>,
    by_reference: HashMap<String, usize>,
    pub(crate) not_understood: u32,
}

impl Resources {
    /// Adds a page.
    pub(crate) fn add(&mut self, page: Page) {
        self.not_understood += page.not_understood;
        for (full_url, resource) in page.entries {
            let at = self.all.len();
            if let (Some(kind), Some(id)) = (kind(&resource), resource.get("id").and_then(Value::as_str)) {
                self.by_reference.entry(format!("{kind}/{id}")).or_insert(at);
            }
            if let Some(url) = full_url {
                self.by_reference.entry(url).or_insert(at);
            }
            self.all.push(resource);
        }
    }

    /// The resources of a type.
    pub(crate) fn of_type<'a>(&'a self, wanted: &'a str) -> impl Iterator<Item = &'a Value> {
        self.all.iter().filter(move |resource| kind(resource) == Some(wanted))
    }

    /// What a reference within a resource points to: contained, by full URL, or by type and id, absolute or relative, with
    /// or without a version.
    pub(crate) fn find<'a>(&'a self, within: &'a Value, reference: &str) -> Option<&'a Value> {
        if let Some(id) = reference.strip_prefix('#') {
            let contained = within.get("contained").and_then(Value::as_array)?;
            return contained.iter().find(|resource| resource.get("id").and_then(Value::as_str) == Some(id));
        }
        let bare = reference.split("/_history/").next().unwrap_or(reference);
        let by = |key: &str| self.by_reference.get(key).and_then(|at| self.all.get(*at));
        by(reference).or_else(|| by(bare)).or_else(|| by(&last_two(bare)?))
    }
}

fn last_two(reference: &str) -> Option<String> {
    let mut parts = reference.rsplit('/');
    let (id, kind) = (parts.next()?, parts.next()?);
    Some(format!("{kind}/{id}"))
}

/// The reference in a field, or in each of a list.
pub(crate) fn references<'a>(field: Option<&'a Value>) -> impl Iterator<Item = &'a str> {
    let list: &'a [Value] = match field {
        Some(Value::Array(list)) => list,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    list.iter().filter_map(|item| item.get("reference").and_then(Value::as_str))
}

/// A text field that is not empty.
pub(crate) fn text(resource: &Value, field: &str) -> Option<String> {
    let text = resource.get(field).and_then(Value::as_str)?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sl_4_a_byte_order_mark_double_keys_and_strange_entries_do_no_harm() {
        let body = "\u{feff}{\"resourceType\":\"Bundle\",\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"resourceType\":\"Slot\",\"id\":\"1\",\"id\":\"2\"}},{},{\"resource\":7},{\"resource\":{\"resourceType\":\"Brandnew\"}}]}";
        let page = Page::read(body.as_bytes()).expect("a Bundle");
        assert_eq!(page.of_type("Slot").count(), 1, "the slot");
        assert_eq!(page.not_understood, 2, "entries without a resource");
    }

    #[test]
    fn er_3_a_truncated_body_or_another_resource_is_malformed() {
        for body in
            ["{\"resourceType\":\"Bundle\",\"entry\":[", "", "<html/>", "{\"resourceType\":\"Patient\"}", "[]", "null"]
        {
            assert_eq!(Page::read(body.as_bytes()).err(), Some(ProviderFailure::Malformed), "{body:?}");
        }
    }

    #[test]
    fn sl_4_an_operation_outcome_instead_of_a_bundle_is_a_page_without_slots() {
        let body = r#"{"resourceType":"OperationOutcome","issue":[{"diagnostics":"no slots"}]}"#;
        let page = Page::read(body.as_bytes()).expect("a page");
        assert_eq!(
            (page.of_type("Slot").count(), page.of_type("OperationOutcome").count()),
            (0, 1),
            "the remark alone"
        );
    }

    #[test]
    fn references_are_found_contained_absolute_relative_and_versioned() {
        let body = r##"{"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Location","id":"l"}},
            {"fullUrl":"https://p.example/Schedule/s","resource":{"resourceType":"Schedule","id":"s"}}]}"##;
        let mut resources = Resources::default();
        resources.add(Page::read(body.as_bytes()).expect("a Bundle"));
        let within: Value = serde_json::json!({ "contained": [{ "resourceType": "Practitioner", "id": "p" }] });
        let found = |reference: &str| resources.find(&within, reference).and_then(kind).map(str::to_owned);
        for reference in [
            "Schedule/s",
            "https://p.example/Schedule/s",
            "https://p.example/Schedule/s/_history/2",
            "Schedule/s/_history/1",
            "https://other.example/x/Schedule/s",
        ] {
            assert_eq!(found(reference).as_deref(), Some("Schedule"), "{reference}");
        }
        assert_eq!(found("urn:uuid:1").as_deref(), Some("Location"), "by full URL");
        assert_eq!(found("#p").as_deref(), Some("Practitioner"), "contained");
        assert_eq!(found("Schedule/other"), None, "not there");
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Page::read(&bytes);
        }
    }
}
