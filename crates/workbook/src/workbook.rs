//! Workbooks: sheets, their tabs, data sources, parameters, thumbnails.

use std::collections::{HashMap, HashSet};

use crate::{
    action::Action,
    connection::RepositoryLocation,
    dashboard::{Board, Dashboard, Story},
    data_source::DataSource,
    error::{Error, Shown},
    filter::Filter,
    parameter::{PARAMETERS, Parameter},
    shelf::FieldRef,
    style::{Style, read_colors},
    thumbnail::Thumbnail,
    window::Window,
    worksheet::Worksheet,
    xml::{Element, Xml},
};

/// The newest version of the format we have seen, written since 2018.
const NEWEST: u32 = 18;

/// A workbook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workbook {
    /// The version of the format, such as `18.1`.
    pub version: String,
    /// The version of the format it was first saved with.
    pub original_version: Option<String>,
    /// The program that wrote it, such as `2022.1.0 (20221.22.0324.2209)`.
    pub source_build: Option<String>,
    /// The system it was written on (`win`, `mac`, …).
    pub source_platform: Option<String>,
    /// The looks it keeps, in the format's own words: `clean` are those of versions before 10; none are those of its version.
    pub theme: Option<String>,
    /// Where it was published to or taken from.
    pub repository: Option<RepositoryLocation>,
    /// Its data sources, without that of the parameters.
    pub data_sources: Vec<DataSource>,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// Its worksheets in the file's order.
    pub worksheets: Vec<Worksheet>,
    /// Its dashboards in the file's order.
    pub dashboards: Vec<Dashboard>,
    /// Its stories in the file's order.
    pub stories: Vec<Story>,
    /// Its tabs from the left, hidden ones among them.
    pub windows: Vec<Window>,
    /// The pictures of its sheets.
    pub thumbnails: Vec<Thumbnail>,
    /// What happens when someone points at marks or picks them.
    pub actions: Vec<Action>,
    /// Its formats, which hold where a sheet has none of its own.
    pub style: Style,
    /// The palettes it brings along.
    pub palettes: Vec<Palette>,
    /// The shapes it brings along.
    pub shapes: Vec<CustomShape>,
    /// How its author's system writes numbers and dates, such as `en_GB`, where it says so.
    pub locale: Option<String>,
}

/// A palette of a workbook's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Palette {
    /// The name encodings use.
    pub name: String,
    /// `regular`, `ordered-sequential` or `ordered-diverging`.
    pub kind: String,
    /// Its colours, such as `#4e79a7`.
    pub colors: Vec<String>,
}

/// A shape of a workbook's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomShape {
    /// The name encodings use, such as `Gender/1.png`.
    pub name: String,
    /// Its picture in base64, as it is written.
    pub base64: String,
}

/// What a [`View`] shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ViewKind {
    /// A worksheet.
    Worksheet,
    /// A dashboard.
    Dashboard,
    /// A story.
    Story,
}

/// A sheet of any kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View<'a> {
    /// Its kind.
    pub kind: ViewKind,
    /// Its name.
    pub name: &'a str,
    /// Its title, where its author gave it one.
    pub title: Option<&'a str>,
    /// The id it keeps when it is renamed, as it is written.
    pub uuid: Option<&'a str>,
    /// Whether it has no tab of its own.
    pub hidden: bool,
}

