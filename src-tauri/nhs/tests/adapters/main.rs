//! The adapters over real sockets, by requirement: one program, one file a system.

#![expect(clippy::expect_used, reason = "a test says at once what is not as it needs it")]

mod slots;
mod support;
mod token;
