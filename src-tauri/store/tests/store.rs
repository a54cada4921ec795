//! The record under kills, races, full disks and tampering.

#![expect(clippy::expect_used, reason = "a test says at once what is not as it needs it")]

mod invented;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use desk_domain::audit::{AuditAction, AuditEvent, Workplace};
use desk_domain::booking::{AppointmentStatus, BookingResult, HeldBooking, NotBooked, ProviderWord};
use desk_domain::encounter::{Encounter, Responses};
use desk_domain::failure::{ProviderFailure, RecordFailure};
use desk_domain::gate::permit;
use desk_domain::id::{
    Asid, BookingId, DocumentId, DosServiceId, EncounterId, IntentId, OdsCode, OutcomeId, RequestId, UserId, Username,
};
use desk_domain::outcome::{AssessmentOutcome, disposition};
use desk_domain::patient::PersonName;
use desk_domain::service::{OpeningTimes, Service};
use desk_domain::slot::Slot;
use desk_domain::user::{Role, User};
use desk_journeys::ports::{
    Alongside, AuditQuery, AuditTrail, BookingIntent, BookingOrder, BookingRecord, EncounterRecord, Exchange,
    ExchangeLog, FirstUser, Intent, Ledger, ProviderAddress, Settlement, UserRecord,
};
use desk_store::{Store, StoreError};
use proptest::prelude::*;
use uuid::Uuid;

use crate::invented::{Noon, key, noon, open, patient, raw};

fn user() -> User {
    let name = PersonName { title: "Ms".into(), given: "Priya".into(), family: "Carter".into() };
    let username = Username::new("handler").expect("a username");
    User {
        id: UserId(Uuid::from_u128(1)),
        username,
        name,
        role: Role::CallHandler,
        sds_user_id: None,
        sds_role_profile_id: None,
        locked: false,
    }
}

fn outcome() -> AssessmentOutcome {
    AssessmentOutcome {
        id: OutcomeId(Uuid::from_u128(2)),
        disposition: disposition("Dx06").expect("listed"),
        reached: noon(),
        symptom_group: 1011,
        symptom_discriminators: vec![4003],
        reason: "Sore throat".into(),
    }
}

fn encounter() -> Encounter {
    Encounter {
        id: EncounterId(Uuid::from_u128(3)),
        started: noon(),
        started_by: user().id,
        started_by_name: "CARTER, Priya (Ms)".to_owned(),
        patient: patient("Patient", Some("9990000018"), None),
        outcomes: vec![outcome()],
        responses: Responses::default(),
        reassesses: None,
        version: 0,
        ended: None,
        ending: None,
    }
}

fn intent(number: u128) -> BookingIntent {
    let slot = Slot {
        id: "s1".to_owned(),
        identifier: None,
        schedule: Some("Schedule/1".to_owned()),
        start: noon() + chrono::Duration::hours(1),
        end: None,
        delivery_channel: None,
        place: None,
        healthcare_service: None,
        practitioner: None,
    };
    let service = Service {
        id: DosServiceId::new("111001").expect("an id"),
        name: "UTC".to_owned(),
        kind: String::new(),
        address: None,
        postcode: None,
        distance_miles: None,
        phone: None,
        professional_phone: None,
        ods_code: None,
        referral_information: None,
        public_information: None,
        capacity: None,
        opening: OpeningTimes::default(),
        attributes: vec![],
        endpoints: vec![],
        catch_all: false,
    };
    let order = BookingOrder {
        request: RequestId(Uuid::from_u128(1000 + number)),
        document: DocumentId(Uuid::from_u128(2000 + number)),
        ordered: noon() + chrono::Duration::seconds(i64::try_from(number).expect("small")),
        user: user(),
        encounter: encounter().id,
        outcome: outcome().id,
        disposition: outcome().disposition.code,
        patient: encounter().patient,
        reason: "Sore throat".into(),
        service,
        provider: ProviderAddress {
            asid: Asid::new("200000000301").expect("an ASID"),
            root: "https://p.example/STU3/1".to_owned(),
            slot_interaction: None,
        },
        permit: permit((user().id, Role::CallHandler), &outcome(), &slot, None, noon()).expect("in time"),
        slot,
        rebook: None,
    };
    BookingIntent {
        id: IntentId(Uuid::from_u128(number)),
        order,
        content: "{}".to_owned(),
        result: None,
        result_at: None,
    }
}

fn event(what: AuditAction) -> AuditEvent {
    let desk = Workplace { organisation: OdsCode::new("R1A").expect("a code"), device: "desk-1".to_owned() };
    AuditEvent::new(noon(), None, desk, Some(encounter().id), what)
}

