//! Views of workbooks, asked and drawn: where the crates `workbook`, `engine`, `query` and `render` meet.
//!
//! [`Opened`] is a workbook with its data. It takes what is asked of it out of the package when it is first asked, and keeps it
//! as long as it lives: who asks often keeps the [`Opened`].
#![warn(missing_docs)]

mod boards;
mod data;
mod draw;
mod error;
mod load;
mod opened;
mod shapes;
mod values;

pub use error::Error;
pub use opened::{Opened, ReadSeek};
