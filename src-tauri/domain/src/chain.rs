//! The chain of the audit record (NF-3): each event's hash covers the one before, so that nothing in between can be
//! changed, taken out, put in or moved without all that follows showing it.
//!
//! A hash is SHA-256 over a fixed tag and the fields of [`Link`] in their order; each text stands behind its length in eight
//! bytes (big-endian), each number is eight bytes, and what is missing is eight bytes `ff`. Of the personal part the hash
//! covers a commitment alone, a salted hash, so that the part can be removed and the chain still holds.
//!
//! Whoever can write the record can make a whole chain anew: seals that are kept elsewhere show that.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const EVENT: &[u8] = b"booking-desk audit event 1\n";
const PERSONAL_PART: &[u8] = b"booking-desk audit personal part 1\n";

/// A SHA-256 hash; as text, 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash([u8; 32]);

impl Hash {
    /// What stands where there is no event before.
    pub const BEFORE_THE_FIRST: Self = Self([0; 32]);

    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Hash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text is no hash, or no seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no seal: a day, a number and 64 hexadecimal digits")]
pub struct NoSeal;

impl FromStr for Hash {
    type Err = NoSeal;

    fn from_str(text: &str) -> Result<Self, NoSeal> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NoSeal);
        }
        for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
            *byte = text.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok()).ok_or(NoSeal)?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Hash {
    type Error = NoSeal;

    fn try_from(text: String) -> Result<Self, NoSeal> {
        text.parse()
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

/// The commitment to a personal part. Without the salt nobody can try out what may have stood there.
#[must_use]
pub fn commitment(salt: &[u8], personal: &str) -> Hash {
    let mut digest = Sha256::new_with_prefix(PERSONAL_PART);
    take_in(&mut digest, Some(salt));
    take_in(&mut digest, Some(personal.as_bytes()));
    Hash(digest.finalize().into())
}

fn take_in(digest: &mut Sha256, bytes: Option<&[u8]>) {
    // No text is as long as that: it stands for none.
    let length = bytes.map_or(Ok(u64::MAX), |bytes| u64::try_from(bytes.len())).unwrap_or(u64::MAX);
    digest.update(length.to_be_bytes());
    digest.update(bytes.unwrap_or_default());
}

/// An event as the chain covers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link<'a> {
    /// Its number, from 1.
    pub number: u64,
    /// The hash of the event before; of the first, [`Hash::BEFORE_THE_FIRST`].
    pub previous: Hash,
    /// When (UTC, RFC 3339 with milliseconds).
    pub at: &'a str,
    /// Its kind.
    pub kind: &'a str,
    /// Who; none where nobody was signed in.
    pub username: Option<&'a str>,
    /// The encounter, where it belongs to one.
    pub encounter: Option<&'a str>,
    /// The reference of the encounter's patient, where it belongs to one.
    pub patient: Option<&'a str>,
    /// The service, where it is about one.
    pub service: Option<&'a str>,
    /// The request, where it is about one.
    pub request: Option<&'a str>,
    /// The format of the event's JSON.
    pub format: i64,
    /// The plain part, in its canonical form.
    pub plain: &'a str,
    /// The commitment to the personal part; none where there never was one.
    pub commitment: Option<Hash>,
}

impl Link<'_> {
    /// Its hash.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let mut digest = Sha256::new_with_prefix(EVENT);
        digest.update(self.number.to_be_bytes());
        digest.update(self.previous.0);
        let texts =
            [Some(self.at), Some(self.kind), self.username, self.encounter, self.patient, self.service, self.request];
        for text in texts {
            take_in(&mut digest, text.map(str::as_bytes));
        }
        digest.update(self.format.to_be_bytes());
        take_in(&mut digest, Some(self.plain.as_bytes()));
        take_in(&mut digest, self.commitment.as_ref().map(|hash| hash.0.as_slice()));
        Hash(digest.finalize().into())
    }
}

/// An event as it stands in the record: what the chain covers, and the hash that stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored<'a> {
    /// The event.
    pub link: Link<'a>,
    /// The hash beside it.
    pub hash: Hash,
}

impl Stored<'_> {
    fn is_whole(&self) -> bool {
        self.link.hash() == self.hash
    }

    /// Whether it would be whole under another number.
    fn is_whole_as(&self, number: u64) -> bool {
        Link { number, ..self.link }.hash() == self.hash
    }
}

/// The head of a chain: its last event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// The number of the last event; 0 where there is none.
    pub number: u64,
    /// Its hash.
    pub hash: Hash,
}

impl Head {
    /// Before the first event.
    pub const NONE: Self = Self { number: 0, hash: Hash::BEFORE_THE_FIRST };
}

/// A chain's head as it was sealed on a day; as text one line, `2026-11-20 4711 9f86…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seal {
    /// The day (UTC).
    pub day: NaiveDate,
    /// The head.
    pub head: Head,
}

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.day, self.head.number, self.head.hash)
    }
}

