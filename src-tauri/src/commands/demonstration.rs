//! The trainer's panel of a demonstration. There is nothing behind these commands in live use; nobody needs to be signed
//! in, for a situation is set up before the trainee comes.

use chrono::{DateTime, Utc};
use demo_nhs::{ArrivedDocument, BookingHistory, Control, DiaryTime, SCENARIOS, ServiceDiary};
use desk_contract::demonstration::{
    ArrivedDocumentView, AskedView, BookingHistoryView, CueView, DemoEventView, DemoSystemView, DemonstrationOrder,
    DemonstrationView, DiaryTimeView, ScenarioView, ServiceDiaryView,
};
use desk_contract::display;
use desk_contract::problem::{FieldProblem, Problem};
use serde_json::{Value, json};
use tauri::State;

use crate::desk_state::DeskState;

/// Systems: name, title, and which of the events can happen to them.
const SYSTEMS: [(&str, &str, &[&str]); 8] = [
    ("utc", "UTC booking system", PROVIDER),
    ("hub", "GP hub booking system", PROVIDER),
    ("community", "Community booking system", PROVIDER),
    (
        "dos",
        "Directory of Services",
        &["delay", "offline", "garbage", "fault", "credentials", "expire_certificate", "distrust"],
    ),
    ("sds", "Spine directory", &["delay", "offline", "expire_certificate", "distrust"]),
    ("ssp", "Spine proxy", &["delay", "offline", "garbage", "expire_certificate", "distrust"]),
    ("itk", "Receiver of referrals", &["delay", "offline", "lose_answer", "garbage"]),
    ("registry", "Appointment registry", &["delay", "offline"]),
];

const PROVIDER: &[&str] =
    &["delay", "late_answer", "lose_answer", "take_slot", "refuse", "busy", "ok_with_outcome", "garbage", "offline"];

/// Events: word, title, and the cue that the demonstration takes.
fn event(word: &str) -> Option<(&'static str, Value)> {
    Some(match word {
        "delay" => ("Answers 3 seconds later", json!({ "do": "delay", "ms": 3000 })),
        "late_answer" => (
            "Does the work, and answers after the desk has given up waiting",
            json!({ "do": "late_answer", "ms": 35_000 }),
        ),
        "lose_answer" => ("Does the work, and the answer is lost", json!({ "do": "lose_answer" })),
        "take_slot" => ("The slot goes to another desk just before it is booked", json!({ "do": "take_slot" })),
        "refuse" => ("Fails with an error of its own", json!({ "do": "refuse", "status": 500 })),
        "busy" => (
            "Is too busy, and asks to come back in 5 seconds",
            json!({ "do": "refuse", "status": 503, "retry_after": 5 }),
        ),
        "ok_with_outcome" => {
            ("Says yes and means no: success with an error inside", json!({ "do": "ok_with_outcome" }))
        }
        "garbage" => ("Answers nonsense", json!({ "do": "garbage" })),
        "offline" => ("Is offline", json!({ "do": "offline" })),
        "expire_certificate" => {
            ("Its certificate has expired (for new connections)", json!({ "do": "expire_certificate" }))
        }
        "distrust" => ("It does not accept this desk’s certificate (for new connections)", json!({ "do": "distrust" })),
        "fault" => ("Finds no service at all", json!({ "do": "fault", "code": 102 })),
        "credentials" => ("Refuses the organisation’s account", json!({ "do": "fault", "code": 302 })),
        _ => return None,
    })
}

#[tauri::command]
pub(crate) async fn demonstration(state: State<'_, DeskState>) -> Result<DemonstrationView, Problem> {
    let wired = state.wired().await?;
    let control = wired.control().ok_or_else(nothing_there)?;
    Ok(view(&control, wired.composed.desk.now()))
}

#[tauri::command]
pub(crate) async fn demonstrate(
    state: State<'_, DeskState>,
    order: DemonstrationOrder,
) -> Result<DemonstrationView, Problem> {
    let wired = state.wired().await?;
    let control = wired.control().ok_or_else(nothing_there)?;
    let taken = cue(order).ok_or_else(|| Problem::unexpected("order")).and_then(|cue| {
        control.cue(&cue).map_err(|error| {
            let message = format!("The demonstration did not take it: {error}");
            Problem::form(vec![FieldProblem { field: "order".to_owned(), message }])
        })
    });
    taken?;
    Ok(view(&control, wired.composed.desk.now()))
}

