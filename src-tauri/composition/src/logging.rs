//! Logs for IT: to standard error, without patient details. `BOOKING_DESK_LOG` sets what is logged.

use tracing_subscriber::EnvFilter;

/// Starts logging. Calling it again changes nothing.
pub fn start() {
    let filter = EnvFilter::try_from_env("BOOKING_DESK_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let started = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
    drop(started);
}
