-- Favorites, custom views and who sees which first. The same tables as sqlite/0008, in PostgreSQL's words.

-- What users keep at hand. As with rules and tags, whoever deletes the content deletes these; those of a user go with them.
CREATE TABLE favorites (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    content_kind TEXT COLLATE "C" NOT NULL,
    content_id TEXT COLLATE "C" NOT NULL,
    label TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    added_at BIGINT NOT NULL,
    UNIQUE (user_id, content_id),
    UNIQUE (user_id, label)
);
CREATE INDEX favorites_list ON favorites (user_id, position, id);
CREATE INDEX favorites_content ON favorites (content_id);

-- Views as users left them. `definition` is the file as it was published, sealed where content is.
CREATE TABLE custom_views (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    view_id TEXT COLLATE "C" NOT NULL REFERENCES views (id) ON DELETE CASCADE,
    owner_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    shared BIGINT NOT NULL,
    definition BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (view_id, owner_id, name_key)
);
CREATE INDEX custom_views_name ON custom_views (name_key, id);
CREATE INDEX custom_views_owner ON custom_views (owner_id);

-- Which custom view a user sees first of a view.
CREATE TABLE default_custom_views (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    view_id TEXT COLLATE "C" NOT NULL REFERENCES views (id) ON DELETE CASCADE,
    custom_view_id TEXT COLLATE "C" NOT NULL REFERENCES custom_views (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, view_id)
);
CREATE INDEX default_custom_views_view ON default_custom_views (view_id);
CREATE INDEX default_custom_views_custom_view ON default_custom_views (custom_view_id);
