//! What is recorded of every action and access (NF-3, SL-8, BK-7). Append-only; personal data only where the event is
//! about it, and then by reference to the encounter.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::approval::Approval;
use crate::booking::{AppointmentStatus, BookingResultKind};
use crate::gate::LatePermit;
use crate::id::{
    BookingId, DispositionCode, DosServiceId, EncounterId, IntentId, RequestId, SearchId, UserId, Username,
};
use crate::personal::Personal;
use crate::service::SearchDistance;
use crate::slot::{SlotCount, SlotWindow};
use crate::user::{Action, Role};

/// One event of the audit record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEvent {
    /// When (UTC).
    pub at: DateTime<Utc>,
    /// Who; none where nobody was signed in.
    pub who: Option<Actor>,
    /// The encounter it belongs to.
    pub encounter: Option<EncounterId>,
    /// What happened.
    pub what: AuditAction,
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Actor {
    /// The user.
    pub user: UserId,
    /// Their username, as it was then.
    pub username: Username,
    /// Their role, as it was then.
    pub role: Role,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", rename_all_fields = "camelCase")]
pub enum AuditAction {
    /// The application started.
    Started {
        /// Its version.
        version: String,
    },
    /// A user was added.
    UserAdded {
        /// The new user.
        username: Username,
        /// Their role.
        role: Role,
    },
    /// A user was changed.
    UserChanged {
        /// Who.
        username: Username,
        /// Their role from now on.
        role: Role,
        /// Whether they may sign in no more.
        locked: bool,
        /// Whether they have a new passphrase.
        passphrase: bool,
    },
    /// Somebody signed in.
    SignedIn,
    /// A sign-in was refused.
    SignInRefused {
        /// The username as typed, where it is one.
        username: Option<Username>,
    },
    /// Somebody signed out.
    SignedOut,
    /// The window was locked, because nobody was at it.
    Locked,
    /// Something was refused because of the role.
    ActionRefused {
        /// What was to be done.
        action: Action,
    },
    /// An encounter began.
    EncounterStarted,
    /// The patient's details were changed.
    PatientChanged,
    /// An encounter was opened: the patient's details were seen.
    EncounterOpened,
    /// An encounter ended.
    EncounterEnded,
    /// An outcome was recorded.
    OutcomeRecorded {
        /// Its code.
        code: DispositionCode,
        /// When it was reached (UTC).
        reached: DateTime<Utc>,
        /// Until when it asks for care (UTC).
        due: Option<DateTime<Utc>>,
    },
    /// Services were searched (DI-1).
    ServicesSearched {
        /// The search.
        search: SearchId,
        /// How far was to be searched, where that was said.
        #[serde(default)]
        within: Option<SearchDistance>,
        /// What it found, ranked; none where it failed.
        services: Vec<DosServiceId>,
        /// Why it failed.
        failure: Option<String>,
        /// How long it took.
        took_ms: u64,
    },
    /// A service was chosen, perhaps passing over the first (DI-10).
    ServiceChosen {
        /// The search.
        search: SearchId,
        /// The service.
        service: DosServiceId,
        /// Its rank.
        rank: u32,
        /// Id of the reject reason, where the first was passed over.
        reject_reason: Option<u32>,
        /// Comment to it.
        reject_comment: Option<String>,
    },
    /// Slots were asked for (SL-8).
    SlotsSearched {
        /// The service.
        service: DosServiceId,
        /// The window.
        window: SlotWindow,
        /// What came back; none where it failed.
        count: Option<SlotCount>,
        /// Why it failed.
        failure: Option<String>,
        /// How long it took.
        took_ms: u64,
        /// Whether the user asked for it, or the list did in the background (DI-9).
        background: bool,
        /// The request's id.
        request: Option<RequestId>,
    },
    /// The timeframe gate refused a booking (TF).
    BookingRefusedByGate {
        /// The service.
        service: DosServiceId,
        /// The slot's start (UTC).
        start: DateTime<Utc>,
        /// Why.
        refusal: String,
    },
    /// A clinician approved a slot outside the timeframe (TF-3).
    LateSlotApproved {
        /// The service.
        service: DosServiceId,
        /// The slot's start (UTC).
        start: DateTime<Utc>,
        /// Who, on what ground, for how late a slot.
        approval: Box<Approval>,
    },
    /// No approval of a slot outside the timeframe was given.
    LateSlotNotApproved {
        /// The service.
        service: DosServiceId,
        /// The slot's start (UTC).
        start: DateTime<Utc>,
        /// Who was asked, as far as is known: a username, or a name and registration number as told.
        asked: Personal<String>,
        /// Why not, in the clinician's words or the rule's.
        why: Personal<String>,
    },
    /// A booking was about to be requested; the intent is on disk.
    BookingIntended {
        /// The intent.
        intent: IntentId,
        /// The request's id.
        request: RequestId,
        /// The service.
        service: DosServiceId,
        /// The slot's start (UTC).
        start: DateTime<Utc>,
        /// How a late slot was allowed (TF-3).
        late: Option<LatePermit>,
    },
    /// A booking attempt came to a result.
    BookingSettled {
        /// The intent.
        intent: IntentId,
        /// The request's id.
        request: RequestId,
        /// The result.
        result: BookingResultKind,
        /// The booking, where there is one.
        booking: Option<BookingId>,
        /// Why, where it was not confirmed.
        failure: Option<String>,
        /// How many times the request was sent.
        tries: u32,
    },
    /// The provider was asked what it holds for an unfinished booking.
    UnfinishedChecked {
        /// The intent.
        intent: IntentId,
    },
    /// An unfinished booking was settled by hand.
    UnfinishedSettledByHand {
        /// The intent.
        intent: IntentId,
        /// What the provider holds, as the user was told.
        held: bool,
        /// Who said so and how.
        reason: String,
    },
    /// The desk's bookings were listed.
    BookingsListed,
    /// A provider was asked how a booking stands.
    BookingAsked {
        /// The booking.
        booking: BookingId,
        /// The request.
        request: RequestId,
        /// What it said of its status; none where it could not be asked.
        status: Option<AppointmentStatus>,
        /// Why it could not be asked.
        failure: Option<String>,
    },
    /// A booking was opened.
    BookingOpened {
        /// The booking.
        booking: BookingId,
    },
    /// The audit record was read.
    AuditRead,
}
