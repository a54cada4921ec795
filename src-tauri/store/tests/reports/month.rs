//! November 2026, counted by hand. Services 111001 (urgent treatment centre), 111002 (GP out of hours) and 111003, which
//! sees nobody without a booking; practices A81001 and B82002; users carter, okoye (call handlers), jones (a clinician).

use std::sync::Arc;

use desk_domain::audit::AuditAction as A;
use desk_domain::booking::BookingResultKind as Booked;
use desk_domain::cancel::CancelResultKind as Cancelled;
use desk_domain::referral::ReferralRefusal;
use desk_domain::reports::{BookingFault, Grouping, StandardReport};
use desk_journeys::ports::AuditTrail;
use desk_journeys::reports::ReportRecord;
use serde_json::{Value, json};

use crate::record::*;
use crate::recount::recounted;

const UTC_CENTRE: &str = "111001";
const OUT_OF_HOURS: &str = "111002";
const BOOKING_ONLY: &str = "111003";

fn at_the_desk() -> Value {
    let name = json!({ "title": "Dr", "given": "Sam", "family": "Jones" });
    json!({ "how": "atTheDesk", "user": uuid::Uuid::nil(), "username": "jones", "name": name })
}

fn by_telephone() -> Value {
    json!({ "how": "byTelephone", "name": "Dr Lee", "registration": "C1234567", "called": "2026-11-18T09:00:00Z" })
}

