//! Elements to be written as XML. What XML 1.0 cannot hold is replaced by U+FFFD, visibly; every line end becomes one line
//! feed in text, and a space in an attribute, which is how a reader would get it anyway.

use std::borrow::Cow;
use std::io::Result as Written;

use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};

/// An element.
#[derive(Debug, Clone)]
pub(super) struct Tag {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    content: Vec<Content>,
}

#[derive(Debug, Clone)]
enum Content {
    Tag(Tag),
    Text(String),
    /// XML that is there already.
    Whole(String),
}

/// An element without anything in it yet.
pub(super) fn tag(name: &'static str) -> Tag {
    Tag { name, attributes: Vec::new(), content: Vec::new() }
}

impl Tag {
    /// With an attribute.
    pub(super) fn with(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        self.attributes.push((name, one_line(value.as_ref())));
        self
    }

    /// With an element in it, after what is there.
    pub(super) fn holding(mut self, inner: Self) -> Self {
        self.content.push(Content::Tag(inner));
        self
    }

    /// With elements in it, after what is there.
    pub(super) fn holding_all(mut self, inner: impl IntoIterator<Item = Self>) -> Self {
        self.content.extend(inner.into_iter().map(Content::Tag));
        self
    }

    /// With text in it, after what is there.
    pub(super) fn saying(mut self, text: &str) -> Self {
        self.content.push(Content::Text(writable(text).into_owned()));
        self
    }

    /// With XML in it that was written before.
    pub(super) fn holding_whole(mut self, xml: &str) -> Self {
        self.content.push(Content::Whole(xml.to_owned()));
        self
    }

    /// As XML in UTF-8, without a declaration.
    pub(super) fn to_xml(&self) -> Written<String> {
        let mut xml = Writer::new(Vec::new());
        self.write(&mut xml)?;
        String::from_utf8(xml.into_inner()).map_err(std::io::Error::other)
    }

    fn write(&self, xml: &mut Writer<Vec<u8>>) -> Written<()> {
        let attributes = self.attributes.iter().map(|(name, value)| (*name, value.as_str()));
        let start = BytesStart::new(self.name).with_attributes(attributes);
        if self.content.is_empty() {
            return xml.write_event(Event::Empty(start));
        }
        xml.write_event(Event::Start(start))?;
        for content in &self.content {
            match content {
                Content::Tag(inner) => inner.write(xml)?,
                Content::Text(text) => xml.write_event(Event::Text(BytesText::new(text)))?,
                Content::Whole(whole) => xml.write_event(Event::Text(BytesText::from_escaped(whole.as_str())))?,
            }
        }
        xml.write_event(Event::End(BytesEnd::new(self.name)))
    }
}

/// Whether XML 1.0 can hold a character.
const fn legal(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// A text as it reads once it was written and read.
pub(super) fn writable(text: &str) -> Cow<'_, str> {
    if text.chars().all(|character| legal(character) && character != '\r') {
        return Cow::Borrowed(text);
    }
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    Cow::Owned(lines.chars().map(|character| if legal(character) { character } else { '\u{fffd}' }).collect())
}

/// The same on one line.
pub(super) fn one_line(text: &str) -> String {
    writable(text).replace(['\n', '\t'], " ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_replaced_where_one_can_see_it() {
        let written = tag("a").with("b", "1\r\n\u{0}\"<").saying("x\u{8}y\r\nz & <\u{ffff}\u{1f600}").to_xml();
        let expected = "<a b=\"1 \u{fffd}&quot;&lt;\">x\u{fffd}y\nz &amp; &lt;\u{fffd}\u{1f600}</a>";
        assert_eq!(written.expect("written"), expected);
    }

    #[test]
    fn elements_stand_in_the_order_in_which_they_were_put() {
        let inner = [tag("c").with("d", "1"), tag("e").saying("f")];
        let whole = tag("a").saying("x").holding(tag("b")).holding_all(inner).holding_whole("<g h='&amp;'/>");
        assert_eq!(whole.to_xml().expect("written"), "<a>x<b/><c d=\"1\"/><e>f</e><g h='&amp;'/></a>");
    }

    proptest! {
        #[test]
        fn any_text_reads_back_as_it_was_but_for_what_xml_cannot_hold(text in any::<String>(), value in any::<String>()) {
            let xml = tag("a").with("b", &value).saying(&text).to_xml().map_err(|error| TestCaseError::fail(error.to_string()))?;
            let read = roxmltree::Document::parse(&xml).map_err(|error| TestCaseError::fail(format!("{error}: {xml}")))?;
            let root = read.root_element();
            prop_assert_eq!(root.attribute("b").unwrap_or_default(), one_line(&value));
            prop_assert_eq!(root.text().unwrap_or_default(), writable(&text));
            let kept: String = text.chars().filter(|character| legal(*character) && !"\r\n".contains(*character)).collect();
            prop_assert_eq!(writable(&text).replace(['\n', '\u{fffd}'], ""), kept.replace('\u{fffd}', ""));
        }
    }
}
