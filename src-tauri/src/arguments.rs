//! How the application is called.

use std::path::PathBuf;

use clap::Parser;

/// Booking Desk: find a service for a patient, see its free slots, book one.
#[derive(Debug, Clone, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// Start with the embedded demonstration NHS: nothing leaves this machine.
    #[arg(long, conflicts_with = "config")]
    pub(crate) demonstration: bool,
    /// The configuration file; without it, the system's place for one.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// In a demonstration, keep its record and its bookings in this folder; without it, every start is fresh.
    #[arg(long, value_name = "DIR", requires = "demonstration")]
    pub(crate) data: Option<PathBuf>,
    /// In a demonstration, which of the ready-made worlds.
    #[arg(long, default_value_t = 1, requires = "demonstration")]
    pub(crate) seed: u64,
    /// In a demonstration, how long providers take to answer, in milliseconds.
    #[arg(long, default_value_t = 0, requires = "demonstration")]
    pub(crate) latency_ms: u64,
}

impl Arguments {
    /// Whether this is the desk's one live window, rather than a demonstration or a desk set up by hand.
    pub(crate) const fn is_the_one_desk(&self) -> bool {
        !self.demonstration && self.config.is_none()
    }
}
