//! The matrix: every step of booking, cancelling, rebooking and referring, with every fault of the other side, with a stop
//! of the process at every call that it makes, and with a record that fails at every call. After each the desk starts
//! afresh, and everything has to agree ([`Cell::agree`]) and to be brought to an end ([`Cell::finish`]).

use std::sync::Arc;

use desk_domain::booking::BookingResult;
use desk_domain::id::BookingId;
use desk_journeys::Desk;
use desk_journeys::book::{SlotOrder, Waiting};
use desk_journeys::refer::ReferTo;
use serde_json::{Value, json};

use crate::agree::{Cell, Told, on_worlds};
use crate::world::*;

/// A whole journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Journey {
    Book,
    Cancel,
    Rebook,
    Refer,
}

/// A request of it that can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Request {
    Post,
    Read,
    Put,
    Send,
}

const JOURNEYS: [(Journey, &[Request]); 4] = [
    (Journey::Book, &[Request::Post]),
    (Journey::Cancel, &[Request::Read, Request::Put]),
    (Journey::Rebook, &[Request::Post, Request::Read, Request::Put]),
    (Journey::Refer, &[Request::Send]),
];

/// A journey that is ready to go: what comes before it was done without a fault.
struct Ready {
    journey: Journey,
    desk: Arc<Desk>,
    hand: Arc<Hand>,
    cell: Cell,
    order: Option<SlotOrder>,
    original: Option<BookingId>,
}

impl Ready {
    async fn new(world: &World, mut cell: Cell, journey: Journey) -> Self {
        let hand = Hand::new(Plan::Nothing);
        let desk = world.desk(&hand);
        let who = &cell.who.clone();
        let first = world.encounter(&desk, who, 1, "Dx06").await;
        cell.encounters.push(first.id);
        let (mut order, mut original) = (None, None);
        match journey {
            Journey::Book => order = Some(slot(&desk, who, first.id, PLAIN, 0).await),
            Journey::Cancel => {
                original = Some(booked(&desk, who, first.id, PLAIN).await.id);
                desk.refer(who, first.id, &ReferTo::Booked, &Waiting::nobody()).await.expect("referred");
            }
            Journey::Rebook => {
                let earlier = booked(&desk, who, first.id, PLAIN).await.id;
                desk.refer(who, first.id, &ReferTo::Booked, &Waiting::nobody()).await.expect("referred");
                let again = desk.reassess(who, first.id).await.expect("they call back");
                let again = assessed(&desk, who, &again, "Dx06").await;
                order = Some(slot(&desk, who, again.id, OTHER, 0).await);
                cell.encounters.push(again.id);
                (original, cell.must_hold) = (Some(earlier), true);
            }
            Journey::Refer => {
                cell.must_hold = true;
                original = Some(booked(&desk, who, first.id, BOOKING_ONLY).await.id);
            }
        }
        Self { journey, desk, hand, cell, order, original }
    }

    /// The journey itself; `before` each of its requests something may happen.
    async fn go(&self, before: impl Fn(Request)) -> Told {
        let (desk, who) = (&self.desk, &self.cell.who);
        let mut told = Told::default();
        let encounter = *self.cell.encounters.last().expect("an encounter");
        let mut rebook = None;
        if self.journey == Journey::Refer {
            before(Request::Send);
            match desk.refer(who, encounter, &ReferTo::Booked, &Waiting::nobody()).await {
                Ok(outcome) => told.referrals.push(outcome),
                Err(error) => told.errors.push(error),
            }
            return told;
        }
        if self.journey == Journey::Rebook {
            let original = match desk.known_booking(who, self.original.expect("booked")).await {
                Ok((_, known)) => desk.begin_rebook(who, encounter, known, None).await,
                Err(error) => Err(error),
            };
            match original {
                Ok(begun) => rebook = Some(begun.id),
                Err(error) => {
                    told.errors.push(error);
                    return told;
                }
            }
        }
        if let Some(order) = &self.order {
            before(Request::Post);
            match desk.book(who, SlotOrder { rebook, ..order.clone() }).await {
                Ok(outcome) => {
                    let confirmed = matches!(outcome.result, BookingResult::Confirmed(_)) && outcome.recorded;
                    told.bookings.push(outcome);
                    if !confirmed {
                        return told;
                    }
                }
                Err(error) => {
                    told.errors.push(error);
                    return told;
                }
            }
        }
        let Some(original) = self.original else { return told };
        before(Request::Read);
        match read(desk, who, encounter, original).await {
            Err(error) => told.errors.push(error),
            Ok(shown) => {
                before(Request::Put);
                match desk.cancel(who, confirming(&shown, rebook), &Waiting::nobody()).await {
                    Ok(outcome) => told.cancels.push(outcome),
                    Err(error) => told.errors.push(error),
                }
            }
        }
        told
    }
}

