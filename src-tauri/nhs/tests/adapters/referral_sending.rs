//! Referrals over real sockets: the message around a document, what a receiver makes of it, and what comes of each answer
//! and of none (BK-6).

use std::io::Read as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use demo_nhs::{DemoNhs, DemoOptions};
use desk_domain::failure::CertificateFault;
use desk_domain::id::{DosServiceId, OdsCode};
use desk_domain::referral::{DeliveryFailure, Sent};
use desk_journeys::ports::{ReferralContent, ReferralOrder};
use desk_nhs::settings::{ItkSettings, NhsSettings};
use flate2::read::GzDecoder;
use openssl::ssl::SslVersion;
use roxmltree::{Document, Node};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::referral_order::{
    INTERACTION, booked, content, endpoint, fit, held_to_the_rules, order, rules, with_third_parties,
};
use crate::support::answering;
use crate::support::certificates::{For, Good};
use crate::support::desk::{Desk, settings, timeouts};
use crate::support::server::{Heard, Server, Silent, answer, hang_up};
use crate::tls::{Papers, Shown};

const SERVICE: &str = "urn:nhs-itk:services:201005:SendNHS111Report-v2-0";

/// A receiver's answer around a body.
fn says(status: &str, body: &str) -> Vec<u8> {
    let envelope = format!(
        "<env:Envelope xmlns:env=\"http://schemas.xmlsoap.org/soap/envelope/\"><env:Header/><env:Body>{body}</env:Body>\
         </env:Envelope>"
    );
    answer(status, "Content-Type: text/xml\r\n", envelope.as_bytes())
}

fn accepts() -> Vec<u8> {
    says("200 OK", "<itk:SimpleMessageResponse xmlns:itk=\"urn:nhs-itk:ns:201005\">OK</itk:SimpleMessageResponse>")
}

fn ordered(content: ReferralContent, url: &str) -> ReferralOrder {
    order(content, endpoint(&format!("{url}/itk")))
}

/// The order's document, sent once.
async fn send(desk: &Desk, order: &ReferralOrder) -> Sent {
    let document = desk.nhs.referrals.document(&order.content, Some(&order.endpoint)).expect("nothing is missing");
    desk.nhs.referrals.send(order, &document).await
}

/// What a server heard of an order.
async fn heard(itk: ItkSettings, change: impl FnOnce(&mut ReferralOrder)) -> (Heard, ReferralOrder) {
    let server = Server::that_says(accepts());
    let mut order = ordered(booked(), &server.url());
    change(&mut order);
    let desk = Desk::new(NhsSettings { itk, ..settings() });
    assert_eq!(send(&desk, &order).await, Sent::Accepted("OK".to_owned()), "taken");
    let heard = server.heard();
    assert_eq!(heard.len(), 1, "sent once");
    (heard[0].clone(), order)
}

fn text(heard: &Heard) -> String {
    String::from_utf8(heard.body.clone()).expect("UTF-8")
}

/// The one element of a local name anywhere.
fn one<'a>(document: &'a Document<'a>, name: &str) -> Node<'a, 'a> {
    let mut all = document.descendants().filter(|node| node.is_element() && node.tag_name().name() == name);
    let found = all.next().unwrap_or_else(|| panic!("there is no {name}"));
    assert!(all.next().is_none(), "more than one {name}");
    found
}

fn said<'a>(document: &'a Document<'a>, name: &str) -> &'a str {
    one(document, name).text().unwrap_or_default()
}

fn children<'a>(node: Node<'a, 'a>) -> Vec<&'a str> {
    node.children().filter(Node::is_element).map(|child| child.tag_name().name()).collect()
}

fn attribute<'a>(node: Node<'a, 'a>, name: &str) -> &'a str {
    node.attribute(name).unwrap_or_default()
}

