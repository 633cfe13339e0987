-- The bytes of published files, and uploads in blocks. The same tables as sqlite/0004, in PostgreSQL's words.
--
-- A row is there before its bytes are, and stays until they are gone, so that no bytes lie about that nobody knows of.
-- `state`: receiving, stored, marked (unused: will be deleted unless it is used again), damaged, deleting.
-- `hash` and `size` are those of the plain bytes; both are unknown while they are received. `key_id` names the key they
-- are encrypted with, if they are; `multipart` is the object store's name for an upload that is not complete.
CREATE TABLE blobs (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    hash BYTEA,
    size BIGINT,
    state TEXT COLLATE "C" NOT NULL,
    key_id TEXT COLLATE "C",
    multipart TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    touched_at BIGINT NOT NULL
);
-- Equal bytes are kept once.
CREATE UNIQUE INDEX blobs_hash ON blobs (hash) WHERE state IN ('stored', 'marked', 'damaged');
CREATE INDEX blobs_state ON blobs (state, id);

-- A file that its user sends in blocks. `blob_id` is the whole of it, once it is finished.
CREATE TABLE uploads (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    site_id TEXT COLLATE "C" NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    blob_id TEXT COLLATE "C" REFERENCES blobs (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX uploads_site ON uploads (site_id);
CREATE INDEX uploads_user ON uploads (user_id);
CREATE INDEX uploads_blob ON uploads (blob_id);
CREATE INDEX uploads_expiry ON uploads (expires_at);

CREATE TABLE upload_blocks (
    upload_id TEXT COLLATE "C" NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    sequence BIGINT NOT NULL,
    blob_id TEXT COLLATE "C" NOT NULL REFERENCES blobs (id),
    received_at BIGINT NOT NULL,
    PRIMARY KEY (upload_id, sequence)
);
CREATE INDEX upload_blocks_blob ON upload_blocks (blob_id);
