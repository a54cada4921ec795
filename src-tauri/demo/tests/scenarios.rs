//! Named scenarios and single events, set up over the control endpoint by a plain client, and what is so afterwards: behind
//! the counter, in the registry, in the directory.

#![expect(clippy::expect_used, reason = "a test says at once what is not as it needs it")]

use chrono::{DateTime, TimeDelta, Utc};
use demo_nhs::{BookingHistory, Counter, DemoNhs, DemoOptions, SCENARIOS};
use serde_json::{Value, json};

struct Trainer {
    nhs: DemoNhs,
    client: reqwest::Client,
}

#[expect(clippy::disallowed_methods, reason = "a test against servers that read the clock")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

impl Trainer {
    async fn start() -> Self {
        Self::start_with(DemoOptions::default()).await
    }

    async fn start_with(options: DemoOptions) -> Self {
        let nhs = demo_nhs::start(options).await.expect("started");
        Self { nhs, client: reqwest::Client::builder().no_proxy().build().expect("a client") }
    }

    async fn order(&self, order: Value) -> (u16, Value) {
        let url = format!("{}/control", self.nhs.description().control.url);
        let answer = self.client.post(url).header("Content-Type", "application/json").body(order.to_string());
        let answer = answer.send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.expect("a body")).unwrap_or_default())
    }

    async fn happens(&self, order: Value) {
        assert_eq!(self.order(order.clone()).await, (200, json!({ "taken": true })), "{order}");
    }

    async fn get(&self, url: &str) -> Option<Value> {
        let answer = self.client.get(url).send().await.ok()?;
        serde_json::from_str(&answer.text().await.ok()?).ok()
    }

    fn counter(&self) -> Counter {
        self.nhs.control().counter()
    }

    /// How many times of a service are free before an instant.
    fn free(&self, service: &str, until: DateTime<Utc>) -> usize {
        let counter = self.counter();
        let diary = counter.services.iter().find(|one| one.id == service).expect("a service");
        diary.times.iter().filter(|time| time.free && time.start < until).count()
    }

    fn only_booking(&self) -> BookingHistory {
        let bookings = self.counter().bookings;
        assert_eq!(bookings.len(), 1, "one booking: {bookings:?}");
        bookings.into_iter().next().expect("one")
    }

    /// What the directory lists for a plain case.
    async fn listed(&self) -> String {
        let dos = &self.nhs.description().dos;
        let body = format!(
            "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
             xmlns:w=\"https://nww.pathwaysdos.nhs.uk/app/api/webservices\"><s:Header><w:serviceVersion>1.5\
             </w:serviceVersion></s:Header><s:Body><w:CheckCapacitySummary><w:userInfo><w:username>{}</w:username>\
             <w:password>{}</w:password></w:userInfo><w:c><w:postcode>ND1 4TY</w:postcode><w:age>52</w:age>\
             <w:ageFormat>Years</w:ageFormat><w:disposition>6</w:disposition><w:symptomGroup>1011</w:symptomGroup>\
             <w:symptomDiscriminatorList/><w:forceSearchDistance>false</w:forceSearchDistance><w:gender>M</w:gender>\
             </w:c></w:CheckCapacitySummary></s:Body></s:Envelope>",
            dos.username,
            dos.password.replace('&', "&amp;").replace('<', "&lt;")
        );
        let request = self.client.post(&dos.url).header("Content-Type", "application/soap+xml").body(body);
        request.send().await.expect("an answer").text().await.expect("a body")
    }
}

