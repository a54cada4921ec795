//! The named stories of changed circumstances, as a user plays them against the demonstration's own scenarios.

use std::sync::Arc;

use desk_domain::cancel::{CancelResult, InformedHow, Whose};
use desk_domain::id::EncounterId;
use desk_domain::personal::Personal;
use desk_domain::rebook::{Holds, RebookState};
use desk_domain::referral::ReferralRefusal;
use desk_journeys::book::{SlotOrder, Waiting};
use desk_journeys::bookings::{LookUpAt, RegistryWord};
use desk_journeys::refer::ReferTo;
use desk_journeys::{Desk, JourneyError, SignedIn};
use desk_tests::desk::{ADMIN, HANDLER, service_id};
use serde_json::{Value, json};

use crate::world::*;

async fn start() -> (World, Arc<Desk>, SignedIn) {
    let world = World::new().await;
    let desk = world.plain_desk();
    let who = desk.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
    (world, desk, who)
}

fn standing(world: &World) -> Vec<Value> {
    world.held().into_iter().filter(|held| held["status"] != "cancelled").collect()
}

/// How many appointments the registry knows to stand.
async fn registered(desk: &Desk, who: &SignedIn, encounter: EncounterId) -> usize {
    let word = desk.registry_check(who, encounter).await.expect("the registry answers");
    let RegistryWord::Knows { entries, .. } = word else { panic!("{word:?}") };
    entries.iter().filter(|entry| entry.status.stands()).count()
}

#[tokio::test]
async fn friday_afternoon_a_worse_patient_gets_an_earlier_slot_elsewhere_and_the_first_is_cancelled() {
    let (world, desk, who) = start().await;
    let first = world.encounter(&desk, &who, 1, "Dx06").await.id;
    let original = booked(&desk, &who, first, PLAIN).await;
    desk.refer(&who, first, &ReferTo::Booked, &Waiting::nobody()).await.expect("referred");
    let done = desk.end_encounter(&who, first, desk_domain::encounter::Ending::Completed).await.expect("completed");
    assert!(done.ended.is_some(), "the consultation is over");
    // He calls back, worse: six hours become two.
    let again = desk.reassess(&who, first).await.expect("reassessed");
    assert_eq!(
        (again.reassesses, &again.patient),
        (Some(first), &done.patient),
        "a new encounter, as he was taken down"
    );
    assert_eq!(registered(&desk, &who, again.id).await, 1, "RG-2: flagged");
    let again = assessed(&desk, &who, &again, "Dx05").await.id;
    let held = desk.held_by_patient(&who, again).await.expect("listed");
    assert_eq!(held.iter().map(|booking| booking.id).collect::<Vec<_>>(), [original.id], "RB-4: what he holds");
    let (_, known) = desk.known_booking(&who, original.id).await.expect("known");
    let rebook = desk.begin_rebook(&who, again, known, None).await.expect("begun").id;
    let order = slot(&desk, &who, again, OTHER, 0).await;
    let new = confirmed(desk.book(&who, SlotOrder { rebook: Some(rebook), ..order }).await.expect("sent"));
    assert_eq!((standing(&world).len(), registered(&desk, &who, again).await), (2, 2), "RB-3: the first stands yet");
    let list = desk.unfinished(&who).await.expect("the list");
    assert_eq!(list.rebooks.len(), 1, "RB-5: he holds two, and it is shown");
    let refused = desk.end_encounter(&who, again, desk_domain::encounter::Ending::Completed).await.map(|e| e.ended);
    assert!(matches!(refused, Err(JourneyError::NotCompleted(_))), "and kept in mind: {refused:?}");
    desk.refer(&who, again, &ReferTo::Booked, &Waiting::nobody()).await.expect("referred");
    let shown = read(&desk, &who, again, original.id).await.expect("read");
    let outcome = desk.cancel(&who, confirming(&shown, Some(rebook)), &Waiting::nobody()).await.expect("sent");
    assert!(matches!(outcome.result, CancelResult::Cancelled(_)), "{:?}", outcome.result);
    assert!(outcome.decoupled.is_some(), "CA-5: the first referral goes with it");
    let rebooks = desk.rebooks_in(&who, again).await.expect("rebookings");
    assert_eq!(rebooks[0].state.holds(), Holds::New, "RB-5: both results");
    let left = standing(&world);
    assert_eq!((left.len(), &left[0]["id"]), (1, &json!(new.word.held.appointment_id)), "the new one");
    assert_eq!(registered(&desk, &who, again).await, 1, "and the registry shows it");
    let url = outcome.order.shown.url.as_str();
    let told = (InformedHow::DuringTheCall, desk.now());
    desk.record_informed(&who, again, url, told, Personal::from("Knows where to go")).await.expect("recorded");
    desk.end_encounter(&who, again, desk_domain::encounter::Ending::Completed).await.expect("completed");
    assert!(desk.unfinished(&who).await.expect("the list").is_empty(), "nothing is left");
}