#[tokio::test]
async fn bk_6_the_message_has_the_headers_that_the_toolkit_asks_for() {
    let (heard, order) = heard(ItkSettings::default(), |_| {}).await;
    assert!(heard.line.starts_with("POST /itk "), "{}", heard.line);
    assert_eq!(heard.header("content-type"), "text/xml; charset=utf-8", "SOAP 1.1");
    assert_eq!(heard.header("soapaction"), format!("\"{SERVICE}\""), "quoted");
    let text = text(&heard);
    let document = Document::parse(&text).expect("well-formed");
    let root = document.root_element();
    assert_eq!(root.tag_name().namespace(), Some("http://schemas.xmlsoap.org/soap/envelope/"), "SOAP 1.1");
    assert_eq!(children(one(&document, "Header")), ["MessageID", "Action", "To", "ReplyTo", "Security"], "and no more");
    assert_eq!((said(&document, "Action"), said(&document, "To")), (SERVICE, order.endpoint.address.as_str()));
    assert_eq!(said(&document, "Address"), "http://www.w3.org/2005/08/addressing/anonymous", "answered at once");
    assert_eq!(said(&document, "Username"), "NDA01", "our ODS code, where nothing else is set");
    let instant = |name| said(&document, name).parse::<DateTime<Utc>>().expect("an instant");
    let now = crate::support::desk::noon();
    let (created, expires) = (instant("Created"), instant("Expires"));
    assert!(created < now && now < expires && expires - created <= TimeDelta::minutes(15), "{created} to {expires}");
    assert!(
        !text.contains("mustUnderstand") && !text.contains("ackrequested"),
        "nothing is asked for beside the answer"
    );
}

#[tokio::test]
async fn bk_6_the_envelope_says_whom_it_is_for_and_what_is_in_it() {
    let (heard, order) = heard(ItkSettings::default(), |_| {}).await;
    let text = text(&heard);
    let document = Document::parse(&text).expect("well-formed");
    let root = one(&document, "DistributionEnvelope");
    let header = root.first_element_child().expect("a header");
    assert_eq!(
        (attribute(header, "service"), attribute(header, "trackingid")),
        (SERVICE, "00000000-0000-0000-0000-00000000BEEF")
    );
    let order_of = ["addresslist", "auditIdentity", "manifest", "senderAddress", "handlingSpecification"];
    assert_eq!(children(header), order_of, "in the schema's order");
    let addresses: Vec<_> = one(&document, "addresslist").children().collect();
    let addresses: Vec<_> = addresses.into_iter().map(|one| (one.attribute("type"), attribute(one, "uri"))).collect();
    let expected = [(None, "urn:nhs-uk:addressing:ods:NDU01"), (Some("2.16.840.1.113883.2.1.3.2.4.18.44"), "111001")];
    assert_eq!(addresses, expected, "organisation and service");
    let audit = one(&document, "auditIdentity").first_element_child().expect("an id");
    assert_eq!(attribute(audit, "uri"), "urn:nhs-uk:identity:ods:NDA01", "by us");
    assert_eq!(attribute(one(&document, "senderAddress"), "uri"), "urn:nhs-uk:addressing:ods:NDA01", "from us");
    let spec = one(&document, "spec");
    assert_eq!((attribute(spec, "key"), attribute(spec, "value")), ("urn:nhs-itk:ns:201005:interaction", INTERACTION));
    let (item, payload) = (one(&document, "manifestitem"), one(&document, "payload"));
    assert_eq!(["manifest", "payloads"].map(|name| attribute(one(&document, name), "count")), ["1", "1"], "counts");
    assert_eq!(attribute(item, "id"), attribute(payload, "id"), "one thing");
    assert_eq!(attribute(item, "mimetype"), "text/xml", "as everybody sends it");
    assert_eq!(attribute(item, "profileid"), "urn:nhs-en:profile:IntegratedUrgentCareCDADocument-v3-1", "profile");
    // Ids that are told apart: of the message, of the tracking, of the payload, of the document.
    let payload_id = attribute(payload, "id").strip_prefix("uuid_").expect("prefixed");
    let ids = [
        said(&document, "MessageID"),
        attribute(header, "trackingid"),
        payload_id,
        &order.content.document.to_string(),
    ];
    let parsed: std::collections::HashSet<_> = ids.iter().map(|id| Uuid::try_parse(id).expect("a UUID")).collect();
    assert_eq!(parsed.len(), 4, "{ids:?}");
    assert!(ids[..3].iter().all(|id| !id.bytes().any(|byte| byte.is_ascii_lowercase())), "upper case: {ids:?}");
}

