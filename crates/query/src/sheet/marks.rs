//! Which fields make the marks of a pane.

use std::collections::HashSet;

use tavola_workbook::{FieldRef, FilterKind, Members, Pane, Shelf, SortBy, Worksheet};

use super::{
    answer::{ColumnPlan, LayerPlan, Origin},
    inline::Inliner,
    instance,
    source::Source,
    table, tree,
};
use crate::{
    Column, Error, Type, Value,
    calc::{Node, parse_literal},
    table_calc::{Dimension, Layout, Place},
};

/// A question that becomes one statement: the columns of its level, then its measures.
#[derive(Debug, Default)]
pub(super) struct Query {
    pub(super) level: Vec<(FieldRef, Node)>,
    pub(super) measures: Vec<Node>,
}

impl Query {
    /// The place of a measure's column.
    pub(super) fn measure(&mut self, node: Node) -> usize {
        let place = self.measures.iter().position(|known| *known == node).unwrap_or_else(|| {
            self.measures.push(node);
            self.measures.len() - 1
        });
        self.level.len() + place
    }
}

/// The name of the data source a sheet asks first.
pub(super) fn primary(sheet: &Worksheet) -> Option<&str> {
    let named = sheet.data_sources.iter().map(|used| used.name.as_str()).filter(|name| *name != "Parameters");
    let used: HashSet<&str> = all_fields(sheet).map(|field| field.data_source.as_str()).collect();
    named.clone().find(|name| used.contains(name))
}

/// All fields on the shelves and in the panes of a sheet.
fn all_fields(sheet: &Worksheet) -> impl Iterator<Item = &FieldRef> {
    let shelves = [&sheet.rows, &sheet.columns].into_iter().flatten().flat_map(Shelf::fields);
    shelves.chain(&sheet.pages).chain(sheet.panes.iter().flat_map(|pane| pane.encodings.iter().map(|it| &it.field)))
}

/// Whether a field is no column of an answer: names and values of measures, and what maps compute.
pub(super) fn is_special(field: &FieldRef) -> bool {
    field.is_measure_names() || field.is_measure_values() || field.instance.ends_with("(generated)")
}

/// The panes that draw marks. Of several the first stands for axes that have none of their own.
pub(super) fn drawn_panes(sheet: &Worksheet) -> Vec<usize> {
    let own = |pane: &Pane| pane.x_axis.is_some() || pane.y_axis.is_some();
    let all: Vec<usize> = (0..sheet.panes.len()).collect();
    if all.len() < 2 || sheet.layered || own(&sheet.panes[0]) {
        return all;
    }
    let axes = |shelf: &Option<Shelf>| shelf.iter().flat_map(Shelf::fields).cloned().collect::<Vec<_>>();
    let across = |field: &FieldRef| sheet.panes.iter().filter(|pane| pane.x_axis.as_ref() == Some(field)).count();
    let upwards = |field: &FieldRef| sheet.panes.iter().filter(|pane| pane.y_axis.as_ref() == Some(field)).count();
    let (rows, columns) = (axes(&sheet.rows), axes(&sheet.columns));
    // Axes of one direction that have panes of their own, and whether all have.
    let covered = |fields: &[FieldRef], panes: &dyn Fn(&FieldRef) -> usize| {
        let some = fields.iter().any(|field| panes(field) > 0);
        let continuous = |field: &&FieldRef| panes(field) > 0 || field.instance.contains(":qk") || is_special(field);
        let axes: Vec<&FieldRef> = fields.iter().filter(continuous).collect();
        some && axes.iter().all(|field| panes(field) >= axes.iter().filter(|other| *other == field).count())
    };
    let all_have = covered(&rows, &upwards) || covered(&columns, &across);
    all.into_iter().filter(|place| *place > 0 || !all_have).collect()
}

/// The fields that make the marks of a pane, each once: of the shelves from the outermost, pages, and the pane's encodings.
pub(super) fn fields_of(sheet: &Worksheet, pane: usize, measures: &[FieldRef]) -> Vec<(FieldRef, Place)> {
    let pane = &sheet.panes[pane];
    let mut fields: Vec<(FieldRef, Place)> = Vec::new();
    let mut add = |field: &FieldRef, place| {
        let several = if field.is_measure_values() { measures } else { std::slice::from_ref(field) };
        for field in several.iter().filter(|field| !is_special(field)) {
            if !fields.iter().any(|(known, _)| known == field) {
                fields.push((field.clone(), place));
            }
        }
    };
    // A pane of one axis does not need the measures of the others.
    let others = |axis: &Option<FieldRef>, get: fn(&Pane) -> &Option<FieldRef>| -> HashSet<&FieldRef> {
        match axis {
            Some(own) => sheet.panes.iter().filter_map(|pane| get(pane).as_ref()).filter(|axis| *axis != own).collect(),
            None => HashSet::new(),
        }
    };
    let (not_up, not_across) = (others(&pane.y_axis, |pane| &pane.y_axis), others(&pane.x_axis, |pane| &pane.x_axis));
    for field in sheet.rows.iter().flat_map(Shelf::fields).filter(|field| !not_up.contains(field)) {
        add(field, Place::Rows);
    }
    for field in sheet.columns.iter().flat_map(Shelf::fields).filter(|field| !not_across.contains(field)) {
        add(field, Place::Columns);
    }
    for field in &sheet.pages {
        add(field, Place::Pages);
    }
    for encoding in &pane.encodings {
        add(&encoding.field, Place::Elsewhere);
    }
    fields
}

