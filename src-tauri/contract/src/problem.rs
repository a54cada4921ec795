//! Problems as a person reads them: title, what happened, what to do next, a reference to quote.
//!
//! The one table from what failed to words (ER-1). No status code ever stands in a text here.

use serde::Serialize;
use ts_rs::TS;

use crate::referral::on_the_phone;

/// A problem as a screen shows it, and as `deskctl` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// What failed; grows only when a screen or a script uses a code.
    pub code: ProblemCode,
    /// A heading of a few words.
    pub title: String,
    /// What happened, in plain words.
    pub what_happened: String,
    /// What to do next, in plain words.
    pub what_to_do: String,
    /// Short reference to quote to the help desk; empty where nothing was recorded.
    pub reference: String,
    /// What is wrong with which field of a form; empty where it is not about a form.
    pub fields: Vec<FieldProblem>,
    /// What a screen offers as buttons, most helpful first.
    pub next_steps: Vec<NextStep>,
}

/// What is wrong with one field of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FieldProblem {
    /// Name of the field in the input type, for example `birthDay` or `contacts.0.value`.
    pub field: String,
    /// What to do about it, for example `Date of birth must include a day`.
    pub message: String,
}

impl Problem {
    /// With the number, where one is known, beside "telephone the service".
    #[must_use]
    pub(crate) fn telephoning(mut self, phone: Option<&str>) -> Self {
        const WORDS: &str = "elephone the service";
        self.what_to_do = self.what_to_do.replacen(WORDS, &format!("{WORDS}{}", on_the_phone(phone)), 1);
        self
    }

    /// One field to put right.
    #[must_use]
    pub fn field(field: &str, message: &str) -> Self {
        Self::form(vec![FieldProblem { field: field.to_owned(), message: message.to_owned() }])
    }
}

/// What can be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum NextStep {
    /// Try the same again.
    TryAgain,
    /// Ask the service for its free slots again.
    FreshSlots,
    /// Choose another service.
    AnotherService,
    /// Change the patient's details.
    ChangePatient,
    /// Change the assessment outcome.
    ChangeOutcome,
    /// Open unfinished work.
    OpenUnfinished,
    /// Look for the patient's bookings.
    FindBookings,
    /// Record what was said and found in the assessment.
    RecordResponses,
    /// Sign in.
    SignIn,
}

