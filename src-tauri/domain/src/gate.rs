//! The timeframe gate (TF-1 to TF-3). What it asks for, the journey enforces; no screen can pass it by.
//!
//! The booking-only gate (BO) stands with the referral ([`crate::referral`]).

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::approval::Approval;
use crate::id::UserId;
use crate::outcome::{AssessmentOutcome, Timeframe};
use crate::personal::Personal;
use crate::slot::Slot;
use crate::user::{Action, Role};

/// What is asked for before a slot can be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeframeGate {
    /// Nothing: the slot is in time.
    Open,
    /// The user is told by how much it misses, and confirms.
    Confirm(TimeDelta),
    /// A clinician confirms for themselves.
    ClinicianConfirms(TimeDelta),
    /// A named clinician's approval.
    NeedsApproval(TimeDelta),
}

/// Outcomes of up to so many hours need a named clinician's approval from a user who is not one (TF-2).
const APPROVAL_UP_TO_HOURS: u16 = 6;

/// The rule of TF-2: by role, outcome and the slot's start.
#[must_use]
pub fn timeframe_gate(role: Role, outcome: &AssessmentOutcome, start: DateTime<Utc>) -> TimeframeGate {
    let Some(late) = outcome.late_by(start) else {
        return TimeframeGate::Open;
    };
    if role.may(Action::ConfirmLateSlot) {
        return TimeframeGate::ClinicianConfirms(late);
    }
    match outcome.disposition.timeframe {
        Timeframe::Hours(hours) if hours <= APPROVAL_UP_TO_HOURS => TimeframeGate::NeedsApproval(late),
        Timeframe::Hours(_) | Timeframe::WorkingDays(_) | Timeframe::None => TimeframeGate::Confirm(late),
    }
}

/// What the user said about a slot outside the timeframe: that the patient accepts it, and why it will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateConfirmation {
    /// On what ground it is acceptable, in the user's words.
    pub ground: Personal<String>,
}

/// On whose word a slot outside the timeframe is to be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LateWord {
    /// The user's own.
    Confirmed(LateConfirmation),
    /// A clinician's.
    Approved(Box<Approval>),
}

/// Leave to book one slot for one outcome, which only [`permit`] gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingPermit {
    slot_id: String,
    start: DateTime<Utc>,
    late: Option<LatePermit>,
}

/// How a slot outside the timeframe was allowed (TF-3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatePermit {
    /// By how many seconds it misses.
    pub late_seconds: i64,
    /// Who confirmed.
    pub confirmed_by: UserId,
    /// Their role.
    pub role: Role,
    /// On what ground.
    pub ground: Personal<String>,
    /// The clinician's approval, where the user could not confirm alone.
    #[serde(default)]
    pub approval: Option<Box<Approval>>,
}

impl BookingPermit {
    /// Whether it is for this slot.
    #[must_use]
    pub fn is_for(&self, slot: &Slot) -> bool {
        self.slot_id == slot.id && self.start == slot.start
    }

    /// How a late slot was allowed; none where it is in time.
    #[must_use]
    pub const fn late(&self) -> Option<&LatePermit> {
        self.late.as_ref()
    }
}

/// Why no permit is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, strum::VariantNames, strum::IntoStaticStr)]
pub enum GateRefusal {
    /// The slot has started.
    #[error("the slot has started")]
    InThePast,
    /// The slot is late by so much, and nobody confirmed it.
    #[error("the slot is outside the timeframe and was not confirmed")]
    NotConfirmed(TimeDelta),
    /// The slot is late by so much, and a named clinician has to approve it.
    #[error("the slot is outside the timeframe and needs a named clinician's approval")]
    NeedsApproval(TimeDelta),
    /// The approval is for another slot or another outcome.
    #[error("the approval is for another slot or outcome")]
    ApprovalForAnother,
    /// The approval holds no more, or the clock was set back since.
    #[error("the approval holds no more")]
    ApprovalOver,
}

/// Gives leave to book, or says why not.
///
/// # Errors
/// [`GateRefusal`]: the slot has started, or lies outside the timeframe without what the gate asks for.
pub fn permit(
    (user, role): (UserId, Role),
    outcome: &AssessmentOutcome,
    slot: &Slot,
    word: Option<LateWord>,
    now: DateTime<Utc>,
) -> Result<BookingPermit, GateRefusal> {
    if slot.start <= now {
        return Err(GateRefusal::InThePast);
    }
    let late = match timeframe_gate(role, outcome, slot.start) {
        TimeframeGate::Open => None,
        TimeframeGate::NeedsApproval(late) | TimeframeGate::Confirm(late) | TimeframeGate::ClinicianConfirms(late)
            if let Some(LateWord::Approved(approval)) = word =>
        {
            let ground = approved(&approval, outcome, slot, now)?.clone();
            let approval = Some(approval);
            Some(LatePermit { late_seconds: late.num_seconds(), confirmed_by: user, role, ground, approval })
        }
        TimeframeGate::NeedsApproval(late) => return Err(GateRefusal::NeedsApproval(late)),
        TimeframeGate::Confirm(late) | TimeframeGate::ClinicianConfirms(late) => {
            let ground = match word {
                Some(LateWord::Confirmed(said)) if !said.ground.reveal().trim().is_empty() => said.ground,
                Some(LateWord::Confirmed(_) | LateWord::Approved(_)) | None => {
                    return Err(GateRefusal::NotConfirmed(late));
                }
            };
            Some(LatePermit { late_seconds: late.num_seconds(), confirmed_by: user, role, ground, approval: None })
        }
    };
    Ok(BookingPermit { slot_id: slot.id.clone(), start: slot.start, late })
}

