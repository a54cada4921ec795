//! Which services fit a search, and in which order they are named.

use chrono::{DateTime, Utc};

use crate::dos::accounts::Account;
use crate::dos::asked::Search;
use crate::world::{Capacity, EMERGENCY_DEPARTMENT, RANKING, Service, World};

/// How many of one type an account for live calls is told of.
const OF_A_TYPE: usize = 2;
/// How far the catch-all looks, in miles: 60 km.
const CATCH_ALL: f64 = 60.0 / 1.609_344;

/// A service that was found.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) service: &'a Service,
    pub(super) miles: f64,
    /// Named because nothing else was left.
    pub(super) catch_all: bool,
}

/// The services in the order of their rank: by type, then by distance. Where none is left, the two nearest emergency
/// departments.
pub(super) fn found<'a>(world: &'a World, search: &Search, account: &Account, now: DateTime<Utc>) -> Vec<Found<'a>> {
    let at = |service: &'a Service| Found { service, miles: search.from.distance(service.at), catch_all: false };
    let listed: Vec<&Service> = if search.assurance {
        world.assurance.iter().collect()
    } else {
        world.services.iter().chain(&world.particular).collect()
    };
    let (from, until) = search.window(now);
    let mut found: Vec<Found<'a>> = listed
        .into_iter()
        .filter(|service| service.active && service.capacity != Capacity::None)
        .filter(|service| !world.is_closed(&service.id))
        .filter(|service| account.is_told_of(service.serves.audience))
        .filter(|service| fits(service, search))
        .filter(|service| !account.minds_hours(search) || service.opening.open_between(from, until))
        .map(at)
        .filter(|found| found.miles <= search.miles())
        .collect();
    let rank = |service: &Service| RANKING.iter().position(|kind| *kind == service.kind).unwrap_or(RANKING.len());
    found.sort_by(|one, other| {
        rank(one.service).cmp(&rank(other.service)).then_with(|| one.miles.total_cmp(&other.miles))
    });
    if account.few_of_a_type {
        let mut counted: Vec<u32> = Vec::new();
        found.retain(|found| {
            counted.push(found.service.kind.0);
            counted.iter().filter(|kind| **kind == found.service.kind.0).count() <= OF_A_TYPE
        });
    }
    if found.is_empty() {
        let departments = world.all_services().filter(|service| service.kind == EMERGENCY_DEPARTMENT);
        found = departments.map(at).filter(|found| found.miles <= CATCH_ALL).collect();
        found.sort_by(|one, other| one.miles.total_cmp(&other.miles));
        found.truncate(2);
        found.iter_mut().for_each(|found| found.catch_all = true);
    }
    found
}

/// Whether the service is for this patient and this need.
fn fits(service: &Service, search: &Search) -> bool {
    let serves = &service.serves;
    let (youngest, oldest) = search.ages;
    serves.groups.contains(&search.group)
        && search.discriminators.iter().all(|discriminator| serves.discriminators.contains(discriminator))
        && serves.dispositions.iter().any(|range| range.contains(&search.disposition))
        && serves.genders.contains(search.gender)
        && youngest <= serves.ages.1
        && oldest >= serves.ages.0
        && (serves.practices.is_empty()
            || search.surgery.as_deref().is_some_and(|surgery| serves.practices.contains(&surgery)))
}