impl FromStr for Seal {
    type Err = NoSeal;

    fn from_str(line: &str) -> Result<Self, NoSeal> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [day, number, hash] = words.as_slice() else { return Err(NoSeal) };
        let day = day.parse().map_err(|_| NoSeal)?;
        Ok(Self { day, head: Head { number: number.parse().map_err(|_| NoSeal)?, hash: hash.parse()? } })
    }
}

/// Reads a file of seals, one a line; blank lines do not count, nor does the mark that editors put before a text.
///
/// # Errors
/// A line is no seal.
pub fn seals(text: &str) -> Result<Vec<Seal>, NoSeal> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines().filter(|line| !line.trim().is_empty()).map(str::parse).collect()
}

/// The first event that does not hold, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// Its number.
    pub number: u64,
    /// How it does not hold.
    pub how: Broken,
}

/// How an event does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase", tag = "how")]
pub enum Broken {
    /// It is not what was recorded.
    #[error("it was changed after it was recorded")]
    Changed,
    /// Its personal part is not what was recorded.
    #[error("its personal part was changed after it was recorded")]
    PersonalPartChanged,
    /// Its personal part is gone, and no event says that it was removed.
    #[error("its personal part is gone, and nothing is recorded of its removal")]
    PersonalPartGone,
    /// It is gone, and all up to this one with it.
    #[error("it was removed, with all up to {through}")]
    Removed {
        /// The last one that is gone.
        through: u64,
    },
    /// It was put in.
    #[error("it was put in later")]
    Inserted,
    /// Another one stands in its place.
    #[error("event {was} was moved to its place")]
    Reordered {
        /// The number under which that one was recorded.
        was: u64,
    },
    /// It and all that followed are gone from the end: events up to this one are known to have been there.
    #[error("it was removed from the end, with all up to {through}")]
    Truncated {
        /// The last one that is known.
        through: u64,
    },
    /// It holds in itself, and is not what was sealed: the chain was made anew from some event up to it.
    #[error("it is not the one that was sealed on {day}: it, or one before it, was changed and the chain made anew")]
    NotAsSealed {
        /// The day of the seal.
        day: NaiveDate,
    },
}

/// A walk along a chain from its beginning.
#[derive(Debug)]
pub struct Walk {
    last: Head,
    /// By number, the latest first, so that the next is at the end.
    seals: Vec<Seal>,
    seals_met: u64,
}

impl Walk {
    /// Begins before the first event, with the seals that it is to be held against.
    #[must_use]
    pub fn new(mut seals: Vec<Seal>) -> Self {
        seals.sort_by_key(|seal| (std::cmp::Reverse(seal.head.number), std::cmp::Reverse(seal.day)));
        while seals.last().is_some_and(|seal| seal.head == Head::NONE) {
            seals.pop();
        }
        Self { last: Head::NONE, seals, seals_met: 0 }
    }

    /// The last event that holds.
    #[must_use]
    pub const fn last(&self) -> Head {
        self.last
    }

    /// How many seals it met, each holding.
    #[must_use]
    pub const fn seals_met(&self) -> u64 {
        self.seals_met
    }

    /// Goes on to the next event. `false` where it does not follow: [`diagnosed`] says how.
    ///
    /// # Errors
    /// It follows, and is not what was sealed.
    pub fn step(&mut self, next: &Stored<'_>) -> Result<bool, Fault> {
        let follows = next.link.number == self.last.number + 1 && next.link.previous == self.last.hash;
        if !follows || !next.is_whole() {
            return Ok(false);
        }
        self.last = Head { number: next.link.number, hash: next.hash };
        while let Some(seal) = self.seals.last().copied().filter(|seal| seal.head.number <= self.last.number) {
            if seal.head != self.last {
                let how = Broken::NotAsSealed { day: seal.day };
                return Err(Fault { number: self.last.number, how });
            }
            self.seals.pop();
            self.seals_met += 1;
        }
        Ok(true)
    }

    /// Ends after the last event that there is; `known` is the greatest number that the record itself remembers.
    ///
    /// # Errors
    /// Something is gone from the end.
    pub fn end(&self, known: u64) -> Result<(), Fault> {
        let through = self.seals.first().map_or(known, |seal| seal.head.number.max(known));
        if through > self.last.number {
            return Err(Fault { number: self.last.number + 1, how: Broken::Truncated { through } });
        }
        Ok(())
    }
}

/// What stands around an event that does not follow.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// The last event that holds.
    pub last: Head,
    /// The event in question.
    pub this: Stored<'a>,
    /// The one after it.
    pub next: Option<Stored<'a>>,
    /// Whether any later one names the last that holds as the one before it.
    pub successor_later: bool,
    /// The greatest number in the record.
    pub newest: u64,
}

