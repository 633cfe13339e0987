//! Filters of a sheet, and those from outside, as conditions.
//!
//! They are applied as Tableau documents: first those of the context, which FIXED levels of detail and the first or last members of a field see;
//! then first and last members and conditions; then all others on rows; then those on what is summed up; table calculations' last, when
//! the answer is there. A filter from outside takes the place of the sheet's own on the same field.

use tavola_workbook::{Filter, FilterKind, Members, Worksheet};

use super::{
    condition::{Condition, Stages},
    dates,
    grouped::{Ask, Compiler},
    inline::{Inliner, among},
    instance::{binary, call, literal, node},
    parameters::{of_literal, of_text},
    source::Source,
    tree,
};
use crate::{
    Context, Error, Type, Value,
    calc::{BinaryOperator, Kind, Node, UnaryOperator},
    sql::{Expression, From, Select},
};

/// The most members one filter may name.
const MOST_MEMBERS: usize = 100_000;

/// All filters of a data source on a sheet, by when they are applied.
#[derive(Debug, Default)]
pub(super) struct Filters {
    /// On rows.
    pub(super) stages: Stages,
    /// On what is summed up.
    pub(super) having: Vec<Condition>,
    /// On table calculations: applied to the answer.
    pub(super) after: Vec<Filter>,
}

/// Reads the filters on one data source.
pub(super) fn read<'a>(
    source: &Source<'a>,
    sheet: &Worksheet,
    compiler: &mut Compiler<'a, '_>,
) -> Result<Filters, Error> {
    let mut filters = Filters::default();
    let mut later = Vec::new();
    let outside = outside(source, sheet, compiler.context)?;
    for filter in source.data_source.filters.iter().filter(|filter| filter.restricts()) {
        let stages = filters.stages.clone();
        let condition = Reader { source, compiler, stages: &stages }.kind(&filter.field.instance, &filter.kind)?;
        filters.stages.context.push(condition);
    }
    let own = sheet.filters.iter().filter(|filter| {
        filter.field.data_source == source.data_source.name && !filter.field.is_measure_names() && filter.restricts()
    });
    for filter in own {
        if outside.iter().any(|(name, ..)| *name == filter.field.instance) {
            continue;
        }
        let levels = levels(filter);
        let mut nodes = Vec::new();
        for level in &levels {
            nodes.push(Inliner::new(source).instance(level)?);
        }
        let instance = source.instance(&filter.field.instance);
        if !instance.table_calcs.is_empty()
            || nodes.iter().any(|node| tree::any(node, false, &tree::is_table_calculation))
        {
            filters.after.push(filter.clone());
            continue;
        }
        if matches!(&filter.kind, FilterKind::Members(members) if needs_query(members)) {
            later.push(filter);
            continue;
        }
        let condition =
            Reader { source, compiler, stages: &Stages::default() }.kind(&filter.field.instance, &filter.kind)?;
        if nodes.iter().any(tree::is_of_many) {
            filters.having.push(condition);
        } else if filter.context {
            filters.stages.context.push(condition);
        } else {
            filters.stages.dimension.push(condition);
        }
    }
    for (_, condition) in outside {
        filters.stages.dimension.push(condition);
    }
    // Those of the context among them come first, and the others see them.
    later.sort_by_key(|filter| !filter.context);
    for filter in later {
        let stages = filters.stages.fixed();
        let condition = Reader { source, compiler, stages: &stages }.kind(&filter.field.instance, &filter.kind)?;
        if filter.context {
            filters.stages.context.push(condition);
        } else {
            filters.stages.dimension.push(condition);
        }
    }
    Ok(filters)
}

/// The instances a filter speaks of.
fn levels(filter: &Filter) -> Vec<String> {
    match &filter.kind {
        FilterKind::Members(members) => members.levels().into_iter().map(str::to_owned).collect(),
        _ => vec![filter.field.instance.clone()],
    }
}

