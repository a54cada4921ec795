//! Booking a slot: the runner of the booking state machine (BK-3, BK-4, BK-7).
//!
//! The machine in `desk-domain` decides; this carries out its effects and feeds back what happened. There is no other
//! way to send a booking.

use std::time::Duration;

use desk_domain::audit::AuditAction;
use desk_domain::booking::{
    self, BookingEffect, BookingEvent, BookingResult, BookingState, HeldBooking, NotBooked, ProviderWord,
};
use desk_domain::encounter::Encounter;
use desk_domain::failure::{ProviderFailure, RecordFailure};
use desk_domain::gate::{LateConfirmation, LateWord, permit};
use desk_domain::id::{
    ApprovalId, BookingId, DocumentId, DosServiceId, EncounterId, IntentId, RebookId, RequestId, SearchId,
};
use desk_domain::rebook::{NewBooking, RebookEvent, RebookState};
use desk_domain::reports::BookingFault;
use desk_domain::service::Service;
use desk_domain::slot::Slot;
use desk_domain::user::Action;

use tokio::sync::watch;

use crate::desk::{Desk, SignedIn};
use crate::error::JourneyError;
use crate::ports::{Alongside, Asking, BookingIntent, BookingOrder, BookingRecord, Intent, Settlement};

/// A slot to be booked, as the user ordered it.
#[derive(Debug, Clone)]
pub struct SlotOrder {
    /// The encounter.
    pub encounter: EncounterId,
    /// The search that listed the service.
    pub search: SearchId,
    /// The service.
    pub service: DosServiceId,
    /// The provider's id of the slot, among those shown.
    pub slot_id: String,
    /// On whose word a slot outside the timeframe is to be booked.
    pub late: Option<LateSaid>,
    /// The rebooking that it is a part of.
    pub rebook: Option<RebookId>,
}

/// On whose word a slot outside the timeframe is to be booked.
#[derive(Debug, Clone)]
pub enum LateSaid {
    /// The user's own.
    Confirmed(LateConfirmation),
    /// A clinician's, as given before.
    Approved(ApprovalId),
}

/// What came of an order.
#[derive(Debug, Clone)]
pub struct BookingOutcome {
    /// The intent.
    pub intent: IntentId,
    /// The order.
    pub order: BookingOrder,
    /// The result.
    pub result: BookingResult,
    /// The booking in the record, where it was confirmed.
    pub booking: Option<BookingRecord>,
    /// False where the result could not be written: it will be found as unfinished work at the next start.
    pub recorded: bool,
}

/// How far an order is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookingStage {
    /// The request is with the provider, for the so manieth time.
    Sending {
        /// From 1.
        attempt: u32,
    },
    /// It waits before it sends the request again.
    Pausing {
        /// Why.
        failure: ProviderFailure,
        /// For how long.
        length: Duration,
        /// Which sending comes next.
        next_attempt: u32,
    },
    /// The answer was unclear: the provider is asked what it holds.
    AskingWhatIsHeld,
}

/// Whoever waits for an order: told how far it is, and able to keep the request from being sent again (ER-2).
pub struct Waiting {
    tell: Box<dyn Fn(BookingStage) + Send + Sync>,
    stopped: watch::Receiver<bool>,
}

/// Keeps a request from being sent again; what was sent already is followed to its end.
#[derive(Debug)]
pub struct StopSending(watch::Sender<bool>);

impl StopSending {
    /// Asks for it.
    pub fn ask(&self) {
        self.0.send_replace(true);
    }
}

impl Waiting {
    /// Somebody who is told, and may stop.
    pub fn with(tell: impl Fn(BookingStage) + Send + Sync + 'static) -> (Self, StopSending) {
        let (stop, stopped) = watch::channel(false);
        (Self { tell: Box::new(tell), stopped }, StopSending(stop))
    }

    /// Nobody.
    #[must_use]
    pub fn nobody() -> Self {
        Self::with(|_| ()).0
    }

    /// Says how far it is.
    pub(crate) fn tell(&self, stage: BookingStage) {
        (self.tell)(stage);
    }

    /// Waits; true where it was stopped.
    pub(crate) async fn pause_stopped(&self, length: Duration) -> bool {
        let mut stopped = self.stopped.clone();
        let asked = async {
            if stopped.wait_for(|stopped| *stopped).await.is_err() {
                // Whoever could have stopped it is gone.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            () = asked => true,
            () = tokio::time::sleep(length) => false,
        }
    }
}

impl Desk {
    /// Books a slot that was shown, for nobody in particular.
    ///
    /// # Errors
    /// As [`Desk::book_attended`].
    pub async fn book(&self, who: &SignedIn, slot: SlotOrder) -> Result<BookingOutcome, JourneyError> {
        self.book_attended(who, slot, &Waiting::nobody()).await
    }

