//! The audit record as a supervisor reads it: its events in words, the filter, one encounter as a timeline, and how the
//! record is kept. The words of every kind of event stand here, once.

mod fields;
mod filter;
mod kept;
mod kinds;
mod sentence;
mod story;

use desk_domain::audit::{AuditEvent, AuditFilter, AuditKind, EventOutcome};
use desk_journeys::audit::{AuditReading, Beside};
use desk_journeys::ports::{AuditCount, Exchange, RecordedEvent, UnreadableEvent};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use self::fields::AuditFieldView;
use self::fields::fields;
pub use self::filter::AuditFilterInput;
pub use self::kept::{
    AuditCheckView, AuditExportInput, AuditExportedFileView, AuditExportedView, AuditSealView, AuditStartView,
    LongWalkView,
};
use self::kinds::named;
pub(crate) use self::kinds::title;
pub use self::kinds::{AuditKindGroupView, AuditKindView};
use self::sentence::{Names, filter_parts, sentence};
pub use self::story::{AuditDayView, AuditPhaseView, AuditStepView, AuditStoryView};
use crate::display;

/// How many events a window of the list has.
pub const WINDOW: u32 = 100;
/// What stands in the place of an event that cannot be read.
pub const UNREADABLE: &str = "This event cannot be read; verify says where the chain breaks";
/// What stands in the place of an event that was taken out of the record.
pub const TAKEN_OUT: &str = "This event is not in the record any more; verify says where the chain breaks";

/// A window of the audit record that is asked for.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditReadInput {
    /// Which part of the record.
    pub filter: AuditFilterInput,
    /// Only what stands before this number: [`AuditPageView::older`] of the window before.
    #[ts(type = "number | null")]
    pub before: Option<u64>,
}

/// A window of the audit record, newest first.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditPageView {
    /// The events.
    pub rows: Vec<AuditRowView>,
    /// Where the next window begins; none where there is nothing older.
    #[ts(type = "number | null")]
    pub older: Option<u64>,
    /// The filter that is in force, part by part, in words; empty where all is left in.
    pub in_force: Vec<String>,
}

/// An event in words.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditRowView {
    /// Its number in the record.
    #[ts(type = "number")]
    pub number: u64,
    /// `20-Nov-2026 18:04:12`, UK local time; `Not known` where neither the event can be read nor its time beside it.
    pub at: String,
    /// `GMT` or `BST`; empty where the time is not known.
    pub zone: String,
    /// Whether the event can be read. Where it cannot, the rest is what stands beside it, and is not to be trusted.
    pub readable: bool,
    /// The name of its kind.
    pub kind: String,
    /// What happened, as a sentence.
    pub what: String,
    /// Username; empty where nobody was signed in; `Not known` where that cannot be read.
    pub who: String,
    /// The name of that user as it is taken down now: `CARTER, Priya (Ms)`; empty where there is no such user.
    pub name: String,
    /// Their role then, in words; empty where nobody was signed in, or it cannot be read.
    pub role: String,
    /// How it ended.
    pub outcome: AuditOutcomeView,
    /// The same in a word.
    pub outcome_words: String,
    /// The computer; empty in events of before it was recorded.
    pub device: String,
    /// ODS code of the organisation; empty in events of before it was recorded.
    pub organisation: String,
    /// The one service that it or its request is about, by its name or id; empty where it is about none, or about several.
    pub service: String,
    /// Id of the encounter; empty where it belongs to none.
    pub encounter: String,
    /// Reference of the patient; empty where it is about none.
    pub patient: String,
    /// Whether its personal part is there, in words.
    pub personal: String,
    /// Every field that says something.
    pub fields: Vec<AuditFieldView>,
    /// The exchanges with other systems of its request.
    pub exchanges: Vec<AuditExchangeView>,
    /// Its hash, 64 hexadecimal digits.
    pub hash: String,
}

/// How an event ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum AuditOutcomeView {
    /// It was done.
    Done,
    /// A rule, a role or the other side did not let it be done.
    Refused,
    /// It failed.
    Failed,
    /// It is not known whether it was done.
    Unknown,
}

