//! Quick table calculations as formulas.

use tavola_workbook::TableCalc;

use super::{aggregate::Aggregate, formula::Term, function::Function, rank::Ties};
use crate::{Error, Value, calc::BinaryOperator, evaluate::Operation};

/// The term of a quick table calculation on `base`. `aggregate` is what is summed up over all rows of data for a percentage of the
/// total, where `base` rests on one: that of a running total is the one of its last value.
///
/// # Errors
/// [`Error::Unsupported`] for kinds and options that are not known.
pub(super) fn term(calc: &TableCalc, base: Term, aggregate: Option<&Term>) -> Result<Term, Error> {
    let kind = calc.kind.as_deref().unwrap_or_default();
    let option = |name: &str| calc.options.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let has = |name: &str, word: &str| option(name).split(',').any(|given| given == word);
    let summed = |default| match calc.aggregation.as_deref() {
        None => Ok(default),
        Some(word) => {
            Aggregate::of_word(word).ok_or_else(|| Error::Unsupported(format!("a table calculation by `{word}`")))
        }
    };
    Ok(match kind {
        "CumTotal" => Term::Table(Function::Running(summed(Aggregate::Sum)?), vec![base]),
        "WindowTotal" => {
            let function = Function::Moving {
                aggregate: summed(Aggregate::Sum)?,
                from: calc.from.unwrap_or(-2),
                to: calc.to.unwrap_or(0),
                current: has("window-options", "IncludeCurrent"),
                whole: option("window-options").contains("Null"),
            };
            Term::Table(function, vec![base])
        }
        "PctTotal" => {
            let total = match aggregate {
                Some(aggregate) => aggregate.clone().total()?,
                None => Term::Table(Function::Window(Aggregate::Sum), vec![base.clone()]),
            };
            binary(BinaryOperator::Divide, base, total)
        }
        "Rank" | "PctRank" => {
            let words = option("rank-options");
            let ties = match words.split(',').next().unwrap_or_default() {
                _ if kind == "PctRank" => Ties::Percentile,
                "Competition" | "" => Ties::Competition,
                "Modified" | "ModifiedCompetition" => Ties::Modified,
                "Dense" => Ties::Dense,
                "Unique" => Ties::Unique,
                other => return Err(Error::Unsupported(format!("a rank by `{other}`"))),
            };
            // Ranks count from the most down, percentiles from the least up, unless it is said.
            let descending = if has("rank-options", "Ascending") {
                false
            } else {
                has("rank-options", "Descending") || kind == "Rank"
            };
            Term::Table(Function::Rank { ties, descending }, vec![base])
        }
        "Difference" | "PctDiff" | "PctValue" => {
            let compounded = has("diff-options", "Compounded");
            let base = scalar("ZN", vec![base]);
            let offset = if compounded { Term::Table(Function::First, Vec::new()) } else { offset(calc)? };
            let other = Term::Table(Function::Lookup, vec![base.clone(), offset]);
            let difference = |base, other| binary(BinaryOperator::Minus, base, other);
            match kind {
                "PctDiff" if compounded => compound(base, other),
                "Difference" => difference(base, other),
                "PctValue" => binary(BinaryOperator::Divide, base, other),
                _ => {
                    let size = scalar("ABS", vec![other.clone()]);
                    binary(BinaryOperator::Divide, difference(base, other), size)
                }
            }
        }
        other => return Err(Error::Unsupported(format!("the table calculation `{other}`"))),
    })
}

/// By how much each step grew, had all grown alike since the first.
fn compound(base: Term, first: Term) -> Term {
    let steps = binary(BinaryOperator::Minus, Term::Table(Function::Index, Vec::new()), one());
    let root = scalar("ZN", vec![binary(BinaryOperator::Divide, one(), steps)]);
    let growth = binary(BinaryOperator::Power, binary(BinaryOperator::Divide, base, first), root);
    binary(BinaryOperator::Minus, growth, one())
}

/// How far away is what is compared with: a number of places, or the first or last place.
fn offset(calc: &TableCalc) -> Result<Term, Error> {
    let Some(word) = calc.address.first() else { return Ok(Term::Value(Value::Integer(-1))) };
    match word.parse::<i64>() {
        Ok(places) => Ok(Term::Value(Value::Integer(places))),
        Err(_) if word.eq_ignore_ascii_case("first") => Ok(Term::Table(Function::First, Vec::new())),
        Err(_) if word.eq_ignore_ascii_case("last") => Ok(Term::Table(Function::Last, Vec::new())),
        Err(_) => Err(Error::Unsupported(format!("a difference from `{word}`"))),
    }
}

fn one() -> Term {
    Term::Value(Value::Integer(1))
}

fn binary(operator: BinaryOperator, left: Term, right: Term) -> Term {
    Term::Scalar(Operation::Binary(operator), vec![left, right])
}

fn scalar(function: &str, arguments: Vec<Term>) -> Term {
    Term::Scalar(Operation::Call(function.to_owned(), arguments.len()), arguments)
}
