//! Appointments as a provider answers them: the confirmation of a booking (BK-3), a read, a search.

use desk_domain::booking::{AppointmentStatus, HeldBooking};
use desk_domain::failure::ProviderFailure;
use desk_journeys::ports::BookingOrder;
use serde_json::Value;

use crate::address::{Root, encode};
use crate::fhir::bundle::{Page, references, text};
use crate::fhir::refusal::{classify, without_bom};
use crate::transport::Answer;

/// Booked means 201 with an Appointment and a Location, and nothing else (BK-3).
pub(crate) fn created(answer: &Answer, root: &Root) -> Result<HeldBooking, ProviderFailure> {
    if answer.status != 201 {
        return Err(classify(answer));
    }
    let location = answer.header("Location").ok_or(ProviderFailure::Malformed)?;
    let (url, version_in_url) = split_location(&root.absolute(location)).ok_or(ProviderFailure::Malformed)?;
    let appointment = appointment(&answer.body)?;
    let id = url.rsplit('/').next().unwrap_or_default().to_owned();
    // The booking's own URL, whatever host or proxy stands in the Location (BK-6: absolute, without a version).
    let url = if root.holds(&url) { url } else { root.at(&format!("Appointment/{id}"), &[]) };
    if text(&appointment, "id").is_some_and(|given| given != id) {
        return Err(ProviderFailure::Malformed);
    }
    let version = version_in_url.or_else(|| version(answer, &appointment)).ok_or(ProviderFailure::Malformed)?;
    let status = status(&appointment)?;
    if !status.stands() {
        return Err(ProviderFailure::Malformed);
    }
    Ok(HeldBooking { appointment_id: id, version, url, status })
}

/// A read of one booking.
pub(crate) fn read(answer: &Answer, root: &Root) -> Result<HeldBooking, ProviderFailure> {
    if answer.status != 200 {
        return Err(classify(answer));
    }
    let appointment = appointment(&answer.body)?;
    let id = text(&appointment, "id").ok_or(ProviderFailure::Malformed)?;
    let version = version(answer, &appointment).ok_or(ProviderFailure::Malformed)?;
    let url = root.at(&format!("Appointment/{}", encode(&id)), &[]);
    Ok(HeldBooking { appointment_id: id, version, url, status: status(&appointment)? })
}

fn appointment(body: &[u8]) -> Result<Value, ProviderFailure> {
    let value: Value = serde_json::from_slice(without_bom(body)).map_err(|_| ProviderFailure::Malformed)?;
    if text(&value, "resourceType").as_deref() == Some("Appointment") {
        Ok(value)
    } else {
        Err(ProviderFailure::Malformed)
    }
}

fn status(appointment: &Value) -> Result<AppointmentStatus, ProviderFailure> {
    text(appointment, "status").map(|word| AppointmentStatus::read(&word)).ok_or(ProviderFailure::Malformed)
}

fn version(answer: &Answer, appointment: &Value) -> Option<String> {
    let meta = || appointment.get("meta").and_then(|meta| text(meta, "versionId"));
    let tag = answer.header("ETag").map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned());
    tag.filter(|tag| !tag.is_empty()).or_else(meta)
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

/// A page of a patient's bookings.
pub(crate) struct Bookings {
    page: Page,
    pub(crate) next: Option<String>,
}

/// What a page says of an order's booking.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum OnPage {
    /// It is there.
    Yes(HeldBooking),
    /// It is there under this id, without all that has to be known of it: read it.
    ToRead(String),
    /// It is not there, and everything on the page was understood.
    No,
    /// Something on the page was not understood, and may be it.
    NotClear,
}

impl Bookings {
    pub(crate) fn read(body: &[u8]) -> Result<Self, ProviderFailure> {
        let page = Page::read(body)?;
        Ok(Self { next: page.next.clone(), page })
    }

    /// The booking that an order made, where it is among them: by the clinical document's id, which is the order's alone;
    /// or by the slot, where the provider gives no document.
    pub(crate) fn booking_of(&self, order: &BookingOrder, root: &Root) -> OnPage {
        let Some(found) = self.page.of_type("Appointment").find(|appointment| is_of(appointment, order)) else {
            let clear = self.page.is_understood() && self.page.of_type("OperationOutcome").next().is_none();
            return if clear { OnPage::No } else { OnPage::NotClear };
        };
        let Some(id) = text(found, "id") else { return OnPage::NotClear };
        let version = found.get("meta").and_then(|meta| text(meta, "versionId"));
        let Some((version, status)) = version.zip(status(found).ok()) else { return OnPage::ToRead(id) };
        let url = root.at(&format!("Appointment/{}", encode(&id)), &[]);
        OnPage::Yes(HeldBooking { appointment_id: id, version, url, status })
    }
}

fn is_of(appointment: &Value, order: &BookingOrder) -> bool {
    let documents: Vec<String> = document_ids(appointment);
    if !documents.is_empty() {
        return documents.iter().any(|id| id.eq_ignore_ascii_case(&order.document.to_string()));
    }
    let stands = status(appointment).is_ok_and(|status| status.stands());
    let starts = text(appointment, "start").and_then(|start| chrono::DateTime::parse_from_rfc3339(&start).ok());
    let slot = references(appointment.get("slot"))
        .any(|reference| reference.trim_start_matches('#').rsplit('/').next() == Some(order.slot.id.as_str()));
    stands && slot && starts.is_some_and(|start| start == order.slot.start)
}

fn document_ids(appointment: &Value) -> Vec<String> {
    let contained = appointment.get("contained").and_then(Value::as_array).into_iter().flatten();
    let documents = contained.filter(|resource| text(resource, "resourceType").as_deref() == Some("DocumentReference"));
    let ids = documents.flat_map(|document| {
        let master = document.get("masterIdentifier").into_iter();
        master.chain(document.get("identifier").and_then(Value::as_array).into_iter().flatten())
    });
    ids.filter_map(|identifier| text(identifier, "value"))
        .map(|value| value.trim_start_matches("urn:uuid:").to_owned())
        .collect()
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
