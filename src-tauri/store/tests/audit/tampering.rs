//! Tampering by somebody who can write the file and takes the triggers away.

use desk_domain::audit::{AuditAction, AuditFilter};
use desk_domain::chain::{Broken, Fault, Hash, Head, Link, Seal, commitment};
use desk_domain::id::SearchId;
use desk_domain::reference::Reference;
use desk_journeys::ports::{AuditQuery, AuditTrail, ExchangeLog, ExchangesSought, UnreadableEvent};
use desk_journeys::references::ReferenceRecord;
use rusqlite::Connection;
use serde_json::Value;

use crate::{all, eight, encounter_id, event, export, noon, open, raw, verify, walked};

fn without_triggers(raw: &Connection) {
    let names: Vec<String> = raw
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'audit%'")
        .expect("a statement")
        .query_map([], |row| row.get(0))
        .expect("rows")
        .map(|name| name.expect("a name"))
        .collect();
    assert!(names.len() >= 6, "there are triggers to take away: {names:?}");
    for name in names {
        raw.execute_batch(&format!("DROP TRIGGER {name}")).expect("dropped");
    }
}

/// A record of eight events after this was done to it.
async fn after(tamper: &str) -> Option<Fault> {
    let folder = tempfile::tempdir().expect("a folder");
    let store = eight(folder.path()).await;
    assert_eq!(verify(&store).await.fault, None, "it held before");
    let raw = raw(folder.path());
    assert!(raw.execute_batch(tamper).is_err(), "not by accident: {tamper}");
    without_triggers(&raw);
    raw.execute_batch("PRAGMA foreign_keys = OFF").expect("set");
    raw.execute_batch(tamper).expect("done");
    let check = verify(&store).await;
    if let Some(fault) = check.fault {
        let named_holds = matches!(fault.how, Broken::Changed | Broken::PersonalPartChanged | Broken::PersonalPartGone);
        assert!(check.head.number < fault.number || named_holds, "what is said to hold ends before: {check:?}");
    }
    check.fault
}

#[tokio::test]
async fn nf_3_a_changed_event_is_found_whatever_of_it_was_changed() {
    for column in ["at", "kind", "username", "encounter", "patient", "service", "request", "event"] {
        let found = after(&format!("UPDATE audit_event SET {column} = 'x' WHERE number = 5")).await;
        assert_eq!(found, Some(Fault { number: 5, how: Broken::Changed }), "{column}");
    }
    for change in ["format = 9", "hash = randomblob(32)", "commitment = randomblob(32)", "reached = '2027'"] {
        let found = after(&format!("UPDATE audit_event SET {change} WHERE number = 5")).await;
        assert_eq!(found, Some(Fault { number: 5, how: Broken::Changed }), "{change}");
    }
    let nobody = after("UPDATE audit_event SET username = NULL WHERE number = 1").await;
    assert_eq!(nobody, Some(Fault { number: 1, how: Broken::Changed }), "the first");
    let last = after("UPDATE audit_event SET kind = 'signedIn' WHERE number = 8").await;
    assert_eq!(last, Some(Fault { number: 8, how: Broken::Changed }), "the last");
}

#[tokio::test]
async fn nf_3_a_changed_personal_part_is_found_and_so_is_one_that_went_without_a_word() {
    let changed = Some(Fault { number: 4, how: Broken::PersonalPartChanged });
    assert_eq!(after("UPDATE audit_personal SET personal = '[\"x\"]' WHERE number = 4").await, changed, "its text");
    assert_eq!(after("UPDATE audit_personal SET salt = randomblob(32) WHERE number = 4").await, changed, "its salt");
    let gone = after("DELETE FROM audit_personal WHERE number = 6").await;
    assert_eq!(gone, Some(Fault { number: 6, how: Broken::PersonalPartGone }), "removed");
    let added = after("INSERT INTO audit_personal VALUES (5, randomblob(32), '[]')").await;
    assert_eq!(added, Some(Fault { number: 5, how: Broken::PersonalPartChanged }), "put where none was");
}

#[tokio::test]
async fn nf_3_removed_inserted_and_moved_events_are_told_apart() {
    let removed = Some(Fault { number: 3, how: Broken::Removed { through: 5 } });
    assert_eq!(after("DELETE FROM audit_event WHERE number BETWEEN 3 AND 5").await, removed, "a gap");
    let shift_down =
        "DELETE FROM audit_event WHERE number = 3; UPDATE audit_event SET number = number - 1 WHERE number > 3";
    let one = Some(Fault { number: 3, how: Broken::Removed { through: 3 } });
    assert_eq!(after(shift_down).await, one, "closed up");
    let insert = "UPDATE audit_event SET number = -number WHERE number > 4;
        INSERT INTO audit_event SELECT 5, at, reached, 'locked', username, encounter, patient, service, request, format, event,
            commitment, previous, hash FROM audit_event WHERE number = 3;
        UPDATE audit_event SET number = 1 - number WHERE number < 0";
    assert_eq!(after(insert).await, Some(Fault { number: 5, how: Broken::Inserted }), "put in");
    let swap =
        "UPDATE audit_event SET number = -3 WHERE number = 3; UPDATE audit_event SET number = 3 WHERE number = 7;
        UPDATE audit_event SET number = 7 WHERE number = -3";
    assert_eq!(after(swap).await, Some(Fault { number: 3, how: Broken::Reordered { was: 7 } }), "moved");
    let first = after("DELETE FROM audit_event WHERE number = 1").await;
    assert_eq!(first, Some(Fault { number: 1, how: Broken::Removed { through: 1 } }), "the first");
}

