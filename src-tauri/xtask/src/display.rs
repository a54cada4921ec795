//! A virtual display that goes away with the work that needed it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::steps::Failed;

/// A virtual display.
pub(crate) struct Display {
    server: Child,
    /// Its name, for `DISPLAY`.
    pub(crate) name: String,
}

impl Display {
    /// Starts one on a free number.
    pub(crate) fn start() -> Result<Self, Failed> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| Failed(format!("the virtual display cannot be started: {error}")))?;
        let mut number = String::new();
        if let Some(output) = server.stdout.take() {
            BufReader::new(output).read_line(&mut number).map_err(|error| Failed(error.to_string()))?;
        }
        match number.trim().parse::<u32>() {
            Ok(number) => Ok(Self { server, name: format!(":{number}") }),
            Err(_) => Err(Failed("the virtual display did not come up".to_owned())),
        }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        if self.server.kill().is_ok() {
            drop(self.server.wait());
        }
    }
}
