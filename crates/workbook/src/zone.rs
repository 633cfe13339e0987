//! Zones: what lies where on a dashboard.

use crate::{
    dashboard::StoryPoint,
    error::Error,
    shelf::FieldRef,
    style::{FormattedText, Style},
    xml::{Element, Xml},
};

/// A part of a dashboard, and the parts it is made of. Numbers are hundred-thousandths of the dashboard's size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Zone {
    /// Its id.
    pub id: Option<String>,
    /// From the left.
    pub x: i64,
    /// From the top.
    pub y: i64,
    /// Its width.
    pub width: i64,
    /// Its height.
    pub height: i64,
    /// What is in it.
    pub kind: ZoneKind,
    /// Whether it has a size in pixels that does not follow the dashboard's.
    pub fixed_size: Option<u32>,
    /// Whether it floats over the others: it stands beside the zone that holds all that does not.
    pub floating: bool,
    /// Whether it is hidden until someone presses a button or a field says so. Zones in it are hidden with it.
    pub hidden: bool,
    /// The title of a legend, a filter or a control where its author wrote one of their own.
    pub title: FormattedText,
    /// All other attributes, as they are written: `pane-specification-id` and `leg-item-layout` of legends, `show-title`, `url` of
    /// pictures, …
    pub attributes: Vec<(String, String)>,
    /// Its borders, background, margins and padding: the format's `attr` and `value`.
    pub style: Style,
    /// The zones in it, from the back to the front.
    pub zones: Vec<Zone>,
}

/// What is in a [`Zone`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ZoneKind {
    /// Other zones where they say (`layout-basic`, and none at all).
    #[default]
    Free,
    /// Other zones one after the other.
    Flow {
        /// From the top down, else from the left.
        vertical: bool,
        /// All of the same size (`distribute-evenly`).
        evenly: bool,
    },
    /// A worksheet (in a story also a dashboard).
    Sheet {
        /// Its name.
        name: String,
        /// Whether its title is over it.
        show_title: bool,
    },
    /// The dashboard's title.
    Title,
    /// A text.
    Text(FormattedText),
    /// A picture.
    Image {
        /// Its path in the package, or its URL.
        source: String,
        /// Whether it is fitted to the zone.
        scaled: bool,
        /// Whether it lies in the middle.
        centered: bool,
    },
    /// A legend of a sheet.
    Legend {
        /// `color`, `size`, `shape`, `map`.
        channel: String,
        /// The sheet.
        sheet: String,
        /// The instance it tells of.
        field: Option<FieldRef>,
    },
    /// The control of a filter.
    Filter {
        /// The sheet.
        sheet: String,
        /// The instance.
        field: Option<FieldRef>,
        /// `checkdropdown`, `dropdown`, `list`, `slider`, `compact`, …
        mode: Option<String>,
    },
    /// The control of a parameter.
    Parameter {
        /// The parameter.
        field: Option<FieldRef>,
        /// `compact`, `slider`, `type_in`, `list`, …
        mode: Option<String>,
    },
    /// A web page.
    Web(String),
    /// Nothing.
    Blank,
    /// Anything else, by the file's own word.
    Other(String),
}

/// The attributes that [`Zone`] and [`ZoneKind`] have a place for.
const KNOWN: &[&str] = &[
    "id",
    "x",
    "y",
    "w",
    "h",
    "type",
    "type-v2",
    "name",
    "param",
    "mode",
    "is-fixed",
    "fixed-size",
    "is-scaled",
    "is-centered",
    "hidden-by-user",
    "layout-strategy-id",
];

/// The size of a zone that fills the dashboard.
const WHOLE: (i64, i64) = (100_000, 100_000);

