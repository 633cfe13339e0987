//! Squares: heat maps and treemaps.

use super::{Labels, Painter};
use crate::{
    color::Color,
    sheet::{paint::names::Place, view::Dot},
    svg::{Paint, Stroke, Svg},
};

impl Painter<'_, '_> {
    pub(super) fn squares(&self, svg: &mut Svg, labels: &mut Labels) {
        if self.drawing.x.is_some() || self.drawing.y.is_some() {
            return self.square_points(svg, labels);
        }
        for dots in self.by_cell().values() {
            match dots.as_slice() {
                [dot] => self.square(svg, labels, dot),
                dots if self.sizes.field.is_some() => self.treemap(svg, labels, dots),
                dots => self.rows_of_squares(svg, labels, dots),
            }
        }
    }

    fn square_points(&self, svg: &mut Svg, labels: &mut Labels) {
        self.within(svg, |svg| {
            for dot in &self.drawing.dots {
                let ((x, y), radius, color) = (self.center(dot), self.radius(dot), self.color(dot));
                let square = (x - radius, y - radius, 2.0 * radius, 2.0 * radius);
                svg.rect(square.0, square.1, square.2, square.3, &self.look(color));
                labels.add(self, dot, square, Place::Inside, color);
            }
        });
    }

    /// A square that fills its cell, or as much of it as its size says.
    fn square(&self, svg: &mut Svg, labels: &mut Labels, dot: &Dot) {
        let ((left, right), (top, bottom)) = self.cell(dot);
        let color = self.color(dot);
        let (width, height) = match self.sizes.share(self.view, self.drawing, dot) {
            Some(share) => {
                let side = ((right - left).min(bottom - top) * 0.9 * share.max(0.0).sqrt()).max(2.0);
                (side, side)
            }
            None => (right - left, bottom - top),
        };
        let square = ((left + right - width) / 2.0, (top + bottom - height) / 2.0, width, height);
        let border = self.border.or_else(|| (width > 6.0 && height > 6.0).then(|| Stroke::solid(Color::WHITE, 0.5)));
        svg.rect(square.0, square.1, square.2, square.3, &Paint { fill: Some(color), stroke: border });
        labels.add(self, dot, square, Place::Inside, color);
    }

    /// Several squares of equal size in one cell, side by side.
    fn rows_of_squares(&self, svg: &mut Svg, labels: &mut Labels, dots: &[&Dot]) {
        let Some(first) = dots.first() else { return };
        let ((left, right), (top, bottom)) = self.cell(first);
        let (wide, high) = ((right - left).max(1.0), (bottom - top).max(1.0));
        let across = ((dots.len() as f64 * wide / high).sqrt().ceil() as usize).clamp(1, dots.len());
        let side = (wide / across as f64).min(high / dots.len().div_ceil(across) as f64);
        for (place, dot) in dots.iter().enumerate() {
            let (column, row) = (place % across, place / across);
            let square = (left + column as f64 * side, top + row as f64 * side, side, side);
            let color = self.color(dot);
            svg.rect(square.0, square.1, (side - 1.0).max(0.5), (side - 1.0).max(0.5), &self.look(color));
            labels.add(self, dot, square, Place::Inside, color);
        }
    }

