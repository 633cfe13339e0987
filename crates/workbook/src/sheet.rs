//! Worksheets, dashboards and stories.

use crate::{
    error::Error,
    field::{Field, FieldType, field_type, read_formatted_text},
    filter::{Filter, Sort, TableCalc},
    name::{name_parts, unbracketed},
    pane::Pane,
    shelf::{FieldRef, Shelf},
    style::{FormattedText, Style},
    xml::{Element, Xml},
    zone::Zone,
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
    /// Its sorts.
    pub sorts: Vec<Sort>,
    /// Its layers of marks; never none where it has a table.
    pub panes: Vec<Pane>,
    /// Whether measures are summed up; else each row of the data is a mark.
    pub aggregates: bool,
    /// The totals it shows, by the file's own words: the element's name and its attributes (`subtotals`, `total`, …).
    pub totals: Vec<(String, Vec<(String, String)>)>,
    /// Fields of which members without data are shown too.
    pub full_range: Vec<FieldRef>,
    /// Its formats.
    pub style: Style,
}

/// A dashboard: worksheets and other things side by side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dashboard {
    /// Its name.
    pub name: String,
    /// Its title without formatting, where its author gave it one. Placeholders such as `<Sheet Name>` are left in.
    pub title: Option<String>,
    /// The id it keeps when it is renamed, as it is written.
    pub uuid: Option<String>,
    /// Whether it has no tab of its own.
    pub hidden: bool,
    /// Its size.
    pub size: DashboardSize,
    /// The names of the worksheets on it, each once, in the order of its zones.
    pub sheets: Vec<String>,
    /// The data sources it uses itself, for filters and parameters.
    pub data_sources: Vec<UsedDataSource>,
    /// Its title with its formats, where its author gave it one.
    pub title_text: FormattedText,
    /// What lies where on it, from the back to the front. Layouts of their own for telephones and tablets are not read.
    pub zones: Vec<Zone>,
    /// Its formats.
    pub style: Style,
}

/// The size of a [`Dashboard`], in pixels. Equal ends are a fixed size; none at all is as large as there is room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DashboardSize {
    /// The least width.
    pub min_width: Option<u32>,
    /// The most width.
    pub max_width: Option<u32>,
    /// The least height.
    pub min_height: Option<u32>,
    /// The most height.
    pub max_height: Option<u32>,
}

/// A story: sheets one after the other, with something said to each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Story {
    /// Its name.
    pub name: String,
    /// Its title without formatting, where its author gave it one. Placeholders such as `<Sheet Name>` are left in.
    pub title: Option<String>,
    /// The id it keeps when it is renamed, as it is written.
    pub uuid: Option<String>,
    /// Whether it has no tab of its own.
    pub hidden: bool,
    /// Its size.
    pub size: DashboardSize,
    /// Its points in order.
    pub points: Vec<StoryPoint>,
}

/// One step of a [`Story`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryPoint {
    /// What is said to it.
    pub caption: Option<String>,
    /// The worksheet or dashboard it shows.
    pub sheet: Option<String>,
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
        let mut sheet = Self { name: xml.need(element, "name"), ..Self::default() };
        xml.children(|xml, child| match child.name.as_str() {
            "layout-options" => read_title(xml, &mut sheet.title),
            "simple-id" => {
                sheet.uuid = xml.get(child, "uuid");
                Ok(())
            }
            "table" => xml.children(|xml, child| match child.name.as_str() {
                "view" => sheet.read_view(xml),
                _ => Ok(()),
            }),
            _ => Ok(()),
        })?;
        Ok(sheet)
    }

    fn read_view(&mut self, xml: &mut Xml<'_>) -> Result<(), Error> {
        xml.children(|xml, child| match child.name.as_str() {
            "datasources" => read_data_sources(xml, &mut self.data_sources),
            "datasource-dependencies" => {
                let dependencies = Dependencies::read(xml, child)?;
                xml.push(&mut self.dependencies, dependencies);
                Ok(())
            }
            _ => Ok(()),
        })
    }
}