/// Whether members are told by asking the data.
fn needs_query(members: &Members) -> bool {
    match members {
        Members::End { .. } | Members::Condition { .. } => true,
        Members::Order { of, .. } => needs_query(of),
        Members::Union(all) | Members::Intersection(all) | Members::Except(all) | Members::CrossJoin(all) => {
            all.iter().any(needs_query)
        }
        _ => false,
    }
}

/// Filters from outside on fields of this data source, each with the instance it is on. What names no field is ignored, as Tableau does.
fn outside(source: &Source<'_>, sheet: &Worksheet, context: &Context) -> Result<Vec<(String, Condition)>, Error> {
    let mut found = Vec::new();
    for (name, values) in &context.filters {
        let declared = sheet.dependencies.iter().filter(|of| of.data_source == source.data_source.name);
        let by_pill = declared.flat_map(|of| &of.instances).find(|instance| {
            let shown = source.field(&instance.field).map_or(instance.field.as_str(), |field| field.shown_name());
            instance.derivation != "None"
                && super::instance::pill(&instance.derivation, shown).eq_ignore_ascii_case(name)
        });
        let (instance, field) = match (by_pill, source.field_shown(name)) {
            (Some(instance), _) => (instance.name.clone(), instance.field.clone()),
            (None, Some(field)) => (instance_of(source, sheet, &field.name), field.name.clone()),
            (None, None) => continue,
        };
        let node = Inliner::new(source).instance(&instance)?;
        if tree::is_of_many(&node) || tree::any(&node, false, &tree::is_table_calculation) {
            continue;
        }
        let data_type = type_of_instance(source, &instance);
        let aliases = source.field(&field).map(|field| field.aliases.as_slice()).unwrap_or_default();
        let mut members = Vec::new();
        for text in values {
            let alias = aliases.iter().find(|(_, shown)| shown == text);
            let value = match alias {
                Some((key, _)) => Some(of_literal(key, data_type)),
                None if text.eq_ignore_ascii_case("%null%") || text == "Null" => Some(Value::Null),
                None => of_text(text, data_type),
            };
            let invalid = || Error::Invalid(format!("`{text}` is no value of the field `{name}`"));
            members.push(value.ok_or_else(invalid)?);
        }
        found.push((instance, Condition::Holds(among(&node, &members))));
    }
    Ok(found)
}

/// The instance of a field as it is that the sheet has, or the field itself.
fn instance_of(source: &Source<'_>, sheet: &Worksheet, field: &str) -> String {
    let declared = sheet.dependencies.iter().filter(|of| of.data_source == source.data_source.name);
    let plain = |instance: &&tavola_workbook::ColumnInstance| instance.field == field && instance.derivation == "None";
    declared.flat_map(|of| &of.instances).find(plain).map_or_else(|| field.to_owned(), |instance| instance.name.clone())
}

/// The type of an instance's values.
pub(super) fn type_of_instance(source: &Source<'_>, name: &str) -> Option<Type> {
    let instance = source.instance(name);
    let own = source.type_of(&instance.field);
    match instance.derivation.as_str() {
        "Count" | "CountD" | "Year" | "Quarter" | "Month" | "Week" | "Weekday" | "Day" | "Hour" | "Minute"
        | "Second" | "MY" | "ISO-Year" | "ISO-Quarter" | "ISO-Week" | "ISO-Weekday" => Some(Type::Integer),
        "Avg" | "Median" | "Stdev" | "StdevP" | "Var" | "VarP" => Some(Type::Real),
        _ => own,
    }
}

/// Makes conditions of filters.
pub(super) struct Reader<'c, 'a, 's> {
    pub(super) source: &'c Source<'a>,
    pub(super) compiler: &'c mut Compiler<'a, 's>,
    /// What the rows fulfil of which first and last members are taken.
    pub(super) stages: &'c Stages,
}

