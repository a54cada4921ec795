//! What can fail when the national systems are asked, in the field's words. Adapters decide which it was; nobody
//! matches on texts or status numbers afterwards.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::retention::YearsKept;

/// Why the Directory of Services gave no answer to use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::VariantNames, strum::IntoStaticStr)]
pub enum DirectoryFailure {
    /// No connection.
    #[error("the directory of services cannot be reached")]
    Unreachable,
    /// The connection is not safe.
    #[error("the connection to the directory of services is not safe: {0}")]
    NotSafe(CertificateFault),
    /// No answer in time, or the connection was lost.
    #[error("the directory of services did not answer in time")]
    TimedOut,
    /// It cannot answer now, and asks to come back later (also fault 300: its sign-in is out of order).
    #[error("the directory of services is not available now")]
    Busy,
    /// Username or password are wrong or missing, or the account is locked (faults 302, 1001).
    #[error("the directory of services refused the username or password")]
    CredentialsRefused,
    /// The account is known and may not do this (fault 303).
    #[error("the directory of services does not permit this to the account")]
    AccountNotAllowed,
    /// The postcode is not known (fault 101).
    #[error("the directory of services does not know the postcode")]
    PostcodeNotFound,
    /// No service fits, not even the catch-all (fault 102).
    #[error("the directory of services has no service for this need")]
    NoServices,
    /// The service is not there any more (fault 103).
    #[error("the directory of services does not have the service")]
    ServiceNotFound,
    /// It refused what was asked (faults 104 to 121): with the field that does not fit, and the fault's number where it
    /// gave one.
    #[error("the directory of services refused the search: {field}{}", numbered(*.fault))]
    SearchRefused {
        /// What does not fit.
        field: SearchField,
        /// The fault's number, for the record.
        fault: Option<u32>,
    },
    /// No valid request can be made of what is to be asked: nothing was sent.
    #[error("the directory of services was not asked: {0} does not fit")]
    NotAsked(SearchField),
    /// The directory failed.
    #[error("the directory of services failed")]
    Failed,
    /// The answer could not be understood.
    #[error("the answer of the directory of services could not be understood")]
    Malformed,
}

fn numbered(fault: Option<u32>) -> String {
    fault.map(|number| format!(" (fault {number})")).unwrap_or_default()
}

/// What of a search the directory refuses, or cannot be asked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, strum::EnumIter)]
pub enum SearchField {
    /// Age, or its format.
    #[error("the age")]
    Age,
    /// Gender.
    #[error("the gender")]
    Gender,
    /// The outcome.
    #[error("the outcome")]
    Disposition,
    /// Symptom group.
    #[error("the symptom group")]
    SymptomGroup,
    /// Symptom discriminators, or their combination with the symptom group.
    #[error("the symptom discriminators")]
    SymptomDiscriminators,
    /// Search distance.
    #[error("the search distance")]
    Distance,
    /// The time for which is searched.
    #[error("the time of the search")]
    Time,
    /// The version of the directory's own protocol.
    #[error("the version")]
    Version,
    /// The username or password, as something that cannot be written down in a request.
    #[error("the account")]
    Account,
    /// The request as a whole: the directory does not say what.
    #[error("the request")]
    Request,
}

/// Why the Spine directory gave no address to use (DI-7).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::VariantNames, strum::IntoStaticStr)]
pub enum EndpointFailure {
    /// No connection.
    #[error("the Spine directory cannot be reached")]
    Unreachable,
    /// The connection is not safe.
    #[error("the connection to the Spine directory is not safe: {0}")]
    NotSafe(CertificateFault),
    /// No answer in time.
    #[error("the Spine directory did not answer in time")]
    TimedOut,
    /// It failed, or its answer could not be understood.
    #[error("the Spine directory failed")]
    Failed,
    /// It says that another directory has to be asked, which this desk does not do on a stranger's word.
    #[error("the Spine directory referred to another directory")]
    ReferredElsewhere,
    /// No nhsAs of that ASID.
    #[error("the booking system is not registered")]
    SystemNotFound,
    /// nhsAs without both booking interactions.
    #[error("the booking system is not registered for bookings")]
    InteractionsMissing,
    /// nhsAs with GP Connect interactions as well.
    #[error("the booking system is registered for GP Connect as well")]
    MixedWithGpConnect,
    /// Several nhsMhs.
    #[error("the booking system has several addresses")]
    SeveralAddresses,
    /// No nhsMhs, or one without a usable endpoint.
    #[error("the booking system has no usable address")]
    NoUsableAddress,
}

