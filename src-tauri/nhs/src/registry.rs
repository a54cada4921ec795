//! The appointment registry (RG-2): what a patient holds at whichever provider, as pointers. What a booking is now, its
//! provider alone says.

use std::sync::Arc;

use async_trait::async_trait;
use desk_domain::failure::ProviderFailure;
use desk_domain::id::NhsNumber;
use desk_journeys::ports::{AppointmentRegistry, Asking, RegistryEntry};
use percent_encoding::percent_decode_str;

use crate::address::{Root, may_be_called};
use crate::fhir::NHS_NUMBER;
use crate::fhir::exchange::{Exchanges, Operation, Peer};
use crate::fhir::given::AsGiven;
use crate::fhir::refusal::classify;
use crate::fhir::search::Ended;
use crate::token::Scope;

/// The system of identifiers that are absolute URLs.
const ABSOLUTE_URL: &str = "urn:ietf:rfc:3986";

/// The registry.
pub(crate) struct Registry {
    exchanges: Arc<Exchanges>,
    /// Its root, without a slash at the end: the audience of its tokens.
    root: String,
}

impl Registry {
    pub(crate) fn new(exchanges: Arc<Exchanges>, root: &str) -> Self {
        Self { exchanges, root: root.trim_end_matches('/').to_owned() }
    }
}

#[async_trait]
impl AppointmentRegistry for Registry {
    async fn appointments_of(
        &self,
        asking: &Asking,
        patient: &NhsNumber,
    ) -> Result<Vec<RegistryEntry>, ProviderFailure> {
        let root = Root::new(&self.root);
        let url = root.at("Appointment", &[("patient.identifier", format!("{NHS_NUMBER}|{}", patient.digits()))]);
        let operation = Operation::get("search appointments", None, Scope::ReadAppointment, url);
        let peer = Peer::Registry(&self.root);
        let found = self.exchanges.search(asking, peer, &root, operation, classify).await;
        match found.ended {
            Ended::Whole if found.failures_told == 0 => {}
            // A part of the list would be taken for the whole of it.
            Ended::Whole | Ended::CutShort => return Err(ProviderFailure::Malformed),
            Ended::Failed(failure) => return Err(failure),
        }
        let all = found.appointments.len();
        let mut entries: Vec<RegistryEntry> =
            found.appointments.iter().filter_map(|given| entry(given, patient)).collect();
        let left_out = all - entries.len() + found.not_understood;
        if left_out > 0 {
            tracing::warn!(left_out, "the appointment registry gave entries that could not be understood");
        }
        // Of two entries for one booking, the one that stands is the one to look at.
        entries.sort_by(|one, other| {
            (&one.url, !one.status.stands(), one.start).cmp(&(&other.url, !other.status.stands(), other.start))
        });
        entries.dedup_by(|again, kept| again.url == kept.url);
        entries.sort_by_key(|entry| (entry.start.is_none(), entry.start));
        Ok(entries)
    }
}

/// What an entry points to; none where that cannot be understood, or it is somebody else's.
fn entry(given: &AsGiven, patient: &NhsNumber) -> Option<RegistryEntry> {
    if given.patient().nhs_number.is_some_and(|number| number != *patient) {
        return None;
    }
    let mut pointers = given.identifiers().filter(|(system, _)| system == ABSOLUTE_URL).map(|(_, value)| value);
    let (url, None) = (pointers.next()?, pointers.next()) else { return None };
    let (provider_root, appointment_id, url) = taken_apart(&url)?;
    Some(RegistryEntry {
        url,
        provider_root,
        appointment_id,
        status: given.status()?,
        start: given.start(),
        end: given.end(),
    })
}

/// The service root, the appointment's id and its URL without a version, of the absolute URL of a booking.
fn taken_apart(url: &str) -> Option<(String, String, String)> {
    let url = url.trim();
    if !may_be_called(url) || url.contains('#') {
        return None;
    }
    // A root may have a query of its own.
    let (path, query) = url.split_once('?').map_or((url, String::new()), |(path, query)| (path, format!("?{query}")));
    let path = path.split("/_history/").next()?.trim_end_matches('/');
    let (root, id) = path.rsplit_once("/Appointment/")?;
    let decoded = percent_decode_str(id).decode_utf8().ok()?;
    // An id that climbs, or holds another path, points to something else than a booking.
    if id.contains('/') || decoded.is_empty() || decoded.contains(['/', '\\']) || [".", ".."].contains(&&*decoded) {
        return None;
    }
    Some((format!("{root}{query}"), decoded.into_owned(), format!("{path}{query}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rg_2_an_absolute_url_is_taken_apart_into_the_providers_root_and_the_id() {
        let table = [
            ("https://p.example/STU3/1/Appointment/a1", Some(("https://p.example/STU3/1", "a1"))),
            ("https://p.example/STU3/1/Appointment/a1/_history/2", Some(("https://p.example/STU3/1", "a1"))),
            ("https://p.example/Appointment/a1/", Some(("https://p.example", "a1"))),
            ("https://p.example:8443/a b/Appointment/x%20y", Some(("https://p.example:8443/a b", "x y"))),
            ("https://p.example/x/Appointment/a1?tenant=1", Some(("https://p.example/x?tenant=1", "a1"))),
            ("https://p.example/Appointment/x/Appointment/a1", Some(("https://p.example/Appointment/x", "a1"))),
            ("http://127.0.0.1:81/STU3/1/Appointment/a1", Some(("http://127.0.0.1:81/STU3/1", "a1"))),
            ("http://p.example/STU3/1/Appointment/a1", None),
            ("https://me:secret@p.example/Appointment/a1", None),
            ("https://p.example/STU3/1/Slot/a1", None),
            ("https://p.example/STU3/1/Appointment/", None),
            ("https://p.example/STU3/1/Appointment/a1/b", None),
            ("https://p.example/STU3/1/Appointment/%2E%2E", None),
            ("https://p.example/STU3/1/Appointment/a%2Fb", None),
            ("https://p.example/STU3/1/Appointment/a1#x", None),
            ("urn:uuid:0d9f9a1e-8a3b-4b57-9b6a-0a4e3c1d2f10", None),
            ("Appointment/a1", None),
            ("", None),
        ];
        for (url, expected) in table {
            let apart = taken_apart(url);
            let parts = apart.as_ref().map(|(root, id, _)| (root.as_str(), id.as_str()));
            assert_eq!(parts, expected, "{url}");
            assert!(apart.is_none_or(|(_, _, url)| !url.contains("_history")), "{url}: no version");
        }
    }
}
