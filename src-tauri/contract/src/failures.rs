//! Every failure with its message (ER-1), row by row: what the tests go through, and what the manual is made of.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta};
use desk_domain::approval::ApprovalRefusal;
use desk_domain::booking::{AppointmentStatus, HeldBooking, NotBooked};
use desk_domain::cancel::{CancelRefusal, NotCancelled};
use desk_domain::encounter::Undone;
use desk_domain::failure::{
    CertificateFault, DirectoryFailure, EndpointFailure, ProviderFailure, RecordFailure, Refusal, SearchField,
};
use desk_domain::gate::GateRefusal;
use desk_domain::id::{RequestId, SearchId};
use desk_domain::referral::{DeliveryFailure, ReferralGap, ReferralRefusal};
use desk_domain::retention::{ClockDoubt, RetentionRefusal, YearsKept};
use desk_domain::user::{Action, UserChangeRefusal};
use desk_journeys::JourneyError;
use desk_journeys::ports::ExportFailure;
use strum::IntoEnumIterator;
use uuid::Uuid;

use crate::problem::{NextStep, Problem};
use crate::referral::Receiver;
use crate::starting::StartRefusal;

/// A row: what failed, as the record says it, and what a person reads.
#[derive(Debug, Clone)]
pub struct FailureRow {
    /// What failed, in the record's words.
    pub failure: String,
    /// What a person reads.
    pub problem: Problem,
}

/// Rows that belong together.
#[derive(Debug, Clone)]
pub struct FailureTable {
    /// Where or when they occur.
    pub heading: &'static str,
    /// The rows.
    pub rows: Vec<FailureRow>,
}

const CERTIFICATES: [CertificateFault; 2] = [CertificateFault::Theirs, CertificateFault::Ours];

/// Every refusal, with an example of what it carries.
pub(crate) fn refusals() -> Vec<Refusal> {
    vec![
        Refusal::SlotGone,
        Refusal::Forbidden,
        Refusal::ClockApart(420),
        Refusal::ClockApart(-420),
        Refusal::NotFound,
        Refusal::NhsNumber,
        Refusal::RequestIdUsed,
        Refusal::Conflict,
        Refusal::CannotExchange,
        Refusal::Invalid,
    ]
}

/// Every failure of a provider.
pub(crate) fn provider() -> Vec<ProviderFailure> {
    let mut all = vec![ProviderFailure::NotSent];
    all.extend(CERTIFICATES.map(ProviderFailure::NotSafe));
    all.extend([
        ProviderFailure::Lost,
        ProviderFailure::NotRelayed,
        ProviderFailure::GaveUp,
        ProviderFailure::Busy,
        ProviderFailure::BusyFor(90),
        ProviderFailure::Failed,
        ProviderFailure::Malformed,
    ]);
    all.extend(refusals().into_iter().map(ProviderFailure::Refused));
    all
}

/// Every failure of the Directory of Services, with each part of a search that has words of its own.
pub(crate) fn directory() -> Vec<DirectoryFailure> {
    let mut all = vec![DirectoryFailure::Unreachable];
    all.extend(CERTIFICATES.map(DirectoryFailure::NotSafe));
    all.extend([
        DirectoryFailure::TimedOut,
        DirectoryFailure::Busy,
        DirectoryFailure::CredentialsRefused,
        DirectoryFailure::AccountNotAllowed,
        DirectoryFailure::PostcodeNotFound,
        DirectoryFailure::NoServices,
        DirectoryFailure::ServiceNotFound,
    ]);
    all.extend(SearchField::iter().map(|field| DirectoryFailure::SearchRefused { field, fault: Some(120) }));
    all.extend(SearchField::iter().map(DirectoryFailure::NotAsked));
    all.extend([DirectoryFailure::Failed, DirectoryFailure::Malformed]);
    all
}

/// Every failure of the Spine directory (DI-7).
pub(crate) fn endpoint() -> Vec<EndpointFailure> {
    let mut all = vec![EndpointFailure::Unreachable];
    all.extend(CERTIFICATES.map(EndpointFailure::NotSafe));
    all.extend([
        EndpointFailure::TimedOut,
        EndpointFailure::Failed,
        EndpointFailure::ReferredElsewhere,
        EndpointFailure::SystemNotFound,
        EndpointFailure::InteractionsMissing,
        EndpointFailure::MixedWithGpConnect,
        EndpointFailure::SeveralAddresses,
        EndpointFailure::NoUsableAddress,
    ]);
    all
}

