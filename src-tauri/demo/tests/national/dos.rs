//! The Directory of Services: what is found, in which order, for whom, and what is refused.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, TimeDelta, Utc, Weekday};
use demo_nhs::{DemoNhs, DemoOptions};
use proptest::prelude::*;
use serde_json::json;

use crate::consumer::{client, now, start};

/// A search: the fields of `c`, as text, in the order of the schema; an empty one is left out.
#[derive(Clone)]
struct Case {
    account: (String, String),
    fields: Vec<(&'static str, String)>,
}

/// Fields, and what they are to say instead.
type Changes = &'static [(&'static str, &'static str)];

impl Case {
    /// A ready-made patient's: 52 years, Dx06, symptom group 1011, no discriminators.
    fn ready(nhs: &DemoNhs) -> Self {
        let dos = &nhs.description().dos;
        let fields = [
            ("caseRef", "A1"),
            ("caseId", "TEST"),
            ("postcode", "ND1 4TY"),
            ("surgery", "N81001"),
            ("age", "52"),
            ("ageFormat", "Years"),
            ("disposition", "6"),
            ("symptomGroup", "1011"),
            ("symptomDiscriminatorList", "none"),
            ("searchDistance", ""),
            ("forceSearchDistance", "false"),
            ("gender", "M"),
            ("searchDateTime", ""),
        ];
        let fields = fields.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
        Self { account: (dos.username.clone(), dos.password.clone()), fields }
    }

    fn with(&self, changes: &[(&str, &str)]) -> Self {
        let mut changed = self.clone();
        for (name, value) in changes {
            let field = changed.fields.iter_mut().find(|(field, _)| field == name).expect("a field of the schema");
            field.1 = (*value).to_owned();
        }
        changed
    }

    fn by(&self, nhs: &DemoNhs, purpose: &str) -> Self {
        let account = nhs.description().dos.accounts.iter().find(|account| account.purpose == purpose);
        let account = account.expect("an account");
        Self { account: (account.username.clone(), account.password.clone()), ..self.clone() }
    }

    fn xml(&self) -> String {
        let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
        let mut fields = String::new();
        for (name, value) in self.fields.iter().filter(|(_, value)| !value.is_empty()) {
            let value = match (*name, value.as_str()) {
                ("symptomDiscriminatorList", "none") => String::new(),
                ("symptomDiscriminatorList", all) => {
                    all.split(' ').map(|one| format!("<w:int>{one}</w:int>")).collect()
                }
                (_, value) => escaped(value),
            };
            fields.push_str(&format!("<w:{name}>{value}</w:{name}>"));
        }
        let (username, password) = (escaped(&self.account.0), escaped(&self.account.1));
        envelope(&format!(
            "<w:CheckCapacitySummary><w:userInfo><w:username>{username}</w:username><w:password>{password}\
             </w:password></w:userInfo><w:c>{fields}</w:c></w:CheckCapacitySummary>"
        ))
    }
}

fn envelope(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:w=\"https://nww.pathwaysdos.nhs.uk/app/api/webservices\"><s:Header><w:serviceVersion>1.5\
         </w:serviceVersion></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
}

/// Status and text of whatever is sent.
async fn send(nhs: &DemoNhs, body: impl Into<reqwest::Body>) -> (u16, String) {
    let request = client().post(&nhs.description().dos.url).header("Content-Type", "application/soap+xml").body(body);
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("a body"))
}

fn part<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(inside, _)| inside)
}

/// The services of an answer, each as it was written; else the number of the fault and its words.
async fn search(nhs: &DemoNhs, case: &Case) -> Result<Vec<String>, (String, String)> {
    let (status, text) = send(nhs, case.xml()).await;
    if status == 200 {
        let all = text.split("<ServiceCareSummaryDestination>").skip(1);
        return Ok(all.map(str::to_owned).collect());
    }
    let said = |name| part(&text, name).expect("a fault").to_owned();
    Err((said("soap:Value"), said("soap:Text")))
}

