//! Events that somebody changed in the record's file: they keep nobody from the others, and reports say that there are some.

use desk_domain::audit::AuditFilter;
use desk_domain::booking::BookingResultKind as Booked;
use desk_domain::id::Username;
use desk_domain::reports::{Grouping, StandardReport};
use desk_journeys::ports::{AuditQuery, AuditTrail, UnreadableEvent};
use desk_journeys::reports::ReportRecord;

use crate::record::*;

/// A booking in each of so many encounters, an hour apart: four events each, those of the patients before all.
async fn booked(folder: &std::path::Path, encounters: u128) -> Record {
    let record = Record::open(folder);
    for encounter in 1..=encounters {
        record.patient_of(encounter, None).await;
    }
    for encounter in 1..=encounters {
        let at = instant("2026-11-02T08:00:00Z") + chrono::Duration::hours(i64::try_from(encounter).expect("few"));
        let late = Some((1_800, None));
        for what in [outcome("Dx06"), intended(encounter, "111001", late), slots_searched("111001", None, false)] {
            record.append(&event(at, Some("carter"), Some(encounter), &what)).await;
        }
        record.append(&event(at, Some("carter"), Some(encounter), &settled(encounter, Booked::Confirmed, None))).await;
    }
    record
}

/// Changes events of an encounter of one kind, by somebody who has the file and the key.
fn change(folder: &std::path::Path, kind: &str, encounter: u128, to: &str) {
    let raw = raw(folder);
    raw.execute_batch("DROP TRIGGER IF EXISTS audit_event_stays; DROP TRIGGER IF EXISTS audit_event_kept")
        .expect("done");
    let sql = format!("UPDATE audit_event SET {to} WHERE kind = ?1 AND encounter LIKE '%' || ?2");
    let changed = raw.execute(&sql, rusqlite::params![kind, encounter.to_string()]).expect("changed");
    assert_eq!(changed, 1, "{to}");
}

const CHANGES: [(&str, &str); 7] = [
    ("bookingSettled", "event = 'garbage {'"),
    ("bookingSettled", "event = json_set(event, '$.what.intent', 'no id')"),
    ("bookingSettled", "event = json_set(event, '$.what.booking', '00')"),
    ("bookingIntended", "event = json_set(event, '$.what.late.late_seconds', 'many')"),
    ("bookingIntended", "event = json_set(event, '$.what.late.late_seconds', -5)"),
    ("bookingSettled", "at = 'yesterday'"),
    ("bookingSettled", "at = 'now'"),
];

#[tokio::test]
async fn rp_an_event_that_cannot_be_read_keeps_no_report_from_the_others_and_is_told() {
    let (report, day) = (StandardReport::BookingsAgainstReferrals, period("2026-11-02", "2026-11-02"));
    for (n, (kind, to)) in CHANGES.into_iter().enumerate() {
        let folder = tempfile::tempdir().expect("a folder");
        let record = booked(folder.path(), 3).await;
        change(folder.path(), kind, 2, to);
        let table = record.draw(report, day, Grouping::Service).await;
        assert_eq!(lines(&table), ["111001: 2 0 0 0", "=: 2 0 0 0"], "{to}: the others are counted");
        // One of which nobody knows when it was is of no day.
        assert_eq!(table.unreadable, u64::from(n < 5), "{to}: and it is told");
        assert_eq!(record.draw_in_parts(&table, 1).await, table, "{to}: once, also in parts");
        let filter = AuditFilter { user: Some(Username::new("carter").expect("a name")), ..AuditFilter::default() };
        let query = AuditQuery { filter, most: 100, ..AuditQuery::default() };
        let found = AuditTrail::read(&record.store, &query).await.expect("the record can be searched");
        assert_eq!(found.events.len(), 15, "{to}: all that the user did");
    }
}

