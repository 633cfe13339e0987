//! Where marks are on the earth.

use std::collections::HashMap;

use tavola_query::{Type, Value};
use tavola_workbook::FieldRef;

use super::{
    automatic::Mark,
    layout::Range,
    view::{Dot, Drawing, View, is_place},
};
use crate::geography::{self, Bounds, Geometry, Point, Projection, Role, Within};

/// Where a mark is.
#[derive(Debug, Clone)]
pub(crate) struct Located {
    pub center: Point,
    pub shape: Option<Shape>,
}

/// The shape of a place: one that is known, or one of the data.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Known(&'static Geometry),
    Own(Box<Geometry>),
}

impl Shape {
    pub(crate) fn geometry(&self) -> &Geometry {
        match self {
            Self::Known(geometry) => geometry,
            Self::Own(geometry) => geometry,
        }
    }
}

/// A map: where the marks of each drawing are, and what part of the earth is shown.
pub(crate) struct Map {
    located: Vec<Vec<Located>>,
    bounds: Bounds,
    /// How many marks are nowhere.
    pub unknown: usize,
    /// How many shapes are not known.
    pub shapeless: usize,
}

impl Map {
    /// The map of a view, which loses the marks that are nowhere; none where it shows no places.
    pub(crate) fn of(view: &mut View<'_>) -> Option<Self> {
        if !view.is_map() {
            return None;
        }
        let found: Vec<Vec<Option<Located>>> = view.drawings.iter().map(|drawing| locate(view, drawing)).collect();
        let unknown = found.iter().flatten().filter(|place| place.is_none()).count();
        for (drawing, places) in view.drawings.iter_mut().zip(&found) {
            let mut known = places.iter().map(Option::is_some);
            drawing.dots.retain(|_| known.next().unwrap_or(false));
            drawing.count();
        }
        let located: Vec<Vec<Located>> =
            found.into_iter().map(|places| places.into_iter().flatten().collect()).collect();
        let points = located.iter().flatten().flat_map(|place| {
            let around = place.shape.iter().flat_map(|shape| shape.geometry().all_points());
            std::iter::once(place.center).chain(around)
        });
        let whole = Bounds { west: -170.0, south: -58.0, east: 190.0, north: 78.0 };
        let bounds = Bounds::of(points).map_or(whole, |bounds| bounds.grown(0.04));
        let areas = view.drawings.iter().zip(&located).filter(|(drawing, _)| drawing.mark == Mark::Map);
        let shapeless = areas.flat_map(|(_, places)| places).filter(|place| place.shape.is_none()).count();
        Some(Self { located, bounds, unknown, shapeless })
    }

    /// Where a mark of a drawing is.
    pub(crate) fn place(&self, drawing: usize, dot: usize) -> Option<&Located> {
        self.located.get(drawing)?.get(dot)
    }

    /// The map in a cell.
    pub(crate) fn projection(&self, across: Range, upwards: Range) -> Projection {
        Projection::fit(&self.bounds, (across.0, upwards.0, across.1 - across.0, upwards.1 - upwards.0), 6.0)
    }
}

/// A field that names places.
struct Named<'f> {
    field: &'f FieldRef,
    role: Role,
}

fn locate(view: &View<'_>, drawing: &Drawing<'_>) -> Vec<Option<Located>> {
    let spatial = drawing.on("geometry").filter(|field| is_spatial(drawing, field)).or_else(|| {
        let shapes = drawing.table.columns.iter().filter(|column| column.data_type == Type::Spatial);
        shapes.map(|column| &column.field).next()
    });
    if let Some(field) = spatial {
        return drawing.dots.iter().map(|dot| own_shape(view, drawing, field, dot)).collect();
    }
    let (x, y) =
        (drawing.x.map(|slot| &view.columns.slots[slot].field), drawing.y.map(|slot| &view.rows.slots[slot].field));
    if x.is_some_and(|field| !is_place(field)) && y.is_some_and(|field| !is_place(field)) {
        return drawing.dots.iter().map(|dot| Some(Located { center: (dot.x?, dot.y?), shape: None })).collect();
    }
    let of_role = |word: &str| {
        let mut columns = drawing.table.columns.iter().map(|column| &column.field);
        columns.find(|field| view.semantic_role(field).is_some_and(|role| role == format!("[Geographical].[{word}]")))
    };
    if let (Some(longitude), Some(latitude)) = (of_role("Longitude"), of_role("Latitude")) {
        let number = |field, dot: &Dot| view.number(drawing, field, dot.row, dot.measure);
        let center = |dot: &Dot| Some((number(longitude, dot)?, number(latitude, dot)?));
        return drawing.dots.iter().map(|dot| Some(Located { center: center(dot)?, shape: None })).collect();
    }
    let mut named: Vec<Named<'_>> = drawing
        .table
        .columns
        .iter()
        .filter_map(|column| {
            Some(Named { field: &column.field, role: Role::parse(view.semantic_role(&column.field)?)? })
        })
        .collect();
    named.sort_by_key(|named| std::cmp::Reverse(fineness(named.role)));
    let mut found: HashMap<Vec<String>, Option<Located>> = HashMap::new();
    drawing
        .dots
        .iter()
        .map(|dot| {
            let names: Vec<String> = named.iter().map(|named| name(view, drawing, named.field, dot)).collect();
            found.entry(names).or_insert_with_key(|names| look_up(&named, names)).clone()
        })
        .collect()
}

fn is_spatial(drawing: &Drawing<'_>, field: &FieldRef) -> bool {
    drawing.column(field).is_some_and(|column| column.data_type == Type::Spatial)
}

fn own_shape(view: &View<'_>, drawing: &Drawing<'_>, field: &FieldRef, dot: &Dot) -> Option<Located> {
    let (_, Value::Spatial(bytes)) = view.value(drawing, field, dot.row, dot.measure)? else { return None };
    let mut shape = geography::geometry(bytes)?;
    // What rows share is collected more than once, and an area that lies on itself would be a hole.
    shape.polygons.dedup();
    Some(Located { center: shape.center()?, shape: Some(Shape::Own(Box::new(shape))) })
}

fn fineness(role: Role) -> u8 {
    match role {
        Role::Country => 0,
        Role::State => 1,
        Role::County => 2,
        Role::City => 3,
        Role::ZipCode => 4,
    }
}

fn name(view: &View<'_>, drawing: &Drawing<'_>, field: &FieldRef, dot: &Dot) -> String {
    match view.value(drawing, field, dot.row, dot.measure) {
        Some((_, Value::Text(text))) => text.to_string(),
        // Five digits of a postal code that was read as a number.
        Some((_, Value::Integer(number))) => format!("{number:05}"),
        Some((_, Value::Real(number))) => format!("{number:05.0}"),
        _ => String::new(),
    }
}

/// The place of the finest name, within those that are coarser.
fn look_up(named: &[Named<'_>], names: &[String]) -> Option<Located> {
    let of = |role: Role| named.iter().zip(names).find(|(named, _)| named.role == role).map(|(_, name)| name.as_str());
    let (finest, name) = (named.first()?, names.first()?);
    // Where no field tells the country it is the author's own; most authors of files seen so far were in the United States.
    let country = of(Role::Country).or((finest.role == Role::City).then_some("United States"));
    let place = geography::find(finest.role, name, &Within { country, state: of(Role::State) })?;
    Some(Located { center: place.center, shape: place.geometry.map(Shape::Known) })
}

impl View<'_> {
    /// What a field means on a map, in the format's own words.
    pub(crate) fn semantic_role(&self, field: &FieldRef) -> Option<&str> {
        self.field(field)?.semantic_role.as_deref()
    }
}
