//! Table calculations: what is done to an answer's values after they came.

use crate::{
    error::Error,
    name::name_parts,
    shelf::FieldRef,
    xml::{Element, Xml},
};

/// A table calculation: what is done to an answer's values after they came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableCalc {
    /// A quick one, in the format's own words: `CumTotal`, `PctTotal`, `Rank`, `Difference`, `PctDiff`, `WindowTotal`, `PctRank`, …
    /// None where the field's own formula is one.
    pub kind: Option<String>,
    /// `Rows`, `Columns`, `Table`, `Pane`, `RowInPane`, `ColumnInPane`, `CellInPane`, `Field`: along what it goes.
    pub ordering: String,
    /// For `Field`: the fields it goes along, from the outermost, qualified; otherwise none. They are instances, or fields
    /// that stand for all their instances on the sheet.
    pub order: Vec<FieldRef>,
    /// At which field it starts anew.
    pub level_break: Option<FieldRef>,
    /// The field whose step is one step.
    pub level_address: Option<FieldRef>,
    /// What a quick one sums up with: `Sum`, `Avg`, `Min`, `Max`.
    pub aggregation: Option<String>,
    /// The first place of a window, relative to the current one.
    pub from: Option<i64>,
    /// The last place of a window.
    pub to: Option<i64>,
    /// Further words by their attribute: `rank-options`, `diff-options`, `window-options`.
    pub options: Vec<(String, String)>,
    /// For a difference, what is compared with: literal values of `address`, such as `-1` for the one before.
    pub address: Vec<String>,
    /// The field of a nested calculation this one belongs to (a formula's calculations may each have their own).
    pub field: Option<String>,
    /// By what the places are in order, where not by the sheet: instance, descending.
    pub sort: Option<(FieldRef, bool)>,
}

impl TableCalc {
    /// One of the further words.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Reads a `table-calc`.
    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element, source: &str) -> Result<Self, Error> {
        const KNOWN: &[&str] = &[
            "type",
            "ordering-type",
            "ordering-field",
            "level-break",
            "level-address",
            "aggregation",
            "from",
            "to",
            "field",
        ];
        let number = |name: &str| element.peek(name).and_then(|text| text.parse().ok());
        let mut calc = Self {
            kind: xml.get(element, "type"),
            ordering: xml.need(element, "ordering-type"),
            level_break: FieldRef::read(xml, element, "level-break", source),
            level_address: FieldRef::read(xml, element, "level-address", source),
            aggregation: xml.get(element, "aggregation"),
            from: number("from"),
            to: number("to"),
            options: xml.others(element, KNOWN),
            field: xml.get(element, "field").and_then(|field| name_parts(&field).pop()),
            ..Self::default()
        };
        if let Some(field) = FieldRef::read(xml, element, "ordering-field", source) {
            xml.push(&mut calc.order, field);
        }
        xml.children(|xml, child| {
            match child.name.as_str() {
                "order" => {
                    if let Some(field) = FieldRef::read(xml, child, "field", source) {
                        xml.push(&mut calc.order, field);
                    }
                }
                "address" => xml.children(|xml, value| {
                    if value.name == "value" {
                        let text = xml.text()?;
                        xml.push(&mut calc.address, text);
                    }
                    Ok(())
                })?,
                "sort" => {
                    let descending = child.peek("direction") == Some("DESC");
                    calc.sort = FieldRef::read(xml, child, "using", source).map(|field| (field, descending));
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(calc)
    }
}
