//! Reading the record by windows, as a timeline, and out of it into files.

use std::path::Path;
use std::sync::Arc;

use desk_domain::audit::{AuditAction, AuditEvent, AuditFilter, AuditKind, PatientSought};
use desk_domain::chain::{Hash, Link, commitment};
use desk_domain::encounter::Encounter;
use desk_domain::id::{DosServiceId, NhsNumber, Username};
use desk_journeys::ports::{
    AuditCount, AuditPage, AuditQuery, AuditTrail, EncounterRecord, ExportFailure, LongWalk, RecordedEvent,
};
use desk_store::Store;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    all, eight, encounter, encounter_id, event, event_at, export, noon, open, raw, searched, seconds, told, verify,
};

async fn read(store: &Store, filter: AuditFilter) -> Vec<u64> {
    let query = AuditQuery { filter, most: 100, ..AuditQuery::default() };
    let page = AuditTrail::read(store, &query).await.expect("read");
    page.events.iter().map(|recorded| recorded.number).collect()
}

#[tokio::test]
async fn each_filter_leaves_in_what_it_names_and_all_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = eight(folder.path()).await;
    store.append(&event_at(noon(), "other", Some(encounter_id(1)), told("again"))).await.expect("appended");
    let none = AuditFilter::default;
    let number = NhsNumber::new("9990000018").expect("valid");
    let by_name =
        |family, born: Option<&str>| Some(PatientSought::by_name(family, born.map(|day| day.parse().expect("a day"))));
    let table = [
        (none(), vec![9, 8, 7, 6, 5, 4, 3, 2, 1]),
        (AuditFilter { patient: Some(PatientSought::by_nhs_number(&number)), ..none() }, vec![9, 7, 5, 4, 1]),
        (AuditFilter { patient: by_name("another", None), ..none() }, vec![6, 2]),
        (AuditFilter { patient: by_name("another", Some("1974-11-12")), ..none() }, vec![6, 2]),
        (AuditFilter { patient: by_name("another", Some("1974-11-13")), ..none() }, vec![]),
        (AuditFilter { user: Username::new("other").ok(), ..none() }, vec![9]),
        (AuditFilter { encounter: Some(encounter_id(2)), ..none() }, vec![6, 2]),
        (AuditFilter { service: DosServiceId::new("111001").ok(), ..none() }, vec![5]),
        (AuditFilter { kind: Some(AuditKind::ProviderTold), ..none() }, vec![9, 6, 4]),
        (AuditFilter { kind: Some(AuditKind::ProviderTold), encounter: Some(encounter_id(1)), ..none() }, vec![9, 4]),
        (AuditFilter { from: Some(noon() + seconds(1)), ..none() }, vec![]),
        (AuditFilter { until: Some(noon() - seconds(1)), ..none() }, vec![]),
    ];
    for (filter, expected) in table {
        assert_eq!(read(&store, filter.clone()).await, expected, "{filter:?}");
    }
}

#[tokio::test]
async fn windows_follow_each_other_without_a_gap_whatever_is_appended_meanwhile() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = eight(folder.path()).await;
    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let query = AuditQuery { before, most: 3, ..AuditQuery::default() };
        let AuditPage { events, older } = AuditTrail::read(&store, &query).await.expect("read");
        assert!(events.len() <= 3, "a window");
        let count = AuditTrail::how_many(&store, &query.filter).await.expect("counted");
        assert!(matches!(count, AuditCount::Exactly(8..)), "all, whatever the window: {count:?}");
        seen.extend(events.iter().map(|recorded| recorded.number));
        store.append(&event(None, AuditAction::SignedIn)).await.expect("appended");
        let Some(next) = older else { break };
        before = Some(next);
    }
    assert_eq!(seen, [8, 7, 6, 5, 4, 3, 2, 1], "each once");
}

