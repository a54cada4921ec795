//! What a trainer sees and does in a demonstration: situations on cue, and the other side of the counter. Everything in it
//! is invented; none of it is there in live use.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The demonstration NHS from behind, as it is now.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DemonstrationView {
    /// `18:04:09`.
    pub at: String,
    /// Situations with a name, each set up with one choice.
    pub scenarios: Vec<ScenarioView>,
    /// Systems, with what can happen to each.
    pub systems: Vec<DemoSystemView>,
    /// What stands on cue.
    pub cues: Vec<CueView>,
    /// Services with their diaries, as the directory ranks them.
    pub services: Vec<ServiceDiaryView>,
    /// Bookings that the providers hold, the newest change first.
    pub bookings: Vec<BookingHistoryView>,
    /// Documents that arrived with referrals, the newest first.
    pub documents: Vec<ArrivedDocumentView>,
    /// What the systems were asked, the newest first.
    pub asked: Vec<AskedView>,
}

/// A situation with a name.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioView {
    /// Its name in orders.
    pub name: String,
    /// `Friday afternoon`.
    pub title: String,
    /// What is so once it is set up.
    pub happens: String,
    /// What the trainee does.
    pub play: String,
}

/// A system of the demonstration.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DemoSystemView {
    /// Its name in orders.
    pub name: String,
    /// `Directory of Services`.
    pub title: String,
    /// What can happen to it: the word in orders, and what it means.
    pub events: Vec<DemoEventView>,
}

/// What can happen to a system.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DemoEventView {
    /// Its word in orders.
    pub word: String,
    /// `Answers 3 seconds later`.
    pub title: String,
}

/// Something that stands on cue.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CueView {
    /// Title of the system.
    pub system: String,
    /// What happens.
    pub what: String,
    /// `once`, `3 times`, `until reset`.
    pub times: String,
}

/// A service and its diary.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ServiceDiaryView {
    /// DoS service id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Title of its provider's system.
    pub provider: String,
    /// What is peculiar to it.
    pub note: String,
    /// Whether it is out of the directory.
    pub closed: bool,
    /// How many of its times are free.
    pub free: u32,
    /// Its times from now on.
    pub times: Vec<DiaryTimeView>,
}

/// A time of a diary.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DiaryTimeView {
    /// `Today 18:30`.
    pub when: String,
    /// Where and how: `Annexe, In-person`.
    pub place: String,
    /// `free`, `taken`, or who has it.
    pub holder: String,
    /// Whether it is free.
    pub free: bool,
}

/// A booking with its versions.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BookingHistoryView {
    /// Its id at the provider.
    pub id: String,
    /// Title of the provider's system.
    pub provider: String,
    /// Name of the service.
    pub service: String,
    /// Patient as the booking names them.
    pub patient: String,
    /// `999 000 0018`; empty without one.
    pub nhs_number: String,
    /// Status of the newest version.
    pub status: String,
    /// `21-Nov-2026 18:30`.
    pub when: String,
    /// The document that it announces.
    pub document: String,
    /// Versions in words, the newest first: `2: arrived, for 21-Nov-2026 18:30, since 18:04:09`.
    pub versions: Vec<String>,
    /// Whether it can still be changed.
    pub open: bool,
}

/// A document that arrived with a referral.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ArrivedDocumentView {
    /// Its own id.
    pub document: String,
    /// `NHS 111 Report`.
    pub title: String,
    /// Name of the service that it was sent to.
    pub service: String,
    /// `18:04:09`.
    pub at: String,
    /// Whether it and its booking name each other, in words.
    pub link: String,
    /// The document itself.
    pub text: String,
}

/// What a system was asked.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AskedView {
    /// `18:04:09`.
    pub at: String,
    /// Title of the system.
    pub system: String,
    /// What, on one line.
    pub what: String,
}

/// What a trainer orders.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(tag = "order", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum DemonstrationOrder {
    /// A situation with a name, from a fresh start.
    SetUp {
        /// Its name.
        scenario: String,
    },
    /// Everything as at the start.
    StartAgain,
    /// Nothing on cue any more.
    CuesOff,
    /// Something happens to a system.
    Cue {
        /// Its name.
        system: String,
        /// The event's word.
        event: String,
        /// For so many requests; until reset where none.
        times: Option<u32>,
    },
    /// Something happens to a service: `fill`, `close`, `reopen`.
    Service {
        /// DoS service id.
        service: String,
        /// What.
        event: String,
    },
    /// Something happens to a booking at its provider: `arrived`, `fulfilled`, `noshow`, `cancelled`, `move`, `past`,
    /// `hand_over`, `restrict`, `forget`.
    Booking {
        /// Its id at the provider.
        booking: String,
        /// What.
        event: String,
    },
}
