//! Worksheets: what they ask of data, and how they lay it out.

use crate::{
    error::Error,
    field::{Field, FieldType, field_type},
    filter::Filter,
    name::{name_parts, unbracketed},
    pane::Pane,
    shelf::{FieldRef, Shelf},
    sort::Sort,
    style::{FormattedText, Style},
    table_calc::TableCalc,
    xml::{Element, Xml},
};

/// A worksheet: one view of data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Worksheet {
    /// Its name.
    pub name: String,
    /// Its title without formatting, where its author gave it one. Placeholders such as `<Sheet Name>` are left in.
    pub title: Option<String>,
    /// The id it keeps when it is renamed, as it is written.
    pub uuid: Option<String>,
    /// Whether it has no tab of its own.
    pub hidden: bool,
    /// The data sources it uses, the primary one first.
    pub data_sources: Vec<UsedDataSource>,
    /// The fields it uses, by data source.
    pub dependencies: Vec<Dependencies>,
    /// Its title with its formats, where its author gave it one.
    pub title_text: FormattedText,
    /// What is written under it, where its author wrote something.
    pub caption_text: FormattedText,
    /// What stands on the shelf of rows.
    pub rows: Option<Shelf>,
    /// What stands on the shelf of columns.
    pub columns: Option<Shelf>,
    /// The fields it is leafed through by.
    pub pages: Vec<FieldRef>,
    /// Its filters, also those it shares with other sheets.
    pub filters: Vec<Filter>,
    /// The fields its filters are on, and those of filters that all sheets of a data source share.
    pub slices: Vec<FieldRef>,
    /// Its sorts.
    pub sorts: Vec<Sort>,
    /// Its layers of marks; never none where it has a table.
    pub panes: Vec<Pane>,
    /// Whether its panes lie one over the other as layers of a map.
    pub layered: bool,
    /// Whether measures are summed up; else each row of the data is a mark.
    pub aggregates: bool,
    /// The totals it shows, by the file's own words: the element's name and its attributes (`subtotals`, `total`, …).
    pub totals: Vec<(String, Vec<(String, String)>)>,
    /// Fields of which members without data are shown too.
    pub full_range: Vec<FieldRef>,
    /// Its formats.
    pub style: Style,
}

/// A data source as a sheet names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedDataSource {
    /// The name of the [`DataSource`](crate::DataSource).
    pub name: String,
    /// The name people see.
    pub caption: Option<String>,
}

/// What a worksheet uses of one data source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependencies {
    /// The name of the [`DataSource`](crate::DataSource), or `Parameters`.
    pub data_source: String,
    /// The fields, as they were when the sheet was saved. For a published data source this is all a workbook knows of
    /// those it does not change.
    pub fields: Vec<Field>,
    /// How the sheet uses them.
    pub instances: Vec<ColumnInstance>,
    /// The formats of those fields: colours and shapes of their members.
    pub style: Style,
}

/// A field as a sheet uses it: summed up, cut to years, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnInstance {
    /// The name shelves and filters use, such as `sum:Sales:qk`.
    pub name: String,
    /// The name of the field, without brackets.
    pub field: String,
    /// What is done to it: `None`, `Sum`, `Year`, `Month-Trunc`, …
    pub derivation: String,
    /// Discrete or continuous.
    pub field_type: Option<FieldType>,
    /// The table calculations over it, the innermost first.
    pub table_calcs: Vec<TableCalc>,
}

