//! The rules of finding, booking, cancelling and rebooking urgent-care appointments, as pure functions and types.
//!
//! | Module | What it rules |
//! |---|---|
//! | [`id`] | Checked identifiers: NHS number, ASID, DoS service id, ODS code, request ids |
//! | [`personal`] | The wrapper that keeps personal data out of logs |
//! | [`patient`] | Who the patient is and how to reach them (BK-2, BK-5) |
//! | [`outcome`] | Assessment outcomes and their timeframes (TF) |
//! | [`calendar`] | English bank holidays, working days, UK local time (SL-7) |
//! | [`reject`] | Reasons for passing over the first ranked service (DI-10) |
//! | [`service`] | Services, their booking connection (DI-4, DI-5) and opening times |
//! | [`slot`] | Free slots as a provider gave them (SL) |
//! | [`user`] | People at the desk, and the one table of what each role may do (NF-3) |
//! | [`approval`] | A clinician's approval of a slot outside the timeframe (TF-2, TF-3) |
//! | [`gate`] | The timeframe gate and the booking-only gate (TF, BO) |
//! | [`booking`] | The state machine of one booking attempt (BK-3, BK-4) |
//! | [`cancel`] | The state machine of one cancellation, and whose booking it is (CA) |
//! | [`referral`] | The booking-only gate and the state machine of one delivery (BO, BK-6) |
//! | [`route`] | Which way a referral goes, and who gets a copy (BK-6) |
//! | [`rebook`] | The state machine of a rebooking (RB) |
//! | [`report`] | What a referral tells its reader, section by section (BK-6) |
//! | [`paper`] | The same as people read it: with patient, service and sender (BK-6) |
//! | [`failure`] | What can fail, in the field's words |
//! | [`audit`] | What is recorded of every action (NF-3) |
//! | [`canonical`] | One form of bytes for one value, with what is personal kept apart |
//! | [`chain`] | The chain of hashes over the audit record: how it is made, and where it breaks |
//! | [`reports`] | What each report counts (RP) |
//! | [`mod@reference`] | A reference as somebody quotes it to the help desk |
//! | [`retention`] | When records have been kept long enough (NF-5) |
//! | [`keeping`] | Which key opens the record, its recovery copy, how long backups are kept (NF-5) |
//!
//! Invariants: no I/O, no async, no clock, no randomness. Time is an argument; ids are given. Nothing here knows
//! FHIR, SOAP, LDAP, SQL or a screen.

pub mod approval;
pub mod audit;
pub mod booking;
pub mod calendar;
pub mod cancel;
pub mod canonical;
pub mod chain;
pub mod encounter;
pub mod failure;
pub mod gate;
pub mod id;
pub mod keeping;
pub mod outcome;
pub mod paper;
pub mod patient;
pub mod personal;
pub mod rebook;
pub mod reference;
pub mod referral;
pub mod reject;
pub mod report;
pub mod reports;
pub mod retention;
pub mod route;
pub mod service;
pub mod slot;
pub mod user;
