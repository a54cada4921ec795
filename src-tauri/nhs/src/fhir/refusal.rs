//! What an answer that is no success means: by its status and its OperationOutcome, in the domain's words (ER-1).

use desk_domain::failure::{CertificateFault, ProviderFailure, Refusal};
use desk_journeys::ports::LookUpFailure;
use serde::Deserialize;

use crate::transport::Answer;

/// An OperationOutcome, as much of it as is needed; everything may be missing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OperationOutcome {
    issue: Vec<Issue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Issue {
    severity: Option<String>,
    code: Option<String>,
    diagnostics: Option<String>,
    details: Option<Details>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Details {
    coding: Option<Vec<Coding>>,
    text: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Coding {
    code: Option<String>,
    display: Option<String>,
}

impl OperationOutcome {
    /// Reads one, as far as it can be read; of keys that stand twice the last one counts.
    pub(crate) fn read(body: &[u8]) -> Self {
        let body = without_bom(body);
        serde_json::from_slice(body)
            .or_else(|_| serde_json::from_slice(body).and_then(serde_json::from_value::<Self>))
            .unwrap_or_default()
    }

    /// One that is JSON already, as far as it can be read.
    pub(crate) fn of(value: &serde_json::Value) -> Self {
        Self::deserialize(value).unwrap_or_default()
    }

    fn codes(&self) -> impl Iterator<Item = &str> {
        self.codings().filter_map(|coding| coding.code.as_deref())
    }

    fn codings(&self) -> impl Iterator<Item = &Coding> {
        self.issue.iter().filter_map(|issue| issue.details.as_ref()?.coding.as_ref()).flatten()
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        self.issue.iter().flat_map(|issue| {
            let text = issue.details.as_ref().and_then(|details| details.text.as_deref());
            text.into_iter().chain(issue.diagnostics.as_deref())
        })
    }

    /// Whether it gives a code of the Spine.
    pub(crate) fn has(&self, code: &str) -> bool {
        self.codes().any(|given| given.trim().eq_ignore_ascii_case(code))
    }

    /// What it says, in lower case, to look for words in.
    pub(crate) fn said(&self) -> String {
        let displays = self.codings().filter_map(|coding| coding.display.as_deref());
        self.texts().chain(displays).collect::<Vec<_>>().join(" ").to_lowercase()
    }

    /// Whether it tells of something that failed; that nothing was found is no failure.
    pub(crate) fn tells_of_a_failure(&self) -> bool {
        let is = |given: &Option<String>, words: &[&str]| given.as_deref().is_some_and(|word| words.contains(&word));
        let nothing_found = self.has("NO_RECORD_FOUND");
        self.issue
            .iter()
            .any(|issue| is(&issue.severity, &["error", "fatal"]) && !is(&issue.code, &["not-found"]) && !nothing_found)
    }

    /// A remark that a provider put beside its slots, in its own words.
    pub(crate) fn remark(&self) -> Option<String> {
        let displays = self.codings().filter_map(|coding| coding.display.as_deref());
        let mut texts = self.texts().chain(displays).map(|text| text.trim().chars().take(300).collect::<String>());
        texts.find(|text| !text.is_empty())
    }
}

/// From how many seconds on the clocks are apart, and not merely unpunctual: providers allow a token some leeway, and it
/// lives for 300 seconds.
pub(crate) const CLOCKS_APART: i64 = 120;

/// By how many seconds our clock is ahead (behind, where negative), where that is enough to matter.
pub(crate) fn clocks_apart(answer: &Answer) -> Option<i64> {
    Some(answer.clock_ahead).filter(|ahead| ahead.abs() >= CLOCKS_APART)
}

/// What an answer means that is not the success asked for.
pub(crate) fn classify(answer: &Answer) -> ProviderFailure {
    let failure = by_status(answer);
    // A token is judged by the clock of whoever reads it.
    match (&failure, clocks_apart(answer)) {
        (ProviderFailure::Refused(Refusal::Forbidden), Some(ahead)) => {
            ProviderFailure::Refused(Refusal::ClockApart(ahead))
        }
        (ProviderFailure::Refused(Refusal::Invalid), Some(ahead)) if is_about_the_token(&answer.body) => {
            ProviderFailure::Refused(Refusal::ClockApart(ahead))
        }
        _ => failure,
    }
}

fn is_about_the_token(body: &[u8]) -> bool {
    let said = OperationOutcome::read(body).said();
    names_the_token(&said) || ["authoriz", "authoris"].iter().any(|word| said.contains(word))
}

fn names_the_token(said: &str) -> bool {
    ["token", "jwt", "expired", "bearer", "http.authorization"].iter().any(|word| said.contains(word))
}

/// What an answer means that is not the list of bookings asked for (RG-1): a provider need not offer one, and says so in
/// several ways.
pub(crate) fn of_look_up(answer: &Answer) -> LookUpFailure {
    let failure = classify(answer);
    let plain = match (answer.status, &failure) {
        (404 | 405 | 501, _) => true,
        (400, ProviderFailure::Refused(Refusal::Invalid)) | (403, ProviderFailure::Refused(Refusal::Forbidden)) => {
            !names_the_token(&OperationOutcome::read(&answer.body).said())
        }
        _ => false,
    };
    if plain { LookUpFailure::NotOffered } else { failure.into() }
}

fn by_status(answer: &Answer) -> ProviderFailure {
    let outcome = OperationOutcome::read(&answer.body);
    let said = outcome.said();
    let about_request_id = is_about_the_request_id(&said);
    // "Duplicate request for this slot" may be either.
    let taken = said.contains("slot") && says_taken(&said) && !said.contains("request");
    let refused = |refusal| ProviderFailure::Refused(refusal);
    match answer.status {
        429 | 503 => retry_after(answer).map_or(ProviderFailure::Busy, ProviderFailure::BusyFor),
        502 | 504 => ProviderFailure::NotRelayed,
        // 498: the token was not accepted.
        401 | 403 | 498 => refused(Refusal::Forbidden),
        // What servers before the provider say of our certificate: it is wrong, or it is missing.
        495 | 496 => ProviderFailure::NotSafe(CertificateFault::Ours),
        404 | 410 => refused(Refusal::NotFound),
        406 | 415 | 501 => refused(Refusal::CannotExchange),
        _ if outcome.has("INVALID_NHS_NUMBER") => refused(Refusal::NhsNumber),
        409 | 422 if about_request_id => refused(Refusal::RequestIdUsed),
        409 | 422 if taken => refused(Refusal::SlotGone),
        409 => refused(Refusal::Conflict),
        422 if outcome.has("DUPLICATE_REJECTED") => refused(Refusal::Conflict),
        // Nobody says that the provider refused, or that it may be sent again.
        408 | 499 => ProviderFailure::GaveUp,
        400..=499 => refused(Refusal::Invalid),
        500..=599 => ProviderFailure::Failed,
        // A success that is not the one asked for, a redirect, or no HTTP status at all.
        _ => ProviderFailure::Malformed,
    }
}

/// Whether the words are about the id of the request.
pub(crate) fn is_about_the_request_id(said: &str) -> bool {
    ["request-id", "request id", "x-request"].iter().any(|words| said.contains(words))
}

/// For how many seconds the provider wants to be left alone, where it says so, as a number or as a date by its own clock.
fn retry_after(answer: &Answer) -> Option<u32> {
    let given = answer.header("Retry-After")?.trim();
    if let Ok(seconds) = given.parse() {
        return Some(seconds);
    }
    let dated = |text: &str| chrono::DateTime::parse_from_rfc2822(text.trim()).ok();
    let wait = dated(given)? - dated(answer.header("Date")?)?;
    u32::try_from(wait.num_seconds()).ok()
}

fn says_taken(said: &str) -> bool {
    ["not free", "no longer", "not available", "unavailable", "already booked", "taken", "has gone"]
        .iter()
        .any(|words| said.contains(words))
}

/// Bytes without a byte order mark.
pub(crate) fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use http::header::HeaderMap;

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec(), clock_ahead: 0 }
    }

    fn outcome(code: &str, said: &str) -> String {
        format!(
            r#"{{"resourceType":"OperationOutcome","issue":[{{"severity":"error","code":"invalid","details":{{"coding":[{{"code":"{code}"}}]}},"diagnostics":"{said}"}}]}}"#
        )
    }

    #[test]
    fn er_1_each_refusal_is_told_apart() {
        let r = ProviderFailure::Refused;
        let table = [
            (409, outcome("DUPLICATE_REJECTED", "Slot is no longer free"), r(Refusal::SlotGone)),
            (422, outcome("DUPLICATE_REJECTED", "the slot has been taken"), r(Refusal::SlotGone)),
            (422, outcome("INVALID_RESOURCE", "Slot already booked"), r(Refusal::SlotGone)),
            (422, outcome("INVALID_RESOURCE", "contained Slot needs a schedule"), r(Refusal::Invalid)),
            (409, outcome("DUPLICATE_REJECTED", "X-Request-ID was used before"), r(Refusal::RequestIdUsed)),
            (422, outcome("INVALID_PARAMETER", "X-Request-ID was used before"), r(Refusal::RequestIdUsed)),
            (409, outcome("DUPLICATE_REJECTED", "Duplicate request for this slot"), r(Refusal::Conflict)),
            (422, outcome("INVALID_RESOURCE", "Slot.status must be busy"), r(Refusal::Invalid)),
            (
                409,
                r#"{"issue":[{"details":null,"diagnostics":"slot no longer free"}]}"#.to_owned(),
                r(Refusal::SlotGone),
            ),
            (495, String::new(), ProviderFailure::NotSafe(CertificateFault::Ours)),
            (496, String::new(), ProviderFailure::NotSafe(CertificateFault::Ours)),
            (497, String::new(), r(Refusal::Invalid)),
            (498, String::new(), r(Refusal::Forbidden)),
            (408, String::new(), ProviderFailure::GaveUp),
            (499, String::new(), ProviderFailure::GaveUp),
            (409, String::new(), r(Refusal::Conflict)),
            (422, outcome("INVALID_NHS_NUMBER", ""), r(Refusal::NhsNumber)),
            (403, String::new(), r(Refusal::Forbidden)),
            (404, "<html>".to_owned(), r(Refusal::NotFound)),
            (415, String::new(), r(Refusal::CannotExchange)),
            (400, outcome("INVALID_PARAMETER", ""), r(Refusal::Invalid)),
            (500, String::new(), ProviderFailure::Failed),
            (502, String::new(), ProviderFailure::NotRelayed),
            (504, String::new(), ProviderFailure::NotRelayed),
            (429, String::new(), ProviderFailure::Busy),
            (503, "busy".to_owned(), ProviderFailure::Busy),
            (200, outcome("INTERNAL_SERVER_ERROR", "no"), ProviderFailure::Malformed),
            (302, String::new(), ProviderFailure::Malformed),
        ];
        for (status, body, expected) in table {
            assert_eq!(classify(&answer(status, &body)), expected, "{status} {body}");
        }
    }

    #[test]
    fn rg_1_a_provider_that_does_not_let_bookings_be_looked_up_is_told_from_one_that_fails() {
        let (no, r) = (LookUpFailure::NotOffered, |refusal| ProviderFailure::Refused(refusal).into());
        let table = [
            (400, outcome("INVALID_PARAMETER", "patient.identifier is not supported"), no.clone()),
            (400, String::new(), no.clone()),
            (403, outcome("ACCESS_DENIED", "You are not authorised to search"), no.clone()),
            (403, "<html>".to_owned(), no.clone()),
            (404, String::new(), no.clone()),
            (405, String::new(), no.clone()),
            (501, String::new(), no),
            (400, outcome("INVALID_NHS_NUMBER", "no"), r(Refusal::NhsNumber)),
            (400, outcome("BAD_REQUEST", "The JWT has no aud"), r(Refusal::Invalid)),
            (403, outcome("ACCESS_DENIED", "The token has expired"), r(Refusal::Forbidden)),
            (401, String::new(), r(Refusal::Forbidden)),
            (415, String::new(), r(Refusal::CannotExchange)),
            (429, String::new(), ProviderFailure::Busy.into()),
            (500, String::new(), ProviderFailure::Failed.into()),
            (504, String::new(), ProviderFailure::NotRelayed.into()),
            (202, String::new(), ProviderFailure::Malformed.into()),
        ];
        for (status, body, expected) in table {
            assert_eq!(of_look_up(&answer(status, &body)), expected, "{status} {body}");
        }
        let apart = Answer { clock_ahead: 400, ..answer(403, "") };
        assert_eq!(of_look_up(&apart), r(Refusal::ClockApart(400)), "a token that nobody accepts");
    }

    #[test]
    fn rg_1_a_remark_is_no_failure() {
        let told = |severity: &str, code: &str| {
            let issue = serde_json::json!({ "severity": severity, "code": code, "diagnostics": "so" });
            OperationOutcome::of(&serde_json::json!({ "issue": [issue] })).tells_of_a_failure()
        };
        assert!(told("error", "exception") && told("fatal", "processing"), "failures");
        assert!(!told("information", "informational") && !told("warning", "processing"), "remarks");
        assert!(!told("error", "not-found"), "nothing found");
    }

    #[test]
    fn er_2_how_long_a_busy_provider_wants_to_be_left_alone_is_read() {
        let date = "Fri, 20 Nov 2026 12:00:00 GMT";
        let table = [
            (Some("7"), Some(date), ProviderFailure::BusyFor(7)),
            (Some("Fri, 20 Nov 2026 12:01:30 GMT"), Some(date), ProviderFailure::BusyFor(90)),
            (Some("Fri, 20 Nov 2026 12:01:30 GMT"), None, ProviderFailure::Busy),
            (Some("Fri, 20 Nov 2026 11:00:00 GMT"), Some(date), ProviderFailure::Busy),
            (Some("soon"), Some(date), ProviderFailure::Busy),
            (Some("-3"), Some(date), ProviderFailure::Busy),
            (None, Some(date), ProviderFailure::Busy),
        ];
        for (after, date, expected) in table {
            let mut busy = answer(503, "");
            let mut set = |name: &'static str, value: &'static str| {
                busy.headers.insert(name, http::header::HeaderValue::from_static(value));
            };
            after.into_iter().for_each(|after| set("retry-after", after));
            date.into_iter().for_each(|date| set("date", date));
            assert_eq!(classify(&busy), expected, "{after:?} {date:?}");
        }
    }

    #[test]
    fn au_1_a_refused_token_is_the_clocks_fault_where_the_clocks_are_apart() {
        let expired = outcome("BAD_REQUEST", "JWT has expired");
        let other = outcome("INVALID_PARAMETER", "start is missing");
        let apart = |ahead| ProviderFailure::Refused(Refusal::ClockApart(ahead));
        let r = ProviderFailure::Refused;
        let table = [
            (403, &expired, 400, apart(400)),
            (401, &expired, -400, apart(-400)),
            (400, &expired, 400, apart(400)),
            (400, &other, 400, r(Refusal::Invalid)),
            (403, &expired, 30, r(Refusal::Forbidden)),
            (400, &expired, 0, r(Refusal::Invalid)),
            (409, &other, 400, r(Refusal::Conflict)),
            (500, &expired, 400, ProviderFailure::Failed),
        ];
        for (status, body, clock_ahead, expected) in table {
            let answer = Answer { clock_ahead, ..answer(status, body) };
            assert_eq!(classify(&answer), expected, "{status}, {clock_ahead} s ahead");
        }
    }
}
