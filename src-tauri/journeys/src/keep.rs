//! Keeping the record (NF-5): copies of it, each verified, those of the day made by the desk itself; restoring one; its key.
//! Supervisors only, and each of it recorded.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use desk_domain::audit::{AuditAction, AuditEvent, AuditKind, Workplace};
use desk_domain::id::Username;
use desk_domain::keeping::{RecordKeyId, outlived};
use desk_domain::user::Action;

use crate::desk::{Desk, SignedIn};
use crate::error::JourneyError;
use crate::ports::{AuditTrail, Backup, BackupManifest, BackupOrder, Clock, UserRecord};

/// How the record is kept, as supervisors are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordKept {
    /// The newest copy that was made and verified; none where there never was one.
    pub last: Option<LastBackup>,
    /// Why no copy could be made since, where one could not.
    pub failed: Option<BackupFailed>,
}

/// How the copies of the record stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptStanding {
    /// There never was one.
    Never,
    /// The newest was verified, and is of these days.
    Held,
    /// The newest was verified, so many days ago.
    Old(usize),
    /// The last one failed.
    Failed,
}

/// A copy older than this is too old: one of a day may be missed over a night, not over two.
const OLD_AFTER: TimeDelta = TimeDelta::hours(48);

impl RecordKept {
    /// How they stand at a moment.
    #[must_use]
    pub fn standing(&self, now: DateTime<Utc>) -> KeptStanding {
        match (&self.last, &self.failed) {
            (_, Some(_)) => KeptStanding::Failed,
            (None, None) => KeptStanding::Never,
            (Some(last), None) if now - last.at > OLD_AFTER => {
                KeptStanding::Old(usize::try_from((now - last.at).num_days()).unwrap_or_default())
            }
            (Some(_), None) => KeptStanding::Held,
        }
    }
}

/// The newest copy that was made and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastBackup {
    /// When (UTC).
    pub at: DateTime<Utc>,
    /// Its name.
    pub name: String,
}

/// A copy that could not be made, or not be verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupFailed {
    /// When (UTC).
    pub at: DateTime<Utc>,
    /// Why, in words for IT.
    pub why: String,
}

