//! Answers of the Directory of Services: the first two bytes are the status, the rest is the body.
#![no_main]

use desk_nhs::reading::services;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (u16, &[u8])| {
    let (status, body) = data;
    let read = services(status, body);
    assert_eq!(read, services(status, body), "the same answer is always read alike");
});
