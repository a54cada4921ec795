//! What retention does not take (NF-5): details of which no event says so, and whatever anything is left to do about.

use std::sync::Arc;

use desk_contract::outcome::OutcomeInput;
use desk_domain::calendar::local_date;
use desk_domain::cancel::InformedHow;
use desk_domain::encounter::Ending;
use desk_domain::id::EncounterId;
use desk_domain::personal::Personal;
use desk_domain::retention::{Confirmed, YearsKept};
use desk_journeys::book::{SlotOrder, Waiting};
use desk_journeys::refer::ReferTo;
use desk_journeys::{Desk, SignedIn};
use desk_tests::desk::{HANDLER, SUPERVISOR, service_id, unlock};
use rusqlite::Connection;
use serde_json::json;

use crate::retention::{Later, everything, holds, played};
use crate::world::*;

/// What a removal does in each table, by somebody who knows SQL, with what tells that there is something to remove. `?1` is the
/// encounter.
const TAKEN_OUT: [(&str, &str); 11] = [
    (
        "encounter WHERE id = ?1",
        "UPDATE encounter SET encounter = '{}', removed = '2035', removed_after = 8 WHERE id = ?1",
    ),
    ("intent WHERE encounter = ?1", "UPDATE intent SET wanted = '{}', content = '' WHERE encounter = ?1"),
    (
        "intent_result WHERE intent IN (SELECT id FROM intent WHERE encounter = ?1)",
        "UPDATE intent_result SET result = '{}' WHERE intent IN (SELECT id FROM intent WHERE encounter = ?1)",
    ),
    (
        "booking_word WHERE booking IN (SELECT id FROM booking WHERE encounter = ?1)",
        "UPDATE booking_word SET word = '{}' WHERE booking IN (SELECT id FROM booking WHERE encounter = ?1)",
    ),
    ("booking_note WHERE encounter = ?1", "UPDATE booking_note SET note = '{}' WHERE encounter = ?1"),
    ("rebook_step WHERE encounter = ?1", "UPDATE rebook_step SET record = '{}' WHERE encounter = ?1"),
    ("referral WHERE encounter = ?1", "UPDATE referral SET referral = '{}' WHERE encounter = ?1"),
    (
        "referral_mark WHERE document IN (SELECT document FROM referral WHERE encounter = ?1)",
        "UPDATE referral_mark SET mark = '{}' WHERE document IN (SELECT document FROM referral WHERE encounter = ?1)",
    ),
    (
        "patient_reference WHERE patient = (SELECT nhs_number FROM encounter WHERE id = ?1)",
        "DELETE FROM patient_reference WHERE patient = (SELECT nhs_number FROM encounter WHERE id = ?1)",
    ),
    (
        "audit_personal WHERE number IN (SELECT number FROM audit_event WHERE encounter = ?1)",
        "DELETE FROM audit_personal WHERE number IN (SELECT number FROM audit_event WHERE encounter = ?1)",
    ),
    ("audit_event WHERE encounter = ?1", "DELETE FROM audit_event WHERE encounter = ?1"),
];

/// Tries each by hand: those that there is something for, all refused.
fn refused_by_hand(folder: &std::path::Path, encounter: EncounterId, when: &str) -> usize {
    let raw = Connection::open(folder.join("desk.sqlite3")).expect("the same file");
    unlock(&raw);
    let id = encounter.to_string();
    let mut tried = 0;
    for (there, taken_out) in TAKEN_OUT {
        let sql = format!("SELECT count(*) FROM {there}");
        if raw.query_row(&sql, [&id], |row| row.get::<_, i64>(0)).expect("counted") > 0 {
            let done = raw.execute(taken_out, [&id]);
            assert!(done.is_err(), "{when}: nothing says so, and yet: {taken_out}");
            tried += 1;
        }
    }
    tried
}

