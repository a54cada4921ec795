//! The verbs of changed circumstances: responses, reassessment, referrals, finding and cancelling bookings, rebooking, ends.

use std::path::Path;
use std::process::ExitCode;

use chrono::NaiveDate;
use desk_composition::Composed;
use desk_contract::booking::{BookingStageView, BookingView, BookingsOfDayView};
use desk_contract::cancel::{
    AttendanceInput, BookingShownView, CancelInput, CancelResultView, CancelStatusView, FindBookingsInput,
    InformedInput, LookUpInput, LookedUpView, RebookView, RegistryView,
};
use desk_contract::outcome::{EncounterView, OutcomeInput};
use desk_contract::problem::Problem;
use desk_contract::referral::{ReferralGateView, ReferralPaperView, ReferralReviewView, ReferralView};
use desk_contract::responses::{EndingInput, ResponsesInput};
use desk_contract::service::search_distance;
use desk_domain::id::{DosServiceId, EncounterId};
use desk_domain::personal::Personal;
use desk_journeys::book::Waiting;
use desk_journeys::cancel::BookingShown;
use desk_journeys::ports::KnownBooking;
use desk_journeys::refer::ReferTo;
use desk_journeys::{Desk, SignedIn};
use serde_json::json;

use crate::arguments::{
    BookingArgument, BookingsArguments, CancelArguments, EncounterVerb, OutcomeArguments, RebookVerb, ReferArguments,
    ReferralsArguments,
};
use crate::exit::{Failed, say, tell_problem};
use crate::verbs::{Done, field, id, print, service_id, told};

/// What an encounter is shown as.
pub(crate) async fn encounter(composed: &Composed, who: &SignedIn, verb: &EncounterVerb) -> Done {
    let desk = composed.desk.as_ref();
    let encounter = match verb {
        EncounterVerb::Show { encounter } => {
            desk.open_encounter(who, id(encounter, "encounter")?).await.map_err(told)?
        }
        EncounterVerb::Responses { encounter, file } => {
            let responses: ResponsesInput = from_file(file, "file")?;
            let now = desk.open_encounter(who, id(encounter, "encounter")?).await.map_err(told)?;
            desk.record_responses(who, (now.id, now.version), responses.read()?).await.map_err(told)?
        }
        EncounterVerb::Outcome { encounter, outcome } => {
            let outcome = outcome_of(desk, outcome)?;
            desk.record_outcome(who, id(encounter, "encounter")?, outcome).await.map_err(told)?
        }
        EncounterVerb::Reassess { encounter } => desk.reassess(who, id(encounter, "encounter")?).await.map_err(told)?,
        EncounterVerb::End { encounter, how, why } => {
            let (how, why) = (how.clone(), why.clone().unwrap_or_default());
            let ending = EndingInput { encounter_id: encounter.clone(), how, why }.read()?;
            desk.end_encounter(who, id(encounter, "encounter")?, ending).await.map_err(told)?
        }
    };
    let parts = desk.encounter_parts(who, encounter.id).await.map_err(told)?;
    print(&EncounterView::of(&encounter, &parts, desk.now()))
}

fn outcome_of(desk: &Desk, typed: &OutcomeArguments) -> Result<desk_journeys::encounter::NewOutcome, Failed> {
    let input = OutcomeInput {
        code: typed.outcome.clone(),
        reached_at: typed.reached_at.clone(),
        symptom_group: typed.symptom_group.clone(),
        symptom_discriminators: typed.symptom_discriminators.clone(),
        reason: typed.reason.clone(),
    };
    Ok(input.read(desk.dispositions(), desk.now())?)
}

fn from_file<T: serde::de::DeserializeOwned>(file: &Path, name: &str) -> Result<T, Failed> {
    let text =
        std::fs::read_to_string(file).map_err(|error| field(name, &format!("The file cannot be read: {error}")))?;
    serde_json::from_str(&text).map_err(|error| field(name, &format!("The file does not fit: line {}", error.line())))
}