    /// Books a slot that was shown.
    ///
    /// # Errors
    /// Why nothing was sent: role, gate, what was shown, what was taken down, the record. What the provider did or did
    /// not do is never an error: it is the [`BookingOutcome`].
    pub async fn book_attended(
        &self,
        who: &SignedIn,
        slot: SlotOrder,
        waiting: &Waiting,
    ) -> Result<BookingOutcome, JourneyError> {
        self.require(who, Action::Book).await?;
        let one_at_a_time = InProgress::begin(self, slot.encounter)?;
        let encounter = self.going_on(slot.encounter).await?;
        self.holds_none(encounter.id, slot.rebook).await?;
        let order = self.order(who, &encounter, &slot).await?;
        let content =
            self.ports.provider.wire_content(&order).map_err(|invalid| JourneyError::InvalidOrder(invalid.0))?;
        let id = IntentId(self.ports.clock.new_id());
        let intent = BookingIntent { id, order, content, result: None, result_at: None };
        let outcome = self.run(who, &intent, booking::begin(), waiting).await;
        drop(one_at_a_time);
        outcome
    }

    /// Refuses where the encounter has a booking that stands, or an order of which that is not known (BK-4). Where the
    /// slot is to replace a booking, that one stands until the new one is confirmed (RB-3).
    async fn holds_none(&self, encounter: EncounterId, rebook: Option<RebookId>) -> Result<(), JourneyError> {
        let original = match rebook {
            Some(id) => Some(self.rebook_in(encounter, id).await?),
            None => None,
        };
        if original.as_ref().is_some_and(|rebook| rebook.state != RebookState::Began) {
            return Err(JourneyError::RebookElsewhere);
        }
        let replaced = original.and_then(|rebook| rebook.original.booking);
        let made = self.ports.ledger.bookings_in(encounter).await?;
        if made.iter().any(|booking| booking.word.held.status.stands() && Some(booking.id) != replaced) {
            return Err(JourneyError::AlreadyBooked);
        }
        for intent in self.ports.ledger.intents_in(encounter).await? {
            let Intent::Booking(intent) = intent else { continue };
            match intent.result {
                None | Some(BookingResult::Unknown(_)) => return Err(JourneyError::EarlierNotSettled),
                Some(BookingResult::SettledByHand(by_hand)) if by_hand.held => return Err(JourneyError::AlreadyBooked),
                Some(BookingResult::Confirmed(_) | BookingResult::NotBooked(_) | BookingResult::SettledByHand(_)) => {}
            }
        }
        Ok(())
    }

    async fn order(
        &self,
        who: &SignedIn,
        encounter: &Encounter,
        wanted: &SlotOrder,
    ) -> Result<BookingOrder, JourneyError> {
        let search = self.search(encounter.id, wanted.search)?;
        let (_, service) = search.service(&wanted.service)?;
        let slot = self.shown_slot(encounter.id, &service.id, &wanted.slot_id)?;
        let outcome = encounter.outcome().ok_or(JourneyError::OutcomeMissing)?;
        let user = (who.user.id, who.user.role);
        let word = match &wanted.late {
            Some(LateSaid::Confirmed(confirmed)) => Some(LateWord::Confirmed(confirmed.clone())),
            Some(LateSaid::Approved(id)) => Some(LateWord::Approved(self.approval(encounter.id, *id)?)),
            None => None,
        };
        let permit = match permit(user, outcome, &slot, word, self.now()) {
            Ok(permit) => permit,
            Err(refusal) => {
                self.record_gate_refusal(who, encounter.id, service, &slot, &refusal.to_string()).await?;
                return Err(refusal.into());
            }
        };
        let request = RequestId(self.ports.clock.new_id());
        let provider = self.address(encounter.id, &service.booking_connection(), request).await?;
        Ok(BookingOrder {
            request,
            document: DocumentId(self.ports.clock.new_id()),
            ordered: self.now(),
            user: who.user.clone(),
            encounter: encounter.id,
            outcome: outcome.id,
            disposition: outcome.disposition.code.clone(),
            patient: encounter.patient.clone(),
            reason: outcome.reason.clone(),
            service: service.clone(),
            provider,
            slot,
            permit,
            rebook: wanted.rebook,
        })
    }

