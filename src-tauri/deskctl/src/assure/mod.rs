//! `deskctl assure`: the standard's consumer assurance scenarios, driven by the desk's own journeys against the configured
//! systems, and judged by what went over the wire.
//!
//! | Module | What is in it |
//! |---|---|
//! | `case` | The patient and the services that show each scenario |
//! | `recorder` | What went over the wire |
//! | `wire` | Taking it apart, without the code that sent it |
//! | `scenarios` | What each scenario asks, and whether it was so |
//! | `masking` | Nothing of the patient leaves |
//! | `report` | The evidence, as Markdown and JSON |

mod case;
mod masking;
mod recorder;
mod report;
mod scenarios;
mod wire;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use desk_composition::Composed;
use desk_composition::config::Config;
use desk_contract::outcome::OutcomeInput;
use desk_contract::problem::{FieldProblem, Problem};
use desk_contract::service::RejectReasonView;
use desk_domain::encounter::Ending;
use desk_domain::id::{DosServiceId, EncounterId};
use desk_journeys::book::{BookingOutcome, SlotOrder};
use desk_journeys::ports::BookingRecord;
use desk_journeys::slots::SlotsFound;
use desk_journeys::{JourneyError, Search, SignedIn};
use serde_json::json;

use crate::assure::case::{Case, Shows};
use crate::assure::masking::Mask;
pub(crate) use crate::assure::recorder::Recorder;
use crate::assure::recorder::{Seen, Step};
use crate::assure::report::Report;
use crate::exit::{Failed, say};
use crate::verbs::{started, told};

/// How it was ordered.
pub(crate) struct Order<'a> {
    pub(crate) evidence: &'a Path,
    pub(crate) scenarios: Option<&'a Path>,
    pub(crate) book: bool,
}

/// What the configuration says of the systems: what the wire is held against.
#[derive(Debug, Clone)]
pub(crate) struct Systems {
    pub(crate) dos: String,
    pub(crate) dos_password: String,
    pub(crate) sds: String,
    pub(crate) sds_base: String,
    pub(crate) proxy: Option<String>,
    pub(crate) our_asid: String,
    pub(crate) our_ods_code: String,
    pub(crate) issuer: String,
}

impl Systems {
    /// From the configuration.
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            dos: config.dos.url.to_string(),
            dos_password: config.dos.password.clone(),
            sds: config.sds.url.to_string(),
            sds_base: config.sds.base.clone(),
            proxy: config.ssp.as_ref().map(|ssp| ssp.url.as_str().trim_end_matches('/').to_owned()),
            our_asid: config.organisation.asid.to_string(),
            our_ods_code: config.organisation.ods_code.to_string(),
            issuer: config.organisation.issuer_url.as_str().trim_end_matches('/').to_owned(),
        }
    }
}

/// Everything that was done and seen.
pub(crate) struct Run {
    pub(crate) systems: Systems,
    pub(crate) who: SignedIn,
    pub(crate) case: Case,
    pub(crate) seen: Vec<Seen>,
    pub(crate) search: Result<Search, JourneyError>,
    pub(crate) search_step: Step,
    pub(crate) slots: BTreeMap<Shows, (Step, Result<SlotsFound, JourneyError>)>,
    pub(crate) booking: Option<(Step, Result<BookingOutcome, JourneyError>)>,
    pub(crate) read: Option<(Step, Result<BookingRecord, JourneyError>)>,
    pub(crate) why_not_booked: String,
}

/// Drives the scenarios and writes the report.
pub(crate) async fn assure(
    composed: &Composed,
    who: &SignedIn,
    recorder: &Recorder,
    systems: Systems,
    order: &Order<'_>,
) -> Result<ExitCode, Failed> {
    let case = Case::read(composed, order.scenarios)?;
    std::fs::create_dir_all(order.evidence).map_err(|error| unwritable(order.evidence, &error))?;
    let mask = Mask::new(&case.patient, &case.reason, &[&systems.dos_password]);
    let run = drive(composed, who, recorder, systems, case, order.book).await?;
    let report = Report::of(&run, &scenarios::judge(&run), composed, mask);
    let (markdown, json) = write(&report, order.evidence)?;
    say(&report.summary());
    say(&format!("Evidence: {} and {}", markdown.display(), json.display()));
    Ok(if report.all_met() { ExitCode::SUCCESS } else { ExitCode::from(9) })
}

