//! A clinician's approval of a slot outside the timeframe (TF-2, TF-3): asked for, given, refused.

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use desk_domain::approval::{Approval, ApprovalRefusal, Approver, Grounds, Registration};
use desk_domain::calendar::{instant_of_local, local_date};
use desk_domain::id::DosServiceId;
use desk_domain::personal::Personal;
use desk_journeys::approve::{AskedClinician, LateSlot};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::display;
use crate::form::Form;
use crate::problem::{FieldProblem, Problem};

const NO_NAME: &str = "Enter the clinician’s name";
const NOT_ASKED: &str = "Ask the patient: without their word there is no approval";

/// How a clinician is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ApprovalWay {
    /// Here, with their own passphrase.
    AtTheDesk,
    /// By telephone.
    ByTelephone,
}

/// A clinician approves a slot.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalInput {
    /// The encounter.
    pub encounter_id: String,
    /// The search that listed the service.
    pub search_id: String,
    /// DoS service id.
    pub service_id: String,
    /// Key of the slot within the slots last shown.
    pub slot_key: String,
    /// How.
    pub way: ApprovalWay,
    /// At the desk: the clinician's username.
    pub approver_username: String,
    /// At the desk: the clinician's own passphrase.
    pub approver_passphrase: String,
    /// By telephone: the clinician's name.
    pub clinician: String,
    /// By telephone: the clinician's registration number.
    pub registration: String,
    /// By telephone: when they were called, UK time, `18:04`.
    pub called_at: String,
    /// On what ground the slot is acceptable.
    pub ground: String,
    /// Whether the patient accepts it.
    pub patient_accepts: bool,
}

/// A clinician does not approve a slot.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalRefusedInput {
    /// The encounter.
    pub encounter_id: String,
    /// The search that listed the service.
    pub search_id: String,
    /// DoS service id.
    pub service_id: String,
    /// Key of the slot within the slots last shown.
    pub slot_key: String,
    /// The clinician's name.
    pub clinician: String,
    /// Why not.
    pub ground: String,
}

/// An approval that was given.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalView {
    /// Id, for the order.
    pub id: String,
    /// `Approved by OKAFOR, Amara (Dr), until 18:19.`
    pub words: String,
}

impl From<&Approval> for ApprovalView {
    fn from(approval: &Approval) -> Self {
        let until = display::time(approval.holds_until());
        Self {
            id: approval.id().to_string(),
            words: format!("Approved by {}, for this slot alone, until {until}.", approver_words(approval.by())),
        }
    }
}

/// `OKAFOR, Amara (Dr)`, `Dr Amara Okafor (7654321), by telephone, unverified`.
pub(crate) fn approver_words(approver: &Approver) -> String {
    match approver {
        Approver::AtTheDesk { name, .. } => name.displayed(),
        Approver::ByTelephone { name, registration, .. } => {
            format!("{} ({}), by telephone, unverified", name.reveal(), registration.as_str())
        }
    }
}

fn late_slot(encounter: &str, search: &str, service: &str, slot: &str) -> Result<LateSlot, Problem> {
    let unknown = || Problem::unexpected("id");
    Ok(LateSlot {
        encounter: encounter.parse().map_err(|_| unknown())?,
        search: search.parse().map_err(|_| unknown())?,
        service: DosServiceId::new(service).map_err(|_| unknown())?,
        slot_id: slot.to_owned(),
    })
}

