//! The receiver of referrals (BK-6, CA-5, PV), asked by a plain HTTP client that is not ours.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;
use demo_nhs::DemoOptions;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::{Strategy, any};
use proptest::test_runner::{Config, TestRunner};
use reqwest::Response;
use serde_json::{Value, json};

use crate::consumer::{Consumer, DOCUMENT_REFERENCE, json_of, now};

const SERVICE: &str = "urn:nhs-itk:services:201005:SendNHS111Report-v2-0";
const DOCUMENT: &str = "0C3D9A52-5F6E-4F7B-8B55-0F3A4F0A9D11";
const OTHER_DOCUMENT: &str = "1D4EAB63-607F-4A8C-9C66-104B50AB0E22";
const TRACKING: &str = "2E5FBC74-718A-4B9D-8D77-215C61BC1F33";
const OTHER_TRACKING: &str = "3F60CD85-829B-4CAE-9E88-326D72CD2044";
const SET: &str = "4071DE96-93AC-4DBF-8F99-437E83DE3155";
const BOOKING: &str = "https://provider.example/STU3/1/Appointment/77";
const ENTRY: &str = r#"<entry typeCode="COMP" contextConductionInd="true"><npfitlc:contentId root="2.16.840.1.113883.2.1.3.2.4.18.16" extension="COCD_TP146093GB01#AppointmentReference"/><encounter classCode="ENC" moodCode="APT"><templateId root="2.16.840.1.113883.2.1.3.2.4.18.2" extension="COCD_TP146093GB01#AppointmentReference"/><id root="2.16.840.1.113883.2.1.3.2.4.17.541" extension="{BOOKING}"/><effectiveTime value="202601151200+00"/><participant typeCode="LOC" contextControlCode="OP"><templateId root="2.16.840.1.113883.2.1.3.2.4.18.2" extension="COCD_TP146093GB01#location"/><participantRole classCode="ASSIGNED"><templateId root="2.16.840.1.113883.2.1.3.2.4.18.2" extension="COCD_TP146093GB01#assignedEntity"/><id root="2.16.840.1.113883.2.1.3.2.4.19.1" extension="NDU01"/></participantRole></participant></encounter></entry>"#;
const SECTION: &str = r#"<component typeCode="COMP" contextConductionInd="true"><section classCode="DOCSECT" moodCode="EVN"><templateId root="2.16.840.1.113883.2.1.3.2.4.18.2" extension="COCD_TP146246GB01#Section1"/><id root="5182EFA7-A4BD-4EC0-90AA-548F94EF4266"/><title>Booked appointment</title><text><content>Seen at noon: </content><linkHtml href="{BOOKING}">the booking</linkHtml></text></section></component>"#;
const RELATED: &str = r#"<relatedDocument typeCode="RPLC"><npfitlc:contentId root="2.16.840.1.113883.2.1.3.2.4.18.16" extension="COCD_TP146093GB01#ParentDocument"/><parentDocument classCode="DOCCLIN" moodCode="EVN"><id root="{PARENT}"/></parentDocument></relatedDocument>"#;

