//! The Appointment as it is sent, held to the CareConnect profiles by validators that are not ours (BK-1, BK-2, BK-5).
//!
//! The profiles are those in the standard's folder, where this machine has it. `fhir-validator/validate.mjs` says what the
//! validators judge. They do not judge the format of dates and instants, reference targets other than contained ones, or
//! value sets that are not given as a list of codes.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chrono::NaiveDate;
use desk_domain::id::{NhsNumber, Postcode};
use desk_domain::patient::{
    Address, Contact, ContactKind, ContactParty, Contacts, Gender, Patient, PersonName, Relationship,
};
use desk_domain::personal::Personal;
use desk_domain::slot::Slot;
use desk_journeys::ports::BookingOrder;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::desk::{self, Desk, at, settings};
use crate::support::standard::{skipped, standard};

fn name(title: &str, given: &str, family: &str) -> PersonName {
    PersonName { title: title.into(), given: given.into(), family: family.into() }
}

fn own(kind: ContactKind, value: &str) -> Contact {
    Contact { whose: ContactParty::Patient, kind, value: value.into() }
}

fn of(relationship: Relationship, who: &str, kind: ContactKind, value: &str) -> Contact {
    Contact { whose: ContactParty::ThirdParty { relationship, name: who.into() }, kind, value: value.into() }
}

/// Each with what is special about them.
fn patients() -> Vec<(&'static str, Patient)> {
    let number = NhsNumber::new("943 476 5919").expect("a number");
    let patient = |nhs_number: Option<&NhsNumber>, gender, contacts: Vec<Contact>| Patient {
        nhs_number: nhs_number.cloned(),
        name: name("Mr", "John", "Smith"),
        birth_date: Personal::new(NaiveDate::from_ymd_opt(1974, 11, 12).expect("a day")),
        gender,
        address: Address {
            lines: vec!["1 Mill Lane".into(), "Dene".into()],
            town: "Northdale".into(),
            postcode: Postcode::new("ND1 2AB").expect("a postcode"),
        },
        current_postcode: Postcode::new("ND1 4XY").expect("a postcode"),
        gp_practice: None,
        contacts: Contacts::new(contacts).expect("a telephone number"),
    };
    let mobile = || own(ContactKind::Mobile, "07700 900123");
    let parents = [Relationship::Parent, Relationship::Partner, Relationship::Carer];
    let others = [Relationship::NextOfKin, Relationship::Friend, Relationship::Other];
    let every_relationship = parents.into_iter().chain(others);
    let third_parties = every_relationship.map(|r| of(r, "Mary O’Neill", ContactKind::Phone, "01632 960001")).collect();
    let short = Patient {
        name: name("", "Ana", "Li"),
        address: Address {
            lines: vec!["1 <Mill> \"Lane\" & Co".into()],
            town: "".into(),
            postcode: Postcode::new("ND1 2AB").expect("a postcode"),
        },
        ..patient(None, Gender::Unknown, vec![own(ContactKind::Phone, "01632 960002")])
    };
    vec![
        ("an NHS number, one contact of their own", patient(Some(&number), Gender::Male, vec![mobile()])),
        ("no NHS number", patient(None, Gender::Other, vec![mobile()])),
        ("as little as there can be", short),
        (
            "a third party's telephone alone",
            patient(
                Some(&number),
                Gender::Female,
                vec![of(Relationship::Carer, "Sam Reed", ContactKind::Mobile, "07700 900456")],
            ),
        ),
        (
            "several of their own, and one person's two in between",
            patient(
                Some(&number),
                Gender::Female,
                vec![
                    own(ContactKind::Email, "a@example.org"),
                    of(Relationship::Parent, "Mary Smith", ContactKind::Phone, "01632 960003"),
                    mobile(),
                    of(Relationship::Parent, "Mary Smith", ContactKind::Email, "mary@example.org"),
                    own(ContactKind::Phone, "01632 960004"),
                ],
            ),
        ),
        ("every relationship", patient(None, Gender::Male, third_parties)),
    ]
}

fn order(patient: Patient, slot_identifier: Option<(&str, &str)>) -> BookingOrder {
    let order = desk::order(at("https://provider.example/STU3/1"));
    let identifier = slot_identifier.map(|(system, value)| (system.to_owned(), value.to_owned()));
    BookingOrder { patient, slot: Slot { identifier, ..order.slot }, ..order }
}

/// What would go over the wire.
fn sent(order: &BookingOrder) -> Value {
    let content = Desk::new(settings()).nhs.provider.wire_content(order);
    serde_json::from_str(&content.expect("a valid order")).expect("JSON")
}

const UUIDS: &str = "https://tools.ietf.org/html/rfc4122";