/// The ground of an approval that is for this slot and outcome, and holds.
fn approved<'a>(
    approval: &'a Approval,
    outcome: &AssessmentOutcome,
    slot: &Slot,
    now: DateTime<Utc>,
) -> Result<&'a Personal<String>, GateRefusal> {
    if !approval.is_for(outcome.id, slot) {
        return Err(GateRefusal::ApprovalForAnother);
    }
    if !approval.holds(now) {
        return Err(GateRefusal::ApprovalOver);
    }
    Ok(approval.ground())
}

#[cfg(test)]
mod tests {
    use chrono::Duration;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::id::OutcomeId;
    use crate::outcome::disposition;

    fn outcome(code: &str, reached: DateTime<Utc>) -> AssessmentOutcome {
        AssessmentOutcome {
            id: OutcomeId(Uuid::nil()),
            disposition: disposition(code).expect("a listed outcome"),
            reached,
            symptom_group: 1,
            symptom_discriminators: vec![],
            reason: Personal::from("sore throat"),
        }
    }

    fn slot(start: DateTime<Utc>) -> Slot {
        Slot {
            id: "s".to_owned(),
            identifier: None,
            schedule: None,
            start,
            end: None,
            delivery_channel: None,
            place: None,
            healthcare_service: None,
            practitioner: None,
        }
    }

    fn noon() -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().expect("an instant")
    }

    #[test]
    fn tf_2_who_is_asked_for_what_by_role_and_outcome() {
        let late = TimeDelta::minutes(80);
        let table = [
            (Role::CallHandler, "Dx05", TimeframeGate::NeedsApproval(late)),
            (Role::CallHandler, "Dx06", TimeframeGate::NeedsApproval(late)),
            (Role::CallHandler, "Dx07", TimeframeGate::Confirm(late)),
            (Role::CallHandler, "Dx08", TimeframeGate::Confirm(late)),
            (Role::Clinician, "Dx05", TimeframeGate::ClinicianConfirms(late)),
            (Role::Clinician, "Dx07", TimeframeGate::ClinicianConfirms(late)),
            (Role::Supervisor, "Dx05", TimeframeGate::NeedsApproval(late)),
        ];
        for (role, code, expected) in table {
            let outcome = outcome(code, noon());
            let due = outcome.due().expect("a timeframe");
            assert_eq!(
                timeframe_gate(role, &outcome, due),
                TimeframeGate::Open,
                "{role:?} {code}: due itself is in time"
            );
            assert_eq!(timeframe_gate(role, &outcome, due + late), expected, "{role:?} {code}: late");
        }
    }

    #[test]
    fn tf_1_an_empty_ground_is_no_confirmation() {
        let user = (UserId(Uuid::nil()), Role::Clinician);
        let late = slot(noon() + Duration::hours(3));
        let said = |text: &str| Some(LateWord::Confirmed(LateConfirmation { ground: Personal::from(text) }));
        let refused = permit(user, &outcome("Dx05", noon()), &late, said("  "), noon());
        assert_eq!(refused, Err(GateRefusal::NotConfirmed(TimeDelta::hours(1))), "blank");
        assert!(
            permit(user, &outcome("Dx05", noon()), &late, said("nothing earlier"), noon()).is_ok(),
            "with a ground"
        );
    }

    proptest! {
        #[test]
        fn tf_2_a_call_handler_never_gets_a_late_slot_of_an_urgent_outcome_whatever_they_say(
            minutes in 1i64..10_000, ground in "\\PC{0,20}"
        ) {
            let outcome = outcome("Dx06", noon());
            let start = outcome.due().expect("a timeframe") + Duration::minutes(minutes);
            let said = Some(LateWord::Confirmed(LateConfirmation { ground: Personal::new(ground) }));
            let given = permit((UserId(Uuid::nil()), Role::CallHandler), &outcome, &slot(start), said, noon());
            prop_assert!(matches!(given, Err(GateRefusal::NeedsApproval(_))));
        }

        #[test]
        fn a_permit_is_for_its_slot_alone(minutes in 1i64..100, other in 1i64..100) {
            let outcome = outcome("Dx06", noon());
            let one = slot(noon() + Duration::minutes(minutes));
            let permit = permit((UserId(Uuid::nil()), Role::CallHandler), &outcome, &one, None, noon()).expect("in time");
            prop_assert!(permit.is_for(&one));
            prop_assert_eq!(permit.is_for(&slot(noon() + Duration::minutes(other))), minutes == other);
        }

        #[test]
        fn no_slot_in_the_past_is_ever_permitted(minutes in 0i64..10_000) {
            let start = noon() - Duration::minutes(minutes);
            let given = permit((UserId(Uuid::nil()), Role::Clinician), &outcome("Dx10", noon()), &slot(start), None, noon());
            prop_assert_eq!(given, Err(GateRefusal::InThePast));
        }
    }
}
