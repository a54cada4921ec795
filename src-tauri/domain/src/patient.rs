//! Who the patient is, and how to reach them (BK-2, BK-5).

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::calendar::local_date;
use crate::id::{NhsNumber, OdsCode, Postcode};
use crate::personal::Personal;

/// A patient as taken down at the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patient {
    /// NHS number; none where it is not known (BK-2).
    pub nhs_number: Option<NhsNumber>,
    /// Name.
    pub name: PersonName,
    /// Date of birth.
    pub birth_date: Personal<NaiveDate>,
    /// Administrative gender.
    pub gender: Gender,
    /// Home address (BK-5: at least one).
    pub address: Address,
    /// Where the patient is now; the home postcode where not said otherwise.
    pub current_postcode: Postcode,
    /// GP practice, where known.
    pub gp_practice: Option<OdsCode>,
    /// Ways to reach them, most preferred first; never empty (BK-5).
    pub contacts: Contacts,
}

/// A person's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonName {
    /// Title; may be empty.
    pub title: Personal<String>,
    /// Given name.
    pub given: Personal<String>,
    /// Family name.
    pub family: Personal<String>,
}

impl PersonName {
    /// By the clinical display convention (ISB 1506): `SMITH, John (Mr)`.
    #[must_use]
    pub fn displayed(&self) -> String {
        let family = self.family.reveal().to_uppercase();
        let given = self.given.reveal();
        match self.title.reveal().as_str() {
            "" => format!("{family}, {given}"),
            title => format!("{family}, {given} ({title})"),
        }
    }

    /// As one would say it: `Mr John Smith`.
    #[must_use]
    pub fn spoken(&self) -> String {
        [self.title.reveal(), self.given.reveal(), self.family.reveal()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// Administrative gender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gender {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Other.
    Other,
    /// Not known.
    Unknown,
}

/// A home address in the United Kingdom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Lines; at least one.
    pub lines: Vec<Personal<String>>,
    /// Town; may be empty.
    pub town: Personal<String>,
    /// Postcode.
    pub postcode: Postcode,
}

/// Ways to reach a patient, most preferred first. Never empty; ranks are the positions from 1 (BK-5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Contact>", into = "Vec<Contact>")]
pub struct Contacts(Vec<Contact>);

impl Contacts {
    /// Wraps a list, most preferred first.
    ///
    /// # Errors
    /// [`NoContact`] for an empty list, or one that has no telephone number.
    pub fn new(contacts: Vec<Contact>) -> Result<Self, NoContact> {
        if contacts.iter().any(|contact| contact.kind != ContactKind::Email) {
            Ok(Self(contacts))
        } else {
            Err(NoContact)
        }
    }

    /// Each with its rank: 1 is the most preferred, and stands exactly once.
    pub fn ranked(&self) -> impl Iterator<Item = (u32, &Contact)> {
        (1..).zip(&self.0)
    }

    /// The telephone number to try first.
    #[must_use]
    pub fn first_phone(&self) -> Option<&Contact> {
        self.0.iter().find(|contact| contact.kind != ContactKind::Email)
    }
}

impl TryFrom<Vec<Contact>> for Contacts {
    type Error = NoContact;
    fn try_from(contacts: Vec<Contact>) -> Result<Self, NoContact> {
        Self::new(contacts)
    }
}

impl From<Contacts> for Vec<Contact> {
    fn from(contacts: Contacts) -> Self {
        contacts.0
    }
}

/// A patient needs at least one telephone number, their own or somebody's (BK-5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no telephone number")]
pub struct NoContact;

/// One way to reach a patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Whose it is.
    pub whose: ContactParty,
    /// What it is.
    pub kind: ContactKind,
    /// The number or address.
    pub value: Personal<String>,
}

/// Whose number it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ContactParty {
    /// The patient's own.
    Patient,
    /// A third party's.
    ThirdParty {
        /// What they are to the patient.
        relationship: Relationship,
        /// Their name, as given.
        name: Personal<String>,
    },
}

/// What a third party is to the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Relationship {
    /// Parent or guardian.
    Parent,
    /// Partner.
    Partner,
    /// Carer.
    Carer,
    /// Next of kin.
    NextOfKin,
    /// Friend.
    Friend,
    /// Somebody else.
    Other,
}

/// What kind of contact it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ContactKind {
    /// Landline.
    Phone,
    /// Mobile.
    Mobile,
    /// Email.
    Email,
}

/// A patient's age in the unit that people and the directory use for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Up to 31 days.
    Days(u32),
    /// Up to 23 months.
    Months(u32),
    /// From 2 years.
    Years(u32),
    /// Only the age group is known. A date of birth never gives one.
    Group(AgeGroup),
}