#[tokio::test]
async fn wrong_morning_a_patient_who_cannot_come_gets_another_slot_in_the_same_consultation() {
    let (world, desk, who) = start().await;
    world.cue(json!({ "scenario": "wrong_morning" }));
    let encounter = world.encounter(&desk, &who, 2, "Dx75").await.id;
    let (search, _) = desk.find_services(&who, encounter, None).await.expect("services");
    let found = desk.find_slots(&who, encounter, search.id, &service_id(PLAIN)).await.expect("slots");
    let tomorrow = |time: &str| {
        let day = desk_contract::display::date(desk_domain::calendar::local_date(desk.now() + chrono::Days::new(1)));
        let at = |slot: &&desk_domain::slot::Slot| {
            let shown = desk_contract::display::day_and_time(slot.start);
            desk_contract::display::time(slot.start) == time && shown.contains(day.split('-').next().expect("a day"))
        };
        let slot = found.free.slots.iter().find(at).unwrap_or_else(|| panic!("{time} is free"));
        let (search, service, slot_id) = (search.id, service_id(PLAIN), slot.id.clone());
        SlotOrder { encounter, search, service, slot_id, late: None, rebook: None }
    };
    let early = confirmed(desk.book(&who, tomorrow("09:30")).await.expect("sent"));
    let second = desk.book(&who, tomorrow("10:30")).await.map(|outcome| outcome.result);
    assert_eq!(second, Err(JourneyError::AlreadyBooked), "never two by the way");
    let (_, known) = desk.known_booking(&who, early.id).await.expect("known");
    let rebook = desk.begin_rebook(&who, encounter, known, None).await.expect("RB-2: within the consultation").id;
    let late = desk.book(&who, SlotOrder { rebook: Some(rebook), ..tomorrow("10:30") }).await.expect("sent");
    let late = confirmed(late);
    let outcome = cancelling(&desk, &who, (encounter, early.id), Some(rebook)).await.expect("sent");
    assert!(matches!(outcome.result, CancelResult::Cancelled(_)), "{:?}", outcome.result);
    let left = standing(&world);
    assert_eq!((left.len(), &left[0]["id"]), (1, &json!(late.word.held.appointment_id)), "half past ten");
    desk.refer(&who, encounter, &ReferTo::Booked, &Waiting::nobody()).await.expect("referred for the one that stands");
    let documents = world.documents();
    assert_eq!((documents.len(), &documents[0]["linked_both_ways"]), (1, &json!(true)), "BK-6");
    assert_eq!(documents[0]["booking_status"], "booked", "with the right one");
}

