//! Reading a booking whole (CA-2), writing it back with its status alone changed (CA-3), and what providers say to that
//! (CA-4), byte by byte.

use std::io::Write as _;

use desk_domain::booking::AppointmentStatus;
use desk_domain::cancel::{AppointmentPatient, CancelRefusal, Put, WholeAppointment, Whose};
use desk_domain::failure::{ProviderFailure, Refusal};
use desk_nhs::settings::NhsSettings;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::support::desk::{
    Desk, asking, at, cancel_order, nhs_number, patient, proxy, service_id, settings, timeouts,
};
use crate::support::server::{Server, answer, fhir, hang_up};

/// A booking as a provider holds it: its own order of fields, numbers, escapes and elements that nobody else knows.
fn held(status: &str) -> String {
    let narrative =
        "<p>Caf\\u00e9 \u{1f9d1}\u{200d}\u{2695}\u{fe0f} \\\"status\\\":\\\"booked\\\" &amp;</p>".repeat(4_000);
    [
        "\n{\"status\" :\t\"",
        status,
        "\",\r\n \"_status\":{\"extension\":[{\"url\":\"https://p.example/why\",\"valueCode\":\"booked\"}]},\"id\":\"a1\"",
        ",\"unheardOf\":[1.0,1e3,-0.0,123456789012345678901234567890,1e999,{\"status\":\"booked\"}],\"resourceType\":\"Appointment\"",
        ",\"meta\":{\"versionId\":\"4\",\"lastUpdated\":\"2026-11-20T11:59:00.123+00:00\"},\"text\":{\"status\":\"generated\",\"div\":\"",
        &narrative,
        "\"},\"contained\":[{\"resourceType\":\"DocumentReference\",\"id\":\"d\",\"status\":\"current\",\"identifier\":[{\"value\":\"3F2B7A52-0F5C-4D3F-9B0E-1B6D5F0A9C11\"}]}",
        ",{\"resourceType\":\"Patient\",\"id\":\"p\",\"multipleBirthInteger\":2.0,\"identifier\":[{\"system\":\"https://fhir.nhs.uk/Id/nhs-number\",\"value\":\"943 476 5919\"}]",
        ",\"name\":[{\"use\":\"old\",\"family\":\"Jones\",\"given\":[\"J\"]},{\"use\":\"official\",\"family\":\"Smith\",\"given\":[\"John\",\"Paul\"],\"prefix\":[\"Mr\"]}],\"birthDate\":\"1974-11-12\"}",
        ",{\"resourceType\":\"Location\",\"id\":\"l\",\"status\":\"active\",\"name\":\"Mill Lane Centre\",\"address\":{\"line\":[\"1 Mill Lane\"],\"city\":\"Northdale\",\"postalCode\":\"ND1 2AB\"}}]",
        ",\"start\":\"2026-11-20T14:00:00+01:00\",\"end\":\"2026-11-20T13:15:00.000Z\",\"description\":\"Sore throat\"",
        ",\"participant\":[{\"actor\":{\"reference\":\"#p\",\"display\":\"John Smith\"},\"status\":\"accepted\"},{\"actor\":{\"reference\":\"#l\"}}]}\n\n",
    ]
    .concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("packs");
    encoder.finish().expect("packs")
}

/// Reads `a1` at a server that answers with these bytes.
async fn read(bytes: Vec<u8>) -> Result<WholeAppointment, ProviderFailure> {
    let server = Server::that_says(bytes);
    Desk::new(settings()).nhs.provider.read_whole(&asking(), &at(&server.url()), "a1").await
}

async fn read_value(value: &Value) -> WholeAppointment {
    read(fhir("200 OK", "ETag: W/\"4\"\r\n", &value.to_string())).await.expect("a booking")
}

