//! A body of XML as a [`Node`]: no DTD, no entities but the five of XML itself, bounded depth, no namespaces.

use std::borrow::Cow;

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use crate::codec::{CodecError, Direction, node::Node};

/// The schema's deepest message has fewer than ten levels.
const DEEPEST: usize = 32;
/// The schema's largest element has about a hundred attributes. This bounds the search for repeated names.
const MOST_NAMES: usize = 1000;

pub(in crate::codec) fn read(text: &str, direction: Direction) -> Result<Node<'_>, CodecError> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut open: Vec<Element<'_>> = Vec::new();
    let mut root = None;
    loop {
        let event = reader.read_event().map_err(|_| malformed(&format!("near byte {}", reader.error_position())))?;
        match event {
            Event::Start(tag) => {
                if root.is_some() {
                    return Err(malformed("there is more than one root element"));
                }
                if open.len() == DEEPEST {
                    return Err(CodecError::new(format!("the body nests deeper than {DEEPEST} elements")));
                }
                open.push(Element::open(&tag)?);
            }
            Event::Empty(tag) => {
                if root.is_some() {
                    return Err(malformed("there is more than one root element"));
                }
                let element = Element::open(&tag)?;
                close(element, &mut open, &mut root)?;
            }
            Event::End(_) => {
                let element = open.pop().ok_or_else(|| malformed("an end tag has no start"))?;
                close(element, &mut open, &mut root)?;
            }
            Event::Text(text) => {
                let text = text.into_inner();
                match open.last_mut() {
                    Some(element) => element.append(text),
                    None if text.trim().is_empty() => {}
                    None => return Err(malformed("there is text outside the root element")),
                }
            }
            Event::CData(data) => {
                open.last_mut()
                    .ok_or_else(|| malformed("there is text outside the root element"))?
                    .append(data.into_inner());
            }
            Event::GeneralRef(reference) => {
                let name = reference.clone().into_inner();
                let character = if reference.is_char_ref() {
                    reference.resolve_char_ref().ok().flatten().map(|c| Cow::Owned(c.to_string()))
                } else {
                    quick_xml::escape::resolve_predefined_entity(&name).map(Cow::Borrowed)
                };
                let character = character.ok_or_else(|| {
                    CodecError::new("the body refers to an entity; only those of XML itself are read")
                })?;
                open.last_mut().ok_or_else(|| malformed("there is text outside the root element"))?.append(character);
            }
            Event::DocType(_) => return Err(CodecError::new("the body has a document type; that is not read")),
            Event::Decl(declaration) => {
                let utf8 = declaration.encoding().is_none_or(|encoding| {
                    encoding
                        .is_ok_and(|name| name.eq_ignore_ascii_case("utf-8") || name.eq_ignore_ascii_case("us-ascii"))
                });
                if !utf8 {
                    return Err(CodecError::new("the body declares an encoding other than UTF-8"));
                }
            }
            Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    if !open.is_empty() {
        return Err(malformed("an element is not closed"));
    }
    let (name, node) = root.ok_or_else(|| CodecError::new("the body is empty"))?;
    if name != direction.root() {
        return Err(CodecError::new(format!("the root element is not `{}`", direction.root())));
    }
    Ok(node)
}

fn malformed(problem: &str) -> CodecError {
    CodecError::new(format!("the body is not well-formed XML ({problem})"))
}

/// An element that is being read.
struct Element<'a> {
    name: Cow<'a, str>,
    entries: Vec<(Cow<'a, str>, Node<'a>)>,
    /// How many of the entries are attributes: a child never joins one of them.
    attributes: usize,
    text: Cow<'a, str>,
}

impl<'a> Element<'a> {
    fn open(tag: &BytesStart<'a>) -> Result<Self, CodecError> {
        let name = tag.local_name().into_inner().to_owned();
        let mut entries = Vec::new();
        for attribute in tag.attributes() {
            let attribute =
                attribute.map_err(|_| malformed("an attribute is not name=\"value\", or is there twice"))?;
            let key = attribute.key;
            if key.as_namespace_binding().is_some() || key.prefix().is_some() {
                continue;
            }
            let value = attribute
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .map_err(|_| malformed("an attribute's value cannot be read"))?;
            if entries.len() == MOST_NAMES {
                return Err(too_many());
            }
            entries.push((
                Cow::Owned(key.local_name().into_inner().to_owned()),
                Node::Text(Cow::Owned(value.into_owned())),
            ));
        }
        let attributes = entries.len();
        Ok(Self { name: Cow::Owned(name), entries, attributes, text: Cow::Borrowed("") })
    }

    fn append(&mut self, text: Cow<'a, str>) {
        if self.text.is_empty() { self.text = text } else { self.text.to_mut().push_str(&text) }
    }

    fn add_child(&mut self, name: Cow<'a, str>, node: Node<'a>) -> Result<(), CodecError> {
        // Lists come as runs of one name, so look at the last first.
        let position = self.entries[self.attributes..].iter().rposition(|(other, _)| *other == name);
        let Some(position) = position else {
            if self.entries.len() >= MOST_NAMES {
                return Err(too_many());
            }
            self.entries.push((name, node));
            return Ok(());
        };
        match &mut self.entries[self.attributes + position].1 {
            Node::Array(items) => items.push(node),
            first => {
                let earlier = std::mem::replace(first, Node::Array(Vec::new()));
                *first = Node::Array(vec![earlier, node]);
            }
        }
        Ok(())
    }

    fn into_node(self) -> Node<'a> {
        if self.entries.is_empty() {
            return Node::Text(self.text);
        }
        let mut entries = self.entries;
        if !self.text.trim().is_empty() {
            entries.push((Cow::Borrowed("value"), Node::Text(self.text)));
        }
        Node::Object(entries)
    }
}

fn too_many() -> CodecError {
    CodecError::new(format!("an element holds more than {MOST_NAMES} different names"))
}

fn close<'a>(
    element: Element<'a>,
    open: &mut [Element<'a>],
    root: &mut Option<(Cow<'a, str>, Node<'a>)>,
) -> Result<(), CodecError> {
    let name = element.name.clone();
    let node = element.into_node();
    match open.last_mut() {
        Some(parent) => parent.add_child(name, node),
        None => {
            *root = Some((name, node));
            Ok(())
        }
    }
}
