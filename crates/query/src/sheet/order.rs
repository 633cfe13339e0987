//! In which order members come.
//!
//! Without a sort members come by value, texts whatever their case, NULL first. A sort by a field needs the value of each member, over the whole
//! sheet or within what the field is nested in: a statement of its own.

use std::{cmp::Ordering, collections::HashMap, sync::Arc};

use tavola_workbook::{FieldRef, Shelf, Sort, SortBy, Worksheet};

use super::{
    Plan,
    answer::SortPlan,
    filter::{Filters, type_of_instance},
    grouped::Compiler,
    inline::Inliner,
    marks::Query,
    parameters::of_literal,
    source::Source,
    statement, tree,
};
use crate::{Error, Note, Value};

/// Plans the sorts of a sheet.
pub(super) fn plan(
    sheet: &Worksheet,
    source: &Source<'_>,
    filters: &Filters,
    compiler: &mut Compiler<'_, '_>,
    plan: &mut Plan,
) -> Result<(), Error> {
    let columns = plan.layers.iter().flat_map(|layer| &layer.columns);
    let mut drawn: Vec<FieldRef> = columns.map(|plan| plan.column.field.clone()).collect();
    drawn.sort();
    drawn.dedup();
    for field in drawn {
        let Some(sort) = sort_of(sheet, source, &field) else { continue };
        let by = match &sort.by {
            SortBy::Natural | SortBy::Alphabetic => Some(By::Value),
            SortBy::Manual(members) => Some(manual(source, &field, members)),
            SortBy::Field(by) => ranked(sheet, source, filters, compiler, plan, &field, by, &[])?,
            SortBy::Nested(by) => {
                let outer = outer(sheet, source, &field);
                ranked(sheet, source, filters, compiler, plan, &field, by, &outer)?
            }
        };
        match by {
            Some(by) => plan.sorts.push(SortPlan { field, descending: sort.descending, by }),
            None => plan.notes.push(Note { text: format!("`{}` is not sorted as asked", field.instance) }),
        }
    }
    Ok(())
}

/// The sort of a field: the sheet's, or else the data source's, where that needs nothing of the sheet.
fn sort_of<'a>(sheet: &'a Worksheet, source: &Source<'a>, field: &FieldRef) -> Option<&'a Sort> {
    if let Some(own) = sheet.sorts.iter().find(|sort| sort.field == *field) {
        return Some(own);
    }
    let instance = source.instance(&field.instance);
    let is_for = |sort: &&Sort| {
        let named = &sort.field.instance;
        *named == field.instance || (instance.derivation == "None" && *named == instance.field)
    };
    let plain = |sort: &&Sort| matches!(sort.by, SortBy::Natural | SortBy::Alphabetic | SortBy::Manual(_));
    let of_source = source.data_source.sorts.iter().filter(|_| field.data_source == source.data_source.name);
    of_source.filter(plain).find(is_for)
}

/// What members are put in order by.
#[derive(Debug, Clone)]
pub(super) enum By {
    /// Their own value.
    Value,
    /// By hand: those before, and those after all that are not named.
    Manual(Vec<Value>, Vec<Value>),
    /// The last column of a statement, of which the others are the fields named, the sorted one last.
    Result(usize, Vec<FieldRef>),
}

fn manual(source: &Source<'_>, field: &FieldRef, members: &[String]) -> By {
    let data_type = type_of_instance(source, &field.instance);
    let (mut before, mut after, mut rest) = (Vec::new(), Vec::new(), false);
    for member in members {
        if member == "%all%" {
            rest = true;
            continue;
        }
        let list = if rest { &mut after } else { &mut before };
        list.push(of_literal(member, data_type));
    }
    By::Manual(before, after)
}

/// The dimensions a field is nested in, on its own shelf.
fn outer(sheet: &Worksheet, source: &Source<'_>, field: &FieldRef) -> Vec<FieldRef> {
    let shelves = [&sheet.rows, &sheet.columns];
    for shelf in shelves.into_iter().flatten() {
        let fields = Shelf::fields(shelf);
        if let Some(place) = fields.iter().position(|other| *other == field) {
            let is_dimension = |field: &&&FieldRef| {
                let node = Inliner::new(source).instance(&field.instance);
                field.data_source == source.data_source.name
                    && node.is_ok_and(|node| {
                        !tree::is_of_many(&node) && !tree::any(&node, false, &tree::is_table_calculation)
                    })
            };
            return fields[..place].iter().filter(is_dimension).map(|field| (*field).clone()).collect();
        }
    }
    Vec::new()
}

