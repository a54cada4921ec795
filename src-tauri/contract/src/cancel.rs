//! Finding bookings, reading one back, cancelling it, replacing it; and telling the patient.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use desk_domain::booking::AppointmentStatus;
use desk_domain::calendar::{instant_of_local, local_date};
use desk_domain::cancel::{
    Attendance, CancelRefusal, CancelResult, InformedHow, Leaves, NotCancelled, WholeAppointment, Whose,
};
use desk_domain::failure::{ProviderFailure, RecordFailure, Refusal};
use desk_domain::id::{DosServiceId, NhsNumber};
use desk_domain::personal::Personal;
use desk_domain::rebook::{Holds, RebookState};
use desk_domain::slot::SlotWindow;
use desk_journeys::bookings::{LookUpAt, RegistryWord};
use desk_journeys::cancel::{BookingShown, CancelConfirmed, CancelOutcome, ReadBackToPatient};
use desk_journeys::ports::{BookingNote, Noted, PatientSearch, RebookRecord, RegistryEntry};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::display;
use crate::form::Form;
use crate::problem::{NextStep, Problem, ProblemCode};
use crate::referral::ReferralView;
use crate::words::Row;

/// By what a patient's bookings are looked for: an NHS number, or a family name and a date of birth.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct FindBookingsInput {
    /// NHS number as typed; empty to look by name.
    pub nhs_number: String,
    /// Family name.
    pub family_name: String,
    /// Day of birth.
    pub birth_day: String,
    /// Month of birth.
    pub birth_month: String,
    /// Year of birth.
    pub birth_year: String,
}

/// A booking as its provider has it, to be read back before anything is done with it (CA-2).
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BookingShownView {
    /// Absolute URL: the key of the booking.
    pub url: String,
    /// The encounter in which it is looked at.
    pub encounter_id: String,
    /// The booking in this desk's record; none where another organisation made it.
    pub booking_id: Option<String>,
    /// The version that was read.
    pub version: String,
    /// Name of the patient, as the provider has it.
    pub patient: String,
    /// Date of birth, as the provider has it; empty where it gives none.
    pub born: String,
    /// NHS number, as the provider has it.
    pub nhs_number: String,
    /// `Friday 20-Nov-2026 19:20`; empty where not given.
    pub when: String,
    /// Name of the service; empty where not known.
    pub service: String,
    /// Phone number of the service; empty where none is known.
    pub service_phone: String,
    /// Where; what this desk's record knows, said as such, where the provider gives no place.
    pub place: String,
    /// What for; empty where not given.
    pub description: String,
    /// Status as the provider says.
    pub status: String,
    /// When it was asked.
    pub as_of: String,
    /// Who made it: this desk, or another organisation.
    pub made_by: String,
    /// True where it is this patient's.
    pub theirs: bool,
    /// A warning before it is cancelled; empty where there is none.
    pub warning: String,
    /// What the provider has changed since it was shown here last, each in words; empty where it has changed nothing (CA-3).
    pub changes: Vec<String>,
    /// True where it was called off, and nobody has recorded that the patient was told (CA-6).
    pub inform_patient: bool,
    /// True where it can be asked to be cancelled.
    pub can_cancel: bool,
    /// True where what this desk's record has of it may still be read back to the patient: it is theirs, it stands, and at the
    /// time that was booked.
    pub as_recorded: bool,
    /// What was noted of it, oldest first.
    pub notes: Vec<String>,
}

/// A cancellation as the user confirms it.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CancelInput {
    /// Absolute URL, among those shown.
    pub url: String,
    /// The version that was shown.
    pub version: String,
    /// The name was read back and fits.
    pub name_read_back: bool,
    /// The date of birth was read back and fits.
    pub birth_date_read_back: bool,
    /// The NHS number, or the address, was read back and fits.
    pub number_read_back: bool,
    /// Why it is cancelled.
    pub reason: String,
    /// The rebooking that it is a part of.
    pub rebook_id: Option<String>,
}

