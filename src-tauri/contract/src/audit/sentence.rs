//! What an event says, as one sentence in the field's words.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use desk_domain::audit::{AuditAction, AuditFilter, PatientSought};
use desk_domain::booking::BookingResultKind;
use desk_domain::calendar::local_date;
use desk_domain::cancel::{CancelResultKind, Whose};
use desk_domain::chain::Fault;
use desk_domain::encounter::Ending;
use desk_domain::id::DosServiceId;
use desk_domain::slot::SlotCount;

use super::kinds::named;
use crate::display;

/// Names of services, by id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names<'a>(pub(crate) &'a HashMap<String, String>);

impl Names<'_> {
    /// The name; where the record knows none, the id.
    pub(crate) fn of(self, service: &DosServiceId) -> String {
        self.0.get(service.as_str()).cloned().unwrap_or_else(|| format!("service {service}"))
    }
}

/// The sentence of an event, without a full stop.
pub(crate) fn sentence(what: &AuditAction, names: Names<'_>) -> String {
    use AuditAction as A;
    match what {
        A::Started { version } => format!("Booking Desk {version} started"),
        A::UserAdded { username, role } => format!("User {username} added: {}", role.words().to_lowercase()),
        A::UserChanged { username, role, locked, passphrase } => {
            let may = if *locked { "may sign in no more" } else { "may sign in" };
            let new = if *passphrase { ", with a new passphrase" } else { "" };
            format!("User {username} changed: {}, {may}{new}", role.words().to_lowercase())
        }
        A::SignedIn => "Signed in".to_owned(),
        A::SignInRefused { username: Some(username) } => format!("Sign-in as {username} refused"),
        A::SignInRefused { username: None } => "Sign-in refused: what was typed is no username".to_owned(),
        A::SignedOut => "Signed out".to_owned(),
        A::Locked => "Desk locked: nobody was at it".to_owned(),
        A::ActionRefused { action } => format!("Refused: this role may not {}", action.words()),
        A::EncounterStarted => "Encounter begun: a patient was taken down".to_owned(),
        A::PatientChanged => "Patient’s details changed".to_owned(),
        A::EncounterOpened => "Encounter opened: the patient’s details were seen".to_owned(),
        A::ResponsesRecorded => "Assessment recorded: what was said and found".to_owned(),
        A::EncounterEnded { ending } => format!("Encounter ended{}", ended(ending.as_ref())),
        A::OutcomeRecorded { code, due: Some(due), .. } => {
            format!("Outcome {code} recorded: care by {}", moment(*due))
        }
        A::OutcomeRecorded { code, due: None, .. } => format!("Outcome {code} recorded, without a timeframe"),
        A::ServicesSearched { failure: Some(failure), .. } => format!("Services searched, and none told: {failure}"),
        A::ServicesSearched { services, within, failure: None, .. } => {
            let within =
                within.map(|distance| format!(" within {}", display::miles(distance.km()))).unwrap_or_default();
            format!("Services searched{within}: {} found", services.len())
        }
        A::ServiceChosen { service, rank, reject_reason, .. } => {
            let over = if reject_reason.is_some() { ", passing over the first" } else { "" };
            format!("{} chosen, number {rank} of the list{over}", names.of(service))
        }
        A::SlotsSearched { service, count, failure, background, .. } => {
            let how = if *background { " for the list" } else { "" };
            format!("Slots of {} searched{how}: {}", names.of(service), slots(count.as_ref(), failure.as_deref()))
        }
        A::BookingRefusedByGate { service, start, refusal } => {
            format!("Booking at {} for {} refused by the timeframe: {refusal}", names.of(service), moment(*start))
        }
        A::LateSlotApproved { service, start, approval } => {
            let how = if approval.by().is_verified() { "at the desk" } else { "by telephone, not verified" };
            format!("Late slot at {} for {} approved by a clinician {how}", names.of(service), moment(*start))
        }
        A::LateSlotNotApproved { service, start, .. } => {
            format!("Late slot at {} for {} not approved", names.of(service), moment(*start))
        }
        A::BookingIntended { service, start, late, .. } => {
            let late = if late.is_some() { ", outside the timeframe" } else { "" };
            format!("Booking requested at {} for {}{late}", names.of(service), moment(*start))
        }
        A::BookingSettled { result, failure, tries, .. } => {
            format!("{}{}", booked(*result, failure.as_deref()), after_tries(*tries))
        }
        A::UnfinishedChecked { .. } => "Provider asked what it holds of an unfinished booking".to_owned(),
        A::UnfinishedSettledByHand { held: true, .. } => "Settled by hand: the provider holds it".to_owned(),
        A::UnfinishedSettledByHand { held: false, .. } => "Settled by hand: the provider does not hold it".to_owned(),
        A::BookingsListed => "Bookings listed: patients’ names were seen".to_owned(),
        A::BookingAsked { status: Some(status), .. } => {
            format!("Provider asked how a booking stands: {}", status.words().to_lowercase())
        }
        A::BookingAsked { status: None, failure, .. } => {
            format!("Provider asked how a booking stands, and did not tell{}", because(failure.as_deref()))
        }
        A::ReferralBlocked { service, refusal, .. } => format!("Referral to {} stopped: {refusal}", names.of(service)),
        A::ReferralReleased { service, .. } => {
            format!("Referral to {} let pass: there is a booking", names.of(service))
        }
        A::ReferralMade { service, booking, route, .. } => {
            let with = if booking.is_some() { "with its booking" } else { "without a booking" };
            format!("Referral to {} made {with}, {}", names.of(service), goes(route))
        }
        A::ReferralIntended { service, copy: true, .. } => {
            format!("Copy of the referral sent for {}", names.of(service))
        }
        A::ReferralIntended { service, copy: false, .. } => format!("Referral sent to {}", names.of(service)),
        A::ReferralSettled { result, failure, tries, .. } => {
            format!("Referral {}{}{}", delivered(result), because(failure.as_deref()), after_tries(*tries))
        }
        A::ReferralSeen { .. } => "Referral looked at".to_owned(),
        A::ReferralSaved { .. } => "Referral saved to a file, to be sent another way".to_owned(),
        A::ReferralSentByHand { .. } => "Referral sent another way, by hand".to_owned(),
        A::ReferralDecoupled { version, .. } => {
            format!("Referral is none any more: its booking was cancelled (version {version})")
        }
        A::ProviderTold { .. } => "Provider told by telephone that the referral is none any more".to_owned(),
        A::BookingsLookedUp { service, found: Some(found), .. } => {
            format!("Bookings looked for at the provider of {}: {found} found", names.of(service))
        }
        A::BookingsLookedUp { service, found: None, failure, .. } => {
            let why = because(failure.as_deref());
            format!("Bookings looked for at the provider of {}, and not told{why}", names.of(service))
        }
        A::BookingsSearchedHere { found } => format!("Bookings looked for at this desk: {found} found"),
        A::RegistryAsked { found: Some(found), .. } => format!("Appointment registry asked: it knows {found}"),
        A::RegistryAsked { found: None, failure } => {
            format!("Appointment registry asked, and it did not tell{}", because(failure.as_deref()))
        }
        A::BookingRead { version, status, whose, failure, .. } => match (status, failure) {
            (Some(status), _) => {
                let version = version.as_ref().map(|version| format!(", version {version}")).unwrap_or_default();
                let read = status.words().to_lowercase();
                format!("Booking read from its provider: {read}{version}{}", of_whom(*whose))
            }
            (None, failure) => format!("Booking could not be read from its provider{}", because(failure.as_deref())),
        },
        A::CancelRefusedHere { refusal, .. } => format!("Cancellation refused here, nothing sent: {refusal}"),
        A::CancelIntended { version, rebook, .. } => {
            let part = if rebook.is_some() { " for a rebooking" } else { "" };
            format!("Cancellation requested{part}, of the booking’s version {version}")
        }
        A::CancelSettled { result, failure, tries, .. } => {
            format!("{}{}", cancelled(*result, failure.as_deref()), after_tries(*tries))
        }
        A::RebookBegan { without_reassessment: None, .. } => {
            "Rebooking begun: the original stands until the new booking is confirmed".to_owned()
        }
        A::RebookBegan { without_reassessment: Some(_), .. } => {
            "Rebooking begun without a reassessment; the original stands for now".to_owned()
        }
        A::RebookMoved { step, .. } => format!("Rebooking: {}", rebooking(step)),
        A::PatientInformed { how, informed, .. } => {
            format!("Patient told of the change: {} at {}", how.to_lowercase(), moment(*informed))
        }
        A::AttendanceRecorded { attendance, .. } => format!("Attendance recorded: {}", attendance.to_lowercase()),
        A::BookingOpened { .. } => "Booking opened: the patient’s details were seen".to_owned(),
        A::EncountersListed => "Encounters listed: patients’ names were seen".to_owned(),
        A::AuditRead { filter, before } => {
            let further = if before.is_some() { ", further back" } else { "" };
            format!("Audit record read: {}{further}", part_of(filter, names))
        }
        A::ReportRead { report, from, to, cell, .. } => {
            let of = if cell.is_some() { "Events behind a number of report" } else { "Report" };
            format!("{of} {} read, {} to {}", report.id(), display::date(*from), display::date(*to))
        }
        A::AuditExported { filter } => format!("Audit record written to files: {}", part_of(filter, names)),
        A::AuditVerified { events, seals, fault: None } => {
            let seals = display::count(usize::try_from(*seals).unwrap_or(usize::MAX), "seal", "seals");
            format!("Audit record verified: all {} events hold, {seals} met", display::thousands(*events))
        }
        A::AuditVerified { fault: Some(fault), .. } => format!("Audit record verified: {}", broken(*fault)),
        A::AuditSealed { seal } => format!("Audit record sealed at event {}", display::thousands(seal.head.number)),
        A::PersonalPartsRemoved { through, only, of_no_encounter, years } => {
            let whose = match (only, of_no_encounter) {
                (Some(_), _) => "of one encounter ",
                (None, true) => "of events of no encounter ",
                (None, false) => "",
            };
            let years = years.map(|years| display::count(usize::from(years.number()), "year", "years"));
            let after = years.map(|years| format!(" after {years}")).unwrap_or_default();
            format!("Personal details {whose}removed{after}, of events up to {}", display::thousands(*through))
        }
        A::ReferenceLookedUp { .. } => "A reference was looked up in logs, exchanges and this record".to_owned(),
        A::RecordBackedUp { name, head, automatic, .. } => {
            let by = if *automatic { "Daily backup" } else { "Backup" };
            format!("{by} made and verified: {name}, up to event {}", display::thousands(head.number))
        }
        A::RecordNotBackedUp { why, automatic } => {
            let which = if *automatic { "The daily backup" } else { "A backup" };
            format!("{which} could not be made: {why}")
        }
        A::BackupsRemoved { names } => {
            format!(
                "Old backups removed, as newer ones are there: {}",
                display::count(names.len(), "backup", "backups")
            )
        }
        A::RecordRestored { name, made, head, .. } => format!(
            "This record was restored from the backup {name} of {}, up to event {}",
            display::date(local_date(*made)),
            display::thousands(head.number)
        ),
        A::RecordSetAside { name, .. } => format!("This record was set aside: the backup {name} took its place"),
        A::RecordKeyChanged { from, to } => {
            format!("Record put under key {} in place of key {}", to.short(), from.short())
        }
        A::RecordKeyExported { key } => format!("Recovery copy of record key {} written", key.short()),
        A::RecordKeyImported { key } => format!("Record key {} put back from its recovery copy", key.short()),
    }
}

