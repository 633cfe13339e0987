//! Places on the earth: where they are, their shapes, and maps under them.
//!
//! Countries, their provinces, the counties, cities and ZIP codes of the United States and some cities of the world are embedded.
//! Other places, such as postal codes of other countries, are not known.

mod background;
mod engine;
mod names;
mod places;
mod projection;
mod topology;
mod wkb;

pub use background::{MapStyle, background};
pub use places::{Place, Role, Within, find};
pub use projection::{Bounds, Projection};
pub use wkb::geometry;

/// Longitude and latitude in degrees.
pub type Point = (f64, f64);

/// Points, lines and areas on the earth.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Geometry {
    /// Points.
    pub points: Vec<Point>,
    /// Lines through points.
    pub lines: Vec<Vec<Point>>,
    /// Areas: the line round each, and those round its holes. Each ends where it began.
    pub polygons: Vec<Vec<Vec<Point>>>,
}

impl Geometry {
    /// All its points, also those of its lines and areas.
    pub fn all_points(&self) -> impl Iterator<Item = Point> {
        let lines = self.lines.iter().flatten();
        let areas = self.polygons.iter().flatten().flatten();
        self.points.iter().chain(lines).chain(areas).copied()
    }

    /// The middle of its largest area; without one that of its points.
    pub fn center(&self) -> Option<Point> {
        let rings = self.polygons.iter().filter_map(|polygon| polygon.first());
        let largest = rings.map(|ring| middle(ring)).filter(|(size, _)| *size > 0.0).max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, point)) = largest {
            return Some(point);
        }
        let (count, x, y) =
            self.all_points().fold((0.0, 0.0, 0.0), |(count, x, y), point| (count + 1.0, x + point.0, y + point.1));
        (count > 0.0).then(|| (x / count, y / count))
    }
}

/// The size of a ring and its centre of mass.
fn middle(ring: &[Point]) -> (f64, Point) {
    let Some(&(x0, y0)) = ring.first() else { return (0.0, (0.0, 0.0)) };
    let (mut size, mut x, mut y) = (0.0, 0.0, 0.0);
    // Seen from the first point, so that small rings far from zero lose no digits.
    for pair in ring.windows(2) {
        let ((ax, ay), (bx, by)) = ((pair[0].0 - x0, pair[0].1 - y0), (pair[1].0 - x0, pair[1].1 - y0));
        let cross = ax * by - bx * ay;
        size += cross;
        x += (ax + bx) * cross;
        y += (ay + by) * cross;
    }
    if size == 0.0 { (0.0, (x0, y0)) } else { (size.abs() / 2.0, (x0 + x / (3.0 * size), y0 + y / (3.0 * size))) }
}
