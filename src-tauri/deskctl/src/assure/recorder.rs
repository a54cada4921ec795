//! What went over the wire, numbered as it came.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use desk_composition::observe::{HttpObserved, LdapObserved, Observer};

/// One exchange.
#[derive(Debug, Clone)]
pub(crate) enum Seen {
    /// HTTP.
    Http(Box<HttpObserved>),
    /// LDAP.
    Ldap(Box<LdapObserved>),
}

/// Looks on.
#[derive(Debug, Default)]
pub(crate) struct Recorder(Mutex<Vec<Seen>>);

impl Recorder {
    fn seen(&self) -> MutexGuard<'_, Vec<Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many there are: where the next step begins.
    pub(crate) fn mark(&self) -> usize {
        self.seen().len()
    }

    /// Everything, in order.
    pub(crate) fn all(&self) -> Vec<Seen> {
        self.seen().clone()
    }
}

impl Observer for Recorder {
    fn http(&self, exchange: HttpObserved) {
        self.seen().push(Seen::Http(Box::new(exchange)));
    }

    fn ldap(&self, search: LdapObserved) {
        self.seen().push(Seen::Ldap(Box::new(search)));
    }
}

/// The exchanges of one step, by number from 1.
#[derive(Debug, Clone, Default)]
pub(crate) struct Step(pub(crate) Range<usize>);

impl Step {
    /// Those over HTTP.
    pub(crate) fn http<'a>(&self, all: &'a [Seen]) -> Vec<(usize, &'a HttpObserved)> {
        let of = |(number, seen): (usize, &'a Seen)| match seen {
            Seen::Http(exchange) => Some((number, &**exchange)),
            Seen::Ldap(_) => None,
        };
        self.numbered(all).filter_map(of).collect()
    }

    /// Those over LDAP.
    pub(crate) fn ldap<'a>(&self, all: &'a [Seen]) -> Vec<(usize, &'a LdapObserved)> {
        let of = |(number, seen): (usize, &'a Seen)| match seen {
            Seen::Ldap(search) => Some((number, &**search)),
            Seen::Http(_) => None,
        };
        self.numbered(all).filter_map(of).collect()
    }

    /// Their numbers.
    pub(crate) fn numbers(&self) -> Vec<usize> {
        self.0.clone().map(|index| index + 1).collect()
    }

    fn numbered<'a>(&self, all: &'a [Seen]) -> impl Iterator<Item = (usize, &'a Seen)> {
        self.0.clone().filter_map(|index| all.get(index).map(|seen| (index + 1, seen)))
    }
}
