//! Fields of further data sources beside those of the first: blending.
//!
//! A further data source is asked by itself, at the level of those dimensions of the marks that it has too: fields of one name, with the same
//! derivation. Its values are looked up for each mark. What is not summed up by itself is the value that all its rows have there.

use std::collections::HashMap;

use tavola_workbook::{FieldRef, Workbook, Worksheet};

use super::{
    Plan,
    answer::{BlendPlan, ColumnPlan, Origin},
    filter,
    grouped::Compiler,
    inline::Inliner,
    instance::call,
    marks::{self, Query},
    parameters::Parameters,
    source::Source,
    statement, tree,
};
use crate::{Catalog, Context, Error};

/// What is needed to ask a further data source.
pub(super) struct Blend<'a> {
    pub(super) workbook: &'a Workbook,
    pub(super) sheet: &'a Worksheet,
    pub(super) catalogs: &'a HashMap<String, Catalog>,
    pub(super) parameters: &'a Parameters,
    pub(super) context: &'a Context,
}

impl Blend<'_> {
    /// Adds the columns of fields of further data sources to a layer.
    pub(super) fn add(
        &self,
        primary: &Source<'_>,
        plan: &mut Plan,
        layer: usize,
        fields: &[FieldRef],
    ) -> Result<(), Error> {
        let mut names: Vec<&str> = fields.iter().map(|field| field.data_source.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let own: Vec<&FieldRef> = fields.iter().filter(|field| field.data_source == name).collect();
            self.ask(primary, plan, layer, name, &own)?;
        }
        Ok(())
    }

    fn ask(
        &self,
        primary: &Source<'_>,
        plan: &mut Plan,
        layer: usize,
        name: &str,
        fields: &[&FieldRef],
    ) -> Result<(), Error> {
        if !self.sheet.aggregates {
            return Err(Error::Unsupported("a second data source where nothing is summed up".to_owned()));
        }
        let missing = || Error::Missing(format!("the data of the data source `{name}`"));
        let catalog = self.catalogs.get(name).ok_or_else(missing)?;
        let source = Source::new(self.workbook, self.sheet, name, catalog, self.parameters)?;
        let mut compiler = Compiler::new(&source, self.context);
        let filters = filter::read(&source, self.sheet, &mut compiler)?;
        let mut query = Query::default();
        let mut keys = Vec::new();
        for column in &plan.layers[layer].columns {
            let Origin::Result(place) = column.origin else { continue };
            if !plan.layers[layer].layout.dimensions.iter().any(|dimension| dimension.instance == column.column.field) {
                continue;
            }
            let instance = primary.instance(&column.column.field.instance);
            let shown = primary.field(&instance.field).map_or(instance.field.as_str(), |field| field.shown_name());
            // A column that the file says nothing of is known by its own name.
            let linked = source.field_shown(shown).map_or(shown, |field| field.name.as_str());
            let Ok(node) = Inliner::new(&source).derived(linked, &instance.derivation) else { continue };
            if tree::is_of_many(&node) {
                continue;
            }
            keys.push((place, query.level.len()));
            query.level.push((FieldRef { data_source: name.to_owned(), instance: linked.to_owned() }, node));
        }
        let mut columns = Vec::new();
        for field in fields {
            let node = Inliner::new(&source).instance(&field.instance)?;
            let declared = source.instance(&field.instance);
            if tree::any(&node, false, &tree::is_table_calculation) || !declared.table_calcs.is_empty() {
                return Err(Error::Unsupported("a table calculation of a second data source".to_owned()));
            }
            let measure = tree::is_of_many(&node);
            let place = query.measure(if measure { node } else { call("ATTR", vec![node]) });
            columns.push((marks::column(&source, field, true), place));
        }
        let statement = statement(&mut compiler, &query, &filters, true, self.context)?;
        plan.statements.push(statement);
        let statement = plan.statements.len() - 1;
        plan.layers[layer].columns.extend(columns.into_iter().map(|(column, place)| {
            let origin = Origin::Blended(BlendPlan { statement, keys: keys.clone(), column: place });
            ColumnPlan { column, origin, hidden: false }
        }));
        Ok(())
    }
}
