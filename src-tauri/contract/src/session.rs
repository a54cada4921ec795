//! Starting the application, signing in, and who is at the desk.

use desk_domain::id::{SdsId, Username};
use desk_domain::patient::PersonName;
use desk_domain::personal::Personal;
use desk_domain::user::{Action, Role, User};
use desk_journeys::sign_in::{NewUser, UserChange};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::form::Form;
use crate::problem::Problem;

/// What the sign-in page needs to know before anybody has signed in.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StartView {
    /// Live or demonstration; shown on every page.
    pub mode: ModeView,
    /// The organisation this desk belongs to, for example `Northdale NHS 111`.
    pub organisation: String,
    /// Version of the application, for the help desk.
    pub version: String,
    /// True where the desk has no user yet and the first supervisor has to be made.
    pub needs_first_user: bool,
    /// In demonstration mode, how to sign in as each ready user; empty otherwise.
    pub ready_users: Vec<ReadyUserView>,
    /// True where the demonstration NHS is inside this window, so that a trainer can set situations up.
    pub situations: bool,
    /// Invented patients that the demonstration has ready; empty otherwise.
    pub ready_patients: Vec<ReadyPatientView>,
    /// After so many seconds without anybody at it the desk is locked.
    pub lock_after_seconds: u32,
    /// Who is signed in already, as after a reload of the page.
    pub signed_in: Option<SignedInView>,
    /// What kept the desk from starting, in words; then nobody can sign in. Empty otherwise.
    pub problems: Vec<crate::problem::Problem>,
}

/// Whether what is done here reaches real services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ModeView {
    /// Real services.
    Live,
    /// The embedded demonstration NHS; nothing leaves this machine.
    Demonstration,
}

/// A user that the demonstration has ready, with the passphrase to type.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReadyUserView {
    /// What to type as username.
    pub username: String,
    /// What to type as passphrase.
    pub passphrase: String,
    /// Name as shown, for example `CARTER, Priya (Ms)`.
    pub name: String,
    /// The role in words, for example `Call handler`.
    pub role_words: String,
}

/// An invented patient that fills the patient form in a demonstration.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReadyPatientView {
    /// What a trainer picks from, for example `PATIENT, John (Mr), with NHS number`.
    pub label: String,
    /// The form's content.
    pub patient: crate::patient::PatientInput,
}

/// The person signed in.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct UserView {
    /// The username.
    pub username: String,
    /// Name as shown.
    pub name: String,
    /// The role.
    pub role: RoleView,
    /// The role in words.
    pub role_words: String,
    /// May book slots.
    pub may_book: bool,
    /// May confirm for themselves that a slot outside the timeframe is clinically acceptable.
    pub may_confirm_late: bool,
    /// May add, change and lock users.
    pub may_manage_users: bool,
    /// May read the audit record, and the reports that are drawn from it.
    pub may_read_audit: bool,
    /// May see to the record: its backups, its key.
    pub may_keep_record: bool,
    /// May sign in no more.
    pub locked: bool,
}

/// A user's role at the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum RoleView {
    /// Urgent-care clinician.
    Clinician,
    /// NHS 111 call handler.
    CallHandler,
    /// Practice admin.
    PracticeAdmin,
    /// Supervisor.
    Supervisor,
}

/// After a sign-in.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SignedInView {
    /// Who is signed in.
    pub user: UserView,
    /// How many pieces of unfinished work the desk has; shown at once.
    pub unfinished: u32,
}

/// What the sign-in form sends.
#[derive(Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SignInInput {
    /// Username as typed.
    pub username: String,
    /// Passphrase as typed; never logged.
    pub passphrase: String,
}

impl std::fmt::Debug for SignInInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignInInput").field("username", &self.username).finish_non_exhaustive()
    }
}

/// What the form for a new user sends; the first one made at a desk is a supervisor.
#[derive(Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NewUserInput {
    /// Username as typed: letters, digits, dot and dash.
    pub username: String,
    /// Title, for example `Dr`; may be empty.
    pub title: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Role; ignored for the first user, who is a supervisor.
    pub role: RoleView,
    /// SDS user id, 12 digits, or empty where the person has none.
    pub sds_user_id: String,
    /// SDS role profile id, 12 digits, or empty where the person has none.
    pub sds_role_profile_id: String,
    /// Passphrase as typed; never logged.
    pub passphrase: String,
    /// Passphrase typed again.
    pub passphrase_again: String,
}

