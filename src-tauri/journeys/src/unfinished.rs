//! Unfinished work: what left this desk, or was about to, and has no result that settles it; what a patient holds twice;
//! what is to be sent or told by hand; who is to be informed.

use desk_domain::audit::AuditAction;
use desk_domain::booking::{self, BookingResult, SettledByHand};
use desk_domain::cancel::{self, CancelResult};
use desk_domain::failure::RecordFailure;
use desk_domain::id::IntentId;
use desk_domain::personal::Personal;
use desk_domain::referral::{self, DeliveryResult};
use desk_domain::user::Action;

use crate::book::{BookingOutcome, InProgress, Waiting, after_booking};
use crate::cancel::CancelOutcome;
use crate::desk::{Desk, SignedIn};
use crate::error::JourneyError;
use crate::ports::{
    Alongside, BookingRecord, CancelIntent, DeliveryIntent, Intent, RebookRecord, ReferralRecord, Settlement,
};

/// Everything that is unfinished, each list oldest first.
#[derive(Debug, Clone, Default)]
pub struct Unfinished {
    /// Orders without a result that settles them.
    pub intents: Vec<Intent>,
    /// Rebookings whose patient holds two bookings.
    pub rebooks: Vec<RebookRecord>,
    /// The new bookings of these, as far as they are in the record: no pieces of their own.
    pub new_bookings: Vec<BookingRecord>,
    /// Referrals that a person has to send, or to tell a provider of.
    pub referrals: Vec<ReferralRecord>,
    /// Cancellations of which the patient was not told (CA-6).
    pub to_inform: Vec<CancelIntent>,
    /// Bookings that somebody else called off, of which the patient was not told (CA-6).
    pub found_called_off: Vec<BookingRecord>,
}

impl Unfinished {
    /// How many pieces.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.intents.len()
            + self.rebooks.len()
            + self.referrals.len()
            + self.to_inform.len()
            + self.found_called_off.len()
    }

    /// Whether there is nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What came of a piece of unfinished work.
#[derive(Debug, Clone)]
pub enum Taken {
    /// Of a booking.
    Booking(Box<BookingOutcome>),
    /// Of a cancellation.
    Cancellation(Box<CancelOutcome>),
    /// Of a delivery.
    Delivery(Box<DeliveryIntent>),
}

impl Desk {
    /// Everything that is unfinished. Every user of the desk sees it.
    ///
    /// # Errors
    /// [`JourneyError::Record`].
    pub async fn unfinished(&self, who: &SignedIn) -> Result<Unfinished, JourneyError> {
        self.require(who, Action::SettleUnfinished).await?;
        let in_progress = self.shown().booking.clone();
        let ledger = &self.ports.ledger;
        let mut intents = ledger.unfinished().await?;
        intents.retain(|intent| !in_progress.contains(&intent.encounter()));
        let mut rebooks = ledger.open_rebooks().await?;
        rebooks.retain(|rebook| rebook.state.waits_on_two());
        let (referrals, to_inform) = (ledger.referrals_to_do().await?, ledger.patients_to_inform().await?);
        let found_called_off = ledger.found_called_off().await?;
        let mut new_bookings = Vec::new();
        for new in rebooks.iter().filter_map(|rebook| rebook.state.new_booking()?.booking) {
            new_bookings.push(ledger.booking(new).await?);
        }
        Ok(Unfinished { intents, rebooks, new_bookings, referrals, to_inform, found_called_off })
    }

    /// Asks the provider what it holds. Sends nothing that changes anything. Of a referral nobody can ask.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`], [`JourneyError::BookingInProgress`].
    pub async fn check_unfinished(&self, who: &SignedIn, id: IntentId) -> Result<Taken, JourneyError> {
        self.require(who, Action::SettleUnfinished).await?;
        let intent = self.unsettled(id).await?;
        let one_at_a_time = InProgress::begin(self, intent.encounter())?;
        self.record(who, Some(intent.encounter()), AuditAction::UnfinishedChecked { intent: id }).await?;
        let taken = match intent {
            Intent::Booking(intent) => {
                let outcome = self.run(who, &intent, booking::resume(), &Waiting::nobody()).await?;
                Taken::Booking(Box::new(outcome))
            }
            Intent::Cancellation(intent) => {
                let outcome = self.run_cancel(who, (&intent, None), cancel::resume(), &Waiting::nobody()).await?;
                Taken::Cancellation(Box::new(outcome))
            }
            Intent::Delivery(intent) => Taken::Delivery(intent),
        };
        drop(one_at_a_time);
        Ok(taken)
    }

