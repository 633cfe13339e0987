//! What a question asks.

use super::table_calcs::{Nested, TableCalculation};
use crate::Value;

/// A question.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Question {
    /// What is asked for, in the order of the answer's columns.
    pub fields: Vec<Field>,
    /// What limits the rows it is asked of.
    pub filters: Vec<Filter>,
    /// Values of parameters, by the name people see.
    pub parameters: Vec<(String, Value)>,
    /// Whether each row of the data is one of the answer.
    pub disaggregate: bool,
    /// The most rows of the answer.
    pub row_limit: Option<usize>,
    /// Whether fields are called by their own names, and not by those people see.
    pub by_name: bool,
}

/// A column of the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The field's name; of a calculation any name its author likes.
    pub caption: String,
    /// What the column is called instead.
    pub alias: Option<String>,
    /// The most decimal places.
    pub decimals: Option<u32>,
    /// Whether and how the answer is in order by it.
    pub sort: Option<Sort>,
    /// What of the field is asked.
    pub kind: FieldKind,
}

/// By what an answer is in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// Its rank among others: the least is the first. From 1 on.
    pub priority: i64,
    /// From the last to the first.
    pub descending: bool,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldKind {
    /// The field as it is; a measure by its default aggregation.
    Plain,
    /// The field by a function.
    Function(Function),
    /// A formula.
    Calculation(String),
    /// Bins of so much.
    Bin(f64),
    /// A table calculation.
    TableCalculation {
        /// What it is on.
        of: Box<FieldKind>,
        /// What is computed.
        calculation: TableCalculation,
        /// The calculated fields within its formula, each with what it goes along.
        nested: Vec<Nested>,
    },
}

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident $word:literal $derivation:literal)*) => {
        /// A function that can be applied to a field.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Function {
            $($(#[$doc])* $name,)*
        }

        impl Function {
            /// The function of a word of the service: `SUM`, `TRUNC_MONTH`.
            pub fn of_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// Its word.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// The derivation of a column instance that does the same.
            pub(super) fn derivation(self) -> &'static str {
                match self {
                    $(Self::$name => $derivation,)*
                }
            }

            /// The function of a derivation, in the format's own words.
            pub(super) fn of_derivation(derivation: &str) -> Option<Self> {
                match derivation {
                    $($derivation => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

functions! {
    /// The sum.
    Sum "SUM" "Sum"
    /// The mean.
    Avg "AVG" "Avg"
    /// The median.
    Median "MEDIAN" "Median"
    /// How many values.
    Count "COUNT" "Count"
    /// How many different values.
    CountD "COUNTD" "CountD"
    /// The least.
    Min "MIN" "Min"
    /// The greatest.
    Max "MAX" "Max"
    /// The standard deviation of a sample.
    Stdev "STDEV" "Stdev"
    /// The variance of a sample.
    Var "VAR" "Var"
    /// All shapes as one.
    Collect "COLLECT" "Collect"
    /// The year.
    Year "YEAR" "Year"
    /// The quarter.
    Quarter "QUARTER" "Quarter"
    /// The month.
    Month "MONTH" "Month"
    /// The week.
    Week "WEEK" "Week"
    /// The day of the month.
    Day "DAY" "Day"
    /// The first day of the year.
    TruncYear "TRUNC_YEAR" "Year-Trunc"
    /// The first day of the quarter.
    TruncQuarter "TRUNC_QUARTER" "Quarter-Trunc"
    /// The first day of the month.
    TruncMonth "TRUNC_MONTH" "Month-Trunc"
    /// The first day of the week.
    TruncWeek "TRUNC_WEEK" "Week-Trunc"
    /// The day.
    TruncDay "TRUNC_DAY" "Day-Trunc"
    /// The field's own aggregation: it is a calculation that has one.
    Agg "AGG" "User"
    /// The field as it is.
    None "NONE" "None"
    /// Whatever the field does by default.
    Unspecified "UNSPECIFIED" ""
}

impl Function {
    /// Whether it is a part of a date, or cuts it.
    pub(super) fn is_of_dates(self) -> bool {
        matches!(self, Self::Year | Self::Quarter | Self::Month | Self::Week | Self::Day)
            || self.as_str().starts_with("TRUNC_")
    }

    /// Whether it takes numbers alone.
    pub(super) fn is_of_numbers(self) -> bool {
        matches!(self, Self::Sum | Self::Avg | Self::Median | Self::Stdev | Self::Var)
    }
}

/// A filter.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// What it looks at.
    pub on: Target,
    /// Whether it comes before the others, which see only what it lets through.
    pub context: bool,
    /// What it lets through.
    pub kind: FilterKind,
}

/// What a filter looks at.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// A field as it is.
    Field(String),
    /// A field by a function.
    Function(String, Function),
    /// A formula.
    Calculation(String),
}

/// What a [`Filter`] lets through.
#[derive(Debug, Clone, PartialEq)]
pub enum FilterKind {
    /// These values, or all others.
    Set {
        /// The values.
        values: Vec<Value>,
        /// Whether all others are meant.
        exclude: bool,
    },
    /// Texts that are like this in any case, or all others.
    Match {
        /// What they begin with.
        starts_with: Option<String>,
        /// What they end with.
        ends_with: Option<String>,
        /// What is in them.
        contains: Option<String>,
        /// Whether all others are meant.
        exclude: bool,
    },
    /// Numbers or dates from one to another, both among them.
    Range {
        /// Which.
        ends: Ends,
        /// Whether NULL is let through as well.
        include_nulls: bool,
    },
    /// A time relative to a day.
    RelativeDate {
        /// What is counted.
        period: Period,
        /// Which of them.
        periods: Periods,
        /// The day, in days since 1970-01-01, where it is not that of asking.
        anchor: Option<i32>,
        /// Whether NULL is let through as well.
        include_nulls: bool,
    },
    /// The members with the most or least of something.
    Top {
        /// How many.
        count: u64,
        /// Whether those with the least are meant.
        bottom: bool,
        /// Of what.
        by: Target,
    },
    /// Members of which a comparison holds.
    Comparison {
        /// What is compared.
        of: Target,
        /// How.
        comparison: Comparison,
        /// With what.
        value: Value,
    },
    /// Members for which a formula is true.
    Condition(String),
}

/// The ends of a range.
#[derive(Debug, Clone, PartialEq)]
pub enum Ends {
    /// From one to another.
    Range(Value, Value),
    /// From one on.
    Min(Value),
    /// Up to one.
    Max(Value),
    /// NULL alone.
    OnlyNull,
    /// All but NULL.
    OnlyNonNull,
}

/// A period of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "periods of time")]
pub enum Period {
    Minutes,
    Hours,
    Days,
    Weeks,
    Months,
    Quarters,
    Years,
}

impl Period {
    /// The period of a word of the service.
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "MINUTES" => Self::Minutes,
            "HOURS" => Self::Hours,
            "DAYS" => Self::Days,
            "WEEKS" => Self::Weeks,
            "MONTHS" => Self::Months,
            "QUARTERS" => Self::Quarters,
            "YEARS" => Self::Years,
            _ => return None,
        })
    }
}

/// Which periods, seen from a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Periods {
    /// That of the day.
    Current,
    /// The one before.
    Last,
    /// So many before, without that of the day.
    LastN(u32),
    /// The one after.
    Next,
    /// So many after, without that of the day.
    NextN(u32),
    /// That of the day, up to the day.
    ToDate,
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the comparisons of formulas")]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// The comparison of its sign: `=`, `<>`, `<`, `<=`, `>`, `>=`.
    pub fn of_sign(sign: &str) -> Option<Self> {
        [Self::Equal, Self::NotEqual, Self::Less, Self::LessOrEqual, Self::Greater, Self::GreaterOrEqual]
            .into_iter()
            .find(|comparison| comparison.sign() == sign)
    }

    /// Its sign.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}
