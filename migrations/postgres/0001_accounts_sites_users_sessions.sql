-- Accounts, sites and users; how one signs in; the audit. The same tables as sqlite/0001, in PostgreSQL's words.
--
-- Ids are lower-case UUIDs as text, times whole milliseconds since 1970, booleans 0 or 1. A `…_key` column holds the form
-- under which two names are the same name. Texts are COLLATE "C", so that both databases order them alike.

CREATE TABLE domains (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    short_name TEXT COLLATE "C" NOT NULL
);

INSERT INTO domains (id, name, short_name) VALUES ('5b3f0c2e-8d0a-4c3e-9a54-0f6f3b1d7a10', 'local', 'local');

-- A person of the server, who is a user on one or more sites.
CREATE TABLE accounts (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL UNIQUE,
    domain TEXT COLLATE "C" NOT NULL REFERENCES domains (name),
    full_name TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    password_hash TEXT COLLATE "C",
    server_administrator BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX accounts_domain ON accounts (domain);
CREATE INDEX accounts_server_administrator ON accounts (id) WHERE server_administrator = 1;

-- `settings` is one JSON object of texts: every setting that no rule of the store reads.
CREATE TABLE sites (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL UNIQUE,
    content_url TEXT COLLATE "C" NOT NULL,
    content_url_key TEXT COLLATE "C" NOT NULL UNIQUE,
    admin_mode TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    user_quota BIGINT,
    storage_quota BIGINT,
    settings TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE users (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    site_id TEXT COLLATE "C" NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    site_role TEXT COLLATE "C" NOT NULL,
    auth_setting TEXT COLLATE "C" NOT NULL,
    external_auth_user_id TEXT COLLATE "C" NOT NULL,
    idp_configuration_id TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    locale TEXT COLLATE "C" NOT NULL,
    last_login BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (site_id, account_id)
);
CREATE INDEX users_account ON users (account_id);

-- Every site has one group `All Users`, which its users join and leave with the site.
CREATE TABLE groups (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    site_id TEXT COLLATE "C" NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    all_users BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (site_id, name_key)
);
CREATE UNIQUE INDEX groups_all_users ON groups (site_id) WHERE all_users = 1;

CREATE TABLE group_users (
    group_id TEXT COLLATE "C" NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, user_id)
);
CREATE INDEX group_users_user ON group_users (user_id);

-- A project without an owner is the server's own (each site's `default`).
CREATE TABLE projects (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    site_id TEXT COLLATE "C" NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    parent_id TEXT COLLATE "C" REFERENCES projects (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C" NOT NULL,
    content_permissions TEXT COLLATE "C" NOT NULL,
    owner_id TEXT COLLATE "C" REFERENCES users (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX projects_name ON projects (site_id, COALESCE(parent_id, ''), name_key);
CREATE INDEX projects_parent ON projects (parent_id);
CREATE INDEX projects_owner ON projects (owner_id);

CREATE TABLE personal_access_tokens (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    secret_hash BYTEA NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_used_at BIGINT,
    UNIQUE (account_id, name_key)
);

CREATE TABLE connected_apps (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    site_id TEXT COLLATE "C" NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    enabled BIGINT NOT NULL,
    project_id TEXT COLLATE "C" REFERENCES projects (id) ON DELETE SET NULL,
    domain_safelist TEXT COLLATE "C" NOT NULL,
    unrestricted_embedding BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX connected_apps_site ON connected_apps (site_id);
CREATE INDEX connected_apps_project ON connected_apps (project_id);

-- The value is kept: HS256 signatures cannot be checked with less.
CREATE TABLE connected_app_secrets (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    connected_app_id TEXT COLLATE "C" NOT NULL REFERENCES connected_apps (id) ON DELETE CASCADE,
    value TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX connected_app_secrets_app ON connected_app_secrets (connected_app_id);

-- JSON Web Tokens signed in with, until they expire: none is taken twice.
CREATE TABLE used_jwts (
    connected_app_id TEXT COLLATE "C" NOT NULL REFERENCES connected_apps (id) ON DELETE CASCADE,
    jti_hash BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (connected_app_id, jti_hash)
);
CREATE INDEX used_jwts_expiry ON used_jwts (expires_at);

-- A session ends with the row, and the row with whatever it stands on.
CREATE TABLE sessions (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    token_hash BYTEA NOT NULL UNIQUE,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    impersonator_id TEXT COLLATE "C" REFERENCES users (id) ON DELETE CASCADE,
    personal_access_token_id TEXT COLLATE "C" REFERENCES personal_access_tokens (id) ON DELETE CASCADE,
    connected_app_secret_id TEXT COLLATE "C" REFERENCES connected_app_secrets (id) ON DELETE CASCADE,
    scopes TEXT COLLATE "C",
    address TEXT COLLATE "C",
    user_agent TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_impersonator ON sessions (impersonator_id);
CREATE INDEX sessions_personal_access_token ON sessions (personal_access_token_id);
CREATE INDEX sessions_connected_app_secret ON sessions (connected_app_secret_id);
CREATE INDEX sessions_last_used ON sessions (last_used_at);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Wrong passwords, counted per account name (known or not) and per address.
CREATE TABLE sign_in_failures (
    subject TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_failed_at BIGINT NOT NULL
);
CREATE INDEX sign_in_failures_last ON sign_in_failures (last_failed_at);

-- What was changed, by whom, from where. No foreign keys: a line outlives what it speaks of.
CREATE TABLE audit (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    object_id TEXT COLLATE "C",
    object_name TEXT COLLATE "C",
    detail TEXT COLLATE "C",
    site_id TEXT COLLATE "C",
    account_id TEXT COLLATE "C",
    user_id TEXT COLLATE "C",
    user_name TEXT COLLATE "C",
    session_id TEXT COLLATE "C",
    credential TEXT COLLATE "C",
    impersonator_id TEXT COLLATE "C",
    impersonator_name TEXT COLLATE "C",
    address TEXT COLLATE "C"
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_site ON audit (site_id, at);

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is append-only';
END;
$$;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

CREATE TABLE server_settings (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);