#[expect(clippy::too_many_arguments, reason = "all of the plan's parts")]
fn ranked(
    sheet: &Worksheet,
    source: &Source<'_>,
    filters: &Filters,
    compiler: &mut Compiler<'_, '_>,
    plan: &mut Plan,
    field: &FieldRef,
    by: &FieldRef,
    outer: &[FieldRef],
) -> Result<Option<By>, Error> {
    if by.data_source != source.data_source.name || !sheet.aggregates {
        return Ok(None);
    }
    let mut inliner = Inliner::new(source);
    let measure = inliner.instance(&by.instance)?;
    if tree::any(&measure, false, &tree::is_table_calculation) || !source.instance(&by.instance).table_calcs.is_empty()
    {
        return Ok(None);
    }
    let mut query = Query::default();
    for field in outer.iter().chain([field]) {
        let node = inliner.instance(&field.instance)?;
        if tree::is_of_many(&node) || tree::any(&node, false, &tree::is_table_calculation) {
            return Ok(None);
        }
        query.level.push((field.clone(), node));
    }
    query.measure(if tree::is_of_many(&measure) { measure } else { super::instance::call("MIN", vec![measure]) });
    let keys = query.level.iter().map(|(field, _)| field.clone()).collect();
    // What groups of the marks must fulfil says nothing of members over the whole sheet.
    let rows = Filters { stages: filters.stages.clone(), ..Filters::default() };
    let context = plan.context.clone();
    plan.statements.push(statement(compiler, &query, &rows, true, &context)?);
    Ok(Some(By::Result(plan.statements.len() - 1, keys)))
}

/// Members by value: texts whatever their case, NULL first.
pub(super) fn natural(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Text(a), Value::Text(b)) => {
            let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
            lower(a).cmp(&lower(b)).then_with(|| a.cmp(b))
        }
        // Those that are in a set come first.
        (Value::Boolean(a), Value::Boolean(b)) => b.cmp(a),
        _ => one.order(other),
    }
}

/// A value by which members are looked up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Null,
    Boolean(bool),
    Integer(i64),
    Bits(u64),
    Text(Arc<str>),
    Date(i32),
    DateTime(i64),
    Spatial(Arc<[u8]>),
}

impl Key {
    /// The key of a value.
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Boolean(value) => Self::Boolean(*value),
            Value::Integer(value) => Self::Integer(*value),
            Value::Real(value) => Self::Bits(if *value == 0.0 { 0 } else { value.to_bits() }),
            Value::Text(value) => Self::Text(value.clone()),
            Value::Date(value) => Self::Date(*value),
            Value::DateTime(value) => Self::DateTime(*value),
            Value::Spatial(value) => Self::Spatial(value.clone()),
        }
    }
}

/// The places of the members of one field.
#[derive(Debug)]
pub(super) struct Ranking {
    /// The fields, of which the sorted one is the last; those before are what it is nested in.
    pub(super) fields: Vec<FieldRef>,
    places: HashMap<Vec<Key>, usize>,
}

impl Ranking {
    /// The places of these members, each once, as a sort says. `results` are those of the plan's statements.
    pub(super) fn new(
        field: &FieldRef,
        sort: Option<(&By, bool)>,
        mut members: Vec<Value>,
        results: &[Vec<Vec<Value>>],
    ) -> Self {
        let (by, descending) = sort.unwrap_or((&By::Value, false));
        let mut fields = vec![field.clone()];
        let tuples: Vec<Vec<Key>> = match by {
            By::Value => {
                members.sort_by(natural);
                members.iter().map(|member| vec![Key::of(member)]).collect()
            }
            By::Manual(before, after) => {
                members.sort_by(natural);
                let known: HashMap<Key, usize> = (before.iter().enumerate())
                    .map(|(place, member)| (Key::of(member), place))
                    .chain(after.iter().enumerate().map(|(place, member)| (Key::of(member), before.len() + 1 + place)))
                    .collect();
                members.sort_by_key(|member| known.get(&Key::of(member)).copied().unwrap_or(before.len()));
                members.iter().map(|member| vec![Key::of(member)]).collect()
            }
            By::Result(statement, of) => {
                fields.clone_from(of);
                let columns = results.get(*statement).map(Vec::as_slice).unwrap_or_default();
                return Self { fields, places: by_measure(columns, descending) };
            }
        };
        let count = tuples.len();
        let place = |place: usize| if descending { count - 1 - place } else { place };
        Self { fields, places: tuples.into_iter().enumerate().map(|(at, tuple)| (tuple, place(at))).collect() }
    }

    /// The place of a member within what it is nested in; those that have none come last.
    pub(super) fn place(&self, member: &[Key]) -> usize {
        self.places.get(member).copied().unwrap_or(usize::MAX)
    }
}

/// The places of members by the last of the columns; equal ones by value.
fn by_measure(columns: &[Vec<Value>], descending: bool) -> HashMap<Vec<Key>, usize> {
    let Some((measure, members)) = columns.split_last() else { return HashMap::new() };
    let mut rows: Vec<usize> = (0..measure.len()).collect();
    rows.sort_by(|one, other| {
        let order = measure[*one].order(&measure[*other]);
        let order = if descending { order.reverse() } else { order };
        let by_member =
            || members.iter().rev().map(|column| natural(&column[*one], &column[*other])).find(|it| it.is_ne());
        order.then_with(|| by_member().unwrap_or(Ordering::Equal))
    });
    let tuple = |row: usize| members.iter().map(|column| Key::of(&column[row])).collect();
    rows.into_iter().enumerate().map(|(place, row)| (tuple(row), place)).collect()
}