#[tokio::test]
async fn ca_2_a_booking_is_read_whole_and_kept_to_the_letter() {
    let text = held("booked");
    assert!(text.len() > 200_000, "with a long narrative");
    let marked = format!("\u{feff}{text}");
    let packed = answer("200 OK", "ETag: W/\"7\"\r\nContent-Encoding: gzip\r\n", &gzip(text.as_bytes()));
    let answers = [fhir("200 OK", "ETag: W/\"7\"\r\n", &text), fhir("200 OK", "ETag: W/\"7\"\r\n", &marked), packed];
    for bytes in answers {
        let server = Server::that_says(bytes);
        let root = format!("{}/a b/STU3/1/", server.url());
        let whole = Desk::new(settings()).nhs.provider.read_whole(&asking(), &at(&root), "a1").await;
        let whole = whole.expect("a booking");
        assert!(*whole.content.reveal() == text, "to the letter, without what is no part of the text");
        assert_eq!(whole.held.appointment_id, "a1", "id");
        assert_eq!(whole.held.version, "7", "the header's version before the body's");
        assert_eq!(whole.held.url, format!("{}/a%20b/STU3/1/Appointment/a1", server.url()), "absolute, no version");
        assert_eq!(whole.held.status, AppointmentStatus::Booked, "status");
        assert_eq!(whole.patient.nhs_number, Some(nhs_number()), "NHS number");
        let shown = whole.patient.name.as_ref().map(|name| name.reveal().as_str());
        assert_eq!(shown, Some("SMITH, John Paul (Mr)"), "the name in use, as it is shown");
        assert_eq!(whole.patient.is(&patient()), Whose::Theirs, "whose it is");
        let instant = |at: Option<chrono::DateTime<chrono::Utc>>| at.map(|at| at.to_rfc3339());
        assert_eq!(instant(whole.start).as_deref(), Some("2026-11-20T13:00:00+00:00"), "start, in UTC");
        assert_eq!(instant(whole.end).as_deref(), Some("2026-11-20T13:15:00+00:00"), "end");
        assert_eq!(instant(whole.last_changed).as_deref(), Some("2026-11-20T11:59:00.123+00:00"), "last changed");
        assert_eq!(whole.description.as_ref().map(|words| words.reveal().as_str()), Some("Sore throat"), "why");
        assert_eq!(whole.place.as_deref(), Some("Mill Lane Centre, 1 Mill Lane, Northdale, ND1 2AB"), "where");
        let document = whole.document.map(|document| document.to_string());
        assert_eq!(document.as_deref(), Some("3f2b7a52-0f5c-4d3f-9b0e-1b6d5f0a9c11"), "BK-6: its document");
        assert!(!format!("{whole:?}").contains("Smith"), "personal data is silent");
    }
}

#[tokio::test]
async fn ca_2_the_least_that_is_a_booking_is_read_and_nothing_is_guessed() {
    let whole = read_value(&json!({ "resourceType": "Appointment", "id": "a1", "status": "waitlist" })).await;
    assert_eq!(whole.held.status, AppointmentStatus::Other("waitlist".to_owned()), "a word that nobody knows is kept");
    assert_eq!(whole.patient, AppointmentPatient::default(), "nobody");
    assert_eq!((whole.start, whole.end, whole.place, whole.document), (None, None, None, None), "not said");
    assert_eq!((whole.description, whole.last_changed), (None, None), "not said");
    let odd = json!({
        "resourceType": "Appointment", "id": "a1", "status": "booked", "start": "2026-11-20T13:00:00", "end": 7,
        "contained": { "x": 1 }, "participant": [null, { "actor": [] }], "extension": "none", "meta": [],
        "description": "  ",
    });
    let whole = read_value(&odd).await;
    assert_eq!((whole.start, whole.end, whole.description), (None, None, None), "an instant has a zone");
}

#[tokio::test]
async fn ca_2_the_version_is_the_one_that_the_provider_takes_back() {
    let body = r#"{"resourceType":"Appointment","id":"a1","meta":{"versionId":"4"},"status":"booked"}"#;
    let bare = r#"{"resourceType":"Appointment","id":"a1","status":"booked"}"#;
    let table = [
        ("ETag: W/\"7\"\r\n", body, Some("7")),
        ("ETag: \"7\"\r\n", body, Some("7")),
        ("etag: W/7\r\n", body, Some("7")),
        ("ETag: W/\"\"\r\n", body, Some("4")),
        ("", body, Some("4")),
        ("ETag: W/\"4-gzip\"\r\n", body, Some("4")),
        ("ETag: \"4--gzip\"\r\n", body, Some("4")),
        ("ETag: \"7-gzip\"\r\n", body, Some("7-gzip")),
        ("ETag: W/\"7\"\r\n", bare, Some("7")),
        ("", bare, None),
    ];
    for (headers, body, expected) in table {
        let version = read(fhir("200 OK", headers, body)).await.map(|whole| whole.held.version);
        assert_eq!(version.ok().as_deref(), expected, "{headers:?} {body}");
    }
}