/// Refers, or says how the gate stands. Exits with 0 only where the service has the referral, or it is to be sent by hand.
pub(crate) async fn refer(composed: &Composed, who: &SignedIn, verb: &ReferArguments) -> Done {
    let desk = composed.desk.as_ref();
    let encounter: EncounterId = id(&verb.encounter, "encounter")?;
    let to = match &verb.service {
        None => ReferTo::Booked,
        Some(service) => {
            let service = service_id(service)?;
            let (search, _) = desk.find_services(who, encounter, search_distance(None)?).await.map_err(told)?;
            ReferTo::Listed(search.id, service)
        }
    };
    if verb.gate {
        let gate = desk.referral_gate(who, encounter, &to).await.map_err(told)?;
        let view = ReferralGateView::from(&gate);
        print(&view)?;
        return blocked(view.blocked);
    }
    if verb.review {
        let review = desk.review_referral(who, encounter, &to).await.map_err(told)?;
        let view = ReferralReviewView::of(&review);
        print(&view)?;
        return blocked(view.gate.blocked);
    }
    let stages = |stage: &BookingStageView| say(&stage.words);
    let (waiting, _stop) = Waiting::with(move |stage| stages(&BookingStageView::of_referral(&stage)));
    let outcome = desk.refer(who, encounter, &to, &waiting).await.map_err(told)?;
    let view = ReferralView::from(&outcome);
    print(&view)?;
    let lacking = view.deliveries.iter().find_map(|delivery| delivery.problem.clone());
    match lacking {
        None => Ok(ExitCode::SUCCESS),
        Some(problem) => Err(problem.into()),
    }
}

fn blocked(problem: Option<Problem>) -> Done {
    problem.map_or(Ok(ExitCode::SUCCESS), |problem| Err(problem.into()))
}

/// The referrals of an encounter, or what was done with one by hand.
pub(crate) async fn referrals(desk: &Desk, who: &SignedIn, verb: &ReferralsArguments) -> Done {
    let note = || Personal::from(verb.note.as_deref().unwrap_or_default().trim());
    if let Some(document) = &verb.sent_by_hand {
        desk.referral_sent_by_hand(who, id(document, "sent-by-hand")?, note()).await.map_err(told)?;
        return print(&json!({ "sentByHand": document }));
    }
    if let Some(document) = &verb.provider_told {
        desk.provider_told(who, id(document, "provider-told")?, note()).await.map_err(told)?;
        return print(&json!({ "providerTold": document }));
    }
    if let Some(document) = &verb.document {
        let papers = desk.referral_document(who, id(document, "document")?, verb.out.is_some()).await.map_err(told)?;
        let Some(out) = &verb.out else {
            return print(&ReferralPaperView::of(&papers.paper));
        };
        let is_page = out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("html"));
        let text = if is_page { papers.page } else { papers.document };
        std::fs::write(out, text).map_err(|error| field("out", &format!("The file cannot be written: {error}")))?;
        return print(&json!({ "saved": out }));
    }
    let encounter = verb.encounter.as_deref().ok_or_else(|| field("encounter", "Name an encounter or a document"))?;
    let referrals = desk.referrals_in(who, id(encounter, "encounter")?).await.map_err(told)?;
    print(&referrals.iter().map(ReferralView::from).collect::<Vec<_>>())
}

/// Finds bookings: of a patient, of a service on a day, at a provider, in the registry.
pub(crate) async fn find(composed: &Composed, who: &SignedIn, verb: &BookingsArguments) -> Option<Done> {
    let desk = composed.desk.as_ref();
    if verb.nhs_number.is_some() || verb.family_name.is_some() {
        return Some(of_patient(desk, who, verb).await);
    }
    if let (Some(service), Some(day)) = (&verb.service, &verb.on) {
        return Some(on_day(desk, who, service, day).await);
    }
    if let Some(encounter) = &verb.registry {
        return Some(registry(desk, who, encounter).await);
    }
    if let Some(encounter) = &verb.held {
        return Some(held(desk, who, encounter).await);
    }
    if let (Some(encounter), Some(service)) = (&verb.look_up, &verb.service) {
        return Some(look_up(desk, who, encounter, service, (verb.days_back, verb.days_ahead)).await);
    }
    None
}

