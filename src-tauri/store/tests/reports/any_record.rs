//! What holds for every record: a recount comes to the same, neighbouring days add up, so do the rows. The records are drawn
//! at random and lie over both clock changes; orders come out every way, encounters overlap, the clock is set back at times.

use std::collections::HashSet;

use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use desk_domain::audit::{AuditAction, AuditEvent};
use desk_domain::booking::BookingResultKind as Booked;
use desk_domain::cancel::CancelResultKind as Cancelled;
use desk_domain::referral::ReferralRefusal;
use desk_domain::reports::{BookingFault, Facts, Period, RowKey, StandardReport, Table, Trace, Traced};
use desk_journeys::reports::ReportRecord;
use proptest::prelude::*;

use crate::record::*;
use crate::recount::recounted;

const SERVICES: [&str; 3] = ["111001", "111002", "111003"];
const USERS: [Option<&str>; 3] = [Some("carter"), Some("jones"), None];
const PRACTICES: [Option<&str>; 3] = [Some("A81001"), None, Some("B82002")];

/// One thing that happens: in which encounter, what of a few, with which of a few orders, and how many minutes later.
#[derive(Debug, Clone, Copy)]
struct Step {
    encounter: u128,
    what: u8,
    order: u128,
    detail: usize,
    minutes: i64,
}

prop_compose! {
    fn step()(encounter in 0u128..4, what in 0u8..16, order in 0u128..3, detail in 0usize..12, minutes in -15i64..400)
        -> Step { Step { encounter, what, order, detail, minutes } }
}

impl Step {
    /// As the record has it. Other orders of other encounters may be cancelled and rebooked in this one.
    fn action(self) -> AuditAction {
        let Self { encounter, what, order, detail, .. } = self;
        let (of_here, anywhere) = (encounter * 10 + order, (detail as u128 % 4) * 10 + order);
        let (service, count) = (SERVICES[detail % 3], slots((detail % 3) as u32, (detail % 2) as u32 * 2));
        match what {
            0 => outcome(["Dx05", "Dx06"][detail % 2]),
            1 => services_searched(of_here, &SERVICES[detail % 2..]),
            2 => chosen(of_here, service, 1, (detail > 6).then_some(21)),
            3 | 4 => slots_searched(service, (detail % 5 != 0).then_some(count), true),
            5 | 6 => intended(of_here, SERVICES[order as usize], (detail > 6).then_some((detail as i64 * 700, None))),
            7 => confirmed(of_here),
            8 => {
                settled(of_here, Booked::NotBooked, Some([BookingFault::SlotGone, BookingFault::Forbidden][detail % 2]))
            }
            9 => settled(of_here, Booked::Unknown, (detail > 3).then_some(BookingFault::Lost)),
            10 => match detail % 3 {
                0 => by_hand(of_here, true),
                1 => by_hand(of_here, false),
                _ => by_hand(100 + of_here, false),
            },
            11 => {
                blocked(service, [ReferralRefusal::BookingRequired, ReferralRefusal::BookingNotKnown][detail % 4 / 3])
            }
            12 => referred(service, (detail > 8).then_some(of_here), (detail % 4 == 0).then_some(count)),
            13 => match detail % 4 {
                0 | 1 => cancel_intended(100 + of_here, Some(anywhere), (detail > 5).then_some(of_here)),
                2 => cancel_settled(100 + of_here, Some(anywhere), Cancelled::Cancelled),
                _ => cancel_settled(100 + of_here, Some(anywhere), Cancelled::Unknown),
            },
            14 => match detail % 4 {
                0 | 1 => rebook_began(of_here, Some(anywhere)),
                2 => rebook_moved(of_here, "newBooked"),
                _ => rebook_moved(of_here, "rebooked"),
            },
            _ => encounter_ended(),
        }
    }

    /// What a desk does once at the most: begin an order, take a step of a rebooking.
    fn once(self) -> Option<(u8, u128, usize)> {
        let order = self.encounter * 10 + self.order;
        match self.what {
            1 | 5 | 6 => Some((self.what.min(5), order, 0)),
            13 if self.detail % 4 < 2 => Some((13, order, 0)),
            14 => Some((14, order, (self.detail % 4).max(1))),
            _ => None,
        }
    }
}

fn events(begins: DateTime<Utc>, steps: &[Step]) -> Vec<AuditEvent> {
    let (mut at, mut seen) = (begins, HashSet::new());
    let taken = steps.iter().filter(|step| step.once().is_none_or(|once| seen.insert(once)));
    let events = taken.map(|step| {
        at += Duration::minutes(step.minutes);
        event(at, USERS[step.detail % 3], Some(step.encounter), &step.action())
    });
    events.collect()
}

