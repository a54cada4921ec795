//! Cancelling, what follows from it, and finding bookings: one case after another, from the screen's words to the wire.

use std::sync::{Arc, Mutex};

use demo_nhs::DemoOptions;
use desk_composition::config::Config;
use desk_contract::cancel::{BookingShownView, CancelResultView, CancelStatusView};
use desk_contract::unfinished::UnfinishedView;
use desk_domain::audit::AuditAction;
use desk_domain::booking::AppointmentStatus;
use desk_domain::cancel::{Attendance, CancelRefusal, CancelResult, InformedHow, NotCancelled, Put, Whose};
use desk_domain::failure::{ProviderFailure, Refusal};
use desk_domain::id::EncounterId;
use desk_domain::personal::Personal;
use desk_domain::slot::SlotWindow;
use desk_journeys::book::Waiting;
use desk_journeys::bookings::LookUpAt;
use desk_journeys::cancel::{BookingShown, CancelConfirmed, ReadBackToPatient};
use desk_journeys::ports::{Noted, PatientSearch};
use desk_journeys::refer::ReferTo;
use desk_journeys::{Desk, JourneyError, SignedIn};
use desk_nhs::observe::{HttpObserved, LdapObserved, Observer};
use desk_tests::desk::{ADMIN, CLINICIAN, DeskUnderTest, HANDLER, SUPERVISOR, service_id};
use serde_json::{Value, json};

use crate::world::*;

async fn start() -> (World, Arc<Desk>, SignedIn) {
    let world = World::new().await;
    let desk = world.plain_desk();
    let who = desk.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
    (world, desk, who)
}

async fn audit(desk: &Desk, encounter: EncounterId) -> Vec<AuditAction> {
    let supervisor = desk.sign_in(SUPERVISOR.0, SUPERVISOR.1).await.expect("a ready user");
    let timeline = desk.audit_timeline(&supervisor, encounter).await.expect("a supervisor may read");
    timeline.into_iter().map(|recorded| recorded.event.expect("it can be read").what).collect()
}

/// Looks on at the wire.
#[derive(Default)]
struct Wire(Mutex<Vec<HttpObserved>>);

impl Observer for Wire {
    fn http(&self, exchange: HttpObserved) {
        self.0.lock().expect("no panic").push(exchange);
    }

    fn ldap(&self, _search: LdapObserved) {}
}

/// A booking with what nobody here has heard of, kept by a provider since before this run.
fn odd(body: &mut Value) {
    body["extension"] =
        json!([{ "url": "https://p.example/why", "valueDecimal": 1.50 }, { "url": "x", "valueCode": "booked" }]);
    body["_status"] = json!({ "extension": [{ "url": "https://p.example/s", "valueString": "status\":\"booked\"" }] });
    body["unheardOf"] = json!([1.0, -0.0, 12_345_678_901_234_567_u64, { "status": "booked" }, "Café \u{1f9d1}\u{200d}\u{2695}\u{fe0f}", null]);
    body["minutesDuration"] = json!(15);
    body["comment"] = json!("Bring the \"red book\"\n\tand medicines");
    if let Some(contained) = body["contained"].as_array_mut() {
        contained.push(json!({ "resourceType": "Basic", "id": "b", "status": "booked", "unheardOf": [[[]], {}] }));
    }
}

