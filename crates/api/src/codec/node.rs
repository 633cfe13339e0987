//! What a body says, before it is a message: the shape that XML and JSON share.
//!
//! Every scalar is a text here, because XML knows nothing else and JSON clients disagree on what is a string; the type
//! asked for decides how it is read.

use std::borrow::Cow;

use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::CodecError;

/// A value of a body.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node<'a> {
    Text(Cow<'a, str>),
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
    Array(Vec<Node<'a>>),
}

impl<'a> Node<'a> {
    fn scalar(self) -> Result<Cow<'a, str>, CodecError> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Array(mut items) if items.len() == 1 => items.remove(0).scalar(),
            Self::Object(mut entries) if entries.len() == 1 && entries[0].0 == "value" => entries.remove(0).1.scalar(),
            Self::Object(_) | Self::Array(_) => Err(CodecError::new("an element stands where a value is expected")),
        }
    }

    fn entries(self, fields: &[&str]) -> Result<Vec<(Cow<'a, str>, Node<'a>)>, CodecError> {
        match self {
            Self::Object(entries) => Ok(entries),
            Self::Array(items) if items.is_empty() => Ok(Vec::new()),
            Self::Array(mut items) if items.len() == 1 => items.remove(0).entries(fields),
            Self::Array(_) => Err(CodecError::new("an element is there more than once")),
            Self::Text(text) if text.trim().is_empty() => Ok(Vec::new()),
            Self::Text(text) if fields.contains(&"value") => Ok(vec![(Cow::Borrowed("value"), Self::Text(text))]),
            Self::Text(_) => Err(CodecError::new("a value stands where an element is expected")),
        }
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
            let text = self.scalar()?;
            let number = text.trim().parse::<$type>().map_err(|_| CodecError::new("a value is not a number of its range"))?;
            visitor.$visit(number)
        }
    )*};
}

impl<'de> Deserializer<'de> for Node<'_> {
    type Error = CodecError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        match self {
            Self::Text(text) => visitor.visit_string(text.into_owned()),
            Self::Object(_) => self.deserialize_map(visitor),
            Self::Array(_) => self.deserialize_seq(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        let text = self.scalar()?;
        match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" => visitor.visit_bool(true),
            "false" | "0" => visitor.visit_bool(false),
            _ => Err(CodecError::new("a value is neither `true` nor `false`")),
        }
    }

    numbers! {
        deserialize_i8 visit_i8 i8 deserialize_i16 visit_i16 i16 deserialize_i32 visit_i32 i32
        deserialize_i64 visit_i64 i64 deserialize_u8 visit_u8 u8 deserialize_u16 visit_u16 u16
        deserialize_u32 visit_u32 u32 deserialize_u64 visit_u64 u64 deserialize_f32 visit_f32 f32
        deserialize_f64 visit_f64 f64 deserialize_char visit_char char
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        visitor.visit_string(self.scalar()?.into_owned())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, CodecError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        let items = match self {
            Self::Array(items) => items,
            one => vec![one],
        };
        visitor.visit_seq(Items(items.into_iter()))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        visitor.visit_map(Entries { entries: self.entries(&[])?.into_iter(), value: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CodecError> {
        visitor.visit_map(Entries { entries: self.entries(fields)?.into_iter(), value: None })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! { bytes byte_buf unit_struct tuple tuple_struct enum }
}

struct Items<'a>(std::vec::IntoIter<Node<'a>>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = CodecError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, CodecError> {
        self.0.next().map(|item| seed.deserialize(item)).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Entries<'a> {
    entries: std::vec::IntoIter<(Cow<'a, str>, Node<'a>)>,
    value: Option<(Cow<'a, str>, Node<'a>)>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = CodecError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, CodecError> {
        let Some((name, node)) = self.entries.next() else { return Ok(None) };
        let key = seed.deserialize(name.as_ref().into_deserializer())?;
        self.value = Some((name, node));
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, CodecError> {
        let (name, node) =
            self.value.take().ok_or_else(|| de::Error::custom("a value was asked for before its name"))?;
        // The name is the reader's own word only where the field is known; anything longer is not repeated.
        seed.deserialize(node)
            .map_err(|problem| if name.len() <= 64 { CodecError::new(format!("`{name}`: {problem}")) } else { problem })
    }
}
