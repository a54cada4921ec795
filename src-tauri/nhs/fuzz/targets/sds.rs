//! Messages of the Spine directory (BER): an address is given only where it may be called.
#![no_main]

use desk_domain::id::Asid;
use desk_nhs::reading::directory;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let asid = Asid::new("200000000301").expect("an ASID");
    if let Ok((_, root)) = directory(data, &asid) {
        let root = root.to_ascii_lowercase();
        assert!(root.starts_with("https://") || root.starts_with("http://"), "{root}");
    }
});