    /// Rectangles as large as their size says, which together fill the cell.
    fn treemap(&self, svg: &mut Svg, labels: &mut Labels, dots: &[&Dot]) {
        let Some(first) = dots.first() else { return };
        let ((left, right), (top, bottom)) = self.cell(first);
        let size = |dot: &Dot| {
            let field = self.sizes.field.as_ref()?;
            self.view.number(self.drawing, field, dot.row, dot.measure).filter(|size| *size > 0.0)
        };
        let groups: Vec<_> =
            self.drawing.on("color").filter(|field| self.drawing.place(field, 0, None).is_some()).into_iter().collect();
        // What has one colour lies together: the rectangles of the groups first, in these their members'.
        let mut by_group: std::collections::BTreeMap<Vec<usize>, Vec<(f64, &Dot)>> = std::collections::BTreeMap::new();
        for dot in dots {
            let key = groups.iter().map(|field| self.drawing.place(field, dot.row, dot.measure).unwrap_or(0)).collect();
            if let Some(size) = size(dot) {
                by_group.entry(key).or_default().push((size, dot));
            }
        }
        let mut grouped: Vec<(f64, Vec<(f64, &Dot)>)> =
            by_group.into_values().map(|dots| (dots.iter().map(|(size, _)| size).sum(), dots)).collect();
        grouped.sort_by(|a, b| b.0.total_cmp(&a.0));
        let sizes: Vec<f64> = grouped.iter().map(|(size, _)| *size).collect();
        let places = squarify(&sizes, (left, top, right - left, bottom - top));
        for ((_, mut dots), place) in grouped.into_iter().zip(places) {
            dots.sort_by(|a, b| b.0.total_cmp(&a.0));
            let sizes: Vec<f64> = dots.iter().map(|(size, _)| *size).collect();
            for ((_, dot), (x, y, width, height)) in dots.iter().zip(squarify(&sizes, place)) {
                let color = self.color(dot);
                let border = self.border.unwrap_or(Stroke::solid(Color::WHITE, 1.0));
                svg.rect(x, y, width, height, &Paint { fill: Some(color), stroke: Some(border) });
                labels.add(self, dot, (x, y, width, height), Place::Corner, color);
            }
        }
    }
}

type Rect = (f64, f64, f64, f64);

/// Rectangles of the areas of `sizes`, which are in order from the largest down, as square as can be.
fn squarify(sizes: &[f64], (mut x, mut y, mut width, mut height): Rect) -> Vec<Rect> {
    let total: f64 = sizes.iter().sum();
    if total <= 0.0 || width <= 0.0 || height <= 0.0 {
        return vec![(x, y, 0.0, 0.0); sizes.len()];
    }
    let unit = width * height / total;
    let mut places = Vec::with_capacity(sizes.len());
    let mut start = 0;
    while start < sizes.len() {
        let side = width.min(height);
        let worst = |sum: f64, largest: f64, smallest: f64| {
            let sum = sum * unit;
            (side * side * largest * unit / (sum * sum)).max(sum * sum / (side * side * smallest * unit))
        };
        let (mut end, mut sum) = (start + 1, sizes[start]);
        while end < sizes.len()
            && worst(sum + sizes[end], sizes[start], sizes[end]) <= worst(sum, sizes[start], sizes[end - 1])
        {
            sum += sizes[end];
            end += 1;
        }
        let thick = if side > 0.0 { sum * unit / side } else { 0.0 };
        let mut along = 0.0;
        for size in &sizes[start..end] {
            let length = if thick > 0.0 { size * unit / thick } else { 0.0 };
            places.push(if width >= height { (x, y + along, thick, length) } else { (x + along, y, length, thick) });
            along += length;
        }
        if width >= height {
            x += thick;
            width = (width - thick).max(0.0);
        } else {
            y += thick;
            height = (height - thick).max(0.0);
        }
        start = end;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_of_a_treemap_have_the_areas_of_their_sizes_and_fill_it() {
        let places = squarify(&[6.0, 6.0, 4.0, 3.0, 2.0, 2.0, 1.0], (0.0, 0.0, 6.0, 4.0));
        let areas: Vec<f64> = places.iter().map(|(_, _, width, height)| (width * height * 1e6).round() / 1e6).collect();
        assert_eq!(areas, [6.0, 6.0, 4.0, 3.0, 2.0, 2.0, 1.0]);
        assert_eq!(places[0], (0.0, 0.0, 3.0, 2.0));
        assert_eq!(places[1], (0.0, 2.0, 3.0, 2.0));
    }
}
