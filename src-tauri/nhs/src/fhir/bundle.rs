//! Reading searchset Bundles (SL-4): resources in any order, asked for or not, whole or not. What cannot be understood is
//! counted and left out; only a Bundle that is none fails.
//!
//! A Bundle may hold ten thousand slots and take many megabytes: each entry is read once, slots straight into what is kept
//! of them, and only resources that somebody looks at later are kept as JSON, bounded in size.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use desk_domain::failure::ProviderFailure;
use desk_domain::slot::DeliveryChannel;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::fhir::given::{AsGiven, readable};
use crate::fhir::refusal::without_bom;
use crate::fhir::wire;

/// Resources that are looked at, besides slots and appointments. Every other is understood and let go.
const KEPT: [&str; 6] =
    ["Schedule", "HealthcareService", "Location", "Practitioner", "PractitionerRole", "OperationOutcome"];
/// The largest resource that is kept: JSON takes many times its size once it is read.
pub(crate) const LARGEST_RESOURCE: usize = 1024 * 1024;
/// How much of them is kept of one answer, in bytes of JSON.
const MOST_KEPT: usize = 8 * 1024 * 1024;

const CHANNEL: &str = "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-DeliveryChannel-1";
const GP_CONNECT_CHANNEL: &str = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-GPConnect-DeliveryChannel-2";

/// One page of a search.
#[derive(Default)]
pub(crate) struct Page {
    pub(crate) next: Option<String>,
    /// Appointments, to the letter.
    pub(crate) appointments: Vec<AsGiven>,
    slots: Vec<SlotAsGiven>,
    others: Vec<(Option<String>, Value)>,
    kept: usize,
    pub(crate) not_understood: u32,
}

/// A slot as it stands in an entry.
#[derive(Debug)]
pub(crate) struct SlotAsGiven {
    pub(crate) id: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) start: Option<DateTime<Utc>>,
    pub(crate) end: Option<DateTime<Utc>>,
    pub(crate) identifier: Option<(String, String)>,
    pub(crate) schedule: Option<String>,
    pub(crate) channel: Option<DeliveryChannel>,
    pub(crate) contained: Vec<Value>,
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

impl Page {
    /// Reads a page.
    pub(crate) fn read(body: &[u8]) -> Result<Self, ProviderFailure> {
        let body = without_bom(body);
        let malformed = |_| ProviderFailure::Malformed;
        if let Ok(bundle) = serde_json::from_slice::<Bundle<'_>>(body) {
            if bundle.resource_type == "OperationOutcome" {
                // Some providers answer so, instead of a Bundle with it, where they have nothing to give.
                let outcome = serde_json::from_slice(body).map_err(malformed)?;
                return Ok(Self { others: vec![(None, outcome)], ..Self::default() });
            }
            return Self::of(&bundle);
        }
        // Keys that stand twice: the last one counts, as most readers have it.
        let mut fields: BTreeMap<String, &RawValue> = serde_json::from_slice(body).map_err(malformed)?;
        let mut field = |name: &str| fields.remove(name).map(RawValue::get);
        let resource_type = field("resourceType").ok_or(ProviderFailure::Malformed)?;
        Self::of(&Bundle {
            resource_type: serde_json::from_str(resource_type).map_err(malformed)?,
            entry: field("entry").map(serde_json::from_str).transpose().map_err(malformed)?,
            link: field("link").and_then(|link| serde_json::from_str(link).ok()),
        })
    }

    fn of(bundle: &Bundle<'_>) -> Result<Self, ProviderFailure> {
        if bundle.resource_type != "Bundle" {
            return Err(ProviderFailure::Malformed);
        }
        let mut page = Self { next: next_link(bundle.link.as_ref()), ..Self::default() };
        for raw in bundle.entry.iter().flatten() {
            if page.add(raw.get()).is_none() {
                page.not_understood += 1;
            }
        }
        Ok(page)
    }

    /// Adds an entry; none where it could not be understood.
    fn add(&mut self, entry: &str) -> Option<()> {
        match serde_json::from_str::<wire::Entry<'_>>(entry) {
            Ok(read) => self.add_read(entry, entry, read),
            // Keys that stand twice, as above.
            Err(_) => {
                let plain = readable(entry)?.to_string();
                let read = serde_json::from_str::<wire::Entry<'_>>(&plain).ok()?;
                self.add_read(entry, &plain, read)
            }
        }
    }

    /// The same of an entry that was read, from its text as it came or with each key once.
    fn add_read(&mut self, given: &str, entry: &str, read: wire::Entry<'_>) -> Option<()> {
        let resource = read.resource.0?;
        let kind = resource.kind.get()?;
        if kind == "Slot" {
            self.slots.push(SlotAsGiven::of(&resource)?);
        } else if kind == "Appointment" {
            self.kept += given.len();
            if given.len() > LARGEST_RESOURCE || self.kept > MOST_KEPT {
                return None;
            }
            let fields: BTreeMap<String, &RawValue> = serde_json::from_str(given).ok()?;
            self.appointments.push(AsGiven::read(fields.get("resource")?.get())?);
        } else if KEPT.contains(&kind) {
            self.kept += entry.len();
            if entry.len() > LARGEST_RESOURCE || self.kept > MOST_KEPT {
                return None;
            }
            let resource = serde_json::from_str::<Value>(entry).ok()?.get_mut("resource")?.take();
            self.others.push((read.full_url.owned(), resource));
        }
        Some(())
    }

    /// The resources of a type other than Slot.
    pub(crate) fn of_type<'a>(&'a self, wanted: &'a str) -> impl Iterator<Item = &'a Value> {
        self.others.iter().map(|(_, resource)| resource).filter(move |resource| kind(resource) == Some(wanted))
    }
}

