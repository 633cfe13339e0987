//! JSON in and out.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, SeqAccess, Visitor},
};

use super::{CodecError, node::Node};

pub(super) fn write<T: Serialize>(message: &T) -> Result<Vec<u8>, CodecError> {
    serde_json::to_vec(message).map_err(|problem| CodecError::new(problem.to_string()))
}

/// Reads a body. serde_json itself bounds the depth.
pub(super) fn read(text: &str) -> Result<Node<'_>, CodecError> {
    let node = serde_json::from_str::<Node<'_>>(text).map_err(|problem| {
        CodecError::new(format!(
            "the body is not well-formed JSON (line {}, column {})",
            problem.line(),
            problem.column()
        ))
    })?;
    match node {
        Node::Object(_) => Ok(node),
        Node::Text(_) | Node::Array(_) => Err(CodecError::new("the body is not a JSON object")),
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Node<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Node<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Node<'de>, E> {
                Ok(Node::Text(Cow::Borrowed(if value { "true" } else { "false" })))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Node<'de>, E> {
                Ok(Node::Text(Cow::Owned(value.to_string())))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Node<'de>, E> {
                Ok(Node::Text(Cow::Owned(value.to_string())))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Node<'de>, E> {
                Ok(Node::Text(Cow::Owned(value.to_string())))
            }

            fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Node<'de>, E> {
                Ok(Node::Text(Cow::Borrowed(value)))
            }

            fn visit_str<E>(self, value: &str) -> Result<Node<'de>, E> {
                Ok(Node::Text(Cow::Owned(value.to_owned())))
            }

            // A member that is null, or an element of an array that is, says nothing; an empty array means the same to
            // every reader of a node.
            fn visit_unit<E>(self) -> Result<Node<'de>, E> {
                Ok(Node::Array(Vec::new()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node<'de>, A::Error> {
                let mut nodes = Vec::new();
                while let Some(node) = items.next_element()? {
                    nodes.push(node);
                }
                Ok(Node::Array(nodes))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Node<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some((name, node)) = members.next_entry::<Name<'de>, Option<Node<'de>>>()? {
                    // `null` is the same as not being there.
                    if let Some(node) = node {
                        entries.push((name.0, node));
                    }
                }
                Ok(Node::Object(entries))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

/// A member's name, borrowed where the text has no escapes in it.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(value)))
            }

            fn visit_str<E>(self, value: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(value.to_owned())))
            }
        }

        deserializer.deserialize_str(Reader)
    }
}