/// How an event does not follow the last one that holds.
#[must_use]
pub fn diagnosed(around: &Around<'_>) -> Fault {
    let Around { last, this, next, successor_later, newest } = *around;
    let expected = last.number + 1;
    let fault = |how| Fault { number: expected, how };
    let names_last = this.link.previous == last.hash;
    if this.link.number != expected && !names_last {
        return fault(Broken::Removed { through: this.link.number.saturating_sub(1) });
    }
    if this.link.number == expected && this.is_whole() {
        // It holds in itself, under its own number: the one before it is not the one that it followed.
        return Fault { number: last.number.max(1), how: Broken::Changed };
    }
    if names_last {
        // It says that it follows. Where another says so too, and this one is nobody's forerunner, it was put in.
        let followed = next.is_some_and(|next| next.link.previous == this.hash);
        return fault(if successor_later && !followed { Broken::Inserted } else { Broken::Changed });
    }
    if let Some(was) = (1..expected).rev().find(|number| this.is_whole_as(*number)) {
        // It stood further up: what stands in its place was put in, chained as if it belonged.
        return Fault { number: was, how: Broken::Inserted };
    }
    match (expected + 1..=newest.saturating_mul(2)).find(|number| this.is_whole_as(*number)) {
        Some(was) if successor_later => fault(Broken::Reordered { was }),
        Some(was) => fault(Broken::Removed { through: was - 1 }),
        None if successor_later => fault(Broken::Inserted),
        None => fault(Broken::Changed),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    struct Row {
        number: u64,
        previous: Hash,
        text: String,
        user: Option<String>,
        hash: Hash,
    }

    impl Row {
        fn stored(&self) -> Stored<'_> {
            let link = Link {
                number: self.number,
                previous: self.previous,
                at: "2026-11-20T12:00:00.000Z",
                kind: "signedIn",
                username: self.user.as_deref(),
                encounter: None,
                patient: None,
                service: None,
                request: None,
                format: 2,
                plain: &self.text,
                commitment: None,
            };
            Stored { link, hash: self.hash }
        }

        fn chained(mut self, number: u64, previous: Hash) -> Self {
            (self.number, self.previous) = (number, previous);
            self.hash = self.stored().link.hash();
            self
        }
    }

    fn row(text: &str) -> Row {
        let hash = Hash::BEFORE_THE_FIRST;
        Row { number: 0, previous: hash, text: text.to_owned(), user: None, hash }
    }

    fn chain(texts: &[&str]) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        for text in texts {
            let last = rows.last().map_or(Head::NONE, |row| Head { number: row.number, hash: row.hash });
            rows.push(row(text).chained(last.number + 1, last.hash));
        }
        rows
    }

    fn seal(rows: &[Row], number: usize) -> Seal {
        let row = &rows[number - 1];
        Seal { day: NaiveDate::default(), head: Head { number: row.number, hash: row.hash } }
    }

    /// Walks as the store does.
    fn checked(rows: &[Row], seals: Vec<Seal>) -> Result<(), Fault> {
        let mut walk = Walk::new(seals);
        for (at, row) in rows.iter().enumerate() {
            if walk.step(&row.stored())? {
                continue;
            }
            return Err(diagnosed(&Around {
                last: walk.last(),
                this: row.stored(),
                next: rows.get(at + 1).map(Row::stored),
                successor_later: rows[at + 1..].iter().any(|later| later.previous == walk.last().hash),
                newest: rows.last().map_or(0, |row| row.number),
            }));
        }
        walk.end(0)
    }

    fn renumbered(mut rows: Vec<Row>) -> Vec<Row> {
        for (number, row) in (1..).zip(&mut rows) {
            row.number = number;
        }
        rows
    }

    const SIX: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

    #[test]
    fn each_way_to_tamper_is_told_at_the_first_event_that_does_not_hold() {
        let whole = chain(&SIX);
        assert_eq!(checked(&whole, vec![seal(&whole, 3), seal(&whole, 6)]), Ok(()), "it holds, and so do its seals");
        let found = |number, how| Err(Fault { number, how });
        let tampered = |tamper: &dyn Fn(&mut Vec<Row>)| {
            let mut rows = chain(&SIX);
            tamper(&mut rows);
            rows
        };
        for at in 1..=6_u64 {
            let index = usize::try_from(at).expect("small") - 1;
            let changed = tampered(&|rows| rows[index].text.push('x'));
            assert_eq!(checked(&changed, vec![]), found(at, Broken::Changed), "changed {at}");
            let rehashed = tampered(&|rows| {
                let row = rows[index].clone();
                rows[index] = Row { text: "x".to_owned(), ..row.clone() }.chained(row.number, row.previous);
            });
            let sealed = vec![seal(&whole, 6)];
            let how = if at < 6 { Broken::Changed } else { Broken::NotAsSealed { day: NaiveDate::default() } };
            assert_eq!(checked(&rehashed, sealed), found(at, how), "changed {at} and its hash with it");
            let inserted = tampered(&|rows| {
                let forged = Row { previous: rows[index].previous, hash: Hash([7; 32]), ..row("x") };
                rows.insert(index, forged);
            });
            assert_eq!(checked(&renumbered(inserted), vec![]), found(at, Broken::Inserted), "put in before {at}");
            let chained = tampered(&|rows| {
                let forged = row("x").chained(at, rows[index].previous);
                rows.insert(index, forged);
            });
            assert_eq!(
                checked(&renumbered(chained), vec![]),
                found(at, Broken::Inserted),
                "put in and chained at {at}"
            );
            let moved = renumbered(tampered(&|rows| rows.swap(index, 5 - index)));
            let first = at.min(7 - at);
            assert_eq!(checked(&moved, vec![]), found(first, Broken::Reordered { was: 7 - first }), "{at} moved");
        }
        for at in 1..=5_usize {
            let number = u64::try_from(at).expect("small");
            let removed = tampered(&|rows| drop(rows.remove(at - 1)));
            assert_eq!(checked(&removed, vec![]), found(number, Broken::Removed { through: number }), "{at} removed");
            let closed_up = renumbered(removed);
            assert_eq!(checked(&closed_up, vec![]), found(number, Broken::Removed { through: number }), "closed up");
            let cut = tampered(&|rows| rows.truncate(at));
            assert_eq!(checked(&cut, vec![]), Ok(()), "without a seal nobody can tell");
            let known = found(number + 1, Broken::Truncated { through: 6 });
            assert_eq!(checked(&cut, vec![seal(&whole, 6), seal(&whole, 1)]), known, "cut after {at}");
        }
        let two = tampered(&|rows| drop(rows.drain(1..3)));
        assert_eq!(checked(&two, vec![]), found(2, Broken::Removed { through: 3 }), "two at once");
    }

    #[test]
    fn a_chain_made_anew_does_not_fit_its_seals() {
        let whole = chain(&SIX);
        let anew = chain(&["a", "b", "x", "d", "e", "f"]);
        assert_eq!(checked(&anew, vec![]), Ok(()), "it holds in itself");
        let found = checked(&anew, vec![seal(&whole, 2), seal(&whole, 4), seal(&whole, 6)]);
        let how = Broken::NotAsSealed { day: NaiveDate::default() };
        assert_eq!(found, Err(Fault { number: 4, how }), "the first seal that it does not fit");
    }

    #[test]
    fn a_seal_is_one_line_of_text() {
        let seal = seal(&chain(&SIX), 4);
        assert_eq!(seal.to_string().parse(), Ok(seal), "and back");
        for line in ["", "2026-11-20", "2026-11-20 4", "2026-11-20 x 00", "today 4 00"] {
            assert_eq!(line.parse::<Seal>(), Err(NoSeal), "{line:?}");
        }
        let edited = format!("\u{feff}{seal}\r\n\r\n");
        assert_eq!(seals(&edited), Ok(vec![seal]), "as an editor leaves it");
    }

    #[test]
    fn a_commitment_fits_its_salt_and_text_alone() {
        let one = commitment(b"salt", "text");
        assert_ne!(one, commitment(b"salu", "text"), "another salt");
        assert_ne!(one, commitment(b"salt", "texu"), "another text");
        assert_ne!(one, commitment(b"saltt", "ext"), "the border between them counts");
    }

    proptest! {
        #[test]
        fn any_other_content_of_any_event_is_found(
            texts in proptest::collection::vec("[a-z]{0,8}", 1..12),
            at in any::<proptest::sample::Index>(),
            other in "[a-z]{0,8}",
            user in proptest::option::of("[a-z]{0,3}"),
        ) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let mut rows = chain(&texts);
            let at = at.index(rows.len());
            let before = rows[at].clone();
            rows[at].text = other;
            rows[at].user = user;
            let number = before.number;
            let expected = if rows[at] == before { Ok(()) } else { Err(Fault { number, how: Broken::Changed }) };
            prop_assert_eq!(checked(&rows, vec![]), expected);
        }

        #[test]
        fn any_order_but_the_recorded_one_is_found(order in Just((0..7_usize).collect::<Vec<_>>()).prop_shuffle()) {
            let whole = chain(&["a", "b", "c", "d", "e", "f", "g"]);
            let rows = renumbered(order.iter().map(|at| whole[*at].clone()).collect());
            let first = (0..7).find(|at| order[*at] != *at);
            let found = checked(&rows, vec![]).err().map(|fault| fault.number);
            prop_assert_eq!(found, first.map(|at| at as u64 + 1));
        }
    }
}
