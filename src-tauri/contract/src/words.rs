//! The table from what failed to words (ER-1): one row a failure, one place. Codes of the wire never stand in a text.

use chrono::TimeDelta;
use desk_domain::booking::NotBooked;
use desk_domain::calendar::local_date;
use desk_domain::failure::{
    CertificateFault, DirectoryFailure, EndpointFailure, ProviderFailure, RecordFailure, Refusal, SearchField,
};
use desk_domain::gate::GateRefusal;
use desk_domain::id::short_reference;
use desk_domain::outcome::duration_words;
use desk_domain::retention::{ClockDoubt, RetentionRefusal};
use desk_domain::user::UserChangeRefusal;
use desk_journeys::JourneyError;
use desk_journeys::ports::ExportFailure;

use crate::display::{count, date};
use crate::problem::{FieldProblem, NextStep, Problem, ProblemCode};

/// A row: code, title, what happened, what to do, what to offer.
pub(crate) struct Row(
    pub(crate) ProblemCode,
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) &'static [NextStep],
);

impl From<Row> for Problem {
    fn from(Row(code, title, what_happened, what_to_do, next_steps): Row) -> Self {
        Self {
            code,
            title: title.to_owned(),
            what_happened: what_happened.to_owned(),
            what_to_do: what_to_do.to_owned(),
            reference: String::new(),
            fields: Vec::new(),
            next_steps: next_steps.to_vec(),
        }
    }
}

use NextStep as Step;
use ProblemCode as Code;

const RETRY: &[Step] = &[Step::TryAgain];
const RETRY_OR_OTHER: &[Step] = &[Step::TryAgain, Step::AnotherService];
const OTHER: &[Step] = &[Step::AnotherService];
const FRESH_OR_OTHER: &[Step] = &[Step::FreshSlots, Step::AnotherService];

impl Problem {
    /// A form with fields to put right.
    #[must_use]
    pub fn form(fields: Vec<FieldProblem>) -> Self {
        let row = Row(
            Code::CheckForm,
            "There is a problem",
            "Some of what was entered needs another look.",
            "Put the fields below right. Nothing you typed is lost.",
            &[],
        );
        Self { fields, ..row.into() }
    }

    /// Nobody is signed in.
    #[must_use]
    pub fn not_signed_in() -> Self {
        Row(
            Code::NotSignedIn,
            "Please sign in",
            "Nobody is signed in at this desk.",
            "Sign in and go on where you were.",
            &[Step::SignIn],
        )
        .into()
    }

    /// A value that the window should never have sent.
    #[must_use]
    pub fn unexpected(what: &str) -> Self {
        let row = Row(
            Code::Unexpected,
            "Something went wrong here",
            "This is a fault of Booking Desk. Nothing was sent.",
            "Try again. If it stays, tell the help desk what you did.",
            RETRY,
        );
        Self { reference: what.to_owned(), ..row.into() }
    }

    /// The desk could not be started as configured.
    #[must_use]
    pub fn misconfigured(what: &str) -> Self {
        let row = Row(
            Code::Misconfigured,
            "This desk is not set up correctly",
            "",
            "Give this message to your IT support.",
            &[],
        );
        Self { what_happened: what.to_owned(), ..row.into() }
    }

    /// Not booked, and that is certain.
    #[must_use]
    pub fn not_booked(why: &NotBooked) -> Self {
        match why {
            NotBooked::NothingSent => Self::from(&RecordFailure::Failed(String::new())),
            NotBooked::Failure(ProviderFailure::Refused(Refusal::ClockApart(ahead))) => {
                let told = clocks_apart(*ahead);
                Self { what_happened: format!("{} Nothing was booked.", told.what_happened), ..told }
            }
            NotBooked::Failure(ProviderFailure::Refused(refusal)) => booking_refusal(*refusal).into(),
            NotBooked::Failure(failure) => {
                let told = Self::from(failure);
                Self { what_happened: format!("{} Nothing was booked.", told.what_happened), ..told }
            }
            NotBooked::NotHeld(_) => Row(
                Code::BookingNotHeld,
                "Not booked",
                "The provider’s answer was unclear, so we asked it what it holds: it holds no booking for this patient at this time.",
                "Choose a slot again, or another service.",
                FRESH_OR_OTHER,
            )
            .into(),
        }
    }

