//! The elements of the resources and data types that are taken or sent, in the order in which FHIR STU3 defines them.
//! The order is what XML needs; names, kinds and numbers are what a body is held to before anything is read from it.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Resources that may stand in a request.
pub(crate) const TAKEN: [&str; 9] = [
    "Appointment",
    "DocumentReference",
    "HealthcareService",
    "Location",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Slot",
];

/// One element of a resource or data type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element {
    /// As it is called; that of a choice without its kind.
    pub(crate) name: &'static str,
    /// Its data type, or `Resource`.
    pub(crate) kind: &'static str,
    /// Whether there may be several.
    pub(crate) many: bool,
    /// Whether its kind stands in its name.
    choice: bool,
}

impl Element {
    /// The kind of what stands under a key, where the key is this element's.
    pub(crate) fn kind_under(&self, key: &str) -> Option<&'static str> {
        if !self.choice {
            return (self.name == key).then_some(self.kind);
        }
        let chosen = key.strip_prefix(self.name)?;
        CHOICES.iter().find(|(suffix, _)| *suffix == chosen).map(|(_, kind)| *kind)
    }
}

/// The elements of a type, in order; none where it is a primitive type.
pub(crate) fn elements(kind: &str) -> Option<&'static [Element]> {
    ALL.get(kind).map(Vec::as_slice)
}

/// The element and kind under a key of a type.
pub(crate) fn find(kind: &str, key: &str) -> Option<(&'static Element, &'static str)> {
    elements(kind)?.iter().find_map(|element| element.kind_under(key).map(|kind| (element, kind)))
}

/// Kinds that a choice can take.
const CHOICES: [(&str, &str); 25] = [
    ("Address", "Address"),
    ("Attachment", "Attachment"),
    ("Base64Binary", "base64Binary"),
    ("Boolean", "boolean"),
    ("Code", "code"),
    ("CodeableConcept", "CodeableConcept"),
    ("Coding", "Coding"),
    ("ContactPoint", "ContactPoint"),
    ("Date", "date"),
    ("DateTime", "dateTime"),
    ("Decimal", "decimal"),
    ("HumanName", "HumanName"),
    ("Id", "id"),
    ("Identifier", "Identifier"),
    ("Instant", "instant"),
    ("Integer", "integer"),
    ("Markdown", "markdown"),
    ("Oid", "oid"),
    ("Period", "Period"),
    ("PositiveInt", "positiveInt"),
    ("Reference", "Reference"),
    ("String", "string"),
    ("Time", "time"),
    ("UnsignedInt", "unsignedInt"),
    ("Uri", "uri"),
];

/// What every resource begins with.
const RESOURCE: &str = "id:id meta:Meta implicitRules:uri language:code";
/// What follows in a resource that can hold others.
const DOMAIN: &str = "text:Narrative contained:Resource* extension:Extension* modifierExtension:Extension*";
/// What every data type begins with.
const TYPE: &str = "id extension:Extension*";
/// What every part of a resource begins with.
const PART: &str = "id extension:Extension* modifierExtension:Extension*";

static ALL: LazyLock<HashMap<&'static str, Vec<Element>>> = LazyLock::new(|| {
    DEFINITIONS
        .iter()
        .map(|(kind, begins, rest)| (*kind, begins.iter().chain([rest]).flat_map(read).collect()))
        .collect()
});

fn read(elements: &&'static str) -> impl Iterator<Item = Element> + use<> {
    elements.split_whitespace().map(|text| {
        let (name, kind) = text.split_once(':').unwrap_or((text, "string"));
        let (name, choice) = name.strip_suffix("[x]").map_or((name, false), |name| (name, true));
        Element { name, kind: kind.trim_end_matches('*'), many: kind.ends_with('*'), choice }
    })
}

