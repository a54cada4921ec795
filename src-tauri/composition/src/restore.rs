//! Restoring the record from a copy: everything is verified first and told, and only then, at a word that names the copy,
//! done. The record of before is kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use desk_domain::audit::{AuditAction, Workplace};
use desk_domain::chain::{Fault, Head};
use desk_domain::failure::RecordFailure;
use desk_domain::id::OdsCode;
use desk_domain::keeping::RecordKeyId;
use desk_journeys::keep::BareRecord;
use desk_journeys::ports::{AuditTrail, BackupManifest, Clock};
use desk_journeys::{JourneyError, SignedIn};
use desk_store::{Restoring, Store, StoreError};
use serde::Serialize;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::record_key::{KeyPlace, the_key};
use crate::{ComposeError, data_folder, log_to_files, mark_mode, workplace};

/// Who restores what.
pub struct RestoreOrder<'a> {
    /// The copy's folder.
    pub from: &'a Path,
    /// The number of the last event in the copy: the word to do it. Without it everything is looked at and told.
    pub confirmed: Option<u64>,
    /// Username of a supervisor: the record says who is one, and where it does not open, the copy.
    pub username: &'a str,
    /// Their passphrase.
    pub passphrase: &'a str,
    /// The version of the program that does it.
    pub version: &'a str,
}

/// Why nothing is restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreProblem {
    /// The copy is of the other mode.
    #[error("this is a backup of a {0} record: demonstration and live records are never mixed")]
    Mixed(&'static str),
    /// The copy is another organisation's.
    #[error("this is a backup of the organisation {0}, and this desk belongs to {1}")]
    AnotherOrganisation(OdsCode, OdsCode),
    /// The audit record in it does not hold.
    #[error("the audit record in the backup does not hold from event {} on: {}", .0.number, .0.how)]
    Broken(Fault),
    /// It does not fit the seals of this desk.
    #[error("the audit record in the backup is not as this desk sealed it, from event {} on: {}", .0.number, .0.how)]
    NotAsSealed(Fault),
    /// The copy is not what its manifest says.
    #[error("the backup’s record does not end where its manifest says")]
    NotAsTold,
    /// The number that was confirmed is another copy's.
    #[error("this backup ends with event {0}: confirm that number")]
    Unconfirmed(u64),
    /// It is none, or is damaged.
    #[error(transparent)]
    Backup(StoreError),
    /// Its key is not there.
    #[error(
        "the backup is under key {}, and {place} does not have it. Put the key back from its recovery copy first: deskctl key \
         import FILE --backup DIR", .needed.short()
    )]
    KeyGone {
        /// Which key.
        needed: RecordKeyId,
        /// Where it was looked for, in words.
        place: String,
    },
    /// Whoever is to do it may not.
    #[error(transparent)]
    Who(JourneyError),
    /// Anything else.
    #[error(transparent)]
    Compose(#[from] ComposeError),
}

impl From<StoreError> for RestoreProblem {
    fn from(error: StoreError) -> Self {
        Self::Compose(error.into())
    }
}

/// What a restoration brings and takes.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Restoration {
    /// Whether it was done.
    pub restored: bool,
    /// The copy's name.
    pub backup: String,
    /// When it was made (UTC).
    pub made: DateTime<Utc>,
    /// By which version.
    pub version: String,
    /// The head of the chain in it; its number is what `--confirm` takes.
    pub head: Head,
    /// The key that the record is under afterwards.
    pub key: RecordKeyId,
    /// What is lost of the record that is there; none where there is none.
    pub lost: Option<Lost>,
    /// Bookings, cancellations and deliveries that are open in the copy: they may have come to a result since.
    pub open_in_backup: Vec<Order>,
    /// Where the record of before is kept, once it was done.
    pub set_aside: Option<PathBuf>,
}

/// What is lost of the record that is there.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase", tag = "record")]
pub enum Lost {
    /// The record opens.
    #[serde(rename_all = "camelCase")]
    Readable {
        /// Its head.
        head: Head,
        /// Whether the copy is an earlier state of it; otherwise both went their own ways.
        continues_backup: bool,
        /// How many events it has that the copy does not.
        events: u64,
        /// Bookings, cancellations and deliveries that it has and the copy does not: providers may hold them.
        orders: Vec<Order>,
    },
    /// The record does not open: what it has beyond the copy cannot be told.
    Unreadable {
        /// Why.
        why: String,
    },
}

/// A booking, cancellation or delivery, without a patient's details.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// `booking`, `cancellation`, `delivery`.
    pub kind: String,
    /// The request's id, by which the provider and the exchanges know it.
    pub request: String,
    /// When it was ordered (UTC).
    pub ordered: String,
    /// Whether it has come to a result.
    pub settled: bool,
}

