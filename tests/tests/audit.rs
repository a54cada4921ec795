//! The audit record of whole journeys: read, verified, sealed and exported by supervisors alone, each of it recorded.

#![expect(clippy::expect_used, reason = "a test says at once what is not as it needs it")]

use std::sync::Arc;

use desk_domain::audit::{AuditAction, AuditFilter, AuditKind};
use desk_domain::user::Action;
use desk_journeys::ports::{AuditCount, AuditQuery, ChainCheck, RecordedEvent};
use desk_journeys::{Desk, JourneyError, SignedIn};
use desk_tests::desk::{DeskUnderTest, HANDLER, SUPERVISOR};

use demo_nhs::DemoOptions;

async fn verified(desk: &Desk, who: &SignedIn) -> ChainCheck {
    let found = desk.verify_audit(who, None, &Arc::default()).await.expect("a supervisor may verify");
    found.expect("nobody stopped it")
}

fn kinds(events: &[RecordedEvent]) -> Vec<AuditKind> {
    events.iter().map(|recorded| AuditKind::from(&recorded.event.as_ref().expect("it can be read").what)).collect()
}

#[tokio::test]
async fn nf_3_the_record_of_a_booking_holds_from_the_search_to_the_confirmation() {
    let under_test = DeskUnderTest::start(DemoOptions::default()).await;
    let desk = under_test.desk();
    let who = under_test.sign_in(HANDLER).await;
    let encounter = under_test.booked(&who).await;
    let supervisor = under_test.sign_in(SUPERVISOR).await;
    let timeline = desk.audit_timeline(&supervisor, encounter.id).await.expect("a supervisor may read");
    let expected = [
        AuditKind::EncounterStarted,
        AuditKind::OutcomeRecorded,
        AuditKind::ServicesSearched,
        AuditKind::SlotsSearched,
        AuditKind::BookingIntended,
        AuditKind::BookingSettled,
        AuditKind::AuditRead,
    ];
    assert_eq!(kinds(&timeline), expected, "in order, and that it was looked at");
    for recorded in &timeline {
        let desk = recorded.event.as_ref().expect("it can be read").desk.as_ref().expect("every event names its desk");
        assert!(!desk.device.is_empty() && !desk.organisation.as_str().is_empty(), "{recorded:?}");
        assert!(recorded.patient.is_some() && recorded.patient == timeline[0].patient, "one patient: {recorded:?}");
    }
    let check = verified(desk, &supervisor).await;
    assert_eq!((check.fault, check.seals), (None, 1), "it holds, against the seal of this day's start");
}

#[tokio::test]
async fn nf_3_whoever_is_no_supervisor_reads_verifies_seals_and_exports_nothing_and_each_try_is_recorded() {
    let under_test = DeskUnderTest::start(DemoOptions::default()).await;
    let (desk, who) = (under_test.desk(), under_test.sign_in(HANDLER).await);
    let out = under_test.folder().join("out");
    let filter = AuditFilter::default();
    let refused = [
        desk.read_audit(&who, &AuditQuery::default()).await.err(),
        desk.verify_audit(&who, None, &Arc::default()).await.err(),
        desk.seal_audit(&who).await.err(),
        desk.export_audit(&who, &filter, &out, &Arc::default()).await.err(),
    ];
    for refused in refused {
        assert_eq!(refused, Some(JourneyError::NotPermitted(Action::ReadAudit)), "each");
    }
    assert!(!out.exists(), "nothing was written");
    let supervisor = under_test.sign_in(SUPERVISOR).await;
    let filter = AuditFilter { kind: Some(AuditKind::ActionRefused), ..filter };
    let query = AuditQuery { filter, most: 10, ..AuditQuery::default() };
    let page = desk.read_audit(&supervisor, &query).await.expect("a supervisor may read");
    assert_eq!(page.events.len(), 4, "each");
}

#[tokio::test]
async fn nf_3_what_a_supervisor_does_with_the_record_is_in_the_record() {
    let under_test = DeskUnderTest::start(DemoOptions::default()).await;
    let (desk, who) = (under_test.desk(), under_test.sign_in(SUPERVISOR).await);
    let filter = AuditFilter { kind: Some(AuditKind::Started), ..AuditFilter::default() };
    let out = under_test.folder().join("out");
    let export = desk.export_audit(&who, &AuditFilter::default(), &out, &Arc::default()).await;
    let export = export.expect("a supervisor may export").expect("nobody stopped it");
    let seal = desk.seal_audit(&who).await.expect("a supervisor may seal");
    assert_eq!(seal.head, export.head, "nothing came in between");
    let check = verified(desk, &who).await;
    let query = AuditQuery { filter: filter.clone(), most: 10, ..AuditQuery::default() };
    desk.read_audit(&who, &query).await.expect("a supervisor may read");
    let query = AuditQuery { most: 4, ..AuditQuery::default() };
    let newest = desk.read_audit(&who, &query).await.expect("a supervisor may read").events;
    let what: Vec<_> = newest.into_iter().map(|recorded| recorded.event.expect("it can be read").what).collect();
    let expected = [
        AuditAction::AuditRead { filter: Box::default(), before: None },
        AuditAction::AuditRead { filter: Box::new(filter), before: None },
        AuditAction::AuditVerified { events: check.head.number, seals: 2, fault: None },
        AuditAction::AuditSealed { seal },
    ];
    assert_eq!(what, expected, "newest first");
    assert_eq!(desk.seal_the_day().await, Ok(None), "a day has its seal already");
}

