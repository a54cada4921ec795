//! What an answer that is no success means: by its status and its OperationOutcome, in the domain's words (ER-1).

use desk_domain::failure::{CertificateFault, ProviderFailure, Refusal};
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
    fn read(body: &[u8]) -> Self {
        let body = without_bom(body);
        serde_json::from_slice(body)
            .or_else(|_| serde_json::from_slice(body).and_then(serde_json::from_value::<Self>))
            .unwrap_or_default()
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

    fn has(&self, code: &str) -> bool {
        self.codes().any(|given| given.trim().eq_ignore_ascii_case(code))
    }

    /// What it says, in lower case, to look for words in.
    fn said(&self) -> String {
        let displays = self.codings().filter_map(|coding| coding.display.as_deref());
        self.texts().chain(displays).collect::<Vec<_>>().join(" ").to_lowercase()
    }

    /// A remark that a provider put beside its slots, in its own words.
    pub(crate) fn remark(&self) -> Option<String> {
        let displays = self.codings().filter_map(|coding| coding.display.as_deref());
        let mut texts = self.texts().chain(displays).map(|text| text.trim().chars().take(300).collect::<String>());
        texts.find(|text| !text.is_empty())
    }
}

/// What an answer means that is not the success asked for.
pub(crate) fn classify(answer: &Answer) -> ProviderFailure {
    let outcome = OperationOutcome::read(&answer.body);
    let said = outcome.said();
    let about_request_id = said.contains("request-id") || said.contains("request id") || said.contains("x-request");
    // "Duplicate request for this slot" may be either.
    let taken = said.contains("slot") && says_taken(&said) && !said.contains("request");
    let refused = |refusal| ProviderFailure::Refused(refusal);
    match answer.status {
        429 | 503 => ProviderFailure::Busy,
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
    use reqwest::header::HeaderMap;

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec() }
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
}
