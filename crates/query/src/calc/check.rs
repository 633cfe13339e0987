//! Types and levels of formulas.

use super::{
    BinaryOperator, Kind, Node, UnaryOperator,
    function::{Function, Stage, ways},
    lexer::wrong,
    typed::{Fields, Level, Term, Typed},
};
use crate::{Error, Type, Value};

/// Finds the type and level of each part of a formula, and converts where that is automatic.
///
/// # Errors
///
/// [`Error::Formula`] where types do not fit or aggregates are mixed with what is not summed up; what `fields` says.
pub fn check(node: &Node, fields: &dyn Fields) -> Result<Typed, Error> {
    let typed = |term, data_type, level| Typed { term, data_type, level, at: node.at.clone() };
    match &node.kind {
        Kind::Literal(value) => Ok(typed(Term::Literal(value.clone()), type_of(value), Level::Constant)),
        Kind::Field { data_source, name } => {
            let known = fields.field(data_source.as_deref(), name)?;
            let term = Term::Field { data_source: data_source.clone(), name: name.clone() };
            Ok(typed(term, known.data_type, known.level))
        }
        Kind::Unary(operator, operand) => unary(node, *operator, check(operand, fields)?),
        Kind::Binary(operator, left, right) => binary(node, *operator, check(left, fields)?, check(right, fields)?),
        Kind::If { branches, otherwise } => {
            let (mut conditions, mut results) = (Vec::new(), Vec::new());
            for (condition, result) in branches {
                conditions.push(
                    fit(check(condition, fields)?, 'b')
                        .ok_or_else(|| wrong(condition.at.start, "a condition is expected, which is true or false"))?,
                );
                results.push(check(result, fields)?);
            }
            let (branches, otherwise, data_type) = outcomes(conditions, results, otherwise.as_deref(), fields)?;
            let level = branch_level(node, None, &branches, otherwise.as_deref())?;
            Ok(typed(Term::If { branches, otherwise }, data_type, level))
        }
        Kind::Case { subject, branches, otherwise } => {
            let mut compared = vec![check(subject, fields)?];
            let mut results = Vec::new();
            for (value, result) in branches {
                compared.push(check(value, fields)?);
                results.push(check(result, fields)?);
            }
            let (mut values, _) = unify(compared)?;
            let subject = Box::new(values.remove(0));
            let (branches, otherwise, data_type) = outcomes(values, results, otherwise.as_deref(), fields)?;
            let level = branch_level(node, Some(&subject), &branches, otherwise.as_deref())?;
            Ok(typed(Term::Case { subject, branches, otherwise }, data_type, level))
        }
        Kind::In { subject, values } => membership(node, subject, values, fields),
        Kind::Call { function, arguments } => {
            let arguments = arguments.iter().map(|argument| check(argument, fields)).collect::<Result<_, _>>()?;
            call(node, function, arguments)
        }
        Kind::Lod { scope, dimensions, aggregate } => {
            let dimensions: Vec<_> =
                dimensions.iter().map(|dimension| check(dimension, fields)).collect::<Result<_, _>>()?;
            if let Some(dimension) = dimensions.iter().find(|dimension| dimension.level > Level::Row) {
                return Err(wrong(dimension.at.start, "a dimension of a level of detail cannot be summed up"));
            }
            let aggregate = Box::new(check(aggregate, fields)?);
            match aggregate.level {
                Level::Constant | Level::Aggregate => {}
                Level::Row => return Err(wrong(aggregate.at.start, "a level of detail needs an aggregate")),
                Level::TableCalc => {
                    return Err(wrong(aggregate.at.start, "a level of detail cannot hold a table calculation"));
                }
            }
            let data_type = aggregate.data_type;
            Ok(typed(Term::Lod { scope: *scope, dimensions, aggregate }, data_type, Level::Row))
        }
    }
}

/// The type of a literal; NULL is of every type, and a text where nothing else is asked for.
fn type_of(value: &Value) -> Type {
    match value {
        Value::Boolean(_) => Type::Boolean,
        Value::Integer(_) => Type::Integer,
        Value::Real(_) => Type::Real,
        Value::Null | Value::Text(_) => Type::Text,
        Value::Date(_) => Type::Date,
        Value::DateTime(_) => Type::DateTime,
        Value::Spatial(_) => Type::Spatial,
    }
}

/// What people call a type.
fn word(data_type: Type) -> &'static str {
    match data_type {
        Type::Boolean => "boolean",
        Type::Integer => "integer",
        Type::Real => "real",
        Type::Text => "text",
        Type::Date => "date",
        Type::DateTime => "datetime",
        Type::Spatial => "spatial",
    }
}

