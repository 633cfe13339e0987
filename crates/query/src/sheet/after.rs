//! Filters on table calculations, which are applied to the answer.

use tavola_workbook::{Filter, FilterKind, Members};

use super::parameters::of_literal;
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
    for column in &mut table.columns {
        let mut kept = kept.iter();
        column.values.retain(|_| kept.next().copied().unwrap_or_default());
    }
    table.rows = kept.into_iter().filter(|kept| *kept).count();
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
