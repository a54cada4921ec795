//! A demonstration NHS on loopback sockets: a Directory of Services (SOAP), a Spine directory (LDAP), a Spine proxy that
//! really forwards, FHIR STU3 providers, an appointment registry, and a receiver of referrals (ITK).
//!
//! It speaks the standard by its own reading and uses none of the application's adapters, so that the two cannot share
//! one mistake. Everything in it is invented.
//!
//! | Module | What is in it |
//! |---|---|
//! | `world` | Organisation, providers, services, patients |
//! | `diary` | Slots and bookings of a provider; the one lock under which they change |
//! | `dos`, `sds`, `ssp`, `fhir`, `registry`, `itk` | The systems, one module each |
//! | `tls` | Certificates and encrypted connections, where they are asked for |
//! | `control` | Situations on cue, and what was asked and is held |
//! | `situations` | Named scenarios, and what happens at a provider on its own |
//! | `counter` | The provider's side of the counter, as a trainer sees it |

mod control;
mod counter;
mod diary;
mod dos;
mod fhir;
mod itk;
mod registry;
mod sds;
mod situations;
mod ssp;
mod tls;
mod world;

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub use crate::control::Control;
pub use crate::counter::{
    ArrivedDocument, Asking, BookingHistory, BookingVersion, Counter, DiaryTime, ServiceDiary, StandingCue,
};
pub use crate::situations::{SCENARIOS, Scenario};
use crate::tls::Door;
use crate::world::World;
pub use crate::world::{Contact, Patient};

/// The variable of the environment that names a folder for [`DemoOptions::messages`], for a demonstration that somebody
/// else starts: the window's own.
pub const MESSAGES: &str = "DEMO_NHS_MESSAGES";

/// How the demonstration is to be.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// How many services the directory knows; the first twelve each have a peculiarity.
    pub services: usize,
    /// About how many slots a service with slots has.
    pub slots_per_service: usize,
    /// How much longer every provider takes to answer.
    pub latency: Duration,
    /// Which world: the same seed and time give the same slots.
    pub seed: u64,
    /// The time that slots are laid around (UTC); now where none is given.
    pub now: Option<DateTime<Utc>>,
    /// Where bookings are kept between runs; in memory where no folder is given.
    pub data: Option<PathBuf>,
    /// How long the proxy waits for a provider before it answers 504.
    pub proxy_patience: Duration,
    /// Whether DoS, proxy and Spine directory are on TLS, with an authority of their own, and demand a client's
    /// certificate.
    pub tls: bool,
    /// Where the authority's certificate and the client's certificate and key are written; needed with `tls`.
    pub tls_folder: Option<PathBuf>,
    /// Where every message of a referral is left as it came, a file each; nowhere where no folder is given.
    pub messages: Option<PathBuf>,
}

impl Default for DemoOptions {
    fn default() -> Self {
        Self {
            services: 12,
            slots_per_service: 40,
            latency: Duration::ZERO,
            seed: 1,
            now: None,
            data: None,
            proxy_patience: Duration::from_secs(25),
            tls: false,
            tls_folder: None,
            messages: std::env::var_os(MESSAGES).map(PathBuf::from),
        }
    }
}

/// Why the demonstration could not start, or a cue could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A socket or file.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The HTTP client of the proxy.
    #[error("the proxy cannot be made: {0}")]
    Client(#[from] reqwest::Error),
    /// Certificates that cannot be made, or have nowhere to go.
    #[error("TLS cannot be had: {0}")]
    Tls(String),
    /// A cue that makes no sense.
    #[error("this cue makes no sense: {0}")]
    Cue(String),
}

/// Everything that a consumer needs to know to talk to the demonstration.
#[derive(Debug, Clone, Serialize)]
pub struct Description {
    /// The Directory of Services.
    pub dos: DosDescription,
    /// The Spine directory.
    pub sds: SdsDescription,
    /// The Spine proxy.
    pub ssp: UrlDescription,
    /// The providers.
    pub providers: Vec<ProviderDescription>,
    /// The appointment registry.
    pub registry: UrlDescription,
    /// The organisation that books.
    pub organisation: OrganisationDescription,
    /// The services, with what is peculiar to each.
    pub services: Vec<ServiceDescription>,
    /// Ready-made, invented patients.
    pub patients: Vec<Patient>,
    /// Where situations are cued (`POST /control`), and where one sees what is held (`GET /held`,
    /// `GET /documents`) and was asked (`GET /asked`).
    pub control: UrlDescription,
    /// What a consumer needs for TLS, where it is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsDescription>,
    /// The seed.
    pub seed: u64,
    /// When it started (UTC).
    pub started_at: DateTime<Utc>,
    /// The receiver of referrals.
    pub itk: UrlDescription,
}

