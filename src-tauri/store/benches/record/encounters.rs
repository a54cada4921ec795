//! What is recorded of encounters: each shows a list of twelve services with their slots, chooses, books or refers, and ends.
//! Some cancel, rebook, or are stopped from referring.

use chrono::DateTime;
use desk_domain::audit::AuditEvent;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const EVENTS_OF_AN_ENCOUNTER: u32 = 25;

/// What is recorded of an encounter, five seconds apart. Every third books; every tenth of those loses its slot first.
pub(crate) fn encounter(number: u32) -> Vec<AuditEvent> {
    let id = |kind: u128| Uuid::from_u128(kind << 64 | u128::from(number));
    let service = |place: u32| format!("11{:04}", (number * 7 + place * 13) % 900);
    let found: Vec<String> = (0..12).map(service).collect();
    let code = ["Dx05", "Dx06", "Dx07", "Dx11"][number as usize % 4];
    let reached = "2026-11-01T00:00:00Z";
    let slots = |place: u32| {
        let count =
            json!({ "in_time": (number + place) % 5, "out_of_time": (number * 3 + place) % 7, "earliest": null });
        let window = json!({ "from": reached, "until": reached });
        json!({ "kind": "slotsSearched", "service": found[place as usize], "window": window, "count": count,
            "failure": null, "tookMs": 300, "background": true, "request": id(5) })
    };
    let settled = |result: &str, fault: Option<&str>| {
        json!({ "kind": "bookingSettled", "intent": id(1), "request": id(5), "result": result, "failure": fault,
            "booking": (result == "confirmed").then(|| id(2)), "fault": fault, "tries": 1 })
    };
    let books = number.is_multiple_of(3);
    let result =
        if number.is_multiple_of(30) { settled("notBooked", Some("slotGone")) } else { settled("confirmed", None) };
    let mut what = vec![
        json!({ "kind": "outcomeRecorded", "code": code, "reached": reached, "due": null }),
        json!({ "kind": "servicesSearched", "search": id(3), "services": found, "failure": null, "tookMs": 250 }),
    ];
    what.extend((0..12).map(slots));
    what.extend([
        json!({ "kind": "serviceChosen", "search": id(3), "service": found[number as usize % 3], "rank": number % 3 + 1,
            "rejectReason": 42, "rejectComment": null }),
        slots(number % 3),
    ]);
    if books {
        what.push(
            json!({ "kind": "bookingIntended", "intent": id(1), "request": id(5), "late": null, "start": reached,
            "service": found[number as usize % 3] }),
        );
        what.push(result);
    }
    what.push(json!({ "kind": "referralMade", "document": id(4), "service": found[number as usize % 3], "slots": null,
        "booking": (books && !number.is_multiple_of(30)).then(|| id(2)), "route": "itk" }));
    what.extend(afterwards(number, &found[0]));
    let opened = EVENTS_OF_AN_ENCOUNTER as usize - what.len() - 1;
    what.extend(std::iter::repeat_n(json!({ "kind": "encounterOpened" }), opened));
    what.push(json!({ "kind": "encounterEnded" }));
    let begins = i64::from(number) * 64 + 1_793_491_200;
    let at = |place: usize| DateTime::from_timestamp(begins + 5 * i64::try_from(place).unwrap_or(0), 0);
    let who = json!({ "user": Uuid::nil(), "username": format!("user{}", number % 60), "role": "callHandler" });
    let event = |(place, what): (usize, Value)| {
        let event = json!({ "at": at(place), "who": who, "encounter": id(6), "what": what });
        serde_json::from_value(event).expect("an event")
    };
    what.into_iter().enumerate().map(event).collect()
}

/// What becomes of bookings: one of thirty encounters cancels its own, one that of the encounter before it, one rebooks that of
/// the encounter before it; one is stopped from referring.
fn afterwards(number: u32, service: &str) -> Vec<Value> {
    let id = |kind: u128, of: u32| Uuid::from_u128(kind << 64 | u128::from(of));
    let url = "https://provider.example/Appointment/1";
    let cancelled = |of: u32| {
        let intent = id(7, number);
        vec![
            json!({ "kind": "cancelIntended", "intent": intent, "request": id(8, number), "url": url, "version": "1",
                "booking": id(2, of), "rebook": null, "reason": "" }),
            json!({ "kind": "cancelSettled", "intent": intent, "request": id(8, number), "url": url,
                "booking": id(2, of), "result": "cancelled", "failure": null, "tries": 1 }),
        ]
    };
    let moved = |step: &str| json!({ "kind": "rebookMoved", "rebook": id(9, number), "step": step });
    match number % 30 {
        3 => cancelled(number),
        4 => cancelled(number - 1),
        7 => vec![
            json!({ "kind": "rebookBegan", "rebook": id(9, number), "original": url, "booking": id(2, number - 1),
                "without_reassessment": null }),
            moved("newBooked"),
            moved("rebooked"),
        ],
        8 => {
            vec![json!({ "kind": "referralBlocked", "service": service, "refusal": "bookingRequired", "slots": null })]
        }
        _ => vec![],
    }
}
