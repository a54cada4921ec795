//! Referring a patient to a service (BK-6, BO): the gate, the document, its delivery to each endpoint. A delivery takes a
//! [`ReferralPermit`], and nothing but the gate gives one.

use desk_domain::audit::AuditAction;
use desk_domain::booking::BookingResult;
use desk_domain::encounter::Encounter;
use desk_domain::failure::RecordFailure;
use desk_domain::id::{DocumentId, DosServiceId, EncounterId, IntentId, RequestId, SearchId};
use desk_domain::paper::Paper;
use desk_domain::personal::Personal;
use desk_domain::referral::{
    self, BookedThere, DeliveryEffect, DeliveryEvent, DeliveryResult, DeliveryState, ReferralGap, ReferralPermit,
    ReferralRefusal, referral_permit,
};
use desk_domain::route::Route;
use desk_domain::service::{Service, ServiceEndpoint};
use desk_domain::slot::SlotCount;
use desk_domain::user::Action;

use crate::book::{BookingStage, InProgress, Waiting};
use crate::desk::{Desk, SignedIn};
use crate::error::JourneyError;
use crate::ports::{
    Alongside, BookingRecord, DeliveryIntent, Intent, LinkedBooking, ReferralContent, ReferralMarked, ReferralOrder,
    ReferralRecord, Settlement,
};

/// Which service a patient is to be referred to.
#[derive(Debug, Clone)]
pub enum ReferTo {
    /// That of the encounter's booking that stands.
    Booked,
    /// One that a search listed, without a booking where the gate lets it.
    Listed(SearchId, DosServiceId),
}

/// How the booking-only gate stands for a service.
#[derive(Debug, Clone)]
pub struct ReferralGate {
    /// The service.
    pub service: Service,
    /// Leave to refer, or why there is none.
    pub leave: Result<ReferralPermit, ReferralRefusal>,
    /// How many slots of the service were shown, where any were asked for.
    pub slots: Option<SlotCount>,
    /// How a referral would go.
    pub route: Route,
    /// How many copies cannot be sent, because the directory gives no safe address for them, or does not say for what they are
    /// taken. Known once there is a referral to send; they hold up nobody who is to act on it.
    pub copies_left_out: usize,
}

/// A referral before it is sent.
#[derive(Debug, Clone)]
pub struct ReferralReview {
    /// How the gate stands.
    pub gate: ReferralGate,
    /// What the document would be made of.
    pub content: ReferralContent,
    /// The same as its receiver would read it.
    pub paper: Paper,
    /// What is missing; empty where it can be sent.
    pub missing: Vec<ReferralGap>,
}

/// A referral with its deliveries.
#[derive(Debug, Clone)]
pub struct ReferralOutcome {
    /// The referral.
    pub referral: ReferralRecord,
    /// Each delivery, the primary one first.
    pub deliveries: Vec<DeliveryIntent>,
}

/// A referral as it is kept, read or sent by hand.
#[derive(Debug, Clone)]
pub struct ReferralPapers {
    /// The referral.
    pub referral: ReferralRecord,
    /// Its document (XML): to the letter what was sent, where it was.
    pub document: String,
    /// The same as people read it.
    pub paper: Paper,
    /// The same as a page for people (HTML).
    pub page: String,
}

impl Desk {
    /// How the booking-only gate stands (BO-1). That it stops a referral is on the record (BO-5).
    ///
    /// # Errors
    /// [`JourneyError::ShownTooLongAgo`], [`JourneyError::NotPermitted`], [`JourneyError::EncounterEnded`],
    /// [`JourneyError::Record`].
    pub async fn referral_gate(
        &self,
        who: &SignedIn,
        encounter: EncounterId,
        to: &ReferTo,
    ) -> Result<ReferralGate, JourneyError> {
        self.require(who, Action::Refer).await?;
        let encounter = self.going_on(encounter).await?;
        let (gate, _) = self.gate_of(&encounter, to).await?;
        self.record_gate(who, encounter.id, &gate).await?;
        Ok(gate)
    }

