//! Reading a Bundle of ten thousand slots into what the screen needs, against a plain `serde_json::from_slice::<Value>` of
//! the same bytes: at most as long (a budget, not an assertion).

#![expect(clippy::expect_used, reason = "a benchmark")]

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use demo_nhs::DemoOptions;
use desk_contract::slot::SlotsView;
use desk_journeys::slots::SlotsFound;
use desk_tests::desk::{DeskUnderTest, HANDLER};
use serde_json::{Value, json};

const SLOTS: i64 = 10_000;
const DIARIES: i64 = 12;

/// A Bundle as providers send it: everything included, full URLs, metadata, slots over a fortnight in a dozen diaries.
fn bundle(now: DateTime<Utc>) -> Vec<u8> {
    let root = "https://provider.example/STU3/1";
    let entry = |kind: &str, id: &str, resource: Value| json!({ "fullUrl": format!("{root}/{kind}/{id}"), "resource": resource, "search": { "mode": "match" } });
    let profile = |kind: &str| json!({ "versionId": "1", "lastUpdated": "2026-11-20T06:00:00.000+00:00", "profile": [format!("https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-{kind}-1")] });
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let mut entries = Vec::new();
    for at in 0..SLOTS {
        let (id, diary) = (format!("slot-{at:05}"), at % DIARIES);
        let start = now + Duration::minutes(5 + at * 2);
        let slot = json!({
            "resourceType": "Slot", "id": id, "meta": profile("Slot"),
            "extension": [{ "url": "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-DeliveryChannel-1", "valueCode": "In-person" }],
            "identifier": [{ "system": format!("{root}/Id/slot"), "value": id }],
            "schedule": { "reference": format!("Schedule/diary-{diary}") },
            "status": "free", "start": instant(start), "end": instant(start + Duration::minutes(15)),
        });
        entries.push(entry("Slot", &id, slot));
    }
    for diary in 0..DIARIES {
        let (id, person) = (format!("diary-{diary}"), format!("person-{diary}"));
        let actors = json!([{ "reference": "HealthcareService/111001" }, { "reference": "Location/centre" }, { "reference": format!("Practitioner/{person}") }]);
        entries.push(entry(
            "Schedule",
            &id,
            json!({ "resourceType": "Schedule", "id": id, "meta": profile("Schedule"), "actor": actors }),
        ));
        let name =
            json!([{ "use": "official", "prefix": ["Dr"], "given": ["Robin"], "family": format!("Example{diary}") }]);
        entries.push(entry(
            "Practitioner",
            &person,
            json!({ "resourceType": "Practitioner", "id": person, "name": name, "gender": "female" }),
        ));
    }
    let address = json!({ "line": ["1 Mill Lane"], "city": "Northdale", "postalCode": "ND1 2AB" });
    entries.push(entry(
        "Location",
        "centre",
        json!({ "resourceType": "Location", "id": "centre", "name": "Treatment centre", "address": address }),
    ));
    entries.push(entry(
        "HealthcareService",
        "111001",
        json!({ "resourceType": "HealthcareService", "id": "111001", "name": "Urgent treatment centre", "location": [{ "reference": "Location/centre" }] }),
    ));
    let bundle = json!({ "resourceType": "Bundle", "type": "searchset", "total": SLOTS, "entry": entries });
    serde_json::to_vec(&bundle).expect("JSON")
}

fn reading(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (now, found) = runtime.block_on(async {
        let under_test = DeskUnderTest::start(DemoOptions::default()).await;
        let who = under_test.sign_in(HANDLER).await;
        let encounter = under_test.encounter(&who, 1, "Dx06").await;
        let (_, found) = under_test.slots(&who, &encounter, "111001").await.expect("slots");
        (under_test.desk().now(), found)
    });
    let body = bundle(now);
    let view = |body: &[u8]| {
        let free = desk_nhs::reading::free_slots(body, now).expect("a Bundle");
        SlotsView::of(&SlotsFound { free, ..found.clone() }, now)
    };
    let shown = view(&body);
    assert_eq!(
        i64::from(shown.in_time_count + shown.out_of_time_count),
        SLOTS,
        "everything is read, or nothing is measured"
    );
    let mut group = criterion.benchmark_group("a Bundle of 10,000 slots");
    group.sample_size(20).throughput(Throughput::Bytes(u64::try_from(body.len()).expect("a size")));
    group.bench_function("plain Value", |bencher| {
        bencher.iter(|| serde_json::from_slice::<Value>(&body).expect("JSON"));
    });
    group.bench_function("what the screen needs", |bencher| bencher.iter(|| view(&body)));
    group.finish();
}

criterion_group!(benches, reading);
criterion_main!(benches);