#[tokio::test]
async fn ca_3_a_booking_goes_back_byte_for_byte_with_its_status_alone_changed() {
    // Booked in an earlier run of the provider, then given elements that nobody knows, on its own disk.
    let data = tempfile::tempdir().expect("a folder");
    let options = DemoOptions { data: Some(data.path().to_owned()), ..DemoOptions::default() };
    let earlier = DeskUnderTest::start(options.clone()).await;
    let who = earlier.sign_in(HANDLER).await;
    let encounter = earlier.encounter(&who, 1, "Dx06").await;
    let order = earlier.earliest(&who, &encounter, PLAIN).await;
    confirmed(earlier.desk().book(&who, order).await.expect("sent"));
    earlier.nhs.stop().await;
    let file = data.path().join("utc.jsonl");
    let mut kept: Value = serde_json::from_str(&std::fs::read_to_string(&file).expect("kept")).expect("a booking");
    odd(&mut kept["body"]);
    std::fs::write(&file, format!("{kept}\n")).expect("written");
    let later = DeskUnderTest::start(options).await;
    let wire = Arc::new(Wire::default());
    let folder = tempfile::tempdir().expect("a folder");
    let config = Config::parse(&later.nhs.config_toml(folder.path())).expect("a configuration");
    let observer: Arc<dyn Observer> = wire.clone();
    let composed = desk_composition::compose_observed(config, "test", Some(observer)).await.expect("wired");
    let desk = &composed.desk;
    let who = desk.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
    let patient = composed.ready_patients[0].input().read(desk.now()).expect("a ready patient");
    let encounter = desk.start_encounter(&who, patient).await.expect("begun");
    let encounter = assessed(desk, &who, &encounter, "Dx06").await.id;
    let (search, _) = desk.find_services(&who, encounter, None).await.expect("services");
    let window = SlotWindow { from: desk.now() - chrono::Days::new(1), until: desk.now() + chrono::Days::new(7) };
    let at = LookUpAt::Listed(search.id, service_id(PLAIN));
    let (found, not_understood) = desk.look_up(&who, encounter, (&at, window)).await.expect("looked up");
    assert_eq!((found.len(), not_understood), (1, 0), "RG-1: found at its provider");
    let shown = desk.read_booking(&who, encounter, found[0].known.clone()).await.expect("read");
    assert_eq!(shown.whose, Whose::Theirs, "the patient's");
    let outcome = desk.cancel(&who, confirming(&shown, None), &Waiting::nobody()).await.expect("sent");
    let CancelResult::Cancelled(now) = &outcome.result else { panic!("CA-3: {:?}", outcome.result) };
    assert_eq!(now.version, "2", "the version that the provider holds now");
    let exchanges = wire.0.lock().expect("no panic");
    let put = exchanges.iter().find(|exchange| exchange.method == "PUT").expect("a cancellation");
    let got = exchanges.iter().rfind(|one| one.method == "GET" && one.url.contains("/Appointment/")).expect("a read");
    let given = String::from_utf8(got.answer.clone().expect("answered").body).expect("text");
    let sent = String::from_utf8(put.body.clone()).expect("text");
    let at = given.find(r#","status":"booked","description"#).expect("the appointment's own status") + 11;
    let expected = format!("{}cancelled{}", &given[..at], &given[at + 6..]);
    assert_eq!(sent, expected, "nothing but the status, to the letter");
    let header =
        |name: &str| put.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, v)| v.clone());
    assert_eq!(header("If-Match").as_deref(), Some("W/\"1\""), "the version that was read");
    let versions = later.held("utc")[0]["versions"].as_array().cloned().expect("versions");
    let mut unchanged = versions[1]["body"].clone();
    unchanged["status"] = json!("booked");
    assert_eq!((versions.len(), &unchanged), (2, &versions[0]["body"]), "and so it is held");
}

#[tokio::test]
async fn ca_2_what_was_not_shown_read_back_or_the_patients_is_not_sent_and_each_refusal_is_recorded() {
    let (world, desk, who) = start().await;
    let theirs = world.encounter(&desk, &who, 1, "Dx06").await.id;
    let others = world.encounter(&desk, &who, 2, "Dx06").await.id;
    let booking = booked(&desk, &who, theirs, PLAIN).await;
    let nobody = Waiting::nobody();
    let shown = read(&desk, &who, theirs, booking.id).await.expect("read");
    let right = confirming(&shown, None);
    let complete = right.read_back;
    let refused_over = async |confirmed: CancelConfirmed| {
        let refused = desk.cancel(&who, confirmed, &nobody).await.map(|outcome| outcome.result);
        refused.expect_err("refused")
    };
    for read_back in [
        ReadBackToPatient { name: false, ..complete },
        ReadBackToPatient { birth_date: false, ..complete },
        ReadBackToPatient { number_or_address: false, ..complete },
    ] {
        let refused = refused_over(CancelConfirmed { read_back, ..right.clone() }).await;
        assert_eq!(refused, JourneyError::NotReadBack, "{read_back:?}");
    }
    let without = CancelConfirmed { reason: Personal::from("  "), ..right.clone() };
    assert_eq!(refused_over(without).await, JourneyError::ReasonNeeded, "without a reason");
    let stale = CancelConfirmed { version: "0".to_owned(), ..right.clone() };
    assert_eq!(
        refused_over(stale).await,
        JourneyError::CannotCancel(CancelRefusal::Changed),
        "another version than was shown"
    );
    let never = CancelConfirmed { url: format!("{}x", right.url), ..right.clone() };
    assert_eq!(refused_over(never).await, JourneyError::ShownTooLongAgo, "never shown");
    let supervisor = desk.sign_in(SUPERVISOR.0, SUPERVISOR.1).await.expect("a ready user");
    let refused = desk.cancel(&supervisor, right.clone(), &nobody).await.map(|outcome| outcome.result);
    assert!(matches!(refused, Err(JourneyError::NotPermitted(_))), "the role: {refused:?}");
    // The same booking, looked at in another patient's encounter.
    let shown = read(&desk, &who, others, booking.id).await.expect("read");
    assert_eq!(shown.whose, Whose::SomebodyElses, "not the patient's that it is looked at for");
    assert_eq!(refused_over(confirming(&shown, None)).await, JourneyError::AnotherPatients);
    let (_, known) = desk.known_booking(&who, booking.id).await.expect("known");
    let rebook = desk.begin_rebook(&who, others, known, None).await;
    assert_eq!(rebook.map(|rebook| rebook.state), Err(JourneyError::AnotherPatients), "nor rebooked there");
    assert_eq!(world.held_as(&booking.word.held.appointment_id)["version"], 1, "nothing was sent");
    world.cue(json!({ "booking": booking.word.held.appointment_id, "do": "cancelled" }));
    let shown = read(&desk, &who, theirs, booking.id).await.expect("read");
    let already = JourneyError::CannotCancel(CancelRefusal::AlreadyCancelled);
    assert_eq!(refused_over(confirming(&shown, None)).await, already, "it is cancelled as it was read");
    assert_eq!(world.held_as(&booking.word.held.appointment_id)["version"], 2, "by the provider alone");
    let refusals = async |encounter| {
        let of = |what: &AuditAction| matches!(what, AuditAction::CancelRefusedHere { .. });
        audit(&desk, encounter).await.iter().filter(|what| of(what)).count()
    };
    assert_eq!((refusals(theirs).await, refusals(others).await), (6, 1), "each refusal is on the record");
}