#[tokio::test]
async fn another_111_is_seen_by_the_registry_and_without_one_it_is_said_that_nobody_can_see_it() {
    for with_registry in [true, false] {
        let (world, _, who) = start().await;
        world.cue(json!({ "scenario": "another_111_registry" }));
        let nothing = Hand::new(Plan::Nothing);
        let desk = world.desk_in(world.under_test.folder(), &nothing, with_registry);
        let encounter = world.encounter(&desk, &who, 3, "Dx06").await.id;
        let word = desk.registry_check(&who, encounter).await.expect("asked");
        let new = booked(&desk, &who, encounter, PLAIN).await;
        if !with_registry {
            assert!(matches!(word, RegistryWord::NotConfigured), "RG-3: {word:?}");
            assert!(desk.held_by_patient(&who, encounter).await.expect("listed").len() == 1, "ours alone is known");
            assert_eq!(standing(&world).len(), 2, "the other one stays");
            continue;
        }
        let RegistryWord::Knows { entries, .. } = word else { panic!("RG-2: {word:?}") };
        assert_eq!(entries.len(), 1, "RG-2: flagged");
        let known = desk.known_from_registry(&who, encounter, &entries[0].url).await.expect("its system is found");
        assert_eq!(known.booking, None, "another organisation made it");
        let shown = desk.read_booking(&who, encounter, known).await.expect("read at its provider");
        assert_eq!(shown.whose, Whose::Theirs, "hers");
        let outcome = desk.cancel(&who, confirming(&shown, None), &Waiting::nobody()).await.expect("sent");
        assert!(matches!(outcome.result, CancelResult::Cancelled(_)), "CA-1: {:?}", outcome.result);
        let left = standing(&world);
        assert_eq!((left.len(), &left[0]["id"]), (1, &json!(new.word.held.appointment_id)), "ours stands");
        assert_eq!(registered(&desk, &who, encounter).await, 1, "and the entry of the other has expired");
        let word = desk.registry_check(&who, encounter).await.expect("asked");
        let RegistryWord::Knows { booked_here, .. } = word else { panic!("RG-2: {word:?}") };
        assert_eq!(
            booked_here,
            std::slice::from_ref(&new.word.held.url),
            "RG-2: the one that was booked here is no news"
        );
        let list = desk.unfinished(&who).await.expect("the list");
        assert_eq!(list.to_inform.len(), 1, "CA-6: also of a booking that others made");
    }
    // The registry is there and does not answer: that is no empty answer.
    let (world, desk, who) = start().await;
    world.cue(json!({ "scenario": "another_111" }));
    let encounter = world.encounter(&desk, &who, 3, "Dx06").await.id;
    let word = desk.registry_check(&who, encounter).await.map(|word| format!("{word:?}"));
    assert!(matches!(word, Err(JourneyError::Provider { .. })), "not asked is not none: {word:?}");
}

#[tokio::test]
async fn service_closes_a_practice_admin_cancels_what_it_holds_and_records_that_each_patient_was_told() {
    let (world, desk, who) = start().await;
    for patient in [1, 2, 5] {
        let encounter = world.encounter(&desk, &who, patient, "Dx08").await.id;
        booked(&desk, &who, encounter, BOOKING_ONLY).await;
        desk.refer(&who, encounter, &ReferTo::Booked, &Waiting::nobody()).await.expect("referred");
    }
    world.cue(json!({ "service": BOOKING_ONLY, "do": "close" }));
    let admin = desk.sign_in(ADMIN.0, ADMIN.1).await.expect("a ready user");
    let mut found = Vec::new();
    for day in 0..=1 {
        let day = desk_domain::calendar::local_date(desk.now() + chrono::Days::new(day));
        found.extend(desk.bookings_on(&admin, &service_id(BOOKING_ONLY), day).await.expect("found").bookings);
    }
    assert_eq!(found.len(), 3, "RB-7: its bookings, out of the record");
    for booking in &found {
        let encounter = booking.order.encounter;
        let outcome = cancelling(&desk, &admin, (encounter, booking.id), None).await.expect("sent");
        assert!(matches!(outcome.result, CancelResult::Cancelled(_)), "{:?}", outcome.result);
    }
    assert!(standing(&world).is_empty(), "on purpose");
    let list = desk.unfinished(&admin).await.expect("the list");
    assert_eq!((list.to_inform.len(), list.referrals.len()), (3, 3), "CA-6, CA-5: each patient, each referral");
    for cancel in &list.to_inform {
        let (encounter, url) = (cancel.order.encounter, cancel.order.shown.url.as_str());
        let told = (InformedHow::Text, desk.now());
        desk.record_informed(&admin, encounter, url, told, Personal::from("Will call back")).await.expect("recorded");
    }
    for referral in &list.referrals {
        let document = referral.content.document;
        desk.provider_told(&admin, document, Personal::from("They closed it")).await.expect("recorded");
    }
    assert!(world.started_again().unfinished(&admin).await.expect("the list").is_empty(), "nothing is left");
}

#[tokio::test]
async fn service_closes_bookings_that_the_record_does_not_know_are_looked_up_at_the_provider() {
    let (world, desk, who) = start().await;
    world.cue(json!({ "scenario": "service_closes" }));
    let encounter = world.encounter(&desk, &who, 1, "Dx06").await.id;
    assert_eq!(registered(&desk, &who, encounter).await, 1, "known to the registry");
    let word = desk.registry_check(&who, encounter).await.expect("asked");
    let RegistryWord::Knows { entries, .. } = word else { panic!("{word:?}") };
    let known = desk.known_from_registry(&who, encounter, &entries[0].url).await.expect("its system is found");
    let shown = desk.read_booking(&who, encounter, known).await.expect("read");
    let outcome = desk.cancel(&who, confirming(&shown, None), &Waiting::nobody()).await.expect("sent");
    assert!(matches!(outcome.result, CancelResult::Cancelled(_)), "{:?}", outcome.result);
    assert_eq!(standing(&world).len(), 2, "the two others stand");
}