/// The faults of a provider, with whether each is for the one request or stands.
fn faults() -> Vec<Value> {
    let refused = |status: u16, code: &str, times: Option<u32>| match times {
        Some(times) => json!({ "do": "refuse", "status": status, "code": code, "times": times }),
        None => json!({ "do": "refuse", "status": status, "code": code }),
    };
    let mut all = vec![
        json!({ "do": "offline", "times": 1 }),
        json!({ "do": "lose_answer", "times": 1 }),
        // Done at once; the proxy gives up before the answer comes.
        json!({ "do": "late_answer", "ms": 1000, "times": 1 }),
        // Done, if at all, after the proxy gave up.
        json!({ "do": "delay", "ms": 1000, "times": 1 }),
        json!({ "do": "garbage", "times": 1 }),
        json!({ "do": "garbage" }),
        json!({ "do": "ok_with_outcome", "times": 1 }),
        json!({ "do": "take_slot", "times": 1 }),
        json!({ "do": "refuse", "status": 429, "retry_after": 1, "times": 1 }),
        json!({ "do": "refuse", "status": 429, "retry_after": 60 }),
        refused(502, "", Some(2)),
        refused(503, "", Some(1)),
        refused(503, "", None),
        refused(504, "", Some(1)),
    ];
    let certain = [
        (403, "ACCESS_DENIED"),
        (404, "NO_RECORD_FOUND"),
        (409, "DUPLICATE_REJECTED"),
        (409, "INVALID_RESOURCE"),
        (412, "INVALID_PARAMETER"),
        (422, "INVALID_RESOURCE"),
        (422, "INVALID_NHS_NUMBER"),
        (422, "DUPLICATE_REJECTED"),
        (500, "INTERNAL_SERVER_ERROR"),
    ];
    for (status, code) in certain {
        all.push(refused(status, code, Some(1)));
        all.push(refused(status, code, None));
    }
    all
}

/// The faults of the proxy before it, and of the receiver of referrals.
fn faults_of(system: &str) -> Vec<Value> {
    let all = match system {
        "ssp" => vec![
            json!({ "do": "offline", "times": 1 }),
            json!({ "do": "garbage", "times": 1 }),
            json!({ "do": "refuse", "status": 403, "times": 1 }),
            json!({ "do": "refuse", "status": 500, "times": 1 }),
            json!({ "do": "refuse", "status": 502, "times": 1 }),
            // Later than the desk waits.
            json!({ "do": "delay", "ms": 2600, "times": 1 }),
        ],
        _ => vec![
            json!({ "do": "offline", "times": 1 }),
            json!({ "do": "offline" }),
            json!({ "do": "lose_answer", "times": 1 }),
            json!({ "do": "lose_answer" }),
            json!({ "do": "garbage", "times": 1 }),
            json!({ "do": "garbage" }),
            json!({ "do": "refuse", "code": 1000, "times": 1 }),
            json!({ "do": "refuse", "code": 2100, "times": 1 }),
            json!({ "do": "refuse", "code": 2100 }),
            json!({ "do": "refuse", "code": 2200, "times": 1 }),
            json!({ "do": "refuse", "code": 3000 }),
        ],
    };
    let named = |mut cue: Value| {
        cue["system"] = json!(system);
        cue
    };
    all.into_iter().map(named).collect()
}

/// What happens at a request: something on the wire, or no connection at all.
#[derive(Debug, Clone)]
enum Fault {
    Cue(Value),
    Unreachable(u32),
}

