//! The core path and its faults over real sockets: what the provider holds, what the desk says, what the audit holds.

#![expect(clippy::expect_used, reason = "a test says at once what is not as it needs it")]

use std::time::Duration;

use demo_nhs::DemoOptions;
use desk_contract::booking::BookingResultView;
use desk_contract::problem::{Problem, ProblemCode};
use desk_contract::service::AvailabilityView;
use desk_domain::approval::{ApprovalRefusal, Grounds, Registration};
use desk_domain::audit::{AuditAction, AuditKind};
use desk_domain::booking::{BookingResult, NotBooked};
use desk_domain::failure::{DirectoryFailure, EndpointFailure, ProviderFailure, Refusal};
use desk_domain::gate::{GateRefusal, LateConfirmation};
use desk_domain::id::{ApprovalId, Username};
use desk_domain::personal::Personal;
use desk_domain::service::{SearchDistance, Service};
use desk_domain::user::{Role, UserChangeRefusal};
use desk_journeys::JourneyError;
use desk_journeys::approve::{AskedClinician, LateSlot};
use desk_journeys::book::{BookingStage, LateSaid, SlotOrder, StopSending, Waiting};
use desk_journeys::ports::AuditQuery;
use desk_journeys::sign_in::UserChange;
use desk_tests::desk::{ADMIN, CLINICIAN, DeskUnderTest, HANDLER, SUPERVISOR};
use serde_json::json;

const PLAIN: &str = "111001";
const BOOKING_ONLY_FULL: &str = "111004";
const SLOW: &str = "111006";
const LATE_ONLY: &str = "111007";
const FULL: &str = "111008";
const TWO_ENDPOINTS: &str = "111010";
const UNREGISTERED: &str = "111011";

async fn start() -> DeskUnderTest {
    DeskUnderTest::start(DemoOptions::default()).await
}

async fn audit_kinds(under_test: &DeskUnderTest) -> Vec<String> {
    let supervisor = under_test.sign_in(SUPERVISOR).await;
    let query = AuditQuery { most: 500, ..AuditQuery::default() };
    let page = under_test.desk().read_audit(&supervisor, &query).await.expect("a supervisor may read");
    let kind = |what: &AuditAction| <&str>::from(AuditKind::from(what)).to_owned();
    page.events.iter().rev().map(|recorded| kind(&recorded.event.as_ref().expect("it can be read").what)).collect()
}

#[tokio::test]
async fn bk_1_a_slot_is_booked_from_the_directory_to_the_providers_confirmation() {
    for patient in 1..=6 {
        let under_test = start().await;
        let who = under_test.sign_in(HANDLER).await;
        let encounter = under_test.encounter(&who, patient, "Dx06").await;
        let order = under_test.earliest(&who, &encounter, PLAIN).await;
        let outcome = under_test.desk().book(&who, order).await.expect("it is sent");
        assert!(matches!(outcome.result, BookingResult::Confirmed(_)), "patient {patient}: {:?}", outcome.result);
        let held = under_test.held("utc");
        assert_eq!(held.len(), 1, "patient {patient}: the provider holds one");
        let BookingResult::Confirmed(booking) = outcome.result else { return };
        assert_eq!(held[0]["id"], booking.appointment_id.as_str(), "and it is the one that is claimed");
        assert!(!booking.url.contains("_history"), "BK-6: the URL has no version");
        let kinds = audit_kinds(&under_test).await;
        let at = |kind: &str| {
            kinds.iter().position(|k| k == kind).unwrap_or_else(|| panic!("{kind} is recorded: {kinds:?}"))
        };
        assert!(at("bookingIntended") < at("bookingSettled"), "BK-7: intent before result");
    }
}

#[tokio::test]
async fn bk_1_a_provider_that_answers_a_relative_location_confirms_as_well() {
    let under_test = start().await;
    let who = under_test.sign_in(CLINICIAN).await;
    let encounter = under_test.encounter(&who, 1, "Dx08").await;
    let order = under_test.earliest(&who, &encounter, "111003").await;
    let outcome = under_test.desk().book(&who, order).await.expect("it is sent");
    let BookingResult::Confirmed(booking) = &outcome.result else { panic!("{:?}", outcome.result) };
    let root = &under_test.nhs.description().providers[1].root;
    assert_eq!(booking.url, format!("{root}/Appointment/{}", booking.appointment_id), "resolved against the root");
}

#[tokio::test]
async fn di_9_availability_of_all_services_comes_as_they_answer_and_failures_hold_up_none() {
    let under_test = start().await;
    let who = under_test.sign_in(HANDLER).await;
    let encounter = under_test.encounter(&who, 1, "Dx06").await;
    let (search, _) = under_test.desk().find_services(&who, encounter.id, None).await.expect("services");
    assert_eq!(search.services.len(), 12, "DI-1: every service, ranked");
    let told = std::sync::Mutex::new(Vec::new());
    let tell = |availability: desk_journeys::discover::Availability, outcome: &_| {
        let view = AvailabilityView::of(&availability, outcome, under_test.desk().now());
        told.lock().expect("no panic").push(view);
    };
    under_test.desk().watch_availability(&who, encounter.id, search.id, tell).await.expect("watched");
    let told = told.into_inner().expect("no panic");
    let last = |id: &str| told.iter().rev().find(|view| view.service_id == id).expect("told").clone();
    use desk_contract::service::AvailabilityState as State;
    let table = [
        (PLAIN, State::FreeInTime),
        (BOOKING_ONLY_FULL, State::NoneFree),
        ("111005", State::NotAsked),
        (SLOW, State::FreeInTime),
        (FULL, State::NoneFree),
        (TWO_ENDPOINTS, State::Failed),
        (UNREGISTERED, State::Failed),
    ];
    for (id, state) in table {
        assert_eq!(last(id).state, state, "{id}: {}", last(id).words);
    }
    let order: Vec<_> =
        told.iter().filter(|view| view.state != State::Asking).map(|view| view.service_id.as_str()).collect();
    assert_eq!(order.last(), Some(&SLOW), "the slow one comes last and holds up no other: {order:?}");
}

