//! What a shelf makes of one side of the view: the leaves across, or downwards, with their headers and axes.

use std::collections::{BTreeSet, HashMap};

use tavola_query::Answer;
use tavola_workbook::{FieldRef, Shelf, Style};

use super::{look, members::Members};

/// The most leaves of a side that are drawn.
pub(crate) const MOST_LEAVES: usize = 20_000;

/// A member as a header shows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Header {
    pub field: FieldRef,
    /// Its place among the field's members; of `:Measure Names` among the answer's measures.
    pub place: usize,
}

/// An axis of a side, as often as its field stands on the shelf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    pub field: FieldRef,
    /// How many slots of the same field are before it.
    pub occurrence: u32,
    /// Whether it is laid over the slot before it.
    pub folded: bool,
}

/// One row or column of cells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Leaf {
    pub headers: Vec<Header>,
    /// The places of its axes in [`Side::slots`]: none, one, or two that lie over each other.
    pub axes: Vec<usize>,
}

/// One side of the view. It has at least one leaf, unless its fields have no members.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Side {
    pub leaves: Vec<Leaf>,
    pub slots: Vec<Slot>,
}

enum Part {
    Header(Header),
    Axis(usize),
}

struct Maker<'a> {
    answer: &'a Answer,
    members: &'a Members,
    slots: Vec<Slot>,
}

impl Side {
    /// What a shelf makes of a side. `scope` is `rows` or `cols`.
    pub(crate) fn of(
        shelf: Option<&Shelf>,
        scope: &str,
        style: &Style,
        answer: &Answer,
        members: &Members,
    ) -> Result<Self, String> {
        let Some(shelf) = shelf else { return Ok(Self { leaves: vec![Leaf::default()], slots: Vec::new() }) };
        let mut maker = Maker { answer, members, slots: Vec::new() };
        let paths = maker.paths(shelf)?;
        let mut slots = maker.slots;
        for slot in &mut slots {
            let class = slot.occurrence.to_string();
            slot.folded = look::space(style, &slot.field, &class, scope)
                .is_some_and(|space| space.attribute("fold") == Some("true"));
        }
        if let Some(first) = slots.first_mut() {
            first.folded = false;
        }
        let mut leaves: Vec<Leaf> = Vec::with_capacity(paths.len());
        for path in paths {
            let mut leaf = Leaf::default();
            for part in path {
                match part {
                    Part::Header(header) => leaf.headers.push(header),
                    Part::Axis(slot) => leaf.axes.push(slot),
                }
            }
            match leaves.last_mut() {
                Some(last) if last.headers == leaf.headers && leaf.axes.iter().any(|slot| slots[*slot].folded) => {
                    last.axes.extend(leaf.axes);
                }
                _ => leaves.push(leaf),
            }
        }
        Ok(Self { leaves, slots })
    }

    /// How many levels of headers it has.
    pub(crate) fn levels(&self) -> usize {
        self.leaves.iter().map(|leaf| leaf.headers.len()).max().unwrap_or(0)
    }

    /// Whether any leaf has an axis.
    pub(crate) fn has_axis(&self) -> bool {
        self.leaves.iter().any(|leaf| !leaf.axes.is_empty())
    }

    /// The field of a level, as far as the first leaf that has it tells.
    pub(crate) fn level_field(&self, level: usize) -> Option<&FieldRef> {
        self.leaves.iter().find_map(|leaf| leaf.headers.get(level)).map(|header| &header.field)
    }

    /// The runs of leaves that share the headers up to and with a level: first leaf and the one after the last.
    pub(crate) fn spans(&self, level: usize) -> Vec<(usize, usize)> {
        let mut spans: Vec<(usize, usize)> = Vec::new();
        for (place, leaf) in self.leaves.iter().enumerate() {
            let same = place > 0 && {
                let before = &self.leaves[place - 1].headers;
                leaf.headers.len() > level && before.len() > level && before[..=level] == leaf.headers[..=level]
            };
            match spans.last_mut() {
                Some(last) if same => last.1 = place + 1,
                _ => spans.push((place, place + 1)),
            }
        }
        spans
    }

    /// The runs of leaves that make one pane each: lines run through them.
    pub(crate) fn panes(&self) -> Vec<(usize, usize)> {
        match self.levels() {
            0 => (0..self.leaves.len()).map(|place| (place, place + 1)).collect(),
            _ if self.has_axis() => (0..self.leaves.len()).map(|place| (place, place + 1)).collect(),
            1 => vec![(0, self.leaves.len())],
            levels => self.spans(levels - 2),
        }
    }
}

