//! Nothing that a client sends brings a provider down, goes without a proper answer, or makes it say what is not so.

use demo_nhs::DemoOptions;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::Value;

use crate::consumer::{
    BOOKING_READ, BOOKING_WRITE, Consumer, OF_PATIENT, SLOT_READ, free_of, json_of, numbered, token_of,
};

/// What is sent: each part right, nearly right, or anything.
#[derive(Debug, Clone)]
struct Sent {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    scope: Option<&'static str>,
    body: Body,
}

#[derive(Debug, Clone)]
enum Body {
    Nothing,
    Bytes(Vec<u8>),
    /// The right one with these bytes put in at places told by number.
    Spoilt(Vec<(usize, u8)>),
    /// The right one with one value replaced.
    Changed(usize, Value),
}

fn paths() -> impl Strategy<Value = String> {
    let known = vec![
        free_of("111001"),
        OF_PATIENT.to_owned(),
        "Appointment".to_owned(),
        "Appointment/{id}".to_owned(),
        "Appointment/{id}/_history".to_owned(),
        "Appointment/{id}/_history/1".to_owned(),
        "metadata".to_owned(),
        "Appointment?_format=xml".to_owned(),
    ];
    let more = "(&(start|status|_include|_page|_format|patient\\.identifier)=[ -~]{0,20})?";
    prop_oneof![
        4 => (select(known), more).prop_map(|(path, more)| {
            let more = if path.contains('?') { more } else { more.replacen('&', "?", 1) };
            format!("{path}{}", more.replace('#', "%23"))
        }),
        1 => "[ -~]{0,40}",
        1 => "(Slot|Appointment)(/|%2F|%FF|\\?|=|&|%|[a-z0-9é|+]){0,12}",
    ]
}

fn headers() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let names = select(vec!["Accept", "If-Match", "Content-Type", "X-Request-ID", "Authorization", "Accept-Encoding"]);
    let likely = select(vec![
        "application/fhir+json",
        "application/fhir+xml",
        "*/*",
        "W/\"1\"",
        "\"1\"",
        "gzip",
        "Bearer a.b.c",
        "text/html;q=0.5",
    ]);
    vec((names, prop_oneof![likely.prop_map(str::to_owned), "[ -~]{0,30}"]), 0..4)
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map("[a-z_\\PC]{0,8}", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn sent() -> impl Strategy<Value = Sent> {
    let body = prop_oneof![
        1 => Just(Body::Nothing),
        1 => vec(any::<u8>(), 0..200).prop_map(Body::Bytes),
        2 => vec((any::<usize>(), any::<u8>()), 0..4).prop_map(Body::Spoilt),
        4 => (any::<usize>(), values()).prop_map(|(at, value)| Body::Changed(at, value)),
    ];
    let methods = select(vec!["GET", "POST", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "ODD"]);
    let scopes = option::weighted(0.9, select(vec![SLOT_READ, BOOKING_READ, BOOKING_WRITE]));
    (methods, paths(), headers(), scopes, body).prop_map(|(method, path, headers, scope, body)| Sent {
        method,
        path,
        headers,
        scope,
        body,
    })
}

/// Every value in a resource, the whole first.
fn places(value: &Value, here: String, all: &mut Vec<String>) {
    all.push(here.clone());
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| places(value, format!("{here}/{key}"), all)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(at, value)| places(value, format!("{here}/{at}"), all))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

impl Body {
    fn bytes(&self, right: &Value) -> Vec<u8> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Bytes(bytes) => bytes.clone(),
            Self::Spoilt(changes) => {
                let mut bytes = right.to_string().into_bytes();
                for (at, byte) in changes {
                    let at = at % bytes.len();
                    bytes[at] = *byte;
                }
                bytes
            }
            Self::Changed(at, value) => {
                let (mut body, mut all) = (right.clone(), Vec::new());
                places(right, String::new(), &mut all);
                if let Some(place) = body.pointer_mut(&all[at % all.len()]) {
                    *place = value.clone();
                }
                body.to_string().into_bytes()
            }
        }
    }
}

