//! Partitions, and the order within them.

use std::{cmp::Ordering, collections::HashMap};

use tavola_workbook::{FieldRef, TableCalc};

use super::member::{MemberRanks, header};
use crate::Value;

/// Where a dimension stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// On the shelf of rows.
    Rows,
    /// On the shelf of columns.
    Columns,
    /// What the sheet is leafed through by: each page is a partition of its own.
    Pages,
    /// Anywhere else: color, detail, …
    Elsewhere,
}

/// A dimension of the marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dimension {
    /// The column instance.
    pub instance: FieldRef,
    /// The name of the instance's field, without brackets: table calculations may name this instead.
    pub field: String,
    /// Where it stands.
    pub place: Place,
    /// Whether it has headers; else it is on an axis.
    pub discrete: bool,
}

/// The dimensions of the marks, on each shelf from the outermost. Table calculations that stand on shelves are none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// The dimensions.
    pub dimensions: Vec<Dimension>,
}

/// How the dimensions of a [`Layout`] are divided, by their places in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Addressing {
    /// The others.
    pub partition: Vec<usize>,
    /// Those that are gone along, from the outermost.
    pub along: Vec<usize>,
}

impl Layout {
    /// The dimensions at a place, by their places in the layout.
    pub(super) fn on(&self, place: Place) -> Vec<usize> {
        self.places(|dimension| dimension.place == place)
    }

    fn places(&self, is: impl Fn(&Dimension) -> bool) -> Vec<usize> {
        self.dimensions.iter().enumerate().filter(|(_, dimension)| is(dimension)).map(|(place, _)| place).collect()
    }

    /// The dimensions a reference names: an instance, or all instances of a field.
    fn named(&self, reference: &FieldRef) -> Vec<usize> {
        let instances = self.places(|dimension| dimension.instance == *reference);
        if !instances.is_empty() {
            return instances;
        }
        self.places(|dimension| {
            dimension.field == reference.instance && dimension.instance.data_source == reference.data_source
        })
    }

    /// How a table calculation divides the dimensions.
    pub(super) fn addressing(&self, calc: &TableCalc) -> Addressing {
        let innermost = |place| self.on(place).into_iter().next_back().into_iter().collect::<Vec<_>>();
        let both = |outer: Vec<usize>, inner: Vec<usize>| outer.into_iter().chain(inner).collect::<Vec<_>>();
        let (rows, columns) = (Place::Rows, Place::Columns);
        let mut along = match calc.ordering.as_str() {
            "Columns" => self.on(rows),
            "Table" => both(self.on(rows), self.on(columns)),
            "TableCol" => both(self.on(columns), self.on(rows)),
            "RowInPane" => innermost(columns),
            "ColumnInPane" => innermost(rows),
            "Pane" => both(innermost(rows), innermost(columns)),
            "PaneCol" => both(innermost(columns), innermost(rows)),
            "CellInPane" => self.on(Place::Elsewhere),
            "Field" => self.specific(calc),
            _ => self.on(columns),
        };
        if along.is_empty() && calc.ordering != "Field" {
            along = self.on(Place::Elsewhere);
        }
        let partition = (0..self.dimensions.len()).filter(|place| !along.contains(place)).collect();
        Addressing { partition, along }
    }

    fn specific(&self, calc: &TableCalc) -> Vec<usize> {
        let mut named = Vec::new();
        for place in calc.order.iter().flat_map(|reference| self.named(reference)) {
            if !named.contains(&place) {
                named.push(place);
            }
        }
        let place_of = |reference: &Option<FieldRef>| {
            let candidates = self.named(reference.as_ref()?);
            named.iter().position(|place| candidates.contains(place))
        };
        let from = place_of(&calc.level_break).unwrap_or(0);
        let to = place_of(&calc.level_address).map_or(named.len(), |place| place + 1);
        named.get(from..to.max(from)).unwrap_or_default().to_vec()
    }
}

/// The places of marks by partition; within each in order. `members` are the columns of the layout's dimensions.
pub(super) fn partitions(
    addressing: &Addressing,
    members: &[&[Value]],
    ranks: &[MemberRanks<'_>],
    sort: Option<(&[Value], bool)>,
    rows: usize,
) -> Vec<Vec<usize>> {
    let mut places: HashMap<_, usize> = HashMap::new();
    let mut partitions: Vec<Vec<usize>> = Vec::new();
    for row in 0..rows {
        let place = *places.entry(header(&addressing.partition, members, row)).or_insert_with(|| {
            partitions.push(Vec::new());
            partitions.len() - 1
        });
        partitions[place].push(row);
    }
    for partition in &mut partitions {
        partition.sort_by(|a, b| {
            let by_value = sort.map_or(Ordering::Equal, |(values, descending)| {
                let order = values[*a].order(&values[*b]);
                if descending { order.reverse() } else { order }
            });
            let by_member = || {
                let mut along = addressing.along.iter();
                let order =
                    |dimension: &usize| ranks[*dimension].order(&members[*dimension][*a], &members[*dimension][*b]);
                along.find_map(|dimension| Some(order(dimension)).filter(|order| order.is_ne()))
            };
            by_value.then_with(|| by_member().unwrap_or(Ordering::Equal))
        });
    }
    partitions
}
