//! Taking down a patient, and showing who the patient is.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use desk_domain::calendar::local_date;
use desk_domain::id::{NhsNumber, OdsCode, Postcode};
use desk_domain::patient::{
    Address, Contact, ContactKind, ContactParty, Contacts, Gender, Patient, PersonName, Relationship,
};
use desk_domain::personal::Personal;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::display;
use crate::form::Form;
use crate::problem::Problem;

/// The patient form as typed. Every field is text; nothing is trusted.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct PatientInput {
    /// NHS number with or without spaces; empty where it is not known.
    pub nhs_number: String,
    /// Title, for example `Mr`; may be empty.
    pub title: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Day of birth.
    pub birth_day: String,
    /// Month of birth, number or English name.
    pub birth_month: String,
    /// Year of birth, four digits.
    pub birth_year: String,
    /// `female`, `male`, `other` or `unknown`; empty where nothing was chosen.
    pub gender: String,
    /// Lines of the home address.
    pub address_lines: Vec<String>,
    /// Town of the home address.
    pub town: String,
    /// Postcode of the home address.
    pub postcode: String,
    /// Where the patient is now, if elsewhere: used for the service search; empty means at home.
    pub current_postcode: String,
    /// ODS code of the GP practice; empty where not known.
    pub gp_practice: String,
    /// Ways to reach the patient or somebody for them, most preferred first. At least one (BK-5).
    pub contacts: Vec<ContactInput>,
}

impl std::fmt::Debug for PatientInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PatientInput(personal)")
    }
}

/// One way to reach the patient or somebody for them, as typed. The order of the list is the rank.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct ContactInput {
    /// `patient` for the patient's own; otherwise `parent`, `partner`, `carer`, `nextOfKin`, `friend` or `other`.
    pub whose: String,
    /// Name of the third party; empty for the patient's own.
    pub name: String,
    /// `phone`, `mobile` or `email`.
    pub kind: String,
    /// The number or address.
    pub value: String,
}

impl std::fmt::Debug for ContactInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ContactInput(personal)")
    }
}

/// What to show while an NHS number is typed.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NhsNumberCheckView {
    /// How far it is.
    pub state: NhsNumberState,
    /// The digits so far in groups of 3, 3 and 4.
    pub formatted: String,
    /// What to tell the user; empty while there is nothing to say.
    pub message: String,
}

/// How far a typed NHS number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum NhsNumberState {
    /// Nothing typed.
    Empty,
    /// Fewer than ten digits.
    Incomplete,
    /// Ten digits whose check digit does not fit, or other characters.
    Invalid,
    /// A valid NHS number.
    Valid,
}

/// The patient as the banner shows them.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PatientView {
    /// `SMITH, John (Mr)`.
    pub name: String,
    /// `12-Nov-1974`.
    pub born: String,
    /// `52y`, `14m`, `9d`.
    pub age: String,
    /// `Male`, `Female`, `Other`, `Not known`.
    pub gender: String,
    /// `943 476 5919`, or `Not known`.
    pub nhs_number: String,
    /// Home address on one line.
    pub address: String,
    /// Postcode where the patient is now.
    pub location_postcode: String,
    /// Ways to reach them, most preferred first.
    pub contacts: Vec<ContactView>,
}

/// One way to reach the patient, as shown.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ContactView {
    /// `Patient`, or `Parent: SMITH, Mary`.
    pub whose: String,
    /// `Mobile`, `Phone`, `Email`.
    pub kind: String,
    /// The number or address.
    pub value: String,
}

