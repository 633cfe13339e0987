//! Content items: what workbooks, data sources and flows have in common. They are published into a project, belong to
//! someone, have revisions, connections and tags, are moved, renamed and deleted alike, and are seen by whom the rules let.
//!
//! The rooms of the kinds ([`crate::workbooks`], …) have what is their own in a table beside `items`, and ask here for the
//! rest. A room's functions take ids of its kind; here an id is a text beside a [`ContentKind`].

mod certification;
mod change;
mod connections;
mod delete;
mod kind;
mod publish;
mod revisions;
mod tags;

use tavola_model::{Capability, ContentKind, ProjectId, SiteId, Timestamp, UserId};

use crate::{
    Actor, Error, Missing,
    audit::{self, By, Done},
    permissions::{self, Asked, Granted},
    projects::{self, Owner},
    sql::{Db, FromValue, Row, Tx, Value, statements, values},
};

#[cfg(test)]
pub(crate) use {
    certification::STATEMENTS as CERTIFICATION_STATEMENTS, change::STATEMENTS as CHANGE_STATEMENTS,
    connections::STATEMENTS as CONNECTION_STATEMENTS, delete::STATEMENTS as DELETE_STATEMENTS,
    publish::STATEMENTS as PUBLISH_STATEMENTS, revisions::STATEMENTS as REVISION_STATEMENTS,
    tags::STATEMENTS as TAG_STATEMENTS,
};

pub use certification::CertificationChange;
pub use change::ItemChange;
pub use connections::{Connection, ConnectionChange, NewConnection};
pub use publish::{Base, Destination, NewFile};
pub use revisions::{Download, Revision};
pub use tags::{Batch, tag_all, untag_all};

pub(crate) use certification::{certify, certify_now};
pub(crate) use change::{change, changed, free, free_all, touch};
pub(crate) use connections::{Sealed, change as change_connections, list as connections, seal as seal_connections};
pub(crate) use delete::{delete, delete_in_project, delete_now, delete_of_site, put_away};
pub(crate) use kind::{
    Kind, check_administered, get, get_by_content_url, ids_seen, list, list_of_user, look_at, look_at_some, room,
};
pub(crate) use publish::{
    check_destination, find_destination, find_target, first_free, free_content_url, publish, publish_as_job,
    publish_now, revise, url_name,
};
pub(crate) use revisions::{download, list as revisions, newest_file, remove as remove_revision};
pub(crate) use tags::{
    Tagged, add as add_tags, forget as forget_tags, of as tags_of, remove as remove_tag, tag, untag,
};

/// What all kinds of content items have, as the actor who asked sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item<Id> {
    /// Its id.
    pub id: Id,
    /// The site.
    pub site_id: SiteId,
    /// The project it lies in.
    pub project_id: ProjectId,
    /// That project's name.
    pub project_name: String,
    /// Who owns it.
    pub owner_id: UserId,
    /// More about the owner, if the actor may see that user.
    pub owner: Option<Owner>,
    /// Its name, unlike that of any other of its kind in the project.
    pub name: String,
    /// What it is for; `""` for none.
    pub description: String,
    /// What URLs call it: unlike that of any other of its kind on the site.
    pub content_url: String,
    /// What kind of file its revision is: `twb`, `twbx`, `tds`, …
    pub file_type: String,
    /// The bytes of that file.
    pub size: u64,
    /// Whether there are extracts in it.
    pub has_extracts: bool,
    /// Whether its extracts are to be encrypted. All bytes are, where the server has a key.
    pub encrypt_extracts: bool,
    /// The number of its newest revision.
    pub revision: u64,
    /// When it was published first.
    pub created_at: Timestamp,
    /// When it was last changed or published.
    pub updated_at: Timestamp,
    /// When it was published last.
    pub published_at: Timestamp,
    /// Its tags, by name.
    pub tags: Vec<String>,
}

macro_rules! stored_columns {
    () => {
        "i.id, i.kind, i.site_id, i.project_id, p.controlling_id, i.owner_id, i.name, i.description, i.content_url, \
         i.encrypt_extracts, i.revision"
    };
}

macro_rules! stored_from {
    () => {
        " FROM items i JOIN projects p ON p.id = i.project_id "
    };
}

