//! The document of a referral (BK-6): against the published schema, and every rule that no schema holds, by a reader that is
//! not the writer's.

use std::collections::HashSet;

use chrono::TimeDelta;
use desk_domain::encounter::{AnsweredQuestion, Consent};
use desk_domain::id::{DispositionCode, DocumentId, OdsCode, Postcode};
use desk_domain::patient::Gender;
use desk_domain::referral::ReferralGap;
use desk_domain::report::{BookedSlot, Report};
use desk_domain::user::Role;
use desk_journeys::ports::{IncompleteReferral, ReferralContent};
use desk_nhs::settings::{ItkSettings, JobRole, NhsSettings};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use roxmltree::{Document, Node};
use uuid::Uuid;

use crate::referral_order::{
    BOOKING, booked, content, endpoint, fit, held_to_the_rules, personal, rules, validated, with_third_parties,
};
use crate::support::desk::{Desk, settings};
use crate::support::standard::{skipped, standard};

const RECEIVER: &str = "https://receiver.example/itk";
const SCHEMA: &str = "POCD_MT000002UK01.xsd";

fn desk(itk: ItkSettings) -> Desk {
    Desk::new(NhsSettings { itk, ..settings() })
}

/// A desk that sends version 2 to the one receiver.
fn strict() -> Desk {
    desk(ItkSettings { strict_v2: vec![RECEIVER.to_owned()], ..ItkSettings::default() })
}

fn plain() -> Desk {
    desk(ItkSettings::default())
}

fn written(desk: &Desk, content: &ReferralContent) -> String {
    desk.nhs.referrals.document(content, Some(&endpoint(RECEIVER))).expect("nothing is missing")
}

fn gaps(content: &ReferralContent) -> Vec<ReferralGap> {
    plain().nhs.referrals.document(content, Some(&endpoint(RECEIVER))).err().map(|gaps| gaps.0).unwrap_or_default()
}

/// Contents that differ in everything that may differ.
fn variations() -> Vec<ReferralContent> {
    let changed = |change: &dyn Fn(&mut ReferralContent)| {
        let mut content = booked();
        change(&mut content);
        content
    };
    let mut all = vec![
        content(),
        booked(),
        changed(&|c| c.encounter.patient.nhs_number = None),
        changed(&|c| c.encounter.patient = with_third_parties(c.encounter.patient.clone())),
        changed(&|c| c.encounter.patient.gp_practice = Some(OdsCode::new("A83046").expect("a code"))),
        changed(&|c| c.encounter.patient.current_postcode = Postcode::new("ND1 2AB").expect("a postcode")),
        changed(&|c| c.encounter.patient.address.lines = vec![personal(""), personal("Flat 1"), personal("2 <Road>")]),
        changed(&|c| c.encounter.patient.address.town = personal(" ")),
        changed(&|c| c.encounter.patient.name.given = personal("")),
        changed(&|c| (c.author.sds_user_id, c.author.sds_role_profile_id) = (None, None)),
        changed(&|c| c.author.sds_role_profile_id = None),
        changed(&|c| c.encounter.responses.answers = Vec::new()),
        changed(&|c| c.encounter.responses.advice = personal(" ")),
        changed(&|c| c.encounter.responses.summary = personal("a\u{0}b\u{b}\r\nc\td\u{fffe}\u{1f600}]]><!-- & \"'")),
        changed(&|c| c.encounter.ended = Some(c.made + TimeDelta::minutes(4))),
        changed(&|c| c.made = c.encounter.started - TimeDelta::minutes(4)),
        changed(&|c| c.made += TimeDelta::days(240)),
        changed(&|c| c.outcome.reason = personal("")),
        changed(&|c| c.booking.iter_mut().for_each(|booking| booking.first_offered = false)),
        changed(&|c| c.booking.iter_mut().for_each(|booking| booking.slot.place = None)),
        changed(&|c| c.service.name = "Tom & Jerry's <Centre>\n".to_owned()),
    ];
    all.extend(
        [Gender::Female, Gender::Male, Gender::Other, Gender::Unknown]
            .map(|gender| changed(&move |c| c.encounter.patient.gender = gender)),
    );
    all.extend(Consent::ALL.map(|consent| changed(&move |c| c.encounter.responses.consent = Some(consent))));
    all.extend(Role::ALL.map(|role| changed(&move |c| c.author.role = role)));
    all
}

/// Every document of the variations, in both forms, also with every setting set.
fn documents() -> Vec<String> {
    let roles = Role::ALL.map(|role| (role, JobRole { code: "R0600".to_owned(), name: "A & B".to_owned() }));
    let full = ItkSettings {
        call_back: Some("0300 111 2222".to_owned()),
        nhs_numbers_traced: true,
        job_roles: roles.into_iter().collect(),
        ..ItkSettings::default()
    };
    let strict_and_full = ItkSettings { strict_v2: vec!["111001".to_owned()], ..full.clone() };
    let desks = [plain(), strict(), desk(full), desk(strict_and_full)];
    desks.iter().flat_map(|desk| variations().into_iter().map(|content| written(desk, &content))).collect()
}

#[test]
fn bk_6_every_document_fits_the_published_schema() {
    fit(&documents(), SCHEMA);
}

