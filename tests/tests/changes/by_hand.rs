//! Services that take no referral electronically: by secure mail, by telephone, and where the directory names no way; and
//! the copies that go out electronically all the same.

use desk_contract::outcome::OutcomeInput;
use desk_contract::referral::{ReferralReviewView, ReferralView};
use desk_contract::unfinished::{TakenView, UnfinishedView};
use desk_domain::encounter::Encounter;
use desk_domain::personal::Personal;
use desk_journeys::book::Waiting;
use desk_journeys::desk::{Desk, SignedIn};
use desk_journeys::refer::ReferTo;
use desk_tests::desk::{HANDLER, service_id};
use desk_tests::messages::held_to_the_rules;
use serde_json::json;

use crate::world::*;

/// DoS id, how the way begins in words, whether steps for a mail are told.
const BY_HAND: [(&str, &str, bool); 3] = [
    ("111831", "By secure mail to referrals@minorinjuries.example", true),
    ("111832", "By telephone on 01632 960", false),
    ("111833", "The directory names no way", false),
];

#[tokio::test]
async fn bk_6_a_referral_that_no_system_takes_is_told_saved_and_recorded_as_sent_by_hand() {
    let world = World::new().await;
    let desk = world.plain_desk();
    let who = desk.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
    world.cue(json!({ "scenario": "by_hand" }));
    for (service, way, by_mail) in BY_HAND {
        let (encounter, to) = wounded(&world, &desk, &who, service).await;
        let review = desk.review_referral(&who, encounter.id, &to).await.expect("reviewed");
        let shown = ReferralReviewView::of(&review);
        assert!(shown.gate.by_hand && shown.gate.route.starts_with(way), "{}", shown.gate.route);
        assert!(shown.missing.is_empty(), "{service}: {:?}", shown.missing);
        let made = desk.refer(&who, encounter.id, &to, &Waiting::nobody()).await.expect("made");
        assert!(made.deliveries.is_empty() && made.referral.route.way.is_by_hand(), "nothing is sent");
        let view = ReferralView::from(&made);
        assert!(view.to_send_by_hand && !view.to_do.is_empty(), "{service}: {}", view.to_do);
        let document = made.referral.content.document;
        let name = document.to_string().to_uppercase();
        assert_eq!(view.by_mail.is_some(), by_mail, "{service}");
        if let Some(mail) = &view.by_mail {
            assert!(mail.subject.starts_with("[SECURE] ") && mail.attachment == format!("{name}.html"), "{mail:?}");
            let told = format!("{} {} {}", mail.subject, mail.attachment, mail.steps.join(" "));
            assert!(!told.contains("Patient,") && !told.contains("9990000018"), "nothing of the patient: {told}");
        }
        let papers = desk.referral_document(&who, document, true).await.expect("saved");
        assert!(papers.page.contains("A cut finger") && papers.page.contains(&name), "{service}: to be read");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("document.xml");
        std::fs::write(&file, papers.document).expect("written");
        held_to_the_rules(&[&file]).unwrap_or_else(|breaches| panic!("{service}: {breaches}"));
        let list = desk.unfinished(&who).await.expect("the list");
        assert_eq!(list.referrals.len(), 1, "{service}: it is on the list until somebody says that they sent it");
        desk.referral_sent_by_hand(&who, document, Personal::from("Read to the nurse")).await.expect("recorded");
        assert!(desk.unfinished(&who).await.expect("the list").referrals.is_empty(), "{service}: done");
    }
    assert!(world.documents().is_empty(), "the receiver got none");
}

/// A patient with a cut finger, for whom a service is listed that takes no referral electronically.
async fn wounded(world: &World, desk: &Desk, who: &SignedIn, service: &str) -> (Encounter, ReferTo) {
    let encounter = world.encounter(desk, who, 1, "Dx06").await;
    let outcome = OutcomeInput {
        code: "Dx06".to_owned(),
        reached_at: String::new(),
        symptom_group: "1290".to_owned(),
        symptom_discriminators: "4003".to_owned(),
        reason: "A cut finger".to_owned(),
    };
    let outcome = outcome.read(desk.dispositions(), desk.now()).expect("a right outcome");
    desk.record_outcome(who, encounter.id, outcome).await.expect("may record");
    let (search, _) = desk.find_services(who, encounter.id, None).await.expect("services");
    (encounter, ReferTo::Listed(search.id, service_id(service)))
}

