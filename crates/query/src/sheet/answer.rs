//! From the results of a plan's statements to marks in the order they are shown.

use std::collections::{HashMap, HashSet};

use tavola_workbook::FieldRef;

use super::{
    Plan,
    after::{keep, leaf},
    order::{By, Key, Ranking},
};
use crate::{
    Answer, Column, Context, Error, Layer, Table, Type, Value,
    table_calc::{Calculation, Layout, Marks, missing_marks},
};

/// What a pane draws.
#[derive(Debug, Clone)]
pub(super) struct LayerPlan {
    pub(super) pane: usize,
    /// The statement its marks come from.
    pub(super) statement: usize,
    /// As shelves and encodings have them.
    pub(super) columns: Vec<ColumnPlan>,
    /// The dimensions of its marks.
    pub(super) layout: Layout,
}

/// A column of a layer.
#[derive(Debug, Clone)]
pub(super) struct ColumnPlan {
    pub(super) column: Column,
    pub(super) origin: Origin,
    /// Whether only filters need it.
    pub(super) hidden: bool,
}

/// Where the values of a column come from.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    /// A column of the statement's result.
    Result(usize),
    /// A table calculation.
    Table(Box<TablePlan>),
    /// A further data source.
    Blended(BlendPlan),
}

/// Values of a further data source.
#[derive(Debug, Clone)]
pub(super) struct BlendPlan {
    pub(super) statement: usize,
    /// Columns of the marks' result, and the columns of the statement's that are equal.
    pub(super) keys: Vec<(usize, usize)>,
    pub(super) column: usize,
}

/// Measures over fewer dimensions.
#[derive(Debug, Clone)]
pub(super) struct TotalsPlan {
    pub(super) statement: usize,
    /// The dimensions that are left.
    pub(super) kept: Vec<FieldRef>,
    /// The columns, and where in the statement's result they are.
    pub(super) columns: Vec<(Column, usize)>,
}

/// A table calculation and what it needs.
#[derive(Debug, Clone)]
pub(super) struct TablePlan {
    pub(super) calculation: Calculation,
    /// The column of the result for each of its inputs.
    pub(super) inputs: Vec<usize>,
    /// For each of its totals that needs one the statement that has it.
    pub(super) totals: Vec<Option<TotalPlan>>,
}

/// A value over whole partitions.
#[derive(Debug, Clone)]
pub(super) struct TotalPlan {
    pub(super) statement: usize,
    pub(super) dimensions: Vec<FieldRef>,
    /// The column of the statement's result for each of the dimensions.
    pub(super) keys: Vec<usize>,
    pub(super) column: usize,
}

/// A sort.
#[derive(Debug, Clone)]
pub(super) struct SortPlan {
    pub(super) field: FieldRef,
    pub(super) descending: bool,
    pub(super) by: By,
}

impl Plan {
    /// The answer that the results make: for each of [`Plan::statements`] its columns.
    ///
    /// # Errors
    /// [`Error::TooLarge`] where there are more rows than the context allows, [`Error::Invalid`] where results are not what was asked for.
    pub fn answer(self, results: Vec<Vec<Vec<Value>>>) -> Result<Answer, Error> {
        self.check(&results)?;
        let mut answer = Answer { measures: self.measures.clone(), notes: self.notes.clone(), ..Answer::default() };
        let mut layers: Vec<Table> = self.layers.iter().map(|layer| rows_of(layer, &results)).collect();
        // Orders of what SQL gave; table calculations go by them.
        let mut rankings = HashMap::new();
        self.rank(&layers, &results, &mut rankings);
        for (plan, table) in self.layers.iter().zip(&mut layers) {
            compute(plan, table, &results, &rankings, &self.context)?;
            for filter in &self.after {
                keep(table, filter, &mut answer.notes);
            }
        }
        self.rank(&layers, &results, &mut rankings);
        for (field, shown) in &self.pages {
            leaf(&mut layers, field, shown.as_deref(), &rankings);
        }
        for (plan, mut table) in self.layers.iter().zip(layers) {
            sort(&mut table, &rankings);
            let mut hidden = plan.columns.iter().map(|column| column.hidden);
            table.columns.retain(|_| !hidden.next().unwrap_or_default());
            answer.layers.push(Layer { pane: plan.pane, table });
        }
        for total in self.totals {
            let result = &results[total.statement];
            let columns =
                total.columns.into_iter().map(|(column, place)| Column { values: result[place].clone(), ..column });
            let mut table = Table { columns: columns.collect(), rows: result.first().map_or(0, Vec::len) };
            sort(&mut table, &rankings);
            answer.totals.push((total.kept, table));
        }
        answer.orders = orders(&answer.layers, &rankings);
        Ok(answer)
    }

