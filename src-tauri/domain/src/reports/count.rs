//! The counting rules: from the facts of encounters to the things that each report counts.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::course::{Course, Made};
use super::definition::StandardReport;
use super::facts::{BookingFault, EncounterKey, Fact, FactKind, Facts, Key, OnWhoseWord, RebookStep, Settled, Word};

/// One thing that is counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    /// When the counted event came.
    pub(super) at: DateTime<Utc>,
    /// Its number.
    pub(super) event: u64,
    /// The number of the event that tells why it counts as it does, where it is another one.
    pub(super) because: Option<u64>,
    /// Into which columns: a bit for each, the first column the lowest.
    pub(super) columns: u8,
    /// How many.
    pub(super) amount: u32,
    /// The encounter, whose patient's practice it counts for.
    pub(super) encounter: EncounterKey,
    pub(super) user: Option<Word>,
    pub(super) service: Option<Word>,
    pub(super) disposition: Option<Word>,
    pub(super) particular: Particular,
}

/// What a report is grouped by that the others do not know of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Particular {
    None,
    Message(Option<BookingFault>),
    Reason(Option<Word>),
    Approver(OnWhoseWord),
}

/// Everything that a report counts, whenever it was, to whoever takes it: one encounter after the other, so that it need not
/// be in memory at once.
pub(super) fn count(report: StandardReport, facts: &Facts, mut take: impl FnMut(Counted)) {
    let bookings = if report.looks_back_to_bookings() { Bookings::of(facts) } else { Bookings::default() };
    let mut counted = Vec::new();
    for facts in facts.encounters() {
        match report {
            StandardReport::BookingsAgainstReferrals => made_and_referred(facts, &mut counted),
            StandardReport::ReferredWithoutSlots
            | StandardReport::ReferredAlthoughSlots
            | StandardReport::ReferredOnlyLateSlots => referred_unbooked(report, facts, &mut counted),
            StandardReport::SlotsGone => slots_gone(facts, &mut counted),
            StandardReport::TopServicePassedOver => passed_over(facts, &mut counted),
            StandardReport::Errors => errors(facts, &mut counted),
            StandardReport::CancelledWithin | StandardReport::CancelledAfter => {
                cancelled(report, &bookings, facts, &mut counted);
            }
            StandardReport::Rebooked => rebooked(&bookings, facts, &mut counted),
            StandardReport::SlotsInside => available(true, facts, &mut counted),
            StandardReport::SlotsOutside => available(false, facts, &mut counted),
            StandardReport::BookedOutside => booked_outside(facts, &mut counted),
            StandardReport::Blocked => blocked(facts, &mut counted),
        }
        counted.drain(..).for_each(&mut take);
    }
}

/// RP-01: bookings, referrals, referrals with, referrals without.
fn made_and_referred(facts: &[Fact], counted: &mut Vec<Counted>) {
    let mut course = Course::default();
    for fact in facts {
        if let Some(made) = course.take(fact) {
            counted.push(course.counted(fact, Some(made.service), 0b0001));
        }
        if let FactKind::ReferralMade { service, booking, .. } = fact.what {
            let booked = booking.is_some() || course.booked_by_hand(service);
            counted.push(course.counted(fact, Some(service), if booked { 0b0110 } else { 0b1010 }));
        }
    }
}

/// RP-02, RP-03, RP-12: referrals without a booking, by what was shown of the service.
fn referred_unbooked(report: StandardReport, facts: &[Fact], counted: &mut Vec<Counted>) {
    let mut course = Course::default();
    for fact in facts {
        course.take(fact);
        let FactKind::ReferralMade { service, booking: None, slots } = fact.what else { continue };
        if course.booked_by_hand(service) {
            continue;
        }
        let shown = course.last_answer(service);
        // The event says itself how many were shown where the record has no search.
        let slots = shown.map_or_else(|| slots.map(Some), |answer| Some(answer.slots));
        let columns = match (report, slots) {
            (StandardReport::ReferredWithoutSlots, Some(Some((0, 0)))) => 0b0011,
            (StandardReport::ReferredWithoutSlots, Some(None)) => 0b0101,
            (StandardReport::ReferredWithoutSlots, None) => 0b1001,
            (StandardReport::ReferredAlthoughSlots, Some(Some((1.., _)))) => 0b0011,
            (StandardReport::ReferredAlthoughSlots, Some(Some((0, 1..)))) => 0b0101,
            (StandardReport::ReferredOnlyLateSlots, Some(Some((0, 1..)))) => 0b0001,
            _ => continue,
        };
        let because = shown.map(|answer| answer.event);
        counted.push(Counted { because, ..course.counted(fact, Some(service), columns) });
    }
}