/// The files that a consumer needs for TLS, all PEM.
#[derive(Debug, Clone, Serialize)]
pub struct TlsDescription {
    /// The certificate of the authority of all servers.
    pub ca: PathBuf,
    /// The certificate that a client shows.
    pub client_certificate: PathBuf,
    /// Its key.
    pub client_key: PathBuf,
}

/// A system with one address.
#[derive(Debug, Clone, Serialize)]
pub struct UrlDescription {
    /// Its address.
    pub url: String,
}

/// The Directory of Services.
#[derive(Debug, Clone, Serialize)]
pub struct DosDescription {
    /// Its address.
    pub url: String,
    /// Account.
    pub username: String,
    /// Password.
    pub password: String,
    /// All accounts, among them those of call handlers and clinicians, which are told of different services.
    pub accounts: Vec<DosAccount>,
}

/// An account of the Directory of Services.
#[derive(Debug, Clone, Serialize)]
pub struct DosAccount {
    /// Account.
    pub username: String,
    /// Password.
    pub password: String,
    /// Whom it is for, or what is wrong with it.
    pub purpose: String,
}

/// The Spine directory.
#[derive(Debug, Clone, Serialize)]
pub struct SdsDescription {
    /// Its address.
    pub url: String,
    /// Base of searches.
    pub base: String,
}

/// A provider.
#[derive(Debug, Clone, Serialize)]
pub struct ProviderDescription {
    /// Short name, used in cues.
    pub name: String,
    /// Service root.
    pub root: String,
    /// ASID.
    pub asid: String,
    /// Party key.
    pub party_key: String,
}

/// The organisation that books.
#[derive(Debug, Clone, Serialize)]
pub struct OrganisationDescription {
    /// ODS code.
    pub ods_code: String,
    /// Name.
    pub name: String,
    /// ASID.
    pub asid: String,
    /// Endpoint URL.
    pub issuer_url: String,
}

/// A service.
#[derive(Debug, Clone, Serialize)]
pub struct ServiceDescription {
    /// DoS service id.
    pub id: String,
    /// Name.
    pub name: String,
    /// ASID of its booking system, where it has one.
    pub asid: Option<String>,
    /// Short name of its provider, where it has one.
    pub provider: Option<String>,
    /// Whether a referral needs a booking.
    pub booking_only: bool,
    /// Whether it can be booked.
    pub bookable: bool,
    /// What is peculiar to it.
    pub note: String,
}

/// A running demonstration. Dropping it stops its servers.
pub struct DemoNhs {
    description: Description,
    control: Control,
    servers: JoinSet<()>,
}

impl std::fmt::Debug for DemoNhs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DemoNhs").field("control", &self.description.control.url).finish_non_exhaustive()
    }
}

