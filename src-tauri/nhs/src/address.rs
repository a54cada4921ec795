//! URLs of a provider's operations, through the Spine proxy and directly (AU-2, DI-8). The service root is used exactly
//! as the Spine directory gave it, except that characters which no URL may hold are percent-encoded.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::settings::is_this_machine;

/// What no URL may hold; `%` is looked at by itself.
pub(crate) const UNSAFE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b'#');

/// Everything but what RFC 3986 leaves unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One parameter of a query; name and value unencoded.
pub(crate) type Parameter = (&'static str, String);

/// A provider's root as a base of URLs.
#[derive(Debug, Clone)]
pub(crate) struct Root {
    base: String,
    query: Option<String>,
}

impl Root {
    /// Reads a root as the Spine directory gave it.
    pub(crate) fn new(given: &str) -> Self {
        let safe = encode_unsafe(&ascii_host(given.trim()));
        let (base, query) = match safe.split_once('?') {
            Some((base, query)) => (base.to_owned(), Some(query.to_owned()).filter(|q| !q.is_empty())),
            None => (safe, None),
        };
        Self { base: base.trim_end_matches('/').to_owned(), query }
    }

    /// Scheme, host and port.
    pub(crate) fn host(&self) -> String {
        let url = Url::parse(&self.base).ok();
        url.map_or_else(|| self.base.clone(), |url| url[..url::Position::BeforePath].to_owned())
    }

    /// The provider's own URL of a path below its root.
    pub(crate) fn at(&self, path: &str, parameters: &[Parameter]) -> String {
        let own = parameters.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        let query: Vec<String> = self.query.iter().cloned().chain(own).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}/{path}{mark}{}", self.base, query.join("&"))
    }

    /// Whether a URL that a provider gave lies below its own root.
    pub(crate) fn holds(&self, url: &str) -> bool {
        let below = |rest: &str| rest.starts_with('/') || rest.starts_with('?');
        let climbs = |rest: &str| {
            let path = rest.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase().replace("%2e", ".");
            path.split(['/', '\\']).any(|part| part == ".." || part == ".")
        };
        url.strip_prefix(&self.base).is_some_and(|rest| below(rest) && !climbs(rest))
    }

    /// A URL that a provider gave, absolute: as it is, or resolved against the root.
    pub(crate) fn absolute(&self, given: &str) -> String {
        let given = given.trim();
        if given.contains("://") {
            return given.to_owned();
        }
        if given.starts_with('/') {
            let host = Url::parse(&self.base).ok().map(|url| url[..url::Position::BeforePath].to_owned());
            return format!("{}{given}", host.unwrap_or_default());
        }
        format!("{}/{given}", self.base)
    }
}

/// Whether an address that somebody gave may be called: absolute, encrypted unless it is this machine's own (AU-3), and
/// without a name or password, which would be sent to whoever stands there.
pub(crate) fn may_be_called(address: &str) -> bool {
    let parsed = Url::parse(address).ok().zip(address.split_once("://"));
    parsed.is_some_and(|(url, (scheme, rest))| {
        // The parser of URLs forgives more than those who are asked do: slashes too few or too many, line breaks anywhere.
        let as_written = scheme.eq_ignore_ascii_case(url.scheme())
            && !rest.starts_with(['/', '\\'])
            && !rest.contains(char::is_control);
        let safe = url.scheme() == "https" || (url.scheme() == "http" && is_this_machine(&url));
        as_written && safe && url.username().is_empty() && url.password().is_none() && url.has_host()
    })
}

/// The URL to call: behind the proxy with exactly one slash between, or the provider's own.
pub(crate) fn through(proxy: Option<&Url>, own: &str) -> String {
    match proxy {
        Some(proxy) => format!("{}/{own}", proxy.as_str().trim_end_matches('/')),
        None => own.to_owned(),
    }
}

/// One value of a path or query, every reserved character encoded.
pub(crate) fn encode(value: &str) -> String {
    utf8_percent_encode(value, RESERVED).to_string()
}

