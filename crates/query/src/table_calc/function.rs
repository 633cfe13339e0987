//! The functions of table calculations.

use super::{aggregate::Aggregate, formula::Term, rank::Ties};
use crate::{Error, Value};

/// A function that looks at other marks of the partition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Function {
    Index,
    First,
    Last,
    Size,
    /// The value so many places away.
    Lookup,
    Running(Aggregate),
    /// Values (two for correlations), and mostly first and last place relative to the current one.
    Window(Aggregate),
    /// A window of the quick calculation: with the current place or without, and NULL or not where it is cut off.
    Moving {
        aggregate: Aggregate,
        from: i64,
        to: i64,
        current: bool,
        whole: bool,
    },
    Rank {
        ties: Ties,
        descending: bool,
    },
    /// Made into [`Term::Total`].
    Total,
    /// Made into [`Term::Previous`].
    PreviousValue,
    /// Made into [`Function::Window`] by its number.
    WindowPercentile,
}

impl Function {
    /// The function of a name in upper case with so many arguments; none where it is none of a table calculation.
    pub fn of(name: &str, arguments: usize) -> Result<Option<Self>, Error> {
        match Self::named(name) {
            Some((function, counts)) if counts.contains(&arguments) => Ok(Some(function)),
            Some(_) => Err(wrong_count(name, arguments)),
            None if is_elsewhere(name) => Err(Error::Unsupported(format!("`{name}`"))),
            None => Ok(None),
        }
    }

    /// The function of a name in upper case, and how many arguments it takes.
    fn named(name: &str) -> Option<(Self, &'static [usize])> {
        Some(match name {
            "INDEX" => (Self::Index, &[0]),
            "FIRST" => (Self::First, &[0]),
            "LAST" => (Self::Last, &[0]),
            "SIZE" => (Self::Size, &[0]),
            "LOOKUP" => (Self::Lookup, &[1, 2]),
            "PREVIOUS_VALUE" => (Self::PreviousValue, &[1]),
            "TOTAL" => (Self::Total, &[1]),
            "WINDOW_PERCENTILE" => (Self::WindowPercentile, &[2, 4]),
            "WINDOW_CORR" => (Self::Window(Aggregate::Corr), &[2, 4]),
            "WINDOW_COVAR" => (Self::Window(Aggregate::Covar), &[2, 4]),
            "WINDOW_COVARP" => (Self::Window(Aggregate::CovarP), &[2, 4]),
            "RANK" => (Self::Rank { ties: Ties::Competition, descending: true }, &[1, 2]),
            "RANK_MODIFIED" => (Self::Rank { ties: Ties::Modified, descending: true }, &[1, 2]),
            "RANK_DENSE" => (Self::Rank { ties: Ties::Dense, descending: true }, &[1, 2]),
            "RANK_UNIQUE" => (Self::Rank { ties: Ties::Unique, descending: true }, &[1, 2]),
            "RANK_PERCENTILE" => (Self::Rank { ties: Ties::Percentile, descending: false }, &[1, 2]),
            _ => match name.split_once('_')? {
                ("RUNNING", word) => (Self::Running(aggregate(word).filter(|aggregate| aggregate.grows())?), &[1]),
                ("WINDOW", word) => (Self::Window(aggregate(word)?), &[1, 3]),
                _ => return None,
            },
        })
    }

    /// It applied to its arguments.
    pub fn term(self, mut arguments: Vec<Term>) -> Result<Term, Error> {
        match self {
            Self::Total => arguments.pop().map(Term::total).unwrap_or_else(|| Err(wrong_count("TOTAL", 0))),
            Self::PreviousValue => {
                Ok(arguments.pop().map_or(Term::Value(Value::Null), |first| Term::Previous(Box::new(first))))
            }
            Self::WindowPercentile => {
                let Term::Value(share) = arguments.remove(1) else {
                    return Err(Error::Unsupported("`WINDOW_PERCENTILE` of a share that is no constant".to_owned()));
                };
                let share = share.as_f64().unwrap_or(f64::NAN);
                Ok(Term::Table(Self::Window(Aggregate::Percentile(share)), arguments))
            }
            Self::Rank { ties, mut descending } => {
                if arguments.len() == 2 {
                    descending = match arguments.pop() {
                        Some(Term::Value(Value::Text(word))) if word.eq_ignore_ascii_case("asc") => false,
                        Some(Term::Value(Value::Text(word))) if word.eq_ignore_ascii_case("desc") => true,
                        _ => return Err(Error::Invalid("a rank is `asc` or `desc`".to_owned())),
                    };
                }
                Ok(Term::Table(Self::Rank { ties, descending }, arguments))
            }
            function => Ok(Term::Table(function, arguments)),
        }
    }
}

fn wrong_count(name: &str, arguments: usize) -> Error {
    Error::Invalid(format!("`{name}` does not take {arguments} arguments"))
}

/// Whether a function is computed by another program.
fn is_elsewhere(name: &str) -> bool {
    name.starts_with("SCRIPT_") || name.starts_with("MODEL_")
}

fn aggregate(word: &str) -> Option<Aggregate> {
    Some(match word {
        "SUM" => Aggregate::Sum,
        "AVG" => Aggregate::Avg,
        "MIN" => Aggregate::Min,
        "MAX" => Aggregate::Max,
        "COUNT" => Aggregate::Count,
        "MEDIAN" => Aggregate::Median,
        "STDEV" => Aggregate::StDev,
        "STDEVP" => Aggregate::StDevP,
        "VAR" => Aggregate::Var,
        "VARP" => Aggregate::VarP,
        _ => return None,
    })
}
