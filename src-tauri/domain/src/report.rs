//! The report of a referral as its reader sees it: sections of text, tables and links, in their order (BK-6). One model
//! for what is sent and for what is shown before it is sent, so that both are the same. Knows no form of the wire.
//!
//! Who the patient is, who wrote it and whom it goes to stand beside the report, not in it.

use chrono::{DateTime, Utc};

use crate::calendar::{local, zone_name};
use crate::encounter::{Encounter, Responses};
use crate::outcome::AssessmentOutcome;
use crate::patient::{Contact, ContactKind, ContactParty, Patient, Relationship};
use crate::personal::Personal;
use crate::service::Service;
use crate::slot::Slot;

/// What a report tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its sections, in the order in which they are read: what is to be done, by when and where stands before why, and the
    /// answers, which may be many, stand last. None is empty.
    pub sections: Vec<Section>,
}

/// A part of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What it is about; each stands at most once.
    pub topic: Topic,
    /// Its heading.
    pub heading: String,
    /// What it says, in order; at least one.
    pub blocks: Vec<Block>,
}

/// What a section is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Topic {
    /// The outcome and its timeframe.
    Outcome,
    /// What is asked of the service.
    CareRequested,
    /// The booking that goes with it.
    Appointment,
    /// What the patient presents with.
    PresentingComplaint,
    /// The clinical summary.
    ClinicalSummary,
    /// What the patient was told.
    AdviceGiven,
    /// Where the patient is and how to reach them.
    Reaching,
    /// On what the sharing rests.
    Consent,
    /// Questions and answers of the assessment.
    Assessment,
}

