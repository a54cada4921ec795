//! A desk over the demonstration NHS with a hand on every port: calls are counted, and at any one of them the desk can be
//! stopped, its record fail, the other side's answer be another, or another desk take its turn. Underneath are the real
//! adapters, sockets and files.

use std::collections::{HashSet, VecDeque};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::NaiveDate;
use demo_nhs::DemoOptions;
use desk_composition::clock::SystemClock;
use desk_composition::config::Config;
use desk_contract::outcome::OutcomeInput;
use desk_domain::audit::{AuditEvent, AuditFilter, Workplace};
use desk_domain::booking::{Held, HeldBooking, Posted};
use desk_domain::cancel::{Put, WholeAppointment};
use desk_domain::chain::Seal;
use desk_domain::encounter::{Consent, Encounter, Responses};
use desk_domain::failure::{ProviderFailure, RecordFailure};
use desk_domain::id::{
    BookingId, DocumentId, DosServiceId, EncounterId, IntentId, NhsNumber, OdsCode, RebookId, Username,
};
use desk_domain::paper::Paper;
use desk_domain::personal::Personal;
use desk_domain::referral::{DeliveryFailure, Sent};
use desk_domain::service::ServiceEndpoint;
use desk_domain::slot::{FreeSlots, SlotWindow};
use desk_journeys::book::{BookingOutcome, SlotOrder};
use desk_journeys::cancel::{BookingShown, CancelConfirmed, CancelOutcome, ReadBackToPatient};
use desk_journeys::ports::*;
use desk_journeys::{Desk, JourneyError, Ports, SignedIn};
use desk_nhs::NhsAdapters;
use desk_store::Store;
use desk_tests::desk::{DeskUnderTest, record_key, service_id, unlock};
use serde_json::{Value, json};
use tokio::sync::{Notify, watch};

/// A plain service that takes bookings, and another at the same provider.
pub(crate) const PLAIN: &str = "111001";
/// Another plain service.
pub(crate) const OTHER: &str = "111002";
/// A service that sees nobody without a booking.
pub(crate) const BOOKING_ONLY: &str = "111003";
/// A service that sees nobody without a booking, and is full.
pub(crate) const BOOKING_ONLY_FULL: &str = "111004";

/// What is to happen at a call of a port, counted from 1.
#[derive(Debug, Clone)]
pub(crate) enum Plan {
    /// Nothing.
    Nothing,
    /// The process stops before the call: it is never made, and nothing comes after it.
    StopsAt(u32),
    /// The record fails at this one of its calls, and is well again.
    RecordFailsAt(u32),
    /// The record fails from this one of its calls on, as where the disk is full.
    RecordFailsFrom(u32),
    /// The provider's answer to the next cancellation, whatever it did.
    PutAnswers(Put),
    /// No connection to the provider for so many bookings and cancellations.
    Unreachable(u32),
}

/// The hand on the ports of one desk.
pub(crate) struct Hand {
    plan: Mutex<Plan>,
    calls: Mutex<(u32, u32)>,
    stopped: Notify,
    turn: Mutex<Option<(char, Arc<Turns>)>>,
}

/// Whose turn it is, of desks whose steps are interleaved.
pub(crate) struct Turns {
    order: watch::Sender<VecDeque<char>>,
}

impl Turns {
    /// These desks in this order, step by step; whoever comes after the last has no need to wait.
    pub(crate) fn new(order: &[char]) -> Arc<Self> {
        Arc::new(Self { order: watch::channel(order.iter().copied().collect()).0 })
    }

    /// One step of a desk, at its turn.
    pub(crate) async fn step<T>(&self, desk: char, step: impl Future<Output = T>) -> T {
        let mine = |order: &VecDeque<char>| order.front().is_none_or(|next| *next == desk);
        drop(self.order.subscribe().wait_for(mine).await);
        let done = step.await;
        self.order.send_modify(|order| {
            let _ = order.pop_front();
        });
        done
    }

    /// A desk takes no more steps.
    pub(crate) fn over(&self, desk: char) {
        self.order.send_modify(|order| order.retain(|next| *next != desk));
    }
}

impl Hand {
    pub(crate) fn new(plan: Plan) -> Arc<Self> {
        let (calls, turn) = (Mutex::default(), Mutex::default());
        Arc::new(Self { plan: Mutex::new(plan), calls, stopped: Notify::new(), turn })
    }

