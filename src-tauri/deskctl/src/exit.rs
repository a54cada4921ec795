//! How `deskctl` ends: a code a script can act on, and words a person can read.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use desk_contract::problem::{Problem, ProblemCode};

/// The exit codes, for `--help`.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done; for `book` and `cancel`: the provider has said so
  1  a fault of deskctl itself
  2  the command line is not right
  3  the configuration, or the desk's record, cannot be used
  4  signing in was refused, or the role does not allow it
  5  what was entered has to be put right
  6  a national system or the provider could not be asked, or refused
  7  not booked or not cancelled, and that is certain (a gate, the slot, the provider)
  8  not known whether it was booked or cancelled: it is in `unfinished`
  9  `assure`: a scenario was not met, or could not be driven; the report says which
  10 `audit verify`, `backup`, `restore`: the audit record does not hold; the result says where and how

Problems are written to standard error: what happened, what to do, and a reference for the help desk.
Results are JSON on standard output.";

/// Why `deskctl` ends without having done what was asked.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The configuration cannot be used.
    Configuration(String),
    /// Refused, with the code and why.
    Refused(u8, String),
    /// A problem in the field's words.
    Problem(Box<Problem>),
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl Failed {
    /// Says it on standard error and gives the code.
    pub(crate) fn tell(self) -> ExitCode {
        match self {
            Self::Configuration(what) => {
                say(&format!("deskctl: {what}"));
                ExitCode::from(3)
            }
            Self::Refused(code, why) => {
                say(&format!("deskctl: {why}"));
                ExitCode::from(code)
            }
            Self::Problem(problem) => {
                tell_problem(&problem);
                ExitCode::from(code(problem.code))
            }
        }
    }
}

/// Writes a problem to standard error.
pub(crate) fn tell_problem(problem: &Problem) {
    say(&format!("{}\n  {}\n  {}", problem.title, problem.what_happened, problem.what_to_do));
    for field in &problem.fields {
        say(&format!("  {}: {}", field.field, field.message));
    }
    if !problem.reference.is_empty() {
        say(&format!("  Reference for the help desk: {}", problem.reference));
    }
}

/// Gives a result on standard output. Where nobody takes it, what was done stays done, and the exit code says so.
pub(crate) fn give(text: &str) {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => {}
        // Whoever reads has read enough, as `head` has.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        Err(error) => say(&format!("The result could not be written to standard output: {error}.")),
    }
}

/// Says something on standard error.
pub(crate) fn say(text: &str) {
    // Where it goes nowhere there is nobody to tell.
    drop(writeln!(std::io::stderr(), "{text}"));
}

const fn code(problem: ProblemCode) -> u8 {
    use ProblemCode as Code;
    match problem {
        Code::Unexpected => 1,
        Code::Misconfigured | Code::RecordFailed | Code::NotExported => 3,
        Code::NotSignedIn | Code::WrongPassphrase | Code::SignInThrottled | Code::NotPermitted => 4,
        Code::CheckForm
        | Code::OutcomeMissing
        | Code::EncounterEnded
        | Code::ShownTooLongAgo
        | Code::RejectReasonNeeded
        | Code::ChangedMeanwhile
        | Code::NotCompleted
        | Code::ReasonNeeded
        | Code::NotReadBack
        | Code::ReassessmentNeeded
        | Code::RebookElsewhere
        | Code::ReferralIncomplete
        | Code::NoNhsNumber
        | Code::DetailsRemoved => 5,
        Code::DirectoryUnreachable
        | Code::DirectoryNotSafe
        | Code::DirectoryTimedOut
        | Code::DirectoryAccountRefused
        | Code::PostcodeNotFound
        | Code::NoServicesFound
        | Code::ServiceNotInDirectory
        | Code::DirectorySearchRefused
        | Code::DirectoryFailed
        | Code::DirectoryMalformed
        | Code::ServiceTakesNoBookings
        | Code::SeveralBookingConnections
        | Code::SpineDirectoryUnreachable
        | Code::SpineDirectoryNotSafe
        | Code::SpineDirectoryTimedOut
        | Code::SpineDirectoryFailed
        | Code::BookingSystemNotRegistered
        | Code::BookingSystemNotEnabled
        | Code::BookingSystemAmbiguous
        | Code::BookingSystemSeveralAddresses
        | Code::BookingSystemWithoutAddress
        | Code::ProviderUnreachable
        | Code::ProviderConnectionNotSafe
        | Code::ProviderTimedOut
        | Code::ProviderBusy
        | Code::ProviderForbids
        | Code::ClocksApart
        | Code::ProviderServiceUnknown
        | Code::ProviderRefused
        | Code::ProviderCannotExchange
        | Code::ProviderFailed
        | Code::ProviderMalformed
        | Code::LookUpNotOffered
        | Code::BookingNotFound => 6,
        Code::SlotGone
        | Code::NhsNumberRefused
        | Code::AlreadyBooked
        | Code::AlreadySettled
        | Code::LateNotConfirmed
        | Code::LateNeedsApproval
        | Code::SlotInThePast
        | Code::BookingNotHeld
        | Code::AnotherPatients
        | Code::BookingChanged
        | Code::AlreadyCancelled
        | Code::BookingInThePast
        | Code::CancelNotPermitted
        | Code::ReferralBlocked
        | Code::AlreadyReferred
        | Code::ReferralNotReceived => 7,
        Code::BookingUnknown | Code::CancelUnknown | Code::ReferralUnknown => 8,
    }
}
