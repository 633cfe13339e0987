//! What is in zones.

use tavola_query::Note;
use tavola_workbook::{FieldRef, FormattedText, TextRun, Zone, ZoneKind};

use super::{
    Board,
    controls::Shown,
    layout::{Placed, Rect, border, border_and_padding, margin},
};
use crate::{
    color::Color,
    sheet::{
        self, Fit, Options,
        legends::{self, Legend, LegendKind},
        titles::parameter_text,
    },
    svg::{Anchor, Paint, Path, Stroke, Svg},
    text::{
        Font, ellipsis,
        rich::{Align, Run, lay_out},
        width,
    },
};

impl Board<'_> {
    /// Draws a zone: what is behind it, and what is in it.
    pub(super) fn draw(&self, svg: &mut Svg, placed: &Placed<'_>, notes: &mut Vec<Note>) {
        let zone = placed.zone;
        let outer = placed.rect.without(margin(zone));
        let format = |attr: &str| zone.style.rules.iter().filter_map(|rule| rule.value(attr)).next_back();
        if let Some(color) = format("background-color").and_then(Color::parse).filter(|color| color.alpha > 0) {
            svg.rect(outer.x, outer.y, outer.width, outer.height, &Paint::fill(color));
        }
        let thick = border(zone);
        if thick > 0.0 {
            let line = outer.without([thick / 2.0; 4]);
            let color = format("border-color").and_then(Color::parse).unwrap_or(Color::BLACK);
            svg.rect(line.x, line.y, line.width, line.height, &Paint::stroke(color, thick));
        }
        let inner = outer.without(border_and_padding(zone));
        if inner.width < 1.0 || inner.height < 1.0 {
            return;
        }
        let (x, y, width, height) = inner.parts();
        svg.clipped(x, y, width, height, |svg| self.fill(svg, zone, inner, notes));
    }

    fn fill(&self, svg: &mut Svg, zone: &Zone, room: Rect, notes: &mut Vec<Note>) {
        match &zone.kind {
            ZoneKind::Free | ZoneKind::Flow { .. } | ZoneKind::Blank => {}
            ZoneKind::Sheet { name, show_title } => self.worksheet(svg, name, *show_title, room, notes),
            ZoneKind::Title => self.title(svg, room),
            ZoneKind::Text(text) => self.text(svg, text, 9.0, room),
            ZoneKind::Image { source, scaled, centered } => {
                self.image(svg, source, (*scaled, *centered), room, notes);
            }
            ZoneKind::Legend { channel, sheet, .. } => self.legend(svg, zone, channel, sheet, room),
            ZoneKind::Filter { .. } | ZoneKind::Parameter { .. } => self.draw_control(svg, zone, room),
            ZoneKind::Web(url) => {
                placeholder(svg, url, room);
                notes.push(Note { text: "web pages are not drawn".to_owned() });
            }
            // Highlighters and buttons do something only under a mouse.
            ZoneKind::Other(_) => {}
        }
    }

    /// Draws a worksheet of the workbook.
    pub(super) fn worksheet(&self, svg: &mut Svg, name: &str, title: bool, room: Rect, notes: &mut Vec<Note>) {
        let workbook = self.sources.workbook;
        let sheet = workbook.worksheets.iter().find(|sheet| sheet.name == name);
        let (Some(sheet), Some(answer)) = (sheet, self.sources.answers.get(name)) else {
            placeholder(svg, name, room);
            notes.push(Note { text: format!("the worksheet `{name}` is not drawn") });
            return;
        };
        let window = workbook.windows.iter().find(|window| window.class == "dashboard" && window.name == self.name);
        let zoom = window.and_then(|window| window.zooms.iter().find(|(sheet, _)| sheet == name));
        let options = Options {
            fit: Fit::of_word(zoom.map(|(_, word)| word.as_str())),
            title,
            parameters: self.sources.parameters.clone(),
            ..Options::default()
        };
        let size = (room.width.floor() as u32, room.height.floor() as u32);
        match sheet::draw(workbook, sheet, answer, Some(size), &options) {
            Ok(picture) => {
                svg.picture(room.x, room.y, (room.width, room.height), &picture.svg);
                notes.extend(picture.notes);
            }
            Err(problem) => {
                placeholder(svg, name, room);
                notes.push(Note { text: format!("the worksheet `{name}` is not drawn: {problem}") });
            }
        }
    }

    pub(super) fn title(&self, svg: &mut Svg, room: Rect) {
        let default = FormattedText { runs: vec![TextRun { text: "<Sheet Name>".to_owned(), ..TextRun::default() }] };
        self.text(svg, if self.title.is_empty() { &default } else { self.title }, 18.0, room);
    }

    fn text(&self, svg: &mut Svg, text: &FormattedText, points: f64, room: Rect) {
        /// Between a text and the sides of its zone.
        const SIDES: f64 = 4.0;
        let plain = Run { text: String::new(), font: Font::points(points), color: Color::TEXT };
        let room = room.without([0.0, SIDES, 0.0, SIDES]);
        let lines = lay_out(text, &plain, Align::Start, room.width, &|name| self.placeholder(name));
        lines.draw(svg, room.parts(), Align::Middle);
    }

    /// What stands for a placeholder of a text.
    fn placeholder(&self, name: &str) -> Option<String> {
        if name == "Sheet Name" {
            return Some(self.name.to_owned());
        }
        let field = FieldRef::parse(name).filter(|field| field.data_source == "Parameters")?;
        parameter_text(self.sources.workbook, self.sources.parameters, &field.instance)
    }

    fn image(&self, svg: &mut Svg, source: &str, (scaled, centered): (bool, bool), room: Rect, notes: &mut Vec<Note>) {
        let bytes = (self.sources.image)(source);
        let known = bytes.as_deref().and_then(|bytes| Some((bytes, kind(bytes)?)));
        let Some((bytes, kind)) = known else {
            notes.push(Note { text: format!("the picture `{source}` is not drawn") });
            return;
        };
        let place = match png_size(bytes).filter(|_| !scaled) {
            Some((width, height)) if centered => {
                (room.x + (room.width - width) / 2.0, room.y + (room.height - height) / 2.0, width, height)
            }
            Some((width, height)) => (room.x, room.y, width, height),
            None => room.parts(),
        };
        svg.image(place, kind, bytes, true);
    }

    fn legend(&self, svg: &mut Svg, zone: &Zone, channel: &str, sheet: &str, room: Rect) {
        let workbook = self.sources.workbook;
        let sheet = workbook.worksheets.iter().find(|other| other.name == sheet);
        let (Some(sheet), Some(answer)) = (sheet, sheet.and_then(|sheet| self.sources.answers.get(&sheet.name))) else {
            return;
        };
        let fits = |legend: &Legend| match legend.kind {
            LegendKind::Members(_) | LegendKind::Ramp(..) => channel == "color",
            LegendKind::Sizes(_) => channel == "size",
            LegendKind::Shapes(_) => channel == "shape",
        };
        let attribute =
            |name: &str| zone.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let mut list = sheet::legends(workbook, sheet, answer);
        list.retain(fits);
        for legend in &mut list {
            if !zone.title.is_empty() {
                legend.title = zone.title.plain().trim().to_owned();
            }
        }
        match list.as_slice() {
            [Legend { title, kind: LegendKind::Members(members) }] if attribute("leg-item-layout") == Some("horz") => {
                let title = Some(title).filter(|_| attribute("show-title") != Some("false"));
                members_in_a_row(svg, title.map_or("", |title| title), members, room);
            }
            list => legends::draw(svg, list, (room.x + 4.0, room.x + room.width - 4.0), room.y + 4.0),
        }
    }

    fn draw_control(&self, svg: &mut Svg, zone: &Zone, room: Rect) {
        let Some(control) = self.control(zone) else { return };
        let font = Font::points(9.0);
        let (left, right) = (room.x + 4.0, room.x + room.width - 4.0);
        let caption = ellipsis(&control.caption, &font.bold(), right - left);
        svg.text(left, room.y + 4.0 + font.ascent(), &caption, &font.bold(), Color::TEXT, Anchor::Start);
        let top = room.y + 4.0 + font.line_height() + 3.0;
        match control.shown {
            Shown::Box(value) => {
                let frame = Paint::fill(Color::WHITE).bordered(Color::NOTHING, 1.0);
                svg.rect(left + 0.5, top + 0.5, (right - left - 1.0).max(1.0), 20.0, &frame);
                let value = ellipsis(&value, &font, right - left - 24.0);
                svg.text(left + 5.0, top + 10.5 + font.below_middle(), &value, &font, Color::FAINT_TEXT, Anchor::Start);
                let arrow = [(right - 14.0, top + 8.5), (right - 10.0, top + 13.0), (right - 6.0, top + 8.5)];
                svg.path(&Path::through(arrow), &Paint::stroke(Color::FAINT_TEXT, 1.2));
            }
            Shown::Range(least, most) => {
                let y = top + font.ascent();
                svg.text(left, y, &least, &font, Color::FAINT_TEXT, Anchor::Start);
                svg.text(right, y, &most, &font, Color::FAINT_TEXT, Anchor::End);
                let y = y + 10.0;
                svg.line((left, y), (right, y), &Stroke::solid(Color::NOTHING, 3.0));
                for end in [left + 4.0, right - 4.0] {
                    svg.circle(end, y, 4.0, &Paint::fill(Color::WHITE).bordered(Color::FAINT_TEXT, 1.0));
                }
            }
            Shown::List(members) => {
                for (place, (member, chosen)) in members.iter().enumerate() {
                    let y = top + place as f64 * 18.0;
                    if y > room.y + room.height {
                        break;
                    }
                    svg.rect(left + 0.5, y + 2.5, 11.0, 11.0, &Paint::fill(Color::WHITE).bordered(Color::NOTHING, 1.0));
                    if *chosen {
                        let tick = [(left + 3.0, y + 8.0), (left + 5.5, y + 10.5), (left + 9.5, y + 5.0)];
                        svg.path(&Path::through(tick), &Paint::stroke(Color::TEXT, 1.4));
                    }
                    let member = ellipsis(member, &font, right - left - 18.0);
                    svg.text(left + 18.0, y + 1.0 + font.ascent(), &member, &font, Color::FAINT_TEXT, Anchor::Start);
                }
            }
        }
    }
}

