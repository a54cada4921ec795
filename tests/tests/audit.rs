//! The audit record of whole journeys: read, verified, sealed and exported by supervisors alone, each of it recorded.

use desk_domain::audit::{AuditAction, AuditFilter, AuditKind};
use desk_domain::user::Action;
use desk_journeys::JourneyError;
use desk_journeys::ports::{AuditQuery, RecordedEvent};
use desk_tests::desk::{DeskUnderTest, HANDLER, SUPERVISOR};

use demo_nhs::DemoOptions;

fn kinds(events: &[RecordedEvent]) -> Vec<AuditKind> {
    events.iter().map(|recorded| AuditKind::from(&recorded.event.what)).collect()
}

#[tokio::test]
async fn nf_3_the_record_of_a_booking_holds_from_the_search_to_the_confirmation() {
    let under_test = DeskUnderTest::start(DemoOptions::default()).await;
    let desk = under_test.desk();
    let who = under_test.sign_in(HANDLER).await;
    let encounter = under_test.encounter(&who, 1, "Dx06").await;
    let order = under_test.earliest(&who, &encounter, "111001").await;
    desk.book(&who, order).await.expect("it is sent");
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
        let desk = recorded.event.desk.as_ref().expect("every event names its desk");
        assert!(!desk.device.is_empty() && !desk.organisation.as_str().is_empty(), "{recorded:?}");
        assert!(recorded.patient.is_some() && recorded.patient == timeline[0].patient, "one patient: {recorded:?}");
    }
    let check = desk.verify_audit(&supervisor, None).await.expect("a supervisor may verify");
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
        desk.verify_audit(&who, None).await.err(),
        desk.seal_audit(&who).await.err(),
        desk.export_audit(&who, &filter, &out).await.err(),
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
    let export = desk.export_audit(&who, &AuditFilter::default(), &under_test.folder().join("out")).await;
    let export = export.expect("a supervisor may export");
    let seal = desk.seal_audit(&who).await.expect("a supervisor may seal");
    assert_eq!(seal.head, export.head, "nothing came in between");
    let check = desk.verify_audit(&who, None).await.expect("a supervisor may verify");
    let query = AuditQuery { filter: filter.clone(), most: 10, ..AuditQuery::default() };
    desk.read_audit(&who, &query).await.expect("a supervisor may read");
    let query = AuditQuery { most: 4, ..AuditQuery::default() };
    let newest = desk.read_audit(&who, &query).await.expect("a supervisor may read").events;
    let what: Vec<_> = newest.into_iter().map(|recorded| recorded.event.what).collect();
    let expected = [
        AuditAction::AuditRead { filter: Box::default(), before: None },
        AuditAction::AuditRead { filter: Box::new(filter), before: None },
        AuditAction::AuditVerified { events: check.head.number, seals: 2, fault: None },
        AuditAction::AuditSealed { seal },
    ];
    assert_eq!(what, expected, "newest first");
    assert_eq!(desk.seal_the_day().await, Ok(None), "a day has its seal already");
}