/// What is recorded, in its order: when (UTC), by whom, in which encounter.
fn told() -> Vec<(&'static str, &'static str, u128, A)> {
    let mut told = vec![
        // 1: the slot has gone, the next one is booked and referred with.
        ("2026-11-02T10:00:00Z", "carter", 1, outcome("Dx06")),
        ("2026-11-02T10:01:00Z", "carter", 1, services_searched(1, &[UTC_CENTRE, OUT_OF_HOURS])),
        ("2026-11-02T10:01:02Z", "carter", 1, slots_searched(UTC_CENTRE, Some(slots(3, 1)), true)),
        ("2026-11-02T10:01:03Z", "carter", 1, slots_searched(OUT_OF_HOURS, None, true)),
        ("2026-11-02T10:02:00Z", "carter", 1, chosen(1, UTC_CENTRE, 1, None)),
        ("2026-11-02T10:03:00Z", "carter", 1, intended(1, UTC_CENTRE, None)),
        ("2026-11-02T10:03:01Z", "carter", 1, settled(1, Booked::NotBooked, Some(BookingFault::SlotGone))),
        ("2026-11-02T10:03:02Z", "carter", 1, slots_searched(UTC_CENTRE, Some(slots(2, 1)), false)),
        ("2026-11-02T10:04:00Z", "carter", 1, intended(2, UTC_CENTRE, None)),
        ("2026-11-02T10:04:01Z", "carter", 1, confirmed(2)),
        ("2026-11-02T10:05:00Z", "carter", 1, referred(UTC_CENTRE, Some(2), Some(slots(2, 1)))),
        ("2026-11-02T10:06:00Z", "carter", 1, encounter_ended()),
        // 2: all slots are late; referred without a booking.
        ("2026-11-03T10:00:00Z", "carter", 2, outcome("Dx05")),
        ("2026-11-03T10:01:00Z", "carter", 2, services_searched(2, &[UTC_CENTRE, OUT_OF_HOURS])),
        ("2026-11-03T10:01:01Z", "carter", 2, slots_searched(UTC_CENTRE, Some(slots(0, 2)), true)),
        ("2026-11-03T10:01:02Z", "carter", 2, slots_searched(OUT_OF_HOURS, Some(slots(0, 0)), true)),
        ("2026-11-03T10:02:00Z", "carter", 2, chosen(2, UTC_CENTRE, 1, None)),
        ("2026-11-03T10:03:00Z", "carter", 2, referred(UTC_CENTRE, None, Some(slots(0, 2)))),
        ("2026-11-03T10:04:00Z", "carter", 2, encounter_ended()),
        // 3: no practice; the first service is passed over for one without slots, twice chosen from the one search.
        ("2026-11-04T10:00:00Z", "jones", 3, outcome("Dx06")),
        ("2026-11-04T10:01:00Z", "jones", 3, services_searched(3, &[UTC_CENTRE, OUT_OF_HOURS])),
        ("2026-11-04T10:01:01Z", "jones", 3, slots_searched(UTC_CENTRE, Some(slots(1, 0)), true)),
        ("2026-11-04T10:01:02Z", "jones", 3, slots_searched(OUT_OF_HOURS, Some(slots(0, 0)), true)),
        ("2026-11-04T10:02:00Z", "jones", 3, chosen(3, OUT_OF_HOURS, 2, Some(42))),
        ("2026-11-04T10:02:30Z", "jones", 3, chosen(3, OUT_OF_HOURS, 2, Some(21))),
        ("2026-11-04T10:03:00Z", "jones", 3, referred(OUT_OF_HOURS, None, Some(slots(0, 0)))),
        ("2026-11-04T10:04:00Z", "jones", 3, encounter_ended()),
        // 5: a late slot, approved at the desk; the answer is lost, and next day a colleague hears that it is booked.
        ("2026-11-10T10:00:00Z", "carter", 5, outcome("Dx05")),
        ("2026-11-10T10:01:00Z", "carter", 5, slots_searched(UTC_CENTRE, Some(slots(0, 3)), false)),
        ("2026-11-10T10:02:00Z", "carter", 5, intended(5, UTC_CENTRE, Some((2_700, Some(at_the_desk()))))),
        ("2026-11-10T10:02:30Z", "carter", 5, settled(5, Booked::Unknown, Some(BookingFault::Lost))),
        ("2026-11-11T09:00:00Z", "okoye", 5, by_hand(5, true)),
        ("2026-11-11T09:01:00Z", "okoye", 5, referred(UTC_CENTRE, None, None)),
        ("2026-11-11T09:02:00Z", "okoye", 5, encounter_ended()),
        // 6: reassessed within the encounter; booked late on the clinician's own word; cancelled at once.
        ("2026-11-12T10:00:00Z", "jones", 6, outcome("Dx06")),
        ("2026-11-12T10:01:00Z", "jones", 6, slots_searched(UTC_CENTRE, Some(slots(4, 0)), false)),
        ("2026-11-12T10:02:00Z", "jones", 6, outcome("Dx05")),
        ("2026-11-12T10:03:00Z", "jones", 6, slots_searched(UTC_CENTRE, Some(slots(1, 2)), false)),
        ("2026-11-12T10:04:00Z", "jones", 6, intended(6, UTC_CENTRE, Some((1_800, None)))),
        ("2026-11-12T10:04:01Z", "jones", 6, confirmed(6)),
        ("2026-11-12T10:05:00Z", "jones", 6, cancel_intended(60, Some(6), None)),
        ("2026-11-12T10:05:01Z", "jones", 6, cancel_settled(60, Some(6), Cancelled::Cancelled)),
        ("2026-11-12T10:06:00Z", "jones", 6, encounter_ended()),
        // 7, 8, 9: booked out of hours; called back and rebooked at the centre; called back again and rebooked out of hours,
        // where the second original could not be cancelled until December.
        ("2026-11-14T10:00:00Z", "carter", 7, outcome("Dx06")),
        ("2026-11-14T10:01:00Z", "carter", 7, intended(7, OUT_OF_HOURS, None)),
        ("2026-11-14T10:01:01Z", "carter", 7, confirmed(7)),
        ("2026-11-14T10:02:00Z", "carter", 7, encounter_ended()),
        ("2026-11-14T12:00:00Z", "jones", 8, outcome("Dx05")),
        ("2026-11-14T12:00:30Z", "jones", 8, rebook_began(1, Some(7))),
        ("2026-11-14T12:01:00Z", "jones", 8, intended(8, UTC_CENTRE, None)),
        ("2026-11-14T12:01:01Z", "jones", 8, confirmed(8)),
        ("2026-11-14T12:01:01Z", "jones", 8, rebook_moved(1, "newBooked")),
        ("2026-11-14T12:02:00Z", "jones", 8, cancel_intended(80, Some(7), Some(1))),
        ("2026-11-14T12:02:00Z", "jones", 8, rebook_moved(1, "cancelling")),
        ("2026-11-14T12:02:01Z", "jones", 8, cancel_settled(80, Some(7), Cancelled::Cancelled)),
        ("2026-11-14T12:02:01Z", "jones", 8, rebook_moved(1, "rebooked")),
        ("2026-11-14T12:03:00Z", "jones", 8, encounter_ended()),
        ("2026-11-15T10:00:00Z", "carter", 9, outcome("Dx06")),
        ("2026-11-15T10:00:30Z", "carter", 9, rebook_began(2, Some(8))),
        ("2026-11-15T10:01:00Z", "carter", 9, intended(9, OUT_OF_HOURS, None)),
        ("2026-11-15T10:01:01Z", "carter", 9, confirmed(9)),
        ("2026-11-15T10:01:01Z", "carter", 9, rebook_moved(2, "newBooked")),
        ("2026-11-15T10:02:00Z", "carter", 9, cancel_intended(90, Some(8), Some(2))),
        ("2026-11-15T10:02:01Z", "carter", 9, cancel_settled(90, Some(8), Cancelled::Unknown)),
        ("2026-11-15T10:03:00Z", "carter", 9, encounter_ended()),
        // 10 to 13: a booking-only service. Referred elsewhere; booked and referred there; given up; still open.
        ("2026-11-20T10:00:00Z", "carter", 10, outcome("Dx06")),
        ("2026-11-20T10:01:00Z", "carter", 10, blocked(BOOKING_ONLY, ReferralRefusal::BookingRequired)),
        ("2026-11-20T10:02:00Z", "carter", 10, blocked(BOOKING_ONLY, ReferralRefusal::BookingRequired)),
        ("2026-11-20T10:03:00Z", "carter", 10, referred(UTC_CENTRE, None, None)),
        ("2026-11-20T10:04:00Z", "carter", 10, encounter_ended()),
        ("2026-11-21T10:00:00Z", "carter", 11, outcome("Dx06")),
        ("2026-11-21T10:01:00Z", "carter", 11, blocked(BOOKING_ONLY, ReferralRefusal::BookingRequired)),
        ("2026-11-21T10:02:00Z", "carter", 11, intended(11, BOOKING_ONLY, None)),
        ("2026-11-21T10:02:01Z", "carter", 11, confirmed(11)),
        ("2026-11-21T10:03:00Z", "carter", 11, referred(BOOKING_ONLY, Some(11), None)),
        ("2026-11-21T10:04:00Z", "carter", 11, encounter_ended()),
        // That it is not known whether the slot was booked blocks anywhere: no booking-only service's doing.
        ("2026-11-22T10:00:00Z", "jones", 12, blocked(UTC_CENTRE, ReferralRefusal::BookingNotKnown)),
        ("2026-11-22T10:01:00Z", "jones", 12, blocked(BOOKING_ONLY, ReferralRefusal::BookingGone)),
        ("2026-11-22T10:02:00Z", "jones", 12, encounter_ended()),
        ("2026-11-23T10:00:00Z", "okoye", 13, blocked(BOOKING_ONLY, ReferralRefusal::BookingRequired)),
    ];
    told.extend([
        // 14, 15: the last instant of October and the first of November.
        ("2026-10-31T23:59:00Z", "carter", 14, intended(14, UTC_CENTRE, None)),
        ("2026-10-31T23:59:59.999Z", "carter", 14, confirmed(14)),
        ("2026-10-31T23:59:59.999Z", "carter", 15, intended(15, UTC_CENTRE, None)),
        ("2026-11-01T00:00:00Z", "carter", 15, confirmed(15)),
        // 16: refused; and one of which nobody knew until the provider said that it holds none.
        ("2026-11-24T10:00:00Z", "okoye", 16, intended(16, OUT_OF_HOURS, None)),
        ("2026-11-24T10:00:01Z", "okoye", 16, settled(16, Booked::NotBooked, Some(BookingFault::Forbidden))),
        ("2026-11-24T10:01:00Z", "okoye", 16, intended(17, UTC_CENTRE, None)),
        ("2026-11-24T10:01:30Z", "okoye", 16, settled(17, Booked::Unknown, Some(BookingFault::Lost))),
        ("2026-11-25T10:00:00Z", "okoye", 16, by_hand(17, false)),
        // 18: approved by telephone, two hours and one second late; nobody knows yet of another order, as an older event
        // without its fault has it.
        ("2026-11-18T09:00:00Z", "carter", 18, outcome("Dx11")),
        ("2026-11-18T09:01:00Z", "carter", 18, intended(18, UTC_CENTRE, Some((7_201, Some(by_telephone()))))),
        ("2026-11-18T09:01:01Z", "carter", 18, confirmed(18)),
        ("2026-11-18T09:02:00Z", "carter", 18, intended(19, UTC_CENTRE, None)),
        ("2026-11-18T09:02:01Z", "carter", 18, settled(19, Booked::Unknown, None)),
        // The booking of 18 is cancelled by a colleague after its encounter ended, in that encounter; one of somebody else's
        // is cancelled too.
        ("2026-11-18T09:03:00Z", "carter", 18, encounter_ended()),
        ("2026-11-19T09:00:00Z", "okoye", 18, cancel_intended(180, Some(18), None)),
        ("2026-11-19T09:00:01Z", "okoye", 18, cancel_settled(180, Some(18), Cancelled::Cancelled)),
        ("2026-11-19T09:01:00Z", "okoye", 18, cancel_intended(181, None, None)),
        ("2026-11-19T09:01:01Z", "okoye", 18, cancel_settled(181, None, Cancelled::Cancelled)),
        // 4: an encounter over the midnight that ends the month, and over which its search and its referral lie apart.
        ("2026-11-30T23:50:00Z", "carter", 4, outcome("Dx05")),
        ("2026-11-30T23:52:00Z", "carter", 4, services_searched(4, &[UTC_CENTRE, OUT_OF_HOURS])),
        ("2026-11-30T23:53:00Z", "carter", 4, slots_searched(UTC_CENTRE, Some(slots(0, 5)), true)),
        ("2026-11-30T23:53:01Z", "carter", 4, slots_searched(OUT_OF_HOURS, None, true)),
        ("2026-11-30T23:54:00Z", "carter", 4, chosen(4, OUT_OF_HOURS, 2, Some(31))),
        ("2026-12-01T00:05:00Z", "carter", 4, referred(OUT_OF_HOURS, None, None)),
        ("2026-12-01T00:06:00Z", "carter", 4, encounter_ended()),
        // The provider of booking 8 says on the telephone that it no longer holds it.
        ("2026-12-02T10:00:00Z", "okoye", 9, by_hand(90, false)),
        ("2026-12-02T10:00:00Z", "okoye", 9, rebook_moved(2, "rebooked")),
    ]);
    told
}

