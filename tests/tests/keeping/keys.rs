//! The record's key: its recovery copy, losing it and putting it back, changing it.

use serde_json::json;

use crate::House;

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_a_lost_key_is_put_back_from_its_recovery_copy_and_from_no_other() {
    let house = House::start().await;
    house.book("desk", "1", 0).await;
    let copy = house.text("copy.txt");
    house.expect("desk", "handler", 4, &["key", "export", "--out", &copy]).await;
    assert!(!house.path("copy.txt").exists(), "for supervisors");
    house.expect("desk", "supervisor", 0, &["key", "export", "--out", &copy]).await;
    let (_, words) = house.expect("desk", "supervisor", 5, &["key", "export", "--out", &copy]).await;
    assert!(words.contains("already"), "nothing is written over: {words}");
    assert_eq!(house.events("desk", "recordKeyExported").await, 1, "recorded");
    let other = house.text("other.txt");
    house.expect("other", "supervisor", 0, &["key", "export", "--out", &other]).await;

    let key_file = house.path("desk").join("demonstration-key");
    std::fs::remove_file(&key_file).expect("lost");
    let (_, words) = house.expect("desk", "handler", 3, &["bookings"]).await;
    assert!(words.contains("deskctl key import"), "what to do: {words}");
    assert!(!key_file.exists(), "no other key is made in its place");
    let (_, words) = house.expect("desk", "", 5, &["key", "import", &other]).await;
    assert!(words.contains("is needed"), "another desk's: {words}");
    let text = std::fs::read_to_string(&copy).expect("text");
    let line = text.lines().find(|line| line.starts_with("2 ")).expect("line 2");
    let letter = line.chars().nth(4).expect("a letter");
    let slip = format!("{}{}{}", &line[..4], if letter == '7' { '8' } else { '7' }, &line[5..]);
    std::fs::write(house.path("slip.txt"), text.replace(line, &slip)).expect("written");
    let (_, words) = house.expect("desk", "", 5, &["key", "import", &house.text("slip.txt")]).await;
    assert!(words.contains("line 2 has a slip"), "which line: {words}");
    assert!(!key_file.exists(), "and nothing is kept of either");
    // Typed by hand.
    std::fs::write(house.path("typed.txt"), text.to_lowercase().replace('-', " ")).expect("written");
    let (told, words) = house.expect("desk", "", 0, &["key", "import", &house.text("typed.txt")]).await;
    assert_eq!(told["recordOpens"], true, "{words}");
    assert_eq!(house.bookings("desk").await, 1, "the desk works again");
    assert_eq!(house.events("desk", "recordKeyImported").await, 1, "recorded");
    house.chain_holds("desk").await;
    let (_, words) = house.expect("desk", "", 2, &["bookings"]).await;
    assert!(words.contains("--as"), "everything else asks who it is: {words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_after_a_change_of_key_the_desk_works_on_and_an_older_backup_is_restorable() {
    let house = House::start().await;
    house.book("desk", "1", 0).await;
    let (backup, head) = house.back_up("desk").await;
    let keys = || std::fs::read_to_string(house.path("desk").join("demonstration-key")).expect("keys");
    let before = keys();
    house.expect("desk", "handler", 4, &["key", "change"]).await;
    assert_eq!(keys(), before, "whoever may not makes no key");
    let (changed, words) = house.expect("desk", "supervisor", 0, &["key", "change"]).await;
    assert!(changed["from"] != changed["to"] && words.contains("deskctl key export"), "what comes next: {words}");
    assert_eq!(house.bookings("desk").await, 1, "nothing is lost");
    house.book("desk", "4", 0).await;
    assert_eq!(house.events("desk", "recordKeyChanged").await, 1, "recorded");
    house.chain_holds("desk").await;
    let (done, _) = house.expect("desk", "supervisor", 0, &["restore", "--from", &backup, "--confirm", &head]).await;
    assert_eq!((&done["restored"], &done["key"]), (&json!(true), &changed["from"]), "under the key of before");
    assert_eq!(house.bookings("desk").await, 1, "as it was then");
    house.chain_holds("desk").await;
}
