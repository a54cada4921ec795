//! Bookings: made once, kept by version, or refused in words that say what was wrong and where.

use demo_nhs::DemoOptions;
use reqwest::Method;
use serde_json::{Value, json};

use crate::consumer::{BOOKING_READ, Consumer, NUMBER, OF_PATIENT, PATIENT, json_of, numbered, order, resources, told};

#[tokio::test]
async fn bk_3_a_booking_is_answered_with_its_address_version_and_content() {
    for (provider, service, is_relative) in [("utc", "111001", false), ("hub", "111003", true)] {
        let consumer = Consumer::start(DemoOptions::default()).await.at(provider);
        let body = order(&consumer.free(service).await[0]);
        let made = consumer.book("A1", &body).await;
        assert_eq!(made.status(), 201, "PV: a patient whom nobody knows, without a national identifier");
        let header = |name: &str| made.headers()[name].to_str().expect("text").to_owned();
        let location = header("location");
        assert_eq!(!location.starts_with("http://"), is_relative, "{location}");
        let headers = [header("etag"), header("x-correlation-id"), header("cache-control")];
        assert_eq!(headers, ["W/\"1\"", "A1", "no-store"], "version, the request's own id, never cached");
        assert!(header("last-modified").ends_with(" GMT"), "when");
        assert_ne!(header("x-request-id"), "A1", "an id of its own");
        let held = json_of(made).await;
        assert_eq!(held["meta"]["versionId"], "1", "the version");
        let id = held["id"].as_str().expect("an id");
        assert!(location.ends_with(&format!("Appointment/{id}/_history/1")), "{location}");
        let read = json_of(consumer.get(&location, BOOKING_READ).await).await;
        assert_eq!(read, held, "where it is said to be");
    }
}

#[tokio::test]
async fn pv_a_patient_without_a_national_identifier_gets_one_of_the_providers_own() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let slots = consumer.free("111001").await;
    let mut given = Vec::new();
    for (number, slot) in slots[..2].iter().enumerate() {
        let held = json_of(consumer.book(&format!("a{number}"), &order(slot)).await).await;
        let identifier = held["contained"][PATIENT]["identifier"].as_array().expect("identifiers").clone();
        assert_eq!(identifier.len(), 1, "one");
        let (system, value) = (identifier[0]["system"].as_str(), identifier[0]["value"].as_str());
        let (system, value) = (system.expect("a system"), value.expect("a value"));
        assert!(!system.contains("nhs-number"), "and no NHS number");
        let found = consumer.get(&format!("Appointment?patient.identifier={system}%7C{value}"), BOOKING_READ).await;
        assert_eq!(json_of(found).await["total"], 1, "it can be found by it");
        given.push(value.to_owned());
    }
    assert_ne!(given[0], given[1], "nobody is taken for somebody else");
    let held = json_of(consumer.book("b", &numbered(&slots[2])).await).await;
    assert_eq!(held["contained"][PATIENT]["identifier"][0]["value"], NUMBER, "who has one keeps it");
}

#[tokio::test]
async fn pv_sixty_desks_never_double_book_one_slot() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let order = consumer.order(0).await;
    let requests: Vec<String> = (0..60).map(|number| format!("desk-{number}")).collect();
    let all = futures::future::join_all(requests.iter().map(|request| consumer.book(request, &order))).await;
    let count = |status: u16| all.iter().filter(|answer| answer.status().as_u16() == status).count();
    assert_eq!((count(201), count(409)), (1, 59), "one wins, the others are told");
}

