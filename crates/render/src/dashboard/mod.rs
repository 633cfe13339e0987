//! Dashboards and stories: worksheets and other things side by side.
//!
//! Zones become rectangles (`layout`), and each is filled with what is in it (`content`). Controls are drawn as they stand:
//! their caption and what is chosen (`controls`).

mod content;
mod controls;
mod layout;
mod story;

use std::collections::HashMap;

use tavola_query::{Answer, Note, Value};
use tavola_workbook::{Dashboard, DashboardSize, FormattedText, Style, Workbook};

use crate::{
    Picture,
    color::Color,
    sheet::Error,
    svg::{Anchor, Paint, Svg},
    text::{Font, wrap_lines},
};
use layout::Rect;
pub use story::draw_story;

/// What dashboards are drawn from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The workbook.
    pub workbook: &'a Workbook,
    /// The answers of worksheets, by name. A worksheet without one is not drawn, and a note says so.
    pub answers: &'a HashMap<String, Answer>,
    /// The bytes of a picture by its path in the package, if it is there.
    pub image: &'a dyn Fn(&str) -> Option<Vec<u8>>,
    /// Values of parameters, by name without brackets, instead of those in the file.
    pub parameters: &'a HashMap<String, Value>,
    /// Whether what is not drawn is said at the foot; it is in the picture's notes in any case.
    pub notes: bool,
}

/// The name, title and formats of what is drawn.
struct Board<'a> {
    sources: Sources<'a>,
    name: &'a str,
    title: &'a FormattedText,
}

/// Draws a dashboard. Its size in pixels is its own; where that leaves room, as near to `size` as it goes.
pub fn draw(sources: &Sources<'_>, dashboard: &Dashboard, size: Option<(u32, u32)>) -> Result<Picture, Error> {
    let (width, height) = pixels(&dashboard.size, size)?;
    let board = Board { sources: *sources, name: &dashboard.name, title: &dashboard.title_text };
    let mut svg = canvas(width, height, &dashboard.style);
    let mut notes = Vec::new();
    for placed in layout::place(&dashboard.zones, Rect { x: 0.0, y: 0.0, width, height }) {
        board.draw(&mut svg, &placed, &mut notes);
    }
    Ok(finish(svg, notes, sources.notes))
}

/// The most pixels a dashboard is wide or high.
const MOST_PIXELS: u32 = 10_000;

fn pixels(own: &DashboardSize, wanted: Option<(u32, u32)>) -> Result<(f64, f64), Error> {
    /// What a dashboard gets that takes what there is.
    const USUAL: (u32, u32) = (1000, 800);
    let (width, height) = wanted.unwrap_or(USUAL);
    // A file's least size may be more than its most.
    let within = |size: u32, least: Option<u32>, most: Option<u32>| {
        size.min(most.unwrap_or(u32::MAX)).max(least.unwrap_or(1)).max(1)
    };
    let (width, height) = (within(width, own.min_width, own.max_width), within(height, own.min_height, own.max_height));
    if width > MOST_PIXELS || height > MOST_PIXELS {
        return Err(Error::TooLarge(format!("a dashboard of {width} by {height} pixels is too large")));
    }
    Ok((f64::from(width), f64::from(height)))
}

fn canvas(width: f64, height: f64, style: &Style) -> Svg {
    let mut svg = Svg::new(width, height);
    let background = ["dash-text", "dashboard", "table"]
        .iter()
        .find_map(|element| style.of(element).filter_map(|rule| rule.value("background-color")).next_back())
        .and_then(Color::parse);
    svg.rect(0.0, 0.0, width, height, &Paint::fill(background.unwrap_or(Color::WHITE)));
    svg
}

fn finish(mut svg: Svg, mut notes: Vec<Note>, said: bool) -> Picture {
    let mut seen = std::collections::HashSet::new();
    notes.retain(|note| seen.insert(note.text.clone()));
    let (width, height) = (svg.width(), svg.height());
    if said && !notes.is_empty() {
        let font = Font::new(10.0);
        let texts: Vec<&str> = notes.iter().map(|note| note.text.as_str()).collect();
        let text = format!("Not drawn as the file asks: {}", texts.join("; "));
        let lines = wrap_lines(&text, &font, (width - 8.0).max(40.0), 3);
        let top = height - lines.len() as f64 * font.line_height() - 4.0;
        svg.rect(0.0, top, width, height - top, &Paint::fill(Color::WHITE.with_opacity(0.85)));
        for (place, line) in lines.iter().enumerate() {
            let y = top + (place + 1) as f64 * font.line_height() - 2.0;
            svg.text(4.0, y, line, &font, Color::FAINT_TEXT, Anchor::Start);
        }
    }
    Picture { svg: svg.finish(), width: width as u32, height: height as u32, notes }
}
