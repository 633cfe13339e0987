//! A question as the worksheet that asks the same.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
};

use tavola_workbook::{
    Calculation, ColumnInstance, DataSource, Dependencies, Encoding, Field as SourceField, FieldRef,
    Filter as SheetFilter, Pane, Role, Style, TableCalc, UsedDataSource, Workbook, Worksheet,
};

use super::{
    error::Error,
    filters,
    names::{Names, bracketed},
    parameters,
    question::{Field, FieldKind, Filter, Function, Question, Sort, Target},
    rules::{check, check_function, is_number, typed_filter},
    table_calcs::{self, FieldReference, Instances, TableCalculation},
};
use crate::{Value, calc::parse, table_calc::summed_up};

/// A checked question: the sheet that asks it, and what becomes of the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The sheet, to be planned with the workbook the question was checked against.
    pub sheet: Worksheet,
    /// Values of parameters by their own names, for [`Context::parameters`](crate::Context).
    pub parameters: HashMap<String, Value>,
    pub(super) columns: Vec<Column>,
    pub(super) row_limit: Option<usize>,
}

/// A column of the answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    pub name: String,
    pub instance: FieldRef,
    pub decimals: Option<u32>,
    pub sort: Option<Sort>,
}

impl Asked {
    /// Checks a question and makes a sheet of it. `data_source` is one of the workbook's; that of a published data source is alone in
    /// its workbook.
    ///
    /// # Errors
    /// [`Error`] where the question names what is not there, or asks for what does not go together.
    pub fn new(question: &Question, workbook: &Workbook, data_source: &DataSource) -> Result<Self, Error> {
        check(question)?;
        let names = Names::new(workbook, data_source, question.by_name);
        let mut builder = Builder { names, fields: Vec::new(), instances: Vec::new(), dimensions: Vec::new() };
        let columns = builder.columns(question)?;
        let filters = builder.filters(&question.filters)?;
        let parameters = parameters::values(&builder.names, &question.parameters)?;
        let encodings = columns
            .iter()
            .map(|column| Encoding { channel: "text".to_owned(), field: column.instance.clone() })
            .collect();
        let sheet = Worksheet {
            name: "question".to_owned(),
            data_sources: vec![UsedDataSource { name: data_source.name.clone(), caption: data_source.caption.clone() }],
            dependencies: vec![Dependencies {
                data_source: data_source.name.clone(),
                fields: builder.fields,
                instances: builder.instances,
                style: Style::default(),
            }],
            panes: vec![Pane { mark: "Text".to_owned(), encodings, ..Pane::default() }],
            filters,
            aggregates: !question.disaggregate,
            ..Worksheet::default()
        };
        Ok(Self { sheet, parameters, columns, row_limit: question.row_limit })
    }
}

/// What a column is called: `SUM(Sales)`.
fn column_name(field: &Field) -> String {
    let called = |kind: &FieldKind| match kind {
        FieldKind::Function(function)
            if !matches!(function, Function::None | Function::Unspecified | Function::Agg) =>
        {
            format!("{}({})", function.as_str(), field.caption)
        }
        _ => field.caption.clone(),
    };
    match (&field.alias, &field.kind) {
        (Some(alias), _) => alias.clone(),
        (None, FieldKind::TableCalculation { of, .. }) => called(of),
        (None, kind) => called(kind),
    }
}

/// Puts the parts of the sheet together.
struct Builder<'w> {
    names: Names<'w>,
    /// Fields the question brings along: formulas and bins.
    fields: Vec<SourceField>,
    instances: Vec<ColumnInstance>,
    /// The question's columns that are not summed up.
    dimensions: Vec<(FieldReference, FieldRef)>,
}