#[tokio::test]
async fn tf_2_a_late_slot_of_an_urgent_outcome_is_refused_to_a_call_handler_whatever_they_say() {
    let under_test = start().await;
    let who = under_test.sign_in(HANDLER).await;
    let encounter = under_test.encounter(&who, 1, "Dx05").await;
    let mut order = under_test.earliest(&who, &encounter, LATE_ONLY).await;
    order.late = Some(LateSaid::Confirmed(LateConfirmation { ground: Personal::from("the patient insists") }));
    let refused = under_test.desk().book(&who, order).await;
    assert!(matches!(refused, Err(JourneyError::Gate(GateRefusal::NeedsApproval(_)))), "{refused:?}");
    assert!(under_test.held("hub").is_empty(), "nothing was sent");
    assert!(audit_kinds(&under_test).await.contains(&"bookingRefusedByGate".to_owned()), "and it is recorded");
}

#[tokio::test]
async fn tf_1_a_clinician_books_a_late_slot_on_a_ground_of_their_own() {
    let under_test = start().await;
    let who = under_test.sign_in(CLINICIAN).await;
    let encounter = under_test.encounter(&who, 1, "Dx05").await;
    let order = under_test.earliest(&who, &encounter, LATE_ONLY).await;
    let unconfirmed = under_test.desk().book(&who, order.clone()).await;
    assert!(matches!(unconfirmed, Err(JourneyError::Gate(GateRefusal::NotConfirmed(_)))), "{unconfirmed:?}");
    let late = Some(LateSaid::Confirmed(LateConfirmation { ground: Personal::from("stable, safety-netted") }));
    let booked = under_test.desk().book(&who, desk_journeys::book::SlotOrder { late, ..order }).await.expect("sent");
    assert!(matches!(booked.result, BookingResult::Confirmed(_)), "{:?}", booked.result);
}

fn of(order: &SlotOrder) -> LateSlot {
    let SlotOrder { encounter, search, service, slot_id, .. } = order.clone();
    LateSlot { encounter, search, service, slot_id }
}

fn grounds() -> Grounds {
    Grounds { ground: Personal::from("stable, knows when to call back"), patient_accepts: true }
}

fn at_the_desk((username, passphrase): (&str, &str)) -> AskedClinician {
    AskedClinician::AtTheDesk { username: username.to_owned(), passphrase: Personal::from(passphrase) }
}

#[tokio::test]
async fn tf_2_a_call_handler_books_a_late_slot_that_a_clinician_approved_for_that_slot_and_outcome_alone() {
    let under_test = start().await;
    let who = under_test.sign_in(HANDLER).await;
    let desk = under_test.desk();
    let encounter = under_test.encounter(&who, 1, "Dx05").await;
    let order = under_test.earliest(&who, &encounter, LATE_ONLY).await;
    let telephoned = || AskedClinician::ByTelephone {
        name: Personal::from("Dr Amara Okafor"),
        registration: Registration::new("7654321").expect("a number"),
        called: desk.now(),
    };
    let approval = desk.approve_late_slot(&who, &of(&order), at_the_desk(CLINICIAN), grounds()).await.expect("given");
    assert!(approval.by().is_verified(), "by the clinician's own passphrase");
    let late = Some(LateSaid::Approved(approval.id()));
    let (search, slots) = under_test.slots(&who, &encounter, LATE_ONLY).await.expect("slots");
    let order = SlotOrder { search: search.id, ..order };
    let another = slots.free.slots.iter().find(|slot| slot.id != order.slot_id).expect("another slot").id.clone();
    let other = SlotOrder { slot_id: another, late: late.clone(), ..order.clone() };
    let refused = desk.book(&who, other).await;
    assert!(matches!(refused, Err(JourneyError::Gate(GateRefusal::ApprovalForAnother))), "{refused:?}");
    assert!(under_test.held("hub").is_empty(), "nothing was sent");
    let booked = desk.book(&who, SlotOrder { late, ..order }).await.expect("sent");
    let BookingResult::Confirmed(_) = &booked.result else { panic!("{:?}", booked.result) };
    let told = desk_contract::booking::BookingView::from(booked.booking.as_ref().expect("on record"));
    assert!(told.timeframe.contains("approved by"), "TF-3: {}", told.timeframe);
    let second = under_test.encounter(&who, 2, "Dx05").await;
    let order = under_test.earliest(&who, &second, LATE_ONLY).await;
    let approval = desk.approve_late_slot(&who, &of(&order), telephoned(), grounds()).await.expect("given");
    assert!(!approval.by().is_verified(), "nobody can verify a voice");
    let foreign = SlotOrder { late: Some(LateSaid::Approved(approval.id())), ..order.clone() };
    let second = under_test.reassess(&who, &second, "Dx05").await;
    let after = under_test.earliest(&who, &second, LATE_ONLY).await;
    let refused = desk.book(&who, SlotOrder { search: after.search, slot_id: after.slot_id, ..foreign }).await;
    let gone =
        matches!(refused, Err(JourneyError::ShownTooLongAgo | JourneyError::Gate(GateRefusal::ApprovalForAnother)));
    assert!(gone, "a reassessment makes a new outcome: {refused:?}");
    assert!(audit_kinds(&under_test).await.contains(&"lateSlotApproved".to_owned()), "recorded");
}