#[test]
fn bk_6_every_document_of_both_forms_is_held_to_the_rules_that_no_schema_says() {
    let documents = documents();
    let looked_at = held_to_the_rules(&documents);
    assert_eq!(looked_at["documents"], documents.len(), "every one: {looked_at}");
}

#[test]
fn bk_6_every_document_is_built_as_the_published_example_where_that_has_the_same() {
    let Some(example) = standard().map(|folder| folder.join("referral").join("example.xml")).filter(|at| at.is_file())
    else {
        skipped("the published example is not on this machine (BOOKING_STANDARD)");
        return;
    };
    let scratch = tempfile::tempdir().expect("a folder");
    for (number, text) in documents().iter().enumerate() {
        std::fs::write(scratch.path().join(format!("{number}.xml")), text).expect("written");
    }
    let told = rules("likeness.py", &[example.as_os_str(), scratch.path().as_os_str()]);
    assert_eq!(told, Ok(String::new()), "order of elements, attributes, templates");
}

#[test]
fn bk_6_the_job_roles_are_those_of_the_national_list() {
    let file = standard().map(|folder| folder.join("profiles/CodeSystem-CareConnect-SDSJobRoleName-1.json"));
    let Some(list) = file.and_then(|file| std::fs::read_to_string(file).ok()) else {
        skipped("the list of job roles is not on this machine (BOOKING_STANDARD)");
        return;
    };
    let list: serde_json::Value = serde_json::from_str(&list).expect("JSON");
    let listed = list["concept"].as_array().expect("concepts");
    for role in Role::ALL {
        let mut content = booked();
        content.author.role = role;
        let text = written(&plain(), &content);
        let document = Document::parse(&text).expect("well-formed");
        let [code, words] = attributes(Read(&document).one(&format!("{AUTHOR}/code")), ["code", "displayName"]);
        assert!(listed.iter().any(|one| one["code"] == code && one["display"] == words), "{role:?}: {code} {words}");
    }
}

#[test]
fn bk_6_the_page_tells_what_the_document_tells_and_runs_and_fetches_nothing() {
    for (desk, title) in [(plain(), "Integrated Urgent Care Report"), (strict(), "NHS 111 Report")] {
        for content in variations() {
            let page = desk.nhs.referrals.page(&content, Some(&endpoint(RECEIVER))).expect("nothing is missing");
            let markup = page.strip_prefix("<!DOCTYPE html>\n").expect("HTML");
            let page = Document::parse(markup).expect("well-formed");
            let text = written(&desk, &content);
            let document = Document::parse(&text).expect("well-formed");
            let said = |document: &Document<'_>, name: &str| -> Vec<String> {
                elements(document).filter(|node| node.tag_name().name() == name).map(|node| told(&node)).collect()
            };
            let headings = Read(&document).texts(&format!("{BODY}/component/section/title"));
            let told = said(&page, "h2");
            let (first, last) = (told.first().map(String::as_str), told.last().map(String::as_str));
            assert_eq!((first, last), (Some("Patient"), Some("Who sends this")), "who it is, and who sends it");
            assert_eq!(told[1..told.len() - 1], headings, "the same sections between");
            let cells = said(&page, "td");
            for cell in Read(&document).texts(&format!("{BODY}/component/section/text/table/tbody/tr/td")) {
                assert!(cells.contains(&cell), "{cell:?} is told: {cells:?}");
            }
            let paragraphs = said(&page, "p");
            for paragraph in Read(&document).texts(&format!("{BODY}/component/section/text/content")) {
                assert!(paragraphs.contains(&paragraph), "{paragraph:?} is told: {paragraphs:?}");
            }
            assert_eq!(said(&page, "title"), [title], "and nothing of the patient in the title");
            let patient = &content.encounter.patient;
            let number = patient.nhs_number.as_ref().map(|number| format!("{} (not traced)", number.grouped()));
            for told in [patient.name.displayed(), "12-Nov-1974".to_owned()].into_iter().chain(number) {
                assert!(cells.contains(&told), "{told:?}: {cells:?}");
            }
            let active = ["script", "img", "link", "iframe", "object", "form", "base"];
            for node in elements(&page) {
                assert!(!active.contains(&node.tag_name().name()), "{}", node.tag_name().name());
                let mut names = node.attributes().map(|one| one.name().to_owned());
                assert!(names.all(|name| !name.starts_with("on") && name != "src"), "{}", node.tag_name().name());
                let booking = content.booking.as_ref().map(|booking| booking.url.as_str());
                assert!(node.attribute("href").is_none_or(|href| Some(href) == booking), "the booking's URL alone");
            }
        }
    }
    let mut lacking = booked();
    lacking.encounter.responses.summary = personal("");
    let refused = plain().nhs.referrals.page(&lacking, None);
    assert_eq!(refused, Err(IncompleteReferral(vec![ReferralGap::ClinicalSummary])), "nothing half-done leaves");
}

