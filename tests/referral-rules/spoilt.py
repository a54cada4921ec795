"""Spoils a sound message once for every rule, and fails unless that rule says so: no rule is dead.

    spoilt.py MESSAGE

The message has to hold everything that a rule is about: a booking that was not the first offered, a third party, a practice,
a call-back, an author with a local id."""

import copy
import sys

from lxml import etree

import check

NAMES = {
    "h": "urn:hl7-org:v3", "n": "NPFIT:HL7:Localisation", "soap": check.SOAP[1:-1], "itk": check.ITK[1:-1],
    "wsa": "http://www.w3.org/2005/08/addressing",
    "wsse": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
    "wsu": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd",
}
APPOINTMENT = "//h:entry/h:encounter"
AUTHOR = "/h:ClinicalDocument/h:author"
CALL_BACK = "//h:participant[@typeCode='CALLBCK']"
OUTER = "//h:structuredBody/h:component/h:section"
SECTION = OUTER + "/h:component/h:section"
LINK = "//h:linkHtml"
LONG_AGO = "00000000-0000-0000-0000-00000000000A"


def found(tree, path):
    """What a path leads to: at least one, or the table is wrong."""
    nodes = tree.xpath(path, namespaces=NAMES)
    assert nodes, f"the sound message has no {path}"
    return nodes


def put(path, name, value):
    """An attribute gets another value, or goes."""
    def spoil(tree):
        element = found(tree, path)[0]
        element.attrib.pop(name, None)
        if value is not None:
            element.set(name, value)
    return spoil


def say(path, text):
    """An element says something else."""
    def spoil(tree):
        element = found(tree, path)[0]
        for inner in list(element):
            element.remove(inner)
        element.text = text
    return spoil


def drop(path):
    """Elements are gone."""
    def spoil(tree):
        for element in found(tree, path):
            element.getparent().remove(element)
    return spoil


def twice(path):
    """An element stands twice."""
    def spoil(tree):
        element = found(tree, path)[0]
        element.addnext(copy.deepcopy(element))
    return spoil


def last(path):
    """An element stands behind its siblings."""
    def spoil(tree):
        element = found(tree, path)[0]
        parent = element.getparent()
        parent.remove(element)
        parent.append(element)
    return spoil


def add(path, name, at=None, **attributes):
    """An element gets another one in it."""
    def spoil(tree):
        prefix, local = name.split(":")
        new = etree.Element(f"{{{NAMES[prefix]}}}{local}", attributes)
        parent = found(tree, path)[0]
        parent.insert(len(parent) if at is None else at, new)
    return spoil


