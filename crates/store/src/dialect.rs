//! Where SQLite and PostgreSQL truly differ.

/// Which of the two databases a statement is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// The condition that `column` holds the text `parameter` somewhere, case and all. `LIKE` will not do: SQLite's
    /// takes no notice of case, PostgreSQL's does.
    pub(crate) fn contains(self, column: &str, parameter: &str) -> String {
        match self {
            Self::Sqlite => format!("instr({column}, {parameter}) > 0"),
            Self::Postgres => format!("strpos({column}, {parameter}) > 0"),
        }
    }
}
