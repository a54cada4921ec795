//! JSON and XML, what the provider says of itself, and what every answer carries.

use demo_nhs::DemoOptions;
use quick_xml::Reader;
use quick_xml::events::Event;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::consumer::{BOOKING_READ, Consumer, INCLUDES, SLOT_READ, free_of, json_of, order, told};

/// The names of elements with their depths, where the text is well-formed.
fn elements(text: &str) -> Vec<(usize, String)> {
    let mut reader = Reader::from_str(text);
    let (mut depth, mut all) = (0, Vec::new());
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(tag) => {
                all.push((depth, String::from(tag.name().as_ref() as &str)));
                depth += 1;
            }
            Event::Empty(tag) => all.push((depth, String::from(tag.name().as_ref() as &str))),
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            Event::Text(_) | Event::CData(_) | Event::Comment(_) | Event::Decl(_) | Event::GeneralRef(_) => {}
            Event::PI(_) | Event::DocType(_) => panic!("FHIR has none of these"),
        }
    }
    assert_eq!(depth, 0, "every element is closed");
    all
}

fn kind(answer: &Response) -> &str {
    answer.headers()["content-type"].to_str().expect("text")
}

#[tokio::test]
async fn pv_xml_is_answered_where_it_is_asked_for_and_says_the_same() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let slots = consumer.free("111001").await;
    let mut body = order(&slots[0]);
    body["description"] = json!("Sore \"throat\" & <fever>\nsince\tMonday");
    body["text"] = json!({
        "status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">Sore <b>throat</b><br/></div>",
    });
    let made = consumer.writing(Method::POST, "Appointment?_format=xml", "a1", &body).send().await.expect("an answer");
    assert_eq!((made.status().as_u16(), kind(&made)), (201, "application/fhir+xml; charset=utf-8"), "booked");
    let location = made.headers()["location"].to_str().expect("text").to_owned();
    let text = made.text().await.expect("a body");
    assert!(text.contains("<Appointment xmlns=\"http://hl7.org/fhir\">"), "FHIR's namespace");
    assert!(text.contains("<status value=\"booked\"/>"), "values in attributes");
    assert!(text.contains("Sore &quot;throat&quot; &amp; &lt;fever&gt;&#10;since&#9;Monday"), "escaped: {text}");
    assert!(text.contains("<div xmlns=\"http://www.w3.org/1999/xhtml\">Sore <b>throat</b><br/></div>"), "XHTML");
    assert!(text.contains("<contained><DocumentReference>"), "what is contained");
    let top: Vec<String> = elements(&text).into_iter().filter(|(depth, _)| *depth == 1).map(|(_, name)| name).collect();
    let expected = [
        "id",
        "meta",
        "language",
        "text",
        "contained",
        "contained",
        "contained",
        "status",
        "description",
        "supportingInformation",
        "start",
        "end",
        "slot",
        "created",
        "participant",
    ];
    assert_eq!(top, expected, "in the order of the definition");
    let read = json_of(consumer.get(&location, BOOKING_READ).await).await;
    assert_eq!(read["description"], body["description"], "and JSON says the same");
    let query = format!("{}&{}", free_of("111001"), INCLUDES[1]);
    let request = consumer.authorised(consumer.client.get(consumer.url(&query)), SLOT_READ);
    let found = request.header("Accept", "application/fhir+xml").send().await.expect("an answer");
    assert_eq!(kind(&found), "application/fhir+xml; charset=utf-8", "by Accept");
    let text = found.text().await.expect("a body");
    let all = elements(&text);
    let entries = all.iter().filter(|(depth, name)| *depth == 1 && name == "entry").count();
    let json = json_of(consumer.get(&query, SLOT_READ).await).await;
    assert_eq!(entries, json["entry"].as_array().map_or(0, Vec::len), "as many entries");
    assert!(text.contains("<resource><Slot>") && text.contains("<resource><Location>"), "resources in their element");
    assert!(!text.contains("resourceType"), "the type is the element");
    for path in ["metadata", "Slot", "Appointment/x", "nothing"] {
        let answer = consumer.get(&format!("{path}?_format=application%2Ffhir%2Bxml"), SLOT_READ).await;
        assert_eq!(kind(&answer), "application/fhir+xml; charset=utf-8", "{path}");
        assert!(!elements(&answer.text().await.expect("a body")).is_empty(), "{path}");
    }
}

