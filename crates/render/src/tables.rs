//! Answers as plain tables, for those who want the numbers.

use std::collections::HashMap;

use tavola_query::{Answer, Column, Layer, Table, Type, Value};
use tavola_workbook::{FieldRef, Worksheet};

use crate::format;

/// What a sheet shows, a row for each mark: what tells marks apart first, then measures. Where several measures share an axis or
/// a cell, each has a row of its own, under the columns `Measure Names` and `Measure Values`.
pub fn summary(answer: &Answer) -> Table {
    let Some(layer) = widest(answer) else { return Table::default() };
    let (dimensions, measures): (Vec<&Column>, Vec<&Column>) =
        layer.table.columns.iter().partition(|column| !column.measure);
    let (shared, own): (Vec<&Column>, Vec<&Column>) =
        measures.into_iter().partition(|column| answer.measures.contains(&column.field));
    if shared.is_empty() {
        let columns = dimensions.into_iter().chain(own).cloned().collect();
        return Table { columns, rows: layer.table.rows };
    }
    let shared: Vec<&Column> = answer
        .measures
        .iter()
        .filter_map(|field| shared.iter().copied().find(|column| column.field == *field))
        .collect();
    let rows = layer.table.rows * shared.len();
    let each = |column: &Column| {
        let values = column.values.iter().flat_map(|value| std::iter::repeat_n(value, shared.len()));
        Column { values: values.cloned().collect(), ..column.clone() }
    };
    let mut columns: Vec<Column> = dimensions.into_iter().map(each).collect();
    columns.push(names(&shared, layer.table.rows));
    columns.extend(own.into_iter().map(each));
    columns.push(values(&shared, layer.table.rows));
    Table { columns, rows }
}

/// What a sheet shows, in rows and columns as it has them: the discrete fields of the rows shelf, then a column for each combination
/// of members on the columns shelf and each measure. The columns' captions are these members, one under the other.
pub fn crosstab(answer: &Answer, sheet: &Worksheet) -> Table {
    let Some(layer) = widest(answer) else { return Table::default() };
    let discrete =
        |field: &&FieldRef| layer.table.column(field).is_some_and(|column| !column.continuous && !column.measure);
    let on = |shelf: &Option<tavola_workbook::Shelf>| -> Vec<FieldRef> {
        let fields = shelf.as_ref().map(|shelf| shelf.fields()).unwrap_or_default();
        fields.into_iter().filter(discrete).cloned().collect()
    };
    let across = on(&sheet.columns);
    // What is neither across nor a measure tells rows apart.
    let down: Vec<&Column> =
        layer.table.columns.iter().filter(|column| !column.measure && !across.contains(&column.field)).collect();
    let across: Vec<&Column> = across.iter().filter_map(|field| layer.table.column(field)).collect();
    let mut measures: Vec<&Column> = layer.table.columns.iter().filter(|column| column.measure).collect();
    measures.sort_by_key(|column| answer.measures.iter().position(|field| *field == column.field));
    let (row_keys, row_of) = keys(answer, &down, layer.table.rows);
    let (column_keys, column_of) = keys(answer, &across, layer.table.rows);
    let mut columns: Vec<Column> = Vec::new();
    for (place, column) in down.iter().enumerate() {
        let values = row_keys.iter().map(|key| key[place].clone()).collect();
        columns.push(Column { values, ..(*column).clone() });
    }
    for key in &column_keys {
        for measure in &measures {
            let member = |(value, column): (&Value, &&Column)| format::value(value, column);
            let mut caption: Vec<String> = key.iter().zip(&across).map(member).collect();
            if measures.len() > 1 || caption.is_empty() {
                caption.push(measure.caption.clone());
            }
            let values = vec![Value::Null; row_keys.len()];
            columns.push(Column { caption: caption.join("\n"), values, ..(*measure).clone() });
        }
    }
    for row in 0..layer.table.rows {
        for (place, measure) in measures.iter().enumerate() {
            let column = down.len() + column_of[row] * measures.len() + place;
            columns[column].values[row_of[row]] = measure.values[row].clone();
        }
    }
    Table { columns, rows: row_keys.len() }
}

/// The layer that shows most.
fn widest(answer: &Answer) -> Option<&Layer> {
    answer.layers.iter().rev().max_by_key(|layer| layer.table.columns.len())
}

/// The combinations of members there are, in the sheet's order, and which of them each row has.
fn keys(answer: &Answer, columns: &[&Column], rows: usize) -> (Vec<Vec<Value>>, Vec<usize>) {
    let places: Vec<HashMap<String, usize>> = columns
        .iter()
        .map(|column| match answer.orders.get(&column.field) {
            Some(order) => order.iter().enumerate().map(|(place, value)| (key(value), place)).collect(),
            None => HashMap::new(),
        })
        .collect();
    let mut combinations: Vec<(Vec<usize>, Vec<Value>)> = Vec::new();
    let mut found: HashMap<Vec<String>, usize> = HashMap::new();
    let mut of_row = Vec::with_capacity(rows);
    for row in 0..rows {
        let values: Vec<Value> = columns.iter().map(|column| column.values[row].clone()).collect();
        let keys: Vec<String> = values.iter().map(key).collect();
        let place = *found.entry(keys.clone()).or_insert_with(|| {
            let order = keys.iter().zip(&places).map(|(key, places)| places.get(key).copied().unwrap_or(usize::MAX));
            combinations.push((order.collect(), values.clone()));
            combinations.len() - 1
        });
        of_row.push(place);
    }
    let mut sorted: Vec<usize> = (0..combinations.len()).collect();
    sorted.sort_by(|a, b| combinations[*a].0.cmp(&combinations[*b].0));
    let mut now_at = vec![0; sorted.len()];
    for (place, old) in sorted.iter().enumerate() {
        now_at[*old] = place;
    }
    let keys = sorted.into_iter().map(|old| combinations[old].1.clone()).collect();
    (keys, of_row.into_iter().map(|old| now_at[old]).collect())
}
/// What tells two values apart.
fn key(value: &Value) -> String {
    format!("{value:?}")
}

fn names(shared: &[&Column], rows: usize) -> Column {
    let names: Vec<Value> = shared.iter().map(|column| Value::text(&column.caption)).collect();
    let field = FieldRef { data_source: String::new(), instance: ":Measure Names".to_owned() };
    column(field, "Measure Names", Type::Text, (0..rows).flat_map(|_| names.iter().cloned()).collect())
}

fn values(shared: &[&Column], rows: usize) -> Column {
    let values = (0..rows).flat_map(|row| shared.iter().map(move |column| column.values[row].clone())).collect();
    let field = FieldRef { data_source: String::new(), instance: "Multiple Values".to_owned() };
    column(field, "Measure Values", Type::Real, values)
}

fn column(field: FieldRef, caption: &str, data_type: Type, values: Vec<Value>) -> Column {
    Column {
        field,
        caption: caption.to_owned(),
        pill: caption.to_owned(),
        data_type,
        continuous: data_type != Type::Text,
        measure: data_type != Type::Text,
        format: None,
        derivation: String::new(),
        aliases: Vec::new(),
        values,
    }
}
