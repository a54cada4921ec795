//! What the receiver of a referral finds in its message, and the provider in its booking: read here by a reader that is
//! neither the desk's writer nor the demonstration's checker.

use roxmltree::{Document, Node};
use serde_json::Value;

const HL7: &str = "urn:hl7-org:v3";
const ITK: &str = "urn:nhs-itk:ns:201005";
const WSA: &str = "http://www.w3.org/2005/08/addressing";
/// The root of the id of an appointment in its coded entry.
const APPOINTMENT: &str = "2.16.840.1.113883.2.1.3.2.4.17.541";

/// A message of a referral.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The id of the message, new at every sending.
    pub message: String,
    /// The id under which the receiver takes it once.
    pub tracking: String,
    /// The id of the document.
    pub document: String,
    /// The title of the document.
    pub title: String,
    /// What the coded entries name as the appointment.
    pub entries: Vec<String>,
    /// Where the links of the text lead.
    pub links: Vec<String>,
}

impl Received {
    /// Reads a message whose document stands in it as it is.
    ///
    /// # Panics
    /// Where it is no such message.
    #[must_use]
    pub fn read(message: &str) -> Self {
        let xml = Document::parse(message).expect("well-formed");
        let one = |namespace: &str, name: &str| -> Node<'_, '_> {
            let mut all = xml.descendants().filter(|node| node.has_tag_name((namespace, name)));
            let first = all.next().unwrap_or_else(|| panic!("no {name} in the message"));
            assert!(all.next().is_none(), "more than one {name} in the message");
            first
        };
        let attribute = |node: Node<'_, '_>, name: &str| node.attribute(name).expect("an attribute").to_owned();
        let document = one(HL7, "ClinicalDocument");
        let child = |name: &str| document.children().find(|node| node.has_tag_name((HL7, name))).expect("an element");
        let all = |name: &'static str| document.descendants().filter(move |node| node.has_tag_name((HL7, name)));
        let ids =
            all("encounter").flat_map(|encounter| encounter.children().filter(|node| node.has_tag_name((HL7, "id"))));
        Self {
            message: one(WSA, "MessageID").text().expect("an id").trim().to_owned(),
            tracking: attribute(one(ITK, "header"), "trackingid"),
            document: attribute(child("id"), "root"),
            title: child("title").text().expect("a title").to_owned(),
            entries: ids
                .inspect(|id| assert_eq!(id.attribute("root"), Some(APPOINTMENT), "the id of an appointment"))
                .map(|id| attribute(id, "extension"))
                .collect(),
            links: all("linkHtml").map(|link| attribute(link, "href")).collect(),
        }
    }

    /// Asserts the pair of links of BK-6: the appointment, as its provider holds it (JSON: id and versions), names this
    /// document, and this document leads to the appointment at its absolute URL without a version, which is put together
    /// here from where the provider is; in its text and, unless the receiver takes the strict second version, in a coded
    /// entry.
    ///
    /// # Panics
    /// Where one of them is not so.
    pub fn assert_linked(&self, held: &Value, provider: &str, has_entry: bool) {
        let newest = held["versions"].as_array().and_then(|versions| versions.last()).expect("a version");
        let appointment = &newest["body"];
        assert_eq!(appointment["resourceType"], "Appointment", "{appointment}");
        let contained = appointment["contained"].as_array().expect("contained resources");
        let named: Vec<_> = contained
            .iter()
            .filter(|resource| resource["resourceType"] == "DocumentReference")
            .flat_map(|reference| reference["identifier"].as_array().cloned().unwrap_or_default())
            .map(|identifier| {
                assert_eq!(identifier["system"], "https://tools.ietf.org/html/rfc4122", "a UUID");
                identifier["value"].as_str().expect("a value").to_ascii_lowercase()
            })
            .collect();
        assert_eq!(named, [self.document.to_ascii_lowercase()], "the appointment names the document, and no other");
        let id = held["id"].as_str().expect("the appointment's id");
        let url = format!("{}/Appointment/{id}", provider.trim_end_matches('/'));
        assert!(url.contains("://") && !url.contains("_history"), "absolute, and of no version: {url}");
        assert_eq!(self.links, [url.as_str()], "the text leads to the appointment");
        let entries = if has_entry { vec![url] } else { Vec::new() };
        assert_eq!(self.entries, entries, "the coded entry names it by the same URL");
    }
}
