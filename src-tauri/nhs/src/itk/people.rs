//! The people and organisations in a document's header: the patient, who wrote it, who told of the patient, who keeps it,
//! whom it goes to.

use desk_domain::id::{OdsCode, short_reference};
use desk_domain::patient::{Address, Contact, ContactKind, ContactParty, Gender, Patient, PersonName, Relationship};
use desk_domain::user::User;
use desk_journeys::ports::ReferralContent;
use percent_encoding::{AsciiSet, utf8_percent_encode};

use crate::address::UNSAFE;

use super::document::{Form, Sender, content_id, id, organisation_id, template};
use super::markup::{Tag, tag};

const NHS_NUMBER_TRACED: &str = "2.16.840.1.113883.2.1.4.1";
const NHS_NUMBER_UNTRACED: &str = "2.16.840.1.113883.2.1.3.2.4.18.23";
const LOCAL_ID: &str = "2.16.840.1.113883.2.1.3.2.4.18.24";
const SDS_USER: &str = "1.2.826.0.1285.0.2.0.65";
const SDS_ROLE_PROFILE: &str = "1.2.826.0.1285.0.2.0.67";

/// What may stand in a `mailto:` as it is: all but what no URL holds.
const NOT_IN_MAIL: &AsciiSet = &UNSAFE.add(b'%').add(b'?').add(b'[').add(b']');

/// The patient.
pub(super) fn record_target(content: &ReferralContent, sender: &Sender<'_>) -> Tag {
    let patient = &content.encounter.patient;
    let number = patient.nhs_number.as_ref().map(|number| {
        let root = if sender.settings.nhs_numbers_traced { NHS_NUMBER_TRACED } else { NHS_NUMBER_UNTRACED };
        id(root, number.digits())
    });
    // Without a number, the case stands for the patient: this desk keeps no numbers of its own for them.
    let number = number.unwrap_or_else(|| local_id(&short_reference(content.encounter.id.0), sender));
    let telecoms = patient.contacts.ranked().filter(|(_, contact)| contact.whose == ContactParty::Patient);
    let gender = gender(patient.gender);
    let person = tag("patient")
        .with("classCode", "PSN")
        .with("determinerCode", "INSTANCE")
        .holding(template("COCD_TP145201GB01#patientPatient"))
        .holding(name(&patient.name))
        .holding(code("administrativeGenderCode", gender.0, "2.16.840.1.113883.2.1.3.2.4.16.25", gender.1))
        .holding(tag("birthTime").with("value", patient.birth_date.reveal().format("%Y%m%d").to_string()));
    let role = tag("patientRole")
        .with("classCode", "PAT")
        .holding(template("COCD_TP145201GB01#PatientRole"))
        .holding(number)
        .holding(address(&patient.address))
        .holding_all(telecoms.map(|(_, contact)| telecom(contact, patient)))
        .holding(person)
        .holding_all(patient.gp_practice.as_ref().map(practice));
    tag("recordTarget")
        .with("typeCode", "RCT")
        .with("contextControlCode", "OP")
        .holding(content_id("COCD_TP145201GB01#PatientRole"))
        .holding(role)
}

const fn gender(gender: Gender) -> (&'static str, &'static str) {
    match gender {
        Gender::Unknown => ("0", "Not Known"),
        Gender::Male => ("1", "Male"),
        Gender::Female => ("2", "Female"),
        Gender::Other => ("9", "Not Specified"),
    }
}

/// A practice of which the desk knows the code alone; the document has to give it a name.
fn practice(ods_code: &OdsCode) -> Tag {
    tag("providerOrganization")
        .with("classCode", "ORG")
        .with("determinerCode", "INSTANCE")
        .holding(template("COCD_TP145201GB01#providerOrganization"))
        .holding(organisation_id(ods_code))
        .holding(tag("name").saying(&format!("GP practice {ods_code}")))
        .holding(code("standardIndustryClassCode", "001", "2.16.840.1.113883.2.1.3.2.4.17.289", "GP Practice"))
}