#[tokio::test]
async fn ca_4_every_answer_of_the_provider_is_told_in_words_of_its_own_and_ended_as_it_says() {
    let world = World::new().await;
    let refused = |refusal| Put::Refused(refusal);
    let failed = |failure| Put::Failed(failure);
    let provider_refuses = |refusal| failed(ProviderFailure::Refused(refusal));
    use CancelStatusView as S;
    let table = [
        (None, S::Cancelled, true),
        (Some(refused(CancelRefusal::InThePast)), S::InThePast, false),
        (Some(refused(CancelRefusal::NotThisPatient)), S::NotThisPatients, false),
        (Some(refused(CancelRefusal::Differs)), S::SystemFailure, false),
        (Some(refused(CancelRefusal::Changed)), S::ChangedMeanwhile, false),
        (Some(provider_refuses(Refusal::NotFound)), S::NotFound, false),
        (Some(provider_refuses(Refusal::Forbidden)), S::NotPermitted, false),
        (Some(provider_refuses(Refusal::Invalid)), S::SystemFailure, false),
        (Some(failed(ProviderFailure::Failed)), S::SystemFailure, false),
        (Some(failed(ProviderFailure::GaveUp)), S::NotKnown, false),
    ];
    for (answer, status, inform) in table {
        world.cue(json!({ "do": "start_again" }));
        let hand = Hand::new(Plan::Nothing);
        let desk = world.desk(&hand);
        let who = desk.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
        let encounter = world.encounter(&desk, &who, 1, "Dx06").await.id;
        let booking = booked(&desk, &who, encounter, PLAIN).await;
        let shown = read(&desk, &who, encounter, booking.id).await.expect("read");
        if let Some(answer) = answer.clone() {
            hand.plans(Plan::PutAnswers(answer));
        }
        let outcome = desk.cancel(&who, confirming(&shown, None), &Waiting::nobody()).await.expect("sent");
        let view = CancelResultView::from(&outcome);
        assert_eq!(view.status, status, "{answer:?}");
        assert_eq!(view.problem.is_none(), status == S::Cancelled, "{answer:?}: {}", view.title);
        assert_eq!((view.inform_patient, view.recorded), (inform, true), "{answer:?}");
        assert_eq!(view.unfinished_id.is_some(), status == S::NotKnown, "{answer:?}: on the list");
        let word = desk.booking(&who, booking.id).await.expect("there").word.held.status;
        assert_eq!(word == AppointmentStatus::Cancelled, status == S::Cancelled, "{answer:?}: the desk's last word");
    }
    // Cancelled by the provider between the reading and the sending.
    let desk = world.plain_desk();
    let who = desk.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
    let encounter = world.encounter(&desk, &who, 2, "Dx06").await.id;
    let booking = booked(&desk, &who, encounter, PLAIN).await;
    let shown = read(&desk, &who, encounter, booking.id).await.expect("read");
    world.cue(json!({ "booking": booking.word.held.appointment_id, "do": "cancelled" }));
    let outcome = desk.cancel(&who, confirming(&shown, None), &Waiting::nobody()).await.expect("sent");
    let view = CancelResultView::from(&outcome);
    assert_eq!((view.status, view.version.as_str()), (S::AlreadyCancelled, "2"), "{:?}", outcome.result);
    let word = desk.booking(&who, booking.id).await.expect("there").word.held;
    assert_eq!(word.status, AppointmentStatus::Cancelled, "what it holds is known");
    assert_eq!(word.version, "2", "in the provider's present version, not in the one that was shown");
    let list = desk.unfinished(&who).await.expect("the list");
    let to_tell = |url: &String| *url == outcome.order.shown.url;
    assert!(list.to_inform.iter().map(|cancel| &cancel.order.shown.url).any(to_tell), "CA-6: whoever cancelled it");
    // Moved by the provider: shown again, confirmed again, cancelled.
    let encounter = world.encounter(&desk, &who, 3, "Dx06").await.id;
    let booking = booked(&desk, &who, encounter, PLAIN).await;
    let shown = read(&desk, &who, encounter, booking.id).await.expect("read");
    world.cue(json!({ "booking": booking.word.held.appointment_id, "do": "move" }));
    let outcome = desk.cancel(&who, confirming(&shown, None), &Waiting::nobody()).await.expect("sent");
    let changed = CancelResult::NotCancelled(NotCancelled::Refused(CancelRefusal::Changed));
    assert_eq!(outcome.result, changed, "CA-3: never what was not shown");
    let again = read(&desk, &who, encounter, booking.id).await.expect("read");
    assert_ne!(again.appointment.start, shown.appointment.start, "CA-3: what changed is shown");
    let outcome = desk.cancel(&who, confirming(&again, None), &Waiting::nobody()).await.expect("sent");
    assert!(matches!(outcome.result, CancelResult::Cancelled(_)), "{:?}", outcome.result);
}

