//! Shelves: how a worksheet lays fields out in rows and columns.

use crate::name::name_parts;

/// A column instance of a data source, as shelves, encodings, filters and sorts name it: `[federated.1].[sum:Sales:qk]`.
///
/// Some name no column: `:Measure Names` and `Multiple Values` are the names and values of several measures, and
/// `Latitude (generated)` and `Longitude (generated)` are where places are on a map.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldRef {
    /// The name of the [`DataSource`](crate::DataSource).
    pub data_source: String,
    /// The name of the [`ColumnInstance`](crate::ColumnInstance), or of a field, without brackets.
    pub instance: String,
}

impl FieldRef {
    /// Reads `[federated.1].[sum:Sales:qk]`.
    pub fn parse(reference: &str) -> Option<Self> {
        let [data_source, instance] = <[String; 2]>::try_from(name_parts(reference)).ok()?;
        Some(Self { data_source, instance })
    }

    /// Whether it stands for the names of several measures.
    pub fn is_measure_names(&self) -> bool {
        self.instance == ":Measure Names"
    }

    /// Whether it stands for the values of several measures.
    pub fn is_measure_values(&self) -> bool {
        self.instance == "Multiple Values"
    }
}

/// What stands on the shelf of rows or of columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shelf {
    /// One field.
    Field(FieldRef),
    /// `/`: each value of a field is cut by the next one, where data are.
    Nest(Vec<Shelf>),
    /// `*`: each of the first with each of the next.
    Cross(Vec<Shelf>),
    /// `+`: one beside the other.
    Concat(Vec<Shelf>),
}

impl Shelf {
    /// The fields on it, from the outermost, each as often as it stands there.
    pub fn fields(&self) -> Vec<&FieldRef> {
        fn collect<'a>(shelf: &'a Shelf, fields: &mut Vec<&'a FieldRef>) {
            match shelf {
                Shelf::Field(field) => fields.push(field),
                Shelf::Nest(parts) | Shelf::Cross(parts) | Shelf::Concat(parts) => {
                    parts.iter().for_each(|part| collect(part, fields));
                }
            }
        }
        let mut fields = Vec::new();
        collect(self, &mut fields);
        fields
    }
}
