//! Running commands with visible progress: what runs, that it still runs, and how long it took.

use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How often a command that says nothing is said to be working still.
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);

/// Why a verb could not be done, in words for a person.
#[derive(Debug)]
pub(crate) struct Failed(pub(crate) String);

/// The root of the project.
pub(crate) fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).map_or(here.clone(), PathBuf::from)
}

/// The folder where cargo leaves programs: this one runs from there, wherever the user has it.
pub(crate) fn programs() -> Result<PathBuf, Failed> {
    let here = std::env::current_exe().ok();
    here.as_deref()
        .and_then(|program| program.parent())
        .map(PathBuf::from)
        .ok_or_else(|| Failed("the folder of built programs cannot be told".to_owned()))
}

/// A command in the root of the project.
pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// A cargo command.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    command("cargo", arguments)
}

/// A command of the UI's package manager, in the UI's folder.
pub(crate) fn npm(arguments: &[&str]) -> Command {
    npm_in(&root().join("ui"), arguments)
}

/// npm in another folder.
pub(crate) fn npm_in(folder: &Path, arguments: &[&str]) -> Command {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder);
    command
}

/// Every program that the window's walk-through and the tests run.
///
/// A test comes with them on purpose: only then does cargo choose the features of shared dependencies that it chooses
/// for tests. Without it, the framework and all of ours are compiled once more. This program is left out: it runs, and
/// Windows lets nobody overwrite a running program.
pub(crate) fn build_programs() -> Command {
    cargo(&["build", "--workspace", "--exclude", "xtask", "--bins", "--test", "window"])
}

/// Runs a command; its output is seen as it comes.
pub(crate) fn run(command: Command) -> Result<(), Failed> {
    watch(command, |command| command.status())
}

/// Runs a command that may say nothing for long; its output is seen, and between, that it still works. On a terminal
/// cargo and npm show that themselves, in a line that another one would break.
pub(crate) fn run_silent_for_long(command: Command) -> Result<(), Failed> {
    if stderr().is_terminal() {
        return run(command);
    }
    let sign = |so_far| println!("  still working, {}", seconds(so_far));
    watch(command, |command| with_signs_of_life(SIGN_OF_LIFE, sign, || command.status()))
}

/// Does something, giving a sign at every interval until it is done.
fn with_signs_of_life<T>(every: Duration, sign: impl Fn(Duration) + Send, work: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let (done, is_done) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            while is_done.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                sign(began.elapsed());
            }
        });
        let result = work();
        drop(done);
        result
    })
}

fn watch(mut command: Command, run: impl FnOnce(&mut Command) -> std::io::Result<ExitStatus>) -> Result<(), Failed> {
    let words = words(&command);
    println!("→ {words}");
    let began = Instant::now();
    let status = run(&mut command).map_err(|error| Failed(format!("`{words}` cannot be started: {error}")))?;
    if status.success() {
        println!("  done in {}", seconds(began.elapsed()));
        Ok(())
    } else {
        Err(Failed(format!("`{words}` failed after {} ({status})", seconds(began.elapsed()))))
    }
}

/// A command as one would type it; the project's own programs by their place in it.
fn words(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let root = format!("{}{}", root().display(), std::path::MAIN_SEPARATOR);
    words.map(|word| word.to_string_lossy().replace(&root, "")).collect::<Vec<_>>().join(" ")
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

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let program = root().join("target").join("debug").join("tour");
        let shown = words(&command(&program.to_string_lossy(), &["--out", "x"]));
        assert!(shown.starts_with("target") && shown.ends_with("tour --out x"), "{shown}");
    }

    #[test]
    fn what_takes_long_gives_signs_of_life_until_it_is_done() {
        let (sign, signs) = channel();
        let give = |so_far| sign.send(so_far).unwrap_or_default();
        let seen = with_signs_of_life(Duration::from_millis(1), give, || signs.iter().take(2).count());
        assert_eq!(seen, 2, "signs came while it worked, and none keeps it from ending");
    }

    #[test]
    fn a_program_that_fails_or_is_not_there_is_told_in_words() {
        let absent = run(command("no-such-program-anywhere", &[])).err().map(|Failed(why)| why).unwrap_or_default();
        assert!(absent.contains("`no-such-program-anywhere` cannot be started"), "{absent}");
        let refused = run_silent_for_long(cargo(&["--no-such-flag"])).err().map(|Failed(why)| why).unwrap_or_default();
        assert!(refused.contains("`cargo --no-such-flag` failed"), "{refused}");
    }
}
