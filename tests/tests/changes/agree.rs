//! What has to be so whatever happened: what the providers and the receiver hold, what the desk says, and what the audit
//! holds agree; and the patient holds a booking, unless a user cancelled it on purpose.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use desk_domain::audit::{AuditAction, AuditEvent};
use desk_domain::booking::{BookingResult, BookingResultKind};
use desk_domain::cancel::{CancelResult, CancelResultKind};
use desk_domain::id::{EncounterId, IntentId};
use desk_domain::rebook::{Holds, RebookEnd, RebookState};
use desk_domain::referral::DeliveryResult;
use desk_journeys::book::BookingOutcome;
use desk_journeys::cancel::CancelOutcome;
use desk_journeys::ports::{BookingRecord, Intent, RebookRecord};
use desk_journeys::refer::ReferralOutcome;
use desk_journeys::unfinished::Unfinished;
use desk_journeys::{Desk, JourneyError, SignedIn};
use desk_tests::desk::{HANDLER, SUPERVISOR};
use serde_json::{Value, json};

use crate::world::{World, cancelling};

/// The encounters of one course of events, and who looks at them.
#[derive(Clone)]
pub(crate) struct Cell {
    pub(crate) who: SignedIn,
    supervisor: SignedIn,
    pub(crate) encounters: Vec<EncounterId>,
    /// Whether the patient has to hold a booking at the end.
    pub(crate) must_hold: bool,
    /// Whether a booking may have been cancelled, or moved, by somebody else than these desks.
    pub(crate) by_others: bool,
    pub(crate) name: String,
}

/// What a user was told, step by step.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) bookings: Vec<BookingOutcome>,
    pub(crate) cancels: Vec<CancelOutcome>,
    pub(crate) referrals: Vec<ReferralOutcome>,
    pub(crate) errors: Vec<JourneyError>,
}

impl Cell {
    pub(crate) async fn of(desk: &Desk, name: &str) -> Self {
        let sign_in = async |(user, passphrase): (&str, &str)| desk.sign_in(user, passphrase).await.expect("ready");
        let (who, supervisor) = (sign_in(HANDLER).await, sign_in(SUPERVISOR).await);
        let name = name.to_owned();
        Self { who, supervisor, encounters: Vec::new(), must_hold: false, by_others: false, name }
    }

    /// For another course of events.
    pub(crate) fn again(&self, name: String) -> Self {
        Self { encounters: Vec::new(), must_hold: false, by_others: false, name, ..self.clone() }
    }

    async fn unfinished(&self, desk: &Desk) -> Unfinished {
        let mut all = desk.unfinished(&self.who).await.expect("the list");
        let ours = |encounter: EncounterId| self.encounters.contains(&encounter);
        all.intents.retain(|intent| ours(intent.encounter()));
        all.rebooks.retain(|rebook| ours(rebook.encounter));
        all.referrals.retain(|referral| ours(referral.content.encounter.id));
        all.to_inform.retain(|intent| ours(intent.order.encounter));
        all
    }

    async fn audit(&self, desk: &Desk) -> Vec<AuditEvent> {
        let mut all = Vec::new();
        for encounter in &self.encounters {
            let timeline = desk.audit_timeline(&self.supervisor, *encounter).await.expect("the audit");
            all.extend(timeline.into_iter().map(|recorded| recorded.event.expect("it can be read")));
        }
        all
    }

    async fn records(&self, desk: &Desk) -> (Vec<BookingRecord>, Vec<RebookRecord>, Vec<ReferralOutcome>) {
        let (mut bookings, mut rebooks, mut referrals) = (Vec::new(), Vec::new(), Vec::new());
        for encounter in &self.encounters {
            bookings.extend(desk.bookings_in(&self.who, *encounter).await.expect("bookings"));
            rebooks.extend(desk.rebooks_in(&self.who, *encounter).await.expect("rebookings"));
            referrals.extend(desk.referrals_in(&self.who, *encounter).await.expect("referrals"));
        }
        (bookings, rebooks, referrals)
    }

