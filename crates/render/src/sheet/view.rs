//! A sheet and its answer put together: sides, and for each layer of marks which of them lie in which cell.

use std::collections::HashMap;

use tavola_query::{Answer, Column, Table, Type, Value};
use tavola_workbook::{Calculation, Field, FieldRef, Pane, Shelf, Workbook, Worksheet};

use super::{
    automatic::{Facts, Inner, Mark},
    look,
    members::Members,
    side::{Finder, Side, Slot},
};

/// The most marks that are drawn.
pub(crate) const MOST_MARKS: usize = 1_000_000;

/// What is drawn, before anything has a place in pixels.
pub(crate) struct View<'a> {
    pub workbook: &'a Workbook,
    pub sheet: &'a Worksheet,
    pub answer: &'a Answer,
    pub members: Members,
    pub rows: Side,
    pub columns: Side,
    pub drawings: Vec<Drawing<'a>>,
}

/// Which way values grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Along {
    X,
    Y,
}

/// The marks of one pane over one pair of axes.
pub(crate) struct Drawing<'a> {
    pub pane: &'a Pane,
    pub table: &'a Table,
    pub mark: Mark,
    /// The axis across, as a place in the slots of the columns.
    pub x: Option<usize>,
    /// The axis upwards, as a place in the slots of the rows.
    pub y: Option<usize>,
    /// Which way bars and areas grow.
    pub along: Along,
    pub dots: Vec<Dot>,
    /// The places of members, by column of the table; empty for continuous ones.
    places: Vec<Vec<usize>>,
    columns: HashMap<FieldRef, usize>,
}

/// One mark.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Dot {
    /// Its place among the drawing's.
    pub turn: usize,
    /// The row of the table.
    pub row: usize,
    /// Which of the answer's measures it is of, where it is of one.
    pub measure: Option<usize>,
    /// The places of its row and column of cells.
    pub cell: (usize, usize),
    /// Where it is across.
    pub x: Option<f64>,
    /// Where it is upwards.
    pub y: Option<f64>,
    /// Where it begins, along the axis values grow on: for what is stacked, where the one before ends.
    pub base: f64,
}

impl<'a> View<'a> {
    /// Puts a sheet and its answer together.
    pub(crate) fn of(workbook: &'a Workbook, sheet: &'a Worksheet, answer: &'a Answer) -> Result<Self, String> {
        let members = Members::of(answer);
        let rows = Side::of(sheet.rows.as_ref(), "rows", &sheet.style, answer, &members)?;
        let columns = Side::of(sheet.columns.as_ref(), "cols", &sheet.style, answer, &members)?;
        let mut view = Self { workbook, sheet, answer, members, rows, columns, drawings: Vec::new() };
        let pairs = view.pairs();
        let (row_finder, column_finder) = (Finder::of(&view.rows), Finder::of(&view.columns));
        let mut marks = 0;
        for (x, y) in pairs {
            for layer in view.layers_for(x, y) {
                let Some(pane) = sheet.panes.get(answer.layers[layer].pane) else { continue };
                let drawing = view.drawing(pane, &answer.layers[layer].table, x, y, &row_finder, &column_finder);
                marks += drawing.dots.len();
                if marks > MOST_MARKS {
                    return Err(format!("the sheet has more than {MOST_MARKS} marks"));
                }
                view.drawings.push(drawing);
            }
        }
        for drawing in &mut view.drawings {
            super::stack::stack(drawing);
            drawing.count();
        }
        Ok(view)
    }

    /// The pairs of axes marks lie on.
    fn pairs(&self) -> Vec<(Option<usize>, Option<usize>)> {
        let axes = |side: &Side| {
            let plain = side.leaves.is_empty() || side.leaves.iter().any(|leaf| leaf.axes.is_empty());
            let slots = (0..side.slots.len()).map(Some);
            plain.then_some(None).into_iter().chain(slots).collect::<Vec<_>>()
        };
        let (across, upwards) = (axes(&self.columns), axes(&self.rows));
        upwards.iter().flat_map(|y| across.iter().map(|x| (*x, *y))).collect()
    }