/// A document; `{…}` are filled in later.
const CDA: &str = r#"<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:npfitlc="NPFIT:HL7:Localisation" classCode="DOCCLIN" moodCode="EVN">
<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<npfitlc:messageType root="2.16.840.1.113883.2.1.3.2.4.18.17" extension="POCD_MT200001GB02"/>
<id root="{DOCUMENT}"/>
<code code="1066271000000101" codeSystem="2.16.840.1.113883.2.1.3.2.4.15"/>
<title>Integrated Urgent Care Report</title>
<effectiveTime value="202601151130+00"/>
<confidentialityCode code="N" codeSystem="2.16.840.1.113883.1.11.16926" displayName="normal"/>
<setId root="{SET}"/>
<versionNumber value="1"/>
<recordTarget typeCode="RCT" contextControlCode="OP"><npfitlc:contentId root="2.16.840.1.113883.2.1.3.2.4.18.16" extension="COCD_TP145201GB01#PatientRole"/><patientRole classCode="PAT"><templateId root="2.16.840.1.113883.2.1.3.2.4.18.2" extension="COCD_TP145201GB01#PatientRole"/><id root="2.16.840.1.113883.2.1.4.1" extension="9990000018"/><patient classCode="PSN" determinerCode="INSTANCE"><templateId root="2.16.840.1.113883.2.1.3.2.4.18.2" extension="COCD_TP145201GB01#patientPatient"/><name><given>John</given><family>O&apos;Patient</family></name><administrativeGenderCode code="1" codeSystem="2.16.840.1.113883.2.1.3.2.4.16.25"/><birthTime value="19741112"/></patient></patientRole></recordTarget>
<author typeCode="AUT" contextControlCode="OP"><npfitlc:contentId root="2.16.840.1.113883.2.1.3.2.4.18.16" extension="COCD_TP145200GB01#AssignedAuthor"/><functionCode code="OA" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.178" displayName="Originating Author"/><time value="202601151130+00"/><assignedAuthor classCode="ASSIGNED"><templateId root="2.16.840.1.113883.2.1.3.2.4.18.2" extension="COCD_TP145200GB01#AssignedAuthor"/><id root="1.2.826.0.1285.0.2.0.65" extension="123456789012"/><code code="T1" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.196" displayName="Adviser"/><assignedPerson classCode="PSN" determinerCode="INSTANCE"><templateId root="2.16.840.1.113883.2.1.3.2.4.18.2" extension="COCD_TP145200GB01#assignedPerson"/><name>Ann Adviser</name></assignedPerson><representedOrganization classCode="ORG" determinerCode="INSTANCE"><templateId root="2.16.840.1.113883.2.1.3.2.4.18.2" extension="COCD_TP145200GB01#representedOrganization"/><id root="2.16.840.1.113883.2.1.3.2.4.19.1" extension="NDA01"/><name>Northdale NHS 111</name></representedOrganization></assignedAuthor></author>
<custodian typeCode="CST"><npfitlc:contentId root="2.16.840.1.113883.2.1.3.2.4.18.16" extension="COCD_TP145018UK03#AssignedCustodian"/><assignedCustodian classCode="ASSIGNED"><templateId root="2.16.840.1.113883.2.1.3.2.4.18.2" extension="COCD_TP145018UK03#AssignedCustodian"/><representedCustodianOrganization classCode="ORG" determinerCode="INSTANCE"><templateId root="2.16.840.1.113883.2.1.3.2.4.18.2" extension="COCD_TP145018UK03#representedCustodianOrganization"/><id root="2.16.840.1.113883.2.1.3.2.4.19.1" extension="NDA01"/><name>Northdale NHS 111</name></representedCustodianOrganization></assignedCustodian></custodian>
<informationRecipient typeCode="PRCP"><npfitlc:contentId root="2.16.840.1.113883.2.1.3.2.4.18.16" extension="COCD_TP145203GB03#IntendedRecipient"/><intendedRecipient classCode="ASSIGNED"><templateId root="2.16.840.1.113883.2.1.3.2.4.18.2" extension="COCD_TP145203GB03#IntendedRecipient"/><receivedOrganization classCode="ORG" determinerCode="INSTANCE"><templateId root="2.16.840.1.113883.2.1.3.2.4.18.2" extension="COCD_TP145203GB03#representedOrganization"/><id root="2.16.840.1.113883.2.1.3.2.4.19.1" extension="NDU01"/><name>Northdale Urgent Treatment Centre</name></receivedOrganization></intendedRecipient></informationRecipient>
{RELATED}<authorization typeCode="AUTH"><npfitlc:contentId root="2.16.840.1.113883.2.1.3.2.4.18.16" extension="COCD_TP146226GB02#Consent"/><consent classCode="CONS" moodCode="EVN"><templateId root="2.16.840.1.113883.2.1.3.2.4.18.2" extension="COCD_TP146226GB02#Consent"/><id root="6293F0B8-B5CE-4FD1-81BB-6590A5F05377"/><code code="425691002" codeSystem="2.16.840.1.113883.2.1.3.2.4.15" displayName="Consent given"/><statusCode code="completed"/></consent></authorization>
<componentOf typeCode="COMP"><npfitlc:contentId root="2.16.840.1.113883.2.1.3.2.4.18.16" extension="COCD_TP146232GB01#EncompassingEncounter"/><encompassingEncounter classCode="ENC" moodCode="EVN"><templateId root="2.16.840.1.113883.2.1.3.2.4.18.2" extension="COCD_TP146232GB01#EncompassingEncounter"/><id root="2.16.840.1.113883.2.1.3.2.4.18.49" extension="J1"/><code code="NHS111Encounter" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.326" displayName="NHS111 Encounter"/><effectiveTime><low value="202601151100+00"/><high value="202601151130+00"/></effectiveTime><dischargeDispositionCode code="Dx06" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.325" displayName="Contact"/><location typeCode="LOC"><templateId root="2.16.840.1.113883.2.1.3.2.4.18.2" extension="COCD_TP146232GB01#location"/><npfitlc:contentId root="2.16.840.1.113883.2.1.3.2.4.18.16" extension="COCD_TP145222GB02#HealthCareFacility"/><healthCareFacility classCode="ISDLOC"><templateId root="2.16.840.1.113883.2.1.3.2.4.18.2" extension="COCD_TP145222GB02#HealthCareFacility"/><id nullFlavor="NA"/></healthCareFacility></location></encompassingEncounter></componentOf>
<component typeCode="COMP" contextConductionInd="true"><structuredBody classCode="DOCBODY" moodCode="EVN"><component typeCode="COMP" contextConductionInd="true"><section classCode="DOCSECT" moodCode="EVN"><id root="73A401C9-C6DF-40E2-92CC-76A1B6016488"/>{ENTRY}{SECTION}</section></component></structuredBody></component>
</ClinicalDocument>"#;

/// A message around `{CDA}`.
const MESSAGE: &str = r#"<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:wsa="http://www.w3.org/2005/08/addressing" xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd" xmlns:itk="urn:nhs-itk:ns:201005"><soap:Header><wsa:MessageID>urn:uuid:{MESSAGE}</wsa:MessageID><wsa:Action soap:mustUnderstand="1">urn:nhs-itk:services:201005:SendNHS111Report-v2-0</wsa:Action><wsa:To>{TO}</wsa:To><wsa:ReplyTo><wsa:Address>http://www.w3.org/2005/08/addressing/anonymous</wsa:Address></wsa:ReplyTo><wsse:Security><wsu:Timestamp wsu:Id="{STAMP}"><wsu:Created>{CREATED}</wsu:Created><wsu:Expires>{EXPIRES}</wsu:Expires></wsu:Timestamp><wsse:UsernameToken><wsse:Username>CN=nda01.oneoneone.nhs.uk</wsse:Username></wsse:UsernameToken></wsse:Security></soap:Header><soap:Body><itk:DistributionEnvelope><itk:header service="urn:nhs-itk:services:201005:SendNHS111Report-v2-0" trackingid="{TRACKING}"><itk:addresslist><itk:address uri="urn:nhs-uk:addressing:ods:NDU01"/><itk:address type="2.16.840.1.113883.2.1.3.2.4.18.44" uri="111001"/></itk:addresslist><itk:auditIdentity><itk:id uri="urn:nhs-uk:identity:ods:NDA01"/></itk:auditIdentity><itk:manifest count="1"><itk:manifestitem id="uuid_{PAYLOAD}" mimetype="text/xml" profileid="urn:nhs-en:profile:IntegratedUrgentCareCDADocument-v3-1"/></itk:manifest><itk:senderAddress uri="urn:nhs-uk:addressing:ods:NDA01"/><itk:handlingSpecification><itk:spec key="urn:nhs-itk:ns:201005:interaction" value="urn:nhs-itk:interaction:primaryOutofHourRecipientNHS111CDADocument-v2-0"/></itk:handlingSpecification></itk:header><itk:payloads count="1"><itk:payload id="uuid_{PAYLOAD}">{CDA}</itk:payload></itk:payloads></itk:DistributionEnvelope></soap:Body></soap:Envelope>"#;