    /// Asserts that everything agrees; what is unfinished.
    pub(crate) async fn agree(&self, world: &World, desk: &Desk, told: &Told, when: &str) -> Unfinished {
        let at = format!("{}, {when}", self.name);
        let held = world.held();
        let unfinished = self.unfinished(desk).await;
        let (bookings, rebooks, referrals) = self.records(desk).await;
        let ledger = LedgerInAudit::of(&self.audit(desk).await, &at);
        assert_eq!(
            ledger.open(),
            unfinished.intents.iter().map(Intent::id).collect(),
            "{at}: what the audit holds as begun and not over is what is on the list"
        );
        self.check_bookings(&at, (&held, &bookings), &unfinished, &ledger);
        self.check_rebooks(&at, (&held, &bookings), &rebooks, &unfinished);
        check_referrals(&at, &world.documents(), &referrals, &bookings, &unfinished);
        check_told(&at, &held, told);
        let standing = held.iter().filter(|held| held["status"] != "cancelled").count();
        assert!(standing > 0 || !self.must_hold, "{at}: the patient was left without a booking");
        let shown = !unfinished.intents.is_empty() || !unfinished.rebooks.is_empty();
        assert!(standing <= 1 || shown || self.by_others, "{at}: the patient holds two, and no desk shows it");
        unfinished
    }

    fn check_bookings(
        &self,
        at: &str,
        (held, bookings): (&[Value], &[BookingRecord]),
        unfinished: &Unfinished,
        ledger: &LedgerInAudit,
    ) {
        let cancel_is_open = |id: &str| {
            let of =
                |intent: &Intent| matches!(intent, Intent::Cancellation(it) if it.order.shown.appointment_id == id);
            unfinished.intents.iter().any(of)
        };
        for one in held {
            let id = one["id"].as_str().expect("an id");
            let made_by = one["versions"][0]["request"].as_str().expect("a request");
            let record = bookings.iter().find(|booking| booking.word.held.appointment_id == id);
            let is_open = unfinished
                .intents
                .iter()
                .any(|intent| matches!(intent, Intent::Booking(it) if it.order.request.to_string() == made_by));
            let by_hand = ledger.by_hand_as_held.contains(made_by);
            assert!(record.is_some() || is_open || by_hand, "{at}: a booking that nobody knows of: {id}");
            let cancelled = one["status"] == "cancelled";
            if let Some(record) = record {
                let says = record.word.held.status.stands();
                assert!(says != cancelled || cancel_is_open(id) || self.by_others, "{at}: {id}, {:?}", record.word);
            }
            let ordered = ledger.cancelled.iter().any(|url| url.ends_with(id));
            assert!(!cancelled || ordered || self.by_others, "{at}: {id} was cancelled, and nobody ordered it");
        }
        for booking in bookings {
            let id = booking.word.held.appointment_id.as_str();
            assert!(held.iter().any(|held| held["id"] == id), "{at}: the desk claims {id}, which no provider holds");
        }
    }

    fn check_rebooks(
        &self,
        at: &str,
        (held, bookings): (&[Value], &[BookingRecord]),
        rebooks: &[RebookRecord],
        unfinished: &Unfinished,
    ) {
        let stands = |id: &str| held.iter().any(|held| held["id"] == id && held["status"] != "cancelled");
        for rebook in rebooks {
            let original = stands(&rebook.original.appointment_id);
            let new = rebook.state.new_booking().is_some_and(|new| match new.booking {
                Some(booking) => bookings.iter().any(|b| b.id == booking && stands(&b.word.held.appointment_id)),
                // Settled by hand as held.
                None => true,
            });
            let fits = match rebook.state.holds() {
                Holds::Original | Holds::OriginalAndPerhapsNew => original,
                Holds::Both => original && new,
                Holds::NewAndPerhapsOriginal => new,
                Holds::New => new && !original,
            };
            let state = rebook.state.word();
            // That nothing new was booked says nothing of what came later; nor does an end that the user went on from.
            let nothing_new = rebook.state == RebookState::Settled(RebookEnd::NothingNew);
            let on_purpose = nothing_new || (rebook.state.is_settled() && !self.must_hold);
            assert!(
                fits || self.by_others || on_purpose,
                "{at}: {state}, and the original {original}, the new one {new}"
            );
            let open = |id: &IntentId| unfinished.intents.iter().any(|intent| intent.id() == *id);
            let shown = match &rebook.state {
                RebookState::Began | RebookState::Settled(_) => true,
                RebookState::Booking(intent) => open(intent),
                RebookState::Cancelling { cancel, .. } | RebookState::CancellingNew { cancel, .. } => open(cancel),
                RebookState::NewBooked(_) | RebookState::HoldsTwo(_) => {
                    unfinished.rebooks.iter().any(|listed| listed.id == rebook.id)
                }
            };
            assert!(shown, "{at}: RB-5, a rebooking in {state} that no list shows");
        }
    }

