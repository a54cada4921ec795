//! Another machine around a program: a clock that is ahead, a disk that is full or may only be read, a power button. By a small
//! library that is preloaded (`machine.c`): for programs it is as if the system said so, also for root, and it needs no leave.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::House;

/// Makes a program's machine another one.
pub(crate) struct Machine {
    library: PathBuf,
}

impl House {
    /// None where there is no compiler for it, which is said.
    #[expect(clippy::print_stderr, reason = "what is left out is said")]
    pub(crate) fn machine(&self) -> Option<Machine> {
        if !cfg!(all(target_os = "linux", target_pointer_width = "64")) {
            eprintln!("left out: another machine can be put around a program on Linux (64 bits) alone");
            return None;
        }
        let (library, source) =
            (self.path("machine.so"), Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keeping/machine.c"));
        let compiled =
            Command::new("cc").args(["-O1", "-shared", "-fPIC", "-pthread", "-o"]).args([&library, &source]).status();
        match compiled {
            Ok(status) => assert!(status.success(), "the library compiles"),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                eprintln!("left out: there is no C compiler (cc) here");
                return None;
            }
            Err(error) => panic!("{error}"),
        }
        Some(Machine { library })
    }
}

impl Machine {
    /// Its clock is so many days ahead.
    pub(crate) fn days_ahead(&self, mut command: Command, days: i64) -> Command {
        command.env("LD_PRELOAD", &self.library).env("DESK_CLOCK_AHEAD", (days * 86_400).to_string());
        command
    }

    /// What lies in this folder can grow by so many bytes, all together.
    pub(crate) fn full(&self, mut command: Command, folder: &Path, room: u64) -> Command {
        command.env("LD_PRELOAD", &self.library).env("DESK_DISK", folder).env("DESK_DISK_ROOM", room.to_string());
        command
    }

    /// From when this is there, nothing in its folder can grow.
    pub(crate) fn full_from(&self, command: Command, from: &Path) -> Command {
        let mut command = self.full(command, from.parent().expect("a folder"), 0);
        command.env("DESK_STEPS_FROM", from);
        command
    }

    /// What lies in this folder may only be read.
    pub(crate) fn read_only(&self, mut command: Command, folder: &Path) -> Command {
        command.env("LD_PRELOAD", &self.library).env("DESK_DISK", folder).env("DESK_DISK_READ_ONLY", "yes");
        command
    }

    /// Counts its steps on the files of a folder from when this is there, into a file of one letter each; before one of them,
    /// counted from 1, it is killed.
    pub(crate) fn steps(
        &self,
        mut command: Command,
        folder: &Path,
        (from, into): (&Path, &Path),
        stops_at: usize,
    ) -> Command {
        command.env("LD_PRELOAD", &self.library).env("DESK_DISK", folder).env("DESK_STEPS", into);
        command.env("DESK_STEPS_FROM", from).env("DESK_STOPS_AT", stops_at.to_string());
        command
    }
}
