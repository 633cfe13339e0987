//! Rows put together: one SELECT of values at a level of detail.
//!
//! A question has a level (the formulas that tell rows apart), measures (formulas of many rows together) and conditions. Mostly that is one
//! SELECT with GROUP BY. Two things are asked apart and joined back on the level, NULL being equal to NULL:
//!
//! * An aggregate over levels of detail alone, such as `SUM({FIXED [State] : MAX([Sales])})`: each of their values counts once for each member
//!   of the level, not once for each row.
//! * Where several logical tables are needed, an aggregate over columns of one of them: each of its rows counts once for each member of
//!   the level, however many partners it has in the others. Rows without a partner are there too, under NULL; members without
//!   rows as well, with no value. An aggregate over columns of several tables goes over the joined rows.
//!
//! A level of detail that stands beside columns of rows is joined to these rows.

mod apart;
mod rows;

use std::collections::{BTreeSet, HashSet};

use rows::InRows;

use super::{
    condition::{Condition, Stages, columns},
    inline::{MADE, ROW, made},
    source::Source,
    translate::{self},
    tree,
};
use crate::{
    Context, Error, Type, Value,
    calc::{Kind, Known, Level, Node, Scope},
    relation::Used,
    sql::{Aggregate, Binary, Expression, From, Join, JoinKind, OrderBy, Select, Unary},
};

/// How many SELECTs one question may become.
const MOST_SELECTS: usize = 1_000;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask<'n> {
    /// What tells groups apart.
    pub(super) level: &'n [Node],
    /// What is asked of each.
    pub(super) measures: &'n [Node],
    /// What groups must fulfil.
    pub(super) having: &'n [Condition],
    /// What rows must fulfil.
    pub(super) stages: &'n Stages,
}

/// A SELECT with the columns `d0`, `d1`, … of the level and `m0`, `m1`, … of the measures.
#[derive(Debug)]
pub(super) struct Grouped {
    pub(super) select: Select,
    pub(super) level: Vec<Type>,
    pub(super) measures: Vec<Type>,
}

/// Makes the SELECTs of one question.
pub(super) struct Compiler<'a, 's> {
    pub(super) source: &'s Source<'a>,
    pub(super) context: &'s Context,
    selects: usize,
    /// The sets whose members are being told.
    sets: Vec<String>,
    /// What nodes of the kind [`MADE`] stand for.
    made: Vec<(Expression, Known)>,
}

/// Where the rows of one SELECT come from.
#[derive(Default)]
struct Rows {
    used: Used,
    lods: Vec<(Node, String, Type, Join)>,
}

impl<'a, 's> Compiler<'a, 's> {
    /// One for a data source and who asks.
    pub(super) fn new(source: &'s Source<'a>, context: &'s Context) -> Self {
        Self { source, context, selects: 0, sets: Vec::new(), made: Vec::new() }
    }

    fn made_as(&self, name: &str) -> Option<&(Expression, Known)> {
        self.made.get(name.parse::<usize>().ok()?)
    }

    fn alias(&mut self, kind: char) -> Result<String, Error> {
        self.selects += 1;
        if self.selects > MOST_SELECTS {
            return Err(Error::TooLarge(format!("the question needs more than {MOST_SELECTS} queries in each other")));
        }
        Ok(format!("{kind}{}", self.selects))
    }

    /// Rows put together.
    pub(super) fn grouped(&mut self, ask: Ask<'_>) -> Result<Grouped, Error> {
        let mut apart: Vec<(Node, Option<usize>)> = Vec::new();
        let mut own = Vec::new();
        let needed = self.needed(ask);
        for node in ask.measures.iter().chain(ask.having.iter().flat_map(Condition::nodes)) {
            self.sort_out(node, &needed, &mut apart, &mut own);
        }
        if apart.is_empty() { self.simple(ask) } else { self.combined(ask, &apart, &own) }
    }