/// RP-04: slots that had gone, and whether the encounter was booked afterwards.
fn slots_gone(facts: &[Fact], counted: &mut Vec<Counted>) {
    let mut course = Course::default();
    for fact in facts {
        if course.take(fact).is_some() {
            for gone in counted.iter_mut().filter(|gone| gone.because.is_none()) {
                (gone.columns, gone.because) = (0b11, Some(fact.number));
            }
        }
        if let FactKind::BookingSettled {
            intent, result: Settled::NotDone, fault: Some(BookingFault::SlotGone), ..
        } = fact.what
        {
            counted.push(course.counted(fact, course.service_of(intent), 0b01));
        }
    }
}

/// RP-05: the last choice of each search, where the first service could be booked and was not chosen.
fn passed_over(facts: &[Fact], counted: &mut Vec<Counted>) {
    let mut course = Course::default();
    let mut tops: Vec<(Key, Option<Word>)> = Vec::new();
    let mut choices: Vec<(Key, Option<Counted>)> = Vec::new();
    for fact in facts {
        course.take(fact);
        if let FactKind::ServicesSearched { search, top } = fact.what {
            tops.push((search, top));
        }
        let FactKind::ServiceChosen { search, service, reason } = fact.what else { continue };
        let top = tops.iter().find(|(of, _)| *of == search).and_then(|(_, top)| *top);
        let choice = top.filter(|top| *top != service).and_then(|top| {
            let answer = course.answered(top)?;
            let columns = match answer.slots? {
                (0, 0) => return None,
                (0, 1..) => 0b101,
                (1.., _) => 0b011,
            };
            let (because, particular) = (Some(answer.event), Particular::Reason(reason));
            Some(Counted { because, particular, ..course.counted(fact, Some(top), columns) })
        });
        choices.retain(|(of, _)| *of != search);
        choices.push((search, choice));
    }
    counted.extend(choices.into_iter().filter_map(|(_, choice)| choice));
}

/// RP-06: attempts by their first result that was no booking, and how each stands now.
fn errors(facts: &[Fact], counted: &mut Vec<Counted>) {
    const NOT_BOOKED: u8 = 0b0011;
    const NOT_KNOWN: u8 = 0b0101;
    const BOOKED: u8 = 0b1000;
    let mut course = Course::default();
    let mut wrong: Vec<(Key, Counted)> = Vec::new();
    for fact in facts {
        course.take(fact);
        let (intent, columns, fault) = match fact.what {
            FactKind::BookingSettled { intent, result: Settled::Done, fault, .. } => (intent, BOOKED, fault),
            FactKind::BookingSettled { intent, result: Settled::NotDone, fault, .. } => (intent, NOT_BOOKED, fault),
            FactKind::BookingSettled { intent, result: Settled::Unknown, fault, .. } => (intent, NOT_KNOWN, fault),
            FactKind::SettledByHand { intent, held } => (intent, if held { BOOKED } else { NOT_BOOKED }, None),
            // An event of its own says how.
            FactKind::BookingSettled { result: Settled::ByHand, .. }
            | FactKind::EncounterEnded
            | FactKind::OutcomeRecorded { .. }
            | FactKind::ServicesSearched { .. }
            | FactKind::ServiceChosen { .. }
            | FactKind::SlotsAnswered { .. }
            | FactKind::SlotsNotAnswered { .. }
            | FactKind::BookingIntended { .. }
            | FactKind::ReferralBlocked { .. }
            | FactKind::ReferralMade { .. }
            | FactKind::CancelIntended { .. }
            | FactKind::CancelSettled { .. }
            | FactKind::RebookBegan { .. }
            | FactKind::RebookMoved { .. } => continue,
        };
        match wrong.iter_mut().find(|(of, _)| *of == intent) {
            Some((_, first)) => (first.columns, first.because) = (columns, Some(fact.number)),
            None if columns == BOOKED => {}
            None => {
                let Some(service) = course.service_of(intent) else { continue };
                let particular = Particular::Message(fault);
                wrong.push((intent, Counted { particular, ..course.counted(fact, Some(service), columns) }));
            }
        }
    }
    counted.extend(wrong.into_iter().map(|(_, counted)| counted));
}