    /// Brings everything to an end as a user would, from a fresh start, with the other side well again.
    pub(crate) async fn finish(&self, world: &World, told: &Told) {
        world.cue(json!({ "do": "reset" }));
        let desk = world.started_again();
        let (who, nothing) = (&self.who, Told::default());
        let first = self.agree(world, &desk, told, "after a restart").await;
        for intent in &first.intents {
            desk.check_unfinished(who, intent.id()).await.expect("asked");
        }
        let rest = self.agree(world, &desk, &nothing, "after the provider was asked").await;
        for intent in &rest.intents {
            match intent {
                Intent::Booking(it) => {
                    let request = it.order.request.to_string();
                    let there = world.held().iter().any(|held| held["versions"][0]["request"] == request);
                    assert!(!there, "{}: a booking that is there is found", self.name);
                    desk.settle_by_hand(who, it.id, false, "Reception, by telephone").await.expect("settled");
                }
                Intent::Cancellation(it) => drop(desk.send_again(who, it.id).await.expect("sent")),
                Intent::Delivery(it) => drop(desk.send_again(who, it.id).await.expect("sent")),
            }
        }
        let rest = self.agree(world, &desk, &nothing, "after it was sent again or settled by hand").await;
        assert!(rest.intents.is_empty(), "{}: nothing is left in doubt: {:?}", self.name, rest.intents.len());
        for rebook in &rest.rebooks {
            let original = rebook.original.booking.expect("of this desk");
            match cancelling(&desk, who, (rebook.encounter, original), Some(rebook.id)).await {
                Ok(outcome) => assert!(matches!(outcome.result, CancelResult::Cancelled(_)), "{:?}", outcome.result),
                Err(refused) => assert!(matches!(refused, JourneyError::CannotCancel(_)), "{}: {refused}", self.name),
            }
        }
        let end = self.agree(world, &desk, &nothing, "at the end").await;
        assert!(end.intents.is_empty() && end.rebooks.is_empty(), "{}: it can be brought to an end", self.name);
    }
}

/// What the audit says of every order: that it was to leave, and what came of it.
#[derive(Default)]
struct LedgerInAudit {
    intended: BTreeMap<IntentId, String>,
    settled: BTreeSet<IntentId>,
    cancelled: Vec<String>,
    by_hand_as_held: BTreeSet<String>,
}

impl LedgerInAudit {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest of the audit is about something else than orders")]
    fn of(events: &[AuditEvent], at: &str) -> Self {
        let mut all = Self::default();
        let mut over = Vec::new();
        let mut held = Vec::new();
        for event in events {
            match &event.what {
                AuditAction::BookingIntended { intent, request, .. }
                | AuditAction::ReferralIntended { intent, request, .. } => {
                    drop(all.intended.insert(*intent, request.to_string()));
                }
                AuditAction::CancelIntended { intent, request, url, .. } => {
                    all.cancelled.push(url.clone());
                    drop(all.intended.insert(*intent, request.to_string()));
                }
                AuditAction::BookingSettled { intent, result, .. } if *result != BookingResultKind::Unknown => {
                    over.push(*intent);
                }
                AuditAction::CancelSettled { intent, result, .. } if *result != CancelResultKind::Unknown => {
                    over.push(*intent);
                }
                AuditAction::ReferralSettled { intent, result, .. } if result == "accepted" => over.push(*intent),
                AuditAction::UnfinishedSettledByHand { intent, held: as_held, .. } => {
                    over.push(*intent);
                    if *as_held {
                        held.push(*intent);
                    }
                }
                _ => {}
            }
        }
        for intent in over {
            assert!(all.intended.contains_key(&intent), "{at}: a result without an order");
            assert!(all.settled.insert(intent), "{at}: an order was settled twice");
        }
        all.by_hand_as_held = held.iter().filter_map(|intent| all.intended.get(intent).cloned()).collect();
        all
    }

    fn open(&self) -> BTreeSet<IntentId> {
        self.intended.keys().filter(|intent| !self.settled.contains(intent)).copied().collect()
    }
}