async fn drive(
    composed: &Composed,
    who: &SignedIn,
    recorder: &Recorder,
    systems: Systems,
    case: Case,
    book: bool,
) -> Result<Run, Failed> {
    let desk = composed.desk.as_ref();
    let outcome = OutcomeInput {
        code: case.outcome.clone(),
        reached_at: String::new(),
        symptom_group: case.symptom_group.clone(),
        symptom_discriminators: case.symptom_discriminators.clone(),
        reason: case.reason.clone(),
    };
    let encounter = started(desk, who, &case.patient, &outcome).await?;
    let step = |from: usize| Step(from..recorder.mark());

    let from = recorder.mark();
    let search = desk.find_services(who, encounter, None).await.map(|(search, _)| search);
    let search_step = step(from);
    let mut slots = BTreeMap::new();
    if let Ok(search) = &search {
        let listed = |service: &DosServiceId| search.services.iter().any(|one| one.id == *service);
        for (shows, service) in case.services.iter().filter(|(_, service)| listed(service)) {
            let from = recorder.mark();
            let found = desk.find_slots(who, encounter, search.id, service).await;
            slots.insert(*shows, (step(from), found));
        }
    }
    let consent = composed.demonstration || book;
    let mut run = Run {
        systems,
        who: who.clone(),
        case,
        seen: Vec::new(),
        search,
        search_step,
        slots,
        booking: None,
        read: None,
        why_not_booked: String::new(),
    };
    if consent {
        book_and_read(composed, who, recorder, encounter, &mut run).await?;
    } else {
        "booking at other systems than a demonstration was not allowed (--book)".clone_into(&mut run.why_not_booked);
    }
    desk.end_encounter(who, encounter, Ending::LeftUndone { why: "a scenario of the assurance run".into() })
        .await
        .map_err(told)?;
    run.seen = recorder.all();
    Ok(run)
}

/// Books the earliest slot of the service that has a connection, and asks the provider how the booking stands.
async fn book_and_read(
    composed: &Composed,
    who: &SignedIn,
    recorder: &Recorder,
    encounter: EncounterId,
    run: &mut Run,
) -> Result<(), Failed> {
    let desk = composed.desk.as_ref();
    let slot = match (&run.search, run.slots.get(&Shows::Connection)) {
        (Ok(search), Some((_, Ok(found)))) => {
            let in_time = |start| found.outcome.late_by(start).is_none();
            let fits = found.free.slots.iter().find(|slot| slot.unbookable().is_none() && in_time(slot.start));
            fits.map(|slot| (search.id, found.service.id.clone(), found.rank, slot.id.clone()))
        }
        (Ok(_) | Err(_), Some(_) | None) => None,
    };
    let Some((search, service, rank, slot_id)) = slot else {
        "the service with a booking connection showed no slot in time".clone_into(&mut run.why_not_booked);
        return Ok(());
    };
    let reason = RejectReasonView::all(who.user().role).first().map(|reason| reason.id).filter(|_| rank > 1);
    let reason = reason.map(|reason| (reason, "Assurance run"));
    let from = recorder.mark();
    let booked = match desk.choose_service(who, encounter, search, &service, reason).await {
        Ok(_) => desk.book(who, SlotOrder { encounter, search, service, slot_id, late: None, rebook: None }).await,
        Err(error) => Err(error),
    };
    let record = booked.as_ref().ok().and_then(|outcome| outcome.booking.as_ref()).map(|booking| booking.id);
    run.booking = Some((Step(from..recorder.mark()), booked));
    if let Some(booking) = record {
        let from = recorder.mark();
        let read = desk.ask_how_it_stands(who, booking).await;
        run.read = Some((Step(from..recorder.mark()), read));
    }
    Ok(())
}

fn write(report: &Report, folder: &Path) -> Result<(PathBuf, PathBuf), Failed> {
    let name = format!("assurance-{}", report.at.format("%Y%m%dT%H%M%SZ"));
    let written = |extension: &str, text: &str| -> Result<PathBuf, Failed> {
        use std::io::Write as _;
        let file = folder.join(format!("{name}.{extension}"));
        let made = std::fs::OpenOptions::new().write(true).create_new(true).open(&file);
        made.and_then(|mut open| open.write_all(text.as_bytes())).map_err(|error| unwritable(&file, &error))?;
        Ok(file)
    };
    let json = serde_json::to_string_pretty(&report.json()).map_err(|_| Problem::unexpected("json"))?;
    Ok((written("md", &report.markdown())?, written("json", &json)?))
}

fn unwritable(what: &Path, error: &std::io::Error) -> Failed {
    field("evidence", &format!("{} cannot be written: {error}", what.display()))
}

pub(crate) fn field(field: &str, message: &str) -> Failed {
    Problem::form(vec![FieldProblem { field: field.to_owned(), message: message.to_owned() }]).into()
}

/// A service id of the scenario file.
pub(crate) fn service_id(key: &str, text: &str) -> Result<DosServiceId, Failed> {
    DosServiceId::new(text).map_err(|_| field("scenarios", &format!("{key}: {} is not a DoS service id", json!(text))))
}
