//! A message as XML: scalars become attributes, structs child elements, lists runs of child elements.

use std::fmt::Write;

use serde::ser::{self, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, Serializer};

use crate::{
    ApiVersion,
    codec::{CodecError, Direction},
    value::{CONTENT, ELEMENT},
};

const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

pub(in crate::codec) fn write<T: Serialize>(
    message: &T,
    direction: Direction,
    version: ApiVersion,
) -> Result<String, CodecError> {
    let mut out = String::with_capacity(1024);
    out.push_str("<?xml version='1.0' encoding='UTF-8'?>");
    let root = direction.root();
    write!(
        out,
        "<{root} xmlns=\"{}\" xmlns:xsi=\"{SCHEMA_INSTANCE}\" xsi:schemaLocation=\"{}\"",
        version.namespace(),
        version.schema_location()
    )
    .expect("a String takes all");
    let mut open = true;
    message.serialize(Field { out: &mut out, direction, open: &mut open, key: root, place: Place::Root })?;
    end(&mut out, open, root);
    Ok(out)
}

fn end(out: &mut String, open: bool, name: &str) {
    if open {
        out.push_str("/>");
    } else {
        out.push_str("</");
        out.push_str(name);
        out.push('>');
    }
}

/// Where a value stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// It is the message: its fields are the root's children.
    Root,
    /// It is a field: a scalar is an attribute of the element that is being written.
    Field,
    /// It is an item of a list, or a text that stands as an element: always an element of its own.
    Item,
    /// It is the text between the tags.
    Content,
}

/// Writes one value into the element whose start tag may still be open.
struct Field<'a> {
    out: &'a mut String,
    direction: Direction,
    /// Whether the start tag of the element around is not yet closed by `>`.
    open: &'a mut bool,
    key: &'a str,
    place: Place,
}

impl<'a> Field<'a> {
    fn close_tag(&mut self) {
        if *self.open {
            self.out.push('>');
            *self.open = false;
        }
    }

    fn scalar(mut self, text: &str) -> Result<(), CodecError> {
        // Another text than was meant must not be stored. In an answer it is better than none.
        if self.direction == Direction::Request
            && let Some(c) = text.chars().find(|c| is_uncarried(*c))
        {
            let problem = format!("`{}` holds the character U+{:04X}, which XML cannot carry", self.key, u32::from(c));
            return Err(CodecError::new(problem));
        }
        match self.place {
            Place::Field => {
                if !*self.open {
                    return Err(CodecError::new(format!("the attribute `{}` comes after a child element", self.key)));
                }
                self.out.push(' ');
                self.out.push_str(self.key);
                self.out.push_str("=\"");
                escape(self.out, text, true);
                self.out.push('"');
            }
            Place::Item => {
                self.close_tag();
                self.out.push('<');
                self.out.push_str(self.key);
                self.out.push('>');
                escape(self.out, text, false);
                self.out.push_str("</");
                self.out.push_str(self.key);
                self.out.push('>');
            }
            Place::Content => {
                self.close_tag();
                escape(self.out, text, false);
            }
            Place::Root => return Err(CodecError::new("a message is a struct")),
        }
        Ok(())
    }

    /// Begins the element of a struct; the root's is already begun.
    fn element(mut self) -> Children<'a> {
        let root = self.place == Place::Root;
        if !root {
            self.close_tag();
            self.out.push('<');
            self.out.push_str(self.key);
        }
        Children {
            out: self.out,
            direction: self.direction,
            around: root.then_some(self.open),
            open: true,
            name: self.key,
            map_key: None,
        }
    }
}

/// The element of a struct while its fields are written.
struct Children<'a> {
    out: &'a mut String,
    direction: Direction,
    /// The root's own flag, which outlives the message.
    around: Option<&'a mut bool>,
    open: bool,
    name: &'a str,
    map_key: Option<String>,
}

impl Children<'_> {
    fn field<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), CodecError> {
        let place = Place::Field;
        value.serialize(Field { out: self.out, direction: self.direction, open: &mut self.open, key, place })
    }

    fn finish(self) {
        match self.around {
            Some(around) => *around = self.open,
            None => end(self.out, self.open, self.name),
        }
    }
}

impl SerializeStruct for Children<'_> {
    type Ok = ();
    type Error = CodecError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), CodecError> {
        self.field(key, value)
    }

    fn end(self) -> Result<(), CodecError> {
        self.finish();
        Ok(())
    }
}

