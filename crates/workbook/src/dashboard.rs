//! Dashboards and stories: sheets side by side, and one after the other.

use std::collections::HashSet;

use crate::{
    error::Error,
    style::{FormattedText, Style},
    worksheet::{UsedDataSource, read_data_sources, read_layout_options, title_of},
    xml::{Element, Xml},
    zone::{Zone, ZoneKind},
};

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
    /// Its title with its formats, where its author gave it one.
    pub title_text: FormattedText,
    /// What lies where on it; one of them, `flipboard`, shows the point.
    pub zones: Vec<Zone>,
    /// Its formats.
    pub style: Style,
}

/// One step of a [`Story`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryPoint {
    /// What is said to it.
    pub caption: Option<String>,
    /// The worksheet or dashboard it shows.
    pub sheet: Option<String>,
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
            "layout-options" => read_layout_options(xml, &mut dashboard.title_text, &mut FormattedText::default()),
            "simple-id" => {
                dashboard.uuid = xml.get(child, "uuid");
                Ok(())
            }
            "size" => {
                dashboard.size = DashboardSize::read(child);
                Ok(())
            }
            "datasources" => read_data_sources(xml, &mut dashboard.data_sources),
            "style" => dashboard.style.read(xml, ""),
            "zones" => {
                dashboard.zones = Zone::read_all(xml, &mut points)?;
                Ok(())
            }
            _ => Ok(()),
        })?;
        dashboard.title = title_of(xml, &dashboard.title_text);
        if story {
            let Dashboard { name, title, uuid, hidden, size, title_text, zones, style, .. } = dashboard;
            return Ok(Self::Story(Story { name, title, uuid, hidden, size, points, title_text, zones, style }));
        }
        // Filters and legends name the sheet they belong to; only a zone of the kind is the sheet itself.
        let mut seen = HashSet::new();
        for zone in dashboard.zones.iter().flat_map(Zone::all) {
            if let ZoneKind::Sheet { name, .. } = &zone.kind
                && seen.insert(name)
            {
                let name = xml.keep(name);
                xml.push(&mut dashboard.sheets, name);
            }
        }
        Ok(Self::Dashboard(dashboard))
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

impl StoryPoint {
    /// Reads a `flipboard`, the element whose start was read last.
    pub(crate) fn read_all(xml: &mut Xml<'_>, points: &mut Vec<Self>) -> Result<(), Error> {
        xml.children(|xml, child| {
            if child.name != "story-points" {
                return Ok(());
            }
            xml.children(|xml, child| {
                if child.name == "story-point" {
                    let point = Self { caption: xml.get(child, "caption"), sheet: xml.get(child, "captured-sheet") };
                    xml.push(points, point);
                }
                Ok(())
            })
        })
    }
}
