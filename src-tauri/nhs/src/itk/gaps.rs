//! What keeps a document from being written: everything that the standard asks for and no schema misses.

use desk_domain::referral::ReferralGap;
use desk_domain::service::ServiceEndpoint;
use desk_journeys::ports::ReferralContent;
use url::Url;

use crate::settings::is_this_machine;

/// All that is missing or does not fit, for this receiver; for one that is sent by hand, its address is nobody's concern
/// here. Nothing may be sent while there is any.
pub(super) fn gaps(content: &ReferralContent, to: Option<&ServiceEndpoint>, demonstration: bool) -> Vec<ReferralGap> {
    use ReferralGap as G;
    let blank = |text: &str| text.trim().is_empty();
    let (responses, patient) = (&content.encounter.responses, &content.encounter.patient);
    let (service, author) = (&content.service, &content.author.name);
    let pathways = content.outcome.disposition.national_code().as_str().strip_prefix("Dx");
    let pathways = pathways.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
    let found = [
        (blank(responses.presenting_complaint.reveal()), G::PresentingComplaint),
        (blank(responses.summary.reveal()), G::ClinicalSummary),
        (responses.consent.is_none(), G::Consent),
        (blank(patient.name.family.reveal()) && blank(patient.name.given.reveal()), G::PatientName),
        (blank(author.family.reveal()) && blank(author.given.reveal()), G::AuthorName),
        (!pathways, G::OutcomeCode),
        (service.ods_code.is_none() || blank(&service.name), G::Organisation),
        (to.is_some_and(|to| !is_safe(&to.address)), G::Address),
        (to.is_some_and(|to| blank(&to.interaction)), G::Interaction),
    ];
    let found = found.into_iter().filter_map(|(missing, gap)| missing.then_some(gap));
    found.chain(content.booking.as_ref().and_then(|booking| booking_gap(&booking.url, demonstration))).collect()
}

/// Whether patient details may go to an address (AU-3).
pub(super) fn is_safe(address: &str) -> bool {
    absolute(address.trim()).is_some_and(|url| is_encrypted(&url))
}

/// What is wrong with a booking's URL, which others have to find the booking by (BK-6). Plain text on this machine is for a
/// demonstration's providers alone.
fn booking_gap(url: &str, demonstration: bool) -> Option<ReferralGap> {
    let Some(url) = absolute(url) else { return Some(ReferralGap::BookingAddress) };
    if url.scheme() != "https" && !(demonstration && is_encrypted(&url)) {
        return Some(ReferralGap::BookingNotEncrypted);
    }
    let parts: Vec<&str> = url.path().split('/').collect();
    if parts.iter().any(|part| part.to_ascii_lowercase().replace("%5f", "_") == "_history") {
        return Some(ReferralGap::BookingVersion);
    }
    let of_appointment = matches!(parts.as_slice(), [.., "Appointment", id] if !id.is_empty());
    let bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    (!of_appointment || !bare).then_some(ReferralGap::BookingAddress)
}

/// A URL that is whole as it stands: what a lenient reader would mend is none.
fn absolute(text: &str) -> Option<Url> {
    let whole = !text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\');
    let (scheme, rest) = text.split_once("://").filter(|(_, rest)| whole && !rest.starts_with('/'))?;
    let known = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    Url::parse(text).ok().filter(|_| known && !rest.is_empty())
}

/// Plain text is for this machine alone, as the demonstration has it.
fn is_encrypted(url: &Url) -> bool {
    url.scheme() == "https" || is_this_machine(url)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bk_6_a_bookings_url_is_absolute_safe_and_of_no_version() {
        use ReferralGap as G;
        let table = [
            ("https://provider.example/STU3/1/Appointment/77", None),
            ("HTTPS://provider.example/Appointment/a-7", None),
            ("http://127.0.0.1:8080/Appointment/77", None),
            ("http://localhost/Appointment/77", None),
            ("http://[::1]:80/Appointment/77", None),
            ("http://provider.example/Appointment/77", Some(G::BookingNotEncrypted)),
            ("http://127.0.0.1.example/Appointment/77", Some(G::BookingNotEncrypted)),
            ("Appointment/77", Some(G::BookingAddress)),
            ("/Appointment/77", Some(G::BookingAddress)),
            ("//provider.example/Appointment/77", Some(G::BookingAddress)),
            ("https:Appointment/77", Some(G::BookingAddress)),
            ("https:///Appointment/77", Some(G::BookingAddress)),
            ("ftp://provider.example/Appointment/77", Some(G::BookingAddress)),
            ("https://provider.example/Appointment/", Some(G::BookingAddress)),
            ("https://provider.example/Slot/77", Some(G::BookingAddress)),
            ("https://provider.example/Appointment/77?x=1", Some(G::BookingAddress)),
            ("https://provider.example/Appointment/77#x", Some(G::BookingAddress)),
            ("https://me@provider.example/Appointment/77", Some(G::BookingAddress)),
            ("https://provider.example/Appoint\nment/77", Some(G::BookingAddress)),
            (" https://provider.example/Appointment/77", Some(G::BookingAddress)),
            ("https://provider.example/Appointment/77/_history/2", Some(G::BookingVersion)),
            ("https://provider.example/Appointment/77/%5Fhistory/2", Some(G::BookingVersion)),
            ("", Some(G::BookingAddress)),
        ];
        for (url, expected) in table {
            assert_eq!(booking_gap(url, true), expected, "{url:?}");
            let live = if url.starts_with("http://") { Some(G::BookingNotEncrypted) } else { expected };
            assert_eq!(booking_gap(url, false), live, "{url:?}, in earnest");
        }
    }

    proptest! {
        #[test]
        fn whatever_stands_for_a_bookings_url_is_looked_at_without_a_panic(url in "\\PC{0,40}", tail in "[a-z/:.?#%_-]{0,40}") {
            let _ = (booking_gap(&url, true), booking_gap(&format!("https://{tail}"), false), is_safe(&url));
        }
    }
}
