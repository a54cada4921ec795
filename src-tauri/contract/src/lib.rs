//! What crosses from the core to a screen, and back.
//!
//! Domain types never reach a screen: this crate turns them into view models whose texts are ready to be read
//! (clinical display conventions, UK local time), and turns what a person typed into domain values or into errors
//! beside the field they belong to. The table from failure to words lives in `words.rs`, once; [`failures`] goes through
//! all of it, for the manual and for the tests.
//!
//! The TypeScript in `ui/src/contract/` ([`typescript`]) and the manual's `MESSAGES.md` are generated from here and held
//! against drift by tests.
//! This crate decides nothing and does no I/O.

pub mod approval;
pub mod audit;
pub mod booking;
pub mod cancel;
pub mod demonstration;
pub mod display;
pub mod failures;
mod form;
pub mod keeping;
pub mod outcome;
pub mod patient;
pub mod problem;
pub mod referral;
pub mod reports;
pub mod responses;
pub mod service;
pub mod session;
pub mod slot;
pub mod starting;
pub mod typescript;
pub mod unfinished;
mod words;