#[tokio::test]
async fn nf_3_what_is_derived_behind_the_appends_is_up_to_date_for_whoever_reads_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let stores = [open(folder.path()), open(folder.path())];
    let (one, other) = (encounter(1, Some("9990000018"), "Patient"), encounter(2, None, "Another"));
    let number = NhsNumber::new("9990000018").expect("valid");
    let whose = [
        (None, None, None),
        (Some(other.id), None, Some(other.id)),
        (None, Some(PatientSought::by_nhs_number(&number)), Some(one.id)),
        (None, Some(PatientSought::by_name("another", None)), Some(other.id)),
    ];
    let what = |number: u64| match number % 5 {
        0 => AuditAction::SignedIn,
        1 | 2 => searched("111001"),
        _ => searched("111002"),
    };
    let events: Vec<AuditEvent> = (0..700)
        .map(|number| {
            let at = noon() + seconds(i64::try_from(number).expect("small"));
            let encounter = [Some(one.id), None, Some(other.id), None][number as usize / 2 % 4];
            event_at(at, ["one", "other", "third"][number as usize % 3], encounter, what(number))
        })
        .collect();
    let of_service = |event: &AuditEvent| event.what.services().first().map(ToString::to_string);
    for (appended, event) in (1..).zip(&events) {
        // Two programs, each behind by another number of events.
        let store = &stores[usize::from(appended % 7 == 0)];
        match appended {
            1 => store.save(&one, event).await.expect("saved"),
            5 => store.save(&other, event).await.expect("saved"),
            _ => store.append(event).await.expect("appended"),
        }
        if appended % 100 != 0 {
            continue;
        }
        let (from, until) = (Some(noon() + seconds(50)), Some(noon() + seconds(620)));
        let times = [(None, None), (from, None), (from, until)];
        let users = [None, Some("one"), Some("third"), Some("nobody")];
        let (services, kinds) =
            ([None, Some("111001")], [None, Some(AuditKind::SignedIn), Some(AuditKind::ServiceChosen)]);
        let each = users.into_iter().flat_map(|user| services.map(|service| (user, service)));
        let each = each.flat_map(|(user, service)| kinds.map(|kind| (user, service, kind)));
        let each = each.flat_map(|(a, b, c)| times.map(|d| (a, b, c, d)));
        let each = each.flat_map(|(a, b, c, d)| whose.clone().map(|e| (a, b, c, d, e)));
        for (user, service, kind, (from, until), (encounter, patient, in_encounter)) in each {
            let filter = AuditFilter {
                encounter,
                patient,
                user: user.map(|name| Username::new(name).expect("a username")),
                service: service.map(|id| DosServiceId::new(id).expect("an id")),
                kind,
                from,
                until,
            };
            let fits = |event: &AuditEvent| {
                in_encounter.is_none_or(|encounter| event.encounter == Some(encounter))
                    && user.is_none_or(|name| event.who.as_ref().is_some_and(|who| who.username.as_str() == name))
                    && service.is_none_or(|id| of_service(event).as_deref() == Some(id))
                    && kind.is_none_or(|kind| AuditKind::from(&event.what) == kind)
                    && from.is_none_or(|from| event.at >= from)
                    && until.is_none_or(|until| event.at <= until)
            };
            let expected: Vec<u64> =
                (1..=appended).zip(&events).filter(|(_, event)| fits(event)).map(|(number, _)| number).collect();
            let store = &stores[usize::from(appended % 200 == 0)];
            if let Some(encounter) = encounter {
                let timeline = store.timeline(encounter, 1_000).await.expect("read");
                let of_it = (1..=appended).zip(&events).filter(|(_, event)| event.encounter == Some(encounter));
                assert!(timeline.iter().map(|one| one.number).eq(of_it.map(|(number, _)| number)), "{appended}");
            }
            let query = AuditQuery { filter: filter.clone(), most: 1_000, ..AuditQuery::default() };
            let read = AuditTrail::read(store, &query).await.expect("read").events;
            assert!(read.iter().rev().map(|one| one.number).eq(expected.iter().copied()), "{appended}: {filter:?}");
            let count = AuditTrail::how_many(store, &filter).await;
            assert_eq!(count, Ok(AuditCount::Exactly(expected.len() as u64)), "{appended}: {filter:?}");
            let reader = Username::new("third").expect("a username");
            let newer = AuditTrail::newer(store, &filter, 40, &reader).await;
            let after = expected.iter().filter(|number| **number > 40).count();
            assert_eq!(newer, Ok(AuditCount::Exactly(after as u64)), "{appended}: {filter:?} after 40");
        }
    }
}

