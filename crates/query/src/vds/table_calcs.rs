//! Table calculations of a question as those of a sheet.

use tavola_workbook::{FieldRef, TableCalc};

use super::{error::Error, question::Function};

/// A table calculation.
#[derive(Debug, Clone, PartialEq)]
pub struct TableCalculation {
    /// What is computed.
    pub kind: CalculationKind,
    /// The dimensions it goes along, from the outermost.
    pub dimensions: Vec<FieldReference>,
    /// The dimension whose step is one step.
    pub level_address: Option<FieldReference>,
    /// The dimension at each member of which it begins anew.
    pub restart_every: Option<FieldReference>,
    /// By what marks are in order, where not by member.
    pub sort: Option<CustomSort>,
    /// What is computed of the results.
    pub second: Option<Box<TableCalculation>>,
}

/// What a [`TableCalculation`] computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalculationKind {
    /// What the formula says.
    Custom,
    /// The difference from another mark.
    Difference(RelativeTo),
    /// The difference as a share.
    PercentDifference(RelativeTo),
    /// The value as a share of another.
    PercentFrom(RelativeTo),
    /// The value as a share of the total.
    PercentOfTotal,
    /// The rank.
    Rank {
        /// How equal values are counted.
        ties: Ties,
        /// From the most down.
        descending: bool,
    },
    /// The share of values that come no later.
    Percentile {
        /// From the most down.
        descending: bool,
    },
    /// Summed up so far.
    RunningTotal(Aggregation),
    /// Summed up over the marks around.
    Moving {
        /// How.
        aggregation: Aggregation,
        /// How many before.
        previous: u32,
        /// How many after.
        next: u32,
        /// Whether the mark itself counts.
        current: bool,
        /// NULL where there are not so many.
        whole: bool,
    },
}

/// Which mark another is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "places among marks")]
pub enum RelativeTo {
    Previous,
    Next,
    First,
    Last,
}

impl RelativeTo {
    /// The mark of a word of the service.
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "PREVIOUS" => Self::Previous,
            "NEXT" => Self::Next,
            "FIRST" => Self::First,
            "LAST" => Self::Last,
            _ => return None,
        })
    }
}

/// How equal values are ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ties {
    /// 1, 2, 2, 4.
    Competition,
    /// 1, 3, 3, 4.
    Modified,
    /// 1, 2, 2, 3.
    Dense,
    /// 1, 2, 3, 4.
    Unique,
}

impl Ties {
    /// The way of a word of the service.
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "COMPETITION" => Self::Competition,
            "MODIFIED COMPETITION" => Self::Modified,
            "DENSE" => Self::Dense,
            "UNIQUE" => Self::Unique,
            _ => return None,
        })
    }
}

/// How marks are summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "aggregations")]
pub enum Aggregation {
    Sum,
    Avg,
    Min,
    Max,
}

impl Aggregation {
    /// The aggregation of a word of the service.
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "SUM" => Self::Sum,
            "AVG" => Self::Avg,
            "MIN" => Self::Min,
            "MAX" => Self::Max,
            _ => return None,
        })
    }
}

/// A field of the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldReference {
    /// Its name.
    pub caption: String,
    /// The function it is asked by.
    pub function: Option<Function>,
}

/// By what marks are in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomSort {
    /// The field's name.
    pub caption: String,
    /// The function.
    pub function: Function,
    /// From the most down.
    pub descending: bool,
}

/// A calculated field within a formula, and what it goes along.
#[derive(Debug, Clone, PartialEq)]
pub struct Nested {
    /// Its name.
    pub caption: String,
    /// What it goes along.
    pub calculation: TableCalculation,
}

/// Where a table calculation finds what it names.
pub(super) trait Instances {
    /// The column instance of a dimension of the question.
    fn dimension(&mut self, reference: &FieldReference) -> Result<FieldRef, Error>;

    /// The column instance of a field by a function, which need not be of the question.
    fn sorted_by(&mut self, caption: &str, function: Function) -> Result<FieldRef, Error>;
}

/// A table calculation as a sheet has it, and those on top of it.
pub(super) fn of(calculation: &TableCalculation, instances: &mut dyn Instances) -> Result<Vec<TableCalc>, Error> {
    let mut calcs = Vec::new();
    let mut next = Some(calculation);
    while let Some(calculation) = next {
        if calcs.len() == 2 {
            return Err(Error::Invalid("a table calculation has more than one on top of it".to_owned()));
        }
        calcs.push(one(calculation, instances)?);
        next = calculation.second.as_deref();
    }
    Ok(calcs)
}

