//! Answers of a receiver of referrals: the first two bytes are the status, the rest is the body.
#![no_main]

use desk_domain::referral::Sent;
use desk_nhs::reading::delivery;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (u16, &[u8])| {
    let (status, body) = data;
    let read = delivery(status, body);
    assert_eq!(read, delivery(status, body), "the same answer is always read alike");
    // Taken is what the receiver itself says was taken, and nothing else.
    if let Sent::Accepted(said) = read {
        let text = String::from_utf8_lossy(body).to_ascii_lowercase();
        assert!((200..300).contains(&status) && text.contains("simplemessageresponse"), "{status}");
        assert!(!said.is_empty() && said.chars().count() <= 200, "{said}");
    }
});
