//! How wide texts are in the embedded fonts, and how they are shortened and broken into lines.

pub mod rich;

use crate::fonts::measures;

/// A look of letters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Font {
    /// Their size in pixels.
    pub size: f64,
    /// Whether they are bold.
    pub bold: bool,
    /// Whether they are italic.
    pub italic: bool,
    /// Whether they are underlined.
    pub underline: bool,
}

impl Font {
    /// Plain letters of a size in pixels.
    pub fn new(size: f64) -> Self {
        Self { size, bold: false, italic: false, underline: false }
    }

    /// Plain letters of a size in points, as files have it: 9 points are 12 pixels.
    pub fn points(points: f64) -> Self {
        Self::new(points * 4.0 / 3.0)
    }

    /// The same in bold.
    pub fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// The same in italics.
    pub fn italic(self) -> Self {
        Self { italic: true, ..self }
    }

    /// How far letters reach up from where they stand, in pixels.
    pub fn ascent(&self) -> f64 {
        self.size * 0.905
    }

    /// How far letters reach down from where they stand, in pixels.
    pub fn descent(&self) -> f64 {
        self.size * 0.212
    }

    /// From one line to the next, in pixels.
    pub fn line_height(&self) -> f64 {
        self.size * 1.25
    }

    /// How far below the middle of a line its letters stand, in pixels: numbers and capitals look centred then.
    pub fn below_middle(&self) -> f64 {
        self.size * 0.36
    }
}

/// The width of a text on one line, in pixels.
pub fn width(text: &str, font: &Font) -> f64 {
    let measures = measures(font.bold, font.italic);
    let thousandths: u64 = text.chars().map(|letter| u64::from(measures.width(letter))).sum();
    thousandths as f64 * font.size / 1000.0
}

/// The text as far as there is room, with `…` where something is left out; nothing where not even that has room.
pub fn ellipsis(text: &str, font: &Font, room: f64) -> String {
    if width(text, font) <= room {
        return text.to_owned();
    }
    let measures = measures(font.bold, font.italic);
    let mut left = room - width("…", font);
    if left < 0.0 {
        return String::new();
    }
    let mut short: String = text
        .chars()
        .take_while(|letter| {
            left -= f64::from(measures.width(*letter)) * font.size / 1000.0;
            left >= 0.0
        })
        .collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// The text in lines that are no wider than there is room: broken where it says so, between words, and within a word that is
/// wider than a line. Never none.
pub fn wrap(text: &str, font: &Font, room: f64) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let (mut line, mut used) = (String::new(), 0.0);
        for word in paragraph.trim_end_matches('\r').split_inclusive([' ', '\u{200b}', '-']) {
            let bare = width(word.trim_end(), font);
            if used + bare > room && !line.is_empty() {
                lines.push(take_line(&mut line));
                used = 0.0;
            }
            for piece in broken(word, font, room) {
                if bare > room && !line.is_empty() {
                    lines.push(take_line(&mut line));
                    used = 0.0;
                }
                line.push_str(piece);
                used += width(piece, font);
            }
        }
        lines.push(take_line(&mut line));
    }
    lines
}

/// A word in pieces that are no wider than there is room; a letter that is wider is one of its own.
fn broken<'a>(word: &'a str, font: &Font, room: f64) -> Vec<&'a str> {
    let measures = measures(font.bold, font.italic);
    let (mut pieces, mut start, mut used) = (Vec::new(), 0, 0.0);
    for (at, letter) in word.char_indices() {
        let wide = f64::from(measures.width(letter)) * font.size / 1000.0;
        if used + wide > room && at > start && letter != ' ' {
            pieces.push(&word[start..at]);
            (start, used) = (at, 0.0);
        }
        used += wide;
    }
    pieces.push(&word[start..]);
    pieces
}

fn take_line(line: &mut String) -> String {
    line.truncate(line.trim_end().len());
    std::mem::take(line)
}

/// The same with at most so many lines, the last of which ends in `…` where something is left out.
pub fn wrap_lines(text: &str, font: &Font, room: f64, most: usize) -> Vec<String> {
    let mut lines = wrap(text, font, room);
    if lines.len() > most.max(1) {
        let rest = lines.split_off(most.max(1) - 1).join(" ");
        // The rest is longer than a line, even where the words left of it would be shorter.
        lines.push(match ellipsis(&rest, font, room) {
            whole if whole == rest => rest + "…",
            short => short,
        });
    }
    lines
}
