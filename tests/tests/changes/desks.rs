//! Two desks over one NHS, with their steps in every order: what one read is as old as it can be when it acts on it. The
//! patient is never left without a booking unless on purpose, and never holds two without a desk that shows it.

use std::sync::Arc;

use desk_domain::booking::BookingResult;
use desk_domain::cancel::{CancelRefusal, CancelResult, NotCancelled, Whose};
use desk_domain::id::{BookingId, EncounterId, RebookId};
use desk_domain::slot::SlotWindow;
use desk_journeys::book::{SlotOrder, Waiting};
use desk_journeys::bookings::{LookUpAt, RegistryWord};
use desk_journeys::ports::RebookRecord;
use desk_journeys::refer::ReferTo;
use desk_journeys::{Desk, JourneyError, SignedIn};
use desk_tests::desk::{HANDLER, service_id};
use serde_json::json;

use crate::agree::{Cell, Told, on_worlds};
use crate::world::*;

/// What two desks do at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    /// Both cancel one booking.
    CancelAndCancel,
    /// One cancels the original of a patient who holds two, the other the new one.
    OriginalAndNew,
    /// Both rebook one booking, each in an encounter of its own.
    RebookAndRebook,
    /// Both go on with one rebooking.
    SameRebooking,
    /// Both book in one encounter.
    BookAndBook,
    /// One refers with a booking that the other cancels.
    ReferAndCancel,
    /// Both refer to one service, without a booking.
    ReferAndRefer,
    /// Both refer with one booking.
    ReferBooked,
}

/// What was there before.
struct Before {
    original: Option<BookingId>,
    new: Option<BookingId>,
    rebook: Option<RebookId>,
    encounters: [EncounterId; 2],
}

impl Before {
    async fn of(course: Course, desk: &Desk, world: &World, cell: &mut Cell) -> Self {
        let who = &cell.who.clone();
        let first = world.encounter(desk, who, 1, "Dx06").await.id;
        cell.encounters.push(first);
        let mut before = Self { original: None, new: None, rebook: None, encounters: [first, first] };
        if matches!(course, Course::BookAndBook | Course::ReferAndRefer) {
            return before;
        }
        let service = if course == Course::ReferAndCancel { BOOKING_ONLY } else { PLAIN };
        let original = booked(desk, who, first, service).await.id;
        before.original = Some(original);
        if matches!(course, Course::CancelAndCancel | Course::ReferAndCancel | Course::ReferBooked) {
            return before;
        }
        cell.must_hold = true;
        let mut encounters = Vec::new();
        for _ in 0..2 {
            let again = desk.reassess(who, first).await.expect("they call back");
            encounters.push(assessed(desk, who, &again, "Dx06").await.id);
        }
        if course != Course::RebookAndRebook {
            encounters[1] = encounters[0];
            let rebook = begun(desk, who, encounters[0], original).await.expect("begun");
            before.rebook = Some(rebook.id);
            if course == Course::OriginalAndNew {
                let order = slot(desk, who, encounters[0], OTHER, 0).await;
                let outcome = desk.book(who, SlotOrder { rebook: before.rebook, ..order }).await.expect("sent");
                before.new = Some(confirmed(outcome).id);
            }
        }
        cell.encounters.extend(&encounters);
        cell.encounters.dedup();
        before.encounters = [encounters[0], encounters[1]];
        before
    }
}

async fn begun(
    desk: &Desk,
    who: &SignedIn,
    encounter: EncounterId,
    original: BookingId,
) -> Result<RebookRecord, JourneyError> {
    let (_, known) = desk.known_booking(who, original).await?;
    desk.begin_rebook(who, encounter, known, None).await
}

/// What the desk with this letter does.
async fn at_desk(
    course: Course,
    letter: char,
    desk: &Desk,
    who: &SignedIn,
    before: &Before,
    slot: Option<SlotOrder>,
) -> Told {
    let mut told = Told::default();
    let encounter = before.encounters[usize::from(letter == 'B')];
    if let Err(error) = steps(course, letter, desk, who, (before, encounter), slot, &mut told).await {
        told.errors.push(error);
    }
    told
}

