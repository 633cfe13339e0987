-- The bytes of published files, and uploads in blocks. The same tables as postgres/0004, in SQLite's words.
--
-- A row is there before its bytes are, and stays until they are gone, so that no bytes lie about that nobody knows of.
-- `state`: receiving, stored, marked (unused: will be deleted unless it is used again), damaged, deleting.
-- `hash` and `size` are those of the plain bytes; both are unknown while they are received. `key_id` names the key they
-- are encrypted with, if they are; `multipart` is the object store's name for an upload that is not complete.
CREATE TABLE blobs (
    id TEXT NOT NULL PRIMARY KEY,
    hash BLOB,
    size INTEGER,
    state TEXT NOT NULL,
    key_id TEXT,
    multipart TEXT,
    created_at INTEGER NOT NULL,
    touched_at INTEGER NOT NULL
) STRICT;
-- Equal bytes are kept once.
CREATE UNIQUE INDEX blobs_hash ON blobs (hash) WHERE state IN ('stored', 'marked', 'damaged');
CREATE INDEX blobs_state ON blobs (state, id);

-- A file that its user sends in blocks. `blob_id` is the whole of it, once it is finished.
CREATE TABLE uploads (
    id TEXT NOT NULL PRIMARY KEY,
    site_id TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    blob_id TEXT REFERENCES blobs (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX uploads_site ON uploads (site_id);
CREATE INDEX uploads_user ON uploads (user_id);
CREATE INDEX uploads_blob ON uploads (blob_id);
CREATE INDEX uploads_expiry ON uploads (expires_at);

CREATE TABLE upload_blocks (
    upload_id TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    sequence INTEGER NOT NULL,
    blob_id TEXT NOT NULL REFERENCES blobs (id),
    received_at INTEGER NOT NULL,
    PRIMARY KEY (upload_id, sequence)
) STRICT;
CREATE INDEX upload_blocks_blob ON upload_blocks (blob_id);