#[test]
fn bk_6_the_validator_refuses_what_the_schema_forbids() {
    let right = written(&plain(), &booked());
    let table = [
        ("0A709A44-23CF", "0a709a44-23cf", "an id in lower case"),
        ("<setId ", "<set ", "an element that nobody knows"),
        ("moodCode=\"APT\"", "moodCode=\"XXX\"", "a code that is none"),
        ("<linkHtml href", "<a href", "another language's link"),
    ];
    for (from, to, what) in table {
        let wrong =
            right.replace(from, to).replace("</linkHtml>", if to == "<a href" { "</a>" } else { "</linkHtml>" });
        assert_ne!(wrong, right, "{what}");
        assert!(validated(&[right.clone(), wrong], SCHEMA).is_none_or(|told| told.is_err()), "{what}");
    }
}

const HL7: &str = "urn:hl7-org:v3";
const NPFIT: &str = "NPFIT:HL7:Localisation";

/// A read document, to be asked by paths of local names.
struct Read<'a>(&'a Document<'a>);

impl<'a> Read<'a> {
    /// Every element along a path from the root.
    fn all(&self, path: &str) -> Vec<Node<'a, 'a>> {
        let mut reached = vec![self.0.root_element()];
        for name in path.split('/') {
            reached = reached.iter().flat_map(Node::children).filter(|node| node.tag_name().name() == name).collect();
        }
        reached
    }

    fn one(&self, path: &str) -> Node<'a, 'a> {
        match self.all(path).as_slice() {
            [one] => *one,
            several => panic!("{path}: {} of them", several.len()),
        }
    }

    fn value(&self, path: &str, attribute: &str) -> &'a str {
        self.one(path).attribute(attribute).unwrap_or_default()
    }

    fn texts(&self, path: &str) -> Vec<String> {
        self.all(path).iter().map(told).collect()
    }
}

/// Attributes of an element, in this order; empty where there is none.
fn attributes<'a, const N: usize>(node: Node<'a, 'a>, names: [&str; N]) -> [&'a str; N] {
    names.map(|name| node.attribute(name).unwrap_or_default())
}

/// What an element says, with the breaks of its lines.
fn told(node: &Node<'_, '_>) -> String {
    let pieces = node.descendants().map(|inner| match inner.tag_name().name() {
        "br" => "\n",
        _ => inner.text().filter(|_| inner.is_text()).unwrap_or_default(),
    });
    pieces.collect()
}

fn elements<'a>(document: &'a Document<'a>) -> impl Iterator<Item = Node<'a, 'a>> {
    document.descendants().filter(Node::is_element)
}

const PATIENT: &str = "recordTarget/patientRole";
const AUTHOR: &str = "author/assignedAuthor";
const ENCOUNTER: &str = "componentOf/encompassingEncounter";
const BODY: &str = "component/structuredBody/component/section";

#[test]
fn bk_6_both_forms_say_what_they_are_and_bear_the_ids_that_they_were_given() {
    let table = [
        (plain(), "1066271000000101", "Integrated Urgent Care Report"),
        (strict(), "819551000000100", "NHS 111 Report"),
    ];
    for (desk, code, title) in table {
        let text = written(&desk, &booked());
        let document = Document::parse(&text).expect("well-formed");
        let read = Read(&document);
        let root = document.root_element();
        assert_eq!((root.tag_name().name(), root.tag_name().namespace()), ("ClinicalDocument", Some(HL7)), "{title}");
        assert_eq!(attributes(root, ["classCode", "moodCode"]), ["DOCCLIN", "EVN"], "{title}");
        assert_eq!(attributes(read.one("code"), ["code", "codeSystem"]), [code, "2.16.840.1.113883.2.1.3.2.4.15"]);
        assert_eq!(read.texts("title"), [title], "the title is the form's");
        assert_eq!(read.one("title").attributes().count(), 0, "the title has no media type");
        let message = ["2.16.840.1.113883.2.1.3.2.4.18.17", "POCD_MT200001GB02"];
        assert_eq!(attributes(read.one("messageType"), ["root", "extension"]), message, "{title}");
        assert_eq!(read.value("id", "root"), "0A709A44-23CF-4476-E837-7376500E829C", "upper case");
        assert_eq!(read.value("setId", "root"), "411910CF-1A76-4330-98FE-C345DDEE5553", "upper case");
        assert_eq!(read.value("versionNumber", "value"), "1", "never a second version");
        assert_eq!(read.all("relatedDocument").len(), 0, "and none is replaced");
        let confidentiality = attributes(read.one("confidentialityCode"), ["code", "codeSystem", "displayName"]);
        assert_eq!(confidentiality, ["N", "2.16.840.1.113883.1.11.16926", "normal"], "{title}");
    }
}

