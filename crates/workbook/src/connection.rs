//! How a data source reaches its data.

use crate::{
    relation::FileFormat,
    xml::{Element, Xml},
};

/// One connection to data. Passwords in the file are not read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Connection {
    /// The name relations use for it; none where the data source has only this one, in the older form.
    pub name: Option<String>,
    /// The name people see.
    pub caption: Option<String>,
    /// The kind of data, in the format's own words: `postgres`, `textscan`, `excel-direct`, `hyper`, `sqlproxy`, …
    pub class: String,
    /// The server's address.
    pub server: Option<String>,
    /// The server's port, as it is written.
    pub port: Option<String>,
    /// The database; for a file of the class `hyper` its path.
    pub database: Option<String>,
    /// The schema.
    pub schema: Option<String>,
    /// The user's name.
    pub username: Option<String>,
    /// How the user proves to be one.
    pub authentication: Option<String>,
    /// The name of a file, often under `directory`.
    pub filename: Option<String>,
    /// The folder of a file. For published data sources, `dataserver`.
    pub directory: Option<String>,
    /// The warehouse, where the class has them.
    pub warehouse: Option<String>,
    /// Whether the connection wants an encrypted channel (`require`, …).
    pub ssl_mode: Option<String>,
    /// `http` or `https`, for published data sources.
    pub channel: Option<String>,
    /// The name people see of a published data source.
    pub published_caption: Option<String>,
    /// How a text file is written, where the older form says so here and not in its relation.
    pub format: FileFormat,
}

impl Connection {
    /// The path of the file the connection reads, in the package or on the author's machine.
    pub fn file(&self) -> Option<String> {
        file(&self.class, self.directory.as_deref(), self.filename.as_deref(), self.database.as_deref())
    }

    /// Reads the attributes of a `connection`.
    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element) -> Self {
        Self {
            name: None,
            caption: None,
            class: xml.need(element, "class"),
            server: xml.get(element, "server"),
            port: xml.get(element, "port"),
            database: xml.get(element, "dbname"),
            schema: xml.get(element, "schema"),
            username: xml.get(element, "username"),
            authentication: xml.get(element, "authentication"),
            filename: xml.get(element, "filename"),
            directory: xml.get(element, "directory"),
            warehouse: xml.get(element, "warehouse"),
            ssl_mode: xml.get(element, "sslmode"),
            channel: xml.get(element, "channel"),
            published_caption: xml.get(element, "server-ds-friendly-name"),
            format: FileFormat::read(xml, element),
        }
    }
}

fn file(class: &str, directory: Option<&str>, filename: Option<&str>, database: Option<&str>) -> Option<String> {
    match (directory, filename) {
        (Some(directory), Some(name)) if !name.contains('/') && !name.contains('\\') => {
            Some(format!("{}/{name}", directory.trim_end_matches('/')))
        }
        (_, Some(name)) => Some(name.to_owned()),
        (_, None) if matches!(class, "hyper" | "dataengine") => database.map(str::to_owned),
        _ => None,
    }
}

/// [`Connection::file`] of an element `connection` that nothing else is asked of.
pub(crate) fn file_of(element: &Element) -> Option<String> {
    let text = |name: &str| element.peek(name).filter(|value| !value.is_empty());
    file(text("class").unwrap_or_default(), text("directory"), text("filename"), text("dbname"))
}

/// The place on a server that something was published to or taken from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepositoryLocation {
    /// The content URL.
    pub id: Option<String>,
    /// The content URL of the site; none for the default site.
    pub site: Option<String>,
    /// The path on the server.
    pub path: Option<String>,
    /// The revision.
    pub revision: Option<String>,
    /// The whole URL it came from.
    pub derived_from: Option<String>,
}

impl RepositoryLocation {
    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element) -> Self {
        Self {
            id: xml.get(element, "id"),
            site: xml.get(element, "site"),
            path: xml.get(element, "path"),
            revision: xml.get(element, "revision"),
            derived_from: xml.get(element, "derived-from"),
        }
    }
}

/// A data source that was published on its own, and that another one stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedDataSource {
    /// Its content URL.
    pub content_url: String,
    /// The content URL of its site; none for the default site.
    pub site: Option<String>,
    /// The server's address.
    pub server: Option<String>,
    /// The server's port, as it is written.
    pub port: Option<String>,
    /// `http` or `https`.
    pub channel: Option<String>,
    /// The name people see.
    pub caption: Option<String>,
}

impl PublishedDataSource {
    /// What a connection of the class `sqlproxy` leads to.
    pub(crate) fn of(connection: &Connection, location: Option<&RepositoryLocation>) -> Option<Self> {
        let content_url = connection.database.clone().or_else(|| location.and_then(|location| location.id.clone()))?;
        Some(Self {
            content_url,
            site: location.and_then(|location| location.site.clone()),
            server: connection.server.clone(),
            port: connection.port.clone(),
            channel: connection.channel.clone(),
            caption: connection.published_caption.clone(),
        })
    }
}
