//! What each verb does: read, call a journey, print.

use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Mutex;

use desk_composition::Composed;
use desk_contract::approval::{ApprovalInput, ApprovalView, ApprovalWay};
use desk_contract::booking::{BookingResultView, BookingStageView, BookingView};
use desk_contract::cancel::{AttendanceInput, CancelResultView, InformedInput};
use desk_contract::outcome::OutcomeInput;
use desk_contract::patient::PatientInput;
use desk_contract::problem::{FieldProblem, Problem};
use desk_contract::service::{AvailabilityView, ServiceListView, search_distance};
use desk_contract::session::{NewUserInput, RoleView, SHORTEST_PASSPHRASE, UserView};
use desk_contract::slot::SlotsView;
use desk_contract::unfinished::{SettleInput, TakenView, UnfinishedView};
use desk_domain::booking::NotBooked;
use desk_domain::failure::{ProviderFailure, Refusal};
use desk_domain::gate::LateConfirmation;
use desk_domain::id::{ApprovalId, DosServiceId, EncounterId, Username};
use desk_domain::personal::Personal;
use desk_domain::user::Role;
use desk_journeys::book::{BookingOutcome, LateSaid, SlotOrder, Waiting};
use desk_journeys::sign_in::UserChange;
use desk_journeys::unfinished::Taken;
use desk_journeys::{Desk, JourneyError, Search, SignedIn};
use serde::Serialize;
use serde_json::json;

use crate::arguments::{ApprovalArguments, BookingsArguments, CaseArguments, Verb, passphrase_of};
use crate::exit::{Failed, give, say, tell_problem};
use crate::keeping::KeyOrder;
use crate::{audit, changes, keeping, logs, report, retain};

/// How a verb ends.
pub(crate) type Done = Result<ExitCode, Failed>;

