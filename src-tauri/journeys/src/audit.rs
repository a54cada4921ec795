//! Looking at the audit record, verifying its chain, sealing it, writing it to files (NF-3). Each is itself recorded.

use std::path::Path;

use desk_domain::audit::{AuditAction, AuditFilter};
use desk_domain::chain::Seal;
use desk_domain::id::EncounterId;
use desk_domain::user::Action;

use crate::desk::{Desk, SignedIn};
use crate::error::JourneyError;
use crate::ports::{AuditExport, AuditPage, AuditQuery, ChainCheck, RecordedEvent};

/// How many events one window shows at the most.
const MOST_AT_ONCE: u32 = 1000;
/// How many events a timeline shows at the most; an encounter has some dozens.
const MOST_OF_AN_ENCOUNTER: u32 = 10_000;

impl Desk {
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

    /// Verifies the chain, and holds it against seals: those given, or those that this desk keeps. What was found is
    /// recorded; a record that does not hold is still a record to write that to.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn verify_audit(&self, who: &SignedIn, seals: Option<Vec<Seal>>) -> Result<ChainCheck, JourneyError> {
        self.require(who, Action::ReadAudit).await?;
        let seals = match seals {
            Some(seals) => seals,
            None => self.ports.audit.seals().await?,
        };
        let found = self.ports.audit.verify(seals).await?;
        let what = AuditAction::AuditVerified { events: found.head.number, seals: found.seals, fault: found.fault };
        self.record(who, None, what).await?;
        Ok(found)
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
    /// before, and stands in the files itself where the filter leaves it in.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`]; [`JourneyError::Record`], also where the folder has such files already.
    pub async fn export_audit(
        &self,
        who: &SignedIn,
        filter: &AuditFilter,
        folder: &Path,
    ) -> Result<AuditExport, JourneyError> {
        self.require(who, Action::ReadAudit).await?;
        self.record(who, None, AuditAction::AuditExported { filter: Box::new(filter.clone()) }).await?;
        Ok(self.ports.audit.export(filter, folder).await?)
    }

    async fn read_is_recorded(
        &self,
        who: &SignedIn,
        filter: AuditFilter,
        before: Option<u64>,
    ) -> Result<(), JourneyError> {
        self.record(who, filter.encounter, AuditAction::AuditRead { filter: Box::new(filter), before }).await
    }
}
