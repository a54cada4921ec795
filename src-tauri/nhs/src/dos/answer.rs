//! Answers of the Directory of Services: any prefix, any letter case of endpoints, missing elements, faults by number.

use chrono::{NaiveDate, NaiveTime, Weekday};
use desk_domain::failure::{DirectoryFailure, SearchField};
use desk_domain::id::{DosServiceId, OdsCode};
use desk_domain::service::{
    Capacity, DatedSession, OpeningTimes, Service, ServiceAttribute, ServiceEndpoint, SessionDay, WeeklySession,
};
use desk_journeys::ports::ServiceAnswer;

use crate::xml::Element;

/// The content of an answer, or the fault in it.
pub(crate) fn body(status: u16, bytes: &[u8]) -> Result<Element, DirectoryFailure> {
    let Ok(envelope) = Element::read(bytes) else { return Err(by_status(status)) };
    // Only where a fault belongs: a service may call anything of its own a fault.
    let body = envelope.child("Body").unwrap_or(&envelope);
    match body.child("Fault").or_else(|| Some(body).filter(|body| body.name.eq_ignore_ascii_case("Fault"))) {
        Some(fault) => Err(fault_of(fault, status)),
        None if (200..=299).contains(&status) => Ok(envelope),
        None => Err(by_status(status)),
    }
}

/// What a status says where nothing that came with it does: no body, somebody else's page, an answer cut short.
const fn by_status(status: u16) -> DirectoryFailure {
    match status {
        200..=299 => DirectoryFailure::Malformed,
        401 => DirectoryFailure::CredentialsRefused,
        403 => DirectoryFailure::AccountNotAllowed,
        408 | 504 => DirectoryFailure::TimedOut,
        429 | 503 => DirectoryFailure::Busy,
        400 | 413 | 415 | 422 => DirectoryFailure::SearchRefused { field: SearchField::Request, fault: None },
        _ => DirectoryFailure::Failed,
    }
}

/// SOAP 1.2 has codes within codes and a reason, SOAP 1.1 `faultcode` and `faultstring`; a code may carry a prefix, and
/// the directory's own number may stand in any of them.
fn fault_of(fault: &Element, status: u16) -> DirectoryFailure {
    let mut codes = Vec::new();
    let mut level = fault.child("Code");
    while let Some(code) = level {
        codes.extend(code.text_of("Value"));
        level = code.child("Subcode");
    }
    codes.extend(fault.text_of("faultcode"));
    let reason =
        fault.child("Reason").and_then(|reason| reason.text_of("Text")).or_else(|| fault.text_of("faultstring"));
    let reason = reason.unwrap_or_default();
    let local = |code: &str| code.rsplit([':', '.']).next().unwrap_or_default().trim().to_owned();
    let number = codes.iter().find_map(|code| local(code).parse().ok()).or_else(|| number_in_brackets(&reason));
    if let Some(number) = number {
        let failure = numbered_fault(number, &reason);
        tracing::warn!(fault = number, %failure, "the directory of services answered with a fault");
        return failure;
    }
    let is = |names: &[&str]| {
        let parts = codes.iter().flat_map(|code| code.split([':', '.'])).map(str::trim);
        parts.into_iter().any(|part| names.iter().any(|name| part.eq_ignore_ascii_case(name)))
    };
    match status {
        401 | 403 | 408 | 429 | 503 | 504 => by_status(status),
        _ if is(&["VersionMismatch", "MustUnderstand"]) => {
            DirectoryFailure::SearchRefused { field: SearchField::Version, fault: None }
        }
        _ if is(&["Sender", "Client"]) => DirectoryFailure::SearchRefused { field: SearchField::Request, fault: None },
        _ => DirectoryFailure::Failed,
    }
}