fn one(calculation: &TableCalculation, instances: &mut dyn Instances) -> Result<TableCalc, Error> {
    if calculation.dimensions.is_empty() {
        return Err(Error::Invalid("a table calculation goes along no dimension".to_owned()));
    }
    let order = calculation.dimensions.iter().map(|dimension| instances.dimension(dimension));
    let mut order = order.collect::<Result<Vec<_>, _>>()?;
    let mut among = |reference: &Option<FieldReference>| -> Result<Option<FieldRef>, Error> {
        let Some(reference) = reference else { return Ok(None) };
        let instance = instances.dimension(reference)?;
        if order.contains(&instance) {
            Ok(Some(instance))
        } else {
            Err(Error::Invalid(format!("the table calculation does not go along `{}`", reference.caption)))
        }
    };
    let level_address = among(&calculation.level_address)?;
    let mut level_break = None;
    if let Some(restart) = among(&calculation.restart_every)? {
        // A file names the dimension after the one at whose members it begins anew.
        let after = order.iter().position(|instance| *instance == restart).and_then(|place| order.get(place + 1));
        match after {
            Some(after) => level_break = Some(after.clone()),
            // Anew at each mark.
            None => order.clear(),
        }
    }
    let sort = match &calculation.sort {
        Some(sort) => Some((instances.sorted_by(&sort.caption, sort.function)?, sort.descending)),
        None => None,
    };
    let calc =
        TableCalc { ordering: "Field".to_owned(), order, level_break, level_address, sort, ..TableCalc::default() };
    Ok(with_kind(calc, calculation.kind))
}

fn with_kind(mut calc: TableCalc, kind: CalculationKind) -> TableCalc {
    let mut option = |name: &str, value: String| calc.options.push((name.to_owned(), value));
    let direction = |descending| if descending { "Descending" } else { "Ascending" };
    let word = match kind {
        CalculationKind::Custom => return calc,
        CalculationKind::Difference(_) => "Difference",
        CalculationKind::PercentDifference(_) => "PctDiff",
        CalculationKind::PercentFrom(_) => "PctValue",
        CalculationKind::PercentOfTotal => "PctTotal",
        CalculationKind::Rank { ties, descending } => {
            let ties = match ties {
                Ties::Competition => "Competition",
                Ties::Modified => "Modified",
                Ties::Dense => "Dense",
                Ties::Unique => "Unique",
            };
            option("rank-options", format!("{ties},{}", direction(descending)));
            "Rank"
        }
        CalculationKind::Percentile { descending } => {
            option("rank-options", format!("Competition,{}", direction(descending)));
            "PctRank"
        }
        CalculationKind::RunningTotal(aggregation) => {
            calc.aggregation = Some(aggregation_word(aggregation).to_owned());
            "CumTotal"
        }
        CalculationKind::Moving { aggregation, previous, next, current, whole } => {
            let words = [current.then_some("IncludeCurrent"), whole.then_some("NullIfIncomplete")];
            option("window-options", words.into_iter().flatten().collect::<Vec<_>>().join(","));
            calc.aggregation = Some(aggregation_word(aggregation).to_owned());
            calc.from = Some(-i64::from(previous));
            calc.to = Some(i64::from(next));
            "WindowTotal"
        }
    };
    if let CalculationKind::Difference(relative)
    | CalculationKind::PercentDifference(relative)
    | CalculationKind::PercentFrom(relative) = kind
    {
        calc.options.push(("diff-options".to_owned(), "Relative".to_owned()));
        let address = match relative {
            RelativeTo::Previous => "-1",
            RelativeTo::Next => "1",
            RelativeTo::First => "first",
            RelativeTo::Last => "last",
        };
        calc.address = vec![address.to_owned()];
    }
    calc.kind = Some(word.to_owned());
    calc
}

fn aggregation_word(aggregation: Aggregation) -> &'static str {
    match aggregation {
        Aggregation::Sum => "Sum",
        Aggregation::Avg => "Avg",
        Aggregation::Min => "Min",
        Aggregation::Max => "Max",
    }
}
