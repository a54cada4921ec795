//! The Directory of Services through the public adapter, against a server that answers whatever a test wants it to
//! (DI-1, DI-2, ER-1): what goes over the wire, and what is made of every kind of answer.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use desk_domain::failure::{DirectoryFailure, SearchField};
use desk_domain::id::{DispositionCode, DosServiceId, OdsCode, Postcode};
use desk_domain::patient::{Age, AgeGroup, Gender};
use desk_domain::service::{BookingConnection, Capacity, Service, ServiceAttribute, SessionDay};
use desk_journeys::ports::{ClinicalCase, Exchange, ServiceAnswer, ServiceDirectory};
use proptest::prelude::*;
use quick_xml::events::Event;
use serde_json::json;

use crate::support::desk::{self, encounter, search_id, settings, timeouts};
use crate::support::server::{Heard, Server, answer as http_answer, hang_up};
use crate::support::standard::{skipped, standard};

const NAMESPACE: &str = "https://nww.pathwaysdos.nhs.uk/app/api/webservices";
/// Characters that XML marks up: they have to arrive as they are.
const PASSWORD: &str = "a<b>&\"c' ]]> é";

fn case() -> ClinicalCase {
    ClinicalCase {
        case_reference: "AB12-CD34".to_owned(),
        postcode: Postcode::new("ND1 2AB").expect("a postcode"),
        gp_practice: Some(OdsCode::new("A83046").expect("a code")),
        age: Age::Years(52),
        gender: Gender::Female,
        disposition: DispositionCode::new("Dx06").expect("a code"),
        symptom_group: 1011,
        symptom_discriminators: vec![4003, 4023],
        search_distance_km: Some(20),
        search_at: Some("2026-07-20T23:30:00Z".parse().expect("an instant")),
    }
}

fn listed(id: &str) -> Service {
    Service { id: DosServiceId::new(id).expect("an id"), kind: String::new(), ..desk::service() }
}

/// What is answered to every request.
enum Answer {
    /// These bytes, then the connection is closed.
    Bytes(Vec<u8>),
    /// Nothing, and the connection stays open.
    Never,
}

impl Answer {
    /// A whole answer.
    fn new(status: u16, kind: &str, content: &[u8]) -> Self {
        let head = format!("Content-Type: {kind}\r\nConnection: close\r\n");
        Self::Bytes(http_answer(&format!("{status} x"), &head, content))
    }

    /// A whole answer in chunks of seven bytes.
    fn chunked(kind: &str, content: &[u8]) -> Self {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n");
        let mut bytes = head.into_bytes();
        for chunk in content.chunks(7) {
            bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
        Self::Bytes(bytes)
    }

    /// Half of what is announced.
    fn cut_short(content: &[u8]) -> Self {
        let mut bytes = http_answer("200 OK", "Content-Type: application/soap+xml\r\n", content);
        bytes.truncate(bytes.len() - content.len() / 2);
        Self::Bytes(bytes)
    }
}

/// An answer as the directory sends it.
fn soap(status: u16, content: &str) -> Answer {
    Answer::new(status, "application/soap+xml; charset=utf-8", content.as_bytes())
}

/// A desk whose directory is a server of the test.
struct Desk {
    desk: desk::Desk,
    server: Server,
}

impl Desk {
    fn directory(&self) -> &dyn ServiceDirectory {
        &*self.desk.nhs.directory
    }

    /// What came to the server.
    fn requests(&self) -> Vec<Heard> {
        self.server.heard()
    }

