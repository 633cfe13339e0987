//! Answers as plain tables, for those who want the numbers.

use tavola_workbook::FieldRef;

use crate::{Answer, Column, Table, Type, Value};

impl Answer {
    /// What a sheet shows, a row for each mark: what tells marks apart first, then measures. Where several measures share an axis or
    /// a cell, each has a row of its own, under the columns `Measure Names` and `Measure Values`.
    pub fn summary(&self) -> Table {
        let Some(layer) = self.layers.iter().rev().max_by_key(|layer| layer.table.columns.len()) else {
            return Table::default();
        };
        let (dimensions, measures): (Vec<&Column>, Vec<&Column>) =
            layer.table.columns.iter().partition(|column| !column.measure);
        let (shared, own): (Vec<&Column>, Vec<&Column>) =
            measures.into_iter().partition(|column| self.measures.contains(&column.field));
        if shared.is_empty() {
            let columns = dimensions.into_iter().chain(own).cloned().collect();
            return Table { columns, rows: layer.table.rows };
        }
        let shared: Vec<&Column> = self
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
