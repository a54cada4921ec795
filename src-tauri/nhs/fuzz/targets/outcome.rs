//! Answers that are no success: the first two bytes are the status, the rest is the body.
#![no_main]

use desk_domain::failure::ProviderFailure;
use desk_nhs::reading::failure;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (u16, &[u8])| {
    let (status, body) = data;
    let read = failure(status, body);
    // A refusal is certain that nothing was done: only a status that refuses may say so, whatever the words beside it.
    if matches!(read, ProviderFailure::Refused(_)) {
        assert!((400..500).contains(&status) || status == 501, "{status} is no refusal");
    }
});