fn all_sent() -> Vec<(String, Value)> {
    let identifiers = [Some((UUIDS, "3f2b7a52-0f5c-4d3f-9b0e-1b6d5f0a9c11")), Some(("", "42")), None];
    let each = |(who, patient): (&str, Patient)| {
        identifiers.map(|identifier| {
            (format!("{who}, slot known as {identifier:?}"), sent(&order(patient.clone(), identifier)))
        })
    };
    patients().into_iter().flat_map(each).collect()
}

/// What the validators say of one resource.
#[derive(Debug, Deserialize)]
struct Judged {
    errors: Vec<String>,
    unchecked: Vec<String>,
}

/// The standard's profiles, where this machine has them.
fn profiles() -> Option<PathBuf> {
    let Some(profiles) = standard().map(|folder| folder.join("profiles")).filter(|folder| folder.is_dir()) else {
        skipped("the profiles of the standard are not on this machine (BOOKING_STANDARD)");
        return None;
    };
    assert!(validator().join("node_modules").is_dir(), "the validators are not installed: `cargo xtask test` does it");
    Some(profiles)
}

fn validator() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/adapters/fhir-validator"))
}

fn judge(profiles: &Path, resources: &[&Value]) -> Vec<Judged> {
    let mut node = Command::new("node")
        .arg("validate.mjs")
        .current_dir(validator())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node");
    let asked = json!({ "profiles": profiles.canonicalize().expect("a folder"), "resources": resources }).to_string();
    // Dropped at the end of the statement: the validators read to the end.
    node.stdin.take().expect("a pipe").write_all(asked.as_bytes()).expect("written");
    let answer = node.wait_with_output().expect("an end");
    assert!(answer.status.success(), "the validators ran to their end");
    serde_json::from_slice(&answer.stdout).expect("an answer")
}

#[test]
fn bk_1_every_appointment_that_is_sent_keeps_to_the_profiles() {
    let Some(profiles) = profiles() else { return };
    let all = all_sent();
    let judged = judge(&profiles, &all.iter().map(|(_, appointment)| appointment).collect::<Vec<_>>());
    assert_eq!(judged.len(), all.len(), "one judgement each");
    for ((who, appointment), judged) in all.iter().zip(judged) {
        assert!(judged.errors.is_empty(), "{who}: {:#?}\n{appointment:#}", judged.errors);
        let other = judged.unchecked.iter().find(|what| !what.contains("ValueSet/mimetypes"));
        assert_eq!(other, None, "{who}: all is judged but the kinds of attachments, which no list names");
    }
}