/// The same root with its host as names travel (RFC 5891): characters beyond ASCII are encoded otherwise there.
fn ascii_host(root: &str) -> Cow<'_, str> {
    let host_of = |rest: &str| rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let Some((scheme, rest)) = root.split_once("://").filter(|(_, rest)| !rest[..host_of(rest)].is_ascii()) else {
        return Cow::Borrowed(root);
    };
    match Url::parse(root) {
        Ok(url) => {
            let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
            Cow::Owned(format!("{scheme}://{host}{}", &rest[host_of(rest)..]))
        }
        Err(_) => Cow::Borrowed(root),
    }
}

fn encode_unsafe(text: &str) -> String {
    let bytes = text.as_bytes();
    let is_escape = |at: usize| {
        let digits = bytes.get(at + 1..at + 3);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    let mut encoded = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        match character {
            '%' if !is_escape(at) => encoded.push_str("%25"),
            _ => encoded.extend(utf8_percent_encode(character.encode_utf8(&mut [0; 4]), UNSAFE)),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn di_8_any_root_is_composed_for_every_operation_through_the_proxy_and_directly() {
        let proxy = Url::parse("https://ssp.example").expect("a URL");
        let table = [
            ("https://p.example/STU3/1", "https://p.example/STU3/1/Appointment"),
            ("https://p.example/STU3/1/", "https://p.example/STU3/1/Appointment"),
            ("https://p.example:8443/a b/é", "https://p.example:8443/a%20b/%C3%A9/Appointment"),
            ("https://p.example/a%20b", "https://p.example/a%20b/Appointment"),
            ("https://p.example/100%", "https://p.example/100%25/Appointment"),
            ("https://p.example/x?tenant=1", "https://p.example/x/Appointment?tenant=1"),
            ("https://p.example/x#y", "https://p.example/x%23y/Appointment"),
            ("https://prövider.example:81/é", "https://xn--prvider-b1a.example:81/%C3%A9/Appointment"),
        ];
        for (root, expected) in table {
            let own = Root::new(root).at("Appointment", &[]);
            assert_eq!(own, expected, "{root}");
            assert_eq!(through(None, &own), expected, "{root} directly");
            assert_eq!(through(Some(&proxy), &own), format!("https://ssp.example/{expected}"), "{root} by proxy");
        }
    }

    #[test]
    fn every_reserved_character_of_a_query_is_encoded() {
        let url =
            Root::new("https://p.example").at("Slot", &[("schedule.actor:healthcareservice", "1+2&3 4/5".to_owned())]);
        assert_eq!(
            url, "https://p.example/Slot?schedule.actor%3Ahealthcareservice=1%2B2%263%204%2F5",
            "names and values"
        );
    }

    #[test]
    fn a_location_may_be_absolute_or_relative() {
        let root = Root::new("https://p.example/STU3/1");
        for given in [
            "https://p.example/STU3/1/Appointment/1/_history/1",
            "/STU3/1/Appointment/1/_history/1",
            "Appointment/1/_history/1",
        ] {
            assert_eq!(root.absolute(given), "https://p.example/STU3/1/Appointment/1/_history/1", "{given}");
        }
    }

    #[test]
    fn a_next_page_outside_the_providers_root_is_not_its_own() {
        let root = Root::new("https://p.example/STU3/1");
        assert!(root.holds("https://p.example/STU3/1/Slot?page=2"), "below");
        assert!(!root.holds("https://p.example/STU3/11/Slot"), "a name that only begins so");
        assert!(!root.holds("https://other.example/STU3/1/Slot"), "another host");
        assert!(!root.holds("https://p.example/STU3/1/../../other"), "climbing out");
        assert!(!root.holds("https://p.example/STU3/1/%2E%2e/other"), "climbing out, encoded");
    }

    proptest! {
        #[test]
        fn composed_urls_hold_no_unsafe_character(root in "\\PC{0,40}", value in "\\PC{0,40}") {
            let url = Root::new(&format!("https://p.example/{root}")).at("Slot", &[("start", value)]);
            prop_assert!(url.bytes().all(|b| b.is_ascii_graphic()), "{}", url);
        }
    }
}