    /// Not known whether it was booked: what settles it depends on whether the provider can be asked from here, which it
    /// can about a patient with an NHS number alone.
    #[must_use]
    pub(crate) fn booking_unknown(phone: Option<&str>, can_be_asked: bool) -> Self {
        let row = Row(
            Code::BookingUnknown,
            "We do not know whether this was booked",
            "The request was sent, and no answer came that settles it. The patient may or may not hold this appointment.",
            "",
            &[Step::OpenUnfinished],
        );
        let telephone = phone
            .map_or_else(|| "Telephone the service".to_owned(), |phone| format!("Telephone the service on {phone}"));
        let settle = if can_be_asked {
            format!("Open unfinished work and ask the provider. {telephone} if that does not settle it.")
        } else {
            format!(
                "{telephone}: without an NHS number its booking system cannot be asked from here. Then settle it in unfinished work."
            )
        };
        let what_to_do =
            format!("Do not tell the patient that it is booked. {settle} It stays on the list until it is settled.");
        Self { what_to_do, ..row.into() }
    }

    /// The same problem with the reference under which it is recorded.
    #[must_use]
    pub(crate) fn with_reference(self, reference: String) -> Self {
        Self { reference, ..self }
    }
}

impl From<&JourneyError> for Problem {
    fn from(error: &JourneyError) -> Self {
        match error {
            JourneyError::NotPermitted(action) => {
                let row = Row(Code::NotPermitted, "Your role does not allow this", "", "Ask a colleague whose role allows it. The attempt was recorded.", &[]);
                Self { what_happened: format!("Your role may not {}.", action.words()), ..row.into() }
            }
            JourneyError::UserLocked => Row(Code::NotSignedIn, "You are not signed in any more", "A supervisor locked this user, or gave them another role. Nothing was done.", "Sign in again, or ask a supervisor.", &[Step::SignIn]).into(),
            JourneyError::UserChange(refusal) => user_change(*refusal),
            JourneyError::WrongPassphrase => Row(Code::WrongPassphrase, "Username or passphrase is wrong", "Nobody was signed in.", "Check both and try again. A supervisor can help where a passphrase was forgotten.", RETRY).into(),
            JourneyError::Throttled(seconds) => {
                let row = Row(Code::SignInThrottled, "Too many wrong passphrases", "", "Wait, then try again, or ask a supervisor.", RETRY);
                Self { what_happened: format!("Signing in as this user is held back for {seconds} seconds."), ..row.into() }
            }
            JourneyError::NotTheFirstUser => Row(Code::NotPermitted, "This desk has users already", "The first user was made before.", "Sign in, or ask a supervisor to add you.", &[Step::SignIn]).into(),
            JourneyError::Record(failure) => Self::from(failure),
            JourneyError::OutcomeMissing => Row(Code::OutcomeMissing, "Record the assessment outcome first", "Services are searched by the outcome of the assessment.", "Record the outcome, then search.", &[Step::ChangeOutcome]).into(),
            JourneyError::EncounterEnded => Row(Code::EncounterEnded, "This encounter has ended", "Nothing can be added to it.", "Begin a new encounter for the patient.", &[]).into(),
            JourneyError::ShownTooLongAgo => Row(Code::ShownTooLongAgo, "Please search again", "What was shown belongs to an earlier search and may have changed.", "Search services again and choose from the fresh list.", OTHER).into(),
            JourneyError::Directory { failure, search } => Self { reference: short_reference(search.0), ..directory(failure).into() },
            JourneyError::NoBookingConnection => Row(Code::ServiceTakesNoBookings, "This service takes no bookings from here", "The directory gives no booking connection for it.", "Contact the service as its details say, or choose another service.", OTHER).into(),
            JourneyError::SeveralBookingConnections => Row(Code::SeveralBookingConnections, "This service cannot be booked", "The directory gives more than one booking connection for it, so we cannot tell which is right. The fault was recorded.", "Choose another service, and tell the help desk so that the directory is put right.", OTHER).into(),
            JourneyError::Endpoint { failure, request } => Self { reference: request.reference(), ..endpoint(failure).into() },
            JourneyError::Provider { failure, request } => Self { reference: request.reference(), ..Self::from(failure) },
            JourneyError::Gate(refusal) => gate(*refusal),
            JourneyError::Approval(refusal) => crate::approval::refused(*refusal),
            JourneyError::RejectReasonNeeded => Row(Code::RejectReasonNeeded, "Why not the first service?", "The directory ranked another service first.", "Choose the reason for passing it over, with a comment where it asks for one.", &[]).into(),
            JourneyError::BookingInProgress => Row(Code::BookingUnknown, "A booking is being made", "A booking for this patient is on its way at this moment.", "Wait for its result before doing anything else.", &[]).into(),
            JourneyError::EarlierNotSettled => Row(
                Code::BookingUnknown,
                "An earlier booking of this encounter is not settled",
                "We do not know whether the provider booked it. A second order could leave the patient with two appointments. Nothing was sent.",
                "Open unfinished work: ask the provider, or telephone the service and settle it by hand. Then book.",
                &[Step::OpenUnfinished],
            )
            .into(),
            JourneyError::AlreadyBooked => Row(Code::AlreadyBooked, "This patient has a booking from this encounter", "A booking was confirmed in this encounter, and a second one would leave the patient with two.", "To change it, choose Rebook at the booking: the new one is made first, and then the old one is cancelled.", &[]).into(),
            JourneyError::ChangedMeanwhile => Row(Code::ChangedMeanwhile, "Somebody else changed this meanwhile", "Another desk has changed what is on this page since it was opened. Nothing of yours was written over theirs.", "Copy what you typed, open the page again, and put it in where it is still right.", &[]).into(),
            JourneyError::NotCompleted(undone) => {
                let row = Row(Code::NotCompleted, "This encounter is not complete", "", "Do what is left, or end it with something left undone and say why.", &[]);
                Self { what_happened: crate::responses::undone_words(Some(*undone)), ..row.into() }
            }
            JourneyError::StillBooked => Row(Code::AlreadyBooked, "The patient still holds a booking from this encounter", "An encounter that needs no service cannot end while its booking stands.", "Cancel the booking first, or end the encounter as completed.", &[]).into(),
            JourneyError::ReasonNeeded => Row(Code::ReasonNeeded, "A reason is needed", "Nothing was done.", "Say in a few words why, or who told you.", &[]).into(),
            JourneyError::AnotherPatients => Row(Code::AnotherPatients, "This is not this patient’s booking", "The provider’s record names another patient, or nobody. Nothing was sent.", "Look for the patient’s booking again.", &[]).into(),
            JourneyError::NotReadBack => Row(Code::NotReadBack, "Read the booking back to the patient first", "Name, date of birth, and NHS number or address have to fit before a booking is cancelled. Nothing was sent.", "Read them back, and confirm each.", &[]).into(),
            JourneyError::CannotCancel(refusal) => crate::cancel::cancel_refusal(*refusal).1,
            JourneyError::ReassessmentNeeded => Row(Code::ReassessmentNeeded, "Assess the patient again first", "The consultation in which this was booked is over. Symptoms may have changed.", "Record a new assessment outcome, or say why it goes on without one.", &[Step::ChangeOutcome]).into(),
            JourneyError::BookingNotFound { request } => {
                let row = Row(Code::BookingNotFound, "The provider does not have this booking", "Its booking system does not know the booking. Nothing was changed.", "Telephone the service to learn what happened. A patient who needs an appointment is booked from the start.", &[]);
                Self { reference: request.reference(), ..row.into() }
            }
            JourneyError::RebookElsewhere => Row(Code::RebookElsewhere, "This rebooking has gone on elsewhere", "Another desk, or an earlier step, has brought it to another place. Nothing was sent.", "Open the encounter or unfinished work again to see how it stands.", &[Step::OpenUnfinished]).into(),
            JourneyError::ReferralBlocked(refusal) => crate::referral::blocked(*refusal),
            JourneyError::AlreadyReferred => Row(Code::AlreadyReferred, "The patient is referred to this service already", "A referral that was sent is never replaced. Nothing was sent.", "Open the encounter to see how it stands, or telephone the service.", &[]).into(),
            JourneyError::IncompleteReferral(missing) => crate::referral::incomplete(missing),
            JourneyError::LookUpNotOffered => Row(Code::LookUpNotOffered, "This provider does not let us look up bookings", "Its booking system offers no search for a patient’s bookings.", "Use this desk’s own record, or telephone the service.", &[]).into(),
            JourneyError::NoNhsNumber => Row(Code::NoNhsNumber, "Bookings cannot be looked up without an NHS number", "Providers find a patient’s bookings by the NHS number alone.", "Take down the NHS number, or use this desk’s own record.", &[Step::ChangePatient]).into(),
            JourneyError::InvalidOrder(what) => {
                let row = Row(Code::CheckForm, "The booking request is not complete", "", "Put the patient’s details right, then book again.", &[Step::ChangePatient]);
                Self { what_happened: format!("Nothing was sent: {what}."), ..row.into() }
            }
            JourneyError::NotExported(failure) => not_exported(failure),
            JourneyError::NotInReport => Row(Code::CheckForm, "The report does not have this", "It is not told apart by what was asked for, or has no such row or column over these days.", "Open the report again and choose from what it shows.", &[]).into(),
            JourneyError::Retention(refusal) => retention(*refusal),
            JourneyError::NoReference => Row(Code::CheckForm, "This is no reference", "Nothing was looked up.", "Type the reference as the screen shows it, or the whole id that another help desk gave.", &[]).into(),
            JourneyError::Defect(_) => Self::unexpected(""),
        }
    }
}

