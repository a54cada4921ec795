//! The appointment registry (RG-2): pointers to bookings at whichever provider.

use std::sync::Arc;

use desk_domain::booking::AppointmentStatus;
use desk_domain::failure::{ProviderFailure, Refusal};
use desk_journeys::ports::RegistryEntry;
use desk_nhs::settings::{NhsSettings, RegistrySettings};
use serde_json::{Value, json};

use crate::support::desk::{Desk, asking, encounter, nhs_number, proxy, service_id, settings};
use crate::support::server::{Server, fhir};

fn pointer(url: &str, status: &str, hour: u32) -> Value {
    json!({
        "resourceType": "Appointment", "id": format!("entry-{hour}"), "status": status,
        "identifier": [{ "system": "urn:ietf:rfc:3986", "value": url }],
        "start": format!("2026-11-20T{hour:02}:00:00.000Z"), "end": format!("2026-11-20T{hour:02}:15:00.000Z"),
        "participant": [{ "actor": {
            "identifier": { "system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9434765919" },
        } }],
    })
}

fn bundle(entries: &[Value], next: Option<&str>) -> String {
    let entries: Vec<_> = entries.iter().map(|resource| json!({ "resource": resource })).collect();
    let link = next.map(|url| json!([{ "relation": "next", "url": url }]));
    json!({ "resourceType": "Bundle", "type": "searchset", "link": link, "entry": entries }).to_string()
}

fn with_registry(url: &str) -> NhsSettings {
    NhsSettings { registry: Some(RegistrySettings { url: url.parse().expect("a URL") }), ..settings() }
}

async fn ask(desk: &Desk) -> Result<Vec<RegistryEntry>, ProviderFailure> {
    let registry = desk.nhs.registry.as_ref().expect("it is configured");
    registry.appointments_of(&asking(), &nhs_number()).await
}

async fn entries_in(body: &str) -> Result<Vec<RegistryEntry>, ProviderFailure> {
    let server = Server::that_says(fhir("200 OK", "", body));
    ask(&Desk::new(with_registry(&server.url()))).await
}

#[test]
fn rg_3_without_a_registry_there_is_none_to_ask() {
    assert!(Desk::new(settings()).nhs.registry.is_none(), "none is configured");
}

#[test]
fn au_3_a_registry_in_plain_text_elsewhere_is_refused() {
    let log = Arc::new(crate::support::desk::Recorded::default());
    let clock = Arc::new(crate::support::answering::ClockAhead(chrono::TimeDelta::zero()));
    let connected = desk_nhs::connect(with_registry("http://registry.example/STU3/1"), clock, log, None);
    let said = connected.err().expect("refused").to_string();
    assert!(said.contains("appointment registry") && said.contains("https"), "{said}");
}

#[tokio::test]
async fn rg_2_the_registry_is_asked_by_its_own_root_and_never_by_the_proxy() {
    let entry = pointer("https://p.example/STU3/1/Appointment/a1", "booked", 13);
    let server = Server::that_says(fhir("200 OK", "X-Correlation-ID: c\r\n", &bundle(&[entry], None)));
    let root = format!("{}/registry/STU3/1", server.url());
    let desk = Desk::new(NhsSettings { ssp: proxy("http://127.0.0.1:1"), ..with_registry(&format!("{root}/")) });
    let entries = ask(&desk).await.expect("entries");
    let [one] = entries.as_slice() else { panic!("one entry, not {entries:?}") };
    let expected = RegistryEntry {
        url: "https://p.example/STU3/1/Appointment/a1".to_owned(),
        provider_root: "https://p.example/STU3/1".to_owned(),
        appointment_id: "a1".to_owned(),
        status: AppointmentStatus::Booked,
        start: "2026-11-20T13:00:00Z".parse().ok(),
        end: "2026-11-20T13:15:00Z".parse().ok(),
    };
    assert_eq!(*one, expected, "what it points to");
    let heard = server.heard();
    let [request] = heard.as_slice() else { panic!("one request") };
    let target =
        "/registry/STU3/1/Appointment?patient.identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C9434765919";
    assert_eq!(request.line, format!("GET {target} HTTP/1.1"), "directly");
    assert_eq!(request.header("x-request-id"), asking().request.to_string(), "the request's id");
    for header in ["ssp-traceid", "ssp-from", "ssp-to", "ssp-interactionid"] {
        assert_eq!(request.header(header), "", "{header} is the proxy's");
    }
    let claims = crate::requests::claims(request);
    assert_eq!(claims["aud"], root.as_str(), "the registry's root");
    assert_eq!(claims["requested_scope"], "patient/appointment.read", "to read");
    assert_eq!(claims["requesting_practitioner"]["id"], claims["sub"], "AU-1: the person signed in");
    let recorded = desk.recorded();
    let [exchange] = recorded.as_slice() else { panic!("one exchange") };
    assert_eq!((exchange.system.as_str(), exchange.operation.as_str()), ("registry", "search appointments"), "which");
    assert_eq!((exchange.encounter, exchange.trace), (Some(encounter()), None), "leads back; no proxy traces it");
    assert_eq!((exchange.status, exchange.request), (Some(200), Some(asking().request)), "recorded");
}

