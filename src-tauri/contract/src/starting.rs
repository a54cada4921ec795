//! Why a desk cannot open its record at the start, in words (ER-1, NF-5): the window's first page and `deskctl` show them.

use strum::{IntoStaticStr, VariantNames};

use crate::problem::{Problem, ProblemCode as Code};
use crate::words::Row;

/// Why the record does not open, with what a person has to know of it. No key is ever in it, only how keys are called.
#[derive(Debug, Clone, PartialEq, Eq, IntoStaticStr, VariantNames)]
pub enum StartRefusal {
    /// The record is there, and its key is not.
    KeyGone {
        /// How the key is called, for example `3F2A-91C7`.
        key: String,
        /// Where it was looked for, after "in": `the key store of this computer`.
        place: String,
    },
    /// The key store lets nobody in; why, in the words of the system.
    KeyStoreLocked(String),
    /// There is no key store, or it does not work; why, in the words of the system.
    NoKeyStore(String),
    /// The key file cannot be read or written: which, and why in the words of the system.
    KeyFile(String, String),
    /// Others may read the key file: which.
    KeyFileOpenToOthers(String),
    /// A line of the key file is no key: which file, which line from 1.
    NotAKey(String, usize),
    /// The record is under another key than the one that was found.
    WrongKey {
        /// How the record's key is called.
        needed: String,
        /// How the one that was found is called.
        given: String,
    },
    /// The record is damaged.
    Damaged,
    /// The record's file is gone.
    Gone,
    /// Another program has the record open.
    InUse,
    /// The record is of a newer version.
    Newer,
    /// The disk is full.
    Full,
    /// The record's folder does not allow writing.
    ReadOnly,
    /// The record opened, and did not give or take what is needed first; why, in words for IT.
    NotUsable(String),
    /// Anything else, in words for IT.
    Other(String),
}

impl StartRefusal {
    /// Each, with an example of what it carries.
    pub(crate) fn examples() -> Vec<Self> {
        let (key, file) = ("3F2A-91C7".to_owned(), "/etc/booking-desk/keys".to_owned());
        vec![
            Self::KeyGone { key: key.clone(), place: "the key store of this computer".to_owned() },
            Self::KeyStoreLocked("prompt dismissed".to_owned()),
            Self::NoKeyStore("no secret service provider or dbus session found".to_owned()),
            Self::KeyFile(file.clone(), "permission denied".to_owned()),
            Self::KeyFileOpenToOthers(file.clone()),
            Self::NotAKey(file, 3),
            Self::WrongKey { needed: key, given: "77B0-E5D6".to_owned() },
            Self::Damaged,
            Self::Gone,
            Self::InUse,
            Self::Newer,
            Self::Full,
            Self::ReadOnly,
            Self::NotUsable("the disk is full".to_owned()),
            Self::Other("the operating system gives no random bytes for a key".to_owned()),
        ]
    }

    /// In the words of the log.
    pub(crate) fn logged(&self) -> String {
        match self {
            Self::KeyGone { key, place } => format!("the record needs key {key}, and {place} does not have it"),
            Self::KeyStoreLocked(why) => format!("the key store of this computer is locked: {why}"),
            Self::NoKeyStore(why) => format!("the key store of this computer cannot be reached: {why}"),
            Self::KeyFile(file, why) => format!("the key file {file} cannot be read or written: {why}"),
            Self::KeyFileOpenToOthers(file) => format!("the key file {file} can be read by others than its owner"),
            Self::NotAKey(file, line) => format!("line {line} of the key file {file} is no key"),
            Self::WrongKey { needed, given } => format!("the record needs key {needed}, and was given key {given}"),
            Self::Damaged => "the record is damaged, or is not a record of Booking Desk".to_owned(),
            Self::Gone => "the record’s file is gone from its folder, where it was before".to_owned(),
            Self::InUse => "another program has the record open".to_owned(),
            Self::Newer => "the record was written by a newer version of Booking Desk".to_owned(),
            Self::Full => "the disk is full".to_owned(),
            Self::ReadOnly => "the record may only be read".to_owned(),
            Self::NotUsable(why) => format!("the record opened, and could not be used: {why}"),
            Self::Other(why) => why.clone(),
        }
    }
}

