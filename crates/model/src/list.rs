//! What a caller asks of a list: one page of it, filtered and sorted, by the grammar of the reference.

use std::{fmt, num::NonZeroU32};

/// The most items one page holds.
pub const LARGEST_PAGE: u32 = 1000;

/// A page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Which page, counted from 1.
    pub number: NonZeroU32,
    /// Items on a page, 1 to 1000.
    pub size: NonZeroU32,
}

impl Default for Page {
    fn default() -> Self {
        Self { number: NonZeroU32::MIN, size: NonZeroU32::new(100).expect("100 is not 0") }
    }
}

impl Page {
    /// Reads `pageNumber` and `pageSize` as they came in the URL.
    pub fn parse(number: Option<&str>, size: Option<&str>) -> Result<Self, InvalidList> {
        let default = Self::default();
        let size = match size.map(str::trim) {
            None => default.size,
            Some(text) => match text.parse::<u64>() {
                Ok(size) if size > u64::from(LARGEST_PAGE) => return Err(InvalidList::PageTooLarge(text.to_owned())),
                Ok(size) => u32::try_from(size)
                    .ok()
                    .and_then(NonZeroU32::new)
                    .ok_or_else(|| InvalidList::PageSize(text.to_owned()))?,
                Err(_) => return Err(InvalidList::PageSize(text.to_owned())),
            },
        };
        let number = match number.map(str::trim) {
            None => default.number,
            Some(text) => text.parse().map_err(|_| InvalidList::PageNumber(text.to_owned()))?,
        };
        Ok(Self { number, size })
    }

    /// A page of the largest size.
    pub fn largest(number: NonZeroU32) -> Self {
        Self { number, size: NonZeroU32::new(LARGEST_PAGE).expect("1000 is not 0") }
    }

    /// How many items come before this page.
    pub fn offset(self) -> u64 {
        u64::from(self.number.get() - 1) * u64::from(self.size.get())
    }

    /// Whether this page exists in a list of `total` items: the first always does.
    pub fn exists(self, total: u64) -> bool {
        self.number == NonZeroU32::MIN || self.offset() < total
    }
}

/// How a filter compares. On the wire the words are in lower case (`eq`, `in`, …).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Equal.
    Eq,
    /// Equal, whatever the case.
    Cieq,
    /// Greater.
    Gt,
    /// Greater or equal.
    Gte,
    /// Less.
    Lt,
    /// Less or equal.
    Lte,
    /// Holds the value somewhere.
    Has,
    /// Equal to one of the values.
    In,
}

impl Operator {
    /// The word as the wire has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Cieq => "cieq",
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::Has => "has",
            Self::In => "in",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Some(match word.trim() {
            "eq" => Self::Eq,
            "cieq" => Self::Cieq,
            "gt" => Self::Gt,
            "gte" => Self::Gte,
            "lt" => Self::Lt,
            "lte" => Self::Lte,
            "has" => Self::Has,
            "in" => Self::In,
            _ => return None,
        })
    }
}

/// One condition on a list: `field:operator:value`. All conditions of a query hold together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The field's name as the reference has it.
    pub field: String,
    /// The comparison.
    pub operator: Operator,
    /// The values compared with: one, or for `in` one or more.
    pub values: Vec<String>,
}

/// One key of an order: `field:asc` or `field:desc`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// The field's name as the reference has it.
    pub field: String,
    /// Largest first.
    pub descending: bool,
}

/// A whole question to a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListQuery {
    /// The page asked for.
    pub page: Page,
    /// Conditions that all hold.
    pub filters: Vec<Filter>,
    /// The order, most significant key first. Every list ends its order with the id, so that it is total.
    pub sorts: Vec<Sort>,
}

/// Why a page, filter or sort could not be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidList {
    /// `pageNumber` is not a whole number of at least 1.
    PageNumber(String),
    /// `pageSize` is not a whole number of at least 1.
    PageSize(String),
    /// `pageSize` is over 1000.
    PageTooLarge(String),
    /// A filter expression is not of the grammar.
    Filter(String),
    /// A sort expression is not of the grammar.
    Sort(String),
}