#[tokio::test]
async fn rg_2_entries_are_pointers_earliest_first_and_what_points_nowhere_is_left_out() {
    let root = "https://p.example/STU3/1";
    let good = |id: &str, status: &str, hour| pointer(&format!("{root}/Appointment/{id}"), status, hour);
    let mut others = good("theirs", "booked", 9);
    others["participant"][0]["actor"]["identifier"]["value"] = json!("9990000026");
    let mut no_status = good("x", "booked", 9);
    no_status["status"] = json!(null);
    let mut nothing = good("x", "booked", 9);
    nothing["identifier"] = json!([{ "system": "https://p.example/id", "value": "7" }]);
    let mut two = good("x", "booked", 9);
    two["identifier"] =
        json!([two["identifier"][0], { "system": "urn:ietf:rfc:3986", "value": "https://q.example/Appointment/x" }]);
    let entries = [
        good("late", "booked", 15),
        good("early/_history/2", "cancelled", 8),
        others,
        no_status,
        nothing,
        two,
        pointer("http://p.example/STU3/1/Appointment/plain", "booked", 9),
        pointer("urn:uuid:0d9f9a1e-8a3b-4b57-9b6a-0a4e3c1d2f10", "booked", 9),
        json!({ "resourceType": "OperationOutcome", "issue": [{ "severity": "information" }] }),
        json!({ "resourceType": "Brandnew" }),
        json!(7),
        // Told twice: the entry that stands is the one to look at.
        good("twice", "cancelled", 11),
        good("twice", "booked", 10),
    ];
    let mut ided = entries.to_vec();
    for (number, entry) in ided.iter_mut().enumerate().filter(|(_, entry)| entry.is_object()) {
        entry["id"] = json!(format!("entry-{number}"));
    }
    let found = entries_in(&bundle(&ided, None)).await.expect("entries");
    let read: Vec<_> = found.iter().map(|one| (one.url.as_str(), &one.status)).collect();
    let url = |id: &str| format!("{root}/Appointment/{id}");
    let (early, twice, late) = (url("early"), url("twice"), url("late"));
    let expected = [
        (early.as_str(), &AppointmentStatus::Cancelled),
        (twice.as_str(), &AppointmentStatus::Booked),
        (late.as_str(), &AppointmentStatus::Booked),
    ];
    assert_eq!(read, expected, "each booking once, without a version");
    assert!(found.iter().all(|one| one.provider_root == root), "the provider's root");
    assert_eq!(entries_in(&bundle(&[], None)).await, Ok(Vec::new()), "none is an answer");
}

#[tokio::test]
async fn rg_2_every_page_is_read_or_the_answer_is_none() {
    let root = "https://p.example/STU3/1/Appointment";
    // To a second page; away; to a page that fails.
    let table = [
        ("Appointment?page=2", Ok(2)),
        ("https://elsewhere.example/Appointment?page=2", Err(ProviderFailure::Malformed)),
        ("Appointment?page=broken", Err(ProviderFailure::Failed)),
    ];
    for (link, expected) in table {
        let server = Server::plain(move |heard, wire| {
            let given = match heard.line.as_str() {
                line if line.contains("page=2") => bundle(&[pointer(&format!("{root}/b"), "booked", 10)], None),
                line if line.contains("page=broken") => return wire.write_all(&fhir("500 Oops", "", "")),
                _ => bundle(&[pointer(&format!("{root}/a"), "booked", 9)], Some(link)),
            };
            wire.write_all(&fhir("200 OK", "", &given))
        });
        let found = ask(&Desk::new(with_registry(&server.url()))).await;
        assert_eq!(found.map(|entries| entries.len()), expected, "{link}: a part is not taken for the whole");
    }
}

#[tokio::test]
async fn er_1_a_registry_that_fails_is_no_registry_without_entries() {
    let failing =
        json!({ "resourceType": "OperationOutcome", "issue": [{ "severity": "error", "code": "exception" }] });
    let table = [
        ("403 No", String::new(), ProviderFailure::Refused(Refusal::Forbidden)),
        ("404 No", String::new(), ProviderFailure::Refused(Refusal::NotFound)),
        ("500 Oops", String::new(), ProviderFailure::Failed),
        ("503 Busy", String::new(), ProviderFailure::Busy),
        ("200 OK", "{".to_owned(), ProviderFailure::Malformed),
        ("200 OK", failing.to_string(), ProviderFailure::Malformed),
        ("200 OK", bundle(&[failing], None), ProviderFailure::Malformed),
    ];
    for (status, body, expected) in table {
        let server = Server::that_says(fhir(status, "", &body));
        let desk = Desk::new(with_registry(&server.url()));
        assert_eq!(ask(&desk).await, Err(expected), "{status} {body}");
        assert_eq!(desk.recorded().len(), 1, "{status}: asked once, and recorded");
        assert_eq!(desk.recorded()[0].service, Some(service_id()), "{status}: as asked");
    }
    let nobody = Desk::new(with_registry("http://127.0.0.1:1"));
    assert_eq!(ask(&nobody).await, Err(ProviderFailure::NotSent), "nobody is there");
}
