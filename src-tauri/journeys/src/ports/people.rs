//! Encounters and users on disk.

use async_trait::async_trait;
use chrono::NaiveDate;
use desk_domain::audit::AuditEvent;
use desk_domain::encounter::Encounter;
use desk_domain::failure::RecordFailure;
use desk_domain::id::{EncounterId, NhsNumber, UserId, Username};
use desk_domain::personal::Personal;
use desk_domain::user::User;

/// By what a patient's bookings are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatientSearch {
    /// NHS number.
    NhsNumber(NhsNumber),
    /// Family name, in any letter case, and date of birth.
    NameAndBirth(Personal<String>, Personal<NaiveDate>),
}

/// Encounters on disk.
#[async_trait]
pub trait EncounterRecord: Send + Sync {
    /// Writes an encounter as it is now, with its audit event, in one transaction, under its next version.
    /// [`RecordFailure::AlreadySettled`] where it was ended, or changed since it was read.
    async fn save(&self, encounter: &Encounter, event: &AuditEvent) -> Result<(), RecordFailure>;
    /// Reads one.
    async fn load(&self, id: EncounterId) -> Result<Encounter, RecordFailure>;
    /// Those that have not ended, newest first.
    async fn open(&self, most: u32) -> Result<Vec<Encounter>, RecordFailure>;
}

/// One of the users with whom a record begins.
#[derive(Debug, Clone)]
pub struct FirstUser {
    /// The user.
    pub user: User,
    /// Their passphrase.
    pub passphrase: Personal<String>,
    /// The event that says that they were added.
    pub event: AuditEvent,
}

/// Users on disk. Passphrases are kept as Argon2id hashes and never leave the store.
#[async_trait]
pub trait UserRecord: Send + Sync {
    /// How many users there are.
    async fn count(&self) -> Result<u32, RecordFailure>;
    /// Adds a user, with the audit event, in one transaction. [`RecordFailure::AlreadySettled`] where the username is taken.
    async fn add(&self, user: &User, passphrase: &str, event: &AuditEvent) -> Result<(), RecordFailure>;
    /// Adds the first users, with their audit events, in one transaction. [`RecordFailure::AlreadySettled`] where there is
    /// any user already, also one that another program added at the same moment.
    async fn add_first(&self, users: &[FirstUser]) -> Result<(), RecordFailure>;
    /// The user, where the passphrase is theirs. Takes the same time for an unknown user as for a wrong passphrase.
    async fn check(&self, username: &Username, passphrase: &str) -> Result<Option<User>, RecordFailure>;
    /// Every user, by username.
    async fn all(&self) -> Result<Vec<User>, RecordFailure>;
    /// Changes a user, with the audit event, in one transaction; the passphrase stays where none is given.
    /// [`RecordFailure::NotFound`] where there is no such user, [`RecordFailure::AlreadySettled`] where no supervisor who
    /// can sign in would be left.
    async fn change(&self, user: &User, passphrase: Option<&str>, event: &AuditEvent) -> Result<(), RecordFailure>;
    /// One user.
    async fn user(&self, id: UserId) -> Result<User, RecordFailure>;
}