/// The directory's faults by number. Two numbers stand for more than one thing; there its words decide.
fn numbered_fault(number: u32, reason: &str) -> DirectoryFailure {
    let reason = reason.to_ascii_lowercase();
    let speaks_of = |word: &str| reason.contains(word);
    let field = match number {
        101 => return DirectoryFailure::PostcodeNotFound,
        102 => return DirectoryFailure::NoServices,
        103 => return DirectoryFailure::ServiceNotFound,
        // Its sign-in is out of order: the account may be sound.
        300 | 429 | 503 => return DirectoryFailure::Busy,
        302 | 1001 => return DirectoryFailure::CredentialsRefused,
        303 => return DirectoryFailure::AccountNotAllowed,
        504 => return DirectoryFailure::TimedOut,
        104 => SearchField::SymptomDiscriminators,
        105 | 113 => SearchField::Distance,
        106 if speaks_of("age format") => SearchField::Age,
        106 => SearchField::Gender,
        107 => SearchField::Version,
        108 | 109 if speaks_of("date") => SearchField::Time,
        108 => SearchField::Request,
        109 => SearchField::Version,
        110 => SearchField::Time,
        114..=119 => SearchField::Age,
        120 => SearchField::SymptomGroup,
        121 => SearchField::Disposition,
        111 | 112 => SearchField::Request,
        _ => return DirectoryFailure::Failed,
    };
    DirectoryFailure::SearchRefused { field, fault: Some(number) }
}

/// `… (109) …`
fn number_in_brackets(reason: &str) -> Option<u32> {
    let candidates = reason.split('(').skip(1).filter_map(|rest| rest.split_once(')'));
    candidates.map(|(inner, _)| inner.trim()).filter(|inner| matches!(inner.len(), 3 | 4)).find_map(|n| n.parse().ok())
}

/// The ranked services of a CheckCapacitySummary answer.
pub(crate) fn services(envelope: &Element) -> Result<ServiceAnswer, DirectoryFailure> {
    let response = envelope.find("CheckCapacitySummaryResponse").ok_or(DirectoryFailure::Malformed)?;
    // The operation's response and the list in it may bear the same name.
    let list = response
        .child("CheckCapacitySummaryResult")
        .or_else(|| response.child("CheckCapacitySummaryResponse"))
        .unwrap_or(response);
    let entries = list.all("ServiceCareSummaryDestination");
    let services: Vec<Service> = entries.filter_map(|entry| service(entry).or_else(|| unusable(entry))).collect();
    if services.is_empty() && list.children.iter().any(|child| child.name.contains("Destination")) {
        return Err(DirectoryFailure::Malformed);
    }
    if services.is_empty() {
        return Err(DirectoryFailure::NoServices);
    }
    let search_distance_km = response.text_of("SearchDistance").and_then(|distance| distance.parse().ok());
    Ok(ServiceAnswer { services, search_distance_km, transaction: transaction(envelope) })
}

/// The directory's id of a search, for its help desk.
pub(crate) fn transaction(envelope: &Element) -> Option<String> {
    envelope.find("CheckCapacitySummaryResponse")?.text_of("TransactionId").filter(|id| id.len() <= 100)
}

/// An entry that cannot be chosen is not shown; the directory's fault is on record.
fn unusable(entry: &Element) -> Option<Service> {
    let id = entry.text_of("id");
    tracing::warn!(?id, "the directory of services listed a service without a usable id");
    None
}

/// What a ServiceDetailsById answer says of a service.
#[derive(Debug)]
pub(crate) struct Details {
    pub(crate) endpoints: Vec<ServiceEndpoint>,
    pub(crate) attributes: Vec<ServiceAttribute>,
}

/// What a ServiceDetailsById answer says of the service that was asked for. Another service's endpoints are never taken
/// for it: a booking would go to the wrong place.
pub(crate) fn details(envelope: &Element, asked: &DosServiceId) -> Result<Details, DirectoryFailure> {
    let response = envelope.find("ServiceDetailsByIdResponse").ok_or(DirectoryFailure::Malformed)?;
    let mut services = response.find("services").unwrap_or(response).all("service").peekable();
    if services.peek().is_none() {
        return Err(DirectoryFailure::ServiceNotFound);
    }
    let service = services.find(|service| service.text_of("id").as_deref() == Some(asked.as_str()));
    let service = service.ok_or(DirectoryFailure::Malformed)?;
    Ok(Details { endpoints: endpoints(service), attributes: attributes(service) })
}