DOCUMENT = {
    "about-class": put("/*", "moodCode", "INT"),
    "about-type": put("//h:typeId", "extension", "POCD_HD000041"),
    "about-message": put("//n:messageType", "extension", "POCD_MT200001GB03"),
    "about-id": put("/*/h:id", "root", LONG_AGO.lower()),
    "about-set": drop("/*/h:setId"),
    "about-version": put("//h:versionNumber", "value", "2"),
    "about-form": say("/*/h:title", "NHS 111 Report"),
    "about-code-system": put("/*/h:code", "codeSystem", "2.16.840.1.113883.6.96"),
    "about-title": put("/*/h:title", "mediaType", "text/plain"),
    "about-made": put("/*/h:effectiveTime", "value", "20261120120000"),
    "about-confidentiality": put("/*/h:confidentialityCode", "code", "X"),
    "about-patient": drop("//h:recordTarget"),
    "about-author": drop(AUTHOR),
    "about-custodian": twice("//h:custodian"),
    "about-recipient": put("//h:informationRecipient", "typeCode", "TRC"),
    "about-consent": drop("//h:authorization"),
    "about-encounter": drop("//h:componentOf"),
    "about-body": drop("/*/h:component"),
    "about-not-replacing": add("/*", "h:relatedDocument", typeCode="RPLC"),
    "about-profile": add("/*", "h:legalAuthenticator"),
    "template-first": last("//h:patient/h:templateId"),
    "template-root": put("//h:patient/h:templateId", "root", "2.16.840.1.113883.2.1.3.2.4.18.16"),
    "content-root": put("//h:custodian/n:contentId", "root", "2.16.840.1.113883.2.1.3.2.4.18.2"),
    "content-place": last("//h:custodian/n:contentId"),
    "content-comes": put("//h:custodian/n:contentId", "extension", "COCD_TP145018UK04#AssignedCustodian"),
    "content-announced": drop("//h:custodian/n:contentId"),
    "patient-participation": put("//h:recordTarget", "typeCode", "SBJ"),
    "author-participation": put(AUTHOR, "contextControlCode", "AP"),
    "informant-participation": put("//h:relatedEntity", "classCode", "CIT"),
    "informant-form": put("//h:informant/n:contentId", "extension", "COCD_TP145007UK03#RelatedEntity"),
    "informant-relation": drop("//h:relatedEntity/h:code"),
    "custodian-participation": put("//h:custodian", "typeCode", "AUT"),
    "custodian-organisation": say("//h:representedCustodianOrganization/h:name", " "),
    "recipient-participation": put("//h:intendedRecipient", "classCode", "HLTHCHRT"),
    "recipient-template": put("//h:receivedOrganization/h:templateId", "extension", "COCD_TP145203GB03#receivedOrganization"),
    "recipient-organisation": drop("//h:receivedOrganization/h:id"),
    "participant-kind": put(CALL_BACK, "typeCode", "NOT"),
    "participant-form": put("/*/h:code", "code", "819551000000100"),
    "participant-call-back": drop(CALL_BACK + "//h:telecom"),
    "patient-id": put("//h:patientRole/h:id", "root", "2.16.840.1.113883.2.1.3.2.4.18.35"),
    "patient-addresses": lambda tree: [twice("//h:patientRole/h:addr")(tree) for _ in range(4)],
    "patient-person": put("//h:patient/h:templateId", "extension", "COCD_TP145201GB01#Patient"),
    "patient-name": drop("//h:patient/h:name"),
    "patient-gender": put("//h:administrativeGenderCode", "code", "M"),
    "patient-born": put("//h:birthTime", "value", "197411"),
    "patient-practice": drop("//h:standardIndustryClassCode"),
    "patient-check-digit": put("//h:patientRole/h:id", "extension", "9434765918"),
    "author-function": put("//h:functionCode", "code", "A"),
    "author-time": put(AUTHOR + "/h:time", "value", "20261120"),
    "author-id": drop("//h:assignedAuthor/h:id"),
    "author-role": drop("//h:assignedAuthor/h:code"),
    "author-person": drop("//h:assignedPerson/h:name"),
    "author-organisation": drop("//h:assignedAuthor/h:representedOrganization/h:id"),
    "local-id": put("//h:assignedAuthor/h:id", "assigningAuthorityName", None),
    "ods-code": put("//h:receivedOrganization/h:id", "extension", "nd u01"),
    "consent-participation": put("//h:consent", "moodCode", "INT"),
    "consent-id": drop("//h:consent/h:id"),
    "consent-code": put("//h:consent/h:code", "code", None),
    "consent-completed": put("//h:consent/h:statusCode", "code", "active"),
    "encounter-participation": put("//h:componentOf", "typeCode", "SUBJ"),
    "encounter-class": put("//h:encompassingEncounter", "classCode", "ACT"),
    "encounter-journey": drop("//h:encompassingEncounter/h:id[1]"),
    "encounter-ids": put("//h:encompassingEncounter/h:id[2]", "root", "2.16.840.1.113883.2.1.3.2.4.18.24"),
    "encounter-code": put("//h:encompassingEncounter/h:code", "displayName", "NHS 111 Encounter"),
    "encounter-time": drop("//h:encompassingEncounter/h:effectiveTime/h:high"),
    "encounter-outcome": put("//h:dischargeDispositionCode", "code", "LOC-1"),
    "encounter-place": drop("//h:encompassingEncounter/h:location"),
    "encounter-place-templates": last("//h:encompassingEncounter/h:location/h:templateId"),
    "encounter-facility": drop("//h:healthCareFacility/h:id"),
    "body-class": put("//h:structuredBody", "classCode", "DOCSECT"),
    "body-section": twice("//h:structuredBody/h:component"),
    "body-section-id": drop(OUTER + "/h:id"),
    "body-section-bare": add(OUTER, "h:title", at=1),
    "body-order": last(OUTER + "/h:entry"),
    "section-template": put(OUTER + "/h:component", "contextConductionInd", "false"),
    "section-class": put(SECTION, "classCode", "DOCBODY"),
    "section-id": drop(SECTION + "/h:id"),
    "section-order": last(SECTION + "/h:title"),
    "section-says": say(SECTION + "/h:title", " "),
    "section-code": put(SECTION + "/h:code", "codeSystem", "2.16.840.1.113883.2.1.3.2.4.17.196"),
    "section-nested": add(SECTION, "h:component"),
    "narrative-markup": add(SECTION + "/h:text", "h:a", href="https://example.org"),
    "narrative-link": put(LINK, "href", None),
    "entry-form": put("/*/h:code", "code", "819551000000100"),
    "entry-class": put("//h:entry", "typeCode", "DRIV"),
    "entry-once": twice("//h:entry"),
    "entry-template": put(APPOINTMENT + "/h:templateId", "extension", "COCD_TP146093GB01#Appointment"),
    "booking-class": put(APPOINTMENT, "moodCode", "EVN"),
    "booking-id": put(APPOINTMENT + "/h:id", "root", "2.16.840.1.113883.2.1.3.2.4.17.542"),
    "booking-url": put(APPOINTMENT + "/h:id", "extension", "Appointment/77"),
    "booking-no-version": put(APPOINTMENT + "/h:id", "extension", "https://p.example/Appointment/77/_history/2"),
    "booking-code": put(APPOINTMENT + "/h:code", "code", "02"),
    "booking-time": drop(APPOINTMENT + "/h:effectiveTime"),
    "booking-place": drop(APPOINTMENT + "/h:participant"),
    "booking-role": drop(APPOINTMENT + "//h:participantRole/h:id"),
    "booking-organisation": drop(APPOINTMENT + "//h:playingEntity/h:name"),
    "booking-linked": drop(LINK),
    "link-url": put(LINK, "href", "http://p.example/Slot/77"),
    "link-no-version": put(LINK, "href", "https://p.example/Appointment/77/_history/2"),
    "link-same": put(LINK, "href", "https://p.example/Appointment/78"),
    "link-after-content": lambda tree: drop(LINK + "/preceding-sibling::h:content")(tree),
    "link-title": say(LINK + "/ancestor::h:section[1]/h:title", "Visit"),
    "link-section": drop(LINK),
    "live-https": put(LINK, "href", "http://127.0.0.1:8080/Appointment/77"),
    "uuid-upper": lambda tree: [one.set("root", one.get("root").lower()) for one in found(tree, SECTION + "/h:id")],
    "uuid-once": put(SECTION + "/h:id", "root", None),
    "oid-root": put("//h:patientRole/h:id", "root", "1.2.3.4"),
    "oid-system": put("//h:functionCode", "codeSystem", "1.2.3.4"),
    "time-zone": put(APPOINTMENT + "/h:effectiveTime", "value", "202611201300"),
    "time-order": put("//h:encompassingEncounter/h:effectiveTime/h:low", "value", "20991120115900+0000"),
    "code-words": put("//h:consent/h:code", "displayName", None),
    "code-code": put("//h:consent/h:code", "code", " "),
    "address-use": put("//h:patientRole/h:addr", "use", "HOME"),
    "address-part": say("//h:patientRole/h:addr", " "),
    "telecom-use": put("//h:telecom", "use", "MOBILE"),
    "telecom-value": put("//h:telecom", "value", "07700 900123"),
    "blank-attribute": put("//h:dischargeDispositionCode", "displayName", ""),
    "blank-schema": put("/*", "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation", "urn:hl7-org:v3 x.xsd"),
}
# One id stands for two things: that of another section.
DOCUMENT["uuid-once"] = lambda tree: found(tree, SECTION + "/h:id")[0].set("root", found(tree, SECTION + "/h:id")[1].get("root"))

