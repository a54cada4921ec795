//! Removing personal parts when their time is over (NF-5): the chain still holds, and nothing of them is left.

use desk_domain::audit::{AuditAction, AuditEvent, AuditFilter, PatientSought};
use desk_domain::canonical::REMOVED;
use desk_domain::encounter::Encounter;
use desk_domain::failure::RecordFailure;
use desk_domain::id::EncounterId;
use desk_domain::retention::YearsKept;
use desk_journeys::ports::{AuditTrail, EncounterRecord, RecordedEvent};
use desk_journeys::retention::{LooseParts, RetentionRecord};
use desk_store::Store;

use crate::{all, eight, encounter, encounter_id, event, event_at, noon, open, raw, seconds, told, verify};

fn removal(through: u64, only: Option<EncounterId>) -> AuditEvent {
    event(None, AuditAction::PersonalPartsRemoved { through, only, of_no_encounter: false, years: None })
}

#[tokio::test]
async fn nf_5_removed_personal_parts_leave_a_chain_that_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = eight(folder.path()).await;
    store.append(&event(Some(encounter_id(1)), told("Rang the pharmacy"))).await.expect("appended");
    let seal = store.seal(noon().date_naive()).await.expect("sealed");
    let removed = store.remove_parts(&removal(8, None)).await.expect("removed");
    assert_eq!(removed, 2, "those up to the eighth");
    let check = verify(&store).await;
    assert_eq!((check.fault, check.seals, check.personal_removed), (None, 1, 2), "as it was sealed: {seal}");
    let events = all(&store).await;
    let notes: Vec<(u64, bool, String)> = events
        .iter()
        .filter_map(|recorded| {
            let AuditAction::ProviderTold { note, .. } = &recorded.event.as_ref().expect("it can be read").what else {
                return None;
            };
            Some((recorded.number, recorded.personal_removed, note.reveal().clone()))
        })
        .collect();
    let expected = [(9, false, "Rang the pharmacy"), (6, true, REMOVED), (4, true, REMOVED)];
    assert_eq!(notes, expected.map(|(number, gone, note)| (number, gone, note.to_owned())), "newest first");
    assert_eq!(
        events[0].event.as_ref().expect("it can be read").what,
        removal(8, None).what,
        "the removal is an event of its own"
    );
}

#[tokio::test]
async fn nf_5_personal_parts_of_one_encounter_alone_can_be_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = eight(folder.path()).await;
    assert_eq!(store.remove_parts(&removal(8, Some(encounter_id(2)))).await, Ok(1), "that of the other stays");
    let check = verify(&store).await;
    assert_eq!((check.fault, check.personal_removed), (None, 1), "it holds");
    let raw = raw(folder.path());
    let refused = raw.execute("DELETE FROM audit_personal WHERE number = 4", []);
    assert!(refused.is_err(), "the first encounter's is kept");
}

#[tokio::test]
async fn nf_5_nothing_personal_goes_without_an_event_that_says_so_and_none_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = eight(folder.path()).await;
    let raw = raw(folder.path());
    for statement in [
        "DELETE FROM audit_personal",
        "UPDATE audit_personal SET personal = ''",
        "REPLACE INTO audit_personal SELECT * FROM audit_personal",
        "INSERT INTO audit_personal SELECT 5, salt, personal FROM audit_personal WHERE number = 4",
    ] {
        assert!(raw.execute(statement, []).is_err(), "{statement}");
    }
    assert_eq!(store.remove_parts(&removal(9, None)).await, Err(RecordFailure::NotFound), "beyond the last event");
    let other = store.remove_parts(&event(None, AuditAction::SignedIn)).await;
    assert!(matches!(other, Err(RecordFailure::Failed(_))), "another kind of event removes nothing: {other:?}");
    assert_eq!(verify(&store).await.head.number, 8, "nothing was recorded of what was not done");
    store.remove_parts(&removal(4, None)).await.expect("removed");
    let back = "INSERT INTO audit_personal VALUES (4, randomblob(32), '[\"x\"]')";
    assert!(raw.execute(back, []).is_err(), "what was removed does not come back");
}

