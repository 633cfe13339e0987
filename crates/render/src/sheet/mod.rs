//! Worksheets: from an answer to a picture.
//!
//! Shelves become the two sides of the view (`side`), rows of the answer become marks in cells (`view`), values become places on
//! axes (`domain`, `scale`); `layout` gives everything its pixels, and `paint` draws.

mod automatic;
mod axes;
mod domain;
mod encode;
mod headers;
mod labels;
mod layout;
pub(crate) mod legends;
mod look;
mod maps;
mod members;
mod paint;
mod scale;
mod side;
mod stack;
mod statistics;
mod ticks;
pub(crate) mod titles;
mod view;
mod words;

use std::collections::HashMap;

use tavola_query::{Answer, Note, Value};
use tavola_workbook::{Workbook, Worksheet};

use crate::{
    Picture,
    color::Color,
    svg::{Anchor, Paint, Svg},
    text::{self, Font, rich::Align},
};
use layout::Layout;
use paint::{Labels, Painter};
use view::{Along, View};

/// How a sheet fills the room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fit {
    /// Headers have their own sizes; what has no room is cut off.
    #[default]
    Standard,
    /// As wide as there is room.
    Width,
    /// As high as there is room.
    Height,
    /// Both.
    Entire,
}

impl Fit {
    /// How a worksheet fills its own tab.
    pub fn of(workbook: &Workbook, sheet: &str) -> Self {
        let window = workbook.windows.iter().find(|window| window.class == "worksheet" && window.name == sheet);
        Self::of_word(window.and_then(|window| window.zoom.as_deref()))
    }

    /// The format's own words: `entire-view`, `fit-width`, `fit-height`.
    pub fn of_word(word: Option<&str>) -> Self {
        match word {
            Some("entire-view") => Self::Entire,
            Some("fit-width") => Self::Width,
            Some("fit-height") => Self::Height,
            _ => Self::Standard,
        }
    }
}

/// What is drawn besides the view itself.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How the sheet fills the room there is.
    pub fit: Fit,
    /// Whether its title is over it.
    pub title: bool,
    /// Whether its legends are beside it.
    pub legends: bool,
    /// Whether its caption is under it, where its author wrote one.
    pub caption: bool,
    /// Whether what is not drawn is said under it; it is in the picture's notes in any case.
    pub notes: bool,
    /// Values of parameters, by name without brackets, instead of those in the file.
    pub parameters: HashMap<String, Value>,
}

/// Why a sheet is not drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// It is larger than anything that is drawn: how.
    TooLarge(String),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLarge(how) => f.write_str(how),
        }
    }
}

impl std::error::Error for Error {}

/// Draws a worksheet. `size` is width and height in pixels; without one the picture is as large as it needs to be.
pub fn draw(
    workbook: &Workbook,
    sheet: &Worksheet,
    answer: &Answer,
    size: Option<(u32, u32)>,
    options: &Options,
) -> Result<Picture, Error> {
    let mut view = View::of(workbook, sheet, answer).map_err(Error::TooLarge)?;
    let map = maps::Map::of(&mut view);
    let (x_axes, y_axes) = (domain::axes(&view, Along::X), domain::axes(&view, Along::Y));
    let room = size.map(|(width, height)| (f64::from(width), f64::from(height)));
    let title = options.title.then(|| view.title(options, room.map_or(800.0, |room| room.0) - 16.0));
    let caption = options.caption.then(|| view.caption_lines(options, room.map_or(800.0, |room| room.0) - 16.0));
    let legends = if options.legends { view.legends() } else { Vec::new() };
    let mut notes = answer.notes.clone();
    notes.extend(view.notes(map.as_ref()));
    let said =
        if options.notes { notes_in_lines(&notes, room.map_or(800.0, |room| room.0) - 16.0) } else { Vec::new() };
    let small = Font::new(10.0);
    let caption_height = caption.as_ref().map_or(0.0, |lines| lines.height() + 6.0);
    let layout = Layout {
        view: &view,
        map: map.as_ref(),
        x_axes: &x_axes,
        y_axes: &y_axes,
        options,
        size: room,
        title: title.as_ref().map_or(0.0, |title| title.height() + 8.0),
        legends: if legends.is_empty() { 0.0 } else { legends::WIDTH + legends::GAP },
        foot: said.len() as f64 * small.line_height() + caption_height,
    };
    let frame = layout.frame();
    if frame.width > MOST_PIXELS || frame.height > MOST_PIXELS {
        return Err(Error::TooLarge(format!(
            "a picture of {:.0} by {:.0} pixels is too large",
            frame.width, frame.height
        )));
    }
    let mut svg = Svg::new(frame.width, frame.height);
    let background = look::plain(&sheet.style, "table", "background-color").and_then(Color::parse);
    svg.rect(0.0, 0.0, frame.width, frame.height, &Paint::fill(background.unwrap_or(Color::WHITE)));
    if let Some(title) = title {
        title.draw(&mut svg, (8.0, 6.0, frame.width - 16.0, title.height()), Align::Start);
    }
    let right = frame.legends.map_or(frame.width, |legends| legends.0 - 4.0);
    svg.clipped(0.0, layout.title, right, (frame.foot - layout.title).max(1.0), |svg| {
        layout.draw_grid(svg, &frame);
        paint::ground(&layout, &frame, svg);
        view.draw_headers(svg, &frame);
        let mut labels = Labels::default();
        let painters: Vec<Painter<'_, '_>> =
            (0..view.drawings.len()).map(|turn| Painter::new(&layout, &frame, turn)).collect();
        painters.iter().for_each(|painter| painter.bands(svg));
        // On maps shapes lie under points.
        let (under, over): (Vec<_>, Vec<_>) = painters.iter().partition(|painter| painter.is_ground());
        for painter in under.into_iter().chain(over) {
            painter.paint(svg, &mut labels);
            painter.trends(svg);
            painter.references(svg);
        }
        labels.write(svg, (frame.width, frame.height));
        layout.draw_axes(svg, &frame);
    });
    if let Some(range) = frame.legends {
        legends::draw(&mut svg, &legends, range, layout.title + 8.0);
    }
    let mut y = frame.foot;
    if let Some(caption) = caption {
        caption.draw(&mut svg, (8.0, y, frame.width - 16.0, caption.height()), Align::Start);
        y += caption_height;
    }
    for line in said {
        y += small.line_height();
        svg.text(8.0, y - 3.0, &line, &small, Color::FAINT_TEXT, Anchor::Start);
    }
    Ok(Picture { svg: svg.finish(), width: frame.width.ceil() as u32, height: frame.height.ceil() as u32, notes })
}

/// The legends of a worksheet, for who shows them elsewhere.
pub(crate) fn legends(workbook: &Workbook, sheet: &Worksheet, answer: &Answer) -> Vec<legends::Legend> {
    View::of(workbook, sheet, answer).map_or_else(|_| Vec::new(), |view| view.legends())
}

/// The most pixels a picture is wide or high.
const MOST_PIXELS: f64 = 30_000.0;

fn notes_in_lines(notes: &[Note], room: f64) -> Vec<String> {
    if notes.is_empty() {
        return Vec::new();
    }
    let texts: Vec<&str> = notes.iter().map(|note| note.text.as_str()).collect();
    text::wrap_lines(&format!("Not drawn as the file asks: {}", texts.join("; ")), &Font::new(10.0), room.max(40.0), 4)
}
