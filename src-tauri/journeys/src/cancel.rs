//! Cancelling a booking (CA): read it from its provider, show it, have it confirmed, and only then ask for its end. The
//! runner of the state machine in [`desk_domain::cancel`]; there is no other way to cancel.

use desk_domain::audit::{AuditAction, AuditEvent};
use desk_domain::booking::{AppointmentStatus, HeldBooking, ProviderWord};
use desk_domain::cancel::{
    self, CancelEffect, CancelEvent, CancelRefusal, CancelResult, CancelState, InformedHow, Leaves, NotCancelled,
    ReadBack, WholeAppointment, Whose,
};
use desk_domain::failure::{ProviderFailure, RecordFailure, Refusal};
use desk_domain::id::{BookingId, DosServiceId, EncounterId, IntentId, RebookId, RequestId};
use desk_domain::personal::Personal;
use desk_domain::rebook::{RebookEvent, RebookState};
use desk_domain::user::Action;

use chrono::{DateTime, Utc};

use crate::book::{BookingStage, InProgress, Waiting};
use crate::desk::{Desk, SignedIn};
use crate::error::JourneyError;
use crate::ports::{
    Alongside, Asking, BookingNote, CancelIntent, CancelOrder, Intent, KnownBooking, Noted, RebookRecord, ReferralMark,
    ReferralMarked, ReferralRecord, Settlement,
};
use crate::rebook::is_same_person;

/// A booking as its provider has it, as it was shown to the user (CA-2).
#[derive(Debug, Clone)]
pub struct BookingShown {
    /// In which encounter it was shown.
    pub encounter: EncounterId,
    /// Where it is.
    pub known: KnownBooking,
    /// What the provider holds.
    pub appointment: WholeAppointment,
    /// Whether it is the patient's that it is looked at for.
    pub whose: Whose,
    /// When it was read (UTC).
    pub read: DateTime<Utc>,
    /// The open rebooking of which it was the original or the new booking, when it was read.
    pub rebook: Option<RebookId>,
    /// As it was shown in this encounter last, where the provider has changed it since (CA-3).
    pub before: Option<Box<WholeAppointment>>,
}

/// A cancellation, as the user confirmed it.
#[derive(Debug, Clone)]
pub struct CancelConfirmed {
    /// The booking's absolute URL, among those shown.
    pub url: String,
    /// The version that was shown.
    pub version: String,
    /// Which identifiers were read back to the patient, and fit.
    pub read_back: ReadBackToPatient,
    /// Why it is cancelled.
    pub reason: Personal<String>,
    /// The rebooking that it is a part of.
    pub rebook: Option<RebookId>,
}

/// What a cancellation is to a rebooking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// It ends the original, once the new booking is there.
    Original,
    /// It ends the new booking again.
    New,
    /// It ends the original, and nothing new was booked.
    Alone,
}

impl Part {
    const fn begins(self, cancel: IntentId) -> RebookEvent {
        match self {
            Self::Original => RebookEvent::CancelBegins(cancel),
            Self::New => RebookEvent::NewCancelBegins(cancel),
            Self::Alone => RebookEvent::Left,
        }
    }
}

/// The identifiers that make sure of the right patient and the right booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadBackToPatient {
    /// Name.
    pub name: bool,
    /// Date of birth.
    pub birth_date: bool,
    /// NHS number, or the address where there is none.
    pub number_or_address: bool,
}

impl ReadBackToPatient {
    const fn is_complete(self) -> bool {
        self.name && self.birth_date && self.number_or_address
    }
}

/// What came of a cancellation.
#[derive(Debug, Clone)]
pub struct CancelOutcome {
    /// The intent.
    pub intent: IntentId,
    /// The order.
    pub order: CancelOrder,
    /// The result.
    pub result: CancelResult,
    /// The referral that was decoupled by it (CA-5).
    pub decoupled: Option<ReferralRecord>,
    /// False where the result could not be written: it will be found as unfinished work at the next start.
    pub recorded: bool,
}