/// At whose provider a patient's bookings are looked up, and from when until when (RG-1).
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LookUpInput {
    /// The encounter of the patient.
    pub encounter_id: String,
    /// The search that listed the service; none where a booking is named.
    pub search_id: Option<String>,
    /// DoS service id; none where a booking is named.
    pub service_id: Option<String>,
    /// A booking at the same service; none where a service is named.
    pub booking_id: Option<String>,
    /// How many days back; up to 365.
    pub days_back: u32,
    /// How many days ahead; up to 365.
    pub days_ahead: u32,
}

/// What a provider holds of a patient.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LookedUpView {
    /// The bookings, earliest first.
    pub bookings: Vec<BookingShownView>,
    /// How many entries of its answer could not be understood.
    pub not_understood: u32,
}

impl LookUpInput {
    /// Where and in which window to look.
    ///
    /// # Errors
    /// A [`Problem`] with the field to put right, or with the code `unexpected`.
    pub fn read(&self, now: DateTime<Utc>) -> Result<(LookUpAt, SlotWindow), Problem> {
        let unknown = || Problem::unexpected("id");
        let at = match (&self.booking_id, &self.search_id, &self.service_id) {
            (Some(booking), _, _) => LookUpAt::Booked(booking.parse().map_err(|_| unknown())?),
            (None, Some(search), Some(service)) => LookUpAt::Listed(
                search.parse().map_err(|_| unknown())?,
                DosServiceId::new(service).map_err(|_| unknown())?,
            ),
            (None, None, _) | (None, Some(_), None) => return Err(unknown()),
        };
        let mut form = Form::default();
        form.check(self.days_back <= 365, "daysBack", "Look back 365 days at the most");
        form.check(self.days_ahead <= 365, "daysAhead", "Look ahead 365 days at the most");
        form.finish()?;
        let (back, ahead) = (TimeDelta::days(self.days_back.into()), TimeDelta::days(self.days_ahead.into()));
        Ok((at, SlotWindow { from: now - back, until: now + ahead }))
    }
}

/// What came of a cancellation (CA-4).
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CancelResultView {
    /// The one of the standard's words that it is.
    pub status: CancelStatusView,
    /// In words: `Cancelled`, `Not cancelled: it lies in the past`.
    pub title: String,
    /// Why, and what to do next; none where it was cancelled.
    pub problem: Option<Problem>,
    /// Absolute URL of the booking.
    pub url: String,
    /// The encounter that it is recorded in.
    pub encounter_id: String,
    /// The version that the provider holds now; empty where it did not say.
    pub version: String,
    /// The piece of unfinished work, where it is not known.
    pub unfinished_id: Option<String>,
    /// The referral that is none any more by it (CA-5).
    pub decoupled: Option<ReferralView>,
    /// True where the patient is to be told now (CA-6).
    pub inform_patient: bool,
    /// False where this desk could not write it down.
    pub recorded: bool,
}

/// The standard's words for a cancellation (CA-4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum CancelStatusView {
    /// Cancelled.
    Cancelled,
    /// A system failed.
    SystemFailure,
    /// The provider does not have it.
    NotFound,
    /// It is another patient's.
    NotThisPatients,
    /// It lies in the past.
    InThePast,
    /// It was cancelled before.
    AlreadyCancelled,
    /// Not permitted.
    NotPermitted,
    /// It was changed meanwhile.
    ChangedMeanwhile,
    /// Not known.
    NotKnown,
}

/// What the registry says of a patient (RG-2, RG-3).
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RegistryView {
    /// In words.
    pub words: String,
    /// True where appointments stand that nobody may miss; those booked in this encounter are no news.
    pub flag: bool,
    /// The appointments.
    pub entries: Vec<RegistryEntryView>,
}

/// An appointment that the registry knows.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RegistryEntryView {
    /// Absolute URL: the key of the booking.
    pub url: String,
    /// When; empty where not given.
    pub when: String,
    /// Status as the registry has it.
    pub status: String,
    /// True where it stands and lies ahead.
    pub stands: bool,
    /// True where it was booked in this encounter.
    pub booked_here: bool,
}