/// Sends it, and says what was not right about the answer.
async fn told_wrongly(consumer: &Consumer, sent: &Sent, held: &Value, number: usize) -> Result<(), String> {
    let right = if sent.method == "PUT" { held.clone() } else { numbered(&held["contained"][2]) };
    let path = sent.path.replace("{id}", held["id"].as_str().unwrap_or_default());
    let Ok(url) = reqwest::Url::parse(&format!("{}/{path}", consumer.root())) else { return Ok(()) };
    let method = Method::from_bytes(sent.method.as_bytes()).expect("a method");
    let mut request = consumer.client.request(method, url).body(sent.body.bytes(&right));
    let own_id = format!("any-{number}");
    let mut defaults = vec![("X-Request-ID", own_id), ("Content-Type", "application/fhir+json".to_owned())];
    defaults.extend(sent.scope.map(|scope| ("Authorization", token_of(&consumer.claims(scope)))));
    defaults.push(("If-Match", "W/\"1\"".to_owned()));
    defaults.retain(|(name, _)| sent.headers.iter().all(|(other, _)| other != name));
    for (name, value) in sent.headers.iter().chain(&defaults) {
        request = request.header(*name, value);
    }
    let Ok(request) = request.build() else { return Ok(()) };
    let text = |value: Option<&HeaderValue>| value.map(|value| value.to_str().unwrap_or_default().trim().to_owned());
    let request_id = text(request.headers().get("X-Request-ID"));
    let before = count(consumer);
    let answer = consumer.client.execute(request).await.map_err(|error| format!("no answer: {error:?}"))?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let fail = |what: &str| Err(format!("{what}: {status} {headers:?}"));
    if status >= 500 {
        return fail("the provider failed");
    }
    if headers.get("Cache-Control").is_none_or(|value| value != "no-store") {
        return fail("it may be cached");
    }
    if text(headers.get("X-Correlation-ID")) != request_id {
        return fail("not the request's id");
    }
    let made = count(consumer) - before;
    if made != usize::from(status == 201) {
        return fail("what is said to be booked is not what is booked");
    }
    let is_json = headers.get("Content-Type").is_some_and(|kind| kind == "application/fhir+json; charset=utf-8");
    let is_xml = headers.get("Content-Type").is_some_and(|kind| kind == "application/fhir+xml; charset=utf-8");
    if !is_json && !is_xml {
        return fail("no FHIR");
    }
    if sent.method == "HEAD" || is_xml || headers.contains_key("Content-Encoding") {
        return Ok(());
    }
    let body = json_of(answer).await;
    if status >= 400 && !body["issue"][0]["details"]["coding"][0]["code"].is_string() {
        return fail("no OperationOutcome");
    }
    Ok(())
}

fn count(consumer: &Consumer) -> usize {
    consumer.nhs.control().held()["utc"].as_array().map_or(0, Vec::len)
}

#[test]
fn pv_nothing_that_a_client_sends_brings_it_down_or_makes_it_lie() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (consumer, held) = runtime.block_on(async {
        let consumer = Consumer::start(DemoOptions::default()).await;
        let held = json_of(consumer.book("first", &numbered(&consumer.free("111001").await[0])).await).await;
        (consumer, held)
    });
    let number = std::cell::Cell::new(0);
    let mut runner = TestRunner::new(Config { cases: 600, failure_persistence: None, ..Config::default() });
    let result = runner.run(&sent(), |sent| {
        number.set(number.get() + 1);
        let told = runtime.block_on(told_wrongly(&consumer, &sent, &held, number.get()));
        told.map_err(TestCaseError::fail)
    });
    assert!(result.is_ok(), "{}", result.err().map(|error| error.to_string()).unwrap_or_default());
    let read = runtime.block_on(async {
        let path = format!("Appointment/{}/_history/1", held["id"].as_str().expect("an id"));
        json_of(consumer.get(&path, BOOKING_READ).await).await
    });
    assert_eq!(read, held, "the booking is as it was");
}