#[tokio::test]
async fn nf_5_the_database_lets_no_detail_go_of_which_no_event_says_so_in_any_table() {
    let world = World::new().await;
    let now = world.plain_desk();
    let who = now.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
    let (first, again, open, _) = played(&world, &now, &who).await;
    let folder = world.under_test.folder();
    let tried = |encounter| refused_by_hand(folder, encounter, "before any removal");
    let (of_first, of_second) = (tried(first), tried(again));
    assert!(of_first >= 8 && of_second >= 9, "tables with something of them: {of_first}, {of_second}");
    // An event about one encounter lets nothing of another go.
    let later = world.desk_by_clock(Arc::new(Later(9 * 366)));
    let supervisor = later.sign_in(SUPERVISOR.0, SUPERVISOR.1).await.expect("a ready user");
    let confirmed = Confirmed { encounters: 2, today: Some(local_date(later.now())) };
    later.retain(&supervisor, YearsKept::default(), &confirmed).await.expect("removed");
    assert!(refused_by_hand(folder, open, "after the others were removed") >= 3, "of the one that stays");
    // And nothing comes back, nor is anything else put in its place.
    let raw = Connection::open(folder.join("desk.sqlite3")).expect("the same file");
    unlock(&raw);
    for statement in [
        "UPDATE encounter SET removed = NULL, removed_after = NULL WHERE id = ?1",
        "UPDATE encounter SET family_name = 'SOMEBODY' WHERE id = ?1",
        "UPDATE intent SET wanted = '{\"x\":1}' WHERE encounter = ?1",
        "UPDATE intent SET request = 'x', wanted = '{}', content = '' WHERE encounter = ?1",
        "UPDATE referral SET made = '2026', referral = '{}' WHERE encounter = ?1",
        "UPDATE booking_note SET kind = 'x', note = '{}' WHERE encounter = ?1",
    ] {
        let changed = raw.execute(statement, [again.to_string()]);
        assert!(changed.is_err(), "{statement}: {changed:?}");
    }
}

/// What was left to do in an encounter, and how it came to that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    NotEnded,
    BookingNotSettled,
    CancellationNotSettled,
    TwoBookings,
    ReferralByHand,
    ProviderToTell,
    PatientToInform,
    CalledOff,
    Nothing,
}

impl Left {
    const ALL: [Self; 9] = [
        Self::NotEnded,
        Self::BookingNotSettled,
        Self::CancellationNotSettled,
        Self::TwoBookings,
        Self::ReferralByHand,
        Self::ProviderToTell,
        Self::PatientToInform,
        Self::CalledOff,
        Self::Nothing,
    ];

