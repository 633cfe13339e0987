//! From the earth to the page, as web maps do it (Mercator).

use std::f64::consts::PI;

use super::{Geometry, Point};
use crate::svg::Path;

/// How far north and south web maps reach, in degrees.
const FARTHEST: f64 = 85.05;

/// A part of the earth, in degrees. Over the date line its east is more than 180.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// The least longitude.
    pub west: f64,
    /// The least latitude.
    pub south: f64,
    /// The most longitude.
    pub east: f64,
    /// The most latitude.
    pub north: f64,
}

/// Where places are on a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// The rectangle of the map: x, y, width, height.
    area: (f64, f64, f64, f64),
    /// The middle of the map, as parts of the whole earth.
    middle: (f64, f64),
    /// Pixels for the whole way round the earth.
    round: f64,
}

impl Bounds {
    /// The smallest part of the earth with all points in it; none where there are none.
    pub fn of(points: impl IntoIterator<Item = Point>) -> Option<Self> {
        let (mut longitudes, mut south, mut north) = (Vec::new(), f64::MAX, f64::MIN);
        for (longitude, latitude) in points.into_iter().filter(|point| point.0.is_finite() && point.1.is_finite()) {
            longitudes.push((longitude + 180.0).rem_euclid(360.0) - 180.0);
            (south, north) = (south.min(latitude), north.max(latitude));
        }
        longitudes.sort_unstable_by(f64::total_cmp);
        let (first, last) = (*longitudes.first()?, *longitudes.last()?);
        // What is not shown is the widest stretch without a point; it may lie over the date line or not.
        let inner = longitudes.windows(2).map(|pair| (pair[1] - pair[0], pair[1])).max_by(|a, b| a.0.total_cmp(&b.0));
        let (west, east) = match inner {
            Some((gap, after)) if gap > first + 360.0 - last => (after, after - gap + 360.0),
            _ => (first, last),
        };
        Some(Self { west, south: south.max(-FARTHEST), east, north: north.min(FARTHEST) })
    }

    /// The same, so much larger on each side as a part of its size.
    #[must_use]
    pub fn grown(self, share: f64) -> Self {
        let (x, y) = ((self.east - self.west) * share, (self.north - self.south) * share);
        Self {
            west: self.west - x,
            south: (self.south - y).max(-FARTHEST),
            east: self.east + x,
            north: (self.north + y).min(FARTHEST),
        }
    }
}

/// A place as parts of the whole earth: from the west to the east, and from the north to the south.
fn parts((longitude, latitude): Point) -> (f64, f64) {
    let latitude = latitude.clamp(-FARTHEST, FARTHEST).to_radians();
    ((longitude + 180.0) / 360.0, 0.5 - (latitude.tan() + 1.0 / latitude.cos()).ln() / (2.0 * PI))
}

impl Projection {
    /// The whole of the bounds in the middle of a rectangle `(x, y, width, height)`, as large as there is room but for `margin` pixels
    /// on each side.
    pub fn fit(bounds: &Bounds, area: (f64, f64, f64, f64), margin: f64) -> Self {
        /// Nearer than a few streets nothing is drawn under marks.
        const CLOSEST: f64 = 100_000_000.0;
        let (west, north) = parts((bounds.west, bounds.north));
        let (east, south) = parts((bounds.east, bounds.south));
        let room = ((area.2 - 2.0 * margin).max(1.0), (area.3 - 2.0 * margin).max(1.0));
        let round = (room.0 / (east - west).max(1e-9)).min(room.1 / (south - north).max(1e-9)).min(CLOSEST);
        Self { area, middle: ((west + east) / 2.0, (north + south) / 2.0), round }
    }

    /// The rectangle of the map: x, y, width, height.
    pub fn area(&self) -> (f64, f64, f64, f64) {
        self.area
    }

    /// Pixels for a degree of longitude.
    pub fn degree(&self) -> f64 {
        self.round / 360.0
    }

    /// Where a place is on the page, on the way round the earth that is nearest to the middle.
    pub fn point(&self, place: Point) -> (f64, f64) {
        let (x, y) = parts(place);
        let x = x - (x - self.middle.0).round();
        self.at((x, y))
    }

    fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let (left, top, width, height) = self.area;
        (left + width / 2.0 + (x - self.middle.0) * self.round, top + height / 2.0 + (y - self.middle.1) * self.round)
    }

    /// The areas of a shape so far as they can be seen, with their holes; wherever the map comes round to them again.
    pub fn areas(&self, geometry: &Geometry) -> Path {
        let mut path = Path::new();
        for ring in geometry.polygons.iter().flatten() {
            self.each_round(ring, |points| {
                let points = clipped(points, self.window());
                if points.len() > 2 {
                    append(&mut path, &points);
                    path.close();
                }
            });
        }
        path
    }

    /// The lines of a shape, wherever the map comes round to them again.
    pub fn lines(&self, geometry: &Geometry) -> Path {
        let mut path = Path::new();
        for line in &geometry.lines {
            self.each_round(line, |points| append(&mut path, &points));
        }
        path
    }

    /// What can be seen and a little more: left, top, right, bottom.
    fn window(&self) -> (f64, f64, f64, f64) {
        const MORE: f64 = 20.0;
        let (x, y, width, height) = self.area;
        (x - MORE, y - MORE, x + width + MORE, y + height + MORE)
    }

    /// The points on the page for each way round the earth on which some part of them can be seen.
    fn each_round(&self, line: &[Point], mut take: impl FnMut(Vec<(f64, f64)>)) {
        let parts: Vec<(f64, f64)> = line.iter().map(|point| parts(*point)).collect();
        let (low, high) = parts.iter().fold((f64::MAX, f64::MIN), |(low, high), (x, _)| (low.min(*x), high.max(*x)));
        let half = self.area.2 / 2.0 / self.round;
        // On a map of the whole earth on a wide page more than a few rounds show nothing new.
        let first = (self.middle.0 - half - high).ceil().max(-3.0) as i64;
        let last = (self.middle.0 + half - low).floor().min(3.0) as i64;
        let (left, top, right, bottom) = self.window();
        for round in first..=last {
            let points: Vec<(f64, f64)> = parts.iter().map(|(x, y)| self.at((x + round as f64, *y))).collect();
            let outside = points.iter().all(|point| point.0 < left)
                || points.iter().all(|point| point.0 > right)
                || points.iter().all(|point| point.1 < top)
                || points.iter().all(|point| point.1 > bottom);
            if !outside {
                take(points);
            }
        }
    }
}

/// Adds a line, without points that are so near to the one before that nobody could tell.
fn append(path: &mut Path, points: &[(f64, f64)]) {
    const NEAR: f64 = 0.4;
    let mut last: Option<(f64, f64)> = None;
    for (index, &(x, y)) in points.iter().enumerate() {
        match last {
            None => path.move_to(x, y),
            Some((a, b)) if index + 1 < points.len() && (x - a).abs() < NEAR && (y - b).abs() < NEAR => continue,
            Some(_) => path.line_to(x, y),
        }
        last = Some((x, y));
    }
}

/// The part of an area that lies in a rectangle: one side of it after the other is cut off.
fn clipped(mut points: Vec<(f64, f64)>, (left, top, right, bottom): (f64, f64, f64, f64)) -> Vec<(f64, f64)> {
    type Inside = fn((f64, f64), f64) -> bool;
    let sides: [(f64, bool, Inside); 4] = [
        (left, true, |point, edge| point.0 >= edge),
        (right, true, |point, edge| point.0 <= edge),
        (top, false, |point, edge| point.1 >= edge),
        (bottom, false, |point, edge| point.1 <= edge),
    ];
    for (edge, upright, inside) in sides {
        if points.iter().all(|point| inside(*point, edge)) {
            continue;
        }
        let mut kept = Vec::with_capacity(points.len());
        let mut before = points.last().copied().unwrap_or_default();
        for &point in &points {
            if inside(point, edge) != inside(before, edge) {
                let share = if upright {
                    (edge - before.0) / (point.0 - before.0)
                } else {
                    (edge - before.1) / (point.1 - before.1)
                };
                kept.push((before.0 + (point.0 - before.0) * share, before.1 + (point.1 - before.1) * share));
            }
            if inside(point, edge) {
                kept.push(point);
            }
            before = point;
        }
        points = kept;
    }
    points
}