#[expect(clippy::disallowed_methods, reason = "every message has an id of its own")]
fn id() -> String {
    uuid::Uuid::new_v4().to_string().to_uppercase()
}

/// What differs from one document to the next.
fn cda(document: &str, set: &str, booking: Option<&str>, parent: Option<&str>) -> String {
    let with = |template: &str, mark: &str, value: Option<&str>| {
        value.map(|value| template.replace(mark, value)).unwrap_or_default()
    };
    let plain = SECTION.replace("Booked appointment", "Case summary").replace("linkHtml href=\"{BOOKING}\"", "content");
    let plain = plain.replace("</linkHtml>", "</content>");
    CDA.replace("{DOCUMENT}", document)
        .replace("{SET}", set)
        .replace("{ENTRY}", &with(ENTRY, "{BOOKING}", booking))
        .replace("{SECTION}", &booking.map_or(plain, |booking| SECTION.replace("{BOOKING}", booking)))
        .replace("{RELATED}", &with(RELATED, "{PARENT}", parent))
}

/// A text with one thing in it changed, which must be there.
fn changed(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "nothing to change: {from}");
    text.replace(from, to)
}

struct Sender(Consumer);

impl Sender {
    async fn start() -> Self {
        Self(Consumer::start(DemoOptions::default()).await)
    }

    fn url(&self) -> &str {
        &self.0.nhs.description().itk.url
    }

    fn message(&self, tracking: &str, cda: &str) -> String {
        let instant = |minutes: i64| (now() + Duration::minutes(minutes)).format("%Y-%m-%dT%H:%M:%SZ").to_string();
        MESSAGE
            .replace("{MESSAGE}", &id())
            .replace("{STAMP}", &id())
            .replace("{PAYLOAD}", &id())
            .replace("{TO}", self.url())
            .replace("{CREATED}", &instant(-1))
            .replace("{EXPIRES}", &instant(5))
            .replace("{TRACKING}", tracking)
            .replace("{CDA}", cda)
    }

    async fn send_as(&self, kind: &str, action: &str, body: impl Into<reqwest::Body>) -> reqwest::Result<Response> {
        let request = self.0.client.post(self.url()).header("Content-Type", kind).header("SOAPAction", action);
        request.body(body).send().await
    }

    /// Sends and gives status and text.
    async fn send(&self, body: impl Into<reqwest::Body>) -> (u16, String) {
        let answer = self.send_as("text/xml; charset=utf-8", &format!("\"{SERVICE}\""), body).await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    }

    async fn taken(&self, body: String, what: &str) {
        let (status, text) = self.send(body).await;
        assert_eq!(status, 200, "{what}: {text}");
        let action = format!("<wsa:Action>{SERVICE}Response</wsa:Action>");
        assert!(text.contains(&action) && text.contains("<itk:SimpleMessageResponse>OK:"), "{what}: {text}");
    }

    /// Refused with this code, and with words among which these are.
    async fn refused(&self, body: String, code: &str, says: &str) {
        let (status, text) = self.send(body).await;
        let coded = format!("codeSystem=\"2.16.840.1.113883.2.1.3.2.4.17.268\">{code}</itk:ErrorCode>");
        assert!(status == 500 && text.contains(&coded) && text.contains(says), "{code} {says:?}: {status} {text}");
        assert!(text.contains("<faultstring>") && text.contains("http://www.w3.org/2005/08/addressing/soap/fault"));
    }

    fn documents(&self) -> Vec<Value> {
        self.0.nhs.control().documents().as_array().expect("a list").clone()
    }

    fn cue(&self, order: Value) {
        self.0.nhs.control().cue(order).expect("taken");
    }

    /// Books the first free slot of the first service; the booking names this document.
    async fn book(&self, document: &str) -> Value {
        let mut order = self.0.order(0).await;
        order["contained"][DOCUMENT_REFERENCE]["identifier"][0]["value"] = json!(document);
        let made = self.0.book(&id(), &order).await;
        let status = made.status();
        let made = json_of(made).await;
        assert_eq!(status, 201, "booked: {made}");
        made
    }

    fn url_of(&self, booking: &Value) -> String {
        self.0.url(&format!("Appointment/{}", booking["id"].as_str().expect("an id")))
    }
}

