//! A sheet's question as SQL, and its answer.
//!
//! From a worksheet ([`tavola_workbook::Worksheet`]) and what is known of the data ([`Catalog`]) comes a [`sheet::Plan`]: SQL
//! statements, and what is done to their results afterwards. Who has asked them gives the results back and gets an [`Answer`].
//! The calculation language is in [`calc`], SQL in [`sql`], table calculations in [`table_calc`], which compute formulas by [`evaluate`].
//! Questions of the VizQL Data Service become sheets in [`vds`].
//!
//! The crate does no I/O and looks at no clock: whoever asks runs the statements, and says what time it is and who asks
//! ([`Context`]). Each literal and each name is quoted in one place, [`sql`].
#![warn(missing_docs)]

mod answer;
pub mod calc;
mod catalog;
mod context;
mod error;
pub mod evaluate;
mod relation;
pub mod sheet;
pub mod sql;
mod summary;
pub mod table_calc;
mod value;
pub mod vds;

pub use answer::{Answer, Column, Layer, Note, Table};
pub use catalog::{Catalog, CatalogColumn, CatalogTable};
pub use context::{Context, User};
pub use error::Error;
pub use value::{Type, Value};
