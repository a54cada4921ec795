//! Appointments as they are read and written back: the text is kept to the letter, and a cancellation changes the status
//! and nothing else.
#![no_main]

use desk_nhs::reading::{booking, cancelled};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|data: &str| {
    if let Ok(whole) = booking("https://p.example/STU3/1", "a1", data.as_bytes()) {
        let text = data.strip_prefix('\u{feff}').unwrap_or(data);
        assert_eq!(whole.content.reveal(), text, "to the letter");
        assert_eq!(whole.held.url, "https://p.example/STU3/1/Appointment/a1", "its own URL");
    }
    let Ok(changed) = cancelled(data) else { return };
    let (old, new) = (data.as_bytes(), changed.as_bytes());
    let shorter = old.len().min(new.len());
    let same_before = old.iter().zip(new).take_while(|(one, other)| one == other).count();
    let same_after = old.iter().rev().zip(new.iter().rev()).take_while(|(one, other)| one == other).count();
    let between = new.len() - same_before - same_after.min(shorter - same_before);
    assert!(between <= "\"cancelled\"".len(), "one place alone");
    assert_eq!(cancelled(&changed).as_deref(), Ok(changed.as_str()), "once is enough");
    // What a reader holds of it, where one can.
    if let (Ok(mut before), Ok(mut after)) =
        (serde_json::from_str::<Value>(data), serde_json::from_str::<Value>(&changed))
    {
        assert_eq!(after["status"].take(), "cancelled", "the status");
        before["status"].take();
        assert_eq!(before, after, "and nothing else");
    }
});
