//! What a person does at the desk: sign in, take down a patient, find a service, look for slots, book, finish what did
//! not settle. Each journey asks the rules in `desk-domain`, and reaches the world through the [`ports`] alone.
//!
//! | Module | What a person does there |
//! |---|---|
//! | [`sign_in`] | Sign in, sign out, add users |
//! | [`encounter`] | Take down a patient, record an outcome, end |
//! | [`discover`] | Search services, watch their availability, choose one |
//! | [`slots`] | Look at the free slots of a service |
//! | [`bookings`] | Find bookings: here, at a provider, in the registry |
//! | [`cancel`] | Cancel a booking: read, show, confirm, and the runner of its state machine |
//! | [`rebook`] | Book anew, and only then end the original |
//! | [`refer`] | Refer the patient: the booking-only gate, the document, its deliveries |
//! | [`book`] | Book a slot: the runner of the booking state machine |
//! | [`unfinished`] | See and settle what has no result |
//! | [`review`] | Look at bookings |
//! | [`audit`] | Read, verify, seal and export the audit record |
//! | [`keep`] | Keep the record: back it up, restore it, its key |
//! | [`reports`] | Read reports, and the events behind their numbers |
//! | [`retention`] | Remove what nobody has to keep any more |
//! | [`references`] | Find everything on a reference that a user quotes |
//!
//! Invariants: no STU3, SOAP, LDAP or SQL type here; no clock but the `Clock` port; nothing that changes the outside
//! world leaves before its intent is on disk.

pub mod approve;
pub mod audit;
pub mod book;
pub mod bookings;
pub mod cancel;
pub mod desk;
pub mod discover;
pub mod encounter;
pub mod error;
pub mod keep;
pub mod ports;
pub mod rebook;
pub mod refer;
pub mod references;
pub mod reports;
pub mod retention;
pub mod review;
pub mod sign_in;
pub mod slots;
pub mod unfinished;

pub use desk::{Desk, Ports, Search, SignedIn};
pub use error::JourneyError;