async fn record(folder: &std::path::Path, begins: DateTime<Utc>, steps: &[Step]) -> Record {
    let record = Record::open(folder);
    for encounter in 0..4 {
        record.patient_of(encounter, PRACTICES[encounter as usize % 3]).await;
    }
    for event in events(begins, steps) {
        record.append(&event).await;
    }
    record
}

fn days(from: NaiveDate, to: NaiveDate) -> Period {
    Period::new(from, to).expect("a period")
}

/// The numbers of two tables of one report, row by row.
fn sum(one: &Table, other: &Table) -> Vec<(RowKey, Vec<u64>)> {
    let mut rows: Vec<(RowKey, Vec<u64>)> = one.rows.iter().map(|row| (row.key.clone(), row.numbers.clone())).collect();
    for row in &other.rows {
        match rows.iter_mut().find(|(key, _)| *key == row.key) {
            Some((_, numbers)) => numbers.iter_mut().zip(&row.numbers).for_each(|(sum, number)| *sum += number),
            None => rows.push((row.key.clone(), row.numbers.clone())),
        }
    }
    rows.sort();
    rows
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn rp_any_record_counts_the_same_again_and_its_days_and_rows_add_up(
        steps in prop::collection::vec(step(), 40..120),
        autumn in any::<bool>(),
        (first, middle, last) in (0u64..4, 0u64..5, 0u64..8),
    ) {
        // The clocks go back on 25 October and forward on 29 March.
        let begins = if autumn { "2026-10-23T20:00:00Z" } else { "2026-03-27T20:00:00Z" };
        let begins: DateTime<Utc> = begins.parse().expect("an instant");
        let from = begins.date_naive() + Days::new(first);
        let middle = from + Days::new(middle);
        let to = middle + Days::new(1 + last);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let folder = tempfile::tempdir().expect("a folder");
            let record = record(folder.path(), begins, &steps).await;
            let exported = record.json_lines().await;
            let practice_of = |encounter: &str| {
                PRACTICES[encounter.trim_start_matches("00000000-0000-0006-0000-").trim_start_matches('0')
                    .parse::<usize>().unwrap_or(0) % 3]
            };
            for report in StandardReport::ALL {
                for grouping in report.groupings() {
                    let whole = record.draw(report, days(from, to), *grouping).await;
                    let again = recounted(&exported, report, days(from, to), *grouping, practice_of);
                    prop_assert_eq!(lines(&whole), again, "{:?} by {:?}", report, grouping);
                    let before = record.draw(report, days(from, middle), *grouping).await;
                    let after = record.draw(report, days(middle + Days::new(1), to), *grouping).await;
                    let rows: Vec<_> = whole.rows.iter().map(|row| (row.key.clone(), row.numbers.clone())).collect();
                    prop_assert_eq!(&rows, &sum(&before, &after), "{:?} by {:?}: days add up", report, grouping);
                    for events in [1, 7, 60] {
                        let in_parts = record.draw_in_parts(&whole, events).await;
                        prop_assert_eq!(&whole, &in_parts, "{:?} by {:?}: in parts of {}", report, grouping, events);
                    }
                    for (column, total) in whole.total.iter().enumerate() {
                        let sum: u64 = whole.rows.iter().map(|row| row.numbers[column]).sum();
                        prop_assert_eq!(*total, sum, "{:?} by {:?}: rows add up", report, grouping);
                    }
                    prop_assert!(parts_add_up(&whole), "{:?}: parts add up: {:?}", report, lines(&whole));
                }
            }
            numbers_lead_to_their_events(&record, days(from, to)).await
        })?;
    }
}

/// Whether the columns that tell a first one apart add up to it.
fn parts_add_up(table: &Table) -> bool {
    let sums = |numbers: &[u64]| match table.report {
        StandardReport::BookingsAgainstReferrals => numbers[1] == numbers[2] + numbers[3],
        StandardReport::ReferredWithoutSlots
        | StandardReport::ReferredAlthoughSlots
        | StandardReport::TopServicePassedOver
        | StandardReport::CancelledWithin
        | StandardReport::CancelledAfter
        | StandardReport::BookedOutside
        | StandardReport::Blocked => numbers[0] == numbers[1..].iter().sum::<u64>(),
        StandardReport::SlotsGone | StandardReport::SlotsInside | StandardReport::SlotsOutside => {
            numbers[1] <= numbers[0]
        }
        StandardReport::Errors => numbers[0] == numbers[1] + numbers[2],
        StandardReport::Rebooked => numbers[0] == numbers[1] + numbers[2] && numbers[0] == numbers[3] + numbers[4],
        StandardReport::ReferredOnlyLateSlots => true,
    };
    table.rows.iter().all(|row| sums(&row.numbers)) && sums(&table.total)
}

