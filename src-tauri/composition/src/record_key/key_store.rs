//! Keys in the operating system's key store: the Secret Service on Linux, the Credential Manager on Windows, the Keychain on
//! macOS. Each key is an entry of its own, named by the organisation and the key's id, so that a key of before is never
//! written over.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use desk_domain::id::OdsCode;
use desk_domain::keeping::RecordKeyId;
use desk_store::RecordKey;
use keyring::{Entry, Error};
use zeroize::Zeroizing;

use super::KeyProblem;

/// How long a person has who is asked to unlock the key store.
const PATIENCE: Duration = Duration::from_secs(120);
/// Whose entries they are.
const SERVICE: &str = "booking-desk record key";

pub(super) fn find(organisation: &OdsCode, id: RecordKeyId) -> Result<Option<RecordKey>, KeyProblem> {
    let name = name(organisation, id);
    let found = asked(move || match Entry::new(SERVICE, &name)?.get_secret() {
        Ok(secret) => Ok(Some(Zeroizing::new(secret))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error),
    })?;
    let Some(secret) = found else { return Ok(None) };
    let bytes = <[u8; 32]>::try_from(secret.as_slice()).ok();
    let key = bytes.map(RecordKey::from).filter(|key| key.id() == id);
    match key {
        Some(key) => Ok(Some(key)),
        None => Err(KeyProblem::NoKeyStore("what it holds under the key’s name is not that key".to_owned())),
    }
}

pub(super) fn keep(organisation: &OdsCode, key: &RecordKey) -> Result<(), KeyProblem> {
    let (name, key) = (name(organisation, key.id()), key.clone());
    asked(move || Entry::new(SERVICE, &name)?.set_secret(key.bytes()))
}

pub(super) fn forget(organisation: &OdsCode, id: RecordKeyId) -> Result<(), KeyProblem> {
    let name = name(organisation, id);
    asked(move || match Entry::new(SERVICE, &name)?.delete_credential() {
        Err(Error::NoEntry) => Ok(()),
        removed => removed,
    })
}

fn name(organisation: &OdsCode, id: RecordKeyId) -> String {
    format!("{organisation} {id}")
}

/// Asks the key store on a thread of its own: it may ask a person, who may have gone.
fn asked<T: Send + 'static>(ask: impl FnOnce() -> keyring::Result<T> + Send + 'static) -> Result<T, KeyProblem> {
    let (tells, told) = channel();
    std::thread::spawn(move || drop(tells.send(ask())));
    match told.recv_timeout(PATIENCE) {
        Ok(answer) => answer.map_err(|error| problem(&error)),
        Err(RecvTimeoutError::Timeout) => Err(KeyProblem::KeyStoreLocked("nobody unlocked it in time".to_owned())),
        Err(RecvTimeoutError::Disconnected) => Err(KeyProblem::NoKeyStore("asking it broke off".to_owned())),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum that grows; whatever else it is, it does not work")]
fn problem(error: &Error) -> KeyProblem {
    match error {
        Error::NoStorageAccess(why) => KeyProblem::KeyStoreLocked(why.to_string()),
        Error::NoDefaultStore => {
            let why = Entry::store_status().as_ref().err().map(ToString::to_string);
            KeyProblem::NoKeyStore(why.unwrap_or_default())
        }
        other => KeyProblem::NoKeyStore(other.to_string()),
    }
}