#[tokio::test]
async fn tf_2_whoever_is_no_other_clinician_with_their_own_passphrase_approves_nothing_and_each_try_is_recorded() {
    let under_test = start().await;
    let who = under_test.sign_in(HANDLER).await;
    let desk = under_test.desk();
    let encounter = under_test.encounter(&who, 1, "Dx05").await;
    let order = under_test.earliest(&who, &encounter, LATE_ONLY).await;
    let late = of(&order);
    let refused = |said: Result<_, JourneyError>| said.map(drop).expect_err("refused");
    let themselves = desk.approve_late_slot(&who, &late, at_the_desk(HANDLER), grounds()).await;
    assert_eq!(refused(themselves), JourneyError::Approval(ApprovalRefusal::TheAskerThemselves));
    let supervisor = desk.approve_late_slot(&who, &late, at_the_desk(SUPERVISOR), grounds()).await;
    assert_eq!(refused(supervisor), JourneyError::Approval(ApprovalRefusal::NotAClinician));
    let wrong = desk.approve_late_slot(&who, &late, at_the_desk((CLINICIAN.0, "wrong")), grounds()).await;
    assert_eq!(refused(wrong), JourneyError::WrongPassphrase);
    let unwilling = Grounds { patient_accepts: false, ..grounds() };
    let unwilling = desk.approve_late_slot(&who, &late, at_the_desk(CLINICIAN), unwilling).await;
    assert_eq!(refused(unwilling), JourneyError::Approval(ApprovalRefusal::PatientDoesNotAccept));
    let (clinician, reason) = (Personal::from("Dr Okafor"), Personal::from("needs to be seen within the hour"));
    desk.refuse_late_slot(&who, &late, &clinician, &reason).await.expect("recorded");
    let invented = SlotOrder {
        late: Some(LateSaid::Approved("00000000-0000-0000-0000-000000000000".parse::<ApprovalId>().expect("an id"))),
        ..order
    };
    assert!(matches!(desk.book(&who, invented).await, Err(JourneyError::ShownTooLongAgo)), "no approval was given");
    assert!(under_test.held("hub").is_empty(), "nothing was sent");
    let kinds = audit_kinds(&under_test).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "lateSlotNotApproved").count(), 5, "each: {kinds:?}");
    assert!(!kinds.contains(&"lateSlotApproved".to_owned()), "and none given");
}

#[tokio::test]
async fn nf_3_a_practice_admin_does_not_book_and_the_attempt_is_recorded() {
    let under_test = start().await;
    let handler = under_test.sign_in(HANDLER).await;
    let encounter = under_test.encounter(&handler, 1, "Dx06").await;
    let order = under_test.earliest(&handler, &encounter, PLAIN).await;
    let admin = under_test.sign_in(ADMIN).await;
    let refused = under_test.desk().book(&admin, order).await;
    assert!(matches!(refused, Err(JourneyError::NotPermitted(_))), "{refused:?}");
    assert!(under_test.held("utc").is_empty(), "nothing was sent");
    assert!(audit_kinds(&under_test).await.contains(&"actionRefused".to_owned()), "recorded");
}

#[tokio::test]
async fn slot_taken_two_desks_choose_one_slot_and_the_second_is_told_at_once() {
    let under_test = start().await;
    let who = under_test.sign_in(HANDLER).await;
    let (first, second) = (under_test.encounter(&who, 1, "Dx06").await, under_test.encounter(&who, 2, "Dx06").await);
    let one = under_test.earliest(&who, &first, PLAIN).await;
    let other = under_test.earliest(&who, &second, PLAIN).await;
    assert_eq!(one.slot_id, other.slot_id, "both see it free");
    under_test.desk().book(&who, one).await.expect("sent");
    let late = under_test.desk().book(&who, other).await.expect("sent");
    let gone = BookingResult::NotBooked(NotBooked::Failure(ProviderFailure::Refused(Refusal::SlotGone)));
    assert_eq!(late.result, gone, "told at once");
    let BookingResultView::NotBooked { problem } = BookingResultView::from(&late) else { panic!("not booked") };
    assert_eq!(problem.code, ProblemCode::SlotGone, "in words: {}", problem.title);
    assert_eq!(under_test.held("utc").len(), 1, "one booking");
    let fresh = under_test.earliest(&who, &second, PLAIN).await;
    let again = under_test.desk().book(&who, fresh).await.expect("sent");
    assert!(matches!(again.result, BookingResult::Confirmed(_)), "a fresh slot is booked");
}

#[tokio::test]
async fn lost_answer_the_provider_books_and_the_one_booking_is_found() {
    let under_test = start().await;
    let who = under_test.sign_in(HANDLER).await;
    let encounter = under_test.encounter(&who, 1, "Dx06").await;
    let order = under_test.earliest(&who, &encounter, PLAIN).await;
    under_test.nhs.control().cue(json!({ "provider": "utc", "do": "lose_answer", "times": 1 })).expect("a cue");
    let outcome = under_test.desk().book(&who, order).await.expect("sent");
    assert!(matches!(outcome.result, BookingResult::Confirmed(_)), "found: {:?}", outcome.result);
    assert_eq!(under_test.held("utc").len(), 1, "BK-4: never two");
}

#[tokio::test]
async fn lost_answer_for_a_patient_without_nhs_number_stays_unknown_and_on_the_list() {
    let under_test = start().await;
    let who = under_test.sign_in(HANDLER).await;
    let encounter = under_test.encounter(&who, 4, "Dx06").await;
    let order = under_test.earliest(&who, &encounter, PLAIN).await;
    under_test.nhs.control().cue(json!({ "provider": "utc", "do": "lose_answer", "times": 1 })).expect("a cue");
    let outcome = under_test.desk().book(&who, order).await.expect("sent");
    assert!(matches!(outcome.result, BookingResult::Unknown(_)), "nobody can be asked: {:?}", outcome.result);
    assert_eq!(under_test.held("utc").len(), 1, "the provider has it, once");
    let list = under_test.desk().unfinished(&who).await.expect("the list");
    assert_eq!(list.len(), 1, "on the list");
    let another = under_test.earliest(&who, &encounter, "111002").await;
    let refused = under_test.desk().book(&who, another.clone()).await.map(drop);
    assert_eq!(refused, Err(JourneyError::EarlierNotSettled), "no second order while the first is not settled");
    under_test
        .desk()
        .settle_by_hand(&who, list.intents[0].id(), true, "Reception, by telephone")
        .await
        .expect("settled");
    assert!(under_test.desk().unfinished(&who).await.expect("the list").is_empty(), "off the list");
    let refused = under_test.desk().book(&who, another).await.map(drop);
    assert_eq!(refused, Err(JourneyError::AlreadyBooked), "and none after it was settled as held");
}

