//! How marks get their colours and sizes.

use std::collections::HashMap;

use tavola_workbook::{Calculation, FieldRef, StyleEncoding};

use super::{
    automatic::Mark,
    look,
    view::{Dot, Drawing, View},
    words::literal,
};
use crate::color::{self, Color, PaletteKind, Ramp};

/// How the marks of a drawing get their colours.
pub(crate) struct Colors {
    pub kind: ColorKind,
    opacity: f64,
}

/// By what colours are chosen.
pub(crate) enum ColorKind {
    /// All alike.
    One(Color),
    /// By members of these fields.
    Members {
        fields: Vec<FieldRef>,
        /// Places of members, in the order of legends, and their colours.
        colors: Vec<(Vec<usize>, Color)>,
        by_place: HashMap<Vec<usize>, Color>,
    },
    /// By a number.
    Ramp { field: FieldRef, ramp: Ramp },
}

impl Colors {
    pub(crate) fn of(view: &View<'_>, drawing: &Drawing<'_>) -> Self {
        let style = &drawing.pane.style;
        let opacity = look::plain(style, "mark", "mark-transparency")
            .and_then(|text| text.parse::<f64>().ok())
            // The earth shines through areas on maps.
            .map_or(if drawing.mark == Mark::Map { 0.8 } else { 1.0 }, |covering| (covering / 255.0).clamp(0.0, 1.0));
        let fields: Vec<FieldRef> = drawing.pane.on("color").filter(|field| known(view, field)).cloned().collect();
        let continuous = fields.iter().find(|field| !is_discrete(view, field)).cloned();
        let kind = match continuous {
            Some(field) => ramp(view, drawing, field),
            None if fields.is_empty() => {
                let own = look::plain(style, "mark", "mark-color")
                    .or_else(|| look::plain(&view.sheet.style, "mark", "mark-color"))
                    .and_then(Color::parse);
                ColorKind::One(own.unwrap_or(match drawing.mark {
                    Mark::Text => Color::TEXT,
                    _ if view.is_classic() => CLASSIC,
                    _ => Color::MARK,
                }))
            }
            None => members(view, drawing, fields),
        };
        Self { kind, opacity }
    }

    /// How much a mark weighs among others: the number its colour tells, or one.
    pub(crate) fn weight(&self, view: &View<'_>, drawing: &Drawing<'_>, dot: &Dot) -> f64 {
        match &self.kind {
            ColorKind::Ramp { field, .. } => view.number(drawing, field, dot.row, dot.measure).unwrap_or(0.0).max(0.0),
            ColorKind::One(_) | ColorKind::Members { .. } => 1.0,
        }
    }

    /// The colour of a mark.
    pub(crate) fn of_dot(&self, view: &View<'_>, drawing: &Drawing<'_>, dot: &Dot) -> Color {
        let color = match &self.kind {
            ColorKind::One(color) => *color,
            ColorKind::Members { fields, by_place, .. } => {
                let place = |field| drawing.place(field, dot.row, dot.measure).unwrap_or(0);
                let places: Vec<usize> = fields.iter().map(place).collect();
                by_place.get(&places).copied().unwrap_or(Color::NOTHING)
            }
            ColorKind::Ramp { field, ramp } => match view.number(drawing, field, dot.row, dot.measure) {
                Some(number) => ramp.color(number),
                None => Color::NOTHING,
            },
        };
        if self.opacity < 1.0 { color.with_opacity(self.opacity * color.opacity()) } else { color }
    }
}

fn known(view: &View<'_>, field: &FieldRef) -> bool {
    field.is_measure_names() || field.is_measure_values() || view.column(field).is_some()
}

fn is_discrete(view: &View<'_>, field: &FieldRef) -> bool {
    field.is_measure_names() || view.column(field).is_some_and(|column| !column.continuous)
}

/// The last encoding of a channel for a field, of the data source, the sheet or the pane.
pub(crate) fn encoding<'a>(
    view: &View<'a>,
    drawing: &Drawing<'a>,
    channel: &'a str,
    field: &FieldRef,
) -> Option<&'a StyleEncoding> {
    let source = view.workbook.data_sources.iter().filter(|source| source.name == field.data_source);
    let shared = source.flat_map(|source| look::encodings(&source.style, channel));
    let used = view.sheet.dependencies.iter().flat_map(|all| look::encodings(&all.style, channel));
    let sheet = look::encodings(&view.sheet.style, channel);
    let pane = look::encodings(&drawing.pane.style, channel);
    shared.chain(used).chain(sheet).chain(pane).filter(|encoding| encoding.field.as_ref() == Some(field)).last()
}

