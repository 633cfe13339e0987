//! Statements.

use super::Expression;

/// A SELECT.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Select {
    /// Queries it names, in an order in which later ones know earlier ones (WITH).
    pub with: Vec<(String, Select)>,
    /// What it gives, each under a name.
    pub columns: Vec<(Expression, String)>,
    /// Whether equal rows are one.
    pub distinct: bool,
    /// Where rows come from.
    pub from: Option<From>,
    /// What is joined to it, in order.
    pub joins: Vec<Join>,
    /// WHERE.
    pub filter: Option<Expression>,
    /// GROUP BY.
    pub group_by: Vec<Expression>,
    /// HAVING.
    pub having: Option<Expression>,
    /// ORDER BY.
    pub order_by: Vec<OrderBy>,
    /// LIMIT.
    pub limit: Option<u64>,
}

/// Where rows come from.
#[derive(Debug, Clone, PartialEq)]
pub enum From {
    /// A table by its path, under an alias.
    Table {
        /// Its name, from the outermost part.
        path: Vec<String>,
        /// The alias.
        alias: String,
    },
    /// A query, under an alias.
    Query {
        /// The query.
        query: Box<Select>,
        /// The alias.
        alias: String,
    },
    /// Rows of several queries, one after the other.
    UnionAll {
        /// The queries, which give the same columns.
        queries: Vec<Select>,
        /// The alias.
        alias: String,
    },
    /// SQL of the workbook's author, which was allowed by [`super`]'s check.
    Custom {
        /// The text.
        text: String,
        /// The alias.
        alias: String,
    },
}

/// A join.
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    /// Which rows stay.
    pub kind: JoinKind,
    /// What is joined.
    pub from: From,
    /// The condition; none joins each with each.
    pub on: Option<Expression>,
}

/// Which rows of a join stay without a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    /// None.
    Inner,
    /// The left ones.
    Left,
    /// The right ones.
    Right,
    /// All.
    Full,
}

/// A term of ORDER BY.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderBy {
    /// By what.
    pub by: Expression,
    /// From the last to the first. NULL is the least of all.
    pub descending: bool,
}