fn held() -> HeldBooking {
    HeldBooking {
        appointment_id: "a1".to_owned(),
        version: "1".to_owned(),
        url: "https://p.example/STU3/1/Appointment/a1".to_owned(),
        status: AppointmentStatus::Booked,
    }
}

fn whole(intent: &BookingIntent) -> Intent {
    Intent::Booking(Box::new(intent.clone()))
}

fn alone(event: &AuditEvent) -> Alongside {
    Alongside::events(vec![event.clone()])
}

fn with_booking(booking: &BookingRecord, event: &AuditEvent) -> Alongside {
    Alongside { booking: Some(booking.clone()), ..alone(event) }
}

fn booking(intent: &BookingIntent) -> BookingRecord {
    BookingRecord {
        id: BookingId(Uuid::from_u128(5000 + intent.id.0.as_u128())),
        intent: intent.id,
        order: intent.order.clone(),
        word: ProviderWord { held: held(), as_of: noon() },
    }
}

fn exchange() -> Exchange {
    Exchange {
        at: noon(),
        system: "DoS".to_owned(),
        operation: "CheckCapacitySummary".to_owned(),
        encounter: None,
        service: None,
        request: None,
        search: None,
        trace: None,
        correlation: None,
        their_request: None,
        clock_ahead: None,
        status: Some(200),
        failure: None,
        took: std::time::Duration::from_millis(3),
    }
}

async fn with_encounter(folder: &Path) -> Store {
    let store = open(folder);
    store.save(&encounter(), &event(AuditAction::EncounterStarted)).await.expect("saved");
    store
}

#[tokio::test]
async fn bk_4_an_intent_that_was_acknowledged_survives_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    if let Some(child_folder) = std::env::var_os("DESK_STORE_CHILD") {
        let store = with_encounter(Path::new(&child_folder)).await;
        store.begin(&[whole(&intent(1))], alone(&event(AuditAction::EncounterOpened))).await.expect("acknowledged");
        std::process::abort();
    }
    let this = std::env::current_exe().expect("a path");
    let killed = Command::new(this)
        .args(["--exact", "bk_4_an_intent_that_was_acknowledged_survives_a_kill", "--nocapture"])
        .env("DESK_STORE_CHILD", folder.path())
        .output()
        .expect("it runs");
    assert!(!killed.status.success(), "the child died in the middle");
    let unfinished = open(folder.path()).unfinished().await.expect("read");
    assert_eq!(unfinished, [whole(&intent(1))], "the intent is there, whole, and has no result");
}

#[tokio::test]
async fn bk_4_an_intent_is_settled_once_whoever_comes_second() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, other) = (with_encounter(folder.path()).await, open(folder.path()));
    one.begin(&[whole(&intent(1))], alone(&event(AuditAction::EncounterOpened))).await.expect("begun");
    let unknown = BookingResult::Unknown(ProviderFailure::Lost);
    one.finish(intent(1).id, &Settlement::Booking(unknown.clone()), alone(&event(AuditAction::EncounterOpened)))
        .await
        .expect("not settled yet");
    assert_eq!(other.unfinished().await.expect("read").len(), 1, "unknown is unfinished, and the other desk sees it");
    let confirmed = BookingResult::Confirmed(held());
    let not_booked = BookingResult::NotBooked(NotBooked::Failure(ProviderFailure::NotSent));
    let (record, what) = (booking(&intent(1)), event(AuditAction::EncounterOpened));
    let id = intent(1).id;
    let (confirmed, not_booked) = (Settlement::Booking(confirmed), Settlement::Booking(not_booked));
    let (first, second) = tokio::join!(
        one.finish(id, &confirmed, with_booking(&record, &what)),
        other.finish(id, &not_booked, alone(&what))
    );
    let refused = [&first, &second].iter().filter(|r| ***r == Err(RecordFailure::AlreadySettled)).count();
    assert_eq!(refused, 1, "{first:?} {second:?}");
    assert!(one.unfinished().await.expect("read").is_empty(), "settled");
}