#[tokio::test]
async fn bk_6_a_document_and_its_booking_are_linked_both_ways_and_decoupled_when_it_is_cancelled() {
    let sender = Sender::start().await;
    // The booking names it in lower case, the document itself in upper case: the same.
    let booking = sender.book(&DOCUMENT.to_lowercase()).await;
    let url = sender.url_of(&booking);
    let cda = cda(DOCUMENT, SET, Some(&url), None);
    sender.taken(sender.message(TRACKING, &cda), "linked").await;
    let kept = sender.documents();
    assert_eq!((kept.len(), &kept[0]["text"]), (1, &json!(cda)), "as it was sent");
    let shown = |name: &str| sender.documents()[0][name].clone();
    assert_eq!([shown("service"), shown("document"), shown("tracking")], ["111001", DOCUMENT, TRACKING]);
    assert_eq!([shown("booking"), shown("booking_status"), shown("booking_service")], [&url, "booked", "111001"]);
    assert_eq!([shown("linked_both_ways"), shown("decoupled")], [true, false], "BK-6");
    let [arrived] = sender.0.nhs.control().counter().documents.try_into().expect("one");
    assert!(arrived.linked_both_ways && arrived.document == DOCUMENT && arrived.text == cda, "as a trainer sees it");
    let listed = sender.0.client.get(format!("{}/documents", sender.0.nhs.description().control.url)).send().await;
    let listed = json_of(listed.expect("an answer")).await;
    assert_eq!(listed[0]["named_by"], json!([url]), "the same over HTTP");
    let mut cancelled = booking.clone();
    cancelled["status"] = json!("cancelled");
    let path = format!("Appointment/{}", booking["id"].as_str().expect("an id"));
    let put = sender.0.put(&path, &id(), Some("W/\"1\""), &cancelled).await;
    assert_eq!(put.status(), 200, "cancelled");
    assert_eq!([shown("linked_both_ways"), shown("decoupled")], [true, true], "CA-5, as the diary has it now");
}

#[tokio::test]
async fn bk_6_a_document_may_come_before_its_booking_and_one_that_nobody_names_is_not_linked() {
    let sender = Sender::start().await;
    sender.taken(sender.message(TRACKING, &cda(DOCUMENT, SET, None, None)), "without a booking").await;
    assert_eq!(sender.documents()[0]["named_by"], json!([]), "nobody yet");
    let url = sender.url_of(&sender.book(DOCUMENT).await);
    let first = sender.documents()[0].clone();
    assert_eq!((&first["named_by"], &first["linked_both_ways"]), (&json!([url]), &json!(false)), "one way alone");
    let other = cda(OTHER_DOCUMENT, &id(), Some(&url), None);
    sender.taken(sender.message(OTHER_TRACKING, &other), "that booking names another document").await;
    let second = sender.documents()[1].clone();
    assert_eq!((&second["booking_status"], &second["linked_both_ways"]), (&json!("booked"), &json!(false)));
}

#[tokio::test]
async fn bk_6_the_same_document_is_kept_once_and_another_under_its_id_is_refused() {
    let sender = Sender::start().await;
    let cda = cda(DOCUMENT, SET, None, None);
    for tracking in [TRACKING, TRACKING, OTHER_TRACKING] {
        sender.taken(sender.message(tracking, &cda), "again").await;
    }
    let bodies = (0..20).map(|_| sender.message(TRACKING, &cda));
    let at_once = futures::future::join_all(bodies.map(|body| sender.send(body))).await;
    assert!(at_once.iter().all(|(status, _)| *status == 200), "twenty at the same time");
    let laid_out = changed(&cda, "><", ">\n  <");
    sender.taken(sender.message(TRACKING, &laid_out), "the same, laid out otherwise").await;
    assert_eq!(sender.documents().len(), 1, "kept once");
    let other = changed(&cda, "Seen at noon", "Seen at one");
    sender.refused(sender.message(OTHER_TRACKING, &other), "2200", "another document").await;
    let renamed = changed(&cda, DOCUMENT, OTHER_DOCUMENT);
    sender.refused(sender.message(TRACKING, &renamed), "2200", "another message").await;
    let copy = changed(&sender.message(&id(), &cda), "primaryOutofHourRecipient", "copyRecipient");
    sender.taken(copy, "a copy of it, with a tracking id of its own").await;
    assert_eq!(sender.documents().len(), 2, "nothing of what was refused");
}

#[tokio::test]
async fn bk_6_a_document_that_is_linked_to_a_booking_is_never_replaced() {
    let sender = Sender::start().await;
    let unlinked = cda(DOCUMENT, SET, None, None);
    sender.taken(sender.message(TRACKING, &unlinked), "without a booking").await;
    let successor = cda(OTHER_DOCUMENT, SET, Some(BOOKING), Some(DOCUMENT));
    sender.taken(sender.message(OTHER_TRACKING, &successor), "replaces one that is not linked").await;
    let third = cda(&id(), SET, None, Some(OTHER_DOCUMENT));
    sender.refused(sender.message(&id(), &third), "2200", "never replaced").await;
    let silent = cda(&id(), SET, None, None);
    sender.refused(sender.message(&id(), &silent), "2200", "never replaced").await;
    let named = id();
    sender.book(&named.to_lowercase()).await;
    let unknown = cda(&id(), &id(), None, Some(&named));
    sender.refused(sender.message(&id(), &unknown), "2200", "never replaced").await;
    assert_eq!(sender.documents().len(), 2, "the two that were taken");
}

/// The nullification of a document.
fn nullification(sender: &Sender, document: &str, parent: &str) -> String {
    let cda = changed(&cda(document, SET, None, Some(parent)), "POCD_MT200001GB02", "POCD_MT130001UK05");
    let cda = changed(&cda, "1066271000000101", "285091000000108");
    let cda = changed(&cda, "Integrated Urgent Care Report", "Nullification Document");
    let message =
        changed(&sender.message(&id(), &cda), "IntegratedUrgentCareCDADocument-v3-1", "nullificationDocument-v5-0");
    changed(&message, "primaryOutofHourRecipientNHS111CDADocument-v2-0", "nullifyIntegratedUrgentCareCDADocument-v3-0")
}