    /// Only its steps that change something, or ask a provider, wait for their turn: what is read before is as old as it
    /// can be.
    pub(crate) fn in_turn(desk: char, turns: &Arc<Turns>) -> Arc<Self> {
        let hand = Self::new(Plan::Nothing);
        *lock(&hand.turn) = Some((desk, Arc::clone(turns)));
        hand
    }

    pub(crate) fn plans(&self, plan: Plan) {
        (*lock(&self.plan), *lock(&self.calls)) = (plan, (0, 0));
    }

    /// How many calls there were of all ports, and how many of the record.
    pub(crate) fn calls(&self) -> (u32, u32) {
        *lock(&self.calls)
    }

    pub(crate) async fn stopped(&self) {
        self.stopped.notified().await;
    }

    /// Every call of a port comes by here.
    async fn call(&self, of_record: bool) -> Result<(), RecordFailure> {
        let (all, record) = {
            let mut calls = lock(&self.calls);
            (calls.0, calls.1) = (calls.0 + 1, calls.1 + u32::from(of_record));
            *calls
        };
        let plan = lock(&self.plan).clone();
        let fails = match plan {
            Plan::StopsAt(at) if at == all => {
                self.stopped.notify_one();
                return std::future::pending().await;
            }
            Plan::RecordFailsAt(at) => at == record,
            Plan::RecordFailsFrom(from) => from <= record,
            Plan::Nothing | Plan::StopsAt(_) | Plan::PutAnswers(_) | Plan::Unreachable(_) => false,
        };
        if of_record && fails { Err(RecordFailure::Failed("the disk is full".to_owned())) } else { Ok(()) }
    }

    async fn step<T>(&self, step: impl Future<Output = T>) -> T {
        let turn = lock(&self.turn).clone();
        match turn {
            Some((desk, turns)) => turns.step(desk, step).await,
            None => step.await,
        }
    }

    async fn reads<T>(&self, read: impl Future<Output = Result<T, RecordFailure>>) -> Result<T, RecordFailure> {
        self.call(true).await?;
        read.await
    }

    async fn writes<T>(&self, write: impl Future<Output = Result<T, RecordFailure>>) -> Result<T, RecordFailure> {
        self.call(true).await?;
        self.step(write).await
    }

    async fn asks<T>(&self, ask: impl Future<Output = T>) -> T {
        drop(self.call(false).await);
        self.step(ask).await
    }

