-- Changes of rows that were asked for under an id of the caller's. The same table as sqlite/0012, in PostgreSQL's words.

-- The same request of the same user does nothing a second time within a day: it is answered by the first one's job.
CREATE TABLE data_updates (
    item_id TEXT COLLATE "C" NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    request_id TEXT COLLATE "C" NOT NULL,
    job_id TEXT COLLATE "C" NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (item_id, user_id, request_id)
);
CREATE INDEX data_updates_user ON data_updates (user_id);
CREATE INDEX data_updates_job ON data_updates (job_id);
CREATE INDEX data_updates_age ON data_updates (created_at);
