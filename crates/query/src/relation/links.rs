//! Relationships: how logical tables are joined where a question needs several.

use std::collections::{BTreeSet, HashMap, VecDeque};

use tavola_workbook::{DataSource, unbracketed};

use super::{Tables, Used, physical::comparison};
use crate::{
    Error,
    sql::{Expression, Join, JoinKind},
};

/// A relationship between two tables by their places.
#[derive(Debug, Clone)]
pub(super) struct Link {
    left: usize,
    right: usize,
    on: Expression,
    /// The columns it compares.
    columns: Used,
}

/// The relationships of a data source.
pub(super) fn of(source: &DataSource, tables: &Tables) -> Result<Vec<Link>, Error> {
    if tables.tables.len() < 2 {
        return Ok(Vec::new());
    }
    let mut links = Vec::new();
    for relationship in &source.relationships {
        let (Some(left), Some(right)) = (tables.table(&relationship.left), tables.table(&relationship.right)) else {
            continue;
        };
        let expression = relationship
            .expression
            .as_ref()
            .ok_or_else(|| Error::Unsupported("a relationship without a condition".to_owned()))?;
        let mut columns = Used::default();
        let on = condition(expression, tables, &mut columns, 0)?;
        links.push(Link { left, right, on, columns });
    }
    Ok(links)
}

fn condition(
    expression: &tavola_workbook::Expression,
    tables: &Tables,
    columns: &mut Used,
    depth: usize,
) -> Result<Expression, Error> {
    if depth > 64 {
        return Err(Error::TooLarge("a relationship's condition is nested too deep".to_owned()));
    }
    match (comparison(&expression.op), expression.operands.as_slice()) {
        (Some(operator), [left, right]) => {
            let left = condition(left, tables, columns, depth + 1)?;
            Ok(Expression::binary(operator, left, condition(right, tables, columns, depth + 1)?))
        }
        (None, []) => {
            let name = unbracketed(&expression.op);
            let column = tables.column(&name, columns).map(|(column, _)| column);
            column.ok_or_else(|| Error::Missing(format!("the field `{name}` of a relationship")))
        }
        (None, all) if expression.op.eq_ignore_ascii_case("and") => {
            let all: Vec<_> =
                all.iter().map(|one| condition(one, tables, columns, depth + 1)).collect::<Result<_, _>>()?;
            Expression::all(all).ok_or_else(|| Error::Unsupported("a relationship without a condition".to_owned()))
        }
        _ => Err(Error::Unsupported(format!("`{}` in a relationship", expression.op))),
    }
}

/// The columns of a table that relationships compare.
pub(super) fn columns(tables: &Tables, table: usize) -> impl Iterator<Item = String> {
    tables.links.iter().filter_map(move |link| link.columns.columns.get(&table)).flatten().cloned()
}

/// The joins that bring the needed tables to the first one, with all tables on the way. Rows of the first stay without partners
/// where `keep` says so.
pub(super) fn joins(tables: &Tables, needed: &BTreeSet<usize>, first: usize, keep: bool) -> Result<Vec<Join>, Error> {
    if needed.iter().all(|table| *table == first) {
        return Ok(Vec::new());
    }
    // From each table the link by which it was reached, breadth first in the file's order.
    let mut reached: HashMap<usize, Option<(usize, &Link)>> = HashMap::from([(first, None)]);
    let mut order = vec![first];
    let mut queue = VecDeque::from([first]);
    while let Some(table) = queue.pop_front() {
        for link in &tables.links {
            let next = match (link.left == table, link.right == table) {
                (true, false) => link.right,
                (false, true) => link.left,
                _ => continue,
            };
            if let std::collections::hash_map::Entry::Vacant(entry) = reached.entry(next) {
                entry.insert(Some((table, link)));
                order.push(next);
                queue.push_back(next);
            }
        }
    }
    let mut wanted = BTreeSet::new();
    for &table in needed {
        if !reached.contains_key(&table) {
            return Err(Error::Unsupported("fields of tables that nothing relates".to_owned()));
        }
        let mut at = table;
        while let Some(Some((before, _))) = reached.get(&at) {
            wanted.insert(at);
            at = *before;
        }
    }
    let kind = if keep { JoinKind::Left } else { JoinKind::Inner };
    let joins = order.into_iter().filter(|table| wanted.contains(table)).filter_map(|table| {
        let (_, link) = reached.get(&table).copied().flatten()?;
        Some(Join { kind, from: tables.tables[table].from.clone(), on: Some(link.on.clone()) })
    });
    Ok(joins.collect())
}