fn service(entry: &Element) -> Option<Service> {
    let id = DosServiceId::new(&entry.text_of("id")?).ok()?;
    let name = entry.text_of("publicName").or_else(|| entry.text_of("name")).unwrap_or_else(|| format!("Service {id}"));
    let catch_all = [entry.text_of("name"), Some(name.clone())]
        .into_iter()
        .flatten()
        .any(|n| n.to_lowercase().contains("(catch-all)"));
    Some(Service {
        id,
        name,
        kind: entry.child("serviceType").and_then(|kind| kind.text_of("name")).unwrap_or_default(),
        address: entry.text_of("address").map(|address| one_line(&address)),
        postcode: entry.text_of("postcode"),
        distance_miles: entry.text_of("distance"),
        phone: entry.text_of("contactDetails"),
        professional_phone: entry.text_of("nonPublicTelephoneNo"),
        ods_code: entry.text_of("odsCode").and_then(|code| OdsCode::new(&code).ok()),
        referral_information: entry.text_of("referralInformation"),
        public_information: entry.text_of("publicFacingInformation"),
        capacity: capacity(entry),
        opening: opening(entry),
        attributes: attributes(entry),
        endpoints: endpoints(entry),
        catch_all,
    })
}

/// Address parts come separated by `$`, line breaks or commas.
fn one_line(address: &str) -> String {
    let parts = address.split(['$', '\n', '\r', ',']).map(str::trim).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(", ")
}

fn capacity(entry: &Element) -> Option<Capacity> {
    match entry.text_of("capacity")?.to_ascii_lowercase().as_str() {
        "high" => Some(Capacity::High),
        "low" => Some(Capacity::Low),
        "none" => Some(Capacity::None),
        _ => None,
    }
}

fn attributes(entry: &Element) -> Vec<ServiceAttribute> {
    let all = entry.child("attributes").into_iter().flat_map(|list| list.all("attribute"));
    all.filter_map(|attribute| {
        Some(ServiceAttribute {
            data_type: attribute.text_of("dataType").unwrap_or_default(),
            name: attribute.text_of("name")?,
            value: attribute.text_of("value").unwrap_or_default(),
        })
    })
    .collect()
}

/// Endpoints in the newer form, and the older one. One that stands there in both forms is one: two would stop booking
/// into the service (DI-5).
fn endpoints(entry: &Element) -> Vec<ServiceEndpoint> {
    let newer = ["serviceEndpoints", "endpoints"].into_iter().filter_map(|list| entry.child(list));
    let mut all: Vec<_> = newer.flat_map(|list| list.all("endpoint")).map(newer_endpoint).collect();
    let older = entry.child("contactDetails").into_iter().flat_map(|list| list.all("contactDetail"));
    for endpoint in older.filter_map(older_endpoint) {
        let same = |known: &ServiceEndpoint| {
            let key = |e: &ServiceEndpoint| {
                [&e.transport, &e.format, &e.interaction, &e.address].map(|part| part.to_ascii_lowercase())
            };
            key(known) == key(&endpoint)
        };
        if !all.iter().any(same) {
            all.push(endpoint);
        }
    }
    all
}

fn newer_endpoint(endpoint: &Element) -> ServiceEndpoint {
    let text = |name| endpoint.text_of(name).unwrap_or_default();
    ServiceEndpoint {
        order: text("endpointOrder").parse().unwrap_or_default(),
        transport: text("transport"),
        format: text("format"),
        interaction: text("interaction"),
        business_scenario: text("businessScenario"),
        address: text("address"),
        compression: text("compression"),
        comment: text("comment"),
    }
}

fn older_endpoint(detail: &Element) -> Option<ServiceEndpoint> {
    let value = detail.text_of("value")?;
    let mut parts = value.split("\\|").map(|part| part.trim().to_owned());
    let mut next = || parts.next().unwrap_or_default();
    let (address, interaction, format, business_scenario, comment, compression) =
        (next(), next(), next(), next(), next(), next());
    Some(ServiceEndpoint {
        order: detail.text_of("order").and_then(|order| order.parse().ok()).unwrap_or_default(),
        transport: detail.text_of("tag").unwrap_or_default(),
        format,
        interaction,
        business_scenario,
        address,
        compression,
        comment,
    })
}

/// The last second of a day: a session that ends with the day ends here.
const END_OF_DAY: Option<NaiveTime> = NaiveTime::from_hms_opt(23, 59, 59);

