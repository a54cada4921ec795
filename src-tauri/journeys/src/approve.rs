//! A clinician's approval of a slot outside the timeframe (TF-2, TF-3): at the desk by the clinician's own passphrase, while
//! the user stays signed in, or by telephone.

use chrono::{DateTime, Utc};
use desk_domain::approval::{Approval, ApprovalRefusal, Approving, Grounds, Registration, approve};
use desk_domain::audit::AuditAction;
use desk_domain::id::{ApprovalId, DosServiceId, EncounterId, SearchId};
use desk_domain::personal::Personal;
use desk_domain::slot::Slot;
use desk_domain::user::{Action, User};

use crate::desk::{Desk, SignedIn};
use crate::error::JourneyError;

/// The slot that is to be approved, among those shown.
#[derive(Debug, Clone)]
pub struct LateSlot {
    /// The encounter.
    pub encounter: EncounterId,
    /// The search that listed the service.
    pub search: SearchId,
    /// The service.
    pub service: DosServiceId,
    /// The provider's id of the slot.
    pub slot_id: String,
}

/// Who is asked to approve.
#[derive(Debug, Clone)]
pub enum AskedClinician {
    /// Somebody at this desk.
    AtTheDesk {
        /// Username.
        username: String,
        /// Their own passphrase.
        passphrase: Personal<String>,
    },
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

impl AskedClinician {
    /// As it stands on the record.
    fn words(&self) -> String {
        match self {
            Self::AtTheDesk { username, .. } => username.clone(),
            Self::ByTelephone { name, registration, .. } => {
                format!("{} ({}), by telephone", name.reveal(), registration.as_str())
            }
        }
    }
}

impl Desk {
    /// A clinician approves a slot. The approval is for this slot and the encounter's present outcome, and holds for a
    /// quarter of an hour.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::WrongPassphrase`], [`JourneyError::Throttled`],
    /// [`JourneyError::Approval`], [`JourneyError::ShownTooLongAgo`], [`JourneyError::OutcomeMissing`],
    /// [`JourneyError::Record`]. Each refusal is on the record.
    pub async fn approve_late_slot(
        &self,
        who: &SignedIn,
        late: &LateSlot,
        asked: AskedClinician,
        grounds: Grounds,
    ) -> Result<Approval, JourneyError> {
        self.require(who, Action::Book).await?;
        let encounter = self.going_on(late.encounter).await?;
        let slot = self.late_slot(late)?;
        let outcome = encounter.outcome().ok_or(JourneyError::OutcomeMissing)?;
        let words = asked.words();
        let known: User;
        let approving = match asked {
            AskedClinician::AtTheDesk { username, passphrase } => {
                known = match self.recognised(&username, passphrase.reveal()).await {
                    Ok(user) => user,
                    Err(refused) => {
                        self.not_approved(who, late, &slot, words, refused.to_string()).await?;
                        return Err(refused);
                    }
                };
                Approving::AtTheDesk(&known)
            }
            AskedClinician::ByTelephone { name, registration, called } => {
                Approving::ByTelephone { name, registration, called }
            }
        };
        let id = ApprovalId(self.ports.clock.new_id());
        let given = approve((id, encounter.id), who.user.id, outcome, &slot, (approving, grounds), self.now());
        let approval = match given {
            Ok(approval) => approval,
            Err(refusal) => {
                self.not_approved(who, late, &slot, words, refusal.to_string()).await?;
                return Err(refusal.into());
            }
        };
        let (service, start) = (late.service.clone(), slot.start);
        let what = AuditAction::LateSlotApproved { service, start, approval: Box::new(approval.clone()) };
        self.record(who, Some(encounter.id), what).await?;
        self.shown().approvals.insert(id, approval.clone());
        Ok(approval)
    }

    /// A clinician was asked and does not approve: that is recorded, and nothing else happens.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Approval`] without a reason, [`JourneyError::ShownTooLongAgo`],
    /// [`JourneyError::Record`].
    pub async fn refuse_late_slot(
        &self,
        who: &SignedIn,
        late: &LateSlot,
        clinician: &Personal<String>,
        reason: &Personal<String>,
    ) -> Result<(), JourneyError> {
        self.require(who, Action::Book).await?;
        self.going_on(late.encounter).await?;
        let slot = self.late_slot(late)?;
        if clinician.reveal().trim().is_empty() {
            return Err(ApprovalRefusal::NoName.into());
        }
        if reason.reveal().trim().is_empty() {
            return Err(ApprovalRefusal::NoGround.into());
        }
        self.not_approved(who, late, &slot, clinician.reveal().clone(), reason.reveal().clone()).await
    }

    fn late_slot(&self, late: &LateSlot) -> Result<Slot, JourneyError> {
        let search = self.search(late.encounter, late.search)?;
        let (_, service) = search.service(&late.service)?;
        self.shown_slot(late.encounter, &service.id, &late.slot_id)
    }

    async fn not_approved(
        &self,
        who: &SignedIn,
        late: &LateSlot,
        slot: &Slot,
        asked: String,
        why: String,
    ) -> Result<(), JourneyError> {
        let (service, start) = (late.service.clone(), slot.start);
        let (asked, why) = (Personal::new(asked), Personal::new(why));
        let what = AuditAction::LateSlotNotApproved { service, start, asked, why };
        self.record(who, Some(late.encounter), what).await
    }

    /// An approval that was given in an encounter.
    pub(crate) fn approval(&self, encounter: EncounterId, id: ApprovalId) -> Result<Box<Approval>, JourneyError> {
        let held = self.shown().approvals.get(&id).filter(|approval| approval.encounter() == encounter).cloned();
        held.map(Box::new).ok_or(JourneyError::ShownTooLongAgo)
    }
}
