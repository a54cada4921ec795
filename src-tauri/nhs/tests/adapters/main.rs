//! The adapters over real sockets, by system: against servers that answer as each test says, TLS servers that demand a
//! certificate, a directory server of OpenLDAP, and validators of others. All of it through the public ports.
//!
//! One program and not one a file, so that what they share is compiled and linked once.

#![expect(clippy::expect_used, clippy::panic, reason = "a test says at once what is not as it needs it")]

mod appointment;
mod bookings;
mod cancelling;
mod dos;
mod referral_document;
mod referral_order;
mod referral_sending;
mod registry;
mod requests;
#[cfg(target_os = "linux")]
mod sds;
mod slots;
mod support;
mod tls;
mod token;
mod transport;