    /// Sends the same request again, under its own id, unchanged (BK-4).
    ///
    /// # Errors
    /// [`JourneyError::Gate`] where the slot has started meanwhile; [`JourneyError::NotPermitted`],
    /// [`JourneyError::Record`], [`JourneyError::BookingInProgress`].
    pub async fn send_again(&self, who: &SignedIn, id: IntentId) -> Result<Taken, JourneyError> {
        let intent = self.unsettled(id).await?;
        let action = match &intent {
            Intent::Booking(_) => Action::Book,
            Intent::Cancellation(_) => Action::Cancel,
            Intent::Delivery(_) => Action::Refer,
        };
        self.require(who, action).await?;
        let one_at_a_time = InProgress::begin(self, intent.encounter())?;
        let waiting = Waiting::nobody();
        let taken = match intent {
            Intent::Booking(intent) => {
                if intent.order.slot.start <= self.now() {
                    return Err(desk_domain::gate::GateRefusal::InThePast.into());
                }
                Taken::Booking(Box::new(self.run(who, &intent, booking::send_again(), &waiting).await?))
            }
            Intent::Cancellation(intent) => Taken::Cancellation(Box::new(
                self.run_cancel(who, (&intent, None), cancel::send_again(), &waiting).await?,
            )),
            Intent::Delivery(intent) => {
                self.still_a_referral(&intent).await?;
                // Where the desk stopped before there was a result, it may have left.
                let begun = if matches!(intent.result, None | Some(DeliveryResult::Unknown(_))) {
                    referral::send_again()
                } else {
                    referral::begun()
                };
                Taken::Delivery(Box::new(self.run_delivery(who, *intent, begun, &waiting).await?))
            }
        };
        drop(one_at_a_time);
        Ok(taken)
    }

    /// A referral whose booking was cancelled meanwhile is none any more, and is not sent (BO-3, CA-5).
    async fn still_a_referral(&self, intent: &DeliveryIntent) -> Result<(), JourneyError> {
        let referral = self.ports.ledger.referral(intent.order.content.document).await?;
        if referral.is_decoupled() {
            return Err(desk_domain::referral::ReferralRefusal::BookingGone.into());
        }
        Ok(())
    }

    /// Settles by hand, after the other side was asked by telephone. `held`: of a booking or a cancellation, whether the
    /// provider holds the booking; of a referral, whether the receiver has it.
    ///
    /// # Errors
    /// [`JourneyError::ReasonNeeded`], [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn settle_by_hand(
        &self,
        who: &SignedIn,
        id: IntentId,
        held: bool,
        reason: &str,
    ) -> Result<(), JourneyError> {
        self.require(who, Action::SettleUnfinished).await?;
        let intent = self.unsettled(id).await?;
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(JourneyError::ReasonNeeded);
        }
        let what = AuditAction::UnfinishedSettledByHand { intent: id, held, reason: Personal::from(reason) };
        let events = vec![self.event(Some(who), Some(intent.encounter()), what)];
        let by_hand = SettledByHand { held, reason: Personal::from(reason) };
        match intent {
            Intent::Booking(intent) => {
                let result = BookingResult::SettledByHand(by_hand);
                let step = after_booking(id, &result, None);
                let alongside = Alongside::events(events);
                let alongside = self.with_step_if_it_can(who, intent.order.rebook, step, alongside).await?;
                Ok(self.ports.ledger.finish(id, &Settlement::Booking(result), alongside).await?)
            }
            Intent::Cancellation(intent) => {
                let result = CancelResult::SettledByHand(by_hand);
                self.settle_cancel(who, &intent, &result, events).await?;
                Ok(())
            }
            Intent::Delivery(_) => {
                let result = DeliveryResult::SettledByHand { received: held, reason: by_hand.reason };
                Ok(self.ports.ledger.finish(id, &Settlement::Delivery(result), Alongside::events(events)).await?)
            }
        }
    }

    async fn unsettled(&self, id: IntentId) -> Result<Intent, JourneyError> {
        let intent = self.ports.ledger.intent(id).await?;
        let settled = match &intent {
            Intent::Booking(it) => {
                it.result.as_ref().is_some_and(|result| !matches!(result, BookingResult::Unknown(_)))
            }
            Intent::Cancellation(it) => it.result.as_ref().is_some_and(CancelResult::settles),
            Intent::Delivery(it) => it.result.as_ref().is_some_and(DeliveryResult::settles),
        };
        if settled { Err(RecordFailure::AlreadySettled.into()) } else { Ok(intent) }
    }
}
