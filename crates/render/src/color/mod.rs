//! Colours, the palettes workbooks name, and how numbers become colours.

mod palettes;

use tavola_workbook::StyleEncoding;

/// A colour of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Color {
    /// How much red.
    pub red: u8,
    /// How much green.
    pub green: u8,
    /// How much blue.
    pub blue: u8,
    /// How much it covers: 255 all, 0 nothing.
    pub alpha: u8,
}

impl Color {
    /// White.
    pub const WHITE: Self = Self::rgb(255, 255, 255);
    /// Black.
    pub const BLACK: Self = Self::rgb(0, 0, 0);
    /// What marks are drawn in where nothing says otherwise.
    pub const MARK: Self = Self::rgb(0x4e, 0x79, 0xa7);
    /// What titles, headers and labels are written in where nothing says otherwise.
    pub const TEXT: Self = Self::rgb(0x33, 0x33, 0x33);
    /// What axes' numbers and titles are written in where nothing says otherwise.
    pub const FAINT_TEXT: Self = Self::rgb(0x66, 0x66, 0x66);
    /// Lines of the grid and between panes.
    pub const LINE: Self = Self::rgb(0xe6, 0xe6, 0xe6);
    /// What a member without a value gets, and what a map shows where nothing is known.
    pub const NOTHING: Self = Self::rgb(0xd4, 0xd4, 0xd4);

    /// A colour that covers.
    pub const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue, alpha: 255 }
    }

    /// Reads `#4e79a7`, `#4e79a780` (with how much it covers last), `#fff`, with or without `#`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim().trim_start_matches('#');
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let pair = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        let single = |at: usize| Some(u8::from_str_radix(digits.get(at..=at)?, 16).ok()? * 17);
        Some(match digits.len() {
            3 => Self::rgb(single(0)?, single(1)?, single(2)?),
            6 => Self::rgb(pair(0)?, pair(2)?, pair(4)?),
            8 => Self { red: pair(0)?, green: pair(2)?, blue: pair(4)?, alpha: pair(6)? },
            _ => return None,
        })
    }

    /// As `#4e79a7`, without how much it covers.
    pub fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }

    /// How much it covers: 1 all, 0 nothing.
    pub fn opacity(self) -> f64 {
        f64::from(self.alpha) / 255.0
    }

    /// The same, covering so much: 1 all, 0 nothing.
    #[must_use]
    pub fn with_opacity(self, opacity: f64) -> Self {
        Self { alpha: (opacity.clamp(0.0, 1.0) * 255.0).round() as u8, ..self }
    }

    /// A colour between two: 0 is this one, 1 the other.
    #[must_use]
    pub fn mix(self, other: Self, share: f64) -> Self {
        let share = share.clamp(0.0, 1.0);
        let between = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
        Self {
            red: between(self.red, other.red),
            green: between(self.green, other.green),
            blue: between(self.blue, other.blue),
            alpha: between(self.alpha, other.alpha),
        }
    }

    /// How bright it looks: 0 black, 1 white.
    pub fn brightness(self) -> f64 {
        (0.299 * f64::from(self.red) + 0.587 * f64::from(self.green) + 0.114 * f64::from(self.blue)) / 255.0
    }

    /// Black or white, whichever is read better on it.
    #[must_use]
    pub fn text_on(self) -> Self {
        if self.brightness() > 0.55 { Self::TEXT } else { Self::WHITE }
    }
}

/// What a palette is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaletteKind {
    /// Members.
    Categorical,
    /// Numbers from the least to the most.
    Sequential,
    /// Numbers on both sides of a middle.
    Diverging,
}

/// The colours of a palette by the name a file has for it: `tableau10_10_0`, `orange_blue_diverging_10_0`, `tableau-20`.
pub fn palette(name: &str) -> Option<(PaletteKind, Vec<Color>)> {
    let wanted = words(name);
    [
        (PaletteKind::Categorical, palettes::CATEGORICAL),
        (PaletteKind::Sequential, palettes::SEQUENTIAL),
        (PaletteKind::Diverging, palettes::DIVERGING),
    ]
    .into_iter()
    .find_map(|(kind, list)| {
        let (_, colors) = list.iter().find(|(name, _)| words(name) == wanted)?;
        Some((kind, colors.split(' ').filter_map(Color::parse).collect()))
    })
}

/// The words of a palette's name in order of the alphabet, without what tells its version and kind: of the same palette
/// different places say `red_blue_brown` and `blue_red_brown_10_0`.
fn words(name: &str) -> Vec<String> {
    let name = name.trim().to_lowercase().replace([' ', '_'], "-");
    let name = match name.strip_suffix("-10-0").unwrap_or(&name) {
        "tableau-map-temperatur" => "temperature",
        "traffic" => "traffic-light",
        other => other,
    };
    let mut words: Vec<String> =
        name.split('-').filter(|word| !matches!(*word, "diverging" | "sequential" | "")).map(str::to_owned).collect();
    words.sort_unstable();
    words
}

/// The colours members get where nothing says otherwise.
pub fn default_palette(members: usize) -> Vec<Color> {
    let name = if members <= 10 { "tableau10" } else { "tableau20" };
    palette(name).map_or_else(|| vec![Color::MARK], |(_, colors)| colors)
}