#[test]
fn bk_1_the_validators_refuse_what_the_profiles_forbid() {
    type Spoil = fn(&mut Value);
    const DOCUMENT: usize = 0;
    const PATIENT: usize = 1;
    const SLOT: usize = 2;
    let remove = |value: &mut Value, name: &str| drop(value.as_object_mut().expect("an object").remove(name));
    let missing: &[(&str, &str)] = &[
        ("", "status"),
        ("", "participant"),
        ("", "end"),
        ("", "supportingInformation"),
        ("/participant/0", "status"),
        ("/contained/0", "status"),
        ("/contained/0", "type"),
        ("/contained/0", "indexed"),
        ("/contained/0", "content"),
        ("/contained/0/content/0", "attachment"),
        ("/contained/0/identifier/0", "system"),
        ("/contained/0/identifier/0", "value"),
        ("/contained/0/type/coding/0", "display"),
        ("/contained/1", "name"),
        ("/contained/1/name/0", "use"),
        ("/contained/1/name/0", "family"),
        ("/contained/1/telecom/0", "system"),
        ("/contained/1/telecom/0", "value"),
        ("/contained/1/identifier/0", "extension"),
        ("/contained/1/identifier/0", "value"),
        ("/contained/1/identifier/0/extension/0", "valueCodeableConcept"),
        ("/contained/1/contact/0", "name"),
        ("/contained/1/contact/0/name", "use"),
        ("/contained/2", "identifier"),
        ("/contained/2", "schedule"),
        ("/contained/2", "status"),
        ("/contained/2", "start"),
        ("/contained/2", "end"),
    ];
    let wrong: &[(&str, Spoil)] = &[
        ("a status that there is not", |a| a["status"] = json!("bookd")),
        ("a participant who did not answer in a known way", |a| a["participant"][0]["status"] = json!("yes")),
        ("an element that there is not", |a| a["reminder"] = json!(true)),
        ("a slot that is not in it", |a| a["slot"][0]["reference"] = json!("#another")),
        ("a text where there is a list", |a| a["supportingInformation"] = json!({ "reference": "#x" })),
        ("a document's status", |a| a["contained"][DOCUMENT]["status"] = json!("new")),
        ("a gender by another code", |a| a["contained"][PATIENT]["gender"] = json!("M")),
        ("an animal", |a| a["contained"][PATIENT]["animal"] = json!({ "species": { "text": "dog" } })),
        ("a verification by another code", |a| {
            a["contained"][PATIENT]["identifier"][0]["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] =
                json!("99");
        }),
        ("a contact of an unknown kind", |a| a["contained"][PATIENT]["telecom"][0]["system"] = json!("fone")),
        ("a rank below one", |a| a["contained"][PATIENT]["telecom"][0]["rank"] = json!(0)),
        ("a rank in words", |a| a["contained"][PATIENT]["telecom"][0]["rank"] = json!("first")),
        ("an address of an unknown use", |a| a["contained"][PATIENT]["address"][0]["use"] = json!("house")),
        ("two official names", |a| {
            let name = a["contained"][PATIENT]["name"][0].clone();
            a["contained"][PATIENT]["name"] = json!([name, name]);
        }),
        ("two NHS numbers", |a| {
            let number = a["contained"][PATIENT]["identifier"][0].clone();
            a["contained"][PATIENT]["identifier"] = json!([number, number]);
        }),
        ("a slot of an unknown status", |a| a["contained"][SLOT]["status"] = json!("taken")),
        ("a slot with two identifiers", |a| {
            a["contained"][SLOT]["identifier"] = json!([{ "value": "1" }, { "value": "2" }])
        }),
    ];
    let Some(profiles) = profiles() else { return };
    let (_, patient) = patients().into_iter().find(|(who, _)| who.starts_with("several")).expect("one with everything");
    let sound = sent(&order(patient, Some((UUIDS, "3f2b7a52-0f5c-4d3f-9b0e-1b6d5f0a9c11"))));
    let spoilt_by_removal = missing.iter().map(|(at, what)| {
        let mut spoilt = sound.clone();
        remove(spoilt.pointer_mut(at).expect("it is there"), what);
        (format!("without {at}/{what}"), spoilt)
    });
    let spoilt_by_change = wrong.iter().map(|(what, spoil)| {
        let mut spoilt = sound.clone();
        spoil(&mut spoilt);
        ((*what).to_owned(), spoilt)
    });
    let spoilt: Vec<_> = spoilt_by_removal.chain(spoilt_by_change).collect();
    let judged = judge(&profiles, &spoilt.iter().map(|(_, appointment)| appointment).collect::<Vec<_>>());
    for ((what, appointment), judged) in spoilt.iter().zip(judged) {
        assert_ne!(*appointment, sound, "{what}: it is spoilt");
        assert!(!judged.errors.is_empty(), "{what}: refused");
    }
}

#[test]
fn bk_2_only_an_nhs_number_is_an_identifier_of_the_patient() {
    for (who, patient) in patients() {
        let appointment = sent(&order(patient.clone(), None));
        let (inner, actor) = (&appointment["contained"][1]["identifier"], &appointment["participant"][0]["actor"]);
        match &patient.nhs_number {
            Some(number) => {
                assert_eq!(inner[0]["value"], json!(number.digits()), "{who}");
                assert_eq!(actor["identifier"]["value"], json!(number.digits()), "{who}");
            }
            None => assert!(inner.is_null() && actor["identifier"].is_null(), "{who}: no identifier at all"),
        }
        assert_eq!(actor["display"], json!(patient.name.spoken()), "{who}: readable");
    }
}

#[test]
fn bk_5_ranks_run_from_one_over_own_and_other_contacts_in_the_order_of_preference() {
    for (who, patient) in patients() {
        let appointment = sent(&order(patient.clone(), None));
        let resource = &appointment["contained"][1];
        let points = |holder: &Value| holder["telecom"].as_array().cloned().unwrap_or_default();
        let people = resource["contact"].as_array().cloned().unwrap_or_default();
        let mut all: Vec<_> = points(resource).into_iter().chain(people.iter().flat_map(points)).collect();
        all.sort_by_key(|point| point["rank"].as_u64());
        let ranks: Vec<_> = all.iter().filter_map(|point| point["rank"].as_u64()).collect();
        let expected: Vec<_> = (1..).take(all.len()).collect();
        assert_eq!(ranks, expected, "{who}: each rank once, rank 1 among them");
        let told: Vec<_> = all.iter().filter_map(|point| point["value"].as_str()).collect();
        let preferred: Vec<_> = patient.contacts.ranked().map(|(_, contact)| contact.value.reveal().as_str()).collect();
        assert_eq!(told, preferred, "{who}: in the order in which they prefer to be reached");
        let count =
            |party: fn(&ContactParty) -> bool| patient.contacts.ranked().filter(|(_, c)| party(&c.whose)).count();
        assert_eq!(points(resource).len(), count(|whose| *whose == ContactParty::Patient), "{who}: their own");
        for person in people {
            let relationship = person["relationship"][0]["coding"][0]["system"].as_str();
            assert_eq!(relationship, Some("http://hl7.org/fhir/v2/0131"), "{who}: with a relationship");
            assert!(person["name"]["text"].as_str().is_some_and(|name| !name.is_empty()), "{who}: with a name");
        }
    }
}