/// The value as a type it becomes by itself; none where it does not.
fn convert(value: Typed, data_type: Type) -> Option<Typed> {
    if value.data_type == data_type {
        return Some(value);
    }
    if value.is_null() {
        return Some(Typed { data_type, ..value });
    }
    match (value.data_type, data_type) {
        (Type::Integer, Type::Real) | (Type::Date, Type::DateTime) => {
            let (level, at) = (value.level, value.at.clone());
            Some(Typed { term: Term::Convert(Box::new(value)), data_type, level, at })
        }
        _ => None,
    }
}

/// The value as what a letter of [`Function::takes`] asks for.
fn fit(value: Typed, letter: char) -> Option<Typed> {
    let null = value.is_null();
    match letter {
        'b' => convert(value, Type::Boolean),
        'i' => convert(value, Type::Integer),
        'r' => convert(value, Type::Real),
        't' | 'w' => convert(value, Type::Text),
        'm' => convert(value, Type::DateTime),
        'p' => convert(value, Type::Spatial),
        'n' if null => convert(value, Type::Real),
        'n' => matches!(value.data_type, Type::Integer | Type::Real).then_some(value),
        'd' if null => convert(value, Type::DateTime),
        'd' => matches!(value.data_type, Type::Date | Type::DateTime).then_some(value),
        _ => Some(value),
    }
}

/// What a letter asks for, as people call it.
fn letter_word(letter: char) -> &'static str {
    match letter {
        'b' => "boolean",
        'i' => "integer",
        'r' | 'n' => "number",
        't' | 'w' => "text",
        'd' | 'm' => "date",
        'p' => "spatial",
        _ => "any",
    }
}

/// Values as one type, which is that of the first unless another holds it too.
fn unify(values: Vec<Typed>) -> Result<(Vec<Typed>, Type), Error> {
    let mut common: Option<Type> = None;
    for value in values.iter().filter(|value| !value.is_null()) {
        let data_type = value.data_type;
        common = Some(match common {
            None => data_type,
            Some(common) if common == data_type => common,
            Some(Type::Integer | Type::Real) if matches!(data_type, Type::Integer | Type::Real) => Type::Real,
            Some(Type::Date | Type::DateTime) if matches!(data_type, Type::Date | Type::DateTime) => Type::DateTime,
            Some(common) => {
                let problem = format!("a value of type {} is expected, and this is {}", word(common), word(data_type));
                return Err(wrong(value.at.start, problem));
            }
        });
    }
    let common = common.unwrap_or(Type::Text);
    Ok((values.into_iter().filter_map(|value| convert(value, common)).collect(), common))
}

/// The level of what is made of several values.
fn level<'a>(node: &Node, parts: impl IntoIterator<Item = &'a Typed>) -> Result<Level, Error> {
    let (mut row, mut level) = (None, Level::Constant);
    for part in parts {
        if part.level == Level::Row {
            row = Some(part);
        }
        level = level.max(part.level);
    }
    match row {
        Some(part) if level > Level::Row => {
            let at = if part.at.is_empty() { node.at.start } else { part.at.start };
            Err(wrong(at, "aggregate and non-aggregate values cannot be mixed here"))
        }
        _ => Ok(level),
    }
}

type Branches = Vec<(Typed, Typed)>;

/// The results of branches as one type.
fn outcomes(
    tests: Vec<Typed>,
    mut results: Vec<Typed>,
    otherwise: Option<&Node>,
    fields: &dyn Fields,
) -> Result<(Branches, Option<Box<Typed>>, Type), Error> {
    if let Some(otherwise) = otherwise {
        results.push(check(otherwise, fields)?);
    }
    let (mut results, data_type) = unify(results)?;
    let otherwise = otherwise.and_then(|_| results.pop()).map(Box::new);
    Ok((tests.into_iter().zip(results).collect(), otherwise, data_type))
}

fn branch_level(
    node: &Node,
    subject: Option<&Typed>,
    branches: &Branches,
    otherwise: Option<&Typed>,
) -> Result<Level, Error> {
    let branches = branches.iter().flat_map(|(test, result)| [test, result]);
    level(node, subject.into_iter().chain(branches).chain(otherwise))
}

fn unary(node: &Node, operator: UnaryOperator, operand: Typed) -> Result<Typed, Error> {
    let letter = match operator {
        UnaryOperator::Not => 'b',
        UnaryOperator::Minus => 'n',
    };
    let found = operand.data_type;
    let operand = fit(operand, letter).ok_or_else(|| {
        let (name, wanted) = if letter == 'b' { ("NOT", "boolean") } else { ("-", "number") };
        wrong(node.at.start, format!("`{name}` needs a {wanted}, and this is {}", word(found)))
    })?;
    let (data_type, level) = (operand.data_type, operand.level);
    Ok(Typed { term: Term::Unary(operator, Box::new(operand)), data_type, level, at: node.at.clone() })
}