#[tokio::test]
async fn nf_5_whom_a_supervisor_looked_for_goes_in_its_time_and_what_belongs_to_encounters_does_not_go_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = eight(folder.path()).await;
    let patient = Some(PatientSought::by_name("Patient", None));
    let filter = Box::new(AuditFilter { patient, ..AuditFilter::default() });
    store.append(&event(None, AuditAction::AuditRead { filter, before: None })).await.expect("appended");
    let loose = store.loose_parts(noon() + seconds(1)).await.expect("read");
    assert_eq!(loose, LooseParts { through: 9, parts: 1, of_emptied: vec![] }, "the ninth");
    let what = AuditAction::PersonalPartsRemoved { through: 9, only: None, of_no_encounter: true, years: None };
    assert_eq!(store.remove_parts(&event(None, what)).await, Ok(1), "that one");
    let check = verify(&store).await;
    assert_eq!((check.fault, check.personal_removed), (None, 1), "it holds");
    let refused = raw(folder.path()).execute("DELETE FROM audit_personal WHERE number = 4", []);
    assert!(refused.is_err(), "an encounter's is kept");
}

#[tokio::test]
async fn nf_5_an_encounter_with_which_anything_happened_since_it_was_looked_at_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = eight(folder.path()).await;
    for (number, nhs_number, family) in [(1, Some("9990000018"), "Patient"), (2, None, "Another")] {
        let ended = Encounter { ended: Some(noon()), version: 1, ..encounter(number, nhs_number, family) };
        let what = AuditAction::EncounterOpened;
        store.save(&ended, &event(Some(ended.id), what)).await.expect("ended");
    }
    let quiet = store.quiet_since(noon() + seconds(1)).await.expect("read");
    assert_eq!(quiet.len(), 2, "both");
    let later = event_at(noon() + seconds(2), "handler", Some(encounter_id(1)), AuditAction::EncounterOpened);
    store.append(&later).await.expect("appended");
    let over = quiet.into_iter().map(|kept| {
        let (through, only, years) = (kept.through, Some(kept.encounter), Some(YearsKept::default()));
        let what = AuditAction::PersonalPartsRemoved { through, only, of_no_encounter: false, years };
        (kept, event(only, what))
    });
    assert_eq!(store.remove(over.collect()).await, Ok(1), "the other alone");
    assert_eq!(read_note(&store, 4).await.as_deref(), Some("Rang the ward"), "its details are there");
    assert_eq!(read_note(&store, 6).await.as_deref(), Some(REMOVED), "the other's are not");
}

async fn read_note(store: &Store, number: u64) -> Option<String> {
    let events = all(store).await;
    let recorded = events.into_iter().find(|event| event.number == number)?;
    let AuditAction::ProviderTold { note, .. } = recorded.event.expect("it can be read").what else { return None };
    Some(note.reveal().clone())
}

#[tokio::test]
async fn nf_5_a_clock_that_was_set_back_never_makes_an_event_old_before_its_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    for offset in [0, 10, -1000, 20, 30] {
        let at = noon() + seconds(offset);
        store.append(&event_at(at, "handler", None, AuditAction::SignedIn)).await.expect("appended");
    }
    let older_than = |offset| {
        let store = store.clone();
        async move { store.loose_parts(noon() + seconds(offset)).await.expect("read").through }
    };
    assert_eq!(older_than(0).await, 0, "none before the first");
    assert_eq!(older_than(15).await, 3, "up to the first that is not older");
    assert_eq!(older_than(31).await, 5, "all");
}

#[tokio::test]
async fn a_reference_leads_to_a_patient_by_the_records_own_list_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = eight(folder.path()).await;
    let events = all(&store).await;
    let of = |number: u64| events.iter().find(|event| event.number == number).and_then(|event| event.patient.clone());
    assert!(of(1).is_some() && of(1) == of(4) && of(1) == of(7), "one patient, one reference");
    assert!(of(2).is_some() && of(2) != of(1), "another, another");
    assert_eq!((of(3), of(8)), (None, None), "where there is no encounter, there is no patient");
    let text = |event: &RecordedEvent| serde_json::to_string(event.event.as_ref().expect("readable")).expect("JSON");
    assert!(!events.iter().any(|event| text(event).contains("9990000018")), "the number itself stands in no event");
}
