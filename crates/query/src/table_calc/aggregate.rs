//! Values summed up: over windows, and over the marks of a partition.

use super::calculation::Input;
use crate::{
    Value,
    calc::{BinaryOperator, Kind},
    evaluate::operate,
};

/// How values are summed up. NULL is passed over; of nothing the sum is NULL and the count 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Aggregate {
    Sum,
    Avg,
    Min,
    Max,
    Count,
    Median,
    StDev,
    StDevP,
    Var,
    VarP,
    /// Of a share between 0 and 1, with what lies between two values in proportion.
    Percentile(f64),
    Corr,
    Covar,
    CovarP,
}

/// How an input over a partition follows from its marks, if it does.
pub(super) fn of_marks(input: &Input) -> Option<Aggregate> {
    let word = match input {
        Input::Field { derivation, .. } => derivation.to_uppercase(),
        Input::Formula(node) => match &node.kind {
            Kind::Call { function, .. } => function.clone(),
            _ => return None,
        },
        Input::Instance(_) => return None,
    };
    match word.as_str() {
        // The sum of the counts.
        "SUM" | "COUNT" => Some(Aggregate::Sum),
        "MIN" => Some(Aggregate::Min),
        "MAX" => Some(Aggregate::Max),
        _ => None,
    }
}

impl Aggregate {
    /// One that a file names.
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "Sum" => Self::Sum,
            "Avg" => Self::Avg,
            "Min" => Self::Min,
            "Max" => Self::Max,
            _ => return None,
        })
    }

    /// Whether one more value changes the result without a look at the earlier ones.
    pub fn grows(self) -> bool {
        matches!(self, Self::Sum | Self::Avg | Self::Min | Self::Max | Self::Count)
    }

    /// The aggregate of values.
    pub fn of<'a>(self, values: impl Iterator<Item = &'a Value>) -> Value {
        if self.grows() {
            let mut sum = Accumulator::default();
            values.for_each(|value| sum.add(self, value));
            return sum.value(self);
        }
        let mut numbers: Vec<f64> = values.filter_map(Value::as_f64).collect();
        match self {
            Self::Median => percentile(&mut numbers, 0.5),
            Self::Percentile(share) => percentile(&mut numbers, share),
            Self::StDev => spread(&numbers, 1).map_or(Value::Null, |spread| Value::Real(spread.sqrt())),
            Self::StDevP => spread(&numbers, 0).map_or(Value::Null, |spread| Value::Real(spread.sqrt())),
            Self::Var => spread(&numbers, 1).map_or(Value::Null, Value::Real),
            Self::VarP => spread(&numbers, 0).map_or(Value::Null, Value::Real),
            _ => Value::Null,
        }
    }

    /// The aggregate of pairs, where both are there.
    pub fn of_pairs<'a>(self, pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Value {
        let pairs: Vec<_> = pairs.filter_map(|(a, b)| a.as_f64().zip(b.as_f64())).collect();
        let count = pairs.len() as f64;
        let mean_a = pairs.iter().map(|(a, _)| a).sum::<f64>() / count;
        let mean_b = pairs.iter().map(|(_, b)| b).sum::<f64>() / count;
        let together: f64 = pairs.iter().map(|(a, b)| (a - mean_a) * (b - mean_b)).sum();
        let alone_a: f64 = pairs.iter().map(|(a, _)| (a - mean_a).powi(2)).sum();
        let alone_b: f64 = pairs.iter().map(|(_, b)| (b - mean_b).powi(2)).sum();
        let result = match self {
            Self::Covar => together / (count - 1.0),
            Self::CovarP => together / count,
            _ => together / (alone_a * alone_b).sqrt(),
        };
        if result.is_finite() { Value::Real(result) } else { Value::Null }
    }

    /// The aggregate of the values up to each, itself among them.
    pub fn running(self, values: &[Value]) -> Vec<Value> {
        let mut sum = Accumulator::default();
        values
            .iter()
            .map(|value| {
                sum.add(self, value);
                sum.value(self)
            })
            .collect()
    }
}

/// The most values that all windows of a partition may look at together.
pub(super) const MOST_LOOKS: usize = 100_000_000;