impl Zone {
    /// One of the other attributes.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The zone itself and all zones in it, those that lie behind others first.
    pub fn all(&self) -> Vec<&Zone> {
        fn collect<'a>(zone: &'a Zone, all: &mut Vec<&'a Zone>) {
            all.push(zone);
            zone.zones.iter().for_each(|zone| collect(zone, all));
        }
        let mut all = Vec::new();
        collect(self, &mut all);
        all
    }

    /// Reads the zones of `zones`, the element whose start was read last, and the points of a story among them.
    pub(crate) fn read_all(xml: &mut Xml<'_>, points: &mut Vec<StoryPoint>) -> Result<Vec<Self>, Error> {
        let mut zones = Vec::new();
        xml.children(|xml, child| {
            if child.name == "zone" {
                let zone = Self::read(xml, child, points)?;
                xml.push(&mut zones, zone);
            }
            Ok(())
        })?;
        // One zone as large as the dashboard holds all that does not float.
        let root = zones.iter().position(|zone| zone.kind == ZoneKind::Free && (zone.width, zone.height) == WHOLE);
        for (place, zone) in zones.iter_mut().enumerate() {
            zone.floating = place != root.unwrap_or(0);
        }
        Ok(zones)
    }

    /// Reads a zone and those in it. They nest no deeper than the document may.
    fn read(xml: &mut Xml<'_>, element: &Element, points: &mut Vec<StoryPoint>) -> Result<Self, Error> {
        let number = |name: &str| element.peek(name).and_then(|text| text.parse().ok()).unwrap_or_default();
        let mut zone = Self {
            id: xml.get(element, "id"),
            x: number("x"),
            y: number("y"),
            width: number("w"),
            height: number("h"),
            kind: ZoneKind::of(xml, element),
            fixed_size: match element.is_true("is-fixed") {
                true => element.peek("fixed-size").and_then(|text| text.parse().ok()),
                false => None,
            },
            floating: false,
            hidden: element.is_true("hidden-by-user"),
            title: FormattedText::default(),
            attributes: xml.others(element, KNOWN),
            style: Style::default(),
            zones: Vec::new(),
        };
        xml.children(|xml, child| {
            match child.name.as_str() {
                "zone" => {
                    let inner = Self::read(xml, child, points)?;
                    xml.push(&mut zone.zones, inner);
                }
                "formatted-text" => match &mut zone.kind {
                    ZoneKind::Text(text) => text.read(xml)?,
                    _ => zone.title.read(xml)?,
                },
                "flipboard" => StoryPoint::read_all(xml, points)?,
                "zone-style" => zone.style = Style::read_zone(xml)?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(zone)
    }
}

impl ZoneKind {
    fn of(xml: &mut Xml<'_>, element: &Element) -> Self {
        let text = |xml: &mut Xml<'_>, name: &str| xml.get(element, name).unwrap_or_default();
        // Versions since 2020 write the second attribute.
        match element.peek("type-v2").or_else(|| element.peek("type")) {
            None | Some("" | "viz") => match xml.get(element, "name") {
                Some(name) => Self::Sheet { name, show_title: element.peek("show-title") != Some("false") },
                None => Self::Free,
            },
            Some("layout-basic") => Self::Free,
            Some("layout-flow") => Self::Flow {
                vertical: element.peek("param") == Some("vert"),
                evenly: element.peek("layout-strategy-id") == Some("distribute-evenly"),
            },
            Some("title") => Self::Title,
            Some("text") => Self::Text(FormattedText::default()),
            Some("bitmap") => Self::Image {
                source: text(xml, "param"),
                scaled: element.peek("is-scaled") == Some("1"),
                centered: element.peek("is-centered") == Some("1"),
            },
            Some(channel @ ("color" | "size" | "shape" | "map")) => Self::Legend {
                channel: xml.keep(channel),
                sheet: text(xml, "name"),
                field: FieldRef::read(xml, element, "param", ""),
            },
            Some("filter") => Self::Filter {
                sheet: text(xml, "name"),
                field: FieldRef::read(xml, element, "param", ""),
                mode: xml.get(element, "mode"),
            },
            Some("paramctrl") => {
                Self::Parameter { field: FieldRef::read(xml, element, "param", ""), mode: xml.get(element, "mode") }
            }
            Some("web") => Self::Web(xml.get(element, "param").or_else(|| xml.get(element, "url")).unwrap_or_default()),
            Some("empty") => Self::Blank,
            Some(word) => Self::Other(xml.keep(word)),
        }
    }
}