/// Every way in which it is certain that nothing was booked.
pub(crate) fn not_booked() -> Vec<NotBooked> {
    let mut all = vec![NotBooked::NothingSent, NotBooked::NotHeld(ProviderFailure::Malformed)];
    all.extend(provider().into_iter().map(NotBooked::Failure));
    all
}

/// Every way in which a booking is certainly not cancelled.
pub(crate) fn not_cancelled() -> Vec<NotCancelled> {
    let refusals = [
        CancelRefusal::Changed,
        CancelRefusal::AlreadyCancelled,
        CancelRefusal::InThePast,
        CancelRefusal::NotThisPatient,
        CancelRefusal::Differs,
    ];
    let mut all = vec![NotCancelled::NothingSent];
    all.extend(refusals.map(NotCancelled::Refused));
    all.push(NotCancelled::ByOthers(HeldBooking {
        appointment_id: "a1".to_owned(),
        version: "2".to_owned(),
        url: "https://provider.example/STU3/1/Appointment/a1".to_owned(),
        status: AppointmentStatus::Cancelled,
    }));
    all.extend(provider().into_iter().map(NotCancelled::Failure));
    all.push(NotCancelled::StillHeld(ProviderFailure::Failed));
    all
}

/// Every way in which a referral is not received, or is not known to be.
pub(crate) fn deliveries() -> Vec<DeliveryFailure> {
    let mut all = vec![DeliveryFailure::NotSent];
    all.extend(CERTIFICATES.map(DeliveryFailure::NotSafe));
    all.extend([
        DeliveryFailure::Lost,
        DeliveryFailure::Busy,
        DeliveryFailure::BusyFor(90),
        DeliveryFailure::Forbidden,
        DeliveryFailure::Invalid,
        DeliveryFailure::Failed,
        DeliveryFailure::Malformed,
    ]);
    all
}