    async fn record_gate_refusal(
        &self,
        who: &SignedIn,
        encounter: EncounterId,
        service: &Service,
        slot: &Slot,
        refusal: &str,
    ) -> Result<(), JourneyError> {
        let service = service.id.clone();
        let what = AuditAction::BookingRefusedByGate { service, start: slot.start, refusal: refusal.to_owned() };
        self.record(who, Some(encounter), what).await
    }

    /// Carries out the machine's effects until it has settled.
    pub(crate) async fn run(
        &self,
        who: &SignedIn,
        intent: &BookingIntent,
        (mut state, first): (BookingState, BookingEffect),
        waiting: &Waiting,
    ) -> Result<BookingOutcome, JourneyError> {
        let mut effect = Some(first);
        let mut tries = 0;
        while let Some(next) = effect {
            let event = match next {
                BookingEffect::StoreIntent => self.store_intent(who, intent).await,
                BookingEffect::PostAppointment => {
                    tries += 1;
                    waiting.tell(BookingStage::Sending { attempt: tries });
                    BookingEvent::Posted(self.ports.provider.book(&intent.order, &intent.content).await)
                }
                BookingEffect::Pause(length) => {
                    if let BookingState::Pausing(_, failure) = &state {
                        let (failure, next_attempt) = (failure.clone(), tries + 1);
                        waiting.tell(BookingStage::Pausing { failure, length, next_attempt });
                    }
                    if waiting.pause_stopped(length).await { BookingEvent::StopAsked } else { BookingEvent::PauseOver }
                }
                BookingEffect::AskWhatIsHeld => {
                    waiting.tell(BookingStage::AskingWhatIsHeld);
                    let asking = self.asking(who, &intent.order);
                    BookingEvent::Held(self.ports.provider.held(&intent.order, &asking).await)
                }
                BookingEffect::StoreResult(result) => return Ok(self.store_result(who, intent, result, tries).await),
            };
            (state, effect) = booking::step(state, event).map_err(|defect| JourneyError::Defect(defect.to_string()))?;
        }
        match state {
            BookingState::Settled(result) => {
                let order = intent.order.clone();
                Ok(BookingOutcome { intent: intent.id, order, result, booking: None, recorded: false })
            }
            BookingState::Prepared
            | BookingState::Sending(_)
            | BookingState::Pausing(..)
            | BookingState::Asking(..) => Err(JourneyError::Defect(format!("a booking stopped in {state:?}"))),
        }
    }

    pub(crate) fn asking(&self, who: &SignedIn, order: &BookingOrder) -> Asking {
        Asking {
            user: who.user.clone(),
            encounter: order.encounter,
            service: Some(order.service.id.clone()),
            request: RequestId(self.ports.clock.new_id()),
            background: false,
        }
    }

    async fn store_intent(&self, who: &SignedIn, intent: &BookingIntent) -> BookingEvent {
        let what = AuditAction::BookingIntended {
            intent: intent.id,
            request: intent.order.request,
            service: intent.order.service.id.clone(),
            start: intent.order.slot.start,
            late: intent.order.permit.late().cloned(),
        };
        let events = vec![self.event(Some(who), Some(intent.order.encounter), what)];
        let written = [Intent::Booking(Box::new(intent.clone()))];
        let step = RebookEvent::BookingBegins(intent.id);
        let begun = match self.with_step(who, intent.order.rebook, step, Alongside::events(events)).await {
            Ok(alongside) => self.ports.ledger.begin(&written, alongside).await,
            Err(failure) => Err(failure),
        };
        match begun {
            Ok(()) => BookingEvent::IntentStored,
            Err(failure) => {
                tracing::error!(encounter = %intent.order.encounter, reference = intent.order.request.reference(), intent = %intent.id, %failure, "the intent could not be written; nothing is sent");
                BookingEvent::IntentNotStored
            }
        }
    }

