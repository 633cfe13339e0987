//! Marks without data, which table calculations have all the same.

use std::collections::HashSet;

use super::{
    address::{Layout, Place},
    member::header,
};
use crate::Value;

/// The most marks that are added.
const MOST: usize = 1_000_000;

/// The marks Tableau adds for table calculations (see the module): for each the member of each dimension. `members` are the columns of
/// the layout's dimensions, one value for each mark. Where there would be more than a million, none are added.
pub fn missing_marks(layout: &Layout, members: &[&[Value]]) -> Vec<Vec<Value>> {
    let (rows, columns) = (layout.on(Place::Rows), layout.on(Place::Columns));
    let discrete = layout.dimensions.iter().all(|dimension| dimension.discrete);
    if rows.is_empty() || columns.is_empty() || !discrete || rows.len() + columns.len() < layout.dimensions.len() {
        return Vec::new();
    }
    let marks = members.first().map_or(0, |column| column.len());
    let headers = |dimensions: &[usize]| {
        let mut seen = HashSet::new();
        let all = (0..marks).map(|mark| header(dimensions, members, mark));
        all.filter(|header| seen.insert(header.clone())).collect::<Vec<_>>()
    };
    let (row_headers, column_headers) = (headers(&rows), headers(&columns));
    let cells = row_headers.len().saturating_mul(column_headers.len());
    if cells == marks || cells.saturating_sub(marks) > MOST {
        return Vec::new();
    }
    let there: HashSet<_> =
        (0..marks).map(|mark| (header(&rows, members, mark), header(&columns, members, mark))).collect();
    let mut missing = Vec::new();
    for row in &row_headers {
        for column in &column_headers {
            if there.contains(&(row.clone(), column.clone())) {
                continue;
            }
            let mut mark = vec![Value::Null; layout.dimensions.len()];
            for (dimension, member) in rows.iter().zip(row).chain(columns.iter().zip(column)) {
                mark[*dimension] = member.0.clone();
            }
            missing.push(mark);
        }
    }
    missing
}
