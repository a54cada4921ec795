//! People at the desk, and the one table of what each role may do (NF-3).

use serde::{Deserialize, Serialize};

use crate::id::{SdsId, UserId, Username};
use crate::patient::PersonName;

/// A user of the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Id; the user's local identifier in tokens (AU-1).
    pub id: UserId,
    /// Name with which they sign in.
    pub username: Username,
    /// Name.
    pub name: PersonName,
    /// Role.
    pub role: Role,
    /// SDS user id, where they have one.
    pub sds_user_id: Option<SdsId>,
    /// SDS role profile id, where they have one.
    pub sds_role_profile_id: Option<SdsId>,
    /// Whether they may sign in no more.
    #[serde(default)]
    pub locked: bool,
}

/// Why a user is not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, strum::VariantNames, strum::IntoStaticStr)]
pub enum UserChangeRefusal {
    /// Nobody locks themselves out, or gives themselves another role.
    #[error("nobody changes their own role, or locks themselves")]
    Themselves,
    /// Somebody has to be left who manages users.
    #[error("no supervisor would be left")]
    LastSupervisor,
}

/// A user's role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Urgent-care clinician.
    Clinician,
    /// NHS 111 call handler.
    CallHandler,
    /// Practice admin.
    PracticeAdmin,
    /// Supervisor.
    Supervisor,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 4] = [Self::Clinician, Self::CallHandler, Self::PracticeAdmin, Self::Supervisor];

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Clinician => "Clinician",
            Self::CallHandler => "Call handler",
            Self::PracticeAdmin => "Practice admin",
            Self::Supervisor => "Supervisor",
        }
    }
}

/// Something that is done at the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// Take down a patient and record an outcome.
    RunEncounter,
    /// Search services and look at slots.
    FindSlots,
    /// Book a slot.
    Book,
    /// Confirm for themselves a slot outside the timeframe.
    ConfirmLateSlot,
    /// Refer a patient to a service.
    Refer,
    /// See bookings of the desk.
    SeeBookings,
    /// Cancel a booking.
    Cancel,
    /// See and settle unfinished work.
    SettleUnfinished,
    /// Add, change and lock users.
    ManageUsers,
    /// Read the audit.
    ReadAudit,
    /// Draw reports.
    Report,
    /// Keep the record safe: back it up, restore it, change its key, remove what nobody has to keep any more.
    KeepRecord,
}

impl Action {
    /// All actions.
    pub const ALL: [Self; 12] = [
        Self::RunEncounter,
        Self::FindSlots,
        Self::Book,
        Self::ConfirmLateSlot,
        Self::Refer,
        Self::SeeBookings,
        Self::Cancel,
        Self::SettleUnfinished,
        Self::ManageUsers,
        Self::ReadAudit,
        Self::Report,
        Self::KeepRecord,
    ];

    /// In words, after "may not": `book appointments`.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::RunEncounter => "take down patients",
            Self::FindSlots => "search services and slots",
            Self::Book => "book appointments",
            Self::ConfirmLateSlot => "confirm an appointment outside the timeframe",
            Self::Refer => "refer patients",
            Self::SeeBookings => "see bookings",
            Self::Cancel => "cancel bookings",
            Self::SettleUnfinished => "settle unfinished work",
            Self::ManageUsers => "manage users",
            Self::ReadAudit => "read the audit record",
            Self::Report => "draw reports",
            Self::KeepRecord => "back up, restore or clear the record",
        }
    }
}

impl Role {
    /// The table: what each role may do.
    #[must_use]
    pub const fn may(self, action: Action) -> bool {
        match action {
            Action::RunEncounter | Action::FindSlots | Action::Book | Action::Refer => {
                matches!(self, Self::Clinician | Self::CallHandler)
            }
            Action::ConfirmLateSlot => matches!(self, Self::Clinician),
            Action::SeeBookings | Action::SettleUnfinished => true,
            Action::Cancel => matches!(self, Self::Clinician | Self::CallHandler | Self::PracticeAdmin),
            Action::ManageUsers | Action::ReadAudit | Action::KeepRecord => matches!(self, Self::Supervisor),
            Action::Report => matches!(self, Self::PracticeAdmin | Self::Supervisor),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nf_3_the_role_table_is_as_agreed() {
        use Action as A;
        let table: [(Action, [bool; 4]); 12] = [
            // Clinician, call handler, practice admin, supervisor
            (A::RunEncounter, [true, true, false, false]),
            (A::FindSlots, [true, true, false, false]),
            (A::Book, [true, true, false, false]),
            (A::ConfirmLateSlot, [true, false, false, false]),
            (A::Refer, [true, true, false, false]),
            (A::SeeBookings, [true, true, true, true]),
            (A::Cancel, [true, true, true, false]),
            (A::SettleUnfinished, [true, true, true, true]),
            (A::ManageUsers, [false, false, false, true]),
            (A::ReadAudit, [false, false, false, true]),
            (A::Report, [false, false, true, true]),
            (A::KeepRecord, [false, false, false, true]),
        ];
        assert_eq!(table.map(|(action, _)| action), Action::ALL, "every action has its row");
        for (action, row) in table {
            assert_eq!(Role::ALL.map(|role| role.may(action)), row, "{action:?}");
        }
    }
}
