//! The rows of published Hyper data: changed by actions, with the rows of an uploaded file.
//!
//! Reference: “Update Data in Hyper Data Source” and “Update Data in Hyper Connection”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_how_to_update_data_to_hyper.htm>.

use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct as _};
use serde_with::skip_serializing_none;

use crate::{About, Endpoint, jobs::JobMessage};

/// The header that names a request: the same name again within a day does nothing more.
pub const REQUEST_ID: &str = "requestid";

/// “Update Data in Hyper Data Source”, one with a single connection. The query's `uploadSessionId` names the file with the
/// rows, which came in blocks; actions that need none go without. The answer is a job, 202.
pub const UPDATE: Endpoint<UpdateHyperData, JobMessage> =
    Endpoint::patch("Update Data in Hyper Data Source", "/sites/{site}/datasources/{datasource}/data")
        .since(3, 12)
        .scope("tableau:hyper_data:update");

/// “Update Data in Hyper Connection”: the same for one connection of a data source.
pub const UPDATE_CONNECTION: Endpoint<UpdateHyperData, JobMessage> = Endpoint::patch(
    "Update Data in Hyper Connection",
    "/sites/{site}/datasources/{datasource}/connections/{connection}/data",
)
.since(3, 12)
.scope("tableau:hyper_data:update");

/// The endpoints of this room.
pub const ALL: &[About] = &[UPDATE.about, UPDATE_CONNECTION.about];

/// The request of [`UPDATE`] and [`UPDATE_CONNECTION`]. All actions are done, one after the other, or none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UpdateHyperData {
    /// The actions.
    pub actions: Vec<Action>,
}

/// A change of a table of the data source. “Source” is the uploaded file.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Action {
    /// `insert`, `update`, `upsert`, `delete` or `replace`.
    pub action: String,
    /// The schema of the table that is changed; none where its name is enough.
    pub target_schema: Option<String>,
    /// The table that is changed.
    pub target_table: Option<String>,
    /// The schema of the table with the rows; none where its name is enough.
    pub source_schema: Option<String>,
    /// The table with the rows. `delete` may go without.
    pub source_table: Option<String>,
    /// Which rows are meant: of `update`, `upsert` and `delete`.
    pub condition: Option<Condition>,
}

/// A condition: a comparison of two operands, or several conditions together.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Condition {
    /// `eq`, `neq`, `lt`, `lte`, `gt`, `gte`, `is` (equal, or both NULL); or `and`, `or`, `not`.
    pub op: String,
    /// The conditions that `and`, `or` and `not` are about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<Condition>,
    /// A column of the target.
    pub target_col: Option<String>,
    /// A column of the source.
    pub source_col: Option<String>,
    /// A value.
    #[serde(rename = "const")]
    pub constant: Option<Constant>,
}

/// A value. In JSON numbers and flags are what they are, and their texts are read as well.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Constant {
    /// `string`, `integer`, `double`, `boolean`, `date`, `datetime`, `datetime-tz` or `time`.
    #[serde(rename = "type")]
    pub constant_type: String,
    /// The value, as text; none is NULL.
    pub v: Option<String>,
}

impl Serialize for Constant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Constant", 2)?;
        fields.serialize_field("type", &self.constant_type)?;
        if let Some(text) = &self.v {
            match (self.constant_type.as_str(), text.parse::<i64>(), text.parse::<f64>(), text.parse::<bool>()) {
                ("integer", Ok(number), ..) => fields.serialize_field("v", &number)?,
                ("double", _, Ok(number), _) if number.is_finite() => fields.serialize_field("v", &number)?,
                ("boolean", .., Ok(flag)) => fields.serialize_field("v", &flag)?,
                _ => fields.serialize_field("v", text)?,
            }
        }
        fields.end()
    }
}
