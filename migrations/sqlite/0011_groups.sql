-- What a group gives its members: the least role they have once they have signed in (none: nothing), and whether people
-- without an account may come as its members. The same as postgres/0011, in SQLite's words.

ALTER TABLE groups ADD COLUMN minimum_site_role TEXT;
ALTER TABLE groups ADD COLUMN external_user_enabled INTEGER NOT NULL DEFAULT 0;