/// Who wrote it: the person signed in.
pub(super) fn author(content: &ReferralContent, sender: &Sender<'_>, time: &str) -> Tag {
    let user = &content.author;
    let role = sender.settings.job_role(user.role);
    let person = tag("assignedPerson")
        .with("classCode", "PSN")
        .with("determinerCode", "INSTANCE")
        .holding(template("COCD_TP145200GB01#assignedPerson"))
        .holding(name(&user.name));
    let assigned = tag("assignedAuthor")
        .with("classCode", "ASSIGNED")
        .holding(template("COCD_TP145200GB01#AssignedAuthor"))
        .holding_all(user_ids(user, sender))
        .holding(code("code", &role.code, "2.16.840.1.113883.2.1.3.2.4.17.196", &role.name))
        .holding(person)
        .holding(organisation("representedOrganization", "COCD_TP145200GB01#representedOrganization", sender));
    tag("author")
        .with("typeCode", "AUT")
        .with("contextControlCode", "OP")
        .holding(content_id("COCD_TP145200GB01#AssignedAuthor"))
        .holding(code("functionCode", "OA", "2.16.840.1.113883.2.1.3.2.4.17.178", "Originating Author"))
        .holding(tag("time").with("value", time))
        .holding(assigned)
}

fn user_ids(user: &User, sender: &Sender<'_>) -> Vec<Tag> {
    let Some(sds) = &user.sds_user_id else { return vec![local_id(&user.id.to_string(), sender)] };
    let profile = user.sds_role_profile_id.as_ref().map(|profile| id(SDS_ROLE_PROFILE, profile.as_str()));
    std::iter::once(id(SDS_USER, sds.as_str())).chain(profile).collect()
}

/// Those beside the patient whom the desk was given to reach the patient by, each once.
pub(super) fn informants(patient: &Patient, form: Form) -> Vec<Tag> {
    let mut parties: Vec<(&ContactParty, Vec<Tag>)> = Vec::new();
    for (_, contact) in patient.contacts.ranked().filter(|(_, contact)| contact.whose != ContactParty::Patient) {
        let reached = telecom(contact, patient);
        match parties.iter_mut().find(|(known, _)| *known == &contact.whose) {
            Some((_, telecoms)) => telecoms.push(reached),
            None => parties.push((&contact.whose, vec![reached])),
        }
    }
    parties.into_iter().filter_map(|(party, telecoms)| informant(party, telecoms, form)).collect()
}

fn informant(party: &ContactParty, telecoms: Vec<Tag>, form: Form) -> Option<Tag> {
    let ContactParty::ThirdParty { relationship, name } = party else { return None };
    let (entity, holder) = match form {
        Form::UrgentCare => ("COCD_TP145007UK05#RelatedEntity", "COCD_TP145007UK05#relationshipHolder"),
        Form::Nhs111 => ("COCD_TP145007UK03#RelatedEntity", "COCD_TP145007UK03#relationshipHolder"),
    };
    let (relation, words) = match relationship {
        Relationship::Partner => ("02", "Partner"),
        Relationship::Parent => ("03", "Parent"),
        Relationship::NextOfKin => ("04", "Next of Kin"),
        Relationship::Carer => ("20", "Carer"),
        // The vocabulary has no friends; the report's text says what they are.
        Relationship::Friend | Relationship::Other => ("98", "Not Known"),
    };
    let person = (!name.reveal().trim().is_empty()).then(|| {
        tag("relatedPerson")
            .with("classCode", "PSN")
            .with("determinerCode", "INSTANCE")
            .holding(template(holder))
            .holding(tag("name").saying(name.reveal().trim()))
    });
    let related = tag("relatedEntity")
        .with("classCode", "PRS")
        .holding(template(entity))
        .holding(code("code", relation, "2.16.840.1.113883.2.1.3.2.4.16.45", words))
        .holding_all(telecoms)
        .holding_all(person);
    let informant = tag("informant").with("typeCode", "INF").with("contextControlCode", "OP");
    Some(informant.holding(content_id(entity)).holding(related))
}

/// Who keeps it: the organisation that made it.
pub(super) fn custodian(sender: &Sender<'_>) -> Tag {
    let kept =
        organisation("representedCustodianOrganization", "COCD_TP145018UK03#representedCustodianOrganization", sender);
    let assigned = tag("assignedCustodian")
        .with("classCode", "ASSIGNED")
        .holding(template("COCD_TP145018UK03#AssignedCustodian"))
        .holding(kept);
    tag("custodian")
        .with("typeCode", "CST")
        .holding(content_id("COCD_TP145018UK03#AssignedCustodian"))
        .holding(assigned)
}

