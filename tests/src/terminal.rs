//! `deskctl` as a script would use it, on a demonstration of its own.

use std::path::PathBuf;
use std::process::{Command, Output};

use demo_nhs::{DemoNhs, DemoOptions};
use serde_json::Value;

use crate::messages::Messages;
use crate::programs::program;

/// Ready users, each with what they type.
const USERS: [(&str, &str); 4] = [
    ("handler", "demo call handler"),
    ("supervisor", "demo supervisor desk"),
    ("clinician", "demo clinician desk"),
    ("admin", "demo practice admin"),
];

/// A terminal beside a demonstration. Every message of a referral that arrives there is looked at in the end.
pub struct Terminal {
    /// The demonstration.
    pub nhs: DemoNhs,
    folder: tempfile::TempDir,
    _messages: Messages,
}

impl Terminal {
    /// Starts the demonstration, and writes down its configuration and each ready user's passphrase.
    ///
    /// # Panics
    /// Where it does not start.
    pub async fn start() -> Self {
        let messages = Messages::new();
        let options = DemoOptions { messages: Some(messages.folder().to_owned()), ..DemoOptions::default() };
        let nhs = demo_nhs::start(options).await.expect("the demonstration starts");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("desk.toml"), nhs.config_toml(&folder.path().join("data"))).expect("written");
        for (user, passphrase) in USERS {
            std::fs::write(folder.path().join(user), format!("{passphrase}\n")).expect("written");
        }
        Self { nhs, folder, _messages: messages }
    }

    /// A file in the folder that it works in: `desk.toml`, `data`, a user's name for their passphrase, or one of the test's own.
    #[must_use]
    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same as text.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        self.at(name).to_string_lossy().into_owned()
    }

    /// `deskctl` with a configuration and a user.
    #[must_use]
    pub fn command(&self, config: &str, user: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("deskctl"));
        command.arg("--config").arg(self.at(config)).args(["--as", user]);
        command.arg("--passphrase-file").arg(self.at(user)).args(arguments);
        command
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// Where it does not start.
    pub async fn run(&self, user: &str, arguments: &[&str]) -> Output {
        output(self.command("desk.toml", user, arguments)).await
    }

    /// Runs it, and expects its exit code: what it gave, and what it said.
    ///
    /// # Panics
    /// Where it ends with another code.
    pub async fn expect(&self, user: &str, code: i32, arguments: &[&str]) -> (Value, String) {
        self.expect_with("desk.toml", user, code, arguments).await
    }

    /// The same with another configuration.
    ///
    /// # Panics
    /// Where it ends with another code.
    pub async fn expect_with(&self, config: &str, user: &str, code: i32, arguments: &[&str]) -> (Value, String) {
        let output = output(self.command(config, user, arguments)).await;
        let words = words(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {words}");
        (if output.stdout.is_empty() { Value::Null } else { json_of(&output) }, words)
    }
}

/// Runs a command to its end, off the threads on which the demonstration answers.
///
/// # Panics
/// Where it does not start.
pub async fn output(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().expect("deskctl was built")).await.expect("it ran")
}

/// What it said.
#[must_use]
pub fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What it gave.
///
/// # Panics
/// Where that is no JSON.
#[must_use]
pub fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {} {}", String::from_utf8_lossy(&output.stdout), words(output)))
}
