-- Accounts, sites and users; how one signs in; the audit. The same tables as postgres/0001, in SQLite's words.
--
-- Ids are lower-case UUIDs as text, times whole milliseconds since 1970, booleans 0 or 1. A `…_key` column holds the form
-- under which two names are the same name.

CREATE TABLE domains (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    short_name TEXT NOT NULL
) STRICT;

INSERT INTO domains (id, name, short_name) VALUES ('5b3f0c2e-8d0a-4c3e-9a54-0f6f3b1d7a10', 'local', 'local');

-- A person of the server, who is a user on one or more sites.
CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    domain TEXT NOT NULL REFERENCES domains (name),
    full_name TEXT NOT NULL,
    email TEXT NOT NULL,
    password_hash TEXT,
    server_administrator INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX accounts_domain ON accounts (domain);
CREATE INDEX accounts_server_administrator ON accounts (id) WHERE server_administrator = 1;

-- `settings` is one JSON object of texts: every setting that no rule of the store reads.
CREATE TABLE sites (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    content_url TEXT NOT NULL,
    content_url_key TEXT NOT NULL UNIQUE,
    admin_mode TEXT NOT NULL,
    state TEXT NOT NULL,
    user_quota INTEGER,
    storage_quota INTEGER,
    settings TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    site_id TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    site_role TEXT NOT NULL,
    auth_setting TEXT NOT NULL,
    external_auth_user_id TEXT NOT NULL,
    idp_configuration_id TEXT NOT NULL,
    language TEXT NOT NULL,
    locale TEXT NOT NULL,
    last_login INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (site_id, account_id)
) STRICT;
CREATE INDEX users_account ON users (account_id);

-- Every site has one group `All Users`, which its users join and leave with the site.
CREATE TABLE groups (
    id TEXT NOT NULL PRIMARY KEY,
    site_id TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    all_users INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (site_id, name_key)
) STRICT;
CREATE UNIQUE INDEX groups_all_users ON groups (site_id) WHERE all_users = 1;

CREATE TABLE group_users (
    group_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, user_id)
) STRICT;
CREATE INDEX group_users_user ON group_users (user_id);

-- A project without an owner is the server's own (each site's `default`).
CREATE TABLE projects (
    id TEXT NOT NULL PRIMARY KEY,
    site_id TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    parent_id TEXT REFERENCES projects (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT NOT NULL,
    content_permissions TEXT NOT NULL,
    owner_id TEXT REFERENCES users (id),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX projects_name ON projects (site_id, COALESCE(parent_id, ''), name_key);
CREATE INDEX projects_parent ON projects (parent_id);
CREATE INDEX projects_owner ON projects (owner_id);

CREATE TABLE personal_access_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    secret_hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_used_at INTEGER,
    UNIQUE (account_id, name_key)
) STRICT;

CREATE TABLE connected_apps (
    id TEXT NOT NULL PRIMARY KEY,
    site_id TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    project_id TEXT REFERENCES projects (id) ON DELETE SET NULL,
    domain_safelist TEXT NOT NULL,
    unrestricted_embedding INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX connected_apps_site ON connected_apps (site_id);
CREATE INDEX connected_apps_project ON connected_apps (project_id);

-- The value is kept: HS256 signatures cannot be checked with less.
CREATE TABLE connected_app_secrets (
    id TEXT NOT NULL PRIMARY KEY,
    connected_app_id TEXT NOT NULL REFERENCES connected_apps (id) ON DELETE CASCADE,
    value TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX connected_app_secrets_app ON connected_app_secrets (connected_app_id);

-- JSON Web Tokens signed in with, until they expire: none is taken twice.
CREATE TABLE used_jwts (
    connected_app_id TEXT NOT NULL REFERENCES connected_apps (id) ON DELETE CASCADE,
    jti_hash BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (connected_app_id, jti_hash)
) STRICT;
CREATE INDEX used_jwts_expiry ON used_jwts (expires_at);

-- A session ends with the row, and the row with whatever it stands on.
CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    impersonator_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    personal_access_token_id TEXT REFERENCES personal_access_tokens (id) ON DELETE CASCADE,
    connected_app_secret_id TEXT REFERENCES connected_app_secrets (id) ON DELETE CASCADE,
    scopes TEXT,
    address TEXT,
    user_agent TEXT,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_impersonator ON sessions (impersonator_id);
CREATE INDEX sessions_personal_access_token ON sessions (personal_access_token_id);
CREATE INDEX sessions_connected_app_secret ON sessions (connected_app_secret_id);
CREATE INDEX sessions_last_used ON sessions (last_used_at);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Wrong passwords, counted per account name (known or not) and per address.
CREATE TABLE sign_in_failures (
    subject TEXT NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_failed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_in_failures_last ON sign_in_failures (last_failed_at);

-- What was changed, by whom, from where. No foreign keys: a line outlives what it speaks of.
CREATE TABLE audit (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    action TEXT NOT NULL,
    kind TEXT NOT NULL,
    object_id TEXT,
    object_name TEXT,
    detail TEXT,
    site_id TEXT,
    account_id TEXT,
    user_id TEXT,
    user_name TEXT,
    session_id TEXT,
    credential TEXT,
    impersonator_id TEXT,
    impersonator_name TEXT,
    address TEXT
) STRICT;
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_site ON audit (site_id, at);

CREATE TRIGGER audit_is_never_updated BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;

CREATE TABLE server_settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