/// Every failure of the desk itself and of whoever uses it.
pub(crate) fn desk() -> Vec<JourneyError> {
    let late = TimeDelta::minutes(80);
    let march = DateTime::from_timestamp(2_025_513_600, 0).unwrap_or_default();
    vec![
        JourneyError::NotPermitted(Action::Book),
        JourneyError::WrongPassphrase,
        JourneyError::UserLocked,
        JourneyError::UserChange(UserChangeRefusal::Themselves),
        JourneyError::UserChange(UserChangeRefusal::LastSupervisor),
        JourneyError::Throttled(30),
        JourneyError::NotTheFirstUser,
        JourneyError::Record(RecordFailure::Failed("the disk is full".to_owned())),
        JourneyError::Record(RecordFailure::NotFound),
        JourneyError::Record(RecordFailure::AlreadySettled),
        JourneyError::Record(RecordFailure::DetailsRemoved { at: march, years: YearsKept::default() }),
        JourneyError::Retention(RetentionRefusal::ClockDoubted(ClockDoubt::Behind { latest: march })),
        JourneyError::Retention(RetentionRefusal::ClockDoubted(ClockDoubt::Paused {
            from: march,
            until: march + TimeDelta::days(900),
        })),
        JourneyError::Retention(RetentionRefusal::NotToday(march.date_naive())),
        JourneyError::Retention(RetentionRefusal::NotAsShown { shown: 3, now: 4 }),
        JourneyError::NoReference,
        JourneyError::OutcomeMissing,
        JourneyError::EncounterEnded,
        JourneyError::ShownTooLongAgo,
        JourneyError::NoBookingConnection,
        JourneyError::SeveralBookingConnections,
        JourneyError::Gate(GateRefusal::InThePast),
        JourneyError::Gate(GateRefusal::NotConfirmed(late)),
        JourneyError::Gate(GateRefusal::NeedsApproval(late)),
        JourneyError::Gate(GateRefusal::ApprovalForAnother),
        JourneyError::Gate(GateRefusal::ApprovalOver),
        JourneyError::Approval(ApprovalRefusal::NotAClinician),
        JourneyError::Approval(ApprovalRefusal::TheAskerThemselves),
        JourneyError::Approval(ApprovalRefusal::NoName),
        JourneyError::Approval(ApprovalRefusal::NoGround),
        JourneyError::Approval(ApprovalRefusal::PatientDoesNotAccept),
        JourneyError::Approval(ApprovalRefusal::NotCalledNow),
        JourneyError::Approval(ApprovalRefusal::InTime),
        JourneyError::Approval(ApprovalRefusal::InThePast),
        JourneyError::RejectReasonNeeded,
        JourneyError::BookingInProgress,
        JourneyError::EarlierNotSettled,
        JourneyError::AlreadyBooked,
        JourneyError::ChangedMeanwhile,
        JourneyError::NotCompleted(Undone::NothingDone),
        JourneyError::NotCompleted(Undone::NotReferred),
        JourneyError::NotCompleted(Undone::NotSettled),
        JourneyError::NotCompleted(Undone::HoldsTwo),
        JourneyError::StillBooked,
        JourneyError::ReasonNeeded,
        JourneyError::AnotherPatients,
        JourneyError::NotReadBack,
        JourneyError::CannotCancel(CancelRefusal::AlreadyCancelled),
        JourneyError::CannotCancel(CancelRefusal::Changed),
        JourneyError::ReassessmentNeeded,
        JourneyError::RebookElsewhere,
        JourneyError::ReferralBlocked(ReferralRefusal::BookingRequired),
        JourneyError::ReferralBlocked(ReferralRefusal::BookingGone),
        JourneyError::ReferralBlocked(ReferralRefusal::BookingNotKnown),
        JourneyError::AlreadyReferred,
        JourneyError::IncompleteReferral(vec![ReferralGap::Consent]),
        JourneyError::LookUpNotOffered,
        JourneyError::NoNhsNumber,
        JourneyError::InvalidOrder("the patient has no address".to_owned()),
        JourneyError::NotExported(ExportFailure::ThereAlready),
        JourneyError::NotExported(ExportFailure::DiskFull),
        JourneyError::NotExported(ExportFailure::NotWritable),
        JourneyError::NotInReport,
        JourneyError::Defect("an event that cannot happen".to_owned()),
    ]
}

/// What a journey makes of each failure of another system.
pub(crate) fn systems() -> (Vec<JourneyError>, Vec<JourneyError>, Vec<JourneyError>) {
    let (request, search) = (RequestId(Uuid::nil()), SearchId(Uuid::nil()));
    (
        directory().into_iter().map(|failure| JourneyError::Directory { failure, search }).collect(),
        endpoint().into_iter().map(|failure| JourneyError::Endpoint { failure, request }).collect(),
        provider()
            .into_iter()
            .map(|failure| JourneyError::Provider { failure, request })
            .chain([JourneyError::BookingNotFound { request }])
            .collect(),
    )
}

