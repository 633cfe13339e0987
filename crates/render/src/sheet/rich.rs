//! Formatted texts: titles, captions and labels with placeholders, laid out in lines.

use tavola_workbook::{FormattedText, TextRun};

use crate::{
    color::Color,
    svg::{Anchor, Svg},
    text::{self, Font},
};

/// A piece of a line in one look.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Piece {
    pub text: String,
    pub font: Font,
    pub color: Color,
}

/// A line of pieces.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Line {
    pub pieces: Vec<Piece>,
    /// What its author chose, if anything.
    pub anchor: Option<Anchor>,
}

/// Lines of text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Lines {
    pub lines: Vec<Line>,
}

impl Line {
    pub(crate) fn width(&self) -> f64 {
        self.pieces.iter().map(|piece| text::width(&piece.text, &piece.font)).sum()
    }

    pub(crate) fn height(&self) -> f64 {
        self.pieces.iter().map(|piece| piece.font.line_height()).fold(0.0, f64::max)
    }
}

impl Lines {
    /// Plain text in one look.
    pub(crate) fn plain(text: &str, font: Font, color: Color) -> Self {
        let line = |text: &str| Line { pieces: vec![Piece { text: text.to_owned(), font, color }], anchor: None };
        Self { lines: text.split('\n').map(line).collect() }
    }

    /// A formatted text. `fill` gives what stands for a placeholder, without its angle brackets; none leaves it as it is.
    pub(crate) fn formatted(
        formatted: &FormattedText,
        font: Font,
        color: Color,
        mut fill: impl FnMut(&str) -> Option<String>,
    ) -> Self {
        // A placeholder's brackets may stand in other runs than its name.
        let letters: Vec<(char, usize)> = formatted
            .runs
            .iter()
            .enumerate()
            .flat_map(|(run, of)| of.text.chars().filter(|letter| *letter != '\r').map(move |letter| (letter, run)))
            .collect();
        let mut made = Self::default();
        let mut line = Line::default();
        let mut at = 0;
        while at < letters.len() {
            let (letter, run) = letters[at];
            let placeholder = (letter == '<').then(|| placeholder(&letters[at..])).flatten();
            let filled = placeholder.and_then(|(name, length)| Some((fill(&name)?, length)));
            let (text, run) = match filled {
                Some((text, length)) => {
                    let inner = letters.get(at + 1).map_or(run, |(_, run)| *run);
                    at += length;
                    (text, inner)
                }
                None => {
                    at += 1;
                    (letter.to_string(), run)
                }
            };
            let (font, color) = look(&formatted.runs[run], font, color);
            line.anchor = line.anchor.or_else(|| anchor(&formatted.runs[run]));
            for (part, text) in text.split('\n').enumerate() {
                if part > 0 {
                    made.lines.push(std::mem::take(&mut line));
                    line.anchor = anchor(&formatted.runs[run]);
                }
                match line.pieces.last_mut() {
                    Some(last) if last.font == font && last.color == color => last.text.push_str(text),
                    _ => line.pieces.push(Piece { text: text.to_owned(), font, color }),
                }
            }
        }
        if !line.pieces.is_empty() {
            made.lines.push(line);
        }
        // The line end after the last line is no further line.
        while made.lines.last().is_some_and(|line| line.pieces.iter().all(|piece| piece.text.trim().is_empty())) {
            made.lines.pop();
        }
        made
    }

    /// The same in lines that are no wider than there is room.
    pub(crate) fn wrapped(self, room: f64) -> Self {
        let mut lines = Vec::new();
        for line in self.lines {
            if line.width() <= room {
                lines.push(line);
                continue;
            }
            let mut next = Line { pieces: Vec::new(), anchor: line.anchor };
            let mut used = 0.0;
            for piece in &line.pieces {
                for word in piece.text.split_inclusive(' ') {
                    let width = text::width(word.trim_end(), &piece.font);
                    if used + width > room && used > 0.0 {
                        lines.push(std::mem::replace(&mut next, Line { pieces: Vec::new(), anchor: line.anchor }));
                        used = 0.0;
                    }
                    let word = if width > room { text::ellipsis(word, &piece.font, room) } else { word.to_owned() };
                    used += text::width(&word, &piece.font);
                    match next.pieces.last_mut() {
                        Some(last) if last.font == piece.font && last.color == piece.color => last.text.push_str(&word),
                        _ => next.pieces.push(Piece { text: word, ..piece.clone() }),
                    }
                }
            }
            lines.push(next);
        }
        Self { lines }
    }

