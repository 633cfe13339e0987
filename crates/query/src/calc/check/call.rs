//! Functions that are called.

use super::{
    super::{
        Node,
        function::{Function, Stage, ways},
        lexer::wrong,
        typed::{Level, Term, Typed},
    },
    level,
    types::{fit, letter_word, unify, word},
};
use crate::{Error, Type, Value};

pub(super) fn call(node: &Node, name: &str, arguments: Vec<Typed>) -> Result<Typed, Error> {
    let count = arguments.len();
    let fits = |function: &&Function| (function.arity().0..=function.arity().1).contains(&count);
    let Some(function) = ways(name).find(fits) else {
        return Err(match ways(name).next() {
            None => wrong(node.at.start, format!("`{name}` is not a function")),
            Some(function) => {
                let takes = match function.arity() {
                    (needed, usize::MAX) => format!("{needed} values or more"),
                    (needed, most) if needed == most => format!("{needed} values"),
                    (needed, most) => format!("{needed} to {most} values"),
                };
                wrong(node.at.start, format!("`{name}` takes {takes}, and {count} are there"))
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
