//! Referrals: what is sent to the service that the patient is referred to.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use desk_domain::encounter::Encounter;
use desk_domain::id::{BookingId, DocumentId, RequestId};
use desk_domain::outcome::AssessmentOutcome;
use desk_domain::paper::Paper;
use desk_domain::referral::{ReferralGap, ReferralPermit, Sent};
use desk_domain::service::{Service, ServiceEndpoint};
use desk_domain::slot::Slot;
use desk_domain::user::User;
use serde::{Deserialize, Serialize};

/// Everything that a referral's document is made of. The same content gives the same document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReferralContent {
    /// The document's id; where there is a booking, the one that it carries (BK-6).
    pub document: DocumentId,
    /// The id of the set that the document is the only version of.
    pub set: DocumentId,
    /// When the document was made (UTC).
    pub made: DateTime<Utc>,
    /// Who wrote it: the person signed in.
    pub author: User,
    /// The encounter: patient, responses, outcomes.
    pub encounter: Encounter,
    /// The outcome that it refers for.
    pub outcome: AssessmentOutcome,
    /// The service that it goes to.
    pub service: Service,
    /// The booking that it is linked with.
    pub booking: Option<LinkedBooking>,
}

/// The booking that a referral is linked with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkedBooking {
    /// The booking in this desk's record.
    pub booking: BookingId,
    /// Its absolute URL at the provider, without a version.
    pub url: String,
    /// The slot that was booked.
    pub slot: Slot,
    /// Whether it was the first slot that was offered.
    pub first_offered: bool,
}

/// One delivery of a referral to one endpoint. Kept whole, like a [`BookingOrder`](super::BookingOrder).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReferralOrder {
    /// The tracking id: the same for every sending.
    pub request: RequestId,
    /// When it was ordered (UTC).
    pub ordered: DateTime<Utc>,
    /// Leave to refer (BO-2).
    pub permit: ReferralPermit,
    /// What the document is made of.
    pub content: ReferralContent,
    /// Where it goes.
    pub endpoint: ServiceEndpoint,
}

/// What keeps a document from being made: each thing that is missing, at least one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the referral cannot be written: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct IncompleteReferral(pub Vec<ReferralGap>);

/// Whoever carries referrals to the services.
#[async_trait]
pub trait ReferralSender: Send + Sync {
    /// The document as it goes to an endpoint, or to be sent by hand, checked. The same content gives the same document, to the letter.
    ///
    /// # Errors
    /// [`IncompleteReferral`] names what is missing; nothing may be sent then.
    fn document(&self, content: &ReferralContent, to: Option<&ServiceEndpoint>) -> Result<String, IncompleteReferral>;

    /// The same as people read it, also of what is not complete yet.
    fn paper(&self, content: &ReferralContent, to: Option<&ServiceEndpoint>) -> Paper;

    /// The same as a page for people (HTML in UTF-8, whole in one file), for whoever has no system that reads documents.
    ///
    /// # Errors
    /// As [`ReferralSender::document`].
    fn page(&self, content: &ReferralContent, to: Option<&ServiceEndpoint>) -> Result<String, IncompleteReferral>;

    /// Sends a document once to the order's endpoint. No retry in here.
    async fn send(&self, order: &ReferralOrder, document: &str) -> Sent;
}
