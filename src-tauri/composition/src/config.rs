//! The configuration file (TOML) of the application: the same for the window and for `deskctl`.

use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

use desk_nhs::settings::{
    DosSettings, FhirSettings, NhsSettings, Organisation, RegistrySettings, SdsSettings, SspSettings, TimeoutSettings,
    TlsSettings, TokenSettings,
};
use serde::Deserialize;

use crate::demonstration::ReadyPatient;

/// The configuration of a desk.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Whether the other side is a demonstration: shown on every page, with ready users and patients.
    #[serde(default)]
    pub demonstration: bool,
    /// Where the record is kept; the system's place for it where none is named.
    pub data_folder: Option<PathBuf>,
    /// The organisation.
    pub organisation: Organisation,
    /// The Directory of Services.
    pub dos: DosSettings,
    /// The Spine directory.
    pub sds: SdsSettings,
    /// The Spine proxy; without it providers are asked directly.
    pub ssp: Option<SspSettings>,
    /// The appointment registry, where there is one.
    pub registry: Option<RegistrySettings>,
    /// Certificates.
    #[serde(default)]
    pub tls: TlsSettings,
    /// The form of tokens.
    #[serde(default)]
    pub token: TokenSettings,
    /// How long to wait.
    #[serde(default)]
    pub timeouts: TimeoutSettings,
    /// What providers differ in.
    #[serde(default)]
    pub fhir: FhirSettings,
    /// How the desk behaves to whoever sits at it.
    #[serde(default)]
    pub desk: DeskSettings,
    /// Invented patients that a demonstration has ready.
    #[serde(default)]
    pub demonstration_patient: Vec<ReadyPatient>,
}

/// How the desk behaves to whoever sits at it.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeskSettings {
    /// After so many seconds without anybody at it the window is locked (NF-3).
    pub lock_after_seconds: NonZeroU16,
}

impl Default for DeskSettings {
    fn default() -> Self {
        Self { lock_after_seconds: const { NonZeroU16::new(600).unwrap() } }
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("the configuration file {0} cannot be read: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// Something in it does not fit. The message names line and key; values are never repeated.
    #[error("the configuration does not fit: {0}")]
    Unfit(String),
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// [`ConfigError`] in words, with the line.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(file).map_err(|error| ConfigError::Unreadable(file.to_owned(), error))?;
        let mut config = Self::parse(&text)?;
        // Paths are relative to the file that names them.
        let base = file.parent().unwrap_or(Path::new("."));
        let tls = &mut config.tls;
        let named = [
            &mut config.data_folder,
            &mut tls.client_certificate,
            &mut tls.client_key,
            &mut tls.ca,
            &mut config.token.key,
        ];
        for path in named.into_iter().flatten() {
            *path = base.join(&*path);
        }
        Ok(config)
    }

    /// Reads a configuration from its text.
    ///
    /// # Errors
    /// [`ConfigError::Unfit`].
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| text[..span.start.min(text.len())].lines().count().max(1));
            let at = line.map(|line| format!("line {line}: ")).unwrap_or_default();
            ConfigError::Unfit(format!("{at}{}", error.message()))
        })
    }

    /// Where the configuration is looked for when none is named.
    #[must_use]
    pub fn default_file() -> Option<PathBuf> {
        directories::ProjectDirs::from("", "", "booking-desk").map(|dirs| dirs.config_dir().join("config.toml"))
    }

    /// The part that the adapters need.
    #[must_use]
    pub fn nhs(&self, version: &str) -> NhsSettings {
        NhsSettings {
            organisation: self.organisation.clone(),
            dos: self.dos.clone(),
            sds: self.sds.clone(),
            ssp: self.ssp.clone(),
            registry: self.registry.clone(),
            tls: self.tls.clone(),
            token: self.token.clone(),
            timeouts: self.timeouts.clone(),
            fhir: self.fhir.clone(),
            version: version.to_owned(),
        }
    }
}