async fn of_patient(desk: &Desk, who: &SignedIn, verb: &BookingsArguments) -> Done {
    let born: Vec<&str> = verb.born.as_deref().unwrap_or_default().split('-').collect();
    let part = |index: usize| born.get(index).copied().unwrap_or_default().to_owned();
    let input = FindBookingsInput {
        nhs_number: verb.nhs_number.clone().unwrap_or_default(),
        family_name: verb.family_name.clone().unwrap_or_default(),
        birth_year: part(0),
        birth_month: part(1),
        birth_day: part(2),
    };
    let found = desk.bookings_for(who, &input.read()?).await.map_err(told)?;
    print(&found.iter().map(BookingView::from).collect::<Vec<_>>())
}

async fn on_day(desk: &Desk, who: &SignedIn, service: &str, day: &str) -> Done {
    let day: NaiveDate = day.parse().map_err(|_| field("on", "Write the day as 2026-11-20"))?;
    let found = desk.bookings_on(who, &service_id(service)?, day).await.map_err(told)?;
    let BookingsOfDayView { bookings, removed } = BookingsOfDayView::from(&found);
    if !removed.is_empty() {
        say(&removed);
    }
    print(&bookings)
}

async fn registry(desk: &Desk, who: &SignedIn, encounter: &str) -> Done {
    let word = desk.registry_check(who, id(encounter, "registry")?).await.map_err(told)?;
    print(&RegistryView::of(&word, desk.now()))
}

async fn held(desk: &Desk, who: &SignedIn, encounter: &str) -> Done {
    let held = desk.held_by_patient(who, id(encounter, "held")?).await.map_err(told)?;
    print(&held.iter().map(BookingView::from).collect::<Vec<_>>())
}

async fn look_up(
    desk: &Desk,
    who: &SignedIn,
    encounter: &str,
    service: &str,
    (days_back, days_ahead): (u32, u32),
) -> Done {
    let of: EncounterId = id(encounter, "look-up")?;
    let (search, _) = desk.find_services(who, of, search_distance(None)?).await.map_err(told)?;
    let service: DosServiceId = service_id(service)?;
    let input = LookUpInput {
        encounter_id: encounter.to_owned(),
        search_id: Some(search.id.to_string()),
        service_id: Some(service.to_string()),
        booking_id: None,
        days_back,
        days_ahead,
    };
    let (at, window) = input.read(desk.now())?;
    let (found, not_understood) = desk.look_up(who, of, (&at, window)).await.map_err(told)?;
    let bookings = found.iter().map(|one| BookingShownView::of(one, &[], desk.now())).collect();
    print(&LookedUpView { bookings, not_understood: u32::try_from(not_understood).unwrap_or(u32::MAX) })
}

/// What is known of a booking: one of this desk's record, or one that the registry names for an encounter.
async fn known(desk: &Desk, who: &SignedIn, of: &BookingArgument) -> Result<(EncounterId, KnownBooking), Failed> {
    match (&of.booking, &of.url, &of.encounter) {
        (Some(booking), _, within) => {
            let (made_in, known) = desk.known_booking(who, id(booking, "booking")?).await.map_err(told)?;
            let within = within.as_deref().map(|within| id(within, "encounter")).transpose()?;
            Ok((within.unwrap_or(made_in), known))
        }
        (None, Some(url), Some(encounter)) => {
            let encounter: EncounterId = id(encounter, "encounter")?;
            // What the registry knows is held by one program alone: this one asks for itself.
            desk.registry_check(who, encounter).await.map_err(told)?;
            Ok((encounter, desk.known_from_registry(who, encounter, url).await.map_err(told)?))
        }
        (None, _, _) => Err(field("booking", "Name a booking of this desk, or an encounter and the registry's URL")),
    }
}

