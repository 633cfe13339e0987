//! Shapes as the engine keeps them: what comes back where a query asks for a shape itself.
//!
//! A head of three bytes, four of a checksum, the version 1, the kind of shape, and two bytes that are always the same; then numbers as
//! LEB128, zigzagged: latitude and longitude in ten-thousandths of a millionth of a radian, each point but the first of a line as the
//! difference from the one before. Lines are preceded by how many bytes and points they have.

use super::{Geometry, Point};

const HEAD: [u8; 3] = [7, 0xaa, 2];
/// Parts of a radian.
const UNITS: f64 = 1e10;

/// The shape; none where the bytes are something else.
pub(super) fn geometry(bytes: &[u8]) -> Option<Geometry> {
    let rest = bytes.strip_prefix(&HEAD)?.get(4..)?;
    let [1, kind, 10, 0, rest @ ..] = rest else { return None };
    let mut reader = Reader { rest };
    let mut geometry = Geometry::default();
    match kind {
        1 => geometry.points.push(reader.point(&mut (0, 0))?),
        2 => geometry.lines.push(reader.line()?),
        3 => geometry.polygons.push(reader.polygon()?),
        4 => geometry.points = reader.line()?,
        5 => geometry.lines = reader.parts(Reader::line)?,
        6 => geometry.polygons = reader.parts(Reader::polygon)?,
        _ => return None,
    }
    Some(geometry)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    /// Several shapes of a kind, each behind a byte that is zero.
    fn parts<T>(&mut self, part: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.count()?;
        (0..count).map(|_| (self.count()? == 0).then(|| part(self)).flatten()).collect()
    }

    fn polygon(&mut self) -> Option<Vec<Vec<Point>>> {
        let rings = self.count()?;
        (0..rings).map(|_| self.ring()).collect()
    }

    /// A line that goes back to where it began, which it does not say.
    fn ring(&mut self) -> Option<Vec<Point>> {
        let mut ring = self.line()?;
        ring.extend(ring.first().copied());
        Some(ring)
    }

    fn line(&mut self) -> Option<Vec<Point>> {
        let bytes = self.count()?;
        if bytes == 0 {
            return Some(Vec::new());
        }
        let points = self.count()?;
        let mut last = (0, 0);
        (0..points).map(|_| self.point(&mut last)).collect()
    }

    fn point(&mut self, last: &mut (i64, i64)) -> Option<Point> {
        last.0 = last.0.checked_add(self.signed()?)?;
        last.1 = last.1.checked_add(self.signed()?)?;
        Some(((last.1 as f64 / UNITS).to_degrees(), (last.0 as f64 / UNITS).to_degrees()))
    }

    /// How many of something come; each is at least a byte, so that there cannot be more than there are bytes.
    fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.rest.len()).then_some(count)
    }

    fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        let half = i64::try_from(number >> 1).ok()?;
        Some(if number & 1 == 0 { half } else { -half - 1 })
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            number |= u64::from(byte & 127) << shift;
            if *byte < 128 {
                return Some(number);
            }
        }
        None
    }
}