impl CancelOutcome {
    /// Whether the provider had changed the booking since it was shown: it is to be read, shown and confirmed again (CA-3).
    #[must_use]
    pub fn was_changed_meanwhile(&self) -> bool {
        self.result == CancelResult::NotCancelled(NotCancelled::Refused(CancelRefusal::Changed))
    }
}

impl Desk {
    /// A booking of this desk's record, as something to look for at its provider.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn known_booking(
        &self,
        who: &SignedIn,
        id: BookingId,
    ) -> Result<(EncounterId, KnownBooking), JourneyError> {
        self.require(who, Action::SeeBookings).await?;
        let booking = self.ports.ledger.booking(id).await?;
        let known = KnownBooking {
            url: booking.word.held.url.clone(),
            appointment_id: booking.word.held.appointment_id.clone(),
            provider: booking.order.provider.clone(),
            booking: Some(booking.id),
            service: Some(booking.order.service.clone()),
            start: Some(booking.order.slot.start),
            place: booking.order.slot.place.clone(),
            patient: booking.order.patient.clone(),
        };
        Ok((booking.order.encounter, known))
    }

    /// Reads a booking from its provider, to be shown and confirmed (CA-2). Whose it is, is on the record.
    ///
    /// # Errors
    /// [`JourneyError::BookingNotFound`], [`JourneyError::Provider`], [`JourneyError::NotPermitted`],
    /// [`JourneyError::Record`].
    pub async fn read_booking(
        &self,
        who: &SignedIn,
        encounter: EncounterId,
        known: KnownBooking,
    ) -> Result<BookingShown, JourneyError> {
        self.require(who, Action::SeeBookings).await?;
        let (known, by_record) = self.looked_at_for(encounter, known).await?;
        let service = known.service.as_ref().map(|service| service.id.clone());
        let asking = self.asking_of(who, encounter, service);
        let request = asking.request;
        let asked = self.now();
        let read = self.ports.provider.read_whole(&asking, &known.provider, &known.appointment_id).await;
        let whose = read.as_ref().ok().map(|appointment| match appointment.patient.is(&known.patient) {
            // What an appointment of our own does not say, our record does.
            Whose::NotSaid if by_record => Whose::Theirs,
            whose @ (Whose::Theirs | Whose::SomebodyElses | Whose::NotSaid) => whose,
        });
        let what = AuditAction::BookingRead {
            url: known.url.clone(),
            booking: known.booking,
            request,
            version: read.as_ref().ok().map(|appointment| appointment.held.version.clone()),
            status: read.as_ref().ok().map(|appointment| appointment.held.status.clone()),
            whose,
            failure: read.as_ref().err().map(ToString::to_string),
        };
        let alongside = Alongside::events(vec![self.event(Some(who), Some(encounter), what)]);
        let alongside = match &read {
            Ok(appointment) => {
                let found = (known.url.as_str(), known.booking, (&appointment.held, asked));
                self.with_what_follows_from_a_word(who, encounter, found, alongside).await?
            }
            Err(_) => alongside,
        };
        let rebook = self.open_rebook_with(&known).await?;
        self.ports.ledger.note(alongside).await?;
        let appointment = read.map_err(|failure| not_read(failure, request))?;
        let whose = whose.unwrap_or(Whose::NotSaid);
        let before = self.as_shown_before(encounter, &known.url, &appointment);
        let shown = BookingShown { encounter, known, appointment, whose, read: self.now(), rebook, before };
        self.shown().appointments.insert(shown.known.url.clone(), shown.clone());
        Ok(shown)
    }

    /// As a booking was shown in an encounter last, where that was another version of it.
    pub(crate) fn as_shown_before(
        &self,
        encounter: EncounterId,
        url: &str,
        now: &WholeAppointment,
    ) -> Option<Box<WholeAppointment>> {
        let shown = self.shown();
        let before = shown.appointments.get(url).filter(|before| before.encounter == encounter)?;
        (before.appointment.held.version != now.held.version).then(|| Box::new(before.appointment.clone()))
    }

    /// In another encounter than the one that made it, a booking is looked at for that encounter's patient (CA-2). With
    /// whether the desk's own record says that it is theirs.
    async fn looked_at_for(
        &self,
        encounter: EncounterId,
        known: KnownBooking,
    ) -> Result<(KnownBooking, bool), JourneyError> {
        let Some(booking) = known.booking else {
            let patient = self.ports.encounters.load(encounter).await?.patient;
            return Ok((KnownBooking { patient, ..known }, false));
        };
        let order = self.ports.ledger.booking(booking).await?.order;
        if order.encounter == encounter {
            return Ok((known, true));
        }
        let patient = self.ports.encounters.load(encounter).await?.patient;
        let by_record = is_same_person(&order.patient, &patient);
        Ok((KnownBooking { patient, ..known }, by_record))
    }

    /// The open rebooking of which a booking is the original or the new one.
    pub(crate) async fn open_rebook_with(&self, known: &KnownBooking) -> Result<Option<RebookId>, RecordFailure> {
        let open = self.ports.ledger.open_rebooks().await?;
        let with = |rebook: &&RebookRecord| rebook.original.url == known.url || rebook.has_new(known.booking);
        Ok(open.iter().find(with).map(|rebook| rebook.id))
    }

    /// A booking that was shown.
    pub(crate) fn booking_shown(&self, url: &str) -> Result<BookingShown, JourneyError> {
        self.shown().appointments.get(url).cloned().ok_or(JourneyError::ShownTooLongAgo)
    }

    /// Cancels a booking that was shown and confirmed.
    ///
    /// # Errors
    /// Why nothing was sent: role, not shown, another patient's, not confirmed, cancelled already, the record. What the
    /// provider did or did not do is never an error: it is the [`CancelOutcome`].
    pub async fn cancel(
        &self,
        who: &SignedIn,
        confirmed: CancelConfirmed,
        waiting: &Waiting,
    ) -> Result<CancelOutcome, JourneyError> {
        self.require(who, Action::Cancel).await?;
        let shown = self.booking_shown(&confirmed.url)?;
        if let Some(refusal) = self.refused_here(&shown, &confirmed) {
            let what = AuditAction::CancelRefusedHere { url: confirmed.url.clone(), refusal: refusal.to_string() };
            self.record(who, Some(shown.encounter), what).await?;
            return Err(refusal);
        }
        let one_at_a_time = InProgress::begin(self, shown.encounter)?;
        let part = self.part_of_rebook(&shown, confirmed.rebook).await?;
        let content = self.ports.provider.cancelled_content(&shown.appointment);
        let content = content.map_err(|invalid| JourneyError::InvalidOrder(invalid.0))?;
        let order = CancelOrder {
            request: RequestId(self.ports.clock.new_id()),
            ordered: self.now(),
            user: who.user.clone(),
            encounter: shown.encounter,
            booking: shown.known.booking,
            rebook: part.filter(|(_, part)| *part == Part::Original).map(|(rebook, _)| rebook),
            patient: shown.known.patient.clone(),
            service: shown.known.service.clone(),
            provider: shown.known.provider.clone(),
            shown: HeldBooking { url: shown.known.url.clone(), ..shown.appointment.held.clone() },
            start: shown.appointment.start.or(shown.known.start),
            reason: confirmed.reason,
        };
        let id = IntentId(self.ports.clock.new_id());
        let intent = CancelIntent { id, order, content, result: None, result_at: None };
        let step = part.map(|(rebook, part)| (rebook, part.begins(id)));
        let outcome = self.run_cancel(who, (&intent, step), cancel::begin(), waiting).await;
        drop(one_at_a_time);
        // What was shown is older than what was done; kept where it is to be compared with what is read next.
        if !outcome.as_ref().is_ok_and(|outcome| outcome.was_changed_meanwhile()) {
            self.shown().appointments.remove(&shown.known.url);
        }
        outcome
    }

    fn refused_here(&self, shown: &BookingShown, confirmed: &CancelConfirmed) -> Option<JourneyError> {
        if shown.whose != Whose::Theirs {
            return Some(JourneyError::AnotherPatients);
        }
        if shown.appointment.held.status == AppointmentStatus::Cancelled {
            return Some(JourneyError::CannotCancel(CancelRefusal::AlreadyCancelled));
        }
        if shown.appointment.held.version != confirmed.version {
            return Some(JourneyError::CannotCancel(CancelRefusal::Changed));
        }
        if !confirmed.read_back.is_complete() {
            return Some(JourneyError::NotReadBack);
        }
        confirmed.reason.reveal().trim().is_empty().then_some(JourneyError::ReasonNeeded)
    }

    /// What a cancellation is to an open rebooking, however the user came to it: the new booking comes first (RB-3), and
    /// of the two bookings one alone is cancelled.
    async fn part_of_rebook(
        &self,
        shown: &BookingShown,
        named: Option<RebookId>,
    ) -> Result<Option<(RebookId, Part)>, JourneyError> {
        let open = self.ports.ledger.open_rebooks().await?;
        let as_original = open.iter().find(|rebook| rebook.original.url == shown.known.url);
        let of_this = as_original.or_else(|| open.iter().find(|rebook| rebook.has_new(shown.known.booking)));
        if shown.rebook.is_some_and(|rebook| of_this.is_none_or(|now| now.id != rebook)) {
            // It has ended since: this booking may be all that the patient holds now.
            return Err(JourneyError::RebookElsewhere);
        }
        let Some(rebook) = of_this else {
            return if named.is_some() { Err(JourneyError::RebookElsewhere) } else { Ok(None) };
        };
        match (&rebook.state, as_original.is_some()) {
            (RebookState::Booking(_) | RebookState::Cancelling { .. } | RebookState::CancellingNew { .. }, _) => {
                Err(JourneyError::EarlierNotSettled)
            }
            (RebookState::NewBooked(_) | RebookState::HoldsTwo(_), true) => Ok(Some((rebook.id, Part::Original))),
            (RebookState::NewBooked(_) | RebookState::HoldsTwo(_), false) if named.is_none() => {
                Ok(Some((rebook.id, Part::New)))
            }
            // Nothing new was booked: the user cancels the original on purpose, and the rebooking is over.
            (RebookState::Began, true) if named.is_none() => Ok(Some((rebook.id, Part::Alone))),
            (
                RebookState::Began | RebookState::NewBooked(_) | RebookState::HoldsTwo(_) | RebookState::Settled(_),
                _,
            ) => Err(JourneyError::RebookElsewhere),
        }
    }

    /// Carries out the machine's effects until it has settled. A cancellation begins with the step of a rebooking that it
    /// is, in one transaction: no other desk takes one meanwhile.
    pub(crate) async fn run_cancel(
        &self,
        who: &SignedIn,
        (intent, begins): (&CancelIntent, Option<(RebookId, RebookEvent)>),
        (mut state, first): (CancelState, CancelEffect),
        waiting: &Waiting,
    ) -> Result<CancelOutcome, JourneyError> {
        let mut effect = Some(first);
        let mut tries = 0;
        let order = &intent.order;
        while let Some(next) = effect {
            let event = match next {
                CancelEffect::StoreIntent => self.store_cancel_intent(who, intent, begins.clone()).await,
                CancelEffect::PutCancelled => {
                    tries += 1;
                    waiting.tell(BookingStage::Sending { attempt: tries });
                    let asking = Asking { request: order.request, ..self.asking_about(who, order) };
                    CancelEvent::Put(self.ports.provider.cancel(&asking, order, &intent.content).await)
                }
                CancelEffect::Pause(length) => {
                    if let CancelState::Pausing(_, failure) = &state {
                        let (failure, next_attempt) = (failure.clone(), tries + 1);
                        waiting.tell(BookingStage::Pausing { failure, length, next_attempt });
                    }
                    if waiting.pause_stopped(length).await { CancelEvent::StopAsked } else { CancelEvent::PauseOver }
                }
                CancelEffect::ReadBooking => {
                    waiting.tell(BookingStage::AskingWhatIsHeld);
                    let asking = self.asking_about(who, order);
                    let read = self.ports.provider.read(&asking, &order.provider, &order.shown.appointment_id).await;
                    CancelEvent::Read(read.map_or_else(ReadBack::CannotTell, ReadBack::Held))
                }
                CancelEffect::StoreResult(result) => {
                    return Ok(self.store_cancel_result(who, intent, result, tries).await);
                }
            };
            (state, effect) = cancel::step(state, event, &order.shown.version)
                .map_err(|defect| JourneyError::Defect(defect.to_string()))?;
        }
        match state {
            CancelState::Settled(result) => {
                let order = intent.order.clone();
                Ok(CancelOutcome { intent: intent.id, order, result, decoupled: None, recorded: false })
            }
            CancelState::Prepared | CancelState::Sending(_) | CancelState::Pausing(..) | CancelState::Reading(..) => {
                Err(JourneyError::Defect(format!("a cancellation stopped in {state:?}")))
            }
        }
    }

    async fn store_cancel_intent(
        &self,
        who: &SignedIn,
        intent: &CancelIntent,
        begins: Option<(RebookId, RebookEvent)>,
    ) -> CancelEvent {
        let order = &intent.order;
        let what = AuditAction::CancelIntended {
            intent: intent.id,
            request: order.request,
            url: order.shown.url.clone(),
            version: order.shown.version.clone(),
            booking: order.booking,
            rebook: order.rebook,
            reason: order.reason.clone(),
        };
        let events = vec![self.event(Some(who), Some(order.encounter), what)];
        let written = [Intent::Cancellation(Box::new(intent.clone()))];
        let begun = async {
            let alongside = match begins {
                Some((rebook, step)) => self.with_step(who, Some(rebook), step, Alongside::events(events)).await?,
                None => Alongside::events(events),
            };
            self.ports.ledger.begin(&written, alongside).await
        };
        match begun.await {
            Ok(()) => CancelEvent::IntentStored,
            Err(failure) => {
                tracing::error!(encounter = %intent.order.encounter, reference = intent.order.request.reference(), intent = %intent.id, %failure, "the intent could not be written; nothing is sent");
                CancelEvent::IntentNotStored
            }
        }
    }

    async fn store_cancel_result(
        &self,
        who: &SignedIn,
        intent: &CancelIntent,
        result: CancelResult,
        tries: u32,
    ) -> CancelOutcome {
        let order = &intent.order;
        let what = AuditAction::CancelSettled {
            intent: intent.id,
            request: order.request,
            url: order.shown.url.clone(),
            booking: order.booking,
            result: result.kind(),
            failure: cancel_failure_words(&result),
            tries,
        };
        let events = vec![self.event(Some(who), Some(order.encounter), what)];
        let written = self.settle_cancel(who, intent, &result, events).await;
        if let Err(failure) = &written {
            tracing::error!(encounter = %intent.order.encounter, reference = intent.order.request.reference(), intent = %intent.id, %failure, "the result of a cancellation could not be written");
        }
        let (order, recorded) = (order.clone(), written.is_ok());
        CancelOutcome { intent: intent.id, order, result, decoupled: written.unwrap_or_default(), recorded }
    }

    /// Writes a result with everything that follows from it, in one transaction: the provider's word, the referral that is
    /// none any more (CA-5), the step of the rebooking. With the referral that was decoupled by it.
    pub(crate) async fn settle_cancel(
        &self,
        who: &SignedIn,
        intent: &CancelIntent,
        result: &CancelResult,
        events: Vec<AuditEvent>,
    ) -> Result<Option<ReferralRecord>, RecordFailure> {
        let order = &intent.order;
        let gone = gone(order, result);
        let word = gone.as_ref().and_then(|held| self.word_of(order.booking, held));
        let alongside = Alongside { word, ..Alongside::events(events) };
        let (alongside, decoupled) = match &gone {
            Some(held) => self.decoupling(who, order.encounter, (order.booking, held), alongside).await?,
            None => (alongside, None),
        };
        let step = self.step_by_which_it_ends(intent, result, gone.is_some()).await?;
        let alongside = match step {
            Some((rebook, step)) => self.with_step_if_it_can(who, Some(rebook), step, alongside).await?,
            None => alongside,
        };
        self.ports.ledger.finish(intent.id, &Settlement::Cancellation(result.clone()), alongside).await?;
        Ok(decoupled)
    }

    /// The step that a rebooking takes by what came of a cancellation.
    async fn step_by_which_it_ends(
        &self,
        intent: &CancelIntent,
        result: &CancelResult,
        gone: bool,
    ) -> Result<Option<(RebookId, RebookEvent)>, RecordFailure> {
        let order = &intent.order;
        if let Some(rebook) = order.rebook {
            return Ok(Some((rebook, after_cancel(result, false))));
        }
        let open = self.ports.ledger.open_rebooks().await?;
        let of_this = |rebook: &&RebookRecord| matches!(rebook.state, RebookState::CancellingNew { cancel, .. } if cancel == intent.id);
        if let Some(rebook) = open.iter().find(of_this) {
            return Ok(Some((rebook.id, after_cancel(result, true))));
        }
        Ok(gone.then(|| step_after_the_end_of(&open, &order.shown.url, order.booking)).flatten())
    }

    /// What a provider said of a booking, with everything that follows from it where it does not stand any more: whoever
    /// ended it, its referral is none (CA-5), and a rebooking of it goes on.
    pub(crate) async fn with_what_follows_from_a_word(
        &self,
        who: &SignedIn,
        encounter: EncounterId,
        (url, booking, (held, asked)): (&str, Option<BookingId>, (&HeldBooking, DateTime<Utc>)),
        alongside: Alongside,
    ) -> Result<Alongside, RecordFailure> {
        // As old as the question: what another desk brought about since is not undone by the answer.
        let word = booking.map(|booking| (booking, ProviderWord { held: held.clone(), as_of: asked }));
        let alongside = Alongside { word, ..alongside };
        if !held.status.is_called_off() {
            return Ok(alongside);
        }
        let (alongside, _) = self.decoupling(who, encounter, (booking, held), alongside).await?;
        match step_after_the_end_of(&self.ports.ledger.open_rebooks().await?, url, booking) {
            Some((rebook, step)) => self.with_step_if_it_can(who, Some(rebook), step, alongside).await,
            None => Ok(alongside),
        }
    }

    /// The referral that is linked with a booking that does not stand any more is none from now on (CA-5).
    async fn decoupling(
        &self,
        who: &SignedIn,
        encounter: EncounterId,
        (booking, held): (Option<BookingId>, &HeldBooking),
        mut alongside: Alongside,
    ) -> Result<(Alongside, Option<ReferralRecord>), RecordFailure> {
        let Some(booking) = booking else { return Ok((alongside, None)) };
        let mut referral = self.ports.ledger.referral_of(booking).await?.filter(|referral| !referral.is_decoupled());
        if let Some(referral) = &mut referral {
            let (document, version) = (referral.content.document, held.version.clone());
            let what = AuditAction::ReferralDecoupled { document, booking, version: version.clone() };
            alongside.events.push(self.event(Some(who), Some(encounter), what));
            let mark = self.mark(who, ReferralMarked::Decoupled { booking, version });
            referral.marks.push(mark.clone());
            alongside.mark = Some((document, mark));
        }
        Ok((alongside, referral))
    }

    pub(crate) fn mark(&self, who: &SignedIn, what: ReferralMarked) -> ReferralMark {
        ReferralMark { at: self.now(), by: who.user.id, by_name: who.user.name.displayed(), what }
    }

    fn word_of(&self, booking: Option<BookingId>, held: &HeldBooking) -> Option<(BookingId, ProviderWord)> {
        booking.map(|booking| (booking, ProviderWord { held: held.clone(), as_of: self.now() }))
    }

    pub(crate) fn asking_of(&self, who: &SignedIn, encounter: EncounterId, service: Option<DosServiceId>) -> Asking {
        let request = RequestId(self.ports.clock.new_id());
        Asking { user: who.user.clone(), encounter, service, request, background: false }
    }

    fn asking_about(&self, who: &SignedIn, order: &CancelOrder) -> Asking {
        self.asking_of(who, order.encounter, order.service.as_ref().map(|service| service.id.clone()))
    }

    /// Records that the patient was told of a change, by whom and how (CA-6).
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn record_informed(
        &self,
        who: &SignedIn,
        encounter: EncounterId,
        url: &str,
        (how, informed): (InformedHow, DateTime<Utc>),
        note: Personal<String>,
    ) -> Result<(), JourneyError> {
        self.require(who, Action::SeeBookings).await?;
        let what = AuditAction::PatientInformed {
            url: url.to_owned(),
            how: how.words().to_owned(),
            informed,
            note: note.clone(),
        };
        let event = self.event(Some(who), Some(encounter), what);
        let note = self.note_of(who, url, Noted::PatientInformed { how, informed, note });
        Ok(self.ports.ledger.note(Alongside { note: Some(note), events: vec![event], ..Alongside::default() }).await?)
    }

    pub(crate) fn note_of(&self, who: &SignedIn, url: &str, what: Noted) -> BookingNote {
        let (by, by_name) = (who.user.id, who.user.name.displayed());
        BookingNote { url: url.to_owned(), at: self.now(), by, by_name, what }
    }
}

