//! BK-6: a booking and its referral lead to each other, as the provider holds the one and the receiver got the other.

use desk_domain::referral::DeliveryResult;
use desk_journeys::book::Waiting;
use desk_journeys::refer::ReferTo;
use desk_tests::desk::HANDLER;
use desk_tests::received::Received;

use crate::world::*;

/// Where the plain service's bookings are.
const PROVIDER: &str = "utc";

/// Books and refers, and gives what the receiver got.
async fn linked(world: &World, has_entry: bool) -> Received {
    let desk = world.plain_desk();
    let who = desk.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
    let encounter = world.encounter(&desk, &who, 1, "Dx06").await.id;
    let booking = booked(&desk, &who, encounter, PLAIN).await;
    let made = desk.refer(&who, encounter, &ReferTo::Booked, &Waiting::nobody()).await.expect("referred");
    let results: Vec<_> = made.deliveries.iter().map(|delivery| &delivery.result).collect();
    assert!(matches!(results.as_slice(), [Some(DeliveryResult::Accepted(_))]), "{results:?}");
    let texts = world.under_test.messages.texts();
    assert_eq!(texts.len(), 1, "one message");
    let received = Received::read(&texts[0]);
    let held = world.under_test.held(PROVIDER);
    assert_eq!(held.len(), 1, "one booking");
    let providers = &world.under_test.nhs.description().providers;
    let root = &providers.iter().find(|one| one.name == PROVIDER).expect("a provider").root;
    received.assert_linked(&held[0], root, has_entry);
    assert_eq!(booking.word.held.url, received.links[0], "and the record has it at the same address");
    received
}

#[tokio::test]
async fn bk_6_a_booking_and_its_report_lead_to_each_other_by_entry_and_by_link() {
    let world = World::new().await;
    assert_eq!(linked(&world, true).await.title, "Integrated Urgent Care Report");
}

#[tokio::test]
async fn bk_6_a_booking_and_its_report_of_the_strict_second_version_lead_to_each_other_by_link_alone() {
    let world = World::of_version_2(PLAIN).await;
    assert_eq!(linked(&world, false).await.title, "NHS 111 Report");
}