/// Whom it goes to, to act on: the service's organisation.
pub(super) fn recipient(ods_code: &OdsCode, service: &str) -> Tag {
    let received = tag("receivedOrganization")
        .with("classCode", "ORG")
        .with("determinerCode", "INSTANCE")
        .holding(template("COCD_TP145203GB03#representedOrganization"))
        .holding(organisation_id(ods_code))
        .holding(tag("name").saying(service));
    let intended = tag("intendedRecipient")
        .with("classCode", "ASSIGNED")
        .holding(template("COCD_TP145203GB03#IntendedRecipient"))
        .holding(received);
    tag("informationRecipient")
        .with("typeCode", "PRCP")
        .holding(content_id("COCD_TP145203GB03#IntendedRecipient"))
        .holding(intended)
}

/// Where the receiver's clinician calls back; the older form has no place for it.
pub(super) fn call_back(sender: &Sender<'_>, form: Form) -> Option<Tag> {
    let phone = sender.settings.call_back.as_deref().filter(|_| form == Form::UrgentCare)?;
    let entity = tag("associatedEntity")
        .with("classCode", "ASSIGNED")
        .holding(template("COCD_TP145212GB02#Workgroup"))
        .holding(tag("id").with("nullFlavor", "UNK"))
        .holding(code("code", "01", "2.16.840.1.113883.2.1.3.2.4.17.266", "Call Centre"))
        .holding(tag("telecom").with("value", telephone(phone)))
        .holding(organisation("scopingOrganization", "COCD_TP145212GB02#representedOrganization", sender));
    let participant = tag("participant").with("typeCode", "CALLBCK").with("contextControlCode", "OP");
    Some(participant.holding(content_id("COCD_TP145212GB02#Workgroup")).holding(entity))
}

fn organisation(name: &'static str, as_template: &str, sender: &Sender<'_>) -> Tag {
    tag(name)
        .with("classCode", "ORG")
        .with("determinerCode", "INSTANCE")
        .holding(template(as_template))
        .holding(organisation_id(&sender.organisation.ods_code))
        .holding(tag("name").saying(&sender.organisation.name))
}

fn local_id(extension: &str, sender: &Sender<'_>) -> Tag {
    id(LOCAL_ID, extension).with("assigningAuthorityName", &sender.organisation.name)
}

/// A coded value.
pub(super) fn code(name: &'static str, code: &str, system: &str, words: &str) -> Tag {
    tag(name).with("code", code).with("codeSystem", system).with("displayName", words)
}

fn name(name: &PersonName) -> Tag {
    let parts = [("prefix", &name.title), ("given", &name.given), ("family", &name.family)];
    let parts = parts.map(|(part, text)| (part, text.reveal().trim()));
    let parts = parts.into_iter().filter(|(_, text)| !text.is_empty());
    tag("name").holding_all(parts.map(|(part, text)| tag(part).saying(text)))
}

fn address(address: &Address) -> Tag {
    let lines = address.lines.iter().map(|line| ("streetAddressLine", line.reveal().as_str()));
    let parts = lines.chain([("city", address.town.reveal().as_str()), ("postalCode", address.postcode.as_str())]);
    let parts = parts.map(|(part, text)| (part, text.trim())).filter(|(_, text)| !text.is_empty());
    tag("addr").with("use", "H").holding_all(parts.map(|(part, text)| tag(part).saying(text)))
}

/// A way to reach somebody; the number to try first is marked as such.
fn telecom(contact: &Contact, patient: &Patient) -> Tag {
    let given = contact.value.reveal();
    let (value, kind) = match contact.kind {
        ContactKind::Phone => (telephone(given), "H"),
        ContactKind::Mobile => (telephone(given), "MC"),
        ContactKind::Email => (format!("mailto:{}", utf8_percent_encode(given.trim(), NOT_IN_MAIL)), "H"),
    };
    let first = patient.contacts.first_phone() == Some(contact);
    tag("telecom").with("value", value).with("use", if first { "EC" } else { kind })
}

/// A number as a URL: without what people write between digits.
fn telephone(given: &str) -> String {
    let kept: String = given.chars().filter(|c| !c.is_whitespace() && !"-.()/".contains(*c)).collect();
    format!("tel:{}", utf8_percent_encode(&kept, NOT_IN_MAIL))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bk_5_a_telephone_number_is_a_url_however_it_was_typed() {
        let table = [
            ("07700 900123", "tel:07700900123"),
            ("+44 (0)113 496-0000", "tel:+4401134960000"),
            ("0113 496 0000 ext 12", "tel:01134960000ext12"),
            ("01<2\">é\u{0}%", "tel:01%3C2%22%3E%C3%A9%00%25"),
        ];
        for (given, expected) in table {
            assert_eq!(telephone(given), expected, "{given:?}");
        }
    }
}
