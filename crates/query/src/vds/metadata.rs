//! What can be asked of a data source.

use tavola_workbook::{Calculation, DataSource, DataType, Expression, Field, FieldType, Role};

use super::question::Function;
use crate::{
    Value,
    calc::{Kind, Node, Stage, parse, parse_literal, stage},
    evaluate::Operation,
    table_calc,
};

/// A field as it can be asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldMetadata {
    /// Its own name.
    pub name: String,
    /// The name people see.
    pub caption: String,
    /// The type of its values, where it is known.
    pub data_type: Option<DataType>,
    /// What it is used for, where that is known.
    pub role: Option<Role>,
    /// Discrete or continuous, where that is known.
    pub field_type: Option<FieldType>,
    /// What is done to it where nothing is said.
    pub default_aggregation: Option<Function>,
    /// What it is made of.
    pub class: ColumnClass,
    /// Its formula, if it is a calculation.
    pub formula: Option<String>,
    /// The field it groups, the groups, and whether the rest is one of them.
    pub grouping: Option<Grouping>,
    /// The id of the logical table it is in, if it is a column of one.
    pub table: Option<String>,
    /// What its author says of it.
    pub description: Option<String>,
    /// Whether it is hidden from authors.
    pub hidden: bool,
    /// Whether its formula has a level of detail of its own.
    pub level_of_detail: bool,
    /// Names for values.
    pub aliases: Vec<(Value, String)>,
}

/// What a field is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnClass {
    /// It is a column of the data.
    Column,
    /// Bins.
    Bin,
    /// A group, a set, or several fields as one.
    Group,
    /// A formula.
    Calculation,
    /// A formula that is a table calculation.
    TableCalculation,
}

/// How a group puts values together.
#[derive(Debug, Clone, PartialEq)]
pub struct Grouping {
    /// The name of the field.
    pub of: String,
    /// The groups: names and values.
    pub groups: Vec<(String, Vec<Value>)>,
    /// Whether all other values are one group.
    pub others: bool,
}

/// The fields of a data source, hidden ones among them where they are wanted, in the order of the names people see.
pub fn fields(data_source: &DataSource, hidden: bool) -> Vec<FieldMetadata> {
    let wanted = data_source.fields.iter().filter(|field| hidden || !field.hidden);
    let mut fields: Vec<_> = wanted.map(|field| described(data_source, field)).collect();
    fields.sort_by(|a, b| (a.caption.to_lowercase(), &a.name).cmp(&(b.caption.to_lowercase(), &b.name)));
    fields
}

fn described(data_source: &DataSource, field: &Field) -> FieldMetadata {
    let tree = field.formula().and_then(|formula| parse(formula).ok());
    let holds = |test: &dyn Fn(&Node) -> bool| tree.as_ref().is_some_and(|tree| any(tree, test));
    let class = match &field.calculation {
        None => ColumnClass::Column,
        Some(Calculation::Bin { .. }) => ColumnClass::Bin,
        Some(Calculation::Formula(_)) if holds(&is_table_calculation) => ColumnClass::TableCalculation,
        Some(Calculation::Formula(_) | Calculation::Other { .. }) => ColumnClass::Calculation,
        Some(_) => ColumnClass::Group,
    };
    let summed_up = tree.as_ref().is_some_and(|tree| table_calc::summed_up(tree, &|_| false));
    let column = data_source.columns.iter().find(|column| column.local_name == field.name);
    FieldMetadata {
        name: field.name.clone(),
        caption: field.shown_name().to_owned(),
        data_type: field.data_type.clone(),
        role: field.role,
        field_type: field.field_type,
        default_aggregation: match field.role {
            _ if summed_up => Some(Function::Agg),
            Some(Role::Measure) => {
                field.aggregation.as_deref().and_then(Function::of_derivation).or(Some(Function::Sum))
            }
            _ => None,
        },
        class,
        formula: field.formula().map(str::to_owned),
        grouping: grouping(field),
        table: column.and_then(|column| column.table.clone()),
        description: field.description.clone(),
        hidden: field.hidden,
        level_of_detail: holds(&|node| matches!(node.kind, Kind::Lod { .. })),
        aliases: field.aliases.iter().map(|(value, shown)| (value_of(value), shown.clone())).collect(),
    }
}

fn grouping(field: &Field) -> Option<Grouping> {
    let Some(Calculation::Group { source, members, other }) = &field.calculation else { return None };
    let text = |literal: &str| match value_of(literal) {
        Value::Text(text) => text.to_string(),
        _ => literal.to_owned(),
    };
    let groups =
        members.iter().map(|group| (text(&group.name), group.values.iter().map(|value| value_of(value)).collect()));
    Some(Grouping { of: source.clone(), groups: groups.collect(), others: other.is_some() })
}

/// A literal's value; what is none is a text.
fn value_of(literal: &str) -> Value {
    parse_literal(literal).unwrap_or_else(|_| Value::text(literal))
}

fn any(node: &Node, test: &dyn Fn(&Node) -> bool) -> bool {
    test(node)
        || Operation::of(node).is_some_and(|(_, operands)| operands.into_iter().any(|operand| any(operand, test)))
}

fn is_table_calculation(node: &Node) -> bool {
    matches!(&node.kind, Kind::Call { function, arguments } if stage(function, arguments.len()) == Some(Stage::TableCalc))
}

/// The logical tables of a data source, and how they belong together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    /// The tables.
    pub tables: Vec<ModelTable>,
    /// The ids of two tables, and the condition that joins them where there is one.
    pub relationships: Vec<(String, String, Option<Expression>)>,
}

/// A logical table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelTable {
    /// Its id.
    pub id: String,
    /// The name people see.
    pub caption: String,
}

/// The tables of a data source and their relationships. One without a logical layer has a single table.
pub fn model(data_source: &DataSource) -> Model {
    let tables = data_source.tables.iter().map(|table| ModelTable {
        id: table.id.clone(),
        caption: table.caption.clone().unwrap_or_else(|| table.id.clone()),
    });
    let mut tables: Vec<_> = tables.collect();
    if tables.is_empty() && !data_source.relations.is_empty() {
        tables.push(ModelTable { id: data_source.name.clone(), caption: data_source.shown_name().to_owned() });
    }
    let relationships = data_source.relationships.iter();
    let relationships =
        relationships.map(|one| (one.left.clone(), one.right.clone(), one.expression.clone())).collect();
    Model { tables, relationships }
}