    async fn gate_of(
        &self,
        encounter: &Encounter,
        to: &ReferTo,
    ) -> Result<(ReferralGate, Option<BookingRecord>), JourneyError> {
        let made = self.ports.ledger.bookings_in(encounter.id).await?;
        let standing = made.iter().find(|booking| booking.word.held.status.stands());
        let service = match to {
            ReferTo::Booked => {
                let booking = standing.or(made.first());
                booking.map(|booking| booking.order.service.clone()).ok_or(JourneyError::ShownTooLongAgo)?
            }
            ReferTo::Listed(search, id) => self.search(encounter.id, *search)?.service(id)?.1.clone(),
        };
        let there = made.iter().filter(|booking| booking.order.service.id == service.id);
        let newest = there.clone().find(|booking| booking.word.held.status.stands()).or_else(|| there.clone().next());
        let booked = self.booked_there(encounter.id, &service.id, newest).await?;
        let leave = referral_permit(encounter.id, &service, &booked);
        let slots = encounter.outcome().and_then(|outcome| {
            let shown = self.shown();
            shown.slots.of(&(encounter.id, service.id.clone())).map(|free| SlotCount::of(&free.slots, outcome))
        });
        let route = service.referral_route();
        let linked = match (&leave, newest) {
            (Ok(permit), Some(booking)) if permit.booking() == Some(booking.id) => Some(booking.clone()),
            _ => None,
        };
        Ok((ReferralGate { service, leave, slots, route, copies_left_out: 0 }, linked))
    }

    async fn booked_there(
        &self,
        encounter: EncounterId,
        service: &DosServiceId,
        newest: Option<&BookingRecord>,
    ) -> Result<BookedThere, JourneyError> {
        for intent in self.ports.ledger.intents_in(encounter).await? {
            let Intent::Booking(intent) = intent else { continue };
            if intent.order.service.id != *service {
                continue;
            }
            match intent.result {
                None | Some(BookingResult::Unknown(_)) => return Ok(BookedThere::NotKnown(intent.id)),
                Some(BookingResult::SettledByHand(by_hand)) if by_hand.held => {
                    return Ok(BookedThere::ByHand(intent.id));
                }
                Some(BookingResult::Confirmed(_) | BookingResult::NotBooked(_) | BookingResult::SettledByHand(_)) => {}
            }
        }
        let Some(booking) = newest else { return Ok(BookedThere::None) };
        for intent in self.ports.ledger.unfinished().await? {
            let Intent::Cancellation(cancel) = intent else { continue };
            if cancel.order.booking == Some(booking.id) {
                // Its cancellation is out: it may not stand any more (BO-3).
                return Ok(BookedThere::NotKnown(cancel.id));
            }
        }
        Ok(BookedThere::Made(booking.id, booking.word.held.status.clone()))
    }

    async fn record_gate(
        &self,
        who: &SignedIn,
        encounter: EncounterId,
        gate: &ReferralGate,
    ) -> Result<(), JourneyError> {
        let service = gate.service.id.clone();
        let what = match &gate.leave {
            Err(refusal) => AuditAction::ReferralBlocked { service, refusal: *refusal, slots: gate.slots },
            Ok(permit) if permit.booking_required() => match permit.booking() {
                Some(booking) => AuditAction::ReferralReleased { service, booking },
                None => return Ok(()),
            },
            Ok(_) => return Ok(()),
        };
        self.record(who, Some(encounter), what).await
    }

    /// What would be sent, before it is: the gate, the content, what is missing.
    ///
    /// # Errors
    /// [`JourneyError::OutcomeMissing`], and as [`Desk::referral_gate`].
    pub async fn review_referral(
        &self,
        who: &SignedIn,
        encounter: EncounterId,
        to: &ReferTo,
    ) -> Result<ReferralReview, JourneyError> {
        self.require(who, Action::Refer).await?;
        let encounter = self.going_on(encounter).await?;
        let (gate, booking) = self.gate_of(&encounter, to).await?;
        self.record_gate(who, encounter.id, &gate).await?;
        let content = self.referral_content(who, &encounter, &gate, booking.as_ref())?;
        let gate = self.with_copies_that_can_go(gate, &content);
        let missing = self.missing_of(&content, &gate.route);
        let paper = self.ports.referrals.paper(&content, gate.route.primary());
        Ok(ReferralReview { gate, content, paper, missing })
    }

    /// Leaves out copies that cannot be sent for a reason of their own: what the directory says of them is not usable.
    fn with_copies_that_can_go(&self, mut gate: ReferralGate, content: &ReferralContent) -> ReferralGate {
        let of_endpoint = |gap: &ReferralGap| matches!(gap, ReferralGap::Address | ReferralGap::Interaction);
        let can_go = |copy: &ServiceEndpoint| {
            let written = self.ports.referrals.document(content, Some(copy));
            written.map_or_else(|incomplete| !incomplete.0.iter().any(of_endpoint), |_| true)
        };
        let all = gate.route.copies.len();
        gate.route.copies.retain(can_go);
        gate.copies_left_out = all - gate.route.copies.len();
        if gate.copies_left_out > 0 {
            tracing::warn!(encounter = %content.encounter.id, service = %content.service.id, copies = gate.copies_left_out, "copies of a referral have no usable endpoint in the directory");
        }
        gate
    }

