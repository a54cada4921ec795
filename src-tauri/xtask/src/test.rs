//! Every check, cheap ones first. The runners' own closing lines stay in view.

use std::path::PathBuf;

use serde_json::Value;

use crate::display::Display;
use crate::packages::Purpose;
use crate::setup::set_up;
use crate::steps::{Failed, build_programs, cargo, npm, output, run};
use crate::summary::Summary;

/// The tests of the real window: the only ones that need a display.
const WINDOW: &str = "window";

/// Runs every check.
pub(crate) fn test(fail_fast: bool) -> Result<(), Failed> {
    set_up(Purpose::Tests)?;
    let mut summary = Summary::new(fail_fast);
    summary.check("formatting", || run(cargo(&["fmt", "--all", "--check"])));
    summary.check("UI lint", || run(npm(&["run", "--silent", "lint"])));
    summary.check("UI tests", || run(npm(&["run", "--silent", "test"])));
    licences(&mut summary);
    summary.check("Rust lints", || run(cargo(&["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"])));
    // No page is read for it: what doc comments lead to has to be there.
    summary.check("doc comments", || {
        run(cargo(&["doc", "--workspace", "--no-deps", "--lib", "--document-private-items"]))
    });
    summary.check("programs", || run(build_programs()));
    summary.check("Rust tests", rust_tests);
    if Display::DRIVES_THE_WINDOW {
        summary.check("window tests", || {
            let display = Display::start()?;
            run(display.show(cargo(&["test", "--workspace", "--exclude", "xtask", "--test", WINDOW])))
        });
    } else {
        summary.skip("window tests", "the webview's driver is there on Linux only");
    }
    summary.finish()
}

/// All but those of the window. They are always chosen from the whole workspace: of a part of it, cargo would compile
/// shared dependencies once more, with other features. For the same reason code in doc comments is not run: there is none.
fn rust_tests() -> Result<(), Failed> {
    let metadata = output(cargo(&["metadata", "--no-deps", "--format-version", "1"]))
        .and_then(|text| serde_json::from_str::<Value>(&text).ok())
        .ok_or_else(|| Failed("`cargo metadata` does not say which tests there are".to_owned()))?;
    // The same packages as of the programs and the window's tests: of others, cargo would compile what they share again.
    let mut tests = cargo(&["test", "--workspace", "--exclude", "xtask", "--no-fail-fast", "--lib", "--bins"]);
    for name in test_programs(&metadata).into_iter().filter(|name| *name != WINDOW) {
        tests.args(["--test", name]);
    }
    run(tests)?;
    run(cargo(&["test", "--package", "xtask"]))
}

/// The names of the `tests/*.rs` of every package, from what `cargo metadata` says.
fn test_programs(metadata: &Value) -> Vec<&str> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let is_test = |target: &Value| list(&target["kind"]).iter().any(|kind| kind == "test");
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let targets = packages.filter_map(|package| package["targets"].as_array()).flatten();
    targets.filter(|target| is_test(target)).filter_map(|target| target["name"].as_str()).collect()
}

/// Licences and bans need only the tool; advisories also its database. Neither is fetched here: a test does not depend
/// on what the world knows today.
fn licences(summary: &mut Summary) {
    if output(cargo(&["deny", "--version"])).is_none() {
        return summary.skip("licences", "cargo-deny is not installed");
    }
    let check = |what: &[&str]| {
        let mut deny = cargo(&["deny", "--offline", "check", "--config", ".cargo/deny.toml"]);
        deny.args(what);
        run(deny)
    };
    summary.check("licences", || check(&["licenses", "bans", "sources"]));
    let cargo_home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo_home = cargo_home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    if cargo_home.is_some_and(|home| home.join("advisory-dbs").is_dir()) {
        summary.check("advisories", || check(&["advisories"]));
    } else {
        summary.skip("advisories", "there is no advisory database on this machine");
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::steps::root;

    /// The opening fences in doc comments below a folder that rustdoc takes for code to run.
    fn doc_examples(folder: &Path, found: &mut Vec<String>) {
        for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                doc_examples(&path, found);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let text = fs::read_to_string(&path).unwrap_or_default();
                let comments = text.lines().filter_map(|line| line.trim().strip_prefix("//")?.strip_prefix(['/', '!']));
                let fences = comments.filter_map(|comment| comment.trim().strip_prefix("```"));
                // Every second one closes.
                let opening = fences.step_by(2).filter(|kind| !["text", "sql", "json", "toml"].contains(kind));
                found.extend(opening.map(|kind| format!("{}: ```{kind}", path.display())));
            }
        }
    }

    #[test]
    fn no_doc_comment_holds_code_that_nobody_runs() {
        let mut found = Vec::new();
        doc_examples(&root().join("src-tauri"), &mut found);
        doc_examples(&root().join("tests"), &mut found);
        assert!(found.is_empty(), "make it a test, or mark it ```text: {found:?}");
    }

    #[test]
    fn every_test_program_is_found_and_nothing_else() {
        let metadata = json!({ "packages": [
            { "targets": [{ "name": "desk", "kind": ["lib"] }, { "name": "journeys", "kind": ["test"] }] },
            { "targets": [{ "name": "booking", "kind": ["bench"] }, { "name": "window", "kind": ["test"] }] },
        ] });
        assert_eq!(test_programs(&metadata), ["journeys", "window"], "the tests of all packages");
    }

    #[test]
    fn the_tests_of_the_window_are_where_they_are_looked_for() {
        let said = output(cargo(&["metadata", "--no-deps", "--offline", "--format-version", "1"])).unwrap_or_default();
        let metadata: Value = serde_json::from_str(&said).unwrap_or_default();
        assert!(test_programs(&metadata).contains(&WINDOW), "a renamed file must not drop out of the checks");
    }
}