/// Whether dimensions stand beside something on a shelf: each would have marks of its own.
pub(super) fn has_dimensions_side_by_side(sheet: &Worksheet, source: &Source<'_>) -> bool {
    let is_dimension = |field: &&FieldRef| {
        let node = Inliner::new(source).instance(&field.instance);
        let told = |node: Node| !tree::is_of_many(&node) && !tree::any(&node, false, &tree::is_table_calculation);
        !is_special(field) && field.data_source == source.data_source.name && node.is_ok_and(told)
    };
    fn any(shelf: &Shelf, is_dimension: &dyn Fn(&&FieldRef) -> bool) -> bool {
        match shelf {
            Shelf::Field(_) => false,
            Shelf::Concat(parts) if parts.len() > 1 => parts.iter().flat_map(Shelf::fields).any(|it| is_dimension(&it)),
            Shelf::Nest(parts) | Shelf::Cross(parts) | Shelf::Concat(parts) => {
                parts.iter().any(|part| any(part, is_dimension))
            }
        }
    }
    sheet.aggregates && [&sheet.rows, &sheet.columns].into_iter().flatten().any(|shelf| any(shelf, &is_dimension))
}

/// Whether a field stands nowhere but in the tooltip of a pane: marks are what they are without it.
pub(super) fn is_tooltip_alone(sheet: &Worksheet, pane: usize, field: &FieldRef) -> bool {
    let mut shelves = [&sheet.rows, &sheet.columns].into_iter().flatten().flat_map(Shelf::fields);
    let mut encodings = sheet.panes[pane].encodings.iter().filter(|encoding| encoding.field == *field).peekable();
    encodings.peek().is_some()
        && encodings.all(|encoding| encoding.channel == "tooltip")
        && !shelves.any(|other| other == field)
        && !sheet.pages.contains(field)
}

/// The measures under `:Measure Names` in the order they are shown: those its filter names, or all the sheet has. Where only the names are
/// used, those on the axes.
pub(super) fn measure_values(sheet: &Worksheet, source: &Source<'_>) -> Vec<FieldRef> {
    let uses = |test: fn(&FieldRef) -> bool| all_fields(sheet).any(test);
    let is_measure = |field: &FieldRef| {
        let node = Inliner::new(source).instance(&field.instance);
        node.is_ok_and(|node| tree::is_of_many(&node) || tree::any(&node, false, &tree::is_table_calculation))
    };
    if !uses(FieldRef::is_measure_values) {
        if !uses(FieldRef::is_measure_names) {
            return Vec::new();
        }
        let mut seen = HashSet::new();
        let shelves = [&sheet.rows, &sheet.columns].into_iter().flatten().flat_map(Shelf::fields);
        let on_axes = shelves.filter(|field| !is_special(field) && field.data_source == source.data_source.name);
        return on_axes.filter(|field| is_measure(field) && seen.insert((*field).clone())).cloned().collect();
    }
    let declared = || {
        let own = sheet.dependencies.iter().filter(|of| of.data_source == source.data_source.name);
        let instances = own.flat_map(|of| &of.instances);
        instances
            .map(|instance| FieldRef { data_source: source.data_source.name.clone(), instance: instance.name.clone() })
            .filter(|field| source.is_continuous(&source.instance(&field.instance)) && is_measure(field))
            .collect::<Vec<_>>()
    };
    let filter = sheet.filters.iter().find(|filter| filter.field.is_measure_names());
    let mut measures = match filter.map(|filter| &filter.kind) {
        Some(FilterKind::Members(members)) => named(members, &declared),
        _ => declared(),
    };
    let order: Vec<FieldRef> = (sheet.sorts.iter().filter(|sort| sort.field.is_measure_names()))
        .filter_map(|sort| match &sort.by {
            SortBy::Manual(members) => Some(members.iter().filter_map(|member| reference(member))),
            _ => None,
        })
        .flatten()
        .collect();
    if !order.is_empty() {
        measures.sort_by_key(|field| order.iter().position(|other| other == field).unwrap_or(usize::MAX));
    }
    measures
}