/// The whole table.
#[must_use]
pub fn tables() -> Vec<FailureTable> {
    let row = |error: &JourneyError| FailureRow { failure: error.to_string(), problem: Problem::from(error) };
    let rows = |errors: &[JourneyError]| errors.iter().map(row).collect();
    let (directory, endpoint, provider) = systems();
    let booking = not_booked().into_iter().map(|why| {
        let failure = match &why {
            NotBooked::NothingSent => "the intent could not be written, so nothing was sent".to_owned(),
            NotBooked::Failure(failure) => failure.to_string(),
            NotBooked::NotHeld(_) => "the answer was unclear; the provider was asked, and holds no booking".to_owned(),
        };
        FailureRow { failure, problem: Problem::not_booked(&why) }
    });
    let cancelling = not_cancelled().into_iter().map(|why| {
        let failure = match &why {
            NotCancelled::NothingSent => "the intent could not be written, so nothing was sent".to_owned(),
            NotCancelled::Refused(refusal) => refusal.to_string(),
            NotCancelled::ByOthers(_) => "the booking is cancelled already; it was read, and is".to_owned(),
            NotCancelled::Failure(failure) => failure.to_string(),
            NotCancelled::StillHeld(failure) => format!("{failure}; the booking was read, and stands"),
        };
        FailureRow { failure, problem: crate::cancel::not_cancelled(&why).1 }
    });
    let cancel_unknown = FailureRow {
        failure: "no answer that settles it came".to_owned(),
        problem: crate::cancel::cancel_unknown(Some("0300 555 0101")),
    };
    let referring = deliveries().into_iter().flat_map(|failure| {
        let known = !matches!(failure, DeliveryFailure::Lost | DeliveryFailure::Malformed);
        [(Receiver::Service(None), ""), (Receiver::Copy, "; of a copy")].map(|(to, of)| FailureRow {
            failure: format!("{failure}{of}"),
            problem: crate::referral::delivery_problem(to, &failure, known),
        })
    });
    let unknown = [(true, "the provider can be asked"), (false, "the patient has no NHS number")];
    let unknown = unknown.map(|(asked, when)| FailureRow {
        failure: format!("no answer that settles it came; {when}"),
        problem: Problem::booking_unknown(Some("0300 555 0101"), asked),
    });
    let starting = StartRefusal::examples()
        .into_iter()
        .map(|refusal| FailureRow { failure: refusal.logged(), problem: Problem::from(&refusal) });
    vec![
        FailureTable { heading: "Opening the desk: its record and the key of it", rows: starting.collect() },
        FailureTable { heading: "Searching services: the Directory of Services", rows: rows(&directory) },
        FailureTable { heading: "Finding a booking system: the Spine directory", rows: rows(&endpoint) },
        FailureTable { heading: "Looking at slots and bookings: the provider", rows: rows(&provider) },
        FailureTable { heading: "Booking: not booked, and that is certain", rows: booking.collect() },
        FailureTable { heading: "Booking: not known whether it was booked", rows: unknown.into() },
        FailureTable { heading: "Cancelling: not cancelled, and that is certain", rows: cancelling.collect() },
        FailureTable { heading: "Cancelling: not known whether it was cancelled", rows: vec![cancel_unknown] },
        FailureTable { heading: "Referring: not received, or not known to be", rows: referring.collect() },
        FailureTable { heading: "The desk itself, and what is entered at it", rows: rows(&desk()) },
    ]
}

const fn offered(step: NextStep) -> &'static str {
    match step {
        NextStep::TryAgain => "Try again",
        NextStep::FreshSlots => "Fresh slots",
        NextStep::AnotherService => "Another service",
        NextStep::ChangePatient => "Change the patient’s details",
        NextStep::ChangeOutcome => "Change the outcome",
        NextStep::OpenUnfinished => "Open unfinished work",
        NextStep::FindBookings => "Find bookings",
        NextStep::RecordResponses => "Record the responses",
        NextStep::SignIn => "Sign in",
    }
}