impl Maker<'_> {
    fn paths(&mut self, shelf: &Shelf) -> Result<Vec<Vec<Part>>, String> {
        let paths = match shelf {
            Shelf::Field(field) => self.field(field),
            Shelf::Concat(parts) => {
                let mut paths = Vec::new();
                for part in parts {
                    paths.extend(self.paths(part)?);
                }
                paths
            }
            Shelf::Cross(parts) => self.cross(parts)?,
            Shelf::Nest(parts) => {
                let fields = shelf.fields();
                let plain =
                    fields.iter().all(|field| !field.is_measure_names() && self.members.domain(field).is_some());
                if plain && parts.iter().all(|part| !matches!(part, Shelf::Concat(_))) {
                    self.nest(&fields)
                } else {
                    self.cross(parts)?
                }
            }
        };
        if paths.len() > MOST_LEAVES {
            return Err(format!("the sheet has more than {MOST_LEAVES} rows or columns"));
        }
        Ok(paths)
    }

    fn field(&mut self, field: &FieldRef) -> Vec<Vec<Part>> {
        let header = |place| vec![Part::Header(Header { field: field.clone(), place })];
        if field.is_measure_names() {
            return (0..self.answer.measures.len()).map(header).collect();
        }
        match self.members.domain(field) {
            Some(domain) => (0..domain.values.len()).map(header).collect(),
            None => {
                let occurrence = self.slots.iter().filter(|slot| slot.field == *field).count() as u32;
                self.slots.push(Slot { field: field.clone(), occurrence, folded: false });
                vec![vec![Part::Axis(self.slots.len() - 1)]]
            }
        }
    }

    fn cross(&mut self, parts: &[Shelf]) -> Result<Vec<Vec<Part>>, String> {
        let mut all: Vec<Vec<Part>> = vec![Vec::new()];
        for part in parts {
            let paths = self.paths(part)?;
            if all.len().saturating_mul(paths.len()) > MOST_LEAVES {
                return Err(format!("the sheet has more than {MOST_LEAVES} rows or columns"));
            }
            all = all
                .iter()
                .flat_map(|start| paths.iter().map(move |end| start.iter().chain(end).map(Part::copy).collect()))
                .collect();
        }
        Ok(all)
    }

    /// The combinations of members that are in the data, in order.
    fn nest(&self, fields: &[&FieldRef]) -> Vec<Vec<Part>> {
        let mut found: BTreeSet<Vec<usize>> = BTreeSet::new();
        for layer in &self.answer.layers {
            let Some(places) = fields.iter().map(|field| self.places(&layer.table, field)).collect::<Option<Vec<_>>>()
            else {
                continue;
            };
            for row in 0..layer.table.rows {
                found.insert(places.iter().map(|column| column.get(row).copied().unwrap_or(0)).collect());
            }
        }
        let header = |(field, place): (&&FieldRef, usize)| Part::Header(Header { field: (*field).clone(), place });
        found.into_iter().map(|path| fields.iter().zip(path).map(header).collect()).collect()
    }

    fn places(&self, table: &tavola_query::Table, field: &FieldRef) -> Option<Vec<usize>> {
        let (column, domain) = (table.column(field)?, self.members.domain(field)?);
        Some(column.values.iter().map(|value| domain.place(value).unwrap_or(0)).collect())
    }
}

impl Part {
    fn copy(&self) -> Self {
        match self {
            Self::Header(header) => Self::Header(header.clone()),
            Self::Axis(slot) => Self::Axis(*slot),
        }
    }
}

/// Leaves by the places of their members.
type Leaves = HashMap<Vec<usize>, Vec<usize>>;

/// Finds the leaf of a row of data: by the places of its members.
#[derive(Debug)]
pub(crate) struct Finder {
    /// The distinct lists of fields leaves have, each with its leaves by places.
    shapes: Vec<(Vec<FieldRef>, Leaves)>,
}

impl Finder {
    pub(crate) fn of(side: &Side) -> Self {
        let mut shapes: Vec<(Vec<FieldRef>, Leaves)> = Vec::new();
        for (place, leaf) in side.leaves.iter().enumerate() {
            let fields: Vec<FieldRef> = leaf.headers.iter().map(|header| header.field.clone()).collect();
            let key: Vec<usize> = leaf.headers.iter().map(|header| header.place).collect();
            let shape = match shapes.iter_mut().find(|(known, _)| *known == fields) {
                Some(shape) => shape,
                None => {
                    shapes.push((fields, HashMap::new()));
                    let Some(last) = shapes.last_mut() else { continue };
                    last
                }
            };
            shape.1.entry(key).or_default().push(place);
        }
        Self { shapes }
    }

    /// The leaves of what `place` tells of each field: where a field has none there, no leaf of it is meant.
    pub(crate) fn find(&self, mut place: impl FnMut(&FieldRef) -> Option<usize>) -> Vec<usize> {
        let mut found = Vec::new();
        for (fields, leaves) in &self.shapes {
            let key: Option<Vec<usize>> = fields.iter().map(&mut place).collect();
            if let Some(leaves) = key.and_then(|key| leaves.get(&key)) {
                found.extend(leaves);
            }
        }
        found
    }
}