/// A legend of members from the left to the right, and in further rows where one has not room for all.
fn members_in_a_row(svg: &mut Svg, title: &str, members: &[(String, Color)], room: Rect) {
    let font = Font::points(9.0);
    let (left, right) = (room.x + 4.0, room.x + room.width - 4.0);
    let mut y = room.y + 4.0;
    svg.text(
        left,
        y + font.ascent(),
        &ellipsis(title, &font.bold(), right - left),
        &font.bold(),
        Color::TEXT,
        Anchor::Start,
    );
    if !title.is_empty() {
        y += font.line_height() + 3.0;
    }
    let mut x = left;
    for (name, color) in members {
        let long = 16.0 + width(name, &font) + 12.0;
        if x + long > right && x > left {
            (x, y) = (left, y + 17.0);
        }
        svg.rect(x, y + 2.0, 11.0, 11.0, &Paint::fill(*color));
        svg.text(x + 16.0, y + 1.0 + font.ascent(), name, &font, Color::FAINT_TEXT, Anchor::Start);
        x += long;
    }
}

/// A box for what is not drawn.
pub(super) fn placeholder(svg: &mut Svg, text: &str, room: Rect) {
    let font = Font::points(9.0);
    let (x, y, width, height) = room.without([0.5; 4]).parts();
    svg.rect(x, y, width, height, &Paint::fill(Color::rgb(0xf5, 0xf5, 0xf5)).bordered(Color::LINE, 1.0));
    let text = ellipsis(text, &font, width - 8.0);
    svg.text(x + width / 2.0, y + height / 2.0 + font.below_middle(), &text, &font, Color::FAINT_TEXT, Anchor::Middle);
}

/// The kind of a picture by its first bytes, as far as it is drawn.
fn kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("png"),
        [0xff, 0xd8, 0xff, ..] => Some("jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("webp"),
        _ => None,
    }
}

/// The size of a PNG in pixels.
fn png_size(bytes: &[u8]) -> Option<(f64, f64)> {
    let number = |at: usize| Some(f64::from(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?)));
    bytes.starts_with(&[0x89, b'P', b'N', b'G']).then_some(())?;
    Some((number(16)?, number(20)?))
}
