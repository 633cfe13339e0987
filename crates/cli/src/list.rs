//! What a user may ask of any list: conditions, an order, fields, a limit.
//!
//! The reference lets a server filter and sort some lists by some fields. Where it does, the server is asked; everything
//! else is done here on the whole list, so that every list takes the same flags.

use std::{cell::RefCell, cmp::Ordering, collections::HashSet, num::NonZeroU32};

use clap::Args;
use serde::Serialize;
use serde_json::Value;
use tavola_client::{
    Client, Error, ItemPage, ListOptions, each_page,
    model::{Filter, Operator, Page, Sort},
};

use crate::{
    Failure,
    arguments::{Global, at_least_one},
    connection::Connection,
    output::{self, Output, Rows},
};

/// The flags of every list.
#[derive(Debug, Default, Args)]
pub struct ListArguments {
    /// Keep what meets this condition: 'name=Ann', 'site-role in Viewer,Creator', 'last-login>2026-01-01'; may be repeated
    ///
    /// A field, an operator and a value. The operators are =, >, >=, <, <=, and as words `in` (one of these, separated by
    /// commas), `has` (holds this somewhere) and `cieq` (equal, whatever the case). A value may hold any character; put it
    /// in double quotes if it begins or ends with a blank, or holds a comma after `in`. All conditions must be met.
    #[arg(long, value_name = "CONDITION", help_heading = "List")]
    filter: Vec<String>,
    /// Order by these fields, separated by commas; a `-` before a field puts the largest first
    #[arg(long, value_name = "FIELDS", allow_hyphen_values = true, help_heading = "List")]
    sort: Option<String>,
    /// Show these fields, separated by commas, in this order
    #[arg(long, value_name = "FIELDS", help_heading = "List")]
    fields: Option<String>,
    /// Show at most this many; all are shown otherwise
    #[arg(long, value_name = "N", value_parser = at_least_one::<NonZeroU32>, help_heading = "List")]
    limit: Option<NonZeroU32>,
}

/// What a kind of things looks like: its fields, which of them are shown unless asked, and what its server can do.
#[derive(Debug)]
pub struct Shape {
    /// What people call them: `users`.
    pub things: &'static str,
    /// Every field of a list, by its name on the wire.
    pub fields: &'static [&'static str],
    /// The columns of the table.
    pub columns: &'static [&'static str],
    /// The lines of one thing that is shown.
    pub record: &'static [&'static str],
    /// Whether the server tells all fields only when it is asked to.
    pub has_hidden_fields: bool,
    /// The fields that the server filters by.
    pub filtered_by_server: &'static [&'static str],
    /// The fields that the server sorts by.
    pub sorted_by_server: &'static [&'static str],
}

/// A list that is asked for.
#[derive(Debug)]
pub struct List {
    shape: &'static Shape,
    filters: Vec<Filter>,
    sorts: Vec<Sort>,
    columns: Option<Vec<String>>,
    limit: Option<NonZeroU32>,
}

impl ListArguments {
    /// Reads the flags for a list of this shape.
    pub fn read(&self, shape: &'static Shape) -> Result<List, Failure> {
        let names = |text: &str| -> Vec<String> {
            text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
        };
        Ok(List {
            shape,
            filters: self.filter.iter().map(|text| condition(text, shape)).collect::<Result<_, _>>()?,
            sorts: names(self.sort.as_deref().unwrap_or_default())
                .iter()
                .map(|name| {
                    let (descending, name) = name.strip_prefix('-').map_or((false, name.as_str()), |name| (true, name));
                    Ok(Sort { field: shape.field(name)?, descending })
                })
                .collect::<Result<_, Failure>>()?,
            columns: self
                .fields
                .as_deref()
                .map(|text| match names(text) {
                    fields if fields.is_empty() => Err(Failure::failed("`--fields` names no field")),
                    fields => fields.iter().map(|name| shape.field(name)).collect(),
                })
                .transpose()?,
            limit: self.limit,
        })
    }
}

impl Shape {
    /// The field of this name, written as on the wire (`siteRole`) or with hyphens (`site-role`).
    fn field(&self, name: &str) -> Result<String, Failure> {
        let mut wanted = String::with_capacity(name.len());
        let mut parts = name.split('-');
        wanted.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let mut characters = part.chars();
            wanted.extend(characters.next().map(|c| c.to_ascii_uppercase()));
            wanted.push_str(characters.as_str());
        }
        let known = self.fields.iter().chain(self.filtered_by_server).chain(self.sorted_by_server);
        known.into_iter().find(|field| **field == wanted).map(|field| (*field).to_owned()).ok_or_else(|| {
            Failure::failed(format!("there is no field `{name}` here"))
                .hint(format!("there are: {}", self.fields.join(", ")))
        })
    }
}