impl fmt::Display for InvalidList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PageNumber(text) => write!(f, "the page number `{text}` is not a whole number of at least 1"),
            Self::PageSize(text) => write!(f, "the page size `{text}` is not a whole number of at least 1"),
            Self::PageTooLarge(text) => write!(f, "the page size `{text}` is larger than {LARGEST_PAGE}"),
            Self::Filter(problem) | Self::Sort(problem) => f.write_str(problem),
        }
    }
}

impl std::error::Error for InvalidList {}

impl Filter {
    /// Reads a decoded `filter` parameter: `field:op:value[,field:op:value…]`, `in` with `[a,b]`.
    ///
    /// Real clients put commas and colons into values without escaping them, so a comma ends a condition only where
    /// what follows reads as the start of another one (`word:operator:`). Inside `[…]` commas separate values; there a
    /// backslash takes the next character as it is.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, InvalidList> {
        let mut filters = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (condition, tail) = split_condition(rest);
            filters.push(Self::parse(condition)?);
            rest = tail;
        }
        Ok(filters)
    }

    /// Writes conditions so that [`Filter::parse_all`] reads the same ones again.
    ///
    /// An equality whose value would read as the start of another condition (`a,name:eq:b`) is written as `in` with that
    /// one value, because only brackets can hold it; with another operator such a value cannot be written at all.
    pub fn write_all(filters: &[Self]) -> Result<String, InvalidList> {
        let mut text = String::new();
        for filter in filters {
            if !text.is_empty() {
                text.push(',');
            }
            filter.write(&mut text)?;
        }
        Ok(text)
    }

    fn write(&self, text: &mut String) -> Result<(), InvalidList> {
        let Self { field, operator, values } = self;
        if !is_field(field) {
            return Err(InvalidList::Filter(format!("the filter's field `{field}` is not a word")));
        }
        let bracketed = match (operator, values.as_slice()) {
            (Operator::In, [_, ..]) => true,
            (operator, [value]) => {
                let ambiguous = value.match_indices(',').any(|(index, _)| starts_condition(&value[index + 1..]));
                if ambiguous && *operator != Operator::Eq {
                    return Err(InvalidList::Filter(format!(
                        "the value of `{field}:{}` reads as another condition",
                        operator.as_str()
                    )));
                }
                ambiguous
            }
            _ => return Err(InvalidList::Filter(format!("`{field}:{}` takes one value", operator.as_str()))),
        };
        if !bracketed {
            text.extend([field, ":", operator.as_str(), ":", &values[0]]);
            return Ok(());
        }
        text.extend([field, ":in:["]);
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            for c in value.chars() {
                if matches!(c, '\\' | ',' | ']') {
                    text.push('\\');
                }
                text.push(c);
            }
        }
        text.push(']');
        Ok(())
    }

    fn parse(text: &str) -> Result<Self, InvalidList> {
        let mut parts = text.splitn(3, ':');
        let (field, operator, value) = match (parts.next(), parts.next(), parts.next()) {
            (Some(field), Some(operator), Some(value)) if !field.trim().is_empty() => (field.trim(), operator, value),
            _ => {
                return Err(InvalidList::Filter(format!(
                    "the filter `{text}` is not of the form field:operator:value"
                )));
            }
        };
        let operator = Operator::parse(operator)
            .ok_or_else(|| InvalidList::Filter(format!("the filter operator `{operator}` is not recognized")))?;
        let missing = || InvalidList::Filter(format!("The filter query is missing a value for key '{field}'."));
        let values = match operator {
            Operator::In => {
                let list = value.trim().strip_prefix('[').and_then(|list| list.strip_suffix(']')).ok_or_else(|| {
                    InvalidList::Filter(format!("the values of `{field}:in:` must stand in brackets, as in [a,b]"))
                })?;
                split_values(list)
            }
            _ => vec![value.to_owned()],
        };
        if values.is_empty() || values.iter().any(String::is_empty) {
            return Err(missing());
        }
        Ok(Self { field: field.to_owned(), operator, values })
    }
}