    /// Plays an encounter in which this is left.
    async fn play(self, world: &World, hand: &Arc<Hand>, desk: &Desk, who: &SignedIn) {
        let patient = match self {
            Self::NotEnded => 1,
            // Of this patient providers are not asked what they hold.
            Self::BookingNotSettled => 4,
            Self::CancellationNotSettled | Self::TwoBookings => 2,
            Self::ReferralByHand | Self::ProviderToTell => 3,
            Self::PatientToInform | Self::CalledOff | Self::Nothing => 5,
        };
        let encounter = world.encounter(desk, who, patient, "Dx06").await.id;
        match self {
            Self::NotEnded => return,
            Self::Nothing => {}
            Self::BookingNotSettled => {
                let order = slot(desk, who, encounter, PLAIN, 0).await;
                world.cue(json!({ "provider": "utc", "do": "lose_answer", "times": 1 }));
                let sent = desk.book(who, order).await.expect("it is sent");
                assert!(sent.booking.is_none(), "{:?}", sent.result);
            }
            Self::CancellationNotSettled => {
                let booking = booked(desk, who, encounter, PLAIN).await;
                let gave_up = desk_domain::failure::ProviderFailure::GaveUp;
                hand.plans(Plan::PutAnswers(desk_domain::cancel::Put::Failed(gave_up)));
                cancelling(desk, who, (encounter, booking.id), None).await.expect("sent");
                hand.plans(Plan::Nothing);
            }
            Self::TwoBookings => {
                let original = booked(desk, who, encounter, PLAIN).await;
                let (_, known) = desk.known_booking(who, original.id).await.expect("known");
                let rebook = desk.begin_rebook(who, encounter, known, None).await.expect("begun").id;
                let order = slot(desk, who, encounter, OTHER, 0).await;
                confirmed(desk.book(who, SlotOrder { rebook: Some(rebook), ..order }).await.expect("sent"));
            }
            Self::ReferralByHand => {
                world.cue(json!({ "scenario": "by_hand" }));
                let outcome = OutcomeInput {
                    code: "Dx06".to_owned(),
                    reached_at: String::new(),
                    symptom_group: "1290".to_owned(),
                    symptom_discriminators: "4003".to_owned(),
                    reason: "A cut finger".to_owned(),
                };
                let outcome = outcome.read(desk.dispositions(), desk.now()).expect("a right outcome");
                desk.record_outcome(who, encounter, outcome).await.expect("may record");
                let (search, _) = desk.find_services(who, encounter, None).await.expect("services");
                let to = ReferTo::Listed(search.id, service_id("111831"));
                desk.refer(who, encounter, &to, &Waiting::nobody()).await.expect("made");
            }
            Self::ProviderToTell => {
                let booking = booked(desk, who, encounter, BOOKING_ONLY).await;
                desk.refer(who, encounter, &ReferTo::Booked, &Waiting::nobody()).await.expect("referred");
                let outcome = cancelling(desk, who, (encounter, booking.id), None).await.expect("sent");
                let told = (InformedHow::Text, desk.now());
                let url = outcome.order.shown.url.as_str();
                desk.record_informed(who, encounter, url, told, Personal::from("Told")).await.expect("recorded");
            }
            Self::PatientToInform => {
                let booking = booked(desk, who, encounter, PLAIN).await;
                cancelling(desk, who, (encounter, booking.id), None).await.expect("sent");
            }
            Self::CalledOff => {
                let booking = booked(desk, who, encounter, PLAIN).await;
                let id = booking.word.held.appointment_id;
                world.cue(json!({ "booking": id, "do": "cancelled" }));
                read(desk, who, encounter, booking.id).await.expect("read");
            }
        }
        let why = Personal::from("As this test leaves it");
        desk.end_encounter(who, encounter, Ending::LeftUndone { why }).await.expect("ended");
    }
}

#[tokio::test]
async fn nf_5_an_encounter_of_which_anything_whatever_is_unfinished_stays_with_all_its_details_however_old() {
    for left in Left::ALL {
        let world = World::new().await;
        let hand = Hand::new(Plan::Nothing);
        let desk = world.desk(&hand);
        let who = desk.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
        left.play(&world, &hand, &desk, &who).await;
        let list = desk.unfinished(&who).await.expect("the list");
        let ended = !matches!(left, Left::NotEnded);
        assert_eq!(list.is_empty(), matches!(left, Left::Nothing | Left::NotEnded), "{left:?}: what a user sees");
        let later = world.desk_by_clock(Arc::new(Later(9 * 366)));
        let who = later.sign_in(SUPERVISOR.0, SUPERVISOR.1).await.expect("a ready user");
        let plan = later.plan_retention(&who, YearsKept::default()).await.expect("a plan");
        let over = u64::from(left == Left::Nothing);
        assert_eq!((plan.encounters, plan.unfinished), (over, 1 - over), "{left:?}, ended: {ended}");
        let confirmed = Confirmed { encounters: over, today: Some(local_date(later.now())) };
        later.retain(&who, YearsKept::default(), &confirmed).await.expect("done");
        let after = everything(world.under_test.folder());
        let there = holds(&after, "Sore throat for three days");
        assert_eq!(there, left != Left::Nothing, "{left:?}: what was said is there still");
    }
}
