//! Answers that no honest server gives, and none at all: what left is told from what did not, and nothing that comes
//! exhausts time or memory (ER-1, ER-2, NF). Bytes are counted where the server stands: what it could not get rid of was
//! not taken.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use desk_domain::booking::Posted;
use desk_domain::failure::{DirectoryFailure, ProviderFailure};
use desk_domain::slot::FreeSlots;
use desk_nhs::settings::{NhsSettings, TimeoutSettings};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::desk::{Desk, asking, at, order, service_id, settings, timeouts, window};
use crate::support::server::{Heard, Server, Silent, Wire, answer, empty_bundle, fhir, hang_up};

const MIB: usize = 1024 * 1024;
/// More than the desk takes of one answer, with what sockets on both sides hold meanwhile.
const BOUND: usize = 48 * MIB;

fn desk_with(timeouts: TimeoutSettings) -> Desk {
    Desk::new(NhsSettings { timeouts, ..settings() })
}

async fn slots(desk: &Desk, root: &str) -> Result<FreeSlots, ProviderFailure> {
    desk.nhs.provider.free_slots(&asking(), &service_id(), &at(root), window()).await
}

async fn book(desk: &Desk, root: &str) -> Posted {
    desk.nhs.provider.book(&order(at(root)), "{}").await
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// A Bundle with one slot, in an hour.
fn one_slot() -> &'static str {
    r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Slot","id":"1","status":"free",
    "start":"2026-11-20T13:00:00Z","end":"2026-11-20T13:15:00Z","schedule":{"reference":"Schedule/1"}}}]}"#
}

/// A server that goes on and on: a head, then the same part for ever. It counts what it gets rid of.
fn endless(head: &'static str, part: Vec<u8>) -> (Server, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let server = Server::plain(move |_, wire| {
        wire.write_all(head.as_bytes())?;
        loop {
            wire.write_all(&part)?;
            counted.fetch_add(part.len(), Ordering::SeqCst);
        }
    });
    (server, count)
}