#[tokio::test]
async fn bk_4_a_request_id_is_needed_and_taken_once() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let slots = consumer.free("111001").await;
    assert_eq!(consumer.book("same", &order(&slots[0])).await.status(), 201, "first");
    let again = consumer.book("SAME", &order(&slots[1])).await;
    assert_eq!(again.status(), 409, "reused");
    assert_eq!(told(&json_of(again).await).1, "http.X-Request-ID", "and told so");
    assert_eq!(consumer.book(" ", &order(&slots[1])).await.status(), 400, "empty");
    let twice = consumer.writing(Method::POST, "Appointment", "x", &order(&slots[1])).header("X-Request-ID", "y");
    assert_eq!(twice.send().await.expect("an answer").status(), 400, "two of them");
    let refused = consumer.book("later", &json!({})).await;
    assert_eq!(refused.status(), 400, "refused");
    assert_eq!(consumer.book("later", &order(&slots[1])).await.status(), 201, "what was not done can be done yet");
    let taken = consumer.book("other", &order(&slots[1])).await;
    assert_eq!(taken.status(), 409, "taken");
    let (said, place) = told(&json_of(taken).await);
    assert!(said.contains("no longer free") && place == "Appointment.slot[0]", "{said} {place}");
}

#[tokio::test]
async fn bk_1_broken_bookings_are_refused_each_in_its_way_and_told_where() {
    const GONE: Value = Value::Null;
    let consumer = Consumer::start(DemoOptions::default()).await;
    let slots = consumer.free_at_different_times("111001", 2).await;
    let (right, second) = (numbered(&slots[0]), &slots[1]);
    let patient = "/contained/1";
    let at = |below: &str| format!("{patient}/{below}");
    let table: Vec<(String, Value, u16, &str)> = vec![
        ("/resourceType".into(), json!("Patient"), 400, "Appointment"),
        ("/start".into(), json!("soon"), 400, "Appointment.start"),
        ("/start".into(), json!("2020-01-01T00:00:00 01:00"), 400, "Appointment.start"),
        ("/participant".into(), json!({}), 400, "Appointment.participant"),
        ("/contained/0/content/0/attachment".into(), json!("x"), 400, "Appointment.contained[0].content[0].attachment"),
        (at("birthDate"), json!("12/11/1974"), 400, "Appointment.contained[1].birthDate"),
        (at("telecom/0/rank"), json!(2), 400, "Appointment.contained[1].telecom[0].rank"),
        (at("telecom/0/rank"), json!(0), 400, "Appointment.contained[1].telecom[0].rank"),
        (at("telecom/0/rank"), GONE, 400, "Appointment.contained[1].telecom[0].rank"),
        (at("contact/0/telecom/0/rank"), json!(1), 400, "Appointment.contained[1].contact[0].telecom[0].rank"),
        (at("telecom/0/system"), json!("email"), 201, ""),
        (at("telecom/0/value"), GONE, 400, "Appointment.contained[1].telecom[0]"),
        ("/language".into(), json!("fr"), 422, "Appointment.language"),
        ("/status".into(), json!("pending"), 422, "Appointment.status"),
        ("/description".into(), GONE, 422, "Appointment.description"),
        ("/created".into(), GONE, 422, "Appointment.created"),
        ("/meta/profile".into(), json!(["https://x.example"]), 422, "Appointment.meta.profile"),
        ("/participant/0/status".into(), json!("tentative"), 422, "Appointment.participant[0].status"),
        ("/participant/0/actor/display".into(), GONE, 422, "Appointment.participant[0].actor.display"),
        ("/participant/0/actor/reference".into(), json!("#doc"), 422, "Appointment.participant[0].actor.reference"),
        ("/participant/0/actor/identifier".into(), GONE, 422, "Appointment.participant[0].actor.identifier"),
        ("/supportingInformation/0/reference".into(), json!("#pat"), 422, "Appointment.supportingInformation"),
        ("/slot/0/reference".into(), json!("Slot/1"), 422, "Appointment.slot"),
        ("/contained/0".into(), GONE, 422, "Appointment.contained"),
        ("/contained/0/identifier/0/value".into(), json!("7"), 422, "Appointment.contained[0].identifier"),
        ("/contained/0/status".into(), json!("superseded"), 422, "Appointment.contained[0].status"),
        ("/contained/0/type".into(), GONE, 422, "Appointment.contained[0].type"),
        ("/contained/0/indexed".into(), GONE, 422, "Appointment.contained[0].indexed"),
        ("/contained/0/content".into(), GONE, 422, "Appointment.contained[0].content[0].attachment.contentType"),
        ("/contained/0/id".into(), json!("pat"), 422, "Appointment.contained[1].id"),
        (at("name/0/use"), json!("usual"), 422, "Appointment.contained[1].name"),
        (at("name/0/family"), GONE, 422, "Appointment.contained[1].name[0].family"),
        (at("name/0/given"), GONE, 422, "Appointment.contained[1].name[0].given"),
        (at("gender"), json!("M"), 422, "Appointment.contained[1].gender"),
        (at("birthDate"), GONE, 422, "Appointment.contained[1].birthDate"),
        (at("address/0/use"), json!("work"), 422, "Appointment.contained[1].address[0].use"),
        (at("address/0/postalCode"), GONE, 422, "Appointment.contained[1].address[0].postalCode"),
        (at("contact/0/name"), GONE, 422, "Appointment.contained[1].contact[0].name"),
        (at("contact/0/relationship"), GONE, 422, "Appointment.contained[1].contact[0].relationship"),
        (at("identifier/0/value"), json!("9990000019"), 422, "Appointment.contained[1].identifier[0].value"),
        (at("identifier/0/extension"), GONE, 422, "Appointment.contained[1].identifier[0].extension"),
        (at("identifier/0/system"), json!("https://x.example"), 422, "Appointment.contained[1].identifier"),
        ("/contained/2/status".into(), json!("free"), 422, "Appointment.contained[2].status"),
        ("/contained/2/identifier".into(), GONE, 422, "Appointment.contained[2].identifier"),
        ("/contained/2/schedule".into(), GONE, 422, "Appointment.contained[2].schedule.reference"),
        (
            "/contained/2/schedule/reference".into(),
            json!("Schedule/x"),
            422,
            "Appointment.contained[2].schedule.reference",
        ),
        ("/contained/2/start".into(), second["start"].clone(), 422, "Appointment.contained[2].start"),
        ("/end".into(), second["end"].clone(), 422, "Appointment.contained[2].end"),
    ];
    for (index, (pointer, value, status, place)) in table.into_iter().enumerate() {
        let mut body = right.clone();
        if value.is_null() {
            let (above, key) = pointer.rsplit_once('/').expect("a path");
            let within = body.pointer_mut(above).expect("there");
            if let Some(fields) = within.as_object_mut() {
                fields.remove(key);
            } else {
                within.as_array_mut().expect("a list").remove(key.parse().expect("a number"));
            }
        } else {
            *body.pointer_mut(&pointer).expect("there") = value;
        }
        let answer = consumer.book(&format!("broken-{index}"), &body).await;
        assert_eq!(answer.status().as_u16(), status, "{pointer}");
        if status == 201 {
            continue;
        }
        let outcome = json_of(answer).await;
        assert!(outcome["issue"][0]["details"]["coding"][0]["code"].is_string(), "{pointer}: with a Spine code");
        let (said, given) = told(&outcome);
        assert!(said.contains(place) && given == place, "{pointer}: {said} at {given}");
    }
}