fn binary(node: &Node, operator: BinaryOperator, left: Typed, right: Typed) -> Result<Typed, Error> {
    use BinaryOperator as Op;
    let level = level(node, [&left, &right])?;
    let (name, found) = (symbol(operator), (left.data_type, right.data_type));
    let misfit = || {
        let (left, right) = (word(found.0), word(found.1));
        wrong(node.at.start, format!("`{name}` cannot be used between {left} and {right}"))
    };
    let both = |left, right, letter| fit(left, letter).zip(fit(right, letter)).ok_or_else(misfit);
    let ((left, right), data_type) = match operator {
        Op::And | Op::Or => (both(left, right, 'b')?, Type::Boolean),
        Op::Equal | Op::NotEqual | Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual => {
            if found.0 == Type::Spatial || found.1 == Type::Spatial {
                return Err(misfit());
            }
            let (mut values, _) = unify(vec![left, right]).map_err(|_| misfit())?;
            let pair = values.pop().zip(values.pop()).map(|(right, left)| (left, right));
            (pair.ok_or_else(misfit)?, Type::Boolean)
        }
        Op::Divide | Op::Power => (both(left, right, 'r')?, Type::Real),
        Op::Modulo => (both(left, right, 'i')?, Type::Integer),
        Op::Times => numbers(left, right).ok_or_else(misfit)?,
        Op::Plus | Op::Minus => sum(operator, left, right).ok_or_else(misfit)?,
    };
    let term = Term::Binary(operator, Box::new(left), Box::new(right));
    Ok(Typed { term, data_type, level, at: node.at.clone() })
}

type Operands = ((Typed, Typed), Type);

/// Two numbers as one type.
fn numbers(left: Typed, right: Typed) -> Option<Operands> {
    let numeric = |value: &Typed| value.is_null() || matches!(value.data_type, Type::Integer | Type::Real);
    if !numeric(&left) || !numeric(&right) {
        return None;
    }
    let (mut values, data_type) = unify(vec![left, right]).ok()?;
    let data_type = if data_type == Type::Text { Type::Real } else { data_type };
    let (right, left) = (values.pop()?, values.pop()?);
    Some(((convert(left, data_type)?, convert(right, data_type)?), data_type))
}

/// The operands of + and −: numbers, texts, dates and days.
fn sum(operator: BinaryOperator, left: Typed, right: Typed) -> Option<Operands> {
    use Type::{Date, DateTime, Integer, Real, Text};
    let plus = operator == BinaryOperator::Plus;
    match (left.data_type, right.data_type) {
        (Text, Text) if plus && !(left.is_null() && right.is_null()) => Some(((left, right), Text)),
        (Date, Date) if !plus => Some(((left, right), Integer)),
        (Date | DateTime, Date | DateTime) if !plus => {
            Some(((convert(left, DateTime)?, convert(right, DateTime)?), Real))
        }
        (Date | DateTime, Integer | Real) | (Date | DateTime, Text) => shifted(left, right),
        (Integer | Real, Date | DateTime) if plus => shifted(right, left),
        _ => numbers(left, right),
    }
}

/// A date and days to go from it: a whole number of days from a day leads to a day.
fn shifted(date: Typed, days: Typed) -> Option<Operands> {
    let days = if days.is_null() { convert(days, Type::Integer)? } else { days };
    match (date.data_type, days.data_type) {
        (data_type, Type::Integer) => Some(((date, days), data_type)),
        (_, Type::Real) => Some(((convert(date, Type::DateTime)?, days), Type::DateTime)),
        _ => None,
    }
}

fn symbol(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::And => "AND",
        BinaryOperator::Or => "OR",
        BinaryOperator::Plus => "+",
        BinaryOperator::Minus => "-",
        BinaryOperator::Times => "*",
        BinaryOperator::Divide => "/",
        BinaryOperator::Modulo => "%",
        BinaryOperator::Power => "^",
        BinaryOperator::Equal => "=",
        BinaryOperator::NotEqual => "<>",
        BinaryOperator::Less => "<",
        BinaryOperator::LessOrEqual => "<=",
        BinaryOperator::Greater => ">",
        BinaryOperator::GreaterOrEqual => ">=",
    }
}