async fn numbers_lead_to_their_events(record: &Record, period: Period) -> Result<(), TestCaseError> {
    for report in StandardReport::ALL {
        let grouping = report.groupings()[0];
        let table = record.draw(report, period, grouping).await;
        let (whole, parts) = (record.parts(report, period, u64::MAX).await, record.parts(report, period, 11).await);
        prop_assert!(whole.len() <= 1, "as few parts as can be");
        for column in 0..report.columns().len() {
            for (row, number) in
                table.rows.iter().map(|row| (Some(&row.key), row.numbers[column])).chain([(None, table.total[column])])
            {
                let behind = |parts: &[Facts], most| {
                    let mut trace = Trace::new(report, (grouping, row.map(RowKey::code)), column, most);
                    parts.iter().for_each(|part| trace.take(part));
                    trace.done().expect("there is that row")
                };
                let Traced { number: traced, events, first: behind_all } = behind(&whole, usize::MAX);
                prop_assert_eq!((traced, events), (number, behind_all.len()), "{:?}, column {}", report, column);
                let few = behind(&parts, 3);
                prop_assert_eq!((few.number, few.events), (traced, events), "{:?}: the same in parts", report);
                prop_assert_eq!(&few.first, &behind_all[..events.min(3)], "{:?}: the first of them", report);
                let behind = behind_all;
                let sum: u64 = behind.iter().map(|one| u64::from(one.amount)).sum();
                prop_assert_eq!(sum, number, "{:?}, column {}", report, column);
                let counted: HashSet<u64> = behind.iter().map(|one| one.event).collect();
                prop_assert_eq!(counted.len(), behind.len(), "{:?}: no event counts twice in one number", report);
                let all = behind.iter().flat_map(|one| std::iter::once(one.event).chain(one.because)).collect();
                let recorded = record.store.recorded(all).await.expect("each is in the record");
                for one in &behind {
                    let at = recorded[&one.event].as_ref().expect("it can be read").at;
                    prop_assert!(period.contains(at), "{:?}: within the days", report);
                }
            }
        }
        let mut nobody = Trace::new(report, (grouping, Some("never heard of".to_owned())), 0, 1);
        whole.iter().for_each(|part| nobody.take(part));
        prop_assert_eq!(nobody.done(), None, "{:?}: no such row", report);
    }
    Ok(())
}

#[tokio::test]
async fn rp_events_from_before_the_facts_were_kept_count_as_well() {
    let step = |what, order: u128, detail| Step { encounter: order % 4, what, order: order % 3, detail, minutes: 30 };
    let steps: Vec<Step> = (0..160).map(|n| step((n * 7 % 16) as u8, n as u128, (n * 5 % 12) as usize)).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let period = period("2026-10-20", "2026-11-10");
    let record = record(folder.path(), instant("2026-10-23T20:00:00Z"), &steps).await;
    let mut told = Vec::new();
    for report in StandardReport::ALL {
        for grouping in report.groupings() {
            told.push(record.draw(report, period, *grouping).await);
        }
    }
    assert!(told.iter().filter(|table| !table.rows.is_empty()).count() > 30, "there is something to count");
    record.store.close();
    drop(record);
    let connection = raw(folder.path());
    let undo =
        "DROP TRIGGER report_service_named; DROP TRIGGER report_practice_taken_down; DROP TRIGGER report_practice_changed;
                DROP VIEW audit_event_in; CREATE INDEX audit_event_in ON audit_event (encounter);
                DROP TABLE audit_gone_through; DROP TABLE audit_reference; DROP TABLE audit_sought; DROP INDEX audit_event_removes;
                CREATE INDEX audit_event_request ON audit_event (request); CREATE INDEX audit_event_reached ON audit_event (reached);
                CREATE INDEX audit_event_by ON audit_event (username); CREATE INDEX audit_event_about ON audit_event (service);
                CREATE INDEX audit_event_of_kind ON audit_event (kind);
                DROP VIEW report_fact_in_words; DROP TABLE report_fact; DROP TABLE report_encounter;
                DROP TABLE report_service; DROP TABLE report_word; DROP TABLE report_kind;
                DELETE FROM migration WHERE step IN (20, 70, 80, 90);";
    connection.execute_batch(undo).expect("as before the facts were kept");
    drop(connection);
    let record = Record::open(folder.path());
    for earlier in told {
        let now = record.draw(earlier.report, period, earlier.grouping).await;
        assert_eq!(lines(&now), lines(&earlier), "{:?} by {:?}", earlier.report, earlier.grouping);
    }
}