#[tokio::test]
async fn ca_2_whom_a_booking_is_for_is_read_in_every_form_and_a_contradiction_says_nobody() {
    let number = |digits: &str| json!([{ "system": "https://fhir.nhs.uk/Id/nhs-number", "value": digits }]);
    let person = |id: &str, identifier: Value| {
        json!({ "resourceType": "Patient", "id": id, "identifier": identifier, "birthDate": "1974-11-12",
                "name": [{ "family": "Smith", "given": ["John"] }] })
    };
    let booking = |contained: Value, participant: Value| {
        json!({ "resourceType": "Appointment", "id": "a1", "status": "booked", "contained": contained,
                "participant": participant })
    };
    let (ours, other) = ("9434765919", "9990000026");
    let by_identifier = json!([{ "actor": { "identifier": number(ours)[0], "display": "John Smith" } }]);
    let refers = |to: &str| json!([{ "actor": { "reference": to, "display": "John Smith" } }]);
    let mut old = number(other);
    old[0]["use"] = json!("old");
    let table = [
        ("a Patient within", booking(json!([person("p", number(ours))]), refers("#p")), Whose::Theirs),
        ("by the participant alone", booking(json!([]), by_identifier.clone()), Whose::Theirs),
        ("somebody else's", booking(json!([person("p", number(other))]), refers("#p")), Whose::SomebodyElses),
        ("no number: by name and birth", booking(json!([person("p", json!([]))]), refers("#p")), Whose::Theirs),
        ("no NHS number: by name", booking(json!([person("p", number("9434765918"))]), refers("#p")), Whose::Theirs),
        ("a number not in use", booking(json!([person("p", old)]), refers("#p")), Whose::Theirs),
        (
            "the one referred to",
            booking(json!([person("q", number(other)), person("p", number(ours))]), refers("#p")),
            Whose::Theirs,
        ),
        (
            "two, and none referred to",
            booking(json!([person("q", number(other)), person("p", number(ours))]), refers("Patient/1")),
            Whose::NotSaid,
        ),
        ("two numbers", booking(json!([person("p", number(other))]), by_identifier), Whose::NotSaid),
        ("elsewhere", booking(json!([]), refers("https://p.example/Patient/1")), Whose::NotSaid),
    ];
    for (what, booking, expected) in table {
        let whole = read_value(&booking).await;
        assert_eq!(whole.patient.is(&patient()), expected, "{what}");
        assert!(what.starts_with("two, and") || whole.patient.name.is_some(), "{what}: a name to show");
    }
}

#[tokio::test]
async fn ca_2_where_a_booking_is_is_shown_as_far_as_it_says_and_never_guessed() {
    let location = |id: &str, name: &str| json!({ "resourceType": "Location", "id": id, "name": name });
    let booking = |more: Value| {
        let mut all = json!({ "resourceType": "Appointment", "id": "a1", "status": "booked" });
        for (name, value) in more.as_object().expect("fields") {
            all[name] = value.clone();
        }
        all
    };
    let actor = |reference: &str| json!([{ "actor": { "reference": reference, "display": "Ward 7" } }]);
    let extension = json!([{ "url": "x", "valueReference": { "reference": "Location/7", "display": "Annexe" } }]);
    let (a, b) = (location("a", "A"), location("b", "B"));
    let table = [
        (json!({ "contained": [a] }), Some("A")),
        (json!({ "contained": [a, b], "participant": actor("#b") }), Some("B")),
        (json!({ "contained": [a, b] }), None),
        (json!({ "participant": actor("Location/9") }), Some("Ward 7")),
        (json!({ "participant": actor("https://p.example/Location/9/_history/1") }), Some("Ward 7")),
        (json!({ "participant": actor("Practitioner/9") }), None),
        (json!({ "extension": extension }), Some("Annexe")),
    ];
    for (more, expected) in table {
        assert_eq!(read_value(&booking(more.clone())).await.place.as_deref(), expected, "{more}");
    }
}