async fn steps(
    course: Course,
    letter: char,
    desk: &Desk,
    who: &SignedIn,
    (before, encounter): (&Before, EncounterId),
    slot: Option<SlotOrder>,
    told: &mut Told,
) -> Result<(), JourneyError> {
    let mut rebook = before.rebook;
    if course == Course::ReferBooked || (course == Course::ReferAndCancel && letter == 'A') {
        told.referrals.push(desk.refer(who, encounter, &ReferTo::Booked, &Waiting::nobody()).await?);
        return Ok(());
    }
    if course == Course::ReferAndRefer {
        let (search, _) = desk.find_services(who, encounter, None).await?;
        let to = ReferTo::Listed(search.id, service_id(OTHER));
        told.referrals.push(desk.refer(who, encounter, &to, &Waiting::nobody()).await?);
        return Ok(());
    }
    if let (Course::RebookAndRebook, Some(original)) = (course, before.original) {
        rebook = Some(begun(desk, who, encounter, original).await?.id);
    }
    if let Some(order) = slot {
        let outcome = desk.book(who, SlotOrder { rebook, ..order }).await?;
        told.bookings.push(outcome);
        if course == Course::BookAndBook {
            return Ok(());
        }
    }
    let ends_new = course == Course::OriginalAndNew && letter == 'B';
    let (booking, rebook) = if ends_new { (before.new, None) } else { (before.original, rebook) };
    let shown = read(desk, who, encounter, booking.expect("booked")).await?;
    // As the screen offers it: as a part of the rebooking where that has come so far.
    told.cancels.push(desk.cancel(who, confirming(&shown, rebook), &Waiting::nobody()).await?);
    Ok(())
}

async fn interleaved(world: Arc<World>, cell: Cell, (course, order): (Course, Vec<char>)) {
    let mut cell = cell.again(format!("{course:?}, {}", order.iter().collect::<String>()));
    let before = Before::of(course, &world.plain_desk(), &world, &mut cell).await;
    let turns = Turns::new(&order);
    let mut desks = Vec::new();
    for (nth, letter) in ['A', 'B'].into_iter().enumerate() {
        let desk = world.desk(&Hand::in_turn(letter, &turns));
        let books = matches!(course, Course::RebookAndRebook | Course::SameRebooking | Course::BookAndBook);
        let order = match books {
            true => Some(slot(&desk, &cell.who, before.encounters[nth], OTHER, nth).await),
            false => None,
        };
        desks.push((letter, desk, order));
    }
    let [one, other] = [desks.remove(0), desks.remove(0)];
    let run = async |(letter, desk, order): (char, Arc<Desk>, Option<SlotOrder>)| {
        let told = at_desk(course, letter, &desk, &cell.who, &before, order).await;
        turns.over(letter);
        told
    };
    let (mut told, more) = tokio::join!(run(one), run(other));
    told.bookings.extend(more.bookings);
    told.cancels.extend(more.cancels);
    told.referrals.extend(more.referrals);
    told.errors.extend(more.errors);
    let cancelled = told.cancels.iter().filter(|outcome| matches!(outcome.result, CancelResult::Cancelled(_)));
    // Shown the new booking once the original was gone, and cancelling that as well: a user's purpose.
    let on_purpose = course == Course::OriginalAndNew && nth(&order, 'A', 5) < nth(&order, 'B', 2);
    cell.must_hold &= !on_purpose;
    assert!(
        on_purpose || cancelled.count() <= 1,
        "{}: both were told that they cancelled it, or both bookings went",
        cell.name
    );
    let confirmed = told.bookings.iter().filter(|outcome| matches!(outcome.result, BookingResult::Confirmed(_)));
    assert!(confirmed.count() <= 1, "{}: two new bookings", cell.name);
    if matches!(course, Course::ReferAndRefer | Course::ReferBooked) {
        let (made, refused) = (told.referrals.len(), &told.errors);
        assert_eq!((made, refused.as_slice()), (1, [JourneyError::AlreadyReferred].as_slice()), "{}", cell.name);
        let kept = world.plain_desk().referrals_in(&cell.who, before.encounters[0]).await.expect("referrals");
        assert_eq!(kept.len(), 1, "{}: the record holds one", cell.name);
    }
    cell.agree(&world, &world.plain_desk(), &told, "at once").await;
    cell.finish(&world, &told).await;
}

