//! Data sources: connections, tables, fields, extracts.

use std::collections::{HashMap, HashSet};

use crate::{
    connection::{Connection, PublishedDataSource, RepositoryLocation},
    error::{Error, Shown},
    field::{DataType, Field, FieldType, Role},
    filter::Filter,
    mapped_image::MappedImage,
    name::unbracketed,
    relation::{LogicalTable, Relation, Relationship},
    remote_column::{ColumnPlace, INTERNAL, RemoteColumn, read_columns},
    sort::Sort,
    style::Style,
    worksheet::ColumnInstance,
    xml::{Element, Xml},
};

/// A data source: of a workbook, or a file of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataSource {
    /// The name other parts of the file use for it.
    pub name: String,
    /// The name people see, where it is another.
    pub caption: Option<String>,
    /// The version of the format.
    pub version: Option<String>,
    /// Where it was published to or taken from.
    pub repository: Option<RepositoryLocation>,
    /// The published data sources it stands for: mostly none, or one.
    pub published: Vec<PublishedDataSource>,
    /// Its connections: those named in a federated one, or the only one of the older form.
    pub connections: Vec<Connection>,
    /// Where its rows come from, as joins and unions put them together.
    pub relations: Vec<Relation>,
    /// The tables of the logical layer.
    pub tables: Vec<LogicalTable>,
    /// The relationships between those.
    pub relationships: Vec<Relationship>,
    /// The columns of the data as they were found last.
    pub columns: Vec<RemoteColumn>,
    /// Its fields: those the file declares in the file's order, then the columns nobody changed.
    pub fields: Vec<Field>,
    /// Which columns of which tables its fields come from. Where a field is not named, it is a column of the only table.
    pub cols: Vec<ColumnPlace>,
    /// Instances it declares for itself: those its colours and sorts name.
    pub instances: Vec<ColumnInstance>,
    /// Filters that hold for whoever uses it.
    pub filters: Vec<Filter>,
    /// In which order members come unless a sheet says otherwise.
    pub sorts: Vec<Sort>,
    /// Colours and shapes of members, unless a sheet says otherwise.
    pub style: Style,
    /// `start-of-week`, `fiscal-year-start` and others, as they are written.
    pub date_options: Vec<(String, String)>,
    /// Where places are that say less than their role needs: the role, such as `[Country].[Name]`, and a literal.
    pub places: Vec<(String, String)>,
    /// Pictures under the marks of a plane.
    pub images: Vec<MappedImage>,
    /// Formulas of a published data source as they were found last: the name of the field, without brackets, and the formula.
    pub remote_formulas: Vec<(String, String)>,
    /// Hierarchies to drill down.
    pub hierarchies: Vec<Hierarchy>,
    /// Its extract.
    pub extract: Option<Extract>,
}

/// A hierarchy of fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hierarchy {
    /// Its name.
    pub name: String,
    /// The names of its fields, from the top, without brackets.
    pub fields: Vec<String>,
}

/// A copy of the data inside the package, or on the author's machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extract {
    /// Whether it is used instead of the connections.
    pub enabled: bool,
    /// How it is reached.
    pub connection: Option<Connection>,
    /// Its tables.
    pub relations: Vec<Relation>,
    /// Its columns.
    pub columns: Vec<RemoteColumn>,
    /// Which columns of its tables the fields come from, where it has several tables.
    pub cols: Vec<ColumnPlace>,
    /// When it was made, as it is written.
    pub updated: Option<String>,
    /// Whether a refresh adds rows instead of replacing all.
    pub incremental: bool,
}

impl Extract {
    /// The path of its file, in the package if it is there.
    pub fn file(&self) -> Option<String> {
        self.connection.as_ref().and_then(Connection::file)
    }
}

impl DataSource {
    /// The name people see.
    pub fn shown_name(&self) -> &str {
        self.caption.as_deref().unwrap_or(&self.name)
    }