/// The measures that members of `:Measure Names` are.
fn named(members: &Members, all: &dyn Fn() -> Vec<FieldRef>) -> Vec<FieldRef> {
    match members {
        Members::All { .. } => all(),
        Members::One { member, .. } => reference(member).into_iter().collect(),
        Members::Union(parts) | Members::CrossJoin(parts) => parts.iter().flat_map(|part| named(part, all)).collect(),
        Members::Except(parts) => {
            let mut parts = parts.iter();
            let mut first = parts.next().map(|part| named(part, all)).unwrap_or_default();
            let without: Vec<FieldRef> = parts.flat_map(|part| named(part, all)).collect();
            first.retain(|field| !without.contains(field));
            first
        }
        Members::Order { of, .. } | Members::End { of, .. } | Members::Condition { of, .. } => named(of, all),
        _ => Vec::new(),
    }
}

fn reference(member: &str) -> Option<FieldRef> {
    match parse_literal(member) {
        Ok(Value::Text(text)) => FieldRef::parse(&text),
        _ => None,
    }
}

/// What a pane draws: its columns, and where each comes from.
pub(super) fn layer(
    sheet: &Worksheet,
    source: &Source<'_>,
    pane: usize,
    fields: &[(FieldRef, Place)],
    after: &[tavola_workbook::Filter],
    queries: &mut Vec<Query>,
) -> Result<LayerPlan, Error> {
    let mut level: Vec<(FieldRef, Node)> = Vec::new();
    let mut layout = Layout::default();
    let mut measures: Vec<(FieldRef, Node)> = Vec::new();
    let mut tables: Vec<FieldRef> = Vec::new();
    let hidden = after.iter().map(|filter| (filter.field.clone(), Place::Elsewhere));
    let hidden: Vec<_> = hidden.filter(|(field, _)| !fields.iter().any(|(known, _)| known == field)).collect();
    for (field, place) in fields.iter().chain(&hidden) {
        if field.data_source != source.data_source.name {
            // It is blended in.
            continue;
        }
        let declared = source.instance(&field.instance);
        let mut node = Inliner::new(source).instance(&field.instance)?;
        if declared.table_calcs.iter().any(|calc| calc.kind.is_some())
            || tree::any(&node, false, &tree::is_table_calculation)
        {
            tables.push(field.clone());
        } else if !sheet.aggregates {
            node = tree::of_one_row(&node);
            measures.push((field.clone(), node));
        } else if tree::is_of_many(&node) {
            measures.push((field.clone(), node));
        } else {
            layout.dimensions.push(Dimension {
                instance: field.clone(),
                field: declared.field.clone(),
                place: *place,
                discrete: !source.is_continuous(&declared),
            });
            level.push((field.clone(), node));
        }
    }
    let wanted: HashSet<&FieldRef> = level.iter().map(|(field, _)| field).collect();
    let same =
        |query: &Query| query.level.len() == level.len() && query.level.iter().all(|(field, _)| wanted.contains(field));
    let statement = queries.iter().position(same).unwrap_or_else(|| {
        queries.push(Query { level: level.clone(), measures: Vec::new() });
        queries.len() - 1
    });
    let query = &mut queries[statement];
    let mut columns = Vec::new();
    for (field, _) in &level {
        let place = query.level.iter().position(|(known, _)| known == field).expect("the level has it");
        columns.push(ColumnPlan { column: column(source, field, false), origin: Origin::Result(place), hidden: false });
    }
    for (field, node) in measures {
        let measure = tree::is_of_many(&node) || source.is_measure(&source.instance(&field.instance).field);
        let origin = Origin::Result(query.measure(node));
        columns.push(ColumnPlan { column: column(source, &field, measure), origin, hidden: false });
    }
    for field in tables {
        let hidden = !fields.iter().any(|(known, _)| *known == field);
        let origin = table::origin(source, &field, &layout, statement, queries)?;
        columns.push(ColumnPlan { column: column(source, &field, true), origin, hidden });
    }
    Ok(LayerPlan { pane, statement, columns, layout })
}

/// What is known of a column before its values are.
pub(super) fn column(source: &Source<'_>, field: &FieldRef, measure: bool) -> Column {
    let declared = source.instance(&field.instance);
    let of = source.field(&declared.field);
    let shown = of.map_or(declared.field.as_str(), |of| of.shown_name());
    let data_type = super::filter::type_of_instance(source, &field.instance);
    let aliases = of.map(|of| of.aliases.as_slice()).unwrap_or_default();
    let plain = matches!(declared.derivation.as_str(), "None" | "Attribute" | "User" | "");
    let aliases = aliases.iter().filter(|_| plain);
    let part =
        |word: &str| matches!(instance::derive(word, instance::field("")), Ok(node) if !tree::is_aggregate(&node));
    let dated = !plain && declared.derivation != "InOut" && part(&declared.derivation);
    Column {
        field: field.clone(),
        caption: instance::caption(&declared, shown),
        pill: instance::pill(&declared.derivation, shown),
        data_type: data_type.unwrap_or(Type::Text),
        continuous: source.is_continuous(&declared),
        measure,
        format: of.and_then(|of| of.default_format.clone()),
        derivation: if dated { declared.derivation.clone() } else { String::new() },
        aliases: aliases.map(|(key, shown)| (super::parameters::of_literal(key, data_type), shown.clone())).collect(),
        values: Vec::new(),
    }
}