impl Sort {
    /// Reads a decoded `sort` parameter: `field[:asc|:desc][,…]`.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, InvalidList> {
        text.split(',')
            .filter(|key| !key.trim().is_empty())
            .map(|key| {
                let (field, direction) = key.trim().split_once(':').unwrap_or((key.trim(), "asc"));
                let descending = match direction.trim().to_ascii_lowercase().as_str() {
                    "asc" => false,
                    "desc" => true,
                    _ => {
                        return Err(InvalidList::Sort(format!(
                            "the sort direction `{direction}` is neither `asc` nor `desc`"
                        )));
                    }
                };
                Ok(Self { field: field.trim().to_owned(), descending })
            })
            .collect()
    }

    /// Writes keys so that [`Sort::parse_all`] reads the same ones again.
    pub fn write_all(sorts: &[Self]) -> Result<String, InvalidList> {
        let mut text = String::new();
        for Self { field, descending } in sorts {
            if !is_field(field) {
                return Err(InvalidList::Sort(format!("the sort's field `{field}` is not a word")));
            }
            let separator = if text.is_empty() { "" } else { "," };
            text.extend([separator, field, if *descending { ":desc" } else { ":asc" }]);
        }
        Ok(text)
    }
}

/// The first condition of a filter text and what comes after its comma.
fn split_condition(text: &str) -> (&str, &str) {
    let bracketed = {
        let mut parts = text.splitn(3, ':');
        parts.next();
        parts.next() == Some("in")
    };
    let mut from = 0;
    if bracketed {
        from = closing_bracket(text).map_or(0, |end| end + 1);
    }
    for (index, _) in text.match_indices(',').filter(|(index, _)| *index >= from) {
        if starts_condition(&text[index + 1..]) {
            return (&text[..index], &text[index + 1..]);
        }
    }
    (text, "")
}

/// Where the `]` stands that ends the value list: the first unescaped one that ends the text or a condition.
fn closing_bracket(text: &str) -> Option<usize> {
    let mut escaped = false;
    let mut candidate = None;
    for (index, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == ']' {
            let rest = &text[index + 1..];
            if rest.is_empty() || rest.strip_prefix(',').is_some_and(starts_condition) {
                return Some(index);
            }
            candidate = Some(index);
        }
    }
    candidate
}

/// Whether a text reads `word:operator:`.
fn starts_condition(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(field), Some(operator), Some(_)) => is_field(field.trim()) && Operator::parse(operator).is_some(),
        _ => false,
    }
}