impl From<&desk_store::IntentLine> for Order {
    fn from(line: &desk_store::IntentLine) -> Self {
        let desk_store::IntentLine { ordered, request, kind, settled, .. } = line.clone();
        Self { kind, request, ordered, settled }
    }
}

/// A record by itself.
pub(crate) fn bare(store: &Arc<Store>, clock: Arc<dyn Clock>, workplace: Workplace) -> BareRecord {
    BareRecord { clock, users: store.clone(), audit: store.clone(), workplace }
}

/// The record that is there, as far as it opens.
enum Present {
    None,
    Opens { store: Arc<Store>, who: SignedIn },
    DoesNot(String),
}

/// Looks at a copy and at the record, and tells what restoring brings and takes; confirmed, does it. The log says how it
/// ended.
///
/// # Errors
/// [`RestoreProblem`] in words; then the record is as it was.
pub async fn restore(config: &Config, order: &RestoreOrder<'_>) -> Result<Restoration, RestoreProblem> {
    let ended = looked_at(config, order).await;
    let backup = order.from.display();
    match &ended {
        Ok(told) if told.restored => {
            let (head, key) = (told.head.number, told.key.short());
            tracing::info!(%backup, head, key, "a backup was restored");
        }
        Ok(told) => tracing::info!(%backup, head = told.head.number, "a backup was looked at, to be restored"),
        Err(error) => tracing::info!(%backup, %error, "a backup was not restored"),
    }
    ended
}

async fn looked_at(config: &Config, order: &RestoreOrder<'_>) -> Result<Restoration, RestoreProblem> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let folder = data_folder(config)?;
    mark_mode(&folder, config.demonstration)?;
    log_to_files(config, &folder, order.version);
    let manifest = desk_store::read_manifest(order.from).map_err(RestoreProblem::Backup)?;
    fits(config, &manifest)?;
    let place = KeyPlace::of(config, &folder);
    let (needed, at) = (manifest.key, place.clone());
    let found = blocking(move || at.find(needed)).await?.map_err(ComposeError::from)?;
    let key = found.ok_or_else(|| RestoreProblem::KeyGone { needed, place: place.words() })?;

    let restoring = Restoring::begin(&folder)?;
    let taken = match restoring.take_in(order.from, &manifest, &key, Arc::clone(&clock)) {
        Ok(taken) => Arc::new(taken),
        Err(error) => {
            restoring.discard()?;
            let damaged = matches!(error, StoreError::BackupDamaged(_) | StoreError::Damaged);
            return Err(if damaged { RestoreProblem::Backup(error) } else { error.into() });
        }
    };
    let done = async {
        holds(&taken, &restoring, &manifest).await?;
        let copy = bare(&taken, Arc::clone(&clock), workplace(config));
        // Whom the record knows decides: a passphrase may be another since the copy was made, and a refusal stays recorded.
        let present = present(&restoring, &place, &clock, config, order).await?;
        let asked;
        let who = match &present {
            Present::Opens { who, .. } => who,
            Present::None | Present::DoesNot(_) => {
                asked = copy.keeper(order.username, order.passphrase).await.map_err(RestoreProblem::Who)?;
                &asked
            }
        };
        let mut told = told(order.from, &manifest, &taken, &present).await?;
        let Some(confirmed) = order.confirmed else {
            close(&present);
            return Ok((told, None));
        };
        if confirmed != manifest.head.number {
            close(&present);
            return Err(RestoreProblem::Unconfirmed(manifest.head.number));
        }
        let (name, head) = (told.backup.clone(), manifest.head);
        let replaced = match &told.lost {
            Some(Lost::Readable { head, .. }) => Some(*head),
            Some(Lost::Unreadable { .. }) | None => None,
        };
        let what = AuditAction::RecordRestored { name: name.clone(), made: manifest.made, head, replaced };
        let recorded = copy.record(Some(who), what).await;
        taken.close();
        let ready = match recorded {
            Ok(()) => restoring.make_ready(&key).map_err(RestoreProblem::from),
            Err(error) => Err(ComposeError::from(error).into()),
        };
        // Said last, when nothing but the move is left to do: where there was no room for all before it, it is not so.
        if ready.is_ok()
            && let Present::Opens { store, who } = &present
        {
            let what = AuditAction::RecordSetAside { name, head };
            let record = bare(store, Arc::clone(&clock), workplace(config));
            // One that is damaged, or takes nothing any more, is set aside all the same: that is what restoring is for.
            if let Err(error) = record.record(Some(who), what).await {
                tracing::warn!(%error, "the record that is set aside could not take the event that says so");
            }
        }
        close(&present);
        ready?;
        told.restored = true;
        Ok((told, Some(clock.now())))
    }
    .await;
    // Closed before it is moved, or discarded.
    taken.close();
    drop(taken);
    match done {
        Ok((mut told, Some(now))) => {
            let name = now.format("%Y-%m-%dT%H%M%S%3fZ").to_string();
            told.set_aside = restoring.put_in_place(&name)?;
            Ok(told)
        }
        Ok((told, None)) => {
            restoring.discard()?;
            Ok(told)
        }
        Err(problem) => {
            restoring.discard()?;
            Err(problem)
        }
    }
}

