//! Searches in a directory (LDAP, RFC 4511), bounded in size and depth.
//!
//! Encoding, filters and the reading of a message are the library's. Its connection is not used: it keeps whatever comes,
//! however much, drops what a server says of our certificate, and its reader follows any depth until the stack is used up.

use std::sync::Arc;

use bytes::BytesMut;
use desk_domain::failure::CertificateFault;
use ldap3::asn1::{
    ASNTag, Boolean, Enumerated, Integer, OctetString, Sequence, StructureTag, Tag, TagClass, parse_tag, parse_uint,
    write,
};
use ldap3::parse_filter;
use rustls::ClientConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::Url;

use crate::connection::{Connected, NotConnected, certificate_fault, open};

/// How much is read in answer to one search.
const LARGEST: usize = 4 * 1024 * 1024;
/// How deep a message may go. An entry goes five deep.
const DEEPEST: usize = 16;
/// How many references to other directories are read.
const MOST_REFERENCES: usize = 100;

/// What every message begins with.
const SEQUENCE: u8 = 0x30;
const SEARCH_REQUEST: u64 = 3;
const ENTRY: u64 = 4;
const DONE: u64 = 5;
const REFERENCE: u64 = 19;
const INTERMEDIATE: u64 = 25;
/// Result code: there is more than was asked for.
pub(crate) const SIZE_LIMIT: u64 = 4;

/// A connection to a directory. Nobody signs in: without that, one asks anonymously.
pub(crate) struct Directory {
    connected: Connected,
    came: Vec<u8>,
    searches: i32,
    /// Whether it ever said anything.
    spoke: bool,
}

/// What a search found.
pub(crate) struct Found {
    /// Entries as they came, well-formed or not.
    pub(crate) entries: Vec<StructureTag>,
    /// How many references to other directories stood among them.
    pub(crate) references: usize,
    /// The result code.
    pub(crate) code: u64,
}

/// Why a search has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoResult {
    /// The connection ended.
    Ended,
    /// The connection ended because of a certificate.
    NotSafe(CertificateFault),
    /// What came is no answer, or larger than any honest one.
    Malformed,
}

impl Directory {
    /// Connects, encrypted for `ldaps`.
    pub(crate) async fn open(url: &Url, tls: &Arc<ClientConfig>) -> Result<Self, NotConnected> {
        let (tls, port) = if url.scheme() == "ldaps" { (Some(Arc::clone(tls)), 636) } else { (None, 389) };
        let connected = open(url, url.port().unwrap_or(port), tls).await?;
        Ok(Self { connected, came: Vec::new(), searches: 0, spoke: false })
    }

    /// Searches below a base for at most so many entries. Filters are text, their values escaped (RFC 4515).
    pub(crate) async fn search(
        &mut self,
        base: &str,
        filter: &str,
        attributes: &[&str],
        most: usize,
    ) -> Result<Found, NoResult> {
        self.searches += 1;
        let request = request(self.searches, base, filter, attributes, most).ok_or(NoResult::Malformed)?;
        self.write(&request).await?;
        let mut found = Found { entries: Vec::new(), references: 0, code: 0 };
        let mut left = LARGEST;
        loop {
            let (id, operation) = self.message(&mut left).await?;
            if id == 0 {
                // The directory is about to close the connection.
                return Err(NoResult::Ended);
            }
            if operation.class != TagClass::Application || i32::try_from(id) != Ok(self.searches) {
                return Err(NoResult::Malformed);
            }
            match operation.id {
                ENTRY => found.entries.push(operation),
                REFERENCE => found.references += 1,
                INTERMEDIATE => {}
                DONE => {
                    found.code = code(operation).ok_or(NoResult::Malformed)?;
                    return Ok(found);
                }
                _ => return Err(NoResult::Malformed),
            }
            if found.entries.len() > most {
                // It does not keep to the limit; nobody needs the rest.
                found.code = SIZE_LIMIT;
                return Ok(found);
            }
            if found.references > MOST_REFERENCES {
                return Err(NoResult::Malformed);
            }
        }
    }

