//! Keeping the record: which key opens it, the key's recovery copy, and how long backups are kept (NF-5).

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub mod recovery;

const KEY_ID: &[u8] = b"booking-desk record key 1\n";

/// Which key a record is under: a hash of the key, from which nobody finds the key. It stands in clear at the head of each
/// file under that key. As text 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecordKeyId([u8; 16]);

impl RecordKeyId {
    /// The id of a key of 32 random bytes.
    #[must_use]
    pub fn of(key: &[u8; 32]) -> Self {
        let digest: [u8; 32] = Sha256::new_with_prefix(KEY_ID).chain_update(key).finalize().into();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Self(id)
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// So much of it as people compare: `4F2A-91C3`.
    #[must_use]
    pub fn short(&self) -> String {
        let [a, b, c, d, ..] = self.0;
        format!("{a:02X}{b:02X}-{c:02X}{d:02X}")
    }
}

impl From<[u8; 16]> for RecordKeyId {
    fn from(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for RecordKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for RecordKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text is no id of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no id of a key: 32 hexadecimal digits")]
pub struct NoKeyId;

impl FromStr for RecordKeyId {
    type Err = NoKeyId;

    fn from_str(text: &str) -> Result<Self, NoKeyId> {
        let mut bytes = [0; 16];
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NoKeyId);
        }
        for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
            *byte = text.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok()).ok_or(NoKeyId)?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for RecordKeyId {
    type Error = NoKeyId;

    fn try_from(text: String) -> Result<Self, NoKeyId> {
        text.parse()
    }
}

impl From<RecordKeyId> for String {
    fn from(id: RecordKeyId) -> Self {
        id.to_string()
    }
}

/// So many of the newest backups are kept however old they are: a clock that was far ahead for a day takes no more with it.
const ALWAYS_KEPT: usize = 3;

/// Which of the backups that the desk made by itself are to go, by their times (UTC): those older than so many days, never
/// one of the newest three.
#[must_use]
pub fn outlived(made: &[DateTime<Utc>], now: DateTime<Utc>, keep_days: u16) -> Vec<usize> {
    let mut newest_first: Vec<usize> = (0..made.len()).collect();
    newest_first.sort_by_key(|place| std::cmp::Reverse(made.get(*place)));
    let oldest = now - TimeDelta::days(i64::from(keep_days));
    let is_old = |place: &usize| made.get(*place).is_some_and(|made| *made < oldest);
    newest_first.into_iter().skip(ALWAYS_KEPT).filter(is_old).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nf_5_a_key_is_told_by_its_id_and_nothing_of_it_stands_there() {
        let (one, other) = ([7; 32], [8; 32]);
        let id = RecordKeyId::of(&one);
        assert_ne!(id, RecordKeyId::of(&other), "each its own");
        assert_eq!(id.to_string().parse(), Ok(id), "and back");
        assert!(!id.to_string().contains("0707"), "nothing of the key: {id}");
        assert!(id.to_string().to_uppercase().starts_with(&id.short().replace('-', "")), "{}", id.short());
        assert_eq!("xyz".parse::<RecordKeyId>(), Err(NoKeyId), "anything else is none");
    }

    #[test]
    fn nf_5_backups_go_when_they_are_old_and_newer_ones_are_there() {
        let now: DateTime<Utc> = "2026-11-25T12:00:00Z".parse().expect("an instant");
        let days_ago = |days: i64| now - TimeDelta::days(days);
        let made: Vec<_> = [0, 1, 29, 30, 31, 40].map(days_ago).to_vec();
        assert_eq!(outlived(&made, now, 30), [4, 5], "those older than thirty days");
        assert_eq!(outlived(&made[3..], now, 1), [0_usize; 0], "the newest three stay however old they are");
        let mut far_ahead = made.clone();
        far_ahead.push(now + TimeDelta::days(4000));
        assert_eq!(outlived(&far_ahead, now + TimeDelta::days(4000), 30), [2, 3, 4, 5], "and those before that go");
        assert_eq!(outlived(&[], now, 30), [0_usize; 0], "none of none");
    }
}
