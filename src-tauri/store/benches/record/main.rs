//! The record at work and at size (budgets, not assertions): durable appends against bare inserts; reports over a month of
//! 250,000 and of 1,000,000 events; verifying the larger, and the audit screen's first window of it.
//!
//! `DESK_BENCH_EVENTS` makes the larger record smaller, and the other a quarter of it. With `DESK_BENCH_FOLDER` both are kept in
//! a folder, and used again by the next run.

#![expect(clippy::expect_used, clippy::print_stderr, reason = "a benchmark")]

mod appends;
mod audit;
mod encounters;
mod filled;
mod reports;

use criterion::{Criterion, criterion_group, criterion_main};

use crate::filled::Filled;

fn record(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    appends::appends(criterion, &runtime);
    let events = std::env::var("DESK_BENCH_EVENTS").map_or(1_000_000, |count| count.parse().expect("a number"));
    reports::reports(criterion, &runtime, &Filled::with(&runtime, events / 4));
    let whole = Filled::with(&runtime, events);
    reports::reports(criterion, &runtime, &whole);
    audit::audit(criterion, &runtime, &whole);
}

criterion_group!(benches, record);
criterion_main!(benches);
