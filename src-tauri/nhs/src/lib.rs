//! The adapters to the national systems, behind the ports of `desk-journeys`.
//!
//! | Module | What it speaks |
//! |---|---|
//! | [`settings`] | What the configuration file says of each system |
//! | [`observe`] | Looking on at the wire, for evidence |
//! | [`reading`] | The readers alone, for benchmarks and fuzzing |
//! | `connection` | Connections: TCP and TLS, and whose certificate is at fault |
//! | `transport` | HTTPS with client certificate, bounded in time and size |
//! | `xml` | Reading XML from others, tolerant and bounded |
//! | `dos` | The Directory of Services (SOAP 1.2, version 1.5) |
//! | `ldap` | Searches in a directory, bounded |
//! | `sds` | The Spine Directory Service (LDAP) |
//! | `token` | The token of each request |
//! | `address` | URLs through the Spine proxy, and directly |
//! | `fhir` | Providers (FHIR STU3): slots and appointments |
//! | `itk` | Referrals: the clinical document and its message (SOAP 1.1, ITK) |
//! | `registry` | The appointment registry (FHIR STU3) |
//!
//! Strict in what is sent, tolerant in what is read. No retry stands here: the booking state machine decides that.

mod address;
mod connection;
mod dos;
mod fhir;
mod itk;
mod ldap;
pub mod observe;
pub mod reading;
mod registry;
mod sds;
pub mod settings;
mod token;
mod transport;
mod xml;

use std::sync::Arc;

use desk_journeys::ports::{
    AppointmentRegistry, BookingProvider, Clock, EndpointDirectory, ExchangeLog, ReferralSender, ServiceDirectory,
};

use crate::observe::Observer;
pub use crate::settings::{NhsSettings, SettingsError};
use crate::token::Tokens;
use crate::transport::Transport;

/// The adapters, connected.
pub struct NhsAdapters {
    /// The Directory of Services.
    pub directory: Arc<dyn ServiceDirectory>,
    /// The Spine directory.
    pub endpoints: Arc<dyn EndpointDirectory>,
    /// The providers.
    pub provider: Arc<dyn BookingProvider>,
    /// The appointment registry; none where none is configured (RG-2, RG-3).
    pub registry: Option<Arc<dyn AppointmentRegistry>>,
    /// Whoever carries referrals.
    pub referrals: Arc<dyn ReferralSender>,
}

/// Makes the adapters from the settings. An observer sees every exchange whole; the desk at work has none.
///
/// # Errors
/// [`SettingsError`] in words: an unsafe address, a certificate or key that cannot be read.
pub fn connect(
    settings: NhsSettings,
    clock: Arc<dyn Clock>,
    log: Arc<dyn ExchangeLog>,
    observer: Option<Arc<dyn Observer>>,
) -> Result<NhsAdapters, SettingsError> {
    settings.check()?;
    let tls = transport::tls_config(&settings.tls)?;
    let transport = Transport::new(tls.clone(), &settings.timeouts, Arc::clone(&clock), observer.clone());
    let slower = settings.timeouts.with_answer_in(settings.itk.answer_seconds);
    let slower = Transport::new(tls.clone(), &slower, Arc::clone(&clock), observer.clone());
    let referrals = itk::Itk::new(&settings, slower, Arc::clone(&clock), Arc::clone(&log));
    let tokens = Tokens::new(&settings)?;
    let directory = dos::Dos::new(settings.dos.clone(), transport.clone(), Arc::clone(&clock), Arc::clone(&log));
    let endpoints = sds::Sds::new(&settings, tls, Arc::clone(&clock), Arc::clone(&log), observer);
    let registry_root = settings.registry.as_ref().map(|registry| registry.url.to_string());
    let exchanges = Arc::new(fhir::exchange::Exchanges { settings, transport, tokens, clock, log });
    let registry = registry_root.map(|root| registry::Registry::new(Arc::clone(&exchanges), &root));
    let provider = fhir::Providers::new(exchanges);
    Ok(NhsAdapters {
        directory: Arc::new(directory),
        endpoints: Arc::new(endpoints),
        provider: Arc::new(provider),
        registry: registry.map(|registry| Arc::new(registry) as Arc<dyn AppointmentRegistry>),
        referrals: Arc::new(referrals),
    })
}