type Definition = (&'static str, &'static [&'static str], &'static str);

/// Type, what it begins with, and its own elements: `name:type`, `*` where there may be several, `string` where no type is
/// named.
const DEFINITIONS: [Definition; 53] = [
    (
        "Appointment",
        &[RESOURCE, DOMAIN],
        "identifier:Identifier* status:code serviceCategory:CodeableConcept \
        serviceType:CodeableConcept* specialty:CodeableConcept* appointmentType:CodeableConcept reason:CodeableConcept* \
        indication:Reference* priority:unsignedInt description supportingInformation:Reference* start:instant end:instant \
        minutesDuration:positiveInt slot:Reference* created:dateTime comment incomingReferral:Reference* \
        participant:Appointment.participant* requestedPeriod:Period*",
    ),
    ("Appointment.participant", &[PART], "type:CodeableConcept* actor:Reference required:code status:code"),
    (
        "Slot",
        &[RESOURCE, DOMAIN],
        "identifier:Identifier* serviceCategory:CodeableConcept serviceType:CodeableConcept* \
        specialty:CodeableConcept* appointmentType:CodeableConcept schedule:Reference status:code start:instant end:instant \
        overbooked:boolean comment",
    ),
    (
        "Schedule",
        &[RESOURCE, DOMAIN],
        "identifier:Identifier* active:boolean serviceCategory:CodeableConcept \
        serviceType:CodeableConcept* specialty:CodeableConcept* actor:Reference* planningHorizon:Period comment",
    ),
    (
        "HealthcareService",
        &[RESOURCE, DOMAIN],
        "identifier:Identifier* active:boolean providedBy:Reference \
        category:CodeableConcept type:CodeableConcept* specialty:CodeableConcept* location:Reference* name comment \
        extraDetails photo:Attachment telecom:ContactPoint* coverageArea:Reference* serviceProvisionCode:CodeableConcept* \
        eligibility:CodeableConcept eligibilityNote programName:string* characteristic:CodeableConcept* \
        referralMethod:CodeableConcept* appointmentRequired:boolean availableTime:AvailableTime* notAvailable:NotAvailable* \
        availabilityExceptions endpoint:Reference*",
    ),
    ("AvailableTime", &[PART], "daysOfWeek:code* allDay:boolean availableStartTime:time availableEndTime:time"),
    ("NotAvailable", &[PART], "description during:Period"),
    (
        "Location",
        &[RESOURCE, DOMAIN],
        "identifier:Identifier* status:code operationalStatus:Coding name alias:string* \
        description mode:code type:CodeableConcept telecom:ContactPoint* address:Address physicalType:CodeableConcept \
        position:Location.position managingOrganization:Reference partOf:Reference endpoint:Reference*",
    ),
    ("Location.position", &[PART], "longitude:decimal latitude:decimal altitude:decimal"),
    (
        "Practitioner",
        &[RESOURCE, DOMAIN],
        "identifier:Identifier* active:boolean name:HumanName* telecom:ContactPoint* \
        address:Address* gender:code birthDate:date photo:Attachment* qualification:Practitioner.qualification* \
        communication:CodeableConcept*",
    ),
    (
        "Practitioner.qualification",
        &[PART],
        "identifier:Identifier* code:CodeableConcept period:Period issuer:Reference",
    ),
    (
        "PractitionerRole",
        &[RESOURCE, DOMAIN],
        "identifier:Identifier* active:boolean period:Period practitioner:Reference \
        organization:Reference code:CodeableConcept* specialty:CodeableConcept* location:Reference* \
        healthcareService:Reference* telecom:ContactPoint* availableTime:AvailableTime* notAvailable:NotAvailable* \
        availabilityExceptions endpoint:Reference*",
    ),
    (
        "Organization",
        &[RESOURCE, DOMAIN],
        "identifier:Identifier* active:boolean type:CodeableConcept* name alias:string* \
        telecom:ContactPoint* address:Address* partOf:Reference contact:Organization.contact* endpoint:Reference*",
    ),
    ("Organization.contact", &[PART], "purpose:CodeableConcept name:HumanName telecom:ContactPoint* address:Address"),
    (
        "Patient",
        &[RESOURCE, DOMAIN],
        "identifier:Identifier* active:boolean name:HumanName* telecom:ContactPoint* \
        gender:code birthDate:date deceased[x] address:Address* maritalStatus:CodeableConcept multipleBirth[x] \
        photo:Attachment* contact:Patient.contact* animal:Patient.animal communication:Patient.communication* \
        generalPractitioner:Reference* managingOrganization:Reference link:Patient.link*",
    ),
    (
        "Patient.contact",
        &[PART],
        "relationship:CodeableConcept* name:HumanName telecom:ContactPoint* address:Address \
        gender:code organization:Reference period:Period",
    ),
    ("Patient.animal", &[PART], "species:CodeableConcept breed:CodeableConcept genderStatus:CodeableConcept"),
    ("Patient.communication", &[PART], "language:CodeableConcept preferred:boolean"),
    ("Patient.link", &[PART], "other:Reference type:code"),
    (
        "DocumentReference",
        &[RESOURCE, DOMAIN],
        "masterIdentifier:Identifier identifier:Identifier* status:code \
        docStatus:code type:CodeableConcept class:CodeableConcept subject:Reference created:dateTime indexed:instant \
        author:Reference* authenticator:Reference custodian:Reference relatesTo:DocumentReference.relatesTo* description \
        securityLabel:CodeableConcept* content:DocumentReference.content* context:DocumentReference.context",
    ),
    ("DocumentReference.relatesTo", &[PART], "code:code target:Reference"),
    ("DocumentReference.content", &[PART], "attachment:Attachment format:Coding"),
    (
        "DocumentReference.context",
        &[PART],
        "encounter:Reference event:CodeableConcept* period:Period \
        facilityType:CodeableConcept practiceSetting:CodeableConcept sourcePatientInfo:Reference \
        related:DocumentReference.context.related*",
    ),
    ("DocumentReference.context.related", &[PART], "identifier:Identifier ref:Reference"),
    ("Bundle", &[RESOURCE], "identifier:Identifier type:code total:unsignedInt link:Bundle.link* entry:Bundle.entry*"),
    ("Bundle.link", &[PART], "relation url:uri"),
    (
        "Bundle.entry",
        &[PART],
        "link:Bundle.link* fullUrl:uri resource:Resource search:Bundle.entry.search \
        request:Bundle.entry.request",
    ),
    ("Bundle.entry.search", &[PART], "mode:code score:decimal"),
    ("Bundle.entry.request", &[PART], "method:code url:uri"),
    ("OperationOutcome", &[RESOURCE, DOMAIN], "issue:OperationOutcome.issue*"),
    (
        "OperationOutcome.issue",
        &[PART],
        "severity:code code:code details:CodeableConcept diagnostics location:string* \
        expression:string*",
    ),
    (
        "CapabilityStatement",
        &[RESOURCE, DOMAIN],
        "url:uri version name title status:code experimental:boolean date:dateTime \
        publisher contact:ContactDetail* description:markdown kind:code software:CapabilityStatement.software \
        implementation:CapabilityStatement.implementation fhirVersion:id acceptUnknown:code format:code* \
        rest:CapabilityStatement.rest*",
    ),
    ("CapabilityStatement.software", &[PART], "name version"),
    ("CapabilityStatement.implementation", &[PART], "description url:uri"),
    (
        "CapabilityStatement.rest",
        &[PART],
        "mode:code documentation security:CapabilityStatement.security \
        resource:CapabilityStatement.resource*",
    ),
    ("CapabilityStatement.security", &[PART], "cors:boolean description"),
    (
        "CapabilityStatement.resource",
        &[PART],
        "type:code profile:Reference documentation:markdown \
        interaction:CapabilityStatement.interaction* versioning:code readHistory:boolean updateCreate:boolean \
        searchInclude:string* searchParam:CapabilityStatement.searchParam*",
    ),
    ("CapabilityStatement.interaction", &[PART], "code:code documentation"),
    ("CapabilityStatement.searchParam", &[PART], "name definition:uri type:code documentation"),
    ("Meta", &[TYPE], "versionId:id lastUpdated:instant profile:uri* security:Coding* tag:Coding*"),
    ("Narrative", &[TYPE], "status:code div:xhtml"),
    ("Extension", &[TYPE], "url:uri value[x]"),
    ("Identifier", &[TYPE], "use:code type:CodeableConcept system:uri value period:Period assigner:Reference"),
    ("CodeableConcept", &[TYPE], "coding:Coding* text"),
    ("Coding", &[TYPE], "system:uri version code:code display userSelected:boolean"),
    ("Reference", &[TYPE], "reference identifier:Identifier display"),
    ("Period", &[TYPE], "start:dateTime end:dateTime"),
    ("HumanName", &[TYPE], "use:code text family given:string* prefix:string* suffix:string* period:Period"),
    ("ContactPoint", &[TYPE], "system:code value use:code rank:positiveInt period:Period"),
    ("Address", &[TYPE], "use:code type:code text line:string* city district state postalCode country period:Period"),
    (
        "Attachment",
        &[TYPE],
        "contentType:code language:code data:base64Binary url:uri size:unsignedInt hash:base64Binary \
        title creation:dateTime",
    ),
    ("ContactDetail", &[TYPE], "name telecom:ContactPoint*"),
    // A primitive value that has an id or extensions of its own.
    ("Element", &[TYPE], ""),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Kinds that no definition describes further.
    const PRIMITIVES: [&str; 18] = [
        "Resource",
        "base64Binary",
        "boolean",
        "code",
        "date",
        "dateTime",
        "decimal",
        "id",
        "instant",
        "integer",
        "markdown",
        "oid",
        "positiveInt",
        "string",
        "time",
        "unsignedInt",
        "uri",
        "xhtml",
    ];

    #[test]
    fn every_kind_that_is_named_is_defined_or_primitive() {
        let kinds = ALL.values().flatten().map(|element| element.kind).chain(CHOICES.iter().map(|(_, kind)| *kind));
        for kind in kinds {
            assert!(elements(kind).is_some() || PRIMITIVES.contains(&kind), "{kind}");
        }
        assert!(TAKEN.iter().all(|kind| elements(kind).is_some()), "what is taken is defined");
        assert_eq!(find("Patient", "deceasedDateTime").map(|(_, kind)| kind), Some("dateTime"), "a choice");
        assert!(find("Patient", "deceased").is_none(), "a choice without its kind");
    }
}
