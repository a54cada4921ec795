//! `audit`: reading the audit record, verifying its chain, sealing it, writing it to files (NF-3). Supervisors only.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use desk_contract::audit::UNREADABLE;
use desk_domain::audit::{AuditFilter, PatientSought};
use desk_domain::calendar::{end_of_local_day, start_of_local_day};
use desk_domain::chain::{Seal, seals};
use desk_domain::id::{DosServiceId, NhsNumber, Username};
use desk_journeys::ports::{AuditQuery, ChainCheck, RecordedEvent, UnreadableEvent};
use desk_journeys::{Desk, SignedIn};
use serde_json::{Value, json};

use crate::exit::{Failed, say};
use crate::verbs::{Done, field, id, print, told};

/// The audit record, newest first, or what else is to be done with it.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct AuditArguments {
    #[command(subcommand)]
    order: Option<AuditOrder>,
    #[command(flatten)]
    filter: FilterArguments,
    /// At most so many events, newest first; at the most 1,000.
    #[arg(long, default_value_t = 200)]
    most: u32,
    /// Only what stands before this number: to read on where an earlier window ended.
    #[arg(long, value_name = "NUMBER")]
    before: Option<u64>,
    /// One encounter from its beginning, oldest first.
    #[arg(long, requires = "encounter", conflicts_with_all = ["before", "user", "service", "kind"])]
    timeline: bool,
}

#[derive(Debug, Subcommand)]
enum AuditOrder {
    /// Verify the chain, every event of it. Exits with 10 where it does not hold, and says where and how.
    Verify {
        /// File of seals that was kept elsewhere; without it, this desk's own.
        #[arg(long, value_name = "FILE")]
        seals: Option<PathBuf>,
    },
    /// Seal the chain's head now, in the file of seals beside the record.
    Seal,
    /// Write events to files: JSON Lines with all that is needed to verify them, CSV, and a manifest of hashes.
    Export {
        /// Folder to write to; nothing in it is overwritten.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        #[command(flatten)]
        filter: FilterArguments,
    },
}

#[derive(Debug, Args)]
struct FilterArguments {
    /// About the patient with this NHS number, which is asked for: it does not belong on a command line.
    #[arg(long, conflicts_with = "family_name")]
    nhs_number: bool,
    /// About patients of a family name, which is asked for: it does not belong on a command line.
    #[arg(long)]
    family_name: bool,
    /// By this user.
    #[arg(long, value_name = "USERNAME")]
    user: Option<String>,
    /// Of one encounter.
    #[arg(long, value_name = "ID")]
    encounter: Option<String>,
    /// About a service.
    #[arg(long, value_name = "ID")]
    service: Option<String>,
    /// Of one kind, as `AUDIT.md` names them, for example bookingSettled.
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// From this day on, UK time.
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<NaiveDate>,
    /// Up to and with this day, UK time.
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<NaiveDate>,
}

impl FilterArguments {
    fn read(&self) -> Result<AuditFilter, Failed> {
        let username = |text: &String| Username::new(text).map_err(|_| field("user", "This is not a username"));
        let service = |text: &String| DosServiceId::new(text).map_err(|_| field("service", "This is not a service id"));
        Ok(AuditFilter {
            patient: self.patient()?,
            user: self.user.as_ref().map(username).transpose()?,
            encounter: self.encounter.as_ref().map(|text| id(text, "encounter")).transpose()?,
            service: self.service.as_ref().map(service).transpose()?,
            kind: self
                .kind
                .as_ref()
                .map(|text| text.parse())
                .transpose()
                .map_err(|_| field("kind", "There is no such kind of event: AUDIT.md lists them"))?,
            from: self.from.map(start_of_local_day),
            until: self.to.map(end_of_local_day),
        })
    }

    fn patient(&self) -> Result<Option<PatientSought>, Failed> {
        let unreadable = |error: std::io::Error| field("patient", &error.to_string());
        if self.nhs_number {
            let typed = rpassword::prompt_password("NHS number: ").map_err(unreadable)?;
            let number = NhsNumber::new(&typed).map_err(|_| field("nhs-number", "This is not an NHS number"))?;
            return Ok(Some(PatientSought::by_nhs_number(&number)));
        }
        if self.family_name {
            let typed = rpassword::prompt_password("Family name: ").map_err(unreadable)?;
            return Ok(Some(PatientSought::by_name(&typed, None)));
        }
        Ok(None)
    }
}

/// Does what was asked of the audit record.
pub(crate) async fn run(desk: &Desk, who: &SignedIn, arguments: &AuditArguments) -> Done {
    match &arguments.order {
        None => read(desk, who, arguments).await,
        Some(AuditOrder::Verify { seals }) => {
            let seals = seals.as_deref().map(read_seals).transpose()?;
            let walk = Arc::default();
            found(desk.verify_audit(who, seals, &walk).await.map_err(told)?.as_ref())
        }
        Some(AuditOrder::Seal) => {
            let seal = desk.seal_audit(who).await.map_err(told)?;
            print(&json!({ "seal": seal.to_string() }))
        }
        Some(AuditOrder::Export { out, filter }) => {
            let walk = Arc::default();
            print(&desk.export_audit(who, &filter.read()?, out, &walk).await.map_err(told)?)
        }
    }
}

async fn read(desk: &Desk, who: &SignedIn, arguments: &AuditArguments) -> Done {
    let filter = arguments.filter.read()?;
    let events = match filter.encounter.filter(|_| arguments.timeline) {
        Some(encounter) => desk.audit_timeline(who, encounter).await.map_err(told)?,
        None => {
            let query = AuditQuery { filter, before: arguments.before, most: arguments.most };
            desk.read_audit(who, &query).await.map_err(told)?.events
        }
    };
    print(&events.iter().map(shown).collect::<Vec<_>>())
}

fn shown(recorded: &RecordedEvent) -> Value {
    let RecordedEvent { number, event, patient, personal_removed, hash } = recorded;
    let mut shown = json!({ "number": number, "event": event.as_ref().ok(), "patient": patient,
        "personalRemoved": personal_removed, "hash": hash });
    if let Err(UnreadableEvent { at, kind, username, encounter }) = event {
        shown["unreadable"] = json!({ "words": UNREADABLE, "at": at, "kind": kind, "username": username,
            "encounter": encounter });
    }
    shown
}

fn read_seals(file: &Path) -> Result<Vec<Seal>, Failed> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| field("seals", &format!("The file of seals cannot be read: {error}")))?;
    seals(&text).map_err(|error| field("seals", &format!("The file holds a line of another kind: {error}")))
}

fn found(check: Option<&ChainCheck>) -> Done {
    // Nobody stops it from a terminal but by ending the program.
    let Some(check) = check else { return Ok(ExitCode::FAILURE) };
    let ChainCheck { head, seals, personal_removed, fault } = check;
    print(&json!({
        "holds": fault.is_none(),
        "lastThatHolds": head,
        "sealsMet": seals,
        "personalPartsRemoved": personal_removed,
        "fault": fault.map(|fault| json!({ "number": fault.number, "how": fault.how, "words": fault.how.to_string() })),
    }))?;
    let Some(fault) = fault else { return Ok(ExitCode::SUCCESS) };
    say(&format!("The audit record does not hold from event {} on: {}.", fault.number, fault.how));
    Ok(ExitCode::from(10))
}
