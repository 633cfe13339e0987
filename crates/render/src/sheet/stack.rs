//! What is stacked on what.

use std::collections::HashMap;

use super::{
    automatic::Mark,
    view::{Along, Dot, Drawing},
};

/// Puts marks in the order in which they lie over each other, and bars and areas of one place on top of each other.
pub(crate) fn stack(drawing: &mut Drawing<'_>) {
    let groups = drawing.groups();
    let mut keyed: Vec<(Vec<usize>, Dot)> = drawing
        .dots
        .iter()
        .map(|dot| {
            let places = groups.iter().map(|field| drawing.place(field, dot.row, dot.measure).unwrap_or(0)).collect();
            (places, *dot)
        })
        .collect();
    keyed.sort_by(|a, b| (a.1.cell, &a.0).cmp(&(b.1.cell, &b.0)));
    drawing.dots = keyed.into_iter().map(|(_, dot)| dot).collect();
    let stacks = match drawing.mark {
        Mark::Bar | Mark::Area => drawing.pane.stacking.as_deref() != Some("off"),
        _ => false,
    };
    if !stacks {
        return;
    }
    let mut ends: HashMap<((usize, usize), u64), (f64, f64)> = HashMap::new();
    let along = drawing.along;
    let mut pile = |dot: &mut Dot| {
        let (value, other) = match along {
            Along::X => (&mut dot.x, dot.y),
            Along::Y => (&mut dot.y, dot.x),
        };
        let Some(length) = *value else { return };
        let (above, below) = ends.entry((dot.cell, other.unwrap_or(0.0).to_bits())).or_default();
        let end = if length < 0.0 { below } else { above };
        dot.base = *end;
        *end += length;
        *value = Some(*end);
    };
    // The last member lies next to the axis.
    drawing.dots.iter_mut().rev().for_each(&mut pile);
}
