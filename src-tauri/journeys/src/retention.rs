//! Removing what nobody has to keep any more (NF-5): what would be removed is shown first, and removed on a confirmation of
//! exactly that. The rule is [`desk_domain::retention`]'s.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use desk_domain::audit::{AuditAction, AuditEvent};
use desk_domain::failure::RecordFailure;
use desk_domain::id::EncounterId;
use desk_domain::retention::{ClockDoubt, Confirmed, Holdings, Kept, RecordTimes, YearsKept, doubt};
use desk_domain::user::Action;

use crate::desk::{Desk, SignedIn};
use crate::error::JourneyError;

/// How many encounters are taken out of the record in one transaction: nobody else waits long.
const AT_ONCE: usize = 20;

/// What the record says of its age, and the removal from it.
#[async_trait]
pub trait RetentionRecord: Send + Sync {
    /// What the record says of time.
    async fn times(&self) -> Result<RecordTimes, RecordFailure>;
    /// Encounters whose details are there and in which nothing happened since an instant (UTC), oldest first; whether
    /// something elsewhere had to do with them since, each says itself.
    async fn quiet_since(&self, before: DateTime<Utc>) -> Result<Vec<Kept>, RecordFailure>;
    /// Events older than an instant that have a personal part still, and that go with no encounter.
    async fn loose_parts(&self, before: DateTime<Utc>) -> Result<LooseParts, RecordFailure>;
    /// Takes the details of these encounters out of the record, each with its
    /// [`AuditAction::PersonalPartsRemoved`], in one transaction. One with which anything happened since it was read
    /// stays; gives how many were taken out.
    async fn remove(&self, over: Vec<(Kept, AuditEvent)>) -> Result<u64, RecordFailure>;
    /// Removes the personal parts of events, with the [`AuditAction::PersonalPartsRemoved`] that says which, in one
    /// transaction; gives how many.
    async fn remove_parts(&self, event: &AuditEvent) -> Result<u64, RecordFailure>;
    /// Leaves no trace of what was removed in any file of the record: references that lead to nobody go, and the files are
    /// written anew. Nobody else writes meanwhile.
    async fn clear_traces(&self) -> Result<(), RecordFailure>;
}

/// Personal parts of events that go with no encounter, such as whom a supervisor looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LooseParts {
    /// Number of the last event that is old enough.
    pub through: u64,
    /// How many parts belong to no encounter.
    pub parts: u64,
    /// Encounters without details, removed before or never there, with how many parts of their events came later: somebody
    /// looked for a patient among the events of one.
    pub of_emptied: Vec<(EncounterId, u64)>,
}

impl LooseParts {
    /// How many there are.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.parts + self.of_emptied.iter().map(|(_, parts)| parts).sum::<u64>()
    }
}

/// What would be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionPlan {
    /// For how many years records are kept.
    pub years: YearsKept,
    /// What was last touched before this (UTC) has been kept long enough.
    pub before: DateTime<Utc>,
    /// How many encounters.
    pub encounters: u64,
    /// When the last thing happened in the one that was left alone longest, and in the one that was left alone last (UTC).
    pub between: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// What these hold.
    pub holdings: Holdings,
    /// Personal parts of events that go with no encounter.
    pub loose_parts: u64,
    /// How many encounters are as old and stay, because something of them is unfinished.
    pub unfinished: u64,
    /// Why today's date has to be given.
    pub doubt: Option<ClockDoubt>,
}

/// What was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retained {
    /// How many encounters lost their details.
    pub encounters: u64,
    /// How many personal parts of events that go with no encounter went.
    pub loose_parts: u64,
    /// Whether no file of the record holds a trace of it; otherwise somebody else was writing, and it is to be done again.
    pub traces_cleared: bool,
}

impl Desk {
    /// What would be removed now, by count. Nothing is removed. It names nobody, so that looking at it is not recorded.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn plan_retention(&self, who: &SignedIn, years: YearsKept) -> Result<RetentionPlan, JourneyError> {
        self.require(who, Action::KeepRecord).await?;
        let (plan, _, _) = self.what_is_over(years).await?;
        Ok(plan)
    }

    /// Removes the details of what has been kept long enough, a few encounters at a time: an end in the middle leaves each
    /// either whole or removed, and the next time goes on.
    ///
    /// # Errors
    /// [`JourneyError::Retention`] where it is not what was confirmed, or nobody said which day it is although the clock is
    /// in doubt; [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn retain(
        &self,
        who: &SignedIn,
        years: YearsKept,
        confirmed: &Confirmed,
    ) -> Result<Retained, JourneyError> {
        self.require(who, Action::KeepRecord).await?;
        let (plan, over, loose) = self.what_is_over(years).await?;
        confirmed.fits(plan.encounters, plan.doubt, self.now())?;
        let mut encounters = 0;
        for some in over.chunks(AT_ONCE) {
            let with_events = some.iter().map(|kept| {
                let (encounter, through) = (Some(kept.encounter), kept.through);
                let what = AuditAction::PersonalPartsRemoved {
                    through,
                    only: encounter,
                    of_no_encounter: false,
                    years: Some(years),
                };
                (*kept, self.event(Some(who), encounter, what))
            });
            encounters += self.ports.retention.remove(with_events.collect()).await?;
        }
        let of_none = (loose.parts > 0).then_some(None);
        let mut loose_parts = 0;
        for only in of_none.into_iter().chain(loose.of_emptied.iter().map(|(encounter, _)| Some(*encounter))) {
            let (through, of_no_encounter) = (loose.through, only.is_none());
            let what = AuditAction::PersonalPartsRemoved { through, only, of_no_encounter, years: Some(years) };
            loose_parts += self.ports.retention.remove_parts(&self.event(Some(who), only, what)).await?;
        }
        let cleared = self.ports.retention.clear_traces().await;
        if let Err(failure) = &cleared {
            tracing::warn!(%failure, "traces of what was removed may still be in the record's files");
        }
        Ok(Retained { encounters, loose_parts, traces_cleared: cleared.is_ok() })
    }

    async fn what_is_over(&self, years: YearsKept) -> Result<(RetentionPlan, Vec<Kept>, LooseParts), JourneyError> {
        let record = &self.ports.retention;
        let now = self.now();
        let before = years.before(now);
        let quiet = record.quiet_since(before).await?;
        let loose = record.loose_parts(before).await?;
        let count = |counts: &dyn Fn(&Kept) -> bool| {
            u64::try_from(quiet.iter().filter(|kept| counts(kept)).count()).unwrap_or(u64::MAX)
        };
        let unfinished = count(&|kept| kept.unfinished && kept.last < before);
        let encounters = count(&|kept| kept.is_over(before));
        let over: Vec<Kept> = quiet.into_iter().filter(|kept| kept.is_over(before)).collect();
        let ages = || over.iter().map(|kept| kept.last);
        let plan = RetentionPlan {
            years,
            before,
            encounters,
            between: ages().min().zip(ages().max()),
            holdings: over.iter().map(|kept| kept.holdings).sum(),
            loose_parts: loose.all(),
            unfinished,
            doubt: doubt(&record.times().await?, now, before),
        };
        Ok((plan, over, loose))
    }
}