async fn month(folder: &std::path::Path) -> Record {
    let record = Record::open(folder);
    for encounter in 1..=18 {
        let practice = match encounter {
            3 | 13 => None,
            2 | 5 | 10 | 11 => Some("B82002"),
            _ => Some("A81001"),
        };
        record.patient_of(encounter, practice).await;
    }
    for (at, who, encounter, what) in told() {
        record.append(&event(instant(at), Some(who), Some(encounter), &what)).await;
    }
    record
}

/// Row codes with the numbers of each column, as reasoned in the comments; the total last.
fn by_hand_counted() -> Vec<(StandardReport, Grouping, &'static [&'static str])> {
    use Grouping::{Approver, Disposition, Message, Practice, Reason, Service, User};
    use StandardReport as R;
    vec![
        // Bookings: 1, 5 (by hand), 6, 8, 15, 18 at the centre; 7, 9 out of hours; 11 at the booking-only service.
        // Referrals: with a booking 1, 5 (by hand) and 11; without 2, 3, 10. 4 is of December, 14 of October.
        (
            R::BookingsAgainstReferrals,
            Service,
            &["111001: 6 4 2 2", "111002: 2 1 0 1", "111003: 1 1 1 0", "=: 9 6 3 3"],
        ),
        // A81001: bookings 1, 6, 7, 8, 9, 15, 18; referral 1. B82002: bookings 5, 11; referrals 2, 5, 10, 11. None: 3.
        (R::BookingsAgainstReferrals, Practice, &["A81001: 7 1 1 0", "B82002: 2 4 2 2", "-: 0 1 0 1", "=: 9 6 3 3"]),
        // Dx05: bookings 5, 6, 8, referrals 2, 5. Dx06: bookings 1, 7, 9, 11, referrals 1, 3, 10, 11. Dx11: 18. 15 has none.
        (
            R::BookingsAgainstReferrals,
            Disposition,
            &["Dx05: 3 2 1 1", "Dx06: 4 4 2 2", "Dx11: 1 0 0 0", "-: 1 0 0 0", "=: 9 6 3 3"],
        ),
        // carter: bookings 1, 7, 9, 11, 15, 18, referrals 1, 2, 10, 11. jones: bookings 6, 8, referral 3. okoye: both of 5.
        (R::BookingsAgainstReferrals, User, &["carter: 6 4 2 2", "jones: 2 1 0 1", "okoye: 1 1 1 0", "=: 9 6 3 3"]),
        // 3 out of hours: none free. 10 at the centre: nobody asked.
        (R::ReferredWithoutSlots, Service, &["111001: 1 0 0 1", "111002: 1 1 0 0", "=: 2 1 0 1"]),
        (R::ReferredWithoutSlots, User, &["carter: 1 0 0 1", "jones: 1 1 0 0", "=: 2 1 0 1"]),
        // 2 at the centre, all late.
        (R::ReferredAlthoughSlots, Service, &["111001: 1 0 1", "=: 1 0 1"]),
        (R::ReferredOnlyLateSlots, Disposition, &["Dx05: 1", "=: 1"]),
        // 1, booked afterwards.
        (R::SlotsGone, Service, &["111001: 1 1", "=: 1 1"]),
        // 3, with the last reason; and 4, whose choice was before midnight.
        (R::TopServicePassedOver, Service, &["111001: 2 1 1", "=: 2 1 1"]),
        (R::TopServicePassedOver, Reason, &["21: 1 1 0", "31: 1 0 1", "=: 2 1 1"]),
        (R::TopServicePassedOver, Practice, &["A81001: 1 0 1", "-: 1 1 0", "=: 2 1 1"]),
        // Lost: 5, booked after all, and 17, not booked in the end. Slot gone: 1. Forbidden: 16. No fault: 19, not known.
        (R::Errors, Message, &["lost: 1 1 0 1", "slotGone: 1 1 0 0", "forbidden: 1 1 0 0", "-: 1 0 1 0", "=: 4 3 1 1"]),
        (R::Errors, User, &["carter: 2 1 1 1", "okoye: 2 2 0 0", "=: 4 3 1 1"]),
        // 6.
        (R::CancelledWithin, Service, &["111001: 1 1 0", "=: 1 1 0"]),
        // 7, of service out of hours, by jones in 8; 18, by okoye after its encounter. 8 is of December.
        (R::CancelledAfter, Service, &["111001: 1 1 0", "111002: 1 0 1", "=: 2 1 1"]),
        (R::CancelledAfter, User, &["jones: 1 0 1", "okoye: 1 1 0", "=: 2 1 1"]),
        (R::CancelledAfter, Disposition, &["Dx06: 1 0 1", "Dx11: 1 1 0", "=: 2 1 1"]),
        // Of booking 7 (out of hours) by jones, of booking 8 (the centre) by carter; both originals went in the end.
        (R::Rebooked, Service, &["111001: 1 0 1 1 0", "111002: 1 0 1 1 0", "=: 2 0 2 2 0"]),
        (R::Rebooked, User, &["carter: 1 0 1 1 0", "jones: 1 0 1 1 0", "=: 2 0 2 2 0"]),
        // Slots inside. Dx06: 1 the last answer 2, 3 one, 6 four. Dx05: 6 one. Bookings inside: not 5, 6 and 18.
        (R::SlotsInside, Disposition, &["Dx05: 3 1 1", "Dx06: 4 4 7", "Dx11: 1 0 0", "-: 1 1 0", "=: 9 6 8"]),
        // Slots outside. Dx06: 1 one. Dx05: 2 two, 4 five, 5 three, 6 two.
        (R::SlotsOutside, Disposition, &["Dx05: 3 2 12", "Dx06: 4 0 1", "Dx11: 1 1 0", "-: 1 0 0", "=: 9 3 13"]),
        (R::SlotsOutside, Service, &["111001: 6 3 13", "111002: 2 0 0", "111003: 1 0 0", "=: 9 3 13"]),
        // 6: 30 minutes to the second. 5: 45 minutes. 18: two hours and a second.
        (
            R::BookedOutside,
            Approver,
            &["own:jones: 1 1 0 0 0 0", "desk:jones: 1 0 1 0 0 0", "telephone:C1234567: 1 0 0 0 1 0", "=: 3 1 1 0 1 0"],
        ),
        // 10 elsewhere, 11 there, 12 ended, 13 still open.
        (R::Blocked, Service, &["111003: 4 1 1 1 1", "=: 4 1 1 1 1"]),
        (R::Blocked, User, &["carter: 2 1 1 0 0", "jones: 1 0 0 1 0", "okoye: 1 0 0 0 1", "=: 4 1 1 1 1"]),
    ]
}

