//! Filters, as they are written.

use std::collections::HashSet;

use crate::{
    error::Error,
    name::name_parts,
    shelf::FieldRef,
    xml::{Element, Xml},
};

/// A filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// What it is on. `:Measure Names` chooses the measures that are shown. Filters that actions set, and those of several
    /// fields together, name no instance here: the [levels](Members::levels) of their members do.
    pub field: FieldRef,
    /// Whether it is a context filter: others see only what it lets through.
    pub context: bool,
    /// Sheets whose filters have the same group share them.
    pub group: Option<String>,
    /// The action that sets it, such as `Action1`: what it lets through is what was chosen when the file was saved.
    pub action: Option<String>,
    /// What it lets through.
    pub kind: FilterKind,
}

/// What a [`Filter`] lets through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterKind {
    /// Members.
    Members(Members),
    /// A range of numbers or dates; an end that is not there is open.
    Range {
        /// The least, as a literal.
        min: Option<String>,
        /// The most, as a literal.
        max: Option<String>,
        /// `in-range`, `in-range-or-null`, `all`, `null`, `non-null`.
        included: String,
    },
    /// A time relative to today.
    RelativeDate {
        /// `day`, `week`, `month`, `quarter`, `year`, `hour`, …
        period: String,
        /// The first period: 0 is the current one, −1 the one before it.
        first: i64,
        /// The last period.
        last: i64,
        /// What today is, as a literal, where it is not the day of asking.
        anchor: Option<String>,
        /// Whether NULL is let through.
        include_null: bool,
        /// Whether what comes after the last period's end is let through.
        include_future: bool,
    },
    /// Anything else, by the file's own word.
    Other(String),
}

/// A set of members of one or several fields (`groupfilter`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Members {
    /// All members of a field.
    All {
        /// The field or instance, without brackets.
        level: String,
    },
    /// None (`empty-level`).
    None {
        /// The field or instance, without brackets.
        level: String,
    },
    /// One member.
    One {
        /// The field or instance, without brackets.
        level: String,
        /// The member, as a literal: `"East"`, `12`, `#2020-01-31#`, `true`, `%null%`.
        member: String,
    },
    /// The members between two, both among them.
    Range {
        /// The field or instance, without brackets.
        level: String,
        /// The first, as a literal.
        from: String,
        /// The last, as a literal.
        to: String,
    },
    /// Those that are in any.
    Union(Vec<Members>),
    /// Those that are in each.
    Intersection(Vec<Members>),
    /// Those of the first that are in none of the others.
    Except(Vec<Members>),
    /// Each with each, of several fields.
    CrossJoin(Vec<Members>),
    /// The first or last so many.
    End {
        /// How many: a number, or the qualified name of a parameter.
        count: String,
        /// `records` or `percent`.
        units: String,
        /// Whether the first are meant.
        top: bool,
        /// Those they are taken from, which are mostly in an order.
        of: Box<Members>,
    },
    /// Members by the value of an expression.
    Order {
        /// The expression, as a formula.
        expression: String,
        /// From the most down.
        descending: bool,
        /// What is put in order.
        of: Box<Members>,
    },
    /// Members for which an expression is true.
    Condition {
        /// The expression, as a formula.
        expression: String,
        /// What it is asked of.
        of: Box<Members>,
    },
    /// Anything else, by the file's own word.
    Other {
        /// The word.
        function: String,
        /// What it is applied to.
        of: Vec<Members>,
    },
}

impl Filter {
    /// Whether it may keep anything out.
    pub fn restricts(&self) -> bool {
        match &self.kind {
            FilterKind::Members(members) => !members.is_everything(),
            FilterKind::Range { included, .. } => included != "all",
            FilterKind::RelativeDate { .. } | FilterKind::Other(_) => true,
        }
    }

    /// Reads a `filter`; none where it is not told what it is on. Names alone are of the data source.
    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element, source: &str) -> Result<Option<Self>, Error> {
        let Some(field) = FieldRef::read(xml, element, "column", source) else { return Ok(None) };
        let mut action = None;
        let kind = match element.peek("class") {
            Some("categorical") => {
                let mut members = None;
                xml.children(|xml, child| {
                    if child.name == "groupfilter" {
                        action = xml.get(child, "user:ui-action-filter").and_then(|name| name_parts(&name).pop());
                        members = Some(Members::read(xml, child)?);
                    }
                    Ok(())
                })?;
                FilterKind::Members(members.unwrap_or_else(|| Members::All { level: xml.keep(&field.instance) }))
            }
            Some("quantitative") => {
                let included = xml.get(element, "included-values").unwrap_or_else(|| "in-range".to_owned());
                let (mut min, mut max) = (None, None);
                xml.children(|xml, child| {
                    match child.name.as_str() {
                        "min" => min = Some(xml.text()?),
                        "max" => max = Some(xml.text()?),
                        _ => {}
                    }
                    Ok(())
                })?;
                FilterKind::Range { min, max, included }
            }
            Some("relative-date") => {
                let number = |name: &str| element.peek(name).and_then(|text| text.parse().ok()).unwrap_or_default();
                FilterKind::RelativeDate {
                    period: xml
                        .get(element, "period-type-v2")
                        .or_else(|| xml.get(element, "period-type"))
                        .unwrap_or_else(|| "day".to_owned()),
                    first: number("first-period"),
                    last: number("last-period"),
                    anchor: xml.get(element, "period-anchor").or_else(|| xml.get(element, "anchor")),
                    include_null: element.is_true("include-null"),
                    include_future: element.is_true("include-future"),
                }
            }
            class => FilterKind::Other(xml.keep(class.unwrap_or_default())),
        };
        let (context, group) = (element.is_true("context"), xml.get(element, "filter-group"));
        Ok(Some(Self { field, context, group, action, kind }))
    }
}

