//! From formulas and quick table calculations to terms.

use tavola_workbook::{ColumnInstance, TableCalc};

use super::{
    calculation::{Calculation, Input, Step},
    formula::Term,
    function::Function,
    quick,
};
use crate::{
    Error, Value,
    calc::{Kind, Node, Stage, stage},
    evaluate::Operation,
};

/// What the formulas of table calculations name.
pub trait Fields {
    /// What a field is, by its name without brackets and the data source where that is named; else it is the one of the
    /// calculation.
    ///
    /// # Errors
    /// [`Error::Missing`] where there is no such field, [`Error::Formula`] where its formula is none.
    fn named(&self, data_source: Option<&str>, name: &str) -> Result<Named, Error>;
}

/// What a name in a formula stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Named {
    /// A value: a parameter.
    Value(Value),
    /// A calculated field that is a table calculation, by its formula.
    TableCalculation(Node),
    /// Anything else: it is computed in SQL.
    Computed,
}

/// The deepest that calculated fields may rest on one another.
const DEEPEST: usize = 32;

pub(super) struct Compiler<'f> {
    fields: &'f dyn Fields,
    inputs: Vec<Input>,
    steps: Vec<Step>,
    /// The calculated fields being read, to tell cycles.
    reading: Vec<String>,
    /// Those that were read, what they go along, and their steps: each is read once, however often it is named.
    known: Vec<(String, TableCalc, usize)>,
}

impl<'f> Compiler<'f> {
    pub fn new(fields: &'f dyn Fields) -> Self {
        Self { fields, inputs: Vec::new(), steps: Vec::new(), reading: Vec::new(), known: Vec::new() }
    }

    pub fn instance(mut self, instance: &ColumnInstance) -> Result<Calculation, Error> {
        let named = match self.fields.named(None, &instance.field) {
            Ok(named) => named,
            // What a quick calculation stands on may be no field of its own, such as the number of rows.
            Err(Error::Missing(_)) => Named::Computed,
            Err(error) => return Err(error),
        };
        let (quick, own): (Vec<_>, Vec<_>) = instance.table_calcs.iter().cloned().partition(|calc| calc.kind.is_some());
        let mut term = match named {
            Named::TableCalculation(formula) => {
                self.reading.push(instance.field.clone());
                self.own_step(&formula, &own)?
            }
            Named::Value(value) => Term::Value(value),
            Named::Computed => {
                let input = Input::Field { field: instance.field.clone(), derivation: instance.derivation.clone() };
                Term::Input(self.input(input))
            }
        };
        let aggregate = Some(term.clone()).filter(|term| matches!(term, Term::Input(_)));
        for calc in quick {
            let of = quick::term(&calc, term, aggregate.as_ref())?;
            let sort = self.sort(&calc);
            self.steps.push(Step { calc, term: of, sort });
            term = Term::Step(self.steps.len() - 1);
        }
        if self.steps.is_empty() {
            self.steps.push(Step { calc: TableCalc::default(), term, sort: None });
        }
        Ok(Calculation { inputs: self.inputs, steps: self.steps })
    }

    pub fn formula(mut self, formula: &Node, calcs: &[TableCalc]) -> Result<Calculation, Error> {
        self.own_step(formula, calcs)?;
        Ok(Calculation { inputs: self.inputs, steps: self.steps })
    }

    /// Adds the step of a formula, by the calculation among `calcs` that is for no field.
    fn own_step(&mut self, formula: &Node, calcs: &[TableCalc]) -> Result<Term, Error> {
        let own = calcs.iter().find(|calc| calc.field.is_none()).cloned().unwrap_or_default();
        let term = self.term(formula, calcs, &own)?;
        let sort = self.sort(&own);
        self.steps.push(Step { calc: own, term, sort });
        Ok(Term::Step(self.steps.len() - 1))
    }

    fn sort(&mut self, calc: &TableCalc) -> Option<(usize, bool)> {
        let (instance, descending) = calc.sort.clone()?;
        Some((self.input(Input::Instance(instance)), descending))
    }

    fn input(&mut self, input: Input) -> usize {
        self.inputs.iter().position(|known| *known == input).unwrap_or_else(|| {
            self.inputs.push(input);
            self.inputs.len() - 1
        })
    }