fn ramp(view: &View<'_>, drawing: &Drawing<'_>, field: FieldRef) -> ColorKind {
    let numbers = || drawing.dots.iter().filter_map(|dot| view.number(drawing, &field, dot.row, dot.measure));
    let (least, most) = numbers().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), n| (a.min(n), b.max(n)));
    let (least, most) = if least <= most { (least, most) } else { (0.0, 1.0) };
    let own = encoding(view, drawing, "color", &field);
    let mut with_palette = own.cloned().unwrap_or_default();
    if with_palette.palette.is_none() && with_palette.colors.is_empty() && (least >= 0.0 || most <= 0.0) {
        with_palette.palette = Some("blue-teal".to_owned());
    }
    let ramp = Ramp::new(Some(&with_palette), least, most);
    ColorKind::Ramp { field, ramp }
}

fn members(view: &View<'_>, drawing: &Drawing<'_>, fields: Vec<FieldRef>) -> ColorKind {
    let mut seen: Vec<Vec<usize>> = {
        let place = |dot: &Dot| {
            fields.iter().map(|field| drawing.place(field, dot.row, dot.measure).unwrap_or(0)).collect::<Vec<_>>()
        };
        let set: std::collections::BTreeSet<Vec<usize>> = drawing.dots.iter().map(place).collect();
        set.into_iter().collect()
    };
    seen.truncate(MOST_COLORS);
    let own = fields.last().and_then(|field| encoding(view, drawing, "color", field));
    let first = fields.first().and_then(|field| encoding(view, drawing, "color", field));
    let palette = own
        .and_then(|encoding| {
            let written: Vec<Color> = encoding.colors.iter().filter_map(|color| Color::parse(color)).collect();
            if written.is_empty() { encoding.palette.as_deref().and_then(categorical) } else { Some(written) }
        })
        .unwrap_or_else(|| {
            let classic = view.is_classic().then(|| categorical("tableau-10")).flatten();
            classic.unwrap_or_else(|| color::default_palette(seen.len()))
        });
    let mapped = |encoding: Option<&StyleEncoding>, field: &FieldRef, place: usize| {
        let literal = if field.is_measure_names() {
            let measure = view.answer.measures.get(place)?;
            format!("\"[{}].[{}]\"", measure.data_source, measure.instance)
        } else {
            literal(view.members.domain(field)?.values.get(place)?)
        };
        let found = encoding?.map.iter().find(|(members, _)| members.contains(&literal))?;
        Color::parse(&found.1)
    };
    // Colours nobody chose are given in the order of the members' values, whatever the sheet is sorted by.
    let mut in_order: Vec<usize> = (0..seen.len()).collect();
    if let [field] = fields.as_slice()
        && let Some(domain) = view.members.domain(field)
    {
        in_order.sort_by(|a, b| domain.values[seen[*a][0]].order(&domain.values[seen[*b][0]]));
    }
    let mut colors: Vec<(Vec<usize>, Color)> = seen.iter().map(|places| (places.clone(), Color::NOTHING)).collect();
    let mut shades: HashMap<usize, usize> = HashMap::new();
    for (turn, at) in in_order.into_iter().enumerate() {
        let places = &seen[at];
        colors[at].1 = match fields.as_slice() {
            [field] => mapped(own, field, places[0]).or_else(|| view.is_rest(field, places[0]).then_some(REST)),
            // Of several fields the first chooses the colour, the others its shade.
            [field, ..] => mapped(first, field, places[0]).map(|color| {
                let shade = shades.entry(places[0]).or_insert(0);
                *shade += 1;
                color.mix(Color::WHITE, ((*shade - 1) % 6) as f64 * 0.12)
            }),
            [] => None,
        }
        .unwrap_or_else(|| palette[turn % palette.len().max(1)]);
    }
    let by_place = colors.iter().cloned().collect();
    ColorKind::Members { fields, colors, by_place }
}

/// What marks have where nothing says otherwise in workbooks that keep the looks of old versions.
const CLASSIC: Color = Color::rgb(0x1f, 0x77, 0xb4);
/// What the rest of a group has.
const REST: Color = Color::rgb(0xa2, 0xa2, 0xa2);