/// Does what was asked.
pub(crate) async fn run(composed: &Composed, who: &SignedIn, verb: &Verb) -> Done {
    let desk = composed.desk.as_ref();
    match verb {
        Verb::Services(case) => {
            let found = search(composed, who, case).await?;
            print(&json!({ "encounter": found.encounter.to_string(), "search": found.view }))
        }
        Verb::Availability(case) => availability(composed, who, case).await,
        Verb::Slots { case, service } => {
            let found = search(composed, who, case).await?;
            let service = service_id(service)?;
            let slots = desk.find_slots(who, found.encounter, found.search.id, &service).await.map_err(told)?;
            print(&json!({ "encounter": found.encounter.to_string(), "slots": SlotsView::of(&slots, desk.now()) }))
        }
        Verb::Book { case, service, slot, late_ground, approval, reject_reason, reject_comment, rebook } => {
            let found = search(composed, who, case).await?;
            let service = service_id(service)?;
            let reason = reject_reason.map(|reason| (reason, reject_comment.as_str()));
            desk.choose_service(who, found.encounter, found.search.id, &service, reason).await.map_err(told)?;
            let slots = desk.find_slots(who, found.encounter, found.search.id, &service).await.map_err(told)?;
            // Whoever was quicker has it: that is told before anything is sent.
            if slot.as_ref().is_some_and(|slot| !slots.free.slots.iter().any(|free| free.id == *slot)) {
                let gone = NotBooked::Failure(ProviderFailure::Refused(Refusal::SlotGone));
                return Err(Problem::not_booked(&gone).into());
            }
            let bookable = || slots.free.slots.iter().find(|slot| slot.unbookable().is_none());
            let earliest = || bookable().map(|slot| slot.id.clone());
            let slot_id =
                slot.clone().or_else(earliest).ok_or_else(|| field("slot", "The service has no free slot"))?;
            let input = ApprovalInput {
                encounter_id: found.encounter.to_string(),
                search_id: found.search.id.to_string(),
                service_id: service.to_string(),
                slot_key: slot_id.clone(),
                way: ApprovalWay::AtTheDesk,
                approver_username: String::new(),
                approver_passphrase: String::new(),
                clinician: String::new(),
                registration: String::new(),
                called_at: String::new(),
                ground: late_ground.clone().unwrap_or_default(),
                patient_accepts: approval.patient_accepts,
            };
            let late = match asked(approval, input)? {
                Some(input) => Some(LateSaid::Approved(approved(desk, who, input).await?)),
                None => late_ground
                    .as_deref()
                    .map(|ground| LateSaid::Confirmed(LateConfirmation { ground: Personal::from(ground) })),
            };
            let rebook = rebook.as_deref().map(|rebook| id(rebook, "rebook")).transpose()?;
            let (encounter, search) = (found.encounter, found.search.id);
            let order = SlotOrder { encounter, search, service, slot_id, late, rebook };
            result(&book(desk, who, order).await?)
        }
        Verb::Encounter(verb) => changes::encounter(composed, who, verb).await,
        Verb::Refer(verb) => changes::refer(composed, who, verb).await,
        Verb::Referrals(verb) => changes::referrals(desk, who, verb).await,
        Verb::Bookings(which) => match changes::find(composed, who, which).await {
            Some(done) => done,
            None => bookings(desk, who, which).await,
        },
        Verb::Cancel(verb) => changes::cancel(desk, who, verb).await,
        Verb::Rebook(verb) => changes::rebook(desk, who, verb).await,
        Verb::Inform { encounter, url, how, at, note } => {
            let [encounter_id, url, how, at, note] = [encounter, url, how, at, note].map(String::clone);
            changes::inform(desk, who, &InformedInput { encounter_id, url, how, at, note }).await
        }
        Verb::Attendance { booking, attendance, note } => {
            let [booking_id, attendance, note] = [booking, attendance, note].map(String::clone);
            changes::attendance(desk, who, &AttendanceInput { booking_id, attendance, note }).await
        }
        Verb::Unfinished { check: Some(check), .. } => {
            taken(&desk.check_unfinished(who, id(check, "check")?).await.map_err(told)?)
        }
        Verb::Unfinished { send_again: Some(again), .. } => {
            taken(&desk.send_again(who, id(again, "send-again")?).await.map_err(told)?)
        }
        Verb::Unfinished { settle: Some(settle), provider_holds, reason, .. } => {
            let input = SettleInput {
                id: settle.clone(),
                provider_holds: provider_holds.clone().unwrap_or_default(),
                reason: reason.clone().unwrap_or_default(),
            };
            let (held, reason) = input.read()?;
            desk.settle_by_hand(who, id(settle, "settle")?, held, &reason).await.map_err(told)?;
            print(&json!({ "settled": settle }))
        }
        Verb::Unfinished { .. } => {
            let unfinished = desk.unfinished(who).await.map_err(told)?;
            print(&UnfinishedView::all(&unfinished, desk.now()))
        }
        Verb::Audit(arguments) => audit::run(desk, who, arguments).await,
        Verb::Report(arguments) => report::report(desk, who, arguments).await,
        Verb::Retain(arguments) => retain::retain(desk, who, composed.years_kept, arguments).await,
        Verb::Logs(arguments) => logs::logs(composed, who, arguments).await,
        add @ Verb::AddUser { .. } => add_user(desk, who, add).await,
        Verb::Users => {
            let users = desk.users(who).await.map_err(told)?;
            print(&users.iter().map(UserView::from).collect::<Vec<_>>())
        }
        Verb::ChangeUser { username, role, lock, unlock, new_passphrase_file } => {
            let name = Username::new(username).map_err(|_| field("username", "There is no such user"))?;
            let role = role.as_ref().map(|role| serde_json::from_value::<RoleView>(json!(role))).transpose();
            let role = role.map_err(|_| field("role", "There is no such role"))?.map(Role::from);
            let passphrase = match new_passphrase_file {
                Some(file) => Some(new_passphrase(passphrase_of(username, Some(file))?.as_str())?),
                None => None,
            };
            let locked = if *lock { Some(true) } else { unlock.then_some(false) };
            let changed = desk.change_user(who, &name, UserChange { role, locked, passphrase }).await.map_err(told)?;
            print(&UserView::from(&changed))
        }
        Verb::Backup(arguments) => keeping::back_up(composed, who, arguments).await,
        Verb::Key(KeyOrder::Export(arguments)) => keeping::export_key(composed, who, arguments).await,
        // Done before there is a desk, or by ending it.
        Verb::Restore(_) | Verb::Key(KeyOrder::Import(_) | KeyOrder::Change) => {
            Err(Problem::unexpected("keeping").into())
        }
        Verb::Assure { .. } => Err(Problem::unexpected("assure").into()),
    }
}

async fn bookings(desk: &Desk, who: &SignedIn, which: &BookingsArguments) -> Done {
    let records = match (&which.ask, &which.encounter) {
        (Some(booking), _) => {
            let booking = desk.ask_how_it_stands(who, id(booking, "ask")?).await.map_err(told)?;
            return print(&BookingView::from(&booking));
        }
        (None, Some(encounter)) => desk.bookings_in(who, id(encounter, "encounter")?).await.map_err(told)?,
        (None, None) => desk.recent_bookings(who).await.map_err(told)?,
    };
    print(&records.iter().map(BookingView::from).collect::<Vec<_>>())
}

