//! The pages of a record as they stand in its files, taken out of their encryption: also those that belong to nothing any more,
//! and what lies between rows.

use std::path::Path;

use desk_store::RecordKey;
use openssl::symm::{Cipher, Crypter, Mode};

/// SQLCipher's page, with what it keeps for itself at the end: 16 bytes of an IV, 64 of a hash.
const PAGE: usize = 4096;
const OWN: usize = 80;
const BLOCK: usize = 16;
/// The head of a log of SQLite, and of each page in it.
const LOG_HEAD: usize = 32;
const FRAME_HEAD: usize = 24;

/// Everything that stands in a record's file, and in the log beside it where there is one.
///
/// # Panics
/// Where the file cannot be read, or is none of whole pages.
#[must_use]
pub fn pages(folder: &Path, key: &RecordKey) -> Vec<u8> {
    let file = std::fs::read(folder.join("desk.sqlite3")).expect("the record's file");
    assert!(!file.is_empty() && file.len().is_multiple_of(PAGE), "whole pages: {}", file.len());
    let mut all: Vec<u8> =
        file.chunks(PAGE).enumerate().flat_map(|(place, page)| plain(page, place == 0, key)).collect();
    assert_eq!(all[4..8], [80, 64, 32, 32], "the head of a database with room for what SQLCipher keeps");
    let log = std::fs::read(folder.join("desk.sqlite3-wal")).unwrap_or_default();
    for frame in log.get(LOG_HEAD..).unwrap_or_default().chunks_exact(FRAME_HEAD + PAGE) {
        let (head, page) = frame.split_at(FRAME_HEAD);
        all.extend(plain(page, head[..4] == 1_u32.to_be_bytes(), key));
    }
    all
}

/// One page. The first begins with the salt, which is not encrypted.
fn plain(page: &[u8], first: bool, key: &RecordKey) -> Vec<u8> {
    let (content, own) = page.split_at(PAGE - OWN);
    let content = if first { &content[BLOCK..] } else { content };
    let mut crypter =
        Crypter::new(Cipher::aes_256_cbc(), Mode::Decrypt, key.bytes(), Some(&own[..BLOCK])).expect("a cipher");
    crypter.pad(false);
    let mut plain = vec![0; content.len() + BLOCK];
    let length = crypter.update(content, &mut plain).expect("whole blocks");
    plain.truncate(length);
    plain
}
