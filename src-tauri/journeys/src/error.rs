//! Why a journey could not go on. The contract turns each into words; nobody matches on texts.

use desk_domain::approval::ApprovalRefusal;
use desk_domain::cancel::CancelRefusal;
use desk_domain::encounter::Undone;
use desk_domain::failure::{DirectoryFailure, EndpointFailure, ProviderFailure, RecordFailure};
use desk_domain::gate::GateRefusal;
use desk_domain::id::{RequestId, SearchId};
use desk_domain::referral::{ReferralGap, ReferralRefusal};
use desk_domain::retention::RetentionRefusal;
use desk_domain::user::{Action, UserChangeRefusal};

use crate::ports::ExportFailure;

/// Why a journey could not go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::VariantNames, strum::IntoStaticStr)]
pub enum JourneyError {
    /// The role does not allow it (NF-3).
    #[error("this role may not {}", .0.words())]
    NotPermitted(Action),
    /// Username or passphrase is wrong.
    #[error("username or passphrase is wrong")]
    WrongPassphrase,
    /// The user may sign in no more.
    #[error("the user is locked")]
    UserLocked,
    /// A user is not changed so (NF-3).
    #[error(transparent)]
    UserChange(#[from] UserChangeRefusal),
    /// Too many wrong passphrases; wait so many seconds.
    #[error("too many wrong passphrases: wait {0} s")]
    Throttled(u64),
    /// The desk has its first user already.
    #[error("the desk has users already")]
    NotTheFirstUser,
    /// The desk's record could not be read or written.
    #[error(transparent)]
    Record(#[from] RecordFailure),
    /// The encounter has no outcome yet.
    #[error("the encounter has no assessment outcome")]
    OutcomeMissing,
    /// The encounter has ended.
    #[error("the encounter has ended")]
    EncounterEnded,
    /// Somebody else changed it since it was shown.
    #[error("it was changed since it was shown")]
    ChangedMeanwhile,
    /// Something keeps the encounter from being completed.
    #[error(transparent)]
    NotCompleted(#[from] Undone),
    /// A booking of the encounter stands, so that it cannot end as one that needs no service.
    #[error("a booking of the encounter stands")]
    StillBooked,
    /// A reason is needed.
    #[error("a reason is needed")]
    ReasonNeeded,
    /// The booking is not this patient's, or does not say whose it is.
    #[error("the booking is not this patient's")]
    AnotherPatients,
    /// The identifiers were not read back to the patient.
    #[error("the identifiers were not read back")]
    NotReadBack,
    /// The provider does not have the booking that was to be read.
    #[error("the provider does not have this booking")]
    BookingNotFound {
        /// The request that asked for it.
        request: RequestId,
    },
    /// The booking cannot be cancelled, as it was read.
    #[error(transparent)]
    CannotCancel(#[from] CancelRefusal),
    /// A rebooking after the consultation needs a reassessment first, or a reason (RB-2).
    #[error("a reassessment comes first, or a reason for going on without one")]
    ReassessmentNeeded,
    /// The rebooking has come to another place meanwhile.
    #[error("the rebooking has come to another place")]
    RebookElsewhere,
    /// The booking-only gate stops the referral (BO).
    #[error(transparent)]
    ReferralBlocked(#[from] ReferralRefusal),
    /// The patient is referred to the service already.
    #[error("the patient is referred there already")]
    AlreadyReferred,
    /// Something is missing that the referral's document needs.
    #[error("the referral is not complete")]
    IncompleteReferral(Vec<ReferralGap>),
    /// The provider does not let bookings be looked up (RG-1).
    #[error("the provider does not let bookings be looked up")]
    LookUpNotOffered,
    /// Without an NHS number nobody can be looked up.
    #[error("the patient has no NHS number")]
    NoNhsNumber,
    /// What was shown is no longer held; it has to be asked for again.
    #[error("what was shown is no longer held")]
    ShownTooLongAgo,
    /// The directory gave no answer to use.
    #[error("{failure}")]
    Directory {
        /// What failed.
        failure: DirectoryFailure,
        /// The search, for the reference.
        search: SearchId,
    },
    /// The service takes no bookings from here.
    #[error("the service takes no bookings")]
    NoBookingConnection,
    /// The service has several booking connections (DI-5).
    #[error("the service has several booking connections")]
    SeveralBookingConnections,
    /// The Spine directory gave no address (DI-7).
    #[error("{failure}")]
    Endpoint {
        /// What failed.
        failure: EndpointFailure,
        /// The request it was for.
        request: RequestId,
    },
    /// The provider gave no answer to use.
    #[error("{failure}")]
    Provider {
        /// What failed.
        failure: ProviderFailure,
        /// The request.
        request: RequestId,
    },
    /// The timeframe gate does not let it pass (TF).
    #[error(transparent)]
    Gate(#[from] GateRefusal),
    /// No approval of the slot is given (TF-2).
    #[error(transparent)]
    Approval(#[from] ApprovalRefusal),
    /// A reason for passing over the first service is needed (DI-10).
    #[error("a reason for passing over the first service is needed")]
    RejectReasonNeeded,
    /// A booking of this encounter is being made at this moment.
    #[error("a booking is being made")]
    BookingInProgress,
    /// It is not known whether an earlier order of this encounter was booked.
    #[error("an earlier order of the encounter is not settled")]
    EarlierNotSettled,
    /// The encounter has a booking already.
    #[error("the encounter has a booking already")]
    AlreadyBooked,
    /// No valid request can be made of what was taken down.
    #[error("no valid request can be made: {0}")]
    InvalidOrder(String),
    /// The audit record was not written to files.
    #[error(transparent)]
    NotExported(ExportFailure),
    /// The report is not told apart by what was asked for, or has no such number.
    #[error("the report does not have that")]
    NotInReport,
    /// What has been kept long enough is not removed as it was asked for (NF-5).
    #[error(transparent)]
    Retention(#[from] RetentionRefusal),
    /// What was typed is no reference.
    #[error("this is no reference")]
    NoReference,
    /// A defect: the machine was fed what cannot happen.
    #[error("defect: {0}")]
    Defect(String),
}

impl From<ExportFailure> for JourneyError {
    fn from(failure: ExportFailure) -> Self {
        match failure {
            ExportFailure::Record(failure) => Self::Record(failure),
            ExportFailure::ThereAlready | ExportFailure::DiskFull | ExportFailure::NotWritable => {
                Self::NotExported(failure)
            }
        }
    }
}
