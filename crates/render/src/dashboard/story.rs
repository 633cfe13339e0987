//! Stories: a bar of captions, and what one of their points shows.

use tavola_query::Note;
use tavola_workbook::{Story, ZoneKind};

use super::{
    Board, Sources, canvas, draw, finish,
    layout::{self, Rect},
    pixels,
};
use crate::{
    Picture,
    color::Color,
    sheet::Error,
    svg::{Paint, Svg},
    text::{
        Font,
        rich::{Align, Lines, Run},
    },
};

/// Draws a story at one of its points, counted from 0. Its size is as a dashboard's.
pub fn draw_story(
    sources: &Sources<'_>,
    story: &Story,
    point: usize,
    size: Option<(u32, u32)>,
) -> Result<Picture, Error> {
    /// The heights of title and captions where the file has no zones for them.
    const TITLE: f64 = 48.0;
    const CAPTIONS: f64 = 72.0;
    let (width, height) = pixels(&story.size, size)?;
    let board = Board { sources: *sources, name: &story.name, title: &story.title_text };
    let mut svg = canvas(width, height, &story.style);
    let mut notes = Vec::new();
    let whole = Rect { x: 0.0, y: 0.0, width, height };
    let placed = layout::place(&story.zones, whole);
    let shows = |kind: &ZoneKind| matches!(kind, ZoneKind::Other(word) if word == "flipboard");
    if placed.iter().any(|placed| shows(&placed.zone.kind)) {
        for placed in &placed {
            match &placed.zone.kind {
                ZoneKind::Other(word) if word == "flipboard-nav" => captions(&mut svg, story, point, placed.rect),
                kind if shows(kind) => board.point(&mut svg, story, point, placed.rect, &mut notes)?,
                _ => board.draw(&mut svg, placed, &mut notes),
            }
        }
    } else {
        board.title(&mut svg, Rect { height: TITLE, ..whole });
        captions(&mut svg, story, point, Rect { y: TITLE, height: CAPTIONS, ..whole });
        let top = TITLE + CAPTIONS;
        board.point(&mut svg, story, point, whole.without([top, 0.0, 0.0, 0.0]), &mut notes)?;
    }
    Ok(finish(svg, notes, sources.notes))
}

impl Board<'_> {
    fn point(
        &self,
        svg: &mut Svg,
        story: &Story,
        point: usize,
        room: Rect,
        notes: &mut Vec<Note>,
    ) -> Result<(), Error> {
        let Some(sheet) = story.points.get(point).and_then(|point| point.sheet.as_deref()) else { return Ok(()) };
        let dashboard = self.sources.workbook.dashboards.iter().find(|dashboard| dashboard.name == sheet);
        let Some(dashboard) = dashboard else {
            self.worksheet(svg, sheet, true, room, notes);
            return Ok(());
        };
        let sources = Sources { notes: false, ..self.sources };
        let picture = draw(&sources, dashboard, Some((room.width as u32, room.height as u32)))?;
        // One with a size of its own lies in the middle.
        let x = room.x + ((room.width - f64::from(picture.width)) / 2.0).max(0.0);
        svg.picture(x, room.y, (room.x + room.width - x, room.height), &picture.svg);
        notes.extend(picture.notes);
        Ok(())
    }
}

/// The captions of all points side by side, that of the shown one dark.
fn captions(svg: &mut Svg, story: &Story, point: usize, room: Rect) {
    const GAP: f64 = 4.0;
    /// No caption is wider.
    const WIDEST: f64 = 240.0;
    let count = story.points.len().max(1) as f64;
    let each = ((room.width - GAP * (count + 1.0)) / count).clamp(1.0, WIDEST);
    let mut x = room.x + (room.width - (each + GAP) * count + GAP) / 2.0;
    for (place, shown) in story.points.iter().enumerate() {
        let (back, color) = if place == point {
            (Color::rgb(0x66, 0x66, 0x66), Color::WHITE)
        } else {
            (Color::rgb(0xe6, 0xe6, 0xe6), Color::TEXT)
        };
        let (y, height) = (room.y + GAP, room.height - 2.0 * GAP);
        svg.rect(x, y, each, height, &Paint::fill(back));
        let look = Run { text: String::new(), font: Font::points(9.0), color };
        let lines = Lines::plain(shown.caption.as_deref().unwrap_or(""), &look, Align::Middle, each - 12.0);
        svg.clipped(x, y, each, height, |svg| lines.draw(svg, (x + 6.0, y, each - 12.0, height), Align::Middle));
        x += each + GAP;
    }
}