#[tokio::test]
async fn nf_3_a_record_that_was_cut_short_does_not_reach_its_seal() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = eight(folder.path()).await;
    let kept_elsewhere = store.seal(noon().date_naive()).await.expect("sealed");
    let cut = Some(Fault { number: 7, how: Broken::Truncated { through: 8 } });
    let raw = raw(folder.path());
    without_triggers(&raw);
    raw.execute_batch("DELETE FROM audit_event WHERE number > 6").expect("cut");
    assert_eq!(walked(&store, vec![]).await.fault, cut, "the database remembers what numbers it gave");
    raw.execute_batch("UPDATE sqlite_sequence SET seq = 6 WHERE name = 'audit_event'").expect("forgotten");
    assert_eq!(walked(&store, vec![]).await.fault, None, "nobody could tell");
    assert_eq!(walked(&store, vec![kept_elsewhere]).await.fault, cut, "but for the seal");
}

#[tokio::test]
async fn nf_3_a_chain_made_anew_as_a_whole_does_not_fit_its_seals() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = eight(folder.path()).await;
    let day = noon().date_naive();
    let seal = store.seal(day).await.expect("sealed");
    assert_eq!(seal.head.number, 8, "the head");
    assert_eq!(store.seals().await.expect("read"), [seal], "one line in the file");
    store.append(&event(None, AuditAction::SignedIn)).await.expect("appended");
    let raw = raw(folder.path());
    without_triggers(&raw);
    raw.execute_batch("UPDATE audit_event SET username = 'other' WHERE number = 3").expect("changed");
    chain_anew(&raw);
    assert_eq!(walked(&store, vec![]).await.fault, None, "it holds in itself");
    let found = verify(&store).await;
    assert_eq!(found.fault, Some(Fault { number: 8, how: Broken::NotAsSealed { day } }), "and is not what was sealed");
    let elsewhere = Seal { day, head: Head { number: 2, ..seal.head } };
    let other = walked(&store, vec![elsewhere]).await.fault;
    assert_eq!(
        other,
        Some(Fault { number: 2, how: Broken::NotAsSealed { day } }),
        "a seal of another record fits none"
    );
}

#[tokio::test]
async fn nf_3_an_event_that_cannot_be_read_keeps_nobody_from_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = eight(folder.path()).await;
    let raw = raw(folder.path());
    without_triggers(&raw);
    let garbage = "UPDATE audit_event SET event = 'garbage {' WHERE number = 4;
        UPDATE audit_event SET event = '{\n\"what\":{\"kind\":\"neverHeardOf\"}}' WHERE number = 5;
        UPDATE audit_personal SET personal = 'neither' WHERE number = 6;
        UPDATE audit_event SET event = '', at = 'yesterday', encounter = 'x' WHERE number = 8";
    raw.execute_batch(garbage).expect("done");
    let events = all(&store).await;
    let readable: Vec<_> = events.iter().filter(|one| one.event.is_ok()).map(|one| one.number).collect();
    assert_eq!((events.len(), readable), (8, vec![7, 3, 2, 1]), "all are there, and the others can be read");
    let beside = |number: u64| events.iter().find(|one| one.number == number).and_then(|one| one.event.clone().err());
    let of_the_fourth = UnreadableEvent {
        at: Some(noon()),
        kind: "providerTold".to_owned(),
        username: Some("handler".to_owned()),
        encounter: Some(encounter_id(1)),
    };
    assert_eq!(beside(4), Some(of_the_fourth), "with what stands beside it");
    assert_eq!(beside(8).map(|last| (last.at, last.encounter)), Some((None, None)), "as far as that can be read");
    let two = AuditQuery { before: Some(6), most: 2, ..AuditQuery::default() };
    let page = AuditTrail::read(&store, &two).await.expect("a window of it");
    assert_eq!((page.events.len(), page.older), (2, Some(4)), "a window of nothing else leads to the next");
    let timeline = store.timeline(encounter_id(1), 100).await.expect("a timeline");
    let told: Vec<_> = timeline.iter().map(|one| (one.number, one.event.is_ok())).collect();
    assert_eq!(told, [(1, true), (4, false), (5, false), (7, true)], "in its place among the others");
    assert_eq!(verify(&store).await.fault, Some(Fault { number: 4, how: Broken::Changed }), "and the first is named");
    store
        .under(&Reference::Id(uuid::Uuid::from_u128(8)))
        .await
        .expect("whoever looks for a reference finds the others");

    let out = folder.path().join("out");
    let made = export(&store, &AuditFilter::default(), &out).await.expect("all that stands there is written");
    assert_eq!((made.events, made.unreadable), (8, 4), "and how many of it cannot be read");
    let text = |name: &str| std::fs::read_to_string(out.join(name)).expect("a file");
    let lines: Vec<Value> = text("audit.jsonl").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 8, "an event a line");
    assert_eq!((&lines[3]["event"], &lines[3]["eventAsItStands"]), (&Value::Null, &"garbage {".into()), "as it stands");
    assert!(lines[4]["eventAsItStands"].as_str().is_some_and(|text| text.contains("neverHeardOf")), "on one line");
    assert_eq!(lines[5]["personalAsItStands"], "neither", "so does a personal part");
    assert!(lines[2]["event"].is_object() && lines[2].get("eventAsItStands").is_none(), "the others are as ever");
    let mut csv = csv::Reader::from_path(out.join("audit.csv")).expect("CSV");
    let what: Vec<bool> = csv.records().map(|row| row.expect("a row")[13].contains("cannot be read")).collect();
    assert_eq!(what, [false, false, false, true, true, true, false, true], "and the table says so");
    assert!(text("manifest.json").contains("\"unreadable\": 4"), "and the manifest");
}

