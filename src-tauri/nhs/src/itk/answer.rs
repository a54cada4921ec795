//! What a receiver answered: taken, refused with one of the toolkit's codes, or nothing that can be understood. Prefixes,
//! letter case and versions of SOAP do not matter; what is said beside the codes is not looked at.

use desk_domain::failure::CertificateFault;
use desk_domain::referral::{DeliveryFailure, Sent};

use crate::transport::Answer;
use crate::xml::Element;

/// How much of what a receiver says is kept for the record, in characters.
const LONGEST: usize = 200;

/// An answer as it was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answered {
    /// What came of the sending.
    pub(crate) sent: Sent,
    /// The receiver's id of what went wrong, which its help desk asks for.
    pub(crate) error_id: Option<String>,
    /// The receiver's id of its answer.
    pub(crate) message_id: Option<String>,
}

/// Reads an answer.
pub(crate) fn read(answer: &Answer) -> Answered {
    let root = Element::read(&answer.body).ok();
    let text = |name: &str| root.as_ref().and_then(|root| root.find(name)).map(|one| kept(one.text()));
    let text = |name: &str| text(name).filter(|text| !text.is_empty());
    let body = root.as_ref().and_then(|root| root.find("Body"));
    let fault = body.and_then(|body| body.find("Fault").or_else(|| body.find("ToolkitErrorInfo")));
    let said = body.and_then(|body| body.find("SimpleMessageResponse")).map(|said| kept(said.text()));
    let said = said.filter(|said| !said.is_empty());
    let sent = match (fault, answer.status, said) {
        (Some(fault), status, _) => Sent::Failed(of_fault(fault, status, retry_after(answer))),
        (None, 200..=299, Some(said)) => Sent::Accepted(said),
        (None, status, _) => Sent::Failed(of_status(status, retry_after(answer))),
    };
    Answered { sent, error_id: text("ErrorID"), message_id: text("MessageID") }
}

/// By the toolkit's code; without one by whose fault SOAP says it is; without that by the status.
fn of_fault(fault: &Element, status: u16, after: Option<u32>) -> DeliveryFailure {
    let busy = || after.map_or(DeliveryFailure::Busy, DeliveryFailure::BusyFor);
    let side = || fault.find("faultcode").or_else(|| fault.find("Code")?.find("Value")).map(Element::text);
    let code = fault.find("ErrorCode").map(Element::text).filter(|code| !code.is_empty());
    let code = code.or_else(side).unwrap_or_default();
    let word = code.rsplit(':').next().unwrap_or(code).trim();
    match word.split('.').next().unwrap_or(word).to_ascii_lowercase().as_str() {
        "1000" | "client" | "sender" | "mustunderstand" | "versionmismatch" | "dataencodingunknown" => {
            DeliveryFailure::Invalid
        }
        "2100" | "server" | "receiver" => busy(),
        "2200" => DeliveryFailure::Failed,
        "3000" | "failedauthentication" | "invalidsecurity" | "failedcheck" => DeliveryFailure::Forbidden,
        // A fault says that it was not taken, whatever the reason: nothing about it is unknown.
        _ => {
            let said = of_status(status, after);
            let unknown = [DeliveryFailure::Malformed, DeliveryFailure::Lost].contains(&said);
            if unknown { DeliveryFailure::Failed } else { said }
        }
    }
}

/// By the status alone: nobody who speaks the toolkit's language answered.
fn of_status(status: u16, after: Option<u32>) -> DeliveryFailure {
    match status {
        429 | 503 => after.map_or(DeliveryFailure::Busy, DeliveryFailure::BusyFor),
        // Somebody in between did not hear from the receiver, which may have taken it.
        408 | 499 | 502 | 504 => DeliveryFailure::Lost,
        // What servers before the receiver say of our certificate: it is wrong, or it is missing.
        495 | 496 => DeliveryFailure::NotSafe(CertificateFault::Ours),
        401 | 403 | 407 => DeliveryFailure::Forbidden,
        400 | 413 | 415 | 422 => DeliveryFailure::Invalid,
        300..=499 | 501 | 505 => DeliveryFailure::Failed,
        _ => DeliveryFailure::Malformed,
    }
}

fn retry_after(answer: &Answer) -> Option<u32> {
    answer.header("Retry-After")?.trim().parse().ok()
}

