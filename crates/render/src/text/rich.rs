//! Texts of several looks, as titles and labels have them: laid out in lines and drawn.

use tavola_workbook::{FormattedText, TextRun};

use super::{Font, width};
use crate::{
    color::Color,
    svg::{Anchor, Svg},
};

/// The side texts lie on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Align {
    /// The left, or the top.
    #[default]
    Start,
    /// The middle.
    Middle,
    /// The right, or the bottom.
    End,
}

/// A text of one look.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The text; its line ends break lines.
    pub text: String,
    /// Its letters.
    pub font: Font,
    /// Their colour.
    pub color: Color,
}

/// Lines of a text of several looks.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lines {
    lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Line {
    runs: Vec<Run>,
    align: Align,
    width: f64,
    ascent: f64,
    height: f64,
}

/// A run with its side, and no placeholders.
type Part = (Run, Align);

/// The text of a file, its placeholders (`Sheet Name`, `[federated.1].[sum:Sales:qk]`, without `<>`) filled in by `fill`; those it
/// does not know stay as they are. What the file says nothing of looks like `plain`, and lies on the side `align`.
pub fn lay_out(
    text: &FormattedText,
    plain: &Run,
    align: Align,
    room: f64,
    fill: &dyn Fn(&str) -> Option<String>,
) -> Lines {
    let parts: Vec<Part> = filled(text, fill).into_iter().map(|(text, run)| part(text, run, plain, align)).collect();
    Lines::new(&parts, align, plain, room)
}

fn part(text: String, run: &TextRun, plain: &Run, align: Align) -> Part {
    let size =
        run.size.as_deref().and_then(|size| size.parse::<f64>().ok()).filter(|size| (1.0..=500.0).contains(size));
    let font = Font {
        size: size.map_or(plain.font.size, |points| Font::points(points).size),
        bold: run.bold || plain.font.bold,
        italic: run.italic || plain.font.italic,
        underline: run.underline,
    };
    let align = match run.alignment.as_deref() {
        Some("0") => Align::Start,
        Some("1") => Align::Middle,
        Some("2") => Align::End,
        _ => align,
    };
    (Run { text, font, color: run.color.as_deref().and_then(Color::parse).unwrap_or(plain.color) }, align)
}

/// The texts of runs with their placeholders filled in. A placeholder and the signs round it may be runs of their own.
fn filled<'a>(text: &'a FormattedText, fill: &dyn Fn(&str) -> Option<String>) -> Vec<(String, &'a TextRun)> {
    let whole = text.plain();
    let mut ends = text.runs.iter().scan(0, |end, run| {
        *end += run.text.len();
        Some((*end, run))
    });
    let Some((mut end, mut run)) = ends.next() else { return Vec::new() };
    let mut out: Vec<(String, &TextRun)> = vec![(String::new(), run)];
    let mut at = 0;
    while let Some(letter) = whole[at..].chars().next() {
        let mut step = |at: usize, out: &mut Vec<(String, &'a TextRun)>| {
            while at >= end {
                let Some(next) = ends.next() else { break };
                (end, run) = next;
                out.push((String::new(), run));
            }
        };
        step(at, &mut out);
        let found = (letter == '<').then(|| placeholder(&whole[at + 1..])).flatten();
        match found.and_then(|name| Some((name, fill(name)?))) {
            Some((name, value)) => {
                // It looks like its name, not like the sign before it.
                step(at + 1, &mut out);
                if let Some((text, _)) = out.last_mut() {
                    text.push_str(&value);
                }
                at += name.len() + 2;
            }
            None => {
                if let Some((text, _)) = out.last_mut() {
                    text.push(letter);
                }
                at += letter.len_utf8();
            }
        }
    }
    out.retain(|(text, _)| !text.is_empty());
    out
}

/// The name of a placeholder that a text begins with, up to its `>`. A field's name may have one too.
fn placeholder(text: &str) -> Option<&str> {
    let end = if text.starts_with('[') { text.find("]>")? + 1 } else { text.find('>')? };
    Some(&text[..end]).filter(|name| !name.is_empty() && !name.contains('\n'))
}