#[tokio::test]
async fn bk_6_a_nullification_is_taken_for_a_document_that_no_booking_is_linked_to_and_for_no_other() {
    let sender = Sender::start().await;
    sender.taken(sender.message(TRACKING, &cda(DOCUMENT, SET, None, None)), "without a booking").await;
    let right = nullification(&sender, OTHER_DOCUMENT, DOCUMENT);
    let as_report =
        changed(&right, "nullifyIntegratedUrgentCareCDADocument-v3-0", "copyRecipientNHS111CDADocument-v2-0");
    sender.refused(as_report, "1000", "does not go with the interaction").await;
    let nothing = changed(&right, &RELATED.replace("{PARENT}", DOCUMENT), "");
    sender.refused(nothing, "1000", "must name what it replaces").await;
    sender.taken(right, "nullified").await;
    assert_eq!(sender.documents()[1]["replaces"], DOCUMENT, "what it replaces is shown");
    let booked = id();
    sender.book(&booked).await;
    sender.refused(nullification(&sender, &id(), &booked), "2200", "never replaced").await;
}

#[tokio::test]
async fn the_description_and_the_help_tell_of_the_receiver() {
    let sender = Sender::start().await;
    let described = serde_json::to_string(sender.0.nhs.description()).expect("json");
    assert!(described.ends_with(&format!("\"itk\":{{\"url\":\"{}\"}}}}", sender.url())), "after what was there before");
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_demo-nhs")).arg("--help").output().expect("run");
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    assert!(["`itk` {url}", "SendNHS111Report-v2-0", "/documents"].iter().all(|told| help.contains(told)), "{help}");
}

#[tokio::test]
async fn pv_a_message_that_is_wrong_is_refused_with_its_code_and_what_was_wrong() {
    let sender = Sender::start().await;
    let right = sender.message(TRACKING, &cda(DOCUMENT, SET, None, None));
    let header = |text: &str| format!("{text}</soap:Header>");
    let table = [
        ("SendNHS111Report-v2-0</wsa:Action>", "SendCDADocument-v2-0</wsa:Action>".to_owned(), "1000", "wsa:Action"),
        ("service=\"urn:nhs-itk:services:201005:SendNHS", "service=\"urn:x".to_owned(), "1000", "header/@service"),
        ("urn:uuid:", "urn:uuid:1-".to_owned(), "1000", "wsa:MessageID"),
        (sender.url(), "https://other.example/itk".to_owned(), "1000", "wsa:To"),
        ("addressing/anonymous", "addressing/none".to_owned(), "1000", "wsa:ReplyTo"),
        ("Z</wsu:Created>", "+00:00</wsu:Created>".to_owned(), "3000", "Timestamp"),
        ("<wsse:Username>CN=nda01.oneoneone.nhs.uk</wsse:Username>", String::new(), "3000", "Username"),
        (
            "</soap:Header>",
            header("<x:Odd xmlns:x=\"urn:x\" soap:mustUnderstand=\"1\"/>"),
            "1000",
            "soap:MustUnderstand",
        ),
        (
            "schemas.xmlsoap.org/soap/envelope/",
            "www.w3.org/2003/05/soap-envelope".to_owned(),
            "1000",
            "soap:VersionMismatch",
        ),
        (TRACKING, TRACKING.to_lowercase(), "1000", "trackingid"),
        ("ods:NDU01\"/><itk", "ods:NDZ04\"/><itk".to_owned(), "1000", "addresslist"),
        ("uri=\"111001\"", "uri=\"111002\"/><itk:address uri=\"nowhere\"".to_owned(), "1000", "addresslist"),
        ("identity:ods:NDA01", "addressing:ods:NDA01".to_owned(), "1000", "auditIdentity"),
        ("<itk:manifest count=\"1\"", "<itk:manifest count=\"2\"".to_owned(), "1000", "manifest"),
        ("<itk:payloads count=\"1\"", "<itk:payloads count=\"0\"".to_owned(), "1000", "payloads"),
        ("<itk:payload id=\"uuid_", "<itk:payload id=\"uuid_0".to_owned(), "1000", "manifestitem/@id"),
        ("mimetype=\"text/xml\"", "mimetype=\"text/plain\"".to_owned(), "1000", "mimetype"),
        ("UrgentCareCDADocument-v3-1", "UrgentCareCDADocument-v9".to_owned(), "1000", "profileid"),
        ("ns:201005:interaction\"", "ns:201005:ackrequested\"".to_owned(), "1000", "handlingSpecification"),
        ("primaryOutofHourRecipient", "primaryNobody".to_owned(), "1000", "handlingSpecification"),
        (
            "<itk:senderAddress uri=\"urn:nhs-uk:addressing:ods:NDA01\"/>",
            "<itk:addresslist/>".to_owned(),
            "1000",
            "header",
        ),
    ];
    for (from, to, code, says) in table {
        sender.refused(changed(&right, from, &to), code, says).await;
    }
    let neither = changed(&changed(&right, "ods:NDU01\"/><itk", "ods:X1\"/><itk"), "uri=\"111001\"", "uri=\"999\"");
    sender.refused(neither, "1000", "neither").await;
    for (from, to) in [(-20, -10), (2, 5)] {
        let instant = |minutes: i64| (now() + Duration::minutes(minutes)).format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let stamp = |text: &str, name: &str, value: String| {
            let (before, rest) = text.split_once(&format!("<wsu:{name}>")).expect("there");
            let (_, after) = rest.split_once(&format!("</wsu:{name}>")).expect("there");
            format!("{before}<wsu:{name}>{value}</wsu:{name}>{after}")
        };
        let stale = stamp(&stamp(&right, "Created", instant(from)), "Expires", instant(to));
        sender.refused(stale, "3000", "not between").await;
    }
    let entity = format!("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>{right}");
    sender.refused(entity, "1000", "document type").await;
    assert_eq!(sender.documents(), Vec::<Value>::new(), "nothing of it is kept");
    sender.taken(right, "and the right one is").await;
}