impl Workbook {
    /// All sheets, hidden ones among them, in the order of the tabs; those without a tab come last.
    pub fn views(&self) -> Vec<View<'_>> {
        let worksheets = self.worksheets.iter().map(|sheet| View {
            kind: ViewKind::Worksheet,
            name: &sheet.name,
            title: sheet.title.as_deref(),
            uuid: sheet.uuid.as_deref(),
            hidden: sheet.hidden,
        });
        let dashboards = self.dashboards.iter().map(|sheet| View {
            kind: ViewKind::Dashboard,
            name: &sheet.name,
            title: sheet.title.as_deref(),
            uuid: sheet.uuid.as_deref(),
            hidden: sheet.hidden,
        });
        let stories = self.stories.iter().map(|sheet| View {
            kind: ViewKind::Story,
            name: &sheet.name,
            title: sheet.title.as_deref(),
            uuid: sheet.uuid.as_deref(),
            hidden: sheet.hidden,
        });
        let mut views: Vec<View<'_>> = worksheets.chain(dashboards).chain(stories).collect();
        let places: HashMap<&str, usize> =
            self.windows.iter().enumerate().map(|(place, window)| (window.name.as_str(), place)).collect();
        views.sort_by_key(|view| places.get(view.name).copied().unwrap_or(usize::MAX));
        views
    }

    /// The sheet to show first: the one that was looked at when the workbook was saved, or the first tab. A hidden one
    /// only where all are hidden.
    pub fn default_view(&self) -> Option<View<'_>> {
        let views = self.views();
        let active = self.windows.iter().find(|window| window.active && !window.hidden);
        let by_window = active.and_then(|window| views.iter().find(|view| view.name == window.name));
        by_window.or_else(|| views.iter().find(|view| !view.hidden)).or_else(|| views.first()).copied()
    }

    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element) -> Result<Self, Error> {
        let mut workbook = Self {
            version: xml.need(element, "version"),
            original_version: xml.get(element, "original-version"),
            source_build: xml.get(element, "source-build"),
            source_platform: xml.get(element, "source-platform"),
            locale: xml.get(element, "locale"),
            ..Self::default()
        };
        let major = workbook.version.split('.').next().and_then(|major| major.parse::<u32>().ok());
        if major.is_some_and(|major| major > NEWEST) {
            let what = format!("its version {} is newer than any this crate knows", Shown(&workbook.version));
            xml.note("workbook", what);
        }
        let mut shared = Vec::new();
        xml.children(|xml, child| {
            match child.name.as_str() {
                "style-theme" => workbook.theme = xml.get(child, "name"),
                "shared-views" => read_shared_filters(xml, &mut shared)?,
                "repository-location" => workbook.repository = Some(RepositoryLocation::read(xml, child)),
                "datasources" => workbook.read_data_sources(xml)?,
                "worksheets" => xml.children(|xml, child| {
                    if child.name == "worksheet" {
                        let sheet = Worksheet::read(xml, child)?;
                        xml.push(&mut workbook.worksheets, sheet);
                    }
                    Ok(())
                })?,
                "dashboards" => workbook.read_dashboards(xml)?,
                "windows" => workbook.read_windows(xml)?,
                "actions" => Action::read_all(xml, &mut workbook.actions)?,
                "style" => workbook.style.read(xml, "")?,
                "preferences" => xml.children(|xml, child| {
                    if child.name == "color-palette" {
                        let mut palette = Palette {
                            name: xml.need(child, "name"),
                            kind: xml.get(child, "type").unwrap_or_default(),
                            colors: Vec::new(),
                        };
                        read_colors(xml, &mut palette.colors)?;
                        xml.push(&mut workbook.palettes, palette);
                    }
                    Ok(())
                })?,
                "external" => workbook.read_shapes(xml)?,
                "thumbnails" => xml.children(|xml, child| {
                    if child.name == "thumbnail" {
                        let thumbnail = Thumbnail::read(xml, child)?;
                        xml.push(&mut workbook.thumbnails, thumbnail);
                    }
                    Ok(())
                })?,
                _ => {}
            }
            Ok(())
        })?;
        workbook.share_filters(xml, &shared)?;
        workbook.finish(xml);
        Ok(workbook)
    }

    fn read_data_sources(&mut self, xml: &mut Xml<'_>) -> Result<(), Error> {
        xml.children(|xml, child| {
            if child.name != "datasource" {
                return Ok(());
            }
            if child.peek("name") != Some(PARAMETERS) {
                let source = DataSource::read(xml, child)?;
                xml.push(&mut self.data_sources, source);
                return Ok(());
            }
            xml.children(|xml, child| {
                if child.name == "column" {
                    let parameter = Parameter::read(xml, child)?;
                    xml.push(&mut self.parameters, parameter);
                }
                Ok(())
            })
        })
    }

    fn read_dashboards(&mut self, xml: &mut Xml<'_>) -> Result<(), Error> {
        xml.children(|xml, child| {
            if child.name == "dashboard" {
                match Board::read(xml, child)? {
                    Board::Dashboard(dashboard) => xml.push(&mut self.dashboards, dashboard),
                    Board::Story(story) => xml.push(&mut self.stories, story),
                }
            }
            Ok(())
        })
    }

    fn read_shapes(&mut self, xml: &mut Xml<'_>) -> Result<(), Error> {
        xml.children(|xml, child| match child.name.as_str() {
            "shapes" => xml.children(|xml, child| {
                if child.name == "shape" {
                    let shape = CustomShape { name: xml.need(child, "name"), base64: xml.text()? };
                    xml.push(&mut self.shapes, shape);
                }
                Ok(())
            }),
            _ => Ok(()),
        })
    }

    fn read_windows(&mut self, xml: &mut Xml<'_>) -> Result<(), Error> {
        xml.children(|xml, child| {
            if child.name == "window" && child.peek("name").is_some() {
                let window = Window::read(xml, child)?;
                xml.push(&mut self.windows, window);
            }
            Ok(())
        })
    }

    /// Gives sheets the filters they share with all of their data source. Such a sheet has no filter of its own on the field,
    /// but names it among its slices, and declares the instance itself.
    fn share_filters(&mut self, xml: &mut Xml<'_>, shared: &[(Filter, u64)]) -> Result<(), Error> {
        for sheet in &mut self.worksheets {
            let own: HashSet<&FieldRef> = sheet.filters.iter().map(|filter| &filter.field).collect();
            let slices: HashSet<&FieldRef> = sheet.slices.iter().filter(|field| !own.contains(field)).collect();
            let mut missing = Vec::new();
            for (filter, size) in shared.iter().filter(|(filter, _)| slices.contains(&filter.field)) {
                xml.claim(*size)?;
                xml.push(&mut missing, filter.clone());
            }
            sheet.filters.append(&mut missing);
        }
        Ok(())
    }

    /// Takes the tabs' hidden flags over to the sheets, and notes what does not fit together.
    fn finish(&mut self, xml: &mut Xml<'_>) {
        let hidden: HashMap<&str, bool> =
            self.windows.iter().map(|window| (window.name.as_str(), window.hidden)).collect();
        let sheets = (self.worksheets.iter_mut().map(|sheet| (&sheet.name, &mut sheet.hidden)))
            .chain(self.dashboards.iter_mut().map(|sheet| (&sheet.name, &mut sheet.hidden)))
            .chain(self.stories.iter_mut().map(|sheet| (&sheet.name, &mut sheet.hidden)));
        let mut names = HashMap::new();
        for (name, flag) in sheets {
            match hidden.get(name.as_str()) {
                Some(hidden) => *flag = *hidden,
                None if self.windows.is_empty() => {}
                None => xml
                    .note(format!("sheet {}", Shown(name)), "it has no tab; it is taken as visible, after the others"),
            }
            if names.insert(name.as_str(), ()).is_some() {
                xml.note(format!("sheet {}", Shown(name)), "another sheet has the same name");
            }
        }
        for window in &self.windows {
            let sheet = matches!(window.class.as_str(), "worksheet" | "dashboard" | "story");
            if sheet && !names.contains_key(window.name.as_str()) {
                xml.note(format!("tab {}", Shown(&window.name)), "there is no sheet of that name");
            }
        }
        for thumbnail in &self.thumbnails {
            if !names.contains_key(thumbnail.name.as_str()) {
                xml.note(format!("thumbnail {}", Shown(&thumbnail.name)), "there is no sheet of that name");
            }
        }
    }
}

/// Reads the filters that all sheets of a data source share, each with the memory it takes.
fn read_shared_filters(xml: &mut Xml<'_>, shared: &mut Vec<(Filter, u64)>) -> Result<(), Error> {
    xml.children(|xml, view| {
        if view.name != "shared-view" {
            return Ok(());
        }
        let source = xml.need(view, "name");
        xml.children(|xml, child| {
            let before = xml.kept();
            if child.name == "filter"
                && let Some(filter) = Filter::read(xml, child, &source)?
            {
                let size = xml.kept() - before;
                xml.push(shared, (filter, size));
            }
            Ok(())
        })
    })
}