#[test]
fn bk_6_the_patient_is_who_the_desk_took_down() {
    let text = written(&plain(), &booked());
    let document = Document::parse(&text).expect("well-formed");
    let read = Read(&document);
    let id = attributes(read.one(&format!("{PATIENT}/id")), ["root", "extension"]);
    assert_eq!(id, ["2.16.840.1.113883.2.1.3.2.4.18.23", "9434765919"], "typed at the desk and not traced");
    assert_eq!(read.value(&format!("{PATIENT}/patient/birthTime"), "value"), "19741112", "born");
    for (part, value) in [("prefix", "Mr"), ("given", "John"), ("family", "Smith")] {
        assert_eq!(read.texts(&format!("{PATIENT}/patient/name/{part}")), [value], "{part}");
    }
    let lines = ["streetAddressLine", "city", "postalCode"].map(|part| read.texts(&format!("{PATIENT}/addr/{part}")));
    assert_eq!(lines.concat(), ["1 Example Road", "Northdale", "ZZ99 3CZ"], "address");
    let telecom = attributes(read.one(&format!("{PATIENT}/telecom")), ["use", "value"]);
    assert_eq!(telecom, ["EC", "tel:07700900123"], "the number to try first");

    let traced = desk(ItkSettings { nhs_numbers_traced: true, ..ItkSettings::default() });
    let text = written(&traced, &booked());
    let document = Document::parse(&text).expect("well-formed");
    let id = attributes(Read(&document).one(&format!("{PATIENT}/id")), ["root", "extension"]);
    assert_eq!(id, ["2.16.840.1.113883.2.1.4.1", "9434765919"], "where the desk's numbers were traced");

    let mut unknown = booked();
    unknown.encounter.patient.nhs_number = None;
    let text = written(&traced, &unknown);
    let document = Document::parse(&text).expect("well-formed");
    let id = attributes(Read(&document).one(&format!("{PATIENT}/id")), ["root", "assigningAuthorityName"]);
    assert_eq!(id, ["2.16.840.1.113883.2.1.3.2.4.18.24", "Northdale NHS 111"], "a local id says who gave it");
}

#[test]
fn bk_6_the_gender_is_of_the_nhss_own_vocabulary() {
    let table = [(Gender::Unknown, "0"), (Gender::Male, "1"), (Gender::Female, "2"), (Gender::Other, "9")];
    for (gender, code) in table {
        let mut content = booked();
        content.encounter.patient.gender = gender;
        let text = written(&plain(), &content);
        let document = Document::parse(&text).expect("well-formed");
        let told = Read(&document).one(&format!("{PATIENT}/patient/administrativeGenderCode"));
        let expected = [code, "2.16.840.1.113883.2.1.3.2.4.16.25"];
        assert_eq!(attributes(told, ["code", "codeSystem"]), expected, "{gender:?}");
    }
}

#[test]
fn bk_6_the_author_is_the_person_signed_in_and_the_recipient_the_services_organisation() {
    let text = written(&plain(), &booked());
    let document = Document::parse(&text).expect("well-formed");
    let read = Read(&document);
    let ids: Vec<_> =
        read.all(&format!("{AUTHOR}/id")).into_iter().map(|id| attributes(id, ["root", "extension"])).collect();
    let sds = [["1.2.826.0.1285.0.2.0.65", "100000000001"], ["1.2.826.0.1285.0.2.0.67", "100000000002"]];
    assert_eq!(ids, sds, "known to the Spine");
    let role = attributes(read.one(&format!("{AUTHOR}/code")), ["code", "codeSystem", "displayName"]);
    assert_eq!(role, ["R1690", "2.16.840.1.113883.2.1.3.2.4.17.196", "Call Operator"], "job role");
    assert_eq!(read.texts(&format!("{AUTHOR}/assignedPerson/name/family")), ["Example"], "name");
    let ours = ["2.16.840.1.113883.2.1.3.2.4.19.1", "NDA01"];
    for organisation in [
        "author/assignedAuthor/representedOrganization",
        "custodian/assignedCustodian/representedCustodianOrganization",
    ] {
        assert_eq!(attributes(read.one(&format!("{organisation}/id")), ["root", "extension"]), ours, "{organisation}");
        assert_eq!(read.texts(&format!("{organisation}/name")), ["Northdale NHS 111"], "{organisation}");
    }
    assert_eq!(read.value("informationRecipient", "typeCode"), "PRCP", "to act on");
    let theirs = read.one("informationRecipient/intendedRecipient/receivedOrganization/id");
    assert_eq!(attributes(theirs, ["root", "extension"]), ["2.16.840.1.113883.2.1.3.2.4.19.1", "NDU01"], "service");

    let mut stranger = booked();
    stranger.author.sds_user_id = None;
    let text = written(&plain(), &stranger);
    let document = Document::parse(&text).expect("well-formed");
    let id = attributes(Read(&document).one(&format!("{AUTHOR}/id")), ["root", "assigningAuthorityName"]);
    assert_eq!(id, ["2.16.840.1.113883.2.1.3.2.4.18.24", "Northdale NHS 111"], "a local id says who gave it");
}

