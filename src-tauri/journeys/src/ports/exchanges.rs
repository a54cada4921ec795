//! The exchanges with other systems, for the help desk.

use std::time::Duration;

use chrono::{DateTime, Utc};
use desk_domain::id::{DosServiceId, EncounterId, RequestId, SearchId, TraceId};
use serde::{Deserialize, Serialize};

/// One exchange with a national system, for the record: ids, codes and durations, no content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exchange {
    /// When it began (UTC).
    pub at: DateTime<Utc>,
    /// Which system: `DoS`, `SDS`, `provider`.
    pub system: String,
    /// Which operation: `CheckCapacitySummary`, `search slots`, `book`.
    pub operation: String,
    /// The encounter, where it belongs to one.
    pub encounter: Option<EncounterId>,
    /// The service, where it is about one.
    pub service: Option<DosServiceId>,
    /// X-Request-ID; of the Spine directory, that of the request which the address was for.
    pub request: Option<RequestId>,
    /// The search that it belongs to, of the directory of services.
    #[serde(default)]
    pub search: Option<SearchId>,
    /// Ssp-TraceID.
    pub trace: Option<TraceId>,
    /// X-Correlation-ID as it came back; of the directory of services, the id that it gave the search.
    pub correlation: Option<String>,
    /// The other side's own X-Request-ID, where it gave one.
    #[serde(default)]
    pub their_request: Option<String>,
    /// By how many seconds our clock is ahead of theirs (behind, where negative), where they are apart.
    #[serde(default)]
    pub clock_ahead: Option<i64>,
    /// Status of the answer; none where none came.
    pub status: Option<u16>,
    /// Why it failed, in the field's words; none where it did not.
    pub failure: Option<String>,
    /// How long it took.
    pub took: Duration,
}

/// Where exchanges are recorded. A failure to record one is logged and fails nothing.
pub trait ExchangeLog: Send + Sync {
    /// Records an exchange without waiting for the disk.
    fn record(&self, exchange: Exchange);
}