    async fn store_result(
        &self,
        who: &SignedIn,
        intent: &BookingIntent,
        result: BookingResult,
        tries: u32,
    ) -> BookingOutcome {
        let booking = self.booking_record(intent, &result);
        let what = AuditAction::BookingSettled {
            intent: intent.id,
            request: intent.order.request,
            result: result.kind(),
            booking: booking.as_ref().map(|booking| booking.id),
            failure: failure_words(&result),
            fault: fault(&result),
            tries,
        };
        let event = self.event(Some(who), Some(intent.order.encounter), what);
        let alongside = Alongside { booking: booking.clone(), events: vec![event], ..Alongside::default() };
        let step = after_booking(intent.id, &result, booking.as_ref().map(|booking| booking.id));
        let late = alongside.clone();
        let with_step = self.with_step_if_it_can(who, intent.order.rebook, step, alongside).await;
        let written = match with_step {
            Ok(alongside) => self.ports.ledger.finish(intent.id, &Settlement::Booking(result.clone()), alongside).await,
            Err(failure) => Err(failure),
        };
        let written = match written {
            Err(RecordFailure::AlreadySettled) if booking.is_some() => self.keep_confirmation(intent.id, late).await,
            written => written,
        };
        if let Err(failure) = &written {
            tracing::error!(encounter = %intent.order.encounter, reference = intent.order.request.reference(), intent = %intent.id, %failure, "the result of a booking could not be written");
        }
        let order = intent.order.clone();
        BookingOutcome { intent: intent.id, order, result, booking, recorded: written.is_ok() }
    }

    /// A confirmation that comes after somebody settled the order by hand as not held is kept all the same: the provider
    /// holds a booking that nobody would know of otherwise (BK-4).
    async fn keep_confirmation(&self, intent: IntentId, alongside: Alongside) -> Result<(), RecordFailure> {
        match self.ports.ledger.booking_of(intent).await {
            // Another desk asked, and was told the same.
            Ok(_) => Err(RecordFailure::AlreadySettled),
            Err(RecordFailure::NotFound) => self.ports.ledger.note(alongside).await,
            Err(failure) => Err(failure),
        }
    }

    fn booking_record(&self, intent: &BookingIntent, result: &BookingResult) -> Option<BookingRecord> {
        let held: &HeldBooking = match result {
            BookingResult::Confirmed(held) => held,
            BookingResult::NotBooked(_) | BookingResult::Unknown(_) | BookingResult::SettledByHand(_) => return None,
        };
        Some(BookingRecord {
            id: BookingId(self.ports.clock.new_id()),
            intent: intent.id,
            order: intent.order.clone(),
            word: ProviderWord { held: held.clone(), as_of: self.now() },
        })
    }
}

/// What the result of a new booking is to the rebooking that it is a part of.
pub(crate) fn after_booking(intent: IntentId, result: &BookingResult, booking: Option<BookingId>) -> RebookEvent {
    match result {
        BookingResult::Confirmed(_) => RebookEvent::NewBooked(NewBooking { intent, booking }),
        BookingResult::SettledByHand(by_hand) if by_hand.held => {
            RebookEvent::NewBooked(NewBooking { intent, booking: None })
        }
        BookingResult::NotBooked(_) | BookingResult::SettledByHand(_) => RebookEvent::NewNotBooked,
        BookingResult::Unknown(_) => RebookEvent::NewInDoubt,
    }
}

fn failure_words(result: &BookingResult) -> Option<String> {
    match result {
        BookingResult::Confirmed(_) | BookingResult::SettledByHand(_) => None,
        BookingResult::NotBooked(NotBooked::NothingSent) => Some("the intent could not be written".to_owned()),
        BookingResult::NotBooked(NotBooked::Failure(failure)) | BookingResult::Unknown(failure) => {
            Some(failure.to_string())
        }
        BookingResult::NotBooked(NotBooked::NotHeld(failure)) => {
            Some(format!("{failure}; asked, and it holds no booking"))
        }
    }
}

fn fault(result: &BookingResult) -> Option<BookingFault> {
    match result {
        BookingResult::Confirmed(_)
        | BookingResult::SettledByHand(_)
        | BookingResult::NotBooked(NotBooked::NothingSent) => None,
        BookingResult::NotBooked(NotBooked::Failure(failure) | NotBooked::NotHeld(failure))
        | BookingResult::Unknown(failure) => Some(BookingFault::from(failure)),
    }
}

/// Keeps an encounter from being worked on twice at the same moment, as by a double click.
pub(crate) struct InProgress<'desk> {
    desk: &'desk Desk,
    encounter: EncounterId,
}

impl<'desk> InProgress<'desk> {
    pub(crate) fn begin(desk: &'desk Desk, encounter: EncounterId) -> Result<Self, JourneyError> {
        if desk.shown().booking.insert(encounter) {
            Ok(Self { desk, encounter })
        } else {
            Err(JourneyError::BookingInProgress)
        }
    }
}

impl Drop for InProgress<'_> {
    fn drop(&mut self) {
        self.desk.shown().booking.remove(&self.encounter);
    }
}
