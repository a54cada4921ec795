//! What crosses from the core to a screen, and back.
//!
//! Domain types never reach a screen: this crate turns them into view models whose texts are ready to be read
//! (clinical display conventions, UK local time), and turns what a person typed into domain values or into errors
//! beside the field they belong to. The table from error code to words lives in [`problem`], once.
//!
//! The TypeScript in `ui/src/contract/` is generated from here ([`typescript`]) and held against drift by a test.
//! This crate decides nothing and does no I/O.

pub mod booking;
pub mod display;
mod form;
pub mod outcome;
pub mod patient;
pub mod problem;
pub mod service;
pub mod session;
pub mod slot;
pub mod typescript;
pub mod unfinished;
mod words;