fn opening(entry: &Element) -> OpeningTimes {
    let all_hours =
        entry.text_of("openAllHours").is_some_and(|text| matches!(text.to_ascii_lowercase().as_str(), "true" | "1"));
    let sessions = entry.child("rotaSessions").into_iter().flat_map(|list| &list.children);
    let week = sessions.filter_map(weekly).flatten().collect();
    let dated = entry.child("openTimeSpecifiedSessions").into_iter().flat_map(|list| {
        let texts = list.children.iter().map(Element::text);
        texts.chain(Some(list.text()).filter(|_| list.children.is_empty())).filter_map(dated).collect::<Vec<_>>()
    });
    OpeningTimes { all_hours, week, dated: dated.collect() }
}

/// A session of the week, as one on each day that it touches.
fn weekly(session: &Element) -> Option<Vec<WeeklySession>> {
    if session.text_of("status").is_some_and(|status| status.eq_ignore_ascii_case("closed")) {
        return None;
    }
    let first = day(&session.text_of("startDayOfWeek")?)?;
    let last = session.text_of("endDayOfWeek").map_or(Some(first), |name| day(&name))?;
    let (from, until) = (time(session.child("startTime")?)?, time(session.child("endTime")?)?);
    let (SessionDay::Weekday(mut each), SessionDay::Weekday(last)) = (first, last) else {
        return Some(session_on(first, from, until).into_iter().collect());
    };
    if each == last {
        return Some(session_on(first, from, until).into_iter().collect());
    }
    let mut sessions = vec![WeeklySession { day: first, from, until: END_OF_DAY? }];
    each = each.succ();
    while each != last {
        sessions.push(WeeklySession { day: SessionDay::Weekday(each), from: NaiveTime::MIN, until: END_OF_DAY? });
        each = each.succ();
    }
    let ends_later = until > NaiveTime::MIN;
    sessions.extend(ends_later.then_some(WeeklySession {
        day: SessionDay::Weekday(last),
        from: NaiveTime::MIN,
        until,
    }));
    Some(sessions)
}

/// Within one day; one that ends before it begins says nothing that can be shown.
fn session_on(day: SessionDay, from: NaiveTime, until: NaiveTime) -> Option<WeeklySession> {
    let until = midnight_is_the_end(from, until)?;
    (from < until).then_some(WeeklySession { day, from, until })
}

/// Midnight as an end is the end of the day that began.
fn midnight_is_the_end(from: NaiveTime, until: NaiveTime) -> Option<NaiveTime> {
    if until == NaiveTime::MIN && from > NaiveTime::MIN { END_OF_DAY } else { Some(until) }
}

fn day(name: &str) -> Option<SessionDay> {
    match name.to_ascii_lowercase().as_str() {
        "bankholiday" | "bank holiday" => Some(SessionDay::BankHoliday),
        other => other.parse::<Weekday>().ok().map(SessionDay::Weekday),
    }
}

fn time(element: &Element) -> Option<NaiveTime> {
    let number = |name| element.text_of(name).and_then(|text| text.parse().ok());
    match (number("hours")?, number("minutes").unwrap_or_default()) {
        (24, 0) => END_OF_DAY,
        (hours, minutes) => NaiveTime::from_hms_opt(hours, minutes, 0),
    }
}

/// `20-11-2026-09:00-17:00`. A day on which it is closed comes as a session without length, and is kept: it overrides.
fn dated(text: &str) -> Option<DatedSession> {
    let (date, times) = (text.get(..10)?, text.get(10..)?.trim_start_matches(['-', ' ']));
    let (from, until) = times.split_once('-')?;
    let time = |text: &str| match text.trim() {
        "24:00" => END_OF_DAY,
        text => NaiveTime::parse_from_str(text, "%H:%M").ok(),
    };
    let (from, until) = (time(from)?, time(until)?);
    let until = midnight_is_the_end(from, until)?;
    Some(DatedSession { date: NaiveDate::parse_from_str(date, "%d-%m-%Y").ok()?, from, until })
}

#[cfg(test)]
mod tests {
    use desk_domain::service::BookingConnection;
    use proptest::prelude::*;

    use super::*;

