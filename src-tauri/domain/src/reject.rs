//! Reasons for passing over the first ranked service, as the directory numbers them (DI-10).

use crate::user::Role;

/// A reason for passing over the first ranked service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RejectReason {
    /// The directory's number.
    pub id: u32,
    /// In words.
    pub text: &'static str,
    /// Whether a comment has to be given.
    pub needs_comment: bool,
    /// Whether it is for clinicians alone.
    pub clinician_only: bool,
}

const fn reason(id: u32, text: &'static str, needs_comment: bool, clinician_only: bool) -> RejectReason {
    RejectReason { id, text, needs_comment, clinician_only }
}

const REASONS: &[RejectReason] = &[
    reason(31, "No appointments available", false, false),
    reason(32, "Appointments not suitable", false, false),
    reason(26, "Rejected for patient choice", true, false),
    reason(42, "Unsuitable due to distance", false, false),
    reason(21, "Unsuitable due to transport", false, false),
    reason(27, "Service could not be contacted", false, false),
    reason(22, "Rejected for capacity reasons", false, false),
    reason(24, "Service declined referral", true, false),
    reason(40, "Patient not eligible for service", true, false),
    reason(41, "Patient requested home visit", false, false),
    reason(23, "Not clinically appropriate", true, true),
    reason(99, "Other reason", true, false),
];

/// The reasons that a role may give.
pub fn reject_reasons(role: Role) -> impl Iterator<Item = &'static RejectReason> {
    REASONS.iter().filter(move |reason| !reason.clinician_only || matches!(role, Role::Clinician))
}

/// A reason given, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenReason {
    /// The directory's number.
    pub id: u32,
    /// The comment, where one was given.
    pub comment: Option<String>,
}

/// Checks a reason: known, open to the role, with a comment where it needs one.
#[must_use]
pub fn given_reason(role: Role, id: u32, comment: &str) -> Option<GivenReason> {
    let reason = reject_reasons(role).find(|reason| reason.id == id)?;
    let comment = Some(comment.trim()).filter(|text| !text.is_empty()).map(str::to_owned);
    (!reason.needs_comment || comment.is_some()).then_some(GivenReason { id, comment })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn di_10_a_reason_that_needs_a_comment_is_not_accepted_without() {
        assert_eq!(given_reason(Role::CallHandler, 99, "  "), None, "blank comment");
        assert!(given_reason(Role::CallHandler, 99, "patient is at work").is_some(), "with a comment");
        assert!(given_reason(Role::CallHandler, 31, "").is_some(), "needs none");
    }

    #[test]
    fn di_10_clinical_reasons_are_for_clinicians_alone() {
        assert_eq!(given_reason(Role::CallHandler, 23, "x"), None, "call handler");
        assert!(given_reason(Role::Clinician, 23, "x").is_some(), "clinician");
        assert_eq!(reject_reasons(Role::Clinician).count(), 12, "all twelve of the directory");
    }
}