    fn missing_of(&self, content: &ReferralContent, route: &Route) -> Vec<ReferralGap> {
        let written = self.ports.referrals.document(content, route.primary());
        written.err().map(|incomplete| incomplete.0).unwrap_or_default()
    }

    fn referral_content(
        &self,
        who: &SignedIn,
        encounter: &Encounter,
        gate: &ReferralGate,
        booking: Option<&BookingRecord>,
    ) -> Result<ReferralContent, JourneyError> {
        let outcome = encounter.outcome().ok_or(JourneyError::OutcomeMissing)?.clone();
        let first_offered = |booking: &BookingRecord| {
            let shown = self.shown();
            let free = shown.slots.of(&(encounter.id, booking.order.service.id.clone()));
            free.is_none_or(|free| free.slots.iter().all(|slot| slot.start >= booking.order.slot.start))
        };
        Ok(ReferralContent {
            // A document that a booking names keeps that name (BK-6).
            document: booking.map_or_else(|| DocumentId(self.ports.clock.new_id()), |booking| booking.order.document),
            set: DocumentId(self.ports.clock.new_id()),
            made: self.now(),
            author: who.user.clone(),
            encounter: encounter.clone(),
            outcome,
            service: gate.service.clone(),
            booking: booking.map(|booking| LinkedBooking {
                booking: booking.id,
                url: booking.word.held.url.clone(),
                slot: booking.order.slot.clone(),
                first_offered: first_offered(booking),
            }),
        })
    }

    /// Refers the patient: the document and the intent of every delivery are on disk before anything leaves; the primary
    /// endpoint first, then every copy. A service that takes none over ITK gets its document by hand, and the copies go all the
    /// same.
    ///
    /// # Errors
    /// [`JourneyError::ReferralBlocked`] (BO-2), [`JourneyError::AlreadyReferred`], [`JourneyError::IncompleteReferral`],
    /// and as [`Desk::review_referral`]. What a receiver did or did not do is never an error: it is in the outcome.
    pub async fn refer(
        &self,
        who: &SignedIn,
        encounter: EncounterId,
        to: &ReferTo,
        waiting: &Waiting,
    ) -> Result<ReferralOutcome, JourneyError> {
        self.require(who, Action::Refer).await?;
        let one_at_a_time = InProgress::begin(self, encounter)?;
        let encounter = self.going_on(encounter).await?;
        let (gate, booking) = self.gate_of(&encounter, to).await?;
        self.record_gate(who, encounter.id, &gate).await?;
        let permit = gate.leave.clone()?;
        self.never_twice(encounter.id, &permit, &gate.service.id).await?;
        let content = self.referral_content(who, &encounter, &gate, booking.as_ref())?;
        let gate = self.with_copies_that_can_go(gate, &content);
        let referral = ReferralRecord { content, permit, route: gate.route.clone(), marks: Vec::new() };
        let intents = self.deliveries(&referral)?;
        let made = self.referral_made(who, &referral, &gate, &intents);
        let all: Vec<Intent> = intents.iter().map(|intent| Intent::Delivery(Box::new(intent.clone()))).collect();
        match self.ports.ledger.begin(&all, Alongside { referral: Some(referral.clone()), ..made }).await {
            // Another desk referred, or called the booking off, after this one had looked.
            Err(RecordFailure::AlreadySettled) => {
                self.never_twice(encounter.id, &referral.permit, &gate.service.id).await?;
                self.gate_of(&encounter, to).await?.0.leave?;
                return Err(RecordFailure::AlreadySettled.into());
            }
            begun => begun?,
        }
        let mut deliveries = Vec::new();
        for intent in intents {
            deliveries.push(self.run_delivery(who, intent, referral::begun(), waiting).await?);
        }
        drop(one_at_a_time);
        Ok(ReferralOutcome { referral, deliveries })
    }

    async fn never_twice(
        &self,
        encounter: EncounterId,
        permit: &ReferralPermit,
        service: &DosServiceId,
    ) -> Result<(), JourneyError> {
        let earlier = self.ports.ledger.referrals_in(encounter).await?;
        let again = |earlier: &ReferralRecord| {
            let same = earlier.content.service.id == *service && earlier.permit.booking() == permit.booking();
            same && !earlier.is_decoupled()
        };
        if earlier.iter().any(again) { Err(JourneyError::AlreadyReferred) } else { Ok(()) }
    }