fn check_referrals(
    at: &str,
    documents: &[Value],
    referrals: &[ReferralOutcome],
    bookings: &[BookingRecord],
    unfinished: &Unfinished,
) {
    let same = |text: &Value, id: String| text.as_str().is_some_and(|text| text.eq_ignore_ascii_case(&id));
    for outcome in referrals {
        for delivery in &outcome.deliveries {
            let there = documents.iter().any(|kept| same(&kept["tracking"], delivery.order.request.to_string()));
            let open = unfinished.intents.iter().any(|intent| intent.id() == delivery.id);
            match &delivery.result {
                Some(DeliveryResult::Accepted(_)) => assert!(there, "{at}: accepted by nobody"),
                Some(DeliveryResult::NotAccepted(_)) => assert!(!there && open, "{at}: not accepted, and there"),
                None | Some(DeliveryResult::Unknown(_)) => assert!(open, "{at}: in doubt, and on no list"),
                Some(DeliveryResult::SettledByHand { .. }) => {}
            }
        }
        let linked = outcome.referral.permit.booking();
        let gone = bookings.iter().any(|b| Some(b.id) == linked && !b.word.held.status.stands());
        assert_eq!(outcome.referral.is_decoupled(), gone, "{at}: CA-5, a referral goes with its booking");
    }
    let made =
        |kept: &Value| referrals.iter().any(|one| same(&kept["document"], one.referral.content.document.to_string()));
    assert!(documents.iter().all(made), "{at}: the receiver has a document that the desk does not know of");
}

/// What a user was told is what the provider did.
fn check_told(at: &str, held: &[Value], told: &Told) {
    let by = |request: String| {
        let versions = held.iter().flat_map(|one| one["versions"].as_array().expect("versions"));
        versions.filter(move |version| version["request"] == request).count()
    };
    for outcome in &told.bookings {
        let made = by(outcome.order.request.to_string());
        match &outcome.result {
            BookingResult::Confirmed(_) => assert_eq!(made, 1, "{at}: told as booked"),
            BookingResult::NotBooked(why) => assert_eq!(made, 0, "{at}: told as not booked: {why:?}"),
            BookingResult::Unknown(_) | BookingResult::SettledByHand(_) => assert!(made <= 1, "{at}: BK-4, never two"),
        }
    }
    for outcome in &told.cancels {
        let ended = by(outcome.order.request.to_string());
        match &outcome.result {
            CancelResult::Cancelled(now) => {
                let held = held.iter().find(|held| held["id"] == now.appointment_id.as_str()).expect("held");
                assert_eq!(held["status"], "cancelled", "{at}: CA-4, told as cancelled");
            }
            CancelResult::NotCancelled(why) => assert_eq!(ended, 0, "{at}: CA-4, told as not cancelled: {why:?}"),
            CancelResult::Unknown(_) | CancelResult::SettledByHand(_) => {}
        }
    }
}

/// Runs every cell, on so many worlds at the same time.
pub(crate) async fn on_worlds<C: Send + 'static>(worlds: usize, cells: Vec<C>, run: impl AsyncFnCell<C>) {
    let cells = Arc::new(std::sync::Mutex::new(std::collections::VecDeque::from(cells)));
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..worlds {
        let (cells, run) = (Arc::clone(&cells), run.clone());
        all.spawn(async move {
            let world = Arc::new(World::impatient().await);
            let cell = Cell::of(world.under_test.desk(), "").await;
            loop {
                let next = cells.lock().expect("no panic").pop_front();
                let Some(next) = next else { break };
                world.cue(json!({ "do": "start_again" }));
                run.run(Arc::clone(&world), cell.clone(), next).await;
            }
        });
    }
    while let Some(ended) = all.join_next().await {
        if let Err(error) = ended {
            std::panic::resume_unwind(error.into_panic());
        }
    }
}

/// What is done with a cell.
pub(crate) trait AsyncFnCell<C>: Clone + Send + 'static {
    fn run(&self, world: Arc<World>, cell: Cell, of: C) -> impl Future<Output = ()> + Send;
}

impl<C, F, R> AsyncFnCell<C> for F
where
    F: Fn(Arc<World>, Cell, C) -> R + Clone + Send + 'static,
    R: Future<Output = ()> + Send,
{
    fn run(&self, world: Arc<World>, cell: Cell, of: C) -> impl Future<Output = ()> + Send {
        self(world, cell, of)
    }
}