/// Why a booking could not be read: that it is not there is no failure of a service's.
pub(crate) fn not_read(failure: ProviderFailure, request: RequestId) -> JourneyError {
    if failure == ProviderFailure::Refused(Refusal::NotFound) {
        return JourneyError::BookingNotFound { request };
    }
    JourneyError::Provider { failure, request }
}

/// The booking as it does not stand any more, where the result says so.
fn gone(order: &CancelOrder, result: &CancelResult) -> Option<HeldBooking> {
    match (result, result.leaves()) {
        (CancelResult::Cancelled(held) | CancelResult::NotCancelled(NotCancelled::ByOthers(held)), _) => {
            Some(held.clone())
        }
        // The provider said that it is gone, and could not be read, or a person was told: the version is not known.
        (_, Leaves::Nothing) => Some(HeldBooking { status: AppointmentStatus::Cancelled, ..order.shown.clone() }),
        (_, Leaves::Standing | Leaves::NotKnown) => None,
    }
}

/// What the result of a cancellation is to a rebooking: of its original, or of its new booking.
const fn after_cancel(result: &CancelResult, of_new: bool) -> RebookEvent {
    match (result.leaves(), of_new) {
        (Leaves::Nothing, false) => RebookEvent::OriginalGone,
        (Leaves::Nothing, true) => RebookEvent::NewGone,
        (Leaves::Standing, false) => RebookEvent::OriginalNotCancelled,
        (Leaves::Standing, true) => RebookEvent::NewNotCancelled,
        (Leaves::NotKnown, false) => RebookEvent::OriginalInDoubt,
        (Leaves::NotKnown, true) => RebookEvent::NewCancelInDoubt,
    }
}