/// An exchange with another system: ids and how it went, no content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditExchangeView {
    /// When it began: `18:04:12.301`, UK local time.
    pub at: String,
    /// With which system, and what was asked: `provider: book`.
    pub what: String,
    /// How it went: `answered in 120 ms`.
    pub went: String,
    /// Whether it failed.
    pub failed: bool,
    /// X-Request-ID; empty where there was none.
    pub request: String,
    /// Ssp-TraceID; empty where there was none.
    pub trace: String,
    /// X-Correlation-ID, or the directory's own id of the search; empty where there was none.
    pub correlation: String,
    /// The other side's own id of the request; empty where it gave none.
    pub their_request: String,
}

/// How many events there are.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditCountView {
    /// How many are certainly there.
    #[ts(type = "number")]
    pub at_least: u64,
    /// Whether there are no more than those.
    pub exactly: bool,
    /// `1,204 events`, `More than 10,000 events`.
    pub words: String,
}

impl AuditPageView {
    /// A window as shown.
    #[must_use]
    pub fn of(reading: &AuditReading, filter: &AuditFilter) -> Self {
        let AuditReading { page, beside } = reading;
        let names = Names(&beside.service_names);
        Self {
            rows: page.events.iter().map(|recorded| AuditRowView::of(recorded, beside)).collect(),
            older: page.older,
            in_force: filter_parts(filter, names, true),
        }
    }
}

impl AuditRowView {
    /// An event as shown, with the exchanges of its request.
    #[must_use]
    pub fn of(recorded: &RecordedEvent, beside: &Beside) -> Self {
        match &recorded.event {
            Ok(event) => Self::readable(recorded, event, beside),
            Err(unreadable) => Self::unreadable(recorded, unreadable, beside),
        }
    }

    fn readable(recorded: &RecordedEvent, event: &AuditEvent, beside: &Beside) -> Self {
        let RecordedEvent { number, patient, personal_removed, hash, .. } = recorded;
        let AuditEvent { at, who, desk, encounter, outcome, what } = event;
        let names = Names(&beside.service_names);
        let request = what.request();
        let of_request = || beside.exchanges.iter().filter(move |one| request.is_some() && one.request == request);
        // What came of a request says its id alone; its service stands with what went over the wire for it.
        let service = match what.services() {
            [service] => Some(service),
            [] => of_request().find_map(|one| one.service.as_ref()),
            [..] => None,
        };
        Self {
            number: *number,
            at: display::to_the_second(*at),
            zone: display::zone(*at),
            readable: true,
            kind: named(AuditKind::from(what)).1.to_owned(),
            what: sentence(what, names),
            who: who.as_ref().map(|who| who.username.to_string()).unwrap_or_default(),
            name: who.as_ref().map(|who| name_of(who.username.as_str(), beside)).unwrap_or_default(),
            role: who.as_ref().map(|who| who.role.words().to_owned()).unwrap_or_default(),
            outcome: (*outcome).into(),
            outcome_words: outcome_words(*outcome).to_owned(),
            device: desk.as_ref().map(|desk| desk.device.clone()).unwrap_or_default(),
            organisation: desk.as_ref().map(|desk| desk.organisation.to_string()).unwrap_or_default(),
            service: service.map(|service| names.of(service)).unwrap_or_default(),
            encounter: encounter.map(|id| id.to_string()).unwrap_or_default(),
            patient: patient.as_ref().map(|patient| patient.as_str().to_owned()).unwrap_or_default(),
            personal: if *personal_removed {
                "Removed, as the rules for keeping records ask; the chain still holds"
            } else {
                "Nothing of it was removed"
            }
            .to_owned(),
            fields: fields(what),
            exchanges: of_request().map(AuditExchangeView::from).collect(),
            hash: hash.to_string(),
        }
    }

    fn unreadable(recorded: &RecordedEvent, left: &UnreadableEvent, beside: &Beside) -> Self {
        let UnreadableEvent { at, kind, username, encounter } = left;
        let kind = (!kind.is_empty())
            .then(|| AuditFieldView { name: "Kind, as it stands beside the event".to_owned(), value: kind.clone() });
        Self {
            number: recorded.number,
            at: at.map_or_else(not_known, display::to_the_second),
            zone: at.map(display::zone).unwrap_or_default(),
            readable: false,
            kind: "Cannot be read".to_owned(),
            what: UNREADABLE.to_owned(),
            who: username.clone().unwrap_or_else(not_known),
            name: username.as_ref().map(|username| name_of(username, beside)).unwrap_or_default(),
            role: String::new(),
            outcome: AuditOutcomeView::Unknown,
            outcome_words: not_known(),
            device: String::new(),
            organisation: String::new(),
            service: String::new(),
            encounter: encounter.map(|id| id.to_string()).unwrap_or_default(),
            patient: recorded.patient.as_ref().map(|patient| patient.as_str().to_owned()).unwrap_or_default(),
            personal: "Not known: the event cannot be read".to_owned(),
            fields: kind.into_iter().collect(),
            exchanges: Vec::new(),
            hash: recorded.hash.to_string(),
        }
    }
}

