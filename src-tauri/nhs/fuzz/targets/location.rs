//! `Location` headers, the service root on the line before: what is taken from one is an Appointment without a version.
#![no_main]

use desk_nhs::reading::location;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| {
    let Some((root, given)) = data.split_once('\n') else { return };
    if let Some((url, version)) = location(root, given) {
        let mut parts = url.rsplit('/');
        let (id, kind) = (parts.next(), parts.next());
        assert!(id.is_some_and(|id| !id.is_empty()) && kind == Some("Appointment"), "{url}");
        assert!(version.is_none_or(|version| !version.is_empty()), "no empty version");
    }
});