fn fits(config: &Config, manifest: &BackupManifest) -> Result<(), RestoreProblem> {
    if manifest.demonstration != config.demonstration {
        return Err(RestoreProblem::Mixed(if manifest.demonstration { "demonstration" } else { "live" }));
    }
    let ours = &config.organisation.ods_code;
    if manifest.desk.organisation != *ours {
        return Err(RestoreProblem::AnotherOrganisation(manifest.desk.organisation.clone(), ours.clone()));
    }
    Ok(())
}

/// The chain in the copy holds, against its own seals and, where they overlap, against those of this desk.
async fn holds(taken: &Store, restoring: &Restoring, manifest: &BackupManifest) -> Result<(), RestoreProblem> {
    let failed = |failure| ComposeError::from(JourneyError::Record(failure));
    // Nobody stops this walk.
    let stopped = || failed(RecordFailure::Failed("the walk along the chain was stopped".to_owned()));
    let seals = taken.seals().await.map_err(failed)?;
    let check = taken.verify(seals, &Arc::default()).await.map_err(failed)?.ok_or_else(stopped)?;
    if let Some(fault) = check.fault {
        return Err(RestoreProblem::Broken(fault));
    }
    if check.head != manifest.head {
        return Err(RestoreProblem::NotAsTold);
    }
    let mut ours = restoring.seals()?;
    ours.retain(|seal| seal.head.number <= manifest.head.number);
    let check = taken.verify(ours, &Arc::default()).await.map_err(failed)?.ok_or_else(stopped)?;
    check.fault.map_or(Ok(()), |fault| Err(RestoreProblem::NotAsSealed(fault)))
}

async fn present(
    restoring: &Restoring,
    place: &KeyPlace,
    clock: &Arc<dyn Clock>,
    config: &Config,
    order: &RestoreOrder<'_>,
) -> Result<Present, RestoreProblem> {
    if !restoring.is_there()? {
        return Ok(Present::None);
    }
    let at = place.clone();
    let key = match restoring.needed_key() {
        Ok((needed, noted)) => blocking(move || the_key(&at, needed, noted)).await?,
        Err(error) => return Ok(Present::DoesNot(error.to_string())),
    };
    let key = match key {
        Ok(key) => key,
        Err(problem) => return Ok(Present::DoesNot(problem.to_string())),
    };
    let store = match restoring.present(&key, Arc::clone(clock)) {
        Ok(store) => Arc::new(store),
        Err(error) => return Ok(Present::DoesNot(error.to_string())),
    };
    match bare(&store, Arc::clone(clock), workplace(config)).keeper(order.username, order.passphrase).await {
        Ok(who) => Ok(Present::Opens { store, who }),
        // One that opens and cannot be read has no users to ask.
        Err(JourneyError::Record(failure)) => {
            store.close();
            Ok(Present::DoesNot(failure.to_string()))
        }
        Err(refused) => {
            store.close();
            Err(RestoreProblem::Who(refused))
        }
    }
}

fn close(present: &Present) {
    if let Present::Opens { store, .. } = present {
        store.close();
    }
}

async fn told(
    from: &Path,
    manifest: &BackupManifest,
    taken: &Store,
    present: &Present,
) -> Result<Restoration, RestoreProblem> {
    let failed = |failure| ComposeError::from(JourneyError::Record(failure));
    let in_backup = taken.intent_lines().await.map_err(failed)?;
    let lost = match present {
        Present::None => None,
        Present::DoesNot(why) => Some(Lost::Unreadable { why: why.clone() }),
        Present::Opens { store, .. } => match (store.head_with(manifest.head).await, store.intent_lines().await) {
            (Ok((head, continues_backup)), Ok(lines)) => {
                let known: std::collections::BTreeSet<&str> = in_backup.iter().map(|line| line.id.as_str()).collect();
                let events = if continues_backup { head.number - manifest.head.number } else { head.number };
                let orders = lines.iter().filter(|line| !known.contains(line.id.as_str())).map(Order::from).collect();
                Some(Lost::Readable { head, continues_backup, events, orders })
            }
            (Err(failure), _) | (_, Err(failure)) => Some(Lost::Unreadable { why: failure.to_string() }),
        },
    };
    Ok(Restoration {
        restored: false,
        backup: from.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        made: manifest.made,
        version: manifest.version.clone(),
        head: manifest.head,
        key: manifest.key,
        lost,
        open_in_backup: in_backup.iter().filter(|line| !line.settled).map(Order::from).collect(),
        set_aside: None,
    })
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, RestoreProblem> {
    Ok(tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::BrokenOff)?)
}
