//! What the demonstration's providers, proxy, directories and receiver of referrals owe (PV), asked by plain clients that are not ours.

#![expect(clippy::expect_used, reason = "a test says at once what is not as it needs it")]

mod anything;
mod bookings;
mod cancelling;
mod consumer;
mod forms;
mod profiles;
mod referrals;
mod situations;
mod slots;
mod spine;
mod tokens;