#[test]
fn bk_5_those_by_whom_the_patient_is_reached_are_informants_each_once() {
    let mut content = booked();
    content.encounter.patient = with_third_parties(content.encounter.patient);
    for (desk, version) in [(plain(), "COCD_TP145007UK05"), (strict(), "COCD_TP145007UK03")] {
        let text = written(&desk, &content);
        let document = Document::parse(&text).expect("well-formed");
        let read = Read(&document);
        let related = read.all("informant/relatedEntity");
        let codes: Vec<_> =
            read.all("informant/relatedEntity/code").iter().filter_map(|code| code.attribute("code")).collect();
        assert_eq!(codes, ["03", "02", "20", "04", "98", "98"], "relations, in the order of the contacts");
        let first: Vec<_> = related[0].children().filter(|node| node.tag_name().name() == "telecom").collect();
        let first: Vec<_> = first.into_iter().map(|telecom| attributes(telecom, ["use", "value"])).collect();
        let expected = [["EC", "tel:07700900124"], ["H", "mailto:ann%20smith@example.org"]];
        assert_eq!(first, expected, "both ways to reach one person, the first marked as such");
        let own: Vec<_> =
            read.all(&format!("{PATIENT}/telecom")).into_iter().map(|t| attributes(t, ["use", "value"])).collect();
        assert_eq!(own, [["H", "tel:01134960000ext12"], ["H", "mailto:j@example.org"]], "the patient's own");
        assert_eq!(read.texts("informant/relatedEntity/relatedPerson/name").len(), 5, "one gave no name");
        let templates = elements(&document).filter_map(|node| node.attribute("extension"));
        let templates: HashSet<_> = templates.filter(|text| text.starts_with("COCD_TP145007")).collect();
        let expected: HashSet<_> =
            ["RelatedEntity", "relationshipHolder"].map(|class| format!("{version}#{class}")).into();
        assert_eq!(templates, expected.iter().map(String::as_str).collect(), "templates of the form");
    }
}

#[test]
fn bk_6_consent_and_the_encounter_are_told_as_the_guidance_asks() {
    let text = written(&plain(), &booked());
    let document = Document::parse(&text).expect("well-formed");
    let read = Read(&document);
    let consent = attributes(read.one("authorization/consent/code"), ["code", "codeSystem"]);
    assert_eq!(consent, ["425691002", "2.16.840.1.113883.2.1.3.2.4.15"], "consent");
    assert_eq!(read.value("authorization/consent/statusCode", "code"), "completed", "given");
    let ids: Vec<_> =
        read.all(&format!("{ENCOUNTER}/id")).into_iter().map(|id| attributes(id, ["root", "extension"])).collect();
    let expected = [
        ["2.16.840.1.113883.2.1.3.2.4.18.49", "00000000-0000-0000-0000-00000000000B"],
        ["2.16.840.1.113883.2.1.3.2.4.18.34", "0000-0000"],
    ];
    assert_eq!(ids, expected, "the journey first, then the case as the directory knows it");
    let code = attributes(read.one(&format!("{ENCOUNTER}/code")), ["code", "codeSystem"]);
    assert_eq!(code, ["NHS111Encounter", "2.16.840.1.113883.2.1.3.2.4.17.326"], "kind");
    let times = ["low", "high"].map(|end| read.value(&format!("{ENCOUNTER}/effectiveTime/{end}"), "value"));
    assert_eq!(times, ["20261120114800+0000", "20261120120000+0000"], "from and until");
    let outcome = attributes(read.one(&format!("{ENCOUNTER}/dischargeDispositionCode")), ["code", "codeSystem"]);
    assert_eq!(outcome, ["Dx06", "2.16.840.1.113883.2.1.3.2.4.17.325"], "outcome");
    let facility = format!("{ENCOUNTER}/location/healthCareFacility");
    assert_eq!(read.value(&format!("{facility}/id"), "nullFlavor"), "NA", "no facility");
    assert_eq!(read.texts(&format!("{facility}/location/addr/postalCode")), ["ZZ99 3CZ"], "where the patient is");
}

#[test]
fn bk_6_a_booking_stands_as_an_entry_and_as_a_link_with_one_url() {
    let mut chosen = booked();
    chosen.booking.iter_mut().for_each(|booking| booking.first_offered = false);
    let appointment = |read: &Read<'_>| {
        let sections = read.all(&format!("{BODY}/component/section"));
        let of_booking = |node: &&Node<'_, '_>| node.descendants().any(|inner| inner.tag_name().name() == "linkHtml");
        let found: Vec<_> = sections.iter().filter(of_booking).map(|node| node.id()).collect();
        assert_eq!(found.len(), 1, "one section links to the booking");
        found[0]
    };
    for (content, chosen) in [(booked(), false), (chosen, true)] {
        let text = written(&plain(), &content);
        let document = Document::parse(&text).expect("well-formed");
        let read = Read(&document);
        let entry = format!("{BODY}/entry/encounter");
        assert_eq!(attributes(read.one(&entry), ["classCode", "moodCode"]), ["ENC", "APT"], "an appointment");
        let id = attributes(read.one(&format!("{entry}/id")), ["root", "extension"]);
        assert_eq!(id, ["2.16.840.1.113883.2.1.3.2.4.17.541", BOOKING], "the booking's URL");
        assert_eq!(read.all(&format!("{entry}/code")).len(), usize::from(chosen), "a code where it was not the first");
        assert_eq!(read.value(&format!("{entry}/effectiveTime"), "value"), "20261120130000+0000", "start");
        assert_eq!(read.value(&format!("{entry}/participant"), "typeCode"), "LOC", "the place");
        let place = format!("{entry}/participant/participantRole");
        assert_eq!(read.value(&format!("{place}/id"), "extension"), "NDU01", "its organisation");
        assert_eq!(
            read.texts(&format!("{place}/playingEntity/name")),
            ["Northdale Urgent Treatment Centre"],
            "its name"
        );
        let section = document.get_node(appointment(&read)).expect("the section");
        let text = section.children().find(|node| node.tag_name().name() == "text").expect("a text");
        let names: Vec<_> = text.children().map(|node| node.tag_name().name()).collect();
        assert_eq!(names, ["content", "br", "linkHtml"], "receivers read the first content");
        assert_eq!(text.last_child().and_then(|link| link.attribute("href")), Some(BOOKING), "the same URL");
        let code =
            section.children().find(|node| node.tag_name().name() == "code").and_then(|code| code.attribute("code"));
        assert_eq!(code, Some("749001000000101"), "coded as an appointment");
    }
    let text = written(&strict(), &booked());
    let document = Document::parse(&text).expect("well-formed");
    let read = Read(&document);
    assert_eq!(read.all(&format!("{BODY}/entry")).len(), 0, "version 2 has no such entry");
    assert!(!text.contains("COCD_TP146093"), "nor its template");
    assert!(!text.contains("749001000000101"), "nor the section's code");
    let section = document.get_node(appointment(&read)).expect("the section");
    let link = section.descendants().find(|node| node.tag_name().name() == "linkHtml");
    assert_eq!(link.and_then(|link| link.attribute("href")), Some(BOOKING), "the section alone");
    let text = written(&plain(), &content());
    assert!(!text.contains("linkHtml") && !text.contains("APT"), "without a booking neither");
}

