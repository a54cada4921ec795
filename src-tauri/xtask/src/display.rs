//! A virtual display that goes away with the work that needed it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::steps::{Failed, command, output};

/// A virtual display.
pub(crate) struct Display {
    server: Child,
    name: String,
}

impl Display {
    /// Whether the window can be driven here: the webview's driver and virtual displays are there on Linux only.
    pub(crate) const DRIVES_THE_WINDOW: bool = cfg!(target_os = "linux");

    /// Starts one on a free number, which it tells once it can be used.
    pub(crate) fn start() -> Result<Self, Failed> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| Failed(format!("the virtual display (Xvfb) cannot be started: {error}")))?;
        let mut number = String::new();
        if let Some(output) = server.stdout.take() {
            BufReader::new(output).read_line(&mut number).map_err(|error| Failed(error.to_string()))?;
        }
        let display = Self { server, name: format!(":{}", number.trim()) };
        match number.trim().parse::<u32>() {
            Ok(_) => Ok(display),
            Err(_) => Err(Failed("the virtual display (Xvfb) did not come up".to_owned())),
        }
    }

    /// Has a command show its windows here, and nowhere else.
    pub(crate) fn show(&self, mut command: Command) -> Command {
        command.env("DISPLAY", &self.name).env("GDK_BACKEND", "x11").env_remove("WAYLAND_DISPLAY");
        command
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        // Asked to end rather than killed: killed, it leaves its lock and its socket behind.
        let asked = output(command("sh", &["-c", &format!("kill {}", self.server.id())]));
        if asked.is_some() || self.server.kill().is_ok() {
            drop(self.server.wait());
        }
    }
}