    /// The layers of a pair of axes: those of the panes that name the axes most exactly.
    fn layers_for(&self, x: Option<usize>, y: Option<usize>) -> Vec<usize> {
        let score = |axis: Option<&FieldRef>, index: Option<u32>, slot: Option<&Slot>| match (axis, slot) {
            (None, _) => Some(0),
            (Some(axis), Some(slot)) => (slot.field == *axis && slot.occurrence == index.unwrap_or(0)).then_some(1),
            (Some(_), None) => None,
        };
        let (x, y) = (x.map(|slot| &self.columns.slots[slot]), y.map(|slot| &self.rows.slots[slot]));
        let scores: Vec<Option<i32>> = self
            .answer
            .layers
            .iter()
            .map(|layer| {
                let pane = self.sheet.panes.get(layer.pane)?;
                Some(score(pane.x_axis.as_ref(), pane.x_index, x)? + score(pane.y_axis.as_ref(), pane.y_index, y)?)
            })
            .collect();
        match scores.iter().flatten().max() {
            Some(best) => (0..scores.len()).filter(|layer| scores[*layer] == Some(*best)).collect(),
            None => (0..scores.len().min(1)).collect(),
        }
    }

    fn drawing(
        &self,
        pane: &'a Pane,
        table: &'a Table,
        x: Option<usize>,
        y: Option<usize>,
        row_finder: &Finder,
        column_finder: &Finder,
    ) -> Drawing<'a> {
        let place_of = |column: &Column| match self.members.domain(&column.field) {
            Some(domain) if !column.continuous => {
                column.values.iter().map(|value| domain.place(value).unwrap_or(0)).collect()
            }
            _ => Vec::new(),
        };
        let mut drawing = Drawing {
            pane,
            table,
            mark: Mark::Text,
            x,
            y,
            along: Along::Y,
            dots: Vec::new(),
            places: table.columns.iter().map(place_of).collect(),
            columns: table.columns.iter().enumerate().map(|(at, column)| (column.field.clone(), at)).collect(),
        };
        let (across, upwards) = (self.inner(&drawing, Along::X), self.inner(&drawing, Along::Y));
        let has = |channel: &str| pane.on(channel).next().is_some();
        let spatial = table.columns.iter().any(|column| column.data_type == Type::Spatial);
        drawing.mark = Mark::of_word(&pane.mark).unwrap_or_else(|| {
            Mark::automatic(Facts {
                rows: upwards,
                columns: across,
                text: has("text"),
                size: has("size"),
                color: has("color"),
                geometry: has("geometry") || spatial,
            })
        });
        drawing.along = match (across, upwards) {
            (Inner::Measure, Inner::Measure) => Along::Y,
            (Inner::Measure, _) => Along::X,
            (_, Inner::Measure) => Along::Y,
            (Inner::Date | Inner::Bin | Inner::Number, _) => Along::X,
            _ => Along::Y,
        };
        self.fill(&mut drawing, row_finder, column_finder);
        drawing
    }

    fn fill(&self, drawing: &mut Drawing<'a>, row_finder: &Finder, column_finder: &Finder) {
        let several = |field: &&FieldRef| field.is_measure_names() || field.is_measure_values();
        let shelves = [&self.sheet.rows, &self.sheet.columns];
        let on_shelves = shelves.into_iter().flatten().flat_map(Shelf::fields).any(|field| several(&field));
        let encoded = drawing.pane.encodings.iter().any(|encoding| several(&&encoding.field));
        let x_field = drawing.x.map(|slot| &self.columns.slots[slot].field);
        let y_field = drawing.y.map(|slot| &self.rows.slots[slot].field);
        // On the axis of one measure the names of measures are its name.
        let values = |field: &&FieldRef| field.is_measure_values();
        let spread = on_shelves || drawing.pane.encodings.iter().any(|encoding| values(&&encoding.field));
        let own = [y_field, x_field]
            .into_iter()
            .flatten()
            .find_map(|field| self.answer.measures.iter().position(|measure| measure == field))
            .filter(|_| !spread);
        let measures: Vec<Option<usize>> = match own {
            Some(own) => vec![Some(own)],
            None if (on_shelves || encoded) && !self.answer.measures.is_empty() => {
                (0..self.answer.measures.len()).map(Some).collect()
            }
            None => vec![None],
        };
        let fits = |side: &Side, leaf: &usize, slot: Option<usize>| {
            let axes = &side.leaves[*leaf].axes;
            slot.map_or(axes.is_empty(), |slot| axes.contains(&slot))
        };
        let pages: Vec<&FieldRef> = self.sheet.pages.iter().collect();
        let on_first_page = |drawing: &Drawing<'_>, row: usize| {
            pages.iter().all(|page| drawing.place(page, row, None).is_none_or(|place| place == 0))
        };
        let mut dots = Vec::new();
        for row in (0..drawing.table.rows).filter(|row| on_first_page(drawing, *row)).collect::<Vec<_>>() {
            for measure in &measures {
                let position = |field: Option<&FieldRef>| match field {
                    None => Some(None),
                    Some(field) if is_place(field) => Some(None),
                    Some(field) => self.number(drawing, field, row, *measure).map(Some),
                };
                let (Some(x), Some(y)) = (position(x_field), position(y_field)) else { continue };
                let place = |field: &FieldRef| drawing.place(field, row, *measure);
                let rows = row_finder.find(place);
                let columns = column_finder.find(place);
                for row_leaf in rows.iter().filter(|leaf| fits(&self.rows, leaf, drawing.y)) {
                    for column_leaf in columns.iter().filter(|leaf| fits(&self.columns, leaf, drawing.x)) {
                        let cell = (*row_leaf, *column_leaf);
                        dots.push(Dot { turn: 0, row, measure: *measure, cell, x, y, base: 0.0 });
                        if dots.len() > MOST_MARKS {
                            drawing.dots = dots;
                            return;
                        }
                    }
                }
            }
        }
        drawing.dots = dots;
    }

    /// The value of a field for a mark: of `Multiple Values`, the one of its measure.
    pub(crate) fn value<'t>(
        &self,
        drawing: &Drawing<'t>,
        field: &FieldRef,
        row: usize,
        measure: Option<usize>,
    ) -> Option<(&'t Column, &'t Value)> {
        let field = if field.is_measure_values() { self.answer.measures.get(measure?)? } else { field };
        let column = drawing.column(field)?;
        Some((column, column.values.get(row)?))
    }

    /// The number a field has for a mark.
    pub(crate) fn number(
        &self,
        drawing: &Drawing<'_>,
        field: &FieldRef,
        row: usize,
        measure: Option<usize>,
    ) -> Option<f64> {
        self.value(drawing, field, row, measure)?.1.as_f64()
    }

    /// A column of any layer for a field.
    pub(crate) fn column(&self, field: &FieldRef) -> Option<&'a Column> {
        self.answer.layers.iter().find_map(|layer| layer.table.column(field))
    }

    /// What the innermost field of a shelf is.
    fn inner(&self, drawing: &Drawing<'_>, along: Along) -> Inner {
        let (side, slot) = match along {
            Along::X => (&self.columns, drawing.x),
            Along::Y => (&self.rows, drawing.y),
        };
        let Some(slot) = slot else {
            let Some(field) = side.levels().checked_sub(1).and_then(|level| side.level_field(level)) else {
                return Inner::Nothing;
            };
            return match self.column(field) {
                Some(column) if is_date(column) => Inner::DiscreteDate,
                _ => Inner::Discrete,
            };
        };
        let field = &side.slots[slot].field;
        if self.is_place(field) {
            return Inner::Place;
        }
        match self.column(field) {
            None => Inner::Measure,
            Some(column) if column.measure => Inner::Measure,
            Some(column) if is_date(column) => Inner::Date,
            Some(_) if self.is_bin(field) => Inner::Bin,
            Some(_) => Inner::Number,
        }
    }

    /// The field an instance is made of.
    pub(crate) fn field(&self, instance: &FieldRef) -> Option<&'a Field> {
        let used = self.sheet.dependencies.iter().find(|used| used.data_source == instance.data_source);
        let name = used
            .and_then(|used| used.instances.iter().find(|known| known.name == instance.instance))
            .map_or(instance.instance.as_str(), |known| known.field.as_str());
        let source = self.workbook.data_sources.iter().find(|source| source.name == instance.data_source);
        // What the data source says is more than what the sheet keeps of it.
        source
            .and_then(|source| source.field(name))
            .or_else(|| used.and_then(|used| used.fields.iter().find(|field| field.name == name)))
    }

    /// Whether a field cuts a number into bins.
    fn is_bin(&self, field: &FieldRef) -> bool {
        self.field(field).is_some_and(|field| matches!(field.calculation, Some(Calculation::Bin { .. })))
    }

    /// Whether places on the earth are drawn.
    pub(crate) fn is_map(&self) -> bool {
        let on = |side: &Side| side.slots.iter().any(|slot| self.is_place(&slot.field));
        on(&self.rows) && on(&self.columns)
    }

    /// Whether a field is a latitude or longitude.
    fn is_place(&self, field: &FieldRef) -> bool {
        let role = || {
            self.semantic_role(field).is_some_and(|role| role.ends_with("tude]") && role.starts_with("[Geographical]"))
        };
        is_place(field) || role()
    }

    /// A format of an axis of a slot: `true` where the file does not hide it.
    pub(crate) fn shows_axis(&self, slot: &Slot, scope: &str) -> bool {
        let class = slot.occurrence.to_string();
        let format = look::of_axis(&self.sheet.style, "display", &slot.field, &class, scope);
        look::truth(format.map(|format| format.value.as_str())).unwrap_or(true)
    }
}