#[tokio::test]
async fn rp_every_report_on_a_month_is_as_counted_by_hand() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = month(folder.path()).await;
    let counted = by_hand_counted();
    for report in StandardReport::ALL {
        assert!(counted.iter().any(|(of, _, _)| *of == report), "{report:?} is counted by hand");
    }
    for (report, grouping, expected) in counted {
        let table = record.draw(report, period("2026-11-01", "2026-11-30"), grouping).await;
        assert_eq!(lines(&table), expected, "{report:?} by {grouping:?}");
    }
}

#[tokio::test]
async fn rp_what_is_of_the_next_month_is_counted_there_and_nowhere_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = month(folder.path()).await;
    let december = period("2026-12-01", "2026-12-31");
    let cases: [(StandardReport, &[&str]); 5] = [
        // 4: its search was in November.
        (StandardReport::ReferredWithoutSlots, &["111002: 1 0 1 0", "=: 1 0 1 0"]),
        (StandardReport::TopServicePassedOver, &["=: 0 0 0"]),
        (StandardReport::SlotsOutside, &["=: 0 0 0"]),
        // Booking 8, of the centre, made in November in another encounter.
        (StandardReport::CancelledAfter, &["111001: 1 0 1", "=: 1 0 1"]),
        (StandardReport::Rebooked, &["=: 0 0 0 0 0"]),
    ];
    for (report, expected) in cases {
        assert_eq!(lines(&record.draw(report, december, Grouping::Service).await), expected, "{report:?}");
    }
}