    /// The rows themselves, without putting any together.
    pub(super) fn rows(&mut self, columns: &[Node], stages: &Stages) -> Result<(Select, Vec<Type>), Error> {
        let mut rows = Rows::default();
        let (mut select, mut types) = (Select::default(), Vec::new());
        for (place, node) in columns.iter().enumerate() {
            let (expression, data_type) = self.translate(node, &mut rows, &[], stages)?;
            select.columns.push((expression, format!("d{place}")));
            types.push(data_type);
        }
        select.filter = self.conditions(stages, &mut rows, &[])?;
        (select.from, select.joins) = self.from(rows, None, false)?;
        Ok((select, types))
    }

    /// Whether a formula can be asked at all. Table calculations are not asked.
    ///
    /// # Errors
    /// Why it cannot.
    pub(super) fn probe(&mut self, node: &Node) -> Result<(), Error> {
        if tree::any(node, false, &tree::is_table_calculation) {
            return Ok(());
        }
        self.translate(node, &mut Rows::default(), &[], &Stages::default()).map(drop)
    }

    /// The logical tables that a question needs.
    fn needed(&self, ask: Ask<'_>) -> BTreeSet<usize> {
        let conditions = ask.stages.all().chain(ask.having).flat_map(Condition::nodes);
        ask.level.iter().chain(ask.measures).chain(conditions).flat_map(|node| self.tables(node)).collect()
    }

    /// The logical tables that a formula needs.
    fn tables(&self, node: &Node) -> BTreeSet<usize> {
        let mut names = HashSet::new();
        columns(node, &mut names);
        let table = |(kind, name): (&str, &str)| match kind {
            "" => self.source.tables.find(name).map(|(table, ..)| table),
            ROW => self.source.tables.table(name),
            _ => None,
        };
        names.into_iter().filter_map(table).collect()
    }

    fn simple(&mut self, ask: Ask<'_>) -> Result<Grouped, Error> {
        let mut rows = Rows::default();
        let (mut select, mut level) = (Select::default(), Vec::new());
        for (place, node) in ask.level.iter().enumerate() {
            let (expression, data_type) = self.translate(node, &mut rows, ask.level, ask.stages)?;
            // A whole number in GROUP BY would be the place of a column.
            select.group_by.push(match &expression {
                Expression::Literal(..) => expression.clone().cast(data_type),
                _ => expression.clone(),
            });
            select.columns.push((expression, format!("d{place}")));
            level.push(data_type);
        }
        let mut measures = Vec::new();
        for (place, node) in ask.measures.iter().enumerate() {
            let (expression, data_type) = self.translate(node, &mut rows, ask.level, ask.stages)?;
            select.columns.push((expression, format!("m{place}")));
            measures.push(data_type);
        }
        let mut having = Vec::new();
        for condition in ask.having {
            having.push(self.condition(condition, &mut rows, ask.level, ask.stages)?);
        }
        // No rows are no mark, not a mark without values.
        if ask.level.is_empty() {
            let count = Expression::Aggregate(Aggregate::CountRows, Vec::new());
            having.push(Expression::binary(
                Binary::Greater,
                count,
                Expression::Literal(Value::Integer(0), Type::Integer),
            ));
            if select.columns.is_empty() {
                select.columns.push((Expression::Literal(Value::Integer(1), Type::Integer), "one".to_owned()));
            }
        }
        select.having = Expression::all(having);
        select.filter = self.conditions(ask.stages, &mut rows, ask.level)?;
        (select.from, select.joins) = self.from(rows, None, false)?;
        Ok(Grouped { select, level, measures })
    }

    /// A node that stands for something SQL already has.
    fn stand_in(&mut self, expression: Expression, data_type: Type, level: Level) -> Node {
        self.made.push((expression, Known { data_type, level, set: false }));
        made(MADE, &(self.made.len() - 1).to_string())
    }

