//! Searchsets of slots: what is offered is free, in the future, in order and each once, whatever the bytes.
#![no_main]

use chrono::{DateTime, Utc};
use desk_nhs::reading::free_slots;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let now: DateTime<Utc> = "2026-11-20T12:00:00Z".parse().expect("an instant");
    let Ok(free) = free_slots(data, now) else { return };
    assert!(free.slots.iter().all(|slot| slot.start > now), "none in the past");
    assert!(free.slots.iter().all(|slot| slot.end.is_none_or(|end| end > slot.start)), "none ends before it starts");
    assert!(free.slots.is_sorted_by_key(|slot| slot.start), "earliest first");
    let mut ids: Vec<_> = free.slots.iter().map(|slot| slot.id.as_str()).collect();
    ids.sort_unstable();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all, "each id once");
});
