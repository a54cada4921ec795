//! Reading XML with its namespaces: document types are refused, so that no entity is ever resolved that a sender made;
//! bounded in depth.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::{NsReader, XmlVersion};

/// The deepest that elements may stand in each other.
const DEEPEST: usize = 96;

/// An element. Two are equal where they say the same, wherever they stand.
#[derive(Debug, Clone, Default)]
pub(super) struct Element {
    pub(super) namespace: String,
    pub(super) name: String,
    attributes: BTreeMap<(String, String), String>,
    nodes: Vec<Node>,
    /// From where to where it stands in the text that was read.
    pub(super) span: Range<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Element(Element),
    Text(String),
}

impl PartialEq for Element {
    fn eq(&self, other: &Self) -> bool {
        (&self.namespace, &self.name, &self.attributes, &self.nodes)
            == (&other.namespace, &other.name, &other.attributes, &other.nodes)
    }
}

impl Eq for Element {}

impl Element {
    /// Reads a whole document; where it cannot, says why.
    pub(super) fn read(source: &str) -> Result<Self, String> {
        if let Some(odd) = source.chars().find(|character| !legal(*character)) {
            return Err(format!("the character U+{:04X} may not stand in XML", u32::from(odd)));
        }
        let mut reader = NsReader::from_str(source);
        reader.config_mut().check_comments = true;
        // What stands around the root is the first of the open elements.
        let mut open = vec![Self::default()];
        loop {
            let from = position(&reader);
            match reader.read_event().map_err(|error| error.to_string())? {
                Event::Start(start) => {
                    if open.len() > DEEPEST {
                        return Err(format!("elements stand more than {DEEPEST} deep in each other"));
                    }
                    open.push(Self::begun(&reader, &start, from)?);
                }
                Event::Empty(start) => {
                    let mut element = Self::begun(&reader, &start, from)?;
                    element.span.end = position(&reader);
                    last(&mut open)?.nodes.push(Node::Element(element));
                }
                Event::End(_) => {
                    let mut closed = open.pop().ok_or("an end has no beginning")?;
                    closed.nodes.retain(|node| !matches!(node, Node::Text(text) if text.trim().is_empty()));
                    closed.span.end = position(&reader);
                    last(&mut open)?.nodes.push(Node::Element(closed));
                }
                Event::Text(text) => last(&mut open)?.say(&text.xml10_content()),
                Event::CData(text) => last(&mut open)?.say(&text.xml10_content()),
                Event::GeneralRef(entity) => {
                    let resolved = match entity.resolve_char_ref().map_err(|error| error.to_string())? {
                        Some(character) if legal(character) => character.to_string(),
                        Some(character) => {
                            return Err(format!("U+{:04X} may not stand in XML", u32::from(character)));
                        }
                        None => {
                            let name = entity.xml10_content();
                            let known = quick_xml::escape::resolve_predefined_entity(&name);
                            known.ok_or_else(|| format!("the entity {name} is not known"))?.to_owned()
                        }
                    };
                    last(&mut open)?.say(&resolved);
                }
                Event::DocType(_) => return Err("a document type is not taken".to_owned()),
                Event::Eof => break,
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            }
        }
        let around = open.pop().filter(|_| open.is_empty()).ok_or("an element is not closed")?;
        let mut roots = Vec::new();
        for node in around.nodes {
            match node {
                Node::Element(root) => roots.push(root),
                Node::Text(text) if text.trim().is_empty() => {}
                Node::Text(_) => return Err("text stands outside the root element".to_owned()),
            }
        }
        let root = roots.pop().ok_or("there is no element")?;
        if roots.is_empty() { Ok(root) } else { Err("there is more than one root element".to_owned()) }
    }

    fn begun(reader: &NsReader<&[u8]>, start: &BytesStart<'_>, from: usize) -> Result<Self, String> {
        let resolver = reader.resolver();
        let (namespace, name) = resolver.resolve_element(start.name());
        let mut element =
            Self { namespace: bound(&namespace)?, name: name.as_ref().to_owned(), span: from..from, ..Self::default() };
        let mut declared = BTreeSet::new();
        // Whether one stands twice is asked of the sets: the reader's own check takes long over many.
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| error.to_string())?;
            if attribute.key.as_namespace_binding().is_some() {
                if !declared.insert(attribute.key) {
                    return Err(format!("{} declares a prefix twice", element.name));
                }
                continue;
            }
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| error.to_string())?;
            if attribute.value.contains('<') || !value.chars().all(legal) {
                return Err(format!("a value in {} holds what may not stand there", element.name));
            }
            let (namespace, name) = resolver.resolve_attribute(attribute.key);
            let key = (bound(&namespace)?, name.as_ref().to_owned());
            if element.attributes.insert(key, value.into_owned()).is_some() {
                return Err(format!("{} has an attribute twice", element.name));
            }
        }
        Ok(element)
    }

    fn say(&mut self, more: &str) {
        if let Some(Node::Text(text)) = self.nodes.last_mut() {
            text.push_str(more);
        } else {
            self.nodes.push(Node::Text(more.to_owned()));
        }
    }

    pub(super) fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }

    /// The elements in it, in their order.
    pub(super) fn children(&self) -> impl Iterator<Item = &Self> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The elements of a name in it.
    pub(super) fn all<'a>(&'a self, namespace: &'a str, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children().filter(move |child| child.is(namespace, name))
    }

    /// The one element of a name in it; none where there are several.
    pub(super) fn only<'a>(&'a self, namespace: &'a str, name: &'a str) -> Option<&'a Self> {
        let mut all = self.all(namespace, name);
        all.next().filter(|_| all.next().is_none())
    }

    /// Everything below it, from the top.
    pub(super) fn below(&self) -> impl Iterator<Item = &Self> {
        let mut waiting: Vec<&Self> = self.children().collect();
        waiting.reverse();
        std::iter::from_fn(move || {
            let next = waiting.pop()?;
            let at = waiting.len();
            waiting.extend(next.children());
            waiting[at..].reverse();
            Some(next)
        })
    }

    /// An attribute without a namespace.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attribute_in("", name)
    }

    pub(super) fn attribute_in(&self, namespace: &str, name: &str) -> Option<&str> {
        self.attributes.get(&(namespace.to_owned(), name.to_owned())).map(String::as_str)
    }

    /// Its own text, trimmed.
    pub(super) fn text(&self) -> String {
        let pieces = self.nodes.iter().filter_map(|node| match node {
            Node::Text(text) => Some(text.as_str()),
            Node::Element(_) => None,
        });
        pieces.collect::<String>().trim().to_owned()
    }
}

fn last(open: &mut [Element]) -> Result<&mut Element, String> {
    open.last_mut().ok_or_else(|| "an end has no beginning".to_owned())
}

fn position(reader: &NsReader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn bound(namespace: &ResolveResult<'_>) -> Result<String, String> {
    match namespace {
        ResolveResult::Bound(Namespace(name)) => Ok((*name).to_owned()),
        ResolveResult::Unbound => Ok(String::new()),
        ResolveResult::Unknown(prefix) => Err(format!("the prefix {prefix} is not declared")),
    }
}

/// Whether XML 1.0 lets a character stand.
pub(super) const fn legal(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
