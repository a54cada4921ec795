//! What the receiver answers: taken, or a fault that says what was wrong and where.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use quick_xml::escape::escape;

use super::xml::legal;
use super::{ITK, SOAP, WSA};

/// What a fault means for the sender, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// 1000: the message is wrong; the same again is refused again.
    Invalid,
    /// 2100: not done this time; the same may be sent again.
    Retry,
    /// 2200: not done, and it will not be.
    Never,
    /// 3000: the sender may not.
    Denied,
}

impl Code {
    const ALL: [Self; 4] = [Self::Invalid, Self::Retry, Self::Never, Self::Denied];

    const fn number(self) -> &'static str {
        match self {
            Self::Invalid => "1000",
            Self::Retry => "2100",
            Self::Never => "2200",
            Self::Denied => "3000",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Invalid => "Invalid message",
            Self::Retry => "Processing error, the message may be sent again",
            Self::Never => "Processing error, the message is not to be sent again",
            Self::Denied => "Access denied",
        }
    }

    pub(crate) fn of(number: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.number() == number)
    }
}

/// Whose fault it is, in SOAP's words.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    Client,
    Server,
    MustUnderstand,
    VersionMismatch,
}

impl Side {
    const fn word(self) -> &'static str {
        match self {
            Self::Client => "Client",
            Self::Server => "Server",
            Self::MustUnderstand => "MustUnderstand",
            Self::VersionMismatch => "VersionMismatch",
        }
    }
}

/// Why a message is not taken: what was wrong, and where.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) side: Side,
    pub(super) code: Code,
    pub(super) at: String,
    pub(super) said: String,
}

/// A refusal with one of the toolkit's codes.
pub(super) fn refuse(code: Code, at: &str, said: impl Into<String>) -> Refusal {
    let side = match code {
        Code::Retry => Side::Server,
        Code::Invalid | Code::Never | Code::Denied => Side::Client,
    };
    Refusal { status: StatusCode::INTERNAL_SERVER_ERROR, side, code, at: at.to_owned(), said: said.into() }
}

/// The refusal of a message that is wrong.
pub(super) fn wrong(at: &str, said: impl Into<String>) -> Refusal {
    refuse(Code::Invalid, at, said)
}

/// The answer to a message that was taken: `OK` and the message's id.
pub(super) fn taken(action: &str, message_id: &str) -> Response {
    let body = format!("<itk:SimpleMessageResponse>OK:{}</itk:SimpleMessageResponse>", plain(message_id));
    soap(StatusCode::OK, &format!("{action}Response"), Some(message_id), &body)
}

/// The answer to a message that was not.
pub(super) fn fault(refusal: &Refusal, message_id: Option<&str>) -> Response {
    let body = format!(
        "<soap:Fault><faultcode>soap:{}</faultcode><faultstring>{}</faultstring><detail><itk:ToolkitErrorInfo>\
         <itk:ErrorID>{}</itk:ErrorID><itk:ErrorCode codeSystem=\"2.16.840.1.113883.2.1.3.2.4.17.268\">{}</itk:ErrorCode>\
         <itk:ErrorText>{}</itk:ErrorText><itk:ErrorDiagnosticText>{}: {}</itk:ErrorDiagnosticText>\
         </itk:ToolkitErrorInfo></detail></soap:Fault>",
        refusal.side.word(),
        plain(&refusal.said),
        crate::new_id().hyphenated().to_string().to_uppercase(),
        refusal.code.number(),
        refusal.code.words(),
        plain(&refusal.at),
        plain(&refusal.said),
    );
    soap(refusal.status, &format!("{WSA}/soap/fault"), message_id, &body)
}

fn soap(status: StatusCode, action: &str, relates_to: Option<&str>, body: &str) -> Response {
    let relates_to = relates_to.map(|id| format!("<wsa:RelatesTo>{}</wsa:RelatesTo>", plain(id))).unwrap_or_default();
    let text = format!(
        "<soap:Envelope xmlns:soap=\"{SOAP}\" xmlns:wsa=\"{WSA}\" xmlns:itk=\"{ITK}\"><soap:Header>\
         <wsa:MessageID>{}</wsa:MessageID><wsa:Action>{}</wsa:Action>{relates_to}</soap:Header>\
         <soap:Body>{body}</soap:Body></soap:Envelope>",
        crate::new_id().hyphenated().to_string().to_uppercase(),
        plain(action),
    );
    let mut response = (status, text).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8"));
    response
}

/// A sender's text as it may stand in an answer: not too long, and nothing that XML cannot hold.
fn plain(text: &str) -> String {
    let short: String = text.chars().filter(|character| legal(*character)).take(400).collect();
    escape(short.as_str()).into_owned()
}