#[tokio::test]
async fn pv_a_media_type_that_is_not_xml_and_an_action_that_is_not_the_messages_are_refused() {
    let sender = Sender::start().await;
    let right = sender.message(TRACKING, &cda(DOCUMENT, SET, None, None));
    let quoted = format!("\"{SERVICE}\"");
    let table = [
        ("application/json", quoted.as_str(), 415),
        ("text/xml", "\"urn:nhs-itk:services:201005:SendCDADocument-v2-0\"", 500),
        ("text/xml", "", 500),
        ("application/xml", &quoted, 200),
    ];
    for (kind, action, status) in table {
        let answer = sender.send_as(kind, action, right.clone()).await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status, "{kind} {action}");
    }
}

#[tokio::test]
async fn bk_6_a_document_that_is_wrong_is_refused_with_what_was_wrong_and_where() {
    let sender = Sender::start().await;
    let right = cda(DOCUMENT, SET, Some(BOOKING), None);
    let versioned = format!("{BOOKING}/_history/1");
    let table = [
        ("ClinicalDocument", "Letter", "payload"),
        (DOCUMENT, "0c3d9a52-5f6e-4f7b-8b55-0f3a4f0a9d11", "ClinicalDocument/id"),
        ("1066271000000101", "819551000000100", "ClinicalDocument/code"),
        ("Integrated Urgent Care Report", "NHS 111 Report", "ClinicalDocument/title"),
        ("effectiveTime value=\"202601151130+00\"", "effectiveTime value=\"202601151130\"", "effectiveTime"),
        ("high value=\"202601151130+00\"", "high value=\"202601151130\"", "zone"),
        ("code=\"N\" ", "code=\"X\" ", "confidentialityCode"),
        ("9990000018", "9990000019", "check digit"),
        ("administrativeGenderCode code=\"1\"", "administrativeGenderCode code=\"M\"", "GenderCode"),
        ("recordTarget", "recordTargets", "recordTargets does not belong"),
        ("typeCode=\"PRCP\"", "typeCode=\"TRC\"", "informationRecipient"),
        ("representedCustodianOrganization", "representedOrganization", "custodian"),
        ("statusCode code=\"completed\"", "statusCode code=\"active\"", "authorization"),
        ("18.49\" extension=\"J1\"", "18.35\" extension=\"J1\"", "journey"),
        ("structuredBody", "nonXMLBody", "structuredBody"),
        ("<setId root", "<title>twice</title><setId root", "title"),
        ("17.541", "17.540", "encounter"),
        ("moodCode=\"APT\"", "moodCode=\"EVN\"", "APT"),
        ("typeCode=\"LOC\" contextControlCode", "typeCode=\"DST\" contextControlCode", "LOC"),
        (BOOKING, &versioned, "_history"),
        (BOOKING, "http://provider.example/Appointment/77", "https"),
        (BOOKING, "Appointment/77", "absolute"),
        ("linkHtml href=\"https://provider", "linkHtml href=\"https://other", "linkHtml"),
        (
            "<linkHtml href=\"https://provider.example/STU3/1/Appointment/77\">the booking</linkHtml>",
            "",
            "no section links",
        ),
    ];
    for (from, to, says) in table {
        sender.refused(sender.message(TRACKING, &changed(&right, from, to)), "1000", says).await;
    }
    let version_2 =
        changed(&sender.message(TRACKING, &right), "IntegratedUrgentCareCDADocument-v3-1", "nhs111CDADocument-v2-0");
    let version_2 =
        changed(&changed(&version_2, "1066271000000101", "819551000000100"), "Integrated Urgent Care", "NHS 111");
    sender.refused(version_2.clone(), "1000", "no such entry").await;
    let entry = ENTRY.replace("{BOOKING}", BOOKING);
    sender.taken(changed(&version_2, &entry, ""), "the section alone").await;
    assert_eq!(sender.documents()[0]["booking"], BOOKING, "taken from the section's link");
}

#[tokio::test]
async fn bk_6_a_packed_document_is_unpacked_and_one_too_large_is_refused() {
    let sender = Sender::start().await;
    let zipped = |text: &str| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).expect("written");
        STANDARD.encode(encoder.finish().expect("zipped"))
    };
    let packed = |tracking: &str, flags: &str, payload: &str| {
        changed(&sender.message(tracking, payload), "mimetype=\"text/xml\"", &format!("mimetype=\"text/xml\" {flags}"))
    };
    let both = "compressed=\"true\" base64=\"true\"";
    let first = cda(DOCUMENT, SET, None, None);
    sender.taken(packed(TRACKING, both, &zipped(&first)), "compressed").await;
    sender.taken(sender.message(TRACKING, &first), "the same, unpacked").await;
    assert_eq!(sender.documents().len(), 1, "one document");
    let second = cda(OTHER_DOCUMENT, &id(), None, None);
    sender.taken(packed(OTHER_TRACKING, "base64=\"1\"", &STANDARD.encode(&second)), "base64 alone").await;
    assert_eq!(sender.documents()[1]["text"], second, "as it was");
    let large = format!("{}{}", cda(&id(), &id(), None, None), " ".repeat(8 * 1024 * 1024));
    let table = [
        (packed(&id(), both, &zipped(&large)), "longer than"),
        (packed(&id(), both, &STANDARD.encode("plain")), "not gzip"),
        (packed(&id(), both, "%%%"), "not base64"),
        (packed(&id(), "compressed=\"true\"", &zipped(&second)), "base64 as well"),
        (packed(&id(), "encrypted=\"true\"", &second), "encrypted"),
        (packed(&id(), both, &zipped("<a>")), "not well-formed"),
    ];
    for (body, says) in table {
        sender.refused(body, "1000", says).await;
    }
    let (status, text) = sender.send(" ".repeat(5 * 1024 * 1024)).await;
    assert!(status == 500 && text.contains(">1000</itk:ErrorCode>"), "a message too long: {status} {text}");
}