/// Whose certificate is at fault.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    thiserror::Error,
    strum::VariantNames,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "camelCase")]
pub enum CertificateFault {
    /// Theirs.
    #[error("the other side's certificate is not accepted")]
    Theirs,
    /// Ours.
    #[error("our certificate is not accepted")]
    Ours,
}

/// Why a provider gave no answer to use.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error, strum::VariantNames, strum::IntoStaticStr,
)]
#[serde(rename_all = "camelCase")]
pub enum ProviderFailure {
    /// It never left: no connection could be made. Certain that nothing was done.
    #[error("the provider cannot be reached")]
    NotSent,
    /// It never left: the connection is not safe. Certain that nothing was done.
    #[error("the connection to the provider is not safe: {0}")]
    NotSafe(CertificateFault),
    /// It left, and no whole answer came. Unknown what was done.
    #[error("no answer came from the provider in time")]
    Lost,
    /// The proxy says it could not reach the provider, or the provider did not answer it. Unknown what was done.
    #[error("the provider did not answer the proxy")]
    NotRelayed,
    /// A relay on the way gave up on the request, and asks for nothing. Unknown what was done.
    #[error("the request was given up on the way")]
    GaveUp,
    /// Too busy to take the request; it asks to come back later.
    #[error("the provider is too busy")]
    Busy,
    /// Too busy to take the request; it asks to come back after so many seconds.
    #[error("the provider is too busy, and asks to come back after {0} seconds")]
    BusyFor(u32),
    /// It refused the request, and says so.
    #[error("the provider refused: {0}")]
    Refused(Refusal),
    /// It failed on its side. Unknown what was done.
    #[error("the provider failed")]
    Failed,
    /// Its answer could not be understood (ER-3). Unknown what was done.
    #[error("the provider's answer could not be understood")]
    Malformed,
}

/// What a provider refused, as its status and OperationOutcome say.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    thiserror::Error,
    strum::VariantNames,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "camelCase")]
pub enum Refusal {
    /// The slot is not free any more.
    #[error("the slot is not free any more")]
    SlotGone,
    /// Not permitted to this organisation, or the token is not accepted.
    #[error("not permitted")]
    Forbidden,
    /// Not permitted, and this computer's clock and the other side's are apart by more than a token lives: by so many
    /// seconds this computer is ahead (behind, where negative).
    #[error("not permitted, and this computer's clock is {0} seconds ahead of theirs")]
    ClockApart(i64),
    /// It does not know the service, the slot or the booking.
    #[error("not found")]
    NotFound,
    /// The NHS number is not accepted.
    #[error("the NHS number is not accepted")]
    NhsNumber,
    /// The request id was used before: the first request may have been carried out.
    #[error("the request was received before")]
    RequestIdUsed,
    /// A conflict that the answer does not explain: it may be the slot or the request id.
    #[error("a conflict that is not explained")]
    Conflict,
    /// It cannot exchange bookings in this form.
    #[error("it cannot exchange bookings in this form")]
    CannotExchange,
    /// It does not accept the content of the request.
    #[error("it does not accept the request")]
    Invalid,
}

/// The desk's own record could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::VariantNames, strum::IntoStaticStr)]
pub enum RecordFailure {
    /// The disk or the database failed.
    #[error("the desk's record failed: {0}")]
    Failed(String),
    /// It is not there.
    #[error("it is not in the desk's record")]
    NotFound,
    /// It was changed or settled meanwhile.
    #[error("it was settled meanwhile")]
    AlreadySettled,
    /// What it says of the patient was removed, as its time to be kept was over (NF-5).
    #[error("details were removed after {} years", .years.number())]
    DetailsRemoved {
        /// When (UTC).
        at: DateTime<Utc>,
        /// After how many years.
        years: YearsKept,
    },
}
