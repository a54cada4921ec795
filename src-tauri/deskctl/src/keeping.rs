//! `backup`, `restore`, `key`: keeping the record (NF-5). Putting a key back asks for nobody's passphrase, because without the
//! key nobody can sign in; restoring asks for a supervisor's, and needs no desk; everything else is done at the desk.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use desk_composition::config::Config;
use desk_composition::keeping::{ImportProblem, KeyChangeProblem, KeyChanged, KeyImported};
use desk_composition::restore::{Lost, Restoration, RestoreOrder, RestoreProblem};
use desk_composition::{ComposeError, Composed, StoreError};
use desk_contract::display::{count, date_time, thousands};
use desk_domain::failure::RecordFailure;
use desk_journeys::{JourneyError, SignedIn};
use serde_json::json;

use crate::exit::{Failed, say};
use crate::verbs::{Done, print, told};

/// The record, or where it is, cannot be used.
const UNUSABLE: u8 = 3;
/// What was entered has to be put right.
const PUT_RIGHT: u8 = 5;
/// The audit record does not hold.
const DOES_NOT_HOLD: u8 = 10;

/// Of this program.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A backup.
#[derive(Debug, Args)]
pub(crate) struct BackupArguments {
    /// Folder in which the backup gets a folder of its own: best on another disk, or on another machine.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// A restoration; nothing is changed, without `--confirm`.
#[derive(Debug, Args)]
pub(crate) struct RestoreArguments {
    /// The backup: the folder with its manifest.json.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Restore it: the number of the last event in the backup, as it is shown without this.
    #[arg(long, value_name = "HEAD")]
    confirm: Option<u64>,
}

/// What is done with the record's key.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyOrder {
    /// Write the key's recovery copy, to be printed and kept in a safe place. Supervisors only.
    Export(ExportArguments),
    /// Put a key back from its recovery copy, on the computer's own account: no user is asked for.
    Import(ImportArguments),
    /// Bring the record under a new key, when nobody is at work. Supervisors only.
    Change,
}

/// Where the recovery copy goes.
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// File to write; one that is there already stays.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Which recovery copy.
#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// File with the recovery copy; it may have been typed.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The backup that the key is for; without it, this desk's record.
    #[arg(long, value_name = "DIR")]
    backup: Option<PathBuf>,
}

fn refused(code: u8, what: &str, why: &dyn std::fmt::Display) -> Failed {
    Failed::Refused(code, format!("{what}: {why}"))
}

/// A journey's refusal; what failed in the record is told whole, because whoever looks after the record can act on it.
fn journey(error: JourneyError, what: &str) -> Failed {
    if let JourneyError::Record(RecordFailure::Failed(why)) = &error {
        return refused(UNUSABLE, what, why);
    }
    told(error)
}

