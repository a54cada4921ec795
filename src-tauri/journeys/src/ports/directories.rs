//! The directories: which services there are for a case, and where their providers are.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use desk_domain::failure::{DirectoryFailure, EndpointFailure};
use desk_domain::id::{Asid, DispositionCode, EncounterId, OdsCode, Postcode, RequestId, SearchId};
use desk_domain::patient::{Age, Gender};
use desk_domain::service::{BookingConnection, Service};
use serde::{Deserialize, Serialize};

/// What the directory is asked with: the patient's needs, and nothing that identifies the patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClinicalCase {
    /// A reference for the case that leads back to the encounter, and to nothing else.
    pub case_reference: String,
    /// Where the patient is now.
    pub postcode: Postcode,
    /// GP practice, where known.
    pub gp_practice: Option<OdsCode>,
    /// Age.
    pub age: Age,
    /// Gender.
    pub gender: Gender,
    /// The outcome's code.
    pub disposition: DispositionCode,
    /// Symptom group.
    pub symptom_group: u32,
    /// Symptom discriminators.
    pub symptom_discriminators: Vec<u32>,
    /// How far to search, in kilometres, from 1 to 99; the directory's own choice where none.
    pub search_distance_km: Option<u8>,
    /// For when to search (UTC), where that is not now. A live search leaves it out.
    pub search_at: Option<DateTime<Utc>>,
}

/// What the directory answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAnswer {
    /// The services, ranked as the directory ranked them (DI-1).
    pub services: Vec<Service>,
    /// How far it searched, in kilometres, where it says so.
    pub search_distance_km: Option<u32>,
    /// The directory's own id of the search, which its help desk asks for, where it gives one.
    pub transaction: Option<String>,
}

/// The Directory of Services (DoS). Encounter and search are for the desk's own record of exchanges; they are not sent.
#[async_trait]
pub trait ServiceDirectory: Send + Sync {
    /// CheckCapacitySummary: the ranked services for a case (DI-1). Never cached.
    async fn services_for(
        &self,
        encounter: EncounterId,
        search: SearchId,
        case: &ClinicalCase,
    ) -> Result<ServiceAnswer, DirectoryFailure>;
    /// ServiceDetailsById: endpoints and attributes of one service (DI-2), laid over what the search already said of it.
    async fn details(
        &self,
        encounter: EncounterId,
        search: SearchId,
        service: &Service,
    ) -> Result<Service, DirectoryFailure>;
}

/// Where a provider's booking system is, as the Spine directory says (DI-6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderAddress {
    /// Its ASID.
    pub asid: Asid,
    /// Its service root, exactly as the Spine directory gave it.
    pub root: String,
    /// The interaction id registered for slot searches, where it differs from the standard's.
    pub slot_interaction: Option<String>,
}

/// The Spine Directory Service (SDS). Encounter, and the request that the address is for, are for the desk's own record of
/// exchanges; they are not sent.
#[async_trait]
pub trait EndpointDirectory: Send + Sync {
    /// The system behind a service root, for a booking that is known by its URL alone (RG-2). Two queries, the other way
    /// round: nhsMhs by the root, nhsAs by its party key.
    async fn system_at(
        &self,
        encounter: EncounterId,
        request: RequestId,
        root: &str,
    ) -> Result<ProviderAddress, EndpointFailure>;
    /// Resolves a booking connection in two queries (DI-6). A connection that is none is [`EndpointFailure::NoUsableAddress`].
    async fn resolve(
        &self,
        encounter: EncounterId,
        request: RequestId,
        connection: &BookingConnection,
    ) -> Result<ProviderAddress, EndpointFailure>;
}
