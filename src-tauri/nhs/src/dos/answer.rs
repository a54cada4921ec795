//! Answers of the Directory of Services: any prefix, any letter case of endpoints, missing elements, faults by number.

use chrono::{NaiveDate, NaiveTime, Weekday};
use desk_domain::failure::DirectoryFailure;
use desk_domain::id::{DosServiceId, OdsCode};
use desk_domain::service::{
    DatedSession, OpeningTimes, Service, ServiceAttribute, ServiceEndpoint, SessionDay, WeeklySession,
};
use desk_journeys::ports::ServiceAnswer;

use crate::xml::Element;

/// The content of an answer, or the fault in it.
pub(crate) fn body(status: u16, bytes: &[u8]) -> Result<Element, DirectoryFailure> {
    let parsed = Element::read(bytes);
    let envelope = match (parsed, status) {
        (Ok(envelope), _) => envelope,
        (Err(_), 401 | 403) => return Err(DirectoryFailure::AccountRefused),
        (Err(_), 200..=299) => return Err(DirectoryFailure::Malformed),
        (Err(_), 504) => return Err(DirectoryFailure::TimedOut),
        (Err(_), _) => return Err(DirectoryFailure::Failed),
    };
    if let Some(fault) = envelope.find("Fault") {
        return Err(fault_of(fault));
    }
    match status {
        200..=299 => Ok(envelope),
        401 | 403 => Err(DirectoryFailure::AccountRefused),
        _ => Err(DirectoryFailure::Failed),
    }
}

fn fault_of(fault: &Element) -> DirectoryFailure {
    // SOAP 1.2 has Code/Value, SOAP 1.1 faultcode; either may carry a prefix.
    let code = fault.child("Code").and_then(|code| code.text_of("Value")).or_else(|| fault.text_of("faultcode"));
    let code = code.unwrap_or_default();
    let digits: String = code.rsplit(':').next().unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
    match digits.parse::<u32>() {
        Ok(101) => DirectoryFailure::PostcodeNotFound,
        Ok(102) => DirectoryFailure::NoServices,
        Ok(103) => DirectoryFailure::ServiceNotFound,
        Ok(number @ 104..=121) => DirectoryFailure::SearchRefused(number),
        Ok(300 | 302 | 303 | 1001) => DirectoryFailure::AccountRefused,
        Ok(504) => DirectoryFailure::TimedOut,
        Ok(_) | Err(_) => DirectoryFailure::Failed,
    }
}

/// The ranked services of a CheckCapacitySummary answer.
pub(crate) fn services(envelope: &Element) -> Result<ServiceAnswer, DirectoryFailure> {
    let response = envelope.find("CheckCapacitySummaryResponse").ok_or(DirectoryFailure::Malformed)?;
    // The operation's response and the list in it may bear the same name.
    let list = response
        .child("CheckCapacitySummaryResult")
        .or_else(|| response.child("CheckCapacitySummaryResponse"))
        .unwrap_or(response);
    let services: Vec<Service> = list.all("ServiceCareSummaryDestination").filter_map(service).collect();
    if services.is_empty() && list.children.iter().any(|child| child.name.contains("Destination")) {
        return Err(DirectoryFailure::Malformed);
    }
    if services.is_empty() {
        return Err(DirectoryFailure::NoServices);
    }
    let search_distance_km = envelope.find("SearchDistance").and_then(|distance| distance.text().parse().ok());
    Ok(ServiceAnswer { services, search_distance_km })
}

