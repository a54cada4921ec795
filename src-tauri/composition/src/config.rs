//! The configuration file (TOML) of the application: the same for the window and for `deskctl`.

use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

use desk_domain::outcome::{Disposition, Timeframe};
use desk_domain::retention::YearsKept;
use desk_nhs::settings::{
    DosSettings, FhirSettings, ItkSettings, NhsSettings, Organisation, RegistrySettings, SdsSettings, SspSettings,
    TimeoutSettings, TlsSettings, TokenSettings,
};
use serde::Deserialize;

use crate::demonstration::ReadyPatient;
use crate::logging::LogSettings;

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
    /// How referrals are written and sent.
    #[serde(default)]
    pub itk: ItkSettings,
    /// How the desk behaves to whoever sits at it.
    #[serde(default)]
    pub desk: DeskSettings,
    /// How long records are kept (NF-5).
    #[serde(default)]
    pub retention: RetentionSettings,
    /// How the desk logs to files.
    #[serde(default)]
    pub logs: LogSettings,
    /// How the record is protected.
    #[serde(default)]
    pub record: RecordSettings,
    /// Where copies of the record go each day; none are made where it is left out.
    pub backup: Option<BackupSettings>,
    /// Assessment outcomes of this organisation's own.
    #[serde(default)]
    pub local_outcome: Vec<LocalOutcome>,
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

/// How long records are kept.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetentionSettings {
    /// For so many years after the last thing that happened, 1 to 100.
    pub years: YearsKept,
}

/// How the record is protected (NF-5).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecordSettings {
    /// The file with the record's key, on a machine without a key store; where none is named, the operating system's key
    /// store has it.
    pub key_file: Option<PathBuf>,
}

/// Where copies of the record go each day (NF-5).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupSettings {
    /// The folder: best on another disk, or on another machine.
    pub folder: PathBuf,
    /// For so many days each is kept.
    #[serde(default = "thirty_days")]
    pub keep: NonZeroU16,
}

const fn thirty_days() -> NonZeroU16 {
    const { NonZeroU16::new(30).unwrap() }
}

/// An assessment outcome of this organisation's own, with its timeframe: so many hours, so many working days, or neither.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalOutcome {
    /// Its code.
    code: String,
    /// What it asks for.
    description: String,
    /// Within so many hours.
    hours: Option<u16>,
    /// By the end of the so-many-th working day after.
    working_days: Option<u8>,
    /// The NHS Pathways code that directories and receivers know it by.
    known_as: String,
}

impl LocalOutcome {
    fn read(&self) -> Result<Disposition, ConfigError> {
        let unfit = |why: &str| ConfigError::Unfit(format!("the local outcome “{}”: {why}", self.code));
        let timeframe = match (self.hours, self.working_days) {
            (Some(hours), None) => Timeframe::Hours(hours),
            (None, Some(days)) => Timeframe::WorkingDays(days),
            (None, None) => Timeframe::None,
            (Some(_), Some(_)) => return Err(unfit("it has hours and working days")),
        };
        let outcome = Disposition::local(&self.code, &self.description, timeframe, &self.known_as);
        outcome.map_err(|error| unfit(&error.to_string()))
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
            &mut config.record.key_file,
        ];
        let backup = config.backup.as_mut().map(|backup| &mut backup.folder);
        for path in named.into_iter().flatten().chain(backup) {
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

    /// The outcomes of this organisation's own.
    ///
    /// # Errors
    /// [`ConfigError::Unfit`] names the one that cannot be used.
    pub fn local_outcomes(&self) -> Result<Vec<Disposition>, ConfigError> {
        let mut all: Vec<Disposition> = Vec::new();
        for outcome in &self.local_outcome {
            let outcome = outcome.read()?;
            if all.iter().any(|other| other.code == outcome.code) {
                return Err(ConfigError::Unfit(format!("the local outcome “{}” stands twice", outcome.code)));
            }
            all.push(outcome);
        }
        Ok(all)
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
            itk: ItkSettings { demonstration: self.demonstration, ..self.itk.clone() },
            version: version.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Parts {
        #[serde(default)]
        retention: RetentionSettings,
        #[serde(default)]
        logs: LogSettings,
    }

    #[test]
    fn nf_5_records_are_kept_for_eight_years_where_nothing_else_is_said_and_never_for_none() {
        let years = |text: &str| toml::from_str::<Parts>(text).map(|parts| parts.retention.years.number());
        assert_eq!(years(""), Ok(8), "the default");
        assert_eq!(years("[retention]\nyears = 25"), Ok(25), "as the organisation says");
        for unfit in ["years = 0", "years = 101", "years = -1", "years = 8.5", "months = 8"] {
            assert!(years(&format!("[retention]\n{unfit}")).is_err(), "{unfit}");
        }
        let words = years("[retention]\nyears = 0").expect_err("unfit").to_string();
        assert!(words.contains("records are kept for 1 to 100 years"), "{words}");
    }

    #[test]
    fn logs_have_a_level_and_so_many_days() {
        let logs = |text: &str| toml::from_str::<Parts>(text).map(|parts| parts.logs);
        assert!(logs("[logs]\nlevel = \"debug\"\ndays = 7").is_ok(), "both");
        for unfit in ["level = \"loud\"", "days = 0", "days = 4000", "folder = \"x\""] {
            assert!(logs(&format!("[logs]\n{unfit}")).is_err(), "{unfit}");
        }
    }
}