impl Desk {
    /// Makes a copy of the record, which is verified; that it was made, or could not be, is recorded.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn back_up(&self, who: &SignedIn, order: &BackupOrder) -> Result<Backup, JourneyError> {
        self.require(who, Action::KeepRecord).await?;
        self.copy_and_record(Some(who), order).await
    }

    /// Makes the copy of this day (UTC), where there is none yet, and then removes those that are older than so many days and
    /// that the desk made by itself. None where there is one already. One in which the audit record does not hold is made
    /// once a day at the most: another would say the same. It takes no sound one away.
    ///
    /// # Errors
    /// [`JourneyError::Record`].
    pub async fn back_up_the_day(&self, order: &BackupOrder, keep_days: u16) -> Result<Option<Backup>, JourneyError> {
        let today = self.now().date_naive();
        let there = self.ports.keeper.backups(order).await?;
        let suffices = |manifest: &BackupManifest| {
            manifest.made.date_naive() == today && (manifest.fault.is_none() || manifest.automatic)
        };
        if there.iter().any(|backup| suffices(&backup.manifest)) {
            return Ok(None);
        }
        let made = self.copy_and_record(None, order).await?;
        self.remove_outlived(order, keep_days, made.manifest.fault.is_none()).await?;
        Ok(Some(made))
    }

    async fn copy_and_record(&self, who: Option<&SignedIn>, order: &BackupOrder) -> Result<Backup, JourneyError> {
        let automatic = order.automatic;
        let made = self.ports.keeper.back_up(order).await;
        let what = match &made {
            Ok(backup) => match backup.manifest.fault {
                None => AuditAction::RecordBackedUp {
                    name: backup.name(),
                    head: backup.manifest.head,
                    key: backup.manifest.key,
                    automatic,
                },
                Some(fault) => {
                    let why = format!("the audit record does not hold from event {} on: {}", fault.number, fault.how);
                    AuditAction::RecordNotBackedUp { why, automatic }
                }
            },
            Err(failure) => AuditAction::RecordNotBackedUp { why: failure.to_string(), automatic },
        };
        let recorded = self.ports.audit.append(&self.event(who, None, what)).await;
        let backup = made?;
        recorded?;
        Ok(backup)
    }

    /// Sound copies go only where a sound one was made, and those that do not hold are counted by themselves.
    async fn remove_outlived(&self, order: &BackupOrder, keep_days: u16, sound: bool) -> Result<(), JourneyError> {
        let there = self.ports.keeper.backups(order).await?;
        let (held, broken): (Vec<Backup>, Vec<Backup>) = there
            .into_iter()
            .filter(|backup| backup.manifest.automatic)
            .partition(|backup| backup.manifest.fault.is_none());
        let now = self.now();
        let old = |backups: &[Backup]| -> Vec<Backup> {
            let made: Vec<DateTime<Utc>> = backups.iter().map(|backup| backup.manifest.made).collect();
            outlived(&made, now, keep_days).into_iter().filter_map(|place| backups.get(place).cloned()).collect()
        };
        let mut over = old(&broken);
        if sound {
            over.extend(old(&held));
        }
        let mut names = Vec::new();
        let mut kept_from_it = None;
        for backup in &over {
            match self.ports.keeper.remove_backup(backup).await {
                Ok(()) => names.push(backup.name()),
                Err(failure) => kept_from_it = Some(failure),
            }
        }
        if !names.is_empty() {
            self.ports.audit.append(&self.event(None, None, AuditAction::BackupsRemoved { names })).await?;
        }
        kept_from_it.map_or(Ok(()), |failure| Err(failure.into()))
    }

    /// How the record is kept: the newest copy, and whether one failed since.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn record_kept(&self, who: &SignedIn) -> Result<RecordKept, JourneyError> {
        self.require(who, Action::KeepRecord).await?;
        let made = self.newest(AuditKind::RecordBackedUp).await?;
        let failed = self.newest(AuditKind::RecordNotBackedUp).await?;
        let since = made.as_ref().map_or(0, |(number, _)| *number);
        let failed = failed.filter(|(number, _)| *number > since).and_then(|(_, event)| {
            let AuditAction::RecordNotBackedUp { why, .. } = event.what else { return None };
            Some(BackupFailed { at: event.at, why })
        });
        let last = made.and_then(|(_, event)| {
            let AuditAction::RecordBackedUp { name, .. } = event.what else { return None };
            Some(LastBackup { at: event.at, name })
        });
        Ok(RecordKept { last, failed })
    }

    /// Records that a recovery copy of the key is written, before it is.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn export_key(&self, who: &SignedIn, key: RecordKeyId) -> Result<(), JourneyError> {
        self.require(who, Action::KeepRecord).await?;
        self.record(who, None, AuditAction::RecordKeyExported { key }).await
    }

    /// Lets the record come under another key: the event that says so, which goes into the record together with the change.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn change_key(
        &self,
        who: &SignedIn,
        from: RecordKeyId,
        to: RecordKeyId,
    ) -> Result<AuditEvent, JourneyError> {
        self.require(who, Action::KeepRecord).await?;
        Ok(self.event(Some(who), None, AuditAction::RecordKeyChanged { from, to }))
    }
}

/// A record by itself, without a desk around it: one that is about to be restored, or to be set aside.
pub struct BareRecord {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Its users.
    pub users: Arc<dyn UserRecord>,
    /// Its audit record.
    pub audit: Arc<dyn AuditTrail>,
    /// The desk at which it is worked on.
    pub workplace: Workplace,
}

impl BareRecord {
    /// A person who may keep the record, as this record knows them. A refusal is recorded here.
    ///
    /// # Errors
    /// [`JourneyError::WrongPassphrase`], [`JourneyError::UserLocked`], [`JourneyError::NotPermitted`],
    /// [`JourneyError::Record`].
    pub async fn keeper(&self, username: &str, passphrase: &str) -> Result<SignedIn, JourneyError> {
        let username = Username::new(username).ok();
        let user = match &username {
            Some(username) => self.users.check(username, passphrase).await?,
            None => None,
        };
        let Some(user) = user else {
            self.record(None, AuditAction::SignInRefused { username }).await?;
            return Err(JourneyError::WrongPassphrase);
        };
        if user.locked {
            self.record(None, AuditAction::SignInRefused { username }).await?;
            return Err(JourneyError::UserLocked);
        }
        let who = SignedIn { user };
        if !who.user.role.may(Action::KeepRecord) {
            self.record(Some(&who), AuditAction::ActionRefused { action: Action::KeepRecord }).await?;
            return Err(JourneyError::NotPermitted(Action::KeepRecord));
        }
        Ok(who)
    }

    /// Records something in it.
    ///
    /// # Errors
    /// [`JourneyError::Record`].
    pub async fn record(&self, who: Option<&SignedIn>, what: AuditAction) -> Result<(), JourneyError> {
        let event = AuditEvent::new(self.clock.now(), who.map(SignedIn::actor), self.workplace.clone(), None, what);
        Ok(self.audit.append(&event).await?)
    }
}
