//! Keeping the record (NF-5) as those who look after a desk do it: backups, restoring them, the record's key; each by programs
//! of their own over a demonstration.

#![expect(clippy::expect_used, reason = "a test says at once what is not as it needs it")]

mod disks;
mod each_step;
mod keys;
mod kill;
mod logs;
mod machine;
mod refused;
mod restoring;
mod retaining;
mod story;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use demo_nhs::{DemoNhs, DemoOptions};
use desk_composition::config::Config;
use desk_composition::record_key::KeyPlace;
use desk_composition::{Composed, compose};
use desk_store::RecordKey;
use desk_tests::desk::unlock_with;
use desk_tests::messages::Messages;
use desk_tests::programs::program;
use rusqlite::Connection;
use serde_json::{Value, json};

/// A demonstration, and as many desks at it as there are folders for records.
struct House {
    nhs: DemoNhs,
    folder: tempfile::TempDir,
    _messages: Messages,
}

impl House {
    async fn start() -> Self {
        let messages = Messages::new();
        let options = DemoOptions { messages: Some(messages.folder().to_owned()), ..DemoOptions::default() };
        let nhs = demo_nhs::start(options).await.expect("the demonstration starts");
        let folder = tempfile::tempdir().expect("a folder");
        let users = [("handler", "demo call handler"), ("supervisor", "demo supervisor desk"), ("mistaken", "wrong")];
        for (user, passphrase) in users {
            std::fs::write(folder.path().join(user), format!("{passphrase}\n")).expect("written");
        }
        Self { nhs, folder, _messages: messages }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_string_lossy().into_owned()
    }

    /// The configuration of the desk whose record is in a folder.
    fn config(&self, desk: &str) -> PathBuf {
        let file = self.path(&format!("{desk}.toml"));
        if !file.exists() {
            std::fs::write(&file, self.nhs.config_toml(&self.path(desk))).expect("written");
        }
        file
    }

    /// `deskctl` as a user whose passphrase is in a file of their name; `mistaken` is the supervisor with a wrong one.
    fn command(&self, desk: &str, user: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("deskctl"));
        command.arg("--config").arg(self.config(desk));
        match user {
            "" => {}
            "mistaken" => drop(command.args(["--as", "supervisor"])),
            user => drop(command.args(["--as", user])),
        }
        command.arg("--passphrase-file").arg(self.path(user)).args(arguments);
        command
    }

    async fn run(&self, desk: &str, user: &str, arguments: &[&str]) -> Output {
        let mut command = self.command(desk, user, arguments);
        tokio::task::spawn_blocking(move || command.output().expect("deskctl was built")).await.expect("it ran")
    }

    /// Runs it, and expects its exit code: its result, and what it said.
    async fn expect(&self, desk: &str, user: &str, code: i32, arguments: &[&str]) -> (Value, String) {
        let output = self.run(desk, user, arguments).await;
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {words}");
        let told = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        (told, words)
    }

    async fn book(&self, desk: &str, patient: &str, code: i32) {
        let case = ["book", "--ready-patient", patient, "--outcome", "Dx06", "--reason", "x", "--service", "111001"];
        self.expect(desk, "handler", code, &case).await;
    }

    async fn bookings(&self, desk: &str) -> usize {
        self.expect(desk, "handler", 0, &["bookings"]).await.0.as_array().expect("a list").len()
    }

    /// The ids of unfinished work.
    async fn unfinished(&self, desk: &str) -> Vec<String> {
        let list = self.expect(desk, "handler", 0, &["unfinished"]).await.0;
        let id = |piece: &Value| piece["id"].as_str().expect("an id").to_owned();
        list.as_array().expect("a list").iter().map(id).collect()
    }

    /// A backup: its folder, and the number to confirm.
    async fn back_up(&self, desk: &str) -> (String, String) {
        let out = self.text("backups");
        let (told, words) = self.expect(desk, "supervisor", 0, &["backup", "--out", &out]).await;
        assert!(words.contains("made and verified"), "{words}");
        let head = told["manifest"]["head"]["number"].as_u64().expect("a number").to_string();
        (told["folder"].as_str().expect("a folder").to_owned(), head)
    }

    /// How many events of a kind the record has.
    async fn events(&self, desk: &str, kind: &str) -> usize {
        let found = self.expect(desk, "supervisor", 0, &["audit", "--kind", kind]).await.0;
        found.as_array().expect("events").len()
    }

    async fn chain_holds(&self, desk: &str) {
        let (told, words) = self.expect(desk, "supervisor", 0, &["audit", "verify"]).await;
        assert_eq!(told["holds"], json!(true), "{words}");
    }

    /// The key that a desk's record is under.
    fn key(&self, desk: &str) -> RecordKey {
        let config = Config::read(&self.config(desk)).expect("a configuration");
        let place = KeyPlace::of(&config, &self.path(desk));
        let id = std::fs::read_to_string(self.path(desk).join("desk.key-id")).expect("a note").trim().parse();
        place.find(id.expect("an id")).expect("a place").expect("its key")
    }

    /// A desk's record, opened by somebody who knows SQL and has its key.
    fn raw(&self, desk: &str) -> Connection {
        let raw = Connection::open(self.path(desk).join("desk.sqlite3")).expect("the record");
        unlock_with(&raw, &self.key(desk));
        raw
    }

    /// Runs it as it is, and expects its exit code: its result, and what it said.
    async fn ends(command: Command, code: i32) -> (Value, String) {
        let mut command = command;
        let output = tokio::task::spawn_blocking(move || command.output().expect("deskctl was built"));
        let output = output.await.expect("it ran");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{words}");
        (serde_json::from_slice(&output.stdout).unwrap_or(Value::Null), words)
    }

    /// The desk in this process, with the record open.
    async fn open(&self, desk: &str) -> Composed {
        compose(Config::read(&self.config(desk)).expect("a configuration"), "1").await.expect("the desk opens")
    }
}

/// Every file below a folder that a restoration might change, with its content.
fn content(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.extend(content(&path));
        } else {
            all.push((path.clone(), std::fs::read(&path).expect("a file")));
        }
    }
    all.retain(|(path, _)| !path.components().any(|part| part.as_os_str() == "logs"));
    all.sort();
    all
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).expect("copied");
        }
    }
}
