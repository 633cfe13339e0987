//! Answers as cells: the rows of data under a view, and its crosstab.

use std::collections::{BTreeMap, HashMap};

use tavola_query::{Answer, Column, Table, Value};
use tavola_workbook::{FieldRef, Worksheet};

use crate::format;

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// What it shows.
    pub text: String,
    /// The number it is, for who counts with it.
    pub number: Option<f64>,
    /// The format that makes the one of the other.
    pub format: Option<String>,
}

/// Rows of cells.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Grid {
    /// The rows, the headers first.
    pub rows: Vec<Vec<Cell>>,
    /// How many of them are headers.
    pub header_rows: usize,
}

impl Cell {
    fn label(text: impl Into<String>) -> Self {
        Self { text: text.into(), number: None, format: None }
    }

    fn of(column: &Column, row: usize) -> Self {
        let value = column.values.get(row).unwrap_or(&Value::Null);
        if value.is_null() {
            return Self::label("");
        }
        let text = format::value(value, column);
        // A part of a date, such as the month 3, is what it is called.
        let plain = column.derivation.is_empty() || column.measure;
        let counts = plain && matches!(value, Value::Integer(_) | Value::Real(_));
        Self { text, number: value.as_f64().filter(|_| counts), format: column.format.clone() }
    }
}

impl Grid {
    /// A table row by row under the names people see.
    pub fn of_table(table: &Table) -> Self {
        let header = table.columns.iter().map(|column| Cell::label(&column.caption)).collect();
        let cells = |row| table.columns.iter().map(|column| Cell::of(column, row)).collect();
        Self { rows: std::iter::once(header).chain((0..table.rows).map(cells)).collect(), header_rows: 1 }
    }

    /// The crosstab of a sheet: a row for what tells its rows apart, a column for what tells its columns apart, and its measures in
    /// the cells. What is on neither shelf tells rows apart. It has no rows where the answer has none.
    pub fn crosstab(sheet: &Worksheet, answer: &Answer) -> Self {
        let mut grid = Self::default();
        let Some(layer) = answer.layers.iter().max_by_key(|layer| layer.table.columns.len()) else { return grid };
        let table = &layer.table;
        let on = |shelf: &Option<tavola_workbook::Shelf>| -> Vec<FieldRef> {
            shelf.iter().flat_map(|shelf| shelf.fields()).cloned().collect()
        };
        let (rows, across) = (on(&sheet.rows), on(&sheet.columns));
        let names_down = rows.iter().any(FieldRef::is_measure_names);
        let place = |fields: &[FieldRef], column: &Column| fields.iter().position(|field| *field == column.field);
        let dimensions = || table.columns.iter().filter(|column| !column.measure);
        let mut left: Vec<&Column> = dimensions().filter(|column| place(&across, column).is_none()).collect();
        left.sort_by_key(|column| place(&rows, column).unwrap_or(usize::MAX));
        let mut top: Vec<&Column> = dimensions().filter(|column| place(&across, column).is_some()).collect();
        top.sort_by_key(|column| place(&across, column));
        let mut measures: Vec<&Column> = table.columns.iter().filter(|column| column.measure).collect();
        measures.sort_by_key(|column| {
            let listed = answer.measures.iter().position(|field| *field == column.field);
            listed.or_else(|| place(&rows, column)).or_else(|| place(&across, column)).unwrap_or(usize::MAX)
        });

        let orders = Orders::new(answer, left.iter().chain(&top).copied());
        // The keys of rows and columns in the order they are shown, and the row of the table in each cell.
        let mut downs: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
        let mut acrosses: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
        let mut cells: HashMap<(Vec<usize>, Vec<usize>), usize> = HashMap::new();
        for row in 0..table.rows {
            let (down, across) = (orders.key(&left, row), orders.key(&top, row));
            downs.entry(down.clone()).or_insert(row);
            acrosses.entry(across.clone()).or_insert(row);
            cells.entry((down, across)).or_insert(row);
        }
        if acrosses.is_empty() {
            acrosses.insert(Vec::new(), 0);
        }

        let indent = left.len() + usize::from(names_down);
        let names_across = !names_down && (measures.len() > 1 || top.is_empty());
        let repeat = if names_down { 1 } else { measures.len().max(1) };
        for (level, column) in top.iter().enumerate() {
            let mut header = grid.indented(&left, indent, level + 1 == top.len() && !names_across);
            for row in acrosses.values() {
                header.extend(std::iter::repeat_n(Cell::of(column, *row), repeat));
            }
            grid.rows.push(header);
        }
        if names_across || top.is_empty() {
            let mut header = grid.indented(&left, indent, true);
            for _ in acrosses.values() {
                let names = measures.iter().map(|measure| Cell::label(&measure.caption));
                header.extend(names.take(if names_across { usize::MAX } else { 0 }));
            }
            grid.rows.push(header);
        }
        grid.header_rows = grid.rows.len();
        for (down, first) in &downs {
            let labels = || left.iter().map(|column| Cell::of(column, *first));
            let cell = |measure: &Column, across: &Vec<usize>| match cells.get(&(down.clone(), across.clone())) {
                Some(row) => Cell::of(measure, *row),
                None => Cell::label(""),
            };
            if names_down {
                for measure in &measures {
                    let name = std::iter::once(Cell::label(&measure.caption));
                    grid.rows.push(labels().chain(name).chain(acrosses.keys().map(|key| cell(measure, key))).collect());
                }
            } else {
                let values = acrosses.keys().flat_map(|key| measures.iter().map(move |measure| (measure, key)));
                grid.rows.push(labels().chain(values.map(|(measure, key)| cell(measure, key))).collect());
            }
        }
        grid
    }

    /// The part of a header over the row headers: their names in the last of them.
    fn indented(&self, left: &[&Column], indent: usize, names: bool) -> Vec<Cell> {
        let label = |place: usize| left.get(place).filter(|_| names).map_or("", |column| column.caption.as_str());
        (0..indent).map(|place| Cell::label(label(place))).collect()
    }
}

/// The place of each member of discrete fields in the order it is shown.
struct Orders<'a>(HashMap<&'a FieldRef, Vec<usize>>);

impl<'a> Orders<'a> {
    /// By the answer's order; members it has not come after it, in the order of the rows.
    fn new(answer: &'a Answer, columns: impl Iterator<Item = &'a Column>) -> Self {
        let places = |column: &'a Column| {
            let mut known: HashMap<String, usize> = HashMap::new();
            let members = answer.orders.get(&column.field).into_iter().flatten().chain(&column.values);
            for member in members {
                let next = known.len();
                known.entry(identity(member)).or_insert(next);
            }
            column.values.iter().map(|value| known.get(&identity(value)).copied().unwrap_or(usize::MAX)).collect()
        };
        Self(columns.map(|column| (&column.field, places(column))).collect())
    }

    fn key(&self, columns: &[&Column], row: usize) -> Vec<usize> {
        columns.iter().filter_map(|column| self.0.get(&column.field)?.get(row).copied()).collect()
    }
}

/// What tells a value from all others.
fn identity(value: &Value) -> String {
    format!("{value:?}")
}
