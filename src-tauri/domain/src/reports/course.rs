//! An encounter as its facts are gone through: the outcome that stands, the orders of slots, what services answered.

use super::count::{Counted, Particular};
use super::facts::{Fact, FactKind, Key, Late, Settled, Word};

/// What is known of an encounter so far, as its facts are gone through.
#[derive(Default)]
pub(super) struct Course {
    pub(super) disposition: Option<Word>,
    attempts: Vec<Attempt>,
    /// The last answer to a slot search of each service, since the outcome was recorded.
    answers: Vec<(Word, Answer)>,
}

/// An order of a slot.
#[derive(Clone, Copy)]
struct Attempt {
    intent: Key,
    service: Word,
    late: Option<Late>,
    /// Whether the provider holds it, so far as is known.
    made: bool,
    /// Whether that was settled by hand.
    by_hand: bool,
}

/// What a service answered to a slot search.
#[derive(Clone, Copy)]
pub(super) struct Answer {
    pub(super) event: u64,
    /// How many slots inside and outside the timeframe; none where it could not be asked.
    pub(super) slots: Option<(u32, u32)>,
}

/// A booking that a fact makes.
#[derive(Clone, Copy)]
pub(super) struct Made {
    pub(super) service: Word,
    pub(super) late: Option<Late>,
    pub(super) booking: Option<Key>,
}

impl Course {
    /// Takes in a fact; the booking that it makes, where it makes one. An attempt makes one booking at the most.
    pub(super) fn take(&mut self, fact: &Fact) -> Option<Made> {
        match fact.what {
            FactKind::OutcomeRecorded { code } => {
                self.disposition = Some(code);
                self.answers.clear();
            }
            FactKind::SlotsAnswered { service, in_time, out_of_time } => {
                self.answer(service, Answer { event: fact.number, slots: Some((in_time, out_of_time)) });
            }
            FactKind::SlotsNotAnswered { service } if self.answered(service).is_none() => {
                self.answer(service, Answer { event: fact.number, slots: None });
            }
            FactKind::BookingIntended { intent, service, late } => {
                self.attempts.push(Attempt { intent, service, late, made: false, by_hand: false });
            }
            FactKind::BookingSettled { intent, result: Settled::Done, booking, .. } => {
                return self.make(intent, booking, false);
            }
            FactKind::SettledByHand { intent, held: true } => return self.make(intent, None, true),
            FactKind::EncounterEnded
            | FactKind::ServicesSearched { .. }
            | FactKind::ServiceChosen { .. }
            | FactKind::SlotsNotAnswered { .. }
            | FactKind::BookingSettled { .. }
            | FactKind::SettledByHand { .. }
            | FactKind::ReferralBlocked { .. }
            | FactKind::ReferralMade { .. }
            | FactKind::CancelIntended { .. }
            | FactKind::CancelSettled { .. }
            | FactKind::RebookBegan { .. }
            | FactKind::RebookMoved { .. } => {}
        }
        None
    }

    pub(super) fn make(&mut self, intent: Key, booking: Option<Key>, by_hand: bool) -> Option<Made> {
        let attempt = self.attempts.iter_mut().find(|attempt| attempt.intent == intent && !attempt.made)?;
        (attempt.made, attempt.by_hand) = (true, by_hand);
        Some(Made { service: attempt.service, late: attempt.late, booking })
    }

    pub(super) fn answer(&mut self, of: Word, answer: Answer) {
        match self.answers.iter_mut().find(|(service, _)| *service == of) {
            Some((_, last)) => *last = answer,
            None => self.answers.push((of, answer)),
        }
    }

    pub(super) fn last_answer(&self, of: Word) -> Option<Answer> {
        self.answers.iter().find(|(service, _)| *service == of).map(|(_, answer)| *answer)
    }

    /// The last answer that was one.
    pub(super) fn answered(&self, of: Word) -> Option<Answer> {
        self.last_answer(of).filter(|answer| answer.slots.is_some())
    }

    pub(super) fn service_of(&self, intent: Key) -> Option<Word> {
        self.attempts.iter().find(|attempt| attempt.intent == intent).map(|attempt| attempt.service)
    }

    /// Whether somebody settled by hand that a service holds a booking: nothing links it with a referral.
    pub(super) fn booked_by_hand(&self, at: Word) -> bool {
        self.attempts.iter().any(|attempt| attempt.by_hand && attempt.service == at)
    }

    /// A thing that this fact counts.
    pub(super) const fn counted(&self, fact: &Fact, service: Option<Word>, columns: u8) -> Counted {
        Counted {
            at: fact.at,
            event: fact.number,
            because: None,
            columns,
            amount: 1,
            encounter: fact.encounter,
            user: fact.user,
            service,
            disposition: self.disposition,
            particular: Particular::None,
        }
    }
}
