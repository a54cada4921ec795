"""Compares how documents are built with the published example, element by element where both have the same: which
attributes an element has, in which order its children stand, which templates are named. Prints what differs.

    likeness.py EXAMPLE FILE_OR_FOLDER..."""

import sys

from lxml import etree

import check

# Where a document says more, or less, than the example, and may: what is optional there.
ALLOWED = {
    "ClinicalDocument": "the example names the place of its schema",
    "recordTarget/patientRole/id": "NHS numbers and local ids differ in what they have",
    "recordTarget/patientRole/patient/name": "parts of a name stand in any order, and do in the example",
    "author/assignedAuthor/id": "ids of the Spine directory name nobody who gave them",
    "informant/relatedEntity/relatedPerson/name": "a name as it was given, not in parts",
    "component/structuredBody/component/section/entry": "other entries",
}


def local(element):
    """An element's name."""
    return etree.QName(element).localname


def way(element):
    """An element's way from the document, in names."""
    names = [local(element)] + [local(one) for one in element.iterancestors()]
    return "/".join(reversed(names)).removeprefix("ClinicalDocument/")


def template(element):
    """The template that an element names, without its version: the older form names older ones."""
    name = element.get("extension", "")
    return name.replace("UK03", "UK05") if name.startswith("COCD_") else None


def seen(example):
    """What the example has, by way."""
    known = {}
    for element in example.iter(etree.Element):
        at = known.setdefault(way(element), {"attributes": set(), "children": [], "templates": set()})
        at["attributes"].add(frozenset(element.attrib))
        at["children"].append([local(child) for child in element.iterchildren(etree.Element)])
        at["templates"].add(template(element))
    return known


def differences(known, document):
    """What a document has otherwise."""
    for element in document.iter(etree.Element):
        at = way(element)
        if at not in known or "/text" in at:
            continue
        if at not in ALLOWED and frozenset(element.attrib) not in known[at]["attributes"]:
            yield f"{at}: attributes {sorted(element.attrib)}"
        ours = [local(child) for child in element.iterchildren(etree.Element)]
        for theirs in known[at]["children"]:
            mine = [name for name in dict.fromkeys(ours) if name in theirs]
            if mine != [name for name in dict.fromkeys(theirs) if name in ours] and at not in ALLOWED:
                yield f"{at}: children {mine}"
        if template(element) not in known[at]["templates"]:
            yield f"{at}: template {element.get('extension')}"


def main(example, places):
    """Prints each difference once."""
    known = seen(etree.parse(example, check.HUGE).getroot())
    roots = [etree.parse(str(file), check.HUGE).getroot() for file in check.files(places)]
    found = sorted({difference for root in roots for difference in differences(known, root)})
    if found:
        print("\n".join(found), file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