fn membership(node: &Node, subject: &Node, values: &[Node], fields: &dyn Fields) -> Result<Typed, Error> {
    // A set says itself which rows are in it.
    if let [Node { kind: Kind::Field { data_source, name }, .. }] = values
        && fields.field(data_source.as_deref(), name)?.set
    {
        check(subject, fields)?;
        return check(&values[0], fields);
    }
    let mut parts = vec![check(subject, fields)?];
    for value in values {
        parts.push(check(value, fields)?);
    }
    let level = level(node, &parts)?;
    let (mut parts, _) = unify(parts)?;
    let subject = Box::new(parts.remove(0));
    Ok(Typed { term: Term::In { subject, values: parts }, data_type: Type::Boolean, level, at: node.at.clone() })
}

fn call(node: &Node, name: &str, arguments: Vec<Typed>) -> Result<Typed, Error> {
    let count = arguments.len();
    let fits = |function: &&Function| (function.arity().0..=function.arity().1).contains(&count);
    let Some(function) = ways(name).find(fits) else {
        return Err(match ways(name).next() {
            None => wrong(node.at.start, format!("`{name}` is not a function")),
            Some(function) => {
                let needed = function.arity().0;
                wrong(node.at.start, format!("`{name}` takes {needed} values or more, and {count} are there"))
            }
        });
    };
    let level = stage_level(node, function, &arguments)?;
    let found: Vec<_> = arguments.iter().map(|argument| word(argument.data_type)).collect();
    let mut fitted = Vec::with_capacity(count);
    for (place, argument) in arguments.into_iter().enumerate() {
        let (letter, at, constant) = (function.letter(place), argument.at.start, argument.level == Level::Constant);
        if letter == 'w' && !constant {
            return Err(wrong(at, format!("`{name}` needs a constant here")));
        }
        fitted.push(fit(argument, letter).ok_or_else(|| {
            let wanted: Vec<_> = (0..count).map(|place| letter_word(function.letter(place))).collect();
            let (found, wanted) = (found.join(", "), wanted.join(", "));
            wrong(at, format!("`{name}` is called with ({found}) and takes ({wanted})"))
        })?);
    }
    let (arguments, common) = unify_marked(function, fitted)?;
    let data_type = match function.gives {
        'b' => Type::Boolean,
        'i' => Type::Integer,
        'r' => Type::Real,
        't' => Type::Text,
        'd' => Type::Date,
        'm' => Type::DateTime,
        'p' => Type::Spatial,
        'u' => common,
        _ => arguments.first().map_or(Type::Text, |argument| argument.data_type),
    };
    let term = match name {
        "IIF" => choice(arguments),
        _ => Term::Call { function, arguments },
    };
    Ok(Typed { term, data_type, level, at: node.at.clone() })
}

/// Makes those arguments one type that are marked so.
fn unify_marked(function: &Function, arguments: Vec<Typed>) -> Result<(Vec<Typed>, Type), Error> {
    if !function.takes.contains('u') {
        return Ok((arguments, Type::Text));
    }
    let first = function.takes.find('u').unwrap_or_default();
    let mut arguments = arguments;
    let marked = arguments.split_off(first.min(arguments.len()));
    let (marked, common) = unify(marked)?;
    arguments.extend(marked);
    Ok((arguments, common))
}

/// `IIF(test, then, else, unknown)`: a test that is neither true nor false gives the last, or NULL.
fn choice(arguments: Vec<Typed>) -> Term {
    let mut arguments = arguments.into_iter();
    let truth = |value: bool, at: usize| Typed {
        term: Term::Literal(Value::Boolean(value)),
        data_type: Type::Boolean,
        level: Level::Constant,
        at: at..at,
    };
    let Some(subject) = arguments.next() else { return Term::Literal(Value::Null) };
    let at = subject.at.start;
    let branches = [true, false].into_iter().zip(arguments.by_ref().take(2));
    let branches = branches.map(|(value, result)| (truth(value, at), result)).collect();
    Term::Case { subject: Box::new(subject), branches, otherwise: arguments.next().map(Box::new) }
}

/// The level of a call: aggregates lift rows to marks, and table calculations take marks.
fn stage_level(node: &Node, function: &Function, arguments: &[Typed]) -> Result<Level, Error> {
    let name = function.name;
    match function.stage {
        Stage::Scalar => level(node, arguments),
        Stage::Aggregate => match arguments.iter().find(|argument| argument.level > Level::Row) {
            Some(argument) => {
                Err(wrong(argument.at.start, format!("what `{name}` takes is summed up already, and cannot be again")))
            }
            None => Ok(Level::Aggregate),
        },
        Stage::TableCalc => match arguments.iter().find(|argument| argument.level == Level::Row) {
            Some(argument) => {
                Err(wrong(argument.at.start, format!("`{name}` is a table calculation and needs aggregates")))
            }
            None => Ok(Level::TableCalc),
        },
    }
}