statements! {
    FIND = concat!("SELECT ", stored_columns!(), stored_from!(),
        "WHERE i.site_id = $1 AND i.kind = $2 AND i.id = $3 AND i.deleted_at IS NULL");
    FIND_NAMED = concat!("SELECT ", stored_columns!(), stored_from!(),
        "WHERE i.project_id = $1 AND i.kind = $2 AND i.name_key = $3 AND i.deleted_at IS NULL");
    FIND_BY_CONTENT_URL = "SELECT id FROM items \
        WHERE site_id = $1 AND kind = $2 AND content_url_key = $3 AND deleted_at IS NULL";
    OWNED = "SELECT COUNT(*) FROM items WHERE owner_id = $1";
    HAND_OVER = "UPDATE items SET owner_id = $2, updated_at = $3 WHERE owner_id = $1";
}

/// An item as it is stored, whoever looks at it.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub id: String,
    pub kind: ContentKind,
    pub site_id: SiteId,
    pub project_id: ProjectId,
    pub controlling_id: Option<ProjectId>,
    pub owner_id: UserId,
    pub name: String,
    pub description: String,
    pub content_url: String,
    pub encrypt_extracts: bool,
    pub revision: i64,
}

impl Stored {
    fn read(row: &mut Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.take()?,
            kind: row.take()?,
            site_id: row.take()?,
            project_id: row.take()?,
            controlling_id: row.take()?,
            owner_id: row.take()?,
            name: row.take()?,
            description: row.take()?,
            content_url: row.take()?,
            encrypt_extracts: row.take()?,
            revision: row.take()?,
        })
    }

    pub(crate) fn for_permissions(&self) -> permissions::Item {
        permissions::Item {
            kind: self.kind,
            project: self.project_id,
            locked: self.controlling_id.is_some(),
            owner: Some(self.owner_id),
            rules_of: self.controlling_id.map_or_else(|| self.id.clone(), |project| project.to_string()),
            rules_about: self.kind,
        }
    }
}

/// How items of a kind are looked at by an actor: columns, tables, those of the owner, and the values of these and of [`seen`]. The rows
/// are `i`, `p` (project), `o` and `a` (owner), and what the kind's own tables are called.
pub(crate) struct Sight {
    pub columns: String,
    pub from: String,
    pub owner: String,
    pub values: Vec<Value>,
}

/// The condition that the actor may read the item of the row `i`, in the project of the row `p`.
pub(crate) fn seen(actor: &Actor, kind: ContentKind, asked: Asked) -> String {
    format!(
        "i.site_id = $1 AND i.kind = '{kind}' AND i.deleted_at IS NULL AND {}",
        permissions::on_item(actor, kind, Capability::Read, asked)
    )
}

impl Sight {
    /// With the kind's own columns, which follow the shared ones, and its own tables.
    pub(crate) fn of(db: &mut Db<'_>, actor: &Actor, columns: &str, tables: &str) -> Result<Self, Error> {
        let comma = if columns.is_empty() { "" } else { ", " };
        Ok(Self {
            columns: format!(
                "i.id, i.site_id, i.project_id, p.name, i.owner_id, i.name, i.description, i.content_url, i.file_type, \
                 i.size, i.has_extracts, i.encrypt_extracts, i.revision, i.created_at, i.updated_at, i.published_at, \
                 {}{comma}{columns}",
                projects::OWNER_COLUMNS
            ),
            from: format!("items i {tables} LEFT JOIN projects p ON p.id = i.project_id"),
            owner: projects::join_owner(db, actor, "i.owner_id")?,
            values: permissions::values_of(actor),
        })
    }
}

/// Reads the shared columns of a [`Sight`]; the kind's own come next. Tags are asked for apart.
pub(crate) fn read<Id: FromValue>(row: &mut Row) -> Result<Item<Id>, Error> {
    Ok(Item {
        id: row.take()?,
        site_id: row.take()?,
        project_id: row.take()?,
        project_name: row.take()?,
        owner_id: row.take()?,
        name: row.take()?,
        description: row.take()?,
        content_url: row.take()?,
        file_type: row.take()?,
        size: row.take::<i64>()?.unsigned_abs(),
        has_extracts: row.take()?,
        encrypt_extracts: row.take()?,
        revision: row.take::<i64>()?.unsigned_abs(),
        created_at: row.take()?,
        updated_at: row.take()?,
        published_at: row.take()?,
        owner: projects::read_owner(row)?,
        tags: Vec::new(),
    })
}

