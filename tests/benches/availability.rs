//! Availability of many services whose providers answer after 200 ms: complete within 1.3 × the slowest (a budget, not an
//! assertion).

#![expect(clippy::expect_used, clippy::print_stderr, reason = "a benchmark")]

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use demo_nhs::DemoOptions;
use desk_tests::desk::{DeskUnderTest, HANDLER};

fn availability(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let latency = Duration::from_millis(200);
    let mut group = criterion.benchmark_group("availability, providers answering after 200 ms");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    for services in [12, 60] {
        let options = DemoOptions { services, latency, slots_per_service: 40, ..DemoOptions::default() };
        let under_test = runtime.block_on(DeskUnderTest::start(options));
        let (who, encounter) = runtime.block_on(async {
            let who = under_test.sign_in(HANDLER).await;
            let encounter = under_test.encounter(&who, 1, "Dx06").await;
            (who, encounter)
        });
        group.bench_function(format!("{services} services"), |bencher| {
            bencher.to_async(&runtime).iter(|| async {
                let (mut search, _) =
                    under_test.desk().find_services(&who, encounter.id, None).await.expect("services");
                // The slow service answers on purpose after 2.7 s: it is not what is measured here.
                search.services.retain(|service| service.id.as_str() != "111006");
                under_test.desk().watch_these(&who, &encounter, &search, |_, _| {}).await.expect("watched");
            });
        });
    }
    group.finish();
    if let Some(peak) = peak_memory() {
        eprintln!("availability: at most {} MB were held, desk and demonstration NHS in one process", peak / 1024);
    }
}

/// The most that this process has held, in kB, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse().ok())
}

criterion_group!(benches, availability);
criterion_main!(benches);