#[tokio::test]
async fn ca_2_what_is_not_that_booking_is_never_shown_as_it() {
    let other = held("booked").replace("\"id\":\"a1\"", "\"id\":\"a2\"");
    let large = held("booked").replace("Sore throat", &"x".repeat(1024 * 1024));
    let no_text = [&[b'{', 0xff][..], held("booked").as_bytes()].concat();
    let table = [
        ("another booking", fhir("200 OK", "", &other)),
        ("larger than any", fhir("200 OK", "", &large)),
        ("cut short", answer("200 OK", "", &held("booked").as_bytes()[..100_000])),
        ("no text", answer("200 OK", "", &no_text)),
        ("no status", fhir("200 OK", "", r#"{"resourceType":"Appointment","id":"a1","meta":{"versionId":"1"}}"#)),
        ("another resource", fhir("200 OK", "", r#"{"resourceType":"Slot","id":"a1","status":"booked"}"#)),
        ("an outcome", fhir("200 OK", "", r#"{"resourceType":"OperationOutcome"}"#)),
        ("nothing", answer("200 OK", "", b"")),
        ("another success", fhir("203 Well", "ETag: W/\"1\"\r\n", &held("booked"))),
    ];
    for (what, bytes) in table {
        assert_eq!(read(bytes).await, Err(ProviderFailure::Malformed), "{what}");
    }
    for status in ["404 No", "410 Gone"] {
        assert_eq!(read(fhir(status, "", "")).await, Err(ProviderFailure::Refused(Refusal::NotFound)), "{status}");
    }
}

#[tokio::test]
async fn ca_3_what_was_read_is_written_back_with_its_status_alone_changed() {
    let server = Server::plain(|heard, wire| {
        let (tag, status) =
            if heard.line.starts_with("PUT") { ("W/\"8\"", "cancelled") } else { ("W/\"7\"", "booked") };
        wire.write_all(&fhir("200 OK", &format!("ETag: {tag}\r\n"), &held(status)))
    });
    let (desk, provider) = (Desk::new(settings()), at(&server.url()));
    let whole = desk.nhs.provider.read_whole(&asking(), &provider, "a1").await.expect("a booking");
    let content = desk.nhs.provider.cancelled_content(&whole).expect("it can be written back");
    let order = cancel_order(provider, "a1", &whole.held.version);
    let Put::Cancelled(now) = desk.nhs.provider.cancel(&asking(), &order, &content).await else {
        panic!("it is cancelled")
    };
    assert_eq!((now.version.as_str(), now.status), ("8", AppointmentStatus::Cancelled), "the new version");
    assert_eq!(now.url, whole.held.url, "the same booking");
    let heard = server.heard();
    let [_, put] = heard.as_slice() else { panic!("a read and a cancellation") };
    assert_eq!(put.line, "PUT /Appointment/a1 HTTP/1.1", "where it is");
    assert!(put.body == held("cancelled").into_bytes(), "byte for byte");
    assert_eq!(put.header("if-match"), "W/\"7\"", "the version that was shown");
    assert_eq!(put.header("x-request-id"), order.request.to_string(), "BK-4: the order's own id");
    assert_eq!(server.connections(), 2, "what changes something goes over a connection of its own");
    assert_eq!(desk.recorded().last().map(|one| (one.status, one.failure.clone())), Some((Some(200), None)), "CA-7");
}

#[tokio::test]
async fn ca_3_what_cannot_be_written_back_unchanged_is_not_written_back() {
    let desk = Desk::new(settings());
    let whole = read(fhir("200 OK", "ETag: W/\"7\"\r\n", &held("booked"))).await.expect("a booking");
    let mut another = whole.clone();
    another.held.appointment_id = "a2".to_owned();
    assert!(desk.nhs.provider.cancelled_content(&another).is_err(), "another booking's content");
    let twice = held("booked").replacen("\"id\"", "\"status\":\"booked\",\"id\"", 1);
    let twice = read(fhir("200 OK", "ETag: W/\"7\"\r\n", &twice)).await.expect("it can be shown");
    assert!(desk.nhs.provider.cancelled_content(&twice).is_err(), "which of the two?");
    assert!(desk.nhs.provider.cancelled_content(&whole).is_ok(), "the booking itself");
}

#[tokio::test]
async fn ca_4_each_answer_to_a_cancellation_is_told_in_its_own_words_and_recorded() {
    let outcome = |code: &str, said: &str| {
        json!({ "resourceType": "OperationOutcome", "issue": [{ "severity": "error", "code": "invalid",
            "details": { "coding": [{ "code": code }] }, "diagnostics": said }] })
        .to_string()
    };
    let (c, f) = (Put::Refused, Put::Failed);
    let r = |refusal| Put::Failed(ProviderFailure::Refused(refusal));
    let invalid = |said: &str| outcome("INVALID_RESOURCE", said);
    let table = [
        ("409 Conflict", invalid("The booking was changed meanwhile"), c(CancelRefusal::Changed)),
        ("412 Precondition Failed", outcome("INVALID_PARAMETER", "If-Match is missing"), c(CancelRefusal::Changed)),
        ("409 Conflict", outcome("DUPLICATE_REJECTED", "This X-Request-ID was used before"), r(Refusal::RequestIdUsed)),
        ("422 No", invalid("The booking is cancelled already"), c(CancelRefusal::AlreadyCancelled)),
        ("422 No", invalid("The booking lies in the past"), c(CancelRefusal::InThePast)),
        ("422 No", invalid("Nothing but the status may change"), c(CancelRefusal::Differs)),
        ("422 No", invalid("It belongs to another patient"), c(CancelRefusal::NotThisPatient)),
        ("422 No", "<html>".to_owned(), r(Refusal::Invalid)),
        ("403 No", outcome("ACCESS_DENIED", "Only its maker may cancel it"), r(Refusal::Forbidden)),
        ("404 No", String::new(), r(Refusal::NotFound)),
        ("410 Gone", String::new(), r(Refusal::NotFound)),
        ("429 Slower", String::new(), f(ProviderFailure::Busy)),
        ("500 Oops", String::new(), f(ProviderFailure::Failed)),
        ("502 Offline", String::new(), f(ProviderFailure::NotRelayed)),
        ("503 Busy", String::new(), f(ProviderFailure::Busy)),
        ("504 Late", String::new(), f(ProviderFailure::NotRelayed)),
        // ER-3: a success that is none is the provider's fault, and what it did is not known.
        ("200 OK", outcome("INTERNAL_SERVER_ERROR", "Not done"), f(ProviderFailure::Malformed)),
        ("200 OK", held("booked"), f(ProviderFailure::Malformed)),
        ("200 OK", held("cancelled").replace("\"id\":\"a1\"", "\"id\":\"a2\""), f(ProviderFailure::Malformed)),
        ("200 OK", String::new(), f(ProviderFailure::Malformed)),
        ("202 Later", held("cancelled"), f(ProviderFailure::Malformed)),
    ];
    for through_proxy in [true, false] {
        for (status, body, expected) in &table {
            let server = Server::that_says(fhir(status, "", body));
            let (ssp, root) = if through_proxy {
                (proxy(&server.url()), "https://p.example/STU3/1".to_owned())
            } else {
                (None, server.url())
            };
            let desk = Desk::new(NhsSettings { ssp, ..settings() });
            let put =
                desk.nhs.provider.cancel(&asking(), &cancel_order(at(&root), "a1", "7"), &held("cancelled")).await;
            let what = format!("{status} {}", body.chars().take(200).collect::<String>());
            assert_eq!(put, *expected, "{what}");
            assert_eq!(server.heard().len(), 1, "{what}: sent once, and not again from in here (ER-2)");
            let recorded = desk.recorded();
            let [exchange] = recorded.as_slice() else { panic!("{what}: one exchange") };
            let said = match expected {
                Put::Refused(refusal) => refusal.to_string(),
                Put::Failed(failure) => failure.to_string(),
                Put::Cancelled(_) => unreachable!("none of these"),
            };
            assert_eq!(exchange.failure, Some(said), "{what}: recorded in the field's words");
            assert_eq!(exchange.service, Some(service_id()), "{what}: with the service (ER-3)");
        }
    }
}

#[tokio::test]
async fn ca_4_what_never_left_is_told_from_what_was_lost() {
    let cancel = |settings: NhsSettings, root: String| async move {
        let desk = Desk::new(settings);
        desk.nhs.provider.cancel(&asking(), &cancel_order(at(&root), "a1", "7"), &held("cancelled")).await
    };
    let nobody = cancel(settings(), "http://127.0.0.1:1".to_owned()).await;
    assert_eq!(nobody, Put::Failed(ProviderFailure::NotSent), "nobody is there");
    let server = Server::plain(|_, _| hang_up());
    assert_eq!(cancel(settings(), server.url()).await, Put::Failed(ProviderFailure::Lost), "no answer");
    assert_eq!(server.heard().len(), 1, "it may have been carried out: it is not sent again from in here");
    let server = Server::plain(|_, wire| {
        let whole = fhir("200 OK", "ETag: W/\"8\"\r\n", &held("cancelled"));
        wire.write_all(&whole[..whole.len() - 1])?;
        hang_up()
    });
    assert_eq!(cancel(settings(), server.url()).await, Put::Failed(ProviderFailure::Lost), "an answer cut short");
    let server = Server::plain(|_, _| {
        std::thread::sleep(std::time::Duration::from_secs(3));
        hang_up()
    });
    let impatient = NhsSettings { timeouts: timeouts(1, 1, 1), ..settings() };
    assert_eq!(cancel(impatient, server.url()).await, Put::Failed(ProviderFailure::Lost), "no answer in time");
    let odd = cancel_order(at("http://127.0.0.1:1"), "a1", "7\r\nX: y");
    let put = Desk::new(settings()).nhs.provider.cancel(&asking(), &odd, &held("cancelled")).await;
    assert_eq!(put, Put::Failed(ProviderFailure::NotSent), "a version that no header can hold");
}