/// What to show while an NHS number is typed. Nothing typed is refused before it is complete.
#[must_use]
pub fn check_nhs_number(typed: &str) -> NhsNumberCheckView {
    let bare: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if bare.is_empty() {
        return check(NhsNumberState::Empty, String::new(), "");
    }
    if !bare.bytes().all(|b| b.is_ascii_digit()) {
        return check(NhsNumberState::Invalid, typed.to_owned(), "An NHS number has digits only");
    }
    let groups = [bare.get(..3.min(bare.len())), bare.get(3..6.min(bare.len())), bare.get(6..)];
    let formatted = groups.into_iter().flatten().filter(|group| !group.is_empty()).collect::<Vec<_>>().join(" ");
    match (bare.len(), NhsNumber::new(&bare)) {
        (_, Ok(number)) => check(NhsNumberState::Valid, number.grouped(), "Check digit right"),
        (..10, Err(_)) => check(NhsNumberState::Incomplete, formatted, ""),
        (10, Err(_)) => check(
            NhsNumberState::Invalid,
            formatted,
            "This is not a valid NHS number. Check the digits, or leave it empty",
        ),
        (_, Err(_)) => check(NhsNumberState::Invalid, formatted, "An NHS number has 10 digits"),
    }
}

fn check(state: NhsNumberState, formatted: String, message: &str) -> NhsNumberCheckView {
    NhsNumberCheckView { state, formatted, message: message.to_owned() }
}

impl PatientInput {
    /// The patient, or every field that is wrong.
    ///
    /// # Errors
    /// A [`Problem`] with every field to put right (BK-2, BK-5).
    pub fn read(&self, now: DateTime<Utc>) -> Result<Patient, Problem> {
        let mut form = Form::default();
        let checked = check_nhs_number(&self.nhs_number);
        let message = match checked.state {
            NhsNumberState::Incomplete => "An NHS number has 10 digits. Complete it, or leave it empty",
            NhsNumberState::Empty | NhsNumberState::Invalid | NhsNumberState::Valid => &checked.message,
        };
        let nhs_number = form.optional("nhsNumber", &self.nhs_number, NhsNumber::new, message);
        form.check(!self.given_name.trim().is_empty(), "givenName", "Enter the given name");
        form.check(!self.family_name.trim().is_empty(), "familyName", "Enter the family name");
        let birth_date = self.birth_date(&mut form, now);
        let gender = match self.gender.as_str() {
            "female" => Some(Gender::Female),
            "male" => Some(Gender::Male),
            "other" => Some(Gender::Other),
            "unknown" => Some(Gender::Unknown),
            _ => None,
        };
        form.check(gender.is_some(), "gender", "Choose the gender, or “Not known”");
        let lines: Vec<_> =
            self.address_lines.iter().map(|l| l.trim()).filter(|l| !l.is_empty()).map(Personal::from).collect();
        form.check(!lines.is_empty(), "addressLines.0", "Enter the first line of the home address");
        let postcode = form.needed(
            "postcode",
            Postcode::new(&self.postcode),
            "Enter the postcode of the home address, for example ND1 2AB",
        );
        let message = "Enter a full postcode, or leave it empty where the patient is at home";
        let current = form.optional("currentPostcode", &self.current_postcode, Postcode::new, message);
        let message = "A GP practice code has letters and digits only; leave it empty where it is not known";
        let gp_practice = form.optional("gpPractice", &self.gp_practice, OdsCode::new, message);
        let contacts = self.contacts(&mut form);
        form.finish()?;
        let (Some(birth_date), Some(gender), Some(postcode), Some(contacts)) = (birth_date, gender, postcode, contacts)
        else {
            return Err(Problem::form(Vec::new()));
        };
        let name = PersonName {
            title: Personal::from(self.title.trim()),
            given: Personal::from(self.given_name.trim()),
            family: Personal::from(self.family_name.trim()),
        };
        let current_postcode = current.unwrap_or_else(|| postcode.clone());
        let address = Address { lines, town: Personal::from(self.town.trim()), postcode };
        let birth_date = Personal::new(birth_date);
        Ok(Patient { nhs_number, name, birth_date, gender, address, current_postcode, gp_practice, contacts })
    }

