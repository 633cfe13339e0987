//! Questions.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_with::skip_serializing_none;

use super::{SortDirection, TableCalculation};

/// A question: columns, filters, values of parameters.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Query {
    /// The columns of the answer.
    pub fields: Vec<Field>,
    /// What limits the rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// Values of parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ParameterValue>,
}

/// A column of the answer. The description has five kinds, which go by what is there beside the name: nothing, `function`,
/// `calculation`, `binSize`, or `tableCalculation` with one of the first two.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Field {
    /// The field's name; of a calculation any.
    pub field_caption: String,
    /// What the column is called instead.
    pub field_alias: Option<String>,
    /// The most decimal places.
    pub max_decimal_places: Option<u32>,
    /// From the first or from the last.
    pub sort_direction: Option<SortDirection>,
    /// Its rank among the columns the answer is in order by, from 1 on.
    pub sort_priority: Option<i64>,
    /// What is done to the field: `SUM`, `COUNTD`, `TRUNC_MONTH`, …
    pub function: Option<String>,
    /// A formula.
    pub calculation: Option<String>,
    /// The size of bins.
    pub bin_size: Option<f64>,
    /// A table calculation.
    pub table_calculation: Option<TableCalculation>,
    /// What the table calculations within its formula go along.
    pub nested_table_calculations: Option<Vec<TableCalculation>>,
}

/// A filter. Which properties it needs goes by its kind.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Filter {
    /// What it looks at.
    pub field: FilterField,
    /// `QUANTITATIVE_DATE`, `QUANTITATIVE_NUMERICAL`, `SET`, `MATCH`, `CONDITION`, `DATE`, `TOP`.
    pub filter_type: String,
    /// Whether it comes before the others.
    pub context: Option<bool>,
    /// Of `SET` and `MATCH`: whether all else is let through.
    pub exclude: Option<bool>,
    /// Of `SET`: the values.
    pub values: Option<Vec<Value>>,
    /// Of `MATCH`: what is in the text.
    pub contains: Option<String>,
    /// Of `MATCH`: what it begins with.
    pub starts_with: Option<String>,
    /// Of `MATCH`: what it ends with.
    pub ends_with: Option<String>,
    /// Of quantitative ones: `RANGE`, `MIN`, `MAX`, `ONLY_NULL`, `ONLY_NON_NULL`.
    pub quantitative_filter_type: Option<String>,
    /// Of quantitative ones and `DATE`: whether NULL is let through.
    pub include_nulls: Option<bool>,
    /// The least number.
    pub min: Option<f64>,
    /// The greatest number.
    pub max: Option<f64>,
    /// The first day, `2024-01-31`.
    pub min_date: Option<String>,
    /// The last day.
    pub max_date: Option<String>,
    /// Of `DATE`: `MINUTES`, `HOURS`, `DAYS`, `WEEKS`, `MONTHS`, `QUARTERS`, `YEARS`.
    pub period_type: Option<String>,
    /// Of `DATE`: `CURRENT`, `LAST`, `LASTN`, `NEXT`, `NEXTN`, `TODATE`.
    pub date_range_type: Option<String>,
    /// Of `LASTN` and `NEXTN`: how many.
    pub range_n: Option<i64>,
    /// Of `DATE`: the day that counts as today.
    pub anchor_date: Option<String>,
    /// Of `TOP`: `TOP` or `BOTTOM`.
    pub direction: Option<String>,
    /// Of `TOP`: how many.
    pub how_many: Option<i64>,
    /// Of `TOP`: by what.
    pub field_to_measure: Option<FilterField>,
    /// Of `CONDITION`: a comparison.
    pub condition: Option<Condition>,
    /// Of `CONDITION`: a formula instead.
    pub calculation: Option<String>,
}

/// What a filter looks at: a field, a field by a function, or a formula.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FilterField {
    /// The field's name.
    pub field_caption: Option<String>,
    /// What is done to it.
    pub function: Option<String>,
    /// A formula.
    pub calculation: Option<String>,
}

/// A comparison.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// The field's name.
    pub field_caption: String,
    /// What is done to it.
    pub function: String,
    /// `=`, `<>`, `<`, `<=`, `>`, `>=`.
    pub comparison: String,
    /// A number, or a date as text.
    pub value: Value,
}

/// A parameter's value.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParameterValue {
    /// The parameter's name.
    pub parameter_caption: String,
    /// The value.
    pub value: Value,
}

/// An answer.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct QueryOutput {
    /// The rows, as objects or arrays.
    pub data: Vec<Value>,
    /// What was not as it was asked.
    pub error: Option<Value>,
}
