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

use std::collections::{BTreeSet, HashSet};

use tavola_workbook::Calculation;

use super::{
    condition::{Condition, Stages, columns},
    filter::Reader,
    inline::{MADE, ROW, SET, made},
    source::Source,
    translate::{self, Names},
    tree,
};
use crate::{
    Context, Error, Type, Value,
    calc::{Kind, Known, Level, Node, Scope},
    relation::{Tables, Used},
    sql::{Aggregate, Binary, Expression, From, Join, JoinKind, OrderBy, Select, Unary},
};

/// How many SELECTs one question may become.
const MOST_SELECTS: usize = 200;

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

/// An aggregate that is asked apart.
struct Part {
    alias: String,
    select: Select,
    data_type: Type,
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

    /// Finds the aggregates in a formula, and which of them are asked apart: with the table whose rows count once, or none for those over levels of
    /// detail.
    fn sort_out(
        &self,
        node: &Node,
        needed: &BTreeSet<usize>,
        apart: &mut Vec<(Node, Option<usize>)>,
        own: &mut Vec<Node>,
    ) {
        if !tree::is_aggregate(node) {
            for child in tree::children(node) {
                self.sort_out(child, needed, apart, own);
            }
            return;
        }
        let is_lod = |node: &Node| matches!(node.kind, Kind::Lod { .. });
        let is_column = |node: &Node| matches!(node.kind, Kind::Field { .. });
        if tree::any(node, false, &is_lod) && !tree::any(node, false, &is_column) {
            if !apart.iter().any(|(other, _)| other == node) {
                apart.push((node.clone(), None));
            }
            return;
        }
        let tables = self.tables(node);
        if needed.len() > 1 && tables.len() == 1 {
            if !apart.iter().any(|(other, _)| other == node) {
                apart.push((node.clone(), tables.first().copied()));
            }
        } else if !own.contains(node) {
            own.push(node.clone());
        }
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

    /// Aggregates that are asked apart, joined back on the level.
    fn combined(&mut self, ask: Ask<'_>, apart: &[(Node, Option<usize>)], own: &[Node]) -> Result<Grouped, Error> {
        let main = self.simple(Ask { measures: own, having: &[], ..ask })?;
        let main_alias = self.alias('q')?;
        let mut values: Vec<(Node, Expression, Type)> = Vec::new();
        for (place, (node, data_type)) in own.iter().zip(&main.measures).enumerate() {
            values.push((node.clone(), Expression::column(&main_alias, &format!("m{place}")), *data_type));
        }
        let mut parts = Vec::new();
        for (node, table) in apart {
            let part = match table {
                Some(table) => self.part_of_table(node, *table, ask)?,
                None => self.part_of_lods(node, ask)?,
            };
            values.push((node.clone(), Expression::column(&part.alias, "m0"), part.data_type));
            parts.push((part, table.is_some()));
        }
        let level: Vec<String> = (0..ask.level.len()).map(|place| format!("d{place}")).collect();
        let same = |one: &str, other: &str| {
            let same = |name: &String| {
                Expression::binary(Binary::Same, Expression::column(one, name), Expression::column(other, name))
            };
            Expression::all(level.iter().map(same))
        };
        let mut select = Select::default();
        let mut of = main_alias.clone();
        // A part of a table may have members that the rows of all tables together do not have.
        let outer = parts.iter().any(|(_, table)| *table);
        if outer && !level.is_empty() {
            of = self.alias('q')?;
            let query = |alias: &str| Select {
                columns: level.iter().map(|name| (Expression::column(alias, name), name.clone())).collect(),
                from: Some(table(alias)),
                ..Select::default()
            };
            let mut queries = vec![query(&main_alias)];
            queries.extend(parts.iter().filter(|(_, table)| *table).map(|(part, _)| query(&part.alias)));
            let inner = self.alias('q')?;
            let members = Select {
                columns: level.iter().map(|name| (Expression::column(&inner, name), name.clone())).collect(),
                distinct: true,
                from: Some(From::UnionAll { queries, alias: inner.clone() }),
                ..Select::default()
            };
            select.from = Some(From::Query { query: Box::new(members), alias: of.clone() });
            select.joins.push(Join { kind: JoinKind::Left, from: table(&main_alias), on: same(&of, &main_alias) });
            select.with.push((main_alias, main.select));
        } else {
            select.from = Some(table(&main_alias));
            select.with.push((main_alias, main.select));
        }
        for (part, _) in parts {
            let on = same(&of, &part.alias);
            select.joins.push(Join { kind: JoinKind::Left, from: table(&part.alias), on });
            select.with.push((part.alias, part.select));
        }
        select.columns = level.iter().map(|name| (Expression::column(&of, name), name.clone())).collect();
        let mut nowhere = Rows::default();
        let mut measures = Vec::new();
        for (place, node) in ask.measures.iter().enumerate() {
            let node = self.replaced(node, &values);
            let (expression, data_type) = self.translate(&node, &mut nowhere, ask.level, ask.stages)?;
            select.columns.push((expression, format!("m{place}")));
            measures.push(data_type);
        }
        let mut having = Vec::new();
        for condition in ask.having {
            let condition = self.replaced_in(condition, &values);
            having.push(self.condition(&condition, &mut nowhere, ask.level, ask.stages)?);
        }
        select.filter = Expression::all(having);
        if select.columns.is_empty() {
            select.columns.push((Expression::Literal(Value::Integer(1), Type::Integer), "one".to_owned()));
        }
        Ok(Grouped { select, level: main.level, measures })
    }

    /// A formula with aggregates that SQL already has.
    fn replaced(&mut self, node: &Node, values: &[(Node, Expression, Type)]) -> Node {
        if let Some((_, expression, data_type)) = values.iter().find(|(of, ..)| of == node) {
            return self.stand_in(expression.clone(), *data_type, Level::Aggregate);
        }
        let mut node = node.clone();
        for child in tree::children_mut(&mut node) {
            *child = self.replaced(child, values);
        }
        node
    }

    fn replaced_in(&mut self, condition: &Condition, values: &[(Node, Expression, Type)]) -> Condition {
        match condition {
            Condition::Holds(node) => Condition::Holds(self.replaced(node, values)),
            Condition::Among(nodes, select) => {
                Condition::Among(nodes.iter().map(|node| self.replaced(node, values)).collect(), select.clone())
            }
            Condition::All(all) => Condition::All(all.iter().map(|one| self.replaced_in(one, values)).collect()),
            Condition::Any(all) => Condition::Any(all.iter().map(|one| self.replaced_in(one, values)).collect()),
            Condition::Not(one) => Condition::Not(Box::new(self.replaced_in(one, values))),
        }
    }

    /// A node that stands for something SQL already has.
    fn stand_in(&mut self, expression: Expression, data_type: Type, level: Level) -> Node {
        self.made.push((expression, Known { data_type, level, set: false }));
        made(MADE, &(self.made.len() - 1).to_string())
    }

    /// An aggregate over levels of detail alone: over their values, each once for each member of the level.
    fn part_of_lods(&mut self, node: &Node, ask: Ask<'_>) -> Result<Part, Error> {
        let mut keys: Vec<Node> = Vec::new();
        collect_lods(node, &mut |lod| {
            for key in lod_level(lod, ask.level) {
                if !keys.contains(&key) && !ask.level.contains(&key) {
                    keys.push(key);
                }
            }
        });
        self.part(node, &keys, None, ask)
    }

    /// An aggregate over columns of one table: over its rows, each once for each member of the level.
    fn part_of_table(&mut self, node: &Node, table: usize, ask: Ask<'_>) -> Result<Part, Error> {
        self.part(node, &[], Some(table), ask)
    }

    /// An aggregate over distinct rows: of the level, of keys, of the numbers of a table's rows, and of the aggregate's arguments.
    fn part(&mut self, node: &Node, keys: &[Node], table: Option<usize>, ask: Ask<'_>) -> Result<Part, Error> {
        let Kind::Call { function, arguments } = &node.kind else {
            return Err(Error::Unsupported("an aggregate that is no function".to_owned()));
        };
        let mut rows = Rows::default();
        let inner = self.alias('q')?;
        let mut distinct = Select { distinct: true, ..Select::default() };
        let mut outer = Select::default();
        for (place, key) in ask.level.iter().enumerate() {
            let (expression, _) = self.translate(key, &mut rows, ask.level, ask.stages)?;
            let name = format!("d{place}");
            let column = Expression::column(&inner, &name);
            outer.columns.push((column.clone(), name.clone()));
            outer.group_by.push(column);
            distinct.columns.push((expression, name));
        }
        for (place, key) in keys.iter().enumerate() {
            let (expression, _) = self.translate(key, &mut rows, ask.level, ask.stages)?;
            distinct.columns.push((expression, format!("k{place}")));
        }
        let mut stand_ins = Vec::new();
        for (place, argument) in arguments.iter().enumerate() {
            if matches!(argument.kind, Kind::Literal(_)) && (place > 0 || table.is_none()) {
                stand_ins.push(argument.clone());
                continue;
            }
            let (expression, data_type) = self.translate(argument, &mut rows, ask.level, ask.stages)?;
            let name = format!("x{place}");
            stand_ins.push(self.stand_in(Expression::column(&inner, &name), data_type, Level::Row));
            distinct.columns.push((expression, name));
        }
        distinct.filter = self.conditions(ask.stages, &mut rows, ask.level)?;
        if let Some(table) = table {
            rows.used.table(table);
            let others = rows.used.tables().len() > 1;
            if others {
                distinct.columns.push((Tables::row(table), "row".to_owned()));
            } else {
                // Without partners no row is there twice, and equal rows count each.
                distinct.distinct = false;
            }
            (distinct.from, distinct.joins) = self.from(rows, Some(table), others)?;
        } else {
            (distinct.from, distinct.joins) = self.from(rows, None, false)?;
        }
        outer.from = Some(From::Query { query: Box::new(distinct), alias: inner });
        let aggregate = Node { kind: Kind::Call { function: function.clone(), arguments: stand_ins }, at: 0..0 };
        let (expression, data_type) = self.translate(&aggregate, &mut Rows::default(), ask.level, ask.stages)?;
        outer.columns.push((expression, "m0".to_owned()));
        Ok(Part { alias: self.alias('q')?, select: outer, data_type })
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

/// The names in a formula over rows.
struct InRows<'c, 'a, 's, 'r> {
    compiler: &'c mut Compiler<'a, 's>,
    rows: &'r mut Rows,
    level: &'r [Node],
    stages: &'r Stages,
}

impl Names for InRows<'_, '_, '_, '_> {
    fn known(&self, data_source: Option<&str>, name: &str) -> Result<Known, Error> {
        let source = self.compiler.source;
        let missing = || Error::Missing(format!("the column `{name}`"));
        let row = |data_type, set| Known { data_type, level: Level::Row, set };
        match data_source {
            None => {
                let (_, _, data_type) = source.tables.find(name).ok_or_else(missing)?;
                Ok(row(declared(source, name, data_type), false))
            }
            Some(MADE) => Ok(self.compiler.made_as(name).ok_or_else(missing)?.1),
            Some(ROW) => Ok(row(Type::Integer, false)),
            Some(SET) => Ok(row(Type::Boolean, true)),
            Some(_) => Err(missing()),
        }
    }

    fn named(&mut self, data_source: Option<&str>, name: &str) -> Result<Expression, Error> {
        let source = self.compiler.source;
        let missing = || Error::Missing(format!("the column `{name}`"));
        match data_source {
            None => {
                let (column, data_type) = source.tables.column(name, &mut self.rows.used).ok_or_else(missing)?;
                let declared = declared(source, name, data_type);
                Ok(if declared == data_type { column } else { column.cast(declared) })
            }
            Some(MADE) => Ok(self.compiler.made_as(name).ok_or_else(missing)?.0.clone()),
            Some(ROW) => {
                self.rows.used.table(source.tables.table(name).ok_or_else(missing)?);
                Ok(Expression::Literal(Value::Integer(1), Type::Integer))
            }
            Some(SET) => self.set(name),
            Some(_) => Err(missing()),
        }
    }
}

impl InRows<'_, '_, '_, '_> {
    /// Whether a row is in a set. First and last members are those of rows that pass the context.
    fn set(&mut self, name: &str) -> Result<Expression, Error> {
        let field = self.compiler.source.field(name);
        let Some(Calculation::Set(members)) = field.and_then(|field| field.calculation.as_ref()) else {
            return Err(Error::Missing(format!("the set `{name}`")));
        };
        if self.compiler.sets.iter().any(|open| open == name) {
            return Err(Error::Invalid(format!("the set `{name}` is made of itself")));
        }
        self.compiler.sets.push(name.to_owned());
        let fixed = self.stages.fixed();
        let source = self.compiler.source;
        let condition = Reader { source, compiler: self.compiler, stages: &fixed }.members(members);
        let condition = condition.and_then(|it| self.compiler.condition(&it, self.rows, self.level, self.stages));
        self.compiler.sets.pop();
        let unknown = Expression::Literal(Value::Boolean(false), Type::Boolean);
        Ok(Expression::Call("coalesce", vec![condition?, unknown]))
    }
}

/// What the author made of a column's type.
fn declared(source: &Source<'_>, name: &str, data_type: Type) -> Type {
    match source.type_of(name) {
        Some(Type::Spatial) | None => data_type,
        Some(declared) => declared,
    }
}

fn table(name: &str) -> From {
    From::Table { path: vec![name.to_owned()], alias: name.to_owned() }
}

/// The levels of detail of a formula, the outermost.
fn collect_lods(node: &Node, found: &mut dyn FnMut(&Node)) {
    if matches!(node.kind, Kind::Lod { .. }) {
        return found(node);
    }
    for child in tree::children(node) {
        collect_lods(child, found);
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