#[tokio::test]
async fn rp_a_recount_by_other_code_from_the_exported_lines_comes_to_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = month(folder.path()).await;
    let exported = record.json_lines().await;
    let practice_of = |encounter: &str| match encounter.trim_start_matches(['0', '-', '6']) {
        // Encounters are numbered in hexadecimal.
        "3" | "d" => None,
        "2" | "5" | "a" | "b" => Some("B82002"),
        _ => Some("A81001"),
    };
    for (from, to) in [("2026-10-01", "2026-12-31"), ("2026-11-01", "2026-11-30"), ("2026-11-14", "2026-11-14")] {
        let period = period(from, to);
        for report in StandardReport::ALL {
            for grouping in report.groupings() {
                let table = record.draw(report, period, *grouping).await;
                let again = recounted(&exported, report, period, *grouping, practice_of);
                assert_eq!(lines(&table), again, "{report:?} by {grouping:?}, {from} to {to}");
            }
        }
    }
}

#[tokio::test]
async fn nf_5_every_report_says_the_same_after_the_details_of_its_encounters_were_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = month(folder.path()).await;
    for encounter in 1..=18 {
        record.ended(encounter).await;
    }
    let periods = [("2026-10-01", "2026-12-31"), ("2026-11-01", "2026-11-30"), ("2026-11-14", "2026-11-14")]
        .map(|(a, b)| period(a, b));
    let all = async || {
        let mut all = Vec::new();
        for period in periods {
            for report in StandardReport::ALL {
                for grouping in report.groupings() {
                    let table = record.draw(report, period, *grouping).await;
                    all.push((report, *grouping, period, lines(&table), table));
                }
            }
        }
        all
    };
    let before = all().await;
    assert_eq!(record.removed(instant("2034-12-04T00:00:00Z")).await, 18, "every encounter");
    let after = all().await;
    assert_eq!(before.len(), after.len(), "as many");
    for (before, after) in before.into_iter().zip(after) {
        assert_eq!(before, after, "every number, row and event behind it");
    }
    let seals = record.store.seals().await.expect("seals");
    let check = record.store.verify(seals, &Arc::default()).await.expect("walked along").expect("to its end");
    assert_eq!(check.fault, None, "and the chain holds: {check:?}");
}

