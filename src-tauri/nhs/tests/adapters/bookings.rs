//! Looking up a patient's bookings at a provider (RG-1): searchsets in every form, pages, and providers that do not offer it.

use desk_domain::booking::AppointmentStatus;
use desk_domain::failure::{ProviderFailure, Refusal};
use desk_journeys::ports::{FoundBookings, LookUpFailure};
use serde_json::{Value, json};

use crate::support::desk::{Desk, asking, at, nhs_number, service_id, settings, window};
use crate::support::server::{Server, fhir};

fn booking(id: &str, hour: u32) -> Value {
    json!({
        "resourceType": "Appointment", "id": id, "meta": { "versionId": "1" }, "status": "booked",
        "start": format!("2026-11-20T{hour:02}:00:00.000Z"),
        "participant": [{ "actor": {
            "identifier": { "system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9434765919" },
        } }],
    })
}

fn of_somebody_else(id: &str) -> Value {
    let mut other = booking(id, 9);
    other["participant"][0]["actor"]["identifier"]["value"] = json!("9990000026");
    other
}

fn bundle(resources: &[Value], next: Option<&str>) -> String {
    let entries: Vec<_> = resources.iter().map(|resource| json!({ "resource": resource })).collect();
    let link = next.map(|url| json!([{ "relation": "next", "url": url }]));
    json!({ "resourceType": "Bundle", "type": "searchset", "total": 99, "link": link, "entry": entries }).to_string()
}

async fn look_up(server: &Server) -> Result<FoundBookings, LookUpFailure> {
    Desk::new(settings()).nhs.provider.bookings_of(&asking(), &at(&server.url()), &nhs_number(), window()).await
}

/// Ids, and how many entries are counted; none where the look-up fails.
type Expected = Option<(&'static [&'static str], usize)>;

async fn look_up_in(body: &str) -> Result<FoundBookings, LookUpFailure> {
    look_up(&Server::that_says(fhir("200 OK", "", body))).await
}

fn ids(found: &FoundBookings) -> Vec<&str> {
    found.bookings.iter().map(|booking| booking.held.appointment_id.as_str()).collect()
}

#[tokio::test]
async fn rg_1_bookings_are_found_earliest_first_each_once_and_to_the_letter() {
    let odd = "{\"status\":\"cancelled\" ,\"id\":\"odd\", \"x\":[1.0,1e3,1e999],\"resourceType\":\"Appointment\",\"start\":\"2026-11-20T10:00:00+00:00\",\"meta\":{\"versionId\":\"3\"}}";
    let timeless =
        json!({ "resourceType": "Appointment", "id": "timeless", "meta": { "versionId": "1" }, "status": "noshow" });
    let entries = [booking("late", 13), booking("early", 8), booking("late", 13), timeless];
    let mut body = bundle(&entries, None);
    // Keys that stand twice, in the entry and in the Bundle: what stands in them stays to the letter.
    let entry = format!("{{\"fullUrl\":\"x\",\"fullUrl\":\"y\",\"resource\": {odd} }}");
    body = body.replacen("\"entry\":[", &format!("\"type\":\"searchset\",\"entry\":[{entry},"), 1);
    for body in [body.clone(), body.replacen('{', "{\"resourceType\":\"Bundle\",", 1), format!("\u{feff}{body}")] {
        let found = look_up_in(&body).await.expect("bookings");
        assert_eq!(ids(&found), ["early", "odd", "late", "timeless"], "by start; what does not say it last");
        assert_eq!(found.not_understood, 0, "everything was understood");
        let one = &found.bookings[1];
        assert_eq!((one.held.version.as_str(), &one.held.status), ("3", &AppointmentStatus::Cancelled), "as it is now");
        assert_eq!(one.content.reveal(), odd, "to the letter");
        assert!(one.held.url.ends_with("/Appointment/odd"), "its own URL: {}", one.held.url);
    }
}

#[tokio::test]
async fn rg_1_odd_entries_are_passed_over_and_counted_where_they_may_be_a_booking() {
    let unknown = json!({ "resourceType": "Brandnew", "x": 1 });
    let remark = json!({ "resourceType": "OperationOutcome", "issue": [{ "severity": "information", "diagnostics": "Nightly" }] });
    let mut part_failed = remark.clone();
    part_failed["issue"][0]["severity"] = json!("error");
    let nameless = json!({ "resourceType": "Appointment", "status": "booked", "meta": { "versionId": "1" } });
    let large =
        json!({ "resourceType": "Appointment", "id": "large", "status": "booked", "x": "x".repeat(1024 * 1024) });
    let table = [
        (vec![unknown, remark, booking("a", 9)], 0),
        (vec![part_failed, booking("a", 9)], 1),
        (vec![nameless, booking("a", 9)], 1),
        (vec![large, booking("a", 9)], 1),
        (vec![json!(7), json!(null), booking("a", 9)], 2),
    ];
    for (entries, not_understood) in table {
        let what = format!("{entries:?}").chars().take(200).collect::<String>();
        let found = look_up_in(&bundle(&entries, None)).await.expect("bookings");
        assert_eq!((ids(&found), found.not_understood), (vec!["a"], not_understood), "{what}");
    }
    assert_eq!(look_up_in(&bundle(&[], None)).await, Ok(FoundBookings::default()), "none");
}

