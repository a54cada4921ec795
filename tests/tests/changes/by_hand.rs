//! Services that take no referral electronically: by secure mail, by telephone, and where the directory names no way.

use desk_contract::outcome::OutcomeInput;
use desk_contract::referral::{ReferralReviewView, ReferralView};
use desk_domain::personal::Personal;
use desk_domain::referral::Route;
use desk_journeys::book::Waiting;
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
        let encounter = world.encounter(&desk, &who, 1, "Dx06").await;
        let outcome = OutcomeInput {
            code: "Dx06".to_owned(),
            reached_at: String::new(),
            symptom_group: "1290".to_owned(),
            symptom_discriminators: "4003".to_owned(),
            reason: "A cut finger".to_owned(),
        };
        let outcome = outcome.read(desk.dispositions(), desk.now()).expect("a right outcome");
        desk.record_outcome(&who, encounter.id, outcome).await.expect("may record");
        let (search, _) = desk.find_services(&who, encounter.id, None).await.expect("services");
        let to = ReferTo::Listed(search.id, service_id(service));
        let review = desk.review_referral(&who, encounter.id, &to).await.expect("reviewed");
        let shown = ReferralReviewView::of(&review);
        assert!(shown.gate.by_hand && shown.gate.route.starts_with(way), "{}", shown.gate.route);
        assert!(shown.missing.is_empty(), "{service}: {:?}", shown.missing);
        let made = desk.refer(&who, encounter.id, &to, &Waiting::nobody()).await.expect("made");
        assert!(made.deliveries.is_empty() && !matches!(made.referral.route, Route::Itk { .. }), "nothing is sent");
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