/// The first event that does not hold, in words.
pub(crate) fn broken(fault: Fault) -> String {
    format!("event {} does not hold, {}", display::thousands(fault.number), fault.how)
}

/// What a filter leaves in, as parts of a sentence. The patient is told only where `patient` says so.
pub(crate) fn filter_parts(filter: &AuditFilter, names: Names<'_>, patient: bool) -> Vec<String> {
    let AuditFilter { patient: sought, user, encounter, service, kind, from, until } = filter;
    let sought = sought.as_ref().map(|sought| if patient { sought_words(sought) } else { "one patient".to_owned() });
    let parts = [
        sought,
        user.as_ref().map(|user| format!("user {user}")),
        encounter.map(|encounter| format!("encounter {encounter}")),
        service.as_ref().map(|service| names.of(service)),
        kind.map(|kind| named(kind).1.to_owned()),
        from.map(|from| format!("from {}", day_or_moment(from, true))),
        until.map(|until| format!("until {}", day_or_moment(until, false))),
    ];
    parts.into_iter().flatten().collect()
}

fn part_of(filter: &AuditFilter, names: Names<'_>) -> String {
    let parts = filter_parts(filter, names, false);
    if parts.is_empty() { "all of it".to_owned() } else { parts.join(", ") }
}

fn sought_words(sought: &PatientSought) -> String {
    match sought {
        PatientSought::NhsNumber { number } => {
            let number = number.reveal();
            let grouped = desk_domain::id::NhsNumber::new(number).map(|number| number.grouped());
            format!("patient with NHS number {}", grouped.unwrap_or_else(|_| number.clone()))
        }
        PatientSought::Name { family, born } => {
            let born = born.as_ref().map(|born| match born.reveal().parse() {
                Ok(day) => format!(", born {}", display::date(day)),
                Err(_) => format!(", born {}", born.reveal()),
            });
            format!("patient {}{}", family.reveal(), born.unwrap_or_default())
        }
    }
}