#[tokio::test]
async fn bk_6_every_envelope_fits_the_published_schema_and_the_document_travels_unchanged() {
    let strict = ItkSettings {
        strict_v2: vec!["111001".to_owned()],
        username: Some("CN=a & b".to_owned()),
        ..ItkSettings::default()
    };
    let (mut envelopes, mut messages) = (Vec::new(), Vec::new());
    for itk in [ItkSettings::default(), strict] {
        let words = [
            ("uncompressed", false),
            ("N", false),
            ("", false),
            ("compressed", true),
            ("Y", true),
            (" COMPRESSED ", true),
        ];
        for (compression, packed) in words {
            let (heard, order) = heard(itk.clone(), |order| {
                order.endpoint.compression = compression.to_owned();
                order.endpoint.interaction = format!("  {INTERACTION}");
            })
            .await;
            let text = text(&heard);
            let document = Document::parse(&text).expect("well-formed");
            let (item, payload) = (one(&document, "manifestitem"), one(&document, "payload"));
            let desk = Desk::new(NhsSettings { itk: itk.clone(), ..settings() });
            let sent = desk.nhs.referrals.document(&order.content, Some(&order.endpoint)).expect("nothing is missing");
            let flags = ["compressed", "base64"].map(|name| item.attribute(name));
            if packed {
                assert_eq!(flags, [Some("true"); 2], "{compression:?}");
                let bytes = STANDARD.decode(payload.text().unwrap_or_default()).expect("base64");
                let mut unpacked = String::new();
                GzDecoder::new(bytes.as_slice()).read_to_string(&mut unpacked).expect("gzip");
                assert_eq!(unpacked, sent, "{compression:?}");
            } else {
                assert_eq!(flags, [None; 2], "{compression:?}");
                let inline = payload.first_element_child().expect("a document").range();
                assert_eq!(&text[inline], sent, "{compression:?}");
            }
            assert_eq!(attribute(one(&document, "spec"), "value"), INTERACTION, "as the directory has it");
            messages.push(text.clone());
            let envelope = &text[one(&document, "DistributionEnvelope").range()];
            let declared = "<itk:DistributionEnvelope xmlns:itk=\"urn:nhs-itk:ns:201005\"";
            envelopes.push(envelope.replacen("<itk:DistributionEnvelope", declared, 1));
        }
    }
    fit(&envelopes, "distributionEnvelope-v2-0.xsd");
    let looked_at = held_to_the_rules(&messages);
    assert_eq!(looked_at["messages"], messages.len(), "every one, packed or not, with what is in it: {looked_at}");
}

#[tokio::test]
async fn bk_6_every_rule_fires_on_a_message_that_breaks_it_and_on_a_sound_one_none_does() {
    let itk = ItkSettings { call_back: Some("0300 111 2222".to_owned()), ..ItkSettings::default() };
    let (heard, _) = heard(itk, |order| {
        let content = &mut order.content;
        content.encounter.patient = with_third_parties(content.encounter.patient.clone());
        content.encounter.patient.gp_practice = Some(OdsCode::new("A83046").expect("a code"));
        (content.author.sds_user_id, content.author.sds_role_profile_id) = (None, None);
        content.booking.iter_mut().for_each(|booking| booking.first_offered = false);
    })
    .await;
    let scratch = tempfile::tempdir().expect("a folder");
    let file = scratch.path().join("message.xml");
    std::fs::write(&file, text(&heard)).expect("written");
    let told = rules("spoilt.py", &[file.as_os_str()]).unwrap_or_else(|dead| panic!("{dead}"));
    assert!(told.ends_with("rules fire") && !told.starts_with("0 "), "{told}");
}