#[tokio::test]
async fn bk_4_every_fault_of_the_provider_ends_in_what_the_provider_holds() {
    let faults = [
        json!({ "do": "refuse", "status": 500 }),
        json!({ "do": "refuse", "status": 502, "times": 1 }),
        json!({ "do": "refuse", "status": 503, "times": 2 }),
        json!({ "do": "refuse", "status": 504, "times": 1 }),
        json!({ "do": "refuse", "status": 409, "code": "DUPLICATE_REJECTED", "times": 1 }),
        json!({ "do": "refuse", "status": 403, "code": "ACCESS_DENIED" }),
        json!({ "do": "refuse", "status": 422, "code": "INVALID_RESOURCE" }),
        json!({ "do": "garbage", "times": 1 }),
        json!({ "do": "ok_with_outcome", "times": 1 }),
        json!({ "do": "lose_answer", "times": 1 }),
        json!({ "do": "take_slot", "times": 1 }),
        json!({ "do": "offline", "times": 1 }),
        json!({ "do": "offline" }),
    ];
    for fault in faults {
        let under_test = start().await;
        let who = under_test.sign_in(HANDLER).await;
        let encounter = under_test.encounter(&who, 1, "Dx06").await;
        let order = under_test.earliest(&who, &encounter, PLAIN).await;
        let mut cue = fault.clone();
        cue["provider"] = json!("utc");
        under_test.nhs.control().cue(cue).expect("a cue");
        let outcome = under_test.desk().book(&who, order).await.expect("sent");
        let held = under_test.held("utc").len();
        match outcome.result {
            BookingResult::Confirmed(_) => assert_eq!(held, 1, "{fault}: claimed"),
            BookingResult::NotBooked(_) => assert_eq!(held, 0, "{fault}: denied"),
            BookingResult::Unknown(_) => {
                under_test.nhs.control().cue(json!({ "do": "reset" })).expect("a cue");
                let list = under_test.desk().unfinished(&who).await.expect("the list");
                assert_eq!(list.len(), 1, "{fault}: on the list");
            }
            BookingResult::SettledByHand(_) => panic!("{fault}: nobody was asked"),
        }
        assert!(held <= 1, "{fault}: never two");
        assert!(audit_kinds(&under_test).await.contains(&"bookingSettled".to_owned()), "{fault}: recorded");
    }
}

#[tokio::test]
async fn encounters_and_bookings_survive_a_restart() {
    let mut under_test = start().await;
    let who = under_test.sign_in(HANDLER).await;
    let encounter = under_test.encounter(&who, 1, "Dx06").await;
    let order = under_test.earliest(&who, &encounter, PLAIN).await;
    under_test.desk().book(&who, order).await.expect("sent");
    under_test.restart().await;
    let who = under_test.sign_in(HANDLER).await;
    let again = under_test.desk().open_encounter(&who, encounter.id).await.expect("still there");
    assert_eq!(again, encounter, "the encounter, with its outcome");
    assert_eq!(under_test.desk().bookings_in(&who, encounter.id).await.expect("bookings").len(), 1, "and its booking");
}

#[tokio::test]
async fn bad_input_each_fault_of_a_system_is_told_in_its_own_words() {
    let under_test = start().await;
    let who = under_test.sign_in(HANDLER).await;
    let encounter = under_test.encounter(&who, 1, "Dx06").await;
    let code = |error: &JourneyError| Problem::from(error).code;
    let refused = under_test.slots(&who, &encounter, TWO_ENDPOINTS).await.expect_err("DI-5");
    assert_eq!(code(&refused), ProblemCode::SeveralBookingConnections, "DI-5");
    let refused = under_test.slots(&who, &encounter, UNREGISTERED).await.expect_err("DI-7");
    assert!(
        matches!(&refused, JourneyError::Endpoint { failure: EndpointFailure::SystemNotFound, .. }),
        "DI-7: {refused:?}"
    );
    under_test.nhs.control().cue(json!({ "system": "dos", "do": "fault", "code": 101, "times": 1 })).expect("a cue");
    let refused = under_test.desk().find_services(&who, encounter.id, None).await.expect_err("a fault");
    assert!(
        matches!(&refused, JourneyError::Directory { failure: DirectoryFailure::PostcodeNotFound, .. }),
        "{refused:?}"
    );
    under_test.nhs.control().cue(json!({ "system": "dos", "do": "garbage", "times": 1 })).expect("a cue");
    let refused = under_test.desk().find_services(&who, encounter.id, None).await.expect_err("garbage");
    assert_eq!(code(&refused), ProblemCode::DirectoryMalformed, "garbage");
    under_test.nhs.control().cue(json!({ "provider": "utc", "do": "offline" })).expect("a cue");
    let refused = under_test.slots(&who, &encounter, PLAIN).await.expect_err("offline");
    assert_eq!(code(&refused), ProblemCode::ProviderTimedOut, "the proxy cannot reach it: {refused:?}");
    let kinds = audit_kinds(&under_test).await;
    assert!(
        kinds.iter().filter(|kind| *kind == "slotsSearched").count() >= 3,
        "SL-8: failed searches are recorded too"
    );
}

