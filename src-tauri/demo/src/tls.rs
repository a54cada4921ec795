//! TLS as the NHS has it: a private authority, and servers that demand a certificate from whoever calls. Everything is
//! made at the start and trusted by nobody else. On cue a server shows a certificate that has expired, or does not accept
//! the caller's.

use std::collections::{BTreeSet, HashMap};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::serve::Listener;
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SanType,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

use crate::counter::StandingCue;
use crate::world::{World, lock};
use crate::{DemoError, DemoOptions, TlsDescription};

/// How long a caller has to agree on a connection.
const HANDSHAKE: Duration = Duration::from_secs(15);

/// How long a refused caller may go on talking.
const FAREWELL: Duration = Duration::from_secs(3);

/// What is wrong with a server's TLS, on cue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Spoilt {
    /// Its certificate has expired.
    Expired,
    /// It does not accept the caller's certificate.
    Distrust,
}

/// The certificates of a run, and what is wrong with them on cue.
pub(crate) struct Tls {
    description: TlsDescription,
    good: Arc<CertifiedKey>,
    expired: Arc<CertifiedKey>,
    /// The authority that clients are known by, and one that knows none of them.
    trusted: Arc<RootCertStore>,
    stranger: Arc<RootCertStore>,
    spoilt: Mutex<HashMap<String, BTreeSet<Spoilt>>>,
}

type Authority = CertifiedIssuer<'static, KeyPair>;

fn failed(error: impl std::fmt::Display) -> DemoError {
    DemoError::Tls(error.to_string())
}

impl Tls {
    /// Makes an authority, the certificates under it, and the client's files.
    pub(crate) fn new(options: &DemoOptions, now: DateTime<Utc>) -> Result<Self, DemoError> {
        let folder = options.tls_folder.as_deref();
        let folder = folder.ok_or_else(|| failed("there is no folder for the client's files"))?;
        let (authority, stranger) = (authority("Demonstration authority", now)?, authority("Nobody’s authority", now)?);
        let good = issue(&authority, ExtendedKeyUsagePurpose::ServerAuth, days(now, -1), days(now, 365))?;
        let expired = issue(&authority, ExtendedKeyUsagePurpose::ServerAuth, days(now, -30), days(now, -2))?;
        let client = issue(&authority, ExtendedKeyUsagePurpose::ClientAuth, days(now, -1), days(now, 365))?;
        private_folder(folder)?;
        let written = |name: &str, text: &str| private_file(folder, name, text);
        let description = TlsDescription {
            ca: written("ca.pem", &authority.pem())?,
            client_certificate: written("client.pem", &client.certificate.pem())?,
            client_key: written("client.key", &client.key.serialize_pem())?,
        };
        Ok(Self {
            description,
            good: good.for_a_server()?,
            expired: expired.for_a_server()?,
            trusted: roots(&authority)?,
            stranger: roots(&stranger)?,
            spoilt: Mutex::default(),
        })
    }

    pub(crate) const fn description(&self) -> &TlsDescription {
        &self.description
    }

    /// From the next connection on, until it is mended.
    pub(crate) fn spoil(&self, system: &str, how: Spoilt) {
        lock(&self.spoilt).entry(system.to_owned()).or_default().insert(how);
    }

    pub(crate) fn mend(&self, system: &str) {
        lock(&self.spoilt).remove(system);
    }

    /// What is wrong with which system.
    pub(crate) fn standing(&self) -> Vec<StandingCue> {
        let spoilt = lock(&self.spoilt);
        let all = spoilt.iter().flat_map(|(system, all)| all.iter().map(move |one| (system, one)));
        let words = |one: &Spoilt| match one {
            Spoilt::Expired => "shows an expired certificate on new connections",
            Spoilt::Distrust => "does not accept the desk’s certificate on new connections",
        };
        all.map(|(system, one)| StandingCue { system: system.clone(), what: words(one).to_owned(), times: None })
            .collect()
    }

    pub(crate) fn reset(&self) {
        lock(&self.spoilt).clear();
    }

    /// How the next connection to a system is to be. Nothing is resumed: each caller shows a certificate, and sees ours.
    fn config(&self, system: &str) -> Result<Arc<ServerConfig>, DemoError> {
        let spoilt = lock(&self.spoilt).get(system).cloned().unwrap_or_default();
        let trusted = if spoilt.contains(&Spoilt::Distrust) { &self.stranger } else { &self.trusted };
        let shown = if spoilt.contains(&Spoilt::Expired) { &self.expired } else { &self.good };
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::clone(trusted), Arc::clone(&provider));
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .with_client_cert_verifier(verifier.build().map_err(failed)?)
            .with_cert_resolver(Arc::new(Shown(Arc::clone(shown))));
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Arc::new(config))
    }
}