    const AWKWARD: &str = r#"<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:ns1="x"><SOAP-ENV:Body>
      <ns1:CheckCapacitySummaryResponse><ns1:TransactionId>t</ns1:TransactionId><ns1:SearchDistance>37</ns1:SearchDistance>
      <ns1:CheckCapacitySummaryResult>
        <ns1:ServiceCareSummaryDestination><ns1:id>1001</ns1:id><ns1:name>UTC: Northdale</ns1:name>
          <ns1:publicName><![CDATA[Northdale Urgent & Treatment]]></ns1:publicName>
          <ns1:address>Mill Lane$Northdale$</ns1:address><ns1:distance>1.2</ns1:distance><ns1:somethingNew><x/></ns1:somethingNew>
          <ns1:serviceType><ns1:id>1</ns1:id><ns1:name>Urgent Treatment Centre</ns1:name></ns1:serviceType>
          <ns1:openAllHours>false</ns1:openAllHours>
          <ns1:rotaSessions><ns1:ServiceCareItemRotaSession><ns1:startDayOfWeek>Friday</ns1:startDayOfWeek>
            <ns1:startTime><ns1:hours>8</ns1:hours><ns1:minutes>0</ns1:minutes></ns1:startTime><ns1:endDayOfWeek>Friday</ns1:endDayOfWeek>
            <ns1:endTime><ns1:hours>24</ns1:hours><ns1:minutes>0</ns1:minutes></ns1:endTime></ns1:ServiceCareItemRotaSession></ns1:rotaSessions>
          <ns1:openTimeSpecifiedSessions><ns1:string>25-12-2026-09:00-12:00</ns1:string></ns1:openTimeSpecifiedSessions>
          <ns1:attributes><ns1:attribute><ns1:dataType>Boolean</ns1:dataType><ns1:name>requirebooking</ns1:name><ns1:value>TRUE</ns1:value></ns1:attribute></ns1:attributes>
          <ns1:serviceEndPoints><ns1:EndPoint><ns1:transport>http</ns1:transport><ns1:format>FHIR</ns1:format>
            <ns1:interaction>Scheduling</ns1:interaction><ns1:address>ASID:200000000111</ns1:address></ns1:EndPoint></ns1:serviceEndPoints>
        </ns1:ServiceCareSummaryDestination>
        <ns1:ServiceCareSummaryDestination><ns1:id>1002</ns1:id><ns1:name>General (Catch-all)</ns1:name></ns1:ServiceCareSummaryDestination>
        <ns1:ServiceCareSummaryDestination><ns1:name>no id</ns1:name></ns1:ServiceCareSummaryDestination>
      </ns1:CheckCapacitySummaryResult></ns1:CheckCapacitySummaryResponse></SOAP-ENV:Body></SOAP-ENV:Envelope>"#;

    #[test]
    fn di_1_services_are_read_in_the_directorys_order_from_an_awkward_answer() {
        let answer = services(&body(200, AWKWARD.as_bytes()).expect("no fault")).expect("services");
        let ids: Vec<_> = answer.services.iter().map(|service| service.id.as_str()).collect();
        assert_eq!(ids, ["1001", "1002"], "ranked; one without id cannot be used");
        assert_eq!(answer.search_distance_km, Some(37), "distance");
        let first = &answer.services[0];
        assert_eq!(first.name, "Northdale Urgent & Treatment", "the public name");
        assert_eq!(first.address.as_deref(), Some("Mill Lane, Northdale"), "one line");
        assert!(first.requires_booking(), "BO-1");
        assert!(matches!(first.booking_connection(), BookingConnection::System(_)), "DI-4, any letter case");
        assert_eq!((first.opening.week.len(), first.opening.dated.len()), (1, 1), "opening times");
        assert!(answer.services[1].catch_all, "catch-all");
    }

    #[test]
    fn endpoints_of_the_older_form_are_read() {
        let text = r"<ServiceDetailsByIdResponse><services><service><id>1</id><contactDetails><contactDetail><tag>http</tag><name>n</name>
            <value>ASID:200000000111\|Scheduling\|FHIR\|Primary\|comment\|uncompressed</value><order>1</order></contactDetail></contactDetails></service></services></ServiceDetailsByIdResponse>";
        let id = DosServiceId::new("1").expect("an id");
        let read = details(&Element::read(text.as_bytes()).expect("well-formed"), &id).expect("a service").endpoints;
        assert_eq!(
            (read[0].address.as_str(), read[0].interaction.as_str()),
            ("ASID:200000000111", "Scheduling"),
            "split"
        );
    }