    fn birth_date(&self, form: &mut Form, now: DateTime<Utc>) -> Option<NaiveDate> {
        let (day, month, year) = (self.birth_day.trim(), self.birth_month.trim(), self.birth_year.trim());
        let missing = [("birthDay", day, "a day"), ("birthMonth", month, "a month"), ("birthYear", year, "a year")];
        let missing: Vec<_> = missing.into_iter().filter(|(_, typed, _)| typed.is_empty()).collect();
        if let Some((field, ..)) = missing.first() {
            let what = match missing.len() {
                3 => "Enter the date of birth".to_owned(),
                _ => format!(
                    "Date of birth must include {}",
                    missing.iter().map(|m| m.2).collect::<Vec<_>>().join(" and ")
                ),
            };
            form.wrong(*field, what);
            return None;
        }
        let read = year.parse().ok().filter(|_| year.len() == 4).zip(month_number(month)).zip(day.parse().ok());
        let date = read.and_then(|((year, month), day)| NaiveDate::from_ymd_opt(year, month, day));
        let Some(date) = date else {
            form.wrong("birthDay", "Date of birth must be a real date");
            return None;
        };
        let today = local_date(now);
        if date > today {
            form.wrong("birthDay", "Date of birth must be in the past");
        } else if today.years_since(date).is_none_or(|years| years > 129) {
            form.wrong("birthYear", "Check the year of birth: the patient would be more than 129 years old");
        }
        Some(date)
    }

    fn contacts(&self, form: &mut Form) -> Option<Contacts> {
        let mut read = Vec::new();
        for (index, typed) in self.contacts.iter().enumerate() {
            if typed.value.trim().is_empty() && typed.name.trim().is_empty() {
                continue;
            }
            if let Some(contact) = typed.read(index, form) {
                read.push(contact);
            }
        }
        let none_wrong = !form.has_wrong("contacts.");
        Contacts::new(read)
            .map_err(|_| {
                if none_wrong {
                    form.wrong("contacts.0.value", "Enter at least one telephone number to call back on");
                }
            })
            .ok()
    }
}

fn month_number(typed: &str) -> Option<u32> {
    const NAMES: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let by_name = || {
        let start = typed.to_lowercase();
        (1..).zip(NAMES).find(|(_, name)| start.starts_with(name)).map(|(number, _)| number)
    };
    typed.parse().ok().filter(|number| (1..=12).contains(number)).or_else(by_name)
}

impl ContactInput {
    fn read(&self, index: usize, form: &mut Form) -> Option<Contact> {
        let kind = match self.kind.as_str() {
            "phone" => ContactKind::Phone,
            "email" => ContactKind::Email,
            _ => ContactKind::Mobile,
        };
        let value = self.value.trim();
        let field = format!("contacts.{index}.value");
        if kind == ContactKind::Email {
            let shape = value
                .split_once('@')
                .is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@'));
            if !shape || value.contains(char::is_whitespace) {
                form.wrong(field, "Enter an email address in the form name@example.com");
                return None;
            }
        } else {
            let digits = value.chars().filter(char::is_ascii_digit).count();
            if !(10..=15).contains(&digits) || !value.chars().all(|c| c.is_ascii_digit() || " +()-".contains(c)) {
                form.wrong(field, "Enter a telephone number of 10 to 15 digits, with the area code");
                return None;
            }
        }
        let relationship = match self.whose.as_str() {
            "parent" => Some(Relationship::Parent),
            "partner" => Some(Relationship::Partner),
            "carer" => Some(Relationship::Carer),
            "nextOfKin" => Some(Relationship::NextOfKin),
            "friend" => Some(Relationship::Friend),
            "other" => Some(Relationship::Other),
            _ => None,
        };
        let whose = match relationship {
            None => ContactParty::Patient,
            Some(_) if self.name.trim().is_empty() => {
                form.wrong(format!("contacts.{index}.name"), "Enter the name of the person whose contact this is");
                return None;
            }
            Some(relationship) => ContactParty::ThirdParty { relationship, name: Personal::from(self.name.trim()) },
        };
        Some(Contact { whose, kind, value: Personal::from(value) })
    }

