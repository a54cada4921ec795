//! An encounter: one contact of one patient, from taking them down to its end.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{EncounterId, UserId};
use crate::outcome::AssessmentOutcome;
use crate::patient::Patient;
use crate::personal::Personal;

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
    /// What was said and found in the assessment.
    #[serde(default)]
    pub responses: Responses,
    /// The encounter that this one reassesses, where the patient called back (RB-2).
    #[serde(default)]
    pub reassesses: Option<EncounterId>,
    /// How often it was written: whoever changes it says which version they saw.
    #[serde(default)]
    pub version: u32,
    /// When it ended (UTC); none while it goes on.
    pub ended: Option<DateTime<Utc>>,
    /// How it ended.
    #[serde(default)]
    pub ending: Option<Ending>,
}

/// How an encounter ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "how")]
pub enum Ending {
    /// What was to be done was done.
    Completed,
    /// The assessment asks for no service.
    NoReferralRequired,
    /// Something was left undone, and why.
    LeftUndone {
        /// Why, in the user's words.
        why: Personal<String>,
    },
}

/// What keeps an encounter from being completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, strum::VariantNames, strum::IntoStaticStr)]
pub enum Undone {
    /// Nothing was booked, and nobody was referred.
    #[error("nothing was booked, and the patient was not referred")]
    NothingDone,
    /// A booking stands whose service was not told why: it has no referral.
    #[error("the booking has no referral")]
    NotReferred,
    /// It is not known whether a slot was booked, or a booking cancelled.
    #[error("an order is not settled")]
    NotSettled,
    /// A rebooking is not over: the patient holds two bookings.
    #[error("the patient holds two bookings")]
    HoldsTwo,
}

/// What was said and found in an assessment (WORKFLOWS, "Record responses").
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Responses {
    /// What the patient presents with, in their words.
    pub presenting_complaint: Personal<String>,
    /// The clinical summary.
    pub summary: Personal<String>,
    /// Questions of the assessment with their answers, in the order in which they were asked.
    pub answers: Vec<AnsweredQuestion>,
    /// Information and advice that the patient was given.
    pub advice: Personal<String>,
    /// Whether the patient agrees that the service is told; none where nobody has asked.
    pub consent: Option<Consent>,
}

/// A question of the assessment and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnsweredQuestion {
    /// The question.
    pub question: Personal<String>,
    /// The answer.
    pub answer: Personal<String>,
}

/// On what the sharing of clinical information rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Consent {
    /// The patient agrees.
    Patient,
    /// Somebody who may decide for the patient agrees.
    Representative,
    /// The patient cannot be asked, and it is in their best interest.
    BestInterest,
}

impl Consent {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Patient, Self::Representative, Self::BestInterest];

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Patient => "The patient agrees",
            Self::Representative => "Somebody who may decide for the patient agrees",
            Self::BestInterest => "The patient cannot be asked, and it is in their best interest",
        }
    }
}

impl Encounter {
    /// The outcome that counts.
    #[must_use]
    pub fn outcome(&self) -> Option<&AssessmentOutcome> {
        self.outcomes.last()
    }
}
