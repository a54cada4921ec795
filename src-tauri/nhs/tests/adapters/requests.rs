//! Every operation as it arrives: the request line for any service root, through the proxy and directly, and the headers
//! that the proxy routes and traces by (DI-8, AU-1, AU-2).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use desk_domain::booking::{Held, Posted};
use desk_domain::cancel::Put;
use desk_domain::id::TraceId;
use desk_journeys::ports::FoundBookings;
use desk_nhs::settings::NhsSettings;
use serde_json::Value;

use crate::support::desk::{
    Desk, asking, at, cancel_order, encounter, nhs_number, order, proxy, service_id, settings, window,
};
use crate::support::server::{Heard, Server, answer, empty_bundle, fhir};

const INTERACTIONS: &str = "urn:nhs:names:services:careconnect:fhir:rest:";

/// An operation of the port, and what the standard says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    SearchSlots,
    Book,
    SearchBookings,
    LookUpBookings,
    ReadBooking,
    ReadWhole,
    Cancel,
}

impl Operation {
    const ALL: [Self; 7] = [
        Self::SearchSlots,
        Self::Book,
        Self::SearchBookings,
        Self::LookUpBookings,
        Self::ReadBooking,
        Self::ReadWhole,
        Self::Cancel,
    ];

    const fn recorded_as(self) -> &'static str {
        match self {
            Self::SearchSlots => "search slots",
            Self::Book => "book",
            Self::SearchBookings | Self::LookUpBookings => "search bookings",
            Self::ReadBooking | Self::ReadWhole => "read booking",
            Self::Cancel => "cancel",
        }
    }

    const fn method(self) -> &'static str {
        match self {
            Self::Book => "POST",
            Self::Cancel => "PUT",
            Self::SearchSlots | Self::SearchBookings | Self::LookUpBookings | Self::ReadBooking | Self::ReadWhole => {
                "GET"
            }
        }
    }

    const fn interaction(self) -> &'static str {
        match self {
            Self::SearchSlots => "search:slot",
            Self::Book => "create:appointment",
            Self::SearchBookings | Self::LookUpBookings => "search:appointment",
            Self::ReadBooking | Self::ReadWhole => "read:appointment",
            Self::Cancel => "update:appointment",
        }
    }

    const fn scope(self) -> &'static str {
        match self {
            Self::SearchSlots => "organization/slot.read",
            Self::Book | Self::Cancel => "patient/appointment.write",
            Self::SearchBookings | Self::LookUpBookings | Self::ReadBooking | Self::ReadWhole => {
                "patient/appointment.read"
            }
        }
    }

    /// Path and query below the root.
    const fn below_the_root(self) -> (&'static str, &'static str) {
        match self {
            Self::SearchSlots => (
                "/Slot",
                "schedule.actor%3Ahealthcareservice=111001&start=ge2026-11-20T12%3A00%3A00.000Z\
                 &start=le2026-11-20T14%3A00%3A00.000Z&status=free&_include=Slot%3Aschedule\
                 &_include=Schedule%3Aactor%3APractitioner&_include=Schedule%3Aactor%3APractitionerRole\
                 &_include=Schedule%3Aactor%3AHealthcareService&_include=HealthcareService.location\
                 &_include=HealthcareService.providedBy",
            ),
            Self::Book => ("/Appointment", ""),
            Self::SearchBookings => (
                "/Appointment",
                "patient.identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C9434765919\
                 &start=ge2026-11-19T13%3A00%3A00.000Z&start=le2026-11-21T13%3A00%3A00.000Z",
            ),
            Self::LookUpBookings => (
                "/Appointment",
                "patient.identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C9434765919\
                 &start=ge2026-11-20T12%3A00%3A00.000Z&start=le2026-11-20T14%3A00%3A00.000Z",
            ),
            Self::ReadBooking | Self::ReadWhole | Self::Cancel => ("/Appointment/a%20%2F%3Fb", ""),
        }
    }

    /// Does it, and expects that it succeeds.
    async fn carry_out(self, desk: &Desk, root: &str) {
        let provider = &desk.nhs.provider;
        match self {
            Self::SearchSlots => {
                provider.free_slots(&asking(), &service_id(), &at(root), window()).await.expect("slots");
            }
            Self::Book => {
                let posted = provider.book(&order(at(root)), "{\"resourceType\":\"Appointment\"}").await;
                assert!(matches!(posted, Posted::Created(_)), "{posted:?}");
            }
            Self::SearchBookings => {
                assert_eq!(provider.held(&order(at(root)), &asking()).await, Held::No, "an empty Bundle");
            }
            Self::LookUpBookings => {
                let found = provider.bookings_of(&asking(), &at(root), &nhs_number(), window()).await;
                assert_eq!(found, Ok(FoundBookings::default()), "an empty Bundle");
            }
            Self::ReadBooking => {
                provider.read(&asking(), &at(root), "a /?b").await.expect("a booking");
            }
            Self::ReadWhole => {
                provider.read_whole(&asking(), &at(root), "a /?b").await.expect("a booking");
            }
            Self::Cancel => {
                let put = provider.cancel(&asking(), &cancel_order(at(root), "a /?b", "7"), CANCELLATION).await;
                assert!(matches!(put, Put::Cancelled(_)), "{put:?}");
            }
        }
    }
}

