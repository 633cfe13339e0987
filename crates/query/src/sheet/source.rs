//! A data source as one sheet sees it: its fields, its instances, its tables.

use std::{borrow::Cow, collections::HashMap};

use jiff::civil::Weekday;
use tavola_workbook::{ColumnInstance, DataSource, DataType, Field, FieldType, Role, Workbook, Worksheet};

use super::{instance, parameters::Parameters};
use crate::{
    Catalog, Error, Type,
    relation::{Tables, type_of},
    sql::Dialect,
};

/// A data source as one sheet sees it.
pub(super) struct Source<'a> {
    pub(super) data_source: &'a DataSource,
    pub(super) tables: Tables,
    pub(super) dialect: Dialect,
    pub(super) parameters: &'a Parameters,
    fields: HashMap<&'a str, &'a Field>,
    instances: HashMap<&'a str, &'a ColumnInstance>,
}

impl<'a> Source<'a> {
    /// A data source of the workbook by its name, as a sheet sees it.
    pub(super) fn new(
        workbook: &'a Workbook,
        sheet: &'a Worksheet,
        name: &str,
        catalog: &Catalog,
        parameters: &'a Parameters,
    ) -> Result<Self, Error> {
        let data_source = (workbook.data_sources.iter().find(|source| source.name == name))
            .ok_or_else(|| Error::Missing(format!("the data source `{name}`")))?;
        let tables = Tables::new(data_source, catalog, &|name| parameters.get(name).cloned())?;
        let mut fields: HashMap<&str, &Field> = HashMap::new();
        let mut instances: HashMap<&str, &ColumnInstance> = HashMap::new();
        instances.extend(data_source.instances.iter().map(|instance| (instance.name.as_str(), instance)));
        for dependencies in sheet.dependencies.iter().filter(|dependencies| dependencies.data_source == name) {
            fields.extend(dependencies.fields.iter().map(|field| (field.name.as_str(), field)));
            instances.extend(dependencies.instances.iter().map(|instance| (instance.name.as_str(), instance)));
        }
        // What the data source says now, and not what it said when the sheet was saved. For a published one the sheet may know more.
        let declared =
            data_source.fields.iter().filter(|field| field.declared || !fields.contains_key(field.name.as_str()));
        let declared: Vec<_> = declared.map(|field| (field.name.as_str(), field)).collect();
        fields.extend(declared);
        Ok(Self { data_source, tables, dialect: catalog.dialect, parameters, fields, instances })
    }

    /// A field by its name without brackets.
    pub(super) fn field(&self, name: &str) -> Option<&'a Field> {
        self.fields.get(name).copied()
    }

    /// The name of a field that a formula has in this form: written without brackets, its case is not told.
    pub(super) fn name_of<'n>(&self, name: &'n str) -> Cow<'n, str> {
        if self.fields.contains_key(name) || self.tables.find(name).is_some() {
            return Cow::Borrowed(name);
        }
        let mut alike: Vec<&str> =
            self.fields.keys().copied().filter(|field| field.eq_ignore_ascii_case(name)).collect();
        alike.sort_unstable();
        alike.first().map_or(Cow::Borrowed(name), |field| Cow::Owned((*field).to_owned()))
    }

    /// A field by the name people see, or else by its own, whatever the case.
    pub(super) fn field_shown(&self, name: &str) -> Option<&'a Field> {
        let mut fields: Vec<&'a Field> = self.fields.values().copied().collect();
        fields.sort_by_key(|field| (field.hidden, field.name.as_str()));
        let shown = fields.iter().find(|field| field.shown_name().eq_ignore_ascii_case(name));
        shown.or_else(|| fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))).copied()
    }

    /// The day on which weeks begin.
    pub(super) fn week_start(&self) -> Weekday {
        let option = self.data_source.date_options.iter().find(|(name, _)| name == "start-of-week");
        match option.map(|(_, day)| day.as_str()) {
            Some("monday") => Weekday::Monday,
            Some("tuesday") => Weekday::Tuesday,
            Some("wednesday") => Weekday::Wednesday,
            Some("thursday") => Weekday::Thursday,
            Some("friday") => Weekday::Friday,
            Some("saturday") => Weekday::Saturday,
            _ => Weekday::Sunday,
        }
    }

    /// A column instance by its name; one that nobody declared is what its name says.
    pub(super) fn instance(&self, name: &str) -> ColumnInstance {
        match self.instances.get(name) {
            Some(instance) => (*instance).clone(),
            None => instance::of_name(name, |field| self.fields.contains_key(field)),
        }
    }

    /// The type the file or the data give a field.
    pub(super) fn type_of(&self, name: &str) -> Option<Type> {
        let declared = self.field(name).and_then(|field| field.data_type.as_ref()).and_then(type_of);
        declared.or_else(|| self.tables.find(name).map(|(_, _, data_type)| data_type))
    }

    /// Whether a field is summed up where nothing else is said.
    pub(super) fn is_measure(&self, name: &str) -> bool {
        self.field(name).is_some_and(|field| match field.role {
            Some(role) => role == Role::Measure,
            None => matches!(field.data_type, Some(DataType::Integer | DataType::Real)),
        })
    }

    /// Whether an instance is continuous.
    pub(super) fn is_continuous(&self, instance: &ColumnInstance) -> bool {
        let own = instance.field_type.or_else(|| self.field(&instance.field).and_then(|field| field.field_type));
        own.is_some_and(FieldType::is_continuous)
    }
}