/// The aggregate of each window, from a place to another, both within. Windows that grow at the end are not begun anew.
/// None where there would be too much to look at.
pub(super) fn windows(aggregate: Aggregate, values: &[Value], bounds: &[Option<(usize, usize)>]) -> Option<Vec<Value>> {
    let mut looks = 0_usize;
    let mut known: Option<(usize, usize, Value)> = None;
    let mut sum = Accumulator::default();
    let mut results = Vec::with_capacity(bounds.len());
    for bound in bounds {
        let Some((from, to)) = *bound else {
            results.push(aggregate.of(std::iter::empty()));
            continue;
        };
        let value = match &known {
            Some((start, end, value)) if (*start, *end) == (from, to) => value.clone(),
            Some((start, end, _)) if aggregate.grows() && *start == from && *end < to => {
                looks += to - end;
                values[end + 1..=to].iter().for_each(|value| sum.add(aggregate, value));
                sum.value(aggregate)
            }
            _ if aggregate.grows() => {
                looks += to + 1 - from;
                sum = Accumulator::default();
                values[from..=to].iter().for_each(|value| sum.add(aggregate, value));
                sum.value(aggregate)
            }
            _ => {
                looks += to + 1 - from;
                aggregate.of(values[from..=to].iter())
            }
        };
        if looks > MOST_LOOKS {
            return None;
        }
        known = Some((from, to, value.clone()));
        results.push(value);
    }
    Some(results)
}

/// As [`windows`], of pairs.
pub(super) fn pair_windows(
    aggregate: Aggregate,
    left: &[Value],
    right: &[Value],
    bounds: &[Option<(usize, usize)>],
) -> Option<Vec<Value>> {
    let mut looks = 0_usize;
    let mut known: Option<((usize, usize), Value)> = None;
    let mut results = Vec::with_capacity(bounds.len());
    for bound in bounds {
        let value = match (bound, &known) {
            (None, _) => Value::Null,
            (Some(bound), Some((same, value))) if bound == same => value.clone(),
            (Some((from, to)), _) => {
                looks += to + 1 - from;
                aggregate.of_pairs(left[*from..=*to].iter().zip(&right[*from..=*to]))
            }
        };
        if looks > MOST_LOOKS {
            return None;
        }
        known = bound.map(|bound| (bound, value.clone()));
        results.push(value);
    }
    Some(results)
}

/// What a sum, mean, count, least or greatest is made of so far.
#[derive(Debug, Default)]
struct Accumulator {
    sum: Value,
    count: i64,
    end: Value,
}

impl Accumulator {
    fn add(&mut self, aggregate: Aggregate, value: &Value) {
        if value.is_null() {
            return;
        }
        self.count += 1;
        match aggregate {
            Aggregate::Sum | Aggregate::Avg => {
                self.sum = match &self.sum {
                    Value::Null => value.clone(),
                    sum => operate(BinaryOperator::Plus, sum, value).unwrap_or_default(),
                };
            }
            Aggregate::Min | Aggregate::Max => {
                let order = value.order(&self.end);
                let better = if aggregate == Aggregate::Min { order.is_lt() } else { order.is_gt() };
                if self.end.is_null() || better {
                    self.end = value.clone();
                }
            }
            _ => {}
        }
    }

    fn value(&self, aggregate: Aggregate) -> Value {
        match aggregate {
            Aggregate::Count => Value::Integer(self.count),
            Aggregate::Min | Aggregate::Max => self.end.clone(),
            Aggregate::Avg => self.sum.as_f64().map_or(Value::Null, |sum| Value::Real(sum / self.count as f64)),
            _ => self.sum.clone(),
        }
    }
}

/// The variance; `less` is 1 for that of a sample.
fn spread(numbers: &[f64], less: usize) -> Option<f64> {
    let divisor = numbers.len().checked_sub(less).filter(|divisor| *divisor > 0)?;
    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
    Some(numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / divisor as f64)
}

fn percentile(numbers: &mut [f64], share: f64) -> Value {
    if numbers.is_empty() || !(0.0..=1.0).contains(&share) {
        return Value::Null;
    }
    numbers.sort_by(f64::total_cmp);
    let place = share * (numbers.len() - 1) as f64;
    let (below, above) = (numbers[place.floor() as usize], numbers[place.ceil() as usize]);
    Value::Real(below + (above - below) * place.fract())
}