    /// The conditions of all stages as one.
    fn conditions(&mut self, stages: &Stages, rows: &mut Rows, level: &[Node]) -> Result<Option<Expression>, Error> {
        let mut conditions = Vec::new();
        for condition in stages.all().filter(|condition| !condition.is_certain()) {
            conditions.push(self.condition(condition, rows, level, stages)?);
        }
        Ok(Expression::all(conditions))
    }

    fn condition(
        &mut self,
        condition: &Condition,
        rows: &mut Rows,
        level: &[Node],
        stages: &Stages,
    ) -> Result<Expression, Error> {
        let truth = |truth| Expression::Literal(Value::Boolean(truth), Type::Boolean);
        let mut join = |all: &[Condition], operator, none| -> Result<Expression, Error> {
            let mut joined = None;
            for one in all {
                let one = self.condition(one, rows, level, stages)?;
                joined = Some(match joined {
                    Some(before) => Expression::binary(operator, before, one),
                    None => one,
                });
            }
            Ok(joined.unwrap_or(truth(none)))
        };
        match condition {
            Condition::All(all) => join(all, Binary::And, true),
            Condition::Any(all) => join(all, Binary::Or, false),
            Condition::Not(one) => {
                let one = self.condition(one, rows, level, stages)?;
                let known = Expression::Call("coalesce", vec![one, truth(false)]);
                Ok(Expression::unary(Unary::Not, known))
            }
            Condition::Holds(node) => Ok(self.translate(node, rows, level, stages)?.0),
            Condition::Among(nodes, select) => {
                let mut operands = Vec::new();
                for node in nodes {
                    operands.push(self.translate(node, rows, level, stages)?.0);
                }
                let listed = Expression::InSelect(operands.clone(), select.clone());
                let [operand] = operands.as_slice() else { return Ok(listed) };
                // NULL is a member like others, but IN does not find it.
                let of = "members".to_owned();
                let is_null = |operand| Expression::unary(Unary::IsNull, operand);
                let count = Select {
                    columns: vec![(Expression::Aggregate(Aggregate::CountRows, Vec::new()), "count".to_owned())],
                    filter: Some(is_null(Expression::column(&of, "d0"))),
                    from: Some(From::Query { query: select.clone(), alias: of }),
                    ..Select::default()
                };
                let zero = Expression::Literal(Value::Integer(0), Type::Integer);
                let there = Expression::binary(Binary::Greater, Expression::Scalar(Box::new(count)), zero);
                let null = Expression::binary(Binary::And, is_null(operand.clone()), there);
                Ok(Expression::binary(Binary::Or, listed, null))
            }
        }
    }

    /// FROM and joins of one SELECT.
    fn from(
        &mut self,
        mut rows: Rows,
        first: Option<usize>,
        numbered: bool,
    ) -> Result<(Option<From>, Vec<Join>), Error> {
        if rows.used.tables().is_empty() {
            // A question of no column is one of rows all the same.
            rows.used.table(0);
        }
        let (from, mut joins) = self.source.tables.join(&rows.used, first, numbered)?;
        joins.extend(rows.lods.into_iter().map(|(_, _, _, join)| join));
        Ok((Some(from), joins))
    }

    fn translate(
        &mut self,
        node: &Node,
        rows: &mut Rows,
        level: &[Node],
        stages: &Stages,
    ) -> Result<(Expression, Type), Error> {
        let node = self.without_lods(node, rows, level, stages)?;
        let (context, dialect, week_start) = (self.context, self.source.dialect, self.source.week_start());
        translate::sql(&node, &mut InRows { compiler: self, rows, level, stages }, context, week_start, dialect)
    }

    /// A formula in which columns of what was joined stand for levels of detail.
    fn without_lods(&mut self, node: &Node, rows: &mut Rows, level: &[Node], stages: &Stages) -> Result<Node, Error> {
        if matches!(node.kind, Kind::Lod { .. }) {
            let (expression, data_type) = self.lod(node, rows, level, stages)?;
            return Ok(self.stand_in(expression, data_type, Level::Row));
        }
        let mut node = node.clone();
        for child in tree::children_mut(&mut node) {
            *child = self.without_lods(child, rows, level, stages)?;
        }
        Ok(node)
    }

