//! A desk of one test: settings, a clock that stands still, a log that keeps what is recorded; a person, a patient, an order.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use desk_domain::booking::{AppointmentStatus, HeldBooking};
use desk_domain::failure::DirectoryFailure;
use desk_domain::gate::permit;
use desk_domain::id::{
    Asid, DispositionCode, DocumentId, DosServiceId, EncounterId, NhsNumber, OdsCode, OutcomeId, Postcode, RequestId,
    SdsId, SearchId, UserId, Username,
};
use desk_domain::outcome::{AssessmentOutcome, disposition};
use desk_domain::patient::{Address, Age, Contact, ContactKind, ContactParty, Contacts, Gender, Patient, PersonName};
use desk_domain::personal::Personal;
use desk_domain::service::{OpeningTimes, Service};
use desk_domain::slot::{Slot, SlotWindow};
use desk_domain::user::{Role, User};
use desk_journeys::ports::{
    Asking, BookingOrder, CancelOrder, ClinicalCase, Clock, Exchange, ExchangeLog, ProviderAddress, ServiceAnswer,
};
use desk_nhs::settings::{
    DosSettings, FhirSettings, ItkSettings, NhsSettings, Organisation, SdsSettings, SspSettings, TimeoutSettings,
    TlsSettings, TokenSettings,
};
use desk_nhs::{NhsAdapters, connect};
use serde_json::json;
use url::Url;
use uuid::Uuid;

/// A clock that stands still, and counts the ids it gives.
#[derive(Default)]
struct StandingClock(AtomicU64);

impl Clock for StandingClock {
    fn now(&self) -> DateTime<Utc> {
        noon()
    }

    fn new_id(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) | 0xabcd << 64)
    }
}

/// The time of every test.
pub(crate) fn noon() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().expect("an instant")
}

/// Exchanges as they were recorded.
#[derive(Default)]
pub(crate) struct Recorded(Mutex<Vec<Exchange>>);

impl ExchangeLog for Recorded {
    fn record(&self, exchange: Exchange) {
        self.0.lock().expect("no panic").push(exchange);
    }
}

impl Recorded {
    /// All of them, oldest first.
    pub(crate) fn all(&self) -> Vec<Exchange> {
        self.0.lock().expect("no panic").clone()
    }
}

/// A desk.
pub(crate) struct Desk {
    pub(crate) nhs: NhsAdapters,
    log: Arc<Recorded>,
}

impl Desk {
    pub(crate) fn new(settings: NhsSettings) -> Self {
        let log = Arc::new(Recorded::default());
        let kept = Arc::clone(&log) as Arc<dyn ExchangeLog>;
        let nhs = connect(settings, Arc::new(StandingClock::default()), kept, None).expect("settings that fit");
        Self { nhs, log }
    }

    /// What was recorded, oldest first.
    pub(crate) fn recorded(&self) -> Vec<Exchange> {
        self.log.all()
    }

    /// Asks the Directory of Services for services.
    pub(crate) async fn services(&self) -> Result<ServiceAnswer, DirectoryFailure> {
        self.nhs.directory.services_for(encounter(), search_id(), &case()).await
    }
}

/// Settings of a desk whose systems are all where nobody answers, until a test says where they are.
pub(crate) fn settings() -> NhsSettings {
    let nowhere = |scheme: &str| Url::parse(&format!("{scheme}://127.0.0.1:1/")).expect("a URL");
    NhsSettings {
        organisation: Organisation {
            ods_code: OdsCode::new("NDA01").expect("a code"),
            name: "Northdale NHS 111".to_owned(),
            asid: asid("200000000205"),
            issuer_url: Url::parse("https://desk.northdale111.example").expect("a URL"),
            device_name: "desk 7".to_owned(),
        },
        dos: DosSettings { url: nowhere("http"), username: "desk".to_owned(), password: "secret".to_owned() },
        sds: SdsSettings { url: nowhere("ldap"), base: "ou=Services,o=nhs".to_owned() },
        ssp: None,
        registry: None,
        tls: TlsSettings::default(),
        token: TokenSettings::default(),
        timeouts: timeouts(20, 20, 20),
        fhir: FhirSettings::default(),
        itk: ItkSettings::default(),
        version: "1.2.3".to_owned(),
    }
}

/// How long to wait for the connection, the first byte and the whole answer, in seconds.
pub(crate) fn timeouts(connect: u64, first_byte: u64, whole: u64) -> TimeoutSettings {
    let seconds = json!({ "connect_seconds": connect, "first_byte_seconds": first_byte, "whole_seconds": whole });
    serde_json::from_value(seconds).expect("settings")
}

/// The proxy's part of the settings.
pub(crate) fn proxy(url: &str) -> Option<SspSettings> {
    Some(SspSettings { url: Url::parse(url).expect("a URL") })
}

pub(crate) fn asid(digits: &str) -> Asid {
    Asid::new(digits).expect("an ASID")
}

/// A provider at a root.
pub(crate) fn at(root: &str) -> ProviderAddress {
    ProviderAddress { asid: asid("200000000301"), root: root.to_owned(), slot_interaction: None }
}

pub(crate) fn encounter() -> EncounterId {
    EncounterId(Uuid::from_u128(11))
}

/// A search, for the desk's own record.
pub(crate) fn search_id() -> SearchId {
    SearchId(Uuid::from_u128(12))
}

