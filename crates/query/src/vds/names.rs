//! From the names people see to those of the file.

use tavola_workbook::{DataSource, Field, Parameter, Workbook};

use super::error::Error;
use crate::{
    Value,
    calc::{Kind, Node, parse},
    evaluate::Operation,
};

/// The fields and parameters a question may name.
pub(super) struct Names<'w> {
    pub(super) source: &'w DataSource,
    parameters: &'w [Parameter],
    by_name: bool,
}

impl<'w> Names<'w> {
    pub(super) fn new(workbook: &'w Workbook, source: &'w DataSource, by_name: bool) -> Self {
        Self { source, parameters: &workbook.parameters, by_name }
    }

    /// The field of a name people see (or its own, as the question wants it).
    pub(super) fn field(&self, name: &str) -> Result<&'w Field, Error> {
        let called = |field: &&Field| if self.by_name { field.name == name } else { field.shown_name() == name };
        let fields = || self.source.fields.iter();
        let found = fields().filter(|field| !field.hidden).find(called).or_else(|| fields().find(called));
        found.ok_or_else(|| Error::UnknownField(name.to_owned()))
    }

    pub(super) fn parameter(&self, name: &str) -> Result<&'w Parameter, Error> {
        let called = |parameter: &&Parameter| parameter.shown_name() == name || parameter.name == name;
        self.parameters.iter().find(called).ok_or_else(|| Error::UnknownField(name.to_owned()))
    }

    /// A formula in which fields and parameters have their own names.
    pub(super) fn formula(&self, of: &str, formula: &str) -> Result<String, Error> {
        let wrong = |problem| Error::Formula { of: of.to_owned(), problem };
        let tree = parse(formula).map_err(wrong)?;
        let mut named = Vec::new();
        self.collect(&tree, &mut named)?;
        let mut result = formula.to_owned();
        // From the end, so that the places before stay what they are.
        named.sort_by_key(|(at, _)| std::cmp::Reverse(at.start));
        for (at, name) in named {
            result.replace_range(at, &name);
        }
        Ok(result)
    }

    fn collect(&self, node: &Node, named: &mut Vec<(std::ops::Range<usize>, String)>) -> Result<(), Error> {
        match &node.kind {
            Kind::Field { data_source, name } if data_source.as_deref() == Some("Parameters") => {
                let name = bracketed(&self.parameter(name)?.name);
                named.push((node.at.clone(), format!("[Parameters].{name}")));
            }
            Kind::Field { name, .. } => {
                // A parameter may be named without its data source.
                let name = match self.field(name) {
                    Ok(field) => bracketed(&field.name),
                    Err(unknown) => match self.parameter(name) {
                        Ok(parameter) => format!("[Parameters].{}", bracketed(&parameter.name)),
                        Err(_) => return Err(unknown),
                    },
                };
                named.push((node.at.clone(), name));
            }
            Kind::Lod { dimensions, aggregate, .. } => {
                for part in dimensions.iter().chain([&**aggregate]) {
                    self.collect(part, named)?;
                }
            }
            _ => {
                for operand in Operation::of(node).map(|(_, operands)| operands).unwrap_or_default() {
                    self.collect(operand, named)?;
                }
            }
        }
        Ok(())
    }
}

/// A name as formulas have it.
pub(super) fn bracketed(name: &str) -> String {
    format!("[{}]", name.replace(']', "]]"))
}

/// A value as files and formulas write it.
pub(super) fn literal(value: &Value) -> String {
    match value {
        Value::Null | Value::Spatial(_) => "%null%".to_owned(),
        Value::Text(text) => format!("\"{}\"", text.replace('"', "\"\"")),
        Value::Boolean(truth) => truth.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Date(_) | Value::DateTime(_) => {
            format!("#{}#", crate::evaluate::text(value).unwrap_or_default())
        }
    }
}
