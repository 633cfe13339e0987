//! Columns of the data as they were found, and the fields they became.

use crate::{
    error::Error,
    field::{DataType, Role},
    name::{name_parts, unbracketed},
    xml::Xml,
};

/// What Tableau calls the columns it makes for itself to tell logical tables apart.
pub(crate) const INTERNAL: &str = "[__tableau_internal_object_id__]";

/// A column of the data as it was found, and the field it became.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemoteColumn {
    /// Its name in the data.
    pub remote_name: String,
    /// The number of its type in the data's own terms.
    pub remote_type: Option<String>,
    /// The name of its field, without brackets.
    pub local_name: String,
    /// The name people see, where a published data source says so.
    pub caption: Option<String>,
    /// What its field is used for, where a published data source says so.
    pub role: Option<Role>,
    /// Whether its field is hidden, where a published data source says so.
    pub hidden: bool,
    /// The table it is in, without brackets.
    pub parent: Option<String>,
    /// What people call the table, where a file says so.
    pub family: Option<String>,
    /// The type of its values.
    pub local_type: Option<DataType>,
    /// How it is summed up by default.
    pub aggregation: Option<String>,
    /// The id of its logical table, without brackets.
    pub table: Option<String>,
    /// Its place in its table, from 0.
    pub ordinal: Option<u32>,
    /// How its texts are compared, such as `LEN_RUS` or `binary`.
    pub collation: Option<String>,
}

/// Which column of which table a field comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnPlace {
    /// The name of the field, without brackets.
    pub field: String,
    /// The name of the relation, without brackets; none where there is but one.
    pub table: Option<String>,
    /// The name of the column, without brackets.
    pub column: String,
}

impl ColumnPlace {
    /// Reads `cols`, the element whose start was read last.
    pub(crate) fn read_all(xml: &mut Xml<'_>, places: &mut Vec<Self>) -> Result<(), Error> {
        xml.children(|xml, map| {
            if map.name == "map" {
                let (key, value) = (xml.need(map, "key"), xml.need(map, "value"));
                let mut parts = name_parts(&value);
                let column = parts.pop().unwrap_or_default();
                let place = Self { field: unbracketed(&key).into_owned(), table: parts.pop(), column };
                xml.push(places, place);
            }
            Ok(())
        })
    }
}

/// Reads the columns of a connection. Those of a published data source are fields already, with a role: the record's
/// class tells measures from the others.
pub(crate) fn read_columns(xml: &mut Xml<'_>, columns: &mut Vec<RemoteColumn>, published: bool) -> Result<(), Error> {
    xml.children(|xml, record| {
        let role = match record.peek("class") {
            Some("measure") => Some(Role::Measure),
            Some("column") => published.then_some(Role::Dimension),
            // What the server can do.
            _ => return Ok(()),
        };
        let mut column = RemoteColumn { role, ..RemoteColumn::default() };
        let mut internal = false;
        xml.children(|xml, child| {
            match child.name.as_str() {
                "remote-name" => column.remote_name = xml.text()?,
                "remote-type" => column.remote_type = text(xml)?,
                "local-name" => {
                    let name = xml.text()?;
                    internal = name.starts_with(INTERNAL);
                    column.local_name = unbracketed(&name).into_owned();
                }
                "caption" => column.caption = text(xml)?,
                "hidden" => column.hidden = xml.text()? == "true",
                "parent-name" => column.parent = name(xml)?,
                "family" => column.family = text(xml)?,
                "local-type" => {
                    let word = xml.text()?;
                    column.local_type = Some(DataType::read(xml, &word));
                }
                "aggregation" => column.aggregation = text(xml)?,
                "object-id" => column.table = name(xml)?,
                "ordinal" => column.ordinal = xml.text()?.trim().parse().ok(),
                "collation" => column.collation = xml.get(child, "name"),
                _ => {}
            }
            Ok(())
        })?;
        if !internal {
            xml.push(columns, column);
        }
        Ok(())
    })
}

fn text(xml: &mut Xml<'_>) -> Result<Option<String>, Error> {
    Ok(Some(xml.text()?).filter(|text| !text.is_empty()))
}

fn name(xml: &mut Xml<'_>) -> Result<Option<String>, Error> {
    Ok(text(xml)?.map(|name| unbracketed(&name).into_owned()))
}
