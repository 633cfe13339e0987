-- Identity providers of sites: external authorization servers and OpenID Connect. The same tables as postgres/0013, in
-- SQLite's words.

-- Whose JSON Web Tokens sign users of a site in. Without `jwks_uri` the issuer's metadata names the place of its keys.
CREATE TABLE external_authorization_servers (
    id TEXT NOT NULL PRIMARY KEY,
    site_id TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    issuer_url TEXT NOT NULL,
    jwks_uri TEXT,
    enabled INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (site_id, issuer_url)
) STRICT;

-- As used_jwts, of external authorization servers.
CREATE TABLE used_external_jwts (
    external_authorization_server_id TEXT NOT NULL REFERENCES external_authorization_servers (id) ON DELETE CASCADE,
    jti_hash BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (external_authorization_server_id, jti_hash)
) STRICT;
CREATE INDEX used_external_jwts_expiry ON used_external_jwts (expires_at);

-- Providers that browsers are sent to. `client_secret` is sealed where content is; `settings` is JSON.
CREATE TABLE oidc_configurations (
    id TEXT NOT NULL PRIMARY KEY,
    site_id TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    client_id TEXT NOT NULL,
    client_secret BLOB NOT NULL,
    settings TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (site_id, name_key)
) STRICT;

ALTER TABLE sessions ADD COLUMN external_authorization_server_id TEXT
    REFERENCES external_authorization_servers (id) ON DELETE CASCADE;
CREATE INDEX sessions_external_authorization_server ON sessions (external_authorization_server_id);
ALTER TABLE sessions ADD COLUMN oidc_configuration_id TEXT REFERENCES oidc_configurations (id) ON DELETE CASCADE;
CREATE INDEX sessions_oidc_configuration ON sessions (oidc_configuration_id);
