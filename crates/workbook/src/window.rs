//! Tabs: what is shown of the sheets, and what is shown around them.

use crate::{
    error::Error,
    shelf::FieldRef,
    xml::{Element, Xml},
};

/// A tab of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// What it shows, in the format's own words: `worksheet`, `dashboard`. A story's tab is a `dashboard` too.
    pub class: String,
    /// The name of what it shows.
    pub name: String,
    /// Whether the tab is hidden.
    pub hidden: bool,
    /// Whether it is the one that was looked at when the workbook was saved.
    pub active: bool,
    /// The colour of the tab, as it is written.
    pub color: Option<String>,
    /// How a worksheet is fitted into the window: `entire-view`, `fit-width`, `fit-height`; none where it is as large as it is.
    pub zoom: Option<String>,
    /// How the sheets on a dashboard are fitted into their zones: the sheet's name, and the same words.
    pub zooms: Vec<(String, String)>,
    /// The page a worksheet is leafed to: a literal for each field on its pages. None where it is the first one.
    pub page: Vec<String>,
    /// What is shown around a worksheet: title, caption, legends, controls of filters and parameters.
    pub cards: Vec<Card>,
}

/// Something shown beside a worksheet in its own tab.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Card {
    /// What it is, in the format's own words: `title`, `caption`, `color`, `size`, `shape`, `filter`, `parameter`, …; `rows`, `columns`
    /// and the like are for authors.
    pub kind: String,
    /// The side it is on: `left`, `top`, `right`, `bottom`.
    pub edge: String,
    /// The instance or parameter it is about.
    pub field: Option<FieldRef>,
    /// The id of the [`Pane`](crate::Pane) whose legend it is.
    pub pane: Option<String>,
    /// How a control looks: `checkdropdown`, `dropdown`, `compact`, `slider`, …
    pub mode: Option<String>,
}

impl Window {
    /// The cards of a kind.
    pub fn cards_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Card> {
        self.cards.iter().filter(move |card| card.kind == kind)
    }

    /// How a sheet on a dashboard is fitted into its zone.
    pub fn zoom_of(&self, sheet: &str) -> Option<&str> {
        self.zooms.iter().find(|(name, _)| name == sheet).map(|(_, zoom)| zoom.as_str())
    }

    /// Reads a `window`.
    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element) -> Result<Self, Error> {
        let mut window = Self {
            class: xml.need(element, "class"),
            name: xml.need(element, "name"),
            hidden: element.is_true("hidden"),
            active: element.is_true("maximized"),
            color: xml.get(element, "tab-color"),
            zoom: None,
            zooms: Vec::new(),
            page: Vec::new(),
            cards: Vec::new(),
        };
        xml.children(|xml, child| {
            match child.name.as_str() {
                "cards" => read_cards(xml, &mut window.cards)?,
                "viewpoint" => window.zoom = read_viewpoint(xml, &mut window.page)?,
                "viewpoints" => xml.children(|xml, child| {
                    if child.name == "viewpoint" {
                        let sheet = xml.need(child, "name");
                        if let Some(zoom) = read_viewpoint(xml, &mut Vec::new())? {
                            xml.push(&mut window.zooms, (sheet, zoom));
                        }
                    }
                    Ok(())
                })?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(window)
    }
}

/// Reads a `viewpoint`, the element whose start was read last: how the sheet is fitted, and its page.
fn read_viewpoint(xml: &mut Xml<'_>, page: &mut Vec<String>) -> Result<Option<String>, Error> {
    let mut zoom = None;
    xml.children(|xml, child| {
        match child.name.as_str() {
            "zoom" => zoom = xml.get(child, "type"),
            "current-page" => xml.children(|xml, _| {
                xml.children(|xml, bucket| {
                    if bucket.name == "bucket" {
                        let member = xml.text()?;
                        xml.push(page, member);
                    }
                    Ok(())
                })
            })?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(zoom)
}

fn read_cards(xml: &mut Xml<'_>, cards: &mut Vec<Card>) -> Result<(), Error> {
    xml.children(|xml, edge| {
        if edge.name != "edge" {
            return Ok(());
        }
        xml.children(|xml, strip| {
            if strip.name != "strip" {
                return Ok(());
            }
            xml.children(|xml, child| {
                if child.name == "card" {
                    let card = Card {
                        kind: xml.need(child, "type"),
                        edge: xml.get(edge, "name").unwrap_or_default(),
                        field: FieldRef::read(xml, child, "param", ""),
                        pane: xml.get(child, "pane-specification-id"),
                        mode: xml.get(child, "mode"),
                    };
                    xml.push(cards, card);
                }
                Ok(())
            })
        })
    })
}
