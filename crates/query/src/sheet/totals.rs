//! Totals: the marks' measures asked again over fewer dimensions.

use tavola_workbook::{FieldRef, Worksheet};

use super::{
    Plan,
    answer::{Origin, TotalsPlan},
    marks::Query,
};
use crate::table_calc::Place;

/// Plans the totals a sheet shows: grand totals over all dimensions of a shelf, subtotals over those within a field.
pub(super) fn plan(sheet: &Worksheet, plan: &mut Plan, queries: &mut Vec<Query>) {
    let Some(layer) = plan.layers.first().filter(|_| sheet.aggregates && !sheet.totals.is_empty()) else { return };
    let on = |place: Place| -> Vec<&FieldRef> {
        let dimensions = layer.layout.dimensions.iter().filter(|dimension| dimension.place == place);
        dimensions.map(|dimension| &dimension.instance).collect()
    };
    let (rows, columns) = (on(Place::Rows), on(Place::Columns));
    let shows = |shelf: &str| sheet.totals.iter().any(|(word, _)| word == shelf);
    let mut collapsed: Vec<Vec<&FieldRef>> = Vec::new();
    if shows("rows") {
        collapsed.push(rows.clone());
    }
    if shows("cols") {
        collapsed.push(columns.clone());
    }
    if shows("rows") && shows("cols") {
        collapsed.push([rows.clone(), columns.clone()].concat());
    }
    let named = sheet.totals.iter().filter(|(word, _)| word == "subtotals").flat_map(|(_, columns)| columns);
    for field in named.filter_map(|(_, reference)| FieldRef::parse(reference)) {
        for shelf in [&rows, &columns] {
            if let Some(place) = shelf.iter().position(|other| **other == field) {
                collapsed.push(shelf[place + 1..].to_vec());
            }
        }
    }
    let mut totals: Vec<TotalsPlan> = Vec::new();
    for collapsed in collapsed.into_iter().filter(|collapsed| !collapsed.is_empty()) {
        let of = &queries[layer.statement];
        let level: Vec<_> = of.level.iter().filter(|(field, _)| !collapsed.contains(&field)).cloned().collect();
        let kept: Vec<FieldRef> = level.iter().map(|(field, _)| field.clone()).collect();
        if totals.iter().any(|known| known.kept == kept) {
            continue;
        }
        let measures = of.measures.clone();
        let (old, new) = (of.level.len(), level.len());
        let columns = layer.columns.iter().filter_map(|column| match column.origin {
            Origin::Result(place) if place >= old => Some((column.column.clone(), place - old + new)),
            Origin::Result(_) => {
                let place = kept.iter().position(|field| *field == column.column.field)?;
                Some((column.column.clone(), place))
            }
            Origin::Table(_) | Origin::Blended(_) => None,
        });
        let columns = columns.collect();
        totals.push(TotalsPlan { statement: queries.len(), kept, columns });
        queries.push(Query { level, measures });
    }
    plan.totals = totals;
}
