//! The patient and the services that show each scenario: built in for the demonstration NHS, from a file for others.

use std::collections::BTreeMap;
use std::path::Path;

use desk_composition::Composed;
use desk_contract::patient::PatientInput;
use desk_domain::id::DosServiceId;
use serde::{Deserialize, Serialize};

use crate::assure::{field, service_id};
use crate::exit::Failed;

/// What a service shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shows {
    /// One booking connection that works; nothing said about booking only.
    Connection,
    /// It says that it is not booking only.
    NotBookingOnly,
    /// It says that it is booking only.
    BookingOnly,
    /// No booking connection.
    NoConnection,
    /// Several booking connections.
    SeveralConnections,
    /// Its system is not in the Spine directory.
    SystemMissing,
    /// Its system is not registered for slots.
    WithoutSlots,
    /// Its system is not registered for bookings.
    WithoutBookings,
    /// Its system is registered for GP Connect as well.
    MixedWithGpConnect,
    /// Its system has several addresses.
    SeveralAddresses,
    /// Its system has no address.
    WithoutAddress,
    /// Its system's address is none.
    UnusableAddress,
}

/// The services of the demonstration NHS, in the order in which it has them.
const DEMONSTRATION: [Shows; 12] = [
    Shows::Connection,
    Shows::NotBookingOnly,
    Shows::BookingOnly,
    Shows::NoConnection,
    Shows::SeveralConnections,
    Shows::SystemMissing,
    Shows::WithoutSlots,
    Shows::WithoutBookings,
    Shows::MixedWithGpConnect,
    Shows::SeveralAddresses,
    Shows::WithoutAddress,
    Shows::UnusableAddress,
];
const FIRST_OF_DEMONSTRATION: u32 = 111_900;
/// From where the demonstration finds them.
const DEMONSTRATION_POSTCODE: &str = "ND99 9ZZ";

/// The case.
pub(crate) struct Case {
    pub(crate) patient: PatientInput,
    pub(crate) outcome: String,
    pub(crate) symptom_group: String,
    pub(crate) symptom_discriminators: String,
    pub(crate) reason: String,
    pub(crate) services: BTreeMap<Shows, DosServiceId>,
}

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    patient: std::path::PathBuf,
    outcome: String,
    symptom_group: u32,
    #[serde(default)]
    symptom_discriminators: Vec<u32>,
    #[serde(default = "reason")]
    reason: String,
    services: BTreeMap<Shows, String>,
}

fn reason() -> String {
    "Assurance of the booking interface".to_owned()
}

impl Case {
    /// Reads the file, or takes the demonstration's own case.
    pub(crate) fn read(composed: &Composed, file: Option<&Path>) -> Result<Self, Failed> {
        match file {
            Some(file) => Self::of_file(file),
            None if composed.demonstration => Self::of_demonstration(composed),
            None => Err(field("scenarios", "Name a file that says which services show the scenarios")),
        }
    }

    fn of_demonstration(composed: &Composed) -> Result<Self, Failed> {
        let ready = composed.ready_patients.first();
        let patient = ready.ok_or_else(|| field("scenarios", "This demonstration has no ready patient"))?.input();
        let numbered = DEMONSTRATION.into_iter().zip(FIRST_OF_DEMONSTRATION..);
        let services = numbered.map(|(shows, id)| Ok((shows, service_id("services", &id.to_string())?)));
        Ok(Self {
            patient: PatientInput { current_postcode: DEMONSTRATION_POSTCODE.to_owned(), ..patient },
            outcome: "Dx06".to_owned(),
            symptom_group: "1011".to_owned(),
            symptom_discriminators: "4003".to_owned(),
            reason: reason(),
            services: services.collect::<Result<_, Failed>>()?,
        })
    }

    fn of_file(file: &Path) -> Result<Self, Failed> {
        let unreadable = |what: &Path, why: &str| field("scenarios", &format!("{}: {why}", what.display()));
        let text = std::fs::read_to_string(file).map_err(|error| unreadable(file, &error.to_string()))?;
        let read: File = toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].lines().count().max(1));
            unreadable(file, &format!("line {line}: {}", error.message()))
        })?;
        let patient_file = file.parent().unwrap_or(Path::new(".")).join(&read.patient);
        let patient =
            std::fs::read_to_string(&patient_file).map_err(|error| unreadable(&patient_file, &error.to_string()))?;
        let patient = serde_json::from_str(&patient)
            .map_err(|error| unreadable(&patient_file, &format!("not a patient form: line {}", error.line())))?;
        let services = read.services.iter().map(|(shows, id)| Ok((*shows, service_id("services", id)?)));
        let discriminators: Vec<String> = read.symptom_discriminators.iter().map(u32::to_string).collect();
        Ok(Self {
            patient,
            outcome: read.outcome,
            symptom_group: read.symptom_group.to_string(),
            symptom_discriminators: discriminators.join(","),
            reason: read.reason,
            services: services.collect::<Result<_, Failed>>()?,
        })
    }
}