async fn with_a_fault(world: Arc<World>, cell: Cell, (journey, at, fault): (Journey, Request, Fault)) {
    let cell = cell.again(format!("{journey:?}, {at:?}, {fault:?}"));
    let ready = Ready::new(&world, cell, journey).await;
    let told = ready
        .go(|request| match &fault {
            _ if request != at => world.cue(json!({ "do": "reset" })),
            Fault::Cue(cue) => world.cue(cue.clone()),
            Fault::Unreachable(times) => ready.hand.plans(Plan::Unreachable(*times)),
        })
        .await;
    ready.cell.agree(&world, &world.plain_desk(), &told, "at once").await;
    ready.cell.finish(&world, &told).await;
}

fn with_faults(of: &[Journey]) -> Vec<(Journey, Request, Fault)> {
    let mut cells = Vec::new();
    for (journey, requests) in JOURNEYS.iter().filter(|(journey, _)| of.contains(journey)) {
        for at in *requests {
            let on_the_wire: Vec<Value> = if *at == Request::Send {
                faults_of("itk")
            } else {
                // Some say something of a new booking alone.
                let fits = |fault: &Value| {
                    *at == Request::Post || ![json!("take_slot"), json!("ok_with_outcome")].contains(&fault["do"])
                };
                let here = faults().into_iter().filter(fits).filter(|fault| {
                    *at != Request::Read || ![json!("lose_answer"), json!("late_answer")].contains(&fault["do"])
                });
                here.map(|fault| crate::world::at("utc", &fault)).chain(faults_of("ssp")).collect()
            };
            cells.extend(on_the_wire.into_iter().map(|cue| (*journey, *at, Fault::Cue(cue))));
            if *at != Request::Read {
                cells.extend([1, 9].map(|times| (*journey, *at, Fault::Unreachable(times))));
            }
        }
    }
    cells
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_other_side_answers_to_a_booking_or_a_cancellation_everything_agrees() {
    let cells = with_faults(&[Journey::Book, Journey::Cancel]);
    assert_eq!(cells.len(), 112, "every request with every fault");
    on_worlds(6, cells, with_a_fault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_other_side_answers_to_a_rebooking_or_a_referral_everything_agrees() {
    let cells = with_faults(&[Journey::Rebook, Journey::Refer]);
    assert_eq!(cells.len(), 125, "every request with every fault");
    on_worlds(6, cells, with_a_fault).await;
}

/// How many calls a journey makes, and how many of them of the record.
async fn calls(journey: Journey) -> (u32, u32) {
    let world = World::impatient().await;
    let cell = Cell::of(world.under_test.desk(), "without a fault").await;
    let ready = Ready::new(&world, cell, journey).await;
    ready.hand.plans(Plan::Nothing);
    let told = ready.go(|_| ()).await;
    assert!(told.errors.is_empty(), "{journey:?}: {:?}", told.errors);
    let calls = ready.hand.calls();
    ready.cell.finish(&world, &told).await;
    calls
}

async fn with_a_plan(world: Arc<World>, cell: Cell, (journey, plan): (Journey, Plan)) {
    let cell = cell.again(format!("{journey:?}, {plan:?}"));
    let ready = Ready::new(&world, cell, journey).await;
    ready.hand.plans(plan);
    let told = tokio::select! {
        told = ready.go(|_| ()) => told,
        () = ready.hand.stopped() => Told::default(),
    };
    ready.cell.finish(&world, &told).await;
}

async fn with_plans(plans: impl Fn((u32, u32)) -> Vec<Plan>, least: usize) {
    let mut cells = Vec::new();
    for (journey, _) in JOURNEYS {
        cells.extend(plans(calls(journey).await).into_iter().map(|plan| (journey, plan)));
    }
    assert!(cells.len() >= least, "a journey makes many calls: {}", cells.len());
    on_worlds(4, cells, with_a_plan).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wherever_the_process_stops_everything_agrees_and_is_brought_to_an_end() {
    with_plans(|(all, _)| (1..=all).map(Plan::StopsAt).collect(), 45).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wherever_the_record_fails_everything_agrees_and_is_brought_to_an_end() {
    with_plans(
        |(_, record)| (1..=record).flat_map(|at| [Plan::RecordFailsAt(at), Plan::RecordFailsFrom(at)]).collect(),
        75,
    )
    .await;
}
