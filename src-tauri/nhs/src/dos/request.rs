//! Requests to the Directory of Services: elements in the order in which the directory's schema lists them. Nothing that
//! identifies the patient goes into them.

use desk_domain::id::DosServiceId;
use desk_domain::patient::{Age, Gender};
use desk_journeys::ports::ClinicalCase;
use quick_xml::Writer;
use quick_xml::events::BytesText;

use crate::dos::NAMESPACE;
use crate::settings::DosSettings;

const ENVELOPE: &str = "http://www.w3.org/2003/05/soap-envelope";

/// A request could not be written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NotWritten;

impl From<std::io::Error> for NotWritten {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

type Xml = Writer<Vec<u8>>;
type Written = std::io::Result<()>;

pub(crate) fn check_capacity_summary(settings: &DosSettings, case: &ClinicalCase) -> Result<String, NotWritten> {
    let (age, format) = match case.age {
        Age::Days(days) => (days, "Days"),
        Age::Months(months) => (months, "Months"),
        Age::Years(years) => (years, "Years"),
    };
    let gender = match case.gender {
        Gender::Female => "F",
        Gender::Male => "M",
        Gender::Other | Gender::Unknown => "I",
    };
    envelope("CheckCapacitySummary", |xml| {
        user_info(xml, settings)?;
        nested(xml, "web:c", |xml| {
            leaf(xml, "web:caseRef", &case.case_reference)?;
            leaf(xml, "web:caseId", &case.case_reference)?;
            leaf(xml, "web:postcode", case.postcode.as_str())?;
            leaf(xml, "web:surgery", case.gp_practice.as_ref().map_or("UNK", |code| code.as_str()))?;
            leaf(xml, "web:age", &age.to_string())?;
            leaf(xml, "web:ageFormat", format)?;
            leaf(xml, "web:disposition", &disposition_number(case.disposition.as_str()))?;
            leaf(xml, "web:symptomGroup", &case.symptom_group.to_string())?;
            nested(xml, "web:symptomDiscriminatorList", |xml| {
                case.symptom_discriminators.iter().try_for_each(|number| leaf(xml, "web:int", &number.to_string()))
            })?;
            if let Some(distance) = case.search_distance_km {
                leaf(xml, "web:searchDistance", &distance.to_string())?;
            }
            leaf(xml, "web:forceSearchDistance", if case.search_distance_km.is_some() { "true" } else { "false" })?;
            leaf(xml, "web:gender", gender)
        })
    })
}

pub(crate) fn service_details(settings: &DosSettings, id: &DosServiceId) -> Result<String, NotWritten> {
    envelope("ServiceDetailsById", |xml| {
        user_info(xml, settings)?;
        leaf(xml, "web:serviceId", id.as_str())
    })
}

/// The directory numbers dispositions by the digits of their code, without leading zeros: `Dx06` is 6.
fn disposition_number(code: &str) -> String {
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    digits.trim_start_matches('0').to_owned()
}

fn user_info(xml: &mut Xml, settings: &DosSettings) -> Written {
    nested(xml, "web:userInfo", |xml| {
        leaf(xml, "web:username", &settings.username)?;
        leaf(xml, "web:password", &settings.password)
    })
}

fn envelope(operation: &str, content: impl FnOnce(&mut Xml) -> Written) -> Result<String, NotWritten> {
    let mut xml = Writer::new(Vec::new());
    xml.create_element("env:Envelope")
        .with_attributes([("xmlns:env", ENVELOPE), ("xmlns:web", NAMESPACE)])
        .write_inner_content(|xml| {
            nested(xml, "env:Header", |xml| leaf(xml, "web:serviceVersion", "1.5"))?;
            nested(xml, "env:Body", |xml| nested(xml, &format!("web:{operation}"), content))
        })?;
    String::from_utf8(xml.into_inner()).map_err(|_| NotWritten)
}

fn nested(xml: &mut Xml, name: &str, content: impl FnOnce(&mut Xml) -> Written) -> Written {
    xml.create_element(name).write_inner_content(content).map(drop)
}

fn leaf(xml: &mut Xml, name: &str, text: &str) -> Written {
    xml.create_element(name).write_text_content(BytesText::new(text)).map(drop)
}

#[cfg(test)]
mod tests {
    use desk_domain::id::{DispositionCode, Postcode};

    use super::*;
    use crate::xml::Element;

    fn settings() -> DosSettings {
        DosSettings {
            url: "http://127.0.0.1/".parse().expect("a URL"),
            username: "desk".to_owned(),
            password: "a<b>&\"c".to_owned(),
        }
    }

    #[test]
    fn di_1_the_whole_clinical_case_stands_in_the_order_of_the_schema() {
        let case = ClinicalCase {
            case_reference: "AB12-CD34".to_owned(),
            postcode: Postcode::new("ND1 2AB").expect("a postcode"),
            gp_practice: None,
            age: Age::Months(14),
            gender: Gender::Unknown,
            disposition: DispositionCode::new("Dx06").expect("a code"),
            symptom_group: 1011,
            symptom_discriminators: vec![4003, 4023],
            search_distance_km: Some(20),
        };
        let text = check_capacity_summary(&settings(), &case).expect("written");
        let root = Element::read(text.as_bytes()).expect("well-formed");
        assert_eq!(root.find("password").map(Element::text), Some("a<b>&\"c"), "escaped and whole");
        let c = root.find("c").expect("the case");
        let names: Vec<_> = c.children.iter().map(|child| child.name.as_str()).collect();
        let expected = [
            "caseRef",
            "caseId",
            "postcode",
            "surgery",
            "age",
            "ageFormat",
            "disposition",
            "symptomGroup",
            "symptomDiscriminatorList",
            "searchDistance",
            "forceSearchDistance",
            "gender",
        ];
        assert_eq!(names, expected, "order");
        let value = |name: &str| c.text_of(name).unwrap_or_default();
        let told = [value("surgery"), value("age"), value("ageFormat"), value("disposition"), value("gender")];
        assert_eq!(told, ["UNK", "14", "Months", "6", "I"], "values");
    }
}
