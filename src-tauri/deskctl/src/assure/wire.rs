//! Taking apart what went over the wire, without any of the code that sent it: requests, tokens, XML.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use desk_composition::observe::HttpObserved;
use percent_encoding::percent_decode_str;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

/// The value of a header; empty where there is none.
pub(crate) fn header<'a>(exchange: &'a HttpObserved, name: &str) -> &'a str {
    let found = exchange.headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name));
    found.map_or("", |(_, value)| value.as_str())
}

/// The value of a header of the answer; empty where there is none.
pub(crate) fn answered<'a>(exchange: &'a HttpObserved, name: &str) -> &'a str {
    let headers = exchange.answer.as_ref().map(|answer| answer.headers.as_slice()).unwrap_or_default();
    headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value.as_str())
}

/// The status of the answer; 0 where none came.
pub(crate) fn status(exchange: &HttpObserved) -> u16 {
    exchange.answer.as_ref().map_or(0, |answer| answer.status)
}

/// The body of the answer.
pub(crate) fn answer_body(exchange: &HttpObserved) -> &[u8] {
    exchange.answer.as_ref().map(|answer| answer.body.as_slice()).unwrap_or_default()
}

/// A token, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    /// Its header.
    pub(crate) header: Value,
    /// Its claims.
    pub(crate) claims: Value,
    /// Whether a signature stands after the last dot.
    pub(crate) signed: bool,
}

/// The token of a request, where it has one that can be taken apart.
pub(crate) fn token(exchange: &HttpObserved) -> Option<Token> {
    let mut parts = header(exchange, "Authorization").strip_prefix("Bearer ")?.split('.');
    let mut part = || serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok();
    let (header, claims) = (part()?, part()?);
    let signature = parts.next()?;
    parts.next().is_none().then_some(Token { header, claims, signed: !signature.is_empty() })
}

/// Name and value of each parameter of a query, decoded, in order.
pub(crate) fn query(url: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    };
    query.split('&').filter(|text| !text.is_empty()).map(pair).collect()
}

/// A URL without its query, decoded.
pub(crate) fn decoded_path(url: &str) -> String {
    percent_decode_str(url.split('?').next().unwrap_or_default()).decode_utf8_lossy().into_owned()
}

/// Whether a URL holds nothing but what a URL may hold.
pub(crate) fn is_safe(url: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=%".contains(&byte);
    let escapes = url.match_indices('%').all(|(at, _)| {
        url.get(at + 1..at + 3).is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
    });
    url.bytes().all(allowed) && escapes
}

/// The leaves of an XML document: names without prefix from the root down, and text.
pub(crate) fn leaves(xml: &[u8]) -> Option<Vec<(Vec<String>, String)>> {
    let mut reader = Reader::from_str(std::str::from_utf8(xml).ok()?);
    let (mut path, mut found): (Vec<String>, Vec<(Vec<String>, String)>) = (Vec::new(), Vec::new());
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                path.push(start.local_name().as_ref().to_owned());
                found.push((path.clone(), String::new()));
            }
            Event::Empty(start) => {
                path.push(start.local_name().as_ref().to_owned());
                found.push((path.clone(), String::new()));
                path.pop();
            }
            Event::End(_) => drop(path.pop()?),
            Event::Text(text) => append(&path, &mut found, &text.xml10_content()),
            Event::CData(text) => append(&path, &mut found, &text.xml10_content()),
            Event::GeneralRef(entity) => {
                let resolved = match entity.resolve_char_ref().ok()? {
                    Some(character) => character.to_string(),
                    None => quick_xml::escape::resolve_predefined_entity(&entity.xml10_content())?.to_owned(),
                };
                append(&path, &mut found, &resolved);
            }
            Event::Eof => break,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::DocType(_) => {}
        }
    }
    Some(found.into_iter().map(|(path, text)| (path, text.trim().to_owned())).collect())
}

fn append(path: &[String], found: &mut [(Vec<String>, String)], text: &str) {
    if let Some((_, leaf)) = found.iter_mut().rev().find(|(of, _)| of == path) {
        leaf.push_str(text);
    }
}

/// The text of the first element of that name.
pub(crate) fn leaf<'a>(leaves: &'a [(Vec<String>, String)], name: &str) -> Option<&'a str> {
    leaves.iter().find(|(path, _)| path.last().is_some_and(|last| last == name)).map(|(_, text)| text.as_str())
}
