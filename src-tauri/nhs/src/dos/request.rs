//! Requests to the Directory of Services: elements in the order in which the directory's schema lists them. Nothing that
//! identifies the patient goes into them. What the directory would refuse is not sent.

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use desk_domain::calendar::local;
use desk_domain::failure::{DirectoryFailure, SearchField};
use desk_domain::id::DosServiceId;
use desk_domain::patient::{Age, Gender};
use desk_journeys::ports::ClinicalCase;
use quick_xml::Writer;
use quick_xml::events::BytesText;

use crate::dos::NAMESPACE;
use crate::settings::DosSettings;

const ENVELOPE: &str = "http://www.w3.org/2003/05/soap-envelope";

/// The directory reads every number as an `xs:int`.
const LARGEST_NUMBER: u32 = i32::MAX.unsigned_abs();

type Xml = Writer<Vec<u8>>;
type Written = std::io::Result<()>;

/// A CheckCapacitySummary request.
///
/// # Errors
/// [`DirectoryFailure::NotAsked`] with the field that the directory would not take.
pub(crate) fn check_capacity_summary(settings: &DosSettings, case: &ClinicalCase) -> Result<String, DirectoryFailure> {
    let (age, format) = age(case.age)?;
    let gender = match case.gender {
        Gender::Female => "F",
        Gender::Male => "M",
        Gender::Other | Gender::Unknown => "I",
    };
    let disposition = disposition_number(case.disposition.as_str())?;
    check(is_writable(&case.case_reference), SearchField::Request)?;
    check((1..=LARGEST_NUMBER).contains(&case.symptom_group), SearchField::SymptomGroup)?;
    let fits = case.symptom_discriminators.iter().all(|number| *number <= LARGEST_NUMBER);
    check(fits, SearchField::SymptomDiscriminators)?;
    check(case.search_distance_km.is_none_or(|distance| (1..=99).contains(&distance)), SearchField::Distance)?;
    let search_at = case.search_at.map(search_time).transpose()?;
    envelope(settings, "CheckCapacitySummary", |xml| {
        nested(xml, "web:c", |xml| {
            leaf(xml, "web:caseRef", &case.case_reference)?;
            leaf(xml, "web:caseId", &case.case_reference)?;
            leaf(xml, "web:postcode", case.postcode.as_str())?;
            leaf(xml, "web:surgery", case.gp_practice.as_ref().map_or("UNK", |code| code.as_str()))?;
            leaf(xml, "web:age", &age.to_string())?;
            leaf(xml, "web:ageFormat", format)?;
            leaf(xml, "web:disposition", &disposition.to_string())?;
            leaf(xml, "web:symptomGroup", &case.symptom_group.to_string())?;
            nested(xml, "web:symptomDiscriminatorList", |xml| {
                case.symptom_discriminators.iter().try_for_each(|number| leaf(xml, "web:int", &number.to_string()))
            })?;
            if let Some(distance) = case.search_distance_km {
                leaf(xml, "web:searchDistance", &distance.to_string())?;
            }
            leaf(xml, "web:forceSearchDistance", if case.search_distance_km.is_some() { "true" } else { "false" })?;
            leaf(xml, "web:gender", gender)?;
            search_at.as_ref().map_or(Ok(()), |at| leaf(xml, "web:searchDateTime", at))
        })
    })
}

/// A ServiceDetailsById request.
///
/// # Errors
/// [`DirectoryFailure::NotAsked`] where the account cannot be written down.
pub(crate) fn service_details(settings: &DosSettings, id: &DosServiceId) -> Result<String, DirectoryFailure> {
    envelope(settings, "ServiceDetailsById", |xml| leaf(xml, "web:serviceId", id.as_str()))
}

fn check(fits: bool, field: SearchField) -> Result<(), DirectoryFailure> {
    if fits { Ok(()) } else { Err(DirectoryFailure::NotAsked(field)) }
}