/// A request that an address is for.
pub(crate) fn request() -> RequestId {
    RequestId(Uuid::from_u128(13))
}

pub(crate) fn user() -> User {
    User {
        id: UserId(Uuid::from_u128(7)),
        username: Username::new("handler").expect("a username"),
        name: PersonName {
            title: Personal::from("Ms"),
            given: Personal::from("Asha"),
            family: Personal::from("Example"),
        },
        role: Role::CallHandler,
        sds_user_id: Some(SdsId::new("100000000001").expect("an id")),
        sds_role_profile_id: Some(SdsId::new("100000000002").expect("an id")),
        locked: false,
    }
}

/// On whose behalf a provider is asked.
pub(crate) fn asking() -> Asking {
    Asking {
        user: user(),
        encounter: encounter(),
        service: Some(service_id()),
        request: RequestId(Uuid::from_u128(13)),
        background: false,
    }
}

/// Two hours from now.
pub(crate) fn window() -> SlotWindow {
    SlotWindow { from: noon(), until: noon() + TimeDelta::hours(2) }
}

pub(crate) fn service_id() -> DosServiceId {
    DosServiceId::new("111001").expect("a service id")
}

pub(crate) fn postcode() -> Postcode {
    Postcode::new("ZZ99 3CZ").expect("a postcode")
}

pub(crate) fn case() -> ClinicalCase {
    ClinicalCase {
        case_reference: "case".to_owned(),
        postcode: postcode(),
        gp_practice: None,
        age: Age::Years(40),
        gender: Gender::Female,
        disposition: DispositionCode::new("Dx06").expect("a code"),
        symptom_group: 1011,
        symptom_discriminators: vec![4003],
        search_distance_km: None,
        search_at: None,
    }
}

/// An order for a slot at a provider.
pub(crate) fn order(provider: ProviderAddress) -> BookingOrder {
    let disposition = disposition("Dx06").expect("a listed outcome");
    let outcome = AssessmentOutcome {
        id: OutcomeId(Uuid::from_u128(17)),
        disposition,
        reached: noon(),
        symptom_group: 1011,
        symptom_discriminators: vec![4003],
        reason: Personal::from("Sore throat"),
    };
    let slot = Slot {
        id: "slot-1".to_owned(),
        identifier: None,
        schedule: Some("Schedule/1".to_owned()),
        start: noon() + TimeDelta::hours(1),
        end: Some(noon() + TimeDelta::minutes(75)),
        delivery_channel: None,
        place: None,
        healthcare_service: None,
        practitioner: None,
    };
    let permit = permit((user().id, user().role), &outcome, &slot, None, noon()).expect("a slot in time");
    BookingOrder {
        request: RequestId(Uuid::from_u128(0xbeef)),
        document: DocumentId(Uuid::from_u128(19)),
        ordered: noon(),
        user: user(),
        encounter: encounter(),
        outcome: outcome.id,
        disposition: outcome.disposition.code.clone(),
        patient: patient(),
        reason: Personal::from("Sore throat"),
        service: service(),
        provider,
        slot,
        permit,
        rebook: None,
    }
}

/// An order to cancel a booking at a provider, as it was shown.
pub(crate) fn cancel_order(provider: ProviderAddress, appointment_id: &str, version: &str) -> CancelOrder {
    let shown = HeldBooking {
        appointment_id: appointment_id.to_owned(),
        version: version.to_owned(),
        url: format!("{}/Appointment/{appointment_id}", provider.root),
        status: AppointmentStatus::Booked,
    };
    CancelOrder {
        request: RequestId(Uuid::from_u128(0xcafe)),
        ordered: noon(),
        user: user(),
        encounter: encounter(),
        booking: None,
        rebook: None,
        patient: patient(),
        service: Some(service()),
        provider,
        shown,
        start: Some(noon() + TimeDelta::hours(1)),
        reason: Personal::from("Feels better"),
    }
}

pub(crate) fn nhs_number() -> NhsNumber {
    NhsNumber::new("9434765919").expect("an NHS number")
}

pub(crate) fn patient() -> Patient {
    let phone =
        Contact { whose: ContactParty::Patient, kind: ContactKind::Mobile, value: Personal::from("07700 900123") };
    Patient {
        nhs_number: Some(nhs_number()),
        name: PersonName {
            title: Personal::from("Mr"),
            given: Personal::from("John"),
            family: Personal::from("Smith"),
        },
        birth_date: Personal::new("1974-11-12".parse().expect("a date")),
        gender: Gender::Male,
        address: Address {
            lines: vec![Personal::from("1 Example Road")],
            town: Personal::from("Northdale"),
            postcode: postcode(),
        },
        current_postcode: postcode(),
        gp_practice: None,
        contacts: Contacts::new(vec![phone]).expect("a number"),
    }
}

pub(crate) fn service() -> Service {
    Service {
        id: service_id(),
        name: "Northdale Urgent Treatment Centre".to_owned(),
        kind: "Urgent Treatment Centre".to_owned(),
        address: None,
        postcode: None,
        distance_miles: None,
        phone: None,
        professional_phone: None,
        ods_code: None,
        referral_information: None,
        public_information: None,
        opening: OpeningTimes::default(),
        capacity: None,
        attributes: Vec::new(),
        endpoints: Vec::new(),
        catch_all: false,
    }
}