    fn deliveries(&self, referral: &ReferralRecord) -> Result<Vec<DeliveryIntent>, JourneyError> {
        // By whatever way it goes, it has to be whole.
        self.document_for(&referral.content, referral.route.primary())?;
        referral.route.receivers().map(|endpoint| self.delivery(referral, endpoint)).collect()
    }

    fn delivery(&self, referral: &ReferralRecord, endpoint: &ServiceEndpoint) -> Result<DeliveryIntent, JourneyError> {
        let content = self.document_for(&referral.content, Some(endpoint))?;
        let order = ReferralOrder {
            request: RequestId(self.ports.clock.new_id()),
            ordered: self.now(),
            permit: referral.permit.clone(),
            content: referral.content.clone(),
            endpoint: endpoint.clone(),
        };
        Ok(DeliveryIntent { id: IntentId(self.ports.clock.new_id()), order, content, result: None, result_at: None })
    }

    fn document_for(&self, content: &ReferralContent, to: Option<&ServiceEndpoint>) -> Result<String, JourneyError> {
        let document = self.ports.referrals.document(content, to);
        document.map_err(|incomplete| JourneyError::IncompleteReferral(incomplete.0))
    }

    fn referral_made(
        &self,
        who: &SignedIn,
        referral: &ReferralRecord,
        gate: &ReferralGate,
        intents: &[DeliveryIntent],
    ) -> Alongside {
        let encounter = Some(referral.content.encounter.id);
        let (document, service) = (referral.content.document, referral.content.service.id.clone());
        let made = AuditAction::ReferralMade {
            document,
            service: service.clone(),
            booking: referral.permit.booking(),
            route: referral.route.way.word().to_owned(),
            slots: gate.slots,
        };
        let mut events = vec![self.event(Some(who), encounter, made)];
        events.extend(intents.iter().map(|intent| {
            let (service, request) = (service.clone(), intent.order.request);
            let copy = intent.order.endpoint.is_copy();
            let what = AuditAction::ReferralIntended { intent: intent.id, request, document, service, copy };
            self.event(Some(who), encounter, what)
        }));
        Alongside::events(events)
    }

    /// Carries out the machine's effects until it has settled.
    pub(crate) async fn run_delivery(
        &self,
        who: &SignedIn,
        intent: DeliveryIntent,
        (mut state, first): (DeliveryState, DeliveryEffect),
        waiting: &Waiting,
    ) -> Result<DeliveryIntent, JourneyError> {
        let mut effect = Some(first);
        let mut tries = 0;
        while let Some(next) = effect {
            let event = match next {
                DeliveryEffect::Send => {
                    tries += 1;
                    waiting.tell(BookingStage::Sending { attempt: tries });
                    DeliveryEvent::Sent(self.ports.referrals.send(&intent.order, &intent.content).await)
                }
                DeliveryEffect::Pause(length) => {
                    if waiting.pause_stopped(length).await {
                        DeliveryEvent::StopAsked
                    } else {
                        DeliveryEvent::PauseOver
                    }
                }
                DeliveryEffect::StoreResult(result) => {
                    self.store_delivery(who, &intent, &result, tries).await;
                    return Ok(DeliveryIntent { result: Some(result), result_at: Some(self.now()), ..intent });
                }
            };
            (state, effect) =
                referral::step(state, event).map_err(|defect| JourneyError::Defect(defect.to_string()))?;
        }
        Err(JourneyError::Defect(format!("a delivery stopped in {state:?}")))
    }

    async fn store_delivery(&self, who: &SignedIn, intent: &DeliveryIntent, result: &DeliveryResult, tries: u32) {
        let failure = match result {
            DeliveryResult::NotAccepted(failure) | DeliveryResult::Unknown(failure) => Some(failure.to_string()),
            DeliveryResult::Accepted(_) | DeliveryResult::SettledByHand { .. } => None,
        };
        let what = AuditAction::ReferralSettled {
            intent: intent.id,
            request: intent.order.request,
            result: result.word().to_owned(),
            failure,
            tries,
        };
        let event = self.event(Some(who), Some(intent.order.content.encounter.id), what);
        let settlement = Settlement::Delivery(result.clone());
        let written = self.ports.ledger.finish(intent.id, &settlement, Alongside::events(vec![event])).await;
        if let Err(failure) = written {
            tracing::error!(encounter = %intent.order.content.encounter.id, reference = intent.order.request.reference(), intent = %intent.id, %failure, "the result of a delivery could not be written");
        }
    }

