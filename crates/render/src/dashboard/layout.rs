//! Where zones lie.

use tavola_workbook::{Zone, ZoneKind};

/// A rectangle in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A zone and where it lies, with its margins.
pub(super) struct Placed<'a> {
    pub(super) zone: &'a Zone,
    pub(super) rect: Rect,
}

/// The sides of a zone that are left free, in pixels: top, right, bottom, left.
type Sides = [f64; 4];

impl Rect {
    /// The same without so much at its sides; never less than nothing.
    pub(super) fn without(self, [top, right, bottom, left]: Sides) -> Self {
        Self {
            x: self.x + left,
            y: self.y + top,
            width: (self.width - left - right).max(0.0),
            height: (self.height - top - bottom).max(0.0),
        }
    }

    pub(super) fn parts(self) -> (f64, f64, f64, f64) {
        (self.x, self.y, self.width, self.height)
    }
}

/// All zones that are shown, those in front last.
pub(super) fn place(zones: &[Zone], whole: Rect) -> Vec<Placed<'_>> {
    /// The size of everything in the units of files.
    const WHOLE: f64 = 100_000.0;
    let mut placed = Vec::new();
    for zone in zones {
        // What holds the others fills everything, whatever it was rounded to.
        let rect = scaled(zone, (0.0, 0.0, WHOLE, WHOLE), whole);
        within(zone, rect, &mut placed);
    }
    placed
}

fn within<'a>(zone: &'a Zone, rect: Rect, placed: &mut Vec<Placed<'a>>) {
    if zone.hidden {
        return;
    }
    placed.push(Placed { zone, rect });
    match zone.kind {
        ZoneKind::Flow { vertical, evenly } => {
            let inner = rect.without(margin(zone)).without(border_and_padding(zone));
            let shown: Vec<&Zone> = zone.zones.iter().filter(|zone| !zone.hidden).collect();
            let room = if vertical { inner.height } else { inner.width };
            let mut at = if vertical { inner.y } else { inner.x };
            for (zone, length) in shown.iter().zip(lengths(&shown, room, vertical, evenly)) {
                let rect = if vertical {
                    Rect { y: at, height: length, ..inner }
                } else {
                    Rect { x: at, width: length, ..inner }
                };
                at += length;
                within(zone, rect, placed);
            }
        }
        _ => {
            let saved = (zone.x as f64, zone.y as f64, zone.width as f64, zone.height as f64);
            for inner in &zone.zones {
                within(inner, scaled(inner, saved, rect), placed);
            }
        }
    }
}

/// Where a zone lies in a rectangle as it lay, when the file was saved, in what that rectangle is of.
fn scaled(zone: &Zone, (x, y, width, height): (f64, f64, f64, f64), of: Rect) -> Rect {
    let (across, down) = (of.width / width.max(1.0), of.height / height.max(1.0));
    Rect {
        x: of.x + (zone.x as f64 - x) * across,
        y: of.y + (zone.y as f64 - y) * down,
        width: (zone.width as f64 * across).max(0.0),
        height: (zone.height as f64 * down).max(0.0),
    }
}

/// How long zones one after the other are: some have pixels of their own, the others share the rest as they did.
fn lengths(zones: &[&Zone], room: f64, vertical: bool, evenly: bool) -> Vec<f64> {
    if evenly {
        return vec![room / zones.len().max(1) as f64; zones.len()];
    }
    let saved = |zone: &Zone| (if vertical { zone.height } else { zone.width }).max(0) as f64;
    let fixed: f64 = zones.iter().filter_map(|zone| zone.fixed_size).map(f64::from).sum();
    let flexible: f64 = zones.iter().filter(|zone| zone.fixed_size.is_none()).map(|zone| saved(zone)).sum();
    let shrink = if fixed > room { room / fixed } else { 1.0 };
    let rest = (room - fixed).max(0.0);
    let length = |zone: &&Zone| match zone.fixed_size {
        Some(pixels) => f64::from(pixels) * shrink,
        None if flexible > 0.0 => rest * saved(zone) / flexible,
        None => 0.0,
    };
    zones.iter().map(length).collect()
}

fn value(zone: &Zone, attr: &str) -> Option<f64> {
    let text = zone.style.rules.iter().filter_map(|rule| rule.value(attr)).next_back()?;
    text.parse::<f64>().ok().filter(|number| (0.0..=10_000.0).contains(number))
}

fn sides(zone: &Zone, name: &str) -> Sides {
    let all = value(zone, name).unwrap_or(0.0);
    ["top", "right", "bottom", "left"].map(|side| value(zone, &format!("{name}-{side}")).unwrap_or(all))
}

/// What is left free round a zone.
pub(super) fn margin(zone: &Zone) -> Sides {
    sides(zone, "margin")
}

/// How thick the line round a zone is; nothing where there is none.
pub(super) fn border(zone: &Zone) -> f64 {
    let drawn = zone.style.rules.iter().filter_map(|rule| rule.value("border-style")).next_back();
    if drawn.is_none_or(|style| style == "none") { 0.0 } else { value(zone, "border-width").unwrap_or(1.0) }
}

/// What is taken within the line round a zone.
pub(super) fn border_and_padding(zone: &Zone) -> Sides {
    let border = border(zone);
    sides(zone, "padding").map(|side| side + border)
}