#[test]
fn bk_6_the_call_back_number_goes_only_into_the_form_that_has_a_place_for_it() {
    let itk = ItkSettings { call_back: Some("0300 111 2222".to_owned()), ..ItkSettings::default() };
    let text = written(&desk(itk.clone()), &booked());
    let document = Document::parse(&text).expect("well-formed");
    let read = Read(&document);
    assert_eq!(read.value("participant", "typeCode"), "CALLBCK", "call-back");
    assert_eq!(read.value("participant/associatedEntity/telecom", "value"), "tel:03001112222", "number");
    let strict = desk(ItkSettings { strict_v2: vec!["111001".to_owned()], ..itk });
    let text = written(&strict, &booked());
    assert!(text.contains("NHS 111 Report") && !text.contains("CALLBCK"), "by the service's id, and without");
}

#[test]
fn bk_6_the_report_is_sent_as_it_is_previewed() {
    let content = booked();
    let booking = content.booking.as_ref().map(|booking| BookedSlot { url: &booking.url, slot: &booking.slot });
    let preview = Report::of(&content.encounter, &content.outcome, &content.service, booking);
    for desk in [plain(), strict()] {
        let text = written(&desk, &content);
        let document = Document::parse(&text).expect("well-formed");
        let read = Read(&document);
        let headings: Vec<_> = preview.sections.iter().map(|section| section.heading.clone()).collect();
        assert_eq!(read.texts(&format!("{BODY}/component/section/title")), headings, "sections and their order");
        let cells = read.texts(&format!("{BODY}/component/section/text/table/tbody/tr/td"));
        assert!(
            cells.ends_with(&["Breathless?", "No", "Rash?", "None seen"].map(str::to_owned)),
            "answers last: {cells:?}"
        );
        assert!(cells.contains(&"Within 6 hours".to_owned()), "the timeframe in words: {cells:?}");
        let said = read.texts(&format!("{BODY}/component/section/text/content"));
        assert_eq!(said[1], "Sore throat & fever <39\nsince Monday", "line breaks count");
    }
    let text = written(&plain(), &content);
    let document = Document::parse(&text).expect("well-formed");
    let codes: Vec<_> = Read(&document)
        .all(&format!("{BODY}/component/section/code"))
        .into_iter()
        .filter_map(|code| code.attribute("code"))
        .collect();
    let expected = [
        "913341000000104",
        "749001000000101",
        "886891000000102",
        "887181000000106",
        "1052951000000105",
        "887031000000108",
        "4281000179108",
    ];
    assert_eq!(codes, expected, "as SNOMED calls them");
}

/// Object identifiers that a document may hold, by the last part of the national ones.
fn known(oid: &str) -> bool {
    let national = oid.strip_prefix("2.16.840.1.113883.2.1.3.2.4.");
    let others = ["2.16.840.1.113883.1.3", "2.16.840.1.113883.1.11.16926", "2.16.840.1.113883.2.1.4.1"];
    let known = [
        "15", "16.25", "16.45", "17.178", "17.196", "17.266", "17.289", "17.325", "17.326", "17.541", "17.542", "18.2",
        "18.16", "18.17", "18.23", "18.24", "18.34", "18.49", "19.1",
    ];
    national.is_some_and(|last| known.contains(&last))
        || others.contains(&oid)
        || ["1.2.826.0.1285.0.2.0.65", "1.2.826.0.1285.0.2.0.67"].contains(&oid)
}

