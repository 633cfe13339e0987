-- Users and groups that an identity provider makes, changes and removes by SCIM. The same tables as postgres/0017, in SQLite's words.

-- Providers, each with a token. It is good for as long as the administrator who made it administers the site.
CREATE TABLE scim_configurations (
    id TEXT NOT NULL PRIMARY KEY,
    site_id TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    user_id TEXT REFERENCES users (id) ON DELETE SET NULL,
    name TEXT NOT NULL,
    idp_configuration_id TEXT REFERENCES oidc_configurations (id) ON DELETE SET NULL,
    token_hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX scim_configurations_site ON scim_configurations (site_id);
CREATE INDEX scim_configurations_user ON scim_configurations (user_id);
CREATE INDEX scim_configurations_idp ON scim_configurations (idp_configuration_id);

-- What a provider says of a user that has no other place. `site_role` is the role that the user has while active.
CREATE TABLE scim_users (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    external_id TEXT NOT NULL,
    given_name TEXT NOT NULL,
    family_name TEXT NOT NULL,
    active INTEGER NOT NULL,
    site_role TEXT NOT NULL
) STRICT;
CREATE INDEX scim_users_external ON scim_users (external_id);

CREATE TABLE scim_groups (
    group_id TEXT NOT NULL PRIMARY KEY REFERENCES groups (id) ON DELETE CASCADE,
    external_id TEXT NOT NULL
) STRICT;
CREATE INDEX scim_groups_external ON scim_groups (external_id);