/// Why nothing is removed whose time to be kept is over (NF-5).
fn retention(refusal: RetentionRefusal) -> Problem {
    let row = |title, what_to_do| Row(Code::CheckForm, title, "", what_to_do, &[]);
    let (row, what_happened) = match refusal {
        RetentionRefusal::ClockDoubted(ClockDoubt::Behind { latest }) => (
            row("Which day is it?", "Set the clock right. If it is right, type today’s date as well."),
            format!(
                "The record has an event of {}, and this computer’s clock is behind that.",
                date(local_date(latest))
            ),
        ),
        RetentionRefusal::ClockDoubted(ClockDoubt::Paused { from, until }) => (
            row(
                "Which day is it?",
                "See whether the clock is right, and was right before. If both are so, type today’s date as well.",
            ),
            format!(
                "The record has nothing between {} and {}: the clock may have been set, and what looks old may be new.",
                date(local_date(from)),
                date(local_date(until))
            ),
        ),
        RetentionRefusal::NotToday(today) => (
            row("This is not today’s date", "Set the clock right, or type the date again."),
            format!("By this computer’s clock today is {}.", date(today)),
        ),
        RetentionRefusal::NotAsShown { shown, now } => (
            row("It is not what was shown", "Look again at what would be removed, and confirm that."),
            format!("So many encounters were confirmed: {shown}. So many have been kept long enough: {now}."),
        ),
    };
    let what_happened = format!("{what_happened} Nothing was removed.");
    Problem { what_happened, ..row.into() }
}