/// The fields that lists of every kind filter and sort by, and those of one kind.
macro_rules! item_fields {
    ($($own:expr,)*) => {{
        use $crate::list::{ANY_OF, Field, Holds, NAMES};
        &[
            Field {
                name: "name",
                column: "i.name",
                key: Some("i.name_key"),
                holds: Holds::Text,
                operators: NAMES,
                order: "i.name_key",
            },
            Field::text("contentUrl", "i.content_url"),
            Field::text("description", "i.description"),
            Field::text("projectName", "p.name"),
            Field {
                name: "projectId",
                column: "i.project_id",
                key: None,
                holds: Holds::Id,
                operators: ANY_OF,
                order: "i.project_id",
            },
            $crate::projects::OWNER_NAME,
            $crate::projects::OWNER_EMAIL,
            $crate::projects::OWNER_DOMAIN,
            Field::compared("createdAt", "i.created_at", Holds::Time),
            Field::compared("updatedAt", "i.updated_at", Holds::Time),
            Field::compared("size", "i.size", Holds::Megabytes),
            Field::compared("favoritesTotal", $crate::favorites::favorites_total!("i.id"), Holds::Number),
            Field::flag("hasExtracts", "i.has_extracts"),
            Field { name: "tags", column: "i.id", key: None, holds: Holds::Tag, operators: ANY_OF, order: "i.id" },
            $($own,)*
        ]
    }};
}
pub(crate) use item_fields;

fn unknown(kind: ContentKind, id: &str) -> Error {
    Error::NotFound(Missing::Content(kind, id.to_owned()))
}

/// The item, if the actor has a capability on it. Whom it does not show itself to, it does not exist for.
pub(crate) fn find(
    db: &mut Db<'_>,
    actor: &Actor,
    kind: ContentKind,
    id: &str,
    capability: Capability,
) -> Result<Granted<Stored>, Error> {
    let item = stored(db, kind, id, actor.site_id())?;
    let about = item.for_permissions();
    permissions::grant_seen(db, actor, &about, capability, item, || unknown(kind, id))
}

/// The item, whoever asks.
fn stored(db: &mut Db<'_>, kind: ContentKind, id: &str, site: SiteId) -> Result<Stored, Error> {
    let row = db.query_opt(FIND, values![site, kind, id])?;
    Stored::read(&mut row.ok_or_else(|| unknown(kind, id))?)
}

/// The id of the item of a content URL. It is no right to anything.
pub(crate) fn id_of_content_url(
    db: &mut Db<'_>,
    actor: &Actor,
    kind: ContentKind,
    content_url: &str,
) -> Result<String, Error> {
    let row = db.query_opt(FIND_BY_CONTENT_URL, values![actor.site_id(), kind, content_url.to_lowercase()])?;
    row.ok_or_else(|| unknown(kind, content_url))?.take()
}

/// Writes down what was done to an item.
pub(crate) fn record(
    tx: &mut Tx<'_>,
    actor: &Actor,
    action: &str,
    item: &Stored,
    detail: Option<String>,
) -> Result<(), Error> {
    let what = Named { kind: item.kind, id: &item.id, name: &item.name, site: item.site_id };
    record_named(tx, By::Actor(actor), action, &what, detail)
}

/// An item as the audit names it.
pub(crate) struct Named<'n> {
    pub kind: ContentKind,
    pub id: &'n str,
    pub name: &'n str,
    pub site: SiteId,
}

/// The same, whoever did it.
pub(crate) fn record_named(
    tx: &mut Tx<'_>,
    by: By<'_>,
    action: &str,
    what: &Named<'_>,
    detail: Option<String>,
) -> Result<(), Error> {
    let kind = what.kind.to_string().to_lowercase();
    audit::record(
        tx,
        by,
        Done {
            action: &format!("{kind}.{action}"),
            kind: &kind,
            id: Some(what.id.to_owned()),
            name: Some(what.name),
            detail,
            site: Some(what.site),
        },
    )
}

/// Whether a user owns content items, those in the recycle bin among them.
pub(crate) fn owns_any(db: &mut Db<'_>, user: UserId) -> Result<bool, Error> {
    Ok(db.query_one(OWNED, values![user])?.take::<i64>()? > 0)
}

/// Gives a user's content items to another.
pub(crate) fn hand_over(tx: &mut Tx<'_>, from: UserId, to: UserId) -> Result<(), Error> {
    let now = tx.now();
    tx.execute(HAND_OVER, values![from, to, now]).map(drop)
}
