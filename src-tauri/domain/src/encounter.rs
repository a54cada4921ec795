//! An encounter: one contact of one patient, from taking them down to its end.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{EncounterId, UserId};
use crate::outcome::AssessmentOutcome;
use crate::patient::Patient;

/// An encounter as the desk records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encounter {
    /// Id.
    pub id: EncounterId,
    /// When it began (UTC).
    pub started: DateTime<Utc>,
    /// Who began it.
    pub started_by: UserId,
    /// Their name as shown, as it was then.
    pub started_by_name: String,
    /// The patient as last taken down.
    pub patient: Patient,
    /// Outcomes in the order in which they were reached; the last one counts.
    pub outcomes: Vec<AssessmentOutcome>,
    /// When it ended (UTC); none while it goes on.
    pub ended: Option<DateTime<Utc>>,
}

impl Encounter {
    /// The outcome that counts.
    #[must_use]
    pub fn outcome(&self) -> Option<&AssessmentOutcome> {
        self.outcomes.last()
    }
}