#[test]
fn bk_6_no_document_breaks_a_rule_that_no_schema_holds() {
    let uuid = |text: &str| text.len() == 36 && Uuid::try_parse(text).is_ok();
    for text in documents() {
        let document = Document::parse(&text).expect("well-formed");
        let read = Read(&document);
        let mut ids = HashSet::new();
        for node in elements(&document) {
            let (name, inner): (_, Vec<_>) =
                (node.tag_name().name(), node.children().filter(Node::is_element).collect());
            // Templates come first, but for an inner relationship's, whose template precedes what it contains.
            let at = |wanted: &str| inner.iter().position(|child| child.tag_name().name() == wanted);
            assert!(at("templateId").is_none_or(|at| at == 0), "{name}: its templateId is the first in it");
            let after = usize::from(at("templateId").is_some());
            assert!(at("contentId").is_none_or(|at| at == after), "{name}: its contentId comes before the rest");
            for content in inner.iter().filter(|child| child.tag_name().name() == "contentId") {
                assert_eq!(content.tag_name().namespace(), Some(NPFIT), "{name}");
                // What a contentId announces is what comes.
                let announced = content.attribute("extension");
                let mut marks = inner.iter().filter_map(|child| child.first_element_child());
                assert!(marks.any(|mark| mark.attribute("extension") == announced), "{name}: {announced:?}");
            }
            for attribute in ["root", "codeSystem"] {
                let Some(value) = node.attribute(attribute) else { continue };
                assert!(known(value) || uuid(value), "{name}: {value}");
                assert!(!value.bytes().any(|byte| byte.is_ascii_lowercase()), "{name}: {value} in upper case");
                if uuid(value) {
                    assert!(ids.insert(value), "{name}: {value} stands for two things");
                }
            }
            let times = ["effectiveTime", "time", "low", "high"];
            let value = node.attribute("value").filter(|_| times.contains(&name));
            let whole = |value: &str| value.len() == 19 && ["+0000", "+0100"].contains(&&value[14..]);
            assert!(value.is_none_or(whole), "{name}: {value:?} with its zone");
        }
        assert_eq!(read.all("relatedDocument").len(), 0, "nothing is replaced");
        assert_eq!(read.all("authorization").len(), 1, "consent");
        let (low, high) = ("effectiveTime/low", "effectiveTime/high");
        let [low, high] = [low, high].map(|end| read.value(&format!("{ENCOUNTER}/{end}"), "value"));
        assert!(low <= high, "{low} to {high}");
        assert!(text.bytes().all(|byte| byte >= b' ' || byte == b'\n' || byte == b'\t'), "no control characters");
    }
}

#[test]
fn bk_6_the_same_content_gives_the_same_document_and_another_document_other_ids() {
    let (first, again) = (written(&plain(), &booked()), written(&plain(), &booked()));
    assert_eq!(first, again, "to the letter");
    let other =
        ReferralContent { document: DocumentId(Uuid::from_u128(99)), set: DocumentId(Uuid::from_u128(98)), ..booked() };
    let ids = |text: &str| -> HashSet<String> {
        let document = Document::parse(text).expect("well-formed");
        let ids = elements(&document).filter_map(|node| node.attribute("root")).filter(|root| root.len() == 36);
        ids.map(str::to_owned).collect()
    };
    let (ours, theirs) = (ids(&first), ids(&written(&plain(), &other)));
    assert!(ours.len() > 5 && ours.is_disjoint(&theirs), "no id of one stands in the other");
}

#[test]
fn bk_6_each_thing_that_is_missing_is_named_and_nothing_is_written() {
    use ReferralGap as G;
    type Change = fn(&mut ReferralContent);
    let url = |content: &mut ReferralContent, url: &str| {
        content.booking.iter_mut().for_each(|booking| booking.url = url.to_owned());
    };
    let table: [(Change, G); 9] = [
        (|c| c.encounter.responses.presenting_complaint = personal(" \n"), G::PresentingComplaint),
        (|c| c.encounter.responses.summary = personal(""), G::ClinicalSummary),
        (|c| c.encounter.responses.consent = None, G::Consent),
        (
            |c| (c.encounter.patient.name.given, c.encounter.patient.name.family) = (personal(""), personal(" ")),
            G::PatientName,
        ),
        (|c| (c.author.name.given, c.author.name.family) = (personal(""), personal("")), G::AuthorName),
        (|c| c.outcome.disposition.code = DispositionCode::new("LOCAL1").expect("a code"), G::OutcomeCode),
        (|c| c.outcome.disposition.code = DispositionCode::new("Dx").expect("a code"), G::OutcomeCode),
        (|c| c.service.ods_code = None, G::Organisation),
        (|c| c.service.name = " ".to_owned(), G::Organisation),
    ];
    for (change, gap) in table {
        let mut content = booked();
        change(&mut content);
        assert_eq!(gaps(&content), [gap], "{gap}");
    }
    for (bad, gap) in [
        ("Appointment/77", G::BookingAddress),
        ("http://provider.example/Appointment/77", G::BookingNotEncrypted),
        ("https://provider.example/Appointment/77/_history/2", G::BookingVersion),
    ] {
        let mut content = booked();
        url(&mut content, bad);
        assert_eq!(gaps(&content), [gap], "{bad}");
    }
    let nhs = plain().nhs;
    for (address, interaction, gap) in [
        ("http://receiver.example/itk", "urn:x", G::Address),
        ("receiver.example", "urn:x", G::Address),
        ("", "urn:x", G::Address),
        (RECEIVER, " ", G::Interaction),
    ] {
        let mut to = endpoint(address);
        to.interaction = interaction.to_owned();
        assert_eq!(
            nhs.referrals.document(&booked(), Some(&to)),
            Err(IncompleteReferral(vec![gap])),
            "{address} {interaction}"
        );
    }
    let mut nothing = booked();
    nothing.encounter.responses = Default::default();
    let all = gaps(&nothing);
    assert_eq!(all, [G::PresentingComplaint, G::ClinicalSummary, G::Consent], "all at once");
    let told = IncompleteReferral(all).to_string();
    assert!(told.contains("the consent to sharing is not recorded") && !told.contains("Smith"), "in words: {told}");
}

