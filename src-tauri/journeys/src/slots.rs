//! Looking at the free slots of a service (SL).

use chrono::{DateTime, Utc};
use desk_domain::audit::AuditAction;
use desk_domain::encounter::Encounter;
use desk_domain::gate::{TimeframeGate, timeframe_gate};
use desk_domain::id::{DosServiceId, EncounterId, RequestId, SearchId};
use desk_domain::outcome::AssessmentOutcome;
use desk_domain::service::Service;
use desk_domain::slot::{FreeSlots, Slot, SlotCount, SlotWindow};
use desk_domain::user::Action;

use crate::desk::{Desk, SignedIn};
use crate::discover::millis;
use crate::error::JourneyError;
use crate::ports::Asking;

/// The free slots of a service, with what they were asked for.
#[derive(Debug, Clone)]
pub struct SlotsFound {
    /// Rank of the service in its search.
    pub rank: u32,
    /// The service.
    pub service: Service,
    /// The outcome they are told apart by.
    pub outcome: AssessmentOutcome,
    /// The window asked for.
    pub window: SlotWindow,
    /// The answer.
    pub free: FreeSlots,
    /// When it was asked for (UTC).
    pub asked: DateTime<Utc>,
}

/// A slot about to be booked, with what the gate asks for.
#[derive(Debug, Clone)]
pub struct SlotReview {
    /// Rank of the service in its search.
    pub rank: u32,
    /// The service.
    pub service: Service,
    /// The outcome.
    pub outcome: AssessmentOutcome,
    /// The slot.
    pub slot: Slot,
    /// What the timeframe gate asks for (TF-2).
    pub gate: TimeframeGate,
}

impl Desk {
    /// Asks a service for its free slots, and keeps them as the ones shown.
    ///
    /// # Errors
    /// What kept the service from being asked, each told apart; [`JourneyError::Record`] where the search could not be
    /// recorded (SL-8).
    pub async fn find_slots(
        &self,
        who: &SignedIn,
        encounter: EncounterId,
        search: SearchId,
        service: &DosServiceId,
    ) -> Result<SlotsFound, JourneyError> {
        self.require(who, Action::FindSlots).await?;
        let search = self.search(encounter, search)?;
        let (rank, service) = search.service(service)?;
        let encounter = self.going_on(encounter).await?;
        let outcome = encounter.outcome().ok_or(JourneyError::OutcomeMissing)?;
        let (asked, number) = (self.now(), self.shown().slots.asking());
        let free = self.ask_for_slots(who, &encounter, outcome, service, false).await?;
        let free = self.shown().slots.note(number, (encounter.id, service.id.clone()), free);
        let window = SlotWindow::for_outcome(outcome, asked);
        Ok(SlotsFound { rank, service: service.clone(), outcome: outcome.clone(), window, free, asked })
    }

    /// A slot that was shown, with what the gate asks of this user.
    ///
    /// # Errors
    /// [`JourneyError::ShownTooLongAgo`] where it was not shown; [`JourneyError::OutcomeMissing`].
    pub async fn review_slot(
        &self,
        who: &SignedIn,
        encounter: EncounterId,
        search: SearchId,
        service: &DosServiceId,
        slot_id: &str,
    ) -> Result<SlotReview, JourneyError> {
        self.require(who, Action::FindSlots).await?;
        let search = self.search(encounter, search)?;
        let (rank, service) = search.service(service)?;
        let slot = self.shown_slot(encounter, &service.id, slot_id)?;
        let encounter = self.going_on(encounter).await?;
        let outcome = encounter.outcome().ok_or(JourneyError::OutcomeMissing)?.clone();
        let gate = timeframe_gate(who.user.role, &outcome, slot.start);
        Ok(SlotReview { rank, service: service.clone(), outcome, slot, gate })
    }

    pub(crate) fn shown_slot(
        &self,
        encounter: EncounterId,
        service: &DosServiceId,
        id: &str,
    ) -> Result<Slot, JourneyError> {
        let shown = self.shown();
        let slots = shown.slots.of(&(encounter, service.clone())).ok_or(JourneyError::ShownTooLongAgo)?;
        slots.slots.iter().find(|slot| slot.id == id).cloned().ok_or(JourneyError::ShownTooLongAgo)
    }

    pub(crate) async fn ask_for_slots(
        &self,
        who: &SignedIn,
        encounter: &Encounter,
        outcome: &AssessmentOutcome,
        service: &Service,
        background: bool,
    ) -> Result<FreeSlots, JourneyError> {
        let began = self.now();
        let window = SlotWindow::for_outcome(outcome, began);
        let request = RequestId(self.ports.clock.new_id());
        let (user, of) = (who.user.clone(), Some(service.id.clone()));
        let asking = Asking { user, encounter: encounter.id, service: of, request, background };
        let answer = self.slots_at_provider(&asking, service, window).await;
        let what = AuditAction::SlotsSearched {
            service: service.id.clone(),
            window,
            count: answer.as_ref().ok().map(|free| SlotCount::of(&free.slots, outcome)),
            failure: answer.as_ref().err().map(ToString::to_string),
            took_ms: millis((self.now() - began).to_std().unwrap_or_default()),
            background,
            request: Some(request),
        };
        self.record(who, Some(encounter.id), what).await?;
        answer
    }

    async fn slots_at_provider(
        &self,
        asking: &Asking,
        service: &Service,
        window: SlotWindow,
    ) -> Result<FreeSlots, JourneyError> {
        let address = self.address(asking.encounter, &service.booking_connection(), asking.request).await?;
        let answer = self.ports.provider.free_slots(asking, &service.id, &address, window).await;
        answer.map_err(|failure| JourneyError::Provider { failure, request: asking.request })
    }
}
