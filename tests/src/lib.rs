//! Tools of the whole-product tests: a desk on the demonstration NHS, and the real window by WebDriver.

#![expect(clippy::expect_used, reason = "test tools say at once what is not as they need it")]

pub mod desk;
pub mod messages;
pub mod pages;
pub mod printed;
pub mod programs;
pub mod received;
pub mod terminal;
pub mod window;