#[tokio::test]
async fn a_booking_is_found_by_each_of_its_keys_with_the_providers_newest_word() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = with_encounter(folder.path()).await;
    store.begin(&[whole(&intent(1))], alone(&event(AuditAction::EncounterOpened))).await.expect("begun");
    let record = booking(&intent(1));
    let confirmed = BookingResult::Confirmed(held());
    store
        .finish(
            intent(1).id,
            &Settlement::Booking(confirmed.clone()),
            with_booking(&record, &event(AuditAction::EncounterOpened)),
        )
        .await
        .expect("done");
    let cancelled = HeldBooking { version: "2".to_owned(), status: AppointmentStatus::Cancelled, ..held() };
    let word = ProviderWord { held: cancelled, as_of: noon() + chrono::Duration::hours(1) };
    store.note(Alongside { word: Some((record.id, word.clone())), ..Alongside::default() }).await.expect("noted");
    drop(store);
    let store = open(folder.path());
    let expected = BookingRecord { word, ..record };
    assert_eq!(store.booking(expected.id).await.as_ref(), Ok(&expected), "by its id");
    assert_eq!(store.booking_of(intent(1).id).await.as_ref(), Ok(&expected), "by its intent");
    assert_eq!(
        store.bookings_in(encounter().id).await.as_deref(),
        Ok([expected.clone()].as_slice()),
        "by its encounter"
    );
    assert_eq!(store.recent_bookings(10).await.as_deref(), Ok([expected].as_slice()), "among the newest");
}

#[tokio::test]
async fn nf_3_the_audit_record_cannot_be_changed_or_shortened() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = with_encounter(folder.path()).await;
    store.append(&event(AuditAction::SignedIn)).await.expect("appended");
    let raw = raw(folder.path());
    for statement in ["UPDATE audit_event SET kind = 'x'", "DELETE FROM audit_event", "DELETE FROM encounter"] {
        assert!(raw.execute(statement, []).is_err(), "{statement}");
    }
    let page = store.read(&AuditQuery { most: 10, ..AuditQuery::default() }).await.expect("read");
    let kinds: Vec<_> = page.events.into_iter().map(|recorded| recorded.event.expect("it can be read").what).collect();
    assert_eq!(kinds, [AuditAction::SignedIn, AuditAction::EncounterStarted], "newest first, all there");
}

#[tokio::test]
async fn an_encounter_comes_back_as_it_was_and_a_second_outcome_keeps_the_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = with_encounter(folder.path()).await;
    let second = AssessmentOutcome { id: OutcomeId(Uuid::from_u128(77)), ..outcome() };
    let mut reassessed = Encounter { version: 1, ..encounter() };
    reassessed.outcomes.push(second);
    store.save(&reassessed, &event(AuditAction::EncounterOpened)).await.expect("saved");
    let stale = store.save(&reassessed, &event(AuditAction::PatientChanged)).await;
    assert_eq!(stale, Err(RecordFailure::AlreadySettled), "nobody writes over what another desk wrote meanwhile");
    reassessed.version = 2;
    assert_eq!(EncounterRecord::load(&store, encounter().id).await, Ok(reassessed.clone()), "both outcomes, in order");
    assert_eq!(EncounterRecord::open(&store, 10).await, Ok(vec![reassessed]), "it goes on");
    let missing = EncounterRecord::load(&store, EncounterId(Uuid::from_u128(9))).await;
    assert_eq!(missing, Err(RecordFailure::NotFound), "another");
}

#[tokio::test]
async fn nf_3_of_desks_that_make_the_first_user_at_once_one_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let stores: Vec<Store> = (0..4).map(|_| open(folder.path())).collect();
    let add = |number: u128, store: Store| async move {
        let username = Username::new(&format!("first.{number}")).expect("a username");
        let user = User { id: UserId(Uuid::from_u128(number)), username, ..user() };
        let passphrase = "three or four words".into();
        store.add_first(&[FirstUser { user, passphrase, event: event(AuditAction::SignedIn) }]).await
    };
    let all: Vec<_> = (0..).zip(stores.clone()).map(|(number, store)| tokio::spawn(add(number, store))).collect();
    let mut added = Vec::new();
    for one in all {
        added.push(one.await.expect("no panic"));
    }
    assert_eq!(added.iter().filter(|added| added.is_ok()).count(), 1, "{added:?}");
    assert_eq!(stores[0].count().await, Ok(1), "one supervisor");
}

#[tokio::test]
async fn a_passphrase_fits_its_user_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    let what = event(AuditAction::SignedIn);
    store.add(&user(), "three good words", &what).await.expect("added");
    assert_eq!(store.add(&user(), "again", &what).await, Err(RecordFailure::AlreadySettled), "the name is taken");
    let name = |text: &str| Username::new(text).expect("a username");
    assert_eq!(store.check(&name("handler"), "three good words").await, Ok(Some(user())), "right");
    assert_eq!(store.check(&name("handler"), "three good word").await, Ok(None), "wrong");
    assert_eq!(store.check(&name("nobody"), "three good words").await, Ok(None), "unknown");
    let raw = std::fs::read(folder.path().join("desk.sqlite3-wal")).expect("the log");
    let clear = raw.windows(b"three good words".len()).any(|window| window == b"three good words");
    assert!(!clear, "the passphrase itself is nowhere on disk");
}