/// A rebooking as shown.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RebookView {
    /// Id.
    pub id: String,
    /// The encounter in which it is done.
    pub encounter_id: String,
    /// Absolute URL of the original.
    pub original_url: String,
    /// The original in this desk's record.
    pub original_booking_id: Option<String>,
    /// The original in words: when and where.
    pub original: String,
    /// The new booking in this desk's record, once there is one.
    pub new_booking_id: Option<String>,
    /// What the patient holds right now, in words.
    pub holds: String,
    /// What to do next, in words; empty where it is over.
    pub next: String,
    /// True where a new slot can be booked for it.
    pub may_book: bool,
    /// True where the original is to be confirmed and cancelled now.
    pub may_cancel_original: bool,
    /// True where it is over.
    pub settled: bool,
}

/// That the patient was told (CA-6).
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct InformedInput {
    /// The encounter.
    pub encounter_id: String,
    /// Absolute URL of the booking.
    pub url: String,
    /// `duringTheCall`, `telephone`, `text`, `letter`, `throughSomebody`, `notReached`; empty where nothing was chosen.
    pub how: String,
    /// UK local time `HH:MM`, today; empty means now.
    pub at: String,
    /// What was said, or why they could not be reached.
    pub note: String,
}

/// Whether the patient came.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AttendanceInput {
    /// The booking.
    pub booking_id: String,
    /// `attended`, `didNotAttend`, `wasNotBrought`; empty where nothing was chosen.
    pub attendance: String,
    /// Who said so.
    pub note: String,
}

impl FindBookingsInput {
    /// By what to look.
    ///
    /// # Errors
    /// A [`Problem`] with every field to put right.
    pub fn read(&self) -> Result<PatientSearch, Problem> {
        let mut form = Form::default();
        if !self.nhs_number.trim().is_empty() {
            let number = NhsNumber::new(&self.nhs_number).map_err(|_| ());
            let message = "Check the NHS number: it has 10 digits, and its last digit does not fit the others";
            let number = form.needed("nhsNumber", number, message);
            form.finish()?;
            return number.map(PatientSearch::NhsNumber).ok_or_else(|| Problem::form(Vec::new()));
        }
        let family = self.family_name.trim();
        form.check(!family.is_empty(), "familyName", "Enter an NHS number, or the family name and the date of birth");
        let part = |text: &str| text.trim().parse::<u32>().map_err(|_| ());
        let born = part(&self.birth_day).and_then(|day| {
            let (month, year) = (part(&self.birth_month)?, self.birth_year.trim().parse::<i32>().map_err(|_| ())?);
            NaiveDate::from_ymd_opt(year, month, day).filter(|_| year >= 1880).ok_or(())
        });
        let born = form.needed("birthDay", born, "Enter the date of birth, for example 12 11 1974");
        form.finish()?;
        let born = born.ok_or_else(|| Problem::form(Vec::new()))?;
        Ok(PatientSearch::NameAndBirth(Personal::from(family), Personal::new(born)))
    }
}