/// The manual's chapter on messages (Markdown).
#[must_use]
pub fn manual() -> String {
    let mut text = String::from(
        "# Messages\n\nEvery message that Booking Desk shows when something fails, with what the record says of it. Generated by\n`cargo xtask bindings` from the table that the application uses; do not edit. Times, numbers and names are examples.\n",
    );
    for table in tables() {
        let _ = write!(
            text,
            "\n## {}\n\n| In the record | Title | What happened | What to do | Offered |\n|---|---|---|---|---|\n",
            table.heading
        );
        for FailureRow { failure, problem } in table.rows {
            let steps: Vec<_> = problem.next_steps.iter().map(|step| offered(*step)).collect();
            let cells = [failure, problem.title, problem.what_happened, problem.what_to_do, steps.join(", ")];
            let _ = writeln!(text, "| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use strum::VariantNames;

    use super::*;
    use crate::problem::ProblemCode as Code;

    fn names<'a, T: 'a>(all: &'a [T]) -> BTreeSet<&'static str>
    where
        &'static str: From<&'a T>,
    {
        all.iter().map(<&'static str>::from).collect()
    }

    fn variants<T: VariantNames>() -> BTreeSet<&'static str> {
        T::VARIANTS.iter().copied().collect()
    }

    fn every_row() -> Vec<FailureRow> {
        tables().into_iter().flat_map(|table| table.rows).collect()
    }

    #[test]
    fn er_1_no_failure_is_without_its_row() {
        assert_eq!(names(&directory()), variants::<DirectoryFailure>(), "the Directory of Services");
        assert_eq!(names(&endpoint()), variants::<EndpointFailure>(), "the Spine directory");
        assert_eq!(names(&provider()), variants::<ProviderFailure>(), "the provider");
        assert_eq!(names(&refusals()), variants::<Refusal>(), "what a provider refuses");
        assert_eq!(names(&not_booked()), variants::<NotBooked>(), "not booked");
        assert_eq!(names(&not_cancelled()), variants::<NotCancelled>(), "not cancelled");
        assert_eq!(names(&deliveries()), variants::<DeliveryFailure>(), "referrals");
        let refused = not_cancelled()
            .into_iter()
            .filter_map(|why| if let NotCancelled::Refused(refusal) = why { Some(refusal) } else { None });
        assert_eq!(
            names(&refused.collect::<Vec<_>>()),
            variants::<CancelRefusal>(),
            "what a provider refuses to cancel"
        );
        let (one, two, three) = systems();
        let journeys: Vec<JourneyError> = [desk(), one, two, three].concat();
        assert_eq!(names(&journeys), variants::<JourneyError>(), "the journeys");
        let gate = desk()
            .into_iter()
            .filter_map(|error| if let JourneyError::Gate(refusal) = error { Some(refusal) } else { None });
        assert_eq!(names(&gate.collect::<Vec<_>>()), variants::<GateRefusal>(), "the gates");
        let approval = desk()
            .into_iter()
            .filter_map(|error| if let JourneyError::Approval(refusal) = error { Some(refusal) } else { None });
        assert_eq!(names(&approval.collect::<Vec<_>>()), variants::<ApprovalRefusal>(), "the approvals");
        let record = desk()
            .into_iter()
            .filter_map(|error| if let JourneyError::Record(failure) = error { Some(failure) } else { None });
        assert_eq!(names(&record.collect::<Vec<_>>()), variants::<RecordFailure>(), "the record");
        let retention = desk()
            .into_iter()
            .filter_map(|error| if let JourneyError::Retention(refusal) = error { Some(refusal) } else { None });
        assert_eq!(names(&retention.collect::<Vec<_>>()), variants::<RetentionRefusal>(), "what is not removed");
        assert_eq!(names(&StartRefusal::examples()), variants::<StartRefusal>(), "what keeps a desk from its record");
        assert_eq!(names(&CERTIFICATES), variants::<CertificateFault>(), "whose certificate");
    }

    #[test]
    fn er_1_every_row_has_a_title_says_what_happened_and_what_to_do() {
        for FailureRow { failure, problem } in every_row() {
            let parts = [&problem.title, &problem.what_happened, &problem.what_to_do];
            assert!(parts.iter().all(|text| text.chars().count() > 5), "{failure}: {problem:?}");
            assert!(!problem.title.ends_with('.'), "{failure}: a title is no sentence: {}", problem.title);
            let whole = |text: &str| text.ends_with(['.', '?']) && !text.contains("  ");
            assert!(whole(&problem.what_happened) && whole(&problem.what_to_do), "{failure}: whole sentences");
        }
    }

    #[test]
    fn er_1_no_code_of_the_wire_stands_in_a_text() {
        for FailureRow { failure, problem } in every_row() {
            let text = format!("{} {} {}", problem.title, problem.what_happened, problem.what_to_do);
            let codes =
                ["HTTP", "FHIR", "LDAP", "SOAP", "JWT", "nhsAs", "nhsMhs", "ASID", "4xx", "40", "50", "42", "10", "12"];
            for code in
                codes.into_iter().filter(|code| !("0300 555 0101".contains(code) && text.contains("0300 555 0101")))
            {
                assert!(!text.contains(code), "{failure} says {code:?}: {text}");
            }
        }
    }

    #[test]
    fn er_1_what_reached_another_system_carries_a_reference_for_the_help_desk() {
        let (one, two, three) = systems();
        for error in [one, two, three].concat() {
            assert!(!Problem::from(&error).reference.is_empty(), "{error:?}");
        }
        assert!(desk().iter().all(|error| Problem::from(error).reference.is_empty()), "nothing to look up");
    }

    #[test]
    fn er_1_each_failure_of_another_system_has_the_code_that_is_its_own() {
        use DirectoryFailure as D;
        use EndpointFailure as E;
        let codes =
            |errors: Vec<JourneyError>| errors.iter().map(|error| Problem::from(error).code).collect::<Vec<_>>();
        let (directory, endpoint, provider) = systems();
        let of_directory = |failure: &D| match failure {
            D::Unreachable => Code::DirectoryUnreachable,
            D::NotSafe(_) => Code::DirectoryNotSafe,
            D::TimedOut => Code::DirectoryTimedOut,
            D::CredentialsRefused | D::AccountNotAllowed => Code::DirectoryAccountRefused,
            D::PostcodeNotFound => Code::PostcodeNotFound,
            D::NoServices => Code::NoServicesFound,
            D::ServiceNotFound => Code::ServiceNotInDirectory,
            D::SearchRefused { .. } | D::NotAsked(_) => Code::DirectorySearchRefused,
            D::Failed | D::Busy => Code::DirectoryFailed,
            D::Malformed => Code::DirectoryMalformed,
        };
        assert_eq!(codes(directory), self::directory().iter().map(of_directory).collect::<Vec<_>>(), "DI-1");
        let of_endpoint = |failure: &E| match failure {
            E::Unreachable => Code::SpineDirectoryUnreachable,
            E::NotSafe(_) => Code::SpineDirectoryNotSafe,
            E::TimedOut => Code::SpineDirectoryTimedOut,
            E::Failed | E::ReferredElsewhere => Code::SpineDirectoryFailed,
            E::SystemNotFound => Code::BookingSystemNotRegistered,
            E::InteractionsMissing => Code::BookingSystemNotEnabled,
            E::MixedWithGpConnect => Code::BookingSystemAmbiguous,
            E::SeveralAddresses => Code::BookingSystemSeveralAddresses,
            E::NoUsableAddress => Code::BookingSystemWithoutAddress,
        };
        assert_eq!(codes(endpoint), self::endpoint().iter().map(of_endpoint).collect::<Vec<_>>(), "DI-7");
        let of_provider = |failure: &ProviderFailure| match failure {
            ProviderFailure::NotSent => Code::ProviderUnreachable,
            ProviderFailure::NotSafe(_) => Code::ProviderConnectionNotSafe,
            ProviderFailure::Lost | ProviderFailure::NotRelayed | ProviderFailure::GaveUp => Code::ProviderTimedOut,
            ProviderFailure::Busy | ProviderFailure::BusyFor(_) => Code::ProviderBusy,
            ProviderFailure::Failed => Code::ProviderFailed,
            ProviderFailure::Malformed => Code::ProviderMalformed,
            ProviderFailure::Refused(refusal) => match refusal {
                Refusal::Forbidden => Code::ProviderForbids,
                Refusal::ClockApart(_) => Code::ClocksApart,
                Refusal::NotFound => Code::ProviderServiceUnknown,
                Refusal::CannotExchange => Code::ProviderCannotExchange,
                Refusal::SlotGone
                | Refusal::NhsNumber
                | Refusal::RequestIdUsed
                | Refusal::Conflict
                | Refusal::Invalid => Code::ProviderRefused,
            },
        };
        let mut expected: Vec<Code> = self::provider().iter().map(of_provider).collect();
        // Of a booking that was to be read.
        expected.push(Code::BookingNotFound);
        assert_eq!(codes(provider), expected, "ER-1");
    }

    #[test]
    fn bk_3_whatever_is_told_after_an_order_says_that_nothing_was_booked_or_that_nobody_knows() {
        for why in not_booked() {
            let problem = Problem::not_booked(&why);
            let text = format!("{} {}", problem.title, problem.what_happened);
            let said = ["Nothing was booked", "Nothing was sent", "holds no booking"];
            assert!(said.iter().any(|words| text.contains(words)), "{why:?}: {text}");
        }
        for can_be_asked in [true, false] {
            let problem = Problem::booking_unknown(None, can_be_asked);
            assert!(problem.what_to_do.contains("Do not tell the patient that it is booked"), "{problem:?}");
        }
    }

    #[test]
    fn the_manual_is_up_to_date() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../MESSAGES.md");
        let committed = std::fs::read_to_string(file).expect("the committed file");
        assert!(committed == manual(), "run `cargo xtask bindings` and commit src-tauri/MESSAGES.md");
    }
}
