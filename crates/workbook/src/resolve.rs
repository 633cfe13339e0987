//! What the names on a sheet stand for: data sources, fields, parameters, and how people call them.
//!
//! Shelves, encodings, filters and sorts name instances ([`FieldRef`]). [`Workbook::resolve`] says what one is on a sheet, with its
//! field; [`ResolvedField`] says what both say together.

use crate::{
    data_source::DataSource,
    field::{Calculation, Field, FieldType},
    parameter::{PARAMETERS, Parameter},
    shelf::FieldRef,
    table_calc::TableCalc,
    window::Window,
    workbook::Workbook,
    worksheet::{ColumnInstance, Worksheet},
};

/// What a [`FieldRef`] stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning<'a> {
    /// A field, as the sheet uses it.
    Field(ResolvedField<'a>),
    /// A parameter.
    Parameter(&'a Parameter),
    /// The names of several measures.
    MeasureNames,
    /// The values of several measures.
    MeasureValues,
    /// How far north a place is, which Tableau knows from its name.
    Latitude,
    /// How far east a place is, which Tableau knows from its name.
    Longitude,
    /// The outline of a place, which Tableau knows from its name.
    Geometry,
}

/// A field, as a sheet uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResolvedField<'a> {
    /// The sheet that uses it.
    pub sheet: &'a Worksheet,
    /// Its data source; none where the workbook does not hold it, though the sheet knows its fields.
    pub data_source: Option<&'a DataSource>,
    /// The field.
    pub field: &'a Field,
    /// What the sheet does with it; none where it is used as it is, as sets and groups of marks are.
    pub instance: Option<&'a ColumnInstance>,
}

impl<'a> ResolvedField<'a> {
    /// What is done to it: `None`, `Sum`, `Year`, `Month-Trunc`, …
    pub fn derivation(&self) -> &'a str {
        self.instance.map_or("None", |instance| &instance.derivation)
    }

    /// Discrete or continuous.
    pub fn field_type(&self) -> Option<FieldType> {
        self.instance.and_then(|instance| instance.field_type).or(self.field.field_type)
    }

    /// Whether it is continuous; else it is discrete.
    pub fn is_continuous(&self) -> bool {
        self.field_type().is_some_and(FieldType::is_continuous)
    }

    /// Whether it is summed up, or calculated of what is.
    pub fn is_aggregated(&self) -> bool {
        match self.derivation() {
            "None" | "InOut" => false,
            derivation => !is_date_derivation(derivation),
        }
    }

    /// Its table calculations: those of the instance, or else those the field has unless an instance says otherwise.
    pub fn table_calcs(&self) -> &'a [TableCalc] {
        match self.instance {
            Some(instance) if !instance.table_calcs.is_empty() => &instance.table_calcs,
            _ => &self.field.table_calcs,
        }
    }

    /// The formula, if the field is calculated.
    pub fn formula(&self) -> Option<&'a str> {
        self.field.formula()
    }
}

/// Whether a derivation cuts or takes apart a date, such as `Year` or `Month-Trunc`.
pub fn is_date_derivation(derivation: &str) -> bool {
    let plain = derivation.strip_suffix("-Trunc").unwrap_or(derivation);
    let plain = plain.strip_prefix("ISO-").unwrap_or(plain);
    matches!(
        plain,
        "Year" | "Quarter" | "Month" | "Week" | "Weekday" | "Day" | "Hour" | "Minute" | "Second" | "MY" | "MDY"
    ) || matches!(derivation, "Month-Year" | "Month-Day-Year")
}

impl Workbook {
    /// The data source other parts of the file name so.
    pub fn data_source_named(&self, name: &str) -> Option<&DataSource> {
        self.data_sources.iter().find(|source| source.name == name)
    }