impl std::fmt::Debug for NewUserInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewUserInput").field("username", &self.username).finish_non_exhaustive()
    }
}

impl From<Role> for RoleView {
    fn from(role: Role) -> Self {
        match role {
            Role::Clinician => Self::Clinician,
            Role::CallHandler => Self::CallHandler,
            Role::PracticeAdmin => Self::PracticeAdmin,
            Role::Supervisor => Self::Supervisor,
        }
    }
}

impl From<RoleView> for Role {
    fn from(role: RoleView) -> Self {
        match role {
            RoleView::Clinician => Self::Clinician,
            RoleView::CallHandler => Self::CallHandler,
            RoleView::PracticeAdmin => Self::PracticeAdmin,
            RoleView::Supervisor => Self::Supervisor,
        }
    }
}

impl From<&User> for UserView {
    fn from(user: &User) -> Self {
        Self {
            username: user.username.to_string(),
            name: user.name.displayed(),
            role: user.role.into(),
            role_words: user.role.words().to_owned(),
            may_book: user.role.may(Action::Book),
            may_confirm_late: user.role.may(Action::ConfirmLateSlot),
            may_manage_users: user.role.may(Action::ManageUsers),
            may_read_audit: user.role.may(Action::ReadAudit),
            may_keep_record: user.role.may(Action::KeepRecord),
            locked: user.locked,
        }
    }
}

/// What is to be changed of a user; what is none stays.
#[derive(Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ChangeUserInput {
    /// Username.
    pub username: String,
    /// The role from now on.
    pub role: Option<RoleView>,
    /// Whether they may sign in no more.
    pub locked: Option<bool>,
    /// A new passphrase; never logged.
    pub passphrase: Option<String>,
}

impl std::fmt::Debug for ChangeUserInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChangeUserInput").field("username", &self.username).finish_non_exhaustive()
    }
}

impl ChangeUserInput {
    /// Who, and what; or what is wrong with the form.
    ///
    /// # Errors
    /// A [`Problem`] with the field to put right.
    pub fn read(self) -> Result<(Username, UserChange), Problem> {
        let mut form = Form::default();
        let username = form.needed("username", Username::new(&self.username), "There is no such user");
        let long_enough = self.passphrase.as_ref().is_none_or(|text| text.chars().count() >= SHORTEST_PASSPHRASE);
        let field = format!("passphrase-{}", self.username);
        form.check(long_enough, &field, "Choose a passphrase of at least 12 characters: three or four words are good");
        form.finish()?;
        let username = username.ok_or_else(|| Problem::unexpected("username"))?;
        let passphrase = self.passphrase.map(Personal::new);
        Ok((username, UserChange { role: self.role.map(Role::from), locked: self.locked, passphrase }))
    }
}

/// The fewest characters of a passphrase.
pub const SHORTEST_PASSPHRASE: usize = 12;

impl NewUserInput {
    /// The user to be added, or what is wrong with the form.
    ///
    /// # Errors
    /// A [`Problem`] with every field to put right.
    pub fn read(&self) -> Result<NewUser, Problem> {
        let mut form = Form::default();
        let username = form.needed(
            "username",
            Username::new(&self.username),
            "Enter a username of letters, digits, dots and dashes",
        );
        form.check(!self.given_name.trim().is_empty(), "givenName", "Enter the given name");
        form.check(!self.family_name.trim().is_empty(), "familyName", "Enter the family name");
        let message = "An SDS id has 12 digits; leave it empty where there is none";
        let sds_user_id = form.optional("sdsUserId", &self.sds_user_id, SdsId::new, message);
        let sds_role_profile_id = form.optional("sdsRoleProfileId", &self.sds_role_profile_id, SdsId::new, message);
        let long_enough = self.passphrase.chars().count() >= SHORTEST_PASSPHRASE;
        form.check(
            long_enough,
            "passphrase",
            "Choose a passphrase of at least 12 characters: three or four words are good",
        );
        form.check(self.passphrase == self.passphrase_again, "passphraseAgain", "The two passphrases are not the same");
        let name = PersonName {
            title: Personal::from(self.title.trim()),
            given: Personal::from(self.given_name.trim()),
            family: Personal::from(self.family_name.trim()),
        };
        match (username, form.finish()) {
            (Some(username), Ok(())) => {
                Ok(NewUser { username, name, role: self.role.into(), sds_user_id, sds_role_profile_id })
            }
            (_, Err(problem)) => Err(problem),
            (None, Ok(())) => Err(Problem::form(Vec::new())),
        }
    }
}