fn not_exported(failure: &ExportFailure) -> Problem {
    match failure {
        ExportFailure::ThereAlready => Problem::field("folder", "A folder of this name holds an export already, which stays as it is. Choose another name"),
        ExportFailure::DiskFull => Row(Code::NotExported, "The export was not written: the disk is full", "Nothing of it is left. The record itself is as it was.", "Make room on this computer, or export a part of the record, and try again.", RETRY).into(),
        ExportFailure::NotWritable => Row(Code::NotExported, "The export was not written: its folder cannot be written to", "Nothing of it is left. The record itself is as it was.", "Choose another name for the folder. If it stays, tell the help desk: this computer does not let files be saved among the downloads.", RETRY).into(),
        ExportFailure::Record(failure) => Problem::from(failure),
    }
}

impl From<&RecordFailure> for Problem {
    fn from(failure: &RecordFailure) -> Self {
        match failure {
            RecordFailure::Failed(why) => {
                let row = Row(
                    Code::RecordFailed,
                    "This desk cannot write its record",
                    "The desk’s record on this computer could not be read or written. Nothing was sent.",
                    "Try again. If it stays, use another desk and give this message to the help desk: the disk may be full. A \
                     damaged record is replaced by its newest backup (deskctl restore).",
                    RETRY,
                );
                let told = Self::from(row);
                // Its words name no content of the record.
                let reason = if why.is_empty() { String::new() } else { format!(" The reason is for IT: {why}.") };
                Self { what_happened: told.what_happened + &reason, ..told }
            }
            RecordFailure::NotFound => Row(
                Code::ShownTooLongAgo,
                "Not found in this desk’s record",
                "What was asked for is not in the record.",
                "Go back to the list and choose again.",
                &[],
            )
            .into(),
            RecordFailure::DetailsRemoved { at, years } => {
                let row = Row(
                    Code::DetailsRemoved,
                    "The patient’s details were removed",
                    "",
                    "Nothing can bring them back. What was counted of it is in the reports, and the audit record says what was done and when.",
                    &[],
                );
                let kept = count(years.number().into(), "year", "years");
                let what_happened = format!("They were kept for {kept}, and removed on {}.", date(local_date(*at)));
                Self { what_happened, ..row.into() }
            }
            RecordFailure::AlreadySettled => Row(
                Code::AlreadySettled,
                "Already settled",
                "Somebody else has settled this, or the name is taken.",
                "Open the list again to see how it stands.",
                &[Step::OpenUnfinished],
            )
            .into(),
        }
    }
}