    fn of(contact: &Contact) -> Self {
        let (whose, name) = match &contact.whose {
            ContactParty::Patient => ("patient", String::new()),
            ContactParty::ThirdParty { relationship, name } => {
                let whose = match relationship {
                    Relationship::Parent => "parent",
                    Relationship::Partner => "partner",
                    Relationship::Carer => "carer",
                    Relationship::NextOfKin => "nextOfKin",
                    Relationship::Friend => "friend",
                    Relationship::Other => "other",
                };
                (whose, name.reveal().clone())
            }
        };
        let kind = match contact.kind {
            ContactKind::Phone => "phone",
            ContactKind::Mobile => "mobile",
            ContactKind::Email => "email",
        };
        Self { whose: whose.to_owned(), name, kind: kind.to_owned(), value: contact.value.reveal().clone() }
    }
}

impl From<&Patient> for PatientInput {
    fn from(patient: &Patient) -> Self {
        let born = patient.birth_date.reveal();
        let (home, current) = (&patient.address.postcode, &patient.current_postcode);
        Self {
            nhs_number: patient.nhs_number.as_ref().map(NhsNumber::grouped).unwrap_or_default(),
            title: patient.name.title.reveal().clone(),
            given_name: patient.name.given.reveal().clone(),
            family_name: patient.name.family.reveal().clone(),
            birth_day: born.day().to_string(),
            birth_month: born.month().to_string(),
            birth_year: born.year().to_string(),
            gender: match patient.gender {
                Gender::Female => "female",
                Gender::Male => "male",
                Gender::Other => "other",
                Gender::Unknown => "unknown",
            }
            .to_owned(),
            address_lines: patient.address.lines.iter().map(|line| line.reveal().clone()).collect(),
            town: patient.address.town.reveal().clone(),
            postcode: home.as_str().to_owned(),
            current_postcode: if home == current { String::new() } else { current.as_str().to_owned() },
            gp_practice: patient.gp_practice.as_ref().map(ToString::to_string).unwrap_or_default(),
            contacts: patient.contacts.ranked().map(|(_, contact)| ContactInput::of(contact)).collect(),
        }
    }
}

impl PatientView {
    /// The patient as shown at an instant.
    #[must_use]
    pub fn of(patient: &Patient, now: DateTime<Utc>) -> Self {
        let lines = patient.address.lines.iter().map(|line| line.reveal().as_str());
        let rest = [patient.address.town.reveal().as_str(), patient.address.postcode.as_str()];
        Self {
            name: patient.name.displayed(),
            born: display::date(*patient.birth_date.reveal()),
            age: display::age(patient.age(now)),
            gender: display::gender(patient.gender).to_owned(),
            nhs_number: display::nhs_number(patient.nhs_number.as_ref()),
            address: lines.chain(rest).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "),
            location_postcode: patient.current_postcode.as_str().to_owned(),
            contacts: patient.contacts.ranked().map(|(_, contact)| ContactView::from(contact)).collect(),
        }
    }
}

impl From<&Contact> for ContactView {
    fn from(contact: &Contact) -> Self {
        let whose = match &contact.whose {
            ContactParty::Patient => "Patient".to_owned(),
            ContactParty::ThirdParty { relationship, name } => {
                format!("{}: {}", relationship_words(*relationship), name.reveal())
            }
        };
        let kind = match contact.kind {
            ContactKind::Phone => "Phone",
            ContactKind::Mobile => "Mobile",
            ContactKind::Email => "Email",
        };
        Self { whose, kind: kind.to_owned(), value: contact.value.reveal().clone() }
    }
}

/// The number to call a patient back on first, and whose it is; empty where there is none.
pub(crate) fn first_phone(patient: &Patient) -> String {
    let contact = patient.contacts.first_phone().map(ContactView::from);
    contact.map(|contact| format!("{} ({})", contact.value, contact.whose)).unwrap_or_default()
}