/// Whether a text may name a field.
fn is_field(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn split_values(list: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut characters = list.chars();
    while let Some(c) = characters.next() {
        let last = values.last_mut().expect("there is always a last value");
        match c {
            '\\' => last.extend(characters.next()),
            ',' => values.push(String::new()),
            _ => last.push(c),
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(field: &str, operator: Operator, values: &[&str]) -> Filter {
        Filter { field: field.into(), operator, values: values.iter().map(|v| (*v).to_owned()).collect() }
    }

    #[test]
    fn a_filter_is_a_list_of_conditions() {
        assert_eq!(
            Filter::parse_all("name:eq:Ann,siteRole:in:[Viewer,Creator],lastLogin:gte:2026-01-01T00:00:00Z").unwrap(),
            [
                filter("name", Operator::Eq, &["Ann"]),
                filter("siteRole", Operator::In, &["Viewer", "Creator"]),
                filter("lastLogin", Operator::Gte, &["2026-01-01T00:00:00Z"]),
            ]
        );
    }

    #[test]
    fn any_character_may_stand_in_a_value() {
        for value in ["a,b", "a:b", "a&b=c", "[x]", "Ann, the 2nd: yes", "a\\b", "%41", "äöü 漢字", ",", ":"] {
            let text = format!("name:eq:{value},siteRole:eq:Viewer");
            assert_eq!(
                Filter::parse_all(&text).unwrap(),
                [filter("name", Operator::Eq, &[value]), filter("siteRole", Operator::Eq, &["Viewer"])],
                "{text}"
            );
        }
        assert_eq!(
            Filter::parse_all(r"name:in:[a\,b,c\]d,e],siteRole:eq:Viewer").unwrap(),
            [filter("name", Operator::In, &["a,b", "c]d", "e"]), filter("siteRole", Operator::Eq, &["Viewer"])]
        );
    }

    #[test]
    fn what_is_not_of_the_grammar_is_refused() {
        for text in ["name", "name:eq", ":eq:x", "name:is:x", "name:in:a", "name:eq:", "name:in:[]", "name:in:[a,]"] {
            assert!(Filter::parse_all(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_written_reads_as_it_was_meant() {
        let values = ["a,b", "a:b", "a&b=c", "[x]", "]", "a\\b", "\\", "%41", "漢字", ",", ":", " a ", "a]b,name:eq:c"];
        for value in values {
            let list = filter("name", Operator::In, &[value, "second", value]);
            let last = filter("siteRole", Operator::Eq, &["Viewer"]);
            let text = Filter::write_all(&[list.clone(), last.clone()]).unwrap();
            assert_eq!(Filter::parse_all(&text).unwrap(), [list, last.clone()], "{text}");

            let one = filter("name", Operator::Eq, &[value]);
            let text = Filter::write_all(&[one.clone(), last.clone()]).unwrap();
            let mut read = Filter::parse_all(&text).unwrap();
            if value == "a]b,name:eq:c" {
                assert_eq!(text, r"name:in:[a\]b\,name:eq:c],siteRole:eq:Viewer");
                read[0].operator = Operator::Eq;
            }
            assert_eq!(read, [one, last], "{text}");
        }
        for wrong in [
            filter("name", Operator::Has, &["a,name:eq:c"]),
            filter("name", Operator::Eq, &["a", "b"]),
            filter("name", Operator::In, &[]),
            filter("na:me", Operator::Eq, &["a"]),
        ] {
            assert!(Filter::write_all(std::slice::from_ref(&wrong)).is_err(), "{wrong:?}");
        }
        let sorts =
            [Sort { field: "name".into(), descending: true }, Sort { field: "lastLogin".into(), descending: false }];
        assert_eq!(Sort::write_all(&sorts).unwrap(), "name:desc,lastLogin:asc");
        assert_eq!(Sort::parse_all("name:desc,lastLogin:asc").unwrap(), sorts);
    }

    #[test]
    fn a_sort_is_a_list_of_keys_ascending_unless_said() {
        assert_eq!(
            Sort::parse_all("name:desc,lastLogin").unwrap(),
            [Sort { field: "name".into(), descending: true }, Sort { field: "lastLogin".into(), descending: false }]
        );
        assert!(Sort::parse_all("name:down").is_err());
    }

    #[test]
    fn a_page_counts_from_one_and_holds_at_most_a_thousand() {
        assert_eq!(Page::parse(None, None).unwrap(), Page::default());
        assert_eq!(Page::parse(Some("3"), Some("1000")).unwrap().offset(), 2000);
        assert_eq!(Page::parse(None, Some("1001")), Err(InvalidList::PageTooLarge("1001".into())));
        assert_eq!(Page::parse(None, Some("0")), Err(InvalidList::PageSize("0".into())));
        assert_eq!(Page::parse(None, Some("-1")), Err(InvalidList::PageSize("-1".into())));
        assert_eq!(Page::parse(Some("0"), None), Err(InvalidList::PageNumber("0".into())));
        assert_eq!(Page::parse(Some("x"), None), Err(InvalidList::PageNumber("x".into())));
        let page = Page::parse(Some("2"), Some("10")).unwrap();
        assert!(page.exists(11) && !page.exists(10));
        assert!(Page::default().exists(0));
    }
}