#[tokio::test]
async fn di_1_a_search_goes_as_far_as_is_said_and_the_record_says_so() {
    let under_test = start().await;
    let who = under_test.sign_in(HANDLER).await;
    let encounter = under_test.encounter(&who, 1, "Dx06").await;
    let desk = under_test.desk();
    let near = SearchDistance::from_miles(2).expect("a distance");
    let (everything, _) = desk.find_services(&who, encounter.id, None).await.expect("services");
    let (search, _) = desk.find_services(&who, encounter.id, Some(near)).await.expect("services");
    assert_eq!(search.distance_km, Some(u32::from(near.km())), "as the directory says it searched");
    assert!(!search.services.is_empty() && search.services.len() < everything.services.len(), "fewer");
    let miles = |service: &Service| service.distance_miles.as_deref().and_then(|miles| miles.parse::<f64>().ok());
    let reach = f64::from(near.km()) / 1.609;
    assert!(search.services.iter().all(|service| miles(service).is_none_or(|miles| miles <= reach)), "none farther");
    let query = AuditQuery { most: 500, ..AuditQuery::default() };
    let supervisor = under_test.sign_in(SUPERVISOR).await;
    let page = desk.read_audit(&supervisor, &query).await.expect("a supervisor may read");
    let within = page.events.iter().filter_map(|recorded| {
        if let AuditAction::ServicesSearched { within, .. } = &recorded.event.as_ref().expect("it can be read").what {
            Some(*within)
        } else {
            None
        }
    });
    assert_eq!(within.collect::<Vec<_>>(), [Some(near), None], "newest first");
}

#[tokio::test]
async fn di_10_passing_over_the_first_service_needs_a_reason() {
    let under_test = start().await;
    let who = under_test.sign_in(HANDLER).await;
    let encounter = under_test.encounter(&who, 1, "Dx06").await;
    let (search, _) = under_test.desk().find_services(&who, encounter.id, None).await.expect("services");
    let second = search.services[1].id.clone();
    let desk = under_test.desk();
    let without = desk.choose_service(&who, encounter.id, search.id, &second, None).await;
    assert_eq!(without.map(drop), Err(JourneyError::RejectReasonNeeded), "no reason");
    let with = desk.choose_service(&who, encounter.id, search.id, &second, Some((32, ""))).await;
    assert_eq!(with.expect("a reason").0, 2, "the second");
    let first = search.services[0].id.clone();
    assert!(desk.choose_service(&who, encounter.id, search.id, &first, None).await.is_ok(), "the first needs none");
}

#[tokio::test]
async fn an_encounter_is_not_booked_twice_by_a_double_click_or_a_second_order() {
    let under_test =
        DeskUnderTest::start(DemoOptions { latency: Duration::from_millis(150), ..DemoOptions::default() }).await;
    let who = under_test.sign_in(HANDLER).await;
    let encounter = under_test.encounter(&who, 1, "Dx06").await;
    let order = under_test.earliest(&who, &encounter, PLAIN).await;
    let (one, other) =
        tokio::join!(under_test.desk().book(&who, order.clone()), under_test.desk().book(&who, order.clone()));
    let refused = [one.is_err(), other.is_err()].iter().filter(|refused| **refused).count();
    assert_eq!(refused, 1, "one of the two is refused");
    let again = under_test.desk().book(&who, order).await;
    assert_eq!(again.map(drop), Err(JourneyError::AlreadyBooked), "and so is a later one");
    assert_eq!(under_test.held("utc").len(), 1, "one booking");
}

#[tokio::test]
async fn sl_5_a_full_service_answers_that_it_has_no_slots_and_that_is_no_failure() {
    let under_test = start().await;
    let who = under_test.sign_in(HANDLER).await;
    let encounter = under_test.encounter(&who, 1, "Dx06").await;
    let (_, found) = under_test.slots(&who, &encounter, FULL).await.expect("asked and answered");
    assert!(found.free.slots.is_empty(), "none free");
    assert!(!found.free.notes.is_empty(), "and the provider's remark is kept");
}

#[tokio::test]
async fn sl_4_more_slots_than_a_page_are_read_through_the_proxy() {
    let under_test = DeskUnderTest::start(DemoOptions { slots_per_service: 240, ..DemoOptions::default() }).await;
    let who = under_test.sign_in(HANDLER).await;
    let encounter = under_test.encounter(&who, 1, "Dx08").await;
    let (_, found) = under_test.slots(&who, &encounter, PLAIN).await.expect("asked and answered");
    assert!(found.free.slots.len() > 100, "{} slots over several pages", found.free.slots.len());
    let places = found.free.slots.iter().filter(|slot| slot.place.is_some()).count();
    assert_eq!(places, found.free.slots.len(), "SL-1: each with its place");
}

#[tokio::test]
async fn a_wrong_passphrase_is_refused_slowed_down_and_recorded() {
    let under_test = start().await;
    for _ in 0..5 {
        let refused = under_test.desk().sign_in("handler", "wrong").await.map(drop);
        assert_eq!(refused, Err(JourneyError::WrongPassphrase), "wrong");
    }
    let throttled = under_test.desk().sign_in("handler", HANDLER.1).await.map(drop);
    assert!(matches!(throttled, Err(JourneyError::Throttled(_))), "even the right one waits: {throttled:?}");
    let unknown = under_test.desk().sign_in("nobody", "x").await.map(drop);
    assert_eq!(unknown, Err(JourneyError::WrongPassphrase), "an unknown user is told the same");
    let refused = audit_kinds(&under_test).await.iter().filter(|kind| *kind == "signInRefused").count();
    assert_eq!(refused, 6, "each is recorded");
}

#[tokio::test]
async fn what_was_shown_for_one_encounter_is_not_booked_for_another() {
    let under_test = start().await;
    let who = under_test.sign_in(HANDLER).await;
    let (first, second) = (under_test.encounter(&who, 1, "Dx06").await, under_test.encounter(&who, 2, "Dx06").await);
    let mut order = under_test.earliest(&who, &first, PLAIN).await;
    order.encounter = second.id;
    assert_eq!(
        under_test.desk().book(&who, order).await.map(drop),
        Err(JourneyError::ShownTooLongAgo),
        "another patient"
    );
    assert!(under_test.held("utc").is_empty(), "nothing was sent");
}