/// The age and its format, within the bounds that the directory sets for each.
fn age(age: Age) -> Result<(u32, &'static str), DirectoryFailure> {
    let (number, format, fits) = match age {
        Age::Days(days) => (days, "Days", days <= 31),
        Age::Months(months) => (months, "Months", (1..=23).contains(&months)),
        Age::Years(years) => (years, "Years", (2..=129).contains(&years)),
        Age::Group(group) => (u32::from(group.number()), "AgeGroup", true),
    };
    check(fits, SearchField::Age)?;
    Ok((number, format))
}

/// The directory numbers dispositions by the digits of their code, without leading zeros: `Dx06` is 6.
fn disposition_number(code: &str) -> Result<u32, DirectoryFailure> {
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    let number = digits.parse().ok().filter(|number| (1..=LARGEST_NUMBER).contains(number));
    number.ok_or(DirectoryFailure::NotAsked(SearchField::Disposition))
}

/// UK time with its offset, to the second: the same instant to a reader that minds the offset and to one that does not.
fn search_time(at: DateTime<Utc>) -> Result<String, DirectoryFailure> {
    let ahead = i32::try_from((local(at) - at.naive_utc()).num_seconds()).ok().and_then(FixedOffset::east_opt);
    let ahead = ahead.ok_or(DirectoryFailure::NotAsked(SearchField::Time))?;
    Ok(at.with_timezone(&ahead).to_rfc3339_opts(SecondsFormat::Secs, false))
}

/// Whether a text arrives as it was sent. XML has no way to write most control characters, and turns line ends into others.
fn is_writable(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'))
}

fn envelope(
    settings: &DosSettings,
    operation: &str,
    content: impl FnOnce(&mut Xml) -> Written,
) -> Result<String, DirectoryFailure> {
    check(is_writable(&settings.username) && is_writable(&settings.password), SearchField::Account)?;
    let mut xml = Writer::new(Vec::new());
    let written = xml
        .create_element("env:Envelope")
        .with_attributes([("xmlns:env", ENVELOPE), ("xmlns:web", NAMESPACE)])
        .write_inner_content(|xml| {
            nested(xml, "env:Header", |xml| leaf(xml, "web:serviceVersion", "1.5"))?;
            nested(xml, "env:Body", |xml| {
                nested(xml, &format!("web:{operation}"), |xml| {
                    nested(xml, "web:userInfo", |xml| {
                        leaf(xml, "web:username", &settings.username)?;
                        leaf(xml, "web:password", &settings.password)
                    })?;
                    content(xml)
                })
            })
        })
        .map(drop);
    let not_written = DirectoryFailure::NotAsked(SearchField::Request);
    match written {
        Ok(()) => String::from_utf8(xml.into_inner()).map_err(|_| not_written),
        Err(_) => Err(not_written),
    }
}

fn nested(xml: &mut Xml, name: &str, content: impl FnOnce(&mut Xml) -> Written) -> Written {
    xml.create_element(name).write_inner_content(content).map(drop)
}

fn leaf(xml: &mut Xml, name: &str, text: &str) -> Written {
    xml.create_element(name).write_text_content(BytesText::new(text)).map(drop)
}

#[cfg(test)]
mod tests {
    use desk_domain::id::{DispositionCode, OdsCode, Postcode};
    use desk_domain::patient::AgeGroup;
    use proptest::prelude::*;

    use super::*;
    use crate::xml::Element;

    fn settings(username: &str, password: &str) -> DosSettings {
        DosSettings {
            url: "http://127.0.0.1/".parse().expect("a URL"),
            username: username.to_owned(),
            password: password.to_owned(),
        }
    }

    fn case() -> ClinicalCase {
        ClinicalCase {
            case_reference: "AB12-CD34".to_owned(),
            postcode: Postcode::new("ND1 2AB").expect("a postcode"),
            gp_practice: None,
            age: Age::Months(14),
            gender: Gender::Unknown,
            disposition: DispositionCode::new("Dx06").expect("a code"),
            symptom_group: 1011,
            symptom_discriminators: vec![4003, 4023],
            search_distance_km: None,
            search_at: None,
        }
    }

    fn written(case: &ClinicalCase) -> Element {
        let text = check_capacity_summary(&settings("desk", "secret"), case).expect("written");
        Element::read(text.as_bytes()).expect("well-formed")
    }

    fn value(root: &Element, name: &str) -> Option<String> {
        root.find("c").expect("the case").text_of(name)
    }

