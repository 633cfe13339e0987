-- Users and groups that an identity provider makes, changes and removes by SCIM. The same tables as sqlite/0017, in
-- PostgreSQL's words.

-- Providers, each with a token. It is good for as long as the administrator who made it administers the site.
CREATE TABLE scim_configurations (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    site_id TEXT COLLATE "C" NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    user_id TEXT COLLATE "C" REFERENCES users (id) ON DELETE SET NULL,
    name TEXT COLLATE "C" NOT NULL,
    idp_configuration_id TEXT COLLATE "C" REFERENCES oidc_configurations (id) ON DELETE SET NULL,
    token_hash BYTEA NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);
CREATE INDEX scim_configurations_site ON scim_configurations (site_id);
CREATE INDEX scim_configurations_user ON scim_configurations (user_id);
CREATE INDEX scim_configurations_idp ON scim_configurations (idp_configuration_id);

-- What a provider says of a user that has no other place. `site_role` is the role that the user has while active.
CREATE TABLE scim_users (
    user_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    external_id TEXT COLLATE "C" NOT NULL,
    given_name TEXT COLLATE "C" NOT NULL,
    family_name TEXT COLLATE "C" NOT NULL,
    active BIGINT NOT NULL,
    site_role TEXT COLLATE "C" NOT NULL
);
CREATE INDEX scim_users_external ON scim_users (external_id);

CREATE TABLE scim_groups (
    group_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES groups (id) ON DELETE CASCADE,
    external_id TEXT COLLATE "C" NOT NULL
);
CREATE INDEX scim_groups_external ON scim_groups (external_id);