impl List {
    /// The conditions that the server is asked for.
    pub fn server_filters(&self) -> Vec<Filter> {
        self.filters.iter().filter(|filter| self.shape.filtered_by_server.contains(&&*filter.field)).cloned().collect()
    }

    /// The order that the server is asked for: all of it or none.
    pub fn server_sorts(&self) -> Vec<Sort> {
        if self.server_sorts_all() { self.sorts.clone() } else { Vec::new() }
    }

    /// How many items are needed from the server; `None` is all of them, as when a condition is left to be met here.
    pub fn needed(&self) -> Option<NonZeroU32> {
        let server_filters_all =
            self.filters.iter().all(|filter| self.shape.filtered_by_server.contains(&&*filter.field));
        self.limit.filter(|_| server_filters_all && self.server_sorts_all())
    }

    fn server_sorts_all(&self) -> bool {
        self.sorts.iter().all(|sort| self.shape.sorted_by_server.contains(&&*sort.field))
    }

    /// Does the rest of what was asked, and shows the list.
    pub fn show(&self, rows: Vec<Value>, output: &Output) -> Result<(), Failure> {
        let mut showing = Showing::new(self, output);
        for row in rows {
            showing.take(row)?;
        }
        showing.finish()
    }
}

/// A list on its way to the user: its rows come one after the other and, where their order is the server's, go as they come.
struct Showing<'l> {
    list: &'l List,
    output: &'l Output,
    rows: Rows,
    /// The conditions that are left to be met here.
    filters: Vec<&'l Filter>,
    /// Rows whose place is known when all have come.
    unsorted: Vec<Value>,
    /// The ids of rows that have come.
    ids: HashSet<String>,
    limit: usize,
}

impl<'l> Showing<'l> {
    fn new(list: &'l List, output: &'l Output) -> Self {
        let columns = match &list.columns {
            Some(columns) => columns.clone(),
            None => list.shape.columns.iter().map(|&column| column.to_owned()).collect(),
        };
        let by_server = list.shape.filtered_by_server;
        Self {
            list,
            output,
            rows: Rows::new(columns),
            filters: list.filters.iter().filter(|filter| !by_server.contains(&&*filter.field)).collect(),
            unsorted: Vec::new(),
            ids: HashSet::new(),
            limit: list.limit.map_or(usize::MAX, |limit| usize::try_from(limit.get()).unwrap_or(usize::MAX)),
        }
    }

    /// Whether no more rows are wanted.
    fn is_complete(&self) -> bool {
        self.rows.len() >= self.limit
    }

    fn take(&mut self, row: Value) -> Result<(), Failure> {
        if self.is_complete() || !self.filters.iter().all(|filter| meets(&row, filter)) {
            return Ok(());
        }
        if self.list.server_sorts_all() {
            return self.show(&row);
        }
        self.unsorted.push(row);
        Ok(())
    }

    /// As [`Self::take`], of rows that the server may have told before: a list that changes is not torn by its pages.
    fn take_new(&mut self, row: Value) -> Result<(), Failure> {
        match row.get("id").and_then(Value::as_str) {
            Some(id) if !self.ids.insert(id.to_owned()) => Ok(()),
            _ => self.take(row),
        }
    }

    fn show(&mut self, row: &Value) -> Result<(), Failure> {
        match &self.list.columns {
            Some(columns) if self.output.is_json() => self.rows.add(&output::only(row, columns), self.output),
            _ => self.rows.add(row, self.output),
        }
    }

    fn finish(mut self) -> Result<(), Failure> {
        let mut unsorted = std::mem::take(&mut self.unsorted);
        unsorted.sort_by(|a, b| order(a, b, &self.list.sorts));
        for row in unsorted.iter().take(self.limit) {
            self.show(row)?;
        }
        self.rows.finish(self.output, &format!("no {}", self.list.shape.things))
    }
}

/// Why the pages of a list come no further.
enum Stop {
    /// The server says no.
    Call(Error),
    /// The user cannot be shown any more.
    Output(Failure),
    /// There are as many rows as were asked for.
    Complete,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Call(error)
    }
}