impl Worksheet {
    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element) -> Result<Self, Error> {
        let mut sheet = Self { name: xml.need(element, "name"), aggregates: true, ..Self::default() };
        xml.children(|xml, child| match child.name.as_str() {
            "layout-options" => read_layout_options(xml, &mut sheet.title_text, &mut sheet.caption_text),
            "simple-id" => {
                sheet.uuid = xml.get(child, "uuid");
                Ok(())
            }
            "table" => sheet.read_table(xml),
            _ => Ok(()),
        })?;
        sheet.title = title_of(xml, &sheet.title_text);
        Ok(sheet)
    }

    fn read_table(&mut self, xml: &mut Xml<'_>) -> Result<(), Error> {
        xml.children(|xml, child| {
            // The view comes first, and names the data sources.
            let source = self.data_sources.first().map(|source| source.name.clone()).unwrap_or_default();
            match child.name.as_str() {
                "view" => self.read_view(xml)?,
                "style" => self.style.read(xml, &source)?,
                "panes" => {
                    self.layered = child.peek("customization-axis") == Some("layer");
                    xml.children(|xml, child| {
                        if child.name == "pane" {
                            let pane = Pane::read(xml, child, &source)?;
                            xml.push(&mut self.panes, pane);
                        }
                        Ok(())
                    })?;
                }
                "rows" | "cols" => {
                    if child.is_true("total") {
                        let total = (xml.keep(&child.name), xml.others(child, &[]));
                        xml.push(&mut self.totals, total);
                    }
                    let shelf = Shelf::read(xml, &source)?;
                    if child.name == "rows" { self.rows = shelf } else { self.columns = shelf }
                }
                "pages" => self.pages = FieldRef::read_all(xml, &source)?,
                "show-full-range" => self.full_range = FieldRef::read_all(xml, &source)?,
                "subtotals" => self.read_subtotals(xml, child)?,
                _ => {}
            }
            Ok(())
        })?;
        if self.panes.is_empty() {
            let pane = Pane { mark: xml.keep("Automatic"), ..Pane::default() };
            xml.push(&mut self.panes, pane);
        }
        Ok(())
    }

    fn read_view(&mut self, xml: &mut Xml<'_>) -> Result<(), Error> {
        xml.children(|xml, child| {
            let source = self.data_sources.first().map(|source| source.name.clone()).unwrap_or_default();
            match child.name.as_str() {
                "datasources" => read_data_sources(xml, &mut self.data_sources)?,
                "datasource-dependencies" => {
                    let dependencies = Dependencies::read(xml, child)?;
                    xml.push(&mut self.dependencies, dependencies);
                }
                "filter" => {
                    if let Some(filter) = Filter::read(xml, child, &source)? {
                        xml.push(&mut self.filters, filter);
                    }
                }
                "slices" => self.slices = FieldRef::read_all(xml, &source)?,
                "computed-sort"
                | "natural-sort"
                | "alphabetic-sort"
                | "manual-sort"
                | "shelf-sorts"
                | "single-value-per-nest-shelf-sorts"
                | "sort" => {
                    Sort::read(xml, child, &source, &mut self.sorts)?;
                }
                "aggregation" => self.aggregates = child.peek("value") != Some("false"),
                "subtotals" => self.read_subtotals(xml, child)?,
                _ => {}
            }
            Ok(())
        })
    }

    fn read_subtotals(&mut self, xml: &mut Xml<'_>, element: &Element) -> Result<(), Error> {
        let mut total = (xml.keep(&element.name), xml.others(element, &[]));
        xml.children(|xml, child| {
            if child.name == "column" {
                let column = (xml.keep(&child.name), xml.text()?);
                xml.push(&mut total.1, column);
            }
            Ok(())
        })?;
        xml.push(&mut self.totals, total);
        Ok(())
    }
}

impl Dependencies {
    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element) -> Result<Self, Error> {
        let mut dependencies = Self {
            data_source: xml.need(element, "datasource"),
            fields: Vec::new(),
            instances: Vec::new(),
            style: Style::default(),
        };
        xml.children(|xml, child| {
            match child.name.as_str() {
                "column" => {
                    let field = Field::read(xml, child, &dependencies.data_source)?;
                    xml.push(&mut dependencies.fields, field);
                }
                "group" => {
                    if let Some(field) = Field::read_group(xml, child)? {
                        xml.push(&mut dependencies.fields, field);
                    }
                }
                "column-instance" => {
                    let instance = ColumnInstance::read(xml, child, &dependencies.data_source)?;
                    xml.push(&mut dependencies.instances, instance);
                }
                "style" => dependencies.style.read(xml, &dependencies.data_source)?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(dependencies)
    }
}

impl ColumnInstance {
    /// The parts of a qualified reference to an instance, such as `[federated.1].[sum:Sales:qk]`: data source, instance.
    pub fn parts_of(reference: &str) -> Option<(String, String)> {
        <[String; 2]>::try_from(name_parts(reference)).ok().map(|[source, instance]| (source, instance))
    }

    /// Reads a `column-instance` of a data source.
    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element, source: &str) -> Result<Self, Error> {
        let (name, field) = (xml.need(element, "name"), xml.need(element, "column"));
        let mut instance = Self {
            name: unbracketed(&name).into_owned(),
            field: unbracketed(&field).into_owned(),
            derivation: xml.need(element, "derivation"),
            field_type: field_type(element.peek("type")),
            table_calcs: Vec::new(),
        };
        xml.children(|xml, child| {
            if child.name == "table-calc" {
                let calc = TableCalc::read(xml, child, source)?;
                xml.push(&mut instance.table_calcs, calc);
            }
            Ok(())
        })?;
        Ok(instance)
    }
}

/// Reads title and caption of a sheet.
pub(crate) fn read_layout_options(
    xml: &mut Xml<'_>,
    title: &mut FormattedText,
    caption: &mut FormattedText,
) -> Result<(), Error> {
    xml.children(|xml, child| {
        match child.name.as_str() {
            "title" => *title = FormattedText::read_within(xml)?,
            "caption" => *caption = FormattedText::read_within(xml)?,
            _ => {}
        }
        Ok(())
    })
}

/// A title without its formats; none where nothing is written.
pub(crate) fn title_of(xml: &mut Xml<'_>, title: &FormattedText) -> Option<String> {
    (!title.is_empty()).then(|| xml.keep(&title.plain()))
}

pub(crate) fn read_data_sources(xml: &mut Xml<'_>, list: &mut Vec<UsedDataSource>) -> Result<(), Error> {
    xml.children(|xml, child| {
        if child.name == "datasource" {
            let used = UsedDataSource { name: xml.need(child, "name"), caption: xml.get(child, "caption") };
            xml.push(list, used);
        }
        Ok(())
    })
}
