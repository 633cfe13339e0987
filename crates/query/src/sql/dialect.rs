//! Where engines differ.

/// Whose SQL is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Hyper, the engine of extracts.
    Hyper,
    /// PostgreSQL, and those that speak as it does.
    PostgreSql,
}
