//! A referral on paper: the report with who the patient is, whom it goes to and who sends it. One model for what is shown
//! before it is sent, for the page that is saved, and for what is printed (BK-6).

use chrono::{DateTime, Utc};

use crate::id::{DocumentId, OdsCode, short_reference};
use crate::patient::{Age, Gender, Patient};
use crate::personal::Personal;
use crate::report::{Block, Report, moment};
use crate::user::User;

/// A referral as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// What the document is called. Nothing of the patient.
    pub title: &'static str,
    /// The service that it goes to.
    pub to: String,
    /// The organisation that sends it.
    pub from: String,
    /// The three identifiers, for the head of every sheet: `SMITH, John (Mr), born 12-Nov-1974, NHS number 943 476 5919`.
    pub identifiers: Personal<String>,
    /// The document's short reference, for the foot of every sheet. Nothing of the patient.
    pub reference: String,
    /// Whether it is a demonstration's: patient and service are invented.
    pub invented: bool,
    /// The patient, then the report, then who sends it. None is empty.
    pub parts: Vec<Part>,
}

/// A part under its heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Heading.
    pub heading: String,
    /// What it says, in order; at least one.
    pub blocks: Vec<Block>,
}

/// Who sends a referral.
#[derive(Debug, Clone, Copy)]
pub struct PaperSender<'a> {
    /// Who wrote it.
    pub author: &'a User,
    /// Name of the organisation.
    pub organisation: &'a str,
    /// Its ODS code.
    pub ods_code: &'a OdsCode,
    /// Where a clinician of the service calls back.
    pub call_back: Option<&'a str>,
    /// Whether its NHS numbers are traced.
    pub traced: bool,
    /// Whether it is a demonstration.
    pub demonstration: bool,
}

/// Which document it is.
#[derive(Debug, Clone, Copy)]
pub struct PaperDocument<'a> {
    /// What it is called.
    pub title: &'static str,
    /// Its id.
    pub id: DocumentId,
    /// When it was made (UTC).
    pub made: DateTime<Utc>,
    /// Name of the service that it goes to.
    pub to: &'a str,
}

impl Paper {
    /// The report of a patient on paper. The same arguments give the same paper.
    #[must_use]
    pub fn of(report: Report, patient: &Patient, document: PaperDocument<'_>, sender: PaperSender<'_>) -> Self {
        let part = |heading: &str, facts| Part { heading: heading.to_owned(), blocks: vec![Block::Facts(facts)] };
        let told = report.sections.into_iter().map(|told| Part { heading: told.heading, blocks: told.blocks });
        let first = part("Patient", who(patient, document.made, sender.traced));
        let last = part("Who sends this", sent_by(document, sender));
        Self {
            title: document.title,
            to: document.to.to_owned(),
            from: sender.organisation.to_owned(),
            identifiers: identifiers(patient),
            reference: short_reference(document.id.0),
            invented: sender.demonstration,
            parts: std::iter::once(first).chain(told).chain(std::iter::once(last)).collect(),
        }
    }
}