/// A day where it begins or ends one, as filters mostly do.
fn day_or_moment(at: DateTime<Utc>, begins: bool) -> String {
    use desk_domain::calendar::{end_of_local_day, local_date, start_of_local_day};
    let day = local_date(at);
    let edge = if begins { start_of_local_day(day) } else { end_of_local_day(day) };
    if at == edge { display::date(day) } else { moment(at) }
}

fn moment(at: DateTime<Utc>) -> String {
    format!("{} {}", display::date_time(at), display::zone(at))
}

fn because(failure: Option<&str>) -> String {
    failure.map(|failure| format!(": {failure}")).unwrap_or_default()
}

fn after_tries(tries: u32) -> String {
    if tries > 1 { format!(" (sent {tries} times)") } else { String::new() }
}

const fn ended(ending: Option<&Ending>) -> &'static str {
    match ending {
        Some(Ending::Completed) => ": completed",
        Some(Ending::NoReferralRequired) => ": no referral required",
        Some(Ending::LeftUndone { .. }) => ": something was left undone",
        None => "",
    }
}

fn slots(count: Option<&SlotCount>, failure: Option<&str>) -> String {
    match (count, failure) {
        (Some(count), _) => display::slots_in_and_out(count).to_lowercase(),
        (None, Some(failure)) => failure.to_owned(),
        (None, None) => "none told".to_owned(),
    }
}

