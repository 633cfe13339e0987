//! Formulas of table calculations over one partition.

use super::{
    aggregate::{self, of_marks},
    calculation::Input,
    function::Function,
    rank,
};
use crate::{
    Error, Value,
    evaluate::{Evaluator, Operation},
};

/// A formula, ready to be computed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Term {
    /// A constant.
    Value(Value),
    /// An input by its place.
    Input(usize),
    /// An input over the whole partition.
    Total(usize),
    /// A step that was computed before, with its own addressing.
    Step(usize),
    /// An operation on values of the same mark.
    Scalar(Operation, Vec<Term>),
    /// A function that looks at other marks.
    Table(Function, Vec<Term>),
    /// The value of the whole formula one place before, or of this at the first place.
    Previous(Box<Term>),
}

impl Term {
    /// The same over the whole partition.
    pub fn total(self) -> Result<Self, Error> {
        Ok(match self {
            Self::Input(input) => Self::Total(input),
            Self::Scalar(operation, operands) => {
                let operands: Result<_, _> = operands.into_iter().map(Self::total).collect();
                Self::Scalar(operation, operands?)
            }
            Self::Value(value) => Self::Value(value),
            _ => return Err(Error::Unsupported("`TOTAL` of a table calculation".to_owned())),
        })
    }

    /// Whether it holds the value one place before.
    pub fn looks_back(&self) -> bool {
        match self {
            Self::Previous(_) => true,
            Self::Scalar(_, terms) | Self::Table(_, terms) => terms.iter().any(Self::looks_back),
            _ => false,
        }
    }

    /// Tells which inputs are needed over the whole partition, each once.
    pub fn totals(&self, tell: &mut dyn FnMut(usize)) {
        fn collect(term: &Term, inputs: &mut Vec<usize>) {
            match term {
                Term::Total(input) if !inputs.contains(input) => inputs.push(*input),
                Term::Scalar(_, terms) | Term::Table(_, terms) => terms.iter().for_each(|term| collect(term, inputs)),
                Term::Previous(first) => collect(first, inputs),
                _ => {}
            }
        }
        let mut inputs = Vec::new();
        collect(self, &mut inputs);
        inputs.into_iter().for_each(tell);
    }
}

/// The marks of one partition, in order.
pub(super) struct Rows<'r> {
    pub evaluator: &'r Evaluator<'r>,
    /// Their places among all marks.
    pub places: &'r [usize],
    /// The inputs of all marks.
    pub inputs: &'r [&'r [Value]],
    /// The steps computed before, for all marks.
    pub computed: &'r [Vec<Value>],
    /// What the inputs are.
    pub described: &'r [Input],
    /// The inputs over whole partitions this step needs, with the values of those that were asked of the data.
    pub totals: Vec<(usize, Option<&'r [Value]>)>,
}

/// A term of which everything that looks at other marks is computed.
enum Prepared<'t> {
    One(Value),
    Each(Vec<Value>),
    Scalar(&'t Operation, Vec<Prepared<'t>>),
    Previous(Box<Prepared<'t>>),
}

/// The most bytes of text that grow from place to place.
const MOST_TEXT: usize = 1 << 26;