/// A receiver's text for the record: on one line, and not too long.
fn kept(said: &str) -> String {
    let words = said.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use desk_domain::referral::DeliveryFailure as D;
    use http::HeaderMap;
    use http::header::{HeaderValue, RETRY_AFTER};
    use proptest::prelude::*;

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec(), clock_ahead: 0 }
    }

    fn sent(status: u16, body: &str) -> Sent {
        read(&answer(status, body)).sent
    }

    fn soap(body: &str) -> String {
        format!(
            "<?xml version='1.0'?><s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:a='x'><s:Header>\
             <a:MessageID>M-1</a:MessageID></s:Header><s:Body>{body}</s:Body></s:Envelope>"
        )
    }

    fn fault(side: &str, detail: &str) -> String {
        soap(&format!(
            "<s:Fault><faultcode>{side}</faultcode><faultstring>No</faultstring><detail>{detail}</detail></s:Fault>"
        ))
    }

    fn code(code: &str) -> String {
        format!(
            "<i:ToolkitErrorInfo xmlns:i='y'><i:ErrorID>E-1</i:ErrorID><i:ErrorCode codeSystem='z'> {code} </i:ErrorCode>\
             <i:ErrorText>text</i:ErrorText></i:ToolkitErrorInfo>"
        )
    }

    #[test]
    fn bk_6_taken_is_what_says_so_in_whatever_words() {
        let table = [
            ("<i:SimpleMessageResponse xmlns:i='y'>OK</i:SimpleMessageResponse>", Some("OK")),
            ("<SimpleMessageResponse> OK:\n 1234 </SimpleMessageResponse>", Some("OK: 1234")),
            ("<x><SimpleMessageResponse><![CDATA[done]]></SimpleMessageResponse></x>", Some("done")),
            ("<SimpleMessageResponse/>", None),
            ("<SimpleMessageResponse> </SimpleMessageResponse>", None),
            ("<Other>OK</Other>", None),
        ];
        for (body, said) in table {
            let expected = said.map_or(Sent::Failed(D::Malformed), |said| Sent::Accepted(said.to_owned()));
            assert_eq!(sent(200, &soap(body)), expected, "{body}");
        }
        assert_eq!(sent(202, ""), Sent::Failed(D::Malformed), "nothing said");
        let long = format!("<SimpleMessageResponse>{}</SimpleMessageResponse>", "é".repeat(5_000));
        assert_eq!(sent(200, &soap(&long)), Sent::Accepted("é".repeat(LONGEST)), "no more than is of use");
        let both = format!("<SimpleMessageResponse>OK</SimpleMessageResponse>{}", code("2200"));
        assert_eq!(sent(200, &soap(&both)), Sent::Failed(D::Failed), "and a failure beside it");
    }

    #[test]
    fn bk_6_each_of_the_toolkits_codes_means_what_the_toolkit_says() {
        let table = [
            (500, fault("s:Client", &code("1000")), D::Invalid),
            (500, fault("s:Server", &code("2100")), D::Busy),
            (500, fault("s:Server", &code("2200")), D::Failed),
            (500, fault("s:Client", &code("3000")), D::Forbidden),
            (200, fault("s:Client", &code("3000")), D::Forbidden),
            (500, fault("1000", "<ToolkitErrorInfo/>"), D::Invalid),
            (500, fault("s:Client", "<ToolkitErrorInfo/>"), D::Invalid),
            (500, fault("SOAP-ENV:Client.Authentication", ""), D::Invalid),
            (500, fault("s:MustUnderstand", ""), D::Invalid),
            (500, fault("VersionMismatch", ""), D::Invalid),
            (500, fault("s:Server", ""), D::Busy),
            (500, fault("wsse:FailedAuthentication", ""), D::Forbidden),
            (500, fault("", ""), D::Failed),
            (500, fault("s:Server", &code("4711")), D::Failed),
            (503, fault("", ""), D::Busy),
            (500, soap(&code("2200")), D::Failed),
            (500, soap("<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code></s:Fault>"), D::Busy),
        ];
        for (status, body, expected) in table {
            assert_eq!(sent(status, &body), Sent::Failed(expected), "{status} {body}");
        }
        let read = read(&answer(500, &fault("s:Client", &code("1000"))));
        assert_eq!(
            (read.error_id.as_deref(), read.message_id.as_deref()),
            (Some("E-1"), Some("M-1")),
            "for the record"
        );
    }

    #[test]
    fn bk_6_an_answer_of_somebody_else_is_never_taken_for_certain_where_it_is_not() {
        let table = [
            (200, "<html><body>Maintenance", D::Malformed),
            (200, "<html><body>OK</body></html>", D::Malformed),
            (500, "oops", D::Malformed),
            (500, "", D::Malformed),
            (502, "<html/>", D::Lost),
            (504, "", D::Lost),
            (503, "", D::Busy),
            (429, "", D::Busy),
            (401, "", D::Forbidden),
            (403, "<html/>", D::Forbidden),
            (496, "", D::NotSafe(CertificateFault::Ours)),
            (400, "", D::Invalid),
            (415, "", D::Invalid),
            (404, "", D::Failed),
            (302, "", D::Failed),
            (500, "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><a>&x;</a>", D::Malformed),
        ];
        for (status, body, expected) in table {
            assert_eq!(sent(status, body), Sent::Failed(expected), "{status} {body}");
        }
        let accepted = soap("<SimpleMessageResponse>OK</SimpleMessageResponse>");
        assert_eq!(sent(500, &accepted), Sent::Failed(D::Malformed), "taken, and a failure: nobody knows");
        let mut busy = answer(503, "");
        busy.headers.insert(RETRY_AFTER, HeaderValue::from_static("12"));
        assert_eq!(read(&busy).sent, Sent::Failed(D::BusyFor(12)), "asks to come back");
    }

    proptest! {
        #[test]
        fn no_answer_makes_the_reader_panic_or_is_taken_without_saying_so(
            status in 100u16..600,
            text in "[<>/&;:a-cA-C'\" 0-9#x!\\[\\]-]{0,120}|\\PC{0,80}",
            whole in proptest::bool::ANY,
        ) {
            let body = if whole { soap(&text) } else { text };
            if let Sent::Accepted(said) = sent(status, &body) {
                prop_assert!(!said.is_empty() && body.contains("SimpleMessageResponse"));
            }
        }
    }
}
