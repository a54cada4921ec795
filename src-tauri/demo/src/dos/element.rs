//! A request as a tree of elements, read without regard to prefixes.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Nothing that the directory understands is nested as deep.
const DEEPEST: usize = 24;

/// An element: local name, own text, children.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    /// Reads a document.
    ///
    /// # Errors
    /// Says what is not well-formed, and at which byte.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|error| format!("byte {} is not UTF-8", error.valid_up_to()))?;
        let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
        let mut open: Vec<Self> = Vec::new();
        let mut root = None;
        loop {
            let at = reader.buffer_position();
            let wrong = |what: &str| format!("at byte {at}: {what}");
            match reader.read_event().map_err(|error| wrong(&error.to_string()))? {
                Event::Start(start) => {
                    if open.len() >= DEEPEST || root.is_some() {
                        return Err(wrong("an element where there can be none"));
                    }
                    open.push(Self::begun(&start).map_err(|what| wrong(&what))?);
                }
                Event::Empty(start) => {
                    let element = Self::begun(&start).map_err(|what| wrong(&what))?;
                    match open.last_mut() {
                        Some(parent) => parent.children.push(element),
                        None if root.is_none() => root = Some(element),
                        None => return Err(wrong("a second document")),
                    }
                }
                Event::End(_) => {
                    let element = open.pop().ok_or_else(|| wrong("an end without a beginning"))?;
                    match open.last_mut() {
                        Some(parent) => parent.children.push(element),
                        None => root = Some(element),
                    }
                }
                Event::Text(text) => append(&mut open, &text.xml10_content()).map_err(|()| wrong("stray text"))?,
                Event::CData(text) => append(&mut open, &text.xml10_content()).map_err(|()| wrong("stray text"))?,
                Event::GeneralRef(entity) => {
                    let resolved = match entity.resolve_char_ref().map_err(|error| wrong(&error.to_string()))? {
                        Some(character) => character.to_string(),
                        None => quick_xml::escape::resolve_predefined_entity(&entity.xml10_content())
                            .ok_or_else(|| wrong("an entity that is not declared"))?
                            .to_owned(),
                    };
                    append(&mut open, &resolved).map_err(|()| wrong("stray text"))?;
                }
                Event::DocType(_) => return Err(wrong("a document type is not taken")),
                Event::Eof if open.is_empty() => return root.ok_or_else(|| wrong("there is no document")),
                Event::Eof => return Err(wrong("the document is cut short")),
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            }
        }
    }

    fn begun(start: &BytesStart<'_>) -> Result<Self, String> {
        for attribute in start.attributes() {
            attribute.map_err(|error| error.to_string())?;
        }
        Ok(Self { name: start.local_name().as_ref().to_owned(), ..Self::default() })
    }

    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// What it says, if it says anything.
    pub(super) fn said(&self) -> Option<&str> {
        Some(self.text.trim()).filter(|text| !text.is_empty())
    }

    /// What a child says, if it is there and says anything.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.child(name).and_then(Self::said)
    }

    /// The first element of this name anywhere in it.
    pub(super) fn find(&self, name: &str) -> Option<&Self> {
        if self.name == name {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find(name))
    }

    /// The names of all elements in it.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names = vec![self.name.as_str()];
        names.extend(self.children.iter().flat_map(Self::names));
        names
    }
}

/// Text outside of every element may only be space.
fn append(open: &mut [Element], text: &str) -> Result<(), ()> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(()),
    }
    Ok(())
}