/// What a cancellation sends, in an order and with a number that no writer of JSON would choose.
const CANCELLATION: &str = "{\"status\" : \"cancelled\", \"resourceType\":\"Appointment\",\"x\":1.50e+1}\n";

/// A server that plays proxy and provider: it answers what a right request asks for.
fn provider() -> Server {
    Server::plain(|heard, wire| {
        let id = if heard.line.starts_with("POST") { "a1" } else { "a /?b" };
        let status = if heard.line.starts_with("PUT") { "cancelled" } else { "booked" };
        let booking =
            format!(r#"{{"resourceType":"Appointment","id":"{id}","meta":{{"versionId":"1"}},"status":"{status}"}}"#);
        let path = heard.line.split(['?', ' ']).nth(1).unwrap_or_default();
        let given = if heard.line.starts_with("POST") {
            fhir("201 Created", "Location: Appointment/a1/_history/1\r\nETag: W/\"1\"\r\n", &booking)
        } else if path.ends_with("b") {
            fhir("200 OK", "ETag: W/\"1\"\r\n", &booking)
        } else {
            empty_bundle()
        };
        wire.write_all(&given)
    })
}

/// Service roots as a directory may give them, and as they are to stand in a URL: after the host, before and after `?`.
const ROOTS: [(&str, &str, &str); 13] = [
    ("", "", ""),
    ("/", "", ""),
    ("/STU3/1", "/STU3/1", ""),
    ("/STU3/1/", "/STU3/1", ""),
    ("/STU3/1//", "/STU3/1", ""),
    ("/two//slashes/x", "/two//slashes/x", ""),
    ("/a b/STU3", "/a%20b/STU3", ""),
    ("/a%20b/STU3", "/a%20b/STU3", ""),
    ("/prövider/STU3", "/pr%C3%B6vider/STU3", ""),
    ("/100%/x", "/100%25/x", ""),
    ("/a%2Fb+c/x", "/a%2Fb+c/x", ""),
    ("/x?tenant=1 2&y=é", "/x", "tenant=1%202&y=%C3%A9"),
    ("/x/?", "/x", ""),
];

/// Path and query that an operation is to arrive with.
fn target(operation: Operation, path: &str, query: &str) -> String {
    let (below, parameters) = operation.below_the_root();
    let query: Vec<&str> = [query, parameters].into_iter().filter(|part| !part.is_empty()).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{path}{below}{mark}{}", query.join("&"))
}

/// The one request that came since so many were heard.
fn the_one(server: &Server, before: usize, what: &str) -> Heard {
    let heard = server.heard();
    assert_eq!(heard.len(), before + 1, "{what}: one request");
    heard.into_iter().next_back().expect("one")
}

#[tokio::test]
async fn di_8_every_operation_reaches_any_root_directly() {
    let (server, desk) = (provider(), Desk::new(settings()));
    for operation in Operation::ALL {
        for (root, path, query) in ROOTS {
            let (before, what) = (server.heard().len(), format!("{operation:?} at {root:?}"));
            operation.carry_out(&desk, &format!("{}{root}", server.url())).await;
            let heard = the_one(&server, before, &what);
            let expected = format!("{} {} HTTP/1.1", operation.method(), target(operation, path, query));
            assert_eq!(heard.line, expected, "{what}");
            assert_eq!(heard.header("host"), format!("127.0.0.1:{}", server.port()), "{what}: host");
        }
    }
}

#[tokio::test]
async fn di_8_every_operation_reaches_any_root_through_the_proxy() {
    let hosts = [
        ("https://provider.example", "https://provider.example"),
        ("https://provider.example:8443", "https://provider.example:8443"),
        ("http://127.0.0.1:81", "http://127.0.0.1:81"),
        ("https://prövider.example:8443", "https://xn--prvider-b1a.example:8443"),
    ];
    let server = provider();
    for own_path in ["", "/", "/spine/proxy", "/spine/proxy/"] {
        let desk = Desk::new(NhsSettings { ssp: proxy(&format!("{}{own_path}", server.url())), ..settings() });
        for operation in Operation::ALL {
            for (root, path, query) in ROOTS {
                for (host, encoded) in hosts {
                    let what = format!("{operation:?} at {host}{root} behind {own_path:?}");
                    let before = server.heard().len();
                    operation.carry_out(&desk, &format!("{host}{root}")).await;
                    let heard = the_one(&server, before, &what);
                    let own = own_path.trim_end_matches('/');
                    let target = target(operation, path, query);
                    let expected = format!("{} {own}/{encoded}{target} HTTP/1.1", operation.method());
                    assert_eq!(heard.line, expected, "{what}");
                    assert_eq!(
                        heard.header("host"),
                        format!("127.0.0.1:{}", server.port()),
                        "{what}: the proxy's host"
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn au_2_every_operation_carries_the_headers_that_the_proxy_routes_and_traces_by() {
    for through_proxy in [true, false] {
        for operation in Operation::ALL {
            let what = format!("{operation:?}, proxy: {through_proxy}");
            let server = provider();
            let ssp = if through_proxy { proxy(&server.url()) } else { None };
            let root =
                if through_proxy { "https://p.example/a b/STU3/".to_owned() } else { format!("{}/a b/", server.url()) };
            let desk = Desk::new(NhsSettings { ssp, ..settings() });
            operation.carry_out(&desk, &root).await;
            let heard = the_one(&server, 0, &what);
            assert_eq!(heard.header("ssp-from"), "200000000205", "{what}: our ASID");
            assert_eq!(heard.header("ssp-to"), "200000000301", "{what}: theirs");
            let interaction = format!("{INTERACTIONS}{}", operation.interaction());
            assert_eq!(heard.header("ssp-interactionid"), interaction, "{what}");
            assert_eq!(heard.header("accept"), "application/fhir+json;charset=utf-8", "{what}");
            assert_eq!(heard.header("accept-encoding"), "gzip", "{what}");
            let request = match operation {
                Operation::Book => order(at(&root)).request,
                Operation::Cancel => cancel_order(at(&root), "a1", "7").request,
                Operation::SearchSlots
                | Operation::SearchBookings
                | Operation::LookUpBookings
                | Operation::ReadBooking
                | Operation::ReadWhole => asking().request,
            };
            assert_eq!(heard.header("x-request-id"), request.to_string(), "{what}");
            let (kind, body) = match operation {
                Operation::Book => ("application/fhir+json;charset=utf-8", "{\"resourceType\":\"Appointment\"}"),
                Operation::Cancel => ("application/fhir+json;charset=utf-8", CANCELLATION),
                Operation::SearchSlots
                | Operation::SearchBookings
                | Operation::LookUpBookings
                | Operation::ReadBooking
                | Operation::ReadWhole => ("", ""),
            };
            let version = if operation == Operation::Cancel { "W/\"7\"" } else { "" };
            assert_eq!(heard.header("if-match"), version, "{what}: the version that was shown (CA-3)");
            assert_eq!(heard.header("content-type"), kind, "{what}");
            assert_eq!(String::from_utf8_lossy(&heard.body), body, "{what}: body");
            assert_eq!(
                heard.header("content-length").is_empty(),
                body.is_empty(),
                "{what}: a GET says nothing of a body"
            );
            assert_eq!(heard.header("transfer-encoding"), "", "{what}: of a known length");

            let claims = claims(&heard);
            assert_eq!(claims["aud"], root.as_str(), "{what}: the root as the directory gave it");
            assert_eq!(claims["requested_scope"], operation.scope(), "{what}");
            assert_eq!(claims["requesting_practitioner"]["id"], claims["sub"], "{what}: the person signed in");

            // The trace leads back: the log has it beside the encounter.
            let trace = heard.header("ssp-traceid");
            assert_eq!(trace, trace.to_lowercase(), "{what}: lower case");
            let recorded = desk.recorded();
            let [exchange] = recorded.as_slice() else { panic!("{what}: one exchange, not {recorded:?}") };
            assert_eq!(exchange.trace.map(|TraceId(id)| id.to_string()).as_deref(), Some(trace), "{what}: trace");
            assert_eq!(exchange.encounter, Some(encounter()), "{what}: encounter");
            assert_eq!(exchange.request, Some(request), "{what}: request id");
            assert_eq!(exchange.service.as_ref().map(|id| id.as_str()), Some("111001"), "{what}: service");
            assert_eq!(exchange.operation, operation.recorded_as(), "{what}");
        }
    }
}

/// The claims of an unsigned token; its third part is empty, and the dot before it stays.
pub(crate) fn claims(heard: &Heard) -> Value {
    let token = heard.header("authorization").strip_prefix("Bearer ").expect("a bearer token");
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, ""] = parts.as_slice() else { panic!("three parts, the last one empty: {token}") };
    let read = |part: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
    };
    assert_eq!(read(header), serde_json::json!({ "alg": "none", "typ": "JWT" }), "header");
    read(claims)
}

#[tokio::test]
async fn au_2_every_request_has_a_trace_and_an_id_of_its_own_and_each_leads_back_to_the_encounter() {
    let server = Server::plain(|heard, wire| {
        let given = match heard.line.as_str() {
            line if line.contains("page=2") || line.contains("Appointment") => empty_bundle(),
            _ => fhir("200 OK", "", r#"{"resourceType":"Bundle","link":[{"relation":"next","url":"Slot?page=2"}]}"#),
        };
        wire.write_all(&given)
    });
    let desk = Desk::new(settings());
    for _ in 0..2 {
        desk.nhs.provider.free_slots(&asking(), &service_id(), &at(&server.url()), window()).await.expect("slots");
    }
    let traces = |name: &str| -> Vec<String> { server.heard().iter().map(|one| one.header(name).to_owned()).collect() };
    let sent = traces("ssp-traceid");
    assert_eq!(sent.len(), 4, "two pages, twice");
    let mut different = sent.clone();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), 4, "a trace for each: {sent:?}");
    let recorded: Vec<String> =
        desk.recorded().iter().filter_map(|one| one.trace.map(|TraceId(id)| id.to_string())).collect();
    assert_eq!(recorded, sent, "all recorded");
    assert!(desk.recorded().iter().all(|one| one.encounter == Some(encounter())), "with their encounter");
    let ids = traces("x-request-id");
    assert_ne!(ids[0], ids[1], "the second page is another request");
}

/// A booking that a search found by its id alone is read by a request of its own.
#[tokio::test]
async fn au_2_a_read_after_a_search_is_another_request() {
    let server = Server::plain(|heard, wire| {
        let document = order(at("https://p.example")).document;
        let booking = format!(
            r#"{{"resourceType":"Appointment","id":"a1","status":"booked","contained":[{{"resourceType":"DocumentReference","identifier":[{{"value":"{document}"}}]}}]}}"#
        );
        if heard.line.contains('?') {
            let bundle = format!(r#"{{"resourceType":"Bundle","entry":[{{"resource":{booking}}}]}}"#);
            wire.write_all(&fhir("200 OK", "", &bundle))
        } else {
            wire.write_all(&fhir("200 OK", "ETag: W/\"3\"\r\n", &booking))
        }
    });
    let desk = Desk::new(settings());
    let held = desk.nhs.provider.held(&order(at(&server.url())), &asking()).await;
    assert!(matches!(&held, Held::Yes(booking) if booking.version == "3"), "{held:?}");
    let ids: Vec<String> = server.heard().iter().map(|one| one.header("x-request-id").to_owned()).collect();
    assert_eq!(ids.len(), 2, "a search and a read");
    assert_ne!(ids[0], ids[1], "a server that has seen a request id answers 409");
}

/// The directory of services has no proxy, and its own headers.
#[tokio::test]
async fn di_1_the_directory_of_services_is_asked_at_its_own_address() {
    let server = Server::that_says(answer("500 Oops", "", b""));
    let mut settings = NhsSettings { ssp: proxy("http://127.0.0.1:1"), ..settings() };
    settings.dos.url = format!("{}/app/api/webservices", server.url()).parse().expect("a URL");
    let desk = Desk::new(settings);
    assert!(desk.services().await.is_err(), "it failed");
    let heard = the_one(&server, 0, "CheckCapacitySummary");
    assert_eq!(heard.line, "POST /app/api/webservices HTTP/1.1", "not by the proxy");
    assert!(heard.header("content-type").starts_with("application/soap+xml"), "{}", heard.header("content-type"));
    assert_eq!(heard.header("ssp-from"), "", "no header of the proxy");
    assert_eq!(desk.recorded().first().and_then(|one| one.encounter), Some(encounter()), "leads back");
}
