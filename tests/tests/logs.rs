//! What never stands in a log: a patient's details, a passphrase, a token.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use demo_nhs::DemoOptions;
use desk_tests::desk::{DeskUnderTest, HANDLER};
use serde_json::json;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_log_of_ours_holds_a_patients_details_whatever_its_level() {
    let captured = Captured::default();
    let writer = captured.clone();
    // Our own crates, at the most talkative level.
    let filter = "off,desk_domain=trace,desk_journeys=trace,desk_nhs=trace,desk_store=trace,desk_composition=trace";
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(move || writer.clone()).finish();
    tracing::subscriber::set_global_default(subscriber).expect("the first one in this process");
    let under_test = DeskUnderTest::start(DemoOptions::default()).await;
    let who = under_test.sign_in(HANDLER).await;
    drop(under_test.desk().sign_in("handler", "a wrong passphrase").await);
    for cue in ["lose_answer", "garbage", "take_slot", "offline"] {
        let encounter = under_test.encounter(&who, 1, "Dx06").await;
        let order = under_test.earliest(&who, &encounter, "111001").await;
        under_test.nhs.control().cue(json!({ "provider": "utc", "do": cue, "times": 6 })).expect("a cue");
        drop(under_test.desk().book(&who, order).await);
        under_test.nhs.control().cue(json!({ "do": "reset" })).expect("a cue");
    }
    // A failure that is logged on purpose, so that an empty log does not pass for a clean one.
    let encounter = under_test.encounter(&who, 1, "Dx06").await;
    let (search, _) = under_test.desk().find_services(&who, encounter.id, None).await.expect("services");
    under_test.nhs.control().cue(json!({ "system": "dos", "do": "fault", "code": 100, "times": 1 })).expect("a cue");
    let first = search.services[0].id.clone();
    drop(under_test.desk().choose_service(&who, encounter.id, search.id, &first, None).await);
    let log = String::from_utf8(captured.0.lock().unwrap_or_else(PoisonError::into_inner).clone()).expect("text");
    assert!(log.contains("no service details"), "something was logged: {log:?}");
    for secret in
        ["9990000018", "999 000 0018", "Orchard", "1974-11-12", "07700 900123", "Sore throat", "passphrase", "eyJ"]
    {
        assert!(!log.contains(secret), "{secret:?} stands in the log");
    }
}