pub(crate) async fn back_up(composed: &Composed, who: &SignedIn, arguments: &BackupArguments) -> Done {
    let order = composed.backup_order(&arguments.out);
    let backup = composed.desk.back_up(who, &order).await.map_err(|error| journey(error, "no backup was made"))?;
    print(&json!({ "folder": backup.folder, "manifest": backup.manifest }))?;
    if let Some(fault) = backup.manifest.fault {
        say(&format!(
            "The backup was made, and the audit record in it does not hold from event {} on: {}. Keep earlier backups, and \
             have it looked into: deskctl audit verify.",
            fault.number, fault.how
        ));
        return Ok(ExitCode::from(DOES_NOT_HOLD));
    }
    say(&format!(
        "A backup was made and verified: {}. It is under key {}: without the key's recovery copy (deskctl key export) it \
         cannot be read on another computer.",
        backup.folder.display(),
        backup.manifest.key.short()
    ));
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn export_key(composed: &Composed, who: &SignedIn, arguments: &ExportArguments) -> Done {
    let (key, what) = (composed.key(), "no recovery copy was written");
    if arguments.out.exists() {
        return Err(refused(PUT_RIGHT, what, &format!("there is a file {} already", arguments.out.display())));
    }
    composed.desk.export_key(who, key).await.map_err(|error| journey(error, what))?;
    composed
        .write_recovery_copy(&arguments.out)
        .map_err(|error| refused(UNUSABLE, what, &format!("{} cannot be written: {error}", arguments.out.display())))?;
    say(&format!(
        "The recovery copy of key {} is in {}. Whoever has it can read the record: print it, keep it in a safe place apart from \
         the computer and the backups, and remove the file.",
        key.short(),
        arguments.out.display()
    ));
    print(&json!({ "file": arguments.out, "key": key }))
}

pub(crate) async fn import_key(config: &Config, arguments: &ImportArguments) -> Done {
    let imported =
        desk_composition::keeping::import_key(config, &arguments.file, arguments.backup.as_deref(), VERSION).await;
    let KeyImported { key, record } = imported.map_err(|problem| {
        let code = match problem {
            ImportProblem::Copy(_) | ImportProblem::Backup(_) | ImportProblem::AnotherKey { .. } => PUT_RIGHT,
            ImportProblem::Compose(_) => UNUSABLE,
        };
        refused(code, "no key was put back", &problem)
    })?;
    say(&if record {
        format!("Key {} is back, and the record opens under it. Start the desk again.", key.short())
    } else {
        format!("Key {} is kept. Restore the backup that is under it next: deskctl restore --from DIR.", key.short())
    });
    print(&json!({ "key": key, "recordOpens": record }))
}

pub(crate) async fn change_key(composed: Composed, who: SignedIn) -> Done {
    let what = "the record is under the same key as before";
    let KeyChanged { from, to } = composed.change_key(who).await.map_err(|problem| match problem {
        KeyChangeProblem::Journey(error) => journey(error, what),
        KeyChangeProblem::Compose(error @ ComposeError::Store(StoreError::Begun(_))) => {
            refused(UNUSABLE, "the record comes under its new key when it is opened next", &error)
        }
        KeyChangeProblem::Compose(error) => refused(UNUSABLE, what, &error),
    })?;
    say(&format!(
        "The record is under key {} now. Write its recovery copy at once (deskctl key export) and make a backup. Keep the \
         recovery copy of key {} for as long as you keep backups from before.",
        to.short(),
        from.short()
    ));
    print(&json!({ "from": from, "to": to }))
}

pub(crate) async fn restore(config: &Config, username: &str, passphrase: &str, arguments: &RestoreArguments) -> Done {
    let (from, confirmed) = (arguments.from.as_path(), arguments.confirm);
    let order = RestoreOrder { from, confirmed, username, passphrase, version: VERSION };
    let told = desk_composition::restore::restore(config, &order).await.map_err(not_restored)?;
    say(&in_words(&told));
    print(&told)
}

fn not_restored(problem: RestoreProblem) -> Failed {
    let what = "nothing was restored, and the record is as it was";
    let code = match problem {
        RestoreProblem::Who(error) => return journey(error, what),
        RestoreProblem::Compose(ComposeError::Store(StoreError::Begun(_))) => {
            return refused(UNUSABLE, "the backup is in the record’s place when that is opened next", &problem);
        }
        RestoreProblem::Mixed(_)
        | RestoreProblem::AnotherOrganisation(..)
        | RestoreProblem::NotAsTold
        | RestoreProblem::Backup(_)
        | RestoreProblem::Unconfirmed(_) => PUT_RIGHT,
        RestoreProblem::Broken(_) | RestoreProblem::NotAsSealed(_) => DOES_NOT_HOLD,
        RestoreProblem::KeyGone { .. } | RestoreProblem::Compose(_) => UNUSABLE,
    };
    refused(code, what, &problem)
}

fn in_words(told: &Restoration) -> String {
    let Restoration { restored, made, version, head, lost, open_in_backup, set_aside, .. } = told;
    let mut words = vec![format!(
        "This backup was made on {} by version {version} and ends with event {}.",
        date_time(*made),
        head.number
    )];
    words.push(match lost {
        None => "This desk has no record: nothing is lost.".to_owned(),
        Some(Lost::Unreadable { why }) => {
            format!("The record of this desk does not open ({why}): what it has beyond the backup cannot be told.")
        }
        Some(Lost::Readable { continues_backup, events, orders, .. }) => {
            let apart = if *continues_backup { "" } else { " The backup is no earlier state of this record." };
            let orders = count(orders.len(), "booking, cancellation or referral", "bookings, cancellations or referrals");
            format!(
                "The record of this desk has {} events that the backup does not, among them {orders}: see \"lost\". Providers \
                 may hold them, and the restored desk does not know of them.{apart}",
                thousands(*events)
            )
        }
    });
    if !open_in_backup.is_empty() {
        words.push(format!(
            "{} had no result when the backup was made: after restoring, ask the providers (deskctl unfinished).",
            count(open_in_backup.len(), "piece of work", "pieces of work")
        ));
    }
    if !restored {
        words.push(format!("Nothing was changed. To restore, when nobody is at work: --confirm {}", head.number));
        return words.join(" ");
    }
    words.push("The backup is restored; users and passphrases are those of its day.".to_owned());
    if let Some(folder) = set_aside {
        words.push(format!("The record of before is kept in {}.", folder.display()));
    }
    words.join(" ")
}