/// An age group as the directory numbers them, from 1 to 4: for a patient whose age nobody can tell more exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgeGroup(u8);

impl AgeGroup {
    /// Checks and wraps the directory's number.
    ///
    /// # Errors
    /// [`NoAgeGroup`] for a number that the directory does not have.
    pub const fn new(number: u8) -> Result<Self, NoAgeGroup> {
        if matches!(number, 1..=4) { Ok(Self(number)) } else { Err(NoAgeGroup) }
    }

    /// The directory's number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// The directory has four age groups, numbered from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such age group")]
pub struct NoAgeGroup;

impl Patient {
    /// Age on the local day of `now`.
    #[must_use]
    pub fn age(&self, now: DateTime<Utc>) -> Age {
        age_on(*self.birth_date.reveal(), local_date(now))
    }
}

/// Age on a day: days in the first month, months to the second birthday, then years.
#[must_use]
pub fn age_on(born: NaiveDate, today: NaiveDate) -> Age {
    let days = u32::try_from((today - born).num_days()).unwrap_or(0);
    if born.checked_add_months(Months::new(1)).is_none_or(|month| today < month) {
        return Age::Days(days);
    }
    let whole_months = (today.year() - born.year()) * 12 + i32::try_from(today.month()).unwrap_or(0)
        - i32::try_from(born.month()).unwrap_or(0)
        - i32::from(today.day() < born.day());
    let months = u32::try_from(whole_months).unwrap_or(0).max(1);
    if months < 24 { Age::Months(months) } else { Age::Years(months / 12) }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An invented patient, with an NHS number.
    pub(crate) fn patient() -> Patient {
        let (kind, value) = (ContactKind::Phone, Personal::from("01632960011"));
        let postcode = Postcode::new("ND1 2AB").expect("a postcode");
        Patient {
            nhs_number: NhsNumber::new("9434765919").ok(),
            name: PersonName { title: "Mr".into(), given: "John".into(), family: "Smith".into() },
            birth_date: Personal::new(day(1974, 11, 12)),
            gender: Gender::Male,
            address: Address {
                lines: vec!["1 Mill Lane".into()],
                town: "Northdale".into(),
                postcode: postcode.clone(),
            },
            current_postcode: postcode,
            gp_practice: None,
            contacts: Contacts::new(vec![Contact { whose: ContactParty::Patient, kind, value }]).expect("a contact"),
        }
    }

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).expect("a real day")
    }

    #[test]
    fn age_is_counted_in_the_unit_people_use() {
        let table = [
            (day(2026, 11, 20), day(2026, 11, 20), Age::Days(0)),
            (day(2026, 10, 21), day(2026, 11, 20), Age::Days(30)),
            (day(2026, 10, 20), day(2026, 11, 20), Age::Months(1)),
            (day(2024, 11, 21), day(2026, 11, 20), Age::Months(23)),
            (day(2024, 11, 20), day(2026, 11, 20), Age::Years(2)),
            (day(1974, 11, 21), day(2026, 11, 20), Age::Years(51)),
            (day(2004, 2, 29), day(2026, 2, 28), Age::Years(21)),
        ];
        for (born, today, expected) in table {
            assert_eq!(age_on(born, today), expected, "born {born}, on {today}");
        }
    }

    #[test]
    fn bk_5_a_patient_without_any_telephone_number_cannot_be_written_down() {
        assert_eq!(Contacts::new(Vec::new()), Err(NoContact), "empty");
        let email =
            Contact { whose: ContactParty::Patient, kind: ContactKind::Email, value: Personal::from("a@example.org") };
        assert_eq!(Contacts::new(vec![email]), Err(NoContact), "an email address alone is no way to call back");
    }

    #[test]
    fn di_1_an_age_group_is_one_of_the_directorys_four() {
        let known: Vec<u8> =
            (0..=u8::MAX).filter_map(|number| AgeGroup::new(number).ok()).map(AgeGroup::number).collect();
        assert_eq!(known, [1, 2, 3, 4], "and no other");
    }

    proptest! {
        #[test]
        fn age_units_keep_within_what_the_directory_takes(born in 0i64..40_000, later in 0i64..40_000) {
            let start = day(1900, 1, 1);
            let born = start + chrono::Duration::days(born);
            match age_on(born, born + chrono::Duration::days(later)) {
                Age::Days(days) => prop_assert!(days <= 31),
                Age::Months(months) => prop_assert!((1..=23).contains(&months)),
                Age::Years(years) => prop_assert!(years >= 2),
                Age::Group(_) => prop_assert!(false, "a date of birth says more than a group"),
            }
        }
    }
}