    const fn refused(field: SearchField, fault: u32) -> DirectoryFailure {
        DirectoryFailure::SearchRefused { field, fault: Some(fault) }
    }

    #[test]
    fn er_1_each_fault_is_told_apart_in_either_version_of_soap() {
        let table = [
            ("100", "", DirectoryFailure::Failed),
            ("101", "", DirectoryFailure::PostcodeNotFound),
            ("ns1:102", "", DirectoryFailure::NoServices),
            ("103", "", DirectoryFailure::ServiceNotFound),
            ("104", "", refused(SearchField::SymptomDiscriminators, 104)),
            ("105", "", refused(SearchField::Distance, 105)),
            ("106", "gender", refused(SearchField::Gender, 106)),
            ("106", "the age format", refused(SearchField::Age, 106)),
            ("107", "", refused(SearchField::Version, 107)),
            ("108", "malformed", refused(SearchField::Request, 108)),
            ("108", "Date and time", refused(SearchField::Time, 108)),
            ("109", "version", refused(SearchField::Version, 109)),
            ("109", "searchDateTime too late", refused(SearchField::Time, 109)),
            ("110", "", refused(SearchField::Time, 110)),
            ("113", "", refused(SearchField::Distance, 113)),
            ("114", "", refused(SearchField::Age, 114)),
            ("119", "", refused(SearchField::Age, 119)),
            ("120", "", refused(SearchField::SymptomGroup, 120)),
            ("121", "", refused(SearchField::Disposition, 121)),
            ("300", "", DirectoryFailure::Busy),
            ("302", "", DirectoryFailure::CredentialsRefused),
            ("303", "", DirectoryFailure::AccountNotAllowed),
            ("1001", "", DirectoryFailure::CredentialsRefused),
            ("500", "", DirectoryFailure::Failed),
            ("503", "", DirectoryFailure::Busy),
            ("504", "", DirectoryFailure::TimedOut),
            ("env:Receiver", "", DirectoryFailure::Failed),
            ("env:Receiver", "not found (109)", refused(SearchField::Version, 109)),
            ("env:Sender", "", DirectoryFailure::SearchRefused { field: SearchField::Request, fault: None }),
            ("e:Client.Invalid", "", DirectoryFailure::SearchRefused { field: SearchField::Request, fault: None }),
            ("VersionMismatch", "", DirectoryFailure::SearchRefused { field: SearchField::Version, fault: None }),
            ("", "", DirectoryFailure::Failed),
        ];
        for (code, reason, expected) in table {
            let of_1_2 =
                format!("<E:Code><E:Value>{code}</E:Value></E:Code><E:Reason><E:Text>{reason}</E:Text></E:Reason>");
            let of_1_1 = format!("<faultcode>{code}</faultcode><faultstring>{reason}</faultstring>");
            let within = format!(
                "<E:Code><E:Value>E:Receiver</E:Value><E:Subcode><E:Value>{code}</E:Value></E:Subcode></E:Code><E:Reason><E:Text>{reason}</E:Text></E:Reason>"
            );
            for (form, content) in [("1.2", of_1_2), ("1.1", of_1_1), ("1.2, within another code", within)] {
                for status in [200, 400, 500] {
                    let text = format!(
                        "<E:Envelope xmlns:E='x'><E:Header/><E:Body><E:Fault>{content}</E:Fault></E:Body></E:Envelope>"
                    );
                    let told = body(status, text.as_bytes()).expect_err("a fault");
                    assert_eq!(told, expected, "SOAP {form}, fault {code}: {reason}, status {status}");
                }
            }
        }
    }

