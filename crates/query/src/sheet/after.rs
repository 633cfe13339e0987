//! What is left out when the answer is there: by filters on table calculations, and on other pages.

use std::collections::HashMap;

use tavola_workbook::{FieldRef, Filter, FilterKind, Members};

use super::{
    order::{Key, Ranking},
    parameters::of_literal,
};
use crate::{Note, Table, Type, Value};

/// Keeps the rows that a filter on a table calculation lets through.
pub(super) fn keep(table: &mut Table, filter: &Filter, notes: &mut Vec<Note>) {
    let Some(column) = table.column(&filter.field) else { return };
    let data_type = Some(column.data_type);
    let kept: Option<Vec<bool>> =
        column.values.iter().map(|value| lets_through(&filter.kind, value, data_type)).collect();
    let Some(kept) = kept else {
        let note = Note { text: format!("the filter on `{}` is not applied", column.caption) };
        if !notes.contains(&note) {
            notes.push(note);
        }
        return;
    };
    retain(table, &kept);
}

fn retain(table: &mut Table, kept: &[bool]) {
    for column in &mut table.columns {
        let mut kept = kept.iter();
        column.values.retain(|_| kept.next().copied().unwrap_or_default());
    }
    table.rows = kept.iter().filter(|kept| **kept).count();
}

/// Keeps the rows of one page: of the member that is shown, or of the first where it is not there.
pub(super) fn leaf(layers: &mut [Table], field: &FieldRef, shown: Option<&str>, rankings: &HashMap<FieldRef, Ranking>) {
    let columns = layers.iter().filter_map(|table| table.column(field));
    let members: Vec<&Value> = columns.clone().flat_map(|column| &column.values).collect();
    let data_type = columns.clone().map(|column| column.data_type).next();
    let place = |value: &Value| rankings.get(field).map_or(0, |ranking| ranking.place(&[Key::of(value)]));
    let wanted = shown.map(|literal| of_literal(literal, data_type));
    let there = wanted.filter(|wanted| members.contains(&wanted));
    let Some(page) = there.or_else(|| members.into_iter().min_by_key(|value| place(value)).cloned()) else { return };
    for table in layers {
        if let Some(column) = table.column(field) {
            let kept: Vec<bool> = column.values.iter().map(|value| *value == page).collect();
            retain(table, &kept);
        }
    }
}

/// Whether a filter lets a value through; none where that cannot be told from the value.
fn lets_through(kind: &FilterKind, value: &Value, data_type: Option<Type>) -> Option<bool> {
    match kind {
        FilterKind::Members(members) => is_member(members, value, data_type),
        FilterKind::Range { min, max, included } => {
            let end = |end: &Option<String>| end.as_ref().map(|end| of_literal(end, data_type));
            let above = end(min).is_none_or(|min| value.order(&min).is_ge());
            let below = end(max).is_none_or(|max| value.order(&max).is_le());
            Some(match included.as_str() {
                "all" => true,
                "null" => value.is_null(),
                "non-null" => !value.is_null(),
                "in-range-or-null" => value.is_null() || (above && below),
                _ => !value.is_null() && above && below,
            })
        }
        FilterKind::RelativeDate { .. } | FilterKind::Other(_) => None,
    }
}

fn is_member(members: &Members, value: &Value, data_type: Option<Type>) -> Option<bool> {
    let each =
        |all: &[Members]| -> Option<Vec<bool>> { all.iter().map(|it| is_member(it, value, data_type)).collect() };
    Some(match members {
        Members::All { .. } => true,
        Members::None { .. } => false,
        Members::One { member, .. } => {
            let member = of_literal(member, data_type);
            member.is_null() == value.is_null() && member.order(value).is_eq()
        }
        Members::Range { from, to, .. } => {
            let (from, to) = (of_literal(from, data_type), of_literal(to, data_type));
            !value.is_null() && value.order(&from).is_ge() && value.order(&to).is_le()
        }
        Members::Union(all) => each(all)?.contains(&true),
        Members::Intersection(all) | Members::CrossJoin(all) => !each(all)?.contains(&false),
        Members::Except(all) => {
            let all = each(all)?;
            all.first().copied().unwrap_or(true) && !all.iter().skip(1).any(|it| *it)
        }
        Members::Order { of, .. } => is_member(of, value, data_type)?,
        Members::End { .. } | Members::Condition { .. } | Members::Other { .. } => return None,
    })
}
