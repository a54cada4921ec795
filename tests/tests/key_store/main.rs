//! The record's key in a real key store: the Secret Service, on a bus of the test's own (NF-5).

#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a test says at once what is not as it needs it")]

mod machine;

use std::sync::Arc;

use desk_composition::clock::SystemClock;
use desk_store::Store;

use crate::machine::{Keyring, Machine};

/// Nobody is a user of a new record: that signing in is refused shows that it opened.
const OPENED: Option<i32> = Some(4);
const NOT_OPENED: Option<i32> = Some(3);

#[test]
fn nf_5_a_machine_without_a_key_store_is_told_of_the_key_file_and_begins_no_record() {
    let machine = Machine::without_a_bus();
    let (code, told) = machine.start_desk();
    assert_eq!(code, NOT_OPENED, "{told}");
    for words in ["This computer has no key store that works", "key_file under [record]", "No record was made"] {
        assert!(told.contains(words), "{words:?} is not in: {told}");
    }
    assert!(!machine.has_record() && machine.noted_key().is_none(), "nothing of a record is there");

    machine.name_a_key_file();
    let (code, told) = machine.start_desk();
    assert_eq!(code, OPENED, "{told}");
    assert!(machine.has_record() && machine.key_file().is_file(), "the record, and its key where it was to be");
}

#[test]
fn nf_5_a_bus_without_a_key_store_is_told_as_a_machine_without_one() {
    let Some(machine) = Machine::with_a_bus() else { return };
    let (code, told) = machine.start_desk();
    assert_eq!(code, NOT_OPENED, "{told}");
    assert!(told.contains("no key store that works") && told.contains("key_file under [record]"), "{told}");
    assert!(!machine.has_record(), "nothing of a record is there");
}

#[test]
fn nf_5_a_key_is_made_once_and_found_again_in_the_key_store() {
    let Some(machine) = Machine::with_a_bus() else { return };
    let keyring = machine.key_store(Keyring::Unlocked);
    assert_eq!(machine.keys_held(), 0, "a new key store");
    let (code, told) = machine.start_desk();
    assert_eq!(code, OPENED, "{told}");
    assert_eq!(machine.keys_held(), 1, "one key was made");
    let noted = machine.noted_key();
    assert!(noted.is_some() && !machine.record_is_plain(), "the record is under it");
    let (code, told) = machine.start_desk();
    assert_eq!((code, machine.keys_held()), (OPENED, 1), "the same key, found: {told}");
    drop(keyring);

    let _keyring = machine.key_store(Keyring::Unlocked);
    let (code, told) = machine.start_desk();
    assert_eq!((code, machine.keys_held()), (OPENED, 1), "and after the computer was off: {told}");
    assert_eq!(machine.noted_key(), noted, "the record’s key is what it was");
}

#[test]
fn nf_5_a_locked_key_store_is_told_of_and_the_record_stays_as_it_is() {
    let Some(machine) = Machine::with_a_bus() else { return };
    let keyring = machine.key_store(Keyring::Unlocked);
    let (code, told) = machine.start_desk();
    assert_eq!(code, OPENED, "{told}");
    let noted = machine.noted_key();
    drop(keyring);

    let keyring = machine.key_store(Keyring::Locked);
    let (code, told) = machine.start_desk();
    assert_eq!(code, NOT_OPENED, "{told}");
    assert!(told.contains("The key store of this computer is locked") && told.contains("Unlock it"), "{told}");
    assert_eq!(machine.noted_key(), noted, "under its own key");
    drop(keyring);

    let _keyring = machine.key_store(Keyring::Unlocked);
    let (code, told) = machine.start_desk();
    assert_eq!((code, machine.keys_held()), (OPENED, 1), "once it is unlocked, it opens: {told}");
}

#[test]
fn nf_5_a_key_that_is_gone_is_told_of_and_no_other_is_made_for_the_record() {
    let Some(machine) = Machine::with_a_bus() else { return };
    let keyring = machine.key_store(Keyring::Unlocked);
    let (code, told) = machine.start_desk();
    assert_eq!(code, OPENED, "{told}");
    let noted = machine.noted_key().expect("a key");
    drop(keyring);
    machine.take_keyrings_away();

    let keyring = machine.key_store(Keyring::Unlocked);
    let (code, told) = machine.start_desk();
    assert_eq!(code, NOT_OPENED, "{told}");
    let called = format!("{}-{}", &noted[..4], &noted[4..8]).to_uppercase();
    for words in ["The key of this desk’s record is missing", called.as_str(), "recovery copy"] {
        assert!(told.contains(words), "{words:?} is not in: {told}");
    }
    assert_eq!(machine.keys_held(), 0, "no other key was made");
    assert_eq!(machine.noted_key().as_ref(), Some(&noted), "the record is under its own");
    drop(keyring);

    machine.bring_keyrings_back();
    let _keyring = machine.key_store(Keyring::Unlocked);
    let (code, told) = machine.start_desk();
    assert_eq!(code, OPENED, "once the key is back, it opens: {told}");
}

#[test]
fn nf_5_a_record_whose_file_is_gone_is_told_of_and_none_begins_in_its_place() {
    let machine = Machine::without_a_bus();
    machine.name_a_key_file();
    let (code, told) = machine.start_desk();
    assert_eq!(code, OPENED, "{told}");
    machine.take_record_away();
    let (code, told) = machine.start_desk();
    assert_eq!(code, NOT_OPENED, "{told}");
    assert!(told.contains("This desk’s record is gone") && told.contains("deskctl restore"), "{told}");
    assert!(!machine.has_record(), "none in its place");
}

#[test]
fn nf_5_a_damaged_record_is_told_as_damaged() {
    let machine = Machine::without_a_bus();
    machine.name_a_key_file();
    let (code, told) = machine.start_desk();
    assert_eq!(code, OPENED, "{told}");
    machine.damage_record();
    let (code, told) = machine.start_desk();
    assert_eq!(code, NOT_OPENED, "{told}");
    assert!(told.contains("This desk’s record is damaged") && told.contains("Delete nothing"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_a_change_of_key_that_is_refused_leaves_no_other_key_in_the_key_store() {
    let Some(machine) = Machine::with_a_bus() else { return };
    let (key, copy) = machine.with_a_supervisor().await;
    let _keyring = machine.key_store(Keyring::Unlocked);
    let (code, told) = machine.deskctl(&["key", "import", &copy.to_string_lossy()]);
    assert_eq!((code, machine.keys_held()), (Some(0), 1), "{told}");
    let noted = machine.noted_key();
    let at_work = Store::open(&machine.data(), &key, Arc::new(SystemClock)).expect("it opens");
    let (code, told) = machine.deskctl(&["key", "change"]);
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("close every window"), "{told}");
    assert_eq!((machine.keys_held(), machine.noted_key()), (1, noted.clone()), "its own alone");
    at_work.close();
    let (code, told) = machine.deskctl(&["key", "change"]);
    assert_eq!((code, machine.keys_held()), (Some(0), 2), "done, and the one of before is kept: {told}");
    assert_ne!(machine.noted_key(), noted, "under the new one");
}