    #[test]
    fn er_1_a_status_decides_where_the_content_does_not() {
        let nothing_said = SearchField::Request;
        let table = [
            (200, DirectoryFailure::Malformed),
            (302, DirectoryFailure::Failed),
            (400, DirectoryFailure::SearchRefused { field: nothing_said, fault: None }),
            (401, DirectoryFailure::CredentialsRefused),
            (403, DirectoryFailure::AccountNotAllowed),
            (404, DirectoryFailure::Failed),
            (429, DirectoryFailure::Busy),
            (500, DirectoryFailure::Failed),
            (502, DirectoryFailure::Failed),
            (503, DirectoryFailure::Busy),
            (504, DirectoryFailure::TimedOut),
        ];
        for (status, expected) in table {
            let said = ["", "<html><body>Sorry<br></body></html>", "<soap:Envelope><soap:Body>", "Bad gateway"];
            for content in said {
                let told = body(status, content.as_bytes()).and_then(|envelope| services(&envelope).map(drop));
                assert_eq!(told, Err(expected.clone()), "status {status}, {content:?}");
            }
            let page = body(status, b"<html><body><p>Sorry</p></body></html>");
            let told = page.and_then(|envelope| services(&envelope).map(drop));
            assert_eq!(told, Err(expected), "status {status}, a page that happens to be well-formed");
        }
    }

    #[test]
    fn a_service_that_speaks_of_faults_is_no_fault() {
        let text = AWKWARD
            .replace("<ns1:somethingNew><x/></ns1:somethingNew>", "<Fault><Code><Value>302</Value></Code></Fault>");
        assert!(body(200, text.as_bytes()).is_ok(), "it stands within an answer");
    }

    #[test]
    fn di_2_no_other_services_endpoints_are_taken_for_those_asked_for() {
        let one = |id: &str, address: &str| {
            format!(
                "<s:service><s:id>{id}</s:id><s:endpoints><s:endpoint><s:transport>http</s:transport><s:address>{address}</s:address></s:endpoint></s:endpoints></s:service>"
            )
        };
        let read = |services: &str| {
            let text = format!(
                "<s:ServiceDetailsByIdResponse xmlns:s='x'><s:services>{services}</s:services></s:ServiceDetailsByIdResponse>"
            );
            let id = DosServiceId::new("1001").expect("an id");
            details(&Element::read(text.as_bytes()).expect("well-formed"), &id).map(|d| d.endpoints[0].address.clone())
        };
        assert_eq!(read(&(one("1002", "b") + &one("1001", "a"))), Ok("a".to_owned()), "by id, not by place");
        assert_eq!(read(&one("1002", "b")), Err(DirectoryFailure::Malformed), "another service alone");
        assert_eq!(read(""), Err(DirectoryFailure::ServiceNotFound), "none");
    }

    #[test]
    fn di_5_an_endpoint_given_in_both_forms_is_one() {
        let text = r"<s><endpoints><endpoint><transport>http</transport><format>FHIR</format><interaction>Scheduling</interaction><address>ASID:200000000111</address></endpoint></endpoints>
            <contactDetails><contactDetail><tag>http</tag><value>ASID:200000000111\|scheduling\|FHIR\|Primary\|\|uncompressed</value></contactDetail>
            <contactDetail><tag>itk</tag><value>https://itk.example/x\|urn:x\|CDA\|Primary\|\|compressed</value><order>2</order></contactDetail></contactDetails></s>";
        let read = endpoints(&Element::read(text.as_bytes()).expect("well-formed"));
        let told: Vec<_> = read.iter().map(|e| (e.transport.as_str(), e.compression.as_str(), e.order)).collect();
        assert_eq!(told, [("http", "", 0), ("itk", "compressed", 2)], "two in all");
    }