#[tokio::test]
async fn ca_4_what_the_demonstrations_providers_refuse_themselves_is_told_as_they_say_it() {
    use CancelStatusView as S;
    let refused = |refusal| CancelResult::NotCancelled(NotCancelled::Refused(refusal));
    let failed = |refusal| CancelResult::NotCancelled(NotCancelled::Failure(ProviderFailure::Refused(refusal)));
    let table = [
        ("past", refused(CancelRefusal::InThePast), S::InThePast),
        ("hand_over", refused(CancelRefusal::NotThisPatient), S::NotThisPatients),
        ("restrict", failed(Refusal::Forbidden), S::NotPermitted),
        ("forget", failed(Refusal::NotFound), S::NotFound),
    ];
    for (event, result, status) in table {
        let (world, desk, who) = start().await;
        let encounter = world.encounter(&desk, &who, 1, "Dx06").await.id;
        let booking = booked(&desk, &who, encounter, PLAIN).await;
        let shown = read(&desk, &who, encounter, booking.id).await.expect("read");
        world.cue(json!({ "booking": booking.word.held.appointment_id, "do": event }));
        let outcome = desk.cancel(&who, confirming(&shown, None), &Waiting::nobody()).await.expect("sent");
        assert_eq!(outcome.result, result, "{event}");
        let view = CancelResultView::from(&outcome);
        assert_eq!((view.status, view.inform_patient), (status, false), "{event}: {}", view.title);
        let to_do = view.problem.expect("a problem").what_to_do;
        let rings = to_do.contains("elephone the service on 01632 960100") || status == S::NotThisPatients;
        assert!(rings, "{event}: with the number: {to_do}");
        // What is read afterwards.
        let again = read(&desk, &who, encounter, booking.id).await;
        let view = again.as_ref().ok().map(|shown| BookingShownView::of(shown, &[], desk.now()));
        match event {
            "past" => {
                let view = view.expect("read");
                assert!(view.warning.contains("has started"), "{view:?}");
                let outcome = desk.cancel(&who, confirming(&again.expect("read"), None), &Waiting::nobody()).await;
                assert_eq!(outcome.expect("sent").result, result, "also where its time was over when it was shown");
            }
            "hand_over" => {
                let view = view.expect("read");
                assert!(!view.can_cancel && view.warning.contains("another patient"), "{view:?}");
                let refused = desk.cancel(&who, confirming(&again.expect("read"), None), &Waiting::nobody()).await;
                assert_eq!(refused.map(|it| it.result), Err(JourneyError::AnotherPatients), "and nothing is sent");
            }
            "forget" => {
                assert!(matches!(&again, Err(JourneyError::BookingNotFound { .. })), "not there: {again:?}");
            }
            _ => assert!(view.expect("read").can_cancel, "{event}: the provider says it when it is asked"),
        }
    }
}

