//! Custom SQL: what a workbook's author wrote, as far as it may be asked.
//!
//! The text is parsed, and what the engine gets is written anew from the tree, so that nobody can mean two things by one text. Everything that
//! is not on a list is refused: only queries, of tables of this data source alone, with common functions and types.

use std::ops::ControlFlow;

use sqlparser::{
    ast::{
        BinaryOperator, DataType, Expr, Ident, ObjectName, ObjectNamePart, Query, Select, SetExpr, Statement,
        TableAlias, TableFactor, Value as Literal, ValueWithSpan, VisitMut as _, VisitorMut,
    },
    dialect::PostgreSqlDialect,
    parser::Parser,
};
use tavola_workbook::name_parts;

use crate::{
    Catalog, Error, Type, Value,
    sql::{Dialect, Expression},
};

/// Longer texts are not read.
const LONGEST: usize = 200_000;
/// How deep queries and expressions may be in each other.
const DEEPEST: usize = 50;

/// Functions that give the same for the same, and reach nothing but their arguments.
const FUNCTIONS: &[&str] = &[
    "abs",
    "acos",
    "ascii",
    "asin",
    "atan",
    "atan2",
    "avg",
    "btrim",
    "cbrt",
    "ceil",
    "ceiling",
    "char_length",
    "chr",
    "coalesce",
    "concat",
    "corr",
    "cos",
    "cot",
    "count",
    "covar_pop",
    "covar_samp",
    "cume_dist",
    "current_date",
    "current_timestamp",
    "date_part",
    "date_trunc",
    "degrees",
    "dense_rank",
    "div",
    "exp",
    "first_value",
    "floor",
    "greatest",
    "initcap",
    "lag",
    "last_value",
    "lead",
    "least",
    "left",
    "length",
    "ln",
    "log",
    "lower",
    "lpad",
    "ltrim",
    "max",
    "min",
    "mod",
    "nth_value",
    "ntile",
    "now",
    "nullif",
    "percent_rank",
    "percentile_cont",
    "percentile_disc",
    "pi",
    "position",
    "power",
    "radians",
    "rank",
    "regexp_replace",
    "regexp_substr",
    "replace",
    "reverse",
    "right",
    "round",
    "row_number",
    "rpad",
    "rtrim",
    "sign",
    "sin",
    "split_part",
    "sqrt",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "strpos",
    "substr",
    "substring",
    "sum",
    "tan",
    "to_char",
    "to_date",
    "to_timestamp",
    "trim",
    "trunc",
    "upper",
    "var_pop",
    "var_samp",
    "variance",
];

/// The text of a query that may be asked.
///
/// # Errors
/// [`Error::Invalid`] where it is no query, [`Error::Unsupported`] for what is not on the lists, [`Error::Missing`] for tables that are not of
/// this data source and for unknown parameters.
pub(super) fn allowed(
    text: &str,
    catalog: &Catalog,
    parameter: &dyn Fn(&str) -> Option<Value>,
) -> Result<String, Error> {
    if text.len() > LONGEST {
        return Err(Error::TooLarge(format!("custom SQL is longer than {LONGEST} bytes")));
    }
    let text = with_parameters(text, catalog.dialect, parameter)?;
    let parsed = Parser::new(&PostgreSqlDialect {}).with_recursion_limit(DEEPEST).try_with_sql(&text);
    let parsed = parsed.and_then(|mut parser| parser.parse_statements());
    let mut statements = parsed.map_err(|error| Error::Invalid(format!("custom SQL cannot be read: {error}")))?;
    let [Statement::Query(query)] = statements.as_mut_slice() else {
        return Err(Error::Unsupported("custom SQL that is not one query".to_owned()));
    };
    let mut check = Check { catalog, known: Vec::new() };
    if let Some(with) = &mut query.with {
        if with.recursive {
            return Err(refused("WITH RECURSIVE"));
        }
        // A name is known to what comes after it, and to nothing before.
        for table in &mut with.cte_tables {
            plain_ident(&table.alias.name)?;
            check.query(&mut table.query)?;
            check.known.push(table.alias.name.value.clone());
        }
    }
    let with = query.with.take();
    check.query(query)?;
    query.with = with;
    Ok(query.to_string())
}

fn refused(what: impl std::fmt::Display) -> Error {
    Error::Unsupported(format!("{what} in custom SQL"))
}