#[tokio::test]
async fn bk_1_times_that_are_not_known_and_bodies_that_cannot_be_read_are_refused() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let slots = consumer.free("111001").await;
    let mut unknown = slots[0].clone();
    unknown["id"] = json!("0c3d9a52-5f6e-4f7b-8b55-0f3a4f0a9d11");
    let mut elsewhen = order(&slots[0]);
    for pointer in ["/start", "/end", "/contained/2/start", "/contained/2/end"] {
        *elsewhen.pointer_mut(pointer).expect("there") = json!("2020-01-01T00:00:00Z");
    }
    let mut with_id = order(&slots[0]);
    with_id["id"] = json!("mine");
    let table = [
        (order(&unknown), 422, "REFERENCE_NOT_FOUND", "Appointment.contained[2].id"),
        (elsewhen, 422, "INVALID_RESOURCE", "Appointment.start"),
        (with_id, 400, "INVALID_RESOURCE", "Appointment.id"),
    ];
    for (body, status, code, place) in table {
        let answer = consumer.book("x", &body).await;
        assert_eq!(answer.status().as_u16(), status, "{place}");
        let outcome = json_of(answer).await;
        assert_eq!(outcome["issue"][0]["details"]["coding"][0]["code"], code, "{place}");
        assert_eq!(told(&outcome).1, place, "where");
    }
    let raw = async |kind: &'static str, body: &'static str| {
        let sent = consumer.writing(Method::POST, "Appointment", "raw", &Value::Null);
        let mut request = sent.build().expect("a request");
        request.headers_mut().insert("Content-Type", kind.parse().expect("a header"));
        *request.body_mut() = Some(body.into());
        consumer.client.execute(request).await.expect("an answer").status().as_u16()
    };
    assert_eq!(raw("application/fhir+json", "{\"resourceType\":").await, 400, "cut short");
    assert_eq!(raw("application/fhir+json", "").await, 400, "nothing");
    assert_eq!(raw("application/fhir+json; charset=utf-8", "[]").await, 400, "a list");
    assert_eq!(raw("application/fhir+json; charset=iso-8859-1", "{}").await, 415, "another character set");
    assert_eq!(raw("application/json", "{}").await, 415, "another media type");
    assert_eq!(raw("application/fhir+xml", "<Appointment/>").await, 415, "XML is told and not read");
}

