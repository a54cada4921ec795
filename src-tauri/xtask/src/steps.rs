//! Running commands with visible progress: what runs, and for how long.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// Why a verb could not be done.
#[derive(Debug)]
pub(crate) struct Failed(pub(crate) String);

/// The root of the project.
pub(crate) fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).map_or(here.clone(), PathBuf::from)
}

/// A command in the root of the project.
pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// A command of the UI's package manager, in the UI's folder.
pub(crate) fn npm(arguments: &[&str]) -> Command {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root().join("ui"));
    command
}

fn words(command: &Command) -> String {
    let program = command.get_program().to_string_lossy().into_owned();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// Runs a command; its output is seen as it comes.
pub(crate) fn run(mut command: Command) -> Result<(), Failed> {
    let words = words(&command);
    println!("→ {words}");
    let began = Instant::now();
    let status = command.status().map_err(|error| Failed(format!("`{words}` cannot be started: {error}")))?;
    if status.success() {
        println!("  done in {}", seconds(began.elapsed()));
        Ok(())
    } else {
        Err(Failed(format!("`{words}` failed after {} ({status})", seconds(began.elapsed()))))
    }
}

/// The output of a command, or nothing where it cannot be run or fails.
pub(crate) fn output(mut command: Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()
}

/// A length of time for people.
pub(crate) fn seconds(length: Duration) -> String {
    match length.as_secs() {
        0..=59 => format!("{:.1} s", length.as_secs_f32()),
        more => format!("{} min {:02} s", more / 60, more % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_where_the_workspace_is() {
        assert!(root().join("Cargo.lock").exists(), "{}", root().display());
    }

    #[test]
    fn lengths_of_time_are_readable() {
        assert_eq!(seconds(Duration::from_millis(1250)), "1.2 s", "seconds");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s", "minutes");
    }
}
