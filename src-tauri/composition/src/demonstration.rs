//! The ready users and patients of a demonstration. All invented.

use desk_contract::patient::{ContactInput, PatientInput};
use desk_contract::session::{ReadyPatientView, ReadyUserView};
use desk_domain::id::{SdsId, Username};
use desk_domain::patient::PersonName;
use desk_domain::personal::Personal;
use desk_domain::user::Role;
use desk_journeys::sign_in::NewUser;
use serde::Deserialize;

struct ReadyUser {
    username: &'static str,
    passphrase: &'static str,
    name: (&'static str, &'static str, &'static str),
    role: Role,
    sds_ids: Option<(&'static str, &'static str)>,
}

const READY_USERS: [ReadyUser; 4] = [
    ReadyUser {
        username: "handler",
        passphrase: "demo call handler",
        name: ("Ms", "Priya", "Carter"),
        role: Role::CallHandler,
        sds_ids: None,
    },
    ReadyUser {
        username: "clinician",
        passphrase: "demo clinician desk",
        name: ("Dr", "Amira", "Jones"),
        role: Role::Clinician,
        sds_ids: Some(("555021935107", "555021936106")),
    },
    ReadyUser {
        username: "admin",
        passphrase: "demo practice admin",
        name: ("Mr", "Tom", "Reed"),
        role: Role::PracticeAdmin,
        sds_ids: None,
    },
    ReadyUser {
        username: "supervisor",
        passphrase: "demo supervisor desk",
        name: ("Mrs", "Susan", "Hill"),
        role: Role::Supervisor,
        sds_ids: None,
    },
];

/// The ready users, with their passphrases.
pub(crate) fn ready_users() -> Vec<(NewUser, &'static str)> {
    READY_USERS.iter().filter_map(|ready| Some((ready.new_user()?, ready.passphrase))).collect()
}

/// How to sign in as each ready user, for the sign-in page of a demonstration.
#[must_use]
pub fn ready_user_views() -> Vec<ReadyUserView> {
    let view = |ready: &ReadyUser| ReadyUserView {
        username: ready.username.to_owned(),
        passphrase: ready.passphrase.to_owned(),
        name: ready.person_name().displayed(),
        role_words: ready.role.words().to_owned(),
    };
    READY_USERS.iter().map(view).collect()
}

impl ReadyUser {
    fn person_name(&self) -> PersonName {
        let (title, given, family) = self.name;
        PersonName { title: Personal::from(title), given: Personal::from(given), family: Personal::from(family) }
    }

    fn new_user(&self) -> Option<NewUser> {
        Some(NewUser {
            username: Username::new(self.username).ok()?,
            name: self.person_name(),
            role: self.role,
            sds_user_id: self.sds_ids.and_then(|(user, _)| SdsId::new(user).ok()),
            sds_role_profile_id: self.sds_ids.and_then(|(_, profile)| SdsId::new(profile).ok()),
        })
    }
}

/// An invented patient, as the configuration of a demonstration names them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadyPatient {
    nhs_number: Option<String>,
    #[serde(default)]
    title: String,
    given_name: String,
    family_name: String,
    birth_date: chrono::NaiveDate,
    gender: String,
    address_lines: Vec<String>,
    #[serde(default)]
    town: String,
    postcode: String,
    #[serde(default)]
    gp_practice: Option<String>,
    contacts: Vec<ReadyContact>,
}

/// A contact of an invented patient.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadyContact {
    whose: String,
    #[serde(default)]
    name: Option<String>,
    kind: String,
    value: String,
}

impl ReadyPatient {
    /// The patient as the form takes them.
    #[must_use]
    pub fn input(&self) -> PatientInput {
        use chrono::Datelike;
        let contact = |contact: &ReadyContact| ContactInput {
            whose: contact.whose.clone(),
            name: contact.name.clone().unwrap_or_default(),
            kind: contact.kind.clone(),
            value: contact.value.clone(),
        };
        PatientInput {
            nhs_number: self.nhs_number.clone().unwrap_or_default(),
            title: self.title.clone(),
            given_name: self.given_name.clone(),
            family_name: self.family_name.clone(),
            birth_day: self.birth_date.day().to_string(),
            birth_month: self.birth_date.month().to_string(),
            birth_year: self.birth_date.year().to_string(),
            gender: self.gender.clone(),
            address_lines: self.address_lines.clone(),
            town: self.town.clone(),
            postcode: self.postcode.clone(),
            current_postcode: String::new(),
            gp_practice: self.gp_practice.clone().unwrap_or_default(),
            contacts: self.contacts.iter().map(contact).collect(),
        }
    }

    /// What a trainer picks from.
    #[must_use]
    pub fn view(&self) -> ReadyPatientView {
        let known = if self.nhs_number.is_some() { "with NHS number" } else { "without NHS number" };
        let title = if self.title.is_empty() { String::new() } else { format!(" ({})", self.title) };
        let label = format!(
            "{}, {}{title}, born {}, {known}",
            self.family_name.to_uppercase(),
            self.given_name,
            desk_contract::display::date(self.birth_date)
        );
        ReadyPatientView { label, patient: self.input() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ready_user_can_be_made_and_there_is_one_for_each_role() {
        let made = ready_users();
        assert_eq!(made.len(), READY_USERS.len(), "none is dropped by a check");
        for role in Role::ALL {
            assert!(made.iter().any(|(user, _)| user.role == role), "{role:?}");
        }
    }
}
