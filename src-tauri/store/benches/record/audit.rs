//! Verifying the record against plain SHA-256 over as many bytes, and the windows of the audit screen.

use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use desk_domain::audit::{AuditEvent, AuditFilter, AuditKind};
use desk_domain::canonical::parts;
use desk_domain::id::Username;
use desk_journeys::ports::{AuditQuery, AuditTrail, LongWalk};
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;

use crate::encounters::{EVENTS_OF_AN_ENCOUNTER, encounter};
use crate::filled::Filled;

/// How many events the screen reads at once.
const WINDOW: u32 = 100;
/// How many encounters stand for all in counting what is hashed.
const SAMPLE: u32 = 400;

/// What the chain covers of an event, in its place among the others (see `desk_domain::chain`).
fn hashed(event: &AuditEvent) -> Vec<u8> {
    let numbers_lengths_and_tag = [0; 27 + 8 + 32 + 9 * 8 + 8];
    let encounter = event.encounter.map(|id| id.to_string()).unwrap_or_default();
    let username = event.who.as_ref().map_or("", |who| who.username.as_str());
    let (at, kind) = ("2026-11-01T00:00:00.000Z", AuditKind::from(&event.what).into());
    let plain = parts(event).expect("JSON").plain;
    let texts = [at, kind, username, &encounter, &plain].map(str::as_bytes);
    [numbers_lengths_and_tag.as_slice()].into_iter().chain(texts).flatten().copied().collect()
}

pub(crate) fn audit(criterion: &mut Criterion, runtime: &Runtime, record: &Filled) {
    let (store, size) = (&record.store, record.size());
    let mut group = criterion.benchmark_group("the audit record");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(5));

    let user = Username::new("user7").expect("a username");
    let of_a_user = AuditFilter { user: Some(user), ..AuditFilter::default() };
    for (what, filter) in [("all", AuditFilter::default()), ("a user", of_a_user)] {
        let query = &AuditQuery { filter: filter.clone(), before: None, most: WINDOW };
        group.bench_function(format!("the first window of {what} of {size} events"), |bencher| {
            bencher.to_async(runtime).iter(|| async { AuditTrail::read(store, query).await.expect("read") });
        });
        group.bench_function(format!("how many of {what} of {size} events"), |bencher| {
            bencher.to_async(runtime).iter(|| async { store.how_many(&filter).await.expect("counted") });
        });
    }

    let sample: Vec<u8> = (0..SAMPLE).flat_map(encounter).flat_map(|event| hashed(&event)).collect();
    let times = record.events / (SAMPLE * EVENTS_OF_AN_ENCOUNTER);
    group.throughput(Throughput::Bytes(sample.len() as u64 * u64::from(times)));
    group.bench_function(format!("verifying {size} events"), |bencher| {
        bencher.to_async(runtime).iter(|| async {
            let check = store.verify(vec![], &Arc::new(LongWalk::default())).await.expect("walked along");
            assert_eq!(check.expect("nobody stopped it").fault, None, "it holds");
        });
    });
    group.bench_function(format!("SHA-256 over what is hashed of {size} events"), |bencher| {
        bencher.iter(|| {
            let mut digest = Sha256::new();
            (0..times).for_each(|_| digest.update(&sample));
            digest.finalize()
        });
    });
    group.finish();
}