#[tokio::test]
async fn nf_3_what_is_asked_beside_a_window_that_was_read_is_not_recorded_again_and_anything_else_is() {
    let under_test = DeskUnderTest::start(DemoOptions::default()).await;
    let (desk, who) = (under_test.desk(), under_test.sign_in(SUPERVISOR).await);
    let readings = async || {
        let filter = AuditFilter { kind: Some(AuditKind::AuditRead), ..AuditFilter::default() };
        desk.read_audit(&who, &AuditQuery { filter, most: 100, before: None }).await.expect("read").events.len()
    };
    let signed_in = AuditFilter { kind: Some(AuditKind::SignedIn), ..AuditFilter::default() };
    let query = AuditQuery { filter: signed_in.clone(), most: 10, before: None };
    let newest = desk.look_at_audit(&who, &query).await.expect("read").page.events[0].number;
    let after_reading = readings().await;
    assert_eq!(desk.count_audit(&who, &signed_in).await, Ok(AuditCount::Exactly(1)), "counted");
    assert_eq!(desk.newer_in_audit(&who, &signed_in, newest).await, Ok(AuditCount::Exactly(0)), "nothing newer");
    assert_eq!(readings().await, after_reading + 1, "nothing but this reading itself");
    let other = AuditFilter { kind: Some(AuditKind::Started), ..AuditFilter::default() };
    desk.count_audit(&who, &other).await.expect("counted");
    assert_eq!(readings().await, after_reading + 3, "counting what was not read says something, and is recorded");
    let handler = under_test.sign_in(HANDLER).await;
    let refused = Some(JourneyError::NotPermitted(Action::ReadAudit));
    assert_eq!(desk.count_audit(&handler, &signed_in).await.err(), refused, "not for them");
    assert_eq!(desk.newer_in_audit(&handler, &signed_in, 0).await.err(), refused, "nor this");
    assert_eq!(desk.audit_state(&handler).await.err(), refused, "nor this");
}

#[tokio::test]
async fn nf_3_a_look_at_the_encounters_that_go_on_is_one_event_and_says_which_of_them_booked() {
    let under_test = DeskUnderTest::start(DemoOptions::default()).await;
    let (desk, who) = (under_test.desk(), under_test.sign_in(HANDLER).await);
    let booking = under_test.booked(&who).await;
    for patient in [2, 3] {
        under_test.encounter(&who, patient, "Dx06").await;
    }
    let supervisor = under_test.sign_in(SUPERVISOR).await;
    let newest = || AuditQuery { most: 2, ..AuditQuery::default() };
    let going_on = desk.encounters_going_on(&supervisor).await.expect("a supervisor may see them");
    let booked: Vec<_> = going_on.iter().filter(|one| one.booked).map(|one| one.encounter.id).collect();
    assert_eq!((going_on.len(), booked), (3, vec![booking.id]), "which of them booked");
    let events = desk.read_audit(&supervisor, &newest()).await.expect("read").events;
    let before = desk.read_audit(&supervisor, &newest()).await.expect("read").events;
    assert_eq!(kinds(&events), [AuditKind::AuditRead, AuditKind::EncountersListed], "one event, whatever is open");
    assert_eq!(before[1].number, events[0].number, "and nothing in between");
}

#[tokio::test]
async fn nf_3_the_story_of_an_encounter_has_its_patient_and_every_exchange_with_the_wire() {
    let under_test = DeskUnderTest::start(DemoOptions::default()).await;
    let desk = under_test.desk();
    let who = under_test.sign_in(HANDLER).await;
    let encounter = under_test.booked(&who).await;
    let supervisor = under_test.sign_in(SUPERVISOR).await;
    // Exchanges are written behind the journeys' backs: an orderly end writes all.
    let story = async || desk.audit_story(&supervisor, encounter.id).await.expect("a supervisor may read");
    let began = std::time::Instant::now();
    while story().await.beside.exchanges.iter().all(|one| one.operation != "book") {
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "the booking's exchange is recorded");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let story = story().await;
    assert_eq!(story.encounter.as_ref().map(|one| one.id), Some(encounter.id), "whom it was about");
    let settled = |one: &&RecordedEvent| {
        AuditKind::from(&one.event.as_ref().expect("it can be read").what) == AuditKind::BookingSettled
    };
    let booked =
        story.events.iter().find(settled).and_then(|one| one.event.as_ref().expect("it can be read").what.request());
    assert!(booked.is_some(), "the booking's request is in the record");
    assert!(story.beside.exchanges.iter().any(|one| one.request == booked), "linked by the request's id");
    let nobody = desk.audit_story(&supervisor, "00000000-0000-0000-0000-000000000000".parse().expect("an id")).await;
    assert_eq!(nobody.err(), Some(JourneyError::Record(desk_domain::failure::RecordFailure::NotFound)), "no such one");
}