/// Where a desk takes its so-manieth step.
fn nth(order: &[char], desk: char, step: usize) -> usize {
    let mut steps = order.iter().enumerate().filter(|(_, of)| **of == desk);
    steps.nth(step - 1).map_or(usize::MAX, |(at, _)| at)
}

/// Every order of so many steps of the one and of the other.
fn every_order(a: usize, b: usize) -> Vec<Vec<char>> {
    if a == 0 || b == 0 {
        return vec![[vec!['A'; a], vec!['B'; b]].concat()];
    }
    let mut all = Vec::new();
    for (first, rest) in [('A', every_order(a - 1, b)), ('B', every_order(a, b - 1))] {
        all.extend(rest.into_iter().map(|rest| [vec![first], rest].concat()));
    }
    all
}

/// Every order in which the desks take turns at most three times.
fn few_turns(a: usize, b: usize) -> Vec<Vec<char>> {
    let mut all = Vec::new();
    for i in 0..=a {
        for j in 0..=b {
            all.push([vec!['A'; i], vec!['B'; j], vec!['A'; a - i], vec!['B'; b - j]].concat());
            all.push([vec!['B'; j], vec!['A'; i], vec!['B'; b - j], vec!['A'; a - i]].concat());
        }
    }
    all.sort();
    all.dedup();
    all
}

