//! What the providers send, held to the CareConnect profiles by validators that are not ours. The profiles are those in the
//! standard's folder, where this machine has it (`BOOKING_STANDARD`).

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use demo_nhs::DemoOptions;
use serde_json::{Value, json};

use crate::consumer::{BOOKING_READ, Consumer, INCLUDES, SLOT_READ, free_of, json_of, numbered, order, resources};

const VALIDATOR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../nhs/tests/adapters/fhir-validator");

/// Not by a macro: what those print is held back unless the test fails.
fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// The profiles, where this machine has them: as named by BOOKING_STANDARD, or beside the project.
fn profiles() -> Option<PathBuf> {
    let named = std::env::var_os("BOOKING_STANDARD").map(PathBuf::from);
    let beside = || Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/standard")).to_owned();
    let profiles = named.unwrap_or_else(beside).join("profiles");
    if !profiles.is_dir() {
        skipped("the profiles of the standard are not on this machine (BOOKING_STANDARD)");
        return None;
    }
    let validators = Path::new(VALIDATOR).join("node_modules");
    assert!(validators.is_dir(), "the validators are not installed: `cargo xtask test` does it");
    Some(profiles)
}

/// What is wrong with each resource.
fn judge(profiles: &Path, resources: &[Value]) -> Vec<Vec<String>> {
    let mut node = Command::new("node")
        .arg("validate.mjs")
        .current_dir(VALIDATOR)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node");
    let asked = json!({ "profiles": profiles.canonicalize().expect("a folder"), "resources": resources }).to_string();
    // Dropped at the end of the statement: the validators read to the end.
    node.stdin.take().expect("a pipe").write_all(asked.as_bytes()).expect("written");
    let answer = node.wait_with_output().expect("an end");
    assert!(answer.status.success(), "the validators ran to their end");
    let judged: Vec<Value> = serde_json::from_slice(&answer.stdout).expect("an answer");
    // Of the types that a reference may have they know the first alone (where references lead is a test of its own), and
    // an element that STU3 wants and later releases do not have is unknown to them.
    let unjudged = ["Invalid type for reference", "CapabilityStatement.acceptUnknown: Unexpected property"];
    let is_judged = |error: &String| !unjudged.iter().any(|unjudged| error.contains(unjudged));
    let errors = judged.iter().map(|one| one["errors"].as_array().expect("errors").iter().map(Value::to_string));
    errors.map(|errors| errors.filter(is_judged).collect()).collect()
}

/// A Bundle without the resources in it, which are judged by themselves.
fn alone(mut bundle: Value) -> Value {
    for entry in bundle["entry"].as_array_mut().expect("entries") {
        entry.as_object_mut().expect("an entry").remove("resource");
    }
    bundle
}

/// Everything that a provider sends: what a search includes, bookings of either kind of patient, and what it says of itself.
async fn sent(provider: &str, service: &str) -> Vec<Value> {
    let consumer = Consumer::start(DemoOptions { slots_per_service: 12, ..DemoOptions::default() }).await.at(provider);
    let found = json_of(consumer.get(&format!("{}&{}", free_of(service), INCLUDES[0]), SLOT_READ).await).await;
    let mut all: Vec<Value> =
        ["Slot", "Schedule", "HealthcareService", "Location", "Practitioner", "PractitionerRole", "Organization"]
            .into_iter()
            .flat_map(|kind| {
                let found = resources(&found, kind);
                assert!(!found.is_empty(), "{kind}");
                found.into_iter().cloned()
            })
            .collect();
    for (number, make) in [numbered, order].into_iter().enumerate() {
        let slot = all[number].clone();
        let held = json_of(consumer.book(&format!("a{number}"), &make(&slot)).await).await;
        let path = format!("Appointment/{}", held["id"].as_str().expect("an id"));
        let mut cancelled = held.clone();
        cancelled["status"] = json!("cancelled");
        all.push(json_of(consumer.put(&path, &format!("c{number}"), Some("W/\"1\""), &cancelled).await).await);
        all.push(alone(json_of(consumer.get(&format!("{path}/_history"), BOOKING_READ).await).await));
        all.push(held);
    }
    all.push(json_of(consumer.get("metadata", SLOT_READ).await).await);
    all.push(json_of(consumer.get("Appointment/x", BOOKING_READ).await).await);
    all.push(json_of(consumer.get("Slot", SLOT_READ).await).await);
    all.push(alone(found));
    all
}

#[tokio::test]
async fn pv_everything_that_is_sent_keeps_to_the_profiles() {
    let Some(profiles) = profiles() else { return };
    for (provider, service) in [("utc", "111001"), ("hub", "111003"), ("community", "111012")] {
        let sent = sent(provider, service).await;
        let judged = judge(&profiles, &sent);
        assert_eq!(judged.len(), sent.len(), "one judgement each");
        for (resource, errors) in sent.iter().zip(judged) {
            assert!(errors.is_empty(), "{provider}: {errors:#?}\n{resource:#}");
        }
    }
}

/// Every reference to another resource.
fn references(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            all.extend(fields.get("reference").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|inner| references(inner, all));
        }
        Value::Array(list) => list.iter().for_each(|inner| references(inner, all)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn pv_every_reference_of_a_search_leads_to_what_was_included() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let found = json_of(consumer.get(&format!("{}&{}", free_of("111001"), INCLUDES[0]), SLOT_READ).await).await;
    let entries = found["entry"].as_array().expect("entries");
    let here: Vec<&str> = entries.iter().filter_map(|entry| entry["fullUrl"].as_str()).collect();
    assert_eq!(here.iter().collect::<BTreeSet<_>>().len(), entries.len(), "each once, under its own address");
    let mut all = Vec::new();
    references(&found, &mut all);
    for reference in all {
        assert!(here.contains(&consumer.url(&reference).as_str()), "{reference}");
    }
}

#[tokio::test]
async fn pv_the_validators_refuse_what_the_profiles_forbid() {
    let Some(profiles) = profiles() else { return };
    let mut sent = sent("utc", "111001").await;
    let mut spoilt = Vec::new();
    for (kind, element) in
        [("Slot", "identifier"), ("Schedule", "actor"), ("HealthcareService", "identifier"), ("Appointment", "status")]
    {
        let resource = sent.iter_mut().find(|resource| resource["resourceType"] == kind).expect("sent");
        resource.as_object_mut().expect("an object").remove(element);
        spoilt.push(resource.clone());
    }
    for kind in
        ["Location", "Practitioner", "PractitionerRole", "Organization", "CapabilityStatement", "OperationOutcome"]
    {
        let resource = sent.iter_mut().find(|resource| resource["resourceType"] == kind).expect("sent");
        resource["odd"] = json!(true);
        spoilt.push(resource.clone());
    }
    for (resource, errors) in spoilt.iter().zip(judge(&profiles, &spoilt)) {
        assert!(!errors.is_empty(), "{resource:#}");
    }
}