#[tokio::test]
async fn bk_6_a_second_sending_differs_in_the_id_and_the_time_of_the_message_alone() {
    for compression in ["uncompressed", "compressed"] {
        let server = Server::that_says(accepts());
        let mut order = ordered(booked(), &server.url());
        order.endpoint.compression = compression.to_owned();
        let document =
            Desk::new(settings()).nhs.referrals.document(&order.content, Some(&order.endpoint)).expect("whole");
        for minutes in [0, 3] {
            let (nhs, _) = answering::desk_ahead(settings(), TimeDelta::minutes(minutes));
            let taken = nhs.referrals.send(&order, &document).await;
            assert_eq!(taken, Sent::Accepted("OK".to_owned()), "{compression}");
        }
        let texts: Vec<String> = server.heard().iter().map(text).collect();
        let documents: Vec<_> = texts.iter().map(|text| Document::parse(text).expect("well-formed")).collect();
        let (first, second) = (flat(&documents[0]), flat(&documents[1]));
        assert_eq!(first.len(), second.len(), "{compression}");
        let differ: Vec<_> = first.iter().zip(&second).filter(|(a, b)| a != b).map(|(a, _)| a.0.as_str()).collect();
        assert_eq!(differ, ["MessageID", "Created", "Expires"], "{compression}");
    }
}

/// An element by itself: its name, its text, its attributes.
type Flat = (String, String, Vec<(String, String)>);

/// Every element of a document, wherever it stands in the text.
fn flat(document: &Document<'_>) -> Vec<Flat> {
    let elements = document.descendants().filter(Node::is_element);
    let attributes =
        |node: Node<'_, '_>| node.attributes().map(|one| (one.name().to_owned(), one.value().to_owned())).collect();
    let text = |node: Node<'_, '_>| node.text().unwrap_or_default().to_owned();
    elements.map(|node| (node.tag_name().name().to_owned(), text(node), attributes(node))).collect()
}

/// The demonstration's receiver, and a desk beside it.
struct Demonstration {
    nhs: DemoNhs,
    settings: NhsSettings,
}

impl Demonstration {
    async fn start() -> Self {
        let nhs = demo_nhs::start(DemoOptions::default()).await.expect("started");
        Self { nhs, settings: settings() }
    }

    fn order(&self, content: ReferralContent) -> ReferralOrder {
        order(content, endpoint(&self.nhs.description().itk.url))
    }

    fn cue(&self, cue: Value) {
        self.nhs.control().cue(cue).expect("taken");
    }

    fn documents(&self) -> Vec<Value> {
        self.nhs.control().documents().as_array().expect("a list").clone()
    }

    async fn send(&self, order: &ReferralOrder) -> Sent {
        let (nhs, _) = answering::desk(self.settings.clone());
        let document = nhs.referrals.document(&order.content, Some(&order.endpoint)).expect("nothing is missing");
        nhs.referrals.send(order, &document).await
    }
}

fn is_taken(sent: &Sent) -> bool {
    matches!(sent, Sent::Accepted(said) if said.starts_with("OK:"))
}