/// The endpoints of a ServiceDetailsById answer.
pub(crate) fn details(envelope: &Element) -> Result<Vec<ServiceEndpoint>, DirectoryFailure> {
    let service = envelope.find("service").ok_or(DirectoryFailure::ServiceNotFound)?;
    Ok(endpoints(service))
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

fn attributes(entry: &Element) -> Vec<ServiceAttribute> {
    let all = entry.child("attributes").into_iter().flat_map(|list| list.all("attribute"));
    all.filter_map(|attribute| {
        Some(ServiceAttribute {
            name: attribute.text_of("name")?,
            value: attribute.text_of("value").unwrap_or_default(),
        })
    })
    .collect()
}

/// Endpoints in the newer form, and the older one.
fn endpoints(entry: &Element) -> Vec<ServiceEndpoint> {
    let newer = ["serviceEndpoints", "endpoints"].into_iter().filter_map(|list| entry.child(list));
    let newer = newer.flat_map(|list| list.all("endpoint")).map(newer_endpoint);
    let older =
        entry.child("contactDetails").into_iter().flat_map(|list| list.all("contactDetail")).filter_map(older_endpoint);
    newer.chain(older).collect()
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

fn opening(entry: &Element) -> OpeningTimes {
    let all_hours =
        entry.text_of("openAllHours").is_some_and(|text| matches!(text.to_ascii_lowercase().as_str(), "true" | "1"));
    let week = entry.child("rotaSessions").into_iter().flat_map(|list| &list.children).filter_map(weekly).collect();
    let dated = entry.child("openTimeSpecifiedSessions").into_iter().flat_map(|list| {
        let texts = list.children.iter().map(Element::text);
        texts.chain(Some(list.text()).filter(|_| list.children.is_empty())).filter_map(dated).collect::<Vec<_>>()
    });
    OpeningTimes { all_hours, week, dated: dated.collect() }
}

fn weekly(session: &Element) -> Option<WeeklySession> {
    let day = session.text_of("startDayOfWeek")?.to_ascii_lowercase();
    let day = match day.as_str() {
        "bankholiday" | "bank holiday" => SessionDay::BankHoliday,
        other => SessionDay::Weekday(other.parse::<Weekday>().ok()?),
    };
    Some(WeeklySession { day, from: time(session.child("startTime")?)?, until: time(session.child("endTime")?)? })
}

fn time(element: &Element) -> Option<NaiveTime> {
    let number = |name| element.text_of(name).and_then(|text| text.parse().ok());
    match (number("hours")?, number("minutes").unwrap_or_default()) {
        // The end of the day, as a time of that day.
        (24, 0) => NaiveTime::from_hms_opt(23, 59, 59),
        (hours, minutes) => NaiveTime::from_hms_opt(hours, minutes, 0),
    }
}

/// `20-11-2026-09:00-17:00`.
fn dated(text: &str) -> Option<DatedSession> {
    let (date, times) = (text.get(..10)?, text.get(11..)?);
    let (from, until) = times.split_once('-')?;
    let time = |text: &str| {
        let text = text.trim();
        if text == "24:00" {
            NaiveTime::from_hms_opt(23, 59, 59)
        } else {
            NaiveTime::parse_from_str(text, "%H:%M").ok()
        }
    };
    Some(DatedSession {
        date: NaiveDate::parse_from_str(date, "%d-%m-%Y").ok()?,
        from: time(from)?,
        until: time(until)?,
    })
}

#[cfg(test)]
mod tests {
    use desk_domain::service::BookingConnection;

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
        let text = r"<a><service><id>1</id><contactDetails><contactDetail><tag>http</tag><name>n</name>
            <value>ASID:200000000111\|Scheduling\|FHIR\|Primary\|comment\|uncompressed</value><order>1</order></contactDetail></contactDetails></service></a>";
        let read = details(&Element::read(text.as_bytes()).expect("well-formed")).expect("a service");
        assert_eq!(
            (read[0].address.as_str(), read[0].interaction.as_str()),
            ("ASID:200000000111", "Scheduling"),
            "split"
        );
    }

    #[test]
    fn er_1_each_fault_is_told_apart() {
        let fault = |number: &str| {
            let text = format!(
                "<E:Envelope xmlns:E='x'><E:Body><E:Fault><E:Code><E:Value>{number}</E:Value></E:Code><E:Reason><E:Text>r</E:Text></E:Reason></E:Fault></E:Body></E:Envelope>"
            );
            body(500, text.as_bytes()).expect_err("a fault")
        };
        let table = [
            ("101", DirectoryFailure::PostcodeNotFound),
            ("ns1:102", DirectoryFailure::NoServices),
            ("103", DirectoryFailure::ServiceNotFound),
            ("120", DirectoryFailure::SearchRefused(120)),
            ("302", DirectoryFailure::AccountRefused),
            ("1001", DirectoryFailure::AccountRefused),
            ("500", DirectoryFailure::Failed),
            ("504", DirectoryFailure::TimedOut),
            ("env:Receiver", DirectoryFailure::Failed),
        ];
        for (number, expected) in table {
            assert_eq!(fault(number), expected, "fault {number}");
        }
        assert_eq!(body(200, b"<html>").err(), Some(DirectoryFailure::Malformed), "not XML");
        assert_eq!(body(502, b"bad gateway").err(), Some(DirectoryFailure::Failed), "a proxy's page");
    }
}
