//! What lists have in common on the wire: pages, and the choice of fields.

use serde::{Deserialize, Serialize};
use tavola_model::Page;

use crate::Count;

/// Which page this is, and how many items there are in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Pagination {
    /// From 1.
    pub page_number: Count,
    /// Items on a page.
    pub page_size: Count,
    /// Items the caller may see in all, after the filter.
    pub total_available: Count,
}

impl Pagination {
    /// The pagination of a page of so many items in all.
    pub fn of(page: Page, total: u64) -> Self {
        Self {
            page_number: Count(page.number.get().into()),
            page_size: Count(page.size.get().into()),
            total_available: Count(total),
        }
    }
}

/// The choice of fields of the query parameter `fields`: `_default_`, `_all_`, or names with or without their entity
/// (`user.fullName`, `fullName`). Names that are not fields are ignored.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    all: bool,
    named: Option<Vec<String>>,
}

impl Fields {
    /// Reads the decoded parameter.
    pub fn parse(text: Option<&str>) -> Self {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Self::default() };
        let mut fields = Self::default();
        let mut defaults = false;
        let mut named = Vec::new();
        for name in text.split(',').map(str::trim) {
            match last(name) {
                "_all_" => fields.all = true,
                "_default_" => defaults = true,
                _ => named.push(name.to_owned()),
            }
        }
        if defaults {
            // The defaults and some more: what is not a default is only there if it is named.
            named.push("_default_".to_owned());
        }
        fields.named = Some(named);
        fields
    }

    /// The same choice with one field more, which comes only when it is asked for.
    pub fn and(mut self, name: &str) -> Self {
        self.named.get_or_insert_with(|| vec!["_default_".to_owned()]).push(name.to_owned());
        self
    }

    /// The choice of an item within: of `owner`, what `owner.email` names.
    pub fn of(&self, entity: &str) -> Self {
        let below = |name: &String| name.strip_prefix(entity)?.strip_prefix('.').map(str::to_owned);
        let named = self.named.as_ref().map(|named| named.iter().filter_map(below).collect());
        Self { all: self.all, named }
    }

    /// Keeps a field that comes without being asked for only if this choice has it.
    pub fn keep_default<T>(&self, name: &str, value: Option<T>) -> Option<T> {
        let keep = self.all
            || self.named.as_ref().is_none_or(|named| {
                named.iter().map(|field| last(field)).any(|field| field == name || field == "_default_")
            });
        value.filter(|_| keep)
    }

    /// Keeps a field that comes only when it is asked for.
    pub fn keep_extra<T>(&self, name: &str, value: Option<T>) -> Option<T> {
        let keep = self.all || self.named.as_ref().is_some_and(|named| named.iter().any(|field| last(field) == name));
        value.filter(|_| keep)
    }
}

/// A field's name without its entity.
fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_choose_what_is_sent() {
        let kept = |text: Option<&str>| {
            let fields = Fields::parse(text);
            (fields.keep_default("name", Some(())).is_some(), fields.keep_extra("fullName", Some(())).is_some())
        };
        assert_eq!(kept(None), (true, false));
        assert_eq!(kept(Some("_default_")), (true, false));
        assert_eq!(kept(Some("_all_")), (true, true));
        assert_eq!(kept(Some("user.fullName")), (false, true));
        assert_eq!(kept(Some("_default_,fullName")), (true, true));
        assert_eq!(kept(Some("name,unheardOf")), (true, false));
        let and = |text: Option<&str>| {
            let fields = Fields::parse(text).and("fullName");
            (fields.keep_default("name", Some(())).is_some(), fields.keep_extra("fullName", Some(())).is_some())
        };
        assert_eq!((and(None), and(Some("id")), and(Some("_all_"))), ((true, true), (false, true), (true, true)));
    }

    #[test]
    fn fields_of_an_item_within_are_named_with_it() {
        let kept =
            |text: Option<&str>, name: &str| Fields::parse(text).of("owner").keep_extra(name, Some(())).is_some();
        assert!(kept(Some("project.name,owner.email"), "email") && kept(Some("_all_"), "email"));
        assert!(!kept(Some("project.name,owner.email"), "name") && !kept(Some("email"), "email"));
        assert!(!kept(Some("_default_"), "email") && !kept(None, "email"));
    }
}