#[tokio::test]
async fn bk_6_the_demonstrations_receiver_takes_both_forms_with_and_without_a_booking_packed_or_not() {
    let mut demonstration = Demonstration::start().await;
    let mut number = 0;
    for strict_v2 in [Vec::new(), vec!["111001".to_owned()]] {
        demonstration.settings.itk = ItkSettings { strict_v2, ..ItkSettings::default() };
        for (content, linked) in [(content(), Value::Null), (booked(), json!(crate::referral_order::BOOKING))] {
            for compression in ["uncompressed", "compressed"] {
                number += 1;
                let mut order = demonstration.order(content.clone());
                order.endpoint.compression = compression.to_owned();
                order.request.0 = Uuid::from_u128(1_000 + number);
                order.content.document.0 = Uuid::from_u128(2_000 + number);
                order.content.set.0 = Uuid::from_u128(3_000 + number);
                let sent = demonstration.send(&order).await;
                assert!(is_taken(&sent), "{number}: {sent:?}");
                let kept = demonstration.documents();
                let kept = kept.last().expect("kept");
                assert_eq!((&kept["booking"], &kept["service"]), (&linked, &json!("111001")), "{number}");
                let id = order.content.document.to_string().to_uppercase();
                assert_eq!((&kept["document"], &kept["interaction"]), (&json!(id), &json!(INTERACTION)), "{number}");
            }
        }
    }
    assert_eq!(demonstration.documents().len(), 8, "each once");
}

#[tokio::test]
async fn bk_6_what_the_receiver_refuses_is_told_by_its_code() {
    let demonstration = Demonstration::start().await;
    let order = demonstration.order(booked());
    use DeliveryFailure as D;
    for (code, failure) in [(1000, D::Invalid), (2100, D::Busy), (2200, D::Failed), (3000, D::Forbidden)] {
        demonstration.cue(json!({ "system": "itk", "do": "refuse", "code": code, "times": 1 }));
        assert_eq!(demonstration.send(&order).await, Sent::Failed(failure), "{code}");
    }
    demonstration.cue(json!({ "system": "itk", "do": "garbage", "times": 1 }));
    assert_eq!(demonstration.send(&order).await, Sent::Failed(D::Malformed), "nonsense");
    demonstration.cue(json!({ "system": "itk", "do": "offline", "times": 1 }));
    assert_eq!(demonstration.send(&order).await, Sent::Failed(D::Lost), "a connection that breaks");
    assert!(demonstration.documents().is_empty(), "nothing was taken");
    let mut other = order.clone();
    other.endpoint.interaction = "urn:nhs-itk:interaction:somethingElse".to_owned();
    assert_eq!(demonstration.send(&other).await, Sent::Failed(D::Invalid), "an interaction that is not theirs");
    let (nhs, _) = answering::desk_ahead(settings(), TimeDelta::hours(1));
    let document = nhs.referrals.document(&order.content, Some(&order.endpoint)).expect("nothing is missing");
    assert_eq!(nhs.referrals.send(&order, &document).await, Sent::Failed(D::Forbidden), "a clock that is wrong");
}

#[tokio::test]
async fn bk_6_a_referral_whose_answer_was_lost_is_sent_again_and_taken_once() {
    let mut demonstration = Demonstration::start().await;
    let order = demonstration.order(booked());
    demonstration.cue(json!({ "system": "itk", "do": "lose_answer", "times": 1 }));
    assert_eq!(demonstration.send(&order).await, Sent::Failed(DeliveryFailure::Lost), "taken, and not told");
    assert_eq!(demonstration.documents().len(), 1, "it was taken");
    let second = std::num::NonZeroU16::MIN;
    demonstration.settings.itk = ItkSettings { answer_seconds: second, ..ItkSettings::default() };
    demonstration.cue(json!({ "system": "itk", "do": "delay", "ms": 30_000, "times": 1 }));
    assert_eq!(demonstration.send(&order).await, Sent::Failed(DeliveryFailure::Lost), "no answer in time");
    assert!(is_taken(&demonstration.send(&order).await), "the same again");
    assert_eq!(demonstration.documents().len(), 1, "one referral");
}