    /// Whether it asked for our certificate and then never said a word.
    pub(crate) const fn is_mute_since_it_saw_our_certificate(&self) -> bool {
        self.connected.asked && !self.spoke
    }

    /// Says goodbye, so that the directory does not hold the connection for lost.
    pub(crate) async fn close(mut self) {
        let message = [0x30, 0x05, 0x02, 0x01, 0x7f, 0x42, 0x00];
        self.write(&message).await.unwrap_or_default();
        self.connected.stream.shutdown().await.unwrap_or_default();
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), NoResult> {
        let Connected { stream, asked } = &mut self.connected;
        let written = async {
            stream.write_all(bytes).await?;
            stream.flush().await
        };
        written.await.map_err(|error| ended(&error, *asked))
    }

    /// The next message: its id and operation.
    async fn message(&mut self, left: &mut usize) -> Result<(u64, StructureTag), NoResult> {
        let Connected { stream, asked } = &mut self.connected;
        loop {
            if self.came.first().is_some_and(|kind| *kind != SEQUENCE) {
                return Err(NoResult::Malformed);
            }
            if let Some(length) = length(&self.came).map_err(|TooLarge| NoResult::Malformed)? {
                let bytes: Vec<u8> = self.came.drain(..length).collect();
                let (message, _) = next(&bytes).ok_or(NoResult::Malformed)?;
                return parts(message).ok_or(NoResult::Malformed);
            }
            let mut part = [0; 16 * 1024];
            let read = stream.read(&mut part).await.map_err(|error| ended(&error, *asked))?;
            if read == 0 {
                return Err(NoResult::Ended);
            }
            self.spoke = true;
            *left = left.checked_sub(read).ok_or(NoResult::Malformed)?;
            self.came.extend_from_slice(&part[..read]);
        }
    }
}

fn ended(error: &std::io::Error, asked: bool) -> NoResult {
    certificate_fault(error, asked).map_or(NoResult::Ended, NoResult::NotSafe)
}

/// A search request (RFC 4511, 4.5.1); none where the filter is no filter.
fn request(id: i32, base: &str, filter: &str, attributes: &[&str], most: usize) -> Option<Vec<u8>> {
    let text = |text: &str| Tag::OctetString(OctetString { inner: text.as_bytes().to_vec(), ..OctetString::default() });
    let number = |inner| Tag::Integer(Integer { inner, ..Integer::default() });
    let choice = |inner| Tag::Enumerated(Enumerated { inner, ..Enumerated::default() });
    let list = |inner| Tag::Sequence(Sequence { inner, ..Sequence::default() });
    let (whole_subtree, never_dereference, no_time_limit) = (2, 0, 0);
    let search = Tag::Sequence(Sequence {
        id: SEARCH_REQUEST,
        class: TagClass::Application,
        inner: vec![
            text(base),
            choice(whole_subtree),
            choice(never_dereference),
            number(i64::try_from(most).ok()?),
            number(no_time_limit),
            Tag::Boolean(Boolean { inner: false, ..Boolean::default() }),
            parse_filter(filter).ok()?,
            list(attributes.iter().map(|name| text(name)).collect()),
        ],
    });
    let mut bytes = BytesMut::new();
    write::encode_into(&mut bytes, list(vec![number(i64::from(id)), search]).into_structure()).ok()?;
    Some(bytes.to_vec())
}

/// Id and operation of a message.
fn parts(message: StructureTag) -> Option<(u64, StructureTag)> {
    let mut parts = message.expect_constructed()?.into_iter();
    let id = number(parts.next()?)?;
    Some((id, parts.next()?))
}

/// The result code of a message that ends a search.
fn code(done: StructureTag) -> Option<u64> {
    number(done.expect_constructed()?.into_iter().next()?)
}

fn number(tag: StructureTag) -> Option<u64> {
    let bytes = tag.expect_primitive().filter(|bytes| (1..=4).contains(&bytes.len()))?;
    parse_uint(&bytes).ok().map(|(_, number)| number)
}

