-- Background jobs, for as long as clients may ask for them. The same table as sqlite/0002, in PostgreSQL's words.
--
-- `heartbeat_at` is when the process at work on the job last said so. Nothing of what a job works on is kept here.
CREATE TABLE jobs (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    site_id TEXT COLLATE "C" NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    user_id TEXT COLLATE "C" REFERENCES users (id) ON DELETE SET NULL,
    type TEXT COLLATE "C" NOT NULL,
    steps BIGINT NOT NULL,
    steps_done BIGINT NOT NULL,
    notes TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    heartbeat_at BIGINT NOT NULL,
    completed_at BIGINT,
    finish_code BIGINT
);
CREATE INDEX jobs_site ON jobs (site_id);
CREATE INDEX jobs_user ON jobs (user_id);
CREATE INDEX jobs_created ON jobs (created_at);
