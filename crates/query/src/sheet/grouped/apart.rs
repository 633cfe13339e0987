//! Aggregates that are asked apart, and how they are joined back.

use std::collections::BTreeSet;

use super::{Ask, Compiler, Grouped, Rows, lod_level};
use crate::{
    Error, Type, Value,
    calc::{Kind, Level, Node},
    relation::Tables,
    sheet::{condition::Condition, tree},
    sql::{Binary, Expression, From, Join, JoinKind, Select},
};

/// Aggregates that are asked apart.
struct Part {
    alias: String,
    select: Select,
    measures: Vec<Type>,
}

impl Compiler<'_, '_> {
    /// Finds the aggregates in a formula, and which of them are asked apart: with the table whose rows count once, or none for those over levels of
    /// detail.
    pub(super) fn sort_out(
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

    /// Aggregates that are asked apart, joined back on the level.
    pub(super) fn combined(
        &mut self,
        ask: Ask<'_>,
        apart: &[(Node, Option<usize>)],
        own: &[Node],
    ) -> Result<Grouped, Error> {
        let main = self.simple(Ask { measures: own, having: &[], ..ask })?;
        let main_alias = self.alias('q')?;
        let mut values: Vec<(Node, Expression, Type)> = Vec::new();
        for (place, (node, data_type)) in own.iter().zip(&main.measures).enumerate() {
            values.push((node.clone(), Expression::column(&main_alias, &format!("m{place}")), *data_type));
        }
        let mut parts = Vec::new();
        for (nodes, table) in together(apart) {
            let part = match table {
                Some(table) => self.part(&nodes, &[], Some(table), ask)?,
                None => self.part_of_lods(&nodes, ask)?,
            };
            for (place, (node, data_type)) in nodes.into_iter().zip(&part.measures).enumerate() {
                values.push((node, Expression::column(&part.alias, &format!("m{place}")), *data_type));
            }
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
            for (part, _) in parts.iter().filter(|(_, table)| *table) {
                // Hyper ends when what holds shapes is named twice.
                queries.push(if part.measures.contains(&Type::Spatial) {
                    let mut members = part.select.clone();
                    members.columns.truncate(level.len());
                    members
                } else {
                    query(&part.alias)
                });
            }
            let inner = self.alias('q')?;
            let members = Select {
                columns: level.iter().map(|name| (Expression::column(&inner, name), name.clone())).collect(),
                distinct: true,
                from: Some(From::UnionAll { queries, alias: inner.clone() }),
                ..Select::default()
            };
            select.from = Some(From::Query { query: Box::new(members), alias: of.clone() });
            if !own.is_empty() {
                select.joins.push(Join { kind: JoinKind::Left, from: table(&main_alias), on: same(&of, &main_alias) });
            }
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

    /// An aggregate over levels of detail alone: over their values, each once for each member of the level.
    fn part_of_lods(&mut self, nodes: &[Node], ask: Ask<'_>) -> Result<Part, Error> {
        let mut keys: Vec<Node> = Vec::new();
        for node in nodes {
            collect_lods(node, &mut |lod| {
                for key in lod_level(lod, ask.level) {
                    if !keys.contains(&key) && !ask.level.contains(&key) {
                        keys.push(key);
                    }
                }
            });
        }
        self.part(nodes, &keys, None, ask)
    }

    /// Aggregates over distinct rows: of the level, of keys, of the numbers of a table's rows, and of the aggregates' arguments. Those over
    /// columns of one table go over its rows, each once for each member of the level.
    fn part(&mut self, nodes: &[Node], keys: &[Node], table: Option<usize>, ask: Ask<'_>) -> Result<Part, Error> {
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
        let mut aggregates = Vec::new();
        for node in nodes {
            let Kind::Call { function, arguments } = &node.kind else {
                return Err(Error::Unsupported("an aggregate that is no function".to_owned()));
            };
            let mut stand_ins = Vec::new();
            for (place, argument) in arguments.iter().enumerate() {
                if matches!(argument.kind, Kind::Literal(_)) && (place > 0 || table.is_none()) {
                    stand_ins.push(argument.clone());
                    continue;
                }
                let (expression, data_type) = self.translate(argument, &mut rows, ask.level, ask.stages)?;
                // Hyper ends when it compares shapes. What is collected twice looks the same.
                distinct.distinct &= data_type != Type::Spatial;
                let name = format!("x{}", distinct.columns.len());
                stand_ins.push(self.stand_in(Expression::column(&inner, &name), data_type, Level::Row));
                distinct.columns.push((expression, name));
            }
            aggregates.push(Node { kind: Kind::Call { function: function.clone(), arguments: stand_ins }, at: 0..0 });
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
        let mut measures = Vec::new();
        for (place, aggregate) in aggregates.iter().enumerate() {
            let (expression, data_type) = self.translate(aggregate, &mut Rows::default(), ask.level, ask.stages)?;
            outer.columns.push((expression, format!("m{place}")));
            measures.push(data_type);
        }
        Ok(Part { alias: self.alias('q')?, select: outer, measures })
    }
}

/// The aggregates that are asked in one query: those over columns of one table. Shapes are asked by themselves, and so is each aggregate over levels
/// of detail.
fn together(apart: &[(Node, Option<usize>)]) -> Vec<(Vec<Node>, Option<usize>)> {
    let is_shape = |node: &Node| matches!(&node.kind, Kind::Call { function, .. } if function == "COLLECT");
    let mut groups: Vec<(Vec<Node>, Option<usize>)> = Vec::new();
    for (node, table) in apart {
        let group =
            groups.iter_mut().find(|(nodes, of)| of.is_some() && of == table && is_shape(&nodes[0]) == is_shape(node));
        match group {
            Some((nodes, _)) => nodes.push(node.clone()),
            None => groups.push((vec![node.clone()], *table)),
        }
    }
    groups
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