#[tokio::test]
async fn sl_1_what_the_provider_does_not_repeat_is_told_as_the_record_has_it_and_a_time_that_is_gone_is_read_back_to_nobody()
 {
    let (world, desk, who) = start().await;
    let encounter = world.encounter(&desk, &who, 1, "Dx06").await.id;
    let booking = booked(&desk, &who, encounter, PLAIN).await;
    let mut shown = read(&desk, &who, encounter, booking.id).await.expect("read");
    let view = |shown: &BookingShown| BookingShownView::of(shown, &[], desk.now());
    let place = booking.order.slot.place.as_ref().and_then(|place| place.name.clone()).expect("it has one");
    assert!(shown.appointment.place.is_none(), "the demonstration's provider does not repeat it");
    let (not_given, recorded) = ("Not given by the provider", view(&shown));
    let told = format!("{not_given}. When it was booked: {place}");
    assert!(recorded.place.starts_with(&told), "by the record, said as such: {}", recorded.place);
    assert!(recorded.as_recorded, "as it was booked");
    assert_eq!(Some(&recorded.service_phone), booking.order.service.phone.as_ref(), "whom to ring");
    // Where the slot had none, the directory's address of the service, said as that.
    shown.known.place = None;
    let address = booking.order.service.address.as_deref().expect("an address").trim();
    let told = format!("{not_given}. The service’s address in the directory: {address}");
    assert_eq!(view(&shown).place, told, "never as the place of the appointment");
    shown.appointment.place = Some("Ward 3".to_owned());
    assert_eq!(view(&shown).place, "Ward 3", "the provider's own word comes before the record's");
    // At another time, another patient's, or called off: nothing of it is read back.
    for event in ["move", "hand_over", "cancelled"] {
        world.cue(json!({ "booking": booking.word.held.appointment_id, "do": event }));
        let shown = read(&desk, &who, encounter, booking.id).await.expect("read");
        assert!(!view(&shown).as_recorded, "{event}: {:?}", view(&shown).when);
        if event == "hand_over" {
            assert_eq!(view(&shown).place, not_given, "the record knows nothing of somebody else's");
        }
    }
}

#[tokio::test]
async fn ca_3_what_a_provider_changed_meanwhile_is_shown_in_words_and_asked_again() {
    let (world, desk, who) = start().await;
    let encounter = world.encounter(&desk, &who, 1, "Dx06").await.id;
    let booking = booked(&desk, &who, encounter, PLAIN).await;
    let changes = async || {
        let shown = read(&desk, &who, encounter, booking.id).await.expect("read");
        (confirming(&shown, None), BookingShownView::of(&shown, &[], desk.now()).changes)
    };
    let (first, none) = changes().await;
    assert!(none.is_empty(), "nothing was shown before: {none:?}");
    for (event, says) in [("move", "When: was "), ("arrived", "Status: was Booked, is now Arrived")] {
        let (seen, again) = changes().await;
        assert!(again.is_empty(), "{event}: the same version as before: {again:?}");
        world.cue(json!({ "booking": booking.word.held.appointment_id, "do": event }));
        let outcome = desk.cancel(&who, seen, &Waiting::nobody()).await.expect("sent");
        assert!(outcome.was_changed_meanwhile(), "{event}: {:?}", outcome.result);
        let (_, changed) = changes().await;
        assert!(matches!(changed.as_slice(), [one] if one.starts_with(says)), "{event}: {changed:?}");
    }
    let refused = desk.cancel(&who, first, &Waiting::nobody()).await.map(|outcome| outcome.result);
    assert_eq!(refused, Err(JourneyError::CannotCancel(CancelRefusal::Changed)), "what was shown last alone counts");
    let (last, _) = changes().await;
    let outcome = desk.cancel(&who, last, &Waiting::nobody()).await.expect("sent");
    assert!(matches!(outcome.result, CancelResult::Cancelled(_)), "confirmed again: {:?}", outcome.result);
}