impl Shape {
    /// Lists what was asked for: as much as is needed of it in one page, or all of it.
    pub async fn list<T: Serialize>(
        &'static self,
        arguments: &ListArguments,
        global: &Global,
        output: &Output,
        page: impl AsyncFn(&Client, &ListOptions) -> Result<ItemPage<T>, Error>,
    ) -> Result<(), Failure> {
        let list = arguments.read(self)?;
        let mut options =
            ListOptions { filters: list.server_filters(), sorts: list.server_sorts(), ..ListOptions::default() };
        if self.has_hidden_fields {
            options = options.fields(["_all_"]);
        }
        // Beyond the session that it begins with: another may have to go on.
        let showing = RefCell::new(Showing::new(&list, output));
        let take = |items: Vec<T>| {
            let mut showing = showing.borrow_mut();
            items.iter().try_for_each(|item| showing.take_new(output::row(item))).map_err(Stop::Output)?;
            if showing.is_complete() { Err(Stop::Complete) } else { Ok(()) }
        };
        Connection::find(global)?
            .run(output, async |client| {
                let came = match list.needed().filter(|needed| *needed <= Page::largest(NonZeroU32::MIN).size) {
                    Some(size) => {
                        let first = options.clone().page(NonZeroU32::MIN, size);
                        page(client, &first).await.map_err(Stop::Call).and_then(|page| take(page.items))
                    }
                    None => {
                        let page = &page;
                        let fetch = |options: ListOptions| async move { page(client, &options).await };
                        each_page(&options, fetch, take).await
                    }
                };
                match came {
                    Ok(()) | Err(Stop::Complete) => Ok(()),
                    Err(Stop::Output(failure)) => Err(failure),
                    Err(Stop::Call(error)) => Err(Failure::of_call(format!("cannot list the {}", self.things), &error)),
                }
            })
            .await?;
        showing.into_inner().finish()
    }

    /// Shows one thing.
    pub async fn show<T: Serialize>(
        &self,
        global: &Global,
        output: &mut Output,
        fetch: impl AsyncFn(&Client) -> Result<T, Failure>,
    ) -> Result<(), Failure> {
        let thing = Connection::find(global)?.run(output, fetch).await?;
        output.record(&thing, self.record)
    }
}

/// Reads one condition: a field, an operator, a value.
fn condition(text: &str, shape: &Shape) -> Result<Filter, Failure> {
    let unclear = || {
        Failure::failed(format!("cannot understand the condition `{text}`"))
            .hint("write it as 'name=Ann', 'site-role in Viewer,Creator' or 'last-login>2026-01-01'")
    };
    let trimmed = text.trim_start();
    let end =
        trimmed.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_'))).ok_or_else(unclear)?;
    let (name, rest) = trimmed.split_at(end);
    let rest = rest.trim_start();
    let symbols = [
        ("==", Operator::Eq),
        (">=", Operator::Gte),
        ("<=", Operator::Lte),
        ("=", Operator::Eq),
        (">", Operator::Gt),
        ("<", Operator::Lt),
    ];
    let words = [("in", Operator::In), ("has", Operator::Has), ("cieq", Operator::Cieq)];
    let (operator, value) = symbols
        .iter()
        .find_map(|(symbol, operator)| Some((*operator, rest.strip_prefix(symbol)?)))
        .or_else(|| {
            let (word, value) = rest.split_once(char::is_whitespace)?;
            Some((words.iter().find(|(known, _)| *known == word)?.1, value))
        })
        .ok_or_else(unclear)?;
    if name.is_empty() {
        return Err(unclear());
    }
    let field = shape.field(name)?;
    let values = match operator {
        Operator::In => separated(value),
        _ => vec![unquoted(value)],
    };
    if values.iter().any(String::is_empty) {
        return Err(Failure::failed(format!("the condition `{text}` lacks a value")));
    }
    let values = values.into_iter().map(|value| if is_time(&field) { time(value) } else { value }).collect();
    Ok(Filter { field, operator, values })
}

/// A value without the blanks or the double quotes round it.
fn unquoted(value: &str) -> String {
    let value = value.trim();
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value).to_owned()
}

/// The values of a list, separated by commas outside of double quotes.
fn separated(list: &str) -> Vec<String> {
    let mut quoted = false;
    list.split(|c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
    .map(unquoted)
    .collect()
}

/// Whether a field holds points in time.
fn is_time(field: &str) -> bool {
    field == "lastLogin" || field.ends_with("At")
}

/// A day as the point in time at which it begins; anything else as it is.
fn time(value: String) -> String {
    let is_day = value.len() == 10
        && value.bytes().enumerate().all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() });
    if is_day { format!("{value}T00:00:00Z") } else { value }
}

/// Whether a row meets a condition, by the rules that servers follow. A field without a value meets none.
fn meets(row: &Value, filter: &Filter) -> bool {
    let Some(text) = text_of(row, &filter.field) else { return false };
    let wanted = || filter.values.iter().map(String::as_str);
    match filter.operator {
        Operator::Eq | Operator::In => wanted().any(|value| value == text),
        Operator::Cieq => wanted().any(|value| value.to_lowercase() == text.to_lowercase()),
        Operator::Has => wanted().any(|value| text.contains(value)),
        Operator::Gt => wanted().all(|value| compare(&text, value).is_gt()),
        Operator::Gte => wanted().all(|value| compare(&text, value).is_ge()),
        Operator::Lt => wanted().all(|value| compare(&text, value).is_lt()),
        Operator::Lte => wanted().all(|value| compare(&text, value).is_le()),
    }
}