impl SlotAsGiven {
    fn of(slot: &wire::Slot<'_>) -> Option<Self> {
        let contained = match slot.contained {
            Some(raw) if raw.get().len() > LARGEST_RESOURCE => return None,
            Some(raw) => serde_json::from_str(raw.get()).unwrap_or_default(),
            None => Vec::new(),
        };
        let identifier =
            |one: &wire::Identifier<'_>| Some((one.system.owned().unwrap_or_default(), one.value.owned()?));
        Some(Self {
            id: slot.id.owned(),
            status: slot.status.owned(),
            start: slot.start.instant(),
            end: slot.end.instant(),
            identifier: slot.identifier.0.iter().find_map(identifier),
            schedule: slot.schedule.0.iter().find_map(|one| one.reference.owned()),
            channel: channel(&slot.extension.0),
            contained,
        })
    }
}

/// How an appointment takes place, where an extension says so (SL-2).
fn channel(extensions: &[wire::Extension<'_>]) -> Option<DeliveryChannel> {
    let ours = |extension: &&wire::Extension<'_>| matches!(extension.url.get(), Some(CHANNEL | GP_CONNECT_CHANNEL));
    let extension = extensions.iter().find(ours)?;
    let coded = || extension.concept.0.as_ref()?.coding.0.iter().find_map(|coding| coding.code.get());
    let word = extension.code.get().or_else(|| extension.string.get()).or_else(coded)?;
    Some(match word.to_ascii_lowercase().as_str() {
        "in-person" | "in person" => DeliveryChannel::InPerson,
        "telephone" => DeliveryChannel::Telephone,
        "video" => DeliveryChannel::Video,
        _ => DeliveryChannel::Other(word.to_owned()),
    })
}

/// The same of a resource that is kept as JSON.
pub(crate) fn channel_of(resource: &Value) -> Option<DeliveryChannel> {
    let extensions = wire::Many::<wire::Extension<'_>>::deserialize(resource.get("extension")?).ok()?;
    channel(&extensions.0)
}

fn kind(resource: &Value) -> Option<&str> {
    resource.get("resourceType").and_then(Value::as_str)
}

/// The resources of all pages, to be found by reference.
#[derive(Debug, Default)]
pub(crate) struct Resources {
    pub(crate) slots: Vec<SlotAsGiven>,
    others: Vec<Value>,
    by_reference: HashMap<String, usize>,
    pub(crate) not_understood: u32,
}

impl Resources {
    /// Adds a page.
    pub(crate) fn add(&mut self, page: Page) {
        self.not_understood += page.not_understood;
        self.slots.extend(page.slots);
        for (full_url, resource) in page.others {
            let at = self.others.len();
            if let (Some(kind), Some(id)) = (kind(&resource), resource.get("id").and_then(Value::as_str)) {
                self.by_reference.entry(format!("{kind}/{id}")).or_insert(at);
            }
            if let Some(url) = full_url {
                self.by_reference.entry(url).or_insert(at);
            }
            self.others.push(resource);
        }
    }

    /// The resources of a type other than Slot.
    pub(crate) fn of_type<'a>(&'a self, wanted: &'a str) -> impl Iterator<Item = &'a Value> {
        self.others.iter().filter(move |resource| kind(resource) == Some(wanted))
    }

    /// What a reference points to: among what is contained, by full URL, or by type and id, absolute or relative, with or
    /// without a version.
    pub(crate) fn find<'a>(&'a self, contained: &'a [Value], reference: &str) -> Option<&'a Value> {
        if let Some(id) = reference.strip_prefix('#') {
            return contained.iter().find(|resource| resource.get("id").and_then(Value::as_str) == Some(id));
        }
        let bare = reference.split("/_history/").next().unwrap_or(reference);
        let by = |key: &str| self.by_reference.get(key).and_then(|at| self.others.get(*at));
        by(reference).or_else(|| by(bare)).or_else(|| by(&last_two(bare)?))
    }
}

/// Type and id at the end of a reference.
pub(crate) fn last_two(reference: &str) -> Option<String> {
    let mut parts = reference.rsplit('/');
    let (id, kind) = (parts.next()?, parts.next()?);
    Some(format!("{kind}/{id}"))
}

/// What a resource contains.
pub(crate) fn contained(resource: &Value) -> &[Value] {
    resource.get("contained").and_then(Value::as_array).map_or(&[], Vec::as_slice)
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
        assert_eq!(
            page.slots.iter().map(|slot| slot.id.as_deref()).collect::<Vec<_>>(),
            [Some("2")],
            "the last id counts"
        );
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
        assert_eq!((page.slots.len(), page.of_type("OperationOutcome").count()), (0, 1), "the remark alone");
    }

    #[test]
    fn references_are_found_contained_absolute_relative_and_versioned() {
        let body = r##"{"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Location","id":"l"}},
            {"fullUrl":"https://p.example/Schedule/s","resource":{"resourceType":"Schedule","id":"s"}}]}"##;
        let mut resources = Resources::default();
        resources.add(Page::read(body.as_bytes()).expect("a Bundle"));
        let within: Value = serde_json::json!({ "contained": [{ "resourceType": "Practitioner", "id": "p" }] });
        let found = |reference: &str| resources.find(contained(&within), reference).and_then(kind).map(str::to_owned);
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

    #[test]
    fn a_resource_that_would_exhaust_memory_is_left_out() {
        let zeros = "0,".repeat(LARGEST_RESOURCE / 2);
        let body = format!(
            r#"{{"resourceType":"Bundle","entry":[{{"resource":{{"resourceType":"Schedule","id":"s","x":[{zeros}0]}}}},
            {{"resource":{{"resourceType":"Slot","id":"1","contained":[{zeros}0]}}}},{{"resource":{{"resourceType":"Slot","id":"2"}}}}]}}"#
        );
        let page = Page::read(body.as_bytes()).expect("a Bundle");
        assert_eq!((page.slots.len(), page.others.len(), page.not_understood), (1, 0, 2), "what is honest stays");
    }

    proptest! {
        #[test]
        fn sl_4_a_truncated_bundle_is_malformed_at_whatever_byte(share in 0.0f64..1.0) {
            let whole = r#"{"resourceType":"Bundle","link":[{"relation":"next","url":"x"}],"entry":[{"resource":{"resourceType":"Slot","id":"é"}}]}"#;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a short text")]
            let cut = (whole.len() as f64 * share) as usize;
            prop_assert_eq!(Page::read(&whole.as_bytes()[..cut]).err(), Some(ProviderFailure::Malformed));
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Page::read(&bytes);
        }
    }
}
