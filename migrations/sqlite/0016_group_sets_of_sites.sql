-- Whether the group sets of a site count: its setting groupSetsEnabled, where rules are looked up. The same as postgres/0016, in SQLite's words.

ALTER TABLE sites ADD COLUMN group_sets_enabled INTEGER NOT NULL DEFAULT 1;
UPDATE sites SET group_sets_enabled = 0 WHERE settings LIKE '%"groupSetsEnabled":"false"%';