#[tokio::test]
async fn booking_only_full_the_referral_is_blocked_and_another_service_takes_it() {
    let (world, desk, who) = start().await;
    world.cue(json!({ "scenario": "booking_only_full" }));
    let encounter = world.encounter(&desk, &who, 1, "Dx06").await.id;
    let (search, _) = desk.find_services(&who, encounter, None).await.expect("services");
    let to = |service| ReferTo::Listed(search.id, service_id(service));
    desk.find_slots(&who, encounter, search.id, &service_id(BOOKING_ONLY_FULL)).await.expect("none free");
    for full in [BOOKING_ONLY_FULL, BOOKING_ONLY] {
        let gate = desk.referral_gate(&who, encounter, &to(full)).await.expect("the gate");
        assert_eq!(gate.leave, Err(ReferralRefusal::BookingRequired), "BO-1, {full}");
        let refused = desk.refer(&who, encounter, &to(full), &Waiting::nobody()).await.map(|made| made.referral.route);
        assert_eq!(refused, Err(JourneyError::ReferralBlocked(ReferralRefusal::BookingRequired)), "BO-2, {full}");
    }
    assert!(world.documents().is_empty(), "nothing left the desk");
    let sent = desk.refer(&who, encounter, &to(OTHER), &Waiting::nobody()).await.expect("BO-4: another service");
    assert_eq!(sent.referral.permit.booking(), None, "without a booking, which it does not ask for");
    let documents = world.documents();
    assert_eq!((documents.len(), &documents[0]["booking"]), (1, &Value::Null), "it has it");
    desk.end_encounter(&who, encounter, desk_domain::encounter::Ending::Completed).await.expect("completed");
}

#[tokio::test]
async fn bo_3_a_booking_opens_the_referral_linked_both_ways_and_its_end_closes_it_again() {
    let (world, desk, who) = start().await;
    let encounter = world.encounter(&desk, &who, 1, "Dx06").await.id;
    let booking = booked(&desk, &who, encounter, BOOKING_ONLY).await;
    let sent = desk.refer(&who, encounter, &ReferTo::Booked, &Waiting::nobody()).await.expect("BO-3: open");
    assert_eq!(sent.referral.permit.booking(), Some(booking.id), "linked");
    let documents = world.documents();
    assert_eq!(documents.len(), 1, "one");
    let (linked, url) = (&documents[0]["linked_both_ways"], &documents[0]["booking"]);
    assert_eq!((linked, url), (&json!(true), &json!(booking.word.held.url)), "BK-6: as the receiver sees it");
    cancelling(&desk, &who, (encounter, booking.id), None).await.expect("sent");
    assert_eq!(world.documents()[0]["decoupled"], true, "CA-5: as the receiver sees it");
    let refused =
        desk.refer(&who, encounter, &ReferTo::Booked, &Waiting::nobody()).await.map(|made| made.referral.route);
    assert_eq!(refused, Err(JourneyError::ReferralBlocked(ReferralRefusal::BookingGone)), "BO-3: closed again");
    // A new booking there opens it once more, with a document of its own.
    let again = booked(&desk, &who, encounter, BOOKING_ONLY).await;
    let sent = desk.refer(&who, encounter, &ReferTo::Booked, &Waiting::nobody()).await.expect("open once more");
    assert_eq!(sent.referral.permit.booking(), Some(again.id), "linked with the new one");
    assert_eq!(world.documents().len(), 2, "BK-6: never replaced");
}

#[tokio::test]
async fn bo_3_while_nobody_knows_whether_the_booking_stands_nobody_is_referred_with_it() {
    let world = World::new().await;
    let hand = Hand::new(Plan::Nothing);
    let desk = world.desk(&hand);
    let who = desk.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
    let encounter = world.encounter(&desk, &who, 1, "Dx06").await.id;
    let booking = booked(&desk, &who, encounter, BOOKING_ONLY).await;
    let gave_up = desk_domain::failure::ProviderFailure::GaveUp;
    hand.plans(Plan::PutAnswers(desk_domain::cancel::Put::Failed(gave_up)));
    let outcome = cancelling(&desk, &who, (encounter, booking.id), None).await.expect("sent");
    assert!(matches!(outcome.result, CancelResult::Unknown(_)), "{:?}", outcome.result);
    let refused =
        desk.refer(&who, encounter, &ReferTo::Booked, &Waiting::nobody()).await.map(|made| made.referral.route);
    assert_eq!(refused, Err(JourneyError::ReferralBlocked(ReferralRefusal::BookingNotKnown)), "not now");
    hand.plans(Plan::Nothing);
    desk.settle_by_hand(&who, outcome.intent, true, "Reception, by telephone").await.expect("settled");
    desk.refer(&who, encounter, &ReferTo::Booked, &Waiting::nobody()).await.expect("once it is known to stand");
}

