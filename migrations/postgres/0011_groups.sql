-- What a group gives its members: the least role they have once they have signed in (none: nothing), and whether people
-- without an account may come as its members. The same as sqlite/0011, in PostgreSQL's words.

ALTER TABLE groups ADD COLUMN minimum_site_role TEXT COLLATE "C";
ALTER TABLE groups ADD COLUMN external_user_enabled BIGINT NOT NULL DEFAULT 0;
