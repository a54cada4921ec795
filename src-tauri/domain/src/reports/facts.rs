//! What the reports need of each event of the audit record: small, of one size, and without personal data.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::failure::{CertificateFault, ProviderFailure, Refusal};

/// A word of the record: a service's id, a username, an outcome's code … [`Words`] have its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Word(pub u32);

/// An encounter of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EncounterKey(pub u32);

/// An intent, a booking, a search or a rebooking of the record; [`Gathering::key`] gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(u32);

/// One event of an encounter, as the reports see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// Its number in the audit record. Before and after go by it.
    pub number: u64,
    /// When (UTC).
    pub at: DateTime<Utc>,
    /// The encounter.
    pub encounter: EncounterKey,
    /// Who, by username.
    pub user: Option<Word>,
    /// What.
    pub what: FactKind,
}

/// What happened. Variants and fields are those of [`crate::audit::AuditAction`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the events that they are taken from")]
pub enum FactKind {
    EncounterEnded,
    OutcomeRecorded { code: Word },
    ServicesSearched { search: Key, top: Option<Word> },
    ServiceChosen { search: Key, service: Word, reason: Option<Word> },
    SlotsAnswered { service: Word, in_time: u32, out_of_time: u32 },
    SlotsNotAnswered { service: Word },
    BookingIntended { intent: Key, service: Word, late: Option<Late> },
    BookingSettled { intent: Key, result: Settled, booking: Option<Key>, fault: Option<BookingFault> },
    SettledByHand { intent: Key, held: bool },
    ReferralBlocked { service: Word, by_rule: bool },
    ReferralMade { service: Word, booking: Option<Key>, slots: Option<(u32, u32)> },
    CancelIntended { intent: Key, booking: Option<Key>, rebooking: bool },
    CancelSettled { intent: Key, result: Settled },
    RebookBegan { rebook: Key, booking: Option<Key> },
    RebookMoved { rebook: Key, step: RebookStep },
}

/// To which step a rebooking came, as far as the reports tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RebookStep {
    /// The new booking is confirmed; the original stands.
    NewBooked,
    /// The new booking stands, the original does not any more.
    Rebooked,
    /// Any other. What the patient holds is as before, or the original at least.
    Other,
}

/// How a booking or a cancellation came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Done, on the provider's word.
    Done,
    /// Certainly not done.
    NotDone,
    /// Not known.
    Unknown,
    /// Settled by a person; an event of its own says how.
    ByHand,
}

/// A slot outside the timeframe was to be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Late {
    /// By how many seconds.
    pub seconds: u32,
    /// On whose word.
    pub word: OnWhoseWord,
}

/// On whose word a slot outside the timeframe was to be booked (TF-3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnWhoseWord {
    /// The user's own.
    Own,
    /// A clinician's at the desk, by username.
    AtTheDesk(Word),
    /// A clinician's on the telephone, by registration number as told; nobody verified it.
    ByTelephone(Word),
}

/// Why a booking was not made or is not known to be: a [`ProviderFailure`] without its details, one for each message that
/// a user reads.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "camelCase")]
#[strum(serialize_all = "camelCase")]
#[expect(missing_docs, reason = "the variants are those of ProviderFailure, Refusal and CertificateFault")]
pub enum BookingFault {
    NotSent,
    NotSafeTheirs,
    NotSafeOurs,
    Lost,
    NotRelayed,
    GaveUp,
    Busy,
    Failed,
    Malformed,
    SlotGone,
    Forbidden,
    ClockApart,
    NotFound,
    NhsNumber,
    RequestIdUsed,
    Conflict,
    CannotExchange,
    Invalid,
}

impl BookingFault {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        <Self as strum::IntoEnumIterator>::iter()
    }

    /// As it stands in the record.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.into()
    }

    /// A failure of this kind, for its words.
    #[must_use]
    pub const fn failure(self) -> ProviderFailure {
        use ProviderFailure as P;
        match self {
            Self::NotSent => P::NotSent,
            Self::NotSafeTheirs => P::NotSafe(CertificateFault::Theirs),
            Self::NotSafeOurs => P::NotSafe(CertificateFault::Ours),
            Self::Lost => P::Lost,
            Self::NotRelayed => P::NotRelayed,
            Self::GaveUp => P::GaveUp,
            Self::Busy => P::Busy,
            Self::Failed => P::Failed,
            Self::Malformed => P::Malformed,
            Self::SlotGone => P::Refused(Refusal::SlotGone),
            Self::Forbidden => P::Refused(Refusal::Forbidden),
            Self::ClockApart => P::Refused(Refusal::ClockApart(0)),
            Self::NotFound => P::Refused(Refusal::NotFound),
            Self::NhsNumber => P::Refused(Refusal::NhsNumber),
            Self::RequestIdUsed => P::Refused(Refusal::RequestIdUsed),
            Self::Conflict => P::Refused(Refusal::Conflict),
            Self::CannotExchange => P::Refused(Refusal::CannotExchange),
            Self::Invalid => P::Refused(Refusal::Invalid),
        }
    }
}