#[tokio::test]
async fn nf_3_a_reference_leads_to_what_can_be_read_whatever_became_of_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = eight(folder.path()).await;
    let search = SearchId(uuid::Uuid::from_u128(8));
    for status in [200, 500] {
        let exchange = serde_json::json!({ "at": noon(), "system": "DoS", "operation": "search", "encounter": encounter_id(1),
            "search": search, "status": status, "took": { "secs": 1, "nanos": 0 } });
        store.record(serde_json::from_value(exchange).expect("an exchange"));
    }
    // Written when it is closed, at the latest.
    store.close();
    let store = open(folder.path());
    let reference = Reference::Id(search.0);
    let before = store.under(&reference).await.expect("found");
    assert_eq!((before.exchanges.len(), before.events.len()), (2, 1), "all of it");
    let raw = raw(folder.path());
    without_triggers(&raw);
    let changes = "UPDATE audit_event SET at = 'yesterday' WHERE number = 5;
        UPDATE exchange SET exchange = json_remove(exchange, '$.system') WHERE exchange ->> '$.status' = 500";
    raw.execute_batch(changes).expect("done");
    let found = store.under(&reference).await.expect("the others are found");
    let when: Vec<_> = found.events.iter().map(|event| (event.number, event.at)).collect();
    assert_eq!(
        (found.exchanges, when),
        (vec![before.exchanges[0].clone()], vec![(5, None)]),
        "as far as it can be read"
    );
    let of_encounter = AuditTrail::exchanges(&store, ExchangesSought::Encounter(encounter_id(1))).await;
    assert_eq!(of_encounter.expect("the other is found").len(), 1, "beside the events, too");
}

/// Computes all hashes again, as somebody would who knows how.
fn chain_anew(raw: &Connection) {
    let mut previous = Hash::BEFORE_THE_FIRST;
    for number in 1..=9_u64 {
        let key = i64::try_from(number).expect("small");
        let sql = "SELECT at, kind, username, encounter, patient, service, request, format, event, salt, personal
            FROM audit_event LEFT JOIN audit_personal USING (number) WHERE number = ?1";
        let hash = raw
            .query_row(sql, [key], |row| {
                let text = |column| row.get::<_, Option<String>>(column);
                let [at, kind, username, encounter, patient, service, request, plain] =
                    [text(0)?, text(1)?, text(2)?, text(3)?, text(4)?, text(5)?, text(6)?, text(8)?];
                let personal = row.get::<_, Option<Vec<u8>>>(9)?.zip(text(10)?);
                let link = Link {
                    number,
                    previous,
                    at: at.as_deref().unwrap_or_default(),
                    kind: kind.as_deref().unwrap_or_default(),
                    username: username.as_deref(),
                    encounter: encounter.as_deref(),
                    patient: patient.as_deref(),
                    service: service.as_deref(),
                    request: request.as_deref(),
                    format: row.get(7)?,
                    plain: plain.as_deref().unwrap_or_default(),
                    commitment: personal.map(|(salt, personal)| commitment(&salt, &personal)),
                };
                Ok(link.hash())
            })
            .expect("an event");
        let update = "UPDATE audit_event SET previous = ?2, hash = ?3 WHERE number = ?1";
        raw.execute(update, rusqlite::params![key, previous.bytes(), hash.bytes()]).expect("written");
        previous = hash;
    }
}
