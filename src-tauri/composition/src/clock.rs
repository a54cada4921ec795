//! The clock of the machine, and random ids: the only place in the application that reads either.

use chrono::{DateTime, Utc};
use desk_journeys::ports::Clock;
use uuid::Uuid;

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    #[expect(clippy::disallowed_methods, reason = "this is where ids come from")]
    fn new_id(&self) -> Uuid {
        Uuid::new_v4()
    }
}