impl Dependencies {
    fn read(xml: &mut Xml<'_>, element: &Element) -> Result<Self, Error> {
        let mut dependencies =
            Self { data_source: xml.need(element, "datasource"), fields: Vec::new(), instances: Vec::new() };
        xml.children(|xml, child| {
            match child.name.as_str() {
                "column" => {
                    let field = Field::read(xml, child)?;
                    xml.push(&mut dependencies.fields, field);
                }
                "group" => {
                    if let Some(field) = Field::read_group(xml, child)? {
                        xml.push(&mut dependencies.fields, field);
                    }
                }
                "column-instance" => {
                    let (name, field) = (xml.need(child, "name"), xml.need(child, "column"));
                    let instance = ColumnInstance {
                        name: unbracketed(&name).into_owned(),
                        field: unbracketed(&field).into_owned(),
                        derivation: xml.need(child, "derivation"),
                        field_type: field_type(child.peek("type")),
                        table_calcs: Vec::new(),
                    };
                    xml.push(&mut dependencies.instances, instance);
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(dependencies)
    }
}

/// What a `dashboard` element turned out to be.
pub(crate) enum Board {
    Dashboard(Dashboard),
    Story(Story),
}

impl Board {
    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element) -> Result<Self, Error> {
        // Versions since 2020 write the second attribute.
        let story = ["type", "type-v2"].iter().any(|name| element.peek(name) == Some("storyboard"));
        let mut dashboard = Dashboard { name: xml.need(element, "name"), ..Dashboard::default() };
        let mut points = Vec::new();
        xml.children(|xml, child| match child.name.as_str() {
            "layout-options" => read_title(xml, &mut dashboard.title),
            "simple-id" => {
                dashboard.uuid = xml.get(child, "uuid");
                Ok(())
            }
            "size" => {
                dashboard.size = DashboardSize::read(child);
                Ok(())
            }
            "datasources" => read_data_sources(xml, &mut dashboard.data_sources),
            "zones" => read_zones(xml, &mut dashboard.sheets, &mut points),
            _ => Ok(()),
        })?;
        let mut seen = std::collections::HashSet::new();
        dashboard.sheets.retain(|sheet| seen.insert(sheet.clone()));
        if !story {
            return Ok(Self::Dashboard(dashboard));
        }
        let Dashboard { name, title, uuid, hidden, size, .. } = dashboard;
        Ok(Self::Story(Story { name, title, uuid, hidden, size, points }))
    }
}

impl DashboardSize {
    fn read(element: &Element) -> Self {
        let number = |name| element.peek(name).and_then(|text| text.parse().ok());
        Self {
            min_width: number("minwidth"),
            max_width: number("maxwidth"),
            min_height: number("minheight"),
            max_height: number("maxheight"),
        }
    }
}

fn read_zones(xml: &mut Xml<'_>, sheets: &mut Vec<String>, points: &mut Vec<StoryPoint>) -> Result<(), Error> {
    xml.children(|xml, child| {
        match child.name.as_str() {
            "zone" => {
                // Filters and legends name the sheet they belong to; a zone without a type is the sheet itself.
                let kind = child.peek("type-v2").or_else(|| child.peek("type"));
                if matches!(kind, None | Some("" | "viz"))
                    && let Some(name) = xml.get(child, "name")
                {
                    xml.push(sheets, name);
                }
                read_zones(xml, sheets, points)
            }
            "flipboard" => xml.children(|xml, child| match child.name.as_str() {
                "story-points" => read_points(xml, points),
                _ => Ok(()),
            }),
            _ => Ok(()),
        }
    })
}

fn read_points(xml: &mut Xml<'_>, points: &mut Vec<StoryPoint>) -> Result<(), Error> {
    xml.children(|xml, child| {
        if child.name == "story-point" {
            let point = StoryPoint { caption: xml.get(child, "caption"), sheet: xml.get(child, "captured-sheet") };
            xml.push(points, point);
        }
        Ok(())
    })
}

fn read_title(xml: &mut Xml<'_>, title: &mut Option<String>) -> Result<(), Error> {
    xml.children(|xml, child| {
        if child.name == "title" {
            *title = Some(read_formatted_text(xml)?).filter(|text| !text.is_empty());
        }
        Ok(())
    })
}

fn read_data_sources(xml: &mut Xml<'_>, list: &mut Vec<UsedDataSource>) -> Result<(), Error> {
    xml.children(|xml, child| {
        if child.name == "datasource" {
            let used = UsedDataSource { name: xml.need(child, "name"), caption: xml.get(child, "caption") };
            xml.push(list, used);
        }
        Ok(())
    })
}

impl ColumnInstance {
    /// The parts of a qualified reference to an instance, such as `[federated.1].[sum:Sales:qk]`: data source, instance.
    pub fn parts_of(reference: &str) -> Option<(String, String)> {
        <[String; 2]>::try_from(name_parts(reference)).ok().map(|[source, instance]| (source, instance))
    }
}
