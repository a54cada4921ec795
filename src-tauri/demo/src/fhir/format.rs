//! Which of FHIR's two forms an answer takes, and that a body is in the one that is read.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::fhir::outcome::{Refused, refuse};
use crate::fhir::query::pairs;
use crate::fhir::xml;

/// A form of FHIR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Xml,
}

/// Largest answer that is put into another form.
const LARGEST: usize = 16 * 1024 * 1024;

impl Format {
    /// By a media type or one of the short names.
    fn named(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            // A plus that was not escaped arrives as a space.
            "json" | "application/json" | "text/json" | "application/fhir+json" | "application/fhir json" => {
                Some(Self::Json)
            }
            "xml" | "application/xml" | "text/xml" | "application/fhir+xml" | "application/fhir xml" => Some(Self::Xml),
            _ => None,
        }
    }

    /// What a request asks for: `_format` before `Accept`, JSON where neither says anything.
    pub(crate) fn wanted(query: &str, headers: &HeaderMap) -> Result<Self, Refused> {
        let unknown = |status, said: &str| refuse(status, "UNSUPPORTED_MEDIA_TYPE", said);
        let named = pairs(query).flatten().find(|(name, _)| name == "_format");
        if let Some((_, name)) = named {
            let name = name.split(';').next().unwrap_or_default();
            return Self::named(name)
                .ok_or_else(|| unknown(400, "The format is neither FHIR's JSON nor its XML").at("http._format"));
        }
        let mut accepted = headers.get_all(header::ACCEPT).iter().map(|value| value.to_str()).peekable();
        if accepted.peek().is_none() {
            return Ok(Self::Json);
        }
        let ranges = accepted.flatten().flat_map(|value| value.split(',')).filter_map(range);
        // Of those wanted as much, the first.
        let best = ranges.fold(None, |best: Option<(Self, u16)>, (format, weight)| {
            if weight > best.map_or(0, |(_, weight)| weight) { Some((format, weight)) } else { best }
        });
        best.map(|(format, _)| format)
            .ok_or_else(|| unknown(406, "Answers are in FHIR's JSON or XML, and neither is accepted").at("http.Accept"))
    }

    /// An answer in this form; what is no FHIR stays as it is.
    pub(crate) async fn of(self, response: Response) -> Response {
        let is_json = |kind: &HeaderValue| kind.as_bytes().starts_with(b"application/fhir+json");
        if self == Self::Json || !response.headers().get(header::CONTENT_TYPE).is_some_and(is_json) {
            return response;
        }
        let (mut parts, body) = response.into_parts();
        let content = to_bytes(body, LARGEST).await.unwrap_or_default();
        let resource: Value = serde_json::from_slice(&content).unwrap_or_default();
        match xml::written(&resource) {
            Ok(written) => {
                let kind = HeaderValue::from_static("application/fhir+xml; charset=utf-8");
                parts.headers.insert(header::CONTENT_TYPE, kind);
                parts.headers.remove(header::CONTENT_LENGTH);
                Response::from_parts(parts, Body::from(written))
            }
            Err(why) => {
                refuse(500, "INTERNAL_SERVER_ERROR", &format!("This cannot be told in XML: {why}")).into_response()
            }
        }
    }
}

/// A range of an `Accept` header: which form it means, and how much it is wanted, in thousandths.
fn range(text: &str) -> Option<(Format, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let format = match parts.next()? {
        "*/*" | "application/*" => Format::Json,
        "text/*" => Format::Xml,
        name => Format::named(name)?,
    };
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let weight = weight.map_or(Some(1.0), |weight| weight.parse::<f32>().ok())?;
    Some((format, (weight.clamp(0.0, 1.0) * 1000.0) as u16))
}

/// Bodies are FHIR's JSON; its XML is told and not read.
pub(crate) fn check_content_type(headers: &HeaderMap) -> Result<(), Refused> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = kind.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/fhir+json"));
    let charset = parts.find_map(|part| part.to_ascii_lowercase().strip_prefix("charset=").map(str::to_owned));
    if is_json && charset.is_none_or(|charset| charset.trim_matches('"') == "utf-8") {
        return Ok(());
    }
    let said = "Content-Type must be application/fhir+json, in UTF-8";
    Err(refuse(415, "UNSUPPORTED_MEDIA_TYPE", said).at("http.Content-Type"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_goes_before_accept_and_weights_before_order() {
        let table = [
            ("", None, Some(Format::Json)),
            ("", Some("application/fhir+xml"), Some(Format::Xml)),
            ("", Some("application/fhir+json;charset=utf-8"), Some(Format::Json)),
            ("", Some("text/html, application/fhir+xml;q=0.5, application/json;q=0.4"), Some(Format::Xml)),
            ("", Some("application/fhir+json;q=0, */*;q=0.1"), Some(Format::Json)),
            ("", Some("text/html"), None),
            ("", Some("application/json;q=0"), None),
            ("_format=xml", Some("application/fhir+json"), Some(Format::Xml)),
            ("a=b&_format=application%2Ffhir%2Bjson", Some("text/html"), Some(Format::Json)),
            ("_format=turtle", None, None),
        ];
        for (query, accept, expected) in table {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            }
            assert_eq!(Format::wanted(query, &headers).ok(), expected, "{query} {accept:?}");
        }
    }
}