    /// The parameter formulas name so, without brackets.
    pub fn parameter_named(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// The worksheet of a name.
    pub fn worksheet_named(&self, name: &str) -> Option<&Worksheet> {
        self.worksheets.iter().find(|sheet| sheet.name == name)
    }

    /// The tab of a sheet.
    pub fn window_of(&self, sheet: &str) -> Option<&Window> {
        self.windows.iter().find(|window| window.name == sheet)
    }

    /// What a name on a worksheet stands for; none where neither the sheet nor its data source knows it.
    pub fn resolve<'a>(&'a self, sheet: &'a Worksheet, name: &FieldRef) -> Option<Meaning<'a>> {
        let made_by_tableau = match name.instance.as_str() {
            ":Measure Names" => Some(Meaning::MeasureNames),
            "Multiple Values" | ":Measure Values" => Some(Meaning::MeasureValues),
            "Latitude (generated)" => Some(Meaning::Latitude),
            "Longitude (generated)" => Some(Meaning::Longitude),
            "Geometry (generated)" => Some(Meaning::Geometry),
            _ => None,
        };
        if made_by_tableau.is_some() {
            return made_by_tableau;
        }
        if name.data_source == PARAMETERS {
            return self.parameter_named(&name.instance).map(Meaning::Parameter);
        }
        let data_source = self.data_source_named(&name.data_source);
        let instance = instance(sheet, data_source, name);
        let field = instance.map_or(name.instance.as_str(), |instance| instance.field.as_str());
        let field = self.field(sheet, &name.data_source, field)?;
        Some(Meaning::Field(ResolvedField { sheet, data_source, field, instance }))
    }

    /// A field by its data source and its name without brackets, as a sheet sees it. What the data source declares comes first, then
    /// what the sheet knows of it, such as calculations typed into a shelf, then columns of the data that nobody changed.
    pub fn field<'a>(&'a self, sheet: &'a Worksheet, data_source: &str, name: &str) -> Option<&'a Field> {
        field(sheet, self.data_source_named(data_source), data_source, name)
    }

    /// What the header of a measure says where several share an axis or a column each (`:Measure Names`): what the author named it,
    /// or else its [long name](ResolvedField::long_name).
    pub fn measure_name(&self, sheet: &Worksheet, measure: &FieldRef) -> Option<String> {
        let Meaning::Field(resolved) = self.resolve(sheet, measure)? else { return None };
        let literal = format!("\"{}\"", measure.qualified());
        let names = self.field(sheet, &measure.data_source, ":Measure Names");
        let alias = names.and_then(|names| names.aliases.iter().find(|(value, _)| *value == literal));
        Some(alias.map_or_else(|| resolved.long_name(), |(_, name)| name.clone()))
    }
}

/// The instance of a name, as the sheet declares it or else its data source.
pub(crate) fn instance<'a>(
    sheet: &'a Worksheet,
    source: Option<&'a DataSource>,
    name: &FieldRef,
) -> Option<&'a ColumnInstance> {
    let there = sheet.dependencies.iter().filter(|there| there.data_source == name.data_source);
    let of_source = source.into_iter().flat_map(|source| &source.instances);
    there.flat_map(|there| &there.instances).chain(of_source).find(|instance| instance.name == name.instance)
}

/// What [`Workbook::field`] gives.
pub(crate) fn field<'a>(
    sheet: &'a Worksheet,
    source: Option<&'a DataSource>,
    data_source: &str,
    name: &str,
) -> Option<&'a Field> {
    let of_source = source.and_then(|source| source.field(name));
    let there = sheet.dependencies.iter().filter(|there| there.data_source == data_source);
    let of_sheet = || there.flat_map(|there| &there.fields).find(|field| field.name == name);
    of_source.filter(|field| field.declared).or_else(of_sheet).or(of_source)
}

impl Worksheet {
    /// The fields its marks are made of, each once: those on rows, on columns, on pages, then those the panes encode.
    pub fn fields(&self) -> Vec<&FieldRef> {
        let shelves = [&self.rows, &self.columns].into_iter().flatten().flat_map(|shelf| shelf.fields());
        let encoded = self.panes.iter().flat_map(|pane| &pane.encodings).map(|encoding| &encoding.field);
        let mut seen = std::collections::HashSet::new();
        shelves.chain(&self.pages).chain(encoded).filter(|field| seen.insert(*field)).collect()
    }
}

impl DataSource {
    /// The instance a name alone stands for, if the data source declares it.
    pub fn instance(&self, name: &str) -> Option<&ColumnInstance> {
        self.instances.iter().find(|instance| instance.name == name)
    }

    /// The table and column a field comes from, if the file says so: the name of the relation and that of the column, without
    /// brackets. The first is none where there is but one table. `extract` asks for the place in the extract.
    pub fn place_of(&self, field: &str, extract: bool) -> Option<(Option<&str>, &str)> {
        let (cols, columns) = match (&self.extract, extract) {
            (Some(extract), true) => (&extract.cols, &extract.columns),
            _ => (&self.cols, &self.columns),
        };
        let mapped = cols.iter().find(|place| place.field == field);
        let mapped = mapped.map(|place| (place.table.as_deref(), place.column.as_str()));
        mapped.or_else(|| {
            let found = columns.iter().find(|column| column.local_name == field)?;
            Some((found.parent.as_deref(), found.remote_name.as_str()))
        })
    }

    /// The fields a field is made of by name alone: what a group, bin or combined field is of. What formulas name is theirs to say.
    pub fn made_of<'a>(&self, field: &'a Field) -> Vec<&'a str> {
        match &field.calculation {
            Some(Calculation::Group { source, .. }) => vec![source],
            Some(Calculation::Combined(fields)) => fields.iter().map(String::as_str).collect(),
            Some(Calculation::Set(members)) => members.levels(),
            _ => Vec::new(),
        }
    }
}