#[tokio::test]
async fn ca_2_a_patients_bookings_are_found_by_number_and_window() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let slots = consumer.free_at_different_times("111001", 4).await;
    for (number, slot) in [&slots[3], &slots[0]].into_iter().enumerate() {
        assert_eq!(consumer.book(&format!("a{number}"), &numbered(slot)).await.status(), 201, "booked");
    }
    let start = |slot: &Value| slot["start"].as_str().expect("a start").to_owned();
    let found = json_of(consumer.get(OF_PATIENT, BOOKING_READ).await).await;
    let starts: Vec<&Value> = resources(&found, "Appointment").into_iter().map(|one| &one["start"]).collect();
    assert_eq!(starts, [&slots[0]["start"], &slots[3]["start"]], "the earliest first");
    let window = format!("{OF_PATIENT}&start=ge{}&start=le{}", start(&slots[1]), start(&slots[3]));
    assert_eq!(json_of(consumer.get(&window, BOOKING_READ).await).await["total"], 1, "inside the window");
    let past = format!("{OF_PATIENT}&start=le2001-01-01T00:00:00Z");
    assert_eq!(json_of(consumer.get(&past, BOOKING_READ).await).await["total"], 0, "what was, may be asked for");
    let other = OF_PATIENT.replace(NUMBER, "9990000026");
    assert_eq!(json_of(consumer.get(&other, BOOKING_READ).await).await["total"], 0, "nobody else's");
    let table = [
        ("Appointment".to_owned(), "patient.identifier"),
        (format!("{OF_PATIENT}&{}", &OF_PATIENT[12..]), "patient.identifier"),
        (OF_PATIENT.replace(NUMBER, "9990000019"), "patient.identifier"),
        (format!("{OF_PATIENT}&start=lt2099-01-01T00:00:00Z"), "start"),
        (format!("{OF_PATIENT}&start=ge2099-01-01"), "start"),
        (format!("{OF_PATIENT}&start=ge2099-01-01T00:00:00+01:00"), "start"),
        (format!("{OF_PATIENT}&start=ge2099-01-01T00:00:00Z&start=le2098-01-01T00:00:00Z"), "start"),
    ];
    for (path, parameter) in table {
        let answer = consumer.get(&path, BOOKING_READ).await;
        assert_eq!(answer.status(), 400, "{path}");
        assert_eq!(told(&json_of(answer).await).1, format!("http.{parameter}"), "{path}");
    }
}