#[tokio::test]
async fn pv_the_receiver_takes_its_cues_and_a_lost_answer_leaves_one_document() {
    let sender = Sender::start().await;
    let cda = cda(DOCUMENT, SET, None, None);
    let message = || sender.message(TRACKING, &cda);
    for (code, told) in [(json!(2100), "2100"), (json!("2200"), "2200"), (json!(1000), "1000"), (json!(3000), "3000")] {
        sender.cue(json!({ "system": "itk", "do": "refuse", "code": code, "times": 1 }));
        sender.refused(message(), told, "on cue").await;
    }
    let soap = format!("\"{SERVICE}\"");
    let broken = async || match sender.send_as("text/xml", &soap, message()).await {
        Ok(answer) => answer.text().await.is_err(),
        Err(_) => true,
    };
    sender.cue(json!({ "system": "itk", "do": "offline", "times": 1 }));
    assert!(broken().await, "offline");
    assert_eq!(sender.documents().len(), 0, "nothing was done");
    sender.cue(json!({ "itk": { "do": "lose_answer", "times": 1 } }));
    assert!(broken().await, "no answer");
    assert_eq!(sender.documents().len(), 1, "the work was done");
    sender.cue(json!({ "system": "itk", "do": "garbage", "times": 1 }));
    assert_eq!(sender.send(message()).await, (200, "<html><body>Maintenance".to_owned()), "nonsense");
    sender.cue(json!({ "system": "itk", "do": "delay", "ms": 10, "times": 1 }));
    sender.taken(message(), "sent again").await;
    assert_eq!(sender.documents().len(), 1, "kept once");
    let wrong =
        [json!({ "system": "itk", "do": "refuse", "code": 4711 }), json!({ "system": "itk", "do": "take_slot" })];
    for order in wrong {
        sender.0.nhs.control().cue(&order).expect_err("a cue that makes no sense");
    }
    let asked = sender.0.nhs.control().asked();
    let asked: Vec<&Value> =
        asked.as_array().expect("a list").iter().filter(|entry| entry["system"] == "itk").collect();
    assert_eq!((asked.len(), &asked[0]["asked"]["tracking"]), (8, &json!(TRACKING)), "every one is noted");
    assert!(!format!("{asked:?}").contains("9990000018"), "by ids alone");
}

#[tokio::test]
async fn pv_every_service_with_an_itk_endpoint_has_the_receivers_address() {
    let sender = Sender::start().await;
    let dos = &sender.0.nhs.description().dos;
    for service in &sender.0.nhs.description().services {
        let asked = format!(
            "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Header><serviceVersion>1.5</serviceVersion>\
             </s:Header><s:Body><ServiceDetailsById><userInfo><username>{}</username><password>{}</password></userInfo>\
             <serviceId>{}</serviceId></ServiceDetailsById></s:Body></s:Envelope>",
            dos.username,
            dos.password.replace('&', "&amp;").replace('<', "&lt;"),
            service.id
        );
        let answer =
            sender.0.client.post(&dos.url).header("Content-Type", "application/soap+xml").body(asked).send().await;
        let text = answer.expect("an answer").text().await.expect("a body");
        assert!(text.contains(&format!("<address>{}</address>", sender.url())), "{}: {text}", service.id);
    }
}

