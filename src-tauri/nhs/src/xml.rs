//! Reading XML from others: any prefix, CDATA, entities; document types are refused, so that no external entity is ever
//! resolved; bounded in depth and number.

use quick_xml::Reader;
use quick_xml::events::Event;

/// An element with its children. Names are local names.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    text: String,
    pub(crate) children: Vec<Element>,
}

/// The XML cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotXml;

const DEEPEST: usize = 64;
const MOST_ELEMENTS: usize = 1_000_000;

impl Element {
    /// Reads a whole document.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, NotXml> {
        let text = std::str::from_utf8(bytes).map_err(|_| NotXml)?;
        let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
        let mut open: Vec<Self> = vec![Self::default()];
        let mut elements = 0;
        loop {
            match reader.read_event().map_err(|_| NotXml)? {
                Event::Start(start) => {
                    elements += 1;
                    if open.len() > DEEPEST || elements > MOST_ELEMENTS {
                        return Err(NotXml);
                    }
                    open.push(Self { name: local(start.name().as_ref()), ..Self::default() });
                }
                Event::Empty(start) => {
                    elements += 1;
                    let name = local(start.name().as_ref());
                    open.last_mut().ok_or(NotXml)?.children.push(Self { name, ..Self::default() });
                    if elements > MOST_ELEMENTS {
                        return Err(NotXml);
                    }
                }
                Event::End(_) => {
                    let closed = open.pop().ok_or(NotXml)?;
                    open.last_mut().ok_or(NotXml)?.children.push(closed);
                }
                Event::Text(text) => open.last_mut().ok_or(NotXml)?.text.push_str(&text.xml10_content()),
                Event::CData(text) => open.last_mut().ok_or(NotXml)?.text.push_str(&text.xml10_content()),
                Event::GeneralRef(entity) => {
                    let resolved = match entity.resolve_char_ref().map_err(|_| NotXml)? {
                        Some(character) => character.to_string(),
                        None => {
                            let name = entity.xml10_content();
                            quick_xml::escape::resolve_predefined_entity(&name).ok_or(NotXml)?.to_owned()
                        }
                    };
                    open.last_mut().ok_or(NotXml)?.text.push_str(&resolved);
                }
                Event::DocType(_) => return Err(NotXml),
                Event::Eof => break,
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            }
        }
        match (open.pop(), open.is_empty()) {
            (Some(mut document), true) if document.children.len() == 1 => document.children.pop().ok_or(NotXml),
            _ => Err(NotXml),
        }
    }

    /// The first child of that name, in any letter case.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name.eq_ignore_ascii_case(name))
    }

    /// All children of that name, in any letter case.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name.eq_ignore_ascii_case(name))
    }

    /// The first element of that name at any depth.
    pub(crate) fn find(&self, name: &str) -> Option<&Self> {
        if self.name.eq_ignore_ascii_case(name) {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find(name))
    }

    /// Its text, trimmed.
    pub(crate) fn text(&self) -> &str {
        self.text.trim()
    }

    /// The text of a child, where there is some.
    pub(crate) fn text_of(&self, name: &str) -> Option<String> {
        self.child(name).map(|child| child.text().to_owned()).filter(|text| !text.is_empty())
    }
}

fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prefixes_cdata_entities_and_empty_elements_are_read() {
        let document =
            "\u{feff}<?xml version=\"1.0\"?><s:a xmlns:s=\"x\"><b>1 &amp; <![CDATA[<2>]]> &#x41;</b><t:c/></s:a>";
        let root = Element::read(document.as_bytes()).expect("well-formed");
        assert_eq!(root.name, "a", "local name");
        assert_eq!(root.text_of("B").as_deref(), Some("1 & <2> A"), "any letter case, entities, CDATA");
        assert!(root.child("c").is_some_and(|c| c.text().is_empty()), "empty element");
    }

    #[test]
    fn a_document_type_is_refused_so_that_no_external_entity_is_resolved() {
        let document = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><a>&x;</a>";
        assert!(Element::read(document.as_bytes()).is_err(), "DOCTYPE");
        assert!(Element::read(b"<a>&unknown;</a>").is_err(), "an entity that nobody declared");
    }

    #[test]
    fn a_truncated_or_bottomless_document_is_refused() {
        assert!(Element::read(b"<a><b>").is_err(), "cut short");
        assert!(Element::read("<a>".repeat(10_000).as_bytes()).is_err(), "bottomless");
        assert!(Element::read(b"").is_err(), "nothing");
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Element::read(&bytes);
        }

        #[test]
        fn no_marked_up_text_makes_the_reader_panic(text in "[<>/&;a-c:!\\[\\]?\" #x0-9-]{0,120}") {
            let _ = Element::read(text.as_bytes());
        }
    }
}