async fn read(desk: &Desk, who: &SignedIn, of: &BookingArgument) -> Result<BookingShown, Failed> {
    let (encounter, known) = known(desk, who, of).await?;
    desk.read_booking(who, encounter, known).await.map_err(told)
}

async fn view(desk: &Desk, who: &SignedIn, shown: &BookingShown) -> Result<BookingShownView, Failed> {
    let notes = desk.notes_on(who, &shown.known.url).await.map_err(told)?;
    Ok(BookingShownView::of(shown, &notes, desk.now()))
}

/// Reads a booking from its provider; with `--confirm`, cancels it. Exits with 0 only where the provider has cancelled it.
pub(crate) async fn cancel(desk: &Desk, who: &SignedIn, verb: &CancelArguments) -> Done {
    let shown = read(desk, who, &verb.of).await?;
    let view = view(desk, who, &shown).await?;
    let Some(version) = &verb.confirm else {
        return print(&view);
    };
    let said = |what: &str| verb.read_back.iter().any(|said| said == what);
    let input = CancelInput {
        url: view.url,
        version: version.clone(),
        name_read_back: said("name"),
        birth_date_read_back: said("birthDate"),
        number_read_back: said("number"),
        reason: verb.reason.clone().unwrap_or_default(),
        rebook_id: verb.rebook.clone(),
    };
    let (waiting, _stop) = Waiting::with(|stage| say(&BookingStageView::of_cancellation(&stage).words));
    let outcome = desk.cancel(who, input.read()?, &waiting).await.map_err(told)?;
    cancelled(&CancelResultView::from(&outcome))
}

/// Prints what came of a cancellation, and says it with the exit code.
pub(crate) fn cancelled(view: &CancelResultView) -> Done {
    print(view)?;
    if let Some(problem) = &view.problem {
        tell_problem(problem);
    }
    match view.status {
        CancelStatusView::Cancelled => Ok(ExitCode::SUCCESS),
        CancelStatusView::NotKnown => Ok(ExitCode::from(8)),
        CancelStatusView::SystemFailure
        | CancelStatusView::NotFound
        | CancelStatusView::NotThisPatients
        | CancelStatusView::InThePast
        | CancelStatusView::AlreadyCancelled
        | CancelStatusView::NotPermitted
        | CancelStatusView::ChangedMeanwhile => Ok(ExitCode::from(7)),
    }
}

/// Begins, leaves, or keeps both.
pub(crate) async fn rebook(desk: &Desk, who: &SignedIn, verb: &RebookVerb) -> Done {
    let rebook = match verb {
        RebookVerb::Begin { of, within, without_reassessment } => {
            let (_, original) = known(desk, who, of).await?;
            let why = without_reassessment.as_deref().map(Personal::from);
            desk.begin_rebook(who, id(within, "within")?, original, why).await
        }
        RebookVerb::Leave { rebook } => desk.leave_rebook(who, id(rebook, "rebook")?).await,
        RebookVerb::KeepBoth { rebook, reason } => {
            desk.keep_both(who, id(rebook, "rebook")?, &Personal::from(reason.as_str())).await
        }
    };
    print(&RebookView::from(&rebook.map_err(told)?))
}

/// Records that the patient was told of a change (CA-6).
pub(crate) async fn inform(desk: &Desk, who: &SignedIn, input: &InformedInput) -> Done {
    let (how, when, note) = input.read(desk.now())?;
    let encounter = id(&input.encounter_id, "encounter")?;
    desk.record_informed(who, encounter, &input.url, (how, when), note).await.map_err(told)?;
    print(&json!({ "informed": input.url }))
}

/// Records whether the patient came.
pub(crate) async fn attendance(desk: &Desk, who: &SignedIn, input: &AttendanceInput) -> Done {
    let (attendance, note) = input.read()?;
    desk.record_attendance(who, id(&input.booking_id, "booking")?, attendance, note).await.map_err(told)?;
    print(&json!({ "recorded": input.booking_id }))
}
