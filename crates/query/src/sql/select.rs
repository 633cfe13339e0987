//! Statements.

use super::{Dialect, Expression, dialect::identifier, write::write_separated};

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

impl Select {
    /// Writes it in a dialect, without a semicolon.
    pub fn write(&self, dialect: Dialect, out: &mut String) {
        for (place, (name, query)) in self.with.iter().enumerate() {
            out.push_str(if place == 0 { "with " } else { ", " });
            identifier(name, out);
            out.push_str(" as (");
            query.write(dialect, out);
            out.push(')');
        }
        out.push_str(if self.with.is_empty() { "select " } else { " select " });
        if self.distinct {
            out.push_str("distinct ");
        }
        for (place, (expression, name)) in self.columns.iter().enumerate() {
            out.push_str(if place == 0 { "" } else { ", " });
            expression.write(dialect, out);
            out.push_str(" as ");
            identifier(name, out);
        }
        if let Some(from) = &self.from {
            out.push_str(" from ");
            from.write(dialect, out);
        }
        for join in &self.joins {
            join.write(dialect, out);
        }
        if let Some(filter) = &self.filter {
            out.push_str(" where ");
            filter.write(dialect, out);
        }
        if !self.group_by.is_empty() {
            out.push_str(" group by ");
            write_separated(&self.group_by, dialect, out);
        }
        if let Some(having) = &self.having {
            out.push_str(" having ");
            having.write(dialect, out);
        }
        for (place, term) in self.order_by.iter().enumerate() {
            out.push_str(if place == 0 { " order by " } else { ", " });
            term.write(dialect, out);
        }
        if let Some(limit) = self.limit {
            out.push_str(&format!(" limit {limit}"));
        }
    }
}

impl From {
    fn write(&self, dialect: Dialect, out: &mut String) {
        let alias = match self {
            Self::Table { path, alias } => {
                for (place, part) in path.iter().enumerate() {
                    out.push_str(if place == 0 { "" } else { "." });
                    identifier(part, out);
                }
                alias
            }
            Self::Query { query, alias } => {
                out.push('(');
                query.write(dialect, out);
                out.push(')');
                alias
            }
            Self::UnionAll { queries, alias } => {
                out.push('(');
                for (place, query) in queries.iter().enumerate() {
                    out.push_str(if place == 0 { "" } else { " union all " });
                    query.write(dialect, out);
                }
                out.push(')');
                alias
            }
            // A comment in its last line ends with the line.
            Self::Custom { text, alias } => {
                out.push_str(&format!("({text}\n)"));
                alias
            }
        };
        out.push_str(" as ");
        identifier(alias, out);
    }
}

impl Join {
    fn write(&self, dialect: Dialect, out: &mut String) {
        let kind = match (self.kind, &self.on) {
            (JoinKind::Inner, None) => " cross join ",
            (JoinKind::Inner, Some(_)) => " inner join ",
            (JoinKind::Left, _) => " left join ",
            (JoinKind::Right, _) => " right join ",
            (JoinKind::Full, _) => " full join ",
        };
        out.push_str(kind);
        self.from.write(dialect, out);
        match &self.on {
            Some(on) => {
                out.push_str(" on ");
                on.write(dialect, out);
            }
            None if self.kind == JoinKind::Inner => {}
            None => out.push_str(" on true"),
        }
    }
}

impl OrderBy {
    /// Writes it in a dialect.
    pub(super) fn write(&self, dialect: Dialect, out: &mut String) {
        self.by.write(dialect, out);
        out.push_str(if self.descending { " desc nulls last" } else { " asc nulls first" });
    }
}