#[tokio::test]
async fn events_of_an_encounter_from_before_they_were_derived_are_found_as_well() {
    let folder = tempfile::tempdir().expect("a folder");
    for read_before in [false, true] {
        let folder = folder.path().join(read_before.to_string());
        let store = eight(&folder).await;
        if read_before {
            store.timeline(encounter_id(1), 100).await.expect("read");
            store.append(&event(Some(encounter_id(1)), told("again"))).await.expect("appended, and not gone through");
        }
        store.close();
        let undo = "DROP VIEW audit_event_in; DELETE FROM audit_sought WHERE what = 4;
            CREATE INDEX audit_event_in ON audit_event (encounter) WHERE encounter IS NOT NULL;
            DELETE FROM migration WHERE step = 80;";
        raw(&folder).execute_batch(undo).expect("as the version before had it");
        let store = open(&folder);
        let timeline = store.timeline(encounter_id(1), 100).await.expect("read");
        let numbers: Vec<u64> = timeline.iter().map(|recorded| recorded.number).collect();
        let expected: &[u64] = if read_before { &[1, 4, 5, 7, 9] } else { &[1, 4, 5, 7] };
        assert_eq!(numbers, expected, "gone through before: {read_before}");
    }
}

#[tokio::test]
async fn a_clock_that_was_set_back_changes_no_order_and_hides_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    let offsets = [0, 10, 20, -500, -490, 15, 30, 40, 3600, 35, 3610, -4000, 3590];
    for offset in offsets {
        let at = noon() + seconds(offset);
        store.append(&event_at(at, "handler", None, AuditAction::SignedIn)).await.expect("appended");
    }
    let times: Vec<_> = all(&store).await.iter().rev().filter_map(RecordedEvent::at).collect();
    assert_eq!(times, offsets.map(|offset| noon() + seconds(offset)), "as the clock said, in the order of the record");
    assert_eq!(verify(&store).await.fault, None, "it holds");
    let edges = [-4001, -4000, -501, -500, -490, 0, 12, 15, 16, 35, 40, 41, 3590, 3599, 3600, 3605, 3610, 9000];
    for from in edges {
        for until in edges {
            let filter = AuditFilter {
                from: Some(noon() + seconds(from)),
                until: Some(noon() + seconds(until)),
                ..AuditFilter::default()
            };
            let inside = (1..).zip(offsets).filter(|(_, at)| (from..=until).contains(at)).map(|(number, _)| number);
            let mut expected: Vec<u64> = inside.collect();
            expected.reverse();
            assert_eq!(read(&store, filter).await, expected, "{from} to {until}");
        }
    }
}

#[tokio::test]
async fn an_encounter_is_read_as_a_timeline() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = eight(folder.path()).await;
    let timeline = store.timeline(encounter_id(1), 100).await.expect("read");
    let numbers: Vec<u64> = timeline.iter().map(|recorded| recorded.number).collect();
    assert_eq!(numbers, [1, 4, 5, 7], "from its beginning");
    let AuditAction::ProviderTold { note, .. } = &timeline[1].event.as_ref().expect("it can be read").what else {
        panic!("{:?}", timeline[1])
    };
    assert_eq!(note.reveal(), "Rang the ward", "whole, with its personal part");
}

