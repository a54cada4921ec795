//! Looking at the audit record, verifying its chain, sealing it, writing it to files (NF-3). Each is itself recorded, once:
//! what is asked beside a window that was read, such as how many there are in all, belongs to that reading.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use desk_domain::audit::{AuditAction, AuditEvent, AuditFilter, AuditKind};
use desk_domain::chain::Seal;
use desk_domain::encounter::Encounter;
use desk_domain::failure::RecordFailure;
use desk_domain::id::{EncounterId, RequestId};
use desk_domain::user::Action;

use crate::desk::{Desk, SignedIn};
use crate::error::JourneyError;
use crate::ports::{
    AuditCount, AuditExport, AuditPage, AuditQuery, ChainCheck, Exchange, ExchangesSought, LongWalk, RecordedEvent,
};

/// How many events one window shows at the most.
const MOST_AT_ONCE: u32 = 1000;
/// How many events a timeline shows at the most; an encounter has some dozens.
const MOST_OF_AN_ENCOUNTER: u32 = 10_000;
/// Among how many of a kind the newest is that can be read.
const NEWEST_OF_A_KIND: u32 = 5;
/// Of how many filters is remembered that they were read.
const MOST_REMEMBERED: usize = 200;

/// A window of the audit record with what stands beside its events.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditReading {
    /// The events.
    pub page: AuditPage,
    /// What stands beside them.
    pub beside: Beside,
}

/// What the record holds beside events: nothing of it is about a patient.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Beside {
    /// Names of services, by id, where the record knows them.
    pub service_names: HashMap<String, String>,
    /// Names of users as they are taken down now, by username: `CARTER, Priya (Ms)`.
    pub user_names: HashMap<String, String>,
    /// Exchanges with other systems, in their order.
    pub exchanges: Vec<Exchange>,
}

/// One encounter from its beginning.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditStory {
    /// The encounter as it is now; none where its patient's details were removed.
    pub encounter: Option<Encounter>,
    /// Its events, oldest first.
    pub events: Vec<RecordedEvent>,
    /// What stands beside them, with every exchange of the encounter.
    pub beside: Beside,
}

/// How the record is kept: when it was verified and sealed last.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditState {
    /// The last verification: an [`AuditAction::AuditVerified`].
    pub verified: Option<AuditEvent>,
    /// The name of whoever did it, as they are taken down now; none where there is no such user.
    pub verified_by: Option<String>,
    /// The last sealing: an [`AuditAction::AuditSealed`].
    pub sealed: Option<AuditEvent>,
    /// How many seals this desk keeps.
    pub seals: usize,
    /// The file that they are in.
    pub seals_file: PathBuf,
}

fn readable(events: &[RecordedEvent]) -> impl Iterator<Item = &AuditEvent> {
    events.iter().filter_map(|one| one.event.as_ref().ok())
}