impl BookingShownView {
    /// A booking as it was read.
    #[must_use]
    pub fn of(shown: &BookingShown, notes: &[BookingNote], now: DateTime<Utc>) -> Self {
        let (known, appointment) = (&shown.known, &shown.appointment);
        let start = appointment.start.or(known.start);
        let theirs = shown.whose == Whose::Theirs;
        let status = &appointment.held.status;
        let warning = match (shown.whose, status) {
            (Whose::SomebodyElses, _) => "This booking is another patient’s. Nothing can be done with it from here.",
            (Whose::NotSaid, _) => {
                "The provider does not say whose booking this is. Nothing can be done with it from here: telephone the service."
            }
            (Whose::Theirs, AppointmentStatus::Cancelled) => "This booking is cancelled already.",
            (Whose::Theirs, AppointmentStatus::Arrived | AppointmentStatus::Fulfilled) => {
                "The patient has come to this appointment."
            }
            (Whose::Theirs, AppointmentStatus::NoShow) => "The patient did not come to this appointment.",
            (Whose::Theirs, _) if start.is_some_and(|start| start <= now) => {
                "This appointment has started: the provider may refuse to cancel it."
            }
            (Whose::Theirs, _) => "",
        };
        let patient = &appointment.patient;
        let name = patient.name.as_ref().map(|name| name.reveal().clone());
        let ours = known.booking.is_some();
        let born = patient.birth_date.as_ref().map(|born| display::date(*born.reveal()));
        let from_record =
            |given: Option<String>, record: String| given.unwrap_or(if ours { record } else { String::new() });
        Self {
            url: known.url.clone(),
            encounter_id: shown.encounter.to_string(),
            booking_id: known.booking.map(|id| id.to_string()),
            version: appointment.held.version.clone(),
            patient: from_record(name, known.patient.name.displayed()),
            born: from_record(born, display::date(*known.patient.birth_date.reveal())),
            nhs_number: display::nhs_number(patient.nhs_number.as_ref()),
            when: start.map(display::day_and_time).unwrap_or_default(),
            service: known.service.as_ref().map(|service| service.name.clone()).unwrap_or_default(),
            service_phone: known.service.as_ref().and_then(|service| service.phone.clone()).unwrap_or_default(),
            place: place_of(shown),
            description: appointment.description.as_ref().map(|text| text.reveal().clone()).unwrap_or_default(),
            status: status.words(),
            as_of: display::to_the_second(shown.read),
            made_by: if ours { "This organisation" } else { "Another organisation, or another desk" }.to_owned(),
            theirs,
            warning: warning.to_owned(),
            changes: shown.before.as_ref().map(|before| changes(before, appointment)).unwrap_or_default(),
            inform_patient: theirs && status.is_called_off() && !notes.iter().any(is_of_a_patient_told),
            can_cancel: theirs && *status != AppointmentStatus::Cancelled,
            as_recorded: theirs && status.stands() && (appointment.start.is_none() || appointment.start == known.start),
            notes: notes.iter().map(note_words).collect(),
        }
    }
}

/// Where it is, as its provider says. A provider that does not repeat the place is not one that has no place: what the record
/// knows is told with where it is from, and nothing of it for a booking that is somebody else's (SL-1).
fn place_of(shown: &BookingShown) -> String {
    const NOT_GIVEN: &str = "Not given by the provider";
    let known = &shown.known;
    if let Some(given) = shown.appointment.place.as_ref().filter(|place| !place.trim().is_empty()) {
        return given.clone();
    }
    let booked = display::place(known.place.as_ref());
    let listed =
        known.service.as_ref().and_then(|service| service.address.as_deref()).map(str::trim).unwrap_or_default();
    match shown.whose {
        Whose::Theirs if !booked.is_empty() => format!("{NOT_GIVEN}. When it was booked: {booked}"),
        Whose::Theirs if !listed.is_empty() => format!("{NOT_GIVEN}. The service’s address in the directory: {listed}"),
        Whose::Theirs | Whose::SomebodyElses | Whose::NotSaid => NOT_GIVEN.to_owned(),
    }
}

const fn is_of_a_patient_told(note: &BookingNote) -> bool {
    matches!(note.what, Noted::PatientInformed { .. })
}