impl Rows<'_> {
    /// The value of each.
    pub fn compute(&self, term: &Term) -> Result<Vec<Value>, Error> {
        let prepared = self.prepare(term)?;
        let mut values: Vec<Value> = Vec::with_capacity(self.places.len());
        // Texts that grow from place to place are more together than any one shows.
        let (grows, mut length) = (term.looks_back(), 0);
        for row in 0..self.places.len() {
            let value = self.value(&prepared, row, values.last())?;
            if let (true, Value::Text(text)) = (grows, &value) {
                length += text.len();
                if length > MOST_TEXT {
                    return Err(Error::TooLarge("the texts of a table calculation become too long".to_owned()));
                }
            }
            values.push(value);
        }
        Ok(values)
    }

    fn value(&self, term: &Prepared<'_>, row: usize, previous: Option<&Value>) -> Result<Value, Error> {
        match term {
            Prepared::One(value) => Ok(value.clone()),
            Prepared::Each(values) => Ok(values[row].clone()),
            Prepared::Scalar(operation, operands) => {
                operation.apply(self.evaluator, &mut |place| self.value(&operands[place], row, previous))
            }
            Prepared::Previous(first) => match previous {
                Some(value) => Ok(value.clone()),
                None => self.value(first, row, None),
            },
        }
    }

    fn prepare<'t>(&self, term: &'t Term) -> Result<Prepared<'t>, Error> {
        let gathered =
            |column: &[Value]| Prepared::Each(self.places.iter().map(|place| column[*place].clone()).collect());
        Ok(match term {
            Term::Value(value) => Prepared::One(value.clone()),
            Term::Input(input) => gathered(self.inputs[*input]),
            Term::Step(step) => gathered(&self.computed[*step]),
            Term::Total(input) => Prepared::One(self.total(*input)),
            Term::Scalar(operation, operands) => {
                let operands: Result<_, _> = operands.iter().map(|operand| self.prepare(operand)).collect();
                Prepared::Scalar(operation, operands?)
            }
            Term::Previous(first) => Prepared::Previous(Box::new(self.prepare(first)?)),
            Term::Table(function, arguments) => Prepared::Each(self.table(*function, arguments)?),
        })
    }

    fn total(&self, input: usize) -> Value {
        let asked = self.totals.iter().find(|(of, _)| *of == input).and_then(|(_, values)| *values);
        match (asked, of_marks(&self.described[input])) {
            (Some(values), _) => self.places.first().map_or(Value::Null, |place| values[*place].clone()),
            (None, Some(aggregate)) => aggregate.of(self.places.iter().map(|place| &self.inputs[input][*place])),
            (None, None) => Value::Null,
        }
    }

    fn table(&self, function: Function, arguments: &[Term]) -> Result<Vec<Value>, Error> {
        let size = self.places.len();
        let counted = |number: &dyn Fn(i64) -> i64| (0..size as i64).map(|row| Value::Integer(number(row))).collect();
        let last = size as i64 - 1;
        Ok(match function {
            Function::Index => counted(&|row| row + 1),
            Function::First => counted(&|row| -row),
            Function::Last => counted(&|row| last - row),
            Function::Size => counted(&|_| last + 1),
            Function::Lookup => {
                let values = self.compute(&arguments[0])?;
                let offsets = arguments.get(1).map(|offset| self.compute(offset)).transpose()?;
                let place = |row: usize| match &offsets {
                    None => Some(row),
                    Some(offsets) => at(row, &offsets[row]).and_then(|place| usize::try_from(place).ok()),
                };
                (0..size)
                    .map(|row| place(row).and_then(|place| values.get(place)).cloned().unwrap_or_default())
                    .collect()
            }
            Function::Running(aggregate) => aggregate.running(&self.compute(&arguments[0])?),
            Function::Window(aggregate) => {
                let paired = matches!(arguments.len(), 2 | 4);
                let bounds = self.bounds(&arguments[1 + usize::from(paired)..])?;
                let values = self.compute(&arguments[0])?;
                let windows = if paired {
                    aggregate::pair_windows(aggregate, &values, &self.compute(&arguments[1])?, &bounds)
                } else {
                    aggregate::windows(aggregate, &values, &bounds)
                };
                windows.ok_or_else(too_large)?
            }
            Function::Moving { aggregate, from, to, current, whole } => {
                let values = self.compute(&arguments[0])?;
                let within = |row: i64| row.saturating_add(from) >= 0 && row.saturating_add(to) <= last;
                if current {
                    let bounds: Vec<_> = (0..size).map(|row| clamp(row, from, to, last)).collect();
                    let windows = aggregate::windows(aggregate, &values, &bounds).ok_or_else(too_large)?;
                    let rows = windows.into_iter().enumerate();
                    rows.map(|(row, value)| if whole && !within(row as i64) { Value::Null } else { value }).collect()
                } else {
                    let mut results = Vec::with_capacity(size);
                    let mut looks = 0_usize;
                    for row in 0..size {
                        let window = clamp(row, from, to, last).map_or(0..0, |(from, to)| from..to + 1);
                        looks += window.len();
                        if looks > aggregate::MOST_LOOKS {
                            return Err(too_large());
                        }
                        let others = window.filter(|place| *place != row).map(|place| &values[place]);
                        let cut = whole && !within(row as i64);
                        results.push(if cut { Value::Null } else { aggregate.of(others) });
                    }
                    results
                }
            }
            Function::Rank { ties, descending } => rank::ranks(&self.compute(&arguments[0])?, ties, descending),
            Function::Total | Function::PreviousValue | Function::WindowPercentile => {
                return Err(Error::Unsupported("this table calculation".to_owned()));
            }
        })
    }

    /// The first and last place of each window: all marks where nothing is said.
    fn bounds(&self, range: &[Term]) -> Result<Vec<Option<(usize, usize)>>, Error> {
        let size = self.places.len();
        let last = size as i64 - 1;
        let [from, to] = range else { return Ok(vec![Some((0, size.saturating_sub(1))); size]) };
        let (from, to) = (self.compute(from)?, self.compute(to)?);
        let bound = |row: usize| {
            let (from, to) = (at(row, &from[row])?, at(row, &to[row])?);
            clamp(0, from, to, last)
        };
        Ok((0..size).map(bound).collect())
    }
}

fn too_large() -> Error {
    Error::TooLarge("the windows of a table calculation are too large".to_owned())
}

/// The place so many places away; none for no number.
fn at(row: usize, offset: &Value) -> Option<i64> {
    offset.as_f64().map(|offset| (row as i64).saturating_add(offset as i64))
}

/// A window relative to a row, cut off at the partition's ends; none where nothing is left.
fn clamp(row: usize, from: i64, to: i64, last: i64) -> Option<(usize, usize)> {
    let row = row as i64;
    let (from, to) = (row.saturating_add(from).max(0), row.saturating_add(to).min(last));
    if from > to { None } else { usize::try_from(from).ok().zip(usize::try_from(to).ok()) }
}
