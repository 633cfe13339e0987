//! A small writer of SVG.
//!
//! Coordinates are pixels and are written with two decimals, so that the same picture is the same text on every machine. No
//! element has an id but gradients, which are named after what they are: a picture can be put into another as it is.

use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    color::Color,
    escape::escaped,
    fonts,
    text::{Font, width},
};

/// A picture that is being written. What comes later lies over what came before.
#[derive(Debug, Clone)]
pub struct Svg {
    out: String,
    width: f64,
    height: f64,
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    /// Its colour.
    pub color: Color,
    /// Its width in pixels.
    pub width: f64,
    /// Whether it is broken.
    pub dash: Dash,
}

/// How a line is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dash {
    /// Not at all.
    #[default]
    Solid,
    /// In dashes.
    Dashed,
    /// In dots.
    Dotted,
}

/// What a shape is filled with and bordered by.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Paint {
    /// The colour inside, if any.
    pub fill: Option<Color>,
    /// The line round it, if any.
    pub stroke: Option<Stroke>,
}

/// Where a text is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Anchor {
    /// It begins there.
    #[default]
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// A path of lines and curves.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Path {
    data: String,
}

impl Stroke {
    /// An unbroken line.
    pub fn solid(color: Color, width: f64) -> Self {
        Self { color, width, dash: Dash::Solid }
    }
}

impl Paint {
    /// Filled, without a border.
    pub fn fill(color: Color) -> Self {
        Self { fill: Some(color), stroke: None }
    }

    /// A line without anything inside.
    pub fn stroke(color: Color, width: f64) -> Self {
        Self { fill: None, stroke: Some(Stroke::solid(color, width)) }
    }

    /// The same with a border.
    pub fn bordered(self, color: Color, width: f64) -> Self {
        Self { stroke: Some(Stroke::solid(color, width)), ..self }
    }
}

impl Path {
    /// A path without anything in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// Begins a part at a point.
    pub fn move_to(&mut self, x: f64, y: f64) {
        let _ = write!(self.data, "M{} {}", Number(x), Number(y));
    }

    /// A straight line to a point.
    pub fn line_to(&mut self, x: f64, y: f64) {
        let _ = write!(self.data, "L{} {}", Number(x), Number(y));
    }

    /// A curve to a point by two points it leans to.
    pub fn curve_to(&mut self, first: (f64, f64), second: (f64, f64), to: (f64, f64)) {
        let numbers = [first.0, first.1, second.0, second.1, to.0, to.1].map(|number| Number(number).to_string());
        let _ = write!(self.data, "C{}", numbers.join(" "));
    }

    /// A part of a circle to a point, clockwise or not, the longer or the shorter way.
    pub fn arc_to(&mut self, radius: f64, long: bool, clockwise: bool, to: (f64, f64)) {
        let (r, long, clockwise) = (Number(radius), u8::from(long), u8::from(clockwise));
        let _ = write!(self.data, "A{r} {r} 0 {long} {clockwise} {} {}", Number(to.0), Number(to.1));
    }

    /// Goes back to where the part began.
    pub fn close(&mut self) {
        self.data.push('Z');
    }

    /// Lines through points; nothing where there are none.
    pub fn through(points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut path = Self::new();
        for (x, y) in points {
            if path.is_empty() { path.move_to(x, y) } else { path.line_to(x, y) }
        }
        path
    }
}

impl Svg {
    /// An empty, transparent picture of a size in pixels.
    pub fn new(width: f64, height: f64) -> Self {
        Self { out: String::new(), width, height }
    }

    /// Its width in pixels.
    pub fn width(&self) -> f64 {
        self.width
    }

    /// Its height in pixels.
    pub fn height(&self) -> f64 {
        self.height
    }