/// The certificate that a server shows, whatever name it is called by.
#[derive(Debug)]
struct Shown(Arc<CertifiedKey>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// A certificate with its key.
struct Issued {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Issued {
    fn for_a_server(&self) -> Result<Arc<CertifiedKey>, DemoError> {
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key).map_err(failed)?;
        Ok(Arc::new(CertifiedKey::new(vec![self.certificate.der().clone()], key)))
    }
}

fn authority(name: &str, now: DateTime<Utc>) -> Result<Authority, DemoError> {
    let mut params = named(name, days(now, -60), days(now, 730));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate().map_err(failed)?).map_err(failed)
}

fn issue(
    authority: &Authority,
    purpose: ExtendedKeyUsagePurpose,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Issued, DemoError> {
    let mut params = named("Northdale demonstration", from, until);
    let localhost = "localhost".try_into().map_err(failed)?;
    params.subject_alt_names = vec![SanType::IpAddress(Ipv4Addr::LOCALHOST.into()), SanType::DnsName(localhost)];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![purpose];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate().map_err(failed)?;
    let certificate = params.signed_by(&key, authority).map_err(failed)?;
    Ok(Issued { certificate, key })
}

fn named(name: &str, from: DateTime<Utc>, until: DateTime<Utc>) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    let date = |at: DateTime<Utc>| rcgen::date_time_ymd(at.year(), at.month() as u8, at.day() as u8);
    (params.not_before, params.not_after) = (date(from), date(until));
    params
}

fn days(now: DateTime<Utc>, days: i64) -> DateTime<Utc> {
    now + TimeDelta::days(days)
}

fn roots(authority: &Authority) -> Result<Arc<RootCertStore>, DemoError> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::clone(authority.der())).map_err(failed)?;
    Ok(Arc::new(roots))
}

/// A folder that only its owner looks into.
fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// A file that only its owner reads. One of an earlier run goes first: it might be open to others.
fn private_file(folder: &Path, name: &str, text: &str) -> std::io::Result<PathBuf> {
    let path = folder.join(name);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&path)?.write_all(text.as_bytes())?;
    Ok(path)
}

type Agreed = (TlsStream<TcpStream>, SocketAddr);

/// Where a system is called: plain, or on TLS. Callers that do not come to an agreement hold nobody up.
pub(crate) struct Door {
    system: &'static str,
    listener: TcpListener,
    world: Arc<World>,
    handshakes: JoinSet<Option<Agreed>>,
}

impl Door {
    pub(crate) fn new(system: &'static str, listener: TcpListener, world: &Arc<World>) -> Self {
        Self { system, listener, world: Arc::clone(world), handshakes: JoinSet::new() }
    }

    fn greet(&mut self, stream: TcpStream, address: SocketAddr, tls: &Tls) {
        let system = self.system;
        let config = match tls.config(system) {
            Ok(config) => config,
            Err(error) => return tracing::error!(system, %error, "a connection cannot be encrypted"),
        };
        self.handshakes.spawn(async move {
            let greeted = TlsAcceptor::from(config).accept(stream).into_fallible();
            match tokio::time::timeout(HANDSHAKE, greeted).await {
                Ok(Ok(secured)) => Some((secured, address)),
                Ok(Err((error, stream))) => {
                    tracing::debug!(system, %error, "a caller was not agreed with");
                    part_in_peace(stream).await;
                    None
                }
                Err(_) => None,
            }
        });
    }
}

/// Hears a refused caller out: a connection closed over what was not read yet is reset, and the alert that says why would
/// be lost with it.
async fn part_in_peace(mut stream: TcpStream) {
    let rest = async {
        drop(stream.shutdown().await);
        let mut unread = [0; 4096];
        while stream.read(&mut unread).await.is_ok_and(|read| read > 0) {}
    };
    drop(tokio::time::timeout(FAREWELL, rest).await);
}

impl Listener for Door {
    type Io = Either<TcpStream, TlsStream<TcpStream>>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        let world = Arc::clone(&self.world);
        loop {
            tokio::select! {
                (stream, address) = Listener::accept(&mut self.listener) => match &world.tls {
                    Some(tls) => self.greet(stream, address, tls),
                    None => return (Either::Left(stream), address),
                },
                Some(agreed) = self.handshakes.join_next() => {
                    if let Ok(Some((stream, address))) = agreed {
                        return (Either::Right(stream), address);
                    }
                }
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}
