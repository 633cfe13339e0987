-- What is published: content items (workbooks, and in later migrations other kinds), their revisions, connections, views and
-- tags. The same tables as sqlite/0005, in PostgreSQL's words.

-- What all kinds share. `content_url` names an item of its kind on the site, and stays when the item is renamed.
-- `deleted_at`: it lies in the recycle bin; its name and content URL are free for others.
CREATE TABLE items (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    site_id TEXT COLLATE "C" NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    kind TEXT COLLATE "C" NOT NULL,
    project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id),
    owner_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C" NOT NULL,
    content_url TEXT COLLATE "C" NOT NULL,
    content_url_key TEXT COLLATE "C" NOT NULL,
    file_type TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    has_extracts BIGINT NOT NULL,
    encrypt_extracts BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    deleted_at BIGINT,
    deleted_by TEXT COLLATE "C" REFERENCES users (id) ON DELETE SET NULL
);
CREATE UNIQUE INDEX items_name ON items (project_id, kind, name_key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX items_content_url ON items (site_id, kind, content_url_key) WHERE deleted_at IS NULL;
CREATE INDEX items_list ON items (site_id, kind, name_key, id) WHERE deleted_at IS NULL;
CREATE INDEX items_owner ON items (owner_id);
CREATE INDEX items_deleted ON items (site_id, deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX items_deleted_by ON items (deleted_by);

-- Each publishing of an item. A revision without bytes was removed; only its number is left.
CREATE TABLE revisions (
    item_id TEXT COLLATE "C" NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    blob_id TEXT COLLATE "C" REFERENCES blobs (id),
    file_type TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    publisher_id TEXT COLLATE "C" REFERENCES users (id) ON DELETE SET NULL,
    published_at BIGINT NOT NULL,
    PRIMARY KEY (item_id, number)
);
CREATE INDEX revisions_blob ON revisions (blob_id);
CREATE INDEX revisions_publisher ON revisions (publisher_id);

-- How the data of an item is reached. `place` tells a connection of the file from its others, so that it keeps its id when
-- the file is published again. `password` is sealed where content is.
CREATE TABLE connections (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    item_id TEXT COLLATE "C" NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    place TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    source_id TEXT COLLATE "C" NOT NULL,
    source_name TEXT COLLATE "C" NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    server_address TEXT COLLATE "C" NOT NULL,
    server_port TEXT COLLATE "C" NOT NULL,
    database_name TEXT COLLATE "C" NOT NULL,
    user_name TEXT COLLATE "C" NOT NULL,
    password BYTEA,
    embed_password BIGINT NOT NULL,
    authentication_type TEXT COLLATE "C" NOT NULL,
    query_tagging BIGINT NOT NULL,
    UNIQUE (item_id, place)
);

CREATE TABLE workbooks (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES items (id) ON DELETE CASCADE,
    show_tabs BIGINT NOT NULL,
    default_view_id TEXT COLLATE "C",
    sheet_count BIGINT NOT NULL
);

-- The sheets of a workbook; hidden ones keep their id for when they are shown again.
CREATE TABLE views (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    workbook_id TEXT COLLATE "C" NOT NULL REFERENCES workbooks (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    url_name TEXT COLLATE "C" NOT NULL,
    url_name_key TEXT COLLATE "C" NOT NULL,
    sheet_type TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    hidden BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (workbook_id, name),
    UNIQUE (workbook_id, url_name_key)
);
CREATE INDEX views_name ON views (name_key, id);

-- Pictures of views as their author last saw them, from the workbook's file.
CREATE TABLE view_previews (
    view_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES views (id) ON DELETE CASCADE,
    png BYTEA NOT NULL
);

-- Labels on anything that can have them. As with rules, whoever deletes the content deletes its tags.
CREATE TABLE tags (
    site_id TEXT COLLATE "C" NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    content_kind TEXT COLLATE "C" NOT NULL,
    content_id TEXT COLLATE "C" NOT NULL,
    label TEXT COLLATE "C" NOT NULL,
    label_key TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (content_id, label_key)
);
CREATE INDEX tags_label ON tags (site_id, label_key);