    /// The referrals of an encounter with their deliveries, newest first.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn referrals_in(
        &self,
        who: &SignedIn,
        encounter: EncounterId,
    ) -> Result<Vec<ReferralOutcome>, JourneyError> {
        self.require(who, Action::SeeBookings).await?;
        let intents = self.ports.ledger.intents_in(encounter).await?;
        let mut all: Vec<DeliveryIntent> = intents
            .into_iter()
            .filter_map(|intent| match intent {
                Intent::Delivery(intent) => Some(*intent),
                Intent::Booking(_) | Intent::Cancellation(_) => None,
            })
            .collect();
        all.sort_by_key(|intent| (intent.order.endpoint.is_copy(), intent.order.ordered));
        let referrals = self.ports.ledger.referrals_in(encounter).await?;
        let with_deliveries = |referral: ReferralRecord| {
            let is_of = |intent: &&DeliveryIntent| intent.order.content.document == referral.content.document;
            let deliveries = all.iter().filter(is_of).cloned().collect();
            ReferralOutcome { referral, deliveries }
        };
        Ok(referrals.into_iter().map(with_deliveries).collect())
    }

    /// The document of a referral as it was or is to be sent, and the same as a page; that it was seen, or saved to be sent
    /// by hand, is recorded.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`], [`JourneyError::IncompleteReferral`].
    pub async fn referral_document(
        &self,
        who: &SignedIn,
        document: DocumentId,
        to_save: bool,
    ) -> Result<ReferralPapers, JourneyError> {
        self.require(who, Action::SeeBookings).await?;
        let referral = self.ports.ledger.referral(document).await?;
        let encounter = referral.content.encounter.id;
        let (content, to) = (&referral.content, referral.route.primary());
        // Settings may have changed since it was sent: what was sent stands with the order to send it.
        let sent = self.ports.ledger.intents_in(encounter).await?.into_iter().find_map(|intent| match intent {
            Intent::Delivery(one) if one.order.content.document == document && Some(&one.order.endpoint) == to => {
                Some(one.content)
            }
            Intent::Delivery(_) | Intent::Booking(_) | Intent::Cancellation(_) => None,
        });
        let text = sent.map_or_else(|| self.document_for(content, to), Ok)?;
        let page = self.ports.referrals.page(content, to);
        let page = page.map_err(|incomplete| JourneyError::IncompleteReferral(incomplete.0))?;
        let paper = self.ports.referrals.paper(content, to);
        let what =
            if to_save { AuditAction::ReferralSaved { document } } else { AuditAction::ReferralSeen { document } };
        self.record(who, Some(encounter), what).await?;
        Ok(ReferralPapers { referral, document: text, paper, page })
    }

    /// Records that a referral was sent another way, by hand.
    ///
    /// # Errors
    /// [`JourneyError::ReasonNeeded`], [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn referral_sent_by_hand(
        &self,
        who: &SignedIn,
        document: DocumentId,
        note: Personal<String>,
    ) -> Result<(), JourneyError> {
        let what = AuditAction::ReferralSentByHand { document, note: note.clone() };
        self.mark_referral(who, document, (ReferralMarked::SentByHand { note: note.clone() }, what), &note).await
    }

    /// Records that a provider was told by telephone that a referral is none any more (CA-5).
    ///
    /// # Errors
    /// [`JourneyError::ReasonNeeded`], [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn provider_told(
        &self,
        who: &SignedIn,
        document: DocumentId,
        note: Personal<String>,
    ) -> Result<(), JourneyError> {
        let what = AuditAction::ProviderTold { document, note: note.clone() };
        self.mark_referral(who, document, (ReferralMarked::ProviderTold { note: note.clone() }, what), &note).await
    }

    async fn mark_referral(
        &self,
        who: &SignedIn,
        document: DocumentId,
        (marked, what): (ReferralMarked, AuditAction),
        note: &Personal<String>,
    ) -> Result<(), JourneyError> {
        self.require(who, Action::SettleUnfinished).await?;
        if note.reveal().trim().is_empty() {
            return Err(JourneyError::ReasonNeeded);
        }
        let referral = self.ports.ledger.referral(document).await?;
        let event = self.event(Some(who), Some(referral.content.encounter.id), what);
        let mark = Some((document, self.mark(who, marked)));
        Ok(self.ports.ledger.note(Alongside { mark, events: vec![event], ..Alongside::default() }).await?)
    }
}