#[tokio::test]
async fn exchanges_that_were_taken_in_are_on_disk_after_an_orderly_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    for _ in 0..500 {
        store.record(exchange());
    }
    drop(store);
    let raw = raw(folder.path());
    let count: i64 = raw.query_row("SELECT count(*) FROM exchange", [], |row| row.get(0)).expect("counted");
    assert_eq!(count, 500, "none is lost");
}

#[tokio::test]
async fn two_desks_on_one_record_lose_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let stores = [open(folder.path()), open(folder.path())];
    let writers = stores.iter().map(|store| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..50 {
                store.append(&event(AuditAction::SignedIn)).await.expect("appended");
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("written");
    }
    let page = stores[0].read(&AuditQuery { most: 1000, ..AuditQuery::default() }).await.expect("read");
    assert_eq!(page.events.len(), 100, "every event of both");
}

#[test]
fn a_record_of_a_newer_version_or_with_another_past_is_refused_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(open(folder.path()));
    let raw = raw(folder.path());
    raw.execute("INSERT INTO migration (step, checksum) VALUES (9999, 'x')", []).expect("inserted");
    let newer = Store::open(folder.path(), &key(), Arc::new(Noon)).err().expect("refused");
    assert!(matches!(newer, StoreError::Newer(9999)), "{newer}");
    raw.execute("DELETE FROM migration WHERE step = 9999", []).expect("deleted");
    raw.execute("UPDATE migration SET checksum = 'x' WHERE step = 2", []).expect("changed");
    let changed = Store::open(folder.path(), &key(), Arc::new(Noon)).err().expect("refused");
    assert!(matches!(changed, StoreError::Changed(2)), "{changed}");
}

#[tokio::test]
async fn a_damaged_file_is_told_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(open(folder.path()));
    let file = folder.path().join("desk.sqlite3");
    let whole = std::fs::read(&file).expect("the file");
    for damaged in [vec![b'x'; 8192], whole[..8].to_vec(), [&whole[..100], &[0; 50], &whole[150..]].concat()] {
        std::fs::write(&file, damaged).expect("written");
        let told = Store::open(folder.path(), &key(), Arc::new(Noon)).err().expect("refused");
        assert!(matches!(told, StoreError::Damaged), "{told}");
    }
    std::fs::write(&file, whole).expect("put back");
    drop(open(folder.path()));
}

#[tokio::test]
async fn nf_3_bk_7_nothing_that_is_kept_can_be_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = with_encounter(folder.path()).await;
    let (begun, what) = (intent(1), event(AuditAction::EncounterOpened));
    store.begin(&[whole(&begun)], alone(&what)).await.expect("begun");
    let confirmed = BookingResult::Confirmed(held());
    store
        .finish(begun.id, &Settlement::Booking(confirmed.clone()), with_booking(&booking(&begun), &what))
        .await
        .expect("done");
    let raw = raw(folder.path());
    for table in ["audit_event", "intent", "intent_result", "booking", "booking_word"] {
        let replaced = raw.execute(&format!("REPLACE INTO {table} SELECT * FROM {table}"), []);
        assert!(replaced.is_err(), "{table}");
    }
    let settled_again = "REPLACE INTO intent_result (intent, at, settled, format, result)
        SELECT intent, at, settled, format, result FROM intent_result";
    assert!(raw.execute(settled_again, []).is_err(), "a settled result under a new number");
}

#[test]
fn many_programs_that_make_one_record_at_once_all_open_it() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().expect("a folder");
        let together = Arc::new(std::sync::Barrier::new(6));
        let programs = (0..6).map(|_| {
            let (path, together) = (folder.path().to_owned(), Arc::clone(&together));
            std::thread::spawn(move || {
                together.wait();
                Store::open(&path, &key(), Arc::new(Noon)).map(drop).map_err(|error| error.to_string())
            })
        });
        for program in programs.collect::<Vec<_>>() {
            assert_eq!(program.join().expect("no panic"), Ok(()), "it waits for the other");
        }
    }
}

#[tokio::test]
async fn an_ended_encounter_is_not_opened_again_by_a_desk_that_read_it_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, other) = (with_encounter(folder.path()).await, open(folder.path()));
    let read_before = EncounterRecord::load(&other, encounter().id).await.expect("there");
    let ended = Encounter { ended: Some(noon()), version: 1, ..encounter() };
    one.save(&ended, &event(AuditAction::EncounterEnded { ending: None })).await.expect("ended");
    let late = other.save(&read_before, &event(AuditAction::PatientChanged)).await;
    assert_eq!(late, Err(RecordFailure::AlreadySettled), "it was ended meanwhile");
    let after = EncounterRecord::load(&one, encounter().id).await;
    assert_eq!(after, Ok(Encounter { version: 2, ..ended }), "and stays so");
}

