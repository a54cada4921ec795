//! Unfinished work: what left this desk, or was about to, and has no result that settles it.

use desk_domain::audit::AuditAction;
use desk_domain::booking::{self, BookingResult, SettledByHand};
use desk_domain::failure::RecordFailure;
use desk_domain::id::IntentId;
use desk_domain::personal::Personal;
use desk_domain::user::Action;

use crate::book::{BookingOutcome, InProgress, Waiting};
use crate::desk::{Desk, SignedIn};
use crate::error::JourneyError;
use crate::ports::BookingIntent;

impl Desk {
    /// Everything that is unfinished, oldest first. Every user of the desk sees it.
    ///
    /// # Errors
    /// [`JourneyError::Record`].
    pub async fn unfinished(&self, who: &SignedIn) -> Result<Vec<BookingIntent>, JourneyError> {
        self.require(who, Action::SettleUnfinished).await?;
        let in_progress = self.shown().booking.clone();
        let all = self.ports.ledger.unfinished().await?;
        Ok(all.into_iter().filter(|intent| !in_progress.contains(&intent.order.encounter)).collect())
    }

    /// Asks the provider what it holds. Sends nothing that changes anything.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`], [`JourneyError::BookingInProgress`].
    pub async fn check_unfinished(&self, who: &SignedIn, id: IntentId) -> Result<BookingOutcome, JourneyError> {
        self.require(who, Action::SettleUnfinished).await?;
        let intent = self.unsettled(id).await?;
        let one_at_a_time = InProgress::begin(self, intent.order.encounter)?;
        self.record(who, Some(intent.order.encounter), AuditAction::UnfinishedChecked { intent: id }).await?;
        let outcome = self.run(who, &intent, booking::resume(), &Waiting::nobody()).await;
        drop(one_at_a_time);
        outcome
    }

    /// Sends the same request again, under its own id, unchanged (BK-4).
    ///
    /// # Errors
    /// [`JourneyError::Gate`] where the slot has started meanwhile; [`JourneyError::NotPermitted`],
    /// [`JourneyError::Record`], [`JourneyError::BookingInProgress`].
    pub async fn send_again(&self, who: &SignedIn, id: IntentId) -> Result<BookingOutcome, JourneyError> {
        self.require(who, Action::Book).await?;
        let intent = self.unsettled(id).await?;
        if intent.order.slot.start <= self.now() {
            return Err(desk_domain::gate::GateRefusal::InThePast.into());
        }
        let one_at_a_time = InProgress::begin(self, intent.order.encounter)?;
        let outcome = self.run(who, &intent, booking::send_again(), &Waiting::nobody()).await;
        drop(one_at_a_time);
        outcome
    }

    /// Settles by hand, after the provider was asked by telephone.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
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
        let result = BookingResult::SettledByHand(SettledByHand { held, reason: Personal::from(reason) });
        let what = AuditAction::UnfinishedSettledByHand { intent: id, held, reason: Personal::from(reason) };
        let event = self.event(Some(who), Some(intent.order.encounter), what);
        Ok(self.ports.ledger.finish(id, &result, None, &event).await?)
    }

    async fn unsettled(&self, id: IntentId) -> Result<BookingIntent, JourneyError> {
        let intent = self.ports.ledger.intent(id).await?;
        match intent.result {
            None | Some(BookingResult::Unknown(_)) => Ok(intent),
            Some(BookingResult::Confirmed(_) | BookingResult::NotBooked(_) | BookingResult::SettledByHand(_)) => {
                Err(RecordFailure::AlreadySettled.into())
            }
        }
    }
}