fn nothing_there() -> Problem {
    Problem::misconfigured("There is no demonstration inside this window.")
}

/// The order as the demonstration takes it; none where nothing of that name can happen.
fn cue(order: DemonstrationOrder) -> Option<Value> {
    Some(match order {
        DemonstrationOrder::SetUp { scenario } => json!({ "scenario": scenario }),
        DemonstrationOrder::StartAgain => json!({ "do": "start_again" }),
        DemonstrationOrder::CuesOff => json!({ "do": "reset" }),
        DemonstrationOrder::Cue { system, event: word, times } => {
            let known = SYSTEMS.iter().any(|(name, _, events)| *name == system && events.contains(&word.as_str()));
            let (_, mut cue) = event(&word).filter(|_| known)?;
            cue["system"] = json!(system);
            if let Some(times) = times {
                cue["times"] = json!(times);
            }
            cue
        }
        DemonstrationOrder::Service { service, event } => json!({ "service": service, "do": event }),
        DemonstrationOrder::Booking { booking, event } => json!({ "booking": booking, "do": event }),
    })
}

fn title(system: &str) -> String {
    let others = [("assured", "Assurance booking system")];
    let known = SYSTEMS.iter().map(|(name, title, _)| (*name, *title)).chain(others);
    known.into_iter().find(|(name, _)| *name == system).map_or(system, |(_, title)| title).to_owned()
}

fn view(control: &Control, now: DateTime<Utc>) -> DemonstrationView {
    let counter = control.counter();
    let scenario = |one: &demo_nhs::Scenario| ScenarioView {
        name: one.name.to_owned(),
        title: one.title.to_owned(),
        happens: one.happens.to_owned(),
        play: one.play.to_owned(),
    };
    let events = |words: &[&str]| -> Vec<DemoEventView> {
        let known = words.iter().filter_map(|word| event(word).map(|(title, _)| (word, title)));
        known.map(|(word, title)| DemoEventView { word: (*word).to_owned(), title: title.to_owned() }).collect()
    };
    DemonstrationView {
        at: clock(now),
        scenarios: SCENARIOS.iter().map(scenario).collect(),
        systems: SYSTEMS
            .iter()
            .map(|(name, title, words)| DemoSystemView {
                name: (*name).to_owned(),
                title: (*title).to_owned(),
                events: events(words),
            })
            .collect(),
        cues: counter
            .cues
            .iter()
            .map(|cue| CueView {
                system: title(&cue.system),
                what: cue.what.clone(),
                times: match cue.times {
                    None => "until reset".to_owned(),
                    Some(1) => "once".to_owned(),
                    Some(times) => format!("{times} times"),
                },
            })
            .collect(),
        services: counter.services.iter().map(|service| diary(service, &counter.bookings, now)).collect(),
        bookings: counter.bookings.iter().map(history).collect(),
        documents: counter.documents.iter().map(|document| arrived(document, &counter.services)).collect(),
        asked: counter
            .asked
            .iter()
            .map(|asked| AskedView {
                at: at(&asked.at).map(clock).unwrap_or_default(),
                system: title(&asked.system),
                what: asked.what.clone(),
            })
            .collect(),
    }
}

fn at(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc())
}

fn clock(at: DateTime<Utc>) -> String {
    let whole = display::to_the_second(at);
    whole.rsplit(' ').next().unwrap_or_default().to_owned()
}