#[test]
fn bk_6_a_long_summary_arrives_whole() {
    let long = "Grüße — 2 < 3 & \"so on\"\nnext line\t".repeat(3_000);
    assert!(long.len() > 100_000, "{}", long.len());
    let mut content = booked();
    content.encounter.responses.summary = personal(&long);
    let text = written(&plain(), &content);
    let document = Document::parse(&text).expect("well-formed");
    assert_eq!(Read(&document).texts(&format!("{BODY}/component/section/text/content"))[2], long, "to the letter");
    fit(&[text], SCHEMA);
}

/// A text as it should arrive: line ends made one, and what XML cannot hold shown as such.
fn arrived(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let illegal = |c: char| (c < ' ' && c != '\n' && c != '\t') || c == '\u{fffe}' || c == '\u{ffff}';
    text.chars().map(|c| if illegal(c) { '\u{fffd}' } else { c }).collect()
}

prop_compose! {
    fn any_content()(
        complaint in any::<String>(), summary in any::<String>(), advice in any::<String>(),
        answers in proptest::collection::vec((any::<String>(), any::<String>()), 0..4),
        names in any::<[String; 3]>(), reason in any::<String>(), phone in "\\PC{1,20}", service in any::<String>(),
        place in proptest::option::of(any::<String>()), lines in proptest::collection::vec(any::<String>(), 0..3),
    ) -> ReferralContent {
        let mut content = booked();
        let whole = |text: &str| personal(&format!("{text}."));
        let responses = &mut content.encounter.responses;
        (responses.presenting_complaint, responses.summary, responses.advice) = (whole(&complaint), whole(&summary), whole(&advice));
        responses.answers = answers.iter()
            .map(|(question, answer)| AnsweredQuestion { question: personal(question), answer: personal(answer) }).collect();
        let patient = &mut content.encounter.patient;
        *patient = with_third_parties(patient.clone());
        patient.name.title = personal(&names[0]);
        patient.name.given = personal(&names[1]);
        patient.name.family = whole(&names[2]);
        patient.address.lines = lines.iter().map(|line| personal(line)).collect();
        let mut contacts: Vec<_> = patient.contacts.clone().into();
        contacts[0].value = personal(&phone);
        patient.contacts = contacts.try_into().expect("a number");
        content.outcome.reason = personal(&reason);
        content.service.name = format!("{service}.");
        if let Some(booking) = &mut content.booking {
            booking.slot.place = place.map(|address| desk_domain::slot::Place { name: None, address: Some(address) });
        }
        content
    }
}

proptest! {
    #![proptest_config(Config { cases: 120, failure_persistence: None, ..Config::default() })]
    #[test]
    fn bk_6_any_text_makes_a_document_that_reads_back_to_the_same_text(content in any_content(), strictly in any::<bool>()) {
        let text = written(&if strictly { strict() } else { plain() }, &content);
        let document = Document::parse(&text).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let read = Read(&document);
        let responses = &content.encounter.responses;
        let said = read.texts(&format!("{BODY}/component/section/text/content"));
        let texts = [&responses.presenting_complaint, &responses.summary, &responses.advice];
        // The booking's own text stands before them.
        prop_assert_eq!(&said[1..4], texts.map(|text| arrived(text.reveal())));
        let cells = read.texts(&format!("{BODY}/component/section/text/table/tbody/tr/td"));
        let answers = responses.answers.iter().flat_map(|one| [&one.question, &one.answer]);
        let answers: Vec<_> = answers.map(|text| arrived(text.reveal())).collect();
        prop_assert_eq!(&cells[cells.len() - answers.len()..], answers);
        let desk = if strictly { strict() } else { plain() };
        let page = desk.nhs.referrals.page(&content, Some(&endpoint(RECEIVER))).expect("nothing is missing");
        let page = Document::parse(page.trim_start_matches("<!DOCTYPE html>\n"));
        let page = page.map_err(|error| TestCaseError::fail(error.to_string()))?;
        let paragraphs: Vec<_> = elements(&page).filter(|node| node.tag_name().name() == "p").map(|node| told(&node)).collect();
        for text in texts {
            prop_assert!(paragraphs.contains(&arrived(text.reveal())), "the page tells it as well");
        }
        let family = content.encounter.patient.name.family.reveal();
        prop_assert_eq!(read.texts(&format!("{PATIENT}/patient/name/family")), [arrived(family.trim())]);
    }
}

#[test]
fn bk_6_any_text_makes_a_document_that_fits_the_schema() {
    let mut runner = TestRunner::new(Config::default());
    let desks = [plain(), strict()];
    let texts = (0..60).map(|number| {
        let content = any_content().new_tree(&mut runner).expect("a content").current();
        written(&desks[number % 2], &content)
    });
    fit(&texts.collect::<Vec<_>>(), SCHEMA);
}
