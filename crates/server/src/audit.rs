//! The audit log, for whoever runs the server: read from its database, whether or not a server works on it meanwhile. Over
//! HTTP nobody reads it.

pub use tavola_store::audit::{AuditLine, Lines, Wanted};

use crate::{Config, StartError, store_config};

/// The wanted lines, oldest first, a few at a time in memory. Blocks: not for a thread that drives an async runtime.
pub fn open(config: &Config, wanted: Wanted) -> Result<Lines, StartError> {
    tavola_store::audit::open(&store_config(config), wanted).map_err(StartError::Store)
}