/// What failed. Flat; the words are in `words.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ProblemCode {
    /// A form has fields to put right.
    CheckForm,
    /// Nobody is signed in.
    NotSignedIn,
    /// Username or passphrase is wrong.
    WrongPassphrase,
    /// Too many wrong passphrases: wait.
    SignInThrottled,
    /// The role of the person signed in does not allow it.
    NotPermitted,
    /// Something shown earlier is no longer held; search again.
    ShownTooLongAgo,
    /// The desk's own record cannot be read or written; nothing was sent.
    RecordFailed,
    /// The encounter has no assessment outcome yet.
    OutcomeMissing,
    /// The encounter was ended.
    EncounterEnded,
    /// The configuration does not fit.
    Misconfigured,
    /// The directory of services cannot be reached.
    DirectoryUnreachable,
    /// The connection to the Directory of Services is not safe.
    DirectoryNotSafe,
    /// The directory of services did not answer in time.
    DirectoryTimedOut,
    /// The directory of services refused this organisation's account.
    DirectoryAccountRefused,
    /// The directory does not know the postcode.
    PostcodeNotFound,
    /// The directory has no service for this need.
    NoServicesFound,
    /// The directory no longer has the service.
    ServiceNotInDirectory,
    /// The directory refused the search.
    DirectorySearchRefused,
    /// The directory failed.
    DirectoryFailed,
    /// The directory's answer could not be understood.
    DirectoryMalformed,
    /// The service has no booking connection.
    ServiceTakesNoBookings,
    /// The service has more than one booking connection (DI-5).
    SeveralBookingConnections,
    /// The Spine directory cannot be reached.
    SpineDirectoryUnreachable,
    /// The connection to the Spine directory is not safe.
    SpineDirectoryNotSafe,
    /// The Spine directory did not answer in time.
    SpineDirectoryTimedOut,
    /// The Spine directory failed or its answer could not be understood.
    SpineDirectoryFailed,
    /// The Spine directory does not know the service's system (nhsAs, DI-7).
    BookingSystemNotRegistered,
    /// The service's system is not registered for booking (interactions missing, DI-7).
    BookingSystemNotEnabled,
    /// The service's system is registered for two kinds of booking (GP Connect too, DI-7).
    BookingSystemAmbiguous,
    /// The service's system has several addresses (several nhsMhs, DI-7).
    BookingSystemSeveralAddresses,
    /// The service's system has no usable address (DI-7).
    BookingSystemWithoutAddress,
    /// The provider cannot be reached.
    ProviderUnreachable,
    /// The connection to the provider is not safe: certificate at fault.
    ProviderConnectionNotSafe,
    /// The provider did not answer in time.
    ProviderTimedOut,
    /// The provider is too busy.
    ProviderBusy,
    /// The provider does not allow it to this organisation.
    ProviderForbids,
    /// The clocks of this computer and of the provider are too far apart.
    ClocksApart,
    /// The provider does not know the service.
    ProviderServiceUnknown,
    /// The provider refused the request.
    ProviderRefused,
    /// The provider cannot exchange bookings in our form.
    ProviderCannotExchange,
    /// The provider failed.
    ProviderFailed,
    /// The provider's answer could not be understood (ER-3).
    ProviderMalformed,
    /// The slot has gone.
    SlotGone,
    /// The provider does not accept the patient's NHS number.
    NhsNumberRefused,
    /// The encounter has a booking already.
    AlreadyBooked,
    /// Somebody settled it meanwhile.
    AlreadySettled,
    /// The slot is outside the timeframe and needs to be confirmed.
    LateNotConfirmed,
    /// The slot is outside the timeframe and needs a named clinician's approval.
    LateNeedsApproval,
    /// The slot has started.
    SlotInThePast,
    /// A reason for passing over the first service is needed (DI-10).
    RejectReasonNeeded,
    /// It is not known whether the provider booked.
    BookingUnknown,
    /// The provider was asked and holds no booking.
    BookingNotHeld,
    /// Somebody else changed it since it was shown.
    ChangedMeanwhile,
    /// Something keeps the encounter from being completed.
    NotCompleted,
    /// A reason is needed.
    ReasonNeeded,
    /// The booking is another patient's, or does not say whose it is.
    AnotherPatients,
    /// The identifiers were not read back.
    NotReadBack,
    /// The provider has changed the booking since it was shown.
    BookingChanged,
    /// The booking was cancelled before.
    AlreadyCancelled,
    /// The appointment has started.
    BookingInThePast,
    /// The provider does not have the booking.
    BookingNotFound,
    /// The provider does not permit the cancellation.
    CancelNotPermitted,
    /// It is not known whether a booking was cancelled.
    CancelUnknown,
    /// A reassessment comes before a rebooking, or a reason (RB-2).
    ReassessmentNeeded,
    /// The rebooking has come to another place.
    RebookElsewhere,
    /// The booking-only gate stops the referral (BO).
    ReferralBlocked,
    /// The referral lacks something.
    ReferralIncomplete,
    /// The patient is referred there already.
    AlreadyReferred,
    /// The receiver does not have the referral.
    ReferralNotReceived,
    /// It is not known whether the receiver has the referral.
    ReferralUnknown,
    /// The provider does not let bookings be looked up.
    LookUpNotOffered,
    /// Without an NHS number nobody can be looked up.
    NoNhsNumber,
    /// What the record said of the patient was removed, as its time to be kept was over (NF-5).
    DetailsRemoved,
    /// The audit record was not written to files.
    NotExported,
    /// Something that should not happen; recorded for the help desk.
    Unexpected,
}
