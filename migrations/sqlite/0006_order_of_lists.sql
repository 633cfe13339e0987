-- Indexes that lists are walked by, so that a page costs what is on it, and less to write for each session. The same as
-- postgres/0006, in SQLite's words.

-- The account's own `name_key`, which never changes, beside the site: the order of the site's list of users.
ALTER TABLE users ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
UPDATE users SET name_key = (SELECT a.name_key FROM accounts a WHERE a.id = users.account_id);
CREATE INDEX users_name ON users (site_id, name_key, id);
CREATE INDEX projects_list ON projects (site_id, name_key, id);

-- Few sessions have these.
DROP INDEX sessions_impersonator;
CREATE INDEX sessions_impersonator ON sessions (impersonator_id) WHERE impersonator_id IS NOT NULL;
DROP INDEX sessions_personal_access_token;
CREATE INDEX sessions_personal_access_token ON sessions (personal_access_token_id)
    WHERE personal_access_token_id IS NOT NULL;
DROP INDEX sessions_connected_app_secret;
CREATE INDEX sessions_connected_app_secret ON sessions (connected_app_secret_id)
    WHERE connected_app_secret_id IS NOT NULL;