/// What a provider changed of an appointment, each in words, as far as it is shown (CA-3).
fn changes(before: &WholeAppointment, now: &WholeAppointment) -> Vec<String> {
    let time = |appointment: &WholeAppointment| appointment.start.map(display::day_and_time);
    let text = |text: &Option<Personal<String>>| text.as_ref().map(|text| text.reveal().clone());
    let born = |appointment: &WholeAppointment| {
        appointment.patient.birth_date.as_ref().map(|born| display::date(*born.reveal()))
    };
    let number = |appointment: &WholeAppointment| Some(display::nhs_number(appointment.patient.nhs_number.as_ref()));
    let seen = [
        ("Status", Some(before.held.status.words()), Some(now.held.status.words())),
        ("When", time(before), time(now)),
        ("Place", before.place.clone(), now.place.clone()),
        ("Patient", text(&before.patient.name), text(&now.patient.name)),
        ("Date of birth", born(before), born(now)),
        ("NHS number", number(before), number(now)),
        ("What for", text(&before.description), text(&now.description)),
    ];
    let value = |value: Option<String>| value.filter(|value| !value.is_empty());
    let not_given = || "not given".to_owned();
    let changed: Vec<String> = seen
        .into_iter()
        .map(|(what, before, now)| (what, value(before), value(now)))
        .filter(|(_, before, now)| before != now)
        .map(|(what, before, now)| {
            format!("{what}: was {}, is now {}", before.unwrap_or_else(not_given), now.unwrap_or_else(not_given))
        })
        .collect();
    if changed.is_empty() {
        let (was, is) = (&before.held.version, &now.held.version);
        return vec![format!("Something that is not shown here: version {was} has become version {is}")];
    }
    changed
}

/// A note on a booking, in words.
#[must_use]
pub fn note_words(note: &BookingNote) -> String {
    let what = match &note.what {
        Noted::PatientInformed { how, informed, note } => {
            format!("Patient told: {}, {}. {}", how.words(), display::date_time(*informed), note.reveal())
        }
        Noted::Attendance { attendance, note } => format!("{}. {}", attendance.words(), note.reveal()),
    };
    format!("{} {}: {}", display::to_the_second(note.at), note.by_name, what.trim_end())
}

impl CancelInput {
    /// The cancellation as it was confirmed.
    ///
    /// # Errors
    /// A [`Problem`] with the field to put right, or with the code `unexpected`.
    pub fn read(self) -> Result<CancelConfirmed, Problem> {
        let mut form = Form::default();
        let read_back = "Read this back to the patient, and confirm that it fits";
        form.check(self.name_read_back, "nameReadBack", read_back);
        form.check(self.birth_date_read_back, "birthDateReadBack", read_back);
        form.check(self.number_read_back, "numberReadBack", read_back);
        form.check(self.reason.trim().chars().count() >= 3, "reason", "Say in a few words why it is cancelled");
        form.finish()?;
        let rebook = self.rebook_id.map(|id| id.parse().map_err(|_| Problem::unexpected("id"))).transpose()?;
        Ok(CancelConfirmed {
            url: self.url,
            version: self.version,
            read_back: ReadBackToPatient {
                name: self.name_read_back,
                birth_date: self.birth_date_read_back,
                number_or_address: self.number_read_back,
            },
            reason: Personal::from(self.reason.trim()),
            rebook,
        })
    }
}

impl From<&CancelOutcome> for CancelResultView {
    fn from(outcome: &CancelOutcome) -> Self {
        let reference = outcome.order.request.reference();
        let (status, problem, version) = match &outcome.result {
            CancelResult::Cancelled(held) => (CancelStatusView::Cancelled, None, held.version.clone()),
            CancelResult::NotCancelled(why) => {
                let (status, problem) = not_cancelled(why);
                let phone = outcome.order.service.as_ref().and_then(|service| service.phone.as_deref());
                let problem = problem.telephoning(phone);
                let version = match why {
                    NotCancelled::ByOthers(held) => held.version.clone(),
                    NotCancelled::NothingSent
                    | NotCancelled::Refused(_)
                    | NotCancelled::Failure(_)
                    | NotCancelled::StillHeld(_) => String::new(),
                };
                (status, Some(problem.with_reference(reference)), version)
            }
            CancelResult::Unknown(_) => {
                let phone = outcome.order.service.as_ref().and_then(|service| service.phone.as_deref());
                (CancelStatusView::NotKnown, Some(cancel_unknown(phone).with_reference(reference)), String::new())
            }
            CancelResult::SettledByHand(by_hand) if by_hand.held => {
                (CancelStatusView::SystemFailure, None, String::new())
            }
            CancelResult::SettledByHand(_) => (CancelStatusView::Cancelled, None, String::new()),
        };
        let gone = outcome.result.leaves() == Leaves::Nothing;
        let plain = if gone { "Cancelled" } else { "Not cancelled" };
        let title = problem.as_ref().map_or_else(|| plain.to_owned(), |problem| problem.title.clone());
        Self {
            status,
            title,
            problem,
            url: outcome.order.shown.url.clone(),
            encounter_id: outcome.order.encounter.to_string(),
            version,
            unfinished_id: (status == CancelStatusView::NotKnown).then(|| outcome.intent.to_string()),
            decoupled: outcome.decoupled.as_ref().map(ReferralView::of_record),
            inform_patient: gone,
            recorded: outcome.recorded,
        }
    }
}