impl Lines {
    /// A text of one look in lines no wider than there is room.
    pub fn plain(text: &str, look: &Run, align: Align, room: f64) -> Self {
        let run = Run { text: text.to_owned(), ..look.clone() };
        Self::new(&[(run, align)], align, look, room)
    }

    /// Runs one after the other in lines no wider than there is room.
    pub fn of_runs(runs: &[Run], align: Align, room: f64) -> Self {
        let parts: Vec<Part> = runs.iter().map(|run| (run.clone(), align)).collect();
        let plain = Run { text: String::new(), font: Font::points(9.0), color: Color::TEXT };
        Self::new(&parts, align, runs.first().unwrap_or(&plain), room)
    }

    fn new(parts: &[Part], align: Align, plain: &Run, room: f64) -> Self {
        let mut lines = Self::default();
        let mut line = Line { align, ..Line::default() };
        let mut started = false;
        for (run, align) in parts {
            for (index, paragraph) in run.text.split('\n').enumerate() {
                if index > 0 {
                    lines.push(&mut line, run);
                    started = false;
                }
                if !started && !paragraph.is_empty() {
                    // A paragraph lies where its first run says.
                    line.align = *align;
                    started = true;
                }
                for word in paragraph.trim_end_matches('\r').split_inclusive([' ', '\u{200b}', '-']) {
                    let bare = width(word.trim_end(), &run.font);
                    if line.width + bare > room && !line.runs.is_empty() {
                        lines.push(&mut line, run);
                        line.align = lines.lines.last().map_or(*align, |line| line.align);
                    }
                    for piece in super::broken(word, &run.font, room) {
                        if !line.runs.is_empty() && bare > room {
                            lines.push(&mut line, run);
                            line.align = lines.lines.last().map_or(*align, |line| line.align);
                        }
                        line.add(piece, run);
                    }
                }
            }
        }
        lines.push(&mut line, parts.last().map_or(plain, |(run, _)| run));
        lines
    }

    fn push(&mut self, line: &mut Line, look: &Run) {
        let mut line = std::mem::take(line);
        if line.runs.is_empty() {
            line.grow(&look.font);
        }
        // Blanks at the end take no room where a line lies in the middle or on the right.
        if let Some(last) = line.runs.last_mut() {
            let before = width(&last.text, &last.font);
            last.text.truncate(last.text.trim_end().len());
            line.width -= before - width(&last.text, &last.font);
        }
        self.lines.push(line);
    }

    /// The height of all lines, in pixels.
    pub fn height(&self) -> f64 {
        self.lines.iter().map(|line| line.height).sum()
    }

    /// The width of the longest line, in pixels.
    pub fn width(&self) -> f64 {
        self.lines.iter().map(|line| line.width).fold(0.0, f64::max)
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.lines.iter().all(|line| line.runs.is_empty())
    }

    /// Draws it into a rectangle `(x, y, width, height)`, at its top, its middle or its bottom.
    pub fn draw(&self, svg: &mut Svg, (x, y, width, height): (f64, f64, f64, f64), vertical: Align) {
        let mut top = match vertical {
            Align::Start => y,
            Align::Middle => y + (height - self.height()).max(0.0) / 2.0,
            Align::End => y + (height - self.height()).max(0.0),
        };
        for line in &self.lines {
            let mut left = match line.align {
                Align::Start => x,
                Align::Middle => x + (width - line.width) / 2.0,
                Align::End => x + width - line.width,
            };
            let baseline = top + line.ascent;
            for run in &line.runs {
                svg.text(left, baseline, &run.text, &run.font, run.color, Anchor::Start);
                left += super::width(&run.text, &run.font);
            }
            top += line.height;
        }
    }
}

impl Line {
    fn add(&mut self, piece: &str, run: &Run) {
        self.width += width(piece, &run.font);
        self.grow(&run.font);
        match self.runs.last_mut() {
            Some(last) if last.font == run.font && last.color == run.color => last.text.push_str(piece),
            _ => self.runs.push(Run { text: piece.to_owned(), ..run.clone() }),
        }
    }

    fn grow(&mut self, font: &Font) {
        let height = font.line_height();
        self.height = self.height.max(height);
        self.ascent = self.ascent.max(height / 2.0 + font.below_middle());
    }
}
