//! The reports over a month that holds all of the record: by each grouping that they offer in turn, and the events behind the
//! greatest number of each.

use std::time::Duration;

use criterion::Criterion;
use desk_domain::reports::{Grouping, Period, StandardReport, behind, draw};
use desk_journeys::reports::{MOST_BEHIND, ReportRecord};
use tokio::runtime::Runtime;

use crate::filled::Filled;

pub(crate) fn reports(criterion: &mut Criterion, runtime: &Runtime, record: &Filled) {
    let mut group = criterion.benchmark_group("a report over a month");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    for report in StandardReport::ALL {
        group.bench_function(format!("{} of {} events", report.id(), record.size()), |bencher| {
            let mut groupings = report.groupings().iter().cycle();
            bencher.to_async(runtime).iter(|| drawn(record, report, *groupings.next().expect("one at least")));
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("the events behind a number");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    for report in StandardReport::ALL {
        group.bench_function(format!("{} of {} events", report.id(), record.size()), |bencher| {
            bencher.to_async(runtime).iter(|| behind_a_number(record, report));
        });
    }
    group.finish();
}

fn month() -> Period {
    let day = |text: &str| text.parse().expect("a day");
    Period::new(day("2026-11-01"), day("2026-12-01")).expect("a period")
}

async fn drawn(record: &Filled, report: StandardReport, grouping: Grouping) -> usize {
    let facts = record.store.facts(report, month()).await.expect("facts");
    draw(report, &facts, month(), grouping).rows.len()
}

/// As a click on a number does it: of the row with the greatest, which is looked for by its code.
async fn behind_a_number(record: &Filled, report: StandardReport) -> usize {
    let facts = record.store.facts(report, month()).await.expect("facts");
    let grouping = report.groupings()[0];
    let table = draw(report, &facts, month(), grouping);
    let row = table.rows.iter().max_by_key(|row| row.numbers.first().copied());
    let all = behind(report, &facts, month(), (grouping, row.map(|row| &row.key)), 0);
    let told = all.get(..MOST_BEHIND).unwrap_or(&all);
    let numbers = told.iter().flat_map(|one| std::iter::once(one.event).chain(one.because)).collect();
    record.store.recorded(numbers).await.expect("recorded").len()
}