/// The order of two rows. What has no value comes last, whichever way.
fn order(a: &Value, b: &Value, sorts: &[Sort]) -> Ordering {
    sorts
        .iter()
        .map(|sort| match (text_of(a, &sort.field), text_of(b, &sort.field)) {
            (Some(a), Some(b)) if sort.descending => compare(&b, &a),
            (Some(a), Some(b)) => compare(&a, &b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        })
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}

fn text_of(row: &Value, field: &str) -> Option<String> {
    match output::member(row, field)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        value => Some(value.to_string()),
    }
}

/// Numbers by size, everything else by text; points in time are of one form, so their text will do.
fn compare(a: &str, b: &str) -> Ordering {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.total_cmp(&b),
        _ => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    static SHAPE: Shape = Shape {
        things: "things",
        fields: &["name", "siteRole", "email", "lastLogin", "size"],
        columns: &["name"],
        record: &[],
        has_hidden_fields: false,
        filtered_by_server: &["name", "siteRole", "lastLogin"],
        sorted_by_server: &["name"],
    };

    fn read(text: &str) -> (String, Operator, Vec<String>) {
        let filter = condition(text, &SHAPE).unwrap_or_else(|failure| panic!("{text}: {failure:?}"));
        (filter.field, filter.operator, filter.values)
    }

    #[test]
    fn a_condition_is_written_as_people_say_it() {
        for (text, field, operator, values) in [
            ("name=Ann", "name", Operator::Eq, &["Ann"][..]),
            ("name == Ann Lee ", "name", Operator::Eq, &["Ann Lee"]),
            ("site-role in Viewer, Creator", "siteRole", Operator::In, &["Viewer", "Creator"]),
            (r#"name in "Lee, Ann",Bob"#, "name", Operator::In, &["Lee, Ann", "Bob"]),
            ("last-login>2026-01-01", "lastLogin", Operator::Gt, &["2026-01-01T00:00:00Z"]),
            ("lastLogin <= 2026-01-01T10:00:00Z", "lastLogin", Operator::Lte, &["2026-01-01T10:00:00Z"]),
            ("name has 2026-01-01", "name", Operator::Has, &["2026-01-01"]),
            ("name cieq ANN", "name", Operator::Cieq, &["ANN"]),
            (r#"name=" Ann ""#, "name", Operator::Eq, &[" Ann "]),
            ("name=a=b:c,d&e>f", "name", Operator::Eq, &["a=b:c,d&e>f"]),
            ("name=has", "name", Operator::Eq, &["has"]),
        ] {
            let values = values.iter().map(|value| (*value).to_owned()).collect();
            assert_eq!(read(text), (field.to_owned(), operator, values), "{text}");
        }
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for text in ["", "name", "=x", "name=", "name in", "name in a,,b", "name is Ann", "nickname=Ann", "name = \"\""]
        {
            assert!(condition(text, &SHAPE).is_err(), "{text}");
        }
    }

    #[test]
    fn the_server_is_asked_for_what_it_can_do_and_the_limit_waits_for_the_rest() {
        let arguments = |filter: &[&str], sort: &str| ListArguments {
            filter: filter.iter().map(|text| (*text).to_owned()).collect(),
            sort: Some(sort.to_owned()),
            limit: NonZeroU32::new(3),
            ..ListArguments::default()
        };
        let list = arguments(&["name=Ann"], "-name").read(&SHAPE).unwrap();
        assert_eq!((list.server_filters().len(), list.server_sorts().len(), list.needed()), (1, 1, NonZeroU32::new(3)));
        let list = arguments(&["name=Ann", "email has @"], "-name").read(&SHAPE).unwrap();
        assert_eq!((list.server_filters().len(), list.server_sorts().len(), list.needed()), (1, 1, None));
        let list = arguments(&["name=Ann"], "name,-email").read(&SHAPE).unwrap();
        assert_eq!((list.server_filters().len(), list.server_sorts().len(), list.needed()), (1, 0, None));
    }

    #[test]
    fn here_numbers_compare_by_size_and_what_is_missing_comes_last() {
        let rows = [json!({"size": 10}), json!({}), json!({"size": 9}), json!({"size": "100"})];
        let sizes = |descending| {
            let mut rows = rows.to_vec();
            rows.sort_by(|a, b| order(a, b, &[Sort { field: "size".into(), descending }]));
            rows.iter().map(|row| text_of(row, "size").unwrap_or_default()).collect::<Vec<_>>()
        };
        assert_eq!(sizes(false), ["9", "10", "100", ""]);
        assert_eq!(sizes(true), ["100", "10", "9", ""]);
        let larger = condition("size>9", &SHAPE).unwrap();
        assert_eq!(rows.iter().filter(|row| meets(row, &larger)).count(), 2);
    }
}