/// What is to be known of bookings from other encounters than those in which they are cancelled.
#[derive(Default)]
struct Bookings {
    made: HashMap<Key, BookingMade>,
    /// Event that says so.
    cancelled: HashMap<Key, u64>,
    ended: HashMap<EncounterKey, u64>,
}

#[derive(Clone, Copy)]
struct BookingMade {
    event: u64,
    encounter: EncounterKey,
    service: Word,
    disposition: Option<Word>,
}

impl Bookings {
    fn of(facts: &Facts) -> Self {
        let mut bookings = Self::default();
        for facts in facts.encounters() {
            let (mut course, mut cancelling) = (Course::default(), Cancelling::default());
            for fact in facts {
                if let Some(Made { service, booking: Some(booking), .. }) = course.take(fact) {
                    let Fact { number: event, encounter, .. } = *fact;
                    let made = BookingMade { event, encounter, service, disposition: course.disposition };
                    bookings.made.insert(booking, made);
                }
                if let Some((booking, _)) = cancelling.take(fact) {
                    let first = bookings.cancelled.entry(booking).or_insert(fact.number);
                    *first = fact.number.min(*first);
                }
                if fact.what == FactKind::EncounterEnded {
                    bookings.ended.entry(fact.encounter).or_insert(fact.number);
                }
            }
        }
        bookings
    }

    /// Whether an event came in the encounter in which the booking was made, and before that ended.
    fn is_within(&self, made: &BookingMade, fact: &Fact) -> bool {
        made.encounter == fact.encounter && self.ended.get(&fact.encounter).is_none_or(|ended| fact.number < *ended)
    }
}

/// The cancellations of an encounter, as its facts are gone through.
#[derive(Default)]
struct Cancelling(Vec<(Key, Key, bool)>);

impl Cancelling {
    /// Takes in a fact; the booking that it cancels, and whether that is a part of a rebooking. An intent cancels once.
    fn take(&mut self, fact: &Fact) -> Option<(Key, bool)> {
        if let FactKind::CancelIntended { intent, booking: Some(booking), rebooking } = fact.what {
            self.0.push((intent, booking, rebooking));
        }
        let (FactKind::CancelSettled { intent: done, result: Settled::Done }
        | FactKind::SettledByHand { intent: done, held: false }) = fact.what
        else {
            return None;
        };
        let at = self.0.iter().position(|(intent, _, _)| *intent == done)?;
        let (_, booking, rebooking) = self.0.swap_remove(at);
        Some((booking, rebooking))
    }
}

/// RP-07 and RP-09: cancellations of our bookings, within their encounter and after it. A booking is cancelled once.
fn cancelled(report: StandardReport, bookings: &Bookings, facts: &[Fact], counted: &mut Vec<Counted>) {
    let (mut course, mut cancelling) = (Course::default(), Cancelling::default());
    for fact in facts {
        course.take(fact);
        let Some((booking, rebooking)) = cancelling.take(fact) else { continue };
        let Some(made) = bookings.made.get(&booking) else { continue };
        let is_first = bookings.cancelled.get(&booking) == Some(&fact.number);
        if is_first && bookings.is_within(made, fact) == (report == StandardReport::CancelledWithin) {
            let columns = if rebooking { 0b101 } else { 0b011 };
            counted.push(of_booking(made, course.counted(fact, Some(made.service), columns)));
        }
    }
}

/// The same thing, counted for the booking that it is about.
const fn of_booking(made: &BookingMade, counted: Counted) -> Counted {
    Counted {
        because: Some(made.event),
        encounter: made.encounter,
        service: Some(made.service),
        disposition: made.disposition,
        ..counted
    }
}