#[tokio::test]
async fn what_was_recorded_before_there_was_a_chain_is_taken_over_into_it() {
    let folder = tempfile::tempdir().expect("a folder");
    // As an earlier version left it: its own steps, and two events of its shape.
    let old = raw(folder.path());
    old.execute_batch("CREATE TABLE migration (step INTEGER PRIMARY KEY, checksum TEXT NOT NULL) STRICT")
        .expect("made");
    let steps = [
        (1, include_str!("../../migrations/0001_people.sql")),
        (2, include_str!("../../migrations/0002_encounters.sql")),
        (3, include_str!("../../migrations/0003_ledger.sql")),
        (4, include_str!("../../migrations/0004_audit.sql")),
        (5, include_str!("../../migrations/0005_never_replaced.sql")),
        (6, include_str!("../../migrations/0006_intents_of_an_encounter.sql")),
    ];
    for (step, text) in steps {
        old.execute_batch(text).expect("applied");
        let checksum = hex(&Sha256::digest(text));
        old.execute("INSERT INTO migration VALUES (?1, ?2)", rusqlite::params![step, checksum]).expect("noted");
    }
    let events = [
        r#"{"at":"2026-11-20T12:00:00.123456789Z","who":null,"encounter":null,"what":{"kind":"started","version":"0.1.0"}}"#,
        r#"{"at":"2026-11-20T12:00:01Z","who":null,"encounter":null,"what":{"kind":"auditRead"}}"#,
    ];
    for event in events {
        let insert = "INSERT INTO audit_event (at, kind, format, event) VALUES ('x', 'x', 1, ?1)";
        old.execute(insert, [event]).expect("recorded");
    }
    drop(old);
    let store = open(folder.path());
    store.append(&event(None, AuditAction::SignedIn)).await.expect("it goes on");
    assert_eq!(verify(&store).await.fault, None, "it holds");
    let kinds: Vec<AuditKind> = all(&store)
        .await
        .iter()
        .rev()
        .map(|one| AuditKind::from(&one.event.as_ref().expect("it can be read").what))
        .collect();
    assert_eq!(kinds, [AuditKind::Started, AuditKind::AuditRead, AuditKind::SignedIn], "in their order");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
}

#[tokio::test]
async fn nf_3_an_export_can_be_verified_by_whoever_has_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = eight(&folder.path().join("record")).await;
    let out = folder.path().join("out");
    let export = export(&store, &AuditFilter::default(), &out).await.expect("written");
    assert_eq!((export.events, export.head), (8, verify(&store).await.head), "all, and where the chain stood");
    for file in &export.files {
        let content = std::fs::read(out.join(&file.name)).expect("a file");
        assert_eq!(content.len() as u64, file.bytes, "{}", file.name);
        assert_eq!(hex(&Sha256::digest(&content)), file.sha256.to_string(), "{}", file.name);
    }
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(out.join("manifest.json")).expect("a file")).expect("JSON");
    assert_eq!(manifest["head"]["hash"], export.head.hash.to_string(), "the manifest says so too");
    assert_eq!(manifest["files"].as_array().map(Vec::len), Some(2), "both files");

    let lines = std::fs::read_to_string(out.join("audit.jsonl")).expect("a file");
    let mut previous = Hash::BEFORE_THE_FIRST;
    for line in lines.lines() {
        previous = rehashed(line, previous);
    }
    assert_eq!(previous, export.head.hash, "the lines alone lead to the head");
    let mut csv = csv::Reader::from_path(out.join("audit.csv")).expect("CSV");
    let notes: Vec<String> = csv.records().map(|row| row.expect("a row")[13].to_owned()).collect();
    assert_eq!(notes.len(), 8, "a row an event");
    assert!(notes[3].contains("Rang the ward"), "whole: {}", notes[3]);
}

/// The hash of an exported line, computed from what stands in it.
fn rehashed(line: &str, previous: Hash) -> Hash {
    let value: Value = serde_json::from_str(line).expect("JSON");
    let text = |name: &str| value[name].as_str();
    assert_eq!(text("previous"), Some(previous.to_string().as_str()), "it names the one before");
    let committed = text("commitment").map(|hash| hash.parse::<Hash>().expect("a hash"));
    if let Some(salt) = text("salt") {
        let personal = serde_json::to_string(&value["personal"]).expect("JSON");
        assert_eq!(committed, Some(commitment(&bytes(salt), &personal)), "its personal part fits");
    }
    let link = Link {
        number: value["number"].as_u64().expect("a number"),
        previous,
        at: text("at").expect("a time"),
        kind: text("kind").expect("a kind"),
        username: text("username"),
        encounter: text("encounter"),
        patient: text("patient"),
        service: text("service"),
        request: text("request"),
        format: value["format"].as_i64().expect("a number"),
        plain: &serde_json::to_string(&value["event"]).expect("JSON"),
        commitment: committed,
    };
    assert_eq!(text("hash"), Some(link.hash().to_string().as_str()), "its hash fits");
    link.hash()
}