HEADER = "//itk:header"
SECURITY = "//wsse:Security"
ENVELOPE = {
    "soap-envelope": drop("/*/soap:Header"),
    "soap-body": twice("//itk:DistributionEnvelope"),
    "header-known": add("/*/soap:Header", "itk:extra"),
    "header-must-understand": put("//wsa:To", check.SOAP + "mustUnderstand", "1"),
    "header-message-id": say("//wsa:MessageID", LONG_AGO.lower()),
    "header-action": say("//wsa:Action", "urn:nhs-itk:services:201005:SendCDADocument-v2-0"),
    "header-to": say("//wsa:To", "receiver"),
    "header-reply": say("//wsa:ReplyTo/wsa:Address", "https://example.org"),
    "header-no-properties": add("//wsa:ReplyTo", "wsa:ReferenceProperties"),
    "security-created": say(SECURITY + "//wsu:Created", "2026-11-20T12:00:00+00:00"),
    "security-expires": say(SECURITY + "//wsu:Expires", "2001-11-20T12:00:00Z"),
    "security-user": add(SECURITY + "/wsse:UsernameToken", "wsse:Password"),
    "envelope-tracking": put(HEADER, "trackingid", "urn:uuid:" + LONG_AGO),
    "envelope-address": drop("//itk:address"),
    "envelope-audit": put("//itk:auditIdentity/itk:id", "uri", "urn:nhs-uk:addressing:ods:NDA01"),
    "envelope-sender": put("//itk:senderAddress", "uri", "NDA01"),
    "envelope-counts": put("//itk:manifest", "count", "2"),
    "envelope-item": put("//itk:manifestitem", "id", "uuid_" + LONG_AGO),
    "envelope-mimetype": put("//itk:manifestitem", "mimetype", "application/cda+xml"),
    "envelope-profile": put("//itk:manifestitem", "profileid", "urn:nhs-en:profile:nhs111CDADocument-v9-9"),
    "envelope-profile-fits": put("//itk:manifestitem", "profileid", "urn:nhs-en:profile:nhs111CDADocument-v2-0"),
    "envelope-interaction": put("//itk:spec", "value", ""),
    "envelope-no-acknowledgement": add("//itk:handlingSpecification", "itk:spec", key="urn:nhs-itk:ns:201005:ackrequested", value="true"),
    "envelope-packed": put("//itk:manifestitem", "compressed", "true"),
    "envelope-document": twice("//itk:payload/h:ClinicalDocument"),
    "envelope-ids": lambda tree: say("//wsa:MessageID", found(tree, HEADER)[0].get("trackingid"))(tree),
    "address-ods": put("//itk:address[not(@type)]", "uri", "NDU01"),
    "address-dos": put("//itk:address[@type]", "type", "1.2.3"),
}


def main(file):
    """Spoils, and counts what was noticed."""
    judges = check.Judges(live=True)
    message = etree.parse(file, check.HUGE)
    document = check.alone(message.getroot().find(f".//{check.ITK}payload")[0])
    wrong = [f"sound: {breach}" for breach in judges.message(message)]
    for sound, rules, table in [
        (document, judges.document_rules, DOCUMENT),
        (message, judges.envelope_rules, ENVELOPE),
    ]:
        wrong += [f"{rule}: nothing spoils for it" for rule in set(rules.ids) - set(table)]
        wrong += [f"{rule}: there is no such rule" for rule in set(table) - set(rules.ids)]
        for rule, spoil in table.items():
            spoilt = copy.deepcopy(sound)
            spoil(spoilt)
            # As somebody would read it who got it.
            spoilt = etree.ElementTree(etree.fromstring(etree.tostring(spoilt), check.HUGE))
            if rule not in [breach for breach, _ in rules.breaches(spoilt)]:
                wrong.append(f"{rule}: it does not fire")
    print("\n".join(wrong) if wrong else f"{len(DOCUMENT) + len(ENVELOPE)} rules fire", file=sys.stderr if wrong else sys.stdout)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
