//! What keeps a desk from opening, for a person: the first page of the window and `deskctl` show it.

use std::io::ErrorKind;

use desk_contract::problem::Problem;
use desk_contract::starting::StartRefusal;
use desk_journeys::JourneyError;
use desk_store::StoreError;

use crate::ComposeError;
use crate::record_key::KeyProblem;

impl From<&ComposeError> for Problem {
    fn from(error: &ComposeError) -> Self {
        match error {
            ComposeError::Key(problem) => Self::from(&key(problem)),
            ComposeError::Store(problem) => Self::from(&record(problem)),
            ComposeError::Journey(JourneyError::Record(failure)) => {
                Self::from(&StartRefusal::NotUsable(failure.to_string()))
            }
            ComposeError::Folder(_, why) if why.kind() == ErrorKind::StorageFull => Self::from(&StartRefusal::Full),
            ComposeError::Folder(_, why) if why.kind() == ErrorKind::ReadOnlyFilesystem => {
                Self::from(&StartRefusal::ReadOnly)
            }
            ComposeError::NoDataFolder
            | ComposeError::Mixed(..)
            | ComposeError::Folder(..)
            | ComposeError::Settings(_)
            | ComposeError::Config(_)
            | ComposeError::Journey(_) => Self::misconfigured(&error.to_string()),
        }
    }
}

fn key(problem: &KeyProblem) -> StartRefusal {
    let named = |file: &std::path::Path| file.display().to_string();
    match problem {
        KeyProblem::File(_, why) if why.kind() == ErrorKind::StorageFull => StartRefusal::Full,
        KeyProblem::Gone { needed, place } => StartRefusal::KeyGone { key: needed.short(), place: place.clone() },
        KeyProblem::KeyStoreLocked(why) => StartRefusal::KeyStoreLocked(why.clone()),
        KeyProblem::NoKeyStore(why) => StartRefusal::NoKeyStore(why.clone()),
        KeyProblem::File(file, why) => StartRefusal::KeyFile(named(file), why.to_string()),
        KeyProblem::OpenToOthers(file) => StartRefusal::KeyFileOpenToOthers(named(file)),
        KeyProblem::NotAKey(file, line) => StartRefusal::NotAKey(named(file), *line),
    }
}

fn record(problem: &StoreError) -> StartRefusal {
    match problem {
        StoreError::WrongKey { needed, given } => {
            StartRefusal::WrongKey { needed: needed.short(), given: given.short() }
        }
        StoreError::Damaged => StartRefusal::Damaged,
        StoreError::Gone => StartRefusal::Gone,
        StoreError::InUse | StoreError::Locked => StartRefusal::InUse,
        StoreError::Newer(_) => StartRefusal::Newer,
        StoreError::Full => StartRefusal::Full,
        StoreError::ReadOnly => StartRefusal::ReadOnly,
        other @ (StoreError::Folder(_)
        | StoreError::Changed(_)
        | StoreError::Begun(_)
        | StoreError::CannotOpen
        | StoreError::DiskFailed
        | StoreError::DetailsRemoved { .. }
        | StoreError::NotABackup(_)
        | StoreError::BackupDamaged(_)
        | StoreError::BackupNewer
        | StoreError::Plain
        | StoreError::NoRandomness
        | StoreError::NoSeals
        | StoreError::NotFound
        | StoreError::AlreadySettled
        | StoreError::Unreadable
        | StoreError::ExportedAlready
        | StoreError::Export(_)
        | StoreError::BrokenOff
        | StoreError::Database(_)) => StartRefusal::Other(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use desk_contract::problem::ProblemCode;

    use super::*;

    #[test]
    fn nf_5_what_keeps_a_desk_from_its_record_is_told_as_what_it_is() {
        let file = || std::path::PathBuf::from("/etc/keys");
        let full = desk_domain::failure::RecordFailure::Failed(StoreError::Full.to_string());
        let no_room = || std::io::Error::from(ErrorKind::StorageFull);
        let table: [(ComposeError, ProblemCode, &str); 11] = [
            (KeyProblem::NoKeyStore("none".to_owned()).into(), ProblemCode::Misconfigured, "no key store"),
            (KeyProblem::KeyStoreLocked("no".to_owned()).into(), ProblemCode::Misconfigured, "locked"),
            (KeyProblem::OpenToOthers(file()).into(), ProblemCode::Misconfigured, "Others can read"),
            (KeyProblem::NotAKey(file(), 2).into(), ProblemCode::Misconfigured, "key file"),
            (KeyProblem::File(file(), no_room()).into(), ProblemCode::RecordFailed, "disk of this computer is full"),
            (ComposeError::Folder(file(), no_room()), ProblemCode::RecordFailed, "disk of this computer is full"),
            (StoreError::Damaged.into(), ProblemCode::RecordFailed, "damaged"),
            (StoreError::Gone.into(), ProblemCode::RecordFailed, "gone"),
            (StoreError::InUse.into(), ProblemCode::RecordFailed, "Another program"),
            (ComposeError::Journey(full.into()), ProblemCode::RecordFailed, "cannot be used"),
            (ComposeError::NoDataFolder, ProblemCode::Misconfigured, "not set up correctly"),
        ];
        for (error, code, title) in table {
            let problem = Problem::from(&error);
            assert!(problem.code == code && problem.title.contains(title), "{error}: {problem:?}");
        }
    }
}
