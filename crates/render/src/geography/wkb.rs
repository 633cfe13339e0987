//! Well-known binary: shapes as engines give them.

use super::{Geometry, Point, engine};

/// Collections in collections deeper than this are not read.
const MOST_DEPTH: usize = 16;

/// The shape in well-known binary, with or without heights, measures and the number of its coordinate system, or in the engine's own
/// form; none where it is broken.
pub fn geometry(bytes: &[u8]) -> Option<Geometry> {
    if let Some(geometry) = engine::geometry(bytes) {
        return Some(geometry);
    }
    let mut geometry = Geometry::default();
    Reader { rest: bytes, big: false, extra: 0 }.shape(&mut geometry, MOST_DEPTH)?;
    Some(geometry)
}

struct Reader<'a> {
    rest: &'a [u8],
    big: bool,
    /// How many numbers a point has besides longitude and latitude.
    extra: usize,
}

impl Reader<'_> {
    fn shape(&mut self, into: &mut Geometry, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        self.big = self.take::<1>()? == [0];
        let word = self.integer()?;
        // PostGIS says in high bits what ISO says in thousands.
        let thousands = (word & 0x0fff_ffff) / 1000;
        let height = word & 0x8000_0000 != 0 || matches!(thousands, 1 | 3);
        let measure = word & 0x4000_0000 != 0 || matches!(thousands, 2 | 3);
        if word & 0x2000_0000 != 0 {
            self.integer()?;
        }
        self.extra = usize::from(height) + usize::from(measure);
        match (word & 0x0fff_ffff) % 1000 {
            1 => {
                let point = self.point()?;
                // An empty point is one of no numbers.
                if point.0.is_finite() && point.1.is_finite() {
                    into.points.push(point);
                }
            }
            2 => into.lines.push(self.points()?),
            3 => {
                let rings = self.count(4)?;
                let polygon = (0..rings).map(|_| self.points()).collect::<Option<Vec<_>>>()?;
                into.polygons.push(polygon);
            }
            4..=7 => {
                for _ in 0..self.count(5)? {
                    self.shape(into, depth)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn points(&mut self) -> Option<Vec<Point>> {
        let count = self.count(16)?;
        let points: Vec<Point> = (0..count).map(|_| self.point()).collect::<Option<_>>()?;
        points.iter().all(|point| point.0.is_finite() && point.1.is_finite()).then_some(points)
    }

    fn point(&mut self) -> Option<Point> {
        let point = (self.number()?, self.number()?);
        for _ in 0..self.extra {
            self.number()?;
        }
        Some(point)
    }

    /// How many things of at least so many bytes come; none where there is not room for them.
    fn count(&mut self, bytes: usize) -> Option<usize> {
        let count = usize::try_from(self.integer()?).ok()?;
        (count.checked_mul(bytes)? <= self.rest.len()).then_some(count)
    }

    fn integer(&mut self) -> Option<u32> {
        let bytes = self.take()?;
        Some(if self.big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    fn number(&mut self) -> Option<f64> {
        let bytes = self.take()?;
        Some(if self.big { f64::from_be_bytes(bytes) } else { f64::from_le_bytes(bytes) })
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*taken)
    }
}
