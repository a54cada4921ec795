//! How `deskctl` is called.

use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use zeroize::Zeroizing;

use crate::audit::AuditArguments;
use crate::exit::{EXIT_CODES, Failed};
use crate::keeping::{BackupArguments, KeyOrder, RestoreArguments};
use crate::logs::LogsArguments;
use crate::report::ReportArguments;
use crate::retain::RetainArguments;

/// The desk's journeys from a terminal: JSON on standard output, problems in words on standard error.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// The configuration file, the application's own; without it, the system's place for one.
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// Username of the person who does this; for everything but `key import`.
    #[arg(long, value_name = "USER")]
    r#as: Option<String>,
    /// File whose first line is the passphrase; without it, it is asked for. A passphrase is never an argument.
    #[arg(long, value_name = "FILE", global = true)]
    passphrase_file: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

impl Arguments {
    /// Who does this: their username, and their passphrase from its file or from the person. Ends the program where nobody is
    /// named, as any command line that is not right.
    pub(crate) fn person(&self) -> Result<(&str, Zeroizing<String>), Failed> {
        let Some(username) = &self.r#as else {
            let missing = "name the person who does this: --as <USER>";
            Self::command().error(ErrorKind::MissingRequiredArgument, missing).exit()
        };
        Ok((username, passphrase_of(username, self.passphrase_file.as_deref())?))
    }
}

/// Somebody's passphrase, from its file or from the person.
pub(crate) fn passphrase_of(username: &str, file: Option<&Path>) -> Result<Zeroizing<String>, Failed> {
    let unreadable = |what: String| Failed::Configuration(format!("the passphrase cannot be read: {what}"));
    match file {
        Some(file) => {
            let text = Zeroizing::new(std::fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?);
            Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
        }
        None => {
            let prompt = format!("Passphrase of {username}: ");
            rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(|error| unreadable(error.to_string()))
        }
    }
}