    /// Whether the results are those of the statements, and not too long.
    fn check(&self, results: &[Vec<Vec<Value>>]) -> Result<(), Error> {
        let fits = |(columns, statement): (&Vec<Vec<Value>>, &super::Statement)| {
            columns.len() == statement.columns.len() && columns.iter().all(|column| column.len() == columns[0].len())
        };
        if results.len() != self.statements.len() || !results.iter().zip(&self.statements).all(fits) {
            return Err(Error::Invalid("the results are not those of the question".to_owned()));
        }
        let limit = self.context.row_limit;
        let longest = results.iter().filter_map(|columns| columns.first()).map(Vec::len).max().unwrap_or_default();
        if limit > 0 && longest > limit {
            return Err(Error::TooLarge(format!("the sheet has more than {limit} marks")));
        }
        Ok(())
    }

    /// The places of the members of all columns that do not have them yet.
    fn rank(&self, layers: &[Table], results: &[Vec<Vec<Value>>], rankings: &mut HashMap<FieldRef, Ranking>) {
        let mut members: HashMap<FieldRef, Vec<Value>> = HashMap::new();
        let mut seen: HashMap<FieldRef, HashSet<Key>> = HashMap::new();
        for column in layers.iter().flat_map(|table| &table.columns) {
            let ordered = !column.measure || !column.continuous;
            if !ordered || column.values.is_empty() || rankings.contains_key(&column.field) {
                continue;
            }
            let seen = seen.entry(column.field.clone()).or_default();
            let members = members.entry(column.field.clone()).or_default();
            members.extend(column.values.iter().filter(|value| seen.insert(Key::of(value))).cloned());
        }
        for (field, members) in members {
            let sort = self.sorts.iter().find(|sort| sort.field == field).map(|sort| (&sort.by, sort.descending));
            let ranking = Ranking::new(&field, sort, members, results);
            rankings.insert(field, ranking);
        }
    }
}

/// The rows of a layer as its statement gave them; table calculations have no values yet.
fn rows_of(layer: &LayerPlan, results: &[Vec<Vec<Value>>]) -> Table {
    let result = &results[layer.statement];
    let rows = result.first().map_or(0, Vec::len);
    let columns = layer.columns.iter().map(|plan| {
        let mut column = plan.column.clone();
        match &plan.origin {
            Origin::Result(place) => column.values.clone_from(&result[*place]),
            Origin::Blended(blend) => column.values = blended(blend, result, rows, &results[blend.statement]),
            Origin::Table(_) => {}
        }
        // The result knows better than a file that says nothing of a type.
        if let Some(data_type) = column.values.iter().find_map(type_of) {
            column.data_type = data_type;
        }
        column
    });
    Table { columns: columns.collect(), rows }
}

fn type_of(value: &Value) -> Option<Type> {
    Some(match value {
        Value::Null => return None,
        Value::Boolean(_) => Type::Boolean,
        Value::Integer(_) => Type::Integer,
        Value::Real(_) => Type::Real,
        Value::Text(_) => Type::Text,
        Value::Date(_) => Type::Date,
        Value::DateTime(_) => Type::DateTime,
        Value::Spatial(_) => Type::Spatial,
    })
}

/// The values of a further data source for each mark.
fn blended(blend: &BlendPlan, result: &[Vec<Value>], rows: usize, further: &[Vec<Value>]) -> Vec<Value> {
    let tuple = |columns: &[Vec<Value>], places: &[usize], row: usize| -> Vec<Key> {
        places.iter().map(|place| Key::of(&columns[*place][row])).collect()
    };
    let (own, others): (Vec<usize>, Vec<usize>) = blend.keys.iter().copied().unzip();
    let values: HashMap<Vec<Key>, &Value> =
        (further[blend.column].iter().enumerate()).map(|(row, value)| (tuple(further, &others, row), value)).collect();
    (0..rows).map(|row| values.get(&tuple(result, &own, row)).map_or(Value::Null, |value| (*value).clone())).collect()
}

