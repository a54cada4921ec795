//! Why a journey could not go on. The contract turns each into words; nobody matches on texts.

use desk_domain::approval::ApprovalRefusal;
use desk_domain::failure::{DirectoryFailure, EndpointFailure, ProviderFailure, RecordFailure};
use desk_domain::gate::GateRefusal;
use desk_domain::id::{RequestId, SearchId};
use desk_domain::user::{Action, UserChangeRefusal};

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
    /// The report is not told apart by that.
    #[error("the report is not told apart by that")]
    NoSuchGrouping,
    /// The report has no such number.
    #[error("the report has no such number")]
    NoSuchNumber,
    /// A defect: the machine was fed what cannot happen.
    #[error("defect: {0}")]
    Defect(String),
}