impl<'a> Drawing<'a> {
    /// Tells each mark its place among all.
    pub(crate) fn count(&mut self) {
        self.dots.iter_mut().enumerate().for_each(|(turn, dot)| dot.turn = turn);
    }

    /// The column of a field.
    pub(crate) fn column(&self, field: &FieldRef) -> Option<&'a Column> {
        self.table.columns.get(*self.columns.get(field)?)
    }

    /// The place of a mark's member of a discrete field.
    pub(crate) fn place(&self, field: &FieldRef, row: usize, measure: Option<usize>) -> Option<usize> {
        if field.is_measure_names() {
            return measure;
        }
        self.places.get(*self.columns.get(field)?)?.get(row).copied()
    }

    /// The discrete fields that tell its marks apart within a cell, in the order of their weight: colour, size, shape, detail.
    pub(crate) fn groups(&self) -> Vec<&'a FieldRef> {
        let mut fields: Vec<&'a FieldRef> = Vec::new();
        for channel in ["color", "size", "shape", "lod", "text", "label", "wedge-size"] {
            for field in
                self.pane.encodings.iter().filter(|encoding| encoding.channel == channel).map(|other| &other.field)
            {
                let discrete = field.is_measure_names()
                    || self.column(field).is_some_and(|column| !column.continuous && !column.measure);
                if discrete && !fields.contains(&field) {
                    fields.push(field);
                }
            }
        }
        fields
    }

    /// The first field of a channel.
    pub(crate) fn on(&self, channel: &str) -> Option<&'a FieldRef> {
        self.pane.encodings.iter().find(|encoding| encoding.channel == channel).map(|encoding| &encoding.field)
    }
}

/// Whether a column's values are dates or parts of them.
pub(crate) fn is_date(column: &Column) -> bool {
    const PARTS: [&str; 12] =
        ["Year", "Quarter", "Month", "Week", "Weekday", "Day", "Hour", "Minute", "Second", "MY", "MDY", "ISO"];
    matches!(column.data_type, Type::Date | Type::DateTime)
        || PARTS.iter().any(|part| column.derivation.starts_with(part))
}

/// Whether a field is the latitude or longitude of places Tableau knows.
pub(crate) fn is_place(field: &FieldRef) -> bool {
    field.instance == "Latitude (generated)" || field.instance == "Longitude (generated)"
}