#[tokio::test]
async fn rp_events_behind_a_number_are_told_as_the_record_has_them_whatever_became_of_one() {
    let (report, day) = (StandardReport::BookingsAgainstReferrals, period("2026-11-02", "2026-11-02"));
    let folder = tempfile::tempdir().expect("a folder");
    let record = booked(folder.path(), 4).await;
    let before = record.draw(report, day, Grouping::Service).await;
    change(folder.path(), "bookingSettled", 1, "event = 'garbage {', at = 'yesterday'");
    change(folder.path(), "bookingSettled", 2, "at = 'yesterday'");
    raw(folder.path()).execute_batch("DELETE FROM audit_event WHERE number = 16").expect("taken out");
    assert_eq!(record.draw(report, day, Grouping::Service).await, before, "it counts what was recorded");
    // The patients' events come first, then four for each encounter, of which the last is the booking.
    let recorded = record.store.recorded(vec![8, 12, 16, 20]).await.expect("as the record has them");
    let beside = UnreadableEvent {
        at: None,
        kind: "bookingSettled".to_owned(),
        username: Some("carter".to_owned()),
        encounter: "00000000-0000-0006-0000-000000000001".parse().ok(),
    };
    assert_eq!(recorded.get(&8).and_then(|event| event.clone().err()), Some(beside), "with what stands beside it");
    let at = |number| recorded.get(&number).and_then(|event| event.as_ref().ok()).map(|event| event.at);
    assert_eq!(
        at(12),
        Some(instant("2026-11-02T10:00:00Z")),
        "the event itself says when it was, as in the audit list"
    );
    assert_eq!((recorded.get(&16), at(20).is_some()), (None, true), "one is not there any more, the last is as ever");
}

#[tokio::test]
async fn rp_an_event_at_the_edge_of_a_part_counts_once_and_a_number_far_ahead_changes_nothing() {
    let (report, day) = (StandardReport::BookingsAgainstReferrals, period("1900-01-01", "2999-12-31"));
    let folder = tempfile::tempdir().expect("a folder");
    let record = Record::open(folder.path());
    let mut at = instant("2026-11-02T08:00:00Z");
    // A millisecond apart, so that each part of one event begins and ends at one.
    for encounter in 1..=5 {
        for what in [outcome("Dx06"), intended(encounter, "111001", None), confirmed(encounter)] {
            record.append(&event(at, Some("carter"), Some(encounter), &what)).await;
            at += chrono::Duration::milliseconds(1);
        }
    }
    let table = record.draw(report, day, Grouping::User).await;
    assert_eq!(lines(&table), ["carter: 5 0 0 0", "=: 5 0 0 0"], "each");
    for events in 1..=15 {
        assert_eq!(record.draw_in_parts(&table, events).await, table, "in parts of {events}");
    }
    let parts = record.parts(report, day, 1).await;
    assert!(parts.windows(2).all(|pair| pair[0].within().end == pair[1].within().start), "without a gap");
    assert_eq!(parts.len(), 15, "an event each");
    let far_ahead = "UPDATE report_fact SET number = 9000000000000000000 WHERE number = 15";
    raw(folder.path()).execute_batch(far_ahead).expect("changed");
    assert_eq!(record.draw(report, day, Grouping::User).await, table, "as many parts as there can be come to the same");
    let empty = record.draw(report, period("1900-01-01", "1999-12-31"), Grouping::User).await;
    assert_eq!((lines(&empty), empty.rows.len()), (vec!["=: 0 0 0 0".to_owned()], 0), "nothing was then");
}

#[tokio::test]
async fn nf_3_of_a_record_that_was_cut_short_what_is_there_is_counted_and_found_and_nothing_else() {
    let (report, day) = (StandardReport::BookingsAgainstReferrals, period("2026-11-02", "2026-11-03"));
    let folder = tempfile::tempdir().expect("a folder");
    let record = booked(folder.path(), 3).await;
    assert_eq!(record.draw(report, day, Grouping::Service).await.total, [3, 0, 0, 0], "all that was there");
    let cut_short = "DROP TRIGGER audit_event_kept; DROP TRIGGER audit_personal_kept;
        DELETE FROM audit_personal WHERE number > 7; DELETE FROM audit_event WHERE number > 7";
    raw(folder.path()).execute_batch(cut_short).expect("cut short");
    // Others come under the numbers of those that went, and some more.
    for minute in 0..9 {
        let at = instant("2026-11-03T08:00:00Z") + chrono::Duration::minutes(minute);
        let what = if minute == 0 { referred("111001", None, None) } else { outcome("Dx05") };
        record.append(&event(at, Some("jones"), Some(1), &what)).await;
    }
    let table = record.draw(report, day, Grouping::Service).await;
    assert_eq!(lines(&table), ["111001: 1 1 0 1", "=: 1 1 0 1"], "what is there now");
    for (user, events) in [("carter", 7), ("jones", 9)] {
        let filter = AuditFilter { user: Some(Username::new(user).expect("a name")), ..AuditFilter::default() };
        let query = AuditQuery { filter, most: 100, ..AuditQuery::default() };
        let found = AuditTrail::read(&record.store, &query).await.expect("searched").events;
        assert_eq!(found.len(), events, "{user}: {:?}", found.iter().map(|one| one.number).collect::<Vec<_>>());
    }
}