const STANDS: &str = "The booking stands as it was.";

/// What a provider refuses of a cancellation, in words.
pub(crate) fn cancel_refusal(refusal: CancelRefusal) -> (CancelStatusView, Problem) {
    use ProblemCode as Code;
    match refusal {
        CancelRefusal::Changed => (
            CancelStatusView::ChangedMeanwhile,
            Row(
                Code::BookingChanged,
                "Not cancelled: the booking was changed meanwhile",
                "The provider has changed it since it was shown. Nothing was cancelled.",
                "Look at the booking as it is now, with what has changed, and confirm once more.",
                &[NextStep::TryAgain],
            )
            .into(),
        ),
        CancelRefusal::AlreadyCancelled => (
            CancelStatusView::AlreadyCancelled,
            Row(
                Code::AlreadyCancelled,
                "This booking is cancelled already",
                "Somebody else cancelled it, as the provider says. This desk changed nothing.",
                "Tell the patient that they do not hold this appointment, and record it. Book another if they need one.",
                &[],
            )
            .into(),
        ),
        CancelRefusal::InThePast => (
            CancelStatusView::InThePast,
            Row(
                Code::BookingInThePast,
                "Not cancelled: the appointment lies in the past",
                "The provider cancels no appointment that has started. The booking stands as it was.",
                "Telephone the service if something has to be put right. Record whether the patient came on the booking’s page.",
                &[],
            )
            .into(),
        ),
        CancelRefusal::NotThisPatient => (
            CancelStatusView::NotThisPatients,
            Row(
                Code::AnotherPatients,
                "Not cancelled: the booking is another patient’s",
                "The provider says that it is not this patient’s booking. Nothing was cancelled.",
                "Look for the patient’s booking again.",
                &[NextStep::FindBookings],
            )
            .into(),
        ),
        CancelRefusal::Differs => (
            CancelStatusView::SystemFailure,
            Row(
                Code::ProviderRefused,
                "Not cancelled: the provider did not accept the request",
                "It says that more than the status would change. The booking stands as it was.",
                "Try again. If it stays, telephone the service, and tell the help desk.",
                &[NextStep::TryAgain],
            )
            .into(),
        ),
    }
}

/// Why a booking is not cancelled, in words.
pub(crate) fn not_cancelled(why: &NotCancelled) -> (CancelStatusView, Problem) {
    match why {
        NotCancelled::NothingSent => {
            (CancelStatusView::SystemFailure, Problem::from(&RecordFailure::Failed(String::new())))
        }
        NotCancelled::Refused(refusal) => cancel_refusal(*refusal),
        NotCancelled::ByOthers(_) => cancel_refusal(CancelRefusal::AlreadyCancelled),
        NotCancelled::Failure(ProviderFailure::Refused(Refusal::NotFound)) => (
            CancelStatusView::NotFound,
            Row(
                ProblemCode::BookingNotFound,
                "Not cancelled: the provider does not have this booking",
                "Its booking system does not know the booking. Nothing was cancelled.",
                "Telephone the service to learn what happened.",
                &[],
            )
            .into(),
        ),
        NotCancelled::Failure(ProviderFailure::Refused(Refusal::Forbidden)) => (
            CancelStatusView::NotPermitted,
            Row(
                ProblemCode::CancelNotPermitted,
                "Not cancelled: the provider does not permit it",
                "It does not let this organisation cancel this booking. The booking stands as it was.",
                "Telephone the service and ask them to cancel it.",
                &[],
            )
            .into(),
        ),
        NotCancelled::Failure(failure) | NotCancelled::StillHeld(failure) => {
            let because = Problem::from(failure);
            let title = "Not cancelled: a system failed";
            let what_happened = format!("{}. {} {STANDS}", because.title, because.what_happened);
            let next = "Try again. If it stays, telephone the service and ask them to cancel it.";
            let problem = Problem { title: title.to_owned(), what_happened, what_to_do: next.to_owned(), ..because };
            (CancelStatusView::SystemFailure, Problem { next_steps: vec![NextStep::TryAgain], ..problem })
        }
    }
}