const fn directory(failure: &DirectoryFailure) -> Row {
    match failure {
        DirectoryFailure::Unreachable => Row(
            Code::DirectoryUnreachable,
            "The Directory of Services cannot be reached",
            "No connection could be made, so no service was searched.",
            "Try again. If it stays, follow your procedure for a directory that is down.",
            RETRY,
        ),
        DirectoryFailure::NotSafe(CertificateFault::Theirs) => Row(
            Code::DirectoryNotSafe,
            "The connection to the Directory of Services is not safe",
            "Its certificate was not accepted, so nothing was sent.",
            "Tell the help desk. Do not go on by a way around it.",
            RETRY,
        ),
        DirectoryFailure::NotSafe(CertificateFault::Ours) => Row(
            Code::DirectoryNotSafe,
            "The Directory of Services did not accept this desk’s certificate",
            "No safe connection could be made, so nothing was sent.",
            "Tell the help desk: this desk’s certificate may have expired.",
            RETRY,
        ),
        DirectoryFailure::TimedOut => Row(
            Code::DirectoryTimedOut,
            "The Directory of Services did not answer",
            "It took too long, or the connection was lost.",
            "Try again. If it stays, follow your procedure for a directory that is down.",
            RETRY,
        ),
        DirectoryFailure::Busy => Row(
            Code::DirectoryFailed,
            "The Directory of Services is not available now",
            "It is too busy or out of order, so no service was searched.",
            "Wait a moment, then try again. If it stays, follow your procedure for a directory that is down.",
            RETRY,
        ),
        DirectoryFailure::CredentialsRefused => Row(
            Code::DirectoryAccountRefused,
            "The Directory of Services refused this organisation’s account",
            "The username or password in this desk’s settings is wrong, or the account is locked.",
            "Tell the help desk: the account’s password may have changed.",
            RETRY,
        ),
        DirectoryFailure::AccountNotAllowed => Row(
            Code::DirectoryAccountRefused,
            "The Directory of Services does not permit this to the organisation’s account",
            "The account in this desk’s settings is known, and lacks the permission to search.",
            "Tell the help desk: the directory’s team has to give the permission.",
            RETRY,
        ),
        DirectoryFailure::PostcodeNotFound => Row(
            Code::PostcodeNotFound,
            "The postcode was not found",
            "The Directory of Services does not know the postcode where the patient is.",
            "Check the postcode with the patient and search again.",
            &[Step::ChangePatient, Step::TryAgain],
        ),
        DirectoryFailure::NoServices => Row(
            Code::NoServicesFound,
            "No service found",
            "The Directory of Services has no service for this need near the patient.",
            "Search farther away, or check the outcome and the postcode. Otherwise follow your procedure for no service found.",
            &[Step::ChangeOutcome, Step::ChangePatient],
        ),
        DirectoryFailure::ServiceNotFound => Row(
            Code::ServiceNotInDirectory,
            "This service is no longer in the directory",
            "The directory took it off since the search.",
            "Search again or choose another service.",
            OTHER,
        ),
        DirectoryFailure::SearchRefused { field, .. } => search_refused(*field),
        DirectoryFailure::NotAsked(field) => {
            let Row(code, _, _, what_to_do, next_steps) = search_refused(*field);
            Row(code, "The Directory of Services was not asked", not_fitting(*field), what_to_do, next_steps)
        }
        DirectoryFailure::Failed => Row(
            Code::DirectoryFailed,
            "The Directory of Services failed",
            "It answered that it could not carry out the search.",
            "Try again in a moment. If it stays, follow your procedure for a directory that is down.",
            RETRY,
        ),
        DirectoryFailure::Malformed => Row(
            Code::DirectoryMalformed,
            "The directory’s answer could not be understood",
            "The answer was damaged or incomplete, so none of it is shown.",
            "Try again. If it stays, tell the help desk, and follow your procedure for a directory that is down.",
            RETRY,
        ),
    }
}

/// By what a person can do about it: the patient's details, the outcome's, or neither.
const fn search_refused(field: SearchField) -> Row {
    let (what_to_do, next_steps): (_, &[Step]) = match field {
        SearchField::Age | SearchField::Gender => {
            ("Check the patient’s date of birth and gender, then search again.", &[Step::ChangePatient, Step::TryAgain])
        }
        SearchField::Disposition | SearchField::SymptomGroup | SearchField::SymptomDiscriminators => (
            "Check the outcome, its symptom group and its discriminators, then search again.",
            &[Step::ChangeOutcome, Step::TryAgain],
        ),
        SearchField::Time => ("Try again. If it stays, tell the help desk: this computer’s clock may be wrong.", RETRY),
        SearchField::Distance | SearchField::Version | SearchField::Account | SearchField::Request => {
            ("Try again. If it stays, tell the help desk.", RETRY)
        }
    };
    let title = "The Directory of Services did not accept the search";
    Row(Code::DirectorySearchRefused, title, not_fitting(field), what_to_do, next_steps)
}