#[tokio::test]
async fn pv_format_goes_before_accept_and_unknown_formats_are_refused_before_anything_is_done() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let order = consumer.order(0).await;
    let ask = async |path: &str, accept: &str| {
        let sent = consumer.writing(Method::POST, path, "a1", &order).header("Accept", accept);
        sent.send().await.expect("an answer")
    };
    let table = [
        ("Appointment", "text/html", 406, "http.Accept"),
        ("Appointment", "application/fhir+json;q=0", 406, "http.Accept"),
        ("Appointment?_format=turtle", "application/fhir+json", 400, "http._format"),
    ];
    for (path, accept, status, place) in table {
        let answer = ask(path, accept).await;
        assert_eq!(answer.status().as_u16(), status, "{path} {accept}");
        assert_eq!(kind(&answer), "application/fhir+json; charset=utf-8", "told in JSON");
        assert_eq!(answer.headers()["cache-control"], "no-store", "never cached");
        assert_eq!(told(&json_of(answer).await).1, place, "where");
    }
    assert_eq!(consumer.nhs.control().held()["utc"], json!([]), "nothing was booked");
    let json = ask("Appointment?_format=json", "application/fhir+xml").await;
    assert_eq!((json.status().as_u16(), kind(&json)), (201, "application/fhir+json; charset=utf-8"), "JSON");
}

#[tokio::test]
async fn pv_narrative_that_is_no_xhtml_is_refused() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let order = consumer.order(0).await;
    let xhtml = "xmlns=\"http://www.w3.org/1999/xhtml\"";
    for div in [
        "plain".to_owned(),
        format!("<div {xhtml}><b></div>"),
        format!("<div {xhtml}><script>x()</script></div>"),
        format!("<div {xhtml}>&nbsp;</div>"),
        "<div>no namespace</div>".to_owned(),
    ] {
        let mut body = order.clone();
        body["text"] = json!({ "status": "generated", "div": div });
        let answer = consumer.book("a1", &body).await;
        assert_eq!(answer.status(), 400, "{div}");
        assert_eq!(told(&json_of(answer).await).1, "Appointment.text.div", "{div}");
    }
}

#[tokio::test]
async fn pv_answers_are_compressed_only_where_that_is_asked_for() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let ask = async |coding: Option<&str>| {
        let request = consumer.authorised(consumer.client.get(consumer.url(&free_of("111001"))), SLOT_READ);
        let request = if let Some(coding) = coding { request.header("Accept-Encoding", coding) } else { request };
        let answer = request.send().await.expect("an answer");
        answer.headers().get("content-encoding").map(|coding| coding.to_str().expect("text").to_owned())
    };
    assert_eq!(ask(Some("gzip")).await.as_deref(), Some("gzip"), "asked for");
    assert_eq!(ask(Some("identity")).await, None, "not asked for");
    assert_eq!(ask(None).await, None, "nothing said");
}

#[tokio::test]
async fn pv_the_capability_statement_says_what_is_offered_and_no_more() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let statement = json_of(consumer.get("metadata", SLOT_READ).await).await;
    assert_eq!(
        (&statement["resourceType"], &statement["fhirVersion"]),
        (&json!("CapabilityStatement"), &json!("3.0.1")),
        "STU3"
    );
    assert_eq!(statement["format"], json!(["application/fhir+json", "application/fhir+xml"]), "both are answered");
    let of = |kind: &str| {
        let mut all = statement["rest"][0]["resource"].as_array().expect("resources").iter();
        all.find(|resource| resource["type"] == kind).expect("described").clone()
    };
    let codes = |resource: &Value| -> Vec<String> {
        let all = resource["interaction"].as_array().expect("interactions").iter();
        all.map(|one| one["code"].as_str().expect("a code").to_owned()).collect()
    };
    assert_eq!(codes(&of("Slot")), ["search-type"], "slots are searched for, and not read");
    assert_eq!(consumer.get("Slot/x", SLOT_READ).await.status(), 404, "truly");
    let expected = ["create", "read", "vread", "update", "history-instance", "search-type"];
    assert_eq!(codes(&of("Appointment")), expected, "bookings");
    let delete = consumer.authorised(consumer.client.delete(consumer.url("Appointment/x")), BOOKING_READ);
    let delete = delete.send().await.expect("an answer");
    assert_eq!(delete.status(), 405, "and never deleted");
    assert!(delete.headers()["allow"].to_str().is_ok_and(|methods| methods.contains("PUT")), "what is offered instead");
    for include in of("Slot")["searchInclude"].as_array().expect("includes") {
        let all =
            ["Slot:schedule", "Schedule:actor:HealthcareService", include.as_str().expect("text")].join("&_include=");
        let found = json_of(consumer.get(&format!("{}&_include={all}", free_of("111001")), SLOT_READ).await).await;
        let wanted = include.as_str().and_then(|include| include.rsplit(':').next()).expect("a kind");
        let wanted = match wanted {
            "schedule" => "Schedule",
            "location" => "Location",
            "providedBy" => "Organization",
            kind => kind,
        };
        assert!(!crate::consumer::resources(&found, wanted).is_empty(), "{include} is included");
    }
}