/// Puts the values of parameters in: `<[Parameters].[Region]>` stands for one, `<<` and `>>` for what is less and greater.
fn with_parameters(text: &str, dialect: Dialect, parameter: &dyn Fn(&str) -> Option<Value>) -> Result<String, Error> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(place) = rest.find(['<', '>']) {
        let (before, from) = rest.split_at(place);
        out.push_str(before);
        if let Some(after) = from.strip_prefix("<<").or_else(|| from.strip_prefix(">>")) {
            out.push_str(&from[..1]);
            rest = after;
            continue;
        }
        let named = from
            .strip_prefix("<[")
            .and_then(|inner| inner.find("]>").map(|end| (&from[1..end + 3], &inner[end + 2..])));
        match named {
            Some((name, after)) if name.starts_with("[Parameters].") => {
                let name = name_parts(name).pop().unwrap_or_default();
                let value = parameter(&name).ok_or_else(|| Error::Missing(format!("the parameter `{name}`")))?;
                let data_type = match &value {
                    Value::Boolean(_) => Type::Boolean,
                    Value::Integer(_) => Type::Integer,
                    Value::Real(_) => Type::Real,
                    Value::Date(_) => Type::Date,
                    Value::DateTime(_) => Type::DateTime,
                    Value::Null | Value::Text(_) | Value::Spatial(_) => Type::Text,
                };
                Expression::Literal(value, data_type).write(dialect, &mut out);
                rest = after;
            }
            _ => {
                out.push_str(&from[..1]);
                rest = &from[1..];
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// Walks over a query, refuses what is not known, and names tables as the engine has them.
struct Check<'c> {
    catalog: &'c Catalog,
    /// The names WITH gave before.
    known: Vec<String>,
}

impl Check<'_> {
    fn query(&mut self, query: &mut Query) -> Result<(), Error> {
        match query.visit(self) {
            ControlFlow::Break(error) => Err(error),
            ControlFlow::Continue(()) => Ok(()),
        }
    }

    fn table(&self, name: &mut ObjectName, alias: &mut Option<TableAlias>) -> Result<(), Error> {
        let mut parts = Vec::new();
        for part in &name.0 {
            let ObjectNamePart::Identifier(part) = part else { return Err(refused("a function as a name")) };
            plain_ident(part)?;
            parts.push(part.clone());
        }
        if let [one] = parts.as_slice()
            && self.known.contains(&one.value)
        {
            return Ok(());
        }
        let is_named = |relation: &str| {
            let own = name_parts(relation);
            parts.len() <= own.len() && parts.iter().rev().zip(own.iter().rev()).all(|(part, own)| same(part, own))
        };
        let table = self.catalog.tables.iter().find(|table| is_named(&table.relation));
        let table = table.ok_or_else(|| Error::Missing(format!("the table `{name}` of custom SQL")))?;
        if alias.is_none() {
            let name = parts.pop().ok_or_else(|| refused("a table without a name"))?;
            *alias = Some(TableAlias { explicit: true, name, columns: Vec::new(), at: None });
        }
        *name = ObjectName::from(table.path.iter().map(|part| Ident::with_quote('"', part)).collect::<Vec<_>>());
        for part in &name.0 {
            if let ObjectNamePart::Identifier(part) = part {
                plain_ident(part)?;
            }
        }
        Ok(())
    }

    fn expression(expression: &Expr) -> Result<(), Error> {
        match expression {
            Expr::Function(function) => {
                let name = function.name.to_string().to_ascii_lowercase();
                if !FUNCTIONS.contains(&name.as_str()) {
                    return Err(refused(format!("the function `{name}`")));
                }
                Ok(())
            }
            Expr::Cast { data_type, .. } => plain_type(data_type),
            Expr::TypedString(typed) => plain_type(&typed.data_type),
            Expr::BinaryOp { op, .. } => match op {
                BinaryOperator::Plus
                | BinaryOperator::Minus
                | BinaryOperator::Multiply
                | BinaryOperator::Divide
                | BinaryOperator::Modulo
                | BinaryOperator::StringConcat
                | BinaryOperator::Gt
                | BinaryOperator::Lt
                | BinaryOperator::GtEq
                | BinaryOperator::LtEq
                | BinaryOperator::Eq
                | BinaryOperator::NotEq
                | BinaryOperator::And
                | BinaryOperator::Or => Ok(()),
                other => Err(refused(format!("the operator `{other}`"))),
            },
            Expr::Identifier(_)
            | Expr::CompoundIdentifier(_)
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::IsDistinctFrom(..)
            | Expr::IsNotDistinctFrom(..)
            | Expr::In { .. }
            | Expr::Between { .. }
            | Expr::Like { .. }
            | Expr::ILike { .. }
            | Expr::UnaryOp { .. }
            | Expr::Extract { .. }
            | Expr::Ceil { .. }
            | Expr::Floor { .. }
            | Expr::Position { .. }
            | Expr::Substring { .. }
            | Expr::Trim { .. }
            | Expr::Nested(_)
            | Expr::Value(_)
            | Expr::Case { .. }
            | Expr::Exists { .. }
            | Expr::Subquery(_)
            | Expr::GroupingSets(_)
            | Expr::Cube(_)
            | Expr::Rollup(_)
            | Expr::Tuple(_)
            | Expr::Interval(_)
            | Expr::Wildcard(_)
            | Expr::QualifiedWildcard(..) => Ok(()),
            other => Err(refused(format!("`{other}`"))),
        }
    }
}

impl VisitorMut for Check<'_> {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Error> {
        let plain = query.with.is_none()
            && query.locks.is_empty()
            && query.for_clause.is_none()
            && query.settings.is_none()
            && query.format_clause.is_none()
            && query.pipe_operators.is_empty();
        if plain { of(plain_body(&query.body)) } else { ControlFlow::Break(refused("this form of a query")) }
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Error> {
        let plain = select.into.is_none()
            && select.top.is_none()
            && select.lateral_views.is_empty()
            && select.prewhere.is_none()
            && select.connect_by.is_empty()
            && select.value_table_mode.is_none()
            && select.optimizer_hints.is_empty();
        if plain { ControlFlow::Continue(()) } else { ControlFlow::Break(refused("this form of SELECT")) }
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Error> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                with_hints,
                version: None,
                with_ordinality: false,
                partitions,
                json_path: None,
                sample: None,
                ..
            } if with_hints.is_empty() && partitions.is_empty() => of(self.table(name, alias)),
            TableFactor::Derived { sample: None, .. } | TableFactor::NestedJoin { .. } => ControlFlow::Continue(()),
            other => ControlFlow::Break(refused(format!("`{other}`"))),
        }
    }

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<Error> {
        of(Self::expression(expression))
    }

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<Error> {
        of(match &value.value {
            Literal::Number(..) | Literal::Boolean(_) | Literal::Null => Ok(()),
            Literal::SingleQuotedString(text) => plain_text(text, '\''),
            other => Err(refused(format!("the literal `{other}`"))),
        })
    }

    fn pre_visit_ident(&mut self, ident: &mut Ident) -> ControlFlow<Error> {
        of(plain_ident(ident))
    }
}

