-- A project's rules about what lies in it and the own rules of what does are asked for apart.
DROP INDEX permission_rules_site;
CREATE INDEX permission_rules_site
    ON permission_rules
        (site_id, content_kind, applies_to, capability, content_id, user_id, group_id, group_set_id, mode);