async fn ids(nhs: &DemoNhs, case: &Case) -> Vec<String> {
    let found = search(nhs, case).await.expect("services");
    found.iter().map(|service| part(service, "id").expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn di_1_the_desks_account_finds_the_dozen_at_any_hour_ranked_by_type_and_distance() {
    let nhs = start(DemoOptions::default()).await;
    let ready = Case::ready(&nhs);
    let dozen = [
        "111001", "111005", "111002", "111008", "111006", "111003", "111007", "111004", "111011", "111009", "111010",
        "111012",
    ];
    assert_eq!(ids(&nhs, &ready).await, dozen, "treatment centres first, the nearest of them first");
    for discriminators in ["none", "4003", "4003 4110"] {
        for surgery in ["", "UNK", "N81001", "X99999"] {
            for age in [("2", "Years"), ("129", "Years"), ("0", "Days"), ("23", "Months"), ("1", "AgeGroup")] {
                let changes = [
                    ("symptomDiscriminatorList", discriminators),
                    ("surgery", surgery),
                    ("age", age.0),
                    ("ageFormat", age.1),
                ];
                assert_eq!(ids(&nhs, &ready.with(&changes)).await.len(), 12, "{changes:?}");
            }
        }
    }
    for disposition in ["5", "8", "12", "1112"] {
        assert_eq!(ids(&nhs, &ready.with(&[("disposition", disposition)])).await.len(), 12, "Dx{disposition}");
    }
}

#[tokio::test]
async fn di_1_distance_is_that_from_the_postcode_and_bounds_the_search() {
    let nhs = start(DemoOptions::default()).await;
    let ready = Case::ready(&nhs);
    let distances = async |case: &Case| -> Vec<f64> {
        let found = search(&nhs, case).await.expect("services");
        found.iter().map(|service| part(service, "distance").expect("told").parse().expect("miles")).collect()
    };
    let mut first = BTreeSet::new();
    for district in 1..=9 {
        let at = ready.with(&[("postcode", &format!("nd{district}4aa"))]);
        first.insert(format!("{} {:?}", ids(&nhs, &at).await[0], distances(&at).await));
    }
    assert_eq!(first.len(), 9, "every district has distances of its own: {first:?}");
    assert_eq!(ids(&nhs, &ready.with(&[("postcode", "ND4 4AA")])).await[0], "111002", "the nearest there is another");
    let sectors = [("ND1 4AA", 0.8), ("ND1 9AA", 0.5)];
    for (postcode, nearest) in sectors {
        let told = distances(&ready.with(&[("postcode", postcode)])).await;
        assert!((told[0] - nearest).abs() < 0.05, "{postcode}: {told:?}");
    }
    for kilometres in ["1", "3", "5", "99"] {
        let near = [("searchDistance", kilometres), ("forceSearchDistance", "true")];
        let reach: f64 = kilometres.parse::<f64>().expect("a number") / 1.609 + 0.05;
        let found = search(&nhs, &ready.with(&near)).await.expect("services");
        let within = found.iter().filter(|one| !one.contains("(Catch-all)"));
        assert!(
            within.clone().all(|one| part(one, "distance").is_some_and(|m| m.parse::<f64>().is_ok_and(|m| m <= reach))),
            "{kilometres} km"
        );
    }
    let sources = [
        (ready.clone(), "60", "National"),
        (ready.with(&[("postcode", "ND11 4AA")]), "75", "District"),
        (ready.with(&[("searchDistance", "7"), ("forceSearchDistance", "true")]), "7", "Override"),
    ];
    for (case, distance, source) in sources {
        let (_, text) = send(&nhs, case.xml()).await;
        let told = (part(&text, "SearchDistance"), part(&text, "SearchDistanceUsedSource"));
        assert_eq!(told, (Some(distance), Some(source)), "as it was searched");
    }
}

#[tokio::test]
async fn di_1_a_service_is_found_for_those_alone_whom_it_serves() {
    let nhs = start(DemoOptions::default()).await;
    let ready = Case::ready(&nhs);
    let table: [(Changes, &str, bool); 28] = [
        (&[("symptomGroup", "1240"), ("gender", "F")], "111803", true),
        (&[("symptomGroup", "1240"), ("gender", "M")], "111803", false),
        (&[("symptomGroup", "1240"), ("gender", "I")], "111803", false),
        (&[("symptomGroup", "1240"), ("gender", "F"), ("age", "17")], "111803", false),
        (&[("symptomGroup", "1240"), ("gender", "F"), ("age", "18")], "111803", true),
        (&[("symptomGroup", "1250"), ("age", "17")], "111804", true),
        (&[("symptomGroup", "1250"), ("age", "18")], "111804", false),
        (&[("symptomGroup", "1250"), ("age", "11"), ("ageFormat", "Months")], "111805", true),
        (&[("symptomGroup", "1250"), ("age", "12"), ("ageFormat", "Months")], "111805", false),
        (&[("symptomGroup", "1250"), ("age", "31"), ("ageFormat", "Days")], "111805", true),
        (&[("symptomGroup", "1250"), ("age", "4"), ("ageFormat", "AgeGroup")], "111805", true),
        (&[("symptomGroup", "1250"), ("age", "3"), ("ageFormat", "AgeGroup")], "111805", false),
        (&[("symptomGroup", "1250"), ("age", "2"), ("ageFormat", "AgeGroup")], "111804", true),
        (&[("symptomGroup", "1240"), ("age", "2"), ("ageFormat", "AgeGroup"), ("gender", "F")], "111803", false),
        (&[("symptomGroup", "1240"), ("age", "1"), ("ageFormat", "AgeGroup"), ("gender", "F")], "111803", true),
        (&[("symptomGroup", "1260"), ("symptomDiscriminatorList", "4100 4110")], "111806", true),
        (&[("symptomGroup", "1260"), ("symptomDiscriminatorList", "4100 4111")], "111806", false),
        (&[("symptomGroup", "1260")], "111806", true),
        (&[("symptomGroup", "1270")], "111807", false),
        (&[("symptomGroup", "1270")], "111808", true),
        (&[("symptomGroup", "1270")], "111809", false),
        (&[("disposition", "17")], "111801", true),
        (&[("disposition", "17")], "111001", false),
        (&[("disposition", "6")], "111801", false),
        (&[("disposition", "75"), ("surgery", "n81001")], "111802", true),
        (&[("disposition", "75"), ("surgery", "N81002")], "111802", false),
        (&[("disposition", "75"), ("surgery", "UNK")], "111802", false),
        (&[("disposition", "6"), ("surgery", "N81001")], "111802", false),
    ];
    for (changes, service, found) in table {
        let all = ids(&nhs, &ready.with(changes)).await;
        assert_eq!(all.iter().any(|id| id == service), found, "{service} for {changes:?}: {all:?}");
    }
}

#[tokio::test]
async fn di_1_where_nothing_is_left_the_two_nearest_emergency_departments_are_named_as_catch_all() {
    let nhs = start(DemoOptions::default()).await;
    let ready = Case::ready(&nhs);
    let nobody: [Changes; 4] = [
        &[("disposition", "94")],
        &[("symptomGroup", "4242")],
        &[("symptomGroup", "1250"), ("age", "40")],
        &[("symptomGroup", "1270"), ("searchDistance", "1"), ("forceSearchDistance", "true")],
    ];
    for changes in nobody {
        let found = search(&nhs, &ready.with(changes)).await.expect("a catch-all");
        let ids: Vec<_> = found.iter().filter_map(|service| part(service, "id")).collect();
        assert_eq!(ids, ["111951", "111953"], "the nearest two: {changes:?}");
        assert!(
            found.iter().all(|one| part(one, "name").is_some_and(|name| name.ends_with("(Catch-all)"))),
            "named so"
        );
    }
    let from = |postcode| ready.with(&[("disposition", "94"), ("postcode", postcode)]);
    assert_eq!(ids(&nhs, &from("ND4 4AA")).await[0], "111951", "from another place");
    assert_eq!(ids(&nhs, &from("ND6 4AA")).await[0], "111953", "the nearest is another one");
    let none = search(&nhs, &ready.with(&[("postcode", "ND20 1AA")])).await.expect_err("nobody within 60 km");
    assert_eq!(none.0, "102", "not even the catch-all");
    let (_, plain) = send(&nhs, ready.with(&[("disposition", "2")]).xml()).await;
    assert!(plain.contains("111951") && !plain.contains("(Catch-all)"), "asked for, they are no catch-all");
}

#[tokio::test]
async fn di_1_call_handlers_and_clinicians_are_told_of_different_services_and_of_two_of_a_type() {
    let nhs = start(DemoOptions::default()).await;
    let ready = Case::ready(&nhs);
    let of = async |purpose: &str| {
        let found = search(&nhs, &ready.by(&nhs, purpose)).await.expect("services");
        let types: Vec<String> =
            found.iter().filter_map(|service| part(part(service, "serviceType")?, "id").map(str::to_owned)).collect();
        let ids: Vec<String> = found.iter().filter_map(|one| part(one, "id").map(str::to_owned)).collect();
        (ids, types)
    };
    let (handlers, types) = of("call handlers").await;
    let (clinicians, _) = of("clinicians").await;
    let has = |all: &[String], id: &str| all.iter().any(|one| one == id);
    assert_eq!((has(&handlers, "111822"), has(&handlers, "111821")), (true, false), "{handlers:?}");
    assert_eq!((has(&clinicians, "111822"), has(&clinicians, "111821")), (false, true), "{clinicians:?}");
    for kind in &types {
        assert!(types.iter().filter(|other| *other == kind).count() <= 2, "at most two of a type: {types:?}");
    }
    assert_eq!(handlers[..2], ["111001", "111005"], "the nearest of the first type");
    for (purpose, code) in [("locked", "302"), ("no permission to search", "303")] {
        let (fault, said) = search(&nhs, &ready.by(&nhs, purpose)).await.expect_err("refused");
        assert_eq!(fault, code, "{purpose}: {said}");
    }
}

#[tokio::test]
async fn di_1_what_is_closed_in_the_needed_time_is_left_out() {
    let nhs = start(DemoOptions::default()).await;
    // The next Tuesday that is at least a week away, neither a holiday nor New Year in any year to come.
    let mut day = now().date_naive() + TimeDelta::days(7);
    while day.weekday() != Weekday::Tue || !matches!(day.month(), 2 | 3 | 6 | 7 | 9..=11) && day.day() > 24 {
        day += TimeDelta::days(1);
    }
    let at = |day: chrono::NaiveDate, hour: u32| -> String {
        let time: DateTime<Utc> = day.and_hms_opt(hour, 0, 0).expect("a time").and_utc();
        time.format("%Y-%m-%dT%H:%M:%S").to_string()
    };
    let new_year = format!("{}-01-01", now().year() + 1).parse().expect("a date");
    let table = [
        ("11", at(day, 10), vec!["111810", "111812"], "a Tuesday morning"),
        ("11", at(day, 3), vec!["111811", "111812"], "a night"),
        ("6", at(day, 3), vec!["111810", "111811", "111812"], "until the morning"),
        ("11", at(new_year, 11), vec!["111810"], "New Year: a specified date before all hours, a holiday's morning"),
        ("11", at(new_year, 20), vec!["111811"], "New Year's evening"),
    ];
    for account in ["the desk", "clinicians"] {
        for (disposition, at, expected, what) in &table {
            let case = Case::ready(&nhs).by(&nhs, account);
            let changes = [("symptomGroup", "1280"), ("disposition", *disposition), ("searchDateTime", at.as_str())];
            let mut expected = expected.clone();
            if account == "clinicians" {
                expected.truncate(2);
            }
            assert_eq!(ids(&nhs, &case.with(&changes)).await, expected, "{account}, {what}, {at}");
        }
    }
    let live = ids(&nhs, &Case::ready(&nhs).with(&[("symptomGroup", "1280")])).await;
    assert_eq!(live.len(), 3, "a live search of the desk's looks past the hours");
}

#[tokio::test]
async fn di_2_an_answer_tells_sessions_attributes_and_what_is_for_whom() {
    let nhs = start(DemoOptions::default()).await;
    let found = search(&nhs, &Case::ready(&nhs)).await.expect("services");
    let hub = found.iter().find(|one| one.contains("<id>111003</id>")).expect("the hub");
    for expected in [
        "<capacity>High<",
        "<startDayOfWeek>Bankholiday<",
        "<hours>22</hours>",
        "-10:00-14:00<",
        "<name>requirebooking<",
        "<value>TRUE<",
        "<publicFacingInformation>",
        "<referralInformation>",
        "<nonPublicTelephoneNo>",
        "<northings>",
        "<eastings>",
        "<daysTo>47481<",
        "<transport>http<",
        "<interaction>Scheduling<",
    ] {
        assert!(hub.contains(expected), "{expected}: {hub}");
    }
    let details = async |id: &str| {
        let dos = &nhs.description().dos;
        let escaped = dos.password.replace('&', "&amp;").replace('<', "&lt;");
        let asked = format!(
            "<w:ServiceDetailsById><w:userInfo><w:username>{}</w:username><w:password>{escaped}</w:password>\
             </w:userInfo><w:serviceId>{id}</w:serviceId></w:ServiceDetailsById>",
            dos.username
        );
        send(&nhs, envelope(&asked)).await.1
    };
    assert!(details("111003").await.contains("ASID:200000000302"), "its endpoints");
    assert!(details("111951").await.contains("<transport>telno<"), "those that are found seldom are there too");
    assert_eq!(part(&details("424242").await, "soap:Value"), Some("103"), "no such service");
    assert_eq!(part(&details("").await, "soap:Value"), Some("108"), "no id");
}

#[tokio::test]
async fn di_7_assurance_services_are_found_from_their_own_postcode_alone() {
    let nhs = start(DemoOptions::default()).await;
    let ready = Case::ready(&nhs);
    let expected: Vec<String> = (111_900..=111_911).map(|id| id.to_string()).collect();
    assert_eq!(ids(&nhs, &ready.with(&[("postcode", "ND99 9ZZ")])).await, expected, "from there");
    assert_eq!(ids(&nhs, &ready.with(&[("postcode", "ND99 9ZY")])).await.len(), 12, "and not from next door");
}

#[tokio::test]
async fn di_1_every_fault_has_a_request_that_brings_it_about_and_says_where_it_is() {
    let nhs = start(DemoOptions::default()).await;
    let ready = Case::ready(&nhs);
    let table: [(Changes, &str, &str); 29] = [
        (&[("postcode", "SW1A 1AA")], "101", "postcode"),
        (&[("postcode", "ND55 1AA")], "101", "postcode"),
        (&[("postcode", "ND1 4é")], "101", "postcode"),
        (&[("postcode", "ND20 1AA")], "102", "services"),
        (&[("symptomDiscriminatorList", "sore")], "104", "symptomDiscriminatorList"),
        (&[("symptomDiscriminatorList", "")], "104", "symptomDiscriminatorList"),
        (&[("searchDistance", "0")], "105", "searchDistance"),
        (&[("searchDistance", "100")], "105", "searchDistance"),
        (&[("searchDistance", "near")], "105", "searchDistance"),
        (&[("gender", "X")], "106", "gender"),
        (&[("gender", "")], "106", "gender"),
        (&[("searchDateTime", "tomorrow")], "108", "searchDateTime"),
        (&[("forceSearchDistance", "")], "108", "forceSearchDistance"),
        (&[("forceSearchDistance", "maybe")], "108", "forceSearchDistance"),
        (&[("searchDateTime", "2001-01-01T00:00:00Z")], "110", "searchDateTime"),
        (&[("forceSearchDistance", "true")], "113", "searchDistance"),
        (&[("age", "old")], "114", "age"),
        (&[("age", "1")], "114", "Years"),
        (&[("age", "130")], "114", "Years"),
        (&[("age", "24"), ("ageFormat", "Months")], "115", "Months"),
        (&[("age", "0"), ("ageFormat", "Months")], "115", "Months"),
        (&[("age", "32"), ("ageFormat", "Days")], "116", "Days"),
        (&[("age", "5"), ("ageFormat", "AgeGroup")], "117", "AgeGroup"),
        (&[("ageFormat", "Decades")], "118", "ageFormat"),
        (&[("ageFormat", "")], "118", "ageFormat"),
        (&[("age", "")], "119", "age"),
        (&[("symptomGroup", "0")], "120", "symptomGroup"),
        (&[("disposition", "Dx06")], "121", "disposition"),
        (&[("disposition", "")], "121", "disposition"),
    ];
    for (changes, code, place) in table {
        let (fault, said) = search(&nhs, &ready.with(changes)).await.expect_err("refused");
        assert_eq!(fault, code, "{changes:?}: {said}");
        assert!(said.contains(place), "{changes:?}: {said} names {place}");
    }
    let xml = ready.xml();
    let broken = [
        ("<w:serviceVersion>1.5</w:serviceVersion>", "", "107"),
        ("<w:serviceVersion>1.5<", "<w:serviceVersion>1.3<", "109"),
        ("<w:username>northdale.desk</w:username>", "", "1001"),
        ("northdale.desk", "northdale.nobody", "302"),
        ("<w:postcode>ND1 4TY</w:postcode>", "<w:postcode>ND1 4TY</w:postcode><w:nhsNumber>1</w:nhsNumber>", "108"),
        ("<w:gender>M</w:gender>", "<w:gender>M</w:gender><w:gender>F</w:gender>", "108"),
        ("</w:c>", "", "108"),
        ("w:CheckCapacitySummary", "w:Other", "108"),
        ("<s:Body>", "<s:Body><!DOCTYPE x>", "108"),
        ("ND1 4TY", "&nosuch;", "108"),
        ("<w:c>", "<w:c><w:x y=1/>", "108"),
    ];
    for (from, to, code) in broken {
        assert!(xml.contains(from), "nothing to change: {from}");
        let (status, text) = send(&nhs, xml.replace(from, to)).await;
        assert_eq!((status, part(&text, "soap:Value")), (500, Some(code)), "{from} as {to}: {text}");
    }
    let misplaced = xml.replace("<w:gender>M</w:gender>", "").replace("<w:age>", "<w:gender>M</w:gender><w:age>");
    let (_, text) = send(&nhs, misplaced).await;
    assert!(text.contains(">108<") && text.contains("is not where"), "out of order: {text}");
}

#[tokio::test]
async fn di_1_every_fault_comes_on_cue_too() {
    let nhs = start(DemoOptions::default()).await;
    let numbers = (100..=121).filter(|number| ![111, 112].contains(number)).chain([300, 302, 303, 500, 504, 1001]);
    for number in numbers {
        let cue = json!({ "system": "dos", "do": "fault", "code": number, "times": 1 });
        nhs.control().cue(cue).expect("a cue");
        let (fault, _) = search(&nhs, &Case::ready(&nhs)).await.expect_err("on cue");
        assert_eq!(fault, number.to_string(), "on cue");
    }
    assert!(search(&nhs, &Case::ready(&nhs)).await.is_ok(), "and then as before");
}

#[tokio::test]
async fn di_1_what_is_no_request_of_the_directorys_is_refused_with_a_fault_as_well() {
    let nhs = start(DemoOptions::default()).await;
    let (url, xml) = (&nhs.description().dos.url, Case::ready(&nhs).xml());
    let post = |kind: &str| client().post(url).header("Content-Type", kind).body(xml.clone());
    let action = |name: &str| format!("application/soap+xml; charset=utf-8; action=\"https://x/{name}\"");
    let table = [
        (client().get(url), 405),
        (client().post(format!("{url}/more")), 404),
        (post("application/json"), 415),
        (post("text/xml"), 200),
        (post(&action("CheckCapacitySummary")), 200),
        (post(&action("ServiceDetailsById")), 500),
        (post("text/xml").header("SOAPAction", "\"https://x/ServiceDetailsById\""), 500),
        (client().post(url).body("<a>".repeat(100_000)), 413),
        (post("application/soap+xml").body("<a>".repeat(50_000)), 500),
    ];
    for (number, (request, status)) in table.into_iter().enumerate() {
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status, "request {number}");
        let text = answer.text().await.expect("a body");
        assert_eq!(text.contains("<soap:Fault>"), status != 200, "request {number}: {text}");
    }
}

/// What is sent, and whether the directory is still there after it.
fn still_answers(bodies: Vec<Vec<u8>>) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let nhs = start(DemoOptions::default()).await;
        for body in bodies {
            let (status, text) = send(&nhs, body).await;
            assert!(status == 200 || text.contains("<soap:Fault>"), "{status}: {text}");
        }
        assert_eq!(ids(&nhs, &Case::ready(&nhs)).await.len(), 12, "still there");
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn di_1_no_bytes_bring_the_directory_down(bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 20)) {
        still_answers(bodies);
    }

    #[test]
    fn di_1_no_text_in_a_field_brings_the_directory_down(field in 0_usize..13, texts in prop::collection::vec("[^<&\\PC]{0,40}", 20)) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let right = runtime.block_on(async { Case::ready(&start(DemoOptions::default()).await) });
        let name = right.fields[field].0;
        still_answers(texts.iter().map(|text| right.with(&[(name, text)]).xml().into_bytes()).collect());
    }
}
