//! The answer as rows.

use super::asked::Asked;
use crate::{Answer, Error, Value, evaluate::rounded};

/// The rows of an answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// The names of the columns.
    pub names: Vec<String>,
    /// The rows, in order.
    pub rows: Vec<Vec<Value>>,
}

impl Asked {
    /// The rows of the answer that the sheet's question gave: sorted, rounded and cut off as was asked.
    ///
    /// # Errors
    /// [`Error::Missing`] where the answer lacks a column.
    pub fn rows(&self, answer: &Answer) -> Result<Rows, Error> {
        let names = self.columns.iter().map(|column| column.name.clone()).collect();
        let Some(layer) = answer.layers.first() else { return Ok(Rows { names, rows: Vec::new() }) };
        let columns = self.columns.iter().map(|column| {
            let found = layer.table.column(&column.instance);
            found
                .map(|found| found.values.as_slice())
                .ok_or_else(|| Error::Missing(format!("the column `{}`", column.name)))
        });
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let mut by: Vec<_> =
            self.columns.iter().zip(&columns).filter_map(|(column, values)| Some((column.sort?, values))).collect();
        by.sort_by_key(|(sort, _)| sort.priority);
        let mut order: Vec<usize> = (0..layer.table.rows).collect();
        order.sort_by(|a, b| {
            let orders = by.iter().map(|(sort, values)| {
                let order = values[*a].order(&values[*b]);
                if sort.descending { order.reverse() } else { order }
            });
            orders.into_iter().find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
        });
        order.truncate(self.row_limit.unwrap_or(usize::MAX));
        let cell = |row: usize, column: usize| match (&columns[column][row], self.columns[column].decimals) {
            (Value::Real(number), Some(places)) => rounded(*number, places),
            (value, _) => value.clone(),
        };
        let rows = order.into_iter().map(|row| (0..columns.len()).map(|column| cell(row, column)).collect()).collect();
        Ok(Rows { names, rows })
    }
}