/// Not known whether it was cancelled.
pub(crate) fn cancel_unknown(phone: Option<&str>) -> Problem {
    let telephone =
        phone.map_or_else(|| "Telephone the service".to_owned(), |phone| format!("Telephone the service on {phone}"));
    let row = Row(
        ProblemCode::CancelUnknown,
        "We do not know whether this was cancelled",
        "The request was sent, and no answer came that settles it. The patient may or may not still hold this appointment.",
        "",
        &[NextStep::OpenUnfinished],
    );
    let what_to_do = format!(
        "Do not tell the patient that it is cancelled. Ask the provider, from unfinished work. {telephone} if that does not settle it."
    );
    Problem { what_to_do, ..row.into() }
}

impl RegistryView {
    /// What the registry says, as shown.
    #[must_use]
    pub fn of(word: &RegistryWord, now: DateTime<Utc>) -> Self {
        let plain = |words: &str| Self { words: words.to_owned(), flag: false, entries: Vec::new() };
        match word {
            RegistryWord::NotConfigured => {
                plain("Bookings made by other organisations cannot be seen: no appointment registry is connected.")
            }
            RegistryWord::NoNhsNumber => plain(
                "Bookings made by other organisations cannot be seen: the appointment registry needs an NHS number.",
            ),
            RegistryWord::Knows { entries, booked_here } => {
                let view = |entry| RegistryEntryView::of(entry, booked_here, now);
                let entries: Vec<_> = entries.iter().map(view).collect();
                let standing = entries.iter().filter(|entry| entry.stands && !entry.booked_here).count();
                let here = entries.iter().any(|entry| entry.stands && entry.booked_here);
                let asked = display::time(now);
                let words = match standing {
                    0 if here => format!(
                        "The appointment registry knew no appointment ahead of this patient but what was booked here, at {asked}."
                    ),
                    0 => format!("The appointment registry knew no appointment ahead of this patient at {asked}."),
                    1 => format!("This patient holds an appointment already, as the registry said at {asked}."),
                    more => format!("This patient holds {more} appointments already, as the registry said at {asked}."),
                };
                Self { words, flag: standing > 0, entries }
            }
        }
    }
}

impl RegistryEntryView {
    fn of(entry: &RegistryEntry, booked_here: &[String], now: DateTime<Utc>) -> Self {
        Self {
            url: entry.url.clone(),
            when: entry.start.map(display::day_and_time).unwrap_or_default(),
            status: entry.status.words(),
            stands: entry.status.stands() && entry.start.is_none_or(|start| start > now),
            booked_here: booked_here.contains(&entry.url),
        }
    }
}