impl Desk {
    /// Refuses whoever may not read the audit record, and records that.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn may_read_audit(&self, who: &SignedIn) -> Result<(), JourneyError> {
        self.require(who, Action::ReadAudit).await
    }

    /// Reads a window of the audit record, newest first; that it was read, and what of it, is recorded before.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn read_audit(&self, who: &SignedIn, query: &AuditQuery) -> Result<AuditPage, JourneyError> {
        self.require(who, Action::ReadAudit).await?;
        self.read_is_recorded(who, query.filter.clone(), query.before).await?;
        let query = AuditQuery { most: query.most.min(MOST_AT_ONCE), ..query.clone() };
        Ok(self.ports.audit.read(&query).await?)
    }

    /// The same, with what stands beside the events.
    ///
    /// # Errors
    /// As [`Desk::read_audit`].
    pub async fn look_at_audit(&self, who: &SignedIn, query: &AuditQuery) -> Result<AuditReading, JourneyError> {
        let page = self.read_audit(who, query).await?;
        let requests: Vec<RequestId> = readable(&page.events).filter_map(|event| event.what.request()).collect();
        let exchanges = self.ports.audit.exchanges(ExchangesSought::Requests(requests)).await?;
        let beside = self.beside(&page.events, exchanges).await?;
        Ok(AuditReading { page, beside })
    }

    /// How many events a filter leaves in. Of what was read it is a part; otherwise that it was counted is recorded before.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn count_audit(&self, who: &SignedIn, filter: &AuditFilter) -> Result<AuditCount, JourneyError> {
        self.belongs_to_a_reading(who, filter).await?;
        Ok(self.ports.audit.how_many(filter).await?)
    }

    /// How many events came after the one of a number, without this user's own readings of the record. Recorded as
    /// [`Desk::count_audit`] is.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn newer_in_audit(
        &self,
        who: &SignedIn,
        filter: &AuditFilter,
        after: u64,
    ) -> Result<AuditCount, JourneyError> {
        self.belongs_to_a_reading(who, filter).await?;
        Ok(self.ports.audit.newer(filter, after, &who.user.username).await?)
    }

    /// One encounter from its beginning, oldest first; that it was read is recorded before.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn audit_timeline(
        &self,
        who: &SignedIn,
        encounter: EncounterId,
    ) -> Result<Vec<RecordedEvent>, JourneyError> {
        self.require(who, Action::ReadAudit).await?;
        let filter = AuditFilter { encounter: Some(encounter), ..AuditFilter::default() };
        self.read_is_recorded(who, filter, None).await?;
        Ok(self.ports.audit.timeline(encounter, MOST_OF_AN_ENCOUNTER).await?)
    }

    /// The same with whom it was about, and with every exchange of it.
    ///
    /// # Errors
    /// As [`Desk::audit_timeline`]; [`RecordFailure::NotFound`] where the record has no event of such an encounter.
    pub async fn audit_story(&self, who: &SignedIn, id: EncounterId) -> Result<AuditStory, JourneyError> {
        let events = self.audit_timeline(who, id).await?;
        let encounter = match self.ports.encounters.load(id).await {
            Ok(encounter) => Some(encounter),
            Err(RecordFailure::NotFound | RecordFailure::DetailsRemoved { .. }) => None,
            Err(failure @ (RecordFailure::Failed(_) | RecordFailure::AlreadySettled)) => return Err(failure.into()),
        };
        // That it was looked for is an event of it by now.
        let is_reading = |event: &AuditEvent| AuditKind::from(&event.what) == AuditKind::AuditRead;
        if encounter.is_none() && events.iter().all(|one| one.event.as_ref().is_ok_and(is_reading)) {
            return Err(RecordFailure::NotFound.into());
        }
        let exchanges = self.ports.audit.exchanges(ExchangesSought::Encounter(id)).await?;
        let beside = self.beside(&events, exchanges).await?;
        Ok(AuditStory { encounter, events, beside })
    }

    /// How the record is kept. Nothing of anybody's work with patients, so that looking at it is not recorded.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn audit_state(&self, who: &SignedIn) -> Result<AuditState, JourneyError> {
        self.require(who, Action::ReadAudit).await?;
        let mut users = self.names_of_users().await?;
        let verified = self.newest(AuditKind::AuditVerified).await?.map(|(_, event)| event);
        let by = verified.as_ref().and_then(|event| event.who.as_ref());
        Ok(AuditState {
            verified_by: by.and_then(|by| users.remove(by.username.as_str())),
            verified,
            sealed: self.newest(AuditKind::AuditSealed).await?.map(|(_, event)| event),
            seals: self.ports.audit.seals().await?.len(),
            seals_file: self.ports.audit.seals_file(),
        })
    }

    /// Verifies the chain, and holds it against seals: those given, or those that this desk keeps. What was found is
    /// recorded; a record that does not hold is still a record to write that to. None where it was stopped.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn verify_audit(
        &self,
        who: &SignedIn,
        seals: Option<Vec<Seal>>,
        walk: &Arc<LongWalk>,
    ) -> Result<Option<ChainCheck>, JourneyError> {
        self.require(who, Action::ReadAudit).await?;
        let seals = match seals {
            Some(seals) => seals,
            None => self.ports.audit.seals().await?,
        };
        let Some(found) = self.ports.audit.verify(seals, walk).await? else { return Ok(None) };
        let what = AuditAction::AuditVerified { events: found.head.number, seals: found.seals, fault: found.fault };
        self.record(who, None, what).await?;
        Ok(Some(found))
    }

    /// Seals the chain's head now; that it was sealed is recorded.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn seal_audit(&self, who: &SignedIn) -> Result<Seal, JourneyError> {
        self.require(who, Action::ReadAudit).await?;
        let seal = self.ports.audit.seal(self.now().date_naive()).await?;
        self.record(who, None, AuditAction::AuditSealed { seal }).await?;
        Ok(seal)
    }

    /// Seals the chain's head where this day (UTC) has no seal yet: the desk does so itself, at its start and through the
    /// day.
    ///
    /// # Errors
    /// [`JourneyError::Record`].
    pub async fn seal_the_day(&self) -> Result<Option<Seal>, JourneyError> {
        let today = self.now().date_naive();
        if self.ports.audit.seals().await?.iter().any(|seal| seal.day == today) {
            return Ok(None);
        }
        let seal = self.ports.audit.seal(today).await?;
        self.ports.audit.append(&self.event(None, None, AuditAction::AuditSealed { seal })).await?;
        Ok(Some(seal))
    }

    /// Writes events to files in a folder, with a manifest; that it was done, and what of the record it was, is recorded
    /// before, and stands in the files itself where the filter leaves it in. None where it was stopped.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`]; [`JourneyError::NotExported`] where the folder has such
    /// files already, or cannot be written to.
    pub async fn export_audit(
        &self,
        who: &SignedIn,
        filter: &AuditFilter,
        folder: &Path,
        walk: &Arc<LongWalk>,
    ) -> Result<Option<AuditExport>, JourneyError> {
        self.require(who, Action::ReadAudit).await?;
        self.record(who, None, AuditAction::AuditExported { filter: Box::new(filter.clone()) }).await?;
        Ok(self.ports.audit.export(filter, folder, walk).await?)
    }

    /// The newest event of a kind that can be read, with its number. Nothing that anybody reads: it is not recorded.
    pub(crate) async fn newest(&self, kind: AuditKind) -> Result<Option<(u64, AuditEvent)>, JourneyError> {
        let filter = AuditFilter { kind: Some(kind), ..AuditFilter::default() };
        let page = self.ports.audit.read(&AuditQuery { filter, before: None, most: NEWEST_OF_A_KIND }).await?;
        Ok(page.events.into_iter().find_map(|one| Some((one.number, one.event.ok()?))))
    }

    /// What stands beside events: names of the services that they or their exchanges are about, and of the users.
    async fn beside(&self, events: &[RecordedEvent], exchanges: Vec<Exchange>) -> Result<Beside, JourneyError> {
        let named = readable(events).flat_map(|event| event.what.services());
        let named = named.chain(exchanges.iter().filter_map(|one| one.service.as_ref())).map(ToString::to_string);
        let services: std::collections::HashSet<String> = named.collect();
        let service_names = self.ports.reports.service_names(services.into_iter().collect()).await?;
        Ok(Beside { service_names, user_names: self.names_of_users().await?, exchanges })
    }

    async fn names_of_users(&self) -> Result<HashMap<String, String>, JourneyError> {
        let users = self.ports.users.all().await?;
        Ok(users.into_iter().map(|user| (user.username.to_string(), user.name.displayed())).collect())
    }

    async fn read_is_recorded(
        &self,
        who: &SignedIn,
        filter: AuditFilter,
        before: Option<u64>,
    ) -> Result<(), JourneyError> {
        let what = AuditAction::AuditRead { filter: Box::new(filter.clone()), before };
        self.record(who, filter.encounter, what).await?;
        let mut shown = self.shown();
        let read = (who.user.id, filter);
        if !shown.audit_read.contains(&read) {
            if shown.audit_read.len() >= MOST_REMEMBERED {
                shown.audit_read.remove(0);
            }
            shown.audit_read.push(read);
        }
        Ok(())
    }

    async fn belongs_to_a_reading(&self, who: &SignedIn, filter: &AuditFilter) -> Result<(), JourneyError> {
        self.require(who, Action::ReadAudit).await?;
        let read = (who.user.id, filter.clone());
        if self.shown().audit_read.contains(&read) { Ok(()) } else { self.read_is_recorded(who, read.1, None).await }
    }
}