#[tokio::test]
async fn sl_4_a_packed_answer_is_unpacked_and_a_plain_one_is_fine() {
    let packed = gzip(one_slot().as_bytes());
    let halves = [gzip(&one_slot().as_bytes()[..50]), gzip(&one_slot().as_bytes()[50..])].concat();
    let chunked = |body: &[u8]| {
        let head = b"HTTP/1.1 200 OK\r\nContent-Encoding: GZIP\r\nTransfer-Encoding: chunked\r\n\r\n";
        let chunks =
            body.chunks(7).flat_map(|part| [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat());
        [head.to_vec(), chunks.collect(), b"0\r\n\r\n".to_vec()].concat()
    };
    let table = [
        ("packed", answer("200 OK", "Content-Encoding: gzip\r\n", &packed)),
        ("by its older name", answer("200 OK", "Content-Encoding: x-gzip\r\n", &packed)),
        ("in two members", answer("200 OK", "Content-Encoding: gzip\r\n", &halves)),
        ("packed, in chunks", chunked(&packed)),
        ("plain", answer("200 OK", "", one_slot().as_bytes())),
        ("plain, and says so", answer("200 OK", "Content-Encoding: identity\r\n", one_slot().as_bytes())),
        (
            "until the connection ends",
            [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", one_slot().as_bytes()].concat(),
        ),
    ];
    for (what, bytes) in table {
        let ends = what.starts_with("until");
        let server = Server::plain(move |_, wire| {
            wire.write_all(&bytes)?;
            if ends { hang_up() } else { Ok(()) }
        });
        let free = slots(&Desk::new(settings()), &server.url()).await;
        assert_eq!(free.map(|free| free.slots.len()), Ok(1), "{what}");
    }
}

#[tokio::test]
async fn er_3_a_packing_that_cannot_be_undone_is_the_other_sides_fault() {
    let packed = gzip(one_slot().as_bytes());
    let table = [
        ("not packed at all", answer("200 OK", "Content-Encoding: gzip\r\n", b"{}")),
        ("cut short", answer("200 OK", "Content-Encoding: gzip\r\n", &packed[..packed.len() - 9])),
        ("packed in a way we did not ask for", answer("200 OK", "Content-Encoding: br\r\n", b"x")),
        ("packed twice", answer("200 OK", "Content-Encoding: gzip, gzip\r\n", &gzip(&packed))),
    ];
    for (what, bytes) in table {
        let server = Server::that_says(bytes);
        let failure = slots(&Desk::new(settings()), &server.url()).await.err();
        assert_eq!(failure, Some(ProviderFailure::Malformed), "{what}");
    }
}

#[tokio::test]
async fn er_3_a_refusal_that_says_it_is_packed_and_has_no_body_is_a_refusal_still() {
    let server = Server::that_says(answer("503 Busy", "Content-Encoding: gzip\r\n", b""));
    let failure = slots(&Desk::new(settings()), &server.url()).await.err();
    assert_eq!(failure, Some(ProviderFailure::Busy), "without a body");
}

#[tokio::test]
async fn er_3_a_small_answer_that_unpacks_to_a_huge_one_is_not_unpacked_to_its_end() {
    let (server, sent) = endless("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n", {
        let bomb = gzip(&vec![b' '; 16 * MIB]);
        [format!("{:x}\r\n", bomb.len()).as_bytes(), &bomb, b"\r\n"].concat()
    });
    let failure = slots(&Desk::new(settings()), &server.url()).await.err();
    assert_eq!(failure, Some(ProviderFailure::Malformed), "refused");
    // A thousandth of what it unpacks to; the rest is what sockets hold.
    assert!(sent.load(Ordering::SeqCst) < 16 * MIB, "{} bytes were taken", sent.load(Ordering::SeqCst));
}

#[tokio::test]
async fn er_3_an_answer_without_end_is_not_read_to_its_end() {
    let zeros = |len: usize| vec![b' '; len];
    let chunk = [b"100000\r\n".to_vec(), zeros(MIB), b"\r\n".to_vec()].concat();
    let table = [
        ("in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk, BOUND),
        ("until the connection ends", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", zeros(MIB), BOUND),
        ("of a length that it names", "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n", zeros(MIB), 16 * MIB),
        ("of one header", "HTTP/1.1 200 OK\r\nX-Long: ", vec![b'x'; MIB], 16 * MIB),
        ("of headers", "HTTP/1.1 200 OK\r\n", b"X-Another: one\r\n".repeat(65_536), 16 * MIB),
        ("of a first line", "HTTP/1.1 200 ", vec![b'x'; MIB], 16 * MIB),
        ("of a chunk's remarks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", vec![b'x'; MIB], 16 * MIB),
        (
            "of trailers",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
            b"X-Another: one\r\n".repeat(65_536),
            16 * MIB,
        ),
    ];
    for (what, head, part, bound) in table {
        let (server, sent) = endless(head, part);
        // Where the size does not end it, the time does; the bound on what was taken holds all the same.
        let desk = desk_with(timeouts(20, 3, 4));
        let posted = book(&desk, &server.url()).await;
        assert!(
            matches!(posted, Posted::Failed(ProviderFailure::Malformed | ProviderFailure::Lost)),
            "{what}: in doubt, never refused: {posted:?}"
        );
        assert!(sent.load(Ordering::SeqCst) < bound, "{what}: {} bytes were taken", sent.load(Ordering::SeqCst));
    }
}

#[tokio::test]
async fn di_1_an_answer_without_end_of_the_directory_is_not_read_to_its_end() {
    let (server, sent) = endless("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", vec![b' '; MIB]);
    let mut settings = settings();
    settings.dos.url = server.url().parse().expect("a URL");
    assert_eq!(Desk::new(settings).services().await, Err(DirectoryFailure::Malformed), "refused");
    assert!(sent.load(Ordering::SeqCst) < BOUND / 2, "{} bytes were taken", sent.load(Ordering::SeqCst));
}

#[tokio::test]
async fn er_2_no_connection_in_time_never_left() {
    // It takes the connection, and then never speaks TLS.
    let silent = Silent::start();
    for (connect, first_byte, whole) in [(1, 20, 20), (20, 20, 1), (1, 1, 1)] {
        let desk = desk_with(timeouts(connect, first_byte, whole));
        let posted = book(&desk, &format!("https://127.0.0.1:{}/x", silent.port())).await;
        assert_eq!(posted, Posted::Failed(ProviderFailure::NotSent), "{connect} s, {first_byte} s, {whole} s");
    }
    // Nobody is there at all.
    let nobody = desk_with(timeouts(20, 20, 20));
    assert_eq!(book(&nobody, "http://127.0.0.1:1/x").await, Posted::Failed(ProviderFailure::NotSent), "no port");
    let unnamed = book(&nobody, "https://no-such-host.invalid/x").await;
    assert_eq!(unnamed, Posted::Failed(ProviderFailure::NotSent), "no host");
}

#[tokio::test]
async fn er_2_no_first_byte_in_time_is_lost() {
    // Each hears the request, and says nothing or not enough to be an answer, until the desk hangs up.
    for begins in ["", "HTTP/1.1 201 Cre", "HTTP/1.1 100 Continue\r\n\r\n"] {
        let server = Server::plain(move |_, wire| {
            wire.write_all(begins.as_bytes())?;
            until_they_hang_up(wire)
        });
        for (first_byte, whole) in [(1, 20), (20, 1)] {
            let posted = book(&desk_with(timeouts(20, first_byte, whole)), &server.url()).await;
            assert_eq!(posted, Posted::Failed(ProviderFailure::Lost), "{begins:?}, {first_byte} s, {whole} s");
        }
        assert_eq!(server.heard().len(), 2, "{begins:?}: it left");
    }
    // Answers that are none yet do not stretch the time.
    let (server, _) = endless("", b"HTTP/1.1 100 Continue\r\n\r\n".repeat(40_000));
    let posted = book(&desk_with(timeouts(20, 1, 20)), &server.url()).await;
    assert_eq!(posted, Posted::Failed(ProviderFailure::Lost), "for ever not yet");
}

#[tokio::test]
async fn er_2_a_body_that_comes_too_slowly_is_lost_at_the_limit_of_the_whole_answer() {
    let server = Server::plain(|_, wire| {
        wire.write_all(b"HTTP/1.1 201 Created\r\nLocation: Appointment/1\r\nContent-Length: 1000000\r\n\r\n{")?;
        wire.flush()?;
        // The rest never comes. The first byte did, in time.
        until_they_hang_up(wire)
    });
    let posted = book(&desk_with(timeouts(20, 20, 1)), &server.url()).await;
    assert_eq!(posted, Posted::Failed(ProviderFailure::Lost), "in doubt");
    let dripping = Server::plain(|_, wire| {
        wire.write_all(b"HTTP/1.1 201 Created\r\nLocation: Appointment/1\r\nContent-Length: 30000000\r\n\r\n")?;
        loop {
            // One by one; bytes that come do not stretch the time.
            wire.write_all(b" ")?;
            wire.flush()?;
        }
    });
    let posted = book(&desk_with(timeouts(20, 1, 2)), &dripping.url()).await;
    assert_eq!(posted, Posted::Failed(ProviderFailure::Lost), "in doubt, though bytes came all the time");
}

/// Reads on until the other side closes, as a server does that is still thinking.
fn until_they_hang_up(wire: &mut dyn Wire) -> std::io::Result<()> {
    let mut ignored = [0; 1024];
    while wire.read(&mut ignored)? > 0 {}
    hang_up()
}

#[tokio::test]
async fn er_2_a_connection_that_ends_before_its_answer_does_is_lost() {
    let table: [(&str, &[u8]); 6] = [
        ("before anything", b""),
        ("in the first line", b"HTTP/1.1 2"),
        ("in the head", b"HTTP/1.1 201 Created\r\nLocation: Appointm"),
        ("before the body", b"HTTP/1.1 201 Created\r\nLocation: Appointment/1\r\nContent-Length: 9\r\n\r\n"),
        ("in the body", b"HTTP/1.1 201 Created\r\nLocation: Appointment/1\r\nContent-Length: 9\r\n\r\n{}"),
        ("in a chunk", b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}"),
    ];
    for (what, bytes) in table {
        let server = Server::plain(move |_, wire| {
            wire.write_all(bytes)?;
            hang_up()
        });
        let desk = Desk::new(settings());
        assert_eq!(book(&desk, &server.url()).await, Posted::Failed(ProviderFailure::Lost), "{what}");
        assert_eq!(server.heard().len(), 1, "{what}: sent once, never again by itself");
    }
}

#[tokio::test]
async fn er_2_what_is_no_http_is_in_doubt() {
    for bytes in
        [&b"SSH-2.0-OpenSSH_9.2\r\n"[..], b"\x15\x03\x01\x00\x02\x02\x46", b"HTTP/9.9 200 OK\r\n\r\n", b"\0\0\0"]
    {
        let bytes = bytes.to_vec();
        let server = Server::plain(move |_, wire| {
            wire.write_all(&bytes)?;
            hang_up()
        });
        assert_eq!(
            book(&Desk::new(settings()), &server.url()).await,
            Posted::Failed(ProviderFailure::Lost),
            "in doubt"
        );
    }
}

/// Where a booking is to go, the directory says; nobody else.
#[tokio::test]
async fn au_3_a_redirect_is_not_followed() {
    let elsewhere = Server::that_says(empty_bundle());
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let server = Server::that_says(answer(status, &format!("Location: {}/x\r\n", elsewhere.url()), b""));
        let desk = Desk::new(settings());
        assert_eq!(slots(&desk, &server.url()).await.err(), Some(ProviderFailure::Malformed), "{status}: slots");
        assert_eq!(book(&desk, &server.url()).await, Posted::Failed(ProviderFailure::Malformed), "{status}: booking");
        assert_eq!(server.heard().len(), 2, "{status}: asked once each");
    }
    assert_eq!(elsewhere.heard().len(), 0, "nothing went elsewhere");
}

/// A connection that was used before may be closed in the moment it is used again. A search is sent again on a new one
/// then; a booking never goes out on an old one, so that nobody need ask what became of it.
#[tokio::test]
async fn er_2_a_booking_has_a_connection_of_its_own_and_a_search_survives_one_that_was_closed() {
    let searches = |heard: &Heard| heard.line.starts_with("GET");
    let server = Server::plain(move |heard, wire| {
        if searches(heard) {
            wire.write_all(&empty_bundle())?;
            // Closed without a word of it.
            hang_up()
        } else {
            wire.write_all(&fhir("409 Conflict", "", "{}"))
        }
    });
    let desk = Desk::new(settings());
    for _ in 0..20 {
        assert!(slots(&desk, &server.url()).await.is_ok(), "a search");
        let posted = book(&desk, &server.url()).await;
        assert!(matches!(posted, Posted::Failed(ProviderFailure::Refused(_))), "an answer, and no doubt: {posted:?}");
    }
    assert_eq!(server.heard().len(), 40, "each once");
}

#[tokio::test]
async fn pages_of_one_search_share_a_connection() {
    let server = Server::plain(|heard, wire| {
        let page = heard.line.split("page=").nth(1).and_then(|rest| rest.chars().next()).unwrap_or('0');
        let next = char::from(u8::try_from(page).unwrap_or(b'9') + 1);
        let link = format!(r#"{{"resourceType":"Bundle","link":[{{"relation":"next","url":"Slot?page={next}"}}]}}"#);
        let given = if page < '3' { fhir("200 OK", "", &link) } else { empty_bundle() };
        wire.write_all(&given)
    });
    assert!(slots(&Desk::new(settings()), &server.url()).await.is_ok(), "four pages");
    assert_eq!((server.heard().len(), server.connections()), (4, 1), "pages, connections");
}
