//! The embedded files of places. `assets/geography/build.py` tells their format.

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::{Geometry, Point};

/// Degrees are told in so many parts.
const UNITS: f64 = 500.0;

/// A file that is being read. What is wrong in it ends it, so that a list is only shorter; a test looks for what is last in ours.
pub(super) struct File {
    bytes: Vec<u8>,
    at: usize,
}

/// A place with a shape.
pub(super) struct Shaped {
    /// What it is called, the name that is shown first.
    pub(super) names: Vec<String>,
    pub(super) geometry: Geometry,
}

impl File {
    pub(super) fn new(packed: &[u8]) -> Self {
        let mut bytes = Vec::new();
        if ZlibDecoder::new(packed).read_to_end(&mut bytes).is_err() {
            bytes.clear();
        }
        Self { bytes, at: 0 }
    }

    pub(super) fn is_done(&self) -> bool {
        self.at >= self.bytes.len()
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            number |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Some(number);
            }
        }
        None
    }

    fn count(&mut self) -> Option<usize> {
        self.number().and_then(|count| usize::try_from(count).ok())
    }

    fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        let half = i64::try_from(number >> 1).ok()?;
        Some(if number & 1 == 0 { half } else { -half - 1 })
    }

    pub(super) fn text(&mut self) -> Option<String> {
        let length = self.count()?;
        let bytes = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        String::from_utf8(bytes.to_vec()).ok()
    }

    /// The next point, told as the difference from the one before it.
    pub(super) fn point(&mut self, last: &mut (i64, i64)) -> Option<Point> {
        last.0 += self.signed()?;
        last.1 += self.signed()?;
        Some((last.0 as f64 / UNITS, last.1 as f64 / UNITS))
    }

    /// The layers of a topology.
    pub(super) fn layers(&mut self, layers: usize) -> Option<Vec<Vec<Shaped>>> {
        let mut arcs = Vec::new();
        for _ in 0..self.number()? {
            let mut last = (0, 0);
            arcs.push((0..self.number()?).map(|_| self.point(&mut last)).collect::<Option<Vec<_>>>()?);
        }
        (0..layers).map(|_| self.layer(&arcs)).collect()
    }

    fn layer(&mut self, arcs: &[Vec<Point>]) -> Option<Vec<Shaped>> {
        let mut places = Vec::new();
        for _ in 0..self.number()? {
            let names = self.text()?.split('|').map(str::to_owned).collect();
            let mut geometry = Geometry::default();
            for _ in 0..self.number()? {
                let polygon = (0..self.number()?).map(|_| self.ring(arcs)).collect::<Option<_>>()?;
                geometry.polygons.push(polygon);
            }
            places.push(Shaped { names, geometry });
        }
        Some(places)
    }

    fn ring(&mut self, arcs: &[Vec<Point>]) -> Option<Vec<Point>> {
        let mut ring: Vec<Point> = Vec::new();
        for _ in 0..self.number()? {
            let arc = self.signed()?;
            let backwards = arc < 0;
            let points = arcs.get(usize::try_from(if backwards { -1 - arc } else { arc }).ok()?)?;
            // Where one arc ends the next begins.
            let skip = usize::from(!ring.is_empty());
            if backwards {
                ring.extend(points.iter().rev().skip(skip));
            } else {
                ring.extend(points.iter().skip(skip));
            }
        }
        unwrap(&mut ring);
        Some(ring)
    }
}

/// Makes of a ring that jumps from one side of the date line to the other one that goes on beyond it; and of one that goes round a
/// pole one that goes along it.
fn unwrap(ring: &mut Vec<Point>) {
    let (mut turns, mut before) = (0.0, ring.first().map_or(0.0, |point| point.0));
    for point in ring.iter_mut() {
        let step = point.0 - before;
        before = point.0;
        if step.abs() > 180.0 {
            turns -= 360.0 * step.signum();
        }
        point.0 += turns;
    }
    if let (Some(first), Some(last)) = (ring.first().copied(), ring.last().copied())
        && (first.0 - last.0).abs() > 180.0
    {
        let pole = 90_f64.copysign(first.1);
        ring.extend([(last.0, pole), (first.0, pole), first]);
    }
}