/// What came of a piece of unfinished work.
fn taken(taken: &Taken) -> Done {
    match taken {
        Taken::Booking(outcome) => result(outcome),
        Taken::Cancellation(outcome) => changes::cancelled(&CancelResultView::from(outcome.as_ref())),
        Taken::Delivery(_) => {
            print(&TakenView::from(taken))?;
            Ok(if TakenView::settled(taken) { ExitCode::SUCCESS } else { ExitCode::from(8) })
        }
    }
}

struct Found {
    encounter: EncounterId,
    search: Search,
    view: ServiceListView,
}

async fn search(composed: &Composed, who: &SignedIn, case: &CaseArguments) -> Result<Found, Failed> {
    let desk = composed.desk.as_ref();
    let encounter = match &case.encounter {
        Some(encounter) => id(encounter, "encounter")?,
        None => begin(composed, who, case).await?,
    };
    let (search, postcode) = desk.find_services(who, encounter, search_distance(case.within)?).await.map_err(told)?;
    let view = ServiceListView::of(&search, postcode.as_str(), desk.now());
    Ok(Found { encounter, search, view })
}

async fn begin(composed: &Composed, who: &SignedIn, case: &CaseArguments) -> Result<EncounterId, Failed> {
    let outcome = OutcomeInput {
        code: case.outcome.clone().unwrap_or_default(),
        reached_at: String::new(),
        symptom_group: case.symptom_group.clone(),
        symptom_discriminators: case.symptom_discriminators.clone(),
        reason: case.reason.clone(),
    };
    started(composed.desk.as_ref(), who, &patient(composed, case)?, &outcome).await
}

/// Begins an encounter with a patient and the outcome of their assessment, both as they were typed.
pub(crate) async fn started(
    desk: &Desk,
    who: &SignedIn,
    patient: &PatientInput,
    outcome: &OutcomeInput,
) -> Result<EncounterId, Failed> {
    let patient = patient.read(desk.now())?;
    let outcome = outcome.read(desk.dispositions(), desk.now())?;
    let encounter = desk.start_encounter(who, patient).await.map_err(told)?.id;
    desk.record_outcome(who, encounter, outcome).await.map_err(told)?;
    Ok(encounter)
}

fn patient(composed: &Composed, case: &CaseArguments) -> Result<PatientInput, Failed> {
    if let Some(number) = case.ready_patient {
        let ready = number.checked_sub(1).and_then(|index| composed.ready_patients.get(index));
        return ready
            .map(|ready| ready.input())
            .ok_or_else(|| field("ready-patient", "There is no such ready patient"));
    }
    let file = case
        .patient
        .as_ref()
        .ok_or_else(|| field("patient", "Name an encounter, or a patient file, or a ready patient"))?;
    let text = std::fs::read_to_string(file)
        .map_err(|error| field("patient", &format!("The file cannot be read: {error}")))?;
    serde_json::from_str(&text)
        .map_err(|error| field("patient", &format!("The file is not a patient form: line {}", error.line())))
}

async fn availability(composed: &Composed, who: &SignedIn, case: &CaseArguments) -> Done {
    let desk = composed.desk.as_ref();
    let found = search(composed, who, case).await?;
    let answers: Mutex<Vec<AvailabilityView>> = Mutex::default();
    let tell = |availability, outcome: &_| {
        let view = AvailabilityView::of(&availability, outcome, desk.now());
        let mut answers = answers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        answers.retain(|earlier| earlier.service_id != view.service_id);
        answers.push(view);
    };
    desk.watch_availability(who, found.encounter, found.search.id, tell).await.map_err(told)?;
    let mut answers = answers.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    answers.sort_by_key(|view| found.view.services.iter().position(|service| service.id == view.service_id));
    print(&json!({ "encounter": found.encounter.to_string(), "search": found.view, "availability": answers }))
}

fn new_passphrase(text: &str) -> Result<Personal<String>, Failed> {
    if text.chars().count() < SHORTEST_PASSPHRASE {
        return Err(field(
            "new-passphrase-file",
            "A passphrase has at least 12 characters: three or four words are good",
        ));
    }
    Ok(Personal::from(text))
}