type Facts = Vec<(&'static str, Personal<String>)>;

fn identifiers(patient: &Patient) -> Personal<String> {
    let number = patient.nhs_number.as_ref().map_or_else(|| "not known".to_owned(), crate::id::NhsNumber::grouped);
    let born = patient.birth_date.reveal().format("%d-%b-%Y");
    Personal::new(format!("{}, born {born}, NHS number {number}", patient.name.displayed()))
}

fn who(patient: &Patient, made: DateTime<Utc>, traced: bool) -> Facts {
    let number = patient.nhs_number.as_ref().map_or_else(
        || "Not known".to_owned(),
        |number| if traced { number.grouped() } else { format!("{} (not traced)", number.grouped()) },
    );
    let gender = match patient.gender {
        Gender::Female => "Female",
        Gender::Male => "Male",
        Gender::Other => "Not specified",
        Gender::Unknown => "Not known",
    };
    let lines = patient.address.lines.iter().chain([&patient.address.town]).map(|line| line.reveal().trim().to_owned());
    let address = lines.chain([patient.address.postcode.as_str().to_owned()]).filter(|line| !line.is_empty());
    let practice =
        patient.gp_practice.as_ref().map_or_else(|| "Not known".to_owned(), |code| format!("ODS code {code}"));
    [
        ("Name", patient.name.displayed()),
        ("Born", patient.birth_date.reveal().format("%d-%b-%Y").to_string()),
        ("Age", age(patient.age(made))),
        ("Gender", gender.to_owned()),
        ("NHS number", number),
        ("Address", address.collect::<Vec<_>>().join("\n")),
        ("GP practice", practice),
    ]
    .map(|(name, value)| (name, Personal::new(value)))
    .into()
}

fn age(age: Age) -> String {
    let count = |number: u32, one: &str| if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") };
    match age {
        Age::Days(days) => count(days, "day"),
        Age::Months(months) => count(months, "month"),
        Age::Years(years) => count(years, "year"),
        Age::Group(group) => format!("age group {}", group.number()),
    }
}

fn sent_by(document: PaperDocument<'_>, sender: PaperSender<'_>) -> Facts {
    let author = format!("{}, {}", sender.author.name.spoken(), sender.author.role.words().to_lowercase());
    let mut facts = vec![
        ("Written by", author),
        ("Organisation", format!("{} (ODS code {})", sender.organisation, sender.ods_code)),
    ];
    facts.extend(sender.call_back.map(|number| ("Call back on", number.to_owned())));
    facts.push(("Made", moment(document.made)));
    // As the document itself has it.
    facts.push(("Document", document.id.to_string().to_ascii_uppercase()));
    facts.into_iter().map(|(name, value)| (name, Personal::new(value))).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::{NhsNumber, UserId, Username};
    use crate::patient::PersonName;
    use crate::report::tests::{encounter, outcome, personal, service};
    use crate::user::Role;

    fn paper(number: Option<&str>, traced: bool, call_back: Option<&str>) -> Paper {
        let encounter = encounter();
        let mut patient = encounter.patient.clone();
        patient.nhs_number = number.map(|number| NhsNumber::new(number).expect("a number"));
        let author = User {
            id: UserId(Uuid::nil()),
            username: Username::new("amira").expect("a username"),
            name: PersonName { title: personal("Dr"), given: personal("Amira"), family: personal("Jones") },
            role: Role::Clinician,
            sds_user_id: None,
            sds_role_profile_id: None,
            locked: false,
        };
        let ods_code = OdsCode::new("A83046").expect("a code");
        let organisation = "Northdale NHS 111";
        let sender =
            PaperSender { author: &author, organisation, ods_code: &ods_code, call_back, traced, demonstration: true };
        let document = PaperDocument {
            title: "Integrated Urgent Care Report",
            id: DocumentId(Uuid::from_u128(0xab)),
            made: "2026-07-20T11:05:00Z".parse().expect("an instant"),
            to: "Northdale Urgent Treatment Centre",
        };
        Paper::of(Report::of(&encounter, &outcome(), &service(), None), &patient, document, sender)
    }

    fn facts(part: &Part) -> Vec<(&str, &str)> {
        let [Block::Facts(facts)] = part.blocks.as_slice() else { panic!("facts: {part:?}") };
        facts.iter().map(|(name, value)| (*name, value.reveal().as_str())).collect()
    }

    #[test]
    fn bk_6_paper_says_who_the_patient_is_first_and_who_sends_it_last_around_the_report() {
        let paper = paper(Some("9990000018"), false, Some("0300 111 2222"));
        let headings: Vec<_> = paper.parts.iter().map(|part| part.heading.as_str()).collect();
        assert_eq!(headings[..2], ["Patient", "Outcome"], "who, then what and by when");
        assert_eq!(headings.last(), Some(&"Who sends this"), "in the end");
        let patient = facts(&paper.parts[0]);
        let told = [
            ("Name", "SMITH, John"),
            ("Born", "02-Jan-2020"),
            ("Age", "6 years"),
            ("Gender", "Male"),
            ("NHS number", "999 000 0018 (not traced)"),
            ("Address", "ZZ99 3CZ"),
            ("GP practice", "Not known"),
        ];
        assert_eq!(patient, told, "as it was on the day on which it was made");
        let sender = facts(paper.parts.last().expect("parts"));
        let told = [
            ("Written by", "Dr Amira Jones, clinician"),
            ("Organisation", "Northdale NHS 111 (ODS code A83046)"),
            ("Call back on", "0300 111 2222"),
            ("Made", "20-Jul-2026 12:05 BST"),
            ("Document", "00000000-0000-0000-0000-0000000000AB"),
        ];
        assert_eq!(sender, told, "who, from where, where to ask");
        assert!(paper.invented, "H17: of a demonstration");
    }

    #[test]
    fn bk_6_the_head_of_every_sheet_has_three_identifiers_and_title_and_foot_have_nothing_of_the_patient() {
        let known = paper(Some("9990000018"), true, None);
        let identifiers = known.identifiers.reveal();
        assert_eq!(identifiers, "SMITH, John, born 02-Jan-2020, NHS number 999 000 0018", "name, birth, number");
        assert_eq!(facts(&known.parts[0])[4], ("NHS number", "999 000 0018"), "a traced one");
        let beside = [known.title, &known.to, &known.from, &known.reference].concat();
        assert!(!beside.contains("SMITH") && !beside.contains("999"), "{beside}");
        let unknown = paper(None, true, None);
        assert_eq!(unknown.identifiers.reveal(), "SMITH, John, born 02-Jan-2020, NHS number not known", "said as such");
    }

    #[test]
    fn ages_are_written_out() {
        let written = [Age::Days(1), Age::Months(14), Age::Years(52)].map(age);
        assert_eq!(written, ["1 day", "14 months", "52 years"], "in words");
    }
}
