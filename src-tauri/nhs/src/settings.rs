//! What the configuration file says of each national system. Unsafe addresses are refused, never silently used (AU-3).

use std::collections::HashMap;
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::time::Duration;

use desk_domain::id::{Asid, OdsCode};
use desk_domain::user::Role;
use serde::Deserialize;
use url::{Host, Url};

/// Everything the adapters need.
#[derive(Debug, Clone)]
pub struct NhsSettings {
    /// The organisation.
    pub organisation: Organisation,
    /// The Directory of Services.
    pub dos: DosSettings,
    /// The Spine directory.
    pub sds: SdsSettings,
    /// The Spine proxy; without it, providers are asked directly.
    pub ssp: Option<SspSettings>,
    /// The appointment registry, where there is one (RG-2).
    pub registry: Option<RegistrySettings>,
    /// Certificates.
    pub tls: TlsSettings,
    /// The form of tokens.
    pub token: TokenSettings,
    /// How long to wait.
    pub timeouts: TimeoutSettings,
    /// What providers differ in.
    pub fhir: FhirSettings,
    /// How referrals are written and sent.
    pub itk: ItkSettings,
    /// Version of the application.
    pub version: String,
}

/// The organisation that books.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// ODS code.
    pub ods_code: OdsCode,
    /// Name.
    pub name: String,
    /// Our ASID.
    pub asid: Asid,
    /// Our own endpoint URL: `iss` of tokens.
    pub issuer_url: Url,
    /// Name of this desk.
    pub device_name: String,
}

/// The Directory of Services.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DosSettings {
    /// Address of the web service.
    pub url: Url,
    /// Account.
    pub username: String,
    /// Its password.
    pub password: String,
}

impl std::fmt::Debug for DosSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DosSettings").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

/// The Spine directory.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SdsSettings {
    /// `ldaps://…`, or `ldap://` on this machine.
    pub url: Url,
    /// Where the services are, for example `ou=Services,o=nhs`.
    pub base: String,
}

/// The Spine proxy.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SspSettings {
    /// Its address.
    pub url: Url,
}

/// The appointment registry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrySettings {
    /// Its root: what stands before `/Appointment`.
    pub url: Url,
}

/// Certificates.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// Our certificate with its chain (PEM).
    pub client_certificate: Option<PathBuf>,
    /// Its key (PEM).
    pub client_key: Option<PathBuf>,
    /// The authorities that we trust (PEM); the system's where none is named.
    pub ca: Option<PathBuf>,
}

/// The form of tokens.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenSettings {
    /// Unsigned as the interim standard has it, or signed.
    #[serde(default)]
    pub mode: TokenMode,
    /// Algorithm of a signed token.
    pub algorithm: Option<TokenAlgorithm>,
    /// Key file of a signed token (PEM).
    pub key: Option<PathBuf>,
    /// Id of that key.
    pub key_id: Option<String>,
}

/// Unsigned or signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenMode {
    /// `alg: none`, as the interim standard has it.
    #[default]
    Unsigned,
    /// Signed with a key.
    Signed,
}

/// Algorithm of a signed token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum TokenAlgorithm {
    /// RSA, SHA-256.
    RS256,
    /// RSA, SHA-512.
    RS512,
    /// P-256, SHA-256.
    ES256,
}

/// How long to wait.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimeoutSettings {
    connect_seconds: u64,
    first_byte_seconds: u64,
    whole_seconds: u64,
}

impl Default for TimeoutSettings {
    fn default() -> Self {
        Self { connect_seconds: 5, first_byte_seconds: 20, whole_seconds: 30 }
    }
}

impl TimeoutSettings {
    /// For the connection.
    #[must_use]
    pub const fn connect(&self) -> Duration {
        Duration::from_secs(self.connect_seconds)
    }

    /// For the first byte of the answer.
    #[must_use]
    pub const fn first_byte(&self) -> Duration {
        Duration::from_secs(self.first_byte_seconds)
    }

    /// For the whole answer.
    #[must_use]
    pub const fn whole(&self) -> Duration {
        Duration::from_secs(self.whole_seconds)
    }

    /// The same for a system that takes up to so many seconds to answer.
    pub(crate) fn with_answer_in(&self, seconds: NonZeroU16) -> Self {
        let seconds = u64::from(seconds.get());
        Self { connect_seconds: self.connect_seconds, first_byte_seconds: seconds, whole_seconds: seconds }
    }
}

/// What providers differ in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FhirSettings {
    /// How related resources are asked for.
    pub include_style: IncludeStyle,
    /// The interaction id sent with slot searches; the one that the Spine directory registered where none is named.
    pub slot_interaction: Option<String>,
    /// How many slot searches that nobody waits for one host gets at the same time from this desk.
    pub at_once_per_host: NonZeroU16,
}

impl Default for FhirSettings {
    fn default() -> Self {
        Self {
            include_style: IncludeStyle::default(),
            slot_interaction: None,
            at_once_per_host: const { NonZeroU16::new(24).unwrap() },
        }
    }
}

/// How related resources are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IncludeStyle {
    /// `_include=…` throughout.
    #[default]
    Plain,
    /// `_include:iterate=…` for what hangs on included resources.
    Iterate,
}

