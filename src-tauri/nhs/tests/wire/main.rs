//! The adapters against real components: TLS servers that demand a certificate, a directory server of OpenLDAP, and
//! servers that play back bytes no honest one would send. All of it through the public ports.
//!
//! One program and not one a file, so that what they share is compiled and linked once.

#![expect(clippy::expect_used, clippy::panic, reason = "a test says at once what is not as it needs it")]

mod requests;
#[cfg(target_os = "linux")]
mod sds;
mod support;
mod tls;
mod transport;