/// How numbers become colours.
#[derive(Debug, Clone, PartialEq)]
pub struct Ramp {
    /// The colours on the way, never none.
    stops: Vec<Color>,
    least: f64,
    most: f64,
    /// Where the middle colour is; without one the way is even.
    center: Option<f64>,
    /// Whether either side of the middle uses its whole half of the colours, however far it reaches.
    full_range: bool,
    steps: Option<usize>,
}

impl Ramp {
    /// How numbers from `least` to `most` become colours as an encoding of the file says, or as it is where none does: blue, and
    /// from orange to blue where zero lies between.
    pub fn new(encoding: Option<&StyleEncoding>, least: f64, most: f64) -> Self {
        let attribute = |name| encoding.and_then(|encoding| encoding.attribute(name));
        let number =
            |name| attribute(name).and_then(|text| text.parse::<f64>().ok()).filter(|number| number.is_finite());
        let (least, most) = (number("min").unwrap_or(least), number("max").unwrap_or(most));
        let named = encoding.and_then(|encoding| palette(encoding.palette.as_deref()?));
        let own: Vec<Color> = encoding
            .map_or_else(Vec::new, |encoding| encoding.colors.iter().filter_map(|color| Color::parse(color)).collect());
        let (kind, mut stops) = if own.is_empty() {
            let default = if least < 0.0 && most > 0.0 { "orange-blue-diverging" } else { "blue" };
            named.or_else(|| palette(default)).unwrap_or((PaletteKind::Sequential, vec![Color::MARK]))
        } else {
            // The kind of a palette written out is told by whether it has a middle.
            let diverging = own.len() > 2 && (number("center").is_some() || least < 0.0 && most > 0.0);
            (if diverging { PaletteKind::Diverging } else { PaletteKind::Sequential }, own)
        };
        if attribute("reverse") == Some("true") {
            stops.reverse();
        }
        let middle = if least < 0.0 && most > 0.0 { 0.0 } else { (least + most) / 2.0 };
        let center = (kind == PaletteKind::Diverging).then(|| number("center").unwrap_or(middle)).or(number("center"));
        let steps = attribute("num-steps").and_then(|text| text.parse().ok()).filter(|steps| (2..=50).contains(steps));
        Self { stops, least, most, center, full_range: attribute("symmetric") == Some("false"), steps }
    }

    /// The least number it tells apart.
    pub fn least(&self) -> f64 {
        self.least
    }

    /// The most number it tells apart.
    pub fn most(&self) -> f64 {
        self.most
    }

    /// How many colours it has; none where they flow into one another.
    pub fn steps(&self) -> Option<usize> {
        self.steps
    }

    /// The colour of a number. What is out of range has the colour of the end.
    pub fn color(&self, value: f64) -> Color {
        let value = value.clamp(self.least.min(self.most), self.most.max(self.least));
        match self.steps {
            None => self.at(self.place(value)),
            Some(steps) => {
                // Steps are even parts of the range, each in the colour of its middle's place among the steps.
                let (low, high) = self.reach();
                let share = if high > low { (value - low) / (high - low) } else { 0.5 };
                let step = ((share * steps as f64).floor() as usize).min(steps - 1);
                self.at(step as f64 / (steps - 1) as f64)
            }
        }
    }

    /// The numbers the ends of the colours stand for.
    fn reach(&self) -> (f64, f64) {
        match self.center {
            Some(center) if !self.full_range => {
                let far = (self.most - center).abs().max((center - self.least).abs());
                (center - far, center + far)
            }
            _ => (self.least, self.most),
        }
    }

    /// Where on the way of colours a number is: 0 the first, 1 the last.
    fn place(&self, value: f64) -> f64 {
        let (low, high) = self.reach();
        let share = |from: f64, to: f64| if to > from { (value - from) / (to - from) } else { 0.5 };
        match self.center {
            Some(center) if self.full_range && value < center => 0.5 * share(low, center),
            Some(center) if self.full_range => {
                0.5 + if high > center { 0.5 * (value - center) / (high - center) } else { 0.0 }
            }
            _ => share(low, high),
        }
    }

    /// The colour at a place on the way.
    fn at(&self, place: f64) -> Color {
        let last = self.stops.len() - 1;
        let place = place.clamp(0.0, 1.0) * last as f64;
        let before = (place.floor() as usize).min(last);
        self.stops[before].mix(self.stops[(before + 1).min(last)], place - before as f64)
    }

    /// The colours of its legend from the least to the most: places from 0 to 1, and colours. Steps have two places each.
    pub fn legend(&self) -> Vec<(f64, Color)> {
        let value = |share: f64| self.least + (self.most - self.least) * share;
        match self.steps {
            None => {
                (0..=16).map(|step| f64::from(step) / 16.0).map(|share| (share, self.color(value(share)))).collect()
            }
            Some(steps) => {
                let width = 1.0 / steps as f64;
                (0..steps)
                    .flat_map(|step| {
                        let from = step as f64 * width;
                        let color = self.color(value(from + width / 2.0));
                        [(from, color), (from + width, color)]
                    })
                    .collect()
            }
        }
    }
}