#[tokio::test]
async fn ca_6_whoever_calls_a_booking_off_its_patient_is_on_the_list_until_they_were_told() {
    let (world, desk, who) = start().await;
    let encounter = world.encounter(&desk, &who, 1, "Dx06").await.id;
    let booking = booked(&desk, &who, encounter, PLAIN).await;
    let over = booked(&desk, &who, world.encounter(&desk, &who, 2, "Dx06").await.id, PLAIN).await;
    world.cue(json!({ "booking": booking.word.held.appointment_id, "do": "cancelled" }));
    assert!(desk.unfinished(&who).await.expect("the list").is_empty(), "nobody here knows yet");
    desk.ask_how_it_stands(&who, booking.id).await.expect("asked");
    let list = desk.unfinished(&who).await.expect("the list");
    let listed: Vec<_> = list.found_called_off.iter().map(|booking| booking.id).collect();
    assert_eq!((listed, list.len()), (vec![booking.id], 1), "found by asking how it stands");
    // Reading it again, also after a restart, adds nothing and takes nothing away.
    let shown = read(&desk, &who, encounter, booking.id).await.expect("read");
    assert!(BookingShownView::of(&shown, &[], desk.now()).inform_patient, "it is asked for where it is shown");
    assert_eq!(world.started_again().unfinished(&who).await.expect("the list").len(), 1, "on the list still");
    let pieces = UnfinishedView::all(&desk.unfinished(&who).await.expect("the list"), desk.now());
    assert!(pieces[0].known.contains("Somebody else called this booking off"), "{pieces:?}");
    assert!(!pieces[0].contact.is_empty() && pieces[0].url == shown.known.url, "with whom to ring: {pieces:?}");
    let told = (InformedHow::Telephone, desk.now());
    desk.record_informed(&who, encounter, &shown.known.url, told, Personal::from("Knew it")).await.expect("recorded");
    assert!(world.started_again().unfinished(&who).await.expect("the list").is_empty(), "told, and over");
    let notes = desk.notes_on(&who, &shown.known.url).await.expect("notes");
    assert!(!BookingShownView::of(&shown, &notes, desk.now()).inform_patient, "and asked for no more");
    // What this desk cancels, or tries to, is on the list once.
    let seen = read(&desk, &who, over.order.encounter, over.id).await.expect("read");
    world.cue(json!({ "booking": over.word.held.appointment_id, "do": "cancelled" }));
    let outcome = desk.cancel(&who, confirming(&seen, None), &Waiting::nobody()).await.expect("sent");
    assert!(matches!(outcome.result, CancelResult::NotCancelled(NotCancelled::ByOthers(_))), "{:?}", outcome.result);
    let list = desk.unfinished(&who).await.expect("the list");
    assert_eq!((list.to_inform.len(), list.len()), (1, 1), "by the cancellation that came too late");
}

#[tokio::test]
async fn ca_5_and_ca_6_the_referral_goes_with_its_booking_the_service_is_told_and_so_is_the_patient() {
    let (world, desk, who) = start().await;
    let encounter = world.encounter(&desk, &who, 1, "Dx06").await.id;
    let booking = booked(&desk, &who, encounter, BOOKING_ONLY).await;
    let sent = desk.refer(&who, encounter, &ReferTo::Booked, &Waiting::nobody()).await.expect("referred");
    let document = sent.referral.content.document;
    let outcome = cancelling(&desk, &who, (encounter, booking.id), None).await.expect("sent");
    assert!(matches!(outcome.result, CancelResult::Cancelled(_)), "{:?}", outcome.result);
    assert_eq!(outcome.decoupled.map(|referral| referral.content.document), Some(document), "CA-5, told at once");
    let list = desk.unfinished(&who).await.expect("the list");
    assert_eq!(list.referrals.len(), 1, "a service that sees nobody without a booking is to be told");
    assert_eq!(list.to_inform.len(), 1, "CA-6: so is the patient");
    let refused = desk.provider_told(&who, document, Personal::from(" ")).await;
    assert_eq!(refused, Err(JourneyError::ReasonNeeded), "who was told has to be said");
    desk.provider_told(&who, document, Personal::from("Reception, by telephone")).await.expect("recorded");
    let url = outcome.order.shown.url.as_str();
    let note = || Personal::from("Told their daughter");
    desk.record_informed(&who, encounter, url, (InformedHow::Telephone, desk.now()), note()).await.expect("recorded");
    assert!(world.started_again().unfinished(&who).await.expect("the list").is_empty(), "both are done, and stay so");
    let notes = desk.notes_on(&who, url).await.expect("notes");
    let by_phone = |noted: &Noted| matches!(noted, Noted::PatientInformed { how: InformedHow::Telephone, .. });
    assert!(notes.len() == 1 && by_phone(&notes[0].what), "by whom and how");
    assert_eq!(notes[0].by, who.user().id, "by whom");
    let kinds = audit(&desk, encounter).await;
    let has = |fits: fn(&AuditAction) -> bool| kinds.iter().any(fits);
    assert!(has(|what| matches!(what, AuditAction::ReferralDecoupled { .. })), "CA-7");
    assert!(has(|what| matches!(what, AuditAction::ProviderTold { .. })), "CA-7");
    assert!(has(|what| matches!(what, AuditAction::PatientInformed { .. })), "CA-7");
    // A service that takes referrals without a booking need not be told.
    let encounter = world.encounter(&desk, &who, 2, "Dx06").await.id;
    let booking = booked(&desk, &who, encounter, PLAIN).await;
    desk.refer(&who, encounter, &ReferTo::Booked, &Waiting::nobody()).await.expect("referred");
    let outcome = cancelling(&desk, &who, (encounter, booking.id), None).await.expect("sent");
    assert!(outcome.decoupled.is_some(), "decoupled all the same");
    assert!(desk.unfinished(&who).await.expect("the list").referrals.is_empty(), "and nobody has to telephone");
}