/// The step of the rebooking whose original or new booking does not stand any more, where no cancellation of it is out: the
/// result of that one tells it.
fn step_after_the_end_of(
    open: &[RebookRecord],
    url: &str,
    booking: Option<BookingId>,
) -> Option<(RebookId, RebookEvent)> {
    open.iter().filter(|rebook| rebook.state.waits_on_two()).find_map(|rebook| match rebook.original.url == url {
        true => Some((rebook.id, RebookEvent::OriginalGone)),
        false => rebook.has_new(booking).then_some((rebook.id, RebookEvent::NewGone)),
    })
}

fn cancel_failure_words(result: &CancelResult) -> Option<String> {
    match result {
        CancelResult::Cancelled(_) | CancelResult::SettledByHand(_) => None,
        CancelResult::NotCancelled(NotCancelled::NothingSent) => Some("the intent could not be written".to_owned()),
        CancelResult::NotCancelled(NotCancelled::Refused(refusal)) => Some(refusal.to_string()),
        CancelResult::NotCancelled(NotCancelled::ByOthers(held)) => {
            Some(format!("{}; read, as version {}", CancelRefusal::AlreadyCancelled, held.version))
        }
        CancelResult::NotCancelled(NotCancelled::Failure(failure)) | CancelResult::Unknown(failure) => {
            Some(failure.to_string())
        }
        CancelResult::NotCancelled(NotCancelled::StillHeld(failure)) => Some(format!("{failure}; read, and it stands")),
    }
}
