//! The desk: the ports, and what was shown to its user lately. Nothing in here survives a restart; what must, is in the
//! ledger.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use desk_domain::approval::Approval;
use desk_domain::audit::{Actor, AuditAction, AuditEvent, AuditFilter, Workplace};
use desk_domain::encounter::Encounter;
use desk_domain::id::{ApprovalId, DosServiceId, EncounterId, RequestId, SearchId, UserId, Username};
use desk_domain::outcome::{Disposition, dispositions};
use desk_domain::service::{BookingConnection, Service};
use desk_domain::slot::FreeSlots;
use desk_domain::user::{Action, User};
use tokio::sync::OnceCell;

use crate::cancel::BookingShown;
use crate::error::JourneyError;
use crate::ports::{
    AppointmentRegistry, AuditTrail, BookingProvider, Clock, EncounterRecord, EndpointDirectory, Ledger,
    ProviderAddress, RecordKeeper, ReferralSender, RegistryEntry, ServiceDirectory, UserRecord,
};
use crate::references::ReferenceRecord;
use crate::reports::ReportRecord;
use crate::retention::RetentionRecord;

/// The ports, wired.
#[derive(Clone)]
pub struct Ports {
    /// Time and ids.
    pub clock: Arc<dyn Clock>,
    /// The Directory of Services.
    pub directory: Arc<dyn ServiceDirectory>,
    /// The Spine directory.
    pub endpoints: Arc<dyn EndpointDirectory>,
    /// The providers.
    pub provider: Arc<dyn BookingProvider>,
    /// The appointment registry, where one is configured (RG-2).
    pub registry: Option<Arc<dyn AppointmentRegistry>>,
    /// Whoever carries referrals.
    pub referrals: Arc<dyn ReferralSender>,
    /// Intents, results, bookings.
    pub ledger: Arc<dyn Ledger>,
    /// Encounters.
    pub encounters: Arc<dyn EncounterRecord>,
    /// Users.
    pub users: Arc<dyn UserRecord>,
    /// The audit record.
    pub audit: Arc<dyn AuditTrail>,
    /// What reports are drawn from.
    pub reports: Arc<dyn ReportRecord>,
    /// What the record says of its age, and the removal from it.
    pub retention: Arc<dyn RetentionRecord>,
    /// What the record holds under a reference.
    pub references: Arc<dyn ReferenceRecord>,
    /// Copies of the record.
    pub keeper: Arc<dyn RecordKeeper>,
    /// Which desk this is: every event names it.
    pub workplace: Workplace,
}

/// A person signed in. Only [`Desk::sign_in`] and [`Desk::add_first_user`] make one.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub(crate) user: User,
}

impl SignedIn {
    /// Who.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.user
    }

    pub(crate) fn actor(&self) -> Actor {
        Actor { user: self.user.id, username: self.user.username.clone(), role: self.user.role }
    }
}

/// The journeys of one desk.
pub struct Desk {
    pub(crate) ports: Ports,
    dispositions: Vec<Disposition>,
    pub(crate) shown: Mutex<Shown>,
}

/// What was shown lately.
#[derive(Default)]
pub(crate) struct Shown {
    pub(crate) searches: HashMap<SearchId, Search>,
    pub(crate) slots: ShownSlots,
    pub(crate) addresses: HashMap<(EncounterId, String), Arc<OnceCell<ProviderAddress>>>,
    pub(crate) booking: HashSet<EncounterId>,
    pub(crate) approvals: HashMap<ApprovalId, Approval>,
    pub(crate) appointments: HashMap<String, BookingShown>,
    pub(crate) registry: HashMap<EncounterId, Vec<RegistryEntry>>,
    pub(crate) audit_read: Vec<(UserId, AuditFilter)>,
    pub(crate) wrong_passphrases: HashMap<Username, (u32, DateTime<Utc>)>,
}

/// The free slots shown last, of each service in each encounter. Answers may come in another order than they were asked
/// for: one that was asked for earlier never takes the place of one that was asked for later (DI-9).
#[derive(Default)]
pub(crate) struct ShownSlots {
    asked: u64,
    shown: HashMap<(EncounterId, DosServiceId), (u64, FreeSlots)>,
}

impl ShownSlots {
    /// The number of an asking that begins now.
    pub(crate) fn asking(&mut self) -> u64 {
        self.asked += 1;
        self.asked
    }

    /// Notes what an asking brought; the slots as they are to be shown, which are those of the latest asking.
    pub(crate) fn note(&mut self, asked: u64, of: (EncounterId, DosServiceId), free: FreeSlots) -> FreeSlots {
        match self.shown.get(&of) {
            Some((later, shown)) if *later > asked => shown.clone(),
            Some(_) | None => {
                self.shown.insert(of, (asked, free.clone()));
                free
            }
        }
    }

    /// The slots shown last.
    pub(crate) fn of(&self, of: &(EncounterId, DosServiceId)) -> Option<&FreeSlots> {
        self.shown.get(of).map(|(_, free)| free)
    }

    fn forget(&mut self, encounter: EncounterId) {
        self.shown.retain(|(of, _), _| *of != encounter);
    }
}

/// A service search and what it returned.
#[derive(Debug, Clone)]
pub struct Search {
    /// Id.
    pub id: SearchId,
    /// The encounter.
    pub encounter: EncounterId,
    /// When (UTC).
    pub at: DateTime<Utc>,
    /// The services, ranked.
    pub services: Vec<Service>,
    /// How far the directory searched, in kilometres, where it says so.
    pub distance_km: Option<u32>,
    /// The service chosen last.
    pub chosen: Option<DosServiceId>,
}

