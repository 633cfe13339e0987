//! What a table calculation needs, and its values.

use tavola_workbook::{ColumnInstance, FieldRef, TableCalc};

use super::{
    address::{Layout, partitions},
    compile::{Compiler, Fields},
    formula::{Rows, Term},
    member::MemberRanks,
};
use crate::{Context, Error, Value, calc::Node, evaluate::Evaluator};

/// A value each mark must have before a table calculation can be computed.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A field summed up as a derivation says: `Sum`, `CountD`, `User`, …
    Field {
        /// The field's name, without brackets.
        field: String,
        /// The derivation, in the format's own words.
        derivation: String,
    },
    /// An aggregate of a formula: `SUM([Sales])`, `ATTR([Category])`, a calculated field that is one. Places in it are all 0.
    Formula(Node),
    /// A column instance, by which marks are put in order.
    Instance(FieldRef),
}

/// An input over all rows of data of a partition.
#[derive(Debug, Clone, PartialEq)]
pub struct Total {
    /// The place of what is summed up in [`Calculation::inputs`].
    pub input: usize,
    /// The dimensions that make the partition; none is the whole sheet.
    pub dimensions: Vec<FieldRef>,
    /// Whether it must be asked of the data. Otherwise it follows from the marks.
    pub needs_query: bool,
}

/// A table calculation, ready to be computed.
#[derive(Debug, Clone, PartialEq)]
pub struct Calculation {
    pub(super) inputs: Vec<Input>,
    /// Each with its own addressing; those a calculation rests on come before it. The last is what is asked for.
    pub(super) steps: Vec<Step>,
}

/// A formula with an addressing.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    pub calc: TableCalc,
    pub term: Term,
    /// The input marks are put in order by.
    pub sort: Option<(usize, bool)>,
}

/// Marks: a row each.
#[derive(Debug, Clone)]
pub struct Marks<'a> {
    /// How many there are.
    pub rows: usize,
    /// The members of each dimension of the layout.
    pub members: Vec<&'a [Value]>,
    /// For each dimension its members in the order they are shown. Those not named come after, by value.
    pub orders: Vec<&'a [Value]>,
    /// The values of each of [`Calculation::inputs`].
    pub inputs: Vec<&'a [Value]>,
    /// For each of [`Calculation::totals`] that needs a query, its value for the partition each mark is in; none for the others.
    pub totals: Vec<Option<&'a [Value]>>,
}

impl Calculation {
    /// Reads a column instance that is a table calculation: by its field's formula, by a quick one on it, or both.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for functions and options that are not known, and what `fields` says.
    pub fn new(instance: &ColumnInstance, fields: &dyn Fields) -> Result<Self, Error> {
        Compiler::new(fields).instance(instance)
    }

    /// Reads a formula with the addressing of its own calculation and of those it names.
    ///
    /// # Errors
    /// As [`Calculation::new`].
    pub fn of_formula(formula: &Node, calcs: &[TableCalc], fields: &dyn Fields) -> Result<Self, Error> {
        Compiler::new(fields).formula(formula, calcs)
    }

    /// What each mark must have, each once.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// What is needed over whole partitions.
    pub fn totals(&self, layout: &Layout) -> Vec<Total> {
        let mut totals = Vec::new();
        for step in &self.steps {
            let partition = layout.addressing(&step.calc).partition;
            let dimensions: Vec<_> = partition.iter().map(|place| layout.dimensions[*place].instance.clone()).collect();
            step.term.totals(&mut |input| {
                let needs_query = super::aggregate::of_marks(&self.inputs[input]).is_none();
                totals.push(Total { input, dimensions: dimensions.clone(), needs_query });
            });
        }
        totals
    }

    /// The value of each mark.
    ///
    /// # Errors
    /// What the evaluator says of the formulas, and [`Error::Invalid`] where `marks` does not have what was asked for.
    pub fn compute(&self, layout: &Layout, marks: &Marks<'_>, context: &Context) -> Result<Vec<Value>, Error> {
        self.check(layout, marks)?;
        let evaluator = Evaluator::new(context);
        let ranks: Vec<_> = marks.orders.iter().map(|order| MemberRanks::new(order)).collect();
        let mut computed: Vec<Vec<Value>> = Vec::new();
        let mut totals = marks.totals.iter();
        for step in &self.steps {
            let addressing = layout.addressing(&step.calc);
            let sort = step.sort.map(|(input, descending)| (marks.inputs[input], descending));
            let mut column = vec![Value::Null; marks.rows];
            let mut own = Vec::new();
            step.term.totals(&mut |input| own.push((input, totals.next().copied().flatten())));
            for places in partitions(&addressing, &marks.members, &ranks, sort, marks.rows) {
                let rows = Rows {
                    evaluator: &evaluator,
                    places: &places,
                    inputs: &marks.inputs,
                    computed: &computed,
                    described: &self.inputs,
                    totals: own.clone(),
                };
                for (place, value) in places.iter().zip(rows.compute(&step.term)?) {
                    column[*place] = value;
                }
            }
            computed.push(column);
        }
        Ok(computed.pop().unwrap_or_default())
    }

    fn check(&self, layout: &Layout, marks: &Marks<'_>) -> Result<(), Error> {
        let wide = marks.members.len() == layout.dimensions.len()
            && marks.orders.len() == layout.dimensions.len()
            && marks.inputs.len() == self.inputs.len();
        let long = marks.members.iter().chain(&marks.inputs).all(|column| column.len() == marks.rows);
        let totals = self.totals(layout);
        let summed = marks.totals.len() == totals.len()
            && totals.iter().zip(&marks.totals).all(|(total, values)| match values {
                Some(values) => values.len() == marks.rows,
                None => !total.needs_query,
            });
        if wide && long && summed {
            Ok(())
        } else {
            Err(Error::Invalid("the marks do not have what the table calculation asked for".to_owned()))
        }
    }
}
