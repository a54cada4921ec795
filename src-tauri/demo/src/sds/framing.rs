//! Messages on the wire. What cannot become a message is refused as soon as that shows, and is not waited for.

use std::io;

use bytes::BytesMut;
use ldap3_proto::LdapCodec;
use ldap3_proto::proto::LdapMsg;
use tokio_util::codec::{Decoder, Encoder};

/// No request to this directory is as large.
const LARGEST: usize = 16 * 1024;

/// The codec, with an eye on how a message begins.
#[derive(Default)]
pub(super) struct Framing(LdapCodec);

impl Decoder for Framing {
    type Item = LdapMsg;
    type Error = io::Error;

    fn decode(&mut self, buffer: &mut BytesMut) -> io::Result<Option<LdapMsg>> {
        if !may_be_a_message(buffer)? {
            return Ok(None);
        }
        match self.0.decode(buffer)? {
            None => Err(io::Error::other("its parts do not fit its length")),
            read => Ok(read),
        }
    }

    fn decode_eof(&mut self, buffer: &mut BytesMut) -> io::Result<Option<LdapMsg>> {
        match self.decode(buffer)? {
            None if !buffer.is_empty() => Err(io::Error::other("it is cut short")),
            read => Ok(read),
        }
    }
}

impl Encoder<LdapMsg> for Framing {
    type Error = io::Error;

    fn encode(&mut self, message: LdapMsg, buffer: &mut BytesMut) -> io::Result<()> {
        self.0.encode(message, buffer)
    }
}

/// Whether the whole message is here. A sequence of a definite length within bounds, or an error.
fn may_be_a_message(bytes: &[u8]) -> io::Result<bool> {
    match bytes {
        [] | [0x30] => Ok(false),
        [0x30, length @ 0..=0x7f, rest @ ..] => Ok(rest.len() >= usize::from(*length)),
        [0x30, form @ 0x81..=0x84, rest @ ..] => {
            let Some((length, content)) = rest.split_at_checked(usize::from(form & 0x7f)) else { return Ok(false) };
            let length = length.iter().fold(0_usize, |so_far, byte| so_far << 8 | usize::from(*byte));
            if length > LARGEST {
                return Err(io::Error::other("it is too large"));
            }
            Ok(content.len() >= length)
        }
        _ => Err(io::Error::other("it does not begin as a message does")),
    }
}