/// How referrals are written and sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ItkSettings {
    /// Receivers that take nothing newer than an NHS 111 report of version 2: addresses of endpoints, or DoS service ids.
    pub strict_v2: Vec<String>,
    /// Who sends, as receivers know it (for example `CN=` and the name in our certificate); our ODS code where not named.
    pub username: Option<String>,
    /// Number under which a receiver's clinician calls back, where there is one.
    pub call_back: Option<String>,
    /// Whether the NHS numbers of this desk were traced: only then are they sent as verified ones.
    pub nhs_numbers_traced: bool,
    /// The national job roles of those who write referrals, by role at the desk.
    pub job_roles: HashMap<Role, JobRole>,
    /// How long to wait for a receiver's answer, in seconds.
    pub answer_seconds: NonZeroU16,
    /// Whether the providers are a demonstration's, whose bookings stand at addresses of this machine that are not
    /// encrypted. Never so in earnest: then no such address is written into a document.
    #[serde(skip)]
    pub demonstration: bool,
}

impl Default for ItkSettings {
    fn default() -> Self {
        Self {
            strict_v2: Vec::new(),
            username: None,
            call_back: None,
            nhs_numbers_traced: false,
            job_roles: HashMap::new(),
            answer_seconds: const { NonZeroU16::new(60).unwrap() },
            demonstration: false,
        }
    }
}

/// A job role as the Spine directory lists them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobRole {
    /// Code, for example `R1690`.
    pub code: String,
    /// Name, for example `Call Operator`.
    pub name: String,
}

impl ItkSettings {
    /// The job role of whoever has a role at the desk; where none is named, the nearest of the national list.
    pub(crate) fn job_role(&self, role: Role) -> JobRole {
        let (code, name) = match role {
            Role::Clinician => ("R8000", "Clinical Practitioner Access Role"),
            Role::CallHandler => ("R1690", "Call Operator"),
            Role::PracticeAdmin => ("R1730", "Receptionist"),
            Role::Supervisor => ("R1972", "Clinical Team Manager"),
        };
        let named = self.job_roles.get(&role).cloned();
        named.unwrap_or_else(|| JobRole { code: code.to_owned(), name: name.to_owned() })
    }
}

/// Why settings do not fit.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// An address is not safe.
    #[error("{what} at {host} is not encrypted: use {scheme}, plain text is for this machine alone")]
    NotEncrypted {
        /// Which system.
        what: &'static str,
        /// Its host.
        host: String,
        /// What to use.
        scheme: &'static str,
    },
    /// An address has another scheme.
    #[error("{what} has an address of another kind: use {scheme}")]
    Scheme {
        /// Which system.
        what: &'static str,
        /// What to use.
        scheme: &'static str,
    },
    /// A file cannot be read.
    #[error("{what} cannot be read from {file}")]
    File {
        /// What.
        what: &'static str,
        /// Where from.
        file: PathBuf,
    },
    /// Certificate without key, or key without certificate.
    #[error("a client certificate needs its key, and a key its certificate")]
    HalfACertificate,
    /// A certificate or key does not fit.
    #[error("the certificates do not fit: {0}")]
    Certificate(String),
    /// A key is named, and tokens are not signed.
    #[error("a token key or algorithm is named, but `mode` is not \"signed\"")]
    KeyWithoutSigning,
    /// A signed token needs algorithm and key.
    #[error("a signed token needs `algorithm` and `key`")]
    UnsignedKey,
}

impl NhsSettings {
    /// Refuses addresses that would send patient details in plain text over a network.
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        encrypted("the Directory of Services", &self.dos.url, "https", "http")?;
        encrypted("the Spine directory", &self.sds.url, "ldaps", "ldap")?;
        if let Some(ssp) = &self.ssp {
            encrypted("the Spine proxy", &ssp.url, "https", "http")?;
        }
        let registry = self.registry.as_ref();
        registry.map_or(Ok(()), |registry| encrypted("the appointment registry", &registry.url, "https", "http"))
    }
}

fn encrypted(what: &'static str, url: &Url, scheme: &'static str, plain: &str) -> Result<(), SettingsError> {
    if url.scheme() == scheme {
        return Ok(());
    }
    if url.scheme() != plain {
        return Err(SettingsError::Scheme { what, scheme });
    }
    if is_this_machine(url) {
        return Ok(());
    }
    Err(SettingsError::NotEncrypted { what, host: url.host_str().unwrap_or_default().to_owned(), scheme })
}

/// Whether an address is of this machine itself.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        // A URL of another scheme than http keeps its host as a name.
        Some(Host::Domain(name)) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn au_3_plain_text_is_for_this_machine_alone() {
        let table = [
            ("http://127.0.0.1:8080/x", true),
            ("http://[::1]:8080/x", true),
            ("http://localhost/x", true),
            ("https://dos.example/x", true),
            ("http://dos.example/x", false),
            ("http://127.0.0.1.example/x", false),
            ("ftp://127.0.0.1/x", false),
        ];
        for (url, fits) in table {
            let url = Url::parse(url).expect("a URL");
            assert_eq!(encrypted("it", &url, "https", "http").is_ok(), fits, "{url}");
        }
        let ldap = Url::parse("ldap://127.0.0.1:1389").expect("a URL");
        assert!(encrypted("it", &ldap, "ldaps", "ldap").is_ok(), "loopback by another scheme");
    }
}