/// Everything that a provider was asked by one method, oldest first.
fn asked(under_test: &DeskUnderTest, system: &str, method: &str) -> Vec<serde_json::Value> {
    let asked = under_test.nhs.control().asked();
    let all = asked.as_array().cloned().unwrap_or_default();
    all.into_iter()
        .filter(|a| a["system"] == system)
        .map(|a| a["asked"].clone())
        .filter(|a| a["method"] == method)
        .collect()
}

/// Somebody who waits, with what they were told.
fn waiting() -> (Waiting, StopSending, std::sync::Arc<std::sync::Mutex<Vec<BookingStage>>>) {
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let teller = std::sync::Arc::clone(&told);
    let (waiting, stop) = Waiting::with(move |stage| teller.lock().expect("no panic").push(stage));
    (waiting, stop, told)
}

fn attempts(told: &[BookingStage]) -> Vec<String> {
    let words = |stage: &BookingStage| match stage {
        BookingStage::Sending { attempt } => format!("sending {attempt}"),
        BookingStage::Pausing { failure, next_attempt, .. } => format!("{failure:?}, then {next_attempt}"),
        BookingStage::AskingWhatIsHeld => "asking".to_owned(),
    };
    told.iter().map(words).collect()
}

#[tokio::test]
async fn er_2_a_busy_provider_is_asked_again_under_one_request_id_and_each_pause_is_told() {
    let under_test = start().await;
    let who = under_test.sign_in(HANDLER).await;
    let encounter = under_test.encounter(&who, 1, "Dx06").await;
    let order = under_test.earliest(&who, &encounter, PLAIN).await;
    let busy = json!({ "provider": "utc", "do": "refuse", "status": 503, "times": 2 });
    under_test.nhs.control().cue(busy).expect("a cue");
    let (waiting, _stop, told) = waiting();
    let outcome = under_test.desk().book_attended(&who, order, &waiting).await.expect("sent");
    assert!(matches!(outcome.result, BookingResult::Confirmed(_)), "{:?}", outcome.result);
    let stages = attempts(&told.lock().expect("no panic"));
    assert_eq!(stages, ["sending 1", "Busy, then 2", "sending 2", "Busy, then 3", "sending 3"], "each is told");
    let posts = asked(&under_test, "utc", "POST");
    let ids: std::collections::BTreeSet<_> = posts.iter().map(|post| post["request"].to_string()).collect();
    assert_eq!((posts.len(), ids.len()), (3, 1), "BK-4: three sendings of one request");
    assert!(ids.iter().next().is_some_and(|id| id.contains(&outcome.order.request.to_string())), "under its own id");
    let traces: std::collections::BTreeSet<_> =
        asked(&under_test, "ssp", "POST").iter().map(|post| post["trace"].to_string()).collect();
    assert_eq!(traces.len(), 3, "AU-2: each exchange has a trace of its own");
}

#[tokio::test]
async fn er_2_the_user_stops_what_would_be_sent_again() {
    for (status, doubt) in [(503, false), (504, true)] {
        let under_test = start().await;
        let who = under_test.sign_in(HANDLER).await;
        let encounter = under_test.encounter(&who, 1, "Dx06").await;
        let order = under_test.earliest(&who, &encounter, PLAIN).await;
        let cue = json!({ "provider": "utc", "do": "refuse", "status": status, "times": 1 });
        under_test.nhs.control().cue(cue).expect("a cue");
        let (waiting, stop, told) = waiting();
        stop.ask();
        let outcome = under_test.desk().book_attended(&who, order, &waiting).await.expect("sent");
        assert_eq!(asked(&under_test, "utc", "POST").len(), 1, "{status}: sent once and not again");
        let last = attempts(&told.lock().expect("no panic")).pop();
        if doubt {
            // 504 says nothing about what arrives late: only what is found is claimed, and nothing is denied.
            assert_eq!(last.as_deref(), Some("asking"), "{status}: the provider is asked");
            assert!(matches!(outcome.result, BookingResult::Unknown(_)), "{status}: {:?}", outcome.result);
            assert_eq!(under_test.desk().unfinished(&who).await.expect("the list").len(), 1, "{status}: on the list");
        } else {
            assert_eq!(last.as_deref(), Some("Busy, then 2"), "{status}: the pause was the last that was told");
            let sure = BookingResult::NotBooked(NotBooked::Failure(ProviderFailure::Busy));
            assert_eq!(outcome.result, sure, "{status}: nothing was taken, and that is certain");
        }
    }
}

#[tokio::test]
async fn bk_4_a_reused_request_id_is_read_as_already_done_and_never_as_a_plain_failure() {
    let under_test = start().await;
    let who = under_test.sign_in(HANDLER).await;
    let encounter = under_test.encounter(&who, 1, "Dx06").await;
    let order = under_test.earliest(&who, &encounter, PLAIN).await;
    // The provider books; the proxy hears nothing of it, says 502, and the desk sends the same request again.
    under_test.nhs.control().cue(json!({ "provider": "utc", "do": "lose_answer", "times": 1 })).expect("a cue");
    let (waiting, _stop, told) = waiting();
    let outcome = under_test.desk().book_attended(&who, order, &waiting).await.expect("sent");
    let stages = attempts(&told.lock().expect("no panic"));
    assert_eq!(stages, ["sending 1", "NotRelayed, then 2", "sending 2", "asking"], "409 leads to a question");
    let BookingResult::Confirmed(held) = outcome.result else { panic!("it was booked: {:?}", outcome.result) };
    assert_eq!(under_test.held("utc")[0]["id"], held.appointment_id.as_str(), "the one that the provider holds");
    assert_eq!(under_test.held("utc").len(), 1, "and holds once");
}

