//! What the file says of looks: the last word on a thing, the more particular one first.

use tavola_workbook::{FieldRef, Style, StyleEncoding};

/// The last value of a format of an element that is for no field.
pub(crate) fn plain<'a>(style: &'a Style, element: &str, attr: &str) -> Option<&'a str> {
    formats(style, element, attr).filter(|format| format.field.is_none()).last().map(|format| format.value.as_str())
}

/// The last value of a format of an element for a field; else the one that is for no field.
pub(crate) fn of_field<'a>(style: &'a Style, element: &str, attr: &str, field: &FieldRef) -> Option<&'a str> {
    let own = formats(style, element, attr).filter(|format| format.field.as_ref() == Some(field)).last();
    own.map(|format| format.value.as_str()).or_else(|| plain(style, element, attr))
}

/// The last value of a format for a side of the view: `rows` or `cols`; else the one for both.
pub(crate) fn of_scope<'a>(style: &'a Style, element: &str, attr: &str, scope: &str) -> Option<&'a str> {
    let is_for = |wanted: Option<&str>| {
        formats(style, element, attr)
            .filter(|format| format.field.is_none() && format.scope.as_deref() == wanted)
            .last()
            .map(|format| format.value.as_str())
    };
    is_for(Some(scope)).or_else(|| is_for(None))
}

/// The last value of a format for one of the axes of a field.
pub(crate) fn of_axis<'a>(
    style: &'a Style,
    attr: &str,
    field: &FieldRef,
    class: &str,
    scope: &str,
) -> Option<&'a tavola_workbook::Format> {
    formats(style, "axis", attr)
        .filter(|format| {
            format.field.as_ref() == Some(field)
                && format.class.as_deref().is_none_or(|of| of == class)
                && format.scope.as_deref().is_none_or(|of| of == scope)
        })
        .last()
}

/// The last value of a format for a reference line.
pub(crate) fn of_id<'a>(style: &'a Style, element: &str, attr: &str, id: &str) -> Option<&'a str> {
    formats(style, element, attr)
        .filter(|format| format.id.as_deref() == Some(id))
        .last()
        .map(|format| format.value.as_str())
        .or_else(|| {
            formats(style, element, attr)
                .filter(|format| format.id.is_none())
                .last()
                .map(|format| format.value.as_str())
        })
}

/// Whether a format says yes or no.
pub(crate) fn truth(value: Option<&str>) -> Option<bool> {
    match value? {
        "true" | "on" | "1" => Some(true),
        "false" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// The encoding of an axis (`space`) for a field: which of its axes, on which side.
pub(crate) fn space<'a>(style: &'a Style, field: &FieldRef, class: &str, scope: &str) -> Option<&'a StyleEncoding> {
    encodings(style, "space")
        .filter(|encoding| {
            encoding.field.as_ref() == Some(field)
                && encoding.attribute("class").is_none_or(|of| of == class)
                && encoding.attribute("scope").is_none_or(|of| of == scope)
        })
        .last()
}

/// The encodings of a channel, in their order.
pub(crate) fn encodings<'a>(style: &'a Style, attr: &'a str) -> impl Iterator<Item = &'a StyleEncoding> {
    style.rules.iter().flat_map(|rule| &rule.encodings).filter(move |encoding| encoding.attr == attr)
}

fn formats<'a>(style: &'a Style, element: &str, attr: &str) -> impl Iterator<Item = &'a tavola_workbook::Format> {
    style
        .rules
        .iter()
        .filter(move |rule| rule.element == element)
        .flat_map(|rule| &rule.formats)
        .filter(move |format| format.attr == attr)
}