fn diary(service: &ServiceDiary, bookings: &[BookingHistory], now: DateTime<Utc>) -> ServiceDiaryView {
    let holder = |time: &DiaryTime| {
        let id = time.booking.as_ref();
        let holder = id.and_then(|id| bookings.iter().find(|booking| booking.id == *id));
        match holder {
            Some(booking) => booking.patient.clone(),
            None if time.free => "free".to_owned(),
            None => "taken".to_owned(),
        }
    };
    let time = |time: &DiaryTime| DiaryTimeView {
        when: display::near_time(time.start, now),
        place: [Some(time.room.as_str()), time.channel.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(", "),
        holder: holder(time),
        free: time.free,
    };
    ServiceDiaryView {
        id: service.id.clone(),
        name: service.name.clone(),
        provider: title(&service.provider),
        note: service.note.clone(),
        closed: service.closed,
        free: u32::try_from(service.times.iter().filter(|time| time.free).count()).unwrap_or(u32::MAX),
        times: service.times.iter().map(time).collect(),
    }
}

fn history(booking: &BookingHistory) -> BookingHistoryView {
    let when = |start: &str| at(start).map_or_else(|| start.to_owned(), display::date_time);
    let newest = booking.versions.first();
    let status = newest.map(|newest| newest.status.clone()).unwrap_or_default();
    let words = booking.versions.iter().map(|version| {
        let (number, status, start) = (version.version, &version.status, when(&version.start));
        format!("{number}: {status}, for {start}, since {}", display::to_the_second(version.at))
    });
    let number = booking.nhs_number.as_ref().and_then(|number| desk_domain::id::NhsNumber::new(number).ok());
    BookingHistoryView {
        id: booking.id.clone(),
        provider: title(&booking.provider),
        service: booking.service.clone(),
        patient: booking.patient.clone(),
        nhs_number: number.map(|number| display::nhs_number(Some(&number))).unwrap_or_default(),
        open: status != "cancelled",
        status,
        when: newest.map(|newest| when(&newest.start)).unwrap_or_default(),
        document: booking.document.clone().unwrap_or_default(),
        versions: words.collect(),
    }
}

fn arrived(document: &ArrivedDocument, services: &[ServiceDiary]) -> ArrivedDocumentView {
    let service = services.iter().find(|service| document.service.as_ref() == Some(&service.id));
    let link = match (&document.booking, &document.booking_status) {
        (None, _) => "names no booking".to_owned(),
        (Some(_), _) if document.decoupled => "its booking was cancelled: no referral any more".to_owned(),
        (Some(_), Some(status)) if document.linked_both_ways => format!("linked both ways; the booking is {status}"),
        (Some(_), Some(_)) => "names a booking that does not name it".to_owned(),
        (Some(url), None) => format!("names a booking that no provider holds: {url}"),
    };
    ArrivedDocumentView {
        document: document.document.clone(),
        title: document.title.clone().unwrap_or_default(),
        service: service.map_or_else(|| "Not to a service of the directory".to_owned(), |one| one.name.clone()),
        at: at(&document.received_at).map(clock).unwrap_or_default(),
        link,
        text: document.text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_that_is_offered_is_one_that_the_demonstration_takes() {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let tls_folder = Some(folder.path().to_owned());
        let options = demo_nhs::DemoOptions { tls: true, tls_folder, ..demo_nhs::DemoOptions::default() };
        let nhs = runtime.block_on(demo_nhs::start(options)).expect("started");
        let order = |order: DemonstrationOrder| nhs.control().cue(cue(order).expect("known"));
        for (system, _, events) in SYSTEMS {
            for word in events {
                let event =
                    DemonstrationOrder::Cue { system: system.to_owned(), event: (*word).to_owned(), times: Some(1) };
                assert!(order(event).is_ok(), "{system}: {word}");
            }
        }
        let seen = view(nhs.control(), desk_domain_now());
        let offered: usize = SYSTEMS.iter().map(|(_, _, events)| events.len()).sum();
        assert_eq!(seen.cues.len(), offered, "each stands");
        assert!(seen.services.iter().all(|service| !service.name.is_empty()), "services are there");
        for scenario in &seen.scenarios {
            assert!(order(DemonstrationOrder::SetUp { scenario: scenario.name.clone() }).is_ok(), "{}", scenario.name);
        }
        let unknown = DemonstrationOrder::Cue { system: "sds".to_owned(), event: "fault".to_owned(), times: None };
        assert!(cue(unknown).is_none(), "what cannot happen there is not ordered");
    }

    fn desk_domain_now() -> DateTime<Utc> {
        "2026-11-21T09:00:00Z".parse().expect("an instant")
    }
}