/// RP-08: the new booking of each rebooking of a booking of ours, and whether the original went.
fn rebooked(bookings: &Bookings, facts: &[Fact], counted: &mut Vec<Counted>) {
    let mut course = Course::default();
    let mut originals: Vec<(Key, Key)> = Vec::new();
    let mut counts: Vec<(Key, Counted)> = Vec::new();
    for fact in facts {
        course.take(fact);
        if let FactKind::RebookBegan { rebook, booking: Some(booking) } = fact.what {
            originals.push((rebook, booking));
        }
        let FactKind::RebookMoved { rebook, step } = fact.what else { continue };
        if step == RebookStep::Rebooked {
            for (_, one) in counts.iter_mut().filter(|(of, _)| *of == rebook) {
                one.columns = one.columns & 0b00111 | 0b01000;
            }
        }
        let original = originals.iter().find(|(of, _)| *of == rebook && step == RebookStep::NewBooked);
        let Some(made) = original.and_then(|(_, booking)| bookings.made.get(booking)) else { continue };
        let when = if bookings.is_within(made, fact) { 0b00010 } else { 0b00100 };
        counts.push((rebook, of_booking(made, course.counted(fact, Some(made.service), 0b10001 | when))));
    }
    counted.extend(counts.into_iter().map(|(_, one)| one));
}

/// RP-10 and RP-11: bookings, and the slots that each service last had for each outcome.
fn available(inside: bool, facts: &[Fact], counted: &mut Vec<Counted>) {
    let mut course = Course::default();
    // The last answer of each service for the outcome that stands.
    let mut last: Vec<Counted> = Vec::new();
    for fact in facts {
        if let Some(made) = course.take(fact) {
            let columns = if made.late.is_none() == inside { 0b011 } else { 0b001 };
            counted.push(course.counted(fact, Some(made.service), columns));
        }
        if let FactKind::OutcomeRecorded { .. } = fact.what {
            counted.append(&mut last);
        }
        if let FactKind::SlotsAnswered { service, in_time, out_of_time } = fact.what {
            let amount = if inside { in_time } else { out_of_time };
            let slots = Counted { amount, ..course.counted(fact, Some(service), 0b100) };
            match last.iter_mut().find(|last| last.service == Some(service)) {
                Some(last) => *last = slots,
                None => last.push(slots),
            }
        }
    }
    counted.append(&mut last);
}

/// RP-13: bookings outside the timeframe, by how late.
fn booked_outside(facts: &[Fact], counted: &mut Vec<Counted>) {
    let mut course = Course::default();
    for fact in facts {
        let Some(Made { service, late: Some(late), .. }) = course.take(fact) else { continue };
        let columns = match late.seconds {
            0..=1_800 => 0b00_0011,
            1_801..=3_600 => 0b00_0101,
            3_601..=7_200 => 0b00_1001,
            7_201..=21_600 => 0b01_0001,
            21_601.. => 0b10_0001,
        };
        let particular = Particular::Approver(late.word);
        counted.push(Counted { particular, ..course.counted(fact, Some(service), columns) });
    }
}

/// RP-14: the first block of each service in an encounter, and the referral or the end that followed.
fn blocked(facts: &[Fact], counted: &mut Vec<Counted>) {
    const THERE: u8 = 0b0_0011;
    const ELSEWHERE: u8 = 0b0_0101;
    const ENDED: u8 = 0b0_1001;
    const GOES_ON: u8 = 0b1_0001;
    let mut course = Course::default();
    for fact in facts {
        course.take(fact);
        if let FactKind::ReferralMade { service, .. } = fact.what {
            for blocked in counted.iter_mut() {
                let there = blocked.service == Some(service);
                // A referral there is the last word, wherever else the patient was referred meanwhile.
                if blocked.columns != THERE && (there || blocked.columns != ELSEWHERE) {
                    blocked.columns = if there { THERE } else { ELSEWHERE };
                    blocked.because = Some(fact.number);
                }
            }
        }
        if fact.what == FactKind::EncounterEnded {
            for blocked in counted.iter_mut().filter(|blocked| blocked.columns == GOES_ON) {
                (blocked.columns, blocked.because) = (ENDED, Some(fact.number));
            }
        }
        if let FactKind::ReferralBlocked { service, by_rule: true } = fact.what
            && counted.iter().all(|blocked| blocked.service != Some(service))
        {
            counted.push(course.counted(fact, Some(service), GOES_ON));
        }
    }
}