/// Starts the demonstration on free loopback ports.
///
/// # Errors
/// [`DemoError`] where a socket or the data folder cannot be had.
pub async fn start(options: DemoOptions) -> Result<DemoNhs, DemoError> {
    let started_at = options.now.unwrap_or_else(now);
    let mut listeners = Vec::new();
    for _ in 0..world::PROVIDERS.len() {
        listeners.push(listen().await?);
    }
    let addresses: Vec<SocketAddr> = listeners.iter().map(|(_, address)| *address).collect();
    let (itk, itk_address) = listen().await?;
    let receiver = itk::Receiver::new(format!("http://{itk_address}{}", itk::PATH), options.messages.clone())?;
    let (registry, registry_address) = listen().await?;
    let world = Arc::new(World::new(&options, started_at, &addresses, (registry_address, receiver))?);
    let control = Control::new(Arc::clone(&world));
    let mut servers = JoinSet::new();
    for (index, (listener, _)) in listeners.into_iter().enumerate() {
        serve(&mut servers, listener, fhir::router(Arc::clone(&world), index));
    }
    let (dos, dos_address) = listen().await?;
    serve(&mut servers, Door::new("dos", dos, &world), dos::router(Arc::clone(&world)));
    serve(&mut servers, itk, itk::router(Arc::clone(&world)));
    let (ssp, ssp_address) = listen().await?;
    let proxy = ssp::router(Arc::clone(&world), options.proxy_patience)?;
    serve(&mut servers, Door::new("ssp", ssp, &world), proxy);
    serve(&mut servers, registry, registry::router(Arc::clone(&world)));
    let (controls, control_address) = listen().await?;
    serve(&mut servers, controls, control::router(control.clone()));
    let (sds, sds_address) = listen().await?;
    servers.spawn(sds::serve(Door::new("sds", sds, &world), Arc::clone(&world)));
    let url = |address: SocketAddr, path: &str| UrlDescription { url: format!("http://{address}{path}") };
    let s = if options.tls { "s" } else { "" };
    let description = Description {
        dos: DosDescription {
            url: format!("http{s}://{dos_address}{}", dos::PATH),
            username: world::DOS_USERNAME.to_owned(),
            password: world::DOS_PASSWORD.to_owned(),
            accounts: dos::described(),
        },
        sds: SdsDescription { url: format!("ldap{s}://{sds_address}"), base: sds::BASE.to_owned() },
        ssp: UrlDescription { url: format!("http{s}://{ssp_address}") },
        providers: world.provider_descriptions(),
        registry: url(registry_address, registry::ROOT),
        organisation: world::organisation(),
        services: world.service_descriptions(),
        patients: world::patients(),
        control: url(control_address, ""),
        tls: world.tls.as_ref().map(|tls| tls.description().clone()),
        seed: options.seed,
        started_at,
        itk: UrlDescription { url: world.itk.url.clone() },
    };
    Ok(DemoNhs { description, control, servers })
}

impl DemoNhs {
    /// What a consumer needs to know.
    #[must_use]
    pub const fn description(&self) -> &Description {
        &self.description
    }

    /// Situations on cue.
    #[must_use]
    pub const fn control(&self) -> &Control {
        &self.control
    }

    /// Stops the servers.
    pub async fn stop(mut self) {
        self.servers.shutdown().await;
    }

    /// A configuration of the application that fits this demonstration.
    #[must_use]
    pub fn config_toml(&self, data_folder: &Path) -> String {
        let d = &self.description;
        let o = &d.organisation;
        let mut text = format!(
            "# Written by demo-nhs: fits this run of the demonstration alone.\ndemonstration = true\ndata_folder = {}\n\n\
             [organisation]\nods_code = {}\nname = {}\nasid = {}\nissuer_url = {}\ndevice_name = \"demonstration desk\"\n\n\
             [dos]\nurl = {}\nusername = {}\npassword = {}\n\n[sds]\nurl = {}\nbase = {}\n\n[ssp]\nurl = {}\n\n\
             [registry]\nurl = {}\n\n[token]\nmode = \"unsigned\"\n",
            quoted(&data_folder.to_string_lossy()),
            quoted(&o.ods_code),
            quoted(&o.name),
            quoted(&o.asid),
            quoted(&o.issuer_url),
            quoted(&d.dos.url),
            quoted(&d.dos.username),
            quoted(&d.dos.password),
            quoted(&d.sds.url),
            quoted(&d.sds.base),
            quoted(&d.ssp.url),
            quoted(&d.registry.url),
        );
        if let Some(tls) = &d.tls {
            let file = |path: &Path| quoted(&path.to_string_lossy());
            let (ca, certificate, key) = (file(&tls.ca), file(&tls.client_certificate), file(&tls.client_key));
            text.push_str(&format!("\n[tls]\nca = {ca}\nclient_certificate = {certificate}\nclient_key = {key}\n"));
        }
        for patient in &d.patients {
            text.push_str(&patient.toml());
        }
        text
    }
}

/// A basic TOML string.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(character);
            }
            control if control.is_control() => drop(write!(quoted, "\\u{:04X}", u32::from(control))),
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}

async fn listen() -> Result<(TcpListener, SocketAddr), DemoError> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

fn serve<L: axum::serve::Listener<Addr: std::fmt::Debug>>(servers: &mut JoinSet<()>, listener: L, router: Router) {
    servers.spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "a demonstration server ended");
        }
    });
}

/// The clock of the demonstration.
#[expect(clippy::disallowed_methods, reason = "the one place where the demonstration reads the clock")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A new random id.
#[expect(clippy::disallowed_methods, reason = "the one place where the demonstration makes ids")]
pub(crate) fn new_id() -> uuid::Uuid {
    uuid::Uuid::new_v4()
}