impl ApprovalInput {
    /// The slot, who is asked, and on what ground; or what is wrong with the form.
    ///
    /// # Errors
    /// A [`Problem`] with the fields that need another look.
    pub fn read(self, now: DateTime<Utc>) -> Result<(LateSlot, AskedClinician, Grounds), Problem> {
        let late = late_slot(&self.encounter_id, &self.search_id, &self.service_id, &self.slot_key)?;
        let mut form = Form::default();
        let asked = match self.way {
            ApprovalWay::AtTheDesk => {
                let username = self.approver_username.trim().to_owned();
                form.check(!username.is_empty(), "approverUsername", "Enter the clinician’s username");
                form.check(
                    !self.approver_passphrase.is_empty(),
                    "approverPassphrase",
                    "The clinician enters their own passphrase",
                );
                Some(AskedClinician::AtTheDesk { username, passphrase: Personal::new(self.approver_passphrase) })
            }
            ApprovalWay::ByTelephone => {
                let name = self.clinician.trim().to_owned();
                form.check(!name.is_empty(), "clinician", NO_NAME);
                let registration = form.needed(
                    "registration",
                    Registration::new(&self.registration).ok_or(()),
                    "Enter the registration number, 4 to 12 letters and digits, for example 7654321",
                );
                let called = form.needed(
                    "calledAt",
                    called_at(&self.called_at, now).ok_or(()),
                    "Enter when the clinician was called, for example 18:04",
                );
                registration.zip(called).map(|(registration, called)| AskedClinician::ByTelephone {
                    name: Personal::new(name),
                    registration,
                    called,
                })
            }
        };
        form.check(!self.ground.trim().is_empty(), "ground", "Enter on what ground the slot is acceptable");
        form.check(self.patient_accepts, "patientAccepts", NOT_ASKED);
        form.finish()?;
        let asked = asked.ok_or_else(|| Problem::unexpected("approval"))?;
        Ok((late, asked, Grounds { ground: Personal::new(self.ground), patient_accepts: self.patient_accepts }))
    }
}

impl ApprovalRefusedInput {
    /// The slot, the clinician and the reason; or what is wrong with the form.
    ///
    /// # Errors
    /// A [`Problem`] with the fields that need another look.
    pub fn read(self) -> Result<(LateSlot, Personal<String>, Personal<String>), Problem> {
        let late = late_slot(&self.encounter_id, &self.search_id, &self.service_id, &self.slot_key)?;
        let mut form = Form::default();
        form.check(!self.clinician.trim().is_empty(), "clinician", "Enter who was asked");
        form.check(!self.ground.trim().is_empty(), "ground", "Enter why the clinician does not approve it");
        form.finish()?;
        Ok((late, Personal::new(self.clinician), Personal::new(self.ground)))
    }
}

/// The latest instant of that UK time: just before midnight is yesterday for somebody who types just after it.
fn called_at(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let time = NaiveTime::parse_from_str(text.trim(), "%H:%M").ok()?;
    let today = instant_of_local(local_date(now).and_time(time));
    if today <= now + TimeDelta::minutes(1) {
        return Some(today);
    }
    Some(instant_of_local(local_date(now).checked_sub_days(Days::new(1))?.and_time(time)))
}

/// A refusal, beside the field that it is about.
pub(crate) fn refused(refusal: ApprovalRefusal) -> Problem {
    let (field, message) = match refusal {
        ApprovalRefusal::NotAClinician => {
            ("approverUsername", "This user is not a clinician: a clinician has to approve it")
        }
        ApprovalRefusal::TheAskerThemselves => {
            ("approverUsername", "You cannot approve it for yourself: ask another clinician")
        }
        ApprovalRefusal::NoName => ("clinician", NO_NAME),
        ApprovalRefusal::NoGround => ("ground", "Enter the ground, in the clinician’s words"),
        ApprovalRefusal::PatientDoesNotAccept => ("patientAccepts", NOT_ASKED),
        ApprovalRefusal::NotCalledNow => {
            ("calledAt", "The call must lie within the last hour: ask the clinician again")
        }
        ApprovalRefusal::InTime => ("ground", "The slot is in time now: go back and book it, no approval is needed"),
        ApprovalRefusal::InThePast => ("ground", "The slot has started: choose a fresh one"),
    };
    Problem::form(vec![FieldProblem { field: field.to_owned(), message: message.to_owned() }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_call_is_the_latest_of_that_uk_time_also_over_midnight_and_clock_changes() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
        let table = [
            ("18:04", "2026-11-20T18:10:00Z", Some("2026-11-20T18:04:00Z")),
            ("18:04", "2026-07-20T17:10:00Z", Some("2026-07-20T17:04:00Z")),
            ("23:58", "2026-11-20T00:02:00Z", Some("2026-11-19T23:58:00Z")),
            (" 9:05 ", "2026-11-20T09:10:00Z", Some("2026-11-20T09:05:00Z")),
            ("25:00", "2026-11-20T09:10:00Z", None),
            ("soon", "2026-11-20T09:10:00Z", None),
        ];
        for (typed, now, expected) in table {
            assert_eq!(called_at(typed, at(now)), expected.map(at), "{typed} at {now}");
        }
    }
}
