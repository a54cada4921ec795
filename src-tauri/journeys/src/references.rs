//! Everything that the record holds under a reference which a user quotes to the help desk: exchanges, audit events, orders.
//! Nothing personal is among it, so that it can be handed on.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use desk_domain::audit::AuditAction;
use desk_domain::failure::RecordFailure;
use desk_domain::id::{EncounterId, IntentId, RequestId, Username};
use desk_domain::personal::Personal;
use desk_domain::reference::Reference;
use desk_domain::user::Action;
use uuid::Uuid;

use crate::desk::{Desk, SignedIn};
use crate::error::JourneyError;
use crate::ports::Exchange;

/// What the record holds under a reference.
#[async_trait]
pub trait ReferenceRecord: Send + Sync {
    /// Everything under a reference, each list oldest first: what carries it itself, and what belongs to the same request
    /// or search.
    async fn under(&self, reference: &Reference) -> Result<UnderReference, RecordFailure>;
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UnderReference {
    /// The ids that the reference stands for: of requests, searches, traces, orders.
    pub ids: Vec<Uuid>,
    /// Exchanges with other systems.
    pub exchanges: Vec<Exchange>,
    /// Audit events.
    pub events: Vec<PlainEvent>,
    /// Orders.
    pub orders: Vec<OrderUnder>,
}

/// An audit event without what is personal.
#[derive(Debug, Clone, PartialEq)]
pub struct PlainEvent {
    /// Its number.
    pub number: u64,
    /// When (UTC); none where somebody changed that into something that is no time.
    pub at: Option<DateTime<Utc>>,
    /// Its kind.
    pub kind: String,
    /// Who.
    pub username: Option<Username>,
    /// The encounter.
    pub encounter: Option<EncounterId>,
    /// The event as the chain covers it (JSON): in place of what is personal stands `{"$personal":n}`. Null where it was
    /// changed into something that is no JSON.
    pub event: serde_json::Value,
}

/// An order without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderUnder {
    /// Its id.
    pub id: IntentId,
    /// Of what: `booking`, `cancellation`, `delivery`.
    pub kind: String,
    /// The key of the request.
    pub request: RequestId,
    /// The encounter.
    pub encounter: EncounterId,
    /// When it was ordered (UTC).
    pub ordered: DateTime<Utc>,
    /// When each result was recorded (UTC), and whether it settled the order.
    pub results: Vec<(DateTime<Utc>, bool)>,
    /// Whether its content was removed, as its time to be kept was over.
    pub removed: bool,
}

impl Desk {
    /// Everything under a reference; that it was looked up is recorded before.
    ///
    /// # Errors
    /// [`JourneyError::NoReference`], [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn under_reference(
        &self,
        who: &SignedIn,
        typed: &str,
    ) -> Result<(Reference, UnderReference), JourneyError> {
        self.require(who, Action::ReadAudit).await?;
        let reference = Reference::read(typed).ok_or(JourneyError::NoReference)?;
        // Whatever was typed may be something else: a patient's number.
        let what = AuditAction::ReferenceLookedUp { reference: Personal::new(reference.shown()) };
        self.record(who, None, what).await?;
        let found = self.ports.references.under(&reference).await?;
        Ok((reference, found))
    }
}