impl From<&StartRefusal> for Problem {
    fn from(refusal: &StartRefusal) -> Self {
        match refusal {
            StartRefusal::KeyGone { key, place } => {
                let row = Row(Code::Misconfigured, "The key of this desk’s record is missing", "", "Delete nothing. Give this message to your IT support: the key is put back from its recovery copy (deskctl key import). If the organisation’s code or the key file in the configuration was changed, change it back; if the key store was emptied or belongs to another user of this computer, that is the reason.", &[]);
                told(row, format!("The record is encrypted under key {key}, and {place} does not have it. The record was not touched, and no other key was made for it."))
            }
            StartRefusal::KeyStoreLocked(why) => {
                let row = Row(Code::Misconfigured, "The key store of this computer is locked", "", "Unlock it when the computer asks, usually with the password that you sign in to this computer with, and try again. If nothing asks, or it stays, give this message to your IT support: the user of this desk needs a keyring that opens at sign-in, or, for a new record, key_file under [record] in the configuration.", &[]);
                told(row, format!("The key of this desk’s record belongs into it, and it did not let Booking Desk in, or has no keyring yet ({why}). Nothing of the record was changed."))
            }
            StartRefusal::NoKeyStore(why) => {
                let row = Row(Code::Misconfigured, "This computer has no key store that works", "", "Give this message to your IT support. Either the key store is made to run (on Linux a Secret Service, such as gnome-keyring), or the configuration names a file for the key: key_file under [record]. A record that is there already needs its own key in that file, from the recovery copy.", &[]);
                told(row, format!("This desk’s record is encrypted, and its key belongs into the key store of the computer, which could not be used ({why}). No record was made, and none was changed."))
            }
            StartRefusal::KeyFile(file, why) => {
                let row = Row(Code::Misconfigured, "The key file cannot be read or written", "", "Give this message to your IT support: the file that the configuration names as key_file under [record] has to be there for the user of this desk.", &[]);
                told(row, format!("The key of this desk’s record is kept in {file}, which does not open ({why}). Nothing of the record was changed."))
            }
            StartRefusal::KeyFileOpenToOthers(file) => {
                let row = Row(Code::Misconfigured, "Others can read the key of this desk’s record", "", "Give this message to your IT support: only the user of this desk may read that file (chmod 600). If somebody else may have read it, the record should come under another key.", &[]);
                told(row, format!("Whoever can read {file} can read the record. The desk does not open it until that is put right."))
            }
            StartRefusal::NotAKey(file, line) => {
                let row = Row(Code::Misconfigured, "The key file is not as it should be", "", "Give this message to your IT support: each line of that file is a key of 64 letters and digits, or begins with #. The recovery copy has the right one.", &[]);
                told(row, format!("Line {line} of {file} is no key. Nothing of the record was changed."))
            }
            StartRefusal::WrongKey { needed, given } => {
                let row = Row(Code::Misconfigured, "This is not the key of this desk’s record", "", "Delete nothing. Give this message to your IT support: the right key is put back from its recovery copy (deskctl key import).", &[]);
                told(row, format!("The record is under key {needed}, and key {given} was found. Nothing of the record was changed."))
            }
            StartRefusal::Damaged => Row(Code::RecordFailed, "This desk’s record is damaged", "It does not open. What is left of it was not changed.", "Delete nothing, and use another desk meanwhile. Give this message to your IT support: the newest backup is put in its place (deskctl restore).", &[]).into(),
            StartRefusal::Gone => Row(Code::RecordFailed, "This desk’s record is gone", "There was a record in its folder, and its file is not there any more. No empty one was begun in its place.", "Use another desk meanwhile. Give this message to your IT support: the file is put back where it was moved away, or the newest backup is restored (deskctl restore).", &[]).into(),
            StartRefusal::InUse => Row(Code::RecordFailed, "Another program works on this desk’s record alone", "It may be a backup being restored, or a change of its key. This window waited, and did not get it.", "Close every other window of Booking Desk on this computer, wait until what IT has begun has ended, and try again.", &[]).into(),
            StartRefusal::Newer => Row(Code::Misconfigured, "This Booking Desk is older than its record", "A newer version has worked with the record. This one changes nothing in it.", "Give this message to your IT support: this desk has to be updated.", &[]).into(),
            StartRefusal::Full => Row(Code::RecordFailed, "The disk of this computer is full", "The desk’s record needs room before it can be opened.", "Make room on this computer, or ask your IT support. Then try again.", &[]).into(),
            StartRefusal::ReadOnly => Row(Code::RecordFailed, "This desk’s record may only be read", "Its folder or disk does not allow writing, so nothing could be recorded.", "Give this message to your IT support: the user of this desk has to be able to write in the data folder.", &[]).into(),
            StartRefusal::NotUsable(why) => {
                let row = Row(Code::RecordFailed, "This desk’s record opened and cannot be used", "", "Use another desk meanwhile. Give this message to your IT support: on a full disk room is made, a folder that may only be read is opened for writing, and a damaged record gets its newest backup in its place (deskctl restore).", &[]);
                told(row, format!("What the desk reads or writes first failed. The reason is for IT: {why}. Nothing was changed."))
            }
            StartRefusal::Other(why) => {
                let row = Row(Code::RecordFailed, "This desk’s record cannot be opened", "", "Try again. If it stays, give this message to your IT support.", &[]);
                told(row, format!("The reason is for IT: {why}."))
            }
        }
    }
}

fn told(row: Row, what_happened: String) -> Problem {
    Problem { what_happened, ..row.into() }
}
