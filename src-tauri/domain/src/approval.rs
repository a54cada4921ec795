//! A clinician's approval of one slot outside the timeframe, for a user who may not confirm it alone (TF-2, TF-3): given at
//! the desk with the clinician's own passphrase, or by telephone, which nobody can verify.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{ApprovalId, EncounterId, OutcomeId, UserId, Username};
use crate::outcome::AssessmentOutcome;
use crate::patient::PersonName;
use crate::personal::Personal;
use crate::slot::Slot;
use crate::user::{Action, User};

/// For how long an approval holds: what was approved is booked while the patient is on the line, or asked for again.
pub const HOLDS_FOR: TimeDelta = TimeDelta::minutes(15);
/// How long ago a clinician may have been telephoned.
const TELEPHONED_WITHIN: TimeDelta = TimeDelta::hours(1);
/// How far the told time of a call may lie ahead: it is told to the minute.
const A_MINUTE: TimeDelta = TimeDelta::minutes(1);

/// A registration with a professional regulator, as it was told: 4 to 12 letters and digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Registration(String);

impl Registration {
    /// Reads one; spaces and hyphens do not count.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let bare: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let fits = (4..=12).contains(&bare.len())
            && bare.chars().all(|c| c.is_ascii_alphanumeric())
            && bare.chars().any(|c| c.is_ascii_digit());
        fits.then(|| Self(bare.to_ascii_uppercase()))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who approves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "camelCase")]
pub enum Approver {
    /// A user of the desk, by their own passphrase.
    AtTheDesk {
        /// Who.
        user: UserId,
        /// Username.
        username: Username,
        /// Name.
        name: PersonName,
    },
    /// Somebody on the telephone: recorded as unverified.
    ByTelephone {
        /// Name, as told.
        name: Personal<String>,
        /// Registration number, as told.
        registration: Registration,
        /// When they were called (UTC).
        called: DateTime<Utc>,
    },
}

impl Approver {
    /// Whether the desk itself knows that it was them.
    #[must_use]
    pub const fn is_verified(&self) -> bool {
        matches!(self, Self::AtTheDesk { .. })
    }
}

/// Who is said to approve, before it is judged.
#[derive(Debug, Clone)]
pub enum Approving<'a> {
    /// A user of the desk whose passphrase was right.
    AtTheDesk(&'a User),
    /// Somebody on the telephone.
    ByTelephone {
        /// Name, as told.
        name: Personal<String>,
        /// Registration number, as told.
        registration: Registration,
        /// When they were called (UTC).
        called: DateTime<Utc>,
    },
}

/// What the approval is said to rest on.
#[derive(Debug, Clone)]
pub struct Grounds {
    /// On what ground the slot is acceptable, in the clinician's words.
    pub ground: Personal<String>,
    /// Whether the patient accepts it.
    pub patient_accepts: bool,
}

/// An approval that holds; only [`approve`] gives one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    id: ApprovalId,
    encounter: EncounterId,
    outcome: OutcomeId,
    slot_id: String,
    start: DateTime<Utc>,
    late_seconds: i64,
    by: Approver,
    ground: Personal<String>,
    at: DateTime<Utc>,
}

/// Why no approval is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, strum::VariantNames, strum::IntoStaticStr)]
pub enum ApprovalRefusal {
    /// Who approves is no clinician.
    #[error("who approves is no clinician")]
    NotAClinician,
    /// Who approves is the one who asks.
    #[error("nobody approves for themselves")]
    TheAskerThemselves,
    /// A blank name.
    #[error("the clinician has no name")]
    NoName,
    /// No ground.
    #[error("no ground was given")]
    NoGround,
    /// The patient does not accept it, or was not asked.
    #[error("the patient does not accept the slot")]
    PatientDoesNotAccept,
    /// The slot is in time: nothing is to be approved.
    #[error("the slot is in time")]
    InTime,
    /// The slot has started.
    #[error("the slot has started")]
    InThePast,
    /// The call is said to lie ahead, or too long ago.
    #[error("the call was not within the last hour")]
    NotCalledNow,
}

