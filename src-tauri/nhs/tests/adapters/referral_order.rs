//! A referral of one test: its content, its endpoint, its order; and the schemas that it has to fit.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use chrono::TimeDelta;
use desk_domain::booking::AppointmentStatus;
use desk_domain::encounter::{AnsweredQuestion, Consent, Encounter, Responses};
use desk_domain::id::{BookingId, DocumentId, OdsCode, OutcomeId, RequestId};
use desk_domain::outcome::{AssessmentOutcome, disposition};
use desk_domain::patient::{Contact, ContactKind, ContactParty, Contacts, Patient, Relationship};
use desk_domain::personal::Personal;
use desk_domain::referral::{BookedThere, referral_permit};
use desk_domain::service::{Service, ServiceEndpoint};
use desk_domain::slot::{Place, Slot};
use desk_journeys::ports::{LinkedBooking, ReferralContent, ReferralOrder};
use uuid::Uuid;

use crate::support::desk::{encounter, noon, patient, service, user};
use crate::support::standard::{skipped, standard};

/// The booking that a referral of a test is linked with.
pub(crate) const BOOKING: &str = "https://provider.example/STU3/1/Appointment/77";

/// The interaction, as the directory gives it.
pub(crate) const INTERACTION: &str = "urn:nhs-itk:interaction:primaryOutofHourRecipientNHS111CDADocument-v2-0";

pub(crate) fn personal(text: &str) -> Personal<String> {
    Personal::from(text)
}

/// Everything that a referral without a booking needs.
pub(crate) fn content() -> ReferralContent {
    let outcome = AssessmentOutcome {
        id: OutcomeId(Uuid::from_u128(17)),
        disposition: disposition("Dx06").expect("a listed outcome"),
        reached: noon(),
        symptom_group: 1011,
        symptom_discriminators: vec![4003],
        reason: personal("Sore throat"),
    };
    let responses = Responses {
        presenting_complaint: personal("Sore throat & fever <39\nsince Monday"),
        summary: personal("Swallows fluids."),
        answers: vec![
            AnsweredQuestion { question: personal("Breathless?"), answer: personal("No") },
            AnsweredQuestion { question: personal("Rash?"), answer: personal("None seen") },
        ],
        advice: personal("Drink plenty; call back if worse."),
        consent: Some(Consent::Patient),
    };
    ReferralContent {
        document: DocumentId(Uuid::from_u128(0x0a70_9a44_23cf_4476_e837_7376_500e_829c)),
        set: DocumentId(Uuid::from_u128(0x4119_10cf_1a76_4330_98fe_c345_ddee_5553)),
        made: noon(),
        author: user(),
        encounter: Encounter {
            id: encounter(),
            started: noon() - TimeDelta::minutes(12),
            started_by: user().id,
            started_by_name: "Ms Asha Example".to_owned(),
            patient: patient(),
            outcomes: vec![outcome.clone()],
            responses,
            reassesses: None,
            version: 1,
            ended: None,
            ending: None,
        },
        outcome,
        service: Service { ods_code: Some(OdsCode::new("NDU01").expect("a code")), ..service() },
        booking: None,
    }
}

/// The same with a booking.
pub(crate) fn booked() -> ReferralContent {
    let slot = Slot {
        id: "slot-1".to_owned(),
        identifier: None,
        schedule: Some("Schedule/1".to_owned()),
        start: noon() + TimeDelta::hours(1),
        end: Some(noon() + TimeDelta::minutes(75)),
        delivery_channel: None,
        place: Some(Place { name: Some("Main site".to_owned()), address: Some("1 High Street, ND1 2AB".to_owned()) }),
        healthcare_service: None,
        practitioner: None,
    };
    let booking =
        LinkedBooking { booking: BookingId(Uuid::from_u128(23)), url: BOOKING.to_owned(), slot, first_offered: true };
    ReferralContent { booking: Some(booking), ..content() }
}