#[tokio::test]
async fn rp_the_practice_is_the_one_last_taken_down() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = Record::open(folder.path());
    record.patient_of(1, Some("A81001")).await;
    for what in [intended(1, UTC_CENTRE, None), confirmed(1)] {
        record.append(&event(instant("2026-11-02T10:00:00Z"), None, Some(1), &what)).await;
    }
    record.moved_to(1, "B82002").await;
    let table = record
        .draw(StandardReport::BookingsAgainstReferrals, period("2026-11-02", "2026-11-02"), Grouping::Practice)
        .await;
    assert_eq!(lines(&table), ["B82002: 1 0 0 0", "=: 1 0 0 0"], "the later one");
    let by_user =
        record.draw(StandardReport::BookingsAgainstReferrals, period("2026-11-02", "2026-11-02"), Grouping::User).await;
    assert_eq!(lines(&by_user), ["-: 1 0 0 0", "=: 1 0 0 0"], "nobody was signed in");
}

#[tokio::test]
async fn rp_services_have_their_latest_names_and_events_what_the_record_says_of_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = month(folder.path()).await;
    let ids = vec![UTC_CENTRE.to_owned(), BOOKING_ONLY.to_owned()];
    let names = record.store.service_names(ids).await.expect("names");
    assert_eq!(names.get(UTC_CENTRE).map(String::as_str), Some("Service 111001"), "as the directory gave it");
    assert_eq!(names.get(BOOKING_ONLY), None, "never chosen, so its name is not known");
    // The 18 events of the patients come first; the first of encounter 1 is number 19.
    let recorded = record.store.recorded(vec![19]).await.expect("events");
    let first = recorded.get(&19).and_then(|event| event.as_ref().ok()).expect("the event");
    assert_eq!((first.kind.as_str(), first.user.as_deref()), ("outcomeRecorded", Some("carter")), "who did what");
    assert_eq!(first.at, instant("2026-11-02T10:00:00Z"), "and when");
}
