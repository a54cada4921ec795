//! The reports over a month that holds all of the record: by each grouping that they offer in turn, and the events behind the
//! greatest number of each.

use std::time::Duration;

use criterion::Criterion;
use desk_domain::reports::{Grouping, Period, StandardReport};
use desk_journeys::reports::{ReportOrder, ReportRecord, drawn, traced};
use tokio::runtime::Runtime;

use crate::filled::Filled;

pub(crate) fn reports(criterion: &mut Criterion, runtime: &Runtime, record: &Filled) {
    let mut group = criterion.benchmark_group("a report over a month");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    for report in StandardReport::ALL {
        group.bench_function(format!("{} of {} events", report.id(), record.size()), |bencher| {
            let mut groupings = report.groupings().iter().cycle();
            bencher.to_async(runtime).iter(|| rows(record, order(report, *groupings.next().expect("one at least"))));
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("the events behind a number");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    for report in StandardReport::ALL {
        group.bench_function(format!("{} of {} events", report.id(), record.size()), |bencher| {
            let order = order(report, report.groupings()[0]);
            let row = runtime.block_on(greatest(record, order));
            bencher.to_async(runtime).iter(|| behind_a_number(record, order, row.as_deref()));
        });
    }
    group.finish();
}

fn month() -> Period {
    let day = |text: &str| text.parse().expect("a day");
    Period::new(day("2026-11-01"), day("2026-12-01")).expect("a period")
}

fn order(report: StandardReport, grouping: Grouping) -> ReportOrder {
    ReportOrder { report, period: month(), grouping }
}

async fn rows(record: &Filled, order: ReportOrder) -> usize {
    drawn(&record.store, order).await.expect("drawn").rows.len()
}

/// As a click on a number does it.
async fn behind_a_number(record: &Filled, order: ReportOrder, row: Option<&str>) -> usize {
    let traced = traced(&record.store, order, row, 0).await.expect("traced").expect("there is that row");
    let numbers = traced.first.iter().flat_map(|one| std::iter::once(one.event).chain(one.because)).collect();
    record.store.recorded(numbers).await.expect("recorded").len()
}

/// The row with the greatest number.
async fn greatest(record: &Filled, order: ReportOrder) -> Option<String> {
    let table = drawn(&record.store, order).await.expect("drawn");
    table.rows.iter().max_by_key(|row| row.numbers.first().copied()).map(|row| row.key.code())
}
