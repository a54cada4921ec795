//! Appointments as a provider answers them: the confirmation of a booking (BK-3), a read, a search.

use desk_domain::booking::{AppointmentStatus, HeldBooking};
use desk_domain::cancel::WholeAppointment;
use desk_domain::failure::ProviderFailure;
use desk_journeys::ports::BookingOrder;

use crate::address::Root;
use crate::fhir::bundle::LARGEST_RESOURCE;
use crate::fhir::given::AsGiven;
use crate::fhir::refusal::{classify, without_bom};
use crate::fhir::search::{Ended, Found};
use crate::transport::Answer;

/// Booked means 201 with an Appointment and a Location, and nothing else (BK-3).
pub(crate) fn created(answer: &Answer, root: &Root) -> Result<HeldBooking, ProviderFailure> {
    if answer.status != 201 {
        return Err(classify(answer));
    }
    let location = answer.header("Location").ok_or(ProviderFailure::Malformed)?;
    let (url, version_in_url) = split_location(&root.absolute(location)).ok_or(ProviderFailure::Malformed)?;
    let given = given(answer)?;
    let id = url.rsplit('/').next().unwrap_or_default().to_owned();
    // The booking's own URL, whatever host or proxy stands in the Location (BK-6: absolute, without a version).
    let url = if root.holds(&url) { url } else { root.at(&format!("Appointment/{id}"), &[]) };
    if given.id().is_some_and(|given| given != id) {
        return Err(ProviderFailure::Malformed);
    }
    let version = version_in_url.or_else(|| version(answer, &given)).ok_or(ProviderFailure::Malformed)?;
    let status = given.status().filter(AppointmentStatus::stands).ok_or(ProviderFailure::Malformed)?;
    Ok(HeldBooking { appointment_id: id, version, url, status })
}

/// A read of one booking: it, and no other.
pub(crate) fn read(answer: &Answer, root: &Root, appointment_id: &str) -> Result<WholeAppointment, ProviderFailure> {
    if answer.status != 200 {
        return Err(classify(answer));
    }
    let given = given(answer)?;
    let held = given.held(version(answer, &given), root).ok_or(ProviderFailure::Malformed)?;
    if held.appointment_id == appointment_id { Ok(given.whole(held)) } else { Err(ProviderFailure::Malformed) }
}

fn given(answer: &Answer) -> Result<AsGiven, ProviderFailure> {
    let body = Some(without_bom(&answer.body)).filter(|body| body.len() <= LARGEST_RESOURCE);
    let text = body.and_then(|body| std::str::from_utf8(body).ok());
    text.and_then(AsGiven::read).ok_or(ProviderFailure::Malformed)
}

/// The version that the answer's tag names, or else the appointment itself.
fn version(answer: &Answer, given: &AsGiven) -> Option<String> {
    let own = given.version();
    let tag = answer.header("ETag").map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned());
    let tag = tag.filter(|tag| !tag.is_empty());
    // Servers that compress mark it in the tag, and the provider behind them knows only its own.
    let is_marked = |tag: &String| {
        let mark = own.as_deref().and_then(|own| tag.strip_prefix(own));
        matches!(mark, Some("-gzip" | "--gzip" | ";gzip"))
    };
    tag.filter(|tag| !is_marked(tag)).or(own)
}

/// The URL without a version, and the version, of `…/Appointment/[id]/_history/[version]`.
pub(crate) fn split_location(location: &str) -> Option<(String, Option<String>)> {
    let bare = location.split(['?', '#']).next()?.trim_end_matches('/');
    let (url, version) = match bare.split_once("/_history/") {
        Some((url, version)) => (url, Some(version.to_owned()).filter(|version| !version.is_empty())),
        None => (bare, None),
    };
    let mut parts = url.rsplit('/');
    let (id, kind) = (parts.next()?, parts.next()?);
    (kind == "Appointment" && !id.is_empty()).then(|| (url.to_owned(), version))
}

/// What a search says of an order's booking.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum InSearch {
    /// It is there.
    Yes(HeldBooking),
    /// It is there under this id, without all that has to be known of it: read it.
    ToRead(String),
    /// It is not there, and everything was understood.
    No,
    /// Something was not understood, or not read, and may be it.
    NotClear(ProviderFailure),
}

/// The booking that an order made, where it is among those found.
pub(crate) fn booking_of(found: Found<ProviderFailure>, order: &BookingOrder, root: &Root) -> InSearch {
    if let Some(booking) = found.appointments.iter().find(|appointment| appointment.is_of(order)) {
        let to_read = || booking.id().map(InSearch::ToRead);
        let here = booking.held(None, root).map(InSearch::Yes).or_else(to_read);
        return here.unwrap_or(InSearch::NotClear(ProviderFailure::Malformed));
    }
    match found.ended {
        Ended::Failed(failure) => InSearch::NotClear(failure),
        // Pages that are not followed, entries that were not understood, or what a remark speaks of may hide it.
        Ended::Whole if found.not_understood == 0 && found.remarks == 0 => InSearch::No,
        Ended::Whole | Ended::CutShort => InSearch::NotClear(ProviderFailure::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use http::header::{HeaderMap, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    fn answer(status: u16, location: Option<&str>, body: &str) -> Answer {
        let mut headers = HeaderMap::new();
        if let Some(location) = location {
            headers.insert("Location", HeaderValue::from_str(location).expect("a header"));
        }
        Answer { status, headers, body: body.as_bytes().to_vec(), clock_ahead: 0 }
    }

    const BODY: &str = r#"{"resourceType":"Appointment","id":"a1","meta":{"versionId":"1"},"status":"booked"}"#;

    #[test]
    fn bk_3_booked_means_201_with_an_appointment_and_a_location_and_nothing_else() {
        let root = Root::new("https://p.example/STU3/1");
        let versioned = Some("https://p.example/STU3/1/Appointment/a1/_history/1");
        let booked = created(&answer(201, versioned, BODY), &root).expect("booked");
        assert_eq!(
            (booked.url.as_str(), booked.version.as_str()),
            ("https://p.example/STU3/1/Appointment/a1", "1"),
            "no version in the URL"
        );
        let relative = created(&answer(201, Some("Appointment/a1/_history/1"), BODY), &root).expect("booked");
        assert_eq!(relative.url, booked.url, "a relative Location is resolved");
        let outcome = r#"{"resourceType":"OperationOutcome"}"#;
        let not_booked = [
            answer(200, versioned, BODY),
            answer(200, None, outcome),
            answer(202, versioned, BODY),
            answer(201, None, BODY),
            answer(201, versioned, outcome),
            answer(201, versioned, ""),
            answer(201, Some("https://p.example/STU3/1/Slot/a1"), BODY),
            answer(201, Some("https://p.example/STU3/1/Appointment/other/_history/1"), BODY),
        ];
        for answer in not_booked {
            assert_eq!(
                created(&answer, &root),
                Err(ProviderFailure::Malformed),
                "{} {:?}",
                answer.status,
                answer.headers
            );
        }
    }

    proptest! {
        #[test]
        fn no_location_makes_the_reader_panic(location in "\\PC{0,80}") {
            let _ = split_location(&location);
            let _ = Root::new("https://p.example/x").absolute(&location);
        }
    }
}
