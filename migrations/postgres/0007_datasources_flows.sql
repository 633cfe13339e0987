-- Data sources, flows and virtual connections: what they have beside `items`. The same tables as sqlite/0007, in PostgreSQL's
-- words.

CREATE TABLE datasources (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES items (id) ON DELETE CASCADE,
    use_remote_query_agent BIGINT NOT NULL
);

-- Who uses a published data source: its content URL is the database of such a connection.
CREATE INDEX connections_published ON connections (database_name) WHERE type = 'sqlproxy';

-- Items that somebody stands in for, and what they say about it.
CREATE TABLE certifications (
    item_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES items (id) ON DELETE CASCADE,
    note TEXT COLLATE "C" NOT NULL
);

-- The steps of a flow that give data out, as its file names them.
CREATE TABLE flow_output_steps (
    flow_id TEXT COLLATE "C" NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    step_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (flow_id, position)
);
