//! One encounter as it can be read from its beginning: by day, by what it was about, with the time between the steps and
//! what went over the wire at each.

use chrono::{DateTime, TimeDelta, Utc};
use desk_domain::audit::AuditKind;
use desk_domain::calendar::local_date;
use desk_journeys::audit::AuditStory;
use desk_journeys::ports::{Exchange, RecordedEvent};
use serde::Serialize;
use ts_rs::TS;

use super::kinds::{Topic, named};
use super::{AuditExchangeView, AuditRowView};
use crate::display;
use crate::patient::PatientView;

/// One encounter from its beginning.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditStoryView {
    /// Id of the encounter.
    pub encounter: String,
    /// The patient as they are taken down now; none where their details were removed.
    pub patient: Option<PatientView>,
    /// `Begun 20-Nov-2026 18:00:02 GMT by CARTER, Priya (Ms), not ended yet`.
    pub course: String,
    /// `34 events in 12 min 5 s`.
    pub extent: String,
    /// The days, oldest first.
    pub days: Vec<AuditDayView>,
}

/// A day of an encounter.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditDayView {
    /// `Friday 20-Nov-2026`.
    pub day: String,
    /// What it was about, in its order.
    pub phases: Vec<AuditPhaseView>,
}

/// Steps in a row that are about one thing.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditPhaseView {
    /// `Finding a service`.
    pub title: String,
    /// True where nothing was done but to look.
    pub looked: bool,
    /// The steps.
    pub steps: Vec<AuditStepView>,
}

/// A step.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditStepView {
    /// The event. Its exchanges are those that went over the wire for it, also those without its request's id.
    pub row: AuditRowView,
    /// `18:04:12`, UK local time.
    pub time: String,
    /// Time since the step before: `3 s later`, `at once`; empty for the first.
    pub after: String,
}

impl AuditStoryView {
    /// An encounter as shown at an instant.
    #[must_use]
    pub fn of(id: &str, story: &AuditStory, now: DateTime<Utc>) -> Self {
        let AuditStory { encounter, events, beside } = story;
        let mut linked = linked(events, &beside.exchanges);
        let mut days: Vec<(chrono::NaiveDate, AuditDayView)> = Vec::new();
        let mut topic_before = None;
        let mut before: Option<DateTime<Utc>> = None;
        for (place, recorded) in events.iter().enumerate() {
            // One whose time cannot be read stands with the one before it.
            let at = recorded.at().or(before).or_else(|| events.iter().find_map(RecordedEvent::at)).unwrap_or(now);
            let topic = recorded.event.as_ref().ok().map(|event| named(AuditKind::from(&event.what)).0);
            let day = local_date(at);
            if days.last().is_none_or(|(of, _)| *of != day) {
                days.push((day, AuditDayView { day: display::long_date(at), phases: Vec::new() }));
                topic_before = None;
            }
            let Some((_, day)) = days.last_mut() else { continue };
            if topic_before != Some(topic) {
                // What cannot be read is never left out.
                let looked = matches!(topic, Some(Topic::Seen | Topic::Record));
                let title = topic.map_or("Cannot be read", Topic::words).to_owned();
                day.phases.push(AuditPhaseView { title, looked, steps: Vec::new() });
                topic_before = Some(topic);
            }
            let mut row = AuditRowView::of(recorded, beside);
            row.exchanges = linked.get_mut(place).map(std::mem::take).unwrap_or_default();
            let step = AuditStepView {
                row,
                time: desk_domain::calendar::local(at).format("%H:%M:%S").to_string(),
                after: before.map(|before| later(at - before)).unwrap_or_default(),
            };
            before = Some(at);
            if let Some(phase) = day.phases.last_mut() {
                phase.steps.push(step);
            }
        }
        let mut known = events.iter().filter_map(RecordedEvent::at);
        let first = known.next();
        let took = first.zip(known.next_back()).map_or_else(TimeDelta::zero, |(first, last)| last - first);
        let many = display::count(events.len(), "event", "events");
        Self {
            encounter: id.to_owned(),
            patient: encounter.as_ref().map(|encounter| PatientView::of(&encounter.patient, now)),
            course: course(story, first),
            extent: if took > TimeDelta::zero() { format!("{many} in {}", span(took)) } else { many },
            days: days.into_iter().map(|(_, day)| day).collect(),
        }
    }
}

