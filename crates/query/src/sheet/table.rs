//! Table calculations of a sheet: what they need of the data.

use tavola_workbook::FieldRef;

use super::{
    answer::{Origin, TablePlan, TotalPlan},
    inline::Inliner,
    instance::{call, derive},
    marks::Query,
    source::Source,
    tree,
};
use crate::{
    Error,
    calc::{Node, parse},
    table_calc::{Calculation, Fields, Input, Layout, Named},
};

impl Fields for Source<'_> {
    fn named(&self, data_source: Option<&str>, name: &str) -> Result<Named, Error> {
        if data_source == Some("Parameters") {
            let value = self.parameters.get(name).ok_or_else(|| Error::Missing(format!("the parameter `{name}`")))?;
            return Ok(Named::Value(value.clone()));
        }
        let node = Inliner::new(self).field(name, 0)?;
        match self.field(&self.name_of(name)).and_then(|field| field.formula()) {
            Some(formula) if tree::any(&node, false, &tree::is_table_calculation) => {
                Ok(Named::TableCalculation(parse(formula)?))
            }
            _ => Ok(Named::Computed),
        }
    }
}

/// Where the values of a table calculation come from. What it needs is asked with the marks, and for partitions by queries of their own.
pub(super) fn origin(
    source: &Source<'_>,
    field: &FieldRef,
    layout: &Layout,
    statement: usize,
    queries: &mut Vec<Query>,
) -> Result<Origin, Error> {
    let mut instance = source.instance(&field.instance);
    if instance.table_calcs.is_empty()
        && let Some(of) = source.field(&instance.field)
    {
        instance.table_calcs.clone_from(&of.table_calcs);
    }
    let calculation = Calculation::new(&instance, source)?;
    let mut nodes = Vec::new();
    for input in calculation.inputs() {
        nodes.push(input_node(source, input)?);
    }
    let mut inputs = Vec::new();
    for node in &nodes {
        let query = &mut queries[statement];
        let of_level = query.level.iter().position(|(_, level)| level == node);
        inputs.push(match of_level {
            Some(place) => place,
            None => query.measure(of_many(node.clone())),
        });
    }
    let mut totals = Vec::new();
    for total in calculation.totals(layout) {
        if !total.needs_query {
            totals.push(None);
            continue;
        }
        let mut level = Vec::new();
        for dimension in &total.dimensions {
            level.push((dimension.clone(), Inliner::new(source).instance(&dimension.instance)?));
        }
        let place = queries.iter().position(|query| {
            query.level.len() == level.len() && level.iter().all(|entry| query.level.contains(entry))
        });
        let place = place.unwrap_or_else(|| {
            queries.push(Query { level, measures: Vec::new() });
            queries.len() - 1
        });
        let query = &mut queries[place];
        let keys = total
            .dimensions
            .iter()
            .map(|dimension| query.level.iter().position(|(known, _)| known == dimension).expect("the level has it"));
        let keys = keys.collect();
        let column = query.measure(of_many(nodes[total.input].clone()));
        totals.push(Some(TotalPlan { statement: place, dimensions: total.dimensions, keys, column }));
    }
    Ok(Origin::Table(Box::new(TablePlan { calculation, inputs, totals })))
}

fn input_node(source: &Source<'_>, input: &Input) -> Result<Node, Error> {
    let mut inliner = Inliner::new(source);
    match input {
        Input::Field { field, derivation } => {
            let node = inliner.field(field, 0)?;
            if tree::is_of_many(&node) { Ok(node) } else { derive(derivation, node) }
        }
        Input::Formula(node) => inliner.node(node),
        Input::Instance(field) => inliner.instance(&field.instance),
    }
}

/// A value that all rows of a mark have, where it is not summed up by itself.
fn of_many(node: Node) -> Node {
    if tree::is_of_many(&node) || !tree::any(&node, true, &|node| matches!(node.kind, crate::calc::Kind::Field { .. }))
    {
        node
    } else {
        call("ATTR", vec![node])
    }
}