async fn all_of(course: Course, orders: Vec<Vec<char>>, expected: usize) {
    assert_eq!(orders.len(), expected, "{course:?}: every order");
    on_worlds(3, orders.into_iter().map(|order| (course, order)).collect(), interleaved).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_desks_cancel_one_booking_and_one_of_them_is_told_so() {
    all_of(Course::CancelAndCancel, every_order(5, 5), 252).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_desks_never_cancel_the_original_and_the_new_booking_of_one_patient() {
    all_of(Course::OriginalAndNew, few_turns(5, 5), 42).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_desks_that_rebook_one_booking_leave_the_patient_with_one() {
    all_of(Course::RebookAndRebook, few_turns(9, 9), 146).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_desks_that_go_on_with_one_rebooking_book_and_cancel_once() {
    all_of(Course::SameRebooking, few_turns(8, 8), 114).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_desks_that_book_in_one_encounter_book_once() {
    all_of(Course::BookAndBook, every_order(3, 3), 20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ca_5_a_referral_and_the_end_of_its_booking_at_two_desks_never_leave_a_referral_of_its_own() {
    all_of(Course::ReferAndCancel, every_order(3, 5), 56).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bk_6_two_desks_that_refer_one_encounter_to_one_service_refer_once_with_a_booking_and_without() {
    all_of(Course::ReferAndRefer, every_order(3, 3), 20).await;
    all_of(Course::ReferBooked, every_order(3, 3), 20).await;
}

async fn beside_the_provider(world: Arc<World>, cell: Cell, (what, at): (&'static str, usize)) {
    let mut cell = cell.again(format!("the provider: {what} before step {at}"));
    cell.by_others = true;
    let order = [vec!['A'; at], vec!['P'], vec!['A'; 5]].concat();
    let turns = Turns::new(&order);
    let desk = world.desk(&Hand::in_turn('A', &turns));
    let encounter = world.encounter(&world.plain_desk(), &cell.who, 1, "Dx06").await.id;
    cell.encounters.push(encounter);
    let booking = booked(&world.plain_desk(), &cell.who, encounter, PLAIN).await;
    let id = booking.word.held.appointment_id.clone();
    let desk = async {
        let mut told = Told::default();
        match cancelling(&desk, &cell.who, (encounter, booking.id), None).await {
            Ok(outcome) => told.cancels.push(outcome),
            Err(error) => told.errors.push(error),
        }
        turns.over('A');
        told
    };
    let provider = turns.step('P', async {
        // What is cancelled already, the provider does not touch.
        drop(world.under_test.nhs.control().cue(json!({ "booking": id, "do": what })));
    });
    let (told, ()) = tokio::join!(desk, provider);
    let now = world.held_as(&id);
    let changed_first = now["versions"][1]["body"]["status"] != "cancelled" || what == "cancelled";
    for outcome in &told.cancels {
        let changed = NotCancelled::Refused(CancelRefusal::Changed);
        match &outcome.result {
            CancelResult::Cancelled(held) => assert_eq!(held.version, now["version"].to_string(), "{}", cell.name),
            CancelResult::NotCancelled(NotCancelled::ByOthers(held)) if what == "cancelled" => {
                assert_eq!(held.version, now["version"].to_string(), "{}: as the provider holds it", cell.name);
            }
            CancelResult::NotCancelled(why) => {
                assert!(changed_first && *why == changed, "CA-3, {}: {why:?}", cell.name);
            }
            CancelResult::Unknown(_) | CancelResult::SettledByHand(_) => panic!("{}: {:?}", cell.name, outcome.result),
        }
    }
    cell.finish(&world, &told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ca_3_a_booking_that_its_provider_changes_at_any_moment_is_never_cancelled_unseen() {
    let words = ["move", "cancelled", "arrived", "noshow"];
    let cells = words.into_iter().flat_map(|what| (0..=5).map(move |at| (what, at)));
    on_worlds(3, cells.collect(), beside_the_provider).await;
}

#[tokio::test]
async fn bk_4_a_booking_that_another_desk_settled_as_not_held_while_it_was_out_is_known_all_the_same() {
    let world = World::new().await;
    let turns = Turns::new(&['A', 'A', 'B', 'A']);
    let (desk, other) = (world.desk(&Hand::in_turn('A', &turns)), world.plain_desk());
    let who = other.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
    let encounter = world.encounter(&other, &who, 1, "Dx06").await.id;
    let order = slot(&desk, &who, encounter, PLAIN, 0).await;
    let settles = turns.step('B', async {
        let list = other.unfinished(&who).await.expect("the list");
        other.settle_by_hand(&who, list.intents[0].id(), false, "Reception sees none yet").await.expect("settled");
    });
    let (outcome, ()) = tokio::join!(desk.book(&who, order), settles);
    let outcome = outcome.expect("sent");
    assert!(matches!(outcome.result, BookingResult::Confirmed(_)) && outcome.recorded, "{:?}", outcome.result);
    let known = other.bookings_in(&who, encounter).await.expect("bookings");
    assert_eq!(known.len(), 1, "the record knows of it");
    let held = world.held_as(&known[0].word.held.appointment_id);
    assert_eq!(held["status"], "booked", "as the provider holds it");
}

/// Two desks of two organisations' kind: each with a record of its own, which know of each other's work by the providers
/// and the registry alone.
async fn apart(world: Arc<World>, cell: Cell, order: Vec<char>) {
    let cell = cell.again(format!("two records, {}", order.iter().collect::<String>()));
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::copy(world.users_alone(), folder.path().join("desk.sqlite3")).expect("users of their own");
    let turns = Turns::new(&order);
    let ours = world.desk(&Hand::in_turn('A', &turns));
    let theirs = world.desk_in(folder.path(), &Hand::in_turn('B', &turns), true);
    let made = world.encounter(&world.plain_desk(), &cell.who, 1, "Dx06").await.id;
    let original = booked(&world.plain_desk(), &cell.who, made, PLAIN).await;
    let mut sides = Vec::new();
    for (letter, desk) in [('A', ours), ('B', theirs)] {
        let who = desk.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
        let encounter = world.encounter(&desk, &who, 1, "Dx06").await.id;
        let known = desk.registry_check(&who, encounter).await.expect("the registry answers");
        assert!(matches!(&known, RegistryWord::Knows { entries, .. } if entries.len() == 1), "{known:?}");
        let known = desk.known_from_registry(&who, encounter, &original.word.held.url).await.expect("known");
        assert_eq!(known.booking.is_some(), letter == 'A', "in the record of the one that made it");
        let order = slot(&desk, &who, encounter, OTHER, usize::from(letter == 'B')).await;
        sides.push((letter, desk, who, known, order));
    }
    let [one, other] = [sides.remove(0), sides.remove(0)];
    let rebooks = async |(letter, desk, who, known, order): (char, Arc<Desk>, SignedIn, _, SlotOrder)| {
        let encounter = order.encounter;
        let done = async {
            let rebook = desk.begin_rebook(&who, encounter, known, None).await?;
            let new = desk.book(&who, SlotOrder { rebook: Some(rebook.id), ..order }).await?;
            assert!(matches!(new.result, BookingResult::Confirmed(_)), "{:?}", new.result);
            let shown = desk.read_booking(&who, encounter, rebook.original).await?;
            assert_eq!(shown.whose, Whose::Theirs, "the same patient");
            desk.cancel(&who, confirming(&shown, Some(rebook.id)), &Waiting::nobody()).await
        };
        let result = done.await.map(|outcome| outcome.result);
        turns.over(letter);
        let settled = desk.rebooks_in(&who, encounter).await.expect("rebookings").iter().all(|r| r.state.is_settled());
        (desk, who, encounter, result, settled)
    };
    let sides: [_; 2] = tokio::join!(rebooks(one), rebooks(other)).into();
    let told = sides.iter().filter(|side| matches!(side.3, Ok(CancelResult::Cancelled(_)))).count();
    assert_eq!(
        told,
        1,
        "{}: one of them cancelled the original: {:?}",
        cell.name,
        sides.iter().map(|s| &s.3).collect::<Vec<_>>()
    );
    for (desk, who, encounter, result, settled) in &sides {
        match result {
            Ok(CancelResult::Cancelled(_)) => {}
            Ok(other) => {
                let by_others = matches!(other, CancelResult::NotCancelled(NotCancelled::ByOthers(_)));
                assert!(by_others, "{}: the other is told of it: {other:?}", cell.name);
            }
            Err(refused) => assert_eq!(*refused, JourneyError::CannotCancel(CancelRefusal::AlreadyCancelled), "told"),
        }
        assert!(settled, "{}: no rebooking waits for what is gone", cell.name);
        // Both new bookings stand, and each desk that looks is shown both.
        let known = desk.registry_check(who, *encounter).await.expect("the registry answers");
        let RegistryWord::Knows { entries, .. } = known else { panic!("{known:?}") };
        assert_eq!(entries.iter().filter(|entry| entry.status.stands()).count(), 2, "{}: RG-2", cell.name);
        let (search, _) = desk.find_services(who, *encounter, None).await.expect("services");
        let at = LookUpAt::Listed(search.id, service_id(OTHER));
        let window = SlotWindow { from: desk.now() - chrono::Days::new(1), until: desk.now() + chrono::Days::new(7) };
        let (shown, _) = desk.look_up(who, *encounter, (&at, window)).await.expect("looked up");
        let standing = shown.iter().filter(|one| one.appointment.held.status.stands()).count();
        assert_eq!(standing, 2, "{}: RG-1, at the provider", cell.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_records_that_rebook_one_booking_cancel_it_once_and_see_each_others_new_one() {
    let orders: Vec<_> = few_turns(9, 9).into_iter().step_by(4).collect();
    on_worlds(3, orders, apart).await;
}