const fn not_fitting(field: SearchField) -> &'static str {
    match field {
        SearchField::Age => "The patient’s age does not fit a search.",
        SearchField::Gender => "The patient’s gender does not fit a search.",
        SearchField::Disposition => "The directory does not know the outcome.",
        SearchField::SymptomGroup => "The directory does not know the symptom group.",
        SearchField::SymptomDiscriminators => {
            "A symptom discriminator is not known, or does not go with the symptom group."
        }
        SearchField::Distance => "The distance of the search does not fit.",
        SearchField::Time => "The time of the search does not fit.",
        SearchField::Version => "The directory does not speak this desk’s version.",
        SearchField::Account => "The username or password in this desk’s settings cannot be sent.",
        SearchField::Request => "Something in the search does not fit, and the directory does not say what.",
    }
}

const fn endpoint(failure: &EndpointFailure) -> Row {
    match failure {
        EndpointFailure::Unreachable => Row(
            Code::SpineDirectoryUnreachable,
            "The Spine directory cannot be reached",
            "We could not look up where this service’s booking system is.",
            "Try again, or choose another service.",
            RETRY_OR_OTHER,
        ),
        EndpointFailure::NotSafe(CertificateFault::Theirs) => Row(
            Code::SpineDirectoryNotSafe,
            "The connection to the Spine directory is not safe",
            "Its certificate was not accepted, so this service’s booking system was not looked up.",
            "Tell the help desk. No service can be booked from this desk until it is put right.",
            RETRY,
        ),
        EndpointFailure::NotSafe(CertificateFault::Ours) => Row(
            Code::SpineDirectoryNotSafe,
            "The Spine directory did not accept this desk’s certificate",
            "No safe connection could be made, so this service’s booking system was not looked up.",
            "Tell the help desk: this desk’s certificate may have expired.",
            RETRY,
        ),
        EndpointFailure::ReferredElsewhere => Row(
            Code::SpineDirectoryFailed,
            "The Spine directory sent us elsewhere",
            "It answered that another directory has to be asked, which this desk does not do for safety’s sake.",
            "Choose another service, and tell the help desk: the directory’s address in the settings may be old.",
            RETRY_OR_OTHER,
        ),
        EndpointFailure::TimedOut => Row(
            Code::SpineDirectoryTimedOut,
            "The Spine directory did not answer",
            "Looking up this service’s booking system took too long.",
            "Try again, or choose another service.",
            RETRY_OR_OTHER,
        ),
        EndpointFailure::Failed => Row(
            Code::SpineDirectoryFailed,
            "The Spine directory failed",
            "Its answer could not be used to find this service’s booking system.",
            "Try again, or choose another service.",
            RETRY_OR_OTHER,
        ),
        EndpointFailure::SystemNotFound => Row(
            Code::BookingSystemNotRegistered,
            "This service cannot be booked at the moment",
            "Its booking system is not registered in the Spine directory. The fault was recorded.",
            "Choose another service, and tell the help desk.",
            OTHER,
        ),
        EndpointFailure::InteractionsMissing => Row(
            Code::BookingSystemNotEnabled,
            "This service cannot be booked at the moment",
            "Its booking system is not registered for showing slots and booking. The fault was recorded.",
            "Choose another service, and tell the help desk.",
            OTHER,
        ),
        EndpointFailure::MixedWithGpConnect => Row(
            Code::BookingSystemAmbiguous,
            "This service cannot be booked at the moment",
            "Its booking system is registered for two kinds of booking at once. The fault was recorded.",
            "Choose another service, and tell the help desk.",
            OTHER,
        ),
        EndpointFailure::SeveralAddresses => Row(
            Code::BookingSystemSeveralAddresses,
            "This service cannot be booked at the moment",
            "The Spine directory gives several addresses for its booking system. The fault was recorded.",
            "Choose another service, and tell the help desk.",
            OTHER,
        ),
        EndpointFailure::NoUsableAddress => Row(
            Code::BookingSystemWithoutAddress,
            "This service cannot be booked at the moment",
            "The Spine directory gives no usable address for its booking system. The fault was recorded.",
            "Choose another service, and tell the help desk.",
            OTHER,
        ),
    }
}

