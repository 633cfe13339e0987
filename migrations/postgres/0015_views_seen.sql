-- How often views are looked at, and what users looked at last. The same tables as sqlite/0015, in PostgreSQL's words.

-- How often a view was shown to anybody. One that nobody looked at has no row. Apart from `views`, so that who looks at a view
-- is not in the way of who publishes its workbook.
CREATE TABLE view_usage (
    view_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES views (id) ON DELETE CASCADE,
    total BIGINT NOT NULL
);

-- The views and workbooks that a user made, changed or looked at last. As with favorites, whoever deletes the content deletes
-- these; those of a user go with them.
CREATE TABLE recents (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    content_kind TEXT COLLATE "C" NOT NULL,
    content_id TEXT COLLATE "C" NOT NULL,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, content_id)
);
CREATE INDEX recents_content ON recents (content_id);
