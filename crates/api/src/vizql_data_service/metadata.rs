//! What is told of a data source.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_with::skip_serializing_none;

/// The fields and parameters of a data source.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// The fields.
    pub data: Vec<FieldMetadata>,
    /// What else there is.
    pub extra_data: Option<MetadataExtra>,
}

/// What a data source has beside fields.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MetadataExtra {
    /// The parameters.
    pub parameters: Vec<Parameter>,
}

/// A field.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FieldMetadata {
    /// Its own name.
    pub field_name: Option<String>,
    /// The name people see.
    pub field_caption: Option<String>,
    /// `INTEGER`, `REAL`, `STRING`, `DATETIME`, `BOOLEAN`, `DATE`, `SPATIAL`, `UNKNOWN`.
    pub data_type: Option<String>,
    /// `MEASURE`, `DIMENSION`, `UNKNOWN`.
    pub field_role: Option<String>,
    /// `CONTINUOUS`, `NOMINAL`, `ORDINAL`, `UNKNOWN`.
    pub field_type: Option<String>,
    /// What is done to it where nothing is said.
    pub default_aggregation: Option<String>,
    /// `COLUMN`, `BIN`, `GROUP`, `CALCULATION`, `TABLE_CALCULATION`.
    pub column_class: Option<String>,
    /// Its formula.
    pub formula: Option<String>,
    /// What it groups.
    pub group_formula: Option<GroupFormula>,
    /// The id of its logical table.
    pub logical_table_id: Option<String>,
    /// What its author says of it.
    pub description: Option<String>,
    /// `URL` where its values are addresses of pictures.
    pub image_role: Option<String>,
    /// Whether it is hidden.
    pub hidden: Option<bool>,
    /// How its values are written.
    pub default_formatting: Option<Formatting>,
    /// Whether its formula has a level of detail.
    #[serde(rename = "isLODCalc")]
    pub is_lod_calc: Option<bool>,
    /// Names for values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<FieldAlias>,
}

/// How numbers are written.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Formatting {
    /// The number of decimal places, as text.
    pub decimal_places: Option<String>,
}

/// A name for a value.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FieldAlias {
    /// The value.
    pub member: Value,
    /// What is shown.
    pub value: Value,
}

/// What a group is made of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupFormula {
    /// The name of the field it groups.
    pub base_field_name: String,
    /// The groups.
    pub groupings: Vec<Grouping>,
    /// Whether all other values are one.
    pub has_include_other: bool,
}

/// One group.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Grouping {
    /// Its name.
    pub alias: Option<String>,
    /// The values in it.
    pub members: Vec<Value>,
}

/// A parameter. Which properties it has goes by its kind.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Parameter {
    /// `ANY_VALUE`, `LIST`, `QUANTITATIVE_RANGE`, `QUANTITATIVE_DATE`.
    pub parameter_type: String,
    /// Its own name.
    pub parameter_name: Option<String>,
    /// The name people see.
    pub parameter_caption: String,
    /// As of fields.
    pub data_type: String,
    /// Its value.
    pub value: Value,
    /// Of a list: what it takes.
    pub members: Option<Vec<AliasedValue>>,
    /// Of a range: the least number.
    pub min: Option<f64>,
    /// Of a range: the greatest number.
    pub max: Option<f64>,
    /// Of a range: the distance between two.
    pub step: Option<f64>,
    /// Of a range of dates: the first.
    pub min_date: Option<String>,
    /// Of a range of dates: the last.
    pub max_date: Option<String>,
    /// Of a range of dates: what steps are counted in.
    pub period_type: Option<String>,
    /// Of a range of dates: how many to a step.
    pub period_value: Option<f64>,
}

/// A value that a parameter takes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AliasedValue {
    /// What is shown.
    pub alias: String,
    /// The value.
    pub value: Value,
}

/// The logical tables of a data source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DatasourceModel {
    /// The tables.
    pub logical_tables: Vec<LogicalTable>,
    /// How they belong together.
    pub logical_table_relationships: Vec<Relationship>,
}

/// A logical table.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogicalTable {
    /// Its id.
    pub logical_table_id: String,
    /// The name people see.
    pub caption: String,
    /// What its author says of it.
    pub description: Option<String>,
}

/// How two tables belong together.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Relationship {
    /// One.
    pub from_logical_table: LogicalTableId,
    /// The other.
    pub to_logical_table: LogicalTableId,
    /// What rows that belong together fulfil.
    pub expression: Option<RelationshipExpression>,
}

/// A table of a [`Relationship`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogicalTableId {
    /// Its id.
    pub logical_table_id: String,
}

/// What rows that belong together fulfil.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationshipExpression {
    /// `AND` or `OR`, where there are several comparisons.
    pub op: Option<String>,
    /// The comparisons.
    pub relationships: Vec<FieldRelationship>,
}

/// A comparison between a field of one table and one of the other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldRelationship {
    /// `=`, `<>`, `<`, `<=`, `>`, `>=`.
    pub operator: String,
    /// The field of the first, in brackets.
    pub from_field: String,
    /// The field of the second, in brackets.
    pub to_field: String,
}

/// A function formulas may use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportedFunction {
    /// Its name.
    pub name: String,
    /// The ways to call it.
    pub overloads: Vec<SupportedOverload>,
}

/// A way to call a function. Types are `BOOL`, `REAL`, `INT`, `STR`, `DATETIME`, `DATE`, `SPATIAL`, `ANY`, ….
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportedOverload {
    /// The types of its arguments.
    pub arg_types: Vec<String>,
    /// The type of its result.
    pub return_type: String,
}