const fn relationship_words(relationship: Relationship) -> &'static str {
    match relationship {
        Relationship::Parent => "Parent",
        Relationship::Partner => "Partner",
        Relationship::Carer => "Carer",
        Relationship::NextOfKin => "Next of kin",
        Relationship::Friend => "Friend",
        Relationship::Other => "Other",
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn typed() -> PatientInput {
        PatientInput {
            nhs_number: "943 476 5919".to_owned(),
            title: "Mr".to_owned(),
            given_name: "John".to_owned(),
            family_name: "Patient".to_owned(),
            birth_day: "12".to_owned(),
            birth_month: "November".to_owned(),
            birth_year: "1974".to_owned(),
            gender: "male".to_owned(),
            address_lines: vec!["1 High Street".to_owned(), String::new()],
            town: "Northdale".to_owned(),
            postcode: "nd12ab".to_owned(),
            current_postcode: String::new(),
            gp_practice: String::new(),
            contacts: vec![ContactInput {
                whose: "patient".to_owned(),
                name: String::new(),
                kind: "mobile".to_owned(),
                value: "07700 900123".to_owned(),
            }],
        }
    }

    fn now() -> DateTime<Utc> {
        "2026-11-20T18:00:00Z".parse().expect("an instant")
    }

    #[test]
    fn a_patient_is_shown_by_the_clinical_display_conventions() {
        let view = PatientView::of(&typed().read(now()).expect("all fields are right"), now());
        assert_eq!(
            (view.name.as_str(), view.born.as_str(), view.age.as_str(), view.nhs_number.as_str()),
            ("PATIENT, John (Mr)", "12-Nov-1974", "52y", "943 476 5919"),
            "ISB 1500 family"
        );
    }

    #[test]
    fn what_was_taken_down_can_be_changed_without_loss() {
        let patient = typed().read(now()).expect("all fields are right");
        assert_eq!(PatientInput::from(&patient).read(now()).expect("still right"), patient, "there and back");
    }

    #[test]
    fn every_wrong_field_is_named_at_once_beside_where_it_belongs() {
        let problem = PatientInput::default().read(now()).expect_err("nothing typed");
        let fields: Vec<_> = problem.fields.iter().map(|field| field.field.as_str()).collect();
        let expected =
            ["givenName", "familyName", "birthDay", "gender", "addressLines.0", "postcode", "contacts.0.value"];
        assert_eq!(fields, expected, "all of them, in the order of the form");
    }

    #[test]
    fn a_bad_date_of_birth_gets_the_message_that_fits() {
        let table = [
            (("", "", ""), "Enter the date of birth"),
            (("", "11", "1974"), "Date of birth must include a day"),
            (("30", "2", "1974"), "Date of birth must be a real date"),
            (("3", "2", "74"), "Date of birth must be a real date"),
            (("21", "11", "2026"), "Date of birth must be in the past"),
            (("1", "1", "1850"), "Check the year of birth: the patient would be more than 129 years old"),
        ];
        for ((day, month, year), message) in table {
            let input = PatientInput {
                birth_day: day.to_owned(),
                birth_month: month.to_owned(),
                birth_year: year.to_owned(),
                ..typed()
            };
            let problem = input.read(now()).expect_err("the date is wrong");
            assert_eq!(problem.fields[0].message, message, "{day}/{month}/{year}");
        }
    }

    #[test]
    fn bk_2_a_patient_without_an_nhs_number_is_taken_down() {
        let input = PatientInput { nhs_number: String::new(), ..typed() };
        assert_eq!(input.read(now()).expect("it is not needed").nhs_number, None, "none");
    }

    #[test]
    fn an_nhs_number_is_formatted_as_it_is_typed() {
        let table = [
            ("", NhsNumberState::Empty, ""),
            ("94", NhsNumberState::Incomplete, "94"),
            ("94347", NhsNumberState::Incomplete, "943 47"),
            ("9434765", NhsNumberState::Incomplete, "943 476 5"),
            ("9434765919", NhsNumberState::Valid, "943 476 5919"),
            ("9434765918", NhsNumberState::Invalid, "943 476 5918"),
            ("94347659190", NhsNumberState::Invalid, "943 476 59190"),
            ("94é", NhsNumberState::Invalid, "94é"),
        ];
        for (typed, state, formatted) in table {
            let view = check_nhs_number(typed);
            assert_eq!((view.state, view.formatted.as_str()), (state, formatted), "typed {typed:?}");
        }
    }
}
