//! Finding a service: the ranked list, its availability while the user reads, and the choice.

use std::time::Duration;

use desk_domain::audit::AuditAction;
use desk_domain::encounter::Encounter;
use desk_domain::failure::DirectoryFailure;
use desk_domain::id::{DosServiceId, EncounterId, Postcode, SearchId, short_reference};
use desk_domain::outcome::AssessmentOutcome;
use desk_domain::personal::Personal;
use desk_domain::reject::given_reason;
use desk_domain::service::{BookingConnection, SearchDistance, Service};
use desk_domain::slot::SlotCount;
use desk_domain::user::Action;
use futures::StreamExt;

use crate::desk::{Desk, Search, SignedIn};
use crate::error::JourneyError;
use crate::ports::ClinicalCase;

/// How many services are asked for their slots at the same time.
const ASKED_AT_ONCE: usize = 64;

/// What is known of one service's availability.
#[derive(Debug, Clone)]
pub struct Availability {
    /// The search.
    pub search: SearchId,
    /// The service.
    pub service: DosServiceId,
    /// How far the asking is.
    pub state: AvailabilityState,
}

/// How far asking a service is. "None free", "could not ask" and "not asked" are different.
#[derive(Debug, Clone)]
pub enum AvailabilityState {
    /// Being asked.
    Asking,
    /// It answered.
    Answered(SlotCount),
    /// It could not be asked.
    Failed(JourneyError),
    /// It takes no bookings from here.
    NotAsked,
}

impl Desk {
    /// Searches the directory for an encounter's current outcome (DI-1), around where the patient is now: as far as the
    /// directory itself looks, or as far as is said.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::OutcomeMissing`], [`JourneyError::Directory`], [`JourneyError::Record`].
    pub async fn find_services(
        &self,
        who: &SignedIn,
        id: EncounterId,
        within: Option<SearchDistance>,
    ) -> Result<(Search, Postcode), JourneyError> {
        self.require(who, Action::FindSlots).await?;
        let encounter = self.going_on(id).await?;
        let case = self.case(&encounter, within)?;
        let (search, at) = (SearchId(self.ports.clock.new_id()), self.now());
        let answer = self.ports.directory.services_for(id, search, &case).await;
        let services =
            answer.as_ref().map_or_else(|_| Vec::new(), |a| a.services.iter().map(|s| s.id.clone()).collect());
        let failure = answer.as_ref().err().map(ToString::to_string);
        let took_ms = millis((self.now() - at).to_std().unwrap_or_default());
        self.record(who, Some(id), AuditAction::ServicesSearched { search, within, services, failure, took_ms })
            .await?;
        let answer = answer.map_err(|failure| JourneyError::Directory { failure, search })?;
        let found = Search {
            id: search,
            encounter: id,
            at,
            services: answer.services,
            distance_km: answer.search_distance_km,
            chosen: None,
        };
        let mut shown = self.shown();
        shown.searches.retain(|_, earlier| earlier.encounter != id);
        shown.searches.insert(search, found.clone());
        Ok((found, case.postcode))
    }

    fn case(&self, encounter: &Encounter, within: Option<SearchDistance>) -> Result<ClinicalCase, JourneyError> {
        let outcome = encounter.outcome().ok_or(JourneyError::OutcomeMissing)?;
        Ok(ClinicalCase {
            case_reference: short_reference(encounter.id.0),
            postcode: encounter.patient.current_postcode.clone(),
            gp_practice: encounter.patient.gp_practice.clone(),
            age: encounter.patient.age(self.now()),
            gender: encounter.patient.gender,
            disposition: outcome.disposition.national_code().clone(),
            symptom_group: outcome.symptom_group,
            symptom_discriminators: outcome.symptom_discriminators.clone(),
            search_distance_km: within.map(SearchDistance::km),
            search_at: None,
        })
    }

    /// Asks every bookable service of a search for its free slots, all at once, and tells each answer as it comes (DI-9).
    /// Dropping the future stops the asking.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::ShownTooLongAgo`], [`JourneyError::OutcomeMissing`],
    /// [`JourneyError::Record`]. What fails for one service is told in its answer and holds up no other.
    pub async fn watch_availability(
        &self,
        who: &SignedIn,
        encounter: EncounterId,
        search: SearchId,
        tell: impl Fn(Availability, &AssessmentOutcome) + Send + Sync,
    ) -> Result<(), JourneyError> {
        self.require(who, Action::FindSlots).await?;
        let search = self.search(encounter, search)?;
        let encounter = self.going_on(encounter).await?;
        self.watch_these(who, &encounter, &search, tell).await
    }

