//! The VizQL Data Service: data sources asked without a view.
//!
//! It has addresses, an encoding and errors of its own: all of it is below [`BASE`], in JSON alone, and what goes wrong is an
//! [`ErrorMessage`] without an envelope. A property that the description does not have makes a message none.
//!
//! Reference: the published OpenAPI description, <https://github.com/tableau/VizQL-Data-Service>.

mod metadata;
mod query;
mod table_calcs;

pub use metadata::{
    AliasedValue, DatasourceModel, FieldAlias, FieldMetadata, FieldRelationship, Formatting, GroupFormula, Grouping,
    LogicalTable, LogicalTableId, Metadata, MetadataExtra, Parameter, Relationship, RelationshipExpression,
    SupportedFunction, SupportedOverload,
};
pub use query::{Condition, Field, Filter, FilterField, ParameterValue, Query, QueryOutput};
pub use table_calcs::{CustomSort, FieldReference, TableCalculation};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_with::skip_serializing_none;

use crate::Secret;

/// What all addresses of the service begin with.
pub const BASE: &str = "/api/v1/vizql-data-service";
/// POST: takes a [`DatasourceRequest`], gives [`Metadata`].
pub const READ_METADATA: &str = "/read-metadata";
/// POST: takes a [`QueryRequest`], gives a [`QueryOutput`] or a stream of [`Event`]s.
pub const QUERY_DATASOURCE: &str = "/query-datasource";
/// POST: takes a [`DatasourceRequest`], gives a [`DatasourceModel`].
pub const GET_DATASOURCE_MODEL: &str = "/get-datasource-model";
/// POST: takes a [`DatasourceRequest`], gives a list of [`SupportedFunction`]s.
pub const LIST_SUPPORTED_FUNCTIONS: &str = "/list-supported-functions";
/// GET: gives a text to whoever asks.
pub const SIMPLE_REQUEST: &str = "/simple-request";

/// What a data source is asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct QueryRequest {
    /// The data source.
    pub datasource: Datasource,
    /// The question.
    pub query: Query,
    /// How it is to be answered.
    #[serde(default)]
    pub options: Options,
}

/// A request that is about a data source as a whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DatasourceRequest {
    /// The data source.
    pub datasource: Datasource,
    /// What is to be told of it.
    #[serde(default)]
    pub options: Options,
}

/// A published data source.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Datasource {
    /// Its id.
    pub datasource_luid: String,
    /// Credentials for its connections, where these ask for some.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connections: Vec<Connection>,
}

/// Credentials for a connection of a data source.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Connection {
    /// The connection's id; it may be left out where there is a single one.
    pub connection_luid: Option<String>,
    /// The user's name there.
    pub connection_username: String,
    /// The password there.
    pub connection_password: Secret,
}

/// How a request is to be answered. What is not known is ignored.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Whether errors tell more.
    pub debug: Option<bool>,
    /// Whether what is known of the data source is read anew.
    pub bypass_metadata_cache: Option<bool>,
    /// Whether fields are called by their own names.
    pub interpret_field_captions_as_field_names: Option<bool>,
    /// Whether hidden fields are told.
    pub include_hidden_fields: Option<bool>,
    /// Whether it is told what groups are made of.
    pub include_group_formulas: Option<bool>,
    /// Whether each row of the data is one of the answer.
    pub disaggregate: Option<bool>,
    /// Rows as objects, which is usual, or as arrays.
    pub return_format: Option<ReturnFormat>,
    /// The most rows, at least 1.
    pub row_limit: Option<i32>,
    /// Whether the answer comes as a stream of events.
    pub return_server_sent_events: Option<bool>,
}

/// What a row of an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ReturnFormat {
    /// An object: values by the names of columns.
    Objects,
    /// An array of values.
    Arrays,
}

/// From the first or from the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum SortDirection {
    /// From the first.
    Asc,
    /// From the last.
    Desc,
}

/// What went wrong.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ErrorMessage {
    /// The code: six digits, as those of the REST API.
    pub error_code: Option<String>,
    /// What it was, for people.
    pub message: Option<String>,
    /// More of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Value>,
    /// When it was.
    pub datetime: Option<String>,
    /// What it was, for who looks after the server.
    pub debug: Option<Value>,
    /// The code of the engine below.
    #[serde(rename = "tab-error-code")]
    pub tab_error_code: Option<String>,
}

/// A part of an answer that streams.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", content = "data", rename_all = "UPPERCASE")]
pub enum Event {
    /// What is known of the rows before they come.
    Metadata(EventMetadata),
    /// Rows.
    Data(Vec<Value>),
    /// It broke off.
    Error(ErrorMessage),
}

/// What is known of the rows of a stream.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EventMetadata {
    /// How many there are.
    pub row_count: Option<u64>,
}