/// By secure mail, with a copy over ITK to an address of use, and one to an address that is not safe.
const COPIED: &str = "111834";

#[tokio::test]
async fn bk_6_a_copy_goes_over_itk_also_where_the_service_itself_gets_its_referral_by_hand() {
    let world = World::new().await;
    let desk = world.plain_desk();
    let who = desk.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
    let (encounter, to) = wounded(&world, &desk, &who, COPIED).await;
    let review = desk.review_referral(&who, encounter.id, &to).await.expect("reviewed");
    let shown = ReferralReviewView::of(&review);
    assert!(
        shown.missing.is_empty() && shown.gate.by_hand,
        "a copy that cannot go holds up nobody: {:?}",
        shown.missing
    );
    assert_eq!(
        shown.gate.route,
        "By secure mail to referrals@castlestreet.example: you save the document, and send it yourself. 1 copy for \
         information goes electronically by itself. 1 copy for information cannot be sent: what the directory says of it is \
         not usable",
        "the user is told all of it"
    );
    let made = desk.refer(&who, encounter.id, &to, &Waiting::nobody()).await.expect("made");
    let view = ReferralView::from(&made);
    assert!(view.to_send_by_hand && view.by_mail.is_some(), "the service's own is to be sent by hand still");
    let [delivery] = view.deliveries.as_slice() else { panic!("one delivery: {:?}", view.deliveries) };
    assert!(delivery.copy && delivery.received && delivery.to == "Copy for information", "{delivery:?}");
    assert_eq!(view.state, "To be sent by hand", "a copy that was received is no referral that was");
    let arrived = world.documents();
    let [arrived] = arrived.as_slice() else { panic!("one document: {arrived:?}") };
    let document = made.referral.content.document;
    assert_eq!(arrived["interaction"], "urn:nhs-itk:interaction:copyRecipientNHS111CDADocument-v2-0", "as a copy");
    assert_eq!(arrived["document"], document.to_string().to_uppercase(), "the document that is sent by hand");
    let list = desk.unfinished(&who).await.expect("the list");
    assert_eq!((list.referrals.len(), list.intents.len()), (1, 0), "what is left is a person's task");
    desk.referral_sent_by_hand(&who, document, Personal::from("Mailed to the centre")).await.expect("recorded");
    assert!(desk.unfinished(&who).await.expect("the list").is_empty(), "done");
}

#[tokio::test]
async fn bk_6_a_copy_that_is_refused_is_unfinished_work_of_its_own_and_is_told_as_a_copy() {
    let world = World::new().await;
    let desk = world.plain_desk();
    let who = desk.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
    let (encounter, to) = wounded(&world, &desk, &who, COPIED).await;
    world.cue(json!({ "system": "itk", "do": "refuse", "code": "2200", "times": 1 }));
    let made = desk.refer(&who, encounter.id, &to, &Waiting::nobody()).await.expect("made");
    let view = ReferralView::from(&made);
    let problem = view.deliveries[0].problem.as_ref().expect("a problem");
    assert_eq!(problem.title, "The copy was not received", "not the referral");
    assert!(problem.what_to_do.contains("nobody acts on a copy"), "{}", problem.what_to_do);
    desk.referral_sent_by_hand(&who, made.referral.content.document, Personal::from("Mailed")).await.expect("recorded");
    let list = desk.unfinished(&who).await.expect("the list");
    assert_eq!((list.referrals.len(), list.intents.len()), (0, 1), "the service's own is done, the copy is not");
    let shown = UnfinishedView::all(&list, desk.now());
    assert!(shown[0].next.starts_with("A copy for information"), "{}", shown[0].next);
    let taken = desk.send_again(&who, list.intents[0].id()).await.expect("sent again");
    let TakenView::Referral { delivery } = TakenView::from(&taken) else { panic!("a referral: {taken:?}") };
    assert!(delivery.received && delivery.copy, "it is told as what it is: {delivery:?}");
    assert_eq!(world.documents().len(), 1, "the receiver has it");
    assert!(desk.unfinished(&who).await.expect("the list").is_empty(), "nothing is left");
}