#[tokio::test]
async fn rg_1_a_failure_told_within_a_success_is_no_empty_list() {
    let outcome = |severity: &str, code: &str| json!({ "resourceType": "OperationOutcome", "issue": [{ "severity": severity, "code": code }] });
    let failed = Err(LookUpFailure::Provider(ProviderFailure::Malformed));
    for body in [bundle(&[outcome("error", "exception")], None), outcome("fatal", "exception").to_string()] {
        assert_eq!(look_up_in(&body).await, failed, "{body}");
    }
    for body in [bundle(&[outcome("error", "not-found")], None), outcome("information", "x").to_string()] {
        assert_eq!(look_up_in(&body).await, Ok(FoundBookings::default()), "{body}");
    }
}

/// A server that does not know `patient.identifier` ignores it, as FHIR has it, and gives everybody's bookings.
#[tokio::test]
async fn rg_1_bookings_of_somebody_else_are_never_shown() {
    let found = look_up_in(&bundle(&[of_somebody_else("theirs"), booking("ours", 9)], None)).await.expect("bookings");
    assert_eq!((ids(&found), found.not_understood), (vec!["ours"], 0), "not theirs");
}

#[tokio::test]
async fn rg_1_an_entry_without_its_version_is_read_by_itself() {
    let server = Server::plain(|heard, wire| {
        let bare = |id: &str| {
            let mut bare = booking(id, 9);
            bare.as_object_mut().expect("an object").remove("meta");
            bare
        };
        let given = if heard.line.contains('?') {
            fhir("200 OK", "", &bundle(&[bare("a"), bare("gone"), of_somebody_else("b")], None))
        } else if heard.line.contains("/a ") {
            fhir("200 OK", "ETag: W/\"6\"\r\n", &bare("a").to_string())
        } else {
            fhir("404 No", "", "")
        };
        wire.write_all(&given)
    });
    let found = look_up(&server).await.expect("bookings");
    assert_eq!((ids(&found), found.not_understood), (vec!["a"], 1), "what cannot be read is counted");
    assert_eq!(found.bookings[0].held.version, "6", "as the read says");
    let mut requests: Vec<_> = server.heard().iter().map(|one| one.header("x-request-id").to_owned()).collect();
    requests.sort();
    requests.dedup();
    assert_eq!(requests.len(), 3, "BK-4: a search and two reads, each a request of its own");
}

#[tokio::test]
async fn rg_1_pages_are_followed_and_what_is_not_followed_is_counted() {
    // To a second page; to another server; back to itself; to a page that fails.
    let table: [(&str, Expected); 4] = [
        ("Appointment?page=2", Some((&["a", "b"], 0))),
        ("https://elsewhere.example/Appointment?page=2", Some((&["a"], 1))),
        ("Appointment?page=again", Some((&["a"], 1))),
        ("Appointment?page=broken", None),
    ];
    for (link, expected) in table {
        let server = Server::plain(move |heard, wire| {
            let given = match heard.line.as_str() {
                line if line.contains("page=2") => fhir("200 OK", "", &bundle(&[booking("b", 10)], None)),
                line if line.contains("page=broken") => fhir("503 Busy", "", ""),
                _ => fhir("200 OK", "", &bundle(&[booking("a", 9)], Some(link))),
            };
            wire.write_all(&given)
        });
        let found = look_up(&server).await;
        match expected {
            Some((bookings, not_understood)) => {
                let found = found.expect("bookings");
                assert_eq!((ids(&found).as_slice(), found.not_understood), (bookings, not_understood), "{link}");
            }
            // A part of the list would be taken for the whole of it.
            None => assert_eq!(found, Err(ProviderFailure::Busy.into()), "{link}"),
        }
    }
}

#[tokio::test]
async fn rg_1_a_provider_that_does_not_offer_it_says_so_and_one_that_fails_fails() {
    let r = |refusal| LookUpFailure::Provider(ProviderFailure::Refused(refusal));
    let table = [
        ("400 No", "", LookUpFailure::NotOffered),
        ("403 No", "", LookUpFailure::NotOffered),
        ("404 No", "", LookUpFailure::NotOffered),
        ("405 No", "", LookUpFailure::NotOffered),
        ("501 No", "", LookUpFailure::NotOffered),
        ("403 No", r#"{"issue":[{"diagnostics":"The token has expired"}]}"#, r(Refusal::Forbidden)),
        ("415 No", "", r(Refusal::CannotExchange)),
        ("500 Oops", "", ProviderFailure::Failed.into()),
        ("504 Late", "", ProviderFailure::NotRelayed.into()),
        ("200 OK", "<html>", ProviderFailure::Malformed.into()),
        ("200 OK", "", ProviderFailure::Malformed.into()),
    ];
    for (status, body, expected) in table {
        let server = Server::that_says(fhir(status, "", body));
        let desk = Desk::new(settings());
        let found = desk.nhs.provider.bookings_of(&asking(), &at(&server.url()), &nhs_number(), window()).await;
        assert_eq!(found, Err(expected.clone()), "{status} {body}");
        let recorded = desk.recorded();
        let [exchange] = recorded.as_slice() else { panic!("{status}: one exchange") };
        assert_eq!(exchange.failure, Some(expected.to_string()), "{status}: recorded");
        assert_eq!(exchange.service, Some(service_id()), "{status}: with the service (ER-3)");
    }
    let gone = Desk::new(settings());
    let found = gone.nhs.provider.bookings_of(&asking(), &at("http://127.0.0.1:1"), &nhs_number(), window()).await;
    assert_eq!(found, Err(ProviderFailure::NotSent.into()), "nobody is there");
}