#[tokio::test]
async fn bk_6_a_receiver_may_take_longer_than_other_systems() {
    let server = Server::plain(|_, wire| {
        std::thread::sleep(std::time::Duration::from_millis(1_500));
        wire.write_all(&accepts())
    });
    let order = ordered(booked(), &server.url());
    let desk = Desk::new(NhsSettings { timeouts: timeouts(1, 1, 1), ..settings() });
    assert_eq!(send(&desk, &order).await, Sent::Accepted("OK".to_owned()), "after more than a second");
}

#[tokio::test]
async fn bk_6_no_answer_and_no_connection_are_told_apart() {
    use DeliveryFailure as D;
    let second = ItkSettings { answer_seconds: std::num::NonZeroU16::MIN, ..ItkSettings::default() };
    let desk = Desk::new(NhsSettings { itk: second, ..settings() });
    let silent = Silent::start();
    let table = [
        (ordered(booked(), "http://127.0.0.1:1"), D::NotSent),
        (ordered(booked(), &format!("http://127.0.0.1:{}", silent.port())), D::Lost),
    ];
    for (order, failure) in table {
        assert_eq!(send(&desk, &order).await, Sent::Failed(failure), "{}", order.endpoint.address);
    }
    let server = Server::plain(|_, _| hang_up());
    assert_eq!(send(&desk, &ordered(booked(), &server.url())).await, Sent::Failed(D::Lost), "hung up");
    let endless = Server::plain(|_, wire| {
        wire.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        loop {
            wire.write_all(b"4000\r\n")?;
            wire.write_all(&[b' '; 0x4000])?;
            wire.write_all(b"\r\n")?;
        }
    });
    assert_eq!(send(&desk, &ordered(booked(), &endless.url())).await, Sent::Failed(D::Malformed), "without an end");
    let faults = Server::that_says(answer("503 Busy", "Retry-After: 7\r\n", b""));
    assert_eq!(send(&desk, &ordered(booked(), &faults.url())).await, Sent::Failed(D::BusyFor(7)), "asks for time");
}

