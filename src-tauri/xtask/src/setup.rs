//! Set-up: the system, then the UI. What is there already is not done again, so that a second run takes no time.

use std::time::Instant;

use crate::packages::Purpose;
use crate::steps::{Failed, seconds};
use crate::{system, ui};

/// Sets up for a purpose.
pub(crate) fn set_up(purpose: Purpose) -> Result<(), Failed> {
    let began = Instant::now();
    println!("== set-up");
    system::provide(purpose)?;
    ui::provide()?;
    if purpose >= Purpose::Tests {
        ui::provide_validators()?;
    }
    println!("Set up in {}.", seconds(began.elapsed()));
    Ok(())
}
