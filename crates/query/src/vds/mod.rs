//! Questions of the VizQL Data Service: asked of a data source, without a sheet.
//!
//! A [`Question`] is what a message asks, as plain values. [`Asked::new`] checks it against the data source and makes the worksheet
//! that asks the same: its fields become column instances of one pane, its filters a sheet's filters, its table calculations those of
//! instances. So whatever a sheet can ask is planned in one place, [`sheet`](crate::sheet). What comes back is turned into rows by
//! [`Asked::rows`], in the order of the fields.
//!
//! [`fields`], [`model`] and [`functions`] tell what can be asked.

mod asked;
mod error;
mod filters;
mod functions;
mod metadata;
mod names;
mod parameters;
mod question;
mod rows;
mod rules;
mod table_calcs;

pub use asked::Asked;
pub use error::Error;
pub use functions::{ArgumentType, Overload, functions};
pub use metadata::{ColumnClass, FieldMetadata, Grouping, Model, ModelTable, fields, model};
pub use question::{
    Comparison, Ends, Field, FieldKind, Filter, FilterKind, Function, Period, Periods, Question, Sort, Target,
};
pub use rows::Rows;
pub use table_calcs::{
    Aggregation, CalculationKind, CustomSort, FieldReference, Nested, RelativeTo, TableCalculation, Ties,
};
