-- Permissions: rules on content, sets of groups, and what projects need for them. The same tables as postgres/0003, in
-- SQLite's words.

-- The project whose rules hold: itself where it is locked, the one further up that locks it, or none where its content
-- has rules of its own.
ALTER TABLE projects ADD COLUMN controlling_id TEXT REFERENCES projects (id);
CREATE INDEX projects_controlling ON projects (controlling_id);

-- Each project with itself (depth 0) and every project it lies in.
CREATE TABLE project_ancestors (
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    ancestor_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    depth INTEGER NOT NULL,
    PRIMARY KEY (project_id, ancestor_id)
) STRICT;
CREATE INDEX project_ancestors_ancestor ON project_ancestors (ancestor_id);

CREATE TABLE group_sets (
    id TEXT NOT NULL PRIMARY KEY,
    site_id TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (site_id, name_key)
) STRICT;

CREATE TABLE group_set_groups (
    group_set_id TEXT NOT NULL REFERENCES group_sets (id) ON DELETE CASCADE,
    group_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    PRIMARY KEY (group_set_id, group_id)
) STRICT;
CREATE INDEX group_set_groups_group ON group_set_groups (group_id);

-- A rule is about a user, a group or a group set. It lies on a piece of content; where `applies_to` is another kind than
-- the content's own, it is the default for what is in it. Whoever deletes content deletes its rules.
CREATE TABLE permission_rules (
    site_id TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    content_kind TEXT NOT NULL,
    content_id TEXT NOT NULL,
    applies_to TEXT NOT NULL,
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    group_id TEXT REFERENCES groups (id) ON DELETE CASCADE,
    group_set_id TEXT REFERENCES group_sets (id) ON DELETE CASCADE,
    capability TEXT NOT NULL,
    mode TEXT NOT NULL,
    CHECK ((user_id IS NOT NULL) + (group_id IS NOT NULL) + (group_set_id IS NOT NULL) = 1)
) STRICT;
CREATE UNIQUE INDEX permission_rules_rule
    ON permission_rules (content_id, applies_to, capability, COALESCE(user_id, group_id, group_set_id));
CREATE INDEX permission_rules_site ON permission_rules (site_id);
CREATE INDEX permission_rules_user ON permission_rules (user_id, applies_to, capability);
CREATE INDEX permission_rules_group ON permission_rules (group_id, applies_to, capability);
CREATE INDEX permission_rules_group_set ON permission_rules (group_set_id, applies_to, capability);

-- Sites that are there already get what new ones have: the name that published clients look for, and everybody's rules.
UPDATE projects SET name = 'Default' WHERE parent_id IS NULL AND name_key = 'default';
INSERT INTO project_ancestors (project_id, ancestor_id, depth) SELECT id, id, 0 FROM projects;
WITH rules (applies_to, capability) AS (
    VALUES
        ('Project', 'Read'),
        ('Project', 'Write'),
        ('Workbook', 'Read'),
        ('Workbook', 'Filter'),
        ('Workbook', 'ViewComments'),
        ('Workbook', 'AddComment'),
        ('Workbook', 'ExportImage'),
        ('Workbook', 'ExportData'),
        ('Workbook', 'ShareView'),
        ('Workbook', 'ViewUnderlyingData'),
        ('Workbook', 'WebAuthoring'),
        ('Workbook', 'RunExplainData'),
        ('Datasource', 'Read'),
        ('Datasource', 'Connect'),
        ('Datasource', 'ExportXml'),
        ('Datasource', 'VizqlDataApiAccess'),
        ('Datasource', 'PulseMetricDefine'),
        ('Flow', 'Read'),
        ('Flow', 'ExportXml'),
        ('VirtualConnection', 'Read'),
        ('VirtualConnection', 'Connect'),
        ('Database', 'Read'),
        ('Table', 'Read'),
        ('DataRole', 'Read'),
        ('Metric', 'Read'),
        ('Lens', 'Read')
)
INSERT INTO permission_rules (site_id, content_kind, content_id, applies_to, group_id, capability, mode)
SELECT p.site_id, 'Project', p.id, r.applies_to, g.id, r.capability, 'Allow'
FROM projects p
JOIN groups g ON g.site_id = p.site_id AND g.all_users = 1
CROSS JOIN rules r
WHERE p.parent_id IS NULL AND p.name_key = 'default';
