//! A desk whose record does not open: the window says why, touches nothing, and opens once that is put right.

use std::path::Path;

use desk_tests::window::Window;

use crate::steps::{OwnNhs, assert_accessible, picture, skipped};

const RECORD: &str = "desk.sqlite3";

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_a_desk_that_cannot_open_its_record_says_why_and_opens_once_that_is_put_right() {
    if skipped() {
        return;
    }
    let nhs = OwnNhs::start().await;
    let (config, folder) = nhs.live();
    let keys = folder.with_file_name("live.keys");
    let record = folder.join(RECORD);
    let window = Window::open(&["--config", &config]).await;
    window.field("username").await;
    window.close().await;
    let (kept, key) = (std::fs::read(&record).expect("a record"), std::fs::read(&keys).expect("a key"));
    let another_key = "ab".repeat(32);
    let mut spoilt = kept.clone();
    spoilt[..4096].iter_mut().for_each(|byte| *byte ^= 0x5a);

    let gone: Option<&[u8]> = None;
    let cases = [
        ("key gone", &keys, gone, "The key of this desk’s record is missing", "recovery copy"),
        (
            "another key",
            &keys,
            Some(another_key.as_bytes()),
            "The key of this desk’s record is missing",
            "recovery copy",
        ),
        ("no key", &keys, Some("this is no key".as_bytes()), "The key file is not as it should be", "Line 1"),
        ("record gone", &record, gone, "This desk’s record is gone", "deskctl restore"),
        ("record spoilt", &record, Some(spoilt.as_slice()), "This desk’s record is damaged", "deskctl restore"),
    ];
    for (name, file, content, title, what_to_do) in cases {
        let _ = std::fs::remove_file(file);
        if let Some(content) = content {
            write_for_the_owner(file, content);
        }
        let window = Window::open(&["--config", &config]).await;
        window.page("The desk could not be opened").await;
        window.says(title).await;
        window.says(what_to_do).await;
        assert_accessible(&window, name).await;
        picture(&window, &format!("start-{}", name.replace(' ', "-"))).await;
        assert!(std::fs::read(file).ok().as_deref() == content, "{name}: nothing was changed");
        // Put right, and tried again without closing the window.
        write_for_the_owner(&keys, &key);
        std::fs::write(&record, &kept).expect("put back");
        window.press("Try again").await;
        window.field("username").await;
        window.close().await;
    }
}

fn write_for_the_owner(file: &Path, content: &[u8]) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(file, content).expect("written");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).expect("its owner's");
}