impl From<&ProviderFailure> for Problem {
    fn from(failure: &ProviderFailure) -> Self {
        match failure {
            ProviderFailure::NotSent => Row(Code::ProviderUnreachable, "The service’s booking system cannot be reached", "No connection could be made to it.", "Try again, or choose another service.", RETRY_OR_OTHER),
            ProviderFailure::NotSafe(CertificateFault::Theirs) => Row(Code::ProviderConnectionNotSafe, "The connection is not safe", "The certificate of the service’s booking system, or of the proxy, was not accepted, so nothing was sent.", "Choose another service, and tell the help desk.", OTHER),
            ProviderFailure::NotSafe(CertificateFault::Ours) => Row(Code::ProviderConnectionNotSafe, "The connection is not safe", "This desk’s own certificate was not accepted, so nothing was sent.", "Tell the help desk: the desk’s certificate may have expired.", OTHER),
            ProviderFailure::Lost => Row(Code::ProviderTimedOut, "The service’s booking system did not answer", "It took too long, or the connection was lost.", "Try again, or choose another service.", RETRY_OR_OTHER),
            ProviderFailure::NotRelayed => Row(Code::ProviderTimedOut, "The service’s booking system did not answer", "The national proxy could not get an answer from it.", "Try again, or choose another service.", RETRY_OR_OTHER),
            ProviderFailure::GaveUp => Row(Code::ProviderTimedOut, "The service’s booking system did not answer", "A system on the way to it gave up waiting.", "Try again, or choose another service.", RETRY_OR_OTHER),
            ProviderFailure::Busy => Row(Code::ProviderBusy, "The service’s booking system is busy", "It asked to come back later.", "Wait a moment and try again, or choose another service.", RETRY_OR_OTHER),
            ProviderFailure::BusyFor(seconds) => return busy_for(*seconds),
            ProviderFailure::Refused(Refusal::ClockApart(ahead)) => return clocks_apart(*ahead),
            ProviderFailure::Refused(refusal) => reading_refusal(*refusal),
            ProviderFailure::Failed => Row(Code::ProviderFailed, "The service’s booking system failed", "It answered that something went wrong on its side.", "Try again, or choose another service.", RETRY_OR_OTHER),
            ProviderFailure::Malformed => Row(Code::ProviderMalformed, "The service’s answer could not be understood", "The answer of its booking system was damaged or incomplete. This was recorded as the provider’s fault.", "Try again, or choose another service.", RETRY_OR_OTHER),
        }
        .into()
    }
}

fn busy_for(seconds: u32) -> Problem {
    let row = Row(
        Code::ProviderBusy,
        "The service’s booking system is busy",
        "",
        "Choose another service, or try again then.",
        RETRY_OR_OTHER,
    );
    let length = if seconds < 60 {
        format!("{seconds} seconds")
    } else {
        duration_words(chrono::Duration::seconds(i64::from(seconds)))
    };
    Problem { what_happened: format!("It asked to be left alone for {length}."), ..row.into() }
}

/// The desk's clock is so far from the provider's that its requests are refused, and its timeframes cannot be trusted.
fn clocks_apart(ahead_seconds: i64) -> Problem {
    let row = Row(
        Code::ClocksApart,
        "This computer’s clock is wrong, or the provider’s is",
        "",
        "Tell the help desk now: bookings are refused until the clock is right, and the times by which a patient has to be seen may be wrong on this computer. Use another desk meanwhile.",
        OTHER,
    );
    let apart = duration_words(chrono::Duration::seconds(ahead_seconds.saturating_abs()));
    let which = if ahead_seconds > 0 { "ahead of" } else { "behind" };
    let what_happened = format!(
        "This computer’s clock is {apart} {which} the clock of the service’s booking system, which therefore refused the request."
    );
    Problem { what_happened, ..row.into() }
}

const fn reading_refusal(refusal: Refusal) -> Row {
    match refusal {
        Refusal::Forbidden | Refusal::ClockApart(_) => Row(
            Code::ProviderForbids,
            "The service does not let this organisation in",
            "Its booking system does not allow this organisation to see or book its slots.",
            "Choose another service, and tell the help desk.",
            OTHER,
        ),
        Refusal::NotFound => Row(
            Code::ProviderServiceUnknown,
            "The booking system does not know this service",
            "The directory and the service’s booking system do not agree.",
            "Choose another service, and tell the help desk.",
            OTHER,
        ),
        Refusal::CannotExchange => Row(
            Code::ProviderCannotExchange,
            "This provider cannot exchange bookings with us",
            "Its booking system does not speak the form that the standard asks for.",
            "Choose another service, and tell the help desk.",
            OTHER,
        ),
        Refusal::SlotGone | Refusal::NhsNumber | Refusal::RequestIdUsed | Refusal::Conflict | Refusal::Invalid => Row(
            Code::ProviderRefused,
            "The service’s booking system did not accept the request",
            "It refused what was asked of it.",
            "Try again, or choose another service. Tell the help desk if it stays.",
            RETRY_OR_OTHER,
        ),
    }
}