    /// Whether no connection can be made this time.
    fn is_cut(&self) -> bool {
        let mut plan = lock(&self.plan);
        match &mut *plan {
            Plan::Unreachable(times) if *times > 0 => {
                *times -= 1;
                true
            }
            Plan::Nothing
            | Plan::StopsAt(_)
            | Plan::RecordFailsAt(_)
            | Plan::RecordFailsFrom(_)
            | Plan::PutAnswers(_)
            | Plan::Unreachable(_) => false,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct UnderHand<T: ?Sized> {
    hand: Arc<Hand>,
    port: Arc<T>,
}

#[async_trait]
impl BookingProvider for UnderHand<dyn BookingProvider> {
    async fn free_slots(
        &self,
        asking: &Asking,
        service: &DosServiceId,
        provider: &ProviderAddress,
        window: SlotWindow,
    ) -> Result<FreeSlots, ProviderFailure> {
        self.port.free_slots(asking, service, provider, window).await
    }

    fn wire_content(&self, order: &BookingOrder) -> Result<String, InvalidOrder> {
        self.port.wire_content(order)
    }

    async fn book(&self, order: &BookingOrder, content: &str) -> Posted {
        if self.hand.is_cut() {
            return Posted::Failed(ProviderFailure::NotSent);
        }
        self.hand.asks(self.port.book(order, content)).await
    }

    async fn held(&self, order: &BookingOrder, asking: &Asking) -> Held {
        self.hand.asks(self.port.held(order, asking)).await
    }

    async fn read(&self, asking: &Asking, at: &ProviderAddress, id: &str) -> Result<HeldBooking, ProviderFailure> {
        self.hand.asks(self.port.read(asking, at, id)).await
    }

    async fn read_whole(
        &self,
        asking: &Asking,
        at: &ProviderAddress,
        id: &str,
    ) -> Result<WholeAppointment, ProviderFailure> {
        self.hand.asks(self.port.read_whole(asking, at, id)).await
    }

    fn cancelled_content(&self, appointment: &WholeAppointment) -> Result<String, InvalidOrder> {
        self.port.cancelled_content(appointment)
    }

    async fn cancel(&self, asking: &Asking, order: &CancelOrder, content: &str) -> Put {
        if let Plan::PutAnswers(answer) = lock(&self.hand.plan).clone() {
            return answer;
        }
        if self.hand.is_cut() {
            return Put::Failed(ProviderFailure::NotSent);
        }
        self.hand.asks(self.port.cancel(asking, order, content)).await
    }

    async fn bookings_of(
        &self,
        asking: &Asking,
        provider: &ProviderAddress,
        patient: &NhsNumber,
        window: SlotWindow,
    ) -> Result<FoundBookings, LookUpFailure> {
        self.port.bookings_of(asking, provider, patient, window).await
    }
}

#[async_trait]
impl ReferralSender for UnderHand<dyn ReferralSender> {
    fn document(&self, content: &ReferralContent, to: Option<&ServiceEndpoint>) -> Result<String, IncompleteReferral> {
        self.port.document(content, to)
    }

    fn paper(&self, content: &ReferralContent, to: Option<&ServiceEndpoint>) -> Paper {
        self.port.paper(content, to)
    }

    fn page(&self, content: &ReferralContent, to: Option<&ServiceEndpoint>) -> Result<String, IncompleteReferral> {
        self.port.page(content, to)
    }

    async fn send(&self, order: &ReferralOrder, document: &str) -> Sent {
        if self.hand.is_cut() {
            return Sent::Failed(DeliveryFailure::NotSent);
        }
        self.hand.asks(self.port.send(order, document)).await
    }
}

#[async_trait]
impl AuditTrail for UnderHand<dyn AuditTrail> {
    async fn append(&self, event: &AuditEvent) -> Result<(), RecordFailure> {
        self.hand.reads(self.port.append(event)).await
    }

    async fn read(&self, query: &AuditQuery) -> Result<AuditPage, RecordFailure> {
        self.hand.reads(self.port.read(query)).await
    }

    async fn timeline(&self, encounter: EncounterId, most: u32) -> Result<Vec<RecordedEvent>, RecordFailure> {
        self.port.timeline(encounter, most).await
    }

    async fn how_many(&self, filter: &AuditFilter) -> Result<AuditCount, RecordFailure> {
        self.port.how_many(filter).await
    }

    async fn newer(
        &self,
        filter: &AuditFilter,
        after: u64,
        but_readings_by: &Username,
    ) -> Result<AuditCount, RecordFailure> {
        self.port.newer(filter, after, but_readings_by).await
    }

    async fn exchanges(&self, sought: ExchangesSought) -> Result<Vec<Exchange>, RecordFailure> {
        self.port.exchanges(sought).await
    }

    async fn verify(&self, seals: Vec<Seal>, walk: &Arc<LongWalk>) -> Result<Option<ChainCheck>, RecordFailure> {
        self.port.verify(seals, walk).await
    }

    fn seals_file(&self) -> PathBuf {
        self.port.seals_file()
    }

    async fn seals(&self) -> Result<Vec<Seal>, RecordFailure> {
        self.port.seals().await
    }

    async fn seal(&self, day: NaiveDate) -> Result<Seal, RecordFailure> {
        self.port.seal(day).await
    }

    async fn export(
        &self,
        filter: &AuditFilter,
        folder: &Path,
        walk: &Arc<LongWalk>,
    ) -> Result<Option<AuditExport>, ExportFailure> {
        self.port.export(filter, folder, walk).await
    }
}

#[async_trait]
impl Ledger for UnderHand<dyn Ledger> {
    async fn begin(&self, intents: &[Intent], alongside: Alongside) -> Result<(), RecordFailure> {
        self.hand.writes(self.port.begin(intents, alongside)).await
    }

    async fn finish(&self, id: IntentId, result: &Settlement, alongside: Alongside) -> Result<(), RecordFailure> {
        self.hand.writes(self.port.finish(id, result, alongside)).await
    }

    async fn note(&self, alongside: Alongside) -> Result<(), RecordFailure> {
        self.hand.writes(self.port.note(alongside)).await
    }

    async fn intent(&self, id: IntentId) -> Result<Intent, RecordFailure> {
        self.hand.reads(self.port.intent(id)).await
    }

    async fn unfinished(&self) -> Result<Vec<Intent>, RecordFailure> {
        self.hand.reads(self.port.unfinished()).await
    }

    async fn intents_in(&self, encounter: EncounterId) -> Result<Vec<Intent>, RecordFailure> {
        self.hand.reads(self.port.intents_in(encounter)).await
    }

    async fn rebook(&self, id: RebookId) -> Result<RebookRecord, RecordFailure> {
        self.hand.reads(self.port.rebook(id)).await
    }

    async fn open_rebooks(&self) -> Result<Vec<RebookRecord>, RecordFailure> {
        self.hand.reads(self.port.open_rebooks()).await
    }

    async fn rebooks_in(&self, encounter: EncounterId) -> Result<Vec<RebookRecord>, RecordFailure> {
        self.hand.reads(self.port.rebooks_in(encounter)).await
    }

    async fn referral(&self, document: DocumentId) -> Result<ReferralRecord, RecordFailure> {
        self.hand.reads(self.port.referral(document)).await
    }

    async fn referrals_in(&self, encounter: EncounterId) -> Result<Vec<ReferralRecord>, RecordFailure> {
        self.hand.reads(self.port.referrals_in(encounter)).await
    }

    async fn referrals_to_do(&self) -> Result<Vec<ReferralRecord>, RecordFailure> {
        self.hand.reads(self.port.referrals_to_do()).await
    }

    async fn referral_of(&self, booking: BookingId) -> Result<Option<ReferralRecord>, RecordFailure> {
        self.hand.reads(self.port.referral_of(booking)).await
    }

    async fn notes_on(&self, url: &str) -> Result<Vec<BookingNote>, RecordFailure> {
        self.hand.reads(self.port.notes_on(url)).await
    }

    async fn patients_to_inform(&self) -> Result<Vec<CancelIntent>, RecordFailure> {
        self.hand.reads(self.port.patients_to_inform()).await
    }

    async fn found_called_off(&self) -> Result<Vec<BookingRecord>, RecordFailure> {
        self.hand.reads(self.port.found_called_off()).await
    }

    async fn booking(&self, id: BookingId) -> Result<BookingRecord, RecordFailure> {
        self.hand.reads(self.port.booking(id)).await
    }

    async fn booking_of(&self, intent: IntentId) -> Result<BookingRecord, RecordFailure> {
        self.hand.reads(self.port.booking_of(intent)).await
    }

    async fn bookings_in(&self, encounter: EncounterId) -> Result<Vec<BookingRecord>, RecordFailure> {
        self.hand.reads(self.port.bookings_in(encounter)).await
    }

    async fn booked_among(&self, encounters: &[EncounterId]) -> Result<HashSet<EncounterId>, RecordFailure> {
        self.hand.reads(self.port.booked_among(encounters)).await
    }

    async fn recent_bookings(&self, most: u32) -> Result<Vec<BookingRecord>, RecordFailure> {
        self.hand.reads(self.port.recent_bookings(most)).await
    }

    async fn bookings_for(&self, patient: &PatientSearch) -> Result<Vec<BookingRecord>, RecordFailure> {
        self.hand.reads(self.port.bookings_for(patient)).await
    }

    async fn bookings_at(&self, of: &DosServiceId, within: SlotWindow) -> Result<BookingsAt, RecordFailure> {
        self.hand.reads(self.port.bookings_at(of, within)).await
    }

    async fn booking_by_url(&self, url: &str) -> Result<Option<BookingRecord>, RecordFailure> {
        self.hand.reads(self.port.booking_by_url(url)).await
    }
}

/// The demonstration, and whatever desks are put over it.
pub(crate) struct World {
    pub(crate) under_test: DeskUnderTest,
    adapters: NhsAdapters,
    users_alone: tempfile::TempDir,
    watching: Mutex<Option<Arc<Desk>>>,
}

impl World {
    /// A world whose desks and proxy wait for no answer longer than a moment.
    pub(crate) async fn impatient() -> Self {
        let proxy_patience = std::time::Duration::from_millis(700);
        Self::with(DemoOptions { proxy_patience, slots_per_service: 60, ..DemoOptions::default() }, "").await
    }

    pub(crate) async fn new() -> Self {
        Self::with(DemoOptions::default(), "").await
    }

    /// A world where the receiver of a service's referrals takes the strict second version alone.
    pub(crate) async fn of_version_2(service: &str) -> Self {
        Self::with(DemoOptions::default(), &format!("\n[itk]\nstrict_v2 = [{service:?}]\n")).await
    }

    /// A world under more settings (TOML) than the demonstration's own.
    async fn with(options: DemoOptions, settings: &str) -> Self {
        let under_test = DeskUnderTest::start(options).await;
        let toml = under_test.nhs.config_toml(under_test.folder());
        let waits = "\n[timeouts]\nconnect_seconds = 1\nfirst_byte_seconds = 2\nwhole_seconds = 3\n";
        let config = Config::parse(&(toml + waits + settings)).expect("the demonstration's own configuration");
        let log = Store::open(under_test.folder(), &record_key(), Arc::new(SystemClock)).expect("the record opens");
        let adapters = desk_nhs::connect(config.nhs("test"), Arc::new(SystemClock), Arc::new(log), None);
        let users_alone = tempfile::tempdir().expect("a folder");
        let raw = rusqlite::Connection::open(under_test.folder().join("desk.sqlite3")).expect("the record");
        unlock(&raw);
        let to = users_alone.path().join("desk.sqlite3");
        raw.execute("VACUUM INTO ?1", [to.to_string_lossy()]).expect("copied");
        Self { under_test, adapters: adapters.expect("the adapters are made"), users_alone, watching: Mutex::default() }
    }

    /// A record with the ready users and nothing else, to be copied.
    pub(crate) fn users_alone(&self) -> std::path::PathBuf {
        self.users_alone.path().join("desk.sqlite3")
    }

    /// A desk over the demonstration's record, as after a start: nothing in memory, and this hand on its ports.
    pub(crate) fn desk(&self, hand: &Arc<Hand>) -> Arc<Desk> {
        self.desk_in(self.under_test.folder(), hand, true)
    }

    /// A desk over the record in a folder.
    pub(crate) fn desk_in(&self, folder: &Path, hand: &Arc<Hand>, with_registry: bool) -> Arc<Desk> {
        self.desk_by(Arc::new(SystemClock), folder, hand, with_registry)
    }

    /// The desk over the demonstration's record whose clock says something else.
    pub(crate) fn desk_by_clock(&self, clock: Arc<dyn Clock>) -> Arc<Desk> {
        self.desk_by(clock, self.under_test.folder(), &Hand::new(Plan::Nothing), true)
    }

    fn desk_by(&self, clock: Arc<dyn Clock>, folder: &Path, hand: &Arc<Hand>, with_registry: bool) -> Arc<Desk> {
        let store = Arc::new(Store::open(folder, &record_key(), Arc::clone(&clock)).expect("the record opens"));
        let hand = || Arc::clone(hand);
        let ports = Ports {
            clock,
            directory: Arc::clone(&self.adapters.directory),
            endpoints: Arc::clone(&self.adapters.endpoints),
            provider: Arc::new(UnderHand { hand: hand(), port: Arc::clone(&self.adapters.provider) }),
            registry: self.adapters.registry.clone().filter(|_| with_registry),
            referrals: Arc::new(UnderHand { hand: hand(), port: Arc::clone(&self.adapters.referrals) }),
            ledger: Arc::new(UnderHand::<dyn Ledger> { hand: hand(), port: store.clone() }),
            encounters: store.clone(),
            users: store.clone(),
            reports: store.clone(),
            retention: store.clone(),
            references: store.clone(),
            keeper: store.clone(),
            workplace: Workplace {
                organisation: OdsCode::new("111AB").expect("an ODS code"),
                device: "a desk under test".to_owned(),
            },
            audit: Arc::new(UnderHand::<dyn AuditTrail> { hand: hand(), port: store }),
        };
        Arc::new(Desk::new(ports, Vec::new()))
    }

    /// A desk that nobody lays a hand on, as after a start.
    pub(crate) fn started_again(&self) -> Arc<Desk> {
        self.desk(&Hand::new(Plan::Nothing))
    }

    /// A desk that nobody lays a hand on, and that stays.
    pub(crate) fn plain_desk(&self) -> Arc<Desk> {
        Arc::clone(lock(&self.watching).get_or_insert_with(|| self.started_again()))
    }

    pub(crate) fn cue(&self, cue: Value) {
        self.under_test.nhs.control().cue(&cue).unwrap_or_else(|error| panic!("{cue}: {error}"));
    }

    /// A patient (from 1) taken down with everything that a referral needs.
    pub(crate) async fn encounter(&self, desk: &Desk, who: &SignedIn, patient: usize, outcome: &str) -> Encounter {
        let patient = self.under_test.composed.ready_patients[patient - 1].input();
        let patient = patient.read(desk.now()).expect("a ready patient");
        let encounter = desk.start_encounter(who, patient).await.expect("may begin");
        assessed(desk, who, &encounter, outcome).await
    }

    /// Every booking that the providers hold, in whatever version and status.
    pub(crate) fn held(&self) -> Vec<Value> {
        let held = self.under_test.nhs.control().held();
        let all = held.as_object().expect("by provider").values();
        all.flat_map(|of| of.as_array().cloned().unwrap_or_default()).collect()
    }

    /// The booking that the providers hold under an id.
    pub(crate) fn held_as(&self, id: &str) -> Value {
        self.held().into_iter().find(|held| held["id"] == id).expect("a provider holds it")
    }

    pub(crate) fn documents(&self) -> Vec<Value> {
        self.under_test.nhs.control().documents().as_array().cloned().unwrap_or_default()
    }
}

/// Records responses and an outcome.
pub(crate) async fn assessed(desk: &Desk, who: &SignedIn, encounter: &Encounter, outcome: &str) -> Encounter {
    let responses = Responses {
        presenting_complaint: Personal::from("Sore throat for three days"),
        summary: Personal::from("Fever, able to swallow, no breathing difficulty"),
        consent: Some(Consent::Patient),
        ..Responses::default()
    };
    desk.record_responses(who, (encounter.id, encounter.version), responses).await.expect("may record");
    let outcome = OutcomeInput {
        code: outcome.to_owned(),
        reached_at: String::new(),
        symptom_group: "1011".to_owned(),
        symptom_discriminators: "4003".to_owned(),
        reason: "Sore throat and fever".to_owned(),
    };
    let outcome = outcome.read(desk.dispositions(), desk.now()).expect("a right outcome");
    desk.record_outcome(who, encounter.id, outcome).await.expect("may record")
}

/// An order for a free slot of a service, the so-manieth from 0.
pub(crate) async fn slot(desk: &Desk, who: &SignedIn, encounter: EncounterId, service: &str, nth: usize) -> SlotOrder {
    let (search, _) = desk.find_services(who, encounter, None).await.expect("the directory answers");
    let service = service_id(service);
    let found = desk.find_slots(who, encounter, search.id, &service).await.expect("slots");
    let slot_id = found.free.slots.get(nth).expect("a free slot").id.clone();
    SlotOrder { encounter, search: search.id, service, slot_id, late: None, rebook: None }
}

/// Books the earliest slot of a service.
pub(crate) async fn booked(desk: &Desk, who: &SignedIn, encounter: EncounterId, service: &str) -> BookingRecord {
    let order = slot(desk, who, encounter, service, 0).await;
    confirmed(desk.book(who, order).await.expect("it is sent"))
}

/// The booking that was confirmed.
pub(crate) fn confirmed(outcome: BookingOutcome) -> BookingRecord {
    let BookingOutcome { result, booking, .. } = outcome;
    booking.unwrap_or_else(|| panic!("it was to be confirmed: {result:?}"))
}

/// Reads a booking of the record within an encounter.
pub(crate) async fn read(
    desk: &Desk,
    who: &SignedIn,
    encounter: EncounterId,
    booking: BookingId,
) -> Result<BookingShown, JourneyError> {
    let (_, known) = desk.known_booking(who, booking).await?;
    desk.read_booking(who, encounter, known).await
}

/// What a user confirms of a booking that was shown: everything read back.
pub(crate) fn confirming(shown: &BookingShown, rebook: Option<RebookId>) -> CancelConfirmed {
    CancelConfirmed {
        url: shown.known.url.clone(),
        version: shown.appointment.held.version.clone(),
        read_back: ReadBackToPatient { name: true, birth_date: true, number_or_address: true },
        reason: Personal::from("The patient cannot come"),
        rebook,
    }
}

/// Reads a booking and cancels it, as a part of a rebooking or by itself.
pub(crate) async fn cancelling(
    desk: &Desk,
    who: &SignedIn,
    (encounter, booking): (EncounterId, BookingId),
    rebook: Option<RebookId>,
) -> Result<CancelOutcome, JourneyError> {
    let shown = read(desk, who, encounter, booking).await?;
    desk.cancel(who, confirming(&shown, rebook), &desk_journeys::book::Waiting::nobody()).await
}

/// A cue for a provider.
pub(crate) fn at(provider: &str, cue: &Value) -> Value {
    let mut cue = cue.clone();
    cue["provider"] = json!(provider);
    cue
}