    #[test]
    fn di_1_the_whole_clinical_case_stands_in_the_order_of_the_schema() {
        let least = [
            "caseRef",
            "caseId",
            "postcode",
            "surgery",
            "age",
            "ageFormat",
            "disposition",
            "symptomGroup",
            "symptomDiscriminatorList",
            "forceSearchDistance",
            "gender",
        ];
        let names = |root: &Element| -> Vec<String> {
            root.find("c").expect("the case").children.iter().map(|child| child.name.clone()).collect()
        };
        let root = written(&case());
        assert_eq!(names(&root), least, "a case without distance and time");
        let told = ["surgery", "age", "ageFormat", "disposition", "gender", "forceSearchDistance"];
        let told = told.map(|name| value(&root, name).unwrap_or_default());
        assert_eq!(told, ["UNK", "14", "Months", "6", "I", "false"], "values");

        let whole = written(&ClinicalCase {
            gp_practice: Some(OdsCode::new("a83046").expect("a code")),
            search_distance_km: Some(20),
            search_at: Some("2026-11-20T18:05:00.25Z".parse().expect("an instant")),
            ..case()
        });
        let mut expected = least.to_vec();
        expected.insert(9, "searchDistance");
        expected.push("searchDateTime");
        assert_eq!(names(&whole), expected, "the whole case");
        let told = ["surgery", "searchDistance", "forceSearchDistance", "searchDateTime"];
        let told = told.map(|name| value(&whole, name).unwrap_or_default());
        assert_eq!(told, ["A83046", "20", "true", "2026-11-20T18:05:00+00:00"], "values");
    }

    #[test]
    fn di_1_an_age_is_told_in_its_format_and_only_within_the_formats_bounds() {
        let group = |number| Age::Group(AgeGroup::new(number).expect("a group"));
        let table = [
            (Age::Days(0), Some(("0", "Days"))),
            (Age::Days(31), Some(("31", "Days"))),
            (Age::Days(32), None),
            (Age::Months(0), None),
            (Age::Months(1), Some(("1", "Months"))),
            (Age::Months(23), Some(("23", "Months"))),
            (Age::Months(24), None),
            (Age::Years(1), None),
            (Age::Years(2), Some(("2", "Years"))),
            (Age::Years(129), Some(("129", "Years"))),
            (Age::Years(130), None),
            (group(1), Some(("1", "AgeGroup"))),
            (group(4), Some(("4", "AgeGroup"))),
        ];
        for (age, expected) in table {
            let case = ClinicalCase { age, ..case() };
            let Some((number, format)) = expected else {
                let refused = check_capacity_summary(&settings("desk", "secret"), &case);
                assert_eq!(refused, Err(DirectoryFailure::NotAsked(SearchField::Age)), "{age:?}");
                continue;
            };
            let root = written(&case);
            let told = (value(&root, "age"), value(&root, "ageFormat"));
            assert_eq!(told, (Some(number.to_owned()), Some(format.to_owned())), "{age:?}");
        }
    }

    #[test]
    fn di_1_the_time_of_a_search_is_uk_time_with_its_offset() {
        let table = [
            ("2026-01-20T08:44:00Z", "2026-01-20T08:44:00+00:00"),
            ("2026-07-20T23:30:00Z", "2026-07-21T00:30:00+01:00"),
            ("2026-10-25T00:30:00Z", "2026-10-25T01:30:00+01:00"),
            ("2026-10-25T01:30:00Z", "2026-10-25T01:30:00+00:00"),
        ];
        for (at, expected) in table {
            let search_at = Some(at.parse().expect("an instant"));
            let root = written(&ClinicalCase { search_at, ..case() });
            assert_eq!(value(&root, "searchDateTime").as_deref(), Some(expected), "{at}");
        }
    }