fn course(story: &AuditStory, first: Option<DateTime<Utc>>) -> String {
    let moment = |at: DateTime<Utc>| format!("{} {}", display::to_the_second(at), display::zone(at));
    match (&story.encounter, first) {
        (Some(encounter), _) => {
            let ended =
                encounter.ended.map_or_else(|| "not ended yet".to_owned(), |at| format!("ended {}", moment(at)));
            format!("Begun {} by {}, {ended}", moment(encounter.started), encounter.started_by_name)
        }
        (None, Some(first)) => format!("Begun {}", moment(first)),
        (None, None) => String::new(),
    }
}

/// The exchanges of each event: those of its request at the last event about it; any other at the first event that was
/// recorded at or after its beginning, since what was asked is recorded once it is answered.
fn linked(events: &[RecordedEvent], exchanges: &[Exchange]) -> Vec<Vec<AuditExchangeView>> {
    let mut linked = vec![Vec::new(); events.len()];
    let last = events.len().saturating_sub(1);
    for exchange in exchanges {
        let is_of_request =
            |one: &RecordedEvent| one.event.as_ref().is_ok_and(|event| event.what.request() == exchange.request);
        let place = exchange.request.and_then(|_| events.iter().rposition(is_of_request));
        let at_or_after = |one: &RecordedEvent| one.at().is_some_and(|at| at >= exchange.at);
        let place = place.or_else(|| events.iter().position(at_or_after)).unwrap_or(last);
        if let Some(of_event) = linked.get_mut(place) {
            of_event.push(AuditExchangeView::from(exchange));
        }
    }
    linked
}

fn later(after: TimeDelta) -> String {
    if after < TimeDelta::zero() {
        format!("the clock was set back by {}", span(-after))
    } else if after < TimeDelta::milliseconds(100) {
        "at once".to_owned()
    } else {
        format!("{} later", span(after))
    }
}