#[tokio::test]
async fn au_3_nothing_goes_to_an_address_that_is_not_safe_and_nothing_but_a_document_goes() {
    let desk = Desk::new(settings());
    let server = Server::that_says(accepts());
    let good = ordered(booked(), &server.url());
    let document = desk.nhs.referrals.document(&good.content, Some(&good.endpoint)).expect("nothing is missing");
    for address in ["http://receiver.example/itk", "ftp://127.0.0.1/itk", "itk", ""] {
        let bad = order(booked(), endpoint(address));
        let sent = desk.nhs.referrals.send(&bad, &document).await;
        assert_eq!(sent, Sent::Failed(DeliveryFailure::NotSent), "{address:?}");
    }
    for other in ["", "<a/>", "text", "</itk:payload><itk:payload>"] {
        let sent = desk.nhs.referrals.send(&good, other).await;
        assert_eq!(sent, Sent::Failed(DeliveryFailure::NotSent), "{other:?}");
    }
    let mut elsewhere = good.clone();
    elsewhere.content.service.id = DosServiceId::new("111002").expect("an id");
    let sent = desk.nhs.referrals.send(&elsewhere, &document).await;
    assert_eq!(sent, Sent::Failed(DeliveryFailure::NotSent), "leave to refer to another service");
    assert!(server.heard().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn bk_6_a_document_that_was_written_under_other_settings_is_sent_as_what_it_is() {
    let server = Server::that_says(accepts());
    let order = ordered(booked(), &server.url());
    let document = Desk::new(settings()).nhs.referrals.document(&order.content, Some(&order.endpoint)).expect("whole");
    let itk = ItkSettings { strict_v2: vec!["111001".to_owned()], ..ItkSettings::default() };
    let desk = Desk::new(NhsSettings { itk, ..settings() });
    assert_eq!(desk.nhs.referrals.send(&order, &document).await, Sent::Accepted("OK".to_owned()), "taken");
    let text = text(&server.heard()[0]);
    let sent = Document::parse(&text).expect("well-formed");
    let profile = attribute(one(&sent, "manifestitem"), "profileid");
    assert_eq!(profile, "urn:nhs-en:profile:IntegratedUrgentCareCDADocument-v3-1", "as it was written");
}

#[tokio::test]
async fn au_3_a_receiver_gets_our_certificate_and_is_told_from_a_stranger() {
    let papers = Papers::new();
    let both = (SslVersion::TLS1_2, SslVersion::TLS1_3);
    let own = papers.trusted.issue(For::Server("localhost"), Good::Now);
    let server = Server::encrypted(papers.acceptor(&own, both), |_, wire| wire.write_all(&accepts()));
    let order = ordered(booked(), &format!("https://localhost:{}", server.port()));
    let desk = Desk::new(papers.settings(Shown::Right));
    assert_eq!(send(&desk, &order).await, Sent::Accepted("OK".to_owned()), "both know each other");
    let desk = Desk::new(papers.settings(Shown::OfAStranger));
    let ours = Sent::Failed(DeliveryFailure::NotSafe(CertificateFault::Ours));
    assert_eq!(send(&desk, &order).await, ours, "our certificate is not theirs");
    assert_eq!(server.heard().len(), 1, "and no referral was taken");
    let expired = papers.trusted.issue(For::Server("localhost"), Good::LongAgo);
    let server = Server::encrypted(papers.acceptor(&expired, both), |_, wire| wire.write_all(&accepts()));
    let order = ordered(booked(), &format!("https://localhost:{}", server.port()));
    let desk = Desk::new(papers.settings(Shown::Right));
    let theirs = Sent::Failed(DeliveryFailure::NotSafe(CertificateFault::Theirs));
    assert_eq!(send(&desk, &order).await, theirs, "their certificate has expired");
}

#[tokio::test]
async fn er_3_every_sending_is_recorded_by_ids_alone() {
    let fault = "<soap:Fault xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><faultcode>soap:Client</faultcode>\
        <faultstring>Smith 9434765919</faultstring><detail><ToolkitErrorInfo><ErrorID>E-77</ErrorID><ErrorCode>1000</ErrorCode>\
        <ErrorText>Smith</ErrorText></ToolkitErrorInfo></detail></soap:Fault>";
    let server = Server::that_says(says("500 Internal Server Error", fault));
    let order = ordered(booked(), &server.url());
    let desk = Desk::new(settings());
    assert_eq!(send(&desk, &order).await, Sent::Failed(DeliveryFailure::Invalid), "refused");
    let recorded = desk.recorded();
    let [one] = recorded.as_slice() else { panic!("{recorded:?}") };
    assert_eq!((one.system.as_str(), one.operation.as_str(), one.status), ("ITK", "SendNHS111Report", Some(500)));
    assert_eq!((one.request, one.encounter), (Some(order.request), Some(order.content.encounter.id)), "by whom");
    assert_eq!(one.correlation.as_deref(), Some("E-77"), "what the receiver's help desk asks for");
    assert_eq!(one.failure.as_deref(), Some("the receiver says that the message is not valid"), "why");
    let text = text(&server.heard()[0]);
    let document = Document::parse(&text).expect("well-formed");
    let message = one.trace.map(|trace| trace.to_string().to_uppercase());
    assert_eq!(message.as_deref(), Some(said(&document, "MessageID")), "the message's id");
    let all = format!("{recorded:?}");
    assert!(!all.contains("Smith") && !all.contains("9434765919"), "nothing of the patient: {all}");
    let desk = Desk::new(settings());
    let nowhere = ordered(booked(), "http://127.0.0.1:1");
    assert_eq!(send(&desk, &nowhere).await, Sent::Failed(DeliveryFailure::NotSent), "nobody there");
    assert_eq!(desk.recorded()[0].failure.as_deref(), Some("the receiver cannot be reached"), "recorded as well");
}
