//! What a provider says to a cancellation (CA-4). "Cancelled" is an answer of 200 with that appointment, its status
//! cancelled, and nothing else.

use desk_domain::booking::{AppointmentStatus, HeldBooking};
use desk_domain::cancel::{CancelRefusal, Put};
use desk_domain::failure::{ProviderFailure, Refusal};

use crate::address::Root;
use crate::fhir::held;
use crate::fhir::refusal::{OperationOutcome, classify, is_about_the_request_id};
use crate::transport::Answer;

/// Why a cancellation was not answered with the cancelled appointment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotCancelled {
    #[error(transparent)]
    Refused(#[from] CancelRefusal),
    #[error(transparent)]
    Failed(#[from] ProviderFailure),
}

impl From<NotCancelled> for Put {
    fn from(not: NotCancelled) -> Self {
        match not {
            NotCancelled::Refused(refusal) => Self::Refused(refusal),
            NotCancelled::Failed(failure) => Self::Failed(failure),
        }
    }
}

/// The appointment as it is now, where the answer says that it is cancelled.
pub(crate) fn cancelled(answer: &Answer, root: &Root, appointment_id: &str) -> Result<HeldBooking, NotCancelled> {
    if answer.status != 200 {
        return Err(refused(answer));
    }
    let held = held::read(answer, root, appointment_id)?.held;
    if held.status == AppointmentStatus::Cancelled { Ok(held) } else { Err(ProviderFailure::Malformed.into()) }
}

fn refused(answer: &Answer) -> NotCancelled {
    let outcome = OperationOutcome::read(&answer.body);
    let said = outcome.said().replace("canceled", "cancelled");
    let speaks_of = |all: &[&str]| all.iter().any(|words| said.contains(words));
    let used_before = is_about_the_request_id(&said) || outcome.has("DUPLICATE_REJECTED");
    let refusal = match answer.status {
        412 | 428 => CancelRefusal::Changed,
        409 | 422 if is_about_the_request_id(&said) => return ProviderFailure::Refused(Refusal::RequestIdUsed).into(),
        409 | 422 if speaks_of(&ALREADY_CANCELLED) => CancelRefusal::AlreadyCancelled,
        409 | 422 if speaks_of(&IN_THE_PAST) => CancelRefusal::InThePast,
        409 if used_before => return ProviderFailure::Refused(Refusal::RequestIdUsed).into(),
        // The request id is used up by nobody else: a conflict without a reason is one of versions.
        409 => CancelRefusal::Changed,
        422 if speaks_of(&ANOTHER_PATIENT) => CancelRefusal::NotThisPatient,
        422 if speaks_of(&DIFFERENT) => CancelRefusal::Differs,
        422 if speaks_of(&ANOTHER_VERSION) => CancelRefusal::Changed,
        _ => return failure(answer).into(),
    };
    refusal.into()
}

/// As of any request; but there is no slot to lose here, and nothing that a booking could conflict with.
fn failure(answer: &Answer) -> ProviderFailure {
    let failure = classify(answer);
    if matches!(failure, ProviderFailure::Refused(Refusal::SlotGone | Refusal::Conflict)) {
        return ProviderFailure::Refused(Refusal::Invalid);
    }
    failure
}

// What refusals are told by. Words that may mean another thing are not among them: in doubt a refusal is not explained.
const ALREADY_CANCELLED: [&str; 7] = [
    "already cancelled",
    "already been cancelled",
    "already is cancelled",
    "cancelled already",
    "has been cancelled",
    "was cancelled",
    "previously cancelled",
];
const IN_THE_PAST: [&str; 8] = [
    "in the past",
    "past appointment",
    "already started",
    "has started",
    "already begun",
    "already taken place",
    "has passed",
    "start time is before",
];
const ANOTHER_PATIENT: [&str; 7] = [
    "another patient",
    "different patient",
    "other patient",
    "wrong patient",
    "not this patient",
    "patient does not match",
    "patient mismatch",
];
const DIFFERENT: [&str; 11] = [
    "nothing but the status",
    "only the status",
    "only status",
    "other than status",
    "other than the status",
    "except status",
    "except the status",
    "differs",
    "differences",
    "differ from",
    "different from",
];
const ANOTHER_VERSION: [&str; 6] =
    ["if-match", "version conflict", "version mismatch", "stale", "changed meanwhile", "not the current version"];

#[cfg(test)]
mod tests {
    use http::header::{HeaderMap, HeaderValue};

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec(), clock_ahead: 0 }
    }

    fn outcome(code: &str, said: &str) -> String {
        format!(
            r#"{{"resourceType":"OperationOutcome","issue":[{{"severity":"error","details":{{"coding":[{{"code":"{code}"}}]}},"diagnostics":"{said}"}}]}}"#
        )
    }

    fn read(answer: &Answer) -> Result<HeldBooking, NotCancelled> {
        cancelled(answer, &Root::new("https://p.example/STU3/1"), "a1")
    }

    #[test]
    fn ca_4_cancelled_is_200_with_the_cancelled_appointment_and_nothing_else() {
        let body = r#"{"resourceType":"Appointment","id":"a1","meta":{"versionId":"2"},"status":"cancelled"}"#;
        let held = read(&answer(200, body)).expect("cancelled");
        assert_eq!((held.version.as_str(), held.status), ("2", AppointmentStatus::Cancelled), "the new version");
        let mut tagged = answer(200, body);
        tagged.headers.insert("ETag", HeaderValue::from_static("W/\"3\""));
        assert_eq!(read(&tagged).expect("cancelled").version, "3", "the header before the body");
        let not = [
            answer(200, &body.replace("\"cancelled\"", "\"booked\"")),
            answer(200, &body.replace("\"cancelled\"", "\"entered-in-error\"")),
            answer(200, &body.replace("\"a1\"", "\"a2\"")),
            answer(200, &body.replace(r#","meta":{"versionId":"2"}"#, "")),
            answer(200, &outcome("INTERNAL_SERVER_ERROR", "no")),
            answer(200, ""),
            answer(200, "<html>"),
            answer(201, body),
            answer(202, body),
            answer(204, ""),
            answer(302, ""),
        ];
        for answer in not {
            let said = String::from_utf8_lossy(&answer.body);
            assert_eq!(read(&answer), Err(ProviderFailure::Malformed.into()), "{} {said}", answer.status);
        }
    }

    #[test]
    fn ca_4_each_way_of_not_cancelling_is_told_apart() {
        let (c, r) = (NotCancelled::Refused, |refusal| NotCancelled::Failed(ProviderFailure::Refused(refusal)));
        let invalid = |said: &str| outcome("INVALID_RESOURCE", said);
        let table = [
            (412, String::new(), c(CancelRefusal::Changed)),
            (428, String::new(), c(CancelRefusal::Changed)),
            (409, String::new(), c(CancelRefusal::Changed)),
            (409, "<html>conflict</html>".to_owned(), c(CancelRefusal::Changed)),
            (409, invalid("If-Match: the booking was changed meanwhile"), c(CancelRefusal::Changed)),
            (409, invalid("The slot is no longer free"), c(CancelRefusal::Changed)),
            (409, outcome("DUPLICATE_REJECTED", "This X-Request-ID was used before"), r(Refusal::RequestIdUsed)),
            (409, outcome("DUPLICATE_REJECTED", ""), r(Refusal::RequestIdUsed)),
            (422, outcome("DUPLICATE_REJECTED", "duplicate request id"), r(Refusal::RequestIdUsed)),
            (409, invalid("This appointment has already been cancelled"), c(CancelRefusal::AlreadyCancelled)),
            (422, invalid("The booking is cancelled already"), c(CancelRefusal::AlreadyCancelled)),
            (422, invalid("Appointment was already canceled"), c(CancelRefusal::AlreadyCancelled)),
            (422, invalid("The booking lies in the past"), c(CancelRefusal::InThePast)),
            (422, invalid("It has already started and cannot be cancelled"), c(CancelRefusal::InThePast)),
            (422, invalid("Nothing but the status may change (Appointment.start)"), c(CancelRefusal::Differs)),
            (422, invalid("The resource differs from the stored one"), c(CancelRefusal::Differs)),
            (422, invalid("The appointment is for a different patient"), c(CancelRefusal::NotThisPatient)),
            (422, invalid("If-Match is stale"), c(CancelRefusal::Changed)),
            (422, invalid("The status may change to cancelled, and to nothing else"), r(Refusal::Invalid)),
            (422, invalid("It was made by a different organisation"), r(Refusal::Invalid)),
            (422, invalid("Only what is cancelled may be sent"), r(Refusal::Invalid)),
            (422, invalid("The appointment cannot be changed"), r(Refusal::Invalid)),
            (422, invalid("The slot is no longer available"), r(Refusal::Invalid)),
            (422, outcome("DUPLICATE_REJECTED", ""), r(Refusal::Invalid)),
            (422, outcome("INVALID_NHS_NUMBER", ""), r(Refusal::NhsNumber)),
            (422, String::new(), r(Refusal::Invalid)),
            (400, String::new(), r(Refusal::Invalid)),
            (401, String::new(), r(Refusal::Forbidden)),
            (403, invalid("another patient"), r(Refusal::Forbidden)),
            (404, String::new(), r(Refusal::NotFound)),
            (410, String::new(), r(Refusal::NotFound)),
            (415, String::new(), r(Refusal::CannotExchange)),
            (501, String::new(), r(Refusal::CannotExchange)),
            (408, String::new(), ProviderFailure::GaveUp.into()),
            (429, String::new(), ProviderFailure::Busy.into()),
            (500, invalid("It is cancelled already"), ProviderFailure::Failed.into()),
            (502, String::new(), ProviderFailure::NotRelayed.into()),
            (503, String::new(), ProviderFailure::Busy.into()),
            (504, String::new(), ProviderFailure::NotRelayed.into()),
        ];
        for (status, body, expected) in table {
            assert_eq!(read(&answer(status, &body)), Err(expected), "{status} {body}");
        }
        let apart = Answer { clock_ahead: -400, ..answer(403, "") };
        assert_eq!(read(&apart), Err(r(Refusal::ClockApart(-400))), "a token that nobody accepts");
    }
}