fn of(result: Result<(), Error>) -> ControlFlow<Error> {
    match result {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => ControlFlow::Break(error),
    }
}

fn plain_body(body: &SetExpr) -> Result<(), Error> {
    match body {
        SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::Values(_) => Ok(()),
        SetExpr::SetOperation { left, right, .. } => plain_body(left).and_then(|()| plain_body(right)),
        other => Err(refused(format!("`{other}`"))),
    }
}

fn plain_type(data_type: &DataType) -> Result<(), Error> {
    match data_type {
        DataType::Custom(..) | DataType::Regclass => Err(refused(format!("the type `{data_type}`"))),
        _ => Ok(()),
    }
}

/// The tree's writer takes a quote after a backslash, and two quotes, for escaped already.
fn plain_text(text: &str, quote: char) -> Result<(), Error> {
    let escaped = [['\\', quote], [quote, quote]].iter().any(|pair| text.contains(&pair.iter().collect::<String>()));
    if escaped { Err(refused("a quote beside a quote or a backslash")) } else { Ok(()) }
}

fn plain_ident(ident: &Ident) -> Result<(), Error> {
    match ident.quote_style {
        None if ident.value.chars().all(|it| it.is_alphanumeric() || it == '_' || it == '$') => Ok(()),
        Some('"') => plain_text(&ident.value, '"'),
        _ => Err(refused(format!("the name `{ident}`"))),
    }
}

/// Whether a name is that of a table; without quotes its case does not matter.
fn same(ident: &Ident, name: &str) -> bool {
    if ident.quote_style.is_some() { ident.value == name } else { ident.value.eq_ignore_ascii_case(name) }
}