    fn term(&mut self, node: &Node, calcs: &[TableCalc], own: &TableCalc) -> Result<Term, Error> {
        match &node.kind {
            Kind::Literal(value) => return Ok(Term::Value(value.clone())),
            Kind::Field { data_source, name } => {
                return match self.fields.named(data_source.as_deref(), name)? {
                    Named::Value(value) => Ok(Term::Value(value)),
                    Named::Computed => Ok(Term::Input(self.input(Input::Formula(without_places(node))))),
                    Named::TableCalculation(formula) => self.nested(name, &formula, calcs, own),
                };
            }
            Kind::Lod { .. } => return Ok(Term::Input(self.input(Input::Formula(without_places(node))))),
            _ => {}
        }
        if let Kind::Call { function, arguments } = &node.kind {
            if stage(function, arguments.len()) == Some(Stage::Aggregate) {
                return Ok(Term::Input(self.input(Input::Formula(without_places(node)))));
            }
            if let Some(function) = Function::of(function, arguments.len())? {
                let arguments: Result<Vec<_>, _> =
                    arguments.iter().map(|argument| self.term(argument, calcs, own)).collect();
                let arguments = arguments?;
                if arguments.iter().any(Term::looks_back) {
                    return Err(Error::Unsupported("`PREVIOUS_VALUE` within another table calculation".to_owned()));
                }
                return function.term(arguments);
            }
        }
        let Some((operation, operands)) = Operation::of(node) else {
            return Err(Error::Unsupported("this part of a table calculation".to_owned()));
        };
        let operands: Result<Vec<_>, _> = operands.into_iter().map(|operand| self.term(operand, calcs, own)).collect();
        Ok(Term::Scalar(operation, operands?))
    }

    /// A calculated field within a formula: a step of its own, with its own addressing or, without one, that of the outer.
    fn nested(&mut self, name: &str, formula: &Node, calcs: &[TableCalc], own: &TableCalc) -> Result<Term, Error> {
        if self.reading.iter().any(|reading| reading == name) || self.reading.len() >= DEEPEST {
            return Err(Error::Invalid(format!("the table calculation `{name}` rests on itself")));
        }
        let is_for = |calc: &&TableCalc| calc.field.as_deref() == Some(name);
        let calc =
            calcs.iter().find(is_for).map_or_else(|| own.clone(), |calc| TableCalc { field: None, ..calc.clone() });
        if let Some((.., place)) = self.known.iter().find(|(known, along, _)| known == name && *along == calc) {
            return Ok(Term::Step(*place));
        }
        self.reading.push(name.to_owned());
        let term = self.term(formula, calcs, &calc)?;
        self.reading.pop();
        let sort = self.sort(&calc);
        let place = self.steps.len();
        self.known.push((name.to_owned(), calc.clone(), place));
        self.steps.push(Step { calc, term, sort });
        Ok(Term::Step(place))
    }
}

/// A formula of which all places are 0, so that two that say the same are equal.
fn without_places(node: &Node) -> Node {
    let plain = without_places;
    let boxed = |node: &Node| Box::new(plain(node));
    let all = |nodes: &[Node]| nodes.iter().map(plain).collect();
    let pairs = |pairs: &[(Node, Node)]| pairs.iter().map(|(when, then)| (plain(when), plain(then))).collect();
    let kind = match &node.kind {
        kind @ (Kind::Literal(_) | Kind::Field { .. }) => kind.clone(),
        Kind::Unary(operator, operand) => Kind::Unary(*operator, boxed(operand)),
        Kind::Binary(operator, left, right) => Kind::Binary(*operator, boxed(left), boxed(right)),
        Kind::If { branches, otherwise } => {
            Kind::If { branches: pairs(branches), otherwise: otherwise.as_deref().map(boxed) }
        }
        Kind::Case { subject, branches, otherwise } => Kind::Case {
            subject: boxed(subject),
            branches: pairs(branches),
            otherwise: otherwise.as_deref().map(boxed),
        },
        Kind::In { subject, values } => Kind::In { subject: boxed(subject), values: all(values) },
        Kind::Call { function, arguments } => Kind::Call { function: function.clone(), arguments: all(arguments) },
        Kind::Lod { scope, dimensions, aggregate } => {
            Kind::Lod { scope: *scope, dimensions: all(dimensions), aggregate: boxed(aggregate) }
        }
    };
    Node { kind, at: 0..0 }
}

/// Whether a formula sums rows of data up, outside of levels of detail; `field` tells it of the fields it names.
pub(crate) fn summed_up(node: &Node, field: &dyn Fn(&str) -> bool) -> bool {
    match &node.kind {
        Kind::Field { name, .. } => field(name),
        Kind::Call { function, arguments }
            if !matches!(stage(function, arguments.len()), None | Some(Stage::Scalar)) =>
        {
            true
        }
        _ => Operation::of(node)
            .is_some_and(|(_, operands)| operands.into_iter().any(|operand| summed_up(operand, field))),
    }
}