/// A patient who is reached by others as well.
pub(crate) fn with_third_parties(patient: Patient) -> Patient {
    let party = |relationship, name| ContactParty::ThirdParty { relationship, name: personal(name) };
    let of = |whose, kind, value| Contact { whose, kind, value: personal(value) };
    use {ContactKind as K, Relationship as R};
    let contacts = vec![
        of(party(R::Parent, "Ann Smith"), K::Mobile, "07700 900124"),
        of(ContactParty::Patient, K::Phone, "(0113) 496-0000 ext 12"),
        of(party(R::Parent, "Ann Smith"), K::Email, "ann smith@example.org"),
        of(party(R::Partner, ""), K::Phone, "01134960001"),
        of(party(R::Carer, "C <&> \"C\""), K::Phone, "01134960002"),
        of(party(R::NextOfKin, "N"), K::Phone, "01134960003"),
        of(party(R::Friend, "F"), K::Phone, "01134960004"),
        of(party(R::Other, "O"), K::Phone, "01134960005"),
        of(ContactParty::Patient, K::Email, "j@example.org"),
    ];
    Patient { contacts: Contacts::new(contacts).expect("a number"), ..patient }
}

/// An endpoint of the directory at an address.
pub(crate) fn endpoint(address: &str) -> ServiceEndpoint {
    ServiceEndpoint {
        order: 1,
        transport: "itk".to_owned(),
        format: "CDA".to_owned(),
        interaction: INTERACTION.to_owned(),
        business_scenario: "Primary".to_owned(),
        address: address.to_owned(),
        compression: "uncompressed".to_owned(),
        comment: String::new(),
    }
}

/// An order to send this there.
pub(crate) fn order(content: ReferralContent, endpoint: ServiceEndpoint) -> ReferralOrder {
    let there = content
        .booking
        .as_ref()
        .map_or(BookedThere::None, |booking| BookedThere::Made(booking.booking, AppointmentStatus::Booked));
    let permit = referral_permit(content.encounter.id, &content.service, &there).expect("leave to refer");
    ReferralOrder { request: RequestId(Uuid::from_u128(0xbeef)), ordered: noon(), permit, content, endpoint }
}

/// Whether every text fits a schema of the standard, as a validator of others says. Says so where that is not here.
pub(crate) fn fit(texts: &[String], schema: &str) {
    if let Some(Err(why)) = validated(texts, schema) {
        panic!("{why}");
    }
}

/// Holds messages, or documents, to the rules that no schema says, by a reader that is not the writer's; each document in
/// earnest, so that no booking stands at a plain address. What was looked at, as JSON.
pub(crate) fn held_to_the_rules(texts: &[String]) -> serde_json::Value {
    let scratch = tempfile::tempdir().expect("a folder");
    for (number, text) in texts.iter().enumerate() {
        std::fs::write(scratch.path().join(format!("{number}.xml")), text).expect("written");
    }
    let told = rules("check.py", &[OsStr::new("--live"), scratch.path().as_os_str()]);
    serde_json::from_str(&told.unwrap_or_else(|breaches| panic!("{breaches}"))).expect("what was looked at")
}

/// Runs a script of the rules for referrals: what it says, or what it says against it.
pub(crate) fn rules(script: &str, arguments: &[&OsStr]) -> Result<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/referral-rules");
    // The Python that stands first in the path may not be the system's own, for which the package of lxml is.
    let knows = |python: &&str| {
        let tried = Command::new(python).args(["-c", "from lxml import isoschematron"]).output();
        tried.is_ok_and(|tried| tried.status.success())
    };
    let python = ["python3", "/usr/bin/python3"].into_iter().find(knows);
    let python = python.expect("python3-lxml is installed: `cargo xtask test` does it");
    let output = Command::new(python).arg(folder.join(script)).args(arguments).output().expect("it ran a moment ago");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// What a validator of others says of texts; none where the schemas are not here.
pub(crate) fn validated(texts: &[String], schema: &str) -> Option<Result<(), String>> {
    let Some(folder) = standard().map(|folder| folder.join("referral").join("Schemas")).filter(|at| at.is_dir()) else {
        skipped("the schemas of the standard are not on this machine (BOOKING_STANDARD)");
        return None;
    };
    let lint = || Command::new("xmllint");
    assert!(lint().arg("--version").output().is_ok(), "xmllint is not installed: `cargo xtask test` does it");
    let scratch = tempfile::tempdir().expect("a folder");
    let file = |(number, text): (usize, &String)| {
        let file = scratch.path().join(format!("{number}.xml"));
        std::fs::write(&file, text).expect("written");
        file
    };
    let files: Vec<_> = texts.iter().enumerate().map(file).collect();
    let schema: &Path = &folder.join(schema);
    let told = lint().args(["--noout", "--nonet", "--schema"]).arg(schema).args(files).output().expect("run");
    Some(if told.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&told.stderr).into_owned()) })
}
