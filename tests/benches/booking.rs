//! What the application adds to a booking beyond the provider's own time (budget: under 20 ms). The provider answers at
//! once here, so that the whole is what the desk, the proxy and loopback take.

#![expect(clippy::expect_used, reason = "a benchmark")]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use demo_nhs::DemoOptions;
use desk_tests::desk::{DeskUnderTest, HANDLER};

fn booking(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let options = DemoOptions { slots_per_service: 4000, ..DemoOptions::default() };
    let under_test = runtime.block_on(DeskUnderTest::start(options));
    let who = runtime.block_on(under_test.sign_in(HANDLER));
    criterion.bench_function("a booking, order to confirmation", |bencher| {
        bencher.to_async(&runtime).iter_batched(
            || {
                // Taking down the patient and reading the slots is not part of the booking.
                let prepared = async {
                    let encounter = under_test.encounter(&who, 1, "Dx10").await;
                    under_test.earliest(&who, &encounter, "111001").await
                };
                std::thread::scope(|scope| scope.spawn(|| runtime.block_on(prepared)).join().expect("prepared"))
            },
            |order| async { under_test.desk().book(&who, order).await.expect("sent") },
            BatchSize::PerIteration,
        );
    });
}

criterion_group!(benches, booking);
criterion_main!(benches);