#[tokio::test]
async fn er_2_a_search_that_fails_is_told_at_once_and_not_repeated_by_itself() {
    let under_test = start().await;
    let who = under_test.sign_in(HANDLER).await;
    let encounter = under_test.encounter(&who, 1, "Dx06").await;
    under_test.nhs.control().cue(json!({ "provider": "utc", "do": "refuse", "status": 503 })).expect("a cue");
    let slots = under_test.slots(&who, &encounter, PLAIN).await.map(drop);
    assert!(matches!(slots, Err(JourneyError::Provider { failure: ProviderFailure::Busy, .. })), "{slots:?}");
    assert_eq!(asked(&under_test, "utc", "GET").len(), 1, "asked once; the user decides whether it is asked again");
}

#[tokio::test]
async fn di_9_nobody_is_asked_any_more_once_the_user_has_moved_on() {
    let services = 180;
    let options = DemoOptions { services, latency: Duration::from_millis(300), ..DemoOptions::default() };
    let under_test = DeskUnderTest::start(options).await;
    let who = under_test.sign_in(HANDLER).await;
    let encounter = under_test.encounter(&who, 1, "Dx06").await;
    let (search, _) = under_test.desk().find_services(&who, encounter.id, None).await.expect("services");
    assert_eq!(search.services.len(), services, "more than are asked at the same time");
    let searches = || ["utc", "hub", "community"].iter().map(|one| asked(&under_test, one, "GET").len()).sum::<usize>();
    let asking = async {
        while searches() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        watched = under_test.desk().watch_availability(&who, encounter.id, search.id, |_, _| {}) => panic!("it cannot be over: {watched:?}"),
        () = asking => {}
    }
    // Long enough for whoever was still asking to ask the next.
    tokio::time::sleep(Duration::from_millis(900)).await;
    let asked = searches();
    assert!(asked > 0 && asked <= 64, "those who were being asked, and nobody after them: {asked}");
}

#[tokio::test]
async fn scenarios_of_a_trainer_are_what_the_desk_then_sees() {
    let under_test = start().await;
    let who = under_test.sign_in(HANDLER).await;
    let control = under_test.nhs.control();
    let seen = |outcome: &'static str| {
        let (under_test, who) = (&under_test, &who);
        async move {
            let encounter = under_test.encounter(who, 1, outcome).await;
            let desk = under_test.desk();
            let (search, _) = desk.find_services(who, encounter.id, None).await.expect("services");
            let told = std::sync::Mutex::new(std::collections::HashMap::new());
            let tell = |availability: desk_journeys::discover::Availability, outcome: &_| {
                let view = AvailabilityView::of(&availability, outcome, desk.now());
                told.lock().expect("no panic").insert(view.service_id.clone(), view.state);
            };
            desk.watch_availability(who, encounter.id, search.id, tell).await.expect("watched");
            told.into_inner().expect("no panic")
        }
    };
    use desk_contract::service::AvailabilityState as State;
    let set_up = |name: &str| control.cue(json!({ "scenario": name })).expect("a scenario");
    set_up("too_late");
    let states = seen("Dx11").await;
    assert!(!states.values().any(|state| *state == State::FreeInTime), "too late: {states:?}");
    set_up("booking_only_full");
    let states = seen("Dx06").await;
    assert_eq!((states["111003"], states["111004"]), (State::NoneFree, State::NoneFree), "both hubs: {states:?}");
    assert_eq!(states[PLAIN], State::FreeInTime, "another service is there");
    set_up("service_closes");
    assert!(!seen("Dx06").await.contains_key("111003"), "out of the directory");
    control.cue(json!({ "do": "start_again" })).expect("a fresh start");
    assert_eq!(seen("Dx06").await["111003"], State::FreeInTime, "as at the start");
    set_up("friday_afternoon");
    let encounter = under_test.encounter(&who, 1, "Dx05").await;
    let sooner = under_test.earliest(&who, &encounter, PLAIN).await;
    let outcome = under_test.desk().book(&who, sooner).await.expect("it is sent");
    assert!(matches!(outcome.result, BookingResult::Confirmed(_)), "within two hours: {:?}", outcome.result);
    assert_eq!(under_test.held("utc").len(), 2, "and the first one is still held");
    set_up("wrong_morning");
    let encounter = under_test.encounter(&who, 2, "Dx07").await;
    let (_, found) = under_test.slots(&who, &encounter, PLAIN).await.expect("slots");
    let starts: Vec<_> = found.free.slots.iter().map(|slot| desk_contract::display::time(slot.start)).collect();
    assert!(["09:30", "10:30"].iter().all(|wanted| starts.iter().any(|start| start == wanted)), "{starts:?}");
    for scenario in ["another_111", "another_111_registry"] {
        set_up(scenario);
        let encounter = under_test.encounter(&who, 3, "Dx06").await;
        let order = under_test.earliest(&who, &encounter, PLAIN).await;
        let outcome = under_test.desk().book(&who, order).await.expect("it is sent");
        assert!(matches!(outcome.result, BookingResult::Confirmed(_)), "{scenario}: {:?}", outcome.result);
        let all: usize = ["utc", "hub", "community"].map(|provider| under_test.held(provider).len()).iter().sum();
        assert_eq!(all, 2, "{scenario}: ours, and the other organisation's");
    }
    set_up("lost_answer");
    let encounter = under_test.encounter(&who, 2, "Dx06").await;
    let order = under_test.earliest(&who, &encounter, PLAIN).await;
    let outcome = under_test.desk().book(&who, order).await.expect("it is sent");
    assert!(matches!(outcome.result, BookingResult::Confirmed(_)), "found: {:?}", outcome.result);
    assert_eq!(under_test.held("utc").len(), 1, "the provider holds one");
    set_up("slot_taken");
    let encounter = under_test.encounter(&who, 3, "Dx06").await;
    let order = under_test.earliest(&who, &encounter, PLAIN).await;
    let outcome = under_test.desk().book(&who, order).await.expect("it is sent");
    assert!(matches!(outcome.result, BookingResult::NotBooked(_)), "told at once: {:?}", outcome.result);
}