#[tokio::test]
async fn what_is_taken_or_missing_is_told_apart_from_a_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = with_encounter(folder.path()).await;
    let what = event(AuditAction::EncounterOpened);
    store.begin(&[whole(&intent(1))], alone(&what)).await.expect("begun");
    assert_eq!(
        store.begin(&[whole(&intent(1))], alone(&what)).await,
        Err(RecordFailure::AlreadySettled),
        "begun before"
    );
    let word = ProviderWord { held: held(), as_of: noon() };
    let unknown = store
        .note(Alongside { word: Some((BookingId(Uuid::from_u128(9)), word.clone())), ..Alongside::default() })
        .await;
    assert_eq!(unknown, Err(RecordFailure::NotFound), "no such booking");
}

#[tokio::test]
async fn bk_4_an_intent_that_cannot_be_written_is_not_acknowledged() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = with_encounter(folder.path()).await;
    let raw = raw(folder.path());
    raw.execute_batch("BEGIN IMMEDIATE").expect("held");
    let refused = store.begin(&[whole(&intent(1))], alone(&event(AuditAction::EncounterOpened))).await;
    let Err(RecordFailure::Failed(words)) = refused else { panic!("not acknowledged: {refused:?}") };
    assert!(words.contains("another program holds the record"), "{words}");
    raw.execute_batch("ROLLBACK").expect("let go");
    assert!(store.unfinished().await.expect("read").is_empty(), "nothing of it is there");
    store.begin(&[whole(&intent(1))], alone(&event(AuditAction::EncounterOpened))).await.expect("it goes on");
}

#[tokio::test]
async fn closing_writes_the_exchanges_even_if_the_record_is_still_held() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    let still_held = store.clone();
    for _ in 0..100 {
        store.record(exchange());
    }
    store.close();
    store.record(exchange());
    let raw = raw(folder.path());
    let count: i64 = raw.query_row("SELECT count(*) FROM exchange", [], |row| row.get(0)).expect("counted");
    assert_eq!(count, 100, "those before the end, none after");
    drop(still_held);
}

fn operations() -> impl Strategy<Value = Vec<(u8, u128)>> {
    proptest::collection::vec((0u8..4, 1u128..4), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_course_of_the_ledger_equals_a_simple_model(operations in operations()) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let folder = tempfile::tempdir().expect("a folder");
            let store = with_encounter(folder.path()).await;
            // Begun, and settled or not.
            let mut model: std::collections::BTreeMap<u128, bool> = std::collections::BTreeMap::new();
            let mut booked = false;
            for (operation, number) in operations {
                let (intent, what) = (intent(number), event(AuditAction::SignedIn));
                let expected_settled = model.get(&number).copied();
                if operation == 0 {
                    let begun = store.begin(&[whole(&intent)], alone(&what)).await;
                    let one_is_out = model.values().any(|settled| !settled);
                    let expected = expected_settled.is_none() && !one_is_out && !booked;
                    assert_eq!(begun.is_ok(), expected, "an id is used once, one order is out at a time, none beside a booking (BK-4)");
                    if expected {
                        model.insert(number, false);
                    }
                    continue;
                }
                let result = match operation {
                    1 => BookingResult::Unknown(ProviderFailure::Lost),
                    2 => BookingResult::NotBooked(NotBooked::NothingSent),
                    _ => BookingResult::Confirmed(held()),
                };
                let record = (operation == 3).then(|| booking(&intent));
                let settled = Settlement::Booking(result.clone());
                let alongside = Alongside { booking: record.clone(), ..alone(&what) };
                let finished = store.finish(intent.id, &settled, alongside).await;
                match expected_settled {
                    None => assert_eq!(finished, Err(RecordFailure::NotFound), "never begun"),
                    Some(true) => assert_eq!(finished, Err(RecordFailure::AlreadySettled), "settled before"),
                    Some(false) => {
                        assert_eq!(finished, Ok(()), "open");
                        model.insert(number, operation > 1);
                        booked |= operation == 3;
                    }
                }
            }
            let unfinished: Vec<u128> = store.unfinished().await.expect("read").iter().map(|i| i.id().0.as_u128()).collect();
            let expected: Vec<u128> = model.iter().filter(|(_, settled)| !**settled).map(|(number, _)| *number).collect();
            assert_eq!(unfinished, expected, "exactly what is not settled");
        });
    }
}