impl Members {
    /// The fields and instances it speaks of, each once, in the order they come.
    pub fn levels(&self) -> Vec<&str> {
        fn collect<'a>(members: &'a Members, seen: &mut HashSet<&'a str>, levels: &mut Vec<&'a str>) {
            match members {
                Members::All { level }
                | Members::None { level }
                | Members::One { level, .. }
                | Members::Range { level, .. } => {
                    if !level.is_empty() && seen.insert(level) {
                        levels.push(level);
                    }
                }
                Members::Union(all)
                | Members::Intersection(all)
                | Members::Except(all)
                | Members::CrossJoin(all)
                | Members::Other { of: all, .. } => all.iter().for_each(|members| collect(members, seen, levels)),
                Members::End { of, .. } | Members::Order { of, .. } | Members::Condition { of, .. } => {
                    collect(of, seen, levels);
                }
            }
        }
        let mut levels = Vec::new();
        collect(self, &mut HashSet::new(), &mut levels);
        levels
    }

    /// Whether it is certainly all members there are.
    pub fn is_everything(&self) -> bool {
        match self {
            Self::All { .. } => true,
            Self::Union(all) => all.iter().any(Self::is_everything),
            Self::Intersection(all) | Self::CrossJoin(all) => all.iter().all(Self::is_everything),
            Self::Order { of, .. } => of.is_everything(),
            Self::Except(all) => all.len() == 1 && all[0].is_everything(),
            Self::None { .. }
            | Self::One { .. }
            | Self::Range { .. }
            | Self::End { .. }
            | Self::Condition { .. }
            | Self::Other { .. } => false,
        }
    }

    /// Reads a `groupfilter` and those in it. They nest no deeper than the document may.
    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element) -> Result<Self, Error> {
        let mut inner = Vec::new();
        xml.children(|xml, child| {
            if child.name == "groupfilter" {
                let members = Self::read(xml, child)?;
                xml.push(&mut inner, members);
            }
            Ok(())
        })?;
        let function = element.peek("function").unwrap_or_default();
        let text = |xml: &mut Xml<'_>, name: &str| xml.get(element, name).unwrap_or_default();
        let level = |xml: &mut Xml<'_>, name: &str| name_parts(&text(xml, name)).pop().unwrap_or_default();
        Ok(match function {
            "level-members" => Self::All { level: level(xml, "level") },
            // The level stands where the member would.
            "empty-level" if element.peek("level").is_none() => Self::None { level: level(xml, "member") },
            "empty-level" => Self::None { level: level(xml, "level") },
            // A condition that nothing is asked by lets nothing through.
            "filter" if inner.is_empty() => Self::None { level: level(xml, "level") },
            "member" => Self::One { level: level(xml, "level"), member: text(xml, "member") },
            "range" => Self::Range { level: level(xml, "level"), from: text(xml, "from"), to: text(xml, "to") },
            "union" => Self::Union(inner),
            "intersection" => Self::Intersection(inner),
            "except" => Self::Except(inner),
            "crossjoin" => Self::CrossJoin(inner),
            "end" | "order" | "filter" if inner.len() == 1 => {
                xml.claim(size_of::<Self>() as u64)?;
                let of = Box::new(inner.remove(0));
                match function {
                    "end" => Self::End {
                        count: text(xml, "count"),
                        units: xml.get(element, "units").unwrap_or_else(|| "records".to_owned()),
                        top: element.peek("end") != Some("bottom"),
                        of,
                    },
                    "order" => Self::Order {
                        expression: text(xml, "expression"),
                        descending: element.peek("direction") == Some("DESC"),
                        of,
                    },
                    _ => Self::Condition { expression: text(xml, "expression"), of },
                }
            }
            _ => Self::Other { function: xml.keep(function), of: inner },
        })
    }
}