impl Search {
    /// A service of it, with its rank from 1.
    ///
    /// # Errors
    /// [`JourneyError::ShownTooLongAgo`] where it is not among them.
    pub fn service(&self, id: &DosServiceId) -> Result<(u32, &Service), JourneyError> {
        (1..).zip(&self.services).find(|(_, service)| service.id == *id).ok_or(JourneyError::ShownTooLongAgo)
    }
}

impl Desk {
    /// A desk over its ports, with the outcomes that are this organisation's own.
    #[must_use]
    pub fn new(ports: Ports, local: Vec<Disposition>) -> Self {
        let dispositions = dispositions().into_iter().chain(local).collect();
        Self { ports, dispositions, shown: Mutex::default() }
    }

    /// The outcomes that can be recorded: those of NHS Pathways, then this organisation's own.
    #[must_use]
    pub fn dispositions(&self) -> &[Disposition] {
        &self.dispositions
    }

    /// Now (UTC), by the desk's clock.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.ports.clock.now()
    }

    pub(crate) fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn event(
        &self,
        who: Option<&SignedIn>,
        encounter: Option<EncounterId>,
        what: AuditAction,
    ) -> AuditEvent {
        AuditEvent::new(self.now(), who.map(SignedIn::actor), self.ports.workplace.clone(), encounter, what)
    }

    pub(crate) async fn record(
        &self,
        who: &SignedIn,
        encounter: Option<EncounterId>,
        what: AuditAction,
    ) -> Result<(), JourneyError> {
        Ok(self.ports.audit.append(&self.event(Some(who), encounter, what)).await?)
    }

    /// Refuses what the role does not allow, and records the refusal (NF-3).
    pub(crate) async fn require(&self, who: &SignedIn, action: Action) -> Result<(), JourneyError> {
        // Whoever was locked, or has another role since they signed in, signs in again.
        let now = self.ports.users.user(who.user.id).await?;
        if now.locked || now.role != who.user.role {
            self.record(who, None, AuditAction::ActionRefused { action }).await?;
            return Err(JourneyError::UserLocked);
        }
        if who.user.role.may(action) {
            return Ok(());
        }
        self.record(who, None, AuditAction::ActionRefused { action }).await?;
        Err(JourneyError::NotPermitted(action))
    }

    /// The encounter, where it goes on.
    pub(crate) async fn going_on(&self, id: EncounterId) -> Result<Encounter, JourneyError> {
        let encounter = self.ports.encounters.load(id).await?;
        if encounter.ended.is_some() { Err(JourneyError::EncounterEnded) } else { Ok(encounter) }
    }

    /// A search that was shown for an encounter.
    ///
    /// # Errors
    /// [`JourneyError::ShownTooLongAgo`] where it is no longer held, or belongs to another encounter.
    pub fn search(&self, encounter: EncounterId, id: SearchId) -> Result<Search, JourneyError> {
        let found = self.shown().searches.get(&id).filter(|search| search.encounter == encounter).cloned();
        found.ok_or(JourneyError::ShownTooLongAgo)
    }

    /// The address of a booking connection, asked for once within an encounter (INTERFACES, SDS).
    pub(crate) async fn address(
        &self,
        encounter: EncounterId,
        connection: &BookingConnection,
        request: RequestId,
    ) -> Result<ProviderAddress, JourneyError> {
        let key = match connection {
            BookingConnection::System(asid) => format!("ASID:{asid}"),
            BookingConnection::Organisation(code) => format!("ODS:{code}"),
            BookingConnection::None => return Err(JourneyError::NoBookingConnection),
            BookingConnection::Several => return Err(JourneyError::SeveralBookingConnections),
            BookingConnection::Unusable => {
                let failure = desk_domain::failure::EndpointFailure::NoUsableAddress;
                return Err(JourneyError::Endpoint { failure, request });
            }
        };
        let cell = Arc::clone(self.shown().addresses.entry((encounter, key)).or_default());
        let found = cell.get_or_try_init(|| self.ports.endpoints.resolve(encounter, request, connection)).await;
        found.cloned().map_err(|failure| JourneyError::Endpoint { failure, request })
    }

    /// Forgets what was shown for an encounter, so that nothing of it is used again.
    pub(crate) fn forget(&self, encounter: EncounterId) {
        let mut shown = self.shown();
        shown.searches.retain(|_, search| search.encounter != encounter);
        shown.slots.forget(encounter);
        shown.approvals.retain(|_, approval| approval.encounter() != encounter);
        shown.addresses.retain(|(of, _), _| *of != encounter);
        shown.registry.remove(&encounter);
        shown.appointments.retain(|_, appointment| appointment.encounter != encounter);
    }
}

#[cfg(test)]
mod tests {
    use desk_domain::slot::SlotNote;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn di_9_a_stale_answer_never_takes_the_place_of_a_fresh_one() {
        let of = (EncounterId(Uuid::nil()), DosServiceId::new("111001").expect("an id"));
        let answer = |text: &str| FreeSlots { slots: Vec::new(), notes: vec![SlotNote::ProviderSaid(text.to_owned())] };
        let mut shown = ShownSlots::default();
        let (first, second) = (shown.asking(), shown.asking());
        assert_eq!(shown.note(second, of.clone(), answer("fresh")), answer("fresh"), "the later asking came first");
        assert_eq!(shown.note(first, of.clone(), answer("stale")), answer("fresh"), "the earlier one changes nothing");
        assert_eq!(shown.of(&of), Some(&answer("fresh")), "and what can be booked is what is shown");
        let third = shown.asking();
        assert_eq!(shown.note(third, of.clone(), answer("fresher")), answer("fresher"), "a later one does");
        shown.forget(of.0);
        assert_eq!(shown.of(&of), None, "forgotten with its encounter");
    }
}