/// The message and the document of these tests are what the published schemas ask for, where this machine has the
/// standard's folder (as named by BOOKING_STANDARD, or beside the project).
#[tokio::test]
async fn bk_6_the_message_and_document_of_these_tests_and_the_faults_fit_the_published_schemas() {
    let lint = || std::process::Command::new("xmllint");
    let named = std::env::var_os("BOOKING_STANDARD").map(std::path::PathBuf::from);
    let beside = || std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/standard")).to_owned();
    let folder = named.unwrap_or_else(beside).join("referral");
    if !folder.is_dir() {
        return say("skipped: the schemas of the standard are not on this machine (BOOKING_STANDARD)");
    }
    assert!(lint().arg("--version").output().is_ok(), "xmllint is not installed: `cargo xtask test` does it");
    let sender = Sender::start().await;
    let scratch = tempfile::tempdir().expect("a folder");
    let fits = |text: &str, schema: &str| {
        let file = scratch.path().join("text.xml");
        std::fs::write(&file, text).expect("written");
        let schema = folder.join("Schemas").join(schema);
        let told = lint().args(["--noout", "--nonet", "--schema"]).arg(schema).arg(file).output().expect("run");
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    };
    let part = |text: &str, name: &str| {
        let (from, to) =
            (text.find(&format!("<{name}")).expect("there"), text.find(&format!("</{name}>")).expect("there"));
        let end = format!("</{name}>");
        let part = &text[from..to + end.len()];
        part.replacen(&format!("<{name}"), &format!("<{name} xmlns:itk=\"urn:nhs-itk:ns:201005\""), 1)
    };
    let cda = cda(DOCUMENT, SET, Some(BOOKING), None);
    fits(&cda, "POCD_MT000002UK01.xsd");
    let message = sender.message(TRACKING, &cda);
    fits(&part(&message, "itk:DistributionEnvelope"), "distributionEnvelope-v2-0.xsd");
    fits(&part(&sender.send(message).await.1, "itk:SimpleMessageResponse"), "ITKMessageTypes-2010-05.xsd");
    // The published example names its appointment by an id alone; with a URL, in both places, it is taken.
    let example = std::fs::read_to_string(folder.join("example.xml")).expect("the published example");
    let (_, example) = example.split_once("<ClinicalDocument").expect("a document");
    let example = format!("<ClinicalDocument{example}");
    sender.refused(sender.message(&id(), &example), "1000", "absolute URL").await;
    let url = changed(&example, "eb4f7f21-3962-4416-9a29-a46dd6ee5f17", BOOKING);
    sender.refused(sender.message(&id(), &url), "1000", "no section links").await;
    let (before, after) = url.split_once("<title>Appointment Reference</title>").expect("its section");
    let link = format!("</content><linkHtml href=\"{BOOKING}\">the booking</linkHtml>");
    let linked = format!("{before}<title>Appointment Reference</title>{}", after.replacen("</content>", &link, 1));
    sender.taken(sender.message(&id(), &linked), "the published example").await;
    fits(&part(&sender.send("<a/>").await.1, "itk:ToolkitErrorInfo"), "ITKMessageTypes-2010-05.xsd");
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn say(text: &str) {
    eprintln!("{text}");
}

/// What somebody did to a message.
#[derive(Debug, Clone)]
enum Change {
    /// Wrote this over so many bytes from here.
    Overwritten(usize, usize, Vec<u8>),
    /// Doubled so many bytes from here.
    Doubled(usize, usize),
    /// Wrote this between a pair of quotation marks.
    Quoted(usize, &'static str),
    /// Wrote this in place of the text between two tags.
    Told(usize, &'static str),
    /// Sent something else altogether.
    Replaced(Vec<u8>),
}

fn change() -> impl Strategy<Value = Change> {
    let markup = vec!["<", ">", "&", "\"", "<!--", "]]>", "&#0;", "&#xD800;", "xmlns=\"\"", "\u{0}", "</a>", "<a>"];
    let markup = proptest::sample::select(markup).prop_map(|text| text.as_bytes().to_vec());
    let bytes = |most| proptest::collection::vec(any::<u8>(), 0..most);
    let odd = ["", "1", "-1", "+", "2026é", "202601151200+é", "uuid_", "urn:é", "https://é/Appointment/", BOOKING, SET];
    let odd = || proptest::sample::select(odd.to_vec());
    let at = any::<usize>;
    proptest::prop_oneof![
        2 => (at(), 0_usize..100, proptest::prop_oneof![bytes(12), markup])
            .prop_map(|(at, length, piece)| Change::Overwritten(at, length, piece)),
        2 => (at(), 0_usize..400).prop_map(|(at, length)| Change::Doubled(at, length)),
        6 => (at(), odd()).prop_map(|(at, text)| Change::Quoted(at, text)),
        3 => (at(), odd()).prop_map(|(at, text)| Change::Told(at, text)),
        1 => bytes(600).prop_map(Change::Replaced),
    ]
}

/// Puts a text between the so-many-th of two marks and the next one.
fn between(bytes: &mut Vec<u8>, marks: (u8, u8), number: usize, text: &str) {
    let begins: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] == marks.0).collect();
    let Some(from) = begins.get(number % begins.len().max(1)).map(|at| at + 1) else { return };
    let length = bytes[from..].iter().position(|byte| *byte == marks.1).unwrap_or_default();
    drop(bytes.splice(from..from + length, text.bytes()));
}

fn mutated(right: &str, changes: &[Change]) -> Vec<u8> {
    let mut bytes = right.as_bytes().to_vec();
    for change in changes {
        let range = |at: usize, length: usize| {
            let from = at % (bytes.len() + 1);
            from..(from + length).min(bytes.len())
        };
        match change {
            Change::Overwritten(at, length, piece) => drop(bytes.splice(range(*at, *length), piece.iter().copied())),
            Change::Doubled(at, length) => {
                let range = range(*at, *length);
                let doubled = bytes[range.clone()].to_vec();
                drop(bytes.splice(range.start..range.start, doubled));
            }
            Change::Quoted(number, text) => between(&mut bytes, (b'"', b'"'), *number, text),
            Change::Told(number, text) => between(&mut bytes, (b'>', b'<'), *number, text),
            Change::Replaced(other) => bytes.clone_from(other),
        }
    }
    bytes
}

#[test]
fn pv_nothing_that_is_sent_goes_unanswered_or_is_called_taken_without_being_kept() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let sender = runtime.block_on(Sender::start());
    let right = sender.message(TRACKING, &cda(DOCUMENT, SET, Some(BOOKING), None));
    let cases = Config { cases: 600, failure_persistence: None, ..Config::default() };
    let strategy = proptest::collection::vec(change(), 1..4);
    let outcome = TestRunner::new(cases).run(&strategy, |changes| {
        let body = mutated(&right, &changes);
        let before = sender.documents();
        let (status, text) = runtime.block_on(sender.send(body.clone()));
        let after = sender.documents();
        let well_formed = text.starts_with("<soap:Envelope") && text.ends_with("</soap:Envelope>");
        proptest::prop_assert!(well_formed && matches!(status, 200 | 500), "{status} {text}");
        if status == 200 {
            let sent = String::from_utf8(body).map_err(|_| proptest::prelude::TestCaseError::fail("not text"))?;
            let holds = |kept: &Value| {
                let has = |name: &str| sent.contains(kept[name].as_str().unwrap_or("-"));
                has("document")
                    && has("tracking")
                    && kept["interaction"].as_str().is_some_and(|name| sent.contains(name))
            };
            proptest::prop_assert!(after.iter().any(holds), "taken, and not kept");
        } else {
            proptest::prop_assert_eq!(before, after, "refused, and yet something was done");
        }
        Ok(())
    });
    outcome.expect("holds for all");
}