#[tokio::test]
async fn every_scenario_is_set_up_with_one_choice_and_undone_with_one() {
    let trainer = Trainer::start().await;
    let began = trainer.counter();
    for scenario in &SCENARIOS {
        trainer.happens(json!({ "scenario": scenario.name })).await;
        trainer.happens(json!({ "do": "start_again" })).await;
        let counter = trainer.counter();
        assert!(counter.bookings.is_empty() && counter.cues.is_empty(), "{}: nothing is left", scenario.name);
        assert!(counter.services.iter().all(|service| !service.closed), "{}: all are open", scenario.name);
        let times = |counter: &Counter| counter.services.iter().map(|one| one.times.len()).collect::<Vec<_>>();
        assert_eq!(times(&counter), times(&began), "{}: as many times as before", scenario.name);
    }
    let listed = trainer.get(&format!("{}/scenarios", trainer.nhs.description().control.url)).await.expect("a list");
    assert_eq!(listed.as_array().map(Vec::len), Some(SCENARIOS.len()), "they can be asked for");
    let (status, refused) = trainer.order(json!({ "scenario": "monday" })).await;
    let said = refused["error"].as_str().unwrap_or_default();
    assert!(status == 400 && said.contains("monday") && said.contains("lost_answer"), "says which there are: {said}");
}

#[tokio::test]
async fn friday_afternoon_a_booking_of_an_hour_ago_stands_in_five_hours_and_sooner_times_are_free() {
    let trainer = Trainer::start().await;
    trainer.happens(json!({ "scenario": "friday_afternoon" })).await;
    let booking = trainer.only_booking();
    assert_eq!((booking.patient.as_str(), booking.provider.as_str()), ("Mr John Patient", "utc"), "whose, where");
    let [version] = booking.versions.as_slice() else { panic!("one version") };
    let start = DateTime::parse_from_rfc3339(&version.start).expect("an instant").to_utc();
    assert!(start - now() > TimeDelta::minutes(290), "later than what is now urgent");
    assert!(now() - version.at >= TimeDelta::minutes(60), "made an hour ago");
    assert!(trainer.free("111001", now() + TimeDelta::hours(2)) > 0, "there is something sooner");
}

#[tokio::test]
async fn wrong_morning_both_times_of_tomorrow_are_free() {
    let trainer = Trainer::start().await;
    trainer.happens(json!({ "scenario": "wrong_morning" })).await;
    let counter = trainer.counter();
    let tomorrow = now().with_timezone(&chrono_tz::Europe::London).date_naive() + TimeDelta::days(1);
    for wanted in ["09:30", "10:30"] {
        let free = counter.services[0].times.iter().any(|time| {
            let local = time.start.with_timezone(&chrono_tz::Europe::London);
            time.free && local.date_naive() == tomorrow && local.format("%H:%M").to_string() == wanted
        });
        assert!(free, "{wanted}");
    }
}

#[tokio::test]
async fn another_111_the_registry_is_silent_or_knows_the_booking() {
    let trainer = Trainer::start().await;
    let registry = &trainer.nhs.description().registry.url;
    let url =
        format!("{registry}/Appointment?patient.identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C9990000034");
    trainer.happens(json!({ "scenario": "another_111" })).await;
    assert_eq!(trainer.only_booking().patient, "Mrs Edith Patient", "whose");
    assert_eq!(trainer.get(&url).await, None, "the registry does not answer");
    trainer.happens(json!({ "scenario": "another_111_registry" })).await;
    trainer.only_booking();
    assert_eq!(trainer.counter().cues.len(), 0, "nothing of the scenario before is left");
}

#[tokio::test]
async fn booking_only_full_and_too_late_leave_no_time_where_there_must_be_none() {
    let trainer = Trainer::start().await;
    let far = now() + TimeDelta::days(30);
    trainer.happens(json!({ "scenario": "booking_only_full" })).await;
    assert_eq!((trainer.free("111003", far), trainer.free("111004", far)), (0, 0), "both hubs");
    assert!(trainer.free("111001", far) > 0, "another service");
    trainer.happens(json!({ "scenario": "too_late" })).await;
    for service in trainer.counter().services {
        assert_eq!(trainer.free(&service.id, now() + TimeDelta::minutes(179)), 0, "{}: none in time", service.name);
    }
    assert!(trainer.free("111001", far) > 0, "but later");
}