/// `0.3 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`.
fn span(length: TimeDelta) -> String {
    let (milliseconds, seconds) = (length.num_milliseconds(), length.num_seconds());
    let two = |large: i64, unit: &str, small: i64, rest: &str| {
        if small == 0 { format!("{large} {unit}") } else { format!("{large} {unit} {small} {rest}") }
    };
    match seconds {
        ..10 => format!("{}.{} s", milliseconds / 1_000, milliseconds % 1_000 / 100),
        10..60 => format!("{seconds} s"),
        60..3_600 => two(seconds / 60, "min", seconds % 60, "s"),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        86_400.. => two(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

#[cfg(test)]
mod tests {
    use desk_domain::audit::{AuditAction, AuditEvent, Workplace};
    use desk_domain::chain::Hash;
    use desk_domain::id::{BookingId, OdsCode, RequestId};
    use desk_journeys::audit::Beside;
    use desk_journeys::ports::UnreadableEvent;
    use uuid::Uuid;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn event(number: u64, when: &str, what: AuditAction) -> RecordedEvent {
        let desk = Workplace { organisation: OdsCode::new("R1A").expect("a code"), device: "desk-1".to_owned() };
        let event = AuditEvent::new(at(when), None, desk, None, what);
        RecordedEvent { number, event: Ok(event), patient: None, personal_removed: false, hash: Hash::BEFORE_THE_FIRST }
    }

    fn asked(request: RequestId) -> AuditAction {
        AuditAction::BookingAsked { booking: BookingId(Uuid::nil()), request, status: None, failure: None }
    }

    fn exchange(when: &str, request: Option<RequestId>) -> Exchange {
        Exchange {
            search: None,
            at: at(when),
            system: "provider".to_owned(),
            operation: "read".to_owned(),
            encounter: None,
            service: None,
            request,
            trace: None,
            correlation: None,
            their_request: None,
            clock_ahead: None,
            status: None,
            failure: Some("it did not answer".to_owned()),
            took: std::time::Duration::from_millis(40),
        }
    }

    #[test]
    fn an_encounter_is_told_by_local_day_and_by_what_it_was_about_with_the_time_between() {
        let events = vec![
            event(1, "2026-10-24T22:59:30Z", AuditAction::EncounterStarted),
            event(2, "2026-10-24T23:00:00Z", AuditAction::PatientChanged),
            event(5, "2026-10-24T23:00:00.300Z", AuditAction::EncounterOpened),
            event(9, "2026-10-24T22:00:00Z", AuditAction::ResponsesRecorded),
        ];
        let story = AuditStory { encounter: None, events, beside: Beside::default() };
        let told = AuditStoryView::of("e", &story, at("2026-11-01T12:00:00Z"));
        let days: Vec<_> = told.days.iter().map(|day| (day.day.as_str(), day.phases.len())).collect();
        let expected = [("Saturday 24-Oct-2026", 1), ("Sunday 25-Oct-2026", 2), ("Saturday 24-Oct-2026", 1)];
        assert_eq!(days, expected, "the local day, in the record's order also where a clock was set back");
        let steps = told.days.iter().flat_map(|day| &day.phases).flat_map(|phase| &phase.steps);
        let after: Vec<_> = steps.map(|step| step.after.as_str()).collect();
        assert_eq!(after, ["", "30 s later", "0.3 s later", "the clock was set back by 1 h"], "between them");
        assert!(told.days[1].phases[1].looked, "looking is told apart from doing");
        assert!(told.patient.is_none(), "their details were removed");
    }

    #[test]
    fn nf_3_an_event_that_cannot_be_read_stands_in_its_place_and_is_never_left_out() {
        let mut events = vec![
            event(1, "2026-11-20T12:00:00Z", AuditAction::EncounterStarted),
            event(2, "2026-11-20T12:00:10Z", AuditAction::EncounterOpened),
            event(3, "2026-11-20T12:00:20Z", AuditAction::EncounterOpened),
        ];
        let beside = UnreadableEvent { at: None, kind: "x".to_owned(), username: None, encounter: None };
        events[1].event = Err(beside.clone());
        let told = |events: Vec<RecordedEvent>| {
            let story = AuditStory { encounter: None, events, beside: Beside::default() };
            AuditStoryView::of("e", &story, at("2026-11-21T12:00:00Z"))
        };
        let view = told(events.clone());
        let phases: Vec<_> =
            view.days.iter().flat_map(|day| &day.phases).map(|phase| (phase.title.as_str(), phase.looked)).collect();
        let expected = [("Patient and assessment", false), ("Cannot be read", false), ("Looking things up", true)];
        assert_eq!(phases, expected, "on the day of the one before it, in a part of its own");
        assert_eq!(view.extent, "3 events in 20 s", "and it counts");
        events.iter_mut().for_each(|one| one.event = Err(beside.clone()));
        assert_eq!(told(events).days.len(), 1, "also where nothing can be read");
    }

    #[test]
    fn what_went_over_the_wire_stands_at_the_step_that_it_was_for() {
        let request = RequestId(Uuid::from_u128(1));
        let events = vec![
            event(1, "2026-11-20T12:00:00Z", AuditAction::EncounterStarted),
            event(2, "2026-11-20T12:00:10Z", AuditAction::ResponsesRecorded),
            event(3, "2026-11-20T12:00:20Z", asked(request)),
        ];
        let exchanges = [
            exchange("2026-11-20T12:00:01Z", Some(request)),
            exchange("2026-11-20T12:00:05Z", None),
            exchange("2026-11-20T12:00:30Z", Some(RequestId(Uuid::from_u128(2)))),
        ];
        let counts: Vec<_> = linked(&events, &exchanges).iter().map(Vec::len).collect();
        assert_eq!(counts, [0, 1, 2], "by its request, by its time, and none is lost");
        assert_eq!(linked(&[], &exchanges).len(), 0, "without events there is nowhere");
    }

    #[test]
    fn spans_are_told_in_two_units_at_the_most() {
        let told = [300, 12_000, 185_000, 7_800_000, 273_600_000].map(|ms| span(TimeDelta::milliseconds(ms)));
        assert_eq!(told, ["0.3 s", "12 s", "3 min 5 s", "2 h 10 min", "3 d 4 h"]);
    }
}
