//! A worksheet's question: which SQL asks it, and what is made of the results.
//!
//! [`plan`] looks at what stands where on a sheet and gives statements; who has asked them gives the results to [`Plan::answer`]. In between:
//!
//! * `source`, `parameters`, `instance`, `inline`: the fields of a data source, and formulas in which only columns of the data are left.
//! * `marks`: which fields make the marks of a pane. Dimensions tell marks apart: all that is not summed up, on rows, columns, pages and among the
//!   pane's encodings. Panes of equal dimensions share a statement.
//! * `filter`, `condition`: what rows and groups must fulfil, by when it is applied.
//! * `grouped`, `translate`: SELECTs at a level of detail.
//! * `totals`, `blend`: what is asked beside the marks: over fewer dimensions, and of further data sources.
//! * `order`, `answer`: the results as marks in the order they are shown.

mod after;
mod answer;
mod blend;
mod condition;
mod dates;
mod filter;
mod grouped;
mod inline;
mod instance;
mod marks;
mod order;
mod parameters;
mod source;
mod table;
mod totals;
mod translate;
mod tree;

use std::collections::HashMap;

use tavola_workbook::{FieldRef, Filter, Workbook, Worksheet};

use crate::{Catalog, Context, Error, Note, Type};
use answer::{LayerPlan, SortPlan, TotalsPlan};
use blend::Blend;
use filter::Filters;
use grouped::{Ask, Compiler};
use marks::Query;
use parameters::Parameters;
use source::Source;

/// A statement to be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The name of the data source whose data it is asked of.
    pub data_source: String,
    /// The text.
    pub sql: String,
    /// The columns of its result, in their order: names and types.
    pub columns: Vec<(String, Type)>,
}

/// What a sheet asks, and how its answer is put together.
#[derive(Debug, Clone)]
pub struct Plan {
    statements: Vec<Statement>,
    layers: Vec<LayerPlan>,
    totals: Vec<TotalsPlan>,
    sorts: Vec<SortPlan>,
    measures: Vec<FieldRef>,
    after: Vec<Filter>,
    /// The fields a sheet is leafed through by, and the page it is leafed to.
    pages: Vec<(FieldRef, Option<String>)>,
    notes: Vec<Note>,
    context: Context,
}

impl Plan {
    /// What is to be asked, in any order. None where the sheet has no fields.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// What was not planned as the file asks.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }
}

/// Plans a sheet's question. `catalogs` has the tables of each data source by its name.
///
/// # Errors
/// [`Error::Missing`] and [`Error::Unsupported`] for what the file names, [`Error::Formula`] for formulas that are none, [`Error::Invalid`] for
/// values from outside that do not fit, [`Error::TooLarge`] for questions that only exhaust.
pub fn plan(
    workbook: &Workbook,
    sheet: &Worksheet,
    catalogs: &HashMap<String, Catalog>,
    context: &Context,
) -> Result<Plan, Error> {
    let parameters = Parameters::new(workbook, context)?;
    let mut plan = Plan {
        statements: Vec::new(),
        layers: Vec::new(),
        totals: Vec::new(),
        sorts: Vec::new(),
        measures: Vec::new(),
        after: Vec::new(),
        pages: pages(workbook, sheet),
        notes: Vec::new(),
        context: context.clone(),
    };
    let Some(primary) = marks::primary(sheet) else { return Ok(plan) };
    let catalog =
        catalogs.get(primary).ok_or_else(|| Error::Missing(format!("the data of the data source `{primary}`")))?;
    let source = Source::new(workbook, sheet, primary, catalog, &parameters)?;
    let mut compiler = Compiler::new(&source, context);
    let filters = filter::read(&source, sheet, &mut compiler)?;
    plan.measures = marks::measure_values(sheet, &source);
    if marks::has_dimensions_side_by_side(sheet, &source) {
        plan.notes.push(Note { text: "fields side by side on a shelf are asked as if they were nested".to_owned() });
    }
    let mut queries: Vec<Query> = Vec::new();
    for pane in marks::drawn_panes(sheet) {
        let mut fields = marks::fields_of(sheet, pane, &plan.measures);
        fields.retain(|(field, _)| {
            if field.data_source != primary || !marks::is_tooltip_alone(sheet, pane, field) {
                return true;
            }
            let asked = inline::Inliner::new(&source).instance(&field.instance).and_then(|node| compiler.probe(&node));
            if let Err(error) = &asked {
                let note = Note { text: format!("left out of the tooltip: {error}") };
                if !plan.notes.contains(&note) {
                    plan.notes.push(note);
                }
            }
            asked.is_ok()
        });
        plan.layers.push(marks::layer(sheet, &source, pane, &fields, &filters.after, &mut queries)?);
    }
    totals::plan(sheet, &mut plan, &mut queries);
    for query in &queries {
        plan.statements.push(statement(&mut compiler, query, &filters, sheet.aggregates, context)?);
    }
    let blend = Blend { workbook, sheet, catalogs, parameters: &parameters, context };
    for layer in 0..plan.layers.len() {
        let fields = marks::fields_of(sheet, plan.layers[layer].pane, &plan.measures);
        let further = fields.iter().map(|(field, _)| field).filter(|field| field.data_source != primary);
        let further: Vec<FieldRef> = further.cloned().collect();
        blend.add(&source, &mut plan, layer, &further)?;
        // As shelves and encodings have them.
        let place = |field: &FieldRef| fields.iter().position(|(known, _)| known == field).unwrap_or(usize::MAX);
        plan.layers[layer].columns.sort_by_key(|column| place(&column.column.field));
    }
    order::plan(sheet, &source, &filters, &mut compiler, &mut plan)?;
    plan.after = filters.after;
    Ok(plan)
}

/// The fields on the shelf of pages, each with the member its window shows; none is the first one.
fn pages(workbook: &Workbook, sheet: &Worksheet) -> Vec<(FieldRef, Option<String>)> {
    let window = workbook.windows.iter().find(|window| window.name == sheet.name);
    let shown = |place: usize| window.and_then(|window| window.page.get(place).cloned());
    sheet.pages.iter().enumerate().map(|(place, field)| (field.clone(), shown(place))).collect()
}

/// A query as SQL.
fn statement(
    compiler: &mut Compiler<'_, '_>,
    query: &Query,
    filters: &Filters,
    aggregates: bool,
    context: &Context,
) -> Result<Statement, Error> {
    let level: Vec<_> = query.level.iter().map(|(_, node)| node.clone()).collect();
    let (mut select, types) = if aggregates {
        let ask = Ask { level: &level, measures: &query.measures, having: &filters.having, stages: &filters.stages };
        let grouped = compiler.grouped(ask)?;
        (grouped.select, [grouped.level, grouped.measures].concat())
    } else {
        let mut columns = level;
        columns.extend(query.measures.iter().cloned());
        compiler.rows(&columns, &filters.stages)?
    };
    select.limit = Some(context.row_limit as u64 + 1);
    let names = select.columns.iter().map(|(_, name)| name.clone());
    let columns = names.zip(types.into_iter().chain(std::iter::repeat(Type::Integer))).collect();
    let mut sql = String::new();
    select.write(compiler.source.dialect, &mut sql);
    Ok(Statement { data_source: compiler.source.data_source.name.clone(), sql, columns })
}
