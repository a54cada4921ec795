"""Holds messages and documents of referrals to the rules beside this file and, where they are named, to the published
schemas. Needs lxml, as the system's own Python has it from its package.

    check.py [--schemas FOLDER] [--live] FILE_OR_FOLDER...

A message is taken apart: its envelope, and the document in it, unpacked where it is compressed. Prints what was looked at
as JSON, or each breach on a line of its own, and fails then."""

import argparse
import base64
import copy
import gzip
import json
import pathlib
import sys

from lxml import etree, isoschematron

HERE = pathlib.Path(__file__).parent
SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
ITK = "{urn:nhs-itk:ns:201005}"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
HUGE = etree.XMLParser(huge_tree=True, resolve_entities=False)


class Rules:
    """One file of rules, in one phase of it."""

    def __init__(self, name, phase=None):
        source = etree.parse(str(HERE / name))
        self.ids = source.xpath("//*[local-name() = 'assert']/@id")
        self.judge = isoschematron.Schematron(source, phase=phase, store_report=True)

    def breaches(self, tree):
        """Ids of the assertions that do not hold, with their sentences."""
        self.judge.validate(tree)
        failed = self.judge.validation_report.iter(SVRL + "failed-assert")
        return [(one.get("id"), "".join(one.itertext()).strip()) for one in failed]


class Judges:
    """Every rule and, where they are named, the schemas."""

    def __init__(self, schemas=None, live=False):
        self.envelope_rules = Rules("envelope.sch")
        self.document_rules = Rules("document.sch", phase="live" if live else "demonstration")
        self.schemas = {}
        if schemas:
            for kind, name in [("envelope", "distributionEnvelope-v2-0.xsd"), ("document", "POCD_MT000002UK01.xsd")]:
                self.schemas[kind] = etree.XMLSchema(etree.parse(str(pathlib.Path(schemas) / name)))

    def _schema(self, kind, tree):
        schema = self.schemas.get(kind)
        if schema is None or schema.validate(tree):
            return []
        return [("schema", str(error.message)) for error in schema.error_log]

    def message(self, tree):
        """What is wrong with a message, its document included."""
        distribution = tree.getroot().find(f"{SOAP}Body/{ITK}DistributionEnvelope")
        found = self.envelope_rules.breaches(tree)
        if distribution is None:
            return found
        found += self._schema("envelope", alone(distribution))
        document = unpacked(distribution)
        return found if document is None else found + self.document(document)

    def document(self, tree):
        """What is wrong with a document."""
        return self._schema("document", tree) + self.document_rules.breaches(tree)


def alone(element):
    """An element as a document of its own."""
    return etree.ElementTree(copy.deepcopy(element))


def unpacked(distribution):
    """The document in an envelope, as a tree of its own; none where there is none."""
    payload = distribution.find(f"{ITK}payloads/{ITK}payload")
    if payload is None:
        return None
    if len(payload):
        return alone(payload[0])
    packed = base64.b64decode(payload.text or "")
    return etree.ElementTree(etree.fromstring(gzip.decompress(packed), HUGE))


def files(places):
    """The files that are named, and those in folders that are named."""
    for place in map(pathlib.Path, places):
        yield from sorted(place.glob("*.xml")) if place.is_dir() else [place]


def main():
    """Checks what the command line names."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--schemas", help="folder with the published schemas")
    arguments.add_argument("--live", action="store_true", help="bookings at plain addresses are wrong, here too")
    arguments.add_argument("places", nargs="+")
    told = arguments.parse_args()
    judges = Judges(told.schemas, told.live)
    counted = {"messages": 0, "documents": 0}
    breaches = []
    for file in files(told.places):
        tree = etree.parse(str(file), HUGE)
        is_message = tree.getroot().tag == SOAP + "Envelope"
        counted["messages" if is_message else "documents"] += 1
        found = judges.message(tree) if is_message else judges.document(tree)
        breaches += [f"{file.name}: {rule}: {sentence}" for rule, sentence in found]
    if breaches:
        print("\n".join(breaches), file=sys.stderr)
        return 1
    rules = len(judges.envelope_rules.ids) + len(judges.document_rules.ids)
    print(json.dumps({**counted, "rules": rules, "schemas": len(judges.schemas)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