/// A piece of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Text; its line breaks count.
    Text(Personal<String>),
    /// Names and values, in rows.
    Facts(Vec<(&'static str, Personal<String>)>),
    /// A table under two headings.
    Table {
        /// The headings.
        headings: [&'static str; 2],
        /// The rows; at least one.
        rows: Vec<[Personal<String>; 2]>,
    },
    /// A link.
    Link {
        /// What it says.
        words: String,
        /// Where it leads; an absolute URL.
        url: String,
    },
}

/// The booking that a report is linked with.
#[derive(Debug, Clone, Copy)]
pub struct BookedSlot<'a> {
    /// Its absolute URL at the provider.
    pub url: &'a str,
    /// The slot.
    pub slot: &'a Slot,
}

impl Report {
    /// What is told of an encounter to the service that its patient is referred to. The same arguments give the same
    /// report. Sections for which nothing was taken down are left out.
    #[must_use]
    pub fn of(
        encounter: &Encounter,
        outcome: &AssessmentOutcome,
        service: &Service,
        booked: Option<BookedSlot<'_>>,
    ) -> Self {
        let Responses { presenting_complaint, summary, answers, advice, consent } = &encounter.responses;
        let answers = answers.iter().map(|one| [one.question.clone(), one.answer.clone()]).collect::<Vec<_>>();
        let answers = (!answers.is_empty()).then_some(Block::Table { headings: ["Question", "Answer"], rows: answers });
        let consent = consent.map(|consent| Block::Text(consent.words().into()));
        let sections = [
            section(Topic::Outcome, "Outcome", Some(reached(outcome))),
            section(Topic::CareRequested, "Care requested", Some(requested(outcome, service, booked))),
            booked.map(|booked| appointment(service, booked)),
            section(Topic::PresentingComplaint, "Presenting complaint", text(presenting_complaint)),
            section(Topic::ClinicalSummary, "Clinical summary", text(summary)),
            section(Topic::AdviceGiven, "Information and advice given", text(advice)),
            section(Topic::Reaching, "How to reach the patient", Some(reaching(&encounter.patient))),
            section(Topic::Consent, "Consent to sharing information", consent),
            section(Topic::Assessment, "Questions and answers", answers),
        ];
        Self { sections: sections.into_iter().flatten().collect() }
    }
}

fn section(topic: Topic, heading: &str, block: Option<Block>) -> Option<Section> {
    block.map(|block| Section { topic, heading: heading.to_owned(), blocks: vec![block] })
}

fn text(said: &Personal<String>) -> Option<Block> {
    (!said.reveal().trim().is_empty()).then(|| Block::Text(said.clone()))
}

fn reached(outcome: &AssessmentOutcome) -> Block {
    let disposition = &outcome.disposition;
    let mut facts = vec![
        ("Outcome", Personal::new(disposition.description.clone())),
        ("Timeframe", Personal::new(disposition.timeframe.words())),
    ];
    facts.extend(outcome.due().map(|due| ("Needed by", Personal::new(moment(due)))));
    facts.extend([
        ("Reached", Personal::new(moment(outcome.reached))),
        ("Outcome’s code", Personal::new(disposition.code.to_string())),
    ]);
    Block::Facts(facts)
}

fn requested(outcome: &AssessmentOutcome, service: &Service, booked: Option<BookedSlot<'_>>) -> Block {
    let mut facts = vec![("Service", Personal::new(service.name.clone()))];
    if !outcome.reason.reveal().trim().is_empty() {
        facts.push(("Reason", outcome.reason.clone()));
    }
    let appointment = booked.map_or_else(
        || "None is booked with this referral".to_owned(),
        |booked| format!("Booked for {}", moment(booked.slot.start)),
    );
    facts.push(("Appointment", Personal::new(appointment)));
    Block::Facts(facts)
}

/// Ranks and kinds of contacts do not all have a place beside the report (BK-5), so that they stand in it.
fn reaching(patient: &Patient) -> Block {
    let now = ("Where the patient is now", Personal::new(patient.current_postcode.as_str().to_owned()));
    let contacts = patient.contacts.ranked().map(|(rank, contact)| {
        let label = if rank == 1 { "Try first" } else { "Then try" };
        (label, Personal::new(contact_words(contact)))
    });
    Block::Facts(std::iter::once(now).chain(contacts).collect())
}

fn contact_words(contact: &Contact) -> String {
    let kind = match contact.kind {
        ContactKind::Phone => "telephone",
        ContactKind::Mobile => "mobile",
        ContactKind::Email => "email",
    };
    let whose = match &contact.whose {
        ContactParty::Patient => "the patient".to_owned(),
        ContactParty::ThirdParty { relationship, name } => {
            let relation = match relationship {
                Relationship::Parent => "parent or guardian",
                Relationship::Partner => "partner",
                Relationship::Carer => "carer",
                Relationship::NextOfKin => "next of kin",
                Relationship::Friend => "friend",
                Relationship::Other => "somebody else",
            };
            match name.reveal().trim() {
                "" => relation.to_owned(),
                name => format!("{name}, {relation}"),
            }
        }
    };
    format!("{} ({kind}, {whose})", contact.value.reveal().trim())
}

fn appointment(service: &Service, booked: BookedSlot<'_>) -> Section {
    let (start, place) = (local(booked.slot.start), booked.slot.place.as_ref());
    let day = start.format("%A %d-%b-%Y");
    let heading = format!("Booked appointment with {} on {day} at {}", service.name, start.format("%H:%M"));
    let mut when = format!("{} on {}", service.name, moment(booked.slot.start));
    for part in place.into_iter().flat_map(|place| [&place.name, &place.address]).flatten() {
        when = format!("{when}\n{part}");
    }
    // By the provider's reference the service finds it; nobody reads an address on paper.
    if let Some(reference) = booked.url.rsplit('/').next().filter(|reference| !reference.is_empty()) {
        when = format!("{when}\nBooking reference {reference}");
    }
    let link = Block::Link { words: "The booked appointment".to_owned(), url: booked.url.to_owned() };
    Section { topic: Topic::Appointment, heading, blocks: vec![Block::Text(Personal::new(when)), link] }
}

/// A UK local time with its zone: `20-Nov-2026 14:30 GMT`.
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    format!("{} {}", local(at).format("%d-%b-%Y %H:%M"), zone_name(at))
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::encounter::{AnsweredQuestion, Consent};
    use crate::id::{DosServiceId, EncounterId, OutcomeId, Postcode, UserId};
    use crate::outcome::disposition;
    use crate::patient::{Address, Contacts, Gender, PersonName};
    use crate::service::OpeningTimes;
    use crate::slot::Place;
    use uuid::Uuid;

    use super::*;

    pub(crate) fn personal(text: &str) -> Personal<String> {
        Personal::from(text)
    }

    pub(crate) fn outcome() -> AssessmentOutcome {
        AssessmentOutcome {
            id: OutcomeId(Uuid::nil()),
            disposition: disposition("Dx06").expect("a listed outcome"),
            reached: "2026-07-20T11:00:00Z".parse().expect("an instant"),
            symptom_group: 1011,
            symptom_discriminators: Vec::new(),
            reason: personal("Sore throat"),
        }
    }

    pub(crate) fn encounter() -> Encounter {
        let postcode = Postcode::new("ZZ99 3CZ").expect("a postcode");
        let mother = ContactParty::ThirdParty { relationship: Relationship::Parent, name: personal("Ann Smith") };
        let contacts = vec![
            Contact { whose: mother, kind: ContactKind::Mobile, value: personal("07700 900124") },
            Contact { whose: ContactParty::Patient, kind: ContactKind::Email, value: personal("j@example.org") },
        ];
        Encounter {
            id: EncounterId(Uuid::nil()),
            started: "2026-07-20T10:50:00Z".parse().expect("an instant"),
            started_by: UserId(Uuid::nil()),
            started_by_name: String::new(),
            patient: Patient {
                nhs_number: None,
                name: PersonName { title: personal(""), given: personal("John"), family: personal("Smith") },
                birth_date: Personal::new("2020-01-02".parse().expect("a day")),
                gender: Gender::Male,
                address: Address { lines: Vec::new(), town: personal(""), postcode: postcode.clone() },
                current_postcode: postcode,
                gp_practice: None,
                contacts: Contacts::new(contacts).expect("a number"),
            },
            outcomes: Vec::new(),
            responses: Responses {
                presenting_complaint: personal("Sore throat\nsince Monday"),
                summary: personal("  "),
                answers: vec![AnsweredQuestion { question: personal("Fever?"), answer: personal("No") }],
                advice: personal("Drink"),
                consent: Some(Consent::Representative),
            },
            reassesses: None,
            version: 1,
            ended: None,
            ending: None,
        }
    }

    pub(crate) fn service() -> Service {
        Service {
            id: DosServiceId::new("111001").expect("an id"),
            name: "Northdale Urgent Treatment Centre".to_owned(),
            kind: String::new(),
            address: None,
            postcode: None,
            distance_miles: None,
            phone: None,
            professional_phone: None,
            ods_code: None,
            referral_information: None,
            public_information: None,
            capacity: None,
            opening: OpeningTimes::default(),
            attributes: Vec::new(),
            endpoints: Vec::new(),
            catch_all: false,
        }
    }

    fn slot() -> Slot {
        Slot {
            id: "1".to_owned(),
            identifier: None,
            schedule: None,
            start: "2026-07-20T13:30:00Z".parse().expect("an instant"),
            end: None,
            delivery_channel: None,
            place: Some(Place { name: Some("Main site".to_owned()), address: None }),
            healthcare_service: None,
            practitioner: None,
        }
    }

    fn topics(report: &Report) -> Vec<Topic> {
        report.sections.iter().map(|section| section.topic).collect()
    }

    #[test]
    fn bk_6_a_report_tells_what_was_taken_down_in_its_order_and_leaves_out_what_was_not() {
        let slot = slot();
        let booked = BookedSlot { url: "https://provider.example/Appointment/1", slot: &slot };
        let report = Report::of(&encounter(), &outcome(), &service(), Some(booked));
        use Topic as T;
        let told = [
            T::Outcome,
            T::CareRequested,
            T::Appointment,
            T::PresentingComplaint,
            T::AdviceGiven,
            T::Reaching,
            T::Consent,
            T::Assessment,
        ];
        assert_eq!(topics(&report), told, "the summary is blank");
        let mut nothing = encounter();
        nothing.responses = Responses::default();
        let report = Report::of(&nothing, &outcome(), &service(), None);
        assert_eq!(topics(&report), [T::Outcome, T::CareRequested, T::Reaching], "nothing was recorded");
    }

    #[test]
    fn bk_6_times_are_uk_local_with_their_zone_and_the_appointment_stands_before_its_link() {
        let slot = slot();
        let booked = BookedSlot { url: "https://provider.example/Appointment/1", slot: &slot };
        let report = Report::of(&encounter(), &outcome(), &service(), Some(booked));
        let section = report.sections.iter().find(|section| section.topic == Topic::Appointment).expect("booked");
        let heading = "Booked appointment with Northdale Urgent Treatment Centre on Monday 20-Jul-2026 at 14:30";
        assert_eq!(section.heading, heading, "heading");
        let words =
            personal("Northdale Urgent Treatment Centre on 20-Jul-2026 14:30 BST\nMain site\nBooking reference 1");
        let link = Block::Link { words: "The booked appointment".to_owned(), url: booked.url.to_owned() };
        assert_eq!(section.blocks, [Block::Text(words), link], "text, then link");
        let outcome = &report.sections[0].blocks;
        let Some(Block::Facts(facts)) = outcome.first() else { panic!("facts: {outcome:?}") };
        let facts: Vec<_> = facts.iter().map(|(name, value)| (*name, value.reveal().as_str())).collect();
        assert_eq!(
            facts[1..],
            [
                ("Timeframe", "Within 6 hours"),
                ("Needed by", "20-Jul-2026 18:00 BST"),
                ("Reached", "20-Jul-2026 12:00 BST"),
                ("Outcome’s code", "Dx06"),
            ]
        );
    }

    #[test]
    fn bk_5_contacts_are_told_in_their_order_with_whose_they_are() {
        let Block::Facts(facts) = reaching(&encounter().patient) else { panic!("facts") };
        let facts: Vec<_> = facts.iter().map(|(name, value)| (*name, value.reveal().as_str())).collect();
        assert_eq!(
            facts,
            [
                ("Where the patient is now", "ZZ99 3CZ"),
                ("Try first", "07700 900124 (mobile, Ann Smith, parent or guardian)"),
                ("Then try", "j@example.org (email, the patient)"),
            ]
        );
    }
}