impl From<&RebookRecord> for RebookView {
    fn from(rebook: &RebookRecord) -> Self {
        let original = &rebook.original;
        let when =
            original.start.map(display::day_and_time).unwrap_or_else(|| "at a time that is not known".to_owned());
        let at = original.service.as_ref().map(|service| format!(", {}", service.name)).unwrap_or_default();
        let holds = match rebook.state.holds() {
            Holds::Original => "The original booking. Nothing new.",
            Holds::OriginalAndPerhapsNew => {
                "The original booking. We do not know whether there is the new one as well."
            }
            Holds::Both => "Two bookings: the original and the new one.",
            Holds::NewAndPerhapsOriginal => "The new booking. We do not know whether the original was cancelled.",
            Holds::New => "The new booking. The original is cancelled.",
        };
        let next = match &rebook.state {
            RebookState::Began => "Choose and book a new slot. The original stands until the new one is confirmed.",
            RebookState::Booking(_) => "Settle the new booking first, in unfinished work.",
            RebookState::NewBooked(_) => "Confirm with the patient that the original goes, and cancel it.",
            RebookState::HoldsTwo(_) => "The original could not be cancelled: try again, or keep both and say why.",
            RebookState::Cancelling { .. } => "Ask the provider whether the original is cancelled, in unfinished work.",
            RebookState::CancellingNew { .. } => {
                "Ask the provider whether the new one is cancelled, in unfinished work."
            }
            RebookState::Settled(_) => "",
        };
        Self {
            id: rebook.id.to_string(),
            encounter_id: rebook.encounter.to_string(),
            original_url: original.url.clone(),
            original_booking_id: original.booking.map(|id| id.to_string()),
            original: format!("{when}{at}"),
            new_booking_id: rebook.state.new_booking().and_then(|new| new.booking).map(|id| id.to_string()),
            holds: holds.to_owned(),
            next: next.to_owned(),
            may_book: rebook.state == RebookState::Began,
            may_cancel_original: rebook.state.waits_on_two(),
            settled: rebook.state.is_settled(),
        }
    }
}

impl InformedInput {
    /// How, when and what the patient was told.
    ///
    /// # Errors
    /// A [`Problem`] with every field to put right.
    pub fn read(&self, now: DateTime<Utc>) -> Result<(InformedHow, DateTime<Utc>, Personal<String>), Problem> {
        let mut form = Form::default();
        let how = match self.how.as_str() {
            "duringTheCall" => Ok(InformedHow::DuringTheCall),
            "telephone" => Ok(InformedHow::Telephone),
            "text" => Ok(InformedHow::Text),
            "letter" => Ok(InformedHow::Letter),
            "throughSomebody" => Ok(InformedHow::ThroughSomebody),
            "notReached" => Ok(InformedHow::NotReached),
            _ => Err(()),
        };
        let how = form.needed("how", how, "Choose how the patient was told");
        let at = |typed: &str| {
            let time = NaiveTime::parse_from_str(typed.trim(), "%H:%M").map_err(|_| ())?;
            Some(instant_of_local(local_date(now).and_time(time))).filter(|at| *at <= now).ok_or(())
        };
        let message = "Enter the time today as hours and minutes, for example 18:05";
        let at = form.optional("at", &self.at, at, message);
        let note = self.note.trim();
        let unreached = how == Some(InformedHow::NotReached);
        form.check(!unreached || note.chars().count() >= 5, "note", "Say how often and how you tried to reach them");
        form.finish()?;
        let how = how.ok_or_else(|| Problem::form(Vec::new()))?;
        Ok((how, at.unwrap_or(now), Personal::from(note)))
    }
}

impl AttendanceInput {
    /// Whether the patient came, and who said so.
    ///
    /// # Errors
    /// A [`Problem`] with every field to put right.
    pub fn read(&self) -> Result<(Attendance, Personal<String>), Problem> {
        let mut form = Form::default();
        let attendance = match self.attendance.as_str() {
            "attended" => Ok(Attendance::Attended),
            "didNotAttend" => Ok(Attendance::DidNotAttend),
            "wasNotBrought" => Ok(Attendance::WasNotBrought),
            _ => Err(()),
        };
        let attendance = form.needed("attendance", attendance, "Choose whether the patient came");
        let note = self.note.trim();
        form.check(note.chars().count() >= 3, "note", "Enter who told you");
        form.finish()?;
        attendance.map(|it| (it, Personal::from(note))).ok_or_else(|| Problem::form(Vec::new()))
    }
}