#[tokio::test]
async fn rb_6_a_user_may_keep_both_or_cancel_the_new_one_again_and_the_rebooking_says_so() {
    let (world, desk, who) = start().await;
    for keep in [true, false] {
        world.cue(json!({ "do": "start_again" }));
        let encounter = world.encounter(&desk, &who, 1, "Dx06").await.id;
        let original = booked(&desk, &who, encounter, PLAIN).await;
        let (_, known) = desk.known_booking(&who, original.id).await.expect("known");
        let rebook = desk.begin_rebook(&who, encounter, known, None).await.expect("begun").id;
        let order = slot(&desk, &who, encounter, OTHER, 0).await;
        let new = confirmed(desk.book(&who, SlotOrder { rebook: Some(rebook), ..order }).await.expect("sent"));
        if keep {
            let refused = desk.keep_both(&who, rebook, &Personal::from("")).await.map(|rebook| rebook.state);
            assert_eq!(refused, Err(JourneyError::ReasonNeeded), "never without a reason");
            let kept = desk.keep_both(&who, rebook, &Personal::from("Two complaints")).await.expect("kept");
            assert_eq!(kept.state.holds(), Holds::Both, "as they are");
        } else {
            let outcome = cancelling(&desk, &who, (encounter, new.id), None).await.expect("sent");
            assert!(matches!(outcome.result, CancelResult::Cancelled(_)), "{:?}", outcome.result);
            let rebooks = desk.rebooks_in(&who, encounter).await.expect("rebookings");
            assert_eq!(rebooks[0].state.holds(), Holds::Original, "as it was before: {:?}", rebooks[0].state);
        }
        assert_eq!(standing(&world).len(), if keep { 2 } else { 1 }, "keep both: {keep}");
        let list = desk.unfinished(&who).await.expect("the list");
        assert!(list.rebooks.is_empty() && list.intents.is_empty(), "nothing waits");
    }
}

#[tokio::test]
async fn rb_5_an_original_that_its_provider_cancelled_meanwhile_ends_the_rebooking_when_it_is_read() {
    let (world, desk, who) = start().await;
    let encounter = world.encounter(&desk, &who, 1, "Dx06").await.id;
    let original = booked(&desk, &who, encounter, PLAIN).await;
    let (_, known) = desk.known_booking(&who, original.id).await.expect("known");
    let rebook = desk.begin_rebook(&who, encounter, known, None).await.expect("begun").id;
    let order = slot(&desk, &who, encounter, OTHER, 0).await;
    confirmed(desk.book(&who, SlotOrder { rebook: Some(rebook), ..order }).await.expect("sent"));
    world.cue(json!({ "booking": original.word.held.appointment_id, "do": "cancelled" }));
    let shown = read(&desk, &who, encounter, original.id).await.expect("read");
    let refused = desk.cancel(&who, confirming(&shown, Some(rebook)), &Waiting::nobody()).await.map(|o| o.result);
    assert!(matches!(refused, Err(JourneyError::CannotCancel(_))), "there is nothing to cancel: {refused:?}");
    let rebooks = desk.rebooks_in(&who, encounter).await.expect("rebookings");
    assert!(matches!(rebooks[0].state, RebookState::Settled(_)), "{:?}", rebooks[0].state);
    assert_eq!(rebooks[0].state.holds(), Holds::New, "and the patient holds the new one");
    let at = LookUpAt::Booked(original.id);
    let window = desk_domain::slot::SlotWindow { from: desk.now(), until: desk.now() + chrono::Days::new(7) };
    let (shown, _) = desk.look_up(&who, encounter, (&at, window)).await.expect("looked up");
    assert_eq!(shown.iter().filter(|one| one.appointment.held.status.stands()).count(), 1, "as its provider says");
}
