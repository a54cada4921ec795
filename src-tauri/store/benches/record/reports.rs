//! The reports over a month.

use std::time::Duration;

use criterion::Criterion;
use desk_domain::reports::{Period, StandardReport, draw};
use desk_journeys::reports::ReportRecord;
use tokio::runtime::Runtime;

use crate::filled::Filled;

pub(crate) fn reports(criterion: &mut Criterion, runtime: &Runtime, record: &Filled) {
    let mut group = criterion.benchmark_group("a report over a month");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    let day = |text: &str| text.parse().expect("a day");
    let month = Period::new(day("2026-11-01"), day("2026-12-01")).expect("a period");
    for report in StandardReport::ALL {
        group.bench_function(format!("{} of {} events", report.id(), record.size()), |bencher| {
            bencher.to_async(runtime).iter(|| async {
                let facts = record.store.facts(report, month).await.expect("facts");
                draw(report, &facts, month, report.groupings()[0])
            });
        });
    }
    group.finish();
}