    /// The same for the services of a search that the caller holds.
    ///
    /// # Errors
    /// [`JourneyError::OutcomeMissing`], [`JourneyError::Record`].
    pub async fn watch_these(
        &self,
        who: &SignedIn,
        encounter: &Encounter,
        search: &Search,
        tell: impl Fn(Availability, &AssessmentOutcome) + Send + Sync,
    ) -> Result<(), JourneyError> {
        self.require(who, Action::FindSlots).await?;
        let outcome = encounter.outcome().ok_or(JourneyError::OutcomeMissing)?;
        let say = |service: &Service, state| {
            tell(Availability { search: search.id, service: service.id.clone(), state }, outcome);
        };
        for service in &search.services {
            let asked = service.booking_connection() != BookingConnection::None;
            say(service, if asked { AvailabilityState::Asking } else { AvailabilityState::NotAsked });
        }
        let ask = |service| async move { (service, self.availability_of(who, encounter, outcome, service).await) };
        let asked: Vec<_> =
            search.services.iter().filter(|s| s.booking_connection() != BookingConnection::None).map(ask).collect();
        futures::stream::iter(asked)
            .buffer_unordered(ASKED_AT_ONCE)
            .for_each(|(service, count)| {
                say(service, count.map_or_else(AvailabilityState::Failed, AvailabilityState::Answered));
                std::future::ready(())
            })
            .await;
        Ok(())
    }

    async fn availability_of(
        &self,
        who: &SignedIn,
        encounter: &Encounter,
        outcome: &AssessmentOutcome,
        service: &Service,
    ) -> Result<SlotCount, JourneyError> {
        let free = self.ask_for_slots(who, encounter, outcome, service, true).await?;
        Ok(SlotCount::of(&free.slots, outcome))
    }

    /// Chooses a service (DI-2), with a reason where the first ranked one is passed over (DI-10).
    ///
    /// # Errors
    /// [`JourneyError::RejectReasonNeeded`], [`JourneyError::ShownTooLongAgo`], [`JourneyError::Directory`] where the
    /// directory no longer has it, [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn choose_service(
        &self,
        who: &SignedIn,
        encounter: EncounterId,
        search: SearchId,
        service: &DosServiceId,
        reason: Option<(u32, &str)>,
    ) -> Result<(u32, Service), JourneyError> {
        self.require(who, Action::FindSlots).await?;
        self.going_on(encounter).await?;
        let shown = self.search(encounter, search)?;
        let (rank, listed) = shown.service(service)?;
        let given = reason.and_then(|(id, comment)| given_reason(who.user.role, id, comment));
        if rank > 1 && given.is_none() {
            return Err(JourneyError::RejectReasonNeeded);
        }
        let chosen = match self.ports.directory.details(encounter, search, listed).await {
            Ok(detailed) => detailed,
            Err(failure @ DirectoryFailure::ServiceNotFound) => {
                return Err(JourneyError::Directory { failure, search });
            }
            Err(failure) => {
                // What the search said of its endpoints is from moments ago and stands.
                tracing::warn!(%encounter, reference = short_reference(search.0), %service, %failure, "no service details; going on with what the search said");
                listed.clone()
            }
        };
        let given = given.filter(|_| rank > 1);
        let what = AuditAction::ServiceChosen {
            search,
            service: service.clone(),
            name: Some(chosen.name.clone()),
            rank,
            reject_reason: given.as_ref().map(|given| given.id),
            reject_comment: given.and_then(|given| given.comment).map(Personal::new),
        };
        self.record(who, Some(encounter), what).await?;
        if let Some(held) = self.shown().searches.get_mut(&search) {
            held.chosen = Some(service.clone());
            held.services.iter_mut().filter(|s| s.id == *service).for_each(|s| *s = chosen.clone());
        }
        Ok((rank, chosen))
    }
}

pub(crate) fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