#[tokio::test(flavor = "multi_thread")]
async fn au_3_the_whole_way_goes_over_tls_with_our_certificate_and_each_sides_fault_is_told_as_its_own() {
    use desk_domain::failure::CertificateFault;
    let folder = tempfile::tempdir().expect("a folder");
    let tls_folder = Some(folder.path().to_owned());
    let under_test = DeskUnderTest::start(DemoOptions { tls: true, tls_folder, ..DemoOptions::default() }).await;
    assert!(under_test.nhs.description().dos.url.starts_with("https://"), "encrypted");
    let who = under_test.sign_in(HANDLER).await;
    let encounter = under_test.encounter(&who, 1, "Dx06").await;
    let order = under_test.earliest(&who, &encounter, PLAIN).await;
    let outcome = under_test.desk().book(&who, order).await.expect("it is sent");
    assert!(matches!(outcome.result, BookingResult::Confirmed(_)), "{:?}", outcome.result);
    let control = under_test.nhs.control();
    for (what, fault) in [("expire_certificate", CertificateFault::Theirs), ("distrust", CertificateFault::Ours)] {
        // Again and again: which of the two sides' words comes first is a matter of chance.
        for _ in 0..10 {
            let encounter = under_test.encounter(&who, 2, "Dx06").await;
            control.cue(json!({ "system": "dos", "do": what })).expect("a cue");
            let refused = under_test.desk().find_services(&who, encounter.id, None).await.expect_err("not safe");
            let JourneyError::Directory { failure, .. } = refused else { panic!("{refused:?}") };
            assert_eq!(failure, DirectoryFailure::NotSafe(fault), "the directory of services, {what}");
            control.cue(json!({ "do": "reset" })).expect("as before");
            let encounter = under_test.encounter(&who, 2, "Dx06").await;
            let (search, _) = under_test.desk().find_services(&who, encounter.id, None).await.expect("services");
            control.cue(json!({ "system": "sds", "do": what })).expect("a cue");
            let service = desk_tests::desk::service_id(PLAIN);
            let refused = under_test.desk().find_slots(&who, encounter.id, search.id, &service).await;
            let refused = refused.map(drop).expect_err("not safe");
            let JourneyError::Endpoint { failure, .. } = refused else { panic!("{refused:?}") };
            assert_eq!(failure, EndpointFailure::NotSafe(fault), "the Spine directory, {what}");
            control.cue(json!({ "do": "reset" })).expect("as before");
            let encounter = under_test.encounter(&who, 2, "Dx06").await;
            let order = under_test.earliest(&who, &encounter, PLAIN).await;
            control.cue(json!({ "system": "ssp", "do": what })).expect("a cue");
            let outcome = under_test.desk().book(&who, order).await.expect("it comes to a result");
            let not_safe = BookingResult::NotBooked(NotBooked::Failure(ProviderFailure::NotSafe(fault)));
            assert_eq!(outcome.result, not_safe, "the proxy, {what}: nothing left");
            control.cue(json!({ "do": "reset" })).expect("as before");
        }
    }
}

#[tokio::test]
async fn nf_3_a_user_who_was_locked_or_changed_does_nothing_more_and_somebody_is_always_left_to_undo_it() {
    let under_test = start().await;
    let desk = under_test.desk();
    let (who, supervisor) = (under_test.sign_in(HANDLER).await, under_test.sign_in(SUPERVISOR).await);
    let name = |user: (&str, &str)| Username::new(user.0).expect("a username");
    let locked = |locked| UserChange { locked: Some(locked), ..UserChange::default() };
    let encounter = under_test.encounter(&who, 1, "Dx06").await;
    let order = under_test.earliest(&who, &encounter, PLAIN).await;
    let refused = desk.change_user(&who, &name(CLINICIAN), locked(true)).await;
    assert!(matches!(refused, Err(JourneyError::NotPermitted(_))), "by a supervisor alone: {refused:?}");
    assert!(desk.change_user(&supervisor, &name(HANDLER), locked(true)).await.expect("changed").locked, "locked");
    let refused = desk.book(&who, order.clone()).await;
    assert_eq!(refused.map(drop), Err(JourneyError::UserLocked), "at once, though they are signed in");
    assert_eq!(desk.sign_in(HANDLER.0, HANDLER.1).await.map(drop), Err(JourneyError::UserLocked), "nor again");
    assert!(under_test.held("utc").is_empty(), "nothing was sent");
    desk.change_user(&supervisor, &name(HANDLER), locked(false)).await.expect("changed");
    let again = under_test.sign_in(HANDLER).await;
    let outcome = desk.book(&again, order).await.expect("it is sent");
    assert!(matches!(outcome.result, BookingResult::Confirmed(_)), "{:?}", outcome.result);
    let admin = UserChange { role: Some(Role::PracticeAdmin), ..UserChange::default() };
    desk.change_user(&supervisor, &name(HANDLER), admin).await.expect("changed");
    let refused = desk.recent_bookings(&again).await;
    assert_eq!(refused.map(drop), Err(JourneyError::UserLocked), "another role: they sign in again");
    let themselves = desk.change_user(&supervisor, &name(SUPERVISOR), locked(true)).await;
    assert_eq!(themselves.map(drop), Err(JourneyError::UserChange(UserChangeRefusal::Themselves)), "not themselves");
    let words = UserChange { passphrase: Some(Personal::from("four new words here")), ..UserChange::default() };
    desk.change_user(&supervisor, &name(CLINICIAN), words).await.expect("changed");
    assert_eq!(
        desk.sign_in(CLINICIAN.0, CLINICIAN.1).await.map(drop),
        Err(JourneyError::WrongPassphrase),
        "the old one"
    );
    assert!(desk.sign_in(CLINICIAN.0, "four new words here").await.is_ok(), "the new one");
    let kinds = audit_kinds(&under_test).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "userChanged").count(), 4, "each is recorded: {kinds:?}");
}