fn name_of(username: &str, beside: &Beside) -> String {
    beside.user_names.get(username).cloned().unwrap_or_default()
}

fn not_known() -> String {
    outcome_words(EventOutcome::Unknown).to_owned()
}

impl From<EventOutcome> for AuditOutcomeView {
    fn from(outcome: EventOutcome) -> Self {
        match outcome {
            EventOutcome::Done => Self::Done,
            EventOutcome::Refused => Self::Refused,
            EventOutcome::Failed => Self::Failed,
            EventOutcome::Unknown => Self::Unknown,
        }
    }
}

const fn outcome_words(outcome: EventOutcome) -> &'static str {
    match outcome {
        EventOutcome::Done => "Done",
        EventOutcome::Refused => "Refused",
        EventOutcome::Failed => "Failed",
        EventOutcome::Unknown => "Not known",
    }
}

impl From<&Exchange> for AuditExchangeView {
    fn from(exchange: &Exchange) -> Self {
        let milliseconds = exchange.took.as_millis();
        let went = match &exchange.failure {
            Some(failure) => format!("failed after {milliseconds} ms: {failure}"),
            None => format!("answered in {milliseconds} ms"),
        };
        let id = |id: Option<String>| id.unwrap_or_default();
        Self {
            at: desk_domain::calendar::local(exchange.at).format("%H:%M:%S%.3f").to_string(),
            what: format!("{}: {}", exchange.system, exchange.operation),
            went,
            failed: exchange.failure.is_some(),
            request: id(exchange.request.map(|id| id.to_string())),
            trace: id(exchange.trace.map(|id| id.to_string())),
            correlation: id(exchange.correlation.clone()),
            their_request: id(exchange.their_request.clone()),
        }
    }
}