    pub(crate) fn width(&self) -> f64 {
        self.lines.iter().map(Line::width).fold(0.0, f64::max)
    }

    pub(crate) fn height(&self) -> f64 {
        self.lines.iter().map(Line::height).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lines.iter().all(|line| line.pieces.iter().all(|piece| piece.text.is_empty()))
    }

    /// Writes the lines from `top` down, each held at `x`.
    pub(crate) fn write(&self, svg: &mut Svg, x: f64, top: f64, anchor: Anchor) {
        let mut y = top;
        for line in &self.lines {
            let height = line.height();
            let rise = line.pieces.iter().map(|piece| piece.font.ascent()).fold(0.0, f64::max);
            let baseline = y + (height - rise) / 2.0 + rise * 0.92;
            let mut at = match anchor {
                Anchor::Start => x,
                Anchor::Middle => x - line.width() / 2.0,
                Anchor::End => x - line.width(),
            };
            for piece in &line.pieces {
                svg.text(at, baseline, &piece.text, &piece.font, piece.color, Anchor::Start);
                at += text::width(&piece.text, &piece.font);
            }
            y += height;
        }
    }

    /// Writes the lines in a box, each held where its author said, or at `anchor`.
    pub(crate) fn write_within(&self, svg: &mut Svg, (left, right): (f64, f64), top: f64, anchor: Anchor) {
        let mut y = top;
        for line in &self.lines {
            let anchor = line.anchor.unwrap_or(anchor);
            let x = match anchor {
                Anchor::Start => left,
                Anchor::Middle => (left + right) / 2.0,
                Anchor::End => right,
            };
            Lines { lines: vec![line.clone()] }.write(svg, x, y, anchor);
            y += line.height();
        }
    }
}

/// The name of a placeholder the letters begin with, and how many letters it has with its brackets.
fn placeholder(letters: &[(char, usize)]) -> Option<(String, usize)> {
    let end = letters.iter().take(1000).position(|(letter, _)| *letter == '>')?;
    let name: String = letters[1..end].iter().map(|(letter, _)| letter).collect();
    Some((name, end + 1))
}

fn look(run: &TextRun, font: Font, color: Color) -> (Font, Color) {
    let size =
        run.size.as_deref().and_then(|size| size.parse::<f64>().ok()).filter(|size| *size > 0.0 && *size < 500.0);
    let bold = run.bold || run.font.as_deref().is_some_and(|name| name.contains("Bold") || name.contains("Semibold"));
    let font = Font {
        size: size.map_or(font.size, |points| Font::points(points).size),
        bold: bold || font.bold,
        italic: run.italic || font.italic,
        underline: run.underline,
    };
    (font, run.color.as_deref().and_then(Color::parse).unwrap_or(color))
}

fn anchor(run: &TextRun) -> Option<Anchor> {
    match run.alignment.as_deref()? {
        "0" => Some(Anchor::Start),
        "1" => Some(Anchor::Middle),
        "2" => Some(Anchor::End),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str, size: Option<&str>) -> TextRun {
        TextRun { text: text.to_owned(), size: size.map(str::to_owned), ..TextRun::default() }
    }

    #[test]
    fn a_placeholder_whose_brackets_are_in_other_runs_is_filled() {
        let formatted =
            FormattedText { runs: vec![run("<", None), run("[a].[b]", Some("12")), run("> of 1 < 2\n", None)] };
        let lines = Lines::formatted(&formatted, Font::new(12.0), Color::TEXT, |name| {
            (name == "[a].[b]").then(|| "34%".to_owned())
        });
        let shown: Vec<String> =
            lines.lines.iter().map(|line| line.pieces.iter().map(|piece| piece.text.as_str()).collect()).collect();
        assert_eq!(shown, ["34% of 1 < 2"]);
        assert_eq!(lines.lines[0].pieces[0].font.size, 16.0);
    }
}
