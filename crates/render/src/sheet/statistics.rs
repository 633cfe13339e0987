//! What reference lines and trend lines compute.

/// The mean; none of nothing.
pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The value below which a share of all lies, between two values by their distance; none of nothing. `sorted` is in order.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let before = place.floor() as usize;
    let (low, high) = (sorted[before], sorted[(before + 1).min(last)]);
    Some(low + (high - low) * (place - before as f64))
}

/// The standard deviation of a sample, or of a whole population; none where there are too few.
pub(crate) fn deviation(values: &[f64], population: bool) -> Option<f64> {
    let mean = mean(values)?;
    let count = values.len() as f64 - if population { 0.0 } else { 1.0 };
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (count > 0.0).then(|| (squares / count).sqrt())
}

/// The coefficients of the polynomial of a degree that lies closest to points, the constant first; none where there are too few points.
pub(crate) fn polynomial(points: &[(f64, f64)], degree: usize) -> Option<Vec<f64>> {
    let size = degree + 1;
    if points.len() < size {
        return None;
    }
    // Shifted and scaled, so that high powers of large numbers do not drown the small ones.
    let center = points.iter().map(|point| point.0).sum::<f64>() / points.len() as f64;
    let reach = points.iter().map(|point| (point.0 - center).abs()).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let mut rows = vec![vec![0.0; size + 1]; size];
    for (x, y) in points {
        let x = (x - center) / reach;
        for (row, equation) in rows.iter_mut().enumerate() {
            for (column, cell) in equation.iter_mut().take(size).enumerate() {
                *cell += x.powi((row + column) as i32);
            }
            equation[size] += y * x.powi(row as i32);
        }
    }
    let scaled = solve(rows)?;
    // Back to the powers of the numbers themselves.
    let mut coefficients = vec![0.0; size];
    for (power, factor) in scaled.iter().enumerate() {
        let factor = factor / reach.powi(power as i32);
        let mut binomial = 1.0;
        for lower in 0..=power {
            coefficients[power - lower] += factor * binomial * (-center).powi(lower as i32);
            binomial = binomial * (power - lower) as f64 / (lower + 1) as f64;
        }
    }
    Some(coefficients)
}

/// Solves linear equations, the last column of which is the right side.
fn solve(mut rows: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let size = rows.len();
    for at in 0..size {
        let pivot = (at..size).max_by(|a, b| rows[*a][at].abs().total_cmp(&rows[*b][at].abs()))?;
        rows.swap(at, pivot);
        if rows[at][at].abs() < 1e-12 {
            return None;
        }
        let head = rows[at].clone();
        for row in rows.iter_mut().skip(at + 1) {
            let factor = row[at] / head[at];
            row.iter_mut().zip(&head).for_each(|(cell, above)| *cell -= factor * above);
        }
    }
    let mut solution = vec![0.0; size];
    for at in (0..size).rev() {
        let known: f64 = (at + 1..size).map(|other| rows[at][other] * solution[other]).sum();
        solution[at] = (rows[at][size] - known) / rows[at][at];
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_values() {
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.25), Some(1.75));
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.5), Some(2.5));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn the_deviation_of_a_sample_is_larger_than_that_of_a_population() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        assert_eq!(deviation(&values, true), Some(2.0));
        assert_eq!(deviation(&values, false), Some((32.0_f64 / 7.0).sqrt()));
        assert_eq!(deviation(&[1.0], false), None);
    }

    #[test]
    fn points_on_a_curve_give_its_coefficients() {
        let points: Vec<(f64, f64)> = (1000..1010).map(f64::from).map(|x| (x, 3.0 + 2.0 * x)).collect();
        let line = polynomial(&points, 1).expect("there are enough points");
        assert!((line[0] - 3.0).abs() < 1e-6 && (line[1] - 2.0).abs() < 1e-9, "{line:?}");
        let points: Vec<(f64, f64)> = (0..6).map(f64::from).map(|x| (x, 1.0 - x + 0.5 * x * x)).collect();
        let curve = polynomial(&points, 2).expect("there are enough points");
        assert!(curve.iter().zip([1.0, -1.0, 0.5]).all(|(a, b)| (a - b).abs() < 1e-9), "{curve:?}");
        assert_eq!(polynomial(&points[..1], 1), None);
    }
}
