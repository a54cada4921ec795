//! The kinds of events in words, and what each belongs to: once, for the filter, the list, the timeline and the reports.

use desk_domain::audit::AuditKind;
use serde::Serialize;
use strum::VariantNames as _;
use ts_rs::TS;

/// What kinds of events belong together: the groups of the filter, and the phases of an encounter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    Patient,
    Finding,
    Booking,
    Referral,
    Changing,
    Seen,
    People,
    Record,
    Desk,
}

impl Topic {
    const ALL: [Self; 9] = [
        Self::Patient,
        Self::Finding,
        Self::Booking,
        Self::Referral,
        Self::Changing,
        Self::Seen,
        Self::People,
        Self::Record,
        Self::Desk,
    ];

    /// In words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Patient => "Patient and assessment",
            Self::Finding => "Finding a service",
            Self::Booking => "Booking",
            Self::Referral => "Referral",
            Self::Changing => "Cancelling and rebooking",
            Self::Seen => "Looking things up",
            Self::People => "Signing in and users",
            Self::Record => "Audit record and reports",
            Self::Desk => "The desk itself",
        }
    }
}

/// What a kind belongs to, and its name.
pub(crate) const fn named(kind: AuditKind) -> (Topic, &'static str) {
    use AuditKind as K;
    match kind {
        K::Started => (Topic::Desk, "Application started"),
        K::UserAdded => (Topic::People, "User added"),
        K::UserChanged => (Topic::People, "User changed"),
        K::SignedIn => (Topic::People, "Signed in"),
        K::SignInRefused => (Topic::People, "Sign-in refused"),
        K::SignedOut => (Topic::People, "Signed out"),
        K::Locked => (Topic::People, "Desk locked"),
        K::ActionRefused => (Topic::People, "Refused because of the role"),
        K::EncounterStarted => (Topic::Patient, "Encounter begun"),
        K::PatientChanged => (Topic::Patient, "Patient’s details changed"),
        K::EncounterOpened => (Topic::Seen, "Encounter opened"),
        K::ResponsesRecorded => (Topic::Patient, "Assessment recorded"),
        K::EncounterEnded => (Topic::Patient, "Encounter ended"),
        K::OutcomeRecorded => (Topic::Patient, "Outcome recorded"),
        K::ServicesSearched => (Topic::Finding, "Services searched"),
        K::ServiceChosen => (Topic::Finding, "Service chosen"),
        K::SlotsSearched => (Topic::Finding, "Slots searched"),
        K::BookingRefusedByGate => (Topic::Booking, "Booking refused by the timeframe"),
        K::LateSlotApproved => (Topic::Booking, "Late slot approved"),
        K::LateSlotNotApproved => (Topic::Booking, "Late slot not approved"),
        K::BookingIntended => (Topic::Booking, "Booking requested"),
        K::BookingSettled => (Topic::Booking, "Booking: what came of it"),
        K::UnfinishedChecked => (Topic::Booking, "Provider asked about unfinished work"),
        K::UnfinishedSettledByHand => (Topic::Booking, "Unfinished work settled by hand"),
        K::BookingsListed => (Topic::Seen, "Bookings listed"),
        K::BookingAsked => (Topic::Seen, "Provider asked how a booking stands"),
        K::ReferralBlocked => (Topic::Referral, "Referral stopped: booking required"),
        K::ReferralReleased => (Topic::Referral, "Referral let pass after a booking"),
        K::ReferralMade => (Topic::Referral, "Referral made"),
        K::ReferralIntended => (Topic::Referral, "Referral sent"),
        K::ReferralSettled => (Topic::Referral, "Referral: what came of it"),
        K::ReferralSeen => (Topic::Seen, "Referral looked at"),
        K::ReferralSaved => (Topic::Referral, "Referral saved to a file"),
        K::ReferralSentByHand => (Topic::Referral, "Referral sent by hand"),
        K::ReferralDecoupled => (Topic::Referral, "Referral taken back with its booking"),
        K::ProviderTold => (Topic::Referral, "Provider told by telephone"),
        K::BookingsLookedUp => (Topic::Seen, "Bookings looked for at a provider"),
        K::BookingsSearchedHere => (Topic::Seen, "Bookings looked for at this desk"),
        K::RegistryAsked => (Topic::Seen, "Appointment registry asked"),
        K::BookingRead => (Topic::Changing, "Booking read from its provider"),
        K::CancelRefusedHere => (Topic::Changing, "Cancellation refused here"),
        K::CancelIntended => (Topic::Changing, "Cancellation requested"),
        K::CancelSettled => (Topic::Changing, "Cancellation: what came of it"),
        K::RebookBegan => (Topic::Changing, "Rebooking begun"),
        K::RebookMoved => (Topic::Changing, "Rebooking gone on"),
        K::PatientInformed => (Topic::Changing, "Patient told of a change"),
        K::AttendanceRecorded => (Topic::Booking, "Attendance recorded"),
        K::BookingOpened => (Topic::Seen, "Booking opened"),
        K::EncountersListed => (Topic::Seen, "Encounters listed"),
        K::AuditRead => (Topic::Record, "Audit record read"),
        K::ReportRead => (Topic::Record, "Report read"),
        K::AuditExported => (Topic::Record, "Audit record exported"),
        K::AuditVerified => (Topic::Record, "Audit record verified"),
        K::AuditSealed => (Topic::Record, "Audit record sealed"),
        K::PersonalPartsRemoved => (Topic::Record, "Personal parts removed"),
        K::ReferenceLookedUp => (Topic::Record, "Reference looked up"),
        K::RecordBackedUp => (Topic::Record, "Backup made"),
        K::RecordNotBackedUp => (Topic::Record, "Backup failed"),
        K::BackupsRemoved => (Topic::Record, "Old backups removed"),
        K::RecordRestored => (Topic::Record, "Record restored"),
        K::RecordSetAside => (Topic::Record, "Record set aside"),
        K::RecordKeyChanged => (Topic::Record, "Record key changed"),
        K::RecordKeyExported => (Topic::Record, "Record key: recovery copy written"),
        K::RecordKeyImported => (Topic::Record, "Record key put back"),
    }
}

