//! Custom SQL: what a workbook's author wrote, as far as it may be asked.

use crate::{Catalog, Error};

/// The text of a query that may be asked.
///
/// # Errors
/// [`Error::Unsupported`] for all custom SQL.
pub(super) fn allowed(_text: &str, _catalog: &Catalog) -> Result<String, Error> {
    Err(Error::Unsupported("custom SQL without an extract".to_owned()))
}
