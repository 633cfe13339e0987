-- What is published: content items (workbooks, and in later migrations other kinds), their revisions, connections, views and
-- tags. The same tables as postgres/0005, in SQLite's words.

-- What all kinds share. `content_url` names an item of its kind on the site, and stays when the item is renamed.
-- `deleted_at`: it lies in the recycle bin; its name and content URL are free for others.
CREATE TABLE items (
    id TEXT NOT NULL PRIMARY KEY,
    site_id TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    project_id TEXT NOT NULL REFERENCES projects (id),
    owner_id TEXT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT NOT NULL,
    content_url TEXT NOT NULL,
    content_url_key TEXT NOT NULL,
    file_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    has_extracts INTEGER NOT NULL,
    encrypt_extracts INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    published_at INTEGER NOT NULL,
    deleted_at INTEGER,
    deleted_by TEXT REFERENCES users (id) ON DELETE SET NULL
) STRICT;
CREATE UNIQUE INDEX items_name ON items (project_id, kind, name_key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX items_content_url ON items (site_id, kind, content_url_key) WHERE deleted_at IS NULL;
CREATE INDEX items_list ON items (site_id, kind, name_key, id) WHERE deleted_at IS NULL;
CREATE INDEX items_owner ON items (owner_id);
CREATE INDEX items_deleted ON items (site_id, deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX items_deleted_by ON items (deleted_by);

-- Each publishing of an item. A revision without bytes was removed; only its number is left.
CREATE TABLE revisions (
    item_id TEXT NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    blob_id TEXT REFERENCES blobs (id),
    file_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    publisher_id TEXT REFERENCES users (id) ON DELETE SET NULL,
    published_at INTEGER NOT NULL,
    PRIMARY KEY (item_id, number)
) STRICT;
CREATE INDEX revisions_blob ON revisions (blob_id);
CREATE INDEX revisions_publisher ON revisions (publisher_id);

-- How the data of an item is reached. `place` tells a connection of the file from its others, so that it keeps its id when
-- the file is published again. `password` is sealed where content is.
CREATE TABLE connections (
    id TEXT NOT NULL PRIMARY KEY,
    item_id TEXT NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    place TEXT NOT NULL,
    position INTEGER NOT NULL,
    source_id TEXT NOT NULL,
    source_name TEXT NOT NULL,
    type TEXT NOT NULL,
    server_address TEXT NOT NULL,
    server_port TEXT NOT NULL,
    database_name TEXT NOT NULL,
    user_name TEXT NOT NULL,
    password BLOB,
    embed_password INTEGER NOT NULL,
    authentication_type TEXT NOT NULL,
    query_tagging INTEGER NOT NULL,
    UNIQUE (item_id, place)
) STRICT;

CREATE TABLE workbooks (
    id TEXT NOT NULL PRIMARY KEY REFERENCES items (id) ON DELETE CASCADE,
    show_tabs INTEGER NOT NULL,
    default_view_id TEXT,
    sheet_count INTEGER NOT NULL
) STRICT;

-- The sheets of a workbook; hidden ones keep their id for when they are shown again.
CREATE TABLE views (
    id TEXT NOT NULL PRIMARY KEY,
    workbook_id TEXT NOT NULL REFERENCES workbooks (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    title TEXT NOT NULL,
    url_name TEXT NOT NULL,
    url_name_key TEXT NOT NULL,
    sheet_type TEXT NOT NULL,
    position INTEGER NOT NULL,
    hidden INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (workbook_id, name),
    UNIQUE (workbook_id, url_name_key)
) STRICT;
CREATE INDEX views_name ON views (name_key, id);

-- Pictures of views as their author last saw them, from the workbook's file.
CREATE TABLE view_previews (
    view_id TEXT NOT NULL PRIMARY KEY REFERENCES views (id) ON DELETE CASCADE,
    png BLOB NOT NULL
) STRICT;

-- Labels on anything that can have them. As with rules, whoever deletes the content deletes its tags.
CREATE TABLE tags (
    site_id TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    content_kind TEXT NOT NULL,
    content_id TEXT NOT NULL,
    label TEXT NOT NULL,
    label_key TEXT NOT NULL,
    PRIMARY KEY (content_id, label_key)
) STRICT;
CREATE INDEX tags_label ON tags (site_id, label_key);