/// A clinician's approval of a slot outside the timeframe, with `--late-ground` in the clinician's words.
#[derive(Debug, Args)]
pub(crate) struct ApprovalArguments {
    /// The clinician who approves here, with their own passphrase.
    #[arg(long, value_name = "USERNAME", requires = "late_ground", conflicts_with = "approved_by")]
    pub(crate) approver: Option<String>,
    /// File with the clinician's passphrase on its first line; asked for where left out.
    #[arg(long, value_name = "FILE", requires = "approver")]
    pub(crate) approver_passphrase_file: Option<PathBuf>,
    /// Name of the clinician who approved by telephone; recorded as unverified.
    #[arg(long, value_name = "NAME", requires_all = ["late_ground", "registration", "called_at"])]
    pub(crate) approved_by: Option<String>,
    /// The registration number that they told.
    #[arg(long, value_name = "NUMBER", requires = "approved_by")]
    pub(crate) registration: Option<String>,
    /// When they were called, UK time, for example 18:04.
    #[arg(long, value_name = "TIME", requires = "approved_by")]
    pub(crate) called_at: Option<String>,
    /// That the patient accepts the slot; no approval without it.
    #[arg(long)]
    pub(crate) patient_accepts: bool,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Take down a patient with an outcome (or go on with an encounter) and search services, ranked.
    Services(CaseArguments),
    /// The same, and ask every service for its free slots.
    Availability(CaseArguments),
    /// The free slots of one service.
    Slots {
        #[command(flatten)]
        case: CaseArguments,
        /// DoS service id.
        #[arg(long, value_name = "ID")]
        service: String,
    },
    /// Book a slot. Exits with 0 only where the provider has confirmed it.
    Book {
        #[command(flatten)]
        case: CaseArguments,
        /// DoS service id.
        #[arg(long, value_name = "ID")]
        service: String,
        /// Key of the slot, as `slots` gives it; without it, the earliest.
        #[arg(long, value_name = "KEY")]
        slot: Option<String>,
        /// Where the slot is outside the timeframe: that the patient accepts it, and on what ground it is acceptable.
        #[arg(long, value_name = "TEXT")]
        late_ground: Option<String>,
        #[command(flatten)]
        approval: Box<ApprovalArguments>,
        /// Why the first ranked service is passed over: number of the directory's reason.
        #[arg(long, value_name = "NUMBER")]
        reject_reason: Option<u32>,
        /// Comment to that reason.
        #[arg(long, value_name = "TEXT", default_value = "")]
        reject_comment: String,
        /// The rebooking that the slot is for, as `rebook begin` gave it.
        #[arg(long, value_name = "ID")]
        rebook: Option<String>,
    },
    /// An encounter: show it, record responses or an outcome, reassess its patient, end it.
    #[command(subcommand)]
    Encounter(EncounterVerb),
    /// Refer the patient of an encounter. Exits with 0 only where the service has the referral, or it goes by hand.
    Refer(ReferArguments),
    /// The referrals of an encounter, and what was done with one by hand.
    Referrals(ReferralsArguments),
    /// Bookings: the newest of this desk, those of an encounter or a patient, those that others hold.
    Bookings(BookingsArguments),
    /// Read a booking from its provider; with `--confirm`, cancel it.
    Cancel(CancelArguments),
    /// Replace a booking: begin, then `book --rebook`, then `cancel`.
    #[command(subcommand)]
    Rebook(RebookVerb),
    /// Record that the patient was told of a change to a booking.
    Inform {
        /// The encounter.
        #[arg(long, value_name = "ID")]
        encounter: String,
        /// The booking's absolute URL.
        #[arg(long, value_name = "URL")]
        url: String,
        /// How.
        #[arg(long, value_parser = ["duringTheCall", "telephone", "text", "letter", "throughSomebody", "notReached"])]
        how: String,
        /// When today, UK time, for example 18:04; now where left out.
        #[arg(long, value_name = "TIME", default_value = "")]
        at: String,
        /// What was said, or why they could not be reached.
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Record whether the patient came to an appointment.
    Attendance {
        /// The booking.
        #[arg(long, value_name = "ID")]
        booking: String,
        /// Whether.
        #[arg(long, value_parser = ["attended", "didNotAttend", "wasNotBrought"])]
        attendance: String,
        /// Who said so.
        #[arg(long, value_name = "TEXT")]
        note: String,
    },
    /// Drive the standard's consumer assurance scenarios and write an evidence report.
    ///
    /// Every exchange is written down whole, tokens taken apart, patient details and passwords masked. Against a
    /// demonstration the scenarios know where to look; against other systems, name services in a file. Exits with 0 only
    /// where every scenario was met.
    Assure {
        /// Folder that the report is written to, as Markdown and JSON; nothing in it is overwritten.
        #[arg(long, value_name = "DIR")]
        evidence: PathBuf,
        /// Which services show which scenario, and for which patient (TOML).
        #[arg(long, value_name = "FILE")]
        scenarios: Option<PathBuf>,
        /// Against other systems than a demonstration: make the booking that some scenarios need. Use test patients only.
        #[arg(long)]
        book: bool,
    },
    /// Unfinished work; with an id, ask the provider, send again, or settle by hand.
    Unfinished {
        /// Ask the provider what it holds for this piece.
        #[arg(long, value_name = "ID", group = "what")]
        check: Option<String>,
        /// Send this piece again, unchanged, under its own request id.
        #[arg(long, value_name = "ID", group = "what")]
        send_again: Option<String>,
        /// Settle this piece by hand, after asking the provider by telephone.
        #[arg(long, value_name = "ID", group = "what", requires = "provider_holds", requires = "reason")]
        settle: Option<String>,
        /// What the provider said it holds.
        #[arg(long, value_parser = ["booked", "notBooked"])]
        provider_holds: Option<String>,
        /// Who said so and how.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// The audit record, newest first; verify it, seal it, write it to files (supervisors).
    Audit(AuditArguments),
    /// The reports of the standard, and the events behind their numbers (supervisors).
    Report(ReportArguments),
    /// What of the record has been kept long enough; with `--confirm`, remove the patients' details of it. Supervisors only.
    Retain(RetainArguments),
    /// Make a verified copy of the record, while others work on it. Supervisors only.
    Backup(BackupArguments),
    /// Show what restoring a backup brings and what would be lost; with `--confirm`, restore it. Supervisors only.
    Restore(RestoreArguments),
    /// The record's key: write its recovery copy, put it back, change it.
    #[command(subcommand)]
    Key(KeyOrder),
    /// Everything on a reference: lines of the log, exchanges, audit events, orders. Supervisors only.
    Logs(LogsArguments),
    /// Every user, by username (supervisors).
    Users,
    /// Change a user (supervisors): role, lock, passphrase. It holds from the next thing that they do on.
    ChangeUser {
        /// Username.
        #[arg(long)]
        username: String,
        /// The role from now on.
        #[arg(long, value_parser = ["clinician", "callHandler", "practiceAdmin", "supervisor"])]
        role: Option<String>,
        /// They may sign in no more.
        #[arg(long, conflicts_with = "unlock")]
        lock: bool,
        /// They may sign in again.
        #[arg(long)]
        unlock: bool,
        /// File whose first line is their new passphrase.
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
    },
    /// Add a user (supervisors). Their passphrase is read from a file, or asked for twice.
    AddUser {
        /// Username.
        #[arg(long)]
        username: String,
        /// Title.
        #[arg(long, default_value = "")]
        title: String,
        /// Given name.
        #[arg(long)]
        given_name: String,
        /// Family name.
        #[arg(long)]
        family_name: String,
        /// Role.
        #[arg(long, value_parser = ["clinician", "callHandler", "practiceAdmin", "supervisor"])]
        role: String,
        /// SDS user id.
        #[arg(long, default_value = "")]
        sds_user_id: String,
        /// SDS role profile id.
        #[arg(long, default_value = "")]
        sds_role_profile_id: String,
        /// File whose first line is the new user's passphrase.
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
    },
}

/// What is done with an encounter.
#[derive(Debug, Subcommand)]
pub(crate) enum EncounterVerb {
    /// Show it.
    Show {
        /// The encounter.
        #[arg(long, value_name = "ID")]
        encounter: String,
    },
    /// Record what was said and found in the assessment.
    Responses {
        /// The encounter.
        #[arg(long, value_name = "ID")]
        encounter: String,
        /// File with the responses (JSON, the fields of the responses form).
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Record another outcome: the earlier one is kept, and no longer counts.
    Outcome {
        /// The encounter.
        #[arg(long, value_name = "ID")]
        encounter: String,
        #[command(flatten)]
        outcome: OutcomeArguments,
    },
    /// Begin a new encounter for its patient, who called back.
    Reassess {
        /// The earlier encounter.
        #[arg(long, value_name = "ID")]
        encounter: String,
    },
    /// End it.
    End {
        /// The encounter.
        #[arg(long, value_name = "ID")]
        encounter: String,
        /// How.
        #[arg(long, value_parser = ["completed", "noReferralRequired", "leftUndone"])]
        how: String,
        /// What is left undone, and why.
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
    },
}

/// An assessment outcome.
#[derive(Debug, Args)]
pub(crate) struct OutcomeArguments {
    /// Code, for example Dx06.
    #[arg(long, value_name = "CODE")]
    pub(crate) outcome: String,
    /// When it was reached, UK time, for example 18:04; now where left out.
    #[arg(long, value_name = "TIME", default_value = "")]
    pub(crate) reached_at: String,
    /// Symptom group of the assessment.
    #[arg(long, value_name = "NUMBER", default_value = "1011")]
    pub(crate) symptom_group: String,
    /// Symptom discriminators, with commas between them.
    #[arg(long, value_name = "NUMBERS", default_value = "")]
    pub(crate) symptom_discriminators: String,
    /// Reason for the appointment.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,
}

/// Which referral.
#[derive(Debug, Args)]
pub(crate) struct ReferArguments {
    /// The encounter.
    #[arg(long, value_name = "ID")]
    pub(crate) encounter: String,
    /// DoS service id, to refer without a booking where the service lets it; without it, the service of the booking.
    #[arg(long, value_name = "ID")]
    pub(crate) service: Option<String>,
    /// Only say how the booking-only gate stands.
    #[arg(long, conflicts_with = "review")]
    pub(crate) gate: bool,
    /// Only show what would be sent, and what is missing.
    #[arg(long)]
    pub(crate) review: bool,
}

/// Which referrals, or what was done with one.
#[derive(Debug, Args)]
pub(crate) struct ReferralsArguments {
    /// Of one encounter.
    #[arg(long, value_name = "ID")]
    pub(crate) encounter: Option<String>,
    /// Show what this document tells; with `--out`, save it.
    #[arg(long, value_name = "ID", group = "which")]
    pub(crate) document: Option<String>,
    /// Where to save it: as a page to read where the name ends in `.html`, as it is (XML) otherwise.
    #[arg(long, value_name = "FILE", requires = "document")]
    pub(crate) out: Option<PathBuf>,
    /// This document was sent by hand.
    #[arg(long, value_name = "ID", group = "which", requires = "note")]
    pub(crate) sent_by_hand: Option<String>,
    /// The provider was told that this document is no referral any more.
    #[arg(long, value_name = "ID", group = "which", requires = "note")]
    pub(crate) provider_told: Option<String>,
    /// How, to whom, and what was said.
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
}

/// Which bookings.
#[derive(Debug, Args)]
pub(crate) struct BookingsArguments {
    /// Of one encounter.
    #[arg(long, value_name = "ID")]
    pub(crate) encounter: Option<String>,
    /// Ask the provider how this booking stands now.
    #[arg(long, value_name = "ID", conflicts_with = "encounter")]
    pub(crate) ask: Option<String>,
    /// Of the patient with this NHS number, in this desk's record.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) nhs_number: Option<String>,
    /// Of the patient with this family name, in this desk's record.
    #[arg(long, value_name = "NAME", requires = "born")]
    pub(crate) family_name: Option<String>,
    /// Their date of birth, for example 1974-11-12.
    #[arg(long, value_name = "DAY")]
    pub(crate) born: Option<String>,
    /// DoS service id.
    #[arg(long, value_name = "ID")]
    pub(crate) service: Option<String>,
    /// Of the service on this day, for example 2026-11-20, in this desk's record.
    #[arg(long, value_name = "DAY", requires = "service")]
    pub(crate) on: Option<String>,
    /// Those that the patient of this encounter holds ahead, in this desk's record.
    #[arg(long, value_name = "ENCOUNTER")]
    pub(crate) held: Option<String>,
    /// Those that the registry knows of the patient of this encounter.
    #[arg(long, value_name = "ENCOUNTER")]
    pub(crate) registry: Option<String>,
    /// Those that the provider of `--service` holds of the patient of this encounter.
    #[arg(long, value_name = "ENCOUNTER", requires = "service")]
    pub(crate) look_up: Option<String>,
    /// How many days back to look.
    #[arg(long, default_value_t = 30)]
    pub(crate) days_back: u32,
    /// How many days ahead to look.
    #[arg(long, default_value_t = 30)]
    pub(crate) days_ahead: u32,
}

/// Which booking.
#[derive(Debug, Args)]
pub(crate) struct BookingArgument {
    /// A booking of this desk's record.
    #[arg(long, value_name = "ID")]
    pub(crate) booking: Option<String>,
    /// A booking that the registry names, by its absolute URL.
    #[arg(long, value_name = "URL", requires = "encounter")]
    pub(crate) url: Option<String>,
    /// The encounter in which it is looked at.
    #[arg(long, value_name = "ID")]
    pub(crate) encounter: Option<String>,
}

/// A cancellation.
#[derive(Debug, Args)]
pub(crate) struct CancelArguments {
    #[command(flatten)]
    pub(crate) of: BookingArgument,
    /// Cancel it, in the version that was shown.
    #[arg(long, value_name = "VERSION", requires = "reason")]
    pub(crate) confirm: Option<String>,
    /// What was read back to the patient, and fits: name, birthDate and number.
    #[arg(long, value_delimiter = ',', value_parser = ["name", "birthDate", "number"])]
    pub(crate) read_back: Vec<String>,
    /// Why it is cancelled.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// The rebooking that it is a part of.
    #[arg(long, value_name = "ID")]
    pub(crate) rebook: Option<String>,
}

/// A rebooking.
#[derive(Debug, Subcommand)]
pub(crate) enum RebookVerb {
    /// Begin: the original stands until the new booking is confirmed.
    Begin {
        #[command(flatten)]
        of: BookingArgument,
        /// The encounter in which it is replaced.
        #[arg(long, value_name = "ID")]
        within: String,
        /// Why it goes on without a reassessment, after the consultation.
        #[arg(long, value_name = "TEXT")]
        without_reassessment: Option<String>,
    },
    /// Leave it at the original.
    Leave {
        /// The rebooking.
        #[arg(long, value_name = "ID")]
        rebook: String,
    },
    /// Keep both bookings, on purpose.
    KeepBoth {
        /// The rebooking.
        #[arg(long, value_name = "ID")]
        rebook: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// Which case: an encounter that goes on, or a patient with an outcome, for whom one begins.
#[derive(Debug, Args)]
pub(crate) struct CaseArguments {
    /// Go on with this encounter.
    #[arg(long, value_name = "ID", conflicts_with_all = ["patient", "ready_patient", "outcome"])]
    pub(crate) encounter: Option<String>,
    /// File with the patient (JSON, the fields of the patient form).
    #[arg(long, value_name = "FILE", conflicts_with = "ready_patient")]
    pub(crate) patient: Option<PathBuf>,
    /// In a demonstration: the so-many-th ready patient, from 1.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) ready_patient: Option<usize>,
    /// Code of the assessment outcome, for example Dx06; on an encounter that goes on, its recorded one stands.
    #[arg(long, value_name = "CODE")]
    pub(crate) outcome: Option<String>,
    /// Symptom group of the assessment.
    #[arg(long, value_name = "NUMBER", default_value = "1011")]
    pub(crate) symptom_group: String,
    /// Symptom discriminators, with commas between them.
    #[arg(long, value_name = "NUMBERS", default_value = "")]
    pub(crate) symptom_discriminators: String,
    /// Reason for the appointment.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,
    /// How far to search, in miles (1 to 61); as far as the directory itself looks where left out.
    #[arg(long, value_name = "MILES")]
    pub(crate) within: Option<u8>,
}