#[tokio::test]
async fn ca_5_a_booking_that_its_provider_cancels_takes_its_referral_along_however_the_desk_learns_of_it() {
    let (world, desk, who) = start().await;
    for by_reading in [true, false] {
        let encounter = world.encounter(&desk, &who, 1, "Dx06").await.id;
        let booking = booked(&desk, &who, encounter, BOOKING_ONLY).await;
        desk.refer(&who, encounter, &ReferTo::Booked, &Waiting::nobody()).await.expect("referred");
        world.cue(json!({ "booking": booking.word.held.appointment_id, "do": "cancelled" }));
        if by_reading {
            read(&desk, &who, encounter, booking.id).await.expect("read");
        } else {
            desk.ask_how_it_stands(&who, booking.id).await.expect("asked");
        }
        let referrals = desk.referrals_in(&who, encounter).await.expect("referrals");
        assert!(referrals[0].referral.is_decoupled(), "by reading: {by_reading}");
        let gate = desk.referral_gate(&who, encounter, &ReferTo::Booked).await.expect("the gate");
        assert!(gate.leave.is_err(), "BO-3: closed again");
    }
}

#[tokio::test]
async fn step_17_whether_a_patient_came_is_noted_with_who_said_so() {
    let (world, desk, who) = start().await;
    let encounter = world.encounter(&desk, &who, 1, "Dx06").await.id;
    let booking = booked(&desk, &who, encounter, PLAIN).await;
    let admin = desk.sign_in(ADMIN.0, ADMIN.1).await.expect("a ready user");
    let refused = desk.record_attendance(&admin, booking.id, Attendance::Attended, Personal::from("")).await;
    assert_eq!(refused, Err(JourneyError::ReasonNeeded), "who said so");
    for attendance in Attendance::ALL {
        desk.record_attendance(&admin, booking.id, attendance, Personal::from("Reception")).await.expect("noted");
    }
    let notes = desk.notes_on(&who, &booking.word.held.url).await.expect("notes");
    let noted: Vec<_> = notes
        .iter()
        .filter_map(|note| match &note.what {
            Noted::Attendance { attendance, .. } => Some(*attendance),
            Noted::PatientInformed { .. } => None,
        })
        .collect();
    assert_eq!(noted, Attendance::ALL, "each, oldest first");
    let recorded = |what: &&AuditAction| matches!(what, AuditAction::AttendanceRecorded { .. });
    assert_eq!(audit(&desk, encounter).await.iter().filter(recorded).count(), 3, "recorded");
}