/// The name of a kind, by its code in the record; the code itself where a later version gave it.
pub(crate) fn title(code: &str) -> String {
    code.parse().map_or_else(|_| code.to_owned(), |kind| named(kind).1.to_owned())
}

/// Kinds that belong together.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditKindGroupView {
    /// What they belong to.
    pub title: String,
    /// The kinds.
    pub kinds: Vec<AuditKindView>,
}

/// A kind of event.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditKindView {
    /// Its code in the record, for the filter.
    pub code: String,
    /// In words.
    pub title: String,
}

/// Every kind, in its group.
pub(crate) fn groups() -> Vec<AuditKindGroupView> {
    let all = || AuditKind::VARIANTS.iter().filter_map(|code| Some((*code, named(code.parse().ok()?))));
    let group = |topic: Topic| AuditKindGroupView {
        title: topic.words().to_owned(),
        kinds: all()
            .filter(|(_, (of, _))| *of == topic)
            .map(|(code, (_, title))| AuditKindView { code: code.to_owned(), title: title.to_owned() })
            .collect(),
    };
    Topic::ALL.into_iter().map(group).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_stands_in_one_group_under_a_name_of_its_own() {
        let groups = groups();
        let kinds: Vec<_> = groups.iter().flat_map(|group| &group.kinds).collect();
        assert_eq!(kinds.len(), AuditKind::VARIANTS.len(), "each once");
        let titles: BTreeSet<_> = kinds.iter().map(|kind| &kind.title).collect();
        assert_eq!(titles.len(), kinds.len(), "no two have one name");
        assert!(groups.iter().all(|group| !group.kinds.is_empty()), "no group is empty");
        assert_eq!(title("bookingSettled"), "Booking: what came of it", "by its code");
    }
}