/// Gives an approval of a slot, or says why not. `asker` is who is signed in.
///
/// # Errors
/// [`ApprovalRefusal`].
pub fn approve(
    (id, encounter): (ApprovalId, EncounterId),
    asker: UserId,
    outcome: &AssessmentOutcome,
    slot: &Slot,
    (approving, grounds): (Approving<'_>, Grounds),
    now: DateTime<Utc>,
) -> Result<Approval, ApprovalRefusal> {
    if slot.start <= now {
        return Err(ApprovalRefusal::InThePast);
    }
    let late = outcome.late_by(slot.start).ok_or(ApprovalRefusal::InTime)?;
    let by = match approving {
        Approving::AtTheDesk(user) if user.id == asker => return Err(ApprovalRefusal::TheAskerThemselves),
        Approving::AtTheDesk(user) if !user.role.may(Action::ConfirmLateSlot) => {
            return Err(ApprovalRefusal::NotAClinician);
        }
        Approving::AtTheDesk(user) => {
            Approver::AtTheDesk { user: user.id, username: user.username.clone(), name: user.name.clone() }
        }
        Approving::ByTelephone { name, registration, called } => {
            if name.reveal().trim().is_empty() {
                return Err(ApprovalRefusal::NoName);
            }
            if called > now + A_MINUTE || called < now - TELEPHONED_WITHIN {
                return Err(ApprovalRefusal::NotCalledNow);
            }
            Approver::ByTelephone { name, registration, called }
        }
    };
    if grounds.ground.reveal().trim().is_empty() {
        return Err(ApprovalRefusal::NoGround);
    }
    if !grounds.patient_accepts {
        return Err(ApprovalRefusal::PatientDoesNotAccept);
    }
    Ok(Approval {
        id,
        encounter,
        outcome: outcome.id,
        slot_id: slot.id.clone(),
        start: slot.start,
        late_seconds: late.num_seconds(),
        by,
        ground: grounds.ground,
        at: now,
    })
}

impl Approval {
    /// Id.
    #[must_use]
    pub const fn id(&self) -> ApprovalId {
        self.id
    }

    /// The encounter that it was given in.
    #[must_use]
    pub const fn encounter(&self) -> EncounterId {
        self.encounter
    }

    /// Who approved.
    #[must_use]
    pub const fn by(&self) -> &Approver {
        &self.by
    }

    /// On what ground.
    #[must_use]
    pub const fn ground(&self) -> &Personal<String> {
        &self.ground
    }

    /// Until when it holds (UTC).
    #[must_use]
    pub fn holds_until(&self) -> DateTime<Utc> {
        self.at + HOLDS_FOR
    }

    /// Whether it is for this slot and this outcome, and no other.
    #[must_use]
    pub fn is_for(&self, outcome: OutcomeId, slot: &Slot) -> bool {
        self.outcome == outcome && self.slot_id == slot.id && self.start == slot.start
    }

    /// Whether it holds at an instant. A clock that was set back since makes it hold no more.
    #[must_use]
    pub fn holds(&self, now: DateTime<Utc>) -> bool {
        (self.at..self.holds_until()).contains(&now)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::gate::{GateRefusal, LateWord, permit};
    use crate::outcome::disposition;
    use crate::user::Role;

    fn noon() -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().expect("an instant")
    }

    fn user(id: u128, role: Role) -> User {
        User {
            id: UserId(Uuid::from_u128(id)),
            username: Username::new("somebody").expect("a username"),
            name: PersonName { title: "Dr".into(), given: "Amara".into(), family: "Okafor".into() },
            role,
            sds_user_id: None,
            sds_role_profile_id: None,
            locked: false,
        }
    }

    const ASKER: UserId = UserId(Uuid::from_u128(1));

    fn outcome(id: u128) -> AssessmentOutcome {
        AssessmentOutcome {
            id: OutcomeId(Uuid::from_u128(id)),
            disposition: disposition("Dx05").expect("a listed outcome"),
            reached: noon(),
            symptom_group: 1,
            symptom_discriminators: vec![],
            reason: "sore throat".into(),
        }
    }

    fn slot(id: &str, minutes: i64) -> Slot {
        Slot {
            id: id.to_owned(),
            identifier: None,
            schedule: None,
            start: noon() + TimeDelta::minutes(minutes),
            end: None,
            delivery_channel: None,
            place: None,
            healthcare_service: None,
            practitioner: None,
        }
    }

    fn grounds() -> Grounds {
        Grounds { ground: "stable, knows when to call back".into(), patient_accepts: true }
    }

    fn telephone(called: DateTime<Utc>) -> Approving<'static> {
        let registration = Registration::new("7654321").expect("a number");
        Approving::ByTelephone { name: "Dr Amara Okafor".into(), registration, called }
    }

    fn given(slot: &Slot, (approving, grounds): (Approving<'_>, Grounds)) -> Result<Approval, ApprovalRefusal> {
        let ids = (ApprovalId(Uuid::nil()), EncounterId(Uuid::nil()));
        approve(ids, ASKER, &outcome(5), slot, (approving, grounds), noon())
    }

    #[test]
    fn tf_2_a_clinician_other_than_the_asker_approves_with_a_ground_that_the_patient_accepts() {
        let late = slot("late", 200);
        let clinician = user(2, Role::Clinician);
        let approval = given(&late, (Approving::AtTheDesk(&clinician), grounds())).expect("an approval");
        assert!(approval.by().is_verified(), "by their own passphrase");
        let by_telephone = given(&late, (telephone(noon()), grounds())).expect("an approval");
        assert!(!by_telephone.by().is_verified(), "nobody can verify a voice");
        let refused = |approving, grounds| given(&late, (approving, grounds)).expect_err("refused");
        let themselves = user(1, Role::Clinician);
        assert_eq!(refused(Approving::AtTheDesk(&themselves), grounds()), ApprovalRefusal::TheAskerThemselves);
        for other in [Role::CallHandler, Role::PracticeAdmin, Role::Supervisor].map(|role| user(2, role)) {
            let said = given(&late, (Approving::AtTheDesk(&other), grounds()));
            assert_eq!(said, Err(ApprovalRefusal::NotAClinician), "{:?}", other.role);
        }
        let blank = Grounds { ground: "  ".into(), ..grounds() };
        assert_eq!(refused(telephone(noon()), blank), ApprovalRefusal::NoGround);
        let unwilling = Grounds { patient_accepts: false, ..grounds() };
        assert_eq!(refused(telephone(noon()), unwilling), ApprovalRefusal::PatientDoesNotAccept);
        for called in [noon() + TimeDelta::minutes(5), noon() - TimeDelta::minutes(61)] {
            assert_eq!(refused(telephone(called), grounds()), ApprovalRefusal::NotCalledNow, "{called}");
        }
        let registration = Registration::new("7654321").expect("a number");
        let nobody = Approving::ByTelephone { name: " ".into(), registration, called: noon() };
        assert_eq!(refused(nobody, grounds()), ApprovalRefusal::NoName);
        assert_eq!(given(&slot("x", 60), (telephone(noon()), grounds())), Err(ApprovalRefusal::InTime));
        assert_eq!(given(&slot("x", 0), (telephone(noon()), grounds())), Err(ApprovalRefusal::InThePast));
    }

    #[test]
    fn tf_3_the_permit_of_a_call_handler_carries_who_approved_and_on_what_ground() {
        let late = slot("late", 200);
        let approval = given(&late, (telephone(noon()), grounds())).expect("an approval");
        let word = || Some(LateWord::Approved(Box::new(approval.clone())));
        let handler = (ASKER, Role::CallHandler);
        let permit_at = |slot: &Slot, outcome: &AssessmentOutcome, now| permit(handler, outcome, slot, word(), now);
        let permitted = permit_at(&late, &outcome(5), noon()).expect("approved");
        let told = permitted.late().expect("late");
        assert_eq!(told.approval.as_deref(), Some(&approval), "who");
        assert_eq!((told.ground.reveal().as_str(), told.late_seconds), ("stable, knows when to call back", 80 * 60));
        let over = noon() + HOLDS_FOR;
        assert_eq!(permit_at(&late, &outcome(5), over), Err(GateRefusal::ApprovalOver), "it holds no more");
        let before = noon() - TimeDelta::seconds(1);
        assert_eq!(permit_at(&late, &outcome(5), before), Err(GateRefusal::ApprovalOver), "the clock was set back");
        assert_eq!(permit_at(&late, &outcome(6), noon()), Err(GateRefusal::ApprovalForAnother), "another outcome");
        assert_eq!(permit_at(&slot("other", 200), &outcome(5), noon()), Err(GateRefusal::ApprovalForAnother), "slot");
        assert!(permit_at(&slot("soon", 60), &outcome(5), noon()).is_ok(), "in time nobody needs to be asked");
    }

    #[test]
    fn a_registration_number_is_read_as_people_say_it() {
        for (text, read) in
            [("7654321", Some("7654321")), (" 12a 3456-e", Some("12A3456E")), ("PH 12345", Some("PH12345"))]
        {
            assert_eq!(Registration::new(text).as_ref().map(Registration::as_str), read, "{text}");
        }
        for text in ["", "123", "doctor", "1234567890123", "12 34/5"] {
            assert_eq!(Registration::new(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn tf_2_an_approval_is_good_for_its_slot_and_outcome_and_its_quarter_of_an_hour_alone(
            other in 121i64..2000, outcome_id in 4u128..7, seconds in -2000i64..2000, id in "[ab]",
        ) {
            let approval = given(&slot("a", 200), (telephone(noon()), grounds())).expect("an approval");
            let slot = slot(&id, if other % 2 == 0 { 200 } else { other });
            let now = noon() + TimeDelta::seconds(seconds);
            let word = Some(LateWord::Approved(Box::new(approval)));
            let permitted = permit((ASKER, Role::CallHandler), &outcome(outcome_id), &slot, word, now);
            let right = id == "a" && slot.start == noon() + TimeDelta::minutes(200) && outcome_id == 5;
            prop_assert_eq!(permitted.is_ok(), right && (0..900).contains(&seconds));
        }
    }
}