impl Reader<'_, '_, '_> {
    fn node(&self, level: &str) -> Result<Node, Error> {
        Inliner::new(self.source).instance(level)
    }

    /// What a filter on an instance lets through.
    pub(super) fn kind(&mut self, instance: &str, kind: &FilterKind) -> Result<Condition, Error> {
        match kind {
            FilterKind::Members(members) => self.members(members),
            FilterKind::Range { min, max, included } => {
                let (of, data_type) = (self.node(instance)?, type_of_instance(self.source, instance));
                let end = |end: &Option<String>| end.as_ref().map(|end| literal(of_literal(end, data_type)));
                Ok(Condition::Holds(range(&of, end(min), end(max), included)))
            }
            FilterKind::RelativeDate { period, first, last, anchor, include_null, include_future } => {
                let of = self.node(instance)?;
                let now = match anchor.as_deref().map(|anchor| of_literal(anchor, Some(Type::DateTime))) {
                    Some(Value::DateTime(anchor)) => anchor,
                    _ => self.compiler.context.now,
                };
                let (from, to) = dates::periods(now, period, (*first, *last), self.source.week_start())?;
                let to = if *include_future { to } else { to.min(dates::tomorrow(now)) };
                let after = binary(BinaryOperator::GreaterOrEqual, of.clone(), literal(Value::DateTime(from)));
                let before = binary(BinaryOperator::Less, of.clone(), literal(Value::DateTime(to)));
                let within = binary(BinaryOperator::And, after, before);
                Ok(Condition::Holds(if *include_null {
                    binary(BinaryOperator::Or, within, call("ISNULL", vec![of]))
                } else {
                    within
                }))
            }
            FilterKind::Other(word) => Err(Error::Unsupported(format!("a filter of the class `{word}`"))),
        }
    }

    /// The condition that is true of these members.
    pub(super) fn members(&mut self, members: &Members) -> Result<Condition, Error> {
        Ok(match members {
            Members::All { .. } => Condition::All(Vec::new()),
            Members::None { .. } => Condition::Any(Vec::new()),
            Members::One { level, member } => {
                let value = of_literal(member, type_of_instance(self.source, level));
                Condition::Holds(among(&self.node(level)?, &[value]))
            }
            Members::Range { level, from, to } => {
                let data_type = type_of_instance(self.source, level);
                let (from, to) = (literal(of_literal(from, data_type)), literal(of_literal(to, data_type)));
                Condition::Holds(range(&self.node(level)?, Some(from), Some(to), "in-range"))
            }
            Members::Union(parts) => match self.list(parts)? {
                Some(condition) => condition,
                None => Condition::Any(self.all(parts)?),
            },
            Members::Intersection(parts) | Members::CrossJoin(parts) => Condition::All(self.all(parts)?),
            Members::Except(parts) => {
                let mut parts = self.all(parts)?;
                if parts.is_empty() {
                    return Ok(Condition::All(parts));
                }
                let first = parts.remove(0);
                Condition::All(vec![first, Condition::Not(Box::new(Condition::Any(parts)))])
            }
            Members::Order { of, .. } => self.members(of)?,
            Members::End { count, units, top, of } => self.end(count, units, *top, of)?,
            Members::Condition { expression, of } => self.condition(expression, of)?,
            Members::Other { function, .. } => {
                return Err(Error::Unsupported(format!("the filter function `{function}`")));
            }
        })
    }

    fn all(&mut self, parts: &[Members]) -> Result<Vec<Condition>, Error> {
        if parts.len() > MOST_MEMBERS {
            return Err(Error::TooLarge(format!("a filter names more than {MOST_MEMBERS} members")));
        }
        parts.iter().map(|members| self.members(members)).collect()
    }

    /// Single members of one field together: one list.
    fn list(&self, parts: &[Members]) -> Result<Option<Condition>, Error> {
        let mut values = Vec::new();
        let mut of = None;
        for part in parts.iter().take(MOST_MEMBERS) {
            let Members::One { level, member } = part else { return Ok(None) };
            if *of.get_or_insert(level) != level {
                return Ok(None);
            }
            values.push(of_literal(member, type_of_instance(self.source, level)));
        }
        match of {
            Some(level) if parts.len() <= MOST_MEMBERS => {
                Ok(Some(Condition::Holds(among(&self.node(level)?, &values))))
            }
            _ => Ok(None),
        }
    }

    /// The first or last so many members by an expression.
    fn end(&mut self, count: &str, units: &str, top: bool, of: &Members) -> Result<Condition, Error> {
        let Members::Order { expression, descending, of } = of else {
            return Err(Error::Unsupported("first members without an order".to_owned()));
        };
        if units != "records" {
            return Err(Error::Unsupported(format!("first members by `{units}`")));
        }
        let count = self.number(count)?;
        let level = self.level(of)?;
        let within = self.members(of)?;
        let by = self.formula(expression)?;
        let mut stages = self.stages.clone();
        if !within.is_certain() {
            stages.context.push(within.clone());
        }
        let select = self.compiler.ranked(&level, &by, *descending == top, count, &stages)?;
        Ok(Condition::All(vec![within, Condition::Among(level, Box::new(select))]))
    }

    /// The members for which an expression is true.
    fn condition(&mut self, expression: &str, of: &Members) -> Result<Condition, Error> {
        let within = self.members(of)?;
        let holds = self.formula(expression)?;
        if !tree::is_of_many(&holds) {
            return Ok(Condition::All(vec![within, Condition::Holds(holds)]));
        }
        let level = self.level(of)?;
        let having = [Condition::Holds(holds)];
        let grouped =
            self.compiler.grouped(Ask { level: &level, measures: &[], having: &having, stages: self.stages })?;
        let alias = "members".to_owned();
        let columns = (0..level.len()).map(|place| {
            let name = format!("d{place}");
            (Expression::column(&alias, &name), name)
        });
        let columns = columns.collect();
        let from = Some(From::Query { query: Box::new(grouped.select), alias });
        let select = Select { columns, from, ..Select::default() };
        Ok(Condition::All(vec![within, Condition::Among(level, Box::new(select))]))
    }

    fn level(&self, members: &Members) -> Result<Vec<Node>, Error> {
        members.levels().into_iter().map(|level| self.node(level)).collect()
    }

    fn formula(&self, expression: &str) -> Result<Node, Error> {
        Inliner::new(self.source).formula(expression)
    }

    fn number(&self, count: &str) -> Result<u64, Error> {
        let value = match tavola_workbook::name_parts(count).as_slice() {
            [source, name] if source == "Parameters" => self.source.parameters.get(name).cloned().unwrap_or_default(),
            _ => of_literal(count, None),
        };
        let number = value.as_f64().filter(|number| (0.0..1e15).contains(number));
        number.map(|number| number as u64).ok_or_else(|| Error::Invalid(format!("`{count}` is no number of members")))
    }
}

/// A range; an end that is not there is open.
fn range(of: &Node, min: Option<Node>, max: Option<Node>, included: &str) -> Node {
    let is_null = || call("ISNULL", vec![of.clone()]);
    let not_null = || node(Kind::Unary(UnaryOperator::Not, Box::new(is_null())));
    match included {
        "all" => return literal(Value::Boolean(true)),
        "null" => return is_null(),
        "non-null" => return not_null(),
        _ => {}
    }
    let from = min.map(|min| binary(BinaryOperator::GreaterOrEqual, of.clone(), min));
    let to = max.map(|max| binary(BinaryOperator::LessOrEqual, of.clone(), max));
    let within = match (from, to) {
        (Some(from), Some(to)) => binary(BinaryOperator::And, from, to),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => not_null(),
    };
    if included == "in-range-or-null" { binary(BinaryOperator::Or, within, is_null()) } else { within }
}