    /// The field of a name without brackets.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element) -> Result<Self, Error> {
        let mut source = Self {
            name: xml.get(element, "name").or_else(|| xml.get(element, "formatted-name")).unwrap_or_default(),
            caption: xml.get(element, "caption"),
            version: xml.get(element, "version"),
            ..Self::default()
        };
        let mut folders = HashMap::new();
        xml.children(|xml, child| {
            match child.name.as_str() {
                "repository-location" => source.repository = Some(RepositoryLocation::read(xml, child)),
                "connection" => source.read_connection(xml, child)?,
                "column" => {
                    let internal = child.peek("name").is_some_and(|name| name.starts_with(INTERNAL));
                    if !internal {
                        let field = Field::read(xml, child, &source.name)?;
                        xml.push(&mut source.fields, field);
                    }
                }
                "group" => {
                    if let Some(field) = Field::read_group(xml, child)? {
                        xml.push(&mut source.fields, field);
                    }
                }
                "folder" => read_folder(xml, child, &mut folders)?,
                "folders-common" | "folders-dimensions" | "folders-measures" => {
                    xml.children(|xml, child| match child.name.as_str() {
                        "folder" => read_folder(xml, child, &mut folders),
                        _ => Ok(()),
                    })?;
                }
                "column-instance" => {
                    let instance = ColumnInstance::read(xml, child, &source.name)?;
                    xml.push(&mut source.instances, instance);
                }
                "filter" => {
                    if let Some(filter) = Filter::read(xml, child, &source.name)? {
                        xml.push(&mut source.filters, filter);
                    }
                }
                "default-sorts" => {
                    xml.children(|xml, child| Sort::read(xml, child, &source.name, &mut source.sorts))?;
                }
                "style" => source.style.read(xml, &source.name)?,
                "date-options" => source.date_options = xml.others(child, &[]),
                "semantic-values" => xml.children(|xml, child| {
                    if child.name == "semantic-value" {
                        let place = (xml.need(child, "key"), xml.need(child, "value"));
                        xml.push(&mut source.places, place);
                    }
                    Ok(())
                })?,
                "mapped-images" => xml.children(|xml, child| {
                    if child.name == "mapped-image" {
                        let image = MappedImage::read(xml, child)?;
                        xml.push(&mut source.images, image);
                    }
                    Ok(())
                })?,
                "drill-paths" => read_hierarchies(xml, &mut source.hierarchies)?,
                "extract" => source.extract = Some(read_extract(xml, child)?),
                "object-graph" => source.read_object_graph(xml)?,
                _ => {}
            }
            Ok(())
        })?;
        source.finish(xml, &mut folders);
        Ok(source)
    }

    fn read_connection(&mut self, xml: &mut Xml<'_>, element: &Element) -> Result<(), Error> {
        let federated = element.peek("class") == Some("federated");
        let published = element.peek("class") == Some("sqlproxy");
        if !federated {
            let connection = Connection::read(xml, element);
            xml.push(&mut self.connections, connection);
        }
        xml.children(|xml, child| {
            match child.name.as_str() {
                "named-connections" => self.read_named_connections(xml)?,
                "relation" => {
                    let relation = Relation::read(xml, child)?;
                    xml.push(&mut self.relations, relation);
                }
                "cols" => ColumnPlace::read_all(xml, &mut self.cols)?,
                "calculations" => xml.children(|xml, child| {
                    if child.name == "calculation" {
                        let (name, formula) = (xml.need(child, "column"), xml.need(child, "formula"));
                        xml.push(&mut self.remote_formulas, (unbracketed(&name).into_owned(), formula));
                    }
                    Ok(())
                })?,
                "metadata-records" => read_columns(xml, &mut self.columns, published)?,
                _ => {}
            }
            Ok(())
        })
    }

    fn read_named_connections(&mut self, xml: &mut Xml<'_>) -> Result<(), Error> {
        xml.children(|xml, named| {
            if named.name != "named-connection" {
                return Ok(());
            }
            let (name, caption) = (xml.get(named, "name"), xml.get(named, "caption"));
            xml.children(|xml, child| {
                if child.name == "connection" {
                    let mut connection = Connection::read(xml, child);
                    connection.name.clone_from(&name);
                    connection.caption.clone_from(&caption);
                    xml.push(&mut self.connections, connection);
                }
                Ok(())
            })
        })
    }

    fn read_object_graph(&mut self, xml: &mut Xml<'_>) -> Result<(), Error> {
        xml.children(|xml, child| match child.name.as_str() {
            "objects" => xml.children(|xml, child| {
                if child.name == "object" {
                    let table = LogicalTable::read(xml, child)?;
                    xml.push(&mut self.tables, table);
                }
                Ok(())
            }),
            "relationships" => xml.children(|xml, child| {
                if child.name == "relationship" {
                    let relationship = Relationship::read(xml)?;
                    xml.push(&mut self.relationships, relationship);
                }
                Ok(())
            }),
            _ => Ok(()),
        })
    }

    /// What needs the whole data source: references, folders, and the fields nobody declared.
    fn finish(&mut self, xml: &mut Xml<'_>, folders: &mut HashMap<String, String>) {
        for connection in self.connections.iter().filter(|connection| connection.class == "sqlproxy") {
            match PublishedDataSource::of(connection, self.repository.as_ref()) {
                Some(published) => self.published.push(published),
                None => xml.note(
                    format!("data source {}", Shown(self.caption.as_deref().unwrap_or(&self.name))),
                    "it stands for a published data source and does not say which",
                ),
            }
        }
        for field in &mut self.fields {
            field.folder = folders.remove(&field.name);
        }
        let found = match &self.extract {
            Some(extract) if self.columns.is_empty() => &extract.columns,
            _ => &self.columns,
        };
        let mut known: HashSet<String> = self.fields.iter().map(|field| field.name.clone()).collect();
        for column in found {
            if column.local_name.is_empty() || !known.insert(column.local_name.clone()) {
                continue;
            }
            let mut field = Field::new(xml.keep(&column.local_name));
            let (role, field_type) = usual(column.local_type.as_ref());
            field.role = column.role.or(role);
            // A number that tells things apart is discrete.
            field.field_type = match (column.role, field_type) {
                (Some(Role::Dimension), Some(FieldType::Quantitative)) => Some(FieldType::Ordinal),
                _ => field_type,
            };
            field.caption.clone_from(&column.caption);
            field.hidden = column.hidden;
            field.data_type.clone_from(&column.local_type);
            field.aggregation.clone_from(&column.aggregation);
            field.folder = folders.remove(&field.name);
            field.declared = false;
            xml.push(&mut self.fields, field);
        }
    }
}

