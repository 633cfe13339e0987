//! Values and fields in words.

use tavola_query::{Column, Value};
use tavola_workbook::FieldRef;

use super::{
    look,
    view::{Drawing, View, is_date},
};
use crate::format;

impl View<'_> {
    /// A value as labels and cells show it.
    pub(crate) fn label(&self, column: &Column, value: &Value) -> String {
        let own = look::of_field(&self.sheet.style, "cell", "text-format", &column.field);
        let default = || percent(&column.field).then_some("p0.0%");
        format::formatted(value, column, own.or(column.format.as_deref()).or_else(default))
    }

    /// A member as headers and legends show it.
    pub(crate) fn member(&self, field: &FieldRef, place: usize) -> String {
        if field.is_measure_names() {
            let Some(measure) = self.answer.measures.get(place) else { return String::new() };
            return self.column(measure).map_or_else(|| measure.instance.clone(), |column| column.caption.clone());
        }
        let value = self.members.domain(field).and_then(|domain| domain.values.get(place));
        match (self.column(field), value) {
            (Some(column), Some(value)) => {
                let own = look::of_field(&self.sheet.style, "label", "text-format", field);
                format::formatted(value, column, own.or(column.format.as_deref()))
            }
            _ => String::new(),
        }
    }

    /// The name of a field over headers and legends.
    pub(crate) fn caption(&self, field: &FieldRef) -> String {
        match self.column(field) {
            Some(column) => column.caption.clone(),
            None if field.is_measure_values() => "Value".to_owned(),
            None if field.is_measure_names() => "Measure Names".to_owned(),
            None => field.instance.clone(),
        }
    }

    /// The name of a field without the part of a date it is: `Order Date` for `Year of Order Date`.
    pub(crate) fn plain_caption(&self, field: &FieldRef) -> String {
        let caption = self.caption(field);
        let dated = self.column(field).is_some_and(|column| is_date(column) && !column.derivation.is_empty());
        match caption.split_once(" of ") {
            Some((_, name)) if dated => name.to_owned(),
            _ => caption,
        }
    }

    /// What a field says for a mark.
    pub(crate) fn said(&self, drawing: &Drawing<'_>, field: &FieldRef, row: usize, measure: Option<usize>) -> String {
        if field.is_measure_names() {
            return measure.map_or_else(String::new, |measure| self.member(field, measure));
        }
        match self.value(drawing, field, row, measure) {
            Some((_, Value::Null)) => String::new(),
            Some((column, value)) => self.label(column, value),
            None => String::new(),
        }
    }
}

/// Whether a field is a quick calculation of parts of a whole, which are written as percentages unless the file says otherwise.
pub(crate) fn percent(field: &FieldRef) -> bool {
    ["pcto:", "pcdf:", "pcrk:"].iter().any(|kind| field.instance.starts_with(kind))
}

/// A value as files write it: `"East"`, `12`, `#2020-01-31#`, `true`, `%null%`.
pub(crate) fn literal(value: &Value) -> String {
    match value {
        Value::Null => "%null%".to_owned(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => format!("\"{text}\""),
        Value::Date(days) => {
            super::scale::moment(f64::from(*days)).map_or_else(String::new, |moment| format!("#{}#", moment.date()))
        }
        Value::DateTime(micros) => super::scale::moment(*micros as f64 / 86_400e6)
            .map_or_else(String::new, |moment| format!("#{} {}#", moment.date(), moment.time())),
        Value::Spatial(_) => String::new(),
    }
}