    /// What the desk put on record.
    fn exchanges(&self) -> Vec<Exchange> {
        self.desk.recorded()
    }
}

/// A desk that asks a directory at this address.
fn desk_of(root: &str) -> desk::Desk {
    let mut settings = settings();
    settings.dos.url = format!("{root}/app/api/webservices").parse().expect("a URL");
    settings.dos.password = PASSWORD.to_owned();
    settings.timeouts = timeouts(20, 2, 20);
    desk::Desk::new(settings)
}

/// A desk, and a directory that gives this answer to every request.
fn desk_at(answer: Answer) -> Desk {
    let server = Server::plain(move |_, wire| match &answer {
        Answer::Bytes(bytes) => wire.write_all(bytes).and_then(|()| hang_up()),
        // Until the desk hangs up.
        Answer::Never => wire.read(&mut [0]).and_then(|_| hang_up()),
    });
    Desk { desk: desk_of(&server.url()), server }
}

async fn search(answer: Answer) -> (Result<ServiceAnswer, DirectoryFailure>, Desk) {
    let desk = desk_at(answer);
    (desk.directory().services_for(encounter(), search_id(), &case()).await, desk)
}

async fn details(answer: Answer, service: &Service) -> Result<Service, DirectoryFailure> {
    desk_at(answer).directory().details(encounter(), search_id(), service).await
}

fn only_exchange(desk: &Desk) -> Exchange {
    let exchanges = desk.exchanges();
    assert_eq!(exchanges.len(), 1, "one exchange on record: {exchanges:?}");
    exchanges.into_iter().next().expect("one")
}

/// Every element of a document in its order: namespace, local name, and text where it holds no other element.
fn elements(xml: &str) -> Vec<(String, String, String)> {
    let mut reader = quick_xml::NsReader::from_str(xml);
    let (mut all, mut open): (Vec<(String, String, String)>, Vec<usize>) = (Vec::new(), Vec::new());
    loop {
        let (namespace, event) = reader.read_resolved_event().expect("well-formed");
        let namespace = match namespace {
            quick_xml::name::ResolveResult::Bound(namespace) => namespace.into_inner().to_owned(),
            quick_xml::name::ResolveResult::Unbound | quick_xml::name::ResolveResult::Unknown(_) => String::new(),
        };
        let mut text = |part: &str, open: &[usize]| {
            if let Some(at) = open.last() {
                let (_, _, text): &mut (_, _, String) = &mut all[*at];
                text.push_str(part);
            }
        };
        match event {
            Event::Start(start) => {
                open.push(all.len());
                all.push((namespace, start.local_name().as_ref().to_owned(), String::new()));
            }
            Event::Empty(start) => all.push((namespace, start.local_name().as_ref().to_owned(), String::new())),
            Event::End(_) => drop(open.pop()),
            Event::Text(part) => text(&part.xml10_content(), &open),
            Event::GeneralRef(entity) => {
                let resolved = match entity.resolve_char_ref().expect("a character") {
                    Some(character) => character.to_string(),
                    None => quick_xml::escape::resolve_predefined_entity(&entity.xml10_content())
                        .expect("one of the five entities")
                        .to_owned(),
                };
                text(&resolved, &open);
            }
            Event::Eof => break,
            Event::CData(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    all
}

fn body_of(request: &Heard) -> String {
    String::from_utf8(request.body.clone()).expect("text")
}

/// Namespaces are shortened to `env` and `web`.
fn told(xml: &str) -> Vec<String> {
    let named = |(namespace, name, text): (String, String, String)| {
        let prefix = match namespace.as_str() {
            "http://www.w3.org/2003/05/soap-envelope" => "env",
            NAMESPACE => "web",
            other => panic!("{name} stands in the namespace {other:?}"),
        };
        if text.is_empty() { format!("{prefix}:{name}") } else { format!("{prefix}:{name}={text}") }
    };
    elements(xml).into_iter().map(named).collect()
}

#[tokio::test]
async fn di_1_the_whole_clinical_case_goes_over_the_wire_and_nothing_else() {
    let (_, desk) = search(soap(200, &soap_fault("102", "none"))).await;
    let request = desk.requests().into_iter().next().expect("a request");
    assert_eq!(request.line, "POST /app/api/webservices HTTP/1.1", "where to");
    let action = format!("application/soap+xml; charset=utf-8; action=\"{NAMESPACE}/CheckCapacitySummary\"");
    assert_eq!(request.header("content-type"), action, "SOAP 1.2 has its action here");
    assert!(request.all("authorization").is_empty(), "credentials stand in the envelope alone");
    let password = format!("web:password={PASSWORD}");
    let expected = [
        "env:Envelope",
        "env:Header",
        "web:serviceVersion=1.5",
        "env:Body",
        "web:CheckCapacitySummary",
        "web:userInfo",
        "web:username=desk",
        password.as_str(),
        "web:c",
        "web:caseRef=AB12-CD34",
        "web:caseId=AB12-CD34",
        "web:postcode=ND1 2AB",
        "web:surgery=A83046",
        "web:age=52",
        "web:ageFormat=Years",
        "web:disposition=6",
        "web:symptomGroup=1011",
        "web:symptomDiscriminatorList",
        "web:int=4003",
        "web:int=4023",
        "web:searchDistance=20",
        "web:forceSearchDistance=true",
        "web:gender=F",
        "web:searchDateTime=2026-07-21T00:30:00+01:00",
    ];
    assert_eq!(told(&body_of(&request)), expected, "each element, in the order of the schema");
}

#[tokio::test]
async fn di_1_a_case_of_which_little_is_known_is_asked_with_an_age_group_and_without_the_rest() {
    let desk = desk_at(soap(200, &soap_fault("102", "none")));
    let little = ClinicalCase {
        gp_practice: None,
        age: Age::Group(AgeGroup::new(3).expect("a group")),
        gender: Gender::Unknown,
        symptom_discriminators: Vec::new(),
        search_distance_km: None,
        search_at: None,
        ..case()
    };
    let answer = desk.directory().services_for(encounter(), search_id(), &little).await;
    assert_eq!(answer, Err(DirectoryFailure::NoServices), "the fault");
    let body = body_of(&desk.requests().into_iter().next().expect("a request"));
    let case: Vec<_> = told(&body).into_iter().skip_while(|element| element != "web:c").skip(3).collect();
    let expected = [
        "web:postcode=ND1 2AB",
        "web:surgery=UNK",
        "web:age=3",
        "web:ageFormat=AgeGroup",
        "web:disposition=6",
        "web:symptomGroup=1011",
        "web:symptomDiscriminatorList",
        "web:forceSearchDistance=false",
        "web:gender=I",
    ];
    assert_eq!(case, expected, "no distance, no time");
}

#[tokio::test]
async fn di_1_what_the_directory_would_refuse_never_leaves() {
    let desk = desk_at(soap(200, &soap_fault("102", "none")));
    let too_far = ClinicalCase { search_distance_km: Some(100), ..case() };
    let answer = desk.directory().services_for(encounter(), search_id(), &too_far).await;
    assert_eq!(answer, Err(DirectoryFailure::NotAsked(SearchField::Distance)), "told which field");
    assert!(desk.requests().is_empty() && desk.exchanges().is_empty(), "no connection, no exchange");
}

/// An answer as the directory gives it, with what the field does to XML: a prefix of its own on every element, CDATA,
/// entities, empty elements and elements that are missing, comments, unknown elements, other letter case.
const SERVICES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- from a proxy --><soapenv:Envelope xmlns:soapenv="http://www.w3.org/2003/05/soap-envelope" xmlns:d="https://nww.pathwaysdos.nhs.uk/app/api/webservices"><soapenv:Header/><soapenv:Body>
<d:CheckCapacitySummaryResponse><d:TransactionId>T-77</d:TransactionId><d:RequestedAtDateTime>2026-11-20T18:00:00+00:00</d:RequestedAtDateTime>
<d:SearchDistance>37</d:SearchDistance><d:SearchDistanceUsedSource>Sector</d:SearchDistanceUsedSource>
<d:CheckCapacitySummaryResult>
  <d:ServiceCareSummaryDestination><d:id>1900</d:id><d:capacity>Low</d:capacity><d:name>UTC: Northdale &amp; Dene</d:name>
    <d:publicName><![CDATA[Northdale <Urgent> & Treatment]]></d:publicName><d:contactDetails>01632 960001</d:contactDetails>
    <d:address>Mill Lane$Northdale$$</d:address><d:postcode>ND1 4XY</d:postcode><d:northings>4</d:northings><d:url/>
    <d:serviceType><d:id>46</d:id><d:name>Urgent Treatment Centre</d:name></d:serviceType><d:odsCode>rxa01</d:odsCode>
    <d:nonPublicTelephoneNo>01632 960002</d:nonPublicTelephoneNo><d:fax/><d:publicFacingInformation>Bring &#x79;our list&#46;</d:publicFacingInformation>
    <d:distance>1.2</d:distance><d:referralInformation/><d:openAllHours>false</d:openAllHours><d:capacityAttributes/>
    <d:serviceEndpoints><d:endpoint><d:endpointOrder>2</d:endpointOrder><d:transport>itk</d:transport><d:format>CDA</d:format>
      <d:interaction>urn:x</d:interaction><d:businessScenario>Copy</d:businessScenario><d:address>https://itk.example/a?b=1&amp;c=2</d:address><d:compression>compressed</d:compression><d:comment/></d:endpoint>
      <d:endpoint><d:endpointOrder>1</d:endpointOrder><d:transport>http</d:transport><d:format>FHIR</d:format><d:interaction>scheduling</d:interaction><d:address>ASID:200000000111</d:address></d:endpoint></d:serviceEndpoints>
    <d:rotaSessions><d:ServiceCareItemRotaSession><d:startDayOfWeek>Friday</d:startDayOfWeek><d:startTime><d:hours>18</d:hours><d:minutes>30</d:minutes></d:startTime>
      <d:endDayOfWeek>Saturday</d:endDayOfWeek><d:endTime><d:hours>2</d:hours><d:minutes>0</d:minutes></d:endTime><d:status>Open</d:status></d:ServiceCareItemRotaSession>
      <d:ServiceCareItemRotaSession><d:startDayOfWeek>Bankholiday</d:startDayOfWeek><d:startTime><d:hours>9</d:hours><d:minutes>0</d:minutes></d:startTime>
      <d:endDayOfWeek>Bankholiday</d:endDayOfWeek><d:endTime><d:hours>12</d:hours><d:minutes>0</d:minutes></d:endTime></d:ServiceCareItemRotaSession></d:rotaSessions>
    <d:openTimeSpecifiedSessions><d:openTimeSpecified>25-12-2026-09:00-12:00</d:openTimeSpecified><d:openTimeSpecified>26-12-2026-00:00-00:00</d:openTimeSpecified></d:openTimeSpecifiedSessions>
    <d:attributes><d:attribute><d:dataType>Boolean</d:dataType><d:name>requirebooking</d:name><d:description>d</d:description><d:value>TRUE</d:value></d:attribute>
      <d:attribute><d:dataType>String</d:dataType><d:name>parking</d:name><d:value/></d:attribute></d:attributes>
    <d:serviceAgeRange><d:ageRange><d:daysFrom>0</d:daysFrom><d:daysTo>47481</d:daysTo></d:ageRange></d:serviceAgeRange></d:ServiceCareSummaryDestination>
  <d:ServiceCareSummaryDestination><d:newInTheNextVersion a="1"><d:deep/></d:newInTheNextVersion><d:id>1003</d:id><d:capacity>High</d:capacity><d:name>Second</d:name><d:openAllHours>true</d:openAllHours>
    <d:serviceEndPoints><d:EndPoint><d:Transport>http</d:Transport><d:Format>FHIR</d:Format><d:Interaction>Scheduling</d:Interaction><d:Address>ODS:A12345</d:Address></d:EndPoint></d:serviceEndPoints></d:ServiceCareSummaryDestination>
  <d:ServiceCareSummaryDestination><d:name>no id at all</d:name></d:ServiceCareSummaryDestination>
  <d:ServiceCareSummaryDestination><d:id>1001</d:id><d:capacity>None</d:capacity><d:name>ED: General (Catch-all)</d:name><d:publicName>General</d:publicName></d:ServiceCareSummaryDestination>
</d:CheckCapacitySummaryResult></d:CheckCapacitySummaryResponse></soapenv:Body></soapenv:Envelope>"#;

#[tokio::test]
async fn di_1_services_keep_the_directorys_ranking_and_say_what_it_says_of_them() {
    let (answer, desk) = search(soap(200, SERVICES)).await;
    let answer = answer.expect("services");
    let ids: Vec<_> = answer.services.iter().map(|service| service.id.as_str()).collect();
    assert_eq!(ids, ["1900", "1003", "1001"], "neither sorted by id nor by distance");
    assert_eq!((answer.search_distance_km, answer.transaction.as_deref()), (Some(37), Some("T-77")), "the search");
    assert_eq!(only_exchange(&desk).correlation.as_deref(), Some("T-77"), "on record for the directory's help desk");

    let [first, second, third] = answer.services.try_into().expect("three");
    assert_eq!(first.name, "Northdale <Urgent> & Treatment", "the public name, CDATA");
    assert_eq!(first.public_information.as_deref(), Some("Bring your list."), "character references");
    assert_eq!(first.referral_information, None, "an empty element says nothing");
    let told = [first.address.as_deref(), first.postcode.as_deref(), first.phone.as_deref()];
    assert_eq!(told, [Some("Mill Lane, Northdale"), Some("ND1 4XY"), Some("01632 960001")], "where and how");
    let told = [first.professional_phone.as_deref(), first.distance_miles.as_deref(), Some(first.kind.as_str())];
    assert_eq!(told, [Some("01632 960002"), Some("1.2"), Some("Urgent Treatment Centre")], "and the rest");
    assert_eq!(first.ods_code.as_ref().map(OdsCode::as_str), Some("RXA01"), "ODS code");
    let capacities = [&first, &second, &third].map(|service| service.capacity);
    assert_eq!(capacities, [Some(Capacity::Low), Some(Capacity::High), Some(Capacity::None)], "capacity");

    assert!(first.requires_booking() && !second.requires_booking(), "BO-1");
    let attributes: Vec<_> =
        first.attributes.iter().map(|a| [&a.data_type, &a.name, &a.value].map(String::as_str)).collect();
    assert_eq!(attributes, [["Boolean", "requirebooking", "TRUE"], ["String", "parking", ""]], "with their types");

    let week: Vec<_> = first.opening.week.iter().map(|s| (s.day, s.from.to_string(), s.until.to_string())).collect();
    let on = |day: SessionDay, from: &str, until: &str| (day, from.to_owned(), until.to_owned());
    let expected = [
        on(SessionDay::Weekday(chrono::Weekday::Fri), "18:30:00", "23:59:59"),
        on(SessionDay::Weekday(chrono::Weekday::Sat), "00:00:00", "02:00:00"),
        on(SessionDay::BankHoliday, "09:00:00", "12:00:00"),
    ];
    assert_eq!(week, expected, "a session past midnight is one on each day");
    assert_eq!(first.opening.dated.len(), 2, "given days, one of them closed");
    assert!(second.opening.all_hours && !first.opening.all_hours, "all hours");

    assert!(matches!(first.booking_connection(), BookingConnection::System(_)), "DI-4");
    assert_eq!(first.endpoints[0].address, "https://itk.example/a?b=1&c=2", "entities in an address");
    assert!(matches!(second.booking_connection(), BookingConnection::Organisation(_)), "DI-4, other letter case");
    assert_eq!(third.booking_connection(), BookingConnection::None, "DI-5");
    assert_eq!((third.name.as_str(), third.catch_all), ("General", true), "the catch-all");
}

#[tokio::test]
async fn di_1_an_answer_in_chunks_under_soap_1_1_and_without_any_prefix_is_the_same_answer() {
    let plain = SERVICES.replace("soapenv:", "").replace("d:", "").replace(
        "xmlns:soapenv=\"http://www.w3.org/2003/05/soap-envelope\"",
        "xmlns=\"http://schemas.xmlsoap.org/soap/envelope/\"",
    );
    let (expected, _) = search(soap(200, SERVICES)).await;
    let (told, _) = search(Answer::chunked("text/xml", plain.as_bytes())).await;
    assert!(told.is_ok(), "services");
    assert_eq!(told, expected, "the same");
}

#[tokio::test]
async fn di_2_details_in_either_form_are_laid_over_what_the_search_said() {
    let attribute = |name: &str, value: &str| ServiceAttribute {
        data_type: "Boolean".to_owned(),
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let attributes = vec![attribute("requirebooking", "FALSE"), attribute("lift", "TRUE")];
    let service = Service { attributes, ..listed("1001") };
    let answer = |content: &str| {
        let content = format!("<n:services><n:service><n:id>1001</n:id>{content}</n:service></n:services>");
        soap(
            200,
            &envelope(&format!(
                "<n:ServiceDetailsByIdResponse xmlns:n=\"{NAMESPACE}\">{content}</n:ServiceDetailsByIdResponse>"
            )),
        )
    };

    let newer = answer(
        "<n:endpoints><n:endpoint><n:endpointOrder>1</n:endpointOrder><n:transport>http</n:transport><n:format>FHIR</n:format><n:interaction>Scheduling</n:interaction>
        <n:address>ASID:200000000111</n:address></n:endpoint></n:endpoints>
        <n:attributes><n:attribute><n:dataType>Boolean</n:dataType><n:name>RequireBooking</n:name><n:value>true</n:value></n:attribute></n:attributes>",
    );
    let detailed = details(newer, &service).await.expect("details");
    assert!(matches!(detailed.booking_connection(), BookingConnection::System(_)), "DI-4");
    assert!(detailed.requires_booking(), "BO-1: the details have the last word");
    assert!(detailed.attributes.iter().any(|a| a.name == "lift"), "what they do not speak of stands");

    let older = answer(
        r"<n:contactDetails><n:contactDetail><n:tag>itk</n:tag><n:name>Routing</n:name>
        <n:value>https://itk.example/a\|urn:x\|CDA\|Primary\|\|uncompressed</n:value><n:order>1</n:order></n:contactDetail>
        <n:contactDetail><n:tag>email</n:tag><n:value>team@example.org</n:value><n:order>2</n:order></n:contactDetail></n:contactDetails>",
    );
    let detailed = details(older, &service).await.expect("details");
    let told: Vec<_> = detailed
        .endpoints
        .iter()
        .map(|e| [&e.transport, &e.address, &e.format, &e.compression].map(String::as_str))
        .collect();
    let expected = [["itk", "https://itk.example/a", "CDA", "uncompressed"], ["email", "team@example.org", "", ""]];
    assert_eq!(told, expected, "one text holds all parts");

    let nothing_new = details(answer(""), &detailed).await.expect("details");
    assert_eq!(nothing_new, detailed, "details that say nothing change nothing");
}

#[tokio::test]
async fn di_2_details_ask_for_the_service_alone_and_a_missing_one_is_told() {
    let desk = desk_at(soap(500, &soap_fault("103", "not found")));
    let answer = desk.directory().details(encounter(), search_id(), &listed("1001")).await;
    assert_eq!(answer, Err(DirectoryFailure::ServiceNotFound), "fault 103");
    let request = desk.requests().into_iter().next().expect("a request");
    assert_eq!(told(&body_of(&request)).last().map(String::as_str), Some("web:serviceId=1001"), "the service");
    assert_eq!(told(&body_of(&request)).len(), 9, "the account, the version and the service; nothing else");
    let action = request.header("content-type");
    assert!(action.ends_with("/ServiceDetailsById\""), "{action}");
    let exchange = only_exchange(&desk);
    assert_eq!(exchange.service.map(|id| id.to_string()).as_deref(), Some("1001"), "ER-3: on record with the service");
}

fn envelope(content: &str) -> String {
    format!("<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>{content}</s:Body></s:Envelope>")
}

fn soap_fault(number: &str, reason: &str) -> String {
    envelope(&format!(
        "<s:Fault><s:Code><s:Value>{number}</s:Value></s:Code><s:Reason><s:Text xml:lang=\"en\">{reason}</s:Text></s:Reason></s:Fault>"
    ))
}

#[tokio::test]
async fn er_1_faults_of_either_soap_are_told_apart_under_any_status_and_kept_on_record() {
    let refused = |field, fault| DirectoryFailure::SearchRefused { field, fault: Some(fault) };
    let table = [
        ("302", DirectoryFailure::CredentialsRefused),
        ("1001", DirectoryFailure::CredentialsRefused),
        ("303", DirectoryFailure::AccountNotAllowed),
        ("300", DirectoryFailure::Busy),
        ("101", DirectoryFailure::PostcodeNotFound),
        ("102", DirectoryFailure::NoServices),
        ("104", refused(SearchField::SymptomDiscriminators, 104)),
        ("114", refused(SearchField::Age, 114)),
        ("120", refused(SearchField::SymptomGroup, 120)),
        ("100", DirectoryFailure::Failed),
    ];
    for (number, expected) in table {
        let of_1_1 = format!(
            "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><e:Fault><faultcode>e:{number}</faultcode><faultstring>no</faultstring></e:Fault></e:Body></e:Envelope>"
        );
        for (status, content) in [(200, soap_fault(number, "no")), (500, soap_fault(number, "no")), (500, of_1_1)] {
            let (told, desk) = search(soap(status, &content)).await;
            assert_eq!(told, Err(expected.clone()), "fault {number} under {status}");
            let exchange = only_exchange(&desk);
            assert_eq!((exchange.status, exchange.failure), (Some(status), Some(expected.to_string())), "on record");
        }
    }
}

#[tokio::test]
async fn er_1_pages_of_others_are_read_by_their_status_and_never_shown() {
    let page = "<!DOCTYPE html><html><head><title>Sorry</title></head><body><h1>Sorry<br></h1></body></html>";
    let table = [
        (200, DirectoryFailure::Malformed),
        (302, DirectoryFailure::Failed),
        (401, DirectoryFailure::CredentialsRefused),
        (403, DirectoryFailure::AccountNotAllowed),
        (429, DirectoryFailure::Busy),
        (502, DirectoryFailure::Failed),
        (503, DirectoryFailure::Busy),
        (504, DirectoryFailure::TimedOut),
    ];
    for (status, expected) in table {
        for content in [page, "<html><body><p>Sorry</p></body></html>", ""] {
            let (told, _) = search(Answer::new(status, "text/html", content.as_bytes())).await;
            assert_eq!(told, Err(expected.clone()), "status {status}, {content:?}");
            let told = details(Answer::new(status, "text/html", content.as_bytes()), &listed("1001")).await;
            assert_eq!(told, Err(expected.clone()), "details, status {status}, {content:?}");
        }
    }
}

#[tokio::test]
async fn er_1_no_whole_answer_is_not_an_answer() {
    let table = [
        (Answer::Bytes(Vec::new()), DirectoryFailure::TimedOut, "the connection is closed"),
        (Answer::cut_short(SERVICES.as_bytes()), DirectoryFailure::TimedOut, "less than was announced"),
        (Answer::Never, DirectoryFailure::TimedOut, "nothing comes"),
        (Answer::Bytes(b"\xff\xfe nonsense".to_vec()), DirectoryFailure::TimedOut, "no HTTP"),
        (soap(200, &SERVICES[..SERVICES.len() / 2]), DirectoryFailure::Malformed, "half a document"),
        (soap(200, &envelope("")), DirectoryFailure::Malformed, "an envelope without content"),
        (soap(200, &" ".repeat(9 * 1024 * 1024)), DirectoryFailure::Malformed, "larger than any honest one"),
    ];
    for (answer, expected, what) in table {
        let (told, desk) = search(answer).await;
        assert_eq!(told, Err(expected), "{what}");
        assert!(only_exchange(&desk).failure.is_some(), "{what}: on record");
    }
    let nobody = desk_of("http://127.0.0.1:1");
    let told = nobody.nhs.directory.services_for(encounter(), search_id(), &case()).await;
    assert_eq!(told, Err(DirectoryFailure::Unreachable), "nobody listens");
}

#[tokio::test]
async fn no_entity_of_an_answer_is_ever_resolved() {
    let folder = tempfile::tempdir().expect("a folder");
    let secret = folder.path().join("secret.txt");
    std::fs::write(&secret, "not for the directory").expect("written");
    let file = url::Url::from_file_path(&secret).expect("a path").to_string();
    let elsewhere = desk_at(soap(200, "<x/>"));
    let http = elsewhere.server.url();
    let laughs: String =
        (1..30).map(|level| format!("<!ENTITY l{level} \"{}\">", format!("&l{};", level - 1).repeat(10))).collect();
    let table = [
        (format!("<!DOCTYPE r [<!ENTITY e SYSTEM \"{file}\">]>"), "&e;"),
        (format!("<!DOCTYPE r [<!ENTITY e PUBLIC \"-//x\" \"{http}\">]>"), "&e;"),
        (format!("<!DOCTYPE r SYSTEM \"{http}\">"), "x"),
        (format!("<!DOCTYPE r [<!ENTITY % p SYSTEM \"{http}\"> %p;]>"), "x"),
        (format!("<!DOCTYPE r [<!ENTITY l0 \"ha\">{laughs}]>"), "&l29;"),
        (String::new(), "&e;"),
    ];
    for (document_type, name) in table {
        let (declaration, document) = SERVICES.split_once('\n').expect("a declaration");
        let content = format!("{declaration}{document_type}{}", document.replace("Second", name));
        let (told, desk) = search(soap(200, &content)).await;
        assert_eq!(told, Err(DirectoryFailure::Malformed), "{document_type:.60} and {name}");
        let recorded = format!("{:?}", desk.exchanges());
        assert!(!recorded.contains("not for the directory"), "the file's content went nowhere");
    }
    assert!(elsewhere.requests().is_empty(), "nothing was fetched on an answer's word");
}

fn xml_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            xml_files(&path, found);
        } else if path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("xml")) {
            found.push(path);
        }
    }
}

#[tokio::test]
async fn di_1_published_answers_are_read_where_the_standard_has_them() {
    let mut files = Vec::new();
    standard().iter().for_each(|folder| xml_files(folder, &mut files));
    let mut read = 0;
    for file in files {
        let Ok(content) = std::fs::read_to_string(&file) else { continue };
        if content.contains("CheckCapacitySummaryResponse") {
            let (told, _) = search(soap(200, &content)).await;
            let listed = content.matches("ServiceCareSummaryDestination>").count() / 2;
            assert_eq!(told.map(|answer| answer.services.len()), Ok(listed), "{}", file.display());
            read += 1;
        }
    }
    if read == 0 {
        skipped("no published answer of the Directory of Services is on this machine (BOOKING_STANDARD)");
    }
}

#[test]
fn di_1_a_service_written_down_before_capacity_and_types_were_read_is_still_read() {
    let old = json!({
        "id": "1001", "name": "n", "kind": "", "address": null, "postcode": null, "distance_miles": null, "phone": null,
        "professional_phone": null, "ods_code": null, "referral_information": null, "public_information": null,
        "opening": { "all_hours": true, "week": [], "dated": [] },
        "attributes": [{ "name": "requirebooking", "value": "TRUE" }], "endpoints": [], "catch_all": false,
    });
    let service: Service = serde_json::from_value(old).expect("read");
    assert!(service.requires_booking() && service.capacity.is_none(), "nothing is lost");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_answer_of_any_bytes_makes_the_desk_panic(
        status in 200u16..600,
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        cut in 0usize..SERVICES.len(),
        at_cut in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mut content = bytes;
        if at_cut {
            content.splice(0..0, SERVICES.as_bytes()[..cut].iter().copied());
        }
        let (told, _) = runtime.block_on(search(Answer::new(status, "application/soap+xml", &content)));
        prop_assert!(told.is_err(), "noise is no answer");
    }
}

/// The adapter is shared between tasks.
const _: fn() = || {
    const fn shared<T: Send + Sync + ?Sized>() {}
    shared::<Arc<dyn ServiceDirectory>>();
};
