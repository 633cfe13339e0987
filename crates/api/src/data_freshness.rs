//! Data freshness: how old the data that a workbook shows may be.
//!
//! Reference: “Update Workbook”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_workbooks_and_views.htm#update_workbook>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::DataFreshness;

use crate::{Count, Word};

/// How old the data of a workbook may be.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DataFreshnessPolicy {
    /// Which of the ways to say it.
    pub option: Option<Word<DataFreshness>>,
    /// With `FreshEvery`: at most so old.
    pub fresh_every_schedule: Option<FreshEverySchedule>,
    /// With `FreshAt`: from these times.
    pub fresh_at_schedule: Option<FreshAtSchedule>,
}

/// Data that is at most so old.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FreshEverySchedule {
    /// `Minutes`, `Hours`, `Days` or `Weeks`.
    pub frequency: Option<String>,
    /// How many of them.
    pub value: Option<Count>,
}

/// Data that is renewed at certain times.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FreshAtSchedule {
    /// `Day`, `Week` or `Month`.
    pub frequency: String,
    /// The time of day, `hh:mm:ss`.
    pub time: String,
    /// Where it is that time, such as `America/Los_Angeles`.
    pub timezone: Option<String>,
    /// On which days of the week or month.
    pub intervals: FreshAtDays,
}

/// Days on which data is renewed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FreshAtDays {
    /// The days.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interval: Vec<FreshAtDay>,
}

/// A day on which data is renewed.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FreshAtDay {
    /// `Monday` to `Sunday`.
    pub week_day: Option<String>,
    /// `1` to `31`, or `LastDay`.
    pub month_day: Option<String>,
}