impl From<&ProviderFailure> for BookingFault {
    fn from(failure: &ProviderFailure) -> Self {
        match failure {
            ProviderFailure::NotSent => Self::NotSent,
            ProviderFailure::NotSafe(CertificateFault::Theirs) => Self::NotSafeTheirs,
            ProviderFailure::NotSafe(CertificateFault::Ours) => Self::NotSafeOurs,
            ProviderFailure::Lost => Self::Lost,
            ProviderFailure::NotRelayed => Self::NotRelayed,
            ProviderFailure::GaveUp => Self::GaveUp,
            ProviderFailure::Busy | ProviderFailure::BusyFor(_) => Self::Busy,
            ProviderFailure::Failed => Self::Failed,
            ProviderFailure::Malformed => Self::Malformed,
            ProviderFailure::Refused(refusal) => match refusal {
                Refusal::SlotGone => Self::SlotGone,
                Refusal::Forbidden => Self::Forbidden,
                Refusal::ClockApart(_) => Self::ClockApart,
                Refusal::NotFound => Self::NotFound,
                Refusal::NhsNumber => Self::NhsNumber,
                Refusal::RequestIdUsed => Self::RequestIdUsed,
                Refusal::Conflict => Self::Conflict,
                Refusal::CannotExchange => Self::CannotExchange,
                Refusal::Invalid => Self::Invalid,
            },
        }
    }
}

/// What the words of a record are.
#[derive(Debug, Clone, Default)]
pub struct Words(HashMap<Word, String>);

impl Words {
    /// The text of a word.
    #[must_use]
    pub fn text(&self, word: Word) -> Option<&str> {
        self.0.get(&word).map(String::as_str)
    }
}

impl FromIterator<(Word, String)> for Words {
    fn from_iter<I: IntoIterator<Item = (Word, String)>>(words: I) -> Self {
        Self(words.into_iter().collect())
    }
}

/// The facts from which a report over some time is drawn, or a part of one: of every encounter that it touches, the whole
/// record. [`Gathering::done`] makes them.
#[derive(Debug, Clone)]
pub struct Facts {
    within: Range<DateTime<Utc>>,
    facts: Vec<Fact>,
    unreadable: u64,
    words: Arc<Words>,
    practices: HashMap<EncounterKey, Word>,
}

impl Facts {
    /// The time (UTC) that they are all of: what came outside it tells how that counts which came within, and is not counted
    /// itself.
    #[must_use]
    pub const fn within(&self) -> &Range<DateTime<Utc>> {
        &self.within
    }

    /// How many events of that time should be among them and cannot be read.
    #[must_use]
    pub const fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// What their words are.
    #[must_use]
    pub const fn words(&self) -> &Arc<Words> {
        &self.words
    }

    /// The GP practice of an encounter's patient, where it is known.
    #[must_use]
    pub fn practice(&self, encounter: EncounterKey) -> Option<Word> {
        self.practices.get(&encounter).copied()
    }

    /// Encounter by encounter, each in the order of the record.
    pub(super) fn encounters(&self) -> impl Iterator<Item = &[Fact]> {
        self.facts.chunk_by(|one, next| one.encounter == next.encounter)
    }
}

/// Facts as they are gathered, in any order.
#[derive(Debug, Clone, Default)]
pub struct Gathering {
    facts: Vec<Fact>,
    unreadable: HashMap<u64, DateTime<Utc>>,
    practices: HashMap<EncounterKey, Word>,
    keys: HashMap<Uuid, Key>,
}

impl Gathering {
    /// Adds a fact. One that is there already changes nothing.
    pub fn add(&mut self, fact: Fact) {
        self.facts.push(fact);
    }

    /// Says that an event, by its number and when it was (UTC), should be a fact and cannot be read: somebody changed it.
    pub fn add_unreadable(&mut self, number: u64, at: DateTime<Utc>) {
        self.unreadable.insert(number, at);
    }

    /// Says which GP practice the patient of an encounter belongs to.
    pub fn set_practice(&mut self, encounter: EncounterKey, practice: Word) {
        self.practices.insert(encounter, practice);
    }

    /// The key of an id: the same for the same id.
    pub fn key(&mut self, id: Uuid) -> Key {
        let next = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        *self.keys.entry(id).or_insert(Key(next))
    }

    /// The facts so far, in the order in which they were added.
    #[must_use]
    pub fn so_far(&self) -> &[Fact] {
        &self.facts
    }

    /// All that there are of some time (UTC), in the order in which they are counted.
    #[must_use]
    pub fn done(self, within: Range<DateTime<Utc>>, words: Arc<Words>) -> Facts {
        let Self { mut facts, unreadable, practices, .. } = self;
        let unreadable = unreadable.into_values().filter(|at| within.contains(at)).count() as u64;
        facts.sort_unstable_by_key(|fact| (fact.encounter, fact.number));
        facts.dedup_by_key(|fact| (fact.encounter, fact.number));
        Facts { within, facts, unreadable, words, practices }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_leads_to_a_failure_and_back_and_is_read_as_it_is_written() {
        for fault in BookingFault::all() {
            assert_eq!(BookingFault::from(&fault.failure()), fault, "there and back");
            assert_eq!(fault.code().parse(), Ok(fault), "as the store reads it");
            assert_eq!(serde_json::to_value(fault).ok(), Some(fault.code().into()), "as the event has it");
        }
        assert_eq!(BookingFault::from(&ProviderFailure::BusyFor(30)), BookingFault::Busy, "details do not count");
    }
}