/// Structs with a flattened part arrive as maps.
impl SerializeMap for Children<'_> {
    type Ok = ();
    type Error = CodecError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), CodecError> {
        self.map_key = Some(name_of(key)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CodecError> {
        let key = self.map_key.take().ok_or_else(|| CodecError::new("a value was written before its name"))?;
        self.field(&key, value)
    }

    fn end(self) -> Result<(), CodecError> {
        self.finish();
        Ok(())
    }
}

impl SerializeSeq for Field<'_> {
    type Ok = ();
    type Error = CodecError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), CodecError> {
        let Self { out, direction, open, key, .. } = self;
        item.serialize(Field { out, direction: *direction, open, key, place: Place::Item })
    }

    fn end(self) -> Result<(), CodecError> {
        Ok(())
    }
}

/// The text of a map's key.
fn name_of<T: Serialize + ?Sized>(key: &T) -> Result<String, CodecError> {
    let mut name = String::new();
    let (direction, place) = (Direction::Response, Place::Content);
    key.serialize(Field { out: &mut name, direction, open: &mut false, key: "", place })?;
    Ok(name)
}

macro_rules! scalars {
    ($($method:ident $type:ty)*) => {$(
        fn $method(self, value: $type) -> Result<(), CodecError> {
            self.scalar(&value.to_string())
        }
    )*};
}

impl<'a> Serializer for Field<'a> {
    type Ok = ();
    type Error = CodecError;
    type SerializeSeq = Self;
    type SerializeStruct = Children<'a>;
    type SerializeMap = Children<'a>;
    type SerializeTuple = Impossible<(), CodecError>;
    type SerializeTupleStruct = Impossible<(), CodecError>;
    type SerializeTupleVariant = Impossible<(), CodecError>;
    type SerializeStructVariant = Impossible<(), CodecError>;

    scalars! {
        serialize_bool bool serialize_i8 i8 serialize_i16 i16 serialize_i32 i32 serialize_i64 i64
        serialize_u8 u8 serialize_u16 u16 serialize_u32 u32 serialize_u64 u64
        serialize_f32 f32 serialize_f64 f64 serialize_char char
    }

    fn serialize_str(self, value: &str) -> Result<(), CodecError> {
        self.scalar(value)
    }

    fn serialize_none(self) -> Result<(), CodecError> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), CodecError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), CodecError> {
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), CodecError> {
        match name {
            ELEMENT => self.place = Place::Item,
            CONTENT => self.place = Place::Content,
            _ => {}
        }
        value.serialize(self)
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Self, CodecError> {
        Ok(self)
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Children<'a>, CodecError> {
        Ok(self.element())
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Children<'a>, CodecError> {
        Ok(self.element())
    }

    fn serialize_bytes(self, _value: &[u8]) -> Result<(), CodecError> {
        Err(unsupported("bytes"))
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), CodecError> {
        Err(unsupported("a unit struct"))
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), CodecError> {
        Err(unsupported("an enum"))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), CodecError> {
        Err(unsupported("an enum"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Impossible<(), CodecError>, CodecError> {
        Err(unsupported("a tuple"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Impossible<(), CodecError>, CodecError> {
        Err(unsupported("a tuple"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), CodecError>, CodecError> {
        Err(unsupported("an enum"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), CodecError>, CodecError> {
        Err(unsupported("an enum"))
    }
}

fn unsupported(what: &str) -> CodecError {
    ser::Error::custom(format_args!("{what} has no form in XML"))
}

/// Whether XML 1.0 has no form for a character, escaped or not.
fn is_uncarried(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Writes a text with what XML does not take as it is escaped. Line ends and tabs in attributes would be read back as
/// blanks, so they are escaped too; characters that XML 1.0 cannot carry at all become U+FFFD.
fn escape(out: &mut String, text: &str, attribute: bool) {
    let mut from = 0;
    for (index, byte) in text.bytes().enumerate() {
        let replacement = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' if attribute => "&quot;",
            b'\n' if attribute => "&#10;",
            b'\t' if attribute => "&#9;",
            b'\r' => "&#13;",
            b'\n' | b'\t' => continue,
            0..0x20 => "\u{fffd}",
            // U+FFFE and U+FFFF, by the last byte of their three.
            0xbe | 0xbf if text.as_bytes()[..index].ends_with(&[0xef, 0xbf]) => {
                out.push_str(&text[from..index - 2]);
                out.push('\u{fffd}');
                from = index + 1;
                continue;
            }
            _ => continue,
        };
        out.push_str(&text[from..index]);
        out.push_str(replacement);
        from = index + 1;
    }
    out.push_str(&text[from..]);
}