impl Builder<'_> {
    fn columns(&mut self, question: &Question) -> Result<Vec<Column>, Error> {
        let mut columns: Vec<Column> = Vec::new();
        // Table calculations name the other columns.
        let (later, first): (Vec<_>, Vec<_>) = (question.fields.iter().enumerate())
            .partition(|(_, field)| matches!(field.kind, FieldKind::TableCalculation { .. }));
        let mut places = Vec::new();
        for (place, field) in first.into_iter().chain(later) {
            let name = column_name(field);
            if columns.iter().any(|column| column.name == name) {
                return Err(Error::Invalid(format!("two columns are called `{name}`")));
            }
            let instance = match &field.kind {
                FieldKind::TableCalculation { of, calculation, nested } => {
                    self.table_calculation(&field.caption, of, calculation, nested)?
                }
                kind => self.plain(&field.caption, kind, question.disaggregate)?,
            };
            columns.push(Column { name, instance, decimals: field.decimals, sort: field.sort });
            places.push(place);
        }
        let mut columns: Vec<_> = places.into_iter().zip(columns).collect();
        columns.sort_by_key(|(place, _)| *place);
        Ok(columns.into_iter().map(|(_, column)| column).collect())
    }

    fn plain(&mut self, caption: &str, kind: &FieldKind, disaggregate: bool) -> Result<FieldRef, Error> {
        let (field, derivation) = self.base(caption, kind)?;
        let derivation =
            if disaggregate && self.is_plain_measure(kind, caption) { "None".to_owned() } else { derivation };
        let calcs = match kind {
            FieldKind::Plain | FieldKind::Function(Function::Agg) => self.names.field(caption)?.table_calcs.clone(),
            _ => Vec::new(),
        };
        let summed_up = !matches!(derivation.as_str(), "None")
            && !Function::of_derivation(&derivation).is_some_and(Function::is_of_dates);
        let instance = self.instance(&field, &derivation, calcs);
        if !summed_up {
            let function = match kind {
                FieldKind::Function(function) if !matches!(function, Function::None | Function::Unspecified) => {
                    Some(*function)
                }
                _ => None,
            };
            self.dimensions.push((FieldReference { caption: caption.to_owned(), function }, instance.clone()));
        }
        Ok(instance)
    }

    /// Whether a column is a measure that nothing is said of.
    fn is_plain_measure(&self, kind: &FieldKind, caption: &str) -> bool {
        let plain = matches!(kind, FieldKind::Plain | FieldKind::Function(Function::Unspecified));
        plain && self.names.field(caption).is_ok_and(|field| field.calculation.is_none())
    }

    /// The field and derivation of a column that is no table calculation.
    fn base(&mut self, caption: &str, kind: &FieldKind) -> Result<(String, String), Error> {
        match kind {
            FieldKind::Plain | FieldKind::Function(Function::Unspecified) => {
                let field = self.names.field(caption)?;
                Ok((field.name.clone(), self.default_derivation(field)))
            }
            FieldKind::Function(function) => {
                let field = self.names.field(caption)?;
                check_function(*function, field, self.is_summed_up(field))?;
                Ok((field.name.clone(), function.derivation().to_owned()))
            }
            FieldKind::Calculation(formula) => {
                let formula = self.names.formula(caption, formula)?;
                let field = self.calculated(Calculation::Formula(formula), caption);
                let derivation = if self.is_summed_up(&field) { "User" } else { "None" };
                let name = field.name.clone();
                self.fields.push(field);
                Ok((name, derivation.to_owned()))
            }
            FieldKind::Bin(size) => {
                let of = self.names.field(caption)?;
                if !is_number(of) {
                    return Err(Error::Invalid(format!("`{caption}` is no number, and so has no bins")));
                }
                if !size.is_finite() || *size <= 0.0 {
                    return Err(Error::Invalid(format!("the size of the bins of `{caption}` is not more than 0")));
                }
                let bin = Calculation::Bin {
                    source: bracketed(&of.name),
                    size: Some(size.to_string()),
                    peg: Some("0".to_owned()),
                };
                let field = self.calculated(bin, caption);
                let name = field.name.clone();
                self.fields.push(field);
                Ok((name, "None".to_owned()))
            }
            FieldKind::TableCalculation { .. } => {
                Err(Error::Invalid(format!("`{caption}` is a table calculation of a table calculation")))
            }
        }
    }

    fn table_calculation(
        &mut self,
        caption: &str,
        of: &FieldKind,
        calculation: &TableCalculation,
        nested: &[table_calcs::Nested],
    ) -> Result<FieldRef, Error> {
        let (field, derivation) = self.base(caption, of)?;
        let mut calcs = table_calcs::of(calculation, self)?;
        for nested in nested {
            let name = self.names.field(&nested.caption)?.name.clone();
            let inner = table_calcs::of(&nested.calculation, self)?;
            calcs.extend(inner.into_iter().map(|calc| TableCalc { field: Some(name.clone()), ..calc }));
        }
        Ok(self.instance(&field, &derivation, calcs))
    }

    /// What is done to a field where nothing is said.
    fn default_derivation(&self, field: &SourceField) -> String {
        if self.is_summed_up(field) {
            return "User".to_owned();
        }
        if field.role != Some(Role::Measure) {
            return "None".to_owned();
        }
        let own = field.aggregation.as_deref().filter(|word| Function::of_derivation(word).is_some());
        own.unwrap_or(if is_number(field) { "Sum" } else { "Count" }).to_owned()
    }

    /// Whether a field's formula sums up, itself or by a field it names.
    fn is_summed_up(&self, field: &SourceField) -> bool {
        // Each field is looked at once, however often formulas name it.
        let mut seen = HashSet::new();
        let mut next = vec![field];
        while let Some(field) = next.pop() {
            let Some(tree) = field.formula().and_then(|formula| parse(formula).ok()) else { continue };
            let named = RefCell::new(Vec::new());
            let remember = |name: &str| {
                named.borrow_mut().push(name.to_owned());
                false
            };
            if summed_up(&tree, &remember) {
                return true;
            }
            for name in named.into_inner() {
                let inner = self.fields.iter().chain(&self.names.source.fields).find(|field| field.name == name);
                next.extend(inner.filter(|_| seen.insert(name)));
            }
        }
        false
    }

    /// A field of the question's own.
    fn calculated(&self, calculation: Calculation, caption: &str) -> SourceField {
        SourceField {
            name: format!("question {}", self.fields.len() + 1),
            caption: Some(caption.to_owned()),
            role: None,
            field_type: None,
            data_type: None,
            aggregation: None,
            hidden: false,
            folder: None,
            calculation: Some(calculation),
            table_calcs: Vec::new(),
            aliases: Vec::new(),
            semantic_role: None,
            default_format: None,
            fiscal_year_start: None,
            description: None,
            declared: true,
        }
    }

    /// A column instance, each once.
    fn instance(&mut self, field: &str, derivation: &str, table_calcs: Vec<TableCalc>) -> FieldRef {
        let same = |known: &&ColumnInstance| {
            known.field == field && known.derivation == derivation && known.table_calcs == table_calcs
        };
        let name = match self.instances.iter().find(same) {
            Some(known) => known.name.clone(),
            None => {
                let name = format!("{}:{field}:{}", derivation.to_lowercase(), self.instances.len() + 1);
                let instance = ColumnInstance {
                    name: name.clone(),
                    field: field.to_owned(),
                    derivation: derivation.to_owned(),
                    field_type: None,
                    table_calcs,
                };
                self.instances.push(instance);
                name
            }
        };
        FieldRef { data_source: self.names.source.name.clone(), instance: name }
    }

    fn filters(&mut self, filters: &[Filter]) -> Result<Vec<SheetFilter>, Error> {
        filters.iter().map(|filter| self.filter(filter)).collect()
    }

    fn filter(&mut self, filter: &Filter) -> Result<SheetFilter, Error> {
        let mut kind = filter.kind.clone();
        let (field, derivation) = match &filter.on {
            Target::Field(caption) => {
                let field = self.names.field(caption)?;
                kind = typed_filter(&kind, field)?;
                let derivation = if self.is_summed_up(field) { "User" } else { "None" };
                (field.name.clone(), derivation.to_owned())
            }
            Target::Function(caption, function) => self.base(caption, &FieldKind::Function(*function))?,
            Target::Calculation(formula) => self.base("a filter", &FieldKind::Calculation(formula.clone()))?,
        };
        let instance = self.instance(&field, &derivation, Vec::new());
        let formula = filters::formula(&self.names, &filter.on)?;
        let kind = filters::kind(&self.names, &kind, &instance.instance, &formula)?;
        Ok(SheetFilter { field: instance, context: filter.context, group: None, action: None, kind })
    }
}

impl Instances for Builder<'_> {
    fn dimension(&mut self, reference: &FieldReference) -> Result<FieldRef, Error> {
        let function =
            reference.function.filter(|function| !matches!(function, Function::None | Function::Unspecified));
        let wanted = FieldReference { caption: reference.caption.clone(), function };
        let found = self.dimensions.iter().find(|(known, _)| *known == wanted);
        found.map(|(_, instance)| instance.clone()).ok_or_else(|| {
            Error::Invalid(format!(
                "a table calculation goes along `{}`, which is no dimension of the question",
                wanted.caption
            ))
        })
    }

    fn sorted_by(&mut self, caption: &str, function: Function) -> Result<FieldRef, Error> {
        let (field, derivation) = self.base(caption, &FieldKind::Function(function))?;
        Ok(self.instance(&field, &derivation, Vec::new()))
    }
}