async fn add_user(desk: &Desk, who: &SignedIn, verb: &Verb) -> Done {
    let Verb::AddUser {
        username,
        title,
        given_name,
        family_name,
        role,
        sds_user_id,
        sds_role_profile_id,
        new_passphrase_file,
    } = verb
    else {
        return Ok(ExitCode::FAILURE);
    };
    let unreadable = |error: std::io::Error| field("new-passphrase-file", &error.to_string());
    let (passphrase, passphrase_again) = match new_passphrase_file {
        Some(file) => {
            let text = std::fs::read_to_string(file).map_err(unreadable)?;
            let first = text.lines().next().unwrap_or_default().to_owned();
            (first.clone(), first)
        }
        None => (
            rpassword::prompt_password("New user's passphrase: ").map_err(unreadable)?,
            rpassword::prompt_password("Again: ").map_err(unreadable)?,
        ),
    };
    let role: RoleView = serde_json::from_value(json!(role)).map_err(|_| field("role", "There is no such role"))?;
    let input = NewUserInput {
        username: username.clone(),
        title: title.clone(),
        given_name: given_name.clone(),
        family_name: family_name.clone(),
        role,
        sds_user_id: sds_user_id.clone(),
        sds_role_profile_id: sds_role_profile_id.clone(),
        passphrase,
        passphrase_again,
    };
    let user = desk.add_user(who, input.read()?, &input.passphrase).await.map_err(told)?;
    print(&UserView::from(&user))
}

/// What a clinician is asked, where one is.
fn asked(approval: &ApprovalArguments, input: ApprovalInput) -> Result<Option<ApprovalInput>, Failed> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    if let Some(username) = &approval.approver {
        let passphrase = passphrase_of(username, approval.approver_passphrase_file.as_deref())?;
        let (approver_username, approver_passphrase) = (username.clone(), passphrase.to_string());
        return Ok(Some(ApprovalInput { approver_username, approver_passphrase, ..input }));
    }
    Ok(approval.approved_by.as_ref().map(|clinician| ApprovalInput {
        way: ApprovalWay::ByTelephone,
        clinician: clinician.clone(),
        registration: text(&approval.registration),
        called_at: text(&approval.called_at),
        ..input
    }))
}

async fn approved(desk: &Desk, who: &SignedIn, input: ApprovalInput) -> Result<ApprovalId, Failed> {
    let (late, asked, grounds) = input.read(desk.now())?;
    let approval = desk.approve_late_slot(who, &late, asked, grounds).await.map_err(told)?;
    say(&ApprovalView::from(&approval).words);
    Ok(approval.id())
}

/// Books, says on standard error how far it is, and sends nothing again after Ctrl+C.
async fn book(desk: &Desk, who: &SignedIn, order: SlotOrder) -> Result<BookingOutcome, Failed> {
    let (waiting, stop) = Waiting::with(|stage| {
        let view = BookingStageView::from(&stage);
        say(&view.words);
        if view.may_stop {
            say("Ctrl+C: do not send it again.");
        }
    });
    let stopped = async {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.ask();
        }
        // What was sent is followed to its end, however often the keys are pressed.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        booked = desk.book_attended(who, order, &waiting) => booked.map_err(told),
        () = stopped => Err(Problem::unexpected("stop").into()),
    }
}

fn result(outcome: &BookingOutcome) -> Done {
    let view = BookingResultView::from(outcome);
    print(&view)?;
    match view {
        BookingResultView::Confirmed { .. } => Ok(ExitCode::SUCCESS),
        BookingResultView::NotBooked { problem } => {
            tell_problem(&problem);
            Ok(ExitCode::from(7))
        }
        BookingResultView::Unknown { problem, .. } => {
            tell_problem(&problem);
            Ok(ExitCode::from(8))
        }
    }
}

pub(crate) fn print<T: Serialize>(value: &T) -> Done {
    let text = serde_json::to_string_pretty(value).map_err(|_| Problem::unexpected("json"))?;
    give(&text);
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::needless_pass_by_value, reason = "used as map_err's function")]
pub(crate) fn told(error: JourneyError) -> Failed {
    let problem = Problem::from(&error);
    tracing::info!(%error, reference = problem.reference, "a journey could not go on");
    problem.into()
}

pub(crate) fn field(field: &str, message: &str) -> Failed {
    Problem::form(vec![FieldProblem { field: field.to_owned(), message: message.to_owned() }]).into()
}

pub(crate) fn id<T: FromStr>(text: &str, name: &str) -> Result<T, Failed> {
    text.parse().map_err(|_| field(name, "This is not an id"))
}

pub(crate) fn service_id(text: &str) -> Result<DosServiceId, Failed> {
    DosServiceId::new(text).map_err(|_| field("service", "This is not a DoS service id"))
}