/// The role and type Tableau gives to a column of a data type.
fn usual(data_type: Option<&DataType>) -> (Option<Role>, Option<FieldType>) {
    let (role, field_type) = match data_type {
        Some(DataType::Integer | DataType::Real) => (Role::Measure, FieldType::Quantitative),
        Some(DataType::Date | DataType::DateTime) => (Role::Dimension, FieldType::Ordinal),
        Some(DataType::String | DataType::Boolean) => (Role::Dimension, FieldType::Nominal),
        Some(DataType::Spatial) => (Role::Measure, FieldType::Nominal),
        Some(DataType::Other(_)) | None => return (None, None),
    };
    (Some(role), Some(field_type))
}

fn read_folder(xml: &mut Xml<'_>, element: &Element, folders: &mut HashMap<String, String>) -> Result<(), Error> {
    let folder = xml.need(element, "name");
    xml.children(|xml, item| {
        // Folders hold hierarchies too, under the same element.
        if item.name == "folder-item" && item.peek("type") != Some("drillpath") {
            let name = xml.need(item, "name");
            let folder = xml.keep(&folder);
            folders.insert(unbracketed(&name).into_owned(), folder);
        }
        Ok(())
    })
}

fn read_hierarchies(xml: &mut Xml<'_>, hierarchies: &mut Vec<Hierarchy>) -> Result<(), Error> {
    xml.children(|xml, path| {
        if path.name != "drill-path" {
            return Ok(());
        }
        let mut hierarchy = Hierarchy { name: xml.need(path, "name"), fields: Vec::new() };
        xml.children(|xml, field| {
            if field.name == "field" {
                let name = xml.text()?;
                xml.push(&mut hierarchy.fields, unbracketed(&name).into_owned());
            }
            Ok(())
        })?;
        xml.push(hierarchies, hierarchy);
        Ok(())
    })
}

fn read_extract(xml: &mut Xml<'_>, element: &Element) -> Result<Extract, Error> {
    let mut extract = Extract { enabled: element.is_true("enabled"), ..Extract::default() };
    xml.children(|xml, child| {
        if child.name != "connection" {
            return Ok(());
        }
        extract.updated = xml.get(child, "update-time");
        extract.connection = Some(Connection::read(xml, child));
        xml.children(|xml, child| {
            match child.name.as_str() {
                "relation" => {
                    let relation = Relation::read(xml, child)?;
                    xml.push(&mut extract.relations, relation);
                }
                "cols" => ColumnPlace::read_all(xml, &mut extract.cols)?,
                "metadata-records" => read_columns(xml, &mut extract.columns, false)?,
                "refresh" => extract.incremental = child.is_true("incremental-updates"),
                _ => {}
            }
            Ok(())
        })
    })?;
    Ok(extract)
}
