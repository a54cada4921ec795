//! The UI's packages and the built UI, and the packages of tests. Each is marked with what it was made from, and made again where that changed.

use std::env::consts::{ARCH, OS};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::steps::{Failed, npm, npm_in, root, run_silent_for_long};

/// What the UI is made from is everything in its folder but what is made there. Names with a dot at the front are
/// settings of editors and checks.
const MADE: &[&str] = &["node_modules", "dist", "coverage"];

/// Installs the UI's packages and builds the UI.
pub(crate) fn provide() -> Result<(), Failed> {
    let ui = root().join("ui");
    install(&ui, "The UI's packages are installed")?;
    let built_from = hash(&ui, &sources(&ui)?)?;
    once(&ui.join("dist/.built-from"), &built_from, "The UI is built", || {
        run_silent_for_long(npm(&["run", "--silent", "build"]))
    })
}

/// Installs what tests hold outgoing FHIR to: validators of others, which are no part of the application.
pub(crate) fn provide_validators() -> Result<(), Failed> {
    install(&root().join("src-tauri/nhs/tests/adapters/fhir-validator"), "The FHIR validators are installed")
}

/// Installs the packages that a folder's lock file names.
fn install(folder: &Path, is_done: &str) -> Result<(), Failed> {
    for needed in ["package.json", "package-lock.json"] {
        let needed = folder.join(needed);
        if !needed.is_file() {
            return Err(Failed(format!("{} is missing: is this a whole clone of the project?", needed.display())));
        }
    }
    let locked = hash(folder, &[PathBuf::from("package-lock.json")])?;
    // Some packages hold programs for one kind of machine.
    let packages = format!("{locked} on {OS} {ARCH}");
    once(&folder.join("node_modules/.installed-for"), &packages, is_done, || {
        run_silent_for_long(npm_in(folder, &["ci", "--no-audit", "--no-fund"]))
    })
}

/// Does something unless the mark says that it was done for the same content.
fn once(mark: &Path, content: &str, is_done: &str, work: impl FnOnce() -> Result<(), Failed>) -> Result<(), Failed> {
    if fs::read_to_string(mark).is_ok_and(|done| done == content) {
        println!("{is_done}.");
        return Ok(());
    }
    work()?;
    fs::write(mark, content).map_err(|error| Failed(format!("{} cannot be written: {error}", mark.display())))
}

/// The files that the UI is made from, relative to its folder, in a fixed order.
fn sources(ui: &Path) -> Result<Vec<PathBuf>, Failed> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let unreadable = |error| Failed(format!("{} cannot be read: {error}", ui.join(&folder).display()));
        for entry in fs::read_dir(ui.join(&folder)).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name();
            let at_the_top = folder.as_os_str().is_empty();
            let is_made = at_the_top && MADE.iter().any(|made| name == *made);
            if is_made || name.to_string_lossy().starts_with('.') {
                continue;
            }
            let path = folder.join(name);
            if entry.path().is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A hash over names and contents. It need not withstand an enemy, and a changed algorithm costs one more build: the
/// standard library's is enough, and nothing has to be compiled for it.
fn hash(folder: &Path, files: &[PathBuf]) -> Result<String, Failed> {
    let mut hasher = DefaultHasher::new();
    for file in files {
        let whole = folder.join(file);
        let content =
            fs::read(&whole).map_err(|error| Failed(format!("{} cannot be read: {error}", whole.display())))?;
        (file, content).hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io;

    use super::*;

    /// An empty folder that goes away.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> io::Result<Self> {
            let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder)?;
            Ok(Self(folder))
        }

        fn write(&self, file: &str, content: &str) -> io::Result<()> {
            let file = self.0.join(file);
            file.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(file, content)
        }

        fn hash(&self) -> Option<String> {
            hash(&self.0, &sources(&self.0).ok()?).ok()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    #[test]
    fn the_hash_follows_sources_and_nothing_that_is_made() -> io::Result<()> {
        let ui = Folder::new("hash")?;
        ui.write("src/main.tsx", "one")?;
        ui.write("package.json", "{}")?;
        let before = ui.hash();
        assert!(before.is_some(), "a hash");

        ui.write("node_modules/react/index.js", "x")?;
        ui.write("dist/index.html", "x")?;
        ui.write(".prettierrc.json", "{}")?;
        assert_eq!(ui.hash(), before, "what is made or only checked changes nothing");

        ui.write("src/main.tsx", "two")?;
        let changed = ui.hash();
        assert_ne!(changed, before, "a changed file");

        ui.write("src/dist/deep.ts", "")?;
        assert_ne!(ui.hash(), changed, "a new file, though its folder is named like one that is made at the top");
        Ok(())
    }

    #[test]
    fn a_renamed_file_and_a_moved_line_are_changes() -> io::Result<()> {
        let ui = Folder::new("moved")?;
        ui.write("a", "xy")?;
        ui.write("b", "")?;
        let before = ui.hash();
        ui.write("a", "x")?;
        ui.write("b", "y")?;
        assert_ne!(ui.hash(), before, "content does not run from one file into the next");
        Ok(())
    }

    #[test]
    fn work_is_done_once_for_the_same_content_and_again_after_a_failure() -> io::Result<()> {
        let folder = Folder::new("once")?;
        let mark = folder.0.join("mark");
        let times = Cell::new(0);
        let work = || {
            times.set(times.get() + 1);
            Ok(())
        };
        assert!(once(&mark, "one", "done", || Err(Failed("no".to_owned()))).is_err(), "a failure is told");
        assert!(!mark.exists(), "a failure leaves no mark");
        for (content, so_far) in [("one", 1), ("one", 1), ("two", 2)] {
            assert!(once(&mark, content, "done", work).is_ok(), "done");
            assert_eq!(times.get(), so_far, "after {content}");
        }
        Ok(())
    }
}