/// Computes the table calculations of a layer, for marks without data too.
fn compute(
    plan: &LayerPlan,
    table: &mut Table,
    results: &[Vec<Vec<Value>>],
    rankings: &HashMap<FieldRef, Ranking>,
    context: &Context,
) -> Result<(), Error> {
    if !plan.columns.iter().any(|column| matches!(column.origin, Origin::Table(_))) {
        return Ok(());
    }
    let place_of = |table: &Table, field: &FieldRef| table.columns.iter().position(|column| column.field == *field);
    let mut members: Vec<Vec<Value>> = Vec::new();
    for dimension in &plan.layout.dimensions {
        let place = place_of(table, &dimension.instance)
            .ok_or_else(|| Error::Invalid(format!("the dimension `{}` has no column", dimension.instance.instance)))?;
        members.push(table.columns[place].values.clone());
    }
    let missing = missing_marks(&plan.layout, &members.iter().map(Vec::as_slice).collect::<Vec<_>>());
    for mark in &missing {
        for (column, member) in members.iter_mut().zip(mark) {
            column.push(member.clone());
        }
    }
    let rows = table.rows + missing.len();
    for column in &mut table.columns {
        match plan.layout.dimensions.iter().position(|dimension| dimension.instance == column.field) {
            Some(place) => column.values.clone_from(&members[place]),
            None if column.values.len() == table.rows => column.values.resize(rows, Value::Null),
            None => {}
        }
    }
    table.rows = rows;
    let orders: Vec<Vec<Value>> = plan
        .layout
        .dimensions
        .iter()
        .zip(&members)
        .map(|(dimension, members)| {
            let mut seen = HashSet::new();
            let mut unique: Vec<Value> = members.iter().filter(|value| seen.insert(Key::of(value))).cloned().collect();
            match rankings.get(&dimension.instance) {
                Some(ranking) if ranking.fields.len() == 1 => {
                    unique.sort_by_key(|member| ranking.place(&[Key::of(member)]))
                }
                _ => unique.sort_by(super::order::natural),
            }
            unique
        })
        .collect();
    let result = &results[plan.statement];
    for (place, column) in plan.columns.iter().enumerate() {
        let Origin::Table(table_plan) = &column.origin else { continue };
        let inputs = table_plan.inputs.iter().map(|input| {
            let mut values = result[*input].clone();
            values.resize(rows, Value::Null);
            values
        });
        let inputs: Vec<Vec<Value>> = inputs.collect();
        let totals: Vec<Option<Vec<Value>>> = (table_plan.totals.iter())
            .map(|total| total.as_ref().map(|total| total_of(total, plan, &members, rows, &results[total.statement])))
            .collect();
        let marks = Marks {
            rows,
            members: members.iter().map(Vec::as_slice).collect(),
            orders: orders.iter().map(Vec::as_slice).collect(),
            inputs: inputs.iter().map(Vec::as_slice).collect(),
            totals: totals.iter().map(Option::as_deref).collect(),
        };
        let values = table_plan.calculation.compute(&plan.layout, &marks, context)?;
        let column = &mut table.columns[place];
        if let Some(data_type) = values.iter().find_map(type_of) {
            column.data_type = data_type;
        }
        column.values = values;
    }
    Ok(())
}

/// The value over the partition each mark is in.
fn total_of(
    total: &TotalPlan,
    plan: &LayerPlan,
    members: &[Vec<Value>],
    rows: usize,
    result: &[Vec<Value>],
) -> Vec<Value> {
    let count = result.first().map_or(0, Vec::len);
    let tuple = |row: usize| total.keys.iter().map(|key| Key::of(&result[*key][row])).collect::<Vec<_>>();
    let values: HashMap<Vec<Key>, &Value> = (0..count).map(|row| (tuple(row), &result[total.column][row])).collect();
    let places: Vec<usize> = (total.dimensions.iter())
        .filter_map(|field| plan.layout.dimensions.iter().position(|dimension| dimension.instance == *field))
        .collect();
    let of = |row: usize| {
        let tuple: Vec<Key> = places.iter().map(|place| Key::of(&members[*place][row])).collect();
        values.get(&tuple).map_or(Value::Null, |value| (*value).clone())
    };
    (0..rows).map(of).collect()
}

/// Puts rows in the order they are shown: by what tells them apart, from the outermost; by rows, then columns, then the rest.
fn sort(table: &mut Table, rankings: &HashMap<FieldRef, Ranking>) {
    let mut keys: Vec<Vec<usize>> = Vec::new();
    for column in &table.columns {
        let Some(ranking) = rankings.get(&column.field) else { continue };
        let sources: Option<Vec<&Column>> = ranking.fields.iter().map(|field| table.column(field)).collect();
        let Some(sources) = sources else { continue };
        if sources.iter().any(|column| column.values.len() != table.rows) {
            continue;
        }
        let place = |row: usize| {
            let tuple: Vec<Key> = sources.iter().map(|column| Key::of(&column.values[row])).collect();
            ranking.place(&tuple)
        };
        keys.push((0..table.rows).map(place).collect());
    }
    let mut order: Vec<usize> = (0..table.rows).collect();
    order.sort_by(|one, other| {
        keys.iter().map(|key| key[*one].cmp(&key[*other])).find(|it| it.is_ne()).unwrap_or(one.cmp(other))
    });
    for column in &mut table.columns {
        if column.values.len() == order.len() {
            column.values = order.iter().map(|row| column.values[*row].clone()).collect();
        }
    }
}

/// The members of each discrete field in the order they are shown; those of a field that is put in order within others, in the order in which
/// rows have them.
fn orders(layers: &[Layer], rankings: &HashMap<FieldRef, Ranking>) -> HashMap<FieldRef, Vec<Value>> {
    let mut orders: HashMap<FieldRef, Vec<Value>> = HashMap::new();
    let mut seen: HashMap<FieldRef, HashSet<Key>> = HashMap::new();
    for column in layers.iter().flat_map(|layer| &layer.table.columns).filter(|column| !column.continuous) {
        let seen = seen.entry(column.field.clone()).or_default();
        let members = orders.entry(column.field.clone()).or_default();
        members.extend(column.values.iter().filter(|value| seen.insert(Key::of(value))).cloned());
    }
    for (field, members) in &mut orders {
        if let Some(ranking) = rankings.get(field).filter(|ranking| ranking.fields.len() == 1) {
            members.sort_by_key(|member| ranking.place(&[Key::of(member)]));
        }
    }
    orders
}
