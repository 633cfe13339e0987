//! In which order the members of a field come.

use crate::{
    error::Error,
    shelf::FieldRef,
    xml::{Element, Xml},
};

/// In which order the members of a discrete field come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// The field.
    pub field: FieldRef,
    /// From the last to the first.
    pub descending: bool,
    /// By what.
    pub by: SortBy,
}

/// What a [`Sort`] goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SortBy {
    /// The order of the data source.
    Natural,
    /// The alphabet.
    Alphabetic,
    /// The value of another instance, over the whole sheet.
    Field(FieldRef),
    /// The value of another instance, within what the field is nested in (`shelf-sort-v2`).
    Nested(FieldRef),
    /// By hand: literals, or for `:Measure Names` qualified instances as literals. Members that are not named come where
    /// `%all%` stands, or else after the named ones.
    Manual(Vec<String>),
}

impl Sort {
    /// Reads a child of `view` that is a sort of any form, and adds it to those read before.
    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element, source: &str, sorts: &mut Vec<Self>) -> Result<(), Error> {
        // Versions before 2018.2 have one element for all forms.
        let form = match element.name.as_str() {
            "sort" => element.peek("class").unwrap_or_default(),
            name => name.strip_suffix("-sort").unwrap_or(name),
        };
        let by = match form {
            "shelf-sorts" | "single-value-per-nest-shelf-sorts" => {
                return xml.children(|xml, child| match child.name.as_str() {
                    "shelf-sort" | "shelf-sort-v2" | "single-value-per-nest-shelf-sort" => {
                        let field = FieldRef::read(xml, child, "dimension-to-sort", source);
                        let by = FieldRef::read(xml, child, "measure-to-sort-by", source).map(SortBy::Nested);
                        Self::add(xml, child, field, by, sorts);
                        Ok(())
                    }
                    _ => Ok(()),
                });
            }
            "computed" => FieldRef::read(xml, element, "using", source).map(SortBy::Field),
            "natural" => Some(SortBy::Natural),
            "alphabetic" => Some(SortBy::Alphabetic),
            "manual" => Some(SortBy::Manual(read_dictionary(xml)?)),
            _ => None,
        };
        let field = FieldRef::read(xml, element, "column", source);
        Self::add(xml, element, field, by, sorts);
        Ok(())
    }

    fn add(xml: &mut Xml<'_>, element: &Element, field: Option<FieldRef>, by: Option<SortBy>, sorts: &mut Vec<Self>) {
        match (field, by) {
            (Some(field), Some(by)) => {
                let descending = element.peek("direction") == Some("DESC");
                xml.push(sorts, Self { field, descending, by });
            }
            _ => xml.note(format!("a sort (`{}`)", element.name), "it does not say of what or by what; it is left out"),
        }
    }
}

fn read_dictionary(xml: &mut Xml<'_>) -> Result<Vec<String>, Error> {
    let mut members = Vec::new();
    xml.children(|xml, child| match child.name.as_str() {
        "dictionary" => xml.children(|xml, bucket| {
            if bucket.name == "bucket" {
                let member = xml.text()?;
                xml.push(&mut members, member);
            }
            Ok(())
        }),
        _ => Ok(()),
    })?;
    Ok(members)
}