    /// A rectangle. A negative size is none.
    pub fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, paint: &Paint) {
        self.rounded_rect((x, y, width, height), 0.0, paint);
    }

    /// A rectangle `(x, y, width, height)` with round corners.
    pub fn rounded_rect(&mut self, (x, y, width, height): (f64, f64, f64, f64), radius: f64, paint: &Paint) {
        self.open("rect", &[("x", x), ("y", y), ("width", width.max(0.0)), ("height", height.max(0.0))]);
        if radius > 0.0 {
            self.numbers(&[("rx", radius)]);
        }
        self.paint(paint);
        self.out.push_str("/>\n");
    }

    /// A straight line.
    pub fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), stroke: &Stroke) {
        self.open("line", &[("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2)]);
        self.stroke(stroke);
        self.out.push_str("/>\n");
    }

    /// A circle.
    pub fn circle(&mut self, x: f64, y: f64, radius: f64, paint: &Paint) {
        self.open("circle", &[("cx", x), ("cy", y), ("r", radius.max(0.0))]);
        self.paint(paint);
        self.out.push_str("/>\n");
    }

    /// A path. What is inside is told by the even-odd rule, as holes of shapes on the earth need.
    pub fn path(&mut self, path: &Path, paint: &Paint) {
        if path.is_empty() {
            return;
        }
        let _ = write!(self.out, "<path d=\"{}\"", path.data);
        if paint.fill.is_some() {
            self.out.push_str(" fill-rule=\"evenodd\"");
        }
        self.paint(paint);
        if paint.stroke.is_some() {
            self.out.push_str(" stroke-linejoin=\"round\"");
        }
        self.out.push_str("/>\n");
    }

    /// A text on one line; `y` is where its letters stand.
    pub fn text(&mut self, x: f64, y: f64, text: &str, font: &Font, color: Color, anchor: Anchor) {
        self.turned_text((x, y), 0.0, text, font, color, anchor);
    }

    /// A text turned about where it is held, in degrees clockwise.
    pub fn turned_text(
        &mut self,
        (x, y): (f64, f64),
        degrees: f64,
        text: &str,
        font: &Font,
        color: Color,
        anchor: Anchor,
    ) {
        if text.is_empty() {
            return;
        }
        self.open("text", &[("x", x), ("y", y), ("font-size", font.size)]);
        self.out.push_str(match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        });
        if font.bold {
            self.out.push_str(" font-weight=\"bold\"");
        }
        if font.italic {
            self.out.push_str(" font-style=\"italic\"");
        }
        self.color("fill", color);
        if degrees != 0.0 {
            let _ = write!(self.out, " transform=\"rotate({} {} {})\"", Number(degrees), Number(x), Number(y));
        }
        if text.starts_with(' ') || text.ends_with(' ') || text.contains("  ") {
            self.out.push_str(" xml:space=\"preserve\"");
        }
        self.out.push('>');
        self.out.push_str(&escaped(&text.replace(['\t', '\n', '\r'], " ")));
        self.out.push_str("</text>\n");
        if font.underline && degrees == 0.0 {
            let length = width(text, font);
            let start = match anchor {
                Anchor::Start => x,
                Anchor::Middle => x - length / 2.0,
                Anchor::End => x - length,
            };
            let (below, thickness) = (font.size * 0.12, font.size * 0.07);
            self.line((start, y + below), (start + length, y + below), &Stroke::solid(color, thickness));
        }
    }

    /// What `draw` draws, moved.
    pub fn moved(&mut self, x: f64, y: f64, draw: impl FnOnce(&mut Self)) {
        let _ = writeln!(self.out, "<g transform=\"translate({} {})\">", Number(x), Number(y));
        draw(self);
        self.out.push_str("</g>\n");
    }

    /// What `draw` draws, so much of it as is let through: 1 all, 0 nothing.
    pub fn faded(&mut self, opacity: f64, draw: impl FnOnce(&mut Self)) {
        let _ = writeln!(self.out, "<g opacity=\"{}\">", Number(opacity.clamp(0.0, 1.0)));
        draw(self);
        self.out.push_str("</g>\n");
    }

    /// What `draw` draws, so far as it lies in a rectangle. Coordinates stay as they are.
    pub fn clipped(&mut self, x: f64, y: f64, width: f64, height: f64, draw: impl FnOnce(&mut Self)) {
        if width <= 0.0 || height <= 0.0 {
            return;
        }
        // A nested picture clips without an id.
        self.nest(x, y, (width, height), (x, y, width, height));
        draw(self);
        self.out.push_str("</svg>\n");
    }

    /// Another picture at a place, at its own size, so far as it lies in a rectangle of `(width, height)`.
    pub fn picture(&mut self, x: f64, y: f64, (width, height): (f64, f64), svg: &str) {
        if width <= 0.0 || height <= 0.0 {
            return;
        }
        self.nest(x, y, (width, height), (0.0, 0.0, width, height));
        self.out.push_str(svg);
        self.out.push_str("</svg>\n");
    }

    fn nest(&mut self, x: f64, y: f64, (width, height): (f64, f64), view: (f64, f64, f64, f64)) {
        self.open("svg", &[("x", x), ("y", y), ("width", width), ("height", height)]);
        let view = [view.0, view.1, view.2, view.3].map(|number| Number(number).to_string());
        let _ = writeln!(self.out, " viewBox=\"{}\">", view.join(" "));
    }

    /// A raster picture in a rectangle, in its own proportions where `fitted`, else filling it. `kind` is `png`, `jpeg`, `gif`.
    pub fn image(&mut self, (x, y, width, height): (f64, f64, f64, f64), kind: &str, bytes: &[u8], fitted: bool) {
        self.open("image", &[("x", x), ("y", y), ("width", width.max(0.0)), ("height", height.max(0.0))]);
        if !fitted {
            self.out.push_str(" preserveAspectRatio=\"none\"");
        }
        let _ = write!(self.out, " xlink:href=\"data:image/{kind};base64,");
        STANDARD.encode_string(bytes, &mut self.out);
        self.out.push_str("\"/>\n");
    }

    /// A rectangle filled with colours that flow into one another, from the left to the right or from the top down.
    pub fn gradient(&mut self, (x, y, width, height): (f64, f64, f64, f64), down: bool, stops: &[(f64, Color)]) {
        let (x2, y2) = if down { (0, 1) } else { (1, 0) };
        let mut content = format!("x1=\"0\" y1=\"0\" x2=\"{x2}\" y2=\"{y2}\">");
        for (place, color) in stops {
            let _ = write!(content, "<stop offset=\"{}\" stop-color=\"{}\"", Number(*place), color.hex());
            if color.alpha < 255 {
                let _ = write!(content, " stop-opacity=\"{}\"", Number(color.opacity()));
            }
            content.push_str("/>");
        }
        let id = fingerprint(content.as_bytes());
        let _ = writeln!(self.out, "<linearGradient id=\"g{id:016x}\" {content}</linearGradient>");
        self.open("rect", &[("x", x), ("y", y), ("width", width.max(0.0)), ("height", height.max(0.0))]);
        let _ = writeln!(self.out, " fill=\"url(#g{id:016x})\"/>");
    }

    /// The whole as SVG.
    pub fn finish(self) -> String {
        let (width, height) = (Number(self.width), Number(self.height));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"{width}\" \
             height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"{}\">\n{}</svg>\n",
            fonts::FAMILIES,
            self.out
        )
    }

    fn open(&mut self, element: &str, numbers: &[(&str, f64)]) {
        let _ = write!(self.out, "<{element}");
        self.numbers(numbers);
    }

    fn numbers(&mut self, numbers: &[(&str, f64)]) {
        for (name, number) in numbers {
            let _ = write!(self.out, " {name}=\"{}\"", Number(*number));
        }
    }

    fn paint(&mut self, paint: &Paint) {
        match paint.fill {
            Some(color) => self.color("fill", color),
            None => self.out.push_str(" fill=\"none\""),
        }
        if let Some(stroke) = &paint.stroke {
            self.stroke(stroke);
        }
    }

    fn stroke(&mut self, stroke: &Stroke) {
        self.color("stroke", stroke.color);
        if stroke.width != 1.0 {
            self.numbers(&[("stroke-width", stroke.width)]);
        }
        let width = stroke.width.max(1.0);
        let (on, off) = match stroke.dash {
            Dash::Solid => return,
            Dash::Dashed => (4.0 * width, 3.0 * width),
            Dash::Dotted => (width, 2.0 * width),
        };
        let _ = write!(self.out, " stroke-dasharray=\"{} {}\"", Number(on), Number(off));
    }

    fn color(&mut self, name: &str, color: Color) {
        let _ = write!(self.out, " {name}=\"{}\"", color.hex());
        if color.alpha < 255 {
            let _ = write!(self.out, " {name}-opacity=\"{}\"", Number(color.opacity()));
        }
    }
}

/// A number with at most two decimals.
struct Number(f64);

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Far out of any picture is far enough, and what is no number is nowhere.
        let number = if self.0.is_nan() { 0.0 } else { self.0.clamp(-1e7, 1e7) };
        let hundredths = (number * 100.0).round() as i64;
        let sign = if hundredths < 0 { "-" } else { "" };
        let (whole, rest) = (hundredths.abs() / 100, hundredths.abs() % 100);
        match rest {
            0 => write!(f, "{sign}{whole}"),
            _ if rest % 10 == 0 => write!(f, "{sign}{whole}.{}", rest / 10),
            _ => write!(f, "{sign}{whole}.{rest:02}"),
        }
    }
}

/// FNV-1a: enough to tell gradients apart, and the same everywhere.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