    /// The value of a level of detail for each row.
    fn lod(
        &mut self,
        node: &Node,
        rows: &mut Rows,
        level: &[Node],
        stages: &Stages,
    ) -> Result<(Expression, Type), Error> {
        if let Some((_, alias, data_type, _)) = rows.lods.iter().find(|(of, ..)| of == node) {
            return Ok((Expression::column(alias, "m0"), *data_type));
        }
        let Kind::Lod { scope, aggregate, .. } = &node.kind else {
            return Err(Error::Unsupported("a level of detail that is none".to_owned()));
        };
        let keys = lod_level(node, level);
        let fixed = stages.fixed();
        let stages_of = if *scope == Scope::Fixed { &fixed } else { stages };
        let measures = std::slice::from_ref(&**aggregate);
        let grouped = self.grouped(Ask { level: &keys, measures, having: &[], stages: stages_of })?;
        let data_type = grouped.measures.first().copied().unwrap_or(Type::Real);
        let alias = self.alias('l')?;
        let mut on = Vec::new();
        for (place, key) in keys.iter().enumerate() {
            let (expression, _) = self.translate(key, rows, level, stages)?;
            on.push(Expression::binary(Binary::Same, expression, Expression::column(&alias, &format!("d{place}"))));
        }
        let from = From::Query { query: Box::new(grouped.select), alias: alias.clone() };
        let join = Join { kind: JoinKind::Left, from, on: Expression::all(on) };
        rows.lods.push((node.clone(), alias.clone(), data_type, join));
        Ok((Expression::column(&alias, "m0"), data_type))
    }

    /// The first or last groups by a measure: a SELECT of the level alone.
    pub(super) fn ranked(
        &mut self,
        level: &[Node],
        by: &Node,
        descending: bool,
        limit: u64,
        stages: &Stages,
    ) -> Result<Select, Error> {
        let grouped = self.grouped(Ask { level, measures: std::slice::from_ref(by), having: &[], stages })?;
        let alias = self.alias('q')?;
        let column = |name: &str| Expression::column(&alias, name);
        let mut order_by = vec![OrderBy { by: column("m0"), descending }];
        // Of equal ones always the same.
        order_by.extend((0..level.len()).map(|place| OrderBy { by: column(&format!("d{place}")), descending: false }));
        Ok(Select {
            columns: (0..level.len()).map(|place| (column(&format!("d{place}")), format!("d{place}"))).collect(),
            from: Some(From::Query { query: Box::new(grouped.select), alias: alias.clone() }),
            order_by,
            limit: Some(limit),
            ..Select::default()
        })
    }
}

/// What tells the groups of a level of detail apart, within a level.
fn lod_level(node: &Node, level: &[Node]) -> Vec<Node> {
    let Kind::Lod { scope, dimensions, .. } = &node.kind else { return Vec::new() };
    let mut keys: Vec<Node> = match scope {
        Scope::Fixed => Vec::new(),
        Scope::Include => level.to_vec(),
        Scope::Exclude => {
            return level
                .iter()
                .filter(|key| !dimensions.iter().any(|dimension| covers(dimension, key)))
                .cloned()
                .collect();
        }
    };
    for dimension in dimensions {
        if !keys.contains(dimension) {
            keys.push(dimension.clone());
        }
    }
    keys
}

/// Whether a dimension that is excluded is this one: itself, or the field of which this is a part of a date.
fn covers(dimension: &Node, key: &Node) -> bool {
    if dimension == key {
        return true;
    }
    match &key.kind {
        Kind::Call { function, arguments } => match function.as_str() {
            "DATEPART" | "DATETRUNC" => arguments.get(1) == Some(dimension),
            "DATE" => arguments.first().is_some_and(|inner| covers(dimension, inner)),
            _ => false,
        },
        _ => false,
    }
}
