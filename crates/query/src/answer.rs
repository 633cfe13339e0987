//! What a sheet's question gives.

use std::collections::HashMap;

use tavola_workbook::FieldRef;

use crate::{Type, Value};

/// A column of a [`Table`].
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// What it is the values of: the column instance as shelves and encodings name it.
    pub field: FieldRef,
    /// The name people see, such as `SUM(Sales)` for pills and `Sales` for headers: this is the latter.
    pub caption: String,
    /// The pill's name: `SUM(Sales)`, `YEAR(Order Date)`.
    pub pill: String,
    /// The type of its values.
    pub data_type: Type,
    /// Whether it is continuous; else discrete.
    pub continuous: bool,
    /// Whether it is summed up, or calculated of what is; else it tells rows apart.
    pub measure: bool,
    /// How its values are written by default, in the format's own words.
    pub format: Option<String>,
    /// What a date was cut to or which part was taken, in the words of derivations: `Year`, `Month-Trunc`, …; empty otherwise.
    pub derivation: String,
    /// What is shown for some values.
    pub aliases: Vec<(Value, String)>,
    /// The values, one for each row.
    pub values: Vec<Value>,
}

/// Rows of an answer, by column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// How many rows there are.
    pub rows: usize,
}

impl Table {
    /// The column of a field.
    pub fn column(&self, field: &FieldRef) -> Option<&Column> {
        self.columns.iter().find(|column| column.field == *field)
    }
}

/// The marks of one pane: a row each.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layer {
    /// The place of the pane in [`Worksheet::panes`](tavola_workbook::Worksheet::panes).
    pub pane: usize,
    /// All fields on shelves and encodings of it, table calculations among them. With several measures under `Multiple Values`
    /// each of these has its own column; [`Answer::measures`] tells which and in which order.
    pub table: Table,
}

/// The answer to a sheet's question.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// One for each pane that draws marks.
    pub layers: Vec<Layer>,
    /// The members of each discrete field on the shelves, encodings and filters' way of order: in the order they are shown.
    pub orders: HashMap<FieldRef, Vec<Value>>,
    /// The measures under `:Measure Names`, in the order they are shown.
    pub measures: Vec<FieldRef>,
    /// Subtotals and grand totals: which shelf dimensions are kept, and the rows.
    pub totals: Vec<(Vec<FieldRef>, Table)>,
    /// What was not done as the file asks.
    pub notes: Vec<Note>,
}

/// Something a sheet asks that was not done as Tableau does it: said on the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What, in a few words: `forecast is not drawn`.
    pub text: String,
}