    #[test]
    fn di_1_what_the_directory_would_refuse_is_not_sent() {
        let code = |text| DispositionCode::new(text).expect("a code");
        let table = [
            (ClinicalCase { disposition: code("LOCAL"), ..case() }, SearchField::Disposition),
            (ClinicalCase { disposition: code("Dx00"), ..case() }, SearchField::Disposition),
            (ClinicalCase { disposition: code("Dx9999999999"), ..case() }, SearchField::Disposition),
            (ClinicalCase { symptom_group: 0, ..case() }, SearchField::SymptomGroup),
            (ClinicalCase { symptom_group: u32::MAX, ..case() }, SearchField::SymptomGroup),
            (ClinicalCase { symptom_discriminators: vec![1, u32::MAX], ..case() }, SearchField::SymptomDiscriminators),
            (ClinicalCase { search_distance_km: Some(0), ..case() }, SearchField::Distance),
            (ClinicalCase { search_distance_km: Some(100), ..case() }, SearchField::Distance),
            (ClinicalCase { case_reference: "a\u{1}b".to_owned(), ..case() }, SearchField::Request),
        ];
        for (case, field) in table {
            let refused = check_capacity_summary(&settings("desk", "secret"), &case);
            assert_eq!(refused, Err(DirectoryFailure::NotAsked(field)), "{case:?}");
        }
        let id = DosServiceId::new("1001").expect("an id");
        for (username, password) in [("de\nsk", "secret"), ("desk", "sec\u{0}ret"), ("desk", "\u{ffff}")] {
            let refused = service_details(&settings(username, password), &id);
            assert_eq!(refused, Err(DirectoryFailure::NotAsked(SearchField::Account)), "{username:?} {password:?}");
        }
    }

    prop_compose! {
        fn any_case()(
            reference in "\\PC{0,20}",
            practice in proptest::option::of("[A-Z0-9]{1,12}"),
            (age, gender) in (0u32..4, 0u32..40, 0usize..4).prop_map(|(kind, number, gender)| {
                let age = match kind {
                    0 => Age::Days(number.min(31)),
                    1 => Age::Months(1 + number % 23),
                    2 => Age::Years(2 + number),
                    _ => Age::Group(AgeGroup::new(u8::try_from(1 + number % 4).expect("small")).expect("a group")),
                };
                (age, [Gender::Female, Gender::Male, Gender::Other, Gender::Unknown][gender])
            }),
            group in 1u32..100_000,
            discriminators in proptest::collection::vec(0u32..100_000, 0..6),
            distance in proptest::option::of(1u8..=99),
            seconds in proptest::option::of(1_767_225_600i64..1_861_833_600),
        ) -> ClinicalCase {
            ClinicalCase {
                case_reference: reference,
                gp_practice: practice.map(|code| OdsCode::new(&code).expect("a code")),
                age,
                gender,
                symptom_group: group,
                symptom_discriminators: discriminators,
                search_distance_km: distance,
                search_at: seconds.map(|seconds| DateTime::from_timestamp(seconds, 0).expect("in range")),
                ..case()
            }
        }
    }

    proptest! {
        #[test]
        fn di_1_any_allowed_case_and_account_make_a_well_formed_request_that_says_just_that(
            case in any_case(),
            username in "\\PC{1,20}",
            password in "\\PC{1,20}|[<>&\"']{1,8}|\\]\\]>",
        ) {
            let text = check_capacity_summary(&settings(&username, &password), &case);
            let text = text.map_err(|failure| TestCaseError::fail(failure.to_string()))?;
            let root = Element::read(text.as_bytes()).map_err(|_| TestCaseError::fail(format!("not XML: {text}")))?;
            let told = |name: &str| root.find(name).map(|element| element.text().to_owned());
            prop_assert_eq!(told("username"), Some(username.trim().to_owned()));
            prop_assert_eq!(told("password"), Some(password.trim().to_owned()));
            prop_assert_eq!(told("caseRef"), Some(case.case_reference.trim().to_owned()));
            let discriminators: Vec<_> = root.find("symptomDiscriminatorList").into_iter()
                .flat_map(|list| list.all("int")).map(|int| int.text().to_owned()).collect();
            let expected: Vec<_> = case.symptom_discriminators.iter().map(ToString::to_string).collect();
            prop_assert_eq!(discriminators, expected);
            let at = told("searchDateTime").map(|at| DateTime::parse_from_rfc3339(&at).map(|at| at.to_utc()));
            prop_assert_eq!(at, case.search_at.map(Ok));
        }
    }
}
