//! Searches for appointments, at a provider and at the registry: every page that may be followed, each appointment once
//! and to the letter, and how the search ended.

use std::collections::HashSet;
use std::fmt::Display;

use desk_domain::failure::ProviderFailure;
use desk_journeys::ports::Asking;

use crate::address::Root;
use crate::fhir::bundle::Page;
use crate::fhir::exchange::{Exchanges, Operation, Peer};
use crate::fhir::given::AsGiven;
use crate::fhir::pages::Pages;
use crate::fhir::refusal::OperationOutcome;
use crate::transport::Answer;

/// What a search gave.
pub(crate) struct Found<E> {
    pub(crate) appointments: Vec<AsGiven>,
    /// How many entries could not be understood.
    pub(crate) not_understood: usize,
    /// How many remarks were among them.
    pub(crate) remarks: usize,
    /// How many of those tell of something that failed.
    pub(crate) failures_told: usize,
    pub(crate) ended: Ended<E>,
}

/// How a search ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended<E> {
    /// With its last page.
    Whole,
    /// There are pages that are not followed.
    CutShort,
    /// A page did not come.
    Failed(E),
}

impl<E> Found<E> {
    fn add(&mut self, page: Page) {
        self.not_understood += usize::try_from(page.not_understood).unwrap_or(usize::MAX);
        let outcomes = page.of_type("OperationOutcome").map(OperationOutcome::of);
        for outcome in outcomes {
            self.remarks += 1;
            self.failures_told += usize::from(outcome.tells_of_a_failure());
        }
        self.appointments.extend(page.appointments);
    }

    /// Keeps each appointment once, by its id: a page may repeat what stood on the one before.
    fn keep_each_once(&mut self) {
        let mut seen = HashSet::new();
        self.appointments.retain(|one| one.id().is_none_or(|id| seen.insert(id)));
    }
}

impl Exchanges {
    /// Searches; `refused` says what an answer means that is no page.
    pub(crate) async fn search<E: From<ProviderFailure> + Display>(
        &self,
        asking: &Asking,
        peer: Peer<'_>,
        root: &Root,
        operation: Operation<'_>,
        refused: fn(&Answer) -> E,
    ) -> Found<E> {
        let mut pages = Pages::of(root, operation.url.clone());
        let mut found =
            Found { appointments: Vec::new(), not_understood: 0, remarks: 0, failures_told: 0, ended: Ended::Whole };
        let mut asking = asking.clone();
        while let Some(url) = pages.next() {
            let read = |answer: &Answer| match answer.status {
                200 => Ok((Page::read(&answer.body).map_err(E::from)?, answer.body.len())),
                _ => Err(refused(answer)),
            };
            let operation = Operation { url, ..operation.clone() };
            match self.exchange(&asking, peer, operation, read).await {
                Ok((page, size)) => {
                    pages.came(size, page.next.as_deref());
                    found.add(page);
                }
                Err(failure) => {
                    found.ended = Ended::Failed(failure);
                    return found;
                }
            }
            asking = self.another(&asking);
        }
        if pages.is_cut_short() {
            found.ended = Ended::CutShort;
        }
        found.keep_each_once();
        found
    }
}