#[tokio::test]
async fn rg_1_a_patients_bookings_are_found_in_the_record_and_at_the_provider_and_nobody_elses() {
    let (world, desk, who) = start().await;
    let mut encounters = Vec::new();
    for patient in 1..=3 {
        let encounter = world.encounter(&desk, &who, patient, "Dx06").await;
        booked(&desk, &who, encounter.id, PLAIN).await;
        encounters.push(encounter);
    }
    let patient = &encounters[0].patient;
    let by_number = PatientSearch::NhsNumber(patient.nhs_number.clone().expect("a number"));
    let by_name = PatientSearch::NameAndBirth(patient.name.family.clone(), patient.birth_date.clone());
    for search in [by_number, by_name] {
        let found = desk.bookings_for(&who, &search).await.expect("found");
        assert_eq!(found.len(), 1, "{search:?}: one alone");
        assert_eq!(found[0].order.encounter, encounters[0].id, "{search:?}: theirs");
    }
    let days = |days: i64| desk.now() + chrono::TimeDelta::days(days);
    let window = SlotWindow { from: days(-1), until: days(7) };
    let encounter = encounters[0].id;
    let (search, _) = desk.find_services(&who, encounter, None).await.expect("services");
    let at = LookUpAt::Listed(search.id, service_id(PLAIN));
    let (shown, not_understood) = desk.look_up(&who, encounter, (&at, window)).await.expect("looked up");
    assert_eq!((shown.len(), not_understood), (1, 0), "theirs alone");
    assert!(shown[0].known.booking.is_some() && shown[0].whose == Whose::Theirs, "known as this desk's own");
    let outcome = desk.cancel(&who, confirming(&shown[0], None), &Waiting::nobody()).await.expect("sent");
    assert!(matches!(outcome.result, CancelResult::Cancelled(_)), "as it was shown: {:?}", outcome.result);
    let (again, _) = desk.look_up(&who, encounter, (&at, window)).await.expect("looked up");
    assert_eq!(again[0].appointment.held.status, AppointmentStatus::Cancelled, "and shown as it is now");
    let past = SlotWindow { from: days(-7), until: days(-1) };
    assert!(desk.look_up(&who, encounter, (&at, past)).await.expect("looked up").0.is_empty(), "none in the past");
    // A provider need not offer it, and says so; what fails is another matter.
    world.cue(json!({ "provider": "utc", "do": "refuse", "status": 404, "code": "NO_RECORD_FOUND", "times": 1 }));
    let refused = desk.look_up(&who, encounter, (&at, window)).await.map(drop);
    assert_eq!(refused, Err(JourneyError::LookUpNotOffered), "not offered");
    world.cue(json!({ "provider": "utc", "do": "refuse", "status": 500, "times": 1 }));
    let refused = desk.look_up(&who, encounter, (&at, window)).await.map(drop);
    assert!(matches!(refused, Err(JourneyError::Provider { failure: ProviderFailure::Failed, .. })), "{refused:?}");
    let looked = |what: &&AuditAction| matches!(what, AuditAction::BookingsLookedUp { .. });
    assert_eq!(audit(&desk, encounter).await.iter().filter(looked).count(), 5, "each is recorded");
    let without = world.encounter(&desk, &who, 4, "Dx06").await;
    assert_eq!(without.patient.nhs_number, None, "a patient without a number");
    let refused = desk.look_up(&who, without.id, (&at, window)).await.map(drop);
    assert_eq!(refused, Err(JourneyError::NoNhsNumber), "nobody can be looked up by name");
}

#[tokio::test]
async fn rb_2_a_rebooking_after_the_consultation_needs_a_reassessment_or_a_reason() {
    let (world, desk, who) = start().await;
    let first = world.encounter(&desk, &who, 1, "Dx06").await.id;
    let booking = booked(&desk, &who, first, PLAIN).await;
    let again = desk.reassess(&who, first).await.expect("they call back").id;
    let (_, known) = desk.known_booking(&who, booking.id).await.expect("known");
    for why in [None, Some(Personal::from("  "))] {
        let refused = desk.begin_rebook(&who, again, known.clone(), why).await.map(|rebook| rebook.state);
        assert_eq!(refused, Err(JourneyError::ReassessmentNeeded), "neither");
    }
    let why = Some(Personal::from("The same complaint, another time of day"));
    desk.begin_rebook(&who, again, known.clone(), why).await.expect("with a reason");
    let reason = |what: &AuditAction| matches!(what, AuditAction::RebookBegan { without_reassessment: Some(_), .. });
    assert!(audit(&desk, again).await.iter().any(reason), "which is recorded");
    // In another encounter it is taken over from one in which nothing was ordered.
    let clinician = desk.sign_in(CLINICIAN.0, CLINICIAN.1).await.expect("a ready user");
    let later = desk.reassess(&clinician, first).await.expect("they call back");
    let later = assessed(&desk, &clinician, &later, "Dx06").await.id;
    desk.begin_rebook(&clinician, later, known, None).await.expect("after a reassessment");
    let left = desk.rebooks_in(&who, again).await.expect("rebookings");
    assert!(left[0].state.is_settled(), "the earlier one is over: {:?}", left[0].state);
}
