//! Two programs over one record whose clocks disagree.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use desk_domain::audit::{AuditAction, AuditEvent, AuditFilter};
use desk_journeys::ports::{AuditQuery, AuditTrail};
use desk_store::Store;
use futures::future::join_all;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::{all, event_at, noon, open, raw, seconds, verify};

/// A clock as its owner sets it: it goes on by seconds, and now and then it is set ahead, or back by hours or days.
fn clock(owner: u64, ahead: TimeDelta) -> impl Iterator<Item = DateTime<Utc>> {
    let mut chance = ChaCha8Rng::seed_from_u64(owner);
    let mut now = noon() + ahead;
    std::iter::repeat_with(move || {
        now += match chance.random_range(0..12) {
            0 => -TimeDelta::hours(chance.random_range(1..30)),
            1 => -TimeDelta::days(chance.random_range(1..5)),
            2 => TimeDelta::hours(chance.random_range(1..100)),
            _ => TimeDelta::milliseconds(chance.random_range(0..90_000)),
        };
        now
    })
}

async fn of_a_day(store: &Store, day: NaiveDate) -> Vec<(u64, DateTime<Utc>)> {
    let begins = day.and_time(NaiveTime::MIN).and_utc();
    let until = begins + TimeDelta::days(1) - TimeDelta::milliseconds(1);
    let filter = AuditFilter { from: Some(begins), until: Some(until), ..AuditFilter::default() };
    let query = AuditQuery { filter, most: 10_000, ..AuditQuery::default() };
    let page = AuditTrail::read(store, &query).await.expect("read");
    page.events.into_iter().map(|recorded| (recorded.number, recorded.at().expect("a time"))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nf_3_two_desks_whose_clocks_disagree_keep_one_chain_in_which_each_day_finds_its_events() {
    let folder = tempfile::tempdir().expect("a folder");
    let stores = [open(folder.path()), open(folder.path())];
    let append_all = |owner: usize| {
        let store = stores[owner].clone();
        tokio::spawn(async move {
            let name = ["one", "other"][owner];
            let ahead = [TimeDelta::zero(), -TimeDelta::days(9)][owner];
            let times: Vec<_> = clock(owner as u64, ahead).take(200).collect();
            for at in &times {
                store.append(&event_at(*at, name, None, AuditAction::SignedIn)).await.expect("appended");
            }
            times
        })
    };
    let both = join_all([0, 1].map(append_all)).await;
    let [one, other] = <[_; 2]>::try_from(both).expect("two").map(|times| times.expect("no panic"));

    let store = open(folder.path());
    let check = verify(&store).await;
    assert_eq!((check.fault, check.head.number), (None, 400), "one chain");
    let mut events = all(&store).await;
    events.reverse();
    assert!(events.iter().map(|recorded| recorded.number).eq(1..=400), "by number, without a gap");
    for (name, times) in [("one", &one), ("other", &other)] {
        let by_them = |event: &AuditEvent| event.who.as_ref().is_some_and(|who| who.username.as_str() == name);
        let of_it = events.iter().filter(|recorded| recorded.event.as_ref().is_ok_and(by_them));
        assert!(
            of_it.map(|recorded| recorded.at()).eq(times.iter().copied().map(Some)),
            "{name}: in the order of its appends, as its clock said"
        );
    }
    assert!(!events.is_sorted_by_key(|recorded| recorded.at()), "their clocks did disagree");

    let raw = raw(folder.path());
    let mut reached = raw.prepare("SELECT at, reached FROM audit_event ORDER BY number").expect("a statement");
    let rows = reached.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
    let mut latest = String::new();
    for row in rows {
        let (at, reached): (String, String) = row.expect("a row");
        latest = latest.max(at);
        assert_eq!(reached, latest, "what the record reached never goes back");
    }

    let first = one.iter().chain(&other).min().expect("some").date_naive();
    let last = one.iter().chain(&other).max().expect("some").date_naive();
    let mut found = BTreeSet::new();
    for day in first.iter_days().take_while(|day| *day <= last + Days::new(1)) {
        let of_it = of_a_day(&store, day).await;
        assert!(of_it.iter().all(|(_, at)| at.date_naive() == day), "{day}: of that day alone");
        found.extend(of_it.into_iter().map(|(number, _)| number));
    }
    assert!(found.into_iter().eq(1..=400), "each is found on its day");
    let day_before = of_a_day(&store, first - Days::new(1)).await;
    assert_eq!(day_before, [], "and nothing before the first");
    let late = store.append(&event_at(noon() - seconds(40_000_000), "one", None, AuditAction::SignedIn)).await;
    late.expect("also with a clock that is a year behind");
    assert_eq!(verify(&store).await.fault, None, "it goes on");
}