impl From<AuditCount> for AuditCountView {
    fn from(count: AuditCount) -> Self {
        let (at_least, exactly) = match count {
            AuditCount::Exactly(number) => (number, true),
            AuditCount::MoreThan(number) => (number, false),
        };
        let number = display::thousands(at_least);
        let words = match (at_least, exactly) {
            (1, true) => "1 event".to_owned(),
            (_, true) => format!("{number} events"),
            (_, false) => format!("More than {number} events"),
        };
        Self { at_least, exactly, words }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use chrono::{DateTime, Utc};
    use desk_domain::audit::{Actor, AuditAction, Workplace};
    use desk_domain::chain::Hash;
    use desk_domain::id::{DosServiceId, IntentId, OdsCode, RequestId, TraceId, UserId, Username};
    use desk_domain::user::Role;
    use uuid::Uuid;

    use super::*;

    fn at() -> DateTime<Utc> {
        "2026-07-20T11:00:00Z".parse().expect("an instant")
    }

    fn request(number: u128) -> RequestId {
        RequestId(Uuid::from_u128(number))
    }

    fn recorded(what: AuditAction) -> RecordedEvent {
        let username = Username::new("handler").expect("a username");
        let who = Actor { user: UserId(Uuid::nil()), username, role: Role::CallHandler };
        let desk = Workplace { organisation: OdsCode::new("R1A").expect("a code"), device: "desk-1".to_owned() };
        let event = AuditEvent::new(at(), Some(who), desk, None, what);
        RecordedEvent {
            number: 7,
            event: Ok(event),
            patient: None,
            personal_removed: false,
            hash: Hash::BEFORE_THE_FIRST,
        }
    }

    fn exchange(of: RequestId) -> Exchange {
        Exchange {
            search: None,
            at: at(),
            system: "provider".to_owned(),
            operation: "book".to_owned(),
            encounter: None,
            service: None,
            request: Some(of),
            trace: Some(TraceId(Uuid::from_u128(9))),
            correlation: None,
            their_request: None,
            clock_ahead: None,
            status: Some(201),
            failure: None,
            took: std::time::Duration::from_millis(120),
        }
    }

    #[test]
    fn nf_3_a_row_says_who_did_what_where_and_how_it_ended_with_the_ids_of_its_exchanges() {
        let service = DosServiceId::new("111001").expect("an id");
        let what = AuditAction::BookingIntended {
            intent: IntentId(Uuid::nil()),
            request: request(1),
            service,
            start: at(),
            late: None,
        };
        let service_names = HashMap::from([("111001".to_owned(), "Riverside UTC".to_owned())]);
        let user_names = HashMap::from([("handler".to_owned(), "CARTER, Priya (Ms)".to_owned())]);
        let exchanges = vec![exchange(request(1)), exchange(request(2))];
        let beside = Beside { service_names, user_names, exchanges };
        let row = AuditRowView::of(&recorded(what.clone()), &beside);
        assert_eq!(row.what, "Booking requested at Riverside UTC for 20-Jul-2026 12:00 BST", "a sentence");
        assert_eq!((row.at.as_str(), row.zone.as_str()), ("20-Jul-2026 12:00:00", "BST"), "UK time");
        assert_eq!((row.who.as_str(), row.role.as_str()), ("handler", "Call handler"), "who");
        assert_eq!(row.name, "CARTER, Priya (Ms)", "by name, as they are taken down now");
        assert_eq!((row.service.as_str(), row.device.as_str()), ("Riverside UTC", "desk-1"), "where");
        assert_eq!(row.exchanges.len(), 1, "those of its own request alone");
        assert_eq!(row.exchanges[0].went, "answered in 120 ms", "how it went");
        assert!(!row.exchanges[0].trace.is_empty(), "the trace, to quote");
        let unnamed = AuditRowView::of(&recorded(what), &Beside::default());
        assert_eq!(unnamed.what, "Booking requested at service 111001 for 20-Jul-2026 12:00 BST", "without a name");
    }

    #[test]
    fn nf_3_what_came_of_a_request_is_told_with_the_service_that_it_went_to() {
        let settled = AuditAction::BookingSettled {
            intent: IntentId(Uuid::nil()),
            request: request(1),
            result: desk_domain::booking::BookingResultKind::Confirmed,
            booking: None,
            failure: None,
            fault: None,
            tries: 1,
        };
        let service = DosServiceId::new("111001").ok();
        let beside = Beside {
            service_names: HashMap::from([("111001".to_owned(), "Riverside UTC".to_owned())]),
            exchanges: vec![Exchange { service, ..exchange(request(1)) }],
            ..Beside::default()
        };
        assert_eq!(AuditRowView::of(&recorded(settled.clone()), &beside).service, "Riverside UTC");
        assert_eq!(AuditRowView::of(&recorded(settled), &Beside::default()).service, "", "nothing is made up");
        let signed_in = AuditRowView::of(&recorded(AuditAction::SignedIn), &beside);
        assert_eq!(signed_in.service, "", "of no request");
        assert_eq!(signed_in.name, "", "of a user who is not taken down");
    }

    #[test]
    fn nf_3_an_event_that_cannot_be_read_is_a_row_that_says_so_with_what_stands_beside_it() {
        let beside = UnreadableEvent {
            at: Some(at()),
            kind: "signedIn".to_owned(),
            username: Some("handler".to_owned()),
            encounter: None,
        };
        let recorded = RecordedEvent { event: Err(beside), ..recorded(AuditAction::SignedIn) };
        let row = AuditRowView::of(&recorded, &Beside::default());
        assert!(!row.readable && row.what == UNREADABLE, "it says so: {row:?}");
        assert_eq!((row.at.as_str(), row.who.as_str()), ("20-Jul-2026 12:00:00", "handler"), "what stands beside it");
        assert_eq!(row.fields[0].value, "signedIn", "its kind, as it stands there");
        let nothing = UnreadableEvent { at: None, kind: String::new(), username: None, encounter: None };
        let row = AuditRowView::of(&RecordedEvent { event: Err(nothing), ..recorded }, &Beside::default());
        assert_eq!((row.at.as_str(), row.who.as_str()), ("Not known", "Not known"), "also where nothing does");
        assert!(row.fields.is_empty() && row.what == UNREADABLE, "{row:?}");
    }

    #[test]
    fn a_count_says_whether_it_is_all() {
        let words = |count: AuditCount| AuditCountView::from(count).words;
        assert_eq!(words(AuditCount::Exactly(1)), "1 event");
        assert_eq!(words(AuditCount::Exactly(1_204)), "1,204 events");
        assert_eq!(words(AuditCount::MoreThan(10_000)), "More than 10,000 events");
    }
}
