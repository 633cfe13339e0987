-- Background jobs, for as long as clients may ask for them. The same table as postgres/0002, in SQLite's words.
--
-- `heartbeat_at` is when the process at work on the job last said so. Nothing of what a job works on is kept here.
CREATE TABLE jobs (
    id TEXT NOT NULL PRIMARY KEY,
    site_id TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    user_id TEXT REFERENCES users (id) ON DELETE SET NULL,
    type TEXT NOT NULL,
    steps INTEGER NOT NULL,
    steps_done INTEGER NOT NULL,
    notes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    heartbeat_at INTEGER NOT NULL,
    completed_at INTEGER,
    finish_code INTEGER
) STRICT;
CREATE INDEX jobs_site ON jobs (site_id);
CREATE INDEX jobs_user ON jobs (user_id);
CREATE INDEX jobs_created ON jobs (created_at);
