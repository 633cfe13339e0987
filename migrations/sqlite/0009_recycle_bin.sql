-- What lies in the recycle bin may outlive the project it lay in: it lies in none then. The same change as postgres/0009, in
-- SQLite's words.
--
-- SQLite takes no NOT NULL away, so the column is made anew, on both databases for the sake of their order.
DROP INDEX items_name;
ALTER TABLE items RENAME COLUMN project_id TO old_project_id;
ALTER TABLE items ADD COLUMN project_id TEXT REFERENCES projects (id);
UPDATE items SET project_id = old_project_id;
ALTER TABLE items DROP COLUMN old_project_id;
CREATE UNIQUE INDEX items_name ON items (project_id, kind, name_key) WHERE deleted_at IS NULL;
CREATE INDEX items_project ON items (project_id);
-- What is to be deleted for good is found by age, on all sites at once.
CREATE INDEX items_deleted_at ON items (deleted_at) WHERE deleted_at IS NOT NULL;