/// The first message of some bytes, and what follows it; none where it is not whole, or deeper than any honest one.
pub(crate) fn next(bytes: &[u8]) -> Option<(StructureTag, &[u8])> {
    let (message, rest) = bytes.split_at_checked(length(bytes).ok()??)?;
    if !is_shallow(message) {
        return None;
    }
    parse_tag(message).ok().map(|(_, message)| (message, rest))
}

/// A message larger than is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct TooLarge;

/// How long a message is; none where so little of it is there that nobody can say, or where it is not whole.
fn length(bytes: &[u8]) -> Result<Option<usize>, TooLarge> {
    match header(bytes) {
        Header::Of { head, content, .. } if content > LARGEST || head > LARGEST => Err(TooLarge),
        Header::Of { head, content, .. } => Ok(Some(head + content).filter(|length| *length <= bytes.len())),
        Header::NotWhole => Ok(None),
        Header::Not => Err(TooLarge),
    }
}

/// The type and length that stand before a value.
enum Header {
    Of {
        constructed: bool,
        head: usize,
        content: usize,
    },
    NotWhole,
    /// A length that is longer than any, or open (RFC 4511, 5.1 forbids that).
    Not,
}

fn header(bytes: &[u8]) -> Header {
    let [kind, first, rest @ ..] = bytes else { return Header::NotWhole };
    let constructed = kind & 0x20 != 0;
    match first {
        0..=0x7f => Header::Of { constructed, head: 2, content: usize::from(*first) },
        0x81..=0x84 => {
            let digits = usize::from(first - 0x80);
            let Some(digits) = rest.get(..digits) else { return Header::NotWhole };
            let content = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
            Header::Of { constructed, head: 2 + digits.len(), content }
        }
        _ => Header::Not,
    }
}

/// Whether nothing in a message lies deeper than an honest message goes, and everything within what holds it.
fn is_shallow(message: &[u8]) -> bool {
    let (mut at, mut ends) = (0, vec![message.len()]);
    while at < message.len() {
        while ends.last().is_some_and(|end| *end <= at) {
            ends.pop();
        }
        let Header::Of { constructed, head, content } = header(&message[at..]) else { return false };
        let end = at + head + content;
        if ends.last().is_none_or(|outer| end > *outer) {
            return false;
        }
        if constructed {
            ends.push(end);
            at += head;
        } else {
            at = end;
        }
        if ends.len() > DEEPEST {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn di_6_a_request_is_as_the_standard_writes_it() {
        let bytes = request(1, "o=nhs", "(a=\\2a)", &["b"], 20).expect("a filter");
        let expected: &[&[u8]] = &[
            &[0x30, 0x28, 2, 1, 1, 0x63, 0x23, 4, 5],
            b"o=nhs",
            &[10, 1, 2, 10, 1, 0, 2, 1, 20, 2, 1, 0, 1, 1, 0, 0xa3, 6, 4, 1, b'a', 4, 1, b'*', 0x30, 3, 4, 1, b'b'],
        ];
        assert_eq!(bytes, expected.concat(), "RFC 4511, 4.5.1");
        assert_eq!(request(1, "o=nhs", "(a=", &[], 1), None, "no filter");
    }

    #[test]
    fn a_message_that_goes_on_inwards_does_not_use_up_the_stack() {
        let mut deep = vec![4, 0];
        for _ in 0..200_000 {
            let length = u32::try_from(deep.len()).expect("small").to_be_bytes();
            // Built backwards: what stands in front comes last.
            deep.extend(length.iter().rev());
            deep.extend([0x84, 0x30]);
        }
        deep[..2].reverse();
        deep.reverse();
        assert!(next(&deep).is_none(), "refused");
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = next(&bytes).and_then(|(message, _)| parts(message));
        }

        #[test]
        fn bytes_that_look_like_a_message_are_read_or_refused(
            bytes in proptest::collection::vec(prop_oneof![Just(0x30u8), Just(4), Just(1), Just(0x81), 0u8..8], 0..60)
        ) {
            let _ = next(&bytes).and_then(|(message, _)| parts(message));
        }
    }
}
