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
        let (function, fits) = match name {
            "INDEX" => (Self::Index, arguments == 0),
            "FIRST" => (Self::First, arguments == 0),
            "LAST" => (Self::Last, arguments == 0),
            "SIZE" => (Self::Size, arguments == 0),
            "LOOKUP" => (Self::Lookup, matches!(arguments, 1 | 2)),
            "PREVIOUS_VALUE" => (Self::PreviousValue, arguments == 1),
            "TOTAL" => (Self::Total, arguments == 1),
            "WINDOW_PERCENTILE" => (Self::WindowPercentile, matches!(arguments, 2 | 4)),
            "WINDOW_CORR" | "WINDOW_COVAR" | "WINDOW_COVARP" => {
                let aggregate = match name {
                    "WINDOW_CORR" => Aggregate::Corr,
                    "WINDOW_COVAR" => Aggregate::Covar,
                    _ => Aggregate::CovarP,
                };
                (Self::Window(aggregate), matches!(arguments, 2 | 4))
            }
            "RANK" | "RANK_MODIFIED" | "RANK_DENSE" | "RANK_UNIQUE" | "RANK_PERCENTILE" => {
                let ties = match name {
                    "RANK" => Ties::Competition,
                    "RANK_MODIFIED" => Ties::Modified,
                    "RANK_DENSE" => Ties::Dense,
                    "RANK_UNIQUE" => Ties::Unique,
                    _ => Ties::Percentile,
                };
                (Self::Rank { ties, descending: ties != Ties::Percentile }, matches!(arguments, 1 | 2))
            }
            _ => match name.split_once('_') {
                Some(("RUNNING", word)) => {
                    let Some(aggregate) = aggregate(word).filter(|_| running(word)) else { return Ok(None) };
                    (Self::Running(aggregate), arguments == 1)
                }
                Some(("WINDOW", word)) => {
                    let Some(aggregate) = aggregate(word) else { return Ok(None) };
                    (Self::Window(aggregate), matches!(arguments, 1 | 3))
                }
                Some(("SCRIPT" | "MODEL", _)) => return Err(Error::Unsupported(format!("`{name}`"))),
                _ => return Ok(None),
            },
        };
        if fits { Ok(Some(function)) } else { Err(wrong_count(name, arguments)) }
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

fn running(word: &str) -> bool {
    matches!(word, "SUM" | "AVG" | "MIN" | "MAX" | "COUNT")
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
