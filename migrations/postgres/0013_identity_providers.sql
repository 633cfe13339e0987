-- Identity providers of sites: external authorization servers and OpenID Connect. The same tables as sqlite/0013, in
-- PostgreSQL's words.

-- Whose JSON Web Tokens sign users of a site in. Without `jwks_uri` the issuer's metadata names the place of its keys.
CREATE TABLE external_authorization_servers (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    site_id TEXT COLLATE "C" NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    issuer_url TEXT COLLATE "C" NOT NULL,
    jwks_uri TEXT COLLATE "C",
    enabled BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (site_id, issuer_url)
);

-- As used_jwts, of external authorization servers.
CREATE TABLE used_external_jwts (
    external_authorization_server_id TEXT COLLATE "C" NOT NULL REFERENCES external_authorization_servers (id) ON DELETE CASCADE,
    jti_hash BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (external_authorization_server_id, jti_hash)
);
CREATE INDEX used_external_jwts_expiry ON used_external_jwts (expires_at);

-- Providers that browsers are sent to. `client_secret` is sealed where content is; `settings` is JSON.
CREATE TABLE oidc_configurations (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    site_id TEXT COLLATE "C" NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    enabled BIGINT NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL,
    client_secret BYTEA NOT NULL,
    settings TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (site_id, name_key)
);

ALTER TABLE sessions ADD COLUMN external_authorization_server_id TEXT COLLATE "C"
    REFERENCES external_authorization_servers (id) ON DELETE CASCADE;
CREATE INDEX sessions_external_authorization_server ON sessions (external_authorization_server_id);
ALTER TABLE sessions ADD COLUMN oidc_configuration_id TEXT COLLATE "C" REFERENCES oidc_configurations (id) ON DELETE CASCADE;
CREATE INDEX sessions_oidc_configuration ON sessions (oidc_configuration_id);