const fn booking_refusal(refusal: Refusal) -> Row {
    match refusal {
        Refusal::SlotGone | Refusal::Conflict => Row(
            Code::SlotGone,
            "This slot has gone",
            "Somebody else took it while it was being read out. Nothing was booked.",
            "Choose one of the fresh slots.",
            FRESH_OR_OTHER,
        ),
        Refusal::NhsNumber => Row(
            Code::NhsNumberRefused,
            "The NHS number was not accepted",
            "The service’s booking system does not accept this NHS number. Nothing was booked.",
            "Check the number with the patient, or take it out and book without it.",
            &[Step::ChangePatient],
        ),
        Refusal::Forbidden | Refusal::ClockApart(_) => Row(
            Code::ProviderForbids,
            "The service does not accept bookings from this organisation",
            "Nothing was booked.",
            "Choose another service, and tell the help desk.",
            OTHER,
        ),
        Refusal::NotFound => Row(
            Code::SlotGone,
            "The service no longer has this slot",
            "Its booking system does not know the slot any more. Nothing was booked.",
            "Choose one of the fresh slots.",
            FRESH_OR_OTHER,
        ),
        Refusal::CannotExchange => Row(
            Code::ProviderCannotExchange,
            "This provider cannot exchange bookings with us",
            "Its booking system does not speak the form that the standard asks for. Nothing was booked.",
            "Choose another service, and tell the help desk.",
            OTHER,
        ),
        Refusal::RequestIdUsed | Refusal::Invalid => Row(
            Code::ProviderRefused,
            "The booking was not accepted",
            "The service’s booking system did not accept the request. Nothing was booked.",
            "Check the patient’s details, or choose another service. Tell the help desk if it stays.",
            &[Step::ChangePatient, Step::AnotherService],
        ),
    }
}

fn user_change(refusal: UserChangeRefusal) -> Problem {
    let (field, message) = match refusal {
        UserChangeRefusal::Themselves => ("username", "Another supervisor has to change your role or lock you"),
        UserChangeRefusal::LastSupervisor => {
            ("username", "Somebody has to be left who manages users: make another supervisor first")
        }
    };
    Problem::form(vec![FieldProblem { field: field.to_owned(), message: message.to_owned() }])
}

fn late_by(late: TimeDelta, row: Row) -> Problem {
    let what_happened = format!("It starts {} after the timeframe has ended. Nothing was sent.", duration_words(late));
    Problem { what_happened, ..row.into() }
}

fn gate(refusal: GateRefusal) -> Problem {
    match refusal {
        GateRefusal::InThePast => Row(
            Code::SlotInThePast,
            "This slot has started",
            "Its time has come while it was being chosen. Nothing was sent.",
            "Choose one of the fresh slots.",
            FRESH_OR_OTHER,
        )
        .into(),
        GateRefusal::NotConfirmed(late) => {
            let to_do = "Confirm that the patient accepts it, and say on what ground it is acceptable.";
            late_by(late, Row(Code::LateNotConfirmed, "This slot is outside the timeframe", "", to_do, FRESH_OR_OTHER))
        }
        GateRefusal::ApprovalForAnother => Row(
            Code::LateNeedsApproval,
            "The approval is for another slot",
            "A clinician approved another slot, or another outcome of this patient. Nothing was sent.",
            "Ask the clinician about this slot.",
            FRESH_OR_OTHER,
        )
        .into(),
        GateRefusal::ApprovalOver => Row(
            Code::LateNeedsApproval,
            "The approval holds no more",
            "It was given too long ago, or this computer’s clock was changed since. Nothing was sent.",
            "Ask the clinician once more.",
            FRESH_OR_OTHER,
        )
        .into(),
        GateRefusal::NeedsApproval(late) => {
            let to_do = "Ask a clinician for an approval, or choose a slot in time or another service.";
            late_by(
                late,
                Row(Code::LateNeedsApproval, "This slot needs a clinician’s approval", "", to_do, FRESH_OR_OTHER),
            )
        }
    }
}