fn booked(result: BookingResultKind, failure: Option<&str>) -> String {
    match result {
        BookingResultKind::Confirmed => "Booked: the provider confirmed it".to_owned(),
        BookingResultKind::NotBooked => format!("Not booked{}", because(failure)),
        BookingResultKind::Unknown => format!("Not known whether it was booked{}", because(failure)),
        BookingResultKind::SettledByHand => "Booking settled by hand".to_owned(),
    }
}

fn cancelled(result: CancelResultKind, failure: Option<&str>) -> String {
    match result {
        CancelResultKind::Cancelled => "Cancelled: the provider confirmed it".to_owned(),
        CancelResultKind::NotCancelled => format!("Not cancelled{}", because(failure)),
        CancelResultKind::Unknown => format!("Not known whether it was cancelled{}", because(failure)),
        CancelResultKind::SettledByHand => "Cancellation settled by hand".to_owned(),
    }
}

const fn of_whom(whose: Option<Whose>) -> &'static str {
    match whose {
        Some(Whose::Theirs) | None => "",
        Some(Whose::SomebodyElses) => ", another patient’s",
        Some(Whose::NotSaid) => ", and it does not say whose",
    }
}

/// How a referral goes, by the record's word for it; a word of a later version stays.
fn goes(route: &str) -> String {
    match route {
        "itk" => "to be sent to its system".to_owned(),
        "email" => "to be sent by secure mail".to_owned(),
        "telephone" => "to be told by telephone".to_owned(),
        "none" => "and the directory names no way for it".to_owned(),
        other => other.to_owned(),
    }
}

/// What came of a delivery, by the record's word for it; a word of a later version stays.
fn delivered(result: &str) -> String {
    match result {
        "accepted" => "accepted by the receiver".to_owned(),
        "notAccepted" => "not accepted".to_owned(),
        "unknown" => "sent, and not known whether it arrived".to_owned(),
        "settledByHand" => "settled by hand".to_owned(),
        other => other.to_owned(),
    }
}

/// A step of a rebooking, by the record's word for it; a word of a later version stays.
fn rebooking(step: &str) -> String {
    match step {
        "began" => "the original stands, nothing new was ordered".to_owned(),
        "booking" => "a new slot was ordered, the original stands".to_owned(),
        "newBooked" => "the new booking is confirmed, the original stands".to_owned(),
        "cancelling" => "the original’s cancellation is out".to_owned(),
        "holdsTwo" => "the original was not cancelled, the patient holds two bookings".to_owned(),
        "cancellingNew" => "the new booking’s cancellation is out, the original stays".to_owned(),
        "rebooked" => "done, the new booking stands and the original does not".to_owned(),
        "nothingNew" => "over, the original stands".to_owned(),
        "bothKept" => "over, both bookings are kept on purpose".to_owned(),
        other => other.to_owned(),
    }
}
