//! `AUDIT.md` is what the types say, and the types keep what is personal apart.

#[path = "../examples/audit_document/document.rs"]
mod document;

use std::collections::BTreeSet;

use document::Sources;
use quote::ToTokens as _;
use syn::visit::Visit;

/// Everything that an event is made of, but what is kept apart.
fn reached(sources: &Sources) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    sources.reach("AuditEvent", &mut reached);
    assert!(reached.contains("Approval") && reached.contains("DosServiceId"), "deep enough: {reached:?}");
    reached
}

#[test]
fn the_audit_document_is_up_to_date() {
    let committed = std::fs::read_to_string(document::committed()).expect("the committed file");
    let now = document::document().expect("the types can be read");
    assert!(committed == now, "run `cargo xtask bindings` and commit src-tauri/AUDIT.md");
}

#[test]
fn no_event_says_who_a_patient_is_outside_its_personal_part() {
    let reached = reached(&Sources::read().expect("the sources"));
    for name in ["NhsNumber", "Postcode", "Patient", "Contacts", "Encounter"] {
        assert!(!reached.contains(name), "{name}: wrap what of it is needed in Personal, as text");
    }
}

#[test]
fn what_is_personal_in_an_event_is_text() {
    let sources = Sources::read().expect("the sources");
    let mut wrapped = Wrapped(BTreeSet::new());
    for item in reached(&sources).iter().filter_map(|name| sources.types.get(name)) {
        wrapped.visit_item(item);
    }
    let texts = BTreeSet::from(["Personal < String >".to_owned()]);
    assert_eq!(wrapped.0, texts, "an event must be readable after its personal part was removed");
}

/// The types that are kept apart, as they are written.
struct Wrapped(BTreeSet<String>);

impl<'a> Visit<'a> for Wrapped {
    fn visit_type_path(&mut self, path: &'a syn::TypePath) {
        if path.path.segments.last().is_some_and(|last| last.ident == "Personal") {
            self.0.insert(path.to_token_stream().to_string());
        }
        syn::visit::visit_type_path(self, path);
    }
}
