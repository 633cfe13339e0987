//! Table calculations of a question.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::SortDirection;

/// A table calculation. Which properties it may have goes by its kind.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TableCalculation {
    /// `CUSTOM`, `NESTED`, `DIFFERENCE_FROM`, `PERCENT_DIFFERENCE_FROM`, `PERCENT_FROM`, `PERCENT_OF_TOTAL`, `RANK`, `PERCENTILE`,
    /// `RUNNING_TOTAL`, `MOVING_CALCULATION`.
    pub table_calc_type: String,
    /// What it goes along, from the outermost.
    pub dimensions: Vec<FieldReference>,
    /// Of `NESTED`: the name of the calculated field.
    pub field_caption: Option<String>,
    /// The dimension whose step is one step.
    pub level_address: Option<FieldReference>,
    /// The dimension at each member of which it begins anew.
    pub restart_every: Option<FieldReference>,
    /// By what marks are in order.
    pub custom_sort: Option<CustomSort>,
    /// Of differences and `PERCENT_FROM`: `PREVIOUS`, which is usual, `NEXT`, `FIRST`, `LAST`.
    pub relative_to: Option<String>,
    /// Of `RANK`: `COMPETITION`, which is usual, `MODIFIED COMPETITION`, `DENSE`, `UNIQUE`.
    pub rank_type: Option<String>,
    /// Of `RANK` and `PERCENTILE`.
    pub direction: Option<SortDirection>,
    /// Of `RUNNING_TOTAL` and `MOVING_CALCULATION`: `SUM`, which is usual, `AVG`, `MIN`, `MAX`.
    pub aggregation: Option<String>,
    /// Of `MOVING_CALCULATION`: how many marks before; 2 where nothing is said.
    pub previous: Option<u32>,
    /// Of `MOVING_CALCULATION`: how many marks after; none where nothing is said.
    pub next: Option<u32>,
    /// Of `MOVING_CALCULATION`: whether the mark itself counts, which is usual.
    pub include_current: Option<bool>,
    /// Of `MOVING_CALCULATION`: NULL where there are not so many marks.
    pub fill_in_null: Option<bool>,
    /// Of `RUNNING_TOTAL` and `MOVING_CALCULATION`: what is computed of the results.
    pub secondary_table_calculation: Option<Box<TableCalculation>>,
}

/// A column of the question.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FieldReference {
    /// The field's name.
    pub field_caption: String,
    /// What is done to it.
    pub function: Option<String>,
}

/// By what marks are in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomSort {
    /// The field's name.
    pub field_caption: String,
    /// What is done to it.
    pub function: String,
    /// From the first or from the last.
    pub direction: SortDirection,
}