#[tokio::test]
async fn an_export_of_a_part_holds_that_part_and_overwrites_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = eight(&folder.path().join("record")).await;
    let out = folder.path().join("out");
    let filter = AuditFilter { encounter: Some(encounter_id(2)), ..AuditFilter::default() };
    assert_eq!(export(&store, &filter, &out).await.expect("written").events, 2, "its events");
    let before = content(&out);
    let again = export(&store, &AuditFilter::default(), &out).await;
    assert_eq!(again, Err(ExportFailure::ThereAlready), "refused");
    assert_eq!(content(&out), before, "what was there stays");
    let blocked = folder.path().join("file");
    std::fs::write(&blocked, "").expect("a file");
    assert_eq!(export(&store, &filter, &blocked).await, Err(ExportFailure::NotWritable), "no folder");
}

#[tokio::test]
async fn a_walk_that_is_stopped_gives_nothing_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = eight(&folder.path().join("record")).await;
    let out = folder.path().join("out");
    let walk = Arc::new(LongWalk::default());
    walk.stop();
    assert_eq!(store.verify(vec![], &walk).await, Ok(None), "half a walk says nothing of the chain");
    assert_eq!(store.export(&AuditFilter::default(), &out, &walk).await, Ok(None), "nor is half an export one");
    assert!(!out.exists(), "and none of it is left");
    let walk = Arc::new(LongWalk::default());
    assert!(store.verify(vec![], &walk).await.is_ok_and(|found| found.is_some()), "another one goes through");
    assert_eq!(walk.so_far(), (8, 8), "and says how far it came");
}

#[tokio::test]
async fn newer_events_are_counted_without_the_readers_own_readings() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = eight(folder.path()).await;
    let (reader, read) =
        (Username::new("reader").expect("valid"), AuditAction::AuditRead { filter: Box::default(), before: None });
    store.append(&event_at(noon(), "reader", None, read.clone())).await.expect("appended");
    let newer = async |filter: &AuditFilter| store.newer(filter, 8, &reader).await.expect("counted");
    assert_eq!(newer(&AuditFilter::default()).await, AuditCount::Exactly(0), "their own");
    store.append(&event_at(noon(), "other", None, read)).await.expect("appended");
    store.append(&event_at(noon(), "reader", Some(encounter_id(1)), told("again"))).await.expect("appended");
    assert_eq!(newer(&AuditFilter::default()).await, AuditCount::Exactly(2), "another's, and another kind of theirs");
    let filter = AuditFilter { encounter: Some(encounter_id(1)), ..AuditFilter::default() };
    assert_eq!(newer(&filter).await, AuditCount::Exactly(1), "as far as the filter leaves them in");
}

fn content(folder: &Path) -> Vec<Vec<u8>> {
    ["audit.jsonl", "audit.csv", "manifest.json"].map(|name| std::fs::read(folder.join(name)).expect("a file")).into()
}

#[tokio::test]
async fn a_patient_whose_number_was_put_right_is_found_from_the_beginning() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = eight(folder.path()).await;
    let known_now = Encounter { version: 1, ..encounter(2, Some("9990000026"), "Another") };
    store.save(&known_now, &event(Some(known_now.id), AuditAction::PatientChanged)).await.expect("saved");
    let number = NhsNumber::new("9990000026").expect("valid");
    let filter = AuditFilter { patient: Some(PatientSought::by_nhs_number(&number)), ..AuditFilter::default() };
    assert_eq!(read(&store, filter).await, [9, 6, 2], "also what was done before it was known");
}