impl View<'_> {
    /// Whether the workbook keeps the looks of old versions.
    fn is_classic(&self) -> bool {
        self.workbook.theme.as_deref() == Some("clean")
    }

    /// Whether a member is all that is in no group.
    fn is_rest(&self, field: &FieldRef, place: usize) -> bool {
        let Some(Calculation::Group { other: Some(other), .. }) =
            self.field(field).and_then(|field| field.calculation.as_ref())
        else {
            return false;
        };
        self.members
            .domain(field)
            .and_then(|domain| domain.values.get(place))
            .is_some_and(|value| literal(value) == *other)
    }
}

/// The most members that get a colour of their own.
const MOST_COLORS: usize = 100_000;

/// The colours an encoding writes out or names.
pub(crate) fn colors_of(encoding: &StyleEncoding) -> Option<Vec<Color>> {
    let written: Vec<Color> = encoding.colors.iter().filter_map(|color| Color::parse(color)).collect();
    if written.is_empty() { Some(color::palette(encoding.palette.as_deref()?)?.1) } else { Some(written) }
}

fn categorical(name: &str) -> Option<Vec<Color>> {
    let (kind, colors) = color::palette(name)?;
    (kind == PaletteKind::Categorical && !colors.is_empty()).then_some(colors)
}

/// How large marks are: 1 is the largest their place allows.
pub(crate) struct Sizes {
    /// The size the author chose with the slider; 1 where it was not moved.
    pub factor: f64,
    pub field: Option<FieldRef>,
    discrete: bool,
    least: f64,
    most: f64,
    smallest: f64,
    largest: f64,
    reverse: bool,
}

impl Sizes {
    pub(crate) fn of(view: &View<'_>, drawing: &Drawing<'_>) -> Self {
        let factor = look::plain(&drawing.pane.style, "mark", "size").and_then(|text| text.parse::<f64>().ok());
        let field = drawing.on("size").filter(|field| known(view, field)).cloned();
        let encoding = field.as_ref().and_then(|field| encoding(view, drawing, "size", field));
        let attribute = |name: &str| encoding.and_then(|encoding| encoding.attribute(name)?.parse::<f64>().ok());
        let discrete = field.as_ref().is_some_and(|field| is_discrete(view, field));
        let number = |dot: &Dot| {
            let field = field.as_ref()?;
            if discrete {
                return drawing.place(field, dot.row, dot.measure).map(|place| place as f64);
            }
            view.number(drawing, field, dot.row, dot.measure)
        };
        let range = drawing
            .dots
            .iter()
            .filter_map(number)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), n| (a.min(n), b.max(n)));
        let (least, most) = if range.0 <= range.1 { range } else { (0.0, 1.0) };
        Self {
            factor: factor.filter(|factor| factor.is_finite() && *factor > 0.0).unwrap_or(1.0),
            discrete,
            // The area of marks is as large as their number, counted from zero where none is below it.
            least: if discrete { least } else { attribute("min").unwrap_or(least.min(0.0)) },
            most: if discrete { most } else { attribute("max").unwrap_or(most) },
            smallest: attribute("min-size").unwrap_or(if discrete { 0.3 } else { 0.0 }),
            largest: attribute("max-size").unwrap_or(1.0),
            reverse: encoding.is_some_and(|encoding| encoding.attribute("reverse") == Some("true")),
            field,
        }
    }

    /// Whether a number tells sizes.
    pub(crate) fn is_continuous(&self) -> bool {
        !self.discrete
    }

    /// How large a mark is among the others, from 0 to 1; none where no field tells.
    pub(crate) fn share(&self, view: &View<'_>, drawing: &Drawing<'_>, dot: &Dot) -> Option<f64> {
        let field = self.field.as_ref()?;
        let number = if self.discrete {
            drawing.place(field, dot.row, dot.measure)? as f64
        } else {
            view.number(drawing, field, dot.row, dot.measure)?
        };
        Some(self.of_number(number))
    }

    /// The least number.
    pub(crate) fn least(&self) -> f64 {
        self.least
    }

    /// The largest number.
    pub(crate) fn most(&self) -> f64 {
        self.most
    }

    /// How large a number, or the place of a member, is among the others.
    pub(crate) fn of_number(&self, number: f64) -> f64 {
        let mut share = if self.most > self.least { (number - self.least) / (self.most - self.least) } else { 1.0 };
        if self.reverse {
            share = 1.0 - share;
        }
        self.smallest + share.clamp(0.0, 1.0) * (self.largest - self.smallest)
    }
}
