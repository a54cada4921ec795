//! `deskctl assure` as a supplier would run it: the report is evidence, and says so where something is not as it should be.

#![expect(clippy::expect_used, reason = "a test says at once what is not as it needs it")]

use std::path::{Path, PathBuf};
use std::process::Output;

use desk_tests::terminal::{Terminal, words};
use serde_json::{Value, json};

fn evidence(terminal: &Terminal) -> PathBuf {
    terminal.at("evidence")
}

async fn assure(terminal: &Terminal, more: &[&str]) -> Output {
    terminal.run("handler", &[&["assure", "--evidence", &terminal.text("evidence")], more].concat()).await
}

fn reports(folder: &Path, extension: &str) -> Vec<String> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let wanted = files.filter(|file| file.extension().is_some_and(|given| given == extension));
    wanted.map(|file| std::fs::read_to_string(file).expect("text")).collect()
}

fn verdicts(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = report["scenarios"].as_array().cloned().unwrap_or_default();
    all.iter().map(|one| (text(&one["id"]), text(&one["verdict"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn di_7_au_1_au_2_every_assurance_scenario_is_met_against_the_demonstration() {
    let terminal = Terminal::start().await;
    let output = assure(&terminal, &[]).await;
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    assert!(words(&output).contains("30 scenarios: 30 met, 0 not met, 0 not run"), "{}", words(&output));
    let (markdown, json) = (reports(&evidence(&terminal), "md"), reports(&evidence(&terminal), "json"));
    assert_eq!((markdown.len(), json.len()), (1, 1), "one report in each form");
    let report: Value = serde_json::from_str(&json[0]).expect("JSON");
    let expected: Vec<_> = (1..=30).map(|number| (format!("C{number}"), "met".to_owned())).collect();
    assert_eq!(verdicts(&report), expected, "C1 to C30");
    let exchanges = report["exchanges"].as_array().expect("exchanges");
    let tokens: Vec<_> = exchanges.iter().filter(|one| one["request"]["token"]["claims"].is_object()).collect();
    assert!(tokens.len() >= 3, "tokens are shown taken apart");
    assert!(exchanges.iter().any(|one| one["kind"] == "LDAP"), "searches of the Spine directory, too");
    let again = assure(&terminal, &[]).await;
    assert!(again.status.success() || words(&again).contains("evidence"), "a second report never replaces the first");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_detail_of_the_patient_no_password_and_no_token_is_in_a_report() {
    let terminal = Terminal::start().await;
    let output = assure(&terminal, &[]).await;
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    let all = [reports(&evidence(&terminal), "md"), reports(&evidence(&terminal), "json")].concat().join("\n");
    let patient = &terminal.nhs.description().patients[0];
    let number = patient.nhs_number.clone().expect("with an NHS number");
    let mut details =
        vec![number, patient.birth_date.clone(), patient.address_lines[0].clone(), patient.postcode.clone()];
    details.extend(patient.contacts.iter().flat_map(|contact| [contact.value.clone(), contact.value.replace(' ', "")]));
    details.push("\"family\": \"Patient\"".to_owned());
    details.push("John".to_owned());
    details.push("dem0".to_owned());
    for detail in details {
        assert!(!all.contains(&detail), "{detail} is in the report");
    }
    assert!(!all.contains("eyJ"), "no token stands there as it was sent");
    assert!(all.contains("[masked]"), "what was left out is marked");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_as_it_should_be_is_not_met_and_ends_with_a_code_of_its_own() {
    let terminal = Terminal::start().await;
    let down = json!({ "provider": "assured", "do": "refuse", "status": 500, "code": "INTERNAL_SERVER_ERROR" });
    terminal.nhs.control().cue(down).expect("a cue");
    let output = assure(&terminal, &[]).await;
    assert_eq!(output.status.code(), Some(9), "{}", words(&output));
    let report: Value = serde_json::from_str(&reports(&evidence(&terminal), "json")[0]).expect("JSON");
    assert_eq!(report["allMet"], false, "the report says so");
    let of = |id: &str| verdicts(&report).into_iter().find(|(given, _)| given == id).map(|(_, verdict)| verdict);
    assert_eq!(of("C30").as_deref(), Some("not run"), "no booking was made, and none is claimed");
    assert_eq!(of("C10").as_deref(), Some("met"), "what has nothing to do with it stays met");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scenario_file_names_services_of_other_systems_and_its_faults_are_told_with_the_line() {
    let terminal = Terminal::start().await;
    let patient = json!({
        "nhsNumber": "9990000026", "title": "Ms", "givenName": "Leila", "familyName": "Patient", "birthDay": "2", "birthMonth": "3",
        "birthYear": "1991", "gender": "female", "addressLines": ["3 Weaver Street"], "town": "Northdale", "postcode": "ND1 4TY",
        "currentPostcode": "ND99 9ZZ", "contacts": [{ "whose": "patient", "name": "", "kind": "mobile", "value": "07700 900124" }],
    });
    let at = |name: &str| terminal.at(name);
    std::fs::write(at("patient.json"), patient.to_string()).expect("written");
    let file = |name: &str, text: &str| {
        std::fs::write(at(name), text).expect("written");
        at(name).to_string_lossy().into_owned()
    };
    let head = "patient = \"patient.json\"\noutcome = \"Dx06\"\nsymptom_group = 1011\n\n[services]\n";
    let some = file("some.toml", &format!("{head}connection = \"111900\"\nsystem_missing = \"111905\"\n"));
    let output = assure(&terminal, &["--scenarios", &some]).await;
    assert_eq!(output.status.code(), Some(9), "some were not run: {}", words(&output));
    let report: Value = serde_json::from_str(&reports(&evidence(&terminal), "json")[0]).expect("JSON");
    let of = |id: &str| verdicts(&report).into_iter().find(|(given, _)| given == id).map(|(_, verdict)| verdict);
    assert_eq!(
        (of("C10").as_deref(), of("C11").as_deref(), of("C29").as_deref()),
        (Some("met"), Some("not run"), Some("met")),
        "what is named is driven, what is not is not claimed"
    );
    for (text, told) in [
        (format!("{head}connection = 111900\n"), "line 6"),
        (format!("{head}conection = \"111900\"\n"), "unknown variant `conection`"),
        (format!("{head}connection = \"no id\"\n"), "DoS service id"),
        (head.replace("patient.json", "nobody.json"), "nobody.json"),
    ] {
        let wrong = file("wrong.toml", &text);
        let output = assure(&terminal, &["--scenarios", &wrong]).await;
        assert_eq!(output.status.code(), Some(5), "{}", words(&output));
        assert!(words(&output).contains(told), "{told}: {}", words(&output));
    }
}