#[tokio::test]
async fn service_closes_three_bookings_stand_tomorrow_and_the_directory_no_longer_lists_it() {
    let trainer = Trainer::start().await;
    assert!(trainer.listed().await.contains("111003"), "it is listed before");
    trainer.happens(json!({ "scenario": "service_closes" })).await;
    let bookings = trainer.counter().bookings;
    assert_eq!(bookings.len(), 3, "{bookings:?}");
    assert!(bookings.iter().all(|booking| booking.versions[0].status == "booked"), "all stand");
    assert!(!trainer.listed().await.contains("111003"), "not listed any more");
    trainer.happens(json!({ "service": "111003", "do": "reopen" })).await;
    assert!(trainer.listed().await.contains("111003"), "listed again");
}

#[tokio::test]
async fn ca_4_a_booking_is_changed_from_the_providers_side_with_a_version_each() {
    let trainer = Trainer::start().await;
    trainer.happens(json!({ "scenario": "friday_afternoon" })).await;
    let booking = trainer.only_booking();
    let first = booking.versions[0].start.clone();
    trainer.happens(json!({ "booking": booking.id, "do": "move" })).await;
    let moved = trainer.only_booking();
    assert_eq!(moved.versions.len(), 2, "both versions are kept");
    assert!(moved.versions[0].start > first && moved.versions[1].start == first, "later than before");
    let holding = |counter: &Counter| {
        let times = counter.services.iter().flat_map(|service| &service.times);
        times.filter(|time| time.booking.as_deref() == Some(booking.id.as_str())).count()
    };
    assert_eq!(holding(&trainer.counter()), 1, "the old time is free again, the new one is taken");
    for (status, version) in [("arrived", 3), ("noshow", 4), ("cancelled", 5)] {
        trainer.happens(json!({ "booking": booking.id, "do": status })).await;
        let newest = trainer.only_booking().versions[0].clone();
        assert_eq!((newest.status.as_str(), newest.version), (status, version), "{status}");
    }
    assert_eq!(holding(&trainer.counter()), 0, "a cancelled booking leaves its time free");
    for (order, said) in [
        (json!({ "booking": booking.id, "do": "arrived" }), "cancelled already"),
        (json!({ "booking": "nobody's", "do": "arrived" }), "no provider holds"),
        (json!({ "service": "999", "do": "fill" }), "no service"),
        (json!({ "service": "111001", "do": "paint" }), "fill, close, reopen"),
    ] {
        let (status, refused) = trainer.order(order.clone()).await;
        assert_eq!(status, 400, "{order}");
        assert!(refused["error"].as_str().is_some_and(|error| error.contains(said)), "{order}: {refused}");
    }
}

#[tokio::test]
async fn slot_taken_and_lost_answer_stand_on_cue_once() {
    let trainer = Trainer::start().await;
    for (scenario, what) in [("slot_taken", "another desk"), ("lost_answer", "lost")] {
        trainer.happens(json!({ "scenario": scenario })).await;
        let cues = trainer.counter().cues;
        assert_eq!(cues.len(), 1, "{scenario}: {cues:?}");
        assert!(cues[0].system == "utc" && cues[0].what.contains(what) && cues[0].times == Some(1), "{cues:?}");
    }
}

#[tokio::test]
async fn starting_again_also_empties_the_file_that_keeps_bookings() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = || DemoOptions { data: Some(folder.path().to_owned()), ..DemoOptions::default() };
    let trainer = Trainer::start_with(options()).await;
    trainer.happens(json!({ "scenario": "friday_afternoon" })).await;
    trainer.nhs.stop().await;
    let trainer = Trainer::start_with(options()).await;
    trainer.only_booking();
    trainer.happens(json!({ "do": "start_again" })).await;
    trainer.nhs.stop().await;
    let trainer = Trainer::start_with(options()).await;
    assert!(trainer.counter().bookings.is_empty(), "gone for good");
}