    #[test]
    fn di_1_sessions_are_read_for_each_day_that_they_touch() {
        let hm = |hours, minutes| NaiveTime::from_hms_opt(hours, minutes, 0).expect("a time");
        let end = END_OF_DAY.expect("a time");
        let session = |from_day: &str, from: (u32, u32), until_day: &str, until: (u32, u32)| {
            format!(
                "<S><startDayOfWeek>{from_day}</startDayOfWeek><startTime><hours>{}</hours><minutes>{}</minutes></startTime>{until_day}<endTime><hours>{}</hours><minutes>{}</minutes></endTime></S>",
                from.0, from.1, until.0, until.1
            )
        };
        let read = |sessions: &str| {
            let text = format!("<s><rotaSessions>{sessions}</rotaSessions></s>");
            let week = opening(&Element::read(text.as_bytes()).expect("well-formed")).week;
            week.into_iter().map(|session| (session.day, session.from, session.until)).collect::<Vec<_>>()
        };
        let on = SessionDay::Weekday;
        let (friday, saturday) = ("<endDayOfWeek>Friday</endDayOfWeek>", "<endDayOfWeek>SATURDAY</endDayOfWeek>");
        let monday = "<endDayOfWeek>Monday</endDayOfWeek>";
        let table = [
            (session("Friday", (8, 30), friday, (20, 0)), vec![(on(Weekday::Fri), hm(8, 30), hm(20, 0))]),
            (session("Friday", (8, 0), "", (0, 0)), vec![(on(Weekday::Fri), hm(8, 0), end)]),
            (session("Friday", (8, 0), saturday, (0, 0)), vec![(on(Weekday::Fri), hm(8, 0), end)]),
            (
                session("friday", (18, 30), monday, (8, 0)),
                vec![
                    (on(Weekday::Fri), hm(18, 30), end),
                    (on(Weekday::Sat), hm(0, 0), end),
                    (on(Weekday::Sun), hm(0, 0), end),
                    (on(Weekday::Mon), hm(0, 0), hm(8, 0)),
                ],
            ),
            (session("Bankholiday", (9, 0), "", (12, 0)), vec![(SessionDay::BankHoliday, hm(9, 0), hm(12, 0))]),
            (session("Friday", (20, 0), friday, (8, 0)), vec![]),
            (session("Someday", (8, 0), "", (9, 0)), vec![]),
            (session("Friday", (25, 0), "", (26, 0)), vec![]),
            (session("Friday", (8, 0), "", (9, 0)).replace("</S>", "<status>Closed</status></S>"), vec![]),
        ];
        for (sessions, expected) in table {
            assert_eq!(read(&sessions), expected, "{sessions}");
        }
    }

    #[test]
    fn di_1_given_days_are_read_and_a_day_closed_is_kept() {
        let table = [
            ("25-12-2026-09:00-12:00", Some("2026-12-25 09:00:00 12:00:00")),
            ("25-12-2026-00:00-00:00", Some("2026-12-25 00:00:00 00:00:00")),
            ("25-12-2026-18:00-24:00", Some("2026-12-25 18:00:00 23:59:59")),
            ("25-12-2026-18:00-00:00", Some("2026-12-25 18:00:00 23:59:59")),
            ("31-02-2026-09:00-12:00", None),
            ("25-12-2026", None),
            ("25-12-2026-09:00", None),
            ("é5-12-2026-09:00-12:00", None),
            ("", None),
        ];
        for (text, expected) in table {
            let told = dated(text).map(|day| format!("{} {} {}", day.date, day.from, day.until));
            assert_eq!(told.as_deref(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_makes_the_reading_panic(
            status in 100u16..600,
            text in "(<(Envelope|Body|Fault|Code|Value|ServiceDetailsByIdResponse|CheckCapacitySummaryResponse|services|service|id|rotaSessions|value)/?>|</(Envelope|Body|Fault|services|service|id)>|1001|é|&amp;|-){0,40}",
        ) {
            let id = DosServiceId::new("1001").expect("an id");
            if let Ok(envelope) = body(status, text.as_bytes()) {
                let _ = (services(&envelope), details(&envelope, &id), transaction(&envelope));
            }
        }

        #[test]
        fn no_text_within_an_entry_makes_the_reading_panic(part in "\\PC{0,40}", number in "[0-9:é-]{0,24}") {
            let part = quick_xml::escape::escape(&part).into_owned();
            let text = format!(
                "<CheckCapacitySummaryResponse><CheckCapacitySummaryResult><ServiceCareSummaryDestination><id>1</id><name>{part}</name><address>{part}</address><capacity>{part}</capacity>
                <contactDetails><contactDetail><value>{part}</value><order>{number}</order></contactDetail></contactDetails>
                <rotaSessions><s><startDayOfWeek>{part}</startDayOfWeek><startTime><hours>{number}</hours></startTime><endTime><hours>{number}</hours></endTime></s></rotaSessions>
                <openTimeSpecifiedSessions><s>{number}</s><s>{part}</s></openTimeSpecifiedSessions></ServiceCareSummaryDestination></CheckCapacitySummaryResult></CheckCapacitySummaryResponse>"
            );
            let envelope = body(200, text.as_bytes()).expect("well-formed");
            prop_assert_eq!(services(&envelope).map(|answer| answer.services.len()), Ok(1));
        }
    }
}
