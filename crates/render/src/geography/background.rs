//! Maps under marks: land and water, borders and names.

use super::{
    Geometry, Projection,
    places::{COUNTRIES, PROVINCES, Shape, us_counties, us_states},
};
use crate::{
    color::Color,
    svg::{Anchor, Paint, Svg},
    text::{Font, width},
};

/// How a map under marks looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MapStyle {
    /// Gray land in white water: what is meant where nothing is said.
    #[default]
    Light,
    /// Land and water in pale colours, as maps of streets have them; the streets are not drawn.
    Streets,
    /// Nearly black.
    Dark,
}

struct Colors {
    water: Color,
    land: Color,
    border: Color,
    inner: Color,
    name: Color,
}

impl MapStyle {
    /// The style by a file's word (`map-style`): `light`, `normal` and any other are gray, and what shows streets or the earth from above
    /// looks like a map of streets.
    pub fn parse(word: &str) -> Self {
        match word {
            "dark" => Self::Dark,
            "streets" | "outdoors" | "satellite" => Self::Streets,
            _ => Self::Light,
        }
    }

    fn colors(self) -> Colors {
        let gray = |level| Color::rgb(level, level, level);
        match self {
            Self::Light => Colors {
                water: Color::WHITE,
                land: gray(0xe6),
                border: gray(0xc4),
                inner: gray(0xd4),
                name: gray(0xa4),
            },
            Self::Streets => Colors {
                water: Color::rgb(0xcb, 0xdc, 0xe6),
                land: Color::rgb(0xf3, 0xef, 0xe9),
                border: Color::rgb(0xb9, 0xb0, 0xa4),
                inner: Color::rgb(0xd9, 0xd2, 0xc8),
                name: Color::rgb(0x8c, 0x84, 0x7a),
            },
            Self::Dark => {
                Colors { water: gray(0x2b), land: gray(0x10), border: gray(0x4a), inner: gray(0x30), name: gray(0x80) }
            }
        }
    }
}

/// Draws the map under the marks of a projection, so far washed out: 0 not at all, 1 wholly white.
pub fn background(svg: &mut Svg, projection: &Projection, style: MapStyle, washout: f64) {
    /// From how many pixels for a degree on states and counties are told apart.
    const STATES: f64 = 6.0;
    const COUNTIES: f64 = 70.0;
    let (x, y, width, height) = projection.area();
    let colors = style.colors();
    svg.clipped(x, y, width, height, |svg| {
        svg.rect(x, y, width, height, &Paint::fill(colors.water));
        if washout >= 1.0 {
            svg.rect(x, y, width, height, &Paint::fill(Color::WHITE));
            return;
        }
        let land = Paint::fill(colors.land).bordered(colors.border, 0.7);
        let mut named: Vec<(&Shape, bool)> = Vec::new();
        for country in &COUNTRIES.list {
            let path = projection.areas(&country.geometry);
            if !path.is_empty() {
                svg.path(&path, &land);
                named.push((country, true));
            }
        }
        if projection.degree() >= STATES {
            let provinces = PROVINCES.values().flat_map(|shapes| &shapes.list);
            let inner = Paint::stroke(colors.inner, 0.7);
            named.extend(shapes(svg, projection, provinces, &inner).into_iter().map(|shape| (shape, false)));
            // Their coasts are nearer to what they are than those of the country.
            let filled = Paint { fill: Some(colors.land), ..inner };
            let states = us_states().list.iter();
            named.extend(shapes(svg, projection, states, &filled).into_iter().map(|shape| (shape, false)));
        }
        if projection.degree() >= COUNTIES {
            shapes(svg, projection, us_counties().list.iter(), &Paint::stroke(colors.inner, 0.5));
        }
        names(svg, projection, &named, colors.name);
        if washout > 0.0 {
            svg.rect(x, y, width, height, &Paint::fill(Color::WHITE.with_opacity(washout)));
        }
    });
}

/// Draws shapes, and gives those that are seen.
fn shapes<'a>(
    svg: &mut Svg,
    projection: &Projection,
    shapes: impl Iterator<Item = &'a Shape>,
    paint: &Paint,
) -> Vec<&'a Shape> {
    let mut seen = Vec::new();
    for shape in shapes {
        let path = projection.areas(&shape.geometry);
        if !path.is_empty() {
            svg.path(&path, paint);
            seen.push(shape);
        }
    }
    seen
}

/// Writes names where they have room: larger places first, and none over another.
fn names(svg: &mut Svg, projection: &Projection, shapes: &[(&Shape, bool)], color: Color) {
    let (left, top, right, bottom) = {
        let (x, y, width, height) = projection.area();
        (x, y, x + width, y + height)
    };
    let mut taken: Vec<(f64, f64, f64, f64)> = Vec::new();
    let mut shapes: Vec<(f64, &Shape, bool)> =
        shapes.iter().map(|(shape, country)| (span(projection, &shape.geometry), *shape, *country)).collect();
    shapes.sort_by(|a, b| b.2.cmp(&a.2).then(b.0.total_cmp(&a.0)));
    for (room, shape, country) in shapes {
        let font = Font::new(if country { 11.0 } else { 9.5 });
        let Some(name) = shape.names.first() else { continue };
        let half = width(name, &font) / 2.0 + 2.0;
        let (x, y) = projection.point(shape.center);
        let place = (x - half, y - font.size * 0.7, x + half, y + font.size * 0.7);
        let inside = place.0 > left && place.2 < right && place.1 > top && place.3 < bottom;
        let free =
            taken.iter().all(|other| place.0 > other.2 || place.2 < other.0 || place.1 > other.3 || place.3 < other.1);
        if inside && free && half * 2.0 < room * if country { 0.8 } else { 0.6 } {
            svg.text(x, y + font.below_middle(), name, &font, color, Anchor::Middle);
            taken.push(place);
        }
    }
}

/// How wide the largest part of a shape is on the page.
fn span(projection: &Projection, geometry: &Geometry) -> f64 {
    let wide = |ring: &Vec<(f64, f64)>| {
        let (low, high) = ring.iter().fold((f64::MAX, f64::MIN), |(low, high), (x, _)| (low.min(*x), high.max(*x)));
        (high - low) * projection.degree()
    };
    geometry.polygons.iter().filter_map(|polygon| polygon.first()).map(wide).fold(0.0, f64::max)
}
