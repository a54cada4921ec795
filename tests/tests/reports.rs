//! Reports of whole journeys: what the desk itself recorded is counted, read by supervisors alone, and each reading recorded.

#![expect(clippy::expect_used, reason = "a test says at once what is not as it needs it")]

use demo_nhs::DemoOptions;
use desk_domain::audit::{AuditAction, AuditFilter, AuditKind};
use desk_domain::calendar::local_date;
use desk_domain::reports::{Grouping, Period, RowKey, StandardReport, Table};
use desk_domain::user::Action;
use desk_journeys::ports::AuditQuery;
use desk_journeys::reports::ReportOrder;
use desk_journeys::{JourneyError, SignedIn};
use desk_tests::desk::{CLINICIAN, DeskUnderTest, HANDLER, SUPERVISOR};

fn today(under_test: &DeskUnderTest, report: StandardReport, grouping: Grouping) -> ReportOrder {
    let day = local_date(under_test.desk().now());
    ReportOrder { report, period: Period::new(day, day).expect("a day"), grouping }
}

async fn read(under_test: &DeskUnderTest, who: &SignedIn, report: StandardReport, grouping: Grouping) -> Table {
    let order = today(under_test, report, grouping);
    under_test.desk().read_report(who, order, false).await.expect("a supervisor may read").table
}

#[tokio::test]
async fn rp_01_a_booking_is_counted_for_its_service_user_and_outcome_and_leads_to_its_events() {
    let under_test = DeskUnderTest::start(DemoOptions::default()).await;
    let desk = under_test.desk();
    let who = under_test.sign_in(HANDLER).await;
    let encounter = under_test.booked(&who).await;
    let supervisor = under_test.sign_in(SUPERVISOR).await;
    for (grouping, key) in [(Grouping::Service, "111001"), (Grouping::User, "handler"), (Grouping::Disposition, "Dx06")]
    {
        let table = read(&under_test, &supervisor, StandardReport::BookingsAgainstReferrals, grouping).await;
        let rows: Vec<_> = table.rows.iter().map(|row| (row.key.clone(), row.numbers.clone())).collect();
        assert_eq!(rows, [(RowKey::Of(key.to_owned()), vec![1, 0, 0, 0])], "{grouping:?}");
    }
    let order = today(&under_test, StandardReport::BookingsAgainstReferrals, Grouping::Service);
    let behind = desk.behind_number(&supervisor, order, Some("111001"), "bookings").await.expect("it is there");
    assert_eq!((behind.number, behind.events), (1, 1), "one booking");
    let event = behind.told.first().and_then(|told| told.event.as_ref()?.as_ref().ok()).expect("one event");
    assert_eq!((event.kind.as_str(), event.encounter), ("bookingSettled", Some(encounter.id)), "the one that booked");
    let slots = read(&under_test, &supervisor, StandardReport::SlotsInside, Grouping::Disposition).await;
    assert!(slots.total.get(2).is_some_and(|slots| *slots > 0), "RP-10: the slots that were shown: {slots:?}");
}

#[tokio::test]
async fn nf_3_reports_are_for_supervisors_and_each_reading_is_recorded() {
    let under_test = DeskUnderTest::start(DemoOptions::default()).await;
    let desk = under_test.desk();
    let order = today(&under_test, StandardReport::Errors, Grouping::Message);
    for person in [HANDLER, CLINICIAN] {
        let who = under_test.sign_in(person).await;
        let refused = [
            desk.read_report(&who, order, false).await.err(),
            desk.behind_number(&who, order, None, "errors").await.err(),
        ];
        for refused in refused {
            assert_eq!(refused, Some(JourneyError::NotPermitted(Action::ReadAudit)), "{person:?}");
        }
    }
    let supervisor = under_test.sign_in(SUPERVISOR).await;
    desk.read_report(&supervisor, order, true).await.expect("a supervisor may read");
    desk.behind_number(&supervisor, order, None, "errors").await.expect("a supervisor may read");
    let filter = AuditFilter { kind: Some(AuditKind::ReportRead), ..AuditFilter::default() };
    let query = AuditQuery { filter, most: 10, ..AuditQuery::default() };
    let page = desk.read_audit(&supervisor, &query).await.expect("a supervisor may read");
    let told: Vec<_> = page.events.into_iter().map(|recorded| recorded.event.expect("it can be read").what).collect();
    let (day, report, group) = (order.period.from(), order.report, order.grouping);
    let read = |cell: Option<&str>| AuditAction::ReportRead {
        report,
        from: day,
        to: day,
        group,
        cell: cell.map(str::to_owned),
    };
    assert_eq!(told, [read(Some("total/errors")), read(None)], "newest first, and nothing of those refused");
}

#[tokio::test]
async fn what_a_report_does_not_have_is_refused() {
    let under_test = DeskUnderTest::start(DemoOptions::default()).await;
    let (desk, who) = (under_test.desk(), under_test.sign_in(SUPERVISOR).await);
    let order = today(&under_test, StandardReport::BookingsAgainstReferrals, Grouping::Message);
    assert_eq!(desk.read_report(&who, order, false).await.err(), Some(JourneyError::NotInReport), "by message");
    let order = ReportOrder { grouping: Grouping::Service, ..order };
    let no_row = desk.behind_number(&who, order, Some("999"), "bookings").await.err();
    let no_column = desk.behind_number(&who, order, None, "slots").await.err();
    assert_eq!([no_row, no_column], [const { Some(JourneyError::NotInReport) }; 2], "no such row, no such column");
}
